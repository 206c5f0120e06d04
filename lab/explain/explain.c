// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a connection, told from the journal.
//
// The state has the facts already: the way of each end with the cause of every step, the calls made on each socket, the
// segments with their fates. Telling is choosing among them, in this order:
//
//   how it began        connect() and accept(), or why there is no connection       explain_failed.c
//   who ended it        each step out of the connection that an end took itself     here, and explain_reset.c
//   what that sent      the FIN or RST, and whether the other end got it
//   who was told        calls that returned because of it: 0, ECONNRESET, EPIPE ...
//   what is left        TIME_WAIT, CLOSE_WAIT, calls that still wait                 explain_left.c
//
// The middle three are moments, put in order by their place in the journal. No sentence is chosen by what usually
// happens: a clause stands only if its event is there, and where the journal is silent the line says so.
//
// Left out: data that was exchanged, and more than a few calls that were told the same.

#include "lab/explain/explain.h"

#include "lab/explain/because.h"
#include "lab/explain/explain_inside.h"
#include "net/data/call.h"
#include "net/base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ------------------------------------------------------------------------------------------------------- */

void lab_tell(struct lab_telling *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->text + t->n, sizeof t->text - t->n, format, args);
    va_end(args);
    net_plain(t->text + t->n);
    t->n += n < 0 ? 0 : (size_t)n;
    if (t->n >= sizeof t->text)
        t->n = sizeof t->text - 1;
}

const char *lab_at(const struct lab_telling *t, uint64_t time_ns, char out[LAB_AT_BYTES])
{
    uint64_t since_ns = time_ns > t->start_ns ? time_ns - t->start_ns : 0;
    snprintf(out, LAB_AT_BYTES, "%" PRIu64 ".%03" PRIu64, since_ns / 1000000000, since_ns / 1000000 % 1000);
    return out;
}

void lab_tell_begin(struct lab_telling *t, uint64_t time_ns)
{
    char at[LAB_AT_BYTES];
    t->n = 0;
    lab_tell(t, "%s  ", lab_at(t, time_ns, at));
}

/* "the end of ..." opens a sentence with a capital; names of actors stay as they are. */
void lab_tell_end(struct lab_telling *t)
{
    char *word = strchr(t->text, ' ') + 2;
    if (strncmp(word, "the ", 4) == 0 || strncmp(word, "a ", 2) == 0)
        *word = (char)(*word - 'a' + 'A');
    t->line(t->user, t->text);
    t->lines++;
}

const struct net_event *lab_told_event(const struct lab_telling *t, long index)
{
    return index < 0 || (size_t)index >= t->state->applied ? NULL : lab_journal_at(t->journal, (size_t)index);
}

const char *lab_call_as_text(const struct lab_telling *t, long enter, long ret, char *out, size_t room)
{
    const struct net_event *entered = lab_told_event(t, enter), *returned = lab_told_event(t, ret);
    if (entered || returned)
        net_call_text(entered ? entered : returned, returned, out, room);
    else
        snprintf(out, room, "a call");
    return out;
}

/* ---- who --------------------------------------------------------------------------------------------------------- */

void lab_who(const struct lab_state *st, uint32_t actor, uint32_t task, char out[LAB_WHO_BYTES])
{
    const struct lab_actor *a = lab_actor_by_id(st, actor);
    const struct lab_task *t = lab_task_by_id(st, task);
    const char *name = a ? a->name : "somebody";
    if (t && t->kind == NET_TASK_CHILD)
        snprintf(out, LAB_WHO_BYTES, "%s (child %d)", name, t->pid);
    else if (t && t->kind == NET_TASK_THREAD)
        snprintf(out, LAB_WHO_BYTES, "%s (thread %d)", name, t->tid);
    else
        snprintf(out, LAB_WHO_BYTES, "%s", name);
}

/* A socket that no actor used but that had a descriptor belongs to a program outside the lab. */
static bool had_descriptor(const struct lab_telling *t, const struct lab_socket *s)
{
    for (size_t i = t->state->applied; i-- > 0;) {
        const struct net_event *ev = lab_journal_at(t->journal, i);
        if (ev->kind == NET_EV_SAMPLE && ev->u.sample.cookie == s->cookie && ev->u.sample.host == s->host &&
            ev->u.sample.inode != 0)
            return true;
    }
    return false;
}

/* Whoever owns it; else whoever used it last. NULL actor: nobody in the lab. */
static bool find_user(const struct lab_telling *t, const struct lab_socket *s, char who[LAB_WHO_BYTES])
{
    if (s && s->owner_task) {
        lab_who(t->state, s->owner_actor, s->owner_task, who);
        return true;
    }
    for (size_t i = s ? s->use_count : 0; i-- > 0;) {
        const struct net_event *ev = lab_told_event(t, s->uses[i].enter >= 0 ? s->uses[i].enter : s->uses[i].ret);
        if (!ev)
            continue;
        lab_who(t->state, ev->actor, ev->task, who);
        return true;
    }
    return false;
}

static void name_party(struct lab_telling *t, struct lab_party *p)
{
    const char *host = net_host_name(p->host);
    p->has_actor = find_user(t, p->sock, p->who);
    if (p->has_actor) {
        snprintf(p->its_end, sizeof p->its_end, "the end of %s", p->who);
    } else if (p->sock && had_descriptor(t, p->sock)) {
        snprintf(p->who, sizeof p->who, "a program outside the lab (%s)", host);
        snprintf(p->its_end, sizeof p->its_end, "the end of a program outside the lab (%s)", host);
    } else {
        snprintf(p->who, sizeof p->who, "the kernel of %s", host);
        snprintf(p->its_end, sizeof p->its_end, p->sock ? "the unaccepted end on %s" : "the end on %s", host);
    }
}

static void set_parties(struct lab_telling *t)
{
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        struct lab_party *p = &t->end[side];
        p->index = t->conversation->socket[side];
        p->sock = p->index == LAB_NONE ? NULL : &t->state->sockets[p->index];
        p->host = p->sock ? p->sock->host : side;
        name_party(t, p);
    }
}

const struct net_event *lab_sample_before(const struct lab_telling *t, const struct lab_socket *s, long index,
                                          unsigned state)
{
    for (long i = index; i-- > 0;) {
        const struct net_event *ev = lab_told_event(t, i);
        if (ev && ev->kind == NET_EV_SAMPLE && ev->u.sample.cookie == s->cookie && ev->u.sample.host == s->host &&
            ev->u.sample.state == state)
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

uint8_t lab_state_before(const struct lab_socket *s, long index)
{
    uint8_t state = NET_STATE_ABSENT;
    for (size_t i = 0; i < s->step_count && s->steps[i].event < index; i++)
        state = s->steps[i].state;
    return state;
}

static bool is_from(const struct lab_telling *t, const struct lab_segment *seg, unsigned side)
{
    return seg->segment->src_ip == t->conversation->ip[side] && seg->segment->src_port == t->conversation->port[side];
}

/* ---- moments ----------------------------------------------------------------------------------------------------- */

enum what { LEFT, ANSWERED, TOLD, NOTHING };

struct moment {
    long at; /* place in the journal */
    enum what what;
    unsigned side;
    size_t which; /* LEFT: step; ANSWERED: segment; TOLD, NOTHING: use */
};

enum { MOMENTS = 48, ALIKE = 4 };

struct moments {
    struct moment all[MOMENTS];
    size_t count;
    long first_end; /* place of the first LEFT or ANSWERED; LONG_MAX none */
};

static void add_moment(struct moments *m, struct moment moment)
{
    if (m->count == MOMENTS)
        return;
    m->all[m->count++] = moment;
    if ((moment.what == LEFT || moment.what == ANSWERED) && moment.at < m->first_end)
        m->first_end = moment.at;
}

static bool is_segment(const struct lab_telling *t, long cause)
{
    const struct net_event *ev = lab_told_event(t, cause);
    return ev && ev->kind == NET_EV_SEGMENT;
}

static bool is_of_conversation(const struct lab_telling *t, const struct lab_step *step)
{
    return step->time_ns >= t->conversation->start_ns;
}

/* The end has sent, or will send, its FIN. */
static bool is_orderly(uint8_t state)
{
    return state == NET_STATE_FIN_WAIT1 || state == NET_STATE_LAST_ACK || state == NET_STATE_FIN_WAIT2 ||
           state == NET_STATE_TIME_WAIT;
}

/* Where no segment is seen: the other end went before, and that took this one along. */
static bool left_before(const struct lab_telling *t, const struct lab_socket *s, const struct lab_step *step)
{
    const struct lab_socket *other = t->end[t->end[0].sock == s].sock;
    for (size_t i = 0; other && i < other->step_count; i++)
        if (other->steps[i].cause != LAB_NONE && other->steps[i].cause < step->event && i > 0 &&
            (is_orderly(other->steps[i].state) || other->steps[i].state == NET_STATE_CLOSE ||
             other->steps[i].state == NET_STATE_ABSENT))
            return true;
    return false;
}

/* A step by which an end leaves the connection by itself: its owner's doing, or its kernel giving up. */
static bool leaves(const struct lab_telling *t, const struct lab_socket *s, size_t i)
{
    const struct lab_step *step = &s->steps[i];
    uint8_t from = i ? s->steps[i - 1].state : NET_STATE_ABSENT;
    bool resets = step->state == NET_STATE_CLOSE || step->state == NET_STATE_ABSENT;
    if (!is_of_conversation(t, step) || is_segment(t, step->cause))
        return false;
    if (step->state == NET_STATE_FIN_WAIT1 || step->state == NET_STATE_LAST_ACK)
        return true;
    if (is_orderly(step->state))
        return step->cause != LAB_NONE;
    if (step->cause == LAB_NONE && t->conversation->segment_count == 0 && left_before(t, s, step))
        return false;
    if (!resets || from == NET_STATE_CLOSE || from == NET_STATE_ABSENT || from == NET_STATE_SYN_SENT)
        return false;
    return step->cause != LAB_NONE || (from != NET_STATE_TIME_WAIT && from != NET_STATE_FIN_WAIT2);
}

/* The segment by which an end said what its step means: FIN, or RST when it was reset. LAB_NONE: none was sent. */
static int said_by(const struct lab_telling *t, unsigned side, size_t i)
{
    const struct lab_socket *s = t->end[side].sock;
    bool fin = is_orderly(s->steps[i].state);
    long after = i ? s->steps[i - 1].event : LAB_NONE;
    int found = LAB_NONE;
    for (size_t k = 0; k < t->conversation->segment_count; k++) {
        size_t index = t->conversation->segments[k];
        const struct lab_segment *seg = &t->state->segments[index];
        bool mine = is_from(t, seg, side);
        if (!mine || !(seg->segment->flags & (fin ? NET_FIN : NET_RST)) || seg->event < after)
            continue;
        found = (int)index;
        if (seg->fate == NET_DELIVERED || !fin)
            break;
    }
    return found;
}

/* An orphan that gets data, or whose peer speaks although it is gone, answers with RST; that is no step of its own. */
static bool is_answer(const struct lab_telling *t, unsigned side, int segment)
{
    const struct lab_socket *s = t->end[side].sock;
    for (size_t i = 0; s && i < s->step_count; i++) {
        bool resets = s->steps[i].state == NET_STATE_CLOSE || s->steps[i].state == NET_STATE_ABSENT;
        if (resets && s->steps[i].cause != LAB_NONE && leaves(t, s, i) && said_by(t, side, i) == segment)
            return false;
        bool timer = resets && s->steps[i].cause == LAB_NONE && leaves(t, s, i);
        if (timer && i && s->steps[i - 1].state != NET_STATE_FIN_WAIT1 && said_by(t, side, i) == segment)
            return false;
    }
    return true;
}

static void gather_steps(const struct lab_telling *t, unsigned side, struct moments *m)
{
    const struct lab_socket *s = t->end[side].sock;
    for (size_t i = 0; s && i < s->step_count; i++) {
        const struct lab_step *step = &s->steps[i];
        int said = leaves(t, s, i) ? said_by(t, side, i) : LAB_NONE;
        bool by_answer = step->cause == LAB_NONE && said != LAB_NONE && is_answer(t, side, said) &&
                         !is_orderly(step->state);
        if (!leaves(t, s, i) || by_answer)
            continue;
        long at = step->cause != LAB_NONE && step->cause < step->event ? step->cause : step->event;
        add_moment(m, (struct moment){at, LEFT, side, i});
    }
}

static void gather_answers(const struct lab_telling *t, struct moments *m)
{
    size_t told = 0;
    for (size_t k = 0; k < t->conversation->segment_count && told < ALIKE; k++) {
        size_t index = t->conversation->segments[k];
        const struct lab_segment *seg = &t->state->segments[index];
        unsigned side = is_from(t, seg, 1);
        if (!(seg->segment->flags & NET_RST) || !is_answer(t, side, (int)index))
            continue;
        add_moment(m, (struct moment){seg->event, ANSWERED, side, index});
        told++;
    }
}

static bool moves_bytes(unsigned call)
{
    return call == NET_CALL_RECV || call == NET_CALL_RECVFROM || call == NET_CALL_READ || call == NET_CALL_SEND ||
           call == NET_CALL_SENDTO || call == NET_CALL_WRITE || call == NET_CALL_SENDFILE;
}

static bool reads(unsigned call)
{
    return call == NET_CALL_RECV || call == NET_CALL_RECVFROM || call == NET_CALL_READ;
}

/* What says nothing of the connection: interrupted, or nothing there yet. */
static bool is_passing(int error)
{
    const char *name = net_errno_name(error);
    return strcmp(name, "EINTR") == 0 || strcmp(name, "EAGAIN") == 0;
}

/* A call that told its program of an end: 0, or an error. */
static bool tells(const struct net_event *ret)
{
    const struct net_ev_call *call = &ret->u.call;
    if (call->call == NET_CALL_SHUTDOWN)
        return call->ret < 0;
    return moves_bytes(call->call) && (call->ret < 0 ? !is_passing(call->error) : call->ret == 0 && reads(call->call));
}

static void gather_told(const struct lab_telling *t, unsigned side, struct moments *m)
{
    const struct lab_socket *s = t->end[side].sock;
    size_t told = 0;
    bool after_error = false;
    for (size_t i = 0; s && i < s->use_count && told < ALIKE; i++) {
        const struct net_event *ret = lab_told_event(t, s->uses[i].ret);
        if (!ret || s->uses[i].ret < m->first_end || !tells(ret))
            continue;
        if (!(after_error && ret->u.call.ret == 0)) {
            add_moment(m, (struct moment){s->uses[i].ret, TOLD, side, i});
            told++;
        }
        after_error = ret->u.call.ret < 0;
    }
}

static void gather_nothing(const struct lab_telling *t, unsigned side, struct moments *m)
{
    const struct lab_socket *s = t->end[side].sock;
    size_t told = 0;
    for (size_t i = 0; s && i < s->use_count && told < ALIKE; i++) {
        if (!lab_ended_nothing(t, s, i))
            continue;
        add_moment(m, (struct moment){s->uses[i].enter, NOTHING, side, i});
        told++;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void gather(const struct lab_telling *t, struct moments *m)
{
    m->count = 0;
    m->first_end = (long)((size_t)-1 >> 1);
    gather_steps(t, 0, m);
    gather_steps(t, 1, m);
    gather_answers(t, m);
    gather_nothing(t, 0, m);
    gather_nothing(t, 1, m);
    gather_told(t, 0, m);
    gather_told(t, 1, m);
    qsort(m->all, m->count, sizeof *m->all, by_place);
}

/* ---- leaving ----------------------------------------------------------------------------------------------------- */

static void tell_death(struct lab_telling *t, const struct net_event *ev)
{
    char who[LAB_WHO_BYTES];
    lab_who(t->state, ev->actor, ev->task, who);
    switch ((enum net_end_how)ev->u.end.how) {
    case NET_END_RETURNED: lab_tell(t, "%s ended: its main() returned %d", who, ev->u.end.status); break;
    case NET_END_EXIT: lab_tell(t, "%s ended by exit(%d)", who, ev->u.end.status); break;
    case NET_END_SIGNAL: lab_tell(t, "%s was ended by %s", who, net_signal_name(ev->u.end.signo)); break;
    case NET_END_LAB: lab_tell(t, "the lab ended %s", who); break;
    default: lab_tell(t, "%s ended", who); break;
    }
    lab_tell(t, ", and its kernel closed what it had open");
}

static void tell_call(struct lab_telling *t, long enter)
{
    const struct net_event *ev = lab_told_event(t, enter);
    char who[LAB_WHO_BYTES], call[160];
    lab_who(t->state, ev->actor, ev->task, who);
    lab_tell(t, "%s called %s", who, lab_call_as_text(t, enter, LAB_NONE, call, sizeof call));
    if (ev->u.call.line)
        lab_tell(t, " in line %u", ev->u.call.line);
}

/* How often an end sent the same without an answer, up to an event: probes, or data again. */
unsigned lab_unanswered(const struct lab_telling *t, unsigned side, long before, bool probes)
{
    unsigned n = 0;
    for (size_t k = t->conversation->segment_count; k-- > 0;) {
        const struct lab_segment *seg = &t->state->segments[t->conversation->segments[k]];
        bool mine = is_from(t, seg, side);
        if (seg->event > before)
            continue;
        if (!mine && seg->fate == NET_DELIVERED)
            break;
        if (mine && (probes ? seg->keepalive_probe : seg->retransmission))
            n += 1 + seg->repeats;
    }
    return n;
}

/* No call and no segment: a timer of the kernel, if the journal shows one that was running out. */
static void tell_timer(struct lab_telling *t, unsigned side, const struct lab_step *step)
{
    const struct lab_party *p = &t->end[side];
    char command[80];
    unsigned probes = lab_unanswered(t, side, step->event, true), again = lab_unanswered(t, side, step->event, false);
    const struct net_event *last = lab_sample_before(t, p->sock, step->event, lab_state_before(p->sock, step->event));
    if (probes == 0 && last && last->u.sample.timer == NET_TIMER_KEEPALIVE)
        probes = last->u.sample.probes;
    if (again == 0 && last && last->u.sample.timer == NET_TIMER_RETRANSMIT)
        again = last->u.sample.retransmits;
    if (!p->has_actor && is_orderly(step->state))
        lab_tell(t, "%s closed its end, or shut it down", p->who);
    else if (lab_tell_listener_closed(t, p->sock, step))
        return;
    else if (lab_command_before(t, step->event, command, sizeof command))
        lab_tell(t, "the lab was told `%s`, and %s was destroyed", command, p->its_end);
    else if (probes)
        lab_tell(t, "%s's kernel had no answer to %u keep-alive probe%s, and gave the connection up", p->who, probes,
                 probes == 1 ? "" : "s");
    else if (again)
        lab_tell(t, "%s's kernel had sent the same data again %u time%s without an answer, and gave the connection up",
                 p->who, again, again == 1 ? "" : "s");
    else
        lab_tell(t, "%s was ended, by nothing that the journal shows", p->its_end);
}

void lab_tell_effect(struct lab_telling *t, const struct lab_party *p, long segment)
{
    const struct lab_socket *s = p->sock;
    uint8_t from = NET_STATE_ABSENT, to = NET_STATE_ABSENT;
    bool found = false;
    for (size_t i = 0; s && i < s->step_count; i++) {
        if (s->steps[i].cause != segment)
            continue;
        if (!found)
            from = i ? s->steps[i - 1].state : NET_STATE_ABSENT;
        found = true;
        to = s->steps[i].state;
    }
    if (found && to == NET_STATE_ABSENT)
        lab_tell(t, ", and %s, in %s until then, is gone", p->its_end, net_state_name(from));
    else if (found)
        lab_tell(t, ", and %s went from %s to %s", p->its_end, net_state_name(from), net_state_name(to));
}

const char *lab_dropped(const struct lab_segment *seg)
{
    if (seg->why == NET_DROP_UNREACHABLE)
        return "a router could not deliver it and said so (ICMP host unreachable)";
    return seg->why == NET_DROP_CUT ? "the wire dropped it (it is cut)" : "the wire dropped it";
}

static void tell_fate(struct lab_telling *t, unsigned side, int segment)
{
    const struct lab_segment *seg = &t->state->segments[segment];
    const struct lab_party *other = &t->end[!side];
    char at[LAB_AT_BYTES];
    switch ((enum net_fate_of)seg->fate) {
    case NET_DELIVERED:
        lab_tell(t, "; it arrived at %s", lab_at(t, seg->fate_ns, at));
        lab_tell_effect(t, other, seg->event);
        break;
    case NET_HELD: lab_tell(t, "; the wire holds it, so %s knows nothing of it", other->who); break;
    case NET_DROPPED: lab_tell(t, "; %s, so %s knows nothing of it", lab_dropped(seg), other->who); break;
    case NET_IN_FLIGHT:
    case NET_REPEATED:
    case NET_DUPLICATED:
    case NET_FATES: lab_tell(t, "; it is on its way"); break;
    }
}

static unsigned times_sent(const struct lab_telling *t, unsigned side, unsigned flag)
{
    unsigned n = 0;
    for (size_t k = 0; k < t->conversation->segment_count; k++) {
        const struct lab_segment *seg = &t->state->segments[t->conversation->segments[k]];
        if (is_from(t, seg, side) && (seg->segment->flags & flag))
            n += 1 + seg->repeats;
    }
    return n;
}

/* The FIN is the last of the stream: it waits until the bytes before it have left. */
static void tell_no_fin(struct lab_telling *t, const struct lab_party *p)
{
    if (t->conversation->segment_count == 0)
        return;
    if (p->sock->now.wqueue > 0 && p->sock->now.state != NET_STATE_ABSENT)
        lab_tell(t, "; no FIN has left yet: %u bytes must go first", p->sock->now.wqueue);
    else
        lab_tell(t, "; no FIN was seen on the wire");
}

static void tell_wait_of(struct lab_telling *t, long enter, const struct lab_party *p)
{
    enum { LONG_NS = 50000000 };
    char at[LAB_AT_BYTES];
    for (size_t i = p->sock->use_count; i-- > 0;) {
        const struct net_event *in = lab_told_event(t, p->sock->uses[i].enter);
        const struct net_event *out = lab_told_event(t, p->sock->uses[i].ret);
        if (p->sock->uses[i].enter != enter || !in || in->u.call.call != NET_CALL_CLOSE)
            continue;
        if (!out)
            lab_tell(t, ". The call has not returned yet: it lingers");
        else if (out->time_ns > in->time_ns + LONG_NS)
            lab_tell(t, ". The call lingered until %s", lab_at(t, out->time_ns, at));
        return;
    }
}

static void tell_left(struct lab_telling *t, unsigned side, size_t which)
{
    const struct lab_party *p = &t->end[side];
    const struct lab_step *step = &p->sock->steps[which];
    const struct net_event *cause = lab_told_event(t, step->cause);
    bool fin = is_orderly(step->state);
    int said = said_by(t, side, which);
    lab_tell_begin(t, cause && cause->time_ns < step->time_ns ? cause->time_ns : step->time_ns);
    if (cause && cause->kind == NET_EV_TASK_END)
        tell_death(t, cause);
    else if (cause)
        tell_call(t, step->cause);
    else
        tell_timer(t, side, step);
    if (!fin && cause)
        lab_tell_why_reset(t, p, step);
    if (said != LAB_NONE)
        lab_tell(t, ": %s kernel sent %s", cause ? "its" : "the", fin ? "FIN" : cause ? "RST instead of FIN" : "RST");
    if (said != LAB_NONE && times_sent(t, side, fin ? NET_FIN : NET_RST) > 1)
        lab_tell(t, " (%u times)", times_sent(t, side, fin ? NET_FIN : NET_RST));
    if (said != LAB_NONE)
        tell_fate(t, side, said);
    else if (fin)
        tell_no_fin(t, p);
    tell_wait_of(t, step->cause, p);
    lab_tell(t, ".");
    lab_tell_end(t);
}

/* ---- being told -------------------------------------------------------------------------------------------------- */

/* A segment with this flag was delivered to a side before an event. */
static bool was_sent(const struct lab_telling *t, unsigned to, unsigned flag, long before)
{
    for (size_t k = 0; k < t->conversation->segment_count; k++) {
        const struct lab_segment *seg = &t->state->segments[t->conversation->segments[k]];
        if (is_from(t, seg, !to) && (seg->segment->flags & flag) && seg->fate == NET_DELIVERED && seg->event < before)
            return true;
    }
    return false;
}

/* On loopback no segment is seen: there the other end's own step says that it sent a FIN. */
static bool was_closed_unseen(const struct lab_telling *t, unsigned side, long before)
{
    const struct lab_socket *other = t->end[!side].sock;
    for (size_t i = 0; other && t->conversation->segment_count == 0 && i < other->step_count; i++)
        if (is_orderly(other->steps[i].state) && other->steps[i].cause < before)
            return true;
    return false;
}

static void tell_signal(struct lab_telling *t, const struct net_event *ret, long after)
{
    static const char *const actions[] = {[NET_SIG_DEFAULT] = "which ended it",
                                          [NET_SIG_IGNORED] = "which it ignores",
                                          [NET_SIG_HANDLED] = "which it handles"};
    enum { NEAR = 200 };
    for (long i = after + 1; i < after + NEAR; i++) {
        const struct net_event *ev = lab_told_event(t, i);
        if (!ev || (ev->task == ret->task && ev->kind == NET_EV_CALL_ENTER))
            return;
        if (ev->task != ret->task || ev->kind != NET_EV_SIGNAL)
            continue;
        lab_tell(t, ", with %s%s%s", net_signal_name(ev->u.signal.signo),
                 ev->u.signal.action <= NET_SIG_HANDLED ? ", " : "",
                 ev->u.signal.action <= NET_SIG_HANDLED ? actions[ev->u.signal.action] : "");
        return;
    }
}

/* The reason that the journal shows for what a call returned. */
static void tell_reason(struct lab_telling *t, unsigned side, const struct net_event *ret, long index)
{
    const struct lab_party *other = &t->end[!side];
    const char *error = net_errno_name(ret->u.call.error);
    char why[300];
    bool fin = was_sent(t, side, NET_FIN, index) || was_closed_unseen(t, side, index);
    bool rst = was_sent(t, side, NET_RST, index);
    if (ret->u.call.ret == 0 && fin)
        lab_tell(t, ": the FIN says that %s sends no more", other->who);
    else if (ret->u.call.ret < 0 && strcmp(error, "ECONNRESET") == 0 && rst)
        lab_tell(t, ": the RST");
    else if (ret->u.call.ret < 0 && strcmp(error, "EPIPE") == 0 && rst)
        lab_tell(t, ": after the RST nothing can be sent");
    else if (ret->u.call.ret < 0 && strcmp(error, "ETIMEDOUT") == 0)
        lab_tell(t, ": its kernel had given up");
    else if (ret->u.call.ret < 0 && lab_because(t->journal, t->state, t->start_ns, index, why, sizeof why))
        lab_tell(t, ": %s", why);
}

/* An error is delivered once: the call after it returned 0. */
static void tell_once(struct lab_telling *t, const struct lab_socket *s, size_t which)
{
    char at[LAB_AT_BYTES];
    for (size_t i = which + 1; i < s->use_count; i++) {
        const struct net_event *ret = lab_told_event(t, s->uses[i].ret);
        if (!ret || !reads(ret->u.call.call))
            continue;
        if (ret->u.call.ret == 0)
            lab_tell(t, ". The error is told once: the next %s() returned 0 at %s",
                     net_call_row(ret->u.call.call)->name, lab_at(t, ret->time_ns, at));
        return;
    }
}

static void tell_told(struct lab_telling *t, unsigned side, size_t which)
{
    enum { BLOCKED_NS = 1000000 };
    const struct lab_socket *s = t->end[side].sock;
    long index = s->uses[which].ret;
    const struct net_event *enter = lab_told_event(t, s->uses[which].enter), *ret = lab_told_event(t, index);
    char who[LAB_WHO_BYTES], call[160], result[64], at[LAB_AT_BYTES];
    lab_who(t->state, ret->actor, ret->task, who);
    net_result_text(ret, result, sizeof result);
    lab_tell_begin(t, ret->time_ns);
    lab_tell(t, "%s: %s returned %s", who, lab_call_as_text(t, s->uses[which].enter, index, call, sizeof call), result);
    if (enter && ret->time_ns > enter->time_ns + BLOCKED_NS)
        lab_tell(t, ", having waited since %s", lab_at(t, enter->time_ns, at));
    tell_reason(t, side, ret, index);
    if (ret->u.call.ret < 0) {
        tell_signal(t, ret, index);
        tell_once(t, s, which);
    }
    lab_tell(t, ".");
    lab_tell_end(t);
}

/* ---- which conversation ------------------------------------------------------------------------------------------ */

/* The other end has got what this one sent, maybe 40 ms later: a delayed acknowledgement. */
static bool is_acknowledged(const struct lab_telling *t, const struct lab_step *step)
{
    const struct net_event *ev = lab_told_event(t, step->cause);
    return step->state == NET_STATE_FIN_WAIT2 ||
           (ev && ev->kind == NET_EV_SEGMENT && !(ev->u.segment.flags & (NET_SYN | NET_FIN | NET_RST)));
}

/* A socket that goes by itself, at the end of TIME_WAIT or when the lab sweeps, is no news; nor is one that goes on
 * because of what was told already. */
static bool is_news(const struct lab_telling *t, const struct lab_step *step)
{
    return (step->state != NET_STATE_ABSENT || step->cause != LAB_NONE) && !is_acknowledged(t, step);
}

/* The last event that changed an end, or that said it would. */
static long last_change(const struct lab_telling *t, const struct lab_conversation *c)
{
    const struct lab_state *st = t->state;
    long last = LAB_NONE;
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        const struct lab_socket *s = c->socket[side] == LAB_NONE ? NULL : &st->sockets[c->socket[side]];
        size_t i = s ? s->step_count : 0;
        while (i > 0 && !is_news(t, &s->steps[i - 1]))
            i--;
        if (i > 0 && s->steps[i - 1].event > last)
            last = s->steps[i - 1].event;
    }
    const struct lab_segment *seg = c->segment_count ? &st->segments[c->segments[c->segment_count - 1]] : NULL;
    bool ends = seg && (seg->segment->flags & (NET_SYN | NET_FIN | NET_RST));
    return ends && seg->event > last ? seg->event : last;
}

static long newest(const struct lab_telling *t, int *conversation)
{
    const struct lab_state *st = t->state;
    long last = st->experiment;
    *conversation = LAB_NONE;
    for (size_t i = 0; i < st->conversation_count; i++) {
        long change = last_change(t, &st->conversations[i]);
        if (change <= last)
            continue;
        last = change;
        *conversation = (int)i;
    }
    return last;
}

static void tell_moments(struct lab_telling *t)
{
    struct moments m;
    gather(t, &m);
    for (size_t i = 0; i < m.count; i++) {
        switch (m.all[i].what) {
        case LEFT: tell_left(t, m.all[i].side, m.all[i].which); break;
        case ANSWERED: lab_tell_answer(t, (int)m.all[i].which); break;
        case TOLD: tell_told(t, m.all[i].side, m.all[i].which); break;
        case NOTHING: lab_tell_nothing(t, t->end[m.all[i].side].sock, m.all[i].which); break;
        }
    }
}

int lab_explain(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, int conversation,
                lab_explain_line_fn *line, void *user)
{
    struct lab_telling t = {.journal = journal, .state = st, .start_ns = start_ns, .line = line, .user = user};
    if (conversation == LAB_NONE) {
        long change = newest(&t, &conversation);
        for (long i = (long)st->applied; i-- > change + 1;) {
            if (!lab_is_failure(&t, i))
                continue;
            conversation = lab_made_by_failure(&t, i);
            if (conversation != LAB_NONE)
                break;
            lab_tell_failure(&t, i);
            return t.lines;
        }
    }
    if (conversation < 0 || (size_t)conversation >= st->conversation_count)
        return 0;
    t.conversation = &st->conversations[conversation];
    set_parties(&t);
    if (lab_tell_opening(&t))
        tell_moments(&t);
    lab_tell_left(&t);
    return t.lines;
}
