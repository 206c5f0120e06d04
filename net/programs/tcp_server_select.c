// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_select.c - a TCP server for many clients without processes or threads: it waits for all of them at once,
 * with select().
 *
 *   gcc tcp_server_select.c -o tcp_server_select
 *   ./tcp_server_select                and in other terminals, more than once:  nc localhost 12345
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
 * There is one rule: never wait for one client alone. All descriptors are non-blocking, and only select() waits. So
 * what a thread of its own would have known by where it stands in the code must be written down here for each client:
 * what it is still owed, and until when it may be silent.
 *
 * Compare with tcp_server_poll.c and tcp_server_epoll.c: they differ in the waiting alone. select() is the oldest way.
 * It is given sets of descriptors, one bit for each, changes them into its answer, and knows no descriptor above
 * FD_SETSIZE - 1 (1023).
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024
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

/* A client is found by its descriptor: clients[7] has descriptor 7, or is NULL. */
struct server {
    const struct settings *settings;
    int listener;
    struct client *clients[FD_SETSIZE];
    int end; // no client has a descriptor from here on
    long count;
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
 * The kernel may take only a part of that; the rest goes when select() says that there is room again. A client that
 * does not read its answers is not read from either: what is kept for it never grows beyond its buffer. Returns whether
 * the client stays.
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
    server->clients[client->fd] = client;
    server->count++;
    if (client->fd >= server->end)
        server->end = client->fd + 1;
}

static void take_out(struct server *server, struct client *client)
{
    server->clients[client->fd] = NULL;
    server->count--;
    while (server->end > 0 && !server->clients[server->end - 1])
        server->end--;
    close(client->fd);
    free(client);
    server->accept_after_ms = 0; // there is a descriptor again
}

/* Why a client with this descriptor cannot be served; NULL when it can. */
static const char *obstacle(const struct server *server, int fd)
{
    long limit = server->settings->limit;
    if (limit && server->count == limit)
        return "Too many clients";
    // FD_SET() would write behind the end of the set, and tell nobody.
    if (fd >= FD_SETSIZE)
        return "Too high a descriptor for select()";
    return NULL;
}

/*
 * Accept without waiting: the client that select() saw may have left again. Returns whether there can be more clients.
 *
 * When no descriptor or no memory is left, the client stays in the queue, and select() would return at once, for ever.
 * So do not ask about the listener until a client has left, or for a second.
 */
static int accept_client(struct server *server)
{
    int fd = accept(server->listener, NULL, NULL);
    if (fd < 0) {
        if (is_later(errno) || errno == ECONNABORTED)
            return 1;
        int shortage = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        perror("accept");
        server->accept_after_ms = now_ms() + 1000;
        return shortage;
    }
    const char *reason = obstacle(server, fd);
    if (reason) {
        fprintf(stderr, "%s: client %d is sent away.\n", reason, fd);
        close(fd);
        return 1;
    }
    struct client *client = NULL;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        perror("fcntl");
    else
        client = new_client(fd, server->settings);
    if (client)
        add(server, client);
    else
        close(fd);
    return 1;
}

/* What to ask of select(). */
struct question {
    fd_set readable, writable;     // it changes them: those that are ready stay
    int end;                       // one more than the highest descriptor in them
    struct timeval time, *timeout; // NULL: for ever
};

static void prepare(const struct server *server, struct question *q, int64_t now)
{
    int64_t next = NEVER;
    FD_ZERO(&q->readable);
    FD_ZERO(&q->writable);
    if (server->accept_after_ms <= now)
        FD_SET(server->listener, &q->readable);
    else
        next = server->accept_after_ms;
    for (int fd = 0; fd < server->end; fd++) {
        const struct client *client = server->clients[fd];
        if (!client)
            continue;
        if (client->length > 0)
            FD_SET(fd, &q->writable);
        else
            FD_SET(fd, &q->readable);
        if (client->deadline_ms < next)
            next = client->deadline_ms;
    }
    q->end = server->end > server->listener ? server->end : server->listener + 1;
    int64_t left = next > now ? next - now : 0;
    q->time = (struct timeval){.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
    q->timeout = next == NEVER ? NULL : &q->time;
}

static void attend_all(struct server *server, const struct question *q, int64_t now)
{
    for (int fd = server->end; fd-- > 0;) {
        struct client *client = server->clients[fd];
        if (!client)
            continue;
        // Errors and hang-ups make a descriptor ready, too: recv() and send() will say which.
        int ready = FD_ISSET(fd, &q->readable) || FD_ISSET(fd, &q->writable);
        if (ready && !attend(client, server->settings)) {
            take_out(server, client);
        } else if (client->deadline_ms <= now) {
            fprintf(stderr, "Client %d was silent for too long.\n", fd);
            take_out(server, client);
        }
    }
}

/* Returns only when something fails for good. */
static void serve(struct server *server)
{
    for (;;) {
        struct question q;
        prepare(server, &q, now_ms());
        int n = select(q.end, &q.readable, &q.writable, NULL, q.timeout);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            perror("select");
            return;
        }
        // First those that are here: a new client may get the descriptor of one that leaves now, and would be taken for
        // it.
        attend_all(server, &q, now_ms());
        if (FD_ISSET(server->listener, &q.readable) && !accept_client(server))
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
        {"limit", .number = &s->limit, .low = 1, .high = FD_SETSIZE, .may_be_none = 1},
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
    if (server_fd >= FD_SETSIZE || fcntl(server_fd, F_SETFL, O_NONBLOCK) < 0) {
        fprintf(stderr, "The listener, descriptor %d, is of no use to select().\n", server_fd);
        close(server_fd);
        return EXIT_FAILURE;
    }
    printf("Server listening on port %ld...\n", s.port);

    server.listener = server_fd;
    serve(&server);
    close(server_fd);
    return EXIT_FAILURE;
}
