// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_client.c - a TCP client: it connects to a server, sends a message, prints the answer, and ends.
 *
 *   gcc tcp_client.c -o tcp_client
 *   ./tcp_client                        while a server listens:  ./tcp_server_single
 *   ./tcp_client message=-              sends what you type, line by line, to:  ./tcp_server_fork repeat=yes
 *
 * Parameters:
 *   address=127.0.0.1            the server: four numbers or a name; 127.0.0.1 is this machine itself
 *   port=12345                   the server's port
 *   message=Hello from client!   what to send; "-" is each line of standard input
 *   times=1                      how many times to send it, each time waiting for the answer
 *
 * A client makes four calls, and so does main() below: socket, connect, send and recv, close.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024

struct settings {
    const char *address, *message;
    long port, times;
};

/*
 * The server's address, in network byte order. Four numbers need no help. inet_pton() returns 0 for any other text, and
 * then getaddrinfo() looks the name up: in /etc/hosts, or by asking a name server. A name may have several addresses;
 * this client takes the first.
 */
static int find_address(const char *name, struct in_addr *address)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    struct sockaddr_in first;

    if (inet_pton(AF_INET, name, address) == 1)
        return 0;
    // It returns an error number of its own kind; errno and perror() know nothing of it.
    int error = getaddrinfo(name, NULL, &hints, &found);
    if (error) {
        fprintf(stderr, "tcp_client: cannot find the address of \"%s\": %s\n", name, gai_strerror(error));
        return -1;
    }
    memcpy(&first, found->ai_addr, sizeof first);
    *address = first.sin_addr;
    freeaddrinfo(found);
    return 0;
}

/*
 * send() may take only a part of what it is given (when its buffer is nearly full, or a signal comes): go on with the
 * rest. MSG_NOSIGNAL: if the server is gone, let send() fail with EPIPE. Without it the kernel would kill this
 * program with the signal SIGPIPE, and it would end without a word.
 *
 * That send() took the bytes means only that they wait in this machine's own buffer, not that the server has them.
 */
static int send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Send a message and print the answer. Returns -1 when there is none, and has said why. */
static int exchange(int sock, const char *message, size_t length)
{
    char buffer[BUFFER_SIZE];

    if (send_all(sock, message, length) < 0) {
        perror("send failed");
        return -1;
    }
    // TCP carries bytes, not messages: a long answer may come in pieces, and a program that needs all of it must call
    // recv() until it has enough, or until recv() returns 0. These answers are short.
    ssize_t n = recv(sock, buffer, sizeof buffer, 0);
    if (n < 0) {
        perror("recv failed");
        return -1;
    }
    if (n == 0) {
        // 0 is no answer: the server has closed its end, and nothing more will come. That is not what we came for.
        fprintf(stderr, "The server closed the connection without an answer.\n");
        return -1;
    }
    // The bytes are not a string: nothing ends them with '\0', and a '\0' may stand among them. Print n bytes.
    printf("Server replied: ");
    fwrite(buffer, 1, (size_t)n, stdout);
    printf("\n");
    return 0;
}

/* The same message, without the '\0' that ends a string in C: the server has no use for it. */
static int exchange_message(int sock, const struct settings *s)
{
    for (long i = 0; i < s->times; i++)
        if (exchange(sock, s->message, strlen(s->message)) < 0)
            return -1;
    return 0;
}

/* Each line of standard input, with the newline at its end. */
static int exchange_lines(int sock)
{
    char *line = NULL; // getline() makes it as long as is needed
    size_t room = 0;
    ssize_t length;
    int result = 0;

    while (result == 0 && (length = getline(&line, &room, stdin)) > 0)
        result = exchange(sock, line, (size_t)length);
    free(line);
    return result;
}

/* The words on the command line, as in: ./tcp_client port=2000 "message=How are you?" */
static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"address", .word = &s->address},
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"message", .word = &s->message},
        {"times", .number = &s->times, .low = 1, .high = 1000000},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

int main(int argc, char **argv)
{
    struct settings s = {.address = "127.0.0.1", .port = 12345, .message = "Hello from client!", .times = 1};

    if (read_settings(argc, argv, &s) < 0)
        return 2;

    // The server's address and port, in network byte order: htons() puts the port into it.
    struct sockaddr_in server_addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s.port)};
    if (find_address(s.address, &server_addr.sin_addr) < 0)
        return 2;

    // 1. A socket: a descriptor for TCP (SOCK_STREAM) over IPv4 (AF_INET). The kernel chooses its own port later.
    int sock = socket(AF_INET, SOCK_STREAM, 0);
    if (sock < 0) {
        perror("socket failed");
        return EXIT_FAILURE;
    }

    // 2. Connect. This waits for the server's kernel to answer, not for the server to call accept().
    if (connect(sock, (struct sockaddr *)&server_addr, sizeof server_addr) < 0) {
        perror("connect failed");
        close(sock);
        return EXIT_FAILURE;
    }
    printf("Connected to %s:%ld\n", s.address, s.port);

    // 3. Send, and receive the answer.
    int result = strcmp(s.message, "-") == 0 ? exchange_lines(sock) : exchange_message(sock, &s);

    // 4. Close: the server's recv() will return 0.
    close(sock);
    if (result < 0)
        return EXIT_FAILURE;
    printf("Connection closed.\n");
    return EXIT_SUCCESS;
}
