// SPDX-License-Identifier: GPL-3.0-or-later
// How a connection began, or why it did not.

#include "lab/base/text.h"
#include "lab/explain/because.h"
#include "lab/explain/explanation.h"
#include "net/data/call.h"

#include <errno.h>

/* ---- calls that failed before anything was sent ------------------------------------------------------------------ */

/* Errors that tell of the end of a connection: they belong to its story. */
static bool tells_of_end(int error)
{
    switch (error) {
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ECONNREFUSED:
    case ECONNABORTED: return true;
    default: return false;
    }
}

/* It is about a descriptor, or makes a socket. */
static bool is_about_sockets(unsigned call)
{
    return net_call_row(call)->args[0] == 'f' || call == NET_CALL_SOCKET;
}

bool lab_is_failure(const struct lab_evidence *e, long index)
{
    const struct net_event *ev = lab_event_at(e, index);
    if (!ev || ev->kind != NET_EV_CALL_RETURN || ev->u.call.ret >= 0 || !is_about_sockets(ev->u.call.call))
        return false;
    if (ev->u.call.requested)
        return true;
    if (ev->u.call.call == NET_CALL_CONNECT)
        return ev->u.call.error != EINPROGRESS && ev->u.call.error != EINTR;
    const struct lab_socket *s = tells_of_end(ev->u.call.error) ? lab_socket_of_call(e, index) : NULL;
    return !s ? !tells_of_end(ev->u.call.error) : s->conversation == LAB_NONE;
}

int lab_made_by_failure(const struct lab_evidence *e, long index)
{
    const struct lab_socket *s = lab_socket_of_call(e, index);
    const struct net_event *ret = lab_event_at(e, index);
    if (ret->u.call.call != NET_CALL_CONNECT || !s || s->conversation == LAB_NONE)
        return LAB_NONE;
    return e->state->conversations[s->conversation].start_ns >= ret->u.call.enter_ns ? s->conversation : LAB_NONE;
}

/* A port that a connection holds, and no listener: an option would have allowed to share it. */
static bool reuse_would_help(const struct lab_explanation *x, const struct net_event *enter, long index)
{
    const struct net_event *ret = lab_event_at(&x->e, index);
    const struct lab_actor *actor = lab_actor_by_id(x->e.state, ret->actor);
    uint16_t port = lab_port_in(enter);
    const struct lab_socket *own = lab_socket_of_call(&x->e, index);
    const struct lab_socket *holder = actor && port
                                          ? lab_port_holder(&x->e, actor->host, lab_ip_in(enter), port, index, own)
                                          : NULL;
    uint8_t state = holder ? lab_state_before(holder, index) : NET_STATE_LISTEN;
    const struct net_event *was = holder ? lab_sample_before(&x->e, holder, index, state) : NULL;
    return state != NET_STATE_LISTEN && was && was->u.sample.remote_port != 0;
}

/* accept() failed for a reason of the program's own: the connection is not lost by that. */
static void say_stays_queued(struct lab_explanation *x, const struct net_event *enter, const struct net_event *ret)
{
    bool own = ret->u.call.error == EMFILE || ret->u.call.error == ENFILE || ret->u.call.error == ENOBUFS ||
               ret->u.call.error == ENOMEM;
    if (!own || !lab_call_accepts(ret->u.call.call) || !enter)
        return;
    int socket = lab_socket_of(x->e.state, ret->task, enter->u.call.fd);
    uint32_t waiting = socket == LAB_NONE ? 0 : x->e.state->sockets[socket].now.rqueue;
    if (waiting)
        lab_say(x,
                LAB_PLURAL(waiting,
                           "{count} connection still waits in the queue, and poll() goes on reporting the listening "
                           "socket as readable.",
                           "{count} connections still wait in the queue, and poll() goes on reporting the listening "
                           "socket as readable."),
                .count = waiting);
}

void lab_say_failure(struct lab_explanation *x, long index)
{
    const struct net_event *ret = lab_event_at(&x->e, index), *enter = lab_event_at(&x->e, lab_entry_of(&x->e, index));
    bool in_use = ret->u.call.error == EADDRINUSE;
    char reason[LAB_BECAUSE_BYTES];
    bool known = lab_because(x->e.journal, x->e.state, x->e.start_ns, index, reason, sizeof reason);
    lab_line_begin(x, ret->time_ns);
    lab_say_returned(x, enter, ret, 0, known ? reason : NULL);
    if (!known)
        lab_say_unseen(x, in_use ? LAB_UNSEEN_HOLDER : LAB_UNSEEN_CALL, .count = 0);
    if (in_use && reuse_would_help(x, enter, index))
        lab_say(x, N_("SO_REUSEADDR on both sockets would allow it."));
    if (!known && ret->u.call.call == NET_CALL_CONNECT)
        lab_say(x, N_("No segment was sent."));
    say_stays_queued(x, enter, ret);
    lab_line_end(x);
}

/* ---- the opening ------------------------------------------------------------------------------------------------- */

struct opening {
    unsigned side;             /* who called connect() */
    const struct lab_use *use; /* NULL: nobody in the lab */
    const struct net_event *enter, *ret;
    const struct lab_segment *syn, *rst; /* first SYN and, if it was refused, the answer; NULL */
    unsigned syns;                       /* how often it was sent */
    bool both;                           /* the other end sent a SYN of its own, too: a simultaneous open */
    bool connected;
};

static bool was_established(const struct lab_explanation *x, const struct lab_socket *s)
{
    for (size_t i = 0; s && i < s->step_count; i++) {
        uint8_t state = s->steps[i].state;
        bool after = state != NET_STATE_ABSENT && state != NET_STATE_CLOSE && state != NET_STATE_LISTEN &&
                     state != NET_STATE_SYN_SENT && state != NET_STATE_SYN_RECV;
        if (after && s->steps[i].time_ns >= x->e.conversation->start_ns)
            return true;
    }
    return false;
}

/* The connect() that began this conversation: the last that was entered before it. */
static void find_connect(const struct lab_explanation *x, unsigned side, struct opening *o)
{
    const struct lab_socket *s = x->end[side].sock;
    for (size_t i = 0; s && i < s->use_count; i++) {
        const struct net_event *enter = lab_event_at(&x->e, s->uses[i].enter);
        if (!enter || !lab_call_connects(&enter->u.call))
            continue;
        if (o->use && enter->time_ns > x->e.conversation->start_ns)
            return;
        o->side = side;
        o->use = &s->uses[i];
        o->enter = enter;
        o->ret = lab_event_at(&x->e, s->uses[i].ret);
    }
}

/* A SYN that comes when the handshake is over opens nothing: it is challenged (RFC 5961). */
static void find_segments(const struct lab_explanation *x, struct opening *o)
{
    const struct lab_conversation *c = x->e.conversation;
    bool is_open = false;
    for (size_t k = 0; k < c->segment_count; k++) {
        const struct lab_segment *seg = &x->e.state->segments[c->segments[k]];
        bool mine = lab_is_from(&x->e, seg, o->side);
        unsigned flags = seg->segment->flags;
        is_open |= (flags & (NET_SYN | NET_ACK | NET_RST)) == NET_ACK && !seg->segment->injected;
        if (mine && (flags & (NET_SYN | NET_ACK)) == NET_SYN && !(is_open && seg->segment->injected)) {
            o->syns += 1 + seg->repeats;
            if (!o->syn || seg->fate == NET_DELIVERED)
                o->syn = seg;
        }
        if (!mine && (flags & (NET_SYN | NET_ACK)) == NET_SYN && !is_open)
            o->both = true;
        if (!mine && (flags & NET_RST) && o->syn && !o->rst)
            o->rst = seg;
    }
}

static struct opening find_opening(const struct lab_explanation *x)
{
    struct opening o = {.side = NET_CLIENT};
    const struct lab_conversation *c = x->e.conversation;
    if (c->segment_count)
        o.side = x->e.state->segments[c->segments[0]].segment->from;
    find_connect(x, 0, &o);
    find_connect(x, 1, &o);
    find_segments(x, &o);
    o.connected = was_established(x, x->end[0].sock) || was_established(x, x->end[1].sock);
    return o;
}

static void say_connect(struct lab_explanation *x, const struct opening *o)
{
    const struct lab_conversation *c = x->e.conversation;
    char from[NET_ADDRESS_TEXT_BYTES], to[NET_ADDRESS_TEXT_BYTES];
    lab_line_begin(x, o->enter ? o->enter->time_ns : c->start_ns);
    if (o->enter) {
        lab_say(x, N_("{by} called {call}."), .by = o->enter, .enter = o->enter);
        return;
    }
    net_address_text(c->ip[o->side], c->port[o->side], from, sizeof from);
    net_address_text(c->ip[!o->side], c->port[!o->side], to, sizeof to);
    lab_say(x,
            o->connected ? N_("{who} connected from {address} to {peer}.")
                         : N_("{who} called {peer} from {address}; no connection came of it."),
            .who = x->end[o->side].who, .address = from, .peer = to);
}

static const struct net_event *acceptance(const struct lab_explanation *x, const struct lab_socket *s)
{
    const struct net_event *made = s && s->use_count ? lab_event_at(&x->e, s->uses[0].ret) : NULL;
    return made && lab_call_accepts(made->u.call.call) ? made : NULL;
}

/* The other end was made without any accept() of the lab. */
static void say_not_accepted(struct lab_explanation *x, unsigned side)
{
    const struct lab_party *p = &x->end[side];
    uint8_t state = p->sock ? p->sock->now.state : NET_STATE_ABSENT;
    bool waits = (state == NET_STATE_ESTABLISHED || state == NET_STATE_CLOSE_WAIT) && p->sock->now.inode == 0;
    if (p->has_actor || !p->sock)
        return;
    if (lab_is_outside(x, side))
        lab_say(x, N_("A program outside of the lab took it from accept(); when cannot be seen."));
    else if (waits)
        lab_say(
            x, N_("No program has accepted it: it waits at the listening socket, and the kernel of {host} acts alone."),
            .host = p->host);
    else if (state == NET_STATE_CLOSE)
        lab_say(x,
                N_("No program has accepted it: it stays in the queue of the listening socket although it is over, and "
                   "accept() returns it all the same."));
    else if (state != NET_STATE_ABSENT && state != NET_STATE_SYN_RECV)
        lab_say_unseen(x, LAB_UNSEEN_ACCEPTED, .count = 0);
}

/* The end that was called was made of the ACK alone: it was never in SYN_RECV, and knows of the SYN what the cookie and
 * the timestamp brought back (cookie_v4_check() of Linux). */
static void say_from_cookie(struct lab_explanation *x, unsigned side)
{
    const struct lab_segment *syn_ack = NULL;
    const struct lab_conversation *c = x->e.conversation;
    if (lab_was_in(x->end[side].sock, NET_STATE_SYN_RECV) || lab_was_in(x->end[side].sock, NET_STATE_SYN_SENT))
        return;
    for (size_t k = 0; k < c->segment_count && !syn_ack; k++) {
        const struct lab_segment *seg = &x->e.state->segments[c->segments[k]];
        if (lab_is_from(&x->e, seg, side) && (seg->segment->flags & (NET_SYN | NET_ACK)) == (NET_SYN | NET_ACK))
            syn_ack = seg;
    }
    if (!syn_ack)
        return;
    lab_say(
        x,
        syn_ack->segment->has_timestamp
            ? N_("The kernel of {host} answered the SYN with a SYN cookie and made this end of the ACK that brought "
                 "it back (SyncookiesSent); window scale and SACK came back in the timestamp.")
            : N_("The kernel of {host} answered the SYN with a SYN cookie and made this end of the ACK that brought "
                 "it back (SyncookiesSent); without timestamps there is no room for window scale and SACK: the "
                 "connection goes without them."),
        .host = x->end[side].host);
}

/* The end that was called has no socket although the other one is connected: its kernel keeps nothing of the handshake
 * (SYN cookies), and a queue that is full lets it make nothing of the cookie that comes back. */
static void say_cookie(struct lab_explanation *x, unsigned side)
{
    const uint64_t since_ns = x->e.conversation->start_ns;
    const unsigned host = x->end[side].host;
    if (lab_counted_since(&x->e, host, NET_COUNTER_SYNCOOKIES_SENT, since_ns) == 0)
        return;
    if (x->end[side].sock) {
        say_from_cookie(x, side);
        return;
    }
    bool came = lab_has_acked(&x->e, !side);
    bool full = lab_counted_since(&x->e, host, NET_COUNTER_LISTEN_OVERFLOWS, since_ns) > 0;
    lab_say(x,
            N_("The kernel of {host} answered the SYN with a SYN cookie: it keeps nothing of this handshake "
               "(SyncookiesSent)."),
            .host = host);
    if (!came)
        lab_say(x, N_("The last ACK of the handshake, which brings the cookie back, has not arrived."));
    else if (full)
        lab_say(x, N_("The ACK brought the cookie back, and was thrown away: the accept queue was full "
                      "(ListenOverflows)."));
    else if (lab_counted_since(&x->e, host, NET_COUNTER_SYNCOOKIES_FAILED, since_ns) > 0)
        lab_say(x, N_("The ACK brought no valid cookie back (SyncookiesFailed)."));
}

bool lab_is_with_itself(const struct lab_conversation *c)
{
    return net_ip_same(c->ip[0], c->ip[1]) && c->port[0] == c->port[1];
}

static void say_both_called(struct lab_explanation *x, const struct opening *o)
{
    lab_say(x,
            N_("{other} called connect() as well, and the two SYNs crossed: a simultaneous open, without a listening "
               "socket."),
            .other = x->end[!o->side].who);
}

static void say_connected(struct lab_explanation *x, const struct opening *o)
{
    const struct lab_party *other = &x->end[!o->side];
    const struct net_event *accepted = acceptance(x, other->sock);
    if (o->ret)
        lab_say(x, N_("It returned {result} at {at}."), .ret = o->ret, .at = o->ret->time_ns);
    if (lab_is_with_itself(x->e.conversation))
        lab_say(
            x,
            N_("It is connected with itself: nobody listens at port {port}, which is also its own port, and the SYN "
               "arrived at the socket that had sent it (a simultaneous open)."),
            .port = x->e.conversation->port[0]);
    else if (o->both)
        lab_say(x,
                N_("{other} called connect() as well, and the two SYNs crossed: a simultaneous open, without a "
                   "listening socket."),
                .other = other->who);
    else if (accepted)
        lab_say(x, N_("{by} took the connection from accept() at {at}, as descriptor {fd}."), .by = accepted,
                .at = accepted->time_ns, .fd = accepted->u.call.ret);
    else
        say_not_accepted(x, !o->side);
    say_cookie(x, !o->side);
    lab_line_end(x);
}

static void say_syn(struct lab_explanation *x, const struct opening *o)
{
    if (!o->syn)
        return;
    if (o->syn->segment->injected)
        lab_say(x,
                LAB_PLURAL(o->syns, "You sent the SYN by hand.", "The SYN was sent {count} times, first by your hand."),
                .count = o->syns);
    else
        lab_say(x, LAB_PLURAL(o->syns, "Its kernel sent SYN.", "Its kernel sent SYN {count} times."), .count = o->syns);
    lab_say_not_arrived(x, &x->end[!o->side], o->syn);
}

/* Whoever listened at the port that was called, if its queue was full: then that is why no answer came. */
static void say_queue(struct lab_explanation *x, const struct opening *o)
{
    static const char *const formats[2][2] = {
        {N_("The queue of the listening socket is full: {count} connection not accepted yet, where the backlog is "
            "{limit}, "
            "and the kernel of {host} drops a SYN then."),
         N_("The queue of the listening socket is full: {count} connections not accepted yet, where the backlog is "
            "{limit}, and the kernel of {host} drops a SYN then.")},
        {N_("The queue of the listening socket was full: {count} connection not accepted yet, where the backlog is "
            "{limit}, and the kernel of {host} drops a SYN then."),
         N_("The queue of the listening socket was full: {count} connections not accepted yet, where the backlog is "
            "{limit}, and the kernel of {host} drops a SYN then.")}};
    const struct lab_evidence *e = &x->e;
    long until = o->ret ? o->use->ret : (long)e->state->applied;
    for (size_t i = 0; o->syn && o->syn->fate == NET_DELIVERED && i < e->state->socket_count; i++) {
        const struct lab_socket *s = &e->state->sockets[i];
        const struct net_event *was = lab_sample_before(e, s, until, NET_STATE_LISTEN);
        if (s->host != x->end[!o->side].host || lab_state_before(s, until) != NET_STATE_LISTEN || !was ||
            was->u.sample.local_port != e->conversation->port[!o->side] || was->u.sample.rqueue <= was->u.sample.wqueue)
            continue;
        const char *const *of_time = formats[o->ret != NULL];
        lab_say(x, LAB_PLURAL(was->u.sample.rqueue, of_time[0], of_time[1]), .count = was->u.sample.rqueue,
                .limit = was->u.sample.wqueue, .host = s->host);
        return;
    }
}

/* Somebody listens at the port that was called, but at another address: the cause of the call's error says who. */
static bool listens_elsewhere(const struct lab_explanation *x, const struct opening *o)
{
    const struct lab_conversation *c = x->e.conversation;
    return o->ret && lab_listener_elsewhere(&x->e, x->end[!o->side].host, c->ip[!o->side], c->port[!o->side],
                                            o->use->ret) != NULL;
}

/* Nobody listened at the port that was called: a socket that has it and was not made to listen may have been meant, or
 * the only one that listened at another port of that host. */
static void say_who_was_meant(struct lab_explanation *x, const struct opening *o)
{
    const struct lab_state *state = x->e.state;
    const struct lab_socket *bound = NULL, *other = NULL;
    long until = o->ret ? o->use->ret : (long)state->applied;
    uint16_t port = x->e.conversation->port[!o->side];
    unsigned others = 0;
    char who[LAB_WHO_BYTES];
    for (size_t i = 0; i < state->socket_count; i++) {
        const struct lab_socket *s = &state->sockets[i];
        uint8_t was = lab_state_before(s, until);
        if (s->host != x->end[!o->side].host || !lab_actor_by_id(state, s->owner_actor))
            continue;
        if (was == NET_STATE_CLOSE && s->now.local_port == port)
            bound = s;
        if (was == NET_STATE_LISTEN && s->now.local_port != port) {
            other = s;
            others++;
        }
    }
    if (!bound && others != 1)
        return;
    const struct lab_socket *meant = bound ? bound : other;
    lab_task_text(state, meant->owner_actor, meant->owner_task, who, sizeof who);
    lab_say(
        x, bound ? N_("{who} has bound that port, and had not called listen().") : N_("{who} listened at port {port}."),
        .who = who, .port = meant->now.local_port);
}

static void say_refusal(struct lab_explanation *x, const struct opening *o)
{
    bool listened = o->syn->state_receiver == NET_STATE_LISTEN || listens_elsewhere(x, o);
    lab_line_begin(x, o->rst->sent_ns);
    lab_say(x,
            listened ? N_("The kernel of {host} answered with RST.")
                     : N_("The kernel of {host} answered with RST: no socket of the lab listened at port {port}."),
            .host = x->end[!o->side].host, .port = x->e.conversation->port[!o->side]);
    if (!listened)
        say_who_was_meant(x, o);
    lab_say_not_arrived(x, &x->end[o->side], o->rst);
    lab_line_end(x);
}

/* What came of a connect() that made no connection. Of a RST its own line speaks. */
static void say_result(struct lab_explanation *x, const struct opening *o)
{
    char reason[LAB_BECAUSE_BYTES];
    if (!o->ret)
        return;
    bool known = o->ret->u.call.ret < 0 && (!o->rst || listens_elsewhere(x, o)) &&
                 lab_because(x->e.journal, x->e.state, x->e.start_ns, o->use->ret, reason, sizeof reason);
    lab_line_begin(x, o->ret->time_ns);
    lab_say(x, known ? N_("{by}: connect() returned {result}: {reason}.") : N_("{by}: connect() returned {result}."),
            .by = o->ret, .ret = o->ret, .reason = reason);
    lab_line_end(x);
}

/* A kernel that gave the handshake up by itself, where no call tells of it. */
static void say_given_up(struct lab_explanation *x, const struct opening *o, unsigned side)
{
    const struct lab_party *p = &x->end[side];
    bool told = side == o->side && o->ret && o->ret->u.call.ret < 0 && o->ret->u.call.error != EINPROGRESS &&
                o->ret->u.call.error != EINTR;
    for (size_t i = 1; p->sock && i < p->sock->step_count; i++) {
        const struct lab_step *step = &p->sock->steps[i];
        uint8_t from = p->sock->steps[i - 1].state;
        bool opens = from == NET_STATE_SYN_RECV || (from == NET_STATE_SYN_SENT && !told);
        if (!opens || (step->state != NET_STATE_CLOSE && step->state != NET_STATE_ABSENT) || step->cause != LAB_NONE ||
            step->time_ns < x->e.conversation->start_ns || lab_ending_command(&x->e, p->host, step->event))
            continue;
        lab_line_begin(x, step->time_ns);
        lab_say_limit(x, p, i);
        lab_line_end(x);
    }
}

bool lab_say_opening(struct lab_explanation *x)
{
    struct opening o = find_opening(x);
    say_connect(x, &o);
    if (o.connected) {
        say_connected(x, &o);
        return true;
    }
    say_syn(x, &o);
    say_queue(x, &o);
    if (o.both)
        say_both_called(x, &o);
    lab_line_end(x);
    if (o.rst)
        say_refusal(x, &o);
    say_result(x, &o);
    say_given_up(x, &o, 0);
    say_given_up(x, &o, 1);
    return false;
}
