// SPDX-License-Identifier: GPL-3.0-or-later
// Where the panes stand on a screen of some size.
#ifndef UI_APP_LAYOUT_H
#define UI_APP_LAYOUT_H

#include "ui/app/views.h"
#include "ui/draw/frame.h"

#include <stdbool.h>

enum { UI_ROWS_LEAST = 24, UI_COLUMNS_LEAST = 80, UI_WIDE_ROWS = 28, UI_WIDE_COLUMNS = 100, UI_PLACES = UI_LAB_VIEWS };

enum ui_screen { UI_SCREEN_LIST, UI_SCREEN_LAB };

enum ui_layout_kind {
    UI_LAYOUT_TOO_SMALL, /* no pane: a sentence */
    UI_LAYOUT_LIST,      /* places 0 and 1: the lessons, and what is in the one chosen */
    UI_LAYOUT_WIDE,      /* every view of the lab */
    UI_LAYOUT_TABS,      /* two of them */
    UI_LAYOUT_ZOOM       /* one */
};

/* What the learner has chosen. */
struct ui_choice {
    enum ui_screen screen;
    int focus;    /* a place */
    int shown[2]; /* the two views of the tabs */
    bool zoom;
    bool tries;       /* `tcplab try`: the source has the left half of a wide screen */
    bool reading;     /* nothing runs yet: the lesson gets more room */
    int list_columns; /* what the list of lessons needs inside of its frame to show every title whole; 0: no wish */
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
