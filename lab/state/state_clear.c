// SPDX-License-Identifier: GPL-3.0-or-later
// What a clear leaves of the state: what still lives; and what is left of something long: its beginning and its end.
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

static bool is_under_way(const struct lab_segment *segment)
{
    return segment->fate == NET_IN_FLIGHT || segment->fate == NET_HELD;
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
        if (!is_under_way(&st->segments[i]))
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

static void drop(struct plan *p, enum what what, size_t index)
{
    p->to[what][index] = LAB_NONE;
}

static bool is_middle(size_t i, size_t count)
{
    return i >= LAB_LONG_HEAD && i + LAB_LONG_TAIL < count;
}

/* All but the middle of each long conversation. */
static void keep_ends(const struct lab_state *st, struct plan *p)
{
    for (int what = 0; what < KINDS; what++)
        for (size_t i = 0; i < p->count[what]; i++)
            stay(p, (enum what)what, (long)i);
    for (size_t i = 0; i < st->conversation_count; i++) {
        const struct lab_conversation *c = &st->conversations[i];
        size_t trim_at = st->maps->conversations[i].trim_at;
        if (c->segment_count < (trim_at ? trim_at : LAB_LONG))
            continue;
        for (size_t k = 0; k < c->segment_count; k++)
            if (is_middle(k, c->segment_count) && !is_under_way(&st->segments[c->segments[k]]))
                drop(p, SEGMENTS, c->segments[k]);
        for (unsigned side = 0; side < NET_HOSTS; side++) {
            const struct lab_end *end = &st->maps->conversations[i].end[side];
            for (size_t k = 0; k < end->recent_count && k < LAB_RECENT; k++)
                stay(p, SEGMENTS, (long)end->recent[k]);
        }
    }
}

static void number(struct plan *p)
{
    for (int what = 0; what < KINDS; what++)
        for (size_t i = 0; i < p->count[what]; i++)
            if (p->to[what][i] != LAB_NONE)
                p->to[what][i] = (int)p->kept[what]++;
}

typedef void keep_fn(const struct lab_state *, struct plan *);

/* What a clear leaves. */
static void keep_living(const struct lab_state *st, struct plan *p)
{
    keep_tasks(st, p);
    keep_conversations(st, p);
}

static int make_plan(const struct lab_state *st, struct plan *p, keep_fn *keep)
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
    keep(st, p);
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

static void renumber_segments(struct lab_state *st, const struct plan *p, size_t conversation)
{
    struct lab_conversation *c = &st->conversations[conversation];
    size_t before = c->segment_count, kept = 0;
    for (size_t k = 0; k < before; k++) {
        int to = moved(p, SEGMENTS, (long)c->segments[k]);
        if (to != LAB_NONE)
            c->segments[kept++] = (size_t)to;
    }
    c->segment_count = kept;
    if (kept < before)
        st->maps->conversations[conversation].trim_at = 2 * kept < LAB_LONG ? LAB_LONG : 2 * kept;
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
        renumber_segments(st, p, i);
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

/* Each segment behind a hole says how many are missing. */
static void tell_left_out(const struct lab_state *old, const struct plan *p, struct lab_state *next)
{
    for (size_t i = 0; i < old->conversation_count; i++) {
        const struct lab_conversation *c = &old->conversations[i];
        size_t missing = 0;
        for (size_t k = 0; k < c->segment_count; k++) {
            int to = moved(p, SEGMENTS, (long)c->segments[k]);
            if (to == LAB_NONE) {
                missing += 1 + old->segments[c->segments[k]].left_out;
                continue;
            }
            next->segments[to].left_out += missing;
            missing = 0;
        }
    }
}

static void forget(struct lab_state *st, keep_fn *keep)
{
    struct plan plan;
    struct lab_state next = *st;
    struct lab_maps *old = st->maps, maps = *old;
    maps.map = (struct lab_map){0};
    if (make_plan(st, &plan, keep) == 0) {
        sift(st, &plan, &next, &maps);
        if (plan.failed || find_anew(&old->map, &plan, &maps.map) < 0) {
            lab_state_free_arrays(&next, &maps);
        } else {
            tell_left_out(st, &plan, &next);
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

void lab_fold_clear(struct lab_state *st)
{
    forget(st, keep_living);
}

/* ---- what is long ------------------------------------------------------------------------------------------------ */

/* A call that is not over points to its use by number. */
static void renumber_uses(struct lab_state *st, int socket, const size_t *to)
{
    for (size_t i = 0; i < st->task_count; i++) {
        struct lab_task_more *more = &st->maps->tasks[i];
        if (more->socket == socket)
            more->use = to[more->use];
        for (unsigned k = 0; k < more->outer_count; k++)
            if (more->outer[k].socket == socket)
                more->outer[k].use = to[more->outer[k].use];
    }
}

static void trim_uses(struct lab_state *st, int socket)
{
    struct lab_socket *s = &st->sockets[socket];
    size_t *to = malloc((s->use_count + 1) * sizeof *to), kept = 0;
    if (!to)
        return;
    for (size_t k = 0; k < s->use_count; k++) {
        to[k] = kept;
        if (!is_middle(k, s->use_count) || s->uses[k].ret == LAB_NONE)
            s->uses[kept++] = s->uses[k];
    }
    s->use_count = kept;
    st->maps->sockets[socket].trim_at = 2 * kept < LAB_LONG ? LAB_LONG : 2 * kept;
    renumber_uses(st, socket, to);
    free(to);
}

void lab_fold_trim(struct lab_state *st)
{
    st->maps->is_long = false;
    for (size_t i = 0; i < st->socket_count; i++) {
        size_t trim_at = st->maps->sockets[i].trim_at;
        if (st->sockets[i].use_count >= (trim_at ? trim_at : LAB_LONG))
            trim_uses(st, (int)i);
    }
    for (size_t i = 0; i < st->conversation_count; i++) {
        size_t trim_at = st->maps->conversations[i].trim_at;
        if (st->conversations[i].segment_count >= (trim_at ? trim_at : LAB_LONG)) {
            forget(st, keep_ends);
            break;
        }
    }
}
