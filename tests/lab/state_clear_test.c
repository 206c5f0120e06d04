// SPDX-License-Identifier: GPL-3.0-or-later
// What a clear leaves of the state: events made by hand.
#include "lab/state/state.h"

#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CALL(...) ((struct net_ev_call){__VA_ARGS__})

static long clear_all(struct story *s)
{
    return story_put(s, (struct net_event){.kind = NET_EV_NOTE, .u.note = {.kind = LAB_NOTE_CLEARED}});
}

static void a_clear_forgets_what_is_over(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1001, 5001, 5));
    story_task_end(s, 1, 1, (struct net_ev_end){.how = NET_END_LAB});
    story_put(s, (struct net_event){.kind = NET_EV_ACTOR_END, .actor = 1, .task = 1});
    story_task_end(s, 2, 2, (struct net_ev_end){.how = NET_END_LAB});
    story_put(s, (struct net_event){.kind = NET_EV_ACTOR_END, .actor = 2, .task = 2});
    story_gone(s, NET_SERVER, 11);
    story_gone(s, NET_SERVER, 33);
    story_gone(s, NET_CLIENT, 22);
    size_t before = s->state->applied;
    long cleared = clear_all(s);
    const struct lab_state *st = s->state;
    assert_int_equal(st->experiment, cleared);
    assert_int_equal(st->actor_count + st->task_count + st->socket_count + st->segment_count + st->conversation_count +
                         st->table_count,
                     0);
    assert_null(lab_actor_by_name(st, "server"));
    assert_null(lab_task_by_id(st, 1));
    assert_int_equal(lab_socket_by_cookie(st, NET_CLIENT, 22), LAB_NONE);
    assert_int_equal(lab_segment_by_id(st, 1), LAB_NONE);
    /* Whoever goes back finds it. */
    struct lab_state *past = lab_state_at(s->journal, before);
    assert_int_equal(past->socket_count, 3);
    assert_non_null(lab_actor_by_name(past, "server"));
    lab_state_free(past);
    /* The same again, as if for the first time. */
    story_connect(s);
    assert_int_equal(s->state->socket_count, 3);
    assert_int_equal(s->state->conversation_count, 1);
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->steps[0].state, NET_STATE_CLOSE);
}

/* The client's end cannot be ended: all that it refers to stays, under other numbers. */
static void what_outlives_a_clear_stays_whole(void **story)
{
    struct story *s = *story;
    story_program(s, 7, "first", NET_CLIENT); /* what is over goes before what stays */
    story_call(s, 7, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 70));
    story_task_end(s, 7, 7, (struct net_ev_end){.how = NET_END_LAB});
    story_put(s, (struct net_event){.kind = NET_EV_ACTOR_END, .actor = 7, .task = 7});
    story_gone(s, NET_CLIENT, 70);
    story_connect(s);
    story_task_end(s, 1, 1, (struct net_ev_end){.how = NET_END_LAB});
    story_put(s, (struct net_event){.kind = NET_EV_ACTOR_END, .actor = 1, .task = 1});
    story_gone(s, NET_SERVER, 11);
    story_gone(s, NET_SERVER, 33);
    story_enter(s, 2, CALL(.call = NET_CALL_RECV, .fd = 3));
    const struct lab_socket before = *story_socket(s, NET_CLIENT, 22);
    size_t segments = s->state->conversations[before.conversation].segment_count;
    clear_all(s);
    const struct lab_state *st = s->state;
    const struct lab_socket *after = story_socket(s, NET_CLIENT, 22);
    assert_int_equal(st->actor_count, 1);
    assert_int_equal(st->task_count, 1);
    assert_int_equal(st->table_count, 1);
    assert_int_equal(st->socket_count, 2); /* and the other end of its conversation */
    assert_int_equal(st->conversation_count, 1);
    assert_int_equal(st->segment_count, segments);
    assert_int_equal(lab_socket_of(st, 2, 3), lab_socket_by_cookie(st, NET_CLIENT, 22));
    assert_int_equal(lab_actor_by_name(st, "client")->latest_socket, lab_socket_of(st, 2, 3));
    assert_int_equal(after->step_count, before.step_count);
    assert_int_equal(after->owner_task, 2);
    const struct lab_conversation *c = &st->conversations[after->conversation];
    assert_int_equal(c->socket[NET_SERVER], lab_socket_by_cookie(st, NET_SERVER, 33));
    for (size_t i = 0; i < c->segment_count; i++)
        assert_int_equal(st->segments[c->segments[i]].conversation, after->conversation);
    assert_int_equal(lab_socket_by_cookie(st, NET_CLIENT, 70), LAB_NONE);
    /* It goes on: its call returns, its descriptor is closed. */
    size_t uses = after->use_count;
    story_return(s, 2, CALL(.call = NET_CALL_RECV, .fd = 3, .ret = -1, .error = 104));
    story_call(s, 2, CALL(.call = NET_CALL_CLOSE, .fd = 3));
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->use_count, uses + 1);
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->references, 0);
    assert_int_equal(lab_socket_named(s->state, 2, 3), lab_socket_by_cookie(s->state, NET_CLIENT, 22));
}

/* Two connections at the same addresses, of which the later one stays. */
static void an_older_connection_is_forgotten_by_the_later_one(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_gone(s, NET_CLIENT, 22);
    story_gone(s, NET_SERVER, 33);
    story_program(s, 5, "again", NET_CLIENT);
    story_call(s, 5, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 55));
    story_enter(s, 5, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}));
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 9000, 0, 0));
    story_state(s, NET_CLIENT, 55, NET_STATE_SYN_SENT, NET_AFTER_CALL);
    assert_int_equal(s->state->conversations[story_socket(s, NET_CLIENT, 55)->conversation].older, 0);
    story_task_end(s, 2, 2, (struct net_ev_end){.how = NET_END_LAB});
    story_put(s, (struct net_event){.kind = NET_EV_ACTOR_END, .actor = 2, .task = 2});
    story_task_end(s, 1, 1, (struct net_ev_end){.how = NET_END_LAB});
    story_put(s, (struct net_event){.kind = NET_EV_ACTOR_END, .actor = 1, .task = 1});
    story_gone(s, NET_SERVER, 11);
    clear_all(s);
    assert_int_equal(s->state->conversation_count, 1);
    assert_int_equal(s->state->conversations[0].older, LAB_NONE);
    story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 7000, 9001, 0));
    assert_int_equal(s->state->segments[s->state->segment_count - 1].conversation, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, story_setup, story_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_clear_forgets_what_is_over),
        TEST(what_outlives_a_clear_stays_whole),
        TEST(an_older_connection_is_forgotten_by_the_later_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
