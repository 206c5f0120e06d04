// SPDX-License-Identifier: GPL-3.0-or-later
// The first task of an actor, from its beginning to an end that does no harm to the lab.
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
#include "net/base/sanitized.h"
#include "net/trace/span.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>

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

static bool prints_at_end(const struct net_task *t)
{
    return t->end.how == NET_END_RETURNED || t->end.how == NET_END_EXIT;
}

static void finish(struct net_task *t)
{
    if (t->waits_for_threads)
        net_threads_wait(t);
    if (atomic_load(&t->ring->stop) == NET_STOP_END && t->waits_for_threads)
        t->end = (struct net_ev_end){.how = NET_END_LAB};
    if (atomic_load(&t->group->ending) == 1)
        t->end = t->group->end;
    if (prints_at_end(t))
        net_output_flush(t);
    net_threads_end(t);
    if (t->is_process)
        net_process_end(t);
    net_task_report_over(t);
}

/* ---- the first task ---------------------------------------------------------------------------------------------- */

static void call_program(struct net_task *t, int (*program)(int argc, char **argv), int argc, char **argv)
{
    if (sigsetjmp(t->base, 1) != 0) {
        net_frames_were_left();
        return;
    }
    t->base_set = 1;
    net_unsafe_end(t);
    errno = 0; /* what led here has left its own, and a program finds 0 (C11, 7.5) */
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

void net_task_be_ordinary(void)
{
    drop_privileges();
    give_way();
}

void net_task_run(struct net_task *t, int (*program)(int argc, char **argv), int argc, char **argv)
{
    stack_t old;
    void *stack = net_stack_begin(&old);
    if (t->goes_on) {
        net_task_go_on(t);
    } else {
        net_task_be_ordinary();
        net_task_begin(t);
    }
    net_unsafe_begin(t);
    net_signals_let_in();
    call_program(t, program, argc, argv);
    finish(t);
    net_self = NULL;
    net_stack_end(stack, &old);
    atomic_store(&t->ring->use, NET_RING_ENDED);
}
