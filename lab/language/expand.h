// SPDX-License-Identifier: GPL-3.0-or-later
// $NAME in a line into what `let` has set.
#ifndef LAB_LANGUAGE_EXPAND_H
#define LAB_LANGUAGE_EXPAND_H

#include "lab/language/scope.h"
#include "net/base/error.h"

/*
 * Outside of quotes $NAME and ${NAME} stand for the variable's words, and $$ for a dollar; a $ before anything else is
 * itself, as in quotes, where a text stays as it was written, and in a comment.
 */
struct lab_expanded {
    char *text;  /* NULL: the line has none of that */
    int *origin; /* column in the line as it was written, of each byte of text and of its end */
};

/* 0, or -1 with the column of the variable that does not exist. lab_expanded_fini() after 0. */
int lab_expand(const char *line, const struct lab_scope *, struct lab_expanded *out, int *column, struct net_error *);
/* A column of the text in the line. */
int lab_expanded_column(const struct lab_expanded *, int column);
void lab_expanded_fini(struct lab_expanded *);

#endif
