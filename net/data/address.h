// SPDX-License-Identifier: GPL-3.0-or-later
// IP addresses of both families: one type, one reader, one writer; plain data.
#ifndef NET_DATA_ADDRESS_H
#define NET_DATA_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All zero is 0.0.0.0. An IPv4 address has only its last word; ::ffff:192.0.2.1, which is how a socket of AF_INET6
 * calls 192.0.2.1 (RFC 4291, 2.5.5.2), is an address of IPv6 here, and the same as the plain one for net_ip_same().
 */
struct net_ip {
    uint32_t word[4]; /* host byte order, the first bits first */
    bool is_v6;
};

#define NET_IP4(number)     ((struct net_ip){.word = {[3] = (number)}})
#define NET_IP6(a, b, c, d) ((struct net_ip){.word = {(a), (b), (c), (d)}, .is_v6 = true})

/* "2001:db8:ffff:ffff:ffff:ffff:255.255.255.255", brackets, a port and a NUL; none is longer. */
enum { NET_IP_TEXT_BYTES = 46, NET_ADDRESS_TEXT_BYTES = NET_IP_TEXT_BYTES + 8 };

/* Both lead to the same host: a mapped address and the plain one do. :: and 0.0.0.0 are two. */
bool net_ip_same(struct net_ip, struct net_ip);
/* A mapped one as plain IPv4: what its packets bear. Any other as it is. */
struct net_ip net_ip_plain(struct net_ip);
/* Of IPv4, or mapped: its packets are those of IPv4. */
bool net_ip_is_v4(struct net_ip);
/* 0.0.0.0, ::, or ::ffff:0.0.0.0: none in particular. */
bool net_ip_is_any(struct net_ip);
/* 127.0.0.0/8, ::1, and the former mapped. */
bool net_ip_is_loopback(struct net_ip);
/* A number that is the same for the same address; two may share one. */
uint64_t net_ip_hash(struct net_ip);
/* The two addresses of a connection are of one host: it goes over that host's own loopback interface, not over the
 * wire. */
bool net_is_within_host(struct net_ip, struct net_ip other);

/* "192.0.2.1", "2001:db8::1" (RFC 5952), into out; returns out. */
const char *net_ip_text(struct net_ip, char *out, size_t out_bytes);
/* "192.0.2.1:12345", "[2001:db8::1]:12345" (RFC 5952, 6); returns its length. Where there is no room for all, the end
 * is "...". */
size_t net_address_text(struct net_ip, uint16_t port, char *out, size_t out_bytes);
/* The whole text, without brackets; false: it is no address. */
bool net_ip_read(const char *text, struct net_ip *out);

/* From four bytes, or from sixteen, in the order in which a packet has them. */
struct net_ip net_ip_of_bytes(const uint8_t *bytes, bool is_v6);
/* And into them: how many they are. */
size_t net_ip_bytes(struct net_ip, uint8_t out[16]);
/* Of a struct sockaddr_in or sockaddr_in6, as a program or the kernel wrote it; false: it is neither, or cut short. */
bool net_address_of(const uint8_t *sockaddr, size_t bytes, struct net_ip *ip, uint16_t *port);

#endif
