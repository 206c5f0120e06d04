// SPDX-License-Identifier: GPL-3.0-or-later
// What stands between the hosts: boxes that drop, answer, change or slow down what passes on an open wire.
/*
 * The order in which a segment meets them is in net/data/fault.h. Each box's luck is drawn from the segment's own
 * number and the seed, so that it is the same whatever else is on.
 *
 * A box that forgets keeps a time for each connection (conntrack of a firewall, RFC 5382). A connection is forgotten
 * when no segment of it has passed for so long; only a SYN opens it anew. Connections that are older than the box are
 * known to it, and count as used when it was turned on. Left out: that FIN and RST make it forget sooner.
 *
 * A queue before a slow line holds QUEUE_BYTES in each direction; what finds it full is lost. No packet is fragmented.
 */
#include "net/wire/wire_private.h"

#include <string.h>

enum { QUEUE_BYTES = 64 * 1024, LATE_NS = 20 * 1000 * 1000, NS_PER_MS = 1000 * 1000, BITS = 8, TCP = 6 };
enum { SUM_AT = 10, ECN_CE = 3 };

static uint32_t fault_from(const struct net_wire *w, unsigned from, enum net_fault_id id)
{
    return w->settings.faults.value[id][from];
}

/* SplitMix64's finish (Vigna), of the segment's number. */
static uint64_t luck(const struct net_wire *w, const struct wire_packet *packet, enum net_fault_id id)
{
    uint64_t z = (packet->segment.id << 8 | (uint64_t)id) * 0x9e3779b97f4a7c15u + w->settings.seed;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static bool is_drawn(const struct net_wire *w, const struct wire_packet *packet, enum net_fault_id id)
{
    uint32_t percent = fault_from(w, packet->segment.from, id);

    return percent && luck(w, packet, id) % 100 < percent;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static bool is_flow(const struct wire_flow *flow, const struct net_ev_segment *s)
{
    unsigned from = s->from, to = 1 - from;

    return net_ip_same(flow->ip[from], s->src_ip) && net_ip_same(flow->ip[to], s->dst_ip) &&
           flow->port[from] == s->src_port && flow->port[to] == s->dst_port;
}

/* The same for both directions. */
static uint32_t hash_of(const struct net_ev_segment *s)
{
    uint32_t mixed = (uint32_t)(net_ip_hash(s->src_ip) ^ net_ip_hash(s->dst_ip)) * 0x85ebca6bu;

    mixed ^= ((uint32_t)(s->src_port ^ s->dst_port) << 16 | (uint16_t)(s->src_port + s->dst_port)) * 0x9e3779b1u;
    return mixed ^ mixed >> 15;
}

/* Its place; where there is none left, that of one that is over, or else of the one that passed least lately. */
struct wire_flow *wire_flow_of(struct net_wire *w, const struct net_ev_segment *s)
{
    struct wire_flow *worst = NULL;
    uint32_t hash = hash_of(s);

    for (unsigned i = 0; i < FLOW_PROBES; i++) {
        struct wire_flow *flow = &w->flows[(hash + i) % FLOW_SLOTS];
        if (flow->known && is_flow(flow, s))
            return flow;
        if (!worst || flow->over > worst->over || (flow->over == worst->over && flow->last_ns < worst->last_ns))
            worst = flow;
        if (!flow->known) {
            worst = flow;
            break;
        }
    }
    *worst = (struct wire_flow){.known = true, .last_ns = net_now_ns()};
    worst->ip[s->from] = s->src_ip;
    worst->ip[1 - s->from] = s->dst_ip;
    worst->port[s->from] = s->src_port;
    worst->port[1 - s->from] = s->dst_port;
    return worst;
}

static bool is_opening(const struct net_ev_segment *s)
{
    return (s->flags & (NET_SYN | NET_ACK)) == NET_SYN;
}

void wire_flow_see(struct net_wire *w, const struct net_ev_segment *s)
{
    if (s->protocol != TCP)
        return;
    struct wire_flow *flow = wire_flow_of(w, s);
    uint32_t end = s->seq + s->payload_bytes + ((s->flags & NET_SYN) != 0) + ((s->flags & NET_FIN) != 0);
    if (is_opening(s)) {
        flow->over = flow->forgotten = false;
        memset(flow->side, 0, sizeof flow->side);
        flow->last_ns = net_now_ns();
    }
    if (!flow->side[s->from].seen || (int32_t)(end - flow->side[s->from].next) > 0)
        flow->side[s->from].next = end;
    flow->side[s->from].seen = true;
    flow->side[s->from].fin |= (s->flags & NET_FIN) != 0;
    if (s->flags & NET_ACK)
        flow->side[s->from].ack = s->ack;
    flow->over |= (s->flags & NET_RST) || (flow->side[NET_SERVER].fin && flow->side[NET_CLIENT].fin);
    if (flow->nat_port)
        wire_nat_is_over(w, flow->nat_port, flow->over);
}

void wire_flow_injected(struct net_wire *w, const struct net_ev_segment *s)
{
    if (s->protocol != TCP)
        return;
    const struct wire_flow *flow = wire_flow_of(w, s);
    bool is_open = !flow->over && flow->side[NET_SERVER].seen && flow->side[NET_CLIENT].seen;
    bool is_next = !flow->side[s->from].seen || flow->side[s->from].next == s->seq;
    if (is_opening(s) ? !is_open : is_next)
        wire_flow_see(w, s);
}

static struct wire_packet *rst_of(const struct wire_flow *flow, unsigned from, uint32_t beyond)
{
    unsigned to = 1 - from;
    const struct net_ev_segment numbers = {.from = (uint8_t)from,
                                           .src_ip = flow->ip[from],
                                           .dst_ip = flow->ip[to],
                                           .src_port = flow->port[from],
                                           .dst_port = flow->port[to],
                                           .flags = NET_RST | NET_ACK,
                                           .seq = flow->side[from].next + beyond,
                                           .ack = flow->side[to].next};
    return wire_router_made(&numbers);
}

unsigned wire_fault_rst(struct net_wire *w, const struct wire_command *command)
{
    unsigned made = 0;

    for (size_t i = 0; i < FLOW_SLOTS; i++) {
        struct wire_flow *flow = &w->flows[i];
        bool lives = flow->known && !flow->over && flow->side[NET_SERVER].seen && flow->side[NET_CLIENT].seen;
        for (unsigned from = 0; lives && from < NET_HOSTS; from++) {
            struct wire_packet *rst = command->n & 1u << from ? rst_of(flow, from, (uint32_t)command->id) : NULL;
            if (!rst)
                continue;
            wire_plan_made(w, rst);
            made++;
        }
    }
    return made;
}

/* ---- boxes that drop or change ----------------------------------------------------------------------------------- */

static enum net_drop_why meet_forgetful(struct net_wire *w, const struct wire_packet *packet)
{
    static const struct {
        enum net_fault_id id;
        enum net_drop_why why;
    } kinds[] = {{NET_FAULT_FORGET, NET_DROP_FORGOTTEN},
                 {NET_FAULT_FORGET_RST, NET_DROP_FORGOTTEN_RST},
                 {NET_FAULT_FORGET_ICMP, NET_DROP_FORGOTTEN_ICMP}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint32_t after_ms = fault_from(w, packet->segment.from, kinds[i].id);
        if (!after_ms)
            continue;
        struct wire_flow *flow = wire_flow_of(w, &packet->segment);
        uint64_t now_ns = net_now_ns();
        uint64_t used_ns = flow->last_ns > w->forget_since_ns ? flow->last_ns : w->forget_since_ns;
        flow->forgotten |= now_ns - used_ns > (uint64_t)after_ms * NS_PER_MS;
        if (flow->forgotten)
            return kinds[i].why;
        flow->last_ns = now_ns;
    }
    return NET_DROP_NONE;
}

static enum net_drop_why meet_narrow(const struct net_wire *w, const struct wire_packet *packet)
{
    uint32_t told = fault_from(w, packet->segment.from, NET_FAULT_MTU);
    uint32_t silent = fault_from(w, packet->segment.from, NET_FAULT_MTU_SILENT);

    if (told && packet->segment.packet_bytes > told)
        return NET_DROP_TOO_BIG;
    return silent && packet->segment.packet_bytes > silent ? NET_DROP_TOO_BIG_SILENT : NET_DROP_NONE;
}

/* RFC 3168: of a transport that understands it (ECT), the packet is marked: congestion experienced. */
static void mark(struct wire_packet *packet)
{
    uint8_t *ip = packet->bytes, before = ip[1];
    bool is_v6 = packet->segment.src_ip.is_v6; /* where half of the traffic class stands in the second byte */
    const uint8_t ce = is_v6 ? ECN_CE << 4 : ECN_CE;

    if (!(before & ce))
        return;
    ip[1] |= ce;
    packet->marked = true;
    if (is_v6)
        return;
    /* RFC 1624: the sum of a header in which one word has grown. */
    uint32_t sum = (uint32_t)(uint16_t) ~(ip[SUM_AT] << 8 | ip[SUM_AT + 1]) + ip[1] - before;
    sum = ~(sum + (sum >> 16));
    ip[SUM_AT] = (uint8_t)(sum >> 8);
    ip[SUM_AT + 1] = (uint8_t)sum;
}

/* One bit behind the IP header, which TCP's checksum covers. */
static void corrupt(const struct net_wire *w, struct wire_packet *packet)
{
    size_t ip_bytes = packet->segment.src_ip.is_v6 ? NET_IPV6_BYTES : NET_IPV4_BYTES;
    uint64_t where = luck(w, packet, NET_FAULTS) % ((packet->segment.packet_bytes - ip_bytes) * BITS);

    packet->bytes[ip_bytes + where / BITS] ^= (uint8_t)(1u << where % BITS);
}

static uint64_t waiting_bytes(const struct net_wire *w, unsigned from, uint64_t now_ns)
{
    uint64_t free_ns = w->line_free_ns[from];

    return free_ns > now_ns ? (free_ns - now_ns) * fault_from(w, from, NET_FAULT_RATE) / BITS / NS_PER_MS : 0;
}

enum net_drop_why wire_fault_meets(struct net_wire *w, struct wire_packet *packet)
{
    enum net_drop_why why = meet_narrow(w, packet);

    if (packet->segment.protocol != TCP)
        return NET_DROP_NONE;
    if (!why)
        why = meet_forgetful(w, packet);
    if (why)
        return why;
    if (is_drawn(w, packet, NET_FAULT_MARK))
        mark(packet);
    if (is_drawn(w, packet, NET_FAULT_CORRUPT)) {
        corrupt(w, packet);
        return NET_DROP_CORRUPT;
    }
    bool slow = fault_from(w, packet->segment.from, NET_FAULT_RATE);
    return slow && waiting_bytes(w, packet->segment.from, net_now_ns()) > QUEUE_BYTES ? NET_DROP_QUEUE : NET_DROP_NONE;
}

void wire_fault_changed(struct net_wire *w, const struct net_faults *old)
{
    bool forgot = false;

    for (unsigned id = NET_FAULT_FORGET; id <= NET_FAULT_FORGET_ICMP; id++)
        forgot |= net_fault_is_on(old, (enum net_fault_id)id);
    for (size_t i = 0; !forgot && i < FLOW_SLOTS; i++)
        w->flows[i].forgotten = false;
    if (!forgot)
        w->forget_since_ns = net_now_ns();
    if (!net_fault_is_on(old, NET_FAULT_NAT))
        w->nat_lost = false; /* older connections pass as they are */
    for (unsigned from = 0; from < NET_HOSTS; from++)
        if (old->value[NET_FAULT_RATE][from] != fault_from(w, from, NET_FAULT_RATE))
            w->line_free_ns[from] = 0;
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

bool wire_fault_takes_time(const struct net_wire *w, unsigned from)
{
    return fault_from(w, from, NET_FAULT_DELAY) || fault_from(w, from, NET_FAULT_JITTER) ||
           fault_from(w, from, NET_FAULT_RATE) || fault_from(w, from, NET_FAULT_REORDER);
}

uint64_t wire_fault_due_ns(struct net_wire *w, const struct wire_packet *packet, bool *late)
{
    unsigned from = packet->segment.from;
    uint32_t kbit = fault_from(w, from, NET_FAULT_RATE), jitter_ms = fault_from(w, from, NET_FAULT_JITTER);
    uint64_t due_ns = net_now_ns();

    if (kbit) {
        uint64_t begin_ns = w->line_free_ns[from] > due_ns ? w->line_free_ns[from] : due_ns;
        due_ns = w->line_free_ns[from] = begin_ns + (uint64_t)packet->segment.packet_bytes * BITS * NS_PER_MS / kbit;
    }
    due_ns += (uint64_t)fault_from(w, from, NET_FAULT_DELAY) * NS_PER_MS;
    if (jitter_ms)
        due_ns += luck(w, packet, NET_FAULT_JITTER) % ((uint64_t)jitter_ms * NS_PER_MS + 1);
    *late = is_drawn(w, packet, NET_FAULT_REORDER);
    return *late ? due_ns + LATE_NS : due_ns;
}
