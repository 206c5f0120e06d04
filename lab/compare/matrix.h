// SPDX-License-Identifier: GPL-3.0-or-later
// The disconnect matrix: causes down, what the end that watches sees across.
#ifndef LAB_COMPARE_MATRIX_H
#define LAB_COMPARE_MATRIX_H

#include "lab/compare/cause.h"
#include "lab/journal/journal.h"
#include "lab/state/state.h"

struct lab_session;

/*
 * One row per cause (lab/compare/cause.h), one cell per thing to be seen. A cell is filled from the journal alone, by
 * what the calls of an actor (the watcher) returned after the moment of the cause. `matrix run` makes the experiments
 * (lab/commands/matrix.c); connections that the learner made and ended fill what they showed. What was measured on
 * Linux 6.18 stands beside it, so that a kernel that differs is seen.
 */
struct lab_matrix {
    size_t mark; /* journal index of the cause that `matrix run` brought about last; 0: none yet */
    struct lab_cell cell[LAB_CAUSES_MAX][LAB_MATRIX_COLUMNS]; /* by index in lab_causes */
};

/* The session's, made when it is first asked for; NULL without memory. */
struct lab_matrix *lab_session_matrix(struct lab_session *);
/* Read what the learner's own connections of this experiment showed into it. 0, or -1 without memory. */
int lab_session_learn(struct lab_session *);

const struct lab_cell *lab_matrix_cell(const struct lab_matrix *, const struct lab_cause *, enum lab_matrix_column);
/* Whether the row was filled: it has the result of the first recv(). */
bool lab_matrix_has(const struct lab_matrix *, const struct lab_cause *);

/*
 * Which part of a row's experiment has just been carried out by the hands LAB_MATRIX_WATCHER and LAB_MATRIX_OTHER since
 * the mark: WATCHED fills the cells of what happened without a reaction, REACTED those of the sends, ASKED SO_ERROR,
 * CLOSED the end.
 */
enum lab_matrix_part { LAB_MATRIX_WATCHED, LAB_MATRIX_REACTED, LAB_MATRIX_ASKED, LAB_MATRIX_CLOSED };
void lab_matrix_note(struct lab_matrix *, const struct lab_cause *, enum lab_matrix_part, const struct lab_journal *,
                     const struct lab_state *);

/*
 * The learner's own runs: every conversation begun since since_ns whose end a row describes fills what its watcher saw.
 * Only what compares with the row's own experiment is taken: a recv() that brought data, or a send() with MSG_NOSIGNAL,
 * says nothing here.
 */
void lab_matrix_learn(struct lab_matrix *, const struct lab_journal *, const struct lab_state *, uint64_t since_ns);
/* One such conversation; cause_at is the journal index of what ended it, at the host that is not watcher_host. */
void lab_matrix_read(struct lab_matrix *, const struct lab_cause *, const struct lab_journal *,
                     const struct lab_state *, const struct lab_conversation *, unsigned watcher_host, size_t cause_at);

/* Cells that are filled, and those of them that are not what was expected. */
size_t lab_matrix_filled(const struct lab_matrix *);
size_t lab_matrix_differences(const struct lab_matrix *);
bool lab_matrix_differs(const struct lab_matrix *, const struct lab_cause *, enum lab_matrix_column);

/* As a Markdown table. -1 with err. */
int lab_matrix_export(const struct lab_matrix *, const char *kernel, const char *net, const struct lab_file_wish *,
                      char *path, struct net_error *);

#endif
