// SPDX-License-Identifier: GPL-3.0-or-later
// What tracing costs a whole server: the same program file alone and inside the lab, under the same thousand clients.
/*
 *   server_bench PROGRAMS ROUNDS SERVER...      PROGRAMS is build/.../programs; SERVER: fork, "fork as thread", ...
 *
 * Both on the machine's loopback, so that nothing but the tracing differs: no wire, no namespace. The clients are the
 * chapter's own crowd, untraced, in a process of its own. Server and clients have one processor, the lab, which takes
 * the events, folds them and keeps the journal, has another. The two take turns, so that what else the machine does
 * meets both alike, and both servers and the clients have the priority that the lab gives to its programs. One round is
 * one crowd, from its start to its end.
 *
 * Twice: as it is, and with the lab's processor kept awake for both, by a loop that runs when nobody else wants to. On
 * a virtual machine a processor that is awake slows whatever another does to page tables, since their changes must be
 * told to it: on the one where this was found, an empty process took 0.73 ms from fork() to wait() beside a processor
 * that slept, and 1.78 ms beside a busy loop of three lines. The lab wakes its processor, so the first number holds
 * that, too; the second is the tracing alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/commands/commands.h"
#include "lab/session/session.h"
#include "net/engine.h"

enum { CLIENTS = 1000, ROUNDS_MOST = 100, LISTENS_MS = 5000, PROGRAM_NICE = 10 };
enum { SCREEN_NS = 8000000 }; /* how long a screen waits before it draws, at least */

static void pin(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)(processor % (int)sysconf(_SC_NPROCESSORS_ONLN)), &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void give_up(const char *what)
{
    fprintf(stderr, "server_bench: %s\n", what);
    exit(1);
}

/* ---- other processes --------------------------------------------------------------------------------------------- */

/*
 * On the first processor, with ordinary signals, silent. vfork(), since a fork() would make the lab's memory
 * copy-on-write: the traced server, which lives in it, would pay for that, and the other would not.
 */
static pid_t run(const char *path, int nice_by, char *const argv[])
{
    static int silence = -1;
    sigset_t none;
    if (silence < 0)
        silence = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigemptyset(&none);
    pid_t pid = vfork();
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &none, NULL);
        pin(0);
        setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + nice_by);
        if (dup2(silence, 1) == 1 && dup2(silence, 2) == 2)
            execv(path, argv);
        _exit(127);
    }
    return pid;
}

/* On the lab's processor, stopped until it is wanted. Made before there is a lab, for the same reason. */
static pid_t make_loop(void)
{
    const struct sched_param none = {0};
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(1);
        sched_setscheduler(0, SCHED_IDLE, &none);
        raise(SIGSTOP);
        for (volatile unsigned long turns = 0;; turns = turns + 1)
            ;
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The kernel's own list: asking by a connection would make one more client. */
static int listens(int port)
{
    char line[256];
    unsigned local, state;
    int found = 0;
    FILE *file = fopen("/proc/self/net/tcp", "r");
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, " %*d: %*8x:%x %*8x:%*x %x", &local, &state) == 2 && (int)local == port && state == 0x0a;
    if (file)
        fclose(file);
    return found;
}

/* ---- the lab ----------------------------------------------------------------------------------------------------- */

static void command(struct lab_session *lab, const char *text)
{
    static const struct lab_place place = {
        .file = "bench", .line = 1, .column = 1, .from = LAB_FROM_PROMPT, .reach = LAB_REACH_USER};
    struct net_error err;
    if (lab_session_command(lab, text, &place, &err) == LAB_ERROR)
        give_up(err.text);
}

static void live_for(struct lab_session *lab, uint64_t ns)
{
    lab_session_wait(lab, -1, net_now_ns() + ns);
}

/* ---- one round --------------------------------------------------------------------------------------------------- */

struct crowd {
    pid_t pid;
    int status;
    uint64_t end_ns;
    _Atomic bool over;
};

/* The lab may be in the middle of its own work when the crowd ends. */
static void *watch(void *user)
{
    struct crowd *crowd = user;
    pin(0);
    while (waitpid(crowd->pid, &crowd->status, 0) < 0 && errno == EINTR)
        ;
    crowd->end_ns = net_now_ns();
    atomic_store(&crowd->over, true);
    return NULL;
}

static double crowd_s(struct lab_session *lab, const char *programs, int port)
{
    char path[256], count[32], at[32];
    struct crowd crowd = {0};
    pthread_t watcher;
    snprintf(path, sizeof path, "%s/tcp_clients", programs);
    snprintf(count, sizeof count, "count=%d", CLIENTS);
    snprintf(at, sizeof at, "port=%d", port);
    char *const argv[] = {path, count, at, NULL};
    crowd.pid = run(path, PROGRAM_NICE, argv);
    uint64_t begin_ns = net_now_ns();
    if (pthread_create(&watcher, NULL, watch, &crowd) != 0)
        give_up("there is no thread to wait for the crowd");
    while (!atomic_load(&crowd.over))
        live_for(lab, SCREEN_NS);
    pthread_join(watcher, NULL);
    if (!WIFEXITED(crowd.status) || WEXITSTATUS(crowd.status) != 0)
        give_up("not every client was answered");
    return (double)(crowd.end_ns - begin_ns) / 1e9;
}

static void until_it_listens(struct lab_session *lab, int port)
{
    uint64_t end_ns = net_now_ns() + LISTENS_MS * 1000000ull;
    while (!listens(port)) {
        live_for(lab, SCREEN_NS);
        if (net_now_ns() > end_ns)
            give_up("the server does not listen");
    }
}

static double alone_s(struct lab_session *lab, const char *programs, const char *server, int port)
{
    char path[256], at[32];
    snprintf(path, sizeof path, "%s/tcp_server_%.*s", programs, (int)strcspn(server, " "), server);
    snprintf(at, sizeof at, "port=%d", port);
    char *const argv[] = {path, at, (char *)"address=127.0.0.1", (char *)"backlog=1000", NULL};
    pid_t pid = run(path, PROGRAM_NICE, argv);
    until_it_listens(lab, port);
    double s = crowd_s(lab, programs, port);
    end(pid);
    return s;
}

static double traced_s(struct lab_session *lab, const char *programs, const char *server, int port)
{
    char text[128];
    struct net_error err;
    size_t name = strcspn(server, " ");
    snprintf(text, sizeof text, "server %.*s port=%d backlog=1000%s", (int)name, server, port, server + name);
    pin(0); /* what the lab starts now inherits it */
    command(lab, text);
    pin(1);
    until_it_listens(lab, port);
    double s = crowd_s(lab, programs, port);
    if (lab_session_clear(lab, &err) < 0)
        give_up(err.text);
    return s;
}

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

struct times {
    double alone[ROUNDS_MOST], traced[ROUNDS_MOST], ratio[ROUNDS_MOST];
};

static void one_round(struct lab_session *lab, const char *programs, const char *server, struct times *times, int i)
{
    static int port = 0;
    if (!port)
        port = 20000 + getpid() % 10000;
    double alone = alone_s(lab, programs, server, port++), traced = traced_s(lab, programs, server, port++);
    if (i < 0) /* it warms up */
        return;
    times->alone[i] = alone;
    times->traced[i] = traced;
    times->ratio[i] = traced / alone;
}

static void row(const char *programs, const char *server, int rounds, pid_t loop)
{
    const struct lab_session_spec spec = {.language = &lab_language, .mode = NET_MODE_LOOPBACK};
    struct times as_is, awake;
    struct net_error err;
    pin(1);
    struct lab_session *lab = lab_session_open(&spec, &err);
    if (!lab)
        give_up(err.text);
    for (int i = -1; i < rounds; i++) {
        one_round(lab, programs, server, &as_is, i);
        kill(loop, SIGCONT);
        one_round(lab, programs, server, &awake, i);
        kill(loop, SIGSTOP);
    }
    lab_session_close(lab);
    printf("| %s server, %d clients, traced / untraced | %.2f x | %.0f against %.0f clients/s; beside a processor that "
           "is kept awake %.2f x, %.0f against %.0f | at most 1.10 x |\n",
           server, CLIENTS, median(as_is.ratio, rounds), CLIENTS / median(as_is.traced, rounds),
           CLIENTS / median(as_is.alone, rounds), median(awake.ratio, rounds), CLIENTS / median(awake.traced, rounds),
           CLIENTS / median(awake.alone, rounds));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int rounds = argc > 3 ? atoi(argv[2]) : 0;
    if (rounds < 1 || rounds > ROUNDS_MOST) {
        fprintf(stderr, "usage: server_bench PROGRAMS ROUNDS SERVER...\n");
        return 2;
    }
    pid_t loop = make_loop();
    if (loop < 0)
        give_up("there is no process to keep the lab's processor awake");
    for (int i = 3; i < argc; i++)
        row(argv[1], argv[i], rounds, loop);
    end(loop);
    return 0;
}
