// SPDX-License-Identifier: GPL-3.0-or-later
// Keys that type a command about a connection: what there is decides which one.
#include "ui/app/app.h"
#include "ui/view/subject.h"

#include <stdio.h>
#include <string.h>

enum { CHAPTER_PORT = 12345 }; /* where `connect` goes by itself */

/* Where somebody listens: a learner's server chooses its own port. "": at the usual place, or nowhere. */
static void listener_text(const struct ui_app *app, char *out, size_t room)
{
    const struct lab_state *state = app->model.state;
    uint16_t port = 0;
    for (size_t i = 0; i < state->socket_count; i++) {
        const struct lab_socket *socket = &state->sockets[i];
        if (socket->host != NET_SERVER || socket->now.state != NET_STATE_LISTEN)
            continue;
        port = socket->now.local_port;
        if (port == CHAPTER_PORT)
            break;
    }
    *out = '\0';
    if (port && port != CHAPTER_PORT)
        snprintf(out, room, " server:%u", port);
}

/* A hand that has no connection yet connects; when there is none such, a new one does. */
void ui_app_connect(struct ui_app *app, int key)
{
    char line[120], name[24], where[24];
    const struct lab_actor *hand = ui_subject_hand(&app->model);
    bool is_free = hand && hand->host == NET_CLIENT &&
                   (hand->latest_socket == LAB_NONE || app->model.state->sockets[hand->latest_socket].fd == LAB_NONE);
    (void)key;
    ui_fresh_hand(&app->model, name, sizeof name);
    listener_text(app, where, sizeof where);
    if (is_free)
        snprintf(line, sizeof line, "%s connect%s", hand->name, where);
    else
        snprintf(line, sizeof line, "hand %s ; %s connect%s", name, name, where);
    ui_app_command(app, line, LAB_FROM_KEY);
}

void ui_app_send(struct ui_app *app, int key)
{
    char line[80];
    (void)key;
    int n = snprintf(line, sizeof line, "%s send \"hello\"", ui_subject_hand(&app->model)->name);
    ui_app_prefill(app, line, (size_t)n - 1);
}

void ui_app_receive(struct ui_app *app, int key)
{
    char line[80];
    (void)key;
    snprintf(line, sizeof line, "%s recv", ui_subject_hand(&app->model)->name);
    ui_app_command(app, line, LAB_FROM_KEY);
}

void ui_app_server(struct ui_app *app, int key)
{
    (void)key;
    ui_app_prefill(app, "server single", strlen("server single"));
}
