// SPDX-License-Identifier: GPL-3.0-or-later
// What is sent on the way: a router's ICMP messages, and segments that a box makes in the name of a host.
/*
 * RFC 792, destination unreachable: type 3, code 1 (host), four unused bytes, and the packet that is meant, with at
 * most so much of it that the answer is no longer than 576 bytes (RFC 1812, 4.3.2.3). The sender's kernel finds its
 * socket by the addresses, ports and sequence number in there (tcp_v4_err()). RFC 4443 is the same for IPv6, with other
 * numbers. Only TCP is answered: never an ICMP message, as the RFCs demand. Left out: the limit of so many answers in a
 * second that a real router has.
 */
#include "net/wire/wire_private.h"

#include "net/wire/segment.h"

#include <stdlib.h>
#include <string.h>

enum { ICMP_BYTES = 8, ANSWER_BYTES = 576, DONT_FRAGMENT = 0x4000, TTL = 64 };

void wire_put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void wire_put32(uint8_t *at, uint32_t value)
{
    wire_put16(at, value >> 16);
    wire_put16(at + 2, value & 0xffff);
}

/* RFC 1071; sum: of what is not in the bytes. */
void wire_put_sum(uint8_t *at, const uint8_t *p, size_t n, uint64_t sum)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint64_t)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    wire_put16(at, (uint16_t)~sum);
}

size_t wire_ip_bytes(struct net_ip ip)
{
    return ip.is_v6 ? NET_IPV6_BYTES : NET_IPV4_BYTES;
}

/* The header of a packet with so many bytes behind it; both addresses are of one family. */
void wire_write_ip(uint8_t *out, size_t behind, unsigned protocol, struct net_ip src, struct net_ip dst)
{
    memset(out, 0, wire_ip_bytes(src));
    if (src.is_v6) {
        out[0] = 0x60;
        wire_put16(out + 4, (uint32_t)behind);
        out[6] = (uint8_t)protocol;
        out[7] = TTL;
        net_ip_bytes(src, out + 8);
        net_ip_bytes(dst, out + 24);
        return;
    }
    out[0] = 0x45; /* IPv4, five words of header */
    wire_put16(out + 2, (uint32_t)(NET_IPV4_BYTES + behind));
    wire_put16(out + 6, DONT_FRAGMENT);
    out[8] = TTL;
    out[9] = (uint8_t)protocol;
    net_ip_bytes(src, out + 12);
    net_ip_bytes(dst, out + 16);
    wire_put_sum(out + 10, out, NET_IPV4_BYTES, 0);
}

/* What a code of ICMP, of type 3, is in ICMPv6, and what stands in the word behind the checksum (RFC 4443, 3). */
static void put_icmpv6(uint8_t *icmp, unsigned code, uint32_t mtu)
{
    enum { NEXT_HEADER_AT = 6 };
    static const struct {
        uint8_t type, code, word;
    } as[] = {[0] = {NET_ICMPV6_UNREACHABLE, NET_ICMPV6_NO_ROUTE, 0},
              [NET_ICMP_HOST] = {NET_ICMPV6_UNREACHABLE, NET_ICMPV6_ADDRESS, 0},
              [NET_ICMP_PROTOCOL] = {NET_ICMPV6_PARAMETER, NET_ICMPV6_NEXT_HEADER, NEXT_HEADER_AT},
              [NET_ICMP_PORT] = {NET_ICMPV6_UNREACHABLE, NET_ICMPV6_PORT, 0},
              [NET_ICMP_TOO_BIG] = {NET_ICMPV6_TOO_BIG, 0, 0},
              [NET_ICMP_PROHIBITED] = {NET_ICMPV6_UNREACHABLE, NET_ICMPV6_PROHIBITED, 0}};
    icmp[0] = as[code].type;
    icmp[1] = as[code].code;
    wire_put32(icmp + 4, code == NET_ICMP_TOO_BIG ? mtu : as[code].word);
}

static size_t write_answer(const struct wire_packet *about, unsigned code, uint32_t mtu, uint8_t *out)
{
    const struct net_ip to = about->segment.src_ip, router = to.is_v6 ? NET_ROUTER_IP6 : NET_ROUTER_IP;
    size_t ip_bytes = wire_ip_bytes(to);
    size_t quoted = about->segment.packet_bytes, most = ANSWER_BYTES - ip_bytes - ICMP_BYTES;
    if (quoted > most)
        quoted = most;
    uint8_t *icmp = out + ip_bytes;
    memset(icmp, 0, ICMP_BYTES);
    memcpy(icmp + ICMP_BYTES, about->bytes, quoted);
    if (to.is_v6) {
        put_icmpv6(icmp, code, mtu);
        wire_put_sum(icmp + 2, icmp, ICMP_BYTES + quoted,
                     net_packet_pseudo_sum(router, to, NET_ICMPV6, ICMP_BYTES + quoted));
    } else {
        icmp[0] = NET_ICMP_UNREACHABLE;
        icmp[1] = (uint8_t)code;
        wire_put16(icmp + 6, mtu); /* RFC 1191 */
        wire_put_sum(icmp + 2, icmp, ICMP_BYTES + quoted, 0);
    }
    wire_write_ip(out, ICMP_BYTES + quoted, to.is_v6 ? NET_ICMPV6 : NET_ICMP, router, to);
    return ip_bytes + ICMP_BYTES + quoted;
}

struct wire_packet *wire_router_answer(const struct wire_packet *about, unsigned code, uint32_t mtu)
{
    struct wire_packet *answer = about->segment.protocol == NET_TCP ? calloc(1, sizeof *answer + ANSWER_BYTES) : NULL;
    if (!answer)
        return NULL;
    size_t bytes = write_answer(about, code, mtu, answer->bytes);
    if (net_segment_decode(answer->bytes, bytes, &answer->segment)) {
        free(answer);
        return NULL;
    }
    answer->segment.from = about->segment.from == NET_SERVER ? NET_CLIENT : NET_SERVER;
    return answer;
}

struct wire_packet *wire_router_made(const struct net_ev_segment *numbers)
{
    struct wire_packet *made = wire_inject_make(&(const struct net_inject){.numbers = *numbers});
    if (made)
        made->segment.by_box = true;
    return made;
}

struct wire_packet *wire_router_rst(const struct net_ev_segment *about)
{
    uint32_t length = about->payload_bytes + ((about->flags & NET_SYN) != 0) + ((about->flags & NET_FIN) != 0);
    bool has_ack = about->flags & NET_ACK;
    const struct net_ev_segment numbers = {.from = about->from == NET_SERVER ? NET_CLIENT : NET_SERVER,
                                           .src_ip = about->dst_ip,
                                           .dst_ip = about->src_ip,
                                           .src_port = about->dst_port,
                                           .dst_port = about->src_port,
                                           .flags = has_ack ? NET_RST : NET_RST | NET_ACK,
                                           .seq = has_ack ? about->ack : 0,
                                           .ack = has_ack ? 0 : about->seq + length};
    return about->protocol == NET_TCP && !(about->flags & NET_RST) ? wire_router_made(&numbers) : NULL;
}
