// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel says of a host's TCP sockets (sock_diag).
#ifndef NET_SOCKET_DIAG_H
#define NET_SOCKET_DIAG_H

#include "net/base/error.h"
#include "net/data/event.h"

/* Which connection, as one host sees it: local first. */
struct net_tuple {
    struct net_ip local_ip, remote_ip; /* of one family, unless one is zero */
    uint16_t local_port, remote_port;
};

typedef void net_sample_fn(void *user, const struct net_ev_sample *);

/*
 * Every TCP socket of the host that fd was born in, all states, mini-sockets and bound ones included.
 *   port    0: all; else those with this local or remote port (loopback mode, where the machine has others).
 *   errors  -1, err->call "sock_diag".
 *   thread  the one that owns fd. source: sock_diag(7), linux/inet_diag.h.
 */
int net_diag_dump(int fd, enum net_host, uint16_t port, net_sample_fn *, void *user, struct net_error *);

/* One connection by exact look-up, about 2 us. 1 found, 0 the kernel has none (a listener does not count), -1 error. */
int net_diag_one(int fd, enum net_host, const struct net_tuple *, struct net_ev_sample *out);

/*
 * Whether the 0 of a look-up may be untrue of a connection that was last seen in this state, because the kernel may
 * replace its socket by one of another kind: a request (SYN_RECV) by a full socket, and that of the end that closed
 * first by a mini-socket. A look-up takes no lock: in that very moment it may find neither (inet_ehash_insert(),
 * inet_twsk_hashdance_schedule()). Under constant look-ups that was seen at one of 2,000 connections, twice in a row at
 * one of 50,000. Pure.
 */
bool net_diag_may_miss(unsigned state);

/* Destroy a socket as an administrator would (`ss -K`): its owner's calls fail with ECONNABORTED, the peer gets RST. */
int net_diag_destroy(int fd, const struct net_ev_sample *, struct net_error *);

/* Read every pending destroy notification from a host's destroy_fd: a sample each, as the kernel last knew the socket.
 * -1: errno; with ENOBUFS there were more than the kernel keeps, and some are lost. */
int net_diag_destroyed(int fd, enum net_host, net_sample_fn *, void *user);

/* What stays the same while a descriptor refers to a connected or listening socket; 0: not known. */
struct net_who {
    uint64_t cookie;
    uint32_t inode;
    struct net_ip local_ip, remote_ip;
    uint16_t local_port, remote_port;
};

/*
 * Fill a sample from a descriptor of the caller's own (getsockopt TCP_INFO, SO_COOKIE, names). What *who knows is not
 * asked again, what can be known from now on is added to it. 0 or -1 (not a TCP socket). Async-signal-safe; up to seven
 * system calls, one to three where all is known.
 */
int net_sample_fd(int fd, enum net_host, struct net_who *who, struct net_ev_sample *out);
/* Whether an option is one of those in struct net_ev_timers. */
bool net_sets_timer(int level, int option);
/* The time limits of a socket, by getsockopt. 0, or -1 (not a TCP socket; none is set and only_if_set).
 * Async-signal-safe; seven system calls, three when none is set and only_if_set. */
int net_timers_of_fd(int fd, enum net_host, bool only_if_set, struct net_ev_timers *out);
/* Only the state, in one system call (0.4 us); NET_STATE_ABSENT when fd is no TCP socket. */
enum net_state net_state_of_fd(int fd);

#endif
