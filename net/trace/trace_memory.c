// SPDX-License-Identifier: GPL-3.0-or-later
// What a program allocates, and the functions of libc that must not be left by a jump.
/*
 * A program that is ended while it runs as a thread cannot free what it allocated; the lab does that for it. So each
 * block is noted in a table of its group until it is freed. A block that came from elsewhere (getline) is not in the
 * table, and simply freed when the program frees it. In glibc each result of getaddrinfo() is one block (but a second
 * one for AI_CANONNAME, which no chapter program asks for).
 *
 * The functions without an event of their own are guarded because libc holds a lock in them.
 */
#include "net/trace/span.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* Open addressing; a freed place keeps GONE, so that searches go on past it. */
struct net_blocks {
    size_t room, used; /* room: a power of two; used counts GONE places too */
    void *at[];
};
#define GONE ((void *)-1)

static size_t place(const struct net_blocks *b, const void *block)
{
    return (size_t)(((uintptr_t)block >> 4) * 0x9e3779b97f4a7c15u) & (b->room - 1);
}

static void **find(struct net_blocks *b, const void *block)
{
    for (size_t i = place(b, block);; i = (i + 1) & (b->room - 1)) {
        if (b->at[i] == block)
            return &b->at[i];
        if (!b->at[i])
            return NULL;
    }
}

static void insert(struct net_blocks *b, void *block)
{
    size_t i = place(b, block);
    while (b->at[i] && b->at[i] != GONE)
        i = (i + 1) & (b->room - 1);
    b->used += !b->at[i];
    b->at[i] = block;
}

/* Twice the room when a third of it is in use, so that a free place is always near. */
static struct net_blocks *with_room(struct net_blocks *b)
{
    if (b && b->used * 3 < b->room)
        return b;
    size_t room = b ? b->room * 2 : 64;
    struct net_blocks *larger = calloc(1, sizeof *larger + room * sizeof larger->at[0]);
    if (!larger)
        return b && b->used + 1 < b->room ? b : NULL;
    larger->room = room;
    for (size_t i = 0; b && i < b->room; i++)
        if (b->at[i] && b->at[i] != GONE)
            insert(larger, b->at[i]);
    free(b);
    return larger;
}

void net_block_note(struct net_task_group *group, void *block)
{
    if (!block)
        return;
    pthread_mutex_lock(&group->lock);
    struct net_blocks *b = with_room(group->blocks);
    if (b) {
        group->blocks = b;
        insert(b, block);
    }
    pthread_mutex_unlock(&group->lock);
}

void net_block_forget(struct net_task_group *group, const void *block)
{
    if (!block)
        return;
    pthread_mutex_lock(&group->lock);
    void **at = group->blocks ? find(group->blocks, block) : NULL;
    if (at)
        *at = GONE;
    pthread_mutex_unlock(&group->lock);
}

void net_addresses_note(struct net_task_group *group, struct addrinfo *found)
{
    for (; found; found = found->ai_next)
        net_block_note(group, found);
}

void net_blocks_free(struct net_task_group *group)
{
    struct net_blocks *b = group->blocks;
    for (size_t i = 0; b && i < b->room; i++)
        if (b->at[i] && b->at[i] != GONE)
            free(b->at[i]);
    free(b);
    group->blocks = NULL;
}

/* ---- traced ------------------------------------------------------------------------------------------------------ */

static void *allocated(struct net_span *s, void *block)
{
    int error = block ? 0 : errno;
    net_block_note(s->task->group, block);
    net_span_return_error(s, (intptr_t)block, error);
    return block;
}

static void *no_memory(struct net_span *s)
{
    net_span_fail(s, 0);
    return NULL;
}

void *net_malloc(int line, size_t bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_MALLOC, line, -1, ARGS((int64_t)bytes));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return no_memory(&s);
    return allocated(&s, malloc(bytes));
}

void *net_calloc(int line, size_t count, size_t bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_MALLOC, line, -1, ARGS((int64_t)(count * bytes)));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return no_memory(&s);
    return allocated(&s, calloc(count, bytes));
}

void *net_realloc(int line, void *block, size_t bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_MALLOC, line, -1, ARGS((int64_t)bytes));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return no_memory(&s);
    net_block_forget(s.task->group, block);
    void *moved = realloc(block, bytes);
    if (!moved && bytes > 0)
        net_block_note(s.task->group, block);
    return allocated(&s, moved);
}

void net_free(int line, void *block)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_FREE, line, -1, ARGS((intptr_t)block));
    net_span_enter(&s);
    net_block_forget(s.task->group, block);
    free(block);
    net_span_return_error(&s, 0, 0);
}

/* ---- guarded ----------------------------------------------------------------------------------------------------- */

char *net_strdup(const char *text)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    char *copy = strdup(text);
    net_block_note(t->group, copy);
    net_unsafe_end(t);
    return copy;
}

char *net_strndup(const char *text, size_t bytes)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    char *copy = strndup(text, bytes);
    net_block_note(t->group, copy);
    net_unsafe_end(t);
    return copy;
}

char *net_strerror(int error)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    char *text = strerror(error);
    net_unsafe_end(t);
    return text;
}

struct tm *net_localtime(const time_t *when)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    struct tm *parts = localtime(when);
    net_unsafe_end(t);
    return parts;
}

struct tm *net_localtime_r(const time_t *when, struct tm *parts)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    parts = localtime_r(when, parts);
    net_unsafe_end(t);
    return parts;
}

size_t net_strftime(char *out, size_t room, const char *format, const struct tm *parts)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size_t n = strftime(out, room, format, parts);
#pragma GCC diagnostic pop
    net_unsafe_end(t);
    return n;
}

int net_rand(void)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    int value = rand();
    net_unsafe_end(t);
    return value;
}

void net_srand(unsigned seed)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    srand(seed);
    net_unsafe_end(t);
}

void net_freeaddrinfo(struct addrinfo *found)
{
    struct net_task *t = net_self;
    net_unsafe_begin(t);
    for (const struct addrinfo *a = found; a; a = a->ai_next)
        net_block_forget(t->group, a);
    freeaddrinfo(found);
    net_unsafe_end(t);
}
