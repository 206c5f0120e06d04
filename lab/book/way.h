// SPDX-License-Identifier: GPL-3.0-or-later
// The way through a lesson: its texts and experiments, in the order in which the book has them.
#ifndef LAB_BOOK_WAY_H
#define LAB_BOOK_WAY_H

#include "lab/book/lessons.h"

/*
 * A station is a run of text that belongs to no experiment (before the first one, between two, "What to keep" at the
 * end), or one experiment. The lesson must be open (lab_lessons_open). Pure; any thread.
 */
struct lab_station {
    int experiment; /* -1: a text */
    size_t first_block, block_count;
};

size_t lab_way_count(const struct lab_lesson *);
/* i < lab_way_count(). */
struct lab_station lab_way_station(const struct lab_lesson *, size_t i);
/* The one that is this experiment. */
size_t lab_way_of_experiment(const struct lab_lesson *, int experiment);

/* Whether the learner has been there: the text was read to its end, the experiment was run. */
bool lab_way_is_done(const struct lab_progress *, const struct lab_lesson *, size_t i);
/* The first one that is not done; the count when all are. */
size_t lab_way_first_open(const struct lab_progress *, const struct lab_lesson *);
/* A text was read to its end. -1 as lab_progress_put(). An experiment's outcome is put by who ran it. */
int lab_way_put_read(struct lab_progress *, const struct lab_lesson *, size_t i, struct net_error *);

#endif
