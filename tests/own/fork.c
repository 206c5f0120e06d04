// SPDX-License-Identifier: GPL-3.0-or-later
// As a learner may write one: a child for each client, which becomes another program for every second of them.
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int fd)
{
    char text[64];
    ssize_t n = recv(fd, text, sizeof text, 0);
    if (n > 0 && text[0] == 'x') {
        dup2(fd, 1);
        execlp("sh", "sh", "-c", "echo from another program", (char *)NULL);
        _exit(9);
    }
    if (n > 0)
        send(fd, text, (size_t)n, 0);
    exit(7);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argc > 1 ? argv[1] : "12345"))};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0) {
        perror("bind");
        return 1;
    }
    for (int served = 0; served < 2; served++) {
        int fd = accept(listener, NULL, NULL);
        if (fork() == 0) {
            close(listener);
            serve(fd);
        }
        close(fd);
        int status;
        wait(&status);
        printf("child said %d\n", WEXITSTATUS(status));
    }
    return 3;
}
