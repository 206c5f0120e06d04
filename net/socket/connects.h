// SPDX-License-Identifier: GPL-3.0-or-later
// The tasks that are in connect(), and the port that each calls: by it a socket is found that no call tells of yet.
#ifndef NET_SOCKET_CONNECTS_H
#define NET_SOCKET_CONNECTS_H

#include "net/data/event.h"

enum { NET_CONNECTS = 16 }; /* at a time; more are not followed */

struct net_connects {
    uint32_t task[NET_CONNECTS];
    uint16_t port[NET_CONNECTS];
    size_t count;
};

/* The CALL_ENTER of a connect(). */
void net_connects_enter(struct net_connects *, const struct net_event *);
/* A call of that task has returned, or the task has ended. */
void net_connects_leave(struct net_connects *, uint32_t task);

#endif
