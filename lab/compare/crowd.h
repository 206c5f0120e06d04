// SPDX-License-Identifier: GPL-3.0-or-later
// What became of each client of a crowd, as the calls of its program tell.
#ifndef LAB_COMPARE_CROWD_H
#define LAB_COMPARE_CROWD_H

#include "lab/journal/journal.h"

/*
 * A crowd (net/programs/tcp_clients.c) is one program with one thread, so each of its clients is known by its
 * descriptor. A client begins when connect() is entered and is answered when recv() has returned bytes; both moments
 * are taken where they happen, in the program's own thread. One that closes its descriptor without an answer, or gets
 * none in the first place, has failed, and what its last call said is the reason.
 *
 * Nothing is asked: the same journal gives the same answer at any time. Main thread.
 */
enum { LAB_CROWD_REASONS = 6, LAB_CROWD_REASON_BYTES = 48 };

struct lab_crowd {
    uint32_t actor; /* whose calls count */
    size_t seen;    /* journal index up to which it was read */
    unsigned answered, failed;
    uint64_t first_ns, last_ns; /* the first connect() entered, the last answer received; 0: not yet */
    uint64_t *waited_ns;        /* of each answered client, in the order of their answers */
    size_t room;                /* of waited_ns */
    struct lab_crowd_client {
        uint64_t since_ns;                   /* 0: no client has this descriptor */
        char reason[LAB_CROWD_REASON_BYTES]; /* that it will have failed for, if it closes now; "" none yet */
    } * clients;                             /* by descriptor */
    size_t client_count;
    struct {
        char text[LAB_CROWD_REASON_BYTES]; /* "recv ECONNRESET", "closed without an answer" */
        unsigned count;
    } reasons[LAB_CROWD_REASONS]; /* the last takes what has no place of its own */
};

/* Of nobody yet; from: the journal index to begin at. Ends with lab_crowd_fini(). */
void lab_crowd_init(struct lab_crowd *, uint32_t actor, size_t from);
void lab_crowd_fini(struct lab_crowd *);
/* Read on to the journal's present end. 0, or -1 without memory. */
int lab_crowd_read(struct lab_crowd *, const struct lab_journal *);
/* "3 recv ECONNRESET, 1 closed without an answer"; "" when none failed. Returns out. */
const char *lab_crowd_reasons(const struct lab_crowd *, char *out, size_t out_bytes);

#endif
