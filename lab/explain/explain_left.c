// SPDX-License-Identifier: GPL-3.0-or-later
// What is left of a conversation: states with the reason why they stay, and calls that still wait.

#include "lab/base/text.h"
#include "lab/explain/explanation.h"
#include "lab/explain/waits_inside.h"
#include "net/data/call.h"

#include <signal.h>

enum { NS_PER_MS = 1000000 };

/* ---- the state of an end ----------------------------------------------------------------------------------------- */

static uint64_t entered_ns(const struct lab_socket *s)
{
    return s->step_count ? s->steps[s->step_count - 1].time_ns : 0;
}

/* When the timer that the latest sample showed runs out; 0: there is none. */
static uint64_t timer_ends_ns(const struct lab_socket *s)
{
    bool runs = s->now.timer != NET_TIMER_NONE && s->now.timer_ms;
    return runs ? s->now_ns + (uint64_t)s->now.timer_ms * NS_PER_MS : 0;
}

static void say_time_wait(struct lab_explanation *x, const struct lab_party *p, const struct lab_party *other)
{
    static const char *const formats[2][2] = {
        {N_("The end of {who} is in TIME_WAIT: it closed first."),
         N_("The end of {who} is in TIME_WAIT: both closed at once.")},
        {N_("The end of {who} is in TIME_WAIT until about {until}: it closed first."),
         N_("The end of {who} is in TIME_WAIT until about {until}: both closed at once.")}};
    bool both = lab_was_in(other->sock, NET_STATE_TIME_WAIT) || lab_was_in(other->sock, NET_STATE_CLOSING);
    uint64_t until = timer_ends_ns(p->sock);
    lab_say(x, formats[until != 0][both], .who = p->who, .until = until);
    lab_say(x, N_("It keeps port {port}, and catches what may still be on its way."), .port = p->sock->now.local_port);
}

static void say_close_wait(struct lab_explanation *x, const struct lab_party *p)
{
    const struct lab_socket *s = p->sock;
    char owner[LAB_WHO_BYTES];
    if (s->references == 0) {
        lab_say(
            x,
            N_("The end of {who} has been in CLOSE_WAIT since {since}: no program of the lab has a descriptor for it, "
               "and until it is closed it stays."),
            .who = p->who, .since = entered_ns(s));
        return;
    }
    lab_task_text(x->e.state, s->owner_actor, s->owner_task, owner, sizeof owner);
    lab_say(
        x,
        N_("The end of {who} has been in CLOSE_WAIT since {since}: {other} has not called close({fd}), and until then "
           "it stays."),
        .who = p->who, .since = entered_ns(s), .other = owner, .fd = s->fd);
    if (s->references > 1)
        lab_say(x, N_("{count} descriptors refer to it."), .count = s->references);
}

static void say_close(struct lab_explanation *x, const struct lab_socket *s)
{
    char owner[LAB_WHO_BYTES];
    lab_task_text(x->e.state, s->owner_actor, s->owner_task, owner, sizeof owner);
    lab_say(x, N_("{who} still has descriptor {fd}; its socket is in CLOSE, without a connection."), .who = owner,
            .fd = s->fd);
}

/* What an end in such a state waits for. */
static const char *const waits[NET_STATES] = {
    [NET_STATE_FIN_WAIT1] = N_(
        "The end of {who} has been in FIN_WAIT1 since {since}: it waits for the ACK of its FIN."),
    [NET_STATE_FIN_WAIT2] = N_(
        "The end of {who} has been in FIN_WAIT2 since {since}: it waits for the FIN of the other "
        "end."),
    [NET_STATE_CLOSING] = N_("The end of {who} has been in CLOSING since {since}: it waits for the ACK of its FIN."),
    [NET_STATE_LAST_ACK] = N_("The end of {who} has been in LAST_ACK since {since}: it waits for the ACK of its FIN."),
    [NET_STATE_SYN_SENT] = N_(
        "The end of {who} has been in SYN_SENT since {since}: it waits for the answer to its SYN."),
    [NET_STATE_SYN_RECV] = N_("The end of {who} has been in SYN_RECV since {since}: it waits for the last ACK of the "
                              "handshake."),
};

/* The last ACK of the handshake has come, and the end is in SYN_RECV all the same: only the kernel's counters say why.
 * False: it has not come. */
static bool say_ack_ignored(struct lab_explanation *x, const struct lab_party *p)
{
    /* Which counters have moved since the connection began: of put-off ACKs, of full accept queues. */
    static const char *const formats[2][2] = {
        [0][1] = N_(
            "The end of {who} has been in SYN_RECV since {since}, though the last ACK of the handshake arrived: it "
            "was thrown away, because the accept queue was full (ListenOverflows)."),
        [1][0] = N_(
            "The end of {who} has been in SYN_RECV since {since}, though the last ACK of the handshake arrived: it "
            "waits for data, because of TCP_DEFER_ACCEPT (TCPDeferAcceptDrop)."),
        [1][1] = N_(
            "The end of {who} has been in SYN_RECV since {since}, though the last ACK of the handshake arrived: it "
            "waits for data, because of TCP_DEFER_ACCEPT, or the accept queue was full (TCPDeferAcceptDrop and "
            "ListenOverflows have both moved)."),
    };
    unsigned host = p->sock->host;
    if (p->sock->now.state != NET_STATE_SYN_RECV || !lab_has_acked(&x->e, 1 - host))
        return false;
    uint64_t since_ns = x->e.conversation->start_ns;
    bool deferred = lab_may_defer(&x->e, lab_listener_at(&x->e, host, p->sock->now.local_port)) &&
                    lab_counted_since(&x->e, host, NET_COUNTER_DEFER_ACCEPT_DROP, since_ns) > 0;
    bool overflowed = lab_counted_since(&x->e, host, NET_COUNTER_LISTEN_OVERFLOWS, since_ns) > 0;
    if (!deferred && !overflowed)
        lab_say_unseen(x, LAB_UNSEEN_ACK, .who = p->who, .since = entered_ns(p->sock));
    else
        lab_say(x, formats[deferred][overflowed], .who = p->who, .since = entered_ns(p->sock));
    return true;
}

/* An end that has closed, and whose FIN comes after bytes that have not left or are not confirmed yet. */
static bool say_before_fin(struct lab_explanation *x, const struct lab_party *p)
{
    enum { FIN = 1 };
    const struct net_ev_sample *now = &p->sock->now;
    bool closing = now->state == NET_STATE_FIN_WAIT1 || now->state == NET_STATE_LAST_ACK;
    if (!closing || now->wqueue <= FIN)
        return false;
    lab_say(x,
            LAB_PLURAL(now->wqueue - FIN,
                       "The end of {who} has been in {state} since {since}: {count} byte before its FIN is not "
                       "confirmed.",
                       "The end of {who} has been in {state} since {since}: {count} bytes before its FIN are not "
                       "confirmed."),
            .who = p->who, .state = now->state, .since = entered_ns(p->sock), .count = now->wqueue - FIN);
    return true;
}

static void say_waiting(struct lab_explanation *x, const struct lab_party *p)
{
    const struct lab_socket *s = p->sock;
    uint64_t until = s->now.state == NET_STATE_FIN_WAIT2 ? timer_ends_ns(s) : 0;
    if (say_ack_ignored(x, p))
        return;
    if (s->now.state == NET_STATE_SYN_RECV && lab_has_crossed(s))
        lab_say(x,
                N_("The end of {who} has been in SYN_RECV since {since}: the SYN of the other end has come, and it "
                   "waits for "
                   "the answer to its own."),
                .who = p->who, .since = entered_ns(s));
    else if (!say_before_fin(x, p))
        lab_say(x, waits[s->now.state], .who = p->who, .since = entered_ns(s));
    bool was_owned = s->now.state != NET_STATE_SYN_RECV || s->use_count > 0;
    if (s->references == 0 && s->now.inode == 0 && was_owned)
        lab_say(x,
                until ? N_("No program owns it any more, and its kernel keeps it until about {until}.")
                      : N_("No program owns it any more."),
                .until = until);
}

/* Whether there is something to say of this end in its present state. */
static bool is_worth_saying(const struct lab_explanation *x, const struct lab_party *p, const struct lab_party *other)
{
    unsigned state = p->sock ? p->sock->now.state : NET_STATE_ABSENT;
    if (state == NET_STATE_ESTABLISHED)
        return !lab_is_with_itself(x->e.conversation) &&
               (!other->sock || other->sock->now.state != NET_STATE_ESTABLISHED);
    if (state == NET_STATE_CLOSE)
        return p->sock->references > 0;
    return state == NET_STATE_TIME_WAIT || state == NET_STATE_CLOSE_WAIT || (state < NET_STATES && waits[state]);
}

static void say_state(struct lab_explanation *x, const struct lab_party *p, const struct lab_party *other)
{
    if (!is_worth_saying(x, p, other))
        return;
    lab_line_begin(x, x->e.state->time_ns);
    switch (p->sock->now.state) {
    case NET_STATE_TIME_WAIT: say_time_wait(x, p, other); break;
    case NET_STATE_CLOSE_WAIT: say_close_wait(x, p); break;
    case NET_STATE_CLOSE: say_close(x, p->sock); break;
    case NET_STATE_ESTABLISHED:
        if (other->sock && other->sock->now.state != NET_STATE_SYN_RECV)
            lab_say(x, N_("The end of {who} is still ESTABLISHED: no segment that ends it has arrived."),
                    .who = p->who);
        else
            lab_say(x, N_("The end of {who} has been ESTABLISHED since {since}: for its kernel the handshake is over."),
                    .who = p->who, .since = entered_ns(p->sock));
        break;
    default: say_waiting(x, p); break;
    }
    lab_line_end(x);
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

/* The owner was stopped and not continued. */
static void say_stopped(struct lab_explanation *x, const struct lab_party *p)
{
    const struct lab_task *owner = p->sock ? lab_task_by_id(x->e.state, p->sock->owner_task) : NULL;
    for (long i = (long)x->e.state->applied; owner && owner->alive && i-- > 0;) {
        const struct net_event *ev = lab_event_at(&x->e, i);
        if (ev->kind != NET_EV_SIGNAL || ev->task != owner->id)
            continue;
        if (ev->u.signal.signo == SIGCONT)
            return;
        if (ev->u.signal.signo != SIGSTOP && ev->u.signal.signo != SIGTSTP)
            continue;
        lab_line_begin(x, x->e.state->time_ns);
        lab_say(x, N_("{by} has been stopped by {name} since {since}; the kernel of {host} goes on without it."),
                .by = ev, .name = net_signal_name(ev->u.signal.signo), .since = ev->time_ns, .host = p->host);
        lab_line_end(x);
        return;
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

bool lab_ended_nothing(const struct lab_explanation *x, const struct lab_socket *s, size_t use)
{
    const struct net_event *enter = lab_event_at(&x->e, s->uses[use].enter),
                           *ret = lab_event_at(&x->e, s->uses[use].ret);
    enum { SHUT_READING = 0 };
    if (!enter || !ret || ret->u.call.ret != 0 || enter->time_ns < x->e.conversation->start_ns)
        return false;
    uint8_t state = lab_state_before(s, s->uses[use].enter);
    if (state != NET_STATE_ESTABLISHED && state != NET_STATE_CLOSE_WAIT)
        return false;
    if (enter->u.call.call == NET_CALL_SHUTDOWN)
        return enter->u.call.args[1] == SHUT_READING;
    return enter->u.call.call == NET_CALL_CLOSE && !has_caused(s, s->uses[use].enter) && lived_on(s, use);
}

void lab_say_nothing_ended(struct lab_explanation *x, const struct lab_socket *s, size_t use)
{
    const struct net_event *enter = lab_event_at(&x->e, s->uses[use].enter);
    lab_line_begin(x, enter->time_ns);
    lab_say(x,
            enter->u.call.call == NET_CALL_SHUTDOWN
                ? N_("{by} called {call}: its program reads no more, and nothing is sent about that.")
                : N_("{by} called {call}: another descriptor still referred to the socket, so nothing was sent."),
            .by = enter, .enter = enter);
    lab_line_end(x);
}

/* ---- both ends --------------------------------------------------------------------------------------------------- */

static bool is_over(const struct lab_party *p)
{
    return !p->sock || p->sock->now.state == NET_STATE_ABSENT ||
           (p->sock->now.state == NET_STATE_CLOSE && p->sock->references == 0);
}

static bool is_established(const struct lab_party *p)
{
    return p->sock && p->sock->now.state == NET_STATE_ESTABLISHED;
}

static bool was_either_in(const struct lab_explanation *x, unsigned state)
{
    return lab_was_in(x->end[0].sock, state) || lab_was_in(x->end[1].sock, state);
}

/* The end has something to send, or on its way. */
static bool has_queued(const struct lab_party *p)
{
    return p->sock && p->sock->now.wqueue > 0;
}

static bool asks_by_itself(const struct lab_party *p)
{
    return p->sock && (p->sock->timers.keepalive || p->sock->now.timer == NET_TIMER_KEEPALIVE);
}

static void say_cut(struct lab_explanation *x)
{
    const struct lab_party *client = &x->end[NET_CLIENT], *server = &x->end[NET_SERVER];
    bool first = asks_by_itself(client), second = asks_by_itself(server);
    if (has_queued(client) || has_queued(server))
        lab_say(x, N_("The wire is cut: nothing that is sent arrives."));
    else if (first && second)
        lab_say(x, N_("The wire is cut, and SO_KEEPALIVE of both ends will find that out."));
    else if (first || second)
        lab_say(
            x,
            N_("The wire is cut, and SO_KEEPALIVE of {who} will find that out; the other end cannot know as long as "
               "it sends nothing."),
            .who = first ? client->who : server->who);
    else
        lab_say(x, N_("The wire is cut, and as long as nothing is sent neither end can know."));
}

/* How the wire stands, where neither end can talk to the other. */
static void say_wire(struct lab_explanation *x)
{
    const struct lab_segment *icmp = lab_icmp_between(&x->e, x->end[0].host, LAB_NONE, (long)x->e.state->applied);
    if (!icmp)
        icmp = lab_icmp_between(&x->e, x->end[1].host, LAB_NONE, (long)x->e.state->applied);
    if (x->e.state->wire.mode == NET_WIRE_CUT)
        say_cut(x);
    if (x->e.state->wire.mode != NET_WIRE_UNREACHABLE)
        return;
    if (icmp)
        lab_say(x, N_("No way leads from one to the other, and a router has said so at {at} (ICMP #{id})."),
                .at = lab_arrival_ns(icmp), .id = (int64_t)icmp->id);
    else
        lab_say(x, N_("No way leads from one to the other, and a router will say so to whoever sends."));
}

/* A later connection has the same two addresses: its SYN has taken the place of what was left of this one. */
static bool is_replaced(const struct lab_explanation *x)
{
    const struct lab_conversation *c = x->e.conversation;
    for (size_t i = (size_t)(c - x->e.state->conversations) + 1; i < x->e.state->conversation_count; i++) {
        const struct lab_conversation *later = &x->e.state->conversations[i];
        bool same = net_ip_same(later->ip[0], c->ip[0]) && later->port[0] == c->port[0] &&
                    net_ip_same(later->ip[1], c->ip[1]) && later->port[1] == c->port[1];
        bool crossed = net_ip_same(later->ip[0], c->ip[1]) && later->port[0] == c->port[1] &&
                       net_ip_same(later->ip[1], c->ip[0]) && later->port[1] == c->port[0];
        if (same || crossed)
            return true;
    }
    return false;
}

static const char *about_nothing_left(const struct lab_explanation *x)
{
    if (!was_either_in(x, NET_STATE_TIME_WAIT))
        return N_("Nothing is left of it, and no end is in TIME_WAIT.");
    return is_replaced(x)
               ? N_("Nothing is left of it: a new connection with the same addresses and ports has come, which "
                    "ends TIME_WAIT.")
               : N_("Nothing is left of it: TIME_WAIT is over.");
}

static void say_both(struct lab_explanation *x)
{
    lab_line_begin(x, x->e.state->time_ns);
    if (lab_is_with_itself(x->e.conversation) && (is_established(&x->end[0]) || is_established(&x->end[1]))) {
        lab_say(x, N_("It is ESTABLISHED; what it sends, it receives itself."));
        lab_line_end(x);
    } else if (is_established(&x->end[0]) && is_established(&x->end[1])) {
        lab_say(x, N_("Both ends are ESTABLISHED; neither has ended the connection."));
        say_wire(x);
        lab_line_end(x);
    } else if (was_either_in(x, NET_STATE_ESTABLISHED) && is_over(&x->end[0]) && is_over(&x->end[1])) {
        lab_say(x, about_nothing_left(x));
        lab_line_end(x);
    }
}

void lab_say_left(struct lab_explanation *x)
{
    say_both(x);
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        say_state(x, &x->end[side], &x->end[!side]);
        lab_say_waits(x, &x->end[side]);
        say_stopped(x, &x->end[side]);
    }
}
