// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a packet: delivered, in flight, held, dropped, doubled.
/*
 *                    open, no delay
 *   read ──┬────────────────────────────────────► deliver
 *          ├─ delay ──► flying ── due ──► todo ──► deliver
 *          ├─ held ───► held ── release ─► todo ──► deliver
 *          ├─ cut, loss ─────────────────────────► drop
 *          └─ unreachable ───────────────────────► drop, and the router's answer to the sender
 *
 * The common way needs no memory: the packet is delivered out of the buffer that it was read into. The others copy it.
 * What a command decides goes to `todo`, and is done as the ring has room for its events: the wire never sleeps in
 * net_ring_put(), because the main thread, which alone makes room, may be waiting for the wire at that moment. While
 * the ring is full nothing is read either, so that TCP itself slows down, and nothing overtakes.
 *
 * What stands between the hosts besides, boxes that drop, mark, answer or slow down, is in wire_fault.c.
 *
 * Loss and duplication are drawn for every packet that comes while the wire is open, also at 0 %: the same packets have
 * the same luck whatever the percentages were before. Holding delivers what the learner lets go at once and exactly: no
 * delay, no loss.
 *
 * What comes for a host that the learner is waits among the held ones, and is taken from there.
 *
 * For a host without power packets go to `waiting` instead of being delivered, and from there to `todo` when it is
 * back.
 */
#include "net/wire/wire_private.h"

#include "net/base/debug.h"
#include "net/data/tcp_options.h"
#include "net/wire/segment.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FOR_ONE_BYTES = 16 * 1024 };

/* ---- lists ------------------------------------------------------------------------------------------------------- */

void wire_list_init(struct wire_list *list)
{
    *list = (struct wire_list){.end = &list->first};
}

static void append(struct wire_list *list, struct wire_packet *packet)
{
    packet->next = NULL;
    *list->end = packet;
    list->end = &packet->next;
    list->count++;
}

static struct wire_packet *take(struct wire_list *list, struct wire_packet **at)
{
    struct wire_packet *packet = *at;

    *at = packet->next;
    if (list->end == &packet->next)
        list->end = at;
    list->count--;
    return packet;
}

/* By arrival; packets come nearly in order, so it is looked for from the front only when it is not the last. */
static void insert_by_due(struct wire_list *list, struct wire_packet *packet)
{
    struct wire_packet **at = &list->first;

    while (*at && (*at)->due_ns <= packet->due_ns)
        at = &(*at)->next;
    packet->next = *at;
    *at = packet;
    if (!packet->next)
        list->end = &packet->next;
    list->count++;
}

void wire_list_clear(struct wire_list *list)
{
    while (list->first)
        free(take(list, &list->first));
}

static struct wire_packet *copy_of(const struct wire_packet *packet)
{
    size_t bytes = sizeof *packet + packet->segment.packet_bytes;
    struct wire_packet *copy = malloc(bytes);

    if (copy)
        memcpy(copy, packet, bytes);
    return copy;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void put_segment(struct net_wire *w, const struct wire_packet *packet)
{
    struct net_event ev = {.kind = NET_EV_SEGMENT,
                           .data = packet->bytes,
                           .data_bytes = packet->segment.packet_bytes,
                           .u.segment = packet->segment};

    net_ring_put(w->arena, w->ring, &ev);
}

static void put_fate(struct net_wire *w, const struct wire_packet *packet, enum net_fate_of fate, enum net_drop_why why,
                     uint64_t time_ns)
{
    struct net_event ev = {.kind = NET_EV_FATE, .time_ns = time_ns};

    ev.u.fate = (struct net_ev_fate){
        .segment = packet->segment.id, .repeats = packet->repeats, .fate = (uint8_t)fate, .why = (uint8_t)why};
    net_ring_put(w->arena, w->ring, &ev);
    net_debug(NET_DEBUG_WIRE, "#%llu %s, %s", (unsigned long long)packet->segment.id, net_fate_name(fate),
              net_host_name(packet->segment.from));
}

void wire_put_settings(struct net_wire *w)
{
    struct net_event ev = {.kind = NET_EV_WIRE};

    ev.u.wire = (struct net_ev_wire){.mode = (uint8_t)w->settings.mode,
                                     .sparse = w->sparse,
                                     .held_segs = w->held.count,
                                     .faults = w->settings.faults};
    char faults[400];
    net_ring_put(w->arena, w->ring, &ev);
    net_debug(NET_DEBUG_WIRE, "%s, %u held%s%s", net_wire_mode_name(w->settings.mode), w->held.count,
              net_faults_text(&w->settings.faults, faults, sizeof faults),
              w->sparse ? ", not every segment looked at" : "");
}

static uint32_t fault_of(const struct net_wire *w, const struct wire_packet *packet, enum net_fault_id id)
{
    return w->settings.faults.value[id][packet->segment.from];
}

/* ---- the end of the way ------------------------------------------------------------------------------------------ */

static enum net_host receiver_of(const struct wire_packet *packet)
{
    return packet->segment.from == NET_SERVER ? NET_CLIENT : NET_SERVER;
}

/* The fate bears the time before the write: what the segment causes comes after it. */
static void deliver(struct net_wire *w, struct wire_packet *packet, enum net_fate_of fate)
{
    enum net_host to = receiver_of(packet);
    bool looked = wire_must_look(w, &packet->segment);

    wire_nat_translate(w, packet);
    if (looked)
        wire_look_before(w, &packet->segment);
    net_ring_begin(w->ring);
    uint64_t time_ns = net_now_ns();
    bool refused = net_packet_send(w->hosts, to, packet->bytes, packet->segment.packet_bytes) != 0;
    bool wrong = packet->segment.injected && packet->segment.protocol == NET_TCP && !packet->segment.checksum_ok;
    enum net_drop_why why = refused          ? NET_DROP_REFUSED
                            : wrong          ? NET_DROP_CHECKSUM
                            : packet->marked ? NET_DROP_MARKED
                                             : NET_DROP_NONE;
    put_fate(w, packet, refused || wrong ? NET_DROPPED : fate, why, time_ns);
    if (looked)
        wire_look_after(w, &packet->segment);
}

static struct wire_packet *answer_to(struct net_wire *w, const struct wire_packet *packet, enum net_drop_why why)
{
    switch (why) {
    case NET_DROP_UNREACHABLE: return wire_router_answer(packet, NET_ICMP_HOST, 0);
    case NET_DROP_FORGOTTEN_ICMP: return wire_router_answer(packet, NET_ICMP_PROHIBITED, 0);
    case NET_DROP_FORGOTTEN_RST: return wire_router_rst(&packet->segment);
    case NET_DROP_TOO_BIG: return wire_router_answer(packet, NET_ICMP_TOO_BIG, fault_of(w, packet, NET_FAULT_MTU));
    default: return NULL;
    }
}

static void put_made(struct net_wire *w, struct wire_packet *packet)
{
    packet->segment.id = w->next_id++;
    wire_nat_made(w, &packet->segment);
    put_segment(w, packet);
    deliver(w, packet, NET_DELIVERED);
}

static void answer_sender(struct net_wire *w, const struct wire_packet *packet, enum net_drop_why why)
{
    struct wire_packet *answer = answer_to(w, packet, why);

    if (!answer)
        return;
    put_made(w, answer);
    wire_look_at_told(w, &packet->segment);
    free(answer);
}

static void drop(struct net_wire *w, struct wire_packet *packet, enum net_drop_why why)
{
    wire_look_at_sender(w, &packet->segment);
    put_fate(w, packet, NET_DROPPED, why, 0);
    if (why == NET_DROP_CORRUPT)
        wire_nat_translate(w, packet);
    if (why == NET_DROP_CORRUPT && !w->off[receiver_of(packet)])
        net_packet_send(w->hosts, receiver_of(packet), packet->bytes, packet->segment.packet_bytes);
    answer_sender(w, packet, why);
}

static void hold(struct net_wire *w, struct wire_packet *packet)
{
    append(&w->held, packet);
    put_fate(w, packet, NET_HELD, NET_DROP_NONE, 0);
}

/* Returns whether the packet is kept. */
static bool carry_out(struct net_wire *w, struct wire_packet *packet)
{
    bool delivers = packet->plan == PLAN_DELIVER || packet->plan == PLAN_DUPLICATE || packet->plan == PLAN_MADE;
    if (delivers && w->off[receiver_of(packet)]) {
        append(&w->waiting, packet);
        return true;
    }
    switch ((enum wire_plan)packet->plan) {
    case PLAN_DELIVER:
        deliver(w, packet, NET_DELIVERED);
        if (packet->duplicate)
            deliver(w, packet, NET_DUPLICATED);
        return false;
    case PLAN_DUPLICATE: deliver(w, packet, NET_DUPLICATED); return false;
    case PLAN_DROP: drop(w, packet, packet->why); return false;
    case PLAN_HOLD: hold(w, packet); return true;
    case PLAN_MADE: put_made(w, packet); return false;
    case PLAN_SETTINGS: wire_put_settings(w); return false;
    }
    return false;
}

bool wire_is_blocked(const struct net_wire *w)
{
    uint64_t used = atomic_load(&w->ring->head) - atomic_load(&w->ring->tail);

    return w->ring->size_bytes - used < ROOM_FOR_ONE_BYTES;
}

void wire_run(struct net_wire *w)
{
    while (w->flying.first && w->flying.first->due_ns <= net_now_ns())
        append(&w->todo, take(&w->flying, &w->flying.first));
    while (w->todo.first && !wire_is_blocked(w)) {
        struct wire_packet *packet = take(&w->todo, &w->todo.first);
        if (!carry_out(w, packet))
            free(packet);
    }
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

/* SplitMix64 (Vigna): every seed is a good one. */
static bool draw(struct net_wire *w, unsigned percent)
{
    uint64_t z = w->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % 100 < percent;
}

static bool has_same_sack(const struct wire_packet *a, const struct wire_packet *b)
{
    struct net_tcp_options of[2];
    bool same = a->segment.sack_blocks == b->segment.sack_blocks;

    if (!same || a->segment.sack_blocks == 0)
        return same;
    net_tcp_options_of_packet(a->bytes, a->segment.packet_bytes, &of[0]);
    net_tcp_options_of_packet(b->bytes, b->segment.packet_bytes, &of[1]);
    return memcmp(of[0].sack, of[1].sack, of[0].sack_blocks * sizeof *of[0].sack) == 0;
}

/* A pure ACK with another window or other SACK blocks says something new, although it has the same numbers. */
static bool is_repeat_of(const struct wire_packet *held, const struct wire_packet *packet)
{
    const struct net_ev_segment *a = &held->segment, *b = &packet->segment;
    bool pure_ack = a->payload_bytes == 0 && !(a->flags & (NET_SYN | NET_FIN | NET_RST));

    return a->from == b->from && a->protocol == 6 && b->protocol == 6 && a->src_port == b->src_port &&
           a->dst_port == b->dst_port && net_ip_same(a->src_ip, b->src_ip) && net_ip_same(a->dst_ip, b->dst_ip) &&
           a->flags == b->flags && a->seq == b->seq && a->ack == b->ack && a->payload_bytes == b->payload_bytes &&
           (!pure_ack || (a->window == b->window && has_same_sack(held, packet)));
}

static struct wire_packet *held_original(struct net_wire *w, const struct wire_packet *packet)
{
    struct wire_packet *held = w->held.first;

    while (held && !is_repeat_of(held, packet))
        held = held->next;
    return held;
}

static void launch(struct net_wire *w, struct wire_packet *packet)
{
    bool late;
    uint64_t due_ns = wire_fault_due_ns(w, packet, &late);
    uint64_t *last_ns = &w->last_due_ns[packet->segment.from];

    packet->due_ns = due_ns > *last_ns ? due_ns : *last_ns;
    if (!late)
        *last_ns = packet->due_ns;
    packet->plan = PLAN_DELIVER;
    insert_by_due(&w->flying, packet);
    put_fate(w, packet, NET_IN_FLIGHT, NET_DROP_NONE, 0);
}

static bool is_held(const struct net_wire *w, const struct wire_packet *packet)
{
    bool waits = fault_of(w, packet, NET_FAULT_HOLD) || fault_of(w, packet, NET_FAULT_BE);

    return w->settings.mode == NET_WIRE_HELD || (w->settings.mode == NET_WIRE_OPEN && waits);
}

/* Out of memory, a packet is lost, as on any overloaded link. */
static void keep(struct net_wire *w, const struct wire_packet *packet)
{
    struct wire_packet *copy = copy_of(packet);

    wire_look_at_sender(w, &packet->segment);
    if (!copy)
        put_fate(w, packet, NET_DROPPED, NET_DROP_REFUSED, 0);
    else if (is_held(w, packet))
        hold(w, copy);
    else
        launch(w, copy);
}

static void carry_open(struct net_wire *w, struct wire_packet *packet)
{
    bool lost = draw(w, fault_of(w, packet, NET_FAULT_LOSS));

    packet->duplicate = draw(w, fault_of(w, packet, NET_FAULT_DUPLICATE));
    packet->why = (uint8_t)(lost ? NET_DROP_LOSS : wire_fault_meets(w, packet));
    packet->plan = packet->why ? PLAN_DROP : PLAN_DELIVER;
    /* Behind one that is still in flight, when the delay has just been taken away, no packet overtakes. */
    bool flies = wire_fault_takes_time(w, packet->segment.from) || w->last_due_ns[packet->segment.from] > net_now_ns();
    if (!packet->why && (flies || w->off[receiver_of(packet)]))
        keep(w, packet);
    else
        carry_out(w, packet);
}

/* To a multicast address of IPv6. */
static bool is_to_group(const uint8_t *packet, size_t bytes)
{
    enum { DESTINATION_AT = 24, GROUP = 0xff };

    return bytes >= NET_IPV6_BYTES && packet[0] >> 4 == 6 && packet[DESTINATION_AT] == GROUP;
}

void wire_carry(struct net_wire *w, enum net_host from, size_t bytes)
{
    struct wire_packet *packet = (struct wire_packet *)(void *)w->room, *original;

    if (w->off[from])
        return;
    *packet = (struct wire_packet){0};
    if (is_to_group(packet->bytes, bytes) || net_segment_decode(packet->bytes, bytes, &packet->segment))
        return; /* what a host says of its groups (RFC 9777), or no IP at all: no wire of ours carries it */
    packet->segment.from = (uint8_t)from;
    enum net_drop_why stranger = wire_nat_meets(w, packet);
    if (!stranger && is_held(w, packet) && (original = held_original(w, packet))) {
        original->repeats++;
        wire_look_at_sender(w, &packet->segment);
        put_fate(w, original, NET_REPEATED, NET_DROP_NONE, 0);
        return;
    }
    packet->segment.id = w->next_id++;
    put_segment(w, packet);
    if (stranger) {
        drop(w, packet, stranger);
        return;
    }
    wire_flow_see(w, &packet->segment);
    switch (w->settings.mode) {
    case NET_WIRE_OPEN:
        if (fault_of(w, packet, NET_FAULT_CUT))
            drop(w, packet, NET_DROP_CUT);
        else if (is_held(w, packet))
            keep(w, packet);
        else
            carry_open(w, packet);
        break;
    case NET_WIRE_HELD: keep(w, packet); break;
    case NET_WIRE_CUT: drop(w, packet, NET_DROP_CUT); break;
    case NET_WIRE_UNREACHABLE: drop(w, packet, NET_DROP_UNREACHABLE); break;
    case NET_WIRE_MODES: break;
    }
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

static void plan(struct net_wire *w, struct wire_packet *packet, enum wire_plan what, enum net_drop_why why)
{
    packet->plan = (uint8_t)what;
    packet->why = (uint8_t)why;
    packet->duplicate = false;
    append(&w->todo, packet);
}

void wire_plan_made(struct net_wire *w, struct wire_packet *packet)
{
    plan(w, packet, PLAN_MADE, NET_DROP_NONE);
}

static void plan_all(struct net_wire *w, struct wire_list *list, enum wire_plan what, enum net_drop_why why)
{
    while (list->first)
        plan(w, take(list, &list->first), what, why);
}

static void plan_way(struct net_wire *w, struct wire_list *list, unsigned from, enum wire_plan what,
                     enum net_drop_why why)
{
    struct wire_packet **at = &list->first;

    while (*at)
        if ((*at)->segment.from == from)
            plan(w, take(list, at), what, why);
        else
            at = &(*at)->next;
}

/* One direction of an open wire. What the learner had for himself is not its host's afterwards. */
static void open_way(struct net_wire *w, unsigned from, bool was_taken)
{
    const struct net_faults *faults = &w->settings.faults;
    bool is_taken = faults->value[NET_FAULT_BE][from], waits = is_taken || faults->value[NET_FAULT_HOLD][from];

    if (faults->value[NET_FAULT_CUT][from]) {
        plan_way(w, &w->flying, from, PLAN_DROP, NET_DROP_CUT);
        plan_way(w, &w->held, from, PLAN_DROP, NET_DROP_CUT);
        return;
    }
    if (waits)
        plan_way(w, &w->flying, from, PLAN_HOLD, NET_DROP_NONE);
    if (was_taken && !is_taken)
        plan_way(w, &w->held, from, PLAN_DROP, NET_DROP_TAKEN);
    else if (!waits)
        plan_way(w, &w->held, from, PLAN_DELIVER, NET_DROP_NONE);
}

void wire_take_confirmed(struct net_wire *w, const struct net_ev_segment *by)
{
    struct wire_packet **at = &w->held.first;

    while (*at) {
        const struct net_ev_segment *s = &(*at)->segment;
        uint32_t end = s->seq + s->payload_bytes + ((s->flags & NET_SYN) != 0) + ((s->flags & NET_FIN) != 0);
        bool is_other_end = fault_of(w, *at, NET_FAULT_BE) && s->from != by->from &&
                            net_ip_same(s->src_ip, by->dst_ip) && net_ip_same(s->dst_ip, by->src_ip) &&
                            s->src_port == by->dst_port && s->dst_port == by->src_port;
        if (is_other_end && by->flags & NET_ACK && (int32_t)(end - by->ack) <= 0)
            plan(w, take(&w->held, at), PLAN_DROP, NET_DROP_TAKEN);
        else
            at = &(*at)->next;
    }
}

/* Those for a host that is back. Each knows already whether it is delivered or doubled. */
static void plan_waiting(struct net_wire *w, enum net_host host)
{
    struct wire_packet **at = &w->waiting.first;

    while (*at)
        if (receiver_of(*at) == host)
            append(&w->todo, take(&w->waiting, at));
        else
            at = &(*at)->next;
}

/* The settings are told before what they do. */
static void tell_settings(struct net_wire *w)
{
    struct wire_packet *packet = calloc(1, sizeof *packet);

    if (packet)
        plan(w, packet, PLAN_SETTINGS, NET_DROP_NONE);
}

void wire_apply_settings(struct net_wire *w, const struct net_wire_settings *new)
{
    struct net_wire_settings old = w->settings;

    w->settings = *new;
    wire_fault_changed(w, &old.faults);
    if (new->seed)
        w->random = new->seed;
    if (old.mode != new->mode || memcmp(&old.faults, &new->faults, sizeof old.faults) != 0)
        tell_settings(w);
    if (new->mode != NET_WIRE_OPEN)
        memset(w->last_due_ns, 0,
               sizeof w->last_due_ns); /* nothing flies any more that a later one must not overtake */
    if (new->mode == NET_WIRE_CUT || new->mode == NET_WIRE_UNREACHABLE) {
        enum net_drop_why why = new->mode == NET_WIRE_CUT ? NET_DROP_CUT : NET_DROP_UNREACHABLE;
        plan_all(w, &w->flying, PLAN_DROP, why);
        plan_all(w, &w->held, PLAN_DROP, why);
    } else if (new->mode == NET_WIRE_OPEN) {
        for (unsigned from = 0; from < NET_HOSTS; from++)
            open_way(w, from, old.faults.value[NET_FAULT_BE][from]);
    } else {
        plan_all(w, &w->flying, PLAN_HOLD, NET_DROP_NONE);
    }
}

/* Out of the held ones: by number, or the one of that id. Returns how many it was. */
unsigned wire_take_held(struct net_wire *w, const struct wire_command *command)
{
    enum wire_plan what = command->order == ORDER_DROP ? PLAN_DROP : PLAN_DELIVER;
    unsigned taken = 0, wanted = command->id ? 1 : command->n ? command->n : w->held.count;
    struct wire_packet **at = &w->held.first;

    while (*at && taken < wanted) {
        if (command->id && (*at)->segment.id != command->id) {
            at = &(*at)->next;
        } else if (command->order == ORDER_DUPLICATE) {
            struct wire_packet *copy = copy_of(*at);
            if (copy)
                plan(w, copy, PLAN_DUPLICATE, NET_DROP_NONE);
            return copy != NULL;
        } else {
            plan(w, take(&w->held, at), what, NET_DROP_ASKED);
            taken++;
        }
    }
    return taken;
}

void wire_apply_power(struct net_wire *w, enum net_host host, bool on)
{
    w->off[host] = !on;
    if (on)
        plan_waiting(w, host);
}
