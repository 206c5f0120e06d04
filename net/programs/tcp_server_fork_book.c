// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_fork_book.c - a TCP server with a child for each client, as
 *                          textbooks print it.
 *   gcc tcp_server_fork_book.c -o tcp_server_fork_book
 *   ./tcp_server_fork_book      and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   where; 0.0.0.0 is every address of this machine
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUFFER_SIZE 1024

/* So that no zombies stay. */
static void on_child(int signo)
{
    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
}

int main(int argc, char **argv)
{
    int port = 12345;
    char address[16] = "0.0.0.0", buffer[BUFFER_SIZE];
    struct sockaddr_in own, peer;
    socklen_t peer_len = sizeof(peer);
    for (int i = 1; i < argc; i++) {
        sscanf(argv[i], "port=%d", &port);
        sscanf(argv[i], "address=%15s", address);
    }
    signal(SIGCHLD, on_child);

    // 1. socket()
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) {
        perror("socket");
        exit(EXIT_FAILURE);
    }

    // 2. bind()
    memset(&own, 0, sizeof(own));
    own.sin_family = AF_INET;
    own.sin_port = htons(port);
    inet_pton(AF_INET, address, &own.sin_addr);
    if (bind(listener, (struct sockaddr *)&own, sizeof(own)) < 0) {
        perror("bind");
        close(listener);
        exit(EXIT_FAILURE);
    }

    // 3. listen()
    if (listen(listener, 10) < 0) {
        perror("listen");
        close(listener);
        exit(EXIT_FAILURE);
    }
    printf("Listening on port %d...\n", port);

    // 4. For each client a child.
    while (1) {
        int connection = accept(listener, (struct sockaddr *)&peer, &peer_len);
        if (connection < 0) {
            perror("accept");
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(listener);
            int n = recv(connection, buffer, BUFFER_SIZE - 1, 0);
            if (n > 0) {
                buffer[n] = '\0';
                printf("Client says: %s\n", buffer);
                send(connection, buffer, n, 0);
            }
            close(connection);
            exit(0);
        } else if (pid > 0) {
            close(connection);
        } else {
            perror("fork");
        }
    }
}
