// SPDX-License-Identifier: GPL-3.0-or-later
// The header of an IP packet of either family: plain data.
#ifndef NET_DATA_PACKET_H
#define NET_DATA_PACKET_H

#include "net/data/address.h"

enum net_protocol { NET_ICMP = 1, NET_TCP = 6, NET_ICMPV6 = 58 };
enum { NET_IPV4_BYTES = 20, NET_IPV6_BYTES = 40 }; /* without options or extension headers */

struct net_packet {
    struct net_ip src, dst;
    size_t header_bytes; /* all before what `protocol` says */
    size_t total_bytes;  /* the length that the header names, whatever that may be */
    uint8_t protocol, ttl;
    bool first_fragment; /* more belong to it: no checksum can be right */
};

/*
 * Read the header, and of IPv6 the extension headers up to the one that is none (RFC 8200, 4). total_bytes may be more
 * than bytes: a packet that is quoted in an ICMP message is cut short.
 *   errors  false: no IP, a header that is cut short or makes no sense, or a fragment but the first.
 *   thread  any; pure.
 */
bool net_packet_read(const uint8_t *packet, size_t bytes, struct net_packet *out);

/* The sum of a pseudo header (RFC 9293, 3.1; RFC 8200, 8.1), as 16-bit words that are not folded yet. */
uint64_t net_packet_pseudo_sum(struct net_ip src, struct net_ip dst, uint8_t protocol, size_t payload_bytes);

#endif
