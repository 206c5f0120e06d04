// SPDX-License-Identifier: GPL-3.0-or-later
// Frames around rectangles that share their borders.
#ifndef UI_DRAW_FRAME_H
#define UI_DRAW_FRAME_H

#include <curses.h>
#include <stddef.h>

/* A part of the screen, with its frame. */
struct ui_rect {
    int row, column, rows, columns;
};

/*
 * Draw the frames of n rectangles; where two meet, their lines join. Neighbours share a line: the one begins in the row
 * or column in which the other ends.
 */
void ui_frame_draw(WINDOW *, const struct ui_rect *, size_t n);
/* The part of it that lies in one row. */
void ui_frame_draw_row(WINDOW *, const struct ui_rect *, size_t n, int row);
/* Text in the upper line: the title at the left, status (may be "") at the right when there is room for both. */
void ui_frame_title(WINDOW *, const struct ui_rect *, const char *title, const char *status, bool focused);

#endif
