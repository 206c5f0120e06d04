// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_epoll.c - a TCP server that waits for all clients at once.
 *   gcc tcp_server_epoll.c -o tcp_server_epoll
 *   ./tcp_server_epoll   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=128       how many may wait for accept() (Linux adds one)
 *   repeat=yes        "no": a client is answered once
 *   idle=none         after how many seconds of silence one is given up
 *
 * Never wait for one client: only epoll waits. What is owed to whom, and until
 * when, is written down. The kernel answers with those that are ready alone.
 */
#define _GNU_SOURCE 1 // accept4()
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct client {
    int fd;
    uint32_t events;               // what epoll was asked for
    long long deadline_ms;         // when it was silent for too long
    struct client *before, *after; // in the order of deadlines
    size_t length;                 // what is owed: so many bytes of data
    unsigned char in[1024];        // no more is read before that is sent
};

struct server {
    int epoll, repeat, idle_ms, paused;
    struct client listener; // and both ends of the ring of clients
};

static const char *word(char **argv, const char *name, const char *value);
static int ask(struct server *s, struct client *c, uint32_t events);
static int accept_client(struct server *s);
static int attend(struct server *s, struct client *c);
static void leave(struct client *c);
static int on_time(struct server *s);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    int on = 1;
    struct server s = {.idle_ms = 1000 * atoi(word(argv, "idle=", "none"))};
    struct epoll_event ready[64];
    s.repeat = strcmp(word(argv, "repeat=", "yes"), "no") != 0;
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);
    // 1. to 3. socket(), bind(), listen(), in the family of the address
    if (getaddrinfo(word(argv, "address=", "0.0.0.0"), port, &hints, &own))
        return fputs("no such address or port\n", stderr), 2;
    int server_fd = socket(own->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (server_fd < 0) return perror("socket"), freeaddrinfo(own), EXIT_FAILURE;
    setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server_fd, own->ai_addr, own->ai_addrlen) < 0)
        return perror("bind"), freeaddrinfo(own), EXIT_FAILURE;
    freeaddrinfo(own);
    if (listen(server_fd, atoi(word(argv, "backlog=", "128"))) < 0)
        return perror("listen"), EXIT_FAILURE;
    printf("Server listening on port %s...\n", port);
    // 4. Only epoll_wait() waits. data.ptr is what ask() gave.
    s.epoll = epoll_create1(0);
    s.listener = (struct client){.fd = server_fd, .deadline_ms = LLONG_MAX};
    s.listener.before = s.listener.after = &s.listener;
    if (s.epoll < 0) return perror("epoll_create1"), EXIT_FAILURE;
    if (ask(&s, &s.listener, EPOLLIN) < 0) return EXIT_FAILURE;
    for (;;) {
        int n = epoll_wait(s.epoll, ready, 64, s.paused ? 1000 : on_time(&s));
        if (s.paused) s.paused = ask(&s, &s.listener, EPOLLIN);
        if (n < 0 && errno != EINTR) return perror("epoll_wait"), EXIT_FAILURE;
        for (int i = 0; i < n; i++) {
            struct client *c = ready[i].data.ptr;
            if (c == &s.listener && !accept_client(&s)) return EXIT_FAILURE;
            if (c != &s.listener && !attend(&s, c)) leave(c);
        }
    }
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What epoll is asked, it keeps, and gives the pointer back each time. */
static int ask(struct server *s, struct client *c, uint32_t events)
{
    int operation = c->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(s->epoll, operation, c->fd, &event) < 0)
        return perror("epoll_ctl"), -1;
    c->events = events | EPOLLERR; // is always asked for
    return 0;
}

/* To the end of the ring: who was heard of last is the last to be left. */
static void touch(struct server *s, struct client *c)
{
    c->deadline_ms = s->idle_ms ? now_ms() + s->idle_ms : LLONG_MAX;
    if (c->before) c->before->after = c->after, c->after->before = c->before;
    c->after = &s->listener;
    c->before = s->listener.before;
    c->before->after = c->after->before = c;
}

static void leave(struct client *c)
{
    c->before->after = c->after;
    c->after->before = c->before;
    close(c->fd); // the kernel takes it off its list, too
    free(c);
}

/* Read, if nothing is owed, and send what is. Returns whether it stays. */
static int attend(struct server *s, struct client *c)
{
    ssize_t n;
    if (c->length == 0) {
        n = recv(c->fd, c->in, sizeof c->in, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 1;
        if (n < 0) perror("recv");
        if (n <= 0) return 0; // 0: the client's end
        printf("Client %d: ", c->fd);
        for (ssize_t i = 0; i < n; i++) // nothing that a terminal obeys
            printf(c->in[i] < ' ' || c->in[i] > '~' ? "\\x%02x" : "%c",
                   c->in[i]);
        printf("\n");
        c->length = (size_t)n;
    }
    n = send(c->fd, c->in, c->length, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return perror("send"), 0;
    if (n > 0) memmove(c->in, c->in + n, c->length -= (size_t)n); // a part
    uint32_t events = c->length ? EPOLLOUT : EPOLLIN;
    if (!(c->events & events)) ask(s, c, events);
    touch(s, c);
    return c->length > 0 || s->repeat;
}

/* Some errors of accept(2) pass. When nothing is left, wait for a second. */
static int accept_client(struct server *s)
{
    int fd = accept4(s->listener.fd, NULL, NULL, SOCK_NONBLOCK), error = errno;
    if (fd < 0) {
        if (error == EINTR || error == EHOSTUNREACH || error == ENETUNREACH ||
            error == EAGAIN || error == ECONNABORTED || error == EOPNOTSUPP ||
            error == ENETDOWN || error == EHOSTDOWN || error == ENOPROTOOPT ||
            error == EPROTO || error == ENONET)
            return 1;
        perror("accept4");
        s->paused = 1;
        ask(s, &s->listener, 0);
        return error == EMFILE || error == ENFILE || error == ENOBUFS ||
               error == ENOMEM;
    }
    struct client *c = malloc(sizeof *c);
    if (!c) return perror("malloc"), close(fd), 1;
    *c = (struct client){.fd = fd};
    if (ask(s, c, EPOLLIN) < 0) return close(fd), free(c), 1;
    touch(s, c);
    return 1;
}

/* Returns how long epoll_wait() may wait; -1: for ever. */
static int on_time(struct server *s)
{
    struct client *c;
    long long now = now_ms();
    while ((c = s->listener.after)->deadline_ms <= now) {
        fprintf(stderr, "Client %d was silent for too long.\n", c->fd);
        leave(c);
    }
    return c->deadline_ms < LLONG_MAX ? (int)(c->deadline_ms - now) : -1;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}
