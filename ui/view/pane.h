// SPDX-License-Identifier: GPL-3.0-or-later
// A pane: one rectangle of the screen with one view in it.
#ifndef UI_VIEW_PANE_H
#define UI_VIEW_PANE_H

#include "lab/explain/sight.h"
#include "lab/book/lessons.h"
#include "lab/saved.h"
#include "lab/session/session.h"
#include "ui/draw/page.h"
#include "ui/draw/text.h"
#include "ui/draw/theme.h"
#include "ui/view/reaction.h"

/*
 * A view is one file (ui/view/wire.c, ui/view/sockets.c ...) with one const struct ui_view; the file opens with the
 * view drawn in ASCII. draw() takes the model const and never changes it; what a view keeps between frames (scroll,
 * selection) is in its struct ui_pane and is changed by key() and mouse() alone, which return reactions; only the loop
 * draws. A list's selection is kept by the id of its item, so that it stays when the list moves.
 *
 * Prompts, menus and help are panes on a stack above the layout (ui/box/box.h), not loops of their own: nothing stops
 * while a box is open.
 */

/*
 * What panes may look at; filled by the loop before each frame, const to views. A view shows what is in `state` and the
 * journal's events first_event <= index < state->applied: nothing older than the present experiment, nothing later than
 * the moment that was rewound to. Pointers are good for one call: what was seen is remembered by id or index.
 */
struct ui_present;
struct ui_model {
    struct lab_session *session;   /* NULL on a screen without a lab (tests); views take everything from the rest */
    const struct lab_saved *saved; /* the run that is looked at, which is always rewound; NULL: a live lab */
    const struct lab_journal *journal;
    const struct lab_state *state; /* live, or rewound */
    bool rewound;                  /* state is that after `moment` events */
    size_t moment;
    size_t first_event;              /* of the present experiment, or since the last clear */
    uint64_t start_ns;               /* zero of all times shown: that event's */
    uint64_t now_ns;                 /* taken once per frame; the rewound moment's time when rewound */
    bool has_wire;                   /* false on loopback: nothing carries segments that could be seen */
    int travel;                      /* in slow motion: how far the last segment is, in per cent; -1: it is not slow */
    bool stepping;                   /* programs wait at their gates before each call */
    bool patient;                    /* no kernel of the hosts gives up: a learner may think as long as he likes */
    const struct lab_versus *versus; /* runs under several settings, NULL none */
    const struct lab_lessons *lessons;
    const struct lab_progress *progress;
    int lesson, experiment;           /* chosen; -1 free lab */
    int task;                         /* of the lesson, from 1: chosen in the list in an experiment's place; 0 none */
    const struct ui_present *present; /* ui/view/present.h; NULL: no lesson is presented */
    const char *tried;                /* the free lab is one of `tcplab try`: its title; NULL: it is not */
    const char *tried_file;           /* then the first file, which is shown when nothing runs */
    bool is_kept;                     /* the list is shown, and a lab with something alive stands behind it: */
    int kept_lesson, kept_experiment;
    /* The script of the experiment: how far it is. */
    enum lab_script_state script;
    int script_line;                      /* in the file */
    enum lab_command_id script_command;   /* PAUSED: that this line begins with */
    const struct lab_question *question;  /* asked now or last, NULL none */
    size_t hints;                         /* how many of its hints were asked for */
    bool notes;                           /* what the book has for teachers is shown */
    const struct net_error *script_error; /* FAILED: the sentence, else NULL */
    unsigned expect_held, expect_failed;
    bool script_skipped; /* it needs a wire, and there is none */
    bool waiting;        /* the script or command waits for something: waits_for is valid */
    struct lab_waiting waits_for;
    size_t sights[LAB_SIGHTS + 1]; /* what the text points at: lab/explain/sight.h */
    long selected_event;           /* journal index shared by the wire, calls and source views; -1 follow */
    int selected_socket;           /* index in state->sockets, -1 none */
};

struct ui_pane {
    const struct ui_view *view;
    WINDOW *window;    /* inside of the frame; set by layout, NULL when hidden */
    int rows, columns; /* of window */
    bool focused, dirty;
    long top;         /* first row shown; -1 follows the end */
    uint64_t cursor;  /* id of the selected item, 0 none; what an id is, the view says */
    long wants_event; /* -1: follow */
    int wants_socket; /* -1: none */
    int wants_lesson, wants_experiment, wants_choice; /* -1: the free lab; none */
    int wants_task;                                   /* from 1; 0 none */
    char command[512];
    void *own; /* a view's further state; made by open(), freed by close() */
};

/* A key that a view takes itself. */
struct ui_key_help {
    const char *key, *what;
    bool moves; /* as everywhere: the footer leaves it out */
    int code;   /* of a key that the view takes from the key table; 0: the table has no such key */
    bool (*works)(const struct ui_pane *, const struct ui_model *); /* whether it does anything now; NULL: always */
};

struct ui_view {
    const char *name;                                       /* "wire" */
    const char *title;                                      /* "Wire" */
    int rows_least, columns_least;                          /* inside: below that a sentence stands in its place */
    int (*open)(struct ui_pane *, const struct ui_model *); /* may be NULL; -1 without memory */
    void (*close)(struct ui_pane *);                        /* may be NULL */
    /* Into pane->window, which is empty; touches no other, refreshes nothing. */
    void (*draw)(const struct ui_pane *, const struct ui_model *);
    /* A curses key or byte; returns enum ui_reaction bits. NULL: no key is its own. */
    unsigned (*key)(struct ui_pane *, const struct ui_model *, int key);
    /* Row and column inside; BUTTON1_PRESSED, or the wheel: BUTTON4_PRESSED up, BUTTON5_PRESSED down. May be NULL. */
    unsigned (*mouse)(struct ui_pane *, const struct ui_model *, int row, int column, mmask_t);
    /* Says whether an event concerns it (NULL: every event does), so that others are not redrawn. */
    bool (*concerns)(const struct ui_model *, const struct net_event *);
    /* Until when its picture stays true without events (running times, countdowns); 0: for ever. CLOCK_MONOTONIC. */
    uint64_t (*stale_ns)(const struct ui_pane *, const struct ui_model *);
    /* Right end of the frame's title line: counts, modes ("2 waiting"). May be NULL. */
    void (*status)(const struct ui_pane *, const struct ui_model *, char *out, size_t out_bytes);
    /* A title that depends on what is shown; NULL: `title`. */
    void (*titled)(const struct ui_pane *, const struct ui_model *, char *out, size_t out_bytes);
    /* The footer's keys while it has the focus; ends with a row without a key. May be NULL. */
    const struct ui_key_help *keys;
    /* Boxes: how large the inside would like to be on a screen of that size. NULL: all of it. */
    void (*wants)(const struct ui_pane *, const struct ui_model *, int *rows, int *columns);
    /* Boxes: ask anew, before each frame, for what no event tells. May be NULL. */
    void (*renew)(struct ui_pane *, const struct ui_model *);
};

/* The views that exist: one file each. */
extern const struct ui_view ui_view_lessons, ui_view_contents /* a lesson's text and experiments beside the list */,
    ui_view_lesson, ui_view_wire, ui_view_sockets, ui_view_tasks, ui_view_calls, ui_view_source;
/* How wide the list of lessons must be inside of its frame to show every title whole. */
int ui_lessons_columns(const struct ui_model *);

/* A page over the whole inside of a pane, one blank column at each side, scrolled as pane->top says. */
struct ui_page ui_page_of(const struct ui_pane *, long total);
/* The same without a window: for counting. */
struct ui_page ui_page_measure(const struct ui_pane *);

/*
 * The keys of every scrolled text: up, down, page up, page down, home, end change pane->top for `total` rows of
 * content. Returns UI_REDRAW, or UI_PASS when the key is none of them. Where `follows`, the last row is -1 (follow the
 * end).
 */
unsigned ui_scroll_key(struct ui_pane *, int key, long total, bool follows);
/* The same for the wheel: UI_REDRAW or UI_NOTHING. */
unsigned ui_scroll_wheel(struct ui_pane *, mmask_t, long total, bool follows);
/* The first row to draw, for pane->top and `total` rows of content. */
long ui_scroll_top(const struct ui_pane *, long total);
/* "27-61 of 65": which rows are shown, from `top` on; out is left as it is where the pane has all of them. */
void ui_scroll_status(const struct ui_pane *, long top, long total, char *out, size_t out_bytes);

#endif
