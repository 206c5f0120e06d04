// SPDX-License-Identifier: GPL-3.0-or-later
// Text into lines.
//
// Everything goes through ui_text_write(), which shows what could do harm to a terminal as text. Rows are broken at
// blanks and end without one. A table is read row by row, each cell behind the name of its column: columns beside each
// other make no sense to who hears them.
#include "ui/lines/lines.h"

#include "ui/draw/text.h"
#include "net/base/message.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 2048, LEAST_COLUMNS = 20, PROMPT_ROWS = 3 };

int ui_lines_put(FILE *out, int columns, const char *mark, const char *text)
{
    int rows = 0;
    size_t left = strlen(text);
    int indent = ui_text_width(mark), room = columns - indent;
    fputs(mark, out);
    if (room < LEAST_COLUMNS)
        room = LEAST_COLUMNS;
    do {
        size_t n = ui_text_fit(text, left, room), shown = n;
        while (shown > 0 && text[shown - 1] == ' ')
            shown--;
        ui_text_write(out, text, shown);
        fputc('\n', out);
        rows++;
        text += n + strspn(text + n, " ");
        left = strlen(text);
        if (left > 0)
            fprintf(out, "%*s", indent, "");
    } while (left > 0);
    return rows;
}

int ui_lines_say(const struct ui_lines *l, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, net_message(format), args);
    va_end(args);
    return ui_lines_put(stdout, l->columns, "", text);
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

/* Spans as one text; NULL without memory. */
static char *joined(const struct lab_span *spans, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += spans[i].bytes;
    char *text = malloc(bytes + 1), *at = text;
    for (size_t i = 0; text && i < count; i++) {
        memcpy(at, spans[i].text, spans[i].bytes);
        at += spans[i].bytes;
    }
    if (text)
        *at = '\0';
    return text;
}

static void put_spans(FILE *out, int columns, const char *mark, const struct lab_span *spans, size_t count)
{
    char *text = joined(spans, count);
    if (text)
        ui_lines_put(out, columns, mark, text);
    free(text);
}

static void put_code(FILE *out, const struct lab_block *block)
{
    for (size_t i = 0; i < block->span_count; i++) {
        fputs("    ", out);
        ui_text_write(out, block->spans[i].text, block->spans[i].bytes);
        fputc('\n', out);
    }
}

static void put_row(FILE *out, int columns, const struct lab_block *head, const struct lab_block *row)
{
    for (size_t c = 0; c < row->cell_count; c++) {
        size_t from = c > 0 ? row->cell_end[c - 1] : 0;
        char mark[80] = "  ";
        size_t of = head && c > 0 && c - 1 < head->cell_count ? head->cell_end[c - 1] : 0;
        char *name = head && c < head->cell_count ? joined(head->spans + of, head->cell_end[c] - of) : NULL;
        if (name && *name)
            snprintf(mark, sizeof mark, c == 0 ? "%.60s: " : "  %.60s: ", name);
        put_spans(out, columns, mark, row->spans + from, row->cell_end[c] - from);
        free(name);
    }
}

static void put_item(FILE *out, int columns, const struct lab_block *block)
{
    char mark[40];
    const char *sign = block->mark ? block->mark : "-";
    snprintf(mark, sizeof mark, "%*s%.8s ", 2 * (block->level < 8 ? block->level : 8), "", sign);
    put_spans(out, columns, mark, block->spans, block->span_count);
}

void ui_lines_blocks(FILE *out, int columns, bool notes, const struct lab_block *blocks, size_t count)
{
    const struct lab_block *head = NULL, *before = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct lab_block *block = &blocks[i];
        if (block->is_note && !notes)
            continue;
        bool is_close = before && block->kind == before->kind && block->kind == LAB_ITEM;
        if (before && !is_close && !(block->kind == LAB_TABLE_ROW && block->is_header) &&
            block->kind != LAB_EXPERIMENT_HERE)
            fputc('\n', out);
        before = block;
        switch (block->kind) {
        case LAB_PARAGRAPH:
        case LAB_HEADING: put_spans(out, columns, "", block->spans, block->span_count); break;
        case LAB_ITEM: put_item(out, columns, block); break;
        case LAB_CODE: put_code(out, block); break;
        case LAB_EXPERIMENT_HERE: break;
        case LAB_TABLE_ROW:
            if (block->is_header)
                head = block;
            else
                put_row(out, columns, head, block);
            break;
        }
    }
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

void ui_lines_later(struct ui_lines *l, char *text)
{
    free(l->text);
    l->text = l->unread = text;
}

void ui_lines_read(struct ui_lines *l, char *text)
{
    ui_lines_later(l, text);
    ui_lines_more(l);
}

/* Where a page ends: behind so many rows, and where there is one within reach, at a blank row. */
static char *page_end(char *text, int rows)
{
    char *at = text, *blank = NULL;
    for (int i = 0; *at && i < rows; i++) {
        char *end = strchr(at, '\n');
        if (end == at && i > rows / 2)
            blank = at + 1;
        at = end ? end + 1 : at + strlen(at);
    }
    return *at && blank ? blank : at;
}

void ui_lines_more(struct ui_lines *l)
{
    if (!l->unread)
        return;
    int rows = l->rows - PROMPT_ROWS - l->above;
    char *end = rows > PROMPT_ROWS ? page_end(l->unread, rows) : l->unread + strlen(l->unread);
    l->above = 0;
    fwrite(l->unread, 1, (size_t)(end - l->unread), stdout);
    l->unread = *end ? end : NULL;
}
