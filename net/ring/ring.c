// SPDX-License-Identifier: GPL-3.0-or-later
// Event rings in shared memory: the arena, who has which ring, and writing to it. Reading is in ring_read.c.
/*
 * One mapping holds a header, the rings, their bytes and rooms; a page is touched only when it is used. A record is a
 * small head, the body that its kind uses and its data, in whole multiples of 8 bytes, and never wraps: what does not
 * fit before the end of the ring is skipped, so that a sink can be handed a pointer to the data where it lies.
 *
 * Left out: a ring that grows. A task that makes events faster than they are taken is slowed down, as by strace.
 */
#include "net/data/call.h"
#include "net/ring/ring_private.h"

#include "net/base/clock.h"
#include "net/base/signals.h"

#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(offsetof(struct net_ring, tail) == 64 && sizeof(struct net_ring) == 128, "two cache lines");

enum { WAIT_FOR_ROOM_NS = 50000000 };

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* ---- the arena --------------------------------------------------------------------------------------------------- */

static uint32_t ring_bytes(size_t i)
{
    return i == NET_WIRE_RING ? NET_WIRE_RING_BYTES : NET_RING_BYTES;
}

/* The header and the rings, what the rings hold, the rooms. */
enum { RINGS_BYTES = NET_WIRE_RING_BYTES + NET_RINGS * NET_RING_BYTES, ARENA_MAGIC = 0x72696e67 };
#define ROOMS_AT    (sizeof(struct net_arena) + RINGS_BYTES)
#define ARENA_BYTES (ROOMS_AT + (size_t)NET_RINGS * NET_ROOM_BYTES)
_Static_assert(ROOMS_AT <= UINT32_MAX, "a ring knows its place by 32 bits");

/* A ring is given its place when it is first taken, so that a new arena touches no page of the table. */
static void place(struct net_arena *a, size_t i)
{
    size_t offset = sizeof *a;
    for (size_t before = 0; before < i && before < NET_FIRST_TASK_RING; before++)
        offset += ring_bytes(before);
    if (i > NET_FIRST_TASK_RING)
        offset += (i - NET_FIRST_TASK_RING) * (size_t)NET_RING_BYTES;
    atomic_store(&a->ring[i].data_offset, (uint32_t)offset);
    atomic_store(&a->ring[i].size_bytes, ring_bytes(i));
}

static struct net_arena *map(int fd)
{
    void *a = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    return a == MAP_FAILED ? NULL : a;
}

/* Asked first: the kernel would send SIGXFSZ. */
static bool may_be_a_file(void)
{
    struct rlimit most;
    return getrlimit(RLIMIT_FSIZE, &most) < 0 || most.rlim_cur >= ARENA_BYTES;
}

static struct net_arena *map_new_file(void)
{
    int fd = memfd_create("tcplab-rings", MFD_CLOEXEC);
    struct net_arena *a = fd >= 0 && ftruncate(fd, (off_t)ARENA_BYTES) == 0 ? map(fd) : NULL;
    if (!a) {
        int code = errno;
        close(fd);
        errno = code;
        return NULL;
    }
    a->fd = fd;
    a->shared_id = -1;
    return a;
}

static struct net_arena *attach(int id)
{
    void *a = shmat(id, NULL, 0);
    return a == (void *)-1 ? NULL : a;
}

/* A segment of System V has no limit of size. It is removed at once: it lasts until nobody has it mapped, and those who
 * know its number can still map it. */
static struct net_arena *map_new_segment(void)
{
    int id = shmget(IPC_PRIVATE, ARENA_BYTES, IPC_CREAT | SHM_NORESERVE | 0600);
    struct net_arena *a = id >= 0 ? attach(id) : NULL;
    if (id >= 0)
        shmctl(id, IPC_RMID, NULL);
    if (!a) {
        errno = errno == ENOMEM ? ENOMEM : EFBIG;
        return NULL;
    }
    a->fd = -1;
    a->shared_id = id;
    return a;
}

struct net_arena *net_arena_new(void)
{
    struct net_arena *a = may_be_a_file() ? map_new_file() : map_new_segment();
    if (!a)
        return NULL;
    a->magic = ARENA_MAGIC;
    a->top = NET_FIRST_TASK_RING;
    for (size_t i = 0; i < NET_FIRST_TASK_RING; i++) {
        place(a, i);
        a->ring[i].use = NET_RING_LIVE;
    }
    return a;
}

void net_arena_free(struct net_arena *a)
{
    if (!a)
        return;
    while (a->first_post)
        ring_drop_post(a);
    if (a->fd >= 0)
        close(a->fd);
    munmap(a, ARENA_BYTES);
}

int net_arena_fd(const struct net_arena *a)
{
    return a->fd;
}

int net_arena_shared_id(const struct net_arena *a)
{
    return a->shared_id;
}

static struct net_arena *if_arena(struct net_arena *a)
{
    return a && a->magic == ARENA_MAGIC ? a : NULL;
}

struct net_arena *net_arena_map(int fd)
{
    struct stat file;
    if (fstat(fd, &file) < 0 || file.st_size != (off_t)ARENA_BYTES)
        return NULL;
    return if_arena(map(fd));
}

struct net_arena *net_arena_attach(int shared_id)
{
    struct shmid_ds segment;
    if (shmctl(shared_id, IPC_STAT, &segment) < 0 || segment.shm_segsz != ARENA_BYTES)
        return NULL;
    return if_arena(attach(shared_id));
}

size_t net_arena_index(const struct net_arena *a, const struct net_ring *r)
{
    return (size_t)(r - a->ring);
}

void *net_arena_room(struct net_arena *a, const struct net_ring *r)
{
    return (char *)a + ROOMS_AT + (net_arena_index(a, r) - NET_FIRST_TASK_RING) * (size_t)NET_ROOM_BYTES;
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

void net_arena_site_is(struct net_arena *a, uint32_t id, enum net_site_kind kind)
{
    if (id < SITES_KNOWN)
        atomic_store_explicit(&a->site[id], (uint8_t)kind, memory_order_relaxed);
}

enum net_site_kind net_arena_site(const struct net_arena *a, uint32_t id)
{
    return id < SITES_KNOWN ? (enum net_site_kind)atomic_load_explicit(&a->site[id], memory_order_relaxed)
                            : NET_SITE_OWN;
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
    while (top > NET_FIRST_TASK_RING && atomic_load(&a->ring[top - 1].use) == NET_RING_FREE) {
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
    atomic_store(&r->in_call, 0);
    atomic_store(&r->looked_ns, 0);
    atomic_store(&r->pid, 0);
    atomic_store(&r->tid, 0);
    r->task = 0;
    r->is_process_actor = false;
    r->forking = false;
    r->wants_child_signal = false;
}

static uint64_t tail_seen(struct net_ring *r)
{
    return atomic_load_explicit(&r->tail_seen, memory_order_relaxed);
}

static uint64_t look_at_tail(struct net_ring *r)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
    atomic_store_explicit(&r->tail_seen, tail, memory_order_relaxed);
    return tail;
}

struct net_ring *net_ring_claim(struct net_arena *a, uint32_t actor, uint32_t parent_task, enum net_host host)
{
    for (uint32_t i = NET_FIRST_TASK_RING; i < ALL_RINGS; i++) {
        uint32_t use = NET_RING_FREE;
        if (atomic_load_explicit(&a->ring[i].use, memory_order_relaxed) != NET_RING_FREE ||
            !atomic_compare_exchange_strong(&a->ring[i].use, &use, NET_RING_CLAIMED))
            continue;
        raise_top(a, i + 1);
        struct net_ring *r = &a->ring[i];
        place(a, i);
        look_at_tail(r);
        r->actor = actor;
        r->parent_task = parent_task;
        r->host = (uint8_t)host;
        atomic_store(&r->last_ns, net_now_ns());
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
    assert(i >= NET_FIRST_TASK_RING && i < ALL_RINGS);
    uint64_t used = atomic_load(&r->head) - atomic_load(&r->origin);
    if (used > 8192 || r->reach > 8192)
        madvise((char *)a + r->data_offset, r->size_bytes, MADV_REMOVE);
    a->look[i] = (struct ring_look){0};
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
    size_t tasks_at = sizeof *a + NET_WIRE_RING_BYTES;
    if (atomic_load(&a->top) > NET_FIRST_TASK_RING)
        return;
    madvise((char *)a + tasks_at, ARENA_BYTES - tasks_at, MADV_REMOVE);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void ring_the_bell(struct net_arena *a)
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
    return end - tail_seen(r) <= size || end - look_at_tail(r) <= size;
}

/* Until the record up to `end` fits; false: it never will. Not announced yet, so that the reader can go on. */
static bool make_room(struct net_arena *a, struct net_ring *r, uint64_t end)
{
    if (has_room(r, end))
        return true;
    int saved = errno;
    bool given_up = false;
    while (!given_up) {
        atomic_fetch_add(&r->waits, 1);
        if (has_room(r, end))
            break;
        given_up = is_given_up(a, r);
        if (!given_up)
            wait_for_tail(a, r, tail_seen(r));
    }
    errno = saved;
    return !given_up;
}

void net_ring_begin(struct net_ring *r)
{
    atomic_store(&r->writing, 1);
}

/* recvmsg() has something to add to its arguments. */
static bool is_short(const struct net_ring *r, const struct net_event *ev)
{
    return r->entered_ns && ev->u.call.call != NET_CALL_RECVMSG && ev->u.call.enter_ns == r->entered_ns &&
           !ev->u.call.requested && !ev->u.call.limit;
}

static inline size_t entered_bytes(const struct net_ev_call *call)
{
    size_t n = sizeof call->args / sizeof call->args[0];
    if (call->call == NET_CALL_SENDTO)
        return sizeof *call;
    if (call->site)
        return offsetof(struct net_ev_call, ret);
    while (n > 0 && call->args[n - 1] == 0)
        n--;
    return offsetof(struct net_ev_call, args) + n * sizeof call->args[0];
}

static inline size_t body_bytes(const struct net_ring *r, const struct net_event *ev)
{
    if (ev->kind == NET_EV_CALL_ENTER)
        return entered_bytes(&ev->u.call);
    if (ev->kind == NET_EV_CALL_RETURN)
        return is_short(r, ev) ? sizeof(struct ring_returned) : sizeof ev->u.call;
    return net_event_body_bytes(ev->kind);
}

static inline void copy_body(uint8_t *to, const struct net_event *ev, size_t bytes)
{
    const struct net_ev_call *call = &ev->u.call;
    if (ev->kind == NET_EV_CALL_RETURN && bytes == sizeof(struct ring_returned)) {
        const struct ring_returned r = {call->ret, call->cookie, call->fd, call->error};
        memcpy(to, &r, sizeof r);
    } else {
        memcpy(to, &ev->u, bytes);
    }
}

static inline void fill_record(struct ring_record *to, const struct net_event *ev, size_t bytes, size_t body)
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
    to->data_all = ring_is_call(ev->kind) ? ev->u.call.data_all : 0;
    copy_body(after, ev, body);
    if (data > 0)
        memcpy(after + body, ev->data, data);
}

/* While its reader keeps up, a ring stays on its first pages (ring.h, Place), which are in memory and in the caches:
 * each page more is a fault, which may take 15 us. */
static inline void start_over(struct net_ring *r, uint64_t head)
{
    enum { FIRST_BYTES = 4096 };
    uint64_t used = head - atomic_load_explicit(&r->origin, memory_order_relaxed);
    if (used < FIRST_BYTES)
        return;
    if (look_at_tail(r) != head)
        return;
    if (used > r->reach)
        r->reach = (uint32_t)used;
    atomic_store_explicit(&r->origin, head, memory_order_relaxed);
}

void net_ring_put(struct net_arena *a, struct net_ring *r, struct net_event *ev)
{
    size_t body = body_bytes(r, ev);
    size_t data = ev->data_bytes < NET_EVENT_DATA_MAX ? ev->data_bytes : NET_EVENT_DATA_MAX;
    size_t bytes = round_up(sizeof(struct ring_record) + body + data, 8);
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
        ev->time_ns = net_now_ns();
    if (skipped) {
        struct ring_record *gap = ring_record_at(a, r, head);
        gap->bytes = (uint32_t)skipped;
        gap->kind = NET_EV_NONE;
    }
    fill_record(ring_record_at(a, r, head + skipped), ev, bytes, body);
    if (ev->kind == NET_EV_CALL_ENTER)
        r->entered_ns = ev->time_ns;
    atomic_store_explicit(&r->last_ns, ev->time_ns, memory_order_relaxed);
    atomic_store_explicit(&r->head, head + skipped + bytes, memory_order_release);
    atomic_store(&r->writing, 0);
    ring_the_bell(a);
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
    if (a->first_post) {
        net_bell_disarm(a);
        return true;
    }
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
