// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_poll.c - a TCP server for many clients without processes or threads: it waits for all of them at once,
 * with poll().
 *
 *   gcc tcp_server_poll.c -o tcp_server_poll
 *   ./tcp_server_poll                  and in other terminals, more than once:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=128       how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off
 *   repeat=yes        "yes": a client is answered until it leaves; "no": once
 *   limit=none        how many clients there may be at once
 *   idle=none         after how many seconds of silence a client is given up
 *   sigpipe=nosignal  what send() to a client that is gone does: default (death), ignore, nosignal
 *
 * There is one rule: never wait for one client alone. All descriptors are non-blocking, and only poll() waits. So what
 * a thread of its own would have known by where it stands in the code must be written down here for each client: what
 * it is still owed, and until when it may be silent.
 *
 * Compare with tcp_server_select.c and tcp_server_epoll.c: they differ in the waiting alone. With poll() the kernel is
 * given the whole list at every call, and the program looks through the whole list after it.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024
#define MAX_CLIENTS 4096
#define NEVER       INT64_MAX

struct settings {
    long port, backlog, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *repeat, *sigpipe;
};

struct client {
    int fd;
    int64_t deadline_ms;      // when its silence has lasted too long
    size_t start, length;     // what it is still owed: these bytes of the buffer
    char buffer[BUFFER_SIZE]; // no more is read from it before they are sent
};

/* The entry 0 of fds is the listener; entry i + 1 is that of client i. */
struct server {
    const struct settings *settings;
    struct pollfd fds[1 + MAX_CLIENTS];
    struct client *clients[MAX_CLIENTS];
    size_t count;
    int64_t accept_after_ms; // for want of descriptors
};

static int is(const char *setting, const char *word)
{
    return strcmp(setting, word) == 0;
}

/* A clock that nobody sets: it only goes forward. */
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- one client -------------------------------------------------------------------------------------------------- */

/* The bytes are not a string: nothing ends them with '\0', and a '\0' may stand among them. Print n bytes. */
static void show(int fd, const char *data, size_t n)
{
    printf("Client %d: ", fd);
    fwrite(data, 1, n, stdout);
    printf("\n");
}

/* What a non-blocking call says instead of waiting; and a signal may end any call. Neither is an error: try later. */
static int is_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int64_t deadline(const struct settings *s)
{
    return s->idle ? now_ms() + s->idle * 1000 : NEVER;
}

static struct client *new_client(int fd, const struct settings *s)
{
    struct client *client = malloc(sizeof *client);
    if (!client) {
        perror("malloc");
        return NULL;
    }
    client->fd = fd;
    client->deadline_ms = deadline(s);
    client->start = client->length = 0;
    return client;
}

/*
 * Do for a client what can be done without waiting: read something, if nothing is owed to it, and send what is owed.
 * The kernel may take only a part of that; the rest goes when poll() says that there is room again. A client that does
 * not read its answers is not read from either: what is kept for it never grows beyond its buffer.
 * Returns whether the client stays.
 */
static int attend(struct client *client, const struct settings *s)
{
    if (client->length == 0) {
        ssize_t n = recv(client->fd, client->buffer, sizeof client->buffer, 0);
        if (n < 0 && is_later(errno))
            return 1;
        if (n < 0)
            perror("recv");
        if (n <= 0)
            return 0; // 0: the client has closed its end
        show(client->fd, client->buffer, (size_t)n);
        client->start = 0;
        client->length = (size_t)n;
    }

    int flags = is(s->sigpipe, "nosignal") ? MSG_NOSIGNAL : 0;
    ssize_t n = send(client->fd, client->buffer + client->start, client->length, flags);
    if (n < 0 && !is_later(errno)) {
        perror("send");
        return 0;
    }
    if (n > 0) {
        client->start += (size_t)n;
        client->length -= (size_t)n;
    }
    client->deadline_ms = deadline(s);
    return client->length > 0 || is(s->repeat, "yes");
}

/* ---- all clients ------------------------------------------------------------------------------------------------- */

static void add(struct server *server, struct client *client)
{
    server->clients[server->count] = client;
    server->fds[1 + server->count] = (struct pollfd){.fd = client->fd, .events = POLLIN};
    server->count++;
}

/* The last one takes its place. */
static void take_out(struct server *server, size_t i)
{
    close(server->clients[i]->fd);
    free(server->clients[i]);
    server->count--;
    server->clients[i] = server->clients[server->count];
    server->fds[1 + i] = server->fds[1 + server->count];
    server->accept_after_ms = 0; // there is a descriptor again
}

/*
 * Accept without waiting: the client that poll() saw may have left again. Returns whether there can be more clients.
 *
 * When no descriptor or no memory is left, the client stays in the queue, and poll() would return at once, for ever. So
 * do not ask about the listener until a client has left, or for a second.
 */
static int accept_client(struct server *server)
{
    const struct settings *s = server->settings;
    size_t limit = s->limit ? (size_t)s->limit : MAX_CLIENTS;

    int fd = accept(server->fds[0].fd, NULL, NULL);
    if (fd < 0) {
        if (is_later(errno) || errno == ECONNABORTED)
            return 1;
        int shortage = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        perror("accept");
        server->accept_after_ms = now_ms() + 1000;
        return shortage;
    }
    if (server->count == limit) {
        fprintf(stderr, "Too many clients: %zu.\n", server->count);
        close(fd);
        return 1;
    }
    struct client *client = NULL;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        perror("fcntl");
    else
        client = new_client(fd, s);
    if (client)
        add(server, client);
    else
        close(fd);
    return 1;
}

/* What to ask of poll() about everybody, and how long it may wait (-1: for ever). */
static int prepare(struct server *server, int64_t now)
{
    int64_t next = NEVER;
    server->fds[0].events = server->accept_after_ms <= now ? POLLIN : 0;
    if (server->accept_after_ms > now)
        next = server->accept_after_ms;
    for (size_t i = 0; i < server->count; i++) {
        const struct client *client = server->clients[i];
        server->fds[1 + i].events = client->length > 0 ? POLLOUT : POLLIN;
        if (client->deadline_ms < next)
            next = client->deadline_ms;
    }
    if (next == NEVER)
        return -1;
    return next > now ? (int)(next - now) : 0;
}

/* From the last to the first: when one is taken out, its place is filled by one that was looked at already. */
static void attend_all(struct server *server, int64_t now)
{
    for (size_t i = server->count; i-- > 0;) {
        struct client *client = server->clients[i];
        // Also errors and hang-ups, which poll() tells without being asked: recv() and send() will say which.
        if (server->fds[1 + i].revents && !attend(client, server->settings)) {
            take_out(server, i);
        } else if (client->deadline_ms <= now) {
            fprintf(stderr, "Client %d was silent for too long.\n", client->fd);
            take_out(server, i);
        }
    }
}

/* Returns only when something fails for good. */
static void serve(struct server *server)
{
    for (;;) {
        int timeout = prepare(server, now_ms());
        int n = poll(server->fds, 1 + server->count, timeout);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            perror("poll");
            return;
        }
        attend_all(server, now_ms());
        if (server->fds[0].revents && !accept_client(server))
            return;
    }
}

/* ---- main -------------------------------------------------------------------------------------------------------- */

/* What sending to a client that is gone does to this program: end it (the default), or nothing. */
static int set_up_sigpipe(const struct settings *s)
{
    struct sigaction action = {.sa_handler = is(s->sigpipe, "ignore") ? SIG_IGN : SIG_DFL};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGPIPE, &action, NULL);
}

static int open_listener(const struct settings *s)
{
    int reuse = is(s->reuseaddr, "yes");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr = s->address};

    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        perror("socket");
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) < 0)
        perror("setsockopt");
    else if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        perror("bind");
    else if (listen(fd, (int)s->backlog) < 0)
        perror("listen");
    else
        return fd;
    close(fd);
    return -1;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"repeat", .word = &s->repeat, .words = "yes|no"},
        {"limit", .number = &s->limit, .low = 1, .high = MAX_CLIENTS, .may_be_none = 1},
        {"idle", .number = &s->idle, .low = 1, .high = 86400, .may_be_none = 1},
        {"sigpipe", .word = &s->sigpipe, .words = "default|ignore|nosignal"},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

int main(int argc, char **argv)
{
    struct settings s = {.port = 12345,
                         .backlog = 128,
                         .address.s_addr = htonl(INADDR_ANY),
                         .reuseaddr = "yes",
                         .repeat = "yes",
                         .sigpipe = "nosignal"};
    struct server server = {.settings = &s};

    if (read_settings(argc, argv, &s) < 0)
        return 2;
    if (set_up_sigpipe(&s) < 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    int server_fd = open_listener(&s);
    if (server_fd < 0)
        return EXIT_FAILURE;
    if (fcntl(server_fd, F_SETFL, O_NONBLOCK) < 0) {
        perror("fcntl");
        close(server_fd);
        return EXIT_FAILURE;
    }
    printf("Server listening on port %ld...\n", s.port);

    server.fds[0].fd = server_fd;
    serve(&server);
    close(server_fd);
    return EXIT_FAILURE;
}
