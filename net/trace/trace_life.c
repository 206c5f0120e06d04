// SPDX-License-Identifier: GPL-3.0-or-later
// How a task begins, and the last that it does.
#include "net/trace/span.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { ALTERNATE_STACK_BYTES = 65536 };

void net_task_begin(struct net_task *t)
{
    struct net_event ev = {.kind = NET_EV_TASK_START};
    int tid = (int)syscall(SYS_gettid), pid = getpid();
    net_self = t;
    t->failures = net_arena_failures(t->arena);
    t->ring->task = t->id;
    t->ring->is_process_actor = t->is_process;
    atomic_store(&t->ring->pid, pid);
    atomic_store(&t->ring->tid, tid);
    atomic_store(&t->ring->use, NET_RING_LIVE);
    ev.u.task = (struct net_ev_task){.kind = t->kind, .pid = pid, .tid = tid, .parent = t->ring->parent_task};
    net_unsafe_begin(t);
    net_task_put(t, &ev);
    t->unsafe = 0;
}

void net_task_go_on(struct net_task *t)
{
    struct net_event ev = {.kind = NET_EV_CALL_RETURN,
                           .u.call = {.call = NET_CALL_EXECVE, .fd = -1, .enter_ns = t->ring->entered_ns}};
    net_self = t;
    t->failures = net_arena_failures(t->arena);
    atomic_store(&t->ring->writing, 0);
    atomic_store(&t->ring->in_call, NET_CALL_NONE);
    net_unsafe_begin(t);
    net_task_put(t, &ev);
    t->unsafe = 0;
}

void *net_stack_begin(stack_t *old)
{
    void *bytes = malloc(ALTERNATE_STACK_BYTES);
    const stack_t alternate = {.ss_sp = bytes, .ss_size = ALTERNATE_STACK_BYTES};
    sigaltstack(bytes ? &alternate : NULL, old);
    return bytes;
}

void net_stack_end(void *bytes, const stack_t *old)
{
    sigaltstack(old, NULL);
    free(bytes);
}

/* Report each socket that is still open, and close all: the kernel acts on them now, not after the thread is gone. */
static void close_all(struct net_task *t)
{
    net_kept_report(t);
    if (!t->has_lab_files)
        syscall(SYS_close_range, 3, ~0U, 0);
}

static void put_end(struct net_task *t, enum net_event_kind kind, bool zombie)
{
    struct net_event ev = {.kind = (uint16_t)kind, .u.end = t->end};
    ev.u.end.zombie = zombie;
    ev.u.end.pid = atomic_load(&t->ring->pid);
    net_task_put(t, &ev);
}

void net_task_report_over(struct net_task *t)
{
    bool child = t->kind == NET_TASK_CHILD;
    close_all(t);
    /* Also a task that was made to end reports its end: there is room, or the main thread does it in its place. */
    put_end(t, NET_EV_TASK_END, child);
    if (t->kind == NET_TASK_MAIN || t->is_hand)
        put_end(t, NET_EV_ACTOR_END, false);
}

_Noreturn void net_process_end(struct net_task *t)
{
    net_unsafe_begin(t);
    net_task_report_over(t);
    atomic_store(&t->ring->use, NET_RING_ENDED);
    net_exit_now(t->end.status & 0xff);
}
