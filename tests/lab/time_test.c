// SPDX-License-Identifier: GPL-3.0-or-later
// Time against the live kernel: what a hold leaves behind, when a line is over, what `no` waits for, and a host that
// loses its power.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/live_session.h"

#define LISTENING "hand s1 on server\ns1 bind 12345 ; s1 listen 5\n"
#define CONNECTED LISTENING "hand c1\nc1 connect\ns1 accept\n"
enum { REPEATS = 40 };

/* The number behind a word of the last answer that has it. */
static double answered(const char *word)
{
    char *at = NULL;
    for (char *next = replies; (next = strstr(next, word)); next += strlen(word))
        at = next + strlen(word);
    assert_non_null(at);
    return strtod(at, NULL);
}

static double rto_ms_of(const char *socket)
{
    char line[80];
    snprintf(line, sizeof line, "%s get TCP_INFO\n", socket);
    live_run(line);
    return answered(" rto ");
}

static bool has_wire(void)
{
    return lab_session_engine(session)->wire != NULL;
}

/* Of one line; the sentence is in err. */
static void fails(const char *line, const char *sentence)
{
    assert_int_equal(live_start(line, "FILE"), 0);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_FAILED);
    assert_non_null(strstr(lab_session_script_error(session)->text, sentence));
}

/* How often a socket of the host was seen in a state since the last clear. */
static size_t seen_in(unsigned host, unsigned state)
{
    const struct lab_state *s = lab_session_state(session);
    size_t count = 0;
    for (size_t i = 0; i < s->socket_count; i++)
        for (size_t k = 0; s->sockets[i].host == host && k < s->sockets[i].step_count; k++)
            count += s->sockets[i].steps[k].state == state;
    return count;
}

/* ---- a hold --------------------------------------------------------------------------------------------------------
 */

static void a_connection_made_while_held_has_an_ordinary_time_out(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(LISTENING "wire hold\nhand c1\nc1 connect\nwire open\ns1 accept\n");
    assert_true(rto_ms_of("c1") < 1000);
    assert_true(rto_ms_of("s1.4") < 1000);
    live_run("wire cut\nc1 send \"x\"\nexpect within 2s segment retransmission from client\n");
    live_run("wire join\nwait quiet\nclear\n" CONNECTED "wire hold\nc1 send \"x\"\nwire open\nwait quiet\n");
    assert_true(rto_ms_of("c1") < 1000);
}

/* The kernel has measured what was held; that is said, and the next connection does not inherit it. */
static void a_round_trip_that_was_held_is_told(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(LISTENING "wire hold\nhand c1\nc1 connect\nwait 1500ms\n");
    *replies = '\0';
    live_run("wire release 2\nwait quiet\nwire release 2\nwait c1 connect returns\nwait quiet\n");
    assert_non_null(strstr(replies, "c1.3: its kernel has measured what was held"));
    *replies = '\0';
    live_run("c1 send \"x\"\nwait wire waiting 2\nwire release 1\n");
    assert_null(strstr(replies, "c1.3: its kernel has measured what was held"));
    live_run("wire open\n");
    assert_non_null(strstr(replies, "c1.3: its kernel has measured what was held"));
    live_run("s1 accept\nc1 send \"x\"\ns1.4 recv\nc1 close\ns1.4 close\nwait quiet\nhand c2\nc2 connect\ns1 accept\n");
    assert_true(rto_ms_of("c2") < 1000);
    *replies = '\0';
    live_run("wire hold\nwire open\n");
    assert_null(strstr(replies, "has measured"));
    /* A delay is no hold. */
    live_run("clear\n" LISTENING "wire delay 400ms\nhand c1\nc1 connect\nwait c1 connect returns\nwire delay 0\n"
             "wire open\n");
    assert_null(strstr(replies, "has measured"));
}

static void limits_are_raised_and_said_while_held(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run("net client tcp_syn_retries 5\nwire hold\nnet client tcp_syn_retries\n");
    assert_true(answered("tcp_syn_retries = ") == 127);
    live_run("show wire\n");
    assert_non_null(strstr(replies, "segments stand still, timers run on, no kernel gives up"));
    live_run("show state\n");
    assert_non_null(strstr(replies, "raised: tcp_syn_retries"));
    assert_non_null(strstr(replies, "timers: every one runs on"));
    *replies = '\0';
    live_run("wire open\nshow state\nnet client tcp_syn_retries\n");
    assert_null(strstr(replies, "raised"));
    assert_true(answered("tcp_syn_retries = ") == 5);
}

/* What is put back after a clear is what was there before the hold. */
static void a_limit_that_is_set_while_held_is_put_back(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run("net client net.ipv4.tcp_retries2\n");
    double before = answered("tcp_retries2 = ");
    live_run("wire hold\nnet client tcp_retries2 3\nclear\nnet client net.ipv4.tcp_retries2\n");
    assert_true(answered("tcp_retries2 = ") == before);
}

/* A socket's own limit ends the waiting while the wire is held, too. */
static void a_limit_of_the_sockets_own_counts_while_held(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run("wire hold\nhand c1\nc1 socket ; c1 set TCP_SYNCNT 1 ; c1 set TCP_USER_TIMEOUT 500ms\nc1 connect\n"
             "expect within 5s c1 connect = -1 ETIMEDOUT\n");
}

/* ---- the end of a line ---------------------------------------------------------------------------------------------
 */

static void what_a_call_has_sent_is_held_when_the_next_begins(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    for (int i = 0; i < REPEATS; i++)
        live_run("clear\n" CONNECTED "wire hold\nc1 close ; wire release 1\nexpect s1.4 state CLOSE_WAIT\n");
}

static void what_a_call_has_sent_has_arrived_when_the_next_begins(void **state)
{
    (void)state;
    for (int i = 0; i < REPEATS; i++) {
        live_run("clear\n" CONNECTED);
        *replies = '\0';
        live_run("c1 send 5 bytes ; show sockets\n");
        assert_non_null(strstr(replies, "recv-q 5 "));
    }
}

static void what_a_program_has_sent_is_held_when_its_call_was_waited_for(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    for (int i = 0; i < REPEATS / 4; i++)
        live_run("clear\nserver single ; hand c1\nc1 connect\nwait server recv blocks\nwire hold\nc1 send \"x\" ; "
                 "wire release 1\nwait server send returns ; wire release 1\n");
}

/* A line, not a command: both ends of one may speak at the same time. */
static void a_line_ends_when_what_it_sent_has_arrived(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(CONNECTED "wire delay 100ms\nc1 send 5 bytes\nshow sockets\n");
    assert_non_null(strstr(replies, "recv-q 5 "));
    live_run("c1 close ; s1.4 recv ; s1.4 close\nwait sockets client TIME_WAIT 1\nexpect sockets server TIME_WAIT 1\n");
    assert_true(seen_in(NET_CLIENT, NET_STATE_CLOSING) == 1 && seen_in(NET_SERVER, NET_STATE_CLOSING) == 1);
}

/* ---- no ------------------------------------------------------------------------------------------------------------
 */

static void what_was_sent_so_often_is_never_denied(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    for (int i = 0; i < REPEATS; i++) {
        live_run("clear\n" CONNECTED "c1 send 10 bytes\ns1.4 close\n");
        fails("wait within 20ms no segment RST from server x1\n", "in vain");
        live_run("expect no segment RST from server x2\nexpect segment RST from server x1\n");
    }
}

/* Quiet, and yet something comes: a keep-alive probe, after a second. */
static void no_within_a_time_takes_all_of_it(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(CONNECTED "c1 set TCP_KEEPIDLE 1 ; c1 set SO_KEEPALIVE 1\nexpect no segment probe\n");
    fails("expect within 3s no segment probe from client\n", "expected no segment probe from client");
    uint64_t begin_ns = net_now_ns();
    live_run("expect within 200ms not segment FIN\n");
    assert_true(net_now_ns() - begin_ns >= 200000000);
}

/* ---- a power failure ------------------------------------------------------------------------------------------------
 */

static void a_power_failure_is_silent(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    /* A connection each that is open, unaccepted, with data unread, half closed, and as a process. */
    live_run(CONNECTED
             "hand c2\nc2 connect\nhand c3\nc3 connect\ns1 accept\nc3 send \"x\"\nhand s2 on server as process\n"
             "s2 bind 7777 ; s2 listen\nhand c4\nc4 connect server:7777\ns2 accept\nhand c5\nc5 connect\n"
             "s1 accept\ns1 shutdown wr\nwait s1 state FIN_WAIT2\nwait quiet\n");
    size_t before = seen_in(NET_SERVER, NET_STATE_FIN_WAIT1);
    live_run("expect segment FIN from server x1\nreboot server\nexpect sockets server ESTABLISHED 0\n"
             "expect sockets server LISTEN 0\nexpect segment FIN from server x1\nexpect no segment RST\n"
             "expect c1 state ESTABLISHED\nexpect c3 state CLOSE_WAIT\nexpect s2 ended signal SIGKILL\n"
             "expect no counter server OutRsts\n");
    assert_int_equal(seen_in(NET_SERVER, NET_STATE_FIN_WAIT1), before);
    live_run("c1 send \"?\"\nexpect segment RST from server x1\nc1 recv\nexpect c1 recv = -1 ECONNRESET\n"
             "c4 send \"?\"\nexpect c4 state CLOSE\n");
}

static void a_power_failure_touches_no_cable(void **state)
{
    static const char *const faults[] = {"cut", "unreachable"};
    char script[400];
    (void)state;
    if (!has_wire())
        skip();
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        snprintf(script, sizeof script, "clear\n" CONNECTED "wire %s\nreboot server\nexpect wire %s\n", faults[i],
                 faults[i]);
        live_run(script);
    }
    live_run("clear\n" CONNECTED "wire hold\ns1.4 send \"early\"\nc1 send \"late\"\nexpect wire waiting 2\n"
             "reboot server\nexpect wire held\nexpect wire waiting 2\nwire release 1\n");
    live_run("c1 recv\nexpect c1 recv got \"early\"\nwire open\nexpect segment RST from server\n");
}

/* What is on its way to the host reaches it after it is back. */
static void what_is_on_its_way_meets_a_new_kernel(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(CONNECTED "wire delay 300ms\nc1 send \"late\" ; reboot server\nwait segment RST from server\n"
                       "c1 recv\nexpect c1 recv = -1 ECONNRESET\nwire delay 0\nhand s2 on server\n"
                       "s2 bind 12345 ; s2 listen\nhand c2\nc2 connect\nexpect c2 connect = 0\n");
}

static void children_have_no_power_either(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run("server fork\nhand c1\nc1 connect\nwait children 1\nreboot server\nexpect children 0\n"
             "expect no segment FIN\nexpect no segment RST\nexpect c1 state ESTABLISHED\n");
}

int main(void)
{
#define LIVE(body) cmocka_unit_test_setup(body, live_clear)
    const struct CMUnitTest tests[] = {
        LIVE(a_connection_made_while_held_has_an_ordinary_time_out),
        LIVE(a_round_trip_that_was_held_is_told),
        LIVE(limits_are_raised_and_said_while_held),
        LIVE(a_limit_that_is_set_while_held_is_put_back),
        LIVE(a_limit_of_the_sockets_own_counts_while_held),
        LIVE(what_a_call_has_sent_is_held_when_the_next_begins),
        LIVE(what_a_call_has_sent_has_arrived_when_the_next_begins),
        LIVE(what_a_program_has_sent_is_held_when_its_call_was_waited_for),
        LIVE(a_line_ends_when_what_it_sent_has_arrived),
        LIVE(what_was_sent_so_often_is_never_denied),
        LIVE(no_within_a_time_takes_all_of_it),
        LIVE(a_power_failure_is_silent),
        LIVE(a_power_failure_touches_no_cable),
        LIVE(what_is_on_its_way_meets_a_new_kernel),
        LIVE(children_have_no_power_either),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
