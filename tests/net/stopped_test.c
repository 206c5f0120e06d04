// SPDX-License-Identifier: GPL-3.0-or-later
// A process that is stopped wherever it is just then, also while it tells the lab something: the lab goes on.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>

#include "net/data/call.h"
#include "net/engine.h"
#include "net/trace/traced.h"
#include "tests/fixtures/actor_program_parts.h"

#define MS UINT64_C(1000000)
enum { ROUNDS = 1000 /* in some of them it is stopped in mid-write */, PATIENCE_MS = 5000 };

struct told {
    unsigned notes, calls, ends;
    uint64_t last_ns;
    bool in_order;
};

static void count(void *user, const struct net_event *ev)
{
    struct told *told = user;
    told->notes += ev->kind == NET_EV_NOTE;
    told->calls += ev->kind == NET_EV_CALL_RETURN;
    told->ends += ev->kind == NET_EV_ACTOR_END;
    told->in_order &= ev->time_ns >= told->last_ns;
    told->last_ns = ev->time_ns;
}

static int never_sleeps(int argc, char **argv)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), value, error = 0;
    socklen_t bytes = sizeof value;
    (void)argc;
    (void)argv;
    while (error == 0)
        error = getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &bytes);
    return error;
}
PROGRAM(never_sleeps, never_sleeps);

static void wait_until(struct net_engine *engine, struct told *told, const unsigned *number, unsigned least)
{
    uint64_t end_ns = net_now_ns() + PATIENCE_MS * MS;
    while (*number < least && net_now_ns() < end_ns)
        net_engine_wait(engine, -1, net_now_ns() + MS, 0, count, told);
    assert_true(*number >= least);
}

static void a_process_that_is_stopped_holds_up_nobody(void **state)
{
    static const char *const words[] = {"never_sleeps"};
    const struct net_engine_spec mode = {.mode = NET_MODE_LOOPBACK};
    const struct net_actor_spec spec = {
        .name = "busy", .program = &program_never_sleeps, .argc = 1, .argv = words, .as = NET_AS_PROCESS};
    struct told told = {.in_order = true};
    struct net_engine engine;
    struct net_error err;
    (void)state;
    assert_int_equal(net_engine_open(&engine, &mode, &err), 0);
    uint32_t actor = net_actor_start(engine.actors, &spec, &err);
    assert_int_not_equal(actor, 0);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        wait_until(&engine, &told, &told.calls, told.calls + 1);
        assert_int_equal(net_actor_signal(engine.actors, actor, 0, SIGSTOP, &err), 0);
        net_engine_note(&engine, &(struct net_ev_note){0}, NULL, 0);
        wait_until(&engine, &told, &told.notes, round);
        assert_int_equal(net_actor_signal(engine.actors, actor, 0, SIGCONT, &err), 0);
    }
    assert_int_equal(net_actor_signal(engine.actors, actor, 0, SIGKILL, &err), 0);
    wait_until(&engine, &told, &told.ends, 1);
    assert_true(told.in_order);
    net_engine_close(&engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_process_that_is_stopped_holds_up_nobody)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
