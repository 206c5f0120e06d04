// SPDX-License-Identifier: GPL-3.0-or-later
// What the writers' side of the rings (ring.c) and the reader's (ring_read.c) share.
#ifndef NET_RING_RING_PRIVATE_H
#define NET_RING_RING_PRIVATE_H

#include "net/ring/ring.h"
#include "net/ring/ring_service.h"

enum { ALL_RINGS = NET_FIRST_TASK_RING + NET_RINGS, SITES_KNOWN = 1 << 16 };

struct ring_record {
    uint32_t bytes; /* of the whole, with padding */
    uint16_t kind;  /* NET_EV_NONE: nothing but space up to the end of the ring */
    uint16_t body_bytes;
    uint64_t time_ns;
    uint32_t actor, task;
    uint32_t data_bytes;
    uint32_t data_all; /* of a call */
};

/* What the reader knows of a ring. */
struct ring_look {
    uint64_t tail, head;
    uint64_t idle_ns;   /* the latest moment before which nothing more can appear */
    uint64_t waited_at; /* 1 + the head at which its writer was waited for in vain */
    uint32_t waits_seen;
    bool is_stopped; /* its writer, there */
};

enum { POSTS = ALL_RINGS };

struct ring_due {
    uint64_t time_ns;
    uint32_t ring; /* or POSTS */
};

/* An event of the main thread's that waits to be delivered. */
struct ring_post {
    struct ring_post *next;
    struct net_event ev;
    uint8_t data[];
};

/* The call that was entered last on a ring: what its short return is to be completed with. */
struct ring_entered {
    uint64_t time_ns;
    uint16_t call, line, to_port;
    uint32_t site;
    struct net_ip to_ip;
    int64_t args[6];
};

/* The reader's own comes first. */
struct net_arena {
    uint64_t magic; /* see net_arena_map() */
    int fd;         /* the lab's; -1: it is no file */
    int shared_id;  /* of System V; -1: it is a file */
    struct ring_look look[ALL_RINGS];
    struct ring_due due[ALL_RINGS + 1]; /* the queue of posts is one more source */
    struct ring_entered entered[ALL_RINGS];
    uint32_t busy[ALL_RINGS];
    uint32_t slice;        /* events by one drain; 0: all */
    uint64_t delivered_ns; /* time of the last event that was delivered */
    struct ring_post *first_post, *last_post;
    struct ring_post *post_limit; /* the last one that this drain may deliver */
    bool lost_post;
    _Atomic uint32_t bell_armed;
    _Atomic int32_t bell_pid, bell_tid;
    _Atomic uint32_t next_id;
    _Atomic uint32_t top;
    _Atomic uint64_t claims;
    _Atomic bool has_timers;
    struct net_service service;
    struct net_failures failures;
    _Atomic uint8_t site[SITES_KNOWN]; /* enum net_site_kind, by number */
    net_filter_fn *filter;
    void *filter_user;
    struct net_ring ring[ALL_RINGS];
};

/*
 * A call is carried short, since what is written here another processor must fetch: entered, without what only a return
 * has and without arguments that are zero; returned, when no other call was entered on this ring meanwhile (by a signal
 * handler), without what its entry has said.
 */
struct ring_returned {
    int64_t ret;
    uint64_t cookie;
    int32_t fd, error;
};

static inline struct ring_record *ring_record_at(struct net_arena *a, const struct net_ring *r, uint64_t position)
{
    size_t offset = atomic_load_explicit(&r->data_offset, memory_order_relaxed);
    uint32_t size = atomic_load_explicit(&r->size_bytes, memory_order_relaxed);
    uint64_t origin = atomic_load_explicit(&r->origin, memory_order_relaxed);
    void *record = (char *)a + offset + ((position - origin) & (size - 1));
    return record;
}

void ring_drop_post(struct net_arena *); /* the first one */

static inline bool ring_is_call(uint16_t kind)
{
    return kind == NET_EV_CALL_ENTER || kind == NET_EV_CALL_RETURN;
}

#endif
