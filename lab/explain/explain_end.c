// SPDX-License-Identifier: GPL-3.0-or-later
// Who ended a connection, and by what: the steps by which an end left it, and the RST that answered.
//
// A RST is sent for one of a few reasons (RFC 9293, 3.10.7; tcp_close() and tcp_rcv_state_process() of Linux), and the
// journal shows which: bytes in the receive queue in the last sample before the close (RFC 2525, 2.17), SO_LINGER {1,
// 0} set on the socket or on the listener that it was accepted from, a listener closed before accept(), or a segment
// for a socket that is not there any more.

#include "lab/base/text.h"
#include "lab/explain/explanation.h"
#include "lab/explain/limit.h"
#include "net/data/call.h"
#include "net/data/option.h"
#include "net/data/segment_kind.h"

/* ---- steps ------------------------------------------------------------------------------------------------------- */

bool lab_is_orderly(unsigned state)
{
    return state == NET_STATE_FIN_WAIT1 || state == NET_STATE_LAST_ACK || state == NET_STATE_FIN_WAIT2 ||
           state == NET_STATE_TIME_WAIT;
}

static bool is_over(unsigned state)
{
    return state == NET_STATE_CLOSE || state == NET_STATE_ABSENT;
}

bool lab_passed_last_ack(const struct lab_explanation *x, const struct lab_socket *s, size_t i)
{
    const struct lab_socket *other = x->end[x->end[0].sock == s].sock;
    return x->e.conversation->segment_count == 0 && i > 0 && is_over(s->steps[i].state) &&
           s->steps[i - 1].state == NET_STATE_CLOSE_WAIT && lab_was_in(other, NET_STATE_TIME_WAIT);
}

static bool is_segment(const struct lab_explanation *x, long cause)
{
    const struct net_event *ev = lab_event_at(&x->e, cause);
    return ev && ev->kind == NET_EV_SEGMENT;
}

/* Where no segment is seen: the other end went before, and that took this one along. */
static bool left_before(const struct lab_explanation *x, const struct lab_socket *s, const struct lab_step *step)
{
    const struct lab_socket *other = x->end[x->end[0].sock == s].sock;
    for (size_t i = 1; other && i < other->step_count; i++)
        if (other->steps[i].cause != LAB_NONE && other->steps[i].cause < step->event &&
            (lab_is_orderly(other->steps[i].state) || is_over(other->steps[i].state)))
            return true;
    return false;
}

bool lab_leaves(const struct lab_explanation *x, const struct lab_socket *s, size_t i)
{
    const struct lab_step *step = &s->steps[i];
    uint8_t from = i ? s->steps[i - 1].state : NET_STATE_ABSENT;
    if (step->time_ns < x->e.conversation->start_ns || is_segment(x, step->cause))
        return false;
    if (step->state == NET_STATE_FIN_WAIT1 || step->state == NET_STATE_LAST_ACK)
        return true;
    if (lab_is_orderly(step->state))
        return step->cause != LAB_NONE;
    if (step->cause == LAB_NONE && x->e.conversation->segment_count == 0 && left_before(x, s, step))
        return false;
    if (!is_over(step->state) || is_over(from) || from == NET_STATE_SYN_SENT)
        return false;
    if (step->cause == LAB_NONE && from == NET_STATE_FIN_WAIT2)
        return x->e.conversation->segment_count > 0 && lab_sent_for(x, x->end[1].sock == s, i) == LAB_NONE;
    return step->cause != LAB_NONE || from != NET_STATE_TIME_WAIT;
}

/* The `reboot` by which an end made that step; NULL. Its programs were killed, but of that nobody heard. */
static const struct net_event *power_failure(const struct lab_explanation *x, unsigned side,
                                             const struct lab_step *step)
{
    unsigned host = x->end[side].host;
    const struct net_event *command = is_over(step->state) ? lab_ending_command(&x->e, host, step->event) : NULL;
    return command && command->u.note.command == LAB_COMMAND_REBOOT ? command : NULL;
}

int lab_sent_for(const struct lab_explanation *x, unsigned side, size_t i)
{
    const struct lab_socket *s = x->end[side].sock;
    if (power_failure(x, side, &s->steps[i]))
        return LAB_NONE;
    bool fin = lab_is_orderly(s->steps[i].state);
    long after = i ? s->steps[i - 1].event : LAB_NONE;
    int found = LAB_NONE;
    for (size_t k = 0; k < x->e.conversation->segment_count; k++) {
        size_t index = x->e.conversation->segments[k];
        const struct lab_segment *seg = &x->e.state->segments[index];
        if (!lab_is_from(&x->e, seg, side) || !(seg->segment->flags & (fin ? NET_FIN : NET_RST)) || seg->event < after)
            continue;
        found = (int)index;
        if (seg->fate == NET_DELIVERED || !fin)
            break;
    }
    return found;
}

/* ---- what was done ----------------------------------------------------------------------------------------------- */

static void say_death(struct lab_explanation *x, const struct net_event *ev)
{
    static const char *const formats[] = {
        [NET_END_RETURNED] = N_("{by} ended: its main() returned {number}, and its kernel closed what it had open."),
        [NET_END_EXIT] = N_("{by} ended by exit({number}), and its kernel closed what it had open."),
        [NET_END_SIGNAL] = N_("{by} was ended by {name}, and its kernel closed what it had open."),
        [NET_END_LAB] = N_("The lab ended {by}, and its kernel closed what it had open."),
    };
    const char *format = ev->u.end.how < sizeof formats / sizeof *formats
                             ? formats[ev->u.end.how]
                             : N_("{by} ended, and its kernel closed what it had open.");
    lab_say(x, format, .by = ev, .number = ev->u.end.status, .name = net_signal_name(ev->u.end.signo));
}

static void say_call(struct lab_explanation *x, const struct net_event *ev)
{
    lab_say(x, ev->u.call.line ? N_("{by} called {call} in line {line}.") : N_("{by} called {call}."), .by = ev,
            .enter = ev, .line = ev->u.call.line);
}

/* The event by which a listening socket left LISTEN while a connection was there; NULL. Of a program that died the
 * kernel has closed everything before its end is told. */
static const struct net_event *left_listen(const struct lab_explanation *x, const struct lab_socket *l,
                                           uint64_t since_ns, uint64_t until_ns)
{
    enum { TOLD_NS = 100 * 1000 * 1000 };
    for (size_t i = l->step_count; i-- > 1;) {
        const struct net_event *cause = lab_event_at(&x->e, l->steps[i].cause);
        if (cause && l->steps[i - 1].state == NET_STATE_LISTEN && l->steps[i].time_ns >= since_ns &&
            l->steps[i].time_ns <= until_ns + TOLD_NS)
            return cause;
    }
    return NULL;
}

/* A connection that no program had accepted ended with the listening socket: the event that closed that; NULL. */
static const struct net_event *listener_closed(const struct lab_explanation *x, const struct lab_socket *s,
                                               const struct lab_step *step)
{
    for (size_t i = 0; i < x->e.state->socket_count && s->use_count == 0; i++) {
        const struct lab_socket *l = &x->e.state->sockets[i];
        if (l->host != s->host || l->now.local_port != s->now.local_port)
            continue;
        const struct net_event *cause = left_listen(x, l, x->e.conversation->start_ns, step->time_ns);
        if (cause)
            return cause;
    }
    return NULL;
}

/* No call and no segment: a timer or a limit of the kernel. A counter counts for the whole host. */
void lab_say_limit(struct lab_explanation *x, const struct lab_party *p, size_t step)
{
    struct lab_limit_reached r = lab_limit_of(&x->e, p->sock, step);
    if (r.limit == LAB_LIMIT_NONE) {
        lab_say_unseen(x, LAB_UNSEEN_END, .who = p->who);
        return;
    }
    const char *who = p->has_actor ? p->who : net_host_name(p->host);
    lab_say(x, lab_limit_sentence(&r), .who = who, .host = p->host, .count = r.count, .limit = r.bound);
    if (r.counted && r.among > 1)
        lab_say(x, N_("The counter is its host's: one of {count} connections moved it."), .count = r.among);
    if (r.also != LAB_LIMIT_NONE) {
        const struct lab_limit_reached also = {.limit = r.also};
        lab_say(x, N_("Another counter that has moved allows for another reason:"));
        lab_say(x, lab_limit_sentence(&also), .who = who, .host = p->host);
    }
}

/* A program outside of the lab ended its end by a reset: the counters of its kernel tell the two ways apart. */
static void say_outside_reset(struct lab_explanation *x, const struct lab_party *p, const struct lab_step *step)
{
    const struct net_event *last = lab_sample_before(&x->e, p->sock, step->event,
                                                     lab_state_before(p->sock, step->event));
    const bool unread = (last && lab_unread(last)) ||
                        lab_counted_about(&x->e, p->host, NET_COUNTER_ABORT_ON_CLOSE, step->time_ns) > 0;
    const bool forced = lab_counted_about(&x->e, p->host, NET_COUNTER_ABORT_ON_DATA, step->time_ns) > 0;
    if (unread && !forced)
        lab_say(x,
                N_("A program outside of the lab closed it with bytes unread in its receive queue (TCPAbortOnClose)."));
    else if (forced && !unread)
        lab_say(x, N_("A program outside of the lab closed it with SO_LINGER {1, 0} (TCPAbortOnData)."));
    else
        lab_say_unseen(x, LAB_UNSEEN_OUTSIDE, .count = 0);
}

/* No call and no segment: a program outside the lab, a command, or a timer of the kernel. */
static void say_without_call(struct lab_explanation *x, unsigned side, size_t index)
{
    const struct lab_party *p = &x->end[side];
    const struct lab_step *step = &p->sock->steps[index];
    const struct net_event *closed = listener_closed(x, p->sock, step),
                           *command = lab_ending_command(&x->e, p->host, step->event);
    bool by_program = lab_is_outside(x, side) && is_over(step->state) && index > 0 &&
                      (p->sock->steps[index - 1].state == NET_STATE_ESTABLISHED ||
                       p->sock->steps[index - 1].state == NET_STATE_CLOSE_WAIT);
    if (!p->has_actor && lab_is_orderly(step->state))
        lab_say(x, N_("{who} closed its end, or shut it down."), .who = p->who);
    else if (closed)
        lab_say(x,
                closed->kind == NET_EV_TASK_END
                    ? N_("{by} had not accepted the connection when it ended, and its listening socket with it.")
                    : N_("{by} had not accepted the connection when its listening socket was closed at {at}."),
                .by = closed, .at = closed->time_ns);
    else if (command)
        lab_say(x, N_("The command `{command}` destroyed the end of {who}."), .command = command, .who = p->who);
    else if (lab_cleared_away(&x->e, step->event))
        lab_say(x, N_("The lab has cleared the end of {who} away."), .who = p->who);
    else if (by_program && lab_limit_of(&x->e, p->sock, index).limit == LAB_LIMIT_NONE)
        say_outside_reset(x, p, step);
    else
        lab_say_limit(x, p, index);
}

/* ---- why it was a RST -------------------------------------------------------------------------------------------- */

/* When SO_LINGER became {1, 0}, whoever set it; NULL: it did not, or became something else since. */
static const struct net_event *hard_linger(const struct lab_explanation *x, const struct lab_socket *s, long before)
{
    struct net_option_value value = {0};
    const struct net_option *option = net_option_find("SO_LINGER");
    const struct net_event *set = option ? lab_option_set(&x->e, s, option, before, &value) : NULL;
    return set && value.number != 0 && value.second == 0 ? set : NULL;
}

static bool say_linger(struct lab_explanation *x, const struct lab_socket *s, long before)
{
    const struct net_event *own = hard_linger(x, s, before);
    const struct lab_socket *from = own ? NULL : lab_listener_of(&x->e, s);
    const struct net_event *set = from ? hard_linger(x, from, s->uses[0].ret) : own;
    if (set)
        lab_say(x,
                own ? N_("SO_LINGER {1, 0} had been set at {at}.")
                    : N_("SO_LINGER {1, 0} had been set at {at} on the listening socket, and was inherited."),
                .at = set->time_ns);
    return set != NULL;
}

/* Bytes unread in the last sample; else what the kernel has counted. An orphan too many and a negative TCP_LINGER2 make
 * a reset of a close() as well (tcp_close() of Linux). */
static void say_why_reset(struct lab_explanation *x, const struct lab_socket *s, const struct lab_step *step)
{
    const struct net_event *last = lab_sample_before(&x->e, s, step->event, lab_state_before(s, step->event));
    uint32_t unread = last ? lab_unread(last) : 0;
    const struct net_event *cause = lab_event_at(&x->e, step->cause);
    bool by_lab = cause && cause->kind == NET_EV_TASK_END && cause->u.end.how == NET_END_LAB;
    bool lingered = say_linger(x, s, step->event);
    if (unread)
        lab_say(x,
                LAB_PLURAL(unread, "It had {count} byte unread in its receive queue.",
                           "It had {count} bytes unread in its receive queue."),
                .count = unread);
    else if (lingered || by_lab)
        return;
    else if (lab_counted_about(&x->e, s->host, NET_COUNTER_ABORT_ON_CLOSE, step->time_ns))
        lab_say(x, N_("It had bytes unread in its receive queue (TCPAbortOnClose)."));
    else if (lab_counted_about(&x->e, s->host, NET_COUNTER_ABORT_ON_MEMORY, step->time_ns))
        lab_say(x,
                N_("Its kernel keeps no more ends without a program: there were too many of them (tcp_max_orphans), or "
                   "too little memory (tcp_mem) (TCPAbortOnMemory)."));
    else if (lab_counted_about(&x->e, s->host, NET_COUNTER_ABORT_ON_LINGER, step->time_ns))
        lab_say(x, N_("TCP_LINGER2 is negative: its kernel keeps no end without a program in FIN_WAIT2 "
                      "(TCPAbortOnLinger)."));
    else
        lab_say_unseen(x, LAB_UNSEEN_RESET, .count = 0);
}

/* ---- what that sent ---------------------------------------------------------------------------------------------- */

static unsigned times_sent(const struct lab_explanation *x, unsigned side, unsigned flag)
{
    unsigned n = 0;
    for (size_t k = 0; k < x->e.conversation->segment_count; k++) {
        const struct lab_segment *seg = &x->e.state->segments[x->e.conversation->segments[k]];
        if (lab_is_from(&x->e, seg, side) && (seg->segment->flags & flag))
            n += 1 + seg->repeats;
    }
    return n;
}

/* A FIN is sent again until it is confirmed; a RST is sent once, and another one is another answer. */
static void say_sent(struct lab_explanation *x, unsigned side, const struct lab_step *step, bool called)
{
    unsigned times = times_sent(x, side, NET_FIN);
    if (lab_is_orderly(step->state))
        lab_say(x,
                times == 1
                    ? N_("Its kernel sent FIN.")
                    : LAB_PLURAL(times, "Its kernel sent FIN {count} time.", "Its kernel sent FIN {count} times."),
                .count = times);
    else
        lab_say(x, called ? N_("Its kernel sent RST instead of FIN.") : N_("Its kernel sent RST."));
}

/* The FIN is the last of the stream: it waits until the bytes before it have left. The kernel counts it as one of
 * them. */
static void say_no_fin(struct lab_explanation *x, const struct lab_socket *s)
{
    enum { FIN = 1 };
    if (x->e.conversation->segment_count == 0)
        return;
    if (s->now.wqueue > FIN && s->now.state != NET_STATE_ABSENT)
        lab_say(x,
                LAB_PLURAL(s->now.wqueue - FIN, "No FIN has left yet: {count} byte must go first.",
                           "No FIN has left yet: {count} bytes must go first."),
                .count = s->now.wqueue - FIN);
    else if (s->now.wqueue == FIN && s->now.state != NET_STATE_ABSENT)
        lab_say(x, N_("The FIN has not been seen on the wire yet."));
    else
        lab_say(x, N_("No FIN was seen on the wire."));
}

/* A close() that waits until its data has arrived (SO_LINGER). */
static void say_lingering(struct lab_explanation *x, const struct lab_socket *s, long enter)
{
    enum { LONG_NS = 50000000 };
    for (size_t i = s->use_count; i-- > 0;) {
        const struct net_event *in = lab_event_at(&x->e, s->uses[i].enter), *out = lab_event_at(&x->e, s->uses[i].ret);
        if (s->uses[i].enter != enter || !in || in->u.call.call != NET_CALL_CLOSE)
            continue;
        if (!out)
            lab_say(x, N_("The call has not returned yet: it lingers."));
        else if (out->time_ns > in->time_ns + LONG_NS)
            lab_say(x, N_("The call lingered until {at}."), .at = out->time_ns);
        return;
    }
}

/* The call, or the end of a program, that made this step; NULL: none. A socket that has sent its FIN already leaves by
 * a call only with RST: without one on the wire, the call before it is not the reason. */
static const struct net_event *left_by(const struct lab_explanation *x, const struct lab_socket *s, size_t i, int sent)
{
    const bool silent = i > 0 && x->e.conversation->segment_count > 0 && sent == LAB_NONE &&
                        lab_is_orderly(s->steps[i - 1].state) && is_over(s->steps[i].state);
    return silent ? NULL : lab_event_at(&x->e, s->steps[i].cause);
}

void lab_say_leaving(struct lab_explanation *x, unsigned side, size_t i)
{
    const struct lab_socket *s = x->end[side].sock;
    const struct lab_step *step = &s->steps[i];
    int sent = lab_sent_for(x, side, i);
    const struct net_event *cause = left_by(x, s, i, sent), *failure = power_failure(x, side, step);
    lab_line_begin(x, cause && cause->time_ns < step->time_ns ? cause->time_ns : step->time_ns);
    if (failure) {
        lab_say(
            x,
            N_("The power of {host} failed (`{command}`): its kernel forgot the end of {who}, and nothing was sent."),
            .host = x->end[side].host, .command = failure, .who = x->end[side].who);
        lab_line_end(x);
        return;
    }
    if (cause && cause->kind == NET_EV_TASK_END)
        say_death(x, cause);
    else if (cause)
        say_call(x, cause);
    else
        say_without_call(x, side, i);
    if (cause && !lab_is_orderly(step->state) && !lab_passed_last_ack(x, s, i))
        say_why_reset(x, s, step);
    if (sent != LAB_NONE) {
        say_sent(x, side, step, cause && !(i > 0 && lab_is_orderly(s->steps[i - 1].state)));
        lab_say_fate(x, &x->end[!side], &x->e.state->segments[sent]);
    } else if (lab_is_orderly(step->state)) {
        say_no_fin(x, s);
    }
    say_lingering(x, s, step->cause);
    lab_line_end(x);
}

/* ---- a RST as an answer ------------------------------------------------------------------------------------------ */

static bool goes_to(const struct lab_explanation *x, const struct lab_segment *seg, unsigned side)
{
    const struct lab_conversation *c = x->e.conversation;
    return net_ip_same(seg->segment->dst_ip, c->ip[side]) && seg->segment->dst_port == c->port[side];
}

/* What the RST answers by its numbers; else what its sender had got last. */
static const struct lab_segment *answered(const struct lab_explanation *x, unsigned side, const struct lab_segment *rst)
{
    const struct lab_segment *last = NULL;
    int index = rst->answers ? lab_segment_by_id(x->e.state, rst->answers) : LAB_NONE;
    if (index != LAB_NONE)
        return &x->e.state->segments[index];
    for (size_t k = 0; k < x->e.conversation->segment_count; k++) {
        const struct lab_segment *seg = &x->e.state->segments[x->e.conversation->segments[k]];
        if (goes_to(x, seg, side) && seg->fate == NET_DELIVERED && seg->fate_ns <= rst->sent_ns)
            last = seg;
    }
    return last;
}

/* The last `reboot` of that host since the connection began; NULL. */
static const struct net_event *rebooted(const struct lab_explanation *x, unsigned host, long before)
{
    const long first = x->e.state->segments[x->e.conversation->segments[0]].event;
    for (long i = before; i-- > first;) {
        const struct net_event *ev = lab_event_at(&x->e, i);
        if (ev && ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND &&
            ev->u.note.command == LAB_COMMAND_REBOOT && ev->u.note.value[0] == (int64_t)host)
            return ev;
    }
    return NULL;
}

/* The call, or the end of its program, by which an end was closed before it got data; NULL. */
static const struct net_event *closed_since(const struct lab_explanation *x, const struct lab_socket *s, long before)
{
    for (size_t i = 1; s && i < s->step_count; i++) {
        const struct net_event *cause = lab_event_at(&x->e, s->steps[i].cause);
        uint8_t state = s->steps[i].state;
        bool closes = state == NET_STATE_FIN_WAIT1 || state == NET_STATE_LAST_ACK || is_over(state);
        if (closes && cause && cause->kind != NET_EV_SEGMENT && s->steps[i].event <= before)
            return cause;
    }
    return NULL;
}

/* A limit of its kernel had ended the end before the segment came; or did so with the answer to it. */
static bool say_ended_by_limit(struct lab_explanation *x, const struct lab_party *p, const struct lab_segment *to)
{
    for (size_t i = p->sock ? p->sock->step_count : 0; i-- > 1;) {
        const struct lab_step *step = &p->sock->steps[i];
        if (!is_over(step->state) || step->cause != LAB_NONE || is_over(p->sock->steps[i - 1].state))
            continue;
        const struct lab_limit_reached r = lab_limit_of(&x->e, p->sock, i);
        bool with_it = r.limit == LAB_LIMIT_LINGER2 || r.limit == LAB_LIMIT_BUCKETS || r.limit == LAB_LIMIT_ORPHANS;
        if (r.limit == LAB_LIMIT_NONE || (!with_it && step->time_ns >= lab_arrival_ns(to)))
            return false;
        lab_say_limit(x, p, i);
        return true;
    }
    return false;
}

/* The server's end is there, but knows the client by another port. */
static bool is_of_stranger(const struct lab_party *p, const struct lab_segment *to)
{
    const uint16_t port = to->segment->nat_port;
    return port && p->host == NET_SERVER && p->sock && p->sock->now.remote_port != port;
}

static void say_no_connection(struct lab_explanation *x, const struct lab_party *p, const struct lab_segment *to,
                              const struct net_event *reboot)
{
    if (reboot)
        lab_say(x, N_("It has no such connection since `{command}` at {at}."), .command = reboot,
                .at = reboot->time_ns);
    else if (is_of_stranger(p, to))
        lab_say(x, N_("The NAT has given the client another port, {port}: to this kernel that is a stranger."),
                .port = to->segment->nat_port);
    else if (!say_ended_by_limit(x, p, to))
        lab_say(x, N_("It has no such connection (any more)."));
}

static void say_data_answered(struct lab_explanation *x, unsigned side, const struct lab_segment *data, long before)
{
    const struct lab_party *p = &x->end[side];
    const struct net_event *reboot = rebooted(x, p->host, before);
    const struct net_event *closed = reboot ? NULL : closed_since(x, p->sock, before);
    lab_say(x,
            LAB_PLURAL(data->segment->payload_bytes,
                       "The kernel of {host} answered {count} byte from {other} with RST.",
                       "The kernel of {host} answered {count} bytes from {other} with RST."),
            .host = p->host, .count = data->segment->payload_bytes, .other = x->end[!side].who);
    bool only_shut = closed && closed->kind == NET_EV_CALL_ENTER && closed->u.call.call == NET_CALL_SHUTDOWN;
    if (only_shut)
        lab_say(x, N_("{who} had shut down both directions, so no program would read that."), .who = p->who);
    else if (closed)
        lab_say(x, N_("{who} had closed its socket at {at}, so no program would read that."), .who = p->who,
                .at = closed->time_ns);
    else
        say_no_connection(x, p, data, reboot);
}

/* A RST whose number is not the next one ends nothing: within the window it is answered by a challenge ACK, of which a
 * kernel sends one in half a second, and beyond it by nothing. */
static void say_not_obeyed(struct lab_explanation *x, const struct lab_party *to, const struct lab_segment *rst)
{
    uint8_t state = to->sock ? lab_state_before(to->sock, rst->event) : NET_STATE_ABSENT;
    const bool opens = state == NET_STATE_SYN_SENT || state == NET_STATE_SYN_RECV || state == NET_STATE_LISTEN;
    const struct lab_segment *challenge = NULL;
    if (rst->fate != NET_DELIVERED || is_over(state) || opens || state == NET_STATE_TIME_WAIT)
        return;
    for (size_t i = 0; i < to->sock->step_count; i++)
        if (to->sock->steps[i].cause == rst->event)
            return;
    for (size_t k = 0; k < x->e.conversation->segment_count && !challenge; k++) {
        const struct lab_segment *seg = &x->e.state->segments[x->e.conversation->segments[k]];
        if (seg->answers == rst->id && (seg->is & NET_SEGMENT_IS(NET_SEGMENT_CHALLENGE_ACK)))
            challenge = seg;
    }
    if (challenge)
        lab_say(x,
                N_("Its number is not the next one: the kernel of {host} keeps the connection, and has answered with "
                   "#{id}, a challenge ACK (RFC 5961)."),
                .host = to->host, .id = (int64_t)challenge->id);
    else
        lab_say(x, N_("Its number is not the next one: the kernel of {host} keeps the connection (RFC 5961)."),
                .host = to->host);
}

void lab_say_answer(struct lab_explanation *x, int segment)
{
    const struct lab_segment *rst = &x->e.state->segments[segment];
    unsigned side = goes_to(x, rst, 0) ? 1 : 0;
    const struct lab_segment *to = answered(x, side, rst);
    const struct lab_party *p = &x->end[side];
    const struct net_event *command = lab_ending_command(&x->e, p->host, rst->event);
    char flags[64];
    lab_line_begin(x, rst->sent_ns);
    if (rst->segment->injected) {
        lab_say(x, N_("You have sent RST in the name of {host}, whose kernel did not."), .host = p->host);
    } else if (rst->segment->by_box) {
        lab_say(x, N_("A box on the wire sent RST in the name of {host}, whose kernel did not."), .host = p->host);
    } else if (command) {
        lab_say(x, N_("The kernel of {host} sent RST, because of `{command}`."), .host = p->host, .command = command);
    } else if (to && to->segment->payload_bytes) {
        say_data_answered(x, side, to, rst->event);
    } else if (to) {
        net_flags_text(to->segment->flags, flags, sizeof flags);
        lab_say(x,
                to->keepalive_probe ? N_("The kernel of {host} answered a keep-alive probe with RST.")
                                    : N_("The kernel of {host} answered {flags} with RST."),
                .host = p->host, .flags = flags);
        say_no_connection(x, p, to, rebooted(x, p->host, rst->event));
    } else {
        lab_say_unseen(x, LAB_UNSEEN_RST, .host = p->host);
    }
    lab_say_fate(x, &x->end[!side], rst);
    say_not_obeyed(x, &x->end[!side], rst);
    lab_line_end(x);
}
