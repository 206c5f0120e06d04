// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_clients.c - many clients at once, from one program with one thread.
 *   gcc tcp_clients.c -o tcp_clients
 *   ./tcp_clients count=200    to a server: ./tcp_server_fork backlog=1000
 * Parameters:
 *   count=100                    how many clients
 *   address=127.0.0.1            the server
 *   port=12345                   the server's port
 *   message=Hello from client!   what each of them sends
 *   hold=0                       how long each stays then: 200ms, 2s, ever
 *   rate=none                    how many begin in a second; none: all at once
 *   patience=60                  after how long without an answer one gives up
 */
#define _GNU_SOURCE 1 // strerrorname_np()
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct client {
    enum { CONNECTING, SENDING, WAITING, HOLDING, ENDED } step;
    int fd, error; // 0: the server closed without an answer
    const char *failed;
    size_t sent;
    long long deadline_ms;
};

struct crowd {
    struct sockaddr_storage server; // room for an address of any family
    socklen_t server_length;
    const char *message;
    long count, rate, begun, ended, connected, answered, failed;
    long long start_ms, hold_ms, patience_ms;
    struct client *clients;
    int epoll;
};

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int end(struct crowd *c, struct client *me)
{
    if (me->fd >= 0) close(me->fd); // epoll forgets it, too
    me->step = ENDED;
    return (int)c->ended++;
}

static int fail(struct crowd *c, struct client *me, const char *call, int error)
{
    me->failed = call;
    me->error = error;
    c->failed++;
    return end(c, me);
}

static int watch(struct crowd *c, struct client *me, int how, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = me};
    return epoll_ctl(c->epoll, how, me->fd, &event);
}

static void begin(struct crowd *c)
{
    struct client *me = &c->clients[c->begun++];
    struct sockaddr *to = (struct sockaddr *)&c->server;
    me->deadline_ms = now_ms() + c->patience_ms;
    me->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (me->fd < 0)
        fail(c, me, "socket", errno);
    else if (connect(me->fd, to, c->server_length) < 0 && errno != EINPROGRESS)
        fail(c, me, "connect", errno);
    else
        watch(c, me, EPOLL_CTL_ADD, EPOLLOUT);
}

/* Begin those that are due, end those whose time is up; how long to wait. */
static int on_time(struct crowd *c)
{
    long long now = now_ms(), next = LLONG_MAX;
    if (!c->start_ms) c->start_ms = now;
    for (int i = 0; c->begun < c->count && next == LLONG_MAX; i++) {
        long long due = c->rate ? c->start_ms + c->begun * 1000LL / c->rate : 0;
        if (due > now || i == 64) // those that are connecting have their turn
            next = due;
        else
            begin(c);
    }
    for (struct client *me = c->clients; me < c->clients + c->begun; me++) {
        if (me->step == ENDED) continue;
        if (me->deadline_ms > now && me->deadline_ms < next)
            next = me->deadline_ms;
        if (me->deadline_ms <= now && me->step == HOLDING) end(c, me);
        if (me->deadline_ms <= now && me->step < HOLDING)
            fail(c, me, me->step == CONNECTING ? "connect" : "recv", ETIMEDOUT);
    }
    return next == LLONG_MAX ? -1 : next > now ? (int)(next - now) : 0;
}

/* Do what can be done without waiting. EAGAIN is no error: later. */
static int attend(struct crowd *c, struct client *me)
{
    char data[1024];
    int error = 0; // of connect(): is kept with the socket, and given once
    socklen_t size = sizeof error;
    size_t left = strlen(c->message) - me->sent;
    if (me->step == CONNECTING) {
        getsockopt(me->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) return fail(c, me, "connect", error);
        c->connected++;
        me->step = SENDING;
    }
    if (me->step == SENDING) {
        ssize_t n = send(me->fd, c->message + me->sent, left, MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN ? 0 : fail(c, me, "send", errno);
        me->sent += (size_t)n;
        if (n < (ssize_t)left) return 0;
        me->step = WAITING;
        return watch(c, me, EPOLL_CTL_MOD, EPOLLIN);
    }
    ssize_t n = recv(me->fd, data, sizeof data, 0); // the answers are short
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return fail(c, me, "recv", n < 0 ? errno : 0);
    c->answered++;
    if (c->hold_ms == 0) return end(c, me);
    me->step = HOLDING; // and whatever else comes is not read
    me->deadline_ms = c->hold_ms < LLONG_MAX ? now_ms() + c->hold_ms
                                             : LLONG_MAX;
    return watch(c, me, EPOLL_CTL_DEL, 0);
}

static long long milliseconds(const char *text)
{
    char *unit;
    long long number = strtoll(text, &unit, 10);
    if (strcmp(text, "ever") == 0) return LLONG_MAX;
    return strcmp(unit, "ms") == 0 ? number : number * 1000;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}

int main(int argc, char **argv)
{
    struct crowd c = {.message = word(argv, "message=", "Hello from client!"),
                      .count = atol(word(argv, "count=", "100")),
                      .rate = atol(word(argv, "rate=", "none")),
                      .hold_ms = milliseconds(word(argv, "hold=", "0"))};
    struct addrinfo *found,
        hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    long limit = sysconf(_SC_OPEN_MAX), need = c.count + 4; // epoll, 0 to 2
    struct epoll_event ready[64];
    const char *before = ":";
    (void)argc; // argv ends with NULL
    c.patience_ms = milliseconds(word(argv, "patience=", "60"));
    if (getaddrinfo(word(argv, "address=", "127.0.0.1"),
                    word(argv, "port=", "12345"), &hints, &found))
        return fputs("no such address or port\n", stderr), 2;
    c.server_length = found->ai_addrlen;
    memcpy(&c.server, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (limit >= 0 && need > limit)
        return fputs("more clients than descriptors: ulimit -n\n", stderr), 2;
    c.clients = calloc((size_t)c.count, sizeof *c.clients);
    c.epoll = epoll_create1(0);
    if (!c.clients || c.epoll < 0) return perror("tcp_clients"), EXIT_FAILURE;
    for (int timeout; timeout = on_time(&c), c.ended < c.count;) {
        int n = epoll_wait(c.epoll, ready, 64, timeout);
        if (n < 0 && errno != EINTR) return perror("epoll_wait"), EXIT_FAILURE;
        for (int i = 0; i < n; i++)
            attend(&c, ready[i].data.ptr);
    }
    printf("%ld clients: %ld connected, %ld answered, %ld failed", c.count,
           c.connected, c.answered, c.failed);
    for (struct client *f = c.clients; f < c.clients + c.count; f++) {
        const char *call = f->failed, *name = strerrorname_np(f->error);
        int n = 0;
        for (struct client *g = f; call && g < c.clients + c.count; g++)
            if (g->failed && !strcmp(g->failed, call) && g->error == f->error)
                g->failed = NULL, n++;
        if (!f->error) name = "closed without an answer";
        if (call) printf("%s %d %s %s", before, n, call, name), before = ",";
    }
    return printf("\n"), c.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
