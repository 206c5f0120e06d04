// SPDX-License-Identifier: GPL-3.0-or-later
// What the learner has done, in a small JSON file.
//
//   {"tcplab": 1, "experiments": {"3.1": {"First contact": {"run": true, "held": true, "predicted": "0", "answer":
//   "0"}}}, "files": {"/home/me/LESSONS.md": {"3.1": ...}}}
//
// An entry that comes back has "due", a date, and "step" (lab_progress_put()).
//
// What is there under the number of a lesson that has parts now is given to the parts when the file is read
// (lab/book/parts.h), and is in the file under theirs when that is written next.
//
// "experiments" is of the built-in lessons, "files" of each file that was given instead of them.
//
// The file is read when the lab opens and written after each experiment (lab/base/file.h), so that a reader sees the
// old or the new one. Before it is written it is read again and only what is new put into it: two labs of one user do
// not undo each other's work, and keys that this version does not know stay. Left out: a lock (two labs that finish an
// experiment within the same tenth of a millisecond could lose one of the two).
#include "lab/book/parts.h"

#include "lab/base/file.h"
#include "lab/base/home.h"
#include "net/base/names.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 4 << 20, FORMAT = 1 };

struct entry {
    struct entry *next;
    char *lesson, *experiment;
    struct lab_done done;
    bool is_new; /* not in the file yet */
};

struct lab_progress {
    struct entry *entries;
    long today;             /* 0: what the clock says */
    char path[PATH_MAX];    /* "" when there is none: nothing is written */
    char lessons[PATH_MAX]; /* the file that the lessons are from; "" for the built-in ones */
    struct home {           /* lessons that are from another file than that */
        struct home *next;
        char *number, *path;
    } * homes;
    const char *walking; /* whose entries are read; as path_of() */
    struct lab_heir *heirs;
};

/* ---- in memory ----------------------------------------------------------------------------------------------------
 */

/* What lab_progress_load() returns without memory: it promises never to return NULL. */
static struct lab_progress nothing;

static struct entry *find(const struct lab_progress *progress, const char *lesson, const char *experiment)
{
    for (struct entry *entry = progress->entries; entry; entry = entry->next)
        if (strcmp(entry->lesson, lesson) == 0 && strcmp(entry->experiment, experiment) == 0)
            return entry;
    return NULL;
}

static void free_entry(struct entry *entry)
{
    free(entry->lesson);
    free(entry->experiment);
    free(entry);
}

/* Its entry, made when there is none yet; NULL without memory. */
static struct entry *obtain(struct lab_progress *progress, const char *lesson, const char *experiment)
{
    struct entry *entry = find(progress, lesson, experiment);
    if (entry || !(entry = calloc(1, sizeof *entry)))
        return entry;
    entry->lesson = strdup(lesson);
    entry->experiment = strdup(experiment);
    if (!entry->lesson || !entry->experiment) {
        free_entry(entry);
        return NULL;
    }
    entry->next = progress->entries;
    progress->entries = entry;
    return entry;
}

/* ---- days ----------------------------------------------------------------------------------------------------------
 */

const unsigned lab_days_between[] = {1, 3, 7, 21, 60};
enum { STEPS = sizeof lab_days_between / sizeof lab_days_between[0] };

/* Days since 1970 of a date of the Gregorian calendar (H. Hinnant, days_from_civil). */
static long day_of(int year, int month, int day)
{
    year -= month <= 2;
    long era = year / 400, of_era = year - era * 400;
    long of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static long today_of(const struct lab_progress *progress)
{
    time_t now = time(NULL);
    struct tm local;
    if (progress->today || !localtime_r(&now, &local))
        return progress->today;
    return day_of(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
}

/* "2026-12-01" and back; 0: no date. */
static long read_day(const char *text)
{
    int year, month, day;
    if (!text || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3 || year < 1970 || month < 1 || month > 12 ||
        day < 1 || day > 31)
        return 0;
    return day_of(year, month, day);
}

static void write_day(long day, char *out, size_t room)
{
    time_t seconds = (time_t)day * 86400;
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || strftime(out, room, "%Y-%m-%d", &utc) == 0)
        *out = '\0';
}

void lab_progress_set_today(struct lab_progress *progress, long day)
{
    progress->today = day;
}

/* One that an older version has kept has no day: it is due as long as it is wrong. */
bool lab_done_is_due(const struct lab_progress *progress, const struct lab_done *done)
{
    return done && (done->due ? done->due <= today_of(progress) : lab_done_is_wrong(done));
}

/* When it comes back, by what was known of it before. */
static void decide_due(const struct lab_progress *progress, const struct lab_done *before, struct lab_done *done)
{
    long today = today_of(progress);
    bool was_due = lab_done_is_due(progress, before);
    done->due = before->due;
    done->step = before->step;
    if (lab_done_is_wrong(done)) {
        done->due = today;
        done->step = 0;
    } else if (was_due && *done->predicted && *done->answer) {
        done->due = done->step < STEPS ? today + (long)lab_days_between[done->step] : 0;
        done->step += done->step < STEPS;
    }
}

/* ---- JSON ----------------------------------------------------------------------------------------------------------
 */

/* Copy into out, cut at a character; false for what is no string. */
static bool take_text(const json_t *value, char *out, size_t room)
{
    if (!json_is_string(value))
        return false;
    size_t bytes = json_string_length(value);
    const char *text = json_string_value(value);
    if (bytes >= room)
        for (bytes = room - 1; bytes && ((unsigned char)text[bytes] & 0xC0) == 0x80;)
            bytes--;
    memcpy(out, text, bytes);
    out[bytes] = '\0';
    return true;
}

static bool take_done(json_t *value, struct lab_done *out)
{
    const json_t *run = json_object_get(value, "run"), *held = json_object_get(value, "held");
    json_int_t step = json_integer_value(json_object_get(value, "step"));
    *out = (struct lab_done){.run = json_is_true(run),
                             .held = json_is_true(held),
                             .due = read_day(json_string_value(json_object_get(value, "due"))),
                             .step = step > 0 && step < STEPS ? (unsigned)step
                                     : step >= STEPS          ? STEPS
                                                              : 0};
    return json_is_boolean(run) && json_is_boolean(held) &&
           take_text(json_object_get(value, "predicted"), out->predicted, sizeof out->predicted) &&
           take_text(json_object_get(value, "answer"), out->answer, sizeof out->answer);
}

/* A string without its last bytes where a character was cut in the middle: JSON holds whole ones only. */
static json_t *whole_string(const char *text)
{
    for (size_t bytes = strlen(text), cut = 0; cut < 4 && cut <= bytes; cut++) {
        json_t *string = json_stringn(text, bytes - cut);
        if (string)
            return string;
    }
    return json_string("");
}

static json_t *done_json(const struct lab_done *done)
{
    char day[16];
    json_t *all = json_pack("{s:b, s:b, s:o, s:o}", "run", done->run, "held", done->held, "predicted",
                            whole_string(done->predicted), "answer", whole_string(done->answer));
    write_day(done->due, day, sizeof day);
    if (all && done->due) {
        json_object_set_new(all, "due", json_string(day));
        json_object_set_new(all, "step", json_integer(done->step));
    }
    return all;
}

/* The object under key, made when it is not there; NULL without memory or when something else is there. */
static json_t *object_under(json_t *parent, const char *key)
{
    json_t *child = json_object_get(parent, key);
    if (child)
        return json_is_object(child) ? child : NULL;
    child = json_object();
    return json_object_set_new(parent, key, child) == 0 ? child : NULL;
}

typedef bool each_fn(struct lab_progress *, const char *lesson, const char *experiment, json_t *);

/* Each entry of one book is given to `each`, until that refuses one. */
static bool walk(json_t *experiments, each_fn *each, struct lab_progress *progress)
{
    json_t *lesson, *experiment;
    const char *number, *title;
    if (!json_is_object(experiments))
        return false;
    json_object_foreach(experiments, number, lesson)
    {
        if (!json_is_object(lesson))
            return false;
        json_object_foreach(lesson, title, experiment)
        {
            if (!each(progress, number, title, experiment))
                return false;
        }
    }
    return true;
}

static bool check_one(struct lab_progress *progress, const char *lesson, const char *experiment, json_t *value)
{
    struct lab_done done;
    (void)progress;
    (void)lesson;
    (void)experiment;
    return take_done(value, &done);
}

/* The file that a lesson is from; "" for a built-in one. */
static const char *path_of(const struct lab_progress *progress, const char *lesson)
{
    for (const struct home *home = progress->homes; home; home = home->next)
        if (strcmp(home->number, lesson) == 0)
            return home->path;
    return progress->lessons;
}

static bool add_one(struct lab_progress *progress, const char *lesson, const char *experiment, json_t *value)
{
    if (strcmp(path_of(progress, lesson), progress->walking) != 0)
        return true;
    struct entry *entry = obtain(progress, lesson, experiment);
    return entry && take_done(value, &entry->done);
}

/* Is every entry of every book one that take_done() reads? */
static bool is_sound(json_t *root)
{
    json_t *files = json_object_get(root, "files"), *book;
    const char *file;
    if (!walk(json_object_get(root, "experiments"), check_one, NULL) || (files && !json_is_object(files)))
        return false;
    json_object_foreach(files, file, book)
    {
        if (!walk(book, check_one, NULL))
            return false;
    }
    return true;
}

/* ---- the file ------------------------------------------------------------------------------------------------------
 */

/* Where it is kept; false, and why not: nowhere. */
static bool choose_path(struct lab_progress *progress, const char *learner, struct net_error *note)
{
    struct net_error why;
    char name[LAB_LEARNER_BYTES + 24];
    snprintf(name, sizeof name, learner ? "progress-%.*s.json" : "progress.json", LAB_LEARNER_BYTES, learner);
    if (lab_home_path(name, progress->path, sizeof progress->path, &why) == 0)
        return true;
    net_fail(note, why.code, NULL, "progress is kept for this session only: %s", why.text);
    return false;
}

enum found { FOUND, FOUND_NOTHING, FOUND_DAMAGED, FOUND_NEWER, FOUND_UNREADABLE /* errno */ };

/* Read and check the file. O_NONBLOCK: a FIFO in its place must not stop the lab. */
static enum found read_file(const char *path, json_t **out)
{
    struct stat status;
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? FOUND_NOTHING : FOUND_UNREADABLE;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        errno = EINVAL;
        return FOUND_UNREADABLE;
    }
    /* Not json_loadfd(), which is a read() for each byte. */
    FILE *file = status.st_size <= FILE_BYTES_MAX ? fdopen(fd, "r") : NULL;
    json_t *root = file ? json_loadf(file, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (file)
        fclose(file);
    else
        close(fd);
    if (root && is_sound(root)) {
        *out = root;
        return FOUND;
    }
    bool is_newer = json_integer_value(json_object_get(root, "tcplab")) > FORMAT;
    json_decref(root);
    return is_newer ? FOUND_NEWER : FOUND_DAMAGED;
}

/* The file's JSON, or a new empty one; what was damaged is set aside, and the sentence put into note. NULL: keep away
 * from the file. */
static json_t *open_file(struct lab_progress *progress, struct net_error *note)
{
    char aside[sizeof progress->path + 16];
    json_t *root;
    switch (read_file(progress->path, &root)) {
    case FOUND: return root;
    case FOUND_NOTHING: break;
    case FOUND_UNREADABLE:
        net_fail(note, errno, "open", "progress is kept for this session only: cannot read %.150s: %s", progress->path,
                 net_errno_text(errno));
        return NULL;
    case FOUND_NEWER:
        net_fail(note, 0, NULL,
                 "progress is kept for this session only: %.150s is of a newer tcplab, and stays as it is",
                 progress->path);
        return NULL;
    case FOUND_DAMAGED:
        snprintf(aside, sizeof aside, "%s.damaged", progress->path);
        if (rename(progress->path, aside) < 0) {
            net_fail(note, errno, "rename",
                     "progress is kept for this session only: %.150s is damaged and cannot be set aside: %s",
                     progress->path, net_errno_text(errno));
            return NULL;
        }
        for (struct entry *entry = progress->entries; entry; entry = entry->next)
            entry->is_new = true;
        net_fail(note, 0, NULL, "the record of your progress was damaged: it is now %.150s, and a new one begins",
                 aside);
        break;
    }
    return json_pack("{s:i, s:{}}", "tcplab", FORMAT, "experiments");
}

/* Where the entries of a file's lessons are, of the built-in ones for ""; NULL when there are none yet. */
static json_t *book_of(json_t *root, const char *path)
{
    return *path ? json_object_get(json_object_get(root, "files"), path) : json_object_get(root, "experiments");
}

/* What was answered before a lesson had parts is found in the part that has it. */
static void give_to_parts(const struct lab_progress *progress, json_t *root)
{
    for (const struct lab_heir *heir = progress->heirs; heir; heir = heir->next)
        lab_heir_takes(heir, book_of(root, path_of(progress, heir->part)));
}

static int write_file(const struct lab_progress *progress, const json_t *root, struct net_error *err)
{
    const struct lab_file_wish wish = {
        .name = progress->path, .reach = LAB_REACH_USER, .replace = true, .is_private = true};
    struct lab_file *file = lab_file_new(&wish, err);
    if (!file)
        return -1;
    errno = EIO; /* where jansson fails without a system call that does */
    int code = json_dumpf(root, lab_file_stream(file), JSON_INDENT(1) | JSON_SORT_KEYS) < 0 ? errno : 0;
    return lab_file_end(file, code, NULL, err);
}

bool lab_learner_is_valid(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t bytes = strlen(name);
    return bytes > 0 && bytes <= LAB_LEARNER_BYTES && strspn(name, letters) == bytes;
}

struct lab_progress *lab_progress_load(const char *lessons_file, struct net_error *note)
{
    return lab_progress_load_of(NULL, lessons_file, note);
}

static void walk_book(struct lab_progress *progress, json_t *root, const char *path)
{
    progress->walking = path;
    walk(book_of(root, path), add_one, progress);
}

static struct lab_progress *load(struct lab_progress *progress, const char *learner, struct net_error *note)
{
    if (!choose_path(progress, learner, note))
        return progress;
    json_t *root = open_file(progress, note);
    if (!root)
        progress->path[0] = '\0';
    else
        give_to_parts(progress, root);
    if (root)
        walk_book(progress, root, progress->lessons);
    for (const struct home *home = progress->homes; root && home; home = home->next)
        walk_book(progress, root, home->path);
    json_decref(root);
    return progress;
}

struct lab_progress *lab_progress_load_of(const char *learner, const char *lessons_file, struct net_error *note)
{
    struct lab_progress *progress = calloc(1, sizeof *progress);
    if (note)
        *note = (struct net_error){0};
    if (!progress)
        return &nothing;
    if (lessons_file && !realpath(lessons_file, progress->lessons))
        snprintf(progress->lessons, sizeof progress->lessons, "%s", lessons_file);
    return load(progress, learner, note);
}

static bool add_home(struct lab_progress *progress, const struct lab_lesson *lesson)
{
    struct home *home = calloc(1, sizeof *home);
    if (!home)
        return false;
    home->number = strdup(lesson->number);
    home->path = realpath(lesson->file, NULL);
    if (!home->path)
        home->path = strdup(lesson->file);
    home->next = progress->homes;
    progress->homes = home;
    return home->number && home->path;
}

static void free_homes(struct lab_progress *progress)
{
    for (struct home *home = progress->homes, *next; home; home = next) {
        next = home->next;
        free(home->number);
        free(home->path);
        free(home);
    }
    progress->homes = NULL;
}

struct lab_progress *lab_progress_load_for(const char *learner, const struct lab_lessons *lessons,
                                           struct net_error *note)
{
    struct lab_progress *progress = calloc(1, sizeof *progress);
    bool is_whole = progress != NULL;
    if (note)
        *note = (struct net_error){0};
    for (size_t i = 0; i < lessons->lesson_count && is_whole; i++)
        is_whole = lessons->lessons[i].is_embedded || add_home(progress, &lessons->lessons[i]);
    if (is_whole && lab_heirs_find(lessons, &progress->heirs) == 0)
        return load(progress, learner, note);
    lab_progress_free(progress);
    return &nothing;
}

void lab_progress_free(struct lab_progress *progress)
{
    if (!progress)
        return;
    for (struct entry *entry = progress->entries, *next; entry; entry = next) {
        next = entry->next;
        free_entry(entry);
    }
    progress->entries = NULL;
    free_homes(progress);
    lab_heirs_free(progress->heirs);
    if (progress != &nothing)
        free(progress);
}

const struct lab_done *lab_progress_get(const struct lab_progress *progress, const char *lesson, const char *experiment)
{
    const struct entry *entry = find(progress, lesson, experiment);
    return entry ? &entry->done : NULL;
}

/* Put what is new into the JSON of the file; false without memory. */
static bool add_new(const struct lab_progress *progress, json_t *root)
{
    for (const struct entry *entry = progress->entries; entry; entry = entry->next) {
        const char *path = path_of(progress, entry->lesson);
        if (!entry->is_new)
            continue;
        json_t *book = *path ? object_under(object_under(root, "files"), path) : object_under(root, "experiments");
        json_t *lesson = object_under(book, entry->lesson);
        if (json_object_set_new(lesson, entry->experiment, done_json(&entry->done)) < 0)
            return false;
    }
    return true;
}

/* forget: a lesson whose entries go out of the file, NULL none. */
static int save(struct lab_progress *progress, const char *forget, struct net_error *err)
{
    if (lab_home_make(progress->path) < 0)
        return net_fail(err, errno, "mkdir",
                        "progress is kept for this session only: cannot make the directory of %.150s: %s",
                        progress->path, net_errno_text(errno));
    json_t *root = open_file(progress, err);
    if (!root)
        return -1;
    struct net_error why = {.text = "no memory"};
    give_to_parts(progress, root);
    if (forget)
        json_object_del(book_of(root, path_of(progress, forget)), forget);
    bool is_written = add_new(progress, root) && write_file(progress, root, &why) == 0;
    json_decref(root);
    if (!is_written)
        return net_fail(err, why.code, "write", "progress is kept for this session only: %.190s", why.text);
    for (struct entry *entry = progress->entries; entry; entry = entry->next)
        entry->is_new = false;
    return 0;
}

int lab_progress_put(struct lab_progress *progress, const char *lesson, const char *experiment,
                     const struct lab_done *done, struct net_error *err)
{
    struct entry *entry = obtain(progress, lesson, experiment);
    if (!entry)
        return net_fail(err, ENOMEM, "malloc", "progress is not kept: no memory");
    struct lab_done now = *done;
    decide_due(progress, &entry->done, &now);
    entry->done = now;
    entry->is_new = true;
    return progress->path[0] ? save(progress, NULL, err) : 0;
}

/* The entries stay where they are, as never done: who holds one sees that. */
int lab_progress_forget(struct lab_progress *progress, const char *lesson, struct net_error *err)
{
    for (struct entry *entry = progress->entries; entry; entry = entry->next)
        if (strcmp(entry->lesson, lesson) == 0) {
            entry->done = (struct lab_done){.run = false};
            entry->is_new = false;
        }
    return progress->path[0] ? save(progress, lesson, err) : 0;
}
