// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_pool.c - a TCP server with a few threads that take turns.
 *   gcc tcp_server_pool.c -o tcp_server_pool -pthread
 *   ./tcp_server_pool   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=10        how many may wait for accept() (Linux adds one)
 *   threads=4         how many threads there are
 *   queue=8           how many accepted clients may wait for a thread
 *   repeat=no         "yes": a thread answers until its client leaves
 *   idle=none         after how many seconds of silence one is given up
 * What is too much waits: in the queue of this program, then in that of the
 * kernel (backlog), then in the clients' connect().
 */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1024, MAX_QUEUE = 1024 };

/* All of it is read and changed with the lock held, but the first three. */
struct pool {
    size_t size;
    int repeat;
    pthread_mutex_t lock;
    pthread_cond_t not_empty; // wakes a thread that waits for a client
    pthread_cond_t not_full;  // wakes main(), if it waits for a place
    int waiting[MAX_QUEUE];   // a ring of descriptors
    size_t first, count;
};

static const char *word(char **argv, const char *name, const char *value);
static int may_go_on(int error);
static void *work(void *pool);
static void put(struct pool *pool, int fd);

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
    int on = 1, error = 0, made = 0, wanted = atoi(word(argv, "threads=", "4"));
    struct pool *pool = calloc(1, sizeof *pool);
    pthread_t id;
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);
    if (!pool) return perror("calloc"), EXIT_FAILURE;
    pool->size = (size_t)atoi(word(argv, "queue=", "8"));
    if (pool->size < 1 || pool->size > MAX_QUEUE) pool->size = MAX_QUEUE;
    pool->repeat = strcmp(word(argv, "repeat=", "no"), "yes") == 0;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->not_empty, NULL);
    pthread_cond_init(&pool->not_full, NULL);
    for (; !error && made < wanted; made += !error)
        if ((error = pthread_create(&id, NULL, work, pool)) == 0)
            pthread_detach(id);
    if (error)
        fprintf(stderr, "pthread_create: %s (after %d threads)\n",
                strerror(error), made);
    if (made == 0) return EXIT_FAILURE;
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

    // 4. accept(), and 5. leave the rest to the threads.
    for (;;) {
        int fd = accept(server_fd, NULL, NULL);
        if (fd < 0 && may_go_on(errno)) continue;
        if (fd < 0) return EXIT_FAILURE;
        if (idle.tv_sec) { // recv() and send() then fail with EAGAIN
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
        }
        put(pool, fd);
    }
}

/*
 * pthread_cond_wait() lets go of the lock while it waits. It is in a loop:
 * when it returns, somebody else may have taken the place.
 */
static void put(struct pool *pool, int fd)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->count == pool->size)
        printf("The queue is full: %zu clients wait for a thread.\n",
               pool->size);
    while (pool->count == pool->size)
        pthread_cond_wait(&pool->not_full, &pool->lock);
    pool->waiting[(pool->first + pool->count++) % pool->size] = fd;
    pthread_cond_signal(&pool->not_empty);
    pthread_mutex_unlock(&pool->lock);
}

static int take(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->count == 0)
        pthread_cond_wait(&pool->not_empty, &pool->lock);
    int fd = pool->waiting[pool->first];
    pool->count--;
    pool->first = (pool->first + 1) % pool->size;
    pthread_cond_signal(&pool->not_full);
    pthread_mutex_unlock(&pool->lock);
    return fd;
}

/* One line by one call, and nothing in it that a terminal obeys. */
static void show(int fd, const unsigned char *data, ssize_t n)
{
    char line[4 * BUFFER_SIZE + 1], *at = line;
    for (ssize_t i = 0; i < n; i++)
        at += sprintf(at, isprint(data[i]) ? "%c" : "\\x%02x", data[i]);
    printf("Client %d: %s\n", fd, line);
}

static int fail(const char *call)
{
    if (errno != EAGAIN) return perror(call), -1;
    fprintf(stderr, "Client was silent for too long.\n");
    return -1;
}

/* Send back what comes, once or until the client leaves. */
static int serve(int fd, int repeat)
{
    unsigned char data[BUFFER_SIZE];
    ssize_t n, sent, part;
    do {
        while ((n = recv(fd, data, sizeof data, 0)) < 0 && errno == EINTR) {}
        if (n <= 0) return n < 0 ? fail("recv") : 0; // 0: the client's end
        show(fd, data, n);
        for (sent = 0; sent < n; sent += part) // it may take a part
            if ((part = send(fd, data + sent, (size_t)(n - sent),
                             MSG_NOSIGNAL)) < 0)
                return fail("send");
    } while (repeat);
    return 0;
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    for (;;) {
        int fd = take(pool);
        serve(fd, pool->repeat);
        close(fd);
    }
    return NULL;
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
