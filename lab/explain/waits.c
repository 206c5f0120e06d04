// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call has not returned: from the call to the end of the chain.
//
//   recv()    too little in the queue: the wire has it, the other end keeps it, or its program sends nothing
//   send()    no room in the buffer: what is in it does not leave (waits_queue.c)
//   connect() no answer to the SYN (waits_opening.c)
//   accept()  no connection is complete
//   close()   SO_LINGER: the same as send()
//   others    waits_poll.c, waits_task.c
//
// Left out: why a call that nothing keeps takes its time. It is about to return.

#include "lab/explain/waits_inside.h"

#include "lab/base/text.h"
#include "net/data/call.h"
#include "net/data/linux.h"
#include "net/data/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_MS = 1000000, CALL_BYTES = 100 };

/* ---- the chain --------------------------------------------------------------------------------------------------- */

static void put_sentence(const struct lab_waiting_for *f, const struct lab_parts *parts, char *out, size_t room)
{
    if (f->of_files)
        lab_sentence_text_of_files(&f->e, parts, out, room);
    else
        lab_sentence_text(&f->e, parts, out, room);
}

void lab_wait_put(struct lab_waiting_for *f, enum lab_wait_for what, struct lab_parts parts)
{
    const struct lab_wait_row *row = &lab_wait_rows[what];
    struct lab_wait *w = f->w;
    if (w->reasons == LAB_WAIT_REASONS)
        return;
    if (parts.until && parts.until < f->e.state->time_ns) /* a timer is a little late: it is due now */
        parts.until = f->e.state->time_ns;
    struct lab_wait_reason *r = &w->reason[w->reasons++];
    *r = (struct lab_wait_reason){.what = what,
                                  .count = parts.count,
                                  .limit = parts.limit,
                                  .number = parts.number,
                                  .at_ns = parts.at,
                                  .until_ns = parts.until};
    if (!*parts.format)
        parts.format = row->many && parts.count != 1 ? row->many : row->one;
    put_sentence(f, &parts, r->text, sizeof r->text);
    if (row->brief) {
        parts.format = row->brief;
        put_sentence(f, &parts, r->brief, sizeof r->brief);
    }
    if (row->ends && (!w->until_ns || parts.until < w->until_ns))
        w->until_ns = parts.until;
}

/* ---- to read ----------------------------------------------------------------------------------------------------- */

/* Why what the other end has for this one has not come; false: it has nothing that has not arrived. */
static bool wait_for_data(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_socket *other = lab_other_end(&f->e, s);
    const struct lab_segment *first, *latest = other ? lab_first_unconfirmed(&f->e, other, &first) : NULL;
    if (!other)
        return false;
    bool just_sent = !latest && other->now.wqueue > 0 && lab_sees_segments(&f->e, other);
    if (other->now.notsent_bytes > 0 || just_sent)
        return lab_wait_for_queue(f, other);
    return latest && lab_wait_for_segment(f, latest);
}

/* What the call has room for; of those that do not say it, more than there will be. */
static int64_t room_of(const struct net_event *enter)
{
    int64_t size = net_call_size(&enter->u.call);
    return size < 0 ? INT32_MAX : size;
}

/* Bytes that the call has taken already, since it waits for more: all that has come and that no call before it has
 * read. */
static int64_t taken_by(const struct lab_evidence *e, const struct lab_socket *s, const struct net_event *enter)
{
    int64_t taken = (int64_t)s->now.bytes_received;
    for (size_t i = 0; i < s->use_count; i++) {
        const struct net_event *ret = lab_event_at(e, s->uses[i].ret);
        if (ret && lab_call_reads(ret->u.call.call) && ret->u.call.ret > 0 &&
            !(net_call_message_flags(&ret->u.call) & (NET_MSG_PEEK | NET_MSG_OOB)))
            taken -= ret->u.call.ret;
    }
    int64_t room = room_of(enter);
    return taken < 0 ? 0 : taken < room ? taken : room;
}

/* Bytes that must be there before the call returns: as tcp_recvmsg() has it, of what it was given room for. */
static int64_t bytes_wanted(const struct lab_evidence *e, const struct lab_socket *s, const struct net_event *enter)
{
    int64_t low = lab_option_number(e, s, "SO_RCVLOWAT", (long)e->state->applied, 1);
    bool reads = lab_call_reads(enter->u.call.call);
    low = low < 1 ? 1 : low;
    return reads && room_of(enter) < low ? room_of(enter) : low;
}

/* How far it has come; false: what it waits for is there. */
static bool too_little(struct lab_waiting_for *f, const struct lab_socket *s, const struct net_event *enter)
{
    char who[LAB_WHO_BYTES];
    bool reads = lab_call_reads(enter->u.call.call);
    bool all = reads && (net_call_message_flags(&enter->u.call) & NET_MSG_WAITALL);
    int64_t wanted = all ? room_of(enter) : bytes_wanted(&f->e, s, enter);
    int64_t there = reads && wanted > 1 ? taken_by(&f->e, s, enter) : s->now.rqueue;
    bool sleeps_on = reads && !all && there > s->now.rqueue && s->now.rqueue < wanted; /* tcp_data_ready() */
    lab_end_text(f, s, who, sizeof who);
    if (there >= wanted && sleeps_on)
        lab_wait_add(f, LAB_WAIT_LOWAT_AGAIN, .count = s->now.rqueue, .limit = wanted);
    else if (there >= wanted && wanted > 0)
        lab_wait_add(f, LAB_WAIT_READY, .who = who);
    else if (all)
        lab_wait_add(f, LAB_WAIT_WAITALL, .who = who, .count = there, .limit = wanted);
    else if (there > 0)
        lab_wait_add(f, LAB_WAIT_LOWAT, .who = who, .count = there, .limit = wanted);
    else
        lab_wait_add(f, LAB_WAIT_EMPTY, .who = who);
    return there < wanted || sleeps_on || wanted == 0;
}

void lab_wait_to_read(struct lab_waiting_for *f, const struct lab_socket *s, const struct net_event *enter)
{
    if (s->now.state == NET_STATE_SYN_SENT || s->now.state == NET_STATE_SYN_RECV) {
        char who[LAB_WHO_BYTES];
        lab_wait_add(f, LAB_WAIT_HANDSHAKE, .who = lab_end_text(f, s, who, sizeof who));
        lab_wait_for_handshake(f, s);
        return;
    }
    if (!too_little(f, s, enter))
        return;
    if (!wait_for_data(f, s))
        lab_wait_for_other(f, s);
    if (s->now.wqueue > 0) /* said of what is under way */
        return;
    lab_wait_for_keepalive(f, s);
    f->w->says_queue = s->now.timer == NET_TIMER_KEEPALIVE && s->now.probes > 0;
}

/* ---- to write, to connect, to close ------------------------------------------------------------------------------ */

void lab_wait_to_write(struct lab_waiting_for *f, const struct lab_socket *s)
{
    char who[LAB_WHO_BYTES];
    lab_end_text(f, s, who, sizeof who);
    if (s->now.state == NET_STATE_SYN_SENT || s->now.state == NET_STATE_SYN_RECV) {
        lab_wait_add(f, LAB_WAIT_HANDSHAKE, .who = who);
        lab_wait_for_handshake(f, s);
        return;
    }
    lab_wait_add(f, LAB_WAIT_BUFFER, .who = who, .count = lab_unconfirmed(s));
    lab_wait_for_queue(f, s);
    f->w->says_queue = true;
}

static void wait_to_connect(struct lab_waiting_for *f, const struct lab_socket *s)
{
    lab_wait_for_handshake(f, s);
    f->w->says_queue = true;
}

static void wait_to_close(struct lab_waiting_for *f, const struct lab_socket *s, const struct net_event *enter,
                          long entry)
{
    static const uint64_t second_ns = 1000000000;
    struct net_option_value linger = lab_option_in_force(&f->e, s, "SO_LINGER", entry, (struct net_option_value){0});
    if (!linger.number || linger.second <= 0) {
        lab_wait_add(f, LAB_WAIT_READY, .who = "");
        return;
    }
    lab_wait_add(f, LAB_WAIT_LINGER, .count = lab_unconfirmed(s));
    lab_wait_for_queue(f, s);
    f->w->says_queue = true;
    lab_wait_add(f, LAB_WAIT_LINGER_LIMIT, .limit = linger.second,
                 .until = enter->time_ns + (uint64_t)linger.second * second_ns);
}

/* ---- to accept --------------------------------------------------------------------------------------------------- */

void lab_wait_to_accept(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_socket *half = NULL;
    char who[LAB_WHO_BYTES];
    int64_t count = 0;
    for (size_t i = 0; i < f->e.state->socket_count; i++) {
        const struct lab_socket *one = &f->e.state->sockets[i];
        if (one->host != s->host || one->now.state != NET_STATE_SYN_RECV || one->now.local_port != s->now.local_port)
            continue;
        half = one;
        count++;
    }
    lab_end_text(f, s, who, sizeof who);
    lab_wait_add(f, s->now.rqueue > 0 ? LAB_WAIT_READY : LAB_WAIT_NO_CLIENT, .who = who);
    if (s->now.rqueue > 0 || !half)
        return;
    lab_wait_add(f, LAB_WAIT_HALF_OPEN, .count = count);
    lab_wait_for_handshake(f, half);
}

/* ---- a call ------------------------------------------------------------------------------------------------------ */

/* The socket that the call was entered on: a close() has taken the descriptor away. */
static int socket_of_call(const struct lab_evidence *e, const struct lab_task *task)
{
    const struct net_event *enter = lab_event_at(e, task->enter);
    int now = lab_socket_of(e->state, task->id, enter->u.call.fd);
    if (now != LAB_NONE && enter->u.call.call != NET_CALL_CLOSE)
        return now;
    for (size_t i = e->state->socket_count; i-- > 0;) {
        const struct lab_socket *s = &e->state->sockets[i];
        for (size_t k = s->use_count; k-- > 0 && s->uses[k].enter >= task->enter;)
            if (s->uses[k].enter == task->enter)
                return (int)i;
    }
    return LAB_NONE;
}

/* SO_RCVTIMEO or SO_SNDTIMEO, as they were when the call began. */
static void time_limit(struct lab_waiting_for *f, const struct lab_socket *s, const struct net_event *enter, long entry)
{
    unsigned call = enter->u.call.call;
    bool sends = lab_call_writes(call) || call == NET_CALL_CONNECT;
    const char *name = sends ? "SO_SNDTIMEO" : "SO_RCVTIMEO";
    int64_t limit_ms = lab_option_number(&f->e, s, name, entry, 0);
    if (limit_ms > 0)
        lab_wait_add(f, LAB_WAIT_TIMEO, .name = name, .limit = limit_ms,
                     .until = enter->time_ns + (uint64_t)limit_ms * NS_PER_MS);
}

/* What splice() has moved from sockets into the program's pipes, and has not moved on. */
static bool is_pipe_empty(const struct lab_waiting_for *f, const struct net_event *enter)
{
    int64_t left = 0;
    for (long i = f->e.state->experiment > 0 ? f->e.state->experiment : 0; i < (long)f->e.state->applied; i++) {
        const struct net_event *ev = lab_event_at(&f->e, i);
        if (ev->kind == NET_EV_CALL_RETURN && ev->actor == enter->actor && ev->u.call.call == NET_CALL_SPLICE &&
            ev->u.call.ret > 0)
            left += net_call_moves(&ev->u.call) == NET_READS ? ev->u.call.ret : -ev->u.call.ret;
    }
    return left <= 0;
}

static void wait_on_socket(struct lab_waiting_for *f, const struct lab_socket *s, const struct net_event *enter,
                           long entry)
{
    unsigned call = enter->u.call.call;
    unsigned moves = net_call_moves(&enter->u.call);
    if (call == NET_CALL_SPLICE && moves == NET_WRITES && is_pipe_empty(f, enter))
        lab_wait_add(f, LAB_WAIT_PIPE, .who = "");
    else if (moves == NET_READS)
        lab_wait_to_read(f, s, enter);
    else if (moves == NET_WRITES)
        lab_wait_to_write(f, s);
    else if (lab_call_accepts(call))
        lab_wait_to_accept(f, s);
    else if (call == NET_CALL_CONNECT)
        wait_to_connect(f, s);
    else if (call == NET_CALL_CLOSE)
        wait_to_close(f, s, enter, entry);
    else
        lab_wait_add(f, LAB_WAIT_READY, .who = "");
    if (lab_call_reads(call) || lab_call_writes(call) || lab_call_accepts(call) || call == NET_CALL_CONNECT)
        time_limit(f, s, enter, entry);
}

static void wait_in_call(struct lab_waiting_for *f, const struct lab_task *task, const struct net_event *enter)
{
    unsigned call = enter->u.call.call;
    if (lab_wait_for_task(f, task, enter))
        return;
    if (call == NET_CALL_POLL || call == NET_CALL_SELECT || call == NET_CALL_EPOLL_WAIT)
        lab_wait_for_several(f, task, enter);
    else if (f->w->socket != LAB_NONE)
        wait_on_socket(f, &f->e.state->sockets[f->w->socket], enter, task->enter);
    else if (net_call_is(call, NET_BLOCKS))
        lab_wait_add(f, LAB_WAIT_NO_SOCKET, .fd = enter->u.call.fd);
    else
        lab_wait_add(f, LAB_WAIT_READY, .who = "");
}

bool lab_find_wait_of_task(const struct lab_evidence *e, const struct lab_task *task, bool of_files,
                           struct lab_wait *out)
{
    struct lab_waiting_for f = {.e = *e, .w = out, .of_files = of_files};
    const struct net_event *enter = lab_call_of(e, task);
    struct lab_parts parts = {.format = "", .who = out->who};
    int signo = lab_stopped_by(e, task, &parts.since);
    *out = (struct lab_wait){.enter = task->enter, .task = task->id, .socket = LAB_NONE};
    if (!enter && !(task->alive && task->at_gate) && !signo)
        return false;
    out->socket = enter ? socket_of_call(e, task) : LAB_NONE;
    out->since_ns = enter ? enter->time_ns : task->at_gate ? task->gate_ns : parts.since;
    lab_waiting_name(&f, task->actor, task->id, out->who, sizeof out->who);
    snprintf(out->what, sizeof out->what, "%s", lab_waiting_word(&f, N_("its next call")));
    if (enter)
        net_call_text(enter, NULL, out->what, CALL_BYTES);
    if (signo) {
        parts.name = net_signal_name(signo);
        lab_wait_put(&f, LAB_WAIT_STOPPED, parts);
    } else if (task->at_gate) {
        lab_wait_add(&f, LAB_WAIT_GATE, .who = out->who);
    } else {
        wait_in_call(&f, task, enter);
    }
    if (!out->reasons)
        lab_wait_add(&f, LAB_WAIT_UNSEEN, .who = "");
    return true;
}

/* ---- a socket ---------------------------------------------------------------------------------------------------- */

/* "100 bytes that have not left, 100 that are not confirmed": numbers of its send queue, by which of them there are. */
static void what_waits(const struct lab_waiting_for *f, const struct lab_socket *s, char *out, size_t room)
{
    uint32_t all = lab_unconfirmed(s), unsent = s->now.has_info ? s->now.notsent_bytes : 0;
    unsent -= unsent > 0 && lab_has_fin_queued(s); /* the last of what is unsent is the FIN */
    if (unsent > all)
        unsent = all;
    if (s->now.state == NET_STATE_SYN_SENT)
        snprintf(out, room, "%s", "SYN");
    else if (s->now.state == NET_STATE_SYN_RECV)
        snprintf(out, room, "%s", "SYN+ACK");
    else if (s->now.wqueue == 0)
        snprintf(out, room, "%s", lab_waiting_word(f, N_("keep-alive probe")));
    else if (all == 0)
        snprintf(out, room, "%s", "FIN");
    else if (lab_has_fin_queued(s))
        snprintf(out, room, lab_waiting_word(f, N_("unsent %u, unconfirmed %u, then FIN")), unsent, all - unsent);
    else
        snprintf(out, room, lab_waiting_word(f, N_("unsent %u, unconfirmed %u")), unsent, all - unsent);
}

/* When the first of its keep-alive probes without an answer left; else when the end was last asked about. */
static uint64_t probed_since(const struct lab_evidence *e, const struct lab_socket *s)
{
    const struct lab_conversation *c = s->conversation == LAB_NONE ? NULL : &e->state->conversations[s->conversation];
    unsigned side = c ? lab_side_of_socket(e, s) : 0, seen = 0;
    for (size_t k = c ? c->segment_count : 0; k-- > 0;) {
        const struct lab_segment *seg = &e->state->segments[c->segments[k]];
        bool mine = net_ip_same(seg->segment->src_ip, c->ip[side]) && seg->segment->src_port == c->port[side];
        if (!mine || !seg->keepalive_probe)
            continue;
        seen += 1 + seg->repeats;
        if (seen >= s->now.probes)
            return seg->sent_ns;
    }
    return s->now_ns;
}

/* Since the first thing left that is not confirmed; else since the last send() began. */
static uint64_t waits_since(const struct lab_evidence *e, const struct lab_socket *s)
{
    const struct lab_segment *first, *latest = lab_first_unconfirmed(e, s, &first);
    if (latest)
        return first->sent_ns;
    if (s->now.wqueue == 0 && s->now.probes > 0)
        return probed_since(e, s);
    for (size_t i = s->step_count; lab_has_fin_queued(s) && lab_unconfirmed(s) == 0 && i-- > 0;)
        if (s->steps[i].state == NET_STATE_FIN_WAIT1 || s->steps[i].state == NET_STATE_LAST_ACK)
            return s->steps[i].time_ns;
    for (size_t i = s->use_count; i-- > 0;) {
        const struct net_event *enter = lab_event_at(e, s->uses[i].enter);
        if (enter && (lab_call_writes(enter->u.call.call) || enter->u.call.call == NET_CALL_CONNECT))
            return enter->time_ns;
    }
    return s->step_count ? s->steps[s->step_count - 1].time_ns : s->born_ns;
}

bool lab_find_wait_of_socket(const struct lab_evidence *e, int socket, bool of_files, struct lab_wait *out)
{
    const struct lab_socket *s = &e->state->sockets[socket];
    struct lab_waiting_for f = {.e = *e, .w = out, .of_files = of_files};
    *out = (struct lab_wait){.enter = LAB_NONE, .socket = socket};
    if (s->now.state == NET_STATE_SYN_SENT || s->now.state == NET_STATE_SYN_RECV)
        lab_wait_for_handshake(&f, s);
    else if (s->now.timer == NET_TIMER_KEEPALIVE && s->now.probes > 0 && s->now.wqueue == 0)
        lab_wait_for_keepalive(&f, s);
    else if (!lab_wait_for_queue(&f, s))
        return false;
    out->since_ns = waits_since(e, s);
    lab_end_text(&f, s, out->who, sizeof out->who);
    what_waits(&f, s, out->what, sizeof out->what);
    return true;
}

bool lab_wait_of_task(const struct lab_evidence *e, const struct lab_task *task, struct lab_wait *out)
{
    return lab_find_wait_of_task(e, task, false, out);
}

bool lab_wait_of_socket(const struct lab_evidence *e, int socket, struct lab_wait *out)
{
    return lab_find_wait_of_socket(e, socket, false, out);
}

/* ---- as text ----------------------------------------------------------------------------------------------------- */

const char *lab_wait_text(const struct lab_wait *w, char *out, size_t room)
{
    *out = '\0';
    for (size_t i = 0; i < w->reasons; i++)
        lab_append(out, room, i ? " %s" : "%s", w->reason[i].text);
    return out;
}

const char *lab_wait_brief(const struct lab_wait *w)
{
    for (size_t i = w->reasons; i-- > 0;)
        if (*w->reason[i].brief)
            return w->reason[i].brief;
    return "";
}

const char *lab_wait_briefs(const struct lab_wait *w, char *out, size_t room)
{
    *out = '\0';
    for (size_t i = 0; i < w->reasons; i++)
        if (*w->reason[i].brief)
            lab_append(out, room, *out ? "; %s" : "%s", w->reason[i].brief);
    return out;
}

const char *lab_wait_line(const struct lab_evidence *e, const struct lab_wait *w, char *out, size_t room)
{
    char briefs[LAB_WAIT_REASONS * LAB_WAIT_BRIEF_BYTES];
    static const char *const formats[2][2] = {
        {N_("{who}  {name}  since {since}"), N_("{who}  {name}  since {since}: {reason}")},
        {N_("{who}  {name}  since {since}, until {until} at most"),
         N_("{who}  {name}  since {since}, until {until} at most: {reason}")},
    };
    lab_wait_briefs(w, briefs, sizeof briefs);
    const struct lab_parts parts = {.format = formats[w->until_ns != 0][*briefs != '\0'],
                                    .who = w->who,
                                    .name = w->what,
                                    .since = w->since_ns,
                                    .until = w->until_ns,
                                    .reason = briefs};
    return lab_sentence_text(e, &parts, out, room);
}
