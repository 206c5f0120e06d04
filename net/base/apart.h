// SPDX-License-Identifier: GPL-3.0-or-later
// The lab's own memory: what no program gets a copy of when it forks.
#ifndef NET_BASE_APART_H
#define NET_BASE_APART_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * fork() in a thread of the lab copies the lab: all of its memory becomes copy-on-write, and the lab pays a page fault
 * for every page that it writes next, for each child. With a thousand children that was most of the lab's time, and the
 * screen stood still meanwhile. What is taken from here is left out of children (MADV_DONTFORK): for the lab a fork
 * changes nothing, and the fork itself has less to copy. The journal, the state and what the observer knows live here.
 *
 *   thread   the main thread alone. A child that touches such memory crashes: nothing that a program of the lab may
 *            look at belongs here.
 *   errors   NULL with errno; what was there stays.
 */
void *net_apart_zeroed(size_t bytes);
/* As realloc() does; what it grows by is not zeroed. Large arrays are moved by their page table, not copied. */
void *net_apart_resize(void *, size_t bytes);
void net_apart_free(void *); /* NULL: nothing */
/* How many bytes a block has; 0: it is no block of this allocator, or one with a mapping of its own. On any thread. */
size_t net_apart_room(const void *);
/* Give the machine back what stands empty. Costs a walk through all that was freed. */
void net_apart_tidy(void);

/*
 * Let a block lie in a file from now on: it is written there, whole pages of it, and mapped from there in place of its
 * memory. It stays where it is and is read as before, a little slower, but it cannot be written or resized any more.
 *
 *   block    of more than NET_APART_SMALL bytes.
 *   returns  how many bytes of the file it takes; 0: it stays in memory, errno says why.
 */
enum { NET_APART_SMALL = 16 * 1024 };
size_t net_apart_to_file(void *block, int fd, off_t offset);
/* What was read of such a block since takes memory again: no more. bytes: what it takes in the file. */
void net_apart_page_out(const void *block, size_t bytes);

/*
 * Until it is turned off again, what this thread is given by calloc() lies apart, too, and is given back by free() as
 * ever: for a library whose memory cannot be had otherwise (net/base/apart_calloc.c).
 */
void net_apart_calloc(bool on);

#endif
