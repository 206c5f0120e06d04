// SPDX-License-Identifier: GPL-3.0-or-later
// What a journal knows of its own beginning: for its files alone (journal_file.c, capture.c).
#ifndef LAB_JOURNAL_JOURNAL_FILE_H
#define LAB_JOURNAL_JOURNAL_FILE_H

#include "lab/journal/journal.h"

/*
 * The run that a journal was loaded from. A journal of this process has none ("" in every field): its files are
 * headed by the running kernel and the wall clock. One that was loaded keeps what its file said, also when it is
 * saved again on another machine.
 */
struct lab_origin {
    char kernel[64], net[16];
    int64_t wall_ns; /* wall clock at the start, since 1970 */
    bool loaded;
};

const struct lab_origin *lab_journal_origin(const struct lab_journal *);
void lab_journal_set_origin(struct lab_journal *, const struct lab_origin *);
/* Wall clock, in ns since 1970, of the moment start_ns: the origin's, or computed from both clocks of this machine. */
int64_t lab_journal_wall_ns(const struct lab_journal *, uint64_t start_ns);

/* The inverse of lab_event_write_json. *ev is all zero where the object is silent; its data go into room
 * (NET_EVENT_DATA_MAX bytes). -1: err->text is what was wrong, a clause without the line. */
int lab_event_read_json(const struct json_t *object, uint64_t start_ns, struct net_event *ev, uint8_t *room,
                        struct net_error *);

#endif
