// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done to the wire.

#include "lab/commands/rows.h"
#include "lab/session/doing.h"

#include <stdio.h>

static const uint64_t SETTLE_NS = 2000000000, DELAY_MAX_NS = 60000000000;

static int set_mode(struct lab_doing *d, enum net_wire_mode mode)
{
    struct net_wire_settings settings;
    net_wire_get(d->session->engine.wire, &settings);
    settings.mode = mode;
    return net_wire_set(d->session->engine.wire, &settings, d->err) < 0 ? -1
                                                                        : lab_session_update_time(d->session, d->err);
}

/* Joining a cable that is not cut must not let go what is held. */
static int join(struct lab_doing *d)
{
    struct net_wire_settings settings;
    net_wire_get(d->session->engine.wire, &settings);
    bool faulty = settings.mode == NET_WIRE_CUT || settings.mode == NET_WIRE_UNREACHABLE;
    return faulty ? set_mode(d, NET_WIRE_OPEN) : 0;
}

static int set_number(struct lab_doing *d)
{
    const struct lab_value *value = &d->command->value[0];
    struct net_wire_settings settings;
    net_wire_get(d->session->engine.wire, &settings);
    if (d->command->row->number == LAB_WIRE_LOSS)
        settings.loss_percent = (uint8_t)value->number;
    else if (d->command->row->number == LAB_WIRE_DUPLICATE_SHARE)
        settings.duplicate_percent = (uint8_t)value->number;
    else if (value->ns > DELAY_MAX_NS)
        return net_fail(d->err, 0, NULL,
                        "a delay of %.20s is too long: at most 60s; write 200ms for a fifth of a second", value->text);
    else
        settings.delay_ms = (uint32_t)(value->ns / 1000000);
    return net_wire_set(d->session->engine.wire, &settings, d->err);
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
    case LAB_WIRE_HOLD: return set_mode(d, NET_WIRE_HELD);
    case LAB_WIRE_OPEN: return set_mode(d, NET_WIRE_OPEN);
    case LAB_WIRE_CUT: return set_mode(d, NET_WIRE_CUT);
    case LAB_WIRE_UNREACHABLE: return set_mode(d, NET_WIRE_UNREACHABLE);
    case LAB_WIRE_JOIN: return join(d);
    case LAB_WIRE_DELAY:
    case LAB_WIRE_LOSS:
    case LAB_WIRE_DUPLICATE_SHARE: return set_number(d);
    case LAB_WIRE_RELEASE:
    case LAB_WIRE_DROP:
    case LAB_WIRE_DUPLICATE: return move_segments(d, act);
    }
    return 0;
}

/* Over when what was let go has had its effects. */
static enum lab_outcome run_wire(struct lab_doing *d)
{
    if (d->phase > 0)
        return lab_settled(d, 0) ? LAB_DONE : LAB_WAITS;
    if (!d->session->engine.wire)
        return lab_doing_fail(d,
                              *d->session->engine.hosts.why_not
                                  ? "there is no wire: this lab runs on the machine's own loopback; %.120s"
                                  : "there is no wire: this lab runs on the machine's own loopback",
                              d->session->engine.hosts.why_not);
    if (act_on_wire(d) < 0)
        return LAB_ERROR;
    lab_doing_next(d);
    return lab_doing_wait(d, SETTLE_NS, true, "the segments to arrive");
}

/* ---- the rows ---- */

/* What they have in common. */
#define WIRE .group = LAB_GROUP_WIRE, .id = LAB_COMMAND_WIRE, .run = run_wire

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "wire hold", WIRE, .number = LAB_WIRE_HOLD,
     .help = "hold every segment until it is released"},
    {.words = "wire open", WIRE, .number = LAB_WIRE_OPEN,
     .help = "let every segment pass, those held first"},
    {.words = "wire release", WIRE, .number = LAB_WIRE_RELEASE,
     .help = "let held segments go: the first N (all), or one by its number",
     .slots = {OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)}},
    {.words = "wire drop", WIRE, .number = LAB_WIRE_DROP,
     .help = "throw held segments away: the first N (all), or one by its number",
     .slots = {OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)}},
    {.words = "wire cut", WIRE, .number = LAB_WIRE_CUT,
     .help = "pull the cable: everything is lost, nobody is told"},
    {.words = "wire unreachable", WIRE, .number = LAB_WIRE_UNREACHABLE,
     .help = "everything is lost, and a router tells the sender so (ICMP host unreachable)"},
    {.words = "wire join", WIRE, .number = LAB_WIRE_JOIN,
     .help = "plug the cable in again, or repair the way"},
    {.words = "wire delay", WIRE, .number = LAB_WIRE_DELAY,
     .help = "carry every segment TIME later, each way",
     .slots = {SLOT(TIME, "TIME")}},
    {.words = "wire loss", WIRE, .number = LAB_WIRE_LOSS,
     .help = "lose that share of the segments",
     .slots = {SLOT(PERCENT, "P%")}},
    {.words = "wire duplicate", WIRE, .number = LAB_WIRE_DUPLICATE_SHARE,
     .help = "deliver that share of the segments twice",
     .slots = {SLOT(SHARE, "P%")}},
    {.words = "wire duplicate", WIRE, .number = LAB_WIRE_DUPLICATE,
     .help = "deliver a copy of held segments now: of the first N (1), or of one by its number",
     .slots = {OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)}},
};
/* clang-format on */
const struct lab_family lab_family_wire = LAB_FAMILY(rows);
