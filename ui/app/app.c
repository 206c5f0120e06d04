// SPDX-License-Identifier: GPL-3.0-or-later
// The screen as one function: it opens everything, sleeps, and draws.
//
// The only wait of the program is in lab_session_wait(). It ends for events, input, a signal, or the moment at which
// something on the screen stops being true; an idle lab has no such moment and sleeps for ever. Frames are at least
// FRAME_NS apart; input is never made to wait for one. What nothing but the clock changes, a running time or a
// countdown, is drawn STALE_NS after the last frame at the earliest: a thousand of them, each with a moment of its own,
// would keep the screen busy for ever.
#include "lab/base/locale.h"
#include "lab/commands/commands.h"
#include "net/base/message.h"
#include "net/base/signals.h"
#include "net/data/call.h"
#include "ui/app/action.h"
#include "ui/app/present.h"
#include "ui/app/try.h"
#include "ui/draw/prompt.h"
#include "ui/draw/terminal.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { FRAME_NS = 16666667, STALE_NS = 100000000 };

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

void ui_app_say(struct ui_app *app, bool is_error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(app->last.answer, sizeof app->last.answer, net_message(format), args);
    va_end(args);
    app->last.is_error = is_error;
    app->last.column = 0;
    app->dirty = true;
}

int ui_app_also_wait(struct ui_app *app, int fd)
{
    struct epoll_event input = {.events = EPOLLIN};
    if (app->input_fd == STDIN_FILENO) {
        int both = epoll_create1(EPOLL_CLOEXEC);
        if (both < 0)
            return -1;
        if (epoll_ctl(both, EPOLL_CTL_ADD, STDIN_FILENO, &input) < 0) {
            close(both);
            return -1;
        }
        app->input_fd = both;
    }
    return epoll_ctl(app->input_fd, EPOLL_CTL_ADD, fd, &input);
}

static int load_lessons(const struct ui_app *app, struct lab_lessons *out, struct net_error *err)
{
    int result = lab_lessons_gather(app->options.lessons_file, app->options.lessons_only, app->options.language, out,
                                    err);
    if (result == 0)
        lab_lessons_shuffle(out, app->options.seed);
    return result;
}

int ui_app_open(struct ui_app *app, const struct ui_options *options, struct net_error *err)
{
    struct net_error note = {.code = 0};
    *app = (struct ui_app){.options = *options, .early_choice = -1, .input_fd = STDIN_FILENO};
    app->model.lesson = app->model.experiment = app->model.selected_socket = -1;
    app->model.selected_event = -1;
    if (load_lessons(app, &app->lessons, err) != 0)
        return -1;
    app->progress = lab_progress_load_for(options->learner, &app->lessons, &note);
    if (note.text[0])
        ui_app_say(app, true, "%s", note.text);
    if (options->locale_note)
        ui_app_say(app, false, "%s", options->locale_note);
    if (options->saved_run)
        return ui_app_open_saved(app, err);
    if (ui_try_open(app, options->try_words, options->try_count, options->try_commands, err) < 0)
        return -1;
    struct lab_session_spec spec = {.language = &lab_language,
                                    .mode = options->mode,
                                    .bind_ip = options->bind_ip,
                                    .binds_all = options->binds_all,
                                    .seed = options->seed};
    app->session = lab_session_open(&spec, err);
    if (!app->session)
        return -1;
    lab_session_on_reply(app->session, ui_app_reply, app);
    const char *why_not = lab_session_engine(app->session)->hosts.why_not;
    if (why_not[0])
        ui_app_say(app, true, "%s", why_not);
    return 0;
}

/* The first lesson with an experiment that was not run: where the learner left off. */
static int first_unfinished(const struct ui_app *app)
{
    for (size_t i = 0; i < app->lessons.lesson_count; i++) {
        const struct lab_lesson *lesson = &app->lessons.lessons[i];
        for (size_t k = 0; k < lesson->experiment_count; k++) {
            const struct lab_done *done = lab_progress_get(app->progress, lesson->number, lesson->experiments[k].key);
            if (!done || !done->run)
                return (int)i;
        }
    }
    return app->lessons.lesson_count > 0 ? 0 : -1;
}

/* "3.1", "3.1.2", "3.1:2", "free". -1 with a sentence that says what there is. */
static int open_at(struct ui_app *app, const char *where, struct net_error *err)
{
    size_t lesson = 0;
    int experiment;
    if (strcmp(where, "free") == 0) {
        ui_app_enter(app, -1, -1);
        return 0;
    }
    if (lab_lessons_find(&app->lessons, where, &lesson, &experiment, err) < 0)
        return -1;
    ui_app_enter(app, (int)lesson, experiment);
    return 0;
}

static int lesson_of_number(const struct lab_lessons *lessons, const char *number)
{
    for (size_t i = 0; i < lessons->lesson_count; i++)
        if (strcmp(lessons->lessons[i].number, number) == 0)
            return (int)i;
    return -1;
}

/* The fresh ones, and which of them is the chosen one; of what is presented its lesson has to be there. */
static int load_again(const struct ui_app *app, struct lab_lessons *fresh, int *lesson, struct net_error *err)
{
    const char *number = app->model.lesson >= 0 ? app->lessons.lessons[app->model.lesson].number : "";
    if (load_lessons(app, fresh, err) != 0)
        return -1;
    *lesson = lesson_of_number(fresh, number);
    int result = 0;
    if (*lesson < 0 && ui_presents(app))
        result = net_fail(err, 0, NULL, "The lesson %.40s is not there any more.", number);
    else if (*lesson < 0 && *number && fresh->lesson_count)
        *lesson = 0;
    if (result == 0 && *lesson >= 0)
        result = lab_lessons_open(fresh, (size_t)*lesson, err);
    if (result != 0)
        lab_lessons_fini(fresh);
    return result;
}

void ui_app_reload(struct ui_app *app, int key)
{
    struct lab_lessons fresh, old = app->lessons;
    struct net_error err, note;
    char title[200] = "";
    int lesson;
    (void)key;
    if (load_again(app, &fresh, &lesson, &err) != 0) {
        ui_app_say(app, true, "%s (The lessons stay as they were.)", err.text);
        return;
    }
    if (app->model.lesson >= 0 && app->model.experiment >= 0)
        snprintf(title, sizeof title, "%s", old.lessons[app->model.lesson].experiments[app->model.experiment].title);
    ui_task_reload(app, &fresh);
    lab_progress_free(app->progress);
    app->progress = lab_progress_load_for(app->options.learner, &fresh, &note);
    app->lessons = fresh;
    app->model.lesson = app->model.experiment = -1;
    app->model.task = 0;
    if (!app->is_kept)
        app->lab_lesson = app->lab_experiment = -1;
    app->has_question = false;
    ui_app_model(app);
    if (ui_presents(app))
        ui_present_reload(app, lesson, title);
    else
        ui_app_choose(app, lesson, -1);
    lab_lessons_fini(&old);
    ui_app_say(app, false, "The lessons were read again.");
    ui_app_relayout(app);
}

void ui_app_open_pane(struct ui_app *app, struct ui_pane *pane, const struct ui_view *view)
{
    struct ui_pane fresh = {.view = view, .window = pane->window, .rows = pane->rows, .columns = pane->columns};
    if (pane->view && pane->view->close)
        pane->view->close(pane);
    fresh.focused = pane->focused;
    fresh.dirty = true;
    fresh.top = fresh.wants_event = fresh.wants_socket = -1;
    *pane = fresh;
    if (view && view->open && view->open(pane, &app->model) != 0)
        pane->view = NULL;
}

int ui_app_open_screen(struct ui_app *app, struct net_error *err)
{
    ui_theme_init(app->options.plain);
    ui_app_model(app);
    ui_app_open_pane(app, &app->list[0], &ui_view_lessons);
    ui_app_open_pane(app, &app->list[1], &ui_view_contents);
    for (int i = 0; i < UI_LAB_VIEWS; i++)
        ui_app_open_pane(app, &app->panes[i], ui_lab_views[i]);
    app->prompt = ui_prompt_new(app->session);
    ui_app_choose(app, first_unfinished(app), -1);
    if (app->options.presents)
        return ui_present_open(app, app->options.open, err);
    if (app->options.open)
        return open_at(app, app->options.open, err);
    if (ui_app_is_saved(app) || app->tried)
        ui_app_enter(app, -1, -1);
    ui_app_relayout(app);
    return 0;
}

static void close_pane(struct ui_pane *pane)
{
    if (pane->view && pane->view->close)
        pane->view->close(pane);
}

void ui_app_close(struct ui_app *app)
{
    ui_app_live(app);
    for (int i = 0; i < 2; i++)
        close_pane(&app->list[i]);
    for (int i = 0; i < UI_LAB_VIEWS; i++)
        close_pane(&app->panes[i]);
    ui_prompt_free(app->prompt);
    if (app->session)
        lab_session_close(app->session);
    ui_app_close_saved(app);
    ui_try_close(app);
    ui_task_stop(app);
    free(app->task.said);
    ui_present_close(app);
    if (app->input_fd != STDIN_FILENO)
        close(app->input_fd);
    if (app->progress)
        lab_progress_free(app->progress);
    lab_lessons_fini(&app->lessons);
    free(app->reply);
}

/* ---- input ------------------------------------------------------------------------------------------------------ */

static void take_signals(struct ui_app *app)
{
    uint64_t taken = net_signal_taken();
    if (taken & (1ull << SIGTSTP))
        ui_terminal_suspend();
    if (taken & (1ull << SIGWINCH | 1ull << SIGCONT | 1ull << SIGTSTP)) {
        ui_terminal_resized();
        ui_app_relayout(app);
    }
    for (int signo = 1; signo < 32; signo++)
        if ((signo == SIGHUP || signo == SIGTERM || signo == SIGINT) && (taken & (1ull << signo))) {
            app->quit = true;
            app->exit_status = 128 + signo;
        }
}

static void run_prompt(struct ui_app *app)
{
    const char *line;
    for (;;) {
        enum ui_prompt_event event = ui_prompt_run(app->prompt, net_now_ns(), &line);
        app->dirty = true;
        if (event == UI_PROMPT_LEFT)
            ui_prompt_close(app->prompt);
        if (event != UI_PROMPT_ENTERED)
            break;
        ui_app_prompt_line(app, line);
    }
}

static void take_key(struct ui_app *app, int key, const MEVENT *mouse)
{
    if (key == KEY_MOUSE) {
        ui_app_mouse(app, mouse);
    } else if (key == UI_KEY_CTRL_Z) {
        ui_terminal_suspend();
        ui_app_relayout(app);
    } else {
        ui_app_key(app, key);
    }
}

/* The next key, or the next byte for an open prompt. */
static bool take_next(struct ui_app *app)
{
    unsigned char byte;
    MEVENT mouse;
    int key;
    if (!ui_prompt_is_open(app->prompt)) {
        bool any = ui_keys_next(&app->keys, net_now_ns(), &key, &mouse);
        if (any)
            take_key(app, key, &mouse);
        return any;
    }
    if (!ui_keys_next_byte(&app->keys, &byte))
        return false;
    app->last.answer[0] = '\0';
    ui_prompt_feed(app->prompt, byte);
    return true;
}

/* What was read; the way of reading changes with whether the prompt is open, and that with the keys. */
static void take_keys(struct ui_app *app)
{
    bool was_open = ui_prompt_is_open(app->prompt);
    while (!app->quit && take_next(app))
        ;
    if (ui_prompt_is_open(app->prompt))
        run_prompt(app);
    if (was_open != ui_prompt_is_open(app->prompt))
        ui_terminal_raw(!was_open);
}

static void take_input(struct ui_app *app)
{
    int n = ui_keys_read(&app->keys, STDIN_FILENO, net_now_ns());
    while (n > 0 && !app->quit) {
        take_keys(app);
        n = ui_keys_read(&app->keys, STDIN_FILENO, net_now_ns());
    }
    if (n < 0)
        app->quit = true;
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

/* When there will be something to draw; 0: not by itself. */
static uint64_t next_frame_ns(const struct ui_app *app)
{
    if (app->dirty)
        return app->frame_ns + FRAME_NS;
    uint64_t earliest_ns = app->frame_ns + STALE_NS;
    return app->stale_ns && app->stale_ns < earliest_ns ? earliest_ns : app->stale_ns;
}

/* When an Esc that came alone is one. */
static uint64_t input_deadline(const struct ui_app *app)
{
    return sooner(ui_keys_deadline_ns(&app->keys), ui_prompt_deadline_ns(app->prompt));
}

static uint64_t next_deadline(const struct ui_app *app)
{
    return sooner(sooner(next_frame_ns(app), input_deadline(app)), ui_play_due_ns(app));
}

/* The size is asked for each time: where the terminal does not control the session (`su -c`, a container) no SIGWINCH
 * says that it has changed. */
static void draw_when_due(struct ui_app *app)
{
    uint64_t now_ns = net_now_ns(), due_ns = next_frame_ns(app);
    if (!due_ns || now_ns < due_ns)
        return;
    if (ui_terminal_resized())
        ui_app_relayout(app);
    app->frame_ns = now_ns;
    ui_app_model(app);
    ui_app_frame(app);
}

static unsigned sleep_on(struct ui_app *app)
{
    return app->session ? lab_session_wait(app->session, app->input_fd, next_deadline(app))
                        : net_input_wait(app->input_fd, next_deadline(app));
}

static bool is_broken(const struct ui_app *app)
{
    return app->session && lab_session_broken(app->session);
}

static void take_turn(struct ui_app *app)
{
    unsigned woke = sleep_on(app);
    uint64_t input_ns = input_deadline(app);
    ui_app_events(app);
    ui_play_tick(app, net_now_ns());
    if (woke & NET_WOKE_SIGNAL)
        take_signals(app);
    if (woke & NET_WOKE_INPUT) {
        ui_try_look(app);
        ui_task_look(app);
        take_input(app);
    } else if (input_ns && net_now_ns() >= input_ns) {
        take_keys(app);
    }
    if (is_broken(app))
        app->quit = true;
}

static int fail(const struct net_error *err)
{
    fprintf(stderr, "tcplab: %s\n", err->text);
    return 2;
}

static int run(struct ui_app *app, const struct ui_options *options)
{
    struct net_error err = {.code = 0};
    if (ui_app_open(app, options, &err) != 0 || ui_terminal_open(&err) != 0) {
        ui_app_close(app);
        return fail(&err);
    }
    bool opened = ui_app_open_screen(app, &err) == 0;
    while (opened && !app->quit) {
        draw_when_due(app);
        take_turn(app);
    }
    bool broken = is_broken(app);
    ui_app_close_screen(app);
    ui_terminal_close();
    ui_app_close(app);
    if (broken)
        net_fail(&err, 0, NULL, "memory ran out while events came in; the lab was closed");
    return !opened || broken ? fail(&err) : app->exit_status;
}

int ui_run(const struct ui_options *options)
{
    struct net_error err = {.code = 0};
    lab_locale_begin(NULL, 0); /* the screen's bytes */
    net_text_shows_letters(ui_is_utf8());
    if (ui_terminal_check(&err) != 0)
        return fail(&err);
    struct ui_app *app = calloc(1, sizeof *app);
    if (!app) {
        net_fail_errno(&err, "malloc");
        return fail(&err);
    }
    int status = run(app, options);
    free(app);
    return status;
}
