// SPDX-License-Identifier: GPL-3.0-or-later
// The state machine of TCP, with the path that each end has walked.
//
//  ┌ TCP states: c client c1.3, s server s1.4 ──────────────────── connection 1 of 1 ┐
//  │                                     c     CLOSE                                 │
//  │         ┌── s listen() ────────────────┘       └─ c connect()/SYN ┐             │
//  │        LISTEN      s                                     c  SYN_SENT            │
//  │         ...                          ...                          ...           │
//  │[C]  FIN_WAIT2      ─ rcv FIN/ACK ──►    TIME_WAIT            LAST_ACK           │
//  │         any other way, as by RST ──►      CLOSE        ◄──────────┘             │
//  │[C] This end's FIN is acknowledged; the peer has not closed yet                  │
//  │[S] The peer has closed; this end's program has not called close() yet           │
//  │  0.237 SYN_SENT    connect(3)           0.201 LISTEN      listen(3, 1), stays so│
//  └─ Left Right time  n next  Tab another connection  Esc close ────────────────────┘
//
// It is figure 5 of RFC 9293: the client's marks stand left of a state, the server's right of it, small where an end
// has been and in brackets where it is; an arrow that was walked says by whom. What Linux has no way to do is left out
// (LISTEN to SYN_SENT by send()), and one arrow stands for every other way into CLOSE. The rows below, or beside where
// there is room, say what caused each step; all of it is the state's, so it is right in the past as well.
#include "lab/base/text.h"
#include "lab/explain/path.h"
#include "ui/view/ends.h"

#include <stdio.h>

enum {
    MAP_ROWS = 13,
    MAP_COLUMNS = 77,
    SAYS_ROWS = 2,
    MARK = 3,
    NAME = 11,
    NODE = 2 * MARK + NAME + 2,
    LEFT = 0,
    MIDDLE = 36,
    RIGHT = 58,
    LIST_LEAST = 36, /* columns of one end's steps */
    LIST_MOST = 46,
    STROKES = 5
};

/* ---- the map ----------------------------------------------------------------------------------------------------- */

/* clang-format off */
/* CLOSE stands twice, as in the figure: before a connection, and after it. */
static const struct node {
    int row, column;
    uint8_t state;
    bool is_end;
} nodes[] = {
    {0, MIDDLE, NET_STATE_CLOSE, false},
    {2, LEFT, NET_STATE_LISTEN, false}, {2, RIGHT, NET_STATE_SYN_SENT, false},
    {4, LEFT, NET_STATE_SYN_RECV, false},
    {6, MIDDLE, NET_STATE_ESTABLISHED, false},
    {8, LEFT, NET_STATE_FIN_WAIT1, false}, {8, MIDDLE, NET_STATE_CLOSING, false}, {8, RIGHT, NET_STATE_CLOSE_WAIT, false},
    {10, LEFT, NET_STATE_FIN_WAIT2, false}, {10, MIDDLE, NET_STATE_TIME_WAIT, false}, {10, RIGHT, NET_STATE_LAST_ACK, false},
    {12, MIDDLE, NET_STATE_CLOSE, true},
};
enum { NODES = sizeof nodes / sizeof nodes[0] };

struct stroke {
    int row, column, length;
    enum ui_glyph glyph;
};

/* label_end: the column after it; else it begins at label_column. */
static const struct edge {
    uint8_t from, to;
    const char *label;
    int label_row, label_column, label_end;
    struct stroke stroke[STROKES]; /* length 0: no more */
} edges[] = {
    {NET_STATE_CLOSE, NET_STATE_LISTEN, "listen()", 1, 13, 0,
     {{1, 9, 1, UI_CORNER_TL}, {1, 10, 31, UI_HORIZONTAL}, {1, 41, 1, UI_CORNER_BR}}},
    {NET_STATE_CLOSE, NET_STATE_SYN_SENT, "connect()/SYN", 1, 51, 0,
     {{1, 49, 1, UI_CORNER_BL}, {1, 50, 17, UI_HORIZONTAL}, {1, 67, 1, UI_CORNER_TR}}},
    {NET_STATE_LISTEN, NET_STATE_SYN_RECV, "rcv SYN/SYN,ACK", 3, 11, 0, {{3, 9, 1, UI_VERTICAL}}},
    {NET_STATE_SYN_SENT, NET_STATE_SYN_RECV, "rcv SYN/SYN,ACK", 4, 38, 0,
     {{3, 67, 1, UI_VERTICAL}, {4, 67, 1, UI_TEE_R}, {4, 20, 47, UI_HORIZONTAL}, {4, 19, 1, UI_ARROW_L}}},
    {NET_STATE_SYN_SENT, NET_STATE_ESTABLISHED, "rcv SYN,ACK", 5, 51, 0,
     {{3, 67, 1, UI_VERTICAL}, {4, 67, 1, UI_TEE_R}, {5, 67, 1, UI_CORNER_BR}, {5, 50, 17, UI_HORIZONTAL}, {5, 49, 1, UI_CORNER_TL}}},
    {NET_STATE_SYN_RECV, NET_STATE_ESTABLISHED, "rcv ACK", 5, 13, 0,
     {{5, 9, 1, UI_CORNER_BL}, {5, 10, 31, UI_HORIZONTAL}, {5, 41, 1, UI_CORNER_TR}}},
    {NET_STATE_SYN_RECV, NET_STATE_FIN_WAIT1, "close()/FIN", 6, 5, 0,
     {{5, 3, 1, UI_VERTICAL}, {6, 3, 1, UI_VERTICAL}, {7, 3, 1, UI_VERTICAL}}},
    {NET_STATE_ESTABLISHED, NET_STATE_FIN_WAIT1, "close()/FIN", 7, 13, 0,
     {{7, 9, 1, UI_CORNER_TL}, {7, 10, 31, UI_HORIZONTAL}, {7, 41, 1, UI_CORNER_BR}}},
    {NET_STATE_ESTABLISHED, NET_STATE_CLOSE_WAIT, "rcv FIN/ACK", 7, 51, 0,
     {{7, 49, 1, UI_CORNER_BL}, {7, 50, 17, UI_HORIZONTAL}, {7, 67, 1, UI_CORNER_TR}}},
    {NET_STATE_FIN_WAIT1, NET_STATE_FIN_WAIT2, "rcv ACK", 9, 11, 0, {{9, 9, 1, UI_VERTICAL}}},
    {NET_STATE_FIN_WAIT1, NET_STATE_CLOSING, "rcv FIN/ACK", 8, 21, 0, {{8, 19, 16, UI_HORIZONTAL}, {8, 35, 1, UI_ARROW_R}}},
    {NET_STATE_FIN_WAIT2, NET_STATE_TIME_WAIT, "rcv FIN/ACK", 10, 21, 0, {{10, 19, 16, UI_HORIZONTAL}, {10, 35, 1, UI_ARROW_R}}},
    {NET_STATE_CLOSING, NET_STATE_TIME_WAIT, "rcv ACK", 9, 0, 44, {{9, 45, 1, UI_VERTICAL}}},
    {NET_STATE_CLOSE_WAIT, NET_STATE_LAST_ACK, "close()/FIN", 9, 0, 66, {{9, 67, 1, UI_VERTICAL}}},
    {NET_STATE_TIME_WAIT, NET_STATE_CLOSE, "2 MSL", 11, 0, 44, {{11, 45, 1, UI_VERTICAL}}},
    {NET_STATE_LAST_ACK, NET_STATE_CLOSE, "rcv ACK", 11, 0, 66,
     {{11, 67, 1, UI_VERTICAL}, {12, 67, 1, UI_CORNER_BR}, {12, 56, 11, UI_HORIZONTAL}, {12, 55, 1, UI_ARROW_L}}},
    /* The last one: for every step into CLOSE that has no arrow of its own. */
    {NET_STATES, NET_STATE_CLOSE, N_("any other way, as by RST"), 12, 5, 0, {{12, 3, 32, UI_HORIZONTAL}, {12, 35, 1, UI_ARROW_R}}},
};
/* clang-format on */
enum { EDGES = sizeof edges / sizeof edges[0] };

/* A socket that the kernel has no more is what RFC 9293 calls CLOSED. */
static uint8_t on_map(uint8_t state)
{
    return state == NET_STATE_ABSENT ? NET_STATE_CLOSE : state;
}

/* The arrow of a step; EDGES: it has none. */
static size_t edge_of(const struct lab_path_step *step)
{
    uint8_t to = on_map(step->to);
    for (size_t i = 0; i + 1 < EDGES; i++)
        if (edges[i].from == step->from && edges[i].to == to)
            return i;
    return to == NET_STATE_CLOSE && step->from != NET_STATE_ABSENT && step->from != NET_STATE_CLOSE ? EDGES - 1 : EDGES;
}

/* ---- what was walked --------------------------------------------------------------------------------------------- */

struct walked {
    struct ui_ends ends;
    struct lab_path path[NET_HOSTS];
    bool edge[NET_HOSTS][EDGES], node[NET_HOSTS][NODES];
    size_t now[NET_HOSTS]; /* a node; NODES: nowhere */
};

static size_t node_of(uint8_t state, bool begun)
{
    for (size_t i = 0; i < NODES; i++)
        if (nodes[i].state == on_map(state) && (nodes[i].state != NET_STATE_CLOSE || nodes[i].is_end == begun))
            return i;
    return NODES;
}

static void walk(struct walked *w, unsigned host)
{
    const struct lab_path *path = &w->path[host];
    bool begun = false;
    w->now[host] = NODES;
    for (size_t i = 0; i < path->count; i++) {
        size_t edge = edge_of(&path->step[i]), node = node_of(path->step[i].to, begun);
        begun |= on_map(path->step[i].to) != NET_STATE_CLOSE;
        if (edge < EDGES)
            w->edge[host][edge] = true;
        if (node < NODES)
            w->node[host][node] = true;
        w->now[host] = node;
    }
}

static struct walked walked_of(const struct ui_pane *pane, const struct ui_model *model)
{
    struct walked w = {.ends = ui_ends_of(pane, model)};
    for (unsigned host = 0; host < NET_HOSTS; host++) {
        lab_path_of(model->state, w.ends.conversation, host, w.ends.socket[host], &w.path[host]);
        walk(&w, host);
    }
    return w;
}

/* ---- drawing the map --------------------------------------------------------------------------------------------- */

static attr_t edge_attr(const struct walked *w, size_t i)
{
    bool client = w->edge[NET_CLIENT][i], server = w->edge[NET_SERVER][i];
    if (client && server)
        return ui_attr(UI_STRONG);
    return client ? ui_attr(UI_CLIENT) | A_BOLD : server ? ui_attr(UI_SERVER) | A_BOLD : ui_attr(UI_DIM);
}

/* The line that the label of an arrow lies on; NULL: it stands beside one. */
static const struct stroke *line_of_label(const struct edge *edge)
{
    for (size_t k = 0; k < STROKES && edge->stroke[k].length; k++)
        if (edge->stroke[k].row == edge->label_row && edge->stroke[k].glyph == UI_HORIZONTAL)
            return &edge->stroke[k];
    return NULL;
}

/* Who walked it and its cause. On a line, blanks keep it apart, where there is room before the arrow's head. */
static void draw_label(WINDOW *w, const struct walked *walked, size_t i, attr_t attr)
{
    const struct edge *edge = &edges[i];
    const struct stroke *line = line_of_label(edge);
    bool client = walked->edge[NET_CLIENT][i], server = walked->edge[NET_SERVER][i];
    char label[96] = "";
    lab_append(label, sizeof label, "%s%s%s%s%s", line ? " " : "", client ? "c" : "", server ? "s" : "",
               client || server ? " " : "", _(edge->label));
    int width = ui_text_width(label);
    int column = edge->label_end ? edge->label_end - width : edge->label_column - (line != NULL);
    if (line && column + width < line->column + line->length)
        lab_append(label, sizeof label, " ");
    ui_put(w, edge->label_row, column, MAP_COLUMNS - column, attr, label);
}

static void draw_edge(WINDOW *w, const struct walked *walked, size_t i)
{
    const struct edge *edge = &edges[i];
    attr_t attr = edge_attr(walked, i);
    for (size_t k = 0; k < STROKES && edge->stroke[k].length; k++)
        ui_fill(w, edge->stroke[k].row, edge->stroke[k].column, edge->stroke[k].length, attr,
                ui_glyph(edge->stroke[k].glyph));
    draw_label(w, walked, i, attr);
}

static void draw_mark(WINDOW *w, const struct walked *walked, unsigned host, size_t node, int column)
{
    bool here = walked->now[host] == node;
    char mark[8];
    if (!walked->node[host][node])
        return;
    snprintf(mark, sizeof mark, here ? "[%c]" : " %c ",
             here ? (host == NET_CLIENT ? 'C' : 'S') : (host == NET_CLIENT ? 'c' : 's'));
    ui_put(w, nodes[node].row, column, MARK, ui_attr(ui_meaning_of_host(host)) | (here ? A_BOLD : 0), mark);
}

static void draw_node(WINDOW *w, const struct walked *walked, size_t i)
{
    const struct node *node = &nodes[i];
    const char *name = net_state_name(node->state);
    bool visited = walked->node[NET_CLIENT][i] || walked->node[NET_SERVER][i];
    bool here = walked->now[NET_CLIENT] == i || walked->now[NET_SERVER] == i;
    attr_t attr = !visited ? ui_attr(UI_DIM) : ui_attr(ui_meaning_of_state(node->state)) | A_BOLD;
    int width = ui_text_width(name);
    ui_putf(w, node->row, node->column, NODE, A_NORMAL, "%*s", NODE, "");
    draw_mark(w, walked, NET_CLIENT, i, node->column);
    ui_put(w, node->row, node->column + MARK + 1 + (NAME - width) / 2, width, here ? attr | A_REVERSE : attr, name);
    draw_mark(w, walked, NET_SERVER, i, node->column + NODE - MARK);
}

/* Arrows that were not walked come first, so that a shared line shows who walked it. */
static void draw_map(WINDOW *w, const struct walked *walked)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < EDGES; i++)
            if ((walked->edge[NET_CLIENT][i] || walked->edge[NET_SERVER][i]) == (pass == 1))
                draw_edge(w, walked, i);
    for (size_t i = 0; i < NODES; i++)
        draw_node(w, walked, i);
}

/* ---- what it means, and the steps -------------------------------------------------------------------------------- */

static void draw_says(const struct ui_pane *pane, const struct walked *walked)
{
    static const unsigned order[] = {NET_CLIENT, NET_SERVER};
    for (int i = 0; i < SAYS_ROWS; i++) {
        const struct lab_path *path = &walked->path[order[i]];
        int row = MAP_ROWS + i;
        ui_put(pane->window, row, 0, MARK, ui_attr(ui_meaning_of_host(order[i])) | A_BOLD,
               order[i] == NET_CLIENT ? "[C]" : "[S]");
        ui_put(pane->window, row, MARK + 1, pane->columns - MARK - 1, ui_attr(path->count ? UI_TEXT : UI_DIM),
               path->count ? ui_state_says(path->now) : _("There is no socket at this end"));
    }
}

static void draw_step(WINDOW *w, const struct ui_model *model, const struct lab_path_step *step, int row, int column,
                      int columns)
{
    enum { TIME = 8, STATE = 12 };
    char cause[200];
    const char *name = step->to == NET_STATE_ABSENT ? _("gone") : net_state_name(step->to);
    uint64_t since_ns = step->time_ns > model->start_ns ? step->time_ns - model->start_ns : 0;
    bool unseen = edge_of(step) == EDGES && step->from != NET_STATE_ABSENT && on_map(step->from) != on_map(step->to);
    bool stays = step->of_listener && step->to == NET_STATE_LISTEN && columns >= LIST_MOST;
    ui_putf(w, row, column, TIME, ui_attr(UI_DIM), "%7.3f", (double)since_ns / 1e9);
    ui_put(w, row, column + TIME, STATE, ui_attr(ui_meaning_of_state(step->to)), name);
    lab_path_cause_text(model->journal, model->state, step, cause, sizeof cause);
    ui_putf(w, row, column + TIME + STATE, columns - TIME - STATE, ui_attr(UI_TEXT),
            unseen  ? _("(between: unseen) %s")
            : stays ? _("%s, stays so")
                    : "%s",
            cause);
}

static size_t most_steps(const struct walked *walked)
{
    size_t client = walked->path[NET_CLIENT].count, server = walked->path[NET_SERVER].count;
    return client > server ? client : server;
}

/* Where the steps of an end stand. Beside the map the client's are above the server's, below it they are side by side.
 */
struct place {
    int row, column, rows, columns;
};

static bool is_wide(const struct ui_pane *pane)
{
    return pane->columns >= MAP_COLUMNS + 2 + LIST_LEAST;
}

static struct place place_of(const struct ui_pane *pane, unsigned host)
{
    bool first = host == NET_CLIENT;
    if (is_wide(pane)) {
        int half = pane->rows / 2;
        return (struct place){first ? 0 : half, MAP_COLUMNS + 2, half, pane->columns - MAP_COLUMNS - 2};
    }
    int row = MAP_ROWS + SAYS_ROWS, half = pane->columns / 2;
    return (struct place){row, first ? 0 : half + 1, pane->rows - row, half - 1};
}

static void draw_steps(const struct ui_pane *pane, const struct ui_model *model, const struct walked *walked,
                       unsigned host)
{
    struct place place = place_of(pane, host);
    struct ui_pane list = *pane;
    const struct lab_path *path = &walked->path[host];
    if (is_wide(pane)) {
        char name[48];
        ui_end_last_name(model, path->socket != LAB_NONE ? path->socket : path->listener, name, sizeof name);
        ui_putf(pane->window, place.row++, place.column, place.columns, ui_attr(ui_meaning_of_host(host)) | A_BOLD,
                "%s %s", net_host_name(host), name);
        place.rows -= 2;
    }
    list.rows = place.rows > 0 ? place.rows : 0;
    size_t first = path->count > (size_t)list.rows ? (size_t)ui_scroll_top(&list, (long)path->count) : 0;
    for (int y = 0; y < list.rows && first + (size_t)y < path->count; y++)
        draw_step(pane->window, model, &path->step[first + (size_t)y], place.row + y, place.column, place.columns);
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct walked walked = walked_of(pane, model);
    draw_map(pane->window, &walked);
    draw_says(pane, &walked);
    draw_steps(pane, model, &walked, NET_CLIENT);
    draw_steps(pane, model, &walked, NET_SERVER);
}

/* ---- the rest of a box ------------------------------------------------------------------------------------------- */

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    struct walked walked = walked_of(pane, model);
    struct ui_pane list = *pane;
    unsigned reactions = ui_ends_key(pane, model, pressed);
    if (!(reactions & UI_PASS))
        return reactions;
    list.rows = place_of(pane, NET_CLIENT).rows - (is_wide(pane) ? 2 : 0);
    reactions = ui_scroll_key(&list, pressed, (long)most_steps(&walked), true);
    pane->top = list.top;
    return reactions;
}

static int open(struct ui_pane *pane, const struct ui_model *model)
{
    (void)model;
    pane->top = -1; /* the latest steps */
    return 0;
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    struct walked walked = walked_of(pane, model);
    bool wide = *columns - 2 >= MAP_COLUMNS + 2 + LIST_LEAST;
    *columns = wide ? MAP_COLUMNS + 2 + LIST_MOST : MAP_COLUMNS + 1;
    *rows = wide ? 22 : MAP_ROWS + SAYS_ROWS + 7;
    if (!wide && (int)most_steps(&walked) > 7)
        *rows = MAP_ROWS + SAYS_ROWS + (int)most_steps(&walked);
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    struct walked walked = walked_of(pane, model);
    char client[40], server[40];
    const struct lab_path *at = &walked.path[NET_SERVER];
    ui_end_last_name(model, walked.path[NET_CLIENT].socket, client, sizeof client);
    ui_end_last_name(model, at->socket != LAB_NONE ? at->socket : at->listener, server, sizeof server);
    snprintf(out, out_bytes, _("TCP states: c client %s, s server %s"), client, server);
}

static const struct ui_key_help keys[] = {{.key = "Left Right", .what = N_("time")},
                                          {.key = "n", .what = N_("next")},
                                          {.key = "Up Down", .what = N_("steps"), .moves = true},
                                          {.key = "Tab", .what = N_("another connection")},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_states = {
    .name = "states",
    .title = N_("TCP states"),
    .open = open,
    .draw = draw,
    .key = key,
    .wants = wants,
    .titled = titled,
    .status = ui_ends_status,
    .keys = keys,
};
