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

enum { LAB_ARGUMENTS = 12 };

struct lab_start {
    const struct net_program *program; /* NULL: a hand */
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

/* "single" for tcp_server_single, "client" for tcp_client. */
const char *lab_program_short(const struct net_program *);
/* Has it a parameter whose name is the first n bytes of word? */
bool lab_program_takes(const struct net_program *, const char *word, size_t n);
/* Whether that row may start it: `server` starts servers, `start` any. */
bool lab_start_may(const struct lab_start_form *, const struct net_program *);

#endif
