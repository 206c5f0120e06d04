// SPDX-License-Identifier: GPL-3.0-or-later
// Folders of lessons.
#include "lab/base/pool.h"
#include "lab/book/parts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int add(struct lab_paths *paths, const char *path)
{
    char **items = reallocarray(paths->items, paths->count + 1, sizeof *items);
    if (!items)
        return -1;
    paths->items = items;
    items[paths->count] = strdup(path);
    return items[paths->count++] ? 0 : -1;
}

static int is_text(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 3, ".md") == 0;
}

int lab_lessons_files(const char *path, struct lab_paths *out, struct net_error *err)
{
    struct stat status;
    struct dirent **entries;
    char file[PATH_MAX];
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return add(out, path) < 0 ? net_fail_errno(err, "malloc") : 0;
    int count = scandir(path, &entries, is_text, versionsort), result = 0;
    if (count < 0)
        return net_fail(err, errno, "opendir", "cannot read the folder %.150s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        result = result < 0 ? result : add(out, file);
        free(entries[i]);
    }
    free(entries);
    if (result < 0)
        return net_fail_errno(err, "malloc");
    return count ? 0
                 : net_fail(err, 0, NULL, "there are no lessons in the folder %.150s: they are files NAME.md", path);
}

/* ---- several ---- */

static struct lab_lesson *same_number(const struct lab_lessons *all, const char *number)
{
    for (size_t i = 0; i < all->lesson_count; i++)
        if (strcmp(all->lessons[i].number, number) == 0)
            return &all->lessons[i];
    return NULL;
}

/* The words of `more` first: of two with one name they are found. */
static int join_terms(struct lab_lessons *all, const struct lab_lessons *more, struct net_error *err)
{
    if (lab_lessons_open_glossary(all, err) < 0)
        return -1;
    struct lab_term *terms = lab_pool_take(all->owner, (all->term_count + more->term_count) * sizeof *terms);
    if (!terms)
        return net_fail(err, ENOMEM, "malloc", "no memory for the lessons");
    memcpy(terms, more->terms, more->term_count * sizeof *terms);
    if (all->term_count)
        memcpy(terms + more->term_count, all->terms, all->term_count * sizeof *terms);
    all->terms = terms;
    all->term_count += more->term_count;
    return 0;
}

static bool is_same_lesson(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || lab_lesson_is_part_of(a, b) || lab_lesson_is_part_of(b, a);
}

/*
 * Where a lesson of a file goes, with room made for it: in the place of the embedded ones for which it stands, which
 * are the one of its number, the one of which it is a part, or those that are its parts; else behind the other parts of
 * its own lesson; else at the end.
 */
static struct lab_lesson *place_for(struct lab_lessons *all, const char *number)
{
    size_t kept = 0, place = all->lesson_count, behind = all->lesson_count;
    bool has_place = false;
    for (size_t i = 0; i < all->lesson_count; i++) {
        const struct lab_lesson *other = &all->lessons[i];
        bool goes = other->is_embedded && is_same_lesson(other->number, number);
        if (goes && !has_place)
            place = kept;
        has_place |= goes;
        if (goes)
            continue;
        if (!other->is_embedded && lab_lesson_whole_bytes(other->number) == lab_lesson_whole_bytes(number) &&
            strncmp(other->number, number, lab_lesson_whole_bytes(number)) == 0)
            behind = kept + 1;
        all->lessons[kept++] = *other;
    }
    if (!has_place)
        place = behind < kept ? behind : kept;
    memmove(&all->lessons[place + 1], &all->lessons[place], (kept - place) * sizeof *all->lessons);
    all->lesson_count = kept + 1;
    return &all->lessons[place];
}

/* The lessons of `more`, which is empty then. */
static int join(struct lab_lessons *all, struct lab_lessons *more, struct net_error *err)
{
    size_t count = all->lesson_count;
    struct lab_lesson *lessons = lab_pool_take(all->owner, (count + more->lesson_count) * sizeof *lessons);
    if (!lessons)
        return net_fail(err, ENOMEM, "malloc", "no memory for the lessons");
    if (count)
        memcpy(lessons, all->lessons, count * sizeof *lessons);
    all->lessons = lessons;
    for (size_t i = 0; i < more->lesson_count; i++) {
        const struct lab_lesson *lesson = &more->lessons[i];
        struct lab_lesson *other = same_number(all, lesson->number);
        if (other && !other->is_embedded)
            return net_fail(err, 0, NULL, "%.80s:%d:1: there are two lessons %.20s: the other one is in %.60s:%d",
                            lesson->file, lesson->line, lesson->number, other->file, other->line);
        *place_for(all, lesson->number) = *lesson;
    }
    if (more->term_count && join_terms(all, more, err) < 0)
        return -1;
    lab_pool_join(all->owner, more->owner);
    *more = (struct lab_lessons){0};
    return 0;
}

int lab_lessons_gather(const char *path, bool only, struct lab_lessons *out, struct net_error *err)
{
    struct lab_paths files = {0};
    struct lab_lessons one = {0};
    *out = (struct lab_lessons){0};
    if (!path)
        return lab_lessons_embedded(out, err);
    int result = lab_lessons_files(path, &files, err);
    if (result == 0 && !only)
        result = lab_lessons_embedded(out, err);
    for (size_t i = 0; i < files.count && result == 0; i++) {
        result = lab_lessons_load(files.items[i], out->owner ? &one : out, err);
        if (result == 0 && one.owner)
            result = join(out, &one, err);
        lab_lessons_fini(&one);
    }
    lab_paths_fini(&files);
    if (result < 0)
        lab_lessons_fini(out);
    return result;
}

void lab_paths_fini(struct lab_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct lab_paths){0};
}
