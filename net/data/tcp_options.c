// SPDX-License-Identifier: GPL-3.0-or-later
// RFC 9293, 3.1 (mss); RFC 7323 (window scale, timestamps); RFC 2018 (SACK); RFC 7413 (Fast Open).
#include "net/data/tcp_options.h"

#include "net/data/packet.h"

enum { TCP_HEADER_MIN = 20, SACK_BLOCK_BYTES = 8 };
enum { OPT_END, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACK_PERMITTED, OPT_SACK, OPT_TIMESTAMP = 8, OPT_FAST_OPEN = 34 };

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void read_sack(const uint8_t *opt, uint8_t length, struct net_tcp_options *out)
{
    out->sack_blocks = (uint8_t)((length - 2) / SACK_BLOCK_BYTES);
    for (unsigned i = 0; i < out->sack_blocks && i < NET_SACK_BLOCKS; i++) {
        out->sack[i][0] = be32(opt + 2 + SACK_BLOCK_BYTES * i);
        out->sack[i][1] = be32(opt + 6 + SACK_BLOCK_BYTES * i);
    }
}

static void read_option(const uint8_t *opt, uint8_t length, struct net_tcp_options *out)
{
    if (opt[0] == OPT_MSS && length == 4) {
        out->mss = be16(opt + 2);
    } else if (opt[0] == OPT_WSCALE && length == 3) {
        out->wscale = (int8_t)(opt[2] & 0x7f);
    } else if (opt[0] == OPT_SACK_PERMITTED && length == 2) {
        out->sack_permitted = true;
    } else if (opt[0] == OPT_SACK && length >= 10 && (length - 2) % SACK_BLOCK_BYTES == 0) {
        read_sack(opt, length, out);
    } else if (opt[0] == OPT_TIMESTAMP && length == 10) {
        out->has_timestamp = true;
        out->ts_value = be32(opt + 2);
        out->ts_echo = be32(opt + 6);
    } else if (opt[0] == OPT_FAST_OPEN) {
        out->fast_open = true;
        out->cookie_bytes = (uint8_t)(length - 2);
    }
}

void net_tcp_options_read(const uint8_t *opt, size_t left, struct net_tcp_options *out)
{
    *out = (struct net_tcp_options){.wscale = -1};
    while (left && opt[0] != OPT_END) {
        size_t least = opt[0] == OPT_NOP ? 1 : 2;
        size_t length = opt[0] == OPT_NOP ? 1 : left >= 2 ? opt[1] : 0;
        if (length < least || length > left)
            return;
        if (length > 1)
            read_option(opt, (uint8_t)length, out);
        opt += length;
        left -= length;
    }
}

void net_tcp_options_of_packet(const uint8_t *packet, size_t bytes, struct net_tcp_options *out)
{
    struct net_packet ip;
    size_t at = net_packet_read(packet, bytes, &ip) ? ip.header_bytes : bytes;
    size_t tcp = bytes >= at + TCP_HEADER_MIN ? (size_t)(packet[at + 12] >> 4) * 4 : 0;
    *out = (struct net_tcp_options){.wscale = -1};
    if (tcp >= TCP_HEADER_MIN && bytes >= at + tcp)
        net_tcp_options_read(packet + at + TCP_HEADER_MIN, tcp - TCP_HEADER_MIN, out);
}
