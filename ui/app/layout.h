// SPDX-License-Identifier: GPL-3.0-or-later
// Where the panes stand on a screen of some size.
#ifndef UI_APP_LAYOUT_H
#define UI_APP_LAYOUT_H

#include "ui/app/views.h"
#include "ui/draw/frame.h"

#include <stdbool.h>

/* From which size on there is a picture at all, two views below each other, the lesson beside others, and all views. */
enum {
    UI_ROWS_LEAST = 16,
    UI_COLUMNS_LEAST = 60,
    UI_TABS_ROWS = 24,
    UI_TABS_COLUMNS = 80,
    UI_BESIDE_COLUMNS = 100,
    UI_WIDE_ROWS = 36,
    UI_WIDE_COLUMNS = 140,
    UI_PLACES = UI_LAB_VIEWS,
    UI_SHOWN = 4
};

enum ui_screen { UI_SCREEN_LIST, UI_SCREEN_LAB };

enum ui_layout_kind {
    UI_LAYOUT_TOO_SMALL, /* no pane: a sentence */
    UI_LAYOUT_LIST,      /* places 0 and 1: the lessons, and what is in the one chosen */
    UI_LAYOUT_WIDE,      /* every view of the lab */
    UI_LAYOUT_BESIDE,    /* the lesson, and beside it two or three others */
    UI_LAYOUT_TABS,      /* two of them */
    UI_LAYOUT_ZOOM,      /* one */
    UI_LAYOUT_PRESENT    /* a slide, in the lesson's place; while it runs with the wire and the calls */
};

/* What the learner has chosen. */
struct ui_choice {
    enum ui_screen screen;
    int focus;           /* a place */
    int shown[UI_SHOWN]; /* views, that of the focus first, then those that had it or were opened before */
    bool zoom;
    bool tries;        /* `tcplab try`: the source has the left half of a wide screen */
    bool reading;      /* nothing runs yet: the lesson has the screen to itself, until another view is asked for */
    bool asks;         /* a question is open: the lesson has the room that its choices need */
    bool is_free;      /* no lesson: what stands in its place is short */
    bool presents;     /* a lesson to a class: */
    bool presents_run; /* its run */
    int alone;         /* the view that has the whole screen then; -1: none */
    int list_columns;  /* what the list of lessons needs inside of its frame to show every title whole; 0: no wish */
};

struct ui_layout {
    enum ui_layout_kind kind;
    int rows, columns; /* of the screen */
    int tab_row;       /* row of the tabs, -1 none */
    bool visible[UI_PLACES];
    struct ui_rect rect[UI_PLACES]; /* with frame; neighbours share a line */
};

/* Row 0 is the status line, the last row the footer, between them the panes. Pure. */
struct ui_layout ui_layout_compute(const struct ui_choice *, int rows, int columns);

/* Bring a view to the front: among the tabs it takes the place of the one that has been out of focus for longer. */
void ui_choice_focus(struct ui_choice *, int view);

#endif
