// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/actor_world.h"

#include "net/actor_private.h"
#include "net/sanitized.h"
#include "net/trace.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 30000 };

const bool under_tsan = NET_UNDER_TSAN, under_asan = NET_UNDER_ASAN;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t n = 0;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        n += entry->d_name[0] != '.';
    closedir(directory);
    return n;
}

static void ring(int signo)
{
    (void)signo;
}

static void *nothing(void *unused)
{
    return unused;
}

/* ThreadSanitizer's own thread comes with the first one of the program, which is not gone as soon as it is joined. */
static void let_sanitizer_begin(void)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, nothing, NULL), 0);
    pthread_join(thread, NULL);
    while (entries("/proc/self/task") > 2)
        sched_yield();
}

void world_open(struct world *w)
{
    if (under_tsan)
        let_sanitizer_begin();
    struct net_error err;
    struct sigaction action = {.sa_handler = ring};
    sigset_t all;
    *w = (struct world){0};
    w->fds = entries("/proc/self/fd");
    w->threads = entries("/proc/self/task");
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGABRT);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    sigaction(NET_BELL_SIGNAL, &action, NULL);
    assert_int_equal(net_hosts_open(&w->hosts, NET_MODE_LOOPBACK, &err), 0);
    w->arena = net_arena_new();
    assert_non_null(w->arena);
    net_bell_owner(w->arena, getpid(), (int)syscall(SYS_gettid));
    net_trace_init();
    w->actors = net_actors_new(&w->hosts, w->arena, &err);
    assert_non_null(w->actors);
}

void world_close(struct world *w)
{
    assert_int_equal(net_actors_clear(w->actors, DEADLINE_MS), 0);
    world_drain(w);
    assert_int_equal(entries("/proc/self/task"), w->threads);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(net_arena_top(w->arena), 2);
    net_actors_free(w->actors);
    net_arena_free(w->arena);
    net_hosts_close(&w->hosts);
    assert_int_equal(entries("/proc/self/fd"), w->fds);
    for (size_t i = 0; i < w->count; i++)
        free((void *)w->log[i].data);
    free(w->log);
}

static uint32_t start(struct world *w, const struct net_actor_spec *spec)
{
    struct net_error err = {0};
    net_trace_init(); /* cmocka puts its own handlers of crashes before each test */
    uint32_t id = net_actor_start(w->actors, spec, &err);
    if (!id)
        print_error("%s\n", err.text);
    assert_true(id > 0);
    return id;
}

uint32_t world_start(struct world *w, const char *name, const struct net_program *program, bool as_process,
                     const char *argument)
{
    const char *argv[] = {program->name, argument};
    struct net_actor_spec spec = {.host = NET_SERVER,
                                  .program = program,
                                  .argc = argument ? 2 : 1,
                                  .argv = argv,
                                  .as = as_process ? NET_AS_PROCESS : NET_AS_THREAD};
    snprintf(spec.name, sizeof spec.name, "%s", name);
    return start(w, &spec);
}

uint32_t world_hand(struct world *w, const char *name, bool as_process)
{
    struct net_actor_spec spec = {.host = NET_CLIENT, .as = as_process ? NET_AS_PROCESS : NET_AS_THREAD};
    snprintf(spec.name, sizeof spec.name, "%s", name);
    return start(w, &spec);
}

void world_call(struct world *w, uint32_t hand, struct net_hand_request request)
{
    struct net_error err = {0};
    int r = net_actor_hand_call(w->actors, hand, &request, &err);
    if (r < 0)
        print_error("%s\n", err.text);
    assert_int_equal(r, 0);
}

/* ---- the log ----------------------------------------------------------------------------------------------------- */

/* What does nothing else than call fills the memory, and the time that it takes to look for an event. */
static bool is_of_storm(struct world *w, const struct net_event *ev)
{
    bool is_call = ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN;
    if (!w->stormy || !is_call || ev->u.call.call != w->stormy)
        return false;
    assert_true(ev->task < sizeof w->stormed);
    if (w->stormed[ev->task] == 2)
        return true;
    w->stormed[ev->task]++;
    return false;
}

static void keep(void *user, const struct net_event *ev)
{
    struct world *w = user;
    assert_true(ev->time_ns >= w->last_ns);
    w->last_ns = ev->time_ns;
    if (is_of_storm(w, ev))
        return;
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 256;
        w->log = realloc(w->log, w->room * sizeof *w->log);
        assert_non_null(w->log);
    }
    struct net_event *copy = &w->log[w->count];
    *copy = *ev;
    copy->data = NULL;
    if (ev->data_bytes) {
        uint8_t *data = malloc(ev->data_bytes);
        assert_non_null(data);
        memcpy(data, ev->data, ev->data_bytes);
        copy->data = data;
    }
    w->count++;
}

/* Twice: also what the first pass made the main thread say. Not until nothing is left: some never stop talking. */
void world_drain(struct world *w)
{
    for (int pass = 0; pass < 2; pass++) {
        do
            net_actors_reap(w->actors);
        while (net_arena_drain(w->arena, true, keep, w));
        net_actors_watch(w->actors);
    }
}

/* As the engine's wait: until the bell rings or somebody dies. */
static void sleep_until_something(struct world *w)
{
    struct pollfd death = {.fd = net_actors_death_fd(w->actors), .events = POLLIN};
    struct timespec limit = {.tv_nsec = 100000000};
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    sigdelset(&mask, NET_BELL_SIGNAL);
    if (!net_bell_arm(w->arena))
        ppoll(&death, 1, &limit, &mask);
    net_bell_disarm(w->arena);
}

static bool fits(const struct net_event *ev, struct want want)
{
    bool is_call = ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN;
    return (!want.actor || ev->actor == want.actor) && (!want.task || ev->task == want.task) &&
           (!want.kind || ev->kind == want.kind) && (!want.call || (is_call && ev->u.call.call == want.call));
}

const struct net_event *world_find(const struct world *w, size_t *at, struct want want)
{
    for (; *at < w->count; ++*at)
        if (fits(&w->log[*at], want))
            return &w->log[(*at)++];
    return NULL;
}

size_t world_count(const struct world *w, struct want want)
{
    size_t n = 0;
    for (size_t at = 0; world_find(w, &at, want);)
        n++;
    return n;
}

static void show_last(const struct world *w)
{
    for (size_t i = w->count > 30 ? w->count - 30 : 0; i < w->count; i++) {
        const struct net_event *ev = &w->log[i];
        bool is_call = ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN;
        print_error("  actor %u task %u %s %s %lld %s\n", ev->actor, ev->task, net_event_kind_name(ev->kind),
                    is_call ? net_call_row(ev->u.call.call)->name : "", is_call ? (long long)ev->u.call.ret : 0,
                    is_call && ev->u.call.error ? net_errno_name(ev->u.call.error) : "");
    }
}

const struct net_event *world_wait(struct world *w, size_t *at, struct want want)
{
    int64_t end_ms = now_ms() + DEADLINE_MS;
    const struct net_event *ev;
    world_drain(w);
    while (!(ev = world_find(w, at, want))) {
        if (now_ms() > end_ms) {
            show_last(w);
            fail_msg("no event %s %s of actor %u, task %u", net_event_kind_name(want.kind),
                     net_call_row(want.call)->name, want.actor, want.task);
        }
        sleep_until_something(w);
        world_drain(w);
    }
    return ev;
}

void world_wait_for(struct world *w, bool (*is_true)(struct world *, void *), void *user)
{
    int64_t end_ms = now_ms() + DEADLINE_MS;
    world_drain(w);
    while (!is_true(w, user)) {
        if (now_ms() > end_ms) {
            show_last(w);
            fail_msg("the condition did not come true in %d ms", DEADLINE_MS);
        }
        sched_yield();
        world_drain(w);
    }
}

const char *world_output(const struct world *w, uint32_t actor, int fd)
{
    static char text[65536];
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct net_event *ev = &w->log[i];
        if (ev->kind != NET_EV_OUTPUT || ev->actor != actor || ev->u.output.fd != fd)
            continue;
        assert_true(n + ev->data_bytes < sizeof text);
        memcpy(text + n, ev->data, ev->data_bytes);
        n += ev->data_bytes;
    }
    text[n] = '\0';
    return text;
}

uint16_t world_free_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &bytes), 0);
    close(fd);
    return ntohs(any.sin_port);
}

struct blocked {
    uint32_t task;
    uint16_t call;
};

/* Asleep in the call itself, not in a lock of libc or a sanitizer on the way to it. */
static long sleeping_call(int pid, int tid)
{
    char path[64];
    long number = -1;
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    if (fscanf(file, "%ld", &number) != 1) /* "running" */
        number = -1;
    fclose(file);
    return number;
}

static bool is_blocked(struct world *w, void *user)
{
    const struct blocked *wanted = user;
    const struct net_watched_task *task = net_watched_by_id(w->actors, wanted->task);
    bool by_futex = net_call_row(wanted->call)->name[0] == 'p' && wanted->call != NET_CALL_POLL;
    by_futex = by_futex || wanted->call == NET_CALL_SEM_WAIT;
    long number = task ? sleeping_call(task->pid, task->tid) : -1;
    return number >= 0 && (number == SYS_futex) == by_futex && task->ring &&
           atomic_load(&task->ring->in_call) == wanted->call;
}

void world_wait_blocked(struct world *w, uint32_t task, uint16_t call)
{
    struct blocked wanted = {task, call};
    world_wait_for(w, is_blocked, &wanted);
}
