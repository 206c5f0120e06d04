// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a connection, and why, in a few plain lines.
#ifndef LAB_EXPLAIN_EXPLAIN_H
#define LAB_EXPLAIN_EXPLAIN_H

#include "lab/journal/journal.h"
#include "lab/state/state.h"

typedef void lab_explain_line_fn(void *user, const char *line);

/*
 * Say how a conversation began and ended, who ended it and by what, which calls met that, and what is left.
 * Every line is one sentence or two and has the time (seconds since start_ns) and the names of the actors; nothing is
 * said that the journal does not show. A call that failed before there was a conversation (bind, connect) is explained
 * too.
 *
 *   st            the fold of the journal; of its first st->applied events when the screen has been rewound.
 *   conversation  index in st; LAB_NONE: the one that changed last in the present experiment, or the call that failed
 *                 last, if that was later
 *   line          called once a line, with text valid during the call; no control characters in it
 *   returns       how many lines; 0 when there is nothing to explain yet
 */
int lab_explain(const struct lab_journal *, const struct lab_state *st, uint64_t start_ns, int conversation,
                lab_explain_line_fn *line, void *user);
/* The same, and each sentence that says what cannot be seen adds one to count[its id] (enum lab_unseen); NULL: none. */
int lab_explain_count(const struct lab_journal *, const struct lab_state *st, uint64_t start_ns, int conversation,
                      lab_explain_line_fn *line, void *user, unsigned *count);

/*
 * Explain one actor's socket: its connection, or how it stands without one, and the last call of the actor on it that
 * failed by itself.
 *
 *   actor    id
 *   fd       the descriptor that was asked about; -1: none was
 *   socket   index in st, LAB_NONE: none is known; then only a call that failed can be told, on that fd or on any
 *   returns  how many lines; 0 when there is nothing to explain
 */
int lab_explain_socket(const struct lab_journal *, const struct lab_state *st, uint64_t start_ns, uint32_t actor,
                       int fd, int socket, lab_explain_line_fn *line, void *user);

#endif
