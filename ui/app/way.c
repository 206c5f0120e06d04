// SPDX-License-Identifier: GPL-3.0-or-later
// The way through the lessons: Enter leads from each text, experiment and task to the next one, and never to an end.
#include "lab/book/way.h"
#include "net/base/message.h"
#include "ui/app/app.h"

static const struct lab_lesson *lesson_at(const struct ui_app *app, int lesson)
{
    return &app->lessons.lessons[lesson];
}

void ui_app_go_to(struct ui_app *app, int lesson, size_t station)
{
    struct lab_station at = lab_way_station(lesson_at(app, lesson), station);
    if (at.experiment >= 0) {
        ui_app_enter(app, lesson, at.experiment);
        return;
    }
    if (at.assignment >= 0) {
        ui_task_open(app, lesson, at.assignment);
        return;
    }
    if (lesson != app->model.lesson)
        ui_app_choose(app, lesson, -1);
    ui_box_push(&app->boxes, &ui_box_reader, (void *)(intptr_t)(station + 1), &app->model);
    app->dirty = true;
}

void ui_app_continue(struct ui_app *app, int lesson)
{
    ui_app_choose(app, lesson, -1);
    size_t count = lab_way_count(lesson_at(app, lesson)),
           at = lab_way_first_open(app->progress, lesson_at(app, lesson));
    if (count > 0)
        ui_app_go_to(app, lesson, at < count ? at : 0);
}

/* To the list, and from there into the next lesson; behind the last one it stays there. */
static void next_lesson(struct ui_app *app)
{
    int next = app->model.lesson + 1;
    if (app->choice.screen == UI_SCREEN_LAB)
        ui_app_leave(app);
    if ((size_t)next >= app->lessons.lesson_count) {
        ui_app_say(app, false, "This was the last lesson. The free lab is below them in the list.");
        return;
    }
    ui_app_choose(app, next, -1);
    if (lab_way_count(lesson_at(app, next)) > 0)
        ui_app_go_to(app, next, 0);
}

static void go_on_from(struct ui_app *app, size_t station)
{
    if (station + 1 < lab_way_count(lesson_at(app, app->model.lesson)))
        ui_app_go_to(app, app->model.lesson, station + 1);
    else
        next_lesson(app);
}

void ui_app_was_read(struct ui_app *app, size_t station)
{
    struct net_error err;
    if (lab_way_put_read(app->progress, lesson_at(app, app->model.lesson), station, &err) != 0)
        ui_app_say(app, true, "%s", err.text);
    app->list[0].dirty = app->list[1].dirty = true;
    go_on_from(app, station);
}

static size_t station_now(const struct ui_app *app)
{
    return lab_way_of_experiment(lesson_at(app, app->model.lesson), app->model.experiment);
}

/* The first experiment from this one on, in this lesson and those behind it, that is to be asked again today. */
static bool next_due(const struct ui_app *app, int *lesson, int *experiment)
{
    int i = *experiment;
    for (int l = *lesson; l >= 0 && (size_t)l < app->lessons.lesson_count; l++, i = 0)
        for (; (size_t)i < lesson_at(app, l)->experiment_count; i++)
            if (lab_done_is_due(app->progress, lab_progress_get(app->progress, lesson_at(app, l)->number,
                                                                lesson_at(app, l)->experiments[i].key))) {
                *lesson = l;
                *experiment = i;
                return true;
            }
    return false;
}

static bool next_after_this(const struct ui_app *app, int *lesson, int *experiment)
{
    *lesson = app->model.lesson;
    *experiment = app->model.experiment + 1;
    return next_due(app, lesson, experiment);
}

static bool first_due(const struct ui_app *app, int *lesson, int *experiment)
{
    *lesson = app->model.lesson < 0 ? 0 : app->model.lesson;
    *experiment = 0;
    if (next_due(app, lesson, experiment))
        return true;
    *lesson = *experiment = 0;
    return next_due(app, lesson, experiment);
}

bool ui_app_has_due(const struct ui_app *app)
{
    int lesson, experiment;
    return first_due(app, &lesson, &experiment);
}

void ui_app_repeat(struct ui_app *app)
{
    int lesson, experiment;
    if (!first_due(app, &lesson, &experiment))
        return;
    ui_app_enter(app, lesson, experiment);
    app->repeats = true;
}

void ui_app_forget(struct ui_app *app)
{
    struct net_error err;
    const struct lab_lesson *lesson = lesson_at(app, app->model.lesson);
    if (lab_progress_forget(app->progress, lesson->number, &err) != 0)
        ui_app_say(app, true, "%s", err.text);
    else
        ui_app_say(app, false, "Every answer of lesson %s is forgotten.", lesson->number);
    app->list[0].dirty = app->list[1].dirty = app->dirty = true;
}

/* Behind the last of the wrong ones the list follows. */
static void repeat_on(struct ui_app *app)
{
    int lesson, experiment;
    if (next_after_this(app, &lesson, &experiment)) {
        ui_app_enter(app, lesson, experiment);
        app->repeats = true;
    } else {
        ui_app_leave(app);
    }
}

void ui_app_go_on(struct ui_app *app)
{
    if (app->repeats) {
        repeat_on(app);
        return;
    }
    go_on_from(app, station_now(app));
}

const char *ui_app_on_label(const struct ui_app *app)
{
    const struct lab_lesson *lesson = lesson_at(app, app->model.lesson);
    size_t next = station_now(app) + 1;
    int other, experiment;
    if (app->repeats)
        return next_after_this(app, &other, &experiment) ? _("next wrong answer") : _("lessons");
    if (next >= lab_way_count(lesson))
        return _("next lesson");
    struct lab_station station = lab_way_station(lesson, next);
    return station.experiment >= 0 ? _("next experiment") : station.assignment >= 0 ? _("a task") : _("read on");
}
