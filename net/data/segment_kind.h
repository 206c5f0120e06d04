// SPDX-License-Identifier: GPL-3.0-or-later
// What a segment is, beyond its flags: names for what only its connection's history tells.
#ifndef NET_DATA_SEGMENT_KIND_H
#define NET_DATA_SEGMENT_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A segment may be several of them at once: a duplicate ACK has SACK edges, a keep-alive answer may announce a window
 * of zero. Which it is follows from sequence numbers, windows and what its connection sent before
 * (lab/state/segment_kinds.c), never from its text. Some show when it is sent, some when it arrives.
 */
enum net_segment_kind {
    NET_SEGMENT_RETRANSMISSION,
    NET_SEGMENT_FAST_RETRANSMISSION,
    NET_SEGMENT_NEEDLESS, /* on arrival */
    NET_SEGMENT_KEEPALIVE_PROBE,
    NET_SEGMENT_KEEPALIVE_ANSWER,
    NET_SEGMENT_WINDOW_PROBE,
    NET_SEGMENT_WINDOW_PROBE_ANSWER,
    NET_SEGMENT_CHALLENGE_ACK,
    NET_SEGMENT_DUPLICATE_ACK,
    NET_SEGMENT_WINDOW_UPDATE,
    NET_SEGMENT_ZERO_WINDOW,
    NET_SEGMENT_WINDOW_FULL,
    NET_SEGMENT_BEYOND_WINDOW,
    NET_SEGMENT_OUT_OF_ORDER,  /* on arrival */
    NET_SEGMENT_OLD_TIMESTAMP, /* on arrival */
    NET_SEGMENT_SACK,
    NET_SEGMENT_DSACK,
    NET_SEGMENT_RST_ANSWER,
    NET_SEGMENT_INJECTED,
    NET_SEGMENT_KINDS
};
#define NET_SEGMENT_IS(kind) (UINT32_C(1) << (kind))
#define NET_SEGMENT_IS_PROBE (NET_SEGMENT_IS(NET_SEGMENT_KEEPALIVE_PROBE) | NET_SEGMENT_IS(NET_SEGMENT_WINDOW_PROBE))

struct net_segment_kind_row {
    const char *word;  /* in conditions and in JSON: "window-probe" */
    const char *name;  /* "window probe"; it, `brief` and `help` are for net_message() */
    const char *brief; /* the same where there is no room */
    bool counted;      /* behind it stands which one in a row it is: "window probe 2" */
    const char *help;  /* one sentence */
};
extern const struct net_segment_kind_row net_segment_kinds[NET_SEGMENT_KINDS];

/* The kind of that word; -1 none. */
int net_segment_kind_number(const char *word);

#endif
