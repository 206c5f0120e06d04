// SPDX-License-Identifier: GPL-3.0-or-later
// What the learner has done, in a small JSON file.
//
//   {"tcplab": 1, "experiments": {"3.1": {"First contact": {"run": true, "held": true, "predicted": "0", "answer":
//   "0"}}}, "files": {"/home/me/LESSONS.md": {"3.1": ...}}}
//
// "experiments" is of the built-in lessons, "files" of each file that was given instead of them.
//
// The file is read when the lab opens and written after each experiment (lab/base/file.h), so that a reader sees the
// old or the new one. Before it is written it is read again and only what is new put into it: two labs of one user do
// not undo each other's work, and keys that this version does not know stay. Left out: a lock (two labs that finish an
// experiment within the same tenth of a millisecond could lose one of the two).
#include "lab/book/lessons.h"

#include "lab/base/file.h"
#include "lab/base/home.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    char path[PATH_MAX];    /* "" when there is none: nothing is written */
    char lessons[PATH_MAX]; /* the file that the lessons are from; "" for the built-in ones */
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
    *out = (struct lab_done){.run = json_is_true(run), .held = json_is_true(held)};
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
    return json_pack("{s:b, s:b, s:o, s:o}", "run", done->run, "held", done->held, "predicted",
                     whole_string(done->predicted), "answer", whole_string(done->answer));
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

static bool add_one(struct lab_progress *progress, const char *lesson, const char *experiment, json_t *value)
{
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
                 strerror(errno));
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
                     progress->path, strerror(errno));
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

/* Where the entries of the lessons are; NULL when there are none yet. */
static json_t *book_of(const struct lab_progress *progress, json_t *root)
{
    return *progress->lessons ? json_object_get(json_object_get(root, "files"), progress->lessons)
                              : json_object_get(root, "experiments");
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

struct lab_progress *lab_progress_load_of(const char *learner, const char *lessons_file, struct net_error *note)
{
    struct lab_progress *progress = calloc(1, sizeof *progress);
    if (note)
        *note = (struct net_error){0};
    if (!progress)
        return &nothing;
    if (lessons_file && !realpath(lessons_file, progress->lessons))
        snprintf(progress->lessons, sizeof progress->lessons, "%s", lessons_file);
    if (!choose_path(progress, learner, note))
        return progress;
    json_t *root = open_file(progress, note);
    if (!root)
        progress->path[0] = '\0';
    else
        walk(book_of(progress, root), add_one, progress);
    json_decref(root);
    return progress;
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
    json_t *experiments = *progress->lessons ? object_under(object_under(root, "files"), progress->lessons)
                                             : object_under(root, "experiments");
    for (const struct entry *entry = progress->entries; entry; entry = entry->next) {
        json_t *lesson = entry->is_new ? object_under(experiments, entry->lesson) : NULL;
        if (entry->is_new && json_object_set_new(lesson, entry->experiment, done_json(&entry->done)) < 0)
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
                        progress->path, strerror(errno));
    json_t *root = open_file(progress, err);
    if (!root)
        return -1;
    struct net_error why = {.text = "no memory"};
    if (forget)
        json_object_del(book_of(progress, root), forget);
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
    entry->done = *done;
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
