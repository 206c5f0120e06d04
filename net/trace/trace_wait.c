// SPDX-License-Identifier: GPL-3.0-or-later
// Traced calls that wait for several descriptors, or for time.
/*
 * These are never restarted by the kernel after a handler. When a signal of the lab's own breaks one, it is made again
 * with the time that is left.
 */
#include "net/base/clock.h"
#include "net/trace/span.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

int net_poll(int line, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct net_span s;
    long r;
    uint64_t deadline_ns = net_now_ns() + (uint64_t)timeout_ms * 1000000;
    net_span_open(&s, NET_CALL_POLL, line, count == 1 && fds ? fds->fd : -1,
                  ARGS((intptr_t)fds, (int64_t)count, timeout_ms));
    net_span_in(&s, fds, count * sizeof *fds);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    do {
        struct timespec left = net_time_until(deadline_ns);
        net_span_kernel(&s);
        r = syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &left, NULL, 0);
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    net_span_out(&s, fds, r >= 0 ? (long)(count * sizeof *fds) : 0);
    return (int)net_span_return(&s, r);
}

/* The kernel leaves in *timeout what was left of it, as Linux's select() does. */
int net_select(int line, int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
    struct net_span s;
    int r;
    net_span_open(&s, NET_CALL_SELECT, line, -1,
                  ARGS(count, (intptr_t)in, (intptr_t)out, (intptr_t)except, (intptr_t)timeout));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    do {
        net_span_kernel(&s);
        r = select(count, in, out, except, timeout);
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    return (int)net_span_return(&s, r);
}

int net_epoll_create1(int line, int flags)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_EPOLL_CREATE1, line, -1, ARGS(flags));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long fd = syscall(SYS_epoll_create1, flags);
    s.ev.u.call.fd = (int)fd;
    return (int)net_span_return(&s, fd);
}

int net_epoll_ctl(int line, int epoll, int operation, int fd, struct epoll_event *event)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_EPOLL_CTL, line, epoll, ARGS(epoll, operation, fd, (intptr_t)event));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    return (int)net_span_return(&s, syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

int net_epoll_wait(int line, int epoll, struct epoll_event *events, int room, int timeout_ms)
{
    struct net_span s;
    long r;
    uint64_t deadline_ns = net_now_ns() + (uint64_t)timeout_ms * 1000000;
    net_span_open(&s, NET_CALL_EPOLL_WAIT, line, epoll, ARGS(epoll, (intptr_t)events, room, timeout_ms));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    do {
        struct timespec left = net_time_until(deadline_ns);
        int left_ms = (int)(left.tv_sec * 1000 + (left.tv_nsec + 999999) / 1000000);
        net_span_kernel(&s);
        r = syscall(SYS_epoll_pwait, epoll, events, room, timeout_ms < 0 ? -1 : left_ms, NULL, 0);
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    return (int)net_span_return(&s, r);
}

/* Sleep until the deadline, or until a handler; what is then left. -1 with EINTR when a handler came. */
static long sleep_until(struct net_span *s, uint64_t deadline_ns, struct timespec *left)
{
    long r;
    do {
        *left = net_time_until(deadline_ns);
        net_span_kernel(s);
        r = nanosleep(left, NULL);
    } while (net_span_again(s, r, NET_RESTART_NEVER));
    *left = net_time_until(deadline_ns);
    return r;
}

unsigned net_sleep(int line, unsigned seconds)
{
    struct net_span s;
    struct timespec left;
    uint64_t deadline_ns = net_now_ns() + (uint64_t)seconds * 1000000000;
    net_span_open(&s, NET_CALL_SLEEP, line, -1, ARGS(seconds));
    net_span_enter(&s);
    long r = sleep_until(&s, deadline_ns, &left);
    return (unsigned)net_span_return_error(&s, r < 0 ? left.tv_sec + (left.tv_nsec >= 500000000) : 0, 0);
}

int net_nanosleep(int line, const struct timespec *wanted, struct timespec *rest)
{
    struct net_span s;
    struct timespec left;
    long r = -1;
    net_span_open(&s, NET_CALL_NANOSLEEP, line, -1, ARGS((intptr_t)wanted, (intptr_t)rest));
    net_span_enter(&s);
    if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 || wanted->tv_nsec > 999999999)
        errno = EINVAL;
    else
        r = sleep_until(&s, net_now_ns() + (uint64_t)wanted->tv_sec * 1000000000 + (uint64_t)wanted->tv_nsec, &left);
    int saved = errno;
    if (r < 0 && saved == EINTR && rest)
        *rest = left;
    errno = saved;
    return (int)net_span_return(&s, r);
}
