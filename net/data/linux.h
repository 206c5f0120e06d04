// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of Linux for layers that see no socket header: plain data.
#ifndef NET_DATA_LINUX_H
#define NET_DATA_LINUX_H

/* call.c, which sees the headers, asserts that they are right. */
enum { NET_AF_INET = 2, NET_AF_INET6 = 10, NET_SOCK_STREAM = 1, NET_SOCK_TYPE_MASK = 0xf };
enum { NET_SHUT_RD = 0, NET_SHUT_WR = 1, NET_SHUT_RDWR = 2 };
enum { NET_O_NONBLOCK = 04000, NET_F_SETFL = 4, NET_F_DUPFD = 0, NET_F_DUPFD_CLOEXEC = 1030 };
enum { NET_CLONE_NEWNET = 0x40000000 };
enum net_message_flag {
    NET_MSG_OOB = 0x1,
    NET_MSG_PEEK = 0x2,
    NET_MSG_TRUNC = 0x20,
    NET_MSG_DONTWAIT = 0x40,
    NET_MSG_WAITALL = 0x100,
    NET_MSG_NOSIGNAL = 0x4000,
    NET_MSG_MORE = 0x8000,
    NET_MSG_ERRQUEUE = 0x2000,
    NET_MSG_ZEROCOPY = 0x4000000,
    NET_MSG_FASTOPEN = 0x20000000
};
enum { NET_F_SETFD = 2, NET_FD_CLOEXEC = 1, NET_SOCK_CLOEXEC = 02000000 };

#endif
