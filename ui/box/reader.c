// SPDX-License-Identifier: GPL-3.0-or-later
// A whole lesson, to be read, or one text on the way through it.
//
//  ┌ 3.1 One client at a time ────────────────────────── 1-20 of 214 ┐
//  │   A **server** is a program that waits to be called ...         │   in a column no wider than is good to read
//  └ Enter more  Space b page  Esc close ────────────────────────────┘
//
// Enter turns the page; at the end of a text on the way it leads on. pane->own: the station and 1, NULL the whole
// lesson.
#include "lab/book/way.h"
#include "net/base/message.h"
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

static bool is_station(const struct ui_pane *pane)
{
    return pane->own != NULL;
}

static void put_lesson(struct ui_page *page, const struct ui_pane *pane, const struct ui_model *model)
{
    if (model->lesson < 0)
        return;
    const struct lab_lesson *lesson = &model->lessons->lessons[model->lesson];
    page->notes = model->notes;
    struct lab_station station = {.first_block = 0, .block_count = lesson->block_count};
    if (is_station(pane))
        station = lab_way_station(lesson, (size_t)(intptr_t)pane->own - 1);
    ui_page_blocks(page, lesson->blocks + station.first_block, station.block_count);
}

static long measure(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = page_of(pane);
    put_lesson(&page, pane, model);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = page_of(pane);
    page.window = pane->window;
    page.top = ui_scroll_top(pane, measure(pane, model));
    put_lesson(&page, pane, model);
}

static bool has_more(const struct ui_pane *pane, const struct ui_model *model)
{
    long total = measure(pane, model);
    return ui_scroll_top(pane, total) + pane->rows < total;
}

static bool leads_on(const struct ui_pane *pane, const struct ui_model *model)
{
    return is_station(pane) && !has_more(pane, model);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    long total = measure(pane, model);
    if (pressed == '\r' || pressed == KEY_ENTER) {
        if (!has_more(pane, model))
            return is_station(pane) ? UI_CLOSE | UI_GO_ON : UI_CLOSE;
        pressed = KEY_NPAGE;
    }
    if (pressed == ' ')
        pressed = KEY_NPAGE;
    if (pressed == 'b' || pressed == KEY_BACKSPACE)
        pressed = KEY_PPAGE;
    if (pressed == 'g')
        return UI_AS_OUTSIDE;
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
    long total = measure(pane, model);
    ui_scroll_status(pane, ui_scroll_top(pane, total), total, out, out_bytes);
}

static const struct ui_key_help keys[] = {{.key = "Enter", .what = N_("more"), .works = has_more},
                                          {.key = "Enter", .what = N_("on"), .works = leads_on},
                                          {.key = "g", .what = N_("words")},
                                          {.key = "Space b", .what = N_("page")},
                                          {.key = "Esc", .what = N_("close")},
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
