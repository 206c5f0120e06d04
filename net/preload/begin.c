// SPDX-License-Identifier: GPL-3.0-or-later
// How the library finds its lab, and whose calls are recorded.
/*
 * The process may be new (its ring was taken by the lab, which has written its pid into it), may have exec'd another
 * program (its ring is the same, and goes on), or may have been made by posix_spawn(), system() or popen(), of which
 * nobody has taken a ring: then it takes one, as a child of the process that made it.
 */
#include "net/preload/preload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HANDOVER_BYTES = 128, WORDS = 3 };

/* The process's own: it is one program, from its beginning to its exec or end. */
static struct {
    struct net_task_group *group;
    int arena_fd, library_fd;
    char preload[4200], handover[HANDOVER_BYTES];
    const char *words[WORDS];
} own = {.arena_fd = -1, .library_fd = -1};
static _Thread_local bool is_over;

struct net_task_group *net_preload_group(void)
{
    return own.group;
}

bool net_is_hidden(int fd)
{
    return own.group && fd >= 0 && (fd == own.arena_fd || fd == own.library_fd);
}

int net_hidden_first(void)
{
    int a = own.arena_fd, b = own.library_fd;
    return !own.group ? -1 : a < 0 || (b >= 0 && b < a) ? b : a;
}

const char *const *net_handover_words(void)
{
    return own.words;
}

void net_thread_is_over(void)
{
    is_over = true;
    net_self = NULL;
}

bool net_has_interpreter(void)
{
    static _Atomic int known; /* 0 not yet, 1 none, 2 one */
    if (known == 0)
        known = dlsym(RTLD_DEFAULT, "PyGILState_Ensure") || dlsym(RTLD_DEFAULT, "ruby_init") ||
                        dlsym(RTLD_DEFAULT, "perl_alloc") || dlsym(RTLD_DEFAULT, "JNI_CreateJavaVM")
                    ? 2
                    : 1;
    return known == 2;
}

struct net_task *net_preload_enter(void *caller)
{
    struct net_task *t = net_self;
    if (!t || is_over || t->unsafe || t->in_call)
        return NULL;
    int saved = errno;
    net_unsafe_begin(t);
    t->site = net_is_python() ? net_site_in_python(t) : net_site_of(t, caller);
    net_unsafe_end(t);
    errno = saved;
    return t;
}

/* ---- the process ------------------------------------------------------------------------------------------------- */

static struct net_ring *ring_of(struct net_arena *arena, int pid)
{
    size_t top = net_arena_top(arena);
    for (size_t i = NET_FIRST_TASK_RING; pid > 1 && i < top; i++) {
        struct net_ring *r = net_arena_ring(arena, i);
        if (atomic_load(&r->use) == NET_RING_LIVE && r->is_process_actor && atomic_load(&r->pid) == pid &&
            atomic_load(&r->tid) == pid)
            return r;
    }
    return NULL;
}

static struct net_ring *claim(struct net_arena *arena)
{
    struct net_ring *parent = ring_of(arena, getppid());
    struct net_ring *ring = parent ? net_ring_claim(arena, parent->actor, parent->task, parent->host) : NULL;
    if (!ring)
        return NULL;
    ring->task = net_arena_next_id(arena);
    ring->is_process_actor = true;
    atomic_store(&ring->gate, atomic_load(&parent->gate) ? 1 : 0);
    return ring;
}

/* An exec has no return but this one: the new program runs. */
static void end_exec(struct net_task *t)
{
    struct net_event ev = {.kind = NET_EV_CALL_RETURN,
                           .u.call = {.call = NET_CALL_EXECVE, .enter_ns = t->ring->entered_ns}};
    if (t->ring->entered_ns)
        net_task_put(t, &ev);
}

static void say_image(struct net_task *t)
{
    char path[1024];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    struct net_event ev = {.kind = NET_EV_IMAGE,
                           .data = (const uint8_t *)path,
                           .data_bytes = n > 0 ? (uint32_t)n : 0,
                           .u.image = {.sight = NET_SEEN, .lines = net_is_python() ? NET_LINES : NET_LINES_NONE}};
    net_task_put(t, &ev);
}

/* Those that the process had before its exec: they ended with it, and cannot say so. */
static void end_other_threads(struct net_task *t)
{
    size_t top = net_arena_top(t->arena);
    for (size_t i = NET_FIRST_TASK_RING; i < top; i++) {
        struct net_ring *r = net_arena_ring(t->arena, i);
        if (r == t->ring || atomic_load(&r->use) != NET_RING_LIVE || atomic_load(&r->pid) != getpid())
            continue;
        struct net_event ev = {.kind = NET_EV_TASK_END,
                               .actor = t->actor,
                               .task = r->task,
                               .u.end = {.how = NET_END_RETURNED, .pid = getpid()}};
        net_ring_put(t->arena, t->ring, &ev);
        net_ring_abandon(r);
    }
}

static void begin_task(struct net_task *t, bool is_new)
{
    t->is_own = true;
    t->kind = t->ring->parent_task ? NET_TASK_CHILD : NET_TASK_MAIN;
    t->is_process = true;
    t->failures = net_arena_failures(t->arena);
    atomic_store(&t->ring->writing, 0);
    atomic_store(&t->ring->in_call, NET_CALL_NONE);
    net_unsafe_begin(t);
    if (is_new)
        net_task_begin(t); /* which ends the section */
    net_self = t;
    t->unsafe = 1;
    if (!is_new) {
        end_exec(t);
        end_other_threads(t);
    }
    say_image(t);
    net_unsafe_end(t);
}

static void remember_words(const char *handover)
{
    const char *preload = getenv("LD_PRELOAD");
    snprintf(own.preload, sizeof own.preload, "LD_PRELOAD=%s", preload ? preload : "");
    snprintf(own.handover, sizeof own.handover, NET_HANDOVER_VARIABLE "=%s", handover);
    own.words[0] = own.preload;
    own.words[1] = own.handover;
}

static void begin(void)
{
    const char *word = getenv(NET_HANDOVER_VARIABLE);
    int arena_fd, shared_id, library_fd;
    uint64_t screen[2];
    if (!word || sscanf(word, NET_HANDOVER_FORM, &arena_fd, &shared_id, &library_fd, &screen[0], &screen[1]) != 5)
        return;
    struct net_arena *arena = shared_id < 0 ? net_arena_map(arena_fd) : net_arena_attach(shared_id);
    struct net_ring *ring = arena ? ring_of(arena, getpid()) : NULL;
    bool is_new = !ring;
    if (arena && !ring)
        ring = claim(arena);
    struct net_task_group *group = ring ? net_task_group_new(arena, ring, NULL) : NULL;
    if (!group)
        return;
    memcpy(group->screen, screen, sizeof group->screen);
    remember_words(word);
    own.arena_fd = arena_fd;
    own.library_fd = library_fd;
    begin_task(&group->task, is_new);
    stack_t old;
    net_unsafe_begin(&group->task);
    net_stack_begin(&old); /* for good: a program may overflow its own */
    net_signals_of_own(&group->task);
    own.group = group;
    net_unsafe_end(&group->task);
}

/* The program finds errno as it would without the lab: 0 (C11, 7.5). */
static void __attribute__((constructor)) begin_unseen(void)
{
    int error = errno;
    begin();
    errno = error;
}
