// SPDX-License-Identifier: GPL-3.0-or-later
// Traced calls of processes: forking, waiting, ending, and the limits of a process.
/*
 * A fork makes a real process, whether a thread or a process asks for it: it has the namespace and the descriptors of
 * who forked, one thread, and the program's dispositions for real. Its ring is taken before it exists, so that it can
 * speak from its first instruction.
 *
 * The lab's process is the parent of the children of all its threads; __WNOTHREAD keeps a wait for "any child" to the
 * waiting thread's own.
 */
#include "net/trace/span.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- fork -------------------------------------------------------------------------------------------------------- */

static struct net_ring *claim_for_child(struct net_task *t)
{
    struct net_ring *ring = net_may_grow(t) ? net_ring_claim(t->arena, t->actor, t->id, t->host) : NULL;
    if (!ring) {
        errno = EAGAIN;
        return NULL;
    }
    ring->task = net_arena_next_id(t->arena);
    ring->is_process_actor = true;
    ring->forking = true;
    atomic_store(&ring->gate, atomic_load(&t->ring->gate) ? 1 : 0);
    return ring;
}

/* In the child. It is the first task of its process, whatever its parent was; a process's dispositions are its own. */
static void become_child(struct net_task *t, struct net_ring *ring, const sigset_t *mask)
{
    bool of_a_process = t->is_process;
    bool is_hand = ring->actor != t->actor;
    t->ring = ring;
    t->actor = ring->actor;
    t->id = ring->task;
    t->kind = NET_TASK_CHILD;
    t->is_process = true;
    t->is_hand = is_hand;
    t->box = is_hand ? net_arena_room(t->arena, ring) : NULL;
    t->waits_for_threads = false;
    t->output_bytes = 0;
    t->in_call = t->interrupted = NET_CALL_NONE;
    net_task_group_reset(t->group, ring);
    net_task_begin(t);
    if (!of_a_process)
        net_signals_make_real(t);
    if (t->is_own)
        pthread_sigmask(SIG_SETMASK, mask, NULL);
    else
        net_signals_mask_process();
    net_task_attend(t);
}

/* From the entry to the return. ring: the child's, NULL none; without a child it is still the caller's. */
static pid_t fork_into(struct net_span *s, struct net_ring *ring)
{
    sigset_t all, old;
    net_output_flush(s->task);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pid_t pid = ring ? fork() : -1;
    if (pid == 0) {
        become_child(s->task, ring, &old);
        errno = s->errno_before;
        return 0;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (pid > 0) {
        atomic_store(&ring->pid, pid);
        ring->forking = false;
    }
    return pid;
}

pid_t net_fork_as(int line, unsigned call)
{
    struct net_span s;
    net_span_open(&s, call, line, -1, ARGS(0));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (pid_t)net_span_fail(&s, -1);
    struct net_ring *ring = claim_for_child(s.task);
    if (!ring)
        s.ev.u.call.limit = net_task_limit(s.task);
    pid_t pid = fork_into(&s, ring);
    if (pid < 0 && ring)
        net_ring_unclaim(ring);
    return pid == 0 ? 0 : (pid_t)net_span_return(&s, pid);
}

pid_t net_fork_hand(struct net_ring *ring)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_FORK, 0, -1, ARGS(0));
    net_span_enter(&s);
    bool fails = net_span_must_fail(&s);
    pid_t pid = fails ? -1 : fork_into(&s, ring);
    int error = errno;
    if (pid == 0)
        return 0;
    if (pid < 0) { /* the lab looks after it, as after that of a child which is gone */
        ring->forking = false;
        net_ring_abandon(ring);
    }
    errno = error;
    return (pid_t)(fails ? net_span_fail(&s, -1) : net_span_return(&s, pid));
}

pid_t net_fork(int line)
{
    return net_fork_as(line, NET_CALL_FORK);
}

/* ---- exec -------------------------------------------------------------------------------------------------------- */

int net_execve(int line, const char *path, char *const *argv, char *const *environment)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_EXECVE, line, -1, ARGS((intptr_t)path, (intptr_t)argv, (intptr_t)environment));
    net_span_in(&s, path, strlen(path));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    net_output_flush(s.task);
    return (int)net_span_return(&s, execve(path, argv, environment));
}

/* ---- waiting for children ---------------------------------------------------------------------------------------- */

static bool leaves_no_zombies(const struct net_task *t)
{
    const struct sigaction *action = &t->group->dispositions[SIGCHLD];
    return !t->is_process && (action->sa_handler == SIG_IGN || (action->sa_flags & SA_NOCLDWAIT));
}

static long wait_any(struct net_span *s, pid_t pid, int *status, int options)
{
    struct net_task *t = s->task;
    long r;
    int all = pid > 0 || t->is_process ? options : options | __WNOTHREAD;
    net_span_enter(s);
    do {
        net_span_kernel(s);
        r = syscall(SYS_wait4, pid, status, all, NULL);
        if (!net_span_again(s, r, NET_RESTART_YES)) {
            if (r <= 0)
                break;
            net_reaped(t, (int)r, *status);
            if (!leaves_no_zombies(t))
                break;
        }
    } while (true);
    if (r > 0)
        net_span_out(s, status, sizeof *status);
    return net_span_return(s, r);
}

pid_t net_waitpid(int line, pid_t pid, int *status, int options)
{
    struct net_span s;
    int own = 0;
    net_span_open(&s, NET_CALL_WAITPID, line, -1, ARGS(pid, (intptr_t)status, options));
    return (pid_t)wait_any(&s, pid, status ? status : &own, options);
}

pid_t net_wait(int line, int *status)
{
    struct net_span s;
    int own = 0;
    net_span_open(&s, NET_CALL_WAIT, line, -1, ARGS((intptr_t)status));
    return (pid_t)wait_any(&s, -1, status ? status : &own, 0);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

void net_exit(int line, int status)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_EXIT, line, -1, ARGS(status));
    net_span_enter(&s);
    net_task_leave((struct net_ev_end){.how = NET_END_EXIT, .status = status & 0xff});
}

/* Unlike exit() it leaves an unfinished line unprinted. */
void net__exit(int line, int status)
{
    struct net_span s;
    net_span_open(&s, NET_CALL__EXIT, line, -1, ARGS(status));
    net_span_enter(&s);
    s.task->output_bytes = 0;
    net_task_leave((struct net_ev_end){.how = NET_END_EXIT, .status = status & 0xff});
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/* A limit is a process's: in a thread it would be the lab's own. net_actor_start() runs programs that set one as
 * processes. */
int net_setrlimit(int line, int resource, const struct rlimit *limit)
{
    struct net_span s;
    long r = -1;
    net_span_open(&s, NET_CALL_SETRLIMIT, line, -1, ARGS(resource, limit ? (int64_t)limit->rlim_cur : 0));
    net_span_enter(&s);
    if (s.task->is_process)
        r = setrlimit(resource, limit);
    else
        errno = EPERM;
    return (int)net_span_return(&s, r);
}
