// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a connection, from the journal.
//
// The state has the facts already: the way of each end with the cause of every step, the calls made on each socket, the
// segments with their fates. Explaining is choosing among them, in this order:
//
//   how it began        connect() and accept(), or why there is no connection       explain_opening.c
//   what waited         data that left late: Nagle's algorithm, a window of 0        explain_waited.c
//   who ended it        each step out of the connection that an end took itself     explain_end.c
//   what that sent      the FIN or RST, and whether the other end got it
//   which calls met it  calls that returned because of it: 0, ECONNRESET, EPIPE ... here
//   what is left        TIME_WAIT, CLOSE_WAIT, calls that still wait and for what    explain_left.c, explain_waits.c
//
// The three before the last are moments, put in order by their place in the journal. No sentence is chosen by what
// usually happens: it stands only if its event is there, and where the journal is silent the line says so.
//
// Left out: data that was exchanged, and more than a few calls that returned the same.

#include "lab/explain/explain.h"

#include "lab/explain/because.h"
#include "lab/explain/explanation.h"
#include "net/base/message.h"
#include "net/data/call.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* ---- moments ----------------------------------------------------------------------------------------------------- */

enum what { LEFT, ANSWERED, RETURNED, NOTHING_ENDED };

struct moment {
    long at; /* place in the journal */
    enum what what;
    unsigned side;
    size_t which; /* LEFT: step; ANSWERED: segment; RETURNED, NOTHING_ENDED: use */
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

/* An orphan that gets data, or whose peer speaks although it is gone, answers with RST; that is no step of its own. */
static bool is_answer(const struct lab_explanation *x, unsigned side, int segment)
{
    const struct lab_socket *s = x->end[side].sock;
    for (size_t i = 0; s && i < s->step_count; i++) {
        const struct lab_step *step = &s->steps[i];
        bool resets = step->state == NET_STATE_CLOSE || step->state == NET_STATE_ABSENT;
        bool by_timer = step->cause == LAB_NONE;
        if (!resets || !lab_leaves(x, s, i) || lab_sent_for(x, side, i) != segment)
            continue;
        if (!by_timer || (i && s->steps[i - 1].state != NET_STATE_FIN_WAIT1))
            return false;
    }
    return true;
}

static void gather_steps(const struct lab_explanation *x, unsigned side, struct moments *m)
{
    const struct lab_socket *s = x->end[side].sock;
    for (size_t i = 0; s && i < s->step_count; i++) {
        const struct lab_step *step = &s->steps[i];
        if (!lab_leaves(x, s, i))
            continue;
        int sent = lab_sent_for(x, side, i);
        if (step->cause == LAB_NONE && sent != LAB_NONE && is_answer(x, side, sent) && !lab_is_orderly(step->state))
            continue;
        long at = step->cause != LAB_NONE && step->cause < step->event ? step->cause : step->event;
        add_moment(m, (struct moment){.at = at, .what = LEFT, .side = side, .which = i});
    }
}

static void gather_answers(const struct lab_explanation *x, struct moments *m)
{
    size_t found = 0;
    for (size_t k = 0; k < x->e.conversation->segment_count && found < ALIKE; k++) {
        size_t index = x->e.conversation->segments[k];
        const struct lab_segment *seg = &x->e.state->segments[index];
        unsigned side = lab_is_from(&x->e, seg, 1);
        if (!(seg->segment->flags & NET_RST) || !is_answer(x, side, (int)index))
            continue;
        add_moment(m, (struct moment){.at = seg->event, .what = ANSWERED, .side = side, .which = index});
        found++;
    }
}

/* A call by which its program learns of an end: 0, or an error. Interrupted, or nothing there yet, is none. */
static bool reports_end(const struct net_event *ret)
{
    const struct net_ev_call *call = &ret->u.call;
    if (call->call == NET_CALL_SHUTDOWN)
        return call->ret < 0;
    if (lab_call_reads(call->call) && call->ret == 0)
        return true;
    return (lab_call_reads(call->call) || lab_call_writes(call->call)) && call->ret < 0 && call->error != EINTR &&
           call->error != EAGAIN;
}

static void gather_returned(const struct lab_explanation *x, unsigned side, struct moments *m)
{
    const struct lab_socket *s = x->end[side].sock;
    size_t found = 0;
    bool after_error = false;
    for (size_t i = 0; s && i < s->use_count && found < ALIKE; i++) {
        const struct net_event *ret = lab_event_at(&x->e, s->uses[i].ret);
        if (!ret || s->uses[i].ret < m->first_end || !reports_end(ret))
            continue;
        if (!(after_error && ret->u.call.ret == 0)) {
            add_moment(m, (struct moment){.at = s->uses[i].ret, .what = RETURNED, .side = side, .which = i});
            found++;
        }
        after_error = ret->u.call.ret < 0;
    }
}

static void gather_nothing_ended(const struct lab_explanation *x, unsigned side, struct moments *m)
{
    const struct lab_socket *s = x->end[side].sock;
    size_t found = 0;
    for (size_t i = 0; s && i < s->use_count && found < ALIKE; i++) {
        if (!lab_ended_nothing(x, s, i))
            continue;
        add_moment(m, (struct moment){.at = s->uses[i].enter, .what = NOTHING_ENDED, .side = side, .which = i});
        found++;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void gather(const struct lab_explanation *x, struct moments *m)
{
    m->count = 0;
    m->first_end = LONG_MAX;
    gather_steps(x, 0, m);
    gather_steps(x, 1, m);
    gather_answers(x, m);
    gather_nothing_ended(x, 0, m);
    gather_nothing_ended(x, 1, m);
    gather_returned(x, 0, m);
    gather_returned(x, 1, m);
    qsort(m->all, m->count, sizeof *m->all, by_place);
}

/* ---- calls that returned because of an end ----------------------------------------------------------------------- */

/* A segment with this flag was delivered to a side before an event. */
static bool was_sent(const struct lab_explanation *x, unsigned to, unsigned flag, long before)
{
    for (size_t k = 0; k < x->e.conversation->segment_count; k++) {
        const struct lab_segment *seg = &x->e.state->segments[x->e.conversation->segments[k]];
        if (lab_is_from(&x->e, seg, !to) && (seg->segment->flags & flag) && seg->fate == NET_DELIVERED &&
            seg->event < before)
            return true;
    }
    return false;
}

/* On loopback no segment is seen: there the other end's own step says that it sent a FIN. */
static bool was_closed_unseen(const struct lab_explanation *x, unsigned side, long before)
{
    const struct lab_socket *other = x->end[!side].sock;
    for (size_t i = 0; other && x->e.conversation->segment_count == 0 && i < other->step_count; i++)
        if ((lab_is_orderly(other->steps[i].state) || lab_passed_last_ack(x, other, i)) &&
            other->steps[i].cause < before)
            return true;
    return false;
}

/* The reason that the journal shows for what a call returned, into out; false: it shows none. */
static bool find_reason(const struct lab_explanation *x, unsigned side, long index, char *out, size_t room)
{
    const struct net_ev_call *call = &lab_event_at(&x->e, index)->u.call;
    struct lab_parts reason = {.other = x->end[!side].who};
    bool rst = was_sent(x, side, NET_RST, index);
    if (call->ret == 0 && (was_sent(x, side, NET_FIN, index) || was_closed_unseen(x, side, index)))
        reason.format = N_("the FIN says that {other} sends no more");
    else if (call->ret < 0 && call->error == ECONNRESET && rst)
        reason.format = N_("the RST");
    else if (call->ret < 0 && call->error == EPIPE && rst)
        reason.format = N_("after the RST nothing can be sent");
    else if (call->ret < 0 && call->error == ETIMEDOUT)
        reason.format = N_("its kernel had given up");
    if (!reason.format)
        return call->ret < 0 && lab_because(x->e.journal, x->e.state, x->e.start_ns, index, out, room);
    lab_sentence_text(&x->e, &reason, out, room);
    return true;
}

/* The signal that came to the task with what its call returned, before its next call. */
static void say_signal(struct lab_explanation *x, const struct net_event *ret, long index)
{
    static const char *const formats[] = {[NET_SIG_DEFAULT] = N_("With it came {name}, which ended {by}."),
                                          [NET_SIG_IGNORED] = N_("With it came {name}, which {by} ignores."),
                                          [NET_SIG_HANDLED] = N_("With it came {name}, which {by} handles.")};
    enum { NEAR = 200 };
    for (long i = index + 1; i < index + NEAR; i++) {
        const struct net_event *ev = lab_event_at(&x->e, i);
        if (!ev || (ev->task == ret->task && ev->kind == NET_EV_CALL_ENTER))
            return;
        if (ev->task != ret->task || ev->kind != NET_EV_SIGNAL)
            continue;
        unsigned action = ev->u.signal.action;
        lab_say(x, action < sizeof formats / sizeof *formats ? formats[action] : N_("With it came {name}."), .by = ev,
                .name = net_signal_name(ev->u.signal.signo));
        return;
    }
}

/* An error is reported once: the call after it returned 0. */
static void say_once(struct lab_explanation *x, const struct lab_socket *s, size_t which)
{
    for (size_t i = which + 1; i < s->use_count; i++) {
        const struct net_event *ret = lab_event_at(&x->e, s->uses[i].ret);
        if (!ret || !lab_call_reads(ret->u.call.call))
            continue;
        if (ret->u.call.ret == 0)
            lab_say(x, N_("The error is reported once: the next {name}() returned 0 at {at}."),
                    .name = net_call_row(ret->u.call.call)->name, .at = ret->time_ns);
        return;
    }
}

static void say_returned(struct lab_explanation *x, unsigned side, size_t which)
{
    enum { BLOCKED_NS = 1000000 };
    const struct lab_socket *s = x->end[side].sock;
    long index = s->uses[which].ret;
    const struct net_event *enter = lab_event_at(&x->e, s->uses[which].enter), *ret = lab_event_at(&x->e, index);
    bool waited = enter && ret->time_ns > enter->time_ns + BLOCKED_NS;
    char reason[LAB_REASON_BYTES];
    bool known = find_reason(x, side, index, reason, sizeof reason);
    x->told = x->told || index == x->asked;
    lab_line_begin(x, ret->time_ns);
    lab_say_returned(x, enter, ret, waited ? enter->time_ns : 0, known ? reason : NULL);
    if (ret->u.call.ret < 0)
        say_signal(x, ret, index);
    /* EPIPE of an end that has shut down writing itself is no error of the socket. */
    if (ret->u.call.ret < 0 && (ret->u.call.error != EPIPE || was_sent(x, side, NET_RST, index)))
        say_once(x, s, which);
    lab_line_end(x);
}

static void say_moments(struct lab_explanation *x)
{
    struct moments m;
    gather(x, &m);
    for (size_t i = 0; i < m.count; i++) {
        switch (m.all[i].what) {
        case LEFT: lab_say_leaving(x, m.all[i].side, m.all[i].which); break;
        case ANSWERED: lab_say_answer(x, (int)m.all[i].which); break;
        case RETURNED: say_returned(x, m.all[i].side, m.all[i].which); break;
        case NOTHING_ENDED: lab_say_nothing_ended(x, x->end[m.all[i].side].sock, m.all[i].which); break;
        }
    }
}

/* ---- which conversation ------------------------------------------------------------------------------------------ */

/* The other end has got what this one sent, maybe 40 ms later: a delayed acknowledgement. */
static bool is_acknowledged(const struct lab_evidence *e, const struct lab_step *step)
{
    const struct net_event *ev = lab_event_at(e, step->cause);
    return step->state == NET_STATE_FIN_WAIT2 ||
           (ev && ev->kind == NET_EV_SEGMENT && !(ev->u.segment.flags & (NET_SYN | NET_FIN | NET_RST)));
}

/* A socket that goes by itself, at the end of TIME_WAIT or when the lab sweeps, is no news; nor is one that goes on
 * because of what was known already. */
static bool is_news(const struct lab_evidence *e, const struct lab_step *step)
{
    return (step->state != NET_STATE_ABSENT || step->cause != LAB_NONE) && !is_acknowledged(e, step);
}

/* The last event that changed an end, or that said it would. */
static long last_change(const struct lab_evidence *e, const struct lab_conversation *c)
{
    const struct lab_state *st = e->state;
    long last = LAB_NONE;
    for (unsigned side = 0; side < NET_HOSTS; side++) {
        const struct lab_socket *s = c->socket[side] == LAB_NONE ? NULL : &st->sockets[c->socket[side]];
        size_t i = s ? s->step_count : 0;
        while (i > 0 && !is_news(e, &s->steps[i - 1]))
            i--;
        if (i > 0 && s->steps[i - 1].event > last)
            last = s->steps[i - 1].event;
    }
    const struct lab_segment *seg = c->segment_count ? &st->segments[c->segments[c->segment_count - 1]] : NULL;
    bool ends = seg && (seg->segment->flags & (NET_SYN | NET_FIN | NET_RST));
    return ends && seg->event > last ? seg->event : last;
}

/* The last change in the present experiment, and of which conversation; LAB_NONE: of none. */
static long newest(const struct lab_evidence *e, int *conversation)
{
    long last = e->state->experiment;
    *conversation = LAB_NONE;
    for (size_t i = 0; i < e->state->conversation_count; i++) {
        long change = last_change(e, &e->state->conversations[i]);
        if (change <= last)
            continue;
        last = change;
        *conversation = (int)i;
    }
    return last;
}

/* The call that failed last after that event and that made no conversation; *conversation: the one that it did make.
 * LAB_NONE: there is none. */
static long last_failure(const struct lab_evidence *e, long after, int *conversation)
{
    for (long i = (long)e->state->applied; i-- > after + 1;) {
        if (!lab_is_failure(e, i))
            continue;
        int made = lab_made_by_failure(e, i);
        if (made == LAB_NONE)
            return i;
        *conversation = made;
        return LAB_NONE;
    }
    return LAB_NONE;
}

void lab_say_conversation(struct lab_explanation *x, int conversation)
{
    x->e.conversation = &x->e.state->conversations[conversation];
    lab_set_parties(x);
    if (lab_say_opening(x)) {
        lab_say_waited(x);
        say_moments(x);
    }
    lab_say_left(x);
}

int lab_explain_count(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns,
                      int conversation, lab_explain_line_fn *line, void *user, unsigned *count)
{
    struct lab_explanation x = {
        .e = {.journal = journal, .state = st, .start_ns = start_ns}, .line = line, .user = user, .unseen = count};
    if (conversation == LAB_NONE) {
        long change = newest(&x.e, &conversation);
        long failure = last_failure(&x.e, change, &conversation);
        if (failure != LAB_NONE) {
            lab_say_failure(&x, failure);
            return x.lines;
        }
    }
    if (conversation < 0 || (size_t)conversation >= st->conversation_count)
        return x.lines;
    struct lab_kept_lines kept;
    lab_keep_lines(&x, &kept);
    lab_say_conversation(&x, conversation);
    lab_tell_kept(&x);
    return x.lines;
}

int lab_explain(const struct lab_journal *journal, const struct lab_state *st, uint64_t start_ns, int conversation,
                lab_explain_line_fn *line, void *user)
{
    return lab_explain_count(journal, st, start_ns, conversation, line, user, NULL);
}
