// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_edge.c - a TCP server that is told of what is new, once.
 *   gcc tcp_server_edge.c -o tcp_server_edge
 *   ./tcp_server_edge    and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=128       how many may wait for accept() (Linux adds one)
 *   drain=yes         "no": one accept() or recv() when told: the bug
 *   room=16           how many bytes one recv() has room for, up to 1024
 *
 * EPOLLET tells of a change, not of a state: bytes have come, there is room
 * again. Who is told must go on until EAGAIN, for about what was there before
 * it nobody will be told again.
 */
#define _GNU_SOURCE 1 // accept4()
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct client {
    int fd;
    size_t length;          // what is owed: so many bytes of data
    unsigned char in[1024]; // no more is read before that is sent
};

struct server {
    int epoll, listener, drain;
    size_t room;
};

static const char *word(char **argv, const char *name, const char *value);
static void accept_clients(struct server *s);
static int attend(struct server *s, struct client *c);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    struct epoll_event ready[64], event = {.events = EPOLLIN | EPOLLET};
    struct server s = {.room = (size_t)atoi(word(argv, "room=", "16"))};
    int on = 1;
    s.drain = strcmp(word(argv, "drain=", "yes"), "no") != 0;
    if (s.room < 1 || s.room > 1024) s.room = 1024;
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);
    // 1. to 3. socket(), bind(), listen(), in the family of the address
    if (getaddrinfo(word(argv, "address=", "0.0.0.0"), port, &hints, &own))
        return fputs("no such address or port\n", stderr), 2;
    s.listener = socket(own->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (s.listener < 0)
        return perror("socket"), freeaddrinfo(own), EXIT_FAILURE;
    setsockopt(s.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s.listener, own->ai_addr, own->ai_addrlen) < 0)
        return perror("bind"), freeaddrinfo(own), EXIT_FAILURE;
    freeaddrinfo(own);
    if (listen(s.listener, atoi(word(argv, "backlog=", "128"))) < 0)
        return perror("listen"), EXIT_FAILURE;
    printf("Server listening on port %s...\n", port);
    // 4. Each descriptor is added once, and never asked about again.
    s.epoll = epoll_create1(0);
    if (s.epoll < 0) return perror("epoll_create1"), EXIT_FAILURE;
    event.data.ptr = NULL; // the listener; else it is a client
    if (epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.listener, &event) < 0)
        return perror("epoll_ctl"), EXIT_FAILURE;
    for (;;) {
        int n = epoll_wait(s.epoll, ready, 64, -1);
        if (n < 0 && errno != EINTR) return perror("epoll_wait"), EXIT_FAILURE;
        for (int i = 0; i < n; i++) {
            struct client *c = ready[i].data.ptr;
            if (!c) accept_clients(&s);
            if (c && !attend(&s, c)) {
                close(c->fd); // the kernel takes it off its list, too
                free(c);
            }
        }
    }
}

/* Both directions at once: nothing has to be changed later. */
static void add_client(struct server *s, int fd)
{
    struct client *c = malloc(sizeof *c);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    if (!c) {
        perror("malloc");
        close(fd);
        return;
    }
    *c = (struct client){.fd = fd};
    event.data.ptr = c;
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) == 0) return;
    perror("epoll_ctl");
    close(fd);
    free(c);
}

/* Two may have come before this program was told of the first. */
static void accept_clients(struct server *s)
{
    do {
        int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd >= 0)
            add_client(s, fd);
        else if (errno == EAGAIN)
            return; // the queue is empty: the next one is news
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                 errno == ENOMEM || errno == EBADF || errno == EINVAL)
            return perror("accept4");
        // Any other error is of that connection (accept(2)): to the next one.
    } while (s->drain);
}

/* 1: it can be gone on; 0: not now, there will be news; -1: it is over. */
static int may_go_on(ssize_t n, const char *call)
{
    if (n > 0 || (n < 0 && errno == EINTR)) return 1;
    if (n < 0 && errno == EAGAIN) return 0;
    if (n < 0) perror(call);
    return -1; // 0: the client's end
}

/* Send what is owed. When there is no room, EPOLLOUT is the news. */
static int pay(struct client *c)
{
    int on = 1;
    while (c->length > 0 && on > 0) {
        ssize_t n = send(c->fd, c->in, c->length, MSG_NOSIGNAL);
        on = may_go_on(n, "send");
        if (n > 0) memmove(c->in, c->in + n, c->length -= (size_t)n);
    }
    return on;
}

/* What is new, in either direction. Returns whether it stays. */
static int attend(struct server *s, struct client *c)
{
    int on = pay(c);
    while (on > 0) {
        ssize_t n = recv(c->fd, c->in, s->room, 0);
        on = may_go_on(n, "recv");
        if (n <= 0) continue;
        printf("Client %d: ", c->fd);
        for (ssize_t i = 0; i < n; i++) // nothing that a terminal obeys
            printf(c->in[i] < ' ' || c->in[i] > '~' ? "\\x%02x" : "%c",
                   c->in[i]);
        printf("\n");
        c->length = (size_t)n;
        on = pay(c);
        if (!s->drain) break; // "it will tell me of the rest": it will not
    }
    return on >= 0;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}
