// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_file.c - a TCP server that sends a file to whoever connects: a thread per client, and the kernel copies.
 *
 *   gcc tcp_server_file.c -o tcp_server_file          (with a C library from before 2021: -pthread as well)
 *   ./tcp_server_file                   and in another terminal:  nc -N localhost 12345 </dev/null
 *
 * Parameters:
 *   port=12345            the port to listen on
 *   address=0.0.0.0       which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=10            how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes         "no" leaves SO_REUSEADDR off
 *   file=/etc/os-release  the file to send; this one says which Linux it is, and every Linux has it
 *   limit=none            how many clients there may be at once
 *   idle=none             after how many seconds without any progress a client is given up
 *   sigpipe=ignore        what sending to a client that is gone does: default (death), ignore
 *
 * The end of the file is told by the end of the connection, so that end must be one that loses nothing: first
 * shutdown(), which says "this was all" behind the last byte, then recv() until the client has closed its end too, and
 * only then close().
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024
#define CHUNK_SIZE  65536 // of one sendfile()

struct settings {
    long port, backlog, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *file, *sigpipe;
};

/* What the threads share. The settings are never changed once there are threads. */
struct server {
    struct settings settings;
    pthread_mutex_t lock; // of what is below
    long clients;
};

/* What a thread is given: memory of its own. */
struct client {
    struct server *server;
    int fd;
};

static int is(const char *setting, const char *word)
{
    return strcmp(setting, word) == 0;
}

/* One client more or less; how many there are then. */
static long count_clients(struct server *server, int change)
{
    pthread_mutex_lock(&server->lock);
    server->clients += change;
    long clients = server->clients;
    pthread_mutex_unlock(&server->lock);
    return clients;
}

/* ---- a thread: one client ---------------------------------------------------------------------------------------- */

static int fail(const char *call)
{
    if (errno == EAGAIN)
        fprintf(stderr, "Client was silent for too long.\n");
    else
        perror(call);
    return -1;
}

/*
 * sendfile() is read() and send() in one call: the bytes go from the file's pages to the socket, and never through this
 * program. It remembers the place in the file, and like send() it may do only a part. It has no MSG_NOSIGNAL, so this
 * server ignores SIGPIPE. Returns how much was sent, or -1.
 */
static long send_file(int fd, int file_fd)
{
    long sent = 0;
    for (;;) {
        ssize_t n = sendfile(fd, file_fd, NULL, CHUNK_SIZE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("sendfile");
        if (n == 0)
            return sent; // the end of the file
        sent += n;
    }
}

/*
 * Wait until the client has closed its end. What it may still say is read, and forgotten: to close() with something
 * unread would send it a reset, and a reset can overtake the end of our file.
 */
static int wait_for_end(int fd)
{
    char buffer[BUFFER_SIZE];
    for (;;) {
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("recv");
        if (n == 0)
            return 0;
    }
}

/* The file is opened for each client: each has its own place in it, and a file that was changed is sent as it is now.
 */
static int serve(int fd, const char *path)
{
    int file_fd = open(path, O_RDONLY);
    if (file_fd < 0) {
        perror(path);
        return -1;
    }
    long sent = send_file(fd, file_fd);
    close(file_fd);
    if (sent < 0)
        return -1;

    // The client's recv() returns 0 when it has read everything. It can still send: only our direction ends.
    if (shutdown(fd, SHUT_WR) < 0)
        return fail("shutdown");
    if (wait_for_end(fd) < 0)
        return -1;
    printf("Client %d: %ld bytes sent, and the client has closed its end.\n", fd, sent);
    return 0;
}

static void *thread(void *arg)
{
    struct client client = *(struct client *)arg;
    free(arg);
    serve(client.fd, client.server->settings.file);
    count_clients(client.server, -1); // before close(): whom the end of this client lets in must find a place
    close(client.fd);
    return NULL;
}

/* 0, or the number of an error. */
static int start_thread(struct server *server, int fd)
{
    pthread_t id;
    struct client *client = malloc(sizeof *client);
    if (!client)
        return ENOMEM;
    client->server = server;
    client->fd = fd;
    int error = pthread_create(&id, NULL, thread, client);
    if (error)
        free(client);
    else
        pthread_detach(id); // nobody will wait for its end
    return error;
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

/* The next client; -1 when there can be no more. */
static int next_client(int server_fd)
{
    for (;;) {
        int fd = accept(server_fd, NULL, NULL);
        if (fd >= 0)
            return fd;
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

/* What is shared, in memory of its own: the threads use it for as long as this process lives, whatever main() does. */
static struct server *make_server(const struct settings *s)
{
    struct server *server = malloc(sizeof *server);
    if (!server) {
        perror("malloc");
        return NULL;
    }
    server->settings = *s;
    server->clients = 0;
    pthread_mutex_init(&server->lock, NULL);
    return server;
}

/* Better now than with the first client. */
static int is_readable(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        fprintf(stderr, "cannot open %s: %s; give another one with file=PATH\n", path, strerror(errno));
        return 0;
    }
    close(fd);
    return 1;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"file", .word = &s->file},
        {"limit", .number = &s->limit, .low = 1, .high = 1000000, .may_be_none = 1},
        {"idle", .number = &s->idle, .low = 1, .high = 86400, .may_be_none = 1},
        {"sigpipe", .word = &s->sigpipe, .words = "default|ignore"},
    };
    return read_parameters(argc, argv, table, sizeof table / sizeof table[0]);
}

int main(int argc, char **argv)
{
    struct settings s = {.port = 12345,
                         .backlog = 10,
                         .address.s_addr = htonl(INADDR_ANY),
                         .reuseaddr = "yes",
                         .file = "/etc/os-release",
                         .sigpipe = "ignore"};

    if (read_settings(argc, argv, &s) < 0 || !is_readable(s.file))
        return 2;
    if (set_up_sigpipe(&s) < 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    struct server *server = make_server(&s);
    int server_fd = server ? open_listener(&s) : -1;
    if (server_fd < 0)
        return EXIT_FAILURE;
    printf("Server listening on port %ld...\n", s.port);

    int client_fd;
    while ((client_fd = next_client(server_fd)) >= 0) {
        if (count_clients(server, 1) > s.limit && s.limit) {
            fprintf(stderr, "Too many clients: %ld.\n", s.limit);
            close(client_fd);
            count_clients(server, -1);
            continue;
        }
        if (s.idle)
            set_patience(client_fd, s.idle);
        int error = start_thread(server, client_fd);
        if (error) {
            // No thread, so there is nobody else to close this client's descriptor.
            fprintf(stderr, "pthread_create: %s\n", strerror(error));
            close(client_fd);
            count_clients(server, -1);
        }
    }
    close(server_fd);
    return EXIT_FAILURE; // the end of main() is the end of all threads
}
