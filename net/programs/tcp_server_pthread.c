// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_pthread.c - a TCP server with a thread for each client.
 *   gcc tcp_server_pthread.c -o tcp_server_pthread -pthread
 *   ./tcp_server_pthread   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345         the port to listen on
 *   address=0.0.0.0    which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=10         how many may wait for accept() (Linux adds one)
 *   repeat=no          "yes": a thread answers until its client leaves
 *   end=detach         what becomes of ended threads: detach, join, leak
 *   arg=heap           how a thread gets its client: heap, cast, stack (a race)
 *   idle=none          after how many seconds of silence one is given up
 *   sigpipe=nosignal   send() to nobody: default (death), ignore, nosignal
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1024, REPEAT = 1 << 29, NOSIGNAL = 1 << 30 };
static const char *word(char **argv, const char *name, const char *value);
static int has(char **argv, const char *parameter);
static int may_go_on(int error);
static int start_thread(pthread_t *id, int *client, char **argv);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    struct timeval idle = {.tv_sec = atoi(word(argv, "idle=", "none"))};
    int on = 1, flags = 0, top = 0, client;
    pthread_t id, *ids = NULL; // by their clients' descriptors, for end=join
    (void)argc;                // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);
    signal(SIGPIPE, has(argv, "sigpipe=ignore") ? SIG_IGN : SIG_DFL);
    if (strcmp(word(argv, "sigpipe=", "nosignal"), "nosignal") == 0)
        flags |= NOSIGNAL;
    if (has(argv, "repeat=yes")) flags |= REPEAT; // beside a descriptor
    if (has(argv, "end=join"))
        ids = calloc((size_t)sysconf(_SC_OPEN_MAX), sizeof *ids);
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
    // 4. accept(). Whose client's descriptor is closed has ended: join it.
    for (;;) {
        int fd = accept(server_fd, NULL, NULL);
        if (fd < 0 && may_go_on(errno)) continue;
        if (fd < 0) return EXIT_FAILURE;
        if (idle.tv_sec) { // recv() and send() then fail with EAGAIN
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
        }
        for (int i = 0; ids && i <= top; i++)
            if (ids[i] && (i == fd || fcntl(i, F_GETFD) < 0))
                pthread_join(ids[i], NULL), ids[i] = 0;
        if (fd > top) top = fd;
        // 5. A thread, which serves and closes it
        client = fd | flags;
        int error = start_thread(&id, &client, argv);
        if (ids) ids[fd] = error ? 0 : id;
        if (!error && !ids && !has(argv, "end=leak")) pthread_detach(id);
        if (!error) continue;
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        close(fd);
    }
}

/* One line by one call, and nothing in it that a terminal obeys. */
static void show(int fd, const unsigned char *data, ssize_t n)
{
    char line[4 * BUFFER_SIZE + 1], *at = line;
    for (ssize_t i = 0; i < n; i++)
        at += sprintf(at, isprint(data[i]) ? "%c" : "\\x%02x", data[i]);
    printf("Client %d: %s\n", fd, line);
}

static int fail(const char *call)
{
    if (errno != EAGAIN) return perror(call), -1;
    fprintf(stderr, "Client was silent for too long.\n");
    return -1;
}

/* Send back what comes, once or until the client leaves. */
static int answer(int fd, int client)
{
    int flags = client & NOSIGNAL ? MSG_NOSIGNAL : 0;
    unsigned char data[BUFFER_SIZE];
    ssize_t n, sent, part;
    do {
        while ((n = recv(fd, data, sizeof data, 0)) < 0 && errno == EINTR) {}
        if (n <= 0) return n < 0 ? fail("recv") : 0; // 0: the client's end
        show(fd, data, n);
        for (sent = 0; sent < n; sent += part) // it may take a part
            if ((part = send(fd, data + sent, (size_t)(n - sent), flags)) < 0)
                return fail("send");
    } while (client & REPEAT);
    return 0;
}

/* The end of a thread closes nothing: all threads share one table. */
static void serve(int client)
{
    int fd = client & ~(REPEAT | NOSIGNAL);
    answer(fd, client);
    close(fd);
}

/* heap: memory of its own. */
static void *thread_heap(void *arg)
{
    int client = *(int *)arg;
    free(arg);
    serve(client);
    return NULL;
}

/* THE BUG: main() may have put the next client there by now. */
static void *thread_stack(void *arg)
{
    serve(*(int *)arg);
    return NULL;
}

/* cast: a number in place of the pointer. */
static void *thread_cast(void *arg)
{
    serve((int)(intptr_t)arg);
    return NULL;
}

static int start_thread(pthread_t *id, int *client, char **argv)
{
    if (has(argv, "arg=stack"))
        return pthread_create(id, NULL, thread_stack, client);
    if (has(argv, "arg=cast"))
        return pthread_create(id, NULL, thread_cast, (void *)(intptr_t)*client);
    int *copy = malloc(sizeof *copy);
    if (!copy) return ENOMEM;
    *copy = *client;
    int error = pthread_create(id, NULL, thread_heap, copy);
    if (error) free(copy);
    return error;
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
