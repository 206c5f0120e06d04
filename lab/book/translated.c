// SPDX-License-Identifier: GPL-3.0-or-later
// Two texts with one structure into one.
//
// Both are read as Markdown, so that what is a block here is one for the lessons too. Sections are paired by their
// names, their blocks one by one. Then lines are copied: the translation's up to each fence, the book's from there to
// its end. A script takes the words of its lines from the `words` block, and stays line by line what it was; so the
// place of a command in the merged text is its place in the book.
#include "lab/book/translated.h"

#include "lab/book/format.h"
#include "net/base/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of both texts, read. */
struct side {
    const struct lab_text *text;
    struct lab_markdown markdown;
    const char **lines; /* begin of each; one more: the end */
    size_t line_count;
};

/* What stands under a heading of level 2: blocks and lines (from 0), ends not included. */
struct section {
    const char *name; /* "3.1", "Glossary", "" before the first */
    size_t first, end, first_line, end_line;
};

struct merge {
    struct side book, translation;
    struct lab_pool *pool;
    struct lab_merged *out;
    FILE *stream;
    struct lab_faults *faults;
    struct net_error *err;
    bool failed; /* without memory */
};

/* ---- telling ---- */

/* About a block of the translation, and of the book: the format takes the book's file and line first. */
static int differ(const struct merge *m, int line, int book_line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static int differ(const struct merge *m, int line, int book_line, const char *format, ...)
{
    char sentence[300];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, net_message(format), args);
    va_end(args);
    return lab_fault(m->faults, m->err, m->translation.text->file, line, 1, "%s (%.40s:%d)", sentence,
                     m->book.text->file, book_line);
}

static int line_of(const struct side *side, size_t block)
{
    return side->markdown.blocks[block].line;
}

/* Where a section ends, to be told: its last line. */
static int last_line(const struct side *side, const struct section *section)
{
    return side->text->line +
           (int)(section->end_line > section->first_line ? section->end_line - 1 : section->end_line);
}

/* ---- reading ---- */

static bool split_lines(struct side *side)
{
    const char *at = side->text->text, *end = at + side->text->bytes;
    size_t room = 2;
    for (const char *c = at; c < end; c++)
        room += *c == '\n';
    side->lines = malloc(room * sizeof *side->lines);
    if (!side->lines)
        return false;
    while (at < end) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        side->lines[side->line_count++] = at;
        at = next ? next + 1 : end;
    }
    side->lines[side->line_count] = end;
    return true;
}

static bool read_side(struct side *side, const struct lab_text *text, struct lab_pool *pool)
{
    side->text = text;
    if (!split_lines(side) || lab_markdown_parse(text->text, text->bytes, pool, &side->markdown) < 0)
        return false;
    for (size_t i = 0; i < side->markdown.count; i++)
        side->markdown.blocks[i].line += text->line - 1;
    return true;
}

static bool begins_section(const struct side *side, size_t block)
{
    return side->markdown.blocks[block].kind == LAB_HEADING && side->markdown.blocks[block].level == 2;
}

/* The section that begins with that block; block 0 may be before the first heading. */
static struct section section_at(const struct merge *m, const struct side *side, size_t first)
{
    struct section section = {.name = "", .first = first, .end = first, .end_line = side->line_count};
    if (first < side->markdown.count && begins_section(side, first)) {
        const char *heading = side->markdown.sources[first].text;
        section.name = lab_pool_text(m->pool, heading, strcspn(heading, " "));
        section.first_line = (size_t)(line_of(side, first) - side->text->line);
        section.end++;
    }
    while (section.end < side->markdown.count && !begins_section(side, section.end))
        section.end++;
    if (section.end < side->markdown.count)
        section.end_line = (size_t)(line_of(side, section.end) - side->text->line);
    return section;
}

/* The section of that name; false: there is none, or nothing in it. */
static bool find_section(const struct merge *m, const struct side *side, const char *name, struct section *out)
{
    for (size_t at = 0; at < side->markdown.count; at = out->end) {
        *out = section_at(m, side, at);
        if (out->name && strcmp(out->name, name) == 0)
            return true;
    }
    return false;
}

/* ---- comparing blocks ---- */

/* What the format has words for, of a heading: the word, or the whole of a task's. "" none. */
static const char *format_word(const struct side *side, size_t block, size_t *bytes)
{
    static const enum lab_format headings[] = {LAB_FORMAT_EXPERIMENT, LAB_FORMAT_TASK,    LAB_FORMAT_MYSTERY,
                                               LAB_FORMAT_HINTS,      LAB_FORMAT_JUDGED,  LAB_FORMAT_CULPRIT,
                                               LAB_FORMAT_ANSWER,     LAB_FORMAT_GLOSSARY};
    const char *text = side->markdown.sources[block].text;
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        size_t n = strlen(lab_format_words[headings[i]]);
        if (strncmp(text, lab_format_words[headings[i]], n) != 0 || (text[n] && text[n] != ':'))
            continue;
        *bytes = headings[i] == LAB_FORMAT_EXPERIMENT ? n : strlen(text);
        return text;
    }
    *bytes = 0;
    return "";
}

static const char *kind_name(const struct lab_block *block)
{
    static const char *const names[] = {
        [LAB_PARAGRAPH] = N_("a paragraph"),      [LAB_HEADING] = N_("a heading"),
        [LAB_ITEM] = N_("an item of a list"),     [LAB_CODE] = N_("a block of code"),
        [LAB_TABLE_ROW] = N_("a row of a table"), [LAB_EXPERIMENT_HERE] = N_("an experiment")};
    return block->is_note ? _("a note for teachers") : _(names[block->kind]);
}

static unsigned signs_of(const struct lab_block *block)
{
    const struct lab_block pair[] = {{.kind = LAB_EXPERIMENT_HERE}, *block};
    return block->kind == LAB_CODE ? 0 : lab_format_signs(pair, 2);
}

static int compare_headings(const struct merge *m, size_t b, size_t t)
{
    size_t wanted_bytes, bytes;
    const char *wanted = format_word(&m->book, b, &wanted_bytes), *word = format_word(&m->translation, t, &bytes);
    if (bytes == wanted_bytes && strncmp(wanted, word, bytes) == 0)
        return 0;
    if (wanted_bytes > 0)
        return differ(m, line_of(&m->translation, t), line_of(&m->book, b),
                      "this heading has to begin with \"%.*s\", as the book's does", (int)wanted_bytes, wanted);
    return differ(m, line_of(&m->translation, t), line_of(&m->book, b), "the book's heading is no \"%.*s\"", (int)bytes,
                  word);
}

/* Two blocks of one place. *same: what follows can be compared. */
static int compare(const struct merge *m, size_t b, size_t t, bool *same)
{
    const struct lab_block *book = &m->book.markdown.blocks[b], *block = &m->translation.markdown.blocks[t];
    *same = book->kind == block->kind && book->is_note == block->is_note &&
            (book->kind != LAB_HEADING || book->level == block->level);
    if (!*same && book->kind == LAB_HEADING && block->kind == LAB_HEADING)
        return differ(m, block->line, book->line, "here is a heading of level %d, in the book one of level %d",
                      block->level, book->level);
    if (!*same)
        return differ(m, block->line, book->line, "here is %s, in the book %s", kind_name(block), kind_name(book));
    if (book->level != block->level)
        return differ(m, block->line, book->line, "%s stands %d deep here, in the book %d", kind_name(block),
                      block->level, book->level);
    if (book->cell_count != block->cell_count || book->is_header != block->is_header)
        return differ(m, block->line, book->line, "this row of a table has %zu cells, in the book it has %zu",
                      block->cell_count, book->cell_count);
    if (signs_of(book) != signs_of(block))
        return differ(m, block->line, book->line,
                      "this has not the signs \xE2\x91\xA0 to \xE2\x91\xA8 that the book has here");
    return book->kind == LAB_HEADING ? compare_headings(m, b, t) : 0;
}

/* The next heading of an experiment's level or above, behind block i. */
static size_t next_part(const struct side *side, size_t i, size_t end)
{
    while (i < end && (side->markdown.blocks[i].kind != LAB_HEADING || side->markdown.blocks[i].level > 3))
        i++;
    return i;
}

/* Behind a difference both go on at their next heading. *differs: something is not the same. */
static int compare_sections(const struct merge *m, const struct section *book, const struct section *section)
{
    size_t b = book->first, t = section->first;
    bool same;
    while (b < book->end && t < section->end) {
        if (compare(m, b, t, &same) < 0)
            return -1;
        b++;
        t++;
        if (same)
            continue;
        b = next_part(&m->book, b, book->end);
        t = next_part(&m->translation, t, section->end);
    }
    if (b < book->end)
        return differ(m, last_line(&m->translation, section), line_of(&m->book, b),
                      "this section ends here, and in the book it goes on with %s",
                      kind_name(&m->book.markdown.blocks[b]));
    if (t < section->end)
        return differ(m, line_of(&m->translation, t), last_line(&m->book, book),
                      "here is %s, and in the book the section has ended",
                      kind_name(&m->translation.markdown.blocks[t]));
    return 0;
}

/* ---- writing ---- */

static void note_line(struct merge *m, bool is_translated, int line)
{
    struct lab_merged *out = m->out;
    if (out->line_count == out->line_room) {
        size_t room = 2 * out->line_room + 1024;
        struct lab_merged_line *lines = reallocarray(out->lines, room, sizeof *lines);
        m->failed |= !lines;
        if (!lines)
            return;
        out->lines = lines;
        out->line_room = room;
    }
    out->lines[out->line_count++] = (struct lab_merged_line){is_translated, line};
}

/* Lines from one of both, ends not included; each ends with a newline. */
static void copy_lines(struct merge *m, const struct side *side, size_t from, size_t end)
{
    for (; from < end && from < side->line_count; from++) {
        size_t bytes = (size_t)(side->lines[from + 1] - side->lines[from]);
        fwrite(side->lines[from], 1, bytes, m->stream);
        if (bytes == 0 || side->lines[from][bytes - 1] != '\n')
            fputc('\n', m->stream);
        note_line(m, side == &m->translation, side->text->line + (int)from);
    }
}

/* ---- scripts ---- */

/* A line of a script that has words: its kind, and where they are in it. */
struct words {
    const char *kind; /* "predict" ..., "#"; NULL: it has none */
    size_t from, to;  /* with their quotes */
};

static const char *line_end(const char *line)
{
    return line + strcspn(line, "\n");
}

static struct words words_of(const char *line)
{
    static const char *const kinds[] = {"predict", "choice", "because", "hint", "reason"};
    const char *at = line + strspn(line, " \t"), *end = line_end(line);
    if (*at == '#')
        return (struct words){"#", (size_t)(at - line), (size_t)(end - line)};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i]);
        const char *quote = at + n + strspn(at + n, " \t"), *c = quote + 1;
        if (strncmp(at, kinds[i], n) != 0 || quote == at + n || *quote != '"')
            continue;
        while (c < end && *c != '"')
            c += *c == '\\' && c + 1 < end ? 2 : 1;
        if (c < end)
            return (struct words){kinds[i], (size_t)(quote - line), (size_t)(c + 1 - line)};
    }
    return (struct words){NULL, 0, 0};
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r")] == '\n' || line[strspn(line, " \t\r")] == '\0';
}

/* A text that is read line by line. */
struct reader {
    const char *at;
    int line;
};

static bool next_line(struct reader *r)
{
    r->at = line_end(r->at);
    r->at += *r->at == '\n';
    r->line++;
    return *r->at;
}

/* To the next line of a `words` block that is one; told where it is none. */
static int next_words(const struct merge *m, struct reader *r, int book_line, struct words *out)
{
    for (; *r->at; next_line(r)) {
        *out = words_of(r->at);
        if (out->kind && (*out->kind == '#' || is_blank(r->at + out->to)))
            return 0;
        if (!is_blank(r->at) &&
            differ(m, r->line, book_line,
                   "a block of words has lines such as choice \"TEXT\" and # TEXT, and nothing else") < 0)
            return -1;
    }
    *out = (struct words){NULL, 0, 0};
    return 0;
}

static void put_merged(struct merge *m, const char *book, struct words its, const char *line, struct words words)
{
    fprintf(m->stream, "%.*s%.*s%.*s\n", (int)its.from, book, (int)(words.to - words.from), line + words.from,
            (int)(line_end(book) - book - (long)its.to), book + its.to);
}

/* The script of block b with the words of block t. */
static int merge_script(struct merge *m, size_t b, size_t t)
{
    struct reader book = {m->book.markdown.sources[b].text, line_of(&m->book, b) + 1};
    struct reader words = {m->translation.markdown.sources[t].text, line_of(&m->translation, t) + 1};
    struct words found;
    for (; *book.at; next_line(&book)) {
        struct words its = words_of(book.at);
        if (its.kind && next_words(m, &words, book.line, &found) < 0)
            return -1;
        if (its.kind && !found.kind)
            return differ(m, words.line, book.line, "here is no line of words any more, and the script has `%s`",
                          its.kind);
        if (its.kind && found.kind != its.kind)
            return differ(m, words.line, book.line, "here is %s, and the script has `%s`", found.kind, its.kind);
        if (its.kind) {
            put_merged(m, book.at, its, words.at, found);
            note_line(m, true, words.line);
            next_line(&words);
        } else {
            fprintf(m->stream, "%.*s\n", (int)(line_end(book.at) - book.at), book.at);
            note_line(m, false, book.line);
        }
    }
    if (next_words(m, &words, book.line, &found) < 0)
        return -1;
    return found.kind ? differ(m, words.line, book.line, "here is `%s`, and the script has no more words", found.kind)
                      : 0;
}

/* ---- sections ---- */

static bool is_fenced(const struct side *side, size_t block)
{
    return side->markdown.blocks[block].kind == LAB_CODE && side->markdown.sources[block].is_fenced;
}

/* A fenced block's lines: its fences and as many as there are spans; from 0, end not included. */
static size_t code_end(const struct side *side, size_t block)
{
    size_t fence = (size_t)(line_of(side, block) - side->text->line);
    return fence + side->markdown.blocks[block].span_count + 1 + side->markdown.sources[block].is_closed;
}

static int merge_code(struct merge *m, size_t b, size_t t)
{
    const struct lab_markdown_source *book = &m->book.markdown.sources[b], *its = &m->translation.markdown.sources[t];
    int line = line_of(&m->translation, t), book_line = line_of(&m->book, b);
    size_t from = (size_t)(book_line - m->book.text->line), end = code_end(&m->book, b);
    bool is_script = strcmp(book->info, lab_format_words[LAB_FORMAT_LAB]) == 0;
    const char *wanted = is_script ? lab_format_words[LAB_FORMAT_WORDS] : book->info;
    if (!its->is_closed)
        return differ(m, line, book_line, "the block that begins here has no end");
    if (!is_fenced(&m->book, b) || strcmp(its->info, wanted) != 0)
        return differ(m, line, book_line,
                      "the block that begins here has `%.20s` behind its fence, and it should be `%.20s`", its->info,
                      wanted);
    if (!is_script && *its->text)
        return differ(m, line, book_line, "this block is the book's: leave it empty");
    if (!is_script) {
        copy_lines(m, &m->book, from, end);
        return 0;
    }
    copy_lines(m, &m->book, from, from + 1);
    int result = merge_script(m, b, t);
    copy_lines(m, &m->book, end - book->is_closed, end);
    return result;
}

static int merge_section(struct merge *m, const struct section *book, const struct section *section)
{
    size_t line = section->first_line, faults = m->faults ? m->faults->count : 0;
    if (compare_sections(m, book, section) < 0)
        return -1;
    if (m->faults && m->faults->count > faults)
        return 0;
    for (size_t b = book->first, t = section->first; t < section->end; b++, t++) {
        if (!is_fenced(&m->translation, t) && !is_fenced(&m->book, b))
            continue;
        copy_lines(m, &m->translation, line, (size_t)(line_of(&m->translation, t) - m->translation.text->line));
        if (merge_code(m, b, t) < 0)
            return -1;
        line = code_end(&m->translation, t);
    }
    copy_lines(m, &m->translation, line, section->end_line);
    return 0;
}

static int merge_sections(struct merge *m)
{
    struct section book, section;
    m->out->missing = lab_pool_take(m->pool, (m->book.markdown.count + 1) * sizeof *m->out->missing);
    for (size_t at = 0; at < m->book.markdown.count && m->out->missing; at = book.end) {
        book = section_at(m, &m->book, at);
        if (!book.name)
            break;
        if (find_section(m, &m->translation, book.name, &section)) {
            if (merge_section(m, &book, &section) < 0)
                return -1;
        } else {
            if (*book.name)
                m->out->missing[m->out->missing_count++] = book.name;
            copy_lines(m, &m->book, book.first_line, book.end_line);
        }
    }
    return 0;
}

/* Sections that the book has not, and those that are there twice. */
static int check_sections(const struct merge *m)
{
    struct section section, its, other;
    for (size_t at = 0; at < m->translation.markdown.count; at = section.end) {
        section = section_at(m, &m->translation, at);
        if (!section.name)
            break;
        int line = line_of(&m->translation, section.first), result = 0;
        if (!find_section(m, &m->book, section.name, &its))
            result = differ(m, line, m->book.text->line, "the book has no section \"%.40s\"", section.name);
        else if (find_section(m, &m->translation, section.name, &other) && other.first != section.first)
            result = differ(m, line, line_of(&m->book, its.first),
                            "there is a second section \"%.40s\": the other one is at line %d", section.name,
                            line_of(&m->translation, other.first));
        if (result < 0)
            return -1;
    }
    return 0;
}

static int run(struct merge *m)
{
    if (!read_side(&m->book, &m->out->book, m->pool) || !read_side(&m->translation, &m->out->translation, m->pool))
        return m->failed = true, -1;
    m->out->original = m->book.markdown;
    return check_sections(m) < 0 ? -1 : merge_sections(m);
}

int lab_translated_merge(const struct lab_text *book, const struct lab_text *translation, struct lab_pool *pool,
                         struct lab_merged *out, struct lab_faults *faults, struct net_error *err)
{
    struct merge m = {.pool = pool, .out = out, .faults = faults, .err = err};
    *out = (struct lab_merged){.book = *book, .translation = *translation};
    m.stream = open_memstream(&out->text, &out->bytes);
    int result = m.stream ? run(&m) : -1;
    m.failed |= !m.stream || fclose(m.stream) != 0 || lab_pool_failed(pool);
    free(m.book.lines);
    free(m.translation.lines);
    if (m.failed)
        result = net_fail(err, ENOMEM, "malloc", "no memory for the lessons");
    if (result < 0)
        lab_merged_fini(out);
    return result;
}

const char *lab_merged_place(const struct lab_merged *merged, int line, int *out_line)
{
    if (line < 1 || (size_t)line > merged->line_count) {
        *out_line = line;
        return merged->book.file;
    }
    const struct lab_merged_line *from = &merged->lines[line - 1];
    *out_line = from->line;
    return from->is_translated ? merged->translation.file : merged->book.file;
}

void lab_merged_fini(struct lab_merged *merged)
{
    free(merged->text);
    free(merged->lines);
    *merged = (struct lab_merged){0};
}
