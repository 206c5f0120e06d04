// SPDX-License-Identifier: GPL-3.0-or-later
// What calls and bytes are said to wait for, on a running kernel.
//
// Each row is a script that leaves something waiting, and pieces that `show waits` must say, in this order. What is
// held by the wire keeps its state for as long as one looks, so nothing here depends on how fast the machine is. Times
// and numbers of segments are the kernel's.
#include "lab/explain/waits.h"
#include "lab/explain/because.h"
#include "lab/explain/explain.h"
#include "net/data/call.h"
#include "tests/fixtures/live_session.h"
#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_THREAD__
enum { THREAD_SANITIZED = 1 };
#else
enum { THREAD_SANITIZED = 0 };
#endif

#define LISTENS   "hand s1 on server as process\ns1 socket\ns1 bind 23456\ns1 listen 3\n"
#define CONNECTED LISTENS "hand c1 as process\nc1 connect server:23456\ns1 accept\nwait quiet\n"
#define NARROW                                                                                                         \
    "hand s1 on server\ns1 socket\ns1 set SO_RCVBUF 4096\ns1 bind 23456\ns1 listen 3\nhand c1\nc1 socket\nc1 set "     \
    "SO_SNDBUF 200000\nc1 connect server:23456\ns1 accept\nwait quiet\n"

enum { PIECES = 8 }; /* and a NULL */

static const struct row {
    const char *script;
    bool needs_wire;
    const char *pieces[PIECES];
} rows[] = {
    /* what a read waits for */
    {CONNECTED "s1.4 recv 700\n",
     false,
     {"s1  recv(4, buf, 700, 0)  since ", ": nothing to read; c1 does nothing", "The receive queue of s1.4 is empty.",
      "c1 is a hand and is in no call"}},
    {CONNECTED "s1.4 recv\nc1 recv\n",
     false,
     {"s1  recv(4, ", "c1 reads too", "c1 has been in recv(3, ", "each end waits for the other to send", "c1  recv(3, ",
      "s1 reads too"}},
    {CONNECTED "s1.4 set SO_RCVTIMEO 60000ms\ns1.4 recv\n",
     false,
     {"since ", ", until ", " at most: nothing to read", "SO_RCVTIMEO 60000 ms ends the call at "}},
    {CONNECTED "s1.4 set SO_RCVLOWAT 30\nc1 send 7 bytes\ns1.4 recv\n",
     false,
     {"SO_RCVLOWAT: 7 of 30", "7 bytes are there, and SO_RCVLOWAT asks for 30."}},
    {CONNECTED "s1.4 set SO_RCVLOWAT 30\nc1 send 7 bytes\ns1.4 recv\nc1 send 25 bytes\nwait quiet\n",
     false,
     {"SO_RCVLOWAT: 25 of 30", "sleeps until SO_RCVLOWAT, 30, are in the queue at once; there are: 25."}},
    {CONNECTED "c1 send 7 bytes\ns1.4 recv 2\nc1 send 11 bytes\ns1.4 recv 90 MSG_WAITALL\nwait quiet\n",
     false,
     {"MSG_WAITALL: 16 of 90", "16 bytes have come, and MSG_WAITALL asks for 90."}},
    {CONNECTED "wire hold\nc1 send 9 bytes\ns1.4 recv\n",
     true,
     {"s1  recv(4, ", "the wire holds data #", "The wire has held the data #", " of client since ",
      "c1.3  unsent 0, unconfirmed 9", "The wire has held the data #"}},
    {CONNECTED "wire cut\nc1 send 9 bytes\ns1.4 recv\n",
     true,
     {"s1  recv(4, ", "the wire is cut", "The wire was cut and dropped the data #", " of client at ",
      "c1.3  unsent 0, unconfirmed 9", "tcp_retries2 of the client host says for how long"}},
    {LISTENS "hand c1\nc1 connect server:23456\nc1 recv\n",
     false,
     {"c1  recv(3, ", "nobody has accepted it", "the other end waits in the accept queue of s1.3"}},
    {CONNECTED "c1 stop\ns1.4 recv\n", false, {"c1 is stopped", "c1 has been stopped by SIGSTOP since "}},
    /* what does not leave */
    {CONNECTED "wire hold\nc1 send 130 bytes\nc1 send 40 bytes\nshow waits\n",
     true,
     {"c1.3  unsent 40, unconfirmed 130", "Nagle, unconfirmed: 130 B; the wire holds data #",
      "40 bytes of c1.3 fill no segment and stay until an earlier one that was not full is confirmed (Nagle's "
      "algorithm; TCP_NODELAY would send them); bytes not confirmed: 130.",
      "sent again at about "}},
    {CONNECTED "c1 set TCP_CORK 1\nc1 send 130 bytes\nshow waits\n",
     true,
     {"c1.3  unsent 130, unconfirmed 0", "TCP_CORK of c1.3",
      "130 bytes of c1.3 fill no segment and stay: TCP_CORK is set.", "The kernel of c1.3 looks again at about "}},
    {NARROW "c1 send 90000 bytes\n",
     true,
     {"c1.3  unsent ", "window 0 of s1.4", "The window of s1.4 is 0: ", " in its receive queue have not been read."}},
    {NARROW "c1 set SO_SNDBUF 4096\nc1 send 900000 bytes\n",
     true,
     {"c1  send(3, ", "send buffer full; window 0 of s1.4",
      "The send buffer of c1.3 is full; bytes in it that are not "
      "confirmed: ",
      "The window of s1.4 is 0: "}},
    {CONNECTED "c1 set SO_SNDTIMEO 50s\nc1 set SO_SNDBUF 4096\nwire hold\nc1 send 900000 bytes\n",
     true,
     {"c1  send(3, ", ", until ", "send buffer full", "SO_SNDTIMEO 50000 ms ends the call at "}},
    {CONNECTED "c1 set SO_KEEPALIVE 1\nwire cut\nc1 send 5 bytes\n",
     true,
     {"c1.3  unsent 0, unconfirmed 5", "SO_KEEPALIVE of c1.3 is on and asks nothing meanwhile"}},
    {CONNECTED
     "c1 set TCP_USER_TIMEOUT 70000ms\nwire cut\nc1 send 5 bytes\nexpect within 5s segment retransmission from "
     "client\n",
     true,
     {"c1.3  unsent 0, unconfirmed 5  since ", ", until ", "The data has been sent again ",
      ", and its timer runs out again at about ", "TCP_USER_TIMEOUT 70000 ms of c1.3 ends the connection at about "}},
    {CONNECTED "c1 set SO_LINGER 1 40\nwire hold\nc1 send 5 bytes\nc1 close\n",
     true,
     {"c1  close(3)  since ", ", until ", "SO_LINGER, unconfirmed: ", "close() lingers",
      "SO_LINGER {1, 40} lets it wait until "}},
    {CONNECTED "c1 send 66 bytes MSG_MORE\nshow waits\n",
     true,
     {"c1.3  unsent 66, unconfirmed 0", "MSG_MORE of c1.3", "the last send had MSG_MORE."}},
    {CONNECTED "wire delay 900ms\nc1 send 5 bytes ; s1.4 recv ; show waits\n",
     true,
     {"s1  recv(4, ", " on its way", " is on its way until about ", "the wire's delay is 900 ms."}},
    {NARROW "c1 send 90000 bytes\n",
     true,
     {"c1.3  unsent ", "window probe", "As long as the probes are answered, no number of them ends the connection."}},
    {NARROW "c1 set TCP_USER_TIMEOUT 80000ms\nc1 send 90000 bytes\n",
     true,
     {"c1.3  unsent ", ", until ", "window probe", "TCP_USER_TIMEOUT 80000 ms of c1.3 ends the connection at about "}},
    {NARROW "c1 send 90000 bytes\nc1 close\n",
     true,
     {"c1 (closed)  unsent ", ", then FIN", "window 0 of s1.4", "window probe",
      "tcp_orphan_retries of the client host"}},
    {CONNECTED "c1 set SO_KEEPALIVE 1\nc1 set TCP_KEEPIDLE 5000\nc1 recv\n",
     true,
     {"c1  recv(3, ", "SO_KEEPALIVE of c1.3 asks at about 50"}},
    {"hand c1\nc1 socket\nc1 bind 5555\nc1 connect client:5555\nwait quiet\nc1 recv\n",
     true,
     {"c1  recv(3, ", "connected with itself"}},
    {"wire cut\nhand c1\nc1 socket\nc1 set TCP_SYNCNT 3\nc1 connect server:23456\n",
     true,
     {"c1  connect(3, ", "the wire is cut", "dropped the SYN #",
      "TCP_SYNCNT lets the SYN be sent again 3 times, beside tcp_syn_linear_timeouts."}},
    {CONNECTED "s1.4 set TCP_QUICKACK 0\nc1 send 35 bytes\nwait 5ms\nshow waits\n",
     true,
     {"c1.3  unsent 0, unconfirmed 35", "delayed ACK of s1.4",
      "and the kernel of s1.4 puts its ACK off: 40 ms mostly"}},
    /* what was sent again before the answer arrived is no repetition of what came after it */
    {LISTENS "wire hold\nhand c1\nc1 connect server:23456\nwait wire waiting 1\nwire release 1\n"
             "expect within 9s segment retransmission from client\nwire release 1\nwait c1 connect returns\n"
             "c1 send 5 bytes\n",
     true,
     {"c1.3  unsent 0, unconfirmed 5", "Without an answer the data is sent again at about "}},
    /* how connections come about */
    {"hand s1 on server\ns1 bind 5001\nhand c1\nc1 bind 5002\nwire hold\ns1 connect client:5002\nc1 connect "
     "server:5001\nwait wire waiting 2\nwire release 1\nwait wire waiting 2\n",
     true,
     {"c1  connect(3, ", "the wire holds SYN+ACK #", "Without an answer the SYN+ACK is sent again at about ",
      "tcp_syn_retries of the client host says how often."}},
    {"hand s1 on server\ns1 socket\ns1 set TCP_DEFER_ACCEPT 20\ns1 bind 23456\ns1 listen 3\nhand c1\nc1 connect "
     "server:23456\nwait quiet\ns1 accept\n",
     true,
     {"s1  accept(3, ", "TCP_DEFER_ACCEPT of s1.3", "TCP_DEFER_ACCEPT of s1.3 waits for data.",
      "Towards the end of its time the SYN+ACK is sent again"}},
    {LISTENS "s1 accept\n", false, {"s1  accept(3, ", "nobody connects", "The accept queue of s1.3 is empty."}},
    {LISTENS "wire hold\nhand c1\nc1 connect server:23456\n",
     true,
     {"c1  connect(3, ", "the wire holds SYN #", "The wire has held the SYN #", " of client since "}},
    {LISTENS
     "wire hold\nhand c1\nc1 connect server:23456\nwait wire waiting 1\nwire release 1\nwait wire waiting 1\ns1 "
     "accept\n",
     true,
     {"c1  connect(3, ", "the wire holds SYN+ACK #", "s1  accept(3, ",
      "nobody connects; half open: 1; the wire holds "
      "SYN+ACK #"}},
    {"hand s1 on server\ns1 socket\ns1 bind 23456\ns1 listen 0\nhand c1\nc1 connect server:23456\nhand c2\nc2 connect "
     "server:23456\n",
     true,
     {"c2  connect(3, ", "accept queue of s1.3 full",
      "The accept queue of s1.3 is full: 1 connection waits there, where the backlog is 0."}},
    {"hand s1 on server\ns1 socket\ns1 set TCP_DEFER_ACCEPT 9\ns1 bind 23456\ns1 listen 2\nhand c1\nc1 connect "
     "server:23456\nwait quiet\ns1 accept\n",
     true,
     {"s1  accept(3, ", "half open: 1; TCP_DEFER_ACCEPT of s1.3", "and TCP_DEFER_ACCEPT of s1.3 waits for data."}},
    /* several descriptors, tasks, time */
    {CONNECTED "s1.4 poll IN 40s\n",
     false,
     {"s1  poll(", ", until ", " at most: POLLIN of 4; nothing to read; c1 does nothing",
      "It waits for POLLIN of descriptor 4.", "It waits until "}},
    {"server select port=23456 as many\nwait many select blocks\n",
     false,
     {"many  select(", "select() watches descriptor 3 for reading", "The accept queue of many.3 is empty."}},
    {"server epoll port=23456 as many\nwait many epoll_wait blocks\nhand c1\nc1 connect server:23456\nwait quiet\n",
     false,
     {"many  epoll_wait(", "epoll watches descriptor 3 for EPOLLIN", "epoll watches descriptor "}},
    {"server pool port=23456 as pool\nwait pool accept blocks\n", false, {"pthread_cond_wait(", "a condition"}},
    {CONNECTED "s1 stop\n", false, {"s1  ", "stopped by SIGSTOP"}},
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool has_wire(void)
{
    return lab_session_engine(session)->wire != NULL;
}

/* The first piece that is not said after those before it; NULL: all are. */
static const char *missing(const char *said, const char *const *pieces)
{
    for (; *pieces; pieces++) {
        said = strstr(said, *pieces);
        if (!said)
            return *pieces;
        said += strlen(*pieces);
    }
    return NULL;
}

static void assert_said(const char *about, const char *said, const char *const *pieces)
{
    if (missing(said, pieces))
        fail_msg("\"%s\" is not in its place in:\n%s\nof:\n%s", missing(said, pieces), said, about);
}

/* What waits may still be on its way there: ask until it is said, for two seconds. */
static bool is_told(const struct row *row)
{
    uint64_t limit_ns = net_now_ns() + UINT64_C(2000000000);
    *replies = '\0';
    live_run(row->script);
    if (!missing(replies, row->pieces)) /* it asks itself, since what it asks about is soon over */
        return true;
    for (;;) {
        *replies = '\0';
        assert_int_equal(live_type("show waits"), LAB_DONE);
        if (!missing(replies, row->pieces))
            return true;
        if (net_now_ns() > limit_ns)
            return false;
        lab_session_wait(session, -1, net_now_ns() + UINT64_C(20000000));
    }
}

/* Some states last as long as the kernel's shortest timer does, 200 ms, which a busy machine may miss: then once more.
 */
static void assert_waits(const struct row *row)
{
    enum { TRIES = 4 };
    for (int i = 0; i < TRIES && !is_told(row); i++) {
        if (i + 1 == TRIES)
            assert_said(row->script, replies, row->pieces);
        assert_int_equal(live_clear(NULL), 0);
    }
}

static void every_wait_has_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        if (row->needs_wire && !has_wire())
            continue;
        assert_waits(row);
        assert_int_equal(live_clear(NULL), 0);
    }
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static const struct result {
    const char *script, *actor, *call, *piece;
    bool needs_wire;
} results[] = {
    {CONNECTED "s1.4 set SO_RCVTIMEO 150ms\nc1 send 13 bytes\ns1.4 recv 77 MSG_WAITALL\nwait s1 recv returns\n", "s1",
     "recv", "SO_RCVTIMEO 150 ms ran out: only 13 of 77 bytes had come", false},
    {CONNECTED "s1 handle SIGUSR2\nc1 send 13 bytes\ns1.4 recv 77 MSG_WAITALL\nwait s1 recv blocks\ns1 signal SIGUSR2\n"
               "wait s1 recv returns\n",
     "s1", "recv", "only 13 of 77 bytes had come", false},
    {CONNECTED "c1 send 13 bytes\ns1.4 recv 77 MSG_WAITALL\nwait s1 recv blocks\nc1 close\nwait s1 recv returns\n",
     "s1", "recv", "only 13 of 77 bytes came before it", true},
    {CONNECTED "c1 set SO_SNDBUF 4096\nc1 send 900000 bytes MSG_DONTWAIT\n", "c1", "send",
     "MSG_DONTWAIT: the send buffer had room for ", false},
    {CONNECTED "c1 nonblock\nc1 set SO_SNDBUF 4096\nc1 send 900000 bytes\n", "c1", "send",
     "O_NONBLOCK: the send buffer had room for ", false},
    {CONNECTED "c1 shutdown wr\nwait quiet\ns1.4 poll IN+OUT+RDHUP\n", "s1", "poll",
     "POLLIN: recv() would return 0, POLLOUT: room in the send buffer", true},
    {CONNECTED "c1 shutdown wr\nwait quiet\ns1.4 shutdown wr\nwait quiet\ns1.4 poll OUT\n", "s1", "poll",
     "POLLHUP: both directions are closed", true},
    {CONNECTED "c1 set SO_LINGER 1 0\nc1 close\nwait quiet\ns1.4 poll IN+RDHUP\n", "s1", "poll",
     "POLLERR: ECONNRESET in SO_ERROR, from RST #", true},
    {"hand c1\nc1 socket\nc1 nonblock\nc1 connect server:23499\nwait quiet\nc1 poll OUT\n", "c1", "poll",
     "POLLERR: ECONNREFUSED in SO_ERROR, from RST #", true},
    {"hand c1\nc1 socket\nc1 poll OUT\n", "c1", "poll", "POLLHUP: the socket has no connection", false},
    {CONNECTED "c1 send 21 bytes\nwait quiet\ns1.4 poll IN\n", "s1", "poll", "POLLIN: 21 bytes to read", false},
    {CONNECTED "s1.4 poll IN 60ms\nwait s1 poll returns\n", "s1", "poll", "nothing was ready, and its 60 ms ran out",
     false},
    {CONNECTED "s1.4 set SO_RCVLOWAT 30\nc1 send 8 bytes\nwait quiet\ns1.4 poll IN\n", "s1", "poll",
     "SO_RCVLOWAT asks for 30 bytes, and 8 were there", false},
    {CONNECTED "c1 send \"pqr\" MSG_OOB\nwait quiet\ns1.4 recv\n", "s1", "recv", "recv() stops at the urgent byte",
     true},
    {CONNECTED "s1.4 recv 1 MSG_OOB\nwait quiet\n", "s1", "recv", "no urgent byte has come", false},
    {CONNECTED "c1 send \"q\" MSG_OOB\nwait quiet\ns1.4 recv 1 MSG_OOB\ns1.4 recv 1 MSG_OOB\nwait quiet\n", "s1",
     "recv", "s1 had taken the urgent byte with MSG_OOB at ", false},
    {CONNECTED "s1.4 set SO_OOBINLINE 1\nc1 send \"q\" MSG_OOB\nwait quiet\ns1.4 recv 1 MSG_OOB\nwait quiet\n", "s1",
     "recv", "SO_OOBINLINE is set", false},
};
enum { RESULTS = sizeof results / sizeof *results };

/* The last return of such a call. */
static long returned(const char *name, const char *call)
{
    const struct lab_actor *actor = lab_actor_by_name(lab_session_state(session), name);
    for (long i = (long)lab_journal_count(lab_session_journal(session)); i-- > 0;) {
        const struct net_event *ev = lab_journal_at(lab_session_journal(session), (size_t)i);
        if (ev->kind == NET_EV_CALL_RETURN && actor && ev->actor == actor->id &&
            strcmp(net_call_row(ev->u.call.call)->name, call) == 0)
            return i;
    }
    fail_msg("%s: no %s() returned", name, call);
    return LAB_NONE;
}

static void every_result_has_its_reason(void **state)
{
    char said[240];
    (void)state;
    for (size_t i = 0; i < RESULTS; i++) {
        const struct result *r = &results[i];
        if (r->needs_wire && !has_wire())
            continue;
        if (THREAD_SANITIZED && strstr(r->script, " handle "))
            continue; /* it runs a handler only after the call that the signal was to end */
        live_run(r->script);
        lab_because(lab_session_journal(session), lab_session_state(session), lab_session_start_ns(session),
                    returned(r->actor, r->call), said, sizeof said);
        if (!strstr(said, r->piece))
            fail_msg("\"%s\" is not in \"%s\", after:\n%s", r->piece, said, r->script);
        assert_int_equal(live_clear(NULL), 0);
    }
}

/* What was read whole, or written whole, needs no reason. */
static void what_needs_none_has_none(void **state)
{
    char said[240];
    (void)state;
    live_run(CONNECTED "c1 send 30 bytes\nwait quiet\ns1.4 recv 500\ns1.4 send 12 bytes\nwait quiet\nc1 recv 12 "
                       "MSG_WAITALL\n");
    static const char *const calls[][2] = {{"c1", "send"}, {"s1", "recv"}, {"s1", "send"}, {"c1", "recv"}};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        assert_false(lab_because(lab_session_journal(session), lab_session_state(session),
                                 lab_session_start_ns(session), returned(calls[i][0], calls[i][1]), said, sizeof said));
    *replies = '\0';
    live_type("show waits");
    assert_string_equal(replies,
                        "nothing waits: every call has returned, and nothing that was sent is still to be confirmed\n");
}

/* ---- what had waited --------------------------------------------------------------------------------------------- */

static void take_line(void *user, const char *line)
{
    char *said = user;
    strcat(strcat(said, line), "\n");
}

static void late_data_is_explained(void **state)
{
    static char said[16384];
    (void)state;
    if (!has_wire())
        skip();
    live_run(CONNECTED "wire hold\nc1 send 31 bytes\nc1 send 17 bytes\nwait 60ms\nwire open\nwait quiet\n");
    *said = '\0';
    lab_explain(lab_session_journal(session), lab_session_state(session), lab_session_start_ns(session), LAB_NONE,
                take_line, said);
    assert_said("Nagle", said,
                (const char *const[]){" of c1 left, though send() had it since ", "Nagle's algorithm", NULL});
    live_clear(NULL);
    live_run(CONNECTED
             "c1 set TCP_NODELAY 1\nwire hold\nc1 send 31 bytes\nc1 send 17 bytes\nwait 60ms\nwire open\nwait "
             "quiet\n");
    *said = '\0';
    lab_explain(lab_session_journal(session), lab_session_state(session), lab_session_start_ns(session), LAB_NONE,
                take_line, said);
    assert_null(strstr(said, "Nagle"));
}

/* ---- tasks of one program, by hand ------------------------------------------------------------------------------- */

enum { PROGRAM = 1, WORKER = 2, MUTEX = 0x1000, CONDITION = 0x2000, NS_PER_MS = 1000000 };

static long worker_begins(struct story *s)
{
    return story_put(
        s, (struct net_event){.kind = NET_EV_TASK_START,
                              .actor = PROGRAM,
                              .task = WORKER,
                              .u.task = {.kind = NET_TASK_THREAD, .parent = PROGRAM, .pid = 101, .tid = 777}});
}

static void assert_task_waits(const struct story *s, uint32_t task, enum lab_wait_for what, const char *text)
{
    const struct lab_evidence e = {.journal = s->journal, .state = s->state, .start_ns = STORY_START_NS};
    struct lab_wait wait;
    assert_true(lab_wait_of_task(&e, lab_task_by_id(s->state, task), &wait));
    assert_int_equal(wait.reason[0].what, what);
    assert_string_equal(wait.reason[0].text, text);
}

static void a_mutex_has_its_holder(void **state)
{
    struct story *s = *state;
    story_program(s, PROGRAM, "pool", NET_SERVER);
    worker_begins(s);
    story_call(s, WORKER, (struct net_ev_call){.call = NET_CALL_PTHREAD_MUTEX_LOCK, .fd = -1, .args = {MUTEX}});
    story_enter(s, PROGRAM, (struct net_ev_call){.call = NET_CALL_PTHREAD_MUTEX_LOCK, .fd = -1, .args = {MUTEX}});
    assert_task_waits(s, PROGRAM, LAB_WAIT_MUTEX, "pool (thread 777) has the mutex since 0.005.");
    story_enter(s, WORKER,
                (struct net_ev_call){.call = NET_CALL_PTHREAD_COND_WAIT, .fd = -1, .args = {CONDITION, MUTEX}});
    assert_task_waits(s, PROGRAM, LAB_WAIT_MUTEX_UNSEEN, "The mutex was let go: it is about to be taken.");
    assert_task_waits(s, WORKER, LAB_WAIT_CONDITION, "It waits until another thread signals the condition.");
}

static void children_and_time(void **state)
{
    struct story *s = *state;
    const struct lab_evidence e = {.journal = s->journal, .state = s->state, .start_ns = STORY_START_NS};
    struct lab_wait wait;
    story_program(s, PROGRAM, "forks", NET_SERVER);
    story_task(s, PROGRAM, 5, NET_TASK_CHILD, PROGRAM, 4001);
    story_task(s, PROGRAM, 6, NET_TASK_CHILD, PROGRAM, 4002);
    story_enter(s, PROGRAM, (struct net_ev_call){.call = NET_CALL_WAIT, .fd = -1});
    assert_task_waits(s, PROGRAM, LAB_WAIT_CHILDREN, "It has 2 children, and none of them has ended.");
    story_enter(s, 5, (struct net_ev_call){.call = NET_CALL_SLEEP, .fd = -1, .args = {3}});
    story_enter(s, 6, (struct net_ev_call){.call = NET_CALL_NANOSLEEP, .fd = -1, .args = {0, 0, 20 * NS_PER_MS}});
    assert_task_waits(s, 5, LAB_WAIT_SLEEP, "It sleeps until 3.006.");
    assert_task_waits(s, 6, LAB_WAIT_SLEEP, "It sleeps until 0.027.");
    assert_true(lab_wait_of_task(&e, lab_task_by_id(s->state, 6), &wait));
    assert_int_equal(wait.until_ns, wait.since_ns + 20 * NS_PER_MS);
}

/* A note of the journal holds one, and an object that is read gives the same bytes again. */
static void a_wait_is_json(void **state)
{
    struct story *s = *state;
    const struct lab_evidence e = {.journal = s->journal, .state = s->state, .start_ns = STORY_START_NS};
    struct lab_wait wait;
    char line[4000] = "";
    story_connect(s);
    story_enter(s, 1, (struct net_ev_call){.call = NET_CALL_RECV, .fd = 4, .args = {4, 0, 9}});
    assert_true(lab_wait_of_task(&e, lab_task_by_id(s->state, 1), &wait));
    char *json = lab_wait_json(&e, &wait);
    const struct net_event ev = {.kind = NET_EV_NOTE,
                                 .data = (const uint8_t *)json,
                                 .data_bytes = (uint32_t)strlen(json),
                                 .u.note = {.kind = LAB_NOTE_WAIT}};
    FILE *out = fmemopen(line, sizeof line, "w");
    lab_event_write_json(&ev, 0, out);
    fclose(out);
    assert_non_null(strstr(line, "\"wait\":{\"who\":\"server\",\"what\":\"recv(4, buf, 9, 0)\",\"call\":\"recv\""));
    assert_non_null(strstr(line, "\"reason\":\"empty\""));
    free(json);
}

static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAB_WAITS_FOR; i++) {
        if (!lab_wait_rows[i].id || !lab_wait_rows[i].one)
            fail_msg("reason %zu has no name or no sentence", i);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(lab_wait_rows[i].id, lab_wait_rows[k].id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test_setup_teardown(a_mutex_has_its_holder, story_setup, story_teardown),
        cmocka_unit_test_setup_teardown(children_and_time, story_setup, story_teardown),
        cmocka_unit_test_setup_teardown(a_wait_is_json, story_setup, story_teardown),
        cmocka_unit_test_teardown(every_wait_has_its_reason, live_clear),
        cmocka_unit_test_teardown(every_result_has_its_reason, live_clear),
        cmocka_unit_test_teardown(what_needs_none_has_none, live_clear),
        cmocka_unit_test_teardown(late_data_is_explained, live_clear),
    };
    return cmocka_run_group_tests_name("waits", tests, live_open, live_close);
}
