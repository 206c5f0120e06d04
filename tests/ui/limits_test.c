// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of keep-alive and linger beside a socket, of connections that the running kernel carried.
#include "ui/view/limits.h"
#include "tests/fixtures/live_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

/* The lines of the only socket of a host that is no listener, with a pane of so many columns. */
static int lines_of(enum net_host host, int columns, struct ui_limit_line out[UI_LIMIT_LINES])
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const struct lab_state *state = lab_session_state(session);
    const struct ui_model model = {.session = session,
                                   .journal = lab_session_journal(session),
                                   .state = state,
                                   .start_ns = lab_session_start_ns(session),
                                   .now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec};
    for (size_t i = 0; i < state->socket_count; i++)
        if (state->sockets[i].host == host && state->sockets[i].conversation != LAB_NONE)
            return ui_limit_lines(&model, &state->sockets[i], "it", columns, out);
    fail_msg("no connection");
    return 0;
}

static void assert_begins(const char *text, const char *beginning)
{
    if (strncmp(text, beginning, strlen(beginning)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
}

#define CONNECTED                                                                                                      \
    "hand s1 on server\ns1 socket\ns1 set SO_REUSEADDR 1\ns1 set SO_RCVBUF 4096\ns1 bind 12345\ns1 listen 1\n"         \
    "hand c1\nc1 socket\nc1 set SO_SNDBUF 400000\nc1 connect\ns1 accept\n"

static void a_close_that_lingers(void **state)
{
    struct ui_limit_line line[UI_LIMIT_LINES];
    (void)state;
    live_run(CONNECTED "c1 set SO_LINGER 1 1\nwait quiet\n");
    assert_int_equal(lines_of(NET_CLIENT, 40, line), 2);
    assert_string_equal(line[0].text, "it  SO_LINGER 1 s");
    assert_string_equal(line[1].text, "close() will wait 1 s at most for the ACK");
    live_run("c1 send 100000 bytes\nc1 close\nwait c1 close blocks\nwait sockets client FIN_WAIT1 1\n");
    assert_int_equal(lines_of(NET_CLIENT, 40, line), 2);
    assert_begins(line[0].text, "c1  in close() ");
    assert_begins(line[1].text, "FIN, ");
    assert_non_null(strstr(line[1].text, " B not acknowledged, FIN_WAIT1"));
    live_run("wait c1 close returns\n");
    assert_int_equal(lines_of(NET_CLIENT, 40, line), 2);
    assert_begins(line[0].text, "c1  close() took 1.");
    assert_non_null(strstr(line[1].text, "FIN_WAIT1"));
    live_run("s1.4 recv 100000 MSG_WAITALL\ns1.4 close\nwait sockets client TIME_WAIT 1\nwait quiet\n");
    assert_int_equal(lines_of(NET_CLIENT, 40, line), 2);
    assert_begins(line[1].text, "FIN acknowledged; TIME_WAIT ");
}

static void a_close_that_throws_away(void **state)
{
    struct ui_limit_line line[UI_LIMIT_LINES];
    (void)state;
    live_run(CONNECTED "c1 set SO_LINGER 1 0\nwait quiet\n");
    assert_int_equal(lines_of(NET_CLIENT, 40, line), 2);
    assert_string_equal(line[1].text, "close() will send RST at once");
    live_run("c1 close\nwait quiet\n");
    assert_int_equal(lines_of(NET_CLIENT, 40, line), 2);
    assert_begins(line[0].text, "c1  close() took ");
    assert_string_equal(line[1].text, "RST; no TIME_WAIT");
}

static void a_death_beside_its_prediction(void **state)
{
    struct ui_limit_line line[UI_LIMIT_LINES];
    (void)state;
    if (!lab_session_engine(session)->wire)
        skip();
    live_run(CONNECTED "s1.4 set TCP_KEEPIDLE 1\ns1.4 set TCP_KEEPINTVL 1\ns1.4 set TCP_KEEPCNT 1\n"
                       "s1.4 set SO_KEEPALIVE 1\ns1.4 recv\nwire cut\nexpect within 9s s1 recv = -1 ETIMEDOUT\n");
    assert_int_equal(lines_of(NET_SERVER, 80, line), 2);
    assert_string_equal(line[0].text, "it  keep-alive 1 s + 1 x 1 s = 2.0 s   (default 2 h 11 min 15 s)");
    assert_begins(line[1].text, "dead after ");
    assert_non_null(strstr(line[1].text, ", predicted 2.0 s"));
    lines_of(NET_SERVER, 40, line);
    assert_string_equal(line[0].text, "it  keep-alive 1 s + 1 x 1 s = 2.0 s");
}

/* The answered probe has set the timer by the interval of then, 75 s. */
static void a_timer_that_is_older_than_its_numbers(void **state)
{
    struct ui_limit_line line[UI_LIMIT_LINES];
    (void)state;
    if (!lab_session_engine(session)->wire)
        skip();
    live_run(CONNECTED "s1.4 set TCP_KEEPIDLE 1\ns1.4 set SO_KEEPALIVE 1\nwait segment probe\nwait quiet\n"
                       "s1.4 set TCP_KEEPINTVL 1\ns1.4 set TCP_KEEPCNT 1\nwait quiet\n");
    assert_int_equal(lines_of(NET_SERVER, 80, line), 3);
    assert_begins(line[0].text, "it  timer set earlier: dead after 1 min 1");
    assert_begins(line[2].text, "0 of 1 probes unanswered, next 1 min ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, live_open, live_close)
    const struct CMUnitTest tests[] = {
        TEST(a_close_that_lingers),
        TEST(a_close_that_throws_away),
        TEST(a_death_beside_its_prediction),
        TEST(a_timer_that_is_older_than_its_numbers),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
