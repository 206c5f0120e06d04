// SPDX-License-Identifier: GPL-3.0-or-later
// IP addresses as numbers, text and bytes. inet_ntop() writes IPv6 as RFC 5952 wants it.
#include "net/data/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { MAPPED = 0xffff, LOOPBACK_NET = 127 };

struct net_ip net_ip_plain(struct net_ip ip)
{
    bool mapped = ip.is_v6 && !ip.word[0] && !ip.word[1] && ip.word[2] == MAPPED;
    return mapped ? NET_IP4(ip.word[3]) : ip;
}

bool net_ip_same(struct net_ip a, struct net_ip b)
{
    a = net_ip_plain(a);
    b = net_ip_plain(b);
    return a.is_v6 == b.is_v6 && memcmp(a.word, b.word, sizeof a.word) == 0;
}

bool net_ip_is_v4(struct net_ip ip)
{
    return !net_ip_plain(ip).is_v6;
}

bool net_ip_is_any(struct net_ip ip)
{
    ip = net_ip_plain(ip);
    return !(ip.word[0] | ip.word[1] | ip.word[2] | ip.word[3]);
}

bool net_ip_is_loopback(struct net_ip ip)
{
    ip = net_ip_plain(ip);
    if (!ip.is_v6)
        return ip.word[3] >> 24 == LOOPBACK_NET;
    return !ip.word[0] && !ip.word[1] && !ip.word[2] && ip.word[3] == 1;
}

uint64_t net_ip_hash(struct net_ip ip)
{
    ip = net_ip_plain(ip);
    uint64_t hash = ip.is_v6;
    for (int i = 0; i < 4; i++)
        hash = (hash ^ ip.word[i]) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

bool net_is_within_host(struct net_ip ip, struct net_ip other)
{
    return net_ip_same(ip, other) || net_ip_is_loopback(ip) || net_ip_is_loopback(other);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

const char *net_ip_text(struct net_ip ip, char *out, size_t out_bytes)
{
    uint8_t bytes[16];
    net_ip_bytes(ip, bytes);
    if (out_bytes && !inet_ntop(ip.is_v6 ? AF_INET6 : AF_INET, bytes, out, (socklen_t)out_bytes))
        snprintf(out, out_bytes, "...");
    return out;
}

size_t net_address_text(struct net_ip ip, uint16_t port, char *out, size_t out_bytes)
{
    char text[NET_IP_TEXT_BYTES];
    int all = snprintf(out, out_bytes, ip.is_v6 ? "[%s]:%u" : "%s:%u", net_ip_text(ip, text, sizeof text), port);
    if ((size_t)all < out_bytes)
        return (size_t)all;
    if (out_bytes > 3)
        memcpy(out + out_bytes - 4, "...", 4);
    return out_bytes ? strlen(out) : 0;
}

bool net_ip_read(const char *text, struct net_ip *out)
{
    uint8_t bytes[16];
    bool is_v6 = strchr(text, ':') != NULL;
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text, bytes) != 1)
        return false;
    *out = net_ip_of_bytes(bytes, is_v6);
    return true;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

struct net_ip net_ip_of_bytes(const uint8_t *bytes, bool is_v6)
{
    struct net_ip ip = {.is_v6 = is_v6};
    for (size_t i = 0, first = is_v6 ? 0 : 3; first + i < 4; i++)
        ip.word[first + i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
                             (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
    return ip;
}

size_t net_ip_bytes(struct net_ip ip, uint8_t out[16])
{
    size_t n = 0;
    for (size_t i = ip.is_v6 ? 0 : 3; i < 4; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            out[n++] = (uint8_t)(ip.word[i] >> shift);
    return n;
}

bool net_address_of(const uint8_t *data, size_t bytes, struct net_ip *ip, uint16_t *port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } a = {0};
    memcpy(&a, data, bytes < sizeof a ? bytes : sizeof a);
    bool is_v6 = a.any.sa_family == AF_INET6;
    if (is_v6 ? bytes < sizeof a.in6 : a.any.sa_family != AF_INET || bytes < offsetof(struct sockaddr_in, sin_zero))
        return false;
    const void *at = is_v6 ? (const void *)&a.in6.sin6_addr : &a.in.sin_addr;
    *ip = net_ip_of_bytes(at, is_v6);
    *port = ntohs(is_v6 ? a.in6.sin6_port : a.in.sin_port);
    return true;
}
