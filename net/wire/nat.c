// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses are translated where a packet leaves the wire: boxes and answers before that see what its host has sent.
/*
 * The table is an array by port. Forward it is found by the connection (wire_flow.nat_port), which is looked up for
 * every packet anyway; a flow that had to make room for another finds its entry again by a search, once.
 *
 * Checksums are adjusted, not made anew (RFC 1624): a packet that was corrupt stays so.
 */
#include "net/wire/nat.h"

#include "net/wire/wire_private.h"

#include <string.h>

enum { TCP = 6, ICMP = 1, ICMP_BYTES = 8, IP_LEAST = 20, PORTS_BYTES = 4 };
enum { IP_SUM_AT = 10, SRC_AT = 12, DST_AT = 16, TCP_SUM_AT = 16, ICMP_SUM_AT = 2 };

static bool is_on(const struct net_wire *w)
{
    return net_fault_is_on(&w->settings.faults, NET_FAULT_NAT);
}

static struct wire_nat *entry_at(struct net_wire *w, uint16_t port)
{
    return port >= NET_NAT_FIRST_PORT ? &w->nat[port - NET_NAT_FIRST_PORT] : NULL;
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

static bool is_of(const struct wire_nat *entry, const struct net_ev_segment *s)
{
    return entry->used && net_ip_same(entry->ip, s->src_ip) && entry->port == s->src_port &&
           net_ip_same(entry->server_ip, s->dst_ip) && entry->server_port == s->dst_port;
}

/* Of a connection that the table of flows had no more room for; 0. */
static uint16_t found_again(const struct net_wire *w, const struct net_ev_segment *s)
{
    for (unsigned i = 0; w->nat_used && i < NET_NAT_PORTS; i++)
        if (is_of(&w->nat[i], s))
            return (uint16_t)(NET_NAT_FIRST_PORT + i);
    return 0;
}

/* The next one that is free, or over; when all are in use, the one that was idle for longest. */
static uint16_t new_entry(struct net_wire *w, const struct net_ev_segment *s)
{
    unsigned at = w->nat_next;

    for (unsigned i = 0; i < NET_NAT_PORTS; i++) {
        unsigned next = (w->nat_next + i) % NET_NAT_PORTS;
        bool free_now = !w->nat[next].used || w->nat[next].over;
        if (free_now || w->nat[next].last_ns < w->nat[at].last_ns)
            at = next;
        if (free_now)
            break;
    }
    w->nat_next = (at + 1) % NET_NAT_PORTS;
    w->nat_used += !w->nat[at].used;
    w->nat[at] = (struct wire_nat){
        .used = true, .ip = s->src_ip, .port = s->src_port, .server_ip = s->dst_ip, .server_port = s->dst_port};
    return (uint16_t)(NET_NAT_FIRST_PORT + at);
}

static void touch(struct net_wire *w, uint16_t port)
{
    struct wire_nat *entry = entry_at(w, port);

    if (entry)
        entry->last_ns = net_now_ns();
}

void wire_nat_is_over(struct net_wire *w, uint16_t port, bool over)
{
    struct wire_nat *entry = entry_at(w, port);

    if (entry)
        entry->over = over;
}

/* ---- on the way -------------------------------------------------------------------------------------------------- */

static void go_out(struct net_wire *w, struct net_ev_segment *s)
{
    struct wire_flow *flow = wire_flow_of(w, s);
    bool opens = (s->flags & (NET_SYN | NET_ACK)) == NET_SYN;
    bool is_new = !flow->side[NET_CLIENT].seen;

    if (is_new && !opens)
        flow->nat_port = found_again(w, s);
    bool begins = opens && (is_new || flow->over || flow->forgotten);
    if (begins && flow->nat_port)
        wire_nat_is_over(w, flow->nat_port, true);
    if (begins)
        flow->nat_port = is_on(w) ? new_entry(w, s) : 0;
    else if (!flow->nat_port && w->nat_lost && is_on(w))
        flow->nat_port = new_entry(w, s);
    s->nat_port = flow->nat_port;
    touch(w, s->nat_port);
}

static enum net_drop_why come_in(struct net_wire *w, struct net_ev_segment *s)
{
    const struct wire_nat *entry = entry_at(w, s->dst_port);

    if (!net_ip_same(s->dst_ip, NET_NAT_IP)) {
        const struct wire_flow *flow = wire_flow_of(w, s);
        bool opens = (s->flags & (NET_SYN | NET_ACK)) == NET_SYN;
        return is_on(w) && (opens || w->nat_lost || flow->nat_port) ? NET_DROP_NAT : NET_DROP_NONE;
    }
    if (!entry || !entry->used || !net_ip_same(entry->server_ip, s->src_ip) || entry->server_port != s->src_port)
        return NET_DROP_NAT;
    s->nat_port = s->dst_port;
    s->dst_ip = entry->ip;
    s->dst_port = entry->port;
    touch(w, s->nat_port);
    return NET_DROP_NONE;
}

/* The packet that an ICMP error quotes; NULL: it is none, or is cut short. */
static uint8_t *quoted(struct wire_packet *packet)
{
    uint8_t *icmp = packet->bytes + (packet->bytes[0] & 15) * 4, *quote = icmp + ICMP_BYTES;
    const uint8_t *end = packet->bytes + packet->segment.packet_bytes;
    bool is_error = icmp < end && (icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12); /* RFC 792 */

    if (!is_error || quote + IP_LEAST > end || quote[9] != TCP || quote + (quote[0] & 15) * 4 + PORTS_BYTES > end)
        return NULL;
    return quote;
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* A message about what the client has sent is for the box's address; one about what the server has sent goes to it. */
static enum net_drop_why see_icmp(struct net_wire *w, struct wire_packet *packet)
{
    struct net_ev_segment *s = &packet->segment;
    uint8_t *quote = quoted(packet);
    const uint8_t *ports = quote ? quote + (quote[0] & 15) * 4 : NULL;

    if (s->from == NET_SERVER && net_ip_same(s->dst_ip, NET_NAT_IP)) {
        const struct wire_nat *entry = quote ? entry_at(w, get16(ports)) : NULL;
        if (!entry || !entry->used)
            return NET_DROP_NAT;
        s->nat_port = get16(ports);
        s->dst_ip = entry->ip;
    } else if (s->from == NET_CLIENT && quote) {
        const struct net_ev_segment about = {.from = NET_CLIENT,
                                             .src_ip = net_ip_of_bytes(quote + DST_AT, false),
                                             .dst_ip = net_ip_of_bytes(quote + SRC_AT, false),
                                             .src_port = get16(ports + 2),
                                             .dst_port = get16(ports)};
        s->nat_port = found_again(w, &about);
    }
    return NET_DROP_NONE;
}

enum net_drop_why wire_nat_meets(struct net_wire *w, struct wire_packet *packet)
{
    struct net_ev_segment *s = &packet->segment;

    if (!w->nat_used && !is_on(w))
        return NET_DROP_NONE;
    if (s->protocol == ICMP)
        return see_icmp(w, packet);
    if (s->protocol != TCP || s->src_ip.is_v6)
        return NET_DROP_NONE;
    if (s->from == NET_SERVER)
        return come_in(w, s);
    go_out(w, s);
    return NET_DROP_NONE;
}

void wire_nat_made(struct net_wire *w, struct net_ev_segment *s)
{
    if (w->nat_used && s->protocol == TCP && !s->src_ip.is_v6)
        s->nat_port = wire_flow_of(w, s)->nat_port;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* So many bytes, an even number, become others; each sum, where there is one, stays as right as it was. */
static void change(uint8_t *at, const uint8_t *to, size_t bytes, uint8_t *sum, uint8_t *other_sum)
{
    for (size_t i = 0; i < bytes; i += 2) {
        uint8_t *sums[] = {sum, other_sum};
        for (unsigned k = 0; k < 2; k++) {
            uint32_t n = sums[k] ? (uint16_t)~get16(sums[k]) + (uint32_t)(uint16_t)~get16(at + i) + get16(to + i) : 0;
            n = (n & 0xffff) + (n >> 16);
            n = (n & 0xffff) + (n >> 16);
            if (sums[k])
                wire_put16(sums[k], (uint16_t)~n);
        }
        memcpy(at + i, to + i, 2);
    }
}

/* One address and its port, in an IP packet. more: bytes of TCP that are there; a quote may have but 8 of them. */
static void translate(uint8_t *ip, size_t address_at, struct net_ip address, uint16_t port, size_t more)
{
    uint8_t *tcp = ip + (ip[0] & 15) * 4, *sum = more >= TCP_SUM_AT + 2 ? tcp + TCP_SUM_AT : NULL, to[16];

    net_ip_bytes(address, to);
    change(ip + address_at, to, 4, ip + IP_SUM_AT, sum);
    wire_put16(to, port);
    change(tcp + (address_at == SRC_AT ? 0 : 2), to, 2, sum, NULL);
}

/* The sum of an ICMP message goes over the quote, whose own sums change with it: it is made anew. */
static void translate_icmp(struct wire_packet *packet, const struct wire_nat *entry, bool outward)
{
    uint8_t *ip = packet->bytes, *icmp = ip + (ip[0] & 15) * 4, *quote = quoted(packet), to[16];
    size_t bytes = packet->segment.packet_bytes - (size_t)(icmp - ip);

    net_ip_bytes(outward ? NET_NAT_IP : entry->ip, to);
    change(ip + (outward ? SRC_AT : DST_AT), to, 4, ip + IP_SUM_AT, NULL);
    if (!quote)
        return;
    size_t more = bytes - ICMP_BYTES - (size_t)(quote[0] & 15) * 4;
    translate(quote, outward ? DST_AT : SRC_AT, outward ? NET_NAT_IP : entry->ip,
              outward ? packet->segment.nat_port : entry->port, more);
    wire_put16(icmp + ICMP_SUM_AT, 0);
    wire_put_sum(icmp + ICMP_SUM_AT, icmp, bytes, 0);
}

void wire_nat_translate(struct net_wire *w, struct wire_packet *packet)
{
    struct net_ev_segment *s = &packet->segment;
    const struct wire_nat *entry = entry_at(w, s->nat_port);
    bool outward = s->from == NET_CLIENT;

    if (!s->nat_port || packet->translated || !entry)
        return;
    packet->translated = true;
    if (s->protocol == ICMP)
        translate_icmp(packet, entry, outward);
    else if (outward)
        translate(packet->bytes, SRC_AT, NET_NAT_IP, s->nat_port, s->packet_bytes);
    else
        translate(packet->bytes, DST_AT, s->dst_ip, s->dst_port, s->packet_bytes);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

unsigned wire_nat_restart(struct net_wire *w)
{
    unsigned lost = 0;

    for (size_t i = 0; i < FLOW_SLOTS; i++) {
        lost += w->flows[i].known && !w->flows[i].over;
        w->flows[i].nat_port = 0;
    }
    wire_nat_forget_all(w);
    w->nat_lost = true;
    return lost;
}

void wire_nat_forget_all(struct net_wire *w)
{
    if (w->nat_used)
        memset(w->nat, 0, NET_NAT_PORTS * sizeof *w->nat);
    w->nat_used = 0;
    w->nat_lost = false;
}

void wire_nat_tell(const struct net_wire *w, struct wire_command *command)
{
    struct net_nat_entry *out = command->nat;

    command->result = 0;
    for (unsigned i = 0; w->nat_used && i < NET_NAT_PORTS; i++) {
        const struct wire_nat *entry = &w->nat[i];
        if (!entry->used)
            continue;
        if (command->result++ < command->n)
            *out++ = (struct net_nat_entry){
                entry->ip,   entry->server_ip, entry->port, entry->server_port, (uint16_t)(NET_NAT_FIRST_PORT + i),
                entry->over, entry->last_ns};
    }
}
