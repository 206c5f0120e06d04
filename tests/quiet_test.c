// SPDX-License-Identifier: GPL-3.0-or-later
// When the net layer says that nothing happens by itself, beside many tasks and just after it has moved one. (What
// quiet is, on every kind of host: engine_test.c.)
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "net/sanitized.h"
#include "tests/net_lab.h"

enum { ROUNDS = 20, THREADS = 300 };

static struct net_lab lab;

static int open_lab(void **state)
{
    (void)state;
    return net_lab_set_up(&lab, NET_MODE_LOOPBACK);
}

static int close_lab(void **state)
{
    (void)state;
    net_lab_close(&lab);
    return 0;
}

static uint32_t start(const char *program, const char *words, bool as_process)
{
    static int port = 0;
    char line[128];
    port = port ? port + 1 : 10000 + getpid() % 300 * 64;
    snprintf(line, sizeof line, "%s address=127.0.0.1 port=%d%s", program, port, words);
    return net_lab_start(&lab, "server", NET_SERVER, line, as_process);
}

/* It was quiet, and is not once somebody is on the way to an event: not even while the old answer would still hold. */
static void is_not_quiet_any_more(void)
{
    assert_false(net_engine_quiet(&lab.engine));
    assert_true(net_lab_await_quiet(&lab));
}

static void who_may_go_on_is_not_quiet(void **state)
{
    struct net_error err;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        assert_int_equal(net_actor_gate(lab.engine.actors, 0, NET_GATE_CLOSE, &err), 0);
        uint32_t server = start("tcp_server_single", "", round & 1);
        for (int call = 0; call < 3; call++) {
            assert_true(net_lab_await_quiet(&lab));
            assert_int_equal(net_actor_gate(lab.engine.actors, server, NET_GATE_ONE, &err), 0);
            is_not_quiet_any_more();
        }
        assert_int_equal(net_actor_signal(lab.engine.actors, server, 0, SIGKILL, &err), 0);
        assert_non_null(net_lab_await_end(&lab, server));
    }
}

static void who_was_asked_for_a_call_is_not_quiet(void **state)
{
    static const struct net_hand_request request = {.call = NET_CALL_SOCKET, .fd = -1, .args = {2, 1, 0}};
    struct net_error err;
    (void)state;
    for (int process = 0; process < 2; process++) {
        uint32_t hand = net_lab_hand(&lab, "hand", NET_CLIENT, process);
        for (int round = 0; round < ROUNDS; round++) {
            assert_true(net_lab_await_quiet(&lab));
            assert_int_equal(net_actor_hand_call(lab.engine.actors, hand, &request, &err), 0);
            is_not_quiet_any_more();
        }
    }
}

static void who_was_sent_a_signal_is_not_quiet(void **state)
{
    struct net_error err;
    (void)state;
    if (NET_UNDER_TSAN) /* it runs no handler while the thread is in a call */
        skip();
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t server = start("tcp_server_single", "", round & 1);
        assert_true(net_lab_await_blocked(&lab, server, NET_CALL_ACCEPT));
        assert_true(net_lab_await_quiet(&lab));
        if (round & 2)
            assert_int_equal(net_actor_cancel(lab.engine.actors, server, 0, &err), 0);
        else
            assert_int_equal(net_actor_signal(lab.engine.actors, server, 0, SIGTERM, &err), 0);
        is_not_quiet_any_more();
        assert_non_null(net_lab_await_end(&lab, server));
    }
}

/* To look at them all takes several questions; whoever asks next is told the same. */
static void beside_many_it_stays_quiet_until_the_next_wait(void **state)
{
    char words[32];
    (void)state;
    snprintf(words, sizeof words, " threads=%d", THREADS);
    uint32_t server = start("tcp_server_pool", words, true);
    assert_non_null(net_lab_await_return(&lab, server, NET_CALL_LISTEN, 0));
    assert_true(net_lab_await_quiet(&lab));
    for (int round = 0; round < ROUNDS; round++) {
        assert_true(net_engine_quiet(&lab.engine));
        net_engine_note(&lab.engine, &(struct net_ev_note){0}, NULL, 0);
        is_not_quiet_any_more();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may_go_on_is_not_quiet, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(who_was_asked_for_a_call_is_not_quiet, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(who_was_sent_a_signal_is_not_quiet, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(beside_many_it_stays_quiet_until_the_next_wait, open_lab, close_lab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
