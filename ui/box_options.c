// SPDX-License-Identifier: GPL-3.0-or-later
// Every option of one socket, with the value that the kernel holds now.
//
//  ┌ Options of c1.3 ────────────────────────────────────────────────────────────────┐
//  │ option             value            default   can be set                        │
//  │ SO_KEEPALIVE       0                0         any time                          │
//  │ SO_LINGER          1 5_             0 0       any time                          │   being edited
//  │ TCP_MAXSEG         1448             ...       before connect or listen          │
//  │                                                                                 │
//  │ What the chosen one does, in one sentence.                                      │
//  └ Up Down choose  Enter change  Esc close ────────────────────────────────────────┘
//
// The values are asked of the kernel before each frame, by getsockopt() on a copy of the descriptor, which disturbs
// nobody: but for SO_ERROR, which reading clears. That one is read when the learner asks for it. A change is typed as a
// command.
#include "ui/action.h"
#include "ui/page.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTIONS_MOST = 64,
    EDIT_BYTES = 40,
    NAME_COLUMNS = 22,
    VALUE_COLUMNS = 18,
    PRESET_COLUMNS = 14,
    BOX_COLUMNS = 92,
    HEAD_ROWS = 1,
    FOOT_ROWS = 3
};

struct options {
    uint64_t cookie; /* of the socket: it may be gone */
    unsigned host;
    int chosen;
    bool edits;
    char edit[EDIT_BYTES];
    char value[OPTIONS_MOST][48];
};

static size_t count_of(void)
{
    return net_option_count < OPTIONS_MOST ? net_option_count : OPTIONS_MOST;
}

/* The socket, as long as a descriptor refers to it; LAB_NONE. name: "c1.3". */
static int socket_of(const struct options *o, const struct ui_model *model, char *name, size_t name_bytes)
{
    int socket = lab_socket_by_cookie(model->state, o->host, o->cookie);
    return socket != LAB_NONE && ui_socket_name(model, socket, name, name_bytes) ? socket : LAB_NONE;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static void ask(struct options *o, const struct ui_model *model, const struct lab_socket *socket, size_t i)
{
    const struct net_option *option = &net_options[i];
    struct net_option_value value;
    struct net_error err = {.code = 0};
    struct net_actors *actors = lab_session_engine(model->session)->actors;
    if (net_actor_option(actors, socket->owner_task, socket->fd, option, false, &value, &err) == 0)
        net_option_text(option, &value, o->value[i], sizeof o->value[i]);
    else
        snprintf(o->value[i], sizeof o->value[i], "%s", err.code ? net_errno_name(err.code) : "?");
}

static void renew(struct ui_pane *pane, const struct ui_model *model)
{
    struct options *o = pane->own;
    char name[32];
    int socket = socket_of(o, model, name, sizeof name);
    if (socket == LAB_NONE || !model->session)
        return;
    for (size_t i = 0; i < count_of(); i++)
        if (net_options[i].type != NET_OPT_ERRNO)
            ask(o, model, &model->state->sockets[socket], i);
        else if (!o->value[i][0])
            snprintf(o->value[i], sizeof o->value[i], "Enter reads it");
}

static int open_box(struct ui_pane *pane, const struct ui_model *model)
{
    struct options *o = pane->own = calloc(1, sizeof *o);
    int socket = ui_subject_socket(model);
    if (!o || socket == LAB_NONE)
        return -1;
    o->host = model->state->sockets[socket].host;
    o->cookie = model->state->sockets[socket].cookie;
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

static void put_cells(const struct ui_pane *pane, int row, attr_t attr, const char *const *cell)
{
    static const int width[] = {NAME_COLUMNS, VALUE_COLUMNS, PRESET_COLUMNS, BOX_COLUMNS};
    int column = 1;
    for (size_t i = 0; i < sizeof width / sizeof width[0]; i++) {
        int room = pane->columns - 1 - column;
        ui_put(pane->window, row, column, width[i] - 1 < room ? width[i] - 1 : room, attr, cell[i]);
        column += width[i];
    }
}

static void draw_option(const struct ui_pane *pane, int row, int i)
{
    const struct options *o = pane->own;
    const struct net_option *option = &net_options[i];
    char value[EDIT_BYTES + 2];
    bool edited = o->edits && i == o->chosen;
    snprintf(value, sizeof value, "%s%s", edited ? o->edit : o->value[i], edited ? "_" : "");
    put_cells(pane, row, A_NORMAL,
              (const char *[]){option->name, value, option->preset, option->can_set ? option->when : "read only"});
    if (i == o->chosen)
        ui_mark(pane->window, row, 0, pane->columns, ui_attr(UI_SELECTED));
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct options *o = pane->own;
    struct ui_page foot = ui_page_measure(pane);
    char name[32];
    if (socket_of(o, model, name, sizeof name) == LAB_NONE) {
        ui_put(pane->window, 0, 1, pane->columns - 2, ui_attr(UI_WAITS),
               "No descriptor refers to this socket any more: nobody can ask for its options.");
        return;
    }
    put_cells(pane, 0, ui_attr(UI_DIM), (const char *[]){"option", "value now", "default", "can be set"});
    for (int i = 0; i < body_rows(pane) && top_of(pane) + i < (long)count_of(); i++)
        draw_option(pane, HEAD_ROWS + i, (int)top_of(pane) + i);
    foot.window = pane->window;
    foot.row = pane->rows - FOOT_ROWS + 1;
    ui_page_wrap(&foot, ui_attr(UI_DIM), "", 0, net_options[o->chosen].effect);
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

static unsigned choose(struct options *o, long i)
{
    long last = (long)count_of() - 1;
    o->edits = false;
    o->chosen = (int)(i < 0 ? 0 : i < last ? i : last);
    return UI_REDRAW;
}

static unsigned type(struct ui_pane *pane, const struct ui_model *model, const char *verb, const char *value)
{
    const struct options *o = pane->own;
    char name[32];
    if (socket_of(o, model, name, sizeof name) == LAB_NONE)
        return UI_NOTHING;
    snprintf(pane->command, sizeof pane->command, "%s %s %s%s%s", name, verb, net_options[o->chosen].name,
             *value ? " " : "", value);
    return UI_COMMAND | UI_REDRAW;
}

/* The value as `set` takes it: {1, 5} without its braces and comma, 500 ms without its unit. */
static void begin_edit(struct options *o)
{
    size_t n = 0;
    o->edits = true;
    for (const char *c = o->value[o->chosen]; *c && n + 1 < sizeof o->edit; c++)
        if (!strchr("{},", *c))
            o->edit[n++] = *c;
    o->edit[n] = '\0';
    if (isdigit((unsigned char)o->edit[0]) && net_options[o->chosen].type != NET_OPT_LINGER)
        o->edit[strcspn(o->edit, " ")] = '\0';
}

static unsigned enter(struct ui_pane *pane, const struct ui_model *model)
{
    struct options *o = pane->own;
    const struct net_option *option = &net_options[o->chosen];
    if (option->type == NET_OPT_ERRNO) {
        snprintf(o->value[o->chosen], sizeof o->value[0], "read: see below");
        return type(pane, model, "get", "");
    }
    if (!option->can_set)
        return UI_NOTHING;
    if (option->type == NET_OPT_BOOL || option->type == NET_OPT_FILE_FLAG)
        return type(pane, model, "set", o->value[o->chosen][0] == '0' ? "1" : "0");
    begin_edit(o);
    return UI_REDRAW;
}

static unsigned key_of_edit(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    struct options *o = pane->own;
    size_t n = strlen(o->edit);
    switch (pressed) {
    case '\r':
    case KEY_ENTER: o->edits = false; return type(pane, model, "set", o->edit);
    case UI_KEY_ESCAPE: o->edits = false; return UI_REDRAW;
    case 21: o->edit[0] = '\0'; return UI_REDRAW; /* Ctrl-U */
    case KEY_BACKSPACE:
    case 8:
    case 127:
        if (n > 0)
            o->edit[n - 1] = '\0';
        return UI_REDRAW;
    default: break;
    }
    if (pressed < ' ' || pressed > '~' || n + 1 >= sizeof o->edit)
        return UI_NOTHING;
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
    case KEY_END: return choose(o, (long)count_of());
    case KEY_PPAGE: return choose(o, o->chosen - body_rows(pane));
    case KEY_NPAGE: return choose(o, o->chosen + body_rows(pane));
    default: break;
    }
    if (o->edits)
        return key_of_edit(pane, model, pressed);
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
    if (row < HEAD_ROWS || row >= pane->rows - FOOT_ROWS || at >= (long)count_of())
        return UI_NOTHING;
    return at == o->chosen ? enter(pane, model) : choose(o, at);
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    char name[32];
    if (socket_of(pane->own, model, name, sizeof name) != LAB_NONE)
        snprintf(out, out_bytes, "Options of %s", name);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long top = top_of(pane), end = top + body_rows(pane), all = (long)count_of();
    (void)model;
    if (body_rows(pane) < all)
        snprintf(out, out_bytes, "%ld-%ld of %ld", top + 1, end < all ? end : all, all);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    (void)pane;
    (void)model;
    *rows = (int)count_of() + HEAD_ROWS + FOOT_ROWS;
    *columns = BOX_COLUMNS;
}

static const struct ui_key_help keys[] = {{"Up Down", "choose"}, {"Enter", "change"}, {"Esc", "close"}, {NULL, NULL}};

const struct ui_view ui_box_options = {
    .name = "options",
    .title = "Options",
    .open = open_box,
    .close = close_box,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .titled = titled,
    .status = status,
    .wants = wants,
    .renew = renew,
    .keys = keys,
};
