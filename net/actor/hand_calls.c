// SPDX-License-Identifier: GPL-3.0-or-later
// Calls of a hand that take more than a descriptor, a buffer and an address.
/*
 * A hand is one program: what it made last (an epoll instance, a pipe, a file in memory) it has at hand for the call
 * that needs one. It is a thread's own, and a child by fork has a copy, as it has of the descriptors.
 */
#include "net/actor/hand_box.h"

#include "net/trace/span.h"

#include <errno.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef SO_ATTACH_REUSEPORT_CBPF
#define SO_ATTACH_REUSEPORT_CBPF 51
#endif

enum { CONTROL_BYTES = 1024 };

/* -1: none was made, or it is closed. */
static _Thread_local struct {
    int epoll, file, pipe[2];
} own = {-1, -1, {-1, -1}};

static struct {
    int fd, shared_id;
} arena = {-1, -1};

void net_hand_keep_arena(int fd, int shared_id)
{
    arena.fd = fd;
    arena.shared_id = shared_id;
}

static void forget(int *fd, int closed)
{
    if (*fd == closed)
        *fd = -1;
}

static void call_close(int fd)
{
    net_close(0, fd);
    forget(&own.epoll, fd);
    forget(&own.file, fd);
    forget(&own.pipe[0], fd);
    forget(&own.pipe[1], fd);
}

/* ---- waiting for several ----------------------------------------------------------------------------------------- */

static int make_epoll(int flags)
{
    return own.epoll = net_epoll_create1(0, flags);
}

static void call_epoll_ctl(const struct net_hand_request *r)
{
    struct epoll_event event = {.events = (uint32_t)r->args[2], .data.u64 = (uint64_t)(unsigned)r->fd};
    int epoll = r->args[3] >= 0 ? (int)r->args[3] : own.epoll >= 0 ? own.epoll : make_epoll(0);
    if (epoll >= 0)
        net_epoll_ctl(0, epoll, (int)r->args[1], r->fd, r->args[1] == EPOLL_CTL_DEL ? NULL : &event);
}

static void call_epoll_wait(const struct net_hand_request *r)
{
    enum { ROOM = 64 };
    struct epoll_event events[ROOM];
    int room = (int)(r->args[1] < ROOM ? r->args[1] : ROOM);
    net_epoll_wait(0, r->fd >= 0 ? r->fd : own.epoll, events, room, (int)r->args[2]);
}

static void call_select(const struct net_hand_request *r)
{
    fd_set set;
    struct timeval limit = {.tv_sec = (time_t)(r->args[2] / 1000), .tv_usec = (suseconds_t)(r->args[2] % 1000 * 1000)};
    FD_ZERO(&set);
    if (r->fd >= 0 && r->fd < FD_SETSIZE)
        FD_SET(r->fd, &set);
    net_select(0, r->fd + 1, r->args[1] == POLLIN ? &set : NULL, r->args[1] == POLLOUT ? &set : NULL,
               r->args[1] == POLLPRI ? &set : NULL, r->args[2] < 0 ? NULL : &limit);
}

/* ---- bytes in pieces, and what comes beside them ----------------------------------------------------------------- */

static int make_pieces(const struct net_hand_request *r, uint8_t *bytes, struct iovec pieces[NET_HAND_PIECES])
{
    int count = 0;
    for (; count < NET_HAND_PIECES && r->piece[count]; bytes += r->piece[count++])
        pieces[count] = (struct iovec){bytes, r->piece[count]};
    return count;
}

static void call_writev(struct net_hand_box *box)
{
    struct iovec pieces[NET_HAND_PIECES];
    net_writev(0, box->request.fd, pieces, make_pieces(&box->request, box->data, pieces));
}

static void call_readv(struct net_task *t, const struct net_hand_request *r)
{
    struct iovec pieces[NET_HAND_PIECES];
    size_t bytes = 0;
    for (int i = 0; i < NET_HAND_PIECES; i++)
        bytes += r->piece[i];
    uint8_t *room = net_hand_take_room(t, bytes);
    if (!room)
        return;
    net_readv(0, r->fd, pieces, make_pieces(r, room, pieces));
    net_hand_give_room(t, room);
}

static void call_recvmsg(struct net_task *t, const struct net_hand_request *r)
{
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
    uint8_t *room = net_hand_take_room(t, (size_t)r->args[2]);
    struct iovec piece = {room, (size_t)r->args[2]};
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (!room)
        return;
    net_recvmsg(0, r->fd, &message, (int)r->args[3]);
    net_hand_give_room(t, room);
}

/* ---- files and pipes --------------------------------------------------------------------------------------------- */

static int make_file(struct net_task *t, size_t bytes)
{
    static const uint8_t alphabet[] = "abcdefghijklmnopqrstuvwxyz";
    int fd = own.file = net_memfd_create(0, "hand", 0);
    uint8_t *room = fd < 0 ? NULL : net_hand_take_room(t, bytes);
    if (!room)
        return fd;
    for (size_t i = 0; i < bytes; i++)
        room[i] = alphabet[i % (sizeof alphabet - 1)];
    net_write(0, fd, room, bytes);
    net_hand_give_room(t, room);
    return fd;
}

static void call_sendfile(struct net_task *t, const struct net_hand_request *r)
{
    off_t at = 0;
    size_t bytes = (size_t)r->args[2];
    int from = r->args[1] >= 0 ? (int)r->args[1] : own.file >= 0 ? own.file : make_file(t, bytes);
    if (from >= 0)
        net_sendfile(0, r->fd, from, &at, bytes);
}

static void call_splice(const struct net_hand_request *r)
{
    size_t bytes = (size_t)r->args[2];
    if (own.pipe[0] < 0 && net_pipe2(0, own.pipe, 0) < 0)
        return;
    if (r->args[1] == 0)
        net_splice(0, r->fd, NULL, own.pipe[1], NULL, bytes, 0);
    else
        net_splice(0, own.pipe[0], NULL, r->fd, NULL, bytes, 0);
}

static void call_ioctl(const struct net_hand_request *r)
{
    int number = (int)r->args[2];
    net_ioctl(0, r->fd, (unsigned long)r->args[1], r->null_data ? NULL : &number);
}

/* ---- which listener gets the next connection --------------------------------------------------------------------- */

/* A program of classic BPF: return N, or return the number of this processor. The kernel deals at random when there is
 * no listener of that number. */
static void call_attach(const struct net_hand_request *r)
{
    struct sock_filter by_number[] = {BPF_STMT(BPF_RET | BPF_K, (uint32_t)r->args[3])};
    struct sock_filter by_cpu[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_CPU)),
                                   BPF_STMT(BPF_RET | BPF_A, 0)};
    bool cpu = r->args[3] == NET_HAND_BY_CPU;
    struct sock_fprog program = {.len = cpu ? 2 : 1, .filter = cpu ? by_cpu : by_number};
    net_setsockopt(0, r->fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

/* ---- another program --------------------------------------------------------------------------------------------- */

/*
 * The hand's own program, begun anew: it is a hand again, with the descriptors that exec leaves open and no memory of
 * what it was. Signals that are ignored stay so (execve(2)); it cannot ask, for the kernel may have others ignored.
 */
static void call_exec(struct net_task *t, struct net_hand_box *box)
{
    static char word[] = "hand", *const words[] = {word, NULL};
    char text[100];
    uint64_t ignored = 0;
    for (int signo = 1; signo < 64; signo++)
        if (t->group->dispositions[signo].sa_handler == SIG_IGN)
            ignored |= (uint64_t)1 << signo;
    memcpy(box->data, &ignored, sizeof ignored);
    snprintf(text, sizeof text, NET_HAND_AGAIN_FORM, net_arena_index(t->arena, t->ring), arena.fd, arena.shared_id);
    net_unsafe_begin(t);
    setenv(NET_HAND_AGAIN, text, 1);
    net_unsafe_end(t);
    net_execve(0, "/proc/self/exe", words, environ);
}

/* ---- which ------------------------------------------------------------------------------------------------------- */

bool net_hand_other_call(struct net_task *t, struct net_hand_box *box)
{
    const struct net_hand_request *r = &box->request;
    switch (r->call) {
    case NET_CALL_CLOSE: call_close(r->fd); break;
    case NET_CALL_EPOLL_CREATE1: make_epoll((int)r->args[1]); break;
    case NET_CALL_EPOLL_CTL: call_epoll_ctl(r); break;
    case NET_CALL_EPOLL_WAIT: call_epoll_wait(r); break;
    case NET_CALL_SELECT: call_select(r); break;
    case NET_CALL_WRITEV: call_writev(box); break;
    case NET_CALL_READV: call_readv(t, r); break;
    case NET_CALL_RECVMSG: call_recvmsg(t, r); break;
    case NET_CALL_SENDFILE: call_sendfile(t, r); break;
    case NET_CALL_SPLICE: call_splice(r); break;
    case NET_CALL_PIPE2: net_pipe2(0, own.pipe, (int)r->args[1]); break;
    case NET_CALL_MEMFD_CREATE: make_file(t, (size_t)r->args[2]); break;
    case NET_CALL_IOCTL: call_ioctl(r); break;
    case NET_CALL_EXECVE: call_exec(t, box); break;
    case NET_CALL_FORK: net_fork_hand(net_arena_ring(t->arena, (size_t)r->args[1])); break;
    case NET_CALL_WAITPID: net_waitpid(0, -1, &(int){0}, (int)r->args[1]); break;
    case NET_CALL_SETSOCKOPT:
        if ((int)r->args[1] != SOL_SOCKET || (int)r->args[2] != SO_ATTACH_REUSEPORT_CBPF)
            return false;
        call_attach(r);
        break;
    default: return false;
    }
    return true;
}
