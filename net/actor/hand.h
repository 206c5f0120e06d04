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

struct net_hand_request {
    uint16_t call;   /* enum net_call: SOCKET BIND LISTEN ACCEPT CONNECT SEND RECV READ WRITE CLOSE SHUTDOWN SETSOCKOPT
                        GETSOCKOPT GETSOCKNAME GETPEERNAME   FCNTL DUP POLL EXIT ABORT SETRLIMIT RAISE (SIGSEGV: a real
                        crash,   process   only) FORK is not a hand's */
    int32_t fd;      /* the socket; -1 for socket() */
    int64_t args[6]; /* as in the event: socket (domain, type, protocol), listen (, backlog), shutdown (, how),
                        send/recv (, , bytes, flags), fcntl (, cmd, arg), poll: args[1] events, args[2] timeout_ms, exit
                        (status), raise (signo), setrlimit (, descriptors) */
    uint32_t ip;     /* connect, bind */
    uint16_t port;
    uint32_t repeat; /* send: the data is repeated until args[2] bytes are full (bulk), when data_bytes is less */
    uint32_t data_bytes;
    const uint8_t *data; /* send: bytes; setsockopt: the value */
};

#endif
