// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of a traced call: who the calling task is, how a call is recorded, stopped and gated.
#ifndef NET_TRACE_TRACE_H
#define NET_TRACE_TRACE_H

#include "net/data/event.h"
#include "net/ring/ring.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

/*
 * net/trace/traced.h turns `recv(...)` in a chapter program into `net_recv(__LINE__, ...)`. Each such function: passes
 * the gate, puts CALL_ENTER, makes the real call, puts CALL_RETURN. Where the call can change or discover a state of
 * TCP (connect, accept, listen; shutdown and close before; recv and send that return 0 or less) it also samples the
 * socket with its own descriptor. The cost of the common path is two clock reads and two records.
 *
 * The calling task is found by a thread-local pointer. A thread of the lab that runs a program shares nothing else with
 * it: its descriptors (from 3 up) are its own, so a traced function may use descriptors 0-2 and shared memory, nothing
 * more.
 *
 * Ends. exit(), abort(), a deadly signal or the lab's wish end a task by siglongjmp to its base (thread) or by the real
 * thing (process). The wish is a signal (NET_STOP_SIGNAL) sent again every millisecond until the task is over; its
 * handler jumps unless the task is in an unsafe section (libc may hold a lock: printf, malloc ...), whose end looks at
 * `stop` again. As its last act a thread closes all its descriptors, so that the kernel has acted before TASK_END is
 * put.
 */
/* Not a real-time signal: those queue, and a thread that gets no processor for a while would find one frame per
 * millisecond on its stack. Nothing else uses this one. */
#define NET_STOP_SIGNAL SIGSTKFLT

enum {
    NET_SIGNALS = 65,
    NET_TRACE_DATA_MAX = 256 /* bytes of a buffer that a call's event carries */,
    NET_LINE_MAX = 1000,
    NET_KEPT = 1024,
    NET_OWN_TASKS = 1200,      /* processes and threads that an own program may have at a time */
    NET_PRINTED_MOST = 1 << 20 /* bytes of output that are kept of one process of an own program */
};

/* In the address of a NET_EV_SITE: it is a line of the file that is named, which is run as it stands. */
#define NET_SITE_IS_LINE ((uint64_t)1 << 63)

struct net_thread;
struct net_blocks;
struct net_hand_box;
struct net_task_group;

struct net_task {
    struct net_arena *arena;
    struct net_ring *ring;
    struct net_failures *failures; /* the arena's */
    uint32_t actor, id;
    enum net_host host;
    uint8_t kind;       /* enum net_task_kind */
    bool is_process;    /* real death; dispositions are the kernel's */
    bool is_hand;       /* has no gate */
    bool goes_on;       /* it began before an exec: no beginning is told */
    bool is_own;        /* a program of the learner's (net/preload): its descriptors 0 to 2 and its ends are real */
    uint32_t site;      /* of an own program: where it makes the call that is opened next */
    bool has_lab_files; /* it could not get a table of descriptors of its own: those there are the lab's */
    volatile sig_atomic_t unsafe;      /* depth of sections that must not be jumped out of */
    volatile sig_atomic_t in_call;     /* enum net_call while in the kernel */
    volatile sig_atomic_t interrupted; /* enum net_interrupt: by what a handler broke the present call */
    volatile sig_atomic_t handling;    /* depth of handlers of the program that run */
    volatile sig_atomic_t copying;     /* a fault now is the program's bad pointer: jump to copy_base */
    volatile sig_atomic_t from_pid;    /* sender of the signal that was put off last */
    sigjmp_buf base, copy_base;
    volatile sig_atomic_t base_set;
    bool waits_for_threads; /* the first task called pthread_exit() */
    void *thread_result;    /* of a thread: for who joins it */
    struct net_ev_end end;  /* how it ended, filled before the jump */
    struct net_task_group *group;
    struct net_hand_box *box; /* of a hand */
    uint16_t output_line;
    uint16_t output_bytes; /* of an unfinished line */
    bool output_is_out;    /* of an own program: it was written, and is not in a buffer of libc's */
    char output[NET_LINE_MAX];
};

/*
 * Kept by all threads of one actor, or of one process that an actor made. Freed by whoever made the actor, after its
 * last thread.
 *
 *   threads  how many run, the first one included: a futex word
 *   ending   1 before the first task is made to leave because another thread of the actor called exit() or was hit by
 *            a deadly signal; `end` then says how (2 while that is being written)
 */
#define NET_GROUP_AWAITED 0x80000000u /* in threads: somebody waits for it to change */
struct net_kept { /* the socket that a descriptor refers to, as far as known (net/trace/trace_sample.c) */
    _Atomic uint64_t cookie, names, rest;
};
struct net_task_group {
    _Atomic uint32_t threads;
    _Atomic uint32_t ending;
    struct net_ev_end end;
    struct net_ring *first;  /* ring of the first task */
    struct net_ring *budget; /* whose looked_ns all tasks and processes of the actor share (net/trace/trace_sample.c) */
    pthread_mutex_t lock;    /* of `made` and `blocks`; taken in unsafe sections only, held over nothing that waits for
                                another task */
    struct net_thread *made;
    struct net_blocks *blocks;
    uint64_t screen[2];       /* of an own program: inodes of what the lab gave it as 1 and 2 */
    _Atomic uint64_t printed; /* bytes of output, of an own program */
    _Atomic int kept_top;     /* none of kept[] from here on is a socket */
    _Atomic bool holds_more;  /* there were sockets beyond kept[] */
    struct net_task task;     /* the first one */
    struct net_kept kept[NET_KEPT];
    struct sigaction dispositions[NET_SIGNALS]; /* what the program asked for, by signal number */
};

/* Beside a signal of the lab's own (NONE): a handler that had asked for SA_RESTART, or one that had not. */
enum net_interrupt { NET_INTERRUPT_NONE, NET_INTERRUPT_RESTARTS, NET_INTERRUPT_BREAKS };

extern _Thread_local struct net_task *net_self;

/*
 * Install the process-wide handlers that dispatch to tasks (once, main thread, before any actor), and block SIGCHLD in
 * the caller. Handlers of crashes (SIGSEGV ...) that were there before are called when a thread of the lab itself
 * crashes: whoever wants one installs it first.
 */
void net_trace_init(void);
/* End the calling task now with this end. Does not return. */
_Noreturn void net_task_leave(struct net_ev_end end);

/* With its first task, whose ring was claimed: NULL without memory. box: a hand's, else of no meaning. */
struct net_task_group *net_task_group_new(struct net_arena *, struct net_ring *, struct net_hand_box *box);
void net_task_group_free(struct net_task_group *);

/*
 * The whole life of a first task, on its own thread or in its own process: t->arena, ring, actor, id, host, is_process,
 * is_hand and group are set. Puts TASK_START, calls the program, ends what it left running, closes its descriptors,
 * puts TASK_END and ACTOR_END. Returns for a thread; a process exits.
 */
void net_task_run(struct net_task *t, int (*program)(int argc, char **argv), int argc, char **argv);

#endif
