// SPDX-License-Identifier: GPL-3.0-or-later
// The sockets that the observer knows, by host and cookie.
#ifndef NET_SOCKET_KNOWN_H
#define NET_SOCKET_KNOWN_H

#include "net/data/event.h"

struct net_known {
    struct net_ev_sample now; /* the latest that the sink was given */
    uint64_t time_ns;         /* of it */
    bool is_gone;             /* kept for a while, so that a late sample is known to be late */
    bool is_asked;            /* to be looked up after this drain */
    bool is_pending;          /* a sample of ours is on its way to the sink */
    bool is_outdated;         /* meanwhile it was looked at again: what comes may be old */
    bool is_doubtful;         /* its descriptor says CLOSE: so it is, or only its shell */
    uint32_t dump;            /* number of the last dump that had it */
    size_t place;             /* in all[] */
};

struct net_known_table {
    struct net_known **all;
    size_t count, room;
    struct net_known **slot; /* open addressing; a power of two of them, at most half full */
    size_t slots;
};

/* All functions: one thread. A pointer to an entry stays valid until it is removed. */
void net_known_fini(struct net_known_table *);
/* NULL when there is none. */
struct net_known *net_known_find(const struct net_known_table *, unsigned host, uint64_t cookie);
/* A new entry, zero but for its identity; NULL without memory. The caller has looked that there is none. */
struct net_known *net_known_add(struct net_known_table *, unsigned host, uint64_t cookie);
/* The other end of a connection within one host; NULL. On the machine's loopback the two may count as of two hosts. */
struct net_known *net_known_peer(const struct net_known_table *, const struct net_ev_sample *own);
/* The last of all[] takes its place there. */
void net_known_remove(struct net_known_table *, struct net_known *);

/* When its timer runs out, in ms of CLOCK_MONOTONIC. */
int64_t net_sample_deadline_ms(const struct net_ev_sample *);
/* Whether a learner would see a difference. */
bool net_sample_differs(const struct net_ev_sample *, const struct net_ev_sample *);

#endif
