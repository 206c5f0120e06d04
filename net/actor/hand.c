// SPDX-License-Identifier: GPL-3.0-or-later
// The hand: a program that makes the one call it is asked for.
/*
 * Its calls are the traced functions themselves, with line 0. What it receives goes to memory that it never reads: the
 * event has the beginning of it.
 */
#include "net/actor/hand_box.h"

#include "net/base/futex.h"
#include "net/trace/span.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static socklen_t address_of(const struct net_hand_request *r, union address *a)
{
    *a = (union address){.in6 = {0}};
    a->any.sa_family = r->family == NET_HAND_UNSPEC ? AF_UNSPEC
                       : r->family                  ? r->family
                       : r->ip.is_v6                ? AF_INET6
                                                    : AF_INET;
    a->in.sin_port = htons(r->port); /* sin6_port lies there too */
    net_ip_bytes(r->ip, r->ip.is_v6 ? a->in6.sin6_addr.s6_addr : (uint8_t *)&a->in.sin_addr);
    return r->ip.is_v6 ? sizeof a->in6 : sizeof a->in;
}

uint8_t *net_hand_take_room(struct net_task *t, size_t bytes)
{
    net_unsafe_begin(t);
    uint8_t *room = malloc(bytes);
    net_block_note(t->group, room);
    net_unsafe_end(t);
    return room;
}

void net_hand_give_room(struct net_task *t, uint8_t *room)
{
    net_unsafe_begin(t);
    net_block_forget(t->group, room);
    free(room);
    net_unsafe_end(t);
}

static void fill(uint8_t *room, size_t bytes, const uint8_t *pattern, size_t pattern_bytes)
{
    for (size_t at = 0; at < bytes; at += pattern_bytes)
        memcpy(room + at, pattern, pattern_bytes < bytes - at ? pattern_bytes : bytes - at);
}

/* The kernel sends these very pages, when it comes to it: memory that nothing else is put into. */
static uint8_t *take_pages(size_t bytes)
{
    void *pages = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

/*
 * One call of many bytes, which are the same again and again: so are the pages that they lie in (mremap(2): an old size
 * of zero is another mapping of shared ones). The call is what it is said to be, and takes some megabytes. *mapped:
 * what to unmap. NULL without memory.
 */
enum { LARGE_BYTES = 4 << 20, PIECES_MOST = 1024 };
static uint8_t *take_repeated(size_t bytes, const uint8_t *pattern, size_t pattern_bytes, size_t *mapped)
{
    size_t piece = (size_t)sysconf(_SC_PAGESIZE) * pattern_bytes;
    while (bytes / piece >= PIECES_MOST)
        piece *= 2;
    *mapped = (bytes / piece + 1) * piece;
    uint8_t *all = mmap(NULL, *mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    bool failed = mmap(all, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED;
    if (!failed)
        fill(all, piece, pattern, pattern_bytes);
    for (size_t at = piece; !failed && at < *mapped; at += piece)
        failed = mremap(all, 0, piece, MREMAP_MAYMOVE | MREMAP_FIXED, all + at) == MAP_FAILED;
    if (!failed)
        return all;
    munmap(all, *mapped);
    return NULL;
}

static void hand_over(const struct net_hand_request *r, uint8_t *bytes, size_t size)
{
    union address to;
    socklen_t to_bytes = address_of(r, &to);
    struct iovec piece = {bytes, size};
    if (r->call == NET_CALL_SENDTO)
        net_sendto(0, r->fd, bytes, size, (int)r->args[3], &to.any, to_bytes);
    else if (r->call == NET_CALL_SENDMSG)
        net_sendmsg(0, r->fd, &(struct msghdr){.msg_iov = &piece, .msg_iovlen = 1}, (int)r->args[3]);
    else if (r->call == NET_CALL_SEND)
        net_send(0, r->fd, bytes, size, (int)r->args[3]);
    else
        net_write(0, r->fd, bytes, size);
}

static void send_large(const struct net_hand_request *r, const uint8_t *pattern, size_t pattern_bytes, size_t bytes)
{
    size_t mapped;
    uint8_t *room = take_repeated(bytes, pattern, pattern_bytes, &mapped);
    if (!room)
        return;
    hand_over(r, room, bytes);
    munmap(room, mapped);
}

static void send_bytes(struct net_task *t, struct net_hand_box *box)
{
    const struct net_hand_request *r = &box->request;
    size_t bytes = r->args[2] > 0 ? (size_t)r->args[2] : r->data_bytes;
    uint8_t *room = box->data;
    const uint8_t *pattern = r->data_bytes ? box->data : (const uint8_t *)"x";
    size_t pattern_bytes = r->data_bytes ? r->data_bytes : 1;
    bool pages = r->args[3] & MSG_ZEROCOPY, repeats = !r->null_data && (pages || bytes > r->data_bytes);
    if (repeats && bytes > LARGE_BYTES) {
        send_large(r, pattern, pattern_bytes, bytes);
        return;
    }
    if (r->null_data)
        room = NULL;
    else if (repeats && (room = pages ? take_pages(bytes) : net_hand_take_room(t, bytes)) == NULL)
        return;
    if (repeats)
        fill(room, bytes, pattern, pattern_bytes);
    hand_over(r, room, bytes);
    if (pages && room)
        munmap(room, bytes + 1);
    else if (repeats)
        net_hand_give_room(t, room);
}

static void receive_bytes(struct net_task *t, struct net_hand_box *box)
{
    const struct net_hand_request *r = &box->request;
    size_t bytes = r->args[2] > 0 ? (size_t)r->args[2] : 0;
    uint8_t *room = r->null_data ? NULL : net_hand_take_room(t, bytes);
    if (!room && !r->null_data)
        return;
    if (r->call == NET_CALL_RECV)
        net_recv(0, r->fd, room, bytes, (int)r->args[3]);
    else
        net_read(0, r->fd, room, bytes);
    if (room)
        net_hand_give_room(t, room);
}

static void call_with_address(const struct net_hand_request *r)
{
    union {
        struct sockaddr any;
        union address said;
        struct sockaddr_storage storage; /* the kernel takes and gives no more */
    } space = {.storage = {0}};
    bool is_given = r->call == NET_CALL_BIND || r->call == NET_CALL_CONNECT;
    socklen_t said_bytes = address_of(r, &space.said), whole = is_given ? said_bytes : sizeof space.said;
    struct sockaddr *address = r->address_bytes == NET_HAND_NO_ADDRESS ? NULL : &space.any;
    socklen_t bytes = r->address_bytes > 0 ? (socklen_t)r->address_bytes : address ? whole : 0;
    socklen_t *room = address ? &bytes : NULL;
    if (r->call == NET_CALL_BIND)
        net_bind(0, r->fd, address, bytes);
    else if (r->call == NET_CALL_CONNECT)
        net_connect(0, r->fd, address, bytes);
    else if (r->call == NET_CALL_ACCEPT)
        net_accept(0, r->fd, address, room);
    else if (r->call == NET_CALL_GETSOCKNAME)
        net_getsockname(0, r->fd, address, room);
    else
        net_getpeername(0, r->fd, address, room);
}

static void call_option(struct net_hand_box *box)
{
    const struct net_hand_request *r = &box->request;
    uint8_t value[256]; /* TCP_INFO is the longest */
    socklen_t bytes = r->address_bytes > 0 && r->address_bytes < (int)sizeof value ? (socklen_t)r->address_bytes
                                                                                   : sizeof value;
    if (r->call == NET_CALL_SETSOCKOPT)
        net_setsockopt(0, r->fd, (int)r->args[1], (int)r->args[2], box->data, r->data_bytes);
    else
        net_getsockopt(0, r->fd, (int)r->args[1], (int)r->args[2], value, &bytes);
}

static void call_poll(const struct net_hand_request *r)
{
    struct pollfd one = {.fd = r->fd, .events = (short)r->args[1]};
    net_poll(0, &one, 1, (int)r->args[2]);
}

/* All that matters of it is that it comes: a call without SA_RESTART then returns EINTR. */
static void nothing(int signo)
{
    (void)signo;
}

static void call_sigaction(const struct net_hand_request *r)
{
    struct sigaction wanted = {.sa_handler = nothing, .sa_flags = (int)r->args[2]};
    sigemptyset(&wanted.sa_mask);
    if (r->args[1] == NET_HAND_SIG_DFL)
        wanted.sa_handler = SIG_DFL;
    else if (r->args[1] == NET_HAND_SIG_IGN)
        wanted.sa_handler = SIG_IGN;
    net_sigaction(0, (int)r->args[0], &wanted, NULL);
}

/* The hard limit stays, so that the soft one can be raised again. */
static void call_setrlimit(const struct net_hand_request *r)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = (rlim_t)r->args[1] < limit.rlim_max ? (rlim_t)r->args[1] : limit.rlim_max;
    net_setrlimit(0, RLIMIT_NOFILE, &limit);
}

/* Any other number is refused by net_actor_hand_call(). */
static void make_call(struct net_task *t, struct net_hand_box *box)
{
    const struct net_hand_request *r = &box->request;
    if (net_hand_other_call(t, box))
        return;
    switch (r->call) {
    case NET_CALL_SOCKET: net_socket(0, (int)r->args[0], (int)r->args[1], (int)r->args[2]); break;
    case NET_CALL_LISTEN: net_listen(0, r->fd, (int)r->args[1]); break;
    case NET_CALL_BIND:
    case NET_CALL_CONNECT:
    case NET_CALL_ACCEPT:
    case NET_CALL_GETSOCKNAME:
    case NET_CALL_GETPEERNAME: call_with_address(r); break;
    case NET_CALL_SEND:
    case NET_CALL_SENDTO:
    case NET_CALL_SENDMSG:
    case NET_CALL_WRITE: send_bytes(t, box); break;
    case NET_CALL_RECV:
    case NET_CALL_READ: receive_bytes(t, box); break;
    case NET_CALL_SHUTDOWN: net_shutdown(0, r->fd, (int)r->args[1]); break;
    case NET_CALL_SETSOCKOPT:
    case NET_CALL_GETSOCKOPT: call_option(box); break;
    case NET_CALL_FCNTL: net_fcntl(0, r->fd, (int)r->args[1], (long)r->args[2]); break;
    case NET_CALL_DUP: net_dup(0, r->fd); break;
    case NET_CALL_POLL: call_poll(r); break;
    case NET_CALL_EXIT: net_exit(0, (int)r->args[0]);
    case NET_CALL_ABORT: net_abort(0);
    case NET_CALL_RAISE: net_raise(0, (int)r->args[0]); break;
    case NET_CALL_SIGACTION: call_sigaction(r); break;
    case NET_CALL_SETRLIMIT: call_setrlimit(r); break;
    }
}

int net_hand_main(int argc, char **argv)
{
    struct net_task *t = net_self;
    (void)argc;
    (void)argv;
    for (;;) {
        while (atomic_load(&t->box->word) != NET_HAND_POSTED)
            net_futex_wait(&t->box->word, NET_HAND_IDLE, 0);
        struct net_hand_box *box = t->box;
        make_call(t, box);
        if (t->box == box) /* a child has one of its own */
            atomic_store(&box->word, NET_HAND_IDLE);
    }
}
