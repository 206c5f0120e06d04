// SPDX-License-Identifier: GPL-3.0-or-later
// The disconnect matrix: every cause, what the end that watches sees, on this kernel.
//
//  ┌ How a connection ends ─────────────────────────── 28 of 322 seen, 0 other than on Linux 6.18 ┐
//  │ at B it happens, A watches    blocked recv()  next recv()  1st send()        2nd send()      >│
//  │ close()                       0               0            5                 -1 EPIPE +SIGPIPE│
//  │ close(), unread data          -1 ECONNRESET   0            -1 EPIPE +SIGPIPE ...              │
//  │ kill -9                       not seen yet                                                    │
//  │ ──────────────────────────────────────────────────────────────────────────────────────────── │
//  │ close(), unread data: states of A  ESTABLISHED > CLOSE   states of B ...                      │
//  └─ Up Down cause  Left Right columns  Enter run it  a run all  Esc close ────────────────────────┘
//
// A cell that is not what was measured on Linux 6.18 has a ! before it. Only whole columns are shown. The cells come
// from the journal; running a row is a command like any other.
#include "lab/base/text.h"
#include "lab/compare/matrix.h"
#include "ui/draw/page.h"
#include "ui/view/pane.h"

#include <stdio.h>
#include <string.h>

enum { CAUSE_COLUMNS = 32, DETAIL_ROWS = 5, LEAST_CELLS = 46, WIDEST = 150 };

/* What is shown from left to right; what has no column stands in the detail. */
static const enum lab_matrix_column order[] = {
    LAB_MATRIX_RECV,      LAB_MATRIX_RECV_NEXT, LAB_MATRIX_SEND_1,     LAB_MATRIX_SEND_2, LAB_MATRIX_SO_ERROR,
    LAB_MATRIX_TIME_WAIT, LAB_MATRIX_POLL,      LAB_MATRIX_POLL_LATER, LAB_MATRIX_SEND_3, LAB_MATRIX_RECV_LAST};
static const int width_of[LAB_MATRIX_COLUMNS] = {
    [LAB_MATRIX_RECV] = 15,       [LAB_MATRIX_RECV_NEXT] = 12, [LAB_MATRIX_POLL] = 21,   [LAB_MATRIX_SEND_1] = 17,
    [LAB_MATRIX_POLL_LATER] = 21, [LAB_MATRIX_SEND_2] = 17,    [LAB_MATRIX_SEND_3] = 18, [LAB_MATRIX_RECV_LAST] = 12,
    [LAB_MATRIX_SO_ERROR] = 11,   [LAB_MATRIX_TIME_WAIT] = 9};
enum { COLUMNS_SHOWN = sizeof order / sizeof order[0] };

static const struct lab_matrix *matrix_of(const struct ui_model *model)
{
    return model->session ? lab_session_matrix(model->session) : NULL;
}

/* What the learner's own connections showed until now is in it. */
static int open_box(struct ui_pane *pane, const struct ui_model *model)
{
    (void)pane;
    return model->session ? lab_session_learn(model->session) : 0;
}

static size_t chosen_row(const struct ui_pane *pane)
{
    return pane->cursor && pane->cursor <= lab_matrix_cause_count() ? (size_t)pane->cursor - 1 : 0;
}

static int first_column(const struct ui_pane *pane)
{
    return (int)(intptr_t)pane->own;
}

/* As wide as the longest name where that leaves room for three columns. */
static int cause_columns(const struct ui_pane *pane)
{
    int widest = CAUSE_COLUMNS;
    for (size_t i = 0; i < lab_matrix_cause_count(); i++) {
        int width = ui_text_width(lab_matrix_title(lab_matrix_cause(i))) + 2;
        widest = width > widest ? width : widest;
    }
    return widest + LEAST_CELLS <= pane->columns ? widest : CAUSE_COLUMNS;
}

static const char *name_of(enum lab_matrix_column column)
{
    return column == LAB_MATRIX_TIME_WAIT ? "TIME_WAIT" : lab_matrix_column_name(column);
}

/* Its cells, or its name where that is wider. */
static int columns_of(enum lab_matrix_column column)
{
    int name = ui_text_width(name_of(column));
    return name > width_of[column] ? name : width_of[column];
}

/* How many columns stand beside the causes: whole ones. */
static int columns_shown(const struct ui_pane *pane)
{
    int shown = 0;
    for (int i = first_column(pane), x = cause_columns(pane); i < COLUMNS_SHOWN; i++, shown++) {
        if (x + columns_of(order[i]) > pane->columns)
            break;
        x += columns_of(order[i]) + 1;
    }
    return shown;
}

static enum ui_meaning meaning_of(const struct lab_cell *cell, bool differs)
{
    if (differs || (cell->kind == LAB_CELL_RESULT && cell->error))
        return UI_FAILED;
    return cell->kind == LAB_CELL_BLOCKS ? UI_WAITS : UI_TEXT;
}

static void draw_cells(const struct ui_pane *pane, const struct lab_matrix *m, const struct lab_cause *row, int y,
                       attr_t extra)
{
    int x = cause_columns(pane), end = first_column(pane) + columns_shown(pane);
    if (!m || !lab_matrix_has(m, row)) {
        ui_put(pane->window, y, x, pane->columns - x, ui_attr(UI_DIM) | extra, _("not seen yet"));
        return;
    }
    for (int i = first_column(pane); i < end; i++) {
        char text[LAB_CELL_TEXT_BYTES];
        enum lab_matrix_column column = order[i];
        const struct lab_cell *cell = lab_matrix_cell(m, row, column);
        bool differs = lab_matrix_differs(m, row, column);
        if (differs)
            ui_put(pane->window, y, x - 1, 1, ui_attr(UI_FAILED) | extra, "!");
        ui_put(pane->window, y, x, columns_of(column), ui_attr(meaning_of(cell, differs)) | extra,
               lab_cell_text(cell, text));
        x += columns_of(column) + 1;
    }
}

static void draw_head(const struct ui_pane *pane)
{
    int x = cause_columns(pane), end = first_column(pane) + columns_shown(pane);
    ui_put(pane->window, 0, 1, x - 2, ui_attr(UI_DIM), _("at B it happens, A watches"));
    for (int i = first_column(pane); i < end; i++) {
        ui_put(pane->window, 0, x, columns_of(order[i]), ui_attr(UI_DIM), name_of(order[i]));
        x += columns_of(order[i]) + 1;
    }
}

/* Of the chosen cause, in as many lines as it takes: its whole name, what is carried out, and what has no column. */
static void put_detail(struct ui_page *page, const struct ui_pane *pane, const struct lab_matrix *m)
{
    const struct lab_cause *row = lab_matrix_cause(chosen_row(pane));
    char setup[LAB_CAUSE_TEXT_BYTES], script[LAB_CAUSE_TEXT_BYTES], text[LAB_MATRIX_COLUMNS][LAB_CELL_TEXT_BYTES];
    char line[4 * LAB_CELL_TEXT_BYTES + 2 * LAB_CAUSE_TEXT_BYTES + 100];
    lab_matrix_setup(row, setup, sizeof setup);
    lab_matrix_script(row, script, sizeof script);
    if (ui_text_width(lab_matrix_title(row)) > cause_columns(pane) - 2)
        ui_page_wrap(page, ui_attr(UI_STRONG), "", A_NORMAL, lab_matrix_title(row));
    snprintf(line, sizeof line, *setup ? "%s ; %s" : "%s%s", setup, script);
    ui_page_wrap(page, ui_attr(UI_CODE), "", A_NORMAL, line);
    if (!m || !lab_matrix_has(m, row)) {
        ui_page_wrap(page, ui_attr(UI_DIM), "", A_NORMAL,
                     _("Enter runs it: two connections, the lab is cleared first."));
        return;
    }
    for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
        lab_cell_text(lab_matrix_cell(m, row, column), text[column]);
    snprintf(line, sizeof line, "A: %s   B: %s", text[LAB_MATRIX_STATES], text[LAB_MATRIX_STATES_CAUSE]);
    ui_page_wrap(page, ui_attr(UI_TEXT), "", A_NORMAL, line);
    snprintf(line, sizeof line, _("wire: %s   with the 1st send(): %s"), text[LAB_MATRIX_SEGMENTS],
             text[LAB_MATRIX_SEGMENTS_SEND]);
    ui_page_wrap(page, ui_attr(UI_TEXT), "", A_NORMAL, line);
    snprintf(line, sizeof line, _("poll(): %s, later %s   TIME_WAIT when A has closed too: %s"), text[LAB_MATRIX_POLL],
             text[LAB_MATRIX_POLL_LATER], text[LAB_MATRIX_TIME_WAIT]);
    ui_page_wrap(page, ui_attr(UI_TEXT), "", A_NORMAL, line);
}

/* With the line above it; the list of causes keeps half of the box. */
static int detail_rows(const struct ui_pane *pane, const struct lab_matrix *m)
{
    struct ui_page page = {.columns = pane->columns - 2};
    put_detail(&page, pane, m);
    int rows = page.row + 1 < DETAIL_ROWS ? DETAIL_ROWS : (int)page.row + 1;
    return rows > pane->rows / 2 ? pane->rows / 2 : rows;
}

static void draw_detail(const struct ui_pane *pane, const struct lab_matrix *m)
{
    int y = pane->rows - detail_rows(pane, m);
    struct ui_page page = {
        .window = pane->window, .rows = pane->rows, .left = 1, .columns = pane->columns - 2, .row = y + 1};
    ui_fill(pane->window, y, 0, pane->columns, ui_attr(UI_DIM), ui_glyph(UI_HORIZONTAL));
    put_detail(&page, pane, m);
}

static size_t first_row(const struct ui_pane *pane, const struct lab_matrix *m)
{
    int below = detail_rows(pane, m);
    size_t room = pane->rows > below + 1 ? (size_t)(pane->rows - below - 1) : 1, row = chosen_row(pane);
    size_t count = lab_matrix_cause_count(), most = count > room ? count - room : 0;
    size_t first = row >= room ? row - room + 1 : 0;
    return first < most ? first : most;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_matrix *m = matrix_of(model);
    size_t first = first_row(pane, m), count = lab_matrix_cause_count();
    int end = pane->rows - detail_rows(pane, m);
    werase(pane->window);
    draw_head(pane);
    for (int y = 1; y < end && first + (size_t)y - 1 < count; y++) {
        size_t row = first + (size_t)y - 1;
        attr_t extra = row == chosen_row(pane) ? ui_attr(UI_SELECTED) : 0;
        if (extra)
            ui_putf(pane->window, y, 0, pane->columns, extra, "%*s", pane->columns, "");
        ui_put(pane->window, y, 1, cause_columns(pane) - 2, ui_attr(UI_TEXT) | extra,
               lab_matrix_title(lab_matrix_cause(row)));
        draw_cells(pane, m, lab_matrix_cause(row), y, extra);
    }
    draw_detail(pane, m);
}

static unsigned choose(struct ui_pane *pane, long row)
{
    long last = (long)lab_matrix_cause_count() - 1;
    pane->cursor = (uint64_t)(row < 0 ? 0 : row > last ? last : row) + 1;
    return UI_REDRAW;
}

static unsigned scroll_columns(struct ui_pane *pane, int by)
{
    int first = first_column(pane) + by;
    first = first < 0 ? 0 : first > COLUMNS_SHOWN - 2 ? COLUMNS_SHOWN - 2 : first;
    pane->own = (void *)(intptr_t)first;
    return UI_REDRAW;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    (void)model;
    switch (pressed) {
    case KEY_UP: return choose(pane, (long)chosen_row(pane) - 1);
    case KEY_DOWN: return choose(pane, (long)chosen_row(pane) + 1);
    case KEY_PPAGE: return choose(pane, (long)chosen_row(pane) - 10);
    case KEY_NPAGE: return choose(pane, (long)chosen_row(pane) + 10);
    case KEY_LEFT: return scroll_columns(pane, -1);
    case KEY_RIGHT: return scroll_columns(pane, 1);
    case '\r':
    case KEY_ENTER:
        snprintf(pane->command, sizeof pane->command, "matrix run %s", lab_matrix_cause(chosen_row(pane))->id);
        return UI_COMMAND | UI_REDRAW;
    case 'a': snprintf(pane->command, sizeof pane->command, "matrix run"); return UI_COMMAND | UI_REDRAW;
    case 'm': return UI_CLOSE;
    default: return UI_PASS;
    }
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    const struct lab_matrix *m = matrix_of(model);
    (void)column;
    if (buttons & BUTTON4_PRESSED)
        return choose(pane, (long)chosen_row(pane) - 1);
    if (buttons & BUTTON5_PRESSED)
        return choose(pane, (long)chosen_row(pane) + 1);
    return row >= 1 && row < pane->rows - detail_rows(pane, m) ? choose(pane, (long)first_row(pane, m) + row - 1)
                                                               : UI_NOTHING;
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    (void)pane;
    (void)model;
    *rows = (int)lab_matrix_cause_count() + 1 + DETAIL_ROWS;
    *columns = WIDEST;
}

static bool concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_NOTE;
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    const struct lab_matrix *m = matrix_of(model);
    size_t filled = m ? lab_matrix_filled(m) : 0, differing = m ? lab_matrix_differences(m) : 0;
    (void)pane;
    snprintf(out, out_bytes,
             LAB_PLURAL(filled, "%zu cell seen, %zu other than on Linux 6.18",
                        "%zu cells seen, %zu other than on Linux 6.18"),
             filled, differing);
}

static const struct ui_key_help keys[] = {{.key = "Up Down", .what = N_("choose a cause"), .moves = true},
                                          {.key = "Left Right", .what = N_("columns")},
                                          {.key = "Enter", .what = N_("run it")},
                                          {.key = "a", .what = N_("run all")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_matrix = {
    .name = "matrix",
    .title = N_("How a connection ends"),
    .open = open_box,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .wants = wants,
    .concerns = concerns,
    .status = status,
    .keys = keys,
};
