// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_log.c - a TCP server that writes down who came, and how they left.
 *   gcc tcp_server_log.c -o tcp_server_log
 *   ./tcp_server_log   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=10        how many may wait for accept() (Linux adds one)
 *   file=-            where the log goes, at its end; "-" is standard output
 *   repeat=yes        "no": a client is answered once
 *   limit=none        after how many clients the server ends
 *   idle=none         after how many seconds of silence one is given up
 *
 * It serves one client after the other. The next one is connected by the
 * kernel and waits meanwhile: look at the times in the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);
static int may_go_on(int error);
static int listen_at(char **argv);
static void write_log(int log_fd, int fd, const struct sockaddr_storage *from,
                      const char *what);
static int serve(int fd, int repeat, long *bytes);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct sockaddr_storage from; // room for an address of any family
    struct timeval idle = {.tv_sec = atoi(word(argv, "idle=", "none"))};
    int log_fd = STDOUT_FILENO;
    int repeat = strcmp(word(argv, "repeat=", "yes"), "yes") == 0;
    long limit = atol(word(argv, "limit=", "none")), served = 0;
    const char *path = word(argv, "file=", "-");
    char what[80];
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);
    if (strcmp(path, "-") != 0)
        log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (log_fd < 0) {
        fprintf(stderr, "cannot open %s: %s; give another one with file=PATH\n",
                path, strerror(errno));
        return 2;
    }

    // 1. to 3. socket(), bind(), listen()
    int server_fd = listen_at(argv);
    if (server_fd < 0) return server_fd == -2 ? 2 : EXIT_FAILURE;

    // 4. accept(). It changes the length: set it before each call.
    while (!limit || served < limit) {
        socklen_t length = sizeof from;
        int fd = accept(server_fd, (struct sockaddr *)&from, &length);
        if (fd < 0 && may_go_on(errno)) continue;
        if (fd < 0) return EXIT_FAILURE;
        if (idle.tv_sec) { // recv() and send() then fail with EAGAIN
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
        }

        // 5. recv(), send(), and a line before and after.
        long bytes = 0;
        write_log(log_fd, fd, &from, "came");
        int error = serve(fd, repeat, &bytes);
        snprintf(what, sizeof what, "%ld bytes, %s", bytes,
                 error == 0        ? "done"
                 : error == EAGAIN ? "silent for too long"
                                   : strerror(error));
        write_log(log_fd, fd, &from, what);

        // 6. close()
        close(fd);
        served++;
    }
    close(server_fd);
    return EXIT_SUCCESS;
}

/* A socket of the address's family. -1: a call failed. -2: no such address. */
static int listen_at(char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    int on = 1;
    if (getaddrinfo(word(argv, "address=", "0.0.0.0"), port, &hints, &own))
        return fputs("no such address or port\n", stderr), -2;
    int fd = socket(own->ai_family, SOCK_STREAM, 0);
    if (fd < 0) return perror("socket"), freeaddrinfo(own), -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, own->ai_addr, own->ai_addrlen) < 0)
        return perror("bind"), freeaddrinfo(own), close(fd), -1;
    freeaddrinfo(own);
    if (listen(fd, atoi(word(argv, "backlog=", "10"))) < 0)
        return perror("listen"), close(fd), -1;
    printf("Server listening on port %s...\n", port);
    return fd;
}

/* Send back what comes. Returns 0, or the error that ended it. */
static int serve(int fd, int repeat, long *bytes)
{
    char data[1024];
    ssize_t n, sent, part;
    do {
        while ((n = recv(fd, data, sizeof data, 0)) < 0 && errno == EINTR) {}
        if (n < 0) return errno;
        for (sent = 0; sent < n; sent += part) // it may take a part
            if ((part = send(fd, data + sent, (size_t)(n - sent),
                             MSG_NOSIGNAL)) < 0)
                return errno;
        *bytes += n;
    } while (n > 0 && repeat);
    return 0;
}

/*
 * One line, by one call: so it stays one line if others write to the file,
 * and is there at once. localtime_r() and getnameinfo() write into memory of
 * ours; localtime() and inet_ntoa() into their own, until the next call.
 */
static void write_log(int log_fd, int fd, const struct sockaddr_storage *from,
                      const char *what)
{
    char when[32], ip[INET6_ADDRSTRLEN], port[8], line[200];
    time_t now = time(NULL);
    struct tm parts;
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
    getnameinfo((const struct sockaddr *)from, sizeof *from, ip, sizeof ip,
                port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    int n = snprintf(line, sizeof line,
                     strchr(ip, ':') ? "%s  descriptor %d  [%s]:%s  %s\n"
                                     : "%s  descriptor %d  %s:%s  %s\n",
                     when, fd, ip, port, what);
    if (log_fd == STDOUT_FILENO)
        fputs(line, stdout);
    else if (write(log_fd, line, (size_t)n) < n)
        perror("write");
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
