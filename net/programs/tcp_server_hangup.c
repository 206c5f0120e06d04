// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_hangup.c - a TCP server with a thread that is blocked in a call, and a main() that wants it to stop.
 *
 *   gcc tcp_server_hangup.c -o tcp_server_hangup          (with a C library from before 2021: -pthread as well)
 *   ./tcp_server_hangup                 and in two other terminals:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=10        how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off
 *   in=recv           what the thread is blocked in: recv (from the second client), accept (of more clients)
 *   how=shutdown      what main() does to the thread's descriptor: shutdown, close (the thread does not notice)
 *
 * The first client is the operator: as soon as it sends something or leaves, main() hangs up. All threads share one
 * table of descriptors, so main() can do that to a descriptor on which another thread waits at this moment.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024

struct settings {
    long port, backlog;
    struct in_addr address;
    const char *reuseaddr, *in, *how;
};

static int is(const char *setting, const char *word)
{
    return strcmp(setting, word) == 0;
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void *receive(void *arg)
{
    const int *fd = arg;
    char buffer[BUFFER_SIZE];
    ssize_t n;

    while ((n = recv(*fd, buffer, sizeof buffer, 0)) > 0)
        printf("recv returned %zd.\n", n);
    printf("recv returned %zd: %s.\n", n, n < 0 ? strerror(errno) : "the end");
    return NULL;
}

static void *accept_more(void *arg)
{
    const int *fd = arg;
    int client_fd;

    while ((client_fd = accept(*fd, NULL, NULL)) >= 0) {
        printf("accept returned %d.\n", client_fd);
        close(client_fd);
    }
    printf("accept returned -1: %s.\n", strerror(errno));
    return NULL;
}

/* ---- main() ------------------------------------------------------------------------------------------------------ */

/*
 * shutdown() speaks about the socket: it wakes every call that waits on it. The descriptor stays valid until the thread
 * is gone, and is closed after that.
 *
 * close() takes the number out of the table, and no more. THIS IS THE BUG: a call that waits holds the socket until it
 * returns, and nothing wakes it. And if another thread opens something now, it may get the same number: the next call
 * of the blocked thread would go there.
 */
static void hang_up(int fd, pthread_t thread, const struct settings *s)
{
    if (is(s->how, "close"))
        close(fd);
    else if (shutdown(fd, SHUT_RDWR) < 0)
        perror("shutdown");
    pthread_join(thread, NULL);
    if (is(s->how, "shutdown"))
        close(fd);
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

static int next_client(int server_fd)
{
    int fd;
    do
        fd = accept(server_fd, NULL, NULL);
    while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0)
        perror("accept");
    return fd;
}

/* Let a thread block on the descriptor, wait for a word of the operator, hang up. Returns main()'s exit status. */
static int serve(int operator_fd, int fd, const struct settings *s)
{
    char word[BUFFER_SIZE];
    pthread_t thread;
    ssize_t n;

    int error = pthread_create(&thread, NULL, is(s->in, "recv") ? receive : accept_more, &fd);
    if (error) {
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        close(fd);
        return EXIT_FAILURE;
    }
    do
        n = recv(operator_fd, word, sizeof word, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        perror("recv");
    hang_up(fd, thread, s);
    return EXIT_SUCCESS;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"in", .word = &s->in, .words = "recv|accept"},
        {"how", .word = &s->how, .words = "shutdown|close"},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

int main(int argc, char **argv)
{
    struct settings s = {.port = 12345,
                         .backlog = 10,
                         .address.s_addr = htonl(INADDR_ANY),
                         .reuseaddr = "yes",
                         .in = "recv",
                         .how = "shutdown"};
    int status = EXIT_FAILURE;

    if (read_settings(argc, argv, &s) < 0)
        return 2;
    int server_fd = open_listener(&s);
    if (server_fd < 0)
        return EXIT_FAILURE;
    printf("Server listening on port %ld...\n", s.port);

    int operator_fd = next_client(server_fd);
    int fd = operator_fd < 0 || is(s.in, "accept") ? server_fd : next_client(server_fd);
    if (operator_fd >= 0 && fd >= 0)
        status = serve(operator_fd, fd, &s);
    if (operator_fd >= 0)
        close(operator_fd);
    if (fd != server_fd)
        close(server_fd);
    return status;
}
