// SPDX-License-Identifier: GPL-3.0-or-later
// Which servers `compare` compares, and with how many clients.
#ifndef LAB_COMPARE_CONTEST_H
#define LAB_COMPARE_CONTEST_H

#include "lab/language/command.h"
#include "lab/compare/trial.h"

/*
 * A server can be compared when it can serve any number of clients at once, or in turns without waiting for one of
 * them. `given` are the parameters that make it answer clients who stay: all of them are connected when the server is
 * counted, so that what one client costs can be seen.
 */
struct lab_contestant {
    const char *program; /* its short name */
    const char *given;   /* parameters beside the backlog; "" none */
    const char *refused; /* why it cannot be compared, as the end of a sentence; NULL: it can */
};
/* The i-th, in the order of the lessons; NULL past the end. */
const struct lab_contestant *lab_contestant_at(size_t i);

enum { LAB_CONTEST_MESSAGE_BYTES = 1001 };

struct lab_contest_spec {
    const struct lab_contestant *servers[LAB_TRIALS_MAX];
    size_t count;
    unsigned clients, rounds;
    char message[LAB_CONTEST_MESSAGE_BYTES]; /* "": the program's own */
};

/*
 * Read the words behind `compare`. The result is the caller's, to be freed.
 *   errors   -1 and *bad, the index of the word that is wrong (count: one is missing).
 */
int lab_contest_read(const struct lab_word *, size_t count, struct lab_contest_spec **out, size_t *bad,
                     struct net_error *);

/* As many clients at once as one process may have descriptors for (RLIMIT_NOFILE); the sentence when they are too many.
 */
int lab_contest_check(const struct lab_contest_spec *, struct net_error *);

/* A comparison being carried out (command_contest.c). */
struct lab_contest;
void lab_contest_free(struct lab_contest *);

#endif
