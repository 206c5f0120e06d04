// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_select.c - a TCP server that waits for all clients at once.
 *   gcc tcp_server_select.c -o tcp_server_select
 *   ./tcp_server_select   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=128       how many may wait for accept() (Linux adds one)
 *   repeat=yes        "no": a client is answered once
 *   idle=none         after how many seconds of silence one is given up
 *
 * Never wait for one client: descriptors are non-blocking, and only select()
 * waits. So what is owed to whom, and until when, is written down. select()
 * is the oldest way: it knows no descriptor above FD_SETSIZE - 1 (1023).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

struct client {
    int is_there;
    long long deadline_ms;  // when it was silent for too long
    size_t length;          // what is owed: so many bytes of data
    unsigned char in[1024]; // no more is read before that is sent
};

struct server {
    struct client *clients; // by descriptor
    int repeat, idle_ms, paused;
};

static const char *word(char **argv, const char *name, const char *value);
static long long now_ms(void);
static struct timeval *prepare(struct server *s, int server_fd, fd_set *in,
                               fd_set *out, struct timeval *time);
static void attend_all(struct server *s, fd_set *in, fd_set *out);
static int may_go_on(int error, int *paused);

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
    struct timeval time;
    fd_set in, out; // select() changes them: those that are ready stay
    s.repeat = strcmp(word(argv, "repeat=", "yes"), "no") != 0;
    s.clients = calloc(FD_SETSIZE, sizeof *s.clients);
    if (!s.clients) return perror("calloc"), EXIT_FAILURE;
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

    // 4. The clients that are there, and then a new one.
    for (;;) {
        struct timeval *timeout = prepare(&s, server_fd, &in, &out, &time);
        int n = select(FD_SETSIZE, &in, &out, NULL, timeout);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return perror("select"), EXIT_FAILURE;
        attend_all(&s, &in, &out);
        if (!FD_ISSET(server_fd, &in)) continue;
        int fd = accept(server_fd, NULL, NULL);
        if (fd < 0 && may_go_on(errno, &s.paused)) continue;
        if (fd < 0) return EXIT_FAILURE;
        if (fd >= FD_SETSIZE || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
            fprintf(stderr, "Too high a descriptor for select(): %d.\n", fd);
            close(fd);
            continue;
        }
        s.clients[fd] = (struct client){.is_there = 1};
        s.clients[fd].deadline_ms = s.idle_ms ? now_ms() + s.idle_ms
                                              : LLONG_MAX;
    }
}

/* By a clock that nobody sets. */
static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What to ask of select(). Returns how long it may wait; NULL: for ever. */
static struct timeval *prepare(struct server *s, int server_fd, fd_set *in,
                               fd_set *out, struct timeval *time)
{
    long long now = now_ms(), next = LLONG_MAX;
    FD_ZERO(in);
    FD_ZERO(out);
    if (s->paused)
        next = now + 1000;
    else
        FD_SET(server_fd, in);
    s->paused = 0;
    for (int fd = 0; fd < FD_SETSIZE; fd++) {
        const struct client *c = &s->clients[fd];
        if (!c->is_there) continue;
        FD_SET(fd, c->length ? out : in);
        if (c->deadline_ms < next) next = c->deadline_ms;
    }
    long long left = next > now ? next - now : 0;
    time->tv_sec = left / 1000;
    time->tv_usec = left % 1000 * 1000;
    return next == LLONG_MAX ? NULL : time;
}

/* Read, if nothing is owed, and send what is. Returns whether it stays. */
static int attend(struct client *c, int fd, int repeat)
{
    ssize_t n;
    if (c->length == 0) {
        n = recv(fd, c->in, sizeof c->in, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 1;
        if (n < 0) perror("recv");
        if (n <= 0) return 0; // 0: the client's end
        printf("Client %d: ", fd);
        for (ssize_t i = 0; i < n; i++) // nothing that a terminal obeys
            printf(c->in[i] < ' ' || c->in[i] > '~' ? "\\x%02x" : "%c",
                   c->in[i]);
        printf("\n");
        c->length = (size_t)n;
    }
    n = send(fd, c->in, c->length, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return perror("send"), 0;
    if (n > 0) memmove(c->in, c->in + n, c->length -= (size_t)n); // a part
    return c->length > 0 || repeat;
}

static void attend_all(struct server *s, fd_set *in, fd_set *out)
{
    long long now = now_ms();
    for (int fd = 0; fd < FD_SETSIZE; fd++) {
        struct client *c = &s->clients[fd];
        int ready = FD_ISSET(fd, in) || FD_ISSET(fd, out);
        if (!c->is_there) continue;
        if (ready && attend(c, fd, s->repeat)) {
            if (s->idle_ms) c->deadline_ms = now + s->idle_ms;
            continue;
        }
        if (!ready && c->deadline_ms > now) continue;
        if (!ready) fprintf(stderr, "Client %d was silent for too long.\n", fd);
        close(fd);
        c->is_there = 0;
    }
}

/* The errors of accept(2) that pass. When nothing is left, wait a second. */
static int may_go_on(int error, int *paused)
{
    if (error == EAGAIN || error == EINTR || error == EPROTO ||
        error == ENONET || error == ENETDOWN || error == EHOSTDOWN ||
        error == ENETUNREACH || error == ENOPROTOOPT || error == EOPNOTSUPP ||
        error == EHOSTUNREACH || error == ECONNABORTED)
        return 1;
    perror("accept");
    *paused = 1;
    return error == EMFILE || error == ENFILE || error == ENOBUFS ||
           error == ENOMEM;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}
