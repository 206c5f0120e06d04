// SPDX-License-Identifier: GPL-3.0-or-later
// A queue of commands, carried out one after the other.
#ifndef LAB_SESSION_RUNNER_H
#define LAB_SESSION_RUNNER_H

#include "lab/session/doing.h"

struct lab_runner {
    struct lab_command *queue; /* the first is being carried out when `busy` */
    bool busy;
    bool is_inside;    /* another command carries these out, and tells of their errors */
    bool is_paced;     /* each command that does something begins when nothing moves any more: see PACE_NS */
    uint64_t paced_ns; /* since when the next one waits for that */
    bool is_over;      /* a command ended; the session takes it back */
    struct lab_doing doing;
    struct net_error error; /* of the last command that failed */
    int error_line;         /* its place */
    unsigned errors;
};

void lab_runner_add(struct lab_runner *, struct lab_command *);
/* One look at what the runner does; true when something changed that others may see. */
bool lab_runner_advance(struct lab_session *, struct lab_runner *);
/* All that is queued. given_up: by the learner, which the command being carried out may have something to say to. */
void lab_runner_drop(struct lab_runner *, bool given_up);
/* When it has to be looked at again without an event (0: never). */
uint64_t lab_runner_deadline(const struct lab_runner *, uint64_t now_ns);

/*
 * A command alone, by whoever carries it out: begin it (and note it), look at it until the outcome is not LAB_WAITS,
 * and end it. err stays the caller's.
 */
void lab_doing_begin(struct lab_doing *, struct lab_session *, struct lab_command *, struct net_error *err);
enum lab_outcome lab_doing_look(struct lab_doing *);
void lab_doing_end(struct lab_doing *, bool given_up);

/* An error of a script says where it was; at the prompt the learner sees it. Returns -1. */
int lab_error_place(const struct lab_place *, int column, struct net_error *);

#endif
