// SPDX-License-Identifier: GPL-3.0-or-later
// What the journal and the state show of a call or a connection.

#include "lab/explain/evidence.h"

#include "net/data/call.h"
#include "net/data/option.h"
#include "net/data/linux.h"

const struct net_event *lab_event_at(const struct lab_evidence *e, long index)
{
    return index < 0 || (size_t)index >= e->state->applied ? NULL : lab_journal_at(e->journal, (size_t)index);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

bool lab_call_reads(unsigned call)
{
    return net_call_is(call, NET_READS);
}

bool lab_call_writes(unsigned call)
{
    return net_call_is(call, NET_WRITES);
}

bool lab_call_connects(const struct net_ev_call *call)
{
    return call->call == NET_CALL_CONNECT ||
           (call->call == NET_CALL_SENDTO && net_call_message_flags(call) & NET_MSG_FASTOPEN);
}

bool lab_call_accepts(unsigned call)
{
    return net_call_is(call, NET_ACCEPTS);
}

/* Between the two a signal's handler may have made calls of its own, which have returned. */
long lab_entry_of(const struct lab_evidence *e, long ret)
{
    const struct net_event *returned = lab_event_at(e, ret);
    unsigned inner = 0;
    for (long i = ret; i-- > 0;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (!ev || ev->task != returned->task)
            continue;
        if (ev->kind == NET_EV_CALL_RETURN)
            inner++;
        else if (ev->kind == NET_EV_CALL_ENTER && inner-- == 0)
            return ev->u.call.call == returned->u.call.call ? i : LAB_NONE;
    }
    return LAB_NONE;
}

const struct lab_socket *lab_socket_of_call(const struct lab_evidence *e, long ret)
{
    long enter = lab_entry_of(e, ret); /* uses stand in the order of their entries; some have not returned */
    for (size_t i = e->state->socket_count; i-- > 0;) {
        const struct lab_socket *s = &e->state->sockets[i];
        for (size_t k = s->use_count; k-- > 0 && s->uses[k].enter >= enter;)
            if (s->uses[k].ret == ret)
                return s;
    }
    return NULL;
}

uint16_t lab_port_in(const struct net_event *enter)
{
    struct net_ip ip;
    uint16_t port;
    return enter && enter->data && net_address_of(enter->data, enter->data_bytes, &ip, &port) ? port : 0;
}

struct net_ip lab_ip_in(const struct net_event *enter)
{
    struct net_ip ip = {0};
    uint16_t port;
    if (enter && enter->data)
        net_address_of(enter->data, enter->data_bytes, &ip, &port);
    return ip;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

uint8_t lab_state_before(const struct lab_socket *s, long index)
{
    uint8_t state = NET_STATE_ABSENT;
    for (size_t i = 0; i < s->step_count && s->steps[i].event < index; i++)
        state = s->steps[i].state;
    return state;
}

bool lab_was_in(const struct lab_socket *s, unsigned state)
{
    for (size_t i = 0; s && i < s->step_count; i++)
        if (s->steps[i].state == state)
            return true;
    return false;
}

static bool is_sample_of(const struct net_event *ev, const struct lab_socket *s)
{
    return ev && ev->kind == NET_EV_SAMPLE && ev->u.sample.cookie == s->cookie && ev->u.sample.host == s->host;
}

const struct net_event *lab_sample_before(const struct lab_evidence *e, const struct lab_socket *s, long index,
                                          unsigned state)
{
    for (long i = index; i-- > 0;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (is_sample_of(ev, s) && ev->u.sample.state == state)
            return ev;
    }
    return NULL;
}

/* The kernel's tables count a FIN that arrived as a byte (tcp_diag_get_info() of Linux); a task's descriptor does not.
 */
uint32_t lab_unread(const struct net_event *ev)
{
    const struct net_ev_sample *sample = &ev->u.sample;
    bool has_fin = sample->state == NET_STATE_CLOSE_WAIT || sample->state == NET_STATE_LAST_ACK ||
                   sample->state == NET_STATE_CLOSING;
    return sample->rqueue - (has_fin && ev->task == 0 && sample->rqueue > 0);
}

/* tcpi_probes counts those without an answer; tcpi_backoff all of them, since an answer that leaves the window at 0
 * does not take it back (tcp_send_probe0(), tcp_ack_probe() of Linux). */
unsigned lab_window_probes(const struct net_ev_sample *s)
{
    unsigned most = s->probes > s->retransmits ? s->probes : s->retransmits;
    return s->has_info && s->backoff > most ? s->backoff : most;
}

bool lab_had_descriptor(const struct lab_evidence *e, const struct lab_socket *s)
{
    for (long i = (long)e->state->applied; i-- > 0;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (is_sample_of(ev, s) && ev->u.sample.inode != 0)
            return true;
    }
    return false;
}

const struct net_event *lab_user_before(const struct lab_evidence *e, const struct lab_socket *s, long index)
{
    for (size_t i = s->use_count; i-- > 0;) {
        long used = s->uses[i].enter >= 0 ? s->uses[i].enter : s->uses[i].ret;
        const struct net_event *ev = lab_event_at(e, used);
        if (ev && used <= index)
            return ev;
    }
    return NULL;
}

static int holds_plainly(uint8_t state)
{
    return state == NET_STATE_LISTEN ? 3 : state == NET_STATE_CLOSE ? 1 : 2;
}

/* A listener that was closed before an event, though the kernel reported only later that it is gone: it lives no longer
 * than its last descriptor. */
static bool was_let_go(const struct lab_evidence *e, const struct lab_socket *s, long before)
{
    if (s->now.state == NET_STATE_LISTEN)
        return s->use_count > 0 && s->references == 0;
    for (size_t i = 1; i < s->step_count; i++) {
        const struct net_event *cause = s->steps[i].cause < before ? lab_event_at(e, s->steps[i].cause) : NULL;
        bool over = s->steps[i].state == NET_STATE_ABSENT || s->steps[i].state == NET_STATE_CLOSE;
        if (over && cause && cause->kind != NET_EV_SEGMENT)
            return true;
    }
    return false;
}

/* All addresses of the other's family, or of both. */
static bool takes_in(struct net_ip all, bool only_v6, struct net_ip one)
{
    return net_ip_is_any(all) && (all.is_v6 ? !only_v6 || !net_ip_is_v4(one) : net_ip_is_v4(one));
}

/* One of the two is for all addresses of the host, or they are the same. */
static bool overlap(struct net_ip ip, const struct net_ev_sample *s)
{
    return net_ip_same(ip, s->local_ip) || takes_in(s->local_ip, s->v6only, ip) || takes_in(ip, false, s->local_ip);
}

const struct lab_socket *lab_port_holder(const struct lab_evidence *e, unsigned host, struct net_ip ip, uint16_t port,
                                         long before, const struct lab_socket *but)
{
    const struct lab_socket *best = NULL;
    int most = 0;
    for (size_t i = 0; i < e->state->socket_count; i++) {
        const struct lab_socket *s = &e->state->sockets[i];
        uint8_t state = lab_state_before(s, before);
        if (s == but || s->host != host || s->now.local_port != port || state == NET_STATE_ABSENT)
            continue;
        if (!overlap(ip, &s->now) || (state == NET_STATE_LISTEN && was_let_go(e, s, before)))
            continue;
        if (holds_plainly(state) > most) {
            most = holds_plainly(state);
            best = s;
        }
    }
    return best;
}

const struct lab_socket *lab_listener_elsewhere(const struct lab_evidence *e, unsigned host, struct net_ip ip,
                                                uint16_t port, long before)
{
    for (size_t i = 0; i < e->state->socket_count; i++) {
        const struct lab_socket *s = &e->state->sockets[i];
        if (s->host == host && s->now.local_port == port && lab_state_before(s, before) == NET_STATE_LISTEN &&
            !overlap(ip, &s->now) && !was_let_go(e, s, before))
            return s;
    }
    return NULL;
}

/* The return of the call that made the socket's first descriptor; NULL. */
static const struct net_event *maker_of(const struct lab_evidence *e, const struct lab_socket *s)
{
    return s->use_count ? lab_event_at(e, s->uses[0].ret) : NULL;
}

const struct lab_socket *lab_listener_of(const struct lab_evidence *e, const struct lab_socket *s)
{
    const struct net_event *made = maker_of(e, s);
    if (!made || !lab_call_accepts(made->u.call.call))
        return NULL;
    for (size_t i = 0; i < e->state->socket_count; i++) {
        const struct lab_socket *l = &e->state->sockets[i];
        for (size_t k = 0; k < l->use_count && l != s; k++)
            if (l->uses[k].enter == s->uses[0].enter && l->uses[k].enter != LAB_NONE)
                return l;
    }
    return NULL;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* What of <fcntl.h> on Linux is needed to read the arguments. */

/* Whether that call sets the option, and to what. */
static bool sets(const struct net_event *enter, const struct net_option *option, struct net_option_value *value)
{
    const int64_t *args = enter->u.call.args;
    if (enter->u.call.call == NET_CALL_FCNTL && option->type == NET_OPT_FILE_FLAG && args[1] == NET_F_SETFL) {
        *value = (struct net_option_value){.number = (args[2] & NET_O_NONBLOCK) != 0};
        return true;
    }
    return enter->u.call.call == NET_CALL_SETSOCKOPT && enter->data &&
           net_option_by_number((int)args[1], (int)args[2]) == option &&
           net_option_decode(option, enter->data, enter->data_bytes, value) == 0;
}

static long set_by_call(const struct lab_evidence *e, const struct lab_socket *s, const struct net_option *option,
                        long before, struct net_option_value *value)
{
    for (size_t i = s->use_count; i-- > 0;) {
        const struct net_event *enter = lab_event_at(e, s->uses[i].enter), *ret = lab_event_at(e, s->uses[i].ret);
        if (enter && ret && s->uses[i].ret <= before && ret->u.call.ret >= 0 && sets(enter, option, value))
            return s->uses[i].enter;
    }
    return LAB_NONE;
}

/* An option set from outside of the program leaves no call, but the kernel's value in the lab's reply. Only where such
 * replies are is it looked for: this is asked for each row of a frame, and a crowd's journal is long. */
static long set_by_lab(const struct lab_evidence *e, const struct lab_socket *s, const struct net_option *option,
                       long before, struct net_option_value *value)
{
    const struct net_event *made = maker_of(e, s);
    if (!made || e->state->set_last == LAB_NONE)
        return LAB_NONE;
    long from = s->uses[0].ret > e->state->set_first ? s->uses[0].ret : e->state->set_first,
         end = before <= e->state->set_last ? before : e->state->set_last + 1;
    for (long i = end; i-- > from;) {
        const struct net_event *ev = lab_event_at(e, i);
        const struct net_ev_note *note = ev && ev->kind == NET_EV_NOTE ? &ev->u.note : NULL;
        if (!note || note->kind != LAB_NOTE_REPLY || note->command != LAB_COMMAND_SET ||
            note->option != net_option_for_note(option) || note->subject != made->actor || note->fd != made->u.call.fd)
            continue;
        *value = (struct net_option_value){.number = note->value[0], .second = note->value[1]};
        return i;
    }
    return LAB_NONE;
}

const struct net_event *lab_option_set(const struct lab_evidence *e, const struct lab_socket *s,
                                       const struct net_option *option, long before, struct net_option_value *value)
{
    struct net_option_value by_lab = {0};
    long call = set_by_call(e, s, option, before, value), lab = set_by_lab(e, s, option, before, &by_lab);
    if (lab > call)
        *value = by_lab;
    return lab_event_at(e, lab > call ? lab : call);
}

struct net_option_value lab_option_in_force(const struct lab_evidence *e, const struct lab_socket *s, const char *name,
                                            long before, struct net_option_value otherwise)
{
    const struct net_option *option = net_option_find(name);
    struct net_option_value value = {0};
    if (!option)
        return otherwise;
    if (lab_option_set(e, s, option, before, &value))
        return value;
    const struct lab_socket *from = option->inherited ? lab_listener_of(e, s) : NULL;
    if (from && lab_option_set(e, from, option, s->uses[0].ret, &value))
        return value;
    return otherwise;
}

int64_t lab_option_number(const struct lab_evidence *e, const struct lab_socket *s, const char *name, long before,
                          int64_t otherwise)
{
    return lab_option_in_force(e, s, name, before, (struct net_option_value){.number = otherwise}).number;
}

const struct lab_socket *lab_listener_at(const struct lab_evidence *e, unsigned host, uint16_t port)
{
    for (size_t i = e->state->socket_count; i-- > 0;) {
        const struct lab_socket *s = &e->state->sockets[i];
        if (s->host == host && s->now.state == NET_STATE_LISTEN && s->now.local_port == port)
            return s;
    }
    return NULL;
}

int64_t lab_syn_count(const struct lab_evidence *e, const struct lab_socket *s, long before)
{
    const struct lab_socket *of = lab_was_in(s, NET_STATE_SYN_SENT) ? s
                                                                    : lab_listener_at(e, s->host, s->now.local_port);
    return of ? lab_option_number(e, of, "TCP_SYNCNT", before, 0) : 0;
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

bool lab_is_from(const struct lab_evidence *e, const struct lab_segment *seg, unsigned side)
{
    const struct lab_conversation *c = e->conversation;
    return net_ip_same(seg->segment->src_ip, c->ip[side]) && seg->segment->src_port == c->port[side];
}

/* The last answer that an end had before an event, as its place among the segments; it may have left long before it
 * arrived. A SYN that crossed ours confirms nothing. */
static size_t last_answer(const struct lab_evidence *e, unsigned side, long before)
{
    size_t k = e->conversation->segment_count;
    while (k-- > 0) {
        const struct lab_segment *seg = &e->state->segments[e->conversation->segments[k]];
        if (seg->event <= before && !lab_is_from(e, seg, side) && seg->fate == NET_DELIVERED &&
            (seg->segment->flags & (NET_ACK | NET_RST)))
            return k;
    }
    return SIZE_MAX;
}

unsigned lab_unanswered(const struct lab_evidence *e, unsigned side, long before, bool probes)
{
    const size_t answer = last_answer(e, side, before);
    const uint64_t since_ns = answer == SIZE_MAX
                                  ? 0
                                  : lab_arrival_ns(&e->state->segments[e->conversation->segments[answer]]);
    unsigned n = 0;
    for (size_t k = answer + 1; k < e->conversation->segment_count; k++) {
        const struct lab_segment *seg = &e->state->segments[e->conversation->segments[k]];
        if (seg->event > before || seg->sent_ns < since_ns || !lab_is_from(e, seg, side))
            continue;
        if (probes ? seg->keepalive_probe : seg->retransmission)
            n += 1 + seg->repeats;
        else if (!probes && (seg->segment->payload_bytes || (seg->segment->flags & (NET_SYN | NET_FIN))))
            n += seg->repeats; /* of the first copy, while the wire held it */
    }
    return n;
}

uint64_t lab_arrival_ns(const struct lab_segment *seg)
{
    return seg->fate_ns ? seg->fate_ns : seg->sent_ns;
}

/* An ICMP error quotes the IP header of what it is about, and 8 bytes of TCP (RFC 792): the ports are among those. */
static bool is_about(const struct net_event *icmp, const struct lab_conversation *c)
{
    enum { ICMP_BYTES = 8, PORTS_BYTES = 4 };
    struct net_packet outer, quoted;
    if (!icmp->data || !net_packet_read(icmp->data, icmp->data_bytes, &outer))
        return true; /* it cannot be told */
    const size_t quote = outer.header_bytes + ICMP_BYTES;
    if (quote >= icmp->data_bytes || !net_packet_read(icmp->data + quote, icmp->data_bytes - quote, &quoted) ||
        quote + quoted.header_bytes + PORTS_BYTES > icmp->data_bytes)
        return true;
    const uint8_t *ports = icmp->data + quote + quoted.header_bytes;
    const uint16_t from = (uint16_t)(ports[0] << 8 | ports[1]), to = (uint16_t)(ports[2] << 8 | ports[3]);
    return (from == c->port[0] && to == c->port[1]) || (from == c->port[1] && to == c->port[0]) ||
           (c->nat_port && from == c->port[NET_SERVER] && to == c->nat_port);
}

const struct lab_segment *lab_icmp_between(const struct lab_evidence *e, unsigned host, long after, long before)
{
    for (size_t i = e->state->segment_count; i-- > 0 && e->state->segments[i].event > after;) {
        const struct lab_segment *seg = &e->state->segments[i];
        if (seg->event < before && net_is_icmp(seg->segment->protocol) && seg->segment->from != host &&
            seg->fate == NET_DELIVERED && (!e->conversation || is_about(lab_event_at(e, seg->event), e->conversation)))
            return seg;
    }
    return NULL;
}

bool lab_cleared_away(const struct lab_evidence *e, long index)
{
    for (long i = index; i-- > 0;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (!ev || (ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND))
            return false;
        if ((ev->kind == NET_EV_TASK_END || ev->kind == NET_EV_ACTOR_END) && ev->u.end.how == NET_END_LAB)
            return true;
    }
    return false;
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

const struct net_event *lab_ending_command(const struct lab_evidence *e, unsigned host, long index)
{
    for (long i = index; i-- > 0;) {
        const struct net_event *ev = lab_event_at(e, i);
        if (!ev || ev->kind != NET_EV_NOTE || ev->u.note.kind != LAB_NOTE_COMMAND)
            continue;
        bool ends = ev->u.note.command == LAB_COMMAND_DESTROY || ev->u.note.command == LAB_COMMAND_CLEAR ||
                    (ev->u.note.command == LAB_COMMAND_REBOOT && ev->u.note.value[0] == (int64_t)host);
        return ends ? ev : NULL;
    }
    return NULL;
}

bool lab_has_crossed(const struct lab_socket *s)
{
    return s && lab_was_in(s, NET_STATE_SYN_SENT) && lab_was_in(s, NET_STATE_SYN_RECV);
}

bool lab_has_acked(const struct lab_evidence *e, unsigned side)
{
    for (size_t i = 0; e->conversation && i < e->conversation->segment_count; i++) {
        const struct lab_segment *s = &e->state->segments[e->conversation->segments[i]];
        if (lab_is_from(e, s, side) && s->fate == NET_DELIVERED && (s->segment->flags & NET_ACK) &&
            !(s->segment->flags & (NET_SYN | NET_RST)))
            return true;
    }
    return false;
}

uint64_t lab_counted(const struct lab_evidence *e, unsigned host, enum net_counter_id id)
{
    return e->state->counters[host][id].by;
}

/* Of the reads of a counter that overlap with a span of time. */
static uint64_t counted_between(const struct lab_evidence *e, unsigned host, enum net_counter_id id, uint64_t first_ns,
                                uint64_t last_ns)
{
    uint64_t by = 0;
    if (e->state->counters[host][id].by == 0)
        return 0;
    for (long i = e->state->counters[host][id].last; i >= 0; i--) {
        const struct net_event *ev = lab_event_at(e, i);
        if (!ev || ev->time_ns < first_ns)
            break;
        if (ev->kind == NET_EV_COUNTER && ev->u.counter.host == host && ev->u.counter.counter == (uint32_t)id &&
            ev->u.counter.begin_ns <= last_ns)
            by += ev->u.counter.by;
    }
    return by;
}

uint64_t lab_counted_since(const struct lab_evidence *e, unsigned host, enum net_counter_id id, uint64_t since_ns)
{
    return counted_between(e, host, id, since_ns, UINT64_MAX);
}

uint64_t lab_counted_about(const struct lab_evidence *e, unsigned host, enum net_counter_id id, uint64_t time_ns)
{
    enum { SHORTLY_NS = 50 * 1000 * 1000 };
    return counted_between(e, host, id, time_ns > SHORTLY_NS ? time_ns - SHORTLY_NS : 0, time_ns);
}

/* Both its ends were gone by then. */
static bool was_over(const struct lab_evidence *e, const struct lab_conversation *c, uint64_t time_ns)
{
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        const struct lab_socket *s = c->socket[side] == LAB_NONE ? NULL : &e->state->sockets[c->socket[side]];
        if (s && (s->gone_ns == 0 || s->gone_ns >= time_ns))
            return false;
    }
    return true;
}

unsigned lab_connections_at(const struct lab_evidence *e, unsigned host, uint64_t time_ns)
{
    const struct net_event *experiment = lab_event_at(e, e->state->experiment);
    uint64_t first_ns = experiment ? experiment->time_ns : 0;
    unsigned n = 0;
    for (size_t i = 0; i < e->state->conversation_count; i++) {
        const struct lab_conversation *c = &e->state->conversations[i];
        const struct lab_socket *s = c->socket[host] == LAB_NONE ? NULL : &e->state->sockets[c->socket[host]];
        bool here = !s || s->host == host;
        n += here && c->start_ns >= first_ns && c->start_ns <= time_ns && !was_over(e, c, time_ns);
    }
    return n;
}
