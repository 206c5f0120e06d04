// SPDX-License-Identifier: GPL-3.0-or-later
// Finding what a command or a condition names, and whether anything still moves.

#include "lab/base/durations.h"
#include "lab/base/text.h"
#include "lab/session/doing.h"

#include "net/data/call.h"

#include <stdio.h>
#include <string.h>

static const uint64_t OTHERS_BUSY_NS = 100000000;

size_t lab_experiment_index(const struct lab_session *s)
{
    return s->state->experiment == LAB_NONE ? 0 : (size_t)s->state->experiment;
}

uint64_t lab_zero_ns(const struct lab_session *s)
{
    const struct net_event *first = s->spec.headless ? NULL : lab_journal_at(s->journal, lab_experiment_index(s));
    return first ? first->time_ns : s->engine.start_ns;
}

const struct lab_actor *lab_find_actor(const struct lab_session *s, const char *name)
{
    return lab_actor_in_experiment(s->state, s->journal, name);
}

static void fail_ended(struct lab_doing *d, const char *name, const struct net_ev_end *end)
{
    switch ((enum net_end_how)end->how) {
    case NET_END_SIGNAL:
        lab_doing_fail(d, "%s was ended by %s: start another one first", name, net_signal_name(end->signo));
        break;
    case NET_END_LAB: lab_doing_fail(d, "%s was ended by clear: start another one first", name); break;
    case NET_END_RETURNED:
    case NET_END_EXIT:
        lab_doing_fail(d, "%s ended with exit status %d: start another one first", name, end->status);
        break;
    }
}

const struct lab_actor *lab_need_actor(struct lab_doing *d, const char *name)
{
    const struct lab_actor *actor = lab_find_actor(d->session, name);
    if (actor && actor->alive)
        return actor;
    if (actor)
        fail_ended(d, name, &actor->end);
    else
        lab_doing_fail(d, "there is no actor `%s` in this experiment: `hand %s` makes one", name, name);
    return NULL;
}

/* A living task of the actor with that socket at that descriptor; 0. */
static uint32_t holder(const struct lab_session *s, const struct lab_actor *actor, int socket, int fd)
{
    if (lab_socket_of(s->state, actor->first_task, fd) == socket)
        return actor->first_task;
    for (size_t i = s->state->task_count; i-- > 0;) {
        const struct lab_task *task = &s->state->tasks[i];
        if (task->alive && task->actor == actor->id && lab_socket_of(s->state, task->id, fd) == socket)
            return task->id;
    }
    return 0;
}

int lab_find_socket(const struct lab_session *s, const struct lab_actor *actor, int fd, uint32_t *task, int *fd_out)
{
    int socket = fd >= 0 ? lab_socket_named(s->state, actor->id, fd) : actor->latest_socket;
    *task = 0;
    *fd_out = fd;
    if (socket == LAB_NONE)
        return LAB_NONE;
    const struct lab_socket *found = &s->state->sockets[socket];
    if (fd < 0 && found->owner_actor == actor->id)
        *fd_out = found->fd;
    if (*fd_out >= 0)
        *task = holder(s, actor, socket, *fd_out);
    return socket;
}

const char *lab_busy_text(const struct lab_session *s, const struct lab_task *task, char *out, size_t out_bytes)
{
    const struct net_event *enter = task->enter == LAB_NONE ? NULL : lab_journal_at(s->journal, (size_t)task->enter);
    const struct lab_actor *actor = lab_actor_by_id(s->state, task->actor);
    const char *name = actor ? actor->name : "?";
    char call[120], time[40];
    uint64_t now_ns = net_now_ns();
    if (task->at_gate)
        snprintf(out, out_bytes, _("%s waits at its gate for `step %s`"), name, name);
    else if (!enter)
        snprintf(out, out_bytes, _("%s is in no call"), name);
    else {
        net_call_text(enter, NULL, call, sizeof call);
        lab_duration_text(now_ns > enter->time_ns ? now_ns - enter->time_ns : 0, time, sizeof time);
        snprintf(out, out_bytes, _("%s is in %s for %s"), name, call, time);
    }
    return out;
}

bool lab_task_sleeps(struct lab_session *s, const struct lab_task *task)
{
    return task->at_gate || net_task_state_letter(s->engine.actors, task->id) == 'S';
}

static bool actor_sleeps(struct lab_session *s, uint32_t actor)
{
    for (size_t i = 0; i < s->state->task_count; i++) {
        const struct lab_task *task = &s->state->tasks[i];
        if (task->alive && (task->actor == actor || !actor) && !lab_task_sleeps(s, task))
            return false;
    }
    return true;
}

bool lab_settled(struct lab_doing *d, uint32_t actor)
{
    struct lab_session *s = d->session;
    if (lab_doing_late(d) || net_engine_quiet(&s->engine))
        return true;
    if (!actor_sleeps(s, actor)) {
        d->asleep_ns = 0;
        return false;
    }
    uint64_t now_ns = net_now_ns();
    if (!d->asleep_ns)
        d->asleep_ns = now_ns;
    return now_ns - d->asleep_ns >= OTHERS_BUSY_NS;
}

bool lab_mark_index(const struct lab_session *s, const char *name, size_t *index)
{
    for (size_t i = s->mark_count; i-- > 0;) {
        if (strcmp(s->marks[i].name, name) != 0)
            continue;
        *index = s->marks[i].index;
        return s->marks[i].index >= lab_experiment_index(s);
    }
    return false;
}
