// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_single_book.c - a first TCP server, as textbooks print it.
 *   gcc tcp_server_single_book.c -o tcp_server_single_book
 *   ./tcp_server_single_book       and in another terminal:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   where; 0.0.0.0 is every address of this machine
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 1024

int main(int argc, char **argv)
{
    int port = 12345;
    char address[16] = "0.0.0.0", buffer[BUFFER_SIZE] = {0};
    struct sockaddr_in own, peer;
    socklen_t peer_len = sizeof(peer);
    for (int i = 1; i < argc; i++) {
        sscanf(argv[i], "port=%d", &port);
        sscanf(argv[i], "address=%15s", address);
    }

    // 1. Make a socket.
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) {
        perror("socket");
        exit(EXIT_FAILURE);
    }

    // 2. Give it an address and a port.
    memset(&own, 0, sizeof(own));
    own.sin_family = AF_INET;
    own.sin_port = htons(port);
    inet_pton(AF_INET, address, &own.sin_addr);
    if (bind(listener, (struct sockaddr *)&own, sizeof(own)) < 0) {
        perror("bind");
        close(listener);
        exit(EXIT_FAILURE);
    }

    // 3. Listen.
    if (listen(listener, 1) < 0) {
        perror("listen");
        close(listener);
        exit(EXIT_FAILURE);
    }
    printf("Waiting on port %d...\n", port);

    // 4. Accept one client.
    int connection = accept(listener, (struct sockaddr *)&peer, &peer_len);
    if (connection < 0) {
        perror("accept");
        close(listener);
        exit(EXIT_FAILURE);
    }
    printf("Client %s:%d\n", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port));

    // 5. Receive the message and answer it.
    int n = recv(connection, buffer, BUFFER_SIZE - 1, 0);
    if (n < 0) {
        perror("recv");
    } else {
        buffer[n] = '\0';
        printf("Message: %s\n", buffer);
        const char *answer = "Thank you.\n";
        send(connection, answer, strlen(answer), 0);
    }

    // 6. Close both.
    close(connection);
    close(listener);
    printf("Closed.\n");
    return 0;
}
