// SPDX-License-Identifier: GPL-3.0-or-later
// What all panes share: scrolling, and a page to write on.
#include "ui/view/pane.h"

#include "net/base/message.h"

#include <stdio.h>

static long last_top(const struct ui_pane *pane, long total)
{
    return total > pane->rows ? total - pane->rows : 0;
}

long ui_scroll_top(const struct ui_pane *pane, long total)
{
    long last = last_top(pane, total);
    return pane->top < 0 || pane->top > last ? last : pane->top;
}

void ui_scroll_status(const struct ui_pane *pane, long top, long total, char *out, size_t out_bytes)
{
    long end = top + pane->rows;
    if (pane->rows > 0 && total > pane->rows)
        snprintf(out, out_bytes, _("%ld-%ld of %ld"), top + 1, end < total ? end : total, total);
}

static unsigned scroll_to(struct ui_pane *pane, long top, long total, bool follows)
{
    long last = last_top(pane, total);
    if (top >= last)
        pane->top = follows ? -1 : last;
    else
        pane->top = top > 0 ? top : 0;
    return UI_REDRAW;
}

unsigned ui_scroll_key(struct ui_pane *pane, int key, long total, bool follows)
{
    long top = ui_scroll_top(pane, total), page = pane->rows > 1 ? pane->rows - 1 : 1;
    switch (key) {
    case KEY_UP: return scroll_to(pane, top - 1, total, follows);
    case KEY_DOWN: return scroll_to(pane, top + 1, total, follows);
    case KEY_PPAGE: return scroll_to(pane, top - page, total, follows);
    case KEY_NPAGE: return scroll_to(pane, top + page, total, follows);
    case KEY_HOME: return scroll_to(pane, 0, total, follows);
    case KEY_END: return scroll_to(pane, total, total, follows);
    default: return UI_PASS;
    }
}

unsigned ui_scroll_wheel(struct ui_pane *pane, mmask_t buttons, long total, bool follows)
{
    long top = ui_scroll_top(pane, total);
    if (buttons & BUTTON4_PRESSED)
        return scroll_to(pane, top - 3, total, follows);
    if (buttons & BUTTON5_PRESSED)
        return scroll_to(pane, top + 3, total, follows);
    return UI_NOTHING;
}

struct ui_page ui_page_measure(const struct ui_pane *pane)
{
    return (struct ui_page){.rows = pane->rows, .left = 1, .columns = pane->columns - 2};
}

struct ui_page ui_page_of(const struct ui_pane *pane, long total)
{
    struct ui_page page = ui_page_measure(pane);
    page.window = pane->window;
    page.top = ui_scroll_top(pane, total);
    return page;
}
