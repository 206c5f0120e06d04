// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_server_counter.c - a TCP server whose threads share a number: what happens when two of them change it at once.
 *
 *   gcc tcp_server_counter.c -o tcp_server_counter          (with a C library from before 2021: -pthread as well)
 *   ./tcp_server_counter together=2     and in two other terminals, a line each:  nc localhost 12345
 *
 * Parameters:
 *   port=12345        the port to listen on
 *   address=0.0.0.0   which of this machine's own addresses to listen on; 0.0.0.0 is all of them
 *   backlog=10        how many connections may wait for accept() (Linux lets one more in)
 *   reuseaddr=yes     "no" leaves SO_REUSEADDR off
 *   rounds=100000     how many times 1 is added for one message
 *   guard=none        what keeps two threads apart while they add: none (a race), mutex, semaphore, atomic
 *   together=1        how many messages must have come before their threads count, all at once
 *   limit=none        how many clients there may be at once
 *   idle=none         after how many seconds of silence a client is given up
 *   sigpipe=nosignal  what send() to a client that is gone does: default (death), ignore, nosignal
 *
 * Each message of each client adds 1 to the same number, rounds times. The answer says what the number ought to be by
 * then and what it is. With guard=none some additions get lost: not in every run, and never the same number of them.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE 1024

struct settings {
    long port, backlog, rounds, together, limit, idle;
    struct in_addr address;
    const char *reuseaddr, *guard, *sigpipe;
};

/* What the threads share. The settings are never changed once there are threads. */
struct server {
    struct settings settings;

    atomic_long number; // all of this is about this one
    pthread_mutex_t mutex;
    sem_t semaphore;

    // The book-keeping. It has a lock of its own, which must be held to read or change a line below it.
    pthread_mutex_t lock;
    pthread_cond_t changed; // heat or counting was
    long clients;
    long expected; // what the number ought to be when nobody counts
    long ready;    // threads that wait for the start
    long heat;     // how many starts there were
    long counting; // threads that count now
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

/* ---- the number -------------------------------------------------------------------------------------------------- */

/*
 * "number = number + 1" is three steps for the machine: read, add, write. If another thread reads between the first and
 * the last, both write the same sum, and one addition is lost. THIS IS THE BUG; nothing but a guard helps.
 *
 * The three steps are written out so that it stays visible: of a plain number++ in a loop, the compiler would make one
 * addition of all rounds. (It may, since C promises nothing at all about an ordinary variable that two threads change.)
 */
static void add_one(atomic_long *number)
{
    long sum = atomic_load_explicit(number, memory_order_relaxed);
    sum = sum + 1;
    atomic_store_explicit(number, sum, memory_order_relaxed);
}

static void count(struct server *server)
{
    long rounds = server->settings.rounds;
    const char *guard = server->settings.guard;

    if (is(guard, "mutex")) {
        // Only who holds the lock goes on; whoever comes meanwhile waits for it.
        for (long i = 0; i < rounds; i++) {
            pthread_mutex_lock(&server->mutex);
            add_one(&server->number);
            pthread_mutex_unlock(&server->mutex);
        }
    } else if (is(guard, "semaphore")) {
        // A semaphore that starts at 1 lets one in. Unlike a mutex it has no owner: any thread might post it. And a
        // signal may end the waiting, so ask whether we are in.
        for (long i = 0; i < rounds; i++) {
            while (sem_wait(&server->semaphore) < 0) {}
            add_one(&server->number);
            sem_post(&server->semaphore);
        }
    } else if (is(guard, "atomic")) {
        // The processor does the three steps as one, and nobody has to wait. For a single number this is all it takes.
        for (long i = 0; i < rounds; i++)
            atomic_fetch_add(&server->number, 1);
    } else {
        for (long i = 0; i < rounds; i++)
            add_one(&server->number);
    }
}

/* ---- start and finish: by the book-keeping, which loses nothing -------------------------------------------------- */

/* With the lock held. The last of those that have to be together starts all of them. */
static void wait_for_start(struct server *server)
{
    long heat = server->heat;

    server->ready++;
    if (server->ready == server->settings.together) {
        server->expected += server->ready * server->settings.rounds;
        server->counting += server->ready;
        server->ready = 0;
        server->heat++;
        pthread_cond_broadcast(&server->changed);
    }
    while (server->heat == heat)
        pthread_cond_wait(&server->changed, &server->lock);
}

/* With the lock held. A sum can only be compared when nobody counts. */
static void wait_for_finish(struct server *server)
{
    server->counting--;
    if (server->counting == 0)
        pthread_cond_broadcast(&server->changed);
    while (server->counting > 0)
        pthread_cond_wait(&server->changed, &server->lock);
}

/* Count for one message. Returns the length of the answer. */
static int count_together(struct server *server, char *answer, size_t room)
{
    pthread_mutex_lock(&server->lock);
    wait_for_start(server);
    pthread_mutex_unlock(&server->lock);

    count(server);

    pthread_mutex_lock(&server->lock);
    wait_for_finish(server);
    long expected = server->expected, got = atomic_load(&server->number);
    pthread_mutex_unlock(&server->lock);

    return snprintf(answer, room, "expected %ld, got %ld, lost %ld\n", expected, got, expected - got);
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

/* Whatever comes counts as one message. */
static int serve(struct server *server, int fd)
{
    char buffer[BUFFER_SIZE], answer[96];
    int flags = is(server->settings.sigpipe, "nosignal") ? MSG_NOSIGNAL : 0;
    for (;;) {
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail("recv");
        if (n == 0)
            return 0; // the client has closed its end
        int length = count_together(server, answer, sizeof answer);
        printf("Client %d: %s", fd, answer);
        if (send_all(fd, answer, (size_t)length, flags) < 0)
            return -1;
    }
}

static void *thread(void *arg)
{
    struct client client = *(struct client *)arg;
    free(arg);
    serve(client.server, client.fd);
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
    memset(server, 0, sizeof *server);
    server->settings = *s;
    pthread_mutex_init(&server->mutex, NULL);
    sem_init(&server->semaphore, 0, 1);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    return server;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"address", .address = &s->address},
        {"backlog", .number = &s->backlog, .low = 0, .high = 65535},
        {"reuseaddr", .word = &s->reuseaddr, .words = "yes|no"},
        {"rounds", .number = &s->rounds, .low = 1, .high = 1000000000},
        {"guard", .word = &s->guard, .words = "none|mutex|semaphore|atomic"},
        {"together", .number = &s->together, .low = 1, .high = 1000},
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
                         .rounds = 100000,
                         .guard = "none",
                         .together = 1,
                         .sigpipe = "nosignal"};

    if (read_settings(argc, argv, &s) < 0)
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
