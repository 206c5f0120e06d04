// SPDX-License-Identifier: GPL-3.0-or-later
// What was seen instead of what a condition speaks of.

#include "lab/base/durations.h"
#include "lab/base/text.h"
#include "lab/explain/segment_text.h"
#include "lab/session/condition.h"
#include "lab/session/doing.h"
#include "lab/state/measured.h"

#include "net/data/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 5 };

/* One more of a list. */
static void list(char *out, size_t out_bytes, const char *item)
{
    lab_append(out, out_bytes, *out ? ", %s" : "%s", item);
}

static const char *state_text(unsigned state)
{
    return state == NET_STATE_ABSENT ? _("gone") : net_state_name(state);
}

/* What the actor is doing, or how it ended. */
static const char *doing_text(const struct lab_session *s, const struct lab_actor *actor, char *out, size_t out_bytes)
{
    const struct lab_task *task = lab_task_by_id(s->state, actor->first_task);
    if (actor->alive && task)
        return lab_busy_text(s, task, out, out_bytes);
    if (actor->end.how == NET_END_SIGNAL)
        snprintf(out, out_bytes, _("%s was ended by %s"), actor->name, net_signal_name(actor->end.signo));
    else
        snprintf(out, out_bytes, _("%s ended with exit status %d"), actor->name, actor->end.status);
    return out;
}

/* "4: POLLIN|POLLHUP", of each descriptor that had something. */
static void answers_text(const struct net_event *ret, char *out, size_t out_bytes)
{
    struct net_poll_entry entry;
    *out = '\0';
    for (size_t i = 0; net_poll_entry_at(ret, i, &entry); i++) {
        if (!entry.answered)
            continue;
        lab_append(out, out_bytes, *out ? ", %d:" : "%d:", entry.fd);
        const char *before = " ";
        for (const struct lab_flag *flag = lab_poll_answers; flag->name; flag++) {
            if (!(entry.answered & (unsigned)flag->bit))
                continue;
            lab_append(out, out_bytes, "%s%s", before, flag->name);
            before = "|";
        }
    }
    if (!*out)
        snprintf(out, out_bytes, _("nothing"));
}

/* What of one return the condition speaks of. */
static void return_text(const struct lab_condition *c, const struct net_event *event, char *out, size_t out_bytes)
{
    if (c->kind == LAB_CALL_GOT && event->u.call.ret >= 0)
        net_bytes_text(event->data, event->data_bytes, event->u.call.data_all, out, out_bytes);
    else if (c->kind == LAB_CALL_TOOK)
        lab_duration_text(event->time_ns - event->u.call.enter_ns, out, out_bytes);
    else if (c->kind == LAB_CALL_ANSWERED)
        answers_text(event, out, out_bytes);
    else
        net_result_text(event, out, out_bytes);
}

/* "server recv returned 18, 0; server is in ..." */
static void returns_text(const struct lab_condition *c, const struct lab_session *s, const struct lab_actor *actor,
                         char *out, size_t out_bytes)
{
    const char *call = net_call_row(c->call)->name;
    char values[500] = "", text[80], doing[300];
    unsigned count = 0;
    size_t first;
    lab_condition_first(c, s, &first);
    for (size_t i = first; i < lab_journal_count(s->journal); i++) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        if (event->kind != NET_EV_CALL_RETURN || event->actor != actor->id || event->u.call.call != c->call ||
            !lab_condition_fd_is(c, &event->u.call) || ++count > SHOWN)
            continue;
        return_text(c, event, text, sizeof text);
        list(values, sizeof values, text);
    }
    doing_text(s, actor, doing, sizeof doing);
    if (!count)
        snprintf(out, out_bytes, _("%s %s has not returned; %s"), actor->name, call, doing);
    else if (c->kind == LAB_CALL_TOOK)
        snprintf(out, out_bytes, _("%s %s took %s%s; %s"), actor->name, call, values, count > SHOWN ? " ..." : "",
                 doing);
    else if (c->kind == LAB_CALL_ANSWERED)
        snprintf(out, out_bytes, _("%s %s answered %s%s; %s"), actor->name, call, values, count > SHOWN ? " ..." : "",
                 doing);
    else if (count <= SHOWN)
        snprintf(out, out_bytes, _("%s %s returned %s; %s"), actor->name, call, values, doing);
    else
        snprintf(out, out_bytes, _("%s %s returned %s ... (%u times); %s"), actor->name, call, values, count, doing);
}

static void socket_text(const struct lab_condition *c, const struct lab_session *s, const struct lab_actor *actor,
                        char *out, size_t out_bytes)
{
    uint32_t task;
    int fd;
    char way[200] = "";
    int socket = lab_find_socket(s, actor, c->fd, &task, &fd);
    if (socket == LAB_NONE) {
        snprintf(out, out_bytes, _("%s has never had such a socket"), actor->name);
        return;
    }
    const struct lab_socket *found = &s->state->sockets[socket];
    for (size_t i = 0; i < found->step_count; i++)
        list(way, sizeof way, state_text(found->steps[i].state));
    if (found->now.state == NET_STATE_ABSENT)
        snprintf(out, out_bytes, _("it is in no state: it is gone; its way: %s"), way);
    else
        snprintf(out, out_bytes, _("it is in %s; its way: %s"), state_text(found->now.state), way);
}

static void output_text(const struct lab_session *s, const struct lab_actor *actor, char *out, size_t out_bytes)
{
    enum { LINES = 3 };
    char text[LINES][120];
    unsigned count = 0;
    for (size_t i = lab_journal_count(s->journal); i-- > lab_experiment_index(s) && count < LINES;) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        if (event->kind == NET_EV_OUTPUT && event->actor == actor->id)
            net_bytes_text(event->data, event->data_bytes, event->data_bytes, text[count++], sizeof text[0]);
    }
    switch (count) {
    case 0: snprintf(out, out_bytes, _("%s has printed nothing"), actor->name); break;
    case 1: snprintf(out, out_bytes, _("all that it printed is %s"), text[0]); break;
    case 2: snprintf(out, out_bytes, _("the last that it printed is %s, before that %s"), text[0], text[1]); break;
    default:
        snprintf(out, out_bytes, _("the last that it printed is %s, before that %s, before that %s"), text[0], text[1],
                 text[2]);
    }
}

static void signals_text(const struct lab_session *s, const struct lab_actor *actor, char *out, size_t out_bytes)
{
    char signals[120] = "";
    unsigned count = 0;
    for (size_t i = lab_experiment_index(s); i < lab_journal_count(s->journal); i++) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        if (event->kind == NET_EV_SIGNAL && event->actor == actor->id && ++count <= SHOWN)
            list(signals, sizeof signals, net_signal_name(event->u.signal.signo));
    }
    snprintf(out, out_bytes, count ? _("the signals that reached %s: %s") : _("no signal reached %s"), actor->name,
             signals);
}

/* Messages of ICMP are news only to who asks for one. */
static bool is_other(const struct lab_condition *c, const struct net_ev_segment *segment)
{
    bool asks = false;
    for (size_t i = 0; i < c->segment_count; i++)
        asks |= c->segments[i].traits & (LAB_SEGMENT_ICMP | LAB_SEGMENT_ICMPV6);
    return !asks && net_is_icmp(segment->protocol);
}

static void segments_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    size_t first;
    unsigned all = 0;
    lab_condition_first(c, s, &first);
    char seen[1000] = "", label[200], one[240];
    if (!s->engine.wire) {
        snprintf(out, out_bytes, _("there is no wire here: no segment can be seen"));
        return;
    }
    for (size_t i = 0; i < s->state->segment_count; i++) {
        const struct lab_segment *segment = &s->state->segments[i];
        if (segment->event < (long)first || is_other(c, segment->segment) || ++all > 2 * SHOWN)
            continue;
        lab_segment_label(segment, " ", LAB_IN_BRIEF, label, sizeof label);
        snprintf(one, sizeof one, "%s: %s", net_host_name(segment->segment->from), label);
        list(seen, sizeof seen, one);
    }
    if (!all && lab_within_host(s->state, lab_experiment_ns(s->state, s->journal)))
        snprintf(out, out_bytes,
                 _("no segment was on the wire: a connection within one host goes over that host's own "
                   "loopback interface"));
    else if (!all)
        snprintf(out, out_bytes, _("no segment was sent"));
    else if (all > 2 * SHOWN)
        snprintf(out, out_bytes, _("there were %u of them; seen were %s ... (%u in all)"), c->count, seen, all);
    else
        snprintf(out, out_bytes, _("there were %u of them; seen were %s"), c->count, seen);
}

static void sockets_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    char counts[300] = "", one[60];
    for (int state = 1; state < NET_STATES; state++) {
        int64_t count = lab_count_sockets(s, c->host, state);
        if (count == 0)
            continue;
        snprintf(one, sizeof one, _("%lld in %s"), (long long)count, net_state_name((unsigned)state));
        list(counts, sizeof counts, one);
    }
    snprintf(out, out_bytes, *counts ? _("the %s has %s") : _("the %s has no socket"), net_host_name((unsigned)c->host),
             counts);
}

static void tasks_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    struct lab_task_counts counts;
    lab_count_tasks(c, s, &counts);
    snprintf(out, out_bytes, _("there are %d children, %d zombies, %d threads"), counts.children, counts.zombies,
             counts.threads);
}

static void compared_text(const struct lab_condition *c, const struct lab_session *s, char *out, size_t out_bytes)
{
    struct lab_measured all[LAB_COMPARED_MAX];
    char values[400] = "", one[60];
    size_t count = lab_measured_read(s->state, s->journal, all);
    for (size_t i = 0; i < count; i++) {
        uint64_t number;
        if (lab_measured_number(&all[i], c->measure, &number))
            snprintf(one, sizeof one, "%.16s %" PRIu64, all[i].program, number);
        else
            snprintf(one, sizeof one, _("%.16s unknown"), all[i].program);
        list(values, sizeof values, one);
    }
    if (count)
        snprintf(out, out_bytes, "%s: %s", lab_measure_name(c->measure), values);
    else
        snprintf(out, out_bytes, _("nothing was compared"));
}

static void actor_text(struct lab_condition *c, struct lab_session *s, const struct lab_actor *actor, char *out,
                       size_t out_bytes)
{
    switch (c->kind) {
    case LAB_CALL_BLOCKS:
    case LAB_CALL_RETURNS:
    case LAB_CALL_VALUE:
    case LAB_CALL_GOT:
    case LAB_CALL_TOOK:
    case LAB_CALL_ANSWERED: returns_text(c, s, actor, out, out_bytes); break;
    case LAB_SOCKET_STATE:
    case LAB_SOCKET_WAS: socket_text(c, s, actor, out, out_bytes); break;
    case LAB_SOCKET_OPTION:
    case LAB_SOCKET_INFO:
    case LAB_SOCKET_QUEUE: lab_condition_value_text(c, s, out, out_bytes); break;
    case LAB_ACTOR_PRINTED: output_text(s, actor, out, out_bytes); break;
    case LAB_ACTOR_SIGNAL: signals_text(s, actor, out, out_bytes); break;
    default: doing_text(s, actor, out, out_bytes);
    }
}

void lab_condition_seen(struct lab_condition *c, struct lab_session *s, char *out, size_t out_bytes)
{
    const struct lab_actor *actor = *c->actor ? lab_find_actor(s, c->actor) : NULL;
    size_t first;
    *out = '\0';
    if (!lab_condition_first(c, s, &first))
        snprintf(out, out_bytes, _("the mark %s was not set"), c->since);
    else if (c->kind == LAB_CHILDREN || c->kind == LAB_THREADS)
        tasks_text(c, s, out, out_bytes);
    else if (*c->actor && !actor)
        snprintf(out, out_bytes, _("%s was never started"), c->actor);
    else if (actor)
        actor_text(c, s, actor, out, out_bytes);
    else if (c->kind == LAB_SEGMENTS)
        segments_text(c, s, out, out_bytes);
    else if (c->kind == LAB_SOCKETS_IN)
        sockets_text(c, s, out, out_bytes);
    else if (c->kind == LAB_COMPARED)
        compared_text(c, s, out, out_bytes);
    else if (c->kind == LAB_COUNTER)
        lab_append(out, out_bytes,
                   *c->since ? _("the %s's kernel has counted %lld %s since that mark")
                             : _("the %s's kernel has counted %lld %s since the experiment began"),
                   net_host_name((unsigned)c->host), (long long)lab_count_of(c, s),
                   net_counter_name((unsigned)c->counter));
    else if (c->kind == LAB_QUIET)
        snprintf(out, out_bytes, _("something still moves"));
    else
        snprintf(out, out_bytes,
                 LAB_PLURAL(s->state->wire.held_segs, "the wire is %s, %u segment waits",
                            "the wire is %s, %u segments wait"),
                 net_wire_mode_name(s->state->wire.mode), s->state->wire.held_segs);
}
