// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * TCP (RFC 9293) behind an IP header (net/data/packet.h). A length that points past the end makes the packet "cut
 * short". Left out: reassembly (the hosts set DF, and IPv6 has no other way, so a later fragment is nobody's of ours
 * and counts as cut short).
 */
#include "net/wire/segment.h"

#include "net/data/packet.h"
#include "net/data/tcp_options.h"

#include <string.h>

enum { TCP_HEADER_MIN = 20 };

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* RFC 1071: the plain sum of 16-bit words; an odd last byte counts as the high half of one. */
static uint64_t sum16(const uint8_t *p, size_t n, uint64_t sum)
{
    for (; n >= 2; p += 2, n -= 2)
        sum += be16(p);
    return n ? sum + (uint64_t)(p[0] << 8) : sum;
}

/* A sum that includes the checksum field itself is all ones when it is right. */
static bool sum_ok(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

/* An IPv6 header has none of its own. */
static bool checksums_ok(const uint8_t *packet, const struct net_packet *ip)
{
    size_t tcp_bytes = ip->total_bytes - ip->header_bytes;
    uint64_t pseudo = net_packet_pseudo_sum(ip->src, ip->dst, NET_TCP, tcp_bytes);

    return (ip->src.is_v6 || sum_ok(sum16(packet, ip->header_bytes, 0))) &&
           sum_ok(sum16(packet + ip->header_bytes, tcp_bytes, pseudo));
}

static void decode_options(const uint8_t *bytes, size_t n, struct net_ev_segment *out)
{
    struct net_tcp_options options;

    net_tcp_options_read(bytes, n, &options);
    out->mss = options.mss;
    out->wscale = options.wscale;
    out->sack_permitted = options.sack_permitted;
    out->has_timestamp = options.has_timestamp;
    out->ts_value = options.ts_value;
    out->ts_echo = options.ts_echo;
    out->sack_blocks = options.sack_blocks;
}

static int decode_tcp(const uint8_t *packet, const struct net_packet *ip, struct net_ev_segment *out)
{
    const uint8_t *tcp = packet + ip->header_bytes;
    size_t tcp_bytes = ip->total_bytes - ip->header_bytes;
    size_t tcp_header = tcp_bytes >= TCP_HEADER_MIN ? (size_t)(tcp[12] >> 4) * 4 : 0;

    if (tcp_header < TCP_HEADER_MIN || tcp_header > tcp_bytes)
        return -1;
    out->src_ip = ip->src;
    out->dst_ip = ip->dst;
    out->src_port = be16(tcp);
    out->dst_port = be16(tcp + 2);
    out->seq = be32(tcp + 4);
    out->ack = be32(tcp + 8);
    out->flags = tcp[13];
    out->window = be16(tcp + 14);
    out->payload_at = (uint16_t)(ip->header_bytes + tcp_header);
    out->payload_bytes = (uint16_t)(tcp_bytes - tcp_header);
    out->checksum_ok = !ip->first_fragment && checksums_ok(packet, ip);
    decode_options(tcp + TCP_HEADER_MIN, tcp_header - TCP_HEADER_MIN, out);
    return 0;
}

static int decode_ip(const uint8_t *packet, size_t bytes, struct net_ev_segment *out)
{
    struct net_packet ip;

    if (!net_packet_read(packet, bytes, &ip) || ip.total_bytes > bytes || ip.total_bytes > UINT16_MAX ||
        ip.header_bytes > ip.total_bytes)
        return -1;
    out->packet_bytes = (uint16_t)ip.total_bytes; /* without what a link layer may have padded */
    out->ttl = ip.ttl;
    out->protocol = ip.protocol;
    if (net_is_icmp(ip.protocol) && ip.total_bytes - ip.header_bytes >= 2) {
        out->src_ip = ip.src;
        out->dst_ip = ip.dst;
        out->icmp_type = packet[ip.header_bytes];
        out->icmp_code = packet[ip.header_bytes + 1];
    }
    return out->protocol == NET_TCP ? decode_tcp(packet, &ip, out) : 0;
}

int net_segment_decode(const uint8_t *packet, size_t bytes, struct net_ev_segment *out)
{
    const struct net_ev_segment nothing = {.packet_bytes = bytes < UINT16_MAX ? (uint16_t)bytes : UINT16_MAX,
                                           .wscale = -1};

    *out = nothing;
    if (!decode_ip(packet, bytes, out))
        return 0;
    *out = nothing;
    return -1;
}
