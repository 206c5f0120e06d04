// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that wait for several descriptors.
//
// poll() and select() say at their entry what they ask; what epoll was asked stands in the calls of epoll_ctl() before.

#include "lab/explain/waits_inside.h"

#include "lab/base/text.h"
#include "net/data/call.h"

#include <poll.h>
#include <string.h>

enum { NS_PER_MS = 1000000, ASKED = 64, TOLD = 2 };

/* struct pollfd, as the events have it. Of epoll revents says how it was asked. */
struct asked {
    int fd;
    short events, revents;
};
enum { BY_EDGE = 1, ONLY_ONCE = 2 };

/* "POLLIN|POLLOUT", as the call itself names them. */
static const char *events_text(const struct lab_waiting_for *f, unsigned call, unsigned events, char *out, size_t room)
{
    static const struct {
        unsigned bit;
        const char *of_poll, *of_epoll, *of_select;
    } names[] = {{POLLIN, "POLLIN", "EPOLLIN", N_("reading")},
                 {POLLPRI, "POLLPRI", "EPOLLPRI", N_("exceptions")},
                 {POLLOUT, "POLLOUT", "EPOLLOUT", N_("writing")},
                 {0x2000, "POLLRDHUP", "EPOLLRDHUP", "-"}};
    *out = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *name = call == NET_CALL_SELECT ? names[i].of_select
                           : call == NET_CALL_POLL ? names[i].of_poll
                                                   : names[i].of_epoll;
        if (events & names[i].bit)
            lab_append(out, room, *out ? "|%s" : "%s", lab_waiting_word(f, name));
    }
    if (!*out)
        lab_append(out, room, "%s", lab_waiting_word(f, N_("errors")));
    return out;
}

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

static size_t of_poll(const struct net_event *enter, struct asked *out)
{
    size_t n = enter->data_bytes / sizeof *out;
    n = n < ASKED ? n : ASKED;
    if (n)
        memcpy(out, enter->data, n * sizeof *out);
    return n;
}

/* struct epoll_event: on x86-64 packed, and 16 bytes elsewhere; the events come first. */
static unsigned events_of(const struct net_event *ev)
{
    uint32_t events = 0;
    if (ev->data_bytes >= sizeof events)
        memcpy(&events, ev->data, sizeof events);
    return events;
}

static void take_out(struct asked *all, size_t *n, int fd)
{
    for (size_t i = 0; i < *n; i++)
        if (all[i].fd == fd) {
            all[i] = all[--*n];
            return;
        }
}

static struct asked asked_by(const struct net_event *ev)
{
    unsigned events = events_of(ev);
    int how = (events >> 31 & 1 ? BY_EDGE : 0) | (events >> 30 & 1 ? ONLY_ONCE : 0);
    return (struct asked){.fd = (int)ev->u.call.args[2], .events = (short)(events & 0xffff), .revents = (short)how};
}

/* A call on the table of that task; or by the one that has forked it, before it did. */
static bool is_its(const struct lab_evidence *e, const struct lab_task *task, const struct net_event *ev)
{
    const struct lab_task *by = lab_task_by_id(e->state, ev->task);
    return by && (by->table == task->table || (by->id == task->parent && ev->time_ns < task->start_ns));
}

/* epoll_ctl() on this descriptor by the same program: 1 adds, 2 takes out, 3 changes. A descriptor that is closed
 * leaves by itself. */
static size_t of_epoll(const struct lab_evidence *e, const struct lab_task *task, const struct net_event *enter,
                       struct asked *out)
{
    enum { TAKE_OUT = 2 };
    size_t n = 0;
    for (long i = e->state->experiment > 0 ? e->state->experiment : 0; i < (long)e->state->applied; i++) {
        const struct net_event *ev = lab_event_at(e, i);
        if (ev->kind != NET_EV_CALL_ENTER || !is_its(e, task, ev))
            continue;
        const struct net_ev_call *call = &ev->u.call;
        if (call->call == NET_CALL_CLOSE)
            take_out(out, &n, call->fd);
        if (call->call != NET_CALL_EPOLL_CTL || call->args[0] != enter->u.call.args[0])
            continue;
        take_out(out, &n, (int)call->args[2]);
        if (call->args[1] != TAKE_OUT && n < ASKED)
            out[n++] = asked_by(ev);
    }
    return n;
}

/* ---- why it is not ready ----------------------------------------------------------------------------------------- */

static void why_not_ready(struct lab_waiting_for *f, const struct lab_task *task, const struct asked *asked,
                          const struct net_event *enter)
{
    int index = lab_socket_of(f->e.state, task->id, asked->fd);
    if (index == LAB_NONE)
        return;
    const struct lab_socket *s = &f->e.state->sockets[index];
    bool listens = s->now.state == NET_STATE_LISTEN;
    bool is_epoll = net_call_row(enter->u.call.call)->args[0] == 'f';
    if (is_epoll && asked->events & POLLIN && s->now.rqueue > 0 && asked->revents & BY_EDGE)
        lab_wait_add(f, listens ? LAB_WAIT_EDGE_ACCEPT : LAB_WAIT_EDGE, .fd = asked->fd, .count = s->now.rqueue);
    else if (is_epoll && s->now.rqueue > 0 && asked->revents & ONLY_ONCE)
        lab_wait_add(f, LAB_WAIT_ONCE, .fd = asked->fd);
    else if (listens)
        lab_wait_to_accept(f, s);
    else if (asked->events & POLLIN)
        lab_wait_to_read(f, s, enter);
    else if (asked->events & POLLOUT)
        lab_wait_to_write(f, s);
}

static void tell(struct lab_waiting_for *f, const struct lab_task *task, const struct net_event *enter,
                 const struct asked *all, size_t n)
{
    char events[60];
    unsigned call = enter->u.call.call;
    enum lab_wait_for what = call == NET_CALL_SELECT       ? LAB_WAIT_SELECT
                             : call == NET_CALL_EPOLL_WAIT ? LAB_WAIT_EPOLL
                                                           : LAB_WAIT_POLL;
    size_t told = n <= TOLD ? n : TOLD - 1;
    for (size_t i = 0; i < told; i++)
        lab_wait_add(f, what, .fd = all[i].fd,
                     .flags = events_text(f, call, (unsigned short)all[i].events, events, sizeof events));
    if (n > told)
        lab_wait_add(f, LAB_WAIT_MORE_FDS, .count = (int64_t)(n - told));
    if (n == 1)
        why_not_ready(f, task, &all[0], enter);
}

static int64_t limit_ms(const struct net_ev_call *call)
{
    switch (call->call) {
    case NET_CALL_POLL: return call->args[2];
    case NET_CALL_EPOLL_WAIT: return call->args[3];
    case NET_CALL_SELECT: return call->args[5];
    default: return -1;
    }
}

void lab_wait_for_several(struct lab_waiting_for *f, const struct lab_task *task, const struct net_event *enter)
{
    struct asked all[ASKED];
    bool is_epoll = enter->u.call.call == NET_CALL_EPOLL_WAIT;
    size_t n = is_epoll ? of_epoll(&f->e, task, enter, all) : of_poll(enter, all);
    int64_t ms = (int32_t)limit_ms(&enter->u.call);
    if (n)
        tell(f, task, enter, all, n);
    else if (is_epoll)
        lab_wait_add(f, LAB_WAIT_EPOLL_NONE, .who = "");
    else if (enter->u.call.call == NET_CALL_SELECT && ms == 0) /* of a run saved by an earlier version */
        lab_wait_add(f, LAB_WAIT_SELECT_UNSEEN, .who = "");
    if (ms > 0)
        lab_wait_add(f, LAB_WAIT_OWN_LIMIT, .until = enter->time_ns + (uint64_t)ms * NS_PER_MS);
}
