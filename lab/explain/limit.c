// SPDX-License-Identifier: GPL-3.0-or-later
// Which timer or limit of its kernel ended a socket.
//
// The timer that the last sample before the end showed is the one that ran out: retransmission, window probe or
// keep-alive. Where none was running, a counter that has moved since the connection began tells; it counts for the
// whole host, so it is taken only for an end that it can be about.

#include "lab/explain/limit.h"

#include "lab/base/text.h"
#include "net/data/option.h"

/* ---- words ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *brief[2], *whole[2]; /* for one, and for many */
} words[LAB_LIMITS] = {
    [LAB_LIMIT_SYN] = {{N_("{count} SYN, no answer"), N_("{count} SYN, no answer")},
                       {N_("The kernel of {who} had sent SYN {count} time without an answer, and gave up: "
                           "tcp_syn_retries is the limit."),
                        N_("The kernel of {who} had sent SYN {count} times without an answer, and gave up: "
                           "tcp_syn_retries is the limit.")}},
    [LAB_LIMIT_SYNCNT] =
        {{N_("{count} SYN, no answer"), N_("{count} SYN, no answer")},
         {N_("The kernel of {who} had sent SYN {count} time without an answer, and gave up: TCP_SYNCNT "
             "{limit} is the limit (those of tcp_syn_linear_timeouts are not counted)."),
          N_("The kernel of {who} had sent SYN {count} times without an answer, and gave up: TCP_SYNCNT "
             "{limit} is the limit (those of tcp_syn_linear_timeouts are not counted).")}},
    [LAB_LIMIT_CROSSED] =
        {{N_("SYN again {count} time"), N_("SYN again {count} times")},
         {N_("The two SYNs had crossed: the kernel of {who} had sent its own again {count} time, with or without ACK, "
             "and nothing confirmed it: tcp_syn_retries is the limit."),
          N_("The two SYNs had crossed: the kernel of {who} had sent its own again {count} times, with or without ACK, "
             "and nothing confirmed it: tcp_syn_retries is the limit.")}},
    [LAB_LIMIT_CROSSED_COUNT] =
        {{N_("SYN again {count} time"), N_("SYN again {count} times")},
         {N_("The two SYNs had crossed: the kernel of {who} had sent its own again {count} time, with or without ACK, "
             "and nothing confirmed it: TCP_SYNCNT {limit} is the limit."),
          N_("The two SYNs had crossed: the kernel of {who} had sent its own again {count} times, with or without ACK, "
             "and nothing confirmed it: TCP_SYNCNT {limit} is the limit.")}},
    [LAB_LIMIT_SYN_ACK] = {{N_("{count} SYN ACK, no ACK"), N_("{count} SYN ACK, no ACK")},
                           {N_("The kernel of {host} had sent SYN ACK {count} time without an answer, and gave the "
                               "half-open connection up: tcp_synack_retries is the limit."),
                            N_("The kernel of {host} had sent SYN ACK {count} times without an answer, and gave the "
                               "half-open connection up: tcp_synack_retries is the limit.")}},
    [LAB_LIMIT_SYN_ACK_COUNT] =
        {{N_("{count} SYN ACK, no ACK"), N_("{count} SYN ACK, no ACK")},
         {N_("The kernel of {host} had sent SYN ACK {count} time without an answer, and gave the "
             "half-open connection up: TCP_SYNCNT {limit} of the listening socket is the limit."),
          N_("The kernel of {host} had sent SYN ACK {count} times without an answer, and gave the "
             "half-open connection up: TCP_SYNCNT {limit} of the listening socket is the limit.")}},
    [LAB_LIMIT_DATA] =
        {{N_("{count} repeat, no ACK"), N_("{count} repeats, no ACK")},
         {N_("The kernel of {who} had sent the same data again {count} time without an answer, and gave "
             "the connection up, after as long as tcp_retries2 allows."),
          N_("The kernel of {who} had sent the same data again {count} times without an answer, and gave "
             "the connection up, after as long as tcp_retries2 allows.")}},
    [LAB_LIMIT_FIN] = {{N_("{count} repeat, no ACK"), N_("{count} repeats, no ACK")},
                       {N_("The kernel of {who} had sent the FIN again {count} time without an answer, and gave the "
                           "connection up, after as long as tcp_retries2 allows."),
                        N_("The kernel of {who} had sent the FIN again {count} times without an answer, and gave the "
                           "connection up, after as long as tcp_retries2 allows.")}},
    [LAB_LIMIT_ORPHAN] = {{N_("orphan, {count} repeat"), N_("orphan, {count} repeats")},
                          {N_("No program owned the end of {who} any more: its kernel had sent the rest again {count} "
                              "time without an answer, and gave it up, after as long as tcp_orphan_retries allows."),
                           N_("No program owned the end of {who} any more: its kernel had sent the rest again {count} "
                              "times without an answer, and gave it up, after as long as tcp_orphan_retries allows.")}},
    [LAB_LIMIT_WINDOW] =
        {{N_("window 0, {count} probe"), N_("window 0, {count} probes")},
         {N_("The window of the other end stayed 0, and the kernel of {who} gave the connection up after "
             "{count} unanswered window probe: tcp_retries2 is the limit (TCPAbortOnTimeout)."),
          N_("The window of the other end stayed 0, and the kernel of {who} gave the connection up after "
             "{count} unanswered window probes: tcp_retries2 is the limit (TCPAbortOnTimeout).")}},
    [LAB_LIMIT_ORPHAN_WINDOW] =
        {{N_("orphan, {count} probe"), N_("orphan, {count} probes")},
         {N_("No program owned the end of {who} any more, and the window of the other end stayed 0: its kernel gave it "
             "up "
             "after {count} window probe: tcp_orphan_retries is the limit (TCPAbortOnTimeout)."),
          N_("No program owned the end of {who} any more, and the window of the other end stayed 0: its kernel gave it "
             "up "
             "after {count} window probes: tcp_orphan_retries is the limit (TCPAbortOnTimeout).")}},
    [LAB_LIMIT_KEEPALIVE] =
        {{N_("{count} probe, no answer"), N_("{count} probes, no answer")},
         {N_("The kernel of {who} had no answer to {count} keep-alive probe, and gave the connection "
             "up."),
          N_("The kernel of {who} had no answer to {count} keep-alive probes, and gave the connection "
             "up.")}},
    [LAB_LIMIT_USER_TIMEOUT] =
        {{N_("user timeout {limit} ms"), N_("user timeout {limit} ms")},
         {N_("TCP_USER_TIMEOUT {limit} ms ran out without an answer, and the kernel of {who} gave the connection up."),
          N_("TCP_USER_TIMEOUT {limit} ms ran out without an answer, and the kernel of {who} gave the connection "
             "up.")}},
    [LAB_LIMIT_FIN_WAIT2] = {{N_("FIN_WAIT2 time over"), N_("FIN_WAIT2 time over")},
                             {N_("The end of {who} was dropped in FIN_WAIT2: no program owned it, and its time was "
                                 "over before the FIN of the "
                                 "other end came (tcp_fin_timeout, TCP_LINGER2)."),
                              N_("The end of {who} was dropped in FIN_WAIT2: no program owned it, and its time was "
                                 "over before the FIN of the "
                                 "other end came (tcp_fin_timeout, TCP_LINGER2).")}},
    [LAB_LIMIT_LINGER2] = {{"TCP_LINGER2 < 0", "TCP_LINGER2 < 0"},
                           {N_("The kernel of {who} keeps no end without a program in FIN_WAIT2: TCP_LINGER2 is "
                               "negative."),
                            N_("The kernel of {who} keeps no end without a program in FIN_WAIT2: TCP_LINGER2 is "
                               "negative.")}},
    [LAB_LIMIT_TIME_WAIT] = {{N_("its 60 s are over"), N_("its 60 s are over")},
                             {N_("The TIME_WAIT of {who} was over."), N_("The TIME_WAIT of {who} was over.")}},
    [LAB_LIMIT_REUSED] = {{N_("address taken anew"), N_("address taken anew")},
                          {N_("A new connection has taken the addresses of the TIME_WAIT of {who}."),
                           N_("A new connection has taken the addresses of the TIME_WAIT of {who}.")}},
    [LAB_LIMIT_BUCKETS] =
        {{"tcp_max_tw_buckets", "tcp_max_tw_buckets"},
         {N_("The end of {who} was forgotten instead of staying in TIME_WAIT, or in FIN_WAIT2 without a "
             "program: its host has as many of those as tcp_max_tw_buckets allows "
             "(TCPTimeWaitOverflow)."),
          N_("The end of {who} was forgotten instead of staying in TIME_WAIT, or in FIN_WAIT2 without a "
             "program: its host has as many of those as tcp_max_tw_buckets allows "
             "(TCPTimeWaitOverflow).")}},
    [LAB_LIMIT_ORPHANS] = {{N_("too many orphans"), N_("too many orphans")},
                           {N_("The kernel of {who} gave up an end that no program owns: there were too many of them "
                               "(tcp_max_orphans), or too little memory (tcp_mem) (TCPAbortOnMemory)."),
                            N_("The kernel of {who} gave up an end that no program owns: there were too many of them "
                               "(tcp_max_orphans), or too little memory (tcp_mem) (TCPAbortOnMemory).")}},
    [LAB_LIMIT_OVERFLOW] =
        {{N_("accept queue full"), N_("accept queue full")},
         {N_("The last ACK of the handshake came while the accept queue was full, and the kernel of "
             "{host} ended the half-open connection: tcp_abort_on_overflow is set (ListenOverflows)."),
          N_("The last ACK of the handshake came while the accept queue was full, and the kernel of "
             "{host} ended the half-open connection: tcp_abort_on_overflow is set (ListenOverflows).")}},
    [LAB_LIMIT_ICMP] = {{"ICMP #{count}", "ICMP #{count}"},
                        {N_("ICMP #{count} told the kernel of {host} that there is no way back, and it dropped the "
                            "half-open connection."),
                         N_("ICMP #{count} told the kernel of {host} that there is no way back, and it dropped the "
                            "half-open connection.")}},
    [LAB_LIMIT_ICMP_SYN] =
        {{"ICMP #{count}", "ICMP #{count}"},
         {N_("ICMP #{count} told the kernel of {host} that the SYN of {who} cannot get there, and it "
             "gave the attempt up."),
          N_("ICMP #{count} told the kernel of {host} that the SYN of {who} cannot get there, and it "
             "gave the attempt up.")}},
};

const char *lab_limit_short(const struct lab_limit_reached *r)
{
    return LAB_PLURAL(r->count, words[r->limit].brief[0], words[r->limit].brief[1]);
}

const char *lab_limit_sentence(const struct lab_limit_reached *r)
{
    return LAB_PLURAL(r->count, words[r->limit].whole[0], words[r->limit].whole[1]);
}

/* ---- what is known of the end ------------------------------------------------------------------------------------ */

static bool was_orphan(const struct net_event *last)
{
    uint8_t state = last ? last->u.sample.state : NET_STATE_ABSENT;
    bool closing = state == NET_STATE_FIN_WAIT1 || state == NET_STATE_FIN_WAIT2 || state == NET_STATE_CLOSING ||
                   state == NET_STATE_LAST_ACK;
    return closing && last->u.sample.inode == 0;
}

/* Which end of the conversation the socket is; false: of none that is known. */
static bool side_of(const struct lab_evidence *e, const struct lab_socket *s, unsigned *side)
{
    const struct lab_conversation *c = e->conversation;
    for (*side = 0; c && *side < NET_HOSTS; (*side)++)
        if (c->socket[*side] != LAB_NONE && &e->state->sockets[c->socket[*side]] == s)
            return true;
    return false;
}

static uint32_t user_timeout_ms(const struct lab_socket *s)
{
    return s->timers.cookie ? s->timers.user_timeout_ms : 0;
}

/* A SYN has two limits, and the first that is reached ends it: a number of times, and TCP_USER_TIMEOUT. */
static void of_syn(const struct lab_evidence *e, const struct lab_socket *s, size_t step, struct lab_limit_reached *r)
{
    const bool crossed = lab_has_crossed(s);
    const size_t first = crossed && step > 1 ? step - 2 : step - 1; /* in SYN_SENT */
    uint64_t tried_ns = s->steps[step].time_ns - s->steps[first].time_ns;
    uint32_t timeout_ms = user_timeout_ms(s);
    int64_t times = lab_syn_count(e, s, s->steps[step].event);
    if (timeout_ms && tried_ns >= (uint64_t)timeout_ms * 1000 * 1000)
        *r = (struct lab_limit_reached){.limit = LAB_LIMIT_USER_TIMEOUT, .count = r->count, .bound = timeout_ms};
    else if (times)
        *r = (struct lab_limit_reached){
            .limit = crossed ? LAB_LIMIT_CROSSED_COUNT : LAB_LIMIT_SYNCNT, .count = r->count, .bound = times};
}

/* All that was sent but the FIN had been confirmed: what is left of the send queue is the FIN alone, which the kernel
 * counts as a byte. */
static bool waits_for_fin_alone(const struct net_event *last)
{
    return last && last->u.sample.wqueue <= 1;
}

/* What ran out when something was sent again and again. */
static enum lab_limit of_retransmission(const struct lab_socket *s, const struct net_event *last, uint8_t from)
{
    if (from == NET_STATE_SYN_SENT)
        return LAB_LIMIT_SYN;
    if (from == NET_STATE_SYN_RECV && lab_has_crossed(s))
        return LAB_LIMIT_CROSSED;
    if (from == NET_STATE_SYN_RECV)
        return LAB_LIMIT_SYN_ACK;
    if (user_timeout_ms(s))
        return LAB_LIMIT_USER_TIMEOUT;
    if (was_orphan(last))
        return LAB_LIMIT_ORPHAN;
    bool closing = from == NET_STATE_FIN_WAIT1 || from == NET_STATE_LAST_ACK || from == NET_STATE_CLOSING;
    return closing && waits_for_fin_alone(last) ? LAB_LIMIT_FIN : LAB_LIMIT_DATA;
}

/* How often a SYN, or a SYN ACK, was sent: the first time is one of them. */
static unsigned attempts(enum lab_limit limit, unsigned again)
{
    return limit == LAB_LIMIT_SYN || limit == LAB_LIMIT_SYN_ACK ? again + 1 : again;
}

/* The ACK that was waited for had come: then no repetition of SYN ACK ended it, but the RST that answered that ACK
 * (tcp_check_req() of Linux). */
static bool by_overflow(const struct lab_evidence *e, const struct lab_socket *s, const struct lab_step *step,
                        struct lab_limit_reached *r)
{
    unsigned side;
    if (!side_of(e, s, &side) || !lab_has_acked(e, !side) ||
        lab_counted_about(e, s->host, NET_COUNTER_LISTEN_OVERFLOWS, step->time_ns) == 0)
        return false;
    r->limit = LAB_LIMIT_OVERFLOW;
    return true;
}

static bool by_timer(const struct lab_evidence *e, const struct lab_socket *s, size_t step, uint8_t from,
                     const struct net_event *last, struct lab_limit_reached *r)
{
    unsigned side = 0, probes = 0, again = 0;
    uint8_t timer = last ? last->u.sample.timer : NET_TIMER_NONE;
    if (side_of(e, s, &side)) {
        probes = lab_unanswered(e, side, s->steps[step].event, true);
        again = lab_unanswered(e, side, s->steps[step].event, false);
    }
    if (timer == NET_TIMER_PERSIST) {
        r->count = lab_window_probes(&last->u.sample);
        r->limit = was_orphan(last)     ? LAB_LIMIT_ORPHAN_WINDOW
                   : user_timeout_ms(s) ? LAB_LIMIT_USER_TIMEOUT
                                        : LAB_LIMIT_WINDOW;
        return true;
    }
    if (probes == 0 && timer == NET_TIMER_KEEPALIVE)
        probes = last->u.sample.probes;
    if (again == 0 && timer == NET_TIMER_RETRANSMIT)
        again = last->u.sample.retransmits;
    if (probes) {
        r->count = probes;
        r->limit = user_timeout_ms(s) ? LAB_LIMIT_USER_TIMEOUT : LAB_LIMIT_KEEPALIVE;
    } else if (again || (from == NET_STATE_SYN_RECV && !lab_has_acked(e, !side))) {
        r->limit = of_retransmission(s, last, from);
        r->count = attempts(r->limit, again);
    }
    r->bound = r->limit == LAB_LIMIT_USER_TIMEOUT ? user_timeout_ms(s) : 0;
    if (r->limit == LAB_LIMIT_SYN || r->limit == LAB_LIMIT_CROSSED)
        of_syn(e, s, step, r);
    if (r->limit == LAB_LIMIT_SYN_ACK && (r->bound = lab_syn_count(e, s, s->steps[step].event)) != 0)
        r->limit = LAB_LIMIT_SYN_ACK_COUNT; /* reqsk_timer_handler() */
    return r->limit != LAB_LIMIT_NONE;
}

/* ---- counters ---------------------------------------------------------------------------------------------------- */

static bool has_negative_linger2(const struct lab_evidence *e, const struct lab_socket *s)
{
    const struct net_option *option = net_option_find("TCP_LINGER2");
    struct net_option_value value = {0};
    return option && lab_option_set(e, s, option, (long)e->state->applied, &value) && value.number < 0;
}

static bool by_counter(const struct lab_evidence *e, const struct lab_socket *s, uint8_t from,
                       const struct lab_step *step, struct lab_limit_reached *r)
{
    const bool closing = from == NET_STATE_FIN_WAIT1 || from == NET_STATE_FIN_WAIT2 || from == NET_STATE_CLOSING,
               unowned = s->references == 0, forgotten = step->state == NET_STATE_ABSENT;
    const struct {
        enum net_counter_id id;
        enum lab_limit limit;
        bool possible;
    } counters[] = {
        {NET_COUNTER_TIME_WAIT_OVERFLOW, LAB_LIMIT_BUCKETS, closing},
        {NET_COUNTER_ABORT_ON_LINGER, LAB_LIMIT_LINGER2, closing && unowned},
        {NET_COUNTER_ABORT_ON_DATA, LAB_LIMIT_LINGER2, closing && unowned && has_negative_linger2(e, s)},
        {NET_COUNTER_ABORT_ON_MEMORY, LAB_LIMIT_ORPHANS, unowned && forgotten},
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        if (!counters[i].possible || lab_counted_about(e, s->host, counters[i].id, step->time_ns) == 0)
            continue;
        if (r->limit != LAB_LIMIT_NONE) {
            r->also = counters[i].limit;
            break;
        }
        *r = (struct lab_limit_reached){
            .limit = counters[i].limit, .counted = true, .among = lab_connections_at(e, s->host, step->time_ns)};
    }
    return r->limit != LAB_LIMIT_NONE;
}

/* ---- all in all -------------------------------------------------------------------------------------------------- */

/* Another socket with the same addresses came when this one went. */
static bool was_replaced(const struct lab_evidence *e, const struct lab_socket *s, const struct lab_step *step)
{
    enum { NEAR_NS = 50 * 1000 * 1000 };
    for (size_t i = 0; i < e->state->socket_count; i++) {
        const struct lab_socket *other = &e->state->sockets[i];
        bool same = other != s && other->host == s->host && other->now.local_port == s->now.local_port &&
                    other->now.remote_port == s->now.remote_port && net_ip_same(other->now.remote_ip, s->now.remote_ip);
        for (size_t k = 0; same && k < other->step_count; k++) {
            uint64_t at_ns = other->steps[k].time_ns;
            if (at_ns + NEAR_NS >= step->time_ns && at_ns <= step->time_ns + NEAR_NS)
                return true;
        }
    }
    return false;
}

/* A message that came right before the half-open connection went (tcp_req_err() of Linux), or the attempt
 * (tcp_v4_err()). */
static bool by_icmp(const struct lab_evidence *e, const struct lab_socket *s, const struct lab_step *step,
                    struct lab_limit_reached *r)
{
    enum { NEAR_NS = 50 * 1000 * 1000 };
    const struct lab_segment *icmp = lab_icmp_between(e, s->host, s->steps[0].event, step->event);
    if (!icmp || lab_arrival_ns(icmp) + NEAR_NS < step->time_ns)
        return false;
    const bool calls = !lab_was_in(s, NET_STATE_SYN_RECV);
    *r = (struct lab_limit_reached){.limit = calls ? LAB_LIMIT_ICMP_SYN : LAB_LIMIT_ICMP, .count = (unsigned)icmp->id};
    return true;
}

struct lab_limit_reached lab_limit_of(const struct lab_evidence *e, const struct lab_socket *s, size_t i)
{
    struct lab_limit_reached r = {.limit = LAB_LIMIT_NONE};
    const struct lab_step *step = &s->steps[i];
    uint8_t from = i ? s->steps[i - 1].state : NET_STATE_ABSENT;
    const struct net_event *last = lab_sample_before(e, s, step->event, from);
    if (from == NET_STATE_TIME_WAIT) {
        r.limit = was_replaced(e, s, step) ? LAB_LIMIT_REUSED : LAB_LIMIT_TIME_WAIT;
        return r;
    }
    if ((from == NET_STATE_SYN_RECV || from == NET_STATE_SYN_SENT) && by_icmp(e, s, step, &r))
        return r;
    if (from == NET_STATE_SYN_RECV && by_overflow(e, s, step, &r))
        return r;
    if (by_timer(e, s, i, from, last, &r) || by_counter(e, s, from, step, &r))
        return r;
    if (from == NET_STATE_FIN_WAIT2)
        r.limit = LAB_LIMIT_FIN_WAIT2;
    return r;
}
