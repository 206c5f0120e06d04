// SPDX-License-Identifier: GPL-3.0-or-later
// Starting actors.
/*
 * A thread actor is a thread of the lab (threaded.c), a process actor a process of its own (spawned.c). Both have the
 * namespace of their host and no descriptor but 0 to 2, and live by net_task_run().
 *
 * 0 to 2 are /dev/null there: whatever a program (or libc on its behalf) writes past the trace cannot reach the
 * learner's screen. Under a sanitizer descriptor 2 stays, for its reports.
 *
 * Programs have no privilege, even where the lab has.
 *
 * A program that limits its own process (setrlimit) is run as a process without being asked: a thread's limits would be
 * the lab's.
 */
#include "net/actor/lines.h"
#include "net/actor/own.h"
#include "net/base/debug.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* ---- the list of actors ------------------------------------------------------------------------------------------ */

/* Orphans of the lab's processes become its own children, so that it can end and reap them. */
struct net_actors *net_actors_new(const struct net_hosts *hosts, struct net_arena *arena, struct net_error *err)
{
    struct net_actors *all = calloc(1, sizeof *all);
    if (!all) {
        net_fail_errno(err, "malloc");
        return NULL;
    }
    all->hosts = hosts;
    all->arena = arena;
    all->pid = getpid();
    all->library_fd = -1;
    all->lines = net_lines_new();
    all->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    all->shop = (struct net_build_shop){.epoll_fd = all->epoll_fd, .arena = arena, .lines = all->lines};
    all->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event timer = {.events = EPOLLIN, .data.u64 = 0};
    if (!all->lines || all->epoll_fd < 0 || all->timer_fd < 0 ||
        epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, all->timer_fd, &timer) < 0) {
        net_fail_errno(err, "epoll_create1, timerfd_create");
        close(all->epoll_fd);
        close(all->timer_fd);
        net_lines_free(all->lines);
        free(all);
        return NULL;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    net_arena_filter(arena, net_actors_filter, all);
    return all;
}

struct net_build_shop *net_build_shop(struct net_actors *all)
{
    return &all->shop;
}

bool net_actors_free(struct net_actors *all)
{
    if (!all)
        return true;
    net_actors_clear(all, 2000);
    net_arena_filter(all->arena, NULL, NULL);
    for (size_t i = 0; i < all->task_count; i++)
        if (all->tasks[i].pidfd >= 0)
            close(all->tasks[i].pidfd);
    free(all->tasks);
    net_actors_forget(all, true);
    net_build_close(&all->shop);
    if (all->library_fd >= 0)
        close(all->library_fd);
    net_lines_free(all->lines);
    bool over = !all->actors;
    for (struct net_actor *actor = all->actors; actor; actor = actor->next)
        pthread_detach(actor->thread);
    close(all->epoll_fd);
    close(all->timer_fd);
    free(all);
    return over;
}

/* ---- a start ----------------------------------------------------------------------------------------------------- */

static bool is_process(const struct net_actor_spec *spec)
{
    const struct net_program *program = spec->program;
    return spec->as == NET_AS_PROCESS || spec->file || (program && program->needs_process) ||
           (spec->as == NET_AS_USUAL && program && program->makes_tasks);
}

/* The words behind their pointers, in one block. */
static char **copy_words(int count, const char *const *words, size_t *bytes)
{
    size_t pointers = ((size_t)count + 1) * sizeof(char *);
    *bytes = 0;
    for (int i = 0; i < count; i++)
        *bytes += strlen(words[i]) + 1;
    char **copy = malloc(pointers + *bytes);
    if (!copy)
        return NULL;
    char *at = (char *)copy + pointers;
    for (int i = 0; i < count; i++) {
        copy[i] = at;
        at = stpcpy(at, words[i]) + 1;
    }
    copy[count] = NULL;
    return copy;
}

static struct net_actor *new_actor(struct net_actors *all, const struct net_actor_spec *spec)
{
    struct net_actor *actor = calloc(1, sizeof *actor);
    if (!actor)
        return NULL;
    actor->hosts = all->hosts;
    actor->host = spec->host;
    actor->program = spec->program;
    actor->output[0][0] = actor->output[0][1] = actor->output[1][0] = actor->output[1][1] = -1;
    actor->is_own = spec->file != NULL;
    if (spec->file && !(actor->file = strdup(spec->file))) {
        free(actor);
        return NULL;
    }
    actor->started_ns = net_now_ns();
    actor->is_traced = spec->file && net_image_sight(spec->file) == NET_SEEN;
    actor->as_process = is_process(spec);
    memcpy(actor->name, spec->name, sizeof actor->name - 1);
    if (spec->folder && !(actor->folder = strdup(spec->folder))) {
        free(actor);
        return NULL;
    }
    return actor;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void put_start(struct net_actors *all, const struct net_actor *actor, size_t words_bytes)
{
    struct net_event ev = {.kind = NET_EV_ACTOR_START,
                           .actor = actor->id,
                           .task = actor->first_task,
                           .data = (const uint8_t *)(actor->argv + actor->argc + 1),
                           .data_bytes = (uint32_t)words_bytes};
    ev.u.actor.host = (uint8_t)actor->host;
    ev.u.actor.as_process = actor->as_process;
    ev.u.actor.is_hand = !actor->program && !actor->is_own;
    ev.u.actor.is_own = actor->is_own;
    memcpy(ev.u.actor.name, actor->name, sizeof actor->name);
    snprintf(ev.u.actor.program, sizeof ev.u.actor.program, "%s",
             actor->is_own    ? base_name(actor->argv[0])
             : actor->program ? actor->program->name
                              : "hand");
    net_arena_post(all->arena, &ev);
    if (actor->is_own && !actor->is_traced)
        net_own_put_unseen(all, actor, net_image_sight(actor->file));
}

/* All signals are blocked in a new task; it lets in what it is to receive. */
static int launch(struct net_actors *all, struct net_actor *actor, const char **call)
{
    sigset_t every, old;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &old);
    int error = actor->is_own ? net_own_open(all, actor, call) : 0;
    if (!error)
        error = actor->as_process ? net_actor_spawn(all, actor, call) : net_actor_start_thread(all, actor, call);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    net_debug(NET_DEBUG_ACTOR, "%u %s started as %s: %s", actor->id, actor->name,
              actor->as_process ? "process" : "thread", error ? strerror(error) : "done");
    return error;
}

static void link_actor(struct net_actors *all, struct net_actor *actor, struct net_watched_task *known)
{
    actor->next = all->actors;
    all->actors = actor;
    known->ring = actor->ring;
    known->kind = NET_TASK_MAIN;
    known->is_process = actor->as_process;
    known->pid = actor->as_process ? atomic_load(&actor->ring->pid) : getpid();
    if (actor->as_process)
        net_watched_watch(all, known);
    if (actor->is_own)
        net_own_listen(all, actor);
}

static void say_why_not(int error, const char *call, struct net_error *err)
{
    /* fork(2) names four limits; these two are the ones that somebody may have set. */
    if (error == EAGAIN)
        net_fail(err, error, call,
                 "there may be no more processes and threads here (%s); end some, with kill or clear, or raise "
                 "ulimit -u, or a container's pids.max",
                 net_errno_name(error));
    else if (error == ENOMEM)
        net_fail(err, error, call, "no room for another actor (%s); end some first, with kill or clear",
                 net_errno_name(error));
    else
        net_fail(err, error, call,
                 "%s: no process can be started of the lab's own program (%s); it takes /proc, and a place for tcplab "
                 "where programs may run",
                 call, net_errno_name(error));
}

static uint32_t not_started(struct net_actors *all, struct net_actor *actor, int error, const char *call,
                            struct net_error *err)
{
    struct net_watched_task *known = actor ? net_watched_by_id(all, actor->first_task) : NULL;
    say_why_not(error, call, err);
    if (known)
        net_watched_remove(all, known);
    if (actor && actor->ring)
        net_ring_unclaim(actor->ring);
    if (actor) {
        net_own_close(all, actor);
        net_actor_free(actor);
    }
    return 0;
}

uint32_t net_actor_start(struct net_actors *all, const struct net_actor_spec *spec, struct net_error *err)
{
    size_t words_bytes;
    const char *call;
    net_watched_tidy(all);
    struct net_actor *actor = new_actor(all, spec);
    if (!actor)
        return not_started(all, NULL, errno, "malloc", err);
    actor->id = net_arena_next_id(all->arena);
    actor->first_task = net_arena_next_id(all->arena);
    actor->argc = spec->argc;
    actor->argv = copy_words(spec->argc, spec->argv, &words_bytes);
    actor->ring = net_ring_claim(all->arena, actor->id, 0, spec->host);
    struct net_watched_task *known = net_watched_add(all, actor->first_task, actor->id);
    if (!actor->argv || !actor->ring || !known)
        return not_started(all, actor, ENOMEM, "malloc", err);
    atomic_store(&actor->ring->gate, (spec->stepped || all->gate_closed) && (spec->program || spec->file) ? 1 : 0);
    actor->ring->task = actor->first_task;
    actor->ring->is_process_actor = actor->as_process;
    if (!actor->program && !actor->is_own)
        net_hand_box_init(net_arena_room(all->arena, actor->ring));
    put_start(all, actor, words_bytes);
    int error = launch(all, actor, &call);
    if (error)
        return not_started(all, actor, error, call, err);
    link_actor(all, actor, known);
    return actor->id;
}
