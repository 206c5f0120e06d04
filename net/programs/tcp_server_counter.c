// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_counter.c - threads that share a number.
 *   gcc tcp_server_counter.c -o tcp_server_counter -pthread
 *   ./tcp_server_counter   and in other terminals:  nc localhost 12345
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which address of this machine; 0.0.0.0 is all, or ::
 *   backlog=10        how many may wait for accept() (Linux adds one)
 *   rounds=100000     how many times 1 is added for one message
 *   guard=none        while adding: none (a race), mutex, semaphore, atomic
 *   together=1        how many messages start the threads that add
 *
 * Each message adds 1 to one number, rounds times. The answer says what the
 * number ought to be by then, and what it is.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the threads share. */
struct server {
    const char *guard;
    long rounds, together;
    long number; // all of this is about this one
    pthread_mutex_t mutex;
    sem_t semaphore;
    // The book-keeping, which loses nothing, has a lock of its own.
    pthread_mutex_t lock;
    pthread_cond_t changed;
    long expected, ready, starts, counting;
};

struct client {
    struct server *server;
    int fd;
};

static const char *word(char **argv, const char *name, const char *value);
static int may_go_on(int error);
static void *thread(void *client);

static void stop(int signo)
{
    _exit(signo == SIGTERM ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct addrinfo *own, hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                   .ai_socktype = SOCK_STREAM};
    const char *port = word(argv, "port=", "12345");
    struct server *server = calloc(1, sizeof *server);
    pthread_t id;
    int on = 1;
    (void)argc;                       // argv ends with NULL
    setvbuf(stdout, NULL, _IOLBF, 0); // a line at once, also to a file
    signal(SIGTERM, stop);
    if (!server) return perror("calloc"), EXIT_FAILURE;
    server->guard = word(argv, "guard=", "none");
    server->rounds = atol(word(argv, "rounds=", "100000"));
    server->together = atol(word(argv, "together=", "1"));
    pthread_mutex_init(&server->mutex, NULL);
    sem_init(&server->semaphore, 0, 1);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);

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
        struct client *client = malloc(sizeof *client);
        if (client) *client = (struct client){server, fd};
        int error = client ? pthread_create(&id, NULL, thread, client) : ENOMEM;
        if (error == 0 && pthread_detach(id) == 0) continue;
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        close(fd);
        free(client);
    }
}

/*
 * number = number + 1 is three steps. If another thread comes between them,
 * both write the same sum. THE BUG. noinline and volatile only keep them
 * apart: a compiler may make one addition of all rounds.
 */
static __attribute__((noinline)) void add_one(long *number)
{
    volatile long sum = *number;
    sum = sum + 1;
    *number = sum;
}

/* A semaphore that starts at 1 lets one in; a signal may end the wait. */
static void count(struct server *server)
{
    int mutex = strcmp(server->guard, "mutex") == 0;
    int semaphore = strcmp(server->guard, "semaphore") == 0;
    int atomic = strcmp(server->guard, "atomic") == 0;
    for (long i = 0; i < server->rounds; i++) {
        if (mutex) pthread_mutex_lock(&server->mutex);
        while (semaphore && sem_wait(&server->semaphore) < 0) {}
        if (atomic) // the processor does the three steps as one
            __atomic_fetch_add(&server->number, 1, __ATOMIC_SEQ_CST);
        else
            add_one(&server->number);
        if (semaphore) sem_post(&server->semaphore);
        if (mutex) pthread_mutex_unlock(&server->mutex);
    }
}

/* Start all at once, and compare the sum when nobody counts. */
static int count_together(struct server *server, char *answer, size_t room)
{
    pthread_mutex_lock(&server->lock);
    long starts = server->starts;
    if (++server->ready == server->together) {
        server->expected += server->ready * server->rounds;
        server->counting += server->ready;
        server->ready = 0;
        server->starts++;
        pthread_cond_broadcast(&server->changed);
    }
    while (server->starts == starts)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);

    count(server);

    pthread_mutex_lock(&server->lock);
    if (--server->counting == 0) pthread_cond_broadcast(&server->changed);
    while (server->counting > 0)
        pthread_cond_wait(&server->changed, &server->lock);
    long expected = server->expected, number = server->number;
    pthread_mutex_unlock(&server->lock);
    return snprintf(answer, room, "expected %ld, got %ld, lost %ld\n", expected,
                    number, expected - number);
}

static void *thread(void *arg)
{
    struct client client = *(struct client *)arg;
    char data[1024], answer[96];
    free(arg);
    while (recv(client.fd, data, sizeof data, 0) > 0) {
        int n = count_together(client.server, answer, sizeof answer);
        printf("Client %d: %s", client.fd, answer);
        if (send(client.fd, answer, (size_t)n, MSG_NOSIGNAL) < 0) break;
    }
    close(client.fd);
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
