// SPDX-License-Identifier: GPL-3.0-or-later
// Why bytes stay in a send queue: they do not leave, or they have left and nobody has confirmed them.
//
// The questions are asked in the order in which the kernel asks them when it would send (tcp_write_xmit(): congestion
// window, send window, Nagle and cork; tcp_check_probe_timer() where nothing is under way). What it answered stands in
// the latest sample: unsent and unconfirmed bytes, windows, the timer. Nagle's algorithm keeps a segment that is not
// full while an earlier one that was not full is unconfirmed (tcp_nagle_check(), tcp_minshall_check(); RFC 9293, 3.7.4,
// counts full ones too).

#include "lab/explain/waits_inside.h"

#include "net/base/message.h"
#include "net/data/call.h"
#include "net/data/linux.h"
#include "net/data/option.h"

enum { NS_PER_MS = 1000000 };

/* ---- windows ----------------------------------------------------------------------------------------------------- */

/* A kernel older than tcp_info's snd_wnd says 0 of it: then what came last on the wire decides. */
static bool may_trust_window(const struct lab_evidence *e, const struct lab_socket *s)
{
    const struct lab_conversation *c = s->conversation == LAB_NONE ? NULL : &e->state->conversations[s->conversation];
    unsigned side = c ? lab_side_of_socket(e, s) : 0;
    for (size_t k = c ? c->segment_count : 0; k-- > 0;) {
        const struct lab_segment *seg = &e->state->segments[c->segments[k]];
        bool mine = net_ip_same(seg->segment->src_ip, c->ip[side]) && seg->segment->src_port == c->port[side];
        if (!mine && seg->fate == NET_DELIVERED)
            return s->now.snd_wnd_bytes != 0 || seg->segment->window == 0;
    }
    return s->now.snd_wnd_bytes != 0 || s->now.timer == NET_TIMER_PERSIST;
}

static uint32_t unread_of(const struct lab_evidence *e, const struct lab_socket *s)
{
    const struct lab_socket *other = lab_other_end(e, s);
    return other ? other->now.rqueue : 0;
}

static const char *name_of_other(const struct lab_waiting_for *f, const struct lab_socket *s, char *out, size_t room)
{
    const struct lab_socket *other = lab_other_end(&f->e, s);
    return other ? lab_end_text(f, other, out, room) : net_host_name(s->host == NET_SERVER ? NET_CLIENT : NET_SERVER);
}

/* ---- what does not leave ----------------------------------------------------------------------------------------- */

/* The last successful send of the socket. */
static bool sent_with_more(const struct lab_evidence *e, const struct lab_socket *s)
{
    for (size_t i = s->use_count; i-- > 0;) {
        const struct net_event *enter = lab_event_at(e, s->uses[i].enter);
        if (enter && lab_call_writes(enter->u.call.call))
            return (net_call_message_flags(&enter->u.call) & NET_MSG_MORE) != 0;
    }
    return false;
}

static bool is_corked(const struct lab_evidence *e, const struct lab_socket *s)
{
    return lab_option_number(e, s, "TCP_CORK", (long)e->state->applied, 0) != 0;
}

/* Less than a segment: by MSG_MORE, TCP_CORK, or Nagle's algorithm. */
static bool too_small(struct lab_waiting_for *f, const struct lab_socket *s, const char *who, int64_t unsent,
                      int64_t under_way)
{
    if (is_corked(&f->e, s)) {
        lab_wait_add(f, LAB_WAIT_CORK, .who = who, .count = unsent);
        return true;
    }
    if (sent_with_more(&f->e, s)) {
        lab_wait_add(f, LAB_WAIT_MORE, .who = who, .count = unsent);
        return true;
    }
    if (under_way > 0 && !lab_option_number(&f->e, s, "TCP_NODELAY", (long)f->e.state->applied, 0)) {
        lab_wait_add(f, LAB_WAIT_NAGLE, .who = who, .count = unsent, .number = under_way);
        return true;
    }
    return false;
}

/* What keeps bytes that have not left. */
static void why_unsent(struct lab_waiting_for *f, const struct lab_socket *s, int64_t unsent, int64_t under_way)
{
    const struct net_ev_sample *now = &s->now;
    char who[LAB_WHO_BYTES], other[LAB_WHO_BYTES];
    int64_t window = now->snd_wnd_bytes, next = unsent < now->snd_mss_bytes ? unsent : now->snd_mss_bytes;
    lab_end_text(f, s, who, sizeof who);
    const char *peer = name_of_other(f, s, other, sizeof other);
    bool trusts = may_trust_window(&f->e, s);
    if (trusts && window == 0)
        lab_wait_add(f, LAB_WAIT_ZERO_WINDOW, .other = peer, .count = unread_of(&f->e, s));
    else if (now->unacked_segs > 0 && now->unacked_segs >= now->cwnd_segs)
        lab_wait_add(f, LAB_WAIT_CONGESTION, .who = who, .count = now->cwnd_segs, .limit = now->cwnd_segs);
    else if (trusts && under_way > 0 && under_way + next > window)
        lab_wait_add(f, LAB_WAIT_FULL_WINDOW, .other = peer, .limit = window, .number = under_way);
    else if (trusts && under_way == 0 && next > window)
        lab_wait_add(f, LAB_WAIT_SMALL_WINDOW, .other = peer, .limit = window, .count = unread_of(&f->e, s));
    else if (unsent > 0 && (unsent >= now->snd_mss_bytes || !too_small(f, s, who, unsent, under_way)))
        lab_wait_add(f, LAB_WAIT_NEXT_TIME, .who = who, .count = unsent);
}

/* ---- what is not confirmed --------------------------------------------------------------------------------------- */

/* A segment of the other end that confirms this one and has not arrived; NULL. */
static const struct lab_segment *ack_under_way(const struct lab_evidence *e, const struct lab_socket *s,
                                               const struct lab_segment *of)
{
    const struct lab_conversation *c = &e->state->conversations[s->conversation];
    unsigned side = lab_side_of_socket(e, s);
    for (size_t k = c->segment_count; k-- > 0;) {
        const struct lab_segment *seg = &e->state->segments[c->segments[k]];
        if (seg == of)
            return NULL;
        bool mine = net_ip_same(seg->segment->src_ip, c->ip[side]) && seg->segment->src_port == c->port[side];
        if (!mine && seg->fate != NET_DELIVERED && (seg->segment->flags & NET_ACK) &&
            (int32_t)(seg->segment->ack - of->segment->seq) > 0)
            return seg;
    }
    return NULL;
}

/* A kernel puts an ACK off for 40 ms mostly, and for 200 ms at most (TCP_DELACK_MAX), as long as its end can receive.
 */
static bool may_be_put_off(const struct lab_evidence *e, const struct lab_socket *s, const struct lab_segment *seg)
{
    enum { AT_ONCE_NS = 1 * NS_PER_MS, LONGEST_NS = 250 * NS_PER_MS };
    const struct lab_socket *other = lab_other_end(e, s);
    bool receives = other && other->now.state != NET_STATE_SYN_RECV && other->now.state != NET_STATE_ABSENT &&
                    other->now.state != NET_STATE_CLOSE;
    return receives && s->now.retransmits == 0 && e->state->time_ns > seg->fate_ns + AT_ONCE_NS &&
           e->state->time_ns < seg->fate_ns + LONGEST_NS;
}

/* It has arrived, and no ACK has left the other end. */
static void why_no_ack(struct lab_waiting_for *f, const struct lab_socket *s, const struct lab_segment *seg)
{
    char other[LAB_WHO_BYTES];
    const struct lab_parts parts = {.format = "",
                                    .name = lab_carries(f, seg->segment),
                                    .id = (int64_t)seg->id,
                                    .at = seg->fate_ns,
                                    .other = name_of_other(f, s, other, sizeof other)};
    lab_wait_put(f, may_be_put_off(&f->e, s, seg) ? LAB_WAIT_DELAYED_ACK : LAB_WAIT_NO_ACK, parts);
    lab_wait_for_full_listener(f, s);
}

static void why_unconfirmed(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_segment *first, *latest = lab_first_unconfirmed(&f->e, s, &first);
    if (!latest) {
        lab_wait_add(f, lab_sees_segments(&f->e, s) ? LAB_WAIT_JUST_SENT : LAB_WAIT_NO_ACK_UNSEEN, .host = s->host);
        return;
    }
    if (lab_wait_for_segment(f, latest))
        return;
    const struct lab_segment *ack = ack_under_way(&f->e, s, latest);
    if (!ack || !lab_wait_for_segment(f, ack))
        why_no_ack(f, s, latest);
}

/* ---- timers and limits ------------------------------------------------------------------------------------------- */

/* Window probes since the window became 0: each has the number below the first unconfirmed one, or one byte of what
 * waits (tcp_xmit_probe_skb()). The kernel counts those without an answer only. */
static unsigned probes_of(const struct lab_evidence *e, const struct lab_socket *s, uint64_t *first_ns)
{
    const struct lab_conversation *c = s->conversation == LAB_NONE ? NULL : &e->state->conversations[s->conversation];
    unsigned side = c ? lab_side_of_socket(e, s) : 0, n = 0, seen = 0;
    uint64_t earliest_ns = 0;
    *first_ns = 0;
    for (size_t k = c ? c->segment_count : 0; k-- > 0;) {
        const struct lab_segment *seg = &e->state->segments[c->segments[k]];
        bool mine = net_ip_same(seg->segment->src_ip, c->ip[side]) && seg->segment->src_port == c->port[side];
        if (!mine && seg->fate == NET_DELIVERED && seg->segment->window != 0)
            break;
        if (!mine && seg->fate == NET_DELIVERED && seen > n) { /* since a segment that says 0 */
            n = seen;
            *first_ns = earliest_ns;
        }
        if (!mine || !(seg->segment->flags & NET_ACK) || seg->segment->payload_bytes > 1)
            continue;
        seen += 1 + seg->repeats;
        earliest_ns = seg->sent_ns;
    }
    return n > s->now.probes ? n : s->now.probes;
}

/* The kernel counts what its retransmission timer has sent again, and not what it sends again to find out about a loss
 * (tcp_send_loss_probe()); on the wire both are seen. */
static unsigned repeats_of(const struct lab_evidence *e, const struct lab_socket *s)
{
    struct lab_evidence own = *e;
    if (s->conversation == LAB_NONE)
        return s->now.retransmits;
    own.conversation = &e->state->conversations[s->conversation];
    unsigned seen = lab_unanswered(&own, lab_side_of_socket(e, s), (long)e->state->applied, false);
    return seen > s->now.retransmits ? seen : s->now.retransmits;
}

/* TCP_USER_TIMEOUT counts from when the first copy of what is not confirmed left (tcp_retransmit_timer()), or the first
 * window probe (tcp_probe_timer()). */
static bool by_user_timeout(struct lab_waiting_for *f, const struct lab_socket *s, uint64_t since_ns)
{
    char who[LAB_WHO_BYTES];
    if (!s->timers.user_timeout_ms || !since_ns || s->now.inode == 0)
        return false;
    lab_wait_add(f, LAB_WAIT_USER_TIMEOUT, .who = lab_end_text(f, s, who, sizeof who),
                 .limit = s->timers.user_timeout_ms,
                 .until = since_ns + (uint64_t)s->timers.user_timeout_ms * NS_PER_MS);
    return true;
}

/* It opens the connection itself: in SYN_RECV, after a simultaneous open, it still counts its SYNs
 * (tcp_write_timeout()). */
static bool opens(const struct lab_socket *s)
{
    return s->now.state == NET_STATE_SYN_SENT || (s->now.state == NET_STATE_SYN_RECV && lab_has_crossed(s));
}

/* Without a program: one that had it has closed it. What waits for accept() has none either. */
static bool is_orphan(const struct lab_socket *s)
{
    return s->now.inode == 0 && (s->use_count > 0 || lab_has_fin_queued(s));
}

/* The sysctl that says how often something is sent again, or asked. */
static void by_sysctl(struct lab_waiting_for *f, const struct lab_socket *s, enum lab_wait_for what)
{
    const char *name = opens(s)                             ? "tcp_syn_retries"
                       : s->now.state == NET_STATE_SYN_RECV ? "tcp_synack_retries"
                       : is_orphan(s)                       ? "tcp_orphan_retries"
                                                            : "tcp_retries2";
    lab_wait_add(f, what, .host = s->host, .name = name);
}

static void limit_of_repeats(struct lab_waiting_for *f, const struct lab_socket *s)
{
    const struct lab_segment *first = NULL, *latest = lab_first_unconfirmed(&f->e, s, &first);
    bool answers = s->now.state == NET_STATE_SYN_RECV && !opens(s);
    int64_t syns = opens(s) || answers ? lab_syn_count(&f->e, s, (long)f->e.state->applied) : 0;
    if (by_user_timeout(f, s, latest ? first->sent_ns : 0))
        return;
    if (syns)
        lab_wait_add(f,
                     answers              ? LAB_WAIT_SYNCNT_LISTENER
                     : lab_has_crossed(s) ? LAB_WAIT_SYNCNT_CROSSED
                                          : LAB_WAIT_SYNCNT,
                     .count = syns);
    else
        /* retransmits_timed_out() of Linux compares times: a tail loss probe, or a longer RTO, changes the number. */
        by_sysctl(f, s, opens(s) || answers ? LAB_WAIT_SYSCTL : LAB_WAIT_SYSCTL_TIME);
}

static void window_probes(struct lab_waiting_for *f, const struct lab_socket *s)
{
    char who[LAB_WHO_BYTES];
    uint64_t first_ns;
    unsigned probes = probes_of(&f->e, s, &first_ns);
    if (probes > 0)
        lab_wait_add(f, lab_sees_segments(&f->e, s) ? LAB_WAIT_PROBED : LAB_WAIT_PROBED_UNSEEN, .count = probes,
                     .until = lab_timer_ns(s));
    else
        lab_wait_add(f, LAB_WAIT_PROBE_NEXT, .who = lab_end_text(f, s, who, sizeof who), .until = lab_timer_ns(s));
    if (by_user_timeout(f, s, first_ns) || probes == 0)
        return;
    if (s->now.probes > 0)
        by_sysctl(f, s, LAB_WAIT_PROBE_LIMIT);
    else
        lab_wait_add(f, is_orphan(s) ? LAB_WAIT_PATIENT_ORPHAN : LAB_WAIT_PATIENT, .who = "");
}

/* What the retransmission timer sends: the first thing that is not confirmed. What was sent again before two SYNs
 * crossed was SYN, and SYN ACK after that. */
static const char *what_repeats(const struct lab_waiting_for *f, const struct lab_socket *s, unsigned again)
{
    if (s->now.state == NET_STATE_SYN_SENT)
        return "SYN";
    if (s->now.state == NET_STATE_SYN_RECV)
        return again > 0 && lab_has_crossed(s) ? "SYN" : "SYN+ACK";
    return lab_has_fin_queued(s) && lab_unconfirmed(s) == 0 ? "FIN" : lab_waiting_word(f, N_("data"));
}

void lab_wait_for_timer(struct lab_waiting_for *f, const struct lab_socket *s)
{
    unsigned again = s->now.timer == NET_TIMER_RETRANSMIT ? repeats_of(&f->e, s) : 0;
    if (s->now.timer == NET_TIMER_PERSIST)
        window_probes(f, s);
    if (s->now.timer != NET_TIMER_RETRANSMIT)
        return;
    if (again > 0)
        lab_wait_add(f, LAB_WAIT_REPEATED, .name = what_repeats(f, s, again), .count = again, .until = lab_timer_ns(s));
    else
        lab_wait_add(f, LAB_WAIT_REPEAT_NEXT, .name = what_repeats(f, s, again), .until = lab_timer_ns(s));
    limit_of_repeats(f, s);
}

void lab_wait_for_keepalive(struct lab_waiting_for *f, const struct lab_socket *s)
{
    char who[LAB_WHO_BYTES];
    if (s->now.timer != NET_TIMER_KEEPALIVE && (!s->timers.keepalive || s->now.wqueue == 0))
        return;
    lab_end_text(f, s, who, sizeof who);
    if (s->now.wqueue > 0)
        lab_wait_add(f, LAB_WAIT_KEEPALIVE_OFF, .who = who);
    else if (s->now.probes > 0)
        lab_wait_add(f, LAB_WAIT_KEEPALIVE_PROBED, .who = who, .count = s->now.probes, .limit = s->timers.keep_count,
                     .until = lab_timer_ns(s));
    else
        lab_wait_add(f, LAB_WAIT_KEEPALIVE_NEXT, .who = who, .until = lab_timer_ns(s));
}

/* ---- all in all -------------------------------------------------------------------------------------------------- */

static bool can_hold_data(unsigned state)
{
    return state == NET_STATE_ESTABLISHED || state == NET_STATE_CLOSE_WAIT || state == NET_STATE_FIN_WAIT1 ||
           state == NET_STATE_LAST_ACK || state == NET_STATE_CLOSING;
}

bool lab_wait_for_queue(struct lab_waiting_for *f, const struct lab_socket *s)
{
    if (!can_hold_data(s->now.state) || s->now.wqueue == 0)
        return false;
    int64_t unsent = s->now.has_info ? s->now.notsent_bytes : 0;
    int64_t under_way = unsent < s->now.wqueue ? s->now.wqueue - unsent : 0;
    if (unsent > 0)
        why_unsent(f, s, unsent - lab_has_fin_queued(s), under_way);
    if (under_way > 0)
        why_unconfirmed(f, s);
    lab_wait_for_timer(f, s);
    lab_wait_for_keepalive(f, s);
    return true;
}
