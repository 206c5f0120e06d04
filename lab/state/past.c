// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/state/past.h"

#include "lab/state/state_inside.h"

#include <stdlib.h>

struct lab_past {
    struct lab_state *copy[LAB_PAST_COPIES]; /* the oldest first */
    size_t bytes[LAB_PAST_COPIES];           /* about */
    size_t count, all_bytes;
    size_t every, next; /* how many events lie between two; the one after which comes another */
};

struct lab_past *lab_past_new(void)
{
    struct lab_past *past = calloc(1, sizeof *past);
    if (past)
        past->every = past->next = LAB_PAST_EVENTS;
    return past;
}

void lab_past_free(struct lab_past *past)
{
    for (size_t i = 0; past && i < past->count; i++)
        lab_state_free(past->copy[i]);
    free(past);
}

/* What there is much of, and what is there once. */
static size_t bytes_of(const struct lab_state *st)
{
    size_t bytes = sizeof *st + sizeof *st->maps + st->maps->map.room * sizeof(struct lab_key) * 2;
    for (size_t i = 0; i < st->socket_count; i++)
        bytes += st->sockets[i].use_count * sizeof(struct lab_use) +
                 st->sockets[i].step_count * sizeof(struct lab_step);
    return bytes + st->segment_count * (sizeof *st->segments + sizeof(size_t)) +
           st->socket_count * (sizeof *st->sockets + sizeof *st->maps->sockets) +
           st->conversation_count * (sizeof *st->conversations + sizeof *st->maps->conversations) +
           st->task_count * (sizeof *st->tasks + sizeof *st->maps->tasks) + st->actor_count * sizeof *st->actors;
}

/* Every second one goes; of an even number the last one stays. */
static void thin(struct lab_past *past)
{
    size_t kept = 0;
    for (size_t i = 0; i < past->count; i++) {
        if (i % 2) {
            past->bytes[kept] = past->bytes[i];
            past->copy[kept++] = past->copy[i];
        } else {
            past->all_bytes -= past->bytes[i];
            lab_state_free(past->copy[i]);
        }
    }
    past->count = kept;
    past->every *= 2;
}

void lab_past_keep(struct lab_past *past, const struct lab_state *state)
{
    if (!past || state->applied < past->next)
        return;
    size_t bytes = bytes_of(state);
    while (past->count == LAB_PAST_COPIES || (past->count > 0 && past->all_bytes + bytes > LAB_PAST_BYTES))
        thin(past);
    past->next = state->applied + past->every;
    struct lab_state *copy = bytes <= LAB_PAST_BYTES ? lab_state_copy(state) : NULL;
    if (!copy)
        return;
    past->bytes[past->count] = bytes;
    past->all_bytes += bytes;
    past->copy[past->count++] = copy;
}

static const struct lab_state *nearest(const struct lab_past *past, size_t n)
{
    const struct lab_state *before = NULL;
    for (size_t i = 0; past && i < past->count && past->copy[i]->applied <= n; i++)
        before = past->copy[i];
    return before;
}

struct lab_state *lab_past_state(const struct lab_past *past, const struct lab_journal *journal, size_t n)
{
    const struct lab_state *before = nearest(past, n);
    struct lab_state *state = before ? lab_state_copy(before) : lab_state_new();
    while (state && state->applied < n && state->applied < lab_journal_count(journal)) {
        if (lab_state_apply(state, journal, state->applied) < 0) {
            lab_state_free(state);
            return NULL;
        }
    }
    return state;
}

size_t lab_past_copies(const struct lab_past *past)
{
    return past ? past->count : 0;
}

size_t lab_past_before(const struct lab_past *past, size_t n)
{
    const struct lab_state *before = nearest(past, n);
    return before ? before->applied : 0;
}
