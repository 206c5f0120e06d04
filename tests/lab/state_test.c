// SPDX-License-Identifier: GPL-3.0-or-later
// The state as a fold of events made by hand.
#include "lab/state/state.h"

#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define CALL(...) ((struct net_ev_call){__VA_ARGS__})

static int owner_of(const struct story *s, enum net_host host, uint64_t cookie)
{
    return (int)story_socket(s, host, cookie)->owner_task;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

static void a_connection_is_followed_from_both_ends(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_assert_way(s, NET_SERVER, 11, "CLOSE LISTEN");
    story_assert_way(s, NET_CLIENT, 22, "CLOSE SYN_SENT ESTABLISHED");
    story_assert_way(s, NET_SERVER, 33, "SYN_RECV ESTABLISHED");
    assert_int_equal(s->state->conversation_count, 1);
    const struct lab_conversation *c = &s->state->conversations[0];
    assert_int_equal(c->socket[NET_SERVER], lab_socket_by_cookie(s->state, NET_SERVER, 33));
    assert_int_equal(c->socket[NET_CLIENT], lab_socket_by_cookie(s->state, NET_CLIENT, 22));
    assert_int_equal(c->segment_count, 3);
    assert_int_equal(c->port[NET_SERVER], STORY_PORT);
    assert_int_equal(c->initial_seq[NET_CLIENT], 1000);
    assert_int_equal(c->initial_seq[NET_SERVER], 5000);
    assert_int_equal(owner_of(s, NET_SERVER, 33), 1);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->fd, 4);
    assert_int_equal(lab_socket_of(s->state, 1, 4), lab_socket_by_cookie(s->state, NET_SERVER, 33));
    assert_int_equal(lab_actor_by_name(s->state, "server")->latest_socket, lab_socket_of(s->state, 1, 4));
}

static void each_step_has_its_cause(void **story)
{
    struct story *s = *story;
    story_connect(s);
    long close_enter = story_enter(s, 2, CALL(.call = NET_CALL_CLOSE, .fd = 3));
    long fin = story_sent(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1001, 5001, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    story_fate(s, s->segments, NET_DELIVERED);
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE_WAIT, NET_AFTER_SEGMENT);
    story_return(s, 2, CALL(.call = NET_CALL_CLOSE, .fd = 3));
    long ack = story_carried(s, story_segment(NET_SERVER, NET_ACK, 5001, 1002, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT2, NET_AFTER_SEGMENT);
    long shut = story_call(s, 1, CALL(.call = NET_CALL_SHUTDOWN, .fd = 4, .args = {4, 1}));
    story_state(s, NET_SERVER, 33, NET_STATE_LAST_ACK, NET_AFTER_CALL);
    long other_fin = story_carried(s, story_segment(NET_SERVER, NET_FIN | NET_ACK, 5001, 1002, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_TIME_WAIT, NET_AFTER_SEGMENT);
    long last = story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1002, 5002, 0));
    story_gone(s, NET_SERVER, 33);
    story_gone(s, NET_CLIENT, 22);

    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1), close_enter);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_CLOSE_WAIT), fin);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT2), ack);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_LAST_ACK), shut);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_TIME_WAIT), other_fin);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_CLOSE), last);      /* its descriptor is open */
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_ABSENT), LAB_NONE); /* the 60 s timer */
    assert_true(story_socket(s, NET_CLIENT, 22)->gone_ns > 0);
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->fd, LAB_NONE);
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->owner_task, 0);
}

static void client_goes(struct story *s)
{
    story_call(s, 2, CALL(.call = NET_CALL_CLOSE, .fd = 3));
    story_carried(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1001, 5001, 0));
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE_WAIT, NET_AFTER_SEGMENT);
}

/* connect() has returned, and asked, before the wire's own answer came. */
static void the_segment_is_the_cause_whoever_asked_first(void **story)
{
    struct story *s = *story;
    story_program(s, 2, "client", NET_CLIENT);
    story_call(s, 2, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22));
    long enter = story_enter(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3));
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_SYN_SENT, NET_BEFORE_SEGMENT);
    long syn_ack = story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 5000, 1001, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED, NET_AFTER_CALL);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_SYN_SENT), enter);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED), syn_ack);
}

static void a_death_is_a_cause_when_no_call_is(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_enter(s, 2, CALL(.call = NET_CALL_RECV, .fd = 3));
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1), LAB_NONE);
    long death = story_task_end(s, 2, 2, (struct net_ev_end){.how = NET_END_SIGNAL, .signo = 9});
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1), death);

    long exit_enter = story_enter(s, 1, CALL(.call = NET_CALL_EXIT, .fd = -1));
    story_task_end(s, 1, 1, (struct net_ev_end){.how = NET_END_EXIT});
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE, NET_BEFORE_SEGMENT);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_CLOSE), exit_enter);
}

/* The connection was over, by a timer, before the program died. */
static void a_death_is_no_cause_of_what_was_before(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_state(s, NET_CLIENT, 22, NET_STATE_CLOSE, NET_AT_TICK);
    story_call(s, 2, CALL(.call = NET_CALL_RECV, .fd = 3, .ret = -1, .error = 110));
    story_task_end(s, 2, 2, (struct net_ev_end){.how = NET_END_SIGNAL, .signo = 9});
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_CLOSE), LAB_NONE);
}

/* The last ACK never came: the FIN before it, which has the flag too, had its effect already. */
static void a_segment_causes_each_step_once(void **story)
{
    struct story *s = *story;
    story_connect(s);
    client_goes(s);
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
    story_state(s, NET_SERVER, 33, NET_STATE_LAST_ACK, NET_BEFORE_SEGMENT);
    story_gone(s, NET_SERVER, 33);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_ABSENT), LAB_NONE);
}

static void a_keep_alive_death_has_no_call_to_blame(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_state(s, NET_CLIENT, 22, NET_STATE_CLOSE, NET_AT_TICK);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_CLOSE), LAB_NONE);
}

static void a_socket_remembers_the_calls_made_on_it(void **story)
{
    struct story *s = *story;
    story_connect(s);
    const struct lab_socket *accepted = story_socket(s, NET_SERVER, 33);
    assert_int_equal(accepted->use_count, 1);
    long enter = story_enter(s, 1, CALL(.call = NET_CALL_RECV, .fd = 4));
    assert_int_equal(accepted->use_count, 2);
    assert_int_equal(accepted->uses[1].enter, enter);
    assert_int_equal(accepted->uses[1].ret, LAB_NONE);
    long returned = story_return(s, 1, CALL(.call = NET_CALL_RECV, .fd = 4, .ret = 3));
    assert_int_equal(accepted->uses[1].ret, returned);
    enter = story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4, .ret = -1, .error = 9));
    assert_int_equal(accepted->use_count, 3);
    assert_int_equal(accepted->uses[2].enter, enter);
    assert_int_equal(accepted->uses[2].ret, enter + 1);
}

/* ---- samples that overlap ---------------------------------------------------------------------------------------- */

static void late(struct story *s, enum net_host host, uint64_t cookie, enum net_state state, uint64_t begin_ns)
{
    struct net_ev_sample sample = story_sample(host, cookie, state);
    sample.begin_ns = begin_ns;
    story_see(s, sample);
}

static void of_overlapping_samples_the_earlier_state_is_the_older(void **story)
{
    struct story *s = *story;
    story_connect(s);
    uint64_t before_ns = s->now_ns;
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT2, NET_AFTER_SEGMENT);
    late(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED, before_ns);
    story_assert_way(s, NET_CLIENT, 22, "CLOSE SYN_SENT ESTABLISHED FIN_WAIT2");
    late(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, before_ns);
    story_assert_way(s, NET_CLIENT, 22, "CLOSE SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2");
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->now.state, NET_STATE_FIN_WAIT2);
    late(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, before_ns);
    story_assert_way(s, NET_CLIENT, 22, "CLOSE SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2");
    late(s, NET_CLIENT, 22, NET_STATE_TIME_WAIT, before_ns);
    story_assert_way(s, NET_CLIENT, 22, "CLOSE SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT");
}

static void a_reset_socket_does_not_come_back(void **story)
{
    struct story *s = *story;
    story_connect(s);
    uint64_t before_ns = s->now_ns;
    story_state(s, NET_CLIENT, 22, NET_STATE_CLOSE, NET_AFTER_SEGMENT);
    late(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED, before_ns);
    story_assert_way(s, NET_CLIENT, 22, "CLOSE SYN_SENT ESTABLISHED CLOSE");
    before_ns = s->now_ns;
    story_gone(s, NET_SERVER, 33);
    late(s, NET_SERVER, 33, NET_STATE_ESTABLISHED, before_ns);
    story_assert_way(s, NET_SERVER, 33, "SYN_RECV ESTABLISHED CLOSE");
}

/* A socket in CLOSE is in none of the kernel's tables; it is gone when its last descriptor is. */
static void a_socket_with_a_descriptor_is_not_gone(void **story)
{
    struct story *s = *story;
    story_connect(s);
    long rst = story_carried(s, story_segment(NET_CLIENT, NET_RST | NET_ACK, 1001, 5001, 0));
    story_gone(s, NET_SERVER, 33);
    story_assert_way(s, NET_SERVER, 33, "SYN_RECV ESTABLISHED CLOSE");
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_CLOSE), rst);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->gone_ns, 0);
    assert_int_equal(s->state->segments[s->segments - 1].receiver_after, NET_STATE_CLOSE);
    long close_enter = story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
    story_assert_way(s, NET_SERVER, 33, "SYN_RECV ESTABLISHED CLOSE ABSENT");
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_ABSENT), close_enter);
    assert_true(story_socket(s, NET_SERVER, 33)->gone_ns > 0);
    story_gone(s, NET_SERVER, 33);
    story_assert_way(s, NET_SERVER, 33, "SYN_RECV ESTABLISHED CLOSE ABSENT");
}

/* Nothing overlaps: a socket that was refused may connect again. */
static void a_socket_may_try_again(void **story)
{
    struct story *s = *story;
    story_program(s, 2, "c1", NET_CLIENT);
    story_call(s, 2, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22));
    for (int i = 0; i < 2; i++) {
        story_enter(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3));
        story_carried(s, story_segment(NET_CLIENT, NET_SYN, (uint32_t)(1000 + i), 0, 0));
        story_state(s, NET_CLIENT, 22, NET_STATE_SYN_SENT, NET_BEFORE_SEGMENT);
        long rst = story_carried(s, story_segment(NET_SERVER, NET_RST | NET_ACK, 0, (uint32_t)(1001 + i), 0));
        story_state(s, NET_CLIENT, 22, NET_STATE_CLOSE, NET_AFTER_SEGMENT);
        assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_CLOSE), rst);
        story_return(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .ret = -1, .error = 111));
    }
    story_assert_way(s, NET_CLIENT, 22, "CLOSE SYN_SENT CLOSE SYN_SENT CLOSE");
    assert_int_equal(s->state->conversation_count, 2);
    assert_int_equal(s->state->conversations[0].segment_count, 2);
    assert_int_equal(s->state->conversations[1].segment_count, 2);
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->conversation, 1);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

static void close_lets_go_when_it_is_entered(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_task(s, 1, 5, NET_TASK_THREAD, 1, 101);
    story_enter(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
    assert_int_equal(lab_socket_of(s->state, 1, 4), LAB_NONE);
    story_call(s, 5, CALL(.call = NET_CALL_ACCEPT, .args = {3}, .ret = 4, .cookie = 44));
    story_return(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
    assert_int_equal(lab_socket_of(s->state, 1, 4), lab_socket_by_cookie(s->state, NET_SERVER, 44));
    assert_int_equal(lab_socket_of(s->state, 5, 4), lab_socket_by_cookie(s->state, NET_SERVER, 44));
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 0);
}

static void a_closed_descriptor_is_still_named(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
    assert_int_equal(lab_socket_named(s->state, 1, 4), lab_socket_by_cookie(s->state, NET_SERVER, 33));
    assert_int_equal(lab_socket_named(s->state, 1, 3), lab_socket_by_cookie(s->state, NET_SERVER, 11));
    assert_int_equal(lab_socket_named(s->state, 1, 5), LAB_NONE);
    assert_int_equal(lab_socket_named(s->state, 9, 4), LAB_NONE);
    assert_int_equal(lab_actor_by_name(s->state, "server")->latest_socket,
                     lab_socket_by_cookie(s->state, NET_SERVER, 33));
    story_enter(s, 1, CALL(.call = NET_CALL_ACCEPT, .fd = 3));
    assert_int_equal(lab_actor_by_name(s->state, "server")->latest_socket,
                     lab_socket_by_cookie(s->state, NET_SERVER, 33));
}

static void dup_keeps_a_socket_alive(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 2, CALL(.call = NET_CALL_DUP, .fd = 3, .args = {3}, .ret = 5));
    story_call(s, 2, CALL(.call = NET_CALL_FCNTL, .fd = 3, .args = {3, 0, 10}, .ret = 10));
    story_call(s, 2, CALL(.call = NET_CALL_FCNTL, .fd = 3, .args = {3, 4, 2048}, .ret = 0));
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->references, 3);
    story_call(s, 2, CALL(.call = NET_CALL_CLOSE, .fd = 3));
    story_call(s, 2, CALL(.call = NET_CALL_CLOSE, .fd = 10));
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->references, 1);
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->fd, 5);
    /* dup2 of something that is no socket closes what was there */
    long over = story_call(s, 2, CALL(.call = NET_CALL_DUP2, .fd = 1, .args = {1, 5}, .ret = 5));
    assert_int_equal(story_socket(s, NET_CLIENT, 22)->references, 0);
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    assert_int_equal(story_cause(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1), over);
}

static void dup2_of_a_socket_moves_it(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 1, CALL(.call = NET_CALL_DUP2, .fd = 4, .args = {4, 3}, .ret = 3));
    assert_int_equal(story_socket(s, NET_SERVER, 11)->references, 0);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 2);
    story_call(s, 1, CALL(.call = NET_CALL_DUP2, .fd = 4, .args = {4, 4}, .ret = 4));
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 2);
}

/* The parent closes what it handed over before the child shows itself, or the other way round. */
static void a_child_has_what_its_parent_had_at_the_fork(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 1, CALL(.call = NET_CALL_FORK, .fd = -1, .ret = 777));
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 2);
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 1);
    story_task(s, 1, 8, NET_TASK_CHILD, 1, 777);
    assert_int_equal(lab_socket_of(s->state, 8, 4), lab_socket_by_cookie(s->state, NET_SERVER, 33));
    assert_int_equal(owner_of(s, NET_SERVER, 33), 8);
    assert_int_equal(owner_of(s, NET_SERVER, 11), 1);
    story_call(s, 8, CALL(.call = NET_CALL_CLOSE, .fd = 3));
    assert_int_equal(story_socket(s, NET_SERVER, 11)->references, 1);

    story_enter(s, 1, CALL(.call = NET_CALL_FORK, .fd = -1));
    story_task(s, 1, 9, NET_TASK_CHILD, 1, 778);
    story_return(s, 1, CALL(.call = NET_CALL_FORK, .fd = -1, .ret = 778));
    assert_int_equal(story_socket(s, NET_SERVER, 11)->references, 2);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 1);
    long death = story_task_end(s, 1, 8, (struct net_ev_end){.how = NET_END_EXIT, .pid = 777, .zombie = true});
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 0);
    story_state(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1), death);
}

/* The kernel sends the FIN of a dead parent before its end is told: it is not the child's, which had let go long ago.
 */
static void a_fin_is_of_the_last_that_let_go(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 1, CALL(.call = NET_CALL_FORK, .fd = -1, .ret = 777));
    story_task(s, 1, 8, NET_TASK_CHILD, 1, 777);
    story_enter(s, 8, CALL(.call = NET_CALL_EXIT, .fd = -1));
    story_task_end(s, 1, 8, (struct net_ev_end){.how = NET_END_EXIT, .pid = 777, .zombie = true});
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 1);
    story_state(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1), LAB_NONE);
    long death = story_task_end(s, 1, 1, (struct net_ev_end){.how = NET_END_SIGNAL, .signo = 9});
    assert_int_equal(story_cause(s, NET_SERVER, 33, NET_STATE_FIN_WAIT1), death);
}

static void a_child_that_never_shows_itself_lets_go(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 1, CALL(.call = NET_CALL_FORK, .fd = -1, .ret = 777));
    story_task_end(s, 1, 8, (struct net_ev_end){.how = NET_END_SIGNAL, .signo = 9, .pid = 777});
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 1);
}

/* ---- actors and tasks -------------------------------------------------------------------------------------------- */

static void children_zombies_and_threads_are_counted(void **story)
{
    struct story *s = *story;
    story_program(s, 1, "server", NET_SERVER);
    for (uint32_t i = 0; i < 3; i++)
        story_task(s, 1, 10 + i, NET_TASK_CHILD, 1, (int)(500 + i));
    story_task(s, 1, 20, NET_TASK_THREAD, 1, 101);
    const struct lab_actor *server = lab_actor_by_id(s->state, 1);
    assert_int_equal(server->children, 3);
    assert_int_equal(server->threads, 2);
    story_task_end(s, 1, 10, (struct net_ev_end){.zombie = true, .pid = 500});
    story_task_end(s, 1, 11, (struct net_ev_end){.zombie = true, .pid = 501});
    story_task_end(s, 1, 11, (struct net_ev_end){.zombie = true, .pid = 501});
    story_task_end(s, 1, 20, (struct net_ev_end){.pid = 101});
    assert_int_equal(server->children, 1);
    assert_int_equal(server->zombies, 2);
    assert_int_equal(server->threads, 1);
    story_put(s, (struct net_event){.kind = NET_EV_TASK_REAPED, .actor = 1, .task = 1, .u.end = {.pid = 500}});
    story_put(s, (struct net_event){.kind = NET_EV_TASK_REAPED, .actor = 1, .task = 11, .u.end = {.pid = 501}});
    story_put(s, (struct net_event){.kind = NET_EV_TASK_REAPED, .actor = 1, .task = 11, .u.end = {.pid = 501}});
    assert_int_equal(server->zombies, 0);
    assert_int_equal(server->children_most, 3);
    assert_int_equal(server->zombies_most, 2);
    assert_int_equal(server->threads_most, 2);
    assert_false(lab_task_by_id(s->state, 11)->zombie);
}

static void an_actor_takes_its_threads_and_leaves_its_children(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_task(s, 1, 6, NET_TASK_THREAD, 1, 101);
    story_task(s, 1, 7, NET_TASK_CHILD, 1, 700);
    story_put(s,
              (struct net_event){.kind = NET_EV_ACTOR_END, .actor = 1, .u.end = {.how = NET_END_SIGNAL, .signo = 9}});
    const struct lab_actor *server = lab_actor_by_name(s->state, "server");
    assert_false(server->alive);
    assert_int_equal(server->end.signo, 9);
    assert_int_equal(server->threads, 0);
    assert_int_equal(server->children, 1);
    assert_false(lab_task_by_id(s->state, 6)->alive);
    assert_true(lab_task_by_id(s->state, 7)->alive);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->references, 1);
    assert_int_equal(owner_of(s, NET_SERVER, 33), 7);
}

static void a_task_shows_its_call_and_its_gate(void **story)
{
    struct story *s = *story;
    story_program(s, 1, "server", NET_SERVER);
    story_put(s,
              (struct net_event){.kind = NET_EV_GATE, .actor = 1, .task = 1, .u.gate = {.waiting = true, .line = 7}});
    assert_true(lab_task_by_id(s->state, 1)->at_gate);
    assert_int_equal(lab_task_by_id(s->state, 1)->line, 7);
    long enter = story_enter(s, 1, CALL(.call = NET_CALL_ACCEPT, .fd = 3, .line = 8));
    assert_false(lab_task_by_id(s->state, 1)->at_gate);
    assert_int_equal(lab_task_by_id(s->state, 1)->enter, enter);
    long returned = story_return(s, 1, CALL(.call = NET_CALL_ACCEPT, .ret = -1, .error = 4, .line = 8));
    assert_int_equal(lab_task_by_id(s->state, 1)->enter, LAB_NONE);
    assert_int_equal(lab_task_by_id(s->state, 1)->last_return, returned);
    assert_int_equal(lab_task_by_id(s->state, 1)->line, 8);
}

static void a_handlers_calls_come_in_between(void **story)
{
    struct story *s = *story;
    story_connect(s);
    long enter = story_enter(s, 1, CALL(.call = NET_CALL_ACCEPT, .fd = 3, .line = 8));
    const struct lab_task *task = lab_task_by_id(s->state, 1);

    story_call(s, 1, CALL(.call = NET_CALL_WAITPID, .fd = -1, .line = 90));
    assert_int_equal(task->enter, enter);
    assert_int_equal(task->line, 8);
    /* One that never returned: the handler jumped away. */
    story_enter(s, 1, CALL(.call = NET_CALL_WAITPID, .fd = -1, .line = 90));
    long ret = story_return(s, 1, CALL(.call = NET_CALL_ACCEPT, .fd = 3, .ret = -1, .line = 8));
    assert_int_equal(task->enter, LAB_NONE);
    assert_int_equal(task->last_return, ret);
    const struct lab_socket *listener = &s->state->sockets[lab_socket_by_cookie(s->state, NET_SERVER, 11)];
    assert_int_equal(listener->uses[listener->use_count - 1].enter, enter);
    assert_int_equal(listener->uses[listener->use_count - 1].ret, ret);
}

/* ---- journals that are not whole --------------------------------------------------------------------------------- */

static void a_journal_may_begin_in_the_middle(void **story)
{
    struct story *s = *story;
    story_state(s, NET_SERVER, 33, NET_STATE_ESTABLISHED, NET_AT_TICK);
    story_call(s, 6, CALL(.call = NET_CALL_RECV, .fd = 4, .ret = 5, .cookie = 33));
    story_enter(s, 6, CALL(.call = NET_CALL_RECV, .fd = 4, .cookie = 33));
    story_return(s, 7, CALL(.call = NET_CALL_ACCEPT, .ret = 9, .cookie = 44));
    story_put(s, (struct net_event){.kind = 4711, .actor = 1, .task = 1});
    assert_int_equal(owner_of(s, NET_SERVER, 33), 6);
    assert_int_equal(story_socket(s, NET_SERVER, 33)->fd, 4);
    assert_string_equal(lab_actor_by_id(s->state, 6)->name, "actor6");
    assert_int_equal(lab_socket_of(s->state, 7, 9), lab_socket_by_cookie(s->state, NET_SERVER, 44));
}

static void impossible_numbers_are_left_alone(void **story)
{
    struct story *s = *story;
    story_connect(s);
    size_t sockets = s->state->socket_count, conversations = s->state->conversation_count;
    struct net_ev_sample sample = story_sample(NET_CLIENT, 99, NET_STATE_ESTABLISHED);
    sample.host = 7;
    story_see(s, sample);
    sample = story_sample(NET_CLIENT, 99, NET_STATE_ESTABLISHED);
    sample.state = 200;
    story_see(s, sample);
    sample = story_sample(NET_CLIENT, 0, NET_STATE_ESTABLISHED);
    story_see(s, sample);
    struct net_ev_segment segment = story_segment(NET_CLIENT, NET_SYN, 1, 0, 0);
    segment.from = 9;
    story_sent(s, segment);
    story_fate(s, 4711, NET_DELIVERED);
    story_fate(s, 1, (enum net_fate_of)99);
    story_call(s, 1, CALL(.call = 60000, .fd = INT32_MIN, .ret = INT64_MAX));
    story_call(s, 1, CALL(.call = NET_CALL_DUP2, .fd = 4, .args = {4, INT64_MAX}, .ret = 5));
    story_call(s, 1, CALL(.call = NET_CALL_FORK, .ret = INT32_MAX));
    story_task_end(s, 0, 0, (struct net_ev_end){0});
    assert_int_equal(s->state->socket_count, sockets);
    assert_int_equal(s->state->conversation_count, conversations);
}

/* ---- time and size ----------------------------------------------------------------------------------------------- */

static void any_earlier_state_is_a_fold_of_fewer_events(void **story)
{
    struct story *s = *story;
    story_connect(s);
    struct lab_state *early = lab_state_at(s->journal, 6);
    assert_int_equal(early->applied, 6);
    assert_int_equal(early->conversation_count, 0);
    lab_state_free(early);
    struct lab_state *whole = lab_state_at(s->journal, SIZE_MAX);
    assert_int_equal(whole->applied, lab_journal_count(s->journal));
    assert_int_equal(whole->socket_count, s->state->socket_count);
    assert_int_equal(whole->time_ns, s->now_ns);
    lab_state_free(whole);
}

static void notes_begin_experiments(void **story)
{
    struct story *s = *story;
    assert_int_equal(s->state->experiment, LAB_NONE);
    long first = story_put(s, (struct net_event){.kind = NET_EV_NOTE, .u.note = {.kind = LAB_NOTE_EXPERIMENT}});
    story_put(s, (struct net_event){.kind = NET_EV_NOTE, .u.note = {.kind = LAB_NOTE_COMMAND}});
    assert_int_equal(s->state->experiment, first);
    long cleared = story_put(s, (struct net_event){.kind = NET_EV_NOTE, .u.note = {.kind = LAB_NOTE_CLEARED}});
    assert_int_equal(s->state->experiment, cleared);
}

/* A thousand clients at a fork server, a hundred segments each: what must not be quadratic is not. */
static void a_thousand_children_fit(void **story)
{
    struct story *s = *story;
    enum { CLIENTS = 1000, SEGMENTS = 100 };
    story_program(s, 1, "server", NET_SERVER);
    story_call(s, 1, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 1));
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct net_ev_sample sample = story_sample(NET_SERVER, 1000 + i, NET_STATE_ESTABLISHED);
        sample.remote_port = (uint16_t)(20000 + i);
        story_see(s, sample);
        story_call(s, 1, CALL(.call = NET_CALL_ACCEPT, .args = {3}, .ret = 4, .cookie = 1000 + i));
        story_call(s, 1, CALL(.call = NET_CALL_FORK, .fd = -1, .ret = (int)(50000 + i)));
        story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4));
        story_task(s, 1, 100 + i, NET_TASK_CHILD, 1, (int)(50000 + i));
        struct net_ev_segment data = story_segment(NET_CLIENT, NET_PSH | NET_ACK, 1, 1, 10);
        data.src_port = (uint16_t)(20000 + i);
        for (int k = 0; k < SEGMENTS; k++, data.seq += 10)
            story_carried(s, data);
    }
    const struct lab_actor *server = lab_actor_by_id(s->state, 1);
    assert_int_equal(server->children, CLIENTS);
    assert_int_equal(story_socket(s, NET_SERVER, 1)->references, CLIENTS + 1);
    assert_int_equal(s->state->segment_count, CLIENTS * SEGMENTS);
    assert_int_equal(s->state->conversation_count, CLIENTS);
    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_int_equal(story_socket(s, NET_SERVER, 1000 + i)->references, 1);
        assert_int_equal(owner_of(s, NET_SERVER, 1000 + i), 100 + i);
        story_task_end(s, 1, 100 + i, (struct net_ev_end){.how = NET_END_EXIT, .pid = (int)(50000 + i)});
    }
    assert_int_equal(server->children, 0);
    assert_int_equal(server->children_most, CLIENTS);
    assert_int_equal(story_socket(s, NET_SERVER, 1)->references, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_connection_is_followed_from_both_ends),
        TEST(each_step_has_its_cause),
        TEST(the_segment_is_the_cause_whoever_asked_first),
        TEST(a_death_is_a_cause_when_no_call_is),
        TEST(a_death_is_no_cause_of_what_was_before),
        TEST(a_segment_causes_each_step_once),
        TEST(a_keep_alive_death_has_no_call_to_blame),
        TEST(a_socket_remembers_the_calls_made_on_it),
        TEST(of_overlapping_samples_the_earlier_state_is_the_older),
        TEST(a_reset_socket_does_not_come_back),
        TEST(a_socket_with_a_descriptor_is_not_gone),
        TEST(a_socket_may_try_again),
        TEST(close_lets_go_when_it_is_entered),
        TEST(a_closed_descriptor_is_still_named),
        TEST(dup_keeps_a_socket_alive),
        TEST(dup2_of_a_socket_moves_it),
        TEST(a_child_has_what_its_parent_had_at_the_fork),
        TEST(a_child_that_never_shows_itself_lets_go),
        TEST(a_fin_is_of_the_last_that_let_go),
        TEST(children_zombies_and_threads_are_counted),
        TEST(an_actor_takes_its_threads_and_leaves_its_children),
        TEST(a_task_shows_its_call_and_its_gate),
        TEST(a_handlers_calls_come_in_between),
        TEST(a_journal_may_begin_in_the_middle),
        TEST(impossible_numbers_are_left_alone),
        TEST(any_earlier_state_is_a_fold_of_fewer_events),
        TEST(notes_begin_experiments),
        TEST(a_thousand_children_fit),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
