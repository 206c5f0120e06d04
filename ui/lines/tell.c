// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, as lines: told as it happens, each line a clause that makes sense when it is heard.
//
//   1.183 s1: listen(3, 1) = 0
//   1.193 wire: #4 from client to server: FIN ACK
//   1.193 server: s1.4 goes from ESTABLISHED to CLOSE_WAIT
//   Held: expect s1.4 state CLOSE_WAIT
//
// A crowd of clients makes more of them than anybody hears: what has no room in a turn is counted.
#include "ui/lines/lines.h"

#include "lab/base/text.h"
#include "lab/explain/event_line.h"
#include "lab/explain/segment_text.h"
#include "lab/explain/sight.h"
#include "lab/explain/waits.h"
#include "lab/explain/who.h"
#include "net/base/plain.h"
#include "net/data/call.h"

#include <stdlib.h>
#include <string.h>

enum { TOLD_MOST = 200 };
static const uint64_t MOMENT_NS = 1000000000;

static const struct lab_state *state_of(const struct ui_lines *l)
{
    return lab_session_state(l->session);
}

static const struct lab_journal *journal_of(const struct ui_lines *l)
{
    return lab_session_journal(l->session);
}

/* Zero of the times that are told: the experiment's beginning. */
static uint64_t zero_ns(const struct ui_lines *l)
{
    long at = state_of(l)->experiment;
    const struct net_event *first = at == LAB_NONE ? NULL : lab_journal_at(journal_of(l), (size_t)at);
    return first ? first->time_ns : lab_session_start_ns(l->session);
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

/* What was expected, then what was seen instead, a line each. */
static void tell_failed(const struct ui_lines *l, char *text)
{
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        ui_lines_say(l, line == text ? N_("Did not hold: %s") : "%s", line);
}

/* The call or the segment that the text has a sign for. */
static void tell_sight(struct ui_lines *l, const struct net_event *ev)
{
    char line[600];
    lab_event_line(state_of(l), journal_of(l), lab_session_start_ns(l->session), (size_t)ev->u.note.value[1], line,
                   sizeof line);
    ui_lines_say(l, "Sign %s: %s", lab_sight_sign((int)ev->u.note.value[0]), line + strspn(line, " "));
}

static void tell_note(struct ui_lines *l, const struct net_event *ev)
{
    char text[NET_EVENT_DATA_MAX + 1];
    snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
    bool of_script = ev->u.note.flags == LAB_FROM_SCRIPT;
    switch ((enum lab_note_kind)ev->u.note.kind) {
    case LAB_NOTE_COMMAND:
        if (of_script && (!lab_command_id_asks(ev->u.note.command) || ev->u.note.command == LAB_COMMAND_WAIT))
            ui_lines_say(l, "Script: %s", text);
        break;
    case LAB_NOTE_REPLY: ui_lines_say(l, "%s", text); break;
    case LAB_NOTE_ERROR:
        if (!of_script || !l->began)
            ui_lines_say(l, "Error: %s", text);
        break;
    case LAB_NOTE_EXPECT_HELD:
        if (lab_is_sight(ev))
            tell_sight(l, ev);
        else
            ui_lines_say(l, "Held: %s", text);
        break;
    case LAB_NOTE_EXPECT_FAILED: tell_failed(l, text); break;
    case LAB_NOTE_TIME:
    case LAB_NOTE_VERSUS: ui_lines_say(l, "%s", text); break;
    case LAB_NOTE_SET_ASIDE: ui_lines_say(l, "Not under this setting: %s", text); break;
    case LAB_NOTE_EXPERIMENT:
    case LAB_NOTE_PREDICTED:
    case LAB_NOTE_ANSWER:
    case LAB_NOTE_WAITING:
    case LAB_NOTE_CLEARED:
    case LAB_NOTE_FINISHED:
    case LAB_NOTE_MEASURED:
    case LAB_NOTE_WAIT:
    case LAB_NOTE_KINDS: break;
    }
}

/* Arrows and columns of numbers say nothing to who hears them; `show segment` has the rest. */
static void tell_segment(const struct ui_lines *l, const struct net_event *ev, double at)
{
    char label[200];
    int i = lab_segment_by_id(state_of(l), ev->u.segment.id);
    if (i == LAB_NONE)
        return;
    const struct lab_segment *s = &state_of(l)->segments[i];
    unsigned from = s->segment->from % NET_HOSTS, to = 1 - from;
    lab_segment_label(s, " ", LAB_IN_FULL, label, sizeof label);
    if (state_of(l)->conversation_count < 2 || s->conversation == LAB_NONE)
        ui_lines_say(l, "%.3f wire: #%llu from %s to %s: %s", at, (unsigned long long)s->id, net_host_name(from),
                     net_host_name(to), label);
    else
        ui_lines_say(l, "%.3f wire: #%llu from %s to %s, client port %u: %s", at, (unsigned long long)s->id,
                     net_host_name(from), net_host_name(to),
                     state_of(l)->conversations[s->conversation].port[NET_CLIENT], label);
}

static void tell_step(const struct ui_lines *l, const struct net_event *ev, size_t index, double at)
{
    const struct lab_socket *socket;
    const struct lab_step *before, *step = lab_event_step(state_of(l), ev, index, &socket, &before);
    const char *host = net_host_name(ev->u.sample.host);
    char name[160];
    if (!step)
        return;
    const struct lab_actor *actor = lab_actor_by_id(state_of(l), socket->owner_actor);
    if (actor && socket->fd >= 0)
        snprintf(name, sizeof name, "%s.%d", actor->name, socket->fd);
    else
        snprintf(name, sizeof name, _("the socket from port %u to port %u"), ev->u.sample.local_port,
                 ev->u.sample.remote_port);
    if (step->state == NET_STATE_ABSENT)
        ui_lines_say(l, "%.3f %s: %s is gone", at, host, name);
    else if (before)
        ui_lines_say(l, "%.3f %s: %s goes from %s to %s", at, host, name, net_state_name(before->state),
                     net_state_name(step->state));
    else
        ui_lines_say(l, "%.3f %s: %s begins in %s", at, host, name, net_state_name(step->state));
}

static void tell_event(const struct ui_lines *l, size_t index, double at)
{
    struct lab_event_parts parts;
    lab_event_parts_of(state_of(l), journal_of(l), zero_ns(l), index, &parts);
    if (lab_journal_at(journal_of(l), index)->kind == NET_EV_WIRE)
        ui_lines_say(l, "%.3f %s", at, parts.what);
    else
        ui_lines_say(l, *parts.because ? N_("%.3f %s: %s, because %s") : "%.3f %s: %s", at, parts.who, parts.what,
                     parts.because);
}

static void tell(struct ui_lines *l, size_t index)
{
    const struct net_event *ev = lab_journal_at(journal_of(l), index);
    if (ev->kind == NET_EV_NOTE) {
        tell_note(l, ev);
        return;
    }
    if (!lab_event_line_tells(state_of(l), journal_of(l), index))
        return;
    if (l->told >= TOLD_MOST) {
        l->untold++;
        return;
    }
    l->told++;
    uint64_t zero = zero_ns(l);
    double at = ev->time_ns > zero ? (double)(ev->time_ns - zero) / 1e9 : 0;
    if (ev->kind == NET_EV_SEGMENT)
        tell_segment(l, ev, at);
    else if (ev->kind == NET_EV_SAMPLE || ev->kind == NET_EV_GONE)
        tell_step(l, ev, index, at);
    else
        tell_event(l, index, at);
}

void ui_lines_news(struct ui_lines *l)
{
    for (size_t n = lab_journal_count(journal_of(l)); l->shown < n; l->shown++)
        tell(l, l->shown);
}

/* ---- turns ------------------------------------------------------------------------------------------------------ */

/* Also at the beginning of the next turn: a crowd goes on while the prompt is there. */
static void tell_untold(struct ui_lines *l)
{
    if (l->untold)
        ui_lines_say(l,
                     LAB_PLURAL(l->untold, "%zu more event is not told here: `show calls` and `show wire` have it.",
                                "%zu more events are not told here: `show calls` and `show wire` have them."),
                     l->untold);
    l->untold = 0;
}

void ui_lines_turn(struct ui_lines *l)
{
    tell_untold(l);
    l->turn_ns = net_now_ns();
    l->told = 0;
    l->says_waits = l->is_asked = false;
}

bool ui_lines_is_busy(const struct ui_lines *l)
{
    struct lab_waiting waits;
    return lab_session_waiting(l->session, &waits) ||
           (l->began && lab_session_script_state(l->session) == LAB_SCRIPT_RUNNING);
}

uint64_t ui_lines_waits_ns(const struct ui_lines *l)
{
    return l->says_waits || !ui_lines_is_busy(l) ? 0 : l->turn_ns + MOMENT_NS;
}

void ui_lines_waits(struct ui_lines *l)
{
    struct lab_waiting waits;
    uint64_t now_ns = net_now_ns(), due_ns = ui_lines_waits_ns(l);
    if (!due_ns || now_ns < due_ns || !lab_session_waiting(l->session, &waits))
        return;
    l->says_waits = true;
    unsigned left_s = waits.deadline_ns > now_ns ? (unsigned)((waits.deadline_ns - now_ns) / 1000000000 + 1) : 0;
    ui_lines_say(l,
                 left_s ? N_("It waits: %s, at most %u s more. Ctrl-C gives it up.")
                        : N_("It waits: %s. Ctrl-C gives it up."),
                 waits.what, left_s);
}

/* Calls that have not returned, told once, each with what it waits for. */
static void tell_blocked(const struct ui_lines *l)
{
    const struct lab_state *state = state_of(l);
    const struct lab_evidence e = {
        .journal = journal_of(l), .state = state, .start_ns = lab_session_start_ns(l->session)};
    char call[200], who[60], briefs[LAB_WAIT_REASONS * LAB_WAIT_BRIEF_BYTES];
    struct lab_wait wait;
    for (size_t i = 0; i < state->task_count; i++) {
        const struct lab_task *task = &state->tasks[i];
        if (!task->alive || task->enter == LAB_NONE || (size_t)task->enter < l->blocked_event)
            continue;
        lab_task_text(state, task->actor, task->id, who, sizeof who);
        net_call_text(lab_journal_at(journal_of(l), (size_t)task->enter), NULL, call, sizeof call);
        bool is_known = lab_wait_of_task(&e, task, &wait) && *lab_wait_brief(&wait);
        ui_lines_say(l, is_known ? N_("%s: %s has not returned: %s") : N_("%s: %s has not returned"), who, call,
                     lab_wait_briefs(&wait, briefs, sizeof briefs));
    }
}

void ui_lines_rest(struct ui_lines *l)
{
    tell_untold(l);
    tell_blocked(l);
    l->blocked_event = l->shown;
}
