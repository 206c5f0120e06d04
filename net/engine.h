// SPDX-License-Identifier: GPL-3.0-or-later
// The net layer as one thing: hosts, wire, actors, observation, and the one wait of the main thread.
//
// This is the door of net/: the layers above include nothing else of it but net/data/ (plain data and names) and
// net/base/ (clocks, errors, signals, /proc). What stands behind the door, and may be called through it:
//
//   net/actor/actor.h, hand.h, usage.h   programs and hands: start, step, signal, end, ask
//   net/host/hosts.h, exec.h             the two hosts and their sysctls; commands on a host of a running lab
//   net/wire/wire.h                      hold, delay, lose, cut
#ifndef NET_ENGINE_H
#define NET_ENGINE_H

#include "net/actor/actor.h"
#include "net/actor/hand.h"
#include "net/actor/usage.h"
#include "net/base/clock.h"
#include "net/base/error.h"
#include "net/base/signals.h"
#include "net/data/event.h"
#include "net/host/exec.h"
#include "net/host/hosts.h"
#include "net/wire/inject.h"
#include "net/wire/nat.h"
#include "net/wire/wire.h"

/*
 * Owner of everything below. Order of birth: hosts (while single-threaded), arena, handlers, wire thread, actors.
 * net_engine_close() undoes it in the other order.
 *
 * Observation by the main thread (observe.c): a socket's end is taken from destroy notifications and looked up after a
 * close that returned; timers, orphans and the end of TIME_WAIT from a dump of both hosts on a tick that runs only
 * while some socket has a timer, TIME_WAIT or FIN_WAIT2 (100 ms when one ends within 5 s, else 1 s). With none, nothing
 * wakes the lab.
 */
struct net_engine {
    struct net_hosts hosts;
    struct net_arena *arena;
    struct net_wire *wire; /* NULL on loopback */
    struct net_actors *actors;
    struct net_observer *observer;
    int found_by_fd;            /* makes the lab findable for net_exec(); -1 none */
    uint64_t start_ns;          /* CLOCK_MONOTONIC at open: zero of all times shown */
    struct net_engine_own *own; /* engine.c's */
};

struct net_engine_spec {
    enum net_mode mode;
    struct net_ip bind_ip; /* loopback mode: any means 127.0.0.1 */
};

/* err: only when nothing at all can be had. -1 then. Single-threaded caller. */
int net_engine_open(struct net_engine *, const struct net_engine_spec *, struct net_error *);
void net_engine_close(struct net_engine *);

/*
 * The only ppoll of the program. Sleeps until an event, a byte on input_fd (-1: none), a signal or the deadline; then
 * drains every event to the sink, in order.
 *
 *   deadline_ns  CLOCK_MONOTONIC; 0: none (sleeps for ever when nothing happens).
 *   batch_ms     how long events that follow at once are gathered before the call returns: 8 for a screen, 0 without
 *                one. Input does not wait for it.
 *
 * Returns enum net_woke bits.
 */
unsigned net_engine_wait(struct net_engine *, int input_fd, uint64_t deadline_ns, unsigned batch_ms, net_sink_fn *,
                         void *user);

/* End all actors, open the wire, forget held segments, restore time: the next experiment starts clean. What happens
 * meanwhile goes to the sink (NULL: nobody). 0, or how many actors could not be ended. */
unsigned net_engine_clear(struct net_engine *, net_sink_fn *, void *user);

/* After a clear whose events were taken: memory that nobody uses any more goes back to the machine. */
void net_engine_tidy(struct net_engine *);

/*
 * Look at every socket now. For callers that need the present state although no event asks for it: on loopback no wire
 * looks at the other end, and after a RST only a dump shows that a descriptor has no socket any more.
 */
void net_engine_look(struct net_engine *);
/* Destroy a socket as an administrator would (`ss -K`): its owner's calls fail with ECONNABORTED, the peer gets RST. */
int net_engine_destroy(struct net_engine *, const struct net_ev_sample *, struct net_error *);

/*
 * Read the counters of both hosts now, and put a COUNTER event in order for each that has moved. It happens by itself
 * soon after any other event; call it where they must be up to date. Main thread; 0.2 ms.
 */
void net_engine_count(struct net_engine *);

/*
 * A host's power: off, nothing leaves it, and what its kernel counts is not told. Its programs are to be ended, each
 * with the descriptors of its tasks hushed before (net_actor_hush()); then net_engine_forget() lets its kernel forget
 * every TCP socket, whoever holds it. Not on loopback.
 */
void net_engine_power(struct net_engine *, enum net_host, bool on);
void net_engine_forget(struct net_engine *, enum net_host);

/* Put an event of the lab's own (kind NOTE) in order. Main thread. */
void net_engine_note(struct net_engine *, const struct net_ev_note *, const void *data, size_t bytes);
/* There was no memory for an event of the main thread's: what is known is not whole any more. */
bool net_engine_lost(const struct net_engine *);

/*
 * Nothing will happen by itself: every task sleeps in a call (or at its gate, or a hand waits for work) or has ended,
 * the wire is quiet, all events were drained. But for a kernel's timers: of an acknowledgement that is put off, up to
 * 40 ms, no interface tells, and a retransmission or a probe may come much later. Asks /proc and the wire; main thread.
 *
 * Beside hundreds of tasks the answer takes several questions, each of which looks for 2 ms at most: ask again after a
 * wait. It may be no meanwhile though all is quiet, never yes though it is not. A yes holds until the next wait, for
 * whoever else asks.
 */
bool net_engine_quiet(struct net_engine *);

#endif
