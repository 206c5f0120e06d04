// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_hangup.c - a thread blocked in a call, and a main() that stops it.
 *   gcc tcp_server_hangup.c -o tcp_server_hangup -pthread
 *   ./tcp_server_hangup   and in two other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=10        how many may wait for accept() (Linux adds one)
 *   in=recv           the call: recv (from the second client), accept (of more)
 *   how=shutdown      what main() does to its descriptor: shutdown, close
 *
 * The first client is the operator: as soon as it sends something or leaves,
 * main() hangs up. All threads share one table of descriptors, so it can do
 * that to a descriptor on which another thread waits at this moment.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);
static int has(char **argv, const char *parameter);
static int next_client(int server_fd);
static void *receive(void *arg);
static void *accept_more(void *arg);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    int on = 1, in_accept = has(argv, "in=accept");
    pthread_t thread;
    char data[1024];
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);

    // 1. to 3. socket(), bind(), listen(), in the family of the address
    if (getaddrinfo(word(argv, "address=", "0.0.0.0"), port, &hints, &own))
        return fputs("no such address or port\n", stderr), 2;
    int server_fd = socket(own->ai_family, SOCK_STREAM, 0);
    if (server_fd < 0) return perror("socket"), freeaddrinfo(own), EXIT_FAILURE;
    setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server_fd, own->ai_addr, own->ai_addrlen) < 0)
        return perror("bind"), freeaddrinfo(own), EXIT_FAILURE;
    freeaddrinfo(own);
    if (listen(server_fd, atoi(word(argv, "backlog=", "10"))) < 0)
        return perror("listen"), EXIT_FAILURE;
    printf("Server listening on port %s...\n", port);

    // 4. The operator, and who is to be hung up on.
    int operator_fd = next_client(server_fd);
    int fd = in_accept ? server_fd : next_client(server_fd);
    if (operator_fd < 0 || fd < 0) return EXIT_FAILURE;

    // 5. A thread blocks, until the operator says a word.
    int error = pthread_create(&thread, NULL, in_accept ? accept_more : receive,
                               &fd);
    if (error) {
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        return EXIT_FAILURE;
    }
    while (recv(operator_fd, data, sizeof data, 0) < 0 && errno == EINTR) {}

    // 6. shutdown() speaks about the socket, and wakes every call that waits
    // on it. close() takes the number out of the table, and no more. THIS IS
    // THE BUG: nothing wakes the call, and who opens something now may get
    // the same number, for the next call of the thread.
    if (has(argv, "how=close"))
        close(fd);
    else
        shutdown(fd, SHUT_RDWR);
    pthread_join(thread, NULL);
    if (!has(argv, "how=close")) close(fd);
    close(operator_fd);
    if (!in_accept) close(server_fd);
    return EXIT_SUCCESS;
}

static void *receive(void *arg)
{
    const int *fd = arg;
    char data[1024];
    ssize_t n;
    while ((n = recv(*fd, data, sizeof data, 0)) > 0)
        printf("recv returned %zd.\n", n);
    printf("recv returned %zd: %s.\n", n, n ? strerror(errno) : "the end");
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

/* After accept() failed: the errors of accept(2) that pass. */
static int may_go_on(int error)
{
    if (error == EINTR || error == ECONNABORTED || error == EPROTO ||
        error == ENETDOWN || error == ENETUNREACH || error == ENONET ||
        error == EHOSTDOWN || error == EHOSTUNREACH || error == ENOPROTOOPT ||
        error == EOPNOTSUPP)
        return 1;
    perror("accept");
    if (error != EMFILE && error != ENFILE && error != ENOBUFS &&
        error != ENOMEM)
        return 0;
    sleep(1); // nothing is left, and the client still waits
    return 1;
}

static int next_client(int server_fd)
{
    int fd;
    while ((fd = accept(server_fd, NULL, NULL)) < 0 && may_go_on(errno)) {}
    return fd;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}

static int has(char **argv, const char *parameter)
{
    while (*++argv && strcmp(*argv, parameter) != 0) {}
    return *argv != NULL;
}
