// SPDX-License-Identifier: GPL-3.0-or-later
// Lessons that are parts of one: "3.5a", "3.5b".
#ifndef LAB_BOOK_PARTS_H
#define LAB_BOOK_PARTS_H

#include "lab/book/lessons.h"

/*
 * A lesson that is too long for one sitting has parts. Each is a lesson like any other, and its number is the whole
 * one's with a small letter behind it. The whole one's number still names what it named: the first part, an experiment
 * counted through all of them, a task of one of them, and where all of a lesson is meant, all parts.
 *
 * Thread: any, one at a time.
 */

/* Bytes of the number without the letter of a part: 3 of "3.5a" and of "3.5". */
size_t lab_lesson_whole_bytes(const char *number);
bool lab_lesson_is_part(const char *number);
/* "3.5a" of "3.5": false for the same number, and for "3.1a". */
bool lab_lesson_is_part_of(const char *number, const char *whole);

/*
 * A learner's answers from before a lesson had parts. Under the number of the whole one stand entries by their names,
 * as lab/book/progress.c keeps them; each goes to the part that has it now. One that the part has already stays as it
 * is there. What no part has stays where it is; that a text was read holds for each part, since a text is known by its
 * heading alone. An heir is a name, and the part that has it.
 */
struct lab_heir {
    struct lab_heir *next;
    char *part;
    char *name; /* NULL: every text */
};
/* All of the lessons, for lab_heirs_free(); NULL also where there are none. -1: no memory. */
int lab_heirs_find(const struct lab_lessons *, struct lab_heir **out);
void lab_heirs_free(struct lab_heir *);
/* book: entries by number and name, of the file of lessons that the part is from. */
struct json_t;
void lab_heir_takes(const struct lab_heir *, struct json_t *book);

#endif
