// SPDX-License-Identifier: GPL-3.0-or-later
// Traced calls of threads: making, joining and leaving them, and what they wait for one another with.
/*
 * A thread that a program makes is a task of its actor, with a ring of its own, in the maker's namespace and with the
 * maker's descriptor table. The lab keeps a record of each until it is joined or, detached, over: so that what nobody
 * joined is joined at the actor's end, and so that a task can be ended while it waits in pthread_join() (it waits on
 * the record, not in libc).
 *
 * A task that is ended while it waits for a mutex or a condition leaves those as they are: they are its program's, and
 * end with it.
 *
 * Left out: pthread_cancel(); rwlocks, barriers and once (not traced, so a wait for one cannot be ended in a thread).
 */
#include "net/base/futex.h"
#include "net/base/sanitized.h"
#include "net/trace/span.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { AGAIN_MS = 1 };

struct net_thread {
    struct net_thread *next;
    struct net_task_group *group;
    struct net_arena *arena;
    struct net_ring *ring;
    uint32_t task; /* its id */
    int from_pid;
    pthread_t id;
    _Atomic uint32_t done;
    bool detached;   /* this and the next two: under the group's lock */
    bool being_made; /* its maker will still write to this */
    bool over;       /* meanwhile it has ended: then its maker frees this */
    void *(*start)(void *);
    void *argument, *result;
};

static void lock(struct net_task_group *group)
{
    pthread_mutex_lock(&group->lock);
}

static void unlock(struct net_task_group *group)
{
    pthread_mutex_unlock(&group->lock);
}

/* ---- a thread's life --------------------------------------------------------------------------------------------- */

static void put_end(struct net_task *t)
{
    struct net_event ev = {.kind = NET_EV_TASK_END, .u.end = t->end};
    ev.u.end.pid = atomic_load(&t->ring->pid);
    net_task_put(t, &ev);
}

/* Whether this end is the whole actor's: exit() and deadly signals are, the lab's wish comes to each thread by itself.
 */
static bool ends_all(const struct net_task *t)
{
    return t->end.how == NET_END_EXIT || t->end.how == NET_END_SIGNAL;
}

static void end_first(struct net_task *t)
{
    struct net_ring *first = t->group->first;
    uint32_t none = 0;
    if (!atomic_compare_exchange_strong(&t->group->ending, &none, 2))
        return;
    t->group->end = t->end;
    atomic_store(&t->group->ending, 1);
    while (atomic_load(&t->ring->stop) != NET_STOP_END) {
        atomic_store(&first->stop, NET_STOP_END);
        net_futex_wake(&t->group->threads);
        syscall(SYS_tgkill, getpid(), atomic_load(&first->tid), NET_STOP_SIGNAL);
        net_futex_wait(&t->ring->stop, NET_STOP_NONE, 1);
    }
}

static void unlink_thread(struct net_task_group *group, struct net_thread *thread)
{
    struct net_thread **at = &group->made;
    while (*at && *at != thread)
        at = &(*at)->next;
    if (*at)
        *at = thread->next;
}

static void say_done(struct net_thread *thread)
{
    struct net_task_group *group = thread->group;
    lock(group);
    if (thread->detached) {
        unlink_thread(group, thread);
        thread->over = true;
        if (!thread->being_made)
            free(thread);
    } else {
        atomic_store(&thread->done, 1);
        net_futex_wake(&thread->done);
    }
    unlock(group);
}

static void call_start(struct net_task *t, struct net_thread *thread)
{
    if (sigsetjmp(t->base, 1) != 0) {
        net_frames_were_left();
        return;
    }
    t->base_set = 1;
    net_unsafe_end(t);
    errno = 0; /* as a new thread finds it */
    void *result = thread->start(thread->argument);
    net_unsafe_begin(t);
    t->thread_result = result;
    t->end = (struct net_ev_end){.how = NET_END_RETURNED};
}

static void *thread_main(void *argument)
{
    struct net_thread *thread = argument;
    struct net_task_group *group = thread->group;
    struct net_ring *ring = thread->ring;
    struct net_task own = {.arena = thread->arena,
                           .ring = ring,
                           .actor = atomic_load(&ring->actor),
                           .id = thread->task,
                           .host = atomic_load(&ring->host),
                           .kind = NET_TASK_THREAD,
                           .is_process = ring->is_process_actor,
                           .from_pid = thread->from_pid,
                           .group = group};
    struct net_task *t = &own;
    /* In a process of its own who overflows its stack dies, of a signal that there is no stack for. */
    stack_t old;
    void *stack = own.is_process ? NULL : net_stack_begin(&old);
    lock(group);
    thread->id = pthread_self(); /* its maker may not have come to it yet */
    unlock(group);
    net_task_begin(t);
    net_unsafe_begin(t);
    net_signals_let_in();
    call_start(t, thread);
    net_output_flush(t);
    void *result = t->thread_result;
    if (t->kind == NET_TASK_CHILD) /* it forked: here it is the first task of a process, which its return ends */
        net_process_end(t);
    if (ends_all(t))
        end_first(t);
    put_end(t);
    net_self = NULL;
    if (stack)
        net_stack_end(stack, &old);
    say_done(thread);
    atomic_store(&ring->use, NET_RING_ENDED);
    if (atomic_fetch_sub(&group->threads, 1) & NET_GROUP_AWAITED)
        net_futex_wake(&group->threads);
    return result;
}

static struct net_thread *new_thread(struct net_task *maker, void *(*start)(void *), void *argument)
{
    struct net_thread *thread = calloc(1, sizeof *thread);
    struct net_ring *ring = net_ring_claim(maker->arena, maker->actor, maker->id, maker->host);
    if (!thread || !ring) {
        free(thread);
        if (ring)
            net_ring_unclaim(ring);
        return NULL;
    }
    uint32_t gate = atomic_load(&maker->ring->gate);
    atomic_store(&ring->gate, gate ? 1 : 0);
    ring->is_process_actor = maker->is_process;
    atomic_store(&ring->pid, atomic_load(&maker->ring->pid));
    *thread = (struct net_thread){.group = maker->group,
                                  .arena = maker->arena,
                                  .ring = ring,
                                  .task = net_arena_next_id(maker->arena),
                                  .from_pid = maker->from_pid,
                                  .start = start,
                                  .argument = argument};
    return thread;
}

static void drop_thread(struct net_thread *thread)
{
    net_ring_unclaim(thread->ring);
    free(thread);
}

/* All signals are blocked in a new thread; it lets in what it is to receive. */
static int make_thread(struct net_thread *thread, const pthread_attr_t *attributes, pthread_t *id)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(id, attributes, thread_main, thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

/*
 * The lock is not held while the thread is made: where both share a processor the new one often runs first, and would
 * find it taken when it ends.
 */
static int start_thread(struct net_thread *thread, const pthread_attr_t *attributes, pthread_t *id)
{
    struct net_task_group *group = thread->group;
    pthread_t made;
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes)
        pthread_attr_getdetachstate(attributes, &state);
    thread->detached = state == PTHREAD_CREATE_DETACHED;
    thread->being_made = true;
    lock(group);
    atomic_fetch_add(&group->threads, 1);
    thread->next = group->made;
    group->made = thread;
    unlock(group);
    int error = make_thread(thread, attributes, &made);
    lock(group);
    thread->being_made = false;
    bool over = thread->over;
    if (error == 0) {
        *id = thread->id = made;
    } else {
        unlink_thread(group, thread);
        atomic_fetch_sub(&group->threads, 1);
    }
    unlock(group);
    if (over)
        free(thread);
    return error;
}

int net_pthread_create(int line, pthread_t *id, const pthread_attr_t *attributes, void *(*start)(void *),
                       void *argument)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PTHREAD_CREATE, line, -1,
                  ARGS((intptr_t)id, (intptr_t)attributes, (intptr_t)start, (intptr_t)argument));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, s.ev.u.call.error);
    struct net_thread *thread = new_thread(s.task, start, argument);
    int error = thread ? start_thread(thread, attributes, id) : EAGAIN;
    if (!thread)
        s.ev.u.call.limit = net_task_limit(s.task);
    if (thread && error)
        drop_thread(thread);
    return (int)net_span_return_error(&s, error, error);
}

/* ---- the end of all --------------------------------------------------------------------------------------------- */

static void collect(struct net_task_group *group)
{
    while (group->made) {
        struct net_thread *thread = group->made;
        group->made = thread->next;
        pthread_join(thread->id, NULL);
        free(thread);
    }
}

static void wake_and_stop(struct net_ring *r, int pid)
{
    int tid = atomic_load(&r->tid);
    atomic_store(&r->stop, NET_STOP_END);
    if (tid != 0)
        syscall(SYS_tgkill, pid, tid, NET_STOP_SIGNAL);
}

static void stop_siblings(struct net_task *first)
{
    size_t top = net_arena_top(first->arena);
    int pid = getpid();
    for (size_t i = NET_FIRST_TASK_RING; i < top; i++) {
        struct net_ring *r = net_arena_ring(first->arena, i);
        if (r != first->ring && r->actor == first->actor && atomic_load(&r->use) == NET_RING_LIVE &&
            atomic_load(&r->pid) == pid)
            wake_and_stop(r, pid);
    }
}

/* How many run, and the word to wait on. From now on who ends wakes us. */
static uint32_t threads_left(struct net_task_group *group, uint32_t *word)
{
    *word = atomic_fetch_or(&group->threads, NET_GROUP_AWAITED) | NET_GROUP_AWAITED;
    return *word & ~NET_GROUP_AWAITED;
}

void net_threads_end(struct net_task *first)
{
    uint32_t threads;
    while (threads_left(first->group, &threads) > 1) {
        stop_siblings(first);
        net_futex_wait(&first->group->threads, threads, AGAIN_MS);
    }
    collect(first->group);
}

/* pthread_exit() of the first task: the others go on, and the last one's end is the actor's. */
void net_threads_wait(struct net_task *t)
{
    uint32_t threads;
    while (threads_left(t->group, &threads) > 1 && !atomic_load(&t->group->ending) &&
           atomic_load(&t->ring->stop) != NET_STOP_END)
        net_futex_wait(&t->group->threads, threads, 0);
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static struct net_thread *find(struct net_task_group *group, pthread_t id)
{
    struct net_thread *thread = group->made;
    while (thread && !pthread_equal(thread->id, id))
        thread = thread->next;
    return thread;
}

static bool is_joinable(struct net_task_group *group, pthread_t id, struct net_thread **found)
{
    lock(group);
    *found = find(group, id);
    bool joinable = *found && !(*found)->detached;
    unlock(group);
    return joinable;
}

static void forget(struct net_task_group *group, struct net_thread *thread)
{
    lock(group);
    unlink_thread(group, thread);
    unlock(group);
    free(thread);
}

int net_pthread_join(int line, pthread_t id, void **result)
{
    struct net_span s;
    struct net_thread *thread;
    int error;
    net_span_open(&s, NET_CALL_PTHREAD_JOIN, line, -1, ARGS(0));
    net_span_enter(&s);
    if (!is_joinable(s.task->group, id, &thread))
        return (int)net_span_return_error(&s, thread ? EINVAL : ESRCH, thread ? EINVAL : ESRCH);
    if (pthread_equal(id, pthread_self()))
        return (int)net_span_return_error(&s, EDEADLK, EDEADLK);
    do {
        net_span_kernel(&s);
        while (!atomic_load(&thread->done))
            net_futex_wait(&thread->done, 0, 0);
    } while (net_span_again(&s, 0, NET_RESTART_YES));
    error = pthread_join(id, result);
    forget(s.task->group, thread);
    return (int)net_span_return_error(&s, error, error);
}

static int detach(struct net_task_group *group, pthread_t id)
{
    lock(group);
    struct net_thread *thread = find(group, id);
    int error = !thread ? ESRCH : thread->detached ? EINVAL : pthread_detach(id);
    if (thread && error == 0) {
        thread->detached = true;
        if (atomic_load(&thread->done)) {
            unlink_thread(group, thread);
            free(thread);
        }
    }
    unlock(group);
    return error;
}

int net_pthread_detach(int line, pthread_t id)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PTHREAD_DETACH, line, -1, ARGS(0));
    net_span_enter(&s);
    int error = detach(s.task->group, id);
    return (int)net_span_return_error(&s, error, error);
}

void net_pthread_exit(int line, void *result)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PTHREAD_EXIT, line, -1, ARGS((intptr_t)result));
    net_span_enter(&s);
    struct net_task *t = s.task;
    t->thread_result = result;
    t->waits_for_threads = t->kind != NET_TASK_THREAD;
    net_task_leave((struct net_ev_end){.how = NET_END_RETURNED, .pid = getpid()});
}

/* ---- mutexes, conditions, semaphores ----------------------------------------------------------------------------- */

int net_pthread_mutex_lock(int line, pthread_mutex_t *mutex)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PTHREAD_MUTEX_LOCK, line, -1, ARGS((intptr_t)mutex));
    net_span_enter(&s);
    net_span_kernel(&s);
    int error = pthread_mutex_lock(mutex);
    net_span_again(&s, 0, NET_RESTART_YES);
    return (int)net_span_return_error(&s, error, error);
}

int net_pthread_mutex_unlock(int line, pthread_mutex_t *mutex)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PTHREAD_MUTEX_UNLOCK, line, -1, ARGS((intptr_t)mutex));
    net_span_enter(&s);
    int error = pthread_mutex_unlock(mutex);
    return (int)net_span_return_error(&s, error, error);
}

/*
 * Conditions are the lab's own, in the program's memory: the first word counts the signals, and who waits sleeps while
 * it stays; the second how many wait for one, so that a signal to nobody asks nothing of the kernel. One of libc cannot
 * be left by a jump: its clean-up takes the mutex once more, which another thread may have left locked.
 *
 * A signal takes off the count whom it wakes. Who leaves without one (by a jump, or because it finds the signals
 * changed before it sleeps) stays counted, and costs one wake-up that wakes nobody. So no fewer are counted than sleep.
 */
struct condition {
    _Atomic uint32_t signals, waiters;
};

static struct condition *words_of(pthread_cond_t *condition)
{
    _Static_assert(sizeof *condition >= sizeof(struct condition), "room for the counts");
    return (struct condition *)(void *)condition;
}

/* The most that are to be woken: 1, or all. */
static void wake(pthread_cond_t *condition, int most)
{
    struct condition *words = words_of(condition);
    atomic_fetch_add(&words->signals, 1);
    uint32_t waiters = atomic_load(&words->waiters);
    while (waiters > 0)
        if (atomic_compare_exchange_weak(&words->waiters, &waiters, most == 1 ? waiters - 1 : 0)) {
            syscall(SYS_futex, &words->signals, FUTEX_WAKE, most, NULL, NULL, 0);
            return;
        }
}

/* Seen before it is counted: the signal that has counted it off has changed what it saw. */
int net_pthread_cond_wait(int line, pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    struct net_span s;
    struct condition *words = words_of(condition);
    net_span_open(&s, NET_CALL_PTHREAD_COND_WAIT, line, -1, ARGS((intptr_t)condition, (intptr_t)mutex));
    net_span_enter(&s);
    uint32_t seen = atomic_load(&words->signals);
    atomic_fetch_add(&words->waiters, 1);
    int error = pthread_mutex_unlock(mutex);
    if (!error) {
        net_span_kernel(&s);
        net_futex_wait(&words->signals, seen, 0);
        error = pthread_mutex_lock(mutex);
        net_span_again(&s, 0, NET_RESTART_YES);
    }
    return (int)net_span_return_error(&s, error, error);
}

int net_pthread_cond_signal(int line, pthread_cond_t *condition)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PTHREAD_COND_SIGNAL, line, -1, ARGS((intptr_t)condition));
    net_span_enter(&s);
    wake(condition, 1);
    return (int)net_span_return_error(&s, 0, 0);
}

int net_pthread_cond_broadcast(int line, pthread_cond_t *condition)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_PTHREAD_COND_BROADCAST, line, -1, ARGS((intptr_t)condition));
    net_span_enter(&s);
    wake(condition, INT_MAX);
    return (int)net_span_return_error(&s, 0, 0);
}

int net_sem_wait(int line, sem_t *semaphore)
{
    struct net_span s;
    int r;
    net_span_open(&s, NET_CALL_SEM_WAIT, line, -1, ARGS((intptr_t)semaphore));
    net_span_enter(&s);
    do {
        net_span_kernel(&s);
        r = sem_wait(semaphore);
    } while (net_span_again(&s, r, NET_RESTART_YES));
    return (int)net_span_return(&s, r);
}

int net_sem_post(int line, sem_t *semaphore)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SEM_POST, line, -1, ARGS((intptr_t)semaphore));
    net_span_enter(&s);
    return (int)net_span_return(&s, sem_post(semaphore));
}
