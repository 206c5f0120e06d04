// SPDX-License-Identifier: GPL-3.0-or-later
// What waits now at one end of the conversation: calls of programs, and bytes in the kernel.

#include "lab/explain/explanation.h"
#include "lab/explain/waits.h"
#include "net/base/message.h"
#include "net/data/call.h"

/* Why an ACK did not complete the handshake is said of the state SYN_RECV already. */
static void leave_out_said(const struct lab_explanation *x, struct lab_wait *w)
{
    size_t kept = 0;
    bool is_half_open = w->socket != LAB_NONE && x->e.state->sockets[w->socket].now.state == NET_STATE_SYN_RECV;
    for (size_t i = 0; i < w->reasons; i++) {
        enum lab_wait_for what = w->reason[i].what;
        bool is_said = what == LAB_WAIT_DEFERRED || what == LAB_WAIT_ACCEPT_WAS_FULL || what == LAB_WAIT_NO_ANSWER;
        if (!is_half_open || !is_said)
            w->reason[kept++] = w->reason[i];
    }
    w->reasons = kept;
}

static void say_wait(struct lab_explanation *x, struct lab_wait *w)
{
    char why[LAB_WAIT_REASONS * LAB_WAIT_TEXT_BYTES];
    const struct net_event *enter = lab_event_at(&x->e, w->enter);
    lab_line_begin(x, x->e.state->time_ns);
    if (enter)
        lab_say(x, N_("{who} has been in {name} since {since}."), .who = w->who, .name = w->what, .since = w->since_ns);
    else
        lab_say(x, N_("What {who} sends: {name}, since {since}."), .who = w->who, .name = w->what,
                .since = w->since_ns);
    leave_out_said(x, w);
    lab_say(x, "{reason}", .reason = lab_wait_text(w, why, sizeof why));
    lab_line_end(x);
}

/* A close() without SO_LINGER is about to return. */
static bool is_passing(const struct lab_explanation *x, const struct lab_wait *w)
{
    return lab_event_at(&x->e, w->enter)->u.call.call == NET_CALL_CLOSE && w->reason[0].what == LAB_WAIT_READY;
}

void lab_say_waits(struct lab_explanation *x, const struct lab_party *p)
{
    bool queue_said = false;
    struct lab_wait wait;
    for (size_t i = 0; p->sock && i < p->sock->use_count; i++) {
        const struct net_event *enter = lab_event_at(&x->e, p->sock->uses[i].enter);
        const struct lab_task *task = enter ? lab_task_by_id(x->e.state, enter->task) : NULL;
        if (!task || task->enter != p->sock->uses[i].enter || !lab_wait_of_task(&x->e, task, &wait) ||
            is_passing(x, &wait))
            continue;
        say_wait(x, &wait);
        queue_said = queue_said || wait.says_queue;
    }
    if (p->sock && !queue_said && lab_wait_of_socket(&x->e, (int)(p->sock - x->e.state->sockets), &wait))
        say_wait(x, &wait);
}
