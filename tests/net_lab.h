// SPDX-License-Identifier: GPL-3.0-or-later
// A net layer under test, and everything that it told.
#ifndef TESTS_NET_LAB_H
#define TESTS_NET_LAB_H

#include "net/engine.h"

#include "net/call.h"
#include "net/hand.h"

struct net_lab {
    struct net_engine engine;
    struct net_event *all; /* copies, data too, in the order in which they came */
    size_t count, room;
};

enum { NET_LAB_PATIENCE_MS = 10000 }; /* how long a condition may take before the test fails */

/* 0, or -1 with err: hosts were refused. mode as net_hosts_open(). */
int net_lab_open(struct net_lab *, enum net_mode, struct net_error *);
/* The same for the set-up of a test: it prints the sentence. */
int net_lab_set_up(struct net_lab *, enum net_mode);
void net_lab_close(struct net_lab *);
/* Forget what was told so far. */
void net_lab_forget(struct net_lab *);

/* Wait until the condition holds, looked at after every batch of events; false: it did not in NET_LAB_PATIENCE_MS. */
typedef bool net_lab_condition(struct net_lab *, void *user);
bool net_lab_until(struct net_lab *, net_lab_condition *, void *user);
/* Take in what there is for so long. */
void net_lab_let_pass(struct net_lab *, unsigned ms);

/* The first event from index `from` on of this kind and actor (0: any); NULL. */
const struct net_event *net_lab_find(const struct net_lab *, size_t from, uint16_t kind, uint32_t actor);
/* The n-th (from 0) return of a call by an actor; NULL. With wait it is waited for. */
const struct net_event *net_lab_return(struct net_lab *, uint32_t actor, unsigned call, unsigned n);
const struct net_event *net_lab_await_return(struct net_lab *, uint32_t actor, unsigned call, unsigned n);
/* Until the actor is in a call of this kind (entered, not returned). */
bool net_lab_await_blocked(struct net_lab *, uint32_t actor, unsigned call);
const struct net_event *net_lab_await_end(struct net_lab *, uint32_t actor);
/* Until the latest sample of a socket with this local and remote port (0: any) on the host has the state; ABSENT: gone.
 */
bool net_lab_await_state(struct net_lab *, enum net_host, uint16_t local, uint16_t remote, enum net_state);
/* Its latest sample, or NULL; a GONE event counts as state ABSENT. */
const struct net_ev_sample *net_lab_socket(const struct net_lab *, enum net_host, uint16_t local, uint16_t remote);
/* Until the engine says that nothing happens by itself. */
bool net_lab_await_quiet(struct net_lab *);

/* Ids; 0 when it could not be started (the sentence is printed). words: "tcp_server_single port=7 backlog=2". */
uint32_t net_lab_start(struct net_lab *, const char *name, enum net_host, const char *words, bool as_process);
uint32_t net_lab_hand(struct net_lab *, const char *name, enum net_host, bool as_process);
/* Ask a hand for a call and wait for its return; NULL on a refusal or no return. Ports in words: 0 as -1 descriptor for
 * socket(). */
const struct net_event *net_lab_ask(struct net_lab *, uint32_t hand, const struct net_hand_request *);
/* The same without waiting: true when it was accepted. */
bool net_lab_begin(struct net_lab *, uint32_t hand, const struct net_hand_request *);

/* A hand's calls: the result, or -errno. */
int net_lab_socket_fd(struct net_lab *, uint32_t hand);
int net_lab_bind(struct net_lab *, uint32_t hand, int fd, uint32_t ip, uint16_t port);
int net_lab_listen(struct net_lab *, uint32_t hand, int fd, int backlog);
int net_lab_accept(struct net_lab *, uint32_t hand, int fd);
int net_lab_connect(struct net_lab *, uint32_t hand, int fd, uint32_t ip, uint16_t port);
int net_lab_send(struct net_lab *, uint32_t hand, int fd, const char *text);
int net_lab_recv(struct net_lab *, uint32_t hand, int fd, size_t bytes);
int net_lab_shutdown(struct net_lab *, uint32_t hand, int fd, int how);
int net_lab_close_fd(struct net_lab *, uint32_t hand, int fd);

#endif
