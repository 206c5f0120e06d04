// SPDX-License-Identifier: GPL-3.0-or-later
// The two hosts: a network namespace, an address and a device each.
#ifndef NET_HOST_HOSTS_H
#define NET_HOST_HOSTS_H

#include "net/base/error.h"
#include "net/data/event.h"

/*
 * net_hosts_open() runs once, before any thread exists (unshare(CLONE_NEWUSER) demands it). It tries, in order, TUN,
 * then veth with packet sockets, then the machine's own loopback, and keeps for each thing refused one sentence of why
 * and what would allow it. Details and measured traps: hosts.c; nothing outside the new namespaces is ever changed.
 */
enum net_mode { NET_MODE_AUTO, NET_MODE_TUN, NET_MODE_VETH, NET_MODE_LOOPBACK };

#define NET_SERVER_IP    NET_IP4(0xC0000201u) /* 192.0.2.1, RFC 5737 */
#define NET_CLIENT_IP    NET_IP4(0xC0000202u) /* 192.0.2.2 */
#define NET_LOOPBACK_IP  NET_IP4(0x7F000001u)
#define NET_SERVER_IP6   NET_IP6(0x20010db8u, 0, 0, 1) /* 2001:db8::1, RFC 3849 */
#define NET_CLIENT_IP6   NET_IP6(0x20010db8u, 0, 0, 2) /* 2001:db8::2 */
#define NET_LOOPBACK_IP6 NET_IP6(0, 0, 0, 1)

struct net_hosts {
    enum net_mode mode; /* what was got; never AUTO after open */
    char
        why_not[1200]; /* why not something better, a sentence for each refusal; "" when mode is TUN or was asked for */
    bool has_ipv6;     /* both hosts have an address of it; not where the machine has it disabled */
    int home_fd;       /* the lab's own namespace M (or the machine's, in loopback mode) */
    int outer_fd;      /* veth: packet socket that packets are written to; else -1 */
    struct {
        int ns_fd;             /* namespace, -1 in loopback mode */
        int device_fd;         /* TUN, or packet socket that packets are read from, non-blocking; -1 in loopback mode */
        int device_index;      /* veth: of the outer end, for outer_fd */
        int diag_fd;           /* NETLINK_SOCK_DIAG, born in the host; main thread only */
        int wire_diag_fd;      /* the same for the wire thread */
        int destroy_fd;        /* subscribed to SKNLGRP_INET_TCP_DESTROY, non-blocking; -1 if refused. On loopback the
                                  server's is for both hosts */
        struct net_ip ip, ip6; /* ip6: only where has_ipv6 */
    } host[NET_HOSTS];
    struct net_patience *patience; /* sysctl.c's own: what net_hosts_be_patient() will restore */
};

/*
 *   wanted  AUTO: the best that works. Another: that or an error.
 *   errors  -1 with err: only when what was wanted explicitly (or even loopback) cannot be had.
 *   thread  the only one; makes and joins helpers of its own if it must.
 */
int net_hosts_open(struct net_hosts *, enum net_mode wanted, struct net_error *err);
void net_hosts_close(struct net_hosts *);
const char *net_mode_name(enum net_mode);

/* Whether a host has this address, of either family: its own ones, and those of its loopback. */
bool net_is_own_ip(const struct net_hosts *, enum net_host, struct net_ip);

/* Move the calling thread into a host's namespace (no-op on loopback). -1 with errno. */
int net_hosts_enter(const struct net_hosts *, enum net_host);
/* And back into the lab's own. */
int net_hosts_leave(const struct net_hosts *);

/* Packets, bare IP, whole: bytes, or -1 with errno EAGAIN when there is none. send: 0 or -1. Wire thread only. */
int net_packet_recv(const struct net_hosts *, enum net_host from, uint8_t *packet, size_t room);
int net_packet_send(const struct net_hosts *, enum net_host to, const uint8_t *packet, size_t bytes);

/*
 * A sysctl of one host: name below net/ipv4 ("tcp_keepalive_time") or full ("net.core.somaxconn"). set fails in
 * loopback mode: the machine is not ours. out     text, without the newline; several values with a blank between them.
 * errors  -1: no such name (code ENOENT), read-only, refused. thread  main; moves to the host and back in a
 * helper thread or by setns.
 */
int net_sysctl_get(const struct net_hosts *, enum net_host, const char *name, char *out, size_t out_bytes,
                   struct net_error *);
int net_sysctl_set(const struct net_hosts *, enum net_host, const char *name, const char *value, struct net_error *);
/*
 * The same, but while the hosts are patient the value that such a limit has otherwise.
 */
int net_sysctl_get_own(const struct net_hosts *, enum net_host, const char *name, char *out, size_t out_bytes,
                       struct net_error *);
/*
 * Let both hosts' kernels repeat a segment without an end before they give up a connection (true), or give them back
 * their own limits. How soon they repeat it, and every other timer, stays as it is. No-op on loopback. A limit that
 * cannot be written stays, and then they are not patient.
 */
int net_hosts_be_patient(const struct net_hosts *, bool patient, struct net_error *);
bool net_hosts_are_patient(const struct net_hosts *);
/* What a narrow wire has taught the hosts about the way (RFC 1191, RFC 8201) would last ten minutes. Main thread. */
void net_hosts_forget_way(const struct net_hosts *);
/* The i-th sysctl name below net/ipv4 that starts with tcp_, for completion; NULL past the end. */
const char *net_sysctl_name_at(const struct net_hosts *, size_t i);

#endif
