// SPDX-License-Identifier: GPL-3.0-or-later
// Running text in a window: wrapped, scrolled, with styles.
//
// A paragraph's spans are joined into one text with a style per byte, so that a word that is half code and half plain
// (`recv()`,) is never torn at the border. A table's columns get their natural widths; while they are too wide
// together, the widest gives way, and its cells are wrapped.
#include "ui/draw/page.h"

#include "net/base/message.h"
#include "ui/draw/text.h"
#include "ui/draw/theme.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int ui_page_putn(struct ui_page *page, int column, attr_t attr, const char *text, size_t bytes)
{
    long row = page->row - page->top;
    int room = page->columns - column, width = ui_text_widthn(text, bytes);
    if (page->window && row >= 0 && row < page->rows)
        return ui_putn(page->window, (int)row, page->left + column, room, attr, text, bytes);
    return width < room ? width : room > 0 ? room : 0;
}

int ui_page_put(struct ui_page *page, int column, attr_t attr, const char *text)
{
    return ui_page_putn(page, column, attr, text, strlen(text));
}

int ui_page_putf(struct ui_page *page, int column, attr_t attr, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ui_page_put(page, column, attr, text);
}

void ui_page_next(struct ui_page *page)
{
    page->row++;
}

void ui_page_line(struct ui_page *page, attr_t attr, const char *text)
{
    ui_page_put(page, 0, attr, text);
    ui_page_next(page);
}

void ui_page_rule(struct ui_page *page, const char *title)
{
    int at = ui_page_put(page, 0, ui_attr(UI_STRONG), title) + 1;
    while (at < page->columns)
        at += ui_page_put(page, at, ui_attr(UI_FRAME), ui_glyph(UI_HORIZONTAL));
    ui_page_next(page);
}

/* ---- spans ------------------------------------------------------------------------------------------------------ */

struct joined {
    char *text;
    unsigned char *style; /* enum lab_style, of each byte */
    size_t bytes;
};

/* Without memory: an empty text. */
static struct joined join(const struct lab_span *spans, size_t count)
{
    struct joined joined = {NULL, NULL, 0};
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += spans[i].bytes;
    joined.text = malloc(2 * all + 1);
    if (!joined.text)
        return joined;
    joined.style = (unsigned char *)joined.text + all;
    for (size_t i = 0; i < count; i++) {
        memcpy(joined.text + joined.bytes, spans[i].text, spans[i].bytes);
        memset(joined.style + joined.bytes, spans[i].style, spans[i].bytes);
        joined.bytes += spans[i].bytes;
    }
    return joined;
}

static attr_t attr_of(unsigned style, attr_t base)
{
    switch ((enum lab_style)style) {
    case LAB_PLAIN: return base;
    case LAB_EMPHASIS: return base | A_UNDERLINE;
    case LAB_STRONG: return base | A_BOLD;
    case LAB_CODE_STYLE: return ui_attr(UI_CODE) | (base & A_ATTRIBUTES & ~A_COLOR);
    }
    return base;
}

/* One row of a joined text, run by run. */
static void put_joined(struct ui_page *page, int column, attr_t base, const struct joined *joined, size_t from,
                       size_t to)
{
    while (from < to) {
        size_t end = from;
        while (end < to && joined->style[end] == joined->style[from])
            end++;
        column += ui_page_putn(page, column, attr_of(joined->style[from], base), joined->text + from, end - from);
        from = end;
    }
}

/* The row of a joined text that begins at byte `from`: where it ends; *next: where the one after it begins. */
static size_t row_end(const struct joined *joined, size_t from, int columns, size_t *next)
{
    size_t end = from + ui_text_fit(joined->text + from, joined->bytes - from, columns > 0 ? columns : 1);
    *next = end;
    while (*next < joined->bytes && joined->text[*next] == ' ')
        ++*next;
    while (end > from + 1 && joined->text[end - 1] == ' ')
        end--;
    return end;
}

static void wrap_joined(struct ui_page *page, int indent, attr_t base, const struct joined *joined)
{
    size_t next = 0;
    do {
        size_t from = next, end = row_end(joined, from, page->columns - indent, &next);
        put_joined(page, indent, base, joined, from, end);
        ui_page_next(page);
    } while (next < joined->bytes);
}

void ui_page_wrap(struct ui_page *page, attr_t attr, const char *mark, attr_t mark_attr, const char *text)
{
    int indent = ui_page_put(page, 0, mark_attr, mark);
    size_t bytes = strlen(text), at = 0;
    do {
        size_t n = bytes > at ? ui_text_fit(text + at, bytes - at, page->columns > indent ? page->columns - indent : 1)
                              : 0;
        ui_page_putn(page, indent, attr, text + at, n);
        ui_page_next(page);
        at += n;
        while (text[at] == ' ')
            at++;
    } while (at < bytes);
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

static void put_spans(struct ui_page *page, const struct lab_block *block, int indent, attr_t base)
{
    struct joined joined = join(block->spans, block->span_count);
    if (joined.text)
        wrap_joined(page, indent, base, &joined);
    free(joined.text);
}

static void put_item(struct ui_page *page, const struct lab_block *block)
{
    int indent = 2 * block->level;
    const char *mark = block->mark && strcmp(block->mark, "-") != 0 ? block->mark : ui_glyph(UI_BULLET);
    indent += ui_page_put(page, indent, ui_attr(UI_DIM), mark) + 1;
    put_spans(page, block, indent, A_NORMAL);
}

enum { CODE_GOES_ON = 4, CODE_LEAST = 12 };

/* Nothing of it is cut: what does not fit goes on in the next row, further in than the line itself. */
static void put_code_line(struct ui_page *page, const struct lab_span *line, int indent)
{
    const char *text = line->text;
    size_t rest = line->bytes, blanks = 0;
    while (blanks < rest && text[blanks] == ' ')
        blanks++;
    int column = indent + (int)blanks;
    if (page->columns - column < CODE_LEAST)
        column = indent;
    text += blanks;
    rest -= blanks;
    for (bool goes_on = false;; goes_on = true) {
        int at = column + (goes_on && page->columns - column > CODE_LEAST ? CODE_GOES_ON : 0);
        size_t n = rest ? ui_text_fit(text, rest, page->columns > at ? page->columns - at : 1) : 0;
        ui_page_putn(page, at, ui_attr(UI_CODE), text, n);
        ui_page_next(page);
        while (n < rest && text[n] == ' ')
            n++;
        text += n;
        rest -= n;
        if (!rest)
            return;
    }
}

static void put_code(struct ui_page *page, const struct lab_block *block, int indent)
{
    for (size_t i = 0; i < block->span_count; i++)
        put_code_line(page, &block->spans[i], indent);
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

enum { TABLE_COLUMNS = 16, TABLE_GAP = 2, TABLE_LEAST = 6 };

static struct joined cell_of(const struct lab_block *row, size_t i)
{
    size_t from = i > 0 ? row->cell_end[i - 1] : 0;
    return join(row->spans + from, row->cell_end[i] - from);
}

/* Natural widths of the columns of the table that begins at rows; returns how many columns it has. */
static size_t natural_widths(const struct lab_block *rows, size_t count, int *width)
{
    size_t columns = 0;
    memset(width, 0, TABLE_COLUMNS * sizeof *width);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < rows[i].cell_count && c < TABLE_COLUMNS; c++) {
            struct joined cell = cell_of(&rows[i], c);
            int wide = cell.text ? ui_text_widthn(cell.text, cell.bytes) : 0;
            if (wide > width[c])
                width[c] = wide;
            if (c >= columns)
                columns = c + 1;
            free(cell.text);
        }
    return columns;
}

static void fit_widths(int *width, size_t columns, int room)
{
    for (;;) {
        int sum = ((int)columns - 1) * TABLE_GAP;
        size_t widest = 0;
        for (size_t c = 0; c < columns; c++) {
            sum += width[c];
            if (width[c] > width[widest])
                widest = c;
        }
        if (sum <= room || width[widest] <= TABLE_LEAST)
            return;
        width[widest]--;
    }
}

/* A cell wrapped into its column; the page's row and columns are as before. Returns the rows that it took. */
static long put_cell(struct ui_page *page, const struct lab_block *row, size_t c, int column, int width)
{
    struct ui_page narrow = *page;
    struct joined cell = cell_of(row, c);
    narrow.left += column;
    narrow.columns = width;
    if (narrow.columns > page->columns - column)
        narrow.columns = page->columns - column;
    if (cell.text)
        wrap_joined(&narrow, 0, row->is_header ? ui_attr(UI_STRONG) : A_NORMAL, &cell);
    free(cell.text);
    return narrow.row - page->row;
}

static void put_row(struct ui_page *page, const struct lab_block *row, const int *width)
{
    long most = 1;
    int column = 0;
    for (size_t c = 0; c < row->cell_count && c < TABLE_COLUMNS; c++) {
        long took = put_cell(page, row, c, column, width[c]);
        most = took > most ? took : most;
        column += width[c] + TABLE_GAP;
    }
    page->row += most;
}

static void put_table(struct ui_page *page, const struct lab_block *rows, size_t count)
{
    int width[TABLE_COLUMNS];
    size_t columns = natural_widths(rows, count, width);
    fit_widths(width, columns, page->columns);
    for (size_t i = 0; i < count; i++) {
        put_row(page, &rows[i], width);
        if (!rows[i].is_header)
            continue;
        for (size_t c = 0, column = 0; c < columns; column += (size_t)width[c++] + TABLE_GAP)
            for (int x = 0; x < width[c]; x++)
                ui_page_put(page, (int)column + x, ui_attr(UI_FRAME), ui_glyph(UI_HORIZONTAL));
        ui_page_next(page);
    }
}

/* Rows of the table that begins at blocks: up to the next header or other block. */
static size_t table_rows(const struct lab_block *blocks, size_t count)
{
    size_t n = 1;
    while (n < count && blocks[n].kind == LAB_TABLE_ROW && !blocks[n].is_header && blocks[n].is_note == blocks->is_note)
        n++;
    return n;
}

/* Items of a list stand close together; everything else has a blank row before it. */
static bool is_close(const struct lab_block *before, const struct lab_block *block)
{
    return before->kind == LAB_ITEM && block->kind == LAB_ITEM;
}

void ui_page_blocks(struct ui_page *page, const struct lab_block *blocks, size_t count)
{
    const struct lab_block *before = NULL;
    for (size_t i = 0, n; i < count; i += n) {
        const struct lab_block *block = &blocks[i];
        n = 1;
        if (block->is_note && !page->notes)
            continue;
        if (before && !is_close(before, block))
            ui_page_next(page);
        before = block;
        switch (block->kind) {
        case LAB_PARAGRAPH: put_spans(page, block, 2 * block->level, A_NORMAL); break;
        case LAB_HEADING: put_spans(page, block, 0, ui_attr(UI_STRONG)); break;
        case LAB_ITEM: put_item(page, block); break;
        case LAB_CODE: put_code(page, block, 2 + 2 * block->level); break;
        case LAB_EXPERIMENT_HERE: ui_page_line(page, ui_attr(UI_DIM), _("Run it: Enter in the list opens it.")); break;
        case LAB_TABLE_ROW:
            n = table_rows(block, count - i);
            put_table(page, block, n);
            break;
        }
    }
}
