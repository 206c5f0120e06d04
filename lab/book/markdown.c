// SPDX-License-Identifier: GPL-3.0-or-later
// cmark-gfm's tree, flattened.
//
// cmark parses; what remains is to walk its tree once, in order, and to close one block before the next begins. The
// walk uses cmark's iterator and no recursion: the depth of a hostile file is not the depth of our stack. Text of one
// style is gathered in `run` and becomes a span when the style changes or the block ends.
//
// cmark does not say whether a fence was closed (CommonMark closes it at the end of the file), so the last line of each
// fenced block is looked at in the source.
//
// Left out: HTML blocks (so comments do not show) and rules. HTML inside a line is shown as written: `<fd>` without
// backquotes is then only ugly, not lost.
#include "lab/book/markdown.h"

#include "lab/book/format.h"

#include <cmark-gfm.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm-core-extensions.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAB_COLUMNS = 8 };
static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

struct list {
    void *items;
    size_t count, room;
};

struct builder {
    struct lab_pool *pool;
    struct list blocks, sources; /* struct lab_block, struct lab_markdown_source */
    struct list spans, cells;    /* of the block being built: struct lab_span, size_t */
    struct list run;             /* char: text of one style */
    size_t run_columns;
    enum lab_style run_style;
    struct lab_block block;
    struct lab_markdown_source source;
    bool is_open;
    int strong, emphasis, depth; /* depth: lists' items and quotes around */
    int note_depth;              /* the depth around the outermost quotation for teachers; -1: not in one */
    const char *mark;            /* of an item whose first block has not begun */
    int mark_line;
    const char *text; /* the source, and how far lines were counted */
    size_t bytes, line_at;
    int line, column; /* column: of the node that is visited */
    bool failed;
};

/* Room for n more items, at the end of the list; NULL without memory. */
static void *list_add(struct builder *b, struct list *list, size_t item_bytes, size_t n)
{
    if (list->room - list->count < n) {
        size_t room = 2 * list->room + n + 32;
        void *items = reallocarray(list->items, room, item_bytes);
        if (!items) {
            b->failed = true;
            return NULL;
        }
        list->items = items;
        list->room = room;
    }
    list->count += n;
    return (char *)list->items + item_bytes * (list->count - n);
}

static void *list_keep(struct builder *b, struct list *list, size_t item_bytes)
{
    void *kept = lab_pool_take(b->pool, list->count * item_bytes);
    if (kept && list->count)
        memcpy(kept, list->items, list->count * item_bytes);
    list->count = 0;
    return kept;
}

static void add_bytes(struct builder *b, const char *bytes, size_t n)
{
    char *at = n ? list_add(b, &b->run, 1, n) : NULL;
    if (!at)
        return;
    memcpy(at, bytes, n);
    for (size_t i = 0; i < n; i++)
        b->run_columns += ((unsigned char)bytes[i] & 0xC0) != 0x80;
}

static void add_tab(struct builder *b)
{
    do
        add_bytes(b, " ", 1);
    while (b->run_columns % TAB_COLUMNS && !b->failed);
}

/* How many bytes at the beginning of text need no look: no C0, no DEL, and no C2, which begins a C1 in UTF-8 (C2 80 to
 * C2 9F). */
static size_t plain_bytes(const char *text, size_t bytes)
{
    size_t n = 0;
    while (n < bytes && (unsigned char)text[n] >= 0x20 && (unsigned char)text[n] != 0x7F &&
           (unsigned char)text[n] != 0xC2)
        n++;
    return n;
}

/* Append text without control characters. */
static void add_text(struct builder *b, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        size_t plain = plain_bytes(text + i, bytes - i);
        add_bytes(b, text + i, plain);
        i += plain;
        if (i == bytes)
            return;
        unsigned char c = (unsigned char)text[i], next = i + 1 < bytes ? (unsigned char)text[i + 1] : 0;
        if (c == '\t' && b->block.kind == LAB_CODE) {
            add_tab(b);
        } else if (c == '\t' || c == '\n' || c == '\r') {
            add_bytes(b, " ", 1);
        } else if (c == 0xC2 && next >= 0xA0) {
            add_bytes(b, text + i, 1);
        } else {
            add_bytes(b, replacement, 3);
            i += c == 0xC2;
        }
    }
}

static void end_span(struct builder *b)
{
    struct lab_span *span = list_add(b, &b->spans, sizeof *span, 1);
    if (span) {
        size_t bytes = b->run.count;
        *span = (struct lab_span){.bytes = bytes, .style = b->run_style};
        span->text = lab_pool_text(b->pool, bytes ? b->run.items : "", bytes);
    }
    b->run.count = b->run_columns = 0;
}

static void end_run(struct builder *b)
{
    if (b->run.count)
        end_span(b);
}

static void add_styled(struct builder *b, const char *text, enum lab_style style)
{
    if (!b->is_open || !text)
        return;
    if (style != b->run_style)
        end_run(b);
    b->run_style = style;
    add_text(b, text, strlen(text));
}

static void add_inline(struct builder *b, const char *text)
{
    add_styled(b, text, b->strong ? LAB_STRONG : b->emphasis ? LAB_EMPHASIS : LAB_PLAIN);
}

static const char *plain_text(struct builder *b)
{
    for (size_t i = 0; i < b->spans.count; i++) {
        const struct lab_span *span = (struct lab_span *)b->spans.items + i;
        if (span->text)
            add_bytes(b, span->text, span->bytes);
    }
    const char *text = lab_pool_text(b->pool, b->run.count ? b->run.items : "", b->run.count);
    b->run.count = b->run_columns = 0;
    return text;
}

static void end_block(struct builder *b)
{
    if (!b->is_open)
        return;
    end_run(b);
    if (b->block.kind == LAB_HEADING)
        b->source.text = plain_text(b);
    b->block.span_count = b->spans.count;
    b->block.spans = list_keep(b, &b->spans, sizeof(struct lab_span));
    b->block.cell_count = b->cells.count;
    b->block.cell_end = list_keep(b, &b->cells, sizeof(size_t));
    struct lab_block *block = list_add(b, &b->blocks, sizeof *block, 1);
    struct lab_markdown_source *source = list_add(b, &b->sources, sizeof *source, 1);
    if (block && source) {
        *block = b->block;
        *source = b->source;
    }
    b->is_open = false;
}

static void open_block(struct builder *b, enum lab_block_kind kind, int level, int line)
{
    end_block(b);
    b->is_open = true;
    b->run_style = LAB_PLAIN;
    b->source = (struct lab_markdown_source){.column = b->column};
    b->block = (struct lab_block){
        .kind = kind, .level = level, .line = line, .experiment = -1, .is_note = b->note_depth >= 0};
}

/* An item's mark belongs to its first paragraph; where it begins with something else, the mark stands alone. */
static void give_mark(struct builder *b, int line)
{
    if (!b->mark)
        return;
    open_block(b, LAB_ITEM, b->depth - 1, line);
    b->block.mark = b->mark;
    b->mark = NULL;
}

static void begin_block(struct builder *b, enum lab_block_kind kind, int level, int line)
{
    if (b->mark && kind == LAB_PARAGRAPH) {
        give_mark(b, line);
        return;
    }
    give_mark(b, b->mark_line);
    open_block(b, kind, level, line);
}

static void begin_item(struct builder *b, cmark_node *item)
{
    cmark_node *list = cmark_node_parent(item);
    give_mark(b, b->mark_line);
    end_block(b);
    b->mark = "-";
    b->mark_line = cmark_node_get_start_line(item);
    b->depth++;
    if (cmark_node_get_list_type(list) == CMARK_ORDERED_LIST) {
        intptr_t nth = (intptr_t)cmark_node_get_user_data(list);
        char mark[32];
        int bytes = snprintf(mark, sizeof mark, "%lld.", (long long)cmark_node_get_list_start(list) + nth);
        b->mark = lab_pool_text(b->pool, mark, (size_t)bytes);
        cmark_node_set_user_data(list, (void *)(nth + 1));
    }
}

static void end_item(struct builder *b)
{
    give_mark(b, b->mark_line);
    end_block(b);
    b->depth--;
}

/* Begin of line number `line` (from 1) in the source; asked in rising order. Lines end as for cmark: \n, \r or \r\n. */
static const char *line_begin(struct builder *b, int line)
{
    while (b->line < line && b->line_at < b->bytes) {
        char c = b->text[b->line_at++];
        if (c == '\n' || (c == '\r' && (b->line_at == b->bytes || b->text[b->line_at] != '\n')))
            b->line++;
    }
    return b->text + b->line_at;
}

static bool closes_fence(struct builder *b, cmark_node *node)
{
    int length = 0, offset = 0, line = cmark_node_get_end_line(node);
    char fence = 0;
    if (!cmark_node_get_fenced(node, &length, &offset, &fence) || line <= cmark_node_get_start_line(node))
        return false;
    const char *at = line_begin(b, line), *end = b->text + b->bytes;
    while (at < end && (*at == ' ' || *at == '\t' || *at == '>'))
        at++;
    const char *first = at;
    while (at < end && *at == fence)
        at++;
    int fences = at - first > INT32_MAX ? INT32_MAX : (int)(at - first);
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return fences >= length && (at == end || *at == '\n' || *at == '\r');
}

/* A line of the block begins as its fence does: it is where the next one begins, and the end of this one is missing. */
static bool has_fence_inside(const char *text, char fence, int length)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        int marks = 0;
        while (marks < length && text[marks] == fence)
            marks++;
        if (marks == length)
            return true;
    }
    return false;
}

static void add_code(struct builder *b, cmark_node *node)
{
    const char *text = cmark_node_get_literal(node), *info = cmark_node_get_fence_info(node);
    int length, offset;
    char fence;
    begin_block(b, LAB_CODE, b->depth, cmark_node_get_start_line(node));
    b->source.text = lab_pool_text(b->pool, text, strlen(text));
    b->source.info = lab_pool_text(b->pool, info, strcspn(info, " \t"));
    b->source.is_fenced = cmark_node_get_fenced(node, &length, &offset, &fence) != 0;
    b->source.is_closed = b->source.is_fenced && closes_fence(b, node) && !has_fence_inside(text, fence, length);
    b->run_style = LAB_CODE_STYLE;
    while (*text) {
        size_t bytes = strcspn(text, "\r\n");
        add_text(b, text, bytes);
        end_span(b);
        text += bytes;
        text += *text == '\r' && text[1] == '\n' ? 2 : *text != 0;
    }
    end_block(b);
}

static void end_link(struct builder *b, cmark_node *node)
{
    const char *url = cmark_node_get_url(node);
    cmark_node *child = cmark_node_first_child(node);
    const char *text = child ? cmark_node_get_literal(child) : NULL;
    if (!url || !*url || *url == '#' || (text && strcmp(text, url) == 0))
        return;
    add_inline(b, " <");
    add_inline(b, url);
    add_inline(b, ">");
}

static void table_node(struct builder *b, cmark_node *node, bool enter)
{
    const char *type = cmark_node_get_type_string(node);
    if (strcmp(type, "table_row") == 0 || strcmp(type, "table_header") == 0) {
        if (enter) {
            begin_block(b, LAB_TABLE_ROW, b->depth, cmark_node_get_start_line(node));
            b->block.is_header = cmark_gfm_extensions_get_table_row_is_header(node) != 0;
        } else {
            end_block(b);
        }
    } else if (strcmp(type, "table_cell") == 0 && !enter) {
        end_run(b);
        size_t *end = list_add(b, &b->cells, sizeof *end, 1);
        if (end)
            *end = b->spans.count;
    }
}

/* What stands in a line. */
static void visit_inline(struct builder *b, cmark_node *node, bool enter)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_HTML_INLINE: add_inline(b, cmark_node_get_literal(node)); break;
    case CMARK_NODE_CODE: add_styled(b, cmark_node_get_literal(node), LAB_CODE_STYLE); break;
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK: add_inline(b, " "); break;
    case CMARK_NODE_STRONG: b->strong += enter ? 1 : -1; break;
    case CMARK_NODE_EMPH: b->emphasis += enter ? 1 : -1; break;
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        if (!enter)
            end_link(b, node);
        break;
    default: break;
    }
}

static bool begins_note(cmark_node *quote)
{
    cmark_node *first = cmark_node_first_child(quote);
    cmark_node *text = first && cmark_node_get_type(first) == CMARK_NODE_PARAGRAPH ? cmark_node_first_child(first)
                                                                                   : NULL;
    const char *begin = text ? cmark_node_get_literal(text) : NULL;
    return begin && strncmp(begin, lab_format_words[LAB_FORMAT_NOTE], strlen(lab_format_words[LAB_FORMAT_NOTE])) == 0;
}

static void visit_quote(struct builder *b, cmark_node *node, bool enter)
{
    give_mark(b, b->mark_line);
    end_block(b);
    if (enter && b->note_depth < 0 && begins_note(node))
        b->note_depth = b->depth;
    b->depth += enter ? 1 : -1;
    if (!enter && b->note_depth == b->depth)
        b->note_depth = -1;
}

static void visit(struct builder *b, cmark_node *node, bool enter)
{
    int line = cmark_node_get_start_line(node), column = cmark_node_get_start_column(node);
    b->column = column > 0 ? column : 1;
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_ITEM:
        if (enter)
            begin_item(b, node);
        else
            end_item(b);
        break;
    case CMARK_NODE_BLOCK_QUOTE: visit_quote(b, node, enter); break;
    case CMARK_NODE_PARAGRAPH:
        if (enter)
            begin_block(b, LAB_PARAGRAPH, b->depth, line);
        else
            end_block(b);
        break;
    case CMARK_NODE_HEADING:
        if (enter)
            begin_block(b, LAB_HEADING, cmark_node_get_heading_level(node), line);
        else
            end_block(b);
        break;
    case CMARK_NODE_CODE_BLOCK: add_code(b, node); break;
    default:
        if ((cmark_node_get_type(node) & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_INLINE)
            visit_inline(b, node, enter);
        else
            table_node(b, node, enter);
    }
}

static cmark_node *parse_tree(const char *text, size_t bytes)
{
    cmark_gfm_core_extensions_ensure_registered();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8);
    cmark_syntax_extension *table = cmark_find_syntax_extension("table");
    if (table)
        cmark_parser_attach_syntax_extension(parser, table);
    cmark_parser_feed(parser, text, bytes);
    cmark_node *root = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    return root;
}

int lab_markdown_parse(const char *text, size_t bytes, struct lab_pool *pool, struct lab_markdown *out)
{
    struct builder b = {.pool = pool, .text = text, .bytes = bytes, .line = 1, .note_depth = -1};
    cmark_node *root = parse_tree(text, bytes);
    cmark_iter *walk = cmark_iter_new(root);
    cmark_event_type event;
    while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE)
        visit(&b, cmark_iter_get_node(walk), event == CMARK_EVENT_ENTER);
    cmark_iter_free(walk);
    cmark_node_free(root);
    *out = (struct lab_markdown){.count = b.blocks.count};
    out->blocks = list_keep(&b, &b.blocks, sizeof(struct lab_block));
    out->sources = list_keep(&b, &b.sources, sizeof(struct lab_markdown_source));
    free(b.blocks.items);
    free(b.sources.items);
    free(b.spans.items);
    free(b.cells.items);
    free(b.run.items);
    return b.failed || lab_pool_failed(pool) ? -1 : 0;
}
