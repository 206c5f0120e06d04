// SPDX-License-Identifier: GPL-3.0-or-later
// What was seen instead of what a condition speaks of.

#include "lab/base/text.h"
#include "lab/session/condition.h"
#include "lab/session/doing.h"
#include "lab/state/measured.h"

#include "net/data/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 5 };

/* What the actor is doing, or how it ended. */
static void doing_text(const struct lab_session *s, const struct lab_actor *actor, char *out, size_t out_bytes)
{
    const struct lab_task *task = lab_task_by_id(s->state, actor->first_task);
    char text[200];
    if (actor->alive && task)
        lab_append(out, out_bytes, "%s", lab_busy_text(s, task, text, sizeof text));
    else if (actor->end.how == NET_END_SIGNAL)
        lab_append(out, out_bytes, "%s was ended by %s", actor->name, net_signal_name(actor->end.signo));
    else
        lab_append(out, out_bytes, "%s ended with exit status %d", actor->name, actor->end.status);
}

/* "server recv returned 18, 0; server is in ..." */
static void returns_text(const struct lab_condition *c, const struct lab_session *s, const struct lab_actor *actor,
                         char *out, size_t out_bytes)
{
    const char *call = net_call_row(c->call)->name;
    unsigned count = 0;
    for (size_t i = lab_experiment_index(s); i < lab_journal_count(s->journal); i++) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        char text[80];
        if (event->kind != NET_EV_CALL_RETURN || event->actor != actor->id || event->u.call.call != c->call ||
            ++count > SHOWN)
            continue;
        if (c->kind == LAB_CALL_GOT && event->u.call.ret >= 0)
            net_bytes_text(event->data, event->data_bytes, event->u.call.data_all, text, sizeof text);
        else
            net_result_text(event, text, sizeof text);
        if (count == 1)
            lab_append(out, out_bytes, "%s %s returned ", actor->name, call);
        lab_append(out, out_bytes, "%s%s", count > 1 ? ", " : "", text);
    }
    if (count > SHOWN)
        lab_append(out, out_bytes, " ... (%u times)", count);
    if (!count)
        lab_append(out, out_bytes, "%s %s has not returned", actor->name, call);
    lab_append(out, out_bytes, "; ");
    doing_text(s, actor, out, out_bytes);
}

static void socket_text(const struct lab_condition *c, const struct lab_session *s, const struct lab_actor *actor,
                        char *out, size_t out_bytes)
{
    uint32_t task;
    int fd;
    int socket = lab_find_socket(s, actor, c->fd, &task, &fd);
    if (socket == LAB_NONE) {
        lab_append(out, out_bytes, "%s has never had such a socket", actor->name);
        return;
    }
    const struct lab_socket *found = &s->state->sockets[socket];
    lab_append(out, out_bytes, "it is in %s; its way: ",
               found->now.state == NET_STATE_ABSENT ? "no state: it is gone" : net_state_name(found->now.state));
    for (size_t i = 0; i < found->step_count; i++)
        lab_append(out, out_bytes, "%s%s", i ? ", " : "",
                   found->steps[i].state == NET_STATE_ABSENT ? "gone" : net_state_name(found->steps[i].state));
}

static void option_text(const struct lab_condition *c, struct lab_session *s, char *out, size_t out_bytes)
{
    struct net_option_value now = {0};
    struct net_error err;
    char text[80];
    if (lab_condition_option(c, s, &now, &err) < 0) {
        lab_append(out, out_bytes, "%s", err.text);
        return;
    }
    net_option_text(c->option, &now, text, sizeof text);
    lab_append(out, out_bytes, "it is %s", text);
}

static void output_text(const struct lab_session *s, const struct lab_actor *actor, char *out, size_t out_bytes)
{
    char text[120];
    unsigned count = 0;
    for (size_t i = lab_journal_count(s->journal); i-- > lab_experiment_index(s) && count < 3;) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        if (event->kind != NET_EV_OUTPUT || event->actor != actor->id)
            continue;
        net_bytes_text(event->data, event->data_bytes, event->data_bytes, text, sizeof text);
        lab_append(out, out_bytes, "%s%s", count++ ? ", before that " : "the last that it printed is ", text);
    }
    if (!count)
        lab_append(out, out_bytes, "%s has printed nothing", actor->name);
}

static void signals_text(const struct lab_session *s, const struct lab_actor *actor, char *out, size_t out_bytes)
{
    unsigned count = 0;
    for (size_t i = lab_experiment_index(s); i < lab_journal_count(s->journal); i++) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        if (event->kind == NET_EV_SIGNAL && event->actor == actor->id && ++count <= SHOWN)
            lab_append(out, out_bytes, "%s%s", count > 1 ? ", " : "there came ",
                       net_signal_name(event->u.signal.signo));
    }
    if (!count)
        lab_append(out, out_bytes, "no signal reached %s", actor->name);
}

static void segments_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    long first = (long)lab_experiment_index(s);
    unsigned all = 0;
    char flags[40];
    if (!s->engine.wire) {
        lab_append(out, out_bytes, "there is no wire here: no segment can be seen");
        return;
    }
    if (c->count)
        lab_append(out, out_bytes, "there were %u; ", c->count);
    for (size_t i = 0; i < s->state->segment_count; i++) {
        const struct lab_segment *segment = &s->state->segments[i];
        if (segment->event < first || segment->segment->protocol != 6 || ++all > 2 * SHOWN)
            continue;
        net_flags_text(segment->segment->flags, flags, sizeof flags);
        lab_append(out, out_bytes, "%s%s: %s", all > 1 ? ", " : "seen were ", net_host_name(segment->segment->from),
                   flags);
    }
    if (all > 2 * SHOWN)
        lab_append(out, out_bytes, " ... (%u in all)", all);
    if (!all)
        lab_append(out, out_bytes, "no segment was sent");
}

static void sockets_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    bool any = false;
    lab_append(out, out_bytes, "the %s has ", net_host_name((unsigned)c->host));
    for (int state = 1; state < NET_STATES; state++) {
        int64_t count = lab_count_sockets(s, c->host, state);
        if (count)
            lab_append(out, out_bytes, "%s%" PRId64 " in %s", any ? ", " : "", count, net_state_name((unsigned)state));
        any |= count > 0;
    }
    lab_append(out, out_bytes, any ? "" : "no socket");
}

static void tasks_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    struct lab_task_counts counts;
    lab_count_tasks(c, s, &counts);
    lab_append(out, out_bytes, "there are %d children, %d zombies, %d threads", counts.children, counts.zombies,
               counts.threads);
}

static void compared_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    struct lab_measured all[LAB_COMPARED_MAX];
    size_t count = lab_measured_read(s->state, s->journal, all);
    lab_append(out, out_bytes, count ? "%s: " : "nothing was compared", lab_measure_name(c->measure));
    for (size_t i = 0; i < count; i++) {
        uint64_t number;
        bool known = lab_measured_number(&all[i], c->measure, &number);
        lab_append(out, out_bytes, known ? "%s%s %" PRIu64 : "%s%s unknown", i ? ", " : "", all[i].program, number);
    }
}

static void actor_text(const struct lab_condition *c, struct lab_session *s, const struct lab_actor *actor, char *out,
                       size_t out_bytes)
{
    switch (c->kind) {
    case LAB_CALL_BLOCKS:
    case LAB_CALL_RETURNS:
    case LAB_CALL_VALUE:
    case LAB_CALL_GOT: returns_text(c, s, actor, out, out_bytes); break;
    case LAB_SOCKET_STATE:
    case LAB_SOCKET_WAS: socket_text(c, s, actor, out, out_bytes); break;
    case LAB_SOCKET_OPTION: option_text(c, s, out, out_bytes); break;
    case LAB_ACTOR_PRINTED: output_text(s, actor, out, out_bytes); break;
    case LAB_ACTOR_SIGNAL: signals_text(s, actor, out, out_bytes); break;
    default: doing_text(s, actor, out, out_bytes); break;
    }
}

void lab_condition_seen(const struct lab_condition *c, struct lab_session *s, char *out, size_t out_bytes)
{
    const struct lab_actor *actor = *c->actor ? lab_find_actor(s, c->actor) : NULL;
    *out = '\0';
    if (c->kind == LAB_CHILDREN || c->kind == LAB_THREADS)
        tasks_text(c, s, out, out_bytes);
    else if (*c->actor && !actor)
        lab_append(out, out_bytes, "%s was never started", c->actor);
    else if (actor)
        actor_text(c, s, actor, out, out_bytes);
    else if (c->kind == LAB_SEGMENTS)
        segments_text(c, s, out, out_bytes);
    else if (c->kind == LAB_SOCKETS_IN)
        sockets_text(c, s, out, out_bytes);
    else if (c->kind == LAB_COMPARED)
        compared_text(c, s, out, out_bytes);
    else if (c->kind == LAB_QUIET)
        lab_append(out, out_bytes, "something still moves");
    else
        lab_append(out, out_bytes, "the wire is %s, %u segments wait", net_wire_mode_name(s->state->wire.mode),
                   s->state->wire.held_segs);
}
