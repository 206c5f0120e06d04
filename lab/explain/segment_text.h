// SPDX-License-Identifier: GPL-3.0-or-later
// A segment in words: what stands on its arrow, in a line, in its detail.
#ifndef LAB_EXPLAIN_SEGMENT_TEXT_H
#define LAB_EXPLAIN_SEGMENT_TEXT_H

#include "lab/state/state.h"

/* Words come from net/data/segment_kind.h; sequence numbers are relative to the SYN of their end. All return out. */

enum lab_wording {
    LAB_WITH_OPTIONS, /* in full, and the options of a SYN */
    LAB_IN_FULL,
    LAB_IN_BRIEF,
    LAB_IN_SHORT /* the flags of data left out, too */
};

/* "PSH ACK 18 B retransmission 2", "PSH ACK 18 B again 2", "18 B again 2"; between two flags stands `joint`. */
const char *lab_segment_label(const struct lab_segment *, const char *joint, enum lab_wording, char *out,
                              size_t out_bytes);
/* "#7 client:40000 > server:12345  PSH ACK  seq 1  ack 1  win 63 << 10 = 64512  18 bytes  (retransmission 2)". */
const char *lab_segment_text(const struct lab_segment *, char *out, size_t out_bytes);
/* The same in English in every language: for a file. */
const char *lab_segment_text_of_files(const struct lab_segment *, char *out, size_t out_bytes);
/* "delivered", "delivered twice", "dropped". */
const char *lab_segment_fate_text(const struct lab_segment *, char *out, size_t out_bytes);

/* "63 << 10 = 64512", "64240", "63, scale not seen". */
const char *lab_window_text(const struct lab_segment *, char *out, size_t out_bytes);
/* "mss 1460, wscale 10, sackOK, ts 12 echo 0, fast open: asks for a cookie"; "" without. */
const char *lab_options_text(const struct lab_segment *, char *out, size_t out_bytes);
/* "11-16, 21-26": the edges of SACK; "" without. */
const char *lab_sack_text(const struct lab_segment *, char *out, size_t out_bytes);

/* "#7 PSH ACK  seq 1-19  ack 1  window 63 << 10 = 64512". */
const char *lab_segment_numbers(const struct lab_segment *, const char *joint, char *out, size_t out_bytes);
/* What else is known of it, line after line, what matters first. */
typedef void lab_line_fn(void *user, const char *line);
void lab_segment_detail(const struct lab_segment *, lab_line_fn *, void *user);

#endif
