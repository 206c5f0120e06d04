// SPDX-License-Identifier: GPL-3.0-or-later
// Markdown as a flat list of blocks.
#ifndef LAB_BOOK_MARKDOWN_H
#define LAB_BOOK_MARKDOWN_H

#include "lab/book/lessons.h"
#include "lab/base/pool.h"

/* What a block was in the source, where lab_block does not say. What is not of all blocks is zero for the others. */
struct lab_markdown_source {
    const char *info; /* CODE: first word after the fence, "" none */
    const char *text; /* CODE: as written, lines end in \n; HEADING: its text without styles */
    bool is_fenced;   /* CODE */
    bool is_closed;   /* CODE: its closing fence is there */
    int column;       /* where the block begins in its line, in bytes from 1; of every block */
};

struct lab_markdown {
    struct lab_block *blocks;
    struct lab_markdown_source *sources; /* as many */
    size_t count;
};

/*
 * Parse UTF-8 text (not kept; invalid bytes become U+FFFD). Lists, quotes and tables are flattened; HTML blocks and
 * rules are left out; a link is its text followed by " <URL>" unless it leads to a place in the same file (#...). No
 * span holds a control character: a tab becomes blanks, the rest U+FFFD; a line break that Markdown keeps becomes a
 * blank.
 *
 *   pool    owns everything in *out.
 *   errors  -1: no memory.
 *   thread  the first call registers cmark's extensions: not from two threads at once.
 */
int lab_markdown_parse(const char *text, size_t bytes, struct lab_pool *pool, struct lab_markdown *out);

#endif
