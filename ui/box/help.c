// SPDX-License-Identifier: GPL-3.0-or-later
// The keys, made from the table of actions and the focused view's own.
//
//  ┌ Keys ─────────────────────────────────────────────────────────────┐
//  │ Wire                                                              │
//  │   N          let the chosen held segment go                       │
//  │ Connections                                                       │
//  │   c          connect a hand to the server; ...        c1 connect  │   dim: not now
//  └───────────────────────────────────────────────────────────────────┘
#include "net/base/message.h"
#include "ui/box/help.h"

enum { KEY_COLUMNS = 11, BOX_COLUMNS = 92 };

static void put_key(struct ui_page *page, attr_t attr, const char *key, const char *what, const char *types)
{
    int types_width = types ? ui_text_width(types) : 0;
    struct ui_page text = *page;
    text.columns -= types_width ? types_width + 2 : 0;
    ui_page_put(page, 2, attr ? attr : ui_attr(UI_KEY), key);
    text.left += 2 + KEY_COLUMNS;
    text.columns -= 2 + KEY_COLUMNS;
    if (types)
        ui_page_put(page, page->columns - types_width, ui_attr(UI_CODE), types);
    ui_page_wrap(&text, attr, "", attr, what);
    page->row = text.row;
}

static void put_view(struct ui_page *page, const struct ui_view *view)
{
    if (!view || !view->keys)
        return;
    ui_page_line(page, ui_attr(UI_STRONG), _(view->title));
    for (const struct ui_key_help *help = view->keys; help->key; help++)
        put_key(page, 0, help->key, _(help->what), NULL);
    ui_page_next(page);
}

/* A group as soon as its first row comes, with all its rows: the order of the rows is that of precedence. */
static void put_group(struct ui_page *page, const struct ui_help *help, size_t first)
{
    struct ui_help_row head, row;
    help->row(help->from, first, &head);
    for (size_t i = 0; i < first && help->row(help->from, i, &row); i++)
        if (row.group == head.group)
            return;
    ui_page_line(page, ui_attr(UI_STRONG), _(head.group_name));
    for (size_t i = first; help->row(help->from, i, &row); i++)
        if (row.group == head.group)
            put_key(page, row.works ? 0 : ui_attr(UI_DIM), row.key, _(row.what), row.types);
    ui_page_next(page);
}

static void put_all(struct ui_page *page, const struct ui_pane *pane)
{
    const struct ui_help *help = pane->own;
    struct ui_help_row row;
    put_view(page, help->view);
    for (size_t i = 0; help->row(help->from, i, &row); i++)
        put_group(page, help, i);
    ui_page_wrap(page, ui_attr(UI_DIM), "", A_NORMAL,
                 _("The mouse works: click a pane, a row, a key below; the wheel scrolls; Shift selects text as "
                   "always."));
}

static long measure(const struct ui_pane *pane)
{
    struct ui_page page = ui_page_measure(pane);
    put_all(&page, pane);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_of(pane, measure(pane));
    (void)model;
    put_all(&page, pane);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    (void)model;
    if (pressed == KEY_F(1))
        return UI_CLOSE;
    return ui_scroll_key(pane, pressed, measure(pane), false);
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)model;
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, measure(pane), false);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    struct ui_pane as_wide = *pane;
    (void)model;
    as_wide.columns = BOX_COLUMNS < *columns - 2 ? BOX_COLUMNS : *columns - 2;
    as_wide.rows = *rows;
    *columns = as_wide.columns;
    *rows = (int)measure(&as_wide);
}

static const struct ui_key_help keys[] = {
    {.key = "Up Down", .what = N_("scroll"), .moves = true}, {.key = "Esc", .what = N_("close")}, {.key = NULL}};

const struct ui_view ui_box_help = {
    .name = "help",
    .title = N_("Keys"),
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .wants = wants,
    .keys = keys,
};
