// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/app/notes.h"

#include "lab/base/home.h"
#include "lab/book/way.h"
#include "net/base/message.h"
#include "net/base/names.h"
#include "ui/app/app.h"
#include "ui/app/present.h"
#include "ui/view/present.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ui_notes_lab(const char *name)
{
    char *end;
    size_t prefix = strlen(UI_NOTES_PREFIX);
    if (strncmp(name, UI_NOTES_PREFIX, prefix) != 0)
        return 0;
    long pid = strtol(name + prefix, &end, 10);
    bool is_there = *end == '\0' && pid > 0 && pid <= INT_MAX && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
    return is_there ? (int)pid : 0;
}

void ui_notes_tidy(void)
{
    char folder[PATH_MAX];
    struct dirent *entry;
    DIR *dir = lab_home_path("", folder, sizeof folder, NULL) == 0 ? opendir(folder) : NULL;
    while (dir && (entry = readdir(dir)))
        if (strncmp(entry->d_name, UI_NOTES_PREFIX, strlen(UI_NOTES_PREFIX)) == 0 && !ui_notes_lab(entry->d_name))
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
}

/* The file, or with a suffix the one that it is made from. */
static int path_of(const char *suffix, char *out, size_t room, struct net_error *err)
{
    char name[80];
    snprintf(name, sizeof name, UI_NOTES_PREFIX "%d%s", (int)getpid(), suffix);
    return lab_home_path(name, out, room, err);
}

static void put_spans(const struct lab_block *block, FILE *out)
{
    for (size_t i = 0; i < block->span_count; i++)
        fprintf(out, "%.*s", (int)block->spans[i].bytes, block->spans[i].text);
    fputc('\n', out);
}

static void put_notes(const struct ui_app *app, FILE *out)
{
    const struct lab_lesson *lesson = &app->lessons.lessons[app->model.lesson];
    struct lab_station station = lab_way_station(lesson, app->present->station);
    size_t count = 0;
    for (size_t i = 0; i < station.block_count; i++)
        if (lesson->blocks[station.first_block + i].is_note) {
            put_spans(&lesson->blocks[station.first_block + i], out);
            count++;
        }
    if (count == 0)
        fputs(_("The lesson has no note here.\n"), out);
}

static void put_all(const struct ui_app *app, FILE *out)
{
    const struct lab_lesson *lesson = &app->lessons.lessons[app->model.lesson];
    const char *next = ui_present_on_label(app);
    fprintf(out, "%s %s\n", lesson->number, lesson->title);
    if (app->model.experiment >= 0)
        fprintf(out, _("Experiment %d of %zu: %s\n"), app->model.experiment + 1, lesson->experiment_count,
                lesson->experiments[app->model.experiment].title);
    fprintf(out, _("Slide: %s\n"), ui_slide_name(app->present->slide));
    if (next)
        fprintf(out, "Enter: %s\n", next);
    fputc('\n', out);
    put_notes(app, out);
}

static void say_once(struct ui_app *app, const char *why)
{
    if (!app->present->notes_failed)
        ui_app_say(app, true, "`tcplab notes` cannot follow: %s", why);
    app->present->notes_failed = true;
}

void ui_notes_write(struct ui_app *app)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    struct net_error err;
    if (path_of("", path, sizeof path, &err) < 0 || path_of(".new", fresh, sizeof fresh, &err) < 0) {
        say_once(app, err.text);
        return;
    }
    unlink(fresh);
    int fd = lab_home_make(path) < 0 ? -1 : open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        say_once(app, net_errno_text(errno));
        return;
    }
    put_all(app, out);
    if (fclose(out) != 0 || rename(fresh, path) != 0) {
        say_once(app, net_errno_text(errno));
        unlink(fresh);
    }
}

void ui_notes_remove(struct ui_app *app)
{
    char path[PATH_MAX];
    (void)app;
    if (path_of("", path, sizeof path, NULL) == 0)
        unlink(path);
}
