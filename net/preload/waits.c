// SPDX-License-Identifier: GPL-3.0-or-later
// libc's calls that wait for several descriptors, or for time.
#include "net/base/clock.h"
#include "net/preload/preload.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

TRACED(int, poll, (struct pollfd * fds, nfds_t count, int timeout_ms), fds, count, timeout_ms)
TRACED(int, select, (int count, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout), count, in, out,
       except, timeout)
TRACED(int, epoll_create1, (int flags), flags)
TRACED(int, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event *event), epoll, operation, fd, event)
TRACED(int, epoll_wait, (int epoll, struct epoll_event *events, int room, int timeout_ms), epoll, events, room,
       timeout_ms)
TRACED(unsigned, sleep, (unsigned seconds), seconds)
TRACED(int, nanosleep, (const struct timespec *wanted, struct timespec *rest), wanted, rest)

extern _Noreturn void __chk_fail(void);
EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    if (room / sizeof *fds < count)
        __chk_fail();
    return net_preload_enter(CALLER) ? net_poll(0, fds, count, timeout_ms) : REAL(poll)(fds, count, timeout_ms);
}

EXPORT int epoll_create(int size)
{
    struct net_span s;
    if (!net_preload_enter(CALLER))
        return REAL(epoll_create)(size);
    net_span_open(&s, NET_CALL_EPOLL_CREATE, 0, -1, ARGS(size));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    int fd = REAL(epoll_create)(size);
    s.ev.u.call.fd = fd;
    return (int)net_span_return(&s, fd);
}

/* Until the time is over, or a handler comes. */
EXPORT int usleep(useconds_t us)
{
    struct net_span s;
    struct timespec left;
    int r;
    if (!net_preload_enter(CALLER))
        return REAL(usleep)(us);
    uint64_t end_ns = net_now_ns() + (uint64_t)us * 1000;
    net_span_open(&s, NET_CALL_USLEEP, 0, -1, ARGS(us));
    net_span_enter(&s);
    do {
        left = net_time_until(end_ns);
        net_span_kernel(&s);
        r = REAL(nanosleep)(&left, NULL);
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    return (int)net_span_return(&s, r);
}

/* ---- with a mask, or a time in nanoseconds: made as they are, once, and again only when the lab has broken them ----
 */

/* What is left of a time that is counted from begin_ns; NULL: it has none. */
static const struct timespec *left_of(const struct timespec *timeout, uint64_t begin_ns, struct timespec *left)
{
    if (!timeout)
        return NULL;
    *left = net_time_until(begin_ns + (uint64_t)timeout->tv_sec * 1000000000 + (uint64_t)timeout->tv_nsec);
    return left;
}

EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    struct net_span s;
    struct timespec left;
    int r;
    if (!net_preload_enter(CALLER))
        return REAL(ppoll)(fds, count, timeout, mask);
    uint64_t begin_ns = net_now_ns();
    net_span_open(&s, NET_CALL_PPOLL, 0, count == 1 && fds ? fds->fd : -1,
                  ARGS((intptr_t)fds, (int64_t)count, (intptr_t)timeout, (intptr_t)mask));
    net_span_in(&s, fds, count * sizeof *fds);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    do {
        const struct timespec *rest = left_of(timeout, begin_ns, &left);
        net_span_kernel(&s);
        r = REAL(ppoll)(fds, count, rest, mask);
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    net_span_out(&s, fds, r >= 0 ? (long)(count * sizeof *fds) : 0);
    return (int)net_span_return(&s, r);
}

EXPORT int pselect(int count, fd_set *in, fd_set *out, fd_set *except, const struct timespec *timeout,
                   const sigset_t *mask)
{
    struct net_span s;
    struct timespec left;
    int r;
    if (!net_preload_enter(CALLER))
        return REAL(pselect)(count, in, out, except, timeout, mask);
    uint64_t begin_ns = net_now_ns();
    net_span_open(&s, NET_CALL_PSELECT, 0, -1, ARGS(count));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    do {
        const struct timespec *rest = left_of(timeout, begin_ns, &left);
        net_span_kernel(&s);
        r = REAL(pselect)(count, in, out, except, rest, mask);
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    return (int)net_span_return(&s, r);
}

EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout_ms, const sigset_t *mask)
{
    struct net_span s;
    int r;
    if (!net_preload_enter(CALLER))
        return REAL(epoll_pwait)(epoll, events, room, timeout_ms, mask);
    uint64_t deadline_ns = net_now_ns() + (uint64_t)timeout_ms * 1000000;
    net_span_open(&s, NET_CALL_EPOLL_PWAIT, 0, epoll, ARGS(epoll, (intptr_t)events, room, timeout_ms));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    do {
        struct timespec left = net_time_until(deadline_ns);
        int left_ms = timeout_ms < 0 ? -1 : (int)(left.tv_sec * 1000 + (left.tv_nsec + 999999) / 1000000);
        net_span_kernel(&s);
        r = REAL(epoll_pwait)(epoll, events, room, left_ms, mask);
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    net_span_out(&s, events, r > 0 ? r * (long)sizeof *events : 0);
    return (int)net_span_return(&s, r);
}

/* Returns its error. A relative time goes on with what is left; an absolute one needs no help. */
EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *rest)
{
    struct net_span s;
    struct timespec left;
    int error;
    if (!wanted || !net_preload_enter(CALLER))
        return REAL(clock_nanosleep)(clock, flags, wanted, rest);
    uint64_t begin_ns = net_now_ns();
    net_span_open(&s, NET_CALL_CLOCK_NANOSLEEP, 0, -1, ARGS(clock, flags, (intptr_t)wanted, (intptr_t)rest));
    net_span_enter(&s);
    do {
        const struct timespec *next = flags & TIMER_ABSTIME ? wanted : left_of(wanted, begin_ns, &left);
        net_span_kernel(&s);
        error = REAL(clock_nanosleep)(clock, flags, next, rest);
        errno = error;
    } while (net_span_again(&s, error ? -1 : 0, NET_RESTART_NEVER));
    return (int)net_span_return_error(&s, error, error);
}

EXPORT int pause(void)
{
    struct net_span s;
    int r;
    if (!net_preload_enter(CALLER))
        return REAL(pause)();
    net_span_open(&s, NET_CALL_PAUSE, 0, -1, ARGS(0));
    net_span_enter(&s);
    do {
        net_span_kernel(&s);
        r = REAL(pause)();
    } while (net_span_again(&s, r, NET_RESTART_NEVER));
    return (int)net_span_return(&s, r);
}
