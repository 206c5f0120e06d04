// SPDX-License-Identifier: GPL-3.0-or-later
// An explanation while it is put together: its lines, the names of the two ends, what became of a segment.

#include "lab/explain/explanation.h"
#include "net/base/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ------------------------------------------------------------------------------------------------------- */

void lab_line_begin(struct lab_explanation *x, uint64_t time_ns)
{
    const struct lab_parts time = {.format = "{at} ", .at = time_ns};
    x->time_ns = time_ns;
    lab_sentence_text(&x->e, &time, x->text, sizeof x->text);
}

void lab_say_sentence(struct lab_explanation *x, const struct lab_parts *parts)
{
    size_t n = strlen(x->text);
    if (n + 1 >= sizeof x->text)
        return;
    x->text[n++] = ' ';
    lab_sentence_text(&x->e, parts, x->text + n, sizeof x->text - n);
}

void lab_count_unseen(struct lab_explanation *x, enum lab_unseen id, struct lab_parts *parts)
{
    parts->format = lab_unseen_rows[id].format;
    lab_say_sentence(x, parts);
    if (x->unseen)
        x->unseen[id]++;
}

void lab_line_end(struct lab_explanation *x)
{
    struct lab_kept_lines *kept = x->kept;
    x->lines++;
    if (!kept || kept->count == LAB_LINES_KEPT) {
        x->line(x->user, x->text);
        return;
    }
    struct lab_kept_line *line = &kept->all[kept->count];
    line->time_ns = x->time_ns;
    line->place = kept->count++;
    snprintf(line->text, sizeof line->text, "%s", x->text);
}

void lab_keep_lines(struct lab_explanation *x, struct lab_kept_lines *kept)
{
    kept->count = 0;
    x->kept = kept;
}

static int by_time(const void *a, const void *b)
{
    const struct lab_kept_line *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

void lab_tell_kept(struct lab_explanation *x)
{
    struct lab_kept_lines *kept = x->kept;
    x->kept = NULL;
    qsort(kept->all, kept->count, sizeof *kept->all, by_time);
    for (size_t i = 0; i < kept->count; i++)
        x->line(x->user, kept->all[i].text);
}

/* ---- who --------------------------------------------------------------------------------------------------------- */

/* Whoever owns it; else whoever used it last. */
static bool find_user(const struct lab_evidence *e, const struct lab_socket *s, char who[LAB_WHO_BYTES])
{
    const struct net_event *used = s ? lab_user_before(e, s, (long)e->state->applied) : NULL;
    if (s && s->owner_task)
        lab_task_text(e->state, s->owner_actor, s->owner_task, who, LAB_WHO_BYTES);
    else if (used)
        lab_task_text(e->state, used->actor, used->task, who, LAB_WHO_BYTES);
    return used || (s && s->owner_task);
}

/* No kernel sends data or FIN by itself. */
static bool has_spoken(const struct lab_evidence *e, unsigned side)
{
    for (size_t i = 0; i < e->conversation->segment_count; i++) {
        const struct lab_segment *seg = &e->state->segments[e->conversation->segments[i]];
        if (lab_is_from(e, seg, side) && (seg->segment->payload_bytes > 1 || (seg->segment->flags & NET_FIN)))
            return true;
    }
    return false;
}

bool lab_is_outside(const struct lab_explanation *x, unsigned side)
{
    const struct lab_party *p = &x->end[side];
    return !p->has_actor && (has_spoken(&x->e, side) || (p->sock && lab_had_descriptor(&x->e, p->sock)));
}

/* No kernel has that end: all that it has said was put in. */
static bool is_learner(const struct lab_explanation *x, unsigned side)
{
    const struct lab_conversation *c = x->e.conversation;
    for (size_t i = 0; !x->end[side].sock && i < c->segment_count; i++) {
        const struct lab_segment *seg = &x->e.state->segments[c->segments[i]];
        if (seg->segment->injected && lab_is_from(&x->e, seg, side))
            return true;
    }
    return false;
}

static void name_party(struct lab_explanation *x, unsigned side)
{
    struct lab_party *p = &x->end[side];
    struct lab_parts name = {.format = N_("{host} (its kernel)"), .host = p->host};
    p->has_actor = find_user(&x->e, p->sock, p->who);
    if (p->has_actor)
        return;
    if (is_learner(x, side))
        name.format = N_("{host} (you)");
    else if (lab_is_outside(x, side))
        name.format = N_("{host} (outside the lab)");
    else if (p->sock)
        name.format = N_("{host} (not accepted)");
    lab_sentence_text(&x->e, &name, p->who, sizeof p->who);
}

void lab_set_parties(struct lab_explanation *x)
{
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        struct lab_party *p = &x->end[side];
        int index = x->e.conversation->socket[side];
        p->sock = index == LAB_NONE ? NULL : &x->e.state->sockets[index];
        p->host = p->sock ? p->sock->host : side;
        name_party(x, side);
    }
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

/* The first and the last state of the steps that a segment brought about; false: it brought none. */
static bool effect(const struct lab_socket *s, long segment, uint8_t *from, uint8_t *to)
{
    bool found = false;
    for (size_t i = 0; s && i < s->step_count; i++) {
        if (s->steps[i].cause != segment)
            continue;
        if (!found)
            *from = i ? s->steps[i - 1].state : NET_STATE_ABSENT;
        found = true;
        *to = s->steps[i].state;
    }
    return found;
}

static const char *kind_of(const struct lab_segment *seg)
{
    unsigned flags = seg->segment->flags;
    return flags & NET_RST ? "RST" : flags & NET_FIN ? "FIN" : flags & NET_SYN ? "SYN" : _("segment");
}

void lab_say_not_arrived(struct lab_explanation *x, const struct lab_party *to, const struct lab_segment *seg)
{
    const char *name = kind_of(seg);
    bool is_for_learner = x->e.state->wire.faults.value[NET_FAULT_BE][seg->segment->from % NET_HOSTS];
    switch ((enum net_fate_of)seg->fate) {
    case NET_HELD:
        if (is_for_learner) {
            lab_say(x, N_("The {name} waits for you, who are the host that it is for."), .name = name);
            break;
        }
        lab_say(x, N_("The wire holds the {name}, so {other} knows nothing of it."), .name = name, .other = to->who);
        lab_say(x, N_("Timers run on meanwhile: what a kernel sends again is counted, and only its giving up waits."));
        break;
    case NET_DROPPED: lab_say(x, net_drop(seg->why)->told, .name = name, .other = to->who); break;
    case NET_IN_FLIGHT: lab_say(x, N_("The {name} is on its way."), .name = name); break;
    case NET_DELIVERED:
    case NET_REPEATED:
    case NET_DUPLICATED:
    case NET_FATES: break;
    }
}

void lab_say_fate(struct lab_explanation *x, const struct lab_party *to, const struct lab_segment *seg)
{
    uint8_t from_state = NET_STATE_ABSENT, to_state = NET_STATE_ABSENT;
    lab_say_not_arrived(x, to, seg);
    if (seg->fate != NET_DELIVERED)
        return;
    const char *format = N_("The {name} arrived at {at}, and the end of {who} went from {from} to {to}.");
    if (!effect(to->sock, seg->event, &from_state, &to_state))
        format = N_("The {name} arrived at {at}.");
    else if (to_state == NET_STATE_ABSENT)
        format = N_("The {name} arrived at {at}, and the end of {who}, in {from} until then, is gone.");
    lab_say(x, format, .name = kind_of(seg), .at = seg->fate_ns, .who = to->who, .from = from_state, .to = to_state);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

void lab_say_returned(struct lab_explanation *x, const struct net_event *enter, const struct net_event *ret,
                      uint64_t waited_since, const char *reason)
{
    static const char *const formats[2][2] = {
        {N_("{by}: {call} returned {result}."), N_("{by}: {call} returned {result}: {reason}.")},
        {N_("{by}: {call} returned {result}, having waited since {since}."),
         N_("{by}: {call} returned {result}, having waited since {since}: {reason}.")},
    };
    lab_say(x, formats[waited_since != 0][reason != NULL], .by = ret, .enter = enter, .ret = ret, .since = waited_since,
            .reason = reason);
}
