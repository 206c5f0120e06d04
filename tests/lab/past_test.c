// SPDX-License-Identifier: GPL-3.0-or-later
// A long run: what the state keeps of it, and its copies along the journal.
#include "lab/state/past.h"

#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#define CALL(...) ((struct net_ev_call){__VA_ARGS__})

enum { MESSAGES = 12000, POSITIONS = 40 };

/* A connection on which the client sends and the server receives; each message is six events. */
static void talk(struct story *s, int messages)
{
    for (int i = 0; i < messages; i++) {
        uint32_t seq = 1001 + 5 * (uint32_t)i;
        story_enter(s, 2, CALL(.call = NET_CALL_SEND, .fd = 3));
        story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, seq, 5001, 5));
        story_return(s, 2, CALL(.call = NET_CALL_SEND, .fd = 3, .ret = 5));
        story_carried(s, story_segment(NET_SERVER, NET_ACK, 5001, seq + 5, 0));
    }
}

/* By another thread of the server. */
static void receive(struct story *s, int times)
{
    for (int i = 0; i < times; i++)
        story_call(s, 9, CALL(.call = NET_CALL_RECV, .fd = 4, .ret = 5));
}

static void assert_same_sockets(const struct lab_state *a, const struct lab_state *b)
{
    assert_int_equal(a->socket_count, b->socket_count);
    for (size_t i = 0; i < a->socket_count; i++) {
        const struct lab_socket *x = &a->sockets[i], *y = &b->sockets[i];
        assert_int_equal(x->cookie, y->cookie);
        assert_int_equal(x->now.state, y->now.state);
        assert_int_equal(x->use_count, y->use_count);
        for (size_t k = 0; k < x->use_count; k++)
            assert_true(x->uses[k].enter == y->uses[k].enter && x->uses[k].ret == y->uses[k].ret);
        assert_int_equal(x->step_count, y->step_count);
        for (size_t k = 0; k < x->step_count; k++)
            assert_true(x->steps[k].event == y->steps[k].event && x->steps[k].cause == y->steps[k].cause);
        assert_int_equal(x->references, y->references);
        assert_int_equal(x->conversation, y->conversation);
    }
}

static void assert_same(const struct lab_state *a, const struct lab_state *b)
{
    assert_int_equal(a->applied, b->applied);
    assert_int_equal(a->task_count, b->task_count);
    for (size_t i = 0; i < a->task_count; i++)
        assert_true(a->tasks[i].enter == b->tasks[i].enter && a->tasks[i].last_return == b->tasks[i].last_return);
    assert_int_equal(a->segment_count, b->segment_count);
    for (size_t i = 0; i < a->segment_count; i++) {
        const struct lab_segment *x = &a->segments[i], *y = &b->segments[i];
        assert_true(x->id == y->id && x->event == y->event && x->fate == y->fate && x->is == y->is);
        assert_true(x->answers == y->answers && x->conversation == y->conversation && x->nth == y->nth);
        assert_int_equal(x->left_out, y->left_out);
        assert_int_equal(lab_segment_by_id(a, x->id), (int)i);
        assert_int_equal(lab_segment_by_id(b, x->id), (int)i);
    }
    assert_int_equal(a->conversation_count, b->conversation_count);
    for (size_t i = 0; i < a->conversation_count; i++) {
        assert_int_equal(a->conversations[i].segment_count, b->conversations[i].segment_count);
        for (size_t k = 0; k < a->conversations[i].segment_count; k++)
            assert_int_equal(a->conversations[i].segments[k], b->conversations[i].segments[k]);
    }
    assert_same_sockets(a, b);
}

/* The first and the last segments are there, however many there were; and every call that is not over. */
static void of_a_long_connection_both_ends_stay(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_task(s, 1, 9, NET_TASK_THREAD, 1, 900);
    receive(s, 200);
    long entered = story_enter(s, 1, CALL(.call = NET_CALL_RECV, .fd = 4)); /* sleeps all the while */
    receive(s, MESSAGES);
    uint64_t first = s->state->segments[0].id;
    long called = story_socket(s, NET_CLIENT, 22)->uses[0].enter;
    talk(s, MESSAGES);
    const struct lab_state *st = s->state;
    const struct lab_socket *client = story_socket(s, NET_CLIENT, 22);
    const struct lab_conversation *c = &st->conversations[client->conversation];
    assert_true(st->segment_count < 5000 && st->segment_count > 2000);
    assert_int_equal(c->segment_count, st->segment_count);
    assert_int_equal(st->segments[c->segments[0]].id, first);
    assert_int_equal(st->segments[c->segments[c->segment_count - 1]].id, s->segments);
    assert_int_equal(lab_segment_by_id(st, s->segments), (int)c->segments[c->segment_count - 1]);
    assert_int_equal(lab_segment_by_id(st, 2000), LAB_NONE); /* of the middle */
    size_t left_out = 0;
    for (size_t i = 0; i < st->segment_count; i++)
        left_out += st->segments[i].left_out;
    assert_int_equal(st->segment_count + left_out, s->segments);
    assert_true(client->use_count < 5000 && client->use_count > 2000);
    assert_int_equal(client->uses[0].enter, called);
    long returned = story_return(s, 1, CALL(.call = NET_CALL_RECV, .fd = 4, .ret = 5));
    const struct lab_socket *server = story_socket(s, NET_SERVER, 33);
    bool is_known = false;
    for (size_t i = 0; i < server->use_count; i++)
        is_known |= server->uses[i].enter == entered && server->uses[i].ret == returned;
    assert_true(is_known);
    /* What is acknowledged is still told from what is sent again. */
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1001 + 5 * (MESSAGES - 1), 5001, 5));
    assert_true(s->state->segments[s->state->segment_count - 1].retransmission);
}

/* A segment that is held outlives any number of others. */
static void what_is_under_way_stays(void **story)
{
    struct story *s = *story;
    story_connect(s);
    talk(s, 200);
    story_sent(s, story_segment(NET_SERVER, NET_PSH | NET_ACK, 9001, 1001, 5));
    uint64_t held = s->segments;
    story_fate(s, held, NET_HELD);
    talk(s, MESSAGES);
    int index = lab_segment_by_id(s->state, held);
    assert_int_not_equal(index, LAB_NONE);
    story_fate(s, held, NET_DELIVERED);
    assert_int_equal(s->state->segments[index].fate, NET_DELIVERED);
}

static void a_state_by_its_copy_is_the_one_that_is_folded(void **story)
{
    struct story *s = *story;
    struct lab_past *past = lab_past_new();
    unsigned random = 4711;
    story_connect(s);
    talk(s, MESSAGES);
    story_put(s, (struct net_event){.kind = NET_EV_NOTE, .u.note = {.kind = LAB_NOTE_CLEARED}});
    talk(s, 3000);
    struct lab_state *grows = lab_state_new();
    size_t count = lab_journal_count(s->journal);
    while (grows->applied < count) {
        assert_int_equal(lab_state_apply(grows, s->journal, grows->applied), 0);
        lab_past_keep(past, grows);
    }
    for (int i = 0; i < POSITIONS; i++) {
        size_t n = i == 0 ? 0 : i == 1 ? count : (size_t)rand_r(&random) % count;
        struct lab_state *by_copy = lab_past_state(past, s->journal, n), *folded = lab_state_at(s->journal, n);
        assert_same(by_copy, folded);
        lab_state_free(by_copy);
        lab_state_free(folded);
    }
    lab_state_free(grows);
    lab_past_free(past);
}

/* There are no more copies than so many, and one of them lies near every moment. */
static void copies_are_even_and_bounded(void **unused)
{
    (void)unused;
    enum { EVENTS = 3 * LAB_PAST_COPIES * LAB_PAST_EVENTS };
    struct lab_journal *j = lab_journal_new();
    struct lab_past *past = lab_past_new();
    struct lab_state *st = lab_state_new();
    struct net_event ev = {.kind = NET_EV_COUNTER};
    for (size_t i = 0; i < EVENTS; i++) {
        lab_journal_append(j, &ev);
        lab_state_apply(st, j, i);
        lab_past_keep(past, st);
    }
    assert_true(lab_past_copies(past) <= LAB_PAST_COPIES);
    for (size_t n = 0; n < EVENTS; n += LAB_PAST_EVENTS / 2)
        assert_true(n - lab_past_before(past, n) <= 2 * EVENTS / LAB_PAST_COPIES);
    assert_int_equal(lab_past_before(past, 0), 0);
    lab_state_free(st);
    lab_past_free(past);
    lab_journal_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_long_connection_both_ends_stay, story_setup, story_teardown),
        cmocka_unit_test_setup_teardown(what_is_under_way_stays, story_setup, story_teardown),
        cmocka_unit_test_setup_teardown(a_state_by_its_copy_is_the_one_that_is_folded, story_setup, story_teardown),
        cmocka_unit_test(copies_are_even_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
