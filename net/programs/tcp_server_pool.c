// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_pool.c - a TCP server for many clients: a few threads that take turns at them.
 *
 *   gcc tcp_server_pool.c -o tcp_server_pool          (with a C library from before 2021: -pthread as well)
 *   ./tcp_server_pool                   and in other terminals, more than once:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=10        how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off
 *   threads=4         how many threads there are
 *   queue=8           how many accepted clients may wait for a thread
 *   repeat=no         "yes": a thread answers until its client leaves; "no": it answers once
 *   limit=none        how many clients there may be at once, waiting ones included
 *   idle=none         after how many seconds of silence a client is given up
 *   sigpipe=nosignal  what send() to a client that is gone does: default (death), ignore, nosignal
 *
 * main() accepts clients and puts them into a queue; each thread takes one out, serves it, and takes the next. However
 * many clients come, there are never more threads. What is too much waits, in three places: in the queue here, then
 * in the kernel's queue of the listener (backlog), then in the clients' own connect().
 *
 * The price: a client that says nothing holds one of the few threads. Four of them stop this server, unless idle is
 * set.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024
#define MAX_QUEUE   1024
#define MAX_THREADS 1024

struct settings {
    long port, backlog, threads, queue, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *repeat, *sigpipe;
};

/*
 * What main() and the threads share. Whoever reads or changes a line below the lock must hold the lock; the settings
 * are never changed once there are threads.
 */
struct pool {
    struct settings settings;
    pthread_mutex_t lock;
    pthread_cond_t not_empty; // a client was put in:   wakes a thread that waits for one
    pthread_cond_t not_full;  // a client was taken out: wakes main(), if it waits for a place
    int waiting[MAX_QUEUE];   // descriptors, in a ring: the oldest is at first
    size_t first, count;
    long clients; // waiting and served
};

static int is(const char *setting, const char *word)
{
    return strcmp(setting, word) == 0;
}

/* ---- the queue --------------------------------------------------------------------------------------------------- */

/*
 * pthread_cond_wait() lets go of the lock while it waits, and has it again when it returns. It is in a loop, since it
 * may return for no reason at all, or too late: the place may have been taken by somebody else.
 */
static void put(struct pool *pool, int fd)
{
    size_t size = (size_t)pool->settings.queue;

    pthread_mutex_lock(&pool->lock);
    if (pool->count == size)
        printf("The queue is full: %zu clients wait for a thread.\n", size);
    while (pool->count == size)
        pthread_cond_wait(&pool->not_full, &pool->lock);
    pool->waiting[(pool->first + pool->count) % size] = fd;
    pool->count++;
    pthread_cond_signal(&pool->not_empty);
    pthread_mutex_unlock(&pool->lock);
}

static int take(struct pool *pool)
{
    size_t size = (size_t)pool->settings.queue;

    pthread_mutex_lock(&pool->lock);
    while (pool->count == 0)
        pthread_cond_wait(&pool->not_empty, &pool->lock);
    int fd = pool->waiting[pool->first];
    pool->first = (pool->first + 1) % size;
    pool->count--;
    pthread_cond_signal(&pool->not_full);
    pthread_mutex_unlock(&pool->lock);
    return fd;
}

/* One client more or less; how many there are then. */
static long count_clients(struct pool *pool, int change)
{
    pthread_mutex_lock(&pool->lock);
    long clients = pool->clients += change;
    pthread_mutex_unlock(&pool->lock);
    return clients;
}

/* ---- a thread: one client after the other ------------------------------------------------------------------------ */

static int fail(const char *call)
{
    if (errno == EAGAIN)
        fprintf(stderr, "Client was silent for too long.\n");
    else
        perror(call);
    return -1;
}

/*
 * The bytes are not a string: nothing ends them with '\0', and a '\0' may stand among them. The line is written by one
 * call: between two calls another thread could write something of its own.
 */
static void show(int fd, const char *data, size_t n)
{
    char line[BUFFER_SIZE + 32];
    size_t at = (size_t)snprintf(line, 32, "Client %d: ", fd);
    memcpy(line + at, data, n);
    line[at + n] = '\n';
    fwrite(line, 1, at + n + 1, stdout);
}

/* send() may take only a part of what it is given: go on with the rest. */
static int send_all(int fd, const char *data, size_t length, int flags)
{
    while (length > 0) {
        ssize_t n = send(fd, data, length, flags);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("send");
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Send back what comes, once or until the client leaves. A client that has sent more than was read will be reset. */
static int serve(int fd, const struct settings *s)
{
    char buffer[BUFFER_SIZE];
    int flags = is(s->sigpipe, "nosignal") ? MSG_NOSIGNAL : 0;
    do {
        ssize_t n;
        do
            n = recv(fd, buffer, sizeof buffer, 0);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return fail("recv");
        if (n == 0)
            return 0; // the client has closed its end
        show(fd, buffer, (size_t)n);
        if (send_all(fd, buffer, (size_t)n, flags) < 0)
            return -1;
    } while (is(s->repeat, "yes"));
    return 0;
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    for (;;) {
        int fd = take(pool);
        serve(fd, &pool->settings);
        count_clients(pool, -1); // before close(): whom the end of this client lets in must find a place
        close(fd);
    }
    return NULL;
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

/* The pool, in memory of its own: the threads use it for as long as this process lives, whatever main() does. */
static struct pool *make_pool(const struct settings *s)
{
    struct pool *pool = malloc(sizeof *pool);
    if (!pool) {
        perror("malloc");
        return NULL;
    }
    memset(pool, 0, sizeof *pool);
    pool->settings = *s;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->not_empty, NULL);
    pthread_cond_init(&pool->not_full, NULL);
    return pool;
}

/* How many threads could be started. They are never joined: they end with the process. */
static long start_threads(struct pool *pool)
{
    for (long i = 0; i < pool->settings.threads; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, work, pool);
        if (error) {
            fprintf(stderr, "pthread_create: %s (after %ld threads)\n", strerror(error), i);
            return i;
        }
        pthread_detach(thread);
    }
    return pool->settings.threads;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"threads", .number = &s->threads, .low = 1, .high = MAX_THREADS},
        {"queue", .number = &s->queue, .low = 1, .high = MAX_QUEUE},
        {"repeat", .word = &s->repeat, .words = "yes|no"},
        {"limit", .number = &s->limit, .low = 1, .high = MAX_THREADS + MAX_QUEUE, .may_be_none = 1},
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
                         .threads = 4,
                         .queue = 8,
                         .repeat = "no",
                         .sigpipe = "nosignal"};

    if (read_settings(argc, argv, &s) < 0)
        return 2;
    if (set_up_sigpipe(&s) < 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    int server_fd = open_listener(&s);
    if (server_fd < 0)
        return EXIT_FAILURE;
    struct pool *pool = make_pool(&s);
    // Fewer threads than asked for are still a server; none are not.
    if (!pool || start_threads(pool) == 0) {
        close(server_fd);
        return EXIT_FAILURE;
    }
    printf("Server listening on port %ld...\n", s.port);

    int client_fd;
    while ((client_fd = next_client(server_fd)) >= 0) {
        long clients = count_clients(pool, 1);
        if (s.limit && clients > s.limit) {
            fprintf(stderr, "Too many clients: %ld.\n", s.limit);
            close(client_fd);
            count_clients(pool, -1);
            continue;
        }
        // Its time runs in recv() and send() only, not in the queue.
        if (s.idle)
            set_patience(client_fd, s.idle);
        put(pool, client_fd);
    }
    close(server_fd);
    return EXIT_FAILURE; // the end of main() is the end of all threads
}
