// SPDX-License-Identifier: GPL-3.0-or-later
// Actors and their tasks: who lives, who waits to be reaped, who shares whose descriptors.
//
// A forked child has a copy of its parent's table as it was when fork() returned in the parent. The child shows itself
// a little later (TASK_START), when the parent may already have closed what it handed over; so the copy is made at the
// return of fork(), or at TASK_START, whichever comes first (lab_fold_return in state_calls.c leaves it under the
// child's pid).

#include "lab/state/state_inside.h"

#include <stdio.h>
#include <string.h>

static void most(int now, int *at_most)
{
    if (now > *at_most)
        *at_most = now;
}

/* ---- actors ------------------------------------------------------------------------------------------------------ */

static int need_actor(struct lab_state *st, uint32_t id, uint64_t time_ns, struct lab_actor **out)
{
    *out = lab_actor_of(st, id);
    if (*out)
        return 0;
    struct lab_actor *actors = lab_grown(st->actors, st->actor_count, sizeof *actors);
    if (!actors)
        return -1;
    st->actors = actors;
    *out = &actors[st->actor_count];
    **out = (struct lab_actor){
        .id = id, .alive = true, .start_ns = time_ns, .latest_socket = LAB_NONE, .image = LAB_NONE};
    snprintf((*out)->name, sizeof(*out)->name, "actor%u", id);
    return lab_remember(st, LAB_KEY_ACTOR, id, 0, (long)st->actor_count++);
}

static void copy_text(char *to, size_t to_bytes, const char *from, size_t from_bytes)
{
    size_t n = strnlen(from, from_bytes);
    if (n >= to_bytes)
        n = to_bytes - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

int lab_fold_actor_start(struct lab_state *st, const struct net_event *ev)
{
    const struct net_ev_actor *from = &ev->u.actor;
    struct lab_actor *actor;
    if (need_actor(st, ev->actor, ev->time_ns, &actor) < 0)
        return -1;
    copy_text(actor->name, sizeof actor->name, from->name, sizeof from->name);
    copy_text(actor->program, sizeof actor->program, from->program, sizeof from->program);
    actor->host = from->host < NET_HOSTS ? from->host : NET_SERVER;
    actor->is_hand = from->is_hand;
    actor->is_own = from->is_own;
    actor->as_process = from->as_process;
    return 0;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

static bool in_first_process(const struct lab_task *t)
{
    return t->kind != NET_TASK_CHILD;
}

/* Whose child a process is: its actor's, but for a hand that another one has made by fork(). NULL: nobody's. */
static struct lab_actor *parent_of(struct lab_state *st, const struct lab_task *t)
{
    return t->is_child ? lab_actor_of(st, t->child_of) : NULL;
}

static void count_start(struct lab_state *st, struct lab_actor *actor, struct lab_task *t)
{
    const struct lab_task *by = lab_task_by_id(st, t->parent);
    struct lab_actor *parent = in_first_process(t) ? NULL : lab_actor_of(st, by ? by->actor : t->actor);
    t->is_child = parent != NULL;
    t->child_of = parent ? parent->id : 0;
    if (parent != actor)
        most(++actor->threads, &actor->threads_most);
    if (parent)
        most(++parent->children, &parent->children_most);
}

static void count_end(struct lab_state *st, struct lab_actor *actor, const struct lab_task *t)
{
    struct lab_actor *parent = parent_of(st, t);
    if (actor && !(t->is_child && t->child_of == actor->id))
        actor->threads--;
    if (parent && parent->children > 0) /* a damaged run may name an actor again that was cleared away */
        parent->children--;
    if (parent && t->zombie)
        most(++parent->zombies, &parent->zombies_most);
}

/* A table for a task that begins: shared, copied or empty. */
static int give_table(struct lab_state *st, struct lab_task *t)
{
    int parent = lab_find(st, LAB_KEY_TASK, t->parent, 0);
    int from = parent < 0 ? LAB_NONE : st->tasks[parent].table;
    int forked = t->kind == NET_TASK_CHILD ? lab_find(st, LAB_KEY_FORKED, (uint32_t)t->pid, 0) : LAB_NONE;
    int result = 0;
    if (t->kind == NET_TASK_THREAD && from != LAB_NONE) {
        t->table = from;
    } else if (forked != LAB_NONE) {
        t->table = forked;
        st->tables[forked].owner_task = t->id;
        result = lab_remember(st, LAB_KEY_FORKED, (uint32_t)t->pid, 0, LAB_NONE);
    } else if (t->kind == NET_TASK_CHILD) {
        result = lab_table_copy(st, from, t->id, &t->table);
    } else {
        result = lab_table_new(st, t->id, &t->table);
    }
    if (result == 0)
        st->maps->table_users[t->table]++;
    return result;
}

static int add_task(struct lab_state *st, const struct net_event *ev, const struct net_ev_task *begun, int *task)
{
    struct lab_actor *actor;
    struct lab_task *tasks = lab_grown(st->tasks, st->task_count, sizeof *tasks);
    if (!tasks)
        return -1;
    st->tasks = tasks;
    struct lab_task_more *more = lab_grown(st->maps->tasks, st->task_count, sizeof *more);
    if (!more)
        return -1;
    st->maps->tasks = more;
    more[st->task_count] = (struct lab_task_more){.socket = LAB_NONE};
    struct lab_task t = {.id = ev->task,
                         .actor = ev->actor,
                         .parent = begun->parent,
                         .kind = begun->kind,
                         .pid = begun->pid,
                         .tid = begun->tid,
                         .alive = true,
                         .start_ns = ev->time_ns,
                         .enter = LAB_NONE,
                         .last_return = LAB_NONE,
                         .table = LAB_NONE};
    if (give_table(st, &t) < 0 || need_actor(st, ev->actor, ev->time_ns, &actor) < 0)
        return -1;
    if (actor->first_task == 0)
        actor->first_task = t.id;
    count_start(st, actor, &t);
    tasks[st->task_count] = t;
    *task = (int)st->task_count++;
    if (lab_remember(st, LAB_KEY_TASK, t.id, 0, *task) < 0 ||
        lab_remember(st, LAB_KEY_PID, (uint32_t)t.pid, 0, *task) < 0)
        return -1;
    if (t.kind != NET_TASK_THREAD)
        lab_table_claimed(st, t.table);
    return 0;
}

int lab_need_task(struct lab_state *st, const struct net_event *ev, int *task)
{
    static const struct net_ev_task unknown = {.kind = NET_TASK_MAIN};
    *task = ev->task ? lab_find(st, LAB_KEY_TASK, ev->task, 0) : LAB_NONE;
    return ev->task == 0 || *task != LAB_NONE ? 0 : add_task(st, ev, &unknown, task);
}

int lab_fold_task_start(struct lab_state *st, const struct net_event *ev)
{
    int task = lab_find(st, LAB_KEY_TASK, ev->task, 0);
    if (ev->task == 0)
        return 0;
    if (task == LAB_NONE)
        return add_task(st, ev, &ev->u.task, &task);
    st->tasks[task].pid = ev->u.task.pid;
    st->tasks[task].tid = ev->u.task.tid;
    return lab_remember(st, LAB_KEY_PID, (uint32_t)ev->u.task.pid, 0, task);
}

static int end_task(struct lab_state *st, struct lab_task *t, const struct net_ev_end *end, uint64_t time_ns,
                    long index)
{
    struct lab_actor *actor = lab_actor_of(st, t->actor);
    long did = t->enter > t->last_return ? t->enter : t->last_return;
    t->alive = false;
    t->at_gate = false;
    t->enter = LAB_NONE;
    t->end = *end;
    t->end_ns = time_ns;
    t->zombie = end->zombie;
    count_end(st, actor, t);
    if (--st->maps->table_users[t->table] > 0)
        return 0;
    st->maps->end_after = did < 0 ? 0 : did;
    int result = lab_table_end(st, t->table, index);
    st->maps->end_after = LAB_NONE;
    return result;
}

int lab_fold_task_end(struct lab_state *st, const struct net_event *ev, long index)
{
    int task, unseen = lab_find(st, LAB_KEY_FORKED, (uint32_t)ev->u.end.pid, 0);
    if (unseen != LAB_NONE && lab_find(st, LAB_KEY_TASK, ev->task, 0) == LAB_NONE) {
        if (lab_table_end(st, unseen, index) < 0 ||
            lab_remember(st, LAB_KEY_FORKED, (uint32_t)ev->u.end.pid, 0, LAB_NONE) < 0)
            return -1;
    }
    if (lab_need_task(st, ev, &task) < 0)
        return -1;
    if (task == LAB_NONE || !st->tasks[task].alive)
        return 0;
    return end_task(st, &st->tasks[task], &ev->u.end, ev->time_ns, index);
}

/* The first process is over, and so are its threads, whether or not an event reports each. Children live on. */
int lab_fold_actor_end(struct lab_state *st, const struct net_event *ev, long index)
{
    struct lab_actor *actor = lab_actor_of(st, ev->actor);
    if (!actor || !actor->alive)
        return 0;
    const struct lab_task *first = lab_task_by_id(st, actor->first_task);
    int table = first ? first->table : LAB_NONE;
    actor->alive = false;
    actor->end = ev->u.end;
    actor->end_ns = ev->time_ns;
    for (size_t i = 0; table != LAB_NONE && st->maps->table_users[table] > 0 && i < st->task_count; i++)
        if (st->tasks[i].table == table && st->tasks[i].alive &&
            end_task(st, &st->tasks[i], &ev->u.end, ev->time_ns, index) < 0)
            return -1;
    return 0;
}

/* Told by the pid that a wait returned; the event's own task may be the child or the parent who waited. */
int lab_fold_task_reaped(struct lab_state *st, const struct net_event *ev)
{
    int task = lab_find(st, LAB_KEY_PID, (uint32_t)ev->u.end.pid, 0);
    if (task == LAB_NONE || !st->tasks[task].zombie)
        task = lab_find(st, LAB_KEY_TASK, ev->task, 0);
    if (task == LAB_NONE || !st->tasks[task].zombie)
        return 0;
    struct lab_actor *parent = parent_of(st, &st->tasks[task]);
    st->tasks[task].zombie = false;
    if (parent && parent->zombies > 0)
        parent->zombies--;
    return 0;
}

int lab_fold_gate(struct lab_state *st, const struct net_event *ev)
{
    int task;
    if (lab_need_task(st, ev, &task) < 0)
        return -1;
    if (task == LAB_NONE)
        return 0;
    st->tasks[task].at_gate = ev->u.gate.waiting;
    if (ev->u.gate.waiting) {
        st->tasks[task].line = ev->u.gate.line;
        st->tasks[task].file = ev->u.gate.file;
        st->tasks[task].gate_ns = ev->time_ns;
    }
    return 0;
}

/* A child's own exec is told by its call; what the actor is shown as is its first process. */
int lab_fold_image(struct lab_state *st, const struct net_event *ev, long index)
{
    struct lab_actor *actor = lab_actor_of(st, ev->actor);
    if (actor && (ev->task == 0 || ev->task == actor->first_task || actor->first_task == 0))
        actor->image = index;
    return 0;
}

bool lab_task_is_first(const struct lab_state *st, const struct lab_task *task)
{
    const struct lab_actor *actor = lab_actor_by_id(st, task->actor);
    return task->kind == NET_TASK_MAIN || (actor && actor->is_hand && actor->first_task == task->id);
}

bool lab_file_path(const struct lab_state *st, const struct lab_journal *journal, unsigned file, char *out,
                   size_t out_bytes)
{
    const struct net_event *ev = file < st->file_count && st->files[file] != LAB_NONE
                                     ? lab_journal_at(journal, (size_t)st->files[file])
                                     : NULL;
    copy_text(out, out_bytes, ev && ev->data ? (const char *)ev->data : "", ev && ev->data ? ev->data_bytes : 0);
    return ev != NULL;
}
