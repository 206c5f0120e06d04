// SPDX-License-Identifier: GPL-3.0-or-later
// Where the panes stand on a screen of some size.
//
//   wide ┌ Lesson ──┬ Wire ───────┬ Sockets ───┐   tabs ┌ Lesson ──────────────────┐
//        │          │             ├ Processes ─┤        │                          │
//        │          ├ Source ──┬ Calls ────────┤        ├ Calls ───────────────────┤
//        └──────────┴──────────┴───────────────┘        └──────────────────────────┘
//
//    try ┌ Source ────────┬ Sockets ────────┐   The source of `tcplab try` stands left, what comes of it beside it.
//        │                ├ Processes ──────┤
//        ├ Wire ──────────┼ Calls ──────────┤
//        └────────────────┴─────────────────┘
//
//   beside ┌ Lesson ──────────┬ Wire ──────────┐   reading ┌ Lesson ───────────────┐
//          │                  ├ Calls ─────────┤           │                       │
//          └──────────────────┴────────────────┘           └───────────────────────┘
//
// Every view at once only where nothing in them has to be cut for it. Below that the lesson, with what happened beside
// or below it; a smaller terminal shows one view. While the learner reads and nothing has run, the others have nothing
// to say yet, and the lesson has all of the screen.
#include "ui/app/layout.h"

#include <string.h>

/* Shares of the screen, in per cent, and what the wire and the sockets need at least to name every state whole.
 * CONTENTS: what the list leaves to the view beside it, however long its titles are. */
enum {
    LIST = 31,
    CONTENTS = 40,
    LESSON = 26,
    LESSON_LEAST = 34,
    WIRE_OF_REST = 54,
    UPPER = 60,
    SOCKETS_ROWS = 54,
    SOURCE = 52,
    SOURCE_ROWS = 70,
    LEAST = 48,
    BESIDE = 44,
    BESIDE_FREE = 30,
    BESIDE_ROWS = 10,
    RESULT = 60,
    ASKING = 76,
    PRESENT_SCRIPT = 36,
    PRESENT_SCRIPT_NARROW = 24,
    PRESENT_WIRE_ROWS = 58,
    PRESENT_WIRE = 55
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

/* A terminal that is too narrow for both shows the one that has the focus. */
static void place_list(struct ui_layout *layout, const struct ui_choice *choice, int bottom, int right)
{
    int divide = clamp(choice->list_columns + 1, share(right, LIST), right - CONTENTS - 1);
    if (layout->columns < UI_TABS_COLUMNS) {
        place(layout, choice->focus ? 1 : 0, between(1, 0, bottom, right));
        return;
    }
    place(layout, 0, between(1, 0, bottom, divide));
    place(layout, 1, between(1, divide, bottom, right));
}

static void place_wide(struct ui_layout *layout, int bottom, int right)
{
    int middle = 1 + share(bottom - 1, UPPER), tasks = 1 + share(middle - 1, SOCKETS_ROWS);
    int inside = right - 3, lesson = clamp(share(inside, LESSON), LESSON_LEAST, inside - 2 * LEAST);
    int rest = inside - lesson, wire = lesson + 1;
    int sockets = wire + 1 + clamp(share(rest, WIRE_OF_REST), LEAST, rest - LEAST);
    int calls = wire + share(right - wire, SOURCE);
    place(layout, UI_LAB_LESSON, between(1, 0, bottom, wire));
    place(layout, UI_LAB_WIRE, between(1, wire, middle, sockets));
    place(layout, UI_LAB_SOCKETS, between(1, sockets, tasks, right));
    place(layout, UI_LAB_TASKS, between(tasks, sockets, middle, right));
    place(layout, UI_LAB_SOURCE, between(middle, wire, bottom, calls));
    place(layout, UI_LAB_CALLS, between(middle, calls, bottom, right));
}

/* What stands left. */
static int main_view(const struct ui_choice *choice)
{
    return choice->tries ? UI_LAB_SOURCE : UI_LAB_LESSON;
}

/* The first so many of what is shown but the main view and the lesson, in the order of their numbers. */
static int beside_main(const struct ui_choice *choice, int most, int out[UI_SHOWN])
{
    bool taken[UI_LAB_VIEWS] = {false};
    int count = 0, n = 0;
    for (int i = 0; i < UI_SHOWN && n < most; i++)
        if (choice->shown[i] != UI_LAB_LESSON && choice->shown[i] != main_view(choice) && !taken[choice->shown[i]]) {
            taken[choice->shown[i]] = true;
            n++;
        }
    for (int view = 0; view < UI_LAB_VIEWS; view++)
        if (taken[view])
            out[count++] = view;
    return count;
}

static void place_beside(struct ui_layout *layout, const struct ui_choice *choice, int bottom, int right)
{
    int views[UI_SHOWN], rows = bottom - 2,
                         divide = share(right, choice->is_free && !choice->tries ? BESIDE_FREE : BESIDE);
    int count = beside_main(choice, clamp(rows / BESIDE_ROWS, 1, UI_SHOWN - 1), views);
    layout->tab_row = 1;
    place(layout, main_view(choice), between(2, 0, bottom, divide));
    for (int i = 0; i < count; i++)
        place(layout, views[i], between(2 + rows * i / count, divide, 2 + rows * (i + 1) / count, right));
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
    bool has_lesson = choice->shown[upper] == UI_LAB_LESSON && !choice->is_free;
    int middle = 2 + share(bottom - 2, has_lesson && choice->asks ? ASKING : has_lesson ? RESULT : 50);
    layout->tab_row = 1;
    place(layout, choice->shown[upper], between(2, 0, middle, right));
    place(layout, choice->shown[!upper], between(middle, 0, bottom, right));
}

/* One view; its tab stands above it where there are rows to spare. */
static void place_one(struct ui_layout *layout, int view, int bottom, int right)
{
    bool tabs = layout->rows >= UI_TABS_ROWS && layout->columns >= UI_TABS_COLUMNS;
    layout->tab_row = tabs ? 1 : -1;
    place(layout, view, between(tabs ? 2 : 1, 0, bottom, right));
}

/* The script above, so that the next line is always seen; then what happens, and beside it the calls. */
static void place_present(struct ui_layout *layout, const struct ui_choice *choice, int bottom, int right)
{
    bool is_wide = layout->columns >= UI_BESIDE_COLUMNS;
    int script = 1 + share(bottom - 1, is_wide ? PRESENT_SCRIPT : PRESENT_SCRIPT_NARROW);
    int wire = script + share(bottom - script, PRESENT_WIRE_ROWS), beside = share(right, PRESENT_WIRE);
    if (choice->alone >= 0) {
        place(layout, choice->alone, between(1, 0, bottom, right));
    } else if (!choice->presents_run) {
        place(layout, UI_LAB_LESSON, between(1, 0, bottom, right));
    } else {
        place(layout, UI_LAB_LESSON, between(1, 0, script, right));
        place(layout, UI_LAB_WIRE, between(script, 0, is_wide ? bottom : wire, is_wide ? beside : right));
        place(layout, UI_LAB_CALLS, between(is_wide ? script : wire, is_wide ? beside : 0, bottom, right));
    }
}

static enum ui_layout_kind kind_of(const struct ui_choice *choice, int rows, int columns)
{
    bool is_small = rows < UI_TABS_ROWS || columns < UI_TABS_COLUMNS;
    if (rows < UI_ROWS_LEAST || columns < UI_COLUMNS_LEAST)
        return UI_LAYOUT_TOO_SMALL;
    if (choice->screen == UI_SCREEN_LIST)
        return UI_LAYOUT_LIST;
    if (choice->presents)
        return UI_LAYOUT_PRESENT;
    if (rows >= UI_WIDE_ROWS && columns >= UI_WIDE_COLUMNS && !choice->zoom)
        return UI_LAYOUT_WIDE;
    if (choice->zoom || choice->reading || is_small)
        return UI_LAYOUT_ZOOM;
    return columns >= UI_BESIDE_COLUMNS ? UI_LAYOUT_BESIDE : UI_LAYOUT_TABS;
}

struct ui_layout ui_layout_compute(const struct ui_choice *choice, int rows, int columns)
{
    struct ui_layout layout = {.rows = rows, .columns = columns, .tab_row = -1};
    int bottom = rows - 2, right = columns - 1;
    layout.kind = kind_of(choice, rows, columns);
    switch (layout.kind) {
    case UI_LAYOUT_TOO_SMALL: break;
    case UI_LAYOUT_LIST: place_list(&layout, choice, bottom, right); break;
    case UI_LAYOUT_WIDE:
        if (choice->tries)
            place_try(&layout, choice, bottom, right);
        else
            place_wide(&layout, bottom, right);
        break;
    case UI_LAYOUT_BESIDE: place_beside(&layout, choice, bottom, right); break;
    case UI_LAYOUT_TABS: place_tabs(&layout, choice, bottom, right); break;
    case UI_LAYOUT_PRESENT: place_present(&layout, choice, bottom, right); break;
    case UI_LAYOUT_ZOOM: place_one(&layout, choice->focus, bottom, right); break;
    }
    return layout;
}

void ui_choice_focus(struct ui_choice *choice, int view)
{
    int at = 0;
    choice->focus = view;
    if (choice->screen != UI_SCREEN_LAB)
        return;
    choice->reading &= view == UI_LAB_LESSON;
    while (at < UI_SHOWN - 1 && choice->shown[at] != view)
        at++;
    for (; at > 0; at--)
        choice->shown[at] = choice->shown[at - 1];
    choice->shown[0] = view;
}
