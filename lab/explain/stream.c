// SPDX-License-Identifier: GPL-3.0-or-later
// A stream of bytes, from calls, segments and queues.
//
//   send() returned   written   what a program handed over, in order of the returns
//   segments          sent      the highest number that left the host
//   ACKs              arrived   the highest that the other kernel has acknowledged, whether that got back or not
//                     acked     the highest that did get back
//   recv() returned   read      what a program took; a look with MSG_PEEK takes nothing
//
// On loopback no segment is seen: there the kernel's queues say what was sent and what has arrived. A SYN and a FIN
// have a number each and are no bytes: the first byte has the number 1, and nothing counts beyond what was written.

#include "lab/explain/stream.h"

#include "net/data/call.h"
#include "net/engine.h"
#include "net/data/linux.h"

#include <stdlib.h>
#include <string.h>

static void raise_to(uint64_t *value, uint64_t least)
{
    if (*value < least)
        *value = least;
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
    return value < most ? value : most;
}

static void keep(struct lab_stream *s, uint64_t at, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count && at + i < LAB_STREAM_BYTES; i++) {
        s->byte[at + i] = bytes[i];
        s->known[at + i] = true;
    }
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static const struct net_event *event_at(const struct lab_journal *j, const struct lab_state *st, long index)
{
    return index < 0 || (size_t)index >= st->applied ? NULL : lab_journal_at(j, (size_t)index);
}

/* The uses of a socket that returned, in the order in which they did. */
static int by_return(const void *a, const void *b)
{
    const struct lab_use *x = a, *y = b;
    return x->ret < y->ret ? -1 : x->ret > y->ret;
}

static struct lab_use *ordered_uses(const struct lab_socket *socket)
{
    struct lab_use *uses = calloc(socket->use_count + 1, sizeof *uses);
    if (uses && socket->use_count)
        memcpy(uses, socket->uses, socket->use_count * sizeof *uses);
    if (uses)
        qsort(uses, socket->use_count, sizeof *uses, by_return);
    return uses;
}

static void add_call(struct lab_stream_call *calls, size_t *count, struct lab_stream_call call)
{
    if (*count < LAB_STREAM_CALLS)
        calls[*count] = call;
    ++*count;
}

static void put_in(struct lab_stream *s, const struct net_event *enter, const struct net_event *ret, long index)
{
    uint64_t bytes = (uint64_t)ret->u.call.ret;
    s->has_urgent |= (net_call_message_flags(&ret->u.call) & NET_MSG_OOB) != 0;
    if (enter && enter->data)
        keep(s, s->written, enter->data, (size_t)at_most(enter->data_bytes, bytes));
    add_call(s->in, &s->in_count, (struct lab_stream_call){s->written, s->written + bytes, index});
    s->written += bytes;
}

static void take_out(struct lab_stream *s, const struct net_event *ret, long index)
{
    uint64_t bytes = (uint64_t)ret->u.call.ret;
    unsigned flags = net_call_message_flags(&ret->u.call);
    s->has_urgent |= (flags & NET_MSG_OOB) != 0;
    if (flags & (NET_MSG_OOB | NET_MSG_PEEK))
        return;
    if (ret->data)
        keep(s, s->read, ret->data, (size_t)at_most(ret->data_bytes, bytes));
    add_call(s->out, &s->out_count, (struct lab_stream_call){s->read, s->read + bytes, index});
    s->read += bytes;
}

/* Calls of one end: those that put in when it is the one that sends, else those that take out. */
static int take_calls(struct lab_stream *s, const struct lab_journal *j, const struct lab_state *st,
                      const struct lab_socket *socket, bool sends)
{
    struct lab_use *uses = ordered_uses(socket);
    long blocked = LAB_NONE;
    for (size_t i = 0; uses && i < socket->use_count; i++) {
        const struct net_event *enter = event_at(j, st, uses[i].enter), *ret = event_at(j, st, uses[i].ret);
        const struct net_event *any = ret ? ret : enter;
        if (!any || !(net_call_moves(&any->u.call) & (sends ? NET_WRITES : NET_READS)))
            continue;
        if (!ret && sends)
            blocked = uses[i].enter;
        else if (!ret)
            continue;
        else if (ret->u.call.ret > 0 && sends)
            put_in(s, enter, ret, uses[i].ret);
        else if (ret->u.call.ret > 0)
            take_out(s, ret, uses[i].ret);
    }
    s->blocked |= blocked != LAB_NONE;
    if (blocked != LAB_NONE)
        add_call(s->in, &s->in_count, (struct lab_stream_call){s->written, UINT64_MAX, blocked});
    free(uses);
    return uses ? 0 : -1;
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

static void take_segment(struct lab_stream *s, const struct lab_journal *j, const struct lab_segment *segment)
{
    const struct net_ev_segment *seg = segment->segment;
    const struct net_event *ev = lab_journal_at(j, (size_t)segment->event);
    uint64_t at = segment->seq_relative - 1u, end = at + seg->payload_bytes;
    if (seg->payload_bytes == 0 || segment->keepalive_probe || segment->seq_relative == 0)
        return;
    raise_to(&s->sent, end);
    if (segment->fate != NET_DROPPED)
        raise_to(&s->pending, end);
    if (ev->data && ev->data_bytes > seg->payload_at)
        keep(s, at, ev->data + seg->payload_at, (size_t)at_most(ev->data_bytes - seg->payload_at, seg->payload_bytes));
}

static void take_ack(struct lab_stream *s, const struct lab_segment *segment)
{
    if (!(segment->segment->flags & NET_ACK) || segment->ack_relative == 0)
        return;
    raise_to(&s->arrived, segment->ack_relative - 1u);
    if (segment->fate == NET_DELIVERED)
        raise_to(&s->acked, segment->ack_relative - 1u);
}

static void take_segments(struct lab_stream *s, const struct lab_journal *j, const struct lab_state *st,
                          const struct lab_conversation *c, unsigned from)
{
    for (size_t i = 0; i < c->segment_count; i++) {
        const struct lab_segment *segment = &st->segments[c->segments[i]];
        const struct net_ev_segment *seg = segment->segment;
        bool forth = net_ip_same(seg->src_ip, c->ip[from]) && seg->src_port == c->port[from];
        if (forth && c->initial_known[from])
            take_segment(s, j, segment);
        else if (!forth && c->initial_known[from])
            take_ack(s, segment);
    }
}

/* ---- queues ------------------------------------------------------------------------------------------------------ */

/* A descriptor keeps the bytes of a connection that was reset: its program can still read them. */
static bool is_over(const struct lab_socket *socket)
{
    uint8_t state = socket->now.state;
    return state == NET_STATE_ABSENT || (state == NET_STATE_CLOSE && socket->references == 0);
}

static bool is_flowing(const struct lab_socket *socket)
{
    return socket->now.state == NET_STATE_ESTABLISHED || socket->now.state == NET_STATE_CLOSE_WAIT;
}

/* What a blocked send has handed over so far only the kernel's queue tells. */
static void ask_sender(struct lab_stream *s, const struct lab_socket *socket, bool seen)
{
    const struct net_ev_sample *now = &socket->now;
    s->from_over = socket->now.state == NET_STATE_ABSENT || socket->now.state == NET_STATE_CLOSE;
    if (seen && s->blocked && is_flowing(socket))
        raise_to(&s->written, s->acked + now->wqueue);
    if (seen || s->from_over)
        return;
    raise_to(&s->sent, s->written - at_most(now->has_info ? now->notsent_bytes : 0, s->written));
    raise_to(&s->acked, s->written - at_most(now->wqueue, s->written));
}

/* An answer that is older than the last read counts again what that took: nothing arrives that was not sent. */
static void ask_receiver(struct lab_stream *s, const struct lab_socket *socket)
{
    s->to_over = is_over(socket);
    if (!s->to_over && socket->now.state != NET_STATE_LISTEN)
        raise_to(&s->arrived, at_most(s->read + socket->now.rqueue, s->sent));
}

/* A FIN is counted in numbers and queues, and is no byte. */
static void clamp(struct lab_stream *s)
{
    raise_to(&s->written, s->sent);
    raise_to(&s->arrived, s->acked);
    raise_to(&s->written, s->read);
    s->arrived = at_most(s->arrived, s->written);
    raise_to(&s->arrived, s->read);
    raise_to(&s->sent, s->arrived);
    s->acked = at_most(s->acked, s->arrived);
}

struct lab_stream *lab_stream_new(const struct lab_journal *j, const struct lab_state *st, int conversation,
                                  unsigned from_side)
{
    struct lab_stream *s = calloc(1, sizeof *s);
    const struct lab_conversation *c = &st->conversations[conversation];
    int from = c->socket[from_side], to = c->socket[!from_side];
    if (!s)
        return NULL;
    take_segments(s, j, st, c, from_side);
    if ((from != LAB_NONE && take_calls(s, j, st, &st->sockets[from], true) < 0) ||
        (to != LAB_NONE && take_calls(s, j, st, &st->sockets[to], false) < 0)) {
        free(s);
        return NULL;
    }
    if (from != LAB_NONE)
        ask_sender(s, &st->sockets[from], c->segment_count > 0);
    if (to != LAB_NONE)
        ask_receiver(s, &st->sockets[to]);
    clamp(s);
    return s;
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

/* Bytes [read, lost_from) are on their way or can still be read; what comes after them no program will get. */
static uint64_t lost_from(const struct lab_stream *s)
{
    uint64_t alive = s->arrived > s->pending ? s->arrived : s->pending;
    return s->to_over ? s->read : s->from_over ? alive : s->written;
}

enum lab_stream_place lab_stream_place_of(const struct lab_stream *s, uint64_t byte)
{
    if (byte < s->read)
        return LAB_STREAM_READ;
    if (byte >= lost_from(s))
        return LAB_STREAM_LOST;
    if (byte < s->arrived)
        return LAB_STREAM_ARRIVED;
    return byte < s->sent ? LAB_STREAM_SENT : LAB_STREAM_BUFFER;
}

uint64_t lab_stream_place_end(const struct lab_stream *s, uint64_t byte)
{
    const uint64_t borders[] = {s->read, s->arrived, s->sent, lost_from(s)};
    uint64_t end = s->written;
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++)
        if (borders[i] > byte && borders[i] < end)
            end = borders[i];
    return end;
}

uint64_t lab_stream_lost(const struct lab_stream *s)
{
    uint64_t from = lost_from(s);
    return s->written > from ? s->written - from : 0;
}
