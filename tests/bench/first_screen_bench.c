// SPDX-License-Identifier: GPL-3.0-or-later
// How long a full-screen program takes from exec to its first full frame.
/*
 *   first_screen_bench RUNS COLUMNSxROWS QUIT -- COMMAND...
 *
 * Runs COMMAND on a terminal of its own (a pty), again and again; prints "median worst" in milliseconds. A frame is
 * full when the program has written something and then nothing for QUIET_MS: what counts is the time of its last byte
 * before that. Then QUIT is typed. The same yardstick for every program; none is asked to help. Between two runs it
 * waits: what the kernel still has to clear away of the run before would be measured with the next.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_MS = 120, APART_MS = 150, GIVE_UP_MS = 5000, RUNS_MOST = 101 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Time of the last byte before the first quiet moment; -1 when nothing came. */
static double last_byte_ms(int fd, double started)
{
    double last = -1;
    for (;;) {
        char buffer[65536];
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = poll(&p, 1, last < 0 ? GIVE_UP_MS : QUIET_MS);
        if (n == 0)
            return last;
        if (n < 0 || read(fd, buffer, sizeof buffer) <= 0)
            return last;
        last = now_ms() - started;
    }
}

/* Types QUIT and takes what is still written, until the program is gone. */
static void leave(int fd, pid_t pid, const char *quit)
{
    char buffer[65536];
    (void)!write(fd, quit, strlen(quit));
    for (int tries = 0; waitpid(pid, NULL, WNOHANG) == 0; tries++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 20) > 0 && read(fd, buffer, sizeof buffer) < 0 && errno == EIO)
            p.revents = 0;
        if (tries == 100)
            kill(pid, SIGKILL);
    }
    close(fd);
}

static double one_run(const struct winsize *size, const char *quit, char **command)
{
    int fd;
    double started = now_ms();
    pid_t pid = forkpty(&fd, NULL, NULL, size);
    if (pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        execvp(command[0], command);
        _exit(127);
    }
    if (pid < 0)
        return -1;
    double ms = last_byte_ms(fd, started);
    leave(fd, pid, quit);
    nanosleep(&(struct timespec){.tv_nsec = APART_MS * 1000000L}, NULL);
    return ms;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct winsize size = {0};
    double ms[RUNS_MOST];
    if (argc < 6 || strcmp(argv[4], "--") != 0 || sscanf(argv[2], "%hux%hu", &size.ws_col, &size.ws_row) != 2) {
        fprintf(stderr, "usage: first_screen_bench RUNS COLUMNSxROWS QUIT -- COMMAND...\n");
        return 2;
    }
    int runs = atoi(argv[1]);
    if (runs < 1 || runs > RUNS_MOST)
        runs = RUNS_MOST;
    for (int i = 0; i < runs; i++) {
        ms[i] = one_run(&size, argv[3], argv + 5);
        if (ms[i] < 0) {
            fprintf(stderr, "%s: no frame\n", argv[5]);
            return 1;
        }
    }
    qsort(ms, (size_t)runs, sizeof ms[0], by_value);
    printf("%.1f %.1f\n", ms[runs / 2], ms[runs - 1]);
    return 0;
}
