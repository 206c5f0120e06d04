// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_epoll.c - a TCP server for many clients without processes or threads: it waits for all of them at once,
 * with epoll.
 *
 *   gcc tcp_server_epoll.c -o tcp_server_epoll
 *   ./tcp_server_epoll                 and in other terminals, more than once:  nc localhost 12345
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
 * There is one rule: never wait for one client alone. All descriptors are non-blocking, and only epoll_wait() waits. So
 * what a thread of its own would have known by where it stands in the code must be written down here for each client:
 * what it is still owed, and until when it may be silent.
 *
 * Compare with tcp_server_select.c and tcp_server_poll.c: they differ in the waiting alone. Here the kernel keeps the
 * list of descriptors: it is told of changes, and answers with those that are ready and with no others. So the work for
 * one client does not grow with the number of clients, and this program looks through no list either. epoll is of Linux
 * alone.
 */
#define _GNU_SOURCE // accept4()

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024
#define MAX_EVENTS  64 // taken at once; the others are told by the next epoll_wait()
#define NEVER       INT64_MAX

struct settings {
    long port, backlog, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *repeat, *sigpipe;
};

struct client {
    int fd;
    int waits_to_send;              // what epoll was told: EPOLLOUT, or else EPOLLIN
    int64_t deadline_ms;            // when its silence has lasted too long
    struct client *earlier, *later; // its neighbours in the order of deadlines
    size_t start, length;           // what it is still owed: these bytes of the buffer
    char buffer[BUFFER_SIZE];       // no more is read from it before they are sent
};

struct server {
    const struct settings *settings;
    int epoll, listener;
    struct client *first, *last; // by deadline
    long count;
    int64_t accept_after_ms; // for want of descriptors; 0: accept
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

static struct client *new_client(int fd)
{
    struct client *client = malloc(sizeof *client);
    if (!client) {
        perror("malloc");
        return NULL;
    }
    client->fd = fd;
    client->waits_to_send = 0;
    client->start = client->length = 0;
    return client;
}

/*
 * Do for a client what can be done without waiting: read something, if nothing is owed to it, and send what is owed.
 * The kernel may take only a part of that; the rest goes when epoll_wait() says that there is room again. A client that
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
    return client->length > 0 || is(s->repeat, "yes");
}

/* ---- the order of deadlines -------------------------------------------------------------------------------------- */

/*
 * All clients have the same patience, so the one that was heard of last is the one to be given up last: to move it to
 * the end of a list keeps the list in order, and the next deadline is that of the first.
 */
static void leave_list(struct server *server, struct client *client)
{
    if (client->earlier)
        client->earlier->later = client->later;
    else
        server->first = client->later;
    if (client->later)
        client->later->earlier = client->earlier;
    else
        server->last = client->earlier;
}

static void join_list(struct server *server, struct client *client)
{
    long idle = server->settings->idle;
    client->deadline_ms = idle ? now_ms() + idle * 1000 : NEVER;
    client->earlier = server->last;
    client->later = NULL;
    if (server->last)
        server->last->later = client;
    else
        server->first = client;
    server->last = client;
}

/* ---- all clients ------------------------------------------------------------------------------------------------- */

/* Tell the kernel what to look for. It gives the pointer back with each event; NULL is the listener. */
static int watch(const struct server *server, int operation, int fd, uint32_t events, struct client *client)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    int result = epoll_ctl(server->epoll, operation, fd, &event);
    if (result < 0)
        perror("epoll_ctl");
    return result;
}

static void listen_again(struct server *server)
{
    server->accept_after_ms = 0;
    watch(server, EPOLL_CTL_MOD, server->listener, EPOLLIN, NULL);
}

/* The kernel takes a descriptor off its list when it is closed. */
static void take_out(struct server *server, struct client *client)
{
    leave_list(server, client);
    close(client->fd);
    free(client);
    server->count--;
    if (server->accept_after_ms) // there is a descriptor again
        listen_again(server);
}

static void add(struct server *server, int fd)
{
    struct client *client = new_client(fd);
    if (!client || watch(server, EPOLL_CTL_ADD, fd, EPOLLIN, client) < 0) {
        free(client);
        close(fd);
        return;
    }
    join_list(server, client);
    server->count++;
}

/*
 * Accept without waiting: the client that epoll saw may have left again. Returns whether there can be more clients.
 *
 * When no descriptor or no memory is left, the client stays in the queue, and epoll_wait() would return at once, for
 * ever. So do not ask about the listener until a client has left, or for a second.
 */
static int accept_client(struct server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) {
        if (is_later(errno) || errno == ECONNABORTED)
            return 1;
        int shortage = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        perror("accept4");
        server->accept_after_ms = now_ms() + 1000;
        watch(server, EPOLL_CTL_MOD, server->listener, 0, NULL);
        return shortage;
    }
    if (server->settings->limit && server->count == server->settings->limit) {
        fprintf(stderr, "Too many clients: %ld.\n", server->count);
        close(fd);
        return 1;
    }
    add(server, fd);
    return 1;
}

/* Something has come for a client, or can be sent to it; also errors and hang-ups: recv() and send() will say which. */
static void on_event(struct server *server, struct client *client)
{
    if (!attend(client, server->settings)) {
        take_out(server, client);
        return;
    }
    leave_list(server, client);
    join_list(server, client);
    int waits_to_send = client->length > 0;
    if (waits_to_send != client->waits_to_send)
        watch(server, EPOLL_CTL_MOD, client->fd, waits_to_send ? EPOLLOUT : EPOLLIN, client);
    client->waits_to_send = waits_to_send;
}

static void on_time(struct server *server, int64_t now)
{
    while (server->first && server->first->deadline_ms <= now) {
        fprintf(stderr, "Client %d was silent for too long.\n", server->first->fd);
        take_out(server, server->first);
    }
    if (server->accept_after_ms && server->accept_after_ms <= now)
        listen_again(server);
}

/* How long epoll_wait() may wait (-1: for ever). */
static int time_left(const struct server *server, int64_t now)
{
    int64_t next = server->first ? server->first->deadline_ms : NEVER;
    if (server->accept_after_ms && server->accept_after_ms < next)
        next = server->accept_after_ms;
    if (next == NEVER)
        return -1;
    return next > now ? (int)(next - now) : 0;
}

/* Returns only when something fails for good. */
static void serve(struct server *server)
{
    struct epoll_event events[MAX_EVENTS];
    for (;;) {
        int timeout = time_left(server, now_ms());
        int n = epoll_wait(server->epoll, events, MAX_EVENTS, timeout);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            perror("epoll_wait");
            return;
        }
        // Each client is in this list once at most, so none of these pointers is to one that was freed on the way.
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr)
                on_event(server, events[i].data.ptr);
            else if (!accept_client(server))
                return;
        }
        on_time(server, now_ms());
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

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
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
        {"limit", .number = &s->limit, .low = 1, .high = 1000000, .may_be_none = 1},
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
    server.listener = open_listener(&s);
    if (server.listener < 0)
        return EXIT_FAILURE;
    server.epoll = epoll_create1(0);
    if (server.epoll < 0) {
        perror("epoll_create1");
        close(server.listener);
        return EXIT_FAILURE;
    }
    if (watch(&server, EPOLL_CTL_ADD, server.listener, EPOLLIN, NULL) == 0) {
        printf("Server listening on port %ld...\n", s.port);
        serve(&server);
    }
    close(server.epoll);
    close(server.listener);
    return EXIT_FAILURE;
}
