// SPDX-License-Identifier: GPL-3.0-or-later
// The sockets that listen, by port: what a connection that comes or goes asks about.
#ifndef NET_SOCKET_LISTENERS_H
#define NET_SOCKET_LISTENERS_H

#include "net/data/event.h"

enum { NET_LISTENERS = 16 }; /* more are not followed */

struct net_listeners {
    struct net_listener {
        uint64_t cookie;
        unsigned host;
        uint16_t port;
    } all[NET_LISTENERS];
    size_t count;
};

void net_listeners_forget(struct net_listeners *, unsigned host, uint64_t cookie);
/* By its sample: from now on it listens, or does so no more. */
void net_listeners_note(struct net_listeners *, const struct net_ev_sample *);
/* One that listens at the port, on whatever host; NULL. */
const struct net_listener *net_listeners_at(const struct net_listeners *, uint16_t port);
/*
 * Ask the kernel for a listener that was seen before, by fd, a sock_diag socket of its host. An exact look-up finds any
 * of those that share a port (SO_REUSEPORT): the one with that cookie is then looked for among all of the port.
 */
bool net_listener_find(int fd, const struct net_ev_sample *before, struct net_ev_sample *out);

#endif
