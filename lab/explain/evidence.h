// SPDX-License-Identifier: GPL-3.0-or-later
// What the journal and the state show of a call or a connection: the facts from which sentences are chosen.
#ifndef LAB_EXPLAIN_EVIDENCE_H
#define LAB_EXPLAIN_EVIDENCE_H

#include "lab/journal/journal.h"
#include "lab/state/state.h"

struct net_option;
struct net_option_value;

/* Nothing after the first state->applied events is looked at: a screen may have been rewound. */
struct lab_evidence {
    const struct lab_journal *journal;
    const struct lab_state *state;
    uint64_t start_ns;
    const struct lab_conversation *conversation; /* NULL: none */
};

const struct net_event *lab_event_at(const struct lab_evidence *, long index); /* NULL for LAB_NONE */

/* ---- calls ---- */

bool lab_call_reads(unsigned call);  /* recv() and its kin */
bool lab_call_writes(unsigned call); /* send() and its kin */
bool lab_call_accepts(unsigned call);
bool lab_call_connects(const struct net_ev_call *);
/* connect(), or a sendto() with MSG_FASTOPEN */ /* accept() and accept4() */
/* The entry of the call that this event returned from; LAB_NONE. */
long lab_entry_of(const struct lab_evidence *, long ret);
/* The socket that the call of this CALL_RETURN was made on: the latest; NULL. */
const struct lab_socket *lab_socket_of_call(const struct lab_evidence *, long ret);
/* Of the address that a program handed over; 0, or 0.0.0.0, when it is none. */
uint16_t lab_port_in(const struct net_event *enter);
struct net_ip lab_ip_in(const struct net_event *enter);

/* ---- sockets ---- */

/* The state of a socket as known at an event; ABSENT: it was not there. */
uint8_t lab_state_before(const struct lab_socket *, long index);
bool lab_was_in(const struct lab_socket *, unsigned state);
/* The last sample of a socket before an event, in this state; NULL. */
const struct net_event *lab_sample_before(const struct lab_evidence *, const struct lab_socket *, long index,
                                          unsigned state);
/* How many window probes its kernel had sent since the other end's window was 0 (at most tcp_retries2 are counted). */
unsigned lab_window_probes(const struct net_ev_sample *);
/* Bytes that its program had not read. */
uint32_t lab_unread(const struct net_event *sample);
/* A program had a descriptor for it, in the lab or outside. */
bool lab_had_descriptor(const struct lab_evidence *, const struct lab_socket *);
/* The last event that shows who used a socket, entered before the event of that index; NULL: nobody in the lab. */
const struct net_event *lab_user_before(const struct lab_evidence *, const struct lab_socket *, long index);
/* Of all sockets of a host that had this port then, at this address or at all (ip 0.0.0.0 or ::: at any), the one that
 * most plainly holds it; NULL. */
const struct lab_socket *lab_port_holder(const struct lab_evidence *, unsigned host, struct net_ip ip, uint16_t port,
                                         long before, const struct lab_socket *but);
/* Who listened at this port of a host then, but at another address than this one; NULL. */
const struct lab_socket *lab_listener_elsewhere(const struct lab_evidence *, unsigned host, struct net_ip ip,
                                                uint16_t port, long before);
/* The socket that a connection was accepted from: its options were inherited. NULL: it was not accepted. */
const struct lab_socket *lab_listener_of(const struct lab_evidence *, const struct lab_socket *);
/* The event by which an option of the socket itself was last set before that index, by a call of its program or by
 * `set` from outside, and to what; NULL: never. */
const struct net_event *lab_option_set(const struct lab_evidence *, const struct lab_socket *,
                                       const struct net_option *, long before, struct net_option_value *value);
/* An option in force at an event: set, or inherited from the listener; `otherwise` when the journal shows neither. */
struct net_option_value lab_option_in_force(const struct lab_evidence *, const struct lab_socket *, const char *name,
                                            long before, struct net_option_value otherwise);
int64_t lab_option_number(const struct lab_evidence *, const struct lab_socket *, const char *name, long before,
                          int64_t otherwise);

/* The listening socket that a connection to this address would meet; NULL. */
const struct lab_socket *lab_listener_at(const struct lab_evidence *, unsigned host, uint16_t port);
/* TCP_SYNCNT, which bounds how often a SYN is sent again, and of a listening socket how often SYN ACK is for each of
 * its half-open connections; 0: it was not set, and a sysctl does. */
int64_t lab_syn_count(const struct lab_evidence *, const struct lab_socket *, long before);

/* ---- segments ---- */

bool lab_is_from(const struct lab_evidence *, const struct lab_segment *, unsigned side);
/* The socket called, and the SYN of the other end crossed its own: a simultaneous open. What it sends again is SYN ACK
 * then, by the limits of a SYN but for tcp_syn_linear_timeouts, and those of its SYN before count (tcp_write_timeout()
 * of Linux). */
bool lab_has_crossed(const struct lab_socket *);
/* How often an end sent the same without an answer, up to an event: probes, or data (or SYN) again. */
unsigned lab_unanswered(const struct lab_evidence *, unsigned side, long before, bool probes);

/* When it arrived; when it was sent, if that is all that is known. */
uint64_t lab_arrival_ns(const struct lab_segment *);
/* The last ICMP message that came to a host between two events, about the conversation (NULL: about any); NULL. */
const struct lab_segment *lab_icmp_between(const struct lab_evidence *, unsigned host, long after, long before);

/* An end has delivered an ACK without SYN or data to the other one: of a handshake, its last step. */
bool lab_has_acked(const struct lab_evidence *, unsigned side);

/* ---- counters ---- */

/* How much a counter of a host has moved since the experiment began: for the whole host, not for one connection. */
uint64_t lab_counted(const struct lab_evidence *, unsigned host, enum net_counter_id);
/* How much a counter of a host has moved since a time: for the whole host, not for one connection. A read that began
 * before that time counts, too. */
uint64_t lab_counted_since(const struct lab_evidence *, unsigned host, enum net_counter_id, uint64_t since_ns);
/* How much it has moved about a time: in the read that covers it, or in one that ended shortly before it, since what a
 * kernel did is seen a little later than it is counted. */
uint64_t lab_counted_about(const struct lab_evidence *, unsigned host, enum net_counter_id, uint64_t time_ns);
/* How many connections a host had at that time: any of them may have moved what was counted about then. */
unsigned lab_connections_at(const struct lab_evidence *, unsigned host, uint64_t time_ns);

/* ---- commands ---- */

/* The last command before an event if it was one that ends connections of this host: `destroy`, its `reboot`, `clear`.
 * NULL: it was not. */
const struct net_event *lab_ending_command(const struct lab_evidence *, unsigned host, long index);
/* The lab had begun to end all actors before that event, between two runs of its own accord. */
bool lab_cleared_away(const struct lab_evidence *, long index);

#endif
