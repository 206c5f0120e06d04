// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * calloc() for a library that asks for nothing else: its blocks are left out of children as the lab's own are, and are
 * given back with free() all the same.
 *
 * Why: curses clears and copies its windows for every frame. After a fork each page of them is a page fault, and while
 * a server forks for a thousand clients that was two thirds of all faults and most of the time of a frame.
 *
 * How: the C library gives a large block a mapping of its own, and keeps it one when it shrinks (malloc(3), mallopt(3):
 * M_MMAP_THRESHOLD). So such a block is made large, cut to size, and its pages marked. free() takes the mapping away,
 * and with it the mark: no page is ever left out of children that something else could come to lie in. Where malloc()
 * gives no mapping after all, which the bit before the block says, it is a block like any other.
 *
 * The name is taken from the C library for the whole program, and passed on to it wherever nobody asked for this. Left
 * out: lines that curses makes by malloc(), which it does when a terminal is resized; and other C libraries, and the
 * sanitizers, which have a malloc() of their own.
 */
#include "net/apart.h"

#include "net/sanitized.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined __GLIBC__ && !defined NET_HAS_OTHER_MALLOC

enum { SURELY_MAPPED = 256 * 1024, THRESHOLD = 128 * 1024, WORTH_A_PAGE = 256, PAGE = 4096 };

static _Thread_local bool is_asked;

void net_apart_calloc(bool on)
{
    static bool once;
    if (!once)
        mallopt(M_MMAP_THRESHOLD, THRESHOLD); /* or it would grow with what is freed */
    once = true;
    is_asked = on;
}

/* The word before a block is its size, with three bits of flags; the second says that it was mapped (malloc.c). */
static bool is_mapped(uintptr_t block)
{
    return *((const size_t *)block - 1) & 2;
}

static void *in_pages(size_t bytes)
{
    void *large = malloc(SURELY_MAPPED);
    char *block = large ? realloc(large, bytes) : NULL;
    if (!block) {
        free(large);
        return NULL;
    }
    uintptr_t at = (uintptr_t)block, page = at & ~(uintptr_t)(PAGE - 1);
    if (is_mapped(at))
        madvise((void *)page, (at + bytes - page + PAGE - 1) & ~(size_t)(PAGE - 1), MADV_DONTFORK);
    return memset(block, 0, bytes);
}

void *__libc_calloc(size_t, size_t); /* the name that the C library has it under as well */

void *calloc(size_t count, size_t each)
{
    size_t bytes;
    bool suits = is_asked && !__builtin_mul_overflow(count, each, &bytes) && bytes >= WORTH_A_PAGE &&
                 bytes < SURELY_MAPPED / 2;
    return suits ? in_pages(bytes) : __libc_calloc(count, each);
}

#else

void net_apart_calloc(bool on)
{
    (void)on;
}

#endif
