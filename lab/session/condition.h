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
/* What was seen instead, one sentence without a full stop. */
void lab_condition_seen(const struct lab_condition *, struct lab_session *, char *out, size_t out_bytes);

/* For both halves of this module: what is compared, and what is said when it differs. */
struct lab_task_counts {
    int children, zombies, threads;
};
void lab_count_tasks(const struct lab_condition *, const struct lab_session *, struct lab_task_counts *);
int64_t lab_count_of(struct lab_session *, int host, int counter);
int64_t lab_count_sockets(const struct lab_session *, int host, int state);
int lab_condition_option(const struct lab_condition *, struct lab_session *, struct net_option_value *now,
                         struct net_error *);

#endif
