// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_dual.c - a TCP server for IPv6 and IPv4, one client after another.
 *   gcc tcp_server_dual.c -o tcp_server_dual
 *   ./tcp_server_dual    and in two other terminals:  nc -4 localhost 12345
 *                                                     nc -6 localhost 12345
 * Parameters:
 *   port=12345    the port to listen on
 *   address=::    which address, or name, of this machine; :: is all
 *   v6only=no     "yes": a socket of IPv6 takes no client of IPv4
 *   backlog=10    how many may wait for accept() (Linux adds one)
 *
 * Nothing here but IPV6_V6ONLY knows which family an address is of: that is
 * what getaddrinfo(), getnameinfo() and struct sockaddr_storage are for.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);
static int listen_at(char **argv);
static int may_go_on(int error);
static void serve(int fd);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct sockaddr_storage from; // room for an address of any family
    char ip[NI_MAXHOST], port[NI_MAXSERV];
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);

    // 1. to 3. getaddrinfo(), socket(), bind(), listen()
    int server_fd = listen_at(argv);
    if (server_fd < 0) return server_fd == -2 ? 2 : EXIT_FAILURE;

    // 4. accept(). A client of IPv4 has a mapped address: ::ffff:192.0.2.2.
    for (;;) {
        socklen_t length = sizeof from;
        int fd = accept(server_fd, (struct sockaddr *)&from, &length);
        if (fd < 0 && may_go_on(errno)) continue;
        if (fd < 0) return EXIT_FAILURE;
        getnameinfo((struct sockaddr *)&from, length, ip, sizeof ip, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
        printf("Client connected: %s port %s\n", ip, port);
        serve(fd);
        close(fd);
    }
}

/* -1: a call failed. -2: no such address; getaddrinfo() has its own errors. */
static int listen_at(char **argv)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM},
                    *own;
    int on = 1, v6only = strcmp(word(argv, "v6only=", "no"), "yes") == 0;
    int error = getaddrinfo(word(argv, "address=", "::"),
                            word(argv, "port=", "12345"), &hints, &own);
    if (error) {
        fprintf(stderr, "no such address: %s\n", gai_strerror(error));
        return -2;
    }
    int fd = socket(own->ai_family, own->ai_socktype, 0);
    if (fd < 0) {
        perror("socket");
        freeaddrinfo(own);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Without it net.ipv6.bindv6only would decide, which BSD has as 1.
    if (own->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    error = bind(fd, own->ai_addr, own->ai_addrlen);
    if (error < 0) perror("bind");
    freeaddrinfo(own);
    if (error == 0 && listen(fd, atoi(word(argv, "backlog=", "10"))) == 0) {
        printf("Server listening on port %s...\n",
               word(argv, "port=", "12345"));
        return fd;
    }
    if (error == 0) perror("listen");
    close(fd);
    return -1;
}

/* Echo, until the client has nothing more to say. */
static void serve(int fd)
{
    char data[1024];
    ssize_t n;
    while ((n = recv(fd, data, sizeof data, 0)) > 0)
        for (ssize_t sent = 0, k; sent < n; sent += k) {
            k = send(fd, data + sent, (size_t)(n - sent), MSG_NOSIGNAL);
            if (k < 0) return perror("send");
        }
    if (n < 0) return perror("recv");
    printf("Client closed the connection.\n");
}

/* After accept() failed: the errors of accept(2) that pass. */
static int may_go_on(int error)
{
    if (error == EINTR || error == ECONNABORTED || error == EPROTO ||
        error == ENETDOWN || error == ENETUNREACH || error == ENONET ||
        error == EHOSTDOWN || error == EHOSTUNREACH || error == ENOPROTOOPT ||
        error == EOPNOTSUPP)
        return 1;
    perror("accept");
    if (error != EMFILE && error != ENFILE && error != ENOBUFS &&
        error != ENOMEM)
        return 0;
    sleep(1); // nothing is left, and the client still waits
    return 1;
}

/* The value of "name=value" on the command line, or else the preset. */
static const char *word(char **argv, const char *name, const char *value)
{
    while (*++argv)
        if (strncmp(*argv, name, strlen(name)) == 0)
            value = *argv + strlen(name);
    return value;
}
