// SPDX-License-Identifier: GPL-3.0-or-later
// How wide text is on a terminal.
#ifndef LAB_BASE_COLUMNS_H
#define LAB_BASE_COLUMNS_H

#include <stddef.h>

/*
 * Columns that the text takes: two for Hangul, none for what combines, as LC_CTYPE says; one for each byte that is no
 * character there, and for what has no width.
 */
int lab_columns(const char *text);

/* Bytes of the text that fit into so many columns. */
size_t lab_columns_cut(const char *text, int columns);

#endif
