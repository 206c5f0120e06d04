// SPDX-License-Identifier: GPL-3.0-or-later
// What one actor's socket is doing: its connection, how it stands without one, and the last call that failed on it.

#include "lab/base/text.h"
#include "lab/explain/explanation.h"

#include "net/data/call.h"

#include <stdio.h>

/* The same call of the same actor, on the same descriptor, returned later: the failure is no news any more. */
static bool is_past(const struct lab_evidence *e, const struct net_event *enter, long failure)
{
    for (long i = (long)e->state->applied; enter && i-- > failure + 1;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (ev->kind != NET_EV_CALL_RETURN || ev->actor != enter->actor || ev->u.call.call != enter->u.call.call)
            continue;
        const struct net_event *later = lab_event_at(e, lab_entry_of(e, i));
        if (later && later->u.call.fd == enter->u.call.fd)
            return true;
    }
    return false;
}

/* The last call of the actor that failed by itself: on that socket, or on none that is known; with fd, on that
 * descriptor. LAB_NONE: there is none in the present experiment. */
static long last_failure(const struct lab_evidence *e, uint32_t actor, int fd, const struct lab_socket *s)
{
    for (long i = (long)e->state->applied; i-- > e->state->experiment + 1;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (ev->kind != NET_EV_CALL_RETURN || ev->actor != actor || !lab_is_failure(e, i))
            continue;
        const struct net_event *enter = lab_event_at(e, lab_entry_of(e, i));
        const struct lab_socket *of = lab_socket_of_call(e, i);
        bool asked = of ? of == s : fd < 0 || (enter && enter->u.call.fd == fd);
        if (asked)
            return is_past(e, enter, i) ? LAB_NONE : i;
    }
    return LAB_NONE;
}

static void say_listening(struct lab_explanation *x, const char *who, const struct lab_socket *s, const char *address)
{
    uint32_t count = s->now.rqueue;
    const char *format = count > s->now.wqueue
                             ? LAB_PLURAL(
                                   count,
                                   "{who}.{fd} listens at {address}; its queue is full: {count} connection waits "
                                   "in the queue for accept(), where the backlog is {limit}.",
                                   "{who}.{fd} listens at {address}; its queue is full: {count} connections "
                                   "wait in the queue for accept(), where the backlog is {limit}.")
                         : count
                             ? LAB_PLURAL(count,
                                          "{who}.{fd} listens at {address}: {count} connection waits in the queue "
                                          "for accept(), where the backlog is {limit}.",
                                          "{who}.{fd} listens at {address}: {count} connections wait in the queue "
                                          "for accept(), where the backlog is {limit}.")
                             : N_("{who}.{fd} listens at {address}: no connection waits in the queue for accept().");
    lab_say(x, format, .who = who, .fd = s->fd, .address = address, .count = count, .limit = s->now.wqueue);
}

/* A socket without a connection. */
static void say_standing(struct lab_explanation *x, const struct lab_socket *s)
{
    char who[LAB_WHO_BYTES], address[NET_ADDRESS_TEXT_BYTES];
    if (s->references == 0 || s->fd < 0)
        return;
    lab_task_text(x->e.state, s->owner_actor, s->owner_task, who, sizeof who);
    net_address_text(s->now.local_ip, s->now.local_port, address, sizeof address);
    lab_line_begin(x, x->e.state->time_ns);
    if (s->now.state == NET_STATE_LISTEN)
        say_listening(x, who, s, address);
    else
        lab_say(x,
                s->now.local_port ? N_("{who}.{fd} is in {state}, bound to {address}, and has no connection.")
                                  : N_("{who}.{fd} is in {state}, and has no connection."),
                .who = who, .fd = s->fd, .state = s->now.state, .address = address);
    lab_line_end(x);
}

int lab_explain_socket(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, uint32_t actor,
                       int fd, int socket, lab_explain_line_fn *line, void *user)
{
    struct lab_explanation x = {
        .e = {.journal = journal, .state = st, .start_ns = start_ns}, .line = line, .user = user};
    const struct lab_socket *s = socket == LAB_NONE ? NULL : &st->sockets[socket];
    long failure = last_failure(&x.e, actor, fd, s);
    bool connected = s && s->conversation != LAB_NONE;
    struct lab_kept_lines kept;
    x.asked = failure;
    x.told = failure == LAB_NONE || (connected && lab_made_by_failure(&x.e, failure) != LAB_NONE);
    lab_keep_lines(&x, &kept);
    if (connected)
        lab_say_conversation(&x, s->conversation);
    if (!x.told) {
        x.e.conversation = NULL;
        lab_say_failure(&x, failure);
    }
    if (s && !connected) {
        say_standing(&x, s);
        lab_say_waits(&x, &(struct lab_party){.host = s->host, .sock = s});
    }
    lab_tell_kept(&x);
    return x.lines;
}
