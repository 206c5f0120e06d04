// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that fail on request: what the main thread wants, in the arena, for all tasks of an actor to see.
#ifndef NET_TRACE_FAIL_H
#define NET_TRACE_FAIL_H

#include "net/ring/ring_service.h"

struct net_span;

/* Whether this call is one of them; its event is marked then. */
bool net_failures_take(struct net_failures *, struct net_span *);
/* Main thread. False: no room. */
bool net_failures_add(struct net_failures *, const struct net_failure *);
void net_failures_forget(struct net_failures *, uint32_t actor /* 0: all */);

#endif
