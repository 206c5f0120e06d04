// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A page as a hand-out in Markdown: the ladder as a table, what happened as another one, then each connection.
 *
 * With blanks what a learner is to find out is left out, and each blank has a number: the states of both ends, what
 * each call returned and why, how programs ended, what explain says. Lines that would tell it (the kernel's reports of
 * states, the lab's answers) are not there at all. The same run without blanks has the answers.
 */
#include "lab/export/escape.h"
#include "lab/export/write_inside.h"

#include "lab/base/text.h"
#include "lab/explain/sight.h"
#include "net/data/call.h"

#include <stdarg.h>
#include <string.h>

struct writer {
    const struct lab_page *page;
    FILE *out;
    bool blanks;
    unsigned count; /* blanks so far */
};

static void put(const struct writer *w, const char *text)
{
    lab_put_escaped(LAB_AS_MARKDOWN, text, w->out);
}

static void put_blank(struct writer *w)
{
    fprintf(w->out, "________ (%u)", ++w->count);
}

/* What was asked, before all that tells it. The answers stand at the end, where there are no blanks. */
static void put_lesson(struct writer *w, const struct lab_page_scene *scene)
{
    if (!lab_page_has_lesson(scene))
        return;
    lab_page_lesson_as_markdown(&scene->lesson, w->out);
    for (size_t i = 0; w->blanks && i < scene->lesson.question_count; i++) {
        fprintf(w->out, "%s ", _("Your answer:"));
        put_blank(w);
        fputs("\n\n", w->out);
    }
}

/* The answer, or the blank for it. */
static void put_answer(struct writer *w, const char *text)
{
    if (w->blanks)
        put_blank(w);
    else
        put(w, text);
}

/* ---- the ladder -------------------------------------------------------------------------------------------------- */

static void put_beside(struct writer *w, const struct lab_page_row *row, unsigned host)
{
    fputs(" | ", w->out);
    if (row->has_moved[host])
        put_answer(w, lab_page_state_name(row->beside[host]));
}

static void put_rung(struct writer *w, const struct lab_page_row *row, bool many)
{
    bool to_server = row->host == NET_CLIENT;
    fprintf(w->out, "| %s", row->parts.time);
    put_beside(w, row, NET_CLIENT);
    fputs(" | ", w->out);
    if (many && row->of_port)
        fprintf(w->out, _("port %u: "), row->of_port);
    if (row->kind == LAB_PAGE_SEGMENT && !to_server)
        fputs(row->arrived ? "\xe2\x97\x80\xe2\x94\x80\xe2\x94\x80 " : "\xc3\x97\xe2\x94\x80\xe2\x94\x80 ", w->out);
    put(w, row->label);
    if (row->kind == LAB_PAGE_SEGMENT && to_server)
        fputs(row->arrived ? " \xe2\x94\x80\xe2\x94\x80\xe2\x96\xb6" : " \xe2\x94\x80\xe2\x94\x80\xc3\x97", w->out);
    if (row->kind == LAB_PAGE_SEGMENT && !row->arrived) {
        fputs(", ", w->out);
        put(w, row->fate);
    }
    put_beside(w, row, NET_SERVER);
    fputs(" |\n", w->out);
}

static void put_ladder(struct writer *w, const struct lab_page_scene *scene)
{
    bool many = lab_page_has_many(w->page, scene), has_rung = false;
    for (size_t i = 0; i < scene->row_count; i++) {
        const struct lab_page_row *row = &w->page->rows[scene->first_row + i];
        if (!lab_page_is_rung(row) || (w->blanks && row->is_silent))
            continue;
        if (!has_rung)
            fputs(_("### The wire\n\n| Time | Client | Segment | Server |\n| ---: | --- | --- | --- |\n"), w->out);
        has_rung = true;
        put_rung(w, row, many);
    }
    if (has_rung)
        fputc('\n', w->out);
}

/* ---- what happened ----------------------------------------------------------------------------------------------- */

/* It says what a learner is to find out. */
static bool tells_answer(const struct lab_page_row *row)
{
    return row->kind == LAB_PAGE_STATE || row->kind == LAB_PAGE_SAID || row->asks;
}

static void put_what(struct writer *w, const struct lab_page_row *row)
{
    if (w->blanks && row->kind == LAB_PAGE_CALL) {
        put(w, row->call);
        if (*row->result) {
            fputs(" = ", w->out);
            put_blank(w);
        }
    } else if (w->blanks && row->kind == LAB_PAGE_END) {
        put_blank(w);
    } else {
        put(w, row->parts.what);
    }
}

static void put_row(struct writer *w, const struct lab_page_row *row)
{
    fprintf(w->out, "| %s | ", row->parts.time);
    put(w, row->parts.who);
    fputs(" | ", w->out);
    if (row->sight)
        fprintf(w->out, "%s ", lab_sight_sign(row->sight));
    put_what(w, row);
    fputs(" | ", w->out);
    if (*row->parts.because)
        put_answer(w, row->parts.because);
    fputs(" |\n", w->out);
}

static void put_rows(struct writer *w, const struct lab_page_scene *scene)
{
    fputs(_("### What happened\n\n| Time | Who | What | Because |\n| ---: | --- | --- | --- |\n"), w->out);
    for (size_t i = 0; i < scene->row_count; i++) {
        const struct lab_page_row *row = &w->page->rows[scene->first_row + i];
        if (!w->blanks || !tells_answer(row))
            put_row(w, row);
    }
    fputc('\n', w->out);
}

/* ---- the connections --------------------------------------------------------------------------------------------- */

/* What stands for {name} in the line of a step. */
static void put_part(struct writer *w, const struct lab_page_text *text, const char *name)
{
    if (strncmp(name, "host}", 5) == 0)
        put(w, net_host_name(text->host));
    else if (strncmp(name, "time}", 5) == 0)
        put(w, text->when);
    else
        put_answer(w, strncmp(name, "state}", 6) == 0 ? text->text : text->cause);
}

static void put_step(struct writer *w, const struct lab_page_text *text)
{
    const char *at = _("{host}: {state} at {time}, by {cause}");
    fputs("- ", w->out);
    while (*at) {
        size_t plain = strcspn(at, "{");
        fwrite(at, 1, plain, w->out);
        at += plain;
        if (!*at)
            break;
        put_part(w, text, at + 1);
        at += strcspn(at, "}");
        at += *at == '}';
    }
    fputc('\n', w->out);
}

static void put_text(struct writer *w, const struct lab_page_text *text)
{
    switch ((enum lab_page_text_kind)text->kind) {
    case LAB_PAGE_CONNECTION:
        fprintf(w->out, "### %s ", _("Connection"));
        put(w, text->text);
        fputs("\n\n", w->out);
        return;
    case LAB_PAGE_STEP: put_step(w, text); return;
    case LAB_PAGE_WHY:
    case LAB_PAGE_WAITS:
        fputs("- ", w->out);
        put(w, text->text);
        fputc('\n', w->out);
        return;
    case LAB_PAGE_MORE:
        put(w, text->text);
        fputc('\n', w->out);
        return;
    }
}

static void put_texts(struct writer *w, const struct lab_page_scene *scene)
{
    static const char *const headings[] = {[LAB_PAGE_STEP] = N_("The states:\n\n"),
                                           [LAB_PAGE_WHY] = N_("Why:\n\n"),
                                           [LAB_PAGE_MORE] = "",
                                           [LAB_PAGE_WAITS] = N_("What waits:\n\n")};
    for (size_t i = 0; i < scene->text_count; i++) {
        const struct lab_page_text *text = &w->page->texts[scene->first_text + i];
        bool is_first = i == 0 || text[-1].kind != text->kind;
        if (is_first && i > 0 && text[-1].kind != LAB_PAGE_CONNECTION)
            fputc('\n', w->out);
        if (is_first && text->kind != LAB_PAGE_CONNECTION)
            fputs(_(headings[text->kind]), w->out);
        bool is_answer = text->kind == LAB_PAGE_WHY || text->kind == LAB_PAGE_WAITS;
        if (!w->blanks || !is_answer) {
            put_text(w, text);
        } else if (is_first) {
            fputs("- ", w->out);
            put_blank(w);
            fputc('\n', w->out);
        }
    }
    if (scene->text_count)
        fputc('\n', w->out);
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

void lab_page_write_markdown(const struct lab_page *page, bool blanks, FILE *out)
{
    struct writer w = {.page = page, .out = out, .blanks = blanks};
    char text[500];
    fputs("# ", out);
    put(&w, lab_page_title(page));
    fputs("\n\n", out);
    put(&w, page->about);
    fputs("\n\n", out);
    if (!page->has_wire)
        fprintf(out, "%s\n\n",
                _("No wire here: the machine's own loopback carried the segments, and the lab did not see them."));
    if (*lab_page_left_out(page, text, sizeof text)) {
        put(&w, text);
        fputs("\n\n", out);
    }
    if (blanks)
        fprintf(out, "%s\n\n", _("Fill in what each call returned and why, and the states of both ends."));
    for (size_t i = 0; i < page->scene_count; i++) {
        const struct lab_page_scene *scene = &page->scenes[i];
        if (page->scene_count > 1 && *scene->title) {
            fputs("## ", out);
            put(&w, scene->title);
            fputs("\n\n", out);
        }
        put_lesson(&w, scene);
        put_ladder(&w, scene);
        put_rows(&w, scene);
        put_texts(&w, scene);
        if (!blanks && lab_page_has_lesson(scene))
            lab_page_answers_as_markdown(&scene->lesson, out);
    }
}
