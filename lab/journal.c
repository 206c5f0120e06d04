// SPDX-License-Identifier: GPL-3.0-or-later
// The journal in memory.
//
// Events lie one after another in chunks that are never moved, each only as long as its kind needs: a traced call
// takes 128 bytes where struct net_event would take twice as many. An index of pointers gives the i-th. Whoever
// copies an event as a whole struct reads some bytes too many, which belong to its neighbour: every chunk therefore
// ends with a struct's length of slack, so that such a copy is harmless.
//
// Left out: removing or changing an event. Rewind is a fold over fewer of them.

#include "lab/journal.h"

#include "lab/journal_file.h"
#include "net/apart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHUNK_BYTES = 60 * 1024, ALIGN = 8 };

struct chunk {
    struct chunk *before;
    size_t used;
    _Alignas(ALIGN) uint8_t bytes[];
};

struct lab_journal {
    struct chunk *last;
    const struct net_event **index;
    size_t count, room;
    struct lab_origin origin;
};

struct lab_journal *lab_journal_new(void)
{
    return net_apart_zeroed(sizeof(struct lab_journal));
}

void lab_journal_free(struct lab_journal *j)
{
    if (!j)
        return;
    for (struct chunk *chunk = j->last, *before; chunk; chunk = before) {
        before = chunk->before;
        net_apart_free(chunk);
    }
    net_apart_free(j->index);
    net_apart_free(j);
}

static size_t align(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* Room for n bytes that stay where they are. */
static void *take(struct lab_journal *j, size_t n)
{
    if (!j->last || j->last->used + n > CHUNK_BYTES) {
        struct chunk *chunk = net_apart_resize(NULL, sizeof *chunk + CHUNK_BYTES + sizeof(struct net_event));
        if (!chunk)
            return NULL;
        *chunk = (struct chunk){.before = j->last};
        memset(chunk->bytes + CHUNK_BYTES, 0, sizeof(struct net_event));
        j->last = chunk;
    }
    void *place = j->last->bytes + j->last->used;
    j->last->used += align(n);
    return place;
}

static int reserve_index(struct lab_journal *j)
{
    if (j->count < j->room)
        return 0;
    size_t room = j->room ? 2 * j->room : 1024;
    void *grown = net_apart_resize(j->index, room * sizeof *j->index);
    if (!grown)
        return -1;
    j->index = grown;
    j->room = room;
    return 0;
}

long lab_journal_append(struct lab_journal *j, const struct net_event *ev)
{
    size_t head = offsetof(struct net_event, u) + align(net_event_body_bytes(ev->kind));
    size_t data = ev->data ? ev->data_bytes : 0;
    if (data > NET_EVENT_DATA_MAX)
        data = NET_EVENT_DATA_MAX;
    uint8_t *place = reserve_index(j) == 0 ? take(j, head + data) : NULL;
    if (!place) {
        errno = ENOMEM;
        return -1;
    }
    struct net_event *copy = (struct net_event *)(void *)place;
    memset(place, 0, head);
    memcpy(place, ev, offsetof(struct net_event, u) + net_event_body_bytes(ev->kind));
    copy->reserved = 0;
    copy->data_bytes = (uint32_t)data;
    copy->data = data ? place + head : NULL;
    if (data)
        memcpy(place + head, ev->data, data);
    j->index[j->count] = copy;
    return (long)j->count++;
}

size_t lab_journal_count(const struct lab_journal *j)
{
    return j->count;
}

const struct net_event *lab_journal_at(const struct lab_journal *j, size_t index)
{
    return index < j->count ? j->index[index] : NULL;
}

const struct lab_origin *lab_journal_origin(const struct lab_journal *j)
{
    return &j->origin;
}

void lab_journal_set_origin(struct lab_journal *j, const struct lab_origin *origin)
{
    j->origin = *origin;
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t lab_journal_wall_ns(const struct lab_journal *j, uint64_t start_ns)
{
    if (j->origin.loaded)
        return j->origin.wall_ns;
    return (int64_t)((uint64_t)clock_ns(CLOCK_REALTIME) - (uint64_t)clock_ns(CLOCK_MONOTONIC) + start_ns);
}
