// SPDX-License-Identifier: GPL-3.0-or-later
// The net layer put together, and the one wait of the main thread.
//
// The wait is a loop of: take everything out of the rings, look up what those events asked for, sleep until there is
// more. Nothing is polled: with no timer of a socket running and no deadline, ppoll sleeps without end.

#include "net/engine.h"

#include "net/base/debug.h"
#include "net/base/proc.h"
#include "net/host/counters.h"
#include "net/socket/diag.h"
#include "net/socket/observe.h"
#include "net/socket/sweep.h"
#include "net/trace/trace.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MS 1000000ull
enum { CLEAR_SLICE_MS = 20, CLEAR_MS = 10000, EMPTY_MS = 500 };
/*
 * How soon to look again while events are likely, and how long they are after the last: a fork takes 2 ms. In a rush,
 * half as often, since each time that the lab wakes it slows the programs that make them; but not when there are so
 * many, at 128 bytes each, that those to come would not fit into the nearest cache of who writes them.
 */
enum { GATHER_NS = 1000 * 1000, RUSH_NS = 2 * 1000 * 1000, LIVELY_NS = 4 * 1000 * 1000 };
enum { RUSH_EVENTS = 32, RUSH_EVENTS_MOST = 256 };
/* Who types waits for a slice to be folded, at 5 to 10 us for an event: beside a thousand threads the lab may have a
 * quarter of a processor. */
enum { SLICE_EVENTS = 200, ROUNDS_NS = 4 * 1000 * 1000 };
/* How long a task may be in the middle of telling something before we ask whether it was stopped there. */
enum { STOPPED_NS = 20 * 1000 * 1000 };
/* How long after something has happened the hosts' counters are read: once for all that happens meanwhile. */
enum { COUNT_AFTER_NS = 20 * 1000 * 1000 };
/* /proc takes 10 us to tell of one task. */
enum { QUIET_SLICE_NS = 2 * 1000 * 1000, QUIET_LOOKS = 2 };

/* How far a look at every task has come. */
struct quiet {
    size_t first, seen, top; /* the ring that it began at, how many it has seen, of how many */
    unsigned long changes;   /* what had been heard and done when it began */
    int looks;               /* that are over, and found everyone asleep */
    bool found;              /* that it is quiet, since the last wait */
};

struct net_engine_own {
    uint64_t lively_ns;  /* until then more events are likely, and nobody needs to ring */
    uint64_t certain_ns; /* when all that had happened was last taken, or stopped tasks were looked for */
    unsigned long heard; /* events that may have woken somebody */
    struct net_counter_reader *counters; /* NULL: /proc cannot be read */
    uint64_t count_ns;                   /* when they are to be read; 0: nothing has happened since */
    struct quiet quiet;
};

/* ---- open and close ---------------------------------------------------------------------------------------------- */

/* A kernel may lack the counters; a lab that lacks descriptors must not go on with less. Files of /proc are opened all
 * the time. */
static int open_proc(struct net_engine *e, struct net_error *err)
{
    struct net_error missing = {.code = 0};
    e->own->counters = net_counters_open(&e->hosts, &missing);
    if (!e->own->counters && net_is_used_up(missing.code)) {
        if (err)
            *err = missing;
        return -1;
    }
    if (net_proc_state(getpid(), getpid()) == '?')
        return net_fail_errno(err, "open(/proc/PID/stat)");
    return 0;
}

static int open_parts(struct net_engine *e, struct net_error *err)
{
    e->arena = net_arena_new();
    if (!e->arena && errno == EFBIG)
        return net_fail(err, EFBIG, "memfd_create",
                        "there is no room for the lab's events: files are limited to less (EFBIG): raise ulimit -f");
    if (!e->arena)
        return net_fail_errno(err, "mmap");
    net_bell_owner(e->arena, getpid(), (int)syscall(SYS_gettid));
    net_trace_init();
    if (e->hosts.mode != NET_MODE_LOOPBACK && !(e->wire = net_wire_start(&e->hosts, e->arena, err)))
        return -1;
    if (!(e->actors = net_actors_new(&e->hosts, e->arena, err)))
        return -1;
    e->observer = net_observer_new(&e->hosts, e->arena);
    e->own = calloc(1, sizeof *e->own);
    if (!e->observer || !e->own)
        return net_fail_errno(err, "malloc");
    return open_proc(e, err);
}

int net_engine_open(struct net_engine *e, const struct net_engine_spec *spec, struct net_error *err)
{
    *e = (struct net_engine){.found_by_fd = -1};
    if (net_debug_open(err) < 0)
        return -1;
    if (net_hosts_open(&e->hosts, spec->mode, err) < 0)
        return -1;
    if (e->hosts.mode == NET_MODE_LOOPBACK && !net_ip_is_any(spec->bind_ip))
        e->hosts.host[NET_SERVER].ip = spec->bind_ip;
    net_signals_open();
    e->found_by_fd = net_exec_publish(&e->hosts, NULL);
    e->start_ns = net_now_ns();
    net_debug(NET_DEBUG_HOST, "mode %s%s%s", net_mode_name(e->hosts.mode), *e->hosts.why_not ? ": " : "",
              e->hosts.why_not);
    if (open_parts(e, err) == 0)
        return 0;
    net_engine_close(e);
    return -1;
}

void net_engine_close(struct net_engine *e)
{
    net_observer_free(e->observer);
    net_counters_close(e->own ? e->own->counters : NULL);
    bool over = net_actors_free(e->actors);
    if (e->wire)
        net_wire_stop(e->wire);
    if (over)
        net_arena_free(e->arena);
    free(e->own);
    if (e->found_by_fd >= 0)
        close(e->found_by_fd);
    net_hosts_close(&e->hosts);
    net_debug(NET_DEBUG_ENGINE, "closed");
    net_debug_close();
    net_signals_close();
    *e = (struct net_engine){.found_by_fd = -1};
}

/* ---- the wait ---------------------------------------------------------------------------------------------------- */

struct delivery {
    struct net_engine *e;
    net_sink_fn *sink;
    void *user;
    bool any, now;     /* was anything delivered: at all, by the present look */
    bool ends, deaths; /* sockets may have ended, tasks may have died: the next look is at that, too */
    bool hurries;      /* somebody types, and waits for us: in slices, not all that there is */
};

static void hand_over(void *user, const struct net_event *ev)
{
    struct delivery *d = user;
    if (ev->kind != NET_EV_COUNTER && !d->e->own->count_ns)
        d->e->own->count_ns = net_now_ns() + COUNT_AFTER_NS;
    if (d->sink)
        d->sink(d->user, ev);
    d->any = d->now = true;
}

static void pass_on(void *user, const struct net_event *ev)
{
    struct delivery *d = user;
    d->e->own->heard += ev->kind != NET_EV_SAMPLE; /* which wakes nobody */
    net_observer_pass(d->e->observer, ev, hand_over, d);
}

/* Whether there is more to take now. */
static bool look_at_ends(struct delivery *d)
{
    bool has_ends = d->ends && net_observer_destroyed(d->e->observer);
    bool has_deaths = d->deaths && net_actors_reap(d->e->actors);
    if (has_deaths)
        net_observer_death(d->e->observer);
    d->ends = d->deaths = false;
    return has_ends || has_deaths;
}

/*
 * Everything there is, or a slice of it, and what the observer finds because of it; under constant traffic a few rounds
 * of that. The ends of sockets and of tasks may be announced before the events that told of their life were taken:
 * those first.
 */
static bool take_events(struct delivery *d)
{
    uint64_t end_ns = d->hurries ? net_now_ns() + ROUNDS_NS : UINT64_MAX;
    bool soon = false, news = true;
    net_arena_slices(d->e->arena, d->hurries ? SLICE_EVENTS : 0);
    for (int round = 0; round < 3 && news && (round == 0 || net_now_ns() < end_ns); round++) {
        soon = net_arena_drain(d->e->arena, true, pass_on, d);
        net_actors_watch(d->e->actors);
        news = look_at_ends(d);
        news |= net_observer_work(d->e->observer);
    }
    return soon;
}

static void look_for_stopped(struct net_engine *e, bool soon, uint64_t now_ns)
{
    struct net_engine_own *own = e->own;
    if (soon && now_ns - own->certain_ns < STOPPED_NS)
        return;
    if (soon)
        net_tasks_stopped(e->actors);
    own->certain_ns = now_ns;
}

/* The earlier of two times, of which 0 is never. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

enum { FD_INPUT, FD_DEATH, FD_DESTROY, FDS = FD_DESTROY + NET_HOSTS };

static void fill_fds(struct net_engine *e, int input_fd, struct pollfd fds[FDS])
{
    fds[FD_INPUT] = (struct pollfd){.fd = input_fd, .events = POLLIN};
    fds[FD_DEATH] = (struct pollfd){.fd = net_actors_death_fd(e->actors), .events = POLLIN};
    for (int h = 0; h < NET_HOSTS; h++)
        fds[FD_DESTROY + h] = (struct pollfd){.fd = e->hosts.host[h].destroy_fd, .events = POLLIN};
}

static bool has_destroyed(const struct pollfd fds[FDS])
{
    return fds[FD_DESTROY].revents || fds[FD_DESTROY + 1].revents;
}

/*
 * Until a descriptor, the bell, a signal, or the time (0: none). It sees to the tick; events, and the ends of sockets
 * and of tasks, are left to the look that follows.
 *
 * While events are being gathered, or have just come, nobody needs to ring: the signal would cost the program that
 * makes them more than all of its tracing. The same is true of the ends of sockets and of tasks, each of which the
 * kernel would wake us for on the processor of the program. Instead rings and ends are looked at again soon, before
 * they can be full.
 */
static unsigned sleep_until(struct delivery *d, int input_fd, uint64_t until_ns, bool gathers)
{
    struct net_engine *e = d->e;
    struct pollfd fds[FDS];
    struct timespec timeout = net_time_until(until_ns);
    fill_fds(e, input_fd, fds);
    for (int f = FD_DEATH; gathers && f < FDS; f++)
        fds[f].fd = -1;
    if ((!gathers && net_bell_arm(e->arena)) || net_signal_pending()) {
        timeout = (struct timespec){0};
        until_ns = 1;
    }
    int ready = ppoll(fds, FDS, until_ns ? &timeout : NULL, net_signals_asleep());
    net_bell_disarm(e->arena);
    bool destroyed = ready > 0 && has_destroyed(fds);
    if (destroyed)
        e->own->lively_ns = net_now_ns() + LIVELY_NS;
    d->ends = gathers || destroyed;
    d->deaths = gathers || (ready > 0 && fds[FD_DEATH].revents);
    uint64_t tick_ns = net_observer_next_ns(e->observer);
    if (tick_ns && net_now_ns() >= tick_ns) {
        take_events(d);
        net_observer_tick(e->observer);
    }
    unsigned woke = net_signal_pending() ? NET_WOKE_SIGNAL : 0;
    return ready > 0 && fds[FD_INPUT].revents ? woke | NET_WOKE_INPUT : woke;
}

static void count_when_due(struct net_engine *e, uint64_t now_ns)
{
    if (e->own->count_ns && now_ns >= e->own->count_ns)
        net_engine_count(e);
}

unsigned net_engine_wait(struct net_engine *e, int input_fd, uint64_t deadline_ns, unsigned batch_ms, net_sink_fn *sink,
                         void *user)
{
    struct delivery d = {.e = e, .sink = sink, .user = user, .ends = true, .deaths = true, .hurries = input_fd >= 0};
    uint64_t batch_end_ns = 0, now_ns;
    unsigned woke = 0;
    bool soon;
    e->own->quiet.found = false;
    for (;;) {
        d.now = false;
        unsigned long heard = e->own->heard;
        soon = take_events(&d);
        heard = e->own->heard - heard;
        uint64_t gather_ns = !soon && heard >= RUSH_EVENTS && heard <= RUSH_EVENTS_MOST ? RUSH_NS : GATHER_NS;
        now_ns = net_now_ns();
        look_for_stopped(e, soon, now_ns);
        if (d.now)
            e->own->lively_ns = now_ns + LIVELY_NS;
        if (woke)
            break;
        if (d.any && !batch_end_ns)
            batch_end_ns = now_ns + batch_ms * MS;
        uint64_t end_ns = earlier(deadline_ns, batch_end_ns);
        count_when_due(e, now_ns);
        uint64_t until_ns = earlier(earlier(end_ns, e->own->count_ns), net_observer_next_ns(e->observer));
        /* Of what a writer in mid-write holds back the bell would be told at once, again and again. */
        bool gathers = soon || batch_end_ns || now_ns < e->own->lively_ns;
        uint64_t look_ns = gathers ? now_ns + gather_ns : 0;
        /* The last look is at the input too, which would otherwise wait as long as events keep coming. */
        woke = sleep_until(&d, input_fd, earlier(until_ns, look_ns), gathers);
        if (end_ns && now_ns >= end_ns)
            break;
    }
    return woke | (d.any ? NET_WOKE_EVENTS : 0) | (deadline_ns && now_ns >= deadline_ns ? NET_WOKE_DEADLINE : 0) |
           (soon ? NET_WOKE_SOON : 0);
}

void net_engine_look(struct net_engine *e)
{
    net_observer_tick(e->observer);
}

int net_engine_destroy(struct net_engine *e, const struct net_ev_sample *socket, struct net_error *err)
{
    return net_diag_destroy(e->hosts.host[socket->host].diag_fd, socket, err);
}

static void put_counter(void *user, struct net_event *ev)
{
    struct net_engine *e = user;
    net_arena_post(e->arena, ev);
}

void net_engine_count(struct net_engine *e)
{
    e->own->count_ns = 0;
    if (e->own->counters)
        net_counters_moved(e->own->counters, put_counter, e);
}

void net_engine_power(struct net_engine *e, enum net_host host, bool on)
{
    if (!on)
        net_engine_count(e); /* what it has counted until now is of its life */
    if (e->own->counters)
        net_counters_power(e->own->counters, host, on);
    net_wire_power(e->wire, host, on);
}

void net_engine_forget(struct net_engine *e, enum net_host host)
{
    net_sweep_host(&e->hosts, host);
    net_observer_tick(e->observer);
}

bool net_engine_lost(const struct net_engine *e)
{
    return net_arena_lost(e->arena);
}

void net_engine_note(struct net_engine *e, const struct net_ev_note *note, const void *data, size_t bytes)
{
    struct net_event ev = {
        .kind = NET_EV_NOTE, .data_bytes = (uint32_t)bytes, .data = bytes ? data : NULL, .u.note = *note};
    net_arena_post(e->arena, &ev);
}

/* ---- a clean slate ----------------------------------------------------------------------------------------------- */

/* Of actors, of their children and threads: each has a ring, until its last word was taken. */
static unsigned count_tasks(struct net_engine *e)
{
    unsigned tasks = 0;
    size_t top = net_arena_top(e->arena);
    for (size_t i = NET_FIRST_TASK_RING; i < top; i++)
        tasks += atomic_load(&net_arena_ring(e->arena, i)->use) != NET_RING_FREE;
    return tasks;
}

/*
 * A task that has much to say can end only when somebody listens: in slices, listening in between. An actor may be over
 * long before its children: a thousand take the kernel seconds. It is given up when none has ended for a while.
 */
static unsigned clear_actors(struct delivery *d)
{
    struct net_engine *e = d->e;
    uint64_t end_ns = net_now_ns() + CLEAR_MS * MS;
    unsigned alive, before, tasks = UINT_MAX;
    do {
        before = tasks;
        alive = net_actors_clear(e->actors, CLEAR_SLICE_MS);
        take_events(d);
        tasks = count_tasks(e);
        if (tasks < before)
            end_ns = net_now_ns() + CLEAR_MS * MS;
    } while ((alive > 0 || tasks > 0) && net_now_ns() < end_ns);
    return alive;
}

/* What the ends of sockets have sent is in the devices still, maybe, and not for the next experiment. */
static void empty_wire(struct delivery *d)
{
    uint64_t end_ns = net_now_ns() + EMPTY_MS * MS;
    while (!net_wire_quiet(d->e->wire) && net_now_ns() < end_ns)
        take_events(d);
}

/* The cable is out meanwhile, so that what the dying still send does not disturb the next experiment. */
unsigned net_engine_clear(struct net_engine *e, net_sink_fn *sink, void *user)
{
    struct delivery d = {.e = e, .sink = sink, .user = user};
    static const struct net_wire_settings out = {.mode = NET_WIRE_CUT}, fresh = {.mode = NET_WIRE_OPEN};
    if (e->wire)
        net_wire_set(e->wire, &out, NULL);
    for (unsigned host = 0; e->wire && host < NET_HOSTS; host++)
        net_engine_power(e, host, true); /* of a reboot that was given up */
    net_hosts_be_patient(&e->hosts, false, NULL);
    unsigned alive = clear_actors(&d);
    net_observer_sweep(e->observer);
    net_observer_tick(e->observer); /* what was swept is told gone before anything new is */
    if (e->wire) {
        empty_wire(&d);
        net_wire_set(e->wire, &fresh, NULL);
        net_hosts_forget_way(&e->hosts);
    }
    net_debug(NET_DEBUG_ENGINE, "cleared, %u actors could not be ended", alive);
    return alive;
}

void net_engine_tidy(struct net_engine *e)
{
    net_observer_forget(e->observer);
    if (e->wire)
        net_wire_tidy(e->wire);
    net_arena_tidy(e->arena);
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/* ---- quiet ------------------------------------------------------------------------------------------------------- */

static bool has_news(struct net_engine *e)
{
    struct pollfd fds[FDS];
    bool events = net_bell_arm(e->arena);
    net_bell_disarm(e->arena);
    fill_fds(e, -1, fds);
    return events || !net_observer_idle(e->observer) || poll(fds, FDS, 0) > 0;
}

static bool is_asleep(struct net_engine *e, struct net_ring *r)
{
    switch (atomic_load(&r->use)) {
    case NET_RING_FREE: return true;
    case NET_RING_LIVE: break;
    default: return false; /* about to begin, or its last events are not read */
    }
    if (net_task_is_unseen(e->actors, r))
        return false;
    unsigned call = atomic_load(&r->in_call);
    char state = net_task_state_letter(e->actors, r->task);
    if (state == 'S')
        return call == NET_CALL_NONE || net_call_is(call, NET_BLOCKS);
    return state != 'R' && state != 'D' && state != '?';
}

/* Where the last look found somebody awake is where to begin. */
static void look_again(struct quiet *q, size_t top, unsigned long changes)
{
    *q = (struct quiet){.first = top ? (q->first + q->seen) % top : 0, .top = top, .changes = changes};
}

enum verdict { AWAKE, NOT_OVER, ASLEEP };

/* One look, or a slice of it. */
static enum verdict look(struct net_engine *e, struct quiet *q)
{
    uint64_t end_ns = net_now_ns() + QUIET_SLICE_NS;
    for (; q->seen < q->top; q->seen++) {
        if (net_now_ns() >= end_ns)
            return NOT_OVER;
        if (!is_asleep(e, net_arena_ring(e->arena, NET_FIRST_TASK_RING + (q->first + q->seen) % q->top)))
            return AWAKE;
    }
    q->seen = 0;
    return ASLEEP;
}

/* The wire, when it is asked, reads what there is, and tells it: so the news are looked at behind it. */
static bool is_still(struct net_engine *e)
{
    return !has_news(e) && (!e->wire || (net_wire_quiet(e->wire) && !has_news(e))) && !net_actors_ending(e->actors);
}

/*
 * Nobody can wake another without an event: a task makes one before and after its call, the wire one for each segment.
 * So when there is no news before the looks and after them, whoever was seen asleep in between has not moved, but for a
 * wake-up that came after the look; the second look finds that one running.
 *
 * A thousand tasks take longer than one who types wants to wait: each question takes a slice, and what was seen counts
 * for as long as no event is passed on and nobody is moved from here. Several conditions may ask between two waits, so
 * the answer holds until the next.
 */
bool net_engine_quiet(struct net_engine *e)
{
    struct quiet *q = &e->own->quiet;
    size_t top = net_arena_top(e->arena) - NET_FIRST_TASK_RING;
    unsigned long changes = e->own->heard + net_actors_moves(e->actors);
    bool still = is_still(e), is_over = q->looks == QUIET_LOOKS && !q->found;
    if (!still || is_over || q->top != top || q->changes != changes)
        look_again(q, top, changes);
    if (!still || q->found)
        return still;
    enum verdict verdict = ASLEEP;
    while (q->looks < QUIET_LOOKS && (verdict = look(e, q)) == ASLEEP)
        q->looks++;
    if (verdict == NOT_OVER)
        return false;
    if (verdict == AWAKE || !is_still(e)) {
        look_again(q, top, changes);
        return false;
    }
    q->found = true;
    return true;
}
