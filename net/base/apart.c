// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * An allocator of two parts. Up to 16 kB: blocks of 32, 64, 80, 96, 112, 128, 160 ... bytes, four sizes to a doubling,
 * cut from chunks of 64 kB and kept in a list per size when they are given back. Above: a mapping of its own, which
 * grows by mremap() and goes back to the machine at once. Before each block stands its size.
 *
 * A chunk lies at a multiple of its size, so that a block finds it, and counts its blocks that are in use. One without
 * any goes back to the machine when net_apart_tidy() is called, not before: mostly it is wanted again. Chunks lie in a
 * window of addresses that is kept for them from the first one on, so that an address tells whose it is; when there are
 * more than the window holds, anywhere.
 *
 * Left out: threads. Under the sanitizers it is malloc(), so that they see every mistake.
 */
#include "net/base/apart.h"

#include "net/base/sanitized.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SMALLEST = 32, LARGEST_BITS = 14, STEPPED_BITS = 6, CLASSES = 2 + 4 * (LARGEST_BITS - STEPPED_BITS) };
enum { CHUNK_BYTES = 64 * 1024 };
enum { WINDOW_CHUNKS = 1024 };
enum { AT_ONCE_BYTES = 512 * 1024 };
enum { PAGE = 4096 };
_Static_assert(NET_APART_SMALL == 1 << LARGEST_BITS, "what is larger has a mapping of its own");

struct head {
    size_t bytes;      /* of the whole block, this head included */
    struct head *next; /* of those that are free; keeps what follows aligned otherwise */
};
_Static_assert(sizeof(struct head) % _Alignof(max_align_t) == 0, "what follows a head is aligned for anything");

struct chunk {
    struct chunk *next;
    size_t used; /* blocks in use */
};
_Static_assert(sizeof(struct chunk) % _Alignof(max_align_t) == 0, "what follows a chunk is aligned for anything");

/* The process's, as the heap is; apart itself, on a page of its own. */
static struct {
    _Alignas(PAGE) struct head *free[CLASSES];
    struct chunk *chunks; /* the newest, which blocks are cut from, first */
    size_t left;          /* of the chunk */
    bool is_taken[WINDOW_CHUNKS];
    bool is_apart;
} apart;
_Static_assert(sizeof apart % PAGE == 0, "nothing else lies on its page");

/* NULL: not kept yet, or refused. free() looks at it on every thread, and in children, too. */
static _Atomic(uint8_t *) window;

static void begin(void)
{
    if (!apart.is_apart)
        madvise(&apart, sizeof apart, MADV_DONTFORK); /* refused, as where pages are larger: slower, that is all */
    apart.is_apart = true;
}

/*
 * What is not very large will be used up soon: its pages come at once, which costs far less than one fault for each.
 * That is so for the threads of the lab as well, which share its memory: where a hypervisor keeps page tables of its
 * own, a processor that comes back to a memory which has new pages stands still for 50 us.
 */
static void *map(size_t bytes)
{
    int at_once = bytes <= AT_ONCE_BYTES ? MAP_POPULATE : 0;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | at_once, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    madvise(room, bytes, MADV_DONTFORK); /* refused: slower, that is all */
    return room;
}

static size_t page_up(size_t bytes)
{
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Sizes: SMALLEST, then from 1 << STEPPED_BITS on in quarters of what the next doubling adds. */
static size_t size_of(int class)
{
    int step = class - 1;
    return class == 0 ? SMALLEST : ((size_t)(4 + step % 4) << (STEPPED_BITS - 2)) << step / 4;
}

static int class_of(size_t bytes)
{
    if (bytes <= (size_t)1 << STEPPED_BITS)
        return bytes > SMALLEST;
    int doubling = 63 - __builtin_clzll(bytes - 1) - STEPPED_BITS;
    int quarter = (int)((bytes - 1) >> (doubling + STEPPED_BITS - 2)) - 3;
    return 1 + 4 * doubling + quarter;
}

static struct chunk *chunk_of(const struct head *head)
{
    return (struct chunk *)((uintptr_t)head & ~(uintptr_t)(CHUNK_BYTES - 1));
}

/* Twice the room has one whole chunk in it that lies as it must. */
static uint8_t *reserve(size_t bytes, int protection)
{
    uint8_t *room = mmap(NULL, bytes + CHUNK_BYTES, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)room & (CHUNK_BYTES - 1);
    if (before > 0)
        munmap(room, before);
    munmap(room + before + bytes, CHUNK_BYTES - before);
    madvise(room + before, bytes, MADV_DONTFORK);
    return room + before;
}

static uint8_t *chunk_in_window(void)
{
    if (!window)
        window = reserve((size_t)WINDOW_CHUNKS * CHUNK_BYTES, PROT_NONE);
    for (size_t i = 0; window && i < WINDOW_CHUNKS; i++) {
        uint8_t *room = window + i * CHUNK_BYTES;
        if (apart.is_taken[i])
            continue;
        if (mprotect(room, CHUNK_BYTES, PROT_READ | PROT_WRITE) < 0)
            return NULL;
        apart.is_taken[i] = true;
        return room;
    }
    return NULL;
}

static bool is_in_window(const void *address)
{
    const uint8_t *first = atomic_load_explicit(&window, memory_order_relaxed);
    return first && (uintptr_t)address - (uintptr_t)first < (size_t)WINDOW_CHUNKS * CHUNK_BYTES;
}

/* Its pages come at once, as in map(). */
static struct chunk *map_chunk(void)
{
    uint8_t *room = chunk_in_window();
    if (!room)
        room = reserve(CHUNK_BYTES, PROT_READ | PROT_WRITE);
    if (room)
        madvise(room, CHUNK_BYTES, MADV_POPULATE_WRITE);
    return (struct chunk *)(void *)room;
}

/* What is mapped again, or was left mapped, reads as zero. */
static void unmap_chunk(struct chunk *chunk)
{
    if (!is_in_window(chunk)) {
        munmap(chunk, CHUNK_BYTES);
        return;
    }
    madvise(chunk, CHUNK_BYTES, MADV_DONTNEED);
    apart.is_taken[((uintptr_t)chunk - (uintptr_t)window) / CHUNK_BYTES] = false;
}

/* The rest of the old chunk is not worth a thought: it was smaller than one block. */
static struct head *cut(size_t bytes)
{
    if (apart.left < bytes) {
        struct chunk *chunk = map_chunk();
        if (!chunk)
            return NULL;
        chunk->next = apart.chunks;
        apart.chunks = chunk;
        apart.left = CHUNK_BYTES - sizeof *chunk;
    }
    struct head *head = (struct head *)(void *)((uint8_t *)apart.chunks + (CHUNK_BYTES - apart.left));
    apart.left -= bytes;
    return head;
}

static struct head *take(size_t bytes, bool *is_fresh)
{
    begin();
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
        head = cut(size_of(class));
    if (head) {
        head->bytes = size_of(class);
        chunk_of(head)->used++;
    }
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
        chunk_of(head)->used--;
    }
}

size_t net_apart_room(const void *block)
{
    return is_in_window(block) ? ((const struct head *)block - 1)->bytes - sizeof(struct head) : 0;
}

static bool is_empty(const struct chunk *chunk)
{
    return chunk->used == 0 && chunk != apart.chunks;
}

void net_apart_tidy(void)
{
    for (int class = 0; class < CLASSES; class ++)
        for (struct head **at = &apart.free[class]; *at;) {
            if (is_empty(chunk_of(*at)))
                *at = (*at)->next;
            else
                at = &(*at)->next;
        }
    for (struct chunk **at = &apart.chunks; *at;) {
        struct chunk *chunk = *at;
        if (!is_empty(chunk)) {
            at = &chunk->next;
            continue;
        }
        *at = chunk->next;
        unmap_chunk(chunk);
    }
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int write_at(int fd, const void *from, size_t bytes, off_t offset)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t n = pwrite(fd, (const char *)from + done, bytes - done, offset + (off_t)done);
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

/* Without PROT_WRITE nothing is reserved for it, so that the mapping cannot be refused half-way. */
size_t net_apart_to_file(void *block, int fd, off_t offset)
{
    struct head *head = (struct head *)block - 1;
    if (NET_UNDER_ASAN || NET_UNDER_TSAN || head->bytes <= (size_t)1 << LARGEST_BITS) {
        errno = ENOTSUP;
        return 0;
    }
    size_t bytes = head->bytes;
    if (write_at(fd, head, bytes, offset) < 0 ||
        mmap(head, bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, offset) == MAP_FAILED)
        return 0;
    madvise(head, bytes, MADV_DONTFORK);
    return bytes;
}

void net_apart_page_out(const void *block, size_t bytes)
{
    madvise((void *)(uintptr_t)((const struct head *)block - 1), bytes, MADV_DONTNEED);
}

/* ---- growing ----------------------------------------------------------------------------------------------------- */

/* A mapping stays one: it is moved, not copied. */
static void *remap(struct head *head, size_t bytes)
{
    size_t all = page_up(bytes + sizeof *head);
    struct head *moved = mremap(head, head->bytes, all, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return NULL;
    if (all > moved->bytes && all - moved->bytes <= AT_ONCE_BYTES)
        madvise((uint8_t *)moved + moved->bytes, all - moved->bytes, MADV_POPULATE_WRITE);
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
