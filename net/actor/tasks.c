// SPDX-License-Identifier: GPL-3.0-or-later
// The main thread's lists of actors and of their tasks, and what /proc says of a task.
#include "net/actor/own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- actors ------------------------------------------------------------------------------------------------------ */

struct net_actor *net_actor_by_id(const struct net_actors *all, uint32_t id)
{
    struct net_actor *actor = all->actors;
    while (actor && actor->id != id)
        actor = actor->next;
    return actor;
}

unsigned net_actors_alive(const struct net_actors *all)
{
    unsigned alive = 0;
    for (const struct net_actor *actor = all->actors; actor; actor = actor->next)
        alive += !actor->over && actor->ring && atomic_load(&actor->ring->use) != NET_RING_ENDED;
    return alive;
}

void net_actor_free(struct net_actor *actor)
{
    net_task_group_free(actor->group);
    free(actor->argv);
    free(actor->file);
    free(actor->folder);
    free(actor);
}

void net_actors_forget(struct net_actors *all, bool everything)
{
    for (struct net_actor **at = &all->actors; *at;) {
        struct net_actor *actor = *at;
        if (actor->has_thread || !(everything || actor->over)) {
            at = &actor->next;
            continue;
        }
        *at = actor->next;
        net_own_close(all, actor);
        net_actor_free(actor);
    }
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

/* Where a task is in the list, which is sorted by id, or would be. Every event of a task asks: of a thousand, too. */
static size_t place_of(const struct net_actors *all, uint32_t task)
{
    size_t low = 0, high = all->task_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (all->tasks[middle].id < task)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct net_watched_task *net_watched_by_id(const struct net_actors *all, uint32_t task)
{
    size_t at = place_of(all, task);
    return at < all->task_count && all->tasks[at].id == task ? &all->tasks[at] : NULL;
}

struct net_watched_task *net_watched_by_ring(const struct net_actors *all, const struct net_ring *ring)
{
    for (size_t i = 0; i < all->task_count; i++)
        if (all->tasks[i].ring == ring)
            return &all->tasks[i];
    return NULL;
}

struct net_watched_task *net_watched_add(struct net_actors *all, uint32_t task, uint32_t actor)
{
    struct net_watched_task *known = net_watched_by_id(all, task);
    if (known)
        return known;
    if (all->task_count == all->task_room) {
        size_t room = all->task_room ? all->task_room * 2 : 16;
        struct net_watched_task *larger = realloc(all->tasks, room * sizeof *larger);
        if (!larger)
            return NULL;
        all->tasks = larger;
        all->task_room = room;
    }
    /* Mostly the last: ids count up, and tasks are heard of in about that order. */
    size_t at = place_of(all, task);
    known = &all->tasks[at];
    memmove(known + 1, known, (all->task_count++ - at) * sizeof *known);
    *known = (struct net_watched_task){.id = task, .actor = actor, .pidfd = -1};
    return known;
}

/* A thread may be on its way out of the kernel for a moment after it was joined. */
bool net_thread_is_there(const struct net_actors *all, int tid)
{
    return tid != 0 && syscall(SYS_tgkill, all->pid, tid, 0) == 0;
}

static bool is_done(const struct net_actors *all, const struct net_watched_task *known)
{
    if (!known->ended || known->ring)
        return false;
    return known->is_process ? known->dead && known->reaped : !net_thread_is_there(all, known->tid);
}

/* One that did not come to begin. */
void net_watched_remove(struct net_actors *all, struct net_watched_task *known)
{
    memmove(known, known + 1, (size_t)(all->tasks + --all->task_count - known) * sizeof *known);
}

void net_watched_tidy(struct net_actors *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->task_count; i++) {
        if (!is_done(all, &all->tasks[i]))
            all->tasks[kept++] = all->tasks[i];
    }
    all->task_count = kept;
    net_actors_forget(all, false);
}

/* ---- asking one to look at its ring -------------------------------------------------------------------------------
 */

void net_watched_interrupt(const struct net_watched_task *known)
{
    int tid = atomic_load(&known->ring->tid);
    if (tid != 0)
        syscall(SYS_tgkill, atomic_load(&known->ring->pid), tid, NET_STOP_SIGNAL);
}

/* ---- what /proc says --------------------------------------------------------------------------------------------- */

char net_task_state_letter(struct net_actors *all, uint32_t task)
{
    const struct net_watched_task *known = net_watched_by_id(all, task);
    if (!known)
        return 0;
    int tid = known->tid;
    if (tid == 0 && known->ring)
        tid = atomic_load(&known->ring->tid);
    return tid ? net_proc_state(known->pid, tid) : 'R';
}

bool net_task_is_unseen(const struct net_actors *all, struct net_ring *r)
{
    if (net_watched_by_id(all, r->task))
        return false;
    char state = net_proc_state(atomic_load(&r->pid), atomic_load(&r->tid));
    return state != 0 && state != 'Z' && state != 'X';
}

void net_tasks_stopped(struct net_actors *all)
{
    size_t top = net_arena_top(all->arena);
    for (size_t i = 0; i < top; i++) {
        struct net_ring *r = net_arena_ring(all->arena, i);
        if (!net_ring_is_stuck(all->arena, r))
            continue;
        char state = net_proc_state(atomic_load(&r->pid), atomic_load(&r->tid));
        if (state == 'T' || state == 't')
            net_ring_stopped(all->arena, r);
    }
}

int net_task_memory(struct net_actors *all, uint32_t task, struct net_task_memory *out)
{
    const struct net_watched_task *known = net_watched_by_id(all, task);
    int pid = known ? known->pid : task == 0 ? getpid() : 0;
    char text[128];
    unsigned long long pages, resident, page = (unsigned long long)sysconf(_SC_PAGESIZE);
    if (!pid || net_proc_read(pid, 0, "statm", text, sizeof text) <= 0 ||
        sscanf(text, "%llu %llu", &pages, &resident) != 2)
        return -1;
    *out = (struct net_task_memory){.vm_bytes = pages * page, .rss_bytes = resident * page};
    return 0;
}
