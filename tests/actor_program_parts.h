// SPDX-License-Identifier: GPL-3.0-or-later
// What the programs for tests have in common; their calls are traced.
#ifndef TESTS_ACTOR_PROGRAM_PARTS_H
#define TESTS_ACTOR_PROGRAM_PARTS_H

#include "net/traced.h"

#include "tests/actor_programs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM(id, function) const struct net_program program_##id = {.name = #id, .main = function, .source = ""}

static inline const char *argument_of(int argc, char **argv)
{
    return argc > 1 ? argv[1] : "";
}

static inline bool is(const char *argument, const char *name)
{
    return strcmp(argument, name) == 0;
}

static inline struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline int listener(int backlog, struct sockaddr_in *address)
{
    socklen_t bytes = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *address = loopback(0);
    bind(fd, (struct sockaddr *)address, sizeof *address);
    listen(fd, backlog);
    getsockname(fd, (struct sockaddr *)address, &bytes);
    return fd;
}

/* The two ends of a connection in one program. */
static inline void connection(int *client, int *server)
{
    struct sockaddr_in address;
    int fd = listener(1, &address);
    *client = socket(AF_INET, SOCK_STREAM, 0);
    connect(*client, (struct sockaddr *)&address, sizeof address);
    *server = accept(fd, NULL, NULL);
    close(fd);
}

/* Echo until the other end closes. */
static inline void serve(int fd)
{
    char bytes[64];
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        send(fd, bytes, (size_t)n, 0);
    close(fd);
}

#endif
