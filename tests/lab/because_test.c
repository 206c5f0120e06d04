// SPDX-License-Identifier: GPL-3.0-or-later
// The cause that is named for an errno, on calls that the running kernel made fail.
//
// Each row is a script in a lab of its own and what must be said of the last call of that name that returned that
// error. Times, ports and numbers of segments are the kernel's, so rows hold the piece that is certain.
#include "lab/explain/because.h"
#include "net/data/call.h"
#include "tests/fixtures/live_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LISTENS   "hand s1 on server\ns1 socket\ns1 bind 12345\ns1 listen 4\n"
#define CONNECTED LISTENS "hand c1\nc1 connect\ns1 accept\ns1 ignore SIGPIPE\nwait quiet\n"

enum needs { ANY, WIRE };

static const struct row {
    const char *script, *actor, *call, *error; /* error NULL: it returned 0 */
    const char *piece, *piece_unseen;          /* the second where no segment can be seen; NULL: the same */
    enum needs needs;
    const char *once; /* of lab_because_once(); NULL: nothing */
} rows[] = {
    {CONNECTED "c1 set SO_LINGER 1 0\ns1 recv\nc1 close\nwait quiet\n", "s1", "recv", "ECONNRESET", "RST #",
     "c1 called close() at ", ANY, "it is reported once: the next recv() returns 0"},
    {CONNECTED "c1 set SO_LINGER 1 0\ns1 recv\nc1 close\nwait quiet\ns1 recv\nwait quiet\n", "s1", "recv", "ECONNRESET",
     " from client at ", "c1 called close() at ", ANY, "it is reported once: the next recv() returned 0 at "},
    {CONNECTED "c1 set SO_LINGER 1 0\ns1 recv\nc1 close\nwait quiet\ns1 recv\nwait quiet\n", "s1", "recv", NULL,
     "ECONNRESET was reported already, at ", NULL, ANY, NULL},
    {CONNECTED "c1 set SO_LINGER 1 0\nc1 close\nwait quiet\ns1 recv\ns1 send \"x\"\nwait quiet\n", "s1", "send",
     "EPIPE", "RST #", "ECONNRESET was reported already", ANY, NULL},
    {CONNECTED "s1 shutdown wr\ns1 send \"x\"\nwait quiet\n", "s1", "send", "EPIPE",
     "this end had shut down writing at ", NULL, ANY, NULL},
    {CONNECTED "c1 close\nwait quiet\ns1 recv\nwait quiet\n", "s1", "recv", NULL, "FIN #", "c1 called close() at ", ANY,
     NULL},
    {CONNECTED "c1 kill\nwait quiet\ns1 recv\nwait quiet\n", "s1", "recv", NULL, "FIN #", "c1 ended at ", ANY, NULL},
    {CONNECTED "s1 shutdown rd\ns1 recv\nwait quiet\n", "s1", "recv", NULL, "this end had shut down reading at ", NULL,
     ANY, NULL},
    {CONNECTED "s1 shutdown rd\nc1 close\nwait quiet\ns1 recv\nwait quiet\n", "s1", "recv", NULL,
     "this end had shut down reading at ", NULL, ANY, NULL},
    {"hand c1\nc1 connect\nwait quiet\n", "c1", "connect", "ECONNREFUSED", " from server at ",
     "no socket of the lab listened at port 12345", ANY, NULL},
    {LISTENS "wire cut\nhand c1\nc1 socket\nc1 set TCP_SYNCNT 1\nc1 connect\nexpect within 8s c1 connect = -1 "
             "ETIMEDOUT\n",
     "c1", "connect", "ETIMEDOUT", " times without an answer", NULL, WIRE, NULL},
    {CONNECTED "s1 set SO_KEEPALIVE 1\ns1 set TCP_KEEPIDLE 1\ns1 set TCP_KEEPINTVL 1\ns1 set TCP_KEEPCNT 1\ns1 recv\n"
               "wire cut\nexpect within 6s s1 recv = -1 ETIMEDOUT\n",
     "s1", "recv", "ETIMEDOUT", "1 keep-alive probe was not answered", NULL, WIRE, "it is reported once"},
    {CONNECTED "s1 set TCP_USER_TIMEOUT 700ms\nwire cut\ns1 send \"x\"\ns1 recv\nexpect within 6s s1 recv = -1 "
               "ETIMEDOUT\n",
     "s1", "recv", "ETIMEDOUT", "TCP_USER_TIMEOUT 700 ms ran out: the same data was sent again ", NULL, WIRE,
     "it is reported once"},
    {LISTENS "hand s2 on server\ns2 socket\ns2 bind 12345\nwait quiet\n", "s2", "bind", "EADDRINUSE",
     "s1.3, in LISTEN, holds port 12345", NULL, ANY, NULL},
    {CONNECTED "s1.4 close\nc1 close\ns1.3 close\nwait quiet\nhand s2 on server\ns2 socket\ns2 bind 12345\nwait "
               "quiet\n",
     "s2", "bind", "EADDRINUSE", "TIME_WAIT of s1 with ", NULL, WIRE, NULL},
    {CONNECTED "s1 handle SIGUSR1\ns1 recv\nwait s1 recv blocks\ns1 signal SIGUSR1\nwait quiet\n", "s1", "recv",
     "EINTR", "SIGUSR1 at ", NULL, ANY, NULL},
    {CONNECTED "s1 recv\nwait s1 recv blocks\ns1 cancel\nwait quiet\n", "s1", "recv", "EINTR", "cancelled at ", NULL,
     ANY, NULL},
    {CONNECTED "s1 set SO_RCVTIMEO 200ms\ns1 recv\nwait s1 recv returns\n", "s1", "recv", "EAGAIN",
     "SO_RCVTIMEO 200 ms ran out", NULL, ANY, NULL},
    {CONNECTED "s1 nonblock\ns1 recv\nwait quiet\n", "s1", "recv", "EAGAIN", "O_NONBLOCK, nothing to read", NULL, ANY,
     NULL},
    {CONNECTED "s1 recv 10 MSG_DONTWAIT\nwait quiet\n", "s1", "recv", "EAGAIN", "MSG_DONTWAIT, nothing to read", NULL,
     ANY, NULL},
    {LISTENS "s1 nonblock\ns1 accept\nwait quiet\n", "s1", "accept", "EAGAIN", "O_NONBLOCK, no connection waits", NULL,
     ANY, NULL},
    {"hand s1 on server\ns1 socket\ns1 set SO_RCVTIMEO 200ms\ns1 bind 12345\ns1 listen 1\nhand c1\nc1 connect\ns1 "
     "accept\n"
     "s1.4 recv\nwait s1 recv returns\n",
     "s1", "recv", "EAGAIN", "SO_RCVTIMEO 200 ms ran out", NULL, ANY, NULL},
    {CONNECTED "s1 recv\nwait s1 recv blocks\ndestroy s1.4\nwait quiet\n", "s1", "recv", "ECONNABORTED",
     "destroyed, as by ss -K: `destroy s1.4`", NULL, ANY, "it is reported once"},
    {"hand c1\nc1 socket\nc1 recv\nwait quiet\n", "c1", "recv", "ENOTCONN", "in CLOSE: it has no connection", NULL, ANY,
     NULL},
    {LISTENS "s1 recv\nwait quiet\n", "s1", "recv", "ENOTCONN", "in LISTEN: it has no connection", NULL, ANY, NULL},
    {CONNECTED "c1 connect\nwait quiet\n", "c1", "connect", "EISCONN", ":12345 since ", NULL, ANY, NULL},
    {LISTENS "wire hold\nhand c1\nc1 socket\nc1 nonblock\nc1 connect\n", "c1", "connect", "EINPROGRESS",
     "O_NONBLOCK: connect() does not wait for the answer to its SYN", NULL, WIRE, NULL},
    {"hand s1 on server\ns1 bind 127.0.0.1:12345\ns1 listen\nhand c1 on server\nc1 socket\nc1 nonblock\nc1 connect "
     "127.0.0.1:12345\nwait quiet\n",
     "c1", "connect", "EINPROGRESS", "the answer to its SYN, which came before it had returned", NULL, ANY, NULL},
    {LISTENS "wire hold\nhand c1\nc1 socket\nc1 nonblock\nc1 connect\nc1 connect\n", "c1", "connect", "EALREADY",
     " is still under way", NULL, WIRE, NULL},
    {LISTENS "s1 bind 12346\nwait quiet\n", "s1", "bind", "EINVAL", "has had an address since bind() at ", NULL, ANY,
     NULL},
    {"hand s1 on server\ns1 socket\ns1 accept\nwait quiet\n", "s1", "accept", "EINVAL", "in CLOSE, not in LISTEN", NULL,
     ANY, NULL},
    {LISTENS "s1 accept\nwait s1 accept blocks\ns1 cancel\nwait quiet\n", "s1", "accept", "EINTR", "cancelled at ",
     NULL, ANY, NULL},
    {"hand c1\nc1.9 recv\nwait quiet\n", "c1", "recv", "EBADF", "c1 has no descriptor 9: no call made one", NULL, ANY,
     NULL},
    {CONNECTED "c1.3 close\nc1.3 recv\nwait quiet\n", "c1", "recv", "EBADF", "c1 had closed descriptor 3 at ", NULL,
     ANY, NULL},
    {"hand c1\nc1 socket\nc1 bind 10.9.9.9:5000\nwait quiet\n", "c1", "bind", "EADDRNOTAVAIL",
     "10.9.9.9 is no address of the client host", NULL, ANY, NULL},
    {"hand c1\nc1 connect 198.51.100.7:9\nwait quiet\n", "c1", "connect", "ENETUNREACH",
     "the client host has no route to 198.51.100.7:9", NULL, WIRE, NULL},
};
#define ROWS (sizeof rows / sizeof *rows)

/* The last return of such a call, with that error, or with 0. */
static long returned(const char *name, const char *call, const char *error)
{
    const struct lab_actor *actor = lab_actor_by_name(lab_session_state(session), name);
    assert_non_null(actor);
    for (long i = (long)lab_journal_count(lab_session_journal(session)); i-- > 0;) {
        const struct net_event *ev = lab_journal_at(lab_session_journal(session), (size_t)i);
        if (ev->kind != NET_EV_CALL_RETURN || ev->actor != actor->id ||
            strcmp(net_call_row(ev->u.call.call)->name, call) != 0)
            continue;
        if (error ? ev->u.call.ret < 0 && strcmp(net_errno_name(ev->u.call.error), error) == 0 : ev->u.call.ret == 0)
            return i;
    }
    fail_msg("%s: no %s() returned %s", name, call, error ? error : "0");
    return -1;
}

static void check(const struct row *row, const struct lab_state *state, long index, bool seen)
{
    char out[240];
    const char *piece = seen || !row->piece_unseen ? row->piece : row->piece_unseen;
    bool said = lab_because(lab_session_journal(session), state, lab_session_start_ns(session), index, out, sizeof out);
    if (!said || !strstr(out, piece))
        fail_msg("%s() = %s: \"%s\" is not in \"%s\" after\n%s", row->call, row->error ? row->error : "0", piece, out,
                 row->script);
}

static void check_once(const struct row *row, long index)
{
    char out[240];
    bool said = lab_because_once(lab_session_journal(session), lab_session_state(session),
                                 lab_session_start_ns(session), index, out, sizeof out);
    if (said != (row->once != NULL) || (said && !strstr(out, row->once)))
        fail_msg("%s() = %s: once: \"%s\" after\n%s", row->call, row->error ? row->error : "0", out, row->script);
}

/* The clause does not depend on what came after the call: the state of that very moment gives it as well. Without a
 * wire the other end's last state may be sampled later. */
static void check_then(const struct row *row, long index)
{
    struct lab_state *then = lab_state_at(lab_session_journal(session), (size_t)index + 1);
    assert_non_null(then);
    check(row, then, index, true);
    lab_state_free(then);
}

static void one_row(const struct row *row)
{
    assert_int_equal(live_open(NULL), 0);
    bool seen = lab_session_engine(session)->wire != NULL;
    if (seen || row->needs != WIRE) {
        live_run(row->script);
        long index = returned(row->actor, row->call, row->error);
        check(row, lab_session_state(session), index, seen);
        check_once(row, index);
        if (seen)
            check_then(row, index);
    }
    live_close(NULL);
}

static void every_errno_has_its_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        one_row(&rows[i]);
}

static void nothing_is_said_of_what_worked(void **state)
{
    char out[240] = "left";
    (void)state;
    assert_int_equal(live_open(NULL), 0);
    live_run(CONNECTED "c1 send \"hello\"\ns1 recv\nwait quiet\n");
    for (long i = 0; i < (long)lab_journal_count(lab_session_journal(session)); i++) {
        bool said = lab_because(lab_session_journal(session), lab_session_state(session), lab_session_start_ns(session),
                                i, out, sizeof out);
        assert_false(said);
        assert_string_equal(out, "");
    }
    live_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_errno_has_its_cause),
        cmocka_unit_test(nothing_is_said_of_what_worked),
    };
    return cmocka_run_group_tests_name("because", tests, NULL, NULL);
}
