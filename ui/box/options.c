// SPDX-License-Identifier: GPL-3.0-or-later
// Every option of one socket, with the value that the kernel holds now; on further pages the sysctls of the two hosts.
//
//  ┌ Options ────────────────────────────────────────────────────────────────────────┐
//  │ c1.3   server host   client host                                                │   Left Right
//  │ option             value now        default   can be set                        │
//  │ SO_KEEPALIVE       0                0         any time                          │
//  │ SO_LINGER          1 5_             {0, 0}    before close                      │   being edited
//  │ TCP_MAXSEG         1448             536       before connect or listen          │
//  │                                                                                 │
//  │ What it takes, and whether an accepted socket inherits it.                      │
//  │ What the chosen one does, in one sentence.                                      │
//  └ Up Down choose  Enter change  Left Right socket, hosts  Esc close ──────────────┘
//
// The values are asked of the kernel before each frame, by getsockopt() on a copy of the descriptor. Reading
// SO_ERROR clears it: that one is read when the learner asks for it. A value that is not
// the default is bright. A change is typed as a command.
#include "net/base/message.h"
#include "ui/box/box.h"
#include "ui/draw/keys.h"
#include "ui/view/option_rows.h"
#include "ui/view/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETTINGS_MOST = 64,
    EDIT_BYTES = 80,
    NAME_COLUMNS = 22,
    VALUE_COLUMNS = 18,
    PRESET_COLUMNS = 14,
    SYSCTL_NAME_COLUMNS = 37,
    BOX_COLUMNS = 96,
    HEAD_ROWS = 2,
    FOOT_ROWS = 7,
    NARROWEST = 8
};

struct options {
    uint64_t cookie; /* of the socket: it may be gone; 0: there is none */
    unsigned host;
    enum ui_settings page;
    int chosen;
    bool edits;
    char edit[EDIT_BYTES];
    struct ui_setting_value value[SETTINGS_MOST];
};

static size_t count_of(const struct options *o)
{
    size_t count = ui_settings_count(o->page);
    return count < SETTINGS_MOST ? count : SETTINGS_MOST;
}

/* The socket, as long as a descriptor refers to it; LAB_NONE. name: "c1.3". */
static int socket_of(const struct options *o, const struct ui_model *model, char *name, size_t name_bytes)
{
    int socket = o->cookie ? lab_socket_by_cookie(model->state, o->host, o->cookie) : LAB_NONE;
    return socket != LAB_NONE && ui_socket_name(model, socket, name, name_bytes) ? socket : LAB_NONE;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static void renew(struct ui_pane *pane, const struct ui_model *model)
{
    struct options *o = pane->own;
    char name[32];
    int socket = socket_of(o, model, name, sizeof name);
    if ((socket == LAB_NONE && o->page == UI_SETTINGS_SOCKET) || !model->session)
        return;
    for (size_t i = 0; i < count_of(o); i++)
        if (!ui_setting_at(model, o->page, i).clears)
            ui_setting_ask(model, o->page, socket, i, &o->value[i]);
        else if (!o->value[i].text[0])
            snprintf(o->value[i].text, sizeof o->value[i].text, _("Enter reads it"));
}

static int open_box(struct ui_pane *pane, const struct ui_model *model)
{
    struct options *o = pane->own = calloc(1, sizeof *o);
    int socket = ui_subject_socket(model);
    if (!o)
        return -1;
    if (socket == LAB_NONE) {
        o->page = UI_SETTINGS_SERVER;
    } else {
        o->host = model->state->sockets[socket].host;
        o->cookie = model->state->sockets[socket].cookie;
    }
    renew(pane, model);
    return 0;
}

static void close_box(struct ui_pane *pane)
{
    free(pane->own);
    pane->own = NULL;
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static int body_rows(const struct ui_pane *pane)
{
    return pane->rows - HEAD_ROWS - FOOT_ROWS;
}

static long top_of(const struct ui_pane *pane)
{
    const struct options *o = pane->own;
    long last = o->chosen - body_rows(pane) + 1;
    return last > 0 ? last : 0;
}

static void page_name(const struct options *o, const struct ui_model *model, enum ui_settings page, char *out,
                      size_t out_bytes)
{
    char name[32];
    if (page != UI_SETTINGS_SOCKET)
        snprintf(out, out_bytes, ui_settings_exist(model, UI_SETTINGS_CLIENT) ? _("%s host") : "%s",
                 ui_settings_host(model, page));
    else
        snprintf(out, out_bytes, "%s",
                 socket_of(o, model, name, sizeof name) != LAB_NONE ? name
                 : o->cookie                                        ? _("closed")
                                                                    : _("no socket"));
}

static void draw_pages(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct options *o = pane->own;
    int column = 1;
    for (enum ui_settings page = 0; page < UI_SETTINGS; page++) {
        char name[40];
        if (!ui_settings_exist(model, page))
            continue;
        page_name(o, model, page, name, sizeof name);
        int width = ui_text_width(name);
        ui_put(pane->window, 0, column, width, ui_attr(page == o->page ? UI_FOCUS : UI_DIM), name);
        column += width + 3;
    }
}

struct cells {
    const char *name, *value, *preset, *when;
};

static void put_cells(const struct ui_pane *pane, int row, attr_t attr, attr_t value_attr, struct cells cells)
{
    const struct options *o = pane->own;
    const char *const text[] = {cells.name, cells.value, cells.preset, cells.when};
    const int width[] = {o->page == UI_SETTINGS_SOCKET ? NAME_COLUMNS : SYSCTL_NAME_COLUMNS, VALUE_COLUMNS,
                         PRESET_COLUMNS, BOX_COLUMNS};
    int column = 1;
    for (size_t i = 0; i < sizeof width / sizeof width[0]; i++) {
        int room = pane->columns - 1 - column;
        if (room >= NARROWEST)
            ui_put(pane->window, row, column, width[i] - 1 < room ? width[i] - 1 : room, i == 1 ? value_attr : attr,
                   text[i]);
        column += width[i];
    }
}

static void draw_setting(const struct ui_pane *pane, const struct ui_model *model, int row, int i)
{
    const struct options *o = pane->own;
    struct ui_setting setting = ui_setting_at(model, o->page, (size_t)i);
    char value[UI_SETTING_BYTES + 2];
    bool edited = o->edits && i == o->chosen;
    bool other = *setting.preset && !setting.clears && strcmp(setting.preset, o->value[i].text) != 0;
    snprintf(value, sizeof value, "%s%s", edited ? o->edit : o->value[i].text, edited ? "_" : "");
    put_cells(pane, row, A_NORMAL, other ? ui_attr(UI_STRONG) : A_NORMAL,
              (struct cells){setting.name, value, setting.preset, setting.when});
    if (i == o->chosen)
        ui_mark(pane->window, row, 0, pane->columns, ui_attr(UI_SELECTED));
}

static bool is_when_cut(const struct ui_pane *pane, const struct options *o, const char *when)
{
    int before = 1 + (o->page == UI_SETTINGS_SOCKET ? NAME_COLUMNS : SYSCTL_NAME_COLUMNS) + VALUE_COLUMNS +
                 PRESET_COLUMNS;
    return ui_text_width(when) > pane->columns - 1 - before;
}

/* A value, or when it can be set, that its column cuts stands here whole. */
static void draw_foot(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct options *o = pane->own;
    struct ui_setting setting = ui_setting_at(model, o->page, (size_t)o->chosen);
    struct ui_page foot = ui_page_measure(pane);
    char now[UI_SETTING_BYTES + 40];
    foot.window = pane->window;
    foot.row = pane->rows - FOOT_ROWS + 1;
    snprintf(now, sizeof now, _("Now: %s"), o->value[o->chosen].text);
    bool is_cut = ui_text_width(o->value[o->chosen].text) >= VALUE_COLUMNS;
    ui_page_wrap(&foot, A_NORMAL, "", 0, is_cut ? now : setting.facts);
    ui_page_wrap(&foot, ui_attr(UI_DIM), "", 0, setting.effect);
    if (o->page == UI_SETTINGS_SOCKET && is_when_cut(pane, o, setting.when))
        ui_page_wrap(&foot, A_NORMAL, _("can be set "), ui_attr(UI_DIM), setting.when);
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct options *o = pane->own;
    bool of_socket = o->page == UI_SETTINGS_SOCKET;
    char name[32];
    draw_pages(pane, model);
    if (of_socket && socket_of(o, model, name, sizeof name) == LAB_NONE) {
        ui_put(pane->window, HEAD_ROWS, 1, pane->columns - 2, ui_attr(UI_WAITS),
               o->cookie ? _("No descriptor refers to this socket any more: its options cannot be read.")
                         : _("No socket is open: `hand c1` and `c1 socket` make one."));
        return;
    }
    put_cells(pane, 1, ui_attr(UI_DIM), ui_attr(UI_DIM),
              (struct cells){of_socket ? _("option") : "sysctl", _("value now"), _("default"),
                             of_socket ? _("can be set") : _("one socket's own")});
    for (int i = 0; i < body_rows(pane) && top_of(pane) + i < (long)count_of(o); i++)
        draw_setting(pane, model, HEAD_ROWS + i, (int)top_of(pane) + i);
    draw_foot(pane, model);
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

static unsigned choose(struct options *o, long i)
{
    long last = (long)count_of(o) - 1;
    o->edits = false;
    o->chosen = (int)(i < 0 ? 0 : i < last ? i : last);
    return UI_REDRAW;
}

static unsigned turn(struct ui_pane *pane, const struct ui_model *model, int by)
{
    struct options *o = pane->own;
    int page = (int)o->page + by;
    if (page < 0 || page >= UI_SETTINGS || !ui_settings_exist(model, (enum ui_settings)page))
        return UI_NOTHING;
    o->page = (enum ui_settings)page;
    memset(o->value, 0, sizeof o->value);
    choose(o, 0);
    renew(pane, model);
    return UI_REDRAW;
}

/* verb: "set" or "get", of the socket page. */
static unsigned type(struct ui_pane *pane, const struct ui_model *model, const char *verb, const char *value)
{
    const struct options *o = pane->own;
    const char *name = ui_setting_at(model, o->page, (size_t)o->chosen).name;
    char socket[32];
    if (o->page != UI_SETTINGS_SOCKET)
        snprintf(pane->command, sizeof pane->command, "net %s %s %s", ui_settings_host(model, o->page), name, value);
    else if (socket_of(o, model, socket, sizeof socket) != LAB_NONE)
        snprintf(pane->command, sizeof pane->command, "%s %s %s%s%s", socket, verb, name, *value ? " " : "", value);
    else
        return UI_NOTHING;
    return UI_COMMAND | UI_REDRAW;
}

static unsigned begin_edit(struct options *o)
{
    o->edits = true;
    snprintf(o->edit, sizeof o->edit, "%.*s", (int)sizeof o->edit - 1, o->value[o->chosen].words);
    return UI_REDRAW;
}

static unsigned enter(struct ui_pane *pane, const struct ui_model *model)
{
    struct options *o = pane->own;
    struct ui_setting setting = ui_setting_at(model, o->page, (size_t)o->chosen);
    if (setting.clears) {
        snprintf(o->value[o->chosen].text, sizeof o->value[0].text, _("read: see below"));
        return type(pane, model, "get", "");
    }
    if (!setting.can_set)
        return UI_NOTHING;
    if (setting.is_switch)
        return type(pane, model, "set", o->value[o->chosen].words[0] == '0' ? "1" : "0");
    return begin_edit(o);
}

static unsigned key_of_edit(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    struct options *o = pane->own;
    size_t n = strlen(o->edit);
    switch (pressed) {
    case '\r':
    case KEY_ENTER: o->edits = false; return type(pane, model, "set", o->edit);
    case UI_KEY_ESCAPE: o->edits = false; return UI_REDRAW;
    case UI_KEY_CTRL_U: o->edit[0] = '\0'; return UI_REDRAW;
    case KEY_BACKSPACE:
    case 8:
    case 127:
        if (n > 0)
            o->edit[n - 1] = '\0';
        return UI_REDRAW;
    default: break;
    }
    if (pressed < ' ' || pressed > '~' || n + 1 >= sizeof o->edit)
        return UI_REDRAW;
    o->edit[n] = (char)pressed;
    o->edit[n + 1] = '\0';
    return UI_REDRAW;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    struct options *o = pane->own;
    switch (pressed) {
    case KEY_UP: return choose(o, o->chosen - 1);
    case KEY_DOWN: return choose(o, o->chosen + 1);
    case KEY_HOME: return choose(o, 0);
    case KEY_END: return choose(o, (long)count_of(o));
    case KEY_PPAGE: return choose(o, o->chosen - body_rows(pane));
    case KEY_NPAGE: return choose(o, o->chosen + body_rows(pane));
    default: break;
    }
    if (o->edits)
        return key_of_edit(pane, model, pressed);
    if (pressed == KEY_LEFT || pressed == KEY_RIGHT)
        return turn(pane, model, pressed == KEY_LEFT ? -1 : 1);
    if (pressed == '\r' || pressed == KEY_ENTER || pressed == ' ')
        return enter(pane, model);
    return pressed == 'o' ? UI_CLOSE : UI_PASS;
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    struct options *o = pane->own;
    long at = row - HEAD_ROWS + top_of(pane);
    (void)column;
    if (buttons & (BUTTON4_PRESSED | BUTTON5_PRESSED))
        return choose(o, o->chosen + (buttons & BUTTON4_PRESSED ? -1 : 1));
    if (row < HEAD_ROWS || row >= pane->rows - FOOT_ROWS || at >= (long)count_of(o))
        return UI_NOTHING;
    return at == o->chosen ? enter(pane, model) : choose(o, at);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long top = top_of(pane), end = top + body_rows(pane), all = (long)count_of(pane->own);
    (void)model;
    if (body_rows(pane) < all)
        snprintf(out, out_bytes, _("%ld-%ld of %ld"), top + 1, end < all ? end : all, all);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    (void)pane;
    (void)model;
    *rows = (int)ui_settings_count(UI_SETTINGS_SOCKET) + HEAD_ROWS + FOOT_ROWS;
    *columns = BOX_COLUMNS;
}

static const struct ui_key_help keys[] = {{.key = "Up Down", .what = N_("choose"), .moves = true},
                                          {.key = "Enter", .what = N_("change")},
                                          {.key = "Left Right", .what = N_("socket, hosts")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_options = {
    .name = "options",
    .title = N_("Options"),
    .open = open_box,
    .close = close_box,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .status = status,
    .wants = wants,
    .renew = renew,
    .keys = keys,
};
