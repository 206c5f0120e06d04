// SPDX-License-Identifier: GPL-3.0-or-later
// The byte stream of a connection: what was written, where it is now, and what was read, in each direction.
//
//  ┌ Byte stream: client c1.3, server s1.4 ────────────────────── connection 1 of 1 ┐
//  │ r read  q arrived, unread  w on the wire  b in the sender's buffer  x lost     │
//  │                                                                                │
//  │ client c1.3 ► server s1.4                                                      │
//  │ written 13 B by 3 calls · sent 13 · acknowledged 13 · read 10 B by 1 call ...  │
//  │ send()  ├1──┤├2──┤├3┤                                                          │
//  │ bytes   helloworld!!!                                                          │
//  │ where   rrrrrrrrrrqqq                                                          │
//  │ recv()  ├1───────┤                                                             │
//  │                                                                                │
//  │ server s1.4 ► client c1.3                                                      │
//  │ nothing was written in this direction                                          │
//  └─ Left Right time  n next  Up Down scroll  Tab another connection  Esc close ───┘
//
// The two rulers say where each call begins and ends: TCP keeps the bytes and their order, and no such borders. A long
// stream is folded into bands, one under the other. Bytes that the journal does not have stand as their number. Left
// out: the place of urgent data (MSG_OOB), of which a line says that there was some.
#include "lab/base/text.h"
#include "lab/explain/stream.h"
#include "ui/draw/page.h"
#include "ui/view/ends.h"

#include "net/data/call.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUTTER = 8, TOKEN_TEXT = 28, TOKENS_MOST = 2 * LAB_STREAM_BYTES + 2 * LAB_STREAM_CALLS };

/* A byte as it is shown, the bytes of one letter, or many that the journal does not have. */
struct token {
    uint64_t from, to;
    char text[TOKEN_TEXT];
    int column, width; /* in its band */
    enum lab_stream_place place;
    bool is_gap; /* many that the journal does not have */
};

static const struct {
    char letter;
    enum ui_meaning meaning;
    const char *says; /* in the legend, with the blanks around it */
} places[LAB_STREAM_PLACES] = {
    [LAB_STREAM_READ] = {'r', UI_OPEN, N_(" read  ")},
    [LAB_STREAM_ARRIVED] = {'q', UI_WAITS, N_(" arrived, unread  ")},
    [LAB_STREAM_SENT] = {'w', UI_OPENING, N_(" on the wire  ")},
    [LAB_STREAM_BUFFER] = {'b', UI_CLOSING, N_(" in the sender's buffer  ")},
    [LAB_STREAM_LOST] = {'x', UI_FAILED, N_(" lost  ")},
};

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

/* Of a byte that is no letter by itself. */
static void byte_text(uint8_t byte, char *out, size_t room)
{
    static const struct {
        uint8_t byte;
        const char *text;
    } named[] = {{'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'\\', "\\\\"}};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (named[i].byte == byte) {
            snprintf(out, room, "%s", named[i].text);
            return;
        }
    snprintf(out, room, byte >= ' ' && byte <= '~' ? "%c" : "\\x%02x", byte);
}

static uint64_t call_border(const struct lab_stream_call *calls, size_t count, uint64_t after, uint64_t end)
{
    for (size_t i = 0; i < count && i < LAB_STREAM_CALLS; i++) {
        if (calls[i].from > after && calls[i].from < end)
            end = calls[i].from;
        if (calls[i].to > after && calls[i].to < end)
            end = calls[i].to;
    }
    return end;
}

/* Where a run of bytes that the journal does not have ends: at a known one, at a border of a call, or where others are
 * elsewhere. */
static uint64_t gap_end(const struct lab_stream *s, uint64_t from)
{
    uint64_t end = lab_stream_place_end(s, from);
    end = call_border(s->in, s->in_count, from, end);
    end = call_border(s->out, s->out_count, from, end);
    for (uint64_t i = from + 1; i < LAB_STREAM_BYTES && i < end; i++)
        if (s->known[i])
            return i;
    return end;
}

/* Where a letter of several bytes ends; the byte itself where they are not together: one is not known, is elsewhere,
 * or another call's. */
static uint64_t letter_end(const struct lab_stream *s, uint64_t from)
{
    uint64_t end = from + 1, most = lab_stream_place_end(s, from);
    while (end < s->written && end < LAB_STREAM_BYTES && s->known[end])
        end++;
    most = call_border(s->in, s->in_count, from, most < end ? most : end);
    most = call_border(s->out, s->out_count, from, most);
    size_t bytes = ui_text_letter((const char *)s->byte + from, (size_t)(most - from));
    return from + (bytes ? bytes : 1);
}

static size_t make_tokens(const struct lab_stream *s, struct token *tokens)
{
    size_t count = 0;
    for (uint64_t at = 0; at < s->written && count < TOKENS_MOST; count++) {
        struct token *t = &tokens[count];
        bool known = at < LAB_STREAM_BYTES && s->known[at];
        *t = (struct token){
            .from = at, .to = known ? letter_end(s, at) : gap_end(s, at), .place = lab_stream_place_of(s, at)};
        if (known && t->to > at + 1)
            snprintf(t->text, sizeof t->text, "%.*s", (int)(t->to - at), (const char *)s->byte + at);
        else if (known)
            byte_text(s->byte[at], t->text, sizeof t->text);
        else
            snprintf(t->text, sizeof t->text, "(%" PRIu64 " B)", t->to - t->from);
        t->is_gap = !known;
        t->width = ui_text_width(t->text);
        at = t->to;
    }
    return count;
}

/* ---- a band ------------------------------------------------------------------------------------------------------ */

static void put_bytes(struct ui_page *page, const struct token *t, size_t count)
{
    ui_page_put(page, 0, ui_attr(UI_DIM), _("bytes"));
    for (size_t i = 0; i < count; i++)
        ui_page_put(page, GUTTER + t[i].column, ui_attr(t[i].is_gap ? UI_DIM : UI_CODE), t[i].text);
    ui_page_next(page);
}

static void put_places(struct ui_page *page, const struct token *t, size_t count)
{
    char letter[2] = "";
    ui_page_put(page, 0, ui_attr(UI_DIM), _("where"));
    for (size_t i = 0; i < count; i++) {
        letter[0] = places[t[i].place].letter;
        for (int x = 0; x < t[i].width; x++)
            ui_page_put(page, GUTTER + t[i].column + x, ui_attr(places[t[i].place].meaning), letter);
    }
    ui_page_next(page);
}

/* One call's part of a band, from its first column to its last: ├1──┤, ├┤ or │ as there is room. */
static void put_span(struct ui_page *page, int first, int last, bool begins, bool ends, size_t number)
{
    attr_t attr = ui_attr(UI_STRONG);
    char digits[24];
    int room = last - first - (begins ? 1 : 0) + (ends ? 0 : 1);
    for (int x = first; x <= last; x++)
        ui_page_put(page, GUTTER + x, attr, ui_glyph(UI_DASH));
    if (first == last && begins && ends) {
        ui_page_put(page, GUTTER + first, attr, ui_glyph(UI_VERTICAL));
        return;
    }
    if (begins)
        ui_page_put(page, GUTTER + first, attr, ui_glyph(UI_TEE_L));
    if (ends)
        ui_page_put(page, GUTTER + last, attr, ui_glyph(UI_TEE_R));
    snprintf(digits, sizeof digits, "%zu", number);
    if (ui_text_width(digits) <= room)
        ui_page_put(page, GUTTER + first + begins, attr, digits);
}

static void put_ruler(struct ui_page *page, const char *name, const struct lab_stream_call *calls, size_t calls_count,
                      const struct token *t, size_t count)
{
    ui_page_put(page, 0, ui_attr(UI_DIM), name);
    for (size_t k = 0; k < calls_count && k < LAB_STREAM_CALLS; k++) {
        int first = -1, last = -1;
        for (size_t i = 0; i < count; i++) {
            if (t[i].from < calls[k].from || t[i].from >= calls[k].to)
                continue;
            first = first < 0 ? t[i].column : first;
            last = t[i].column + t[i].width - 1;
        }
        bool begins = calls[k].from >= t[0].from, ends = calls[k].to <= t[count - 1].to;
        if (first >= 0)
            put_span(page, first, last, begins, ends, k + 1);
    }
    ui_page_next(page);
}

/* The name of the calls of one end: what most learners know, unless it was another. */
static const char *call_name(const struct ui_model *model, const struct lab_stream_call *calls, size_t count,
                             const char *usual, char *out, size_t room)
{
    const struct net_event *ev = count ? lab_journal_at(model->journal, (size_t)calls[0].event) : NULL;
    snprintf(out, room, "%s", usual);
    if (ev)
        snprintf(out, room, "%.5s()", net_call_row(ev->u.call.call)->name);
    return out;
}

static void put_bands(struct ui_page *page, const struct ui_model *model, const struct lab_stream *s,
                      struct token *tokens, size_t count)
{
    char in[16], out[16];
    int room = page->columns - GUTTER;
    call_name(model, s->in, s->in_count, "send()", in, sizeof in);
    call_name(model, s->out, s->out_count, "recv()", out, sizeof out);
    for (size_t first = 0, next; first < count; first = next) {
        int column = 0;
        for (next = first; next < count && (next == first || column + tokens[next].width <= room); next++) {
            tokens[next].column = column;
            column += tokens[next].width;
        }
        if (first)
            ui_page_next(page);
        put_ruler(page, in, s->in, s->in_count, &tokens[first], next - first);
        put_bytes(page, &tokens[first], next - first);
        put_places(page, &tokens[first], next - first);
        put_ruler(page, out, s->out, s->out_count, &tokens[first], next - first);
    }
}

/* ---- a direction ------------------------------------------------------------------------------------------------- */

static void put_head(struct ui_page *page, const struct ui_model *model, const struct ui_ends *ends, unsigned from)
{
    char sender[40], receiver[40];
    ui_end_last_name(model, ends->socket[from], sender, sizeof sender);
    ui_end_last_name(model, ends->socket[!from], receiver, sizeof receiver);
    int column = ui_page_putf(page, 0, ui_attr(ui_meaning_of_host(from)) | A_BOLD, "%s %s", net_host_name(from),
                              sender);
    column += ui_page_putf(page, column, ui_attr(UI_STRONG), " %s ", ui_glyph(UI_ARROW_R));
    ui_page_putf(page, column, ui_attr(ui_meaning_of_host(!from)) | A_BOLD, "%s %s", net_host_name(!from), receiver);
    ui_page_next(page);
}

static void add_fact(char *out, size_t out_bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* One more fact, behind a dot where there is one already. */
static void add_fact(char *out, size_t out_bytes, const char *format, ...)
{
    char fact[200];
    va_list args;
    va_start(args, format);
    vsnprintf(fact, sizeof fact, format, args);
    va_end(args);
    if (*out)
        lab_append(out, out_bytes, " %s ", ui_glyph(UI_DOT));
    lab_append(out, out_bytes, "%s", fact);
}

/* Without calls the bytes were seen on the wire, or in the kernel's queues. */
static void add_written(char *out, size_t out_bytes, const struct lab_stream *s)
{
    unsigned long long written = s->written;
    if (s->in_count == 0)
        add_fact(out, out_bytes, _("written %llu B"), written);
    else if (s->blocked)
        add_fact(out, out_bytes,
                 LAB_PLURAL(s->in_count, "written %llu B by %zu call, which blocked",
                            "written %llu B by %zu calls, the last one blocked"),
                 written, s->in_count);
    else
        add_fact(out, out_bytes, LAB_PLURAL(s->in_count, "written %llu B by %zu call", "written %llu B by %zu calls"),
                 written, s->in_count);
}

static void add_read(char *out, size_t out_bytes, const struct lab_stream *s)
{
    unsigned long long read = s->read;
    if (s->out_count == 0)
        add_fact(out, out_bytes, _("read %llu B"), read);
    else
        add_fact(out, out_bytes, LAB_PLURAL(s->out_count, "read %llu B by %zu call", "read %llu B by %zu calls"), read,
                 s->out_count);
}

static void put_counts(struct ui_page *page, const struct lab_stream *s)
{
    char text[600] = "";
    uint64_t lost = lab_stream_lost(s);
    add_written(text, sizeof text, s);
    add_fact(text, sizeof text, _("sent %llu"), (unsigned long long)s->sent);
    add_fact(text, sizeof text, _("acknowledged %llu"), (unsigned long long)s->acked);
    add_read(text, sizeof text, s);
    if (s->arrived > s->read && !s->to_over)
        add_fact(text, sizeof text, _("unread %llu"), (unsigned long long)(s->arrived - s->read));
    ui_page_wrap(page, ui_attr(UI_TEXT), "", A_NORMAL, text);
    if (lost) {
        snprintf(text, sizeof text, _("lost %llu B: they will never be read"), (unsigned long long)lost);
        ui_page_line(page, ui_attr(UI_FAILED), text);
    }
}

static void put_notes(struct ui_page *page, const struct lab_stream *s)
{
    size_t most = s->in_count > s->out_count ? s->in_count : s->out_count;
    if (s->written > LAB_STREAM_BYTES)
        ui_page_putf(page, 0, ui_attr(UI_DIM), _("only the first %d bytes are shown as text"), LAB_STREAM_BYTES);
    if (s->written > LAB_STREAM_BYTES)
        ui_page_next(page);
    if (most > LAB_STREAM_CALLS)
        ui_page_putf(page, 0, ui_attr(UI_DIM), _("only the first %d calls of each end are marked"), LAB_STREAM_CALLS);
    if (most > LAB_STREAM_CALLS)
        ui_page_next(page);
    if (s->has_urgent)
        ui_page_line(page, ui_attr(UI_WAITS), _("MSG_OOB was used: urgent bytes are not shown in their place"));
}

static void put_direction(struct ui_page *page, const struct ui_model *model, const struct ui_ends *ends, unsigned from)
{
    struct lab_stream *s = lab_stream_new(model->journal, model->state, ends->conversation, from);
    struct token *tokens = calloc(TOKENS_MOST, sizeof *tokens);
    put_head(page, model, ends, from);
    if (!s || !tokens) {
        ui_page_line(page, ui_attr(UI_FAILED), _("no memory to show it"));
    } else if (s->written == 0) {
        ui_page_line(page, ui_attr(UI_DIM), _("nothing was written in this direction"));
    } else {
        put_counts(page, s);
        put_bands(page, model, s, tokens, make_tokens(s, tokens));
        put_notes(page, s);
    }
    ui_page_next(page);
    free(tokens);
    free(s);
}

static void put_legend(struct ui_page *page)
{
    char letter[2] = "";
    int column = 0;
    for (int i = 0; i < LAB_STREAM_PLACES; i++) {
        letter[0] = places[i].letter;
        column += ui_page_put(page, column, ui_attr(places[i].meaning), letter);
        column += ui_page_put(page, column, ui_attr(UI_DIM), _(places[i].says));
    }
    page->row += 2;
}

static void put_all(struct ui_page *page, const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_ends ends = ui_ends_of(pane, model);
    if (ends.conversation == LAB_NONE) {
        ui_page_line(page, ui_attr(UI_DIM), _("No connection yet: there is no stream before one."));
        return;
    }
    put_legend(page);
    put_direction(page, model, &ends, NET_CLIENT);
    put_direction(page, model, &ends, NET_SERVER);
}

/* ---- the box ----------------------------------------------------------------------------------------------------- */

static long measure(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_measure(pane);
    put_all(&page, pane, model);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_of(pane, measure(pane, model));
    put_all(&page, pane, model);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    unsigned reactions = ui_ends_key(pane, model, pressed);
    return reactions & UI_PASS ? ui_scroll_key(pane, pressed, measure(pane, model), false) : reactions;
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, measure(pane, model), false);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    struct ui_pane as_wide = *pane;
    as_wide.columns = *columns < 122 ? *columns - 2 : 120;
    *columns = as_wide.columns;
    long wanted = measure(&as_wide, model);
    *rows = wanted < 18 ? 18 : wanted > 200 ? 200 : (int)wanted;
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    struct ui_ends ends = ui_ends_of(pane, model);
    char client[40], server[40];
    ui_end_last_name(model, ends.socket[NET_CLIENT], client, sizeof client);
    ui_end_last_name(model, ends.socket[NET_SERVER], server, sizeof server);
    snprintf(out, out_bytes, _("Byte stream: client %s, server %s"), client, server);
}

static const struct ui_key_help keys[] = {{.key = "Left Right", .what = N_("time")},
                                          {.key = "n", .what = N_("next")},
                                          {.key = "Up Down", .what = N_("scroll"), .moves = true},
                                          {.key = "Tab", .what = N_("another connection")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_stream = {
    .name = "stream",
    .title = N_("Byte stream"),
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .wants = wants,
    .titled = titled,
    .status = ui_ends_status,
    .keys = keys,
};
