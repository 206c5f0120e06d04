// SPDX-License-Identifier: GPL-3.0-or-later
// What is written by hand becomes a packet, on the main thread, and is put on the wire, on the wire's.
#include "net/wire/inject.h"

#include "net/wire/segment.h"
#include "net/wire/wire_private.h"

#include <stdlib.h>
#include <string.h>

enum { TCP_BYTES = 20, NO_OPERATION = 1, WORD = 4, SUM_AT = 16 };

static size_t in_words(size_t bytes)
{
    return (bytes + WORD - 1) / WORD * WORD;
}

static void write_tcp(const struct net_inject *of, uint8_t *tcp, size_t header)
{
    const struct net_ev_segment *n = &of->numbers;

    wire_put16(tcp, n->src_port);
    wire_put16(tcp + 2, n->dst_port);
    wire_put32(tcp + 4, n->seq);
    wire_put32(tcp + 8, n->ack);
    tcp[12] = (uint8_t)(header / WORD << 4);
    tcp[13] = n->flags;
    wire_put16(tcp + 14, n->window);
    memset(tcp + TCP_BYTES, NO_OPERATION, header - TCP_BYTES);
    memcpy(tcp + TCP_BYTES, of->options, of->options_bytes);
    if (of->data_bytes)
        memcpy(tcp + header, of->data, of->data_bytes);
}

static void write_packet(const struct net_inject *of, uint8_t *packet, size_t header)
{
    const struct net_ev_segment *n = &of->numbers;
    size_t bytes = header + of->data_bytes;
    uint8_t *tcp = packet + wire_ip_bytes(n->src_ip);

    write_tcp(of, tcp, header);
    wire_put_sum(tcp + SUM_AT, tcp, bytes, net_packet_pseudo_sum(n->src_ip, n->dst_ip, NET_TCP, bytes));
    tcp[SUM_AT + 1] ^= of->wrong_checksum;
    wire_write_ip(packet, bytes, NET_TCP, n->src_ip, n->dst_ip);
}

struct wire_packet *wire_inject_make(const struct net_inject *of)
{
    size_t header = TCP_BYTES + in_words(of->options_bytes);
    size_t bytes = wire_ip_bytes(of->numbers.src_ip) + header + of->data_bytes;
    struct wire_packet *made = calloc(1, sizeof *made + bytes);

    if (!made)
        return NULL;
    write_packet(of, made->bytes, header);
    net_segment_decode(made->bytes, bytes, &made->segment);
    made->segment.from = of->numbers.from;
    return made;
}

/* ---- the wire thread --------------------------------------------------------------------------------------------- */

void wire_inject(struct net_wire *w, struct wire_packet *packet)
{
    wire_flow_injected(w, &packet->segment);
    if (packet->segment.protocol == NET_TCP)
        wire_take_confirmed(w, &packet->segment);
    wire_plan_made(w, packet);
}

/* ---- the main thread --------------------------------------------------------------------------------------------- */

static int put(struct net_wire *w, struct wire_packet *packet, struct net_error *err)
{
    if (!packet)
        return net_fail_errno(err, "malloc");
    packet->segment.injected = true;
    wire_order_inject(w, packet);
    return 0;
}

int net_wire_inject(struct net_wire *w, const struct net_inject *of, struct net_error *err)
{
    size_t options = in_words(of->options_bytes);
    size_t room = NET_INJECT_PACKET - wire_ip_bytes(of->numbers.src_ip) - TCP_BYTES - options;

    if (of->options_bytes > NET_INJECT_OPTIONS)
        return net_fail(err, 0, NULL, "these options take %zu bytes, and a TCP header has room for %d",
                        of->options_bytes, NET_INJECT_OPTIONS);
    if (of->data_bytes > room)
        return net_fail(err, 0, NULL, "%zu bytes are too many for one segment: at most %zu beside these options",
                        of->data_bytes, room);
    return put(w, wire_inject_make(of), err);
}

int net_wire_inject_icmp(struct net_wire *w, const struct net_inject_icmp *of, struct net_error *err)
{
    struct wire_packet *about = calloc(1, sizeof *about + of->about_bytes), *made = NULL;

    if (!about)
        return net_fail_errno(err, "malloc");
    memcpy(about->bytes, of->about, of->about_bytes);
    bool is_tcp = net_segment_decode(about->bytes, of->about_bytes, &about->segment) == 0 &&
                  about->segment.protocol == NET_TCP;
    about->segment.from = (uint8_t)of->to;
    if (is_tcp)
        made = wire_router_answer(about, of->code, of->mtu);
    free(about);
    if (!is_tcp)
        return net_fail(err, 0, NULL, "an ICMP message of this kind is about a TCP segment");
    return put(w, made, err);
}
