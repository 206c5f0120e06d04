// SPDX-License-Identifier: GPL-3.0-or-later
// One script under two settings: the two runs side by side, and what differs.
//
//  ┌ "default" against "linger 0" ───────────────┬──────────────────────────── 11 of 42 rows differ ┐
//  │  default                                    │  linger 0                                        │  <- pinned
//  │  client                            server   │  client                              server      │
//  │  : c1 close                                 │  : c1 close                                      │
//  │! c1 close(3) = 0, FIN_WAIT1                 │! c1 close(3) = 0, CLOSE                          │
//  │!                                            │! CLOSE       ──────── RST·ACK ──────► CLOSE      │
//  │! FIN_WAIT1   ──── data 95568 B x 66 ─► │    │!                                                 │
//  └ Up Down scroll  n N differing  Left Right settings  Enter again  Esc close ────────────────────┘
//
// A row that differs begins with a ! in both halves and keeps its colours; what is the same is dim. A ~ is chance, such
// as an empty ACK that only one run has. On 80 columns the states are short, as on the wire.
#include "lab/base/text.h"
#include "lab/base/durations.h"
#include "lab/compare/versus.h"
#include "ui/view/pane.h"
#include "ui/draw/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_ROWS = 2, STATE_COLUMNS = 11, SHORT_STATE = 6, WIDE_BODY = 52, CONTEXT_ROWS = 3, WIDEST = 150 };

struct sides {
    unsigned number; /* of the comparison that it was made from; 0: none */
    size_t left, right;
    struct lab_side_by_side all;
};

static void close_sides(struct ui_pane *pane)
{
    struct sides *s = pane->own;
    if (s)
        lab_side_by_side_fini(&s->all);
    free(s);
    pane->own = NULL;
}

static bool has_two(const struct ui_model *model)
{
    return model->versus && model->versus->count > 1;
}

static const struct lab_ladder *ladder_of(const struct ui_pane *pane, const struct ui_model *model, int side)
{
    const struct sides *s = pane->own;
    return model->versus->ladders[side == 0 ? s->left : s->right];
}

static bool differs(const struct lab_versus_row *row)
{
    return row->differs & ~(unsigned)LAB_DIFFERS_CHANCE;
}

/* The next row that differs, from `from` on in that direction; -1 when there is none. */
static long difference(const struct sides *s, long from, int step)
{
    for (long i = from; i >= 0 && i < (long)s->all.count; i += step)
        if (differs(&s->all.rows[i]))
            return i;
    return -1;
}

static void go_to(struct ui_pane *pane, long row)
{
    if (row < 0)
        return;
    pane->cursor = (uint64_t)row + 1;
    pane->top = row > CONTEXT_ROWS ? row - CONTEXT_ROWS : 0;
}

static void lay_out(struct ui_pane *pane, const struct ui_model *model)
{
    struct sides *s = pane->own;
    lab_side_by_side_fini(&s->all);
    lab_side_by_side(model->versus->ladders[s->left], model->versus->ladders[s->right], &s->all);
    s->number = model->versus->number;
    pane->top = 0;
    pane->cursor = 0;
    go_to(pane, difference(s, 0, 1));
}

static void renew(struct ui_pane *pane, const struct ui_model *model)
{
    struct sides *s = pane->own;
    if (!has_two(model) || s->number == model->versus->number)
        return;
    s->left = 0;
    s->right = 1;
    lay_out(pane, model);
}

static int open_sides(struct ui_pane *pane, const struct ui_model *model)
{
    pane->own = calloc(1, sizeof(struct sides));
    if (!pane->own)
        return -1;
    renew(pane, model);
    return 0;
}

/* ---- one half of a row ------------------------------------------------------------------------------------------ */

struct half {
    WINDOW *window;
    int row, column, columns; /* behind the mark */
    int state_columns;
    attr_t dim; /* for what is the same; 0: its own colours */
};

static attr_t attr_in(const struct half *h, enum ui_meaning meaning)
{
    return h->dim ? h->dim : ui_attr(meaning);
}

static const char *state_text(unsigned state, int columns)
{
    return columns >= STATE_COLUMNS ? net_state_name(state) : ui_state_brief(state);
}

static enum ui_meaning meaning_of(const struct lab_rung *rung)
{
    if (rung->fate == NET_DROPPED || (rung->flags & NET_RST))
        return UI_FAILED;
    if (rung->fate != NET_DELIVERED && rung->fate != NET_DUPLICATED)
        return UI_WAITS;
    if (rung->flags & NET_FIN)
        return UI_CLOSING;
    if (rung->flags & NET_SYN)
        return UI_OPENING;
    return rung->bytes ? UI_OPEN : UI_TEXT;
}

/* "FIN·ACK cable cut x3 (4.1 s)": flags are joined by a dot, as on the wire. */
static void label_of(const struct lab_rung *rung, bool with_time, char *out, size_t room)
{
    char flags[48], time[40];
    net_flags_text(rung->flags, flags, sizeof flags);
    size_t flags_bytes = strlen(flags);
    *out = '\0';
    for (size_t i = 0; i < flags_bytes; i++)
        lab_append(out, room, "%s", flags[i] == ' ' ? ui_glyph(UI_DOT) : (const char[]){flags[i], '\0'});
    lab_append(out, room, "%s", rung->what + (strncmp(rung->what, flags, flags_bytes) == 0 ? flags_bytes : 0));
    if (*rung->result)
        lab_append(out, room, " %s", rung->result);
    if (rung->times > 1)
        lab_append(out, room, " x%u", rung->times);
    if (with_time)
        lab_append(out, room, " (%s)", lab_duration_text(lab_rung_time_ns(rung), time, sizeof time));
}

static void put_arrow(const struct half *h, const struct lab_rung *rung, int column, int columns, bool with_time)
{
    char label[200];
    attr_t attr = attr_in(h, meaning_of(rung));
    bool arrived = rung->fate == NET_DELIVERED || rung->fate == NET_DUPLICATED;
    bool to_right = rung->host == NET_CLIENT;
    label_of(rung, with_time, label, sizeof label);
    int width = ui_text_width(label), room = columns - 3;
    width = width > room ? room : width;
    int before = (room - width) / 2, at = column + (to_right ? 0 : 1);
    ui_fill(h->window, h->row, at, before, attr, ui_glyph(UI_DASH));
    ui_put(h->window, h->row, at + before + 1, width, attr, label);
    at += before + width + 2;
    ui_fill(h->window, h->row, at, room - width - before, attr, ui_glyph(UI_DASH));
    ui_put(h->window, h->row, to_right ? column + columns - 1 : column, 1, attr,
           ui_glyph(!arrived   ? UI_LOST
                    : to_right ? UI_ARROW_R
                               : UI_ARROW_L));
}

static void put_state(const struct half *h, int column, unsigned state)
{
    ui_put(h->window, h->row, column, h->state_columns, attr_in(h, ui_meaning_of_state(state)),
           state_text(state, h->state_columns));
}

static void put_ladder(const struct half *h, const struct lab_rung *rung, bool with_time)
{
    int arrow = h->column + h->state_columns + 1, right = h->column + h->columns - h->state_columns;
    put_state(h, h->column, rung->state[NET_CLIENT]);
    put_state(h, right, rung->state[NET_SERVER]);
    if (rung->kind == LAB_RUNG_SEGMENT)
        put_arrow(h, rung, arrow, right - 1 - arrow, with_time);
    else
        ui_putf(h->window, h->row, arrow, right - 1 - arrow, attr_in(h, UI_STRONG),
                h->state_columns < STATE_COLUMNS ? "TIME_WAIT: %s" : _("in the end; TIME_WAIT: %s"), rung->result);
}

static enum ui_meaning meaning_of_text(const struct lab_rung *rung)
{
    if (rung->kind == LAB_RUNG_COMMAND)
        return UI_CODE;
    if (rung->kind == LAB_RUNG_STEP)
        return ui_meaning_of_state(rung->state[rung->host % NET_HOSTS]);
    if (rung->kind == LAB_RUNG_LIFE || rung->failed)
        return UI_FAILED;
    return rung->blocks ? UI_WAITS : UI_TEXT;
}

/* The actor in its host's colour, then what it did. */
static void put_text(const struct half *h, const struct lab_rung *rung, bool with_time)
{
    char text[256];
    int at = 0, name = rung->kind == LAB_RUNG_CALL || rung->kind == LAB_RUNG_LIFE ? (int)strlen(rung->lane) : 0;
    bool is_command = rung->kind == LAB_RUNG_COMMAND;
    if (is_command)
        at += ui_put(h->window, h->row, h->column, 2, attr_in(h, UI_KEY), ": ");
    lab_rung_text(rung, with_time, h->columns - at, text, sizeof text);
    at += ui_putn(h->window, h->row, h->column + at, h->columns - at, attr_in(h, ui_meaning_of_host(rung->host)), text,
                  (size_t)name);
    ui_put(h->window, h->row, h->column + at, h->columns - at, attr_in(h, meaning_of_text(rung)), text + name);
}

static void put_half(const struct ui_pane *pane, const struct lab_ladder *ladder, const struct lab_versus_row *row,
                     int side, struct half *h)
{
    int rung = row->rung[side];
    bool chosen = pane->cursor && &((const struct sides *)pane->own)->all.rows[pane->cursor - 1] == row;
    if (row->differs)
        ui_put(h->window, h->row, h->column - 2, 1,
               ui_attr(row->differs & LAB_DIFFERS_CHANCE ? UI_DIM : UI_WAITS) | (chosen ? ui_attr(UI_SELECTED) : 0),
               row->differs & LAB_DIFFERS_CHANCE ? "~" : "!");
    if (rung == LAB_NONE)
        return;
    const struct lab_rung *r = &ladder->rungs[rung];
    h->dim = differs(row) ? 0 : ui_attr(UI_DIM);
    if (r->kind == LAB_RUNG_SEGMENT || r->kind == LAB_RUNG_END)
        put_ladder(h, r, row->differs & LAB_DIFFERS_TIME);
    else
        put_text(h, r, row->differs & LAB_DIFFERS_TIME);
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static struct half half_of(const struct ui_pane *pane, int side, int row)
{
    int middle = (pane->columns - 1) / 2, begin = side == 0 ? 0 : middle + 1;
    struct half h = {.window = pane->window, .row = row, .column = begin + 2};
    h.columns = (side == 0 ? middle : pane->columns) - h.column - 1;
    h.state_columns = h.columns >= WIDE_BODY ? STATE_COLUMNS : SHORT_STATE;
    return h;
}

static void draw_head(const struct ui_pane *pane, const struct ui_model *model)
{
    for (int side = 0; side < 2; side++) {
        const struct lab_ladder *ladder = ladder_of(pane, model, side);
        struct half h = half_of(pane, side, 0);
        int at = ui_put(h.window, 0, h.column, h.columns, ui_attr(UI_STRONG), ladder->setting);
        if (*ladder->error)
            ui_put(h.window, 0, h.column + at, h.columns - at, ui_attr(UI_FAILED), _("  ended early: see below"));
        if (!ladder->has_wire) {
            ui_put(h.window, 1, h.column, h.columns, ui_attr(UI_DIM), _("no wire here: calls and states only"));
            continue;
        }
        ui_put(h.window, 1, h.column, h.columns, ui_attr(UI_CLIENT), "client");
        ui_put(h.window, 1, h.column + h.columns - h.state_columns, h.state_columns, ui_attr(UI_SERVER), "server");
    }
}

/* A line behind the rows; the next place. y < 0: only counted. */
static int put_foot(const struct ui_pane *pane, int y, long rows, const char *text)
{
    if (y >= 0 && y + rows < pane->rows)
        ui_put(pane->window, y + (int)rows, 2, pane->columns - 2, ui_attr(UI_FAILED), text);
    return 1;
}

/* What was not kept, and why a run ended. How many lines. */
static long put_feet(const struct ui_pane *pane, const struct ui_model *model, int y)
{
    long rows = 0;
    for (int side = 0; side < 2; side++) {
        const struct lab_ladder *ladder = ladder_of(pane, model, side);
        char text[300];
        if (ladder->left_out)
            rows += put_foot(pane, y, rows, lab_versus_left_out(ladder, text, sizeof text));
        if (*ladder->error)
            rows += put_foot(pane, y, rows, lab_versus_error(ladder, text, sizeof text));
    }
    return rows;
}

static long total_of(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct sides *s = pane->own;
    return s->number ? (long)s->all.count + put_feet(pane, model, -1) : 0;
}

/* As it scrolls: a pane without the rows that stay. */
static struct ui_pane body_of(const struct ui_pane *pane)
{
    struct ui_pane body = *pane;
    body.rows -= HEAD_ROWS;
    return body;
}

static void draw_nothing(const struct ui_pane *pane, const struct ui_model *model)
{
    static const char *const lines[] = {N_("Nothing to lay side by side yet."),
                                        "",
                                        N_("Begin a line with a setting, where it is to be set:"),
                                        "  with \"default\"",
                                        "  with \"linger 0\" c1 set SO_LINGER 1 0",
                                        N_("Then, when all is done, `versus` runs it once under each.")};
    size_t n = sizeof lines / sizeof lines[0];
    for (size_t i = 0; i < n; i++)
        ui_put(pane->window, (int)i, 1, pane->columns - 2, *lines[i] == ' ' ? ui_attr(UI_CODE) : A_NORMAL, _(lines[i]));
    if (model->versus && model->versus->count == 1)
        ui_put(pane->window, (int)n + 1, 1, pane->columns - 2, ui_attr(UI_FAILED), model->versus->ladders[0]->error);
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct sides *s = pane->own;
    werase(pane->window);
    if (!s->number || !has_two(model)) {
        draw_nothing(pane, model);
        return;
    }
    struct ui_pane body = body_of(pane);
    long top = ui_scroll_top(&body, total_of(pane, model));
    draw_head(pane, model);
    for (int y = 0; y < pane->rows; y++)
        ui_put(pane->window, y, (pane->columns - 1) / 2, 1, ui_attr(UI_FRAME), ui_glyph(UI_VERTICAL));
    for (int y = HEAD_ROWS; y < pane->rows && top + y - HEAD_ROWS < (long)s->all.count; y++)
        for (int side = 0; side < 2; side++) {
            struct half h = half_of(pane, side, y);
            put_half(pane, ladder_of(pane, model, side), &s->all.rows[top + y - HEAD_ROWS], side, &h);
        }
    put_feet(pane, model, (int)((long)s->all.count - top) + HEAD_ROWS);
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

/* The pair after this one, or before it: 0 1, 0 2, 1 2 and round again. */
static unsigned other_pair(struct ui_pane *pane, const struct ui_model *model, int step)
{
    struct sides *s = pane->own;
    size_t n = model->versus->count;
    do {
        size_t at = s->left * n + s->right;
        at = (at + (step > 0 ? 1 : n * n - 1)) % (n * n);
        s->left = at / n;
        s->right = at % n;
    } while (s->left >= s->right);
    lay_out(pane, model);
    return UI_REDRAW;
}

static unsigned to_difference(struct ui_pane *pane, int step)
{
    const struct sides *s = pane->own;
    go_to(pane, difference(s, (long)pane->cursor - 1 + step, step));
    return UI_REDRAW;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    bool any = has_two(model) && ((const struct sides *)pane->own)->number;
    struct ui_pane body = body_of(pane);
    if (pressed == '\r' || pressed == KEY_ENTER) {
        snprintf(pane->command, sizeof pane->command, "versus");
        return UI_CLOSE | UI_COMMAND;
    }
    if (!any)
        return UI_PASS;
    switch (pressed) {
    case 'n': return to_difference(pane, 1);
    case 'N': return to_difference(pane, -1);
    case KEY_RIGHT:
    case '\t': return other_pair(pane, model, 1);
    case KEY_LEFT: return other_pair(pane, model, -1);
    default: break;
    }
    unsigned reaction = ui_scroll_key(&body, pressed, total_of(pane, model), false);
    pane->top = body.top;
    return reaction;
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    struct ui_pane body = body_of(pane);
    (void)row;
    (void)column;
    unsigned reaction = ui_scroll_wheel(&body, buttons, total_of(pane, model), false);
    pane->top = body.top;
    return reaction;
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    enum { OF_NOTHING = 10 };
    const struct sides *s = pane->own;
    long total = HEAD_ROWS + (s->number ? total_of(pane, model) : OF_NOTHING);
    *rows = total < *rows ? (int)total : *rows;
    *columns = WIDEST < *columns ? WIDEST : *columns;
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    if (has_two(model) && ((const struct sides *)pane->own)->number)
        snprintf(out, out_bytes, _("\"%s\" against \"%s\""), ladder_of(pane, model, 0)->setting,
                 ladder_of(pane, model, 1)->setting);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    const struct sides *s = pane->own;
    if (s->number && has_two(model))
        lab_versus_count(&s->all, out, out_bytes);
}

static const struct ui_key_help keys[] = {{.key = "Up Down", .what = N_("scroll"), .moves = true},
                                          {.key = "n N", .what = N_("differing")},
                                          {.key = "Left Right", .what = N_("settings")},
                                          {.key = "Enter", .what = N_("again")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_versus = {
    .name = "versus",
    .title = N_("One script, two settings"),
    .open = open_sides,
    .close = close_sides,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .wants = wants,
    .titled = titled,
    .status = status,
    .renew = renew,
    .keys = keys,
};
