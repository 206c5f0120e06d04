// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Whether a condition holds. Three kinds of answer: from the journal, read on from where the last look ended (what a
 * call returned stays true); from the state (what is so now may cease to be); and from the kernel (does the task sleep,
 * what does the option hold, is anything still moving).
 */

#include "lab/session/condition.h"
#include "lab/session/doing.h"
#include "lab/state/measured.h"

#include "net/data/call.h"
#include "net/data/segment_kind.h"

#include <stdio.h>
#include <string.h>

/* A task that slept so long in one call, while others are busy, is blocked. With nobody busy it is known at once. */
static const uint64_t ASLEEP_NS = 50000000;

static bool compares(enum lab_compare compare, int64_t is, int64_t wanted)
{
    switch (compare) {
    case LAB_EQUAL: return is == wanted;
    case LAB_UNEQUAL: return is != wanted;
    case LAB_LESS: return is < wanted;
    case LAB_LESS_EQUAL: return is <= wanted;
    case LAB_MORE: return is > wanted;
    case LAB_MORE_EQUAL: return is >= wanted;
    }
    return false;
}

/* The actor that is spoken of; when its name has passed on to another one, what was read of the journal counts no more.
 */
static const struct lab_actor *subject(struct lab_condition *c, const struct lab_session *s)
{
    const struct lab_actor *actor = lab_find_actor(s, c->actor);
    if (actor && actor->id != c->actor_id) {
        lab_condition_restart(c);
        c->actor_id = actor->id;
    }
    return actor;
}

/* ---- from the journal ---- */

static bool value_matches(const struct lab_condition *c, const struct net_ev_call *call)
{
    if (c->error)
        return call->error == c->error;
    if (c->compare == LAB_EQUAL && c->number == -1)
        return call->error != 0;
    return compares(c->compare, call->ret, c->number);
}

static bool bytes_match(const struct lab_condition *c, const struct net_event *ret)
{
    size_t n = ret->data_bytes;
    return ret->u.call.ret == (int64_t)c->byte_count && n <= c->byte_count && memcmp(ret->data, c->bytes, n) == 0;
}

static void see_return(struct lab_condition *c, const struct net_event *event)
{
    if (event->u.call.call != c->call)
        return;
    c->count++;
    if (c->nth && c->count != c->nth)
        return;
    bool matches = c->kind == LAB_CALL_RETURNS || (c->kind == LAB_CALL_VALUE && value_matches(c, &event->u.call)) ||
                   (c->kind == LAB_CALL_GOT && bytes_match(c, event));
    c->came_true |= matches;
    c->can_never |= c->nth && !matches;
}

/* A program may print a line in several pieces: keep the end of the last one. */
static void see_output(struct lab_condition *c, const struct net_event *event)
{
    for (size_t i = 0; i < event->data_bytes && !c->came_true; i++) {
        if (event->data[i] == '\n' || c->line_bytes == sizeof c->line) {
            size_t keep = event->data[i] == '\n' || c->byte_count == 0 || c->byte_count > sizeof c->line
                              ? 0
                              : c->byte_count - 1;
            memmove(c->line, c->line + c->line_bytes - keep, keep);
            c->line_bytes = keep;
        }
        if (event->data[i] != '\n')
            c->line[c->line_bytes++] = (char)event->data[i];
        c->came_true = memmem(c->line, c->line_bytes, c->bytes, c->byte_count) != NULL;
    }
}

static void see(struct lab_condition *c, const struct net_event *event)
{
    if (event->actor != c->actor_id)
        return;
    if (event->kind == NET_EV_CALL_RETURN &&
        (c->kind == LAB_CALL_RETURNS || c->kind == LAB_CALL_VALUE || c->kind == LAB_CALL_GOT))
        see_return(c, event);
    else if (event->kind == NET_EV_OUTPUT && c->kind == LAB_ACTOR_PRINTED)
        see_output(c, event);
    else if (event->kind == NET_EV_SIGNAL && c->kind == LAB_ACTOR_SIGNAL)
        c->came_true |= event->u.signal.signo == c->error;
}

static enum lab_verdict look_at_journal(struct lab_condition *c, const struct lab_session *s)
{
    if (!subject(c, s))
        return LAB_NOT_YET;
    size_t count = lab_journal_count(s->journal), first = lab_experiment_index(s);
    if (c->scanned < first)
        c->scanned = first;
    while (c->scanned < count && !c->came_true && !c->can_never)
        see(c, lab_journal_at(s->journal, c->scanned++));
    return c->came_true ? LAB_HOLDS : c->can_never ? LAB_CANNOT : LAB_NOT_YET;
}

/* ---- segments ---- */

static bool segment_matches(const struct lab_condition *c, const struct lab_segment *segment)
{
    const struct net_ev_segment *s = segment->segment;
    if (s->protocol != 6 || (c->host >= 0 && s->from != c->host))
        return false;
    if ((s->flags & c->flags_set) != c->flags_set || (s->flags & c->flags_clear))
        return false;
    if ((c->traits & LAB_SEGMENT_DATA) && (!s->payload_bytes || (segment->is & NET_SEGMENT_IS_PROBE)))
        return false;
    if ((c->traits & LAB_SEGMENT_PROBE) && !(segment->is & NET_SEGMENT_IS_PROBE))
        return false;
    if ((segment->is & c->kinds) != c->kinds)
        return false;
    if ((c->traits & LAB_SEGMENT_EMPTY) && s->payload_bytes)
        return false;
    return !(c->traits & LAB_SEGMENT_RETRANSMISSION) || segment->retransmission || segment->repeats;
}

static unsigned count_segments(const struct lab_condition *c, const struct lab_session *s)
{
    long first = (long)lab_experiment_index(s);
    unsigned count = 0;
    for (size_t i = s->state->segment_count; i-- > 0 && s->state->segments[i].event >= first;)
        count += segment_matches(c, &s->state->segments[i]);
    return count;
}

/* So many are exactly so many only when no more can come. */
static enum lab_verdict look_at_segments(struct lab_condition *c, struct lab_session *s, bool settled)
{
    c->count = count_segments(c, s);
    if (!c->exactly)
        return c->count ? LAB_HOLDS : LAB_NOT_YET;
    if (c->count > c->number)
        return LAB_CANNOT;
    return c->count == c->number && settled ? LAB_HOLDS : LAB_NOT_YET;
}

/* ---- from the state ---- */

static bool socket_is(struct lab_condition *c, const struct lab_session *s)
{
    const struct lab_actor *actor = subject(c, s);
    uint32_t task;
    int fd;
    int socket = actor ? lab_find_socket(s, actor, c->fd, &task, &fd) : LAB_NONE;
    if (socket == LAB_NONE)
        return false;
    const struct lab_socket *found = &s->state->sockets[socket];
    if (c->kind == LAB_SOCKET_STATE)
        return found->now.state == c->state;
    for (size_t i = 0; i < found->step_count; i++)
        if (found->steps[i].state == c->state)
            return true;
    return false;
}

static bool has_ended(struct lab_condition *c, const struct lab_session *s)
{
    const struct lab_actor *actor = subject(c, s);
    if (!actor || actor->alive)
        return false;
    bool by_signal = actor->end.how == NET_END_SIGNAL;
    if (c->error)
        return by_signal && actor->end.signo == c->error;
    bool exited = actor->end.how == NET_END_EXIT || actor->end.how == NET_END_RETURNED;
    return !c->has_status || (exited && compares(c->compare, actor->end.status, c->number));
}

void lab_count_tasks(const struct lab_condition *c, const struct lab_session *s, struct lab_task_counts *counts)
{
    uint64_t begun_ns = lab_experiment_ns(s->state, s->journal);
    const struct lab_actor *only = *c->actor ? lab_find_actor(s, c->actor) : NULL;
    *counts = (struct lab_task_counts){0};
    for (size_t i = 0; i < s->state->actor_count; i++) {
        const struct lab_actor *actor = &s->state->actors[i];
        if (actor->start_ns < begun_ns || (*c->actor && actor != only))
            continue;
        counts->children += actor->children;
        counts->zombies += actor->zombies;
        counts->threads += actor->threads;
    }
}

static bool tasks_are(const struct lab_condition *c, const struct lab_session *s)
{
    struct lab_task_counts counts;
    lab_count_tasks(c, s, &counts);
    if (c->kind == LAB_THREADS)
        return compares(c->compare, counts.threads, c->number);
    return compares(c->compare, counts.children, c->number) && (c->zombies < 0 || counts.zombies == c->zombies);
}

/* Asked of the kernel now. */
int64_t lab_count_of(struct lab_session *s, int host, int counter)
{
    net_engine_count(&s->engine);
    lab_session_drain(s);
    return (int64_t)s->state->counters[host][counter].by;
}

int64_t lab_count_sockets(const struct lab_session *s, int host, int state)
{
    int64_t count = 0;
    for (size_t i = 0; i < s->state->socket_count; i++)
        count += s->state->sockets[i].host == host && s->state->sockets[i].now.state == state;
    return count;
}

/* ---- from the latest comparison ---- */

static bool was_compared(const struct lab_condition *c, const struct lab_session *s)
{
    struct lab_measured all[LAB_COMPARED_MAX];
    uint64_t number;
    if (s->state->measured_first < (long)lab_experiment_index(s))
        return false;
    size_t count = lab_measured_read(s->state, s->journal, all);
    const struct lab_measured *measured = lab_measured_of(all, count, c->program);
    if (!measured)
        return false;
    if (c->rank)
        return lab_measured_ranks(all, count, measured, c->measure, c->rank);
    return lab_measured_number(measured, c->measure, &number) && compares(c->compare, (int64_t)number, c->number);
}

/* ---- from the kernel ---- */

static const struct lab_task *task_in_call(const struct lab_condition *c, const struct lab_session *s,
                                           const struct lab_actor *actor)
{
    for (size_t i = s->state->task_count; i-- > 0;) {
        const struct lab_task *task = &s->state->tasks[i];
        if (!task->alive || task->actor != actor->id || task->enter == LAB_NONE || task->at_gate)
            continue;
        if (lab_journal_at(s->journal, (size_t)task->enter)->u.call.call == c->call)
            return task;
    }
    return NULL;
}

/*
 * Asleep in the call is not enough: a connect sleeps while its SYN is answered. It blocks when nothing that could wake
 * it is under way, that is, when the lab is quiet; where others keep the lab busy, when it has slept for a while.
 */
static bool call_blocks(struct lab_condition *c, struct lab_session *s, bool quiet)
{
    const struct lab_actor *actor = subject(c, s);
    const struct lab_task *task = actor ? task_in_call(c, s, actor) : NULL;
    if (!task || !lab_task_sleeps(s, task)) {
        c->asleep_enter = LAB_NONE;
        return false;
    }
    uint64_t now_ns = net_now_ns();
    if (c->asleep_enter != task->enter) {
        c->asleep_enter = task->enter;
        c->asleep_ns = now_ns;
    }
    return quiet || now_ns - c->asleep_ns >= ASLEEP_NS;
}

int lab_condition_option(const struct lab_condition *c, struct lab_session *s, struct net_option_value *now,
                         struct net_error *err)
{
    const struct lab_actor *actor = lab_find_actor(s, c->actor);
    uint32_t task = 0;
    int fd;
    if (!actor || lab_find_socket(s, actor, c->fd, &task, &fd) == LAB_NONE || !task)
        return net_fail(err, 0, NULL, "%s has no such socket open", c->actor);
    return net_actor_option(s->engine.actors, task, fd, c->option, false, now, err);
}

static bool option_is(const struct lab_condition *c, struct lab_session *s)
{
    struct net_option_value now = {0};
    char is[NET_OPTION_TEXT_BYTES], wanted[NET_OPTION_TEXT_BYTES];
    if (lab_condition_option(c, s, &now, NULL) < 0)
        return false;
    net_option_text(c->option, &now, is, sizeof is);
    net_option_text(c->option, &c->option_value, wanted, sizeof wanted);
    return strcmp(is, wanted) == 0;
}

/* ---- together ---- */

static enum lab_verdict now(bool holds)
{
    return holds ? LAB_HOLDS : LAB_NOT_YET;
}

/*
 * Without its `no`. The lab is asked once whether it is quiet: asked twice, it may say yes and then no, and `no` would
 * take what is not sure yet for what is not so. last: no time is left to wait for quiet.
 */
static enum lab_verdict look_inside(struct lab_condition *c, struct lab_session *s, bool quiet, bool last)
{
    const struct lab_actor *actor;
    switch (c->kind) {
    case LAB_CALL_BLOCKS: return now(call_blocks(c, s, quiet));
    case LAB_CALL_RETURNS:
    case LAB_CALL_VALUE:
    case LAB_CALL_GOT:
    case LAB_ACTOR_PRINTED:
    case LAB_ACTOR_SIGNAL: return look_at_journal(c, s);
    case LAB_SOCKET_STATE:
    case LAB_SOCKET_WAS: return now(socket_is(c, s));
    case LAB_SOCKET_OPTION: return now(option_is(c, s));
    case LAB_ACTOR_ENDED: return now(has_ended(c, s));
    case LAB_ACTOR_ALIVE: actor = subject(c, s); return now(actor && actor->alive);
    case LAB_CHILDREN:
    case LAB_THREADS: return now(tasks_are(c, s));
    case LAB_SEGMENTS: return look_at_segments(c, s, quiet || last);
    case LAB_SOCKETS_IN: return now(compares(c->compare, lab_count_sockets(s, c->host, c->state), c->number));
    case LAB_WIRE_WAITING: return now(compares(c->compare, s->state->wire.held_segs, c->number));
    case LAB_WIRE_IS: return now(s->state->wire.mode == c->number);
    case LAB_QUIET: return now(quiet);
    case LAB_COMPARED: return now(was_compared(c, s));
    case LAB_COUNTER: return now(compares(c->compare, lab_count_of(s, c->host, c->counter), c->number));
    case LAB_CONDITION_KINDS: break;
    }
    return LAB_NOT_YET;
}

/* What has happened once cannot be undone; what is so now can. */
static bool stays_true(enum lab_condition_kind kind)
{
    switch (kind) {
    case LAB_CALL_RETURNS:
    case LAB_CALL_VALUE:
    case LAB_CALL_GOT:
    case LAB_SOCKET_WAS:
    case LAB_ACTOR_ENDED:
    case LAB_ACTOR_PRINTED:
    case LAB_ACTOR_SIGNAL:
    case LAB_SEGMENTS: return true;
    case LAB_CALL_BLOCKS:
    case LAB_SOCKET_STATE:
    case LAB_SOCKET_OPTION:
    case LAB_ACTOR_ALIVE:
    case LAB_CHILDREN:
    case LAB_THREADS:
    case LAB_SOCKETS_IN:
    case LAB_WIRE_WAITING:
    case LAB_WIRE_IS:
    case LAB_QUIET:
    case LAB_COMPARED:
    case LAB_COUNTER:
    case LAB_CONDITION_KINDS: break;
    }
    return false;
}

static bool is_quiet(const struct lab_condition *c, struct lab_session *s)
{
    bool asks = c->negated || c->exactly || c->kind == LAB_CALL_BLOCKS || c->kind == LAB_QUIET;
    return asks && net_engine_quiet(&s->engine);
}

enum lab_verdict lab_condition_look(struct lab_condition *c, struct lab_session *s)
{
    bool quiet = is_quiet(c, s);
    enum lab_verdict inside = look_inside(c, s, quiet, false);
    if (!c->negated)
        return inside;
    switch (inside) {
    case LAB_HOLDS: return stays_true(c->kind) && !c->exactly ? LAB_CANNOT : LAB_NOT_YET;
    case LAB_CANNOT: return LAB_HOLDS;
    case LAB_NOT_YET: return quiet ? LAB_HOLDS : LAB_NOT_YET;
    }
    return LAB_NOT_YET;
}

enum lab_verdict lab_condition_at_deadline(struct lab_condition *c, struct lab_session *s)
{
    if (s->engine.wire)
        net_wire_catch_up(s->engine.wire); /* what was sent counts, whether or not the wire had come to it */
    lab_session_drain(s);
    bool holds = look_inside(c, s, is_quiet(c, s), true) == LAB_HOLDS;
    return holds != c->negated ? LAB_HOLDS : LAB_CANNOT;
}

bool lab_condition_asks_kernel(const struct lab_condition *c)
{
    return c->negated || c->exactly || c->kind == LAB_CALL_BLOCKS || c->kind == LAB_SOCKET_OPTION ||
           c->kind == LAB_QUIET || c->kind == LAB_COUNTER;
}
