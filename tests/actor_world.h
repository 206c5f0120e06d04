// SPDX-License-Identifier: GPL-3.0-or-later
// Actors without wire or screen: an arena, the machine's own loopback, and a log of every event.
#ifndef TESTS_ACTOR_WORLD_H
#define TESTS_ACTOR_WORLD_H

#include "net/actor.h"
#include "net/hand.h"

struct world {
    struct net_hosts hosts;
    struct net_arena *arena;
    struct net_actors *actors;
    struct net_event *log; /* with copies of their data */
    size_t count, room;
    size_t fds, threads;   /* of the process, before */
    uint64_t last_ns;      /* time of the last event, kept or not */
    unsigned stormy;       /* enum net_call: of this call each task's first entry and return are kept, and no more */
    uint8_t stormed[1024]; /* by task: how many were */
};

void world_open(struct world *);
/* Checks that no descriptor, thread or child is left. */
void world_close(struct world *);

uint32_t world_start(struct world *, const char *name, const struct net_program *, bool as_process,
                     const char *argument);
uint32_t world_hand(struct world *, const char *name, bool as_process);
void world_call(struct world *, uint32_t hand, struct net_hand_request);

/* Take what is there; the events so far. */
void world_drain(struct world *);
/*
 * The next event, from *at on, that fits; *at is then after it. Waits up to 30 s for it; fails the test when it does
 * not come. What does not matter is 0 (kind too).
 */
struct want {
    uint32_t actor, task;
    uint16_t kind, call;
};
const struct net_event *world_wait(struct world *, size_t *at, struct want);
/* The same without waiting: NULL when there is none. */
const struct net_event *world_find(const struct world *, size_t *at, struct want);
size_t world_count(const struct world *, struct want);
/* Up to 30 s; fails the test. */
void world_wait_for(struct world *, bool (*is_true)(struct world *, void *), void *user);
/* Everything that the actor printed on fd, one text; the next call overwrites it. */
const char *world_output(const struct world *, uint32_t actor, int fd);
/* Any port that is free now. */
uint16_t world_free_port(void);
/* In a call, in the kernel, asleep. */
void world_wait_blocked(struct world *, uint32_t task, uint16_t call);

extern const bool under_tsan, under_asan;

#endif
