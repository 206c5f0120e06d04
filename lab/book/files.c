// SPDX-License-Identifier: GPL-3.0-or-later
// Files of lessons, folders of them, and their translations.
#include "lab/base/file.h"
#include "lab/base/pool.h"
#include "lab/book/lessons.h"
#include "lab/book/parse.h"
#include "lab/book/parts.h"
#include "net/base/names.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int add(struct lab_paths *paths, const char *path)
{
    char **items = reallocarray(paths->items, paths->count + 1, sizeof *items);
    if (!items)
        return -1;
    paths->items = items;
    items[paths->count] = strdup(path);
    return items[paths->count++] ? 0 : -1;
}

/* ---- names ---- */

enum { FILE_BYTES_MAX = 16 << 20, LANGUAGE_MOST = 16 };
static const char ending[] = ".md";

static bool is_text(const char *name)
{
    size_t n = strlen(name), end = sizeof ending - 1;
    return n > end && *name != '.' && strcmp(name + n - end, ending) == 0;
}

static int is_entry(const struct dirent *entry)
{
    return is_text(entry->d_name);
}

/* NAME.md's translation into a language, NAME.LANGUAGE.md; false: that is no path. */
static bool translation_path(const char *path, const char *language, char *out, size_t room)
{
    if (!is_text(path))
        return false;
    int stem = (int)(strlen(path) - strlen(ending));
    int n = snprintf(out, room, "%.*s.%s%s", stem, path, language, ending);
    return n > 0 && (size_t)n < room;
}

/* The language of NAME.LANGUAGE.md, as letters, digits, _ and @; 0 bytes: it has none. */
static const char *language_in(const char *path, size_t *bytes)
{
    const char *end = path + strlen(path) - strlen(ending), *dot = end;
    while (dot > path && dot[-1] != '.' && dot[-1] != '/')
        dot--;
    bool is_one = dot > path && dot[-1] == '.' && dot < end && end - dot <= LANGUAGE_MOST;
    *bytes = is_one ? (size_t)(end - dot) : 0;
    if (strspn(dot, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@") < *bytes)
        *bytes = 0;
    return dot;
}

/* Is it a translation of another file that is there? */
static bool is_translation(const char *path)
{
    char book[PATH_MAX];
    size_t bytes;
    const char *language = is_text(path) ? language_in(path, &bytes) : NULL;
    if (!language || bytes == 0)
        return false;
    snprintf(book, sizeof book, "%.*s%s", (int)(language - 1 - path), path, ending);
    return access(book, F_OK) == 0;
}

int lab_lessons_files(const char *path, struct lab_paths *out, struct net_error *err)
{
    struct stat status;
    struct dirent **entries;
    char file[PATH_MAX];
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return add(out, path) < 0 ? net_fail_errno(err, "malloc") : 0;
    int count = scandir(path, &entries, is_entry, versionsort), result = 0;
    if (count < 0)
        return net_fail(err, errno, "opendir", "cannot read the folder %.150s: %s", path, net_errno_text(errno));
    for (int i = 0; i < count; i++) {
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (!is_translation(file))
            result = result < 0 ? result : add(out, file);
        free(entries[i]);
    }
    free(entries);
    if (result < 0)
        return net_fail_errno(err, "malloc");
    return count ? 0
                 : net_fail(err, 0, NULL, "there are no lessons in the folder %.150s: they are files NAME.md", path);
}

int lab_lessons_translations(const char *path, struct lab_paths *out, struct net_error *err)
{
    struct dirent **entries;
    char folder[PATH_MAX], file[PATH_MAX + NAME_MAX + 1];
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!path || !is_text(path))
        return 0;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 2, slash ? path : "./");
    int count = scandir(folder, &entries, is_entry, versionsort), result = 0;
    size_t stem = strlen(path) - strlen(ending), bytes;
    for (int i = 0; i < count; i++) {
        snprintf(file, sizeof file, "%s%s", slash ? folder : "", entries[i]->d_name);
        const char *language = language_in(file, &bytes);
        if (bytes > 0 && (size_t)(language - 1 - file) == stem && strncmp(file, path, stem) == 0 && result == 0)
            result = add(out, file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return result < 0 ? net_fail_errno(err, "malloc") : 0;
}

/* ---- one ---- */

static char *read_file(const char *path, size_t *bytes, struct net_error *err)
{
    FILE *in = lab_file_open(path, false, err);
    char *text = in ? lab_file_text(in, path, FILE_BYTES_MAX, bytes, err) : NULL;
    if (in)
        fclose(in);
    return text;
}

/* The merged text, parsed; what is original of it belongs to *out. */
static int parse_merged(const struct lab_text *book, const struct lab_text *translation, struct lab_lessons *out,
                        struct lab_faults *faults, struct net_error *err)
{
    struct lab_merged merged = {0};
    struct lab_pool *pool = lab_pool_new();
    const struct lab_parse how = {.file = book->file, .merged = &merged, .faults = faults, .err = err};
    *out = (struct lab_lessons){0};
    if (!pool)
        return net_fail(err, ENOMEM, "malloc", "no memory for the lessons");
    int result = lab_translated_merge(book, translation, pool, &merged, faults, err);
    if (result == 0 && !(faults && faults->count))
        result = lab_parse_text(&how, merged.text, merged.bytes, out);
    if (out->owner)
        lab_pool_join(out->owner, pool);
    else
        lab_pool_free(pool);
    lab_merged_fini(&merged);
    return result;
}

static int load_translated(const char *path, const char *translation, struct lab_lessons *out,
                           struct lab_faults *faults, struct net_error *err)
{
    struct lab_text book = {.file = path, .line = 1}, its = {.file = translation, .line = 1};
    char *text = read_file(path, &book.bytes, err), *words = text ? read_file(translation, &its.bytes, err) : NULL;
    book.text = text;
    its.text = words;
    *out = (struct lab_lessons){0};
    int result = words ? parse_merged(&book, &its, out, faults, err) : -1;
    free(text);
    free(words);
    return result;
}

int lab_lessons_check_translation(const char *path, const char *translation, struct lab_lessons *out,
                                  struct lab_faults *faults, struct net_error *err)
{
    int result = load_translated(path, translation, out, faults, err);
    if (faults->count)
        lab_lessons_fini(out);
    return result < 0 || !faults->failed ? result : net_fail(err, ENOMEM, "malloc", "no memory for the lessons");
}

int lab_lessons_load(const char *path, const char *language, struct lab_lessons *out, struct net_error *err)
{
    char translation[PATH_MAX];
    size_t bytes;
    *out = (struct lab_lessons){0};
    if (language && translation_path(path, language, translation, sizeof translation) && access(translation, F_OK) == 0)
        return load_translated(path, translation, out, NULL, err);
    char *text = read_file(path, &bytes, err);
    int status = text ? lab_lessons_parse(path, text, bytes, out, err) : -1;
    free(text);
    return status;
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

int lab_lessons_gather(const char *path, bool only, const char *language, struct lab_lessons *out,
                       struct net_error *err)
{
    struct lab_paths files = {0};
    struct lab_lessons one = {0};
    *out = (struct lab_lessons){0};
    if (!path)
        return lab_lessons_embedded(language, out, err);
    int result = lab_lessons_files(path, &files, err);
    if (result == 0 && !only)
        result = lab_lessons_embedded(language, out, err);
    for (size_t i = 0; i < files.count && result == 0; i++) {
        result = lab_lessons_load(files.items[i], language, out->owner ? &one : out, err);
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
