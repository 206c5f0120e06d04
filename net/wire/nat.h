// SPDX-License-Identifier: GPL-3.0-or-later
// A box that translates addresses (NAT), nearest to the server: the server sees the box's address, and a port of it.
#ifndef NET_WIRE_NAT_H
#define NET_WIRE_NAT_H

#include "net/wire/wire.h"

/*
 * As the nat table of Linux's own firewall does it (nf_nat, RFC 3022): when a connection's first SYN comes from the
 * client while the box is on, it gets a port of NET_NAT_IP, and keeps it until it is over, also when the box has been
 * turned off meanwhile. Older connections pass as they are. Nobody can call from outside: what comes for a port that no
 * connection has, or for the client itself without an entry, is dropped.
 *
 * Restarted, the box has lost its table. What comes from the client in the middle of a connection makes a new entry,
 * and has another port then (nf_conntrack_tcp_loose): to the server it is a stranger's. What comes from the server
 * finds no entry.
 *
 * TCP, and the ICMP messages about it, whose quote is translated too; nothing else. In events a segment has the
 * addresses of its connection's two ends, and net_ev_segment.nat_port; its bytes are those that left the host.
 */
enum { NET_NAT_FIRST_PORT = 49152, NET_NAT_PORTS = 16384 };

struct net_nat_entry {
    struct net_ip ip, server_ip;
    uint16_t port, server_port, nat_port;
    bool over;        /* FIN from both ends, or a RST */
    uint64_t last_ns; /* when a segment passed last */
};
/* The table, in the order of its ports; returns how many there are, which may be more than `most`. Main thread. */
size_t net_wire_nat(struct net_wire *, struct net_nat_entry *out, size_t most);
/* Lose the table; how many connections were in it, or passed the box without it. */
unsigned net_wire_nat_restart(struct net_wire *);

#endif
