// SPDX-License-Identifier: GPL-3.0-or-later
// What the files that make lessons of blocks share.
#ifndef LAB_BOOK_PARSE_H
#define LAB_BOOK_PARSE_H

#include "lab/book/lessons.h"
#include "lab/book/translated.h"

struct lab_parse {
    const char *file;
    struct lab_pool *pool;
    struct lab_markdown markdown;
    const struct lab_merged *merged; /* what the blocks are of, of a translated book; NULL: they are the file's */
    bool is_checked;                 /* its scripts were checked when the program was tested */
    bool is_outline;                 /* of headings alone: experiments have no script yet */
    struct lab_faults *faults;       /* NULL: the first one ends it */
    struct net_error *err;
};

/* Read the text: how has all but its pool, which *out owns, and what is parsed. -1: *out is empty. */
int lab_parse_text(const struct lab_parse *how, const char *text, size_t bytes, struct lab_lessons *out);
/* The blocks of a text, or of `merged`. -1: no memory; also where they are not the book's one by one. */
int lab_parse_blocks(struct lab_parse *, const char *text, size_t bytes);
/* The lesson whose heading is block `first` and which ends before block `end`. */
int lab_parse_lesson(const struct lab_parse *, size_t first, size_t end, struct lab_lesson *);
int lab_parse_glossary(const struct lab_parse *, size_t first, size_t end, struct lab_lessons *out);

/* A block as it stands in the book, whatever language is read: progress knows it by that. */
const struct lab_block *lab_parse_original(const struct lab_parse *, size_t block);
const struct lab_markdown_source *lab_parse_original_source(const struct lab_parse *, size_t block);
/* The line of a block in the book's file. */
int lab_parse_line(const struct lab_parse *, size_t block);
/* A fault at a block, or in the script of a block: told where it stands in its file. */
int lab_parse_fail(const struct lab_parse *, size_t block, const char *sentence);
int lab_parse_script(const struct lab_parse *, int line, const char *script);

#endif
