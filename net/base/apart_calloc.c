// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * calloc() for a library that asks for nothing else: its blocks are left out of children as the lab's own are, and are
 * given back with free() all the same.
 *
 * Why: curses clears and copies its windows for every frame. After a fork each page of them is a page fault, and while
 * a server forks for a thousand clients that was two thirds of all faults and most of the time of a frame.
 *
 * How: while it is asked for, calloc() gives a block of net/base/apart.c, and free() and realloc() know it by its
 * address. The names are taken from the C library for the whole program, and passed on to it for everything else.
 *
 * Left out: lines that curses makes by malloc(), which it does when a terminal is resized; and other C libraries, and
 * the sanitizers, which have a malloc() of their own.
 */
#include "net/base/apart.h"

#include "net/base/sanitized.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined __GLIBC__ && !defined NET_HAS_OTHER_MALLOC

enum { WORTH_IT = 64 }; /* bytes: a WINDOW of curses has 88, and is written at every move in it */

/* The names that the C library has them under as well. */
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

static _Thread_local bool is_asked;

void net_apart_calloc(bool on)
{
    is_asked = on;
}

/* NULL: it is none of ours, and left to the C library. */
static void *apart(size_t count, size_t each)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, each, &bytes) || bytes < WORTH_IT || bytes > NET_APART_SMALL / 2)
        return NULL;
    void *block = net_apart_zeroed(bytes);
    if (block && !net_apart_room(block)) { /* free() would not know it */
        net_apart_free(block);
        block = NULL;
    }
    return block;
}

void *calloc(size_t count, size_t each)
{
    void *block = is_asked ? apart(count, each) : NULL;
    return block ? block : __libc_calloc(count, each);
}

void free(void *block)
{
    if (net_apart_room(block))
        net_apart_free(block);
    else
        __libc_free(block);
}

void *realloc(void *block, size_t bytes)
{
    size_t had = net_apart_room(block);
    if (!had)
        return __libc_realloc(block, bytes);
    void *moved = malloc(bytes);
    if (moved) {
        memcpy(moved, block, had < bytes ? had : bytes);
        net_apart_free(block);
    }
    return moved;
}

#else

void net_apart_calloc(bool on)
{
    (void)on;
}

#endif
