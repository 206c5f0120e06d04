// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that fail on request: what the main thread wants, in the arena, for all tasks of an actor to see.
#ifndef NET_TRACE_FAIL_H
#define NET_TRACE_FAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct net_span;

enum { NET_FAILURES = 32 };

/* `actor` is stored last, and cleared by whichever task makes the last call that is to fail. */
struct net_failure {
    _Atomic uint32_t actor; /* 0: free */
    _Atomic uint32_t seen;  /* calls so far, by every task of the actor */
    uint32_t call;          /* enum net_call */
    int32_t error;          /* errno */
    uint32_t after, times;
};

struct net_failures {
    _Atomic uint32_t count; /* of those that are not free: 0 is all that a call looks at */
    struct net_failure of[NET_FAILURES];
};

/* Whether this call is one of them; its event is marked then. */
bool net_failures_take(struct net_failures *, struct net_span *);
/* Main thread. False: no room. */
bool net_failures_add(struct net_failures *, const struct net_failure *);
void net_failures_forget(struct net_failures *, uint32_t actor /* 0: all */);

#endif
