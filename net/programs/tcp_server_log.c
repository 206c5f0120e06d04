// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_log.c - a TCP server that writes a log: when each client came, from where, and how it left.
 *
 *   gcc tcp_server_log.c -o tcp_server_log
 *   ./tcp_server_log                    and in another terminal, more than once:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=10        how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off
 *   file=-            the file that gets the log at its end; "-" is standard output
 *   repeat=yes        "yes": a client is answered until it leaves; "no": once
 *   limit=none        after how many clients the server ends
 *   idle=none         after how many seconds of silence a client is given up
 *   sigpipe=nosignal  what send() to a client that is gone does: default (death), ignore, nosignal
 *
 * It serves one client after the other. The next one is connected by the kernel and waits in the queue meanwhile: look
 * at the times in the log. A silent client makes everybody wait, unless idle is set.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024

struct settings {
    long port, backlog, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *file, *repeat, *sigpipe;
};

struct client {
    int fd;
    char name[INET_ADDRSTRLEN + 8]; // 127.0.0.1:54321
};

static int is(const char *setting, const char *word)
{
    return strcmp(setting, word) == 0;
}

/* ---- the log ----------------------------------------------------------------------------------------------------- */

/*
 * One line: the time, the descriptor, the client, what happened. It is put together first and then written by one call,
 * so that it stays one line if other programs write to the same file (O_APPEND).
 *
 * localtime_r() and inet_ntop() write into memory of ours. Their older sisters localtime() and inet_ntoa() return the
 * address of memory of their own, which the next call overwrites.
 */
static void write_log(int log_fd, const struct client *client, const char *what)
{
    char when[32], line[160];
    struct tm parts;
    time_t now = time(NULL);

    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
    int n = snprintf(line, sizeof line, "%s  descriptor %d  %s  %s\n", when, client->fd, client->name, what);
    if (log_fd == STDOUT_FILENO)
        fputs(line, stdout);
    else if (write(log_fd, line, (size_t)n) < n)
        perror("write");
}

/* The log's descriptor, or -1. */
static int open_log(const char *path)
{
    if (is(path, "-"))
        return STDOUT_FILENO;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0)
        fprintf(stderr, "cannot open %s: %s; give another one with file=PATH\n", path, strerror(errno));
    return fd;
}

/* ---- one client -------------------------------------------------------------------------------------------------- */

/* send() may take only a part of what it is given: go on with the rest. */
static int send_all(int fd, const char *data, size_t length, int flags)
{
    while (length > 0) {
        ssize_t n = send(fd, data, length, flags);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Send back what comes. Returns 0 when the client has left or was answered, or the number of the error that ended it.
 */
static int serve(int fd, const struct settings *s, long *bytes)
{
    char buffer[BUFFER_SIZE];
    int flags = is(s->sigpipe, "nosignal") ? MSG_NOSIGNAL : 0;
    do {
        ssize_t n;
        do
            n = recv(fd, buffer, sizeof buffer, 0);
        while (n < 0 && errno == EINTR);
        if (n == 0)
            return 0;
        if (n < 0 || send_all(fd, buffer, (size_t)n, flags) < 0)
            return errno;
        *bytes += n;
    } while (is(s->repeat, "yes"));
    return 0;
}

static void serve_and_log(const struct client *client, int log_fd, const struct settings *s)
{
    char what[64];
    long bytes = 0;

    write_log(log_fd, client, "came");
    int error = serve(client->fd, s, &bytes);
    // EAGAIN: the time that set_patience() gave is over.
    snprintf(what, sizeof what, "%ld bytes, %s", bytes,
             error == 0        ? "done"
             : error == EAGAIN ? "silent for too long"
                               : strerror(error));
    write_log(log_fd, client, what);
}

/* ---- main: all clients ------------------------------------------------------------------------------------------- */

/* What sending to a client that is gone does to this program: end it (the default), or nothing. */
static int set_up_sigpipe(const struct settings *s)
{
    struct sigaction action = {.sa_handler = is(s->sigpipe, "ignore") ? SIG_IGN : SIG_DFL};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGPIPE, &action, NULL);
}

/* With idle, recv() and send() give up after so many seconds: they fail with EAGAIN. */
static void set_patience(int fd, long seconds)
{
    struct timeval patience = {.tv_sec = seconds};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        perror("setsockopt");
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
        perror("setsockopt");
}

static int open_listener(const struct settings *s)
{
    int reuse = is(s->reuseaddr, "yes");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr = s->address};

    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        perror("socket");
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) < 0)
        perror("setsockopt");
    else if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        perror("bind");
    else if (listen(fd, (int)s->backlog) < 0)
        perror("listen");
    else
        return fd;
    close(fd);
    return -1;
}

/* The next client and its name; -1 when there can be no more. */
static int next_client(int server_fd, struct client *client)
{
    for (;;) {
        struct sockaddr_in from;
        socklen_t length = sizeof from; // accept() changes it: set it before each call
        client->fd = accept(server_fd, (struct sockaddr *)&from, &length);
        if (client->fd >= 0) {
            char ip[INET_ADDRSTRLEN];
            inet_ntop(AF_INET, &from.sin_addr, ip, sizeof ip);
            snprintf(client->name, sizeof client->name, "%s:%d", ip, ntohs(from.sin_port));
            return 0;
        }
        // A signal came, or the client left while it waited: neither is this server's end.
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        // No descriptor or no memory is left. The client stays in the queue, and accept() would fail again at once, for
        // ever: wait a little, until something may have been given back.
        int shortage = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        perror("accept");
        if (!shortage)
            return -1;
        sleep(1);
    }
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"file", .word = &s->file},
        {"repeat", .word = &s->repeat, .words = "yes|no"},
        {"limit", .number = &s->limit, .low = 1, .high = 1000000, .may_be_none = 1},
        {"idle", .number = &s->idle, .low = 1, .high = 86400, .may_be_none = 1},
        {"sigpipe", .word = &s->sigpipe, .words = "default|ignore|nosignal"},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

int main(int argc, char **argv)
{
    struct settings s = {.port = 12345,
                         .backlog = 10,
                         .address.s_addr = htonl(INADDR_ANY),
                         .reuseaddr = "yes",
                         .file = "-",
                         .repeat = "yes",
                         .sigpipe = "nosignal"};
    struct client client;
    int status = EXIT_SUCCESS;

    if (read_settings(argc, argv, &s) < 0)
        return 2;
    int log_fd = open_log(s.file);
    if (log_fd < 0)
        return 2;
    if (set_up_sigpipe(&s) < 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    int server_fd = open_listener(&s);
    if (server_fd < 0)
        return EXIT_FAILURE;
    printf("Server listening on port %ld...\n", s.port);

    for (long served = 0; s.limit == 0 || served < s.limit; served++) {
        if (next_client(server_fd, &client) < 0) {
            status = EXIT_FAILURE;
            break;
        }
        if (s.idle)
            set_patience(client.fd, s.idle);
        serve_and_log(&client, log_fd, &s);
        close(client.fd);
    }
    close(server_fd);
    if (log_fd != STDOUT_FILENO)
        close(log_fd);
    return status;
}
