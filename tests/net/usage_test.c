// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel has counted for processes of the lab: memory of their own, context switches.
#include "tests/fixtures/actor_programs.h"
#include "tests/fixtures/actor_world.h"

#include "net/actor/usage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { MIB = 1 << 20, LARGE_BYTES = 8 * MIB };

/* A process that sleeps in recv(); returns its task. */
static uint32_t start_waiting(struct world *w, bool as_process)
{
    size_t at = 0;
    uint32_t actor = world_start(w, "it", &program_waits, as_process, "recv");
    uint32_t task = world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_START})->task;
    world_wait_blocked(w, task, NET_CALL_RECV);
    return task;
}

static char *touched(void)
{
    char *bytes = mmap(NULL, LARGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(bytes != MAP_FAILED);
    memset(bytes, 1, LARGE_BYTES);
    return bytes;
}

/* Whatever the lab has, and changes, has nothing to do with it. */
static void a_process_is_counted_for_itself(void **state)
{
    struct net_task_usage usage = {0}, after = {0};
    struct world *w = *state;
    char *bytes = touched();
    uint32_t task = start_waiting(w, true);
    assert_int_equal(net_task_usage(w->actors, task, &usage), 0);
    assert_true(usage.voluntary >= 1); /* it sleeps */
    memset(bytes, 2, LARGE_BYTES);
    assert_int_equal(net_task_usage(w->actors, task, &after), 0);
    munmap(bytes, LARGE_BYTES);
    if (!usage.has_memory)
        skip();
    assert_true(usage.private_bytes > 0 && usage.table_bytes > 0);
    assert_int_equal(after.private_bytes, usage.private_bytes);
    if (!under_asan && !under_tsan)
        assert_true(usage.private_bytes < MIB);
}

static void who_lives_in_the_lab_s_process_is_not_counted(void **state)
{
    struct net_task_usage usage = {.voluntary = 7};
    struct world *w = *state;
    uint32_t task = start_waiting(w, false);
    assert_int_equal(net_task_usage(w->actors, task, &usage), -1);
    assert_int_equal(net_task_usage(w->actors, 99999, &usage), -1);
    assert_int_equal(usage.voluntary, 7);
}

static void who_has_ended_is_not_counted(void **state)
{
    struct net_task_usage usage;
    struct net_error err;
    struct world *w = *state;
    size_t at = 0;
    uint32_t task = start_waiting(w, true);
    uint32_t actor = world_find(w, &at, (struct want){.task = task})->actor;
    assert_int_equal(net_task_usage(w->actors, task, &usage), 0);
    assert_int_equal(net_actor_signal(w->actors, actor, 0, SIGKILL, &err), 0);
    world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_ACTOR_END});
    assert_int_equal(net_task_usage(w->actors, task, &usage), -1);
}

/* A pool server: its first task and four threads, which wait for clients. */
static uint32_t start_pool(struct world *w)
{
    char port[24];
    snprintf(port, sizeof port, "port=%u", world_free_port());
    const char *argv[] = {"tcp_server_pool", port, "address=127.0.0.1"};
    struct net_actor_spec spec = {
        .name = "pool", .program = net_program_find("pool"), .argc = 3, .argv = argv, .as = NET_AS_PROCESS};
    struct net_error err = {0};
    uint32_t actor = net_actor_start(w->actors, &spec, &err);
    if (!actor)
        fail_msg("%s", err.text);
    return actor;
}

/* Each thread's switches are its own; the memory is counted once. */
static void threads_share_their_memory(void **state)
{
    struct net_task_usage usage;
    struct world *w = *state;
    size_t at = 0, threads = 0, with_memory = 0;
    uint32_t actor = start_pool(w);
    while (threads < 4) {
        const struct net_event *ev = world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_TASK_START});
        bool is_thread = ev->u.task.kind == NET_TASK_THREAD;
        assert_int_equal(net_task_usage(w->actors, ev->task, &usage), 0);
        with_memory += usage.has_memory;
        threads += is_thread;
        assert_true(!is_thread || (!usage.has_memory && !usage.private_bytes && !usage.table_bytes));
    }
    assert_true(with_memory <= 1);
}

int main(void)
{
#define WORLD(test) cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        WORLD(a_process_is_counted_for_itself),
        WORLD(who_lives_in_the_lab_s_process_is_not_counted),
        WORLD(who_has_ended_is_not_counted),
        WORLD(threads_share_their_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
