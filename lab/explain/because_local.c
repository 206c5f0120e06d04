// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call failed, where no segment and no address had to do with it: options, signals, descriptors, the socket's own
// state.

#include "lab/explain/because_local.h"
#include "lab/explain/results.h"

#include "lab/explain/who.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "net/data/option.h"
#include "net/data/linux.h"

#include <errno.h>
#include <stdio.h>

/* What of <sys/socket.h> and <fcntl.h> on Linux is needed to read the arguments. */
enum { NS_PER_MS = 1000000 };

/* ---- limits and privileges --------------------------------------------------------------------------------------- */

/* What `fail` asked for says nothing of the program. */
bool lab_because_no_room(struct lab_why *w)
{
    if (w->ret->u.call.requested)
        return false;
    for (long i = w->index; i-- > 0;) {
        const struct net_event *ev = lab_event_at(&w->e, i);
        if (ev->kind == NET_EV_CALL_RETURN && ev->actor == w->ret->actor && ev->u.call.call == NET_CALL_SETRLIMIT &&
            ev->u.call.ret == 0)
            return lab_why_is(w,
                              "the program has all the descriptors that it may have (RLIMIT_NOFILE), {limit} since "
                              "setrlimit() at {at}",
                              .limit = ev->u.call.args[1], .at = ev->time_ns);
    }
    return lab_why_is(w, "the program has all the descriptors that it may have (RLIMIT_NOFILE)");
}

/* The option that the call was to set; NULL. */
static const struct net_option *option_to_set(const struct lab_why *w)
{
    if (lab_why_call(w) != NET_CALL_SETSOCKOPT)
        return NULL;
    return net_option_by_number((int)w->enter->u.call.args[1], (int)w->enter->u.call.args[2]);
}

bool lab_because_no_privilege(struct lab_why *w)
{
    const struct net_option *option = option_to_set(w);
    return option && !w->ret->u.call.requested &&
           lab_why_is(w, "that value of {name} takes the privilege CAP_NET_ADMIN, and the program has none",
                      .name = option->name);
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

bool lab_is_cancel_of(const struct net_event *ev, uint32_t actor)
{
    return ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND && ev->u.note.command == LAB_COMMAND_CANCEL &&
           ev->u.note.subject == actor;
}

/* The last thing between entry and return that can end a call. */
bool lab_because_interrupted(struct lab_why *w)
{
    for (long i = w->index; w->entry != LAB_NONE && i-- > w->entry;) {
        const struct net_event *ev = lab_event_at(&w->e, i);
        if (ev->kind == NET_EV_SIGNAL && ev->task == w->ret->task)
            return lab_why_is(w, "{name} at {at}", .name = net_signal_name(ev->u.signal.signo), .at = ev->time_ns);
        if (lab_is_cancel_of(ev, w->ret->actor))
            return lab_why_is(w, "cancelled at {at}", .at = ev->time_ns);
    }
    return false;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

int64_t lab_why_option(const struct lab_why *w, const char *name)
{
    const struct net_option *option = net_option_find(name);
    struct net_option_value value = {0};
    if (!option || !w->sock)
        return 0;
    if (lab_option_set(&w->e, w->sock, option, w->entry, &value))
        return value.number;
    const struct lab_socket *from = option->inherited ? lab_listener_of(&w->e, w->sock) : NULL;
    return from && lab_option_set(&w->e, from, option, w->sock->uses[0].ret, &value) ? value.number : 0;
}

/* Made with SOCK_NONBLOCK, or O_NONBLOCK set since. */
static bool is_nonblocking(const struct lab_why *w)
{
    const struct net_event *made = w->sock->use_count ? lab_event_at(&w->e, w->sock->uses[0].ret) : NULL;
    unsigned call = made ? made->u.call.call : NET_CALL_NONE;
    if (call == NET_CALL_SOCKET && made->u.call.args[1] & NET_O_NONBLOCK)
        return true;
    if (call == NET_CALL_ACCEPT4 && made->u.call.args[3] & NET_O_NONBLOCK)
        return true;
    return lab_why_option(w, "O_NONBLOCK") != 0;
}

/* By what the call did not wait: {name} is the flag. NULL: that call waits for nothing. On its own loopback a SYN is
 * answered before connect() returns, and it does not wait to see that. */
static const char *not_waiting(const struct lab_why *w)
{
    const unsigned call = w->ret->u.call.call;
    const uint8_t state = lab_why_state(w);
    bool opens = state == NET_STATE_SYN_SENT || state == NET_STATE_SYN_RECV;
    if (call == NET_CALL_CONNECT)
        return lab_state_before(w->sock, w->index) == NET_STATE_ESTABLISHED
                   ? "{name}: connect() does not wait for the answer to its SYN, which came before it had returned"
                   : "{name}: connect() does not wait for the answer to its SYN";
    if (opens && (lab_call_reads(call) || lab_call_writes(call)))
        return "{name}, and the connection is not there yet: the socket is in {state}";
    if (lab_call_reads(call))
        return "{name}, nothing to read";
    if (lab_call_writes(call))
        return "{name}, no room in the send buffer";
    return lab_call_accepts(call) ? "{name}, no connection waits" : NULL;
}

/* A call that came back at once had no time that could run out. The kernel counts in ticks, of which some are late:
 * what is measured from outside may fall short by a few. */
static bool ran_out(const struct lab_why *w, int64_t limit_ms)
{
    uint64_t took_ns = w->ret->time_ns - w->enter->time_ns;
    return limit_ms > 0 && 2 * took_ns >= (uint64_t)limit_ms * NS_PER_MS;
}

bool lab_because_again(struct lab_why *w)
{
    unsigned call = w->ret->u.call.call;
    uint8_t state = lab_why_state(w);
    const char *format = w->sock ? not_waiting(w) : NULL;
    if (call == NET_CALL_FORK || call == NET_CALL_VFORK || call == NET_CALL_PTHREAD_CREATE)
        return lab_why_is(w, "a limit of the machine's on processes and threads: RLIMIT_NPROC of the user, or pids.max "
                             "of the cgroup");
    if (!w->enter || !w->sock || !format)
        return false;
    if (net_call_message_flags(&w->enter->u.call) & NET_MSG_DONTWAIT)
        return lab_why_is(w, format, .name = "MSG_DONTWAIT", .state = state);
    if (is_nonblocking(w))
        return lab_why_is(w, format, .name = "O_NONBLOCK", .state = state);
    const char *name = lab_call_writes(call) || call == NET_CALL_CONNECT ? "SO_SNDTIMEO" : "SO_RCVTIMEO";
    int64_t limit_ms = lab_why_option(w, name);
    return ran_out(w, limit_ms) && lab_why_is(w, "{name} {limit} ms ran out", .name = name, .limit = limit_ms);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

/* The task that the process began with: threads share its descriptors, children have their own. What is over is told
 * from its kind, since its table is gone. */
static uint32_t process_of(const struct lab_why *w, uint32_t id)
{
    const struct lab_task *task = lab_task_by_id(w->e.state, id);
    while (task && task->kind == NET_TASK_THREAD && task->parent != 0) {
        id = task->parent;
        task = lab_task_by_id(w->e.state, id);
    }
    return id;
}

static bool same_table(const struct lab_why *w, const struct net_event *ev)
{
    return ev->task == w->ret->task ||
           (ev->actor == w->ret->actor && process_of(w, ev->task) == process_of(w, w->ret->task));
}

/* A call of the same program that made this descriptor. */
static bool made_descriptor(const struct lab_why *w, const struct net_event *ev)
{
    if (ev->kind != NET_EV_CALL_RETURN || ev->u.call.ret != w->fd)
        return false;
    const struct net_ev_call *call = &ev->u.call;
    bool copies = call->call == NET_CALL_FCNTL &&
                  (call->args[1] == NET_F_DUPFD || call->args[1] == NET_F_DUPFD_CLOEXEC);
    return (copies || net_call_is(call->call, NET_MAKES_FD)) && same_table(w, ev);
}

/* A close() that failed has closed nothing; one that has not returned yet has given the number back already. */
static bool closed_descriptor(const struct lab_why *w, const struct net_event *ev, long index)
{
    if (ev->kind != NET_EV_CALL_ENTER || ev->u.call.call != NET_CALL_CLOSE || ev->u.call.fd != w->fd ||
        !same_table(w, ev))
        return false;
    for (long i = index + 1; i < w->index; i++) {
        const struct net_event *ret = lab_event_at(&w->e, i);
        if (ret->kind == NET_EV_CALL_RETURN && ret->task == ev->task && ret->u.call.call == NET_CALL_CLOSE)
            return ret->u.call.error != EBADF;
    }
    return true;
}

bool lab_because_no_descriptor(struct lab_why *w)
{
    enum { STANDARD = 3 };
    const struct net_event *exec = NULL;
    if (w->fd < STANDARD || w->ret->u.call.call == NET_CALL_SENDFILE)
        return false;
    for (long i = w->entry; i-- > 0;) {
        const struct net_event *ev = lab_event_at(&w->e, i);
        if (closed_descriptor(w, ev, i))
            return lab_why_is(w, "{by} had closed descriptor {fd} at {at}", .by = ev, .fd = w->fd, .at = ev->time_ns);
        if (ev->kind == NET_EV_CALL_RETURN && ev->u.call.call == NET_CALL_EXECVE && ev->u.call.ret == 0 &&
            ev->task == w->ret->task)
            exec = ev;
        if (made_descriptor(w, ev))
            return exec && lab_why_is(w, "the exec of {at} has closed descriptor {fd} (FD_CLOEXEC)", .fd = w->fd,
                                      .at = exec->time_ns);
        if (ev->kind != NET_EV_TASK_START || ev->task != process_of(w, w->ret->task))
            continue;
        return ev->u.task.kind == NET_TASK_MAIN &&
               lab_why_is(w, "{by} has no descriptor {fd}: no call made one", .by = ev, .fd = w->fd);
    }
    return false;
}

bool lab_because_no_socket(struct lab_why *w)
{
    static const char *const standard[] = {"descriptor 0 is the program's standard input",
                                           "descriptor 1 is the program's standard output",
                                           "descriptor 2 is the program's standard error"};
    for (long i = w->entry; i-- > 0;) {
        const struct net_event *ev = lab_event_at(&w->e, i);
        if (closed_descriptor(w, ev, i))
            return false;
        if (made_descriptor(w, ev))
            return lab_why_is(w, "descriptor {fd} came from {name}() at {at}", .fd = w->fd, .at = ev->time_ns,
                              .name = net_call_row(ev->u.call.call)->name);
    }
    if (w->fd < 0 || w->fd > 2 || w->ret->u.call.call == NET_CALL_SENDFILE)
        return false;
    return lab_why_is(w, standard[w->fd]);
}

/* ---- the state of the socket ------------------------------------------------------------------------------------- */

static bool by_state(struct lab_why *w)
{
    return w->sock && lab_why_is(w, "the socket is in {state}", .state = lab_why_state(w));
}

bool lab_because_failed_connect(struct lab_why *w)
{
    for (size_t i = w->sock ? w->sock->use_count : 0; i-- > 0;) {
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (!ret || w->sock->uses[i].ret >= w->index || ret->u.call.call != NET_CALL_CONNECT)
            continue;
        int error = ret->u.call.error;
        bool failed = ret->u.call.ret < 0 && error != EINPROGRESS && error != EALREADY && error != EINTR &&
                      error != EISCONN;
        return failed && lab_why_is(w, "connect() had failed with {name} at {at}: the socket has no connection",
                                    .name = net_errno_name(error), .at = ret->time_ns);
    }
    return false;
}

bool lab_because_not_connected(struct lab_why *w)
{
    const struct lab_segment *rst = lab_why_arrived(w, NET_RST);
    uint8_t state = lab_why_state(w);
    if (rst)
        return lab_why_is(w, "RST #{id} from {host} at {at} ended the connection", .id = (int64_t)rst->id,
                          .host = rst->segment->from, .at = lab_arrival_ns(rst));
    bool never = state == NET_STATE_LISTEN || state == NET_STATE_SYN_SENT ||
                 (w->sock && state == NET_STATE_CLOSE &&
                  (w->sock->step_count < 2 || w->sock->steps[1].event > w->index));
    if (!never && lab_because_failed_connect(w))
        return true;
    if (!w->sock || !never)
        return by_state(w);
    return lab_why_is(w, "the socket is in {state}: it has no connection", .state = state);
}

/* When the present connection was there. */
bool lab_because_connected(struct lab_why *w)
{
    char peer[NET_ADDRESS_TEXT_BYTES];
    for (size_t i = w->sock ? w->sock->step_count : 0; i-- > 0;) {
        const struct lab_step *step = &w->sock->steps[i];
        if (step->state != NET_STATE_ESTABLISHED || step->event > w->index)
            continue;
        net_address_text(w->sock->now.remote_ip, w->sock->now.remote_port, peer, sizeof peer);
        return lab_why_is(w, "connected with {peer} since {since}", .peer = peer, .since = step->time_ns);
    }
    return by_state(w);
}

/* The connect() that did not wait, and whose answer is not there yet. */
bool lab_because_connecting(struct lab_why *w)
{
    for (size_t i = w->sock ? w->sock->use_count : 0; i-- > 0;) {
        const struct net_event *enter = lab_event_at(&w->e, w->sock->uses[i].enter);
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (enter && ret && w->sock->uses[i].enter < w->entry && enter->u.call.call == NET_CALL_CONNECT &&
            ret->u.call.error != EALREADY)
            return lab_why_is(w, "the connect() of {at} is still under way: the SYN has no answer yet",
                              .at = enter->time_ns);
    }
    return false;
}

/* A successful bind() or connect() before this one. */
static bool bound_before(struct lab_why *w)
{
    for (size_t i = 0; w->sock && i < w->sock->use_count && w->sock->uses[i].enter < w->entry; i++) {
        const struct net_event *ret = lab_event_at(&w->e, w->sock->uses[i].ret);
        if (ret && ret->u.call.ret == 0 && (ret->u.call.call == NET_CALL_BIND || ret->u.call.call == NET_CALL_CONNECT))
            return lab_why_is(w, "the socket has had an address since {name}() at {at}",
                              .name = net_call_row(ret->u.call.call)->name, .at = ret->time_ns);
    }
    return false;
}

/* A value that the option does not take, or a moment at which it cannot be set. */
static bool option_refused(struct lab_why *w)
{
    const struct net_option *option = option_to_set(w);
    struct net_option_value value = {0};
    if (option && option->type == NET_OPT_INT && w->enter->data &&
        net_option_decode(option, w->enter->data, w->enter->data_bytes, &value) == 0 &&
        (value.number < option->min || value.number > option->max))
        return lab_why_is(w, "{name} takes {number} to {limit}", .name = option->name, .number = option->min,
                          .limit = option->max);
    return option && option->can_set && w->sock &&
           lab_why_is(w, "{name} can be set {when}; the socket is in {state}", .name = option->name,
                      .when = _(option->when), .state = lab_why_state(w));
}

/* A shutdown() meanwhile took the listener out of LISTEN; or it never was in it. */
static bool not_listening(struct lab_why *w)
{
    long index;
    const struct net_event *shut = lab_why_shut(w, LAB_READING, &index);
    if (shut)
        return lab_why_is(w, "shutdown() of the listening socket at {at}", .at = shut->time_ns);
    uint8_t state = lab_why_state(w);
    return w->sock && state != NET_STATE_LISTEN &&
           lab_why_is(w, "the socket is in {state}, not in LISTEN", .state = state);
}

bool lab_because_invalid(struct lab_why *w)
{
    if (lab_because_bad_argument(w))
        return true;
    switch (lab_why_call(w)) {
    case NET_CALL_BIND: return lab_because_family(w) || bound_before(w);
    case NET_CALL_CONNECT: return lab_because_family(w);
    case NET_CALL_SETSOCKOPT: return option_refused(w);
    case NET_CALL_LISTEN: return by_state(w);
    case NET_CALL_ACCEPT:
    case NET_CALL_ACCEPT4: return not_listening(w);
    default: return lab_call_reads(lab_why_call(w)) && lab_because_no_urgent_byte(w);
    }
}

bool lab_because_no_child(struct lab_why *w)
{
    unsigned call = lab_why_call(w);
    return (call == NET_CALL_WAIT || call == NET_CALL_WAITPID) &&
           lab_why_is(w, "it has no child that it has not waited for already");
}
