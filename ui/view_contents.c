// SPDX-License-Identifier: GPL-3.0-or-later
// What is in the chosen lesson, beside the list.
//
//  ┌ 3.5 Disconnects and errors ───────────────────────────────────────────────┐
//  │ A connection can end politely, by force, or in silence. recv() tells you  │
//  │ which, if you know how to read it.                                        │
//  │                                                                           │
//  │ Experiments                           your prediction  the kernel         │
//  │   1 The client closes                 0                0               ✓  │
//  │   2 The client dies with data unread  0                -1 ECONNRESET   ✗  │
//  │   3 The cable is pulled               —                —                  │
//  └───────────────────────────────────────────────────────────────────────────┘
//
// The cursor is the chosen experiment (model->experiment), marked while this pane has the focus.
#include "ui/action.h"
#include "ui/page.h"

#include <stdio.h>
#include <string.h>

enum { INTRODUCTION_BLOCKS = 3, TITLE_LEAST = 16 };

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
    int title, predicted, answer;
};

static struct widths widths_of(const struct ui_page *page)
{
    int each = page->columns / 4;
    int title = page->columns - 4 - 2 * (each + 2) - 2;
    return (struct widths){.title = title < TITLE_LEAST ? TITLE_LEAST : title, .predicted = each, .answer = each};
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
    if (!done || !done->run || !done->answer[0])
        return;
    bool right = strcmp(done->predicted, done->answer) == 0;
    if (done->predicted[0])
        ui_page_put(page, column, ui_attr(right ? UI_OPEN : UI_FAILED), ui_glyph(right ? UI_TICK : UI_BALLOT));
}

static void put_experiment(struct ui_page *page, const struct ui_model *model, size_t i)
{
    const struct lab_lesson *lesson = lesson_of(model);
    const struct lab_experiment *experiment = &lesson->experiments[i];
    const struct lab_done *done = lab_progress_get(model->progress, lesson->number, experiment->title);
    struct widths w = widths_of(page);
    bool no_wire = experiment->needs_wire && !model->has_wire;
    char number[24];
    int column = 4 + w.title + 2;
    snprintf(number, sizeof number, "%3zu", i + 1);
    put_cell(page, 0, 3, ui_attr(UI_DIM), number);
    put_cell(page, 4, w.title, A_NORMAL, experiment->title);
    put_cell(page, column, w.predicted, A_NORMAL,
             done && done->predicted[0] ? done->predicted
             : no_wire                  ? "needs a wire"
                                        : "—");
    column += w.predicted + 2;
    put_cell(page, column, w.answer, A_NORMAL, done && done->answer[0] ? done->answer : "—");
    put_mark(page, page->columns - 1, done);
    ui_page_next(page);
}

static void put_experiments(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    struct widths w = widths_of(page);
    if (lesson->experiment_count == 0)
        return;
    ui_page_next(page);
    put_cell(page, 0, 4 + w.title, ui_attr(UI_STRONG), "Experiments");
    put_cell(page, 6 + w.title, w.predicted, ui_attr(UI_DIM),
             w.predicted < (int)sizeof "your prediction" ? "predicted" : "your prediction");
    put_cell(page, 8 + w.title + w.predicted, w.answer, ui_attr(UI_DIM), "the kernel");
    ui_page_next(page);
    for (size_t i = 0; i < lesson->experiment_count; i++)
        put_experiment(page, model, i);
}

static void put_free_lab(struct ui_page *page, const struct ui_model *model)
{
    ui_page_wrap(
        page, A_NORMAL, "", A_NORMAL,
        "Two empty hosts and the wire between them, and no script: start what you like, connect, break it, and "
        "watch.");
    ui_page_next(page);
    ui_page_wrap(page, A_NORMAL, "S  ", ui_attr(UI_KEY), "starts a server, c connects a hand to it, s sends.");
    ui_page_wrap(page, A_NORMAL, "d  ", ui_attr(UI_KEY), "shows every way to end or break a connection.");
    if (model->has_wire)
        ui_page_wrap(page, A_NORMAL, "h  ", ui_attr(UI_KEY), "holds the segments on the wire, n lets the next one go.");
    ui_page_wrap(page, A_NORMAL, ":  ", ui_attr(UI_KEY), "takes any command; help lists them.");
}

/* Returns the row of the first experiment. */
static long put_contents(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    size_t first;
    if (!lesson) {
        put_free_lab(page, model);
        return 0;
    }
    size_t n = introduction(lesson, &first);
    ui_page_blocks(page, lesson->blocks + first, n);
    long row = page->row + 2;
    put_experiments(page, model);
    return row;
}

/* ---- the view --------------------------------------------------------------------------------------------------- */

static long measure(const struct ui_pane *pane, const struct ui_model *model, long *first)
{
    struct ui_page page = ui_page_measure(pane);
    *first = put_contents(&page, model);
    return page.row;
}

/* Scrolled as far as the chosen experiment asks for. */
static long top_of(const struct ui_pane *pane, const struct ui_model *model, long first, long total)
{
    struct ui_pane scrolled = *pane;
    long row = first + model->experiment;
    scrolled.top = pane->top > 0 ? pane->top : 0;
    if (model->experiment >= 0 && row >= scrolled.top + pane->rows)
        scrolled.top = row - pane->rows + 1;
    return ui_scroll_top(&scrolled, total);
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    long first, total = measure(pane, model, &first);
    struct ui_page page = ui_page_of(pane, total);
    page.top = top_of(pane, model, first, total);
    put_contents(&page, model);
    if (pane->focused && model->experiment >= 0)
        ui_mark(pane->window, (int)(first + model->experiment - page.top), 0, pane->columns, ui_attr(UI_SELECTED));
}

static unsigned choose(struct ui_pane *pane, const struct ui_model *model, long experiment)
{
    const struct lab_lesson *lesson = lesson_of(model);
    long count = lesson ? (long)lesson->experiment_count : 0;
    pane->wants_lesson = model->lesson;
    pane->wants_experiment = (int)(experiment < 0 ? 0 : experiment < count ? experiment : count - 1);
    return UI_REDRAW | UI_CHOOSE;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    long first, total = measure(pane, model, &first);
    const struct lab_lesson *lesson = lesson_of(model);
    if (!lesson || lesson->experiment_count == 0)
        return ui_scroll_key(pane, pressed, total, false);
    switch (pressed) {
    case KEY_UP: return choose(pane, model, model->experiment - 1);
    case KEY_DOWN: return choose(pane, model, model->experiment + 1);
    case KEY_HOME: return choose(pane, model, 0);
    case KEY_END: return choose(pane, model, (long)lesson->experiment_count - 1);
    default: return ui_scroll_key(pane, pressed, total, false);
    }
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    const struct lab_lesson *lesson = lesson_of(model);
    long first, total = measure(pane, model, &first);
    long at = top_of(pane, model, first, total) + row - first;
    (void)column;
    if (buttons & (BUTTON4_PRESSED | BUTTON5_PRESSED))
        return ui_scroll_wheel(pane, buttons, total, false);
    if (!lesson || at < 0 || at >= (long)lesson->experiment_count)
        return UI_NOTHING;
    unsigned reactions = choose(pane, model, at);
    if (at == model->experiment) {
        pane->action = UI_ACT_OPEN;
        reactions |= UI_ACTION;
    }
    return reactions;
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    const struct lab_lesson *lesson = lesson_of(model);
    (void)pane;
    if (lesson)
        snprintf(out, out_bytes, "%s %s", lesson->number, lesson->title);
    else
        snprintf(out, out_bytes, "Free lab");
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
};
