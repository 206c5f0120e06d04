// SPDX-License-Identifier: GPL-3.0-or-later
// How long the net layer takes to set up: both hosts, wire, everything, in fresh processes.
/*
 *   setup_bench RUNS
 *
 * Prints one row per kind of net that this user can have: median, 90th percentile and worst in milliseconds, of
 * net_engine_open() from call to return. Between two runs it waits, because the kernel takes its time to destroy the
 * namespaces of the run before, and would be measured with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/engine.h"

enum { RUNS_MOST = 200, APART_MS = 150 };

static void report(int fd, enum net_mode mode)
{
    const struct net_engine_spec spec = {.mode = mode};
    struct net_engine engine;
    struct net_error err;
    uint64_t begin_ns = net_now_ns();
    int failed = net_engine_open(&engine, &spec, &err);
    double ms = failed ? -1 : (double)(net_now_ns() - begin_ns) / 1e6;
    if (write(fd, &ms, sizeof ms) != sizeof ms)
        _exit(1);
    if (!failed)
        net_engine_close(&engine);
}

static double one_run(enum net_mode mode)
{
    int fds[2], status;
    double ms = -1;
    if (pipe(fds) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        report(fds[1], mode);
        _exit(0);
    }
    close(fds[1]);
    if (read(fds[0], &ms, sizeof ms) != sizeof ms)
        ms = -1;
    close(fds[0]);
    waitpid(pid, &status, 0);
    nanosleep(&(struct timespec){.tv_nsec = APART_MS * 1000000L}, NULL);
    return ms;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void row(enum net_mode mode, int runs)
{
    double ms[RUNS_MOST];
    for (int i = 0; i < runs; i++) {
        ms[i] = one_run(mode);
        if (ms[i] < 0)
            return;
    }
    qsort(ms, (size_t)runs, sizeof ms[0], by_value);
    printf("| set-up of hosts and wire (%s) | %.1f ms | %.1f, worst %.1f | under 5 ms |\n", net_mode_name(mode),
           ms[runs / 2], ms[runs * 9 / 10], ms[runs - 1]);
}

int main(int argc, char **argv)
{
    int runs = argc == 2 ? atoi(argv[1]) : 0;
    if (runs < 1 || runs > RUNS_MOST) {
        fprintf(stderr, "usage: setup_bench RUNS (1 to %d)\n", RUNS_MOST);
        return 2;
    }
    row(NET_MODE_TUN, runs);
    row(NET_MODE_VETH, runs);
    return 0;
}
