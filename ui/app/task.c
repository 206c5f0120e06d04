// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks on the screen: their box, the learner's file, the judge.
//
// The judge is `tcplab grade`, started once more beside the lab: it has a lab of its own, and keeps the answer as it
// does without a screen. What it prints is shown as it stands; its status says whether the program has passed.
#include "ui/app/task.h"

#include "lab/base/text.h"
#include "lab/book/answers.h"
#include "lab/book/way.h"
#include "net/base/names.h"
#include "net/base/signals.h"
#include "net/data/call.h"
#include "ui/app/action.h"
#include "ui/app/try.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MOST = 65536, WORDS_MOST = 16 };

extern char **environ;

static const struct lab_lesson *lesson_of(const struct ui_app *app)
{
    return &app->lessons.lessons[app->task.shown.lesson];
}

static const struct lab_assignment *assignment_of(const struct ui_app *app)
{
    return &lesson_of(app)->assignments[app->task.shown.assignment];
}

static const struct lab_done *done_of(const struct ui_app *app)
{
    char key[80];
    return lab_progress_get(app->progress, lesson_of(app)->number,
                            lab_assignment_key(assignment_of(app), key, sizeof key));
}

static void look_for_file(struct ui_app *app)
{
    struct ui_task *shown = &app->task.shown;
    shown->has_file = lab_answers_file(lesson_of(app), assignment_of(app), shown->path, sizeof shown->path);
}

/* ---- the box ---------------------------------------------------------------------------------------------------- */

/* Another task's hints and judgement are over. */
static void begin_other(struct ui_app *app, int lesson, int assignment)
{
    struct ui_task_run *task = &app->task;
    if (task->is_open && task->shown.lesson == lesson && task->shown.assignment == assignment)
        return;
    ui_task_stop(app);
    free(task->said);
    *task = (struct ui_task_run){.is_open = true, .shown = {.lesson = lesson, .assignment = assignment}};
}

void ui_task_open(struct ui_app *app, int lesson, int assignment)
{
    begin_other(app, lesson, assignment);
    if (app->choice.screen == UI_SCREEN_LIST)
        ui_app_choose_task(app, lesson, -1, assignment + 1);
    else if (app->model.lesson != lesson)
        ui_app_choose(app, lesson, -1);
    app->task.shown.station = lab_way_of_assignment(lesson_of(app), assignment);
    look_for_file(app);
    ui_box_push(&app->boxes, &ui_box_task, &app->task.shown, &app->model);
    app->dirty = true;
}

/* The task of the same lesson and name; false: there is none. */
static bool find_again(const struct ui_app *app, struct lab_lessons *fresh, int *lesson, int *assignment)
{
    struct net_error err;
    const char *number = lesson_of(app)->number, *name = assignment_of(app)->name;
    for (size_t i = 0; i < fresh->lesson_count; i++) {
        const struct lab_lesson *of = &fresh->lessons[i];
        if (strcmp(of->number, number) != 0 || lab_lessons_open(fresh, i, &err) != 0)
            continue;
        for (size_t k = 0; k < of->assignment_count; k++)
            if (strcmp(of->assignments[k].name, name) == 0) {
                *lesson = (int)i;
                *assignment = (int)k;
                return true;
            }
    }
    return false;
}

void ui_task_reload(struct ui_app *app, struct lab_lessons *fresh)
{
    struct ui_task_run *task = &app->task;
    int lesson = 0, assignment = 0;
    bool is_there = task->is_open && find_again(app, fresh, &lesson, &assignment);
    ui_task_stop(app);
    free(task->said);
    *task = (struct ui_task_run){.is_open = is_there, .shown = {.lesson = lesson, .assignment = assignment}};
}

static void redraw(struct ui_app *app, int news)
{
    struct ui_box *top = ui_box_top(&app->boxes);
    app->task.shown.news = news;
    app->dirty = true;
    if (top)
        top->pane.dirty = true;
}

/* ---- the learner's file ------------------------------------------------------------------------------------------ */

static void edit(struct ui_app *app)
{
    struct net_error err;
    struct ui_task *shown = &app->task.shown;
    if (lab_answers_begin(lesson_of(app), assignment_of(app), shown->path, sizeof shown->path, &err) < 0)
        ui_app_say(app, true, "%s", err.text);
    else
        ui_app_edit(app, shown->path, 0);
    look_for_file(app);
    redraw(app, 0);
}

/* Behind the box is the list, or an experiment from which the way has led here. */
static void try_it(struct ui_app *app)
{
    struct net_error err;
    const char *word = app->task.shown.path;
    if (!app->task.shown.has_file) {
        ui_app_say(app, false, "There is no file of yours yet: E makes it of the starter.");
        return;
    }
    if (app->is_kept && app->tried && app->tried->is_of_task && strcmp(app->tried->file[0].path, word) == 0) {
        ui_box_pop_all(&app->boxes);
        ui_app_return(app);
        return;
    }
    if (ui_app_would_lose(app) && app->asked != UI_ACT_OPEN) {
        app->asks = UI_ACT_OPEN;
        ui_app_say(app, false, "What runs in the lab is still alive: t once more ends it.");
        return;
    }
    ui_box_pop_all(&app->boxes);
    ui_try_close(app);
    if (ui_try_open(app, &word, 1, NULL, &err) < 0) {
        ui_app_say(app, true, "%s", err.text);
        ui_try_restore(app);
        return;
    }
    app->tried->is_of_task = true;
    ui_app_enter(app, -1, -1);
}

/* ---- the judge -------------------------------------------------------------------------------------------------- */

/* The words that begin the same lab as this one. */
struct words {
    char *word[WORDS_MOST + 1];
    char task[100], line[16], bind[NET_IP_TEXT_BYTES];
    size_t count;
};

static void add(struct words *w, const char *word)
{
    if (w->count < WORDS_MOST)
        w->word[w->count++] = (char *)(uintptr_t)word;
}

static void make_words(const struct ui_app *app, struct words *w)
{
    const struct ui_options *options = &app->options;
    *w = (struct words){.count = 0};
    snprintf(w->task, sizeof w->task, "%s/%s", lesson_of(app)->number, assignment_of(app)->name);
    snprintf(w->line, sizeof w->line, "%d", app->task.shown.line);
    net_ip_text(options->bind_ip, w->bind, sizeof w->bind);
    add(w, "tcplab");
    add(w, "grade");
    add(w, "--task");
    add(w, w->task);
    add(w, "--net");
    add(w, net_mode_name(options->mode));
    if (!net_ip_is_any(options->bind_ip)) {
        add(w, "--bind");
        add(w, w->bind);
    }
    if (options->lessons_file) {
        add(w, "--lessons");
        add(w, options->lessons_file);
    }
    if (options->learner) {
        add(w, "--learner");
        add(w, options->learner);
    }
    if (app->task.shown.line > 0)
        add(w, "--line");
    add(w, app->task.shown.line > 0 ? w->line : app->task.shown.path);
}

/* errno, or 0: task.judge and task.judge_fd are its. */
static int spawn(struct ui_app *app, struct words *w)
{
    int ends[2], error;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    net_signals_for_child(&attributes);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDERR_FILENO);
    error = posix_spawn(&app->task.judge, "/proc/self/exe", &files, &attributes, w->word, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    if (error)
        close(ends[0]);
    else
        app->task.judge_fd = ends[0];
    return error;
}

static void grade(struct ui_app *app)
{
    struct words words;
    struct ui_task_run *task = &app->task;
    if (task->shown.is_judging)
        return;
    if (!task->shown.has_file && task->shown.line == 0) {
        ui_app_say(app, false,
                   assignment_of(app)->is_mystery
                       ? N_("In which line does it go wrong? Type its number first; or E, and repair it.")
                       : N_("There is no file of yours yet: E makes it of the starter."));
        return;
    }
    make_words(app, &words);
    int error = spawn(app, &words);
    if (!error && ui_app_also_wait(app, task->judge_fd) < 0) {
        error = errno;
        ui_task_stop(app);
    }
    if (error) {
        ui_app_say(app, true, "the judge cannot be started: %s", net_errno_text(error));
        return;
    }
    free(task->said);
    task->said = NULL;
    task->said_bytes = 0;
    task->shown.said = NULL;
    task->shown.is_judging = true;
    redraw(app, UI_TASK_JUDGED);
}

void ui_task_stop(struct ui_app *app)
{
    struct ui_task_run *task = &app->task;
    if (task->judge <= 0)
        return;
    kill(task->judge, SIGTERM);
    close(task->judge_fd);
    while (waitpid(task->judge, NULL, 0) < 0 && errno == EINTR)
        ;
    task->judge = 0;
    task->shown.is_judging = false;
}

/* What was found is in the file already: this is for the screen. */
static void put_progress(struct ui_app *app, bool passed)
{
    struct net_error err;
    char key[80];
    const struct lab_done *before = done_of(app);
    struct lab_done done = {.run = true, .held = passed || (before && before->held)};
    if (lab_progress_put(app->progress, lesson_of(app)->number, lab_assignment_key(assignment_of(app), key, sizeof key),
                         &done, &err) < 0)
        ui_app_say(app, true, "%s", err.text);
    app->list[0].dirty = app->list[1].dirty = true;
}

static void end_judging(struct ui_app *app)
{
    struct ui_task_run *task = &app->task;
    int status = 0;
    close(task->judge_fd);
    while (waitpid(task->judge, &status, 0) < 0 && errno == EINTR)
        ;
    task->judge = 0;
    task->shown.is_judging = false;
    task->shown.said = task->said;
    bool is_judged = WIFEXITED(status) && WEXITSTATUS(status) < UI_TASK_NOT_JUDGED;
    task->shown.verdict = is_judged ? (enum ui_task_verdict)WEXITSTATUS(status) : UI_TASK_NOT_JUDGED;
    if (is_judged)
        put_progress(app, task->shown.verdict == UI_TASK_PASSED);
    redraw(app, UI_TASK_JUDGED);
}

void ui_task_look(struct ui_app *app)
{
    struct ui_task_run *task = &app->task;
    char block[4096];
    ssize_t n = -1;
    while (task->judge > 0 && (n = read(task->judge_fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        char *more = task->said_bytes + (size_t)n < SAID_MOST ? realloc(task->said, task->said_bytes + (size_t)n + 1)
                                                              : NULL;
        if (!more)
            continue;
        memcpy(more + task->said_bytes, block, (size_t)n);
        task->said = more;
        task->said_bytes += (size_t)n;
        task->said[task->said_bytes] = '\0';
    }
    if (task->judge > 0)
        end_judging(app);
}

/* ---- what the box asks for -------------------------------------------------------------------------------------- */

static void show_answer(struct ui_app *app)
{
    const struct lab_done *done = done_of(app);
    if (!done || !done->run) {
        ui_app_say(app, false, "Try it first: the answer is shown when the judge has seen a program of yours.");
        return;
    }
    app->task.shown.shows_answer = true;
    redraw(app, UI_TASK_MODEL);
}

void ui_task_do(struct ui_app *app)
{
    switch (app->task.shown.wish) {
    case UI_TASK_EDIT: edit(app); break;
    case UI_TASK_TRY: try_it(app); break;
    case UI_TASK_GRADE: grade(app); break;
    case UI_TASK_ANSWER: show_answer(app); break;
    }
}
