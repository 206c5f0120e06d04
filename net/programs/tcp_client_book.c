// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_client_book.c - a first TCP client, as textbooks print it.
 *   gcc tcp_client_book.c -o tcp_client_book
 *   ./tcp_client_book       while a server listens:  ./tcp_server_single_book
 * Parameters:
 *   address=127.0.0.1   the server: four numbers
 *   port=12345          the server's port
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
    char address[64] = "127.0.0.1", buffer[BUFFER_SIZE];
    struct sockaddr_in server;
    for (int i = 1; i < argc; i++) {
        sscanf(argv[i], "port=%d", &port);
        sscanf(argv[i], "address=%63s", address);
    }

    // 1. Make a socket.
    int sock = socket(AF_INET, SOCK_STREAM, 0);
    if (sock < 0) {
        perror("socket");
        exit(EXIT_FAILURE);
    }

    // 2. Write down the server's address.
    memset(&server, 0, sizeof(server));
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    if (inet_pton(AF_INET, address, &server.sin_addr) <= 0) {
        perror("inet_pton");
        close(sock);
        exit(EXIT_FAILURE);
    }

    // 3. Connect.
    if (connect(sock, (struct sockaddr *)&server, sizeof(server)) < 0) {
        perror("connect");
        close(sock);
        exit(EXIT_FAILURE);
    }
    printf("Connected to %s:%d\n", address, port);

    // 4. Send a message.
    const char *message = "Good morning!";
    send(sock, message, strlen(message), 0);

    // 5. Receive the answer.
    int n = recv(sock, buffer, BUFFER_SIZE - 1, 0);
    if (n > 0) {
        buffer[n] = '\0';
        printf("Answer: %s\n", buffer);
    }

    // 6. Close.
    close(sock);
    printf("Closed.\n");
    return 0;
}
