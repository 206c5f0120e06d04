// SPDX-License-Identifier: GPL-3.0-or-later
// The one reader of the event rings: it brings what many writers have written into the order in which it happened.
/*
 * What the reader remembers of each ring (its tail, when it was last seen idle) is kept outside the rings, so that a
 * look at a thousand rings that have nothing costs a thousand cache lines, once. The merge is a binary heap of the
 * rings that have something, and of the main thread's own posts as one more.
 *
 * A writer that is preempted in mid-write holds back everything newer than its last record and than the last moment at
 * which it was seen idle; nothing older. One that was stopped there (SIGSTOP) holds back nothing: its record is
 * delivered when it goes on, with the time of that moment.
 */
#include "net/ring/ring_private.h"

#include "net/base/clock.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
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

/* Collects the writers in mid-write in a->busy: first those worth a wait, and returns how many these are. A writer that
 * was waited for once, and has published nothing since, has lost its processor. */
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

/* ---- the main thread's own events -------------------------------------------------------------------------------- */

void net_arena_post(struct net_arena *a, const struct net_event *ev)
{
    size_t bytes = ev->data_bytes < NET_EVENT_DATA_MAX ? ev->data_bytes : NET_EVENT_DATA_MAX;
    struct ring_post *post = malloc(sizeof *post + bytes);
    if (!post) {
        a->lost_post = true;
        return;
    }
    *post = (struct ring_post){.ev = *ev};
    if (post->ev.time_ns == 0)
        post->ev.time_ns = net_now_ns();
    if (bytes > 0)
        memcpy(post->data, ev->data, bytes);
    post->ev.data_bytes = (uint32_t)bytes;
    post->ev.data = bytes > 0 ? post->data : NULL;
    if (a->first_post)
        a->last_post->next = post;
    else
        a->first_post = post;
    a->last_post = post;
}

bool net_arena_lost(const struct net_arena *a)
{
    return a->lost_post;
}

void ring_drop_post(struct net_arena *a)
{
    struct ring_post *post = a->first_post;
    a->first_post = post->next;
    if (!a->first_post)
        a->last_post = NULL;
    free(post);
}

/* ---- the merge --------------------------------------------------------------------------------------------------- */

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

/* A post that was made during this drain waits for the next one. */
static bool is_post_due(const struct net_arena *a, uint64_t limit_ns)
{
    return a->first_post && a->post_limit && a->first_post->ev.time_ns <= limit_ns;
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
    a->post_limit = a->last_post;
    if (is_post_due(a, limit_ns))
        a->due[n++] = (struct ring_due){a->first_post->ev.time_ns, POSTS};
    for (size_t at = n / 2; at-- > 0;)
        sink_down(a->due, n, at);
    return n;
}

static void remember(struct ring_entered *entered, const struct net_event *ev)
{
    *entered = (struct ring_entered){.time_ns = ev->time_ns,
                                     .call = ev->u.call.call,
                                     .line = ev->u.call.line,
                                     .to_port = ev->u.call.to_port,
                                     .site = ev->u.call.site,
                                     .to_ip = ev->u.call.to_ip};
    memcpy(entered->args, ev->u.call.args, sizeof entered->args);
}

static void complete(const struct ring_entered *entered, const uint8_t *body, struct net_ev_call *call)
{
    struct ring_returned r;
    memcpy(&r, body, sizeof r);
    *call = (struct net_ev_call){.call = entered->call,
                                 .line = entered->line,
                                 .site = entered->site,
                                 .to_port = entered->to_port,
                                 .to_ip = entered->to_ip,
                                 .fd = r.fd,
                                 .ret = r.ret,
                                 .error = r.error,
                                 .enter_ns = entered->time_ns,
                                 .cookie = r.cookie};
    memcpy(call->args, entered->args, sizeof call->args);
}

static void pass_on(struct net_arena *a, struct net_ring *from, const struct net_event *ev, net_sink_fn *sink,
                    void *user)
{
    if (a->filter)
        a->filter(a->filter_user, from, ev, sink, user);
    else
        sink(user, ev);
}

/* The time with which an event is delivered: never before that of the last one. The record is older if its writer was
 * stopped (see net_ring_stopped()). */
static uint64_t delivery_time(struct net_arena *a, uint64_t time_ns)
{
    if (time_ns > a->delivered_ns)
        a->delivered_ns = time_ns;
    return a->delivered_ns;
}

/* The first post. The sink may post more. */
static void deliver_post(struct net_arena *a, net_sink_fn *sink, void *user)
{
    struct ring_post *post = a->first_post;
    post->ev.time_ns = delivery_time(a, post->ev.time_ns);
    pass_on(a, NULL, &post->ev, sink, user);
    if (a->post_limit == post)
        a->post_limit = NULL;
    ring_drop_post(a);
}

static void deliver(struct net_arena *a, uint32_t i, struct ring_record *record, net_sink_fn *sink, void *user)
{
    struct net_event ev = {.time_ns = delivery_time(a, record->time_ns),
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
    pass_on(a, &a->ring[i], &ev, sink, user);
    a->look[i].tail += bytes;
}

/*
 * A writer whose ring has left its first page looks at tail with every record, and has to fetch it from this processor
 * whenever it has changed. So it is published in steps, and at the end.
 */
static void publish_tail(struct net_arena *a, uint32_t i, uint64_t step_bytes)
{
    uint64_t published = atomic_load_explicit(&a->ring[i].tail, memory_order_relaxed);
    if (a->look[i].tail - published > step_bytes)
        atomic_store(&a->ring[i].tail, a->look[i].tail);
}

/* Deliver one event of a source; the time of its next one that is due, 0: it has none. */
static uint64_t deliver_one(struct net_arena *a, uint32_t i, uint64_t limit_ns, net_sink_fn *sink, void *user)
{
    if (i == POSTS) {
        deliver_post(a, sink, user);
        return is_post_due(a, limit_ns) ? a->first_post->ev.time_ns : 0;
    }
    deliver(a, i, peek(a, i), sink, user);
    const struct ring_record *next = peek(a, i);
    bool has_more = next && next->time_ns <= limit_ns;
    publish_tail(a, i, has_more ? TAIL_STEP_BYTES : 0);
    return has_more ? next->time_ns : 0;
}

/* How many sources have more of what is due. */
static size_t merge(struct net_arena *a, size_t n, uint64_t limit_ns, net_sink_fn *sink, void *user)
{
    for (uint32_t events = 0; n > 0 && (!a->slice || events < a->slice); events++) {
        uint64_t next_ns = deliver_one(a, a->due[0].ring, limit_ns, sink, user);
        if (next_ns)
            a->due[0].time_ns = next_ns;
        else
            a->due[0] = a->due[--n];
        if (n > 0)
            sink_down(a->due, n, 0);
    }
    for (size_t left = 0; left < n; left++)
        if (a->due[left].ring != POSTS)
            publish_tail(a, a->due[left].ring, 0);
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

/* Wake writers that wait for room; give back the rings of tasks that have ended and whose last record was delivered. */
static void tidy(struct net_arena *a, net_sink_fn *sink, void *user)
{
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
