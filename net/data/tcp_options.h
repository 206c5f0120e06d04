// SPDX-License-Identifier: GPL-3.0-or-later
// The options of a TCP header, read out of a packet: plain data.
#ifndef NET_DATA_TCP_OPTIONS_H
#define NET_DATA_TCP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NET_SACK_BLOCKS = 4 }; /* more do not fit into a header */

struct net_tcp_options {
    uint16_t mss;  /* 0 absent */
    int8_t wscale; /* -1 absent */
    bool sack_permitted, has_timestamp;
    uint32_t ts_value, ts_echo;
    uint8_t sack_blocks;
    uint32_t sack[NET_SACK_BLOCKS][2]; /* first byte that has arrived, and the one behind the last; raw */
    bool fast_open;                    /* RFC 7413, of SYN and SYN ACK */
    uint8_t cookie_bytes;              /* of Fast Open; 0: the cookie is asked for */
};

/* From the bytes behind the fixed header. An option whose length points past the end ends them, as it does in the
 * kernel (tcp_parse_options). Any thread; pure. */
void net_tcp_options_read(const uint8_t *options, size_t bytes, struct net_tcp_options *out);
/* The same from a whole packet, whose fields have been found sound before; none when it is cut short. */
void net_tcp_options_of_packet(const uint8_t *packet, size_t bytes, struct net_tcp_options *out);

#endif
