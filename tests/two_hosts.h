// SPDX-License-Identifier: GPL-3.0-or-later
// For tests: two hosts with their wire, sockets on either, and every event that comes of it.
#ifndef TESTS_TWO_HOSTS_H
#define TESTS_TWO_HOSTS_H

#include "net/diag.h"
#include "net/hosts.h"
#include "net/ring.h"
#include "net/wire.h"

/* One run of a test program per variant, each in a process of its own: a process cannot leave its user namespace again.
 */
struct variant {
    const char *name;
    enum net_mode mode;
    bool as_user; /* give up root before anything else */
};
/*
 * Run `tests` (returns the number of failures) in a child for every variant that this machine and this user can have;
 * says which it skips, and why. Returns an exit status. What the kernel refuses to root cannot be tested, so without
 * any variant it fails.
 */
int run_in_variants(int (*tests)(const struct variant *));

/* cmocka's group of these tests, each named after its variant too; the lab is open in each. Returns the number of
 * failures. */
struct CMUnitTest;
int run_lab_tests(const struct variant *, struct CMUnitTest *, size_t count);

/* Built with the thread sanitizer, whose own thread keeps a process from joining a user namespace. */
bool is_thread_sanitized(void);

/* Become an ordinary user for good, with a /proc of one's own. Only as root. */
void become_user(void);

/* The one fixture: hosts, arena, wire, and what was drained. */
struct lab {
    struct net_hosts hosts;
    struct net_arena *arena;
    struct net_wire *wire;
    struct net_event *event; /* data copied */
    size_t events;
};
extern struct lab lab;

void lab_open(enum net_mode);
void lab_close(void);
/* Forget the events so far. */
void lab_clear(void);
/* Take in what has come. */
void lab_drain(void);

/* Wait until a condition of the events and the kernel holds; fails the test with `what` after 5 s. */
typedef bool condition_fn(const void *user);
void wait_until(condition_fn *, const void *user, const char *what);

/* A socket of a host; M is where the caller stays. */
int tcp_on(enum net_host);
int listen_on(enum net_host, uint16_t port, int backlog);
/* Begins a connect without waiting for it. */
int start_connect(enum net_host from, uint16_t from_port, enum net_host to, uint16_t to_port);
uint16_t port_of(int fd);
uint64_t cookie_of(int fd);

void wire_mode(enum net_wire_mode);
unsigned held_count(void);
void wait_held(unsigned n);

/* What the kernel has of a connection now, by exact look-up; and by `ss`, run in the host. */
enum net_state state_now(enum net_host, uint16_t local_port, uint16_t remote_port);
enum net_state state_by_ss(enum net_host, uint16_t local_port, uint16_t remote_port);
void wait_state(enum net_host, uint16_t local_port, uint16_t remote_port, enum net_state);

/* "SYN_SENT ESTABLISHED ... GONE": what the events say of one socket, each state once in a row. */
const char *path_of_socket(enum net_host, uint64_t cookie, char *out, size_t out_bytes);

#endif
