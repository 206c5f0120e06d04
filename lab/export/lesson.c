// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What an experiment is about, in the formats that have room for text.
 *
 * As HTML the answers and the reason stand in parts that are closed until they are opened, which needs no script. As
 * Markdown nothing can be closed: there they stand behind everything else.
 */
#include "lab/base/text.h"
#include "lab/export/escape.h"
#include "lab/export/write_inside.h"

#include <stdlib.h>
#include <string.h>

bool lab_page_has_lesson(const struct lab_page_scene *scene)
{
    return scene->lesson.before_count > 0 || scene->lesson.behind_count > 0 || scene->lesson.question_count > 0;
}

/* Something besides notes for teachers. */
static bool has_text(const struct lab_block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!blocks[i].is_note)
            return true;
    return false;
}

static void put_span(enum lab_escape as, const struct lab_span *span, FILE *out)
{
    char *text = strndup(span->text, span->bytes);
    if (text)
        lab_put_escaped(as, text, out);
    free(text);
}

/* ---- HTML -------------------------------------------------------------------------------------------------------- */

static void put_spans(const struct lab_span *spans, size_t count, FILE *out)
{
    static const char *const tag[] = {
        [LAB_PLAIN] = NULL, [LAB_EMPHASIS] = "em", [LAB_STRONG] = "strong", [LAB_CODE_STYLE] = "code"};
    for (size_t i = 0; i < count; i++) {
        const char *name = tag[spans[i].style];
        if (name)
            fprintf(out, "<%s>", name);
        put_span(LAB_AS_XML, &spans[i], out);
        if (name)
            fprintf(out, "</%s>", name);
    }
}

static void put_cells(const struct lab_block *row, FILE *out)
{
    const char *tag = row->is_header ? "th" : "td";
    fputs("<tr>", out);
    for (size_t c = 0; c < row->cell_count; c++) {
        size_t from = c > 0 ? row->cell_end[c - 1] : 0;
        fprintf(out, "<%s>", tag);
        put_spans(row->spans + from, row->cell_end[c] - from, out);
        fprintf(out, "</%s>", tag);
    }
    fputs("</tr>\n", out);
}

/* One block; a list and a table begin and end where blocks of their kind do. */
static void put_block(const struct lab_block *block, bool is_first, bool is_last, FILE *out)
{
    switch (block->kind) {
    case LAB_PARAGRAPH:
    case LAB_HEADING:
        fputs(block->kind == LAB_HEADING ? "<h3>" : "<p>", out);
        put_spans(block->spans, block->span_count, out);
        fputs(block->kind == LAB_HEADING ? "</h3>\n" : "</p>\n", out);
        return;
    case LAB_ITEM:
        fputs(is_first ? "<ul class=\"items\">\n" : "", out);
        fprintf(out, "<li class=\"depth%d\">%s ", block->level < 3 ? block->level : 3,
                block->mark && *block->mark ? block->mark : "\xe2\x80\xa2");
        put_spans(block->spans, block->span_count, out);
        fputs(is_last ? "</li>\n</ul>\n" : "</li>\n", out);
        return;
    case LAB_CODE:
        fputs("<pre><code dir=\"ltr\">", out);
        for (size_t i = 0; i < block->span_count; i++) {
            put_span(LAB_AS_XML, &block->spans[i], out);
            fputc('\n', out);
        }
        fputs("</code></pre>\n", out);
        return;
    case LAB_TABLE_ROW:
        fputs(is_first ? "<div class=\"wide\"><table class=\"of-text\">\n" : "", out);
        put_cells(block, out);
        fputs(is_last ? "</table></div>\n" : "", out);
        return;
    case LAB_EXPERIMENT_HERE: return;
    }
}

/* Does the next one that is shown begin something new? A header of a table does. */
static bool is_other(const struct lab_block *block, const struct lab_block *next)
{
    return next->is_note || next->kind != block->kind || next->is_header;
}

static void put_blocks(const struct lab_block *blocks, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        if (blocks[i].is_note)
            continue;
        bool is_first = i == 0 || blocks[i - 1].is_note || is_other(&blocks[i - 1], &blocks[i]);
        put_block(&blocks[i], is_first, i + 1 == count || is_other(&blocks[i], &blocks[i + 1]), out);
    }
}

static void put_choice(const struct lab_page_question *q, int i, FILE *out)
{
    fprintf(out, "<b>%c</b> ", 'a' + i);
    lab_put_escaped(LAB_AS_XML, q->choice[i].text, out);
}

static const char *verdict(const struct lab_page_question *q)
{
    return q->answer < 0          ? _("This run does not show it: it ended before the kernel had answered.")
           : q->said < 0          ? _("Nothing was answered before it ran.")
           : q->said == q->answer ? _("\xe2\x9c\x93 That was right.")
                                  : _("\xe2\x9c\x97 Not what was said.");
}

static void put_answer(const struct lab_page_question *q, FILE *out)
{
    fprintf(out, "<details class=\"answer\">\n<summary>%s</summary>\n", _("The answer"));
    if (q->said >= 0) {
        fprintf(out, "<p>%s ", _("Said:"));
        put_choice(q, q->said, out);
        fputs("</p>\n", out);
    }
    if (q->answer >= 0) {
        fprintf(out, "<p>%s ", _("Kernel:"));
        put_choice(q, q->answer, out);
        fputs("</p>\n", out);
    }
    fprintf(out, "<p>%s</p>\n", verdict(q));
    for (int i = 0; i < (int)q->choice_count && q->answer >= 0; i++) {
        if (i == q->answer || !*q->choice[i].because)
            continue;
        fprintf(out, "<p>%s ", _("Why not"));
        put_choice(q, i, out);
        fputs(": ", out);
        lab_put_escaped(LAB_AS_XML, q->choice[i].because, out);
        fputs("</p>\n", out);
    }
    fputs("</details>\n", out);
}

static void put_question(const struct lab_page_question *q, FILE *out)
{
    fprintf(out, "<div class=\"question\">\n<h3>%s</h3>\n<p>", _("Question"));
    lab_put_escaped(LAB_AS_XML, q->text, out);
    fputs("</p>\n<ul class=\"items\">\n", out);
    for (int i = 0; i < (int)q->choice_count; i++) {
        fputs("<li>", out);
        put_choice(q, i, out);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
    put_answer(q, out);
    fputs("</div>\n", out);
}

void lab_page_lesson_as_html(const struct lab_page_lesson *lesson, FILE *out)
{
    fputs("<div class=\"lesson\">\n", out);
    put_blocks(lesson->before, lesson->before_count, out);
    for (size_t i = 0; i < lesson->question_count; i++)
        put_question(&lesson->questions[i], out);
    if (has_text(lesson->behind, lesson->behind_count)) {
        fprintf(out, "<details class=\"answer\">\n<summary>%s</summary>\n", _("Why"));
        put_blocks(lesson->behind, lesson->behind_count, out);
        fputs("</details>\n", out);
    }
    fputs("</div>\n", out);
}

/* ---- Markdown ---------------------------------------------------------------------------------------------------- */

static void say(const char *text, FILE *out)
{
    lab_put_escaped(LAB_AS_MARKDOWN, text, out);
}

/* Code that may stand between marks: nothing in it ends them, or the cell of a table. */
static bool is_simple(const struct lab_span *span)
{
    for (size_t i = 0; i < span->bytes; i++)
        if (strchr("`|\\", span->text[i]))
            return false;
    return span->bytes > 0;
}

static void say_text(const struct lab_span *span, FILE *out)
{
    put_span(LAB_AS_MARKDOWN, span, out);
}

static void say_code(const struct lab_span *span, FILE *out)
{
    put_span(LAB_AS_CODE, span, out);
}

static void say_span(const struct lab_span *span, FILE *out)
{
    bool is_code = span->style == LAB_CODE_STYLE && is_simple(span);
    lab_span_put_marked(span, is_code ? "`" : lab_style_mark(span->style), is_code ? say_code : say_text, out);
}

static void say_spans(const struct lab_span *spans, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++)
        say_span(&spans[i], out);
}

static void say_block(const struct lab_block *block, FILE *out)
{
    switch (block->kind) {
    case LAB_HEADING: fputs("#### ", out); break;
    case LAB_ITEM:
        fprintf(out, "%*s%s ", 3 * block->level, "",
                block->mark && block->mark[0] >= '0' && block->mark[0] <= '9' ? block->mark : "-");
        break;
    case LAB_PARAGRAPH: break;
    case LAB_TABLE_ROW: lab_block_put_row(block, say_span, out); return;
    case LAB_CODE:
        /* Indented, so that no fence within it can end it. */
        for (size_t i = 0; i < block->span_count; i++) {
            fputs("    ", out);
            put_span(LAB_AS_CODE, &block->spans[i], out);
            fputc('\n', out);
        }
        return;
    case LAB_EXPERIMENT_HERE: return;
    }
    say_spans(block->spans, block->span_count, out);
    fputc('\n', out);
}

static void say_blocks(const struct lab_block *blocks, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        if (blocks[i].is_note)
            continue;
        say_block(&blocks[i], out);
        if (i + 1 == count || is_other(&blocks[i], &blocks[i + 1]) || blocks[i].kind == LAB_PARAGRAPH)
            fputc('\n', out);
    }
}

static void say_choice(const struct lab_page_question *q, int i, FILE *out)
{
    fprintf(out, "%c) ", 'a' + i);
    say(q->choice[i].text, out);
}

void lab_page_lesson_as_markdown(const struct lab_page_lesson *lesson, FILE *out)
{
    say_blocks(lesson->before, lesson->before_count, out);
    for (size_t i = 0; i < lesson->question_count; i++) {
        const struct lab_page_question *q = &lesson->questions[i];
        fprintf(out, "### %s\n\n", _("Question"));
        say(q->text, out);
        fputs("\n\n", out);
        for (int c = 0; c < (int)q->choice_count; c++) {
            fputs("- ", out);
            say_choice(q, c, out);
            fputc('\n', out);
        }
        fputc('\n', out);
    }
}

static void say_answer(const struct lab_page_question *q, FILE *out)
{
    fprintf(out, "### %s\n\n", _("Answer"));
    say(q->text, out);
    fputs("\n\n", out);
    if (q->said >= 0) {
        fprintf(out, "- %s ", _("Said:"));
        say_choice(q, q->said, out);
        fputc('\n', out);
    }
    if (q->answer >= 0) {
        fprintf(out, "- %s ", _("Kernel:"));
        say_choice(q, q->answer, out);
        fputc('\n', out);
    }
    fprintf(out, "- %s\n", verdict(q));
    for (int i = 0; i < (int)q->choice_count && q->answer >= 0; i++) {
        if (i == q->answer || !*q->choice[i].because)
            continue;
        fprintf(out, "- %s ", _("Why not"));
        say_choice(q, i, out);
        fputs(": ", out);
        say(q->choice[i].because, out);
        fputc('\n', out);
    }
    fputc('\n', out);
}

void lab_page_answers_as_markdown(const struct lab_page_lesson *lesson, FILE *out)
{
    for (size_t i = 0; i < lesson->question_count; i++)
        say_answer(&lesson->questions[i], out);
    if (!has_text(lesson->behind, lesson->behind_count))
        return;
    fprintf(out, "### %s\n\n", _("Why"));
    say_blocks(lesson->behind, lesson->behind_count, out);
}
