// SPDX-License-Identifier: GPL-3.0-or-later
// Why there was a RST.
//
// A RST is sent for one of a few reasons (RFC 9293, 3.10.7; tcp_close() and tcp_rcv_state_process() of Linux), and the
// journal shows which: bytes in the receive queue in the last sample before the close (RFC 2525, 2.17), SO_LINGER {1,
// 0} set on the socket or on the listener that it was accepted from, a listener closed before accept(), or a segment
// for a socket that is not there any more.

#include "lab/explain/explain_inside.h"
#include "net/data/call.h"
#include "net/data/option.h"

#include <string.h>

/* ---- a reset that somebody asked for ----------------------------------------------------------------------------- */

/* The last successful setsockopt(SO_LINGER) on a socket before an event. NULL: none. */
static const struct net_event *lingers(const struct lab_telling *t, const struct lab_socket *s, long before,
                                       struct net_option_value *value)
{
    for (size_t i = s->use_count; i-- > 0;) {
        const struct net_event *enter = lab_told_event(t, s->uses[i].enter), *ret = lab_told_event(t, s->uses[i].ret);
        if (!enter || !ret || s->uses[i].ret > before || enter->u.call.call != NET_CALL_SETSOCKOPT ||
            ret->u.call.ret < 0)
            continue;
        const struct net_option *option = net_option_by_number((int)enter->u.call.args[1], (int)enter->u.call.args[2]);
        if (option && option->type == NET_OPT_LINGER && enter->data &&
            net_option_decode(option, enter->data, enter->data_bytes, value) == 0)
            return enter;
    }
    return NULL;
}

/* An option set from outside of the program leaves no call, but the kernel's value as the lab's reply. */
static const struct net_event *linger_replied(const struct lab_telling *t, const struct lab_socket *s, long before)
{
    const struct net_event *made = s->use_count ? lab_told_event(t, s->uses[0].ret) : NULL;
    const struct lab_actor *actor = made ? lab_actor_by_id(t->state, made->actor) : NULL;
    char says[64];
    int n = actor ? snprintf(says, sizeof says, "%s.%d SO_LINGER = ", actor->name, made->u.call.fd) : 0;
    for (long i = before; n > 0 && i-- > s->uses[0].ret;) {
        const struct net_event *ev = lab_told_event(t, i);
        if (ev && ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_REPLY && ev->data_bytes >= (uint32_t)n &&
            memcmp(ev->data, says, (size_t)n) == 0)
            return ev->data_bytes == (uint32_t)n + 6 && memcmp(ev->data + n, "{1, 0}", 6) == 0 ? ev : NULL;
    }
    return NULL;
}

/* When SO_LINGER became {1, 0}, whoever set it; NULL: it did not, or became something else since. */
static const struct net_event *hard_linger(const struct lab_telling *t, const struct lab_socket *s, long before)
{
    struct net_option_value value = {0};
    const struct net_event *set = lingers(t, s, before, &value), *replied = linger_replied(t, s, before);
    if (replied && (!set || replied->time_ns > set->time_ns))
        return replied;
    return set && value.number != 0 && value.second == 0 ? set : NULL;
}

/* The socket that a connection was accepted from: its options were inherited. NULL: it was not accepted. */
const struct lab_socket *lab_listener_of(const struct lab_telling *t, const struct lab_socket *s)
{
    const struct net_event *made = s->use_count ? lab_told_event(t, s->uses[0].ret) : NULL;
    if (!made || (made->u.call.call != NET_CALL_ACCEPT && made->u.call.call != NET_CALL_ACCEPT4))
        return NULL;
    for (size_t i = 0; i < t->state->socket_count; i++) {
        const struct lab_socket *l = &t->state->sockets[i];
        for (size_t k = 0; k < l->use_count && l != s; k++)
            if (l->uses[k].enter == s->uses[0].enter && l->uses[k].enter != LAB_NONE)
                return l;
    }
    return NULL;
}

static bool tell_linger(struct lab_telling *t, const struct lab_socket *s, long before)
{
    char at[LAB_AT_BYTES];
    const struct lab_socket *from = lab_listener_of(t, s);
    const struct net_event *own = hard_linger(t, s, before);
    const struct net_event *set = own || !from ? own : hard_linger(t, from, s->uses[0].ret);
    if (set)
        lab_tell(t, ", with SO_LINGER {1, 0} (set at %s%s)", lab_at(t, set->time_ns, at),
                 own ? "" : ", inherited from the listening socket");
    return set != NULL;
}

bool lab_tell_listener_closed(struct lab_telling *t, const struct lab_socket *s, const struct lab_step *step)
{
    char who[LAB_WHO_BYTES], at[LAB_AT_BYTES];
    for (size_t i = 0; i < t->state->socket_count && s->use_count == 0; i++) {
        const struct lab_socket *l = &t->state->sockets[i];
        const struct lab_step *last = l->step_count ? &l->steps[l->step_count - 1] : NULL;
        const struct net_event *cause = last ? lab_told_event(t, last->cause) : NULL;
        if (l->host != s->host || l->now.local_port != s->now.local_port || l->step_count < 2 || !cause ||
            l->steps[l->step_count - 2].state != NET_STATE_LISTEN || last->cause > step->event)
            continue;
        lab_who(t->state, cause->actor, cause->task, who);
        lab_tell(t, "%s had not accepted the connection when its listening socket was closed at %s", who,
                 lab_at(t, cause->time_ns, at));
        return true;
    }
    return false;
}

void lab_tell_why_reset(struct lab_telling *t, const struct lab_party *p, const struct lab_step *step)
{
    const struct lab_socket *s = p->sock;
    const struct net_event *last = lab_sample_before(t, s, step->event, lab_state_before(s, step->event));
    uint32_t unread = last ? lab_unread(last) : 0;
    bool lingered = tell_linger(t, s, step->event);
    if (unread)
        lab_tell(t, "%s with %u byte%s unread in its receive queue", lingered ? " and" : ",", unread,
                 unread == 1 ? "" : "s");
    else if (!lingered)
        lab_tell(t, ", for a reason that the journal does not show");
}

bool lab_command_before(const struct lab_telling *t, long index, char *out, size_t room)
{
    for (long i = index; i-- > 0;) {
        const struct net_event *ev = lab_told_event(t, i);
        if (!ev || ev->kind != NET_EV_NOTE || ev->u.note.kind != LAB_NOTE_COMMAND)
            continue;
        snprintf(out, room, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
        return strncmp(out, "destroy ", 8) == 0 || strncmp(out, "reboot ", 7) == 0;
    }
    return false;
}

/* ---- a RST as an answer ------------------------------------------------------------------------------------------ */

static bool goes_to(const struct lab_telling *t, const struct lab_segment *seg, unsigned side)
{
    return seg->segment->dst_ip == t->conversation->ip[side] && seg->segment->dst_port == t->conversation->port[side];
}

/* What the sender of the RST had got last: that is what it answers. */
static const struct lab_segment *answered(const struct lab_telling *t, unsigned side, const struct lab_segment *rst)
{
    const struct lab_segment *last = NULL;
    for (size_t k = 0; k < t->conversation->segment_count; k++) {
        const struct lab_segment *seg = &t->state->segments[t->conversation->segments[k]];
        if (goes_to(t, seg, side) && seg->fate == NET_DELIVERED && seg->fate_ns <= rst->sent_ns)
            last = seg;
    }
    return last;
}

/* The last `reboot` of that host since the connection began; NULL. */
static const struct net_event *rebooted(const struct lab_telling *t, unsigned host, long before)
{
    char command[40];
    const long first = t->state->segments[t->conversation->segments[0]].event;
    const int bytes = snprintf(command, sizeof command, "reboot %s", net_host_name(host));
    for (long i = before; i-- > first;) {
        const struct net_event *ev = lab_told_event(t, i);
        if (ev && ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND && (int)ev->data_bytes == bytes &&
            memcmp(ev->data, command, ev->data_bytes) == 0)
            return ev;
    }
    return NULL;
}

/* To be the end of a sentence about a RST of that host. */
static void tell_no_connection(struct lab_telling *t, const struct lab_party *p, long before)
{
    const struct net_event *reboot = rebooted(t, p->host, before);
    char at[LAB_AT_BYTES];
    if (reboot)
        lab_tell(t, ": it has no such connection since the lab was told `%.*s` at %s", (int)reboot->data_bytes,
                 (const char *)reboot->data, lab_at(t, reboot->time_ns, at));
    else
        lab_tell(t, ": it has no such connection (any more)");
}

static void tell_closed_since(struct lab_telling *t, const struct lab_party *p, long before)
{
    const struct lab_socket *s = p->sock;
    const size_t steps = s && !rebooted(t, p->host, before) ? s->step_count : 0;
    char at[LAB_AT_BYTES];
    for (size_t i = 0; i < steps; i++) {
        const struct net_event *cause = lab_told_event(t, s->steps[i].cause);
        if (!cause || cause->kind == NET_EV_SEGMENT || s->steps[i].event > before)
            continue;
        if (s->steps[i].state != NET_STATE_FIN_WAIT1 && s->steps[i].state != NET_STATE_LAST_ACK &&
            s->steps[i].state != NET_STATE_CLOSE && s->steps[i].state != NET_STATE_ABSENT)
            continue;
        if (i == 0)
            continue;
        lab_tell(t, ": %s had closed its socket at %s, so nobody would read that", p->who,
                 lab_at(t, cause->time_ns, at));
        return;
    }
    tell_no_connection(t, p, before);
}

void lab_tell_answer(struct lab_telling *t, int segment)
{
    const struct lab_segment *rst = &t->state->segments[segment];
    unsigned side = goes_to(t, rst, 0) ? 1 : 0;
    const struct lab_segment *to = answered(t, side, rst);
    const struct lab_party *p = &t->end[side], *other = &t->end[!side];
    char flags[64], command[80];
    lab_tell_begin(t, rst->sent_ns);
    lab_tell(t, "the kernel of %s ", net_host_name(p->host));
    if (lab_command_before(t, rst->event, command, sizeof command)) {
        lab_tell(t, "sent RST, because the lab was told `%s`", command);
    } else if (to && to->segment->payload_bytes) {
        lab_tell(t, "answered %u byte%s from %s with RST", to->segment->payload_bytes,
                 to->segment->payload_bytes == 1 ? "" : "s", other->who);
        tell_closed_since(t, p, rst->event);
    } else if (to) {
        net_flags_text(to->segment->flags, flags, sizeof flags);
        lab_tell(t, "answered %s%s with RST", to->keepalive_probe ? "a keep-alive probe, " : "", flags);
        tell_no_connection(t, p, rst->event);
    } else {
        lab_tell(t, "sent RST");
    }
    if (rst->fate == NET_DELIVERED)
        lab_tell_effect(t, other, rst->event);
    else if (rst->fate == NET_HELD)
        lab_tell(t, "; the wire holds it");
    else if (rst->fate == NET_DROPPED)
        lab_tell(t, "; the wire dropped it");
    lab_tell(t, ".");
    lab_tell_end(t);
}
