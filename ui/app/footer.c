// SPDX-License-Identifier: GPL-3.0-or-later
// The keys that work now: the last line of the screen, and the tabs.
//
// The footer is what the table of actions says is valid, with the focused view's own keys among it. On a narrow screen
// the rows of the highest rank are left out until the rest fits: the command prompt, the help and the way out stay.
#include "net/base/message.h"
#include "ui/app/action.h"

#include <stdio.h>
#include <string.h>

/* A key that the view takes from the table is shown before those that it has to itself. */
enum { ITEMS = UI_ACTIONS + 16, TAKEN_RANK = 1, VIEW_RANK = 4, GAP = 2 };

struct item {
    const char *key, *label;
    int action, rank;
};

static bool works(const struct ui_app *app, const struct ui_pane *pane, const struct ui_key_help *help)
{
    return !help->works || help->works(pane, &app->model);
}

/* Whether the focused view has a use of its own for the key now. */
static bool takes(const struct ui_app *app, const struct ui_pane *pane, int key)
{
    for (const struct ui_key_help *help = pane->view ? pane->view->keys : NULL; help && help->key; help++)
        if (help->code == key && works(app, pane, help))
            return true;
    return false;
}

/* While a script runs by itself, what would meddle with it is not offered. It works all the same, and the help has it.
 */
static bool is_offered(const struct ui_app *app, int id)
{
    bool meddles = ui_action(id)->group == UI_GROUP_CONNECTIONS || id == UI_ACT_HOLD || id == UI_ACT_CUT;
    return !meddles || app->model.script != LAB_SCRIPT_RUNNING;
}

/* In a free lab that is empty a server is what there has to be first. */
static bool leads(const struct ui_app *app, int id)
{
    const struct ui_model *model = &app->model;
    return id == UI_ACT_SERVER && model->lesson < 0 && !model->tried && !model->saved && model->state->actor_count == 0;
}

static size_t add_actions(const struct ui_app *app, const struct ui_pane *focused, struct item *items, size_t n)
{
    size_t first = n;
    for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS && n < ITEMS; id++) {
        const struct ui_action *action = ui_action(id);
        const char *label = ui_action_label(app, id);
        if (!label || action->rank >= 9 || !ui_action_valid(app, id) || !is_offered(app, id) ||
            ui_action_of_key(app, action->keys[0]) != id || takes(app, focused, action->keys[0]))
            continue;
        size_t at = leads(app, id) ? first : n;
        memmove(&items[at + 1], &items[at], (n - at) * sizeof *items);
        items[at] = (struct item){ui_action_key(app, id), label, id, leads(app, id) ? 1 : action->rank};
        n++;
    }
    return n;
}

/* The view's keys but those that move, which are the same everywhere. */
static size_t add_view(const struct ui_app *app, const struct ui_pane *focused, struct item *items, size_t n)
{
    for (const struct ui_key_help *help = focused->view ? focused->view->keys : NULL; help && help->key && n < ITEMS;
         help++)
        if (!help->moves && works(app, focused, help))
            items[n++] = (struct item){help->key, _(help->what), UI_ACT_NONE, help->code ? TAKEN_RANK : VIEW_RANK};
    return n;
}

/* Of a box the key that leads on, when it has one now; the others stand in its frame. */
static size_t add_box(struct ui_app *app, struct item *items)
{
    const struct ui_pane *pane = &ui_box_top(&app->boxes)->pane;
    size_t n = 0;
    for (const struct ui_key_help *help = pane->view->keys; help && help->key && n == 0; help++)
        if (help->works && strcmp(help->key, "Enter") == 0 && works(app, pane, help))
            items[n++] = (struct item){help->key, _(help->what), UI_ACT_NONE, 0};
    items[n++] = (struct item){"Esc", _("close"), UI_ACT_NONE, 0};
    items[n++] = (struct item){"Ctrl-C", _("quit"), UI_ACT_NONE, 0};
    return n;
}

static int width_of(const struct item *items, size_t n)
{
    int width = 0;
    for (size_t i = 0; i < n; i++)
        width += ui_text_width(items[i].key) + 1 + ui_text_width(items[i].label) + GAP;
    return width;
}

static size_t leave_out(struct item *items, size_t n, int room)
{
    while (width_of(items, n) > room) {
        size_t worst = 0;
        for (size_t i = 0; i < n; i++)
            if (items[i].rank >= items[worst].rank)
                worst = i;
        if (n == 0 || items[worst].rank == 0)
            return n;
        memmove(&items[worst], &items[worst + 1], (n - worst - 1) * sizeof *items);
        n--;
    }
    return n;
}

static void put_items(struct ui_app *app, const struct item *items, size_t n)
{
    int row = app->layout.rows - 1, column = 1, end = app->layout.columns;
    for (size_t i = 0; i < n; i++) {
        int from = column;
        column += ui_put(app->base, row, column, end - column, ui_attr(UI_KEY), items[i].key) + 1;
        column += ui_put(app->base, row, column, end - column, ui_attr(UI_DIM), items[i].label);
        if (items[i].action && app->target_count < UI_TARGETS)
            app->targets[app->target_count++] = (struct ui_target){row, from, column, items[i].action, 0};
        column += GAP;
    }
}

void ui_footer_draw(struct ui_app *app)
{
    struct item items[ITEMS];
    if (app->boxes.count > 0) {
        put_items(app, items, add_box(app, items));
        return;
    }
    const struct ui_pane *focused = ui_app_focused(app);
    size_t n = add_view(app, focused, items, 0);
    n = add_actions(app, focused, items, n);
    put_items(app, items, leave_out(items, n, app->layout.columns - 1));
}

void ui_tabs_draw(struct ui_app *app)
{
    int row = app->layout.tab_row, column = 1, end = app->layout.columns;
    if (row < 0)
        return;
    for (int i = 0; i < UI_LAB_VIEWS; i++) {
        char text[80];
        attr_t attr = ui_attr(i == app->choice.focus ? UI_FOCUS : app->layout.visible[i] ? UI_STRONG : UI_DIM);
        snprintf(text, sizeof text, " %d %s ", i + 1, _(ui_lab_views[i]->title));
        int width = ui_put(app->base, row, column, end - column, attr, text);
        if (app->target_count < UI_TARGETS)
            app->targets[app->target_count++] = (struct ui_target){row, column, column + width, UI_ACT_PANE, '1' + i};
        column += width;
    }
}
