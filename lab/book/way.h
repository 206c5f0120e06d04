// SPDX-License-Identifier: GPL-3.0-or-later
// The way through a lesson: its texts, experiments and tasks, in the order in which the book has them.
#ifndef LAB_BOOK_WAY_H
#define LAB_BOOK_WAY_H

#include "lab/book/lessons.h"
#include "lab/export/page.h"
#include "lab/session/session.h"

/*
 * A station is a run of text that belongs to no experiment (before the first one, between two, "What to keep" at the
 * end), one experiment, or one task (lab/book/assignments.h). The lesson must be open (lab_lessons_open). Pure; any
 * thread.
 */
struct lab_station {
    int experiment;                  /* -1: none */
    int assignment;                  /* -1: none */
    size_t first_block, block_count; /* of the lesson; a task's are its own, and it has none here */
};

size_t lab_way_count(const struct lab_lesson *);
/* i < lab_way_count(). */
struct lab_station lab_way_station(const struct lab_lesson *, size_t i);
/* The one that is this experiment. */
size_t lab_way_of_experiment(const struct lab_lesson *, int experiment);
size_t lab_way_of_assignment(const struct lab_lesson *, int assignment);

/* What of an experiment's text stands before its script, without the heading, and behind it: what to look for, and why.
 */
struct lab_station lab_way_before(const struct lab_lesson *, const struct lab_experiment *);
struct lab_station lab_way_behind(const struct lab_lesson *, const struct lab_experiment *);

/* Is there something to read in it: not notes for teachers alone, unless `notes` has them shown? */
bool lab_way_has_text(const struct lab_lesson *, struct lab_station, bool notes);

/* A line of the experiment's script, by its number in the file, and how long it is; NULL: it is not in there. */
const char *lab_experiment_line(const struct lab_experiment *, int number, int *bytes);

/* Its lesson with this experiment alone, as Markdown: the caller frees it. NULL: no memory. */
char *lab_experiment_markdown(const struct lab_lesson *, const struct lab_experiment *);
/* lab_session_begin_experiment() of it; what it is about goes into the run. */
int lab_way_begin(struct lab_session *, const struct lab_lesson *, const struct lab_experiment *, struct net_error *);

/* Is this name of an entry in the progress of a lesson that of a text that was read? */
bool lab_way_is_text(const char *name);
/* lab_page_lesson_fn of what lab_experiment_markdown() wrote. Notes for teachers are no part of a page. */
bool lab_way_read_page(const char *markdown, const char *title, uint64_t seed, struct lab_page_lesson *out);

/* Whether the learner has been there: the text was read to its end, the experiment was run, the task was passed. */
bool lab_way_is_done(const struct lab_progress *, const struct lab_lesson *, size_t i);
/* The first one that is not done; the count when all are. */
size_t lab_way_first_open(const struct lab_progress *, const struct lab_lesson *);
/*
 * An experiment was run. question: as its script asked it, NULL it asked nothing; held: every expectation. -1 as
 * lab_progress_put().
 */
struct lab_question;
int lab_way_put_outcome(struct lab_progress *, const struct lab_lesson *, const struct lab_experiment *,
                        const struct lab_question *question, bool held, struct net_error *);
/* A text was read to its end. -1 as lab_progress_put(). The outcome of an experiment or a task is put by who ran or
 * judged it: of those nothing is put here. */
int lab_way_put_read(struct lab_progress *, const struct lab_lesson *, size_t i, struct net_error *);

#endif
