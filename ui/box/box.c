// SPDX-License-Identifier: GPL-3.0-or-later
// Boxes: panes on a stack above the layout.
//
//   ┌ Title ──────────── status ┐
//   │ the view                  │
//   └─ key what  key what  Esc ─┘    its keys stand in its own frame
#include "net/base/message.h"
#include "ui/box/box.h"

#include "ui/draw/terminal.h"

#include <stdio.h>
#include <string.h>

static void hide(struct ui_box *box)
{
    if (box->panel)
        del_panel(box->panel);
    if (box->pane.window)
        delwin(box->pane.window);
    if (box->outside)
        delwin(box->outside);
    box->panel = NULL;
    box->pane.window = box->outside = NULL;
}

int ui_box_push(struct ui_boxes *boxes, const struct ui_view *view, void *own, const struct ui_model *model)
{
    struct ui_pane pane = {
        .view = view, .own = own, .focused = true, .dirty = true, .wants_event = -1, .wants_socket = -1};
    bool full = boxes->count == UI_BOXES;
    if (full || (view->open && view->open(&pane, model) != 0)) {
        if (view->close)
            view->close(&pane);
        return -1;
    }
    boxes->box[boxes->count++] = (struct ui_box){.pane = pane};
    ui_box_layout(boxes, model, LINES, COLS); /* at once: keys that come before the next frame scroll by its size */
    return 0;
}

void ui_box_pop(struct ui_boxes *boxes)
{
    if (boxes->count == 0)
        return;
    struct ui_box *box = &boxes->box[--boxes->count];
    hide(box);
    if (box->pane.view->close)
        box->pane.view->close(&box->pane);
}

void ui_box_pop_all(struct ui_boxes *boxes)
{
    while (boxes->count > 0)
        ui_box_pop(boxes);
}

struct ui_box *ui_box_top(struct ui_boxes *boxes)
{
    return boxes->count > 0 ? &boxes->box[boxes->count - 1] : NULL;
}

static int at_most(int wanted, int room)
{
    return wanted < room ? wanted : room;
}

static void show(struct ui_box *box, const struct ui_model *model, int rows, int columns)
{
    struct ui_pane *pane = &box->pane;
    int wanted_rows = rows, wanted_columns = columns;
    hide(box);
    if (pane->view->wants)
        pane->view->wants(pane, model, &wanted_rows, &wanted_columns);
    wanted_rows = at_most(wanted_rows + 2, rows - 2);
    wanted_columns = at_most(wanted_columns + 2, columns);
    if (wanted_rows < 3 || wanted_columns < 3)
        return;
    box->outside = newwin(wanted_rows, wanted_columns, (rows - wanted_rows) / 2, (columns - wanted_columns) / 2);
    pane->window = box->outside ? derwin(box->outside, wanted_rows - 2, wanted_columns - 2, 1, 1) : NULL;
    box->panel = pane->window ? new_panel(box->outside) : NULL;
    pane->rows = wanted_rows - 2;
    pane->columns = wanted_columns - 2;
    pane->dirty = true;
}

void ui_box_layout(struct ui_boxes *boxes, const struct ui_model *model, int rows, int columns)
{
    for (size_t i = 0; i < boxes->count; i++)
        show(&boxes->box[i], model, rows, columns);
}

static void draw_keys(const struct ui_box *box, const struct ui_model *model, const struct ui_rect *rect)
{
    int row = rect->rows - 1, column = 2, end = rect->columns - 2;
    for (const struct ui_key_help *help = box->pane.view->keys; help && help->key; help++) {
        if (help->works && !help->works(&box->pane, model))
            continue;
        const char *what = _(help->what);
        int width = ui_text_width(help->key) + ui_text_width(what) + 3;
        if (column + width > end)
            return;
        column += ui_put(box->outside, row, column, end - column, A_NORMAL, " ");
        column += ui_put(box->outside, row, column, end - column, ui_attr(UI_KEY), help->key);
        column += ui_put(box->outside, row, column, end - column, A_NORMAL, " ");
        column += ui_put(box->outside, row, column, end - column, ui_attr(UI_DIM), what);
        column += ui_put(box->outside, row, column, end - column, A_NORMAL, " ");
    }
}

void ui_box_draw(struct ui_box *box, const struct ui_model *model)
{
    const struct ui_view *view = box->pane.view;
    char title[300], status[200] = "";
    if (!box->panel)
        return;
    struct ui_rect rect = {.rows = getmaxy(box->outside), .columns = getmaxx(box->outside)};
    snprintf(title, sizeof title, "%s", _(view->title));
    if (view->titled)
        view->titled(&box->pane, model, title, sizeof title);
    if (view->status)
        view->status(&box->pane, model, status, sizeof status);
    werase(box->outside);
    ui_frame_draw(box->outside, &rect, 1);
    ui_frame_title(box->outside, &rect, title, status, true);
    draw_keys(box, model, &rect);
    view->draw(&box->pane, model);
    touchwin(box->outside);
}
