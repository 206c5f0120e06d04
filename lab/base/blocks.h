// SPDX-License-Identifier: GPL-3.0-or-later
// Text with headings, lists, tables and code: a flat list of blocks, as lab/book/markdown.h makes it.
#ifndef LAB_BASE_BLOCKS_H
#define LAB_BASE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum lab_block_kind {
    LAB_PARAGRAPH,
    LAB_HEADING,
    LAB_ITEM /* of a list */,
    LAB_CODE,
    LAB_TABLE_ROW,
    LAB_EXPERIMENT_HERE
};

enum lab_style { LAB_PLAIN, LAB_EMPHASIS, LAB_STRONG, LAB_CODE_STYLE };
struct lab_span {
    const char *text; /* without newline */
    size_t bytes;
    enum lab_style style;
};
struct lab_block {
    enum lab_block_kind kind;
    int level;        /* HEADING: 2..6; ITEM: depth from 0; others: depth of what they stand in (item, quote), 0 none */
    const char *key;  /* HEADING below a lesson's: its text in the book's language: progress knows it by that */
    const char *mark; /* ITEM: "•" as "-" or "1." */
    struct lab_span *spans; /* PARAGRAPH, HEADING, ITEM: to be wrapped by the screen. CODE, EXPERIMENT_HERE (the
                               script): one span per line. TABLE_ROW: one cell after another, cell ends in cell_end */
    size_t span_count;
    size_t *cell_end; /* TABLE_ROW: span index past each cell */
    size_t cell_count;
    bool is_header; /* TABLE_ROW */
    bool is_note;   /* for teachers: it stands in a quotation that begins with "Note:" */
    int experiment; /* index of the experiment that it belongs to, from its heading on (EXPERIMENT_HERE stands where the
                       lab block is); -1 none */
    int line;
};

/* As Markdown. How a span is escaped is for who writes it: `put`. Thread: any. */
typedef void lab_put_span(const struct lab_span *, FILE *);
/* A row of a table; below that of its header, the rule. */
void lab_block_put_row(const struct lab_block *row, lab_put_span *put, FILE *out);
/* Between its marks, which are none to Markdown beside a blank: `put` gets the span without the blanks at its ends, and
 * they stand outside. mark: "*", or "" */
void lab_span_put_marked(const struct lab_span *, const char *mark, lab_put_span *put, FILE *out);
/* "", "*" or "**"; code's is for who writes it, since what it holds decides. */
const char *lab_style_mark(enum lab_style);

#endif
