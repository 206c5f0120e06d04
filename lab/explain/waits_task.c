// SPDX-License-Identifier: GPL-3.0-or-later
// What tasks do: the one at the other end, that could send; those that another waits for.

#include "lab/explain/waits_inside.h"

#include "net/data/call.h"

#include <inttypes.h>

/* ---- the other end ----------------------------------------------------------------------------------------------- */

/* A call that waits for what this end would send: on the other end's own socket. */
static bool reads_from_here(const struct lab_evidence *e, const struct lab_task *task, const struct net_event *enter,
                            const struct lab_socket *other)
{
    return lab_call_reads(enter->u.call.call) &&
           lab_socket_of(e->state, task->id, enter->u.call.fd) == (int)(other - e->state->sockets);
}

static void what_it_does(struct lab_waiting_for *f, const struct lab_task *task, const struct lab_socket *other)
{
    const struct lab_actor *actor = lab_actor_by_id(f->e.state, task->actor);
    const struct net_event *enter = lab_call_of(&f->e, task);
    char who[LAB_WHO_BYTES];
    struct lab_parts parts = {.format = "", .other = lab_waiting_name(f, task->actor, task->id, who, sizeof who)};
    int signo = lab_stopped_by(&f->e, task, &parts.since);
    if (signo) {
        parts.name = net_signal_name(signo);
        lab_wait_put(f, LAB_WAIT_OTHER_STOPPED, parts);
    } else if (task->at_gate) {
        lab_wait_put(f, LAB_WAIT_OTHER_GATE, parts);
    } else if (enter) {
        parts.enter = enter;
        parts.name = net_call_row(enter->u.call.call)->name;
        parts.since = enter->time_ns;
        lab_wait_put(f, reads_from_here(&f->e, task, enter, other) ? LAB_WAIT_OTHER_READS : LAB_WAIT_OTHER_CALL, parts);
    } else {
        bool is_hand = actor && actor->is_hand && lab_task_is_first(f->e.state, task);
        lab_wait_put(f, is_hand ? LAB_WAIT_OTHER_HAND : LAB_WAIT_OTHER_RUNS, parts);
    }
}

/* Nobody in the lab has a descriptor of it. */
static void nobody_has_it(struct lab_waiting_for *f, const struct lab_socket *other)
{
    const struct lab_socket *listener = lab_listener_at(&f->e, other->host, other->now.local_port);
    char who[LAB_WHO_BYTES];
    if (other->now.inode != 0)
        lab_wait_add(f, LAB_WAIT_OUTSIDE, .other = "");
    else if (other->use_count == 0 && listener && !lab_had_descriptor(&f->e, other))
        lab_wait_add(f, LAB_WAIT_NOT_ACCEPTED, .other = lab_end_text(f, listener, who, sizeof who));
    else
        lab_wait_add(f, LAB_WAIT_OTHER_CLOSED, .other = lab_end_text(f, other, who, sizeof who),
                     .state = other->now.state);
}

void lab_wait_for_other(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_socket *other = lab_other_end(&f->e, s);
    const struct lab_task *owner = other ? lab_task_by_id(f->e.state, other->owner_task) : NULL;
    char who[LAB_WHO_BYTES];
    if (s->now.local_port == s->now.remote_port && net_ip_same(s->now.local_ip, s->now.remote_ip))
        lab_wait_add(f, LAB_WAIT_ITSELF, .who = lab_end_text(f, s, who, sizeof who));
    else if (!other)
        lab_wait_add(f, LAB_WAIT_OTHER_UNKNOWN, .other = "");
    else if (other->now.state == NET_STATE_ABSENT || other->now.state == NET_STATE_CLOSE)
        lab_wait_add(f, LAB_WAIT_OTHER_GONE, .other = "");
    else if (owner && owner->alive)
        what_it_does(f, owner, other);
    else
        nobody_has_it(f, other);
}

/* ---- mutexes ----------------------------------------------------------------------------------------------------- */

/* Tasks with the memory of this one. */
static bool shares_memory(const struct lab_evidence *e, const struct lab_task *a, uint32_t id)
{
    const struct lab_task *b = lab_task_by_id(e->state, id);
    return b && a->actor == b->actor && a->pid == b->pid;
}

/* The call by which a task has the mutex: the last one on it that returned, if it was a lock (or the wait on a
 * condition, which takes it again); NULL. */
static const struct net_event *holder_of(const struct lab_evidence *e, const struct lab_task *task, int64_t mutex)
{
    const struct lab_actor *actor = lab_actor_by_id(e->state, task->actor);
    for (long i = (long)e->state->applied; i-- > 0;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (actor && ev->time_ns < actor->start_ns)
            return NULL;
        bool waits = ev->kind == NET_EV_CALL_ENTER && ev->u.call.call == NET_CALL_PTHREAD_COND_WAIT &&
                     ev->u.call.args[1] == mutex;
        bool returned = ev->kind == NET_EV_CALL_RETURN &&
                        ((ev->u.call.args[0] == mutex && (ev->u.call.call == NET_CALL_PTHREAD_MUTEX_LOCK ||
                                                          ev->u.call.call == NET_CALL_PTHREAD_MUTEX_UNLOCK)) ||
                         (ev->u.call.args[1] == mutex && ev->u.call.call == NET_CALL_PTHREAD_COND_WAIT));
        if ((!waits && !returned) || !shares_memory(e, task, ev->task))
            continue;
        return waits || ev->u.call.call == NET_CALL_PTHREAD_MUTEX_UNLOCK ? NULL : ev;
    }
    return NULL;
}

static void wait_for_mutex(struct lab_waiting_for *f, const struct lab_task *task, int64_t mutex)
{
    const struct net_event *holder = holder_of(&f->e, task, mutex);
    char other[LAB_WHO_BYTES];
    if (!holder)
        lab_wait_add(f, LAB_WAIT_MUTEX_UNSEEN, .other = "");
    else
        lab_wait_add(f, LAB_WAIT_MUTEX, .since = holder->time_ns,
                     .other = lab_waiting_name(f, holder->actor, holder->task, other, sizeof other));
}

/* ---- others that must end ---------------------------------------------------------------------------------------- */

/* Tasks of that kind, made by this one, that have not ended; a thread may be waited for by any other of its process. */
static int64_t living(const struct lab_evidence *e, const struct lab_task *task, unsigned kind)
{
    int64_t n = 0;
    for (size_t i = 0; i < e->state->task_count; i++) {
        const struct lab_task *t = &e->state->tasks[i];
        bool is_its = kind == NET_TASK_THREAD ? t->pid == task->pid && t->actor == task->actor : t->parent == task->id;
        n += t->alive && t != task && t->kind == kind && is_its;
    }
    return n;
}

static void wait_for_child(struct lab_waiting_for *f, const struct lab_task *task, const struct net_event *enter)
{
    int64_t pid = enter->u.call.call == NET_CALL_WAITPID ? (int32_t)enter->u.call.args[0] : -1;
    if (pid > 0)
        lab_wait_add(f, LAB_WAIT_CHILD, .id = pid);
    else
        lab_wait_add(f, LAB_WAIT_CHILDREN, .count = living(&f->e, task, NET_TASK_CHILD));
}

bool lab_wait_for_task(struct lab_waiting_for *f, const struct lab_task *task, const struct net_event *enter)
{
    static const uint64_t second_ns = 1000000000;
    const struct net_ev_call *call = &enter->u.call;
    switch (call->call) {
    case NET_CALL_PTHREAD_MUTEX_LOCK: wait_for_mutex(f, task, call->args[0]); return true;
    case NET_CALL_PTHREAD_COND_WAIT: lab_wait_add(f, LAB_WAIT_CONDITION, .other = ""); return true;
    case NET_CALL_SEM_WAIT: lab_wait_add(f, LAB_WAIT_SEMAPHORE, .other = ""); return true;
    case NET_CALL_PTHREAD_JOIN:
        lab_wait_add(f, LAB_WAIT_THREAD, .count = living(&f->e, task, NET_TASK_THREAD));
        return true;
    case NET_CALL_WAITPID:
    case NET_CALL_WAIT: wait_for_child(f, task, enter); return true;
    case NET_CALL_SLEEP:
        lab_wait_add(f, LAB_WAIT_SLEEP, .until = enter->time_ns + (uint64_t)call->args[0] * second_ns);
        return true;
    case NET_CALL_NANOSLEEP:
        if (call->args[2] > 0)
            lab_wait_add(f, LAB_WAIT_SLEEP, .until = enter->time_ns + (uint64_t)call->args[2]);
        else
            lab_wait_add(f, LAB_WAIT_NAP, .other = "");
        return true;
    case NET_CALL_GETADDRINFO: lab_wait_add(f, LAB_WAIT_NAMES, .other = ""); return true;
    default: return false;
    }
}
