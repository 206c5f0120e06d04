// SPDX-License-Identifier: GPL-3.0-or-later
// Sockets: the way of each through the states of TCP, and what caused every step.
//
// Samples are taken by several threads, and two of the same socket may overlap in time: then the order in which they
// arrive is not the order in which the kernel was in those states. TCP goes one way, though; so of two overlapping
// samples the one with the earlier state is the older, whenever it came:
//
//     CLOSE (new)  <  LISTEN, SYN_SENT  <  SYN_RECV  <  ESTABLISHED  <  FIN_WAIT1, CLOSE_WAIT
//                  <  FIN_WAIT2, CLOSING, LAST_ACK  <  TIME_WAIT  <  CLOSE (over)  <  gone
//
// Such a late-comer does not change the present. If nobody else saw its state it still belongs to the way, and is put
// in before the last step.
//
// What caused a step is decided by the protocol, not by who happened to ask first. FIN_WAIT1 comes from a call of the
// owner (or from its death) and CLOSE_WAIT from a FIN, so the latest event that can cause the step is its cause.
// Without one it is LAB_NONE: a timer of the kernel, or an actor outside the lab.

#include "lab/state/state_inside.h"
#include "net/data/states.h"

#include "net/data/call.h"

#include <string.h>

int lab_socket_need(struct lab_state *st, unsigned host, uint64_t cookie, uint64_t born_ns, int *socket)
{
    *socket = lab_socket_by_cookie(st, host, cookie);
    if (*socket != LAB_NONE)
        return 0;
    struct lab_socket *sockets = lab_grown(st->sockets, st->socket_count, sizeof *sockets);
    if (!sockets)
        return -1;
    st->sockets = sockets;
    struct lab_socket_more *more = lab_grown(st->maps->sockets, st->socket_count, sizeof *more);
    if (!more)
        return -1;
    st->maps->sockets = more;
    sockets[st->socket_count] = (struct lab_socket){.host = (uint8_t)host,
                                                    .cookie = cookie,
                                                    .now = {.cookie = cookie, .host = (uint8_t)host},
                                                    .born_ns = born_ns,
                                                    .fd = LAB_NONE,
                                                    .conversation = LAB_NONE};
    more[st->socket_count] = (struct lab_socket_more){.mover = LAB_NONE, .exiting = LAB_NONE};
    *socket = (int)st->socket_count++;
    return lab_remember(st, LAB_KEY_SOCKET, cookie, host, *socket);
}

int lab_socket_add_use(struct lab_state *st, int socket, struct lab_use use)
{
    struct lab_socket *s = &st->sockets[socket];
    struct lab_use *uses = lab_grown(s->uses, s->use_count, sizeof *uses);
    if (!uses)
        return -1;
    s->uses = uses;
    uses[s->use_count++] = use;
    size_t trim_at = st->maps->sockets[socket].trim_at;
    st->maps->is_long |= s->use_count >= (trim_at ? trim_at : LAB_LONG);
    return 0;
}

/* ---- the way ----------------------------------------------------------------------------------------------------- */

/* CLOSE is the first state of a socket and, after a reset, the last one; only the end of the socket comes after it. */
static int rank(const struct lab_socket *s, uint8_t state)
{
    bool begun = s->step_count > 1 || (s->step_count == 1 && s->steps[0].state != NET_STATE_CLOSE);
    if (state == NET_STATE_ABSENT)
        return net_state_rank(state) + 1;
    return state == NET_STATE_CLOSE && !begun ? 0 : net_state_rank(state);
}

static int insert_step(struct lab_socket *s, size_t at, const struct lab_step *step)
{
    struct lab_step *steps = lab_grown(s->steps, s->step_count, sizeof *steps);
    if (!steps)
        return -1;
    s->steps = steps;
    memmove(&steps[at + 1], &steps[at], (s->step_count - at) * sizeof *steps);
    steps[at] = *step;
    s->step_count++;
    return 0;
}

int lab_socket_enter_state(struct lab_state *st, int socket, const struct lab_step *step)
{
    struct lab_socket *s = &st->sockets[socket];
    s->now.state = step->state;
    s->now_ns = step->time_ns;
    return insert_step(s, s->step_count, step);
}

static uint8_t last_state(const struct lab_socket *s)
{
    return s->step_count ? s->steps[s->step_count - 1].state : NET_STATE_ABSENT;
}

/* ---- causes ------------------------------------------------------------------------------------------------------ */

/* The flags of a segment that brings a socket from one state into another; 0: no segment does. */
static uint8_t segment_flags(uint8_t from, uint8_t to)
{
    switch ((enum net_state)to) {
    case NET_STATE_SYN_RECV: return NET_SYN;
    case NET_STATE_ESTABLISHED: return from == NET_STATE_SYN_SENT || from == NET_STATE_CLOSE ? NET_SYN : NET_ACK;
    case NET_STATE_CLOSE_WAIT:
    case NET_STATE_CLOSING: return NET_FIN;
    case NET_STATE_FIN_WAIT2: return NET_ACK;
    case NET_STATE_TIME_WAIT: return from == NET_STATE_CLOSING ? NET_ACK : NET_FIN;
    case NET_STATE_CLOSE:
    case NET_STATE_ABSENT:
        if (from == NET_STATE_CLOSE)
            return 0;
        return from == NET_STATE_LAST_ACK ? NET_ACK | NET_RST : NET_RST;
    case NET_STATE_SYN_SENT:
    case NET_STATE_FIN_WAIT1:
    case NET_STATE_LAST_ACK:
    case NET_STATE_LISTEN:
    case NET_STATES: break;
    }
    return 0;
}

static bool is_segment(const struct lab_journal *j, long index)
{
    const struct net_event *ev = index < 0 ? NULL : lab_journal_at(j, (size_t)index);
    return ev && ev->kind == NET_EV_SEGMENT;
}

/* The segment that caused one of the first `count` steps last; *again: it was the last of them, and may cause more. */
static long last_segment(const struct lab_socket *s, const struct lab_journal *j, size_t count, bool *again)
{
    *again = count > 0 && is_segment(j, s->steps[count - 1].cause);
    for (size_t i = count; i-- > 0;)
        if (is_segment(j, s->steps[i].cause))
            return s->steps[i].cause;
    return LAB_NONE;
}

/* The latest segment delivered to this socket that has one of the flags and has not had its effect already. */
static long delivered(const struct lab_state *st, const struct lab_journal *j, int socket, size_t count, uint8_t flags)
{
    int conversation = st->sockets[socket].conversation;
    bool again;
    long used = last_segment(&st->sockets[socket], j, count, &again);
    if (flags == 0 || conversation == LAB_NONE)
        return LAB_NONE;
    const struct lab_end *end = &st->maps->conversations[conversation].end[lab_side_of(st, socket)];
    for (size_t i = 0; i < end->recent_count && i < LAB_RECENT; i++) {
        const struct lab_segment *segment = &st->segments[end->recent[(end->recent_count - 1 - i) % LAB_RECENT]];
        bool fresh = segment->event != used || again;
        if (fresh && segment->segment->flags & flags)
            return segment->event;
        if (segment->event == used)
            break;
    }
    return LAB_NONE;
}

static bool closes(unsigned call)
{
    return call == NET_CALL_CLOSE || call == NET_CALL_DUP2 || call == NET_CALL_DUP3 || call == NET_CALL_EXIT ||
           call == NET_CALL_EXECVE || call == NET_CALL__EXIT || call == NET_CALL_ABORT;
}

/* Whether an event can bring a socket from one state into another. */
static bool moves(const struct net_event *mover, uint8_t from, uint8_t to)
{
    bool ends = mover->kind == NET_EV_TASK_END || closes(mover->u.call.call);
    bool shuts = mover->kind != NET_EV_TASK_END && mover->u.call.call == NET_CALL_SHUTDOWN;
    unsigned call = mover->kind == NET_EV_TASK_END ? NET_CALL_NONE : mover->u.call.call;
    switch ((enum net_state)to) {
    case NET_STATE_SYN_SENT: return call == NET_CALL_CONNECT;
    case NET_STATE_LISTEN: return call == NET_CALL_LISTEN;
    case NET_STATE_FIN_WAIT1:
    case NET_STATE_LAST_ACK: return ends || shuts;
    case NET_STATE_CLOSE:
    case NET_STATE_ABSENT:
        if (from == NET_STATE_LISTEN || from == NET_STATE_SYN_SENT)
            return ends || shuts;
        return ends && from != NET_STATE_TIME_WAIT;
    case NET_STATE_ESTABLISHED: return call == NET_CALL_CONNECT;
    case NET_STATE_FIN_WAIT2:
    case NET_STATE_TIME_WAIT: /* on loopback, where FIN_WAIT1 is not seen */
        return (ends || shuts) && from == NET_STATE_ESTABLISHED;
    case NET_STATE_SYN_RECV:
    case NET_STATE_CLOSE_WAIT:
    case NET_STATE_CLOSING:
    case NET_STATES: break;
    }
    return false;
}

/* What a close() does to a socket that has sent its FIN already is a reset, and done when the call returns. Whether the
 * kernel was asked after that, and still had it: then something else ended it. Unlike that, a close() under a recv() of
 * another thread has its effect later, but then the FIN is that effect. */
static bool outlived(const struct lab_state *st, const struct lab_journal *j, int socket, uint8_t from, long mover)
{
    const struct lab_socket *s = &st->sockets[socket];
    const struct net_event *done = lab_journal_at(j, (size_t)mover);
    if (from != NET_STATE_FIN_WAIT1 && from != NET_STATE_FIN_WAIT2 && from != NET_STATE_LAST_ACK &&
        from != NET_STATE_CLOSING)
        return false;
    for (size_t i = s->use_count; i-- > 0;)
        if (s->uses[i].enter == mover) {
            done = s->uses[i].ret == LAB_NONE ? NULL : lab_journal_at(j, (size_t)s->uses[i].ret);
            break;
        }
    return done && s->now.state == from && s->now.begin_ns > done->time_ns;
}

/* What led from the last of the first `count` steps into a state. */
static long cause_of(const struct lab_state *st, const struct lab_journal *j, int socket, size_t count, uint8_t to)
{
    const struct lab_step *last = count ? &st->sockets[socket].steps[count - 1] : NULL;
    uint8_t from = last ? last->state : NET_STATE_ABSENT;
    long segment = delivered(st, j, socket, count, segment_flags(from, to));
    long mover = st->maps->sockets[socket].mover;
    const struct net_event *ev = mover < 0 ? NULL : lab_journal_at(j, (size_t)mover);
    if (segment != LAB_NONE || !ev || !moves(ev, from, to))
        return segment;
    /* A close() that has had its effect already does not end the socket a second time: that was a timer. */
    bool over = from != NET_STATE_CLOSE && (to == NET_STATE_CLOSE || to == NET_STATE_ABSENT);
    return over && last && (last->event > mover || outlived(st, j, socket, from, mover)) ? LAB_NONE : mover;
}

/*
 * A task that dies has its sockets closed by the kernel before its end is reported: the states that this brought are
 * there already, without a cause. They came after the last thing that the task did.
 */
static bool blame(struct lab_socket *s, long event, long after)
{
    for (size_t i = s->step_count; i-- > 1 && s->steps[i].event > after;) {
        struct lab_step *step = &s->steps[i];
        uint8_t from = s->steps[i - 1].state;
        bool goes = step->state == NET_STATE_CLOSE || step->state == NET_STATE_ABSENT;
        bool by_end = step->state == NET_STATE_FIN_WAIT1 || step->state == NET_STATE_LAST_ACK ||
                      (goes && from != NET_STATE_TIME_WAIT && from != NET_STATE_FIN_WAIT2);
        if (by_end && step->cause == LAB_NONE) {
            step->cause = event;
            return true;
        }
    }
    return false;
}

/* Its end was reported while this descriptor still kept it. */
static int go_now(struct lab_state *st, int socket, long cause, long event)
{
    struct lab_socket *s = &st->sockets[socket];
    struct lab_step step = {s->now_ns, NET_STATE_ABSENT, cause, event};
    if (s->now.state != NET_STATE_CLOSE || !st->maps->sockets[socket].in_no_table)
        return 0;
    s->now.state = NET_STATE_ABSENT;
    s->gone_ns = s->now_ns;
    return insert_step(s, s->step_count, &step);
}

int lab_socket_let_go(struct lab_state *st, int socket, int table, long event)
{
    struct lab_socket_more *more = &st->maps->sockets[socket];
    long by = more->exiting == table ? more->mover : event;
    more->exiting = LAB_NONE;
    more->mover = by;
    if (st->maps->end_after != LAB_NONE && blame(&st->sockets[socket], by, st->maps->end_after))
        more->mover = LAB_NONE;
    return go_now(st, socket, by, event);
}

/* ---- samples ----------------------------------------------------------------------------------------------------- */

static bool has_tuple(const struct net_ev_sample *sample)
{
    return sample->remote_port != 0 && sample->local_port != 0 && sample->state != NET_STATE_LISTEN;
}

static bool seen(const struct lab_socket *s, uint8_t state)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (s->steps[i].state == state)
            return true;
    return false;
}

/* Older than what is known already, although it came later. */
static bool is_stale(const struct lab_socket *s, const struct net_ev_sample *sample)
{
    if (s->step_count == 0 || sample->begin_ns >= s->now_ns)
        return false;
    return rank(s, sample->state) < rank(s, last_state(s));
}

/* The state of a stale sample goes before the last step, if it lies between that and the one before. */
static int insert_stale(struct lab_state *st, const struct lab_journal *j, int socket, const struct net_event *ev,
                        long index)
{
    struct lab_socket *s = &st->sockets[socket];
    uint8_t state = ev->u.sample.state;
    size_t last = s->step_count - 1;
    if (last == 0 || seen(s, state) || rank(s, state) <= rank(s, s->steps[last - 1].state))
        return 0;
    struct lab_step step = {s->steps[last].time_ns, state, cause_of(st, j, socket, last, state), index};
    return insert_step(s, last, &step);
}

static int add_step(struct lab_state *st, const struct lab_journal *j, int socket, const struct net_event *ev,
                    uint8_t state, long index)
{
    struct lab_socket *s = &st->sockets[socket];
    uint8_t from = last_state(s);
    if (s->step_count && from == state)
        return 0;
    struct lab_step step = {ev->time_ns, state, cause_of(st, j, socket, s->step_count, state), index};
    return insert_step(s, s->step_count, &step);
}

static int take_sample(struct lab_state *st, const struct lab_journal *j, int socket, const struct net_event *ev,
                       long index)
{
    const struct net_ev_sample *sample = &ev->u.sample;
    if (is_stale(&st->sockets[socket], sample))
        return insert_stale(st, j, socket, ev, index);
    if (has_tuple(sample) && lab_join(st, socket, sample) < 0)
        return -1;
    if (add_step(st, j, socket, ev, sample->state, index) < 0)
        return -1;
    struct lab_socket *s = &st->sockets[socket];
    s->now = *sample;
    s->now_ns = ev->time_ns;
    s->gone_ns = 0;
    if (sample->state != NET_STATE_CLOSE)
        st->maps->sockets[socket].in_no_table = false;
    lab_tell_segments(st, socket, sample);
    if (sample->state == NET_STATE_LISTEN)
        return lab_remember(st, LAB_KEY_LISTENER, sample->local_port, sample->host, socket);
    return 0;
}

int lab_fold_sample(struct lab_state *st, const struct lab_journal *j, const struct net_event *ev, long index)
{
    const struct net_ev_sample *sample = &ev->u.sample;
    int socket;
    if (sample->state == NET_STATE_ABSENT)
        return lab_fold_gone(st, j, ev, index);
    if (sample->cookie == 0 || sample->host >= NET_HOSTS || sample->state >= NET_STATES)
        return 0;
    if (lab_socket_need(st, sample->host, sample->cookie, sample->begin_ns, &socket) < 0)
        return -1;
    return take_sample(st, j, socket, ev, index);
}

int lab_fold_timers(struct lab_state *st, const struct net_event *ev)
{
    const struct net_ev_timers *timers = &ev->u.timers;
    int socket;
    if (timers->cookie == 0 || timers->host >= NET_HOSTS)
        return 0;
    if (lab_socket_need(st, timers->host, timers->cookie, ev->time_ns, &socket) < 0)
        return -1;
    st->sockets[socket].timers = *timers;
    return 0;
}

/*
 * The kernel's tables do not have it any more. While a descriptor refers to it the socket itself lives on, and a full
 * socket that is in no table is in CLOSE (tcp_done() of Linux takes it out when it sets that state).
 */
static uint8_t state_when_gone(const struct lab_socket *s)
{
    return s->references > 0 ? NET_STATE_CLOSE : NET_STATE_ABSENT;
}

static void set_gone(struct lab_socket *s, uint8_t state, uint64_t time_ns)
{
    s->now.state = state;
    s->now.timer = NET_TIMER_NONE;
    s->now.inode = s->now.rqueue = s->now.wqueue = s->now.timer_ms = 0;
    s->now_ns = time_ns;
    s->gone_ns = state == NET_STATE_ABSENT ? time_ns : 0;
}

int lab_fold_gone(struct lab_state *st, const struct lab_journal *j, const struct net_event *ev, long index)
{
    int socket = lab_socket_by_cookie(st, ev->u.sample.host, ev->u.sample.cookie);
    if (socket == LAB_NONE || st->sockets[socket].now.state == NET_STATE_ABSENT)
        return 0;
    uint8_t state = state_when_gone(&st->sockets[socket]);
    struct net_ev_sample sample = ev->u.sample;
    sample.state = state;
    st->maps->sockets[socket].in_no_table = true;
    if (add_step(st, j, socket, ev, state, index) < 0)
        return -1;
    set_gone(&st->sockets[socket], state, ev->time_ns);
    lab_tell_segments(st, socket, &sample);
    return 0;
}

static bool listens_at(const struct lab_socket *s, unsigned host, uint16_t port)
{
    return s->now.state == NET_STATE_LISTEN && s->host == host && s->now.local_port == port;
}

/* Two may share a port: where the latest has closed, another may listen still. */
uint8_t lab_port_state(const struct lab_state *st, unsigned host, uint16_t port)
{
    int socket = lab_find(st, LAB_KEY_LISTENER, port, host);
    bool listens = socket != LAB_NONE && listens_at(&st->sockets[socket], host, port);
    for (size_t i = 0; socket != LAB_NONE && !listens && i < st->socket_count; i++)
        listens = listens_at(&st->sockets[i], host, port);
    return listens ? NET_STATE_LISTEN : NET_STATE_ABSENT;
}
