// SPDX-License-Identifier: GPL-3.0-or-later
// What is sent on the way: a router's ICMP messages, and segments that a box makes in the name of a host.
/*
 * RFC 792, destination unreachable: type 3, code 1 (host), four unused bytes, and the packet that is meant, with at
 * most so much of it that the answer is no longer than 576 bytes (RFC 1812, 4.3.2.3). The sender's kernel finds its
 * socket by the addresses, ports and sequence number in there (tcp_v4_err()). Only TCP is answered: never an ICMP
 * message, as the RFC demands. Left out: the limit of so many answers in a second that a real router has.
 */
#include "net/wire/wire_private.h"

#include "net/wire/segment.h"

#include <stdlib.h>
#include <string.h>

enum {
    IP_BYTES = 20,
    PROTOCOL_TCP = 6,
    ICMP_BYTES = 8,
    ANSWER_BYTES = 576,
    DONT_FRAGMENT = 0x4000,
    TTL = 64,
    PROTOCOL_ICMP = 1
};

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

/* RFC 1071. */
uint16_t wire_router_checksum(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    if (n % 2)
        sum += (uint32_t)p[n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

void wire_router_write_ip(uint8_t *out, size_t total, unsigned protocol, uint32_t src, uint32_t dst)
{
    memset(out, 0, IP_BYTES);
    out[0] = 0x45; /* IPv4, five words of header */
    wire_put16(out + 2, (uint32_t)total);
    wire_put16(out + 6, DONT_FRAGMENT);
    out[8] = TTL;
    out[9] = (uint8_t)protocol;
    wire_put32(out + 12, src);
    wire_put32(out + 16, dst);
    wire_put16(out + 10, wire_router_checksum(out, IP_BYTES));
}

static size_t write_answer(const struct wire_packet *about, unsigned code, uint32_t mtu, uint8_t *out)
{
    size_t quoted = about->segment.packet_bytes, most = ANSWER_BYTES - IP_BYTES - ICMP_BYTES;
    if (quoted > most)
        quoted = most;
    size_t total = IP_BYTES + ICMP_BYTES + quoted;
    uint8_t *icmp = out + IP_BYTES;
    wire_router_write_ip(out, total, PROTOCOL_ICMP, NET_ROUTER_IP, about->segment.src_ip);
    memset(icmp, 0, ICMP_BYTES);
    icmp[0] = NET_ICMP_UNREACHABLE;
    icmp[1] = (uint8_t)code;
    wire_put16(icmp + 6, mtu); /* RFC 1191 */
    memcpy(icmp + ICMP_BYTES, about->bytes, quoted);
    wire_put16(icmp + 2, wire_router_checksum(icmp, ICMP_BYTES + quoted));
    return total;
}

struct wire_packet *wire_router_answer(const struct wire_packet *about, unsigned code, uint32_t mtu)
{
    struct wire_packet *answer = about->segment.protocol == 6 ? calloc(1, sizeof *answer + ANSWER_BYTES) : NULL;
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
    return about->protocol == PROTOCOL_TCP && !(about->flags & NET_RST) ? wire_router_made(&numbers) : NULL;
}
