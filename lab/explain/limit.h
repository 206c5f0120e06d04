// SPDX-License-Identifier: GPL-3.0-or-later
// Which timer or limit of its kernel ended a socket that no call and no segment ended.
#ifndef LAB_EXPLAIN_LIMIT_H
#define LAB_EXPLAIN_LIMIT_H

#include "lab/explain/evidence.h"

/*
 * tcp_write_timeout(), tcp_probe_timer(), tcp_keepalive_timer(), tcp_orphan_retries(), tcp_time_wait() and
 * inet_csk_reqsk_queue_drop() of Linux are all that end a socket by themselves. Which of them it was is seen by the
 * timer of the last sample, by what was sent again, and by the kernel's counters.
 */
enum lab_limit {
    LAB_LIMIT_NONE,          /* it cannot be seen */
    LAB_LIMIT_SYN,           /* SYN again and again: tcp_syn_retries */
    LAB_LIMIT_SYNCNT,        /* SYN again and again: TCP_SYNCNT, which was set */
    LAB_LIMIT_CROSSED,       /* SYN, then SYN ACK of a simultaneous open: tcp_syn_retries */
    LAB_LIMIT_CROSSED_COUNT, /* the same: TCP_SYNCNT, which was set */
    LAB_LIMIT_SYN_ACK,       /* SYN ACK again and again: tcp_synack_retries */
    LAB_LIMIT_SYN_ACK_COUNT, /* SYN ACK again and again: TCP_SYNCNT of the listening socket */
    LAB_LIMIT_DATA,          /* data again and again: tcp_retries2 */
    LAB_LIMIT_FIN,           /* FIN again and again, with a program: tcp_retries2 */
    LAB_LIMIT_ORPHAN,        /* data or FIN again and again, without a program: tcp_orphan_retries */
    LAB_LIMIT_WINDOW,        /* window probes, and the window stayed 0: tcp_retries2 */
    LAB_LIMIT_ORPHAN_WINDOW, /* the same without a program: tcp_orphan_retries */
    LAB_LIMIT_KEEPALIVE,     /* TCP_KEEPCNT */
    LAB_LIMIT_USER_TIMEOUT,  /* TCP_USER_TIMEOUT */
    LAB_LIMIT_FIN_WAIT2,     /* its time was over, without a program: tcp_fin_timeout, TCP_LINGER2 */
    LAB_LIMIT_LINGER2,       /* TCP_LINGER2 is negative */
    LAB_LIMIT_TIME_WAIT,     /* its minute was over */
    LAB_LIMIT_REUSED,        /* in TIME_WAIT, and a new connection took its addresses */
    LAB_LIMIT_BUCKETS,       /* tcp_max_tw_buckets */
    LAB_LIMIT_ORPHANS,       /* tcp_max_orphans, tcp_mem */
    LAB_LIMIT_ICMP,          /* an ICMP message ended a half-open connection: count is its number */
    LAB_LIMIT_ICMP_SYN,      /* an ICMP message ended an attempt to connect: count is its number */
    LAB_LIMIT_OVERFLOW,      /* the accept queue was full: tcp_abort_on_overflow */
    LAB_LIMITS
};

struct lab_limit_reached {
    enum lab_limit limit, also; /* also: another that the counters allow for; NONE */
    unsigned count;             /* how often it was sent again, or probed */
    int64_t bound;              /* USER_TIMEOUT: ms; SYNCNT, CROSSED_COUNT, SYN_ACK_COUNT: times; else 0 */
    bool counted;               /* a counter of the kernel alone tells, and it counts for the whole host */
    unsigned among;             /* counted: of so many connections of the host that were there, this is one */
};

/*
 * What ended a socket with its step of that index: a step to CLOSE or ABSENT that has no cause.
 *   e->conversation  the socket's; NULL: segments tell nothing.
 */
struct lab_limit_reached lab_limit_of(const struct lab_evidence *, const struct lab_socket *, size_t step);

/* A few words for a column of 20 letters: "3 probes, no answer". NULL for NONE. {count} and {limit} are parts. */
const char *lab_limit_short(const struct lab_limit_reached *);
/* A sentence about the end of {who} on {host}, with {count} and {limit}; NULL for NONE. */
const char *lab_limit_sentence(const struct lab_limit_reached *);

#endif
