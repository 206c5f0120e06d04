// SPDX-License-Identifier: GPL-3.0-or-later
// Event rings in shared memory, and the one reader that brings them into order.
/*
 * One mapping holds a header, the rings and their bytes; a page is touched only when it is used. A record is a small
 * head, the body that its kind uses and its data, in whole multiples of 8 bytes, and never wraps: what does not fit
 * before the end of the ring is skipped, so that a sink can be handed a pointer to the data where it lies.
 *
 * The reader's own notes (tail as it left it, when each ring was last seen idle) are kept apart from the rings, so that
 * a look at a thousand rings that have nothing costs a thousand cache lines, once. The merge is a binary heap of the
 * rings that have something.
 *
 * What a writer that is preempted in mid-write costs: nothing older than its last record and than the last moment at
 * which it was seen idle is held back, and everything newer waits for it.
 *
 * Left out: a ring that grows. A task that makes events faster than they are taken is slowed down, as by strace.
 */
#include "net/ring.h"

#include "net/copy.h"
#include "net/fail.h"
#include "net/futex.h"
#include "net/prefetch.h"
#include "net/ring_service.h"
#include "net/trace.h"

#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(offsetof(struct net_ring, tail) == 64 && sizeof(struct net_ring) == 128, "two cache lines");

enum { MAIN_RING, WIRE_RING, FIRST_TASK_RING, ALL_RINGS = NET_RINGS + FIRST_TASK_RING };
enum { WAIT_FOR_WRITER_NS = 100000, WAIT_FOR_ROOM_NS = 50000000, FORK_WAITS_MS = 20 };
enum { TAIL_STEP_BYTES = NET_RING_BYTES / 16 };

struct record {
    uint32_t bytes; /* of the whole, with padding */
    uint16_t kind;  /* NET_EV_NONE: nothing but space up to the end of the ring */
    uint16_t body_bytes;
    uint64_t time_ns;
    uint32_t actor, task;
    uint32_t data_bytes;
    uint32_t data_all; /* of a call */
};

/* What the reader knows of a ring. */
struct look {
    uint64_t tail, head;
    uint64_t idle_ns;   /* the latest moment before which nothing more can appear */
    uint64_t waited_at; /* 1 + the head at which its writer was waited for in vain */
    uint32_t waits_seen;
};

struct due {
    uint64_t time_ns;
    uint32_t ring;
};

/* The call that was entered last on a ring: what its short return is to be completed with. */
struct entered {
    uint64_t time_ns;
    uint16_t call, line;
    int64_t args[6];
};

enum { PAGE_BYTES = 4096, FAULT_AROUND_BYTES = 65536 };

/* What writers use lies together, at a multiple of FAULT_AROUND_BYTES: a page fault of a forked child maps what of so
 * many bytes is in memory, so its first one brings the rings of a few hundred tasks. */
struct net_arena {
    struct look look[ALL_RINGS];
    struct due due[ALL_RINGS];
    struct entered entered[ALL_RINGS];
    uint32_t busy[ALL_RINGS];
    _Alignas(PAGE_BYTES) _Atomic uint32_t bell_armed;
    _Atomic int32_t bell_pid, bell_tid;
    _Atomic uint32_t next_id;
    _Atomic uint32_t top;
    _Atomic uint64_t claims;
    _Atomic uint32_t reader_works, forks_wait;
    _Atomic bool has_timers;
    uint32_t slice; /* events by one drain; 0: all */
    struct net_service service;
    struct net_failures failures;
    net_filter_fn *filter;
    void *filter_user;
    struct net_ring ring[ALL_RINGS];
};

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* ---- the arena --------------------------------------------------------------------------------------------------- */

static uint32_t ring_bytes(size_t i)
{
    return i == MAIN_RING ? NET_MAIN_RING_BYTES : i == WIRE_RING ? NET_WIRE_RING_BYTES : NET_RING_BYTES;
}

static size_t arena_bytes(void)
{
    enum { RINGS_BYTES = NET_MAIN_RING_BYTES + NET_WIRE_RING_BYTES + NET_RINGS * NET_RING_BYTES };
    _Static_assert(sizeof(struct net_arena) + RINGS_BYTES <= UINT32_MAX, "a ring knows its place by 32 bits");
    return sizeof(struct net_arena) + RINGS_BYTES;
}

/* A ring is given its place when it is first taken, so that a new arena touches no page of the table. */
static void place(struct net_arena *a, size_t i)
{
    size_t offset = sizeof *a;
    for (size_t before = 0; before < i && before < FIRST_TASK_RING; before++)
        offset += ring_bytes(before);
    if (i > FIRST_TASK_RING)
        offset += (i - FIRST_TASK_RING) * (size_t)NET_RING_BYTES;
    atomic_store(&a->ring[i].data_offset, (uint32_t)offset);
    atomic_store(&a->ring[i].size_bytes, ring_bytes(i));
}

/* NULL: errno. More is asked for than is needed, and what lies on both sides given back. */
static struct net_arena *map_arena(void)
{
    size_t bytes = arena_bytes() + FAULT_AROUND_BYTES;
    char *all = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    uintptr_t writers_at = (uintptr_t)all + offsetof(struct net_arena, bell_armed);
    size_t before = round_up(writers_at, FAULT_AROUND_BYTES) - writers_at;
    if (before > 0)
        munmap(all, before);
    munmap(all + before + arena_bytes(), FAULT_AROUND_BYTES - before);
    return (void *)(all + before);
}

struct net_arena *net_arena_new(void)
{
    struct net_arena *a = map_arena();
    if (!a)
        return NULL;
    a->top = FIRST_TASK_RING;
    for (size_t i = 0; i < FIRST_TASK_RING; i++) {
        place(a, i);
        a->ring[i].use = NET_RING_LIVE;
    }
    return a;
}

void net_arena_free(struct net_arena *a)
{
    if (a)
        munmap(a, arena_bytes());
}

struct net_ring *net_arena_ring(struct net_arena *a, size_t i)
{
    return i < ALL_RINGS ? &a->ring[i] : NULL;
}

uint32_t net_arena_next_id(struct net_arena *a)
{
    return atomic_fetch_add(&a->next_id, 1) + 1;
}

size_t net_arena_top(struct net_arena *a)
{
    return atomic_load(&a->top);
}

struct net_service *net_arena_service(struct net_arena *a)
{
    return &a->service;
}

void net_arena_note_timers(struct net_arena *a)
{
    atomic_store(&a->has_timers, true);
}

bool net_arena_has_timers(struct net_arena *a)
{
    return atomic_load_explicit(&a->has_timers, memory_order_relaxed);
}

struct net_failures *net_arena_failures(struct net_arena *a)
{
    return &a->failures;
}

void net_arena_filter(struct net_arena *a, net_filter_fn *filter, void *user)
{
    a->filter = filter;
    a->filter_user = user;
}

static void raise_top(struct net_arena *a, uint32_t at_least)
{
    uint32_t top = atomic_load(&a->top);
    while (top < at_least && !atomic_compare_exchange_weak(&a->top, &top, at_least))
        ;
}

/* A claim may come in between the look and the exchange: then it may have found top high enough, and top is put back.
 */
static void lower_top(struct net_arena *a)
{
    uint32_t top = atomic_load(&a->top);
    while (top > FIRST_TASK_RING && atomic_load(&a->ring[top - 1].use) == NET_RING_FREE) {
        uint32_t lower = top - 1;
        if (!atomic_compare_exchange_strong(&a->top, &top, lower))
            continue;
        if (atomic_load(&a->ring[lower].use) != NET_RING_FREE) {
            raise_top(a, lower + 1);
            return;
        }
        top = lower;
    }
}

static void forget_owner(struct net_ring *r)
{
    r->last_ns = 0;
    r->actor = 0;
    r->parent_task = 0;
    r->entered_ns = 0;
    atomic_store(&r->signals, 0);
    atomic_store(&r->gate, 0);
    atomic_store(&r->stop, 0);
    atomic_store(&r->hand_word, 0);
    atomic_store(&r->in_call, 0);
    atomic_store(&r->looked_ns, 0);
    atomic_store(&r->pid, 0);
    atomic_store(&r->tid, 0);
    r->task = 0;
    r->is_process_actor = false;
    r->forking = false;
    r->wants_child_signal = false;
}

struct net_ring *net_ring_claim(struct net_arena *a, uint32_t actor, uint32_t parent_task, enum net_host host)
{
    for (uint32_t i = FIRST_TASK_RING; i < ALL_RINGS; i++) {
        uint32_t use = NET_RING_FREE;
        if (atomic_load_explicit(&a->ring[i].use, memory_order_relaxed) != NET_RING_FREE ||
            !atomic_compare_exchange_strong(&a->ring[i].use, &use, NET_RING_CLAIMED))
            continue;
        raise_top(a, i + 1);
        struct net_ring *r = &a->ring[i];
        place(a, i);
        r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
        r->actor = actor;
        r->parent_task = parent_task;
        r->host = (uint8_t)host;
        atomic_store(&r->last_ns, clock_ns());
        atomic_fetch_add(&a->claims, 1);
        return r;
    }
    return NULL;
}

void net_ring_unclaim(struct net_ring *r)
{
    forget_owner(r);
    atomic_store(&r->use, NET_RING_FREE);
}

uint64_t net_arena_claims(struct net_arena *a)
{
    return atomic_load(&a->claims);
}

void net_ring_abandon(struct net_ring *r)
{
    atomic_store(&r->writing, 0);
    atomic_store(&r->use, NET_RING_ENDED);
}

/* Its pages go back to the machine, unless it hardly used any. */
void net_ring_release(struct net_arena *a, struct net_ring *r)
{
    size_t i = (size_t)(r - a->ring);
    assert(i >= FIRST_TASK_RING && i < ALL_RINGS);
    uint64_t used = atomic_load(&r->head) - atomic_load(&r->origin);
    if (used > 8192 || r->reach > 8192)
        madvise((char *)a + r->data_offset, r->size_bytes, MADV_REMOVE);
    a->look[i] = (struct look){0};
    r->head = r->tail = r->origin = 0;
    r->reach = 0;
    r->waits = 0;
    net_ring_unclaim(r);
    lower_top(a);
}

void net_ring_tidy(struct net_arena *a, struct net_ring *r)
{
    if (atomic_load(&r->head) == atomic_load(&r->tail))
        madvise((char *)a + r->data_offset, r->size_bytes, MADV_REMOVE);
}

/* Only a task or the main thread claims rings: with no task left nobody writes there meanwhile. The wire's is its own.
 */
void net_arena_tidy(struct net_arena *a)
{
    size_t main_at = sizeof *a, tasks_at = main_at + NET_MAIN_RING_BYTES + NET_WIRE_RING_BYTES;
    if (atomic_load(&a->top) > FIRST_TASK_RING || atomic_load(&a->ring[MAIN_RING].head) != 0)
        return;
    madvise((char *)a + main_at, NET_MAIN_RING_BYTES, MADV_REMOVE);
    madvise((char *)a + tasks_at, arena_bytes() - tasks_at, MADV_REMOVE);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static struct record *record_at(struct net_arena *a, const struct net_ring *r, uint64_t position)
{
    size_t offset = atomic_load_explicit(&r->data_offset, memory_order_relaxed);
    uint32_t size = atomic_load_explicit(&r->size_bytes, memory_order_relaxed);
    uint64_t origin = atomic_load_explicit(&r->origin, memory_order_relaxed);
    void *record = (char *)a + offset + ((position - origin) & (size - 1));
    return record;
}

NET_HOT static void ring_the_bell(struct net_arena *a)
{
    if (!atomic_load(&a->bell_armed) || !atomic_exchange(&a->bell_armed, 0))
        return;
    int saved = errno;
    syscall(SYS_tgkill, atomic_load(&a->bell_pid), atomic_load(&a->bell_tid), NET_BELL_SIGNAL);
    errno = saved;
}

static bool is_given_up(struct net_arena *a, struct net_ring *r)
{
    int pid = atomic_load(&a->bell_pid);
    return atomic_load(&r->stop) == NET_STOP_END || (pid != 0 && kill(pid, 0) < 0 && errno == ESRCH);
}

static void wait_for_tail(struct net_arena *a, struct net_ring *r, uint64_t tail)
{
    static const struct timespec limit = {.tv_nsec = WAIT_FOR_ROOM_NS};
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low word of tail comes first");
    ring_the_bell(a);
    syscall(SYS_futex, &r->tail, FUTEX_WAIT, (uint32_t)tail, &limit, NULL, 0);
}

static bool has_room(struct net_ring *r, uint64_t end)
{
    uint32_t size = atomic_load_explicit(&r->size_bytes, memory_order_relaxed);
    if (end - r->tail_seen <= size)
        return true;
    r->tail_seen = atomic_load(&r->tail);
    return end - r->tail_seen <= size;
}

/* Until the record up to `end` fits; false: it never will. Not announced yet, so that the reader can go on. */
static bool make_room(struct net_arena *a, struct net_ring *r, uint64_t end)
{
    if (has_room(r, end))
        return true;
    int saved = errno;
    bool given_up = false;
    assert(r != &a->ring[MAIN_RING]);
    while (!given_up) {
        atomic_fetch_add(&r->waits, 1);
        if (has_room(r, end))
            break;
        given_up = is_given_up(a, r);
        if (!given_up)
            wait_for_tail(a, r, r->tail_seen);
    }
    errno = saved;
    return !given_up;
}

void net_ring_begin(struct net_ring *r)
{
    atomic_store(&r->writing, 1);
}

/*
 * A call is carried short, since what is written here another processor must fetch: entered, without what only a return
 * has and without arguments that are zero; returned, when no other call was entered on this ring meanwhile (by a signal
 * handler), without what its entry has said.
 */
struct returned {
    int64_t ret;
    uint64_t cookie;
    int32_t fd, error;
};

static bool is_short(const struct net_ring *r, const struct net_event *ev)
{
    return r->entered_ns && ev->u.call.enter_ns == r->entered_ns && !ev->u.call.requested;
}

static inline size_t entered_bytes(const struct net_ev_call *call)
{
    size_t n = sizeof call->args / sizeof call->args[0];
    while (n > 0 && call->args[n - 1] == 0)
        n--;
    return offsetof(struct net_ev_call, args) + n * sizeof call->args[0];
}

static inline size_t body_bytes(const struct net_ring *r, const struct net_event *ev)
{
    if (ev->kind == NET_EV_CALL_ENTER)
        return entered_bytes(&ev->u.call);
    if (ev->kind == NET_EV_CALL_RETURN)
        return is_short(r, ev) ? sizeof(struct returned) : sizeof ev->u.call;
    return net_event_body_bytes(ev->kind);
}

static inline bool is_call(uint16_t kind)
{
    return kind == NET_EV_CALL_ENTER || kind == NET_EV_CALL_RETURN;
}

static inline void copy_body(uint8_t *to, const struct net_event *ev, size_t bytes)
{
    const struct net_ev_call *call = &ev->u.call;
    if (ev->kind == NET_EV_CALL_RETURN && bytes == sizeof(struct returned)) {
        const struct returned r = {call->ret, call->cookie, call->fd, call->error};
        memcpy(to, &r, sizeof r);
    } else {
        net_copy_few(to, &ev->u, bytes);
    }
}

static inline void fill_record(struct record *to, const struct net_event *ev, size_t bytes, size_t body)
{
    size_t data = ev->data_bytes < NET_EVENT_DATA_MAX ? ev->data_bytes : NET_EVENT_DATA_MAX;
    uint8_t *after = (uint8_t *)(to + 1);
    to->bytes = (uint32_t)bytes;
    to->kind = ev->kind;
    to->body_bytes = (uint16_t)body;
    to->time_ns = ev->time_ns;
    to->actor = ev->actor;
    to->task = ev->task;
    to->data_bytes = (uint32_t)data;
    to->data_all = is_call(ev->kind) ? ev->u.call.data_all : 0;
    copy_body(after, ev, body);
    if (data > 0)
        net_copy_few(after + body, ev->data, data);
}

/*
 * The reader had the lines that come next in its cache, as it left them one round of the ring ago. To get them back
 * takes longer than to write a record, and whoever has just put one is about to enter the kernel: so ask for them now.
 */
static inline void fetch_next(struct net_arena *a, const struct net_ring *r, uint64_t head)
{
    enum { LINE = 64, NEXT_LINES = 3 };
    for (int i = 0; i < NEXT_LINES; i++)
        net_prefetch_to_write(record_at(a, r, head + (uint64_t)i * LINE));
}

/* While its reader keeps up, a ring stays on its first pages (ring.h, Place), which are in memory and in the caches:
 * each page more is a fault, which may take 15 us. */
static inline void start_over(struct net_ring *r, uint64_t head)
{
    enum { FIRST_BYTES = 4096 };
    uint64_t used = head - atomic_load_explicit(&r->origin, memory_order_relaxed);
    if (used < FIRST_BYTES)
        return;
    r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
    if (r->tail_seen != head)
        return;
    if (used > r->reach)
        r->reach = (uint32_t)used;
    atomic_store_explicit(&r->origin, head, memory_order_relaxed);
}

NET_HOT void net_ring_put(struct net_arena *a, struct net_ring *r, struct net_event *ev)
{
    size_t body = body_bytes(r, ev);
    size_t data = ev->data_bytes < NET_EVENT_DATA_MAX ? ev->data_bytes : NET_EVENT_DATA_MAX;
    size_t bytes = round_up(sizeof(struct record) + body + data, 8);
    uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    uint32_t size = atomic_load_explicit(&r->size_bytes, memory_order_relaxed);
    start_over(r, head);
    uint64_t to_end = size - ((head - atomic_load_explicit(&r->origin, memory_order_relaxed)) & (size - 1));
    uint64_t skipped = bytes > to_end ? to_end : 0;
    if (!make_room(a, r, head + skipped + bytes)) {
        atomic_store(&r->writing, 0);
        return;
    }
    atomic_store(&r->writing, 1);
    if (ev->time_ns == 0)
        ev->time_ns = clock_ns();
    if (skipped) {
        struct record *gap = record_at(a, r, head);
        gap->bytes = (uint32_t)skipped;
        gap->kind = NET_EV_NONE;
    }
    fill_record(record_at(a, r, head + skipped), ev, bytes, body);
    if (ev->kind == NET_EV_CALL_ENTER)
        r->entered_ns = ev->time_ns;
    atomic_store_explicit(&r->last_ns, ev->time_ns, memory_order_relaxed);
    atomic_store_explicit(&r->head, head + skipped + bytes, memory_order_release);
    atomic_store(&r->writing, 0);
    ring_the_bell(a);
    fetch_next(a, r, head + skipped + bytes);
}

/* ---- the bell ---------------------------------------------------------------------------------------------------- */

void net_bell_owner(struct net_arena *a, int pid, int tid)
{
    atomic_store(&a->bell_tid, tid);
    atomic_store(&a->bell_pid, pid);
}

/* Armed first, looked second: whoever publishes after the look finds it armed. */
bool net_bell_arm(struct net_arena *a)
{
    atomic_store(&a->bell_armed, 1);
    uint32_t top = atomic_load(&a->top);
    for (uint32_t i = 0; i < top; i++) {
        if (atomic_load(&a->ring[i].head) != a->look[i].tail) {
            net_bell_disarm(a);
            return true;
        }
    }
    return false;
}

void net_bell_disarm(struct net_arena *a)
{
    atomic_store(&a->bell_armed, 0);
}

/* ---- forks ------------------------------------------------------------------------------------------------------- */

void net_reader_works(struct net_arena *a, bool works)
{
    atomic_store(&a->reader_works, works);
    if (!works && atomic_load(&a->forks_wait) > 0)
        net_futex_wake(&a->reader_works);
}

void net_reader_to_sleep(struct net_arena *a)
{
    if (!atomic_load(&a->reader_works))
        return;
    atomic_fetch_add(&a->forks_wait, 1);
    net_futex_wait(&a->reader_works, 1, FORK_WAITS_MS);
    atomic_fetch_sub(&a->forks_wait, 1);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Whether nothing older than now_ns can still appear: it is idle, or what it was writing has been published since. */
static bool is_settled(struct net_arena *a, uint32_t i, uint64_t now_ns)
{
    struct net_ring *r = &a->ring[i];
    bool idle = atomic_load(&r->writing) == 0;
    if (!idle && atomic_load_explicit(&r->head, memory_order_acquire) == a->look[i].head)
        return false;
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
    while (first > 0 && clock_ns() - now_ns < WAIT_FOR_WRITER_NS) {
        sched_yield();
        for (uint32_t k = first; k-- > 0;) {
            if (!is_settled(a, a->busy[k], now_ns))
                continue;
            a->busy[k] = a->busy[--first];
            a->busy[first] = a->busy[--all];
        }
    }
    for (uint32_t k = 0; k < first; k++)
        a->look[a->busy[k]].waited_at = a->look[a->busy[k]].head + 1;
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
static struct record *peek(struct net_arena *a, uint32_t i)
{
    struct look *look = &a->look[i];
    if (look->tail == look->head)
        return NULL;
    struct record *record = record_at(a, &a->ring[i], look->tail);
    if (record->kind == NET_EV_NONE) {
        look->tail += record->bytes;
        record = record_at(a, &a->ring[i], look->tail);
    }
    return record;
}

static void sink_down(struct due *heap, size_t n, size_t at)
{
    struct due moved = heap[at];
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
        const struct record *record = peek(a, i);
        if (record && record->time_ns <= limit_ns)
            a->due[n++] = (struct due){record->time_ns, i};
    }
    for (size_t at = n / 2; at-- > 0;)
        sink_down(a->due, n, at);
    return n;
}

static void remember(struct entered *entered, const struct net_event *ev)
{
    *entered = (struct entered){.time_ns = ev->time_ns, .call = ev->u.call.call, .line = ev->u.call.line};
    memcpy(entered->args, ev->u.call.args, sizeof entered->args);
}

static void complete(const struct entered *entered, const uint8_t *body, struct net_ev_call *call)
{
    struct returned r;
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

static void deliver(struct net_arena *a, uint32_t i, struct record *record, net_sink_fn *sink, void *user)
{
    struct net_event ev = {.time_ns = record->time_ns,
                           .actor = record->actor,
                           .task = record->task,
                           .kind = record->kind,
                           .data_bytes = record->data_bytes};
    const uint8_t *body = (const uint8_t *)(record + 1);
    if (record->kind == NET_EV_CALL_RETURN && record->body_bytes == sizeof(struct returned))
        complete(&a->entered[i], body, &ev.u.call);
    else
        memcpy(&ev.u, body, record->body_bytes < sizeof ev.u ? record->body_bytes : sizeof ev.u);
    if (is_call(record->kind))
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
        const struct record *next = peek(a, i);
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
    struct net_ring *main_ring = &a->ring[MAIN_RING];
    for (uint32_t i = WIRE_RING; i < atomic_load(&a->top); i++) {
        struct net_ring *r = &a->ring[i];
        wake_writer(a, i);
        if (atomic_load(&r->use) != NET_RING_ENDED || atomic_load(&r->head) != a->look[i].tail)
            continue;
        if (a->filter)
            a->filter(a->filter_user, r, NULL, sink, user);
        else
            net_ring_release(a, r);
    }
    if (main_ring->head != 0 && main_ring->head == a->look[MAIN_RING].tail) {
        main_ring->head = main_ring->tail = main_ring->tail_seen = 0;
        main_ring->origin = 0;
        a->look[MAIN_RING].tail = a->look[MAIN_RING].head = 0;
    }
}

bool net_arena_drain(struct net_arena *a, bool wait_for_writers, net_sink_fn *sink, void *user)
{
    uint64_t now_ns = clock_ns();
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
