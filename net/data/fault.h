// SPDX-License-Identifier: GPL-3.0-or-later
// Plain data: what can be wrong between the hosts, one row for each fault of the wire.
#ifndef NET_DATA_FAULT_H
#define NET_DATA_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A fault has a number in each direction, in its own unit; 0: it is off. Its name is the key in files, with the unit.
 * A segment meets those that are on in this order, whatever the order was in which they were turned on: cut, be, hold,
 * loss, mtu, forget, mark, corrupt; then it is doubled, and then it takes its time: rate, delay, jitter, reorder. What
 * each does is in net/wire/wire_fault.c; how it is said is in fault.c.
 *
 * NAT (net/wire/nat.h) stands nearest to the server: what the server sends meets it first, before a cut or a hold.
 *
 * BE: the learner is the host that is sent to. What comes for it is held, whatever else is on, until the learner has
 * confirmed it in a segment of his own (net/wire/inject.h) or drops it; then it is TAKEN. Its kernel never sees it.
 */
#define NET_FAULT_LIST(X)                                                                                              \
    X(DELAY, "delay_ms")                                                                                               \
    X(LOSS, "loss_percent")                                                                                            \
    X(DUPLICATE, "duplicate_percent")                                                                                  \
    X(CUT, "cut")                                                                                                      \
    X(HOLD, "hold")                                                                                                    \
    X(MTU, "mtu_bytes")                                                                                                \
    X(MTU_SILENT, "mtu_silent_bytes")                                                                                  \
    X(FORGET, "forget_ms")                                                                                             \
    X(FORGET_RST, "forget_rst_ms")                                                                                     \
    X(FORGET_ICMP, "forget_icmp_ms")                                                                                   \
    X(MARK, "mark_percent")                                                                                            \
    X(CORRUPT, "corrupt_percent")                                                                                      \
    X(RATE, "rate_kbit")                                                                                               \
    X(JITTER, "jitter_ms")                                                                                             \
    X(REORDER, "reorder_percent")                                                                                      \
    X(BE, "be")                                                                                                        \
    X(NAT, "nat")

enum net_fault_id {
#define NET_FAULT_ID(id, name) NET_FAULT_##id,
    NET_FAULT_LIST(NET_FAULT_ID)
#undef NET_FAULT_ID
        NET_FAULTS
};

enum { NET_FAULT_WAYS = 2 }; /* by the host that sends: enum net_host */
enum { NET_DELAY_MAX_MS = 60000 };

struct net_faults {
    uint32_t value[NET_FAULTS][NET_FAULT_WAYS];
};

/* Sentences are for net_message(). */
struct net_fault {
    const char *both;   /* where it is shown, with its number: "loss %u %%" */
    const char *one;    /* in one direction, with its number and the host that sends: "loss %u %% from %s" */
    const char *limits; /* a sentence, with the number that was wrong, the least and the largest */
    uint32_t least, largest;
};
/* The row of a fault; never NULL. id < NET_FAULTS. */
const struct net_fault *net_fault(enum net_fault_id);
const char *net_fault_name(unsigned id); /* "loss_percent"; never NULL */

/* In both directions. */
void net_fault_set(struct net_faults *, enum net_fault_id, uint32_t value);
bool net_fault_is_on(const struct net_faults *, enum net_fault_id); /* in at least one */
bool net_faults_are_on(const struct net_faults *);
/* "loss 5 %", "delay 5 ms from client", both of them joined by ", " where the directions differ; "" when it is off.
 * Returns out. */
const char *net_fault_text(const struct net_faults *, enum net_fault_id, char *out, size_t out_bytes);
/* All that are on, each with ", " before it. Returns out. */
const char *net_faults_text(const struct net_faults *, char *out, size_t out_bytes);

/*
 * Whether one of them keeps all segments from another: a cut, a hold or a loss of 100 % from the boxes behind it, a
 * wire that is cut or held (mode: enum net_wire_mode) from all. Then a sentence that says so is in out.
 */
bool net_faults_contradict(const struct net_faults *, unsigned mode, char *out, size_t out_bytes);

/* Why a segment was dropped, and what else may have been done to it. */
enum net_drop_why {
    NET_DROP_NONE,
    NET_DROP_ASKED,
    NET_DROP_LOSS,
    NET_DROP_CUT,
    NET_DROP_REFUSED,     /* the device refused the write */
    NET_DROP_UNREACHABLE, /* by the router, which says so to the sender */
    NET_DROP_FORGOTTEN,
    NET_DROP_FORGOTTEN_RST,
    NET_DROP_FORGOTTEN_ICMP,
    NET_DROP_TOO_BIG, /* the sender is told */
    NET_DROP_TOO_BIG_SILENT,
    NET_DROP_CORRUPT, /* delivered, with a wrong bit, for its receiver to throw away */
    NET_DROP_QUEUE,
    NET_DROP_MARKED,   /* delivered */
    NET_DROP_TAKEN,    /* by the learner, who is the host that it was for */
    NET_DROP_NAT,      /* a box that translates addresses has no such connection */
    NET_DROP_CHECKSUM, /* delivered: written by hand with a wrong one */
    NET_DROPS
};

struct net_drop {
    const char *name;   /* as files have it: "loss"; all others are for net_message() */
    const char *fate;   /* what became of the segment, beside it: "lost" */
    const char *reason; /* after "dropped": ", by loss" */
    const char *told;   /* explain: a sentence with {name} of the segment and {other}, who did not get it */
    const char *waits;  /* a reason to wait: {name}, {id}, {host} that sent it, {at}; NULL: it has a row of its own */
};
/* The row of an enum net_drop_why; never NULL. */
const struct net_drop *net_drop(unsigned why);
const char *net_drop_name(unsigned why);

#endif
