// SPDX-License-Identifier: GPL-3.0-or-later
// The journal in memory.
//
// Events lie one after another in chunks that are never moved, each only as long as its kind needs: a traced call
// takes 128 bytes where struct net_event would take twice as many. An index of pointers, in leaves of the same kind,
// gives the i-th. Whoever copies an event as a whole struct reads some bytes too many, which belong to its neighbour:
// every chunk therefore ends with a struct's length of slack, so that such a copy is harmless.
//
// A long run's older events lie in a file (store.h), at the same addresses.
//
// Left out: removing or changing an event. Rewind is a fold over fewer of them.

#include "lab/journal/journal.h"

#include "lab/journal/journal_file.h"
#include "lab/journal/store.h"
#include "net/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first chunk is small, as most runs are; whoever needs another has much to say, and is not to ask often. */
enum { FIRST_CHUNK_BYTES = 60 * 1024, CHUNK_BYTES = 252 * 1024 };
enum { ALIGN = 8, LEAF_BITS = 12, LEAF_EVENTS = 1 << LEAF_BITS };

enum { TEXTS = 8 /* so many experiments of one run carry their text, the last ones */ };

struct lab_journal {
    struct lab_store *store; /* chunks of events and leaves of the index, none of which ever moves */
    uint8_t *chunk;          /* the newest */
    size_t room, used;       /* of it */
    const struct net_event ***leaves;
    size_t count;
    struct lab_origin origin;
    struct {
        char *name, *markdown;
    } text[TEXTS];
    size_t text_count;
};

struct lab_journal *lab_journal_new(void)
{
    struct lab_journal *j = calloc(1, sizeof *j);
    if (j && !(j->store = lab_store_new())) {
        free(j);
        return NULL;
    }
    return j;
}

void lab_journal_free(struct lab_journal *j)
{
    if (!j)
        return;
    lab_store_free(j->store);
    free(j->leaves);
    for (size_t i = 0; i < j->text_count; i++) {
        free(j->text[i].name);
        free(j->text[i].markdown);
    }
    free(j);
}

const char *lab_journal_text_at(const struct lab_journal *j, size_t i, const char **name)
{
    if (i >= j->text_count)
        return NULL;
    *name = j->text[i].name;
    return j->text[i].markdown;
}

const char *lab_journal_text(const struct lab_journal *j, const char *name)
{
    for (size_t i = 0; i < j->text_count; i++)
        if (strcmp(j->text[i].name, name) == 0)
            return j->text[i].markdown;
    return NULL;
}

static void drop_text(struct lab_journal *j, size_t i)
{
    free(j->text[i].name);
    free(j->text[i].markdown);
    j->text_count--;
    memmove(&j->text[i], &j->text[i + 1], (j->text_count - i) * sizeof j->text[0]);
}

void lab_journal_put_text(struct lab_journal *j, const char *name, const char *markdown)
{
    for (size_t i = j->text_count; i-- > 0;)
        if (strcmp(j->text[i].name, name) == 0)
            drop_text(j, i);
    if (strlen(markdown) > LAB_TEXT_BYTES)
        return;
    if (j->text_count == TEXTS)
        drop_text(j, 0);
    char *own_name = strdup(name), *own = strdup(markdown);
    if (!own_name || !own) { /* the run goes on without it */
        free(own_name);
        free(own);
        return;
    }
    j->text[j->text_count].name = own_name;
    j->text[j->text_count++].markdown = own;
}

/* The array with room for one element more; it grows in powers of two. */
static void *grown(void *array, size_t count, size_t element_bytes)
{
    enum { FIRST = 16 };
    bool has_room = count % FIRST != 0 || (count > 0 && (count & (count - 1)) != 0);
    return has_room ? array : realloc(array, (count ? 2 * count : FIRST) * element_bytes);
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
        uint8_t *chunk = lab_store_take(j->store, room + sizeof(struct net_event));
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
    leaves[leaf] = lab_store_take(j->store, LEAF_EVENTS * sizeof *leaves[leaf]);
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

void lab_journal_passed(const struct lab_journal *j, size_t index)
{
    enum { EVERY = 1 << 16 };
    if (index % EVERY == EVERY - 1)
        lab_store_rest(j->store);
}

uint64_t lab_journal_file_bytes(const struct lab_journal *j)
{
    return lab_store_file_bytes(j->store);
}

size_t lab_journal_count(const struct lab_journal *j)
{
    return j->count;
}

const struct net_event *lab_journal_at(const struct lab_journal *j, size_t index)
{
    return index < j->count ? j->leaves[index >> LEAF_BITS][index & (LEAF_EVENTS - 1)] : NULL;
}

void lab_journal_set_note(struct lab_journal *j, size_t index, const struct net_ev_note *note)
{
    struct net_event *event = (struct net_event *)lab_journal_at(j, index); /* ours, const for all others */
    if (event)
        event->u.note = *note;
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

int64_t lab_journal_wall_ns(const struct lab_journal *j, uint64_t start_ns)
{
    if (j->origin.loaded)
        return j->origin.wall_ns;
    return (int64_t)(net_wall_ns() - net_now_ns() + start_ns);
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
        [LAB_COMMAND_VERSUS] = "versus",   [LAB_COMMAND_EXPLAIN] = "explain", [LAB_COMMAND_MARK] = "mark",
        [LAB_COMMAND_LET] = "let",         [LAB_COMMAND_REPEAT] = "repeat",   [LAB_COMMAND_INCLUDE] = "include",
        [LAB_COMMAND_REASON] = "reason",   [LAB_COMMAND_BECAUSE] = "because", [LAB_COMMAND_HINT] = "hint",
        [LAB_COMMAND_SEE] = "see",
    };
    return id < LAB_COMMAND_IDS ? names[id] : names[LAB_COMMAND_OTHER];
}

bool lab_command_id_asks(unsigned id)
{
    return id == LAB_COMMAND_WAIT || id == LAB_COMMAND_EXPECT || id == LAB_COMMAND_PREDICT ||
           id == LAB_COMMAND_CHOICE || id == LAB_COMMAND_NEEDS || id == LAB_COMMAND_MARK || id == LAB_COMMAND_LET ||
           id == LAB_COMMAND_INCLUDE || id == LAB_COMMAND_REASON || id == LAB_COMMAND_BECAUSE ||
           id == LAB_COMMAND_HINT || id == LAB_COMMAND_SEE;
}
