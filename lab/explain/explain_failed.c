// SPDX-License-Identifier: GPL-3.0-or-later
// How a connection began, or why it did not.

#include "lab/explain/because.h"
#include "lab/explain/explain_inside.h"
#include "net/data/call.h"

#include <stdio.h>
#include <string.h>

/* ---- calls that failed before anything was sent ------------------------------------------------------------------ */

static bool is_error(const struct net_event *ret, const char *name)
{
    return strcmp(net_errno_name(ret->u.call.error), name) == 0;
}

/* The entry of the call that this event returned from. */
long lab_entry_of(const struct lab_telling *t, long ret)
{
    const struct net_event *returned = lab_told_event(t, ret);
    for (long i = ret; i-- > 0;) {
        const struct net_event *ev = lab_told_event(t, i);
        if (ev && ev->kind == NET_EV_CALL_ENTER && ev->task == returned->task)
            return ev->u.call.call == returned->u.call.call ? i : LAB_NONE;
    }
    return LAB_NONE;
}

/* Errors of the call alone: no segment said them, and the connection, if there is one, goes on. */
static bool is_local(const struct net_event *ret)
{
    static const char *const errors[] = {"EAGAIN", "EBADF",  "EINTR",    "EINVAL", "EISCONN",
                                         "EMFILE", "ENFILE", "ENOTCONN", "EPERM",  "ENOTSOCK"};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (is_error(ret, errors[i]))
            return true;
    return false;
}

bool lab_is_failure(const struct lab_telling *t, long index)
{
    const struct net_event *ev = lab_told_event(t, index);
    if (!ev || ev->kind != NET_EV_CALL_RETURN || ev->u.call.ret >= 0)
        return false;
    if (ev->u.call.call == NET_CALL_CONNECT)
        return !is_error(ev, "EINPROGRESS") && !is_error(ev, "EINTR");
    return ev->u.call.call == NET_CALL_BIND || ev->u.call.call == NET_CALL_LISTEN || is_local(ev);
}

/* Port of a struct sockaddr_in as a program handed it over; 0 when it is none. */
uint16_t lab_port_in(const struct net_event *enter)
{
    enum { PORT_AT = 2, IPV4_BYTES = 8 };
    if (!enter || !enter->data || enter->data_bytes < IPV4_BYTES)
        return 0;
    return (uint16_t)(enter->data[PORT_AT] << 8 | enter->data[PORT_AT + 1]);
}

/* Whoever was last known to have the socket, at the time of an event. */
void lab_holder_at(const struct lab_telling *t, const struct lab_socket *s, long before, char who[LAB_WHO_BYTES])
{
    for (size_t i = s->use_count; i-- > 0;) {
        const struct net_event *ev = lab_told_event(t, s->uses[i].enter);
        if (!ev || s->uses[i].enter > before)
            continue;
        lab_who(t->state, ev->actor, ev->task, who);
        return;
    }
    snprintf(who, LAB_WHO_BYTES, "nobody in the lab");
}

static int holds_plainly(uint8_t state)
{
    return state == NET_STATE_LISTEN ? 3 : state == NET_STATE_CLOSE ? 1 : 2;
}

/* A listener that was closed before an event, though the kernel said later that it is gone: it lives no longer than its
 * last descriptor. */
static bool was_let_go(const struct lab_telling *t, const struct lab_socket *s, long before)
{
    if (s->now.state == NET_STATE_LISTEN)
        return s->use_count > 0 && s->references == 0;
    for (size_t i = 1; i < s->step_count; i++) {
        const struct net_event *cause = s->steps[i].cause < before ? lab_told_event(t, s->steps[i].cause) : NULL;
        bool over = s->steps[i].state == NET_STATE_ABSENT || s->steps[i].state == NET_STATE_CLOSE;
        if (over && cause && cause->kind != NET_EV_SEGMENT)
            return true;
    }
    return false;
}

/* Of all sockets of a host with this port at that time, the one that most plainly holds it. */
const struct lab_socket *lab_port_holder(const struct lab_telling *t, unsigned host, uint16_t port, long before,
                                         const struct lab_socket *but)
{
    const struct lab_socket *best = NULL;
    int most = 0;
    for (size_t i = 0; i < t->state->socket_count; i++) {
        const struct lab_socket *s = &t->state->sockets[i];
        uint8_t state = lab_state_before(s, before);
        if (s == but || s->host != host || s->now.local_port != port || state == NET_STATE_ABSENT)
            continue;
        if (state == NET_STATE_LISTEN && was_let_go(t, s, before))
            continue;
        if (holds_plainly(state) > most) {
            most = holds_plainly(state);
            best = s;
        }
    }
    return best;
}

static void tell_port_holder(struct lab_telling *t, const struct lab_socket *s, long before)
{
    enum { NS_PER_MS = 1000000 };
    char who[LAB_WHO_BYTES], peer[32], at[LAB_AT_BYTES];
    uint8_t state = lab_state_before(s, before);
    const struct net_event *was = lab_sample_before(t, s, before, state);
    lab_holder_at(t, s, before, who);
    if (state == NET_STATE_LISTEN || !was || was->u.sample.remote_port == 0) {
        lab_tell(t, ": a socket of %s, in %s, has port %u", who, net_state_name(state), s->now.local_port);
        return;
    }
    net_address_text(was->u.sample.remote_ip, was->u.sample.remote_port, peer, sizeof peer);
    lab_tell(t, ": %s's connection with %s, in %s", who, peer, net_state_name(state));
    if (was->u.sample.timer == NET_TIMER_TIMEWAIT && was->u.sample.timer_ms)
        lab_tell(t, " until about %s", lab_at(t, was->time_ns + (uint64_t)was->u.sample.timer_ms * NS_PER_MS, at));
    lab_tell(t, ", still has port %u. SO_REUSEADDR on both sockets would allow it", s->now.local_port);
}

static const struct lab_socket *socket_of_call(const struct lab_telling *t, long ret)
{
    for (size_t i = t->state->socket_count; i-- > 0;) {
        const struct lab_socket *s = &t->state->sockets[i];
        for (size_t k = s->use_count; k-- > 0 && s->uses[k].ret >= ret;)
            if (s->uses[k].ret == ret)
                return s;
    }
    return NULL;
}

int lab_made_by_failure(const struct lab_telling *t, long index)
{
    const struct lab_socket *s = socket_of_call(t, index);
    const struct net_event *ret = lab_told_event(t, index);
    if (ret->u.call.call != NET_CALL_CONNECT || !s || s->conversation == LAB_NONE)
        return LAB_NONE;
    return t->state->conversations[s->conversation].start_ns >= ret->u.call.enter_ns ? s->conversation : LAB_NONE;
}

void lab_tell_failure(struct lab_telling *t, long index)
{
    const struct net_event *ret = lab_told_event(t, index);
    long entry = lab_entry_of(t, index);
    const struct net_event *enter = lab_told_event(t, entry);
    const struct lab_actor *actor = lab_actor_by_id(t->state, ret->actor);
    char who[LAB_WHO_BYTES], call[160], result[64], why[300];
    uint16_t port = lab_port_in(enter);
    lab_who(t->state, ret->actor, ret->task, who);
    net_result_text(ret, result, sizeof result);
    lab_tell_begin(t, ret->time_ns);
    lab_tell(t, "%s: %s returned %s", who, lab_call_as_text(t, entry, index, call, sizeof call), result);
    const struct lab_socket *holder = is_error(ret, "EADDRINUSE") && actor && port
                                          ? lab_port_holder(t, actor->host, port, index, socket_of_call(t, index))
                                          : NULL;
    if (holder)
        tell_port_holder(t, holder, index);
    else if (is_error(ret, "EADDRINUSE"))
        lab_tell(t, ": no socket that the lab knows has that port");
    else if (lab_because(t->journal, t->state, t->start_ns, index, why, sizeof why))
        lab_tell(t, ": %s", why);
    else if (ret->u.call.requested)
        lab_tell(t, ": as `fail` asked for it; the kernel was not asked");
    else if (ret->u.call.call == NET_CALL_CONNECT)
        lab_tell(t, ", and no segment was sent");
    lab_tell(t, ".");
    lab_tell_end(t);
}

/* ---- the opening ------------------------------------------------------------------------------------------------- */

struct opening {
    unsigned side;             /* who called connect() */
    const struct lab_use *use; /* NULL: nobody in the lab */
    const struct net_event *enter, *ret;
    const struct lab_segment *syn, *rst; /* first SYN and, if it was refused, the answer; NULL */
    unsigned syns;                       /* how often it was sent */
    bool connected;
};

static bool was_established(const struct lab_telling *t, const struct lab_socket *s)
{
    for (size_t i = 0; s && i < s->step_count; i++) {
        uint8_t state = s->steps[i].state;
        bool after = state != NET_STATE_ABSENT && state != NET_STATE_CLOSE && state != NET_STATE_LISTEN &&
                     state != NET_STATE_SYN_SENT && state != NET_STATE_SYN_RECV;
        if (after && s->steps[i].time_ns >= t->conversation->start_ns)
            return true;
    }
    return false;
}

/* The connect() that began this conversation: the last that was entered before it. */
static void find_connect(const struct lab_telling *t, unsigned side, struct opening *o)
{
    const struct lab_socket *s = t->end[side].sock;
    for (size_t i = 0; s && i < s->use_count; i++) {
        const struct net_event *enter = lab_told_event(t, s->uses[i].enter);
        if (!enter || enter->u.call.call != NET_CALL_CONNECT)
            continue;
        if (o->use && enter->time_ns > t->conversation->start_ns)
            return;
        o->side = side;
        o->use = &s->uses[i];
        o->enter = enter;
        o->ret = lab_told_event(t, s->uses[i].ret);
    }
}

static void look_at_segments(const struct lab_telling *t, struct opening *o)
{
    const struct lab_conversation *c = t->conversation;
    for (size_t k = 0; k < c->segment_count; k++) {
        const struct lab_segment *seg = &t->state->segments[c->segments[k]];
        bool mine = seg->segment->src_ip == c->ip[o->side] && seg->segment->src_port == c->port[o->side];
        unsigned flags = seg->segment->flags;
        if (mine && (flags & (NET_SYN | NET_ACK)) == NET_SYN) {
            o->syns += 1 + seg->repeats;
            if (!o->syn || seg->fate == NET_DELIVERED)
                o->syn = seg;
        }
        if (!mine && (flags & NET_RST) && o->syn && !o->rst)
            o->rst = seg;
    }
}

static struct opening look(const struct lab_telling *t)
{
    struct opening o = {.side = NET_CLIENT};
    const struct lab_conversation *c = t->conversation;
    if (c->segment_count)
        o.side = t->state->segments[c->segments[0]].segment->from;
    find_connect(t, 0, &o);
    find_connect(t, 1, &o);
    look_at_segments(t, &o);
    o.connected = was_established(t, t->end[0].sock) || was_established(t, t->end[1].sock);
    return o;
}

static void tell_connect(struct lab_telling *t, const struct opening *o)
{
    const struct lab_conversation *c = t->conversation;
    char who[LAB_WHO_BYTES], call[160], from[32], to[32];
    lab_tell_begin(t, o->enter ? o->enter->time_ns : c->start_ns);
    if (o->enter) {
        lab_who(t->state, o->enter->actor, o->enter->task, who);
        lab_tell(t, "%s called %s", who, lab_call_as_text(t, o->use->enter, LAB_NONE, call, sizeof call));
        return;
    }
    net_address_text(c->ip[o->side], c->port[o->side], from, sizeof from);
    net_address_text(c->ip[!o->side], c->port[!o->side], to, sizeof to);
    lab_tell(t, "%s connected from %s to %s", t->end[o->side].who, from, to);
}

static const struct net_event *acceptance(const struct lab_telling *t, const struct lab_socket *s)
{
    const struct net_event *made = s && s->use_count ? lab_told_event(t, s->uses[0].ret) : NULL;
    bool accepts = made && (made->u.call.call == NET_CALL_ACCEPT || made->u.call.call == NET_CALL_ACCEPT4);
    return accepts ? made : NULL;
}

static void tell_connected(struct lab_telling *t, const struct opening *o)
{
    const struct lab_party *other = &t->end[!o->side];
    const struct net_event *accepted = acceptance(t, other->sock);
    char who[LAB_WHO_BYTES], at[LAB_AT_BYTES], result[64];
    if (o->ret) {
        net_result_text(o->ret, result, sizeof result);
        lab_tell(t, "; it returned %s at %s", result, lab_at(t, o->ret->time_ns, at));
    }
    if (accepted) {
        lab_who(t->state, accepted->actor, accepted->task, who);
        lab_tell(t, ". %s took the connection from accept() at %s, as descriptor %lld", who,
                 lab_at(t, accepted->time_ns, at), (long long)accepted->u.call.ret);
    } else if (other->sock && !other->has_actor && other->sock->now.inode == 0 &&
               other->sock->now.state != NET_STATE_ABSENT) {
        lab_tell(t, ". Nobody has accepted it: it waits at the listening socket, and the kernel of %s acts alone",
                 net_host_name(other->host));
    }
    lab_tell(t, ".");
    lab_tell_end(t);
}

static void tell_syn(struct lab_telling *t, const struct opening *o)
{
    if (!o->syn)
        return;
    lab_tell(t, ": its kernel sent SYN");
    if (o->syns > 1)
        lab_tell(t, " %u times", o->syns);
    if (o->syn->fate == NET_HELD)
        lab_tell(t, "; the wire holds it");
    else if (o->syn->fate == NET_DROPPED)
        lab_tell(t, "; %s", lab_dropped(o->syn));
}

/* Whoever listened at the port that was called, if its queue was full: then that is why no answer came. */
static void tell_queue(struct lab_telling *t, const struct opening *o)
{
    long until = o->ret ? o->use->ret : (long)t->state->applied;
    for (size_t i = 0; o->syn && o->syn->fate == NET_DELIVERED && i < t->state->socket_count; i++) {
        const struct lab_socket *s = &t->state->sockets[i];
        const struct net_event *was = lab_sample_before(t, s, until, NET_STATE_LISTEN);
        if (s->host != t->end[!o->side].host || lab_state_before(s, until) != NET_STATE_LISTEN || !was ||
            was->u.sample.local_port != t->conversation->port[!o->side] || was->u.sample.rqueue <= was->u.sample.wqueue)
            continue;
        lab_tell(t,
                 ". The queue of the listening socket %s full: %u connection%s not accepted yet, where the backlog is "
                 "%u, and the kernel of %s drops a SYN then",
                 o->ret ? "was" : "is", was->u.sample.rqueue, was->u.sample.rqueue == 1 ? "" : "s",
                 was->u.sample.wqueue, net_host_name(s->host));
        return;
    }
}

static void tell_refusal(struct lab_telling *t, const struct opening *o)
{
    const struct lab_segment *rst = o->rst;
    const char *host = net_host_name(t->end[!o->side].host);
    lab_tell_begin(t, rst->sent_ns);
    lab_tell(t, "the kernel of %s answered with RST", host);
    if (o->syn->state_receiver != NET_STATE_LISTEN)
        lab_tell(t, ": no socket of the lab listened at port %u", t->conversation->port[!o->side]);
    if (rst->fate == NET_HELD)
        lab_tell(t, "; the wire holds it");
    else if (rst->fate == NET_DROPPED)
        lab_tell(t, "; the wire dropped it");
    lab_tell(t, ".");
    lab_tell_end(t);
}

static void tell_result(struct lab_telling *t, const struct opening *o)
{
    char who[LAB_WHO_BYTES], result[64], why[300];
    if (!o->ret)
        return;
    lab_who(t->state, o->ret->actor, o->ret->task, who);
    net_result_text(o->ret, result, sizeof result);
    lab_tell_begin(t, o->ret->time_ns);
    lab_tell(t, "%s: connect() returned %s", who, result);
    if (is_error(o->ret, "ETIMEDOUT") && o->syns)
        lab_tell(t, ": SYN was sent %u time%s, and no answer came", o->syns, o->syns == 1 ? "" : "s");
    else if (o->ret->u.call.ret < 0 && !o->rst &&
             lab_because(t->journal, t->state, t->start_ns, o->use->ret, why, sizeof why))
        lab_tell(t, ": %s", why);
    lab_tell(t, ".");
    lab_tell_end(t);
}

bool lab_tell_opening(struct lab_telling *t)
{
    struct opening o = look(t);
    tell_connect(t, &o);
    if (o.connected) {
        tell_connected(t, &o);
        return true;
    }
    tell_syn(t, &o);
    tell_queue(t, &o);
    lab_tell(t, ".");
    lab_tell_end(t);
    if (o.rst)
        tell_refusal(t, &o);
    tell_result(t, &o);
    return false;
}
