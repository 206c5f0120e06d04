// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call failed, where no segment had to do with it: ports, options, signals, descriptors, the socket's own state.

#include "lab/explain/because_inside.h"
#include "net/data/call.h"
#include "net/data/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What of <sys/socket.h> and <fcntl.h> on Linux is needed to read the arguments. */
enum { LINUX_O_NONBLOCK = 04000, LINUX_F_SETFL = 4, LINUX_MSG_DONTWAIT = 0x40, LINUX_AF_INET = 2 };
enum { LINUX_F_DUPFD = 0, LINUX_F_DUPFD_CLOEXEC = 1030 };
enum { NS_PER_MS = 1000000 };

uint32_t lab_why_ip_in(const struct net_event *enter)
{
    enum { IP_AT = 4, IPV4_BYTES = 8 };
    if (!enter || !enter->data || enter->data_bytes < IPV4_BYTES || enter->data[0] != LINUX_AF_INET)
        return 0;
    const uint8_t *ip = enter->data + IP_AT;
    return (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
}

/* ---- ports and addresses ----------------------------------------------------------------------------------------- */

bool lab_why_in_use(struct lab_why *w)
{
    uint16_t port = lab_port_in(w->enter);
    char who[LAB_WHO_BYTES], peer[32], at[LAB_AT_BYTES];
    if (!port && w->sock)
        port = w->sock->now.local_port;
    const struct lab_socket *holder = port ? lab_port_holder(&w->t, w->host, port, w->index, w->sock) : NULL;
    if (!holder)
        return false;
    uint8_t state = lab_state_before(holder, w->index);
    const struct net_event *was = lab_sample_before(&w->t, holder, w->index, state);
    lab_holder_at(&w->t, holder, w->index, who);
    if (holder->fd >= 0)
        lab_tell(&w->t, "%s.%d, in %s", who, holder->fd, net_state_name(state));
    else
        lab_tell(&w->t, "%s of %s", net_state_name(state), who);
    if (was && was->u.sample.remote_port) {
        net_address_text(was->u.sample.remote_ip, was->u.sample.remote_port, peer, sizeof peer);
        lab_tell(&w->t, " with %s", peer);
    }
    lab_tell(&w->t, holder->fd >= 0 ? ", holds port %u" : " holds port %u", port);
    if (was && was->u.sample.timer == NET_TIMER_TIMEWAIT && was->u.sample.timer_ms)
        lab_tell(&w->t, " until about %s",
                 lab_at(&w->t, was->time_ns + (uint64_t)was->u.sample.timer_ms * NS_PER_MS, at));
    return true;
}

bool lab_why_low_port(struct lab_why *w)
{
    enum { PRIVILEGED = 1024 };
    uint16_t port = lab_port_in(w->enter);
    if (!w->enter || w->enter->u.call.call != NET_CALL_BIND || port == 0 || port >= PRIVILEGED)
        return false;
    lab_tell(&w->t, "port %u is below net.ipv4.ip_unprivileged_port_start, and the program has no privilege", port);
    return true;
}

/* What `fail` asked for says nothing of the program. */
bool lab_why_no_room(struct lab_why *w)
{
    char at[LAB_AT_BYTES];
    if (w->ret->u.call.requested)
        return false;
    lab_tell(&w->t, "the program has all the descriptors that it may have (RLIMIT_NOFILE)");
    for (long i = w->index; i-- > 0;) {
        const struct net_event *ev = lab_told_event(&w->t, i);
        if (ev->kind != NET_EV_CALL_RETURN || ev->actor != w->ret->actor || ev->u.call.call != NET_CALL_SETRLIMIT ||
            ev->u.call.ret != 0)
            continue;
        lab_tell(&w->t, ", %lld since setrlimit() at %s", (long long)ev->u.call.args[1],
                 lab_at(&w->t, ev->time_ns, at));
        return true;
    }
    return true;
}

bool lab_why_no_privilege(struct lab_why *w)
{
    const int64_t *args = w->enter ? w->enter->u.call.args : NULL;
    const struct net_option *option = args && w->enter->u.call.call == NET_CALL_SETSOCKOPT
                                          ? net_option_by_number((int)args[1], (int)args[2])
                                          : NULL;
    if (!option || w->ret->u.call.requested)
        return false;
    lab_tell(&w->t, "that value of %s takes the privilege CAP_NET_ADMIN, and the program has none", option->name);
    return true;
}

bool lab_why_no_address(struct lab_why *w)
{
    uint32_t ip = lab_why_ip_in(w->enter);
    if (!w->enter || !ip || (w->enter->u.call.call != NET_CALL_BIND && w->enter->u.call.call != NET_CALL_CONNECT))
        return false;
    if (w->enter->u.call.call == NET_CALL_BIND)
        lab_tell(&w->t, "%u.%u.%u.%u is no address of the %s host", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255,
                 net_host_name(w->host));
    else
        lab_tell(&w->t, "the %s host has no free port for it", net_host_name(w->host));
    return true;
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

/* "c1 cancel", or unblock, for this actor. */
static bool cancels(const struct net_event *ev, const char *name)
{
    char cancel[64], unblock[64], text[64];
    if (ev->kind != NET_EV_NOTE || ev->u.note.kind != LAB_NOTE_COMMAND || !ev->data)
        return false;
    snprintf(cancel, sizeof cancel, "%s cancel", name);
    snprintf(unblock, sizeof unblock, "%s unblock", name);
    snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
    return strcmp(text, cancel) == 0 || strcmp(text, unblock) == 0;
}

/* The last thing between entry and return that can end a call. */
bool lab_why_interrupted(struct lab_why *w)
{
    const struct lab_actor *actor = lab_actor_by_id(w->t.state, w->ret->actor);
    char at[LAB_AT_BYTES];
    for (long i = w->index; w->entry != LAB_NONE && i-- > w->entry;) {
        const struct net_event *ev = lab_told_event(&w->t, i);
        bool signal = ev->kind == NET_EV_SIGNAL && ev->task == w->ret->task;
        if (!signal && !(actor && cancels(ev, actor->name)))
            continue;
        if (signal)
            lab_tell(&w->t, "%s at %s", net_signal_name(ev->u.signal.signo), lab_at(&w->t, ev->time_ns, at));
        else
            lab_tell(&w->t, "cancelled at %s", lab_at(&w->t, ev->time_ns, at));
        return true;
    }
    return false;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* What an option of a socket was last set to by a call before an event. */
static long set_by_call(const struct lab_why *w, const struct lab_socket *s, const struct net_option *option,
                        long before, int64_t *value)
{
    for (size_t i = s->use_count; i-- > 0;) {
        const struct net_event *enter = lab_told_event(&w->t, s->uses[i].enter);
        const struct net_event *ret = lab_told_event(&w->t, s->uses[i].ret);
        struct net_option_value decoded = {0};
        if (!enter || !ret || s->uses[i].ret > before || ret->u.call.ret < 0)
            continue;
        const int64_t *args = enter->u.call.args;
        if (enter->u.call.call == NET_CALL_FCNTL && option->type == NET_OPT_FILE_FLAG && args[1] == LINUX_F_SETFL) {
            *value = (args[2] & LINUX_O_NONBLOCK) != 0;
            return s->uses[i].enter;
        }
        if (enter->u.call.call != NET_CALL_SETSOCKOPT || !enter->data ||
            net_option_by_number((int)args[1], (int)args[2]) != option ||
            net_option_decode(option, enter->data, enter->data_bytes, &decoded) != 0)
            continue;
        *value = decoded.number;
        return s->uses[i].enter;
    }
    return LAB_NONE;
}

/* An option set from outside of the program leaves no call, but the kernel's value as the lab's reply. */
static long set_by_lab(const struct lab_why *w, const struct lab_socket *s, const struct net_option *option,
                       long before, int64_t *value)
{
    const struct net_event *made = s->use_count ? lab_told_event(&w->t, s->uses[0].ret) : NULL;
    const struct lab_actor *actor = made ? lab_actor_by_id(w->t.state, made->actor) : NULL;
    char says[96], text[128];
    int n = actor ? snprintf(says, sizeof says, "%s.%d %s = ", actor->name, made->u.call.fd, option->name) : 0;
    for (long i = before; n > 0 && i-- > s->uses[0].ret;) {
        const struct net_event *ev = lab_told_event(&w->t, i);
        if (ev->kind != NET_EV_NOTE || ev->u.note.kind != LAB_NOTE_REPLY || ev->data_bytes <= (uint32_t)n ||
            memcmp(ev->data, says, (size_t)n) != 0)
            continue;
        snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
        *value = strtoll(text + n, NULL, 10);
        return i;
    }
    return LAB_NONE;
}

/* The value of an option when the call was entered, if it was ever set; 0 is what none of those asked for begin with.
 */
static int64_t option_of(const struct lab_why *w, const char *name)
{
    const struct net_option *option = net_option_find(name);
    int64_t by_call = 0, by_lab = 0;
    if (!option || !w->sock)
        return 0;
    long call = set_by_call(w, w->sock, option, w->entry, &by_call);
    long lab = set_by_lab(w, w->sock, option, w->entry, &by_lab);
    if (call != LAB_NONE || lab != LAB_NONE)
        return lab > call ? by_lab : by_call;
    const struct lab_socket *from = option->inherited ? lab_listener_of(&w->t, w->sock) : NULL;
    if (!from)
        return 0;
    call = set_by_call(w, from, option, w->sock->uses[0].ret, &by_call);
    lab = set_by_lab(w, from, option, w->sock->uses[0].ret, &by_lab);
    return lab > call ? by_lab : by_call;
}

/* Made with SOCK_NONBLOCK, or O_NONBLOCK set since. */
static bool is_nonblocking(const struct lab_why *w)
{
    const struct net_event *made = w->sock->use_count ? lab_told_event(&w->t, w->sock->uses[0].ret) : NULL;
    unsigned call = made ? made->u.call.call : NET_CALL_NONE;
    if (call == NET_CALL_SOCKET && made->u.call.args[1] & LINUX_O_NONBLOCK)
        return true;
    if (call == NET_CALL_ACCEPT4 && made->u.call.args[3] & LINUX_O_NONBLOCK)
        return true;
    return option_of(w, "O_NONBLOCK") != 0;
}

static const char *missing(unsigned call)
{
    if (lab_why_reads(call))
        return "nothing to read";
    if (lab_why_writes(call))
        return "no room in the send buffer";
    if (call == NET_CALL_ACCEPT || call == NET_CALL_ACCEPT4)
        return "no connection waits";
    return call == NET_CALL_CONNECT ? "the SYN has no answer yet" : NULL;
}

/* A call that came back at once had no time that could run out. The kernel counts in ticks, of which some are late:
 * what is measured from outside may fall short by a few. */
static bool ran_out(const struct lab_why *w, int64_t limit_ms)
{
    uint64_t took_ns = w->ret->time_ns - w->enter->time_ns;
    return limit_ms > 0 && 2 * took_ns >= (uint64_t)limit_ms * NS_PER_MS;
}

bool lab_why_again(struct lab_why *w)
{
    unsigned call = w->ret->u.call.call;
    const char *lacks = missing(call);
    if (!w->enter || !w->sock || !lacks)
        return false;
    bool out = lab_why_writes(call) || call == NET_CALL_CONNECT;
    const char *name = out ? "SO_SNDTIMEO" : "SO_RCVTIMEO";
    int64_t limit_ms = option_of(w, name);
    bool has_flags = call == NET_CALL_RECV || call == NET_CALL_SEND || call == NET_CALL_RECVFROM ||
                     call == NET_CALL_SENDTO;
    if (has_flags && w->enter->u.call.args[3] & LINUX_MSG_DONTWAIT)
        lab_tell(&w->t, "MSG_DONTWAIT, %s", lacks);
    else if (is_nonblocking(w))
        lab_tell(&w->t, "O_NONBLOCK, %s", lacks);
    else if (ran_out(w, limit_ms))
        lab_tell(&w->t, "%s %lld ms ran out", name, (long long)limit_ms);
    else
        return false;
    return true;
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

static bool same_table(const struct lab_why *w, const struct net_event *ev)
{
    const struct lab_task *a = lab_task_by_id(w->t.state, ev->task), *b = lab_task_by_id(w->t.state, w->ret->task);
    return ev->task == w->ret->task || (a && b && a->table == b->table);
}

/* A call of the same program that made this descriptor. */
static bool made_descriptor(const struct lab_why *w, const struct net_event *ev)
{
    if (ev->kind != NET_EV_CALL_RETURN || ev->u.call.ret != w->fd)
        return false;
    if (ev->u.call.call == NET_CALL_FCNTL)
        return (ev->u.call.args[1] == LINUX_F_DUPFD || ev->u.call.args[1] == LINUX_F_DUPFD_CLOEXEC) &&
               same_table(w, ev);
    switch ((enum net_call)ev->u.call.call) {
    case NET_CALL_SOCKET:
    case NET_CALL_ACCEPT:
    case NET_CALL_ACCEPT4:
    case NET_CALL_OPEN:
    case NET_CALL_DUP:
    case NET_CALL_DUP2:
    case NET_CALL_EPOLL_CREATE1: return same_table(w, ev);
    default: return false;
    }
}

static bool closed_descriptor(const struct lab_why *w, const struct net_event *ev)
{
    return ev->kind == NET_EV_CALL_ENTER && ev->u.call.call == NET_CALL_CLOSE && ev->u.call.fd == w->fd &&
           same_table(w, ev);
}

bool lab_why_no_descriptor(struct lab_why *w)
{
    const struct lab_task *task = lab_task_by_id(w->t.state, w->ret->task);
    const struct net_event *ev = NULL;
    char who[LAB_WHO_BYTES], at[LAB_AT_BYTES];
    for (long i = w->entry; i-- > 0; ev = NULL) {
        ev = lab_told_event(&w->t, i);
        if (closed_descriptor(w, ev) || made_descriptor(w, ev))
            break;
        if (ev->kind == NET_EV_TASK_START && ev->task == w->ret->task)
            break;
    }
    enum { STANDARD = 3 };
    if (!ev || w->fd < STANDARD || w->ret->u.call.call == NET_CALL_SENDFILE)
        return false;
    lab_who(w->t.state, ev->actor, ev->task, who);
    if (ev->kind == NET_EV_CALL_ENTER)
        lab_tell(&w->t, "%s had closed descriptor %d at %s", who, w->fd, lab_at(&w->t, ev->time_ns, at));
    else if (ev->kind == NET_EV_TASK_START && task && task->kind == NET_TASK_MAIN)
        lab_tell(&w->t, "%s has no descriptor %d: no call made one", who, w->fd);
    else
        return false;
    return true;
}

bool lab_why_no_socket(struct lab_why *w)
{
    char at[LAB_AT_BYTES];
    for (long i = w->entry; i-- > 0;) {
        const struct net_event *ev = lab_told_event(&w->t, i);
        if (closed_descriptor(w, ev))
            return false;
        if (!made_descriptor(w, ev))
            continue;
        lab_tell(&w->t, "descriptor %d came from %s() at %s", w->fd, net_call_row(ev->u.call.call)->name,
                 lab_at(&w->t, ev->time_ns, at));
        return true;
    }
    static const char *const standard[] = {"input", "output", "error"};
    if (w->fd < 0 || w->fd > 2 || w->ret->u.call.call == NET_CALL_SENDFILE)
        return false;
    lab_tell(&w->t, "descriptor %d is the program's standard %s", w->fd, standard[w->fd]);
    return true;
}

/* ---- the state of the socket ------------------------------------------------------------------------------------- */

static bool tell_state(struct lab_why *w, const char *but)
{
    if (!w->sock)
        return false;
    lab_tell(&w->t, "the socket is in %s%s", net_state_name(lab_why_state(w)), but);
    return true;
}

bool lab_why_not_connected(struct lab_why *w)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    uint8_t state = lab_why_state(w);
    if (rst) {
        lab_why_tell_segment(w, "RST", rst);
        lab_tell(&w->t, " ended the connection");
        return true;
    }
    bool never = state == NET_STATE_LISTEN || state == NET_STATE_SYN_SENT ||
                 (w->sock && w->sock->step_count == 1 && state == NET_STATE_CLOSE);
    return tell_state(w, never ? ": it has no connection" : "");
}

/* When the present connection was there. */
bool lab_why_connected(struct lab_why *w)
{
    char peer[32], at[LAB_AT_BYTES];
    for (size_t i = w->sock ? w->sock->step_count : 0; i-- > 0;) {
        const struct lab_step *step = &w->sock->steps[i];
        if (step->state != NET_STATE_ESTABLISHED || step->event > w->index)
            continue;
        net_address_text(w->sock->now.remote_ip, w->sock->now.remote_port, peer, sizeof peer);
        lab_tell(&w->t, "connected with %s since %s", peer, lab_at(&w->t, step->time_ns, at));
        return true;
    }
    return tell_state(w, "");
}

/* The connect() that did not wait, and whose answer is not there yet. */
bool lab_why_connecting(struct lab_why *w)
{
    char at[LAB_AT_BYTES];
    for (size_t i = w->sock ? w->sock->use_count : 0; i-- > 0;) {
        const struct net_event *enter = lab_told_event(&w->t, w->sock->uses[i].enter);
        const struct net_event *ret = lab_told_event(&w->t, w->sock->uses[i].ret);
        if (!enter || !ret || w->sock->uses[i].enter >= w->entry || enter->u.call.call != NET_CALL_CONNECT ||
            strcmp(net_errno_name(ret->u.call.error), "EALREADY") == 0)
            continue;
        lab_tell(&w->t, "the connect() of %s is still under way: the SYN has no answer yet",
                 lab_at(&w->t, enter->time_ns, at));
        return true;
    }
    return false;
}

/* A successful bind() or connect() before this one; NULL. */
static const struct net_event *bound_before(const struct lab_why *w)
{
    for (size_t i = 0; w->sock && i < w->sock->use_count && w->sock->uses[i].enter < w->entry; i++) {
        const struct net_event *ret = lab_told_event(&w->t, w->sock->uses[i].ret);
        if (ret && ret->u.call.ret == 0 && (ret->u.call.call == NET_CALL_BIND || ret->u.call.call == NET_CALL_CONNECT))
            return ret;
    }
    return NULL;
}

static bool tell_bound(struct lab_why *w)
{
    const struct net_event *bound = bound_before(w);
    char at[LAB_AT_BYTES];
    if (!bound)
        return false;
    lab_tell(&w->t, "the socket has had an address since %s() at %s", net_call_row(bound->u.call.call)->name,
             lab_at(&w->t, bound->time_ns, at));
    return true;
}

static bool tell_when(struct lab_why *w, const struct net_option *option)
{
    lab_tell(&w->t, "%s can be set %s; the socket is in %s", option->name, option->when,
             net_state_name(lab_why_state(w)));
    return true;
}

static bool tell_range(struct lab_why *w)
{
    const int64_t *args = w->enter->u.call.args;
    const struct net_option *option = net_option_by_number((int)args[1], (int)args[2]);
    struct net_option_value value = {0};
    if (!option || option->type != NET_OPT_INT || !w->enter->data ||
        net_option_decode(option, w->enter->data, w->enter->data_bytes, &value) != 0 ||
        (value.number >= option->min && value.number <= option->max))
        return option && option->can_set && w->sock && tell_when(w, option);
    lab_tell(&w->t, "%s takes %lld to %lld", option->name, (long long)option->min, (long long)option->max);
    return true;
}

/* EINVAL of accept() and listen() is a matter of state; a shutdown() meanwhile took the listener out of LISTEN. */
bool lab_why_invalid(struct lab_why *w)
{
    char at[LAB_AT_BYTES];
    long shut = lab_why_shut(w, LAB_READING);
    switch (w->enter ? (enum net_call)w->enter->u.call.call : NET_CALL_NONE) {
    case NET_CALL_BIND: return tell_bound(w);
    case NET_CALL_SETSOCKOPT: return tell_range(w);
    case NET_CALL_LISTEN: return tell_state(w, "");
    case NET_CALL_ACCEPT:
    case NET_CALL_ACCEPT4:
        if (shut == LAB_NONE)
            return lab_why_state(w) != NET_STATE_LISTEN && tell_state(w, ", not in LISTEN");
        lab_tell(&w->t, "shutdown() of the listening socket at %s",
                 lab_at(&w->t, lab_told_event(&w->t, shut)->time_ns, at));
        return true;
    default: return false;
    }
}
