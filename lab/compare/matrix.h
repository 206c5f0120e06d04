// SPDX-License-Identifier: GPL-3.0-or-later
// The disconnect matrix: causes down, what the end that watches sees across.
#ifndef LAB_COMPARE_MATRIX_H
#define LAB_COMPARE_MATRIX_H

#include "lab/journal/journal.h"
#include "lab/state/state.h"

/*
 * One row per cause, one cell per thing to be seen. A cell is filled from the journal alone, by what the calls of an
 * actor (the watcher) returned after the moment of the cause. `matrix run` makes the experiments
 * (lab/commands/matrix.c); connections that the learner made and ended fill what they showed. What was measured on
 * Linux 6.18 stands beside it, so that a kernel that differs is seen; where nothing was measured the expectation is
 * NULL.
 */
enum lab_matrix_column {
    LAB_MATRIX_RECV, /* the recv() that was blocked when it happened */
    LAB_MATRIX_RECV_NEXT,
    LAB_MATRIX_POLL, /* poll bits after that */
    LAB_MATRIX_SEND_1,
    LAB_MATRIX_POLL_LATER, /* when the answer to that send has come */
    LAB_MATRIX_SEND_2,
    LAB_MATRIX_SEND_3,
    LAB_MATRIX_RECV_LAST,
    LAB_MATRIX_SO_ERROR,      /* asked instead of a recv(), in a connection of its own */
    LAB_MATRIX_STATES,        /* of the watcher, without its reaction */
    LAB_MATRIX_STATES_CAUSE,  /* of the end where it happened */
    LAB_MATRIX_SEGMENTS,      /* without the watcher's reaction; A the watcher, B the other end */
    LAB_MATRIX_SEGMENTS_SEND, /* with its first send() */
    LAB_MATRIX_TIME_WAIT,     /* who holds it after the watcher has closed too: A, B, both, nobody */
    LAB_MATRIX_COLUMNS
};

struct lab_matrix_row {
    const char *id, *title;
    const char *setup; /* commands before; NULL none. {a} stands for nothing here: the watcher is `a`, its socket a.4,
                          the other end `b` */
    const char *cause; /* commands */
    const char *expected[LAB_MATRIX_COLUMNS];
    bool needs_wire;
    bool watcher_acts; /* the watcher takes part in the cause: its recv() is ended first */
};

extern const struct lab_matrix_row lab_matrix_rows[];
extern const size_t lab_matrix_row_count;

enum { LAB_MATRIX_CELL_BYTES = 96, LAB_MATRIX_ROWS_MAX = 32 };

struct lab_matrix {
    size_t mark; /* journal index of the cause that `matrix run` brought about last; 0: none yet */
    char cell[LAB_MATRIX_ROWS_MAX][LAB_MATRIX_COLUMNS][LAB_MATRIX_CELL_BYTES]; /* "" not seen yet */
};

const char *lab_matrix_column_name(enum lab_matrix_column); /* "1st send()" */
const struct lab_matrix_row *lab_matrix_find(const char *id);

/*
 * Which part of a row's experiment has just been carried out by the hands LAB_MATRIX_WATCHER and LAB_MATRIX_OTHER since
 * the mark: WATCHED fills the cells of what happened without a reaction, REACTED those of the sends, ASKED SO_ERROR,
 * CLOSED the end.
 */
#define LAB_MATRIX_WATCHER "a"
#define LAB_MATRIX_OTHER   "b"
enum lab_matrix_part { LAB_MATRIX_WATCHED, LAB_MATRIX_REACTED, LAB_MATRIX_ASKED, LAB_MATRIX_CLOSED, LAB_MATRIX_PARTS };
void lab_matrix_note(struct lab_matrix *, const struct lab_matrix_row *, enum lab_matrix_part,
                     const struct lab_journal *, const struct lab_state *);

/*
 * The learner's own runs: every conversation begun since since_ns whose end a row describes fills what its watcher was
 * told. Only what compares with the row's own experiment is taken: a recv() that brought data, or a send() with
 * MSG_NOSIGNAL, says nothing here.
 */
void lab_matrix_learn(struct lab_matrix *, const struct lab_journal *, const struct lab_state *, uint64_t since_ns);
/* One such conversation; cause is the journal index of what ended it, at the host that is not watcher_host. */
void lab_matrix_read(struct lab_matrix *, const struct lab_matrix_row *, const struct lab_journal *,
                     const struct lab_state *, const struct lab_conversation *, unsigned watcher_host, size_t cause);

/* Cells that are filled and are not what was expected. */
size_t lab_matrix_differences(const struct lab_matrix *);
bool lab_matrix_differs(const struct lab_matrix *, size_t row, enum lab_matrix_column);
size_t lab_matrix_filled(const struct lab_matrix *);

/* As a Markdown table. -1 with err. */
int lab_matrix_export(const struct lab_matrix *, const char *kernel, const char *net, const char *path,
                      struct net_error *);

#endif
