// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Sockets: every TCP socket of both hosts as the kernel has it, owner or not.
 *
 *     socket     state         recv-q  send-q  timer             local            peer
 *     server.3   LISTEN           0/1       0                    0.0.0.0:12345
 *     server.4   ESTABLISHED        0      18  retransmit 187 ms 192.0.2.1:12345  192.0.2.2:40122
 *     c1.3       CLOSE_WAIT        18       0  keepalive 2.1 s   192.0.2.2:40124  192.0.2.1:12345
 *     client -   TIME_WAIT          0       0  timewait 58 s     192.0.2.2:40100  192.0.2.1:12345
 *   ----------------------------------------------------------------------------
 *     CLOSE_WAIT: the peer has closed; your program has not called close() yet          <- of the chosen socket
 *     local 192.0.2.2:40124  peer 192.0.2.1:12345
 *     rtt 0.1 ms  rto 204 ms  cwnd 10  mss 1448  in flight 0 segs  retransmitted 0
 *     sent 18 B  acked 18 B  received 18 B  segments out 4 in 5
 *
 * A socket is named as in the command language, ACTOR.FD, or HOST - when no descriptor refers to it. A listener's
 * recv-q is how many connections wait for accept() of how many may. Where two addresses have no room, two ports stand,
 * or none: the detail of a socket has the addresses always. Sockets that are gone stay, dim, until the next
 * experiment. Countdowns are the kernel's last answer less the time since.
 *
 * More than UI_SOCKETS_SINGLE on one host are counted by state (ui/view/socket_groups.c); Enter lists those of the
 * chosen count, and leads back.
 */
#include "lab/base/durations.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "ui/view/ends.h"
#include "ui/view/limits.h"
#include "ui/view/socket_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DETAIL_ROWS = 5, GROUP_DETAIL_ROWS = 4, NAME_COLUMNS = 10, STATE_COLUMNS = 12, TIMER_COLUMNS = 19 };
enum { ADDRESS_COLUMNS = 22, V6_ADDRESS_COLUMNS = 26, PORT_COLUMNS = 7, BRIEF_TIMER_COLUMNS = 8 /* "rtx 2.3s" */ };

/* ---- counts or a list -------------------------------------------------------------------------------------------- */

/* What own holds: the chosen count (host and state), 0 none, and whether the sockets behind it are listed. */
struct grouping {
    int group; /* 1 + host * NET_STATES + state */
    bool listed;
};

static struct grouping grouping_of(const struct ui_pane *pane)
{
    intptr_t own = (intptr_t)pane->own;
    return (struct grouping){(int)(own >> 1), own & 1};
}

static void set_grouping(struct ui_pane *pane, struct grouping grouping)
{
    pane->own = (void *)((intptr_t)grouping.group << 1 | grouping.listed);
}

static bool is_counted(const struct ui_pane *pane, const struct ui_model *model)
{
    return !grouping_of(pane).listed && ui_sockets_are_many(model);
}

static int group_id(unsigned host, unsigned state)
{
    return 1 + (int)(host * NET_STATES + state);
}

static int chosen_group(const struct ui_pane *pane, const struct ui_socket_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        if (group_id(groups->group[i].host, groups->group[i].state) == grouping_of(pane).group)
            return (int)i;
    return -1;
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

/* Indices into state->sockets, in the order of the list: living first, then those that are gone since the experiment
 * began. */
struct list {
    int *socket;
    size_t count;
};

static bool is_gone(const struct lab_socket *s)
{
    return s->now.state == NET_STATE_ABSENT;
}

/* Those of the count that was opened; all of them where nothing is counted. */
static struct list make_list(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_state *state = model->state;
    struct list list = {calloc(state->socket_count + 1, sizeof *list.socket), 0};
    int group = ui_sockets_are_many(model) ? grouping_of(pane).group : 0;
    for (int gone = 0; list.socket && gone <= 1; gone++)
        for (size_t i = 0; i < state->socket_count; i++) {
            const struct lab_socket *s = &state->sockets[i];
            if (is_gone(s) == gone && ui_socket_is_shown(model, s) &&
                (!group || group == group_id(s->host, s->now.state)))
                list.socket[list.count++] = (int)i;
        }
    return list;
}

static uint64_t timer_left_ns(const struct ui_model *model, const struct lab_socket *s)
{
    uint64_t all = (uint64_t)s->now.timer_ms * 1000000u;
    uint64_t gone = model->now_ns > s->now_ns ? model->now_ns - s->now_ns : 0;
    return all > gone ? all - gone : 0;
}

static void queues_of(const struct lab_socket *s, char *rq, char *sq, size_t room)
{
    if (s->now.state == NET_STATE_LISTEN) {
        snprintf(rq, room, "%u/%u", s->now.rqueue, s->now.wqueue);
        snprintf(sq, room, "%s", "");
    } else {
        snprintf(rq, room, "%u", s->now.rqueue);
        snprintf(sq, room, "%u", s->now.wqueue);
    }
    if (s->now.state == NET_STATE_CLOSE) /* its send queue was thrown away: SIOCOUTQ still counts on */
        snprintf(sq, room, "%s", "-");
}

/* Where the columns stand; a narrow pane has short words. */
struct columns {
    int state, rq, rq_width, sq, sq_width, timer;
    int local, peer, address_width; /* -1: there is no room for them */
    bool narrow;
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Both addresses, or both ports; the detail of a socket has the addresses always. */
static void place_addresses(struct columns *c, int width, bool v6)
{
    int left = width - c->timer - TIMER_COLUMNS;
    c->address_width = v6 && left >= 2 * V6_ADDRESS_COLUMNS - 1 ? V6_ADDRESS_COLUMNS
                       : left >= 2 * ADDRESS_COLUMNS - 1        ? ADDRESS_COLUMNS
                       : left >= 2 * PORT_COLUMNS               ? PORT_COLUMNS
                                                                : 0;
    c->local = c->address_width ? c->timer + TIMER_COLUMNS : -1;
    c->peer = c->address_width ? c->local + c->address_width : -1;
}

/* A column of numbers is as wide as its widest one and a blank, so that no two numbers touch. */
static struct columns place_columns(const struct ui_model *model, int width)
{
    bool narrow = width < 50;
    struct columns c = {
        .state = NAME_COLUMNS - narrow, .rq_width = narrow ? 3 : 6, .sq_width = narrow ? 4 : 8, .narrow = narrow};
    char rq[24], sq[24];
    bool v6 = false;
    for (size_t i = 0; i < model->state->socket_count; i++) {
        if (is_gone(&model->state->sockets[i]))
            continue;
        v6 |= model->state->sockets[i].now.local_ip.is_v6;
        queues_of(&model->state->sockets[i], rq, sq, sizeof rq);
        c.rq_width = larger(c.rq_width, (int)strlen(rq));
        c.sq_width = larger(c.sq_width, (int)strlen(sq) + 1);
    }
    c.rq = c.state + STATE_COLUMNS;
    c.sq = c.rq + c.rq_width;
    c.timer = c.sq + c.sq_width + 1;
    place_addresses(&c, width, v6);
    return c;
}

/* In so many columns: a tenth of a second goes before a digit is cut. */
static void timer_text(const struct ui_model *model, const struct lab_socket *s, bool narrow, int columns, char *out,
                       size_t room)
{
    static const char *const brief[NET_TIMERS] = {
        [NET_TIMER_NONE] = "",       [NET_TIMER_RETRANSMIT] = "rtx", [NET_TIMER_KEEPALIVE] = "ka",
        [NET_TIMER_TIMEWAIT] = "tw", [NET_TIMER_PERSIST] = "prb",
    };
    uint64_t left = timer_left_ns(model, s);
    char time[32];
    if (narrow && left < 600000000000u)
        snprintf(out, room, left < 9950000000u && columns >= BRIEF_TIMER_COLUMNS ? "%s %.1fs" : "%s %.0fs",
                 brief[s->now.timer % NET_TIMERS], (double)left / 1e9);
    else
        snprintf(out, room, "%s %s", narrow ? brief[s->now.timer % NET_TIMERS] : net_timer_name(s->now.timer),
                 lab_duration_text(left, time, sizeof time));
}

static void put_address(WINDOW *w, int y, int x, const struct columns *c, struct net_ip ip, uint16_t port, attr_t extra)
{
    char text[NET_ADDRESS_TEXT_BYTES];
    if (!port)
        return;
    if (c->address_width == PORT_COLUMNS || net_address_text(ip, port, text, sizeof text) >= (size_t)c->address_width)
        snprintf(text, sizeof text, ":%u", port); /* rather than cut off */
    ui_put(w, y, x, c->address_width - 1, ui_attr(UI_DIM) | extra, text);
}

static void draw_now(const struct ui_pane *pane, const struct ui_model *model, const struct columns *columns,
                     const struct lab_socket *s, int y, attr_t extra)
{
    struct columns c = *columns;
    char rq[24], sq[24], text[48];
    WINDOW *w = pane->window;
    ui_put(w, y, c.state, STATE_COLUMNS, ui_attr(ui_meaning_of_state(s->now.state)) | extra,
           net_state_name(s->now.state));
    queues_of(s, rq, sq, sizeof rq);
    ui_putf(w, y, c.rq, c.rq_width, ui_attr(UI_TEXT) | extra, "%*s", c.rq_width, rq);
    ui_putf(w, y, c.sq, c.sq_width, ui_attr(UI_TEXT) | extra, "%*s", c.sq_width, sq);
    if (s->now.timer != NET_TIMER_NONE) {
        int columns_left = c.local > 0 ? TIMER_COLUMNS - 1 : pane->columns - c.timer;
        timer_text(model, s, c.narrow, columns_left, text, sizeof text);
        ui_put(w, y, c.timer, columns_left, ui_attr(UI_WAITS) | extra, text);
    }
    if (c.local > 0) {
        put_address(w, y, c.local, &c, s->now.local_ip, s->now.local_port, extra);
        put_address(w, y, c.peer, &c, s->now.remote_ip, s->now.remote_port, extra);
    }
}

static void draw_row(const struct ui_pane *pane, const struct ui_model *model, const struct columns *columns,
                     const struct lab_socket *s, int y)
{
    char name[32];
    bool gone = is_gone(s);
    attr_t extra = pane->cursor == s->cookie ? ui_attr(UI_SELECTED) : 0;
    enum ui_meaning owner = gone ? UI_DIM : s->host == NET_CLIENT ? UI_CLIENT : UI_SERVER;
    if (extra)
        ui_putf(pane->window, y, 0, pane->columns, extra, "%*s", pane->columns, "");
    ui_end_name(model->state, s, name, sizeof name);
    ui_end_name_fit(name, columns->state - 1);
    ui_put(pane->window, y, 0, columns->state - 1, ui_attr(owner) | extra, name);
    if (gone)
        ui_put(pane->window, y, columns->state, STATE_COLUMNS, ui_attr(UI_DIM) | extra, _("gone"));
    else
        draw_now(pane, model, columns, s, y, extra);
}

static void draw_head(const struct ui_pane *pane, const struct columns *columns)
{
    struct columns c = *columns;
    attr_t dim = ui_attr(UI_DIM);
    WINDOW *w = pane->window;
    ui_put(w, 0, 0, NAME_COLUMNS, dim, _("socket"));
    ui_put(w, 0, c.state, STATE_COLUMNS, dim, _("state"));
    ui_putf(w, 0, c.rq, c.rq_width, dim, "%*s", c.rq_width, c.narrow ? "rq" : "recv-q");
    ui_putf(w, 0, c.sq, c.sq_width, dim, "%*s", c.sq_width, c.narrow ? "sq" : "send-q");
    ui_put(w, 0, c.timer, pane->columns - c.timer, dim, _("timer"));
    if (c.local > 0) {
        ui_put(w, 0, c.local, c.address_width - 1, dim, _("local"));
        ui_put(w, 0, c.peer, c.address_width - 1, dim, _("peer"));
    }
}

static const struct lab_socket *chosen_socket(const struct ui_pane *pane, const struct ui_model *model)
{
    for (size_t i = 0; pane->cursor && i < model->state->socket_count; i++)
        if (model->state->sockets[i].cookie == pane->cursor)
            return &model->state->sockets[i];
    return NULL;
}

static void draw_path(const struct ui_pane *pane, const struct lab_socket *s, int y)
{
    char text[320];
    size_t n = 0;
    for (size_t i = 0; i < s->step_count && n + 20 < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " > " : "",
                              i + 1 == s->step_count && is_gone(s) ? _("gone") : net_state_name(s->steps[i].state));
    if (s->step_count)
        ui_put(pane->window, y, 0, pane->columns, ui_attr(UI_DIM), text);
}

static void draw_addresses(const struct ui_pane *pane, const struct net_ev_sample *n, int y)
{
    char local[NET_ADDRESS_TEXT_BYTES], peer[NET_ADDRESS_TEXT_BYTES];
    if (!n->local_port)
        return;
    net_address_text(n->local_ip, n->local_port, local, sizeof local);
    net_address_text(n->remote_ip, n->remote_port, peer, sizeof peer);
    if (n->remote_port)
        ui_putf(pane->window, y, 0, pane->columns, ui_attr(UI_DIM), _("local %s  peer %s"), local, peer);
    else
        ui_putf(pane->window, y, 0, pane->columns, ui_attr(UI_DIM), _("local %s"), local);
}

static void draw_detail(const struct ui_pane *pane, const struct lab_socket *s)
{
    WINDOW *w = pane->window;
    const struct net_ev_sample *n = &s->now;
    int y = pane->rows - DETAIL_ROWS;
    for (int x = 0; x < pane->columns; x++)
        ui_put(w, y, x, 1, ui_attr(UI_DIM), ui_glyph(UI_HORIZONTAL));
    ui_putf(w, y + 1, 0, pane->columns, ui_attr(UI_TEXT), "%s: %s", is_gone(s) ? _("gone") : net_state_name(n->state),
            ui_state_says(n->state));
    draw_addresses(pane, n, y + 2);
    draw_path(pane, s, y + 3);
    if (n->has_info && n->state != NET_STATE_LISTEN)
        ui_putf(w, y + 4, 0, pane->columns, ui_attr(UI_DIM),
                _("rtt %.1f ms  rto %u ms  cwnd %u  mss %u B  in flight %u segs  sent again %u  sent %llu B  acked "
                  "%llu B  got %llu B"),
                (double)n->rtt_us / 1000, n->rto_us / 1000, n->cwnd_segs, n->snd_mss_bytes, n->unacked_segs,
                n->total_retrans_segs, (unsigned long long)n->bytes_sent, (unsigned long long)n->bytes_acked,
                (unsigned long long)n->bytes_received);
    else if (!is_gone(s))
        ui_put(w, y + 4, 0, pane->columns, ui_attr(UI_DIM),
               n->inode ? "" : _("No descriptor refers to it: no program holds it"));
}

static int body_rows(const struct ui_pane *pane, const struct ui_model *model)
{
    int rows = pane->rows - 1;
    if (pane->rows >= 9 && chosen_socket(pane, model))
        rows -= DETAIL_ROWS;
    return rows > 0 ? rows : 0;
}

static size_t first_row(const struct ui_pane *pane, size_t count, int room)
{
    long most = (long)count > room ? (long)count - room : 0;
    return (size_t)(pane->top < 0 ? 0 : pane->top > most ? most : pane->top);
}

/* Keep-alive, user timeout and linger of the listed sockets, in the rows from y on that the list has left free. */
static void draw_limits(const struct ui_pane *pane, const struct ui_model *model, const struct list *list, int y,
                        int end)
{
    struct ui_limit_line lines[UI_LIMIT_LINES];
    char name[32];
    for (size_t i = 0; i < list->count && y < end; i++) {
        const struct lab_socket *s = &model->state->sockets[list->socket[i]];
        ui_end_name(model->state, s, name, sizeof name);
        int n = ui_limit_lines(model, s, name, pane->columns, lines);
        for (int k = 0; k < n && y < end; k++, y++)
            ui_put(pane->window, y, 0, pane->columns, ui_attr(lines[k].meaning), lines[k].text);
    }
}

/* What the counted sockets have in common. */
static void draw_group_detail(const struct ui_pane *pane, const struct ui_socket_group *group)
{
    int y = pane->rows - GROUP_DETAIL_ROWS;
    ui_fill(pane->window, y, 0, pane->columns, ui_attr(UI_DIM), ui_glyph(UI_HORIZONTAL));
    ui_put(pane->window, y + 1, 0, pane->columns, ui_attr(UI_TEXT), ui_state_says(group->state));
    if (group->state != NET_STATE_ABSENT && group->state != NET_STATE_LISTEN)
        ui_putf(pane->window, y + 2, 0, pane->columns, ui_attr(UI_DIM), _("unread %llu B, not acknowledged %llu B"),
                (unsigned long long)group->unread, (unsigned long long)group->unsent);
    ui_put(pane->window, y + 3, 0, pane->columns, ui_attr(UI_DIM), _("Enter lists them"));
}

static int group_rows(const struct ui_pane *pane)
{
    int rows = pane->rows - (grouping_of(pane).group && pane->rows >= 9 ? GROUP_DETAIL_ROWS : 0);
    return rows > 2 ? rows : 2;
}

static size_t first_group(const struct ui_pane *pane, const struct ui_socket_groups *groups)
{
    int room = group_rows(pane) - 1, chosen = chosen_group(pane, groups);
    return chosen >= room ? (size_t)(chosen - room + 1) : 0;
}

static void draw_groups(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_socket_groups groups = ui_socket_groups_of(model);
    int chosen = chosen_group(pane, &groups);
    ui_socket_groups_draw(pane, &groups, chosen, first_group(pane, &groups), 0, group_rows(pane));
    if (chosen >= 0 && pane->rows >= 9)
        draw_group_detail(pane, &groups.group[chosen]);
}

static void sockets_draw(const struct ui_pane *pane, const struct ui_model *model)
{
    werase(pane->window);
    if (is_counted(pane, model)) {
        draw_groups(pane, model);
        return;
    }
    struct list list = make_list(pane, model);
    int room = body_rows(pane, model);
    struct columns columns = place_columns(model, pane->columns);
    draw_head(pane, &columns);
    if (!list.count)
        ui_put(pane->window, 2, 1, pane->columns - 2, ui_attr(UI_DIM),
               _("No socket yet: no program has called socket()."));
    size_t first = first_row(pane, list.count, room);
    for (int y = 0; y < room && first + (size_t)y < list.count; y++)
        draw_row(pane, model, &columns, &model->state->sockets[list.socket[first + (size_t)y]], y + 1);
    draw_limits(pane, model, &list, 1 + (int)(list.count - first), room + 1);
    const struct lab_socket *s = chosen_socket(pane, model);
    if (s && pane->rows >= 9)
        draw_detail(pane, s);
    free(list.socket);
}

static unsigned choose(struct ui_pane *pane, const struct ui_model *model, const struct list *list, long at)
{
    if (!list->count)
        return UI_NOTHING;
    at = at < 0 ? 0 : at >= (long)list->count ? (long)list->count - 1 : at;
    pane->cursor = model->state->sockets[list->socket[at]].cookie;
    pane->wants_socket = list->socket[at];
    pane->wants_event = model->selected_event;
    int room = body_rows(pane, model);
    long first = (long)first_row(pane, list->count, room);
    pane->top = at < first ? at : at >= first + room ? at - room + 1 : first;
    return UI_SELECT | UI_REDRAW;
}

static unsigned move_group(struct ui_pane *pane, const struct ui_model *model, long by)
{
    struct ui_socket_groups groups = ui_socket_groups_of(model);
    long at = chosen_group(pane, &groups), last = (long)groups.count - 1;
    at = at < 0 && by < 0 ? last : at + by;
    at = at < 0 ? 0 : at > last ? last : at;
    set_grouping(pane, (struct grouping){group_id(groups.group[at].host, groups.group[at].state), false});
    return UI_REDRAW;
}

static unsigned move_cursor(struct ui_pane *pane, const struct ui_model *model, long by)
{
    if (is_counted(pane, model))
        return move_group(pane, model, by);
    struct list list = make_list(pane, model);
    long at = by > 0 ? -1 : (long)list.count;
    for (size_t i = 0; i < list.count && pane->cursor; i++)
        if (model->state->sockets[list.socket[i]].cookie == pane->cursor)
            at = (long)i;
    unsigned reaction = choose(pane, model, &list, at + by);
    free(list.socket);
    return reaction;
}

/* From a count to its sockets, from those back to the counts. */
static unsigned turn(struct ui_pane *pane, const struct ui_model *model)
{
    struct grouping grouping = grouping_of(pane);
    if (!ui_sockets_are_many(model))
        return UI_PASS;
    set_grouping(pane, (struct grouping){grouping.group, !grouping.listed});
    pane->top = -1;
    return UI_REDRAW;
}

static unsigned sockets_key(struct ui_pane *pane, const struct ui_model *model, int key)
{
    switch (key) {
    case KEY_UP: return move_cursor(pane, model, -1);
    case KEY_DOWN: return move_cursor(pane, model, 1);
    case KEY_PPAGE: return move_cursor(pane, model, -(long)body_rows(pane, model));
    case KEY_NPAGE: return move_cursor(pane, model, body_rows(pane, model));
    case '\r':
    case KEY_ENTER: return turn(pane, model);
    default: return UI_PASS;
    }
}

static unsigned click_group(struct ui_pane *pane, const struct ui_model *model, int row)
{
    struct ui_socket_groups groups = ui_socket_groups_of(model);
    size_t at = first_group(pane, &groups) + (size_t)row - 1;
    if (row < 1 || at >= groups.count)
        return UI_NOTHING;
    set_grouping(pane, (struct grouping){group_id(groups.group[at].host, groups.group[at].state), false});
    return UI_REDRAW;
}

static unsigned sockets_mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)column;
    if (buttons & BUTTON4_PRESSED)
        return move_cursor(pane, model, -1);
    if (buttons & BUTTON5_PRESSED)
        return move_cursor(pane, model, 1);
    if (is_counted(pane, model))
        return click_group(pane, model, row);
    struct list list = make_list(pane, model);
    long at = (long)first_row(pane, list.count, body_rows(pane, model)) + row - 1;
    unsigned reaction = row >= 1 && at < (long)list.count ? choose(pane, model, &list, at) : UI_NOTHING;
    free(list.socket);
    return reaction;
}

static bool sockets_concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_SAMPLE || ev->kind == NET_EV_GONE || ev->kind == NET_EV_TIMERS ||
           ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN || ev->kind == NET_EV_TASK_END ||
           ev->kind == NET_EV_NOTE;
}

static uint64_t sockets_stale(const struct ui_pane *pane, const struct ui_model *model)
{
    uint64_t soonest = 0;
    if (is_counted(pane, model))
        return 0;
    for (size_t i = 0; i < model->state->socket_count && !model->rewound; i++) {
        const struct lab_socket *s = &model->state->sockets[i];
        uint64_t left = is_gone(s) || s->now.timer == NET_TIMER_NONE ? 0 : timer_left_ns(model, s);
        if (left == 0)
            continue;
        uint64_t step = left < 10000000000u ? 100000000u : 1000000000u;
        uint64_t at = model->now_ns + (left % step ? left % step : step);
        if (!soonest || at < soonest)
            soonest = at;
    }
    return soonest;
}

static void status_of_many(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t room)
{
    struct list list = make_list(pane, model);
    if (grouping_of(pane).listed)
        snprintf(out, room, _("%zu, Enter: counts"), list.count);
    else
        snprintf(out, room, _("%zu, Enter: list"), ui_socket_groups_of(model).sockets);
    free(list.socket);
}

static void sockets_status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t room)
{
    size_t in[NET_STATES] = {0}, n = 0;
    out[0] = '\0';
    if (ui_sockets_are_many(model)) {
        status_of_many(pane, model, out, room);
        return;
    }
    for (size_t i = 0; i < model->state->socket_count; i++)
        in[model->state->sockets[i].now.state % NET_STATES]++;
    for (unsigned s = NET_STATE_ESTABLISHED; s < NET_STATES && n + 24 < room; s++)
        if (in[s] > 3)
            n += (size_t)snprintf(out + n, room - n, "%s %zu ", net_state_name(s), in[s]);
}

static bool is_many(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)pane;
    return ui_sockets_are_many(model);
}

static const struct ui_key_help sockets_keys[] = {
    {.key = "Up Down", .what = N_("choose a socket, or a count of many"), .moves = true},
    {.key = "Enter", .what = N_("list those of a count / counts"), .code = '\r', .works = is_many},
    {.key = NULL},
};

const struct ui_view ui_view_sockets = {
    .name = "sockets",
    .title = "Sockets",
    .rows_least = 3,
    .columns_least = 36,
    .draw = sockets_draw,
    .key = sockets_key,
    .mouse = sockets_mouse,
    .concerns = sockets_concerns,
    .stale_ns = sockets_stale,
    .status = sockets_status,
    .keys = sockets_keys,
};
