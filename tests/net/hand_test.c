// SPDX-License-Identifier: GPL-3.0-or-later
// Hands: every call that they can make, one at a time, as threads and as processes.
#include "tests/fixtures/actor_programs.h"
#include "tests/fixtures/actor_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* One hand and where the test is in the log. */
struct hand {
    struct world *w;
    uint32_t id, task;
    size_t at;
};

static struct hand hand_of(struct world *w, const char *name, bool as_process)
{
    struct hand h = {.w = w, .id = world_hand(w, name, as_process)};
    h.task = world_wait(w, &h.at, (struct want){.actor = h.id, .kind = NET_EV_TASK_START})->task;
    return h;
}

static void ask(struct hand *h, struct net_hand_request request)
{
    world_call(h->w, h->id, request);
}

static const struct net_event *answer(struct hand *h, uint16_t call)
{
    return world_wait(h->w, &h->at, (struct want){.actor = h->id, .kind = NET_EV_CALL_RETURN, .call = call});
}

static int64_t call(struct hand *h, struct net_hand_request request)
{
    ask(h, request);
    const struct net_event *ret = answer(h, request.call);
    assert_int_equal(ret->u.call.line, 0);
    return ret->u.call.error ? -ret->u.call.error : ret->u.call.ret;
}
#define CALL(hand, ...) call(hand, (struct net_hand_request){__VA_ARGS__})

static int64_t new_socket(struct hand *h)
{
    return CALL(h, .call = NET_CALL_SOCKET, .fd = -1, .args = {AF_INET, SOCK_STREAM, 0});
}

/* A listening hand and one that is connected to it: descriptors 3 and 4, and 3. */
static void connect_hands(struct hand *server, struct hand *client)
{
    uint16_t port = world_free_port();
    assert_int_equal(new_socket(server), 3);
    assert_int_equal(CALL(server, .call = NET_CALL_BIND, .fd = 3, .ip = NET_LOOPBACK_IP, .port = port), 0);
    assert_int_equal(CALL(server, .call = NET_CALL_LISTEN, .fd = 3, .args = {0, 5}), 0);
    assert_int_equal(new_socket(client), 3);
    assert_int_equal(CALL(client, .call = NET_CALL_CONNECT, .fd = 3, .ip = NET_LOOPBACK_IP, .port = port), 0);
    assert_int_equal(CALL(server, .call = NET_CALL_ACCEPT, .fd = 3), 4);
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static void two_hands_talk(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        struct hand s = hand_of(w, "s1", as_process), c = hand_of(w, "c1", as_process);
        connect_hands(&s, &c);
        assert_int_equal(CALL(&c, .call = NET_CALL_SEND, .fd = 3, .data = (const uint8_t *)"hello", .data_bytes = 5),
                         5);
        ask(&s, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 100, 0}});
        const struct net_event *got = answer(&s, NET_CALL_RECV);
        assert_int_equal(got->u.call.ret, 5);
        assert_memory_equal(got->data, "hello", 5);
        assert_int_equal(CALL(&s, .call = NET_CALL_WRITE, .fd = 4, .data = (const uint8_t *)"you", .data_bytes = 3), 3);
        assert_int_equal(CALL(&c, .call = NET_CALL_READ, .fd = 3, .args = {0, 0, 2}), 2);
        assert_int_equal(CALL(&c, .call = NET_CALL_READ, .fd = 3, .args = {0, 0, 2}), 1);
        assert_int_equal(CALL(&c, .call = NET_CALL_SHUTDOWN, .fd = 3, .args = {0, SHUT_WR}), 0);
        assert_int_equal(CALL(&s, .call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 10, 0}), 0);
        assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), 0);
        assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), -EBADF);
        assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 10, 0}), 0);
    }
}

static void options_names_flags_and_copies(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    const int one = 1;
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_SETSOCKOPT, .fd = 3, .args = {0, SOL_SOCKET, SO_KEEPALIVE},
                          .data = (const uint8_t *)&one, .data_bytes = sizeof one),
                     0);
    ask(&c, (struct net_hand_request){.call = NET_CALL_GETSOCKOPT, .fd = 3, .args = {0, SOL_SOCKET, SO_KEEPALIVE}});
    const struct net_event *ret = answer(&c, NET_CALL_GETSOCKOPT);
    assert_int_equal(ret->data_bytes, sizeof one);
    assert_memory_equal(ret->data, &one, sizeof one);
    struct sockaddr_in name, peer;
    ask(&c, (struct net_hand_request){.call = NET_CALL_GETSOCKNAME, .fd = 3});
    memcpy(&name, answer(&c, NET_CALL_GETSOCKNAME)->data, sizeof name);
    ask(&s, (struct net_hand_request){.call = NET_CALL_GETPEERNAME, .fd = 4});
    memcpy(&peer, answer(&s, NET_CALL_GETPEERNAME)->data, sizeof peer);
    assert_int_equal(name.sin_port, peer.sin_port);
    assert_int_equal(CALL(&c, .call = NET_CALL_FCNTL, .fd = 3, .args = {0, F_SETFL, O_NONBLOCK}), 0);
    assert_int_equal(CALL(&c, .call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 1, 0}), -EAGAIN);
    assert_int_equal(CALL(&c, .call = NET_CALL_DUP, .fd = 3), 4);
}

static void poll_tells_what_came(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    struct pollfd one;
    connect_hands(&s, &c);
    assert_int_equal(CALL(&c, .call = NET_CALL_POLL, .fd = 3, .args = {0, POLLIN, 0}), 0);
    assert_int_equal(CALL(&s, .call = NET_CALL_CLOSE, .fd = 4), 0);
    ask(&c, (struct net_hand_request){.call = NET_CALL_POLL, .fd = 3, .args = {0, POLLIN | POLLRDHUP, 5000}});
    const struct net_event *ret = answer(&c, NET_CALL_POLL);
    assert_int_equal(ret->u.call.ret, 1);
    assert_int_equal(ret->u.call.fd, 3);
    assert_int_equal(ret->data_bytes, sizeof one);
    memcpy(&one, ret->data, sizeof one);
    assert_int_equal(one.revents, POLLIN | POLLRDHUP);
}

/* More than a mailbox holds, in one send(): the pattern again and again. */
static void much_is_sent_in_one_call(void **state)
{
    enum { BYTES = 300000 };
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    size_t received = 0;
    connect_hands(&s, &c);
    ask(&c, (struct net_hand_request){.call = NET_CALL_SEND,
                                      .fd = 3,
                                      .args = {0, 0, BYTES, 0},
                                      .data = (const uint8_t *)"abc",
                                      .data_bytes = 3,
                                      .repeat = 1});
    while (received < BYTES) {
        ask(&s, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 100000, 0}});
        const struct net_event *got = answer(&s, NET_CALL_RECV);
        assert_true(got->u.call.ret > 0);
        assert_int_equal(got->data[0], "abc"[received % 3]);
        received += (size_t)got->u.call.ret;
    }
    assert_int_equal(answer(&c, NET_CALL_SEND)->u.call.ret, BYTES);
    assert_int_equal(received, BYTES);
}

/* ---- one at a time ----------------------------------------------------------------------------------------------- */

static void a_busy_hand_refuses_names_its_call_and_can_be_freed(void **state)
{
    struct world *w = *state;
    struct net_hand_request close_it = {.call = NET_CALL_CLOSE, .fd = 3};
    for (int as_process = 0; as_process < 2; as_process++) {
        struct hand s = hand_of(w, "s1", as_process), c = hand_of(w, "c1", as_process);
        struct net_error err;
        connect_hands(&s, &c);
        assert_int_equal(net_actor_cancel(w->actors, c.id, 0, &err), -1);
        ask(&c, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 3, .args = {0, 0, 10, 0}});
        world_wait_blocked(w, c.task, NET_CALL_RECV);
        assert_int_equal(net_actor_hand_call(w->actors, c.id, &close_it, &err), -1);
        assert_int_equal(err.code, EBUSY);
        assert_non_null(strstr(err.text, "c1 is still in recv"));
        assert_int_equal(net_actor_cancel(w->actors, c.id, 0, &err), 0);
        assert_int_equal(answer(&c, NET_CALL_RECV)->u.call.error, EINTR);
        assert_int_equal(CALL(&c, .call = NET_CALL_CLOSE, .fd = 3), 0);
    }
}

static void what_a_hand_cannot_do_is_refused(void **state)
{
    static uint8_t much[NET_HAND_DATA_MAX + 1];
    struct world *w = *state;
    struct net_error err;
    struct hand c = hand_of(w, "c1", false);
    uint32_t program = world_start(w, "server", &program_waits, false, "recv");
    struct net_hand_request fork_it = {.call = NET_CALL_FORK}, close_it = {.call = NET_CALL_CLOSE, .fd = 3};
    struct net_hand_request send_it = {.call = NET_CALL_SEND, .fd = 3, .data = much, .data_bytes = sizeof much};
    assert_int_equal(net_actor_hand_call(w->actors, c.id, &fork_it, &err), -1);
    assert_int_equal(net_actor_hand_call(w->actors, c.id, &send_it, &err), -1);
    assert_int_equal(net_actor_hand_call(w->actors, program, &close_it, &err), -1);
    assert_non_null(strstr(err.text, "only a hand"));
    assert_int_equal(net_actor_hand_call(w->actors, 4711, &close_it, &err), -1);
    assert_int_equal(new_socket(&c), 3); /* and it is none the worse for it */
}

static void a_thousand_calls_follow_one_another_at_once(void **state)
{
    struct world *w = *state;
    struct hand c = hand_of(w, "c1", false);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(new_socket(&c), 3);
        assert_int_equal(CALL(&c, .call = NET_CALL_CLOSE, .fd = 3), 0);
    }
}

/* A gate is for programs: a hand does one call at a time anyway. */
static void hands_have_no_gate(void **state)
{
    struct world *w = *state;
    struct net_error err;
    struct hand before = hand_of(w, "c1", false);
    assert_int_equal(net_actor_gate(w->actors, 0, NET_GATE_CLOSE, &err), 0);
    struct hand after = hand_of(w, "c2", false);
    assert_int_equal(new_socket(&before), 3);
    assert_int_equal(new_socket(&after), 3);
    assert_int_equal(net_actor_gate(w->actors, 0, NET_GATE_OPEN, &err), 0);
}

/* ---- ends -------------------------------------------------------------------------------------------------------- */

static struct net_ev_end end_of(struct hand *h)
{
    return world_wait(h->w, &h->at, (struct want){.actor = h->id, .kind = NET_EV_ACTOR_END})->u.end;
}

static void hands_end_as_programs_do(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        static const struct {
            struct net_hand_request request;
            uint8_t how;
            int value;
        } ends[] = {
            {{.call = NET_CALL_EXIT, .args = {7}}, NET_END_EXIT, 7},
            {{.call = NET_CALL_ABORT}, NET_END_SIGNAL, SIGABRT},
            {{.call = NET_CALL_RAISE, .args = {SIGSEGV}}, NET_END_SIGNAL, SIGSEGV},
            {{.call = NET_CALL_RAISE, .args = {SIGTERM}}, NET_END_SIGNAL, SIGTERM},
        };
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            struct hand h = hand_of(w, "c1", as_process);
            struct net_hand_request again = {.call = NET_CALL_SOCKET, .fd = -1};
            struct net_error err;
            ask(&h, ends[i].request);
            struct net_ev_end end = end_of(&h);
            assert_int_equal(end.how, ends[i].how);
            assert_int_equal(end.how == NET_END_EXIT ? end.status : end.signo, ends[i].value);
            assert_int_equal(net_actor_hand_call(w->actors, h.id, &again, &err), -1);
            assert_non_null(strstr(err.text, "has ended"));
        }
    }
}

/* Its sockets are closed by its end: the other one reads 0. */
static void the_end_of_a_hand_closes_its_sockets(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        struct hand s = hand_of(w, "s1", as_process), c = hand_of(w, "c1", as_process);
        struct net_error err;
        connect_hands(&s, &c);
        ask(&s, (struct net_hand_request){.call = NET_CALL_RECV, .fd = 4, .args = {0, 0, 10, 0}});
        world_wait_blocked(w, s.task, NET_CALL_RECV);
        assert_int_equal(net_actor_signal(w->actors, c.id, 0, SIGKILL, &err), 0);
        assert_int_equal(answer(&s, NET_CALL_RECV)->u.call.ret, 0);
        assert_int_equal(end_of(&c).signo, SIGKILL);
        /* The second send after the end meets the RST that the first one was answered with. */
        assert_int_equal(CALL(&s, .call = NET_CALL_SEND, .fd = 4, .args = {0, 0, 0, MSG_NOSIGNAL},
                              .data = (const uint8_t *)"x", .data_bytes = 1),
                         1);
        assert_int_equal(CALL(&s, .call = NET_CALL_SEND, .fd = 4, .args = {0, 0, 0, 0}, .data = (const uint8_t *)"x",
                              .data_bytes = 1),
                         -EPIPE);
        assert_int_equal(end_of(&s).signo, SIGPIPE);
    }
}

static bool is_free(uint16_t port)
{
    struct sockaddr_in own = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool good = bind(fd, (struct sockaddr *)&own, sizeof own) == 0;
    close(fd);
    return good;
}

/* Told means done: a port that it listened on is free at once. */
static void what_a_hand_held_is_closed_when_its_end_is_told(void **state)
{
    struct world *w = *state;
    uint16_t port = world_free_port();
    for (int i = 0; i < 100; i++) {
        struct hand h = hand_of(w, "s1", i % 2);
        new_socket(&h);
        assert_int_equal(CALL(&h, .call = NET_CALL_BIND, .fd = 3, .ip = NET_LOOPBACK_IP, .port = port), 0);
        assert_int_equal(CALL(&h, .call = NET_CALL_LISTEN, .fd = 3, .args = {0, 1}), 0);
        ask(&h, (struct net_hand_request){.call = NET_CALL_EXIT});
        end_of(&h);
        assert_true(is_free(port));
    }
}

/* What it was sending from is given back even when it is ended in the middle. */
static void a_hand_that_is_ended_in_a_great_send_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct hand s = hand_of(w, "s1", false), c = hand_of(w, "c1", false);
    connect_hands(&s, &c);
    ask(&c, (struct net_hand_request){.call = NET_CALL_SEND, .fd = 3, .args = {0, 0, 50000000, 0}});
    world_wait_blocked(w, c.task, NET_CALL_SEND);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(two_hands_talk),
        TEST(options_names_flags_and_copies),
        TEST(poll_tells_what_came),
        TEST(much_is_sent_in_one_call),
        TEST(a_busy_hand_refuses_names_its_call_and_can_be_freed),
        TEST(what_a_hand_cannot_do_is_refused),
        TEST(a_thousand_calls_follow_one_another_at_once),
        TEST(hands_have_no_gate),
        TEST(hands_end_as_programs_do),
        TEST(the_end_of_a_hand_closes_its_sockets),
        TEST(what_a_hand_held_is_closed_when_its_end_is_told),
        TEST(a_hand_that_is_ended_in_a_great_send_leaves_nothing),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
