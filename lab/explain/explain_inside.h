// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of explain share among themselves (explain*.c alone).
#ifndef LAB_EXPLAIN_EXPLAIN_INSIDE_H
#define LAB_EXPLAIN_EXPLAIN_INSIDE_H

#include "lab/explain/explain.h"

enum { LAB_LINE_BYTES = 600, LAB_WHO_BYTES = 48, LAB_AT_BYTES = 24 };

/* One end of the conversation that is being told of. */
struct lab_party {
    unsigned host;
    int index;                     /* of its socket in the state; LAB_NONE */
    const struct lab_socket *sock; /* NULL */
    bool has_actor;
    char who[LAB_WHO_BYTES];         /* "c1", "server (child 4127)"; "the kernel of client" when no actor had it */
    char its_end[LAB_WHO_BYTES + 8]; /* "the end of c1", "the unaccepted end on server" */
};

/* What is being told, and the line that is being put together. */
struct lab_telling {
    const struct lab_journal *journal;
    const struct lab_state *state;
    uint64_t start_ns;
    lab_explain_line_fn *line;
    void *user;
    const struct lab_conversation *conversation; /* NULL: of a call that failed */
    struct lab_party end[NET_HOSTS];
    int lines;
    char text[LAB_LINE_BYTES];
    size_t n;
};

/* A line: its time, its words (the first begins with a capital unless it is a name), and the line to whoever asked. */
void lab_tell_begin(struct lab_telling *, uint64_t time_ns);
void lab_tell(struct lab_telling *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lab_tell_end(struct lab_telling *);

const struct net_event *lab_told_event(const struct lab_telling *, long index); /* NULL for LAB_NONE */
/* "4.217" into out; returns out. */
const char *lab_at(const struct lab_telling *, uint64_t time_ns, char out[LAB_AT_BYTES]);
/* The actor of an event, and which of its children. */
void lab_who(const struct lab_state *, uint32_t actor, uint32_t task, char out[LAB_WHO_BYTES]);
/* The call as C, from its entry and its return (LAB_NONE: not yet). */
const char *lab_call_as_text(const struct lab_telling *, long enter, long ret, char *out, size_t room);

/* The last sample of a socket before an event, in this state; NULL. */
const struct net_event *lab_sample_before(const struct lab_telling *, const struct lab_socket *, long index,
                                          unsigned state);
/* ", and the end of c1 went from ESTABLISHED to CLOSE_WAIT", if the segment did that; said into the line. */
void lab_tell_effect(struct lab_telling *, const struct lab_party *, long segment);
/* Bytes that its program had not read. */
uint32_t lab_unread(const struct net_event *sample);
/* The state of a socket as known at an event. */
uint8_t lab_state_before(const struct lab_socket *, long index);

/* How often an end sent the same without an answer, up to an event: probes, or data (or SYN) again. */
unsigned lab_unanswered(const struct lab_telling *, unsigned side, long before, bool probes);

/* explain_reset.c: "with 18 bytes unread" and the like: why an end was reset rather than closed. Said into the line. */
void lab_tell_why_reset(struct lab_telling *, const struct lab_party *, const struct lab_step *);
/* A connection that nobody had accepted ended with the listening socket: said into the line; false if it was not so. */
bool lab_tell_listener_closed(struct lab_telling *, const struct lab_socket *, const struct lab_step *);
/* A RST that nobody's call sent: its own line. */
void lab_tell_answer(struct lab_telling *, int segment);

/* The socket that a connection was accepted from: its options were inherited. NULL: it was not accepted. */
const struct lab_socket *lab_listener_of(const struct lab_telling *, const struct lab_socket *);

/* explain_failed.c */
/* The entry of the call that this event returned from; LAB_NONE. */
long lab_entry_of(const struct lab_telling *, long ret);
/* Port of a struct sockaddr_in as a program handed it over; 0 when it is none. */
uint16_t lab_port_in(const struct net_event *enter);
/* Of all sockets of a host with this port at that time, the one that most plainly holds it; NULL. */
const struct lab_socket *lab_port_holder(const struct lab_telling *, unsigned host, uint16_t port, long before,
                                         const struct lab_socket *but);
/* Whoever was last known to have the socket, at the time of an event. */
void lab_holder_at(const struct lab_telling *, const struct lab_socket *, long before, char who[LAB_WHO_BYTES]);
/* Whether the event is the return of a call that failed by itself: a bind(), listen() or connect(), or any call with an
 * error that no segment brought. */
bool lab_is_failure(const struct lab_telling *, long index);
/* The conversation that the call of such an event made; LAB_NONE. */
int lab_made_by_failure(const struct lab_telling *, long index);
void lab_tell_failure(struct lab_telling *, long index);
/* How the conversation began, or why it did not. Returns whether both ends were ever connected. */
bool lab_tell_opening(struct lab_telling *);

/* What became of a segment that was dropped: "the wire dropped it (it is cut)". */
const char *lab_dropped(const struct lab_segment *);

/* What the lab was told last before an event, if that was to end connections ("destroy c1.3", "reboot client"). */
bool lab_command_before(const struct lab_telling *, long index, char *out, size_t room);

/* explain_left.c: what is left of the conversation now. */
void lab_tell_left(struct lab_telling *);
/* A close() or shutdown() that ended nothing: whether this use was one, and its line. */
bool lab_ended_nothing(const struct lab_telling *, const struct lab_socket *, size_t use);
void lab_tell_nothing(struct lab_telling *, const struct lab_socket *, size_t use);

#endif
