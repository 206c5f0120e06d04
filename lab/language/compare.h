// SPDX-License-Identifier: GPL-3.0-or-later
// Which servers `compare` compares, and with how many clients.
#ifndef LAB_LANGUAGE_COMPARE_H
#define LAB_LANGUAGE_COMPARE_H

#include "lab/language/command.h"
#include "lab/state/measured.h"

/*
 * A server can be compared when it can serve any number of clients at once, or in turns without waiting for one of
 * them. `given` are the parameters that make it answer clients who stay: all of them are connected when the server is
 * counted, so that what one client costs can be seen.
 */
struct lab_comparable {
    const char *program; /* its short name */
    const char *given;   /* parameters beside the backlog; "" none */
    const char *refused; /* the sentence why it cannot be compared; NULL: it can */
};
/* The i-th, in the order of the lessons; NULL past the end. */
const struct lab_comparable *lab_comparable_at(size_t i);

enum { LAB_COMPARE_MESSAGE_BYTES = 1001 };

struct lab_compare_spec {
    const struct lab_comparable *servers[LAB_COMPARED_MAX];
    size_t count;
    unsigned clients, rounds;
    char message[LAB_COMPARE_MESSAGE_BYTES]; /* "": the program's own */
};

/*
 * Read the words behind `compare`. The result is the caller's, to be freed.
 *   errors   -1 and *bad, the index of the word that is wrong (count: one is missing).
 */
int lab_compare_read(const struct lab_word *, size_t count, struct lab_compare_spec **out, size_t *bad,
                     struct net_error *);

#endif
