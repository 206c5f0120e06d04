// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/app/try.h"

#include "lab/base/text.h"
#include "lab/commands/commands.h"
#include "lab/language/command.h"
#include "net/base/names.h"
#include "net/base/plain.h"
#include "ui/app/app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOKED_AT_BYTES = 4 << 20, SAVED = IN_CLOSE_WRITE | IN_MOVED_TO };

/* ---- the words --------------------------------------------------------------------------------------------------- */

static bool is_there(const char *word)
{
    struct stat file;
    return stat(word, &file) == 0;
}

static bool says(const char *text, size_t bytes, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= bytes; i++)
        if (strncasecmp(text + i, word, n) == 0)
            return true;
    return false;
}

/* Sources and programs alike name what they call; whatever is neither (a folder) is taken for a server. */
static bool is_client(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = malloc(LOOKED_AT_BYTES);
    ssize_t n = fd < 0 || !text ? -1 : read(fd, text, LOOKED_AT_BYTES);
    bool connects = n > 0 && says(text, (size_t)n, "connect") && !says(text, (size_t)n, "listen");
    if (fd >= 0)
        close(fd);
    free(text);
    return connects;
}

/* A word of the language: in quotes unless it can be read as nothing else. */
static void append_word(char *out, size_t room, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=:,+-";
    bool is_plain = *word && word[strspn(word, plain)] == '\0';
    if (is_plain && strcmp(word, "as") != 0 && strcmp(word, "on") != 0) {
        lab_append(out, room, " %s", word);
        return;
    }
    lab_append(out, room, " \"");
    for (const char *c = word; *c; c++)
        lab_append(out, room,
                   (unsigned char)*c < ' '   ? "\\x%02x"
                   : *c == '"' || *c == '\\' ? "\\%c"
                                             : "%c",
                   (unsigned char)*c);
    lab_append(out, room, "\"");
}

static int take_file(struct ui_try *t, const char *word, struct net_error *err)
{
    struct stat file;
    struct ui_tried *f = &t->file[t->file_count];
    if (t->file_count == UI_TRY_FILES)
        return net_fail(err, 0, NULL, "try has room for %d programs", UI_TRY_FILES);
    if (!realpath(word, f->path) || stat(f->path, &file) < 0)
        return net_fail(err, 0, NULL, "there is no file %.200s to try", word);
    f->watch = -1;
    f->is_folder = S_ISDIR(file.st_mode);
    lab_append(t->title, sizeof t->title, t->file_count ? ", %s" : "try %s", lab_base_name(f->path));
    net_plain(t->title, sizeof t->title);
    t->file_count++;
    return 0;
}

static int read_words(struct ui_try *t, const char *const *words, size_t count, struct net_error *err)
{
    char line[2][UI_TRY_TEXT_BYTES / 2] = {"", ""}; /* of the servers, of the clients */
    char path[PATH_MAX];
    int host = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_server = strcmp(words[i], "server") == 0, is_host = is_server || strcmp(words[i], "client") == 0;
        bool decides = is_host && i + 1 < count && is_there(words[i + 1]) && !is_there(words[i]);
        const char *word = words[decides ? ++i : i];
        if (!decides && t->file_count > 0 && !is_there(word)) {
            append_word(line[host], sizeof line[host], word);
            continue;
        }
        if (take_file(t, word, err) < 0)
            return -1;
        host = decides ? !is_server : is_client(word);
        lab_append(line[host], sizeof line[host], host ? "\nclient" : "\nserver");
        snprintf(path, sizeof path, strchr(word, '/') ? "%s" : "./%s", word);
        append_word(line[host], sizeof line[host], path);
    }
    snprintf(t->begin, sizeof t->begin, "%s%s", line[0], line[1]);
    memmove(t->begin, t->begin + 1, strlen(t->begin)); /* the first line's end of a line before it */
    return 0;
}

/* Of each file its folder: an editor may put another file in its place. */
static void watch(struct ui_app *app)
{
    struct ui_try *t = app->tried;
    if (t->inotify_fd >= 0)
        return;
    t->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    bool all = t->inotify_fd >= 0 && ui_app_also_wait(app, t->inotify_fd) == 0;
    for (size_t i = 0; all && i < t->file_count; i++) {
        char folder[PATH_MAX];
        snprintf(folder, sizeof folder, "%s", t->file[i].path);
        char *end = strrchr(folder, '/');
        if (!t->file[i].is_folder)
            end[end == folder] = '\0';
        t->file[i].watch = inotify_add_watch(t->inotify_fd, folder, SAVED);
        all = t->file[i].watch >= 0;
    }
    if (!all)
        ui_app_say(app, true, "what is saved cannot be noticed here (%s): r runs it again", net_errno_text(errno));
}

int ui_try_open(struct ui_app *app, const char *const *words, size_t count, const char *commands, struct net_error *err)
{
    if (count == 0)
        return 0;
    struct ui_try *t = app->tried = calloc(1, sizeof *t);
    if (!t)
        return net_fail_errno(err, "malloc");
    t->inotify_fd = -1;
    if (read_words(t, words, count, err) < 0)
        return -1;
    if (commands)
        lab_append(t->begin, sizeof t->begin, "\n%s", commands);
    return 0;
}

void ui_try_close(struct ui_app *app)
{
    struct ui_try *t = app->tried;
    if (t && t->inotify_fd >= 0)
        close(t->inotify_fd);
    free(t);
    app->tried = NULL;
}

void ui_try_restore(struct ui_app *app)
{
    struct net_error err;
    const struct ui_options *options = &app->options;
    ui_try_close(app);
    if (ui_try_open(app, options->try_words, options->try_count, options->try_commands, &err) < 0) {
        ui_app_say(app, true, "%s", err.text);
        ui_try_close(app);
    }
}

bool ui_try_is_on(const struct ui_app *app)
{
    return app->tried && app->choice.screen == UI_SCREEN_LAB && app->choice.tries;
}

/* ---- a run ------------------------------------------------------------------------------------------------------- */

/* Whether it only asks, or cannot belong to a run. */
static bool is_left_out(const struct ui_app *app, const char *line)
{
    const struct lab_place place = {.file = "try", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT};
    struct lab_scope scope = {0};
    struct lab_command *command = NULL;
    struct net_error err;
    int column;
    bool out = false;
    lab_scope_add_state(&scope, app->live, app->model.journal);
    if (lab_command_read(&lab_language, line, &place, &scope, &command, &column, &err) == 0 && command)
        out = (command->row->flags & (LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS | LAB_ROW_CLEARS)) != 0 &&
              !command->condition;
    lab_commands_free(command);
    lab_scope_fini(&scope);
    return out;
}

/* What was typed in the present run; a command that failed is no part of it. */
static void take_typed(struct ui_app *app)
{
    struct ui_try *t = app->tried;
    size_t last = strlen(t->typed);
    for (size_t i = app->model.first_event; i < lab_journal_count(app->model.journal); i++) {
        const struct net_event *ev = lab_journal_at(app->model.journal, i);
        if (ev->kind != NET_EV_NOTE || ev->u.note.flags == LAB_FROM_SCRIPT)
            continue;
        if (ev->u.note.kind == LAB_NOTE_ERROR)
            t->typed[last] = '\0';
        if (ev->u.note.kind != LAB_NOTE_COMMAND)
            continue;
        char line[UI_COMMAND_BYTES];
        snprintf(line, sizeof line, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
        last = strlen(t->typed);
        if (!is_left_out(app, line) && last + strlen(line) + 2 < sizeof t->typed)
            lab_append(t->typed, sizeof t->typed, "%s\n", line);
    }
}

void ui_try_cleared(struct ui_app *app)
{
    if (app->tried && !app->tried->is_beginning)
        app->tried->typed[0] = '\0';
}

void ui_try_run(struct ui_app *app)
{
    struct ui_try *t = app->tried;
    struct net_error err = {.code = 0};
    const struct lab_place place = {"", 1, 1, LAB_FROM_SCRIPT, LAB_REACH_USER};
    if (!app->choice.tries) {
        app->choice = (struct ui_choice){.screen = UI_SCREEN_LAB,
                                         .focus = UI_LAB_SOURCE,
                                         .shown = {UI_LAB_SOURCE, UI_LAB_CALLS, UI_LAB_SOCKETS, UI_LAB_WIRE},
                                         .tries = true,
                                         .is_free = true};
        watch(app);
    }
    t->is_stale = false;
    ui_app_live(app);
    take_typed(app);
    app->last = (struct ui_last_command){.column = 0};
    app->is_typed = false;
    app->began = app->recorded = t->is_beginning = true;
    snprintf(t->script, sizeof t->script, "%s\n%s", t->begin, t->typed);
    if (app->session && (lab_session_clear(app->session, &err) != 0 ||
                         lab_session_start_script(app->session, t->script, &place, false, true, &err) != 0))
        ui_app_say(app, true, "%s", err.text);
    ui_app_model(app);
    ui_app_events(app);
    t->is_beginning = false;
    ui_app_relayout(app);
}

/* ---- what is saved ----------------------------------------------------------------------------------------------- */

/* What a build reads besides: not what it writes, nor what an editor keeps for itself. */
static bool is_source(const char *name, bool in_folder)
{
    static const char *const endings[] = {".h", ".hpp", ".hh", ".inc", ".c", ".cc", ".cpp", ".cxx"};
    size_t count = sizeof endings / sizeof endings[0], n = strlen(name);
    for (size_t i = 0; i < (in_folder ? count : 4); i++)
        if (n > strlen(endings[i]) && strcmp(name + n - strlen(endings[i]), endings[i]) == 0)
            return *name != '.';
    return in_folder && (strcasecmp(name, "makefile") == 0 || strcmp(name, "GNUmakefile") == 0);
}

static bool concerns(const struct ui_try *t, const struct inotify_event *ev)
{
    for (size_t i = 0; i < t->file_count; i++) {
        const struct ui_tried *f = &t->file[i];
        if (f->watch == ev->wd && ev->len > 0 &&
            (is_source(ev->name, f->is_folder) || (!f->is_folder && strcmp(ev->name, lab_base_name(f->path)) == 0)))
            return true;
    }
    return false;
}

void ui_try_look(struct ui_app *app)
{
    char bytes[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
    struct ui_try *t = app->tried;
    bool saved = false;
    ssize_t n;
    while (t && t->inotify_fd >= 0 && (n = read(t->inotify_fd, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *ev = (const struct inotify_event *)(const void *)(bytes + at);
            saved |= concerns(t, ev);
            at += (ssize_t)(sizeof *ev + ev->len);
        }
    if (saved && ui_try_is_on(app))
        ui_try_run(app);
    else if (saved)
        t->is_stale = true;
}
