// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of Markdown into lessons and experiments.
//
// The blocks are one flat array (lab/book/markdown.h); a lesson is a stretch of it, an experiment a stretch of its
// lesson. So nothing is copied: lessons and experiments are counted by their headings and filled in order, and each
// rule of the form (one lab block per experiment, none elsewhere, no number twice ...) is looked at where it can first
// be broken.
//
// A fence without its end is looked for before everything else, since it swallows all that follows.
//
// The text may be a book merged with its translation (lab/book/translated.h): where something stands, and what it is
// called in the book, lab/book/parse.h knows. It may be headings alone (lab/book/embedded.c).
#include "lab/book/lessons.h"

#include "lab/base/text.h"
#include "net/base/message.h"
#include "net/base/plain.h"
#include "lab/book/assignments.h"
#include "lab/book/format.h"
#include "lab/book/parts.h"
#include "lab/commands/commands.h"
#include "lab/language/start.h"
#include "lab/session/session.h"
#include "lab/book/markdown.h"
#include "lab/book/parse.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 16 << 20, LESSONS_MAX = 500, EXPERIMENTS_MAX = 500 };

/* About block i. */
static int fail(const struct lab_parse *p, size_t i, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(const struct lab_parse *p, size_t i, const char *format, ...)
{
    char sentence[400];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, net_message(format), args);
    va_end(args);
    return lab_parse_fail(p, i, sentence);
}

static int no_memory(struct net_error *err)
{
    return net_fail(err, ENOMEM, "malloc", "no memory for the lessons");
}

static bool is_heading(const struct lab_block *block, int level)
{
    return block->kind == LAB_HEADING && block->level == level;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* "3.1 One client" into its two parts; the number is digits with single dots between them, and the letter of a part. */
static int split_number(const struct lab_parse *p, size_t i, struct lab_lesson *lesson)
{
    const char *heading = p->markdown.sources[i].text, *end = heading;
    while (isdigit((unsigned char)*end)) {
        end += strspn(end, "0123456789");
        if (*end == '.' && isdigit((unsigned char)end[1]))
            end++;
    }
    if (end > heading && islower((unsigned char)*end) && strchr(" \t", end[1]))
        end++;
    const char *title = skip_blanks(end);
    lesson->number = "";
    lesson->title = heading;
    if (end == heading || title == end || !*title)
        return fail(p, i,
                    "\"## %.40s\" is no lesson: a heading of level 2 is a number and a title, as in \"## 3.1 One "
                    "client at a time\"",
                    heading);
    lesson->number = lab_pool_text(p->pool, heading, (size_t)(end - heading));
    lesson->title = title;
    return lesson->number ? 0 : no_memory(p->err);
}

static const char *experiment_word(void)
{
    return lab_format_words[LAB_FORMAT_EXPERIMENT];
}

static bool is_experiment(const struct lab_parse *p, size_t i)
{
    const struct lab_block *block = &p->markdown.blocks[i];
    return block->kind == LAB_HEADING &&
           strncasecmp(p->markdown.sources[i].text, experiment_word(), strlen(experiment_word())) == 0;
}

/* What stands behind "Experiment:"; "" nothing. */
static const char *title_of(const char *heading)
{
    const char *rest = heading + strlen(experiment_word());
    return *rest == ':' ? skip_blanks(rest + 1) : "";
}

static int check_experiment_heading(const struct lab_parse *p, size_t i, const char **title)
{
    const struct lab_block *block = &p->markdown.blocks[i];
    const char *text = p->markdown.sources[i].text;
    *title = title_of(text);
    if (block->level != 3 || strncmp(text, experiment_word(), strlen(experiment_word())) != 0 || !**title)
        return fail(p, i, "an experiment begins with \"### Experiment: TITLE\", not with level %d and \"%.60s\"",
                    block->level, text);
    return 0;
}

static bool is_lab_block(const struct lab_parse *p, size_t i)
{
    return p->markdown.blocks[i].kind == LAB_CODE &&
           strcmp(p->markdown.sources[i].info, lab_format_words[LAB_FORMAT_LAB]) == 0;
}

/* One line of a script, read as the session will read it. NULL: no command, or one that lab_script_check() refuses. */
static struct lab_command *read_line(const char *text, size_t bytes, struct lab_scope *scope)
{
    const struct lab_place place = {.file = "", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT};
    struct lab_command *commands = NULL;
    struct net_error unused;
    int column;
    char *line = strndup(text, bytes);
    if (line)
        lab_command_read(&lab_language, line, &place, scope, &commands, &column, &unused);
    free(line);
    return commands;
}

/* What its script needs first, and which program it starts first. */
static void look_into_script(struct lab_experiment *experiment)
{
    struct lab_scope scope = {0};
    bool is_first = true;
    for (const char *line = experiment->script; *line && !experiment->program;) {
        size_t bytes = strcspn(line, "\n");
        struct lab_command *commands = read_line(line, bytes, &scope);
        if (commands && is_first)
            experiment->needs_wire = commands->row->id == LAB_COMMAND_NEEDS;
        is_first = is_first && !commands;
        for (const struct lab_command *c = commands; c && !experiment->program; c = c->next)
            if (c->start && c->start->program)
                experiment->program = c->start->program->name;
        lab_commands_free(commands);
        line += bytes + (line[bytes] == '\n');
    }
    lab_scope_fini(&scope);
}

static int take_script(const struct lab_parse *p, size_t i, struct lab_experiment *experiment)
{
    struct lab_block *block = &p->markdown.blocks[i];
    if (experiment->script)
        return fail(p, i, "the experiment \"%.80s\" has a second lab block: it takes one, the first is at line %d",
                    experiment->title, experiment->script_line - 1);
    if (block->level != 0)
        return fail(p, i, "a lab block stands at the left margin, not in a list or a quotation");
    experiment->script = p->markdown.sources[i].text;
    experiment->script_line = lab_parse_line(p, i) + 1;
    experiment->original_script = lab_parse_original_source(p, i)->text;
    block->kind = LAB_EXPERIMENT_HERE;
    look_into_script(experiment);
    /* (One without an end has swallowed what follows: that was told.) */
    bool is_whole = p->markdown.sources[i].is_closed;
    return p->is_checked || !is_whole ? 0 : lab_parse_script(p, block->line + 1, experiment->script);
}

/* Each sign of the text has its `see N` in the script, and is there for one. */
static int check_signs(const struct lab_parse *p, const struct lab_lesson *lesson,
                       const struct lab_experiment *experiment)
{
    unsigned in_text = lab_format_signs(&lesson->blocks[experiment->first_block], experiment->block_count),
             in_script = 0;
    size_t heading = (size_t)(lesson->blocks - p->markdown.blocks) + experiment->first_block;
    int result = 0;
    for (const char *line = experiment->script; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "see ", 4) == 0 && line[4] >= '1' && line[4] <= '9')
            in_script |= 1u << (line[4] - '0');
    }
    for (int n = 1; n <= 9 && result == 0; n++) {
        if ((in_text & ~in_script) & 1u << n)
            result = fail(p, heading, "the text has the sign of %d, and the script no line `see %d CONDITION`", n, n);
        else if ((in_script & ~in_text) & 1u << n)
            result = fail(p, heading, "the script has `see %d`, and the text behind it not the sign of %d", n, n);
    }
    return result;
}

static int end_experiment(const struct lab_parse *p, const struct lab_lesson *lesson,
                          const struct lab_experiment *experiment)
{
    if (experiment && experiment->script && !p->is_checked)
        return check_signs(p, lesson, experiment);
    if (experiment && !experiment->script && !p->is_outline)
        return fail(p, (size_t)(lesson->blocks - p->markdown.blocks) + experiment->first_block,
                    "the experiment \"%.80s\" has no script: give it a block that begins with ```lab",
                    experiment->title);
    return 0;
}

static int begin_experiment(const struct lab_parse *p, size_t i, size_t first, struct lab_lesson *lesson)
{
    struct lab_experiment *experiment = &lesson->experiments[lesson->experiment_count];
    if (check_experiment_heading(p, i, &experiment->title) < 0)
        return -1;
    experiment->key = title_of(lab_parse_original_source(p, i)->text);
    experiment->first_block = i - first;
    lesson->experiment_count++;
    if (lesson->experiment_count > EXPERIMENTS_MAX)
        return lesson->experiment_count > EXPERIMENTS_MAX + 1
                   ? 0
                   : fail(p, i, "a lesson has at most %d experiments", EXPERIMENTS_MAX);
    for (size_t e = 0; e + 1 < lesson->experiment_count; e++)
        if (*experiment->title && strcmp(lesson->experiments[e].title, experiment->title) == 0)
            return fail(p, i, "lesson %.20s has two experiments \"%.80s\": give one another title", lesson->number,
                        experiment->title);
    return 0;
}

/* One block of a lesson; *open is the experiment that it stands in, NULL none. */
static int take_block(const struct lab_parse *p, size_t i, size_t first, struct lab_lesson *lesson,
                      struct lab_experiment **open)
{
    struct lab_block *block = &p->markdown.blocks[i];
    block->key = lab_parse_original_source(p, i)->text;
    if (is_experiment(p, i) || is_heading(block, 3)) {
        if (end_experiment(p, lesson, *open) < 0)
            return -1;
        *open = NULL;
    }
    if (is_experiment(p, i)) {
        if (begin_experiment(p, i, first, lesson) < 0)
            return -1;
        *open = &lesson->experiments[lesson->experiment_count - 1];
    }
    if (is_heading(block, 1))
        return fail(
            p, i,
            "a heading of level 1 may stand before the first lesson only: a lesson has level 2, its parts 3 and more");
    if (is_lab_block(p, i) && !*open)
        return fail(p, i, "this lab block is in no experiment: put \"### Experiment: TITLE\" before it");
    if (is_lab_block(p, i) && take_script(p, i, *open) < 0)
        return -1;
    if (*open) {
        block->experiment = (int)lesson->experiment_count - 1;
        (*open)->block_count++;
    }
    return 0;
}

static size_t find_assignment(const struct lab_parse *p, size_t from, size_t end)
{
    while (from < end && !lab_assignment_begins(&p->markdown, from))
        from++;
    return from;
}

int lab_parse_lesson(const struct lab_parse *p, size_t first, size_t end, struct lab_lesson *lesson)
{
    size_t experiments = 0;
    struct lab_experiment *open = NULL;
    lesson->line = lab_parse_line(p, first);
    lesson->file = p->file;
    lesson->is_embedded = p->is_checked;
    if (split_number(p, first, lesson) < 0)
        return -1;
    const struct lab_assignments_from assignments = {.parse = p, .first = find_assignment(p, first, end), .end = end};
    end = assignments.first;
    lesson->blocks = &p->markdown.blocks[first];
    lesson->block_count = end - first;
    for (size_t i = first + 1; i < end; i++)
        experiments += is_experiment(p, i);
    lesson->experiments = lab_pool_take(p->pool, experiments * sizeof *lesson->experiments);
    if (!lesson->experiments)
        return no_memory(p->err);
    for (size_t i = first + 1; i < end; i++)
        if (take_block(p, i, first, lesson, &open) < 0)
            return -1;
    return end_experiment(p, lesson, open) < 0 ? -1 : lab_assignments_read(&assignments, lesson);
}

static int check_number_is_new(const struct lab_parse *p, const struct lab_lessons *out,
                               const struct lab_lesson *lesson)
{
    size_t i = (size_t)(lesson->blocks - p->markdown.blocks), nth = (size_t)(lesson - out->lessons);
    if (nth >= LESSONS_MAX)
        return nth > LESSONS_MAX ? 0 : fail(p, i, "a file has at most %d lessons", LESSONS_MAX);
    for (const struct lab_lesson *other = out->lessons; other < lesson && *lesson->number; other++)
        if (strcmp(other->number, lesson->number) == 0)
            return fail(p, i, "there are two lessons %.20s: the other one is at line %d", lesson->number, other->line);
    return 0;
}

static int fail_fence(const struct lab_parse *p, size_t i)
{
    return fail(p, i, "the block that begins here has no end: close it with a line that holds the same fence alone");
}

static int check_fences(const struct lab_parse *p)
{
    int result = 0;
    for (size_t i = 0; i < p->markdown.count && result == 0; i++)
        if (p->markdown.sources[i].is_fenced && !p->markdown.sources[i].is_closed)
            result = fail_fence(p, i);
    return result;
}

/* ---- the glossary ---- */

static bool is_glossary(const struct lab_parse *p, size_t i)
{
    return is_heading(&p->markdown.blocks[i], 2) &&
           strcmp(p->markdown.sources[i].text, lab_format_words[LAB_FORMAT_GLOSSARY]) == 0;
}

static bool is_word(const struct lab_span *span)
{
    return span->style == LAB_STRONG;
}

static const char *joined(const struct lab_parse *p, const struct lab_span *spans, size_t count)
{
    size_t bytes = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        bytes += spans[i].bytes;
    char *text = lab_pool_take(p->pool, bytes + 1);
    for (size_t i = 0; text && i < count; at += spans[i++].bytes)
        memcpy(text + at, spans[i].text, spans[i].bytes);
    return text;
}

/* Strong words at the begin of an item, with commas between them; returns how many spans they take. */
static size_t take_words(const struct lab_block *item, struct lab_term *term)
{
    size_t spans = 0;
    while (term->words && spans < item->span_count && is_word(&item->spans[spans])) {
        term->words[term->word_count++] = item->spans[spans++].text;
        if (spans + 1 >= item->span_count || strcmp(item->spans[spans].text, ", ") != 0 ||
            !is_word(&item->spans[spans + 1]))
            break;
        spans++;
    }
    return spans;
}

/* What follows its words is what they mean. */
static int fill_term(const struct lab_parse *p, size_t block, struct lab_term *term)
{
    const struct lab_block *item = &p->markdown.blocks[block];
    term->line = item->line;
    term->words = lab_pool_take(p->pool, (item->span_count + 1) * sizeof *term->words);
    size_t spans = take_words(item, term);
    term->title = joined(p, item->spans, spans);
    term->text = joined(p, item->spans + spans, item->span_count - spans);
    if (!term->words || !term->title || !term->text)
        return no_memory(p->err);
    term->text = skip_blanks(term->text + (*term->text == ':'));
    if (term->word_count == 0 || !*term->text)
        return fail(p, block, "an entry of the glossary is its word and what it means: - **WORD** MEANING");
    return 0;
}

/* A translated entry is found by the book's words, too. */
static int add_original_words(const struct lab_parse *p, size_t block, struct lab_term *term)
{
    const struct lab_block *item = lab_parse_original(p, block);
    struct lab_term original = {.words = lab_pool_take(p->pool, (item->span_count + 1) * sizeof *original.words)};
    const char **both = lab_pool_take(p->pool, (term->word_count + item->span_count + 1) * sizeof *both);
    if (!p->merged)
        return 0;
    if (!both || !original.words)
        return no_memory(p->err);
    take_words(item, &original);
    memcpy(both, term->words, term->word_count * sizeof *both);
    term->words = both;
    for (size_t i = 0, own = term->word_count; i < original.word_count; i++) {
        bool is_new = true;
        for (size_t k = 0; k < own; k++)
            is_new &= strcasecmp(both[k], original.words[i]) != 0;
        if (is_new)
            both[term->word_count++] = original.words[i];
    }
    return 0;
}

static int check_term(const struct lab_parse *p, size_t block, const struct lab_lessons *out,
                      const struct lab_term *term)
{
    for (const struct lab_term *other = out->terms; other < term; other++)
        for (size_t n = 0; n < term->word_count; n++)
            for (size_t m = 0; m < other->own_count; m++)
                if (strcasecmp(other->words[m], term->words[n]) == 0)
                    return fail(p, block, "the glossary has \"%.60s\" twice: the other one is at line %d",
                                term->words[n], other->line);
    return 0;
}

int lab_parse_glossary(const struct lab_parse *p, size_t first, size_t end, struct lab_lessons *out)
{
    enum { TERMS_MAX = 2000 };
    int result = 0;
    if (out->terms)
        return fail(p, first, "there is a second glossary");
    out->terms = lab_pool_take(p->pool, (end - first) * sizeof *out->terms);
    if (!out->terms)
        return no_memory(p->err);
    for (size_t i = first + 1; i < end && result == 0; i++) {
        if (is_lab_block(p, i))
            result = fail(p, i, "this lab block is in no experiment: the glossary has none");
        if (p->markdown.blocks[i].kind != LAB_ITEM || p->markdown.blocks[i].level > 0 || result < 0)
            continue;
        struct lab_term *term = &out->terms[out->term_count];
        result = fill_term(p, i, term);
        result = result < 0 ? result : check_term(p, i, out, term);
        term->own_count = term->word_count;
        result = result < 0 ? result : add_original_words(p, i, term);
        out->term_count++;
        if (out->term_count == TERMS_MAX)
            return result < 0 ? result : fail(p, i, "a glossary has less than %d entries", TERMS_MAX);
    }
    return result;
}

static size_t find_lesson(const struct lab_parse *p, size_t from)
{
    while (from < p->markdown.count && !is_heading(&p->markdown.blocks[from], 2))
        from++;
    return from;
}

static int check_preface(const struct lab_parse *p, size_t end)
{
    int result = 0;
    for (size_t i = 0; i < end && result == 0; i++)
        if (is_lab_block(p, i))
            result = fail(
                p, i,
                "this lab block is in no lesson: put \"## NUMBER TITLE\" and \"### Experiment: TITLE\" before it");
    return result;
}

static int fill_lessons(const struct lab_parse *p, struct lab_lessons *out)
{
    size_t lessons = 0, first = find_lesson(p, 0);
    for (size_t i = first; i < p->markdown.count; i = find_lesson(p, i + 1))
        lessons += !is_glossary(p, i);
    if (check_fences(p) < 0 || check_preface(p, first) < 0)
        return -1;
    if (!lessons)
        return lab_fault(p->faults, p->err, p->file, 1, 1,
                         "there is no lesson: one begins with a line such as \"## 3.1 One client at a time\"");
    out->lessons = lab_pool_take(p->pool, lessons * sizeof *out->lessons);
    if (!out->lessons)
        return no_memory(p->err);
    while (first < p->markdown.count) {
        size_t end = find_lesson(p, first + 1);
        if (is_glossary(p, first)) {
            if (lab_parse_glossary(p, first, end, out) < 0)
                return -1;
            first = end;
            continue;
        }
        struct lab_lesson *lesson = &out->lessons[out->lesson_count];
        if (lab_parse_lesson(p, first, end, lesson) < 0 || check_number_is_new(p, out, lesson) < 0)
            return -1;
        out->lesson_count++;
        first = end;
    }
    return 0;
}

int lab_parse_text(const struct lab_parse *how, const char *text, size_t bytes, struct lab_lessons *out)
{
    struct lab_parse p = *how;
    *out = (struct lab_lessons){0};
    p.pool = lab_pool_new();
    if (!p.pool)
        return no_memory(p.err);
    out->owner = p.pool;
    p.file = out->file = lab_pool_text(p.pool, p.file, strlen(p.file));
    int status = out->file ? lab_parse_blocks(&p, text, bytes) : no_memory(p.err);
    if (status == 0)
        status = fill_lessons(&p, out);
    if (status < 0 || (p.faults && p.faults->count))
        lab_lessons_fini(out);
    return status;
}

int lab_lessons_parse(const char *file, const char *text, size_t bytes, struct lab_lessons *out, struct net_error *err)
{
    const struct lab_parse how = {.file = file, .err = err};
    return lab_parse_text(&how, text, bytes, out);
}

/* ---- every fault ---- */

/* Bytes that are no text: one is told in each line. */
static void check_bytes(const char *file, const char *text, size_t bytes, struct lab_faults *faults)
{
    const char *begin = text, *end = text + bytes;
    bool is_told = false;
    for (int line = 1; text < end;) {
        uint32_t point = (unsigned char)*text;
        size_t n = net_utf8(text, (size_t)(end - text), &point);
        bool is_blank = point == '\t' || point == '\r' || point == '\n' || point == 0xFEFF;
        if (!is_told && n == 0)
            lab_fault(faults, NULL, file, line, (int)(text - begin) + 1, "the byte 0x%02x here is no UTF-8",
                      (unsigned char)*text);
        else if (!is_told && !is_blank && !net_is_plain(point))
            lab_fault(faults, NULL, file, line, (int)(text - begin) + 1,
                      "U+%04X here is a character that steers or cannot be seen", (unsigned)point);
        is_told |= n == 0 || (!is_blank && !net_is_plain(point));
        text += n ? n : 1;
        if (point == '\n' && n) {
            begin = text;
            line++;
            is_told = false;
        }
    }
}

/* Begin of a line, counted from 1; the end of the text where there are fewer. */
static const char *line_at(const char *text, int line)
{
    for (; line > 1 && *text; line--) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return text;
}

/*
 * Where a block that begins in that line may have been meant to end: at the next blank line, which scripts have none
 * of; other code before the next heading of a lesson or of a part of one. NULL: it goes to the end.
 */
static const char *likely_end(const char *text, int line, bool is_lab)
{
    text = line_at(text, line);
    while ((text = strstr(text, "\n\n"))) {
        if (is_lab || strncmp(text + 2, "## ", 3) == 0 || strncmp(text + 2, "### ", 4) == 0)
            return text + 1;
        text++;
    }
    return NULL;
}

/* The text with the first block that has no end closed, and told; NULL: there is none, or nowhere to close it. */
static char *close_one(const struct lab_parse *p, const char *text)
{
    for (size_t i = 0; i < p->markdown.count; i++) {
        const struct lab_block *block = &p->markdown.blocks[i];
        if (!p->markdown.sources[i].is_fenced || p->markdown.sources[i].is_closed || block->level > 0)
            continue;
        const char *end = likely_end(text, block->line, is_lab_block(p, i)), *begin = line_at(text, block->line);
        begin += strspn(begin, " ");
        int marks = (int)strspn(begin, *begin == '~' ? "~" : "`");
        char *closed = NULL;
        if (!end || marks < 3 || fail_fence(p, i) < 0 ||
            asprintf(&closed, "%.*s%.*s%s", (int)(end - text), text, marks, begin, end) < 0)
            return NULL;
        return closed;
    }
    return NULL;
}

/*
 * A fence without an end swallows what follows, with all of its faults. So it is told, closed in a blank line where it
 * may have been meant to end, and the text is read again. To be freed; NULL: no memory.
 */
static char *close_fences(const char *file, const char *text, struct lab_faults *faults)
{
    enum { FENCES_MOST = 50 };
    char *now = strdup(text);
    for (int n = 0; now && n < FENCES_MOST; n++) {
        struct lab_parse p = {.file = file, .pool = lab_pool_new(), .faults = faults};
        char *closed = NULL;
        if (p.pool && lab_markdown_parse(now, strlen(now), p.pool, &p.markdown) == 0)
            closed = close_one(&p, now);
        lab_pool_free(p.pool);
        if (!closed)
            break;
        free(now);
        now = closed;
    }
    return now;
}

int lab_lessons_check(const char *file, const char *text, size_t bytes, struct lab_lessons *out,
                      struct lab_faults *faults, struct net_error *err)
{
    const struct lab_parse how = {.file = file, .faults = faults, .err = err};
    *out = (struct lab_lessons){0};
    check_bytes(file, text, bytes, faults);
    char *closed = close_fences(file, text, faults);
    int status = closed ? lab_parse_text(&how, closed, strlen(closed), out) : -1;
    free(closed);
    lab_faults_sort(faults);
    return status < 0 || faults->failed ? no_memory(err) : 0;
}

void lab_lessons_fini(struct lab_lessons *lessons)
{
    lab_pool_free(lessons->owner);
    *lessons = (struct lab_lessons){0};
}

void lab_lessons_shuffle(struct lab_lessons *lessons, uint64_t seed)
{
    lessons->seed = seed;
    for (size_t i = 0; i < lessons->lesson_count; i++)
        for (size_t k = 0; k < lessons->lessons[i].experiment_count; k++)
            lessons->lessons[i].experiments[k].seed = seed;
}

/* The n-th question; of a script that is not read yet none. */
static bool question_of(const char *script, size_t n, struct lab_question *out)
{
    return script && lab_script_question(&lab_language, script, 0, n, out);
}

static const char *other_text(const char *from, const char *to, const char *choice, char *out, size_t room)
{
    struct lab_question its, other;
    int found = -1;
    snprintf(out, room, "%s", choice);
    for (size_t n = 0; from != to && found < 0 && question_of(from, n, &its) && question_of(to, n, &other); n++) {
        found = lab_question_choice(&its, choice);
        if (found >= 0 && (size_t)found < other.choice_count)
            snprintf(out, room, "%s", other.choice[found].text);
    }
    return out;
}

const char *lab_experiment_kept(const struct lab_experiment *experiment, const char *choice, char *out, size_t room)
{
    return other_text(experiment->script, experiment->original_script, choice, out, room);
}

const char *lab_experiment_shown(const struct lab_experiment *experiment, const char *kept, char *out, size_t room)
{
    return other_text(experiment->original_script, experiment->script, kept, out, room);
}

bool lab_experiment_question(const struct lab_experiment *experiment, struct lab_question *out)
{
    return lab_script_question(&lab_language, experiment->script, experiment->seed, 0, out);
}
