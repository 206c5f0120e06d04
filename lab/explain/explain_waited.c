// SPDX-License-Identifier: GPL-3.0-or-later
// Data that left later than it could have: Nagle's algorithm, and windows that were closed.
//
// A segment's first byte was handed over by one of the send()s before it. When it left much later, right after
// something arrived, that is what it had waited for: the ACK of the small one before it, or a window. How long the
// other kernel had put its ACK off is the time from the arrival of what it confirms to its departure.
//
// Left out: what waited for a timer, since the state does not know that it ran out.

#include "lab/explain/explanation.h"
#include "lab/explain/waits_inside.h"
#include "net/base/message.h"
#include "net/data/call.h"

enum { NS_PER_MS = 1000000, WORTH_NS = 5 * NS_PER_MS, AT_ONCE_NS = 3 * NS_PER_MS, LINES = 3 };

/* The send() that handed over the byte of that number in the stream, from 0; NULL. */
static const struct lab_use *handed_over(const struct lab_explanation *x, const struct lab_socket *s, uint64_t byte)
{
    uint64_t written = 0;
    for (size_t i = 0; i < s->use_count; i++) {
        const struct net_event *ret = lab_event_at(&x->e, s->uses[i].ret);
        if (!ret || !lab_call_writes(ret->u.call.call) || ret->u.call.ret <= 0)
            continue;
        written += (uint64_t)ret->u.call.ret;
        if (byte < written)
            return &s->uses[i];
    }
    return NULL;
}

static const struct lab_segment *segment_at(const struct lab_explanation *x, size_t k)
{
    return &x->e.state->segments[x->e.conversation->segments[k]];
}

/* The last segment of the other end that had arrived when number k left; *before: the one before that. NULL: none. */
static const struct lab_segment *arrived_before(const struct lab_explanation *x, unsigned side, size_t k,
                                                const struct lab_segment **before)
{
    const struct lab_segment *last = NULL;
    *before = NULL;
    for (size_t i = k; i-- > 0 && !*before;) {
        const struct lab_segment *seg = segment_at(x, i);
        if (lab_is_from(&x->e, seg, side) || seg->fate != NET_DELIVERED || seg->fate_ns > segment_at(x, k)->sent_ns)
            continue;
        if (last)
            *before = seg;
        else
            last = seg;
    }
    return last;
}

/* How long the ACK was put off: since what it confirms had arrived. */
static uint64_t put_off_ns(const struct lab_explanation *x, unsigned side, size_t k, const struct lab_segment *ack)
{
    for (size_t i = k; i-- > 0;) {
        const struct lab_segment *seg = segment_at(x, i);
        if (lab_is_from(&x->e, seg, side) && seg->seq_relative + seg->segment->payload_bytes == ack->ack_relative &&
            seg->segment->payload_bytes > 0)
            return seg->fate == NET_DELIVERED && ack->sent_ns > seg->fate_ns ? ack->sent_ns - seg->fate_ns : 0;
    }
    return 0;
}

static bool is_small(const struct lab_socket *s, const struct lab_segment *seg)
{
    return seg->segment->payload_bytes < (s->now.snd_mss_bytes ? s->now.snd_mss_bytes : 1000);
}

/* The last segment with data that this end sent before number k was not full. */
static bool is_after_small(const struct lab_explanation *x, unsigned side, size_t k)
{
    for (size_t i = k; i-- > 0;)
        if (lab_is_from(&x->e, segment_at(x, i), side) && segment_at(x, i)->segment->payload_bytes > 0)
            return is_small(x->end[side].sock, segment_at(x, i));
    return false;
}

/* Why it left when it did. */
enum kept { NOT_KEPT, BY_NAGLE, BY_WINDOW };

static enum kept kept_by(const struct lab_explanation *x, unsigned side, size_t k, const struct lab_segment **ack)
{
    const struct lab_segment *seg = segment_at(x, k), *before;
    *ack = arrived_before(x, side, k, &before);
    if (!*ack || !before || (*ack)->fate_ns + AT_ONCE_NS < seg->sent_ns)
        return NOT_KEPT;
    if (before->segment->window == 0 && (*ack)->segment->window != 0)
        return BY_WINDOW;
    bool all_confirmed = (*ack)->ack_relative == seg->seq_relative && before->ack_relative != (*ack)->ack_relative;
    bool are_small = is_small(x->end[side].sock, seg) && is_after_small(x, side, k);
    return all_confirmed && are_small ? BY_NAGLE : NOT_KEPT;
}

/* One segment that waited; false: it did not, or why is not known. */
static bool say_one(struct lab_explanation *x, unsigned side, size_t k)
{
    static const char *const formats[] = {
        [BY_NAGLE] = N_(
            "The data #{id} of {who} left, though send() had it since {since}: it fills no segment, and Nagle's "
            "algorithm kept it until the one before it, which was not full either, was confirmed at {at}; with "
            "TCP_NODELAY it would not have waited."),
        [BY_WINDOW] = N_(
            "The data #{id} of {who} left, though send() had it since {since}: the window of {other} was 0 until "
            "{at}.")};
    const struct lab_party *p = &x->end[side], *other = &x->end[!side];
    const struct lab_segment *seg = segment_at(x, k), *ack;
    enum kept kept = kept_by(x, side, k, &ack);
    const struct lab_use *use = kept ? handed_over(x, p->sock, (uint64_t)seg->seq_relative - 1) : NULL;
    uint64_t since_ns = use ? lab_event_at(&x->e, use->ret)->u.call.enter_ns : 0;
    if (!use || seg->sent_ns < since_ns + WORTH_NS || ack->fate_ns < since_ns ||
        (kept == BY_NAGLE && lab_option_number(&x->e, p->sock, "TCP_NODELAY", use->ret, 0)))
        return false;
    uint64_t off_ns = kept == BY_NAGLE ? put_off_ns(x, side, k, ack) : 0;
    lab_line_begin(x, seg->sent_ns);
    lab_say(x, formats[kept], .id = (int64_t)seg->id, .who = p->who, .since = since_ns, .other = other->who,
            .at = ack->fate_ns);
    if (off_ns > WORTH_NS)
        lab_say(x, N_("The kernel of {other} had put that ACK off for {number} ms (delayed ACK)."), .other = other->who,
                .number = (int64_t)(off_ns / NS_PER_MS));
    lab_line_end(x);
    return true;
}

void lab_say_waited(struct lab_explanation *x)
{
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        int said = 0;
        for (size_t k = 0; x->end[side].sock && k < x->e.conversation->segment_count && said < LINES; k++) {
            const struct lab_segment *seg = segment_at(x, k);
            if (lab_is_from(&x->e, seg, side) && seg->segment->payload_bytes > 0 && !seg->retransmission &&
                !seg->keepalive_probe && seg->seq_relative > 0 && x->e.conversation->initial_known[side])
                said += say_one(x, side, k);
        }
    }
}
