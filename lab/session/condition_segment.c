// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * How many segments are what a condition says. A segment that the wire holds and its host sends again is one row in the
 * state, with a number of repeats: each of them was sent, and counts. In an order (`A then B`) a row stands where it
 * was sent first, for only of that the time is known.
 */

#include "lab/session/condition.h"
#include "lab/session/doing.h"

#include "net/data/segment_kind.h"

#include <stdlib.h>

static bool claim_is(const struct lab_segment_claim *claim, const struct lab_segment *segment)
{
    int64_t value = 0;
    bool has = claim->field->value(segment, &value);
    switch (claim->what) {
    case LAB_CLAIM_HAS: return has;
    case LAB_CLAIM_WITHOUT: return !has;
    case LAB_CLAIM_NUMBER: return has && lab_compares(claim->compare, value, claim->number);
    }
    return false;
}

/* Whether it was sent again is for times_sent(). */
static bool has_trait(const struct lab_segment *segment, unsigned trait)
{
    bool is_probe = segment->is & NET_SEGMENT_IS_PROBE;
    return ((trait & LAB_SEGMENT_DATA) && segment->segment->payload_bytes && !is_probe) ||
           ((trait & LAB_SEGMENT_PROBE) && is_probe) ||
           ((trait & LAB_SEGMENT_EMPTY) && !segment->segment->payload_bytes) ||
           ((trait & LAB_SEGMENT_ICMP) && net_is_icmp(segment->segment->protocol)) ||
           ((trait & LAB_SEGMENT_ICMPV6) && segment->segment->protocol == NET_ICMPV6);
}

static bool segment_is(const struct lab_segment_form *f, const struct lab_segment *segment)
{
    const struct net_ev_segment *s = segment->segment;
    const bool asks_icmp = f->traits & (LAB_SEGMENT_ICMP | LAB_SEGMENT_ICMPV6), icmp = net_is_icmp(s->protocol);
    if (icmp != asks_icmp || (!icmp && s->protocol != 6) || (f->from >= 0 && s->from != f->from))
        return false;
    if ((s->flags & f->flags_set) != f->flags_set || (s->flags & f->flags_clear))
        return false;
    if ((segment->is & f->kinds) != f->kinds || (segment->is & f->no_kinds))
        return false;
    for (unsigned trait = LAB_SEGMENT_DATA; trait <= LAB_SEGMENT_ICMPV6; trait <<= 1) {
        if (trait == LAB_SEGMENT_RETRANSMISSION)
            continue;
        if ((f->traits & trait) && !has_trait(segment, trait))
            return false;
        if ((f->no_traits & trait) && has_trait(segment, trait))
            return false;
    }
    for (size_t i = 0; i < f->claim_count; i++)
        if (!claim_is(&f->claims[i], segment))
            return false;
    return true;
}

/* A probe that is sent once more is one more probe, no retransmission. */
static unsigned times_sent(const struct lab_segment_form *f, const struct lab_segment *segment)
{
    unsigned again = segment->repeats, first = 1;
    bool is_probe = segment->is & NET_SEGMENT_IS_PROBE;
    if (!segment_is(f, segment))
        return 0;
    if (f->traits & LAB_SEGMENT_RETRANSMISSION) {
        first = segment->retransmission;
        again = is_probe ? 0 : again;
    }
    if (f->no_traits & LAB_SEGMENT_RETRANSMISSION) {
        first = !segment->retransmission;
        again = is_probe && first ? again : 0;
    }
    return first + again;
}

/* Those that were sent before the mark, and behind it again. */
static unsigned repeats_since(const struct lab_segment_form *f, const struct lab_session *s, size_t first)
{
    unsigned count = 0;
    for (size_t i = first; i < lab_journal_count(s->journal); i++) {
        const struct net_event *event = lab_journal_at(s->journal, i);
        if (event->kind != NET_EV_FATE || event->u.fate.fate != NET_REPEATED)
            continue;
        int at = lab_segment_by_id(s->state, event->u.fate.segment);
        if (at == LAB_NONE || s->state->segments[at].event >= (long)first)
            continue;
        struct lab_segment once = s->state->segments[at];
        once.repeats = 1;
        unsigned both = times_sent(f, &once);
        once.repeats = 0;
        count += both - times_sent(f, &once);
    }
    return count;
}

/*
 * From those where the form before may stand to those where this one may. Of all that were sent early enough the latest
 * is the nearest: when that one is too far away, so are the others.
 */
static void step_on(const struct lab_segment_form *f, const struct lab_segment *segments, size_t count, bool *may)
{
    size_t seen = 0;
    const struct lab_segment *before = NULL;
    bool *next = may + count;
    for (size_t i = 0; i < count; i++) {
        for (; seen < i && segments[seen].sent_ns + f->after_ns <= segments[i].sent_ns; seen++)
            if (may[seen])
                before = &segments[seen];
        next[i] = before && segments[i].sent_ns - before->sent_ns <= f->within_ns && times_sent(f, &segments[i]) > 0;
    }
    for (size_t i = 0; i < count; i++)
        may[i] = next[i];
}

unsigned lab_count_segments(const struct lab_condition *c, const struct lab_session *s)
{
    const struct lab_segment_form *last = &c->segments[c->segment_count - 1];
    size_t begin = s->state->segment_count, first;
    unsigned total = 0;
    if (!lab_condition_first(c, s, &first))
        return 0;
    while (begin > 0 && s->state->segments[begin - 1].event >= (long)first)
        begin--;
    size_t count = s->state->segment_count - begin;
    const struct lab_segment *segments = count ? &s->state->segments[begin] : NULL;
    bool *may = count ? calloc(2 * count, sizeof *may) : NULL;
    for (size_t i = 0; may && i < count; i++)
        may[i] = times_sent(&c->segments[0], &segments[i]) > 0;
    for (size_t step = 1; may && step < c->segment_count; step++)
        step_on(&c->segments[step], segments, count, may);
    for (size_t i = 0; may && i < count; i++)
        total += may[i] ? times_sent(last, &segments[i]) : 0;
    free(may);
    return total + (*c->since && c->segment_count == 1 ? repeats_since(last, s, first) : 0);
}

long lab_condition_event(const struct lab_condition *c, const struct lab_session *s)
{
    size_t first;
    bool is_call = c->kind == LAB_CALL_RETURNS || c->kind == LAB_CALL_VALUE || c->kind == LAB_CALL_GOT ||
                   c->kind == LAB_CALL_TOOK || c->kind == LAB_CALL_ANSWERED;
    if (is_call && c->came_true && !c->negated)
        return (long)c->scanned - 1;
    if (c->kind != LAB_SEGMENTS || c->negated || !lab_condition_first(c, s, &first))
        return -1;
    for (size_t i = 0; i < s->state->segment_count; i++)
        if (s->state->segments[i].event >= (long)first &&
            times_sent(&c->segments[c->segment_count - 1], &s->state->segments[i]) > 0)
            return s->state->segments[i].event;
    return -1;
}
