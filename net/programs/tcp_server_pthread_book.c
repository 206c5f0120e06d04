// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_pthread_book.c - a TCP server with a thread for each client, as
 *                             textbooks print it.
 *   gcc tcp_server_pthread_book.c -o tcp_server_pthread_book
 *   ./tcp_server_pthread_book   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   where; 0.0.0.0 is every address of this machine
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 1024

static void *serve(void *arg)
{
    int connection = *(int *)arg;
    char buffer[BUFFER_SIZE];
    free(arg);

    int n = recv(connection, buffer, BUFFER_SIZE - 1, 0);
    if (n > 0) {
        buffer[n] = '\0';
        printf("Client says: %s\n", buffer);
        send(connection, buffer, n, 0);
    }

    close(connection);
    pthread_exit(NULL);
}

int main(int argc, char **argv)
{
    int port = 12345;
    char address[16] = "0.0.0.0";
    struct sockaddr_in own, peer;
    socklen_t peer_len = sizeof(peer);
    for (int i = 1; i < argc; i++) {
        sscanf(argv[i], "port=%d", &port);
        sscanf(argv[i], "address=%15s", address);
    }

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

    // 4. For each client a thread.
    while (1) {
        int *connection = malloc(sizeof(int));
        if (!connection) {
            perror("malloc");
            continue;
        }
        *connection = accept(listener, (struct sockaddr *)&peer, &peer_len);
        if (*connection < 0) {
            perror("accept");
            free(connection);
            continue;
        }

        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, connection) != 0) {
            perror("pthread_create");
            close(*connection);
            free(connection);
            continue;
        }
        pthread_detach(thread);
    }
}
