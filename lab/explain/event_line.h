// SPDX-License-Identifier: GPL-3.0-or-later
// One event as one line of plain text.
#ifndef LAB_EXPLAIN_EVENT_LINE_H
#define LAB_EXPLAIN_EVENT_LINE_H

#include "lab/explain/because.h"
#include "lab/state/state.h"

/*
 * Whether the event tells a reader something: calls that returned, segments, new states, signals, output, starts and
 * ends; not the samples that found nothing new, nor the entry of a call (which its return repeats).
 */
bool lab_event_line_tells(const struct lab_state *, const struct lab_journal *, size_t index);

/* The same of the lab's own notes: commands, what they answered, expectations. A learner's prediction and what the lab
 * keeps for itself are none. */
bool lab_event_line_tells_note(const struct net_event *);

/* The step of a socket that this very SAMPLE or GONE shows, its socket, and the step before it (NULL: the first one);
 * NULL when it shows nothing new. */
const struct lab_step *lab_event_step(const struct lab_state *, const struct net_event *, size_t index,
                                      const struct lab_socket **socket, const struct lab_step **before);

/* The entry of the call whose return stands there; NULL where the journal has it no more. */
const struct net_event *lab_call_entry(const struct lab_journal *, size_t index);

/*
 * "0.000412 server    recv(4, \"hello\", 1023, 0) = 5". state must have folded the event in. Never holds a control
 * character or a newline. returns out.
 */
const char *lab_event_line(const struct lab_state *, const struct lab_journal *, uint64_t start_ns, size_t index,
                           char *out, size_t out_bytes);

/* The parts of such a line, for who places them himself. because: without the words around it, "" where there is none.
 * None holds a control character or a newline. */
struct lab_event_parts {
    char time[40], who[60], what[1200], because[LAB_BECAUSE_BYTES];
};
void lab_event_parts_of(const struct lab_state *, const struct lab_journal *, uint64_t start_ns, size_t index,
                        struct lab_event_parts *out);

/* Seconds since start with six decimals. */
const char *lab_time_text(uint64_t ns, uint64_t start_ns, char *out, size_t out_bytes);

/* What an IMAGE event says: what is run, and whether its calls and lines can be seen. */
void lab_image_text(const struct net_event *, char *out, size_t out_bytes);

#endif
