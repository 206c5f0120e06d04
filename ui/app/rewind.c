// SPDX-License-Identifier: GPL-3.0-or-later
// The past: the same state, folded from fewer events.
//
// A moment is a number of events, counted from the session's beginning. Samples are not moments of their own: they say
// what the event before them did, so a moment ends behind them. Going on applies what lies between; going back folds
// from the nearest copy of the state (lab/state/past.h), some hundredths of a second at most.
#include "ui/app/app.h"

#include <stddef.h>

static bool is_moment(const struct ui_app *app, size_t n)
{
    const struct net_event *next = lab_journal_at(app->model.journal, n);
    return !next || (next->kind != NET_EV_SAMPLE && next->kind != NET_EV_GONE);
}

/* A saved run is one from its first event to its last, whatever experiments are in it. */
static size_t first_moment(const struct ui_app *app)
{
    return ui_app_is_saved(app) ? 1 : app->model.first_event + 1;
}

static size_t moved(const struct ui_app *app, size_t n, int moves)
{
    size_t first = first_moment(app), last = lab_journal_count(app->model.journal);
    for (; moves < 0 && n > first; moves++)
        do
            n--;
        while (n > first && !is_moment(app, n));
    for (; moves > 0 && n < last; moves--)
        do
            n++;
        while (n < last && !is_moment(app, n));
    return n;
}

static const struct lab_past *past_of(const struct ui_app *app)
{
    if (ui_app_is_saved(app))
        return app->saved.past;
    return app->session ? lab_session_past(app->session) : NULL;
}

/* False, and live again, when there is no memory. */
static bool fold_to(struct ui_app *app, size_t n)
{
    if (!app->past || app->past->applied > n || n - app->past->applied > LAB_PAST_EVENTS) {
        lab_state_free(app->past);
        app->past = lab_past_state(past_of(app), app->model.journal, n);
    }
    while (app->past && app->past->applied < n)
        if (lab_state_apply(app->past, app->model.journal, app->past->applied) != 0) {
            lab_state_free(app->past);
            app->past = NULL;
        }
    return app->past != NULL;
}

static void redraw(struct ui_app *app)
{
    app->dirty = true;
    for (int i = 0; i < UI_LAB_VIEWS; i++)
        app->panes[i].dirty = true;
    ui_app_model(app);
}

void ui_app_show_moment(struct ui_app *app, size_t n)
{
    app->moment = n;
    if (!fold_to(app, n))
        ui_app_say(app, true, "no memory to fold the first %zu events", n);
    redraw(app);
}

void ui_app_rewind(struct ui_app *app, int moves)
{
    size_t last = lab_journal_count(app->model.journal);
    ui_play_stop(app);
    size_t n = moved(app, app->past ? app->moment : last, moves);
    if (n == last)
        ui_app_live(app);
    else
        ui_app_show_moment(app, n);
}

void ui_app_back(struct ui_app *app, int key)
{
    ui_app_rewind(app, key == KEY_SLEFT ? -10 : -1);
}

void ui_app_on(struct ui_app *app, int key)
{
    ui_app_rewind(app, key == KEY_SRIGHT ? 10 : 1);
}

void ui_app_rewind_to_start(struct ui_app *app)
{
    size_t now = app->past ? app->moment : lab_journal_count(app->model.journal), n = app->model.first_event + 1;
    ui_play_stop(app);
    ui_app_show_moment(app, n < now ? n : first_moment(app));
}

void ui_app_live(struct ui_app *app)
{
    ui_play_stop(app);
    if (!app->past)
        return;
    lab_state_free(app->past);
    app->past = NULL;
    redraw(app);
}
