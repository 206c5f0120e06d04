// SPDX-License-Identifier: GPL-3.0-or-later
// What a hand can be asked to do: plain data.
#ifndef NET_ACTOR_HAND_H
#define NET_ACTOR_HAND_H

#include "net/data/event.h"
#include "net/data/linux.h"

/*
 * A hand is an actor whose program is a mailbox: it waits (futex on its ring's hand_word; no CPU), makes the one traced
 * call that it was asked for, records it like any other (line 0), and waits again. The mailbox is in shared memory, so
 * a hand may be a process.
 */
enum { NET_HAND_DATA_MAX = 65536 };

/* SIGACTION: args (signo, one of these, SA_* flags). HANDLE: a function that does nothing. */
enum net_hand_disposition { NET_HAND_SIG_DFL, NET_HAND_SIG_IGN, NET_HAND_SIG_HANDLE };

/* How long the address is said to be; these two, or a number of bytes, right or wrong. */
enum { NET_HAND_WHOLE_ADDRESS = 0, NET_HAND_NO_ADDRESS = -1 /* NULL */ };
enum { NET_HAND_PIECES = 4, NET_HAND_BY_CPU = -1, NET_HAND_UNSPEC = 0xffff /* a family that is none: AF_UNSPEC */ };

struct net_hand_request {
    uint16_t call; /* enum net_call, one of those that are NET_BY_HAND */
    int32_t fd;    /* the descriptor; -1 for socket(), and where the hand has one of its own for that: see below */
    int64_t
        args[6];      /* as in the event: socket (domain, type, protocol), listen (, backlog), shutdown (, how),
                         send/recv (, , bytes, flags), fcntl (, cmd, arg), poll: args[1] events, args[2] timeout_ms, exit
                         (status), raise (signo), setrlimit (, descriptors).
                         select: args[1] POLLIN, POLLOUT or POLLPRI, args[2] timeout_ms
                         epoll_create1: args[1] flags; epoll_ctl: args[1] operation, args[2] events, args[3] the instance;
                         epoll_wait: args[1] room, args[2] timeout_ms
                         sendmsg/recvmsg as send/recv; readv/writev: pieces
                         sendfile: args[1] from, args[2] bytes; splice: args[1] 0 from the socket into the pipe, 1 from
                         the pipe into the socket, args[2] bytes; memfd_create: args[2] bytes; ioctl: args[1] request
                         setsockopt(SO_ATTACH_REUSEPORT_CBPF): args[3] which listener, NET_HAND_BY_CPU
                         waitpid: args[1] options; fork: args[1] the child's ring (net/actor/hand_fork.c) */
    struct net_ip ip; /* connect, bind, sendto */
    uint16_t port;
    uint16_t family;       /* instead of that of the address; 0: that */
    int32_t address_bytes; /* that many; also of accept, getsockname and getpeername, and of an option's value */
    bool null_data;        /* NULL in place of the bytes */
    uint32_t repeat;       /* send: the data is repeated until args[2] bytes are full (bulk), when data_bytes is less */
    uint32_t piece[NET_HAND_PIECES]; /* lengths; 0 ends them */
    uint32_t data_bytes;
    const uint8_t *data; /* send: bytes; setsockopt: the value */
};

/*
 * Where no descriptor is said, epoll_ctl, epoll_wait, sendfile and splice take the hand's own: the epoll instance, file
 * or pipe that it made last. epoll_ctl and splice make one when there is none, sendfile a file of that many bytes.
 */

#endif
