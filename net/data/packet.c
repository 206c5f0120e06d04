// SPDX-License-Identifier: GPL-3.0-or-later
// RFC 791 and RFC 8200, byte by byte: packets lie at any alignment, and nothing in them is trusted.
#include "net/data/packet.h"

enum { NEXT_HOP_BY_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_OPTIONS = 60, WORD_BYTES = 8 };

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static bool read_v4(const uint8_t *p, size_t bytes, struct net_packet *out)
{
    if (bytes < NET_IPV4_BYTES)
        return false;
    uint16_t fragment = be16(p + 6);
    *out = (struct net_packet){.src = net_ip_of_bytes(p + 12, false),
                               .dst = net_ip_of_bytes(p + 16, false),
                               .header_bytes = (size_t)(p[0] & 15) * 4,
                               .total_bytes = be16(p + 2),
                               .protocol = p[9],
                               .ttl = p[8],
                               .first_fragment = fragment & 0x2000};
    return !(fragment & 0x1fff) && out->header_bytes >= NET_IPV4_BYTES;
}

/* One extension header: what follows it, and where. false: it is cut short, or of a later fragment. */
static bool pass_extension(const uint8_t *p, size_t bytes, struct net_packet *out)
{
    const uint8_t *at = p + out->header_bytes;
    if (bytes < out->header_bytes + WORD_BYTES)
        return false;
    if (out->protocol == NEXT_FRAGMENT) {
        if (be16(at + 2) & 0xfff8)
            return false;
        out->first_fragment = be16(at + 2) & 1;
    }
    out->header_bytes += out->protocol == NEXT_FRAGMENT ? WORD_BYTES : (at[1] + (size_t)1) * WORD_BYTES;
    out->protocol = at[0];
    return true;
}

static bool read_v6(const uint8_t *p, size_t bytes, struct net_packet *out)
{
    if (bytes < NET_IPV6_BYTES)
        return false;
    *out = (struct net_packet){.src = net_ip_of_bytes(p + 8, true),
                               .dst = net_ip_of_bytes(p + 24, true),
                               .header_bytes = NET_IPV6_BYTES,
                               .total_bytes = NET_IPV6_BYTES + (size_t)be16(p + 4),
                               .protocol = p[6],
                               .ttl = p[7]};
    while (out->protocol == NEXT_HOP_BY_HOP || out->protocol == NEXT_ROUTING || out->protocol == NEXT_FRAGMENT ||
           out->protocol == NEXT_OPTIONS)
        if (!pass_extension(p, bytes, out))
            return false;
    return true;
}

bool net_packet_read(const uint8_t *packet, size_t bytes, struct net_packet *out)
{
    unsigned version = bytes ? packet[0] >> 4 : 0;
    bool sound = version == 4 ? read_v4(packet, bytes, out) : version == 6 && read_v6(packet, bytes, out);
    return sound && out->header_bytes <= bytes;
}

uint64_t net_packet_pseudo_sum(struct net_ip src, struct net_ip dst, uint8_t protocol, size_t payload_bytes)
{
    uint64_t sum = (uint64_t)protocol + payload_bytes;
    for (int i = 0; i < 4; i++)
        sum += (src.word[i] >> 16) + (src.word[i] & 0xffff) + (dst.word[i] >> 16) + (dst.word[i] & 0xffff);
    return sum;
}
