// SPDX-License-Identifier: GPL-3.0-or-later
// The path of an end through the states, from the steps that its socket has.
//
// In RFC 9293 the server's end goes from LISTEN to SYN_RECV. In Linux a new socket begins there, and the one that
// listens stays as it is; so the path of an end that was called begins with the steps of the socket that listened at
// its port, marked as such.

#include "lab/explain/path.h"

#include "lab/explain/limit.h"
#include "lab/explain/sentence.h"
#include "lab/explain/who.h"
#include "net/base/message.h"
#include "net/data/call.h"

#include <string.h>

/* ---- who listened ------------------------------------------------------------------------------------------------ */

/* How many of a socket's steps, from the first, lead to its (last) LISTEN before an event; 0: it did not listen then.
 */
static size_t steps_to_listen(const struct lab_socket *s, long before)
{
    size_t n = 0;
    for (size_t i = 0; i < s->step_count && s->steps[i].event < before; i++)
        n = s->steps[i].state == NET_STATE_LISTEN ? i + 1 : 0;
    return n;
}

static int listener_at(const struct lab_state *st, unsigned host, uint16_t port, int but, long before)
{
    for (size_t i = st->socket_count; i-- > 0;) {
        const struct lab_socket *s = &st->sockets[i];
        if ((int)i != but && s->host == host && s->now.local_port == port && steps_to_listen(s, before))
            return (int)i;
    }
    return LAB_NONE;
}

/* An end that connected has no listener. */
static bool was_called(const struct lab_socket *s)
{
    uint8_t first = s->step_count ? s->steps[0].state : NET_STATE_ABSENT;
    return first != NET_STATE_CLOSE && first != NET_STATE_SYN_SENT && first != NET_STATE_LISTEN;
}

static int find_listener(const struct lab_state *st, int conversation, unsigned side, int socket)
{
    const struct lab_socket *s = socket == LAB_NONE ? NULL : &st->sockets[socket];
    if (conversation == LAB_NONE || (s && !was_called(s)))
        return LAB_NONE;
    long before = s ? s->steps[0].event + 1 : (long)st->applied;
    return listener_at(st, s ? s->host : side, st->conversations[conversation].port[side], socket, before);
}

/* ---- the path ---------------------------------------------------------------------------------------------------- */

static void add(struct lab_path *path, const struct lab_step *step, bool of_listener)
{
    if (path->count == LAB_PATH_STEPS) {
        memmove(path->step, path->step + 1, (LAB_PATH_STEPS - 1) * sizeof *path->step);
        path->count--;
    }
    path->step[path->count++] = (struct lab_path_step){.from = path->now,
                                                       .to = step->state,
                                                       .time_ns = step->time_ns,
                                                       .cause = step->cause,
                                                       .event = step->event,
                                                       .of_listener = of_listener};
    path->now = step->state;
}

bool lab_path_of(const struct lab_state *st, int conversation, unsigned side, int socket, struct lab_path *path)
{
    *path = (struct lab_path){.socket = socket};
    path->listener = find_listener(st, conversation, side, socket);
    const struct lab_socket *listener = path->listener == LAB_NONE ? NULL : &st->sockets[path->listener];
    const struct lab_socket *s = socket == LAB_NONE ? NULL : &st->sockets[socket];
    long before = s && s->step_count ? s->steps[0].event + 1 : (long)st->applied;
    size_t listening = listener ? steps_to_listen(listener, before) : 0;
    for (size_t i = 0; i < listening; i++)
        add(path, &listener->steps[i], true);
    for (size_t i = 0; s && i < s->step_count; i++)
        add(path, &s->steps[i], false);
    return path->count > 0;
}

/* ---- causes ------------------------------------------------------------------------------------------------------ */

static const char *segment_text(const struct lab_evidence *e, const struct net_ev_segment *segment, char *out,
                                size_t room)
{
    char flags[48];
    net_flags_text(segment->flags & (NET_SYN | NET_FIN | NET_RST | NET_ACK), flags, sizeof flags);
    for (char *c = flags; *c; c++)
        if (*c == ' ')
            *c = ',';
    const struct lab_parts parts = {.format = N_("rcv {flags} #{id}"), .flags = flags, .id = (int64_t)segment->id};
    return lab_sentence_text(e, &parts, out, room);
}

/* Which end it is says whose call it was, but for children and threads. Long arguments stand in the list of calls. */
static const char *call_text(const struct lab_evidence *e, const struct net_event *enter, char *out, size_t room)
{
    const struct net_call_row *row = net_call_row(enter->u.call.call);
    const struct lab_task *task = lab_task_by_id(e->state, enter->task);
    bool further = task && !lab_task_is_first(e->state, task);
    char who[LAB_WHO_BYTES];
    lab_task_short(e->state, enter->actor, enter->task, who, sizeof who);
    struct lab_parts parts = {.who = who, .enter = enter, .name = row->name, .fd = enter->u.call.fd};
    if (strchr(row->args, 'S'))
        parts.format = further ? "{who}: {name}({fd})" : "{name}({fd})";
    else if (enter->u.call.call == NET_CALL_SOCKET)
        parts.format = further ? "{who}: {name}()" : "{name}()";
    else
        parts.format = further ? "{who}: {call}" : "{call}";
    return lab_sentence_text(e, &parts, out, room);
}

static const char *end_text(const struct lab_evidence *e, const struct net_event *end, char *out, size_t room)
{
    static const char *const formats[] = {[NET_END_RETURNED] = N_("{who} ended: exit status {number}"),
                                          [NET_END_EXIT] = N_("{who} ended: exit status {number}"),
                                          [NET_END_SIGNAL] = N_("{who} died: {name}"),
                                          [NET_END_LAB] = N_("{who} was ended by clear")};
    char who[LAB_WHO_BYTES];
    lab_task_short(e->state, end->actor, end->task, who, sizeof who);
    const struct lab_parts parts = {
        .format = end->u.end.how < sizeof formats / sizeof *formats ? formats[end->u.end.how] : N_("{who} ended"),
        .who = who,
        .number = end->u.end.status,
        .name = net_signal_name(end->u.end.signo)};
    return lab_sentence_text(e, &parts, out, room);
}

/* The timer or limit of its kernel that ended the socket of a step; NONE: none is seen. */
static struct lab_limit_reached limit_of(const struct lab_evidence *e, const struct lab_path_step *step)
{
    const struct net_event *sample = lab_event_at(e, step->event);
    int socket = sample ? lab_socket_by_cookie(e->state, sample->u.sample.host, sample->u.sample.cookie) : LAB_NONE;
    struct lab_evidence of = *e;
    if (socket == LAB_NONE)
        return (struct lab_limit_reached){.limit = LAB_LIMIT_NONE};
    const struct lab_socket *s = &e->state->sockets[socket];
    of.conversation = s->conversation == LAB_NONE ? NULL : &e->state->conversations[s->conversation];
    for (size_t i = 1; i < s->step_count; i++)
        if (s->steps[i].event == step->event && s->steps[i].state == step->to)
            return lab_limit_of(&of, s, i);
    return (struct lab_limit_reached){.limit = LAB_LIMIT_NONE};
}

static const char *unknown_text(const struct lab_evidence *e, const struct lab_path_step *step, char *out, size_t room)
{
    bool goes = step->to == NET_STATE_CLOSE || step->to == NET_STATE_ABSENT;
    const struct net_event *sample = lab_event_at(e, step->event);
    const struct net_event *command = goes && sample ? lab_ending_command(e, sample->u.sample.host, step->event) : NULL;
    struct lab_limit_reached limit = {.limit = LAB_LIMIT_NONE};
    struct lab_parts parts = {.format = N_("no call, no segment"), .command = command};
    if (goes && !command && step->from != NET_STATE_ABSENT)
        limit = limit_of(e, step);
    if (step->from == NET_STATE_ABSENT)
        parts.format = N_("first seen so");
    else if (command)
        parts.format = "`{command}`";
    else if (limit.limit != LAB_LIMIT_NONE)
        parts.format = lab_limit_short(&limit);
    parts.count = limit.count;
    parts.limit = limit.bound;
    return lab_sentence_text(e, &parts, out, room);
}

/* Killed by a `reboot` of its host. */
static bool lost_power(const struct lab_evidence *e, const struct lab_path_step *step, const struct net_event *end)
{
    const struct lab_actor *actor = lab_actor_by_id(e->state, end->actor);
    const struct net_event *command = actor ? lab_ending_command(e, actor->host, step->event) : NULL;
    return command && command->u.note.command == LAB_COMMAND_REBOOT;
}

const char *lab_path_cause_text(const struct lab_journal *journal, const struct lab_state *st,
                                const struct lab_path_step *step, char *out, size_t out_bytes)
{
    const struct lab_evidence e = {.journal = journal, .state = st};
    const struct net_event *cause = lab_event_at(&e, step->cause);
    if (!cause || (cause->kind == NET_EV_TASK_END && lost_power(&e, step, cause)))
        return unknown_text(&e, step, out, out_bytes);
    if (cause->kind == NET_EV_SEGMENT)
        return segment_text(&e, &cause->u.segment, out, out_bytes);
    if (cause->kind == NET_EV_TASK_END)
        return end_text(&e, cause, out, out_bytes);
    return call_text(&e, cause, out, out_bytes);
}
