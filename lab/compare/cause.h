// SPDX-License-Identifier: GPL-3.0-or-later
// The ways in which a TCP connection can end: plain data.
#ifndef LAB_COMPARE_CAUSE_H
#define LAB_COMPARE_CAUSE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * One row per cause. The disconnect menu, the matrix, the manual and the tests are made from these rows; what a row
 * does is written in the command language, so that a learner can type it as well.
 *
 *   script  one line of commands. {a}: the actor that causes the end. {s}: its socket, ACTOR.FD. {p}: the actor at the
 * other end, {h} and {o}: the host of {a} and the other one.
 */
enum lab_cause_needs {
    LAB_NEEDS_HAND = 1,    /* {a} must be a hand: the cause is a call that it makes */
    LAB_NEEDS_PROCESS = 2, /* {a} must be a process */
    LAB_NEEDS_WIRE = 4,
    LAB_NEEDS_SOCKET = 16,   /* {s} must be open */
    LAB_NEEDS_PEER_HAND = 8, /* {p} must be a hand: it sends the data that stays unread, or closes too */
};

struct lab_cause {
    const char *id;    /* "close-unread" */
    const char *title; /* as in the menu */
    const char *watch; /* one line: where to look; no claim of what will be seen */
    const char *script;
    const char *undo; /* what ends a lasting fault; NULL when it is none */
    unsigned needs;
};

extern const struct lab_cause lab_causes[];
extern const size_t lab_cause_count;

const struct lab_cause *lab_cause_find(const char *id); /* NULL unknown */

/* Who is who when a script is written out. NULL for one that is not known: a row that names it cannot be. */
struct lab_cause_names {
    const char *actor, *peer, *host, *other_host;
    int fd; /* -1: none */
};
/* The line of commands. 0, or -1 when a name that the row needs is missing, or out is too small. */
int lab_cause_text(const struct lab_cause *, const struct lab_cause_names *, char *out, size_t out_bytes);

#endif
