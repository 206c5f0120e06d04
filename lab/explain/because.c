// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call failed: the segment or the local act behind an errno.
//
// An errno has few possible causes in Linux, and which of them it was stands in the journal: the RST that was delivered
// to this socket, the shutdown() of this end, the option that was set, the signal between entry and return. So each
// errno is a row with the function that looks for its causes in the order in which the kernel checks them
// (tcp_sendmsg(), tcp_recvmsg(), sk_stream_error()). A cause that came later than another does not count: the first
// that held is what the call met.
//
// What the kernel tells from the connection is here; what has to do with descriptors, ports, options and signals is in
// because_local.c. Left out: calls that are not about sockets.

#include "lab/explain/because.h"

#include "lab/explain/because_inside.h"
#include "net/data/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool lab_why_reads(unsigned call)
{
    return call == NET_CALL_RECV || call == NET_CALL_RECVFROM || call == NET_CALL_READ;
}

bool lab_why_writes(unsigned call)
{
    return call == NET_CALL_SEND || call == NET_CALL_SENDTO || call == NET_CALL_WRITE || call == NET_CALL_SENDFILE;
}

uint8_t lab_why_state(const struct lab_why *w)
{
    return w->sock ? lab_state_before(w->sock, w->entry == LAB_NONE ? w->index : w->entry) : NET_STATE_ABSENT;
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

void lab_why_tell_segment(struct lab_why *w, const char *name, const struct lab_segment *seg)
{
    char at[LAB_AT_BYTES];
    lab_tell(&w->t, "%s #%" PRIu64 " from %s at %s", name, seg->id, net_host_name(seg->segment->from),
             lab_at(&w->t, seg->fate_ns ? seg->fate_ns : seg->sent_ns, at));
}

static bool comes_here(const struct lab_why *w, const struct lab_segment *seg)
{
    const struct lab_conversation *c = w->t.conversation;
    return seg->segment->dst_ip == c->ip[w->side] && seg->segment->dst_port == c->port[w->side];
}

/* The segment that brought a step about before the return, if it has the flag. */
static const struct lab_segment *segment_of_step(const struct lab_why *w, const struct lab_step *step, unsigned flag)
{
    const struct net_event *cause = step->cause < w->index ? lab_told_event(&w->t, step->cause) : NULL;
    if (!cause || cause->kind != NET_EV_SEGMENT || !(cause->u.segment.flags & flag))
        return NULL;
    int i = lab_segment_by_id(w->t.state, cause->u.segment.id);
    return i == LAB_NONE ? NULL : &w->t.state->segments[i];
}

const struct lab_segment *lab_why_arrived(const struct lab_why *w, unsigned flag)
{
    const struct lab_conversation *c = w->t.conversation;
    for (size_t i = 0; w->sock && i < w->sock->step_count; i++) {
        const struct lab_segment *seg = segment_of_step(w, &w->sock->steps[i], flag);
        if (seg)
            return seg;
    }
    for (size_t k = 0; c && k < c->segment_count; k++) {
        const struct lab_segment *seg = &w->t.state->segments[c->segments[k]];
        if (seg->event > w->index)
            return NULL;
        bool came = seg->fate == NET_DELIVERED && seg->fate_ns <= w->ret->time_ns;
        if (came && (seg->segment->flags & flag) && comes_here(w, seg))
            return seg;
    }
    return NULL;
}

/* ---- what this end did ------------------------------------------------------------------------------------------- */

long lab_why_shut(const struct lab_why *w, enum lab_half half)
{
    enum { BOTH = 2 };
    for (size_t i = 0; w->sock && i < w->sock->use_count; i++) {
        const struct net_event *enter = lab_told_event(&w->t, w->sock->uses[i].enter);
        const struct net_event *ret = lab_told_event(&w->t, w->sock->uses[i].ret);
        if (!enter || w->sock->uses[i].enter > w->index || enter->u.call.call != NET_CALL_SHUTDOWN)
            continue;
        if ((enter->u.call.args[1] == half || enter->u.call.args[1] == BOTH) && (!ret || ret->u.call.ret == 0))
            return w->sock->uses[i].enter;
    }
    return LAB_NONE;
}

static void tell_shutdown(struct lab_why *w, const char *what, long shut)
{
    char at[LAB_AT_BYTES];
    lab_tell(&w->t, "%s at %s", what, lab_at(&w->t, lab_told_event(&w->t, shut)->time_ns, at));
}

/* Errors that a socket keeps until a call takes them; the calls after it find a connection that is over. */
static bool is_told_once(const struct net_event *ret)
{
    static const char *const once[] = {"ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ECONNABORTED"};
    bool on_data = lab_why_reads(ret->u.call.call) || lab_why_writes(ret->u.call.call);
    for (size_t i = 0; on_data && ret->u.call.ret < 0 && i < sizeof once / sizeof *once; i++)
        if (strcmp(net_errno_name(ret->u.call.error), once[i]) == 0)
            return true;
    return false;
}

/* The call that took the socket's error before this one; NULL. */
static const struct net_event *told_before(const struct lab_why *w)
{
    for (size_t i = 0; w->sock && i < w->sock->use_count; i++) {
        const struct net_event *ret = lab_told_event(&w->t, w->sock->uses[i].ret);
        if (ret && w->sock->uses[i].ret < w->index && is_told_once(ret))
            return ret;
    }
    return NULL;
}

static bool tell_told_before(struct lab_why *w)
{
    const struct net_event *told = told_before(w);
    char at[LAB_AT_BYTES];
    if (told)
        lab_tell(&w->t, "%s was told already, at %s: the connection is over", net_errno_name(told->u.call.error),
                 lab_at(&w->t, told->time_ns, at));
    return told != NULL;
}

/* Where no segment is seen: what the other end did, whose kernel then sent FIN or RST. */
static bool tell_other_end(struct lab_why *w, bool orderly)
{
    const struct lab_conversation *c = w->t.conversation;
    const struct lab_socket *other = !c || c->segment_count || c->socket[!w->side] == LAB_NONE
                                         ? NULL
                                         : &w->t.state->sockets[c->socket[!w->side]];
    char who[LAB_WHO_BYTES], at[LAB_AT_BYTES];
    for (size_t i = 1; other && i < other->step_count; i++) {
        const struct net_event *cause = other->steps[i].cause < w->index ? lab_told_event(&w->t, other->steps[i].cause)
                                                                         : NULL;
        uint8_t to = other->steps[i].state;
        bool ends = to == NET_STATE_CLOSE || to == NET_STATE_ABSENT;
        if (!cause || cause->kind == NET_EV_SEGMENT || other->steps[i].time_ns < c->start_ns || ends == orderly ||
            to == NET_STATE_SYN_SENT || to == NET_STATE_ESTABLISHED)
            continue;
        lab_who(w->t.state, cause->actor, cause->task, who);
        if (cause->kind == NET_EV_TASK_END)
            lab_tell(&w->t, "%s ended at %s", who, lab_at(&w->t, cause->time_ns, at));
        else
            lab_tell(&w->t, "%s called %s() at %s", who, net_call_row(cause->u.call.call)->name,
                     lab_at(&w->t, cause->time_ns, at));
        return true;
    }
    return false;
}

/* ---- one function per errno -------------------------------------------------------------------------------------- */

/* recv() returned 0: no more bytes will come, because of whatever came first. */
static bool end_of_stream(struct lab_why *w)
{
    const struct lab_segment *fin = lab_why_arrived(w, NET_FIN);
    long shut = lab_why_shut(w, LAB_READING);
    if (w->enter && w->enter->u.call.args[2] == 0) {
        lab_tell(&w->t, "0 bytes were asked for");
        return true;
    }
    if (shut != LAB_NONE && (!fin || fin->event > shut))
        tell_shutdown(w, "this end had shut down reading", shut);
    else if (fin)
        lab_why_tell_segment(w, "FIN", fin);
    else
        return tell_told_before(w) || tell_other_end(w, true);
    return true;
}

/* The command that destroyed the socket, if one did. */
static bool tell_destroyed(struct lab_why *w)
{
    char command[80];
    for (size_t i = 1; w->sock && i < w->sock->step_count; i++) {
        const struct lab_step *step = &w->sock->steps[i];
        bool ended = step->state == NET_STATE_CLOSE || step->state == NET_STATE_ABSENT;
        if (!ended || step->cause != LAB_NONE || !lab_command_before(&w->t, step->event, command, sizeof command))
            continue;
        if (strncmp(command, "destroy ", 8) != 0)
            continue;
        lab_tell(&w->t, "the socket was destroyed, as by ss -K: `%s`", command);
        return true;
    }
    return false;
}

static bool reset(struct lab_why *w)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    if (rst)
        lab_why_tell_segment(w, "RST", rst);
    return rst || tell_destroyed(w) || tell_other_end(w, false);
}

static bool broken_pipe(struct lab_why *w)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    long shut = lab_why_shut(w, LAB_WRITING);
    uint8_t state = lab_why_state(w);
    if (shut != LAB_NONE && (!rst || rst->event > shut))
        tell_shutdown(w, "this end had shut down writing", shut);
    else if (rst)
        lab_why_tell_segment(w, "RST", rst);
    else if (tell_told_before(w) || tell_destroyed(w) || tell_other_end(w, false))
        return true;
    else if (w->sock && (state == NET_STATE_LISTEN || w->sock->step_count == 1))
        lab_tell(&w->t, "the socket is in %s: it has no connection", net_state_name(state));
    else
        return false;
    return true;
}

static bool refused(struct lab_why *w)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    uint16_t port = lab_port_in(w->enter);
    if (rst) {
        lab_why_tell_segment(w, "RST", rst);
        lab_tell(&w->t, " answered the SYN");
        return true;
    }
    bool unseen = w->t.conversation && w->t.conversation->segment_count == 0;
    if (!unseen || !port || lab_port_holder(&w->t, w->host, port, w->index, w->sock))
        return false;
    lab_tell(&w->t, "no socket of the lab listened at port %u", port);
    return true;
}

static uint32_t user_timeout_ms(const struct lab_why *w)
{
    for (long i = w->index; w->sock && i-- > 0;) {
        const struct net_event *ev = lab_told_event(&w->t, i);
        if (ev->kind == NET_EV_TIMERS && ev->u.timers.cookie == w->sock->cookie && ev->u.timers.host == w->sock->host)
            return ev->u.timers.user_timeout_ms;
    }
    return 0;
}

static void count(struct lab_why *w, const char *what, unsigned n)
{
    lab_tell(&w->t, "%s %u time%s", what, n, n == 1 ? "" : "s");
}

/* A kernel that has TCP_USER_TIMEOUT does not count probes or repetitions: that time alone decides. */
static bool timed_out(struct lab_why *w)
{
    if (!w->t.conversation)
        return false;
    uint32_t limit_ms = user_timeout_ms(w);
    unsigned probes = lab_unanswered(&w->t, w->side, w->index, true);
    unsigned again = lab_unanswered(&w->t, w->side, w->index, false);
    if (limit_ms && (probes || again))
        lab_tell(&w->t, "TCP_USER_TIMEOUT %u ms ran out: ", limit_ms);
    if (again && lab_why_state(w) == NET_STATE_SYN_SENT)
        count(w, "SYN was sent", again + 1);
    else if (again && w->enter && w->enter->u.call.call == NET_CALL_CONNECT)
        count(w, "SYN was sent", again + 1);
    else if (again)
        count(w, "the same data was sent again", again);
    else if (probes)
        lab_tell(&w->t, "%u keep-alive probe%s", probes, probes == 1 ? "" : "s");
    else
        return false;
    lab_tell(&w->t, again ? " without an answer" : probes == 1 ? " was not answered" : " were not answered");
    return true;
}

/* An ICMP message that came to this host while the call or its connection lasted. */
static const struct lab_segment *icmp(const struct lab_why *w)
{
    enum { IP_ICMP = 1 };
    for (size_t i = w->t.state->segment_count; i-- > 0;) {
        const struct lab_segment *seg = &w->t.state->segments[i];
        if (w->sock && seg->sent_ns < w->sock->born_ns)
            return NULL;
        if (seg->event < w->index && seg->segment->protocol == IP_ICMP && seg->segment->from != w->host &&
            seg->fate == NET_DELIVERED)
            return seg;
    }
    return NULL;
}

/* Nothing was sent for this connect(): the kernel's own table of routes said no. */
static bool unreachable(struct lab_why *w)
{
    const struct lab_segment *message = icmp(w);
    char to[32];
    if (message) {
        const struct net_ev_segment *seg = message->segment;
        char at[LAB_AT_BYTES];
        /* On a connection the message alone ends nothing: it is what the kernel says when its patience is over. */
        bool waited = w->t.conversation && lab_why_state(w) != NET_STATE_SYN_SENT && w->enter &&
                      w->enter->u.call.call != NET_CALL_CONNECT && timed_out(w);
        lab_tell(&w->t, "%sICMP %s #%" PRIu64 " from %s at %s", waited ? ", and " : "",
                 net_icmp_name(seg->icmp_type, seg->icmp_code), message->id,
                 seg->src_ip == NET_ROUTER_IP ? "a router" : net_host_name(seg->from),
                 lab_at(&w->t, message->fate_ns, at));
        return true;
    }
    if (w->t.conversation && timed_out(w))
        return true;
    uint32_t ip = lab_why_ip_in(w->enter);
    if (!w->enter || w->enter->u.call.call != NET_CALL_CONNECT || !ip)
        return false;
    net_address_text(ip, lab_port_in(w->enter), to, sizeof to);
    lab_tell(&w->t, "no segment was sent: the %s host has no route to %s", net_host_name(w->host), to);
    return true;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static const struct row {
    const char *error;
    bool (*tell)(struct lab_why *);
} rows[] = {
    {"ECONNRESET", reset},
    {"EPIPE", broken_pipe},
    {"ECONNREFUSED", refused},
    {"ETIMEDOUT", timed_out},
    {"ECONNABORTED", tell_destroyed},
    {"EHOSTUNREACH", unreachable},
    {"ENETUNREACH", unreachable},
    {"EADDRINUSE", lab_why_in_use},
    {"EINTR", lab_why_interrupted},
    {"EAGAIN", lab_why_again},
    {"EINPROGRESS", lab_why_again},
    {"EBADF", lab_why_no_descriptor},
    {"ENOTSOCK", lab_why_no_socket},
    {"EACCES", lab_why_low_port},
    {"EMFILE", lab_why_no_room},
    {"EPERM", lab_why_no_privilege},
    {"EADDRNOTAVAIL", lab_why_no_address},
    {"ENOTCONN", lab_why_not_connected},
    {"EISCONN", lab_why_connected},
    {"EALREADY", lab_why_connecting},
    {"EINVAL", lab_why_invalid},
};

/* ---- the call ---------------------------------------------------------------------------------------------------- */

/* The use of a socket that was entered there. Uses stand in the order in which they were entered. */
static bool was_used(const struct lab_socket *s, long entry)
{
    for (size_t i = s->use_count; i-- > 0 && s->uses[i].enter >= entry;)
        if (s->uses[i].enter == entry)
            return true;
    return false;
}

/* What the descriptor is now is mostly what it was then; else it was closed since, and every socket is looked at. */
static int socket_of(const struct lab_why *w)
{
    int now = lab_socket_of(w->t.state, w->ret->task, w->fd);
    if (w->entry == LAB_NONE || w->fd < 0)
        return LAB_NONE;
    if (now != LAB_NONE && was_used(&w->t.state->sockets[now], w->entry))
        return now;
    for (size_t i = w->t.state->socket_count; i-- > 0;)
        if (was_used(&w->t.state->sockets[i], w->entry))
            return (int)i;
    return LAB_NONE;
}

static bool failed(const struct net_event *ret)
{
    if (!ret || ret->kind != NET_EV_CALL_RETURN)
        return false;
    return ret->u.call.ret < 0 || (ret->u.call.ret == 0 && lab_why_reads(ret->u.call.call));
}

/* Everything known of a call that failed; false when it did not. */
static bool look(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long index,
                 struct lab_why *w)
{
    *w = (struct lab_why){.t = {.journal = journal, .state = st, .start_ns = start_ns}, .index = index};
    w->ret = lab_told_event(&w->t, index);
    if (!failed(w->ret))
        return false;
    const struct lab_actor *actor = lab_actor_by_id(st, w->ret->actor);
    w->host = actor ? actor->host : NET_SERVER;
    w->entry = lab_entry_of(&w->t, index);
    w->enter = lab_told_event(&w->t, w->entry);
    w->fd = w->enter ? w->enter->u.call.fd : w->ret->u.call.fd;
    int socket = socket_of(w);
    if (socket == LAB_NONE)
        return true;
    w->sock = &st->sockets[socket];
    if (w->sock->conversation == LAB_NONE)
        return true;
    w->t.conversation = &st->conversations[w->sock->conversation];
    w->side = w->t.conversation->socket[1] == socket;
    return true;
}

static bool hand_over(const struct lab_why *w, bool said, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "%s", said ? w->t.text : "");
    return said;
}

bool lab_because(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long ret, char *out,
                 size_t out_bytes)
{
    struct lab_why w;
    bool said = false;
    if (!look(journal, st, start_ns, ret, &w))
        return hand_over(&w, false, out, out_bytes);
    const char *error = net_errno_name(w.ret->u.call.error);
    for (size_t i = 0; w.ret->u.call.ret < 0 && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].error, error) == 0)
            said = rows[i].tell(&w);
    if (w.ret->u.call.ret == 0)
        said = w.sock && end_of_stream(&w);
    return hand_over(&w, said, out, out_bytes);
}

bool lab_because_once(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long ret,
                      char *out, size_t out_bytes)
{
    struct lab_why w;
    char at[LAB_AT_BYTES];
    if (!look(journal, st, start_ns, ret, &w) || !w.sock || !is_told_once(w.ret))
        return hand_over(&w, false, out, out_bytes);
    for (size_t i = 0; i < w.sock->use_count; i++) {
        const struct net_event *later = lab_told_event(&w.t, w.sock->uses[i].ret);
        if (!later || w.sock->uses[i].enter <= ret || !lab_why_reads(later->u.call.call))
            continue;
        if (later->u.call.ret != 0)
            break;
        lab_tell(&w.t, "it is told once: the next %s() returned 0 at %s", net_call_row(later->u.call.call)->name,
                 lab_at(&w.t, later->time_ns, at));
        return hand_over(&w, true, out, out_bytes);
    }
    lab_tell(&w.t, "it is told once: the next recv() returns 0");
    return hand_over(&w, true, out, out_bytes);
}
