// SPDX-License-Identifier: GPL-3.0-or-later
// A script: lines of commands, carried out one after the other.
#ifndef LAB_SESSION_SCRIPT_H
#define LAB_SESSION_SCRIPT_H

#include "lab/session/condition.h"
#include "lab/session/session.h"

struct lab_script_line {
    int number;
    struct lab_command *commands; /* given to the runner when its turn comes */
    enum lab_command_id broken;   /* what it begins with, where it cannot be read and others were read behind it */
};

/*
 * Read whole before it runs, or line by line where they come so (open). A `predict` and the choices behind it are one
 * question; it is answered, by the kernel, when the next question comes or the script ends: then exactly one choice has
 * to be true, or the question was a bad one and counts as an expectation that did not hold. `versus` is such an end
 * too: what it runs is no answer.
 *
 * A command ends when the wire has taken what its call has sent (session.c); a line, when what its calls have sent has
 * arrived, is held, or is lost: on a wire with a delay the next line waits that long. What is sent in answer is not
 * waited for, and at the prompt nothing is.
 */
struct lab_script {
    char *file;
    enum lab_reach reach;
    struct lab_script_line *lines;
    size_t count, next;
    int line; /* being or about to be carried out */
    enum lab_script_state state;
    bool stepwise, ask, step_asked, skipped;
    bool compares;              /* it has a `versus` */
    bool open;                  /* more lines may come: it was begun by lab_session_start_lines() */
    bool halted;                /* it stopped for the learner: its times are his */
    uint64_t asked_ns;          /* when its question was asked */
    uint64_t begun_ns, over_ns; /* when the last line was begun; when all its commands were over, 0: they are not */
    bool question_open;
    uint64_t question_deadline_ns;
    struct lab_question question;
    struct lab_condition *condition[LAB_CHOICES]; /* in the order of the question's choices */
    struct net_error error;
    unsigned held, failed;
    char reason[240]; /* of what does not hold from here on; "" none was given */
};

/* NULL with err: FILE:LINE:COLUMN and the sentence. */
struct lab_script *lab_script_new(const struct lab_language *, const char *text, const struct lab_place *first_line,
                                  struct lab_scope *, struct net_error *);
/* One without lines yet; NULL without memory. */
struct lab_script *lab_script_new_open(const char *file);
void lab_script_free(struct lab_script *);

/* What a line begins with; the same of one that cannot be read, by what it was to be; whether it is a part of the
 * question before it: choice, because, hint. */
bool lab_line_is(const struct lab_script_line *, enum lab_command_id);
bool lab_line_is_meant(const struct lab_script_line *, enum lab_command_id);
bool lab_line_is_part(const struct lab_script_line *);
/* The question of a predict, with its parts in the lines from `next` on, its choices in the order of the seed; choices:
 * the same as the commands that they are. */
void lab_question_take(const struct lab_script *, const struct lab_command *predict, size_t next, uint64_t seed,
                       struct lab_question *, struct lab_command *choices[LAB_CHOICES]);

/* Carry the session's script one thing on; false when it waits or there is none. */
bool lab_script_advance(struct lab_session *);
/* When it has to be looked at again without an event (0: never). */
uint64_t lab_script_deadline(const struct lab_session *, uint64_t now_ns);
/* has_place: the sentence says already where. */
void lab_script_fail(struct lab_session *, const struct net_error *, bool has_place);

#endif
