// SPDX-License-Identifier: GPL-3.0-or-later
// Why a handshake does not come to its end.

#include "lab/explain/waits_inside.h"

static bool is_of(const struct lab_conversation *c, const struct lab_segment *seg, unsigned side)
{
    return net_ip_same(seg->segment->src_ip, c->ip[side]) && seg->segment->src_port == c->port[side];
}

/* The last segment of that side with (or without) SYN in the conversation; NULL. */
static const struct lab_segment *last_from(const struct lab_evidence *e, const struct lab_conversation *c,
                                           unsigned side, bool syn)
{
    for (size_t k = c->segment_count; k-- > 0;) {
        const struct lab_segment *seg = &e->state->segments[c->segments[k]];
        if (is_of(c, seg, side) && ((seg->segment->flags & NET_SYN) != 0) == syn && !(seg->segment->flags & NET_RST))
            return seg;
    }
    return NULL;
}

/* The kernel takes one connection more than the backlog says (sk_acceptq_is_full()). */
static bool is_full(const struct lab_socket *listener)
{
    return listener && listener->now.rqueue > listener->now.wqueue;
}

static void accept_queue_is_full(struct lab_waiting_for *f, const struct lab_socket *listener)
{
    char other[LAB_WHO_BYTES];
    lab_wait_add(f, LAB_WAIT_ACCEPT_FULL, .other = lab_end_text(f, listener, other, sizeof other),
                 .count = listener->now.rqueue, .limit = listener->now.wqueue);
}

/* Which host has that address: the other one, unless a host talks to itself. */
static unsigned host_of_peer(const struct lab_socket *s)
{
    bool with_itself = net_is_within_host(s->now.local_ip, s->now.remote_ip);
    return with_itself ? s->host : s->host == NET_SERVER ? NET_CLIENT : NET_SERVER;
}

/* It has arrived a moment ago, or longer. */
static void no_answer(struct lab_waiting_for *f, const struct lab_segment *seg)
{
    enum { MOMENT_NS = 50000000 };
    if (f->e.state->time_ns < seg->fate_ns + MOMENT_NS)
        lab_wait_add(f, LAB_WAIT_JUST_SENT, .host = !seg->segment->from);
    else
        lab_wait_add(f, LAB_WAIT_NO_ANSWER, .name = lab_carries(f, seg->segment), .id = (int64_t)seg->id,
                     .at = seg->fate_ns);
}

/* The SYN has no answer: it has not arrived, or was not answered, or the answer has not arrived. */
static void syn_sent(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_conversation *c = s->conversation == LAB_NONE ? NULL : &f->e.state->conversations[s->conversation];
    unsigned side = c ? lab_side_of_socket(&f->e, s) : 0;
    const struct lab_segment *syn = c ? last_from(&f->e, c, side, true) : NULL;
    const struct lab_segment *answer = c ? last_from(&f->e, c, !side, true) : NULL;
    const struct lab_socket *listener = lab_listener_at(&f->e, host_of_peer(s), s->now.remote_port);
    if (syn && lab_wait_for_segment(f, syn))
        return;
    if (answer && lab_wait_for_segment(f, answer))
        return;
    if (is_full(listener))
        accept_queue_is_full(f, listener);
    else if (syn && !answer)
        no_answer(f, syn);
    else
        lab_wait_add(f, lab_sees_segments(&f->e, s) ? LAB_WAIT_JUST_SENT : LAB_WAIT_NO_ANSWER_UNSEEN, .host = s->host);
}

/* The last ACK has come, and the end is in SYN_RECV all the same: the counters of the host say why. Whether it waits
 * for data alone: then nothing is sent again before the time of TCP_DEFER_ACCEPT is over (syn_ack_recalc()). */
static bool ack_ignored(struct lab_waiting_for *f, const struct lab_socket *s, const struct lab_segment *ack)
{
    const struct lab_socket *listener = lab_listener_at(&f->e, s->host, s->now.local_port);
    char other[LAB_WHO_BYTES] = "?";
    if (listener)
        lab_end_text(f, listener, other, sizeof other);
    const struct lab_parts parts = {
        .format = "", .name = lab_carries(f, ack->segment), .id = (int64_t)ack->id, .at = ack->fate_ns, .other = other};
    uint64_t since_ns = f->e.state->conversations[s->conversation].start_ns;
    bool defers = lab_may_defer(&f->e, listener) &&
                  lab_counted_since(&f->e, s->host, NET_COUNTER_DEFER_ACCEPT_DROP, since_ns) > 0;
    bool overflowed = lab_counted_since(&f->e, s->host, NET_COUNTER_LISTEN_OVERFLOWS, since_ns) > 0;
    if (defers)
        lab_wait_put(f, LAB_WAIT_DEFERRED, parts);
    if (is_full(listener))
        accept_queue_is_full(f, listener);
    else if (overflowed)
        lab_wait_put(f, LAB_WAIT_ACCEPT_WAS_FULL, parts);
    if (!defers && !is_full(listener) && !overflowed)
        lab_wait_put(f, LAB_WAIT_NO_ANSWER, parts);
    return defers && !is_full(listener) && !overflowed;
}

static bool syn_recv(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_conversation *c = s->conversation == LAB_NONE ? NULL : &f->e.state->conversations[s->conversation];
    unsigned side = c ? lab_side_of_socket(&f->e, s) : 0;
    const struct lab_segment *answer = c ? last_from(&f->e, c, side, true) : NULL;
    const struct lab_segment *ack = c ? last_from(&f->e, c, !side, false) : NULL;
    if (ack && lab_wait_for_segment(f, ack))
        return false;
    if (ack)
        return ack_ignored(f, s, ack);
    if (!answer)
        lab_wait_add(f, lab_sees_segments(&f->e, s) ? LAB_WAIT_JUST_SENT : LAB_WAIT_NO_ANSWER_UNSEEN, .host = s->host);
    else if (!lab_wait_for_segment(f, answer))
        no_answer(f, answer);
    return false;
}

void lab_wait_for_handshake(struct lab_waiting_for *f, const struct lab_socket *s)
{
    bool is_deferred = s->now.state == NET_STATE_SYN_RECV && syn_recv(f, s);
    if (s->now.state != NET_STATE_SYN_RECV)
        syn_sent(f, s);
    if (is_deferred)
        lab_wait_add(f, LAB_WAIT_DEFER_ENDS, .who = "");
    else
        lab_wait_for_timer(f, s);
}

bool lab_wait_for_full_listener(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_socket *other = lab_other_end(&f->e, s);
    const struct lab_socket *listener = lab_listener_at(&f->e, host_of_peer(s), s->now.remote_port);
    bool is_open = other && other->now.state != NET_STATE_SYN_RECV && other->now.state != NET_STATE_ABSENT;
    if (is_open || !is_full(listener))
        return false;
    accept_queue_is_full(f, listener);
    return true;
}
