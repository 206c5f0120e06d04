// SPDX-License-Identifier: GPL-3.0-or-later
// Conditions, as they are written: what expect, wait and choice speak of.
#ifndef LAB_LANGUAGE_CONDITION_H
#define LAB_LANGUAGE_CONDITION_H

#include "lab/language/command.h"
#include "lab/state/segment_field.h"
#include "net/data/info_field.h"

/*
 * A condition is read once and then looked at after every batch of events. It remembers how far it has read the
 * journal, so that looking costs what is new. What it says of now (states, children, the wire) is asked of the state;
 * `blocks`, options, queues, TCP_INFO and what `no` must be sure of are asked of the kernel.
 *
 * `since NAME` at its end is for what is looked for in the past: calls, output, signals, states that were, segments,
 * counters. A segment that the wire holds and its host sends again is one row on the screen; here each time counts.
 */
enum lab_condition_kind {
    LAB_CALL_BLOCKS,
    LAB_CALL_RETURNS,
    LAB_CALL_VALUE,
    LAB_CALL_GOT,
    LAB_CALL_TOOK,
    LAB_CALL_ANSWERED,
    LAB_SOCKET_STATE,
    LAB_SOCKET_WAS,
    LAB_SOCKET_OPTION,
    LAB_SOCKET_INFO,
    LAB_SOCKET_QUEUE,
    LAB_ACTOR_ENDED,
    LAB_ACTOR_ALIVE,
    LAB_ACTOR_PRINTED,
    LAB_ACTOR_SIGNAL,
    LAB_CHILDREN,
    LAB_THREADS,
    LAB_SEGMENTS,
    LAB_SOCKETS_IN,
    LAB_WIRE_WAITING,
    LAB_WIRE_IS,
    LAB_QUIET,
    LAB_COMPARED,
    LAB_COUNTER,
    LAB_CONDITION_KINDS
};

enum lab_compare { LAB_EQUAL, LAB_UNEQUAL, LAB_LESS, LAB_LESS_EQUAL, LAB_MORE, LAB_MORE_EQUAL };
enum lab_segment_trait {
    LAB_SEGMENT_DATA = 1,
    LAB_SEGMENT_PROBE = 2,
    LAB_SEGMENT_RETRANSMISSION = 4,
    LAB_SEGMENT_EMPTY = 8,
    LAB_SEGMENT_ICMP = 16, /* no segment of TCP, but a message about one, of either family */
    LAB_SEGMENT_ICMPV6 = 32
};

/* A number that a segment carries, and what is said of it; or that it has none (without), or any (has). */
struct lab_segment_claim {
    const struct lab_segment_field *field;
    enum { LAB_CLAIM_HAS, LAB_CLAIM_WITHOUT, LAB_CLAIM_NUMBER } what;
    enum lab_compare compare;
    int64_t number;
};

enum { LAB_SEGMENT_CLAIMS = 8, LAB_SEGMENT_ORDER = 6 };

/* What one segment has to be: all of this. */
struct lab_segment_form {
    int from; /* enum net_host, -1 either */
    unsigned flags_set, flags_clear;
    unsigned traits, no_traits; /* enum lab_segment_trait */
    uint32_t kinds, no_kinds;   /* bits NET_SEGMENT_IS(enum net_segment_kind) */
    struct lab_segment_claim claims[LAB_SEGMENT_CLAIMS];
    size_t claim_count;
    uint64_t after_ns, within_ns; /* behind `then`: sent so long after the one before it, at least and at most */
};

struct lab_condition {
    enum lab_condition_kind kind;
    bool negated;
    char actor[LAB_NAME_BYTES];
    int fd;                     /* -1: its latest socket */
    char since[LAB_NAME_BYTES]; /* only what came behind that mark counts; "" all of the experiment */
    unsigned call, nth;         /* nth from 1; 0: any */
    enum lab_compare compare;   /* of `number`, wherever there is one */
    int64_t number;             /* the value; children; how many times a segment; TOOK: ns */
    int error;                  /* VALUE: errno, 0: any. ENDED, SIGNAL: the signal, 0: any */
    bool has_status;            /* ENDED exit N (number) */
    int64_t zombies;            /* -1: any number */
    int state, host;            /* host -1: either */
    struct lab_segment_form segments[LAB_SEGMENT_ORDER]; /* SEGMENTS: one after the other; the last one is counted */
    size_t segment_count;
    unsigned answers;                  /* ANSWERED: POLL* */
    bool only;                         /* ANSWERED: these and no other */
    const struct net_info_field *info; /* INFO */
    bool send_queue;                   /* QUEUE: of the two the sending one */
    char program[LAB_NAME_BYTES];      /* COMPARED */
    int counter;                       /* COUNTER: enum net_counter_id */
    unsigned measure;                  /* enum lab_measure, or one of lab_measured_count above it */
    int rank;                          /* 1 it has the most, -1 the least, 0 what number says */
    const struct net_option *option;
    struct net_option_value option_value; /* of an option that has no single number; else `number` */
    char *bytes;                          /* GOT, PRINTED */
    size_t byte_count;
    char *text; /* the condition as written */
    /* what looking remembers */
    uint32_t actor_id;
    size_t scanned;
    unsigned count; /* returns or segments seen so far */
    bool came_true, can_never;
    int64_t error_read; /* OPTION SO_ERROR: what was read first that was not 0: reading clears it */
    long asleep_enter;  /* BLOCKS: the call found asleep, and since when */
    uint64_t asleep_ns;
    char line[256]; /* PRINTED: the end of the last line */
    size_t line_bytes;
};

/* Read all of words; -1 with *bad the index of the word that is wrong (count: one is missing). */
int lab_condition_read(const struct lab_word *, size_t count, const struct lab_scope *, struct lab_condition **out,
                       size_t *bad, struct net_error *);
/* Does it say that no more than so many come, so that only rest can show it? (xN, at most N) */
bool lab_condition_bounds(const struct lab_condition *);
void lab_condition_free(struct lab_condition *);
/* Look from the experiment's beginning again. */
void lab_condition_restart(struct lab_condition *);

/* The forms, for help and completion; NULL past the end. */
struct lab_condition_form {
    const char *form, *help;
};
const struct lab_condition_form *lab_condition_form_at(size_t i);

#endif
