// SPDX-License-Identifier: GPL-3.0-or-later
// A library that is loaded into the lab and lets the Nth call of one function fail, in whichever of its processes.
/*
 *   LD_PRELOAD=failing_calls.so FAIL_COUNTS=FILE FAIL_CALL=NAME FAIL_NTH=N FAIL_ERRNO=E tcplab ...
 *
 * FILE is a file of one struct counts (failing_calls.h), mapped by all processes: how often each function was called,
 * and whether the one call came. Without FAIL_CALL it only counts. Functions of memory are there in the released build
 * alone: a sanitizer has its own.
 */
#include "tests/soak/failing_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct failing_counts *counts;
static enum failing_call chosen = FAILING_CALLS;
static unsigned long nth;
static int error;

/* Before main, while there is one thread. */
__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("FAIL_COUNTS"), *call = getenv("FAIL_CALL"), *n = getenv("FAIL_NTH"),
               *e = getenv("FAIL_ERRNO");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    for (int i = 0; call && n && e && i < FAILING_CALLS; i++)
        if (strcmp(failing_names[i], call) == 0) {
            nth = strtoul(n, NULL, 10);
            error = (int)strtol(e, NULL, 10);
            chosen = (enum failing_call)i;
        }
    counts = map != MAP_FAILED ? map : NULL;
}

static bool fails(enum failing_call call)
{
    if (!counts || __atomic_add_fetch(&counts->calls[call], 1, __ATOMIC_RELAXED) != nth || call != chosen)
        return false;
    __atomic_store_n(&counts->failed, 1, __ATOMIC_RELAXED);
    errno = error;
    return true;
}

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))
/* A function of libc with a fixed number of arguments. */
#define WRAP(id, type, name, parameters, arguments, failure)                                                           \
    type name parameters                                                                                               \
    {                                                                                                                  \
        return fails(FAILING_##id) ? failure : REAL(name) arguments;                                                   \
    }

#ifdef FAILS_MEMORY
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *malloc(size_t bytes)
{
    return fails(FAILING_MALLOC) ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return fails(FAILING_CALLOC) ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    return fails(FAILING_REALLOC) ? NULL : __libc_realloc(old, bytes);
}
#endif

WRAP(MMAP, void *, mmap, (void *at, size_t bytes, int prot, int flags, int fd, off_t offset),
     (at, bytes, prot, flags, fd, offset), MAP_FAILED)
WRAP(SOCKET, int, socket, (int family, int type, int protocol), (family, type, protocol), -1)
WRAP(SOCKETPAIR, int, socketpair, (int family, int type, int protocol, int fds[2]), (family, type, protocol, fds), -1)
WRAP(PIPE, int, pipe2, (int fds[2], int flags), (fds, flags), -1)
WRAP(FORK, pid_t, fork, (void), (), -1)
WRAP(THREAD, int, pthread_create, (pthread_t * thread, const pthread_attr_t *attr, void *(*run)(void *), void *user),
     (thread, attr, run, user), error)
WRAP(SETNS, int, setns, (int fd, int kind), (fd, kind), -1)
WRAP(UNSHARE, int, unshare, (int kinds), (kinds), -1)
WRAP(WRITE, ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count), -1)
WRAP(READ, ssize_t, read, (int fd, void *bytes, size_t count), (fd, bytes, count), -1)
WRAP(EPOLL, int, epoll_create1, (int flags), (flags), -1)
WRAP(EPOLL_CTL, int, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *event), (epoll, op, fd, event), -1)
WRAP(TIMERFD, int, timerfd_create, (int clock, int flags), (clock, flags), -1)
WRAP(EVENTFD, int, eventfd, (unsigned initial, int flags), (initial, flags), -1)
WRAP(SIGNALFD, int, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags), -1)
WRAP(MEMFD, int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)
WRAP(TRUNCATE, int, ftruncate, (int fd, off_t bytes), (fd, bytes), -1)
WRAP(SENDMSG, ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), -1)
WRAP(RECVMSG, ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), -1)
WRAP(SEND, ssize_t, send, (int fd, const void *bytes, size_t count, int flags), (fd, bytes, count, flags), -1)
WRAP(BIND, int, bind, (int fd, __CONST_SOCKADDR_ARG address, socklen_t bytes), (fd, address, bytes), -1)
WRAP(SETSOCKOPT, int, setsockopt, (int fd, int level, int name, const void *value, socklen_t bytes),
     (fd, level, name, value, bytes), -1)
WRAP(FSYNC, int, fsync, (int fd), (fd), -1)
WRAP(DUP, int, dup, (int fd), (fd), -1)

static int open_mode(int flags, va_list rest)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, int) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int mode = open_mode(flags, rest);
    va_end(rest);
    return fails(FAILING_OPEN) ? -1 : REAL(open)(path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int mode = open_mode(flags, rest);
    va_end(rest);
    return fails(FAILING_OPEN) ? -1 : REAL(openat)(at, path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return fails(FAILING_IOCTL) ? -1 : REAL(ioctl)(fd, request, argument);
}

long syscall(long number, ...)
{
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);
    return fails(FAILING_SYSCALL) ? -1 : REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
