// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call returned what it returned, in one clause.
#ifndef LAB_EXPLAIN_BECAUSE_H
#define LAB_EXPLAIN_BECAUSE_H

#include "lab/journal/journal.h"
#include "lab/state/state.h"

/* Room for the longest clause, in any language that po/ has. */
enum { LAB_BECAUSE_BYTES = 640 };

/*
 * The segment or the local act that made a call return an error, or recv() return 0: "RST #12 from server at 0.412",
 * "this end had shut down writing at 0.300", "SO_RCVTIMEO 500 ms ran out". Of calls that succeeded, why the result is
 * smaller than what was asked for, and what each bit of poll()'s answer says.
 *
 *   st       the fold of the journal, of at least the events up to the call's return.
 *   ret      journal index of the CALL_RETURN. What happened after it is not looked at.
 *   out      one clause without a capital or a full stop, without control characters; empty when false.
 *   returns  false when the result needs no reason, and when the journal does not show why: nothing is guessed.
 */
bool lab_because(const struct lab_journal *, const struct lab_state *st, uint64_t start_ns, long ret, char *out,
                 size_t out_bytes);

/*
 * What became of an error that a socket reports only once: "it is reported once: the next recv() returned 0 at 0.500";
 * as long as no program has read again, that the next recv() returns 0. False when the error is none of those.
 */
bool lab_because_once(const struct lab_journal *, const struct lab_state *, uint64_t start_ns, long ret, char *out,
                      size_t out_bytes);

#endif
