// SPDX-License-Identifier: GPL-3.0-or-later
// An explanation while it is put together, line by line (explain*.c alone).
#ifndef LAB_EXPLAIN_EXPLANATION_H
#define LAB_EXPLAIN_EXPLANATION_H

#include "lab/explain/explain.h"
#include "lab/explain/sentence.h"
#include "lab/explain/unseen.h"
#include "lab/explain/who.h"

enum { LAB_LINE_BYTES = 1600, LAB_LINES_KEPT = 80, LAB_REASON_BYTES = 500 };

/* Lines that wait to be put in the order of their times; those with the same time stay as they were said. */
struct lab_kept_lines {
    size_t count;
    struct lab_kept_line {
        uint64_t time_ns;
        size_t place;
        char text[LAB_LINE_BYTES];
    } all[LAB_LINES_KEPT];
};

/* One end of the conversation. */
struct lab_party {
    unsigned host;
    const struct lab_socket *sock; /* NULL */
    bool has_actor;
    char who[LAB_WHO_BYTES]; /* "c1"; where no actor had it "client (outside the lab)", "server (not accepted)" */
};

struct lab_explanation {
    struct lab_evidence e; /* e.conversation NULL: of a call that failed */
    lab_explain_line_fn *line;
    void *user;
    struct lab_party end[NET_HOSTS];
    int lines;
    long asked; /* journal index of a call's return that must be told; told: it has been. 0: none */
    bool told;
    unsigned *unseen; /* count[LAB_UNSEENS] of the sentences that say what cannot be seen; NULL: not counted */
    struct lab_kept_lines *kept; /* NULL: a line is told as soon as it ends */
    uint64_t time_ns;            /* of the line */
    char text[LAB_LINE_BYTES];
};

/* ---- explanation.c: lines, ends ---- */

/* A program outside of the lab is at that end: the end had a descriptor, or has sent what no kernel sends by itself. */
bool lab_is_outside(const struct lab_explanation *, unsigned side);

/* A line is its time and a few sentences. */
void lab_line_begin(struct lab_explanation *, uint64_t time_ns);
/* lab_say(x, "{by} ended.", .by = event): one sentence more. */
#define lab_say(x, ...) lab_say_sentence(x, &(struct lab_parts){.format = __VA_ARGS__})
void lab_say_sentence(struct lab_explanation *, const struct lab_parts *);
/* lab_say_unseen(x, LAB_UNSEEN_END, .who = who): that sentence of the table, counted. */
#define lab_say_unseen(x, id, ...) lab_count_unseen(x, id, &(struct lab_parts){.format = NULL, __VA_ARGS__})
void lab_count_unseen(struct lab_explanation *, enum lab_unseen, struct lab_parts *);
void lab_line_end(struct lab_explanation *);
/* From here on lines are kept; then they are told in the order of their times. kept is the caller's. */
void lab_keep_lines(struct lab_explanation *, struct lab_kept_lines *kept);
void lab_tell_kept(struct lab_explanation *);
/* The conversation from its beginning to what is left of it. */
void lab_say_conversation(struct lab_explanation *, int conversation);
/* Who has each end, or had it. */
void lab_set_parties(struct lab_explanation *);
/* What became of a segment that has not arrived at this end; nothing when it has. */
void lab_say_not_arrived(struct lab_explanation *, const struct lab_party *to, const struct lab_segment *);
/* When it arrived, and to which state that took the end; or why it has not. */
void lab_say_fate(struct lab_explanation *, const struct lab_party *to, const struct lab_segment *);
/* "s1: recv(4, buf, 100, 0) returned -1 ECONNRESET, having waited since 0.200: the RST". waited: 0; reason: NULL. */
void lab_say_returned(struct lab_explanation *, const struct net_event *enter, const struct net_event *ret,
                      uint64_t waited_since, const char *reason);

/* ---- explain_opening.c ---- */

/* Whether the event is the return of a call on a descriptor that failed by itself: a connect(), or any call with an
 * error that does not tell of the end of a connection. */
bool lab_is_failure(const struct lab_evidence *, long index);
/* The conversation that the call of such an event made; LAB_NONE. */
int lab_made_by_failure(const struct lab_evidence *, long index);
/* Its line, with what follows from it. */
void lab_say_failure(struct lab_explanation *, long index);
/* A socket that is connected with itself: it called its own address, and nobody listened. */
bool lab_is_with_itself(const struct lab_conversation *);
/* How the conversation began, or why it did not. Returns whether both ends were ever connected. */
bool lab_say_opening(struct lab_explanation *);

/* ---- explain_end.c: steps out of the connection ---- */

/* The end has sent, or will send, its FIN. */
bool lab_is_orderly(unsigned state);
/* Where no segment is seen, LAST_ACK may be over before anybody looks: the step leads out of CLOSE_WAIT, and the other
 * end has come to TIME_WAIT, as only a FIN makes it. */
bool lab_passed_last_ack(const struct lab_explanation *, const struct lab_socket *, size_t step);
/* Whether an end left the connection of itself by that step: its owner's doing, or its kernel giving up. */
bool lab_leaves(const struct lab_explanation *, const struct lab_socket *, size_t step);
/* Index of the FIN or RST that an end sent for that step; LAB_NONE: none. */
int lab_sent_for(const struct lab_explanation *, unsigned side, size_t step);
void lab_say_leaving(struct lab_explanation *, unsigned side, size_t step);
/* Which timer or limit of its kernel ended an end with a step that has no cause. */
void lab_say_limit(struct lab_explanation *, const struct lab_party *, size_t step);
/* A RST that no call sent. */
void lab_say_answer(struct lab_explanation *, int segment);

/* ---- explain_left.c ---- */

/* A close() or shutdown() that ended nothing: whether this use was one, and its line. */
bool lab_ended_nothing(const struct lab_explanation *, const struct lab_socket *, size_t use);
void lab_say_nothing_ended(struct lab_explanation *, const struct lab_socket *, size_t use);
/* What is left of the conversation now. */
void lab_say_left(struct lab_explanation *);

/* ---- explain_waited.c ---- */

/* Data of both ends that had waited for an ACK or a window before it left: the first of it. */
void lab_say_waited(struct lab_explanation *);

/* ---- explain_waits.c ---- */

/* The calls on this end that have not returned, and what its kernel has to send or has no ACK for. */
void lab_say_waits(struct lab_explanation *, const struct lab_party *);

#endif
