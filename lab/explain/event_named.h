// SPDX-License-Identifier: GPL-3.0-or-later
// One event as a line of JSON for a reader who has only that line.
#ifndef LAB_EXPLAIN_EVENT_NAMED_H
#define LAB_EXPLAIN_EVENT_NAMED_H

#include "lab/state/state.h"

#include <stdio.h>

/*
 * What lab_event_write_json() writes, and behind it in words what stands there as a number: who, which socket, the call
 * as C. Readers of saved runs leave those fields out: they say nothing new. doc/tcplab-run.5 has them all.
 *
 *   state    has folded the event in.
 *   returns  0, -1 where it cannot be written.
 */
int lab_event_write_named(const struct lab_state *, const struct lab_journal *, uint64_t start_ns, size_t index,
                          FILE *out);

/* The i-th of these fields, by a name such as "actor_name"; NULL past the last. */
const char *lab_named_field(size_t i);

#endif
