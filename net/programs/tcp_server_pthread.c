// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_pthread.c - a TCP server for many clients: a thread for each of them.
 *
 *   gcc tcp_server_pthread.c -o tcp_server_pthread          (with a C library from before 2021: -pthread as well)
 *   ./tcp_server_pthread                and in other terminals, more than once:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=10        how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off
 *   repeat=no         "yes": a thread answers until its client leaves; "no": it answers once
 *   end=detach        what becomes of an ended thread: detach, join, leak (neither)
 *   arg=heap          how a thread is told its client: heap, cast, stack (a race: some clients get lost)
 *   limit=none        how many clients there may be at once
 *   idle=none         after how many seconds of silence a client is given up
 *   sigpipe=nosignal  what send() to a client that is gone does: default (death), ignore, nosignal
 *
 * All threads share one memory, one table of descriptors and one fate: what ends one of them by a signal (a crash,
 * SIGPIPE) ends the whole server. In exchange a thread costs less to make than a process.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024
#define MAX_CLIENTS 4096

struct settings {
    long port, backlog, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *repeat, *end, *arg, *sigpipe;
};

/* What a thread needs to know. */
struct client {
    int fd;
    int repeats;
    int send_flags;
};

static int is(const char *setting, const char *word)
{
    return strcmp(setting, word) == 0;
}

/* ---- a thread: one client ---------------------------------------------------------------------------------------- */

static int fail(const char *call)
{
    if (errno == EAGAIN)
        fprintf(stderr, "Client was silent for too long.\n");
    else
        perror(call);
    return -1;
}

/*
 * The bytes are not a string: nothing ends them with '\0', and a '\0' may stand among them. The line is written by one
 * call: between two calls another thread could write something of its own.
 */
static void show(int fd, const char *data, size_t n)
{
    char line[BUFFER_SIZE + 32];
    size_t at = (size_t)snprintf(line, 32, "Client %d: ", fd);
    memcpy(line + at, data, n);
    line[at + n] = '\n';
    fwrite(line, 1, at + n + 1, stdout);
}

/* send() may take only a part of what it is given: go on with the rest. */
static int send_all(int fd, const char *data, size_t length, int flags)
{
    while (length > 0) {
        ssize_t n = send(fd, data, length, flags);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("send");
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

static int answer(const struct client *client)
{
    char buffer[BUFFER_SIZE];
    do {
        ssize_t n;
        do
            n = recv(client->fd, buffer, sizeof buffer, 0);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return fail("recv");
        if (n == 0)
            return 0; // the client has closed its end
        show(client->fd, buffer, (size_t)n);
        if (send_all(client->fd, buffer, (size_t)n, client->send_flags) < 0)
            return -1;
    } while (client->repeats);
    return 0;
}

static void serve(const struct client *client)
{
    answer(client);
    // The descriptor belongs to all threads, and the end of a thread closes nothing.
    close(client->fd);
}

/* ---- how a thread is told its client ----------------------------------------------------------------------------- */

/* heap: each thread gets memory of its own, and gives it back. */
static void *thread_heap(void *arg)
{
    struct client *client = arg;
    serve(client);
    free(client);
    return NULL;
}

/*
 * stack: each thread gets the address of the same variable of main(). The new thread reads it some time later, and
 * main() may have put the next client there by then: two threads serve that one, and nobody ever serves the first. THIS
 * IS THE BUG that the other two ways avoid. The copy below only makes the time for it short.
 */
static void *thread_stack(void *arg)
{
    struct client client = *(const struct client *)arg;
    serve(&client);
    return NULL;
}

/*
 * cast: there is no memory at all; a number travels in place of the pointer. There is room for one only, so the two
 * settings sit in its lowest bits.
 */
static void *to_pointer(const struct client *client)
{
    intptr_t number = (intptr_t)client->fd * 4 + (client->repeats ? 2 : 0) + (client->send_flags ? 1 : 0);
    return (void *)number;
}

static void *thread_cast(void *arg)
{
    intptr_t number = (intptr_t)arg;
    struct client client = {
        .fd = (int)(number / 4), .repeats = (number & 2) != 0, .send_flags = number & 1 ? MSG_NOSIGNAL : 0};
    serve(&client);
    return NULL;
}

/* 0, or the number of an error: the functions of pthread return it, and leave errno alone. */
static int start_thread(pthread_t *thread, struct client *client, const struct settings *s)
{
    if (is(s->arg, "stack"))
        return pthread_create(thread, NULL, thread_stack, client);
    if (is(s->arg, "cast"))
        return pthread_create(thread, NULL, thread_cast, to_pointer(client));

    struct client *copy = malloc(sizeof *copy);
    if (!copy)
        return ENOMEM;
    *copy = *client;
    int error = pthread_create(thread, NULL, thread_heap, copy);
    if (error)
        free(copy);
    return error;
}

/* ---- the threads that main() knows of ---------------------------------------------------------------------------- */

struct worker {
    pthread_t thread;
    int fd; // of its client
};

/*
 * A thread whose client's descriptor is closed is at its end. Of accept()'s new descriptor we know that it was; of the
 * others fcntl() can tell, when it is worth asking. Threads are told by their descriptors since no memory is shared
 * with them (arg=cast).
 *
 * An ended thread that was detached has given everything back by itself. Any other keeps its stack, 8 MB of addresses,
 * until it is joined. To join is to wait for the end, so do it only when that is near.
 */
static size_t forget_ended(struct worker *workers, size_t count, int new_fd, int ask, const struct settings *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int open = workers[i].fd != new_fd && (!ask || fcntl(workers[i].fd, F_GETFD) >= 0);
        if (open)
            workers[kept++] = workers[i];
        else if (is(s->end, "join"))
            pthread_join(workers[i].thread, NULL);
    }
    return kept;
}

/* ---- main: all clients ------------------------------------------------------------------------------------------- */

/* What sending to a client that is gone does to this program: end it (the default), or nothing. */
static int set_up_sigpipe(const struct settings *s)
{
    struct sigaction action = {.sa_handler = is(s->sigpipe, "ignore") ? SIG_IGN : SIG_DFL};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGPIPE, &action, NULL);
}

/* With idle, recv() and send() give up after so many seconds: they fail with EAGAIN. */
static void set_patience(int fd, long seconds)
{
    struct timeval patience = {.tv_sec = seconds};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        perror("setsockopt");
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
        perror("setsockopt");
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

/* The next client; -1 when there can be no more. */
static int next_client(int server_fd)
{
    for (;;) {
        int fd = accept(server_fd, NULL, NULL);
        if (fd >= 0)
            return fd;
        // A signal came, or the client left while it waited: neither is this server's end.
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        // No descriptor or no memory is left. The client stays in the queue, and accept() would fail again at once, for
        // ever: wait a little, until something may have been given back.
        int shortage = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        perror("accept");
        if (!shortage)
            return -1;
        sleep(1);
    }
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"repeat", .word = &s->repeat, .words = "yes|no"},
        {"end", .word = &s->end, .words = "detach|join|leak"},
        {"arg", .word = &s->arg, .words = "heap|cast|stack"},
        {"limit", .number = &s->limit, .low = 1, .high = MAX_CLIENTS, .may_be_none = 1},
        {"idle", .number = &s->idle, .low = 1, .high = 86400, .may_be_none = 1},
        {"sigpipe", .word = &s->sigpipe, .words = "default|ignore|nosignal"},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

int main(int argc, char **argv)
{
    struct settings s = {.port = 12345,
                         .backlog = 10,
                         .address.s_addr = htonl(INADDR_ANY),
                         .reuseaddr = "yes",
                         .repeat = "no",
                         .end = "detach",
                         .arg = "heap",
                         .sigpipe = "nosignal"};
    struct worker workers[MAX_CLIENTS];
    size_t count = 0;

    if (read_settings(argc, argv, &s) < 0)
        return 2;
    if (set_up_sigpipe(&s) < 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    int server_fd = open_listener(&s);
    if (server_fd < 0)
        return EXIT_FAILURE;
    printf("Server listening on port %ld...\n", s.port);

    struct client client = {.repeats = is(s.repeat, "yes"), .send_flags = is(s.sigpipe, "nosignal") ? MSG_NOSIGNAL : 0};
    while ((client.fd = next_client(server_fd)) >= 0) {
        size_t limit = s.limit ? (size_t)s.limit : MAX_CLIENTS;
        int ask = count == limit || is(s.end, "join");
        count = forget_ended(workers, count, client.fd, ask, &s);
        if (count == limit) {
            fprintf(stderr, "Too many clients: %zu.\n", count);
            close(client.fd);
            continue;
        }
        if (s.idle)
            set_patience(client.fd, s.idle);

        struct worker *worker = &workers[count];
        worker->fd = client.fd;
        int error = start_thread(&worker->thread, &client, &s);
        if (error) {
            // No thread, so there is nobody else to close this client's descriptor.
            fprintf(stderr, "pthread_create: %s\n", strerror(error));
            close(client.fd);
            continue;
        }
        count++;
        if (is(s.end, "detach"))
            pthread_detach(worker->thread);
    }
    close(server_fd);
    return EXIT_FAILURE; // the end of main() is the end of all threads
}
