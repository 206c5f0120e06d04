// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call failed: the segment or the local act behind an errno.
//
// An errno has few possible causes in Linux, and which of them it was stands in the journal: the RST that was delivered
// to this socket, the shutdown() of this end, the option that was set, the signal between entry and return. So each
// errno is a row with the function that looks for its causes in the order in which the kernel checks them
// (tcp_sendmsg(), tcp_recvmsg(), sk_stream_error()). A cause that came later than another does not count: the first
// that held is what the call met.
//
// What the connection brought is here; descriptors, ports, options and signals are in because_local.c. Left out: calls
// that are not about sockets.
//
// Errors are compared by number. They are those of Linux on this architecture; a run that was saved on another
// (MIPS, SPARC, Alpha have other numbers) is saved by name, and has the right numbers again once it is read.

#include "lab/explain/because.h"

#include "lab/base/text.h"
#include "lab/explain/because_local.h"
#include "lab/explain/results.h"
#include "net/data/call.h"

#include <errno.h>

/* ---- what ended the connection ----------------------------------------------------------------------------------- */

/* Errors that a socket keeps until a call takes them; the calls after it find a connection that is over. */
static bool is_reported_once(const struct net_event *ret)
{
    bool on_data = lab_call_reads(ret->u.call.call) || lab_call_writes(ret->u.call.call);
    switch (on_data && ret->u.call.ret < 0 ? ret->u.call.error : 0) {
    case ECONNRESET:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ECONNABORTED: return true;
    default: return false;
    }
}

/* A call took the socket's error before this one. */
static bool reported_before(struct lab_why *w)
{
    for (size_t i = 0; w->sock && i < w->sock->use_count; i++) {
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (ret && w->sock->uses[i].ret < w->index && is_reported_once(ret))
            return lab_why_is(w, "{name} was reported already, at {at}: the connection is over",
                              .name = net_errno_name(ret->u.call.error), .at = ret->time_ns);
    }
    return false;
}

/* Where no segment is seen: the call, or the end of a program, by which the other end took that step before the return;
 * NULL. */
static const struct net_event *cause_of_end(const struct lab_why *w, const struct lab_step *step, bool orderly)
{
    const struct net_event *cause = step->cause < w->index ? lab_event_at(&w->e, step->cause) : NULL;
    bool ends = step->state == NET_STATE_CLOSE || step->state == NET_STATE_ABSENT;
    if (!cause || cause->kind == NET_EV_SEGMENT || step->time_ns < w->e.conversation->start_ns || ends == orderly ||
        step->state == NET_STATE_SYN_SENT || step->state == NET_STATE_ESTABLISHED)
        return NULL;
    return cause;
}

static bool other_end(struct lab_why *w, bool orderly)
{
    const struct lab_conversation *c = w->e.conversation;
    const struct lab_socket *other = !c || c->segment_count || c->socket[!w->side] == LAB_NONE
                                         ? NULL
                                         : &w->e.state->sockets[c->socket[!w->side]];
    for (size_t i = 1; other && i < other->step_count; i++) {
        const struct net_event *cause = cause_of_end(w, &other->steps[i], orderly);
        if (cause && cause->kind == NET_EV_TASK_END)
            return lab_why_is(w, "{by} ended at {at}", .by = cause, .at = cause->time_ns);
        if (cause)
            return lab_why_is(w, "{by} called {name}() at {at}", .by = cause, .at = cause->time_ns,
                              .name = net_call_row(cause->u.call.call)->name);
    }
    return false;
}

/* The command that destroyed the socket, if one did. */
static bool destroyed(struct lab_why *w)
{
    for (size_t i = 1; w->sock && i < w->sock->step_count; i++) {
        const struct lab_step *step = &w->sock->steps[i];
        bool ended = step->state == NET_STATE_CLOSE || step->state == NET_STATE_ABSENT;
        const struct net_event *command = ended && step->cause == LAB_NONE
                                              ? lab_ending_command(&w->e, w->host, step->event)
                                              : NULL;
        if (command && command->u.note.command == LAB_COMMAND_DESTROY)
            return lab_why_is(w, "the socket was destroyed, as by ss -K: `{command}`", .command = command);
    }
    return false;
}

/* ---- one function per errno -------------------------------------------------------------------------------------- */

/* recv() returned 0: no more bytes will come, because of whatever came first. */
static bool end_of_stream(struct lab_why *w)
{
    long index;
    const struct lab_segment *fin = lab_why_arrived(w, NET_FIN);
    const struct net_event *shut = lab_why_shut(w, LAB_READING, &index);
    if (w->enter && net_call_size(&w->enter->u.call) == 0)
        return lab_why_is(w, "0 bytes were asked for");
    if (shut && (!fin || fin->event > index))
        return lab_why_is(w, "this end had shut down reading at {at}", .at = shut->time_ns);
    if (fin)
        return lab_why_is(w, "FIN #{id} from {host} at {at}", .id = (int64_t)fin->id, .host = fin->segment->from,
                          .at = lab_arrival_ns(fin));
    return reported_before(w) || other_end(w, true);
}

static bool by_rst(struct lab_why *w, const struct lab_segment *rst)
{
    if (rst->segment->injected)
        return lab_why_is(w, "RST #{id} at {at}, which you sent in the name of {host}", .id = (int64_t)rst->id,
                          .host = rst->segment->from, .at = lab_arrival_ns(rst));
    return lab_why_is(w,
                      rst->segment->by_box ? N_("RST #{id} at {at}, which a box on the wire sent in the name of {host}")
                                           : N_("RST #{id} from {host} at {at}"),
                      .id = (int64_t)rst->id, .host = rst->segment->from, .at = lab_arrival_ns(rst));
}

/* Data that comes when nobody may read it any more resets its own end too (tcp_rcv_state_process()). */
static bool by_own_rst(struct lab_why *w)
{
    long index;
    const struct lab_conversation *c = w->e.conversation;
    if (!c || !w->sock || !lab_why_shut(w, LAB_READING, &index))
        return false;
    for (size_t k = c->segment_count; k-- > 0;) {
        const struct lab_segment *seg = &w->e.state->segments[c->segments[k]];
        if (seg->event < w->index && lab_is_from(&w->e, seg, w->side) && (seg->segment->flags & NET_RST))
            return lab_why_is(w,
                              "data came after this end had shut down both directions: its kernel answered with "
                              "RST #{id} at {at}",
                              .id = (int64_t)seg->id, .at = seg->sent_ns);
    }
    return false;
}

static bool reset(struct lab_why *w)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    return rst ? by_rst(w, rst) : by_own_rst(w) || destroyed(w) || other_end(w, false);
}

/* The socket had no step but its first before the call: it was never connected. */
static bool is_fresh(const struct lab_why *w)
{
    return w->sock && (w->sock->step_count < 2 || w->sock->steps[1].event > w->index);
}

static bool broken_pipe(struct lab_why *w)
{
    long index;
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    const struct net_event *shut = lab_why_shut(w, LAB_WRITING, &index);
    uint8_t state = lab_why_state(w);
    if (shut && (!rst || rst->event > index))
        return lab_why_is(w, "this end had shut down writing at {at}", .at = shut->time_ns);
    if (rst)
        return by_rst(w, rst);
    if (reported_before(w) || destroyed(w) || other_end(w, false) || lab_because_failed_connect(w))
        return true;
    if (w->sock && (state == NET_STATE_LISTEN || is_fresh(w)))
        return lab_why_is(w, "the socket is in {state}: it has no connection", .state = state);
    return false;
}

/* connect() once more after an attempt that failed, when the error of that was taken already (inet_stream_connect()).
 */
static bool taken_error(struct lab_why *w)
{
    if (lab_why_call(w) != NET_CALL_CONNECT || !w->sock)
        return false;
    for (size_t i = w->sock->use_count; i-- > 0;) {
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (!ret || w->sock->uses[i].ret >= w->index || ret->u.call.call == NET_CALL_CONNECT)
            continue;
        if (ret->u.call.call == NET_CALL_GETSOCKOPT || ret->u.call.ret < 0)
            return lab_why_is(w,
                              "the attempt before had failed, and {name}() took its error at {at}: another connect() "
                              "may begin a new one now",
                              .name = net_call_row(ret->u.call.call)->name, .at = ret->time_ns);
    }
    return false;
}

static bool aborted(struct lab_why *w)
{
    return destroyed(w) || taken_error(w);
}

/* ---- patience that ran out --------------------------------------------------------------------------------------- */

static uint32_t user_timeout_ms(const struct lab_why *w)
{
    for (long i = w->index; w->sock && i-- > 0;) {
        const struct net_event *ev = lab_event_at(&w->e, i);
        if (ev->kind == NET_EV_TIMERS && ev->u.timers.cookie == w->sock->cookie && ev->u.timers.host == w->sock->host)
            return ev->u.timers.user_timeout_ms;
    }
    return 0;
}

/* What was sent again and again; and how many times, given once by itself, once under TCP_USER_TIMEOUT, and once for
 * when an ICMP message came in between. */
enum repeated {
    SYN_REPEATED,
    SYN_COUNTED,
    SYN_LINEAR,
    CROSSED_REPEATED,
    CROSSED_COUNTED,
    DATA_REPEATED,
    FIN_REPEATED,
    PROBES_REPEATED,
    WINDOW_PROBED,
    REPEATED
};
static const struct {
    const char *one, *many, *limit_one, *limit_many, *icmp_one, *icmp_many;
} unanswered[REPEATED] = {
    [SYN_COUNTED] = {.one = N_("SYN was sent {count} time without an answer: TCP_SYNCNT {limit}"),
                     .many = N_("SYN was sent {count} times without an answer: TCP_SYNCNT {limit}")},
    [SYN_LINEAR] = {.one = N_("SYN was sent {count} time without an answer: TCP_SYNCNT {limit}, and before it "
                              "tcp_syn_linear_timeouts"),
                    .many = N_("SYN was sent {count} times without an answer: TCP_SYNCNT {limit}, and before it "
                               "tcp_syn_linear_timeouts")},
    [SYN_REPEATED] =
        {.one = N_("SYN was sent {count} time without an answer: tcp_syn_retries"),
         .many = N_("SYN was sent {count} times without an answer: tcp_syn_retries"),
         .limit_one = N_("TCP_USER_TIMEOUT {limit} ms ran out: SYN was sent {count} time without an answer"),
         .limit_many = N_("TCP_USER_TIMEOUT {limit} ms ran out: SYN was sent {count} times without an answer")},
    [CROSSED_REPEATED] =
        {.one = N_("the two SYNs crossed, and its own was sent again {count} time, with or without ACK, and not "
                   "confirmed: tcp_syn_retries"),
         .many = N_("the two SYNs crossed, and its own was sent again {count} times, with or without ACK, and not "
                    "confirmed: tcp_syn_retries"),
         .limit_one = N_(
             "TCP_USER_TIMEOUT {limit} ms ran out: the two SYNs crossed, and its own was sent again {count} "
             "time and not confirmed"),
         .limit_many = N_(
             "TCP_USER_TIMEOUT {limit} ms ran out: the two SYNs crossed, and its own was sent again {count} "
             "times and not confirmed")},
    [CROSSED_COUNTED] = {.one = N_(
                             "the two SYNs crossed, and its own was sent again {count} time, with or without ACK, "
                             "and not confirmed: TCP_SYNCNT {limit}"),
                         .many = N_("the two SYNs crossed, and its own was sent again {count} times, with or without "
                                    "ACK, and not confirmed: TCP_SYNCNT {limit}")},
    [DATA_REPEATED] =
        {.one = N_("the same data was sent again {count} time without an answer, for as long as tcp_retries2 allows"),
         .many = N_("the same data was sent again {count} times without an answer, for as long as tcp_retries2 allows"),
         .limit_one = N_(
             "TCP_USER_TIMEOUT {limit} ms ran out: the same data was sent again {count} time without an answer"),
         .limit_many = N_("TCP_USER_TIMEOUT {limit} ms ran out: the same data was sent again {count} times without an "
                          "answer"),
         .icmp_one = N_("the same data was sent again {count} time without an answer, and {name} #{id} came from "
                        "{other} at {at}"),
         .icmp_many = N_("the same data was sent again {count} times without an answer, and {name} #{id} came from "
                         "{other} at {at}")},
    [FIN_REPEATED] =
        {.one = N_("the FIN was sent again {count} time without an answer, for as long as tcp_retries2 allows"),
         .many = N_("the FIN was sent again {count} times without an answer, for as long as tcp_retries2 allows"),
         .limit_one = N_("TCP_USER_TIMEOUT {limit} ms ran out: the FIN was sent again {count} time without an answer"),
         .limit_many = N_(
             "TCP_USER_TIMEOUT {limit} ms ran out: the FIN was sent again {count} times without an answer"),
         .icmp_one = N_("the FIN was sent again {count} time without an answer, and {name} #{id} came from {other} "
                        "at {at}"),
         .icmp_many = N_("the FIN was sent again {count} times without an answer, and {name} #{id} came from "
                         "{other} at {at}")},
    [PROBES_REPEATED] =
        {.one = N_("{count} keep-alive probe was not answered"),
         .many = N_("{count} keep-alive probes were not answered"),
         .limit_one = N_("TCP_USER_TIMEOUT {limit} ms ran out: {count} keep-alive probe was not answered"),
         .limit_many = N_("TCP_USER_TIMEOUT {limit} ms ran out: {count} keep-alive probes were not answered"),
         .icmp_one = N_("{count} keep-alive probe was not answered, and {name} #{id} came from {other} at {at}"),
         .icmp_many = N_("{count} keep-alive probes were not answered, and {name} #{id} came from {other} at {at}")},
    [WINDOW_PROBED] =
        {.one = N_("the window of the other end was 0, and {count} window probe was not answered"),
         .many = N_("the window of the other end was 0, and {count} window probes were not answered"),
         .limit_one = N_("TCP_USER_TIMEOUT {limit} ms ran out: the window of the other end stayed 0 through {count} "
                         "window probe"),
         .limit_many = N_("TCP_USER_TIMEOUT {limit} ms ran out: the window of the other end stayed 0 through {count} "
                          "window probes"),
         .icmp_one = N_("the window of the other end was 0, and {name} #{id} came from {other} at {at}"),
         .icmp_many = N_("the window of the other end was 0, and {name} #{id} came from {other} at {at}")},
};

/* The step before this return by which the kernel ended the socket by itself: from which state. ABSENT: none. */
static uint8_t given_up_in(const struct lab_why *w, const struct net_event **last)
{
    uint8_t from = NET_STATE_ABSENT;
    *last = NULL;
    for (size_t i = 1; w->sock && i < w->sock->step_count && w->sock->steps[i].time_ns <= w->ret->time_ns; i++) {
        const struct lab_step *step = &w->sock->steps[i];
        bool ends = step->state == NET_STATE_CLOSE || step->state == NET_STATE_ABSENT;
        if (!ends || step->cause != LAB_NONE)
            continue;
        from = w->sock->steps[i - 1].state;
        *last = lab_sample_before(&w->e, w->sock, step->event, from);
    }
    return from;
}

/* All that had been sent but the FIN was confirmed; the kernel counts the FIN as a byte of the queue. */
static bool is_fin_alone(uint8_t from, const struct net_event *last)
{
    bool closing = from == NET_STATE_FIN_WAIT1 || from == NET_STATE_LAST_ACK || from == NET_STATE_CLOSING;
    return closing && last && last->u.sample.wqueue <= 1;
}

/* What was repeated before this return, and how often; REPEATED: nothing. */
static enum repeated repeated(const struct lab_why *w, unsigned *count)
{
    const struct net_event *last;
    if (!w->e.conversation)
        return REPEATED;
    unsigned probes = lab_unanswered(&w->e, w->side, w->index, true);
    unsigned again = lab_unanswered(&w->e, w->side, w->index, false);
    uint8_t from = given_up_in(w, &last);
    bool connects = from == NET_STATE_SYN_SENT || lab_why_state(w) == NET_STATE_SYN_SENT ||
                    lab_why_call(w) == NET_CALL_CONNECT;
    if (last && last->u.sample.timer == NET_TIMER_PERSIST) {
        *count = lab_window_probes(&last->u.sample);
        return WINDOW_PROBED;
    }
    if (from == NET_STATE_SYN_RECV && lab_has_crossed(w->sock)) {
        *count = again;
        return CROSSED_REPEATED;
    }
    *count = again && connects ? again + 1 : again ? again : probes;
    if (again)
        return connects ? SYN_REPEATED : is_fin_alone(from, last) ? FIN_REPEATED : DATA_REPEATED;
    return probes ? PROBES_REPEATED : REPEATED;
}

/* When the socket sent its first SYN. UINT64_MAX: not known. */
static uint64_t first_syn_ns(const struct lab_why *w)
{
    for (size_t i = 0; w->sock && i < w->sock->step_count; i++)
        if (w->sock->steps[i].state == NET_STATE_SYN_SENT)
            return w->sock->steps[i].time_ns;
    return UINT64_MAX;
}

/* A kernel that has TCP_USER_TIMEOUT does not count probes or repetitions: that time alone decides. SYN it does count:
 * what comes first ends it (tcp_write_timeout()). */
static bool timed_out(struct lab_why *w)
{
    unsigned count;
    enum repeated what = repeated(w, &count);
    uint32_t limit_ms = user_timeout_ms(w);
    uint64_t begun_ns = first_syn_ns(w);
    const bool opens = what == SYN_REPEATED || what == CROSSED_REPEATED;
    if (opens && w->ret->time_ns < begun_ns + (uint64_t)limit_ms * 1000 * 1000)
        limit_ms = 0;
    int64_t syns = opens && !limit_ms ? lab_why_option(w, "TCP_SYNCNT") : 0;
    if (what == REPEATED)
        return false;
    if (syns) {
        /* Since Linux 6.5 those of tcp_syn_linear_timeouts are not counted. */
        enum repeated by = what == CROSSED_REPEATED ? CROSSED_COUNTED : count > syns + 1 ? SYN_LINEAR : SYN_COUNTED;
        return lab_why_is(w, LAB_PLURAL(count, unanswered[by].one, unanswered[by].many), .count = count, .limit = syns);
    }
    const char *format = limit_ms ? LAB_PLURAL(count, unanswered[what].limit_one, unanswered[what].limit_many)
                                  : LAB_PLURAL(count, unanswered[what].one, unanswered[what].many);
    return lab_why_is(w, format, .count = count, .limit = limit_ms);
}

/* An ICMP message that came to this host, about this connection, while it lasted. */
static const struct lab_segment *icmp(const struct lab_why *w)
{
    long born = w->sock && w->sock->use_count ? w->sock->uses[0].ret : LAB_NONE;
    return lab_icmp_between(&w->e, w->host, born, w->index);
}

/* On a connection the message alone ends nothing: it is what the kernel reports when its patience is over. */
static bool by_icmp(struct lab_why *w, const struct lab_segment *message)
{
    const struct net_ev_segment *seg = message->segment;
    unsigned count = 0;
    enum repeated what = repeated(w, &count);
    bool waited = what != REPEATED && what != SYN_REPEATED &&
                  what != CROSSED_REPEATED; /* which an ICMP message ends at once */
    const char *format = waited ? LAB_PLURAL(count, unanswered[what].icmp_one, unanswered[what].icmp_many)
                                : N_("{name} #{id} from {other} at {at}");
    return lab_why_is(w, format, .count = count, .name = net_icmp_name(seg), .id = (int64_t)message->id,
                      .at = message->fate_ns,
                      .other = seg->injected                ? _("you, in the name of a router")
                               : net_is_router(seg->src_ip) ? _("a router")
                                                            : net_host_name(seg->from));
}

/* A segment to this address was seen while the call lasted: what a host sends to itself is not. */
static bool was_sent(const struct lab_why *w, struct net_ip ip, uint16_t port)
{
    for (size_t i = w->e.state->segment_count; i-- > 0 && w->e.state->segments[i].event > w->entry;) {
        const struct net_ev_segment *seg = w->e.state->segments[i].segment;
        if (net_ip_same(seg->dst_ip, ip) && seg->dst_port == port && w->e.state->segments[i].event < w->index)
            return true;
    }
    return false;
}

static bool refused(struct lab_why *w)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    const struct lab_segment *message = icmp(w);
    uint16_t port = lab_port_in(w->enter);
    if (lab_because_elsewhere(w, rst))
        return true;
    if (rst)
        return lab_why_is(w, "RST #{id} from {host} at {at} answered the SYN", .id = (int64_t)rst->id,
                          .host = rst->segment->from, .at = lab_arrival_ns(rst));
    if (message)
        return by_icmp(w, message);
    if (!port || was_sent(w, lab_ip_in(w->enter), port) ||
        lab_port_holder(&w->e, w->host, lab_ip_in(w->enter), port, w->index, w->sock))
        return false;
    return lab_why_is(w, "no socket of the lab listened at port {port}", .port = port);
}

/* Only a message makes an error of it; setsockopt() has it too, for another reason. */
static bool no_protocol(struct lab_why *w)
{
    const struct lab_segment *message = lab_why_call(w) == NET_CALL_CONNECT ? icmp(w) : NULL;
    return message && by_icmp(w, message);
}

/* Without a message nothing was sent for this connect(): the kernel's own table of routes said no. */
static bool unreachable(struct lab_why *w)
{
    const struct lab_segment *message = icmp(w);
    struct net_ip ip = lab_ip_in(w->enter);
    char to[NET_ADDRESS_TEXT_BYTES];
    if (message)
        return by_icmp(w, message);
    if (timed_out(w))
        return true;
    if (lab_why_call(w) != NET_CALL_CONNECT || net_ip_is_any(ip))
        return false;
    net_address_text(ip, lab_port_in(w->enter), to, sizeof to);
    return lab_why_is(w, "no segment was sent: the {host} host has no route to {peer}", .host = w->host, .peer = to);
}

/* What ICMPv6 says of a filter on the way is no EHOSTUNREACH (icmpv6_err_convert()). */
static bool forbidden(struct lab_why *w)
{
    const struct lab_segment *message = lab_why_call(w) == NET_CALL_BIND ? NULL : icmp(w);
    return message ? by_icmp(w, message) : lab_because_low_port(w);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static const struct row {
    int error;
    bool (*find)(struct lab_why *);
} rows[] = {
    {.error = ECONNRESET, .find = reset},
    {.error = EPIPE, .find = broken_pipe},
    {.error = ECONNREFUSED, .find = refused},
    {.error = ETIMEDOUT, .find = timed_out},
    {.error = ECONNABORTED, .find = aborted},
    {.error = EHOSTUNREACH, .find = unreachable},
    {.error = ENETUNREACH, .find = unreachable},
    {.error = ENOPROTOOPT, .find = no_protocol},
    {.error = EPROTO, .find = no_protocol},
    {.error = EADDRINUSE, .find = lab_because_in_use},
    {.error = EINTR, .find = lab_because_interrupted},
    {.error = EAGAIN, .find = lab_because_again},
    {.error = EINPROGRESS, .find = lab_because_again},
    {.error = EBADF, .find = lab_because_no_descriptor},
    {.error = ENOTSOCK, .find = lab_because_no_socket},
    {.error = EACCES, .find = forbidden},
    {.error = EAFNOSUPPORT, .find = lab_because_family},
    {.error = EMFILE, .find = lab_because_no_room},
    {.error = EPERM, .find = lab_because_not_permitted},
    {.error = EFAULT, .find = lab_because_bad_memory},
    {.error = EAFNOSUPPORT, .find = lab_because_no_family},
    {.error = ESOCKTNOSUPPORT, .find = lab_because_no_type},
    {.error = EPROTONOSUPPORT, .find = lab_because_no_protocol},
    {.error = EEXIST, .find = lab_because_watched},
    {.error = ENOENT, .find = lab_because_not_watched},
    {.error = ENODEV, .find = lab_because_no_device},
    {.error = EADDRNOTAVAIL, .find = lab_because_no_address},
    {.error = ENOTCONN, .find = lab_because_not_connected},
    {.error = EISCONN, .find = lab_because_connected},
    {.error = EALREADY, .find = lab_because_connecting},
    {.error = EINVAL, .find = lab_because_invalid},
    {.error = ECHILD, .find = lab_because_no_child},
};

static bool find_reason(struct lab_why *w)
{
    if (w->ret->u.call.requested)
        return lab_why_is(w, "`fail` asked for it; the kernel was not asked");
    if (w->ret->u.call.limit)
        return lab_why_is(w, "the lab's own limit: it lets a program have {limit} processes and threads at a time",
                          .limit = w->ret->u.call.limit);
    if (w->ret->u.call.ret == 0)
        return w->sock && end_of_stream(w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].error == w->ret->u.call.error && rows[i].find(w))
            return true;
    return false;
}

bool lab_because(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long ret, char *out,
                 size_t out_bytes)
{
    struct lab_why w;
    *out = '\0';
    if (!lab_why_of(journal, st, start_ns, ret, &w))
        return lab_because_of_success(journal, st, start_ns, ret, out, out_bytes);
    w.out = out;
    w.out_bytes = out_bytes;
    return find_reason(&w);
}

bool lab_because_once(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, long ret,
                      char *out, size_t out_bytes)
{
    struct lab_why w;
    *out = '\0';
    if (!lab_why_of(journal, st, start_ns, ret, &w) || !w.sock || !is_reported_once(w.ret))
        return false;
    w.out = out;
    w.out_bytes = out_bytes;
    for (size_t i = 0; i < w.sock->use_count; i++) {
        const struct net_event *later = lab_event_at(&w.e, w.sock->uses[i].ret);
        if (!later || w.sock->uses[i].enter <= ret || !lab_call_reads(later->u.call.call))
            continue;
        if (later->u.call.ret != 0)
            break;
        return lab_why_is(&w, "it is reported once: the next {name}() returned 0 at {at}",
                          .name = net_call_row(later->u.call.call)->name, .at = later->time_ns);
    }
    return lab_why_is(&w, "it is reported once: the next recv() returns 0");
}
