// SPDX-License-Identifier: GPL-3.0-or-later
// What an explanation could not find out: the sentences that say so, each with an id by which they are counted.
#ifndef LAB_EXPLAIN_UNSEEN_H
#define LAB_EXPLAIN_UNSEEN_H

#include "lab/journal/journal.h"
#include "lab/state/state.h"

enum lab_unseen {
    LAB_UNSEEN_END,      /* what ended an end */
    LAB_UNSEEN_RESET,    /* why a close was a reset */
    LAB_UNSEEN_RST,      /* why a kernel sent RST */
    LAB_UNSEEN_ACK,      /* why the last ACK of a handshake did not count */
    LAB_UNSEEN_HOLDER,   /* who has a port */
    LAB_UNSEEN_OUTSIDE,  /* how a program outside of the lab made its kernel send RST */
    LAB_UNSEEN_ACCEPTED, /* whether a program outside of the lab has accepted a connection */
    LAB_UNSEEN_CALL,     /* why a call returned an error */
    LAB_UNSEENS
};

struct lab_unseen_row {
    const char *name;   /* of the id, in a log: "end" */
    const char *format; /* the whole sentence (lab/explain/sentence.h) */
};
extern const struct lab_unseen_row lab_unseen_rows[LAB_UNSEENS];

typedef void lab_unseen_line_fn(void *user, const char *line);

/*
 * Count what stays unexplained in the present experiment: each connection is explained, and each call that failed is
 * asked for its cause. Adds to count[id]; line is called with each line of an explanation, and with each call, that
 * something was counted for.
 */
void lab_unseen_count(const struct lab_journal *, const struct lab_state *, uint64_t start_ns,
                      unsigned count[LAB_UNSEENS], lab_unseen_line_fn *line, void *user);

#endif
