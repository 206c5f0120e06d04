// SPDX-License-Identifier: GPL-3.0-or-later
// A call that failed, with what is known of it, for the functions that look for its reason (because*.c alone).
#ifndef LAB_EXPLAIN_WHY_H
#define LAB_EXPLAIN_WHY_H

#include "lab/explain/sentence.h"

struct lab_why {
    struct lab_evidence e;               /* e.conversation: of the socket; NULL */
    const struct net_event *ret, *enter; /* enter NULL: not in the journal */
    long index, entry;                   /* of those; entry LAB_NONE */
    int fd;                              /* that the call was about; -1 */
    unsigned host;                       /* of the actor */
    const struct lab_socket *sock;       /* NULL: none that the lab knows */
    unsigned side;                       /* of the conversation that the socket is */
    char *out;                           /* the reason, once it is found */
    size_t out_bytes;
};

/* Everything known of a call that failed, or of a recv() that returned 0; false when it is neither. */
bool lab_why_of(const struct lab_journal *, const struct lab_state *, uint64_t start_ns, long ret, struct lab_why *);

/* The same of any call that returned. */
bool lab_why_of_any(const struct lab_journal *, const struct lab_state *, uint64_t start_ns, long ret,
                    struct lab_why *);

/* lab_why_is(w, "{name} at {at}", .name = name, .at = ns): the reason is this one. Returns true. */
#define lab_why_is(w, ...) lab_why_set(w, &(struct lab_parts){.format = __VA_ARGS__})
bool lab_why_set(struct lab_why *, const struct lab_parts *);

/* The state that the socket was in when the call was entered; ABSENT: not known. */
uint8_t lab_why_state(const struct lab_why *);
/* The call that it was, if its entry is known; else NET_CALL_NONE. */
unsigned lab_why_call(const struct lab_why *);
/* The segment with this flag that reached the socket before the call returned and that ended (its half of) the
 * connection; NULL. */
const struct lab_segment *lab_why_arrived(const struct lab_why *, unsigned flag);
/* The first shutdown() of this end, of the given half, that was entered before the return; NULL. *index: of it. */
enum lab_half { LAB_READING, LAB_WRITING };
const struct net_event *lab_why_shut(const struct lab_why *, enum lab_half, long *index);

#endif
