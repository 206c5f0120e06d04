// SPDX-License-Identifier: GPL-3.0-or-later
// Calls: what each task is in, and which descriptors become and cease to be sockets.
//
// close() frees its descriptor as its first act in the kernel, before it lingers, and another thread may get the same
// number from accept() before close() has returned. The descriptor therefore goes at CALL_ENTER; what call makes one
// is seen at CALL_RETURN.

#include "lab/state/state_inside.h"

#include "net/data/call.h"
#include "net/data/linux.h"

#include <string.h>

/* What of <sys/socket.h> and <fcntl.h> on Linux is needed to read the arguments. */

static bool makes_tcp(const struct net_ev_call *call)
{
    return (call->args[0] == NET_AF_INET || call->args[0] == NET_AF_INET6) &&
           (call->args[1] & NET_SOCK_TYPE_MASK) == NET_SOCK_STREAM;
}

static unsigned host_of(const struct lab_state *st, const struct net_event *ev)
{
    const struct lab_actor *actor = lab_actor_by_id(st, ev->actor);
    return actor ? actor->host : NET_SERVER;
}

static void set_latest(struct lab_state *st, uint32_t actor, int socket)
{
    struct lab_actor *a = lab_actor_of(st, actor);
    if (a)
        a->latest_socket = socket;
}

/* ---- entered ----------------------------------------------------------------------------------------------------- */

/* Everything whose last descriptor is in this table will be closed by an exit, or by an exec. */
static void set_movers(struct lab_state *st, int table, long index, bool only_cloexec)
{
    for (size_t i = 0; i < st->tables[table].fd_count; i++) {
        if (only_cloexec && !st->tables[table].fds[i].cloexec)
            continue;
        struct lab_socket_more *more = &st->maps->sockets[st->tables[table].fds[i].socket];
        more->mover = index;
        more->exiting = table;
    }
}

static bool connects(const struct net_ev_call *call)
{
    return call->call == NET_CALL_CONNECT ||
           (call->call == NET_CALL_SENDTO && net_call_message_flags(call) & NET_MSG_FASTOPEN);
}

/* A call on a socket: who owns it, and whether the call may change its state. */
static int use(struct lab_state *st, const struct net_event *ev, const struct lab_task *t, long index)
{
    const struct net_ev_call *call = &ev->u.call;
    struct lab_task_more *more = &st->maps->tasks[t - st->tasks];
    int socket = lab_table_socket(st, t->table, call->fd);
    more->socket = socket;
    if (socket == LAB_NONE)
        return 0;
    more->use = st->sockets[socket].use_count;
    if (lab_socket_add_use(st, socket, (struct lab_use){index, LAB_NONE}) < 0)
        return -1;
    lab_table_used(st, t->table, call->fd, t->id);
    if (call->call != NET_CALL_ACCEPT && call->call != NET_CALL_ACCEPT4)
        set_latest(st, ev->actor, socket);
    if (connects(call) || call->call == NET_CALL_LISTEN || call->call == NET_CALL_SHUTDOWN)
        st->maps->sockets[socket].mover = index;
    st->maps->sockets[socket].calls |= connects(call);
    return 0;
}

/* A descriptor whose making was not seen (a journal that begins in the middle), if the socket itself was. */
static int learn(struct lab_state *st, const struct net_event *ev, const struct lab_task *t, long index)
{
    if (ev->u.call.cookie == 0 || ev->u.call.fd < 0)
        return 0;
    int socket = lab_socket_by_cookie(st, host_of(st, ev), ev->u.call.cookie);
    return socket == LAB_NONE ? 0 : lab_table_set(st, t->table, ev->u.call.fd, socket, index);
}

/* A handler's call, made while the task is in another: keep that one. The oldest goes when there are too many. */
static void keep_outer(const struct lab_task *t, struct lab_task_more *more)
{
    if (t->enter == LAB_NONE)
        return;
    if (more->outer_count == LAB_CALLS_DEEP)
        memmove(more->outer, more->outer + 1, --more->outer_count * sizeof more->outer[0]);
    more->outer[more->outer_count++] = (struct lab_outer_call){t->enter, more->socket, more->use};
}

int lab_fold_enter(struct lab_state *st, const struct net_event *ev, long index)
{
    int task;
    if (lab_need_task(st, ev, &task) < 0)
        return -1;
    if (task == LAB_NONE)
        return 0;
    struct lab_task *t = &st->tasks[task];
    keep_outer(t, &st->maps->tasks[task]);
    t->enter = index;
    t->line = ev->u.call.line;
    t->file = ev->u.call.file;
    t->at_gate = false;
    if (learn(st, ev, t, index) < 0 || use(st, ev, t, index) < 0)
        return -1;
    switch (ev->u.call.call) {
    case NET_CALL_CLOSE: return lab_table_drop(st, t->table, ev->u.call.fd, index);
    case NET_CALL_EXIT:
    case NET_CALL__EXIT:
    case NET_CALL_ABORT: set_movers(st, t->table, index, false); break;
    case NET_CALL_EXECVE: set_movers(st, t->table, index, true); break;
    default: break;
    }
    return 0;
}

/* ---- returned ---------------------------------------------------------------------------------------------------- */

/* socket() and accept(): a new descriptor of a socket. A socket just made is in CLOSE, whoever asks. */
static int made(struct lab_state *st, const struct net_event *ev, const struct lab_task *t, long enter, long index)
{
    const struct net_ev_call *call = &ev->u.call;
    bool fresh = call->call == NET_CALL_SOCKET;
    int socket;
    if (call->cookie == 0 || (fresh && !makes_tcp(call)))
        return 0;
    if (lab_socket_need(st, host_of(st, ev), call->cookie, ev->time_ns, &socket) < 0)
        return -1;
    if (lab_socket_add_use(st, socket, (struct lab_use){enter, index}) < 0)
        return -1;
    struct lab_step step = {ev->time_ns, NET_STATE_CLOSE, enter, index};
    if (fresh && st->sockets[socket].step_count == 0)
        st->sockets[socket].now.local_ip.is_v6 = st->sockets[socket].now.remote_ip.is_v6 = call->args[0] ==
                                                                                           NET_AF_INET6;
    if (fresh && st->sockets[socket].step_count == 0 && lab_socket_enter_state(st, socket, &step) < 0)
        return -1;
    if (lab_table_set(st, t->table, (int)call->ret, socket, index) < 0)
        return -1;
    int64_t type = fresh ? call->args[1] : call->call == NET_CALL_ACCEPT4 ? call->args[3] : 0;
    lab_table_cloexec(st, t->table, (int)call->ret, type & NET_SOCK_CLOEXEC);
    lab_table_used(st, t->table, (int)call->ret, t->id);
    set_latest(st, ev->actor, socket);
    return 0;
}

/* Another descriptor for what `from` refers to; what `to` was before is closed. */
static int duplicated(struct lab_state *st, const struct lab_task *t, int from, int to, long event)
{
    int socket = lab_table_socket(st, t->table, from);
    if (from == to)
        return 0;
    if (socket != LAB_NONE)
        return lab_table_set(st, t->table, to, socket, event);
    return lab_table_drop(st, t->table, to, event);
}

/* Unless the child has shown itself already, keep what it inherits until it does. */
static int forked(struct lab_state *st, const struct lab_task *t, const struct net_ev_call *call)
{
    uint32_t pid = (uint32_t)call->ret;
    int child = lab_find(st, LAB_KEY_PID, pid, 0), table;
    if (child != LAB_NONE && st->tasks[child].parent == t->id && st->tasks[child].start_ns >= call->enter_ns)
        return 0;
    if (lab_table_copy(st, t->table, 0, &table) < 0)
        return -1;
    return lab_remember(st, LAB_KEY_FORKED, pid, 0, table);
}

static int succeeded(struct lab_state *st, const struct net_event *ev, const struct lab_task *t, long enter, long index)
{
    const struct net_ev_call *call = &ev->u.call;
    int ret = (int)call->ret;
    long cause = enter == LAB_NONE ? index : enter;
    if (call->ret < 0 || call->ret > INT32_MAX)
        return 0;
    switch (call->call) {
    case NET_CALL_SOCKET:
    case NET_CALL_ACCEPT:
    case NET_CALL_ACCEPT4: return made(st, ev, t, enter, index);
    case NET_CALL_EXECVE: return lab_table_exec(st, t->table, cause);
    case NET_CALL_DUP: return duplicated(st, t, (int)call->args[0], ret, cause);
    case NET_CALL_DUP3:
    case NET_CALL_DUP2: return duplicated(st, t, (int)call->args[0], (int)call->args[1], cause);
    case NET_CALL_FCNTL:
        if (call->args[1] == NET_F_SETFD)
            lab_table_cloexec(st, t->table, (int)call->args[0], call->args[2] & NET_FD_CLOEXEC);
        if (call->args[1] != NET_F_DUPFD && call->args[1] != NET_F_DUPFD_CLOEXEC)
            return 0;
        return duplicated(st, t, (int)call->args[0], ret, cause);
    case NET_CALL_VFORK:
    case NET_CALL_FORK: return call->ret > 0 ? forked(st, t, call) : 0;
    case NET_CALL_CLOSE: return enter == LAB_NONE ? lab_table_drop(st, t->table, call->fd, cause) : 0;
    default: return 0;
    }
}

static bool is_in(const struct lab_journal *j, const struct lab_task *t, const struct net_event *ret)
{
    return t->enter != LAB_NONE && lab_journal_at(j, (size_t)t->enter)->u.call.call == ret->u.call.call;
}

static void back_to_outer(struct lab_task *t, struct lab_task_more *more)
{
    const struct lab_outer_call *outer = &more->outer[--more->outer_count];
    t->enter = outer->enter;
    more->socket = outer->socket;
    more->use = outer->use;
}

int lab_fold_return(struct lab_state *st, const struct lab_journal *j, const struct net_event *ev, long index)
{
    int task;
    if (lab_need_task(st, ev, &task) < 0)
        return -1;
    if (task == LAB_NONE)
        return 0;
    struct lab_task *t = &st->tasks[task];
    struct lab_task_more *more = &st->maps->tasks[task];
    while (!is_in(j, t, ev) && more->outer_count > 0)
        back_to_outer(t, more); // a call that never returned: its handler jumped away
    long enter = is_in(j, t, ev) ? t->enter : LAB_NONE;
    if (enter != LAB_NONE && more->socket != LAB_NONE)
        st->sockets[more->socket].uses[more->use].ret = index;
    more->socket = LAB_NONE;
    t->enter = LAB_NONE;
    t->last_return = index;
    t->line = ev->u.call.line;
    t->at_gate = false;
    int rc = succeeded(st, ev, t, enter, index);
    if (more->outer_count > 0) {
        back_to_outer(t, more);
        t->line = lab_journal_at(j, (size_t)t->enter)->u.call.line;
    }
    return rc;
}
