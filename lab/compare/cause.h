// SPDX-License-Identifier: GPL-3.0-or-later
// The ways in which a TCP connection can end, and what was measured of each: plain data.
#ifndef LAB_COMPARE_CAUSE_H
#define LAB_COMPARE_CAUSE_H

#include "lab/compare/cell.h"

/*
 * One row per cause: the only list of them. The disconnect menu, the matrix and what it says, the manual, and the tests
 * are made from these rows. What a row does is written in the command language, so that a learner can type it as well.
 */
enum lab_cause_needs {
    LAB_NEEDS_ACTOR = 1,   /* {a}: somebody must live */
    LAB_NEEDS_HAND = 2,    /* {a} must be a hand: the cause is a call that it makes */
    LAB_NEEDS_PROCESS = 4, /* {a} must be a process */
    LAB_NEEDS_WIRE = 8,
    LAB_NEEDS_SOCKET = 16,    /* {s} must be open */
    LAB_NEEDS_PEER_HAND = 32, /* {p} must be a hand: it sends the data that stays unread, or closes too */
};

/* What the end that watches sees. */
enum lab_matrix_column {
    LAB_MATRIX_RECV, /* the recv() that was blocked when it happened */
    LAB_MATRIX_RECV_NEXT,
    LAB_MATRIX_POLL, /* poll bits after that */
    LAB_MATRIX_SEND_1,
    LAB_MATRIX_POLL_LATER, /* when the answer to that send has come */
    LAB_MATRIX_SEND_2,
    LAB_MATRIX_SEND_3,
    LAB_MATRIX_RECV_LAST,
    LAB_MATRIX_SO_ERROR,      /* asked instead of a recv(), in a connection of its own */
    LAB_MATRIX_STATES,        /* of the watcher, without its reaction */
    LAB_MATRIX_STATES_CAUSE,  /* of the end where it happened */
    LAB_MATRIX_SEGMENTS,      /* without the watcher's reaction; A the watcher, B the other end */
    LAB_MATRIX_SEGMENTS_SEND, /* with its first send() */
    LAB_MATRIX_TIME_WAIT,     /* who holds it after the watcher has closed too */
    LAB_MATRIX_COLUMNS
};
const char *lab_matrix_column_name(enum lab_matrix_column); /* "1st send()", in the learner's language */

/* How an end left ESTABLISHED of its own accord, as a journal shows it: by a call or a signal, and with what. */
enum lab_linger { LAB_LINGER_OFF, LAB_LINGER_ZERO, LAB_LINGER_TIME };
struct lab_cause_mark {
    uint16_t call; /* enum net_call; NET_CALL_NONE: no call */
    uint8_t how;   /* of shutdown(): its argument */
    uint8_t signo; /* that ended the program; 0: none */
    uint8_t linger;
    bool unread;
};

/*
 * script  one line of commands; setup: those before it. {a}: the actor that causes the end. {s}: its socket, ACTOR.FD.
 *         {p}: the actor at the other end, {q}: its socket. {h}: the host of {a}.
 */
struct lab_cause {
    const char *id;    /* "close-unread" */
    const char *title; /* looked up by who shows it, as `watch` is */
    const char *watch; /* one line for the menu: where to look, no claim of what will be seen; NULL: not in the menu */
    const char *setup; /* NULL: none */
    const char *script;
    const char *undo; /* what ends a lasting fault; NULL when it is none */
    unsigned needs;
    struct lab_cause_mark mark; /* all 0: a journal cannot tell it from others */
    bool in_matrix;
    /* Where the matrix does it in its own way, since the watcher takes part; NULL: as above. */
    struct {
        const char *title, *setup, *script;
        bool watcher_acts; /* its recv() is ended first */
    } matrix;
    struct lab_cell expected[LAB_MATRIX_COLUMNS]; /* on Linux 6.18 */
};

enum { LAB_CAUSES_MAX = 48, LAB_CAUSE_TEXT_BYTES = 240 };
extern const struct lab_cause lab_causes[];
extern const size_t lab_cause_count;

const struct lab_cause *lab_cause_find(const char *id); /* NULL unknown */
/* The i-th of the menu, of the matrix; NULL past the end. */
const struct lab_cause *lab_menu_cause(size_t i);
const struct lab_cause *lab_matrix_cause(size_t i);
size_t lab_matrix_cause_count(void);
/* The cause that leaves this mark; NULL. */
const struct lab_cause *lab_cause_of(const struct lab_cause_mark *);

/* Who is who when a script is written out. NULL for one that is not known: a row that names it cannot be. */
struct lab_cause_names {
    const char *actor, *peer, *host;
    int fd, peer_fd; /* -1: none */
};
/* The line of commands, with its setup. 0, or -1 when a name that the row needs is missing, or out is too small. */
int lab_cause_text(const struct lab_cause *, const struct lab_cause_names *, char *out, size_t out_bytes);

/*
 * The same in the matrix, where the watcher is hand `a` on the server host, its socket a.4, and the other end is hand
 * `b`, a process on the client host, its socket b.3.
 */
const char *lab_matrix_title(const struct lab_cause *);                      /* in the learner's language */
int lab_matrix_setup(const struct lab_cause *, char *out, size_t out_bytes); /* "" when there is none */
int lab_matrix_script(const struct lab_cause *, char *out, size_t out_bytes);
#define LAB_MATRIX_WATCHER "a"
#define LAB_MATRIX_OTHER   "b"

#endif
