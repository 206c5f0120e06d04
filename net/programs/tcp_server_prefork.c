// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_prefork.c - a TCP server whose processes are there beforehand.
 *   gcc tcp_server_prefork.c -o tcp_server_prefork
 *   ./tcp_server_prefork    and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=128       how many may wait for accept() (Linux adds one)
 *   workers=3         how many processes serve, up to 64
 *   wait=accept       accept, epoll, exclusive, reuseport
 *   repeat=yes        "no": a client is answered once
 *
 * How do several processes wait for the next client?
 *   accept     all sleep in accept() on one socket: the kernel wakes one
 *   epoll      all sleep in epoll_wait(): it wakes all, one gets the client
 *   exclusive  the same with EPOLLEXCLUSIVE: it wakes one, seldom more
 *   reuseport  each has a socket of its own, and a queue, for the same port
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);
static int has(char **argv, const char *parameter);
static int make_listener(char **argv);
static void work(int number, int listener, char **argv);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Of the parent: what it waits in returns with EINTR. */
static void wake(int signo)
{
    (void)signo;
}

int main(int argc, char **argv)
{
    int workers = atoi(word(argv, "workers=", "3")), own, listener, status;
    struct sigaction end = {.sa_handler = wake};
    pid_t pid, children[64];
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // or children print the rest again
    signal(SIGTERM, stop);            // of the workers
    if (workers < 1 || workers > 64) workers = 64;
    // 1. to 3. socket(), bind(), listen(): once, or by each child
    own = has(argv, "wait=reuseport");
    listener = own ? -1 : make_listener(argv);
    if (!own && listener < 0) return EXIT_FAILURE;
    // 4. fork() before there is any client: copies of the descriptor
    for (int i = 0; i < workers; i++) {
        children[i] = fork();
        if (children[i] < 0) perror("fork");
        if (children[i] == 0) {
            if (own) listener = make_listener(argv);
            if (listener >= 0) work(i + 1, listener, argv);
            exit(EXIT_FAILURE);
        }
    }
    // 5. waitpid(): the parent serves nobody, and sees who dies.
    sigaction(SIGTERM, &end, NULL); // no SA_RESTART
    while ((pid = waitpid(-1, &status, 0)) > 0)
        for (int i = 0; i < workers; i++)
            if (children[i] == pid) {
                fprintf(stderr, "Worker %d is gone.\n", i + 1);
                children[i] = 0;
            }
    if (errno != EINTR) return EXIT_FAILURE; // no child is left
    for (int i = 0; i < workers; i++)
        if (children[i] > 0) kill(children[i], SIGTERM);
    return EXIT_SUCCESS;
}

static int make_listener(char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    int on = 1;
    if (getaddrinfo(word(argv, "address=", "0.0.0.0"), port, &hints, &own))
        return fputs("no such address or port\n", stderr), -1;
    int fd = socket(own->ai_family, SOCK_STREAM, 0);
    if (fd < 0) return perror("socket"), freeaddrinfo(own), -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (has(argv, "wait=reuseport") && // all of one user may have the port
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
        return perror("setsockopt"), freeaddrinfo(own), close(fd), -1;
    if (bind(fd, own->ai_addr, own->ai_addrlen) < 0)
        return perror("bind"), freeaddrinfo(own), close(fd), -1;
    freeaddrinfo(own);
    if (listen(fd, atoi(word(argv, "backlog=", "128"))) < 0)
        return perror("listen"), close(fd), -1;
    printf("Server listening on port %s...\n", port);
    return fd;
}

/* Send back what comes, once or until the client leaves. */
static void serve(int number, int fd, int repeat)
{
    char data[1024];
    ssize_t n, sent, part;
    do {
        while ((n = recv(fd, data, sizeof data, 0)) < 0 && errno == EINTR) {}
        if (n < 0) perror("recv");
        if (n <= 0) break; // 0: the client's end
        printf("Worker %d: ", number);
        for (ssize_t i = 0; i < n; i++) // nothing that a terminal obeys
            printf(data[i] < ' ' || data[i] > '~' ? "\\x%02x" : "%c",
                   (unsigned char)data[i]);
        printf("\n");
        for (sent = 0; sent < n; sent += part) { // it may take a part
            part = send(fd, data + sent, (size_t)(n - sent), MSG_NOSIGNAL);
            if (part < 0) {
                perror("send");
                repeat = 0;
                break;
            }
        }
    } while (repeat);
    close(fd);
}

/* Each child has an epoll instance of its own; all look at one socket. */
static int watch(int listener, int exclusive)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    if (epoll < 0) return perror("epoll_create1"), -1;
    if (exclusive) event.events |= EPOLLEXCLUSIVE;
    event.data.fd = listener;
    // Who was woken for nothing must not sleep in accept().
    if (fcntl(listener, F_SETFL, O_NONBLOCK) < 0) return perror("fcntl"), -1;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0)
        return perror("epoll_ctl"), -1;
    return epoll;
}

/* The errors of accept(2) that pass. */
static int passes(int error)
{
    return error == EINTR || error == ECONNABORTED || error == EPROTO ||
           error == ENETDOWN || error == ENETUNREACH || error == ENONET ||
           error == EHOSTDOWN || error == EHOSTUNREACH ||
           error == ENOPROTOOPT || error == EOPNOTSUPP;
}

/* Returns when it cannot go on. */
static void work(int number, int listener, char **argv)
{
    int repeat = !has(argv, "repeat=no"), exclusive, epoll = -1;
    struct epoll_event ready;
    exclusive = has(argv, "wait=exclusive");
    if (exclusive || has(argv, "wait=epoll"))
        if ((epoll = watch(listener, exclusive)) < 0) return;
    for (;;) {
        if (epoll >= 0 && epoll_wait(epoll, &ready, 1, -1) < 0) {
            if (errno == EINTR) continue;
            return perror("epoll_wait");
        }
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            printf("Worker %d has a client.\n", number);
            serve(number, fd, repeat);
        } else if (errno == EAGAIN) {
            printf("Worker %d was woken for nothing.\n", number);
        } else if (!passes(errno)) {
            perror("accept");
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
                errno != ENOMEM)
                return;
            sleep(1); // nothing is left, and the client still waits
        }
    }
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
