// SPDX-License-Identifier: GPL-3.0-or-later
// Open addressing with linear probing in a table whose size is a power of two and that is never more than two thirds
// full. Left out: removal; who wants a key gone gives it the value -1.

#include "lab/base/map.h"

#include <stdlib.h>
#include <string.h>

struct lab_map_slot {
    struct lab_key key;
    long value;
    bool taken;
};

void lab_map_fini(struct lab_map *map)
{
    free(map->slots);
    *map = (struct lab_map){0};
}

int lab_map_copy(struct lab_map *to, const struct lab_map *map)
{
    size_t bytes = map->room * sizeof *map->slots;
    *to = (struct lab_map){0};
    if (map->room == 0)
        return 0;
    to->slots = malloc(bytes);
    if (!to->slots)
        return -1;
    memcpy(to->slots, map->slots, bytes);
    to->used = map->used;
    to->room = map->room;
    return 0;
}

/* The finalizer of splitmix64 (public domain), over both halves. */
static uint64_t hash(struct lab_key key)
{
    uint64_t x = key.a ^ (key.b * 0x9e3779b97f4a7c15u + (key.b >> 32));
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct lab_map_slot *find(const struct lab_map *map, struct lab_key key)
{
    for (size_t i = (size_t)hash(key);; i++) {
        struct lab_map_slot *slot = &map->slots[i & (map->room - 1)];
        if (!slot->taken || (slot->key.a == key.a && slot->key.b == key.b))
            return slot;
    }
}

long lab_map_get(const struct lab_map *map, struct lab_key key)
{
    if (map->room == 0)
        return -1;
    const struct lab_map_slot *slot = find(map, key);
    return slot->taken ? slot->value : -1;
}

static int grow(struct lab_map *map)
{
    struct lab_map old = *map;
    struct lab_map_slot *slots = calloc(old.room ? 2 * old.room : 64, sizeof *slots);
    if (!slots)
        return -1;
    map->slots = slots;
    map->room = old.room ? 2 * old.room : 64;
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].taken)
            *find(map, old.slots[i].key) = old.slots[i];
    free(old.slots);
    return 0;
}

int lab_map_put(struct lab_map *map, struct lab_key key, long value)
{
    if (3 * (map->used + 1) > 2 * map->room && grow(map) < 0)
        return -1;
    struct lab_map_slot *slot = find(map, key);
    map->used += !slot->taken;
    *slot = (struct lab_map_slot){key, value, true};
    return 0;
}

bool lab_map_slot(const struct lab_map *map, size_t i, struct lab_key *key, long *value)
{
    const struct lab_map_slot *slot = &map->slots[i];
    *key = slot->key;
    *value = slot->value;
    return slot->taken;
}
