// SPDX-License-Identifier: GPL-3.0-or-later
// Own programs whose calls are not seen: their children, as /proc has them.
/*
 * Nobody tells of such a child. It is looked for after what has happened otherwise (a segment, an end, output), at most
 * once in LOOK_NS, and its beginning is said to be then. What comes and goes between two looks is missed.
 *
 * A program into which the library was to be loaded, and was not (another libc's loader), is found out here too: it has
 * said nothing of itself when it had time to.
 */
#include "net/actor/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK_NS = 5000000, CHILDREN_BYTES = 16384 };
static const uint64_t LOADED_NS = 1000000000;

static bool is_known_pid(const struct net_actors *all, int pid)
{
    for (size_t i = 0; i < all->task_count; i++)
        if (all->tasks[i].pid == pid && all->tasks[i].is_process && !all->tasks[i].reaped)
            return true;
    return false;
}

static void tell_child(struct net_actors *all, uint32_t actor, uint32_t parent, int pid)
{
    struct net_event ev = {.kind = NET_EV_TASK_START,
                           .actor = actor,
                           .task = net_arena_next_id(all->arena),
                           .u.task = {.kind = NET_TASK_CHILD, .pid = pid, .tid = pid, .parent = parent}};
    struct net_watched_task *known = net_watched_add(all, ev.task, actor);
    if (!known)
        return;
    known->parent = parent;
    known->kind = NET_TASK_CHILD;
    known->pid = known->tid = pid;
    known->is_process = true;
    net_arena_post(all->arena, &ev);
    net_watched_watch(all, known);
}

static void look_for_children(struct net_actors *all, uint32_t actor, uint32_t parent, int pid)
{
    static char text[CHILDREN_BYTES]; /* main thread */
    char name[48];
    snprintf(name, sizeof name, "task/%d/children", pid);
    if (net_proc_read(pid, 0, name, text, sizeof text) <= 0)
        return;
    char *at = text, *end;
    for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
        if (!is_known_pid(all, (int)child))
            tell_child(all, actor, parent, (int)child);
}

/* A zombie that its parent has collected since. */
static void look_for_collected(struct net_actors *all, struct net_watched_task *known)
{
    if (!known->dead || known->reaped || net_proc_state(known->pid, known->pid) != 0)
        return;
    struct net_event ev = {.kind = NET_EV_TASK_REAPED, .actor = known->actor, .task = known->id, .u.end = known->end};
    ev.u.end.pid = known->pid;
    net_arena_post(all->arena, &ev);
}

static void look_at(struct net_actors *all, const struct net_actor *actor)
{
    for (size_t i = 0; i < all->task_count; i++) {
        struct net_watched_task known = all->tasks[i]; /* the list may grow, and move */
        if (known.actor != actor->id || !known.is_process || known.kind == NET_TASK_THREAD)
            continue;
        if (!known.dead)
            look_for_children(all, actor->id, known.id, known.pid);
        else if (known.kind == NET_TASK_CHILD)
            look_for_collected(all, &all->tasks[i]);
    }
}

void net_own_find_children(struct net_actors *all)
{
    for (struct net_actor *actor = all->actors; actor; actor = actor->next)
        if (actor->is_own)
            look_at(all, actor);
}

/* ---- the library was not taken ----------------------------------------------------------------------------------- */

static void find_refusal(struct net_actors *all, struct net_actor *actor)
{
    const struct net_watched_task *first = net_watched_by_id(all, actor->first_task);
    struct stat lab, its;
    char path[48];
    if (!first || first->dead || net_now_ns() - actor->started_ns < LOADED_NS)
        return;
    snprintf(path, sizeof path, "/proc/%d/exe", first->pid);
    if (stat("/proc/self/exe", &lab) < 0 || stat(path, &its) < 0 ||
        (lab.st_ino == its.st_ino && lab.st_dev == its.st_dev))
        return;
    actor->is_traced = false;
    net_own_put_unseen(all, actor, NET_UNSEEN_REFUSED);
}

bool net_own_waits(const struct net_actors *all)
{
    for (const struct net_actor *actor = all->actors; actor; actor = actor->next)
        if (actor->is_own && actor->is_traced && !actor->has_image && !actor->over)
            return true;
    return false;
}

void net_own_look(struct net_actors *all)
{
    uint64_t now_ns = net_now_ns();
    if (now_ns - all->unseen_ns < LOOK_NS)
        return;
    all->unseen_ns = now_ns;
    for (struct net_actor *actor = all->actors; actor; actor = actor->next) {
        if (!actor->is_own)
            continue;
        if (actor->is_traced && !actor->has_image && !actor->over)
            find_refusal(all, actor);
        if (!actor->is_traced)
            look_at(all, actor);
    }
}
