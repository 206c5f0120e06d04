// SPDX-License-Identifier: GPL-3.0-or-later
// Rings: order over many writers, what a full ring does, writers that die in mid-write, the bell.
#include "net/base/signals.h"
#include "net/ring/ring.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { TASKS_MAX = 1200, BYTES_MAX = 700 };

/* Event n of a task: the data are as many bytes as n says, each of them n. */
static uint32_t data_of(int64_t n, uint8_t *out)
{
    uint32_t bytes = (uint32_t)(n * 37 % BYTES_MAX);
    memset(out, (int)(n & 0xff), bytes);
    return bytes;
}

static void put_at(struct net_arena *a, struct net_ring *r, uint32_t task, int64_t n, uint64_t time_ns)
{
    uint8_t data[BYTES_MAX];
    struct net_event ev = {.kind = NET_EV_CALL_ENTER, .time_ns = time_ns, .task = task, .data = data};
    ev.u.call.call = 7;
    ev.u.call.args[0] = n;
    ev.data_bytes = data_of(n, data);
    net_ring_put(a, r, &ev);
}

static void put(struct net_arena *a, struct net_ring *r, uint32_t task, int64_t n)
{
    put_at(a, r, task, n, 0);
}

struct seen {
    size_t count;
    uint64_t last_ns;
    int64_t number[TASKS_MAX]; /* the last one, by task */
    bool in_order, whole;
};

static void look(void *user, const struct net_event *ev)
{
    struct seen *seen = user;
    uint8_t expected[BYTES_MAX];
    int64_t n = ev->u.call.args[0];
    seen->in_order = seen->in_order && ev->time_ns >= seen->last_ns;
    seen->whole = seen->whole && ev->task < TASKS_MAX && ev->u.call.call == 7 &&
                  ev->data_bytes == data_of(n, expected) &&
                  (!ev->data_bytes || memcmp(ev->data, expected, ev->data_bytes) == 0) &&
                  n == seen->number[ev->task] + 1;
    if (ev->task < TASKS_MAX)
        seen->number[ev->task] = n;
    seen->last_ns = ev->time_ns;
    seen->count++;
}

static struct seen *new_seen(void)
{
    struct seen *seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    seen->in_order = seen->whole = true;
    return seen;
}

static void check_and_free(struct seen *seen, size_t count)
{
    assert_int_equal(seen->count, count);
    assert_true(seen->in_order);
    assert_true(seen->whole);
    free(seen);
}

static struct net_ring *live_ring(struct net_arena *a)
{
    struct net_ring *r = net_ring_claim(a, 1, 0, NET_CLIENT);
    assert_non_null(r);
    atomic_store(&r->use, NET_RING_LIVE);
    return r;
}

static void drain_until(struct net_arena *a, struct seen *seen, size_t count)
{
    for (long tries = 0; seen->count < count && tries < 50000000; tries++)
        net_arena_drain(a, tries % 2, look, seen);
}

/* ---- one writer -------------------------------------------------------------------------------------------------- */

static void what_goes_in_comes_out(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *r = live_ring(a);
    struct seen *seen = new_seen();
    (void)state;
    assert_int_equal(r->host, NET_CLIENT);
    for (int64_t n = 1; n <= 5000; n++) {
        put(a, r, 1, n);
        if (n % 7 == 0)
            assert_false(net_arena_drain(a, true, look, seen));
    }
    net_arena_drain(a, true, look, seen);
    assert_int_equal(r->waits, 0);
    check_and_free(seen, 5000);
    net_arena_free(a);
}

static void count_bytes(void *user, const struct net_event *ev)
{
    *(size_t *)user += ev->data_bytes;
}

static void data_over_the_limit_are_cut(void **state)
{
    static uint8_t data[NET_EVENT_DATA_MAX * 2];
    struct net_arena *a = net_arena_new();
    struct net_event ev = {.kind = NET_EV_OUTPUT, .data = data, .data_bytes = sizeof data};
    size_t bytes = 0;
    (void)state;
    net_arena_post(a, &ev);
    net_arena_drain(a, true, count_bytes, &bytes);
    assert_int_equal(bytes, NET_EVENT_DATA_MAX);
    net_arena_free(a);
}

static void *write_many(void *user)
{
    void **with = user;
    for (int64_t n = 1; n <= 2000; n++)
        put(with[0], with[1], 1, n);
    return NULL;
}

static void a_full_ring_makes_its_writer_wait_and_loses_nothing(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *r = live_ring(a);
    struct seen *seen = new_seen();
    void *with[] = {a, r};
    pthread_t writer;
    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, write_many, with), 0);
    while (atomic_load(&r->waits) == 0)
        sched_yield();
    assert_true(atomic_load(&r->head) <= NET_RING_BYTES);
    drain_until(a, seen, 2000);
    pthread_join(writer, NULL);
    check_and_free(seen, 2000);
    net_arena_free(a);
}

static void a_ring_whose_reader_keeps_up_stays_on_its_first_pages(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *r = live_ring(a);
    struct seen *seen = new_seen();
    (void)state;
    for (int64_t n = 1; n <= 3000; n++) {
        put(a, r, 1, n);
        net_arena_drain(a, true, look, seen);
    }
    assert_true(atomic_load(&r->head) > NET_RING_BYTES);
    assert_true(r->reach <= 2 * 4096);
    check_and_free(seen, 3000);
    net_arena_free(a);
}

/* From odd beginnings, up to the end of the data and no further: what lies behind is another's. */
static void a_ring_may_begin_anywhere(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *r = live_ring(a);
    uint8_t *behind = (uint8_t *)a + atomic_load(&r->data_offset) + NET_RING_BYTES;
    uint8_t untouched[BYTES_MAX] = {0};
    struct seen *seen = new_seen();
    int64_t n = 0;
    (void)state;
    /* So few that the writer does not start over, then as many as there is room. */
    for (int few = 1; few <= 30; few++) {
        for (int i = 0; i < few; i++)
            put(a, r, 1, ++n);
        net_arena_drain(a, true, look, seen);
        while (atomic_load(&r->head) - atomic_load(&r->tail) < NET_RING_BYTES - 2048)
            put(a, r, 1, ++n);
        net_arena_drain(a, true, look, seen);
    }
    assert_true(r->reach > NET_RING_BYTES);
    assert_memory_equal(behind, untouched, sizeof untouched);
    assert_int_equal(r->waits, 0);
    check_and_free(seen, (size_t)n);
    net_arena_free(a);
}

static void rings_are_given_back_and_taken_again(void **state)
{
    struct net_arena *a = net_arena_new();
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct net_ring *ring[TASKS_MAX];
        struct seen *seen = new_seen();
        for (uint32_t i = 0; i < TASKS_MAX; i++) {
            ring[i] = live_ring(a);
            for (int64_t n = 1; n <= 20; n++)
                put(a, ring[i], i, n);
        }
        assert_int_equal(net_arena_top(a), TASKS_MAX + NET_FIRST_TASK_RING);
        for (uint32_t i = 0; i < TASKS_MAX; i++)
            atomic_store(&ring[i]->use, NET_RING_ENDED);
        net_arena_drain(a, true, look, seen);
        check_and_free(seen, (size_t)TASKS_MAX * 20);
        assert_int_equal(net_arena_top(a), NET_FIRST_TASK_RING);
    }
    net_arena_free(a);
}

static void there_is_an_end_of_rings(void **state)
{
    struct net_arena *a = net_arena_new();
    (void)state;
    for (int i = 0; i < NET_RINGS; i++)
        assert_non_null(net_ring_claim(a, 1, 0, NET_SERVER));
    assert_null(net_ring_claim(a, 1, 0, NET_SERVER));
    assert_null(net_arena_ring(a, NET_RINGS + NET_FIRST_TASK_RING));
    net_arena_free(a);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

struct writer {
    struct net_arena *arena;
    struct net_ring *ring;
    uint32_t task;
    int64_t count;
    pthread_t thread;
};

static void *write_all(void *user)
{
    struct writer *w = user;
    for (int64_t n = 1; n <= w->count; n++)
        put(w->arena, w->ring, w->task, n);
    atomic_store(&w->ring->use, NET_RING_ENDED);
    return NULL;
}

static void events_of_many_writers_come_in_order(void **state)
{
    enum { WRITERS = 8, EACH = 20000 };
    struct net_arena *a = net_arena_new();
    struct writer writer[WRITERS];
    struct seen *seen = new_seen();
    (void)state;
    for (uint32_t i = 0; i < WRITERS; i++) {
        writer[i] = (struct writer){.arena = a, .ring = live_ring(a), .task = i, .count = EACH};
        assert_int_equal(pthread_create(&writer[i].thread, NULL, write_all, &writer[i]), 0);
    }
    drain_until(a, seen, (size_t)WRITERS * EACH);
    for (uint32_t i = 0; i < WRITERS; i++)
        pthread_join(writer[i].thread, NULL);
    check_and_free(seen, (size_t)WRITERS * EACH);
    net_arena_free(a);
}

/* ---- slices ------------------------------------------------------------------------------------------------------ */

static void a_reader_that_is_behind_gets_slices(void **state)
{
    enum { SLICE = 3, EVENTS = 2 * SLICE + 2 };
    struct net_arena *a = net_arena_new();
    struct net_ring *first = live_ring(a), *second = live_ring(a);
    (void)state;
    for (int slices = 0; slices < 2; slices++) {
        struct seen *seen = new_seen();
        net_arena_slices(a, slices ? SLICE : 0);
        for (int64_t n = 0; n < EVENTS / 2; n++) {
            put(a, first, 1, n + 1);
            put(a, second, 2, n + 1);
        }
        for (int count = SLICE; slices && count < EVENTS; count += SLICE) {
            assert_true(net_arena_drain(a, true, look, seen));
            assert_int_equal(seen->count, count);
        }
        assert_false(net_arena_drain(a, true, look, seen));
        check_and_free(seen, EVENTS);
    }
    net_arena_free(a);
}

/* A writer that has announced itself holds back what is newer, and only that. */
static void a_writer_in_mid_write_holds_back_what_is_newer(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *slow = live_ring(a), *quick = live_ring(a);
    struct seen *seen = new_seen();
    struct timespec now;
    (void)state;
    put(a, slow, 1, 1);
    put(a, quick, 2, 1);
    assert_false(net_arena_drain(a, false, look, seen));
    assert_int_equal(seen->count, 2);

    net_ring_begin(slow);
    clock_gettime(CLOCK_MONOTONIC, &now);
    put(a, quick, 2, 2);
    assert_true(net_arena_drain(a, true, look, seen));
    assert_int_equal(seen->count, 2);

    uint8_t data[BYTES_MAX];
    struct net_event ev = {.kind = NET_EV_CALL_ENTER, .task = 1, .data = data};
    ev.time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    ev.u.call.call = 7;
    ev.u.call.args[0] = 2;
    ev.data_bytes = data_of(2, data);
    net_ring_put(a, slow, &ev);
    assert_false(net_arena_drain(a, true, look, seen));
    check_and_free(seen, 4);
    net_arena_free(a);
}

static uint64_t drain_ns(struct net_arena *a, struct seen *seen)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_true(net_arena_drain(a, true, look, seen));
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (uint64_t)(end.tv_sec - begin.tv_sec) * 1000000000u + (uint64_t)end.tv_nsec - (uint64_t)begin.tv_nsec;
}

/* It may have lost its processor in mid-write. The best of many, since this test may lose its own. */
static void a_writer_in_mid_write_is_waited_for_once(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *slow = live_ring(a);
    struct seen *seen = new_seen();
    uint64_t first_ns = UINT64_MAX, second_ns = UINT64_MAX;
    (void)state;
    for (int64_t n = 1; n <= 50; n++) {
        net_ring_begin(slow);
        uint64_t first = drain_ns(a, seen), second = drain_ns(a, seen);
        first_ns = first < first_ns ? first : first_ns;
        second_ns = second < second_ns ? second : second_ns;
        put(a, slow, 1, n);
        assert_false(net_arena_drain(a, true, look, seen));
    }
    assert_true(second_ns < first_ns / 2);
    check_and_free(seen, 50);
    net_arena_free(a);
}

/* It holds back nobody, and what it was about to say comes when it goes on: not before what was told meanwhile. */
static void a_writer_that_was_stopped_is_not_waited_for(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *slow = live_ring(a), *quick = live_ring(a);
    struct seen *seen = new_seen();
    struct timespec now;
    (void)state;
    for (int64_t n = 1; n <= 3; n++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        net_ring_begin(slow);
        put(a, quick, 2, n);
        assert_false(net_ring_is_stuck(a, slow));
        assert_true(net_arena_drain(a, true, look, seen));
        assert_int_equal(seen->count, 2 * n - 2);
        assert_true(net_ring_is_stuck(a, slow));
        net_ring_stopped(a, slow);
        assert_false(net_arena_drain(a, true, look, seen));
        assert_int_equal(seen->count, 2 * n - 1);
        assert_false(net_ring_is_stuck(a, slow));
        put_at(a, slow, 1, n, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
        assert_false(net_arena_drain(a, true, look, seen));
        assert_int_equal(seen->count, 2 * n);
    }
    check_and_free(seen, 6);
    net_arena_free(a);
}

/* ---- other processes --------------------------------------------------------------------------------------------- */

static pid_t child_that_writes(struct net_arena *a, struct net_ring *r, uint32_t task)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int64_t n = 1;; n++)
            put(a, r, task, n);
    }
    return pid;
}

/* Killed at any point, also between the announcement and the end of a record. */
static void killed_writers_tear_nothing_and_jam_nothing(void **state)
{
    enum { CHILDREN = 300, AT_ONCE = 4 };
    struct net_arena *a = net_arena_new();
    struct seen *seen = new_seen();
    (void)state;
    for (uint32_t killed = 0; killed < CHILDREN; killed += AT_ONCE) {
        struct net_ring *ring[AT_ONCE];
        pid_t pid[AT_ONCE];
        size_t before = seen->count;
        for (uint32_t i = 0; i < AT_ONCE; i++) {
            ring[i] = live_ring(a);
            pid[i] = child_that_writes(a, ring[i], killed + i);
        }
        drain_until(a, seen, before + 50 + killed);
        for (uint32_t i = 0; i < AT_ONCE; i++) {
            assert_int_equal(kill(pid[i], SIGKILL), 0);
            assert_int_equal(waitpid(pid[i], NULL, 0), pid[i]);
            net_ring_abandon(ring[i]);
        }
        assert_false(net_arena_drain(a, true, look, seen));
        assert_int_equal(net_arena_top(a), NET_FIRST_TASK_RING);
    }
    assert_true(seen->count >= 50);
    check_and_free(seen, seen->count);
    net_arena_free(a);
}

/* ---- the bell ---------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t rung;

static void on_bell(int signo)
{
    (void)signo;
    rung++;
}

static void the_bell_rings_once_and_only_when_armed(void **state)
{
    struct net_arena *a = net_arena_new();
    struct net_ring *r = live_ring(a);
    struct seen *seen = new_seen();
    struct sigaction action = {.sa_handler = on_bell}, old;
    (void)state;
    sigaction(NET_BELL_SIGNAL, &action, &old);
    net_bell_owner(a, getpid(), (int)syscall(SYS_gettid));
    put(a, r, 1, 1);
    assert_int_equal(rung, 0);
    assert_true(net_bell_arm(a)); /* there is something: do not sleep */
    put(a, r, 1, 2);
    assert_int_equal(rung, 0);
    net_arena_drain(a, true, look, seen);
    assert_false(net_bell_arm(a));
    put(a, r, 1, 3);
    put(a, r, 1, 4);
    assert_int_equal(rung, 1);
    net_arena_drain(a, true, look, seen);
    check_and_free(seen, 4);
    sigaction(NET_BELL_SIGNAL, &old, NULL);
    net_arena_free(a);
}

static void ids_are_used_once(void **state)
{
    struct net_arena *a = net_arena_new();
    (void)state;
    assert_int_equal(net_arena_next_id(a), 1);
    assert_int_equal(net_arena_next_id(a), 2);
    pid_t pid = fork();
    if (pid == 0)
        _exit((int)net_arena_next_id(a));
    int status = 0;
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_int_equal(net_arena_next_id(a), 4);
    net_arena_free(a);
}

/* ---- calls, which are carried short ------------------------------------------------------------------------------ */

struct calls {
    struct net_event ev[16];
    size_t count;
};

static void keep(void *user, const struct net_event *ev)
{
    struct calls *calls = user;
    assert_true(calls->count < 16);
    calls->ev[calls->count++] = *ev;
}

static uint64_t enter(struct net_arena *a, struct net_ring *r, struct calls *put, struct net_ev_call call)
{
    struct net_event ev = {.kind = NET_EV_CALL_ENTER, .u.call = call};
    net_ring_put(a, r, &ev);
    put->ev[put->count++] = ev;
    return ev.time_ns;
}

static void leave(struct net_arena *a, struct net_ring *r, struct calls *put, struct net_ev_call call)
{
    struct net_event ev = {.kind = NET_EV_CALL_RETURN, .u.call = call};
    net_ring_put(a, r, &ev);
    put->ev[put->count++] = ev;
}

static void assert_same_call(const struct net_event *a, const struct net_event *b)
{
    const struct net_ev_call *x = &a->u.call, *y = &b->u.call;
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->time_ns, b->time_ns);
    assert_int_equal(x->call, y->call);
    assert_int_equal(x->line, y->line);
    assert_int_equal(x->fd, y->fd);
    assert_memory_equal(x->args, y->args, sizeof x->args);
    assert_int_equal(x->ret, y->ret);
    assert_int_equal(x->error, y->error);
    assert_int_equal(x->data_all, y->data_all);
    assert_int_equal(x->enter_ns, y->enter_ns);
    assert_int_equal(x->cookie, y->cookie);
    assert_int_equal(x->requested, y->requested);
    assert_int_equal(x->limit, y->limit);
}

static void calls_come_out_whole(void **state)
{
    const struct net_ev_call accept = {.call = 9, .line = 57, .fd = 3, .args = {3, 0, 5, 0, 0, 6}, .data_all = 4};
    const struct net_ev_call recv = {.call = 5, .line = 60, .fd = 4, .args = {4, 77}};
    struct net_arena *a = net_arena_new();
    struct net_ring *r = live_ring(a);
    struct calls put = {0}, got = {0};
    struct net_ev_call back = accept;
    (void)state;
    leave(a, r, &put, recv); /* never entered */
    back.enter_ns = enter(a, r, &put, accept);
    back.fd = 8;
    back.ret = 8;
    back.cookie = UINT64_C(0x123456789abc);
    back.data_all = 16;
    leave(a, r, &put, back);
    /* A handler's call comes in between, one that fails because the learner wanted it, and one at a limit. */
    back.enter_ns = enter(a, r, &put, accept);
    struct net_ev_call inner = recv;
    inner.enter_ns = enter(a, r, &put, recv);
    inner.ret = -1;
    inner.error = 11;
    leave(a, r, &put, inner);
    leave(a, r, &put, back);
    inner.enter_ns = enter(a, r, &put, recv);
    inner.requested = true;
    leave(a, r, &put, inner);
    inner.enter_ns = enter(a, r, &put, recv);
    inner.requested = false;
    inner.limit = 1200;
    leave(a, r, &put, inner);
    net_arena_drain(a, true, keep, &got);
    assert_int_equal(got.count, put.count);
    for (size_t i = 0; i < put.count; i++)
        assert_same_call(&got.ev[i], &put.ev[i]);
    net_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_come_out_whole),
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(data_over_the_limit_are_cut),
        cmocka_unit_test(a_full_ring_makes_its_writer_wait_and_loses_nothing),
        cmocka_unit_test(a_ring_whose_reader_keeps_up_stays_on_its_first_pages),
        cmocka_unit_test(a_ring_may_begin_anywhere),
        cmocka_unit_test(rings_are_given_back_and_taken_again),
        cmocka_unit_test(there_is_an_end_of_rings),
        cmocka_unit_test(events_of_many_writers_come_in_order),
        cmocka_unit_test(a_reader_that_is_behind_gets_slices),
        cmocka_unit_test(a_writer_in_mid_write_holds_back_what_is_newer),
        cmocka_unit_test(a_writer_in_mid_write_is_waited_for_once),
        cmocka_unit_test(a_writer_that_was_stopped_is_not_waited_for),
        cmocka_unit_test(killed_writers_tear_nothing_and_jam_nothing),
        cmocka_unit_test(the_bell_rings_once_and_only_when_armed),
        cmocka_unit_test(ids_are_used_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
