// SPDX-License-Identifier: GPL-3.0-or-later
// libc's calls on threads: each thread that the program makes is a task.
/*
 * A thread's task ends when libc destroys what belongs to it, whichever way it left; what runs after that is not
 * recorded any more. Signals are let in when the thread can record them.
 *
 * Locks are recorded where the program itself takes them. An interpreter's are its own affair (Python takes one for
 * every few lines), so that those of a program which has one inside are not.
 */
#include "net/preload/preload.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct made_thread {
    void *(*start)(void *);
    void *argument;
    struct net_ring *ring;
    struct net_task *task;
    sigset_t mask;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void end_thread(void *value)
{
    struct net_task *t = value;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    struct net_event ev = {.kind = NET_EV_TASK_END, .u.end = {.how = NET_END_RETURNED, .pid = getpid()}};
    net_output_flush(t);
    struct net_ring *ring = t->ring;
    bool is_thread = t->kind == NET_TASK_THREAD; /* it may have forked, and be a process's first */
    if (is_thread)
        net_task_put(t, &ev);
    net_thread_is_over();
    net_stack_end(t->thread_result, &(stack_t){.ss_flags = SS_DISABLE});
    if (is_thread)
        atomic_store(&ring->use, NET_RING_ENDED);
    free(t);
}

static void make_key(void)
{
    pthread_key_create(&key, end_thread);
}

static void *thread_main(void *argument)
{
    struct made_thread made = *(struct made_thread *)argument;
    stack_t old;
    free(argument);
    pthread_setspecific(key, made.task);
    made.task->thread_result = net_stack_begin(&old);
    net_task_begin(made.task);
    pthread_sigmask(SIG_SETMASK, &made.mask, NULL);
    return made.start(made.argument);
}

static struct made_thread *new_thread(struct net_task *maker, void *(*start)(void *), void *argument)
{
    struct made_thread *made = calloc(1, sizeof *made);
    struct net_task *t = calloc(1, sizeof *t);
    struct net_ring *ring = made && t && net_may_grow(maker)
                                ? net_ring_claim(maker->arena, maker->actor, maker->id, maker->host)
                                : NULL;
    if (!ring) {
        free(made);
        free(t);
        return NULL;
    }
    ring->task = net_arena_next_id(maker->arena);
    ring->is_process_actor = true;
    atomic_store(&ring->pid, getpid());
    atomic_store(&ring->gate, atomic_load(&maker->ring->gate) ? 1 : 0);
    *t = (struct net_task){.arena = maker->arena,
                           .ring = ring,
                           .actor = maker->actor,
                           .id = ring->task,
                           .host = maker->host,
                           .kind = NET_TASK_THREAD,
                           .is_process = true,
                           .is_own = true,
                           .group = maker->group};
    *made = (struct made_thread){.start = start, .argument = argument, .ring = ring, .task = t};
    return made;
}

EXPORT int pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    struct net_span s;
    sigset_t all;
    struct net_task *t = net_preload_enter(CALLER);
    if (!t)
        return REAL(pthread_create)(id, attributes, start, argument);
    pthread_once(&once, make_key);
    net_span_open(&s, NET_CALL_PTHREAD_CREATE, 0, -1, ARGS(0));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, s.ev.u.call.error);
    struct made_thread *made = new_thread(t, start, argument);
    if (!made) {
        s.ev.u.call.limit = net_task_limit(t);
        return (int)net_span_return_error(&s, EAGAIN, EAGAIN);
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &made->mask);
    sigset_t mask = made->mask; /* the thread may have freed it */
    struct net_ring *ring = made->ring;
    struct net_task *task = made->task;
    int error = REAL(pthread_create)(id, attributes, thread_main, made);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (error) {
        net_ring_unclaim(ring);
        free(task);
        free(made);
    }
    return (int)net_span_return_error(&s, error, error);
}

EXPORT int pthread_join(pthread_t id, void **result)
{
    struct net_span s;
    if (!net_preload_enter(CALLER))
        return REAL(pthread_join)(id, result);
    net_span_open(&s, NET_CALL_PTHREAD_JOIN, 0, -1, ARGS(0));
    net_span_enter(&s);
    net_span_kernel(&s);
    int error = REAL(pthread_join)(id, result);
    net_span_again(&s, 0, NET_RESTART_YES);
    return (int)net_span_return_error(&s, error, error);
}

EXPORT int pthread_detach(pthread_t id)
{
    struct net_span s;
    if (!net_preload_enter(CALLER))
        return REAL(pthread_detach)(id);
    net_span_open(&s, NET_CALL_PTHREAD_DETACH, 0, -1, ARGS(0));
    net_span_enter(&s);
    int error = REAL(pthread_detach)(id);
    return (int)net_span_return_error(&s, error, error);
}

EXPORT void pthread_exit(void *result)
{
    struct net_span s;
    struct net_task *t = net_preload_enter(CALLER);
    if (t) {
        net_span_open(&s, NET_CALL_PTHREAD_EXIT, 0, -1, ARGS(0));
        net_span_enter(&s);
        net_unsafe_end(t);
    }
    REAL(pthread_exit)(result);
    __builtin_unreachable();
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

/* Only where the program has said what for; most locks are another library's. */
static struct net_task *enter_lock(void *caller)
{
    struct net_task *t = net_self;
    return t && !t->unsafe && !t->in_call && !net_has_interpreter() ? net_preload_enter(caller) : NULL;
}

#define LOCK(name, call, parameters, first, ...)                                                                       \
    EXPORT int name parameters                                                                                         \
    {                                                                                                                  \
        struct net_span s;                                                                                             \
        if (!enter_lock(CALLER))                                                                                       \
            return REAL(name)(__VA_ARGS__);                                                                            \
        net_span_open(&s, call, 0, -1, ARGS((intptr_t)first));                                                         \
        net_span_enter(&s);                                                                                            \
        net_span_kernel(&s);                                                                                           \
        int result = REAL(name)(__VA_ARGS__);                                                                          \
        net_span_again(&s, 0, NET_RESTART_YES);                                                                        \
        return (int)net_span_return_error(&s, result, result < 0 ? errno : result);                                    \
    }
LOCK(pthread_mutex_lock, NET_CALL_PTHREAD_MUTEX_LOCK, (pthread_mutex_t * mutex), mutex, mutex)
LOCK(pthread_mutex_unlock, NET_CALL_PTHREAD_MUTEX_UNLOCK, (pthread_mutex_t * mutex), mutex, mutex)
LOCK(pthread_cond_wait, NET_CALL_PTHREAD_COND_WAIT, (pthread_cond_t * condition, pthread_mutex_t *mutex), condition,
     condition, mutex)
LOCK(pthread_cond_signal, NET_CALL_PTHREAD_COND_SIGNAL, (pthread_cond_t * condition), condition, condition)
LOCK(pthread_cond_broadcast, NET_CALL_PTHREAD_COND_BROADCAST, (pthread_cond_t * condition), condition, condition)
LOCK(sem_wait, NET_CALL_SEM_WAIT, (sem_t * semaphore), semaphore, semaphore)
LOCK(sem_post, NET_CALL_SEM_POST, (sem_t * semaphore), semaphore, semaphore)
