// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a task: how it begins, and how it ends without harm to the lab.
/*
 * A task of a thread actor ends by a jump to its base, from wherever it is: its own return, exit(), a signal's default
 * action, a crash, or the lab's wish. The first task then makes the actor's other threads end, as exit() does in a
 * process; reports its sockets one last time; closes every descriptor, so that the kernel has sent what it sends at a
 * close; and says that it is over. Only then may the thread itself end.
 *
 * A process ends for real: by _exit() after the same last steps, or by the signal, without any.
 *
 * Left out: atexit() and pthread_cleanup_push() handlers of a program.
 */
#include "net/base/futex.h"
#include "net/base/sanitized.h"
#include "net/trace/span.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { AGAIN_MS = 1, ALTERNATE_STACK_BYTES = 65536 };

/* ---- groups ------------------------------------------------------------------------------------------------------ */

struct net_task_group *net_task_group_new(struct net_arena *arena, struct net_ring *ring, struct net_hand_box *box)
{
    struct net_task_group *group = calloc(1, sizeof *group);
    if (!group)
        return NULL;
    pthread_mutex_init(&group->lock, NULL);
    group->threads = 1;
    group->first = group->budget = ring;
    group->task = (struct net_task){.arena = arena,
                                    .ring = ring,
                                    .actor = ring->actor,
                                    .id = ring->task,
                                    .host = ring->host,
                                    .kind = NET_TASK_MAIN,
                                    .is_process = ring->is_process_actor,
                                    .group = group,
                                    .box = box};
    return group;
}

void net_task_group_free(struct net_task_group *group)
{
    if (!group)
        return;
    net_blocks_free(group);
    pthread_mutex_destroy(&group->lock);
    free(group);
}

/* The parent's other threads do not exist here, nor does whoever held the lock. */
void net_task_group_reset(struct net_task_group *group, struct net_ring *first)
{
    pthread_mutex_init(&group->lock, NULL);
    group->made = NULL;
    group->first = first;
    atomic_store(&group->threads, 1);
    atomic_store(&group->ending, 0);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

_Noreturn void net_task_leave(struct net_ev_end end)
{
    struct net_task *t = net_self;
    t->unsafe = 1;
    t->end = end;
    siglongjmp(t->base, 1);
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

void net_task_group_end_threads(struct net_task *first)
{
    uint32_t threads;
    while (threads_left(first->group, &threads) > 1) {
        stop_siblings(first);
        net_futex_wait(&first->group->threads, threads, AGAIN_MS);
    }
    net_threads_collect(first->group);
}

/* Report each socket that is still open, and close all: the kernel acts on them now, not after the thread is gone. */
static void close_all(struct net_task *t)
{
    net_kept_report(t);
    syscall(SYS_close_range, 3, ~0U, 0);
}

static void put_end(struct net_task *t, enum net_event_kind kind, bool zombie)
{
    struct net_event ev = {.kind = (uint16_t)kind, .u.end = t->end};
    ev.u.end.zombie = zombie;
    ev.u.end.pid = atomic_load(&t->ring->pid);
    net_task_put(t, &ev);
}

static void say_over(struct net_task *t)
{
    bool child = t->kind == NET_TASK_CHILD;
    close_all(t);
    /* Also a task that was told to end reports its end: there is room, or the main thread does it in its place. */
    put_end(t, NET_EV_TASK_END, child);
    if (t->kind == NET_TASK_MAIN)
        put_end(t, NET_EV_ACTOR_END, false);
}

static bool prints_at_end(const struct net_task *t)
{
    return t->end.how == NET_END_RETURNED || t->end.how == NET_END_EXIT;
}

/* Not _exit(): a sanitizer would look there for what the lab's other threads, which are not here, have left. */
_Noreturn void net_exit_now(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}

_Noreturn void net_process_end(struct net_task *t)
{
    net_unsafe_begin(t);
    say_over(t);
    atomic_store(&t->ring->use, NET_RING_ENDED);
    net_exit_now(t->end.status & 0xff);
}

/* pthread_exit() of the first task: the others go on, and the last one's end is the actor's. */
static void wait_for_threads(struct net_task *t)
{
    uint32_t threads;
    while (threads_left(t->group, &threads) > 1 && !atomic_load(&t->group->ending) &&
           atomic_load(&t->ring->stop) != NET_STOP_END)
        net_futex_wait(&t->group->threads, threads, 0);
}

static void finish(struct net_task *t)
{
    if (t->waits_for_threads)
        wait_for_threads(t);
    if (atomic_load(&t->ring->stop) == NET_STOP_END && t->waits_for_threads)
        t->end = (struct net_ev_end){.how = NET_END_LAB};
    if (atomic_load(&t->group->ending) == 1)
        t->end = t->group->end;
    if (prints_at_end(t))
        net_output_flush(t);
    net_task_group_end_threads(t);
    if (t->is_process)
        net_process_end(t);
    say_over(t);
}

/* ---- the first task ---------------------------------------------------------------------------------------------- */

void net_task_begin(struct net_task *t)
{
    struct net_event ev = {.kind = NET_EV_TASK_START};
    int tid = (int)syscall(SYS_gettid), pid = getpid();
    net_self = t;
    t->failures = net_arena_failures(t->arena);
    t->ring->task = t->id;
    t->ring->is_process_actor = t->is_process;
    atomic_store(&t->ring->pid, pid);
    atomic_store(&t->ring->tid, tid);
    atomic_store(&t->ring->use, NET_RING_LIVE);
    ev.u.task = (struct net_ev_task){.kind = t->kind, .pid = pid, .tid = tid, .parent = t->ring->parent_task};
    net_unsafe_begin(t);
    net_task_put(t, &ev);
    t->unsafe = 0;
}

void *net_stack_begin(stack_t *old)
{
    void *bytes = malloc(ALTERNATE_STACK_BYTES);
    const stack_t alternate = {.ss_sp = bytes, .ss_size = ALTERNATE_STACK_BYTES};
    sigaltstack(bytes ? &alternate : NULL, old);
    return bytes;
}

void net_stack_end(void *bytes, const stack_t *old)
{
    sigaltstack(old, NULL);
    free(bytes);
}

static void call_program(struct net_task *t, int (*program)(int argc, char **argv), int argc, char **argv)
{
    if (sigsetjmp(t->base, 1) != 0) {
        net_frames_were_left();
        return;
    }
    t->base_set = 1;
    net_unsafe_end(t);
    int status = program(argc, argv);
    net_unsafe_begin(t);
    t = net_self;
    t->end = (struct net_ev_end){.how = NET_END_RETURNED, .status = status & 0xff};
}

/*
 * A thousand children on two processors would leave the screen and the wire a thousandth of the time. So programs, with
 * all that they make, stand behind the lab. Where a processor is free it changes nothing. On Linux it is a matter of
 * the thread, not of the process.
 *
 * How far behind: at 5, forty children that end at once hold the screen off for 50 ms and more, since together they
 * weigh as much as ten of it. At 15 they are held off themselves: beside four busy loops on two processors a crowd
 * takes four times as long as at 5, at 10 half as long again.
 */
static void give_way(void)
{
    enum { BEHIND = 10 };
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + BEHIND);
}

/*
 * Programs are an ordinary user's, whoever runs the lab and though its user owns the hosts: what a privilege allows
 * (a port below 1024) must be refused here as it is anywhere else. Of this thread or process alone.
 */
static void drop_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[2] = {{0}};
    syscall(SYS_capset, &header, none);
}

void net_task_run(struct net_task *t, int (*program)(int argc, char **argv), int argc, char **argv)
{
    stack_t old;
    void *stack = net_stack_begin(&old);
    drop_privileges();
    give_way();
    net_task_begin(t);
    net_unsafe_begin(t);
    net_signals_let_in();
    call_program(t, program, argc, argv);
    finish(t);
    net_self = NULL;
    net_stack_end(stack, &old);
    atomic_store(&t->ring->use, NET_RING_ENDED);
}
