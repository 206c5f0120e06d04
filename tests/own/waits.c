// SPDX-License-Identifier: GPL-3.0-or-later
// As a learner may write one: the same echo by select, poll, ppoll, epoll; the first argument says which.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int wait_by_select(int fd)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    return select(fd + 1, &set, NULL, NULL, NULL);
}

static int wait_by_poll(int fd, int precise)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return precise ? ppoll(&one, 1, NULL, NULL) : poll(&one, 1, -1);
}

static int wait_by_epoll(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    int n = epoll_wait(epoll, &event, 1, -1);
    close(epoll);
    return n;
}

static int wait_for(const char *how, int fd)
{
    if (strcmp(how, "select") == 0)
        return wait_by_select(fd);
    if (strcmp(how, "epoll") == 0)
        return wait_by_epoll(fd);
    return wait_by_poll(fd, strcmp(how, "ppoll") == 0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argc > 2 ? argv[2] : "12345"))};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (argc < 2 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        return 1;
    wait_for(argv[1], listener);
    int fd = accept(listener, NULL, NULL);
    char text[64];
    while (wait_for(argv[1], fd) == 1) {
        ssize_t n = recv(fd, text, sizeof text, 0);
        if (n <= 0)
            break;
        send(fd, text, (size_t)n, 0);
    }
    close(fd);
    return 0;
}
