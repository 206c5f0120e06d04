// SPDX-License-Identifier: GPL-3.0-or-later
// Links, addresses and routes of the namespace that the calling thread is in (rtnetlink).
#ifndef NET_HOST_RTNETLINK_H
#define NET_HOST_RTNETLINK_H

#include "net/base/error.h"
#include "net/data/address.h"

#include <stdint.h>

/*
 * Each function is one request and its acknowledgement, on a socket that was opened in the namespace meant.
 * -1, err->call "rtnetlink: WHAT". source: rtnetlink(7).
 */
struct mnl_socket;

struct mnl_socket *net_rtnl_open(struct net_error *);
void net_rtnl_close(struct mnl_socket *);

/* Set a link up. txqueue_packets, no_arp: left as they are when 0. */
int net_rtnl_up(struct mnl_socket *, const char *link, uint32_t txqueue_packets, int no_arp, struct net_error *);
/* The link's own address, and that of its one neighbour (the kernel adds the route to it). */
int net_rtnl_address(struct mnl_socket *, const char *link, struct net_ip local, struct net_ip peer,
                     struct net_error *);
/* A route to one address more, over a link that is up. */
int net_rtnl_route(struct mnl_socket *, const char *link, struct net_ip, struct net_error *);
/* Forget what was learned of the way to this address of IPv6; ESRCH where it is nothing. */
int net_rtnl_forget(struct mnl_socket *, struct net_ip to, struct net_error *);
/* A veth pair: `outer` here, `inner` in the namespace of inner_ns_fd. Both ends get the same hardware address. */
int net_rtnl_veth(struct mnl_socket *, const char *outer, const char *inner, int inner_ns_fd, struct net_error *);

#endif
