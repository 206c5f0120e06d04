// SPDX-License-Identifier: GPL-3.0-or-later
// The clean slate: every actor, child and thread is made to end, and waited for.
#include "net/actor/own.h"

#include "net/trace/fail.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLAIM_NS = 500000000 };

static bool is_taken(struct net_ring *r)
{
    uint32_t use = atomic_load(&r->use);
    return use == NET_RING_LIVE || use == NET_RING_CLAIMED;
}

/* A parent that was killed while it forked leaves a ring for a child that never was; one that is would have spoken by
 * now. */
static bool is_for_nobody(const struct net_actors *all, struct net_ring *r)
{
    uint64_t claimed_ns = atomic_load(&r->last_ns);
    const struct net_watched_task *parent = net_watched_by_id(all, r->parent_task);
    return atomic_load(&r->use) == NET_RING_CLAIMED && atomic_load(&r->pid) == 0 && claimed_ns != 0 &&
           (!parent || parent->dead) && net_now_ns() - claimed_ns > CLAIM_NS;
}

/* Also what began too late to be known: every ring that is taken belongs to somebody. */
static bool end_owner(struct net_actors *all, struct net_ring *r)
{
    int pid = atomic_load(&r->pid), tid = atomic_load(&r->tid);
    atomic_store(&r->stop, NET_STOP_END);
    if (is_for_nobody(all, r)) {
        net_ring_abandon(r);
        return true;
    }
    if (pid == 0 || !r->is_process_actor) {
        if (tid != 0)
            syscall(SYS_tgkill, getpid(), tid, NET_STOP_SIGNAL);
        return false;
    }
    char state = net_proc_state(pid, pid);
    if (state != 0 && state != 'Z' && state != 'X') {
        kill(pid, SIGKILL);
        return false;
    }
    struct net_watched_task *known = net_watched_by_id(all, r->task);
    /* Nobody else will reap a child that no event has reported, once its own parent is gone. */
    if (!known && state == 'Z' && waitpid(pid, NULL, WNOHANG) != pid)
        return false;
    if (known && !known->dead)
        net_watched_died(all, known);
    else
        net_ring_abandon(r);
    return true;
}

/* Ended by itself before its first event was read: nobody knows of it, and when its parent is gone it is this process
 * that has to reap it. */
static bool is_unknown_left(const struct net_actors *all, struct net_ring *r)
{
    int pid = atomic_load(&r->pid);
    if (atomic_load(&r->use) != NET_RING_ENDED || !r->is_process_actor || pid == 0 || net_watched_by_id(all, r->task))
        return false;
    return waitpid(pid, NULL, WNOHANG) != pid && net_proc_state(pid, pid) != 0;
}

/* A ring that was looked at already may be taken by a fork before the look comes to the parent, which then ends: only a
 * look without a claim meanwhile has seen that nobody is left. */
static bool end_owners(struct net_actors *all)
{
    bool ended = true;
    uint64_t claims = net_arena_claims(all->arena);
    size_t top = net_arena_top(all->arena);
    for (size_t i = NET_FIRST_TASK_RING; i < top; i++) {
        struct net_ring *r = net_arena_ring(all->arena, i);
        if ((is_taken(r) && !end_owner(all, r)) || is_unknown_left(all, r))
            ended = false;
    }
    return ended && net_arena_claims(all->arena) == claims;
}

/* A thread that has ended may still be on its way out of the kernel. */
static bool are_threads_gone(const struct net_actors *all)
{
    for (size_t i = 0; i < all->task_count; i++) {
        const struct net_watched_task *known = &all->tasks[i];
        int tid = known->tid || !known->ring ? known->tid : atomic_load(&known->ring->tid);
        if (!known->is_process && net_thread_is_there(all, tid))
            return false;
    }
    return true;
}

static bool are_children_reaped(const struct net_actors *all)
{
    for (size_t i = 0; i < all->task_count; i++) {
        const struct net_watched_task *known = &all->tasks[i];
        if (known->is_process && net_proc_state(known->pid, known->pid) != 0)
            return false;
    }
    return true;
}

static void settle_ended(struct net_actors *all)
{
    for (struct net_actor *actor = all->actors; actor; actor = actor->next)
        if (actor->has_thread && actor->ring && atomic_load(&actor->ring->use) == NET_RING_ENDED) {
            pthread_join(actor->thread, NULL);
            actor->has_thread = false;
        }
}

/* Processes of own programs that have no ring, since nobody told of them. */
static void end_unseen(struct net_actors *all)
{
    net_own_find_children(all);
    for (size_t i = 0; i < all->task_count; i++) {
        struct net_watched_task *known = &all->tasks[i];
        if (!known->is_process || known->ring || known->dead || known->kind != NET_TASK_CHILD)
            continue;
        known->cleared = true;
        kill(known->pid, SIGKILL);
    }
}

static bool clear_once(struct net_actors *all)
{
    end_unseen(all);
    bool ended = end_owners(all);
    settle_ended(all);
    net_actors_reap(all);
    net_watched_tidy(all);
    return ended && are_threads_gone(all) && are_children_reaped(all);
}

unsigned net_actors_clear(struct net_actors *all, unsigned deadline_ms)
{
    const struct timespec pause = {.tv_nsec = 200000};
    uint64_t end_ns = net_now_ns() + deadline_ms * UINT64_C(1000000);
    net_failures_forget(net_arena_failures(all->arena), 0);
    while (!clear_once(all)) {
        if (net_now_ns() >= end_ns) {
            unsigned alive = net_actors_alive(all);
            return alive > 0 ? alive : 1; /* a child, or a thread on its way out */
        }
        nanosleep(&pause, NULL);
    }
    return 0;
}
