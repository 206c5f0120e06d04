// SPDX-License-Identifier: GPL-3.0-or-later
// Memory that is given back all at once: plain text trees.
#ifndef LAB_BASE_POOL_H
#define LAB_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What is taken from a pool lives until lab_pool_free(), which may be given NULL. Nothing is given back singly.
 * Without memory the calls return NULL and the pool remembers it, so that a builder may ask once, at its end.
 */
struct lab_pool;

struct lab_pool *lab_pool_new(void); /* NULL: no memory */
void lab_pool_free(struct lab_pool *);
void *lab_pool_take(struct lab_pool *, size_t bytes);                   /* zeroed, aligned for anything */
char *lab_pool_text(struct lab_pool *, const char *text, size_t bytes); /* a copy, NUL-terminated */
/* What was taken from `other` belongs to the pool from now on; `other` is gone. */
void lab_pool_join(struct lab_pool *, struct lab_pool *other);
bool lab_pool_failed(const struct lab_pool *);

#endif
