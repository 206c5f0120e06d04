// SPDX-License-Identifier: GPL-3.0-or-later
// A run, or a part of it, as rows and sentences for a file that is read without the lab.
#ifndef LAB_EXPORT_PAGE_H
#define LAB_EXPORT_PAGE_H

#include "lab/base/blocks.h"
#include "lab/explain/event_line.h"
#include "lab/state/state.h"

/*
 * The page is read from the journal by the fold that the screen is drawn from: each row is a line of `tcplab show` with
 * its parts apart, said by the state as it was then. What a segment became, and what it led to at both ends, is known
 * only later: it is filled in where the scene ends. A scene is what happened between two clean slates, since there the
 * state forgets. Behind its rows stand its connections: the path of each end, and what `explain` says.
 *
 * It refers to the journal no more once it is read. Main thread.
 */

enum lab_page_kind {
    LAB_PAGE_COMMAND, /* typed, or a line of the script */
    LAB_PAGE_SAID,    /* what the lab answered: a reply, an error, an expectation */
    LAB_PAGE_CALL,
    LAB_PAGE_SEGMENT,
    LAB_PAGE_STATE, /* a state that the kernel reported */
    LAB_PAGE_END,   /* a signal, an end */
    LAB_PAGE_OTHER,
    LAB_PAGE_KINDS
};

struct lab_page_row {
    uint8_t kind;             /* enum lab_page_kind */
    uint8_t host;             /* whose; of a segment, who sent it; NET_HOSTS: nobody's */
    uint8_t state[NET_HOSTS]; /* of both ends of the latest connection, now: enum net_state */
    uint16_t port;            /* client's, of that connection; 0: there is none yet */
    size_t event;             /* journal index */
    uint64_t time_ns;
    struct lab_event_parts parts;
    bool asks; /* COMMAND: a question, an expectation: it tells what comes. Not there where the scene has a lesson */
    uint8_t sight;              /* the number by which the lesson's text points at it; 0: none */
    char call[240], result[40]; /* CALL: as it was entered, and what it returned */
    /* SEGMENT; `beside` and `has_moved` also of a STATE that no segment shows, of which `is_silent` is true */
    bool is_silent, arrived;
    bool is_reset, is_opening, is_closing, is_data; /* by its flags */
    uint8_t beside[NET_HOSTS];                      /* the sender's when it was sent, the receiver's that it led to */
    bool has_moved[NET_HOSTS];                      /* that is another one than on the row before of this connection */
    uint16_t of_port;                               /* client's, of its own connection */
    uint8_t fate_is;                                /* enum net_fate_of */
    char label[120], fate[120];                     /* "PSH ACK 5 B", "delivered" */
};

/* What stands behind the rows of a scene, in this order. */
enum lab_page_text_kind {
    LAB_PAGE_CONNECTION, /* text: its addresses; what follows is of it */
    LAB_PAGE_STEP,       /* of `host`: text: the state, when: seconds, cause: what brought it about */
    LAB_PAGE_WHY,        /* text: a line of explain */
    LAB_PAGE_MORE,       /* text: how many connections more there were */
    LAB_PAGE_WAITS       /* text: a call that has not returned, and what for */
};
struct lab_page_text {
    uint8_t kind, host;
    char when[24], cause[240];
    char *text;
};

/*
 * What an experiment is about: its text, what it asks, and why. Who makes it knows lessons and their scripts, which
 * this room does not; what was answered is read from the journal. A page hides answers and reasons until they are asked
 * for.
 */
enum { LAB_PAGE_CHOICES = 6 };
struct lab_page_question {
    char text[200];
    struct {
        char text[80], because[800]; /* why it is wrong; "" nothing is said of it */
    } choice[LAB_PAGE_CHOICES];
    size_t choice_count;
    int said, answer; /* index: what was answered, what the kernel made true; -1: none */
};
struct lab_page_lesson {
    const struct lab_block *before, *behind; /* the script: what to look for, and why */
    size_t before_count, behind_count;
    struct lab_page_question *questions;
    size_t question_count;
    void (*drop)(struct lab_page_lesson *); /* NULL: there is none */
    void *owner;
};
/* Of a text that a run carries (lab_journal_text()), and the title of its experiment. seed: of the order of the
 * choices. False: it is no lesson, or has no such experiment. */
typedef bool lab_page_lesson_fn(const char *markdown, const char *title, uint64_t seed, struct lab_page_lesson *out);

struct lab_page_scene {
    char title[200]; /* of the experiment; "" */
    struct lab_page_lesson lesson;
    size_t first_row, row_count;
    size_t first_text, text_count;
};

/* The part of a run that is wanted. Times are of the events' clock. */
struct lab_page_part {
    const struct lab_journal *journal;
    size_t first, end; /* journal indices: first <= i < end */
    uint64_t from_ns, to_ns;
    uint64_t start_ns; /* zero of the times that are shown */
    size_t rows_max;   /* LAB_PAGE_ROWS_MAX at most */
    bool has_wire;
    const char *about;               /* where and when it was recorded */
    lab_page_lesson_fn *read_lesson; /* NULL: without lessons */
    uint64_t seed;
};
enum { LAB_PAGE_ROWS_MAX = 2000, LAB_PAGE_CONNECTIONS_MAX = 24 };

struct lab_page {
    struct lab_page_row *rows;
    size_t row_count, left_out; /* rows of the part that did not fit, all behind those that did */
    uint64_t last_ns;           /* of the last row that is there, since start_ns */
    struct lab_page_scene *scenes;
    size_t scene_count;
    struct lab_page_text *texts;
    size_t text_count;
    bool has_wire;
    char about[200];
};

/* NULL without memory. */
struct lab_page *lab_page_read(const struct lab_page_part *);
void lab_page_free(struct lab_page *);

/* What the page is called: its experiment, if there is one alone; else what it is. */
const char *lab_page_title(const struct lab_page *);
/* Which rows are not there and how to get them; "" when all are. Returns out. */
const char *lab_page_left_out(const struct lab_page *, char *out, size_t out_bytes);

#endif
