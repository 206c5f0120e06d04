// SPDX-License-Identifier: GPL-3.0-or-later
// The main thread's list of tasks (net/actor/actor.c): found by id, in whatever order they were heard of.
#include "net/actor/actor_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

static void a_task_is_found_in_whatever_order_it_came(void **state)
{
    enum { TASKS = 1009, STEP = 400 /* no divisor of TASKS: every remainder once */ };
    struct net_actors all = {0};
    (void)state;
    assert_null(net_watched_by_id(&all, 1));
    for (uint32_t i = 0; i < TASKS; i++) {
        uint32_t id = 2 * (i * STEP % TASKS) + 2;
        assert_int_equal(net_watched_add(&all, id, 7)->id, id);
    }
    assert_int_equal(all.task_count, TASKS);
    for (uint32_t id = 2; id <= 2 * TASKS; id += 2) {
        assert_int_equal(net_watched_by_id(&all, id)->id, id);
        assert_null(net_watched_by_id(&all, id + 1));
        assert_ptr_equal(net_watched_add(&all, id, 8), net_watched_by_id(&all, id)); /* the one that is there */
    }
    assert_null(net_watched_by_id(&all, 0));
    assert_int_equal(all.task_count, TASKS);
    free(all.tasks);
}

/* ---- a child that was over, and collected by its parent, before anybody looked ------------------------------------
 */

enum { NOBODY = 0x3fffffff /* a pid beyond all that there may be */, PARENT = 1, CHILD = 2 };

struct told {
    struct net_event all[8];
    size_t count;
};

static void keep(void *user, const struct net_event *ev)
{
    struct told *told = user;
    assert_true(told->count < sizeof told->all / sizeof told->all[0]);
    told->all[told->count++] = *ev;
}

static void tell(struct net_actors *all, struct net_ring *from, struct told *told, struct net_event ev)
{
    ev.time_ns = told->count + 1;
    net_actors_filter(all, from, &ev, keep, told);
}

static struct net_event child_event(uint16_t kind, uint32_t task, struct net_ev_end end)
{
    return (struct net_event){.kind = kind, .actor = 7, .task = task, .u.end = end};
}

/* What the sink was told: after the child's birth, these, all of the child. */
static void check_told(const struct told *told, size_t count, const uint16_t kinds[])
{
    assert_int_equal(told->count, 1 + count);
    assert_int_equal(told->all[0].kind, NET_EV_TASK_START);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(told->all[1 + i].kind, kinds[i]);
        assert_int_equal(told->all[1 + i].task, CHILD);
    }
}

static void a_child_that_is_collected_already_is_over(void **state)
{
    const struct net_ev_end killed = {.how = NET_END_SIGNAL, .signo = SIGKILL, .pid = NOBODY};
    const struct net_ev_end said = {.how = NET_END_RETURNED, .zombie = true, .status = 3, .pid = NOBODY};
    const struct net_ev_end collected = {.how = NET_END_EXIT, .status = 3, .pid = NOBODY};
    const struct net_event born = {
        .kind = NET_EV_TASK_START,
        .actor = 7,
        .task = CHILD,
        .u.task = {.kind = NET_TASK_CHILD, .pid = NOBODY, .tid = NOBODY, .parent = PARENT},
    };
    struct net_arena *arena = net_arena_new();
    struct net_ring *parent = net_arena_ring(arena, NET_FIRST_TASK_RING),
                    *child = net_arena_ring(arena, NET_FIRST_TASK_RING + 1);
    (void)state;
    parent->is_process_actor = child->is_process_actor = true;
    for (int is_killed = 0; is_killed < 2; is_killed++) {
        struct net_actors all = {.arena = arena, .epoll_fd = -1, .timer_fd = -1};
        struct told told = {0};
        tell(&all, child, &told, born);
        if (!is_killed)
            tell(&all, child, &told, child_event(NET_EV_TASK_END, CHILD, said));
        tell(&all, parent, &told, child_event(NET_EV_TASK_REAPED, PARENT, is_killed ? killed : collected));
        if (is_killed) {
            check_told(&told, 3, (uint16_t[]){NET_EV_SIGNAL, NET_EV_TASK_END, NET_EV_TASK_REAPED});
            assert_int_equal(told.all[1].u.signal.signo, SIGKILL);
            assert_int_equal(told.all[1].u.signal.action, NET_SIG_DEFAULT);
            assert_true(told.all[2].u.end.zombie);
            assert_int_equal(told.all[2].u.end.how, NET_END_SIGNAL);
        } else {
            check_told(&told, 2, (uint16_t[]){NET_EV_TASK_END, NET_EV_TASK_REAPED});
        }
        assert_false(told.all[told.count - 1].u.end.zombie);
        /* Nobody looks for a process of that number any more: there would be a clock that ticks. */
        net_actors_watch(&all);
        assert_true(net_watched_by_id(&all, CHILD)->dead);
        assert_int_equal(all.ticks, 0);
        free(all.tasks);
    }
    net_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_found_in_whatever_order_it_came),
        cmocka_unit_test(a_child_that_is_collected_already_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
