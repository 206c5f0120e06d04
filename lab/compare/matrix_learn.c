// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A connection that the learner ended, read into the matrix: which row it is follows from the first step that an end
 * took out of ESTABLISHED by a call or by its program's death. Ends that no row describes (a listener's, a refused
 * connection, one that a timer ended) are left alone.
 */
#include "lab/compare/matrix.h"

#include "net/data/call.h"

#include <signal.h>

enum { SHUT_WR_ARGUMENT = 1 };

struct end {
    const struct lab_socket *socket;
    const struct lab_step *step; /* out of ESTABLISHED, of its own accord; NULL none */
};

/* Who caused a step: the learner's actor (a call, a death), or not (a segment, a timer). */
static bool is_own(const struct lab_journal *journal, const struct lab_step *step)
{
    const struct net_event *ev = step->cause == LAB_NONE ? NULL : lab_journal_at(journal, (size_t)step->cause);
    return ev && (ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_TASK_END || ev->kind == NET_EV_ACTOR_END);
}

static struct end end_of(const struct lab_journal *journal, const struct lab_state *state, int socket)
{
    struct end end = {socket == LAB_NONE ? NULL : &state->sockets[socket], NULL};
    for (size_t i = 1; end.socket && i < end.socket->step_count; i++) {
        if (end.socket->steps[i - 1].state != NET_STATE_ESTABLISHED)
            continue;
        if (is_own(journal, &end.socket->steps[i]))
            end.step = &end.socket->steps[i];
        break;
    }
    return end;
}

/* Bytes that it had not read, as it was last asked before the cause. */
static bool had_unread(const struct lab_journal *journal, const struct lab_socket *socket, size_t cause)
{
    for (size_t i = cause; i-- > 0;) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev->kind == NET_EV_SAMPLE && ev->u.sample.cookie == socket->cookie && ev->u.sample.host == socket->host)
            return ev->u.sample.rqueue > 0;
    }
    return false;
}

static unsigned linger_of(const struct lab_socket *socket)
{
    const struct net_ev_timers *t = &socket->timers;
    return !t->cookie || !t->linger ? LAB_LINGER_OFF : t->linger_s == 0 ? LAB_LINGER_ZERO : LAB_LINGER_TIME;
}

/* A program that aborts dies of SIGABRT, one that returns from main() exits: it makes no difference which was seen. */
static void mark_death(struct lab_cause_mark *mark, const struct net_ev_end *end)
{
    if (end->how == NET_END_EXIT || end->how == NET_END_RETURNED)
        mark->call = NET_CALL_EXIT;
    else if (end->how == NET_END_SIGNAL && end->signo == SIGABRT)
        mark->call = NET_CALL_ABORT;
    else if (end->how == NET_END_SIGNAL)
        mark->signo = (uint8_t)end->signo;
}

static struct lab_cause_mark mark_of(const struct lab_journal *journal, const struct end *end)
{
    const struct net_event *ev = lab_journal_at(journal, (size_t)end->step->cause);
    struct lab_cause_mark mark = {.linger = (uint8_t)linger_of(end->socket),
                                  .unread = had_unread(journal, end->socket, (size_t)end->step->cause)};
    if (ev->kind != NET_EV_CALL_ENTER) {
        mark_death(&mark, &ev->u.end);
        return mark;
    }
    mark.call = ev->u.call.call;
    if (mark.call != NET_CALL_SHUTDOWN)
        return mark;
    mark.how = (uint8_t)ev->u.call.args[1];
    mark.linger = LAB_LINGER_OFF; /* is asked at the close() only */
    mark.unread = mark.unread && mark.how != SHUT_WR_ARGUMENT;
    return mark;
}

/* It did more to its end later: that is a way of ending of its own. */
static bool goes_on(const struct lab_journal *journal, const struct end *end)
{
    for (size_t i = 0; i < end->socket->use_count; i++) {
        const struct lab_use *use = &end->socket->uses[i];
        const struct net_event *enter = use->enter == LAB_NONE ? NULL : lab_journal_at(journal, (size_t)use->enter);
        if (enter && use->enter > end->step->cause && net_call_is(enter->u.call.call, NET_CLOSES))
            return true;
    }
    return false;
}

static void learn_one(struct lab_matrix *m, const struct lab_journal *journal, const struct lab_state *state,
                      const struct lab_conversation *c)
{
    struct end ends[NET_HOSTS] = {end_of(journal, state, c->socket[NET_SERVER]),
                                  end_of(journal, state, c->socket[NET_CLIENT])};
    unsigned first = !ends[NET_SERVER].step                                            ? NET_CLIENT
                     : !ends[NET_CLIENT].step                                          ? NET_SERVER
                     : ends[NET_SERVER].step->time_ns < ends[NET_CLIENT].step->time_ns ? NET_SERVER
                                                                                       : NET_CLIENT;
    const struct lab_socket *watcher = ends[1 - first].socket;
    if (!ends[first].step || !watcher)
        return;
    if (goes_on(journal, &ends[first]))
        return;
    struct lab_cause_mark mark = mark_of(journal, &ends[first]);
    const struct lab_cause *row = lab_cause_of(&mark);
    if (row)
        lab_matrix_read(m, row, journal, state, c, 1 - first, (size_t)ends[first].step->cause);
}

void lab_matrix_learn(struct lab_matrix *m, const struct lab_journal *journal, const struct lab_state *state,
                      uint64_t since_ns)
{
    for (size_t i = 0; i < state->conversation_count; i++)
        if (state->conversations[i].start_ns >= since_ns)
            learn_one(m, journal, state, &state->conversations[i]);
}
