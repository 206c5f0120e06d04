// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * poke.c - clients for tests/script/programs_more.sh that nc cannot be: many at once, rude ones, ones that wait
 * exactly.
 *
 *   poke port                     print a port of 127.0.0.1 that is free now
 *   poke PORT crowd N TEXT        N clients connect, then each sends TEXT, then each reads it back: "N of N answered"
 *   poke PORT lines N TEXT        the same, but each prints the line that it is answered
 *   poke PORT hold N              N clients connect and stay until standard input ends: "N connected"
 *   poke PORT served TEXT         send TEXT and read until the other end closes, which it does first
 *   poke PORT end                 connect, say nothing, read until the end: "0", or the name of the error
 *   poke PORT flood BYTES         send so much and read at the same time: "sent N, got N the same", "reset after N"
 *   poke PORT late BYTES          send until nothing is taken any more, only then read: partial sends at the server
 *   poke PORT stuck               send until nothing is taken any more, never read, and wait for the end
 *   poke PORT rude PID            be served once; while PID is stopped send, half-close, reset; then let PID go on
 *   poke PORT rude child PID      the same with the only child of PID
 *   poke PORT leave               half-close, wait for the first byte, reset
 *   poke PORT read                half-close, then copy what comes to standard output
 *
 * Every wait ends after ten seconds with exit status 1 and a word about it.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

static void die(const char *what)
{
    printf("%s: %s\n", what, strerrorname_np(errno));
    exit(1);
}

static void wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n = poll(&p, 1, PATIENCE_MS);
    if (n < 0)
        die("poll");
    if (n == 0) {
        printf("nothing happens\n");
        exit(1);
    }
}

static int dial(int port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        die("socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    return fd;
}

static void put(int fd, const char *text, size_t n)
{
    // Whom the server has sent away already will see it when it reads.
    if (send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n && errno != EPIPE && errno != ECONNRESET)
        die("send");
}

/* Exactly n bytes; how many came before the end or an error. */
static size_t get(int fd, char *out, size_t n)
{
    size_t have = 0;
    while (have < n) {
        wait_for(fd, POLLIN);
        ssize_t r = recv(fd, out + have, n - have, 0);
        if (r <= 0)
            break;
        have += (size_t)r;
    }
    return have;
}

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) < 0 || getsockname(fd, (struct sockaddr *)&at, &size) < 0)
        die("port");
    printf("%d\n", ntohs(at.sin_port));
    return 0;
}

static int *dial_many(int port, int count)
{
    int *fds = malloc((size_t)count * sizeof *fds);
    if (!fds)
        die("malloc");
    for (int i = 0; i < count; i++)
        fds[i] = dial(port);
    return fds;
}

static int crowd(int port, int count, const char *text)
{
    size_t n = strlen(text);
    char answer[256];
    int answered = 0, patience_ms = 1000, *fds = dial_many(port, count);
    for (int i = 0; i < count; i++)
        put(fds[i], text, n);
    for (int i = 0; i < count; i++) {
        struct pollfd p = {.fd = fds[i], .events = POLLIN};
        if (poll(&p, 1, patience_ms) <= 0)
            patience_ms = 0; // the others have had as much time
        else
            answered += get(fds[i], answer, n) == n && memcmp(answer, text, n) == 0;
    }
    printf("%d of %d answered\n", answered, count);
    free(fds);
    return 0;
}

static int lines(int port, int count, const char *text)
{
    int *fds = dial_many(port, count);
    for (int i = 0; i < count; i++)
        put(fds[i], text, strlen(text));
    for (int i = 0; i < count; i++) {
        char c = 0;
        while (c != '\n' && get(fds[i], &c, 1) == 1)
            putchar(c);
    }
    free(fds);
    return 0;
}

static int hold(int port, int count)
{
    int *fds = dial_many(port, count);
    char c;
    printf("%d connected\n", count);
    fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0) {}
    free(fds);
    return 0;
}

static int end_of(int port)
{
    int fd = dial(port);
    char block[4096];
    ssize_t n;
    do {
        wait_for(fd, POLLIN);
        n = recv(fd, block, sizeof block, 0);
    } while (n > 0);
    printf("%s\n", n < 0 ? strerrorname_np(errno) : "0");
    return 0;
}

static int served(int port, const char *text)
{
    char answer[256];
    int fd = dial(port);
    put(fd, text, strlen(text));
    printf("%zu bytes\n", get(fd, answer, sizeof answer));
    return 0;
}

static char pattern(size_t i)
{
    return (char)(i * 31 + (i >> 9));
}

/* As much as is taken now. */
static ssize_t pour(int fd, size_t sent, size_t bytes)
{
    char block[65536];
    size_t n = bytes - sent < sizeof block ? bytes - sent : sizeof block;
    for (size_t i = 0; i < n; i++)
        block[i] = pattern(sent + i);
    return send(fd, block, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static size_t compare(const char *block, size_t n, size_t at)
{
    size_t same = 0;
    while (same < n && block[same] == pattern(at + same))
        same++;
    return same;
}

/* late: no reading until the other end takes nothing any more for a while. */
static int flood(int port, size_t bytes, int late)
{
    int fd = dial(port);
    size_t sent = 0, got = 0, same = 0;
    char block[65536];
    while (got < bytes) {
        struct pollfd p = {.fd = fd, .events = (short)((late ? 0 : POLLIN) | (sent < bytes ? POLLOUT : 0))};
        int n = poll(&p, 1, late ? 300 : PATIENCE_MS);
        if (n == 0 && !late)
            break;
        late = late && n > 0 && sent < bytes;
        if (p.revents & POLLIN || p.revents & POLLERR) {
            ssize_t r = recv(fd, block, sizeof block, MSG_DONTWAIT);
            if (r == 0 || (r < 0 && errno != EAGAIN)) {
                printf("%s after %zu\n", r == 0 ? "end" : "reset", got);
                return 0;
            }
            if (r > 0) {
                same += compare(block, (size_t)r, got);
                got += (size_t)r;
            }
        }
        if (p.revents & POLLOUT) {
            ssize_t r = pour(fd, sent, bytes);
            sent += r > 0 ? (size_t)r : 0;
        }
    }
    printf("sent %zu, got %zu %s\n", sent, got, same == got ? "the same" : "CHANGED");
    return 0;
}

static int stuck(int port)
{
    int fd = dial(port);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    while (poll(&p, 1, PATIENCE_MS) > 0 && !(p.revents & (POLLERR | POLLHUP)))
        pour(fd, 0, SIZE_MAX);
    printf("%s\n", p.revents ? "ended" : "nothing happens");
    return 0;
}

static char state_of(pid_t pid)
{
    char path[64], text[512], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file && fgets(text, sizeof text, file)) {
        const char *close = strrchr(text, ')');
        state = close ? close[2] : '?';
    }
    if (file)
        fclose(file);
    return state;
}

static pid_t child_of(pid_t pid)
{
    char path[64];
    int child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%d", &child) != 1)
        die(path);
    fclose(file);
    return child;
}

static void stop(pid_t pid)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    if (kill(pid, SIGSTOP) < 0)
        die("kill");
    for (int i = 0; i < PATIENCE_MS && state_of(pid) != 'T'; i++)
        nanosleep(&moment, NULL);
}

static void reset(int fd)
{
    const struct linger now = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

static int leave(int port)
{
    int fd = dial(port);
    shutdown(fd, SHUT_WR);
    wait_for(fd, POLLIN);
    reset(fd);
    return 0;
}

static int rude(int port, pid_t pid, int by_child)
{
    char c;
    int fd = dial(port);
    put(fd, "a", 1);
    if (get(fd, &c, 1) != 1)
        die("recv");
    if (by_child)
        pid = child_of(pid);
    stop(pid);
    put(fd, "b", 1);
    shutdown(fd, SHUT_WR);
    reset(fd);
    kill(pid, SIGCONT);
    return 0;
}

static int copy(int port)
{
    int fd = dial(port);
    char block[65536];
    shutdown(fd, SHUT_WR);
    for (;;) {
        wait_for(fd, POLLIN);
        ssize_t n = recv(fd, block, sizeof block, 0);
        if (n < 0)
            die("recv");
        if (n == 0)
            return 0;
        fwrite(block, 1, (size_t)n, stdout);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[2] : "";
    int port = argc > 1 ? atoi(argv[1]) : 0, number = argc > 3 ? atoi(argv[3]) : 0;
    if (argc == 2 && strcmp(argv[1], "port") == 0)
        return free_port();
    if (strcmp(what, "crowd") == 0 && argc == 5)
        return crowd(port, number, argv[4]);
    if (strcmp(what, "lines") == 0 && argc == 5)
        return lines(port, number, argv[4]);
    if (strcmp(what, "hold") == 0 && argc == 4)
        return hold(port, number);
    if (strcmp(what, "served") == 0 && argc == 4)
        return served(port, argv[3]);
    if (strcmp(what, "end") == 0)
        return end_of(port);
    if (strcmp(what, "flood") == 0 || strcmp(what, "late") == 0)
        return flood(port, (size_t)number, what[0] == 'l');
    if (strcmp(what, "rude") == 0)
        return rude(port, argc == 5 ? atoi(argv[4]) : number, argc == 5);
    if (strcmp(what, "stuck") == 0)
        return stuck(port);
    if (strcmp(what, "leave") == 0)
        return leave(port);
    if (strcmp(what, "read") == 0)
        return copy(port);
    fprintf(stderr, "poke: the head of its source says how\n");
    return 2;
}
