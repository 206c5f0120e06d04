// SPDX-License-Identifier: GPL-3.0-or-later
// The keys, made from the table of actions and the focused view's own.
//
//  ┌ Keys ─────────────────────────────────────────────────────────────┐
//  │ Wire                                                              │
//  │   N          let the chosen held segment go                       │
//  │ Connections                                                       │
//  │   c          connect a hand to the server; ...        c1 connect  │   dim: not now
//  └───────────────────────────────────────────────────────────────────┘
#include "ui/app/action.h"
#include "ui/draw/page.h"

#include <string.h>

enum { KEY_COLUMNS = 11, BOX_COLUMNS = 92 };

/* own is the app: whether an action is valid now is shown. */
static const struct ui_app *app_of(const struct ui_pane *pane)
{
    return pane->own;
}

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
    ui_page_line(page, ui_attr(UI_STRONG), view->title);
    for (const struct ui_key_help *help = view->keys; help->key; help++)
        put_key(page, 0, help->key, help->what, NULL);
    ui_page_next(page);
}

/* A group as soon as its first row comes, with all its rows: the order of the table is that of precedence. */
static void put_group(struct ui_page *page, const struct ui_app *app, int first)
{
    const char *group = ui_action(first)->group;
    for (int id = UI_ACT_NONE + 1; id < first; id++)
        if (strcmp(ui_action(id)->group, group) == 0)
            return;
    ui_page_line(page, ui_attr(UI_STRONG), group);
    for (int id = first; id < UI_ACTIONS; id++) {
        const struct ui_action *action = ui_action(id);
        if (strcmp(action->group, group) == 0)
            put_key(page, ui_action_valid(app, id) ? 0 : ui_attr(UI_DIM), ui_action_key(app, id), action->help,
                    action->types);
    }
    ui_page_next(page);
}

static void put_all(struct ui_page *page, const struct ui_pane *pane)
{
    const struct ui_app *app = app_of(pane);
    bool in_list = app->choice.screen == UI_SCREEN_LIST;
    put_view(page, in_list ? app->list[app->choice.focus].view : app->panes[app->choice.focus].view);
    for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS; id++)
        put_group(page, app, id);
    ui_page_wrap(page, ui_attr(UI_DIM), "", A_NORMAL,
                 "The mouse works: click a pane, a row, a key below; the wheel scrolls; Shift selects text as always.");
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

static const struct ui_key_help keys[] = {{"Up Down", "scroll"}, {"Esc", "close"}, {NULL, NULL}};

const struct ui_view ui_box_help = {
    .name = "help",
    .title = "Keys",
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .wants = wants,
    .keys = keys,
};
