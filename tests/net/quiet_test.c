// SPDX-License-Identifier: GPL-3.0-or-later
// When the net layer says that nothing happens by itself, beside many tasks and just after it has moved one. (What
// quiet is, on every kind of host: engine_test.c.)
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "net/base/sanitized.h"
#include "net/trace/traced.h"
#include "tests/fixtures/actor_program_parts.h"
#include "tests/fixtures/net_lab.h"

enum { ROUNDS = 20, THREADS = 300, QUESTIONS = 600 };

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

/* In no call for half of its time, which nothing tells but /proc. */
static int dozes(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (;;) {
        poll(NULL, 0, 20);
        for (volatile int turns = 0; turns < 10000000; turns = turns + 1)
            ;
    }
    return 0;
}
PROGRAM(dozes, dozes);

/* By what was told of it. */
static bool is_in_no_call(uint32_t actor)
{
    for (size_t i = lab.count; i-- > 0;) {
        const struct net_event *ev = &lab.all[i];
        if (ev->actor == actor && (ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN))
            return ev->kind == NET_EV_CALL_RETURN;
    }
    return true;
}

/* It was seen asleep by the first questions, and is awake before the last of them. */
static void who_wakes_between_two_questions_is_seen(void **state)
{
    static const char *const argv[] = {"dozes"};
    const struct net_actor_spec spec = {
        .name = "dozes", .host = NET_CLIENT, .program = &program_dozes, .argc = 1, .argv = argv, .as = NET_AS_PROCESS};
    struct net_error err;
    char words[32];
    (void)state;
    uint32_t dozing = net_actor_start(lab.engine.actors, &spec, &err);
    assert_int_not_equal(dozing, 0);
    snprintf(words, sizeof words, " threads=%d", THREADS);
    uint32_t server = start("tcp_server_pool", words, true);
    assert_non_null(net_lab_await_return(&lab, server, NET_CALL_LISTEN, 0));
    for (int question = 0; question < QUESTIONS; question++) {
        bool quiet = net_engine_quiet(&lab.engine);
        assert_false(quiet && is_in_no_call(dozing));
        net_lab_let_pass(&lab, 1);
    }
    assert_int_equal(net_actor_signal(lab.engine.actors, dozing, 0, SIGKILL, &err), 0);
    assert_non_null(net_lab_await_end(&lab, dozing));
}

static void what_cannot_be_asked_is_not_quiet(void **state)
{
    struct rlimit limit, none = {.rlim_cur = 3};
    (void)state;
    uint32_t server = start("tcp_server_single", "", true);
    assert_true(net_lab_await_blocked(&lab, server, NET_CALL_ACCEPT));
    assert_true(net_lab_await_quiet(&lab));
    net_lab_let_pass(&lab, 1);
    assert_int_equal(prlimit(0, RLIMIT_NOFILE, NULL, &limit), 0);
    none.rlim_max = limit.rlim_max;
    assert_int_equal(prlimit(0, RLIMIT_NOFILE, &none, NULL), 0);
    bool quiet = net_engine_quiet(&lab.engine);
    assert_int_equal(prlimit(0, RLIMIT_NOFILE, &limit, NULL), 0);
    assert_false(quiet);
    assert_true(net_lab_await_quiet(&lab));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_may_go_on_is_not_quiet, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(who_was_asked_for_a_call_is_not_quiet, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(who_was_sent_a_signal_is_not_quiet, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(beside_many_it_stays_quiet_until_the_next_wait, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(who_wakes_between_two_questions_is_seen, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_is_not_quiet, open_lab, close_lab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
