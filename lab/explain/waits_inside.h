// SPDX-License-Identifier: GPL-3.0-or-later
// A wait while its reasons are looked for (waits*.c alone).
#ifndef LAB_EXPLAIN_WAITS_INSIDE_H
#define LAB_EXPLAIN_WAITS_INSIDE_H

#include "lab/explain/sentence.h"
#include "lab/explain/waits.h"

/* The evidence, and the chain that is made from it. */
struct lab_waiting_for {
    struct lab_evidence e;
    struct lab_wait *w;
    bool of_files; /* in English in every language: for JSON */
};

/* ---- waits.c ---- */

/* What lab_wait_of_task() and lab_wait_of_socket() find. */
bool lab_find_wait_of_task(const struct lab_evidence *, const struct lab_task *, bool of_files, struct lab_wait *out);
bool lab_find_wait_of_socket(const struct lab_evidence *, int socket, bool of_files, struct lab_wait *out);

/* lab_wait_add(f, LAB_WAIT_NAGLE, .count = 100, ...): one reason more; no format is given. */
#define lab_wait_add(f, what_, ...) lab_wait_put(f, what_, (struct lab_parts){.format = "", __VA_ARGS__})
void lab_wait_put(struct lab_waiting_for *, enum lab_wait_for, struct lab_parts);

/* ---- waits_facts.c: what is looked up for more than one reason ---- */

/* "s1.4"; "server (child 4127)"; without an owner "server (not accepted)", "server (outside the lab)", "c1 (closed)".
 * Returns out. */
const char *lab_end_text(const struct lab_waiting_for *, const struct lab_socket *, char *out, size_t out_bytes);
/* "c1", "server (child 4127)" (lab/explain/who.h). Returns out. */
const char *lab_waiting_name(const struct lab_waiting_for *, uint32_t actor, uint32_t task, char *out,
                             size_t out_bytes);
/* A word or a format, in the language of the chain. */
const char *lab_waiting_word(const struct lab_waiting_for *, const char *english) __attribute__((format_arg(2)));
/* The socket at the other end; NULL: none is known. */
const struct lab_socket *lab_other_end(const struct lab_evidence *, const struct lab_socket *);
/* Which side of its conversation it is; it has one. */
unsigned lab_side_of_socket(const struct lab_evidence *, const struct lab_socket *);
/* Whether TCP_DEFER_ACCEPT may be set there: it is, or a program outside of the lab has the listener. */
bool lab_may_defer(const struct lab_evidence *, const struct lab_socket *listener);
/* When the timer of its latest sample runs out; 0: it has none. */
uint64_t lab_timer_ns(const struct lab_socket *);
/* Bytes without the FIN that the queue counts as one. */
uint32_t lab_unconfirmed(const struct lab_socket *);
bool lab_has_fin_queued(const struct lab_socket *);
/* The signal that has stopped a task, and since when; 0: it goes on. */
int lab_stopped_by(const struct lab_evidence *, const struct lab_task *, uint64_t *since_ns);
/* The task is in this call now. */
const struct net_event *lab_call_of(const struct lab_evidence *, const struct lab_task *); /* its entry; NULL */

/* ---- waits_wire.c ---- */

/* What a segment carries: "SYN", "data", "FIN", "ACK". */
const char *lab_carries(const struct lab_waiting_for *, const struct net_ev_segment *);
/* Say why a segment has not arrived; false: it has. */
bool lab_wait_for_segment(struct lab_waiting_for *, const struct lab_segment *);
/* Whether what this end sends comes by the wire; on loopback, and on a host's own, no segment is seen. */
bool lab_sees_segments(const struct lab_evidence *, const struct lab_socket *);
/* The copy that left last of the first thing that an end has sent and that is not confirmed, and the first copy of it;
 * NULL: none, or none was seen. */
const struct lab_segment *lab_first_unconfirmed(const struct lab_evidence *, const struct lab_socket *,
                                                const struct lab_segment **first);

/* ---- waits_queue.c ---- */

/* Why what the socket has to send does not leave, or is not confirmed; false: it has nothing. */
bool lab_wait_for_queue(struct lab_waiting_for *, const struct lab_socket *);
/* Its timer, and what limits the attempts. */
void lab_wait_for_timer(struct lab_waiting_for *, const struct lab_socket *);
void lab_wait_for_keepalive(struct lab_waiting_for *, const struct lab_socket *);

/* ---- waits_opening.c ---- */

/* Why a SYN_SENT or SYN_RECV does not end. */
void lab_wait_for_handshake(struct lab_waiting_for *, const struct lab_socket *);
/* What this end sends is thrown away, since its peer has no connection yet and the accept queue is full; false: it is
 * not so. */
bool lab_wait_for_full_listener(struct lab_waiting_for *, const struct lab_socket *);

/* ---- waits_task.c ---- */

/* Why the other end does not send: what its program does. */
void lab_wait_for_other(struct lab_waiting_for *, const struct lab_socket *);
/* A call that waits for no socket: a thread, a child, time. False: it is none of those. */
bool lab_wait_for_task(struct lab_waiting_for *, const struct lab_task *, const struct net_event *enter);

/* ---- waits_poll.c ---- */

/* poll(), select(), epoll_wait(). */
void lab_wait_for_several(struct lab_waiting_for *, const struct lab_task *, const struct net_event *enter);

/* ---- waits.c again ---- */

/* Why there is nothing (or not enough) to read, or no room to write, or nobody to accept. */
void lab_wait_to_read(struct lab_waiting_for *, const struct lab_socket *, const struct net_event *enter);
void lab_wait_to_write(struct lab_waiting_for *, const struct lab_socket *);
void lab_wait_to_accept(struct lab_waiting_for *, const struct lab_socket *);

#endif
