// SPDX-License-Identifier: GPL-3.0-or-later
// Every way to end or break a connection, for either end.
//
//  ┌ Disconnect ─────────────────────────────────────────────────────────┐
//  │ Whose end    c1 (hand on client)   server (tcp_server_single ...)   │   Left and Right choose
//  │                                                                     │
//  │ close()                       FIN, or RST if it left data unread?   │
//  │ stop (SIGSTOP)              - needs a process: ...                  │   dim: not of this end, and why
//  │                                                                     │
//  │ : c1.3 close                                                        │   what the chosen row types
//  └ Up Down choose  Left Right whose end  Enter do it  Esc close ───────┘
//
// The rows are the lab's table of causes.
#include "lab/compare/cause.h"
#include "net/base/message.h"
#include "ui/box/box.h"
#include "ui/view/subject.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_COLUMNS = 38, BOX_COLUMNS = 96, HEAD_ROWS = 2, FOOT_ROWS = 2 };

static int cause_count(void)
{
    int n = 0;
    while (lab_menu_cause((size_t)n))
        n++;
    return n;
}

/* pane->cursor: the id of the actor, pane->wants_choice: the chosen cause. */

static const struct lab_actor *actor_of(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_actor *actor = lab_actor_by_id(model->state, (uint32_t)pane->cursor);
    return actor && actor->alive ? actor : NULL;
}

/* The socket that a cause would be about: the selected one if it is this actor's, else its latest. */
static int socket_of(const struct ui_model *model, const struct lab_actor *actor)
{
    char name[32];
    int socket = model->selected_socket;
    if (socket >= 0 && (size_t)socket < model->state->socket_count &&
        model->state->sockets[socket].owner_actor == actor->id && ui_socket_name(model, socket, name, sizeof name))
        return socket;
    return ui_socket_name(model, actor->latest_socket, name, sizeof name) ? actor->latest_socket : LAB_NONE;
}

/* The socket at the other end of its connection. */
static int other_end(const struct ui_model *model, int socket)
{
    const struct lab_state *state = model->state;
    int conversation = socket == LAB_NONE ? LAB_NONE : state->sockets[socket].conversation;
    if (conversation == LAB_NONE)
        return LAB_NONE;
    const int *ends = state->conversations[conversation].socket; /* both may be on one host */
    return ends[ends[0] == socket];
}

/* The actor that holds a socket and lives; NULL. */
static const struct lab_actor *owner_of(const struct ui_model *model, int socket)
{
    const struct lab_actor *owner = socket == LAB_NONE
                                        ? NULL
                                        : lab_actor_by_id(model->state, model->state->sockets[socket].owner_actor);
    return owner && owner->alive ? owner : NULL;
}

/* Why the cause cannot be had from this actor now; NULL: it can. */
static const char *why_not(const struct lab_cause *cause, const struct ui_model *model, const struct lab_actor *actor)
{
    if (cause->needs & LAB_NEEDS_WIRE && !model->has_wire)
        return N_("there is no wire here");
    if (!(cause->needs & ~(unsigned)LAB_NEEDS_WIRE))
        return NULL;
    if (!actor)
        return N_("no program is alive");
    int socket = socket_of(model, actor);
    const struct lab_actor *peer = owner_of(model, other_end(model, socket));
    if (cause->needs & LAB_NEEDS_HAND && !actor->is_hand)
        return N_("only a hand makes the calls that you choose");
    if (cause->needs & LAB_NEEDS_PROCESS && !actor->as_process)
        return N_("needs a process: start it `as process`");
    if (cause->needs & LAB_NEEDS_SOCKET && socket == LAB_NONE)
        return N_("it has no open socket");
    if (cause->needs & LAB_NEEDS_PEER_HAND && !(peer && peer->is_hand))
        return N_("needs a hand at the other end, too");
    return NULL;
}

/* The command with its names filled in. */
static void command_of(const struct lab_cause *cause, const struct ui_model *model, const struct lab_actor *actor,
                       char *out, size_t out_bytes)
{
    int socket = actor ? socket_of(model, actor) : LAB_NONE;
    int other = other_end(model, socket);
    const struct lab_actor *peer = owner_of(model, other);
    struct lab_cause_names names = {.actor = actor ? actor->name : NULL,
                                    .fd = socket == LAB_NONE ? -1 : model->state->sockets[socket].fd,
                                    .peer = peer ? peer->name : NULL,
                                    .peer_fd = other == LAB_NONE ? -1 : model->state->sockets[other].fd,
                                    .host = net_host_name(actor ? actor->host : NET_SERVER)};
    if (lab_cause_text(cause, &names, out, out_bytes) < 0)
        *out = '\0';
}

/* ---- which end -------------------------------------------------------------------------------------------------- */

static unsigned choose_actor(struct ui_pane *pane, const struct ui_model *model, int step)
{
    const struct lab_state *state = model->state;
    size_t count = state->actor_count, at = 0;
    while (at < count && state->actors[at].id != pane->cursor)
        at++;
    for (size_t i = 0; i < count; i++) {
        at = (at + (step > 0 ? 1 : count - 1)) % count;
        if (state->actors[at].alive) {
            pane->cursor = state->actors[at].id;
            break;
        }
    }
    return UI_REDRAW;
}

static int open_box(struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_actor *hand = ui_subject_hand(model);
    int socket = ui_subject_socket(model);
    if (socket != LAB_NONE)
        pane->cursor = model->state->sockets[socket].owner_actor;
    else if (hand)
        pane->cursor = hand->id;
    else
        choose_actor(pane, model, 1);
    pane->wants_choice = 0;
    return 0;
}

static void draw_actors(const struct ui_pane *pane, const struct ui_model *model)
{
    int column = 1;
    column += ui_put(pane->window, 0, column, pane->columns, ui_attr(UI_DIM), _("Whose end ")) + 1;
    for (size_t i = 0; i < model->state->actor_count; i++) {
        const struct lab_actor *actor = &model->state->actors[i];
        if (!actor->alive)
            continue;
        char text[120];
        attr_t attr = actor->id == pane->cursor ? ui_attr(UI_SELECTED) : ui_attr(ui_meaning_of_host(actor->host));
        if (actor->is_hand)
            snprintf(text, sizeof text, _(" %s (hand on %s) "), actor->name, net_host_name(actor->host));
        else
            snprintf(text, sizeof text, _(" %s (%s on %s) "), actor->name, actor->program, net_host_name(actor->host));
        column += ui_put(pane->window, 0, column, pane->columns - column, attr, text) + 1;
    }
}

/* ---- the view --------------------------------------------------------------------------------------------------- */

static int body_rows(const struct ui_pane *pane)
{
    return pane->rows - HEAD_ROWS - FOOT_ROWS;
}

/* As wide as the longest title. */
static int label_columns(void)
{
    int widest = LABEL_COLUMNS;
    for (int i = 0; i < cause_count(); i++) {
        int width = ui_text_width(_(lab_menu_cause((size_t)i)->title));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static long top_of(const struct ui_pane *pane)
{
    long last = pane->wants_choice - body_rows(pane) + 1;
    return last > 0 ? last : 0;
}

static void draw_cause(const struct ui_pane *pane, const struct ui_model *model, int row, int i)
{
    const struct lab_cause *cause = lab_menu_cause((size_t)i);
    const char *no = why_not(cause, model, actor_of(pane, model));
    int label = label_columns(), at = 2 + label;
    ui_put(pane->window, row, 1, label, no ? ui_attr(UI_DIM) : A_NORMAL, _(cause->title));
    ui_put(pane->window, row, at, pane->columns - at - 1, ui_attr(UI_DIM), _(no ? no : cause->watch));
    if (no)
        ui_put(pane->window, row, at - 2, 1, ui_attr(UI_DIM), "-");
    if (i == pane->wants_choice)
        ui_mark(pane->window, row, 0, pane->columns, ui_attr(UI_SELECTED));
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_actor *actor = actor_of(pane, model);
    const struct lab_cause *chosen = lab_menu_cause((size_t)pane->wants_choice);
    long top = top_of(pane);
    draw_actors(pane, model);
    for (int i = 0; i < body_rows(pane) && top + i < cause_count(); i++)
        draw_cause(pane, model, HEAD_ROWS + i, (int)top + i);
    const char *watch = _(chosen->watch);
    if (pane->columns < BOX_COLUMNS || ui_text_width(watch) > pane->columns - 3 - label_columns()) /* may be cut */
        ui_put(pane->window, pane->rows - 2, 1, pane->columns - 2, ui_attr(UI_DIM), watch);
    if (!why_not(chosen, model, actor)) {
        char command[200];
        command_of(chosen, model, actor, command, sizeof command);
        int at = ui_put(pane->window, pane->rows - 1, 1, 2, ui_attr(UI_KEY), ": ");
        ui_put(pane->window, pane->rows - 1, 1 + at, pane->columns - 3, ui_attr(UI_CODE), command);
    }
}

static unsigned choose(struct ui_pane *pane, long cause)
{
    pane->wants_choice = (int)(cause < 0 ? 0 : cause < cause_count() ? cause : cause_count() - 1);
    return UI_REDRAW;
}

static unsigned carry_out(struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_cause *cause = lab_menu_cause((size_t)pane->wants_choice);
    const struct lab_actor *actor = actor_of(pane, model);
    if (why_not(cause, model, actor))
        return UI_NOTHING;
    command_of(cause, model, actor, pane->command, sizeof pane->command);
    return UI_COMMAND | UI_CLOSE;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    switch (pressed) {
    case KEY_UP: return choose(pane, pane->wants_choice - 1);
    case KEY_DOWN: return choose(pane, pane->wants_choice + 1);
    case KEY_HOME: return choose(pane, 0);
    case KEY_END: return choose(pane, cause_count() - 1);
    case KEY_PPAGE: return choose(pane, pane->wants_choice - body_rows(pane));
    case KEY_NPAGE: return choose(pane, pane->wants_choice + body_rows(pane));
    case KEY_LEFT:
    case KEY_BTAB: return choose_actor(pane, model, -1);
    case KEY_RIGHT:
    case '\t': return choose_actor(pane, model, 1);
    case '\r':
    case KEY_ENTER: return carry_out(pane, model);
    case 'd': return UI_CLOSE;
    default: return UI_PASS;
    }
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    long at = row - HEAD_ROWS + top_of(pane);
    (void)column;
    if (buttons & (BUTTON4_PRESSED | BUTTON5_PRESSED))
        return choose(pane, pane->wants_choice + (buttons & BUTTON4_PRESSED ? -1 : 1));
    if (row < HEAD_ROWS)
        return choose_actor(pane, model, 1);
    if (row >= pane->rows - FOOT_ROWS || at >= cause_count())
        return UI_NOTHING;
    return at == pane->wants_choice ? carry_out(pane, model) : choose(pane, at);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long top = top_of(pane), end = top + body_rows(pane);
    (void)model;
    if (body_rows(pane) < cause_count())
        snprintf(out, out_bytes, _("%ld-%ld of %d"), top + 1, end < cause_count() ? end : cause_count(), cause_count());
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    (void)pane;
    (void)model;
    *rows = cause_count() + HEAD_ROWS + FOOT_ROWS;
    *columns = BOX_COLUMNS;
}

static const struct ui_key_help keys[] = {{.key = "Up Down", .what = N_("choose"), .moves = true},
                                          {.key = "Left Right", .what = N_("whose end")},
                                          {.key = "Enter", .what = N_("do it")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_disconnect = {
    .name = "disconnect",
    .title = N_("Disconnect"),
    .open = open_box,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .status = status,
    .wants = wants,
    .keys = keys,
};
