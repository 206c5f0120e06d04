// SPDX-License-Identifier: GPL-3.0-or-later
// The screen and its session: experiments begin and end, commands are carried out, events reach the panes.
//
// All of the screen's talk with the session is here. Without a session (tests of what is drawn) every function does its
// part of the screen and leaves the rest.
#include "lab/book/way.h"
#include "lab/compare/versus.h"
#include "ui/app/app.h"
#include "ui/app/present.h"
#include "ui/app/try.h"
#include "ui/view/present.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the model -------------------------------------------------------------------------------------------------- */

static void model_script(struct ui_app *app)
{
    struct ui_model *m = &app->model;
    const struct lab_question *asked = lab_session_question(app->session);
    m->script = app->began ? lab_session_script_state(app->session) : LAB_SCRIPT_NONE;
    m->script_line = app->began ? lab_session_script_line(app->session) : 0;
    m->script_command = app->began ? lab_session_script_command(app->session) : LAB_COMMAND_NONE;
    m->script_error = m->script == LAB_SCRIPT_FAILED ? lab_session_script_error(app->session) : NULL;
    m->script_skipped = app->began && lab_session_script_skipped(app->session);
    m->expect_held = app->began ? lab_session_expect_held(app->session) : 0;
    m->expect_failed = app->began ? lab_session_expect_failed(app->session) : 0;
    if (app->began && asked)
        m->question = asked;
    m->waiting = lab_session_waiting(app->session, &m->waits_for);
}

static void model_time(struct ui_app *app)
{
    struct ui_model *m = &app->model;
    const struct lab_state *of = ui_app_is_saved(app) ? m->state : app->live;
    m->first_event = of->experiment == LAB_NONE ? 0 : (size_t)of->experiment;
    lab_sights(m->journal, m->first_event, m->sights);
    const struct net_event *first = lab_journal_at(m->journal, m->first_event);
    m->start_ns = first ? first->time_ns : app->session ? lab_session_start_ns(app->session) : 0;
    if (m->rewound) {
        const struct net_event *last = lab_journal_at(m->journal, m->moment - 1);
        m->now_ns = last ? last->time_ns : m->start_ns;
    } else if (app->session) {
        m->now_ns = net_now_ns();
    }
}

void ui_app_model(struct ui_app *app)
{
    struct ui_model *m = &app->model;
    m->travel = app->play.on ? app->play.travel : -1;
    m->question = app->has_question ? &app->question : NULL;
    m->hints = app->hints;
    m->notes = app->options.notes;
    if (app->session) {
        unsigned time = lab_session_time(app->session);
        m->session = app->session;
        m->journal = lab_session_journal(app->session);
        app->live = lab_session_state(app->session);
        m->has_wire = lab_session_engine(app->session)->wire != NULL;
        m->versus = lab_session_versus(app->session);
        m->stepping = time & LAB_TIME_STEPPED;
        m->patient = time & LAB_TIME_PATIENT;
        model_script(app);
        if (app->play.on && (m->script == LAB_SCRIPT_DONE || m->script == LAB_SCRIPT_FAILED))
            m->script = LAB_SCRIPT_RUNNING; /* on the screen it is not over yet */
    }
    m->tried = app->tried && (ui_try_is_on(app) || app->is_kept) ? app->tried->title : NULL;
    m->tried_file = m->tried ? app->tried->file[0].path : NULL;
    m->is_kept = app->is_kept;
    m->kept_lesson = app->lab_lesson;
    m->kept_experiment = app->lab_experiment;
    m->present = app->present;
    m->lessons = &app->lessons;
    m->progress = app->progress;
    m->rewound = app->past != NULL;
    m->moment = app->moment;
    m->state = app->past ? app->past : app->live;
    if (ui_app_is_saved(app))
        ui_app_model_saved(app);
    model_time(app);
}

/* ---- experiments ------------------------------------------------------------------------------------------------ */

static const struct lab_lesson *lesson_of(const struct ui_app *app)
{
    return app->model.lesson >= 0 ? &app->lessons.lessons[app->model.lesson] : NULL;
}

static const struct lab_experiment *experiment_of(const struct ui_app *app)
{
    const struct lab_lesson *lesson = lesson_of(app);
    return lesson && app->model.experiment >= 0 ? &lesson->experiments[app->model.experiment] : NULL;
}

/* The question of the experiment, and what the learner predicted before, as long as the kernel has not answered. */
static void take_question(struct ui_app *app)
{
    const struct lab_experiment *experiment = experiment_of(app);
    char shown[LAB_CHOICE_BYTES];
    app->early_choice = -1;
    app->hints = 0;
    app->has_question = experiment && lab_experiment_question(experiment, &app->question);
    if (!app->has_question)
        return;
    const struct lab_done *done = lab_progress_get(app->progress, lesson_of(app)->number, experiment->key);
    if (done && !done->run)
        app->early_choice = lab_question_choice(&app->question,
                                                lab_experiment_shown(experiment, done->predicted, shown, sizeof shown));
    app->question.predicted = app->early_choice;
}

static void fresh_panes(struct ui_app *app)
{
    for (int i = 0; i < UI_LAB_VIEWS; i++)
        ui_app_open_pane(app, &app->panes[i], app->present && i == UI_LAB_LESSON ? &ui_view_present : ui_lab_views[i]);
    app->model.selected_event = -1;
    app->model.selected_socket = -1;
}

static void begin(struct ui_app *app)
{
    struct net_error err;
    const struct lab_experiment *experiment = experiment_of(app);
    int result = 0;
    if (app->session && experiment)
        result = lab_way_begin(app->session, lesson_of(app), experiment, &err);
    else if (app->session)
        result = lab_session_clear(app->session, &err);
    if (result != 0)
        ui_app_say(app, true, "%s", err.text);
}

void ui_app_choose(struct ui_app *app, int lesson, int experiment)
{
    int count = (int)app->lessons.lesson_count;
    struct net_error err;
    if (lesson >= 0 && lesson < count && lab_lessons_open(&app->lessons, (size_t)lesson, &err) != 0) {
        ui_app_say(app, true, "%s", err.text);
        return;
    }
    app->model.lesson = lesson >= 0 && lesson < count ? lesson : -1;
    app->model.experiment = app->model.lesson < 0 ? -1 : experiment;
    app->model.task = 0;
    app->list[0].dirty = app->list[1].dirty = app->dirty = true;
}

void ui_app_choose_task(struct ui_app *app, int lesson, int experiment, int task)
{
    ui_app_choose(app, lesson, experiment);
    if (app->model.lesson == lesson && lesson >= 0 && (size_t)task <= app->lessons.lessons[lesson].assignment_count)
        app->model.task = task;
}

/* Where the learner left off; the first one of a lesson that was done, -1 of one without any. */
static int first_not_run(const struct ui_app *app, const struct lab_lesson *lesson)
{
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        const struct lab_done *done = lab_progress_get(app->progress, lesson->number, lesson->experiments[i].key);
        if (!done || !done->run)
            return (int)i;
    }
    return lesson->experiment_count > 0 ? 0 : -1;
}

void ui_app_enter(struct ui_app *app, int lesson, int experiment)
{
    bool was_elsewhere = app->choice.screen != UI_SCREEN_LAB;
    ui_app_live(app);
    ui_app_choose(app, lesson, experiment);
    const struct lab_lesson *chosen = lesson_of(app);
    if (chosen && !app->present && (experiment < 0 || (size_t)experiment >= chosen->experiment_count))
        app->model.experiment = first_not_run(app, chosen);
    app->last = (struct ui_last_command){.column = 0};
    app->began = app->recorded = app->is_typed = app->is_kept = app->repeats = false;
    app->lab_lesson = app->model.lesson;
    app->lab_experiment = app->model.experiment;
    take_question(app);
    begin(app);
    ui_app_model(app);
    fresh_panes(app);
    if (was_elsewhere)
        app->choice = (struct ui_choice){.screen = UI_SCREEN_LAB,
                                         .focus = UI_LAB_LESSON,
                                         .shown = {UI_LAB_LESSON, UI_LAB_CALLS, UI_LAB_WIRE, UI_LAB_SOCKETS},
                                         .is_free = app->model.lesson < 0};
    if (app->model.lesson >= 0 && !app->present) {
        app->choice.reading = true;
        ui_choice_focus(&app->choice, UI_LAB_LESSON);
    }
    app->choice.tries = false;
    ui_app_relayout(app);
    if (app->tried && app->model.lesson < 0)
        ui_try_run(app);
}

bool ui_app_would_lose(const struct ui_app *app)
{
    bool is_inside = app->choice.screen == UI_SCREEN_LAB || app->is_kept;
    if (!is_inside || ui_app_is_saved(app) || !(app->lab_lesson < 0 || app->is_typed))
        return false;
    for (size_t i = 0; i < app->live->actor_count; i++)
        if (app->live->actors[i].alive)
            return true;
    return false;
}

void ui_app_leave(struct ui_app *app)
{
    struct net_error err;
    ui_app_live(app);
    app->last = (struct ui_last_command){.column = 0};
    app->is_kept = ui_app_would_lose(app);
    app->kept_choice = app->choice;
    if (!app->is_kept) {
        app->began = false;
        if (app->session && lab_session_clear(app->session, &err) != 0)
            ui_app_say(app, true, "%s", err.text);
    }
    app->choice = (struct ui_choice){.screen = UI_SCREEN_LIST};
    if (app->tried && app->tried->is_of_task && app->task.is_open && app->lab_lesson < 0) {
        ui_app_choose_task(app, app->task.shown.lesson, -1, app->task.shown.assignment + 1);
        app->choice.focus = 1;
    }
    ui_app_relayout(app);
}

void ui_app_return(struct ui_app *app)
{
    ui_app_choose(app, app->lab_lesson, app->lab_experiment);
    app->is_kept = false;
    app->choice = app->kept_choice;
    app->last = (struct ui_last_command){.column = 0};
    ui_app_relayout(app);
    if (ui_try_is_on(app) && app->tried->is_stale)
        ui_try_run(app);
}

void ui_app_start(struct ui_app *app, bool line_by_line)
{
    const struct lab_experiment *experiment = experiment_of(app);
    struct net_error err;
    if (!experiment || app->began)
        return;
    app->began = true;
    app->recorded = false;
    if (app->choice.reading) {
        app->choice.reading = false;
        ui_app_relayout(app);
    }
    struct lab_place place = {lesson_of(app)->file, experiment->script_line, 1, LAB_FROM_SCRIPT, LAB_REACH_LESSON};
    if (app->session &&
        lab_session_start_script(app->session, experiment->script, &place, line_by_line, true, &err) != 0)
        ui_app_say(app, true, "%s", err.text);
    ui_app_model(app);
    ui_app_events(app);
}

/* ---- predictions ------------------------------------------------------------------------------------------------ */

bool ui_app_asks(const struct ui_app *app)
{
    if (app->choice.screen != UI_SCREEN_LAB || !app->model.question || app->model.experiment < 0 || app->present)
        return false;
    return app->began ? app->model.script == LAB_SCRIPT_ASKS : true;
}

bool ui_app_has_hint(const struct ui_app *app)
{
    return (ui_app_asks(app) || ui_present_asks(app)) && app->hints < app->model.question->hint_count;
}

void ui_app_words(struct ui_app *app, int key)
{
    struct net_error err;
    (void)key;
    if (lab_lessons_open_glossary(&app->lessons, &err) < 0)
        ui_app_say(app, true, "%s", err.text);
    else
        ui_box_push(&app->boxes, &ui_box_glossary, NULL, &app->model);
}

void ui_app_hint(struct ui_app *app, int key)
{
    (void)key;
    app->hints++;
    ui_app_model(app);
    app->panes[UI_LAB_LESSON].dirty = true;
    ui_app_relayout(app);
    if (app->present)
        ui_present_show_end(app);
}

void ui_app_predict(struct ui_app *app, int choice)
{
    if (!ui_app_asks(app))
        return;
    if (!app->began) {
        app->early_choice = app->question.predicted = choice;
        ui_app_start(app, false);
        return;
    }
    if (app->session)
        lab_session_predict(app->session, choice);
    app->hints = 0;
    ui_app_model(app);
    ui_app_events(app);
}

/* What was predicted before the script asked is its answer when it does. */
static void answer_early(struct ui_app *app)
{
    const struct lab_question *asked = app->session ? lab_session_question(app->session) : NULL;
    int choice = app->early_choice;
    if (!app->began || choice < 0 || !asked || lab_session_script_state(app->session) != LAB_SCRIPT_ASKS)
        return;
    app->early_choice = -1; /* it was about the script's first question, and this is the first one that it asks */
    lab_session_predict(app->session, choice);
}

static void put_progress(struct ui_app *app, int lesson, int experiment, const struct lab_done *done)
{
    struct net_error err;
    const struct lab_lesson *l = &app->lessons.lessons[lesson];
    if (lab_progress_put(app->progress, l->number, l->experiments[experiment].key, done, &err) != 0)
        ui_app_say(app, true, "%s", err.text);
    app->list[0].dirty = app->list[1].dirty = true;
}

void ui_app_predict_early(struct ui_app *app, int lesson, int experiment, int choice)
{
    const struct lab_lesson *l = &app->lessons.lessons[lesson];
    struct lab_question question;
    struct lab_done done = {.run = false};
    if (!lab_experiment_question(&l->experiments[experiment], &question) || choice < 0 ||
        (size_t)choice >= question.choice_count)
        return;
    lab_experiment_kept(&l->experiments[experiment], question.choice[choice].text, done.predicted,
                        sizeof done.predicted);
    put_progress(app, lesson, experiment, &done);
}

/* The lesson's pane shows what matters now, whenever that changes. */
static void follow_script(struct ui_app *app)
{
    if (app->shown_script == app->model.script)
        return;
    if (app->choice.screen == UI_SCREEN_LAB && app->choice.asks != ui_app_asks(app))
        ui_app_relayout(app);
    app->shown_script = app->model.script;
    app->panes[UI_LAB_LESSON].top = app->present && !app->choice.presents_run ? 0 : -1;
    app->panes[UI_LAB_LESSON].dirty = app->dirty = true;
}

/* The outcome of the experiment, once, when its script is over. */
static void record(struct ui_app *app)
{
    const struct ui_model *m = &app->model;
    bool over = m->script == LAB_SCRIPT_DONE || m->script == LAB_SCRIPT_FAILED;
    if (!app->began || app->recorded || !over)
        return;
    app->recorded = true;
    if (m->script_skipped || app->lab_experiment < 0 || app->present)
        return;
    const struct lab_lesson *lesson = &app->lessons.lessons[app->lab_lesson];
    bool held = m->script == LAB_SCRIPT_DONE && m->expect_failed == 0;
    struct net_error err;
    if (lab_way_put_outcome(app->progress, lesson, &lesson->experiments[app->lab_experiment], m->question, held,
                            &err) != 0)
        ui_app_say(app, true, "%s", err.text);
    app->list[0].dirty = app->list[1].dirty = true;
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* A reply of several lines opens a box, one line stands under its command. What explain tells is sentences. */
static void show_reply(struct ui_app *app)
{
    const struct ui_view *view = app->last.answers == LAB_COMMAND_EXPLAIN ? &ui_box_explanation : &ui_box_message;
    struct ui_box *top = ui_box_top(&app->boxes);
    if (app->reply_bytes == 0)
        return;
    app->reply[--app->reply_bytes] = '\0';
    if (top && (top->pane.view == &ui_box_message || top->pane.view == &ui_box_explanation))
        ui_message_append(top, app->reply);
    else if (!strchr(app->reply, '\n') && strlen(app->reply) < sizeof app->last.answer &&
             ui_text_width(app->reply) < UI_ANSWER_COLUMNS)
        snprintf(app->last.answer, sizeof app->last.answer, "%s", app->reply);
    else
        ui_box_push(&app->boxes, view, ui_message_new(app->last.command, app->reply), &app->model);
    app->reply_bytes = 0;
    app->dirty = true;
}

/* The session's reply function: gathers the lines that answer what the learner typed. A script's stay in the journal.
 */
void ui_app_reply(void *user, const char *line)
{
    struct ui_app *app = user;
    size_t bytes = strlen(line);
    if (!app->gathers)
        return;
    char *more = realloc(app->reply, app->reply_bytes + bytes + 2);
    if (!more)
        return;
    app->reply = more;
    memcpy(app->reply + app->reply_bytes, line, bytes);
    app->reply_bytes += bytes + 1;
    app->reply[app->reply_bytes - 1] = '\n';
}

bool ui_app_command(struct ui_app *app, const char *line, enum lab_note_from from)
{
    const struct lab_place place = {.file = "prompt", .line = 1, .column = 1, .from = from, .reach = LAB_REACH_USER};
    struct net_error err = {.code = 0};
    if (ui_app_is_saved(app)) {
        ui_app_refuse_saved(app, line);
        return true;
    }
    ui_app_live(app);
    app->dirty = true;
    app->last = (struct ui_last_command){.column = 0};
    snprintf(app->last.command, sizeof app->last.command, "%s", line);
    if (!app->session)
        return true;
    app->gathers = true;
    app->is_typed |= from == LAB_FROM_PROMPT;
    enum lab_outcome outcome = lab_session_command(app->session, line, &place, &err);
    if (outcome == LAB_ERROR) {
        snprintf(app->last.answer, sizeof app->last.answer, "%s", err.text);
        app->last.is_error = true;
        app->last.column = lab_session_error_column(app->session);
    }
    ui_app_model(app);
    app->last.events = lab_journal_count(app->model.journal);
    ui_app_events(app);
    return outcome != LAB_ERROR;
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

static void mark_concerned(struct ui_app *app, const struct net_event *ev)
{
    for (int i = 0; i < UI_LAB_VIEWS; i++) {
        struct ui_pane *pane = &app->panes[i];
        if (pane->view && !pane->dirty && (!pane->view->concerns || pane->view->concerns(&app->model, ev)))
            pane->dirty = true;
    }
}

/* Runs were compared: there they are. */
static void show_versus(struct ui_app *app)
{
    struct ui_box *top = ui_box_top(&app->boxes);
    ui_app_model(app);
    if (!top || top->pane.view != &ui_box_versus)
        ui_box_push(&app->boxes, &ui_box_versus, NULL, &app->model);
}

/* An error of something that was typed earlier and had to wait. The script's own stands in the lesson. */
static void late_error(struct ui_app *app, const struct net_event *ev)
{
    bool of_script = app->model.script_error && ev->u.note.flags == LAB_FROM_SCRIPT && !ui_try_is_on(app);
    bool is_said = app->last.is_error && app->seen_events < app->last.events;
    if (!of_script && !is_said)
        ui_app_say(app, true, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
}

/* What the session has noted. */
static void take_note(struct ui_app *app, const struct net_event *ev)
{
    switch ((enum lab_note_kind)ev->u.note.kind) {
    case LAB_NOTE_REPLY: app->last.answers = ev->u.note.command; break;
    case LAB_NOTE_ERROR: late_error(app, ev); break;
    case LAB_NOTE_CLEARED:
        fresh_panes(app);
        ui_try_cleared(app);
        break; /* what was selected is over, and its index another one's */
    case LAB_NOTE_VERSUS: show_versus(app); break;
    default: break;
    }
}

/* A comparison is over: its bars take the place of its lines. */
static void show_compare(struct ui_app *app)
{
    struct ui_box *top = ui_box_top(&app->boxes);
    if (top && top->pane.view == &ui_box_compare)
        ui_box_pop(&app->boxes);
    app->reply_bytes = 0;
    ui_box_push(&app->boxes, &ui_box_compare, NULL, &app->model);
}

static bool ends_compare(const struct net_event *ev)
{
    return ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_MEASURED &&
           (ev->u.note.flags & LAB_MEASURED_LAST) != 0;
}

void ui_app_events(struct ui_app *app)
{
    bool measured = false;
    answer_early(app);
    ui_app_model(app);
    ui_play_begin(app, app->seen_events, net_now_ns());
    for (size_t n = lab_journal_count(app->model.journal); app->seen_events < n; app->seen_events++) {
        const struct net_event *ev = lab_journal_at(app->model.journal, app->seen_events);
        app->dirty = true;
        if (!app->past)
            mark_concerned(app, ev);
        if (ev->kind == NET_EV_NOTE)
            take_note(app, ev);
        measured |= ends_compare(ev);
    }
    if (measured && !app->past)
        show_compare(app);
    follow_script(app);
    ui_present_follow(app);
    record(app);
    show_reply(app);
    if (app->session)
        lab_session_tidy(app->session);
    if (app->session && !app->model.waiting)
        app->gathers = false;
    if (app->session && lab_session_quit_asked(app->session))
        app->quit = true;
}
