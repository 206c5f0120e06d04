// SPDX-License-Identifier: GPL-3.0-or-later
// Segments and ICMP messages that no kernel sent: written by hand, and put on the wire.
#ifndef NET_WIRE_INJECT_H
#define NET_WIRE_INJECT_H

#include "net/wire/wire.h"

/*
 * What is injected appears on the wire right in front of the host that it is for: no box meets it, and no hold, cut or
 * delay. Only an address that `nat` has given to a connection is put in, and a host without power gets it later. Its
 * SEGMENT event says `injected`, and bears the name of the host that it claims to come from.
 *
 * Nothing is checked but whether it can be written at all: it is for the receiving kernel to judge numbers, flags and
 * options.
 */
enum { NET_INJECT_OPTIONS = 40, NET_INJECT_PACKET = 1500 };

struct net_inject {
    struct net_ev_segment numbers; /* from, addresses, ports, seq, ack, flags, window */
    uint8_t options[NET_INJECT_OPTIONS];
    size_t options_bytes; /* filled up with no-operations to whole words */
    const uint8_t *data;
    size_t data_bytes;
    bool wrong_checksum; /* of TCP: its receiver throws it away */
};

/*
 * Put it on the wire. Main thread; it is delivered when the call returns, unless the events' ring was full.
 *   errors  -1: the options do not fit in a header, or all of it not in a packet of 1500 bytes; no memory.
 */
int net_wire_inject(struct net_wire *, const struct net_inject *, struct net_error *);

/* An ICMP message about a packet, told to the host that sent it, by the router. */
struct net_inject_icmp {
    enum net_host to;
    unsigned code;        /* of destination unreachable */
    uint32_t mtu;         /* NET_ICMP_TOO_BIG; else 0 */
    const uint8_t *about; /* the packet, as it left its host */
    size_t about_bytes;
};
/* As above. -1: what it is about is no TCP packet. */
int net_wire_inject_icmp(struct net_wire *, const struct net_inject_icmp *, struct net_error *);

#endif
