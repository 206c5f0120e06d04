// SPDX-License-Identifier: GPL-3.0-or-later
// What is in the chosen lesson, beside the list.
//
//  ┌ 3.5a Disconnects ─────────────────────────────────────────────────────────┐
//  │ A connection can end politely, by force, or in silence. recv() tells you  │
//  │ which, if you know how to read it.                                        │
//  │                                                                           │
//  │ Experiments                           your prediction  the kernel         │
//  │   1 The client closes                 0                0               ✓  │
//  │   2 The client dies with data unread  0                -1 ECONNRESET   ✗  │
//  │   3 The cable is pulled               —                -1 ETIMEDOUT    ·  │   run, and nothing predicted
//  │                                                                           │
//  │ Tasks                                                                     │
//  │     reap        Collect every child of a server that forks.            ✓  │   · tried, and not passed yet
//  └───────────────────────────────────────────────────────────────────────────┘
//
// Where a title would have to be cut for the two columns, they are left out, and what is known of an experiment stands
// below its title:
//
//  │ Experiments                                │
//  │   1 The client closes                    ✓ │
//  │     predicted 0 · the kernel 0             │
//  │   2 The client dies with data unread       │
//
// The cursor is the chosen experiment or task (model->experiment, model->task), marked while this pane has the focus.
#include "ui/view/pane.h"

#include "lab/book/assignments.h"
#include "net/base/message.h"

#include <stdio.h>
#include <string.h>

enum { INTRODUCTION_BLOCKS = 3, CELL_LEAST = 14 };

static const struct lab_lesson *lesson_of(const struct ui_model *model)
{
    return model->lesson >= 0 ? &model->lessons->lessons[model->lesson] : NULL;
}

/* The first paragraphs of the lesson, up to whatever comes next. */
static size_t introduction(const struct lab_lesson *lesson, size_t *first)
{
    size_t n = 0;
    *first = lesson->block_count > 0 && lesson->blocks[0].kind == LAB_HEADING ? 1 : 0;
    while (*first + n < lesson->block_count && n < INTRODUCTION_BLOCKS &&
           lesson->blocks[*first + n].kind == LAB_PARAGRAPH)
        n++;
    return n;
}

/* ---- the experiments -------------------------------------------------------------------------------------------- */

struct widths {
    int title, cell; /* cell 0: no room for columns beside the titles */
};

/* The columns get a quarter each, less where a title needs it, and a mark stands at the very end. */
static struct widths widths_of(const struct ui_page *page, const struct lab_lesson *lesson)
{
    int widest = 0, room = page->columns - 4 - 2 - 2 - 2, cell = page->columns / 4;
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        int width = ui_text_width(lesson->experiments[i].title);
        widest = width > widest ? width : widest;
    }
    if (cell > (room - widest) / 2)
        cell = (room - widest) / 2;
    if (cell < CELL_LEAST)
        return (struct widths){.title = page->columns - 4 - 2};
    return (struct widths){.title = room - 2 * cell, .cell = cell};
}

/* A cell: text cut at its width. */
static void put_cell(struct ui_page *page, int column, int width, attr_t attr, const char *text)
{
    struct ui_page cell = *page;
    cell.left += column;
    cell.columns = column + width <= page->columns ? width : page->columns - column;
    ui_page_put(&cell, 0, attr, text);
}

static void put_mark(struct ui_page *page, int column, const struct lab_done *done)
{
    if (!done || !done->run)
        return;
    bool right = strcmp(done->predicted, done->answer) == 0;
    if (done->predicted[0] && done->answer[0])
        ui_page_put(page, column, ui_attr(right ? UI_OPEN : UI_FAILED), ui_glyph(right ? UI_TICK : UI_BALLOT));
    else
        ui_page_put(page, column, ui_attr(UI_DIM), ui_glyph(UI_DOT));
}

/* What was done of an experiment, in the words of its question as it is read; NULL: nothing was. */
static const struct lab_done *done_of(const struct ui_model *model, const struct lab_experiment *experiment,
                                      struct lab_done *room)
{
    const struct lab_done *done = lab_progress_get(model->progress, lesson_of(model)->number, experiment->key);
    if (!done)
        return NULL;
    *room = *done;
    lab_experiment_shown(experiment, done->predicted, room->predicted, sizeof room->predicted);
    lab_experiment_shown(experiment, done->answer, room->answer, sizeof room->answer);
    return room;
}

/* The two columns behind the title. */
static void put_cells(struct ui_page *page, struct widths w, const struct lab_done *done, bool no_wire)
{
    int column = 4 + w.title + 2;
    put_cell(page, column, w.cell, A_NORMAL,
             done && done->predicted[0] ? done->predicted
             : no_wire                  ? _("needs a wire")
                                        : "—");
    put_cell(page, column + w.cell + 2, w.cell, A_NORMAL, done && done->answer[0] ? done->answer : "—");
}

/* Below the title, if there is anything to say. */
static void put_below(struct ui_page *page, const struct lab_done *done, bool no_wire)
{
    const char *predicted = done ? done->predicted : "", *answer = done ? done->answer : "";
    char text[sizeof done->predicted + sizeof done->answer + 120] = "";
    if (*predicted && *answer)
        snprintf(text, sizeof text, _("predicted %s · the kernel %s"), predicted, answer);
    else if (*predicted)
        snprintf(text, sizeof text, _("predicted %s"), predicted);
    else if (*answer)
        snprintf(text, sizeof text, no_wire ? _("needs a wire · the kernel %s") : _("the kernel %s"), answer);
    else if (no_wire)
        snprintf(text, sizeof text, "%s", _("needs a wire"));
    if (*text)
        ui_page_wrap(page, ui_attr(UI_DIM), "    ", A_NORMAL, text);
}

static void put_experiment(struct ui_page *page, const struct ui_model *model, size_t i)
{
    const struct lab_lesson *lesson = lesson_of(model);
    const struct lab_experiment *experiment = &lesson->experiments[i];
    struct lab_done room;
    const struct lab_done *done = done_of(model, experiment, &room);
    struct widths w = widths_of(page, lesson);
    bool no_wire = experiment->needs_wire && !model->has_wire;
    char number[24];
    snprintf(number, sizeof number, "%3zu", i + 1);
    put_cell(page, 0, 3, ui_attr(UI_DIM), number);
    put_cell(page, 4, w.title, A_NORMAL, experiment->title);
    put_mark(page, page->columns - 1, done);
    if (w.cell)
        put_cells(page, w, done, no_wire);
    ui_page_next(page);
    if (!w.cell)
        put_below(page, done, no_wire);
}

static void put_experiments(struct ui_page *page, const struct ui_model *model, size_t count)
{
    const struct lab_lesson *lesson = lesson_of(model);
    struct widths w = widths_of(page, lesson);
    if (lesson->experiment_count == 0)
        return;
    ui_page_next(page);
    put_cell(page, 0, 4 + w.title, ui_attr(UI_STRONG), _("Experiments"));
    if (w.cell) {
        put_cell(page, 6 + w.title, w.cell, ui_attr(UI_DIM),
                 w.cell <= ui_text_width(_("your prediction")) ? _("predicted") : _("your prediction"));
        put_cell(page, 8 + w.title + w.cell, w.cell, ui_attr(UI_DIM), _("the kernel"));
    }
    ui_page_next(page);
    for (size_t i = 0; i < count; i++)
        put_experiment(page, model, i);
}

/* ---- the tasks -------------------------------------------------------------------------------------------------- */

static int name_width(const struct lab_lesson *lesson)
{
    int widest = 0;
    for (size_t i = 0; i < lesson->assignment_count; i++) {
        int width = ui_text_width(lesson->assignments[i].name);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void put_task(struct ui_page *page, const struct ui_model *model, size_t i)
{
    const struct lab_lesson *lesson = lesson_of(model);
    const struct lab_assignment *a = &lesson->assignments[i];
    char key[80];
    const struct lab_done *done = lab_progress_get(model->progress, lesson->number,
                                                   lab_assignment_key(a, key, sizeof key));
    int column = 4 + name_width(lesson) + 2;
    put_cell(page, 4, column - 4, A_NORMAL, a->name);
    if (done && done->run)
        ui_page_put(page, page->columns - 1, ui_attr(done->held ? UI_OPEN : UI_DIM),
                    ui_glyph(done->held ? UI_TICK : UI_DOT));
    put_cell(page, column, page->columns - column - 2, ui_attr(UI_DIM), a->summary ? a->summary : "");
    ui_page_next(page);
}

static void put_tasks(struct ui_page *page, const struct ui_model *model, size_t count)
{
    if (lesson_of(model)->assignment_count == 0)
        return;
    ui_page_next(page);
    ui_page_line(page, ui_attr(UI_STRONG), _("Tasks"));
    for (size_t i = 0; i < count; i++)
        put_task(page, model, i);
}

static void put_free_lab(struct ui_page *page, const struct ui_model *model)
{
    ui_page_wrap(
        page, A_NORMAL, "", A_NORMAL,
        _("Two empty hosts and the wire between them, and no script: start what you like, connect, break it, and "
          "watch."));
    ui_page_next(page);
    ui_page_wrap(page, A_NORMAL, "S  ", ui_attr(UI_KEY), _("starts a server, c connects a hand to it, s sends."));
    ui_page_wrap(page, A_NORMAL, "d  ", ui_attr(UI_KEY), _("shows every way to end or break a connection."));
    if (model->has_wire)
        ui_page_wrap(page, A_NORMAL, "h  ", ui_attr(UI_KEY),
                     _("holds the segments on the wire, n lets the next one go."));
    ui_page_wrap(page, A_NORMAL, ":  ", ui_attr(UI_KEY), _("takes any command; help lists them."));
}

/* The lab behind the list. */
static void put_kept(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    if (!model->is_kept || model->kept_lesson != model->lesson)
        return;
    char mark[16], text[200];
    snprintf(mark, sizeof mark, "%s ", ui_glyph(UI_FULL));
    snprintf(text, sizeof text,
             lesson ? _("Experiment %d is running: Enter on it returns.") : _("It is running: Enter returns to it."),
             model->kept_experiment + 1);
    ui_page_wrap(page, ui_attr(UI_OPEN), mark, ui_attr(UI_OPEN), text);
    ui_page_next(page);
}

/* With as many experiments, and behind them tasks, as are asked for. */
static void put_contents(struct ui_page *page, const struct ui_model *model, size_t count)
{
    const struct lab_lesson *lesson = lesson_of(model);
    size_t first;
    put_kept(page, model);
    if (!lesson) {
        put_free_lab(page, model);
        return;
    }
    size_t n = introduction(lesson, &first);
    ui_page_blocks(page, lesson->blocks + first, n);
    put_experiments(page, model, count < lesson->experiment_count ? count : lesson->experiment_count);
    if (count > lesson->experiment_count)
        put_tasks(page, model, count - lesson->experiment_count);
}

/* ---- the view --------------------------------------------------------------------------------------------------- */

/* Experiments, then tasks: both are counted as one list. */
static size_t count_of(const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    return lesson ? lesson->experiment_count + lesson->assignment_count : 0;
}

/* The chosen one in that list; -1 none. */
static long chosen_of(const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    return lesson && model->task > 0 ? (long)lesson->experiment_count + model->task - 1 : model->experiment;
}

/* The row behind the first i of the list. */
static long end_of(const struct ui_pane *pane, const struct ui_model *model, size_t i)
{
    struct ui_page page = ui_page_measure(pane);
    put_contents(&page, model, i);
    return page.row;
}

/* Of the list's i-th: the row in which it begins, which is not that behind the one before where a heading stands
 * between them. */
static long row_of(const struct ui_pane *pane, const struct ui_model *model, size_t i)
{
    const struct lab_lesson *lesson = lesson_of(model);
    return i >= lesson->experiment_count ? end_of(pane, model, i + 1) - 1 : end_of(pane, model, i);
}

static long rows_of(const struct ui_pane *pane, const struct ui_model *model)
{
    return end_of(pane, model, count_of(model));
}

/* Scrolled as far as the chosen one asks for. */
static long top_of(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_pane scrolled = *pane;
    long chosen = chosen_of(model);
    scrolled.top = pane->top > 0 ? pane->top : 0;
    if (chosen >= 0) {
        long end = end_of(pane, model, (size_t)chosen + 1);
        if (end > scrolled.top + pane->rows)
            scrolled.top = end - pane->rows;
    }
    return ui_scroll_top(&scrolled, rows_of(pane, model));
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_of(pane, rows_of(pane, model));
    long chosen = chosen_of(model);
    page.top = top_of(pane, model);
    put_contents(&page, model, count_of(model));
    if (pane->focused && chosen >= 0)
        ui_mark(pane->window, (int)(row_of(pane, model, (size_t)chosen) - page.top), 0, pane->columns,
                ui_attr(UI_SELECTED));
}

static unsigned choose(struct ui_pane *pane, const struct ui_model *model, long chosen)
{
    const struct lab_lesson *lesson = lesson_of(model);
    long count = (long)count_of(model), experiments = lesson ? (long)lesson->experiment_count : 0;
    long i = chosen < 0 ? 0 : chosen < count ? chosen : count - 1;
    pane->wants_lesson = model->lesson;
    pane->wants_experiment = i < experiments ? (int)i : -1;
    pane->wants_task = i < experiments ? 0 : (int)(i - experiments) + 1;
    return UI_REDRAW | UI_CHOOSE;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    size_t count = count_of(model);
    if (count == 0)
        return ui_scroll_key(pane, pressed, rows_of(pane, model), false);
    switch (pressed) {
    case KEY_UP: return choose(pane, model, chosen_of(model) - 1);
    case KEY_DOWN: return choose(pane, model, chosen_of(model) + 1);
    case KEY_HOME: return choose(pane, model, 0);
    case KEY_END: return choose(pane, model, (long)count - 1);
    default: return ui_scroll_key(pane, pressed, rows_of(pane, model), false);
    }
}

/* The one that stands in a row of the page; -1 none. */
static long at_row(const struct ui_pane *pane, const struct ui_model *model, long row)
{
    for (size_t i = count_of(model); i-- > 0;)
        if (row >= row_of(pane, model, i))
            return row < end_of(pane, model, i + 1) ? (long)i : -1;
    return -1;
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    long at = at_row(pane, model, top_of(pane, model) + row);
    (void)column;
    if (buttons & (BUTTON4_PRESSED | BUTTON5_PRESSED))
        return ui_scroll_wheel(pane, buttons, rows_of(pane, model), false);
    if (at < 0)
        return UI_NOTHING;
    unsigned reactions = choose(pane, model, at);
    return at == chosen_of(model) ? reactions | UI_GO_IN : reactions;
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    const struct lab_lesson *lesson = lesson_of(model);
    (void)pane;
    if (lesson)
        snprintf(out, out_bytes, "%s %s", lesson->number, lesson->title);
    else
        snprintf(out, out_bytes, "%s", _("Free lab"));
}

/* Says that there is more above or below. */
static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    ui_scroll_status(pane, top_of(pane, model), rows_of(pane, model), out, out_bytes);
}

const struct ui_view ui_view_contents = {
    .name = "contents",
    .title = "Contents",
    .rows_least = 4,
    .columns_least = 40,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .titled = titled,
    .status = status,
};
