// SPDX-License-Identifier: GPL-3.0-or-later
// Traced calls that take several pieces of memory, control messages or pipes, and questions to the driver of a socket.
#include "net/socket/diag.h"
#include "net/trace/span.h"

#include <errno.h>
#include <limits.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* ---- several pieces of memory ------------------------------------------------------------------------------------ */

/* The first bytes of them all, in one place; how many they are together is *all. */
static size_t gather(struct net_task *t, const struct iovec *pieces, size_t count, long most, uint8_t *to, size_t *all)
{
    size_t n = 0;
    struct iovec piece;
    *all = 0;
    for (size_t i = 0; i < count && i < IOV_MAX; i++) {
        if (!net_copy_from_program(t, &piece, pieces + i, sizeof piece))
            break;
        size_t left = most >= 0 && (size_t)most - *all < piece.iov_len ? (size_t)most - *all : piece.iov_len;
        size_t taken = left < NET_TRACE_DATA_MAX - n ? left : NET_TRACE_DATA_MAX - n;
        if (taken && net_copy_from_program(t, to + n, piece.iov_base, taken))
            n += taken;
        *all += left;
    }
    return n;
}

static void tell_pieces(struct net_span *s, const struct iovec *pieces, size_t count, long most)
{
    uint8_t bytes[NET_TRACE_DATA_MAX];
    size_t all, n = gather(s->task, pieces, count, most, bytes, &all);
    net_span_in(s, bytes, n);
    s->ev.u.call.data_all = (uint32_t)(all < UINT32_MAX ? all : UINT32_MAX);
}

static long make(struct net_span *s, long number, long third)
{
    const int64_t *args = s->ev.u.call.args;
    long n;
    do {
        net_span_kernel(s);
        n = syscall(number, args[0], args[1], third);
    } while (net_span_again(s, n, NET_RESTART_SOCKET));
    if (n <= 0)
        s->ev.u.call.cookie = net_span_sample(s->task, s->ev.u.call.fd, NET_AFTER_CALL, 0);
    return n;
}

/* SIGPIPE is blocked in a task of the lab (net/trace/trace_socket.c), and comes behind the return. */
static ssize_t send_pieces(struct net_span *s, long number, long third, const struct iovec *pieces, size_t count,
                           bool raises)
{
    tell_pieces(s, pieces, count, -1);
    net_span_enter(s);
    if (net_span_must_fail(s))
        return net_span_fail(s, -1);
    long n = make(s, number, third);
    int error = n < 0 ? errno : 0;
    net_span_return(s, n);
    if (error == EPIPE)
        net_span_pipe_signal(s->task, raises);
    if (error)
        errno = error;
    return n;
}

static ssize_t receive_pieces(struct net_span *s, long number, long third, const struct iovec *pieces, size_t count)
{
    net_span_enter(s);
    if (net_span_must_fail(s))
        return net_span_fail(s, -1);
    long n = make(s, number, third);
    if (n > 0)
        tell_pieces(s, pieces, count, n);
    return net_span_return(s, n);
}

static ssize_t print_pieces(struct net_span *s, int line, const struct iovec *pieces, int count)
{
    struct net_task *t = s->task;
    int fd = s->ev.u.call.fd;
    long all = 0;
    tell_pieces(s, pieces, count > 0 ? (size_t)count : 0, -1);
    net_span_enter(s);
    if (!t->output_is_out)
        net_output_flush(t);
    for (int i = 0; i < count; i++, all += (long)pieces[i - 1].iov_len)
        net_output(t, fd, line, pieces[i].iov_base, pieces[i].iov_len);
    t->output_is_out = t->is_own && t->output_bytes > 0;
    return net_span_return(s, all);
}

ssize_t net_writev(int line, int fd, const struct iovec *pieces, int count)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_WRITEV, line, fd, ARGS(fd, (intptr_t)pieces, count));
    if (net_is_screen(s.task, fd))
        return print_pieces(&s, line, pieces, count);
    return send_pieces(&s, SYS_writev, count, pieces, count > 0 ? (size_t)count : 0, true);
}

ssize_t net_readv(int line, int fd, const struct iovec *pieces, int count)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_READV, line, fd, ARGS(fd, (intptr_t)pieces, count));
    return receive_pieces(&s, SYS_readv, count, pieces, count > 0 ? (size_t)count : 0);
}

ssize_t net_sendmsg(int line, int fd, const struct msghdr *message, int flags)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SENDMSG, line, fd, ARGS(fd, (intptr_t)message, flags));
    return send_pieces(&s, SYS_sendmsg, flags, message->msg_iov, message->msg_iovlen, !(flags & MSG_NOSIGNAL));
}

/* ---- what comes beside the bytes --------------------------------------------------------------------------------- */

#ifndef TCP_CM_INQ
#define TCP_CM_INQ 36 /* TCP_INQ */
#endif

static void read_error(const struct cmsghdr *c, struct net_control *out)
{
    struct sock_extended_err e;
    memcpy(&e, CMSG_DATA(c), sizeof e);
    if (e.ee_origin != SO_EE_ORIGIN_ZEROCOPY) {
        out->kinds |= NET_CONTROL_OTHER;
        return;
    }
    out->kinds |= NET_CONTROL_ZEROCOPY | (e.ee_code & SO_EE_CODE_ZEROCOPY_COPIED ? NET_CONTROL_COPIED : 0u);
    out->first = e.ee_info;
    out->last = e.ee_data;
}

static void read_control(const struct cmsghdr *c, struct net_control *out)
{
    struct timespec when;
    int number;
    size_t bytes = c->cmsg_len - CMSG_LEN(0);
    if (c->cmsg_level == IPPROTO_TCP && c->cmsg_type == TCP_CM_INQ && bytes >= sizeof number) {
        memcpy(&number, CMSG_DATA(c), sizeof number);
        out->kinds |= NET_CONTROL_QUEUE;
        out->queue = number;
    } else if (c->cmsg_level == SOL_SOCKET && bytes >= sizeof when &&
               (c->cmsg_type == SCM_TIMESTAMPNS || c->cmsg_type == SCM_TIMESTAMP)) {
        memcpy(&when, CMSG_DATA(c), sizeof when);
        out->kinds |= NET_CONTROL_TIME;
        out->time_ns = when.tv_sec * INT64_C(1000000000) + when.tv_nsec * (c->cmsg_type == SCM_TIMESTAMP ? 1000 : 1);
    } else if (bytes >= sizeof(struct sock_extended_err) &&
               ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
                (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))) {
        read_error(c, out);
    } else {
        out->kinds |= NET_CONTROL_OTHER;
    }
}

ssize_t net_recvmsg(int line, int fd, struct msghdr *message, int flags)
{
    struct net_span s;
    struct net_control control = {0};
    net_span_open(&s, NET_CALL_RECVMSG, line, fd, ARGS(fd, (intptr_t)message, flags));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return net_span_fail(&s, -1);
    long n = make(&s, SYS_recvmsg, flags);
    if (n > 0 && !(flags & MSG_TRUNC))
        tell_pieces(&s, message->msg_iov, message->msg_iovlen, n);
    for (struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(message) : NULL; c; c = CMSG_NXTHDR(message, c))
        read_control(c, &control);
    if (n >= 0 && message->msg_flags & MSG_CTRUNC)
        control.kinds |= NET_CONTROL_CUT;
    net_control_put(&control, &s.ev.u.call);
    return net_span_return(&s, n);
}

/* ---- pipes and files --------------------------------------------------------------------------------------------- */

/* The event is about the end that is a socket. */
ssize_t net_splice(int line, int in, off_t *in_at, int out, off_t *out_at, size_t size, unsigned flags)
{
    struct net_span s;
    long n;
    net_span_open(&s, NET_CALL_SPLICE, line, net_cookie_of(in) ? in : out,
                  ARGS(in, (intptr_t)in_at, out, (intptr_t)out_at, (int64_t)size, flags));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return net_span_fail(&s, -1);
    do {
        net_span_kernel(&s);
        n = net_span_syscall(&s, SYS_splice);
    } while (net_span_again(&s, n, NET_RESTART_SOCKET));
    int error = n < 0 ? errno : 0;
    if (n <= 0)
        s.ev.u.call.cookie = net_span_sample(s.task, s.ev.u.call.fd, NET_AFTER_CALL, 0);
    net_span_return(&s, n);
    if (error == EPIPE)
        net_span_pipe_signal(s.task, true);
    if (error)
        errno = error;
    return n;
}

int net_pipe2(int line, int ends[2], int flags)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PIPE2, line, -1, ARGS((intptr_t)ends, flags));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_pipe2);
    net_span_out(&s, ends, r == 0 ? (long)(2 * sizeof *ends) : 0);
    return (int)net_span_return(&s, r);
}

int net_memfd_create(int line, const char *name, unsigned flags)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_MEMFD_CREATE, line, -1, ARGS((intptr_t)name, flags));
    net_span_in(&s, name, strlen(name));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long fd = net_span_syscall(&s, SYS_memfd_create);
    s.ev.u.call.fd = (int)fd;
    return (int)net_span_return(&s, fd);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

bool net_ioctl_is_traced(unsigned long request)
{
    return request == FIONBIO || request == FIONREAD || request == SIOCATMARK || request == SIOCOUTQ ||
           request == SIOCOUTQNSD;
}

int net_ioctl(int line, int fd, unsigned long request, void *argument)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_IOCTL, line, fd, ARGS(fd, (int64_t)request, (intptr_t)argument));
    net_span_in(&s, argument, request == FIONBIO ? sizeof(int) : 0);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_ioctl);
    net_span_out(&s, argument, r == 0 ? (long)sizeof(int) : 0);
    return (int)net_span_return(&s, r);
}
