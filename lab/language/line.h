// SPDX-License-Identifier: GPL-3.0-or-later
// One line of the command language as words.
#ifndef LAB_LANGUAGE_LINE_H
#define LAB_LANGUAGE_LINE_H

#include "net/base/error.h"

enum lab_word_kind { LAB_WORD, LAB_QUOTED };
struct lab_word {
    enum lab_word_kind kind;
    char *text; /* unescaped, NUL-terminated; bytes may contain NUL: see bytes */
    size_t bytes;
    int column; /* from 1, of its first byte */
    int end;    /* column behind its last byte */
};
struct lab_line {
    struct lab_word *words;
    size_t count;
};
/* Split one line. 0, or -1 with err (unclosed quote at column N ...). free with lab_line_fini. */
int lab_line_parse(const char *text, struct lab_line *out, int *error_column, struct net_error *);
void lab_line_fini(struct lab_line *);
/* Does it begin with `with "NAME"`, so that all of it belongs to a setting? */
bool lab_line_has_setting(const struct lab_line *);
/* Index of the first word of the line's last command: behind | or ;, and behind `with "NAME"`. */
size_t lab_line_last_command(const struct lab_line *);
/* Does the word, which is no text in quotes, join two commands? */
bool lab_word_joins(const struct lab_word *);

#endif
