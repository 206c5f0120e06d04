// SPDX-License-Identifier: GPL-3.0-or-later
// More of an exact look-up than a sample tells, for the wire.
#ifndef NET_SOCKET_DIAG_ASK_H
#define NET_SOCKET_DIAG_ASK_H

#include "net/socket/diag.h"

struct net_diag_answer {
    struct net_ev_sample sample;
    uint32_t backlog_bytes; /* segments that wait until a call lets go of the socket */
};

/* As net_diag_one(), but where there is no connection the answer is the listener that a SYN would reach, if any. */
int net_diag_ask(int fd, enum net_host, const struct net_tuple *, struct net_diag_answer *out);

#endif
