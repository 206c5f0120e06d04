// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The wire: every segment between the two hosts as a ladder, the client always left, the server always right.
 *
 *     time    client 192.0.2.2                      server 192.0.2.1      <- pinned
 *     0.012   SYN_SENT    ─────────── SYN ────────► SYN_RECV
 *     0.013   ESTABLISHED ◄──────── SYN·ACK ─────── │
 *     0.013   │           ─────────── ACK ────────► ESTABLISHED
 *     0.014   │           ◄─── PSH·ACK 18 B ▌▌ held │
 *     0.015   │           ──────── RST ── × lost    │
 *     60.02   TIME_WAIT over                        │
 *   ------------------------------------------------------------------
 *     #7 PSH·ACK  seq 1-19  ack 1  window 63 << 10 = 64512                <- of the selected segment: what is known,
 *      retransmission: these bytes were sent before ...                      as far as there is room for it
 *      "Message received.\n"
 *
 * A state stands where it is entered; below it a line says that it lasts. Beside the sender it is the state in which it
 * sent, beside the receiver the one that the segment led to. Changes that no segment made (a timer, an administrator)
 * have a row of their own, but among very many sockets: the title then says that there are segments only. With more
 * than one conversation each row begins with the client's port; Enter on a row shows only that one. Left out: scaling
 * the vertical axis to time; a ladder is about order.
 */
#include "lab/base/durations.h"
#include "lab/explain/ladder.h"
#include "lab/explain/segment_text.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "ui/view/pane.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_COLUMNS = 11, TIME_COLUMNS = 9, PORT_COLUMNS = 7, DASHES_LEAST = 4, STEP_ROWS_UP_TO_SOCKETS = 64 };
enum { BEFORE_ROWS = 64 /* how far back a conversation's last state is looked for */ };

struct row {
    uint64_t time_ns;
    int segment; /* index; LAB_NONE: a step, or what is left out */
    int socket, step;
    int conversation;
    size_t left_out; /* so many segments that are no longer known; 0: it is no such row */
};

struct rows {
    struct row *row;
    size_t count;
};

/* What a column of the pane shows, from its width. */
struct columns {
    int time, port, left, arrow, arrow_width, right, state_width;
};

static struct columns place_columns(int width, bool many)
{
    struct columns c = {.time = width >= 56 ? 0 : -1, .port = -1, .state_width = STATE_COLUMNS};
    int x = c.time == 0 ? TIME_COLUMNS : 1;
    if (many) {
        c.port = x;
        x += PORT_COLUMNS;
    }
    c.left = x;
    c.arrow = x + c.state_width + 1;
    c.right = width - c.state_width;
    c.arrow_width = c.right - 1 - c.arrow;
    return c;
}

/* Of the pane's conversation filter: own holds its number + 1, so that NULL means all. */
static int filter_of(const struct ui_pane *pane)
{
    return (int)(intptr_t)pane->own - 1;
}

static int by_time(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->segment - y->segment;
}

static size_t count_steps(const struct lab_state *state)
{
    size_t n = 0;
    for (size_t s = 0; s < state->socket_count; s++)
        n += state->sockets[s].step_count;
    return n;
}

static void add_step_rows(struct rows *rows, const struct ui_model *model, int filter)
{
    const struct lab_state *state = model->state;
    for (size_t s = 0; s < state->socket_count; s++) {
        const struct lab_socket *socket = &state->sockets[s];
        if (filter >= 0 && socket->conversation != filter)
            continue;
        for (size_t i = 0; i < socket->step_count; i++)
            if (socket->steps[i].time_ns >= model->start_ns && lab_step_is_silent(model->journal, socket, i))
                rows->row[rows->count++] = (struct row){.time_ns = socket->steps[i].time_ns,
                                                        .segment = LAB_NONE,
                                                        .socket = (int)s,
                                                        .step = (int)i,
                                                        .conversation = socket->conversation};
    }
}

/* The index of the first segment to look at for the last so many rows; 0 where rows are left out or stand in between.
 */
static size_t first_segment(const struct ui_model *model, int filter, int last)
{
    const struct lab_state *state = model->state;
    bool all = filter >= 0 || state->socket_count <= STEP_ROWS_UP_TO_SOCKETS;
    return all || state->segment_count < (size_t)last ? 0 : state->segment_count - (size_t)last;
}

/* A segment; and before it, that some are left out. */
static void add_segment_rows(struct rows *rows, const struct lab_segment *s, size_t index)
{
    struct row row = {.time_ns = s->sent_ns,
                      .segment = LAB_NONE,
                      .socket = LAB_NONE,
                      .step = LAB_NONE,
                      .conversation = s->conversation,
                      .left_out = s->left_out};
    if (row.left_out)
        rows->row[rows->count++] = row;
    row.segment = (int)index;
    row.left_out = 0;
    rows->row[rows->count++] = row;
}

/* The last so many rows at least (INT_MAX: all) in order; the caller frees rows.row. */
static struct rows make_rows(const struct ui_model *model, int filter, int last)
{
    const struct lab_state *state = model->state;
    bool steps = state->socket_count <= STEP_ROWS_UP_TO_SOCKETS;
    size_t first = first_segment(model, filter, last);
    const size_t most = 2 * (state->segment_count - first) + (steps ? count_steps(state) : 0) + 1;
    struct rows rows = {calloc(most, sizeof *rows.row), 0};
    if (!rows.row)
        return rows;
    for (size_t i = first; i < state->segment_count; i++)
        if (state->segments[i].sent_ns >= model->start_ns && (filter < 0 || state->segments[i].conversation == filter))
            add_segment_rows(&rows, &state->segments[i], i);
    size_t segments = rows.count;
    if (steps)
        add_step_rows(&rows, model, filter);
    if (rows.count > segments)
        qsort(rows.row, rows.count, sizeof *rows.row, by_time);
    return rows;
}

static enum ui_meaning meaning_of(const struct lab_segment *s)
{
    if (s->fate == NET_DROPPED)
        return UI_FAILED;
    if (s->fate == NET_HELD || s->fate == NET_REPEATED || s->fate == NET_IN_FLIGHT)
        return UI_WAITS;
    if (s->segment->flags & NET_RST || net_is_icmp_error(s->segment))
        return UI_FAILED;
    if (s->segment->flags & NET_FIN)
        return UI_CLOSING;
    if (s->segment->flags & NET_SYN)
        return UI_OPENING;
    return s->segment->payload_bytes ? UI_OPEN : UI_DIM;
}

/* What stands where the arrow ends: the head, or why it went no further. */
static const char *ending(const struct lab_segment *s, char *out, size_t room)
{
    switch ((enum net_fate_of)s->fate) {
    case NET_HELD:
    case NET_REPEATED: snprintf(out, room, "%s held", ui_glyph(UI_STOPPED)); return out;
    case NET_IN_FLIGHT: snprintf(out, room, "%s", ui_glyph(UI_ELLIPSIS)); return out;
    case NET_DROPPED: snprintf(out, room, "%s %s", ui_glyph(UI_LOST), _(net_drop(s->why)->fate)); return out;
    case NET_DELIVERED:
    case NET_DUPLICATED:
    case NET_FATES: break;
    }
    snprintf(out, room, "%s", ui_glyph(s->segment->from == NET_CLIENT ? UI_ARROW_R : UI_ARROW_L));
    return out;
}

static int put_dashes(WINDOW *w, int row, int column, int n, attr_t attr)
{
    for (int i = 0; i < n; i++)
        ui_put(w, row, column + i, 1, attr, ui_glyph(UI_DASH));
    return n > 0 ? n : 0;
}

/* An arrow between column and column + width, its label in the middle; it stops short of the far end unless delivered.
 */
static void draw_arrow(WINDOW *w, int row, const struct columns *c, const struct lab_segment *s, attr_t extra)
{
    char label[200], end[32];
    attr_t attr = ui_attr(meaning_of(s)) | extra;
    ending(s, end, sizeof end);
    int end_width = ui_text_width(end);
    int room = c->arrow_width - end_width;
    for (int wording = LAB_WITH_OPTIONS, least = DASHES_LEAST; wording <= LAB_IN_SHORT; wording++, least = 2) {
        lab_segment_label(s, ui_glyph(UI_DOT), (enum lab_wording)wording, label, sizeof label);
        if (ui_text_width(label) <= room - least)
            break;
    }
    int label_width = ui_text_width(label);
    if (label_width > room - 2)
        label_width = room - 2 > 0 ? room - 2 : 0;
    int dashes = room - label_width - 2;
    int before = dashes / 2, after = dashes - before;
    int x = c->arrow;
    if (s->segment->from == NET_CLIENT) {
        x += put_dashes(w, row, x, before, attr);
        ui_put(w, row, x + 1, label_width, attr, label);
        x += label_width + 2;
        x += put_dashes(w, row, x, after, attr);
        ui_put(w, row, x, end_width, attr, end);
    } else {
        ui_put(w, row, x, end_width, attr, end);
        x += end_width;
        x += put_dashes(w, row, x, before, attr);
        ui_put(w, row, x + 1, label_width, attr, label);
        x += label_width + 2;
        put_dashes(w, row, x, after, attr);
    }
}

/* In slow motion: what it has not reached yet is blank, and its head stands where it is. */
static void cut_arrow(WINDOW *w, int row, const struct columns *c, const struct lab_segment *s, int travel,
                      attr_t extra)
{
    bool to_right = s->segment->from == NET_CLIENT;
    int reached = (c->arrow_width - 1) * travel / 100, blank = c->arrow_width - 1 - reached;
    int from = to_right ? c->arrow + reached + 1 : c->arrow, head = to_right ? c->arrow + reached : c->arrow + blank;
    attr_t attr = ui_attr(meaning_of(s)) | extra;
    ui_putf(w, row, from, blank, extra, "%*s", blank, "");
    ui_put(w, row, head, 1, attr, ui_glyph(to_right ? UI_ARROW_R : UI_ARROW_L));
}

static void draw_state(WINDOW *w, int row, int column, const struct columns *c, unsigned state, unsigned before,
                       attr_t extra)
{
    if (state == before || state == NET_STATE_ABSENT)
        ui_put(w, row, column, 1, ui_attr(UI_DIM) | extra, ui_glyph(UI_VERTICAL));
    else
        ui_put(w, row, column, c->state_width, ui_attr(ui_meaning_of_state(state)) | extra, net_state_name(state));
}

/* The state beside each host on a segment's row. */
static void states_of(const struct lab_segment *s, unsigned out[NET_HOSTS])
{
    unsigned from = s->segment->from % NET_HOSTS, to = 1 - from;
    bool arrived = s->fate == NET_DELIVERED || s->fate == NET_DUPLICATED;
    out[from] = s->state_sender;
    out[to] = arrived && s->receiver_after ? s->receiver_after : s->state_receiver;
}

/* The states on the last row before index that belongs to the same conversation. */
static void states_before(const struct lab_state *state, const struct rows *rows, size_t index, unsigned out[NET_HOSTS])
{
    int conversation = rows->row[index].conversation;
    out[NET_SERVER] = out[NET_CLIENT] = NET_STATES;
    for (size_t i = index; i-- > 0 && index - i < BEFORE_ROWS;) {
        if (rows->row[i].conversation != conversation || rows->row[i].segment == LAB_NONE)
            continue;
        states_of(&state->segments[rows->row[i].segment], out);
        return;
    }
}

static void draw_lead(WINDOW *w, int y, const struct columns *c, const struct ui_model *model, const struct row *row,
                      attr_t extra)
{
    char time[32];
    if (c->time >= 0)
        ui_put(w, y, c->time, TIME_COLUMNS - 1, ui_attr(UI_DIM) | extra,
               lab_seconds_text(row->time_ns > model->start_ns ? row->time_ns - model->start_ns : 0, TIME_COLUMNS - 1,
                                time, sizeof time));
    if (c->port >= 0 && row->conversation >= 0)
        ui_putf(w, y, c->port, PORT_COLUMNS - 1, ui_attr(UI_DIM) | extra, ":%u",
                model->state->conversations[row->conversation].port[NET_CLIENT]);
}

static void draw_step(WINDOW *w, int y, const struct columns *c, const struct ui_model *model, const struct row *row,
                      attr_t extra)
{
    const struct lab_socket *socket = &model->state->sockets[row->socket];
    const struct lab_step *step = &socket->steps[row->step];
    const struct lab_step *last = &socket->steps[row->step - 1];
    int column = socket->host == NET_CLIENT ? c->left : c->right;
    int other = socket->host == NET_CLIENT ? c->right : c->left;
    bool over = step->state == NET_STATE_ABSENT;
    ui_put(w, y, other, 1, ui_attr(UI_DIM) | extra, ui_glyph(UI_VERTICAL));
    ui_put(w, y, column, c->state_width, ui_attr(over ? UI_DIM : ui_meaning_of_state(step->state)) | extra,
           over ? "gone" : net_state_name(step->state));
    char text[64];
    snprintf(text, sizeof text, "%s %s", net_state_name(last->state), over ? "is over" : "ended without a segment");
    int width = ui_text_width(text);
    int x = socket->host == NET_CLIENT ? c->arrow : c->right - 1 - width;
    ui_put(w, y, x < c->arrow ? c->arrow : x, c->arrow_width, ui_attr(UI_DIM) | extra, text);
}

/* The state has the beginning and the end of a long connection; whoever goes back in time sees what was between. */
static void draw_left_out(WINDOW *w, int y, const struct columns *c, size_t left_out)
{
    char text[80];
    const int room = c->right + c->state_width - c->left;
    snprintf(text, sizeof text, "%zu more between: go back in time for them", left_out);
    if (ui_text_width(text) > room)
        snprintf(text, sizeof text, "%zu more between", left_out);
    int width = ui_text_width(text), x = c->left + (room - width) / 2;
    ui_put(w, y, x > c->left ? x : c->left, room, ui_attr(UI_DIM), text);
}

static void draw_row(const struct ui_pane *pane, const struct ui_model *model, const struct columns *c,
                     const struct rows *rows, size_t i, int y)
{
    const struct row *row = &rows->row[i];
    bool selected = row->segment != LAB_NONE && pane->cursor && model->state->segments[row->segment].id == pane->cursor;
    attr_t extra = selected ? ui_attr(UI_SELECTED) : 0;
    if (selected)
        ui_putf(pane->window, y, 0, pane->columns, extra, "%*s", pane->columns, "");
    if (row->left_out) {
        draw_left_out(pane->window, y, c, row->left_out);
        return;
    }
    draw_lead(pane->window, y, c, model, row, extra);
    if (row->segment == LAB_NONE) {
        draw_step(pane->window, y, c, model, row, extra);
        return;
    }
    const struct lab_segment *s = &model->state->segments[row->segment];
    unsigned now[NET_HOSTS], before[NET_HOSTS];
    int sight = s->event >= 0 ? lab_sight_of(model->sights, (size_t)s->event) : 0;
    if (sight)
        ui_put(pane->window, y, 0, 1, ui_attr(UI_STRONG) | extra, lab_sight_sign(sight));
    states_of(s, now);
    states_before(model->state, rows, i, before);
    draw_state(pane->window, y, c->left, c, now[NET_CLIENT], before[NET_CLIENT], extra);
    draw_arrow(pane->window, y, c, s, extra);
    if (model->travel >= 0 && s->fate == NET_IN_FLIGHT && c->arrow_width > 1)
        cut_arrow(pane->window, y, c, s, model->travel, extra);
    draw_state(pane->window, y, c->right, c, now[NET_SERVER], before[NET_SERVER], extra);
}

static void draw_head(const struct ui_pane *pane, const struct ui_model *model, const struct columns *c)
{
    char client[60] = "client", server[60] = "server", address[NET_IP_TEXT_BYTES];
    const struct lab_state *state = model->state;
    int latest = state->segment_count ? state->segments[state->segment_count - 1].conversation : LAB_NONE;
    if (latest != LAB_NONE && pane->columns >= 46) { /* not a connection that never came to the wire */
        const struct lab_conversation *last = &state->conversations[latest];
        snprintf(client, sizeof client, "client %s", net_ip_text(last->ip[NET_CLIENT], address, sizeof address));
        snprintf(server, sizeof server, "server %s", net_ip_text(last->ip[NET_SERVER], address, sizeof address));
    }
    if (c->time >= 0)
        ui_put(pane->window, 0, c->time, TIME_COLUMNS - 1, ui_attr(UI_DIM), "       s");
    ui_put(pane->window, 0, c->left, pane->columns, ui_attr(UI_CLIENT), client);
    int width = ui_text_width(server);
    int x = pane->columns - width;
    ui_put(pane->window, 0, x < c->right ? x : c->right, width, ui_attr(UI_SERVER), server);
}

static const struct lab_segment *selected_segment(const struct ui_pane *pane, const struct ui_model *model)
{
    int i = pane->cursor ? lab_segment_by_id(model->state, pane->cursor) : LAB_NONE;
    return i == LAB_NONE ? NULL : &model->state->segments[i];
}

/* Rows of the detail with the line above it: as many as the pane can spare. */
static int detail_rows(const struct ui_pane *pane)
{
    return pane->rows >= 20 ? 9 : pane->rows >= 16 ? 7 : pane->rows >= 11 ? 5 : pane->rows >= 8 ? 3 : 0;
}

struct detail {
    const struct ui_pane *pane;
    int y;
    bool first;
};

/* Wrapped; what has no room in the last row is cut. */
static void put_line(void *user, const char *line)
{
    struct detail *d = user;
    const int column = d->first ? 0 : 1, columns = d->pane->columns - column;
    attr_t attr = ui_attr(d->first ? UI_TEXT : *line == '"' ? UI_CODE : UI_DIM);
    d->first = false;
    while (*line && d->y < d->pane->rows) {
        bool last = d->y == d->pane->rows - 1;
        size_t fits = last ? strlen(line) : ui_text_fit(line, strlen(line), columns);
        ui_putn(d->pane->window, d->y++, column, columns, attr, line, fits);
        line += fits;
        line += strspn(line, " ");
    }
}

static void draw_detail(const struct ui_pane *pane, const struct lab_segment *s)
{
    struct detail d = {pane, pane->rows - detail_rows(pane) + 1, true};
    char numbers[200];
    ui_fill(pane->window, d.y - 1, 0, pane->columns, ui_attr(UI_DIM), ui_glyph(UI_HORIZONTAL));
    put_line(&d, lab_segment_numbers(s, ui_glyph(UI_DOT), numbers, sizeof numbers));
    lab_segment_detail(s, put_line, &d);
}

static int body_rows(const struct ui_pane *pane, const struct ui_model *model)
{
    int rows = pane->rows - 1;
    if (selected_segment(pane, model))
        rows -= detail_rows(pane);
    return rows > 0 ? rows : 0;
}

static size_t first_row(const struct ui_pane *pane, size_t count, int room)
{
    if ((long)count <= room)
        return 0;
    if (pane->top < 0 || pane->top > (long)count - room)
        return count - (size_t)room;
    return (size_t)pane->top;
}

/* Why there is none: nothing was sent, or no wire carries it. */
static void draw_nothing(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = {
        .window = pane->window, .rows = pane->rows, .left = 1, .columns = pane->columns - 2, .row = 2};
    const char *why = "No segment yet: nothing was sent.";
    if (!model->has_wire)
        why = "No wire here: the machine's own loopback carries the segments, and the lab cannot see them.";
    else if (lab_within_host(model->state, model->start_ns) > 0)
        why = "No segment here: the connection is within one host. Its segments go over that host's own loopback "
              "interface, where no wire is.";
    ui_page_wrap(&page, ui_attr(UI_DIM), "", 0, why);
}

static void wire_draw(const struct ui_pane *pane, const struct ui_model *model)
{
    int filter = filter_of(pane);
    struct columns c = place_columns(pane->columns, filter < 0 && model->state->conversation_count > 1);
    struct rows rows = make_rows(model, filter, pane->top < 0 ? pane->rows + BEFORE_ROWS : INT_MAX);
    werase(pane->window);
    draw_head(pane, model, &c);
    if (!rows.count)
        draw_nothing(pane, model);
    int room = body_rows(pane, model);
    size_t first = first_row(pane, rows.count, room);
    for (int y = 0; y < room && first + (size_t)y < rows.count; y++)
        draw_row(pane, model, &c, &rows, first + (size_t)y, y + 1);
    const struct lab_segment *s = selected_segment(pane, model);
    if (s && detail_rows(pane))
        draw_detail(pane, s);
    free(rows.row);
}

/* Position of the selected segment's row; count when none is. */
static size_t cursor_row(const struct ui_pane *pane, const struct lab_state *state, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count && pane->cursor; i++)
        if (rows->row[i].segment != LAB_NONE && state->segments[rows->row[i].segment].id == pane->cursor)
            return i;
    return rows->count;
}

static unsigned select_row(struct ui_pane *pane, const struct ui_model *model, const struct rows *rows, size_t i)
{
    if (i >= rows->count || rows->row[i].segment == LAB_NONE)
        return UI_NOTHING;
    const struct lab_segment *s = &model->state->segments[rows->row[i].segment];
    pane->cursor = s->id;
    pane->wants_event = s->event;
    pane->wants_socket = model->selected_socket;
    int room = body_rows(pane, model);
    size_t first = first_row(pane, rows->count, room);
    if (i < first)
        pane->top = (long)i;
    else if (i >= first + (size_t)room)
        pane->top = (long)i - room + 1;
    else
        pane->top = (long)first;
    return UI_SELECT | UI_REDRAW;
}

static unsigned move_cursor(struct ui_pane *pane, const struct ui_model *model, long by)
{
    struct rows rows = make_rows(model, filter_of(pane), INT_MAX);
    unsigned reaction = UI_NOTHING;
    long at = (long)cursor_row(pane, model->state, &rows);
    if (at == (long)rows.count && by < 0)
        by = by < -1 ? by : -1;
    for (long i = at + by; i >= 0 && i < (long)rows.count && !reaction; i += by < 0 ? -1 : 1)
        reaction = select_row(pane, model, &rows, (size_t)i);
    if (!reaction && by > 0) { /* past the last row: follow again */
        pane->cursor = 0;
        pane->top = -1;
        reaction = UI_REDRAW;
    }
    free(rows.row);
    return reaction;
}

/* Whether there is a conversation to show alone, or one is shown so. */
static bool can_filter(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_segment *s = selected_segment(pane, model);
    return filter_of(pane) >= 0 || (s && s->conversation >= 0);
}

static bool has_held(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)pane;
    return model->state->wire.held_segs > 0;
}

static unsigned toggle_filter(struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_segment *s = selected_segment(pane, model);
    if (!can_filter(pane, model))
        return UI_PASS;
    pane->own = filter_of(pane) >= 0 ? NULL : (void *)(intptr_t)(s->conversation + 1);
    pane->top = -1;
    return UI_REDRAW;
}

static unsigned command_on(struct ui_pane *pane, const struct ui_model *model, const char *verb)
{
    const struct lab_segment *s = selected_segment(pane, model);
    if (s && s->fate == NET_HELD)
        snprintf(pane->command, sizeof pane->command, "wire %s #%llu", verb, (unsigned long long)s->id);
    else
        snprintf(pane->command, sizeof pane->command, "wire %s 1", verb);
    return UI_COMMAND;
}

static unsigned wire_key(struct ui_pane *pane, const struct ui_model *model, int key)
{
    switch (key) {
    case KEY_UP: return move_cursor(pane, model, -1);
    case KEY_DOWN: return move_cursor(pane, model, 1);
    case KEY_PPAGE: return move_cursor(pane, model, -(long)body_rows(pane, model));
    case KEY_NPAGE: return move_cursor(pane, model, body_rows(pane, model));
    case '\r':
    case KEY_ENTER: return toggle_filter(pane, model);
    case 'D': return command_on(pane, model, "drop");
    case 'N': return command_on(pane, model, "release");
    default: return UI_PASS;
    }
}

static unsigned wire_mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)column;
    if (buttons & BUTTON4_PRESSED)
        return move_cursor(pane, model, -1);
    if (buttons & BUTTON5_PRESSED)
        return move_cursor(pane, model, 1);
    struct rows rows = make_rows(model, filter_of(pane), INT_MAX);
    size_t first = first_row(pane, rows.count, body_rows(pane, model));
    unsigned reaction = row >= 1 ? select_row(pane, model, &rows, first + (size_t)row - 1) : UI_NOTHING;
    free(rows.row);
    return reaction;
}

static bool wire_concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_SEGMENT || ev->kind == NET_EV_FATE || ev->kind == NET_EV_SAMPLE ||
           ev->kind == NET_EV_GONE || ev->kind == NET_EV_WIRE || ev->kind == NET_EV_NOTE;
}

static void wire_status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t room)
{
    const struct net_ev_wire *wire = &model->state->wire;
    int n = 0;
    out[0] = '\0';
    if (filter_of(pane) >= 0 && (size_t)filter_of(pane) < model->state->conversation_count)
        n = snprintf(out, room, ":%u only  ", model->state->conversations[filter_of(pane)].port[NET_CLIENT]);
    if (wire->held_segs)
        n += snprintf(out + n, room - (size_t)n, "%u held ", wire->held_segs);
    unsigned within = model->has_wire && model->state->segment_count ? lab_within_host(model->state, model->start_ns)
                                                                     : 0;
    if (within)
        n += snprintf(out + n, room - (size_t)n, "%u within a host ", within);
    if (wire->sparse)
        n += snprintf(out + n, room - (size_t)n, "busy: not every segment sampled ");
    if (model->state->socket_count > STEP_ROWS_UP_TO_SOCKETS)
        snprintf(out + n, room - (size_t)n, "segments only");
}

static const struct ui_key_help wire_keys[] = {
    {.key = "Up Down", .what = "choose a segment", .moves = true},
    {.key = "Enter", .what = "this conversation / all", .code = '\r', .works = can_filter},
    {.key = "N", .what = "let the chosen held segment go", .works = has_held},
    {.key = "D", .what = "drop it", .works = has_held},
    {.key = NULL},
};

const struct ui_view ui_view_wire = {
    .name = "wire",
    .title = "Wire",
    .rows_least = 4,
    .columns_least = 46,
    .draw = wire_draw,
    .key = wire_key,
    .mouse = wire_mouse,
    .concerns = wire_concerns,
    .status = wire_status,
    .keys = wire_keys,
};
