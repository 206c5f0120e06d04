// SPDX-License-Identifier: GPL-3.0-or-later
// What is to be started, and how.
#ifndef LAB_LANGUAGE_START_H
#define LAB_LANGUAGE_START_H

#include "lab/language/command.h"
#include "net/engine.h"
#include "net/data/program.h"

/* What a row that starts something may start (lab_row.start). */
struct lab_start_form {
    const char *base; /* of the default name; "" when it depends on the program */
    bool needs_program, is_hand;
    const char *program; /* the one that is meant without being named; NULL: none */
    bool is_crowd;       /* its first word is how many */
    int64_t host;        /* enum net_host, if no other is named */
};

enum { LAB_ARGUMENTS = 32 };

struct lab_start {
    const struct net_program *program; /* NULL: a hand, or a program of the learner's */
    char *file;                        /* of the latter, as typed: a path, a folder, or a whole command; NULL: none */
    int64_t host;                      /* enum net_host */
    enum net_way as;
    char name[LAB_NAME_BYTES];     /* "" : the default one */
    char *argument[LAB_ARGUMENTS]; /* "port=7" */
    size_t argument_count;
};

/* Fill a start from words; -1: *bad is the index of the wrong one (count: one is missing). */
int lab_start_read(const struct lab_language *, const struct lab_start_form *, const struct lab_word *, size_t count,
                   struct lab_start **out, size_t *bad, struct net_error *);
void lab_start_free(struct lab_start *);

/* Whether a word in the place of PROGRAM means a file of the learner's. In the place of a client's message it has to
 * begin like a path. */
bool lab_start_is_file(const struct lab_start_form *, const struct lab_word *);

/* "single" for tcp_server_single, "client" for tcp_client. */
const char *lab_program_short(const struct net_program *);
/* Has it a parameter whose name is the first n bytes of word? */
bool lab_program_takes(const struct net_program *, const char *word, size_t n);
/* Whether that row may start it: `server` starts servers, `start` any. */
bool lab_start_may(const struct lab_start_form *, const struct net_program *);

#endif
