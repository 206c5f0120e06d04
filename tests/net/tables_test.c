// SPDX-License-Identifier: GPL-3.0-or-later
// Each table of net/data has a row for every number of its enum, and the rows agree with each other.
#include "net/base/plain.h"
#include "net/data/call.h"
#include "net/data/event.h"
#include "net/data/states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void every_number_has_a_name_of_its_own(void **state)
{
    static const struct {
        const char *(*name)(unsigned);
        unsigned count;
    } tables[] = {
        {net_state_name, NET_STATES},         {net_host_name, NET_HOSTS},
        {net_timer_name, NET_TIMERS},         {net_fate_name, NET_FATES},
        {net_drop_name, NET_DROPS},           {net_wire_mode_name, NET_WIRE_MODES},
        {net_origin_name, NET_ORIGINS},       {net_end_name, NET_ENDS},
        {net_task_kind_name, NET_TASK_KINDS}, {net_signal_action_name, NET_SIG_ACTIONS},
    };
    (void)state;
    for (size_t t = 0; t < COUNT(tables); t++) {
        for (unsigned i = 0; i < tables[t].count; i++) {
            assert_string_not_equal(tables[t].name(i), "?");
            for (unsigned before = 0; before < i; before++)
                assert_string_not_equal(tables[t].name(i), tables[t].name(before));
        }
        assert_string_equal(tables[t].name(tables[t].count), "?");
    }
}

static void every_kind_of_event_has_a_name_and_a_body(void **state)
{
    (void)state;
    for (uint16_t kind = NET_EV_NONE + 1; kind < NET_EV_KINDS; kind++) {
        assert_string_not_equal(net_event_kind_name(kind), "?");
        assert_true(net_event_body_bytes(kind) > 0);
    }
    assert_int_equal(net_event_body_bytes(NET_EV_KINDS), 0);
}

static void every_reason_for_a_drop_is_whole(void **state)
{
    (void)state;
    for (unsigned why = 0; why < NET_DROPS; why++) {
        assert_true(strlen(net_drop(why)->fate) > 0);
        assert_int_equal(strlen(net_drop(why)->reason) > 0, why != NET_DROP_NONE);
    }
    assert_ptr_equal(net_drop(NET_DROPS), net_drop(NET_DROP_NONE));
}

static void a_letter_that_was_cut_is_left_out(void **state)
{
    static const char text[] = "a\xed\x95\x9c\xc3\xa9\xf0\x9f\x90\xa7"; /* of one, three, two and four bytes */
    static const unsigned char whole[] = {0, 1, 1, 1, 4, 4, 6, 6, 6, 6, 10};
    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        char cut[sizeof text];
        snprintf(cut, sizeof cut, "%.*s", (int)n, text);
        net_whole(cut);
        assert_int_equal(strlen(cut), whole[n]);
        assert_memory_equal(cut, text, whole[n]);
    }
}

/* What a call's arguments are says what it does, too. */
static void flags_of_calls_agree_with_their_arguments(void **state)
{
    (void)state;
    for (unsigned call = NET_CALL_NONE + 1; call < NET_CALL_COUNT; call++) {
        const char *args = net_call_row(call)->args;
        bool between = call == NET_CALL_SENDFILE ||
                       call == NET_CALL_SPLICE; /* of two descriptors, without bytes of ours */
        assert_int_equal(net_call_is(call, NET_READS), strchr(args, 'b') != NULL || call == NET_CALL_SPLICE);
        assert_int_equal(net_call_is(call, NET_WRITES), strchr(args, 'B') != NULL || between);
        assert_false(net_call_is(call, NET_INTERNAL) && net_call_is(call, NET_READS | NET_WRITES | NET_MAKES_FD));
        if (net_call_is(call, NET_CLOSES))
            assert_int_equal(*args, 'f');
        if (net_call_is(call, NET_ACCEPTS))
            assert_true(net_call_is(call, NET_MAKES_FD) && net_call_is(call, NET_BLOCKS));
        if (strchr(args, 'm')) {
            struct net_ev_call made = {.call = (uint16_t)call};
            made.args[strchr(args, 'm') - args] = 0x40;
            assert_int_equal(net_call_message_flags(&made), 0x40);
        }
    }
    assert_false(net_call_is(NET_CALL_NONE, ~0u));
    assert_int_equal(net_call_message_flags(&(struct net_ev_call){.call = NET_CALL_READ, .args = {1, 2, 3, 4, 5, 6}}),
                     0);
}

static void every_state_has_a_place_on_the_way(void **state)
{
    unsigned listed = 0;
    (void)state;
    for (unsigned s = 0; s < NET_STATES; s++) {
        listed |= 1u << net_states_in_order[s];
        assert_true(net_state_rank(s) > 0);
        assert_int_equal(net_state_number(net_state_name(s)), s);
        for (unsigned to = 0; to < NET_STATES; to++) {
            enum net_state between = net_state_between(s, to, true);
            if (between != NET_STATE_ABSENT)
                assert_true(net_state_rank(s) < net_state_rank(between) &&
                            net_state_rank(between) < net_state_rank(to));
        }
    }
    assert_int_equal(net_state_rank(NET_STATES), 0);
    assert_int_equal(listed, (1u << NET_STATES) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_a_name_of_its_own),
        cmocka_unit_test(every_kind_of_event_has_a_name_and_a_body),
        cmocka_unit_test(every_reason_for_a_drop_is_whole),
        cmocka_unit_test(a_letter_that_was_cut_is_left_out),
        cmocka_unit_test(flags_of_calls_agree_with_their_arguments),
        cmocka_unit_test(every_state_has_a_place_on_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
