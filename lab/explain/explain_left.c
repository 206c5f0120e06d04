// SPDX-License-Identifier: GPL-3.0-or-later
// What is left of a conversation: states with the reason why they stay, and calls that still wait.

#include "lab/explain/explain_inside.h"
#include "net/data/call.h"

#include <stdio.h>
#include <string.h>

enum { NS_PER_MS = 1000000 };

static const struct lab_step *entered(const struct lab_socket *s)
{
    return s->step_count ? &s->steps[s->step_count - 1] : NULL;
}

/* When the timer that a sample showed runs out. */
static void tell_until(struct lab_telling *t, const struct lab_socket *s)
{
    char at[LAB_AT_BYTES];
    if (s->now.timer != NET_TIMER_NONE && s->now.timer_ms)
        lab_tell(t, " until about %s", lab_at(t, s->now_ns + (uint64_t)s->now.timer_ms * NS_PER_MS, at));
}

static bool was_in(const struct lab_socket *s, uint8_t state)
{
    for (size_t i = 0; s && i < s->step_count; i++)
        if (s->steps[i].state == state)
            return true;
    return false;
}

static void tell_time_wait(struct lab_telling *t, const struct lab_party *p, const struct lab_party *other)
{
    bool both = was_in(other->sock, NET_STATE_TIME_WAIT) || was_in(other->sock, NET_STATE_CLOSING);
    lab_tell(t, "%s is in TIME_WAIT", p->its_end);
    tell_until(t, p->sock);
    lab_tell(t, both ? ": both closed at once" : ": it closed first");
    lab_tell(t, ". It keeps port %u, and catches what may still be on its way", p->sock->now.local_port);
}

static void tell_close_wait(struct lab_telling *t, const struct lab_party *p)
{
    const struct lab_socket *s = p->sock;
    char at[LAB_AT_BYTES], owner[LAB_WHO_BYTES];
    lab_tell(t, "%s has been in CLOSE_WAIT since %s: ", p->its_end, lab_at(t, entered(s)->time_ns, at));
    if (s->references == 0) {
        lab_tell(t, "nobody in the lab has a descriptor for it, and until it is closed it stays");
        return;
    }
    lab_who(t->state, s->owner_actor, s->owner_task, owner);
    lab_tell(t, "%s has not called close(%d), and until then it stays", owner, s->fd);
    if (s->references > 1)
        lab_tell(t, " (%d descriptors refer to it)", s->references);
}

static void tell_close(struct lab_telling *t, const struct lab_party *p)
{
    const struct lab_socket *s = p->sock;
    char owner[LAB_WHO_BYTES];
    lab_who(t->state, s->owner_actor, s->owner_task, owner);
    lab_tell(t, "%s still has descriptor %d; its socket is in CLOSE, without a connection", owner, s->fd);
}

static void tell_waiting_segment(struct lab_telling *t, const struct lab_party *p, const char *for_what)
{
    char at[LAB_AT_BYTES];
    lab_tell(t, "%s has been in %s since %s: it waits for %s", p->its_end, net_state_name(p->sock->now.state),
             lab_at(t, entered(p->sock)->time_ns, at), for_what);
    if (p->sock->references == 0 && p->sock->now.inode == 0) {
        lab_tell(t, ". No program owns it any more");
        if (p->sock->now.state == NET_STATE_FIN_WAIT2 && p->sock->now.timer != NET_TIMER_NONE)
            lab_tell(t, ", and its kernel keeps it");
        if (p->sock->now.state == NET_STATE_FIN_WAIT2)
            tell_until(t, p->sock);
    }
}

/* Whether there is something to say of this end in its present state; said if so. */
static bool tell_state(struct lab_telling *t, const struct lab_party *p, const struct lab_party *other)
{
    if (!p->sock)
        return false;
    switch ((enum net_state)p->sock->now.state) {
    case NET_STATE_TIME_WAIT: tell_time_wait(t, p, other); return true;
    case NET_STATE_CLOSE_WAIT: tell_close_wait(t, p); return true;
    case NET_STATE_CLOSE:
        if (p->sock->references)
            tell_close(t, p);
        return p->sock->references > 0;
    case NET_STATE_FIN_WAIT1: tell_waiting_segment(t, p, "the ACK of its FIN"); return true;
    case NET_STATE_FIN_WAIT2: tell_waiting_segment(t, p, "the FIN of the other end"); return true;
    case NET_STATE_CLOSING:
    case NET_STATE_LAST_ACK: tell_waiting_segment(t, p, "the ACK of its FIN"); return true;
    case NET_STATE_SYN_SENT: tell_waiting_segment(t, p, "the answer to its SYN"); return true;
    case NET_STATE_SYN_RECV: tell_waiting_segment(t, p, "the last ACK of the handshake"); return true;
    case NET_STATE_ESTABLISHED:
        if (other->sock && other->sock->now.state == NET_STATE_ESTABLISHED)
            return false;
        lab_tell(t, "%s is still ESTABLISHED: no segment has told it of anything", p->its_end);
        return true;
    case NET_STATE_ABSENT:
    case NET_STATE_LISTEN:
    case NET_STATES: break;
    }
    return false;
}

/* A call on this end that has not returned, and whose task lives. */
static void tell_blocked(struct lab_telling *t, const struct lab_party *p)
{
    char who[LAB_WHO_BYTES], call[160], at[LAB_AT_BYTES];
    for (size_t i = 0; p->sock && i < p->sock->use_count; i++) {
        const struct net_event *enter = lab_told_event(t, p->sock->uses[i].enter);
        const struct lab_task *task = enter ? lab_task_by_id(t->state, enter->task) : NULL;
        if (!task || task->enter != p->sock->uses[i].enter || enter->u.call.call == NET_CALL_CLOSE)
            continue;
        lab_who(t->state, enter->actor, enter->task, who);
        lab_tell_begin(t, t->state->time_ns);
        lab_tell(t, "%s has been in %s since %s.", who,
                 lab_call_as_text(t, p->sock->uses[i].enter, LAB_NONE, call, sizeof call),
                 lab_at(t, enter->time_ns, at));
        lab_tell_end(t);
    }
}

/* ---- what ended nothing ------------------------------------------------------------------------------------------ */

static bool has_caused(const struct lab_socket *s, long event)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (s->steps[i].cause == event)
            return true;
    return false;
}

/* Somebody still had the socket after this use of it. */
static bool lived_on(const struct lab_socket *s, size_t use)
{
    return s->references > 0 || use + 1 < s->use_count;
}

bool lab_ended_nothing(const struct lab_telling *t, const struct lab_socket *s, size_t use)
{
    const struct net_event *enter = lab_told_event(t, s->uses[use].enter), *ret = lab_told_event(t, s->uses[use].ret);
    enum { SHUT_READING = 0 };
    if (!enter || !ret || ret->u.call.ret != 0 || enter->time_ns < t->conversation->start_ns)
        return false;
    uint8_t state = lab_state_before(s, s->uses[use].enter);
    if (state != NET_STATE_ESTABLISHED && state != NET_STATE_CLOSE_WAIT)
        return false;
    if (enter->u.call.call == NET_CALL_SHUTDOWN)
        return enter->u.call.args[1] == SHUT_READING;
    return enter->u.call.call == NET_CALL_CLOSE && !has_caused(s, s->uses[use].enter) && lived_on(s, use);
}

void lab_tell_nothing(struct lab_telling *t, const struct lab_socket *s, size_t use)
{
    const struct net_event *enter = lab_told_event(t, s->uses[use].enter);
    char who[LAB_WHO_BYTES], call[160];
    lab_who(t->state, enter->actor, enter->task, who);
    lab_tell_begin(t, enter->time_ns);
    lab_tell(t, "%s called %s: ", who, lab_call_as_text(t, s->uses[use].enter, LAB_NONE, call, sizeof call));
    if (enter->u.call.call == NET_CALL_SHUTDOWN)
        lab_tell(t, "its program reads no more, and nothing is sent about that");
    else
        lab_tell(t, "another descriptor still referred to the socket, so nothing was sent");
    lab_tell(t, ".");
    lab_tell_end(t);
}

/* ---- what is left ------------------------------------------------------------------------------------------------ */

/* The owner was stopped and not continued. */
static void tell_stopped(struct lab_telling *t, const struct lab_party *p)
{
    char who[LAB_WHO_BYTES], at[LAB_AT_BYTES];
    const struct lab_task *owner = p->sock ? lab_task_by_id(t->state, p->sock->owner_task) : NULL;
    for (size_t i = t->state->applied; owner && owner->alive && i-- > 0;) {
        const struct net_event *ev = lab_told_event(t, (long)i);
        if (ev->kind != NET_EV_SIGNAL || ev->task != owner->id)
            continue;
        const char *name = net_signal_name(ev->u.signal.signo);
        if (strcmp(name, "SIGCONT") == 0)
            return;
        if (strcmp(name, "SIGSTOP") != 0 && strcmp(name, "SIGTSTP") != 0)
            continue;
        lab_who(t->state, owner->actor, owner->id, who);
        lab_tell_begin(t, t->state->time_ns);
        lab_tell(t, "%s has been stopped by %s since %s; the kernel of %s goes on without it.", who, name,
                 lab_at(t, ev->time_ns, at), net_host_name(p->host));
        lab_tell_end(t);
        return;
    }
}

static bool is_over(const struct lab_party *p)
{
    return !p->sock || p->sock->now.state == NET_STATE_ABSENT ||
           (p->sock->now.state == NET_STATE_CLOSE && p->sock->references == 0);
}

static bool is_established(const struct lab_party *p)
{
    return p->sock && p->sock->now.state == NET_STATE_ESTABLISHED;
}

static void tell_both(struct lab_telling *t)
{
    bool known = t->end[0].sock || t->end[1].sock;
    bool connected = was_in(t->end[0].sock, NET_STATE_ESTABLISHED) || was_in(t->end[1].sock, NET_STATE_ESTABLISHED);
    bool waited = was_in(t->end[0].sock, NET_STATE_TIME_WAIT) || was_in(t->end[1].sock, NET_STATE_TIME_WAIT);
    lab_tell_begin(t, t->state->time_ns);
    if (is_established(&t->end[0]) && is_established(&t->end[1])) {
        lab_tell(t, "Both ends are ESTABLISHED; nobody has ended the connection.");
        if (t->state->wire.mode == NET_WIRE_CUT)
            lab_tell(t, " The wire is cut, and as long as nothing is sent neither end can know.");
        if (t->state->wire.mode == NET_WIRE_UNREACHABLE)
            lab_tell(t, " No way leads from one to the other, and a router will say so to whoever sends.");
        lab_tell_end(t);
    } else if (known && connected && is_over(&t->end[0]) && is_over(&t->end[1])) {
        lab_tell(t, waited ? "Nothing is left of it: TIME_WAIT is over."
                           : "Nothing is left of it, and no end is in TIME_WAIT.");
        lab_tell_end(t);
    }
}

void lab_tell_left(struct lab_telling *t)
{
    tell_both(t);
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        lab_tell_begin(t, t->state->time_ns);
        if (tell_state(t, &t->end[side], &t->end[!side])) {
            lab_tell(t, ".");
            lab_tell_end(t);
        }
        tell_blocked(t, &t->end[side]);
        tell_stopped(t, &t->end[side]);
    }
}
