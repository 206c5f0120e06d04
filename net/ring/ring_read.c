// SPDX-License-Identifier: GPL-3.0-or-later
// The one reader of the event rings: it brings what many writers have said into the order in which it happened.
/*
 * The reader's own notes (tail as it left it, when each ring was last seen idle) are kept apart from the rings, so that
 * a look at a thousand rings that have nothing costs a thousand cache lines, once. The merge is a binary heap of the
 * rings that have something.
 *
 * What a writer that is preempted in mid-write costs: nothing older than its last record and than the last moment at
 * which it was seen idle is held back, and everything newer waits for it. One that was stopped there (SIGSTOP) holds
 * back nothing: what it says when it goes on is told then, and has that time.
 */
#include "net/ring/ring_private.h"

#include "net/base/clock.h"

#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WAIT_FOR_WRITER_NS = 100000, TAIL_STEP_BYTES = NET_RING_BYTES / 16 };

/* Whether nothing older than now_ns can still appear: it is idle, or what it was writing has been published since. Or
 * it was stopped, and is not waited for. */
static bool is_settled(struct net_arena *a, uint32_t i, uint64_t now_ns)
{
    struct net_ring *r = &a->ring[i];
    bool idle = atomic_load(&r->writing) == 0;
    if (!idle && atomic_load_explicit(&r->head, memory_order_acquire) == a->look[i].head)
        return a->look[i].is_stopped && a->look[i].waited_at == a->look[i].head + 1;
    a->look[i].idle_ns = now_ns;
    return true;
}

/* Those in mid-write, in a->busy: first the ones that are worth a wait, of which it returns how many. Whoever was
 * waited for once, and has published nothing since, has lost its processor. */
static uint32_t find_busy(struct net_arena *a, uint32_t top, uint64_t now_ns, uint32_t *all)
{
    uint32_t first = 0;
    *all = 0;
    for (uint32_t i = 0; i < top; i++) {
        a->look[i].head = atomic_load_explicit(&a->ring[i].head, memory_order_acquire);
        if (is_settled(a, i, now_ns))
            continue;
        uint32_t last = (*all)++;
        bool waited = a->look[i].waited_at == a->look[i].head + 1;
        a->busy[last] = waited ? i : a->busy[first];
        if (!waited)
            a->busy[first++] = i;
    }
    return first;
}

/* For the first ones; returns how many of all are left. */
static uint32_t wait_for_busy(struct net_arena *a, uint32_t first, uint32_t all, uint64_t now_ns)
{
    while (first > 0 && net_now_ns() - now_ns < WAIT_FOR_WRITER_NS) {
        sched_yield();
        for (uint32_t k = first; k-- > 0;) {
            if (!is_settled(a, a->busy[k], now_ns))
                continue;
            a->busy[k] = a->busy[--first];
            a->busy[first] = a->busy[--all];
        }
    }
    for (uint32_t k = 0; k < first; k++) {
        struct ring_look *look = &a->look[a->busy[k]];
        look->waited_at = look->head + 1;
        look->is_stopped = false;
    }
    return all;
}

/* Up to when the order is certain. A record that is not out yet is newer than those before it in its ring. */
static uint64_t certain_until(struct net_arena *a, uint32_t busy, uint64_t now_ns)
{
    uint64_t limit = now_ns;
    for (uint32_t k = 0; k < busy; k++) {
        uint32_t i = a->busy[k];
        uint64_t last_ns = atomic_load_explicit(&a->ring[i].last_ns, memory_order_relaxed);
        uint64_t until = last_ns > a->look[i].idle_ns ? last_ns : a->look[i].idle_ns;
        if (until < limit)
            limit = until;
    }
    return limit;
}

/* The next record that was published at the look; NULL: none. */
static struct ring_record *peek(struct net_arena *a, uint32_t i)
{
    struct ring_look *look = &a->look[i];
    if (look->tail == look->head)
        return NULL;
    struct ring_record *record = ring_record_at(a, &a->ring[i], look->tail);
    if (record->kind == NET_EV_NONE) {
        look->tail += record->bytes;
        record = ring_record_at(a, &a->ring[i], look->tail);
    }
    return record;
}

static void sink_down(struct ring_due *heap, size_t n, size_t at)
{
    struct ring_due moved = heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            break;
        if (child + 1 < n && heap[child + 1].time_ns < heap[child].time_ns)
            child++;
        if (moved.time_ns <= heap[child].time_ns)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static size_t gather(struct net_arena *a, uint32_t top, uint64_t limit_ns)
{
    size_t n = 0;
    for (uint32_t i = 0; i < top; i++) {
        a->look[i].head = atomic_load_explicit(&a->ring[i].head, memory_order_acquire);
        const struct ring_record *record = peek(a, i);
        if (record && record->time_ns <= limit_ns)
            a->due[n++] = (struct ring_due){record->time_ns, i};
    }
    for (size_t at = n / 2; at-- > 0;)
        sink_down(a->due, n, at);
    return n;
}

static void remember(struct ring_entered *entered, const struct net_event *ev)
{
    *entered = (struct ring_entered){.time_ns = ev->time_ns, .call = ev->u.call.call, .line = ev->u.call.line};
    memcpy(entered->args, ev->u.call.args, sizeof entered->args);
}

static void complete(const struct ring_entered *entered, const uint8_t *body, struct net_ev_call *call)
{
    struct ring_returned r;
    memcpy(&r, body, sizeof r);
    *call = (struct net_ev_call){.call = entered->call,
                                 .line = entered->line,
                                 .fd = r.fd,
                                 .ret = r.ret,
                                 .error = r.error,
                                 .enter_ns = entered->time_ns,
                                 .cookie = r.cookie};
    memcpy(call->args, entered->args, sizeof call->args);
}

static void deliver(struct net_arena *a, uint32_t i, struct ring_record *record, net_sink_fn *sink, void *user)
{
    if (record->time_ns > a->told_ns) /* else it was stopped: see net_ring_stopped() */
        a->told_ns = record->time_ns;
    struct net_event ev = {.time_ns = a->told_ns,
                           .actor = record->actor,
                           .task = record->task,
                           .kind = record->kind,
                           .data_bytes = record->data_bytes};
    const uint8_t *body = (const uint8_t *)(record + 1);
    if (record->kind == NET_EV_CALL_RETURN && record->body_bytes == sizeof(struct ring_returned))
        complete(&a->entered[i], body, &ev.u.call);
    else
        memcpy(&ev.u, body, record->body_bytes < sizeof ev.u ? record->body_bytes : sizeof ev.u);
    if (ring_is_call(record->kind))
        ev.u.call.data_all = record->data_all;
    if (record->kind == NET_EV_CALL_ENTER)
        remember(&a->entered[i], &ev);
    ev.data = record->data_bytes ? body + record->body_bytes : NULL;
    uint32_t bytes = record->bytes;
    if (a->filter)
        a->filter(a->filter_user, &a->ring[i], &ev, sink, user);
    else
        sink(user, &ev);
    a->look[i].tail += bytes;
}

/*
 * A writer whose ring has left its first page looks at tail with every record, and has to fetch it from this processor
 * whenever it has changed. So it is told in steps, and at the end.
 */
static void tell_tail(struct net_arena *a, uint32_t i, uint64_t step_bytes)
{
    uint64_t told = atomic_load_explicit(&a->ring[i].tail, memory_order_relaxed);
    if (a->look[i].tail - told > step_bytes)
        atomic_store(&a->ring[i].tail, a->look[i].tail);
}

/* How many rings have more of what is due. */
static size_t merge(struct net_arena *a, size_t n, uint64_t limit_ns, net_sink_fn *sink, void *user)
{
    for (uint32_t events = 0; n > 0 && (!a->slice || events < a->slice); events++) {
        uint32_t i = a->due[0].ring;
        deliver(a, i, peek(a, i), sink, user);
        const struct ring_record *next = peek(a, i);
        bool has_more = next && next->time_ns <= limit_ns;
        tell_tail(a, i, has_more ? TAIL_STEP_BYTES : 0);
        if (has_more)
            a->due[0].time_ns = next->time_ns;
        else
            a->due[0] = a->due[--n];
        if (n > 0)
            sink_down(a->due, n, 0);
    }
    for (size_t left = 0; left < n; left++)
        tell_tail(a, a->due[left].ring, 0);
    return n;
}

static void wake_writer(struct net_arena *a, uint32_t i)
{
    uint32_t waits = atomic_load(&a->ring[i].waits);
    if (waits == a->look[i].waits_seen)
        return;
    a->look[i].waits_seen = waits;
    syscall(SYS_futex, &a->ring[i].tail, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Wake who waited for room; give back the rings of those who ended and whose last word was delivered. */
static void tidy(struct net_arena *a, net_sink_fn *sink, void *user)
{
    struct net_ring *main_ring = &a->ring[NET_MAIN_RING];
    for (uint32_t i = NET_WIRE_RING; i < atomic_load(&a->top); i++) {
        struct net_ring *r = &a->ring[i];
        wake_writer(a, i);
        if (atomic_load(&r->use) != NET_RING_ENDED || atomic_load(&r->head) != a->look[i].tail)
            continue;
        if (a->filter)
            a->filter(a->filter_user, r, NULL, sink, user);
        else
            net_ring_release(a, r);
    }
    if (main_ring->head != 0 && main_ring->head == a->look[NET_MAIN_RING].tail) {
        main_ring->head = main_ring->tail = main_ring->tail_seen = 0;
        main_ring->origin = 0;
        a->look[NET_MAIN_RING].tail = a->look[NET_MAIN_RING].head = 0;
    }
}

bool net_arena_drain(struct net_arena *a, bool wait_for_writers, net_sink_fn *sink, void *user)
{
    uint64_t now_ns = net_now_ns();
    atomic_thread_fence(memory_order_seq_cst);
    uint32_t top = atomic_load(&a->top);
    uint32_t busy, first = find_busy(a, top, now_ns, &busy);
    if (wait_for_writers)
        busy = wait_for_busy(a, first, busy, now_ns);
    uint64_t limit_ns = certain_until(a, busy, now_ns);
    size_t left = merge(a, gather(a, top, limit_ns), limit_ns, sink, user);
    tidy(a, sink, user);
    return busy > 0 || left > 0;
}

void net_arena_slices(struct net_arena *a, uint32_t events)
{
    a->slice = events;
}

bool net_ring_is_stuck(const struct net_arena *a, const struct net_ring *r)
{
    const struct ring_look *look = &a->look[r - a->ring];
    return atomic_load(&r->writing) && look->waited_at == atomic_load(&r->head) + 1 && !look->is_stopped;
}

void net_ring_stopped(struct net_arena *a, const struct net_ring *r)
{
    a->look[r - a->ring].is_stopped = true;
}
