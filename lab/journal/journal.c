// SPDX-License-Identifier: GPL-3.0-or-later
// The journal in memory.
//
// Events lie one after another in chunks that are never moved, each only as long as its kind needs: a traced call
// takes 128 bytes where struct net_event would take twice as many. An index of pointers, in leaves of the same kind,
// gives the i-th. Whoever copies an event as a whole struct reads some bytes too many, which belong to its neighbour:
// every chunk therefore ends with a struct's length of slack, so that such a copy is harmless.
//
// A thousand clients leave 12 MB here, which `save` and rewind want whole and nobody else looks at after a clear. So
// what is full is written to a file then, and mapped from it at its old place (net/base/apart.h): the kernel brings
// back what is looked at. They are written in the order of their places, so that the mappings of neighbours are one.
//
// Left out: removing or changing an event. Rewind is a fold over fewer of them.

#include "lab/journal/journal.h"

#include "lab/journal/journal_file.h"
#include "lab/journal/past_file.h"
#include "net/base/apart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The first chunk is small, as most runs are; whoever needs another has much to say, and is not to ask often. */
enum { FIRST_CHUNK_BYTES = 60 * 1024, CHUNK_BYTES = 252 * 1024 };
enum { ALIGN = 8, LEAF_BITS = 12, LEAF_EVENTS = 1 << LEAF_BITS };

/* A part of the journal that never moves: a chunk of events, or a leaf of the index. */
struct part {
    void *block;
    size_t file_bytes; /* what it takes in its file; 0: it is in memory */
};

struct lab_journal {
    struct part *parts; /* all chunks and leaves; those from `inside` on are not in a file */
    size_t part_count, inside;
    uint8_t *chunk;    /* the newest */
    size_t room, used; /* of it */
    const struct net_event ***leaves;
    size_t count;
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
    for (size_t i = 0; i < j->part_count; i++)
        net_apart_free(j->parts[i].block);
    net_apart_free(j->parts);
    net_apart_free(j->leaves);
    net_apart_free(j);
}

/* The array with room for one element more; it grows in powers of two. */
static void *grown(void *array, size_t count, size_t element_bytes)
{
    enum { FIRST = 16 };
    bool has_room = count % FIRST != 0 || (count > 0 && (count & (count - 1)) != 0);
    return has_room ? array : net_apart_resize(array, (count ? 2 * count : FIRST) * element_bytes);
}

/* NULL without memory. */
static void *add_part(struct lab_journal *j, size_t bytes)
{
    struct part *parts = grown(j->parts, j->part_count, sizeof *parts);
    if (!parts)
        return NULL;
    j->parts = parts;
    void *block = net_apart_resize(NULL, bytes);
    if (block)
        parts[j->part_count++] = (struct part){.block = block};
    return block;
}

static size_t align(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* Room for n bytes that stay where they are. */
static void *take(struct lab_journal *j, size_t n)
{
    if (!j->chunk || j->used + n > j->room) {
        size_t room = j->chunk ? CHUNK_BYTES : FIRST_CHUNK_BYTES;
        uint8_t *chunk = add_part(j, room + sizeof(struct net_event));
        if (!chunk)
            return NULL;
        memset(chunk + room, 0, sizeof(struct net_event));
        j->chunk = chunk;
        j->room = room;
        j->used = 0;
    }
    void *place = j->chunk + j->used;
    j->used += align(n);
    return place;
}

static int reserve_index(struct lab_journal *j)
{
    size_t leaf = j->count >> LEAF_BITS;
    if (j->count & (LEAF_EVENTS - 1))
        return 0;
    const struct net_event ***leaves = grown(j->leaves, leaf, sizeof *leaves);
    if (!leaves)
        return -1;
    j->leaves = leaves;
    leaves[leaf] = add_part(j, LEAF_EVENTS * sizeof *leaves[leaf]);
    return leaves[leaf] ? 0 : -1;
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
    j->leaves[j->count >> LEAF_BITS][j->count & (LEAF_EVENTS - 1)] = copy;
    return (long)j->count++;
}

size_t lab_journal_count(const struct lab_journal *j)
{
    return j->count;
}

const struct net_event *lab_journal_at(const struct lab_journal *j, size_t index)
{
    return index < j->count ? j->leaves[index >> LEAF_BITS][index & (LEAF_EVENTS - 1)] : NULL;
}

/* ---- putting away ------------------------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)((const struct part *)a)->block, y = (uintptr_t)((const struct part *)b)->block;
    return (x > y) - (x < y);
}

/* The newest chunk and the newest leaf, which are still written to, come to stand last: how many others there are. */
static size_t part_full(struct lab_journal *j)
{
    const void *leaf = j->count ? j->leaves[(j->count - 1) >> LEAF_BITS] : NULL;
    size_t full = j->part_count;
    for (size_t i = j->part_count; i-- > j->inside;) {
        struct part part = j->parts[i];
        if (part.block != leaf && part.block != j->chunk)
            continue;
        j->parts[i] = j->parts[--full];
        j->parts[full] = part;
    }
    qsort(j->parts + j->inside, full - j->inside, sizeof *j->parts, by_place);
    return full;
}

static int write_parts(struct lab_journal *j, size_t full, struct net_error *err)
{
    off_t end = 0;
    int fd = lab_past_file(err);
    if (fd < 0)
        return -1;
    for (; j->inside < full; j->inside++) {
        struct part *part = &j->parts[j->inside];
        part->file_bytes = net_apart_to_file(part->block, fd, end);
        if (part->file_bytes == 0)
            break;
        end += (off_t)part->file_bytes;
    }
    int code = errno;
    close(fd); /* the mappings hold it */
    return j->inside == full
               ? 0
               : net_fail(err, code, "pwrite", "what is past stays in memory: its file cannot be written (%s)",
                          net_errno_name(code));
}

int lab_journal_put_away(struct lab_journal *j, struct net_error *err)
{
    enum { WORTH_IT = 3 };
    for (size_t i = 0; i < j->inside; i++)
        net_apart_page_out(j->parts[i].block, j->parts[i].file_bytes);
    size_t full = part_full(j);
    return full - j->inside < WORTH_IT ? 0 : write_parts(j, full, err);
}

/* ---- its beginning ----------------------------------------------------------------------------------------------- */

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

const char *lab_command_id_name(unsigned id)
{
    static const char *const names[LAB_COMMAND_IDS] = {
        [LAB_COMMAND_NONE] = "none",       [LAB_COMMAND_OTHER] = "other",     [LAB_COMMAND_START] = "start",
        [LAB_COMMAND_HAND_CALL] = "call",  [LAB_COMMAND_SIGNAL] = "signal",   [LAB_COMMAND_CANCEL] = "cancel",
        [LAB_COMMAND_FAIL] = "fail",       [LAB_COMMAND_SET] = "set",         [LAB_COMMAND_GET] = "get",
        [LAB_COMMAND_DESTROY] = "destroy", [LAB_COMMAND_REBOOT] = "reboot",   [LAB_COMMAND_CLEAR] = "clear",
        [LAB_COMMAND_WIRE] = "wire",       [LAB_COMMAND_NET] = "net",         [LAB_COMMAND_GATE] = "gate",
        [LAB_COMMAND_WAIT] = "wait",       [LAB_COMMAND_EXPECT] = "expect",   [LAB_COMMAND_PREDICT] = "predict",
        [LAB_COMMAND_CHOICE] = "choice",   [LAB_COMMAND_NEEDS] = "needs",     [LAB_COMMAND_WITH] = "with",
        [LAB_COMMAND_VERSUS] = "versus",   [LAB_COMMAND_EXPLAIN] = "explain",
    };
    return id < LAB_COMMAND_IDS ? names[id] : names[LAB_COMMAND_OTHER];
}

bool lab_command_id_asks(unsigned id)
{
    return id == LAB_COMMAND_WAIT || id == LAB_COMMAND_EXPECT || id == LAB_COMMAND_PREDICT ||
           id == LAB_COMMAND_CHOICE || id == LAB_COMMAND_NEEDS;
}
