// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * An allocator of two parts. Up to 32 kB: blocks of 32, 64, 128 ... bytes, cut from chunks of 64 kB and kept in a list
 * per size when they are given back; arrays here grow by doubling, so that such sizes waste little. Above: a mapping of
 * its own, which grows by mremap() and goes back to the machine at once. Before each block stands its size.
 *
 * Left out: giving chunks back, and threads. Under the sanitizers it is malloc(), so that they see every mistake.
 */
#include "net/apart.h"

#include "net/sanitized.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SMALLEST_BITS = 5, LARGEST_BITS = 15, CLASSES = LARGEST_BITS - SMALLEST_BITS + 1, CHUNK_BYTES = 64 * 1024 };

struct head {
    size_t bytes;      /* of the whole block, this head included */
    struct head *next; /* of those that are free; keeps what follows aligned otherwise */
};
_Static_assert(sizeof(struct head) % _Alignof(max_align_t) == 0, "what follows a head is aligned for anything");

/* The process's, as the heap is. */
static struct {
    struct head *free[CLASSES];
    uint8_t *chunk;
    size_t left; /* of the chunk */
} apart;

/* A chunk will be used up soon: its pages come at once, which costs far less than one fault for each. */
static void *map(size_t bytes)
{
    enum { AT_ONCE_BYTES = CHUNK_BYTES + 4096 };
    int at_once = bytes <= AT_ONCE_BYTES ? MAP_POPULATE : 0;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | at_once, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    madvise(room, bytes, MADV_DONTFORK); /* refused: slower, that is all */
    return room;
}

static size_t page_up(size_t bytes)
{
    enum { PAGE = 4096 };
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

static int class_of(size_t bytes)
{
    int bits = SMALLEST_BITS;
    while (((size_t)1 << bits) < bytes)
        bits++;
    return bits - SMALLEST_BITS;
}

/* The rest of the old chunk is not worth a thought: it was smaller than one block. */
static struct head *cut(size_t bytes)
{
    if (apart.left < bytes) {
        uint8_t *chunk = map(CHUNK_BYTES);
        if (!chunk)
            return NULL;
        apart.chunk = chunk;
        apart.left = CHUNK_BYTES;
    }
    struct head *head = (struct head *)(void *)(apart.chunk + (CHUNK_BYTES - apart.left));
    apart.left -= bytes;
    return head;
}

static struct head *take(size_t bytes, bool *is_fresh)
{
    *is_fresh = true;
    if (bytes > (size_t)1 << LARGEST_BITS) {
        struct head *head = map(page_up(bytes));
        if (head)
            head->bytes = page_up(bytes);
        return head;
    }
    int class = class_of(bytes);
    struct head *head = apart.free[class];
    *is_fresh = !head;
    if (head)
        apart.free[class] = head->next;
    else
        head = cut((size_t)1 << (class + SMALLEST_BITS));
    if (head)
        head->bytes = (size_t)1 << (class + SMALLEST_BITS);
    return head;
}

static void *allocate(size_t bytes, bool zeroed)
{
    bool is_fresh;
    if (bytes > SIZE_MAX / 2) {
        errno = ENOMEM;
        return NULL;
    }
    struct head *head = take(bytes + sizeof(struct head), &is_fresh);
    if (head && zeroed && !is_fresh)
        memset(head + 1, 0, bytes);
    return head ? head + 1 : NULL;
}

void *net_apart_zeroed(size_t bytes)
{
    return NET_UNDER_ASAN || NET_UNDER_TSAN ? calloc(1, bytes) : allocate(bytes, true);
}

void net_apart_free(void *block)
{
    if (NET_UNDER_ASAN || NET_UNDER_TSAN) {
        free(block);
        return;
    }
    struct head *head = block ? (struct head *)block - 1 : NULL;
    if (head && head->bytes > (size_t)1 << LARGEST_BITS) {
        munmap(head, head->bytes);
    } else if (head) {
        int class = class_of(head->bytes);
        head->next = apart.free[class];
        apart.free[class] = head;
    }
}

/* A mapping stays one: it is moved, not copied. */
static void *remap(struct head *head, size_t bytes)
{
    size_t all = page_up(bytes + sizeof *head);
    struct head *moved = mremap(head, head->bytes, all, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return NULL;
    moved->bytes = all;
    return moved + 1;
}

void *net_apart_resize(void *block, size_t bytes)
{
    if (NET_UNDER_ASAN || NET_UNDER_TSAN)
        return realloc(block, bytes);
    struct head *head = block ? (struct head *)block - 1 : NULL;
    if (head && bytes <= SIZE_MAX / 2 && head->bytes > (size_t)1 << LARGEST_BITS && bytes > (size_t)1 << LARGEST_BITS)
        return remap(head, bytes);
    if (head && bytes <= head->bytes - sizeof *head)
        return block;
    void *larger = allocate(bytes, false);
    if (larger && head)
        memcpy(larger, block, head->bytes - sizeof *head);
    if (larger)
        net_apart_free(block);
    return larger;
}
