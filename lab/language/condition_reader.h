// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of reading conditions: what the files that read one kind each share.
#ifndef LAB_LANGUAGE_CONDITION_READER_H
#define LAB_LANGUAGE_CONDITION_READER_H

#include "lab/language/condition.h"

struct condition_reader {
    const struct lab_word *words;
    size_t count, at;
    const struct lab_scope *scope; /* NULL: any name will do */
    struct lab_condition *condition;
    struct net_error *err;
};

/* The next word if it is not in quotes; NULL at the end. */
const char *lab_reader_peek(const struct condition_reader *);
/* Is it that one? Then it is taken. */
bool lab_reader_take(struct condition_reader *, const char *word);
/* The sentence about the next word, or that one is missing. -1. */
int lab_reader_expected(const struct condition_reader *, const char *what);
/* "=", ">", ">=", "!=", "<", "<=" at the beginning of *word, which is moved behind it. */
bool lab_reader_compare(const char **word, enum lab_compare *);
/* A comparison, signs and number in one or more words: "= 0", ">0", "= >= 2", "3". What stands for the number. */
const char *lab_reader_comparison(struct condition_reader *, enum lab_compare *);
int lab_reader_count(struct condition_reader *, const char *what);
int lab_reader_host(struct condition_reader *, int *out);
int lab_reader_error(struct condition_reader *, const char *word);

/* Each kind, from behind its first word on. */
int lab_read_segments(struct condition_reader *);
int lab_read_option(struct condition_reader *, const struct net_option *);
int lab_read_queue(struct condition_reader *, bool sending);

#endif
