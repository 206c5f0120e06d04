// SPDX-License-Identifier: GPL-3.0-or-later
// In which language the lessons are read.
#include "lab/base/locale.h"
#include "lab/base/text.h"
#include "lab/book/lessons.h"
#include "lab/book/translated.h"

#include <stdio.h>
#include <string.h>

static bool is_embedded(const char *language)
{
    const struct lab_translation *t = lab_translations;
    while (t->language && strcmp(t->language, language) != 0)
        t++;
    return t->language != NULL;
}

/* Is a file of that path translated into it? */
static bool is_beside(const char *language, const char *path)
{
    struct lab_paths files = {0}, found = {0};
    struct net_error unused;
    char end[LAB_LANGUAGE_BYTES + 8];
    bool is = false;
    snprintf(end, sizeof end, ".%.*s.md", LAB_LANGUAGE_BYTES, language);
    if (path && lab_lessons_files(path, &files, &unused) == 0)
        for (size_t i = 0; i < files.count; i++)
            lab_lessons_translations(files.items[i], &found, &unused);
    for (size_t i = 0; i < found.count; i++) {
        size_t bytes = strlen(found.items[i]);
        is |= bytes > strlen(end) && strcmp(found.items[i] + bytes - strlen(end), end) == 0;
    }
    lab_paths_fini(&files);
    lab_paths_fini(&found);
    return is;
}

static bool is_there(const char *language, const char *path)
{
    return is_embedded(language) || is_beside(language, path);
}

/* "ko_KR", or of it "ko"; false: there is no translation. */
static bool take(const char *wanted, const char *path, char *out, size_t room)
{
    snprintf(out, room, "%s", wanted);
    if (is_there(out, path))
        return true;
    out[strcspn(out, "_")] = '\0';
    return is_there(out, path);
}

/* What the environment wants, and is there; false: what the book is written in. */
static bool take_wanted(const char *path, char *out, size_t room)
{
    char wanted[LAB_LANGUAGES][LAB_LANGUAGE_BYTES];
    size_t count = lab_locale_languages(wanted);
    for (size_t i = 0; i < count && !lab_locale_is_own(wanted[i]); i++)
        if (take(wanted[i], path, out, room))
            return true;
    return false;
}

int lab_lessons_language(const char *asked, const char *path, char *out, size_t room, struct net_error *note)
{
    char there[200];
    *note = (struct net_error){0};
    snprintf(there, sizeof there, "en");
    for (const struct lab_translation *t = lab_translations; t->language; t++)
        lab_append(there, sizeof there, ", %s", t->language);
    bool is_translated = asked ? !lab_locale_is_own(asked) && take(asked, path, out, room)
                               : take_wanted(path, out, room);
    if (!is_translated)
        *out = '\0';
    if (asked && !is_translated && !lab_locale_is_own(asked))
        return net_fail(note, 0, NULL, "the lessons are not there in the language %.20s; there are: %s", asked, there);
    if (!is_translated || lab_locale_is_utf8())
        return 0;
    net_fail(note, 0, NULL,
             "The lessons are in English: the locale has no UTF-8, and so no letters of the language %.20s. "
             "LC_ALL=C.UTF-8 has them.",
             out);
    *out = '\0';
    return 0;
}
