// SPDX-License-Identifier: GPL-3.0-or-later
// Segments that have not arrived, and those that are not confirmed.

#include "lab/explain/waits_inside.h"
#include "net/base/message.h"

enum { NS_PER_MS = 1000000 };

const char *lab_carries(const struct lab_waiting_for *f, const struct net_ev_segment *seg)
{
    if (seg->flags & NET_RST)
        return "RST";
    if (seg->flags & NET_SYN)
        return seg->flags & NET_ACK ? "SYN+ACK" : "SYN";
    if (seg->payload_bytes)
        return seg->flags & NET_FIN ? lab_waiting_word(f, N_("data and FIN")) : lab_waiting_word(f, N_("data"));
    return seg->flags & NET_FIN ? "FIN" : "ACK";
}

static enum lab_wait_for dropped(unsigned why)
{
    switch ((enum net_drop_why)why) {
    case NET_DROP_LOSS: return LAB_WAIT_DROPPED_LOSS;
    case NET_DROP_CUT: return LAB_WAIT_DROPPED_CUT;
    case NET_DROP_REFUSED: return LAB_WAIT_DROPPED_DEVICE;
    case NET_DROP_UNREACHABLE: return LAB_WAIT_DROPPED_ROUTER;
    case NET_DROP_FORGOTTEN:
    case NET_DROP_FORGOTTEN_RST:
    case NET_DROP_FORGOTTEN_ICMP:
    case NET_DROP_TOO_BIG:
    case NET_DROP_TOO_BIG_SILENT:
    case NET_DROP_CORRUPT:
    case NET_DROP_QUEUE:
    case NET_DROP_NAT:
    case NET_DROP_TAKEN:
    case NET_DROP_CHECKSUM: return LAB_WAIT_DROPPED_BOX;
    case NET_DROP_NONE:
    case NET_DROP_ASKED:
    case NET_DROP_MARKED:
    case NET_DROPS: break;
    }
    return LAB_WAIT_DROPPED_ASKED;
}

bool lab_wait_for_segment(struct lab_waiting_for *f, const struct lab_segment *seg)
{
    uint32_t delay_ms = f->e.state->wire.faults.value[NET_FAULT_DELAY][seg->segment->from % NET_HOSTS];
    bool is_dropped = seg->fate == NET_DROPPED;
    bool is_for_learner = f->e.state->wire.faults.value[NET_FAULT_BE][seg->segment->from % NET_HOSTS];
    const struct lab_parts at = {.format = is_dropped && net_drop(seg->why)->waits ? net_drop(seg->why)->waits : "",
                                 .name = lab_carries(f, seg->segment),
                                 .id = (int64_t)seg->id,
                                 .host = seg->segment->from,
                                 .since = seg->fate == NET_HELD ? seg->fate_ns : seg->sent_ns,
                                 .until = seg->sent_ns + (uint64_t)delay_ms * NS_PER_MS,
                                 .limit = delay_ms,
                                 .at = seg->fate_ns};
    switch ((enum net_fate_of)seg->fate) {
    case NET_HELD: lab_wait_put(f, is_for_learner ? LAB_WAIT_FOR_LEARNER : LAB_WAIT_HELD, at); return true;
    case NET_IN_FLIGHT: lab_wait_put(f, delay_ms ? LAB_WAIT_DELAYED : LAB_WAIT_ON_WAY, at); return true;
    case NET_DROPPED: lab_wait_put(f, dropped(seg->why), at); return true;
    case NET_DELIVERED:
    case NET_REPEATED:
    case NET_DUPLICATED:
    case NET_FATES: break;
    }
    return false;
}

bool lab_sees_segments(const struct lab_evidence *e, const struct lab_socket *s)
{
    bool opens = s->now.state == NET_STATE_SYN_SENT;
    bool with_itself = net_is_within_host(s->now.local_ip, s->now.remote_ip);
    if (with_itself || s->conversation == LAB_NONE)
        return false;
    return e->state->conversations[s->conversation].segment_count > 0 || (opens && e->state->segment_count > 0);
}

/* ---- what is not confirmed --------------------------------------------------------------------------------------- */

static uint32_t end_of(const struct net_ev_segment *seg)
{
    return seg->seq + seg->payload_bytes + ((seg->flags & NET_SYN) != 0) + ((seg->flags & NET_FIN) != 0);
}

static bool is_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

/* The highest that this side knows to be confirmed; false: nothing has come. */
static bool confirmed(const struct lab_evidence *e, const struct lab_conversation *c, unsigned side, uint32_t *ack)
{
    for (size_t k = c->segment_count; k-- > 0;) {
        const struct lab_segment *seg = &e->state->segments[c->segments[k]];
        bool mine = net_ip_same(seg->segment->src_ip, c->ip[side]) && seg->segment->src_port == c->port[side];
        if (mine || seg->fate != NET_DELIVERED || !(seg->segment->flags & NET_ACK))
            continue;
        *ack = seg->segment->ack;
        return true;
    }
    return false;
}

/* Backwards from the end: what is older than everything that is not confirmed is not looked at. */
const struct lab_segment *lab_first_unconfirmed(const struct lab_evidence *e, const struct lab_socket *s,
                                                const struct lab_segment **first)
{
    if (s->conversation == LAB_NONE)
        return NULL;
    const struct lab_conversation *c = &e->state->conversations[s->conversation];
    const struct lab_segment *latest = NULL;
    unsigned side = lab_side_of_socket(e, s);
    uint32_t ack = 0;
    bool known = confirmed(e, c, side, &ack);
    *first = NULL;
    for (size_t k = c->segment_count; k-- > 0;) {
        const struct lab_segment *seg = &e->state->segments[c->segments[k]];
        const struct net_ev_segment *header = seg->segment;
        bool mine = net_ip_same(header->src_ip, c->ip[side]) && header->src_port == c->port[side];
        if (!mine || end_of(header) == header->seq || (header->flags & NET_RST))
            continue;
        if (known && !is_after(end_of(header), ack)) {
            if (seg->retransmission)
                continue;
            break;
        }
        bool is_earlier = !latest || is_after(latest->segment->seq, header->seq);
        if (is_earlier)
            latest = seg;
        if (is_earlier || header->seq == latest->segment->seq)
            *first = seg;
    }
    return latest;
}
