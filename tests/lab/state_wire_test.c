// SPDX-License-Identifier: GPL-3.0-or-later
// Segments in the state: the states of both ends beside them, their fate, and which conversation they belong to.
#include "lab/state/state.h"

#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CALL(...) ((struct net_ev_call){__VA_ARGS__})

static const struct lab_segment *segment(const struct story *s, uint64_t id)
{
    int i = lab_segment_by_id(s->state, id);
    assert_true(i >= 0);
    return &s->state->segments[i];
}

static void segments_tell_the_states_of_both_ends(void **story)
{
    struct story *s = *story;
    story_connect(s);
    const struct lab_segment *syn = segment(s, 1), *syn_ack = segment(s, 2), *ack = segment(s, 3);
    assert_int_equal(syn->state_sender, NET_STATE_SYN_SENT);
    assert_int_equal(syn->state_receiver, NET_STATE_LISTEN);
    assert_int_equal(syn->receiver_after, NET_STATE_SYN_RECV);
    assert_int_equal(syn_ack->state_sender, NET_STATE_SYN_RECV);
    assert_int_equal(syn_ack->state_receiver, NET_STATE_SYN_SENT);
    assert_int_equal(syn_ack->receiver_after, NET_STATE_ESTABLISHED);
    assert_int_equal(ack->receiver_after, NET_STATE_ESTABLISHED);
    assert_int_equal(syn_ack->seq_relative, 0);
    assert_int_equal(syn_ack->ack_relative, 1);
    assert_int_equal(ack->seq_relative, 1);
    assert_int_equal(ack->ack_relative, 1);
    assert_int_equal(syn->ack_relative, 0);
}

static void an_end_that_closes_at_once_is_told_with_its_fin(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1001, 5001, 18));
    const uint64_t data = s->segments;
    story_state(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1, NET_AFTER_SEGMENT);
    story_carried(s, story_segment(NET_SERVER, NET_ACK, 5001, 1019, 0));
    story_carried(s, story_segment(NET_SERVER, NET_FIN | NET_ACK, 5001, 1019, 0));
    assert_int_equal(segment(s, data)->receiver_after, NET_STATE_ESTABLISHED);
    assert_int_equal(segment(s, data + 1)->state_sender, NET_STATE_ESTABLISHED);
    assert_int_equal(segment(s, data + 2)->state_sender, NET_STATE_FIN_WAIT1);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->now.state, NET_STATE_FIN_WAIT1);
}

/* Its data filled the window: FIN has to wait, and what goes out meanwhile is sent in FIN_WAIT1. */
static void data_behind_a_close_is_told_so(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1001, 5001, 1000));
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_AFTER_CALL);
    story_carried(s, story_segment(NET_SERVER, NET_ACK, 5001, 2001, 0));
    const uint64_t ack = s->segments;
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_AFTER_SEGMENT);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 2001, 5001, 1000));
    story_carried(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 3001, 5001, 0));
    assert_int_equal(segment(s, ack)->receiver_after, NET_STATE_FIN_WAIT1);
    assert_int_equal(segment(s, ack + 1)->state_sender, NET_STATE_FIN_WAIT1);
    assert_int_equal(segment(s, ack + 2)->state_sender, NET_STATE_FIN_WAIT1);
}

/* The wire says a little later that a segment was delivered than that happens. */
static void an_end_that_closes_before_the_wire_has_said_so_is_told_with_its_fin(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_sent(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1001, 5001, 0));
    const uint64_t fin = s->segments;
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE_WAIT, NET_AFTER_CALL);
    story_state(s, NET_SERVER, 33, NET_STATE_LAST_ACK, NET_AFTER_CALL);
    story_fate(s, fin, NET_DELIVERED);
    story_carried(s, story_segment(NET_SERVER, NET_FIN | NET_ACK, 5001, 1002, 0));
    assert_int_equal(segment(s, fin)->receiver_after, NET_STATE_CLOSE_WAIT);
    assert_int_equal(segment(s, fin + 1)->state_sender, NET_STATE_LAST_ACK);
}

/* It found out by its own call what the segment had brought, before the wire asked. */
static void an_end_that_closes_before_the_wire_asks_is_told_with_its_fin(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1001, 5001, 0));
    const uint64_t fin = s->segments;
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE_WAIT, NET_BEFORE_CALL);
    story_state(s, NET_SERVER, 33, NET_STATE_LAST_ACK, NET_AFTER_SEGMENT);
    story_carried(s, story_segment(NET_SERVER, NET_FIN | NET_ACK, 5001, 1002, 0));
    assert_int_equal(segment(s, fin)->receiver_after, NET_STATE_CLOSE_WAIT);
    assert_int_equal(segment(s, fin + 1)->state_sender, NET_STATE_LAST_ACK);
}

static void closes_before_the_arrival(struct story *s, bool held)
{
    story_connect(s);
    story_sent(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1001, 5001, 18));
    const uint64_t data = s->segments;
    if (held)
        story_fate(s, data, NET_HELD);
    story_state(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1, NET_AFTER_CALL);
    story_fate(s, data, NET_DELIVERED);
    assert_int_equal(segment(s, data)->receiver_after, NET_STATE_FIN_WAIT1);
}

/* What waits on the wire may arrive long after. */
static void an_end_that_has_closed_before_a_held_one_arrives_is_told_so(void **story)
{
    closes_before_the_arrival(*story, true);
}

static void an_end_that_has_closed_before_a_late_one_arrives_is_told_so(void **story)
{
    story_put(*story, (struct net_event){.kind = NET_EV_WIRE, .u.wire = {.faults.value[NET_FAULT_DELAY] = {100, 100}}});
    closes_before_the_arrival(*story, false);
}

static void retransmissions_and_probes_are_told_apart(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1001, 5001, 10));
    assert_false(segment(s, s->segments)->retransmission);
    assert_int_equal(segment(s, s->segments)->seq_relative, 1);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1001, 5001, 10));
    assert_true(segment(s, s->segments)->retransmission);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1010, 5001, 10)); /* one byte old, nine new */
    assert_true(segment(s, s->segments)->retransmission);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1019, 5001, 0)); /* not acknowledged yet: no probe */
    assert_false(segment(s, s->segments)->keepalive_probe);
    story_carried(s, story_segment(NET_SERVER, NET_ACK, 5001, 1020, 0));
    assert_false(segment(s, s->segments)->retransmission);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1019, 5001, 0));
    assert_true(segment(s, s->segments)->keepalive_probe);
    assert_false(segment(s, s->segments)->retransmission);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1019, 5001, 1)); /* the old kind, with a byte of garbage */
    assert_true(segment(s, s->segments)->keepalive_probe);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1020, 5001, 0));
    assert_false(segment(s, s->segments)->keepalive_probe);
    struct net_ev_segment closed = story_segment(NET_SERVER, NET_ACK, 5001, 1020, 0);
    closed.window = 0;
    story_carried(s, closed);
    struct net_ev_sample waits = story_sample(NET_CLIENT, 22, NET_STATE_ESTABLISHED);
    waits.wqueue = 10;
    story_see(s, waits);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1019, 5001, 0)); /* asks a closed window */
    assert_false(segment(s, s->segments)->keepalive_probe);
    story_carried(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1020, 5001, 0));
    assert_false(segment(s, s->segments)->retransmission);
    story_carried(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1020, 5001, 0));
    assert_true(segment(s, s->segments)->retransmission);
}

static void sequence_numbers_wrap(void **story)
{
    struct story *s = *story;
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, UINT32_MAX - 4, 0, 0));
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, UINT32_MAX - 3, 1, 10));
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 6, 1, 10));
    assert_int_equal(segment(s, 3)->seq_relative, 11);
    assert_false(segment(s, 3)->retransmission);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, UINT32_MAX - 3, 1, 10));
    assert_true(segment(s, 4)->retransmission);
}

static void a_segment_has_its_fate(void **story)
{
    struct story *s = *story;
    story_sent(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    assert_int_equal(segment(s, 1)->fate, NET_IN_FLIGHT);
    story_fate(s, 1, NET_HELD);
    story_put(s, (struct net_event){.kind = NET_EV_FATE, .u.fate = {.segment = 1, .fate = NET_REPEATED, .repeats = 3}});
    story_fate(s, 1, NET_DUPLICATED);
    assert_int_equal(segment(s, 1)->fate, NET_HELD);
    assert_int_equal(segment(s, 1)->repeats, 3);
    assert_int_equal(segment(s, 1)->copies, 1);
    story_put(s, (struct net_event){.kind = NET_EV_FATE,
                                    .u.fate = {.segment = 1, .fate = NET_DROPPED, .why = NET_DROP_ASKED}});
    assert_int_equal(segment(s, 1)->fate, NET_DROPPED);
    assert_int_equal(segment(s, 1)->why, NET_DROP_ASKED);
    assert_int_equal(segment(s, 1)->fate_ns, s->now_ns);
}

static void another_protocol_is_in_no_conversation(void **story)
{
    struct story *s = *story;
    struct net_ev_segment icmp = {.from = NET_SERVER, .protocol = 1, .packet_bytes = 60};
    story_carried(s, icmp);
    assert_int_equal(segment(s, 1)->conversation, LAB_NONE);
    assert_int_equal(segment(s, 1)->fate, NET_DELIVERED);
    assert_int_equal(s->state->conversation_count, 0);
}

static void a_port_used_again_is_another_conversation(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_state(s, NET_SERVER, 33, NET_STATE_TIME_WAIT, NET_AFTER_SEGMENT);
    story_gone(s, NET_CLIENT, 22);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 9000, 0, 0));
    assert_int_equal(segment(s, s->segments)->conversation, 1);
    story_state(s, NET_CLIENT, 55, NET_STATE_SYN_SENT, NET_AFTER_CALL);
    story_state(s, NET_SERVER, 66, NET_STATE_SYN_RECV, NET_AFTER_SEGMENT);
    assert_int_equal(s->state->conversation_count, 2);
    assert_int_equal(story_socket(s, NET_CLIENT, 55)->conversation, 1);
    assert_int_equal(story_socket(s, NET_SERVER, 66)->conversation, 1);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->conversation, 0);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 9000, 0, 0));
    assert_true(segment(s, s->segments)->retransmission);
    assert_int_equal(s->state->conversation_count, 2);
}

/* SO_REUSEPORT: two listen at a port, and the later one closes. */
static void a_port_that_another_listens_at_is_not_closed(void **story)
{
    struct story *s = *story;
    story_state(s, NET_SERVER, 11, NET_STATE_LISTEN, NET_AFTER_CALL);
    story_state(s, NET_SERVER, 12, NET_STATE_LISTEN, NET_AFTER_CALL);
    story_gone(s, NET_SERVER, 12);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    assert_int_equal(segment(s, 1)->state_receiver, NET_STATE_LISTEN);
    story_gone(s, NET_SERVER, 11);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    assert_int_equal(segment(s, 2)->state_receiver, NET_STATE_ABSENT);
}

/* The kernel was asked before the wire saw the SYN. */
static void a_new_socket_at_old_addresses_is_another_conversation(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_gone(s, NET_CLIENT, 22);
    story_gone(s, NET_SERVER, 33);
    story_state(s, NET_CLIENT, 55, NET_STATE_SYN_SENT, NET_AFTER_CALL);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 9000, 0, 0));
    assert_int_equal(s->state->conversation_count, 2);
    assert_int_equal(segment(s, s->segments)->conversation, 1);
    assert_int_equal(s->state->conversations[1].initial_seq[NET_CLIENT], 9000);
}

static void both_may_open_at_once(void **story)
{
    struct story *s = *story;
    story_state(s, NET_CLIENT, 22, NET_STATE_SYN_SENT, NET_AFTER_CALL);
    story_state(s, NET_SERVER, 33, NET_STATE_SYN_SENT, NET_AFTER_CALL);
    story_sent(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_sent(s, story_segment(NET_SERVER, NET_SYN, 5000, 0, 0));
    story_fate(s, 1, NET_DELIVERED);
    story_state(s, NET_SERVER, 33, NET_STATE_SYN_RECV, NET_AFTER_SEGMENT);
    assert_int_equal(s->state->conversation_count, 1);
    assert_int_equal(s->state->conversations[0].initial_seq[NET_SERVER], 5000);
}

/* Loopback mode: no wire, nothing but samples. */
static void without_a_wire_samples_make_the_conversation(void **story)
{
    struct story *s = *story;
    story_program(s, 2, "client", NET_CLIENT);
    story_call(s, 2, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22));
    long enter = story_enter(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3));
    story_state(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED, NET_AFTER_CALL);
    story_state(s, NET_SERVER, 33, NET_STATE_ESTABLISHED, NET_AT_TICK);
    assert_int_equal(s->state->conversation_count, 1);
    assert_int_equal(s->state->conversations[0].segment_count, 0);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->conversation, 0);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED), enter);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_ESTABLISHED), LAB_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        TEST(segments_tell_the_states_of_both_ends),
        TEST(an_end_that_closes_at_once_is_told_with_its_fin),
        TEST(data_behind_a_close_is_told_so),
        TEST(an_end_that_closes_before_the_wire_has_said_so_is_told_with_its_fin),
        TEST(an_end_that_closes_before_the_wire_asks_is_told_with_its_fin),
        TEST(an_end_that_has_closed_before_a_held_one_arrives_is_told_so),
        TEST(an_end_that_has_closed_before_a_late_one_arrives_is_told_so),
        TEST(retransmissions_and_probes_are_told_apart),
        TEST(sequence_numbers_wrap),
        TEST(a_segment_has_its_fate),
        TEST(another_protocol_is_in_no_conversation),
        TEST(a_port_used_again_is_another_conversation),
        TEST(a_port_that_another_listens_at_is_not_closed),
        TEST(a_new_socket_at_old_addresses_is_another_conversation),
        TEST(both_may_open_at_once),
        TEST(without_a_wire_samples_make_the_conversation),
    };
    return cmocka_run_group_tests_name("state_wire", tests, NULL, NULL);
}
