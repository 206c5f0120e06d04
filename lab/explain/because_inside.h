// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of because share (because*.c alone).
#ifndef LAB_EXPLAIN_BECAUSE_INSIDE_H
#define LAB_EXPLAIN_BECAUSE_INSIDE_H

#include "lab/explain/explain_inside.h"

/* A call that returned, and the clause about it, which lab_tell() puts together in `t`. */
struct lab_why {
    struct lab_telling t;                /* t.conversation: of the socket; NULL */
    const struct net_event *ret, *enter; /* enter NULL: not in the journal */
    long index, entry;                   /* of those; entry LAB_NONE */
    int fd;                              /* that the call was about; -1 */
    unsigned host;                       /* of the actor */
    const struct lab_socket *sock;       /* NULL: none that the lab knows */
    unsigned side;                       /* of the conversation that the socket is */
};

bool lab_why_reads(unsigned call);  /* recv() and its kin */
bool lab_why_writes(unsigned call); /* send() and its kin */
/* The state that the socket was in when the call was entered; ABSENT: not known. */
uint8_t lab_why_state(const struct lab_why *);
/* "RST #12 from server at 0.412", into the clause. */
void lab_why_tell_segment(struct lab_why *, const char *name, const struct lab_segment *);
/* The segment with this flag that reached the socket before the call returned and that ended (its half of) the
 * connection; NULL. */
const struct lab_segment *lab_why_arrived(const struct lab_why *, unsigned flag);
/* The latest shutdown() of this end, of the given half, that came before the return; LAB_NONE. */
enum lab_half { LAB_READING, LAB_WRITING };
long lab_why_shut(const struct lab_why *, enum lab_half);

uint32_t lab_why_ip_in(const struct net_event *enter); /* of the address that a program handed over; 0: none */

/* because_local.c: each puts its clause together, or says nothing and returns false. */
bool lab_why_in_use(struct lab_why *);        /* EADDRINUSE */
bool lab_why_interrupted(struct lab_why *);   /* EINTR */
bool lab_why_again(struct lab_why *);         /* EAGAIN, and EINPROGRESS of connect() */
bool lab_why_no_descriptor(struct lab_why *); /* EBADF */
bool lab_why_no_socket(struct lab_why *);     /* ENOTSOCK */
bool lab_why_low_port(struct lab_why *);      /* EACCES */
bool lab_why_no_room(struct lab_why *);       /* EMFILE */
bool lab_why_no_privilege(struct lab_why *);  /* EPERM of setsockopt() */
bool lab_why_no_address(struct lab_why *);    /* EADDRNOTAVAIL */
bool lab_why_not_connected(struct lab_why *); /* ENOTCONN */
bool lab_why_connected(struct lab_why *);     /* EISCONN */
bool lab_why_connecting(struct lab_why *);    /* EALREADY */
bool lab_why_invalid(struct lab_why *);       /* EINVAL */

#endif
