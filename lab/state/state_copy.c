// SPDX-License-Identifier: GPL-3.0-or-later
// A copy of a state that shares nothing with it but the journal.
#include "lab/state/state_inside.h"

#include <stdlib.h>
#include <string.h>

/* An array as roomy as lab_grown() takes one of so many to be. NULL: there is nothing, or *failed. */
static void *copied(const void *array, size_t count, size_t element_bytes, bool *failed)
{
    size_t room = 4; /* the first that lab_grown() makes */
    while (room < count)
        room *= 2;
    void *copy = count > 0 && !*failed ? malloc(room * element_bytes) : NULL;
    if (copy)
        memcpy(copy, array, count * element_bytes);
    *failed |= count > 0 && !copy;
    return copy;
}

/* What the elements have for themselves. After a failure the rest is NULL, so that lab_state_free() takes it. */
static void copy_inner(struct lab_state *to, bool *failed)
{
    for (size_t i = 0; i < to->socket_count; i++) {
        struct lab_socket *s = &to->sockets[i];
        struct lab_socket_more *more = &to->maps->sockets[i];
        s->steps = copied(s->steps, s->step_count, sizeof *s->steps, failed);
        s->uses = copied(s->uses, s->use_count, sizeof *s->uses, failed);
        more->holders = copied(more->holders, (size_t)s->references, sizeof *more->holders, failed);
    }
    for (size_t i = 0; i < to->conversation_count; i++) {
        struct lab_conversation *c = &to->conversations[i];
        c->segments = copied(c->segments, c->segment_count, sizeof *c->segments, failed);
    }
    for (size_t i = 0; i < to->table_count; i++) {
        struct lab_table *t = &to->tables[i];
        t->fds = copied(t->fds, t->fd_count, sizeof *t->fds, failed);
    }
}

static void copy_arrays(const struct lab_state *st, struct lab_state *to, bool *failed)
{
    const struct lab_maps *from = st->maps;
    struct lab_maps *maps = to->maps;
    to->actors = copied(st->actors, st->actor_count, sizeof *st->actors, failed);
    to->tasks = copied(st->tasks, st->task_count, sizeof *st->tasks, failed);
    to->sockets = copied(st->sockets, st->socket_count, sizeof *st->sockets, failed);
    to->segments = copied(st->segments, st->segment_count, sizeof *st->segments, failed);
    to->conversations = copied(st->conversations, st->conversation_count, sizeof *st->conversations, failed);
    to->tables = copied(st->tables, st->table_count, sizeof *st->tables, failed);
    to->files = copied(st->files, st->file_count, sizeof *st->files, failed);
    maps->tasks = copied(from->tasks, st->task_count, sizeof *from->tasks, failed);
    maps->sockets = copied(from->sockets, st->socket_count, sizeof *from->sockets, failed);
    maps->conversations = copied(from->conversations, st->conversation_count, sizeof *from->conversations, failed);
    maps->table_users = copied(from->table_users, st->table_count, sizeof *from->table_users, failed);
}

/* Where an array is missing, nothing of the elements may be freed: they are still the other state's. */
static void give_up_arrays(struct lab_state *to)
{
    lab_state_free_arrays(to, to->maps);
    free(to->files);
    free(to->maps);
    free(to);
}

struct lab_state *lab_state_copy(const struct lab_state *st)
{
    bool failed = false;
    struct lab_state *to = malloc(sizeof *to);
    struct lab_maps *maps = malloc(sizeof *maps);
    if (!to || !maps) {
        free(to);
        free(maps);
        return NULL;
    }
    *to = *st;
    *maps = *st->maps;
    to->maps = maps;
    copy_arrays(st, to, &failed);
    if (lab_map_copy(&maps->map, &st->maps->map) < 0 || failed) {
        give_up_arrays(to);
        return NULL;
    }
    copy_inner(to, &failed);
    if (!failed)
        return to;
    lab_state_free(to);
    return NULL;
}
