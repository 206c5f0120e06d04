// SPDX-License-Identifier: GPL-3.0-or-later
// Segments, and the conversations that they are part of.
//
// A conversation is found by the two addresses and ports, whichever end speaks. Ports are used again: a SYN with
// another initial sequence number, or a socket with another cookie at an end that is taken, begins a new conversation
// at the same addresses. A segment belongs to the latest one whose sequence numbers it bears, as the kernels see it
// too: an end that still has the old connection answers a new SYN in the numbers of the old one.

#include "lab/state/state_inside.h"
#include "net/data/segment_kind.h"

#define IS_INJECTED NET_SEGMENT_IS(NET_SEGMENT_INJECTED)

enum { IP_TCP = 6, GENERATIONS = 8 /* of conversations at the same addresses */ };

/* ---- conversations ----------------------------------------------------------------------------------------------- */

struct address {
    struct net_ip ip;
    uint16_t port;
};

static bool same(struct address a, struct address b)
{
    return a.port == b.port && net_ip_same(a.ip, b.ip);
}

/* The same key from both ends; of other addresses it may be the same, too. */
static struct lab_key key_of(struct address a, struct address b)
{
    uint64_t of_a = net_ip_hash(a.ip), of_b = net_ip_hash(b.ip);
    if (of_a > of_b || (of_a == of_b && a.port > b.port))
        return key_of(b, a);
    return (struct lab_key){of_a * 31 + of_b, (uint64_t)a.port << 16 | b.port};
}

/* The latest. */
static int find_conversation(const struct lab_state *st, struct address a, struct address b)
{
    struct lab_key key = key_of(a, b);
    int found = lab_find(st, LAB_KEY_CONVERSATION, key.a, key.b);
    const struct lab_conversation *c = found == LAB_NONE ? NULL : &st->conversations[found];
    if (!c)
        return LAB_NONE;
    struct address end[2] = {{c->ip[0], c->port[0]}, {c->ip[1], c->port[1]}};
    bool is_it = (same(end[0], a) && same(end[1], b)) || (same(end[0], b) && same(end[1], a));
    return is_it ? found : LAB_NONE;
}

static int add_conversation(struct lab_state *st, unsigned host, struct address local, struct address remote,
                            uint64_t time_ns, int *conversation)
{
    struct lab_conversation *conversations = lab_grown(st->conversations, st->conversation_count,
                                                       sizeof *conversations);
    if (!conversations)
        return -1;
    st->conversations = conversations;
    struct lab_conversation_more *more = lab_grown(st->maps->conversations, st->conversation_count, sizeof *more);
    if (!more)
        return -1;
    st->maps->conversations = more;
    struct lab_conversation *c = &conversations[st->conversation_count];
    struct lab_key key = key_of(local, remote);
    *c = (struct lab_conversation){.socket = {LAB_NONE, LAB_NONE},
                                   .wscale = {-1, -1},
                                   .older = find_conversation(st, local, remote),
                                   .start_ns = time_ns};
    c->ip[host] = net_ip_plain(local.ip);
    c->port[host] = local.port;
    c->ip[!host] = net_ip_plain(remote.ip);
    c->port[!host] = remote.port;
    more[st->conversation_count] = (struct lab_conversation_more){0};
    *conversation = (int)st->conversation_count++;
    return lab_remember(st, LAB_KEY_CONVERSATION, key.a, key.b, *conversation);
}

/* The end that has this address; both may be on one host. */
static unsigned side_of(const struct lab_conversation *c, struct address a)
{
    return same((struct address){c->ip[0], c->port[0]}, a) ? 0 : 1;
}

unsigned lab_side_of(const struct lab_state *st, int socket)
{
    const struct lab_conversation *c = &st->conversations[st->sockets[socket].conversation];
    return c->socket[1] == socket ? 1 : 0;
}

static bool is_gone(const struct lab_state *st, int socket)
{
    return st->sockets[socket].now.state == NET_STATE_ABSENT;
}

static bool is_over(const struct lab_state *st, int conversation)
{
    const struct lab_conversation *c = &st->conversations[conversation];
    bool known = c->socket[0] != LAB_NONE || c->socket[1] != LAB_NONE;
    return st->maps->conversations[conversation].reset ||
           (known && (c->socket[0] == LAB_NONE || is_gone(st, c->socket[0])) &&
            (c->socket[1] == LAB_NONE || is_gone(st, c->socket[1])));
}

static void sit(struct lab_state *st, int conversation, unsigned side, int socket)
{
    st->conversations[conversation].socket[side] = socket;
    st->sockets[socket].conversation = conversation;
}

unsigned lab_within_host(const struct lab_state *st, uint64_t since_ns)
{
    unsigned n = 0;
    for (size_t i = 0; i < st->conversation_count; i++) {
        const struct lab_conversation *c = &st->conversations[i];
        n += c->start_ns >= since_ns && c->segment_count == 0 && net_is_within_host(c->ip[0], c->ip[1]);
    }
    return n;
}

/* The end that a socket's host is; where a host talks to itself, the one that has called connect() is the client. */
static unsigned side_of_new(const struct lab_state *st, int socket, struct address local, struct address remote)
{
    unsigned host = st->sockets[socket].host;
    if (!net_is_within_host(local.ip, remote.ip))
        return host;
    if (st->maps->sockets[socket].calls)
        return NET_CLIENT;
    return lab_port_state(st, host, local.port) == NET_STATE_LISTEN ? NET_SERVER : NET_CLIENT;
}

/* The client's own address, where the server knows it by another. */
static struct address behind_nat(const struct lab_state *st, struct address local, struct address remote)
{
    int conversation = net_ip_same(remote.ip, NET_NAT_IP) ? find_conversation(st, local, remote) : LAB_NONE;
    if (conversation == LAB_NONE)
        return remote;
    const struct lab_conversation *c = &st->conversations[conversation];
    return (struct address){c->ip[NET_CLIENT], c->port[NET_CLIENT]};
}

/* From now on the server's end is found by what the client is to it. */
static int translate(struct lab_state *st, int conversation, uint16_t nat_port)
{
    struct lab_conversation *c = &st->conversations[conversation];
    if (!nat_port || c->nat_port == nat_port)
        return 0;
    c->nat_port = nat_port;
    struct lab_key key = key_of((struct address){c->ip[NET_SERVER], c->port[NET_SERVER]},
                                (struct address){NET_NAT_IP, nat_port});
    return lab_remember(st, LAB_KEY_CONVERSATION, key.a, key.b, conversation);
}

int lab_join(struct lab_state *st, int socket, const struct net_ev_sample *sample)
{
    struct address local = {sample->local_ip, sample->local_port};
    struct address remote = behind_nat(st, local, (struct address){sample->remote_ip, sample->remote_port});
    int present = st->sockets[socket].conversation, conversation = find_conversation(st, local, remote);
    if (present != LAB_NONE) {
        const struct lab_conversation *c = &st->conversations[present];
        unsigned side = lab_side_of(st, socket);
        if (same((struct address){c->ip[side], c->port[side]}, local) &&
            same((struct address){c->ip[!side], c->port[!side]}, remote))
            return 0;
    }
    if (conversation != LAB_NONE) {
        unsigned side = side_of(&st->conversations[conversation], local);
        if (st->conversations[conversation].socket[side] == LAB_NONE) {
            sit(st, conversation, side, socket);
            return 0;
        }
    }
    unsigned side = side_of_new(st, socket, local, remote);
    if (add_conversation(st, side, local, remote, sample->begin_ns, &conversation) < 0)
        return -1;
    sit(st, conversation, side, socket);
    return 0;
}

/* In the middle of a connect(): in SYN_SENT, or about to be. */
static bool is_connecting(const struct lab_state *st, int socket)
{
    const struct lab_socket *s = &st->sockets[socket];
    long last = s->step_count ? s->steps[s->step_count - 1].event : LAB_NONE;
    return s->now.state == NET_STATE_SYN_SENT ||
           (s->now.state == NET_STATE_CLOSE && st->maps->sockets[socket].mover > last);
}

/* The same socket tries again: its old conversation came to nothing, and it goes on in the new one. */
static void move_on(struct lab_state *st, int from, int to, unsigned side)
{
    int socket = st->conversations[from].socket[side];
    if (socket != LAB_NONE && st->sockets[socket].conversation == from && is_connecting(st, socket))
        sit(st, to, side, socket);
}

/* Its kernel takes a SYN for one that went astray, and answers for the connection that it has. */
static bool is_open_to(const struct lab_state *st, const struct lab_conversation *c, unsigned side)
{
    uint8_t state = c->socket[side] == LAB_NONE ? NET_STATE_ABSENT : st->sockets[c->socket[side]].now.state;
    return state != NET_STATE_ABSENT && state != NET_STATE_CLOSE && state != NET_STATE_TIME_WAIT;
}

static bool begins_another(const struct lab_state *st, int conversation, unsigned side,
                           const struct net_ev_segment *seg)
{
    const struct lab_conversation *c = &st->conversations[conversation];
    if ((seg->flags & (NET_SYN | NET_ACK)) != NET_SYN || (seg->injected && is_open_to(st, c, !side)))
        return false;
    return c->initial_known[side] ? c->initial_seq[side] != seg->seq : is_over(st, conversation);
}

static bool is_between(uint32_t first, uint32_t number, uint32_t last)
{
    return number - first <= last - first;
}

/* Whether the numbers of a segment are of this conversation: nothing leaves a hole, or confirms what was not sent. An
 * RST that answers a SYN has no number of its own. */
static bool fits(const struct lab_state *st, int conversation, unsigned side, const struct net_ev_segment *seg)
{
    const struct lab_conversation *c = &st->conversations[conversation];
    const struct lab_end *own = &st->maps->conversations[conversation].end[side],
                         *other = &st->maps->conversations[conversation].end[!side];
    bool has_seq = c->initial_known[side] && !((seg->flags & NET_RST) && seg->seq == 0);
    bool has_ack = c->initial_known[!side] && (seg->flags & NET_ACK);
    return (!has_seq || is_between(c->initial_seq[side], seg->seq, own->sent_to)) &&
           (!has_ack || is_between(c->initial_seq[!side], seg->ack, other->sent_to));
}

/* Of those at the same addresses the latest that it fits; the latest of all where it fits none. */
static int fitting(const struct lab_state *st, int latest, struct address from, const struct net_ev_segment *seg)
{
    int c = latest;
    for (int n = 0; c != LAB_NONE && n < GENERATIONS; n++, c = st->conversations[c].older)
        if (fits(st, c, side_of(&st->conversations[c], from), seg))
            return c;
    return latest;
}

/* The conversation of a segment, found or made, and which end sent it. */
static int conversation_of(struct lab_state *st, const struct net_ev_segment *seg, uint64_t time_ns, int *conversation,
                           unsigned *side)
{
    struct address from = {seg->src_ip, seg->src_port}, to = {seg->dst_ip, seg->dst_port};
    int old = find_conversation(st, from, to);
    *conversation = old;
    *side = old == LAB_NONE ? seg->from : side_of(&st->conversations[old], from);
    if (old != LAB_NONE && !begins_another(st, old, *side, seg)) {
        *conversation = fitting(st, old, from, seg);
        *side = side_of(&st->conversations[*conversation], from);
        return 0;
    }
    *side = seg->from;
    if (add_conversation(st, seg->from, from, to, time_ns, conversation) < 0)
        return -1;
    if (old != LAB_NONE)
        move_on(st, old, *conversation, *side);
    return 0;
}

/* ---- what a segment tells ---------------------------------------------------------------------------------------- */

/* The state of one end as last sampled; before it has a socket, that of whoever listens at its port. */
static uint8_t state_at(const struct lab_state *st, const struct lab_conversation *c, unsigned side)
{
    int socket = c->socket[side];
    if (socket == LAB_NONE || is_gone(st, socket))
        return lab_port_state(st, side, c->port[side]);
    return st->sockets[socket].now.state;
}

static void describe(struct lab_state *st, struct lab_segment *segment, unsigned side)
{
    struct lab_conversation *c = &st->conversations[segment->conversation];
    const struct net_ev_segment *seg = segment->segment;
    if ((seg->flags & NET_SYN) && !c->initial_known[side]) {
        c->initial_known[side] = true;
        c->initial_seq[side] = seg->seq;
    }
    segment->seq_relative = seg->seq - (c->initial_known[side] ? c->initial_seq[side] : 0);
    if (seg->flags & NET_ACK)
        segment->ack_relative = seg->ack - (c->initial_known[!side] ? c->initial_seq[!side] : 0);
    lab_kinds_sent(st, (size_t)(segment - st->segments), side);
    segment->state_sender = state_at(st, c, side);
    segment->state_receiver = state_at(st, c, !side);
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

static int append_to(struct lab_state *st, int conversation, size_t segment)
{
    struct lab_conversation *c = &st->conversations[conversation];
    size_t trim_at = st->maps->conversations[conversation].trim_at;
    size_t *segments = lab_grown(c->segments, c->segment_count, sizeof *segments);
    if (!segments)
        return -1;
    c->segments = segments;
    segments[c->segment_count++] = segment;
    st->maps->is_long |= c->segment_count >= (trim_at ? trim_at : LAB_LONG);
    return 0;
}

static int add_segment(struct lab_state *st, const struct net_event *ev, long index)
{
    struct lab_segment *segments = lab_grown(st->segments, st->segment_count, sizeof *segments);
    if (!segments)
        return -1;
    st->segments = segments;
    segments[st->segment_count] = (struct lab_segment){.id = ev->u.segment.id,
                                                       .event = index,
                                                       .segment = &ev->u.segment,
                                                       .packet = ev->data,
                                                       .packet_bytes = ev->data ? ev->data_bytes : 0,
                                                       .window_bytes = ev->u.segment.window,
                                                       .is = ev->u.segment.injected ? IS_INJECTED : 0,
                                                       .fate = NET_IN_FLIGHT,
                                                       .sent_ns = ev->time_ns,
                                                       .conversation = LAB_NONE,
                                                       .seq_relative = ev->u.segment.seq,
                                                       .ack_relative = ev->u.segment.ack};
    return lab_remember(st, LAB_KEY_SEGMENT, ev->u.segment.id, 0, (long)st->segment_count++);
}

bool lab_conversation_next(const struct lab_state *st, int conversation, unsigned side, uint32_t *number)
{
    const struct lab_end *end = &st->maps->conversations[conversation].end[side];
    *number = end->sent_to;
    return end->has_sent;
}

/* ---- an end that closes ------------------------------------------------------------------------------------------ */

unsigned lab_sender_of(const struct lab_state *st, const struct lab_segment *segment)
{
    const struct net_ev_segment *seg = segment->segment;
    return side_of(&st->conversations[segment->conversation], (struct address){seg->src_ip, seg->src_port});
}

/* No segment that arrives does this: a program that was quicker than the question has closed its end. It is told with
 * the FIN that it sends then. */
static bool is_own_close(unsigned before, unsigned after)
{
    return (before == NET_STATE_ESTABLISHED && after == NET_STATE_FIN_WAIT1) ||
           (before == NET_STATE_CLOSE_WAIT && after == NET_STATE_LAST_ACK);
}

/*
 * close() sends FIN at once unless the windows keep it back, and then it goes out when something has arrived. So what
 * an end sent between the last arrival and its FIN was sent in the state before, though the lab, which reads it from
 * the wire a little later, may have heard of the close already.
 */
static void tell_before_fin(struct lab_state *st, const struct lab_conversation *c, unsigned side)
{
    const uint8_t after = st->segments[st->segment_count - 1].state_sender;
    size_t i = c->segment_count - 1, first = i;
    while (first > 0 && lab_sender_of(st, &st->segments[c->segments[first - 1]]) == side)
        first--;
    const struct lab_segment *arrived = first > 0 ? &st->segments[c->segments[first - 1]] : NULL;
    if (!arrived || arrived->fate != NET_DELIVERED || !is_own_close(arrived->receiver_after, after))
        return;
    while (i-- > first) {
        struct lab_segment *own = &st->segments[c->segments[i]];
        if (own->state_sender == after && !(own->segment->flags & (NET_SYN | NET_FIN | NET_RST)))
            own->state_sender = arrived->receiver_after;
    }
}

/* The state of a socket as last told, but for a close of its own since then. */
static uint8_t state_but_for_close(const struct lab_state *st, int socket, uint64_t since_ns)
{
    const struct lab_socket *s = &st->sockets[socket];
    uint8_t state = s->now.state;
    for (size_t i = s->step_count; i-- > 1 && s->steps[i].time_ns > since_ns;) {
        if (!is_own_close(s->steps[i - 1].state, s->steps[i].state))
            break;
        state = s->steps[i - 1].state;
    }
    return state;
}

/* What an arrival brought its receiver to. The wire says so a little later than it happens, unless it keeps segments:
 * a program that has closed its end meanwhile did that after the arrival. */
static uint8_t state_brought(const struct lab_state *st, const struct lab_segment *segment, unsigned side)
{
    const struct lab_conversation *c = &st->conversations[segment->conversation];
    const int socket = c->socket[side];
    if (socket == LAB_NONE || is_gone(st, socket) || segment->fate != NET_IN_FLIGHT ||
        net_fault_is_on(&st->wire.faults, NET_FAULT_DELAY))
        return state_at(st, c, side);
    return state_but_for_close(st, socket, segment->sent_ns);
}

int lab_fold_segment(struct lab_state *st, const struct net_event *ev, long index)
{
    const struct net_ev_segment *seg = &ev->u.segment;
    unsigned side;
    if (seg->from >= NET_HOSTS)
        return 0;
    if (add_segment(st, ev, index) < 0)
        return -1;
    struct lab_segment *segment = &st->segments[st->segment_count - 1];
    if (seg->protocol != IP_TCP)
        return 0;
    if (conversation_of(st, seg, ev->time_ns, &segment->conversation, &side) < 0)
        return -1;
    if (translate(st, segment->conversation, seg->nat_port) < 0)
        return -1;
    describe(st, segment, side);
    if (append_to(st, segment->conversation, st->segment_count - 1) < 0)
        return -1;
    if (seg->flags & NET_FIN)
        tell_before_fin(st, &st->conversations[segment->conversation], side);
    return 0;
}

/* ---- fates ------------------------------------------------------------------------------------------------------- */

static void deliver(struct lab_state *st, int index, uint64_t time_ns, bool is_copy)
{
    struct lab_segment *segment = &st->segments[index];
    if (segment->conversation == LAB_NONE)
        return;
    unsigned to = !lab_sender_of(st, segment);
    struct lab_conversation_more *more = &st->maps->conversations[segment->conversation];
    struct lab_end *end = &more->end[to];
    lab_kinds_arrived(st, (size_t)index, to, time_ns, is_copy);
    end->recent[end->recent_count++ % LAB_RECENT] = (size_t)index;
    segment->receiver_after = state_brought(st, segment, to);
    if (segment->segment->flags & NET_RST)
        more->reset = true;
}

int lab_fold_fate(struct lab_state *st, const struct net_event *ev)
{
    const struct net_ev_fate *told = &ev->u.fate;
    int index = lab_segment_by_id(st, told->segment);
    if (index == LAB_NONE)
        return 0;
    struct lab_segment *segment = &st->segments[index];
    switch ((enum net_fate_of)told->fate) {
    case NET_REPEATED: segment->repeats = told->repeats; return 0;
    case NET_DUPLICATED:
        segment->copies++;
        deliver(st, index, ev->time_ns, true);
        return 0;
    case NET_DELIVERED: deliver(st, index, ev->time_ns, false); break;
    case NET_IN_FLIGHT:
    case NET_HELD:
    case NET_DROPPED: break;
    case NET_FATES:
    default: return 0;
    }
    if (told->fate == NET_HELD && segment->fate != NET_HELD)
        st->wire.held_segs++;
    else if (told->fate != NET_HELD && segment->fate == NET_HELD && st->wire.held_segs > 0)
        st->wire.held_segs--;
    segment->fate = told->fate;
    segment->why = told->why;
    segment->fate_ns = ev->time_ns;
    return 0;
}

/* ---- what samples tell ------------------------------------------------------------------------------------------- */

/*
 * A SYN, FIN or RST is sent by the call that changes the state: what the sender says while it is still on its way is
 * the state that it was sent in. Anything else was sent in the state before it, whatever has happened at the sender
 * since.
 */
static void tell_sent(struct lab_state *st, const struct lab_conversation *c, unsigned side,
                      const struct net_ev_sample *sample)
{
    for (size_t i = c->segment_count; i-- > 0 && c->segment_count - i <= LAB_RECENT;) {
        struct lab_segment *segment = &st->segments[c->segments[i]];
        bool waits = segment->fate == NET_IN_FLIGHT || segment->fate == NET_HELD;
        if (lab_sender_of(st, segment) != side)
            continue;
        if (!waits || segment->sender_told || sample->begin_ns < segment->sent_ns)
            return;
        if (segment->segment->flags & (NET_SYN | NET_FIN | NET_RST))
            segment->state_sender = sample->state;
        segment->sender_told = true;
    }
}

/* Two samples asked at one moment are two states that the one segment led through. */
static void tell_delivered(struct lab_state *st, int socket, const struct lab_end *end,
                           const struct net_ev_sample *sample)
{
    if (end->recent_count == 0)
        return;
    struct lab_segment *segment = &st->segments[end->recent[(end->recent_count - 1) % LAB_RECENT]];
    bool first = segment->receiver_told_ns == 0;
    if (sample->begin_ns < segment->fate_ns || (!first && sample->begin_ns != segment->receiver_told_ns))
        return;
    segment->receiver_after = state_but_for_close(st, socket, segment->fate_ns);
    segment->receiver_told_ns = sample->begin_ns;
}

void lab_tell_segments(struct lab_state *st, int socket, const struct net_ev_sample *sample)
{
    int conversation = st->sockets[socket].conversation;
    if (conversation == LAB_NONE)
        return;
    unsigned side = lab_side_of(st, socket);
    if (sample->origin == NET_BEFORE_SEGMENT)
        tell_sent(st, &st->conversations[conversation], side, sample);
    if (sample->origin == NET_AFTER_SEGMENT)
        tell_delivered(st, socket, &st->maps->conversations[conversation].end[side], sample);
}
