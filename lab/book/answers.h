// SPDX-License-Identifier: GPL-3.0-or-later
// Where a learner's answers to the tasks of the book are kept.
#ifndef LAB_BOOK_ANSWERS_H
#define LAB_BOOK_ANSWERS_H

#include "lab/book/assignments.h"

/*
 * Of each task one folder, $XDG_DATA_HOME/tcplab/answers/LESSON-TASK (or ~/.local/share). In it are NAME.c, the
 * learner's own file, which begins as the starter; and of every program that was graded its source and its run, as 1.c
 * and 1.tcplab, 2.c ... Nothing that is there is ever written over by the lab.
 *
 * Thread: any, one at a time.
 */

/* The folder of a task, made where it is not there. -1: err says why it cannot be had. */
int lab_answers_folder(const struct lab_lesson *, const struct lab_assignment *, char *out, size_t room,
                       struct net_error *);
/* The path of the learner's own file, and whether it is there; nothing is made. "": there can be none. */
bool lab_answers_file(const struct lab_lesson *, const struct lab_assignment *, char *out, size_t room);
/* The same; a file that is not there is made, with the starter in it. -1: err says why not. */
int lab_answers_begin(const struct lab_lesson *, const struct lab_assignment *, char *out, size_t room,
                      struct net_error *);

#endif
