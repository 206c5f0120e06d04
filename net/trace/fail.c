// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that fail on request (net/trace/fail.h).
/*
 * The program gets the errno and nothing else of it happens: the kernel is not asked, so no segment leaves, no signal
 * comes (EPIPE without SIGPIPE), and a socket is as it was. That is what a program's error handling has to bear.
 *
 * Tasks count without a lock. One that takes a slot's last call frees the slot; another that looks at it in that moment
 * may count once more, beyond the end, and finds that it is not meant.
 *
 * Left out: close() and free(), whose failure a program cannot act on, and locks, which a program relies on without
 * asking.
 */
#include "net/trace/fail.h"

#include "net/trace/span.h"

bool net_call_can_fail(unsigned call)
{
    static const uint16_t can[] = {
        NET_CALL_SOCKET,        NET_CALL_BIND,        NET_CALL_LISTEN,         NET_CALL_ACCEPT,
        NET_CALL_ACCEPT4,       NET_CALL_CONNECT,     NET_CALL_SEND,           NET_CALL_SENDTO,
        NET_CALL_WRITE,         NET_CALL_SENDFILE,    NET_CALL_RECV,           NET_CALL_RECVFROM,
        NET_CALL_READ,          NET_CALL_SHUTDOWN,    NET_CALL_SETSOCKOPT,     NET_CALL_GETSOCKOPT,
        NET_CALL_FCNTL,         NET_CALL_DUP,         NET_CALL_OPEN,           NET_CALL_FORK,
        NET_CALL_EPOLL_CREATE1, NET_CALL_EPOLL_CTL,   NET_CALL_EPOLL_WAIT,     NET_CALL_POLL,
        NET_CALL_SELECT,        NET_CALL_MALLOC,      NET_CALL_PTHREAD_CREATE, NET_CALL_DUP3,
        NET_CALL_READV,         NET_CALL_WRITEV,      NET_CALL_RECVMSG,        NET_CALL_SENDMSG,
        NET_CALL_PPOLL,         NET_CALL_PSELECT,     NET_CALL_EPOLL_PWAIT,    NET_CALL_IOCTL,
        NET_CALL_EXECVE,        NET_CALL_POSIX_SPAWN, NET_CALL_VFORK,          NET_CALL_EPOLL_CREATE,
        NET_CALL_SPLICE,        NET_CALL_PIPE2,       NET_CALL_MEMFD_CREATE,
    };
    for (size_t i = 0; i < sizeof can / sizeof can[0]; i++)
        if (can[i] == call)
            return true;
    return false;
}

static void release(struct net_failures *all, struct net_failure *f, uint32_t actor)
{
    if (atomic_compare_exchange_strong(&f->actor, &actor, 0))
        atomic_fetch_sub(&all->count, 1);
}

bool net_failures_take(struct net_failures *all, struct net_span *s)
{
    for (size_t i = 0; i < NET_FAILURES; i++) {
        struct net_failure *f = &all->of[i];
        if (atomic_load(&f->actor) != s->task->actor || f->call != s->ev.u.call.call)
            continue;
        uint32_t before = f->after, end = f->after + f->times;
        int32_t error = f->error;
        uint32_t seen = atomic_fetch_add(&f->seen, 1);
        if (seen + 1 == end)
            release(all, f, s->task->actor);
        if (seen < before || seen >= end)
            continue;
        s->ev.u.call.error = error;
        s->ev.u.call.requested = true;
        return true;
    }
    return false;
}

bool net_failures_add(struct net_failures *all, const struct net_failure *wanted)
{
    for (size_t i = 0; i < NET_FAILURES; i++) {
        struct net_failure *f = &all->of[i];
        if (atomic_load(&f->actor))
            continue;
        f->call = wanted->call;
        f->error = wanted->error;
        f->after = wanted->after;
        f->times = wanted->times;
        atomic_store(&f->seen, 0);
        atomic_store(&f->actor, wanted->actor);
        atomic_fetch_add(&all->count, 1);
        return true;
    }
    return false;
}

void net_failures_forget(struct net_failures *all, uint32_t actor)
{
    for (size_t i = 0; i < NET_FAILURES; i++) {
        uint32_t of = atomic_load(&all->of[i].actor);
        if (of && (actor == 0 || of == actor))
            release(all, &all->of[i], of);
    }
}
