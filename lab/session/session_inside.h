// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of a session, for the files that carry commands out.
#ifndef LAB_SESSION_SESSION_INSIDE_H
#define LAB_SESSION_SESSION_INSIDE_H

#include "lab/language/row.h"
#include "lab/session/script.h"
#include "lab/compare/versus.h"

/*
 * A command being carried out. Its row's run function is called when it begins and after every batch of events, until
 * it returns something else than LAB_WAITS; `phase` (0 at first) says how far it has come. It never blocks: what it
 * waits for it says with lab_doing_wait().
 */
struct lab_doing {
    struct lab_session *session;
    struct lab_command *command;
    int phase;
    uint64_t begun_ns, deadline_ns; /* of the wait; 0 none */
    bool asks_kernel;               /* waits for something that makes no event: look again soon */
    uint64_t asleep_ns;             /* since when the actor was found asleep */
    uint32_t actor;
    size_t mark; /* journal index from which the answer is looked for */
    char what[160];
    struct net_error *err;
};

/* Say what is waited for and until when (limit_ns from now, counted once per phase); returns LAB_WAITS. */
enum lab_outcome lab_doing_wait(struct lab_doing *, uint64_t limit_ns, bool asks_kernel, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void lab_doing_next(struct lab_doing *); /* the next phase */
bool lab_doing_late(const struct lab_doing *);
enum lab_outcome lab_doing_fail(struct lab_doing *, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool lab_doing_at_prompt(const struct lab_doing *);

/* The settings of a script, as far as it was read; count may be more than there is room for. */
struct lab_settings {
    char name[LAB_SETTINGS_MAX][LAB_SETTING_BYTES];
    size_t count;
};
bool lab_settings_add(struct lab_settings *, const char *name);
/* Those that a command names; `clear` forgets all. */
void lab_settings_note(struct lab_settings *, const struct lab_command *);
/* Those that lines of this experiment belonged to, as the journal has them. */
void lab_settings_of_journal(const struct lab_session *, struct lab_settings *);
/* Whether they can be compared; the sentence says why not. */
int lab_settings_check(const struct lab_settings *, struct net_error *);

struct lab_runner;
/* One look at what the runner does; true when something changed that others may see. */
bool lab_runner_advance(struct lab_session *, struct lab_runner *);
void lab_runner_drop(struct lab_runner *); /* all that is queued */

/*
 * Whether the run is under that setting; the first one that is named is the run's. NULL: none is asked for.
 */
bool lab_session_is_under(struct lab_session *, const char *setting);
/* What `versus` was doing when its command was dropped is forgotten; what it has kept stays. */
void lab_comparing_free(struct lab_session *);
/* Say that the learner gives `versus` up, if it is being carried out. */
void lab_comparing_give_up(struct lab_session *);

struct lab_runner {
    struct lab_command *queue; /* the first is being carried out when `busy` */
    bool busy;
    bool is_inside;    /* another command carries these out, and tells of their errors */
    bool is_paced;     /* each command that does something begins when nothing moves any more: see PACE_NS */
    uint64_t paced_ns; /* since when the next one waits for that */
    struct lab_doing doing;
    struct net_error error; /* of the last command that failed */
    int error_line;         /* its place */
    unsigned errors;
};

/* A sysctl as it was before the learner changed it. */
struct lab_kept_sysctl {
    struct lab_kept_sysctl *next;
    enum net_host host;
    char name[80], value[128];
};

struct lab_session {
    struct lab_session_spec spec;
    struct net_engine engine;
    struct lab_journal *journal;
    struct lab_state *state;
    struct lab_runner prompt, scripted;
    struct lab_script *script;
    const struct lab_command *carried; /* the command whose run function is called now: replies are its; NULL */
    lab_reply_fn *reply;
    void *reply_user;
    lab_forget_fn *forget;
    void *forget_user;
    struct lab_kept_sysctl *sysctls;
    struct lab_matrix *matrix;         /* NULL until it was asked for */
    struct lab_matrix_run *matrix_run; /* `matrix run` being carried out; NULL none */
    struct lab_comparison *comparison; /* the comparison being carried out, which ends with its command; NULL none */
    bool stepping, stretched, quit, broken;
    char setting[LAB_SETTING_BYTES]; /* the run is under this one; "": none was named yet */
    struct lab_versus *versus;       /* runs that were kept; NULL none */
    unsigned comparisons;            /* made so far */
    struct lab_comparing *comparing; /* `versus` being carried out (command_versus.c); NULL */
    bool tidies;                     /* a clear is over: memory is to be given back */
    int input_fd;                    /* of the last wait; -1: nobody types */
    uint64_t owed_ns;                /* events until then are to be taken before a command is looked at; 0: none */
    bool behind;                     /* there is more to carry out, or to look at, than was in the last turn */
    int error_column;                /* of the last line that was refused */
    unsigned time_noted;             /* what the last TIME note said */
};

/* End every actor, empty the wire, restore time and sysctls, without beginning anew: no note, and the experiment goes
 * on. How many actors could not be ended. */
unsigned lab_session_sweep(struct lab_session *);
/* Take in every event so far; true when there was one. */
bool lab_session_drain(struct lab_session *);
void lab_session_note(struct lab_session *, enum lab_note_kind, unsigned flags, const char *text);
/* The same with all of its numbers. */
void lab_session_note_about(struct lab_session *, const struct net_ev_note *, const char *text);
/* A note about this command: what it is, whom and what it names, its numbers, its line. */
struct net_ev_note lab_note_of(const struct lab_session *, enum lab_note_kind, const struct lab_command *);
/* One line of an answer: a note, and the reply function. */
void lab_reply(struct lab_session *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with the numbers that the answer says; kind is set here. */
void lab_reply_about(struct lab_session *, struct net_ev_note, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Stretch or restore the hosts' timers by what is in force (the wire held, calls stepped), and note the change. */
int lab_session_update_time(struct lab_session *, struct net_error *);

/* When the experiment began (0: with the session). */
uint64_t lab_experiment_ns(const struct lab_state *, const struct lab_journal *);
size_t lab_experiment_index(const struct lab_session *);
/* Zero of the times in replies, CLOCK_MONOTONIC: the beginning of the experiment, as in the panes; without a screen
 * that of the session, as in the lines around them. */
uint64_t lab_zero_ns(const struct lab_session *);
/* The latest actor of that name in this experiment; NULL. */
const struct lab_actor *lab_find_actor(const struct lab_session *, const char *name);
/* The same, alive, or the sentence why not. */
const struct lab_actor *lab_need_actor(struct lab_doing *, const char *name);

/*
 * A socket by ACTOR or ACTOR.FD: in a descriptor table now, or, for fd -1 and for closed ones, the one that it last
 * was.
 *
 *   task, fd   where a descriptor refers to it; task 0 when none does.
 *   returns    index in state->sockets; LAB_NONE.
 */
int lab_find_socket(const struct lab_session *, const struct lab_actor *, int fd, uint32_t *task, int *fd_out);
/* The sentence about a call that a task is in: "c1 is in recv(3, ...) for 3.2 s". */
const char *lab_busy_text(const struct lab_session *, const struct lab_task *, char *out, size_t out_bytes);

/*
 * Nothing more comes by itself, as far as this actor (0: all) is concerned: the lab is quiet; or the actor has slept
 * for 0.1 s while others are busy. Late: yes.
 */
bool lab_settled(struct lab_doing *, uint32_t actor);
/* The kernel says that the task sleeps in its call. */
bool lab_task_sleeps(struct lab_session *, const struct lab_task *);

#endif
