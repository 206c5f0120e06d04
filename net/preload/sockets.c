// SPDX-License-Identifier: GPL-3.0-or-later
// libc's calls on sockets and descriptors, as net/trace records them.
#include "net/preload/preload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- those that chapter programs make too ------------------------------------------------------------------------ */

TRACED(int, socket, (int domain, int type, int protocol), domain, type, protocol)
TRACED(int, listen, (int fd, int backlog), fd, backlog)
TRACED(ssize_t, send, (int fd, const void *bytes, size_t size, int flags), fd, bytes, size, flags)
TRACED(ssize_t, recv, (int fd, void *bytes, size_t size, int flags), fd, bytes, size, flags)
TRACED(ssize_t, sendfile, (int out, int in, off_t *offset, size_t size), out, in, offset, size)
TRACED(int, shutdown, (int fd, int how), fd, how)
TRACED(int, setsockopt, (int fd, int level, int option, const void *value, socklen_t bytes), fd, level, option, value,
       bytes)
TRACED(int, getsockopt, (int fd, int level, int option, void *value, socklen_t *bytes), fd, level, option, value, bytes)
TRACED(int, dup, (int fd), fd)
TRACED(int, getaddrinfo, (const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found),
       node, service, hints, found)

/* A call on a descriptor that may be a file. An interpreter reads hundreds before its program begins. */
static struct net_task *enter_file(int fd, void *caller)
{
    struct stat file;
    if (net_self && net_has_interpreter() && fd > 2 &&
        (fstat(fd, &file) < 0 || S_ISREG(file.st_mode) || S_ISDIR(file.st_mode)))
        return NULL;
    return net_preload_enter(caller);
}

EXPORT ssize_t read(int fd, void *bytes, size_t size)
{
    return enter_file(fd, CALLER) ? net_read(0, fd, bytes, size) : REAL(read)(fd, bytes, size);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t size)
{
    return enter_file(fd, CALLER) ? net_write(0, fd, bytes, size) : REAL(write)(fd, bytes, size);
}

/* The same symbol of a 64-bit offset. */
EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t size)
{
    return net_preload_enter(CALLER) ? net_sendfile(0, out, in, (off_t *)offset, size)
                                     : REAL(sendfile64)(out, in, offset, size);
}

EXPORT int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t bytes)
{
    return net_preload_enter(CALLER) ? net_bind(0, fd, address.__sockaddr__, bytes) : REAL(bind)(fd, address, bytes);
}

EXPORT int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t bytes)
{
    return net_preload_enter(CALLER) ? net_connect(0, fd, address.__sockaddr__, bytes)
                                     : REAL(connect)(fd, address, bytes);
}

EXPORT int accept(int fd, __SOCKADDR_ARG address, socklen_t *bytes)
{
    return net_preload_enter(CALLER) ? net_accept(0, fd, address.__sockaddr__, bytes)
                                     : REAL(accept)(fd, address, bytes);
}

EXPORT int accept4(int fd, __SOCKADDR_ARG address, socklen_t *bytes, int flags)
{
    return net_preload_enter(CALLER) ? net_accept4(0, fd, address.__sockaddr__, bytes, flags)
                                     : REAL(accept4)(fd, address, bytes, flags);
}

EXPORT int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *bytes)
{
    return net_preload_enter(CALLER) ? net_getsockname(0, fd, address.__sockaddr__, bytes)
                                     : REAL(getsockname)(fd, address, bytes);
}

EXPORT int getpeername(int fd, __SOCKADDR_ARG address, socklen_t *bytes)
{
    return net_preload_enter(CALLER) ? net_getpeername(0, fd, address.__sockaddr__, bytes)
                                     : REAL(getpeername)(fd, address, bytes);
}

EXPORT ssize_t sendto(int fd, const void *bytes, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t to_bytes)
{
    return net_preload_enter(CALLER) ? net_sendto(0, fd, bytes, size, flags, to.__sockaddr__, to_bytes)
                                     : REAL(sendto)(fd, bytes, size, flags, to, to_bytes);
}

EXPORT ssize_t recvfrom(int fd, void *bytes, size_t size, int flags, __SOCKADDR_ARG from, socklen_t *from_bytes)
{
    return net_preload_enter(CALLER) ? net_recvfrom(0, fd, bytes, size, flags, from.__sockaddr__, from_bytes)
                                     : REAL(recvfrom)(fd, bytes, size, flags, from, from_bytes);
}

/* ---- with _FORTIFY_SOURCE: room is how much there is behind the pointer --------------------------------------------
 */

extern _Noreturn void __chk_fail(void);

static size_t checked(size_t size, size_t room)
{
    if (size > room)
        __chk_fail();
    return size;
}

EXPORT ssize_t __recv_chk(int fd, void *bytes, size_t size, size_t room, int flags);
EXPORT ssize_t __recv_chk(int fd, void *bytes, size_t size, size_t room, int flags)
{
    size = checked(size, room);
    return net_preload_enter(CALLER) ? net_recv(0, fd, bytes, size, flags) : REAL(recv)(fd, bytes, size, flags);
}

EXPORT ssize_t __recvfrom_chk(int fd, void *bytes, size_t size, size_t room, int flags, __SOCKADDR_ARG from,
                              socklen_t *from_bytes);
EXPORT ssize_t __recvfrom_chk(int fd, void *bytes, size_t size, size_t room, int flags, __SOCKADDR_ARG from,
                              socklen_t *from_bytes)
{
    size = checked(size, room);
    return net_preload_enter(CALLER) ? net_recvfrom(0, fd, bytes, size, flags, from.__sockaddr__, from_bytes)
                                     : REAL(recvfrom)(fd, bytes, size, flags, from, from_bytes);
}

EXPORT ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room);
EXPORT ssize_t __read_chk(int fd, void *bytes, size_t size, size_t room)
{
    size = checked(size, room);
    return net_preload_enter(CALLER) ? net_read(0, fd, bytes, size) : REAL(read)(fd, bytes, size);
}

/* ---- descriptors ---------------------------------------------------------------------------------------------------
 */

/* A program that closes all that it has means its own. */
EXPORT int close(int fd)
{
    if (net_is_hidden(fd)) {
        errno = EBADF;
        return -1;
    }
    return enter_file(fd, CALLER) ? net_close(0, fd) : REAL(close)(fd);
}

EXPORT int dup2(int fd, int to)
{
    if (net_is_hidden(to)) {
        errno = EBADF;
        return -1;
    }
    return net_preload_enter(CALLER) ? net_dup2(0, fd, to) : REAL(dup2)(fd, to);
}

EXPORT int dup3(int fd, int to, int flags)
{
    struct net_task *t;
    if (net_is_hidden(to)) {
        errno = EBADF;
        return -1;
    }
    if (!(t = net_preload_enter(CALLER)))
        return REAL(dup3)(fd, to, flags);
    struct net_span s;
    net_span_open(&s, NET_CALL_DUP3, 0, fd, ARGS(fd, to, flags));
    uint64_t cookie = to != fd ? net_span_sample(t, to, NET_BEFORE_CALL, 0) : 0;
    net_span_enter(&s);
    s.ev.u.call.cookie = cookie;
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    long r = net_span_syscall(&s, SYS_dup3);
    if (r >= 0) {
        net_kept_ends(t, to);
        net_kept_copied(t, fd, to);
    }
    return (int)net_span_return(&s, r);
}

/* What is closed here is not recorded call by call; the hidden ones stay. */
EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    struct net_task *t = net_preload_enter(CALLER);
    int fd = net_hidden_first();
    if (t && !flags)
        for (unsigned kept = first; kept <= last && kept < NET_KEPT; kept++)
            net_kept_ends(t, (int)kept);
    if (fd < 0 || (unsigned)fd < first || (unsigned)fd > last)
        return REAL(close_range)(first, last, flags);
    int r = 0;
    if (first < (unsigned)fd)
        r = REAL(close_range)(first, (unsigned)fd - 1, flags);
    while (net_is_hidden(fd))
        fd++;
    return r == 0 && (unsigned)fd <= last ? REAL(close_range)((unsigned)fd, last, flags) : r;
}

EXPORT void closefrom(int first)
{
    close_range((unsigned)(first < 0 ? 0 : first), ~0U, 0);
}

EXPORT int fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return enter_file(fd, CALLER) ? net_fcntl(0, fd, command, argument) : REAL(fcntl)(fd, command, argument);
}

/* <fcntl.h> gives it another name where file offsets are said to have 64 bits. */
EXPORT int fcntl64(int fd, int command, ...);
EXPORT int fcntl64(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return enter_file(fd, CALLER) ? net_fcntl(0, fd, command, argument) : REAL(fcntl)(fd, command, argument);
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    return net_ioctl_is_traced(request) && net_preload_enter(CALLER) ? net_ioctl(0, fd, request, argument)
                                                                     : REAL(ioctl)(fd, request, argument);
}

static int open_any(const char *path, int flags, mode_t mode)
{
    return net_open(0, path, flags, mode);
}

#define OPEN(name)                                                                                                     \
    EXPORT int name(const char *path, int flags, ...)                                                                  \
    {                                                                                                                  \
        va_list list;                                                                                                  \
        va_start(list, flags);                                                                                         \
        mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;                \
        va_end(list);                                                                                                  \
        return !net_has_interpreter() && net_preload_enter(CALLER) ? open_any(path, flags, mode)                       \
                                                                   : REAL(name)(path, flags, mode);                    \
    }
OPEN(open)
OPEN(open64)

/* ---- several pieces of memory, pipes ------------------------------------------------------------------------------
 */

TRACED(ssize_t, writev, (int fd, const struct iovec *pieces, int count), fd, pieces, count)
TRACED(ssize_t, readv, (int fd, const struct iovec *pieces, int count), fd, pieces, count)
TRACED(ssize_t, splice, (int in, off_t *in_at, int out, off_t *out_at, size_t size, unsigned flags), in, in_at, out,
       out_at, size, flags)

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return message && net_preload_enter(CALLER) ? net_sendmsg(0, fd, message, flags)
                                                : REAL(sendmsg)(fd, message, flags);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return message && net_preload_enter(CALLER) ? net_recvmsg(0, fd, message, flags)
                                                : REAL(recvmsg)(fd, message, flags);
}
