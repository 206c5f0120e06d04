// SPDX-License-Identifier: GPL-3.0-or-later
// The list of lessons.
//
//  ┌ Lessons ──────────────────────┐
//  │ 3.1 ✓ One client at a time    │   ✓ every experiment was run, and no prediction was wrong; ✗ one was
//  │ 3.2 ▸ The client              │   ▸ some were run
//  │ 3.3   A process per client    │
//  │                               │
//  │ Free lab ● running            │   no script: begin with an empty lab; ● it was left, and goes on
//  └───────────────────────────────┘
//
// The cursor is the chosen lesson itself (model->lesson), so that the view beside it always shows the one marked here.
#include "ui/view/pane.h"

#include "net/base/message.h"

#include <string.h>

/* Rows: the lessons, a blank one, the free lab. */
static int row_of(const struct ui_model *model)
{
    int count = (int)model->lessons->lesson_count;
    return model->lesson >= 0 ? model->lesson : count > 0 ? count + 1 : 0;
}

static long rows_of(const struct ui_model *model)
{
    long count = (long)model->lessons->lesson_count;
    return count > 0 ? count + 2 : 1;
}

struct counts {
    size_t run, wrong;
};

/* How many of its experiments were run, and of how many the prediction was wrong. */
static struct counts count_done(const struct ui_model *model, const struct lab_lesson *lesson)
{
    struct counts counts = {0};
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        const struct lab_done *done = lab_progress_get(model->progress, lesson->number, lesson->experiments[i].key);
        counts.run += done && done->run;
        counts.wrong += done && done->run && *done->predicted && strcmp(done->predicted, done->answer) != 0;
    }
    return counts;
}

static void put_mark(const struct ui_pane *pane, int row, int column, const struct counts *counts, bool all)
{
    if (counts->run > 0 && !all)
        ui_put(pane->window, row, column, 1, ui_attr(UI_WAITS), ui_glyph(UI_POINTER));
    else if (counts->run > 0 && counts->wrong)
        ui_put(pane->window, row, column, 1, ui_attr(UI_FAILED), ui_glyph(UI_BALLOT));
    else if (counts->run > 0)
        ui_put(pane->window, row, column, 1, ui_attr(UI_OPEN), ui_glyph(UI_TICK));
}

static int number_width(const struct ui_model *model)
{
    int widest = 3;
    for (size_t i = 0; i < model->lessons->lesson_count; i++) {
        int width = ui_text_width(model->lessons->lessons[i].number);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* A blank, number, blank, mark, blank, title, blank. */
int ui_lessons_columns(const struct ui_model *model)
{
    int widest = 0;
    for (size_t i = 0; i < model->lessons->lesson_count; i++) {
        int width = ui_text_width(model->lessons->lessons[i].title);
        widest = width > widest ? width : widest;
    }
    return 5 + number_width(model) + widest;
}

/* The first row shown: the chosen one is always among them. */
static long top_of(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_pane scrolled = *pane;
    long row = row_of(model), total = rows_of(model);
    scrolled.top = pane->top < 0 ? 0 : pane->top;
    if (row < scrolled.top)
        scrolled.top = row;
    if (row >= scrolled.top + pane->rows)
        scrolled.top = row - pane->rows + 1;
    return ui_scroll_top(&scrolled, total);
}

static void draw_lesson(const struct ui_pane *pane, const struct ui_model *model, int row, size_t i, int width)
{
    const struct lab_lesson *lesson = &model->lessons->lessons[i];
    struct counts counts = count_done(model, lesson);
    ui_put(pane->window, row, 1, width, A_NORMAL, lesson->number);
    if (model->is_kept && model->kept_lesson == (int)i)
        ui_put(pane->window, row, 2 + width, 1, ui_attr(UI_OPEN), ui_glyph(UI_FULL));
    else
        put_mark(pane, row, 2 + width, &counts, counts.run == lesson->experiment_count);
    ui_put(pane->window, row, 4 + width, pane->columns - 5 - width, A_NORMAL, lesson->title);
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    long top = top_of(pane, model), count = (long)model->lessons->lesson_count;
    int width = number_width(model);
    for (long i = top; i < count && i - top < pane->rows; i++)
        draw_lesson(pane, model, (int)(i - top), (size_t)i, width);
    int free_lab = (int)(rows_of(model) - 1 - top);
    int end = 1 + ui_put(pane->window, free_lab, 1, pane->columns - 2, A_NORMAL, _("Free lab"));
    if (model->is_kept && model->kept_lesson < 0)
        ui_putf(pane->window, free_lab, end + 1, pane->columns - end - 2, ui_attr(UI_OPEN), _("%s running"),
                ui_glyph(UI_FULL));
    ui_mark(pane->window, (int)(row_of(model) - top), 0, pane->columns, ui_attr(UI_SELECTED));
}

static unsigned choose(struct ui_pane *pane, const struct ui_model *model, long row)
{
    long count = (long)model->lessons->lesson_count;
    pane->wants_lesson = (int)(row < 0 ? 0 : row < count ? row : -1);
    if (count == 0)
        pane->wants_lesson = -1;
    pane->wants_experiment = -1;
    pane->wants_task = 0;
    return UI_REDRAW | UI_CHOOSE;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    long row = row_of(model), count = (long)model->lessons->lesson_count;
    pane->top = top_of(pane, model);
    switch (pressed) {
    case KEY_UP: return choose(pane, model, row > count ? count - 1 : row - 1);
    case KEY_DOWN: return choose(pane, model, row + 1);
    case KEY_PPAGE: return choose(pane, model, row - pane->rows);
    case KEY_NPAGE: return choose(pane, model, row + pane->rows);
    case KEY_HOME: return choose(pane, model, 0);
    case KEY_END: return choose(pane, model, count);
    default: return UI_PASS;
    }
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    long count = (long)model->lessons->lesson_count, at = top_of(pane, model) + row;
    (void)column;
    if (buttons & (BUTTON4_PRESSED | BUTTON5_PRESSED))
        return key(pane, model, buttons & BUTTON4_PRESSED ? KEY_UP : KEY_DOWN);
    if (at == count || at >= rows_of(model))
        return UI_NOTHING;
    unsigned reactions = choose(pane, model, at);
    return at == row_of(model) ? reactions | UI_GO_IN : reactions;
}

const struct ui_view ui_view_lessons = {
    .name = "lessons",
    .title = N_("Lessons"),
    .rows_least = 4,
    .columns_least = 16,
    .draw = draw,
    .key = key,
    .mouse = mouse,
};
