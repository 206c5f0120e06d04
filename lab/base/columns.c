// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/columns.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* Bytes that fit, and the columns that they take. */
static size_t fit(const char *text, int most, int *columns)
{
    mbstate_t state = {0};
    size_t at = 0, all = strlen(text), n;
    for (*columns = 0; at < all; at += n) {
        wchar_t letter;
        n = mbrtowc(&letter, text + at, all - at, &state);
        bool is_letter = n != 0 && n <= all - at;
        int width = is_letter ? wcwidth(letter) : 1;
        if (!is_letter) {
            n = 1;
            memset(&state, 0, sizeof state);
        }
        width = width < 0 ? 1 : width;
        if (*columns + width > most)
            break;
        *columns += width;
    }
    return at;
}

int lab_columns(const char *text)
{
    int columns;
    fit(text, INT_MAX / 2, &columns);
    return columns;
}

size_t lab_columns_cut(const char *text, int columns)
{
    int used;
    return fit(text, columns, &used);
}
