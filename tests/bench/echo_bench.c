// SPDX-License-Identifier: GPL-3.0-or-later
// What tracing costs: one call, and an echo server against the same one untraced and under strace.
/*
 *   echo_bench ROUNDS            the table rows
 *   echo_bench serve PORT        the untraced server, for strace
 *
 * On the machine's loopback, so that nothing but the two programs is measured. Server and client share one processor,
 * and the thread that takes the events has another: waking an idle processor of a virtual machine takes longer than an
 * echo. The rounds of the variants alternate, so that what else the machine does meets all of them alike. The main
 * thread takes the events as a screen does, 8 ms at a time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/engine.h"
#include "net/trace/traced_calls.h"

enum { MESSAGE_BYTES = 32, TRIPS = 20000, STRACE_TRIPS = 2000, ROUNDS_MOST = 100 };
enum { GROUP = 10, GROUPS = 5, BURSTS = 400 };

static void pin(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)(processor % (int)sysconf(_SC_NPROCESSORS_ONLN)), &set);
    sched_setaffinity(0, sizeof set, &set);
}

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* One connection, echoed until it ends. The same text twice: CALL(recv, ...) is the call itself, or the traced one. */
#define ECHO_SERVER(name, CALL)                                                                                        \
    static int name(int argc, char **argv)                                                                             \
    {                                                                                                                  \
        char buffer[MESSAGE_BYTES];                                                                                    \
        struct sockaddr_in own = address_of(argc > 1 ? atoi(argv[argc - 1]) : 0);                                      \
        int one = 1, listener = CALL(socket, AF_INET, SOCK_STREAM, 0);                                                 \
        pin(0);                                                                                                        \
        CALL(setsockopt, listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);                                        \
        if (CALL(bind, listener, (struct sockaddr *)&own, sizeof own) < 0 || CALL(listen, listener, 1) < 0)            \
            return 1;                                                                                                  \
        int fd = CALL(accept, listener, NULL, NULL);                                                                   \
        for (ssize_t n; (n = CALL(recv, fd, buffer, sizeof buffer, 0)) > 0;)                                           \
            if (CALL(send, fd, buffer, (size_t)n, MSG_NOSIGNAL) != n)                                                  \
                return 1;                                                                                              \
        CALL(close, fd);                                                                                               \
        CALL(close, listener);                                                                                         \
        return 0;                                                                                                      \
    }
#define PLAIN(call, ...)  call(__VA_ARGS__)
#define TRACED(call, ...) net_##call(__LINE__, __VA_ARGS__)
ECHO_SERVER(plain_echo, PLAIN)
ECHO_SERVER(traced_echo, TRACED)

/* ---- one call ---------------------------------------------------------------------------------------------------- */

static double plain_ns, traced_ns, first_us, first_most_us; /* the actor's, until it has ended */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof values[0], by_value);
    return values[n / 2];
}

static double plain_group(int fd)
{
    uint64_t begin_ns = net_now_ns();
    for (int i = 0; i < GROUP; i++)
        fcntl(fd, F_GETFL);
    return (double)(net_now_ns() - begin_ns) / GROUP;
}

static double traced_calls(int fd, int calls)
{
    uint64_t begin_ns = net_now_ns();
    for (int i = 0; i < calls; i++)
        net_fcntl(__LINE__, fd, F_GETFL, 0L);
    return (double)(net_now_ns() - begin_ns) / calls;
}

/*
 * In bursts that fit the task's ring, with a pause for the reader: what the call costs, not what waiting for room does.
 * The first call after a pause may have to wake the lab, so it is told apart.
 */
static int time_calls(int argc, char **argv)
{
    static double plain[BURSTS * GROUPS], traced[BURSTS * GROUPS], first[BURSTS];
    int fd = net_socket(0, AF_INET, SOCK_STREAM, 0);
    (void)argc;
    (void)argv;
    pin(0);
    for (int burst = 0; burst < BURSTS; burst++) {
        for (int i = 0; i < GROUPS; i++)
            plain[burst * GROUPS + i] = plain_group(fd);
        first[burst] = traced_calls(fd, 1) / 1e3;
        for (int i = 0; i < GROUPS; i++)
            traced[burst * GROUPS + i] = traced_calls(fd, GROUP);
        nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    }
    plain_ns = median(plain, BURSTS * GROUPS);
    traced_ns = median(traced, BURSTS * GROUPS);
    first_us = median(first, BURSTS);
    first_most_us = first[BURSTS * 9 / 10]; /* median() has sorted them */
    return 0;
}

/* ---- the lab, and the client ------------------------------------------------------------------------------------- */

static struct net_engine engine;

struct client {
    int port, trips;
    double per_s;
    _Atomic int done;
};

static int connect_to(int port)
{
    struct sockaddr_in to = address_of(port);
    int one = 1;
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
            return fd;
        close(fd); /* the server does not listen yet */
        sched_yield();
    }
}

static void *run_client(void *user)
{
    struct client *c = user;
    char buffer[MESSAGE_BYTES] = "an echo of thirty-two characters";
    pin(0);
    int fd = connect_to(c->port);
    uint64_t begin_ns = 0;
    for (int i = -c->trips / 10; i < c->trips; i++) {
        if (i == 0)
            begin_ns = net_now_ns();
        if (send(fd, buffer, sizeof buffer, MSG_NOSIGNAL) != sizeof buffer ||
            recv(fd, buffer, sizeof buffer, MSG_WAITALL) != sizeof buffer)
            abort();
    }
    c->per_s = c->trips / ((double)(net_now_ns() - begin_ns) / 1e9);
    close(fd);
    atomic_store(&c->done, 1);
    return NULL;
}

static void count(void *user, const struct net_event *ev)
{
    (void)ev;
    ++*(unsigned long *)user;
}

static void take_events_for(uint64_t ns)
{
    unsigned long events = 0;
    net_engine_wait(&engine, -1, net_now_ns() + ns, 8, count, &events);
}

static double measure(int port, int trips)
{
    struct client c = {.port = port, .trips = trips};
    pthread_t thread;
    pthread_create(&thread, NULL, run_client, &c);
    while (!atomic_load(&c.done))
        take_events_for(10000000);
    pthread_join(thread, NULL);
    return c.per_s;
}

static void start(int (*program)(int, char **), int port)
{
    static struct net_program made_up = {.name = "bench", .source = "", .source_bytes = 0};
    char text[16];
    const char *argv[] = {"bench", text};
    struct net_error err;
    snprintf(text, sizeof text, "%d", port);
    made_up.main = program;
    const struct net_actor_spec spec = {
        .name = "bench", .host = NET_SERVER, .program = &made_up, .argc = 2, .argv = argv};
    if (net_actor_start(engine.actors, &spec, &err) == 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

static void until_over(void)
{
    while (net_actors_alive(engine.actors) > 0)
        take_events_for(10000000);
}

static double in_the_lab(int (*program)(int, char **), int port)
{
    start(program, port);
    double per_s = measure(port, TRIPS);
    until_over();
    return per_s;
}

/* 0: there is no strace. */
static double under_strace(const char *self, int port)
{
    char text[16];
    int status;
    snprintf(text, sizeof text, "%d", port);
    if (system("command -v strace >/dev/null") != 0)
        return 0;
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execlp("strace", "strace", "-f", "-o", "/dev/null", self, "serve", text, (char *)NULL);
        _exit(127);
    }
    double per_s = measure(port, STRACE_TRIPS);
    waitpid(pid, &status, 0);
    return per_s;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static void echo_rows(const char *self, int rounds)
{
    double plain[ROUNDS_MOST], traced[ROUNDS_MOST], strace[ROUNDS_MOST], ratio[ROUNDS_MOST];
    int port = 20000 + getpid() % 10000;
    for (int i = 0; i < rounds; i++) {
        plain[i] = in_the_lab(plain_echo, port++);
        traced[i] = in_the_lab(traced_echo, port++);
        strace[i] = under_strace(self, port++);
        ratio[i] = plain[i] / traced[i];
    }
    double mine = median(ratio, rounds), each = median(plain, rounds), theirs = median(strace, rounds);
    printf("| echo server, traced / untraced | %.2f x | %.0f against %.0f round trips/s | at most 1.05 x |\n", mine,
           median(traced, rounds), each);
    if (theirs > 0)
        printf("| the same under strace -f | %.1f x | %.0f round trips/s | |\n", each / theirs, theirs);
}

int main(int argc, char **argv)
{
    const struct net_engine_spec spec = {.mode = NET_MODE_LOOPBACK};
    struct net_error err;
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return plain_echo(argc, argv);
    int rounds = argc == 2 ? atoi(argv[1]) : 0;
    if (rounds < 1 || rounds > ROUNDS_MOST) {
        fprintf(stderr, "usage: echo_bench ROUNDS (1 to %d)\n", ROUNDS_MOST);
        return 2;
    }
    if (net_engine_open(&engine, &spec, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    pin(1);
    start(time_calls, 0);
    until_over();
    printf("| one traced call, over the plain one | %.0f ns | fcntl(F_GETFL): %.0f against %.0f ns; the first after a "
           "pause, which may wake the lab, %.1f us, 9 of 10 within %.1f | under 200 ns |\n",
           traced_ns - plain_ns, traced_ns, plain_ns, first_us, first_most_us);
    echo_rows(argv[0], rounds);
    net_engine_close(&engine);
    return 0;
}
