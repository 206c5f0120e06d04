// SPDX-License-Identifier: GPL-3.0-or-later
// The main thread's list of tasks (net/actor.c): found by id, in whatever order they were heard of.
#include "net/actor_private.h"
#include "net/apart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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
    net_apart_free(all.tasks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_found_in_whatever_order_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
