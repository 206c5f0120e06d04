// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the form in which lessons are written.
#ifndef LAB_BOOK_FORMAT_H
#define LAB_BOOK_FORMAT_H

#include "lab/book/lessons.h"

/* Whoever reads lessons takes them from here, and tcplab-lessons(5) has each of them: tests/lab/book_test.c looks.
 */
enum lab_format {
    LAB_FORMAT_EXPERIMENT, /* headings of level 3, each with a colon and a name behind it */
    LAB_FORMAT_TASK,
    LAB_FORMAT_MYSTERY,
    LAB_FORMAT_HINTS, /* headings of level 4, in a task */
    LAB_FORMAT_JUDGED,
    LAB_FORMAT_CULPRIT,
    LAB_FORMAT_ANSWER,
    LAB_FORMAT_GLOSSARY, /* heading of level 2 */
    LAB_FORMAT_NOTE,     /* what a quotation for teachers begins with */
    LAB_FORMAT_LAB,      /* what a block is, behind its fence */
    LAB_FORMAT_WORDS,    /* the same of a translation (lab/book/translated.h) */
    LAB_FORMAT_C,
    LAB_FORMAT_YOURS, /* behind a $ in the scripts of judges */
    LAB_FORMAT_PORT,
    LAB_FORMAT_PORT2,
    LAB_FORMAT_WORD, /* also with a number, and with _bytes behind it */
    LAB_FORMAT_SIZE,
    LAB_FORMATS
};
extern const char *const lab_format_words[LAB_FORMATS];

/* Bits 1 to 9: which of the signs ① to ⑨ stand in the text of an experiment's blocks, behind its script. */
unsigned lab_format_signs(const struct lab_block *, size_t count);

#endif
