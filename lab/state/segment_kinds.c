// SPDX-License-Identifier: GPL-3.0-or-later
// What a segment is: found from its numbers, and from what its connection sent and got before.
//
// Each end is known by what left it and by what arrived at it (struct lab_end). What a sender knows of the other end is
// what has arrived at the sender: while a segment waits on the wire the two differ, and a name must be that of the end
// that sent it. Sequence numbers wrap: they are compared by their distance (RFC 9293, 3.4).
//
// Left out: which timer of the kernel made it send. A tail loss probe (RFC 8985) is a retransmission like any other.

#include "lab/state/state_inside.h"
#include "net/data/segment_kind.h"
#include "net/data/tcp_options.h"

enum {
    LOOK_BACK = 512,         /* segments in which an earlier transmission, or what an RST answers, is looked for */
    WSCALE_MOST = 14,        /* RFC 7323, 2.3 */
    DUPLICATES_FOR_FAST = 3, /* RFC 5681, 3.2 */
    RTO_LEAST_US = 200000,   /* Linux's TCP_RTO_MIN, where the kernel has not been asked */
    CONTROL = NET_SYN | NET_FIN | NET_RST
};
static const uint64_t ANSWERED_WITHIN_NS = 200000000; /* a kernel answers at once, or not at all (a rate limit) */

static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static uint32_t length(const struct net_ev_segment *seg)
{
    return seg->payload_bytes + ((seg->flags & NET_SYN) != 0) + ((seg->flags & NET_FIN) != 0);
}

static bool is_pure_ack(const struct net_ev_segment *seg)
{
    return (seg->flags & (CONTROL | NET_ACK)) == NET_ACK && seg->payload_bytes == 0;
}

static void set(struct lab_segment *segment, enum net_segment_kind kind)
{
    segment->is |= NET_SEGMENT_IS(kind);
}

/* ---- windows ----------------------------------------------------------------------------------------------------- */

/* The window of a SYN is never scaled, and the others only if both ends have said how (RFC 7323, 2.2). */
static int shift_of(const struct lab_conversation *c, unsigned side, const struct net_ev_segment *seg)
{
    if (seg->flags & NET_SYN)
        return 0;
    if (!c->initial_known[side] || !c->initial_known[!side])
        return LAB_NONE;
    if (c->wscale[side] < 0 || c->wscale[!side] < 0)
        return 0;
    return c->wscale[side] < WSCALE_MOST ? c->wscale[side] : WSCALE_MOST;
}

static void scale(const struct lab_conversation *c, unsigned side, struct lab_segment *segment)
{
    int shift = shift_of(c, side, segment->segment);
    segment->window_shift = (int8_t)shift;
    segment->window_bytes = (uint32_t)segment->segment->window << (shift > 0 ? shift : 0);
}

static void tell_window(struct lab_segment *segment, const struct lab_end *sender)
{
    const struct net_ev_segment *seg = segment->segment;
    uint32_t end = seg->seq + seg->payload_bytes;
    if (!(seg->flags & (NET_SYN | NET_RST)) && (seg->flags & NET_ACK) && seg->window == 0)
        set(segment, NET_SEGMENT_ZERO_WINDOW);
    if (seg->payload_bytes == 0 || (seg->flags & (NET_SYN | NET_RST)) || !sender->has_edge)
        return;
    if (end == sender->edge && !segment->retransmission)
        set(segment, NET_SEGMENT_WINDOW_FULL);
    else if (before(sender->edge, end))
        set(segment, NET_SEGMENT_BEYOND_WINDOW);
}

/* ---- probes ------------------------------------------------------------------------------------------------------ */

/*
 * Nothing new, one number below what was confirmed, while everything is. With bytes waiting behind a closed window it
 * asks after the window, else after the other end.
 */
static void tell_probe(const struct lab_state *st, const struct lab_conversation *c, unsigned side,
                       struct lab_segment *segment, struct lab_end *sender)
{
    const struct net_ev_segment *seg = segment->segment;
    const struct lab_socket *s = c->socket[side] == LAB_NONE ? NULL : &st->sockets[c->socket[side]];
    bool is_probe = (seg->flags & (CONTROL | NET_ACK)) == NET_ACK && seg->payload_bytes <= 1 && sender->has_una &&
                    sender->has_sent && sender->sent_to == sender->una && seg->seq == sender->una - 1;
    bool waits = !s || s->now.wqueue > 0 || s->now.timer == NET_TIMER_PERSIST;
    if (!is_probe)
        return;
    bool closed = sender->has_edge && sender->edge == sender->una;
    set(segment, closed && waits ? NET_SEGMENT_WINDOW_PROBE : NET_SEGMENT_KEEPALIVE_PROBE);
    segment->keepalive_probe = !(closed && waits);
    segment->nth = (uint16_t)++sender->probes;
}

static bool is_probe(const struct lab_segment *segment)
{
    return (segment->is & NET_SEGMENT_IS_PROBE) != 0;
}

/* ---- the same again ---------------------------------------------------------------------------------------------- */

static bool covers(const struct net_ev_segment *seg, uint32_t seq)
{
    return !before(seq, seg->seq) && before(seq, seg->seq + length(seg));
}

/* The latest segment before this one in which an end sent the byte of that number; NULL. What the learner has sent in
 * its name is nothing to its kernel, and the other way round. */
static const struct lab_segment *sent_before(const struct lab_state *st, const struct lab_conversation *c,
                                             unsigned side, const struct net_ev_segment *seg)
{
    for (size_t i = c->segment_count; i-- > 0 && c->segment_count - i <= LOOK_BACK;) {
        const struct lab_segment *earlier = &st->segments[c->segments[i]];
        if (lab_sender_of(st, earlier) == side && !(earlier->segment->flags & NET_RST) && !is_probe(earlier) &&
            earlier->segment->injected == seg->injected && covers(earlier->segment, seg->seq))
            return earlier;
    }
    return NULL;
}

/* The first SYN ACK of an end that has called too (simultaneous open) bears the number of its SYN, and is new. */
static bool is_again(const struct lab_end *sender, const struct net_ev_segment *seg)
{
    bool first_answer = (seg->flags & (NET_SYN | NET_ACK)) == (NET_SYN | NET_ACK) && !sender->has_acked;
    return !(seg->flags & NET_RST) && length(seg) > 0 && sender->has_sent && before(seg->seq, sender->sent_to) &&
           !first_answer;
}

static bool is_fast(const struct lab_state *st, const struct lab_conversation *c, unsigned side,
                    const struct lab_segment *segment, const struct lab_segment *earlier, const struct lab_end *sender)
{
    const struct net_ev_sample *now = c->socket[side] == LAB_NONE ? NULL : &st->sockets[c->socket[side]].now;
    uint32_t rto_us = now && now->has_info && now->rto_us ? now->rto_us : RTO_LEAST_US;
    bool hole_told = sender->duplicates_in >= DUPLICATES_FOR_FAST || sender->recovers ||
                     (sender->has_sacked && before(segment->segment->seq, sender->sacked_to));
    return hole_told && earlier && earlier->repeats == 0 &&
           segment->sent_ns - earlier->sent_ns < (uint64_t)rto_us * 1000;
}

/* A fast one begins a recovery, in which each ACK that confirms only a part tells of the next hole (RFC 6582). */
static void tell_again(const struct lab_state *st, const struct lab_conversation *c, unsigned side,
                       struct lab_segment *segment, struct lab_end *sender)
{
    if (is_probe(segment) || !is_again(sender, segment->segment))
        return;
    const struct lab_segment *earlier = sent_before(st, c, side, segment->segment);
    if (!earlier && (segment->segment->injected || sender->has_injected))
        return;
    segment->retransmission = true;
    segment->nth = (uint16_t)(1 + (earlier ? earlier->repeats : 0) +
                              (earlier && earlier->retransmission ? earlier->nth : 0));
    set(segment, NET_SEGMENT_RETRANSMISSION);
    if (!is_fast(st, c, side, segment, earlier, sender))
        return;
    set(segment, NET_SEGMENT_FAST_RETRANSMISSION);
    if (!sender->recovers)
        sender->recover = sender->sent_to;
    sender->recovers = true;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void wants_answer(struct lab_end *end, const struct lab_segment *segment, uint64_t time_ns,
                         enum net_segment_kind answer)
{
    if (end->wanted_count == LAB_WANTED)
        return;
    end->wanted[end->wanted_count++] = (struct lab_wanted){segment->id, time_ns, (uint8_t)answer};
}

/* The oldest that this may be the answer to. */
static bool take_wanted(struct lab_end *end, uint64_t now_ns, struct lab_wanted *out)
{
    unsigned late = 0;
    while (late < end->wanted_count && end->wanted[late].time_ns + ANSWERED_WITHIN_NS < now_ns)
        late++;
    bool found = late < end->wanted_count;
    if (found)
        *out = end->wanted[late++];
    end->wanted_count -= late;
    for (unsigned i = 0; i < end->wanted_count; i++)
        end->wanted[i] = end->wanted[i + late];
    return found;
}

static const struct lab_segment *last_arrived(const struct lab_state *st, const struct lab_end *end)
{
    return end->recent_count ? &st->segments[end->recent[(end->recent_count - 1) % LAB_RECENT]] : NULL;
}

/* Whether a segment that came after the one that wants an answer had come before: it is confirmed again. */
static bool came_again(const struct lab_segment *arrived, const struct lab_end *end, uint64_t wanted)
{
    const struct net_ev_segment *seg = arrived ? arrived->segment : NULL;
    return seg && arrived->id > wanted && length(seg) > 0 && !is_probe(arrived) &&
           !before(end->acked, seg->seq + length(seg));
}

/* D-SACK says which bytes came twice (RFC 2883, 4): then the answer is to a segment with those. */
static bool says_other_bytes(const struct lab_state *st, const struct lab_segment *segment, uint64_t wanted)
{
    struct net_tcp_options options;
    int index = lab_segment_by_id(st, wanted);
    const struct lab_segment *to = index == LAB_NONE ? NULL : &st->segments[index];
    if (!to || !(segment->is & NET_SEGMENT_IS(NET_SEGMENT_DSACK)))
        return false;
    net_tcp_options_of_packet(segment->packet, segment->packet_bytes, &options);
    return !covers(to->segment, options.sack[0][0]);
}

/* Of several that arrived since it last sent, which one is answered is certain only by SACK: its first block has the
 * bytes that came last (RFC 2018, 4). 0: not known. */
static uint64_t answered_by(const struct lab_state *st, const struct lab_segment *segment, const struct lab_end *sender)
{
    struct net_tcp_options options = {0};
    size_t since = sender->recent_count - sender->recent_when_sent;
    if (segment->segment->sack_blocks == 0)
        return since == 1 ? last_arrived(st, sender)->id : 0;
    net_tcp_options_of_packet(segment->packet, segment->packet_bytes, &options);
    for (size_t i = 0; i < LAB_RECENT && i < sender->recent_count; i++) {
        const struct lab_segment *arrived = &st->segments[sender->recent[(sender->recent_count - 1 - i) % LAB_RECENT]];
        uint32_t end = arrived->segment->seq + length(arrived->segment);
        if (length(arrived->segment) > 0 && end == options.sack[0][1])
            return arrived->id;
    }
    return since == 1 ? last_arrived(st, sender)->id : 0;
}

/* An ACK that confirms no more than the last one did. */
static void tell_ack(const struct lab_state *st, struct lab_segment *segment, struct lab_end *sender)
{
    const struct net_ev_segment *seg = segment->segment;
    struct lab_wanted wanted = {0};
    if (!is_pure_ack(seg) || is_probe(segment) || !sender->has_acked || seg->ack != sender->acked)
        return;
    bool is_wanted = take_wanted(sender, segment->sent_ns, &wanted);
    if (is_wanted && !came_again(last_arrived(st, sender), sender, wanted.id) &&
        !says_other_bytes(st, segment, wanted.id)) {
        set(segment, (enum net_segment_kind)wanted.answer);
        segment->answers = wanted.id;
    } else if (segment->window_bytes > sender->window && seg->sack_blocks == 0) {
        set(segment, NET_SEGMENT_WINDOW_UPDATE);
    } else {
        set(segment, NET_SEGMENT_DUPLICATE_ACK);
        segment->nth = (uint16_t)++sender->duplicates;
        segment->answers = answered_by(st, segment, sender);
    }
}

/* RFC 9293, 3.10.7.1: the numbers of the answer are made from those of the segment. */
static bool is_answer_to(const struct net_ev_segment *rst, const struct net_ev_segment *seg)
{
    if (!(rst->flags & NET_ACK))
        return (seg->flags & NET_ACK) && seg->ack == rst->seq;
    return rst->seq == 0 && !(seg->flags & NET_ACK) && seg->seq + length(seg) == rst->ack;
}

/* An end that has the connection takes an ACK without anything else, whatever it confirms; it resets for none. */
static bool was_taken(const struct lab_state *st, const struct lab_conversation *c, unsigned side,
                      const struct lab_segment *seg)
{
    const struct lab_socket *s = c->socket[side] == LAB_NONE ? NULL : &st->sockets[c->socket[side]];
    uint8_t state = NET_STATE_ABSENT;
    for (size_t i = 0; s && i < s->step_count && s->steps[i].time_ns < seg->fate_ns; i++)
        state = s->steps[i].state;
    for (size_t i = 0; s && i < s->step_count; i++)
        if (s->steps[i].cause == seg->event && s->steps[i].state == NET_STATE_ESTABLISHED)
            return true; /* the last ACK of the handshake */
    const bool has_it = state != NET_STATE_ABSENT && state != NET_STATE_CLOSE && state != NET_STATE_LISTEN &&
                        state != NET_STATE_SYN_SENT && state != NET_STATE_SYN_RECV;
    return has_it && length(seg->segment) == 0;
}

static bool arrives_before(const struct lab_segment *a, const struct lab_segment *b)
{
    return a->fate_ns != b->fate_ns ? a->fate_ns < b->fate_ns : a->id < b->id;
}

/* The next segment, by its arrival, that RST may answer: after that moment, and after `last` (NULL: the first). */
static const struct lab_segment *next_to_answer(const struct lab_state *st, const struct lab_conversation *c,
                                                unsigned side, const struct net_ev_segment *rst, uint64_t since_ns,
                                                const struct lab_segment *last)
{
    const struct lab_segment *next = NULL;
    for (size_t i = c->segment_count; i-- > 0 && c->segment_count - i <= LOOK_BACK;) {
        const struct lab_segment *seg = &st->segments[c->segments[i]];
        const bool arrived = seg->fate == NET_DELIVERED || seg->copies > 0;
        if (arrived && seg->fate_ns >= since_ns && lab_sender_of(st, seg) != side && is_answer_to(rst, seg->segment) &&
            (!last || arrives_before(last, seg)) && (!next || arrives_before(seg, next)) &&
            !was_taken(st, c, side, seg))
            next = seg;
    }
    return next;
}

/* A kernel answers in the order in which segments arrive, each of their copies too: since an end last sent something
 * else than such an RST, its n-th RST answers the n-th that it may be the answer to. */
static const struct lab_segment *answered_by_rst(const struct lab_state *st, const struct lab_conversation *c,
                                                 unsigned side, const struct lab_segment *rst)
{
    uint64_t since_ns = 0;
    unsigned earlier = 0;
    for (size_t i = c->segment_count; i-- > 0 && c->segment_count - i <= LOOK_BACK && !since_ns;) {
        const struct lab_segment *seg = &st->segments[c->segments[i]];
        if (lab_sender_of(st, seg) != side || seg == rst)
            continue;
        if (!(seg->segment->flags & NET_RST) || !seg->answers)
            since_ns = seg->sent_ns;
        else if (seg->segment->seq == rst->segment->seq && seg->segment->ack == rst->segment->ack)
            earlier++;
    }
    const struct lab_segment *seg = NULL, *last = NULL;
    while ((seg = next_to_answer(st, c, side, rst->segment, since_ns, last)) != NULL && earlier > seg->copies) {
        earlier -= 1 + seg->copies;
        last = seg;
    }
    return seg ? seg : last;
}

static void tell_rst(const struct lab_state *st, const struct lab_conversation *c, unsigned side,
                     struct lab_segment *segment)
{
    if (!(segment->segment->flags & NET_RST) || segment->segment->by_box || segment->segment->injected)
        return;
    const struct lab_segment *earlier = answered_by_rst(st, c, side, segment);
    if (!earlier)
        return;
    set(segment, NET_SEGMENT_RST_ANSWER);
    segment->answers = earlier->id;
}

/* ---- SACK -------------------------------------------------------------------------------------------------------- */

static bool is_inside(const uint32_t inner[2], const uint32_t outer[2])
{
    return !before(inner[0], outer[0]) && !before(outer[1], inner[1]);
}

static void tell_sack(struct lab_segment *segment)
{
    struct net_tcp_options options;
    if (segment->segment->sack_blocks == 0)
        return;
    set(segment, NET_SEGMENT_SACK);
    net_tcp_options_of_packet(segment->packet, segment->packet_bytes, &options);
    bool twice = options.sack_blocks > 0 && !before(segment->segment->ack, options.sack[0][1]);
    if (twice || (options.sack_blocks > 1 && is_inside(options.sack[0], options.sack[1])))
        set(segment, NET_SEGMENT_DSACK);
}

/* ---- sent -------------------------------------------------------------------------------------------------------- */

static void advance(struct lab_end *sender, const struct lab_segment *segment)
{
    const struct net_ev_segment *seg = segment->segment;
    uint32_t end = seg->seq + length(seg);
    sender->has_injected |= seg->injected;
    /* One whose number is not next says nothing of what its host sends. */
    bool is_next = !sender->has_sent || seg->seq == sender->sent_to || is_probe(segment);
    if (seg->flags & NET_RST || (seg->injected && !is_next))
        return;
    sender->window = segment->window_bytes;
    sender->recent_when_sent = sender->recent_count;
    if (!is_probe(segment) && (!sender->has_sent || before(sender->sent_to, end))) {
        sender->sent_to = end;
        sender->has_sent = true;
    }
    if (length(seg) > 0 && !is_probe(segment))
        sender->probes = 0;
    if ((seg->flags & NET_ACK) && (!sender->has_acked || before(sender->acked, seg->ack))) {
        sender->acked = seg->ack;
        sender->has_acked = true;
        sender->duplicates = 0;
    }
}

void lab_kinds_sent(struct lab_state *st, size_t index, unsigned side)
{
    struct lab_segment *segment = &st->segments[index];
    struct lab_conversation *c = &st->conversations[segment->conversation];
    struct lab_end *sender = &st->maps->conversations[segment->conversation].end[side];
    /* One that was put into the midst of a connection opens nothing. */
    if ((segment->segment->flags & NET_SYN) && !(segment->segment->injected && sender->has_sent))
        c->wscale[side] = segment->segment->wscale;
    scale(c, side, segment);
    tell_probe(st, c, side, segment, sender);
    tell_again(st, c, side, segment, sender);
    tell_sack(segment);
    tell_ack(st, segment, sender);
    tell_window(segment, sender);
    tell_rst(st, c, side, segment);
    advance(sender, segment);
}

/* ---- arrived ----------------------------------------------------------------------------------------------------- */

/* As the kernel does it (tcp_may_update_window()): a window of an older segment is only taken if it is larger, or 0. */
static void take_window(struct lab_end *end, const struct lab_segment *segment)
{
    const struct net_ev_segment *seg = segment->segment;
    uint32_t edge = seg->ack + segment->window_bytes;
    bool newer = !end->has_edge || before(end->una, seg->ack) || before(end->edge_seq, seg->seq);
    if (!newer && (end->edge_seq != seg->seq || (before(edge, end->edge) && seg->window != 0)))
        return;
    end->edge = edge;
    end->edge_seq = seg->seq;
    end->has_edge = segment->window_shift >= 0;
}

static void take_ack(struct lab_end *end, const struct lab_segment *segment)
{
    const struct net_ev_segment *seg = segment->segment;
    take_window(end, segment);
    if (!end->has_una || before(end->una, seg->ack)) {
        end->una = seg->ack;
        end->has_una = true;
        end->duplicates_in = 0;
        end->recovers = end->recovers && before(end->una, end->recover);
    } else if (segment->is & NET_SEGMENT_IS(NET_SEGMENT_DUPLICATE_ACK)) {
        end->duplicates_in++;
    }
    if (end->edge != end->una)
        end->probes = 0;
}

static void take_sack(struct lab_end *end, const struct lab_segment *segment)
{
    struct net_tcp_options options;
    if (segment->segment->sack_blocks == 0)
        return;
    net_tcp_options_of_packet(segment->packet, segment->packet_bytes, &options);
    for (unsigned i = 0; i < options.sack_blocks && i < NET_SACK_BLOCKS; i++) {
        if (end->has_sacked && !before(end->sacked_to, options.sack[i][1]))
            continue;
        end->sacked_to = options.sack[i][1];
        end->has_sacked = true;
    }
}

/* What has come ahead of its turn is next now. */
static void close_holes(struct lab_end *end)
{
    for (unsigned i = 0; i < end->ahead_count;) {
        if (before(end->received_to, end->ahead[i][0])) {
            i++;
            continue;
        }
        if (before(end->received_to, end->ahead[i][1]))
            end->received_to = end->ahead[i][1];
        end->ahead_count--;
        end->ahead[i][0] = end->ahead[end->ahead_count][0];
        end->ahead[i][1] = end->ahead[end->ahead_count][1];
        i = 0;
    }
}

/* Of very many holes the later ones are not remembered: what the end confirms makes up for them. */
static void take_bytes(struct lab_end *end, struct lab_segment *segment, bool is_copy)
{
    uint32_t from = segment->segment->seq, to = from + length(segment->segment);
    if (end->has_acked && before(end->received_to, end->acked))
        end->received_to = end->acked;
    if (!end->has_received) {
        end->received_to = to;
        end->has_received = true;
    } else if (before(end->received_to, from)) {
        if (segment->segment->flags & NET_SYN)
            return; /* challenged, and not kept */
        if (!is_copy)
            set(segment, NET_SEGMENT_OUT_OF_ORDER);
        if (end->ahead_count < LAB_AHEAD) {
            end->ahead[end->ahead_count][0] = from;
            end->ahead[end->ahead_count++][1] = to;
        }
    } else if (before(end->received_to, to)) {
        end->received_to = to;
    } else if (!is_copy && segment->retransmission && end->has_acked && !before(end->acked, to)) {
        set(segment, NET_SEGMENT_NEEDLESS);
    }
    close_holes(end);
}

/* A SYN at the addresses of a connection that this end still has: the kernel answers for that one (RFC 5961, 4). */
static void challenge_older(struct lab_state *st, const struct lab_segment *segment, unsigned to, uint64_t time_ns)
{
    int older = st->conversations[segment->conversation].older;
    if (older == LAB_NONE || st->conversations[older].socket[to] == LAB_NONE)
        return;
    uint8_t state = st->sockets[st->conversations[older].socket[to]].now.state;
    if (state != NET_STATE_ABSENT && state != NET_STATE_CLOSE && state != NET_STATE_TIME_WAIT)
        wants_answer(&st->maps->conversations[older].end[to], segment, time_ns, NET_SEGMENT_CHALLENGE_ACK);
}

/* Older by more than 1 than the last one that was taken: what it carries is thrown away (tcp_paws_discard() of Linux).
 * An ACK without anything may still pass (tcp_disordered_ack()), and a SYN is challenged. */
static bool is_old(const struct lab_end *end, const struct net_ev_segment *seg)
{
    return end->has_time && seg->has_timestamp && length(seg) > 0 && !(seg->flags & (NET_SYN | NET_RST)) &&
           before(seg->ts_value + 1, end->time);
}

/* Only what begins at or before what the end has confirmed moves it (tcp_replace_ts_recent()). */
static void take_time(struct lab_end *end, const struct net_ev_segment *seg)
{
    bool is_due = (seg->flags & NET_SYN) || !end->has_acked || !before(end->acked, seg->seq);
    if (!seg->has_timestamp || !is_due || (end->has_time && before(seg->ts_value, end->time)))
        return;
    end->time = seg->ts_value;
    end->has_time = true;
}

/* As far as the end has announced one; what is beyond it is dropped in silence (RFC 5961, 3.2). */
static bool is_in_window(const struct lab_end *end, uint32_t number)
{
    return !end->has_acked || number - end->acked < end->window;
}

static void take_odd(struct lab_state *st, struct lab_end *end, const struct lab_segment *segment, unsigned to,
                     uint64_t time_ns)
{
    const struct net_ev_segment *seg = segment->segment;
    if (segment->is & NET_SEGMENT_IS(NET_SEGMENT_KEEPALIVE_PROBE))
        wants_answer(end, segment, time_ns, NET_SEGMENT_KEEPALIVE_ANSWER);
    else if (segment->is & NET_SEGMENT_IS(NET_SEGMENT_WINDOW_PROBE))
        wants_answer(end, segment, time_ns, NET_SEGMENT_WINDOW_PROBE_ANSWER);
    else if ((seg->flags & NET_RST) && end->has_received && seg->seq != end->received_to && is_in_window(end, seg->seq))
        wants_answer(end, segment, time_ns, NET_SEGMENT_CHALLENGE_ACK);
    else if ((seg->flags & NET_ACK) && end->has_sent && before(end->sent_to, seg->ack))
        wants_answer(end, segment, time_ns, NET_SEGMENT_CHALLENGE_ACK);
    else if ((seg->flags & NET_SYN) && end->has_received && ((seg->flags & NET_ACK) || end->has_una))
        wants_answer(end, segment, time_ns, NET_SEGMENT_CHALLENGE_ACK);
    else if (seg->flags & NET_SYN)
        challenge_older(st, segment, to, time_ns);
}

void lab_kinds_arrived(struct lab_state *st, size_t index, unsigned to, uint64_t time_ns, bool is_copy)
{
    struct lab_segment *segment = &st->segments[index];
    struct lab_end *end = &st->maps->conversations[segment->conversation].end[to];
    take_odd(st, end, segment, to, time_ns);
    if (segment->segment->flags & NET_RST)
        return;
    if (is_old(end, segment->segment)) {
        if (!is_copy)
            set(segment, NET_SEGMENT_OLD_TIMESTAMP);
        return;
    }
    take_time(end, segment->segment);
    if (segment->segment->flags & NET_ACK)
        take_ack(end, segment);
    take_sack(end, segment);
    if (length(segment->segment) > 0 && !is_probe(segment) &&
        !(segment->is & NET_SEGMENT_IS(NET_SEGMENT_BEYOND_WINDOW)))
        take_bytes(end, segment, is_copy);
}
