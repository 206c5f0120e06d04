// SPDX-License-Identifier: GPL-3.0-or-later
// What is done to a running actor: signals, cancelling, stepping, options of its sockets, a hand's next call.
#include "net/actor/actor_private.h"
#include "net/socket/diag.h"

#include "net/trace/fail.h"
#include "net/base/futex.h"
#include "net/base/message.h"
#include "net/ring/ring_service.h"
#include "net/trace/span.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { ANSWER_TRIES = 200, HAND_READY_NS = 300000000 };

static const char *name_of(const struct net_actors *all, uint32_t actor)
{
    const struct net_actor *known = net_actor_by_id(all, actor);
    return known ? known->name : _("that actor");
}

static bool is_alive(const struct net_watched_task *known)
{
    return !known->ended && !known->dead && known->ring && atomic_load(&known->ring->use) != NET_RING_ENDED;
}

struct net_watched_task *net_watched_live(const struct net_actors *all, uint32_t actor, uint32_t task,
                                          struct net_error *err)
{
    const struct net_actor *owner = net_actor_by_id(all, actor);
    uint32_t id = task ? task : owner ? owner->first_task : 0;
    struct net_watched_task *known = net_watched_by_id(all, id);
    if (known && is_alive(known) && (actor == 0 || known->actor == actor))
        return known;
    if (task)
        net_fail(err, ESRCH, NULL, "%s has no running task %u; it has ended", name_of(all, actor), task);
    else
        net_fail(err, ESRCH, NULL, "%s has ended; start it again to go on", name_of(all, actor));
    return NULL;
}

static void interrupt(struct net_actors *all, const struct net_watched_task *known)
{
    net_watched_interrupt(known);
    all->moves++;
    net_actors_tick(all);
}

unsigned long net_actors_moves(const struct net_actors *all)
{
    return all->moves;
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static bool needs_process(int signo)
{
    static const int signals[] = {SIGSTOP, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGSEGV,
                                  SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (signals[i] == signo)
            return true;
    return false;
}

/* A process stops when it gets a processor, not when it is asked: what comes in between would still be handled. One
 * that is stuck in the kernel is not waited for. */
static void await_stop(pid_t pid)
{
    static const struct timespec moment = {.tv_nsec = 50000};
    siginfo_t info = {0};
    for (int i = 0; i < 4000 && info.si_pid == 0; i++) {
        if (i > 0)
            nanosleep(&moment, NULL);
        if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) < 0)
            return;
    }
}

static int signal_process(struct net_actors *all, const struct net_watched_task *known, int signo,
                          struct net_error *err)
{
    if (kill(known->pid, signo) < 0)
        return net_fail_errno(err, "kill");
    all->moves++;
    if (signo == SIGSTOP)
        await_stop(known->pid);
    if (signo == SIGSTOP || signo == SIGCONT) {
        struct net_event ev = {.kind = NET_EV_SIGNAL, .actor = known->actor, .task = known->id};
        ev.u.signal = (struct net_ev_signal){.signo = signo, .from_pid = getpid(), .action = NET_SIG_DEFAULT};
        net_arena_post(all->arena, &ev);
    }
    return 0;
}

int net_actor_signal(struct net_actors *all, uint32_t actor, uint32_t task, int signo, struct net_error *err)
{
    struct net_watched_task *known = net_watched_live(all, actor, task, err);
    if (!known)
        return -1;
    if (signo < 1 || signo >= NET_SIGNALS - 1)
        return net_fail(err, EINVAL, NULL,
                        "signal %d does not exist; a signal is a name like SIGTERM or a number 1 to 63", signo);
    if (known->is_process)
        return signal_process(all, known, signo, err);
    if (needs_process(signo))
        return net_fail(
            err, 0, NULL,
            "%s runs as a thread of the lab, and %s needs a process of its own; start it with \"as process\"",
            name_of(all, known->actor), net_signal_name(signo));
    atomic_fetch_or(&known->ring->signals, (uint64_t)1 << signo);
    if (signo == SIGKILL)
        atomic_store(&known->ring->stop, NET_STOP_END);
    interrupt(all, known);
    return 0;
}

/* ---- cancelling -------------------------------------------------------------------------------------------------- */

/* POSIX: these never return EINTR. */
static bool is_uninterruptible(unsigned call)
{
    return call == NET_CALL_PTHREAD_JOIN || call == NET_CALL_PTHREAD_MUTEX_LOCK || call == NET_CALL_PTHREAD_COND_WAIT;
}

int net_actor_cancel(struct net_actors *all, uint32_t actor, uint32_t task, struct net_error *err)
{
    struct net_watched_task *known = net_watched_live(all, actor, task, err);
    if (!known)
        return -1;
    unsigned call = atomic_load(&known->ring->in_call);
    if (!net_call_is(call, NET_BLOCKS))
        return net_fail(err, 0, NULL, "%s is in no call that could be cancelled", name_of(all, known->actor));
    if (is_uninterruptible(call))
        return net_fail(err, 0, NULL, "%s waits in %s, which no signal interrupts; only what it waits for ends it",
                        name_of(all, known->actor), net_call_row(call)->name);
    uint32_t none = NET_STOP_NONE;
    atomic_compare_exchange_strong(&known->ring->stop, &none, NET_STOP_CANCEL);
    interrupt(all, known);
    return 0;
}

/* ---- failing on request ------------------------------------------------------------------------------------------ */

int net_actor_fail(struct net_actors *all, uint32_t actor, unsigned call, int error, uint32_t after, uint32_t times,
                   struct net_error *err)
{
    struct net_failures *failures = net_arena_failures(all->arena);
    const struct net_failure wanted = {.actor = actor, .call = call, .error = error, .after = after, .times = times};
    if (!net_watched_live(all, actor, 0, err))
        return -1;
    if (!net_call_can_fail(call))
        return net_fail(err, EINVAL, NULL, "%s() cannot be made to fail: a program could not act on it",
                        net_call_row(call)->name);
    const struct net_actor *meant = net_actor_by_id(all, actor);
    if (call == NET_CALL_MALLOC && meant && meant->is_own)
        return net_fail(err, EINVAL, NULL,
                        "malloc() of a program of yours is not seen, so that it cannot be made to fail");
    for (size_t i = 0; i < NET_FAILURES; i++) {
        uint32_t of = atomic_load(&failures->of[i].actor);
        const struct net_actor *known = of ? net_actor_by_id(all, of) : NULL;
        if (of && (!known || known->over))
            net_failures_forget(failures, of);
    }
    if (!net_failures_add(failures, &wanted))
        return net_fail(err, ENOSPC, NULL, "%d calls are to fail already; `clear` forgets them", NET_FAILURES);
    return 0;
}

/* ---- the gate ---------------------------------------------------------------------------------------------------- */

/* One that has said that it ends does not count, even if it has still to do so. */
static bool is_of(const struct net_actors *all, const struct net_ring *r, uint32_t actor)
{
    const struct net_watched_task *known = r->actor == actor ? net_watched_by_ring(all, r) : NULL;
    return r->actor == actor && !(known && known->ended);
}

int net_actor_gate(struct net_actors *all, uint32_t actor, enum net_gate_move move, struct net_error *err)
{
    static const uint32_t word[] = {[NET_GATE_OPEN] = 0, [NET_GATE_CLOSE] = 1, [NET_GATE_ONE] = 2};
    size_t top = net_arena_top(all->arena);
    bool found = actor == 0;
    for (size_t i = NET_FIRST_TASK_RING; i < top; i++) {
        struct net_ring *r = net_arena_ring(all->arena, i);
        uint32_t use = atomic_load(&r->use);
        if ((use != NET_RING_LIVE && use != NET_RING_CLAIMED) || (actor != 0 && !is_of(all, r, actor)))
            continue;
        found = true;
        atomic_store(&r->gate, word[move]);
        net_futex_wake(&r->gate);
    }
    all->moves++;
    if (actor == 0)
        all->gate_closed = move != NET_GATE_OPEN;
    return found ? 0 : net_fail(err, ESRCH, NULL, "%s has ended; there is nothing to step", name_of(all, actor));
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* A value out of range is refused before the kernel is asked, so what it refuses has to do with the rest. */
static int refused(struct net_error *err, int fd, const struct net_option *option, int error)
{
    const char *name = net_errno_name(error);
    if (option->type == NET_OPT_BACKLOG && error == EINVAL)
        return net_fail(err, error, "listen", "descriptor %d does not listen, so it has no backlog: listen first (%s)",
                        fd, name);
    if (error == EINVAL || error == EISCONN || error == ENOTCONN)
        return net_fail(err, error, "setsockopt",
                        "the kernel does not change %s of descriptor %d in the state that it is in (%s): %s",
                        option->name, fd, name, _(option->when));
    if (error == EPERM || error == EACCES)
        return net_fail(err, error, "setsockopt",
                        "the kernel refused to set %s of descriptor %d: it takes a privilege that the lab has not (%s)",
                        option->name, fd, name);
    if (error == ENOENT)
        return net_fail(err, error, "setsockopt",
                        "this kernel has no such value for %s (%s): net.ipv4.tcp_available_congestion_control lists "
                        "the algorithms that it has",
                        option->name, name);
    return net_fail(err, error, "setsockopt", "the kernel refused to set %s of descriptor %d: %s (%s)", option->name,
                    fd, net_errno_text(error), name);
}

static int option_failed(struct net_error *err, const struct net_watched_task *known, int fd,
                         const struct net_option *option, bool set, int error)
{
    if (error == EBADF)
        return net_fail(err, error, NULL, "task %u has no descriptor %d; it was never opened, or is closed", known->id,
                        fd);
    if (error == ENOTSOCK)
        return net_fail(err, error, NULL, "descriptor %d is not a socket; only sockets have %s", fd, option->name);
    if (error == ENOPROTOOPT || error == EOPNOTSUPP)
        return net_fail(err, error, NULL, "this kernel has no %s for such a socket (%s)", option->name,
                        net_errno_name(error));
    if (set)
        return refused(err, fd, option, error);
    return net_fail(err, error, "getsockopt", "the kernel refused to tell %s of descriptor %d: %s (%s)", option->name,
                    fd, net_errno_text(error), net_errno_name(error));
}

/* Tell what the lab has set from outside, as the task would have. */
static void put_timers(struct net_actors *all, const struct net_watched_task *known, int copy)
{
    struct net_event ev = {.kind = NET_EV_TIMERS, .actor = known->actor, .task = known->id};
    if (net_timers_of_fd(copy, (enum net_host)known->ring->host, false, &ev.u.timers) == 0)
        net_arena_post(all->arena, &ev);
}

/* A copy of the descriptor in the lab's own table, or -1 with errno. */
static int copy_of(const struct net_watched_task *known, int fd)
{
    int pid = known->is_process ? known->pid : atomic_load(&known->ring->tid);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, known->is_process ? 0 : O_EXCL /* PIDFD_THREAD */);
    if (pidfd < 0) {
        errno = errno == EINVAL ? ENOSYS : errno;
        return -1;
    }
    int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0), error = errno;
    close(pidfd);
    errno = error;
    return copy;
}

/* 0, or errno. */
static int option_by_copy(struct net_actors *all, const struct net_watched_task *known, int fd,
                          const struct net_option *option, bool set, struct net_option_value *value)
{
    int error = 0, copy = copy_of(known, fd);
    if (copy < 0)
        return errno;
    if ((set && net_option_set_fd(copy, option, value) < 0) || net_option_get_fd(copy, option, value) < 0)
        error = errno;
    else if (set && net_sets_timer(option->level, option->number))
        put_timers(all, known, copy);
    close(copy);
    return error;
}

/* Asked of the task itself, in its signal handler; it may be blocked in a call, and stays so. */
static int option_by_task(struct net_actors *all, const struct net_watched_task *known, int fd,
                          const struct net_option *option, bool set, struct net_option_value *value)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    struct net_service *service = net_arena_service(all->arena);
    service->fd = fd;
    service->option = (uint32_t)(option - net_options);
    service->set = set;
    service->value = *value;
    service->error = ETIMEDOUT;
    atomic_store(&service->task, known->id);
    for (int i = 0; i < ANSWER_TRIES && atomic_load(&service->task) != 0; i++) {
        syscall(SYS_tgkill, atomic_load(&known->ring->pid), atomic_load(&known->ring->tid), NET_STOP_SIGNAL);
        nanosleep(&pause, NULL);
    }
    if (atomic_exchange(&service->task, 0) != 0)
        return ETIMEDOUT;
    *value = service->value;
    return service->error;
}

int net_actor_option(struct net_actors *all, uint32_t task, int fd, const struct net_option *option, bool set,
                     struct net_option_value *value, struct net_error *err)
{
    struct net_watched_task *known = net_watched_live(all, 0, task, err);
    if (!known)
        return -1;
    if (set && net_sets_timer(option->level, option->number))
        net_arena_note_timers(all->arena);
    int error = all->without_pidfd_getfd ? ENOSYS : option_by_copy(all, known, fd, option, set, value);
    if (error == ENOSYS || error == EPERM)
        error = option_by_task(all, known, fd, option, set, value);
    return error ? option_failed(err, known, fd, option, set, error) : 0;
}

void net_actor_hush(struct net_actors *all, uint32_t task, int fd)
{
    const struct net_watched_task *known = net_watched_live(all, 0, task, NULL);
    int copy = known && !all->without_pidfd_getfd ? copy_of(known, fd) : -1;
    if (copy < 0)
        return;
    setsockopt(copy, IPPROTO_TCP, TCP_REPAIR, &(int){1}, sizeof(int));
    close(copy);
}

/* ---- a hand's next call ------------------------------------------------------------------------------------------ */

/* A hand that has just returned needs a moment to be ready again: its return is known before it is. The moment is long
 * only where others keep the processors from it. */
static bool is_ready(const struct net_watched_task *known, const struct net_hand_box *box)
{
    uint64_t give_up_ns = net_now_ns() + HAND_READY_NS;
    while (atomic_load(&box->word) != NET_HAND_IDLE) {
        if (net_call_is(atomic_load(&known->ring->in_call), NET_BLOCKS) || !is_alive(known) ||
            net_now_ns() > give_up_ns)
            return false;
        sched_yield();
    }
    return true;
}

static int is_busy(const struct net_actor *actor, const struct net_hand_box *box, struct net_error *err)
{
    double seconds = (double)(net_now_ns() - box->posted_ns) / 1e9;
    return net_fail(err, EBUSY, NULL, "%s is still in %s (for %.1f s); wait until it returns, or \"%s cancel\"",
                    actor->name, net_call_row(box->request.call)->name, seconds, actor->name);
}

int net_actor_hand_call(struct net_actors *all, uint32_t id, const struct net_hand_request *request,
                        struct net_error *err)
{
    if (!net_call_is(request->call, NET_BY_HAND))
        return net_fail(err, 0, NULL, "a hand cannot call %s", net_call_row(request->call)->name);
    return net_hand_post(all, id, request, err);
}

int net_hand_post(struct net_actors *all, uint32_t id, const struct net_hand_request *request, struct net_error *err)
{
    struct net_actor *actor = net_actor_by_id(all, id);
    struct net_watched_task *known = net_watched_live(all, id, 0, err);
    if (!known)
        return -1;
    if (actor->program || actor->is_own)
        return net_fail(err, 0, NULL, "%s is a program and makes its calls itself; only a hand takes them",
                        actor->name);
    if (request->data_bytes > NET_HAND_DATA_MAX)
        return net_fail(err, 0, NULL, "%u bytes are more than a hand holds (%d); say a number of bytes instead",
                        request->data_bytes, NET_HAND_DATA_MAX);
    struct net_hand_box *box = net_arena_room(all->arena, known->ring);
    if (!is_ready(known, box))
        return is_alive(known) ? is_busy(actor, box, err) : (net_watched_live(all, id, 0, err), -1);
    box->request = *request;
    box->request.data = NULL;
    if (request->data_bytes)
        memcpy(box->data, request->data, request->data_bytes);
    box->posted_ns = net_now_ns();
    atomic_store(&box->word, NET_HAND_POSTED);
    net_futex_wake(&box->word);
    all->moves++;
    return 0;
}

bool net_actor_hand_busy(const struct net_actors *all, uint32_t actor)
{
    const struct net_watched_task *known = net_watched_live(all, actor, 0, NULL);
    const struct net_hand_box *box = known && known->ring ? net_arena_room(all->arena, known->ring) : NULL;
    return box && atomic_load(&known->ring->use) == NET_RING_LIVE && atomic_load(&box->word) != NET_HAND_IDLE;
}
