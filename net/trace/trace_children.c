// SPDX-License-Identifier: GPL-3.0-or-later
// Children of tasks: what is reported of them, and SIGCHLD among threads of the lab.
/*
 * SIGCHLD is the one signal that reaches a thread from the kernel itself: the kernel prefers the thread that forked. It
 * is let in when a program handles (or ignores) it. If the dead child is none of this thread's, the signal was meant
 * for another, or two came at once and the kernel kept one: all threads that handle SIGCHLD get one then, and who has
 * no zombie ignores it.
 */
#include "net/trace/span.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Which task that was, the main thread knows by its pid. */
void net_reaped(struct net_task *t, int pid, int status)
{
    struct net_event ev = {.kind = NET_EV_TASK_REAPED, .u.end = {.pid = pid}};
    if (WIFSTOPPED(status) || WIFCONTINUED(status))
        return;
    ev.u.end.how = WIFSIGNALED(status) ? NET_END_SIGNAL : NET_END_EXIT;
    ev.u.end.signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    ev.u.end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    net_unsafe_begin(t);
    net_task_put(t, &ev);
    net_unsafe_end(t);
}

/* The program ignores the deaths of its children: they leave no zombies, as the kernel does for a process. */
void net_children_reap_ignored(struct net_task *t)
{
    int status, pid;
    while ((pid = waitpid(-1, &status, WNOHANG | __WNOTHREAD)) > 0)
        net_reaped(t, pid, status);
}

bool net_children_have_zombie(void)
{
    siginfo_t info = {0};
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WNOTHREAD) == 0 && info.si_pid != 0;
}

/* The kernel keeps one SIGCHLD for the whole process: pass it on to the other threads that wait for one. */
void net_children_tell_other_parents(struct net_task *t)
{
    size_t top = net_arena_top(t->arena);
    int pid = getpid();
    for (size_t i = 0; i < top; i++) {
        struct net_ring *r = net_arena_ring(t->arena, i);
        if (r != t->ring && r->wants_child_signal && atomic_load(&r->use) == NET_RING_LIVE &&
            atomic_load(&r->pid) == pid)
            syscall(SYS_tgkill, pid, atomic_load(&r->tid), SIGCHLD);
    }
}

/* A SIGCHLD that came while nobody wanted one waits for whoever lets it in first: take it away. */
void net_children_let_signal_in(struct net_task *t)
{
    static const struct timespec now = {0};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (sigtimedwait(&child, NULL, &now) > 0)
        ;
    t->ring->wants_child_signal = true;
    pthread_sigmask(SIG_UNBLOCK, &child, NULL);
}
