// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * tcp_clients.c - a crowd: many clients at once, from one program with one thread.
 *
 *   gcc tcp_clients.c -o tcp_clients
 *   ./tcp_clients count=200             while a server listens:  ./tcp_server_fork backlog=1000
 *
 * Parameters:
 *   count=100                    how many clients
 *   address=127.0.0.1            the server
 *   port=12345                   the server's port
 *   message=Hello from client!   what each of them sends
 *   hold=0                       how long each keeps its connection after the answer: 200ms, 2s, or ever
 *   rate=none                    how many begin in a second; none: all at once
 *   patience=60                  after how many seconds without an answer a client gives up
 *
 * Each client connects, sends the message, waits for an answer, keeps the connection for a while, and closes it. None
 * of these steps may wait, for then all the others would wait too. So the descriptors are non-blocking: connect()
 * returns at once with EINPROGRESS, and epoll says when there is something to do. What a client has to do next is
 * written down as its step.
 *
 * At the end one line says what became of them: how many connected, were answered, and failed, in which call and why.
 */
#define _GNU_SOURCE // strerrorname_np()

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "parameters.h"

#define BUFFER_SIZE     1024
#define MAX_EVENTS      64 // taken at once; the others are told by the next epoll_wait()
#define MAX_FAILURES    16 // kinds of them
#define OWN_DESCRIPTORS 4  // 0, 1, 2 and epoll's own
#define NEVER           INT64_MAX

struct settings {
    const char *message, *hold;
    struct in_addr address;
    long port, count, rate, patience;
    int64_t hold_ms;
};

enum step { CONNECTING, SENDING, WAITING, HOLDING, ENDED };

struct client {
    int fd;
    enum step step;
    size_t sent;
    int64_t since_ms; // when it began; when it was answered
};

struct failure {
    const char *call;
    int error; // 0: the server closed the connection without an answer
    long count;
};

struct crowd {
    const struct settings *settings;
    size_t message_length;
    int epoll;
    struct client *clients;
    long begun, ended, connected, answered, failed;
    long oldest; // no client before this one waits for an answer
    // Those that hold their connection, in the order of their answers, which is also that in which they will close it.
    long *holding, held, released;
    struct failure failures[MAX_FAILURES];
};

/* A clock that nobody sets: it only goes forward. */
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- one client -------------------------------------------------------------------------------------------------- */

static void end_client(struct crowd *crowd, struct client *client)
{
    // close() also takes the descriptor out of epoll's list.
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->step = ENDED;
    crowd->ended++;
}

static void fail_client(struct crowd *crowd, struct client *client, const char *call, int error)
{
    int i = 0;
    // The last place takes whatever has no place of its own.
    while (i < MAX_FAILURES - 1 && crowd->failures[i].count &&
           !(strcmp(crowd->failures[i].call, call) == 0 && crowd->failures[i].error == error))
        i++;
    if (crowd->failures[i].count == 0)
        crowd->failures[i] = (struct failure){.call = call, .error = error};
    crowd->failures[i].count++;
    crowd->failed++;
    end_client(crowd, client);
}

static int watch(struct crowd *crowd, struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = (uint64_t)(client - crowd->clients)};
    return epoll_ctl(crowd->epoll, operation, client->fd, &event);
}

static void begin_client(struct crowd *crowd)
{
    const struct settings *s = crowd->settings;
    struct client *client = &crowd->clients[crowd->begun++];
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port), .sin_addr = s->address};

    *client = (struct client){.step = CONNECTING, .since_ms = now_ms()};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0)
        fail_client(crowd, client, "socket", errno);
    // EINPROGRESS is no error: the connection is being made. When it stands, or has failed, there is room to send.
    else if (connect(client->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        fail_client(crowd, client, "connect", errno);
    else if (watch(crowd, client, EPOLL_CTL_ADD, EPOLLOUT) < 0)
        fail_client(crowd, client, "epoll_ctl", errno);
}

/* The error of a connect() that did not wait is kept with the socket, and is asked for once. */
static void finish_connect(struct crowd *crowd, struct client *client)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    if (error) {
        fail_client(crowd, client, "connect", error);
        return;
    }
    crowd->connected++;
    client->step = SENDING;
}

/* What a non-blocking call says instead of waiting; and a signal may end any call. Neither is an error: try later. */
static int is_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* As much as the kernel takes; the rest when epoll says that there is room. */
static void send_message(struct crowd *crowd, struct client *client)
{
    while (client->sent < crowd->message_length) {
        ssize_t n = send(client->fd, crowd->settings->message + client->sent, crowd->message_length - client->sent,
                         MSG_NOSIGNAL);
        if (n < 0) {
            if (!is_later(errno))
                fail_client(crowd, client, "send", errno);
            return;
        }
        client->sent += (size_t)n;
    }
    client->step = WAITING;
    if (watch(crowd, client, EPOLL_CTL_MOD, EPOLLIN) < 0)
        fail_client(crowd, client, "epoll_ctl", errno);
}

/* The answers are short: the first bytes of one count as all of it. */
static void receive_answer(struct crowd *crowd, struct client *client)
{
    char buffer[BUFFER_SIZE];
    ssize_t n = recv(client->fd, buffer, sizeof buffer, 0);

    if (n < 0) {
        if (!is_later(errno))
            fail_client(crowd, client, "recv", errno);
        return;
    }
    if (n == 0) {
        fail_client(crowd, client, "recv", 0);
        return;
    }
    crowd->answered++;
    if (crowd->settings->hold_ms == 0) {
        end_client(crowd, client);
        return;
    }
    // Whatever comes now is not read: this client only keeps its place.
    watch(crowd, client, EPOLL_CTL_DEL, 0);
    client->step = HOLDING;
    client->since_ms = now_ms();
    crowd->holding[crowd->held++] = client - crowd->clients;
}

static void attend(struct crowd *crowd, struct client *client)
{
    if (client->step == CONNECTING)
        finish_connect(crowd, client);
    if (client->step == SENDING)
        send_message(crowd, client);
    else if (client->step == WAITING)
        receive_answer(crowd, client);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* At a given rate, the client number n is due n / rate seconds after the first. */
static int64_t next_begin_ms(const struct crowd *crowd, int64_t start_ms)
{
    const struct settings *s = crowd->settings;

    if (crowd->begun == s->count)
        return NEVER;
    return s->rate ? start_ms + (int64_t)crowd->begun * 1000 / s->rate : start_ms;
}

/* Only so many at once: those that are connecting must not wait until the last has begun. */
static void begin_those_due(struct crowd *crowd, int64_t start_ms)
{
    int64_t now = now_ms();

    for (int i = 0; i < MAX_EVENTS && next_begin_ms(crowd, start_ms) <= now; i++)
        begin_client(crowd);
}

/* All have the same patience, so that the one that began first loses it first. Returns when that will be. */
static int64_t give_up_the_unanswered(struct crowd *crowd)
{
    while (crowd->oldest < crowd->begun) {
        struct client *client = &crowd->clients[crowd->oldest];
        int64_t end_ms = client->since_ms + crowd->settings->patience * 1000;

        if (client->step < HOLDING && end_ms > now_ms())
            return end_ms;
        if (client->step < HOLDING)
            fail_client(crowd, client, client->step == CONNECTING ? "connect" : "recv", ETIMEDOUT);
        crowd->oldest++;
    }
    return NEVER;
}

/* Close the connections that were held long enough. Returns when the next one will have been. */
static int64_t release_the_held(struct crowd *crowd)
{
    int64_t hold_ms = crowd->settings->hold_ms;

    while (hold_ms != NEVER && crowd->released < crowd->held) {
        struct client *client = &crowd->clients[crowd->holding[crowd->released]];

        if (client->since_ms + hold_ms > now_ms())
            return client->since_ms + hold_ms;
        end_client(crowd, client);
        crowd->released++;
    }
    return NEVER;
}

/* For epoll_wait(): -1 is as long as it takes. */
static int timeout_until(int64_t ms)
{
    int64_t left = ms - now_ms();

    if (ms == NEVER)
        return -1;
    return left < 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int run_crowd(struct crowd *crowd)
{
    struct epoll_event events[MAX_EVENTS];
    int64_t start_ms = now_ms();

    while (crowd->ended < crowd->settings->count) {
        begin_those_due(crowd, start_ms);
        int64_t next_ms = earlier(give_up_the_unanswered(crowd), release_the_held(crowd));
        next_ms = earlier(next_ms, next_begin_ms(crowd, start_ms));
        if (crowd->ended == crowd->settings->count)
            break;
        int count = epoll_wait(crowd->epoll, events, MAX_EVENTS, timeout_until(next_ms));
        if (count < 0 && errno != EINTR) {
            perror("epoll_wait failed");
            return -1;
        }
        for (int i = 0; i < count; i++)
            attend(crowd, &crowd->clients[events[i].data.u64]);
    }
    return 0;
}

static void print_result(const struct crowd *crowd)
{
    printf("%ld clients: %ld connected, %ld answered, %ld failed", crowd->settings->count, crowd->connected,
           crowd->answered, crowd->failed);
    for (int i = 0; i < MAX_FAILURES && crowd->failures[i].count; i++) {
        const struct failure *f = &crowd->failures[i];
        const char *name = f->error ? strerrorname_np(f->error) : "closed without an answer";
        printf("%s %ld %s %s", i ? "," : ":", f->count, f->call, name ? name : "unknown error");
    }
    printf("\n");
}

/* ---- main -------------------------------------------------------------------------------------------------------- */

/* "200ms", "2s", "2" (seconds), "ever". Returns -1 for anything else. */
static int read_time(const char *text, int64_t *ms)
{
    char *end;

    if (strcmp(text, "ever") == 0) {
        *ms = NEVER;
        return 0;
    }
    errno = 0;
    long number = strtol(text, &end, 10);
    int is_ms = strcmp(end, "ms") == 0;
    if (errno || end == text || number < 0 || number > 1000000 || (!is_ms && *end && strcmp(end, "s") != 0)) {
        fprintf(stderr, "tcp_clients cannot use \"hold=%s\"; it takes a time: 200ms, 2s, or ever\n", text);
        return -1;
    }
    *ms = is_ms ? number : number * 1000;
    return 0;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    const struct parameter table[] = {
        {"count", .number = &s->count, .low = 1, .high = 10000},
        {"address", .address = &s->address},
        {"port", .number = &s->port, .low = 1, .high = 65535},
        {"message", .word = &s->message},
        {"hold", .word = &s->hold},
        {"rate", .number = &s->rate, .low = 1, .high = 1000000, .may_be_none = 1},
        {"patience", .number = &s->patience, .low = 1, .high = 86400},
    };
    if (read_parameters(argc, argv, table, sizeof table / sizeof table[0]) < 0)
        return -1;
    return read_time(s->hold, &s->hold_ms);
}

/* Each client is a descriptor, and a process may have only so many (RLIMIT_NOFILE). Say so before anything begins. */
static int check_limit(long count)
{
    long limit = sysconf(_SC_OPEN_MAX);

    if (limit < 0 || count + OWN_DESCRIPTORS <= limit)
        return 0;
    fprintf(stderr,
            "tcp_clients: %ld clients need %ld descriptors, and a process may have %ld here (RLIMIT_NOFILE): "
            "ask for at most %ld, or raise the limit first: ulimit -n %ld\n",
            count, count + OWN_DESCRIPTORS, limit, limit - OWN_DESCRIPTORS, count + OWN_DESCRIPTORS);
    return -1;
}

int main(int argc, char **argv)
{
    struct settings s = {.message = "Hello from client!",
                         .hold = "0",
                         .address.s_addr = htonl(INADDR_LOOPBACK),
                         .port = 12345,
                         .count = 100,
                         .patience = 60};
    struct crowd crowd = {.settings = &s};

    if (read_settings(argc, argv, &s) < 0 || check_limit(s.count) < 0)
        return 2;
    crowd.message_length = strlen(s.message);
    crowd.clients = malloc((size_t)s.count * sizeof *crowd.clients);
    crowd.holding = malloc((size_t)s.count * sizeof *crowd.holding);
    crowd.epoll = epoll_create1(0);
    int result = -1;
    if (!crowd.clients || !crowd.holding)
        perror("malloc failed");
    else if (crowd.epoll < 0)
        perror("epoll_create1 failed");
    else
        result = run_crowd(&crowd);
    if (result == 0)
        print_result(&crowd);
    if (crowd.epoll >= 0)
        close(crowd.epoll);
    free(crowd.holding);
    free(crowd.clients);
    return result == 0 && crowd.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
