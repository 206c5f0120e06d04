// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of connections that the running kernel carried: every cause of the table, and calls that failed.
//
// Each script runs in a lab of its own. What must be said is given in pieces, in order; times and ports are the
// kernel's.
#include "tests/fixtures/written.h"
#include "lab/explain/because.h"
#include "lab/compare/cause.h"
#include "lab/explain/explain.h"
#include "tests/fixtures/live_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_wire(void)
{
    return lab_session_engine(session)->wire != NULL;
}

static void take_line(void *user, const char *line)
{
    char *said = user;
    strcat(strcat(said, line), "\n");
}

static const char *explained(void)
{
    static char said[16384];
    *said = '\0';
    lab_explain(lab_session_journal(session), lab_session_state(session), lab_session_start_ns(session), LAB_NONE,
                take_line, said);
    return said;
}

/* The pieces are there, in this order. */
static void assert_said(const char *const *pieces)
{
    const char *said = explained(), *at = said;
    for (; *pieces; pieces++) {
        const char *found = strstr(at, *pieces);
        if (!found)
            fail_msg("\"%s\" was not said after \"%.40s\" of:\n%s", *pieces, at, said);
        at = found + strlen(*pieces);
    }
}

#define SAYS(...) assert_said((const char *const[]){__VA_ARGS__, NULL})

#define CONNECTED                                                                                                      \
    "hand s1 on server\ns1 socket\ns1 bind 12345\ns1 listen 1\nhand c1 as process\nc1 connect\ns1 accept\n"

/* ---- every cause ------------------------------------------------------------------------------------------------- */

enum { PIECES = 9 }; /* and a NULL */

static const struct expected {
    const char *id;
    const char *pieces[PIECES];
} expected[] = {
    {"close",
     {"c1 called close(3). Its kernel sent FIN", "ESTABLISHED to CLOSE_WAIT", "s1: recv(", "returned 0",
      "the FIN says that c1 sends no more", "CLOSE_WAIT since", "s1 has not called close(4)",
      "The end of c1 has been in FIN_WAIT"}},
    {"shutdown-wr", {"c1 called shutdown(3, SHUT_WR). Its kernel sent FIN", "s1: recv(", "returned 0", "FIN_WAIT"}},
    {"shutdown-rd",
     {"c1 called shutdown(3, SHUT_RD)", "nothing is sent", "Both ends are ESTABLISHED", "s1 has been in recv("}},
    {"shutdown-both", {"c1 called shutdown(3, SHUT_RDWR). Its kernel sent FIN", "s1: recv(", "returned 0"}},
    {"close-unread",
     {"c1 called close(3). It had 6 bytes unread", "RST instead of FIN", "ESTABLISHED to CLOSE",
      "s1 still has descriptor 4"}},
    {"linger-0",
     {"c1 called close(3). SO_LINGER {1, 0} had been set at ", "RST instead of FIN", "returned -1 ECONNRESET",
      ": the RST"}},
    {"linger-5", {"c1 called close(3). Its kernel sent FIN", "returned 0"}},
    {"exit", {"c1 called exit(0). Its kernel sent FIN", "s1: recv(", "returned 0"}},
    {"kill", {"c1 was ended by SIGKILL", "Its kernel sent FIN", "s1: recv(", "returned 0"}},
    {"kill-unread", {"c1 was ended by SIGKILL", "It had 6 bytes unread", "RST instead of FIN"}},
    {"kill-linger-0", {"c1 was ended by SIGKILL", "SO_LINGER {1, 0} had been set at ", "RST instead of FIN"}},
    {"crash", {"c1 was ended by SIGSEGV", "Its kernel sent FIN", "returned 0"}},
    {"abort", {"c1 called abort()", "Its kernel sent FIN", "returned 0"}},
    {"stop", {"Both ends are ESTABLISHED", "c1 has been stopped by SIGSTOP"}},
    {"dup",
     {"c1 called close(3): another descriptor still referred to the socket, so nothing was sent",
      "Both ends are ESTABLISHED"}},
    {"cut", {"Both ends are ESTABLISHED", "The wire is cut"}},
    {"reboot",
     {"The power of client failed (`reboot client`): its kernel forgot the end of c1, and nothing was sent",
      "The end of s1 is still ESTABLISHED"}},
    {"destroy",
     {"The command `destroy c1.3` destroyed the end of c1.", "Its kernel sent RST", "returned -1 ECONNRESET"}},
    {"both",
     {"Its kernel sent FIN", "FIN_WAIT1 to CLOSING", "Its kernel sent FIN", "is in TIME_WAIT", "both closed at once",
      "both closed at once"}},
};
#define EXPECTED (sizeof expected / sizeof *expected)

static const struct expected *expectation(const char *id)
{
    for (size_t i = 0; i < EXPECTED; i++)
        if (strcmp(expected[i].id, id) == 0)
            return &expected[i];
    return NULL;
}

/* Whatever the cause: something is said, and nothing that means "I do not know". */
static void assert_known(const char *id)
{
    static const char *const unknown[] = {"nothing that the journal shows", "reason that the journal does not show",
                                          "does not show why", "?"};
    const char *said = explained();
    if (!*said)
        fail_msg("%s: nothing was said", id);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (strstr(said, unknown[i]))
            fail_msg("%s: \"%s\" was said:\n%s", id, unknown[i], said);
}

/* The other end waits in recv(), unless the cause is that it does something itself. */
static void one_cause(const struct lab_cause *cause)
{
    const struct lab_cause_names names = {.actor = "c1", .fd = 3, .peer = "s1", .peer_fd = 4, .host = "client"};
    const struct expected *known = expectation(cause->id);
    char script[600], line[200];
    assert_int_equal(lab_cause_text(cause, &names, line, sizeof line), 0);
    snprintf(script, sizeof script, CONNECTED "%s%s\nwait quiet\n",
             cause->needs & LAB_NEEDS_PEER_HAND ? "" : "s1 recv\n", line);
    live_run(script);
    if (has_wire() && known)
        assert_said(known->pieces);
    if (has_wire())
        assert_known(cause->id);
    assert_int_equal(lab_session_clear(session, &err), 0);
}

static void every_cause_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXPECTED; i++)
        if (!lab_cause_find(expected[i].id))
            fail_msg("there is no cause %s any more", expected[i].id);
    for (size_t i = 0; i < lab_cause_count; i++)
        if (has_wire() || !(lab_causes[i].needs & LAB_NEEDS_WIRE))
            one_cause(&lab_causes[i]);
}

/* ---- calls that failed ------------------------------------------------------------------------------------------- */

static void a_port_in_use(void **state)
{
    (void)state;
    live_run("server single as first\nwait first accept blocks\nserver single as second\nexpect second bind = -1 "
             "EADDRINUSE\n");
    SAYS("second: bind(3, ", "returned -1 EADDRINUSE", "first.3, in LISTEN, holds port 12345");
}

static void a_port_in_time_wait(void **state)
{
    (void)state;
    live_run(
        "server single reuseaddr=no as first\nhand c1\nc1 connect\nc1 send \"hello\"\nexpect first ended exit 0\nc1 "
        "recv\n"
        "c1 close\nwait quiet\nserver single reuseaddr=no as second\nexpect second bind = -1 EADDRINUSE\n");
    SAYS("second: bind(3, ", "EADDRINUSE", "TIME_WAIT of first with ", "holds port 12345 until about 60",
         "SO_REUSEADDR");
}

static void nobody_listens(void **state)
{
    (void)state;
    live_run("hand c1\nc1 connect\nexpect c1 connect = -1 ECONNREFUSED\n");
    SAYS("c1 called connect(3, ", "returned -1 ECONNREFUSED");
    if (has_wire())
        SAYS("Its kernel sent SYN",
             "The kernel of server answered with RST: no socket of the lab listened at port 12345",
             "returned -1 ECONNREFUSED");
}

static void the_cable_is_cut_before_the_syn(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run("server single\nwait server accept blocks\nwire cut\nhand c1\nc1 socket\nc1 set TCP_SYNCNT 1\nc1 connect\n"
             "expect within 8s c1 connect = -1 ETIMEDOUT\n");
    SAYS("c1 called connect(3, ", "Its kernel sent SYN ", " times. The wire is cut and dropped the SYN",
         "returned -1 ETIMEDOUT: SYN was sent ", " times without an answer");
}

static void a_queue_that_is_full(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run("hand s1 on server\ns1 socket\ns1 bind 12345\ns1 listen 0\nhand c1\nc1 connect\nhand c2\nc2 connect\n"
             "expect within 4s segment SYN from client x3\n");
    SAYS("c2 called connect(3, ",
         "The queue of the listening socket is full: 1 connection not accepted yet, where the backlog is 0",
         "The end of c2 has been in SYN_SENT");
}

static void keep_alive_without_an_answer(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(CONNECTED
             "s1 set SO_KEEPALIVE 1\ns1 set TCP_KEEPIDLE 1\ns1 set TCP_KEEPINTVL 1\ns1 set TCP_KEEPCNT 1\ns1 recv\n"
             "wire cut\nexpect within 6s s1 recv = -1 ETIMEDOUT\nwait quiet\n");
    SAYS("The kernel of s1 had no answer to 1 keep-alive probe, and gave the connection up",
         "The wire is cut and dropped the RST", "returned -1 ETIMEDOUT", "The end of c1 is still ESTABLISHED");
}

static void data_for_a_socket_that_was_closed(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(CONNECTED "c1 close\nwait quiet\ns1 send \"late\"\nwait quiet\ns1 send \"later\"\nexpect s1 send = -1 "
                       "EPIPE\nwait quiet\n");
    SAYS("c1 called close(3). Its kernel sent FIN",
         "The kernel of client answered 4 bytes from s1 with RST. c1 had closed its socket", "CLOSE_WAIT to CLOSE",
         "s1: send(4, \"later\"", "returned -1 EPIPE: after the RST nothing can be sent. With it came SIGPIPE");
}

static void data_for_a_host_that_was_started_anew(void **state)
{
    (void)state;
    if (!has_wire())
        skip();
    live_run(CONNECTED "reboot client\nwire open\ns1 send \"late\"\nwait quiet\n");
    SAYS("The kernel of client answered 4 bytes from s1 with RST. It has no such connection since "
         "`reboot client` at ",
         "ESTABLISHED to CLOSE");
    live_run("clear\n" CONNECTED "s1 set SO_KEEPALIVE 1\ns1 set TCP_KEEPIDLE 1\nreboot client\nwire open\n"
             "expect within 4s segment RST from client x1\nwait quiet\n");
    SAYS("The kernel of client answered a keep-alive probe with RST. It has no such connection since "
         "`reboot client` at ",
         "ESTABLISHED to CLOSE");
}

static void a_child_serves(void **state)
{
    (void)state;
    live_run("server fork\nwait server accept blocks\nhand c1\nc1 connect\nexpect server accept = 4\nwait quiet\nc1 "
             "close\nwait quiet\n");
    SAYS("server took the connection from accept()", "server called close(4)",
         "another descriptor still referred to the socket", "c1 called close(3)", "server (child ", "called close(4)");
}

/* ---- every errno ------------------------------------------------------------------------------------------------- */

/* Each errno that a learner meets, made for real, with its cause in the calls pane and in what is explained. */
static const struct caused {
    const char *error, *because, *script;
    bool needs_wire; /* or hosts of the lab's own, whatever the machine's settings */
} caused[] = {
    {"EINTR", "SIGUSR1 at ",
     CONNECTED "s1 handle SIGUSR1\ns1.4 recv\nwait s1 recv blocks\ns1 signal SIGUSR1\nexpect s1 recv = -1 EINTR\n",
     false},
    {"EAGAIN", "SO_RCVTIMEO 100 ms ran out",
     CONNECTED "s1.4 set SO_RCVTIMEO 100ms\ns1.4 recv\nexpect s1 recv = -1 EAGAIN\n", false},
    {"ECONNRESET", "RST #", CONNECTED "s1.4 recv\nc1 set SO_LINGER 1 0\nc1 close\nexpect s1 recv = -1 ECONNRESET\n",
     true},
    {"EPIPE", "this end had shut down writing at ",
     CONNECTED "s1.4 shutdown wr\nwait quiet\ns1.4 send \"x\" MSG_NOSIGNAL\nexpect s1 send = -1 EPIPE\n", false},
    {"ETIMEDOUT", "TCP_USER_TIMEOUT 300 ms ran out: the same data was sent again ",
     CONNECTED
     "wire cut\ns1.4 set TCP_USER_TIMEOUT 300ms\ns1.4 send \"x\"\ns1.4 recv\nexpect within 9s s1 recv = -1 ETIMEDOUT\n",
     true},
    {"ECONNREFUSED", "answered the SYN", "hand c1\nc1 connect server:9\nexpect c1 connect = -1 ECONNREFUSED\n", true},
    {"EADDRINUSE", "s1.3, in LISTEN, holds port 12345",
     CONNECTED "hand s2 on server\ns2 bind 12345\nexpect s2 bind = -1 EADDRINUSE\n", false},
    {"EHOSTUNREACH", "ICMP host unreachable #",
     "wire unreachable\nhand c1\nc1 connect\nexpect within 9s c1 connect = -1 EHOSTUNREACH\n", true},
    {"ENETUNREACH", "the client host has no route to 203.0.113.9:7",
     "hand c1\nc1 connect 203.0.113.9:7\nexpect c1 connect = -1 ENETUNREACH\n", true},
    {"ECONNABORTED", "destroyed, as by ss -K: `destroy c1`",
     CONNECTED "c1 recv\ndestroy c1\nexpect c1 recv = -1 ECONNABORTED\n", true},
    {"ENOTCONN", "the socket is in LISTEN: it has no connection", CONNECTED "s1.3 recv\nexpect s1 recv = -1 ENOTCONN\n",
     false},
    {"EINPROGRESS", "O_NONBLOCK: connect() does not wait for the answer to its SYN",
     "wire hold\nhand c1\nc1 socket\nc1 nonblock\nc1 connect\nexpect c1 connect = -1 EINPROGRESS\nwait wire waiting "
     "1\n",
     true},
    {"EALREADY", "is still under way: the SYN has no answer yet",
     "wire hold\nhand c1\nc1 socket\nc1 nonblock\nc1 connect\nc1 connect\nexpect c1 connect = -1 EALREADY\nwait wire "
     "waiting 1\n",
     true},
    {"EISCONN", "connected with ", CONNECTED "c1 connect\nexpect c1 connect = -1 EISCONN\n", false},
    {"EMFILE", "all the descriptors that it may have (RLIMIT_NOFILE), 3 since setrlimit() at ",
     "hand c1 as process\nc1 files 3\nc1 socket\nexpect c1 socket = -1 EMFILE\n", false},
    {"EACCES", "port 1 is below net.ipv4.ip_unprivileged_port_start",
     "hand s1 on server\ns1 bind 1\nexpect s1 bind = -1 EACCES\n", true},
    {"EADDRNOTAVAIL", "203.0.113.9 is no address of the server host",
     "hand s1 on server\ns1 bind 203.0.113.9:7\nexpect s1 bind = -1 EADDRNOTAVAIL\n", true},
    {"EINVAL", "the socket has had an address since bind() at ",
     CONNECTED "s1.3 bind 12346\nexpect s1 bind = -1 EINVAL\n", false},
    {"EBADF", "c1 had closed descriptor 3 at ",
     CONNECTED "c1 close\nwait quiet\nc1.3 recv\nexpect c1 recv = -1 EBADF\n", false},
    {"ENOTSOCK", "descriptor 0 is the program's standard input", "hand c1\nc1.0 recv\nexpect c1 recv = -1 ENOTSOCK\n",
     false},
    {"EPERM", "SO_PRIORITY takes the privilege CAP_NET_ADMIN",
     CONNECTED "c1 set SO_PRIORITY 7\nexpect c1 setsockopt = -1 EPERM\n", true},
};

static void assert_caused(const struct caused *one)
{
    const struct lab_journal *journal = lab_session_journal(session);
    char why[300] = "";
    size_t i = lab_journal_count(journal);
    while (i-- > 0) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev->kind == NET_EV_CALL_RETURN && strcmp(net_errno_name(ev->u.call.error), one->error) == 0)
            break;
    }
    lab_because(journal, lab_session_state(session), lab_session_start_ns(session), (long)i, why, sizeof why);
    if (!strstr(why, one->because))
        fail_msg("%s: \"%s\" is not in \"%s\"", one->error, one->because, why);
}

/* Those that a segment brought, explain tells as part of the connection's story, in words of its own. */
static bool told_with_the_connection(const struct caused *one)
{
    static const char *const story[] = {"EADDRINUSE", "ECONNRESET", "ETIMEDOUT", "ECONNREFUSED"};
    for (size_t i = 0; i < sizeof story / sizeof *story; i++)
        if (strcmp(story[i], one->error) == 0)
            return true;
    return false;
}

static void every_errno_has_its_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof caused / sizeof *caused; i++) {
        if (caused[i].needs_wire && !has_wire())
            continue;
        live_run("clear\n");
        live_run(caused[i].script);
        assert_caused(&caused[i]);
        SAYS(told_with_the_connection(&caused[i]) ? caused[i].error : caused[i].because);
    }
}

/* ---- the capture ------------------------------------------------------------------------------------------------- */

static void tcpdump_reads_the_capture(void **state)
{
    (void)state;
    char command[128], path[] = "/tmp/explain_live_test.XXXXXX", text[4096] = "";
    if (!has_wire() || system("command -v tcpdump >/dev/null 2>&1") != 0)
        skip();
    live_run(CONNECTED "c1 send \"hello\"\nwait quiet\n");
    close(mkstemp(path));
    assert_int_equal(
        lab_journal_export(lab_session_journal(session), lab_session_start_ns(session), true, to(path), NULL, &err), 0);
    snprintf(command, sizeof command, "tcpdump -nr %s 2>/dev/null", path);
    FILE *in = popen(command, "r");
    size_t n = fread(text, 1, sizeof text - 1, in);
    assert_int_equal(pclose(in), 0);
    unlink(path);
    text[n] = '\0';
    const char *const seen[] = {"Flags [S]", "Flags [S.]", "Flags [.]", "Flags [P.]", "length 5"};
    const char *at = text;
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        at = strstr(at, seen[i]);
        assert_non_null(at);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, live_open, live_close)
    const struct CMUnitTest tests[] = {
        TEST(every_cause_is_explained),
        TEST(a_port_in_use),
        TEST(a_port_in_time_wait),
        TEST(nobody_listens),
        TEST(the_cable_is_cut_before_the_syn),
        TEST(a_queue_that_is_full),
        TEST(keep_alive_without_an_answer),
        TEST(data_for_a_socket_that_was_closed),
        TEST(data_for_a_host_that_was_started_anew),
        TEST(a_child_serves),
        TEST(every_errno_has_its_cause),
        TEST(tcpdump_reads_the_capture),
    };
    return cmocka_run_group_tests_name("explain live", tests, NULL, NULL);
}
