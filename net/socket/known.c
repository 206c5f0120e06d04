// SPDX-License-Identifier: GPL-3.0-or-later
// A hash table of sockets: linear probing, and removal by moving later entries up, so that no slot is ever a grave. And
// what of a sample is news to somebody who knows the one before.

#include "net/socket/known.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

void net_known_fini(struct net_known_table *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->all[i]);
    free(t->all);
    free(t->slot);
    *t = (struct net_known_table){0};
}

static size_t home_of(const struct net_known_table *t, unsigned host, uint64_t cookie)
{
    uint64_t hash = (cookie * 2 + host) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 32) & (t->slots - 1);
}

struct net_known *net_known_find(const struct net_known_table *t, unsigned host, uint64_t cookie)
{
    if (t->slots == 0)
        return NULL;
    for (size_t i = home_of(t, host, cookie); t->slot[i]; i = (i + 1) & (t->slots - 1))
        if (t->slot[i]->now.cookie == cookie && t->slot[i]->now.host == host)
            return t->slot[i];
    return NULL;
}

struct net_known *net_known_peer(const struct net_known_table *t, const struct net_ev_sample *own)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct net_ev_sample *other = &t->all[i]->now;
        if (other->cookie != own->cookie && !t->all[i]->is_gone && other->local_port == own->remote_port &&
            other->remote_port == own->local_port && net_ip_same(other->local_ip, own->remote_ip) &&
            net_ip_same(other->remote_ip, own->local_ip))
            return t->all[i];
    }
    return NULL;
}

static void put(struct net_known_table *t, struct net_known *k)
{
    size_t i = home_of(t, k->now.host, k->now.cookie);
    while (t->slot[i])
        i = (i + 1) & (t->slots - 1);
    t->slot[i] = k;
}

static bool grow(struct net_known_table *t)
{
    size_t slots = t->slots ? 2 * t->slots : FIRST_SLOTS;
    struct net_known **slot = calloc(slots, sizeof(struct net_known *));
    struct net_known **all = realloc(t->all, slots / 2 * sizeof(struct net_known *));
    if (all)
        t->all = all;
    if (!slot || !all) {
        free(slot);
        return false;
    }
    free(t->slot);
    t->slot = slot;
    t->slots = slots;
    t->room = slots / 2;
    for (size_t i = 0; i < t->count; i++)
        put(t, t->all[i]);
    return true;
}

struct net_known *net_known_add(struct net_known_table *t, unsigned host, uint64_t cookie)
{
    if (t->count == t->room && !grow(t))
        return NULL;
    struct net_known *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->now.host = (uint8_t)host;
    k->now.cookie = cookie;
    k->place = t->count;
    t->all[t->count++] = k;
    put(t, k);
    return k;
}

/* Whether the entry in slot i may move up to `hole`: its home must not lie in between. */
static bool may_move(const struct net_known_table *t, size_t hole, size_t i)
{
    size_t home = home_of(t, t->slot[i]->now.host, t->slot[i]->now.cookie);
    return ((i - home) & (t->slots - 1)) >= ((i - hole) & (t->slots - 1));
}

static void empty_slot(struct net_known_table *t, size_t hole)
{
    t->slot[hole] = NULL;
    for (size_t i = (hole + 1) & (t->slots - 1); t->slot[i]; i = (i + 1) & (t->slots - 1)) {
        if (!may_move(t, hole, i))
            continue;
        t->slot[hole] = t->slot[i];
        t->slot[i] = NULL;
        hole = i;
    }
}

void net_known_remove(struct net_known_table *t, struct net_known *k)
{
    size_t i = home_of(t, k->now.host, k->now.cookie);
    while (t->slot[i] != k)
        i = (i + 1) & (t->slots - 1);
    empty_slot(t, i);
    t->all[k->place] = t->all[--t->count];
    t->all[k->place]->place = k->place;
    free(k);
}

int64_t net_sample_deadline_ms(const struct net_ev_sample *s)
{
    return (int64_t)(s->begin_ns / 1000000) + s->timer_ms;
}

static bool has_timer_moved(const struct net_ev_sample *a, const struct net_ev_sample *b)
{
    enum { MOVED_MS = 60 };
    int64_t moved = net_sample_deadline_ms(b) - net_sample_deadline_ms(a);
    return b->timer != NET_TIMER_NONE && (moved > MOVED_MS || moved < -MOVED_MS);
}

bool net_sample_differs(const struct net_ev_sample *a, const struct net_ev_sample *b)
{
    return a->state != b->state || !a->inode != !b->inode || a->rqueue != b->rqueue || a->wqueue != b->wqueue ||
           a->timer != b->timer || a->retransmits != b->retransmits || a->probes != b->probes ||
           a->backoff != b->backoff || has_timer_moved(a, b);
}
