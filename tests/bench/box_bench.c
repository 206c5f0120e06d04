// SPDX-License-Identifier: GPL-3.0-or-later
// What the boxes on the wire cost a segment: NAT, forgetting, a narrow way and a mark, of a thousand connections.
//
//   box_bench RUNS      prints a row of the table of tests/bench/run.sh
#include "net/wire/wire_private.h"

#include "net/wire/segment.h"

#include <stdio.h>
#include <stdlib.h>

enum { FLOWS = 1000, SEGMENTS = 200 * FLOWS, DATA = 1000, FIRST_PORT = 20000 };
static const double NS_PER_US = 1e3;

static struct net_wire *wire_of(const struct net_faults *faults)
{
    struct net_wire *w = calloc(1, sizeof *w);

    w->flows = calloc(FLOW_SLOTS, sizeof *w->flows);
    w->nat = calloc(NET_NAT_PORTS, sizeof *w->nat);
    w->settings.faults = *faults;
    return w;
}

static void free_wire(struct net_wire *w)
{
    free(w->flows);
    free(w->nat);
    free(w);
}

static struct wire_packet *packet_of(unsigned flow, uint8_t flags, size_t bytes)
{
    static const uint8_t data[DATA];
    const struct net_inject of = {.numbers = {.from = NET_CLIENT,
                                              .src_ip = NET_CLIENT_IP,
                                              .dst_ip = NET_SERVER_IP,
                                              .src_port = (uint16_t)(FIRST_PORT + flow),
                                              .dst_port = 12345,
                                              .flags = flags},
                                  .data = data,
                                  .data_bytes = bytes};

    return wire_inject_make(&of);
}

/* As wire_carry() does it with a segment on an open wire, without what carries and tells it. */
static void pass(struct net_wire *w, struct wire_packet *packet)
{
    packet->segment.nat_port = 0;
    packet->translated = false;
    wire_nat_meets(w, packet);
    wire_flow_see(w, &packet->segment);
    wire_fault_meets(w, packet);
    wire_nat_translate(w, packet);
    packet->segment.id++;
}

static int by_number(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double ns_of(const struct net_faults *faults)
{
    struct net_wire *w = wire_of(faults);
    struct wire_packet *packet[FLOWS];

    for (unsigned i = 0; i < FLOWS; i++) {
        struct wire_packet *syn = packet_of(i, NET_SYN, 0);
        pass(w, syn);
        free(syn);
        packet[i] = packet_of(i, NET_ACK | NET_PSH, DATA);
    }
    uint64_t begin_ns = net_now_ns();
    for (unsigned i = 0; i < SEGMENTS; i++)
        pass(w, packet[i * 7 % FLOWS]);
    double ns = (double)(net_now_ns() - begin_ns) / SEGMENTS;
    for (unsigned i = 0; i < FLOWS; i++)
        free(packet[i]);
    free_wire(w);
    return ns;
}

int main(int argc, char **argv)
{
    size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 21;
    const struct net_faults none = {0};
    struct net_faults boxes = {0};
    double *with = calloc(runs, sizeof *with), *without = calloc(runs, sizeof *without);

    boxes.value[NET_FAULT_NAT][NET_CLIENT] = 1;
    net_fault_set(&boxes, NET_FAULT_FORGET, (uint32_t)(3600 * 1000));
    net_fault_set(&boxes, NET_FAULT_MTU, 1500);
    net_fault_set(&boxes, NET_FAULT_MARK, 10);
    for (size_t i = 0; i < runs; i++) {
        without[i] = ns_of(&none);
        with[i] = ns_of(&boxes);
    }
    qsort(with, runs, sizeof *with, by_number);
    qsort(without, runs, sizeof *without, by_number);
    printf("| four boxes, a segment of 1,000 connections | %.2f us | without boxes %.2f us; worst %.2f us | under 1 us "
           "|\n",
           with[runs / 2] / NS_PER_US, without[runs / 2] / NS_PER_US, with[runs - 1] / NS_PER_US);
    free(with);
    free(without);
    return 0;
}
