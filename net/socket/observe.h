// SPDX-License-Identifier: GPL-3.0-or-later
// The main thread's part in following sockets.
#ifndef NET_SOCKET_OBSERVE_H
#define NET_SOCKET_OBSERVE_H

#include "net/data/event.h"
#include "net/host/hosts.h"
#include "net/ring/ring.h"

/*
 * The wire samples around every segment, tasks sample around their calls. What is left comes from here: how a close, a
 * call that moved data or an option, or a task's end left the sockets; destruction; and what time alone does, by a dump
 * on a tick (net/engine.h says when). It puts SAMPLE and GONE events of the lab's own (actor and task 0) into the main
 * thread's ring, and only of what changed.
 *
 * It knows sockets from the events on their way to the sink. On that way it also holds back samples that came too late:
 * two threads that ask about one socket at the same moment may publish their answers in the other order, and the
 * kernel's older answer would look like a step back. TCP's states have an order (RFC 9293, figure 5), so such an answer
 * can be told.
 *
 * All functions: main thread.
 */
struct net_observer;

struct net_observer *net_observer_new(const struct net_hosts *, struct net_arena *); /* NULL: no memory */
void net_observer_free(struct net_observer *);

/*
 * Learn from an event and pass it on to the sink: not at all when it is a sample that is out of date or that tells
 * nothing new of ours, and with another one before it where the kernel went through two states while it dealt with one
 * segment (observe.c).
 */
void net_observer_pass(struct net_observer *, const struct net_event *, net_sink_fn *, void *user);
/* Look up what the events seen asked for. Call after a drain; true: drain again, there is news. */
bool net_observer_work(struct net_observer *);
/* A process has died, and with it what it held open, after it told its end: look at every socket at the next work. */
void net_observer_death(struct net_observer *);
/* Take the destroy notifications; true: there is news. */
bool net_observer_destroyed(struct net_observer *);

/* When to call net_observer_tick(), CLOCK_MONOTONIC; 0: time alone changes nothing. */
uint64_t net_observer_next_ns(const struct net_observer *);
/* Look at every socket now; true: there is news. */
bool net_observer_tick(struct net_observer *);
/* Nothing is left to look up. */
bool net_observer_idle(const struct net_observer *);
/*
 * Destroy every socket of both hosts that has no owner any more, TIME_WAIT too, so that the next experiment finds all
 * ports free. No-op on loopback, where other programs' sockets live.
 */
void net_observer_sweep(struct net_observer *);
/* Forget those that are gone. They are kept for a while, so that a late sample is known to be late: call it when nobody
 * is left who could put one. */
void net_observer_forget(struct net_observer *);

#endif
