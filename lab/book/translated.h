// SPDX-License-Identifier: GPL-3.0-or-later
// A book and its translation into another language, merged into one text.
#ifndef LAB_BOOK_TRANSLATED_H
#define LAB_BOOK_TRANSLATED_H

#include "lab/base/faults.h"
#include "lab/base/pool.h"
#include "lab/book/markdown.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Words. The book is a file of lessons as lab/book/lessons.h has it. A translation is a file beside it, LESSONS.ko.md
 * beside LESSONS.md, with the words of the book and without what it carries out:
 *
 *   - A section is what stands under a heading of level 2, and what stands before the first of them. It is known by its
 *     number; the glossary by its word. A section that the translation has not is read in the book's language.
 *   - In a section both have the same blocks in the same order: headings of the same level, paragraphs, items, rows of
 *     as many cells, notes, code. The format's own words (Experiment, Task: NAME, Hints ...) and the signs stay.
 *   - Blocks with a fence are the book's. In the translation an empty one with the same word behind its fence stands in
 *     the place of each; in the place of a `lab` block a `words` block, which has the words of the script, in its
 *     order: the lines predict, choice, because, hint and reason, each with its text in quotes and nothing behind, and
 *     the lines of comment.
 *
 * The merged text is the translation with the book's blocks: a file of lessons like any other.
 */
struct lab_text {
    const char *file, *text;
    size_t bytes;
    int line; /* number of its first line in the file */
};

struct lab_merged_line {
    bool is_translated; /* it stands in the translation, else in the book */
    int line;
};
struct lab_merged {
    struct lab_text book, translation; /* as they were given */
    char *text;                        /* ends with NUL */
    size_t bytes;
    struct lab_merged_line *lines; /* where each of its lines is from */
    size_t line_count, line_room;
    /* The book's blocks, one for each of the merged text's, in the same order; lines are the file's. */
    struct lab_markdown original;
    const char **missing; /* sections that the translation has not, as they are called: "3.4", "Glossary" */
    size_t missing_count;
};

/*
 * Merge. Each difference is a fault at its line of the translation, and the sentence names the book's line.
 *
 *   pool    owns `original` and `missing`.
 *   faults  as lab_fault(): without a list the first difference ends it.
 *   returns -1: err, no memory or the first difference; *out is empty. With a list 0, also where there are differences.
 *   thread  as lab_markdown_parse().
 */
int lab_translated_merge(const struct lab_text *book, const struct lab_text *translation, struct lab_pool *pool,
                         struct lab_merged *out, struct lab_faults *faults, struct net_error *err);
/* The file and line in which a line of the merged text (from 1) stands. */
const char *lab_merged_place(const struct lab_merged *, int line, int *out_line);
void lab_merged_fini(struct lab_merged *);

/* What is in the program: one for each LESSONS.LANGUAGE.md; the last has no language. Made by tools/programs.sh. */
struct lab_translation {
    const char *language; /* "ko" */
    const char *text;
    size_t bytes;
};
extern const struct lab_translation lab_translations[];

#endif
