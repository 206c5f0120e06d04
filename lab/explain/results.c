// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call that did not fail returned just that: short reads and writes, the bits of poll(), urgent bytes.
//
// What poll() says of a TCP socket is decided in tcp_poll() of Linux, what is set aside of an urgent byte in
// tcp_recv_urg() and tcp_recvmsg().

#include "lab/explain/results.h"

#include "lab/explain/because.h"
#include "lab/explain/because_local.h"

#include "lab/base/text.h"
#include "lab/explain/waits_inside.h"
#include "net/base/plain.h"
#include "net/data/call.h"
#include "net/data/linux.h"
#include "net/data/option.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_MS = 1000000, BIT_RDHUP = 0x2000 };

static int64_t asked_bytes(const struct lab_why *w)
{
    return net_call_size(&w->enter->u.call);
}

static int64_t option_then(const struct lab_why *w, const char *name)
{
    return lab_option_number(&w->e, w->sock, name, w->entry, 0);
}

/* The last sample of it up to the return; NULL. */
static const struct net_ev_sample *sampled(const struct lab_why *w, const struct lab_socket *s)
{
    for (long i = w->index; i-- > 0;) {
        const struct net_event *ev = lab_event_at(&w->e, i);
        if (ev->kind == NET_EV_SAMPLE && ev->u.sample.cookie == s->cookie && ev->u.sample.host == s->host)
            return &ev->u.sample;
    }
    return NULL;
}

/* ---- short results ----------------------------------------------------------------------------------------------- */

/* What ended the wait of a call that had something already: its time, a signal, or the end of the stream. */
static bool cut_short(struct lab_why *w, const char *limit_name, const char *by_time, const char *by_signal)
{
    int64_t got = w->ret->u.call.ret, wanted = asked_bytes(w), limit_ms = option_then(w, limit_name);
    uint64_t took_ns = w->ret->time_ns - w->enter->time_ns;
    if (limit_ms > 0 && 2 * took_ns >= (uint64_t)limit_ms * NS_PER_MS)
        return lab_why_is(w, by_time, .name = limit_name, .limit = limit_ms, .count = got, .number = wanted);
    for (long i = w->index; i-- > w->entry;) {
        const struct net_event *ev = lab_event_at(&w->e, i);
        if (ev->kind == NET_EV_SIGNAL && ev->task == w->ret->task)
            return lab_why_is(w, by_signal, .name = net_signal_name(ev->u.signal.signo), .at = ev->time_ns,
                              .count = got, .number = wanted);
        if (lab_is_cancel_of(ev, w->ret->actor))
            return lab_why_is(w, by_signal, .name = _("cancelled"), .at = ev->time_ns, .count = got, .number = wanted);
    }
    return false;
}

static bool short_waitall(struct lab_why *w)
{
    int64_t got = w->ret->u.call.ret, wanted = asked_bytes(w);
    const struct lab_segment *fin = lab_why_arrived(w, NET_FIN), *rst = lab_why_arrived(w, NET_RST);
    if (net_call_message_flags(&w->enter->u.call) & NET_MSG_DONTWAIT)
        return lab_why_is(w, "MSG_DONTWAIT: only {count} of {number} bytes were there", .count = got, .number = wanted);
    if (fin || rst)
        return lab_why_is(w, "{name} #{id} from {host} at {at}: only {count} of {number} bytes came before it",
                          .name = fin ? "FIN" : "RST", .id = (int64_t)(fin ? fin : rst)->id,
                          .host = (fin ? fin : rst)->segment->from, .at = lab_arrival_ns(fin ? fin : rst), .count = got,
                          .number = wanted);
    return cut_short(w, "SO_RCVTIMEO", N_("{name} {limit} ms ran out: only {count} of {number} bytes had come"),
                     N_("{name} at {at}: only {count} of {number} bytes had come"));
}

/* Made with SOCK_NONBLOCK, or O_NONBLOCK set since. */
static bool never_waits(const struct lab_why *w)
{
    const struct net_event *made = w->sock->use_count ? lab_event_at(&w->e, w->sock->uses[0].ret) : NULL;
    const struct net_ev_call *call = made ? &made->u.call : NULL;
    bool by_socket = call && call->call == NET_CALL_SOCKET && (call->args[1] & NET_O_NONBLOCK);
    bool by_accept = call && call->call == NET_CALL_ACCEPT4 && (call->args[3] & NET_O_NONBLOCK);
    return option_then(w, "O_NONBLOCK") != 0 || by_socket || by_accept;
}

static bool short_write(struct lab_why *w)
{
    int64_t took = w->ret->u.call.ret, wanted = asked_bytes(w);
    bool asked = net_call_message_flags(&w->enter->u.call) & NET_MSG_DONTWAIT;
    if (asked || never_waits(w))
        return lab_why_is(w, "{name}: the send buffer had room for {count} of {number} bytes",
                          .name = asked ? "MSG_DONTWAIT" : "O_NONBLOCK", .count = took, .number = wanted);
    return cut_short(w, "SO_SNDTIMEO",
                     N_("{name} {limit} ms ran out: the send buffer had taken {count} of {number} bytes"),
                     N_("{name} at {at}: the send buffer had taken {count} of {number} bytes"));
}

/* ---- urgent bytes ------------------------------------------------------------------------------------------------ */

/* When the last urgent byte reached this end before the return, as far as is seen: by a segment with URG; without a
 * wire, by the other end's send. 0: none has. */
static uint64_t urgent_ns(const struct lab_why *w)
{
    const struct lab_conversation *c = w->e.conversation;
    for (size_t k = c ? c->segment_count : 0; k-- > 0;) {
        const struct lab_segment *seg = &w->e.state->segments[c->segments[k]];
        if (seg->event < w->index && lab_is_from(&w->e, seg, !w->side) && seg->fate == NET_DELIVERED &&
            (seg->segment->flags & NET_URG) && lab_arrival_ns(seg) <= w->ret->time_ns)
            return lab_arrival_ns(seg);
    }
    const struct lab_socket *other = c && !c->segment_count ? lab_other_end(&w->e, w->sock) : NULL;
    for (size_t i = other ? other->use_count : 0; i-- > 0;) {
        const struct net_event *ret = lab_event_at(&w->e, other->uses[i].ret);
        if (ret && other->uses[i].ret < w->index && ret->u.call.ret > 0 && lab_call_writes(ret->u.call.call) &&
            (net_call_message_flags(&ret->u.call) & NET_MSG_OOB))
            return ret->u.call.enter_ns;
    }
    return 0;
}

/* The recv() with MSG_OOB by which this end took it since then; NULL. */
static const struct net_event *urgent_taken(const struct lab_why *w, uint64_t since_ns)
{
    for (size_t i = w->sock->use_count; i-- > 0;) {
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (ret && w->sock->uses[i].ret < w->index && ret->time_ns > since_ns && ret->u.call.ret > 0 &&
            lab_call_reads(ret->u.call.call) &&
            (net_call_message_flags(&ret->u.call) & (NET_MSG_OOB | NET_MSG_PEEK)) == NET_MSG_OOB)
            return ret;
    }
    return NULL;
}

bool lab_because_no_urgent_byte(struct lab_why *w)
{
    if (!w->enter || !w->sock || !(net_call_message_flags(&w->enter->u.call) & NET_MSG_OOB))
        return false;
    uint64_t came_ns = urgent_ns(w);
    const struct net_event *taken = came_ns ? urgent_taken(w, came_ns) : NULL;
    if (option_then(w, "SO_OOBINLINE"))
        return lab_why_is(w, "SO_OOBINLINE is set: an urgent byte stays in the stream, where recv() without MSG_OOB "
                             "reads it");
    if (!came_ns)
        return lab_why_is(w, "no urgent byte has come");
    if (taken)
        return lab_why_is(w, "{by} had taken the urgent byte with MSG_OOB at {at}, and none has come since",
                          .by = taken, .at = taken->time_ns);
    return lab_why_is(w, "no urgent byte is left: recv() without MSG_OOB read on beyond it, which throws it away");
}

/* recv() stops before an urgent byte that is not read in line; what is behind it is left for the next one. */
static bool stopped_at_urgent(struct lab_why *w)
{
    bool is_plain = !(net_call_message_flags(&w->enter->u.call) & NET_MSG_OOB);
    uint64_t came_ns = is_plain && w->ret->u.call.ret < asked_bytes(w) ? urgent_ns(w) : 0;
    if (!came_ns || urgent_taken(w, came_ns) || option_then(w, "SO_OOBINLINE"))
        return false;
    const struct net_ev_sample *before = sampled(w, w->sock);
    return before && (int64_t)before->rqueue > w->ret->u.call.ret &&
           lab_why_is(w, "recv() stops at the urgent byte, which is not part of what it reads");
}

/* ---- poll() ------------------------------------------------------------------------------------------------------ */

/* struct pollfd, as the events have it. */
struct answer {
    int fd;
    short events, revents;
};

static const struct lab_socket *socket_at(const struct lab_why *w, int fd)
{
    int index = fd == w->fd && w->sock ? (int)(w->sock - w->e.state->sockets)
                                       : lab_socket_of(w->e.state, w->ret->task, fd);
    return index == LAB_NONE ? NULL : &w->e.state->sockets[index];
}

/* The same question of another socket of the call. */
static struct lab_why about(const struct lab_why *w, const struct lab_socket *s)
{
    struct lab_why other = *w;
    other.sock = s;
    other.e.conversation = s->conversation == LAB_NONE ? NULL : &w->e.state->conversations[s->conversation];
    other.side = other.e.conversation ? lab_side_of_socket(&w->e, s) : 0;
    return other;
}

/* Which error a RST leaves, by the state that it found (tcp_reset()); else the kernel gave up. */
static const char *pending_error(const struct lab_why *w, uint8_t *from)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    *from = NET_STATE_ABSENT;
    for (size_t i = 1; i < w->sock->step_count && w->sock->steps[i].event <= w->index; i++)
        if (w->sock->steps[i].state == NET_STATE_CLOSE)
            *from = w->sock->steps[i - 1].state;
    if (!rst)
        return NULL;
    return *from == NET_STATE_SYN_SENT ? "ECONNREFUSED" : *from == NET_STATE_CLOSE_WAIT ? "EPIPE" : "ECONNRESET";
}

static void say_error(const struct lab_why *w, char *out, size_t room)
{
    uint8_t from;
    const char *error = pending_error(w, &from);
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    char text[240];
    const struct lab_parts parts = {.format = error ? N_("POLLERR: {name} in SO_ERROR, from RST #{id}")
                                                    : N_("POLLERR: an error in SO_ERROR"),
                                    .name = error,
                                    .id = rst ? (int64_t)rst->id : 0};
    lab_append(out, room, *out ? ", %s" : "%s", lab_sentence_text(&w->e, &parts, text, sizeof text));
}

static bool was_connected(const struct lab_why *w)
{
    return lab_was_in(w->sock, NET_STATE_ESTABLISHED) || lab_was_in(w->sock, NET_STATE_SYN_SENT);
}

struct poll_facts {
    uint8_t state;
    int64_t unread;
    const struct lab_segment *fin;
    const struct net_event *shut_reading, *shut_writing;
};

static struct poll_facts facts_of(const struct lab_why *w)
{
    const struct net_ev_sample *now = sampled(w, w->sock);
    long index;
    struct poll_facts p = {.state = lab_state_before(w->sock, w->index), .fin = lab_why_arrived(w, NET_FIN)};
    bool has_fin = p.state == NET_STATE_CLOSE_WAIT || p.state == NET_STATE_LAST_ACK || p.state == NET_STATE_CLOSING;
    p.unread = now ? now->rqueue : 0;
    p.unread -= p.unread > 0 && has_fin && now->origin != NET_BEFORE_CALL && now->origin != NET_AFTER_CALL;
    p.shut_reading = lab_why_shut(w, LAB_READING, &index);
    p.shut_writing = lab_why_shut(w, LAB_WRITING, &index);
    return p;
}

static const char *about_in(const struct poll_facts *p)
{
    if (p->state == NET_STATE_LISTEN)
        return N_("POLLIN: a connection waits for accept()");
    if (p->unread > 0)
        return LAB_PLURAL(p->unread, "POLLIN: {count} byte to read", "POLLIN: {count} bytes to read");
    if (p->state == NET_STATE_CLOSE)
        return N_("POLLIN: recv() would not wait");
    return p->fin || p->shut_reading ? N_("POLLIN: recv() would return 0") : N_("POLLIN: something to read");
}

/* Whoever is told of POLLHUP has no connection, even if no sample has said so yet. */
static const char *about_out(const struct poll_facts *p, unsigned bits)
{
    if (p->state == NET_STATE_CLOSE || ((bits & POLLHUP) && !p->shut_writing))
        return N_("POLLOUT: send() would not wait");
    return p->shut_writing ? N_("POLLOUT: send() would fail with EPIPE") : N_("POLLOUT: room in the send buffer");
}

static const char *about_rdhup(const struct poll_facts *p)
{
    if (p->fin)
        return N_("POLLRDHUP: FIN #{id} from {host}");
    return p->shut_reading ? N_("POLLRDHUP: this end had shut down reading at {at}")
                           : N_("POLLRDHUP: nothing more comes");
}

static const char *about_hup(const struct lab_why *w, const struct poll_facts *p)
{
    uint8_t from;
    pending_error(w, &from);
    if (p->state != NET_STATE_CLOSE || from == NET_STATE_LAST_ACK || from == NET_STATE_FIN_WAIT2 ||
        from == NET_STATE_CLOSING || from == NET_STATE_TIME_WAIT)
        return N_("POLLHUP: both directions are closed");
    return was_connected(w) ? N_("POLLHUP: the connection is over") : N_("POLLHUP: the socket has no connection");
}

/* One clause for each bit that is set, the gravest first. */
static void say_bits(const struct lab_why *w, unsigned bits, char *out, size_t room)
{
    const struct poll_facts p = facts_of(w);
    const struct {
        unsigned bit;
        const char *format;
    } clauses[] = {{POLLHUP, about_hup(w, &p)},
                   {BIT_RDHUP, about_rdhup(&p)},
                   {POLLPRI, N_("POLLPRI: an urgent byte")},
                   {POLLIN, about_in(&p)},
                   {POLLOUT, about_out(&p, bits)}};
    char text[240];
    if (bits & POLLERR)
        say_error(w, out, room);
    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++) {
        const struct lab_parts parts = {.format = clauses[i].format,
                                        .count = p.unread,
                                        .id = p.fin ? (int64_t)p.fin->id : 0,
                                        .host = p.fin ? p.fin->segment->from : 0,
                                        .at = p.shut_reading ? p.shut_reading->time_ns : 0};
        if (bits & clauses[i].bit)
            lab_append(out, room, *out ? ", %s" : "%s", lab_sentence_text(&w->e, &parts, text, sizeof text));
    }
}

static void say_answer(const struct lab_why *w, const struct answer *a, bool names_fd, char *out, size_t room)
{
    const struct lab_socket *s = socket_at(w, a->fd);
    char bits[LAB_BECAUSE_BYTES] = "";
    if (a->revents & POLLNVAL)
        snprintf(bits, sizeof bits, "%s", _("POLLNVAL: it is not open"));
    if (s) {
        const struct lab_why other = about(w, s);
        say_bits(&other, (unsigned short)a->revents, bits, sizeof bits);
    }
    if (*bits && names_fd)
        lab_append(out, room, *out ? "; %d: %s" : "%d: %s", a->fd, bits);
    else if (*bits)
        lab_append(out, room, "%s", bits);
}

/* Something is there, and too little of it. */
static bool below_lowat(struct lab_why *w)
{
    const struct net_ev_sample *now = w->sock ? sampled(w, w->sock) : NULL;
    int64_t low = w->sock ? option_then(w, "SO_RCVLOWAT") : 0;
    return now && now->rqueue > 0 && low > (int64_t)now->rqueue &&
           lab_why_is(w, "SO_RCVLOWAT asks for {limit} bytes, and {count} were there", .limit = low,
                      .count = now->rqueue);
}

static bool nothing_ready(struct lab_why *w)
{
    int64_t limit_ms = (int32_t)w->enter->u.call.args[2];
    if (below_lowat(w))
        return true;
    return limit_ms > 0 ? lab_why_is(w, "nothing was ready, and its {limit} ms ran out", .limit = limit_ms)
                        : lab_why_is(w, "nothing was ready, and it was not to wait");
}

static bool polled(struct lab_why *w)
{
    struct answer a;
    size_t n = w->ret->data_bytes / sizeof a;
    if (w->ret->u.call.ret == 0)
        return nothing_ready(w);
    *w->out = '\0';
    for (size_t i = 0; i < n; i++) {
        memcpy(&a, w->ret->data + i * sizeof a, sizeof a);
        if (a.revents)
            say_answer(w, &a, n > 1, w->out, w->out_bytes);
    }
    net_plain(w->out, w->out_bytes); /* a letter that was cut */
    return *w->out != '\0';
}

/* Of setns() the flags may be 0: any kind of namespace. */
static bool left_network(struct lab_why *w)
{
    bool is_setns = w->ret->u.call.call == NET_CALL_SETNS;
    int64_t flags = w->enter->u.call.args[is_setns];
    return ((flags & NET_CLONE_NEWNET) || (is_setns && !flags)) &&
           lab_why_is(w,
                      "what it opens from here on may belong to another network than that of the {host} host, which "
                      "nobody else in the lab can reach, and whose segments the lab does not see",
                      .host = w->host);
}

/* A cheap question, for most calls need none. */
static bool may_need_reason(const struct net_event *ret)
{
    const struct net_ev_call *call = &ret->u.call;
    if (ret->kind != NET_EV_CALL_RETURN || call->requested || call->ret < 0)
        return false;
    if (call->call == NET_CALL_UNSHARE || call->call == NET_CALL_SETNS)
        return true;
    bool moves = net_call_is(call->call, NET_READS | NET_WRITES) && call->call != NET_CALL_SENDFILE &&
                 call->call != NET_CALL_SPLICE;
    return call->call == NET_CALL_POLL || (moves && call->ret > 0 && call->ret < net_call_size(call));
}

bool lab_because_of_success(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long ret,
                            char *out, size_t out_bytes)
{
    const struct lab_evidence e = {.journal = journal, .state = st};
    const struct net_event *returned = lab_event_at(&e, ret);
    struct lab_why w;
    if (!returned || !may_need_reason(returned) || !lab_why_of_any(journal, st, start_ns, ret, &w) || !w.enter)
        return false;
    w.out = out;
    w.out_bytes = out_bytes;
    if (returned->u.call.call == NET_CALL_POLL)
        return polled(&w);
    if (returned->u.call.call == NET_CALL_UNSHARE || returned->u.call.call == NET_CALL_SETNS)
        return left_network(&w);
    if (!w.sock)
        return false;
    if (lab_call_writes(returned->u.call.call))
        return short_write(&w);
    bool all = net_call_message_flags(&w.enter->u.call) & NET_MSG_WAITALL;
    return stopped_at_urgent(&w) || (all && short_waitall(&w));
}
