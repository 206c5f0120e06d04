// SPDX-License-Identifier: GPL-3.0-or-later
// An experiment as Markdown again, so that a run that is saved carries what it is about.
//
// What is written is read back by lab_lessons_parse() as the same lesson with this one experiment.
#include "lab/book/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blanks at its ends count: spans stand beside each other. */
static void put_escaped(const char *text, FILE *out)
{
    for (const char *c = text; *c; c++) {
        if (strchr("\\`*_[]<>#|~&", *c) || (c == text && strchr("-+", *c)))
            fputc('\\', out);
        fputc(*c, out);
    }
}

static void put_text(const struct lab_span *span, FILE *out)
{
    char *text = strndup(span->text, span->bytes);
    if (text)
        put_escaped(text, out);
    free(text);
}

static void put_span(const struct lab_span *span, FILE *out)
{
    if (span->style != LAB_CODE_STYLE)
        lab_span_put_marked(span, lab_style_mark(span->style), put_text, out);
    else
        fprintf(out, memchr(span->text, '`', span->bytes) ? "`` %.*s ``" : "`%.*s`", (int)span->bytes, span->text);
}

static void put_spans(const struct lab_span *spans, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++)
        put_span(&spans[i], out);
}

static void put_lines(const char *info, const struct lab_span *lines, size_t count, FILE *out)
{
    fprintf(out, "````%s\n", info);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%.*s\n", (int)lines[i].bytes, lines[i].text);
    fputs("````\n", out);
}

static void put_block(const struct lab_block *block, FILE *out)
{
    switch (block->kind) {
    case LAB_HEADING:
        for (int i = 0; i < block->level; i++)
            fputc('#', out);
        fputc(' ', out);
        put_spans(block->spans, block->span_count, out);
        fputc('\n', out);
        break;
    case LAB_PARAGRAPH:
        fputs(block->is_note ? "> " : "", out);
        put_spans(block->spans, block->span_count, out);
        fputc('\n', out);
        break;
    case LAB_ITEM:
        fprintf(out, "%*s%s ", 3 * block->level, "", block->mark ? block->mark : "-");
        put_spans(block->spans, block->span_count, out);
        fputc('\n', out);
        break;
    case LAB_CODE: put_lines("", block->spans, block->span_count, out); break;
    case LAB_EXPERIMENT_HERE: put_lines("lab", block->spans, block->span_count, out); break;
    case LAB_TABLE_ROW: lab_block_put_row(block, put_span, out); break;
    }
}

char *lab_experiment_markdown(const struct lab_lesson *lesson, const struct lab_experiment *experiment)
{
    char *text = NULL;
    size_t bytes = 0, end = experiment->first_block + experiment->block_count;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    fprintf(out, "## %s ", lesson->number);
    put_escaped(lesson->title, out);
    fputs("\n\n### Experiment: ", out);
    put_escaped(experiment->title, out);
    fputc('\n', out);
    for (size_t i = experiment->first_block + (lesson->blocks[experiment->first_block].kind == LAB_HEADING); i < end;
         i++) {
        const struct lab_block *block = &lesson->blocks[i];
        if (block->kind != LAB_TABLE_ROW || block->is_header)
            fputs(block->is_note && lesson->blocks[i - 1].is_note ? ">\n" : "\n", out); /* one quotation */
        put_block(block, out);
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

int lab_way_begin(struct lab_session *session, const struct lab_lesson *lesson, const struct lab_experiment *experiment,
                  struct net_error *err)
{
    unsigned index = (unsigned)(experiment - lesson->experiments);
    int result = lab_session_begin_experiment(session, index, lesson->number, experiment->title, err);
    char *text = lab_experiment_markdown(lesson, experiment);
    if (text) /* without memory the run is one without its text, and no worse */
        lab_session_put_text(session, lesson->number, experiment->title, text, lab_way_read_page);
    free(text);
    return result;
}
