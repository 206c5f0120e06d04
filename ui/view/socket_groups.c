// SPDX-License-Identifier: GPL-3.0-or-later
// Sockets counted by host and state.
//
//     host    state       sockets
//     server  LISTEN            1  ▏
//             ESTABLISHED     988  ████████████████████████████
//             CLOSE_WAIT       12  ▍
//     client  ESTABLISHED     988  ████████████████████████████
//             FIN_WAIT2        12  ▍
#include "ui/view/socket_groups.h"

#include "net/base/message.h"
#include "net/data/states.h"

#include <stdio.h>

enum { HOST_COLUMNS = 8, STATE_COLUMNS = 12, COUNT_COLUMNS = 7, EIGHTHS = 8 };

bool ui_socket_is_shown(const struct ui_model *model, const struct lab_socket *s)
{
    return s->now.state != NET_STATE_ABSENT || s->born_ns >= model->start_ns;
}

struct ui_socket_groups ui_socket_groups_of(const struct ui_model *model)
{
    struct ui_socket_group all[NET_HOSTS][NET_STATES] = {{{0}}};
    struct ui_socket_groups groups = {.count = 0};
    for (size_t i = 0; i < model->state->socket_count; i++) {
        const struct lab_socket *s = &model->state->sockets[i];
        struct ui_socket_group *group = &all[s->host % NET_HOSTS][s->now.state % NET_STATES];
        if (!ui_socket_is_shown(model, s))
            continue;
        group->count++;
        group->unread += s->now.state == NET_STATE_LISTEN ? 0 : s->now.rqueue;
        group->unsent += s->now.state == NET_STATE_LISTEN || s->now.state == NET_STATE_CLOSE ? 0 : s->now.wqueue;
    }
    for (unsigned host = 0; host < NET_HOSTS; host++)
        for (unsigned i = 0; i < NET_STATES; i++) {
            struct ui_socket_group group = all[host][net_states_in_order[i]];
            group.host = (uint8_t)host;
            group.state = net_states_in_order[i];
            if (!group.count)
                continue;
            groups.group[groups.count++] = group;
            groups.sockets += group.count;
            groups.most = group.count > groups.most ? group.count : groups.most;
        }
    return groups;
}

bool ui_sockets_are_many(const struct ui_model *model)
{
    size_t count[NET_HOSTS] = {0};
    for (size_t i = 0; i < model->state->socket_count; i++)
        if (ui_socket_is_shown(model, &model->state->sockets[i]))
            count[model->state->sockets[i].host % NET_HOSTS]++;
    return count[NET_SERVER] > UI_SOCKETS_SINGLE || count[NET_CLIENT] > UI_SOCKETS_SINGLE;
}

/* A bar that is never empty, since its count is not; in eighths of a column where the locale has them. */
static void draw_bar(WINDOW *w, int y, int x, int columns, attr_t attr, size_t count, size_t most)
{
    static const char *const parts[EIGHTHS + 1] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    bool signs = (unsigned char)*ui_glyph(UI_VERTICAL) > 127; /* more than ASCII */
    if (columns <= 0)
        return;
    size_t eighths = (count * (size_t)columns * EIGHTHS + most - 1) / most;
    int whole = (int)(eighths / EIGHTHS), rest = (int)(eighths % EIGHTHS);
    if (!signs) {
        ui_fill(w, y, x, whole + (rest > 0), attr, "#");
        return;
    }
    ui_fill(w, y, x, whole, attr, parts[EIGHTHS]);
    if (rest > 0)
        ui_put(w, y, x + whole, 1, attr, parts[rest]);
}

static void draw_group(const struct ui_pane *pane, const struct ui_socket_groups *groups, size_t i, bool chosen, int y)
{
    const struct ui_socket_group *group = &groups->group[i];
    attr_t extra = chosen ? ui_attr(UI_SELECTED) : 0;
    bool first = i == 0 || groups->group[i - 1].host != group->host, gone = group->state == NET_STATE_ABSENT;
    attr_t attr = ui_attr(gone ? UI_DIM : ui_meaning_of_state(group->state)) | extra;
    WINDOW *w = pane->window;
    int x = HOST_COLUMNS + STATE_COLUMNS + COUNT_COLUMNS + 2;
    ui_putf(w, y, 0, pane->columns, extra, "%*s", pane->columns, "");
    if (first || chosen)
        ui_put(w, y, 0, HOST_COLUMNS - 1, ui_attr(ui_meaning_of_host(group->host)) | extra, net_host_name(group->host));
    ui_put(w, y, HOST_COLUMNS, STATE_COLUMNS, attr, gone ? _("gone") : net_state_name(group->state));
    ui_putf(w, y, HOST_COLUMNS + STATE_COLUMNS, COUNT_COLUMNS, ui_attr(UI_TEXT) | extra, "%*zu", COUNT_COLUMNS,
            group->count);
    draw_bar(w, y, x, pane->columns - x, attr, group->count, groups->most);
}

void ui_socket_groups_draw(const struct ui_pane *pane, const struct ui_socket_groups *groups, int chosen, size_t first,
                           int y, int rows)
{
    attr_t dim = ui_attr(UI_DIM);
    ui_put(pane->window, y, 0, HOST_COLUMNS, dim, _("host"));
    ui_put(pane->window, y, HOST_COLUMNS, STATE_COLUMNS, dim, _("state"));
    ui_put(pane->window, y, HOST_COLUMNS + STATE_COLUMNS, COUNT_COLUMNS, dim, _("sockets"));
    for (int i = 1; i < rows && first + (size_t)i - 1 < groups->count; i++)
        draw_group(pane, groups, first + (size_t)i - 1, (int)first + i - 1 == chosen, y + i);
}
