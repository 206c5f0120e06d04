// SPDX-License-Identifier: GPL-3.0-or-later
// Windows and the terminal: the only file that draws a frame.
//
// From below: the base (lines, titles, status, footer), a window per visible pane, the boxes, the prompt. The panel
// library keeps that order; the base is stdscr, which is its lowest without being asked. A frame redraws the panes that
// are dirty, or whose picture has gone stale, and ends in one doupdate(). Of the base only the rows that hold text are
// drawn anew. Panes take turns: those for which a frame has no time left are drawn in the next one, so that a key never
// waits for all of them.
#include "net/base/message.h"
#include "ui/app/action.h"
#include "ui/draw/prompt.h"
#include "ui/draw/terminal.h"

#include <stdio.h>
#include <string.h>

enum { PANES_NS = 6000000 };

/* ---- windows ---------------------------------------------------------------------------------------------------- */

static void hide(struct ui_pane *pane, PANEL **panel)
{
    if (*panel)
        del_panel(*panel);
    if (pane->window)
        delwin(pane->window);
    *panel = NULL;
    pane->window = NULL;
}

static void show(struct ui_pane *pane, PANEL **panel, const struct ui_rect *rect)
{
    pane->rows = rect->rows - 2;
    pane->columns = rect->columns - 2;
    pane->dirty = true;
    pane->window = newwin(pane->rows, pane->columns, rect->row + 1, rect->column + 1);
    *panel = pane->window ? new_panel(pane->window) : NULL;
}

static bool is_list(const struct ui_app *app)
{
    return app->choice.screen == UI_SCREEN_LIST;
}

static struct ui_pane *pane_at(struct ui_app *app, int place)
{
    return is_list(app) ? &app->list[place] : &app->panes[place];
}

struct ui_pane *ui_app_focused(struct ui_app *app)
{
    return pane_at(app, app->choice.focus);
}

void ui_app_close_screen(struct ui_app *app)
{
    ui_bottom_close(app);
    ui_box_pop_all(&app->boxes);
    for (int i = 0; i < 2; i++)
        hide(&app->list[i], &app->list_panel[i]);
    for (int i = 0; i < UI_LAB_VIEWS; i++)
        hide(&app->panes[i], &app->pane_panel[i]);
    app->base = NULL;
}

void ui_app_relayout(struct ui_app *app)
{
    app->choice.list_columns = ui_lessons_columns(&app->model);
    app->choice.asks = ui_app_asks(app);
    app->layout = ui_layout_compute(&app->choice, LINES, COLS);
    app->dirty = app->relaid = true;
    app->base = stdscr;
    for (int i = 0; i < 2; i++)
        hide(&app->list[i], &app->list_panel[i]);
    for (int i = 0; i < UI_LAB_VIEWS; i++)
        hide(&app->panes[i], &app->pane_panel[i]);
    for (int i = 0; i < UI_PLACES; i++) {
        struct ui_pane *pane = i < 2 || !is_list(app) ? pane_at(app, i) : NULL;
        if (!pane || !app->layout.visible[i])
            continue;
        pane->focused = i == app->choice.focus;
        show(pane, is_list(app) ? &app->list_panel[i] : &app->pane_panel[i], &app->layout.rect[i]);
    }
    ui_box_layout(&app->boxes, &app->model, app->layout.rows, app->layout.columns);
    ui_prompt_size(LINES, COLS);
}

/* ---- what is drawn ---------------------------------------------------------------------------------------------- */

static void draw_too_small(struct ui_app *app)
{
    char text[400];
    size_t at = 0;
    int row = 0;
    snprintf(text, sizeof text,
             _("tcplab needs %d columns and %d rows; this terminal has %d and %d. Make it larger, or press q to quit."),
             UI_COLUMNS_LEAST, UI_ROWS_LEAST, app->layout.columns, app->layout.rows);
    for (size_t all = strlen(text); at < all && row < app->layout.rows; row++) {
        size_t n = ui_text_fit(text + at, all - at, app->layout.columns);
        ui_putn(app->base, row, 0, app->layout.columns, A_NORMAL, text + at, n);
        at += n;
        at += strspn(text + at, " ");
    }
}

static void draw_title(struct ui_app *app, int place)
{
    const struct ui_pane *pane = pane_at(app, place);
    char name[240], title[280], status[240] = "";
    if (!pane->view)
        return;
    snprintf(name, sizeof name, "%s", _(pane->view->title));
    if (pane->view->titled)
        pane->view->titled(pane, &app->model, name, sizeof name);
    if (is_list(app) || (app->choice.presents && place == UI_LAB_LESSON))
        snprintf(title, sizeof title, "%s", name);
    else
        snprintf(title, sizeof title, "%d %s", place + 1, name);
    if (pane->view->status)
        pane->view->status(pane, &app->model, status, sizeof status);
    ui_frame_title(app->base, &app->layout.rect[place], title, status, pane->focused && app->boxes.count == 0);
}

/* The command typed last, in the lowest line: what a key did is never a secret. */
static void draw_said(struct ui_app *app)
{
    int row = app->layout.rows - 2, room = app->layout.columns - 8;
    if (is_list(app) || !app->last.command[0])
        return;
    int at = ui_put(app->base, row, 2, 3, ui_attr(UI_KEY), " : ");
    at += ui_put(app->base, row, 2 + at, room - at, A_NORMAL, app->last.command);
    if (app->last.is_error)
        at += ui_putf(app->base, row, 2 + at, 2, ui_attr(UI_FAILED), " %s", ui_glyph(UI_BALLOT));
    ui_put(app->base, row, 2 + at, 1, A_NORMAL, " ");
}

static void clear_row(struct ui_app *app, const struct ui_rect *rects, size_t n, int row)
{
    if (row < 0)
        return;
    wmove(app->base, row, 0);
    wclrtoeol(app->base);
    ui_frame_draw_row(app->base, rects, n, row);
}

/* Nothing but lines: in every row after a change of the layout, else in the rows that get text again. */
static void draw_lines(struct ui_app *app)
{
    struct ui_rect rects[UI_PLACES];
    size_t n = 0;
    for (int i = 0; i < UI_PLACES; i++)
        if (app->layout.visible[i])
            rects[n++] = app->layout.rect[i];
    if (app->relaid) {
        werase(app->base);
        ui_frame_draw(app->base, rects, n);
        app->relaid = false;
        return;
    }
    for (size_t i = 0; i < n; i++)
        clear_row(app, rects, n, rects[i].row);
    clear_row(app, rects, n, 0);
    clear_row(app, rects, n, app->layout.tab_row);
    clear_row(app, rects, n, app->layout.rows - 2);
    clear_row(app, rects, n, app->layout.rows - 1);
}

static void draw_base(struct ui_app *app)
{
    app->target_count = 0;
    if (app->layout.kind == UI_LAYOUT_TOO_SMALL) {
        werase(app->base);
        draw_too_small(app);
        return;
    }
    draw_lines(app);
    for (int i = 0; i < UI_PLACES; i++)
        if (app->layout.visible[i])
            draw_title(app, i);
    draw_said(app);
    ui_status_draw(app);
    ui_tabs_draw(app);
    ui_footer_draw(app);
}

static void draw_no_room(const struct ui_pane *pane)
{
    ui_putf(pane->window, 0, 0, pane->columns, ui_attr(UI_DIM), _("%s needs %d x %d: press z"), _(pane->view->title),
            pane->view->columns_least, pane->view->rows_least);
}

static void draw_pane(struct ui_pane *pane, const struct ui_model *model, uint64_t *stale_ns)
{
    if (!pane->window || !pane->view)
        return;
    bool is_stale = *stale_ns && model->now_ns >= *stale_ns && !model->rewound;
    if (pane->dirty || is_stale) {
        werase(pane->window);
        if (pane->rows < pane->view->rows_least || pane->columns < pane->view->columns_least)
            draw_no_room(pane);
        else
            pane->view->draw(pane, model);
        pane->dirty = false;
        *stale_ns = pane->view->stale_ns && !model->rewound ? pane->view->stale_ns(pane, model) : 0;
    }
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

/* Whether this frame has had its time; a screen without a lab (tests) has all there is. */
static bool is_late(const struct ui_app *app, uint64_t begin_ns)
{
    return app->session && net_now_ns() > begin_ns + PANES_NS;
}

static void draw_panes(struct ui_app *app)
{
    uint64_t never = 0, begin_ns = app->session ? net_now_ns() : 0;
    int first = app->turn;
    app->turn = 0;
    app->stale_ns = ui_status_stale_ns(app);
    if (app->layout.kind == UI_LAYOUT_TOO_SMALL)
        return;
    for (int k = 0; k < UI_PLACES; k++) {
        int i = (first + k) % UI_PLACES;
        if (!app->layout.visible[i])
            continue;
        uint64_t *stale = is_list(app) ? &never : &app->pane_stale_ns[i];
        if (!app->dirty && k > 0 && is_late(app, begin_ns)) {
            app->dirty = true;
            app->turn = i;
        }
        if (!app->dirty)
            draw_pane(pane_at(app, i), &app->model, stale);
        app->stale_ns = sooner(app->stale_ns, *stale);
    }
}

static void draw_boxes(struct ui_app *app)
{
    for (size_t i = 0; i < app->boxes.count; i++) {
        struct ui_box *box = &app->boxes.box[i];
        if (!box->panel)
            ui_box_layout(&app->boxes, &app->model, app->layout.rows, app->layout.columns);
        if (box->pane.view->renew)
            box->pane.view->renew(&box->pane, &app->model);
        ui_box_draw(box, &app->model);
        if (box->pane.view->stale_ns)
            app->stale_ns = sooner(app->stale_ns, box->pane.view->stale_ns(&box->pane, &app->model));
    }
}

static void place_cursor(struct ui_app *app)
{
    int row, column;
    bool shown = ui_bottom_cursor(app, &row, &column);
    curs_set(shown);
    if (shown)
        wmove(newscr, row, column);
    else
        wmove(newscr, LINES - 1, COLS - 1);
}

void ui_app_frame(struct ui_app *app)
{
    app->dirty = false;
    draw_base(app);
    draw_panes(app);
    ui_bottom_close(app);
    if (app->layout.kind != UI_LAYOUT_TOO_SMALL) {
        draw_boxes(app);
        ui_bottom_draw(app);
    }
    if (!panel_above(NULL))
        wnoutrefresh(app->base); /* without any panel, libpanel does not know of it */
    update_panels();
    place_cursor(app);
    doupdate();
}
