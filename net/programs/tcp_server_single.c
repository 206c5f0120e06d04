// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_single.c - a TCP server for one client: it takes one connection, reads one message, answers it, and ends.
 *
 *   gcc tcp_server_single.c -o tcp_server_single
 *   ./tcp_server_single                 and in another terminal:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   backlog=1         how many connections may wait for accept() (Linux lets one more in)
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off: try to start the server twice in a minute
 *
 * A server makes six calls: socket, bind, listen (open_listener() below), accept (main()), recv and send (answer()),
 * close. Comments number them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024

struct settings {
    long port, backlog;
    struct in_addr address;
    const char *reuseaddr;
};

/*
 * send() may take only a part of what it is given (when its buffer is nearly full, or a signal comes): go on with the
 * rest. MSG_NOSIGNAL: if the client is gone, let send() fail with EPIPE. Without it the kernel would kill this
 * program with the signal SIGPIPE, and it would end without a word.
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

/* The words on the command line, as in: ./tcp_server_single port=2000 backlog=5 */
static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"address", .address = &s->address},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

/* Steps 1 to 3. The socket that clients can connect to, or -1: then it has said why. */
static int open_listener(const struct settings *s)
{
    // 1. A socket: a descriptor for TCP (SOCK_STREAM) over IPv4 (AF_INET). It has no address yet.
    int server_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (server_fd < 0) {
        perror("socket failed");
        return -1;
    }

    // The server closes first, so its end of the old connection stays in TIME_WAIT for a minute. All that time bind()
    // would refuse the port with "Address already in use", unless the old socket and the new one both have this option.
    int reuse = strcmp(s->reuseaddr, "yes") == 0;
    if (setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) < 0) {
        perror("setsockopt failed");
        close(server_fd);
        return -1;
    }

    // 2. Its own address and port. Both travel in network byte order: htons() and htonl() put them into it.
    struct sockaddr_in server_addr = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr = s->address};
    if (bind(server_fd, (struct sockaddr *)&server_addr, sizeof server_addr) < 0) {
        perror("bind failed");
        close(server_fd);
        return -1;
    }

    // 3. From here on the kernel answers clients by itself, and queues the finished connections for accept().
    if (listen(server_fd, (int)s->backlog) < 0) {
        perror("listen failed");
        close(server_fd);
        return -1;
    }
    return server_fd;
}

/* Step 5. 0, or -1 when recv() or send() failed. */
static int answer(int client_fd)
{
    const char *reply = "Message received.\n";
    char buffer[BUFFER_SIZE];

    // 5. Receive. TCP carries bytes, not messages: recv() returns what has come so far, which may be half of what the
    // client sent, or two of its messages in one. One recv() is enough for a first server, not for a real one.
    ssize_t n = recv(client_fd, buffer, sizeof buffer, 0);
    if (n < 0) {
        perror("recv failed");
        return -1;
    }
    if (n == 0) {
        // 0 is no message: the client has closed its end, and nothing more will come. There is nothing to answer.
        printf("Client closed without a message.\n");
        return 0;
    }

    // The bytes are not a string: nothing ends them with '\0', and a '\0' may stand among them. Print n bytes.
    printf("Received: ");
    fwrite(buffer, 1, (size_t)n, stdout);
    printf("\n");
    if (send_all(client_fd, reply, strlen(reply)) < 0) {
        perror("send failed");
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct settings s = {.port = 12345, .backlog = 1, .address.s_addr = htonl(INADDR_ANY), .reuseaddr = "yes"};
    char client_ip[INET_ADDRSTRLEN];

    if (read_settings(argc, argv, &s) < 0)
        return 2;

    int server_fd = open_listener(&s);
    if (server_fd < 0)
        return EXIT_FAILURE;
    printf("waiting for connection on port %ld...\n", s.port);

    // 4. Wait for a client. The connection gets a socket of its own; server_fd only ever makes new ones.
    struct sockaddr_in client_addr;
    socklen_t addr_len = sizeof client_addr;
    int client_fd = accept(server_fd, (struct sockaddr *)&client_addr, &addr_len);
    if (client_fd < 0) {
        perror("accept failed");
        close(server_fd);
        return EXIT_FAILURE;
    }
    inet_ntop(AF_INET, &client_addr.sin_addr, client_ip, sizeof client_ip);
    printf("Client connected: %s:%d\n", client_ip, ntohs(client_addr.sin_port));

    int result = answer(client_fd);

    // 6. Close both. If the client has sent more than was read, close() says so to it with a reset instead of a
    // goodbye.
    close(client_fd);
    close(server_fd);
    printf("Connection closed.\n");
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
