// SPDX-License-Identifier: GPL-3.0-or-later
// One IP packet, decoded.
#ifndef NET_WIRE_SEGMENT_H
#define NET_WIRE_SEGMENT_H

#include "net/data/event.h"

/*
 * Decode one packet of IPv4 or IPv6.
 *
 *   out      every field set. id and from are the wire's own and are left 0.
 *   errors   -1: no IP, or cut short; then only packet_bytes is set.
 *   thread   any; pure.
 */
int net_segment_decode(const uint8_t *packet, size_t bytes, struct net_ev_segment *out);

#endif
