// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/language/hint.h"

#include "lab/base/text.h"
#include "lab/language/line.h"
#include "lab/language/word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of two forms of one verb ("send N bytes", "send TEXT") a word in quotes chooses the second. */
static const struct lab_row *form_of(const struct lab_language *language, size_t at, bool quoted)
{
    const struct lab_row *row = lab_row_at(language, at), *next = row;
    for (; quoted && next && next->who == row->who && strcmp(next->words, row->words) == 0;
         next = lab_row_at(language, ++at))
        if (next->slots[0].kind == LAB_SLOT_TEXT)
            return next;
    return row;
}

static const struct lab_row *row_of(const struct lab_language *language, const char *first, const char *second,
                                    bool quoted)
{
    const struct lab_row *row;
    char own_first[40], own_second[40];
    bool is_command = lab_row_of_command(language, first);
    for (size_t i = 0; (row = lab_row_at(language, i)); i++) {
        lab_word_at(row->words, 0, own_first, sizeof own_first);
        bool two = lab_word_at(row->words, 1, own_second, sizeof own_second);
        if (row->who != LAB_WHO_NOBODY
                ? second && strcmp(own_first, second) == 0 && !is_command
                : strcmp(own_first, first) == 0 && (!two || (second && strcmp(own_second, second) == 0)))
            return form_of(language, i, quoted);
    }
    return NULL;
}

void lab_hint(const struct lab_language *language, const char *text, char *out, size_t out_bytes)
{
    struct lab_line line;
    char form[160];
    *out = '\0';
    /* An open quote is no mistake while the line is being typed. */
    if (lab_line_parse(text, &line, NULL, NULL) < 0) {
        char *closed = NULL;
        if (asprintf(&closed, "%s\"", text) < 0)
            return;
        int result = lab_line_parse(closed, &line, NULL, NULL);
        free(closed);
        if (result < 0)
            return;
    }
    size_t first = lab_line_last_command(&line);
    if (first == line.count) /* only the setting so far */
        first = 0;
    if (first < line.count) {
        bool quoted = first + 2 < line.count && line.words[first + 2].kind == LAB_QUOTED;
        const struct lab_row *row = row_of(language, line.words[first].text,
                                           first + 1 < line.count ? line.words[first + 1].text : NULL, quoted);
        if (row)
            snprintf(out, out_bytes, "%s: %s", lab_row_form(row, form, sizeof form), _(row->help));
    }
    lab_line_fini(&line);
}
