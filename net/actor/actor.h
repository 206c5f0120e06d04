// SPDX-License-Identifier: GPL-3.0-or-later
// Actors: running programs and hands, as threads of the lab or as processes.
#ifndef NET_ACTOR_ACTOR_H
#define NET_ACTOR_ACTOR_H

#include "net/actor/build.h"
#include "net/trace/image.h"
#include "net/data/call.h"
#include "net/base/error.h"
#include "net/data/event.h"
#include "net/host/hosts.h"
#include "net/data/option.h"
#include "net/data/program.h"
#include "net/ring/ring.h"

/*
 * All functions: main thread. An actor is known by its id (net_arena_next_id), which is never used again. These
 * functions return as soon as the kernel has been asked; events say what came of it.
 */
struct net_actors;

struct net_actors *net_actors_new(const struct net_hosts *, struct net_arena *, struct net_error *);
/* End and reap everything, then free. False: a thread could not be ended (its program may block signals) and goes on,
 * with its ring and what it was started with: the arena must stay. */
bool net_actors_free(struct net_actors *);

/*
 * What an actor is. USUAL is a thread of the lab, but for programs that fork, make threads or limit themselves. A fork
 * in a thread of the lab copies the lab, which then pays a page fault for each page that it writes next, for every
 * child: a server with a thousand takes several times as long. Threads come and go with their stacks, and every such
 * change of the memory concerns each processor that works in it: the lab and the program would hold each other up. A
 * limit would be the lab's own.
 */
enum net_way { NET_AS_USUAL, NET_AS_THREAD, NET_AS_PROCESS };

struct net_actor_spec {
    char name[16]; /* "server", "c1": as the learner calls it */
    enum net_host host;
    const struct net_program *program; /* NULL: a hand, or a file */
    const char *file;                  /* of a program of the learner's: the path of an executable; NULL: none */
    int argc;
    const char *const *argv; /* argv[0] the program's name; copied */
    enum net_way as;         /* a program that limits itself is a process whatever is said here */
    bool stepped;            /* its gate starts closed */
    const char *folder;      /* it can write here and nowhere else (net_confine()); NULL: wherever the user may */
};
/* The id, or 0 with err. A process is there when it returns, and reports its beginning soon after. */
uint32_t net_actor_start(struct net_actors *, const struct net_actor_spec *, struct net_error *);

/*
 * Deliver a signal. To a process: kill(2), of its first task or of the child whose task id is given. To a thread: what
 * the program's disposition says is done by the lab's dispatcher; SIGKILL ends it; SIGSTOP, SIGCONT and crashes need a
 * process, and err says so.
 */
int net_actor_signal(struct net_actors *, uint32_t actor, uint32_t task /* 0: the first */, int signo,
                     struct net_error *);
/* The blocked call of its (first, or named) task returns -1 EINTR. Error when it is in no call that blocks. */
int net_actor_cancel(struct net_actors *, uint32_t actor, uint32_t task, struct net_error *);

/*
 * The named call, made by any task of the actor, is not made but fails with that errno: `times` times, after so many
 * that are let be. errors: the actor has ended; a call that cannot fail so (net_call_can_fail).
 */
int net_actor_fail(struct net_actors *, uint32_t actor, unsigned call, int error, uint32_t after, uint32_t times,
                   struct net_error *);

/* The gate of all tasks of an actor (0: of every actor, and of those to come): open, close, or let one call pass. */
enum net_gate_move { NET_GATE_OPEN, NET_GATE_CLOSE, NET_GATE_ONE };
int net_actor_gate(struct net_actors *, uint32_t actor, enum net_gate_move, struct net_error *);

/* State letter of a task as /proc says now ('R', 'S', 'D', 'T', 'Z'; 0 gone; '?' no descriptor is left to ask with),
 * and its memory. */
char net_task_state_letter(struct net_actors *, uint32_t task);
/* Tasks that were stopped, whoever did it, in the middle of an event hold back nobody any more (net_ring_stopped). Main
 * thread; reads /proc of those that seem to be. */
void net_tasks_stopped(struct net_actors *);
/* Whether the owner of this ring lives, but none of its events was read yet: it is about to do something. Main thread;
 * reads /proc. */
bool net_task_is_unseen(const struct net_actors *, struct net_ring *);
struct net_task_memory {
    uint64_t vm_bytes, rss_bytes;
};
/* Of the process that it runs in; task 0: the lab's own. -1: it is gone. */
int net_task_memory(struct net_actors *, uint32_t task, struct net_task_memory *out);

/* Watch the children that the events have reported: call after each drain. */
void net_actors_watch(struct net_actors *);
/* See to deaths: call when net_actors_death_fd() is readable, after a drain, so that what the dead have reported and
 * their parents have collected is known; puts TASK_END, ACTOR_END, TASK_REAPED. true: somebody died. */
int net_actors_death_fd(struct net_actors *); /* an epoll descriptor over pidfds */
bool net_actors_reap(struct net_actors *);

/* End every actor, child and thread, reap the children, wait until the kernel has closed their descriptors; ids stay
 * used. Bounded by deadline_ms. Returns 0 when nothing is left, else how many actors are, at least 1 (it may be a child
 * of one that has ended). */
unsigned net_actors_clear(struct net_actors *, unsigned deadline_ms);
unsigned net_actors_alive(const struct net_actors *);
/* It changes with whatever is done to a task from here that may wake it, before it makes an event of that. */
unsigned long net_actors_moves(const struct net_actors *);
/* A process has reported its end, and has still to end: its parent knows nothing yet, it is no zombie. */
bool net_actors_ending(const struct net_actors *);

/*
 * An option of any socket of any task, in the task's own table, without disturbing a call that is blocked on it
 * (pidfd_getfd(2); where the kernel is too old for threads, the task itself does it in a signal handler).
 *   value   in for set; out for get (the kernel's answer afterwards, also after a set).
 *   errors  -1: no such task or descriptor, not a socket, what the kernel refused and why.
 */
int net_actor_option(struct net_actors *, uint32_t task, int fd, const struct net_option *, bool set,
                     struct net_option_value *value, struct net_error *);

/* The connection behind that descriptor of a task will end without a word, as when the power fails: nothing is sent
 * when it is closed (TCP_REPAIR). Nothing happens where the kernel does not let us. */
void net_actor_hush(struct net_actors *, uint32_t task, int fd);

/* A hand's next call (net/actor/hand.h says which; fork() is net_actor_hand_fork()). Error when it is still in one: the
 * sentence names it. */
struct net_hand_request;
int net_actor_hand_call(struct net_actors *, uint32_t actor, const struct net_hand_request *, struct net_error *);
/*
 * Let a hand fork. Its child is a hand of that name, on its host, with copies of its descriptors, and an actor of its
 * own: the id; it is there when its events say so. 0 with err: the hand cannot take a call; NET_HANDS_FORKED hands that
 * were made so live already.
 */
enum { NET_HANDS_FORKED = 64 };
uint32_t net_actor_hand_fork(struct net_actors *, uint32_t actor, const char *name, struct net_error *);
/* It lives and has a call to make, is in one, or on its way back from it: the signal that a call raised (SIGPIPE) comes
 * after the call's return. Once this is false, all of that has been reported. */
bool net_actor_hand_busy(const struct net_actors *, uint32_t actor);

#endif
