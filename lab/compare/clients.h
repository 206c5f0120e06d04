// SPDX-License-Identifier: GPL-3.0-or-later
// What became of each client of the program tcp_clients, as its calls show.
#ifndef LAB_COMPARE_CLIENTS_H
#define LAB_COMPARE_CLIENTS_H

#include "lab/journal/journal.h"

/*
 * tcp_clients (net/programs/tcp_clients.c) is one program with one thread, so each of its clients is known by its
 * descriptor. A client begins when connect() is entered and is answered when recv() has returned bytes; both moments
 * are taken where they happen, in the program's own thread. One that closes its descriptor without an answer, or gets
 * none in the first place, has failed; the reason is what its last call returned. What the program prints is not read.
 *
 * The kernel is not asked: the same journal gives the same answer at any time. Main thread.
 */
enum { LAB_CLIENTS_REASONS = 6 };

/* Why a client failed. */
struct lab_client_reason {
    uint16_t call;  /* enum net_call: the one that failed; NET_CALL_NONE: none, the answer did not come in time */
    int error;      /* its errno; 0 of recv: the server closed the connection without an answer */
    bool is_others; /* of a count: those for which there is no place */
};

struct lab_clients {
    uint32_t actor; /* whose calls count */
    size_t seen;    /* journal index up to which it was read */
    unsigned answered, failed;
    uint64_t first_ns, last_ns; /* the first connect() entered, the last answer received; 0: not yet */
    uint64_t *waited_ns;        /* of each answered client, in the order of their answers */
    size_t room;                /* of waited_ns */
    struct lab_client {
        uint64_t since_ns;               /* 0: no client has this descriptor */
        struct lab_client_reason reason; /* if it fails now */
    } * clients;                         /* by descriptor */
    size_t client_count;
    struct {
        struct lab_client_reason why;
        unsigned count;
    } reasons[LAB_CLIENTS_REASONS];
};

/* No client is known yet; from: the journal index to begin at. Ends with lab_clients_fini(). */
void lab_clients_init(struct lab_clients *, uint32_t actor, size_t from);
void lab_clients_fini(struct lab_clients *);
/* Read on to the journal's present end. 0, or -1 without memory. */
int lab_clients_read(struct lab_clients *, const struct lab_journal *);
/* "3 recv ECONNRESET, 1 closed without an answer"; "" when none failed. Returns out. */
const char *lab_clients_reasons(const struct lab_clients *, char *out, size_t out_bytes);

#endif
