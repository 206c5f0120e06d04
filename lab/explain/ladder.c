// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A run as a ladder. One walk over the run's events; a call's rung stands where it was entered and is completed when
 * its return comes by, a segment's takes its fate and its states from the state at the end of the run.
 *
 * Left out: calls that say nothing about a connection (memory, locks), what programs print, the expectations.
 */

#include "lab/explain/ladder.h"
#include "lab/base/text.h"
#include "lab/explain/segment_text.h"

#include "net/data/call.h"
#include "net/data/segment_kind.h"
#include "net/base/error.h"
#include "net/base/plain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN_MAX = 256, EPHEMERAL_PORT = 32768, ENDS_MAX = 8, BULK_BYTES = 1000 };

/* A call that has not returned yet. */
struct open_call {
    uint32_t task;
    long enter;
    size_t rung;
};

struct reader {
    const struct lab_journal *journal;
    const struct lab_state *state;
    struct lab_ladder *ladder;
    size_t room;
    uint64_t start_ns, command_ns;
    size_t command_rung; /* rungs from here on came after the last command */
    uint32_t commands;   /* so many, of those that all settings have */
    struct open_call open[OPEN_MAX];
    size_t open_count;
    bool no_memory;
};

bool lab_step_is_silent(const struct lab_journal *journal, const struct lab_socket *socket, size_t i)
{
    const struct lab_step *step = &socket->steps[i];
    if (i == 0 || socket->conversation == LAB_NONE)
        return false;
    if (step->state != NET_STATE_CLOSE && step->state != NET_STATE_ABSENT)
        return false; /* the segment that it sent shows it */
    if (step->cause == LAB_NONE)
        return true;
    const struct net_event *cause = lab_journal_at(journal, (size_t)step->cause);
    return cause && cause->kind != NET_EV_SEGMENT && step->state == NET_STATE_CLOSE;
}

/* ---- rungs ---- */

/* A new rung at the end; NULL when there is no room for it. */
static struct lab_rung *add(struct reader *r, enum lab_rung_kind kind, const struct net_event *ev)
{
    struct lab_ladder *ladder = r->ladder;
    if (ladder->count >= LAB_RUNGS_MAX && kind != LAB_RUNG_END) {
        ladder->left_out++;
        return NULL;
    }
    if (ladder->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct lab_rung *more = reallocarray(ladder->rungs, room, sizeof *more);
        if (!more) {
            r->no_memory = true;
            return NULL;
        }
        ladder->rungs = more;
        r->room = room;
    }
    struct lab_rung *rung = &ladder->rungs[ladder->count++];
    *rung = (struct lab_rung){.kind = (uint8_t)kind, .times = 1};
    if (ev) {
        rung->time_ns = ev->time_ns - r->start_ns;
        rung->since_ns = ev->time_ns - r->command_ns;
    }
    return rung;
}

static bool is_process(const struct reader *r, unsigned long number)
{
    for (size_t i = 0; number > 1 && i < r->state->task_count; i++)
        if ((unsigned long)r->state->tasks[i].pid == number || (unsigned long)r->state->tasks[i].tid == number)
            return true;
    return false;
}

/* A number that the kernel chose: a port, a process. What stands for it; NULL when it is none. */
static const char *chosen(const struct reader *r, const char *text, const char *at)
{
    bool begins = at == text || !isalnum((unsigned char)at[-1]);
    if (!begins || !isdigit((unsigned char)*at))
        return NULL;
    unsigned long number = strtoul(at, NULL, 10);
    bool port = at - text > 1 && at[-1] == ':' && isdigit((unsigned char)at[-2]);
    if (port)
        return number >= EPHEMERAL_PORT ? "*" : NULL;
    return is_process(r, number) ? "pid" : NULL;
}

/* Put words for what is another number in each run: never longer than the number, so that it can be done in place. */
static void mask(const struct reader *r, char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        const char *word = chosen(r, text, at);
        size_t digits = strspn(at, "0123456789");
        bool pointer = at[0] == '0' && at[1] == 'x' && isxdigit((unsigned char)at[2]);
        if (pointer) {
            at += 2 + strspn(at + 2, "0123456789abcdefABCDEF");
            to = stpcpy(to, "0x*");
        } else if (word && digits >= strlen(word)) {
            at += digits;
            to = stpcpy(to, word);
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
}

/* A closed socket is forgotten a moment sooner or later: it is CLOSE in both cases. */
static uint8_t known(unsigned state)
{
    return state == NET_STATE_ABSENT ? NET_STATE_CLOSE : (uint8_t)state;
}

/* "c1", "server/1" for its first child or thread. */
static void set_lane_of_task(const struct lab_state *state, uint32_t actor_id, uint32_t task_id, struct lab_rung *rung)
{
    const struct lab_actor *actor = lab_actor_by_id(state, actor_id);
    const struct lab_task *task = lab_task_by_id(state, task_id);
    unsigned nth = 0;
    for (size_t i = 0; task && !lab_task_is_first(state, task) && i < state->task_count; i++)
        if (state->tasks[i].actor == actor_id && &state->tasks[i] <= task &&
            !lab_task_is_first(state, &state->tasks[i]))
            nth++;
    rung->lane_kind = LAB_LANE_TASK;
    rung->lane_number = (uint16_t)nth;
    snprintf(rung->lane, sizeof rung->lane, nth ? "%.15s/%u" : "%.15s", actor ? actor->name : "?", nth % 10000);
}

/* ---- two rungs ---- */

bool lab_rung_same_lane(const struct lab_rung *a, const struct lab_rung *b)
{
    return a->lane_kind == b->lane_kind && a->lane_number == b->lane_number &&
           (a->lane_kind != LAB_LANE_TASK || strcmp(a->lane, b->lane) == 0);
}

static bool same_segment(const struct lab_rung *a, const struct lab_rung *b)
{
    if (a->bulk != b->bulk || a->bytes != b->bytes)
        return false;
    return a->bulk || (a->flags == b->flags && a->again == b->again && a->probe == b->probe);
}

bool lab_rung_same_what(const struct lab_rung *a, const struct lab_rung *b)
{
    switch ((enum lab_rung_kind)a->kind) {
    case LAB_RUNG_COMMAND: return strcmp(a->what, b->what) == 0;
    case LAB_RUNG_CALL: return a->call == b->call && strcmp(a->what, b->what) == 0;
    case LAB_RUNG_SEGMENT: return same_segment(a, b);
    case LAB_RUNG_STEP: return a->host == b->host;
    case LAB_RUNG_LIFE: return a->ended == b->ended && (a->ended || a->signo == b->signo);
    case LAB_RUNG_END:
    case LAB_RUNG_KINDS: break;
    }
    return true;
}

static bool same_time_wait(const struct lab_rung *a, const struct lab_rung *b)
{
    for (unsigned host = 0; host < NET_HOSTS; host++)
        if ((a->state[host] == NET_STATE_TIME_WAIT) != (b->state[host] == NET_STATE_TIME_WAIT))
            return false;
    return true;
}

bool lab_rung_same_result(const struct lab_rung *a, const struct lab_rung *b)
{
    switch ((enum lab_rung_kind)a->kind) {
    case LAB_RUNG_CALL: return a->blocks == b->blocks && strcmp(a->result, b->result) == 0;
    case LAB_RUNG_SEGMENT: return a->fate == b->fate && (a->fate != NET_DROPPED || a->why == b->why);
    case LAB_RUNG_STEP: return a->state[a->host % NET_HOSTS] == b->state[b->host % NET_HOSTS];
    case LAB_RUNG_LIFE: return a->signo == b->signo && a->status == b->status && a->action == b->action;
    case LAB_RUNG_END: return same_time_wait(a, b);
    case LAB_RUNG_COMMAND:
    case LAB_RUNG_KINDS: break;
    }
    return true;
}

/* ---- commands ---- */

/* It does something to programs, hosts or the wire, or lets time pass; others ask, or keep what there is. */
static bool acts(unsigned command)
{
    return command != LAB_COMMAND_OTHER && command != LAB_COMMAND_VERSUS && command != LAB_COMMAND_EXPLAIN &&
           (command == LAB_COMMAND_WAIT || !lab_command_id_asks(command));
}

static void take_command(struct reader *r, const struct net_event *ev)
{
    const struct net_ev_note *note = &ev->u.note;
    bool waits = note->command == LAB_COMMAND_WAIT;
    if (ev->data_bytes == 0 || !acts(note->command))
        return;
    if (!note->of_setting && !waits) {
        r->commands++;
        r->command_ns = ev->time_ns;
        r->command_rung = r->ladder->count;
    }
    struct lab_rung *rung = add(r, LAB_RUNG_COMMAND, ev);
    if (!rung)
        return;
    rung->command = note->command;
    rung->of_setting = note->of_setting;
    rung->waits = waits;
    rung->lane_kind = LAB_LANE_COMMANDS;
    snprintf(rung->lane, sizeof rung->lane, "commands");
    snprintf(rung->what, sizeof rung->what, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
    net_plain(rung->what, sizeof rung->what);
}

/* ---- calls ---- */

static void take_enter(struct reader *r, const struct net_event *ev, long index)
{
    if (net_call_is(ev->u.call.call, NET_INTERNAL) || r->open_count == OPEN_MAX)
        return;
    struct lab_rung *rung = add(r, LAB_RUNG_CALL, ev);
    if (!rung)
        return;
    const struct lab_actor *actor = lab_actor_by_id(r->state, ev->actor);
    rung->host = actor ? actor->host : 0;
    rung->call = ev->u.call.call;
    rung->blocks = true;
    set_lane_of_task(r->state, ev->actor, ev->task, rung);
    net_call_text(ev, NULL, rung->what, sizeof rung->what);
    mask(r, rung->what);
    r->open[r->open_count++] = (struct open_call){ev->task, index, r->ladder->count - 1};
}

/* close() and shutdown() change a state even where no segment can go out yet: say which. */
static void tell_state(const struct reader *r, const struct net_event *ret, long enter, struct lab_rung *rung)
{
    bool ends = net_call_is(rung->call, NET_CLOSES);
    for (size_t i = r->state->socket_count; ends && ret->u.call.ret == 0 && i-- > 0;) {
        const struct lab_socket *socket = &r->state->sockets[i];
        for (size_t k = 1; k < socket->step_count; k++) {
            if (socket->steps[k].cause != enter)
                continue;
            lab_append(rung->result, sizeof rung->result, ", %s", net_state_name(known(socket->steps[k].state)));
            return;
        }
    }
}

/* From then, or from the last command if that came later, until now. */
static uint64_t since(const struct reader *r, uint64_t then_ns, uint64_t now_ns)
{
    uint64_t from_ns = then_ns > r->command_ns ? then_ns : r->command_ns;
    return now_ns > from_ns ? now_ns - from_ns : 0;
}

static void take_return(struct reader *r, const struct net_event *ev)
{
    size_t i = r->open_count;
    while (i-- > 0) {
        const struct net_event *enter = lab_journal_at(r->journal, (size_t)r->open[i].enter);
        if (r->open[i].task == ev->task && enter->u.call.call == ev->u.call.call &&
            enter->u.call.line == ev->u.call.line)
            break;
    }
    if (i == (size_t)-1)
        return;
    struct lab_rung *rung = &r->ladder->rungs[r->open[i].rung];
    net_call_text(lab_journal_at(r->journal, (size_t)r->open[i].enter), ev, rung->what, sizeof rung->what);
    mask(r, rung->what);
    net_result_text(ev, rung->result, sizeof rung->result);
    mask(r, rung->result);
    tell_state(r, ev, r->open[i].enter, rung);
    rung->blocks = false;
    rung->failed = ev->u.call.ret < 0;
    rung->took_ns = ev->time_ns > ev->u.call.enter_ns ? ev->time_ns - ev->u.call.enter_ns : 0;
    rung->late_ns = since(r, ev->u.call.enter_ns, ev->time_ns);
    rung->returned_after = r->commands;
    r->open[i] = r->open[--r->open_count];
}

/* ---- segments ---- */

static const char *fate_text(const struct lab_segment *s)
{
    switch ((enum net_fate_of)s->fate) {
    case NET_HELD:
    case NET_REPEATED: return "held";
    case NET_IN_FLIGHT: return "on its way";
    case NET_DROPPED: return _(net_drop(s->why)->fate);
    case NET_DELIVERED:
    case NET_DUPLICATED:
    case NET_FATES: break;
    }
    return "";
}

/* Without the counts, which are the rung's. */
static void label(const struct lab_segment *s, char *out, size_t out_bytes)
{
    struct lab_segment one = *s;
    one.nth = 0;
    one.repeats = 0;
    lab_segment_label(&one, " ", LAB_IN_BRIEF, out, out_bytes);
}

/* The latest rung of the same lane before `before`, if it came after the last command; LAB_NONE. */
static long last_of_lane(const struct reader *r, const struct lab_rung *rung, long before)
{
    for (long i = before; i-- > (long)r->command_rung;)
        if (r->ladder->rungs[i].kind == LAB_RUNG_SEGMENT && lab_rung_same_lane(&r->ladder->rungs[i], rung))
            return i;
    return LAB_NONE;
}

static bool is_plain_ack(const struct lab_rung *rung)
{
    return rung->flags == NET_ACK && !rung->bytes && !rung->again && !rung->probe && rung->fate == NET_DELIVERED;
}

/* A segment of many: how a kernel cuts and confirms a long stream is chance. */
static bool is_bulk(const struct lab_rung *rung)
{
    return rung->bytes >= BULK_BYTES && !(rung->flags & (NET_SYN | NET_FIN | NET_RST)) && !rung->again &&
           rung->fate == NET_DELIVERED;
}

static bool is_repeated(const struct lab_rung *a, const struct lab_rung *b)
{
    return a->host == b->host && a->fate == b->fate && memcmp(a->state, b->state, sizeof a->state) == 0 &&
           lab_rung_same_what(a, b);
}

/* A segment of a long stream that is sent again, by a kernel that wonders whether it arrived. */
static bool is_bulk_again(const struct lab_rung *rung)
{
    return rung->again && rung->bytes >= BULK_BYTES && rung->fate == NET_DELIVERED && !(rung->flags & NET_FIN);
}

/* Take the segment into a rung that is there: what is sent again and again, and a long stream with its confirmations.
 */
static bool fold(struct reader *r, const struct lab_rung *rung)
{
    struct lab_rung *rungs = r->ladder->rungs;
    if (is_bulk_again(rung))
        return true;
    long last = last_of_lane(r, rung, (long)r->ladder->count);
    if (last == LAB_NONE)
        return false;
    if (is_repeated(&rungs[last], rung) && (rung->again || rung->probe || is_plain_ack(rung))) {
        rungs[last].times += rung->times;
        return true;
    }
    long ack = is_plain_ack(&rungs[last]) && rungs[last].host != rung->host ? last : LAB_NONE;
    if (ack != LAB_NONE)
        last = last_of_lane(r, rung, last);
    if (last == LAB_NONE || !is_bulk(rung) || !is_bulk(&rungs[last]) || rungs[last].host != rung->host)
        return false;
    if (ack != LAB_NONE)
        rungs[ack].kind = LAB_RUNG_KINDS;
    rungs[last].bulk = true;
    rungs[last].bytes += rung->bytes;
    rungs[last].times += rung->times;
    memcpy(rungs[last].state, rung->state, sizeof rung->state);
    snprintf(rungs[last].what, sizeof rungs[last].what, "data %u B", rungs[last].bytes);
    return true;
}

/* Rungs that were folded into others go. */
static void compact(struct lab_ladder *ladder)
{
    size_t kept = 0;
    for (size_t i = 0; i < ladder->count; i++)
        if (ladder->rungs[i].kind != LAB_RUNG_KINDS)
            ladder->rungs[kept++] = ladder->rungs[i];
    ladder->count = kept;
}

static void states_of(const struct lab_segment *s, uint8_t out[NET_HOSTS])
{
    unsigned from = s->segment->from % NET_HOSTS, to = 1 - from;
    bool arrived = s->fate == NET_DELIVERED || s->fate == NET_DUPLICATED;
    out[from] = known(s->state_sender);
    out[to] = known(arrived && s->receiver_told_ns ? s->receiver_after : s->state_receiver);
}

/* What the runs before have left behind may still end now. */
static bool is_of_run(const struct reader *r, int conversation)
{
    return conversation != LAB_NONE && r->state->conversations[conversation].start_ns >= r->start_ns;
}

/* Which connection of the run it is, from 1. */
static uint16_t ordinal(const struct reader *r, int conversation)
{
    uint16_t nth = 1;
    for (int i = 0; i < conversation; i++)
        if (r->state->conversations[i].start_ns >= r->start_ns)
            nth++;
    return nth;
}

static void take_segment(struct reader *r, const struct net_event *ev)
{
    int index = lab_segment_by_id(r->state, ev->u.segment.id);
    if (index == LAB_NONE)
        return;
    const struct lab_segment *s = &r->state->segments[index];
    if (!is_of_run(r, s->conversation))
        return;
    struct lab_rung rung = {.kind = LAB_RUNG_SEGMENT,
                            .host = s->segment->from % NET_HOSTS,
                            .flags = s->segment->flags,
                            .fate = s->fate,
                            .why = s->why,
                            .again = s->retransmission,
                            .probe = s->is & NET_SEGMENT_IS_PROBE,
                            .bytes = s->segment->payload_bytes,
                            .times = 1 + s->repeats};
    label(s, rung.what, sizeof rung.what);
    snprintf(rung.result, sizeof rung.result, "%s", fate_text(s));
    rung.lane_kind = LAB_LANE_WIRE;
    rung.lane_number = ordinal(r, s->conversation);
    snprintf(rung.lane, sizeof rung.lane, "wire %u", rung.lane_number);
    states_of(s, rung.state);
    if (fold(r, &rung))
        return;
    struct lab_rung *kept = add(r, LAB_RUNG_SEGMENT, ev);
    if (!kept)
        return;
    rung.time_ns = kept->time_ns;
    rung.since_ns = kept->since_ns;
    *kept = rung;
}

/* ---- states, signals, ends ---- */

/* The RST that this end has sent shows how it ended. */
static bool sent_reset(const struct reader *r, const struct lab_socket *socket)
{
    const struct lab_conversation *c = &r->state->conversations[socket->conversation];
    for (size_t i = 0; i < c->segment_count; i++) {
        const struct net_ev_segment *s = r->state->segments[c->segments[i]].segment;
        if (s->from == socket->host && (s->flags & NET_RST))
            return true;
    }
    return false;
}

static bool is_shown(const struct reader *r, const struct lab_socket *socket, size_t step)
{
    if (!r->ladder->has_wire)
        return true;
    return lab_step_is_silent(r->journal, socket, step) && !sent_reset(r, socket);
}

static void take_sample(struct reader *r, const struct net_event *ev, long index)
{
    int found = lab_socket_by_cookie(r->state, ev->u.sample.host, ev->u.sample.cookie);
    const struct lab_socket *socket = found == LAB_NONE ? NULL : &r->state->sockets[found];
    if (!socket || !is_of_run(r, socket->conversation))
        return;
    for (size_t i = 1; i < socket->step_count; i++) {
        const struct lab_step *step = &socket->steps[i];
        if (step->event != index || !is_shown(r, socket, i))
            continue;
        struct lab_rung *rung = add(r, LAB_RUNG_STEP, ev);
        if (!rung)
            return;
        if (!r->ladder->has_wire)
            rung->since_ns = 0; /* when it was entered is not known */
        rung->host = socket->host;
        rung->state[socket->host % NET_HOSTS] = step->state;
        rung->lane_kind = LAB_LANE_SOCKET;
        rung->lane_number = (uint16_t)(ordinal(r, socket->conversation) * NET_HOSTS + socket->host);
        snprintf(rung->lane, sizeof rung->lane, "%s %u", net_host_name(socket->host), ordinal(r, socket->conversation));
        snprintf(rung->what, sizeof rung->what, "%s", net_host_name(socket->host));
        snprintf(rung->result, sizeof rung->result, "%s",
                 step->state == NET_STATE_ABSENT ? "gone" : net_state_name(step->state));
    }
}

static void take_life(struct reader *r, const struct net_event *ev)
{
    static const char *const action[] = {"default action", "ignored", "handled"};
    const struct lab_actor *actor = lab_actor_by_id(r->state, ev->actor);
    if (ev->kind == NET_EV_ACTOR_END && ev->u.end.how == NET_END_LAB)
        return;
    struct lab_rung *rung = add(r, LAB_RUNG_LIFE, ev);
    if (!rung)
        return;
    rung->host = actor ? actor->host : 0;
    set_lane_of_task(r->state, ev->actor, ev->task, rung);
    rung->ended = ev->kind == NET_EV_ACTOR_END;
    if (!rung->ended) {
        rung->signo = ev->u.signal.signo;
        rung->action = ev->u.signal.action;
        snprintf(rung->what, sizeof rung->what, "%s", net_signal_name(ev->u.signal.signo));
        snprintf(rung->result, sizeof rung->result, "%s", action[ev->u.signal.action < 3 ? ev->u.signal.action : 0]);
        return;
    }
    snprintf(rung->what, sizeof rung->what, "ended");
    if (ev->u.end.how == NET_END_SIGNAL)
        rung->signo = ev->u.end.signo;
    else
        rung->status = ev->u.end.status;
    if (ev->u.end.how == NET_END_SIGNAL)
        snprintf(rung->result, sizeof rung->result, "%s", net_signal_name(ev->u.end.signo));
    else
        snprintf(rung->result, sizeof rung->result, "exit status %d", ev->u.end.status);
}

static uint8_t state_of(const struct lab_state *state, int socket)
{
    return known(socket == LAB_NONE ? NET_STATE_ABSENT : state->sockets[socket].now.state);
}

static const char *holder(const uint8_t state[NET_HOSTS])
{
    bool server = state[NET_SERVER] == NET_STATE_TIME_WAIT, client = state[NET_CLIENT] == NET_STATE_TIME_WAIT;
    return server && client ? "both" : server ? "server" : client ? "client" : "nobody";
}

static void add_ends(struct reader *r, const struct net_event *last)
{
    int ends = 0;
    for (size_t i = 0; i < r->state->conversation_count && ends < ENDS_MAX; i++) {
        const struct lab_conversation *c = &r->state->conversations[i];
        if (!is_of_run(r, (int)i))
            continue;
        struct lab_rung *rung = add(r, LAB_RUNG_END, last);
        if (!rung)
            return;
        for (unsigned host = 0; host < NET_HOSTS; host++)
            rung->state[host] = state_of(r->state, c->socket[host]);
        rung->lane_kind = LAB_LANE_END;
        rung->lane_number = (uint16_t)++ends;
        snprintf(rung->lane, sizeof rung->lane, "end %d", ends);
        snprintf(rung->what, sizeof rung->what, "TIME_WAIT");
        snprintf(rung->result, sizeof rung->result, "%s", holder(rung->state));
    }
}

/* ---- the walk ---- */

static void take(struct reader *r, const struct net_event *ev, long index)
{
    switch ((enum net_event_kind)ev->kind) {
    case NET_EV_NOTE:
        if (ev->u.note.kind == LAB_NOTE_COMMAND)
            take_command(r, ev);
        break;
    case NET_EV_CALL_ENTER: take_enter(r, ev, index); break;
    case NET_EV_CALL_RETURN: take_return(r, ev); break;
    case NET_EV_SEGMENT: take_segment(r, ev); break;
    case NET_EV_SAMPLE:
    case NET_EV_GONE: take_sample(r, ev, index); break;
    case NET_EV_SIGNAL:
    case NET_EV_ACTOR_END: take_life(r, ev); break;
    case NET_EV_COUNTER:
    case NET_EV_SITE:
    case NET_EV_FILE:
    case NET_EV_IMAGE:
    case NET_EV_DIAGNOSTIC:
    case NET_EV_NONE:
    case NET_EV_ACTOR_START:
    case NET_EV_TASK_START:
    case NET_EV_TASK_END:
    case NET_EV_TASK_REAPED:
    case NET_EV_GATE:
    case NET_EV_OUTPUT:
    case NET_EV_FATE:
    case NET_EV_TIMERS:
    case NET_EV_WIRE:
    case NET_EV_KINDS: break;
    }
}

struct lab_ladder *lab_ladder_read(const struct lab_journal *journal, const struct lab_state *state, size_t first,
                                   const char *setting, bool has_wire)
{
    struct lab_ladder *ladder = calloc(1, sizeof *ladder);
    const struct net_event *begin = lab_journal_at(journal, first), *end = begin;
    if (!ladder)
        return NULL;
    struct reader r = {.journal = journal, .state = state, .ladder = ladder};
    r.start_ns = r.command_ns = begin ? begin->time_ns : 0;
    snprintf(ladder->setting, sizeof ladder->setting, "%s", setting);
    ladder->has_wire = has_wire;
    for (size_t i = first; i < state->applied; i++)
        take(&r, end = lab_journal_at(journal, i), (long)i);
    ladder->took_ns = end ? end->time_ns - r.start_ns : 0;
    for (size_t i = 0; i < r.open_count; i++) {
        struct lab_rung *rung = &ladder->rungs[r.open[i].rung];
        rung->took_ns = ladder->took_ns - rung->time_ns;
    }
    compact(ladder);
    add_ends(&r, end);
    if (!r.no_memory)
        return ladder;
    lab_ladder_free(ladder);
    return NULL;
}

void lab_ladder_free(struct lab_ladder *ladder)
{
    if (ladder)
        free(ladder->rungs);
    free(ladder);
}
