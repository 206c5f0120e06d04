// SPDX-License-Identifier: GPL-3.0-or-later
// What is looked up for more than one reason to wait.

#include "lab/explain/waits_inside.h"

#include "net/base/message.h"
#include "net/data/call.h"
#include "net/data/option.h"

#include <signal.h>
#include <stdio.h>

enum { NS_PER_MS = 1000000 };

/* ---- language ---------------------------------------------------------------------------------------------------- */

const char *lab_waiting_word(const struct lab_waiting_for *f, const char *english)
{
    return f->of_files ? english : net_message(english);
}

const char *lab_waiting_name(const struct lab_waiting_for *f, uint32_t actor, uint32_t task, char *out, size_t room)
{
    return f->of_files ? lab_task_text_of_files(f->e.state, actor, task, out, room)
                       : lab_task_text(f->e.state, actor, task, out, room);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

/* Who had it, or that nobody has. */
static const char *end_without_owner(const struct lab_waiting_for *f, const struct lab_socket *s, char *out,
                                     size_t room)
{
    const struct net_event *user = lab_user_before(&f->e, s, (long)f->e.state->applied);
    char who[LAB_WHO_BYTES];
    if (user)
        snprintf(out, room, lab_waiting_word(f, N_("%.40s (closed)")),
                 lab_waiting_name(f, user->actor, user->task, who, sizeof who));
    else if (lab_had_descriptor(&f->e, s))
        snprintf(out, room, lab_waiting_word(f, N_("%s (outside the lab)")), net_host_name(s->host));
    else
        snprintf(out, room, lab_waiting_word(f, N_("%s (not accepted)")), net_host_name(s->host));
    return out;
}

const char *lab_end_text(const struct lab_waiting_for *f, const struct lab_socket *s, char *out, size_t room)
{
    char who[LAB_WHO_BYTES];
    const struct lab_task *owner = lab_task_by_id(f->e.state, s->owner_task);
    if (!s->owner_task)
        return end_without_owner(f, s, out, room);
    lab_waiting_name(f, s->owner_actor, s->owner_task, who, sizeof who);
    if (owner && lab_task_is_first(f->e.state, owner) && s->fd >= 0)
        snprintf(out, room, "%.40s.%d", who, s->fd);
    else
        snprintf(out, room, "%s", who);
    return out;
}

unsigned lab_side_of_socket(const struct lab_evidence *e, const struct lab_socket *s)
{
    return e->state->conversations[s->conversation].socket[1] == (int)(s - e->state->sockets);
}

const struct lab_socket *lab_other_end(const struct lab_evidence *e, const struct lab_socket *s)
{
    if (s->conversation == LAB_NONE)
        return NULL;
    int other = e->state->conversations[s->conversation].socket[!lab_side_of_socket(e, s)];
    return other == LAB_NONE ? NULL : &e->state->sockets[other];
}

bool lab_may_defer(const struct lab_evidence *e, const struct lab_socket *listener)
{
    bool is_outside = !listener || !listener->owner_task;
    return is_outside || lab_option_number(e, listener, "TCP_DEFER_ACCEPT", (long)e->state->applied, 0) > 0;
}

/* ---- the latest sample ------------------------------------------------------------------------------------------- */

uint64_t lab_timer_ns(const struct lab_socket *s)
{
    return s->now.timer == NET_TIMER_NONE ? 0 : s->now_ns + (uint64_t)s->now.timer_ms * NS_PER_MS;
}

bool lab_has_fin_queued(const struct lab_socket *s)
{
    unsigned state = s->now.state;
    return s->now.wqueue > 0 &&
           (state == NET_STATE_FIN_WAIT1 || state == NET_STATE_LAST_ACK || state == NET_STATE_CLOSING);
}

uint32_t lab_unconfirmed(const struct lab_socket *s)
{
    return s->now.wqueue - lab_has_fin_queued(s);
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

const struct net_event *lab_call_of(const struct lab_evidence *e, const struct lab_task *task)
{
    return task->alive ? lab_event_at(e, task->enter) : NULL;
}

/* A signal for one thread stops its whole process. */
static bool is_same_process(const struct lab_evidence *e, const struct lab_task *task, const struct net_event *ev)
{
    const struct lab_task *other = ev->task == task->id ? task : lab_task_by_id(e->state, ev->task);
    return other && other->pid == task->pid;
}

int lab_stopped_by(const struct lab_evidence *e, const struct lab_task *task, uint64_t *since_ns)
{
    const struct lab_actor *actor = lab_actor_by_id(e->state, task->actor);
    if (!actor || !actor->as_process || !task->alive)
        return 0;
    for (long i = (long)e->state->applied; i-- > 0;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (ev->time_ns < task->start_ns)
            return 0;
        if (ev->kind != NET_EV_SIGNAL || !is_same_process(e, task, ev))
            continue;
        int signo = ev->u.signal.signo;
        if (signo == SIGCONT)
            return 0;
        bool stops = signo == SIGSTOP || ((signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU) &&
                                          ev->u.signal.action == NET_SIG_DEFAULT);
        if (!stops)
            continue;
        *since_ns = ev->time_ns;
        return signo;
    }
    return 0;
}
