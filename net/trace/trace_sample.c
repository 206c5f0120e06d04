// SPDX-License-Identifier: GPL-3.0-or-later
// What a task asks the kernel about its own sockets, and how often it may.
/*
 * Asking costs the program time, and most of it is the way into the kernel: where that way is long (page-table
 * isolation in a virtual machine) a system call takes over 1 us whatever it asks, and a sample of seven calls as long
 * as the call that it is about. So little is asked:
 *
 *   Who it is. Cookie, inode and addresses do not change while a descriptor refers to a connected or listening socket.
 *   The group keeps them by descriptor, from the call that made them to the one that ends them, and a sample asks for
 *   what can have changed only. Entries are written by the task whose call made the descriptor, before any other can
 *   know its number, so that none is ever of another socket. Processes have copies, as of the descriptors.
 *
 *   How often. The tasks of an actor may spend a hundredth of the time on samples, or SAMPLES_AT_ONCE of them at once;
 *   then the call's return names the socket by its cookie, and the reader, who has another processor, asks the kernel
 *   in their place (net/socket/observe.c). A learner's steps never come near that, a thousand clients do. Segments are
 * looked at by the wire all the same, so that no state that a segment causes is missed.
 *
 * Left out: descriptors from NET_KEPT up are not kept; everything is asked about them.
 */
#include "net/base/clock.h"
#include "net/socket/diag.h"
#include "net/trace/span.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SAMPLES_AT_ONCE = 64, SAMPLE_SHARE = 100, SAMPLE_NS = 10000 /* about what one costs */ };

/* ---- who a descriptor is ----------------------------------------------------------------------------------------- */

static struct net_kept *entry_of(struct net_task *t, int fd)
{
    return fd >= 0 && fd < NET_KEPT ? &t->group->kept[fd] : NULL;
}

static void keep(struct net_task *t, int fd, const struct net_who *who)
{
    struct net_kept *kept = entry_of(t, fd);
    if (!kept) {
        atomic_store_explicit(&t->group->holds_more, true, memory_order_relaxed);
        return;
    }
    bool fits = !who->local_ip.is_v6; /* names of IPv6 are asked for again and again */
    uint64_t names = fits ? (uint64_t)who->local_ip.word[3] << 32 | who->remote_ip.word[3] : 0;
    uint64_t ports = fits ? (uint32_t)who->local_port << 16 | who->remote_port : 0;
    uint64_t rest = (uint64_t)who->inode << 32 | ports;
    atomic_store_explicit(&kept->names, names, memory_order_relaxed);
    atomic_store_explicit(&kept->rest, rest, memory_order_relaxed);
    atomic_store_explicit(&kept->cookie, who->cookie, memory_order_release);
    if (fd >= atomic_load_explicit(&t->group->kept_top, memory_order_relaxed))
        atomic_store_explicit(&t->group->kept_top, fd + 1, memory_order_relaxed);
}

void net_kept_made(struct net_task *t, int fd, uint64_t cookie)
{
    keep(t, fd, &(struct net_who){.cookie = cookie});
}

void net_kept_copied(struct net_task *t, int fd, int copy)
{
    struct net_kept *kept = entry_of(t, fd);
    if (copy < 0)
        return;
    net_kept_made(t, copy, kept ? atomic_load_explicit(&kept->cookie, memory_order_acquire) : net_cookie_of(copy));
}

void net_kept_ends(struct net_task *t, int fd)
{
    struct net_kept *kept = entry_of(t, fd);
    if (kept)
        atomic_store_explicit(&kept->cookie, 0, memory_order_relaxed);
}

/* All zero when nothing is known. */
static struct net_who who_is(struct net_task *t, int fd)
{
    struct net_kept *kept = entry_of(t, fd);
    uint64_t cookie = kept ? atomic_load_explicit(&kept->cookie, memory_order_acquire) : 0;
    if (!cookie)
        return (struct net_who){0};
    uint64_t names = atomic_load_explicit(&kept->names, memory_order_relaxed);
    uint64_t rest = atomic_load_explicit(&kept->rest, memory_order_relaxed);
    return (struct net_who){.cookie = cookie,
                            .inode = (uint32_t)(rest >> 32),
                            .local_ip = NET_IP4((uint32_t)(names >> 32)),
                            .remote_ip = NET_IP4((uint32_t)names),
                            .local_port = (uint16_t)(rest >> 16),
                            .remote_port = (uint16_t)rest};
}

uint64_t net_cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t bytes = sizeof cookie;
    return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, &cookie, &bytes) == 0 ? cookie : 0;
}

/* ---- how often --------------------------------------------------------------------------------------------------- */

/*
 * What was spent is paid for until a moment that each sample moves on; it may lie ahead by SAMPLES_AT_ONCE samples. Two
 * tasks that sample at the same time may pay for one: a share is no more exact than that.
 */
static bool may_sample(struct net_task *t)
{
    const uint64_t price_ns = (uint64_t)SAMPLE_NS * SAMPLE_SHARE;
    uint64_t now_ns = net_now_ns();
    uint64_t paid_ns = atomic_load_explicit(&t->group->budget->looked_ns, memory_order_relaxed);
    if (paid_ns > now_ns + SAMPLES_AT_ONCE * price_ns)
        return false;
    paid_ns = (paid_ns > now_ns ? paid_ns : now_ns) + price_ns;
    atomic_store_explicit(&t->group->budget->looked_ns, paid_ns, memory_order_relaxed);
    return true;
}

/* ---- samples ----------------------------------------------------------------------------------------------------- */

/* keeps: what was kept of it before may be out of date. */
static uint64_t sample(struct net_task *t, int fd, enum net_origin origin, bool keeps)
{
    struct net_event ev = {.kind = NET_EV_SAMPLE};
    struct net_who who = who_is(t, fd);
    if (keeps)
        who = (struct net_who){.cookie = who.cookie, .inode = who.inode};
    if (net_sample_fd(fd, t->host, &who, &ev.u.sample) < 0)
        return 0;
    ev.u.sample.origin = (uint8_t)origin;
    net_task_put(t, &ev);
    if (keeps)
        keep(t, fd, &who);
    return who.cookie;
}

/* The cookie of a descriptor that is not sampled now. */
static uint64_t name(struct net_task *t, int fd, bool keeps)
{
    uint64_t cookie = who_is(t, fd).cookie;
    if (!cookie)
        cookie = net_cookie_of(fd);
    if (cookie && keeps)
        net_kept_made(t, fd, cookie);
    return cookie;
}

uint64_t net_span_sample(struct net_task *t, int fd, enum net_origin origin, unsigned how)
{
    int saved = errno;
    bool keeps = (how & NET_SAMPLE_KEEP) != 0;
    net_unsafe_begin(t);
    bool samples = (how & NET_SAMPLE_ALWAYS) || may_sample(t);
    uint64_t cookie = samples ? sample(t, fd, origin, keeps) : name(t, fd, keeps);
    net_unsafe_end(t);
    errno = saved;
    return cookie;
}

void net_span_timers(struct net_task *t, int fd, bool always)
{
    struct net_event ev = {.kind = NET_EV_TIMERS};
    int saved = errno;
    net_unsafe_begin(t);
    if (net_timers_of_fd(fd, t->host, !always, &ev.u.timers) == 0)
        net_task_put(t, &ev);
    net_unsafe_end(t);
    errno = saved;
}

/* ---- at the end -------------------------------------------------------------------------------------------------- */

static void report_from(struct net_task *t, int fd)
{
    struct linux_dirent64 {
        uint64_t inode;
        int64_t offset;
        unsigned short bytes;
        unsigned char type;
        char name[];
    };
    union {
        struct linux_dirent64 first;
        char bytes[2048];
    } room;
    long n, directory = syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/fd", O_RDONLY | O_DIRECTORY);
    while (directory >= 0 && (n = syscall(SYS_getdents64, directory, &room, sizeof room)) > 0) {
        for (long at = 0; at < n;) {
            const struct linux_dirent64 *entry = (const void *)(room.bytes + at);
            int found = atoi(entry->name);
            if (found >= fd && found != directory)
                net_span_sample(t, found, NET_BEFORE_CALL, 0);
            at += entry->bytes;
        }
    }
}

void net_kept_report(struct net_task *t)
{
    int top = atomic_load_explicit(&t->group->kept_top, memory_order_relaxed);
    for (int fd = 3; fd < top; fd++)
        if (atomic_load_explicit(&t->group->kept[fd].cookie, memory_order_relaxed))
            net_span_sample(t, fd, NET_BEFORE_CALL, 0);
    if (atomic_load_explicit(&t->group->holds_more, memory_order_relaxed))
        report_from(t, NET_KEPT);
}
