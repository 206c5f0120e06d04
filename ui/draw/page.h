// SPDX-License-Identifier: GPL-3.0-or-later
// Running text in a window: wrapped, scrolled, with styles.
#ifndef UI_DRAW_PAGE_H
#define UI_DRAW_PAGE_H

#include "lab/book/lessons.h"

#include <curses.h>

/*
 * A page is written from its first row to its last, whatever part of it the window shows: rows outside of that part are
 * counted and not drawn. So the same code draws a text and says how long it is (window NULL), and no copy of the
 * wrapped text is kept.
 */
struct ui_page {
    WINDOW *window; /* NULL: only count */
    int rows;       /* of the window, from its first row */
    int left, columns;
    long top;   /* first row of the page that is shown */
    long row;   /* the row being written */
    bool notes; /* blocks for teachers are shown too */
};

/* Put text into the present row from a column of the page on; returns the columns used. */
int ui_page_put(struct ui_page *, int column, attr_t, const char *text);
int ui_page_putn(struct ui_page *, int column, attr_t, const char *text, size_t bytes);
int ui_page_putf(struct ui_page *, int column, attr_t, const char *format, ...) __attribute__((format(printf, 4, 5)));
void ui_page_next(struct ui_page *);                           /* end of the row */
void ui_page_line(struct ui_page *, attr_t, const char *text); /* a row, cut */
/* Wrapped text; mark stands before its first row and the rest is indented by the mark's width. */
void ui_page_wrap(struct ui_page *, attr_t, const char *mark, attr_t mark_attr, const char *text);
/* A heading line across the page: `── Title ────`. */
void ui_page_rule(struct ui_page *, const char *title);
/* Blocks of a lesson, as LESSONS.md has them. */
void ui_page_blocks(struct ui_page *, const struct lab_block *, size_t count);

#endif
