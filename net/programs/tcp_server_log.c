// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_log.c - a TCP server that writes down who came, and how they left.
 *   gcc tcp_server_log.c -o tcp_server_log
 *   ./tcp_server_log   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all
 *   backlog=10        how many may wait for accept() (Linux adds one)
 *   file=-            where the log goes, at its end; "-" is standard output
 *   repeat=yes        "no": a client is answered once
 *   limit=none        after how many clients the server ends
 *   idle=none         after how many seconds of silence one is given up
 *
 * It serves one client after the other. The next one is connected by the
 * kernel and waits meanwhile: look at the times in the log.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *word(char **argv, const char *name, const char *value);
static int may_go_on(int error);
static void write_log(int log_fd, int fd, struct sockaddr_in from,
                      const char *what);
static int serve(int fd, int repeat, long *bytes);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr = {.sin_family = AF_INET}, from;
    struct timeval idle = {.tv_sec = atoi(word(argv, "idle=", "none"))};
    int on = 1, log_fd = STDOUT_FILENO;
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
    int server_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (server_fd < 0) return perror("socket"), EXIT_FAILURE;
    setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    addr.sin_port = htons((uint16_t)atoi(word(argv, "port=", "12345")));
    inet_pton(AF_INET, word(argv, "address=", "0.0.0.0"), &addr.sin_addr);
    if (bind(server_fd, (struct sockaddr *)&addr, sizeof addr) < 0)
        return perror("bind"), EXIT_FAILURE;
    if (listen(server_fd, atoi(word(argv, "backlog=", "10"))) < 0)
        return perror("listen"), EXIT_FAILURE;
    printf("Server listening on port %d...\n", ntohs(addr.sin_port));

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
        write_log(log_fd, fd, from, "came");
        int error = serve(fd, repeat, &bytes);
        snprintf(what, sizeof what, "%ld bytes, %s", bytes,
                 error == 0        ? "done"
                 : error == EAGAIN ? "silent for too long"
                                   : strerror(error));
        write_log(log_fd, fd, from, what);

        // 6. close()
        close(fd);
        served++;
    }
    close(server_fd);
    return EXIT_SUCCESS;
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
 * and is there at once. localtime_r() and inet_ntop() write into memory of
 * ours; localtime() and inet_ntoa() into their own, until the next call.
 */
static void write_log(int log_fd, int fd, struct sockaddr_in from,
                      const char *what)
{
    char when[32], ip[INET_ADDRSTRLEN], line[200];
    time_t now = time(NULL);
    struct tm parts;
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
    inet_ntop(AF_INET, &from.sin_addr, ip, sizeof ip);
    int n = snprintf(line, sizeof line, "%s  descriptor %d  %s:%d  %s\n", when,
                     fd, ip, ntohs(from.sin_port), what);
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
