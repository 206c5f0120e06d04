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
#include <string.h>
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

static unsigned long word_of(const fd_set *set, int word)
{
    unsigned long bits = 0; /* an fd_set is an array of them to the kernel, whatever libc calls it */
    if (set)
        memcpy(&bits, (const char *)set + (size_t)word * sizeof bits, sizeof bits);
    return bits;
}

/* The sets as poll() would be given them: what a reader of the journal knows of them. */
static size_t asked_of(int count, const fd_set *in, const fd_set *out, const fd_set *except, struct pollfd *asked,
                       size_t room)
{
    size_t n = 0;
    for (int word = 0; word * NFDBITS < count && word * NFDBITS < FD_SETSIZE; word++) {
        unsigned long reads = word_of(in, word), writes = word_of(out, word), others = word_of(except, word);
        for (unsigned long left = reads | writes | others; left && n < room; left &= left - 1) {
            int bit = __builtin_ctzl(left), fd = word * NFDBITS + bit;
            int events = (reads >> bit & 1 ? POLLIN : 0) | (writes >> bit & 1 ? POLLOUT : 0) |
                         (others >> bit & 1 ? POLLPRI : 0);
            if (fd < count)
                asked[n++] = (struct pollfd){.fd = fd, .events = (short)events};
        }
    }
    return n;
}

/* The kernel leaves in *timeout what was left of it, as Linux's select() does. What is not shown of it in the call's
 * text is in the event: the time in ms (-1: none), and its sets. */
int net_select(int line, int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
    enum { ASKED = 64 };
    struct pollfd asked[ASKED];
    struct net_span s;
    int r;
    int64_t limit_ms = timeout ? (int64_t)timeout->tv_sec * 1000 + (timeout->tv_usec + 999) / 1000 : -1;
    net_span_open(&s, NET_CALL_SELECT, line, -1,
                  ARGS(count, (intptr_t)in, (intptr_t)out, (intptr_t)except, (intptr_t)timeout, limit_ms));
    net_span_in(&s, asked, asked_of(count, in, out, except, asked, ASKED) * sizeof *asked);
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
    net_span_in(&s, event, event ? sizeof *event : 0);
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
    net_span_out(&s, events, r > 0 ? r * (long)sizeof *events : 0);
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
    int64_t wanted_ns = (int64_t)wanted->tv_sec * 1000000000 + wanted->tv_nsec; /* for a reader of the journal */
    net_span_open(&s, NET_CALL_NANOSLEEP, line, -1, ARGS((intptr_t)wanted, (intptr_t)rest, wanted_ns));
    net_span_enter(&s);
    if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 || wanted->tv_nsec > 999999999)
        errno = EINVAL;
    else
        r = sleep_until(&s, net_now_ns() + (uint64_t)wanted_ns, &left);
    int saved = errno;
    if (r < 0 && saved == EINTR && rest)
        *rest = left;
    errno = saved;
    return (int)net_span_return(&s, r);
}
