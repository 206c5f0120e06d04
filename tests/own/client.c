// SPDX-License-Identifier: GPL-3.0-or-later
// As a learner may write one: connects without waiting, sends a file, an urgent byte, and lingers at close.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (argc < 3 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
        return 2;
    address.sin_port = htons(atoi(argv[2]));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
        perror("connect");
        return 1;
    }
    struct pollfd one = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t bytes = sizeof error;
    poll(&one, 1, 2000);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error) {
        errno = error;
        perror("connect");
        return 1;
    }
    int file = open("/proc/self/exe", O_RDONLY);
    sendfile(fd, file, NULL, 4);
    send(fd, "!", 1, MSG_OOB);
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
    puts("gone");
    return 0;
}
