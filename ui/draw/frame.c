// SPDX-License-Identifier: GPL-3.0-or-later
// Frames around rectangles that share their borders.
//
//   ┌ One ──┬ Two ──┐     A cell of a line has up to four arms. Which, follows from all rectangles on whose outline it
//   │       │       │     lies; the sign follows from the arms. So no arrangement needs to know where its lines cross.
//   ├───────┴───────┤
#include "ui/draw/frame.h"

#include "ui/draw/text.h"
#include "ui/draw/theme.h"

#include <string.h>

enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };

static const enum ui_glyph sign_of_arms[16] = {
    [UP] = UI_VERTICAL,
    [DOWN] = UI_VERTICAL,
    [UP | DOWN] = UI_VERTICAL,
    [LEFT] = UI_HORIZONTAL,
    [RIGHT] = UI_HORIZONTAL,
    [LEFT | RIGHT] = UI_HORIZONTAL,
    [DOWN | RIGHT] = UI_CORNER_TL,
    [DOWN | LEFT] = UI_CORNER_TR,
    [UP | RIGHT] = UI_CORNER_BL,
    [UP | LEFT] = UI_CORNER_BR,
    [UP | DOWN | RIGHT] = UI_TEE_L,
    [UP | DOWN | LEFT] = UI_TEE_R,
    [DOWN | LEFT | RIGHT] = UI_TEE_T,
    [UP | LEFT | RIGHT] = UI_TEE_B,
    [UP | DOWN | LEFT | RIGHT] = UI_CROSS,
};

static unsigned arms_of_one(const struct ui_rect *rect, int row, int column)
{
    int y = row - rect->row, x = column - rect->column;
    unsigned arms = 0;
    if (y < 0 || x < 0 || y >= rect->rows || x >= rect->columns)
        return 0;
    if (y == 0 || y == rect->rows - 1)
        arms |= (x > 0 ? LEFT : 0u) | (x < rect->columns - 1 ? RIGHT : 0u);
    if (x == 0 || x == rect->columns - 1)
        arms |= (y > 0 ? UP : 0u) | (y < rect->rows - 1 ? DOWN : 0u);
    return arms;
}

static void draw_cell(WINDOW *window, const struct ui_rect *rects, size_t n, int row, int column)
{
    unsigned arms = 0;
    for (size_t i = 0; i < n; i++)
        arms |= arms_of_one(&rects[i], row, column);
    if (arms)
        ui_put(window, row, column, 1, ui_attr(UI_FRAME), ui_glyph(sign_of_arms[arms]));
}

void ui_frame_draw(WINDOW *window, const struct ui_rect *rects, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int bottom = rects[i].row + rects[i].rows - 1, right = rects[i].column + rects[i].columns - 1;
        for (int column = rects[i].column; column <= right; column++) {
            draw_cell(window, rects, n, rects[i].row, column);
            draw_cell(window, rects, n, bottom, column);
        }
        for (int row = rects[i].row + 1; row < bottom; row++) {
            draw_cell(window, rects, n, row, rects[i].column);
            draw_cell(window, rects, n, row, right);
        }
    }
}

void ui_frame_draw_row(WINDOW *window, const struct ui_rect *rects, size_t n, int row)
{
    int columns = getmaxx(window);
    for (int column = 0; column < columns; column++)
        draw_cell(window, rects, n, row, column);
}

void ui_frame_title(WINDOW *window, const struct ui_rect *rect, const char *title, const char *status, bool focused)
{
    int room = rect->columns - 4;
    attr_t attr = ui_attr(focused ? UI_FOCUS : UI_TITLE);
    int used = ui_put(window, rect->row, rect->column + 2, room, attr, title);
    size_t bytes = strlen(status);
    while (bytes > 0 && status[bytes - 1] == ' ')
        bytes--;
    int width = ui_text_widthn(status, bytes);
    ui_put(window, rect->row, rect->column + 1, 1, attr, " ");
    ui_put(window, rect->row, rect->column + 2 + used, 1, attr, " ");
    if (width == 0 || used + width + 3 > room)
        return;
    int column = rect->column + rect->columns - 2 - width;
    ui_put(window, rect->row, column - 1, 1, A_NORMAL, " ");
    ui_putn(window, rect->row, column, width, A_NORMAL, status, bytes);
    ui_put(window, rect->row, column + width, 1, A_NORMAL, " ");
}
