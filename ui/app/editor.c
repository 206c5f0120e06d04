// SPDX-License-Identifier: GPL-3.0-or-later
// The learner's editor, on the lab's terminal.
/*
 * It is a child in the lab's own process group, with the signals of a program that a shell starts. The lab waits for it
 * in its one wait, so that programs which run are not held up by full rings; Ctrl-C is the editor's, and Ctrl-Z stops
 * the lab with it.
 */
#include "lab/base/text.h"
#include "net/base/names.h"
#include "net/base/signals.h"
#include "ui/app/app.h"
#include "ui/app/try.h"
#include "ui/draw/terminal.h"
#include "ui/view/source.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* How an editor is told the line: all others take +LINE. %s is the file, %d the line. */
static const struct {
    const char *name, *flag;
} with_colon[] = {{"code", "-g"}, {"codium", "-g"}, {"subl", ""}, {"hx", ""}, {"helix", ""}, {"zed", ""}};

static bool find_place(const struct ui_app *app, struct ui_source_place *place)
{
    const struct ui_pane *pane = &app->panes[UI_LAB_SOURCE];
    if (pane->view == &ui_view_source && ui_source_place(pane, &app->model, place))
        return true;
    if (!app->tried || app->tried->file[0].is_folder)
        return false;
    *place = (struct ui_source_place){.line = 0};
    snprintf(place->path, sizeof place->path, "%s", app->tried->file[0].path);
    return true;
}

bool ui_try_can_edit(const struct ui_app *app)
{
    struct ui_source_place place;
    return app->choice.screen == UI_SCREEN_LAB && !ui_app_is_saved(app) && app->session && find_place(app, &place);
}

static const char *editor_name(void)
{
    const char *editor = getenv("EDITOR");
    return editor && *editor ? editor : "vi";
}

/* What the shell runs: $EDITOR may have words of its own. */
static pid_t start(const struct ui_source_place *place)
{
    char script[PATH_MAX], line[32] = "", colon[PATH_MAX + 32];
    const char *editor = editor_name(), *flag = NULL;
    size_t n = strcspn(editor, " ");
    while (n > 0 && memchr(editor, '/', n) && editor[0] != '\0' && strchr(editor, '/') < editor + n) {
        n -= (size_t)(strchr(editor, '/') + 1 - editor);
        editor = strchr(editor, '/') + 1;
    }
    for (size_t i = 0; i < sizeof with_colon / sizeof with_colon[0]; i++)
        if (strlen(with_colon[i].name) == n && strncmp(with_colon[i].name, editor, n) == 0)
            flag = with_colon[i].flag;
    snprintf(script, sizeof script, "exec %.2000s \"$@\"", editor_name());
    snprintf(line, sizeof line, "+%d", place->line);
    snprintf(colon, sizeof colon, "%s:%d", place->path, place->line);
    char *words[8] = {(char[]){"sh"}, (char[]){"-c"}, script, (char[]){"sh"}};
    size_t count = 4;
    if (place->line > 0 && (!flag || *flag))
        words[count++] = flag ? (char *)(uintptr_t)flag : line;
    words[count++] = flag && place->line > 0 ? colon : (char *)(uintptr_t)place->path;
    posix_spawnattr_t attributes;
    pid_t pid;
    net_signals_for_child(&attributes);
    int error = posix_spawn(&pid, "/bin/sh", NULL, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    errno = error;
    return error ? -1 : pid;
}

/* Whether it has ended; then *status is as of waitpid(). */
static bool has_ended(pid_t pid, int *status)
{
    pid_t r = waitpid(pid, status, WNOHANG | WUNTRACED);
    if (r == pid && WIFSTOPPED(*status)) {
        ui_terminal_stop();
        kill(pid, SIGCONT);
        return false;
    }
    return r == pid || (r < 0 && errno == ECHILD);
}

/* The status that it ended with. */
static int wait_for(struct ui_app *app, pid_t pid)
{
    int status = 0, fd = (int)syscall(SYS_pidfd_open, pid, 0);
    while (!has_ended(pid, &status)) {
        unsigned woke = lab_session_wait(app->session, fd, fd < 0 ? net_now_ns() + 100000000 : 0);
        uint64_t taken = woke & NET_WOKE_SIGNAL ? net_signal_taken() : 0;
        for (int signo = 1; signo < 32; signo++)
            if ((signo == SIGHUP || signo == SIGTERM) && (taken & (1ull << signo))) {
                app->quit = true;
                app->exit_status = 128 + signo;
                kill(pid, signo);
            }
        if (app->quit)
            break;
    }
    if (fd >= 0)
        close(fd);
    return status;
}

void ui_app_edit(struct ui_app *app, const char *path, int line)
{
    struct ui_source_place place = {.line = line};
    snprintf(place.path, sizeof place.path, "%s", path);
    ui_terminal_lend();
    pid_t pid = start(&place);
    int error = errno, status = pid < 0 ? 0 : wait_for(app, pid);
    ui_terminal_take_back();
    ui_app_relayout(app);
    ui_app_events(app);
    if (pid < 0)
        ui_app_say(app, true, "the editor cannot be started: %s", net_errno_text(error));
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        ui_app_say(app, true, "there is no editor `%.80s` here: set EDITOR to one that there is", editor_name());
}

void ui_try_edit(struct ui_app *app)
{
    struct ui_source_place place;
    if (!find_place(app, &place))
        return;
    ui_app_edit(app, place.path, place.line);
    ui_try_look(app);
}
