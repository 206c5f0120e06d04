// SPDX-License-Identifier: GPL-3.0-or-later
// What net/actor*.c share.
#ifndef NET_ACTOR_ACTOR_PRIVATE_H
#define NET_ACTOR_ACTOR_PRIVATE_H

#include "net/actor/actor.h"
#include "net/actor/build_private.h"
#include "net/actor/hand_box.h"
#include "net/base/clock.h"
#include "net/base/proc.h"
#include "net/base/sanitized.h"
#include "net/trace/trace.h"

/* The last of an actor's descriptors that is /dev/null from the beginning on. */
enum { NET_LAST_NULL = NET_UNDER_TSAN || NET_UNDER_ASAN ? 1 : 2 };

/* An actor, from its start until it is over and cleared. */
struct net_actor {
    struct net_actor *next;
    const struct net_hosts *hosts;
    uint32_t id, first_task;
    char name[16];
    enum net_host host;
    const struct net_program *program; /* NULL: a hand, or an own program */
    bool as_process;
    bool is_own; /* net/actor/own.h; its file, whether it is traced, its pipes: [k][0] read */
    bool is_traced, has_image;
    uint64_t started_ns;
    char *file;
    int output[2][2];
    uint64_t printed;
    char *folder;   /* of its spec, owned; NULL */
    bool over;      /* ACTOR_END has passed */
    bool is_forked; /* a hand that another one has made by fork(); its parent's task, and whether it has shown itself */
    bool has_begun;
    uint32_t parent_task;
    /* NULL, or nothing, once it is over and its thread joined: */
    int argc;
    char **argv; /* one block, words included */
    struct net_ring *ring;
    struct net_task_group *group; /* of a thread */
    pthread_t thread;
    bool has_thread; /* not joined yet */
};

/* What the main thread knows of a task, from its start until nothing of it is left: no ring, no thread, no zombie. */
struct net_watched_task {
    uint32_t id, actor, parent;
    struct net_ring *ring; /* NULL once released */
    int pid, tid;
    int pidfd;           /* of a process's first task while it lives; -1 */
    int reported_signal; /* that it said itself it dies of */
    uint8_t kind;
    bool is_process;
    bool ended;            /* TASK_END has passed */
    bool dead;             /* process: found dead */
    bool reaped;           /* process: nobody has to wait for it any more */
    bool cleared;          /* process without a ring: the lab has ended it */
    bool no_pidfd;         /* process: too many descriptors, looked at on the tick */
    uint8_t checks;        /* at a process that is gone and of which nobody has said yet how it ended */
    struct net_ev_end end; /* as it said, or was found dead */
};

enum { NET_NEW_CHILDREN = 256 /* those beyond are watched at once */ };

struct net_actors {
    const struct net_hosts *hosts;
    struct net_arena *arena;
    struct net_actor *actors;
    struct net_watched_task *tasks; /* sorted by id */
    size_t task_count, task_room;
    uint32_t new_children[NET_NEW_CHILDREN]; /* children that are not watched yet: until the drain is over */
    size_t new_count;
    int epoll_fd, timer_fd;
    int library_fd; /* of net/preload, in memory; -1: no own program has run yet */
    struct net_lines *lines;
    struct net_build_shop shop;
    uint64_t unseen_ns;       /* when programs that are not traced were looked at last */
    int pid;                  /* of the lab: asked for once */
    uint64_t passed_ns;       /* time of the last event that passed the filter */
    unsigned long moves;      /* how often something was done to a task that may wake it */
    unsigned ticks;           /* since something began to be waited for; 0: the timer is off */
    bool gate_closed;         /* for actors to come */
    bool without_pidfd_getfd; /* tests: as if the kernel were too old */
};

struct net_actor *net_actor_by_id(const struct net_actors *, uint32_t id);
struct net_watched_task *net_watched_by_id(const struct net_actors *, uint32_t task);
struct net_watched_task *net_watched_by_ring(const struct net_actors *, const struct net_ring *);
/* New, or the one that is there. NULL: no memory. */
struct net_watched_task *net_watched_add(struct net_actors *, uint32_t task, uint32_t actor);
void net_watched_remove(struct net_actors *, struct net_watched_task *);
/* Its handler is to look at its ring: a wish to stop, a signal. */
void net_watched_interrupt(const struct net_watched_task *);
void net_actor_free(struct net_actor *);
/* Free actors that are over, or all, but for those whose thread is not joined. */
void net_actors_forget(struct net_actors *, bool everything);
/* Drop those of whom nothing is left. */
void net_watched_tidy(struct net_actors *);
/* Its process is to be looked after from now on. */
void net_watched_watch(struct net_actors *, struct net_watched_task *);
/* Call net_actors_reap() again soon. */
void net_actors_tick(struct net_actors *);
/* As net_actor_hand_call(), of fork() too. */
int net_hand_post(struct net_actors *, uint32_t actor, const struct net_hand_request *, struct net_error *);
/* Of a hand made by fork(): the event that it is there, just before the first of its own; and that there is none, its
 * ring having come back unused: true. */
void net_forked_begun(struct net_actor *, const struct net_event *first, net_sink_fn *, void *user);
bool net_forked_failed(struct net_actor *);
/* Between the rings and the sink. */
net_filter_fn net_actors_filter;
/* Its process is dead: find out how, and report it. */
void net_watched_died(struct net_actors *, struct net_watched_task *);
/* Of an actor that is linked nowhere yet, all signals being blocked: 0, or errno, and *call says of what. */
int net_actor_start_thread(struct net_actors *, struct net_actor *, const char **call);
int net_actor_spawn(struct net_actors *, struct net_actor *, const char **call);
/* Of a thread that has ended: join it, free what it ran with. */
void net_actor_finish_thread(struct net_actor *);
/* A thread of the lab's own process: the kernel still knows it. 0: none. */
bool net_thread_is_there(const struct net_actors *, int tid);
/* The task that a command means: alive, of this actor, the first one for 0. NULL with err. */
struct net_watched_task *net_watched_live(const struct net_actors *, uint32_t actor, uint32_t task, struct net_error *);

#endif
