// SPDX-License-Identifier: GPL-3.0-or-later
// Journals made by hand, for tests of what is folded from them.
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

#include "lab/journal.h"
#include "lab/state.h"
#include "net/call.h"

/*
 * A journal, its fold, and a clock that each event moves on by one millisecond; every function that puts an event
 * returns its index. Times are relative to 1 s, so that 0 stays "not set". The hosts are 192.0.2.1 (server) and
 * 192.0.2.2 (client); the server listens on 12345.
 */
struct story {
    struct lab_journal *journal;
    struct lab_state *state;
    uint64_t now_ns;
    uint64_t segments; /* ids given */
};
enum { STORY_START_NS = 1000000000, STORY_MS = 1000000, STORY_PORT = 12345, STORY_CLIENT_PORT = 40000 };

void story_begin(struct story *);
void story_end(struct story *);
/* The same for cmocka: the test's state is the story. */
int story_setup(void **story);
int story_teardown(void **story);
long story_put(struct story *, struct net_event);

long story_actor(struct story *, uint32_t actor, const char *name, enum net_host);
/* The actor's first task has the actor's id. */
long story_task(struct story *, uint32_t actor, uint32_t task, enum net_task_kind, uint32_t parent, int pid);
long story_task_end(struct story *, uint32_t actor, uint32_t task, struct net_ev_end);
/* Actor and task of the same id begin. */
void story_program(struct story *, uint32_t id, const char *name, enum net_host);

long story_enter(struct story *, uint32_t task, struct net_ev_call);
long story_return(struct story *, uint32_t task, struct net_ev_call);
/* Entered and returned at once; returns the index of CALL_ENTER. */
long story_call(struct story *, uint32_t task, struct net_ev_call);

struct net_ev_sample story_sample(enum net_host, uint64_t cookie, enum net_state); /* the story's addresses */
/* Asked between now and 1 us later. */
long story_see(struct story *, struct net_ev_sample);
long story_state(struct story *, enum net_host, uint64_t cookie, enum net_state, enum net_origin);
long story_gone(struct story *, enum net_host, uint64_t cookie);

struct net_ev_segment story_segment(enum net_host from, unsigned flags, uint32_t seq, uint32_t ack, uint16_t payload);
/* Sent; returns the index of SEGMENT. Its id is then s->segments. */
long story_sent(struct story *, struct net_ev_segment);
long story_fate(struct story *, uint64_t segment, enum net_fate_of);
/* Sent, and delivered at once. */
long story_carried(struct story *, struct net_ev_segment);

/* It is there. */
const struct lab_socket *story_socket(const struct story *, enum net_host, uint64_t cookie);
/* The states that it went through: "CLOSE SYN_SENT ESTABLISHED". */
void story_assert_way(const struct story *, enum net_host, uint64_t cookie, const char *expected);

/* Of its step to that state: the index of an event; LAB_NONE none. */
long story_cause(const struct story *, enum net_host, uint64_t cookie, enum net_state);

/* server (task 1) has socket 11 listening as 3, client (task 2) socket 22 as 3, connected to 33, accepted as 4 by the
 * server. Initial numbers 1000 (client) and 5000. */
void story_connect(struct story *);

#endif
