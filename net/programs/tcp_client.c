// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_client.c - a TCP client: it connects, sends a message, prints the answer.
 *   gcc tcp_client.c -o tcp_client
 *   ./tcp_client               while a server listens: ./tcp_server_single
 *   ./tcp_client message=-     line by line, to: ./tcp_server_fork repeat=yes
 * Parameters:
 *   address=127.0.0.1            the server: an address or a name
 *   port=12345                   the server's port
 *   message=Hello from client!   what to send; "-" is each line of stdin
 *   times=1                      how many times to send it
 *
 * TCP does not say where an answer ends. This client takes it for an echo: it
 * waits for as many bytes as it sent. A longer answer is printed as far as it
 * has come; a server with a shorter one must close, or this waits for ever.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);
static int connect_to(const char *address, const char *port);
static int exchange(int sock, const char *message, size_t length);

int main(int argc, char **argv)
{
    const char *address = word(argv, "address=", "127.0.0.1");
    const char *port = word(argv, "port=", "12345");
    const char *message = word(argv, "message=", "Hello from client!");
    int times = atoi(word(argv, "times=", "1"));
    char *line = NULL; // getline() makes it as long as is needed
    size_t room = 0;
    ssize_t n;
    int result = 0;
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file

    // 1. and 2. socket(), connect()
    int sock = connect_to(address, port);
    if (sock < 0) return sock == -2 ? 2 : EXIT_FAILURE;
    printf("Connected to %s:%s\n", address, port);

    // 3. send(), recv(): a line with its newline, the message without '\0'.
    if (strcmp(message, "-") == 0)
        while (result == 0 && (n = getline(&line, &room, stdin)) > 0)
            result = exchange(sock, line, (size_t)n);
    else
        for (int i = 0; result == 0 && i < times; i++)
            result = exchange(sock, message, strlen(message));
    free(line);

    // 4. close()
    close(sock);
    if (result < 0) return EXIT_FAILURE;
    printf("Connection closed.\n");
    return EXIT_SUCCESS;
}

/*
 * A name may have several addresses, of IPv4 and IPv6: try one after the other.
 * -1: none answers. -2: there is none; getaddrinfo() has errors of its own.
 */
static int connect_to(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found, *a;
    char ip[INET6_ADDRSTRLEN];
    int sock = -1, error = getaddrinfo(address, port, &hints, &found);
    if (error) {
        fprintf(stderr, "tcp_client: cannot find the address of \"%s\": %s\n",
                address, gai_strerror(error));
        return -2;
    }
    for (a = found; a && sock < 0; a = a->ai_next) {
        if ((sock = socket(a->ai_family, SOCK_STREAM, 0)) < 0) {
            perror("socket failed");
            continue;
        }
        // It waits for the server's kernel, not for the server's accept().
        if (connect(sock, a->ai_addr, a->ai_addrlen) == 0) break;
        error = errno;
        getnameinfo(a->ai_addr, a->ai_addrlen, ip, sizeof ip, NULL, 0,
                    NI_NUMERICHOST);
        fprintf(stderr, "connect to %s failed: %s\n", ip, strerror(error));
        close(sock);
        sock = -1;
    }
    freeaddrinfo(found);
    return sock;
}

/* What was sent is in this machine's buffer; the server may not have it. */
static int send_all(int sock, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = send(sock, data, length, MSG_NOSIGNAL);
        if (n < 0) return perror("send failed"), -1;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Send a message and print the answer. -1 when there is none. */
static int exchange(int sock, const char *message, size_t length)
{
    unsigned char data[1024];
    size_t got = 0;
    if (send_all(sock, message, length) < 0) return -1;
    do {
        ssize_t n = recv(sock, data, sizeof data, 0);
        if (n < 0) return perror("recv failed"), -1;
        if (n == 0) break;
        if (got == 0) printf("Server replied: ");
        for (ssize_t i = 0; i < n; i++) // nothing that a terminal obeys
            printf(data[i] < ' ' || data[i] > '~' ? "\\x%02x" : "%c", data[i]);
        got += (size_t)n;
    } while (got < length);
    if (got > 0) return printf("\n"), 0;
    fprintf(stderr, "The server closed the connection without an answer.\n");
    return -1;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}
