// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * claims.c - what LESSONS.md says of processes, threads and calls that no experiment can make; for
 * tests/script/claims.sh.
 *
 *   claims NAME   print "so", or what was seen instead
 *
 * NAME is one of the rows at the end. Everything that waits, waits for what must happen; the script limits the time.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void must(int holds, const char *what)
{
    if (holds)
        return;
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = (in_port_t)port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A socket that listens at a free port of any address; *to is where to connect. */
static int listener(struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t length = sizeof at;
    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 5) == 0, "listen");
    must(getsockname(fd, (struct sockaddr *)&at, &length) == 0, "getsockname");
    *to = loopback(at.sin_port);
    return fd;
}

/* Both ends of a connection on this machine. */
static int connection(int ends[2])
{
    struct sockaddr_in to;
    int fd = listener(&to);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(ends[0], (struct sockaddr *)&to, sizeof to) == 0, "connect");
    ends[1] = accept(fd, NULL, NULL);
    must(ends[1] >= 0, "accept");
    return fd;
}

static void in_child(void (*what)(int), int fd)
{
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        what(fd);
        _exit(0);
    }
    must(waitpid(pid, NULL, 0) == pid, "waitpid");
}

/* ---- processes ---- */

static volatile int number;

static void add(int fd)
{
    (void)fd;
    number += 1000000;
}

static void memory(void)
{
    in_child(add, -1);
    printf(number == 0 ? "so\n" : "the child's number is the parent's\n");
}

static void set_nonblock(int fd)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void shut(int fd)
{
    shutdown(fd, SHUT_WR);
}

static void open_file(void)
{
    int ends[2];
    char byte;
    connection(ends);
    in_child(set_nonblock, ends[0]);
    must(fcntl(ends[0], F_GETFL) & O_NONBLOCK, "O_NONBLOCK is not set in the parent");
    in_child(shut, ends[0]);
    must(recv(ends[1], &byte, 1, 0) == 0, "the other end got no FIN");
    must(send(ends[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE, "the parent can still send");
    printf("so\n");
}

static void send_to_nobody(int fd)
{
    _exit(send(fd, "x", 1, 0) == -1 && errno == EPIPE ? 7 : 1);
}

static void ignored(void)
{
    int ends[2], status;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && close(ends[1]) == 0, "socketpair");
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0)
        send_to_nobody(ends[0]);
    must(waitpid(pid, &status, 0) == pid, "waitpid");
    printf(WIFEXITED(status) && WEXITSTATUS(status) == 7 ? "so\n" : "status %d\n", status);
}

static volatile sig_atomic_t told_pid, told_status;

static void on_child(int signo, siginfo_t *info, void *context)
{
    (void)signo, (void)context;
    told_pid = info->si_pid;
    told_status = info->si_status;
}

static void siginfo(void)
{
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
    sigset_t child, before;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    must(sigaction(SIGCHLD, &action, NULL) == 0, "sigaction");
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    while (!told_pid)
        sigsuspend(&before);
    printf(told_pid == pid && told_status == 7 ? "so\n" : "told of %d and %d\n", (int)told_pid, (int)told_status);
}

/* ---- threads ---- */

static void *spoil(void *arg)
{
    sigset_t *mask = arg;
    errno = EXDEV;
    sigfillset(mask);
    pthread_sigmask(SIG_BLOCK, mask, NULL);
    return NULL;
}

static void own(void)
{
    pthread_t thread;
    sigset_t mask, mine;
    errno = ENOENT;
    must(pthread_create(&thread, NULL, spoil, &mask) == 0 && pthread_join(thread, NULL) == 0, "pthread_create");
    int seen = errno;
    pthread_sigmask(SIG_BLOCK, NULL, &mine);
    printf(seen == ENOENT && !sigismember(&mine, SIGUSR1) ? "so\n" : "errno %d, SIGUSR1 %d\n", seen,
           sigismember(&mine, SIGUSR1));
}

static void *nothing(void *arg)
{
    return arg;
}

/* Address space in pages, after `count` threads that have ended. */
static long pages_after(int count, int how)
{
    long pages = 0;
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        must(pthread_create(&thread, NULL, nothing, NULL) == 0, "pthread_create");
        if (how == 'j')
            pthread_join(thread, NULL);
        else if (how == 'd')
            pthread_detach(thread);
    }
    FILE *statm = fopen("/proc/self/statm", "r");
    must(statm && fscanf(statm, "%ld", &pages) == 1, "/proc/self/statm");
    fclose(statm);
    return pages;
}

/* Detached and joined ones use stacks of before again; 100 more that nobody asks for keep 100. */
static void stacks(void)
{
    struct rlimit stack;
    getrlimit(RLIMIT_STACK, &stack);
    long page = sysconf(_SC_PAGESIZE), before = pages_after(0, 0);
    long joined = pages_after(100, 'j') - before, left;
    before += joined;
    left = pages_after(100, 'n') - before;
    long one = stack.rlim_cur == RLIM_INFINITY ? 2 << 20 : (long)stack.rlim_cur;
    printf(joined * page < 20 * one && left * page > 90 * one ? "so\n" : "joined %ld, left %ld pages\n", joined, left);
}

static long long processor_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* What the call itself takes of the processor, and of some tries the least: others that run beside it do not count. */
static long long shortest_ns(int is_thread)
{
    long long best = 0;
    for (int i = 0; i < 15; i++) {
        long long from = processor_ns(), took;
        if (is_thread) {
            pthread_t thread;
            must(pthread_create(&thread, NULL, nothing, NULL) == 0, "thread");
            took = processor_ns() - from;
            must(pthread_join(thread, NULL) == 0, "thread");
        } else {
            pid_t pid = fork();
            if (pid == 0)
                _exit(0);
            took = processor_ns() - from;
            must(waitpid(pid, NULL, 0) == pid, "fork");
        }
        if (i == 0 || took < best)
            best = took;
    }
    return best;
}

static void cost(void)
{
    enum { BYTES = 128 << 20 };
    long long fork_small = shortest_ns(0), thread_small = shortest_ns(1);
    char *heap = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(heap != MAP_FAILED && madvise(heap, BYTES, MADV_NOHUGEPAGE) == 0, "mmap");
    memset(heap, 1, BYTES);
    long long fork_large = shortest_ns(0), thread_large = shortest_ns(1);
    int so = fork_large > 2 * fork_small && fork_large - fork_small > 5 * (thread_large - thread_small);
    printf(so ? "so\n" : "fork %lld and %lld ns, thread %lld and %lld ns\n", fork_small, fork_large, thread_small,
           thread_large);
}

/* ---- calls ---- */

static void unspec(void)
{
    int ends[2];
    char byte;
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    int fd = connection(ends);
    must(connect(ends[0], &nobody, sizeof nobody) == 0, "connect with AF_UNSPEC");
    must(recv(ends[1], &byte, 1, 0) == -1 && errno == ECONNRESET, "the other end got no reset");
    struct sockaddr_in again;
    socklen_t length = sizeof again;
    must(getsockname(fd, (struct sockaddr *)&again, &length) == 0, "getsockname");
    again = loopback(again.sin_port);
    must(connect(ends[0], (struct sockaddr *)&again, sizeof again) == 0, "the same socket cannot connect again");
    printf("so\n");
}

static void large_select(void)
{
    enum { HIGH = 1500, BITS = 8 * sizeof(unsigned long) };
    struct rlimit files;
    unsigned long set[HIGH / BITS + 1] = {0};
    int ends[2];
    must(getrlimit(RLIMIT_NOFILE, &files) == 0, "getrlimit");
    files.rlim_cur = files.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &files) == 0 && pipe(ends) == 0 && write(ends[1], "x", 1) == 1, "pipe");
    must(dup2(ends[0], HIGH) == HIGH, "a descriptor above 1023");
    set[HIGH / BITS] = 1UL << HIGH % BITS;
    long ready = syscall(SYS_pselect6, HIGH + 1, set, NULL, NULL, NULL, NULL);
    printf(ready == 1 && set[HIGH / BITS] && FD_SETSIZE == 1024 ? "so\n" : "select: %ld\n", ready);
}

static void version_6(void)
{
    struct sockaddr_in to;
    listener(&to);
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = to.sin_port, .sin6_addr = in6addr_loopback};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0 || (connect(fd, (struct sockaddr *)&at, sizeof at) < 0 && errno != ECONNREFUSED))
        printf("no IPv6 here\n");
    else
        printf(errno == ECONNREFUSED ? "so\n" : "it was connected\n");
}

static void say(void)
{
    dup2(STDOUT_FILENO, STDERR_FILENO);
    errno = EAGAIN;
    perror("so");
}

/* On a host that was told to answer for 203.0.113.0/24, which nobody has. */
static void refused(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "203.0.113.9", &to.sin_addr);
    must(connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno == ECONNREFUSED, "connect");
    printf("so\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*try)(void);
    } rows[] = {{"memory", memory},   {"ignored", ignored}, {"open-file", open_file},
                {"siginfo", siginfo}, {"own", own},         {"stacks", stacks},
                {"cost", cost},       {"unspec", unspec},   {"select", large_select},
                {"refused", refused}, {"perror", say},      {"version-6", version_6}};
    for (size_t i = 0; argc > 1 && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(argv[1], rows[i].name) == 0) {
            rows[i].try();
            return 0;
        }
    printf("what?\n");
    return 2;
}
