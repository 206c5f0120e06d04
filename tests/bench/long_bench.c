// SPDX-License-Identifier: GPL-3.0-or-later
// A run of many events: how long it takes to save it, to open it, and to go back to any moment of it.
/*
 *   long_bench EVENTS FILE
 *
 * A client that sends and a server that receives: a call entered, a segment, its fate, a sample, the call returned.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lab/saved.h"
#include "net/base/clock.h"
#include "net/data/call.h"

enum { TASK = 2, MOMENTS = 101, PORT = 12345 };
static const uint64_t START_NS = 1000000000;

static struct net_event event_of(uint32_t i)
{
    struct net_event ev = {.time_ns = START_NS + i * UINT64_C(17321), .actor = 1, .task = TASK};
    uint32_t message = i / 5;
    switch (i % 5) {
    case 0:
        ev.kind = NET_EV_CALL_ENTER;
        ev.u.call = (struct net_ev_call){.call = NET_CALL_SEND, .fd = 3, .args = {3, 0, 18}};
        break;
    case 1:
        ev.kind = NET_EV_SEGMENT;
        ev.u.segment = (struct net_ev_segment){.id = message + 1,
                                               .from = NET_CLIENT,
                                               .protocol = 6,
                                               .flags = NET_ACK | NET_PSH,
                                               .packet_bytes = 70,
                                               .payload_bytes = 18,
                                               .src_ip = NET_IP4(0xC0000202u),
                                               .dst_ip = NET_IP4(0xC0000201u),
                                               .src_port = 40000,
                                               .dst_port = PORT,
                                               .seq = 18 * message,
                                               .ack = 1,
                                               .window = 63,
                                               .wscale = -1};
        break;
    case 2:
        ev.kind = NET_EV_FATE;
        ev.u.fate = (struct net_ev_fate){.segment = message + 1, .fate = NET_DELIVERED};
        break;
    case 3:
        ev.kind = NET_EV_SAMPLE;
        ev.u.sample = (struct net_ev_sample){.begin_ns = ev.time_ns - 900,
                                             .cookie = 7,
                                             .host = NET_SERVER,
                                             .state = NET_STATE_ESTABLISHED,
                                             .rqueue = i % 90,
                                             .has_info = true,
                                             .rtt_us = 40 + i % 7,
                                             .segs_in = message};
        break;
    default:
        ev.kind = NET_EV_CALL_RETURN;
        ev.u.call = (struct net_ev_call){
            .call = NET_CALL_SEND, .fd = 3, .args = {3, 0, 18}, .ret = 18, .enter_ns = ev.time_ns - 40000};
        break;
    }
    return ev;
}

static double since_ms(uint64_t begun_ns)
{
    return (double)(net_now_ns() - begun_ns) / 1e6;
}

static int compare(const void *a, const void *b)
{
    return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

static void row(const char *what, double ms, const char *details, const char *goal)
{
    printf("| %s | %.1f ms | %s | %s |\n", what, ms, details, goal);
}

static void go_back(const struct lab_saved *saved)
{
    double ms[MOMENTS];
    char worst[64];
    unsigned random = 1;
    size_t count = lab_journal_count(saved->journal);
    for (int i = 0; i < MOMENTS; i++) {
        uint64_t begun_ns = net_now_ns();
        lab_state_free(lab_past_state(saved->past, saved->journal, (size_t)rand_r(&random) % count));
        ms[i] = since_ms(begun_ns);
    }
    qsort(ms, MOMENTS, sizeof *ms, compare);
    snprintf(worst, sizeof worst, "worst of %d: %.1f", MOMENTS, ms[MOMENTS - 1]);
    row("going back to any moment of it", ms[MOMENTS / 2], worst, "under 50 ms");
}

int main(int argc, char **argv)
{
    struct net_error err = {0};
    struct lab_saved saved;
    struct lab_journal *j = lab_journal_new();
    long events = argc == 3 ? atol(argv[1]) : 0;
    if (!j || events <= 0)
        return 2;
    for (long i = 0; i < events; i++) {
        struct net_event ev = event_of((uint32_t)i);
        lab_journal_append(j, &ev);
    }
    const struct lab_file_wish wish = {.name = argv[2], .reach = LAB_REACH_USER, .replace = true};
    struct stat is;
    char details[64];
    uint64_t begun_ns = net_now_ns();
    if (lab_journal_save(j, START_NS, "tun", &wish, NULL, &err) < 0 || stat(argv[2], &is) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    snprintf(details, sizeof details, "%ld events, %.1f MB", events, (double)is.st_size / 1e6);
    row("saving a long run", since_ms(begun_ns), details, "under 3 s and 80 MB");
    lab_journal_free(j);
    begun_ns = net_now_ns();
    if (lab_saved_open(&saved, argv[2], false, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    snprintf(details, sizeof details, "%.0f MB of memory at most", (double)usage.ru_maxrss / 1000);
    row("opening it", since_ms(begun_ns), details, "under 2 s");
    go_back(&saved);
    lab_saved_close(&saved);
    return 0;
}
