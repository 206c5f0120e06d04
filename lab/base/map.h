// SPDX-License-Identifier: GPL-3.0-or-later
// A hash map from 128 bits to an index: plain data.
#ifndef LAB_BASE_MAP_H
#define LAB_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty map. Keys are compared whole; a key that was put stays, its value may be changed. */
struct lab_key {
    uint64_t a, b;
};

struct lab_map {
    struct lab_map_slot *slots;
    size_t used, room;
};

void lab_map_fini(struct lab_map *);
int lab_map_copy(struct lab_map *to, const struct lab_map *);  /* -1 without memory: *to is empty then */
long lab_map_get(const struct lab_map *, struct lab_key);      /* -1 when the key was never put */
int lab_map_put(struct lab_map *, struct lab_key, long value); /* -1 without memory */
/* What is in slot i of map->room; false: nothing. In no order. */
bool lab_map_slot(const struct lab_map *, size_t i, struct lab_key *, long *value);

#endif
