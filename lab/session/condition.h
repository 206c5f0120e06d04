// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a condition holds.
#ifndef LAB_SESSION_CONDITION_H
#define LAB_SESSION_CONDITION_H

#include "lab/language/condition.h"

struct lab_session;

enum lab_verdict { LAB_NOT_YET, LAB_HOLDS, LAB_CANNOT /* whatever else happens */ };
enum lab_verdict lab_condition_look(struct lab_condition *, struct lab_session *);
/* The last look, when no time is left. */
enum lab_verdict lab_condition_at_deadline(struct lab_condition *, struct lab_session *);
/* It can become true without an event: look again in a millisecond. */
bool lab_condition_asks_kernel(const struct lab_condition *);
/* Index of the call's return or of the segment that made it true, which holds; -1: it is about neither. */
long lab_condition_event(const struct lab_condition *, const struct lab_session *);
/* What was seen instead, one sentence without a full stop. */
void lab_condition_seen(struct lab_condition *, struct lab_session *, char *out, size_t out_bytes);

/* For the files of this module: what is compared, and what is said when it differs. */
bool lab_compares(enum lab_compare, int64_t is, int64_t wanted);
/* The first event that counts: of the experiment, or behind the mark; false: that mark was not set in it. */
bool lab_condition_first(const struct lab_condition *, const struct lab_session *, size_t *first);
/* Is the call one on the descriptor that is spoken of, if one is? */
bool lab_condition_fd_is(const struct lab_condition *, const struct net_ev_call *);
struct lab_task_counts {
    int children, zombies, threads;
};
void lab_count_tasks(const struct lab_condition *, const struct lab_session *, struct lab_task_counts *);
int64_t lab_count_of(const struct lab_condition *, struct lab_session *);
int64_t lab_count_sockets(const struct lab_session *, int host, int state);
/* How many such segments were sent; of a held one each time counts. */
unsigned lab_count_segments(const struct lab_condition *, const struct lab_session *);
/* What an option, a field of TCP_INFO or a queue is now. */
bool lab_condition_value_is(struct lab_condition *, struct lab_session *);
void lab_condition_value_text(struct lab_condition *, struct lab_session *, char *out, size_t out_bytes);

#endif
