// SPDX-License-Identifier: GPL-3.0-or-later
// Chunks of memory in a list, each cut from its beginning; what is larger than a chunk gets one of its own.
#include "lab/base/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 16384 };

struct chunk {
    struct chunk *next;
    size_t used, bytes;
    _Alignas(max_align_t) unsigned char room[];
};

struct lab_pool {
    struct chunk *chunks;
    bool failed;
};

struct lab_pool *lab_pool_new(void)
{
    return calloc(1, sizeof(struct lab_pool));
}

void lab_pool_free(struct lab_pool *pool)
{
    if (!pool)
        return;
    for (struct chunk *chunk = pool->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(pool);
}

static struct chunk *add_chunk(struct lab_pool *pool, size_t bytes)
{
    struct chunk *chunk = calloc(1, sizeof *chunk + bytes);
    if (!chunk) {
        pool->failed = true;
        return NULL;
    }
    chunk->bytes = bytes;
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    return chunk;
}

void *lab_pool_take(struct lab_pool *pool, size_t bytes)
{
    size_t aligned = (bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    struct chunk *chunk = pool->chunks;
    if (aligned < bytes || aligned > SIZE_MAX / 2) {
        pool->failed = true;
        return NULL;
    }
    if (!chunk || chunk->bytes - chunk->used < aligned)
        chunk = add_chunk(pool, aligned > CHUNK_BYTES ? aligned : CHUNK_BYTES);
    if (!chunk)
        return NULL;
    void *taken = chunk->room + chunk->used;
    chunk->used += aligned;
    return taken;
}

char *lab_pool_text(struct lab_pool *pool, const char *text, size_t bytes)
{
    char *copy = lab_pool_take(pool, bytes + 1);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

void lab_pool_join(struct lab_pool *pool, struct lab_pool *other)
{
    struct chunk **end = &pool->chunks;
    while (*end)
        end = &(*end)->next;
    *end = other->chunks;
    pool->failed |= other->failed;
    free(other);
}

bool lab_pool_failed(const struct lab_pool *pool)
{
    return pool->failed;
}
