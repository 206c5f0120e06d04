// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_file.c - a TCP server that sends a file to each client.
 *   gcc tcp_server_file.c -o tcp_server_file -pthread
 *   ./tcp_server_file   and:  nc -N localhost 12345 </dev/null
 * Parameters:
 *   port=12345             the port to listen on
 *   address=0.0.0.0        which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=10             how many may wait for accept() (Linux adds one)
 *   file=/etc/os-release   the file to send
 *   idle=none              after how many seconds without progress it ends
 *   sigpipe=ignore         sending to nobody: default (death), ignore
 *
 * The end of the connection is the end of the file. So a client cannot tell
 * a whole file from one that was cut off by the death of this server: a
 * protocol that cares sends the length first.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <unistd.h>

struct client {
    int fd;
    const char *path;
};

static const char *word(char **argv, const char *name, const char *value);
static int may_go_on(int error);
static int start_thread(int fd, const char *path);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    struct timeval idle = {.tv_sec = atoi(word(argv, "idle=", "none"))};
    int on = 1;
    const char *path = word(argv, "file=", "/etc/os-release");
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);
    // sendfile() knows no MSG_NOSIGNAL.
    on = strcmp(word(argv, "sigpipe=", "ignore"), "ignore") == 0;
    signal(SIGPIPE, on ? SIG_IGN : SIG_DFL);
    on = 1;
    // Better now than with the first client.
    int file_fd = open(path, O_RDONLY);
    if (file_fd < 0) {
        fprintf(stderr, "cannot open %s: %s; give another one with file=PATH\n",
                path, strerror(errno));
        return 2;
    }
    close(file_fd);

    // 1. to 3. socket(), bind(), listen(), in the family of the address
    if (getaddrinfo(word(argv, "address=", "0.0.0.0"), port, &hints, &own))
        return fputs("no such address or port\n", stderr), 2;
    int server_fd = socket(own->ai_family, SOCK_STREAM, 0);
    if (server_fd < 0) return perror("socket"), freeaddrinfo(own), EXIT_FAILURE;
    setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server_fd, own->ai_addr, own->ai_addrlen) < 0)
        return perror("bind"), freeaddrinfo(own), EXIT_FAILURE;
    freeaddrinfo(own);
    if (listen(server_fd, atoi(word(argv, "backlog=", "10"))) < 0)
        return perror("listen"), EXIT_FAILURE;
    printf("Server listening on port %s...\n", port);

    // 4. accept(), and 5. leave the rest to a thread.
    for (;;) {
        int fd = accept(server_fd, NULL, NULL);
        if (fd < 0 && may_go_on(errno)) continue;
        if (fd < 0) return EXIT_FAILURE;
        if (idle.tv_sec) { // recv() and send() then fail with EAGAIN
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
        }
        int error = start_thread(fd, path);
        if (!error) continue;
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        close(fd);
    }
}

static int fail(const char *call)
{
    if (errno != EAGAIN) return perror(call), -1;
    fprintf(stderr, "Client was silent for too long.\n");
    return -1;
}

/*
 * sendfile() is read() and send() in one: the bytes never come through this
 * program. It remembers the place in the file, and may do only a part.
 */
static long send_file(int fd, int file_fd)
{
    long sent = 0;
    ssize_t n;
    while ((n = sendfile(fd, file_fd, NULL, 65536)) != 0)
        if (n > 0)
            sent += n;
        else if (errno != EINTR)
            return fail("sendfile");
    return sent;
}

/*
 * End so that nothing is lost. shutdown() says "this was all" behind the last
 * byte. Then read until the client has closed, too: to close() with something
 * unread would throw away what is still to be sent, and send a reset.
 */
static int serve(int fd, const char *path)
{
    char data[1024];
    ssize_t n;
    int file_fd = open(path, O_RDONLY); // each client its own place in it
    if (file_fd < 0) return perror(path), -1;
    long sent = send_file(fd, file_fd);
    close(file_fd);
    if (sent < 0) return -1;
    if (shutdown(fd, SHUT_WR) < 0) return fail("shutdown");
    while ((n = recv(fd, data, sizeof data, 0)) != 0)
        if (n < 0 && errno != EINTR) return fail("recv");
    printf("Client %d: %ld bytes sent, and the client has closed its end.\n",
           fd, sent);
    return 0;
}

static void *thread(void *arg)
{
    struct client client = *(struct client *)arg;
    free(arg);
    serve(client.fd, client.path);
    close(client.fd);
    return NULL;
}

static int start_thread(int fd, const char *path)
{
    pthread_t id;
    struct client *client = malloc(sizeof *client);
    if (!client) return ENOMEM;
    *client = (struct client){fd, path};
    int error = pthread_create(&id, NULL, thread, client);
    if (error)
        free(client);
    else
        pthread_detach(id);
    return error;
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
