// SPDX-License-Identifier: GPL-3.0-or-later
// A lesson in front of a class: which slide comes, and what the votes are.
//
// The run is the experiment's script line by line. A line that only asks (an expectation, a question) shows nothing
// and is gone over; a `wait` is seen.
#include "ui/app/present.h"

#include "lab/book/way.h"
#include "net/base/message.h"
#include "ui/app/app.h"
#include "ui/app/notes.h"
#include "ui/view/present.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ui_presents(const struct ui_app *app)
{
    return app->present != NULL;
}

static const struct lab_lesson *lesson_of(const struct ui_app *app)
{
    return &app->lessons.lessons[app->model.lesson];
}

static struct ui_pane *slide_pane(struct ui_app *app)
{
    return &app->panes[UI_LAB_LESSON];
}

/* ---- a saved run ------------------------------------------------------------------------------------------------ */

/* Of a saved run each slide has its moment: before the run, in it, at its end. */
static void show_saved_moment(struct ui_app *app)
{
    const struct ui_present *p = app->present;
    if (p->slide < UI_SLIDE_RUN)
        ui_app_show_moment(app, p->from + 1);
    else if (p->slide > UI_SLIDE_RUN)
        ui_app_show_moment(app, p->end);
}

/* The command that comes next, and all that happened until the one behind it. */
static void step_saved(struct ui_app *app)
{
    size_t at = app->moment;
    for (int commands = 0; at < app->present->end; at++)
        if (ui_present_tells(lab_journal_at(app->model.journal, at)) && ++commands == 2)
            break;
    ui_app_show_moment(app, at);
}

/* Which choice the note names; the question stays as it is where there is none. */
static void take_saved_choices(struct ui_app *app)
{
    char text[sizeof app->question.choice[0].text];
    for (size_t i = app->present->from; app->has_question && i < app->present->end; i++) {
        const struct net_event *ev = lab_journal_at(app->model.journal, i);
        if (ev->kind != NET_EV_NOTE || ev->u.note.kind != LAB_NOTE_ANSWER || app->question.answer >= 0)
            continue;
        snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
        app->question.answer = lab_question_choice(&app->question, text);
    }
}

/* The last experiment in the run: where it begins and ends, and what it is called. False: there is none. */
static bool find_saved(const struct ui_app *app, size_t *from, size_t *end, char *name, size_t room)
{
    const struct lab_journal *journal = app->saved.journal;
    size_t i = *end = lab_journal_count(journal);
    while (i-- > 0) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev->kind != NET_EV_NOTE)
            continue;
        if (ev->u.note.kind == LAB_NOTE_CLEARED)
            *end = i; /* the clean slate behind it is not of it */
        if (ev->u.note.kind != LAB_NOTE_EXPERIMENT)
            continue;
        *from = i;
        snprintf(name, room, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
        return true;
    }
    return false;
}

/* Its lesson: the text that the run carries, else the lesson of that number and title here. */
static int open_saved_lesson(struct ui_app *app, const char *name, size_t *lesson, int *experiment,
                             struct net_error *err)
{
    const char *text = lab_journal_text(app->saved.journal, name), *title = strchr(name, '\t');
    if (text) {
        lab_lessons_fini(&app->lessons);
        if (lab_lessons_parse(app->saved.path, text, strlen(text), &app->lessons, err) < 0)
            return -1;
    }
    for (size_t i = 0; title && i < app->lessons.lesson_count; i++) {
        const struct lab_lesson *l = &app->lessons.lessons[i];
        if (strlen(l->number) != (size_t)(title - name) || strncmp(l->number, name, (size_t)(title - name)) != 0)
            continue;
        for (size_t k = 0; k < l->experiment_count; k++)
            if (strcmp(l->experiments[k].title, title + 1) == 0 || strcmp(l->experiments[k].key, title + 1) == 0) {
                *lesson = i;
                *experiment = (int)k;
                return 0;
            }
    }
    return net_fail(err, 0, NULL, "%.80s is a run of an experiment that is not known here: `tcplab open` shows it",
                    app->saved.path);
}

static int find_saved_lesson(struct ui_app *app, size_t *lesson, int *experiment, struct net_error *err)
{
    char name[200];
    size_t from, end;
    if (!find_saved(app, &from, &end, name, sizeof name))
        return net_fail(err, 0, NULL, "%.80s is no run of an experiment: `tcplab open` shows it", app->saved.path);
    return open_saved_lesson(app, name, lesson, experiment, err);
}

/* ---- slides ----------------------------------------------------------------------------------------------------- */

static void show(struct ui_app *app, enum ui_slide slide)
{
    app->present->slide = slide;
    app->choice.presents_run = slide == UI_SLIDE_RUN;
    slide_pane(app)->top = slide == UI_SLIDE_RUN ? -1 : 0;
    app->choice.alone = app->present->alone = -1;
    app->choice.focus = UI_LAB_LESSON;
    ui_app_relayout(app);
    if (ui_app_is_saved(app))
        show_saved_moment(app);
    ui_notes_write(app);
}

/* ---- stations --------------------------------------------------------------------------------------------------- */

/* To a station, with a clean slate; its experiment, if it is one, is ready to run. */
static void go_to(struct ui_app *app, int lesson, size_t station)
{
    struct ui_present *p = app->present;
    *p = (struct ui_present){.alone = -1, .station = station};
    ui_app_choose(app, lesson, -1);
    if (app->model.lesson >= 0)
        ui_app_enter(app, lesson, lab_way_station(lesson_of(app), station).experiment);
    if (ui_app_is_saved(app)) {
        char name[200];
        find_saved(app, &p->from, &p->end, name, sizeof name);
        take_saved_choices(app);
    }
    show(app, UI_SLIDE_TEXT);
}

static bool has_question(const struct ui_app *app)
{
    return app->has_question;
}

static bool is_experiment(const struct ui_app *app)
{
    return app->model.experiment >= 0;
}

/* Notes alone, where they are not shown, would be a slide with nothing on it. */
static bool has_why(const struct ui_app *app)
{
    const struct lab_lesson *lesson = lesson_of(app);
    const struct lab_experiment *experiment = &lesson->experiments[app->model.experiment];
    return lab_way_has_text(lesson, lab_way_behind(lesson, experiment), app->options.notes);
}

/* The slide that comes behind this one in the experiment; UI_SLIDES: the next station. */
static enum ui_slide behind(const struct ui_app *app)
{
    switch (app->present->slide) {
    case UI_SLIDE_TEXT: return !is_experiment(app) ? UI_SLIDES : has_question(app) ? UI_SLIDE_QUESTION : UI_SLIDE_RUN;
    case UI_SLIDE_QUESTION: return UI_SLIDE_CHOICES;
    case UI_SLIDE_CHOICES: return UI_SLIDE_RUN;
    case UI_SLIDE_RUN: return UI_SLIDE_RESULT;
    case UI_SLIDE_RESULT: return has_why(app) ? UI_SLIDE_WHY : UI_SLIDES;
    case UI_SLIDE_WHY:
    case UI_SLIDES: break;
    }
    return UI_SLIDES;
}

static bool has_more(const struct ui_app *app)
{
    const struct ui_pane *pane = &app->panes[UI_LAB_LESSON];
    long total = ui_present_rows(pane, &app->model);
    return app->present->slide != UI_SLIDE_RUN && ui_scroll_top(pane, total) + pane->rows < total;
}

static bool is_over(const struct ui_app *app)
{
    if (ui_app_is_saved(app))
        return app->moment >= app->present->end;
    return app->model.script == LAB_SCRIPT_DONE || app->model.script == LAB_SCRIPT_FAILED;
}

static bool has_next_station(const struct ui_app *app)
{
    return !ui_app_is_saved(app) && app->present->station + 1 < lab_way_count(lesson_of(app));
}

static bool has_next_lesson(const struct ui_app *app)
{
    return !ui_app_is_saved(app) && (size_t)app->model.lesson + 1 < app->lessons.lesson_count;
}

/* ---- on and back ------------------------------------------------------------------------------------------------ */

const char *ui_present_on_label(const struct ui_app *app)
{
    static const char *const to[UI_SLIDES] = {[UI_SLIDE_QUESTION] = N_("question"),
                                              [UI_SLIDE_CHOICES] = N_("choices"),
                                              [UI_SLIDE_RUN] = N_("run"),
                                              [UI_SLIDE_RESULT] = N_("result"),
                                              [UI_SLIDE_WHY] = N_("why")};
    if (!app->present)
        return NULL;
    if (app->play.on)
        return _("skip");
    if (app->past && !ui_app_is_saved(app))
        return _("last event");
    if (has_more(app))
        return _("more");
    if (app->present->slide == UI_SLIDE_RUN && !is_over(app) && ui_app_is_saved(app))
        return _("next command");
    if (app->present->slide == UI_SLIDE_RUN && !is_over(app))
        return app->model.script == LAB_SCRIPT_PAUSED ? _("next line") : NULL;
    enum ui_slide next = behind(app);
    if (next != UI_SLIDES)
        return _(to[next]);
    if (has_next_station(app))
        return lab_way_station(lesson_of(app), app->present->station + 1).experiment < 0 ? _("read on")
                                                                                         : _("next experiment");
    return has_next_lesson(app) ? _("next lesson") : NULL;
}

static void turn_page(struct ui_app *app)
{
    struct ui_pane *pane = slide_pane(app);
    ui_scroll_key(pane, KEY_NPAGE, ui_present_rows(pane, &app->model), false);
    pane->dirty = app->dirty = true;
}

static void next_station(struct ui_app *app)
{
    if (has_next_station(app))
        go_to(app, app->model.lesson, app->present->station + 1);
    else if (has_next_lesson(app))
        go_to(app, app->model.lesson + 1, 0);
}

/* The class has said what it says: the run begins, and stops before its first line. */
static void begin_run(struct ui_app *app)
{
    show(app, UI_SLIDE_RUN);
    if (app->began || ui_app_is_saved(app))
        return;
    if (app->has_question)
        app->early_choice = app->question.predicted = ui_votes_most(app->present);
    ui_app_start(app, true);
}

bool ui_present_can_go_on(const struct ui_app *app)
{
    return ui_present_on_label(app) != NULL;
}

void ui_present_on(struct ui_app *app, int key)
{
    (void)key;
    if (app->past && !ui_app_is_saved(app)) {
        ui_app_live(app);
        return;
    }
    enum ui_slide next = behind(app);
    if (has_more(app))
        turn_page(app);
    else if (app->present->slide == UI_SLIDE_RUN && !is_over(app)) {
        if (ui_app_is_saved(app))
            step_saved(app);
        else if (app->model.script == LAB_SCRIPT_PAUSED)
            lab_session_script_next(app->session);
    } else if (next == UI_SLIDE_RUN)
        begin_run(app);
    else if (next != UI_SLIDES)
        show(app, next);
    else
        next_station(app);
}

void ui_present_back(struct ui_app *app, int key)
{
    (void)key;
    struct ui_present *p = app->present;
    bool is_saved = ui_app_is_saved(app);
    if (!is_saved)
        ui_app_live(app);
    if (p->slide == UI_SLIDE_TEXT && p->station > 0 && !is_saved)
        go_to(app, app->model.lesson, p->station - 1);
    else if (p->slide == UI_SLIDE_RUN && !has_question(app))
        show(app, UI_SLIDE_TEXT);
    else if (p->slide != UI_SLIDE_TEXT)
        show(app, p->slide - 1);
}

void ui_present_follow(struct ui_app *app)
{
    enum lab_command_id next = app->model.script_command;
    if (app->present && app->present->slide == UI_SLIDE_RUN && app->model.script == LAB_SCRIPT_PAUSED &&
        lab_command_id_asks(next) && next != LAB_COMMAND_WAIT)
        lab_session_script_next(app->session);
    else if (app->present && app->model.script == LAB_SCRIPT_ASKS && app->early_choice < 0)
        lab_session_predict(app->session, -1); /* another question of the script, or nobody has voted */
}

/* ---- votes ------------------------------------------------------------------------------------------------------ */

bool ui_present_votes(const struct ui_app *app)
{
    return app->present && app->present->slide == UI_SLIDE_CHOICES && app->present->alone < 0;
}

static void redraw(struct ui_app *app)
{
    slide_pane(app)->dirty = app->dirty = true;
}

bool ui_present_asks(const struct ui_app *app)
{
    bool is_there = app->present && app->present->alone < 0 && app->model.question;
    return is_there && (app->present->slide == UI_SLIDE_QUESTION || app->present->slide == UI_SLIDE_CHOICES);
}

void ui_present_show_end(struct ui_app *app)
{
    struct ui_pane *pane = slide_pane(app);
    ui_scroll_key(pane, KEY_END, ui_present_rows(pane, &app->model), false);
    redraw(app);
}

void ui_present_vote(struct ui_app *app, int key)
{
    struct ui_present *p = app->present;
    int choice = key - 'a';
    if (choice < 0 || (size_t)choice >= app->question.choice_count)
        return;
    p->votes[choice]++;
    p->order[p->order_end++ % UI_VOTES_UNDONE] = (unsigned char)choice;
    p->order_count += p->order_count < UI_VOTES_UNDONE;
    redraw(app);
}

bool ui_present_can_unvote(const struct ui_app *app)
{
    return ui_present_votes(app) && app->present->order_count > 0;
}

void ui_present_unvote(struct ui_app *app, int key)
{
    (void)key;
    struct ui_present *p = app->present;
    p->order_count--;
    p->votes[p->order[--p->order_end % UI_VOTES_UNDONE]]--;
    redraw(app);
}

/* ---- looking, pausing ------------------------------------------------------------------------------------------- */

void ui_present_alone(struct ui_app *app, int view)
{
    bool is_slide = view == UI_LAB_LESSON || app->present->alone == view;
    app->choice.alone = app->present->alone = is_slide ? -1 : view;
    app->choice.focus = is_slide ? UI_LAB_LESSON : view;
    ui_app_relayout(app);
}

bool ui_present_can_freeze(const struct ui_app *app)
{
    if (app->play.on)
        return true;
    if (!app->present || app->past || !app->session)
        return false;
    for (size_t i = 0; i < app->model.state->actor_count; i++)
        if (app->model.state->actors[i].alive)
            return true;
    return app->present->is_frozen;
}

void ui_present_freeze(struct ui_app *app, int key)
{
    (void)key;
    if (app->play.on) {
        ui_play_pause(app, net_now_ns());
        return;
    }
    struct ui_present *p = app->present;
    bool is_open = app->model.has_wire && app->model.state->wire.mode == NET_WIRE_OPEN;
    if (p->is_frozen) {
        ui_app_command(app, p->held ? "run ; wire open" : "run", LAB_FROM_KEY);
        p->is_frozen = p->held = false;
        return;
    }
    p->is_frozen = true;
    p->held = is_open;
    ui_app_command(app, is_open ? "pause ; wire hold" : "pause", LAB_FROM_KEY);
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

int ui_present_open(struct ui_app *app, const char *where, struct net_error *err)
{
    size_t lesson = app->model.lesson > 0 ? (size_t)app->model.lesson : 0, station = 0;
    int experiment = -1;
    if (ui_app_is_saved(app) && find_saved_lesson(app, &lesson, &experiment, err) < 0)
        return -1;
    if (where && lab_lessons_find(&app->lessons, where, &lesson, &experiment, err) < 0)
        return -1;
    if (lesson >= app->lessons.lesson_count)
        return net_fail(err, 0, NULL, "there is no lesson to present");
    if (lab_lessons_open(&app->lessons, lesson, err) < 0)
        return -1;
    app->present = calloc(1, sizeof *app->present);
    if (!app->present)
        return net_fail_errno(err, "malloc");
    ui_notes_tidy();
    app->choice = (struct ui_choice){.screen = UI_SCREEN_LAB, .presents = true, .alone = -1};
    if (experiment >= 0)
        station = lab_way_of_experiment(&app->lessons.lessons[lesson], experiment);
    go_to(app, (int)lesson, station);
    return 0;
}

void ui_present_reload(struct ui_app *app, int lesson, const char *title)
{
    const struct lab_lesson *l = &app->lessons.lessons[lesson];
    size_t count = lab_way_count(l), station = app->present->station;
    for (size_t i = 0; i < l->experiment_count; i++)
        if (strcmp(l->experiments[i].title, title) == 0)
            station = lab_way_of_experiment(l, (int)i);
    go_to(app, lesson, station < count ? station : 0);
}

void ui_present_close(struct ui_app *app)
{
    if (app->present)
        ui_notes_remove(app);
    free(app->present);
    app->present = NULL;
}
