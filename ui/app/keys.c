// SPDX-License-Identifier: GPL-3.0-or-later
// Keys and the mouse: who gets them, and what their reactions do.
//
// The prompt gets bytes while it is open (app.c). Otherwise a key goes to the top box, else to the focused view, and
// what these pass on to the table of actions. Nothing here draws: it only says what is dirty.
#include "net/base/message.h"
#include "ui/app/action.h"
#include "ui/app/present.h"
#include "ui/draw/prompt.h"

#include <string.h>

static void all_dirty(struct ui_app *app)
{
    for (int i = 0; i < 2; i++)
        app->list[i].dirty = true;
    for (int i = 0; i < UI_LAB_VIEWS; i++)
        app->panes[i].dirty = true;
    app->dirty = true;
}

void ui_app_focus(struct ui_app *app, int place)
{
    ui_app_focused(app)->focused = false;
    ui_choice_focus(&app->choice, place);
    ui_app_relayout(app);
}

void ui_app_prefill(struct ui_app *app, const char *line, size_t cursor)
{
    app->last = (struct ui_last_command){.column = 0};
    app->dirty = true;
    if (app->prompt)
        ui_prompt_open(app->prompt, line, cursor);
}

/* Behind the word that an error points at, so that it can be corrected at once; else the end of the line. */
static size_t place_of_error(const struct ui_last_command *last, const char *line)
{
    size_t bytes = strlen(line), at = last->column > 0 ? (size_t)last->column - 1 : bytes;
    return at < bytes ? at + strcspn(line + at, " \t") : bytes;
}

void ui_app_prompt_line(struct ui_app *app, const char *line)
{
    app->dirty = true;
    if (line[strspn(line, " \t")] == '\0') {
        if (!ui_prompt_has_more(app->prompt)) /* a blank line of a paste ends nothing */
            ui_prompt_close(app->prompt);
        return;
    }
    char copy[UI_COMMAND_BYTES];
    size_t bytes = strlen(line) < sizeof copy ? strlen(line) : sizeof copy - 1;
    memcpy(copy, line, bytes);
    copy[bytes] = '\0';
    ui_history_add(copy);
    bool done = ui_app_command(app, copy, LAB_FROM_PROMPT);
    if (!done) {
        ui_prompt_drop_more(app->prompt);
        ui_prompt_open(app->prompt, copy, place_of_error(&app->last, copy));
    } else if (!ui_prompt_has_more(app->prompt))
        ui_prompt_close(app->prompt);
}

static void select_shared(struct ui_app *app, const struct ui_pane *pane)
{
    app->model.selected_event = pane->wants_event;
    app->model.selected_socket = pane->wants_socket;
    all_dirty(app);
}

void ui_app_react(struct ui_app *app, struct ui_pane *pane, unsigned reactions)
{
    /* What a box asked for outlives it. */
    struct ui_pane asked = *pane;
    if (reactions & UI_REDRAW)
        pane->dirty = app->dirty = true;
    if (reactions & UI_REDRAW_ALL)
        all_dirty(app);
    if (reactions & UI_SELECT)
        select_shared(app, &asked);
    if (reactions & UI_CHOOSE)
        ui_app_choose_task(app, asked.wants_lesson, asked.wants_experiment, asked.wants_task);
    if (reactions & UI_PREDICT)
        ui_app_predict_early(app, app->model.lesson, asked.wants_experiment, asked.wants_choice);
    if (reactions & UI_CLOSE) {
        ui_box_pop(&app->boxes);
        app->dirty = true;
    }
    if (reactions & UI_GO_ON)
        ui_app_was_read(app, asked.view == &ui_box_task ? app->task.shown.station : (size_t)(intptr_t)asked.own - 1);
    if (reactions & UI_TASK)
        ui_task_do(app);
    if (reactions & UI_COMMAND)
        ui_app_command(app, asked.command, LAB_FROM_KEY);
    if (reactions & UI_PREFILL)
        ui_app_prefill(app, asked.command, strlen(asked.command));
    if (reactions & UI_GO_IN)
        ui_action_do(app, UI_ACT_OPEN, 0);
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

/* A key that is bound but has nothing to act on says so, and why where the question is the reason. */
static void act(struct ui_app *app, int key)
{
    int id = ui_action_of_key(app, key);
    const struct ui_action *bound = ui_action_bound(app, key);
    if (id != UI_ACT_NONE)
        ui_action_do(app, id, key);
    else if (bound && ui_app_is_saved(app))
        ui_app_refuse_saved(app, _(bound->label));
    else if (bound && ui_app_asks(app))
        ui_app_say(app, false, "%s (%s) comes after the question: a letter answers it, Enter skips it.", bound->key,
                   _(bound->label));
    else if (key >= 'a' && key <= 'f' && ui_app_asks(app))
        ui_app_say(app, false, "There is no answer %c: %s answers, Enter skips the question.", key,
                   ui_action_key(app, UI_ACT_PREDICT));
    else if (bound)
        ui_app_say(app, false, "%s (%s) has nothing to do now: ? lists the keys, and dims those.", bound->key,
                   _(bound->label));
}

static void key_of_box(struct ui_app *app, struct ui_box *box, int key)
{
    const struct ui_view *view = box->pane.view;
    unsigned reactions = view->key ? view->key(&box->pane, &app->model, key) : UI_PASS;
    bool unused = reactions == UI_NOTHING || (reactions & UI_PASS);
    if (unused && (key == UI_KEY_ESCAPE || key == 'q' || key == '?'))
        reactions = UI_CLOSE;
    ui_app_react(app, &box->pane, reactions);
    if (reactions & UI_AS_OUTSIDE)
        act(app, key);
}

/* Keys whose meaning does not depend on what is shown. */
static bool key_of_all(struct ui_app *app, int key)
{
    if (key == UI_KEY_CTRL_C)
        app->quit = true;
    else if (key == UI_KEY_CTRL_L)
        clearok(curscr, TRUE);
    else
        return false;
    app->dirty = true;
    return true;
}

/* Another key has come: what was said is read, what was asked is asked no more. */
static void dismiss_answer(struct ui_app *app)
{
    app->asked = app->asks;
    app->asks = UI_ACT_NONE;
    if (!app->last.answer[0])
        return;
    app->last.answer[0] = '\0';
    app->last.column = 0;
    app->dirty = true;
}

/* A paste goes to the prompt, where there is one; otherwise nowhere: its letters are no keys. */
static void begin_paste(struct ui_app *app)
{
    bool too_small = app->layout.kind == UI_LAYOUT_TOO_SMALL;
    if (ui_box_top(&app->boxes) || too_small || ui_action_of_key(app, ':') == UI_ACT_NONE) {
        ui_keys_skip_paste(&app->keys);
        ui_app_say(app, false, "Nothing can be pasted here: in the lab, it is typed at the prompt.");
        return;
    }
    ui_app_prefill(app, "", 0);
    ui_prompt_paste(app->prompt);
}

/* What leads through a presentation, or counts votes, does so whatever is shown. */
static bool of_class(const struct ui_app *app, int key)
{
    int id = ui_presents(app) ? ui_action_of_key(app, key) : UI_ACT_NONE;
    return id == UI_ACT_PRESENT_ON || id == UI_ACT_PRESENT_BACK || id == UI_ACT_VOTE || id == UI_ACT_UNVOTE;
}

void ui_app_key(struct ui_app *app, int key)
{
    struct ui_box *box = ui_box_top(&app->boxes);
    bool only_dismisses = key == UI_KEY_ESCAPE && app->last.answer[0] && !box;
    dismiss_answer(app);
    if (key_of_all(app, key) || only_dismisses)
        return;
    if (key == UI_KEY_PASTE) {
        begin_paste(app);
        return;
    }
    if (app->layout.kind == UI_LAYOUT_TOO_SMALL) {
        app->quit |= key == 'q';
        if (!box && of_class(app, key)) /* a vote that goes on while the terminal shrinks loses none */
            act(app, key);
        return;
    }
    if (box) {
        key_of_box(app, box, key);
        return;
    }
    struct ui_pane *pane = ui_app_focused(app);
    bool view_first = pane->view && pane->view->key && !of_class(app, key) &&
                      !((app->past || ui_app_is_saved(app)) && (key == KEY_END || key == KEY_HOME));
    unsigned reactions = view_first ? pane->view->key(pane, &app->model, key) : UI_PASS;
    if (reactions & UI_PASS)
        act(app, key);
    else
        ui_app_react(app, pane, reactions);
}

/* ---- the mouse -------------------------------------------------------------------------------------------------- */

static unsigned mouse_in(struct ui_pane *pane, const struct ui_model *model, const MEVENT *event)
{
    int row = event->y - getbegy(pane->window), column = event->x - getbegx(pane->window);
    return pane->view && pane->view->mouse ? pane->view->mouse(pane, model, row, column, event->bstate) : UI_NOTHING;
}

/* A click beside a box closes it. */
static void mouse_of_box(struct ui_app *app, struct ui_box *box, const MEVENT *event)
{
    if (!box->pane.window)
        return;
    if (wenclose(box->pane.window, event->y, event->x))
        ui_app_react(app, &box->pane, mouse_in(&box->pane, &app->model, event));
    else if ((event->bstate & BUTTON1_PRESSED) && !wenclose(box->outside, event->y, event->x))
        ui_app_react(app, &box->pane, UI_CLOSE);
}

static bool mouse_of_targets(struct ui_app *app, const MEVENT *event)
{
    for (size_t i = 0; i < app->target_count; i++) {
        struct ui_target target = app->targets[i];
        if (event->y != target.row || event->x < target.from || event->x >= target.to)
            continue;
        if (event->bstate & BUTTON1_PRESSED)
            ui_action_do(app, target.action, target.key);
        return true;
    }
    return false;
}

static bool is_inside(const struct ui_rect *rect, const MEVENT *event)
{
    return event->y >= rect->row && event->y < rect->row + rect->rows && event->x >= rect->column &&
           event->x < rect->column + rect->columns;
}

/* The wheel turns what is under it; a click also takes the focus there. */
static void mouse_of_panes(struct ui_app *app, const MEVENT *event)
{
    for (int i = 0; i < UI_PLACES; i++) {
        if (!app->layout.visible[i] || !is_inside(&app->layout.rect[i], event))
            continue;
        if ((event->bstate & BUTTON1_PRESSED) && app->choice.focus != i)
            ui_app_focus(app, i);
        struct ui_pane *pane = app->choice.screen == UI_SCREEN_LIST ? &app->list[i] : &app->panes[i];
        if (pane->window && wenclose(pane->window, event->y, event->x))
            ui_app_react(app, pane, mouse_in(pane, &app->model, event));
        return;
    }
}

void ui_app_mouse(struct ui_app *app, const MEVENT *event)
{
    struct ui_box *box = ui_box_top(&app->boxes);
    dismiss_answer(app);
    if (app->layout.kind == UI_LAYOUT_TOO_SMALL)
        return;
    if (box)
        mouse_of_box(app, box, event);
    else if (!mouse_of_targets(app, event))
        mouse_of_panes(app, event);
}
