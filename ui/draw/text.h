// SPDX-License-Identifier: GPL-3.0-or-later
// Text on the screen: widths, escapes, cutting, wrapping.
#ifndef UI_DRAW_TEXT_H
#define UI_DRAW_TEXT_H

#include <curses.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * All take UTF-8 whatever the locale, know widths (Korean two columns, combining none), and show what could do harm in
 * a terminal as text: control characters, invalid bytes, characters that change direction or have no width of their
 * own. Where the locale is not UTF-8, the signs that our own texts use become ASCII and others `?`. Only the main
 * thread, after setlocale().
 */

/*
 * Put text into a window from (row, column) on, at most `columns` wide: what does not fit is cut with an ellipsis, a
 * number before its first digit. Never writes outside of the window or of the columns; without room, nothing. Returns
 * the columns used.
 */
int ui_put(WINDOW *, int row, int column, int columns, attr_t, const char *text);
int ui_putn(WINDOW *, int row, int column, int columns, attr_t, const char *text, size_t bytes);
int ui_putf(WINDOW *, int row, int column, int columns, attr_t, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Flush right: ends at column + columns. */
int ui_put_right(WINDOW *, int row, int column, int columns, attr_t, const char *text);
/* One sign again and again. */
void ui_fill(WINDOW *, int row, int column, int columns, attr_t, const char *sign);
/* Give cells that are drawn already another attribute: a row under the cursor. */
void ui_mark(WINDOW *, int row, int column, int columns, attr_t);

/* The same into a stream, in the locale's bytes: whole, and without an end of the line. */
void ui_text_write(FILE *, const char *text, size_t bytes);

/* Columns that the text takes as ui_put() shows it. */
int ui_text_width(const char *text);
int ui_text_widthn(const char *text, size_t bytes);
/*
 * Bytes of text that fit in `columns`, broken at a blank where possible; for wrapping. At least one character, so that
 * a loop over it ends. The blanks at which it breaks belong to neither line: skip them.
 */
size_t ui_text_fit(const char *text, size_t bytes, int columns);
/* Bytes of text that fit in `columns`, wherever that cuts it; may be none. */
size_t ui_text_cut(const char *text, size_t bytes, int columns);

/* Bytes of the letter at the beginning of the text, as far as it is shown as itself: 0 for what is shown as an escape.
 */
size_t ui_text_letter(const char *text, size_t bytes);

/* A state in six columns, where there is no room for its name: "ESTAB", "FINW1". */
const char *ui_state_brief(unsigned net_state);

#endif
