// SPDX-License-Identifier: GPL-3.0-or-later
/* tcp_server_single.c - a TCP server for one client and one message.
 *   gcc tcp_server_single.c -o tcp_server_single
 *   ./tcp_server_single    and in another terminal:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   backlog=1         how many may wait for accept() (Linux adds one)
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all
 *   reuseaddr=yes     "no": bind() fails for a minute after the last run
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    int port = atoi(word(argv, "port=", "12345"));
    int reuse = strcmp(word(argv, "reuseaddr=", "yes"), "yes") == 0;
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t addr_len = sizeof addr;
    unsigned char data[1024];
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    if (argc > 5 || port < 1 || port > 65535) return puts("no such port"), 2;
    // 1. A socket for TCP over IPv4. It has no address yet.
    int server_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (server_fd < 0) return perror("socket failed"), EXIT_FAILURE;
    setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    signal(SIGTERM, stop);

    // 2. Its address and port, in network byte order.
    addr.sin_port = htons((uint16_t)port);
    inet_pton(AF_INET, word(argv, "address=", "0.0.0.0"), &addr.sin_addr);
    if (bind(server_fd, (struct sockaddr *)&addr, sizeof addr) < 0)
        return perror("bind failed"), EXIT_FAILURE;

    // 3. From now on the kernel answers clients, and queues them.
    if (listen(server_fd, atoi(word(argv, "backlog=", "1"))) < 0)
        return perror("listen failed"), EXIT_FAILURE;
    printf("waiting for connection on port %d...\n", port);

    // 4. The first client in the queue gets a socket of its own.
    int client_fd = accept(server_fd, (struct sockaddr *)&addr, &addr_len);
    if (client_fd < 0) return perror("accept failed"), EXIT_FAILURE;
    printf("Client connected: %s:%d\n", inet_ntoa(addr.sin_addr),
           ntohs(addr.sin_port));

    // 5. Bytes, not a string: as many as have come by now. 0 is the end.
    ssize_t n = recv(client_fd, data, sizeof data, 0);
    if (n < 0) return perror("recv failed"), EXIT_FAILURE;
    printf(n ? "Received: " : "Client closed without a message.");
    for (ssize_t i = 0; i < n; i++) // nothing that a terminal obeys
        printf(data[i] < ' ' || data[i] > '~' ? "\\x%02x" : "%c", data[i]);
    printf("\n");
    if (n > 0 && send(client_fd, "Message received.\n", 18, MSG_NOSIGNAL) < 0)
        return perror("send failed"), EXIT_FAILURE;
    // 6. Close both.
    close(client_fd);
    close(server_fd);
    printf("Connection closed.\n");
    return EXIT_SUCCESS;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}
