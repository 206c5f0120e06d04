// SPDX-License-Identifier: GPL-3.0-or-later
// The state of the lab: the fold, and finding things in it.
//
// Which event is folded where:
//
//   ACTOR_*, TASK_*, GATE      state_tasks.c      who lives
//   CALL_*                     state_calls.c      what they do, and which descriptor became which socket
//                              state_tables.c     descriptor tables: who refers to which socket
//   SAMPLE, GONE               state_sockets.c    states, the way through them, and what caused each
//   SEGMENT, FATE              state_wire.c       segments and the conversations that they are part of
//   NOTE (cleared)             state_clear.c      what is over is forgotten; and the middle of what is long
//
// A journal may begin in the middle, be cut, or come from a file that somebody changed: nothing in an event is trusted,
// an index is looked up, and what is missing is made without a name. Folding an event costs the same however long the
// journal is, with two exceptions that are small in practice: a fork copies its parent's table, and the end of a task
// walks through its table.

#include "lab/state/state.h"

#include "lab/state/state_inside.h"

#include <stdlib.h>
#include <string.h>

void *lab_grown(void *array, size_t count, size_t element_bytes)
{
    enum { FIRST = 4 };
    if (count >= FIRST && (count & (count - 1)) != 0)
        return array;
    if (count > 0 && count < FIRST)
        return array;
    return realloc(array, (count ? 2 * count : FIRST) * element_bytes);
}

static struct lab_key key(enum lab_key_of what, uint64_t a, uint64_t b)
{
    return (struct lab_key){a, b | (uint64_t)what << 56};
}

int lab_find(const struct lab_state *st, enum lab_key_of what, uint64_t a, uint64_t b)
{
    return (int)lab_map_get(&st->maps->map, key(what, a, b));
}

int lab_remember(struct lab_state *st, enum lab_key_of what, uint64_t a, uint64_t b, long index)
{
    return lab_map_put(&st->maps->map, key(what, a, b), index);
}

struct lab_state *lab_state_new(void)
{
    struct lab_state *st = calloc(1, sizeof *st);
    if (st)
        st->maps = calloc(1, sizeof *st->maps);
    if (st && !st->maps) {
        free(st);
        return NULL;
    }
    if (st)
        st->experiment = st->measured_first = st->measured_last = st->maps->end_after = st->diagnostic_first =
            st->diagnostic_last = LAB_NONE;
    if (st)
        st->set_first = st->set_last = LAB_NONE;
    return st;
}

enum lab_key_of lab_key_of(struct lab_key key)
{
    return (enum lab_key_of)(key.b >> 56);
}

void lab_socket_fini(struct lab_state *st, size_t socket)
{
    free(st->sockets[socket].steps);
    free(st->sockets[socket].uses);
    free(st->maps->sockets[socket].holders);
}

void lab_state_free_arrays(struct lab_state *st, struct lab_maps *maps)
{
    lab_map_fini(&maps->map);
    free(maps->tasks);
    free(maps->sockets);
    free(maps->conversations);
    free(maps->table_users);
    free(st->actors);
    free(st->tasks);
    free(st->sockets);
    free(st->segments);
    free(st->conversations);
    free(st->tables);
}

void lab_state_free(struct lab_state *st)
{
    if (!st)
        return;
    for (size_t i = 0; i < st->socket_count; i++)
        lab_socket_fini(st, i);
    for (size_t i = 0; i < st->conversation_count; i++)
        free(st->conversations[i].segments);
    for (size_t i = 0; i < st->table_count; i++)
        free(st->tables[i].fds);
    lab_state_free_arrays(st, st->maps);
    free(st->files);
    free(st->maps);
    free(st);
}

static void begin_experiment(struct lab_state *st, long index)
{
    st->experiment = index;
    memset(st->counters, 0, sizeof st->counters);
}

static int fold_counter(struct lab_state *st, const struct net_ev_counter *ev, long index)
{
    if (ev->host < NET_HOSTS && ev->counter < NET_COUNTERS) {
        st->counters[ev->host][ev->counter].by += ev->by;
        st->counters[ev->host][ev->counter].last = index;
    }
    return 0;
}

static int fold_note(struct lab_state *st, const struct net_event *ev, long index)
{
    if (ev->u.note.kind == LAB_NOTE_EXPERIMENT || ev->u.note.kind == LAB_NOTE_CLEARED)
        begin_experiment(st, index);
    if (ev->u.note.kind == LAB_NOTE_CLEARED)
        lab_fold_clear(st);
    if (ev->u.note.kind == LAB_NOTE_CLEARED ||
        (ev->u.note.kind == LAB_NOTE_COMMAND && ev->u.note.command == LAB_COMMAND_START))
        st->diagnostic_first = st->diagnostic_last = LAB_NONE;
    if (ev->u.note.kind == LAB_NOTE_REPLY && ev->u.note.command == LAB_COMMAND_SET) {
        st->set_first = st->set_first == LAB_NONE ? index : st->set_first;
        st->set_last = index;
    }
    if (ev->u.note.kind != LAB_NOTE_MEASURED)
        return 0;
    if (ev->u.note.id == 0)
        st->measured_first = index;
    st->measured_last = st->measured_first == LAB_NONE ? LAB_NONE : index;
    return 0;
}

static void fold_diagnostic(struct lab_state *st, long index)
{
    if (st->diagnostic_first == LAB_NONE)
        st->diagnostic_first = index;
    st->diagnostic_last = index;
}

static int fold_file(struct lab_state *st, unsigned id, long index)
{
    if (id >= st->file_count) {
        size_t count = id + 1u;
        long *files = realloc(st->files, count * sizeof *files);
        if (!files)
            return -1;
        for (size_t i = st->file_count; i < count; i++)
            files[i] = LAB_NONE;
        st->files = files;
        st->file_count = count;
    }
    st->files[id] = index;
    return 0;
}

static int fold(struct lab_state *st, const struct lab_journal *j, const struct net_event *ev, long index)
{
    switch ((enum net_event_kind)ev->kind) {
    case NET_EV_ACTOR_START: return lab_fold_actor_start(st, ev);
    case NET_EV_ACTOR_END: return lab_fold_actor_end(st, ev, index);
    case NET_EV_TASK_START: return lab_fold_task_start(st, ev);
    case NET_EV_TASK_END: return lab_fold_task_end(st, ev, index);
    case NET_EV_TASK_REAPED: return lab_fold_task_reaped(st, ev);
    case NET_EV_CALL_ENTER: return lab_fold_enter(st, ev, index);
    case NET_EV_CALL_RETURN: return lab_fold_return(st, j, ev, index);
    case NET_EV_GATE: return lab_fold_gate(st, ev);
    case NET_EV_SEGMENT: return lab_fold_segment(st, ev, index);
    case NET_EV_FATE: return lab_fold_fate(st, ev);
    case NET_EV_SAMPLE: return lab_fold_sample(st, j, ev, index);
    case NET_EV_GONE: return lab_fold_gone(st, j, ev, index);
    case NET_EV_TIMERS: return lab_fold_timers(st, ev);
    case NET_EV_WIRE: st->wire = ev->u.wire; return 0;
    case NET_EV_NOTE: return fold_note(st, ev, index);
    case NET_EV_COUNTER: return fold_counter(st, &ev->u.counter, index);
    case NET_EV_FILE: return fold_file(st, ev->u.file.id, index);
    case NET_EV_IMAGE: return lab_fold_image(st, ev, index);
    case NET_EV_DIAGNOSTIC: fold_diagnostic(st, index); return 0;
    case NET_EV_SITE:
    case NET_EV_NONE:
    case NET_EV_SIGNAL:
    case NET_EV_OUTPUT:
    case NET_EV_KINDS: break;
    }
    return 0;
}

int lab_state_apply(struct lab_state *st, const struct lab_journal *j, size_t index)
{
    const struct net_event *ev = lab_journal_at(j, index);
    if (!ev)
        return 0;
    if (fold(st, j, ev, (long)index) < 0)
        return -1;
    if (st->maps->is_long)
        lab_fold_trim(st);
    st->applied = index + 1;
    st->time_ns = ev->time_ns;
    return 0;
}

struct lab_state *lab_state_at(const struct lab_journal *j, size_t n)
{
    struct lab_state *st = lab_state_new();
    for (size_t i = 0; st && i < n && i < lab_journal_count(j); i++) {
        if (lab_state_apply(st, j, i) < 0) {
            lab_state_free(st);
            return NULL;
        }
    }
    return st;
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

const struct lab_actor *lab_actor_by_name(const struct lab_state *st, const char *name)
{
    for (size_t i = st->actor_count; i-- > 0;)
        if (strcmp(st->actors[i].name, name) == 0)
            return &st->actors[i];
    return NULL;
}

uint64_t lab_experiment_ns(const struct lab_state *st, const struct lab_journal *journal)
{
    const struct net_event *note = st->experiment == LAB_NONE ? NULL : lab_journal_at(journal, (size_t)st->experiment);
    return note ? note->time_ns : 0;
}

const struct lab_actor *lab_actor_in_experiment(const struct lab_state *st, const struct lab_journal *journal,
                                                const char *name)
{
    const struct lab_actor *actor = lab_actor_by_name(st, name);
    return actor && actor->start_ns >= lab_experiment_ns(st, journal) ? actor : NULL;
}

const struct lab_actor *lab_actor_by_id(const struct lab_state *st, uint32_t id)
{
    int i = lab_find(st, LAB_KEY_ACTOR, id, 0);
    return i < 0 ? NULL : &st->actors[i];
}

struct lab_actor *lab_actor_of(struct lab_state *st, uint32_t id)
{
    int i = lab_find(st, LAB_KEY_ACTOR, id, 0);
    return i < 0 ? NULL : &st->actors[i];
}

const struct lab_task *lab_task_by_id(const struct lab_state *st, uint32_t id)
{
    int i = lab_find(st, LAB_KEY_TASK, id, 0);
    return i < 0 ? NULL : &st->tasks[i];
}

int lab_socket_of(const struct lab_state *st, uint32_t task, int fd)
{
    const struct lab_task *t = lab_task_by_id(st, task);
    return t ? lab_table_socket(st, t->table, fd) : LAB_NONE;
}

int lab_socket_named(const struct lab_state *st, uint32_t actor, int fd)
{
    const struct lab_actor *a = lab_actor_by_id(st, actor);
    const struct lab_task *first = a ? lab_task_by_id(st, a->first_task) : NULL;
    int found = first ? lab_table_socket(st, first->table, fd) : LAB_NONE;
    int closed = first ? lab_find(st, LAB_KEY_LAST_FD, (uint32_t)first->table, (uint32_t)fd) : LAB_NONE;
    for (size_t i = st->task_count; a && found == LAB_NONE && i-- > 0;) {
        if (st->tasks[i].actor != actor)
            continue;
        found = lab_table_socket(st, st->tasks[i].table, fd);
        if (closed == LAB_NONE)
            closed = lab_find(st, LAB_KEY_LAST_FD, (uint32_t)st->tasks[i].table, (uint32_t)fd);
    }
    return found == LAB_NONE ? closed : found;
}

int lab_socket_by_cookie(const struct lab_state *st, unsigned host, uint64_t cookie)
{
    return lab_find(st, LAB_KEY_SOCKET, cookie, host);
}

int lab_segment_by_id(const struct lab_state *st, uint64_t id)
{
    return lab_find(st, LAB_KEY_SEGMENT, id, 0);
}
