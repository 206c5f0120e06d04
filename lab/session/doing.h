// SPDX-License-Identifier: GPL-3.0-or-later
// A command being carried out, and what its body may use of the session.
#ifndef LAB_SESSION_DOING_H
#define LAB_SESSION_DOING_H

#include "lab/language/command.h"
#include "lab/session/session.h"

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
    void *own;   /* what a command keeps while it is carried out; its row's drop frees it */
    char what[320];
    struct net_error *err;
};

/* Say what is waited for and until when (limit_ns from now, counted once per phase); returns LAB_WAITS. */
enum lab_outcome lab_doing_wait(struct lab_doing *, uint64_t limit_ns, bool asks_kernel, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void lab_doing_next(struct lab_doing *); /* the next phase */
bool lab_doing_late(const struct lab_doing *);
enum lab_outcome lab_doing_fail(struct lab_doing *, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool lab_doing_at_prompt(const struct lab_doing *);
/* An address or a socket of IPv6 is asked for (is_v6): -1 with err where the hosts have none, else 0. */
int lab_need_ipv6(const struct lab_doing *, bool is_v6);
/* Where servers are bound to on the machine's own loopback, when nobody says it. */
struct net_ip lab_bound_ip(const struct lab_session *, bool is_v6);
/*
 * On the machine's own loopback the lab has no network of its own: an address that leads out of the machine, to be
 * listened at or connected to, is for who started it with --bind and an address of the network (`listens`: that one,
 * or any with 0.0.0.0 or ::). -1: err says so. With hosts of the lab: 0.
 */
int lab_doing_may_reach(const struct lab_doing *, struct net_ip, bool listens);
/* The file that the command is to write, as it may. */
struct lab_file_wish lab_doing_file(const struct lab_doing *, const char *name, bool replace);

/* A sysctl as it was before the learner changed it. */
struct lab_kept_sysctl {
    struct lab_kept_sysctl *next;
    enum net_host host;
    char name[80], value[128];
};

/* A moment that `mark` has named: the first event behind it. */
struct lab_mark {
    char name[LAB_NAME_BYTES];
    size_t index;
};

/* What a command leaves for others, each as long as its comment says. */
enum lab_kept {
    LAB_KEPT_MATRIX, /* with the session: struct lab_matrix */
    LAB_KEPT_VERSUS, /* with the experiment: struct lab_versus */
    LAB_KEPTS
};

struct lab_session {
    struct lab_session_spec spec;
    struct net_engine engine;
    struct lab_journal *journal;
    struct lab_state *state;
    const struct lab_command *carried; /* the one whose body is called now: replies are its; NULL */
    unsigned depth;                    /* of bodies being called: above 1 it is a command inside of another */
    struct lab_kept_sysctl *sysctls;
    struct lab_mark *marks; /* of this experiment and of those before it */
    size_t mark_count;
    bool stepping, patient, quit;
    double speed;                    /* at which a screen shows what happens; 0: as it does */
    char setting[LAB_SETTING_BYTES]; /* the run is under this one; "": none was named yet */
    unsigned comparisons;            /* by `versus`, made so far */
    struct {
        void *thing;
        void (*drop)(void *);
    } kept[LAB_KEPTS];
    lab_page_lesson_fn *read_lesson; /* of the texts that the journal has; NULL: it has none */
    struct lab_session_own *own;     /* the session's */
};

/* Keep it in place of what was kept under that name; drop is called with it when its time is over. */
void lab_session_keep(struct lab_session *, enum lab_kept, void *thing, void (*drop)(void *));

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
/* Let the hosts be patient, or as they are, by what is in force (the wire held, calls stepped), and note the change. */
int lab_session_update_time(struct lab_session *, struct net_error *);

/* Whether the run is under that setting; the first one that is named is the run's. NULL: none is asked for. */
bool lab_session_is_under(struct lab_session *, const char *setting);

/* The commands predict and needs, and what came of an expectation of the script's own. */
int lab_script_ask(struct lab_session *, const struct lab_command *predict, struct net_error *);
/* `include` at the prompt: its lines as a script. Nothing is carried out before this returns. */
int lab_script_include(struct lab_session *, const struct lab_command *include, struct net_error *);
void lab_script_skip(struct lab_session *, const char *why);
void lab_script_expected(struct lab_doing *, bool held);
void lab_script_reason(struct lab_session *, const char *reason);
/* The script's file, "prompt" without one; whether it has come so far without a stop for the learner. */
const char *lab_script_file(const struct lab_session *);
enum lab_reach lab_script_reach(const struct lab_session *); /* of its lines; USER without one */
bool lab_script_ran_through(const struct lab_session *);

/* The latest of that name in this experiment; false: there is none. */
bool lab_mark_index(const struct lab_session *, const char *name, size_t *index);

/* ---- finding ---- */

/* When the experiment began. */
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
