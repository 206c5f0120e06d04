// SPDX-License-Identifier: GPL-3.0-or-later
// Names: every number that an event can carry has one, and every name leads back to its number.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "net/base/error.h"
#include "net/data/event.h"

static void every_kind_has_a_body_and_a_name(void **state)
{
    (void)state;
    for (uint16_t kind = NET_EV_NONE + 1; kind < NET_EV_KINDS; kind++) {
        assert_true(net_event_body_bytes(kind) > 0);
        assert_true(net_event_body_bytes(kind) <= sizeof(((struct net_event *)0)->u));
        assert_string_not_equal(net_event_kind_name(kind), "?");
        for (uint16_t other = 0; other < kind; other++)
            assert_string_not_equal(net_event_kind_name(kind), net_event_kind_name(other));
    }
    assert_int_equal(net_event_body_bytes(NET_EV_NONE), 0);
    assert_int_equal(net_event_body_bytes(NET_EV_KINDS), 0);
    assert_string_equal(net_event_kind_name(NET_EV_KINDS), "?");
}

static void states_go_there_and_back(void **state)
{
    (void)state;
    for (int s = 0; s < NET_STATES; s++)
        assert_int_equal(net_state_number(net_state_name((unsigned)s)), s);
    assert_string_equal(net_state_name(NET_STATE_FIN_WAIT2), "FIN_WAIT2");
    assert_string_equal(net_state_name(NET_STATES), "?");
}

static void states_are_found_as_ss_and_the_rfc_spell_them(void **state)
{
    (void)state;
    assert_int_equal(net_state_number("FIN-WAIT-2"), NET_STATE_FIN_WAIT2);
    assert_int_equal(net_state_number("TIME-WAIT"), NET_STATE_TIME_WAIT);
    assert_int_equal(net_state_number("estab"), NET_STATE_ESTABLISHED);
    assert_int_equal(net_state_number("UNCONN"), NET_STATE_CLOSE);
    assert_int_equal(net_state_number("SYN-RECV"), NET_STATE_SYN_RECV);
    assert_int_equal(net_state_number("SYN-RECEIVED"), NET_STATE_SYN_RECV);
    assert_int_equal(net_state_number("LAST-ACK"), NET_STATE_LAST_ACK);
    assert_int_equal(net_state_number(""), -1);
    assert_int_equal(net_state_number("-"), -1);
    assert_int_equal(net_state_number("FIN"), -1);
    assert_int_equal(net_state_number("FIN_WAIT22"), -1);
}

static void small_enums_have_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NET_HOSTS; i++)
        assert_string_not_equal(net_host_name(i), "?");
    for (unsigned i = 0; i < NET_TIMERS; i++)
        assert_string_not_equal(net_timer_name(i), "?");
    for (unsigned i = 0; i < NET_FATES; i++)
        assert_string_not_equal(net_fate_name(i), "?");
    for (unsigned i = 0; i < NET_WIRE_MODES; i++)
        assert_string_not_equal(net_wire_mode_name(i), "?");
    assert_string_equal(net_host_name(NET_HOSTS), "?");
    assert_string_equal(net_timer_name(NET_TIMERS), "?");
    assert_string_equal(net_fate_name(NET_FATES), "?");
    assert_string_equal(net_wire_mode_name(NET_WIRE_MODES), "?");
}

static void errnos_go_there_and_back(void **state)
{
    size_t count = 0;
    (void)state;
    for (const char *name; (name = net_errno_name_at(count)); count++) {
        int number = net_errno_number(name);
        assert_true(number > 0);
        if (strcmp(name, "EWOULDBLOCK") && strcmp(name, "ENOTSUP") && strcmp(name, "EDEADLOCK"))
            assert_string_equal(net_errno_name(number), name);
    }
    assert_true(count > 100);
    assert_string_equal(net_errno_name(ECONNRESET), "ECONNRESET");
    assert_string_equal(net_errno_name(EWOULDBLOCK), "EAGAIN");
    assert_int_equal(net_errno_number("EWOULDBLOCK"), EAGAIN);
    assert_int_equal(net_errno_number("econnrefused"), ECONNREFUSED);
    assert_int_equal(net_errno_number("ENOSUCH"), 0);
    assert_int_equal(net_errno_number(""), 0);
    assert_string_equal(net_errno_name(999), "errno 999");
    assert_string_equal(net_errno_name(-1), "errno -1");
}

#ifdef __GLIBC__
static void errnos_are_those_of_libc(void **state)
{
    (void)state;
    for (int error = 1; error < 200; error++) {
        const char *name = strerrorname_np(error);
        if (name)
            assert_string_equal(net_errno_name(error), name);
        else
            assert_int_equal(strncmp(net_errno_name(error), "errno ", 6), 0);
    }
}
#endif

static void signals_go_there_and_back(void **state)
{
    size_t count = 0;
    (void)state;
    for (const char *name; (name = net_signal_name_at(count)); count++) {
        assert_string_equal(net_signal_name(net_signal_number(name)), name);
        assert_int_equal(net_signal_number(name), net_signal_number(name + 3));
    }
    assert_true(count >= 30);
    assert_int_equal(net_signal_number("SIGPIPE"), 13);
    assert_int_equal(net_signal_number("pipe"), 13);
    assert_int_equal(net_signal_number("13"), 13);
    assert_int_equal(net_signal_number("SIGCLD"), SIGCHLD);
    assert_int_equal(net_signal_number("RTMIN+1"), SIGRTMIN + 1);
    assert_string_equal(net_signal_name(SIGRTMIN + 1), "SIGRTMIN+1");
    assert_int_equal(net_signal_number("0"), 0);
    assert_int_equal(net_signal_number("-1"), 0);
    assert_int_equal(net_signal_number("77"), 0);
    assert_int_equal(net_signal_number("13x"), 0);
    assert_int_equal(net_signal_number("SIG"), 0);
    assert_int_equal(net_signal_number(""), 0);
    assert_string_equal(net_signal_name(77), "SIG 77");
    assert_string_equal(net_signal_name(0), "SIG 0");
}

static void flags_in_the_order_of_a_handshake(void **state)
{
    char text[40];
    (void)state;
    assert_string_equal(net_flags_text(NET_SYN | NET_ACK, text, sizeof text), "SYN ACK");
    assert_string_equal(net_flags_text(NET_ACK | NET_FIN | NET_PSH, text, sizeof text), "FIN PSH ACK");
    assert_string_equal(net_flags_text(NET_RST, text, sizeof text), "RST");
    assert_string_equal(net_flags_text(0, text, sizeof text), "-");
    assert_string_equal(net_flags_text(255, text, sizeof text), "SYN FIN RST PSH ACK URG ECE CWR");
    /* No name is ever cut in two, and nothing is written past the end. */
    memset(text, 'x', sizeof text);
    assert_string_equal(net_flags_text(255, text, 10), "SYN FIN");
    assert_int_equal(text[10], 'x');
}

static void a_failure_names_its_call_and_its_errno(void **state)
{
    struct net_error err;
    (void)state;
    assert_int_equal(net_fail(&err, EINVAL, "listen", "backlog is %d", -1), -1);
    assert_int_equal(err.code, EINVAL);
    assert_string_equal(err.call, "listen");
    assert_string_equal(err.text, "backlog is -1");
    errno = EPERM;
    assert_int_equal(net_fail_errno(&err, "unshare(CLONE_NEWNET)"), -1);
    assert_string_equal(err.text, "unshare(CLONE_NEWNET): Operation not permitted (EPERM)");
    assert_int_equal(net_fail(NULL, 0, NULL, "nobody listens"), -1);
    assert_int_equal(net_fail_errno(NULL, "nobody"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_body_and_a_name),
        cmocka_unit_test(states_go_there_and_back),
        cmocka_unit_test(states_are_found_as_ss_and_the_rfc_spell_them),
        cmocka_unit_test(small_enums_have_names),
        cmocka_unit_test(errnos_go_there_and_back),
#ifdef __GLIBC__
        cmocka_unit_test(errnos_are_those_of_libc),
#endif
        cmocka_unit_test(signals_go_there_and_back),
        cmocka_unit_test(flags_in_the_order_of_a_handshake),
        cmocka_unit_test(a_failure_names_its_call_and_its_errno),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
