// SPDX-License-Identifier: GPL-3.0-or-later
// A call that failed, with what is known of it.

#include "lab/explain/why.h"

#include "net/data/call.h"

/* ---- the call ---------------------------------------------------------------------------------------------------- */

/* The use of a socket that was entered there. Uses stand in the order in which they were entered. */
static bool was_used(const struct lab_socket *s, long entry)
{
    for (size_t i = s->use_count; i-- > 0 && s->uses[i].enter >= entry;)
        if (s->uses[i].enter == entry)
            return true;
    return false;
}

/* What the descriptor is now is mostly what it was then; else it was closed since, and every socket is searched. */
static int socket_of(const struct lab_why *w)
{
    int now = lab_socket_of(w->e.state, w->ret->task, w->fd);
    if (w->entry == LAB_NONE || w->fd < 0)
        return LAB_NONE;
    if (now != LAB_NONE && was_used(&w->e.state->sockets[now], w->entry))
        return now;
    for (size_t i = w->e.state->socket_count; i-- > 0;)
        if (was_used(&w->e.state->sockets[i], w->entry))
            return (int)i;
    return LAB_NONE;
}

static bool failed(const struct net_event *ret)
{
    if (!ret || ret->kind != NET_EV_CALL_RETURN)
        return false;
    return ret->u.call.ret < 0 || (ret->u.call.ret == 0 && lab_call_reads(ret->u.call.call));
}

bool lab_why_of(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long index,
                struct lab_why *w)
{
    const struct lab_evidence e = {.journal = journal, .state = st};
    return failed(lab_event_at(&e, index)) && lab_why_of_any(journal, st, start_ns, index, w);
}

bool lab_why_of_any(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long index,
                    struct lab_why *w)
{
    *w = (struct lab_why){.e = {.journal = journal, .state = st, .start_ns = start_ns}, .index = index};
    w->ret = lab_event_at(&w->e, index);
    if (!w->ret || w->ret->kind != NET_EV_CALL_RETURN)
        return false;
    const struct lab_actor *actor = lab_actor_by_id(st, w->ret->actor);
    w->host = actor ? actor->host : NET_SERVER;
    w->entry = lab_entry_of(&w->e, index);
    w->enter = lab_event_at(&w->e, w->entry);
    w->fd = w->enter ? w->enter->u.call.fd : w->ret->u.call.fd;
    int socket = socket_of(w);
    if (socket == LAB_NONE)
        return true;
    w->sock = &st->sockets[socket];
    if (w->sock->conversation == LAB_NONE)
        return true;
    w->e.conversation = &st->conversations[w->sock->conversation];
    w->side = w->e.conversation->socket[1] == socket;
    return true;
}

bool lab_why_set(struct lab_why *w, const struct lab_parts *parts)
{
    lab_sentence_text(&w->e, parts, w->out, w->out_bytes);
    return true;
}

uint8_t lab_why_state(const struct lab_why *w)
{
    return w->sock ? lab_state_before(w->sock, w->entry == LAB_NONE ? w->index : w->entry) : NET_STATE_ABSENT;
}

unsigned lab_why_call(const struct lab_why *w)
{
    return w->enter ? w->enter->u.call.call : NET_CALL_NONE;
}

/* ---- what came before it ----------------------------------------------------------------------------------------- */

static bool comes_here(const struct lab_why *w, const struct lab_segment *seg)
{
    const struct lab_conversation *c = w->e.conversation;
    return net_ip_same(seg->segment->dst_ip, c->ip[w->side]) && seg->segment->dst_port == c->port[w->side];
}

/* The segment that brought a step about before the return, if it has the flag. */
static const struct lab_segment *segment_of_step(const struct lab_why *w, const struct lab_step *step, unsigned flag)
{
    const struct net_event *cause = step->cause < w->index ? lab_event_at(&w->e, step->cause) : NULL;
    if (!cause || cause->kind != NET_EV_SEGMENT || !(cause->u.segment.flags & flag))
        return NULL;
    int i = lab_segment_by_id(w->e.state, cause->u.segment.id);
    return i == LAB_NONE ? NULL : &w->e.state->segments[i];
}

const struct lab_segment *lab_why_arrived(const struct lab_why *w, unsigned flag)
{
    const struct lab_conversation *c = w->e.conversation;
    for (size_t i = 0; w->sock && i < w->sock->step_count; i++) {
        const struct lab_segment *seg = segment_of_step(w, &w->sock->steps[i], flag);
        if (seg)
            return seg;
    }
    for (size_t k = 0; c && k < c->segment_count; k++) {
        const struct lab_segment *seg = &w->e.state->segments[c->segments[k]];
        if (seg->event > w->index)
            return NULL;
        bool came = seg->fate == NET_DELIVERED && seg->fate_ns <= w->ret->time_ns;
        if (came && (seg->segment->flags & flag) && comes_here(w, seg))
            return seg;
    }
    return NULL;
}

const struct net_event *lab_why_shut(const struct lab_why *w, enum lab_half half, long *index)
{
    enum { BOTH = 2 };
    for (size_t i = 0; w->sock && i < w->sock->use_count; i++) {
        const struct net_event *enter = lab_event_at(&w->e, w->sock->uses[i].enter);
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (!enter || w->sock->uses[i].enter > w->index || enter->u.call.call != NET_CALL_SHUTDOWN)
            continue;
        bool of_half = enter->u.call.args[1] == half || enter->u.call.args[1] == BOTH;
        if (!of_half || (ret && ret->u.call.ret != 0))
            continue;
        *index = w->sock->uses[i].enter;
        return enter;
    }
    return NULL;
}
