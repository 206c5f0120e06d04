// SPDX-License-Identifier: GPL-3.0-or-later
// Reasons that no segment brought, or only together with what is known locally (because.c alone).
#ifndef LAB_EXPLAIN_BECAUSE_LOCAL_H
#define LAB_EXPLAIN_BECAUSE_LOCAL_H

#include "lab/explain/why.h"

/* The value of an option of the socket when the call was entered; 0, with which those begin that are asked for, when it
 * was never set. */
int64_t lab_why_option(const struct lab_why *, const char *name);

/* Each finds the reason, or returns false. */
bool lab_because_in_use(struct lab_why *);        /* EADDRINUSE */
bool lab_because_interrupted(struct lab_why *);   /* EINTR */
bool lab_because_again(struct lab_why *);         /* EAGAIN, and EINPROGRESS of connect() */
bool lab_because_no_descriptor(struct lab_why *); /* EBADF */
bool lab_because_no_socket(struct lab_why *);     /* ENOTSOCK */
/* The event is the command that makes the blocked call of an actor return. */
bool lab_is_cancel_of(const struct net_event *, uint32_t actor);
bool lab_because_low_port(struct lab_why *);     /* EACCES */
bool lab_because_no_room(struct lab_why *);      /* EMFILE */
bool lab_because_no_privilege(struct lab_why *); /* EPERM of setsockopt() */
bool lab_because_no_address(struct lab_why *);   /* EADDRNOTAVAIL */
bool lab_because_family(struct lab_why *);       /* EAFNOSUPPORT; EINVAL of bind() and connect() */
/* ECONNREFUSED, where somebody listens at that port, but at another address of the host. rst NULL: none was seen. */
bool lab_because_elsewhere(struct lab_why *, const struct lab_segment *rst);
bool lab_because_not_connected(struct lab_why *); /* ENOTCONN */
/* The last connect() before the call had failed. */
bool lab_because_failed_connect(struct lab_why *);
bool lab_because_connected(struct lab_why *);  /* EISCONN */
bool lab_because_connecting(struct lab_why *); /* EALREADY */
bool lab_because_invalid(struct lab_why *);    /* EINVAL */
bool lab_because_no_child(struct lab_why *);   /* ECHILD */

/* ---- because_argument.c: what the call was given ---- */

bool lab_because_bad_argument(struct lab_why *);  /* EINVAL */
bool lab_because_bad_memory(struct lab_why *);    /* EFAULT */
bool lab_because_no_family(struct lab_why *);     /* EAFNOSUPPORT */
bool lab_because_no_type(struct lab_why *);       /* ESOCKTNOSUPPORT */
bool lab_because_no_protocol(struct lab_why *);   /* EPROTONOSUPPORT */
bool lab_because_watched(struct lab_why *);       /* EEXIST */
bool lab_because_not_watched(struct lab_why *);   /* ENOENT */
bool lab_because_no_device(struct lab_why *);     /* ENODEV */
bool lab_because_not_permitted(struct lab_why *); /* EPERM */

#endif
