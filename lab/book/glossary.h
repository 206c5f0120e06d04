// SPDX-License-Identifier: GPL-3.0-or-later
// What a word means: by the book's glossary, and by the tables that the lab has anyway.
#ifndef LAB_BOOK_GLOSSARY_H
#define LAB_BOOK_GLOSSARY_H

#include "lab/book/lessons.h"

/*
 * The glossary is a section of the book, anywhere behind its first lesson:
 *
 *   ## Glossary
 *   - **backlog** how many finished connections may wait ...
 *   - **CLOSE_WAIT**, **LAST_ACK** ...      several words, one meaning
 *
 * It has to be open (lab_lessons_open_glossary()). Words are found whatever their case. Main thread.
 */
const struct lab_term *lab_glossary_find(const struct lab_lessons *, const char *word); /* NULL: it is not there */
/* Does one of the term's words stand in the text, as a word? */
bool lab_term_is_in(const struct lab_term *, const char *text);

/*
 * All that is known of a word: the glossary, socket options, errno, signals, counters, kinds of segments, commands.
 * Lines with \n, to be freed. NULL: nothing (err says what is near), or no memory.
 */
char *lab_define(const struct lab_lessons *, const char *word, struct net_error *);

#endif
