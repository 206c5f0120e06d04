// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/app/play.h"

#include "ui/app/app.h"

static uint64_t travel_ns(const struct ui_app *app)
{
    double speed = lab_session_speed(app->session);
    return (uint64_t)((double)UI_TRAVEL_NS / speed);
}

/* The first segment from that event on; the count of all when there is none. */
static size_t next_segment(const struct ui_app *app, size_t from)
{
    size_t count = lab_journal_count(app->model.journal);
    while (from < count && lab_journal_at(app->model.journal, from)->kind != NET_EV_SEGMENT)
        from++;
    return from;
}

/* A segment leaves: the screen shows what was then. False: there is none any more. */
static bool leave(struct ui_app *app, size_t from, uint64_t now_ns)
{
    size_t segment = next_segment(app, from);
    if (segment >= lab_journal_count(app->model.journal))
        return false;
    app->play.begun_ns = now_ns;
    app->play.travel = 0;
    ui_app_show_moment(app, segment + 1);
    return app->past != NULL;
}

void ui_play_begin(struct ui_app *app, size_t from, uint64_t now_ns)
{
    if (app->past || !app->session || lab_session_speed(app->session) >= 1)
        return;
    app->play = (struct ui_play){.on = leave(app, from, now_ns)};
    ui_app_model(app);
}

void ui_play_stop(struct ui_app *app)
{
    app->play.on = app->play.paused = false;
}

uint64_t ui_play_due_ns(const struct ui_app *app)
{
    const struct ui_play *play = &app->play;
    if (!play->on || play->paused)
        return 0;
    uint64_t step_ns = travel_ns(app) / UI_TRAVEL_STEPS;
    return play->begun_ns + step_ns * (uint64_t)(play->travel * UI_TRAVEL_STEPS / 100 + 1);
}

void ui_play_tick(struct ui_app *app, uint64_t now_ns)
{
    struct ui_play *play = &app->play;
    uint64_t due_ns = ui_play_due_ns(app);
    if (!due_ns || now_ns < due_ns)
        return;
    uint64_t all_ns = travel_ns(app), gone_ns = now_ns - play->begun_ns;
    if (gone_ns >= all_ns) {
        if (!leave(app, app->moment, now_ns))
            ui_app_live(app);
        return;
    }
    uint64_t steps = gone_ns * UI_TRAVEL_STEPS / all_ns;
    play->travel = (int)((steps * 100 + UI_TRAVEL_STEPS - 1) / UI_TRAVEL_STEPS);
    app->panes[UI_LAB_WIRE].dirty = app->dirty = true;
}

void ui_play_pause(struct ui_app *app, uint64_t now_ns)
{
    struct ui_play *play = &app->play;
    play->paused = !play->paused;
    if (!play->paused)
        play->begun_ns = now_ns - travel_ns(app) * (uint64_t)play->travel / 100;
    app->dirty = true;
}
