// SPDX-License-Identifier: GPL-3.0-or-later
// Copies of the state along the journal, so that nobody who goes back folds from the beginning.
#ifndef LAB_STATE_PAST_H
#define LAB_STATE_PAST_H

#include "lab/state/state.h"

/*
 * Beside a state that grows stand copies of what it was, at even distances: LAB_PAST_EVENTS at first, and twice as many
 * whenever there are LAB_PAST_COPIES of them, or they are larger than LAB_PAST_BYTES together: every second one then
 * goes. A state of any earlier moment is a copy of the nearest one before it, and the fold of what lies between. Main
 * thread. Without memory there are fewer copies, and it takes longer.
 */
enum { LAB_PAST_COPIES = 64, LAB_PAST_EVENTS = 16384, LAB_PAST_BYTES = 48 << 20 };

struct lab_past;

struct lab_past *lab_past_new(void); /* NULL: no memory; the functions below take NULL for one without copies */
void lab_past_free(struct lab_past *);
/* After each apply to the state that grows. */
void lab_past_keep(struct lab_past *, const struct lab_state *);
/* As lab_state_at(). */
struct lab_state *lab_past_state(const struct lab_past *, const struct lab_journal *, size_t n);
size_t lab_past_copies(const struct lab_past *); /* how many there are now */
/* How many events the nearest copy before that moment has; 0: it is folded from the beginning. */
size_t lab_past_before(const struct lab_past *, size_t n);

#endif
