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

#include <stdio.h>
#include <string.h>

/* A task that slept so long in one call, while others are busy, is blocked. With nobody busy it is known at once. */
static const uint64_t ASLEEP_NS = 50000000;

bool lab_compares(enum lab_compare compare, int64_t is, int64_t wanted)
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

bool lab_condition_first(const struct lab_condition *c, const struct lab_session *s, size_t *first)
{
    *first = lab_experiment_index(s);
    return !*c->since || lab_mark_index(s, c->since, first);
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
    return lab_compares(c->compare, call->ret, c->number);
}

static bool bytes_match(const struct lab_condition *c, const struct net_event *ret)
{
    size_t n = ret->data_bytes;
    return ret->u.call.ret == (int64_t)c->byte_count && n <= c->byte_count && memcmp(ret->data, c->bytes, n) == 0;
}

bool lab_condition_fd_is(const struct lab_condition *c, const struct net_ev_call *call)
{
    /* Which descriptors it was asked about stands in its set. */
    char first = net_call_row(call->call)->args[0];
    return c->fd < 0 || net_call_answers(call->call) || call->fd == c->fd || (first == 'f' && call->args[0] == c->fd);
}

/* All of the events for one descriptor; with `only`, of those that can be told no other. */
static bool answers(const struct lab_condition *c, const struct net_event *ret)
{
    struct net_poll_entry entry;
    for (size_t i = 0; net_poll_entry_at(ret, i, &entry); i++) {
        bool all = (entry.answered & c->answers) == c->answers && (!c->only || entry.answered == c->answers);
        if (all && (c->fd < 0 || entry.fd == c->fd))
            return true;
    }
    return false;
}

static bool return_matches(const struct lab_condition *c, const struct net_event *event)
{
    const struct net_ev_call *call = &event->u.call;
    switch (c->kind) {
    case LAB_CALL_RETURNS: return true;
    case LAB_CALL_VALUE: return value_matches(c, call);
    case LAB_CALL_GOT: return bytes_match(c, event);
    case LAB_CALL_TOOK: return lab_compares(c->compare, (int64_t)(event->time_ns - call->enter_ns), c->number);
    case LAB_CALL_ANSWERED: return answers(c, event);
    default: return false;
    }
}

static void see_return(struct lab_condition *c, const struct net_event *event)
{
    if (event->u.call.call != c->call || !lab_condition_fd_is(c, &event->u.call))
        return;
    c->count++;
    if (c->nth && c->count != c->nth)
        return;
    bool matches = return_matches(c, event);
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
    if (event->kind == NET_EV_CALL_RETURN)
        see_return(c, event);
    else if (event->kind == NET_EV_OUTPUT && c->kind == LAB_ACTOR_PRINTED)
        see_output(c, event);
    else if (event->kind == NET_EV_SIGNAL && c->kind == LAB_ACTOR_SIGNAL)
        c->came_true |= event->u.signal.signo == c->error;
}

static enum lab_verdict look_at_journal(struct lab_condition *c, const struct lab_session *s)
{
    size_t count = lab_journal_count(s->journal), first;
    if (!subject(c, s) || !lab_condition_first(c, s, &first))
        return LAB_NOT_YET;
    if (c->scanned < first)
        c->scanned = first;
    while (c->scanned < count && !c->came_true && !c->can_never)
        see(c, lab_journal_at(s->journal, c->scanned++));
    return c->came_true ? LAB_HOLDS : c->can_never ? LAB_CANNOT : LAB_NOT_YET;
}

/* ---- segments ---- */

static enum lab_verdict now(bool holds)
{
    return holds ? LAB_HOLDS : LAB_NOT_YET;
}

/* So many are exactly so many only when no more can come. */
static enum lab_verdict look_at_segments(struct lab_condition *c, struct lab_session *s, bool settled)
{
    c->count = lab_count_segments(c, s);
    if (!lab_condition_bounds(c))
        return now(c->count >= c->number);
    if (c->count > c->number)
        return LAB_CANNOT;
    return settled && lab_compares(c->compare, c->count, c->number) ? LAB_HOLDS : LAB_NOT_YET;
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
    size_t first;
    if (c->kind == LAB_SOCKET_STATE)
        return found->now.state == c->state;
    if (!lab_condition_first(c, s, &first))
        return false;
    for (size_t i = 0; i < found->step_count; i++)
        if (found->steps[i].state == c->state && (!*c->since || found->steps[i].event >= (long)first))
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
    return !c->has_status || (exited && lab_compares(c->compare, actor->end.status, c->number));
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
        return lab_compares(c->compare, counts.threads, c->number);
    return lab_compares(c->compare, counts.children, c->number) && (c->zombies < 0 || counts.zombies == c->zombies);
}

/* Asked of the kernel now. */
int64_t lab_count_of(const struct lab_condition *c, struct lab_session *s)
{
    int64_t by = 0;
    size_t first;
    net_engine_count(&s->engine);
    lab_session_drain(s);
    if (!*c->since)
        return (int64_t)s->state->counters[c->host][c->counter].by;
    if (!lab_condition_first(c, s, &first))
        return 0;
    for (size_t i = first; i < lab_journal_count(s->journal); i++) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        if (event->kind == NET_EV_COUNTER && event->u.counter.host == (unsigned)c->host &&
            event->u.counter.counter == (unsigned)c->counter)
            by += (int64_t)event->u.counter.by;
    }
    return by;
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
    return lab_measured_number(measured, c->measure, &number) && lab_compares(c->compare, (int64_t)number, c->number);
}

/* ---- from the kernel ---- */

static const struct lab_task *task_in_call(const struct lab_condition *c, const struct lab_session *s,
                                           const struct lab_actor *actor)
{
    for (size_t i = s->state->task_count; i-- > 0;) {
        const struct lab_task *task = &s->state->tasks[i];
        if (!task->alive || task->actor != actor->id || task->enter == LAB_NONE || task->at_gate)
            continue;
        const struct net_ev_call *call = &lab_journal_at(s->journal, (size_t)task->enter)->u.call;
        if (call->call == c->call && lab_condition_fd_is(c, call))
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

/* ---- together ---- */

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
    case LAB_CALL_TOOK:
    case LAB_CALL_ANSWERED:
    case LAB_ACTOR_PRINTED:
    case LAB_ACTOR_SIGNAL: return look_at_journal(c, s);
    case LAB_SOCKET_STATE:
    case LAB_SOCKET_WAS: return now(socket_is(c, s));
    case LAB_SOCKET_OPTION:
    case LAB_SOCKET_INFO:
    case LAB_SOCKET_QUEUE: return now(lab_condition_value_is(c, s));
    case LAB_ACTOR_ENDED: return now(has_ended(c, s));
    case LAB_ACTOR_ALIVE: actor = subject(c, s); return now(actor && actor->alive);
    case LAB_CHILDREN:
    case LAB_THREADS: return now(tasks_are(c, s));
    case LAB_SEGMENTS: return look_at_segments(c, s, quiet || last);
    case LAB_SOCKETS_IN: return now(lab_compares(c->compare, lab_count_sockets(s, c->host, c->state), c->number));
    case LAB_WIRE_WAITING: return now(lab_compares(c->compare, s->state->wire.held_segs, c->number));
    case LAB_WIRE_IS: return now(s->state->wire.mode == c->number);
    case LAB_QUIET: return now(quiet);
    case LAB_COMPARED: return now(was_compared(c, s));
    case LAB_COUNTER: return now(lab_compares(c->compare, lab_count_of(c, s), c->number));
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
    case LAB_CALL_TOOK:
    case LAB_CALL_ANSWERED:
    case LAB_SOCKET_WAS:
    case LAB_ACTOR_ENDED:
    case LAB_ACTOR_PRINTED:
    case LAB_ACTOR_SIGNAL:
    case LAB_SEGMENTS: return true;
    case LAB_CALL_BLOCKS:
    case LAB_SOCKET_STATE:
    case LAB_SOCKET_OPTION:
    case LAB_SOCKET_INFO:
    case LAB_SOCKET_QUEUE:
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
    bool asks = c->negated || lab_condition_bounds(c) || c->kind == LAB_CALL_BLOCKS || c->kind == LAB_QUIET;
    return asks && net_engine_quiet(&s->engine);
}

enum lab_verdict lab_condition_look(struct lab_condition *c, struct lab_session *s)
{
    bool quiet = is_quiet(c, s);
    enum lab_verdict inside = look_inside(c, s, quiet, false);
    if (!c->negated)
        return inside;
    switch (inside) {
    case LAB_HOLDS: return stays_true(c->kind) && !lab_condition_bounds(c) ? LAB_CANNOT : LAB_NOT_YET;
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
    return c->negated || lab_condition_bounds(c) || c->kind == LAB_CALL_BLOCKS || c->kind == LAB_SOCKET_OPTION ||
           c->kind == LAB_SOCKET_INFO || c->kind == LAB_SOCKET_QUEUE || c->kind == LAB_QUIET || c->kind == LAB_COUNTER;
}
