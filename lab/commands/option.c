// SPDX-License-Identifier: GPL-3.0-or-later
// Socket options: as a call of a free hand, which is seen among its calls, or from outside for anybody else.

#include "lab/commands/hand.h"
#include "lab/commands/rows.h"
#include "net/data/call.h"
#include "net/engine.h"

#include <fcntl.h>
#include <stdio.h>

/* ---- from outside ---- */

/* The descriptor that ACTOR or ACTOR.FD means; the sentence when there is none. */
static int need_descriptor(struct lab_doing *d, const struct lab_actor *actor, int wanted, uint32_t *task, int *fd)
{
    int socket = lab_find_socket(d->session, actor, wanted, task, fd);
    if (socket != LAB_NONE && *task)
        return socket;
    if (wanted >= 0)
        lab_doing_fail(d, "%s has no socket at descriptor %d", actor->name, wanted);
    else
        lab_doing_fail(d, "%s has no socket open", actor->name);
    return LAB_NONE;
}

/* From outside, whatever the actor is doing meanwhile. */
static enum lab_outcome outside_option(struct lab_doing *d, bool set)
{
    const struct lab_command *command = d->command;
    const struct net_option *option = command->value[0].option_row;
    struct net_option_value value = command->value[1].option;
    uint32_t task;
    int fd;
    char text[NET_OPTION_TEXT_BYTES];
    const struct lab_actor *actor = lab_need_actor(d, command->actor);
    if (!actor || need_descriptor(d, actor, command->fd, &task, &fd) == LAB_NONE)
        return LAB_ERROR;
    if (net_actor_option(d->session->engine.actors, task, fd, option, set, &value, d->err) < 0)
        return LAB_ERROR;
    if (set && option->type == NET_OPT_BACKLOG)
        net_engine_look(&d->session->engine); /* the listener's queue has another limit now */
    net_option_text(option, &value, text, sizeof text);
    struct net_ev_note note = lab_note_of(d->session, LAB_NOTE_REPLY, command);
    note.fd = fd;
    note.value[0] = value.number;
    note.value[1] = value.second;
    lab_reply_about(d->session, note, "%s.%d %s = %s", actor->name, fd, option->name, text);
    return LAB_DONE;
}

/* ---- as a call of the hand ---- */

static void option_request(const struct lab_command *command, bool set, struct net_hand_request *request,
                           uint8_t *bytes, size_t room)
{
    const struct net_option *option = command->value[0].option_row;
    if (option->type == NET_OPT_FILE_FLAG) {
        request->call = NET_CALL_FCNTL;
        request->args[1] = set ? F_SETFL : F_GETFL;
        request->args[2] = command->value[1].option.number ? option->number : 0;
        return;
    }
    if (option->type == NET_OPT_BACKLOG) {
        if (set) {
            request->call = NET_CALL_LISTEN;
            request->args[1] = command->value[1].option.number;
            return;
        }
        option = net_option_find("TCP_INFO"); /* which tells it */
    }
    request->call = set ? NET_CALL_SETSOCKOPT : NET_CALL_GETSOCKOPT;
    request->args[1] = option->level;
    request->args[2] = option->number;
    if (set)
        request->data_bytes = (uint32_t)net_option_encode(option, &command->value[1].option, bytes, room);
    request->data = bytes;
}

/* What the kernel answered to `get`, from the call's return. */
static void reply_option(struct lab_doing *d)
{
    const struct lab_task *task = lab_hand_task(d->session, d->actor);
    const struct net_option *option = d->command->value[0].option_row;
    const struct net_event *ret = task && task->last_return != LAB_NONE
                                      ? lab_journal_at(d->session->journal, (size_t)task->last_return)
                                      : NULL;
    struct net_option_value value = {0};
    char text[NET_OPTION_TEXT_BYTES] = "?";
    if (!ret)
        return;
    if (ret->u.call.ret < 0)
        net_result_text(ret, text, sizeof text);
    else if (option->type == NET_OPT_FILE_FLAG)
        snprintf(text, sizeof text, "%d", (ret->u.call.ret & option->number) != 0);
    else if (net_option_decode(option, ret->data, ret->data_bytes, &value) == 0)
        net_option_text(option, &value, text, sizeof text);
    struct net_ev_note note = lab_note_of(d->session, LAB_NOTE_REPLY, d->command);
    note.fd = ret->u.call.fd;
    note.error = ret->u.call.error;
    note.value[0] = option->type == NET_OPT_FILE_FLAG ? (ret->u.call.ret & option->number) != 0 : value.number;
    note.value[1] = value.second;
    lab_reply_about(d->session, note, "%s.%d %s = %s", d->command->actor, ret->u.call.fd, option->name, text);
}

static bool listens(const struct lab_session *s, const struct lab_actor *actor, int fd)
{
    uint32_t task;
    int socket = lab_find_socket(s, actor, fd, &task, &fd);
    return socket != LAB_NONE && s->state->sockets[socket].now.state == NET_STATE_LISTEN;
}

static enum lab_outcome hand_option(struct lab_doing *d, bool set)
{
    if (d->phase > 0) {
        if (!lab_hand_has_returned(d) && !lab_doing_late(d))
            return LAB_WAITS;
        if (!set)
            reply_option(d);
        return LAB_DONE;
    }
    const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
    if (!actor)
        return LAB_ERROR;
    uint8_t bytes[64];
    struct net_hand_request request = {.fd = d->command->fd};
    option_request(d->command, set, &request, bytes, sizeof bytes);
    d->actor = actor->id;
    bool of_listener = d->command->value[0].option_row->type == NET_OPT_BACKLOG;
    if (request.fd < 0)
        request.fd = lab_hand_fd(d->session, actor, of_listener ? NET_CALL_ACCEPT : request.call);
    if (of_listener && set && request.fd >= 0 && !listens(d->session, actor, request.fd))
        return lab_doing_fail(d, "%s.%d does not listen, so it has no backlog: `%s listen` first", actor->name,
                              request.fd, actor->name);
    if (request.fd < 0)
        return lab_doing_fail(d, "%s has no socket open: `%s socket` or `%s connect` makes one", actor->name,
                              actor->name, actor->name);
    request.args[0] = request.fd;
    return lab_hand_ask(d, &request, 1);
}

/* ---- either ---- */

/* A free hand makes the call itself, so that it is seen among the calls; for anybody else the lab does it from outside.
 */
static enum lab_outcome run_option(struct lab_doing *d, bool set)
{
    const struct lab_actor *actor = lab_find_actor(d->session, d->command->actor);
    if (d->phase > 0 || (actor && lab_hand_is_free(d->session, actor)))
        return hand_option(d, set);
    return outside_option(d, set);
}

static enum lab_outcome run_set(struct lab_doing *d)
{
    const struct net_option *option = d->command->value[0].option_row;
    if (!option->can_set)
        return lab_doing_fail(d, "%s can only be read: `get %s`", option->name, option->name);
    return run_option(d, true);
}

static enum lab_outcome run_get(struct lab_doing *d)
{
    return run_option(d, false);
}

/* ---- the rows ---- */

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "set", .who = LAB_WHO_SOCKET, .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_SET, .run = run_set,
     .help = N_("set an option of its socket, at any time"),
     .slots = {SLOT(OPTION, "OPTION"), SLOT(VALUES, "VALUE...")}},
    {.words = "get", .who = LAB_WHO_SOCKET, .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_GET, .run = run_get,
     .help = N_("ask the kernel for an option of its socket"),
     .slots = {SLOT(OPTION, "OPTION")}},
};
/* clang-format on */
const struct lab_family lab_family_option = LAB_FAMILY(rows);
