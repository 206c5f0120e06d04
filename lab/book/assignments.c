// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of a lesson's end into tasks and mysteries.
//
// A section under a heading of level 4 is known by its name, from one table; what stands in it is taken by its kind.
// The rules of the form are looked at when the assignment ends, so that each is told at its heading.
#include "lab/book/assignments.h"

#include "lab/book/format.h"
#include "lab/book/parts.h"
#include "lab/book/parse.h"
#include "lab/commands/commands.h"
#include "lab/session/session.h"
#include "net/base/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum section { TEXT, HINTS, JUDGED, CULPRIT, ANSWER, SECTIONS };
static const enum lab_format section_names[SECTIONS] = {[HINTS] = LAB_FORMAT_HINTS,
                                                        [JUDGED] = LAB_FORMAT_JUDGED,
                                                        [CULPRIT] = LAB_FORMAT_CULPRIT,
                                                        [ANSWER] = LAB_FORMAT_ANSWER};

struct reading {
    const struct lab_parse *parse;
    size_t end; /* block behind the last assignment */
    struct lab_lesson *lesson;
    struct lab_assignment *now; /* the one being read */
    enum section section;
};

static int fail(const struct reading *r, size_t i, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(const struct reading *r, size_t i, const char *format, ...)
{
    char sentence[200];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, net_message(format), args);
    va_end(args);
    return lab_parse_fail(r->parse, i, sentence);
}

/* What stands behind "WORD: "; NULL: the text does not begin so. */
static const char *behind_word(const char *text, enum lab_format word)
{
    size_t n = strlen(lab_format_words[word]);
    return strncmp(text, lab_format_words[word], n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : NULL;
}

/* The name behind "Task: " or "Mystery: "; NULL: the block begins none. */
static const char *name_of(const struct lab_markdown *markdown, size_t i, bool *is_mystery)
{
    const struct lab_block *block = &markdown->blocks[i];
    if (block->kind != LAB_HEADING || block->level != 3)
        return NULL;
    const char *name = behind_word(markdown->sources[i].text, LAB_FORMAT_MYSTERY);
    *is_mystery = name != NULL;
    return name ? name : behind_word(markdown->sources[i].text, LAB_FORMAT_TASK);
}

bool lab_assignment_begins(const struct lab_markdown *markdown, size_t block)
{
    bool is_mystery;
    return name_of(markdown, block, &is_mystery) != NULL;
}

static const char *joined(struct lab_pool *pool, const struct lab_block *block)
{
    size_t bytes = 0;
    for (size_t i = 0; i < block->span_count; i++)
        bytes += block->spans[i].bytes;
    char *text = lab_pool_take(pool, bytes + 1);
    for (size_t i = 0, at = 0; text && i < block->span_count; at += block->spans[i++].bytes)
        memcpy(text + at, block->spans[i].text, block->spans[i].bytes);
    return text;
}

/* ---- the rules of the form ---- */

/* Each line of the culprit is one of the starter, and one only. */
static size_t heading_of(const struct reading *r)
{
    return (size_t)(r->now->blocks - r->parse->markdown.blocks);
}

static int check_culprit(const struct reading *r)
{
    const struct lab_assignment *a = r->now;
    size_t lines = 0;
    for (const char *at = a->culprit; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        lines++;
    size_t found = 0;
    int line = 1;
    for (const char *at = a->starter; a->culprit && *at; at += strcspn(at, "\n"), at += *at == '\n')
        found += lab_culprit_has_line(a, line++);
    if (lines == found)
        return 0;
    return fail(r, heading_of(r),
                "each line under \"#### Culprit\" of %s stands once in the starter, as it is written there", a->name);
}

static int check_scripts(const struct reading *r)
{
    const struct lab_assignment *a = r->now;
    int result = 0;
    for (size_t i = 0; i < a->judge_count && result == 0 && !r->parse->is_checked; i++) {
        char *script = lab_judge_script(a->judges[i].script, "./yours.c", 0);
        result = script ? lab_parse_script(r->parse, a->judges[i].text_line, script)
                        : net_fail(r->parse->err, ENOMEM, "malloc", "no memory for the lessons");
        free(script);
    }
    return result;
}

static int end_assignment(const struct reading *r)
{
    const struct lab_assignment *a = r->now;
    if (!a || r->parse->is_outline)
        return 0;
    if (!a->summary || !a->starter || !a->answer || !a->hint_count || !a->judge_count)
        return fail(r, heading_of(r),
                    "%s is not whole: it has a first paragraph, a starter (```c), and the sections Hints, Judged and "
                    "Answer",
                    a->name);
    if (a->is_mystery != (a->culprit != NULL))
        return fail(r, heading_of(r), "%s: a mystery has a section \"#### Culprit\", and a task none", a->name);
    return check_culprit(r) < 0 ? -1 : check_scripts(r);
}

/* ---- blocks ---- */

static int begin_assignment(struct reading *r, size_t i, const char *name, bool is_mystery)
{
    int line = lab_parse_line(r->parse, i), told = 0;
    if (!*name || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
        told = fail(r, i, "\"%.60s\" is no name of a task: it is small letters, digits and -", name);
    for (size_t t = 0; t < r->lesson->assignment_count && told == 0; t++)
        if (strcmp(r->lesson->assignments[t].name, name) == 0)
            told = fail(r, i, "lesson %.20s has two tasks %.40s", r->lesson->number, name);
    if (told < 0)
        return -1;
    r->now = &r->lesson->assignments[r->lesson->assignment_count++];
    *r->now = (struct lab_assignment){.name = name,
                                      .is_mystery = is_mystery,
                                      .blocks = &r->parse->markdown.blocks[i],
                                      .block_count = 1,
                                      .line = line};
    r->now->hints = lab_pool_take(r->parse->pool, (r->end - i) * sizeof *r->now->hints);
    r->now->judges = lab_pool_take(r->parse->pool, (r->end - i) * sizeof *r->now->judges);
    r->section = TEXT;
    return r->now->hints && r->now->judges ? 0 : net_fail(r->parse->err, ENOMEM, "malloc", "no memory for the lessons");
}

static int begin_section(struct reading *r, size_t i)
{
    const char *text = r->parse->markdown.sources[i].text;
    for (int s = HINTS; s < SECTIONS; s++)
        if (strcmp(text, lab_format_words[section_names[s]]) == 0) {
            r->section = (enum section)s;
            return 0;
        }
    r->section = SECTIONS;
    return fail(r, i, "\"#### %.40s\" is no part of a task: they are Hints, Judged, Culprit and Answer", text);
}

static int take_code(struct reading *r, size_t i)
{
    const struct lab_markdown_source *source = &r->parse->markdown.sources[i];
    int line = r->parse->markdown.blocks[i].line;
    const char **place = r->section == TEXT      ? &r->now->starter
                         : r->section == CULPRIT ? &r->now->culprit
                         : r->section == ANSWER  ? &r->now->answer
                                                 : NULL;
    if (strcmp(source->info, lab_format_words[LAB_FORMAT_LAB]) == 0 && r->section == JUDGED) {
        r->now->judges[r->now->judge_count++] = (struct lab_judge){
            .script = source->text, .line = lab_parse_line(r->parse, i) + 1, .text_line = line + 1};
        return 0;
    }
    if (strcmp(source->info, lab_format_words[LAB_FORMAT_LAB]) == 0)
        return fail(r, i, "a lab block of a task stands under \"#### Judged\"");
    if (strcmp(source->info, lab_format_words[LAB_FORMAT_C]) == 0 && place) {
        if (*place)
            return fail(r, i, "the task %.40s has a second c block here: it takes one", r->now->name);
        *place = source->text;
    }
    return 0;
}

static int take_block(struct reading *r, size_t i)
{
    struct lab_block *block = &r->parse->markdown.blocks[i];
    bool is_mystery = false;
    const char *name = name_of(&r->parse->markdown, i, &is_mystery);
    block->experiment = -1;
    if (name)
        return end_assignment(r) < 0 ? -1 : begin_assignment(r, i, name, is_mystery);
    if (block->kind == LAB_HEADING && block->level < 4)
        return fail(r, i, "tasks stand behind everything else of their lesson");
    if (block->kind == LAB_HEADING && block->level == 4)
        return begin_section(r, i);
    if (block->kind == LAB_CODE && take_code(r, i) < 0)
        return -1;
    if (r->section == TEXT)
        r->now->block_count++;
    if (r->section == TEXT && !r->now->summary && block->kind == LAB_PARAGRAPH && !block->is_note)
        r->now->summary = joined(r->parse->pool, block);
    if (r->section == ANSWER && !r->now->answer_text && block->kind == LAB_PARAGRAPH)
        r->now->answer_text = joined(r->parse->pool, block);
    if (r->section == HINTS && block->kind == LAB_ITEM)
        r->now->hints[r->now->hint_count++] = joined(r->parse->pool, block);
    return 0;
}

int lab_assignments_read(const struct lab_assignments_from *from, struct lab_lesson *lesson)
{
    struct reading r = {.parse = from->parse, .end = from->end, .lesson = lesson};
    size_t count = 0;
    for (size_t i = from->first; i < from->end; i++)
        count += lab_assignment_begins(&r.parse->markdown, i);
    lesson->assignments = lab_pool_take(r.parse->pool, (count + 1) * sizeof *lesson->assignments);
    if (!lesson->assignments)
        return net_fail(r.parse->err, ENOMEM, "malloc", "no memory for the lessons");
    for (size_t i = from->first; i < from->end; i++)
        if (take_block(&r, i) < 0)
            return -1;
    return end_assignment(&r);
}

/* ---- by name ---- */

int lab_assignment_find(struct lab_lessons *lessons, const char *word, const struct lab_lesson **lesson,
                        const struct lab_assignment **out, struct net_error *err)
{
    const char *slash = strchr(word, '/');
    size_t bytes = slash ? (size_t)(slash - word) : 0;
    for (size_t i = 0; slash && i < lessons->lesson_count; i++) {
        struct lab_lesson *l = &lessons->lessons[i];
        size_t whole = lab_lesson_whole_bytes(l->number);
        if ((strlen(l->number) != bytes && whole != bytes) || strncmp(l->number, word, bytes) != 0)
            continue;
        if (lab_lessons_open(lessons, i, err) < 0)
            return -1;
        for (size_t t = 0; t < l->assignment_count; t++)
            if (strcmp(l->assignments[t].name, slash + 1) == 0) {
                *lesson = l;
                *out = &l->assignments[t];
                return 0;
            }
    }
    return net_fail(err, 0, NULL, "there is no task %.60s: `tcplab tasks` lists them", word);
}

const char *lab_assignment_key(const struct lab_assignment *a, char *out, size_t room)
{
    snprintf(out, room, "task %s", a->name);
    return out;
}

/* ---- what a seed makes ---- */

/* SplitMix64 (Steele, Lea, Flood 2014): the n-th number of a seed. */
static uint64_t nth(uint64_t seed, unsigned n)
{
    uint64_t z = seed + (n + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

enum { WORDS = 3, WORD_LEAST = 6, WORD_MOST = 20 };

/* Below those that a kernel gives by itself (32768 and more). */
unsigned lab_judge_port(uint64_t seed)
{
    return 2000 + (unsigned)(nth(seed, 0) % 14000);
}

static unsigned word_bytes(uint64_t seed, unsigned word)
{
    return WORD_LEAST + (unsigned)(nth(seed, 10 + word) % (WORD_MOST - WORD_LEAST + 1));
}

static void put_word(FILE *out, uint64_t seed, unsigned word)
{
    for (unsigned i = 0; i < word_bytes(seed, word); i++)
        fputc((int)('a' + nth(seed, 100 + 50 * word + i) % 26), out);
}

static void put_path(FILE *out, const char *path)
{
    fputc('"', out);
    for (; *path; path++) {
        if (*path == '"' || *path == '\\')
            fputc('\\', out);
        fputc(*path, out);
    }
    fputc('"', out);
}

static bool is_variable(const char *name, size_t bytes, enum lab_format word)
{
    return strlen(lab_format_words[word]) == bytes && strncmp(name, lab_format_words[word], bytes) == 0;
}

/* What stands behind a $; how many bytes of it were understood. */
static size_t put_variable(FILE *out, const char *name, const char *yours, uint64_t seed)
{
    size_t bytes = strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789");
    unsigned word = 0;
    int used = 0;
    if (strncmp(name, lab_format_words[LAB_FORMAT_WORD], strlen(lab_format_words[LAB_FORMAT_WORD])) == 0) {
        size_t n = strlen(lab_format_words[LAB_FORMAT_WORD]);
        if (name[n] >= '2' && name[n] <= '0' + WORDS)
            word = (unsigned)(name[n++] - '1');
        if (strncmp(name + n, "_bytes", 6) == 0)
            return fprintf(out, "%u", word_bytes(seed, word)), n + 6;
        return put_word(out, seed, word), n;
    }
    if (is_variable(name, bytes, LAB_FORMAT_YOURS))
        put_path(out, yours);
    else if (is_variable(name, bytes, LAB_FORMAT_PORT))
        used = fprintf(out, "%u", lab_judge_port(seed));
    else if (is_variable(name, bytes, LAB_FORMAT_PORT2))
        used = fprintf(out, "%u", lab_judge_port(seed) + 1 + (unsigned)(nth(seed, 1) % 900));
    else if (is_variable(name, bytes, LAB_FORMAT_SIZE))
        used = fprintf(out, "%u", 20000 + (unsigned)(nth(seed, 2) % 40000));
    else
        return fputc('$', out), 0;
    (void)used;
    return bytes;
}

char *lab_judge_script(const char *script, const char *yours, uint64_t seed)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    while (*script) {
        if (*script == '$')
            script += 1 + put_variable(out, script + 1, yours, seed);
        else
            fputc(*script++, out);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- culprits ---- */

static const char *skip_indent(const char *line, size_t *bytes)
{
    size_t indent = strspn(line, " \t");
    *bytes = strcspn(line, "\n") - indent;
    return line + indent;
}

bool lab_culprit_has_line(const struct lab_assignment *a, int line)
{
    const char *at = a->starter;
    size_t bytes, other_bytes;
    for (; *at && line > 1; line--) {
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    const char *wanted = skip_indent(at, &bytes);
    for (const char *c = a->culprit; c && *c && line == 1; c += strcspn(c, "\n"), c += *c == '\n') {
        const char *other = skip_indent(c, &other_bytes);
        if (bytes > 0 && bytes == other_bytes && memcmp(wanted, other, bytes) == 0)
            return true;
    }
    return false;
}

bool lab_culprit_has_call(const struct lab_assignment *a, const char *call)
{
    size_t n = strlen(call);
    for (const char *at = a->culprit; at && n && (at = strstr(at, call)); at++) {
        bool begins = at == a->culprit || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        if (begins && at[n] == '(')
            return true;
    }
    return false;
}
