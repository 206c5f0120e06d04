// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * One event as one line, for `tcplab run`, `show calls`, `show wire` and failed expectations. In English ASCII only, so
 * that it can go into any log. What comes from a peer or from a program is escaped by net_bytes_text().
 */

#include "lab/explain/event_line.h"

#include "lab/base/columns.h"
#include "lab/base/durations.h"
#include "lab/base/text.h"
#include "lab/explain/because.h"
#include "lab/explain/segment_text.h"
#include "lab/explain/who.h"
#include "net/data/call.h"
#include "net/data/counter.h"
#include "net/base/error.h"
#include "net/base/plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WHO_COLUMNS = 8 };

/* A call that took longer says so: shorter ones did not wait for anybody. */
static const uint64_t WORTH_SAYING_NS = 1000000;

const char *lab_time_text(uint64_t ns, uint64_t start_ns, char *out, size_t out_bytes)
{
    uint64_t us = ns > start_ns ? (ns - start_ns) / 1000 : 0;
    snprintf(out, out_bytes, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    return out;
}

static void end_line(const struct net_ev_end *end, char *out, size_t out_bytes)
{
    bool zombie = end->zombie;
    switch ((enum net_end_how)end->how) {
    case NET_END_SIGNAL:
        snprintf(out, out_bytes, zombie ? _("ended by %s, a zombie now") : _("ended by %s"),
                 net_signal_name(end->signo));
        break;
    case NET_END_LAB: snprintf(out, out_bytes, _("ended by clear")); break;
    case NET_END_RETURNED:
    case NET_END_EXIT:
        snprintf(out, out_bytes, zombie ? _("ended, exit status %d, a zombie now") : _("ended, exit status %d"),
                 end->status);
        break;
    }
}

const struct net_event *lab_call_entry(const struct lab_journal *journal, size_t index)
{
    const struct net_event *ret = lab_journal_at(journal, index);
    for (size_t i = index; i-- > 0;) {
        const struct net_event *event = lab_journal_at(journal, i);
        /* Between the two a signal's handler may have made calls of its own. */
        if (event->kind == NET_EV_CALL_ENTER && event->task == ret->task && event->u.call.call == ret->u.call.call &&
            event->u.call.line == ret->u.call.line)
            return event;
        if (event->time_ns < ret->u.call.enter_ns)
            break;
    }
    return NULL;
}

static void call_line(const struct lab_journal *journal, const struct net_event *ret, size_t index, char *out,
                      size_t out_bytes)
{
    const struct net_event *enter = lab_call_entry(journal, index);
    char call[240], result[40], time[40];
    uint64_t took_ns = ret->time_ns - ret->u.call.enter_ns;
    net_call_text(enter ? enter : ret, ret, call, sizeof call);
    net_result_text(ret, result, sizeof result);
    if (!*result) /* free(): a function that returns nothing */
        snprintf(out, out_bytes, "%s", call);
    else if (took_ns < WORTH_SAYING_NS)
        snprintf(out, out_bytes, "%s = %s", call, result);
    else
        snprintf(out, out_bytes, _("%s = %s  (after %s)"), call, result, lab_duration_text(took_ns, time, sizeof time));
}

const struct lab_step *lab_event_step(const struct lab_state *state, const struct net_event *event, size_t index,
                                      const struct lab_socket **socket, const struct lab_step **before)
{
    int i = lab_socket_by_cookie(state, event->u.sample.host, event->u.sample.cookie);
    if (i == LAB_NONE)
        return NULL;
    *socket = &state->sockets[i];
    for (size_t n = (*socket)->step_count; n-- > 0;) {
        const struct lab_step *step = &(*socket)->steps[n];
        if (step->event != (long)index)
            continue;
        *before = n > 0 ? step - 1 : NULL;
        return step;
    }
    return NULL;
}

static void state_line(const struct lab_state *state, const struct net_event *event, size_t index, char *out,
                       size_t out_bytes)
{
    const struct lab_socket *socket;
    const struct lab_step *before, *step = lab_event_step(state, event, index, &socket, &before);
    char local[NET_ADDRESS_TEXT_BYTES], remote[NET_ADDRESS_TEXT_BYTES], fd[32] = "";
    if (!step)
        return;
    const struct lab_actor *actor = lab_actor_by_id(state, socket->owner_actor);
    if (actor && socket->fd >= 0)
        snprintf(fd, sizeof fd, " (%s.%d)", actor->name, socket->fd);
    net_address_text(event->u.sample.local_ip, event->u.sample.local_port, local, sizeof local);
    net_address_text(event->u.sample.remote_ip, event->u.sample.remote_port, remote, sizeof remote);
    const char *is = step->state == NET_STATE_ABSENT ? _("gone") : net_state_name(step->state);
    if (before)
        snprintf(out, out_bytes, _("socket %s - %s%s: %s -> %s"), local, remote, fd, net_state_name(before->state), is);
    else
        snprintf(out, out_bytes, _("socket %s - %s%s: %s"), local, remote, fd, is);
}

static void fate_line(const struct net_ev_fate *fate, char *out, size_t out_bytes)
{
    const unsigned long long id = fate->segment;
    if (fate->fate == NET_REPEATED)
        snprintf(out, out_bytes, _("#%llu sent again, x %u"), id, fate->repeats + 1);
    else if (fate->fate == NET_DUPLICATED)
        snprintf(out, out_bytes, _("#%llu delivered once more"), id);
    else if (fate->fate == NET_HELD)
        snprintf(out, out_bytes, _("#%llu held"), id);
    else if (fate->fate == NET_DROPPED)
        snprintf(out, out_bytes, _("#%llu dropped%s"), id, _(net_drop(fate->why)->reason));
    else
        snprintf(out, out_bytes, "#%llu %s", id, net_fate_name(fate->fate));
}

static void wire_line(const struct net_ev_wire *wire, char *out, size_t out_bytes)
{
    static const char *const modes[NET_WIRE_MODES] = {[NET_WIRE_OPEN] = N_("wire open"),
                                                      [NET_WIRE_HELD] = N_("wire held"),
                                                      [NET_WIRE_CUT] = N_("wire cut"),
                                                      [NET_WIRE_UNREACHABLE] = N_("wire unreachable")};
    snprintf(out, out_bytes, "%s", wire->mode < NET_WIRE_MODES ? _(modes[wire->mode]) : "");
    if (wire->held_segs)
        lab_append(out, out_bytes, _(", %u waiting"), wire->held_segs);
    size_t used = strlen(out);
    net_faults_text(&wire->faults, out + used, out_bytes - used);
}

/* A note's text; the newlines of our own are in it. */
static void note_line(const struct net_event *event, char *out, size_t out_bytes)
{
    static const char *const prefix[LAB_NOTE_KINDS] = {[LAB_NOTE_COMMAND] = "> ",
                                                       [LAB_NOTE_REPLY] = "",
                                                       [LAB_NOTE_ERROR] = N_("error: "),
                                                       [LAB_NOTE_EXPERIMENT] = N_("experiment "),
                                                       [LAB_NOTE_PREDICTED] = N_("predicted "),
                                                       [LAB_NOTE_ANSWER] = N_("answer: "),
                                                       [LAB_NOTE_EXPECT_HELD] = N_("ok: "),
                                                       [LAB_NOTE_EXPECT_FAILED] = N_("FAILED: "),
                                                       [LAB_NOTE_WAITING] = N_("waiting: "),
                                                       [LAB_NOTE_CLEARED] = N_("cleared"),
                                                       [LAB_NOTE_FINISHED] = N_("finished "),
                                                       [LAB_NOTE_TIME] = "",
                                                       [LAB_NOTE_MEASURED] = N_("measured "),
                                                       [LAB_NOTE_SET_ASIDE] = N_("not under this setting: "),
                                                       [LAB_NOTE_VERSUS] = "",
                                                       [LAB_NOTE_WAIT] = N_("waits ")};
    const char *before = event->u.note.kind < LAB_NOTE_KINDS ? prefix[event->u.note.kind] : "";
    snprintf(out, out_bytes, "%s%.*s", _(before), (int)event->data_bytes,
             event->data_bytes ? (const char *)event->data : "");
}

static void actor_line(const struct net_ev_actor *actor, char *out, size_t out_bytes)
{
    const char *host = net_host_name(actor->host);
    if (actor->is_hand)
        snprintf(out, out_bytes,
                 actor->as_process ? _("starts a hand on the %s host, as a process")
                                   : _("starts a hand on the %s host"),
                 host);
    else
        snprintf(out, out_bytes,
                 actor->as_process ? _("starts %s on the %s host, as a process") : _("starts %s on the %s host"),
                 actor->program, host);
}

static void task_line(const struct net_ev_task *task, char *out, size_t out_bytes)
{
    if (task->kind == NET_TASK_THREAD)
        snprintf(out, out_bytes, _("thread %d begins"), task->tid);
    else
        snprintf(out, out_bytes, _("process %d begins"), task->pid);
}

static void signal_line(const struct lab_state *state, const struct lab_journal *journal,
                        const struct net_ev_signal *signal, char *out, size_t out_bytes)
{
    char path[200];
    const char *name = net_signal_name(signal->signo);
    switch ((enum net_signal_action)signal->action) {
    case NET_SIG_DEFAULT: snprintf(out, out_bytes, _("%s arrives: default action"), name); break;
    case NET_SIG_IGNORED: snprintf(out, out_bytes, _("%s arrives: ignored"), name); break;
    case NET_SIG_HANDLED: snprintf(out, out_bytes, _("%s arrives: handled"), name); break;
    }
    if (signal->signo == net_signal_number("SIGXCPU"))
        lab_append(out, out_bytes, _(", the processor time that a program may have is over"));
    if (lab_file_path(state, journal, signal->file, path, sizeof path))
        lab_append(out, out_bytes, _(", in %s, line %u"), lab_base_name(path), signal->line);
}

void lab_image_text(const struct net_event *event, char *out, size_t out_bytes)
{
    static const char *const seen[NET_LINES_KINDS] = {
        [NET_LINES] = N_("runs %s: its calls are seen, with their lines"),
        [NET_LINES_NONE] = N_(
            "runs %s: its calls are seen, but no lines: it has no debug information (compile with -g)"),
        [NET_LINES_NO_READER] = N_("runs %s: its calls are seen, but no lines: libdw.so.1 is missing here (libdw1)"),
    };
    static const char *const unseen[NET_SIGHTS] = {
        [NET_UNSEEN_STATIC] = N_("runs %s: its calls cannot be seen, since it is linked statically; sockets, segments "
                                 "and output are"),
        [NET_UNSEEN_GO] = N_("runs %s: its calls cannot be seen, since Go asks the kernel itself; sockets, segments "
                             "and output are"),
        [NET_UNSEEN_FOREIGN] = N_(
            "runs %s: its calls cannot be seen, since it is built for another kind of machine than "
            "tcplab; sockets, segments and output are"),
        [NET_UNSEEN_REFUSED] = N_(
            "runs %s: its calls cannot be seen, since its loader took no library with it; sockets, "
            "segments and output are"),
    };
    const struct net_ev_image *image = &event->u.image;
    char path[200];
    snprintf(path, sizeof path, "%.*s", (int)event->data_bytes, event->data_bytes ? (const char *)event->data : "");
    const char *format = image->sight == NET_SEEN && image->lines < NET_LINES_KINDS ? seen[image->lines]
                         : image->sight < NET_SIGHTS && unseen[image->sight]        ? unseen[image->sight]
                                                                                    : N_("runs %s");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(out, out_bytes, _(format), path);
#pragma GCC diagnostic pop
    net_plain(out, out_bytes);
}

/* As compilers write it, so that editors and people know where it is. */
static void diagnostic_line(const struct lab_state *state, const struct lab_journal *journal,
                            const struct net_event *event, char *out, size_t out_bytes)
{
    const struct net_ev_diagnostic *d = &event->u.diagnostic;
    char path[200];
    int n = (int)event->data_bytes;
    const char *words = n ? (const char *)event->data : "";
    if (lab_file_path(state, journal, d->file, path, sizeof path))
        snprintf(out, out_bytes, "%s:%u:%u: %s: %.*s", path, d->line, d->column, net_severity_name(d->severity), n,
                 words);
    else
        snprintf(out, out_bytes, "%s: %.*s", net_severity_name(d->severity), n, words);
    net_plain(out, out_bytes);
}

bool lab_event_line_tells(const struct lab_state *state, const struct lab_journal *journal, size_t index)
{
    const struct net_event *event = lab_journal_at(journal, index);
    const struct lab_socket *socket;
    const struct lab_step *before;
    switch ((enum net_event_kind)event->kind) {
    case NET_EV_ACTOR_START:
    case NET_EV_ACTOR_END:
    case NET_EV_TASK_REAPED:
    case NET_EV_CALL_RETURN:
    case NET_EV_SIGNAL:
    case NET_EV_OUTPUT:
    case NET_EV_SEGMENT:
    case NET_EV_DIAGNOSTIC:
    case NET_EV_WIRE: return true;
    case NET_EV_IMAGE: return true;
    case NET_EV_TASK_START: return event->u.task.kind != NET_TASK_MAIN;
    case NET_EV_TASK_END: {
        const struct lab_task *task = lab_task_by_id(state, event->task);
        return task && task->kind != NET_TASK_MAIN;
    }
    case NET_EV_FATE:
        return event->u.fate.fate == NET_DROPPED || event->u.fate.fate == NET_HELD ||
               event->u.fate.fate == NET_REPEATED || event->u.fate.fate == NET_DUPLICATED;
    case NET_EV_SAMPLE:
    case NET_EV_GONE: return lab_event_step(state, event, index, &socket, &before) != NULL;
    case NET_EV_TIMERS:  /* its call tells */
    case NET_EV_COUNTER: /* `show counters` tells */
    case NET_EV_SITE:
    case NET_EV_FILE:
    case NET_EV_NOTE:
    case NET_EV_NONE:
    case NET_EV_CALL_ENTER:
    case NET_EV_GATE:
    case NET_EV_KINDS: break;
    }
    return false;
}

bool lab_event_line_tells_note(const struct net_event *event)
{
    unsigned kind = event->u.note.kind;
    return kind == LAB_NOTE_COMMAND || kind == LAB_NOTE_REPLY || kind == LAB_NOTE_ERROR ||
           kind == LAB_NOTE_EXPERIMENT || kind == LAB_NOTE_EXPECT_HELD || kind == LAB_NOTE_EXPECT_FAILED ||
           kind == LAB_NOTE_TIME;
}

static void timers_line(const struct net_ev_timers *t, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, _("keep-alive %s (%u s, %u s, %u), linger %s (%d s), user timeout %u ms"),
             t->keepalive ? "on" : "off", t->keep_idle_s, t->keep_interval_s, t->keep_count, t->linger ? "on" : "off",
             t->linger_s, t->user_timeout_ms);
}

static void what_line(const struct lab_state *state, const struct lab_journal *journal, const struct net_event *event,
                      size_t index, char *out, size_t out_bytes)
{
    int segment;
    switch ((enum net_event_kind)event->kind) {
    case NET_EV_ACTOR_START: actor_line(&event->u.actor, out, out_bytes); break;
    case NET_EV_ACTOR_END:
    case NET_EV_TASK_END: end_line(&event->u.end, out, out_bytes); break;
    case NET_EV_TASK_START: task_line(&event->u.task, out, out_bytes); break;
    case NET_EV_TASK_REAPED: snprintf(out, out_bytes, _("wait collected process %d"), event->u.end.pid); break;
    case NET_EV_CALL_ENTER: net_call_text(event, NULL, out, out_bytes); break;
    case NET_EV_CALL_RETURN: call_line(journal, event, index, out, out_bytes); break;
    case NET_EV_GATE:
        snprintf(out, out_bytes, event->u.gate.waiting ? _("waits at its gate") : _("passes its gate"));
        break;
    case NET_EV_SIGNAL: signal_line(state, journal, &event->u.signal, out, out_bytes); break;
    case NET_EV_OUTPUT: {
        char text[300];
        net_bytes_text(event->data, event->data_bytes, event->data_bytes, text, sizeof text);
        snprintf(out, out_bytes,
                 event->u.output.is_last ? _("prints %s and so much that the rest is left out") : _("prints %s"), text);
        break;
    }
    case NET_EV_SEGMENT:
        segment = lab_segment_by_id(state, event->u.segment.id);
        if (segment != LAB_NONE)
            lab_segment_text(&state->segments[segment], out, out_bytes);
        break;
    case NET_EV_FATE: fate_line(&event->u.fate, out, out_bytes); break;
    case NET_EV_SAMPLE:
    case NET_EV_GONE: state_line(state, event, index, out, out_bytes); break;
    case NET_EV_TIMERS: timers_line(&event->u.timers, out, out_bytes); break;
    case NET_EV_WIRE: wire_line(&event->u.wire, out, out_bytes); break;
    case NET_EV_NOTE: note_line(event, out, out_bytes); break;
    case NET_EV_COUNTER:
        snprintf(out, out_bytes, _("counts %s by %llu"), net_counter_name(event->u.counter.counter),
                 (unsigned long long)event->u.counter.by);
        break;
    case NET_EV_IMAGE: lab_image_text(event, out, out_bytes); break;
    case NET_EV_DIAGNOSTIC: diagnostic_line(state, journal, event, out, out_bytes); break;
    case NET_EV_SITE:
    case NET_EV_FILE:
    case NET_EV_NONE:
    case NET_EV_KINDS: break;
    }
}

static const char *who_of(const struct lab_state *state, const struct net_event *event, char *out, size_t out_bytes)
{
    switch ((enum net_event_kind)event->kind) {
    case NET_EV_SEGMENT:
    case NET_EV_FATE:
    case NET_EV_WIRE: return "wire";
    case NET_EV_SAMPLE:
    case NET_EV_GONE: return net_host_name(event->u.sample.host);
    case NET_EV_COUNTER: return net_host_name(event->u.counter.host);
    case NET_EV_DIAGNOSTIC: return _("compiler");
    case NET_EV_NOTE: return "";
    default: return lab_task_text(state, event->actor, event->task, out, out_bytes);
    }
}

void lab_event_parts_of(const struct lab_state *state, const struct lab_journal *journal, uint64_t start_ns,
                        size_t index, struct lab_event_parts *out)
{
    const struct net_event *event = lab_journal_at(journal, index);
    char who[60];
    *out = (struct lab_event_parts){0};
    lab_time_text(event->time_ns, start_ns, out->time, sizeof out->time);
    what_line(state, journal, event, index, out->what, sizeof out->what);
    snprintf(out->who, sizeof out->who, "%s", who_of(state, event, who, sizeof who));
    if (!lab_because(journal, state, start_ns, (long)index, out->because, sizeof out->because))
        *out->because = '\0';
    net_plain(out->who, sizeof out->who);
    net_plain(out->what, sizeof out->what);
    net_plain(out->because, sizeof out->because);
}

const char *lab_event_line(const struct lab_state *state, const struct lab_journal *journal, uint64_t start_ns,
                           size_t index, char *out, size_t out_bytes)
{
    struct lab_event_parts parts;
    lab_event_parts_of(state, journal, start_ns, index, &parts);
    if (*parts.because)
        lab_append(parts.what, sizeof parts.what, _("  (because %s)"), parts.because);
    int who_columns = lab_columns(parts.who);
    snprintf(out, out_bytes, "%11s  %s%*s  %s", parts.time, parts.who,
             who_columns < WHO_COLUMNS ? WHO_COLUMNS - who_columns : 0, "", parts.what);
    net_plain(out, out_bytes); /* a letter that was cut */
    return out;
}
