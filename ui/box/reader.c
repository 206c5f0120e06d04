// SPDX-License-Identifier: GPL-3.0-or-later
// A whole lesson, to be read.
//
//  ┌ 3.1 One client at a time ────────────────────────── 1-20 of 214 ┐
//  │   A **server** is a program that waits to be called ...         │   in a column no wider than is good to read
//  └ Up Down scroll  Space page  Esc close ──────────────────────────┘
#include "ui/box/box.h"
#include "ui/draw/page.h"

#include <stdio.h>

enum { READING_COLUMNS = 84 };

static struct ui_page page_of(const struct ui_pane *pane)
{
    struct ui_page page = ui_page_measure(pane);
    if (page.columns > READING_COLUMNS) {
        page.left += (page.columns - READING_COLUMNS) / 2;
        page.columns = READING_COLUMNS;
    }
    return page;
}

static void put_lesson(struct ui_page *page, const struct ui_model *model)
{
    if (model->lesson < 0)
        return;
    const struct lab_lesson *lesson = &model->lessons->lessons[model->lesson];
    ui_page_blocks(page, lesson->blocks, lesson->block_count);
}

static long measure(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = page_of(pane);
    put_lesson(&page, model);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = page_of(pane);
    page.window = pane->window;
    page.top = ui_scroll_top(pane, measure(pane, model));
    put_lesson(&page, model);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    long total = measure(pane, model);
    if (pressed == ' ')
        pressed = KEY_NPAGE;
    if (pressed == 'b' || pressed == KEY_BACKSPACE)
        pressed = KEY_PPAGE;
    if (pressed == 'r' || pressed == 't')
        return UI_CLOSE;
    return ui_scroll_key(pane, pressed, total, false);
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, measure(pane, model), false);
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    (void)pane;
    if (model->lesson >= 0)
        snprintf(out, out_bytes, "%s %s", model->lessons->lessons[model->lesson].number,
                 model->lessons->lessons[model->lesson].title);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long total = measure(pane, model), top = ui_scroll_top(pane, total), end = top + pane->rows;
    snprintf(out, out_bytes, "%ld-%ld of %ld", top + 1, end < total ? end : total, total);
}

static const struct ui_key_help keys[] = {{.key = "Up Down", .what = "scroll", .moves = true},
                                          {.key = "Space b", .what = "page"},
                                          {.key = "Esc", .what = "close"},
                                          {.key = NULL}};

const struct ui_view ui_box_reader = {
    .name = "reader",
    .title = "Lesson",
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .titled = titled,
    .status = status,
    .keys = keys,
};
