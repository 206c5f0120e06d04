// SPDX-License-Identifier: GPL-3.0-or-later
// libc's calls that make, replace, end and collect processes, and their signals.
/*
 * Only a process that is ended by a call of its program says something of it: the call. That it is over the kernel
 * tells the lab (net/actor/watch.c), whatever ended it.
 */
#include "net/preload/preload.h"
#include "net/trace/image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- making ------------------------------------------------------------------------------------------------------ */

static pid_t fork_traced(unsigned call)
{
    pid_t pid = net_fork_as(0, call);
    if (pid == 0)
        net_sites_forked();
    return pid;
}

EXPORT pid_t fork(void)
{
    return net_preload_enter(CALLER) ? fork_traced(NET_CALL_FORK) : REAL(fork)();
}

EXPORT pid_t vfork(void)
{
    return net_preload_enter(CALLER) ? fork_traced(NET_CALL_VFORK) : REAL(fork)();
}

struct cloned {
    int (*start)(void *);
    void *argument;
};

static int cloned_main(void *argument)
{
    struct cloned made = *(struct cloned *)argument;
    net_thread_is_over();
    return made.start(made.argument);
}

/* A process that clone() makes has a copy of its parent's task: two would write into one ring. What it calls is not
 * recorded; the process is found as any that is made unseen. */
EXPORT int clone(int (*start)(void *), void *stack, int flags, void *argument, ...)
{
    struct cloned made = {.start = start, .argument = argument};
    void *more[3];
    va_list list;
    va_start(list, argument);
    for (int i = 0; i < 3; i++)
        more[i] = va_arg(list, void *);
    va_end(list);
    return flags & CLONE_VM ? REAL(clone)(start, stack, flags, argument, more[0], more[1], more[2])
                            : REAL(clone)(cloned_main, stack, flags, &made, more[0], more[1], more[2]);
}

/* Namespaces. Whoever leaves the network of its host is out of the lab's sight, but for its calls. */
EXPORT int unshare(int flags)
{
    struct net_span s;
    if (!net_preload_enter(CALLER))
        return REAL(unshare)(flags);
    net_span_open(&s, NET_CALL_UNSHARE, 0, -1, ARGS(flags));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    return (int)net_span_return(&s, REAL(unshare)(flags));
}

EXPORT int setns(int fd, int flags)
{
    struct net_span s;
    if (!net_preload_enter(CALLER))
        return REAL(setns)(fd, flags);
    net_span_open(&s, NET_CALL_SETNS, 0, fd, ARGS(fd, flags));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    return (int)net_span_return(&s, REAL(setns)(fd, flags));
}

/* As libc has it, but by a fork that is seen: the server is the child. */
EXPORT int daemon(int stays, int keeps_output)
{
    if (!net_preload_enter(CALLER))
        return REAL(daemon)(stays, keeps_output);
    pid_t pid = fork_traced(NET_CALL_FORK);
    if (pid < 0)
        return -1;
    if (pid > 0)
        _exit(0);
    if (setsid() < 0 || (!stays && chdir("/") < 0))
        return -1;
    int fd = keeps_output ? -1 : open("/dev/null", O_RDWR);
    for (int k = 0; fd >= 0 && k < 3; k++)
        dup2(fd, k);
    if (fd > 2)
        close(fd);
    return !keeps_output && fd < 0 ? -1 : 0;
}

/* ---- replacing --------------------------------------------------------------------------------------------------- */

static bool is_named_like(const char *word, const char *other)
{
    size_t n = strcspn(other, "=") + 1;
    return strncmp(word, other, n) == 0;
}

/* The environment with the words of the handover in place of its own; it ends with the process's image, or here. */
static char **with_handover(char *const *environment)
{
    const char *const *words = net_handover_words();
    size_t count = 0, n = 0;
    while (environment && environment[count])
        count++;
    char **all = malloc((count + 3) * sizeof *all);
    if (!all)
        return NULL;
    for (size_t k = 0; words[k]; k++)
        all[n++] = (char *)(uintptr_t)words[k];
    for (size_t i = 0; i < count; i++) {
        bool ours = false;
        for (size_t k = 0; words[k]; k++)
            ours = ours || is_named_like(environment[i], words[k]);
        if (!ours)
            all[n++] = environment[i];
    }
    all[n] = NULL;
    return all;
}

/* What follows is not seen: the lab is told now, and that the call has returned. */
static void tell_unseen(struct net_span *s, const char *word)
{
    char path[PATH_MAX];
    enum net_sight sight = word && net_image_find(word, path, NULL) == 0 ? net_image_sight(path) : NET_SEEN;
    if (sight == NET_SEEN)
        return;
    struct net_event ev = {.kind = NET_EV_IMAGE,
                           .data = (const uint8_t *)path,
                           .data_bytes = (uint32_t)strlen(path),
                           .u.image = {.sight = (uint8_t)sight, .lines = NET_LINES_NONE}};
    net_task_put(s->task, &s->ev);
    net_task_put(s->task, &ev);
}

typedef int exec_fn(const char *, char *const *, char *const *);

static int exec_by(exec_fn *real, void *caller, const char *path, char *const *argv, char *const *environment)
{
    struct net_span s;
    struct net_task *t = net_preload_enter(caller);
    if (!t)
        return real(path, argv, environment);
    net_span_open(&s, NET_CALL_EXECVE, 0, -1, ARGS((intptr_t)path, (intptr_t)argv, (intptr_t)environment));
    net_span_in(&s, path, path ? strlen(path) : 0);
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, -1);
    char **all = with_handover(environment);
    t->output_bytes = 0; /* as libc's buffers go */
    if (!all)
        errno = ENOMEM;
    tell_unseen(&s, path);
    int r = all ? real(path, argv, all) : -1;
    int error = errno;
    free(all);
    errno = error;
    return (int)net_span_return(&s, r);
}

EXPORT int execve(const char *path, char *const argv[], char *const environment[])
{
    return exec_by(REAL(execve), CALLER, path, argv, environment);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const environment[])
{
    return exec_by(REAL(execvpe), CALLER, file, argv, environment);
}

EXPORT int execv(const char *path, char *const argv[])
{
    return exec_by(REAL(execve), CALLER, path, argv, environ);
}

EXPORT int execvp(const char *file, char *const argv[])
{
    return exec_by(REAL(execvpe), CALLER, file, argv, environ);
}

enum { WORDS_MOST = 1024 };

/* The words of execl() and its kin, up to NULL. -1: too many. */
static int read_words(const char *first, va_list list, const char *words[WORDS_MOST])
{
    int n = 0;
    words[n++] = first;
    while (words[n - 1]) {
        if (n == WORDS_MOST) {
            errno = E2BIG;
            return -1;
        }
        words[n++] = va_arg(list, const char *);
    }
    return n;
}

#define WORDS(list) ((char *const *)(uintptr_t)(list))

EXPORT int execl(const char *path, const char *first, ...)
{
    const char *words[WORDS_MOST];
    va_list list;
    va_start(list, first);
    int n = read_words(first, list, words);
    va_end(list);
    return n < 0 ? -1 : exec_by(REAL(execve), CALLER, path, WORDS(words), environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
    const char *words[WORDS_MOST];
    va_list list;
    va_start(list, first);
    int n = read_words(first, list, words);
    va_end(list);
    return n < 0 ? -1 : exec_by(REAL(execvpe), CALLER, file, WORDS(words), environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
    const char *words[WORDS_MOST];
    va_list list;
    va_start(list, first);
    int n = read_words(first, list, words);
    char *const *environment = n < 0 ? NULL : va_arg(list, char *const *);
    va_end(list);
    return n < 0 ? -1 : exec_by(REAL(execve), CALLER, path, WORDS(words), environment);
}

typedef int spawn_fn(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                     char *const *, char *const *);

static int spawn_by(spawn_fn *real, void *caller, pid_t *pid, const char *path,
                    const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const *argv,
                    char *const *environment)
{
    struct net_span s;
    if (!net_preload_enter(caller))
        return real(pid, path, actions, attributes, argv, environment);
    net_span_open(&s, NET_CALL_POSIX_SPAWN, 0, -1, ARGS((intptr_t)pid, (intptr_t)path));
    net_span_in(&s, path, strlen(path));
    net_span_enter(&s);
    if (net_span_must_fail(&s))
        return (int)net_span_fail(&s, s.ev.u.call.error);
    char **all = with_handover(environment);
    int error = all ? real(pid, path, actions, attributes, argv, all) : ENOMEM;
    free(all);
    return (int)net_span_return_error(&s, error, error);
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
    return spawn_by(REAL(posix_spawn), CALLER, pid, path, actions, attributes, argv, environment);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
    return spawn_by(REAL(posix_spawnp), CALLER, pid, file, actions, attributes, argv, environment);
}

/* ---- collecting -------------------------------------------------------------------------------------------------- */

TRACED(pid_t, waitpid, (pid_t pid, int *status, int options), pid, status, options)
TRACED(pid_t, wait, (int *status), status)

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    struct net_span s;
    int own = 0;
    long r;
    struct net_task *t = net_preload_enter(CALLER);
    if (!t)
        return REAL(wait4)(pid, status, options, usage);
    if (!status)
        status = &own;
    net_span_open(&s, NET_CALL_WAIT4, 0, -1, ARGS(pid, (intptr_t)status, options));
    net_span_enter(&s);
    do {
        net_span_kernel(&s);
        r = syscall(SYS_wait4, pid, status, options, usage);
    } while (net_span_again(&s, r, NET_RESTART_YES));
    if (r > 0) {
        net_reaped(t, (int)r, *status);
        net_span_out(&s, status, sizeof *status);
    }
    return (pid_t)net_span_return(&s, r);
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    struct net_span s;
    siginfo_t own = {0};
    long r;
    struct net_task *t = net_preload_enter(CALLER);
    if (!t)
        return REAL(waitid)(type, id, info, options);
    if (!info)
        info = &own;
    info->si_pid = 0;
    net_span_open(&s, NET_CALL_WAITID, 0, -1, ARGS((int64_t)type, (int64_t)id, (intptr_t)info, options));
    net_span_enter(&s);
    do {
        net_span_kernel(&s);
        r = syscall(SYS_waitid, type, id, info, options, NULL);
    } while (net_span_again(&s, r, NET_RESTART_YES));
    if (r == 0 && info->si_pid && !(options & WNOWAIT) &&
        (info->si_code == CLD_EXITED || info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED))
        net_reaped(t, info->si_pid, info->si_code == CLD_EXITED ? info->si_status << 8 : info->si_status);
    return (int)net_span_return(&s, r);
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static void tell_end(struct net_task *t, unsigned call, int status, bool prints)
{
    struct net_span s;
    if (prints)
        net_output_flush(t);
    t->output_bytes = 0;
    net_span_open(&s, call, 0, -1, ARGS(status));
    net_span_enter(&s);
    if (!prints)
        net_kept_report(t);
    net_unsafe_end(t);
}

/* What runs at exit may still use its sockets; their last state is told by whoever looks after it. */
EXPORT void exit(int status)
{
    struct net_task *t = net_preload_enter(CALLER);
    if (t)
        tell_end(t, NET_CALL_EXIT, status, true);
    REAL(exit)(status);
    __builtin_unreachable();
}

EXPORT void _exit(int status)
{
    struct net_task *t = net_preload_enter(CALLER);
    if (t)
        tell_end(t, NET_CALL__EXIT, status, false);
    net_exit_now(status);
}

EXPORT void _Exit(int status)
{
    struct net_task *t = net_preload_enter(CALLER);
    if (t)
        tell_end(t, NET_CALL__EXIT, status, false);
    net_exit_now(status);
}

EXPORT void abort(void)
{
    if (net_preload_enter(CALLER))
        net_abort(0);
    REAL(abort)();
    __builtin_unreachable();
}

/* The last that libc calls at exit, and after main: what was printed without an end of line. */
static void __attribute__((destructor)) end(void)
{
    struct net_task *t = net_self;
    if (!t)
        return;
    net_output_flush(t);
    net_unsafe_begin(t);
    net_kept_report(t);
    net_unsafe_end(t);
}

/* ---- signals ------------------------------------------------------------------------------------------------------
 */

TRACED(int, raise, (int signo), signo)

/* Who only asks is told, and not recorded: interpreters ask for each signal. */
EXPORT int sigaction(int signo, const struct sigaction *wanted, struct sigaction *old)
{
    struct net_task *t = net_preload_enter(CALLER);
    if (!t)
        return REAL(sigaction)(signo, wanted, old);
    if (!wanted && old && signo > 0 && signo < NET_SIGNALS) {
        *old = t->group->dispositions[signo];
        return 0;
    }
    return net_sigaction(0, signo, wanted, old);
}

TRACED(net_handler *, signal, (int signo, net_handler *handler), signo, handler)

/* Any process that the kernel lets it reach, as outside of the lab, but for all of them at once, the lab among them:
 * EPERM. Itself as net/trace does it. */
EXPORT int kill(pid_t pid, int signo)
{
    struct net_span s;
    if (!net_preload_enter(CALLER))
        return (int)syscall(SYS_kill, pid, signo);
    if (pid == getpid())
        return net_kill(0, pid, signo);
    net_span_open(&s, NET_CALL_KILL, 0, -1, ARGS(pid, signo));
    net_span_enter(&s);
    errno = EPERM;
    return (int)net_span_return(&s, pid == -1 && signo ? -1 : syscall(SYS_kill, pid, signo));
}

#ifndef __GLIBC__
typedef int __rlimit_resource_t;
#endif
EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    return net_preload_enter(CALLER) ? net_setrlimit(0, (int)resource, limit) : REAL(setrlimit)(resource, limit);
}
