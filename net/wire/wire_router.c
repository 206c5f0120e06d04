// SPDX-License-Identifier: GPL-3.0-or-later
// The router on an unreachable way: it takes a host's packet, and answers that it cannot be delivered.
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

enum { IP_BYTES = 20, ICMP_BYTES = 8, ANSWER_BYTES = 576, DONT_FRAGMENT = 0x4000, TTL = 64, PROTOCOL_ICMP = 1 };

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* RFC 1071. */
static uint16_t checksum(const uint8_t *p, size_t n)
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

static size_t write_answer(const struct wire_packet *about, uint8_t *out)
{
    size_t quoted = about->segment.packet_bytes, most = ANSWER_BYTES - IP_BYTES - ICMP_BYTES;
    if (quoted > most)
        quoted = most;
    size_t total = IP_BYTES + ICMP_BYTES + quoted;
    uint8_t *icmp = out + IP_BYTES;
    memset(out, 0, IP_BYTES + ICMP_BYTES);
    out[0] = 0x45; /* IPv4, five words of header */
    put16(out + 2, (uint32_t)total);
    put16(out + 6, DONT_FRAGMENT);
    out[8] = TTL;
    out[9] = PROTOCOL_ICMP;
    put32(out + 12, NET_ROUTER_IP);
    put32(out + 16, about->segment.src_ip);
    put16(out + 10, checksum(out, IP_BYTES));
    icmp[0] = NET_ICMP_UNREACHABLE;
    icmp[1] = NET_ICMP_HOST;
    memcpy(icmp + ICMP_BYTES, about->bytes, quoted);
    put16(icmp + 2, checksum(icmp, ICMP_BYTES + quoted));
    return total;
}

struct wire_packet *wire_router_answer(const struct wire_packet *about)
{
    struct wire_packet *answer = about->segment.protocol == 6 ? calloc(1, sizeof *answer + ANSWER_BYTES) : NULL;
    if (!answer)
        return NULL;
    size_t bytes = write_answer(about, answer->bytes);
    if (net_segment_decode(answer->bytes, bytes, &answer->segment)) {
        free(answer);
        return NULL;
    }
    answer->segment.from = about->segment.from == NET_SERVER ? NET_CLIENT : NET_SERVER;
    return answer;
}
