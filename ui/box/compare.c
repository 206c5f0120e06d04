// SPDX-License-Identifier: GPL-3.0-or-later
// What servers were measured to need for the same crowd, as bars.
//
//  ┌ What a server needs ─────────────── 200 clients at once, 3 rounds: all were answered ┐
//  │ connections per second                    memory of its own                          │
//  │ fork             139  ███                 fork        33.9 MiB  ████████████████     │
//  │ pthread          486  ██████████          pthread      5.6 MiB  ███                  │
//  │ epoll            745  ███████████████ best epoll       432 KiB  █ best               │
//  │                                                                                      │
//  │ median time to the answer                 context switches                           │
//  │ ...                                                                                  │
//  │ connections per second: from the first connect() entered to the last answer received │
//  └─ Up Down scroll  Enter compare  Esc close ───────────────────────────────────────────┘
//
// Each bar is relative to the largest of its measure. Where there is no room for two, the measures stand one below the
// other. Everything comes from the notes of the journal; measuring is a command like any other.
#include "lab/compare/measure.h"
#include "net/base/message.h"
#include "ui/box/box.h"
#include "ui/draw/page.h"

#include <stdio.h>
#include <string.h>

enum { NAME_COLUMNS = 8, VALUE_COLUMNS = 13, VALUE_BYTES = 80, GAP = 2, TWO_COLUMNS = 70, WIDEST = 118 };

/* Beside each other; what belongs together stands below each other. */
static const enum lab_measure left[] = {LAB_MEASURE_RATE, LAB_MEASURE_MEDIAN, LAB_MEASURE_P99},
                              right[] = {LAB_MEASURE_MEMORY, LAB_MEASURE_SWITCHES, LAB_MEASURE_TASKS};
enum { BANDS = sizeof left / sizeof left[0] };

static const char first[] = "compare fork pthread pool epoll clients=200";

struct results {
    struct lab_measured all[LAB_COMPARED_MAX];
    size_t count;
};

static void read_results(const struct ui_model *model, struct results *r)
{
    r->count = lab_measured_read(model->state, model->journal, r->all);
}

/* Of every value, so that all bars begin below each other. */
static int value_columns(const struct results *r)
{
    char value[VALUE_BYTES];
    int widest = VALUE_COLUMNS;
    for (size_t i = 0; i < r->count; i++)
        for (unsigned measure = 0; measure < LAB_MEASURES; measure++) {
            int width = ui_text_width(lab_measure_text(&r->all[i], (enum lab_measure)measure, value, sizeof value));
            widest = width > widest ? width : widest;
        }
    return widest;
}

/* One server's row of one measure, in columns of the page's present row. */
static void put_bar(struct ui_page *page, int column, int columns, const struct results *r, size_t i,
                    enum lab_measure measure)
{
    const struct lab_measured *measured = &r->all[i];
    const char *best = _(" best");
    int behind = column + NAME_COLUMNS + value_columns(r), at = behind + GAP;
    int room = columns - (at - column) - ui_text_width(best);
    int cells = lab_measure_bar(measured, measure, lab_measure_most(r->all, r->count, measure), room);
    bool is_best = lab_measure_is_best(r->all, r->count, i, measure);
    char value[VALUE_BYTES];
    lab_measure_text(measured, measure, value, sizeof value);
    ui_page_put(page, column, A_NORMAL, measured->program);
    ui_page_put(page, behind - ui_text_width(value), is_best ? ui_attr(UI_STRONG) : A_NORMAL, value);
    for (int n = 0; n < cells; n++)
        ui_page_put(page, at + n, ui_attr(is_best ? UI_OPEN : UI_SERVER), ui_glyph(UI_BAR));
    if (is_best)
        ui_page_put(page, at + cells, ui_attr(UI_STRONG), best);
}

static void put_band(struct ui_page *page, const struct results *r, const enum lab_measure *measures, int count)
{
    int columns = (page->columns - GAP * (count - 1)) / count;
    for (int k = 0; k < count; k++)
        ui_page_put(page, k * (columns + GAP), ui_attr(UI_TITLE) | A_UNDERLINE, _(lab_measures[measures[k]].title));
    ui_page_next(page);
    for (size_t i = 0; i < r->count; i++) {
        for (int k = 0; k < count; k++)
            put_bar(page, k * (columns + GAP), columns, r, i, measures[k]);
        ui_page_next(page);
    }
    ui_page_next(page);
}

static void put_text(struct ui_page *page, const struct results *r)
{
    char mark[40];
    for (size_t i = 0; i < r->count; i++) {
        if (!*r->all[i].said)
            continue;
        snprintf(mark, sizeof mark, "%s ", r->all[i].program);
        ui_page_wrap(page, ui_attr(UI_TEXT), mark, ui_attr(UI_FAILED), r->all[i].said);
    }
    for (unsigned measure = 0; measure < LAB_MEASURES; measure++) {
        char text[900];
        snprintf(text, sizeof text, "%s: %s.", _(lab_measures[measure].title), _(lab_measures[measure].about));
        ui_page_wrap(page, ui_attr(UI_DIM), "", A_NORMAL, text);
    }
    ui_page_wrap(page, ui_attr(UI_DIM), "", A_NORMAL, _(lab_measures_caveat));
}

static void put_nothing(struct ui_page *page)
{
    ui_page_wrap(page, A_NORMAL, "", A_NORMAL,
                 _("Nothing was compared yet. Enter gives a fork, a thread, a pool and an epoll server the same crowd "
                   "of 200 clients, three times in turn, and measures what each of them needs. The lab is emptied "
                   "first."));
    ui_page_next(page);
    ui_page_line(page, ui_attr(UI_CODE), first);
}

static void put_all(struct ui_page *page, const struct ui_model *model)
{
    struct results r;
    read_results(model, &r);
    if (r.count == 0) {
        put_nothing(page);
        return;
    }
    for (int band = 0; band < BANDS; band++) {
        const enum lab_measure pair[] = {left[band], right[band]};
        if (page->columns >= TWO_COLUMNS)
            put_band(page, &r, pair, 2);
        else
            put_band(page, &r, pair, 1);
    }
    for (int band = 0; band < BANDS && page->columns < TWO_COLUMNS; band++)
        put_band(page, &r, &right[band], 1);
    put_text(page, &r);
}

static long measure_rows(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_measure(pane);
    put_all(&page, model);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_of(pane, measure_rows(pane, model));
    werase(pane->window);
    put_all(&page, model);
}

/* The command that made these results, but for its message. */
static void put_command(const struct ui_model *model, char *out, size_t out_bytes)
{
    struct results r;
    size_t used = 7;
    read_results(model, &r);
    snprintf(out, out_bytes, "%s", r.count ? "compare" : first);
    for (size_t i = 0; i < r.count; i++)
        used += (size_t)snprintf(out + used, out_bytes - used, " %s", r.all[i].program);
    if (r.count)
        snprintf(out + used, out_bytes - used, " clients=%u rounds=%u", r.all[0].clients, r.all[0].rounds);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    if (pressed == '\r' || pressed == KEY_ENTER) {
        put_command(model, pane->command, sizeof pane->command);
        return UI_COMMAND | UI_CLOSE;
    }
    if (pressed == 'b')
        return UI_CLOSE;
    return ui_scroll_key(pane, pressed, measure_rows(pane, model), false);
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, measure_rows(pane, model), false);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    struct ui_pane as_wide = *pane;
    as_wide.columns = WIDEST < *columns - 2 ? WIDEST : *columns - 2;
    as_wide.rows = *rows;
    *columns = as_wide.columns;
    *rows = (int)measure_rows(&as_wide, model);
}

static bool concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_NOTE;
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    struct results r;
    (void)pane;
    read_results(model, &r);
    lab_measure_head(r.all, r.count, out, out_bytes);
}

static const struct ui_key_help keys[] = {{.key = "Up Down", .what = N_("scroll"), .moves = true},
                                          {.key = "Enter", .what = N_("compare")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_compare = {
    .name = "compare",
    .title = N_("What a server needs"),
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .wants = wants,
    .concerns = concerns,
    .status = status,
    .keys = keys,
};
