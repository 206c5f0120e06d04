// SPDX-License-Identifier: GPL-3.0-or-later
// Traced calls on sockets and other descriptors that carry bytes.
#include "net/socket/diag.h"
#include "net/trace/span.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The system call of a socket, made again when a signal that is none of the program's affair has broken it. */
static long call_socket(struct net_span *s, long number)
{
    long result;
    do {
        net_span_kernel(s);
        result = net_span_syscall(s, number);
    } while (net_span_again(s, result, NET_RESTART_SOCKET));
    return result;
}

/* ---- from nothing to a connection -------------------------------------------------------------------------------- */

int net_socket(int line, int domain, int type, int protocol)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SOCKET, line, -1, ARGS(domain, type, protocol));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long fd = net_span_syscall(&s, SYS_socket);
    s.ev.u.call.fd = (int)fd;
    if (fd >= 0) {
        s.ev.u.call.cookie = net_cookie_of((int)fd);
        net_kept_made(s.task, (int)fd, s.ev.u.call.cookie);
    }
    return (int)net_span_return(&s, fd);
}

int net_bind(int line, int fd, const struct sockaddr *address, socklen_t bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_BIND, line, fd, ARGS(fd, (intptr_t)address, bytes));
    net_span_in(&s, address, bytes);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_bind);
    if (r == 0)
        net_span_sample(s.task, fd, NET_AFTER_CALL, NET_SAMPLE_ALWAYS);
    return (int)net_span_return(&s, r);
}

int net_listen(int line, int fd, int backlog)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_LISTEN, line, fd, ARGS(fd, backlog));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_listen);
    if (r == 0)
        net_span_sample(s.task, fd, NET_AFTER_CALL, NET_SAMPLE_ALWAYS | NET_SAMPLE_KEEP);
    return (int)net_span_return(&s, r);
}

/* What the kernel wrote of an address: no more than there was room for. */
static long address_bytes(const struct sockaddr *address, const socklen_t *bytes, socklen_t room)
{
    return address && bytes ? (long)(*bytes < room ? *bytes : room) : 0;
}

static int accept_any(struct net_span *s, int fd, struct sockaddr *address, socklen_t *bytes)
{
    socklen_t room = address && bytes ? *bytes : 0;
    net_span_enter(s);
    if (net_span_must_fail(s))
        return (int)net_span_fail(s, -1);
    long r = call_socket(s, SYS_accept4);
    if (r >= 0) {
        s->ev.u.call.fd = (int)r;
        net_kept_ends(s->task, (int)r);
        s->ev.u.call.cookie = net_span_sample(s->task, (int)r, NET_AFTER_CALL, NET_SAMPLE_KEEP);
        net_span_out(s, address, address_bytes(address, bytes, room));
        if (net_arena_has_timers(s->task->arena))
            net_span_timers(s->task, (int)r, false); /* inherited from the listener */
    }
    net_span_sample(s->task, fd, NET_AFTER_CALL, 0);
    return (int)net_span_return(s, r);
}

int net_accept(int line, int fd, struct sockaddr *address, socklen_t *bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_ACCEPT, line, fd, ARGS(fd, (intptr_t)address, (intptr_t)bytes));
    return accept_any(&s, fd, address, bytes);
}

int net_accept4(int line, int fd, struct sockaddr *address, socklen_t *bytes, int flags)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_ACCEPT4, line, fd, ARGS(fd, (intptr_t)address, (intptr_t)bytes, flags));
    return accept_any(&s, fd, address, bytes);
}

int net_connect(int line, int fd, const struct sockaddr *address, socklen_t bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_CONNECT, line, fd, ARGS(fd, (intptr_t)address, bytes));
    net_span_in(&s, address, bytes);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = call_socket(&s, SYS_connect);
    s.ev.u.call.cookie = net_span_sample(s.task, fd, NET_AFTER_CALL, NET_SAMPLE_KEEP);
    return (int)net_span_return(&s, r);
}

/* ---- bytes out --------------------------------------------------------------------------------------------------- */

static bool take_pipe_signal(void)
{
    static const struct timespec now = {0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return sigtimedwait(&set, NULL, &now) == SIGPIPE;
}

/*
 * A call that sends has failed with EPIPE. SIGPIPE is blocked in every task, so it waits; where the program ignores it
 * the kernel has thrown it away, and only the table knows. It acts now that the return is recorded.
 */
void net_span_pipe_signal(struct net_task *t, bool raised)
{
    bool ignored = t->group->dispositions[SIGPIPE].sa_handler == SIG_IGN;
    bool was_there = !t->is_own && take_pipe_signal();
    if (raised && (was_there || ignored))
        net_task_signal(t, SIGPIPE, getpid());
}

/* A call that sends, from its entry on. raises: with EPIPE comes SIGPIPE. */
static long send_bytes(struct net_span *s, long number, bool raises)
{
    if (net_span_must_fail(s))
        return net_span_fail(s, -1);
    long n = call_socket(s, number);
    int error = n < 0 ? errno : 0;
    if (n <= 0)
        s->ev.u.call.cookie = net_span_sample(s->task, s->ev.u.call.fd, NET_AFTER_CALL, 0);
    net_span_return(s, n);
    if (error == EPIPE) {
        net_span_pipe_signal(s->task, raises);
        errno = error;
    }
    return n;
}

ssize_t net_send(int line, int fd, const void *bytes, size_t size, int flags)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SEND, line, fd, ARGS(fd, (intptr_t)bytes, (int64_t)size, flags));
    net_span_in(&s, bytes, size);
    net_span_enter(&s);
    return send_bytes(&s, SYS_sendto, !(flags & MSG_NOSIGNAL));
}

/* No address of IP: it stays nowhere. */
static void destination(struct net_task *t, const struct sockaddr *to, socklen_t bytes, struct net_ev_call *call)
{
    uint8_t copy[sizeof(struct sockaddr_in6)];
    size_t n = bytes < sizeof copy ? bytes : sizeof copy;
    if (to && net_copy_from_program(t, copy, to, n))
        net_address_of(copy, n, &call->to_ip, &call->to_port);
}

/* With MSG_FASTOPEN it connects, too. */
ssize_t net_sendto(int line, int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
                   socklen_t to_bytes)
{
    struct net_span s;
    long n;
    net_span_open(&s, NET_CALL_SENDTO, line, fd,
                  ARGS(fd, (intptr_t)bytes, (int64_t)size, flags, (intptr_t)to, to_bytes));
    destination(s.task, to, to_bytes, &s.ev.u.call);
    net_span_in(&s, bytes, size);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return net_span_fail(&s, -1);
    do {
        net_span_kernel(&s);
        n = syscall(SYS_sendto, fd, bytes, size, flags, to, to_bytes);
    } while (net_span_again(&s, n, NET_RESTART_SOCKET));
    int error = n < 0 ? errno : 0;
    bool connects = (flags & MSG_FASTOPEN) != 0;
    if (n <= 0 || connects)
        s.ev.u.call.cookie = net_span_sample(s.task, fd, NET_AFTER_CALL, connects ? NET_SAMPLE_KEEP : 0);
    net_span_return(&s, n);
    if (error == EPIPE)
        net_span_pipe_signal(s.task, !(flags & MSG_NOSIGNAL));
    if (error)
        errno = error;
    return n;
}

/* Descriptors 1 and 2 are the lab's screen, not a file: what is written there is output. */
ssize_t net_write(int line, int fd, const void *bytes, size_t size)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_WRITE, line, fd, ARGS(fd, (intptr_t)bytes, (int64_t)size));
    net_span_in(&s, bytes, size);
    net_span_enter(&s);
    if (net_is_screen(s.task, fd)) {
        if (fd == 1 && !s.task->output_is_out)
            net_output_flush(s.task);
        net_output(s.task, fd, line, bytes, size);
        if (fd == 1 && !s.task->is_own)
            net_output_flush(s.task);
        s.task->output_is_out = s.task->is_own && s.task->output_bytes > 0;
        return net_span_return(&s, (long)size);
    }
    return send_bytes(&s, SYS_write, true);
}

ssize_t net_sendfile(int line, int out_fd, int in_fd, off_t *offset, size_t size)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SENDFILE, line, out_fd, ARGS(out_fd, in_fd, (intptr_t)offset, (int64_t)size));
    net_span_enter(&s);
    return send_bytes(&s, SYS_sendfile, true);
}

/* ---- bytes in ---------------------------------------------------------------------------------------------------- */

/* A call that receives, from its entry on. With MSG_TRUNC nothing is copied, and of a datagram it counts what did not
 * fit (tcp(7), recv(2)). */
static long receive_bytes(struct net_span *s, long number, const void *bytes)
{
    if (net_span_must_fail(s))
        return net_span_fail(s, -1);
    long n = call_socket(s, number);
    if (n <= 0)
        s->ev.u.call.cookie = net_span_sample(s->task, s->ev.u.call.fd, NET_AFTER_CALL, 0);
    if (!(s->ev.u.call.args[3] & MSG_TRUNC))
        net_span_out(s, bytes, n);
    return net_span_return(s, n);
}

ssize_t net_recv(int line, int fd, void *bytes, size_t size, int flags)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_RECV, line, fd, ARGS(fd, (intptr_t)bytes, (int64_t)size, flags));
    net_span_enter(&s);
    return receive_bytes(&s, SYS_recvfrom, bytes);
}

ssize_t net_recvfrom(int line, int fd, void *bytes, size_t size, int flags, struct sockaddr *from,
                     socklen_t *from_bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_RECVFROM, line, fd,
                  ARGS(fd, (intptr_t)bytes, (int64_t)size, flags, (intptr_t)from, (intptr_t)from_bytes));
    net_span_enter(&s);
    return receive_bytes(&s, SYS_recvfrom, bytes);
}

/* Nobody types into a program of the lab: its standard input is at its end. */
ssize_t net_read(int line, int fd, void *bytes, size_t size)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_READ, line, fd, ARGS(fd, (intptr_t)bytes, (int64_t)size));
    net_span_enter(&s);
    if (fd == 0 && !s.task->is_own)
        return net_span_return(&s, 0);
    return receive_bytes(&s, SYS_read, bytes);
}

/* ---- the end of a connection ------------------------------------------------------------------------------------- */

/* It may wait (SO_LINGER). After EINTR the descriptor is closed all the same, so it is never made again. */
int net_close(int line, int fd)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_CLOSE, line, fd, ARGS(fd));
    uint64_t cookie = fd > 2 ? net_span_sample(s.task, fd, NET_BEFORE_CALL, 0) : 0;
    net_kept_ends(s.task, fd);
    net_span_enter(&s);
    s.ev.u.call.cookie = cookie;
    net_span_kernel(&s);
    long r = fd >= 0 && fd <= 2 && !s.task->is_own ? 0 : net_span_syscall(&s, SYS_close);
    net_span_again(&s, r, NET_RESTART_NEVER);
    return (int)net_span_return(&s, r);
}

int net_shutdown(int line, int fd, int how)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SHUTDOWN, line, fd, ARGS(fd, how));
    net_span_sample(s.task, fd, NET_BEFORE_CALL, NET_SAMPLE_ALWAYS);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_shutdown);
    s.ev.u.call.cookie = net_span_sample(s.task, fd, NET_AFTER_CALL, NET_SAMPLE_ALWAYS);
    return (int)net_span_return(&s, r);
}

/* ---- what a socket is -------------------------------------------------------------------------------------------- */

int net_setsockopt(int line, int fd, int level, int option, const void *value, socklen_t bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SETSOCKOPT, line, fd, ARGS(fd, level, option, (intptr_t)value, bytes));
    net_span_in(&s, value, bytes);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    bool sets_timer = net_sets_timer(level, option);
    if (sets_timer)
        net_arena_note_timers(s.task->arena);
    long r = net_span_syscall(&s, SYS_setsockopt);
    if (r == 0 && sets_timer)
        net_span_timers(s.task, fd, true);
    return (int)net_span_return(&s, r);
}

int net_getsockopt(int line, int fd, int level, int option, void *value, socklen_t *bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_GETSOCKOPT, line, fd, ARGS(fd, level, option, (intptr_t)value, (intptr_t)bytes));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_getsockopt);
    if (r == 0)
        net_span_out(&s, value, *bytes);
    return (int)net_span_return(&s, r);
}

static int name_of(struct net_span *s, long number, struct sockaddr *address, socklen_t *bytes)
{
    socklen_t room = bytes ? *bytes : 0;
    net_span_enter(s);
    long r = net_span_syscall(s, number);
    if (r == 0)
        net_span_out(s, address, address_bytes(address, bytes, room));
    return (int)net_span_return(s, r);
}

int net_getsockname(int line, int fd, struct sockaddr *address, socklen_t *bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_GETSOCKNAME, line, fd, ARGS(fd, (intptr_t)address, (intptr_t)bytes));
    return name_of(&s, SYS_getsockname, address, bytes);
}

int net_getpeername(int line, int fd, struct sockaddr *address, socklen_t *bytes)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_GETPEERNAME, line, fd, ARGS(fd, (intptr_t)address, (intptr_t)bytes));
    return name_of(&s, SYS_getpeername, address, bytes);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

int net_fcntl(int line, int fd, int command, ...)
{
    struct net_span s;
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    net_span_open(&s, NET_CALL_FCNTL, line, fd, ARGS(fd, command, argument));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_fcntl);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        net_kept_copied(s.task, fd, (int)r);
    return (int)net_span_return(&s, r);
}

int net_dup(int line, int fd)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_DUP, line, fd, ARGS(fd));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_dup);
    net_kept_copied(s.task, fd, (int)r);
    return (int)net_span_return(&s, r);
}

int net_dup2(int line, int fd, int to)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_DUP2, line, fd, ARGS(fd, to));
    bool ends = (to > 2 || s.task->is_own) && to != fd;
    uint64_t cookie = ends ? net_span_sample(s.task, to, NET_BEFORE_CALL, 0) : 0;
    net_span_enter(&s);
    s.ev.u.call.cookie = cookie;
    if (ends)
        net_kept_ends(s.task, to);
    long r = to == fd ? syscall(SYS_fcntl, fd, F_GETFD) < 0 ? -1 : fd : syscall(SYS_dup3, fd, to, 0);
    if (ends && r >= 0)
        net_kept_copied(s.task, fd, to);
    else if (ends)
        net_kept_made(s.task, to, cookie);
    return (int)net_span_return(&s, r);
}

int net_open(int line, const char *path, int flags, ...)
{
    struct net_span s;
    va_list list;
    va_start(list, flags);
    int mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, int) : 0;
    va_end(list);
    net_span_open(&s, NET_CALL_OPEN, line, -1, ARGS((intptr_t)path, flags, mode));
    net_span_in(&s, path, strlen(path));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    s.ev.u.call.fd = (int)fd;
    return (int)net_span_return(&s, fd);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/*
 * A chapter program that has an address as text (AI_NUMERICHOST) makes a number of it: nobody is asked, and nothing
 * waits. That is told as little as inet_pton() is, unless it fails. Of a learner's program everything is told.
 */
static bool is_only_text(int line, const char *node, const char *service, const struct addrinfo *hints,
                         struct addrinfo **found)
{
    struct net_task *t = net_self;
    if (!line || !hints || !(hints->ai_flags & AI_NUMERICHOST))
        return false;
    net_unsafe_begin(t);
    int r = getaddrinfo(node, service, hints, found);
    if (r == 0)
        net_addresses_note(t->group, *found);
    net_unsafe_end(t);
    return r == 0;
}

/* libc holds locks and descriptors of its own in there: it is not to be left by a jump. */
int net_getaddrinfo(int line, const char *node, const char *service, const struct addrinfo *hints,
                    struct addrinfo **found)
{
    struct net_span s;
    char both[NET_TRACE_DATA_MAX];
    if (is_only_text(line, node, service, hints, found))
        return 0;
    int n = snprintf(both, sizeof both, "%s%c%s", node ? node : "", '\0', service ? service : "");
    net_span_open(&s, NET_CALL_GETADDRINFO, line, -1, ARGS((intptr_t)node, (intptr_t)service));
    net_span_in(&s, both, n < (int)sizeof both ? (size_t)n : sizeof both);
    net_span_enter(&s);
    int r = getaddrinfo(node, service, hints, found);
    if (r == 0 && line)
        net_addresses_note(s.task->group, *found);
    return (int)net_span_return_error(&s, r, r == EAI_SYSTEM ? errno : r ? 1 : 0);
}
