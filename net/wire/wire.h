// SPDX-License-Identifier: GPL-3.0-or-later
// The wire between the hosts: carries every packet, and can hold, delay, drop, duplicate or cut.
#ifndef NET_WIRE_WIRE_H
#define NET_WIRE_WIRE_H

#include "net/base/error.h"
#include "net/data/event.h"
#include "net/host/hosts.h"
#include "net/ring/ring.h"

/*
 * One thread of its own. It always drains both devices into its own list; a packet is then in flight (delay), held, or
 * gone. For each delivered segment it samples both ends by exact look-up before and after the write, so that no
 * transition that a segment causes is missed; under load (a full batch in one wake-up) plain data between two
 * ESTABLISHED ends is sampled less often, and the wire event says `sparse`. It writes SEGMENT, FATE, SAMPLE, GONE and
 * WIRE events into the arena's ring 1.
 *
 * Held: what comes waits, and what is in flight joins it. A packet with the same addresses, ports, flags, seq, ack and
 * length as one that waits in the same direction is folded into it (REPEATED); a pure ACK must have the same window and
 * SACK blocks, too. What the learner lets go is delivered at once: no delay, no loss. Opening lets all of it go, in
 * order. Cut: what is in flight and held is dropped, and what comes. Unreachable: the same, and a router answers each
 * segment's sender with an ICMP message, host unreachable: a packet of its own, whose address is NET_ROUTER_IP. Loss
 * and duplication are drawn, while the wire is open, from a generator with a fixed seed (given in settings), so that a
 * run can be repeated.
 *
 * A host without power: what its kernel sends is not sent, and makes no event. What is for it waits in front of it, as
 * it would be on its way, and is delivered when the host is back.
 *
 * All functions: main thread. They take effect in order; each waits until the wire thread has taken it (microseconds).
 * What the hosts have sent before the call is read first: it is told, and held, on its way, delivered or dropped by the
 * settings that were in force. Under constant traffic that is tried for a while only.
 */
struct net_wire;

struct net_wire *net_wire_start(const struct net_hosts *, struct net_arena *,
                                struct net_error *); /* NULL in loopback mode: no wire, err says so */
void net_wire_stop(struct net_wire *);

struct net_wire_settings {
    enum net_wire_mode mode;
    uint64_t seed; /* 0: keep */
    struct net_faults faults;
};
int net_wire_set(struct net_wire *, const struct net_wire_settings *, struct net_error *);
void net_wire_get(struct net_wire *, struct net_wire_settings *);

/* Let the first n held segments go, in their order (n = 0: all); drop likewise. By id: that one only. Return how many
 * it was. */
unsigned net_wire_release(struct net_wire *, unsigned n);
unsigned net_wire_drop(struct net_wire *, unsigned n);
unsigned net_wire_release_id(struct net_wire *, uint64_t segment);
unsigned net_wire_drop_id(struct net_wire *, uint64_t segment);
/* Deliver a second copy of a held segment at once, keep it held. */
unsigned net_wire_duplicate_id(struct net_wire *, uint64_t segment);
/*
 * Send a RST to the other end of every connection that is not over, in the name of the hosts whose bits are set in
 * names (1 << NET_CLIENT), with a number so far beyond what is expected next. Returns how many are sent.
 */
unsigned net_wire_rst(struct net_wire *, unsigned names, uint32_t beyond);
/* Nothing but that: what was sent before the call is dealt with, and told. */
void net_wire_catch_up(struct net_wire *);
/* Take the power from a host, or give it back. */
void net_wire_power(struct net_wire *, enum net_host, bool on);
/* Nothing in flight, nothing unread in the devices (held ones do not count). */
bool net_wire_quiet(struct net_wire *);
/* Forget what the ends of connections that are over looked like, and give back the memory that a load has taken. */
void net_wire_tidy(struct net_wire *);

#endif
