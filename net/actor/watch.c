// SPDX-License-Identifier: GPL-3.0-or-later
// What the main thread learns of the beginnings and ends of tasks, from their events and from the kernel.
/*
 * A task that can, says itself that it ends. One that was killed cannot; the kernel tells of it through its pidfd. The
 * filter between the rings and the sink makes of both exactly one TASK_END for each TASK_START (and one ACTOR_END),
 * always before TASK_REAPED, whichever came first.
 *
 * How a process died is asked of waitid(WNOWAIT) for the lab's own children, of the pidfd (PIDFD_GET_INFO, Linux 6.15),
 * or of /proc/PID/stat while it is a zombie. Zombies belong to the program that forked them: only those whose parent is
 * gone, which the kernel has given to the lab's main thread, are reaped here, as init would. __WNOTHREAD leaves the
 * children of actors' threads alone.
 *
 * A new child gets a pidfd after the drain that reported it: of a busy server's children many are over by then, and
 * collected, and their parent's event says all that there is to know.
 *
 * The tick (a timer in the same epoll) runs only while something is waited for: a thread that was asked to stop, an
 * orphan.
 */
#include "net/actor/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 1, SLOW_TICK_MS = 20, FAST_TICKS = 200, DEATHS_AT_ONCE = 64, CHECKS_MAX = 20 };

static void put(struct net_actors *all, const struct net_watched_task *known, struct net_event *ev)
{
    ev->actor = known->actor;
    ev->task = known->id;
    net_arena_post(all->arena, ev);
}

/* ---- the tick ---------------------------------------------------------------------------------------------------- */

static void set_timer(struct net_actors *all, unsigned ms)
{
    struct itimerspec when = {.it_value.tv_nsec = (long)ms * 1000000, .it_interval.tv_nsec = (long)ms * 1000000};
    timerfd_settime(all->timer_fd, 0, &when, NULL);
}

void net_actors_tick(struct net_actors *all)
{
    if (all->ticks == 0 || all->ticks > FAST_TICKS)
        set_timer(all, TICK_MS);
    all->ticks = 1;
}

static bool is_stop_pending(const struct net_watched_task *known)
{
    struct net_ring *r = known->ring;
    return r && !known->ended && atomic_load(&r->use) != NET_RING_ENDED &&
           (atomic_load(&r->stop) != NET_STOP_NONE || (!known->is_process && atomic_load(&r->signals) != 0));
}

static bool is_parent_over(const struct net_actors *all, const struct net_watched_task *known)
{
    const struct net_watched_task *parent = net_watched_by_id(all, known->parent);
    if (!parent || parent->ended)
        return true;
    /* Its end is reported, but not read yet: net_actors_clear() reads no events. */
    return parent->ring && parent->ring->task == parent->id && atomic_load(&parent->ring->use) == NET_RING_ENDED;
}

static bool is_waited_for(const struct net_actors *all, const struct net_watched_task *known)
{
    return is_stop_pending(known) || (known->no_pidfd && !known->dead) ||
           (known->dead && !known->reaped && is_parent_over(all, known));
}

static void go_on_ticking(struct net_actors *all)
{
    bool needed = false;
    for (size_t i = 0; i < all->task_count && !needed; i++)
        needed = is_waited_for(all, &all->tasks[i]);
    needed = needed || net_own_waits(all);
    if (!needed && all->ticks > 0) {
        set_timer(all, 0);
        all->ticks = 0;
    } else if (needed && all->ticks == 0) {
        net_actors_tick(all);
    } else if (needed && all->ticks++ == FAST_TICKS) {
        set_timer(all, SLOW_TICK_MS);
    }
}

static void stop_again(struct net_actors *all)
{
    for (size_t i = 0; i < all->task_count; i++)
        if (is_stop_pending(&all->tasks[i]))
            net_watched_interrupt(&all->tasks[i]);
}

static void unwatch(struct net_actors *all, struct net_watched_task *known)
{
    if (known->pidfd >= 0) {
        epoll_ctl(all->epoll_fd, EPOLL_CTL_DEL, known->pidfd, NULL);
        close(known->pidfd);
    }
    known->pidfd = -1;
    known->no_pidfd = false;
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static bool is_cleared(const struct net_watched_task *known)
{
    return known->cleared || (known->ring && atomic_load(&known->ring->stop) == NET_STOP_END);
}

static void put_end(struct net_actors *all, const struct net_watched_task *known, struct net_ev_end end, uint16_t kind)
{
    struct net_event ev = {.kind = kind, .u.end = end};
    ev.u.end.zombie = end.zombie && kind == NET_EV_TASK_END && known->kind == NET_TASK_CHILD;
    put(all, known, &ev);
}

/* Also those that began too late to be known: their end is reported when their rings are done. */
static void abandon_rings_of(struct net_actors *all, int pid)
{
    size_t top = net_arena_top(all->arena);
    for (size_t i = NET_FIRST_TASK_RING; i < top; i++) {
        struct net_ring *r = net_arena_ring(all->arena, i);
        uint32_t use = atomic_load(&r->use);
        if ((use == NET_RING_LIVE || use == NET_RING_CLAIMED) && atomic_load(&r->pid) == pid)
            net_ring_abandon(r);
    }
}

/* The other threads of a process that died go with it, without a word. */
static void end_other_threads(struct net_actors *all, const struct net_watched_task *dead)
{
    abandon_rings_of(all, dead->pid);
    for (size_t i = 0; i < all->task_count; i++) {
        struct net_watched_task *known = &all->tasks[i];
        if (known->pid != dead->pid || known->kind != NET_TASK_THREAD || !known->is_process || known->ended)
            continue;
        put_end(all, known, dead->end, NET_EV_TASK_END);
    }
}

/* ---- the filter -------------------------------------------------------------------------------------------------- */

static void report_end(struct net_watched_task *known, const struct net_event *like, net_sink_fn *sink, void *user)
{
    struct net_event ev = *like;
    ev.kind = NET_EV_TASK_END;
    ev.actor = known->actor;
    ev.task = known->id;
    ev.data = NULL;
    ev.data_bytes = 0;
    known->ended = true;
    known->end = ev.u.end;
    sink(user, &ev);
}

static void watch_later(struct net_actors *all, struct net_watched_task *known)
{
    if (all->new_count < NET_NEW_CHILDREN)
        all->new_children[all->new_count++] = known->id;
    else
        net_watched_watch(all, known);
}

static void on_start(struct net_actors *all, struct net_ring *from, const struct net_event *ev)
{
    struct net_watched_task *known = net_watched_add(all, ev->task, ev->actor);
    if (!known)
        return;
    known->parent = ev->u.task.parent;
    known->kind = ev->u.task.kind;
    known->pid = ev->u.task.pid;
    known->tid = ev->u.task.tid;
    if (!from) /* found in /proc (unseen.c), and watched already */
        return;
    known->ring = from;
    known->is_process = from->is_process_actor;
    if (known->is_process && known->kind == NET_TASK_CHILD)
        watch_later(all, known);
    else if (known->is_process && known->kind == NET_TASK_THREAD)
        known->dead = known->reaped = true; /* nobody waits for it; its process is watched */
}

/* Whether the sink is to hear of it. */
static bool is_first_end(struct net_actors *all, const struct net_event *ev)
{
    struct net_watched_task *known = net_watched_by_id(all, ev->task);
    bool first = known && !known->ended;
    if (first) {
        known->ended = true;
        known->end = ev->u.end;
    }
    return first;
}

static bool is_first_actor_end(struct net_actors *all, const struct net_event *ev)
{
    struct net_actor *actor = net_actor_by_id(all, ev->actor);
    bool first = actor && !actor->over;
    if (first)
        actor->over = true;
    return first;
}

static struct net_watched_task *child_by_pid(struct net_actors *all, int pid)
{
    for (size_t i = all->task_count; i-- > 0;) {
        struct net_watched_task *known = &all->tasks[i];
        if (known->pid == pid && known->is_process && known->kind != NET_TASK_THREAD && !known->reaped)
            return known;
    }
    return NULL;
}

/* Its parent has collected it before anybody has looked: nothing is left of it. */
static void collected_unseen(struct net_actors *all, struct net_watched_task *known, const struct net_ev_end *end)
{
    known->end = *end;
    known->dead = true;
    unwatch(all, known);
    end_other_threads(all, known);
}

/* Killed: it could not say so itself. */
static void report_killed(struct net_watched_task *known, const struct net_event *reaped, net_sink_fn *sink, void *user)
{
    struct net_event ev = *reaped;
    if (reaped->u.end.how == NET_END_SIGNAL && known->reported_signal != reaped->u.end.signo) {
        ev.kind = NET_EV_SIGNAL;
        ev.u.signal = (struct net_ev_signal){.signo = reaped->u.end.signo, .action = NET_SIG_DEFAULT};
        sink(user, &ev);
    }
    ev = *reaped;
    ev.u.end.zombie = true;
    report_end(known, &ev, sink, user);
}

static void on_reaped(struct net_actors *all, const struct net_event *ev, net_sink_fn *sink, void *user)
{
    struct net_watched_task *known = child_by_pid(all, ev->u.end.pid);
    if (!known)
        return;
    struct net_event own = *ev;
    own.actor = known->actor;
    own.task = known->id;
    if (is_cleared(known))
        own.u.end.how = NET_END_LAB;
    if (!known->ended)
        report_killed(known, &own, sink, user);
    known->reaped = true;
    if (!known->dead)
        collected_unseen(all, known, &own.u.end);
    sink(user, &own);
}

/* A death that a task announced itself, and that the main thread found too. */
static bool is_reported_twice(struct net_actors *all, struct net_ring *from, const struct net_event *ev)
{
    struct net_watched_task *known = net_watched_by_id(all, ev->task);
    if (!known || ev->u.signal.action != NET_SIG_DEFAULT)
        return false;
    if (from) {
        known->reported_signal = ev->u.signal.signo;
        return false;
    }
    return known->reported_signal == ev->u.signal.signo;
}

static bool is_main_thread(const struct net_watched_task *known)
{
    return known->kind == NET_TASK_MAIN && !known->is_process;
}

/* Of a task that could not say it: that of its process, or by the lab's wish. */
static struct net_ev_end end_of_owner(const struct net_actors *all, const struct net_ring *ring)
{
    int pid = atomic_load(&ring->pid);
    for (size_t i = 0; i < all->task_count; i++) {
        const struct net_watched_task *known = &all->tasks[i];
        if (known->dead && known->kind != NET_TASK_THREAD && known->end.pid == pid)
            return known->end;
    }
    return (struct net_ev_end){.how = NET_END_LAB, .pid = pid};
}

/* A child may be over before its parent has come back from fork(), which then writes into its ring; the drain after
 * that asks again. */
static bool is_parent_forking(const struct net_actors *all, const struct net_ring *ring)
{
    const struct net_watched_task *parent = ring->forking ? net_watched_by_id(all, ring->parent_task) : NULL;
    return parent && !parent->ended && !parent->dead;
}

/* A child that clear had killed and collected before its first event was read: no pidfd tells of it. */
static bool is_unseen_child(const struct net_watched_task *known, const struct net_ring *ring)
{
    return known->is_process && known->kind == NET_TASK_CHILD && !known->dead && !known->ended &&
           atomic_load(&ring->stop) == NET_STOP_END && net_proc_state(known->pid, known->pid) == 0;
}

/* Its last word was delivered. One that was ended while its ring was full could not say that it ended. */
static void on_ring_done(struct net_actors *all, struct net_ring *ring, net_sink_fn *sink, void *user)
{
    if (is_parent_forking(all, ring))
        return;
    struct net_watched_task *known = net_watched_by_ring(all, ring);
    struct net_actor *actor = net_actor_by_id(all, ring->actor);
    struct net_event ev = {.time_ns = all->passed_ns, .u.end = end_of_owner(all, ring)};
    if (known && is_unseen_child(known, ring)) {
        unwatch(all, known);
        known->dead = known->reaped = true;
        report_end(known, &ev, sink, user);
    }
    if (known && !known->ended && (!known->is_process || known->kind == NET_TASK_THREAD))
        report_end(known, &ev, sink, user);
    if (known && is_main_thread(known) && actor) {
        net_actor_finish_thread(actor);
        ev.kind = NET_EV_ACTOR_END;
        ev.actor = actor->id;
        ev.task = known->id;
        if (is_first_actor_end(all, &ev))
            sink(user, &ev);
    }
    if (known)
        known->ring = NULL;
    if (actor && actor->ring == ring) {
        net_forked_failed(actor);
        actor->ring = NULL;
    }
    net_ring_release(all->arena, ring);
    net_watched_tidy(all);
}

static bool leaves_zombies(const struct net_actors *all, uint32_t parent)
{
    for (size_t i = 0; i < all->task_count; i++)
        if (all->tasks[i].parent == parent && all->tasks[i].dead && !all->tasks[i].reaped)
            return true;
    return false;
}

void net_actors_filter(void *user, struct net_ring *from, const struct net_event *ev, net_sink_fn *sink,
                       void *sink_user)
{
    struct net_actors *all = user;
    if (!ev) {
        on_ring_done(all, from, sink, sink_user);
        return;
    }
    all->passed_ns = ev->time_ns;
    if (ev->kind == NET_EV_TASK_REAPED) {
        on_reaped(all, ev, sink, sink_user);
        return;
    }
    if ((ev->kind == NET_EV_TASK_END && !is_first_end(all, ev)) ||
        (ev->kind == NET_EV_ACTOR_END && !is_first_actor_end(all, ev)) ||
        (ev->kind == NET_EV_SIGNAL && is_reported_twice(all, from, ev)))
        return;
    if (ev->kind == NET_EV_TASK_START)
        on_start(all, from, ev);
    struct net_actor *actor = ev->kind == NET_EV_TASK_START ? net_actor_by_id(all, ev->actor) : NULL;
    if (actor)
        net_forked_begun(actor, ev, sink, sink_user);
    net_own_pass(all, ev, sink, sink_user);
    if (ev->kind == NET_EV_TASK_END && leaves_zombies(all, ev->task))
        net_actors_tick(all);
}

/* ---- deaths ------------------------------------------------------------------------------------------------------ */

/* The last descriptors are left for what is opened for a moment, such as files of /proc: no quiet is found without. */
static bool is_one_of_the_last(int fd)
{
    enum { LAST = 8 };
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + LAST >= limit.rlim_cur;
}

void net_watched_watch(struct net_actors *all, struct net_watched_task *known)
{
    if (known->pidfd >= 0 || known->dead)
        return;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = known->id};
    known->pidfd = (int)syscall(SYS_pidfd_open, known->pid, 0);
    if (known->pidfd >= 0 && !is_one_of_the_last(known->pidfd) &&
        epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, known->pidfd, &event) == 0)
        return;
    if (known->pidfd >= 0)
        close(known->pidfd);
    known->pidfd = -1;
    known->no_pidfd = true; /* no descriptor left, or dead and reaped already */
    net_actors_tick(all);
}

/* linux/pidfd.h of Linux 6.15; older headers lack it, older kernels say so. */
struct pidfd_info_now {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, ppid, ids[8];
    int32_t exit_code;
};
#define GET_INFO      _IOWR(0xFF, 11, struct pidfd_info_now)
#define GET_INFO_EXIT ((uint64_t)1 << 3)

static bool status_by_pidfd(int pidfd, int *status)
{
    struct pidfd_info_now info = {.mask = GET_INFO_EXIT};
    if (pidfd < 0 || ioctl(pidfd, GET_INFO, &info) < 0 || !(info.mask & GET_INFO_EXIT))
        return false;
    *status = info.exit_code;
    return true;
}

static bool status_by_wait(int pid, int *status)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != pid)
        return false;
    *status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
    return true;
}

static bool status_by_proc(int pid, int *status)
{
    struct net_proc_stat stat;
    if (net_proc_stat(pid, 0, &stat) < 0 || (stat.state != 'Z' && stat.state != 'X'))
        return false;
    *status = stat.status;
    return true;
}

/* The children of programs are not the lab's: their parent may have collected the status before anyone looked. Then
 * what it said itself stands. */
static void find_end(struct net_watched_task *known)
{
    int status = 0;
    bool found = status_by_wait(known->pid, &status) || status_by_pidfd(known->pidfd, &status) ||
                 status_by_proc(known->pid, &status);
    if (!found && known->ended && !is_cleared(known))
        return;
    known->end = (struct net_ev_end){.how = NET_END_SIGNAL, .pid = known->pid};
    if (is_cleared(known)) {
        known->end.how = NET_END_LAB;
    } else if (found && WIFEXITED(status)) {
        known->end.how = NET_END_EXIT;
        known->end.status = WEXITSTATUS(status);
    } else if (found) {
        known->end.signo = WTERMSIG(status);
    }
}

/* As a shell or init would. Only what is the main thread's own: the children of actors' threads are theirs to wait for.
 */
static bool reap(const struct net_watched_task *known)
{
    int status;
    return waitpid(known->pid, &status, WNOHANG | __WNOTHREAD) == known->pid;
}

static void put_deadly_signal(struct net_actors *all, const struct net_watched_task *known)
{
    struct net_event ev = {.kind = NET_EV_SIGNAL, .u.signal = {.signo = known->end.signo, .action = NET_SIG_DEFAULT}};
    if (known->end.how == NET_END_SIGNAL && known->end.signo)
        put(all, known, &ev);
}

/* Of its actor: the lab's own child, or the child of a hand. */
static bool is_first_task(const struct net_actors *all, const struct net_watched_task *known)
{
    const struct net_actor *actor = net_actor_by_id(all, known->actor);
    return known->kind == NET_TASK_MAIN || (actor && actor->first_task == known->id);
}

void net_watched_died(struct net_actors *all, struct net_watched_task *known)
{
    find_end(known);
    known->dead = true;
    unwatch(all, known);
    known->reaped = known->reaped || (known->kind == NET_TASK_MAIN && reap(known));
    known->end.zombie = !known->reaped && net_proc_state(known->pid, known->pid) == 'Z';
    struct net_actor *actor = known->kind == NET_TASK_MAIN ? net_actor_by_id(all, known->actor) : NULL;
    if (actor && actor->is_own)
        net_own_take_all(all, actor);
    put_deadly_signal(all, known);
    end_other_threads(all, known);
    put_end(all, known, known->end, NET_EV_TASK_END);
    if (is_first_task(all, known))
        put_end(all, known, known->end, NET_EV_ACTOR_END);
    if (known->kind == NET_TASK_MAIN)
        return;
    if (!known->reaped && !known->end.zombie) /* its parent ignores SIGCHLD */
        put_end(all, known, known->end, NET_EV_TASK_REAPED);
}

bool net_actors_ending(const struct net_actors *all)
{
    for (size_t i = 0; i < all->task_count; i++) {
        const struct net_watched_task *known = &all->tasks[i];
        if (known->is_process && known->kind != NET_TASK_THREAD && known->ended && !known->dead && !known->reaped)
            return true;
    }
    return false;
}

/* Zombies that the kernel has given to this thread, their parents being gone. */
static void reap_orphans(struct net_actors *all)
{
    for (size_t i = 0; i < all->task_count; i++) {
        struct net_watched_task *known = &all->tasks[i];
        if (known->dead && !known->reaped && known->is_process && is_parent_over(all, known) && reap(known))
            put_end(all, known, known->end, NET_EV_TASK_REAPED);
    }
}

static void check_without_pidfd(struct net_actors *all)
{
    for (size_t i = 0; i < all->task_count; i++) {
        struct net_watched_task *known = &all->tasks[i];
        if (!known->no_pidfd || known->dead)
            continue;
        char state = net_proc_state(known->pid, known->pid);
        bool gone = state == 0 || state == 'X';
        if (gone && !known->ended && !known->reaped && known->checks++ < CHECKS_MAX)
            continue;
        if (gone || state == 'Z')
            net_watched_died(all, known);
    }
}

int net_actors_death_fd(struct net_actors *all)
{
    return all->epoll_fd;
}

void net_actors_watch(struct net_actors *all)
{
    for (size_t i = 0; i < all->new_count; i++) {
        struct net_watched_task *known = net_watched_by_id(all, all->new_children[i]);
        if (known)
            net_watched_watch(all, known);
    }
    all->new_count = 0;
    net_own_look(all);
}

bool net_actors_reap(struct net_actors *all)
{
    struct epoll_event event[DEATHS_AT_ONCE];
    uint64_t ticks;
    bool any = false;
    net_actors_watch(all);
    int n = epoll_wait(all->epoll_fd, event, DEATHS_AT_ONCE, 0);
    for (int i = 0; i < n; i++) {
        if (net_own_take(all, event[i].data.u64) || net_build_take(all, event[i].data.u64)) {
            any = true;
            continue;
        }
        struct net_watched_task *known = event[i].data.u64 ? net_watched_by_id(all, (uint32_t)event[i].data.u64) : NULL;
        if (known)
            net_watched_died(all, known);
        else
            (void)!read(all->timer_fd, &ticks, sizeof ticks);
        any = any || known;
    }
    check_without_pidfd(all);
    reap_orphans(all);
    stop_again(all);
    go_on_ticking(all);
    return any;
}
