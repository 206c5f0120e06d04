// SPDX-License-Identifier: GPL-3.0-or-later
// What a kernel counts of a host's TCP: plain data.
#ifndef NET_DATA_COUNTER_H
#define NET_DATA_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One row per counter of /proc/net/snmp (Tcp) and /proc/net/netstat (TcpExt) that says something to a person: a counter
 * that moves is evidence for a cause that neither a call nor a segment shows. They count for the whole host, never for
 * one socket. Those that others ask for have an id; a kernel may lack any of them.
 */
enum net_counter_id {
    NET_COUNTER_LISTEN_OVERFLOWS,
    NET_COUNTER_LISTEN_DROPS,
    NET_COUNTER_DEFER_ACCEPT_DROP,
    NET_COUNTER_SYNCOOKIES_SENT,
    NET_COUNTER_SYNCOOKIES_RECV,
    NET_COUNTER_SYNCOOKIES_FAILED,
    NET_COUNTER_REQ_QUEUE_COOKIES,
    NET_COUNTER_REQ_QUEUE_DROP,
    NET_COUNTER_ABORT_ON_DATA,
    NET_COUNTER_ABORT_ON_CLOSE,
    NET_COUNTER_ABORT_ON_LINGER,
    NET_COUNTER_ABORT_ON_TIMEOUT,
    NET_COUNTER_ABORT_ON_MEMORY,
    NET_COUNTER_ABORT_FAILED,
    NET_COUNTER_TIME_WAIT_OVERFLOW,
    NET_COUNTER_WIN_PROBE,
    NET_COUNTER_KEEP_ALIVE,
    NET_COUNTER_CHALLENGE_ACK,
    NET_COUNTER_SYN_CHALLENGE,
    NET_COUNTER_DELAYED_ACKS,
    NET_COUNTER_DELAYED_ACK_LOST,
    NET_COUNTER_AUTO_CORKING,
    NET_COUNTER_PAWS_ESTAB,
    NET_COUNTER_PAWS_OLD_ACK,
    NET_COUNTER_PAWS_TIME_WAIT,
    NET_COUNTER_TO_ZERO_WINDOW,
    NET_COUNTER_FROM_ZERO_WINDOW,
    NET_COUNTER_WANT_ZERO_WINDOW,
    NET_COUNTER_ZERO_WINDOW_DROP,
    NET_COUNTER_RCV_PRUNED,
    NET_COUNTER_RCV_Q_DROP,
    NET_COUNTER_BACKLOG_DROP,
    NET_COUNTER_OFO_QUEUE,
    NET_COUNTER_OFO_DROP,
    NET_COUNTER_TIMEOUTS,
    NET_COUNTER_LOSS_PROBES,
    NET_COUNTER_FAST_RETRANS,
    NET_COUNTER_SYN_RETRANS,
    NET_COUNTER_DSACK_RECV,
    NET_COUNTER_SPURIOUS_RTOS,
    NET_COUNTER_OUT_OF_WINDOW_ICMPS,
    NET_COUNTER_EMBRYONIC_RSTS,
    NET_COUNTER_ACK_SKIPPED_SYN_RECV,
    NET_COUNTER_ACK_SKIPPED_SEQ,
    NET_COUNTER_ACK_SKIPPED_CHALLENGE,
    NET_COUNTER_ACK_SKIPPED_TIME_WAIT,
    NET_COUNTER_ACK_SKIPPED_FIN_WAIT2,
    NET_COUNTER_MTUP_FAIL,
    NET_COUNTER_MTUP_SUCCESS,
    NET_COUNTER_FASTOPEN_ACTIVE,
    NET_COUNTER_FASTOPEN_ACTIVE_FAIL,
    NET_COUNTER_FASTOPEN_PASSIVE,
    NET_COUNTER_FASTOPEN_PASSIVE_FAIL,
    NET_COUNTER_FASTOPEN_COOKIE_REQD,
    NET_COUNTER_TIME_WAIT,
    NET_COUNTER_TIME_WAIT_KILLED,
    NET_COUNTER_ACTIVE_OPENS,
    NET_COUNTER_PASSIVE_OPENS,
    NET_COUNTER_ATTEMPT_FAILS,
    NET_COUNTER_ESTAB_RESETS,
    NET_COUNTER_RETRANS_SEGS,
    NET_COUNTER_IN_ERRS,
    NET_COUNTER_IN_CSUM_ERRORS,
    NET_COUNTER_OUT_RSTS,
    NET_COUNTERS
};

enum net_counter_group { NET_COUNTER_TCP_EXT, NET_COUNTER_TCP, NET_COUNTER_GROUPS };

struct net_counter {
    const char *name; /* the kernel's: "ListenOverflows" */
    enum net_counter_group group;
    bool routine;        /* moves in healthy connections too: no evidence of anything by itself */
    const char *meaning; /* one sentence: what one more of it says; for net_message() */
};

extern const struct net_counter net_counters[NET_COUNTERS];
const char *net_counter_name(unsigned id); /* never NULL; "" past the end */
/* "TcpExt"; never NULL. */
const char *net_counter_group_name(enum net_counter_group);
/* Its id by the kernel's name, without regard to case, or -1. */
int net_counter_find(const char *name);

#endif
