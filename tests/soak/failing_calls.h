// SPDX-License-Identifier: GPL-3.0-or-later
// Which functions can be let fail, as the library and who loads it call them.
#ifndef TESTS_SOAK_FAILING_CALLS_H
#define TESTS_SOAK_FAILING_CALLS_H

#include <stdbool.h>

enum failing_call {
    FAILING_MALLOC,
    FAILING_CALLOC,
    FAILING_REALLOC,
    FAILING_MMAP,
    FAILING_OPEN,
    FAILING_SOCKET,
    FAILING_SOCKETPAIR,
    FAILING_PIPE,
    FAILING_FORK,
    FAILING_THREAD,
    FAILING_SETNS,
    FAILING_UNSHARE,
    FAILING_WRITE,
    FAILING_READ,
    FAILING_EPOLL,
    FAILING_EPOLL_CTL,
    FAILING_TIMERFD,
    FAILING_EVENTFD,
    FAILING_SIGNALFD,
    FAILING_MEMFD,
    FAILING_TRUNCATE,
    FAILING_SENDMSG,
    FAILING_RECVMSG,
    FAILING_SEND,
    FAILING_BIND,
    FAILING_SETSOCKOPT,
    FAILING_FSYNC,
    FAILING_DUP,
    FAILING_IOCTL,
    FAILING_SYSCALL,
    FAILING_CALLS
};

static const char *const failing_names[FAILING_CALLS] = {[FAILING_MALLOC] = "malloc",
                                                         [FAILING_CALLOC] = "calloc",
                                                         [FAILING_REALLOC] = "realloc",
                                                         [FAILING_MMAP] = "mmap",
                                                         [FAILING_OPEN] = "open",
                                                         [FAILING_SOCKET] = "socket",
                                                         [FAILING_SOCKETPAIR] = "socketpair",
                                                         [FAILING_PIPE] = "pipe2",
                                                         [FAILING_FORK] = "fork",
                                                         [FAILING_THREAD] = "pthread_create",
                                                         [FAILING_SETNS] = "setns",
                                                         [FAILING_UNSHARE] = "unshare",
                                                         [FAILING_WRITE] = "write",
                                                         [FAILING_READ] = "read",
                                                         [FAILING_EPOLL] = "epoll_create1",
                                                         [FAILING_EPOLL_CTL] = "epoll_ctl",
                                                         [FAILING_TIMERFD] = "timerfd_create",
                                                         [FAILING_EVENTFD] = "eventfd",
                                                         [FAILING_SIGNALFD] = "signalfd",
                                                         [FAILING_MEMFD] = "memfd_create",
                                                         [FAILING_TRUNCATE] = "ftruncate",
                                                         [FAILING_SENDMSG] = "sendmsg",
                                                         [FAILING_RECVMSG] = "recvmsg",
                                                         [FAILING_SEND] = "send",
                                                         [FAILING_BIND] = "bind",
                                                         [FAILING_SETSOCKOPT] = "setsockopt",
                                                         [FAILING_FSYNC] = "fsync",
                                                         [FAILING_DUP] = "dup",
                                                         [FAILING_IOCTL] = "ioctl",
                                                         [FAILING_SYSCALL] = "syscall"};

struct failing_counts {
    unsigned long calls[FAILING_CALLS];
    unsigned long failed; /* 1 once the chosen call came */
};

#endif
