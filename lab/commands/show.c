// SPDX-License-Identifier: GPL-3.0-or-later
// show, explain: what is known, as lines of plain text.

#include "lab/base/durations.h"
#include "lab/base/text.h"
#include "lab/commands/rows.h"
#include "lab/explain/event_line.h"
#include "lab/explain/explain.h"
#include "lab/explain/segment_text.h"
#include "lab/explain/waits.h"
#include "lab/session/condition.h"
#include "lab/session/doing.h"

#include "net/data/call.h"
#include "net/data/sysctl_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LAST = 20 };

static void reply_line(void *user, const char *line)
{
    lab_reply(user, "%s", line);
}

/* ---- sockets ---- */

static const char *owner_text(const struct lab_session *s, const struct lab_socket *socket, char *out, size_t out_bytes)
{
    const struct lab_actor *actor = lab_actor_by_id(s->state, socket->owner_actor);
    if (actor && socket->fd >= 0)
        snprintf(out, out_bytes, "%s.%d", actor->name, socket->fd);
    else
        snprintf(out, out_bytes, "-");
    return out;
}

static void show_socket(struct lab_session *s, const struct lab_socket *socket)
{
    const struct net_ev_sample *now = &socket->now;
    char owner[40], local[NET_ADDRESS_TEXT_BYTES], remote[NET_ADDRESS_TEXT_BYTES], unsent[16], timer[60] = "";
    net_address_text(now->local_ip, now->local_port, local, sizeof local);
    net_address_text(now->remote_ip, now->remote_port, remote, sizeof remote);
    if (now->timer)
        snprintf(timer, sizeof timer, "  %s timer %.1f s", net_timer_name(now->timer), now->timer_ms / 1000.0);
    /* In CLOSE the send queue was thrown away: SIOCOUTQ still counts on. */
    snprintf(unsent, sizeof unsent, now->state == NET_STATE_CLOSE ? "-" : "%u", now->wqueue);
    lab_reply(s, "%-6s  %-10s  %-11s  recv-q %-6u send-q %-6s  %-21s  %s%s", net_host_name(now->host),
              owner_text(s, socket, owner, sizeof owner), net_state_name(now->state), now->rqueue, unsent, local,
              now->state == NET_STATE_LISTEN ? "" : remote, timer);
}

static enum lab_outcome run_show_sockets(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    bool any = false;
    net_engine_look(&s->engine); /* queues move without an event, as do programs that are not ours */
    lab_session_drain(s);
    for (size_t i = 0; i < s->state->socket_count; i++) {
        if (s->state->sockets[i].now.state == NET_STATE_ABSENT)
            continue;
        show_socket(s, &s->state->sockets[i]);
        any = true;
    }
    if (!any)
        lab_reply(s, "no host has a TCP socket");
    return LAB_DONE;
}

/* ---- the NAT's table ---- */

static void show_translated(struct lab_session *s, const struct net_nat_entry *entry)
{
    char inside[NET_ADDRESS_TEXT_BYTES], outside[NET_ADDRESS_TEXT_BYTES], server[NET_ADDRESS_TEXT_BYTES], idle[40];
    const uint64_t now_ns = net_now_ns();
    net_address_text(entry->ip, entry->port, inside, sizeof inside);
    net_address_text(NET_NAT_IP, entry->nat_port, outside, sizeof outside);
    net_address_text(entry->server_ip, entry->server_port, server, sizeof server);
    lab_duration_text(now_ns > entry->last_ns ? now_ns - entry->last_ns : 0, idle, sizeof idle);
    lab_reply(s, entry->over ? "%-21s is %-21s to %-21s  over; idle for %s" : "%-21s is %-21s to %-21s  idle for %s",
              inside, outside, server, idle);
}

static enum lab_outcome run_show_nat(struct lab_doing *d)
{
    enum { SHOWN = 200 };
    struct lab_session *s = d->session;
    struct net_nat_entry entries[SHOWN];
    if (!s->engine.wire)
        return lab_doing_fail(d, "there is no wire, and no NAT on it: this lab runs on the machine's own loopback");
    size_t count = net_wire_nat(s->engine.wire, entries, SHOWN);
    bool on = net_fault_is_on(&s->state->wire.faults, NET_FAULT_NAT);
    if (!on)
        lab_reply(s, count
                         ? "the NAT is off: new connections pass as they are, these stay translated until they are over"
                         : "there is no NAT on the wire: `wire nat` puts one there");
    else if (!count)
        lab_reply(s, "the table of the NAT is empty: connections that are older than it pass as they are");
    for (size_t i = 0; i < count && i < SHOWN; i++)
        show_translated(s, &entries[i]);
    if (count > SHOWN)
        lab_reply(s, "and %zu more", count - SHOWN);
    return LAB_DONE;
}

/* ---- the last events of some kind ---- */

static bool is_shown_call(const struct net_event *event, uint32_t actor)
{
    return event->kind == NET_EV_CALL_RETURN && (!actor || event->actor == actor);
}

/* Each with what it waits for; `show waits` says it in sentences. */
static void show_calls_in_progress(struct lab_session *s, uint32_t actor)
{
    const struct lab_evidence e = {.journal = s->journal, .state = s->state, .start_ns = lab_zero_ns(s)};
    char text[200], briefs[LAB_WAIT_REASONS * LAB_WAIT_BRIEF_BYTES];
    struct lab_wait wait;
    for (size_t i = 0; i < s->state->task_count; i++) {
        const struct lab_task *task = &s->state->tasks[i];
        if (!task->alive || task->enter == LAB_NONE || (actor && task->actor != actor))
            continue;
        bool is_known = lab_wait_of_task(&e, task, &wait) && *lab_wait_brief(&wait);
        lab_reply(s, is_known ? "now: %s: %s" : "now: %s", lab_busy_text(s, task, text, sizeof text),
                  lab_wait_briefs(&wait, briefs, sizeof briefs));
    }
}

static enum lab_outcome run_show_calls(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    int64_t wanted = value[0].given ? value[0].number : LAST;
    const struct lab_actor *actor = value[1].given ? lab_find_actor(s, value[1].text) : NULL;
    uint32_t id = actor ? actor->id : 0;
    size_t first = lab_experiment_index(s), i = lab_journal_count(s->journal);
    char line[400];
    while (i > first && wanted > 0)
        wanted -= is_shown_call(lab_journal_at(s->journal, --i), id);
    size_t end = lab_journal_count(s->journal);
    for (; i < end; i++)
        if (is_shown_call(lab_journal_at(s->journal, i), id))
            lab_reply(s, "%s", lab_event_line(s->state, s->journal, lab_zero_ns(s), i, line, sizeof line));
    show_calls_in_progress(s, id);
    return LAB_DONE;
}

static void show_wire_state(struct lab_session *s)
{
    const struct net_ev_wire *wire = &s->state->wire;
    char faults[400];
    const char *also = wire->mode != NET_WIRE_HELD ? s->patient ? "no kernel gives up (`show state` says more)" : NULL
                       : s->patient ? "segments stand still, timers run on, no kernel gives up (`show state` says more)"
                                    : "segments stand still, timers run on";
    if (!s->engine.wire)
        lab_reply(s, "no wire: %s",
                  *s->engine.hosts.why_not ? s->engine.hosts.why_not
                                           : "the lab runs on the machine's own loopback, as asked");
    else
        lab_reply(s, also ? "wire %s, %u waiting%s; %s" : "wire %s, %u waiting%s", net_wire_mode_name(wire->mode),
                  wire->held_segs, net_faults_text(&wire->faults, faults, sizeof faults), also);
}

/* Where a learner looks for segments that no wire can have carried. */
static void show_unseen(struct lab_session *s)
{
    unsigned within = lab_within_host(s->state, lab_zero_ns(s));
    if (within && s->engine.wire)
        lab_reply(s,
                  LAB_PLURAL(within,
                             "%u connection is within one host: its segments go over that host's own loopback "
                             "interface, where no wire is. `tcplab exec HOST -- tcpdump -ni lo` shows them.",
                             "%u connections are within one host: their segments go over that host's own loopback "
                             "interface, where no wire is. `tcplab exec HOST -- tcpdump -ni lo` shows them."),
                  within);
}

static enum lab_outcome run_show_wire(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    size_t wanted = value[0].given ? (size_t)value[0].number : LAST, count = s->state->segment_count;
    char text[400], time[40], fate[60];
    show_wire_state(s);
    for (size_t i = count > wanted ? count - wanted : 0; i < count; i++) {
        const struct lab_segment *segment = &s->state->segments[i];
        lab_reply(s, "%11s  %s  [%s]", lab_time_text(segment->sent_ns, lab_zero_ns(s), time, sizeof time),
                  lab_segment_text(segment, text, sizeof text), lab_segment_fate_text(segment, fate, sizeof fate));
    }
    show_unseen(s);
    return LAB_DONE;
}

static enum lab_outcome run_show_segment(struct lab_doing *d)
{
    const int64_t id = d->command->value[0].number;
    int i = lab_segment_by_id(d->session->state, (uint64_t)id);
    char text[400], fate[60];
    if (i == LAB_NONE)
        return lab_doing_fail(d, "there is no segment #%" PRId64 ": `show wire` lists them", id);
    const struct lab_segment *segment = &d->session->state->segments[i];
    lab_reply(d->session, "%s  [%s]", lab_segment_text(segment, text, sizeof text),
              lab_segment_fate_text(segment, fate, sizeof fate));
    lab_segment_detail(segment, reply_line, d->session);
    return LAB_DONE;
}

/* ---- actors ---- */

static void show_actor(struct lab_session *s, const struct lab_actor *actor)
{
    const struct lab_task *task = lab_task_by_id(s->state, actor->first_task);
    char doing[200] = "";
    if (actor->alive && actor->is_hand && task && task->enter == LAB_NONE)
        snprintf(doing, sizeof doing, "free");
    else if (actor->alive && task)
        lab_busy_text(s, task, doing, sizeof doing);
    else if (actor->end.how == NET_END_SIGNAL)
        snprintf(doing, sizeof doing, "ended by %s", net_signal_name(actor->end.signo));
    else
        snprintf(doing, sizeof doing, "ended, exit status %d", actor->end.status);
    lab_reply(s, "%-10s  %-6s  %-20s  %-7s  children %d zombies %d threads %d  %s", actor->name,
              net_host_name(actor->host), actor->is_hand ? "hand" : actor->program,
              actor->as_process ? "process" : "thread", actor->children, actor->zombies, actor->threads, doing);
}

static enum lab_outcome run_show_actors(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    uint64_t begun_ns = lab_experiment_ns(s->state, s->journal);
    bool any = false;
    for (size_t i = 0; i < s->state->actor_count; i++) {
        if (s->state->actors[i].start_ns < begun_ns)
            continue;
        show_actor(s, &s->state->actors[i]);
        any = true;
    }
    if (!any)
        lab_reply(s, "no actor: `server single` or `hand c1` starts one");
    return LAB_DONE;
}

/* ---- options ---- */

static void show_option(struct lab_session *s, uint32_t task, int fd, const struct net_option *option)
{
    struct net_option_value value = {0};
    struct net_error err;
    char text[NET_OPTION_TEXT_BYTES];
    if (option->type == NET_OPT_ERRNO)
        snprintf(text, sizeof text, "not asked"); /* asking would clear it */
    else if (net_actor_option(s->engine.actors, task, fd, option, false, &value, &err) < 0)
        snprintf(text, sizeof text, "%s", err.code ? net_errno_name(err.code) : "?");
    else
        net_option_text(option, &value, text, sizeof text);
    if (option->type == NET_OPT_INFO)
        lab_reply(s, "%-22s %s", option->name, text);
    else
        lab_reply(s, "%-22s %-14s %-6s preset %-10s %s", option->name, text, option->unit,
                  *option->preset ? option->preset : "-", _(option->effect));
}

static enum lab_outcome run_show_options(struct lab_doing *d)
{
    const struct lab_value *value = &d->command->value[0];
    char name[LAB_NAME_BYTES];
    uint32_t task = 0;
    int fd;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(value->text, "."), value->text);
    const struct lab_actor *actor = lab_need_actor(d, name);
    if (!actor)
        return LAB_ERROR;
    int socket = lab_find_socket(d->session, actor, (int)value->number, &task, &fd);
    if (socket == LAB_NONE || !task)
        return lab_doing_fail(d, "`%.40s` has no socket open", value->text);
    for (size_t i = 0; i < net_option_count; i++)
        if (net_option_is_of(&net_options[i], d->session->state->sockets[socket].now.local_ip.is_v6))
            show_option(d->session, task, fd, &net_options[i]);
    return LAB_DONE;
}

static enum lab_outcome run_show_sysctls(struct lab_doing *d)
{
    enum net_host host = (enum net_host)d->command->value[0].number;
    for (size_t i = 0; i < net_sysctl_count; i++) {
        const struct net_sysctl *sysctl = &net_sysctls[i];
        struct net_error err;
        char now[80];
        if (net_sysctl_get(&d->session->engine.hosts, host, sysctl->name, now, sizeof now, &err) < 0)
            snprintf(now, sizeof now, "%s", err.code ? net_errno_name(err.code) : "?");
        lab_reply(d->session, "%-36s %-20s %-6s preset %-10s %s", sysctl->name, now, sysctl->unit,
                  *sysctl->preset ? sysctl->preset : "-", _(sysctl->effect));
    }
    return LAB_DONE;
}

/* What has moved since the experiment began, evidence before routine. */
static enum lab_outcome run_show_counters(struct lab_doing *d)
{
    unsigned host = (unsigned)d->command->value[0].number, shown = 0;
    net_engine_count(&d->session->engine);
    lab_session_drain(d->session);
    for (int routine = 0; routine < 2; routine++)
        for (unsigned i = 0; i < NET_COUNTERS; i++) {
            const struct net_counter *counter = &net_counters[i];
            uint64_t by = d->session->state->counters[host][i].by;
            if (by == 0 || counter->routine != (routine == 1))
                continue;
            lab_reply(d->session, "%-22s %8" PRIu64 "  %s", counter->name, by, _(counter->meaning));
            shown++;
        }
    if (!shown)
        lab_reply(d->session, "No counter of the %s's kernel has moved since the experiment began.",
                  net_host_name(host));
    return LAB_DONE;
}

/* ---- all in all ---- */

static void show_counts(struct lab_session *s, unsigned host)
{
    char line[300] = "";
    for (int state = 1; state < NET_STATES; state++) {
        int64_t count = lab_count_sockets(s, (int)host, state);
        if (count)
            lab_append(line, sizeof line, " %" PRId64 " %s", count, net_state_name((unsigned)state));
    }
    lab_reply(s, "%s:%s", net_host_name(host), *line ? line : " no socket");
}

/* What does not go on as it would while the wire is held or calls are stepped, and what does. */
static void show_patience(struct lab_session *s)
{
    static const char *const lines[] = {
        "raised: tcp_syn_retries, tcp_synack_retries, tcp_retries2 and tcp_orphan_retries of both hosts, so that no "
        "kernel gives up a connection for want of an answer",
        "not raised: what a socket has for itself: TCP_SYNCNT, TCP_USER_TIMEOUT, TCP_KEEPCNT",
        "timers: every one runs on: time-outs and probes, keep-alive, delayed ACK, linger, TIME_WAIT, FIN_WAIT2; what "
        "is sent again while it is held is counted, not carried",
        "rto: a round trip that was held counts in a kernel's time-out, with all the time that it took",
    };
    for (size_t i = 0; s->patient && i < sizeof lines / sizeof *lines; i++)
        lab_reply(s, "%s", lines[i]);
}

static enum lab_outcome run_show_state(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    lab_reply(s, *s->engine.hosts.why_not ? "hosts: %s; %s" : "hosts: %s", net_mode_name(s->engine.hosts.mode),
              s->engine.hosts.why_not);
    show_wire_state(s);
    show_patience(s);
    lab_reply(s, "calls: %s", s->stepping ? "stepped" : "running");
    for (unsigned host = 0; host < NET_HOSTS; host++)
        show_counts(s, host);
    lab_reply(s, "journal: %zu events", lab_journal_count(s->journal));
    return LAB_DONE;
}

static enum lab_outcome explain_actor(struct lab_doing *d, const struct lab_value *value)
{
    struct lab_session *s = d->session;
    char name[LAB_NAME_BYTES];
    uint32_t task;
    int fd = (int)value->number;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(value->text, "."), value->text);
    const struct lab_actor *actor = lab_find_actor(s, name);
    if (!actor)
        return lab_doing_fail(d, "there is no actor `%s` in this experiment", name);
    int socket = lab_find_socket(s, actor, fd, &task, &fd);
    if (lab_explain_socket(s->journal, s->state, lab_zero_ns(s), actor->id, (int)value->number, socket, reply_line,
                           s) == 0)
        lab_reply(s, "%.40s has no socket yet, and no call of it has failed", value->text);
    return LAB_DONE;
}

static enum lab_outcome run_explain(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    net_engine_count(&s->engine); /* they are evidence */
    net_engine_look(&s->engine);  /* and no queue is older than the question */
    lab_session_drain(s);
    if (d->command->value[0].given)
        return explain_actor(d, &d->command->value[0]);
    if (lab_explain(s->journal, s->state, lab_zero_ns(s), LAB_NONE, reply_line, s) == 0)
        lab_reply(s, "nothing has happened yet that could be explained");
    return LAB_DONE;
}

/* ---- the rows ---- */

#define ASKS .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "show sockets", ASKS, .run = run_show_sockets,
     .help = "list the kernel's sockets of both hosts"},
    {.words = "show calls", ASKS, .run = run_show_calls,
     .help = "list the last N calls (20), of all or of one actor",
     .slots = {OPTIONAL_NUMBER("N", 1, 10000), OPTIONAL(ACTOR, "ACTOR")}},
    {.words = "show nat", ASKS, .run = run_show_nat,
     .help = "list what `wire nat` has translated: the client's address, what it is to the server, and how long it is idle"},
    {.words = "show wire", ASKS, .run = run_show_wire,
     .help = "show how the wire stands, and the last N segments (20)",
     .slots = {OPTIONAL_NUMBER("N", 1, 10000)}},
    {.words = "show segment", ASKS, .run = run_show_segment,
     .help = "say all that is known of a segment: its numbers, windows and options, and what it is",
     .slots = {SLOT(SEGMENT, "#ID")}},
    {.words = "show actors", ASKS, .run = run_show_actors,
     .help = "list actors, their children and threads, and what they are doing"},
    {.words = "show options", ASKS, .run = run_show_options,
     .help = "list every option of a socket with the value that the kernel holds",
     .slots = {SLOT(SOCKET, "ACTOR[.FD]")}},
    {.words = "show sysctls", ASKS, .run = run_show_sysctls,
     .help = "list the sysctls of a host that matter to TCP, with their values now",
     .slots = {SLOT(HOST, "HOST")}},
    {.words = "show counters", ASKS, .run = run_show_counters,
     .help = "list what a host's kernel has counted since the experiment began, and what each number says",
     .slots = {SLOT(HOST, "HOST")}},
    {.words = "show state", ASKS, .run = run_show_state,
     .help = "count sockets by state, and show what is held, stepped, raised"},
    {.words = "explain", ASKS, .id = LAB_COMMAND_EXPLAIN, .run = run_explain,
     .help = "say what happened last, and why",
     .slots = {OPTIONAL(SOCKET, "ACTOR[.FD]")}},
};
/* clang-format on */
const struct lab_family lab_family_show = LAB_FAMILY(rows);
