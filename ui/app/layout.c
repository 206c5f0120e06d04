// SPDX-License-Identifier: GPL-3.0-or-later
// Where the panes stand on a screen of some size.
//
//   wide ┌ Lesson ──┬ Wire ───────┬ Sockets ───┐   tabs ┌ Wire ────────────────────┐
//        │          │             ├ Processes ─┤        │                          │
//        ├ Source ──┴──────┬ Calls┴────────────┤        ├ Calls ───────────────────┤
//        └─────────────────┴───────────────────┘        └──────────────────────────┘
//
//    try ┌ Source ────────┬ Sockets ────────┐   The source of `tcplab try` stands left, what comes of it beside it.
//        │                ├ Processes ──────┤
//        ├ Wire ──────────┼ Calls ──────────┤
//        └────────────────┴─────────────────┘
//
// The lower line is divided on its own: a line of source needs more room than a paragraph of the lesson does. While the
// learner reads and nothing runs, the lesson takes the source's place too, or most of the tabs' rows.
#include "ui/app/layout.h"

#include <string.h>

/* Shares of the screen, in per cent, and what the wire and the sockets need at least: at 100 columns they get just
 * that. CONTENTS: what the list leaves to the view beside it, however long its titles are. */
enum {
    LIST = 31,
    CONTENTS = 44,
    LESSON = 26,
    WIRE_OF_REST = 54,
    UPPER = 60,
    SOCKETS_ROWS = 54,
    SOURCE = 43,
    READING = 72,
    SOURCE_ROWS = 70,
    LEAST = 36
};

static int share(int of, int percent)
{
    return (of * percent + 50) / 100;
}

/* From one line to another, both included: that is how neighbours share one. */
static struct ui_rect between(int top, int left, int bottom, int right)
{
    return (struct ui_rect){.row = top, .column = left, .rows = bottom - top + 1, .columns = right - left + 1};
}

static void place(struct ui_layout *layout, int pane, struct ui_rect rect)
{
    layout->visible[pane] = true;
    layout->rect[pane] = rect;
}

static int clamp(int wanted, int least, int most)
{
    return wanted < least ? least : wanted > most ? most : wanted;
}

static void place_list(struct ui_layout *layout, const struct ui_choice *choice, int bottom, int right)
{
    int divide = clamp(choice->list_columns + 1, share(right, LIST), right - CONTENTS - 1);
    place(layout, 0, between(1, 0, bottom, divide));
    place(layout, 1, between(1, divide, bottom, right));
}

static void place_wide(struct ui_layout *layout, const struct ui_choice *choice, int bottom, int right)
{
    int middle = 1 + share(bottom - 1, UPPER), source = share(right, SOURCE);
    int inside = right - 3, tasks = 1 + share(middle - 1, SOCKETS_ROWS);
    int lesson = clamp(share(inside, LESSON), 0, inside - 2 * LEAST), rest = inside - lesson;
    int wire = lesson + 1, sockets = wire + 1 + clamp(share(rest, WIRE_OF_REST), LEAST, rest - LEAST);
    place(layout, UI_LAB_LESSON, between(1, 0, choice->reading ? bottom : middle, wire));
    place(layout, UI_LAB_WIRE, between(1, wire, middle, sockets));
    place(layout, UI_LAB_SOCKETS, between(1, sockets, tasks, right));
    place(layout, UI_LAB_TASKS, between(tasks, sockets, middle, right));
    if (!choice->reading)
        place(layout, UI_LAB_SOURCE, between(middle, 0, bottom, source));
    place(layout, UI_LAB_CALLS, between(middle, choice->reading ? wire : source, bottom, right));
}

/* The learner's source as high as can be; below it what stands in for the wire while it has the focus. */
static void place_try(struct ui_layout *layout, const struct ui_choice *choice, int bottom, int right)
{
    int middle = share(right, 50), source = 1 + share(bottom - 1, SOURCE_ROWS);
    int sockets = 1 + share(bottom - 1, 28), tasks = 1 + share(bottom - 1, 46);
    place(layout, UI_LAB_SOURCE, between(1, 0, source, middle));
    place(layout, choice->focus == UI_LAB_LESSON ? UI_LAB_LESSON : UI_LAB_WIRE, between(source, 0, bottom, middle));
    place(layout, UI_LAB_SOCKETS, between(1, middle, sockets, right));
    place(layout, UI_LAB_TASKS, between(sockets, middle, tasks, right));
    place(layout, UI_LAB_CALLS, between(tasks, middle, bottom, right));
}

static void place_tabs(struct ui_layout *layout, const struct ui_choice *choice, int bottom, int right)
{
    int upper = choice->shown[0] < choice->shown[1] ? 0 : 1;
    bool reads = choice->reading && choice->shown[upper] == UI_LAB_LESSON;
    int middle = 2 + share(bottom - 2, reads ? READING : 50);
    layout->tab_row = 1;
    place(layout, choice->shown[upper], between(2, 0, middle, right));
    place(layout, choice->shown[!upper], between(middle, 0, bottom, right));
}

struct ui_layout ui_layout_compute(const struct ui_choice *choice, int rows, int columns)
{
    struct ui_layout layout = {.rows = rows, .columns = columns, .tab_row = -1};
    int bottom = rows - 2, right = columns - 1;
    bool wide = rows >= UI_WIDE_ROWS && columns >= UI_WIDE_COLUMNS;
    if (rows < UI_ROWS_LEAST || columns < UI_COLUMNS_LEAST) {
        layout.kind = UI_LAYOUT_TOO_SMALL;
    } else if (choice->screen == UI_SCREEN_LIST) {
        layout.kind = UI_LAYOUT_LIST;
        place_list(&layout, choice, bottom, right);
    } else if (choice->zoom) {
        layout.kind = UI_LAYOUT_ZOOM;
        layout.tab_row = 1;
        place(&layout, choice->focus, between(2, 0, bottom, right));
    } else if (wide) {
        layout.kind = UI_LAYOUT_WIDE;
        if (choice->tries)
            place_try(&layout, choice, bottom, right);
        else
            place_wide(&layout, choice, bottom, right);
    } else {
        layout.kind = UI_LAYOUT_TABS;
        place_tabs(&layout, choice, bottom, right);
    }
    return layout;
}

void ui_choice_focus(struct ui_choice *choice, int view)
{
    if (view == UI_LAB_SOURCE)
        choice->reading = false;
    int other = choice->focus == choice->shown[0] ? 1 : 0;
    choice->focus = view;
    if (choice->screen == UI_SCREEN_LAB && view != choice->shown[0] && view != choice->shown[1])
        choice->shown[other] = view;
}
