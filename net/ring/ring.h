// SPDX-License-Identifier: GPL-3.0-or-later
// Event rings in shared memory: one writer each, one reader (the main thread), no lock.
#ifndef NET_RING_RING_H
#define NET_RING_RING_H

#include "net/data/event.h"

#include <stdatomic.h>

/*
 * Each task (thread of an actor, process, forked child) and the wire thread owns one ring, a slice of one arena in
 * shared memory. A forked child has it where its parent has it; a process that was started anew maps it by its
 * descriptor, at an address of its own: so nothing in it is a pointer.
 *
 * Beside its ring each task has a room, for what it shares with the main thread besides events.
 *
 * Order. The reader must deliver events of all rings in the order of time_ns, although a writer may be
 * preempted between taking the time and publishing. A writer therefore announces itself: writing = 1 (seq_cst),
 * then takes the time, fills the record, publishes head, writing = 0. A reader that wants everything up to T
 * (the time it read first) must find every ring with writing == 0 after T was read; then no record older than T can
 * still appear. A ring whose owner died in mid-write is released by the main thread when it learns of the death.
 *
 * Place. A record lies at its position less `origin`, modulo the size. The writer moves origin up to head when all has
 * been read, and so goes on at the beginning of the data: only it moves origin, and only while tail == head, when the
 * reader has no record to find.
 *
 * A full ring makes its writer wait (futex on tail), never lose: `waits` counts it. A writer whose lab is gone, or that
 * was told to end, gives up. The main thread, which could not wait for itself, has no ring: what it has to say stands
 * in a queue of the reader's own (net_arena_post), which the drain merges with the rings.
 *
 * Bell. The reader sleeps in ppoll with NET_BELL_SIGNAL unblocked and `bell_armed` set. Whoever publishes and
 * finds it set, clears it and sends the signal to the reader's thread: no descriptor is needed, so a program's
 * descriptor table stays its own. While the reader is awake, publishing costs no system call.
 *
 * Gate. `gate` is the step gate of the task, a futex word (no PRIVATE flag: children are other processes):
 * 0 open, 1 closed, 2 closed but one call may pass (the passer sets it back to 1).
 */
enum { NET_RING_BYTES = 256 * 1024, NET_WIRE_RING_BYTES = 1024 * 1024, NET_ROOM_BYTES = 72 * 1024, NET_RINGS = 4096 };

enum net_ring_use {
    NET_RING_FREE,
    NET_RING_CLAIMED /* by a parent for a child about to exist */,
    NET_RING_LIVE,
    NET_RING_ENDED /* drain, then free */
};

enum net_stop_wish {
    NET_STOP_NONE,
    NET_STOP_END,   /* as if killed: leave now */
    NET_STOP_CANCEL /* make the present call return EINTR */
};

struct net_ring {
    /* What a traced call looks at and writes: one cache line, which the reader only looks at. */
    _Atomic uint64_t head;      /* bytes ever written; release-stored by the writer */
    _Atomic uint64_t last_ns;   /* time of the last record, or of the claim; 0: free, or the claim is not complete */
    _Atomic uint64_t signals;   /* signals that wait for the task, 1 << signo (thread actors; deferred ones) */
    _Atomic uint64_t tail_seen; /* the writer's last look at tail; atomic, since who claims a ring writes it first */
    uint64_t entered_ns;        /* the writer's: time of the last CALL_ENTER */
    _Atomic uint64_t origin;    /* the position that lies at the beginning of the data; see Place */
    _Atomic uint32_t writing;   /* see Order */
    _Atomic uint32_t gate;
    _Atomic uint32_t stop;    /* the main thread wants this task to end (enum net_stop_wish) */
    _Atomic uint32_t in_call; /* enum net_call while the task is in the kernel, else 0 */
    /* The reader's, and what seldom changes: the other line. Others look at it while the ring changes hands, hence
     * atomic. */
    _Atomic uint64_t tail;      /* bytes read; the reader tells now and then. Its low word: futex of a waiting writer */
    _Atomic uint64_t looked_ns; /* until when looks at sockets are paid for (net/trace/trace_sample.c) */
    _Atomic uint32_t use;       /* enum net_ring_use */
    _Atomic uint32_t data_offset; /* in the arena */
    _Atomic uint32_t size_bytes;
    _Atomic uint32_t waits;
    _Atomic uint32_t actor, task, parent_task;
    _Atomic int32_t pid, tid;
    uint32_t reach; /* the writer's: how much of the data was written to before origin moved */
    _Atomic uint8_t host;
    _Atomic bool is_process_actor;   /* the owner lives in another process */
    _Atomic bool forking;            /* its parent is in fork(), and has not stored the child's pid yet */
    _Atomic bool wants_child_signal; /* it handles SIGCHLD (net/trace/trace_signal.c) */
} __attribute__((aligned(64)));

struct net_arena; /* header (bell, counters for ids), the rings, their data */

/* Make the arena: NET_RINGS task rings, and before them one, larger, for the wire. Memory is touched only when used. It
 * is a file in memory, or, where files may not be that large, a segment of System V. NULL: errno; EFBIG: neither may
 * be. */
struct net_arena *net_arena_new(void);
void net_arena_free(struct net_arena *);
/* Its descriptor, close-on-exec, or the number of its segment: the one is -1 where there is the other. And the same
 * arena in another process, by either. NULL: it is no arena. */
int net_arena_fd(const struct net_arena *);
int net_arena_shared_id(const struct net_arena *);
struct net_arena *net_arena_map(int fd);
struct net_arena *net_arena_attach(int shared_id);
enum { NET_WIRE_RING, NET_FIRST_TASK_RING };
struct net_ring *net_arena_ring(struct net_arena *, size_t i); /* NULL past the end */
size_t net_arena_index(const struct net_arena *, const struct net_ring *);
/* NET_ROOM_BYTES, of a task's ring. What is in it at the claim is of no meaning. */
void *net_arena_room(struct net_arena *, const struct net_ring *);
uint32_t net_arena_next_id(struct net_arena *); /* actor and task ids, shared by all processes */

/* Take a free ring for a new task; NULL when all are taken. Any task may call it. Whose it was before is forgotten when
 * it is given back, so nobody takes a claimed ring for its last owner's. */
struct net_ring *net_ring_claim(struct net_arena *, uint32_t actor, uint32_t parent_task, enum net_host host);
/* Give it back: nobody came to own it. */
void net_ring_unclaim(struct net_ring *);
/* Claims ever completed. What looks at all rings, one after the other, has seen them all at once if there was no claim
 * meanwhile: whoever is in the middle of one owns a ring itself. */
uint64_t net_arena_claims(struct net_arena *);
/* Give a drained ring back (main thread). */
void net_ring_release(struct net_arena *, struct net_ring *);

/* When no task has a ring and all is drained: what the rings' bytes took goes back to the machine. Main thread. */
void net_arena_tidy(struct net_arena *);
/* The same for one ring that stays: by its owner, while the reader waits for it. */
void net_ring_tidy(struct net_arena *, struct net_ring *);

/*
 * Announce a record whose time is taken before it can be put (a sample: the kernel was asked at that moment). The next
 * net_ring_put() on this ring ends it; until then the reader holds back what is newer.
 */
void net_ring_begin(struct net_ring *);
/*
 * Append one event; sets ev->time_ns unless it is set already to a time taken after net_ring_begin().
 * data_bytes over NET_EVENT_DATA_MAX are cut. Async-signal-safe. Waits while the ring is full. errno is kept.
 */
void net_ring_put(struct net_arena *, struct net_ring *, struct net_event *ev);

/*
 * For the main thread: an event of its own, in its place among those of the rings. Copied, data too; time_ns is set
 * unless it is set already. Without memory it is lost, and net_arena_lost() says so from then on.
 */
void net_arena_post(struct net_arena *, const struct net_event *);
bool net_arena_lost(const struct net_arena *);

/* For the reader. Who waits for events, and the sleep protocol around its ppoll: arm; if it says true, events came
 * meanwhile: do not sleep. */
void net_bell_owner(struct net_arena *, int pid, int tid);
bool net_bell_arm(struct net_arena *);
void net_bell_disarm(struct net_arena *);

/*
 * Deliver, in order of time_ns, every event up to now from all rings. With wait_for_writers the call spins (yielding)
 * for a writer in mid-write up to 0.1 ms, once; otherwise, and after that, it delivers what is certain and returns
 * true: call again soon.
 */
typedef void net_sink_fn(void *user, const struct net_event *);
bool net_arena_drain(struct net_arena *, bool wait_for_writers, net_sink_fn *, void *user);
/* For the reader. From now on a drain delivers no more than so many events, the oldest first, and says "soon" when
 * there are more: a reader that has fallen behind gets to its other work in between. 0: all, as at the beginning. */
void net_arena_slices(struct net_arena *, uint32_t events);
/*
 * For the reader. A writer that is stopped (SIGSTOP) in mid-write would hold back all that is newer until it goes on.
 * So who finds one that is stuck, in mid-write since a drain has waited for it, and knows that it is stopped, says so:
 * it is not waited for then. What it says when it goes on is as old as what was told last, not older.
 */
bool net_ring_is_stuck(const struct net_arena *, const struct net_ring *);
void net_ring_stopped(struct net_arena *, const struct net_ring *);

/*
 * Who stands between the rings and the sink (net/actor/actor.c): is given each event in place of the sink and passes it
 * on, with others before or after it, or not at all. from NULL: the main thread. ev NULL: this ring's owner has ended
 * and everything was delivered; the filter releases the ring. Without a filter the drain does that itself.
 */
typedef void net_filter_fn(void *user, struct net_ring *from, const struct net_event *ev, net_sink_fn *,
                           void *sink_user);
void net_arena_filter(struct net_arena *, net_filter_fn *, void *user);
/* Rings NET_FIRST_TASK_RING to net_arena_top() - 1 are those that may be taken; the others are certainly free. */
size_t net_arena_top(struct net_arena *);
/* The owner died (its process is gone): whatever it had announced will not come. Main thread. */
void net_ring_abandon(struct net_ring *);
/* A word of the arena's header for the fall-back of net_actor_option(). */
struct net_service;
struct net_service *net_arena_service(struct net_arena *);
/* Whether keep-alive, linger or a user timeout was ever set on any socket: a new one has none before that. */
void net_arena_note_timers(struct net_arena *);
bool net_arena_has_timers(struct net_arena *);
/*
 * What the lab has found out of a place that a program of the learner's calls from (NET_EV_SITE), by its number:
 * whether that is a line of the learner's, or of a library that is compiled into the program (templates of C++, Rust's
 * std), whose caller is meant then. Numbers beyond all that there is room for are OWN. Lock-free.
 */
enum net_site_kind { NET_SITE_UNKNOWN, NET_SITE_OWN, NET_SITE_LIBRARY };
void net_arena_site_is(struct net_arena *, uint32_t id, enum net_site_kind);
enum net_site_kind net_arena_site(const struct net_arena *, uint32_t id);
/* Calls that fail on request (net/ring/ring_service.h). */
struct net_failures;
struct net_failures *net_arena_failures(struct net_arena *);

#endif
