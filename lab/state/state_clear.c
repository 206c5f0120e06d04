// SPDX-License-Identifier: GPL-3.0-or-later
// What a clear leaves of the state: what still lives.
/*
 * After a clear nobody shows, finds or waits for what was over before it (ui/view/pane.h, lab_find_actor()). The
 * journal has it all, and whoever goes back folds that; the state of the present forgets it, or a crowd of a thousand
 * would be carried along, and walked through, for as long as the lab is open.
 *
 * Mostly nothing at all lives on. What does: an actor whose call the kernel does not interrupt, and on loopback the
 * sockets that no clear can destroy. Those stay with everything that they refer to:
 *
 *   a task that lives, or is a zombie      its actor, and that one's first task
 *   a table with descriptors in it, or of a task that stays
 *   a socket that the kernel has, or that a descriptor refers to
 *   a conversation of such a socket, or with a segment under way: both its ends, and all its segments
 *
 * They are moved together, so that every index changes here, and only here. Without memory for that everything stays.
 */
#include "lab/state/state_inside.h"

#include <stdlib.h>
#include <string.h>

enum what { ACTORS, TASKS, TABLES, SOCKETS, CONVERSATIONS, SEGMENTS, KINDS };

/* Where each thing goes: LAB_NONE, it is forgotten. While it is being decided: 0, it stays. */
struct plan {
    int *to[KINDS];
    size_t count[KINDS], kept[KINDS];
    bool failed; /* no memory */
};

static int moved(const struct plan *p, enum what what, long index)
{
    return index < 0 || (size_t)index >= p->count[what] ? LAB_NONE : p->to[what][index];
}

static void stay(struct plan *p, enum what what, long index)
{
    if (index >= 0 && (size_t)index < p->count[what])
        p->to[what][index] = 0;
}

/* ---- what stays -------------------------------------------------------------------------------------------------- */

static void keep_tasks(const struct lab_state *st, struct plan *p)
{
    for (size_t i = 0; i < st->actor_count; i++)
        if (st->actors[i].alive)
            stay(p, ACTORS, (long)i);
    for (size_t i = 0; i < st->task_count; i++) {
        if (!st->tasks[i].alive && !st->tasks[i].zombie)
            continue;
        stay(p, TASKS, (long)i);
        stay(p, ACTORS, lab_find(st, LAB_KEY_ACTOR, st->tasks[i].actor, 0));
    }
    for (size_t i = 0; i < st->actor_count; i++)
        if (moved(p, ACTORS, (long)i) != LAB_NONE)
            stay(p, TASKS, lab_find(st, LAB_KEY_TASK, st->actors[i].first_task, 0));
    for (size_t i = 0; i < st->task_count; i++)
        if (moved(p, TASKS, (long)i) != LAB_NONE)
            stay(p, TABLES, st->tasks[i].table);
    for (size_t i = 0; i < st->table_count; i++)
        if (st->tables[i].fd_count > 0)
            stay(p, TABLES, (long)i);
}

static void keep_conversations(const struct lab_state *st, struct plan *p)
{
    for (size_t i = 0; i < st->socket_count; i++) {
        if (st->sockets[i].now.state == NET_STATE_ABSENT && st->sockets[i].references == 0)
            continue;
        stay(p, SOCKETS, (long)i);
        stay(p, CONVERSATIONS, st->sockets[i].conversation);
    }
    for (size_t i = 0; i < st->segment_count; i++) {
        if (st->segments[i].fate != NET_IN_FLIGHT && st->segments[i].fate != NET_HELD)
            continue;
        stay(p, SEGMENTS, (long)i);
        stay(p, CONVERSATIONS, st->segments[i].conversation);
    }
    for (size_t i = 0; i < st->conversation_count; i++) {
        const struct lab_conversation *c = &st->conversations[i];
        if (moved(p, CONVERSATIONS, (long)i) == LAB_NONE)
            continue;
        stay(p, SOCKETS, c->socket[0]);
        stay(p, SOCKETS, c->socket[1]);
        for (size_t k = 0; k < c->segment_count; k++)
            stay(p, SEGMENTS, (long)c->segments[k]);
    }
}

static void number(struct plan *p)
{
    for (int what = 0; what < KINDS; what++)
        for (size_t i = 0; i < p->count[what]; i++)
            if (p->to[what][i] != LAB_NONE)
                p->to[what][i] = (int)p->kept[what]++;
}

static int make_plan(const struct lab_state *st, struct plan *p)
{
    *p = (struct plan){.count = {st->actor_count, st->task_count, st->table_count, st->socket_count,
                                 st->conversation_count, st->segment_count}};
    for (int what = 0; what < KINDS; what++) {
        size_t bytes = p->count[what] * sizeof *p->to[what];
        p->to[what] = malloc(bytes + 1);
        if (!p->to[what])
            return -1;
        memset(p->to[what], 0xff, bytes); /* LAB_NONE */
    }
    keep_tasks(st, p);
    keep_conversations(st, p);
    number(p);
    return 0;
}

static void free_plan(struct plan *p)
{
    for (int what = 0; what < KINDS; what++)
        free(p->to[what]);
}

/* ---- the move ---------------------------------------------------------------------------------------------------- */

/* An array of those that stay, as roomy as lab_grown() takes one of so many to be. NULL: none does, or no memory. */
static void *sifted(struct plan *p, enum what what, const void *array, size_t bytes)
{
    char *fresh = NULL;
    for (size_t n = 0; n < p->kept[what]; n++) {
        char *grown = lab_grown(fresh, n, bytes);
        if (!grown) {
            p->failed = true;
            break;
        }
        fresh = grown;
    }
    for (size_t i = 0; fresh && !p->failed && i < p->count[what]; i++)
        if (p->to[what][i] != LAB_NONE)
            memcpy(fresh + (size_t)p->to[what][i] * bytes, (const char *)array + i * bytes, bytes);
    return fresh;
}

/* The arrays alone; what is in them belongs to both, until the one or the other is given up. */
static void sift(const struct lab_state *st, struct plan *p, struct lab_state *to, struct lab_maps *maps)
{
    to->actors = sifted(p, ACTORS, st->actors, sizeof *st->actors);
    to->tasks = sifted(p, TASKS, st->tasks, sizeof *st->tasks);
    to->tables = sifted(p, TABLES, st->tables, sizeof *st->tables);
    to->sockets = sifted(p, SOCKETS, st->sockets, sizeof *st->sockets);
    to->conversations = sifted(p, CONVERSATIONS, st->conversations, sizeof *st->conversations);
    to->segments = sifted(p, SEGMENTS, st->segments, sizeof *st->segments);
    maps->tasks = sifted(p, TASKS, st->maps->tasks, sizeof *maps->tasks);
    maps->table_users = sifted(p, TABLES, st->maps->table_users, sizeof *maps->table_users);
    maps->sockets = sifted(p, SOCKETS, st->maps->sockets, sizeof *maps->sockets);
    maps->conversations = sifted(p, CONVERSATIONS, st->maps->conversations, sizeof *maps->conversations);
    to->actor_count = p->kept[ACTORS];
    to->task_count = p->kept[TASKS];
    to->table_count = p->kept[TABLES];
    to->socket_count = p->kept[SOCKETS];
    to->conversation_count = p->kept[CONVERSATIONS];
    to->segment_count = p->kept[SEGMENTS];
}

static void free_forgotten(struct lab_state *st, const struct plan *p)
{
    for (size_t i = 0; i < st->socket_count; i++)
        if (p->to[SOCKETS][i] == LAB_NONE)
            lab_socket_fini(st, i);
    for (size_t i = 0; i < st->conversation_count; i++)
        if (p->to[CONVERSATIONS][i] == LAB_NONE)
            free(st->conversations[i].segments);
    for (size_t i = 0; i < st->table_count; i++)
        if (p->to[TABLES][i] == LAB_NONE)
            free(st->tables[i].fds);
}

/* ---- what they refer to ------------------------------------------------------------------------------------------ */

static void renumber_tasks(struct lab_state *st, const struct plan *p)
{
    for (size_t i = 0; i < st->actor_count; i++)
        st->actors[i].latest_socket = moved(p, SOCKETS, st->actors[i].latest_socket);
    for (size_t i = 0; i < st->task_count; i++) {
        struct lab_task_more *more = &st->maps->tasks[i];
        st->tasks[i].table = moved(p, TABLES, st->tasks[i].table);
        more->socket = moved(p, SOCKETS, more->socket);
        for (unsigned k = 0; k < more->outer_count; k++)
            more->outer[k].socket = moved(p, SOCKETS, more->outer[k].socket);
    }
    for (size_t i = 0; i < st->table_count; i++)
        for (size_t k = 0; k < st->tables[i].fd_count; k++)
            st->tables[i].fds[k].socket = moved(p, SOCKETS, st->tables[i].fds[k].socket);
}

static void renumber_sockets(struct lab_state *st, const struct plan *p)
{
    for (size_t i = 0; i < st->socket_count; i++) {
        struct lab_socket_more *more = &st->maps->sockets[i];
        st->sockets[i].conversation = moved(p, CONVERSATIONS, st->sockets[i].conversation);
        more->exiting = moved(p, TABLES, more->exiting);
        for (int k = 0; k < st->sockets[i].references; k++)
            more->holders[k].table = moved(p, TABLES, more->holders[k].table);
    }
    for (size_t i = 0; i < st->segment_count; i++)
        st->segments[i].conversation = moved(p, CONVERSATIONS, st->segments[i].conversation);
    for (size_t i = 0; i < st->conversation_count; i++) {
        struct lab_conversation *c = &st->conversations[i];
        c->older = moved(p, CONVERSATIONS, c->older);
        for (size_t k = 0; k < c->segment_count; k++)
            c->segments[k] = (size_t)moved(p, SEGMENTS, (long)c->segments[k]);
        for (unsigned side = 0; side < NET_HOSTS; side++) {
            struct lab_end *end = &st->maps->conversations[i].end[side];
            c->socket[side] = moved(p, SOCKETS, c->socket[side]);
            for (size_t k = 0; k < end->recent_count && k < LAB_RECENT; k++)
                end->recent[k] = (size_t)moved(p, SEGMENTS, (long)end->recent[k]);
        }
    }
}

static enum what kind_of(enum lab_key_of key)
{
    switch (key) {
    case LAB_KEY_ACTOR: return ACTORS;
    case LAB_KEY_TASK:
    case LAB_KEY_PID: return TASKS;
    case LAB_KEY_FORKED: return TABLES;
    case LAB_KEY_SEGMENT: return SEGMENTS;
    case LAB_KEY_CONVERSATION: return CONVERSATIONS;
    case LAB_KEY_SOCKET:
    case LAB_KEY_LISTENER:
    case LAB_KEY_LAST_FD: break;
    }
    return SOCKETS;
}

static int find_anew(const struct lab_map *old, const struct plan *p, struct lab_map *fresh)
{
    struct lab_key key;
    long value;
    for (size_t i = 0; i < old->room; i++) {
        if (!lab_map_slot(old, i, &key, &value))
            continue;
        enum lab_key_of of = lab_key_of(key);
        value = moved(p, kind_of(of), value);
        int table = of == LAB_KEY_LAST_FD ? moved(p, TABLES, (long)key.a) : 0;
        if (of == LAB_KEY_LAST_FD)
            key.a = (uint32_t)table;
        if (value != LAB_NONE && table != LAB_NONE && lab_map_put(fresh, key, value) < 0)
            return -1;
    }
    return 0;
}

void lab_fold_clear(struct lab_state *st)
{
    struct plan plan;
    struct lab_state next = *st;
    struct lab_maps *old = st->maps, maps = *old;
    maps.map = (struct lab_map){0};
    if (make_plan(st, &plan) == 0) {
        sift(st, &plan, &next, &maps);
        if (plan.failed || find_anew(&old->map, &plan, &maps.map) < 0) {
            lab_state_free_arrays(&next, &maps);
        } else {
            free_forgotten(st, &plan);
            lab_state_free_arrays(st, old);
            *old = maps;
            *st = next;
            renumber_tasks(st, &plan);
            renumber_sockets(st, &plan);
        }
    }
    free_plan(&plan);
}
