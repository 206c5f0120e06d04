// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done to the wire.

#include "lab/base/columns.h"
#include "lab/base/durations.h"
#include "lab/commands/rows.h"
#include "lab/session/doing.h"

#include <errno.h>
#include <stdio.h>

static const uint64_t SETTLE_NS = 2000000000, NS_PER_MS = 1000000;
enum { SLOW_RTO_US = 1000000, SLOW_RTT_US = 100000, WHY_COLUMNS = 120 };
/* Phases of run_wire(), beside 1: the command let go of all that was held, or of some of it. */
enum { HOLD_IS_OVER = 2, SOME_LET_GO };

static int set_mode(struct lab_doing *d, enum net_wire_mode mode)
{
    struct net_wire_settings settings;
    net_wire_get(d->session->engine.wire, &settings);
    settings.mode = mode;
    return net_wire_set(d->session->engine.wire, &settings, d->err) < 0 ? -1
                                                                        : lab_session_update_time(d->session, d->err);
}

static int check_from(struct lab_doing *d, const struct lab_value *from, const struct lab_value *host)
{
    return from->given == host->given
               ? 0
               : net_fail(d->err, 0, NULL, "from which host? write `from client` or `from server`, or neither");
}

/* A wire that holds lets go, and no more: what was wrong with it besides is wanted still. */
static int open_wire(struct lab_doing *d)
{
    struct net_wire_settings settings;
    net_wire_get(d->session->engine.wire, &settings);
    bool holds = settings.mode == NET_WIRE_HELD || net_fault_is_on(&settings.faults, NET_FAULT_HOLD);
    if (!holds)
        settings.faults = (struct net_faults){0};
    net_fault_set(&settings.faults, NET_FAULT_HOLD, 0);
    settings.mode = NET_WIRE_OPEN;
    return net_wire_set(d->session->engine.wire, &settings, d->err) < 0 ? -1
                                                                        : lab_session_update_time(d->session, d->err);
}

/* Joining a cable that is not cut must not let go what is held. */
static int join(struct lab_doing *d)
{
    struct net_wire_settings settings;
    net_wire_get(d->session->engine.wire, &settings);
    if (settings.mode == NET_WIRE_CUT || settings.mode == NET_WIRE_UNREACHABLE)
        settings.mode = NET_WIRE_OPEN;
    net_fault_set(&settings.faults, NET_FAULT_CUT, 0);
    return net_wire_set(d->session->engine.wire, &settings, d->err) < 0 ? -1
                                                                        : lab_session_update_time(d->session, d->err);
}

/* `cut` and `hold`: of both directions, a mode; of one, a fault. */
static int set_way(struct lab_doing *d, enum net_wire_mode mode, enum net_fault_id id)
{
    const struct lab_value *from = &d->command->value[0], *host = &d->command->value[1];
    struct net_wire_settings settings;
    if (check_from(d, from, host) < 0)
        return -1;
    if (!host->given)
        return set_mode(d, mode);
    net_wire_get(d->session->engine.wire, &settings);
    settings.mode = NET_WIRE_OPEN;
    settings.faults.value[id][host->number] = 1;
    return net_wire_set(d->session->engine.wire, &settings, d->err) < 0 ? -1
                                                                        : lab_session_update_time(d->session, d->err);
}

/* The slot with the number: the first one, or the one behind a word. */
static size_t number_slot(const struct lab_doing *d)
{
    return d->command->row->slots[0].kind == LAB_SLOT_KEYWORD;
}

/* That number, in the fault's unit. */
static int fault_number(struct lab_doing *d, enum net_fault_id id, uint32_t *number)
{
    const struct lab_value *value = &d->command->value[number_slot(d)];
    *number = (uint32_t)value->number;
    if (d->command->row->slots[number_slot(d)].kind != LAB_SLOT_TIME)
        return 0;
    if (value->ns / NS_PER_MS > net_fault(id)->largest)
        return net_fail(d->err, 0, NULL, "%.20s is too long: at most %us; write 200ms for a fifth of a second",
                        value->text, net_fault(id)->largest / 1000);
    *number = (uint32_t)(value->ns / NS_PER_MS);
    return 0;
}

static int set_fault(struct lab_doing *d)
{
    enum net_fault_id id = (enum net_fault_id)d->command->row->argument;
    const struct lab_value *from = &d->command->value[number_slot(d) + 1], *host = from + 1;
    struct net_wire_settings settings;
    uint32_t number;
    net_wire_get(d->session->engine.wire, &settings);
    if (fault_number(d, id, &number) < 0 || check_from(d, from, host) < 0)
        return -1;
    if (host->given)
        settings.faults.value[id][host->number] = number;
    else
        net_fault_set(&settings.faults, id, number);
    return net_wire_set(d->session->engine.wire, &settings, d->err);
}

/* Without a number it is turned off; its second kind, and third, take the place of the first. */
static int set_box(struct lab_doing *d)
{
    enum net_fault_id first = (enum net_fault_id)d->command->row->argument;
    bool forgets = first == NET_FAULT_FORGET;
    const struct lab_value *number = &d->command->value[forgets ? 1 : 0], *kind = number + 1;
    uint64_t value = forgets ? number->ns / NS_PER_MS : (uint64_t)number->number;
    struct net_wire_settings settings;
    bool off = d->command->row->slots[0].kind == LAB_SLOT_KEYWORD && !d->command->row->slots[1].kind;
    net_wire_get(d->session->engine.wire, &settings);
    for (unsigned i = 0; i < (forgets ? 3u : 2u); i++)
        net_fault_set(&settings.faults, first + i, 0);
    if (!off && value > net_fault(first)->largest)
        return net_fail(d->err, 0, NULL, "%.20s is too long: at most 24 hours, 86400s", number->text);
    if (!off && !value)
        return net_fail(d->err, 0, NULL, "%.20s is too short: a box that forgets keeps a connection for 1ms at least",
                        number->text);
    if (!off)
        net_fault_set(&settings.faults, first + (unsigned)(kind->given ? kind->number + (forgets ? 0 : 1) : 0),
                      (uint32_t)value);
    return net_wire_set(d->session->engine.wire, &settings, d->err);
}

/* What it translates already it goes on translating. */
static int set_nat(struct lab_doing *d)
{
    struct net_wire_settings settings;
    net_wire_get(d->session->engine.wire, &settings);
    settings.faults.value[NET_FAULT_NAT][NET_CLIENT] = !d->command->value[0].given;
    return net_wire_set(d->session->engine.wire, &settings, d->err);
}

static int send_rst(struct lab_doing *d)
{
    const struct lab_value *from = &d->command->value[0], *host = &d->command->value[1],
                           *beyond = &d->command->value[2];
    if (check_from(d, from, host) < 0)
        return -1;
    unsigned names = host->given ? 1u << host->number : 1u << NET_SERVER | 1u << NET_CLIENT;
    if (net_wire_rst(d->session->engine.wire, names, beyond->given ? (uint32_t)beyond->number : 0) > 0)
        return 0;
    return net_fail(d->err, 0, NULL, "no connection is open on the wire: there is nothing to reset");
}

/* The first n held segments, each delivered once more. */
static unsigned duplicate_first(struct lab_doing *d, unsigned n)
{
    const struct lab_state *state = d->session->state;
    unsigned done = 0;
    for (size_t i = 0; i < state->segment_count && done < n; i++)
        if (state->segments[i].fate == NET_HELD)
            done += net_wire_duplicate_id(d->session->engine.wire, state->segments[i].id);
    return done;
}

static unsigned move_held(struct lab_doing *d, enum lab_wire_act act)
{
    struct net_wire *wire = d->session->engine.wire;
    const struct lab_value *id = &d->command->value[0], *n = &d->command->value[1];
    uint64_t segment = (uint64_t)id->number;
    unsigned count = n->given ? (unsigned)n->number : 0;
    if (act == LAB_WIRE_RELEASE)
        return id->given ? net_wire_release_id(wire, segment) : net_wire_release(wire, count);
    if (act == LAB_WIRE_DROP)
        return id->given ? net_wire_drop_id(wire, segment) : net_wire_drop(wire, count);
    return id->given ? net_wire_duplicate_id(wire, segment) : duplicate_first(d, n->given ? count : 1);
}

static int move_segments(struct lab_doing *d, enum lab_wire_act act)
{
    const struct lab_value *id = &d->command->value[0];
    if (move_held(d, act) > 0)
        return 0;
    if (id->given)
        return net_fail(d->err, 0, NULL, "segment #%lld is not held: `show wire` lists those that are",
                        (long long)id->number);
    return net_fail(d->err, 0, NULL, "no segment is held: `wire hold` holds those to come");
}

static int act_on_wire(struct lab_doing *d)
{
    enum lab_wire_act act = (enum lab_wire_act)d->command->row->number;
    switch (act) {
    case LAB_WIRE_HOLD: return set_way(d, NET_WIRE_HELD, NET_FAULT_HOLD);
    case LAB_WIRE_OPEN: return open_wire(d);
    case LAB_WIRE_CUT: return set_way(d, NET_WIRE_CUT, NET_FAULT_CUT);
    case LAB_WIRE_UNREACHABLE: return set_mode(d, NET_WIRE_UNREACHABLE);
    case LAB_WIRE_JOIN: return join(d);
    case LAB_WIRE_DELAY:
    case LAB_WIRE_LOSS:
    case LAB_WIRE_DUPLICATE_SHARE: return set_fault(d);
    case LAB_WIRE_FAULT:
        if (d->command->row->argument == NET_FAULT_NAT)
            return set_nat(d);
        return d->command->row->argument == NET_FAULT_MTU || d->command->row->argument == NET_FAULT_FORGET
                   ? set_box(d)
                   : set_fault(d);
    case LAB_WIRE_RST: return send_rst(d);
    case LAB_WIRE_RELEASE:
    case LAB_WIRE_DROP:
    case LAB_WIRE_DUPLICATE: return move_segments(d, act);
    case LAB_WIRE_SEGMENT:
    case LAB_WIRE_ICMP:
    case LAB_WIRE_BE: break; /* inject.c */
    case LAB_WIRE_NAT_RESTART: net_wire_nat_restart(d->session->engine.wire); return 0;
    }
    return 0;
}

/* ---- what a hold leaves behind ---- */

/* No round trip without a delay takes so long. */
static bool was_held_up(uint32_t rto_us, uint32_t rtt_us, uint32_t delay_ms)
{
    return rto_us > SLOW_RTO_US && rtt_us > SLOW_RTT_US + 1000 * delay_ms;
}

/* It was so before the command already, and was told then: by what its kernel had said last. */
static bool was_known(const struct lab_doing *d, const struct lab_socket *socket, uint32_t delay_ms)
{
    for (size_t i = d->mark; i-- > lab_experiment_index(d->session);) {
        const struct net_event *ev = lab_journal_at(d->session->journal, i);
        if (ev->kind == NET_EV_SAMPLE && ev->u.sample.cookie == socket->cookie && ev->u.sample.host == socket->host &&
            ev->u.sample.has_info)
            return was_held_up(ev->u.sample.rto_us, ev->u.sample.rtt_us, delay_ms);
    }
    return false;
}

static void tell_slow(struct lab_session *s, const struct lab_actor *actor, int fd, const struct net_option_info *info)
{
    char rtt[40], rto[40];
    lab_duration_text((uint64_t)info->rtt_us * 1000, rtt, sizeof rtt);
    lab_duration_text((uint64_t)info->rto_us * 1000, rto, sizeof rto);
    lab_reply(
        s,
        "%s.%d: its kernel has measured what was held: a round trip takes %s, on average, and its time-out is %s; "
        "quick answers make it shorter again",
        actor->name, fd, rtt, rto);
}

/* A kernel takes a round trip that was held for a long one, and nobody but later ones can tell it otherwise. */
static void tell_slow_sockets(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct net_option *tcp_info = net_option_find("TCP_INFO");
    struct net_wire_settings settings;
    net_wire_get(s->engine.wire, &settings);
    const uint32_t *delay = settings.faults.value[NET_FAULT_DELAY];
    uint32_t delay_ms = delay[NET_SERVER] + delay[NET_CLIENT];
    for (size_t i = 0; i < s->state->socket_count; i++) {
        const struct lab_socket *socket = &s->state->sockets[i];
        const struct lab_actor *actor = lab_actor_by_id(s->state, socket->owner_actor);
        struct net_option_value value = {0};
        if (actor && socket->fd >= 0 && socket->now.state != NET_STATE_LISTEN && socket->now.remote_port != 0 &&
            net_actor_option(s->engine.actors, socket->owner_task, socket->fd, tcp_info, false, &value, NULL) == 0 &&
            was_held_up(value.info.rto_us, value.info.rtt_us, delay_ms) &&
            (d->phase == HOLD_IS_OVER || !was_known(d, socket, delay_ms)))
            tell_slow(s, actor, socket->fd, &value.info);
    }
}

static bool is_held(const struct lab_session *s)
{
    struct net_wire_settings settings;
    net_wire_get(s->engine.wire, &settings);
    return settings.mode == NET_WIRE_HELD || net_fault_is_on(&settings.faults, NET_FAULT_HOLD);
}

/* Over when what was let go has had its effects. */
static enum lab_outcome settle(struct lab_doing *d)
{
    if (!lab_settled(d, 0))
        return LAB_WAITS;
    if (d->phase == HOLD_IS_OVER || d->phase == SOME_LET_GO)
        tell_slow_sockets(d);
    return LAB_DONE;
}

/* What has just been turned on may never see a segment. */
static void tell_contradiction(struct lab_doing *d)
{
    enum lab_wire_act act = (enum lab_wire_act)d->command->row->number;
    struct net_wire_settings settings;
    char why[400];
    bool sets = act == LAB_WIRE_HOLD || act == LAB_WIRE_CUT || act == LAB_WIRE_UNREACHABLE || act == LAB_WIRE_DELAY ||
                act == LAB_WIRE_LOSS || act == LAB_WIRE_DUPLICATE_SHARE || act == LAB_WIRE_FAULT;
    net_wire_get(d->session->engine.wire, &settings);
    if (sets && net_faults_contradict(&settings.faults, settings.mode, why, sizeof why))
        lab_reply(d->session, "%s", why);
}

static enum lab_outcome run_wire(struct lab_doing *d)
{
    if (d->phase > 0)
        return settle(d);
    if (!d->session->engine.wire) {
        const char *why = d->session->engine.hosts.why_not;
        net_fail(d->err, ENODEV, NULL,
                 *why ? "there is no wire: this lab runs on the machine's own loopback; %.*s"
                      : N_("there is no wire: this lab runs on the machine's own loopback"),
                 (int)lab_columns_cut(why, WHY_COLUMNS), why);
        return LAB_ERROR;
    }
    const bool was_held = is_held(d->session), lets_go = d->command->row->number == LAB_WIRE_RELEASE;
    d->mark = d->session->state->applied;
    if (act_on_wire(d) < 0)
        return LAB_ERROR;
    tell_contradiction(d);
    lab_doing_next(d);
    if (was_held && !is_held(d->session))
        d->phase = HOLD_IS_OVER;
    else if (lets_go)
        d->phase = SOME_LET_GO;
    return lab_doing_wait(d, SETTLE_NS, true, "the segments to arrive");
}

/* ---- the rows ---- */

/* What they have in common. */
#define WIRE .group = LAB_GROUP_WIRE, .id = LAB_COMMAND_WIRE, .run = run_wire

/* Of one direction alone: the two slots are shown as one. */
#define FROM_HOST {.kind = LAB_SLOT_KEYWORD, .words = "from", .name = "from HOST", .optional = true}, OPTIONAL(HOST, "")

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "wire hold", WIRE, .number = LAB_WIRE_HOLD,
     .help = N_("hold every segment until it is released; timers run on, but no kernel gives up: `show state` says what is raised"),
     .slots = {FROM_HOST}},
    {.words = "wire open", WIRE, .number = LAB_WIRE_OPEN,
     .help = N_("let go what is held; on a wire that holds nothing, join it and take every fault away")},
    {.words = "wire release", WIRE, .number = LAB_WIRE_RELEASE,
     .help = N_("let held segments go: the first N (all), or one by its number"),
     .slots = {OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)}},
    {.words = "wire drop", WIRE, .number = LAB_WIRE_DROP,
     .help = N_("throw held segments away: the first N (all), or one by its number"),
     .slots = {OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)}},
    {.words = "wire cut", WIRE, .number = LAB_WIRE_CUT,
     .help = N_("pull the cable, or lose what one host sends: nobody is told"),
     .slots = {FROM_HOST}},
    {.words = "wire unreachable", WIRE, .number = LAB_WIRE_UNREACHABLE,
     .help = N_("everything is lost, and a router tells the sender so (ICMP host unreachable)")},
    {.words = "wire join", WIRE, .number = LAB_WIRE_JOIN,
     .help = N_("plug the cable in again, or repair the way")},
    {.words = "wire delay", WIRE, .number = LAB_WIRE_DELAY, .argument = NET_FAULT_DELAY,
     .help = N_("carry every segment TIME later, each way; a script's next line waits for what was sent"),
     .slots = {SLOT(TIME, "TIME"), FROM_HOST}},
    {.words = "wire loss", WIRE, .number = LAB_WIRE_LOSS, .argument = NET_FAULT_LOSS,
     .help = N_("lose that share of the segments"),
     .slots = {SLOT(PERCENT, "P%"), FROM_HOST}},
    {.words = "wire duplicate", WIRE, .number = LAB_WIRE_DUPLICATE_SHARE, .argument = NET_FAULT_DUPLICATE,
     .help = N_("deliver that share of the segments twice"),
     .slots = {SLOT(SHARE, "P%"), FROM_HOST}},
    {.words = "wire duplicate", WIRE, .number = LAB_WIRE_DUPLICATE,
     .help = N_("deliver a copy of held segments now: of the first N (1), or of one by its number"),
     .slots = {OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)}},
    {.words = "wire jitter", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_JITTER,
     .help = N_("carry each segment up to TIME later, but in order"),
     .slots = {SLOT(TIME, "TIME"), FROM_HOST}},
    {.words = "wire reorder", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_REORDER,
     .help = N_("let that share of the segments come 20 ms late, behind what is sent after them"),
     .slots = {SLOT(SHARE, "P%"), FROM_HOST}},
    {.words = "wire rate", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_RATE,
     .help = N_("a line of so many kbit/s, each way, with a queue of 64 KiB before it; 0: no limit"),
     .slots = {NUMBER("KBIT", 0, 10000000), FROM_HOST}},
    {.words = "wire corrupt", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_CORRUPT,
     .help = N_("change one bit in that share of the segments: checksums find it"),
     .slots = {SLOT(SHARE, "P%"), FROM_HOST}},
    {.words = "wire mark", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_MARK,
     .help = N_("mark that share of the segments: congestion (CE), where both ends have agreed on ECN (sysctl tcp_ecn)"),
     .slots = {KEYWORD("ecn"), SLOT(SHARE, "P%"), FROM_HOST}},
    {.words = "wire mtu", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_MTU,
     .help = N_("drop packets of more than N bytes, and tell the sender (ICMP; IPv6 believes no less than 1280), or nobody: a "
             "black hole"),
     .slots = {NUMBER("N", 552, 1500), OPTIONAL_KEYWORD("silent")}},
    {.words = "wire mtu", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_MTU,
     .help = N_("as wide as the devices again"),
     .slots = {KEYWORD("off")}},
    {.words = "wire forget", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_FORGET,
     .help = N_("a box that forgets connections idle for TIME: what comes for one is dropped, or answered by RST or ICMP"),
     .slots = {KEYWORD("after"), SLOT(TIME, "TIME"), OPTIONAL_KEYWORD("silently rst icmp")}},
    {.words = "wire forget", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_FORGET,
     .help = N_("no such box"),
     .slots = {KEYWORD("off")}},
    {.words = "wire nat", WIRE, .number = LAB_WIRE_FAULT, .argument = NET_FAULT_NAT,
     .help = N_("a box gives connections of IPv4 that the client opens from now on an address and a port of its own (`show nat`)"),
     .slots = {OPTIONAL_KEYWORD("off")}},
    {.words = "wire nat", WIRE, .number = LAB_WIRE_NAT_RESTART,
     .help = N_("that box loses its table: open connections get another port when the client sends, and none from the server"),
     .slots = {KEYWORD("restart")}},
    {.words = "wire rst", WIRE, .number = LAB_WIRE_RST,
     .help = N_("a RST that no host sent, to both ends of each connection, or in the name of one host: N (0) beyond the next number"),
     .slots = {FROM_HOST, OPTIONAL_NUMBER("N", 0, UINT32_MAX)}},
};
/* clang-format on */
const struct lab_family lab_family_wire = LAB_FAMILY(rows);
