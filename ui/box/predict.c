// SPDX-License-Identifier: GPL-3.0-or-later
// The questions of a lesson, one after the other, before anything runs.
//
//  ┌ Predict ──────────────────────────────── 2 of 5 ┐
//  │ The client says goodbye                         │
//  │                                                 │
//  │ ? The client calls close(). What does recv() do?│
//  │ ▸ a  it returns 0                               │   what was said before
//  │   b  it returns -1 ECONNRESET                   │
//  └ a-f answer  Left Right question  Esc close ─────┘
#include "net/base/message.h"
#include "ui/box/box.h"

#include <stdio.h>
#include <string.h>

enum { BOX_ROWS = 16, BOX_COLUMNS = 72 };

/* pane->cursor: whose question is shown, the experiment's index and one. */
static int shown(const struct ui_pane *pane)
{
    return (int)pane->cursor - 1;
}

static const struct lab_lesson *lesson_of(const struct ui_model *model)
{
    return &model->lessons->lessons[model->lesson];
}

static bool asks(const struct ui_model *model, int experiment, struct lab_question *question)
{
    return lab_experiment_question(&lesson_of(model)->experiments[experiment], question);
}

/* The next experiment in that direction that asks something; false: there is none. */
static bool turn(struct ui_pane *pane, const struct ui_model *model, int step)
{
    struct lab_question question;
    int count = (int)lesson_of(model)->experiment_count;
    for (int i = shown(pane) + step; i >= 0 && i < count; i += step)
        if (asks(model, i, &question)) {
            pane->cursor = (uint64_t)i + 1;
            return true;
        }
    return false;
}

static int open_box(struct ui_pane *pane, const struct ui_model *model)
{
    pane->cursor = 0;
    return model->lesson >= 0 && turn(pane, model, 1) ? 0 : -1;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    const struct lab_experiment *experiment = &lesson->experiments[shown(pane)];
    const struct lab_done *done = lab_progress_get(model->progress, lesson->number, experiment->key);
    struct ui_page page = ui_page_of(pane, 0);
    struct lab_question question;
    asks(model, shown(pane), &question);
    char shown[LAB_CHOICE_BYTES];
    int said = done ? lab_question_choice(&question,
                                          lab_experiment_shown(experiment, done->predicted, shown, sizeof shown))
                    : -1;
    ui_page_wrap(&page, ui_attr(UI_STRONG), "", 0, experiment->title);
    ui_page_next(&page);
    ui_page_wrap(&page, A_NORMAL, "? ", ui_attr(UI_WAITS), question.text);
    ui_page_next(&page);
    for (int i = 0; i < (int)question.choice_count; i++) {
        char mark[24];
        snprintf(mark, sizeof mark, "%s %c  ", i == said ? ui_glyph(UI_POINTER) : " ", 'a' + i);
        ui_page_wrap(&page, i == said ? ui_attr(UI_STRONG) : A_NORMAL, mark, ui_attr(UI_KEY), question.choice[i].text);
    }
    ui_page_next(&page);
    if (done && done->run)
        ui_page_wrap(&page, ui_attr(UI_DIM), "", 0, _("You have run this one already: the kernel has answered."));
}

/* An answer is kept and the next question comes; after the last one the box closes. */
static unsigned answer(struct ui_pane *pane, const struct ui_model *model, int choice)
{
    const struct lab_lesson *lesson = lesson_of(model);
    struct lab_question question;
    int experiment = shown(pane);
    const struct lab_done *done = lab_progress_get(model->progress, lesson->number,
                                                   lesson->experiments[experiment].key);
    if (!asks(model, experiment, &question) || (size_t)choice >= question.choice_count || (done && done->run))
        return UI_NOTHING;
    pane->wants_experiment = experiment;
    pane->wants_choice = choice;
    return turn(pane, model, 1) ? UI_PREDICT | UI_REDRAW : UI_PREDICT | UI_CLOSE;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    switch (pressed) {
    case KEY_LEFT:
    case KEY_UP: turn(pane, model, -1); return UI_REDRAW;
    case KEY_RIGHT:
    case KEY_DOWN: turn(pane, model, 1); return UI_REDRAW;
    case '\r':
    case KEY_ENTER: return turn(pane, model, 1) ? UI_REDRAW : UI_CLOSE;
    default: return pressed >= 'a' && pressed <= 'f' ? answer(pane, model, pressed - 'a') : UI_PASS;
    }
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, _("%d of %zu"), shown(pane) + 1, lesson_of(model)->experiment_count);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    (void)pane;
    (void)model;
    *rows = BOX_ROWS;
    *columns = BOX_COLUMNS;
}

static const struct ui_key_help keys[] = {{.key = "a-f", .what = N_("answer")},
                                          {.key = "Left Right", .what = N_("question")},
                                          {.key = "Enter", .what = N_("next")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_predict = {
    .name = "predict",
    .title = N_("Predict"),
    .open = open_box,
    .draw = draw,
    .key = key,
    .status = status,
    .wants = wants,
    .keys = keys,
};
