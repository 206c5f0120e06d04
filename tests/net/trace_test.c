// SPDX-License-Identifier: GPL-3.0-or-later
// Traced calls: that each is told whole, with its line, arguments, data, result and errno, in the order of things.
#include "tests/fixtures/actor_programs.h"
#include "tests/fixtures/actor_world.h"

#include <arpa/inet.h>
#include <errno.h>
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

#include <cmocka.h>

static uint32_t run(struct world *w, const struct net_program *program, bool as_process, const char *argument)
{
    uint32_t actor = world_start(w, "it", program, as_process, argument);
    size_t at = 0;
    world_wait(w, &at, (struct want){.actor = actor, .kind = NET_EV_ACTOR_END});
    return actor;
}

/* The n-th return (from 0) of a call; its entry too. */
struct told {
    const struct net_event *enter, *ret;
};

static struct told nth(struct world *w, uint32_t actor, uint16_t call, int n)
{
    struct told told = {0};
    size_t at = 0;
    for (int i = 0; i <= n; i++)
        told.enter = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_CALL_ENTER, .call = call});
    assert_non_null(told.enter);
    told.ret = world_find(w, &at, (struct want){.task = told.enter->task, .kind = NET_EV_CALL_RETURN, .call = call});
    assert_non_null(told.ret);
    assert_int_equal(told.ret->u.call.line, told.enter->u.call.line);
    assert_int_equal(told.ret->u.call.enter_ns, told.enter->time_ns);
    return told;
}

static const char *text_of(struct told told)
{
    static char text[400];
    size_t n = net_call_text(told.enter, told.ret, text, sizeof text);
    snprintf(text + n, sizeof text - n, " = ");
    net_result_text(told.ret, text + n + 3, sizeof text - n - 3);
    return text;
}

/* ---- one of each ------------------------------------------------------------------------------------------------- */

static void calls_are_told_as_the_program_wrote_them(void **state)
{
    static const struct {
        uint16_t call;
        int n;
        const char *text;
    } expected[] = {
        {NET_CALL_SOCKET, 0, "socket(AF_INET, SOCK_STREAM, 0) = 3"},
        {NET_CALL_BIND, 0, "bind(3, 127.0.0.1:0, 16) = 0"},
        {NET_CALL_LISTEN, 0, "listen(3, 1) = 0"},
        {NET_CALL_SETSOCKOPT, 0, "setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, 1, 4) = 0"},
        {NET_CALL_GETSOCKOPT, 0, "getsockopt(4, SOL_SOCKET, SO_KEEPALIVE, 1) = 0"},
        {NET_CALL_SEND, 0, "send(4, \"hello\", 5, MSG_NOSIGNAL) = 5"},
        {NET_CALL_RECV, 0, "recv(5, \"hello\", 16, 0) = 5"},
        {NET_CALL_SENDTO, 0, "sendto(4, \"there\", 5, 0) = 5"},
        {NET_CALL_RECVFROM, 0, "recvfrom(5, \"there\", 16, 0) = 5"},
        {NET_CALL_WRITE, 0, "write(4, \"again\", 5) = 5"},
        {NET_CALL_READ, 0, "read(5, \"again\", 16) = 5"},
        {NET_CALL_SHUTDOWN, 0, "shutdown(4, SHUT_WR) = 0"},
        {NET_CALL_RECV, 1, "recv(5, \"\", 16, 0) = 0"},
        {NET_CALL_FCNTL, 0, "fcntl(5, F_SETFL, O_RDONLY|O_NONBLOCK) = 0"},
        {NET_CALL_FCNTL, 1, "fcntl(5, F_GETFL) = O_RDWR|O_NONBLOCK"},
        {NET_CALL_RECV, 2, "recv(4, buf, 16, MSG_DONTWAIT) = -1 EAGAIN"},
        {NET_CALL_DUP, 0, "dup(3) = 4"},
        {NET_CALL_DUP2, 0, "dup2(4, 20) = 20"},
        {NET_CALL_POLL, 0, "poll([{3, POLLIN, 0}], 1, 10) = 0"},
        {NET_CALL_SELECT, 0, NULL},
        {NET_CALL_EPOLL_CREATE1, 0, "epoll_create1(0) = 5"},
        {NET_CALL_EPOLL_CTL, 0, NULL},
        {NET_CALL_EPOLL_WAIT, 0, NULL},
        {NET_CALL_OPEN, 0, "open(\"/proc/self/exe\", O_RDONLY, 0) = 6"},
        {NET_CALL_SENDFILE, 0, NULL},
        {NET_CALL_ACCEPT4, 0, "accept4(-1, NULL, SOCK_CLOEXEC) = -1 EBADF"},
        {NET_CALL_GETADDRINFO, 0, "getaddrinfo(\"127.0.0.1\", \"80\") = 0"},
        {NET_CALL_SLEEP, 0, "sleep(0) = 0"},
    };
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        uint32_t actor = run(w, &program_calls, as_process, NULL);
        for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
            struct told told = nth(w, actor, expected[i].call, expected[i].n);
            if (expected[i].text)
                assert_string_equal(text_of(told), expected[i].text);
        }
        assert_string_equal(world_output(w, actor, 1), "not freed by the program 0\n");
        assert_int_equal(nth(w, actor, NET_CALL_SENDFILE, 0).ret->u.call.ret, 4);
        assert_int_equal(nth(w, actor, NET_CALL_MALLOC, 0).enter->u.call.args[0], 100);
    }
}

/* Every row of NET_CALLS is made by some program here, and told. */
static void no_row_of_the_table_is_without_its_function(void **state)
{
    static const struct {
        const struct net_program *program;
        const char *argument;
    } runs[] = {{&program_calls, NULL},         {&program_exits, NULL},          {&program_crashes, "abort"},
                {&program_crashes, "raise"},    {&program_forks, "exits"},       {&program_forks, "dies"},
                {&program_forks, "grandchild"}, {&program_forks, "at once"},     {&program_threads, "join"},
                {&program_threads, "detach"},   {&program_threads, "pool"},      {&program_kills, "all"},
                {&program_limits, NULL},        {&program_breaks_pipe, "ignore"}};
    struct world *w = *state;
    uint32_t server = world_start(w, "server", &program_fork_server, false, "0"); /* sigaction */
    size_t at = 0;
    world_wait(w, &at, (struct want){.actor = server, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_LISTEN});
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        run(w, runs[i].program, false, runs[i].argument);
    for (uint16_t call = NET_CALL_NONE + 1; call < NET_CALL_COUNT; call++) {
        if (!net_call_is(call, NET_ONLY_OWN) &&
            world_count(w, (struct want){.kind = NET_EV_CALL_ENTER, .call = call}) == 0)
            fail_msg("no program here calls %s", net_call_row(call)->name);
    }
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static bool ends_its_task(unsigned call)
{
    return call == NET_CALL_EXIT || call == NET_CALL__EXIT || call == NET_CALL_ABORT || call == NET_CALL_PTHREAD_EXIT;
}

/* Of each task: what is entered returns before the next is entered, unless a handler makes calls in between. */
static void every_call_returns_once_before_the_next(void **state)
{
    struct world *w = *state;
    uint16_t inside[4096] = {0};
    run(w, &program_calls, false, NULL);
    run(w, &program_calls, true, NULL);
    run(w, &program_threads, false, "pool");
    run(w, &program_forks, false, "exits");
    for (size_t i = 0; i < w->count; i++) {
        const struct net_event *ev = &w->log[i];
        assert_true(ev->task < 4096);
        if (ev->kind == NET_EV_CALL_ENTER) {
            assert_int_equal(inside[ev->task], NET_CALL_NONE);
            assert_true(ev->u.call.line > 0);
            inside[ev->task] = ends_its_task(ev->u.call.call) ? NET_CALL_NONE : ev->u.call.call;
        } else if (ev->kind == NET_EV_CALL_RETURN) {
            assert_int_equal(inside[ev->task], ev->u.call.call);
            inside[ev->task] = NET_CALL_NONE;
        }
    }
}

static void lines_are_those_of_the_source(void **state)
{
    struct world *w = *state;
    uint32_t actor = run(w, &program_lines, false, NULL);
    assert_int_equal(nth(w, actor, NET_CALL_SOCKET, 0).enter->u.call.line, program_lines_at + 1);
    /* A call over two lines: gcc says the first, clang the last. */
    int line = nth(w, actor, NET_CALL_SETSOCKOPT, 0).enter->u.call.line;
    assert_in_range(line, program_lines_at + 2, program_lines_at + 3);
    assert_int_equal(nth(w, actor, NET_CALL_CLOSE, 0).enter->u.call.line, program_lines_at + 4);
    size_t at = 0;
    assert_int_equal(world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_OUTPUT})->u.output.line,
                     program_lines_at + 5);
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

static void long_data_are_told_by_their_beginning_and_length(void **state)
{
    struct world *w = *state;
    uint32_t actor = world_start(w, "it", &program_waits, false, "send");
    size_t at = 0;
    const struct net_event *ev = world_wait(
        w, &at, (struct want){.actor = actor, .kind = NET_EV_CALL_ENTER, .call = NET_CALL_SEND});
    assert_int_equal(ev->data_bytes, 256);
    assert_int_equal(ev->u.call.data_all, 65536);
}

static void addresses_and_cookies_join_calls_to_sockets(void **state)
{
    struct world *w = *state;
    uint32_t actor = run(w, &program_calls, false, NULL);
    struct told socket = nth(w, actor, NET_CALL_SOCKET, 0), connect = nth(w, actor, NET_CALL_CONNECT, 0),
                accept = nth(w, actor, NET_CALL_ACCEPT, 0), name = nth(w, actor, NET_CALL_GETSOCKNAME, 0);
    struct sockaddr_in asked, own;
    assert_true(socket.ret->u.call.cookie != 0);
    assert_int_equal(socket.ret->u.call.fd, 3);
    assert_int_equal(accept.ret->u.call.fd, 5);
    assert_true(accept.ret->u.call.cookie != 0 && accept.ret->u.call.cookie != socket.ret->u.call.cookie);
    assert_int_equal(connect.enter->data_bytes, sizeof asked);
    assert_int_equal(name.ret->data_bytes, sizeof own);
    memcpy(&asked, connect.enter->data, sizeof asked);
    memcpy(&own, name.ret->data, sizeof own);
    assert_int_equal(asked.sin_port, own.sin_port);

    size_t at = 0;
    const struct net_event *sample = NULL;
    while ((sample = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_SAMPLE})))
        if (sample->u.sample.cookie == accept.ret->u.call.cookie)
            break;
    assert_non_null(sample);
    assert_int_equal(sample->u.sample.state, NET_STATE_ESTABLISHED);
    assert_int_equal(sample->u.sample.local_port, ntohs(own.sin_port));
}

/* The states that the program's own calls cause or discover. */
static void sockets_are_looked_at_where_calls_change_them(void **state)
{
    static const uint8_t expected[] = {NET_STATE_CLOSE /* bound */, NET_STATE_LISTEN,
                                       NET_STATE_ESTABLISHED /* connect */};
    struct world *w = *state;
    uint32_t actor = run(w, &program_calls, false, NULL);
    size_t at = 0, seen = 0;
    bool close_wait = false;
    for (const struct net_event *ev; (ev = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_SAMPLE}));
         seen++) {
        if (seen < sizeof expected)
            assert_int_equal(ev->u.sample.state, expected[seen]);
        assert_true(ev->u.sample.begin_ns <= ev->time_ns);
        close_wait = close_wait || ev->u.sample.state == NET_STATE_CLOSE_WAIT;
    }
    assert_true(close_wait); /* the recv that returned 0 */
}

static void the_common_path_looks_at_nothing(void **state)
{
    struct world *w = *state;
    uint32_t actor = run(w, &program_calls, false, NULL);
    struct told sends = nth(w, actor, NET_CALL_SEND, 0), receives = nth(w, actor, NET_CALL_RECV, 0);
    for (const struct net_event *ev = sends.enter; ev < receives.ret; ev++)
        assert_int_not_equal(ev->kind, NET_EV_SAMPLE);
}

static bool is_sample_of(const struct net_event *ev, uint32_t actor, uint64_t cookie)
{
    return ev->kind == NET_EV_SAMPLE && ev->actor == actor && ev->u.sample.cookie == cookie;
}

/* Who a descriptor is, is not asked at each look: a number that is used again must not be taken for what it was. */
static void a_number_used_again_is_another_socket(void **state)
{
    enum { ROUNDS = 10 };
    struct world *w = *state;
    uint32_t actor = run(w, &program_reconnects, false, "10");
    uint64_t before = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct told client = nth(w, actor, NET_CALL_SOCKET, i + 1), connected = nth(w, actor, NET_CALL_CONNECT, i);
        struct told accepted = nth(w, actor, NET_CALL_ACCEPT, i), closed = nth(w, actor, NET_CALL_CLOSE, 2 * i + 1);
        struct sockaddr_in peer;
        size_t samples = 0;
        memcpy(&peer, accepted.ret->data, sizeof peer);
        assert_true(accepted.ret->u.call.cookie != before && accepted.ret->u.call.cookie != 0);
        before = accepted.ret->u.call.cookie;
        assert_int_equal(closed.ret->u.call.cookie, before);
        assert_int_equal(connected.ret->u.call.cookie, client.ret->u.call.cookie);
        for (const struct net_event *ev = connected.enter; ev < closed.ret; ev++) {
            if (is_sample_of(ev, actor, client.ret->u.call.cookie) && ev->u.sample.state == NET_STATE_ESTABLISHED)
                assert_int_equal(ev->u.sample.local_port, ntohs(peer.sin_port));
            if (is_sample_of(ev, actor, before))
                assert_int_equal(ev->u.sample.remote_port, ntohs(peer.sin_port));
            samples += is_sample_of(ev, actor, before);
        }
        assert_true(samples >= 3); /* accepted, at the end of the stream, before it was closed */
    }
}

/* A socket that is connected anew has names that it did not have before. */
static void a_socket_connected_anew_has_new_names(void **state)
{
    struct world *w = *state;
    uint32_t actor = run(w, &program_dissolves, false, NULL);
    uint16_t before = 0;
    for (int i = 0; i <= 2; i += 2) {
        struct told connected = nth(w, actor, NET_CALL_CONNECT, i);
        struct sockaddr_in to;
        size_t samples = 0;
        memcpy(&to, connected.enter->data, sizeof to);
        assert_int_equal(connected.ret->u.call.ret, 0);
        assert_true(to.sin_port != before);
        before = to.sin_port;
        for (const struct net_event *ev = connected.enter; ev < connected.ret; ev++) {
            if (!is_sample_of(ev, actor, connected.ret->u.call.cookie))
                continue;
            assert_int_equal(ev->u.sample.remote_port, ntohs(to.sin_port));
            samples++;
        }
        assert_true(samples >= 1);
    }
}

/*
 * Beyond its share of the time (64 at once, then one in a millisecond) a task looks no more, but each of its calls says
 * which socket the lab is to look at. Three looks are never refused: bind, listen, and one that was let by meanwhile.
 */
static void who_looks_much_leaves_it_to_the_lab(void **state)
{
    enum { ROUNDS = 400 };
    struct world *w = *state;
    uint32_t actor = run(w, &program_reconnects, false, "400");
    struct told first = nth(w, actor, NET_CALL_BIND, 0), last = nth(w, actor, NET_CALL_CLOSE, 2 * ROUNDS - 1);
    size_t at = 0, calls = 0, own = 0;
    for (const struct net_event *ev; (ev = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_SAMPLE}));)
        own += ev < last.ret;
    at = 0;
    for (const struct net_event *ev;
         (ev = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_CALL_RETURN, .call = NET_CALL_CLOSE}));
         calls++)
        assert_true(ev->u.call.cookie != 0);
    assert_int_equal(calls, 2 * ROUNDS);
    assert_true(own <= 64 + (last.ret->time_ns - first.enter->time_ns) / 1000000 + 3);
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static void lines_of_output_are_kept_whole(void **state)
{
    struct world *w = *state;
    for (int as_process = 0; as_process < 2; as_process++) {
        char expected[4000], long_line[3001];
        uint32_t actor = run(w, &program_prints, as_process, NULL);
        memset(long_line, 'x', 3000);
        long_line[3000] = '\0';
        snprintf(expected, sizeof expected, "one line\nsecond line\n3\nfour\nfive\nsix\n%s\nend 7", long_line);
        assert_string_equal(world_output(w, actor, 1), expected);
        assert_string_equal(world_output(w, actor, 2), "error\nconnect: Connection refused\n");
        size_t at = 0;
        const struct net_event *first = world_find(w, &at, (struct want){.actor = actor, .kind = NET_EV_OUTPUT});
        assert_int_equal(first->data_bytes, strlen("one line\n"));
    }
}

static void a_bad_pointer_is_the_kernel_s_to_refuse(void **state)
{
    struct world *w = *state;
    uint32_t actor = run(w, &program_bad_pointers, false, NULL);
    struct told sends = nth(w, actor, NET_CALL_SEND, 0);
    assert_int_equal(sends.ret->u.call.error, EFAULT);
    assert_int_equal(sends.enter->data_bytes, 0);
    assert_int_equal(sends.enter->u.call.data_all, 10);
}

static void a_wait_tells_how_the_child_ended(void **state)
{
    struct world *w = *state;
    uint32_t exits = run(w, &program_forks, false, "exits"), dies = run(w, &program_forks, false, "dies");
    int status;
    struct told told = nth(w, exits, NET_CALL_WAITPID, 0);
    memcpy(&status, told.ret->data, sizeof status);
    assert_int_equal(status, 4 << 8);
    assert_non_null(strstr(text_of(told), "{exited 4}"));
    assert_non_null(strstr(text_of(nth(w, dies, NET_CALL_WAITPID, 0)), "{killed by SIGKILL}"));
    assert_int_equal(told.ret->u.call.ret, nth(w, exits, NET_CALL_FORK, 0).ret->u.call.ret);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_are_told_as_the_program_wrote_them),
        TEST(no_row_of_the_table_is_without_its_function),
        TEST(every_call_returns_once_before_the_next),
        TEST(lines_are_those_of_the_source),
        TEST(long_data_are_told_by_their_beginning_and_length),
        TEST(addresses_and_cookies_join_calls_to_sockets),
        TEST(sockets_are_looked_at_where_calls_change_them),
        TEST(the_common_path_looks_at_nothing),
        TEST(a_number_used_again_is_another_socket),
        TEST(a_socket_connected_anew_has_new_names),
        TEST(who_looks_much_leaves_it_to_the_lab),
        TEST(lines_of_output_are_kept_whole),
        TEST(a_bad_pointer_is_the_kernel_s_to_refuse),
        TEST(a_wait_tells_how_the_child_ended),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
