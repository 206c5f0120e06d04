// SPDX-License-Identifier: GPL-3.0-or-later
// The lessons in the program: titles first, the rest when it is wanted.
//
// An outline is what the parser makes of the headings alone: a text of which every other line was left out is Markdown
// too, and reads in a hundredth of the time. A lesson is then read from its own stretch of the text, merged with the
// stretch of its translation.
#include "lab/book/format.h"
#include "lab/book/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct net_error *err)
{
    return net_fail(err, ENOMEM, "malloc", "no memory for the lessons");
}

struct headings {
    char *text; /* their lines */
    size_t bytes;
    struct heading {
        const char *at; /* in the source */
        int line;
    } * all;
    size_t count, room;
};

/* How many marks of a fence (CommonMark 0.29, 4.5) the line begins with; 0: none. What follows them is not looked at.
 */
static size_t fence_marks(const char *line, size_t bytes)
{
    size_t n = 0;
    while (n < bytes && line[n] == *line && (*line == '`' || *line == '~'))
        n++;
    return n >= 3 ? n : 0;
}

static int add_heading(struct headings *h, const char *line, size_t bytes, int number)
{
    if (h->count == h->room) {
        size_t room = 2 * h->room + 128;
        struct heading *all = reallocarray(h->all, room, sizeof *all);
        if (!all)
            return -1;
        h->all = all;
        h->room = room;
    }
    char *text = realloc(h->text, h->bytes + bytes);
    if (!text)
        return -1;
    memcpy(text + h->bytes, line, bytes);
    h->text = text;
    h->bytes += bytes;
    h->all[h->count++] = (struct heading){line, number};
    return 0;
}

static bool is_title(const char *line, size_t bytes)
{
    return bytes > 4 && (memcmp(line, "## ", 3) == 0 || memcmp(line, "### ", 4) == 0);
}

/* The titles of lessons and experiments, and other headings of their levels: lines outside of fences. */
static int find_headings(const char *text, size_t bytes, struct headings *h)
{
    const char *fence = NULL, *end = text + bytes, *next;
    int number = 1;
    for (const char *line = text; line < end; line = next, number++) {
        next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next + 1 : end;
        size_t length = (size_t)(next - line), marks = fence_marks(line, length);
        if (marks && !fence)
            fence = line;
        else if (marks && *fence == *line && marks >= fence_marks(fence, (size_t)(end - fence)))
            fence = NULL;
        else if (!fence && is_title(line, length) && add_heading(h, line, length, number) < 0)
            return -1;
    }
    return 0;
}

static bool is_glossary_line(const char *line, const char *end)
{
    const char *word = lab_format_words[LAB_FORMAT_GLOSSARY];
    size_t n = strlen(word);
    return (size_t)(end - line) > 3 + n && strncmp(line + 3, word, n) == 0 && line[3 + n] == '\n';
}

static void free_headings(struct headings *h)
{
    free(h->text);
    free(h->all);
}

/* The heading that comes next of level 2, from the end; its stretch of the text goes to *end. */
static bool last_section(const struct headings *h, size_t *i, const char **end, struct lab_unread *out)
{
    while (*i > 0) {
        const struct heading *heading = &h->all[--*i];
        if (heading->at[2] == '#')
            continue;
        *out = (struct lab_unread){heading->at, (size_t)(*end - heading->at), heading->line};
        *end = heading->at;
        return true;
    }
    return false;
}

/* Each lesson's stretch of the text, from its heading to the next one's. */
static void give_texts(const struct headings *h, const char *end, struct lab_lessons *out)
{
    size_t lesson = out->lesson_count, i = h->count;
    const char *text_end = end;
    struct lab_unread section;
    while (last_section(h, &i, &end, &section)) {
        if (is_glossary_line(section.text, text_end)) {
            out->unread_terms = section;
            out->terms = NULL;
            continue;
        }
        struct lab_lesson *l = &out->lessons[--lesson];
        l->line = section.line;
        l->unread = section;
        l->blocks = NULL;
        l->block_count = 0;
    }
}

static struct lab_lesson *lesson_of(struct lab_lessons *lessons, const char *number)
{
    for (size_t i = 0; i < lessons->lesson_count; i++)
        if (strcmp(lessons->lessons[i].number, number) == 0)
            return &lessons->lessons[i];
    return NULL;
}

/* The lesson gets the titles of its translation. */
static void translate_titles(struct lab_lesson *lesson, const struct lab_lesson *translation)
{
    lesson->unread_translation = translation->unread;
    lesson->title = translation->title;
    for (size_t i = 0; i < lesson->experiment_count && i < translation->experiment_count; i++)
        lesson->experiments[i].title = translation->experiments[i].title;
}

static int read_outline(const char *file, const char *text, size_t bytes, struct lab_lessons *out,
                        struct net_error *err)
{
    struct headings h = {0};
    const struct lab_parse how = {.file = file, .is_checked = true, .is_outline = true, .err = err};
    *out = (struct lab_lessons){0};
    int status = find_headings(text, bytes, &h) < 0 ? no_memory(err) : lab_parse_text(&how, h.text, h.bytes, out);
    if (status == 0)
        give_texts(&h, text + bytes, out);
    free_headings(&h);
    return status;
}

static int translate(struct lab_lessons *lessons, const struct lab_translation *translation, struct net_error *err)
{
    struct lab_lessons titles;
    if (read_outline("LESSONS.md", translation->text, translation->bytes, &titles, err) < 0)
        return -1;
    for (size_t i = 0; i < titles.lesson_count; i++) {
        struct lab_lesson *lesson = lesson_of(lessons, titles.lessons[i].number);
        if (lesson)
            translate_titles(lesson, &titles.lessons[i]);
    }
    lessons->unread_terms_translation = titles.unread_terms;
    lab_pool_join(lessons->owner, titles.owner);
    return 0;
}

int lab_lessons_embedded(const char *language, struct lab_lessons *out, struct net_error *err)
{
    int status = read_outline("LESSONS.md", lab_lessons_text, lab_lessons_bytes, out, err);
    for (const struct lab_translation *t = lab_translations; language && t->language && status == 0; t++)
        if (strcmp(t->language, language) == 0)
            status = translate(out, t, err);
    if (status < 0)
        lab_lessons_fini(out);
    return status;
}

/* Read a section; `merged` keeps it, and is to be given back. What does not merge is read in the book's language. */
static int read_section(struct lab_parse *p, const struct lab_unread *book, const struct lab_unread *translation,
                        struct lab_merged *merged)
{
    const struct lab_text texts[] = {
        {.file = p->file, .text = book->text, .bytes = book->bytes, .line = book->line},
        {.file = p->file, .text = translation->text, .bytes = translation->bytes, .line = translation->line}};
    struct net_error unused;
    *merged = (struct lab_merged){0};
    if (translation->text && lab_translated_merge(&texts[0], &texts[1], p->pool, merged, NULL, &unused) == 0) {
        p->merged = merged;
        if (lab_parse_blocks(p, merged->text, merged->bytes) == 0)
            return 0;
    }
    p->merged = NULL;
    if (lab_parse_blocks(p, book->text, book->bytes) < 0)
        return -1;
    for (size_t b = 0; b < p->markdown.count; b++)
        p->markdown.blocks[b].line += book->line - 1;
    return 0;
}

int lab_lessons_open(struct lab_lessons *lessons, size_t i, struct net_error *err)
{
    struct lab_lesson *lesson = &lessons->lessons[i], whole = {0};
    struct lab_parse p = {.file = lesson->file, .pool = lessons->owner, .is_checked = true, .err = err};
    struct lab_merged merged;
    if (!lesson->unread.text)
        return 0;
    int status = read_section(&p, &lesson->unread, &lesson->unread_translation, &merged);
    if (status == 0)
        status = lab_parse_lesson(&p, 0, p.markdown.count, &whole);
    for (size_t k = 0; k < whole.experiment_count; k++)
        whole.experiments[k].seed = lessons->seed;
    if (status == 0)
        *lesson = whole;
    lab_merged_fini(&merged);
    return status;
}

int lab_lessons_open_glossary(struct lab_lessons *lessons, struct net_error *err)
{
    struct lab_parse p = {.file = lessons->file, .pool = lessons->owner, .is_checked = true, .err = err};
    struct lab_merged merged;
    if (!lessons->unread_terms.text)
        return 0;
    int status = read_section(&p, &lessons->unread_terms, &lessons->unread_terms_translation, &merged);
    lessons->unread_terms.text = NULL;
    if (status == 0)
        status = lab_parse_glossary(&p, 0, p.markdown.count, lessons);
    lab_merged_fini(&merged);
    return status;
}
