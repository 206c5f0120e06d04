// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call has not returned, and why bytes do not leave or are not confirmed.
#ifndef LAB_EXPLAIN_WAITS_H
#define LAB_EXPLAIN_WAITS_H

#include "lab/explain/evidence.h"
#include "lab/explain/who.h"

/*
 * Whatever waits has a chain of reasons, from the call outwards: recv() finds an empty queue; the other end has bytes
 * for it and Nagle's algorithm keeps them; for those before them there is no ACK yet, since the wire holds it. A chain
 * ends with the limits that end the wait by themselves.
 *
 * Each reason is a row of one table (waits_table.c), found from what the state and the journal know: samples, options,
 * segments with their fates, timers, other tasks. explain, the Calls pane and `show waits` say what is found here and
 * nothing else. Nothing is kept: it is computed when somebody asks, and is as true as the latest samples are.
 */
enum lab_wait_for {
    /* what the call itself needs */
    LAB_WAIT_READY,         /* it is there: the call is about to return */
    LAB_WAIT_EMPTY,         /* nothing to read */
    LAB_WAIT_LOWAT,         /* less than SO_RCVLOWAT */
    LAB_WAIT_LOWAT_AGAIN,   /* the same after it has taken some already */
    LAB_WAIT_WAITALL,       /* less than MSG_WAITALL asks for */
    LAB_WAIT_BUFFER,        /* the send buffer is full */
    LAB_WAIT_HANDSHAKE,     /* there is no connection yet */
    LAB_WAIT_NO_CLIENT,     /* the accept queue is empty */
    LAB_WAIT_HALF_OPEN,     /* connections of the listener that are not complete */
    LAB_WAIT_LINGER,        /* close() with SO_LINGER */
    LAB_WAIT_POLL,          /* a descriptor of poll() */
    LAB_WAIT_MORE_FDS,      /* further ones */
    LAB_WAIT_SELECT,        /* a descriptor of select() */
    LAB_WAIT_SELECT_UNSEEN, /* its sets are not in the journal */
    LAB_WAIT_EPOLL,         /* a descriptor that epoll watches */
    LAB_WAIT_EPOLL_NONE,    /* epoll watches nothing */
    LAB_WAIT_EDGE,          /* it is there, but it was told before: EPOLLET */
    LAB_WAIT_EDGE_ACCEPT,   /* the same of a listener */
    LAB_WAIT_ONCE,          /* EPOLLONESHOT has told once */
    LAB_WAIT_PIPE,          /* splice() from a pipe in which nothing is */
    LAB_WAIT_MUTEX,         /* another task has the mutex */
    LAB_WAIT_MUTEX_UNSEEN,  /* whoever has it is not known */
    LAB_WAIT_CONDITION,     /* a condition variable */
    LAB_WAIT_SEMAPHORE,
    LAB_WAIT_THREAD,    /* pthread_join() */
    LAB_WAIT_CHILDREN,  /* wait(): any child */
    LAB_WAIT_CHILD,     /* waitpid(): this one */
    LAB_WAIT_SLEEP,     /* sleep() until then */
    LAB_WAIT_NAP,       /* nanosleep(), whose time is not in the journal */
    LAB_WAIT_NAMES,     /* getaddrinfo() */
    LAB_WAIT_NO_SOCKET, /* a descriptor that is no socket of the lab */
    LAB_WAIT_UNSEEN,    /* nothing that the lab knows tells */
    /* the task */
    LAB_WAIT_STOPPED, /* by a signal */
    LAB_WAIT_GATE,    /* in the lab's own step mode */
    /* the task at the other end, which could send, or read */
    LAB_WAIT_OTHER_STOPPED,
    LAB_WAIT_OTHER_GATE,
    LAB_WAIT_OTHER_HAND,    /* it does what is typed */
    LAB_WAIT_OTHER_CALL,    /* it is in a call */
    LAB_WAIT_OTHER_READS,   /* in one that waits for this end */
    LAB_WAIT_OTHER_RUNS,    /* it is in no call */
    LAB_WAIT_NOT_ACCEPTED,  /* nobody has it yet */
    LAB_WAIT_OUTSIDE,       /* a program outside of the lab */
    LAB_WAIT_OTHER_CLOSED,  /* nobody has it any more */
    LAB_WAIT_OTHER_GONE,    /* there is no other end */
    LAB_WAIT_OTHER_UNKNOWN, /* the lab has not seen it */
    LAB_WAIT_ITSELF,        /* connected with itself */
    /* the wire */
    LAB_WAIT_HELD,
    LAB_WAIT_FOR_LEARNER, /* who is the host that it is for */
    LAB_WAIT_ON_WAY,
    LAB_WAIT_DELAYED, /* the same, with the wire's own delay */
    LAB_WAIT_DROPPED_CUT,
    LAB_WAIT_DROPPED_LOSS,
    LAB_WAIT_DROPPED_ASKED,
    LAB_WAIT_DROPPED_ROUTER,
    LAB_WAIT_DROPPED_DEVICE,
    LAB_WAIT_DROPPED_BOX, /* its sentence is in the row of net_drop() */
    /* bytes that do not leave */
    LAB_WAIT_NAGLE,
    LAB_WAIT_CORK,
    LAB_WAIT_MORE, /* MSG_MORE */
    LAB_WAIT_ZERO_WINDOW,
    LAB_WAIT_SMALL_WINDOW,
    LAB_WAIT_FULL_WINDOW,
    LAB_WAIT_CONGESTION,
    LAB_WAIT_NEXT_TIME,  /* nothing keeps them but that the kernel has had no occasion */
    LAB_WAIT_PROBE_NEXT, /* window probes */
    LAB_WAIT_PROBED,
    LAB_WAIT_PROBED_UNSEEN, /* the same where no segment is seen */
    LAB_WAIT_PATIENT,       /* they are answered */
    LAB_WAIT_PATIENT_ORPHAN,
    LAB_WAIT_PROBE_LIMIT, /* they are not */
    /* what has left and is not confirmed */
    LAB_WAIT_DELAYED_ACK,
    LAB_WAIT_NO_ACK,
    LAB_WAIT_JUST_SENT,        /* the wire has not taken it yet */
    LAB_WAIT_NO_ACK_UNSEEN,    /* the same where no segment is seen */
    LAB_WAIT_NO_ANSWER,        /* a SYN, or SYN+ACK, that arrived */
    LAB_WAIT_NO_ANSWER_UNSEEN, /* the same where no segment is seen */
    LAB_WAIT_ACCEPT_FULL,
    LAB_WAIT_ACCEPT_WAS_FULL, /* it had been, when the last ACK came */
    LAB_WAIT_DEFERRED,
    LAB_WAIT_DEFER_ENDS,
    LAB_WAIT_REPEAT_NEXT,
    LAB_WAIT_REPEATED,
    /* limits */
    LAB_WAIT_TIMEO,
    LAB_WAIT_LINGER_LIMIT,
    LAB_WAIT_OWN_LIMIT, /* of poll() and its kin */
    LAB_WAIT_USER_TIMEOUT,
    LAB_WAIT_SYNCNT,
    LAB_WAIT_SYNCNT_CROSSED, /* in a simultaneous open */
    LAB_WAIT_SYNCNT_LISTENER,
    LAB_WAIT_SYSCTL,
    LAB_WAIT_SYSCTL_TIME,   /* it is a number of times, and counts as the time that those take */
    LAB_WAIT_KEEPALIVE_OFF, /* suspended, since something is under way */
    LAB_WAIT_KEEPALIVE_NEXT,
    LAB_WAIT_KEEPALIVE_PROBED,
    LAB_WAITS_FOR
};

struct lab_wait_row {
    const char *id;    /* "nagle": in JSON */
    const char *brief; /* beside the call, where there is little room; NULL: it says too little for that */
    const char *one, *many /* the sentence, by {count}; many NULL: one for any */;
    bool ends;   /* its {until} ends the wait at the latest */
    bool is_gap; /* the lab does not know enough to name the reason */
};
extern const struct lab_wait_row lab_wait_rows[LAB_WAITS_FOR];

enum { LAB_WAIT_REASONS = 8, LAB_WAIT_TEXT_BYTES = 480, LAB_WAIT_BRIEF_BYTES = 108 };

struct lab_wait_reason {
    enum lab_wait_for what;
    int64_t count, limit, number;
    uint64_t at_ns, until_ns; /* 0: none */
    char text[LAB_WAIT_TEXT_BYTES], brief[LAB_WAIT_BRIEF_BYTES];
};

struct lab_wait {
    long enter;    /* journal index of the call; LAB_NONE: of what a socket has sent, or is to send */
    uint32_t task; /* that made the call; 0 */
    int socket;    /* index in the state; LAB_NONE */
    uint64_t since_ns;
    uint64_t until_ns;       /* it waits so long at most; 0: no limit of its own is known */
    char who[LAB_WHO_BYTES]; /* the task, or the end: "c1", "s1.4" */
    char what[160];          /* the call as C, or the bytes that wait: "100 bytes that have not left" */
    struct lab_wait_reason reason[LAB_WAIT_REASONS];
    size_t reasons;
    bool says_queue; /* of a call: its reasons are those of the socket's queue too */
};

/* The call that a task is in, or its gate: false when it is in none. e->conversation is of no meaning. Main thread. */
bool lab_wait_of_task(const struct lab_evidence *, const struct lab_task *, struct lab_wait *out);
/* What a socket has to send, or has sent, that is not confirmed: data, SYN, FIN, a probe. False: there is nothing. */
bool lab_wait_of_socket(const struct lab_evidence *, int socket, struct lab_wait *out);

/* Its sentences, one behind the other; returns out. */
const char *lab_wait_text(const struct lab_wait *, char *out, size_t out_bytes);
/* The reason at the end of the chain in a few words, "" when there is none: "window 0 of s1.4". */
const char *lab_wait_brief(const struct lab_wait *);
/* All of the chain that can be said so: "nothing to read; Nagle, unconfirmed: 100 B; the wire holds ACK #9". */
const char *lab_wait_briefs(const struct lab_wait *, char *out, size_t out_bytes);
/* Who, for what, since when, until when at most: "c1  recv(3, buf, 100, 0)  since 0.412, until 0.912: nothing to read".
 * Returns out. */
const char *lab_wait_line(const struct lab_evidence *, const struct lab_wait *, char *out, size_t out_bytes);
/* As a JSON object that one note can hold, in English, times in ns since e->start_ns; without its sentences where they
 * are too long for that. To be freed; NULL without memory. */
char *lab_wait_json(const struct lab_evidence *, const struct lab_wait *);

#endif
