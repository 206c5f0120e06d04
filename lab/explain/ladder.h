// SPDX-License-Identifier: GPL-3.0-or-later
// One run as a ladder: its commands, calls and segments, in order, as short rows that can be kept and compared.
#ifndef LAB_EXPLAIN_LADDER_H
#define LAB_EXPLAIN_LADDER_H

#include "lab/state/state.h"

/*
 * A ladder is read from the journal and the state when a run is over, and refers to neither afterwards. It leaves out
 * what differs from run to run without meaning anything: sequence numbers, the client's own port, process numbers,
 * cookies, addresses of memory; how a long stream is cut into segments, confirmed and sent again. What a run has more
 * than LAB_RUNGS_MAX of is counted and not kept.
 *
 * A lane is a row of things that come one after another of themselves: the commands, the segments of one connection,
 * the calls of one actor, child or thread. Between two lanes the order is that of the clock, and may be another one in
 * the next run.
 */
enum lab_rung_kind {
    LAB_RUNG_COMMAND, /* carried out; what: its text */
    LAB_RUNG_CALL, /* where it was entered; what: "recv(4, \"hello\", 1023, 0)", result: "5" or "" as long as it blocks
                    */
    LAB_RUNG_SEGMENT, /* what: "FIN ACK", "PSH ACK 5 B", result: "" or its fate: "cut" */
    LAB_RUNG_STEP,    /* a state that no segment shows; result: its name */
    LAB_RUNG_LIFE,    /* an actor's signal or end; what: "SIGPIPE", "end", result: "default action", "exit status 0" */
    LAB_RUNG_END,     /* how a connection stands when the run is over */
    LAB_RUNG_KINDS
};

/* What a lane is of; beside it stands its number, from 1. */
enum lab_lane {
    LAB_LANE_COMMANDS,
    LAB_LANE_TASK, /* `lane` begins with the actor's name; number: 0 its own, else of the child or thread */
    LAB_LANE_WIRE, /* number: which connection of the run */
    LAB_LANE_SOCKET,
    LAB_LANE_END
};

enum { LAB_RUNGS_MAX = 400, LAB_RUNG_WHAT = 104, LAB_RUNG_RESULT = 64, LAB_LANE_BYTES = 24 };

struct lab_rung {
    uint8_t kind;      /* enum lab_rung_kind */
    uint8_t lane_kind; /* enum lab_lane */
    uint16_t lane_number;
    uint8_t host;              /* SEGMENT: whose; CALL, STEP, LIFE: where */
    uint8_t state[NET_HOSTS];  /* SEGMENT, END: of both ends, enum net_state */
    uint8_t flags;             /* SEGMENT: enum net_tcp_flag bits */
    uint8_t fate, why;         /* SEGMENT: enum net_fate_of, net_drop_why */
    bool bulk;                 /* SEGMENT: of a long stream, however it was cut: `bytes` alone counts */
    uint32_t probe;            /* SEGMENT: which bit of NET_SEGMENT_IS_PROBE; 0 none */
    bool again, blocks;        /* SEGMENT: retransmission; CALL: has not returned */
    bool waits;                /* COMMAND: does nothing but wait: what comes meanwhile is of the command before it */
    bool of_setting;           /* COMMAND: of one setting alone, or names one */
    bool failed;               /* CALL: returned an error */
    uint16_t command;          /* COMMAND: enum lab_command_id */
    uint16_t call;             /* CALL: enum net_call */
    int32_t signo, status;     /* LIFE: the signal that came, or that ended it; else how it ended */
    bool ended;                /* LIFE: it is over; else a signal came */
    uint8_t action;            /* LIFE: of the signal, enum net_signal_action */
    uint32_t bytes;            /* SEGMENT: payload */
    uint32_t times;            /* SEGMENT: so many in a row, which are folded into one rung */
    uint64_t time_ns;          /* since the run began */
    uint64_t since_ns;         /* since the command that it came after, waiting not counted as one */
    uint64_t took_ns;          /* CALL: until it returned, or until the run was over */
    uint64_t late_ns;          /* CALL: from its entry, or the last command if that came later, until it returned */
    uint32_t returned_after;   /* CALL: so many commands that all settings have */
    char lane[LAB_LANE_BYTES]; /* to be shown: "commands", "wire 1", "c1", "server/2" */
    char what[LAB_RUNG_WHAT], result[LAB_RUNG_RESULT]; /* to be shown */
    /* For files, in English in every language; what: "" as it is shown. */
    char what_of_files[LAB_RUNG_RESULT], result_of_files[LAB_RUNG_RESULT];
};

struct lab_ladder {
    char setting[LAB_SETTING_BYTES];
    struct lab_rung *rungs;
    size_t count, left_out;
    bool has_wire;
    uint64_t took_ns;
    char error[340]; /* why it ended early; "" it did not */
};

/* Read events first <= index < state->applied. NULL without memory. */
struct lab_ladder *lab_ladder_read(const struct lab_journal *, const struct lab_state *, size_t first,
                                   const char *setting, bool has_wire);
void lab_ladder_free(struct lab_ladder *);

/* Whether two rungs are of the same lane, be it in two runs; and whether they are the same but for the time: what was
 * done, and what came of it. */
bool lab_rung_same_lane(const struct lab_rung *, const struct lab_rung *);
bool lab_rung_same_what(const struct lab_rung *, const struct lab_rung *);
bool lab_rung_same_result(const struct lab_rung *, const struct lab_rung *);

/* A step of a socket that needs a row of its own, since no segment stands for it: a timer, an administrator, an RST of
 * its own. */
bool lab_step_is_silent(const struct lab_journal *, const struct lab_socket *, size_t step);

#endif
