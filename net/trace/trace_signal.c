// SPDX-License-Identifier: GPL-3.0-or-later
// Signals of tasks: what the lab's handlers do, and the calls that send signals or say what they shall do.
/*
 * Dispositions belong to a process, and the lab is one process with many actors. So a program's signal() fills the
 * table of its actor; what arrives for a thread of an actor arrives as NET_STOP_SIGNAL with a bit in ring->signals
 * (net/actor_signal.c), and the handler here does what the table says. In a process of its own (as process, or forked)
 * the same table is given to the kernel, with one trampoline that records the signal and calls the program's handler.
 *
 * A handler that comes in mid-wrapper must not run the program's: that may call traced functions. It is put off to the
 * end of the unsafe section, as if it had come a few nanoseconds later.
 *
 * Left out: a program's own signal mask beside the handlers' (sigprocmask in a thread changes that thread's real mask).
 */
#include "net/ring/ring_service.h"
#include "net/base/sanitized.h"
#include "net/trace/span.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
static struct sigaction before[NET_SIGNALS];
/* Which signals have another disposition than the default in the lab's process; SIGHUP is bit 0. As of
 * net_trace_init(): whatever the lab changes later (curses does) must be among what it had changed by then. */
static uint64_t lab_has;

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_harmless_by_default(int signo)
{
    return signo == SIGCHLD || signo == SIGURG || signo == SIGWINCH || signo == SIGCONT || signo == SIGSTOP ||
           signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

static void put_signal(struct net_task *t, int signo, int from_pid, enum net_signal_action action)
{
    struct net_event ev = {.kind = NET_EV_SIGNAL,
                           .u.signal = {.signo = signo, .from_pid = from_pid, .action = (uint8_t)action}};
    if (signo == SIGPIPE || signo == SIGABRT) /* its own doing: by the call that it made last */
        ev.u.signal.site = t->site;
    net_unsafe_begin(t);
    net_task_put(t, &ev);
    net_unsafe_end(t);
}

/* A signal as the kernel has brought it. */
struct net_arrival {
    siginfo_t *info;
    void *context;
};

/* ---- a signal reaches a task ------------------------------------------------------------------------------------- */

static void set_kernel_action(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, NULL);
}

/* The real death: by the kernel, so that the parent's wait and /proc say so. */
static _Noreturn void die_of(int signo)
{
    sigset_t only;
    set_kernel_action(signo, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, signo);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signo);
    net_exit_now(128 + signo);
}

/* Nothing else that waits for it reaches it any more. */
static _Noreturn void die(struct net_task *t, int signo, int from_pid)
{
    net_unsafe_begin(t);
    put_signal(t, signo, from_pid, NET_SIG_DEFAULT);
    if (t->is_process)
        die_of(signo);
    net_task_leave((struct net_ev_end){.how = NET_END_SIGNAL, .signo = signo, .pid = getpid()});
}

/* What the kernel said of it, where it is handled at once; one that was put off is told like one that was sent. */
static void call_handler(struct net_task *t, int signo, int from_pid, const struct sigaction *action,
                         const struct net_arrival *arrival)
{
    siginfo_t info = {.si_signo = signo, .si_code = SI_USER};
    int was_in = t->in_call, broke = t->interrupted;
    int breaks = action->sa_flags & SA_RESTART ? NET_INTERRUPT_RESTARTS : NET_INTERRUPT_BREAKS;
    info.si_pid = from_pid;
    t->in_call = NET_CALL_NONE;
    t->handling = t->handling + 1;
    if (action->sa_flags & SA_SIGINFO)
        action->sa_sigaction(signo, arrival ? arrival->info : &info, arrival ? arrival->context : NULL);
    else
        action->sa_handler(signo);
    t->handling = t->handling - 1;
    t->in_call = was_in;
    atomic_store_explicit(&t->ring->in_call, (uint32_t)was_in, memory_order_relaxed);
    t->interrupted = breaks > broke ? breaks : broke;
}

static bool ignores_children(const struct sigaction *action)
{
    return action->sa_handler == SIG_IGN || (action->sa_flags & SA_NOCLDWAIT);
}

static void act_on(struct net_task *t, int signo, int from_pid, const struct net_arrival *arrival)
{
    struct sigaction action = t->group->dispositions[signo];
    if (signo == SIGCHLD && !t->is_process && ignores_children(&action))
        net_children_reap_ignored(t);
    if (action.sa_handler == SIG_IGN || (action.sa_handler == SIG_DFL && is_harmless_by_default(signo))) {
        put_signal(t, signo, from_pid, NET_SIG_IGNORED);
        return;
    }
    if (action.sa_handler == SIG_DFL)
        die(t, signo, from_pid);
    if (action.sa_flags & SA_RESETHAND)
        t->group->dispositions[signo].sa_handler = SIG_DFL;
    put_signal(t, signo, from_pid, NET_SIG_HANDLED);
    call_handler(t, signo, from_pid, &action, arrival);
}

void net_task_signal(struct net_task *t, int signo, int from_pid)
{
    act_on(t, signo, from_pid, NULL);
}

/* Looked at in an unsafe section: a handler that comes in between must not see the wish without the signal that is its
 * reason. */
static uint64_t take_signals(struct net_task *t)
{
    t->unsafe = t->unsafe + 1;
    bool ends = atomic_load(&t->ring->stop) == NET_STOP_END;
    uint64_t signals = atomic_exchange(&t->ring->signals, 0);
    if (signals & 1u << SIGKILL)
        die(t, SIGKILL, t->from_pid);
    if (ends)
        net_task_leave((struct net_ev_end){.how = NET_END_LAB, .pid = getpid()});
    t->unsafe = t->unsafe - 1;
    return signals;
}

void net_task_attend(struct net_task *t)
{
    uint64_t signals;
    while ((signals = take_signals(t)) != 0) {
        for (int signo = 1; signo < NET_SIGNALS - 1; signo++)
            if (signals >> signo & 1 && (signo != SIGCHLD || t->is_process || net_children_have_zombie()))
                net_task_signal(t, signo, t->from_pid);
    }
}

/* ---- the lab's handlers ------------------------------------------------------------------------------------------ */

static void serve(struct net_task *t)
{
    struct net_service *service = net_arena_service(t->arena);
    if (atomic_load(&service->task) != t->id)
        return;
    const struct net_option *option = &net_options[service->option];
    service->error = 0;
    if ((service->set && net_option_set_fd(service->fd, option, &service->value) < 0) ||
        net_option_get_fd(service->fd, option, &service->value) < 0)
        service->error = errno;
    atomic_store(&service->task, 0);
}

static void on_stop(int signo, siginfo_t *info, void *context)
{
    struct net_task *t = net_self;
    int saved = errno;
    (void)signo;
    (void)info;
    (void)context;
    if (t) {
        serve(t);
        if (t->unsafe == 0)
            net_task_attend(t);
    }
    errno = saved;
}

/* SIGPIPE comes before the call that raises it has returned: it is put off until the return is recorded. */
static void reach(struct net_task *t, int signo, const struct net_arrival *arrival)
{
    int saved = errno;
    if (t->unsafe || (signo == SIGPIPE && t->in_call)) {
        t->from_pid = arrival->info->si_pid;
        atomic_fetch_or(&t->ring->signals, (uint64_t)1 << signo);
    } else {
        act_on(t, signo, arrival->info->si_pid, t->is_own ? arrival : NULL);
    }
    errno = saved;
}

static void on_child(int signo, siginfo_t *info, void *context)
{
    struct net_task *t = net_self;
    int saved = errno;
    (void)context;
    if (t) {
        if (info->si_code != SI_TKILL)
            net_children_tell_other_parents(t);
        if (t->unsafe)
            atomic_fetch_or(&t->ring->signals, (uint64_t)1 << signo);
        else if (net_children_have_zombie())
            net_task_signal(t, signo, info->si_pid);
    }
    errno = saved;
}

/* In a process of its own: the program's handler, recorded. */
static void on_real(int signo, siginfo_t *info, void *context)
{
    if (net_self)
        reach(net_self, signo, &(struct net_arrival){info, context});
}

/* Not of an actor: what was there before, or the default, by meeting the fault again. */
static void pass_on(int signo, const siginfo_t *info)
{
    sigaction(signo, &before[signo], NULL);
    if (info->si_code <= 0)
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signo);
}

/* An own program's: its handler at once, for it may be the only one who can go on; or its death, with the line. */
static void own_fault(struct net_task *t, int signo, siginfo_t *info, void *context)
{
    if (t->group->dispositions[signo].sa_handler != SIG_DFL) {
        act_on(t, signo, info->si_pid, &(struct net_arrival){info, context});
        return;
    }
    struct net_event ev = {.kind = NET_EV_SIGNAL,
                           .u.signal = {.signo = signo,
                                        .from_pid = info->si_code > 0 ? 0 : info->si_pid,
                                        .action = NET_SIG_DEFAULT,
                                        .site = net_site_of_fault ? net_site_of_fault(t, context) : 0}};
    t->unsafe = t->unsafe + 1;
    net_task_put(t, &ev);
    set_kernel_action(signo, SIG_DFL);
    t->unsafe = t->unsafe - 1;
    if (info->si_code <= 0)
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signo);
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
    struct net_task *t = net_self;
    if (t && t->copying && info->si_code > 0)
        siglongjmp(t->copy_base, 1);
    if (t && t->is_own) {
        own_fault(t, signo, info, context);
        return;
    }
    if (!t || !t->base_set) {
        pass_on(signo, info);
        return;
    }
    if (t->is_process && t->group->dispositions[signo].sa_handler == SIG_DFL) {
        set_kernel_action(signo, SIG_DFL);
        if (info->si_code <= 0) /* sent, not a fault: it does not come again by itself */
            syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signo);
        return;
    }
    /* Whatever it was in the middle of is lost with it. */
    t->unsafe = 0;
    atomic_store(&t->ring->writing, 0);
    if (t->group->dispositions[signo].sa_handler == SIG_IGN && info->si_code > 0)
        t->group->dispositions[signo].sa_handler = SIG_DFL;
    net_task_signal(t, signo, info->si_pid);
}

static void install(int signo, void (*handler)(int, siginfo_t *, void *), int flags, struct sigaction *old)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, old);
}

void net_trace_init(void)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child, NULL);
    install(NET_STOP_SIGNAL, on_stop, SA_NODEFER, NULL);
    install(SIGCHLD, on_child, 0, NULL);
    for (size_t i = 0; i < COUNT(fatal_signals); i++) {
        struct sigaction old;
        install(fatal_signals[i], on_fault, SA_NODEFER | SA_ONSTACK, &old); /* the stack may be what is at fault */
        if (old.sa_handler != (void (*)(int))(void (*)(void))on_fault)
            before[fatal_signals[i]] = old;
    }
    for (int signo = 1; signo < NET_SIGNALS; signo++) {
        struct sigaction now;
        if (sigaction(signo, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
            lab_has |= (uint64_t)1 << (signo - 1);
    }
}

void net_signals_let_in(void)
{
    sigset_t in;
    sigemptyset(&in);
    sigaddset(&in, NET_STOP_SIGNAL);
    for (size_t i = 0; i < COUNT(fatal_signals); i++)
        sigaddset(&in, fatal_signals[i]);
    pthread_sigmask(SIG_UNBLOCK, &in, NULL);
}

/* ---- dispositions ------------------------------------------------------------------------------------------------ */

/* What a program's bad pointer raises while its bytes are copied. */
static bool copies_fault(int signo)
{
    return signo == SIGSEGV || signo == SIGBUS;
}

static bool is_fatal(int signo)
{
    for (size_t i = 0; i < COUNT(fatal_signals); i++)
        if (fatal_signals[i] == signo)
            return true;
    return false;
}

/* Only as a process: hand one disposition to the kernel. An own program's deaths are told before they are died. */
static int make_real(const struct net_task *t, int signo, const struct sigaction *wanted)
{
    struct sigaction action = *wanted;
    if (wanted->sa_handler == SIG_DFL && (copies_fault(signo) || (t->is_own && is_fatal(signo)))) {
        install(signo, on_fault, SA_NODEFER | (t->is_own ? SA_ONSTACK : 0), NULL);
        return 0;
    }
    if (wanted->sa_handler == SIG_DFL && signo == SIGPIPE && t->is_own) {
        install(signo, on_real, SA_RESTART, NULL);
        return 0;
    }
    if (wanted->sa_handler != SIG_DFL && wanted->sa_handler != SIG_IGN) {
        /* Restarted by the wrapper where a sanitizer would put the handler off until the call returns. */
        int not = SA_RESETHAND | (NET_UNDER_TSAN ? SA_RESTART : 0);
        action.sa_flags = (wanted->sa_flags & ~not ) | SA_SIGINFO;
        action.sa_sigaction = copies_fault(signo) || (t->is_own && is_fatal(signo)) ? on_fault : on_real;
    }
    return sigaction(signo, &action, NULL);
}

/* Nobody has asked for anything but the default, neither the program nor the lab: so it is in the kernel already. */
static bool is_default(const struct net_task *t, int signo)
{
    return !(lab_has >> (signo - 1) & 1) && t->group->dispositions[signo].sa_handler == SIG_DFL;
}

void net_signals_make_real(struct net_task *t)
{
    for (int signo = 1; signo < NET_SIGNALS; signo++)
        if (signo != NET_STOP_SIGNAL && signo != SIGKILL && signo != SIGSTOP && !is_default(t, signo))
            make_real(t, signo, &t->group->dispositions[signo]);
}

void net_signals_of_own(struct net_task *t)
{
    sigset_t in;
    sigemptyset(&in);
    sigaddset(&in, NET_STOP_SIGNAL);
    install(NET_STOP_SIGNAL, on_stop, SA_NODEFER, NULL);
    pthread_sigmask(SIG_UNBLOCK, &in, NULL);
    for (int signo = 1; signo < NET_SIGNALS; signo++) {
        struct sigaction *now = &t->group->dispositions[signo];
        if (signo == NET_STOP_SIGNAL || sigaction(signo, NULL, now) < 0)
            continue;
        if (now->sa_handler == SIG_DFL && (signo == SIGPIPE || is_fatal(signo)))
            make_real(t, signo, now);
    }
}

/* SIGPIPE is looked for after the call that raises it. */
void net_signals_mask_process(void)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

static int dispose(struct net_task *t, int signo, const struct sigaction *wanted, struct sigaction *old)
{
    if (signo < 1 || signo >= NET_SIGNALS || ((signo == SIGKILL || signo == SIGSTOP) && wanted)) {
        errno = EINVAL;
        return -1;
    }
    if (old)
        *old = t->group->dispositions[signo];
    if (!wanted)
        return 0;
    t->group->dispositions[signo] = *wanted;
    if (t->is_own && signo == NET_STOP_SIGNAL) /* it stays the lab's, and nobody sends another */
        return 0;
    if (t->is_process)
        return make_real(t, signo, wanted);
    if (signo == SIGCHLD && (wanted->sa_handler != SIG_DFL || ignores_children(wanted)))
        net_children_let_signal_in(t);
    return 0;
}

net_handler *net_signal(int line, int signo, net_handler *handler)
{
    struct net_span s;
    struct sigaction wanted = {.sa_handler = handler, .sa_flags = SA_RESTART}, old = {.sa_handler = SIG_DFL};
    net_span_open(&s, NET_CALL_SIGNAL, line, -1, ARGS(signo, (intptr_t)handler));
    net_span_enter(&s);
    sigemptyset(&wanted.sa_mask);
    if (dispose(s.task, signo, &wanted, &old) < 0)
        old.sa_handler = SIG_ERR;
    net_span_return_error(&s, (intptr_t)old.sa_handler, old.sa_handler == SIG_ERR ? errno : 0);
    return old.sa_handler;
}

int net_sigaction(int line, int signo, const struct sigaction *wanted, struct sigaction *old)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_SIGACTION, line, -1,
                  ARGS(signo, wanted ? (intptr_t)wanted->sa_handler : 0, wanted ? wanted->sa_flags : 0));
    net_span_enter(&s);
    return (int)net_span_return(&s, dispose(s.task, signo, wanted, old));
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/* To itself: after the call has returned, as the kernel would. */
static void signal_self(struct net_task *t, int signo)
{
    if (signo == 0)
        return;
    if (!t->is_process || t->group->dispositions[signo].sa_handler == SIG_DFL) {
        net_task_signal(t, signo, getpid());
        return;
    }
    syscall(SYS_kill, getpid(), signo); /* not libc's: in an own program that is recorded */
}

static bool is_signal(int signo)
{
    return signo >= 0 && signo < NET_SIGNALS && (signo == 0 || net_signal_name(signo)[3] != ' ');
}

int net_raise(int line, int signo)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_RAISE, line, -1, ARGS(signo));
    net_span_enter(&s);
    bool good = is_signal(signo);
    if (!good)
        errno = EINVAL;
    net_span_return(&s, good ? 0 : -1);
    if (good)
        signal_self(s.task, signo);
    return good ? 0 : -1;
}

/* A program of the lab may signal itself and its own kind, nothing else on the learner's machine: never 0, -1 or a
 * stranger. */
static bool is_of_the_lab(struct net_task *t, int pid)
{
    size_t top = net_arena_top(t->arena);
    for (size_t i = NET_FIRST_TASK_RING; pid > 0 && i < top; i++) {
        struct net_ring *r = net_arena_ring(t->arena, i);
        if (r->is_process_actor && atomic_load(&r->pid) == pid && atomic_load(&r->use) != NET_RING_FREE)
            return true;
    }
    return false;
}

int net_kill(int line, pid_t pid, int signo)
{
    struct net_span s;
    long r = 0;
    bool self = pid == getpid();
    net_span_open(&s, NET_CALL_KILL, line, -1, ARGS(pid, signo));
    net_span_enter(&s);
    if (self && is_signal(signo)) {
        r = 0;
    } else if (self || !is_of_the_lab(s.task, pid)) {
        errno = self ? EINVAL : kill(pid, 0) < 0 && errno == ESRCH ? ESRCH : EPERM;
        r = -1;
    } else {
        r = kill(pid, signo);
    }
    net_span_return(&s, r);
    if (self && r == 0)
        signal_self(s.task, signo);
    return (int)r;
}

void net_abort(int line)
{
    struct net_span s;
    net_span_open(&s, NET_CALL_ABORT, line, -1, ARGS(0));
    net_span_enter(&s);
    net_unsafe_end(s.task);
    struct sigaction *action = &s.task->group->dispositions[SIGABRT];
    if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN)
        net_task_signal(s.task, SIGABRT, getpid());
    die(s.task, SIGABRT, getpid());
}
