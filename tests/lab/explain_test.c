// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of connections, on events made by hand.
#include "lab/explain/because.h"
#include "lab/explain/explain.h"

#include "net/data/option.h"
#include "tests/fixtures/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CALL(...) ((struct net_ev_call){__VA_ARGS__})

struct said {
    char text[8192];
    size_t n;
};

static void take_line(void *user, const char *line)
{
    struct said *said = user;
    for (const char *c = line; *c; c++)
        assert_true((unsigned char)*c >= ' ');
    said->n += (size_t)snprintf(said->text + said->n, sizeof said->text - said->n, "%s\n", line);
}

static void assert_said_of(const struct story *s, int conversation, const char *expected)
{
    struct said said = {.n = 0};
    int lines = lab_explain(s->journal, s->state, STORY_START_NS, conversation, take_line, &said);
    assert_string_equal(said.text, expected);
    for (const char *c = expected; *c; c++)
        lines -= *c == '\n';
    assert_int_equal(lines, 0);
}

/* Of whatever changed last. */
#define assert_said(s, expected) assert_said_of(s, LAB_NONE, expected)

/* ---- what happens on the way to most of the stories -------------------------------------------------------------- */

static void unread(struct story *s, enum net_host host, uint64_t cookie, uint32_t bytes)
{
    struct net_ev_sample sample = story_sample(host, cookie, NET_STATE_ESTABLISHED);
    sample.rqueue = bytes;
    sample.origin = NET_BEFORE_CALL;
    story_see(s, sample);
}

/* The client's end sends FIN, its socket in FIN_WAIT1, and the server's end gets it. */
static void fin_of_client_without_answer(struct story *s)
{
    story_sent(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1001, 5001, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    story_fate(s, s->segments, NET_DELIVERED);
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE_WAIT, NET_AFTER_SEGMENT);
}

static void ack_of_server(struct story *s)
{
    story_carried(s, story_segment(NET_SERVER, NET_ACK, 5001, 1002, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT2, NET_AFTER_SEGMENT);
}

static void fin_of_client(struct story *s)
{
    fin_of_client_without_answer(s);
    ack_of_server(s);
}

/* The client's end sends RST; the server's socket is in CLOSE after it. */
static void rst_of_client(struct story *s)
{
    story_sent(s, story_segment(NET_CLIENT, NET_RST | NET_ACK, 1001, 5001, 0));
    story_gone(s, NET_CLIENT, 22);
    story_fate(s, s->segments, NET_DELIVERED);
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE, NET_AFTER_SEGMENT);
}

static void server_waits(struct story *s)
{
    story_enter(s, 1, CALL(.call = NET_CALL_RECV, .fd = 4, .args = {4, 0, 1023}, .line = 58));
}

static void server_gets(struct story *s, int64_t ret, int error)
{
    story_return(s, 1,
                 CALL(.call = NET_CALL_RECV, .fd = 4, .args = {4, 0, 1023}, .line = 58, .ret = ret, .error = error));
}

static void server_reads(struct story *s, int64_t ret, int error)
{
    server_waits(s);
    server_gets(s, ret, error);
}

static long client_closes(struct story *s)
{
    return story_call(s, 2, CALL(.call = NET_CALL_CLOSE, .fd = 3, .args = {3}, .line = 70));
}

#define OPENED                                                                                                         \
    "0.013  client called connect(3, NULL, 0). It returned 0 at 0.024. server took the connection from accept() at "   \
    "0.025, as descriptor 4.\n"

/* ---- stories ----------------------------------------------------------------------------------------------------- */

static void nothing_yet(void **story)
{
    assert_said(*story, "");
    assert_said_of(*story, 7, "");
}

static void an_open_connection(void **story)
{
    struct story *s = *story;
    story_connect(s);
    server_waits(s);
    assert_said(s,
                OPENED "0.026  Both ends are ESTABLISHED; neither has ended the connection.\n"
                       "0.026  server has been in recv(4, buf, 1023, 0) since 0.026. The receive queue of server.4 is "
                       "empty. client is in no call that the lab sees.\n");
}

static void a_polite_end(void **story)
{
    struct story *s = *story;
    story_connect(s);
    server_waits(s);
    client_closes(s);
    fin_of_client(s);
    server_gets(s, 0, 0);
    assert_said(s, OPENED "0.027  client called close(3) in line 70. Its kernel sent FIN. The FIN arrived at 0.031, "
                          "and the end of server went from ESTABLISHED to CLOSE_WAIT.\n"
                          "0.036  server: recv(4, \"\", 1023, 0) returned 0, having waited since 0.026: the FIN says "
                          "that client sends no more.\n"
                          "0.036  The end of server has been in CLOSE_WAIT since 0.032: server has not called "
                          "close(4), and until then it stays.\n"
                          "0.036  The end of client has been in FIN_WAIT2 since 0.035: it waits for the FIN of the "
                          "other end. No program owns it any more.\n");
    story_enter(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4, .args = {4}, .line = 60));
    story_sent(s, story_segment(NET_SERVER, NET_FIN | NET_ACK, 5001, 1002, 0));
    story_state(s, NET_SERVER, 33, NET_STATE_LAST_ACK, NET_BEFORE_SEGMENT);
    story_fate(s, s->segments, NET_DELIVERED);
    struct net_ev_sample waits = story_sample(NET_CLIENT, 22, NET_STATE_TIME_WAIT);
    waits.origin = NET_AFTER_SEGMENT;
    waits.timer = NET_TIMER_TIMEWAIT;
    waits.timer_ms = 60000;
    story_see(s, waits);
    story_return(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4, .args = {4}, .line = 60));
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1002, 5002, 0));
    story_gone(s, NET_SERVER, 33);
    assert_said(s, OPENED "0.027  client called close(3) in line 70. Its kernel sent FIN. The FIN arrived at 0.031, "
                          "and the end of server went from ESTABLISHED to CLOSE_WAIT.\n"
                          "0.036  server: recv(4, \"\", 1023, 0) returned 0, having waited since 0.026: the FIN says "
                          "that client sends no more.\n"
                          "0.037  server called close(4) in line 60. Its kernel sent FIN. The FIN arrived at 0.040, "
                          "and the end of client went from FIN_WAIT2 to TIME_WAIT.\n"
                          "0.045  The end of client is in TIME_WAIT until about 60.041: it closed first. It keeps port "
                          "40000, and catches what may still be on its way.\n");
    story_gone(s, NET_CLIENT, 22);
    assert_said_of(s, 0,
                   OPENED "0.027  client called close(3) in line 70. Its kernel sent FIN. The FIN arrived at 0.031, "
                          "and the end of server went from ESTABLISHED to CLOSE_WAIT.\n"
                          "0.036  server: recv(4, \"\", 1023, 0) returned 0, having waited since 0.026: the FIN says "
                          "that client sends no more.\n"
                          "0.037  server called close(4) in line 60. Its kernel sent FIN. The FIN arrived at 0.040, "
                          "and the end of client went from FIN_WAIT2 to TIME_WAIT.\n"
                          "0.046  Nothing is left of it: TIME_WAIT is over.\n");
}

static void unread_bytes_make_a_reset(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_carried(s, story_segment(NET_SERVER, NET_PSH | NET_ACK, 5001, 1001, 18));
    server_waits(s);
    unread(s, NET_CLIENT, 22, 18);
    client_closes(s);
    rst_of_client(s);
    server_gets(s, -1, ECONNRESET);
    server_reads(s, 0, 0);
    assert_said(
        s,
        OPENED "0.030  client called close(3) in line 70. It had 18 bytes unread in its receive queue. Its kernel sent "
               "RST instead of FIN. The RST arrived at 0.034, and the end of server went from ESTABLISHED to CLOSE.\n"
               "0.036  server: recv(4, buf, 1023, 0) returned -1 ECONNRESET, having waited since 0.028: the RST. The "
               "error is reported once: the next recv() returned 0 at 0.038.\n"
               "0.038  server still has descriptor 4; its socket is in CLOSE, without a connection.\n");
}

static void linger_makes_a_reset(void **story)
{
    struct story *s = *story;
    static const int32_t hard[2] = {1, 0};
    story_connect(s);
    struct net_event set = {.kind = NET_EV_CALL_ENTER,
                            .actor = 2,
                            .task = 2,
                            .data = (const uint8_t *)hard,
                            .data_bytes = sizeof hard,
                            .u.call = {.call = NET_CALL_SETSOCKOPT, .fd = 3, .args = {3, 1, 13, 0, 8}}};
    story_put(s, set);
    story_return(s, 2, set.u.call);
    client_closes(s);
    rst_of_client(s);
    assert_said(s, OPENED
                "0.028  client called close(3) in line 70. SO_LINGER {1, 0} had been set at 0.026. Its kernel sent RST "
                "instead of FIN. The RST arrived at 0.032, and the end of server went from ESTABLISHED to CLOSE.\n"
                "0.033  server still has descriptor 4; its socket is in CLOSE, without a connection.\n");
}

/* The same, but the kernel refused the option. */
static void what_was_not_set_is_not_blamed(void **story)
{
    struct story *s = *story;
    static const int32_t hard[2] = {1, 0};
    story_connect(s);
    struct net_event set = {.kind = NET_EV_CALL_ENTER,
                            .actor = 2,
                            .task = 2,
                            .data = (const uint8_t *)hard,
                            .data_bytes = sizeof hard,
                            .u.call = {.call = NET_CALL_SETSOCKOPT, .fd = 3, .args = {3, 1, 13, 0, 8}}};
    story_put(s, set);
    set.u.call.ret = -1;
    set.u.call.error = EINVAL;
    story_return(s, 2, set.u.call);
    client_closes(s);
    rst_of_client(s);
    assert_said(s, OPENED
                "0.028  client called close(3) in line 70. Why that was a reset cannot be seen: no byte was unread "
                "when the lab last looked, and SO_LINGER {1, 0} was not set. Its kernel sent RST "
                "instead of FIN. The RST arrived at 0.032, and the end of server went from ESTABLISHED to CLOSE.\n"
                "0.033  server still has descriptor 4; its socket is in CLOSE, without a connection.\n");
}

static void a_death_closes_too(void **story)
{
    struct story *s = *story;
    story_connect(s);
    server_waits(s);
    story_enter(s, 2, CALL(.call = NET_CALL_RECV, .fd = 3, .args = {3, 0, 100}));
    fin_of_client(s);
    story_task_end(s, 2, 2, (struct net_ev_end){.how = NET_END_SIGNAL, .signo = SIGKILL});
    server_gets(s, 0, 0);
    assert_said(s, OPENED "0.029  client was ended by SIGKILL, and its kernel closed what it had open. Its kernel sent "
                          "FIN. The FIN arrived at 0.030, and the end of server went from ESTABLISHED to CLOSE_WAIT.\n"
                          "0.036  server: recv(4, \"\", 1023, 0) returned 0, having waited since 0.026: the FIN says "
                          "that client sends no more.\n"
                          "0.036  The end of server has been in CLOSE_WAIT since 0.031: server has not called "
                          "close(4), and until then it stays.\n"
                          "0.036  The end of client has been in FIN_WAIT2 since 0.034: it waits for the FIN of the "
                          "other end. No program owns it any more.\n");
}

static void main_returns(void **story)
{
    struct story *s = *story;
    story_connect(s);
    fin_of_client(s);
    story_task_end(s, 2, 2, (struct net_ev_end){.how = NET_END_RETURNED, .status = 1});
    assert_said(s, OPENED
                "0.027  client ended: its main() returned 1, and its kernel closed what it had open. Its kernel sent "
                "FIN. The FIN arrived at 0.028, and the end of server went from ESTABLISHED to CLOSE_WAIT.\n"
                "0.033  The end of server has been in CLOSE_WAIT since 0.029: server has not called close(4), and "
                "until then it stays.\n"
                "0.033  The end of client has been in FIN_WAIT2 since 0.032: it waits for the FIN of the other end. No "
                "program owns it any more.\n");
}

static void half_an_end(void **story)
{
    struct story *s = *story;
    story_connect(s);
    server_waits(s);
    story_call(s, 2, CALL(.call = NET_CALL_SHUTDOWN, .fd = 3, .args = {3, 1}));
    fin_of_client(s);
    server_gets(s, 0, 0);
    assert_said(s, OPENED
                "0.027  client called shutdown(3, SHUT_WR). Its kernel sent FIN. The FIN arrived at 0.031, and the end "
                "of server went from ESTABLISHED to CLOSE_WAIT.\n"
                "0.036  server: recv(4, \"\", 1023, 0) returned 0, having waited since 0.026: the FIN says that client "
                "sends no more.\n"
                "0.036  The end of server has been in CLOSE_WAIT since 0.032: server has not called close(4), and "
                "until then it stays.\n"
                "0.036  The end of client has been in FIN_WAIT2 since 0.035: it waits for the FIN of the other end.\n");
}

static void data_for_a_closed_socket(void **story)
{
    struct story *s = *story;
    story_connect(s);
    client_closes(s);
    fin_of_client(s);
    story_call(s, 1, CALL(.call = NET_CALL_SEND, .fd = 4, .args = {4, 0, 5}, .ret = 5));
    story_carried(s, story_segment(NET_SERVER, NET_PSH | NET_ACK, 5001, 1002, 5));
    story_sent(s, story_segment(NET_CLIENT, NET_RST, 1002, 0, 0));
    story_gone(s, NET_CLIENT, 22);
    story_fate(s, s->segments, NET_DELIVERED);
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE, NET_AFTER_SEGMENT);
    story_enter(s, 1, CALL(.call = NET_CALL_SEND, .fd = 4, .args = {4, 0, 5}));
    story_return(s, 1, CALL(.call = NET_CALL_SEND, .fd = 4, .args = {4, 0, 5}, .ret = -1, .error = EPIPE));
    story_put(s, (struct net_event){.kind = NET_EV_SIGNAL,
                                    .actor = 1,
                                    .task = 1,
                                    .u.signal = {.signo = SIGPIPE, .action = NET_SIG_DEFAULT}});
    story_task_end(s, 1, 1, (struct net_ev_end){.how = NET_END_SIGNAL, .signo = SIGPIPE});
    assert_said(
        s, OPENED
        "0.026  client called close(3) in line 70. Its kernel sent FIN. The FIN arrived at 0.030, and the end of "
        "server went from ESTABLISHED to CLOSE_WAIT.\n"
        "0.039  The kernel of client answered 5 bytes from server with RST. client had closed its socket at 0.026, so "
        "no program would read that. The RST arrived at 0.041, and the end of server went from CLOSE_WAIT to CLOSE.\n"
        "0.044  server: send(4, \"\", 5, 0) returned -1 EPIPE: after the RST nothing can be sent. With it came "
        "SIGPIPE, which ended server.\n"
        "0.046  Nothing is left of it, and no end is in TIME_WAIT.\n");
}

static void a_held_fin(void **story)
{
    struct story *s = *story;
    story_connect(s);
    server_waits(s);
    client_closes(s);
    story_sent(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1001, 5001, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
    story_fate(s, s->segments, NET_HELD);
    assert_said(s, OPENED "0.027  client called close(3) in line 70. Its kernel sent FIN. The wire holds the FIN, so "
                          "server knows nothing of it. Timers run on meanwhile: what a kernel sends again is counted, "
                          "and only its giving up waits.\n"
                          "0.031  The end of server is still ESTABLISHED: no segment that ends it has arrived.\n"
                          "0.031  server has been in recv(4, buf, 1023, 0) since 0.026. The receive queue of server.4 "
                          "is empty. The wire has held the FIN #4 of client since 0.031.\n"
                          "0.031  The end of client has been in FIN_WAIT1 since 0.030: it waits for the ACK of its "
                          "FIN. No program owns it any more.\n");
}

static void a_fin_on_a_cut_cable(void **story)
{
    struct story *s = *story;
    story_connect(s);
    client_closes(s);
    for (int i = 0; i < 2; i++) {
        story_sent(s, story_segment(NET_CLIENT, NET_FIN | NET_ACK, 1001, 5001, 0));
        story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT1, NET_BEFORE_SEGMENT);
        story_put(s, (struct net_event){.kind = NET_EV_FATE,
                                        .u.fate = {.segment = s->segments, .fate = NET_DROPPED, .why = NET_DROP_CUT}});
    }
    assert_said(s, OPENED "0.026  client called close(3) in line 70. Its kernel sent FIN 2 times. The wire is cut and "
                          "dropped the FIN, so server knows nothing of it.\n"
                          "0.033  The end of server is still ESTABLISHED: no segment that ends it has arrived.\n"
                          "0.033  The end of client has been in FIN_WAIT1 since 0.029: it waits for the ACK of its "
                          "FIN. No program owns it any more.\n");
}

static void keep_alive_gives_up(void **story)
{
    struct story *s = *story;
    story_connect(s);
    server_waits(s);
    for (int i = 0; i < 3; i++) {
        story_sent(s, story_segment(NET_SERVER, NET_ACK, 5000, 1001, 0));
        story_put(s, (struct net_event){.kind = NET_EV_FATE,
                                        .u.fate = {.segment = s->segments, .fate = NET_DROPPED, .why = NET_DROP_CUT}});
    }
    story_sent(s, story_segment(NET_SERVER, NET_RST | NET_ACK, 5001, 1001, 0));
    story_put(s, (struct net_event){.kind = NET_EV_FATE,
                                    .u.fate = {.segment = s->segments, .fate = NET_DROPPED, .why = NET_DROP_CUT}});
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE, NET_AFTER_CALL);
    server_gets(s, -1, ETIMEDOUT);
    assert_said(s,
                OPENED "0.035  The kernel of server had no answer to 3 keep-alive probes, and gave the connection up. "
                       "Its kernel sent RST. The wire is cut and dropped the RST, so client knows nothing of it.\n"
                       "0.036  server: recv(4, buf, 1023, 0) returned -1 ETIMEDOUT, having waited since 0.026: its "
                       "kernel had given up.\n"
                       "0.036  server still has descriptor 4; its socket is in CLOSE, without a connection.\n"
                       "0.036  The end of client is still ESTABLISHED: no segment that ends it has arrived.\n");
}

static void nobody_listened(void **story)
{
    struct story *s = *story;
    story_program(s, 2, "client", NET_CLIENT);
    story_call(s, 2, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22));
    story_enter(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}));
    story_sent(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_SYN_SENT, NET_BEFORE_SEGMENT);
    story_fate(s, s->segments, NET_DELIVERED);
    story_carried(s, story_segment(NET_SERVER, NET_RST | NET_ACK, 0, 1001, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_CLOSE, NET_AFTER_SEGMENT);
    story_return(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}, .ret = -1, .error = ECONNREFUSED));
    assert_said(s, "0.005  client called connect(3, NULL, 0). Its kernel sent SYN.\n"
                   "0.009  The kernel of server answered with RST: no socket of the lab listened at port 12345.\n"
                   "0.012  client: connect() returned -1 ECONNREFUSED.\n"
                   "0.012  client still has descriptor 3; its socket is in CLOSE, without a connection.\n");
}

static void a_full_queue(void **story)
{
    struct story *s = *story;
    story_program(s, 1, "server", NET_SERVER);
    story_call(s, 1, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 11));
    struct net_ev_sample full = story_sample(NET_SERVER, 11, NET_STATE_LISTEN);
    full.rqueue = 2;
    full.wqueue = 1;
    story_see(s, full);
    story_program(s, 2, "client", NET_CLIENT);
    story_call(s, 2, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22));
    story_enter(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}));
    for (int i = 0; i < 3; i++)
        story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_SYN_SENT, NET_BEFORE_SEGMENT);
    assert_said(
        s,
        "0.010  client called connect(3, NULL, 0). Its kernel sent SYN 3 times. The queue of the listening socket is "
        "full: 2 connections not accepted yet, where the backlog is 1, and the kernel of server drops a SYN then.\n"
        "0.017  The end of client has been in SYN_SENT since 0.017: it waits for the answer to its SYN.\n"
        "0.017  client has been in connect(3, NULL, 0) since 0.010. The accept queue of server.3 is full: 2 "
        "connections "
        "wait there, where the backlog is 1.\n");
    story_state(s, NET_CLIENT, 22, NET_STATE_CLOSE, NET_AFTER_CALL);
    story_return(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}, .ret = -1, .error = ETIMEDOUT));
    assert_said(
        s,
        "0.010  client called connect(3, NULL, 0). Its kernel sent SYN 3 times. The queue of the listening socket was "
        "full: 2 connections not accepted yet, where the backlog is 1, and the kernel of server drops a SYN then.\n"
        "0.019  client: connect() returned -1 ETIMEDOUT: SYN was sent 3 times without an answer: tcp_syn_retries.\n"
        "0.019  client still has descriptor 3; its socket is in CLOSE, without a connection.\n");
}

static void a_listener_that_never_accepted(void **story)
{
    struct story *s = *story;
    story_program(s, 1, "server", NET_SERVER);
    story_call(s, 1, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 11));
    story_state(s, NET_SERVER, 11, NET_STATE_LISTEN, NET_AFTER_CALL);
    story_program(s, 2, "client", NET_CLIENT);
    story_call(s, 2, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22));
    story_enter(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}));
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 5000, 1001, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED, NET_AFTER_SEGMENT);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1001, 5001, 0));
    story_state(s, NET_SERVER, 33, NET_STATE_ESTABLISHED, NET_AFTER_SEGMENT);
    story_return(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}));
    assert_said(s, "0.010  client called connect(3, NULL, 0). It returned 0 at 0.019. No program has accepted it: it "
                   "waits at the listening socket, and the kernel of server acts alone.\n"
                   "0.019  Both ends are ESTABLISHED; neither has ended the connection.\n");
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 3, .args = {3}));
    story_sent(s, story_segment(NET_SERVER, NET_RST | NET_ACK, 5001, 1001, 0));
    story_gone(s, NET_SERVER, 11);
    story_gone(s, NET_SERVER, 33);
    story_fate(s, s->segments, NET_DELIVERED);
    story_state(s, NET_CLIENT, 22, NET_STATE_CLOSE, NET_AFTER_SEGMENT);
    assert_said(s, "0.010  client called connect(3, NULL, 0). It returned 0 at 0.019.\n"
                   "0.024  server had not accepted the connection when its listening socket was closed at 0.020. Its "
                   "kernel sent RST. The RST arrived at 0.025, and the end of client went from ESTABLISHED to CLOSE.\n"
                   "0.026  client still has descriptor 3; its socket is in CLOSE, without a connection.\n");
}

static long bind_fails(struct story *s, uint32_t task, int error)
{
    static const uint8_t any_12345[16] = {2, 0, STORY_PORT >> 8, STORY_PORT & 0xff};
    struct net_event ev = {.kind = NET_EV_CALL_ENTER,
                           .actor = task,
                           .task = task,
                           .data = any_12345,
                           .data_bytes = sizeof any_12345,
                           .u.call = {.call = NET_CALL_BIND, .fd = 3, .args = {3, 0, 16}}};
    story_put(s, ev);
    ev.u.call.ret = -1;
    ev.u.call.error = error;
    return story_return(s, task, ev.u.call);
}

static void a_port_that_a_listener_has(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_program(s, 5, "second", NET_SERVER);
    story_call(s, 5, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 55));
    bind_fails(s, 5, EADDRINUSE);
    assert_said(
        s,
        "0.031  second: bind(3, 0.0.0.0:12345, 16) returned -1 EADDRINUSE: server.3, in LISTEN, holds port 12345.\n");
}

static void a_port_that_time_wait_has(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 3, .args = {3}));
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4, .args = {4}));
    story_gone(s, NET_SERVER, 11);
    story_state(s, NET_SERVER, 33, NET_STATE_TIME_WAIT, NET_AFTER_SEGMENT);
    story_program(s, 5, "second", NET_SERVER);
    story_call(s, 5, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 55));
    bind_fails(s, 5, EADDRINUSE);
    assert_said(s, "0.037  second: bind(3, 0.0.0.0:12345, 16) returned -1 EADDRINUSE: TIME_WAIT of server with "
                   "192.0.2.2:40000 holds port 12345. SO_REUSEADDR on both sockets would allow it.\n");
    story_gone(s, NET_SERVER, 33);
    assert_said(s, "0.037  second: bind(3, 0.0.0.0:12345, 16) returned -1 EADDRINUSE: TIME_WAIT of server with "
                   "192.0.2.2:40000 holds port 12345. SO_REUSEADDR on both sockets would allow it.\n");
}

static void a_port_that_nobody_known_has(void **story)
{
    struct story *s = *story;
    story_program(s, 5, "second", NET_SERVER);
    story_call(s, 5, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 55));
    bind_fails(s, 5, EADDRINUSE);
    assert_said(s, "0.006  second: bind(3, 0.0.0.0:12345, 16) returned -1 EADDRINUSE. Who has that port "
                   "cannot be seen: no socket of the lab has it.\n");
    bind_fails(s, 5, EACCES);
    assert_said(s, "0.008  second: bind(3, 0.0.0.0:12345, 16) returned -1 EACCES. Why cannot be seen.\n");
}

/* A call of 1 ms, under a limit of 2 ms: late ticks made it short. Under a limit of 3 ms it was something else. */
static void a_timeout_may_be_measured_short(void **story)
{
    struct story *s = *story;
    char why[200];
    story_connect(s);
    for (int64_t ms = 2; ms <= 3; ms++) {
        const int64_t limit[2] = {0, ms * 1000};
        struct net_event set = {.kind = NET_EV_CALL_ENTER,
                                .actor = 1,
                                .task = 1,
                                .data = (const uint8_t *)limit,
                                .data_bytes = sizeof limit,
                                .u.call = {.call = NET_CALL_SETSOCKOPT, .fd = 4, .args = {4, 1, 20, 0, 16}}};
        story_put(s, set);
        story_return(s, 1, set.u.call);
        server_waits(s);
        long ret = story_return(s, 1,
                                CALL(.call = NET_CALL_RECV, .fd = 4, .args = {4, 0, 1023}, .ret = -1, .error = EAGAIN));
        assert_int_equal(lab_because(s->journal, s->state, STORY_START_NS, ret, why, sizeof why), ms == 2);
        if (ms == 2)
            assert_string_equal(why, "SO_RCVTIMEO 2 ms ran out");
    }
}

/* The kernel may delay it by 40 ms, and a learner's next command comes first. */
static void a_late_acknowledgement_is_no_news(void **story)
{
    struct story *s = *story;
    story_connect(s);
    client_closes(s);
    fin_of_client_without_answer(s);
    story_call(s, 2, CALL(.call = NET_CALL_RECV, .fd = 3, .args = {3, 0, 1023}, .ret = -1, .error = EBADF));
    ack_of_server(s);
    assert_said(s,
                "0.033  client: recv(3, buf, 1023, 0) returned -1 EBADF: client had closed descriptor 3 at 0.026.\n");
}

static void a_child_of_a_fork_server(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 1, CALL(.call = NET_CALL_FORK, .fd = -1, .ret = 777));
    story_task(s, 1, 8, NET_TASK_CHILD, 1, 777);
    client_closes(s);
    story_call(s, 8, CALL(.call = NET_CALL_RECV, .fd = 4, .args = {4, 0, 100}, .ret = 10));
    fin_of_client(s);
    assert_said(s, OPENED "0.029  client called close(3) in line 70. Its kernel sent FIN. The FIN arrived at 0.035, "
                          "and the end of server (child 777) went from ESTABLISHED to CLOSE_WAIT.\n"
                          "0.039  The end of server (child 777) has been in CLOSE_WAIT since 0.036: server (child 777) "
                          "has not called close(4), and until then it stays. 2 descriptors refer to it.\n"
                          "0.039  The end of client has been in FIN_WAIT2 since 0.039: it waits for the FIN of the "
                          "other end. No program owns it any more.\n");
    story_call(s, 1, CALL(.call = NET_CALL_CLOSE, .fd = 4, .args = {4}));
    assert_said(s, OPENED
                "0.029  client called close(3) in line 70. Its kernel sent FIN. The FIN arrived at 0.035, and the end "
                "of server (child 777) went from ESTABLISHED to CLOSE_WAIT.\n"
                "0.040  server called close(4): another descriptor still referred to the socket, so nothing was sent.\n"
                "0.041  The end of server (child 777) has been in CLOSE_WAIT since 0.036: server (child 777) has not "
                "called close(4), and until then it stays.\n"
                "0.041  The end of client has been in FIN_WAIT2 since 0.039: it waits for the FIN of the other end. No "
                "program owns it any more.\n");
}

static void closes_that_end_nothing(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_call(s, 2, CALL(.call = NET_CALL_SHUTDOWN, .fd = 3, .args = {3, 0}));
    story_call(s, 2, CALL(.call = NET_CALL_DUP, .fd = 3, .args = {3}, .ret = 5));
    client_closes(s);
    assert_said(
        s,
        OPENED "0.026  client called shutdown(3, SHUT_RD): its program reads no more, and nothing is sent about that.\n"
               "0.030  client called close(3): another descriptor still referred to the socket, so nothing was sent.\n"
               "0.031  Both ends are ESTABLISHED; neither has ended the connection.\n");
}

static void note(struct story *s, struct net_ev_note about, const char *text)
{
    story_put(s, (struct net_event){.kind = NET_EV_NOTE,
                                    .u.note = about,
                                    .data = (const uint8_t *)text,
                                    .data_bytes = (uint32_t)strlen(text)});
}

static void an_end_that_the_lab_destroyed(void **story)
{
    struct story *s = *story;
    story_connect(s);
    note(s, (struct net_ev_note){.kind = LAB_NOTE_COMMAND, .command = LAB_COMMAND_DESTROY, .subject = 2, .fd = 3},
         "destroy client.3");
    rst_of_client(s);
    assert_said(s, OPENED "0.028  The command `destroy client.3` destroyed the end of client. Its kernel sent RST. The "
                          "RST arrived at 0.029, and the end of server went from ESTABLISHED to CLOSE.\n"
                          "0.030  server still has descriptor 4; its socket is in CLOSE, without a connection.\n"
                          "0.030  client still has descriptor 3; its socket is in CLOSE, without a connection.\n");
}

/* The program of the server knows nothing of it. */
static void linger_set_from_outside(void **story)
{
    struct story *s = *story;
    story_connect(s);
    note(s,
         (struct net_ev_note){.kind = LAB_NOTE_REPLY,
                              .command = LAB_COMMAND_SET,
                              .subject = 2,
                              .fd = 3,
                              .option = (uint16_t)net_option_for_note(net_option_find("SO_LINGER")),
                              .value = {1, 0}},
         "any words");
    client_closes(s);
    rst_of_client(s);
    assert_said(s, OPENED
                "0.027  client called close(3) in line 70. SO_LINGER {1, 0} had been set at 0.026. Its kernel sent RST "
                "instead of FIN. The RST arrived at 0.031, and the end of server went from ESTABLISHED to CLOSE.\n"
                "0.032  server still has descriptor 4; its socket is in CLOSE, without a connection.\n");
}

static void a_program_that_is_stopped(void **story)
{
    struct story *s = *story;
    story_connect(s);
    story_put(s, (struct net_event){.kind = NET_EV_SIGNAL, .actor = 2, .task = 2, .u.signal = {.signo = SIGSTOP}});
    story_put(s, (struct net_event){.kind = NET_EV_WIRE, .u.wire = {.mode = NET_WIRE_CUT}});
    assert_said(s, OPENED
                "0.027  Both ends are ESTABLISHED; neither has ended the connection. The wire is cut, and as long as "
                "nothing is sent neither end can know.\n"
                "0.027  client has been stopped by SIGSTOP since 0.026; the kernel of client goes on without it.\n");
}

/* A screen that was rewound says what it said then, although the journal knows more. */
static void nothing_is_said_of_the_future(void **story)
{
    struct story *s = *story;
    struct said then = {.n = 0}, again = {.n = 0};
    story_connect(s);
    server_waits(s);
    client_closes(s);
    size_t events = lab_journal_count(s->journal);
    lab_explain(s->journal, s->state, STORY_START_NS, LAB_NONE, take_line, &then);
    fin_of_client(s);
    server_gets(s, 0, 0);
    struct lab_state *early = lab_state_at(s->journal, events);
    lab_explain(s->journal, early, STORY_START_NS, LAB_NONE, take_line, &again);
    lab_state_free(early);
    assert_true(then.n > 0);
    assert_string_equal(again.text, then.text);
}

static void without_a_wire(void **story)
{
    struct story *s = *story;
    story_program(s, 1, "server", NET_SERVER);
    story_program(s, 2, "client", NET_CLIENT);
    story_call(s, 2, CALL(.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22));
    story_enter(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}));
    story_state(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED, NET_AFTER_CALL);
    story_return(s, 2, CALL(.call = NET_CALL_CONNECT, .fd = 3, .args = {3}));
    story_call(s, 1, CALL(.call = NET_CALL_ACCEPT, .args = {3}, .ret = 4, .cookie = 33));
    story_state(s, NET_SERVER, 33, NET_STATE_ESTABLISHED, NET_AFTER_CALL);
    server_waits(s);
    client_closes(s);
    story_state(s, NET_CLIENT, 22, NET_STATE_FIN_WAIT2, NET_AFTER_CALL);
    story_state(s, NET_SERVER, 33, NET_STATE_CLOSE_WAIT, NET_AFTER_CALL);
    server_gets(s, 0, 0);
    assert_said(s, "0.007  client called connect(3, NULL, 0). It returned 0 at 0.009. server took the connection from "
                   "accept() at 0.011, as descriptor 4.\n"
                   "0.014  client called close(3) in line 70.\n"
                   "0.018  server: recv(4, \"\", 1023, 0) returned 0, having waited since 0.013: the FIN says that "
                   "client sends no more.\n"
                   "0.018  The end of server has been in CLOSE_WAIT since 0.017: server has not called close(4), and "
                   "until then it stays.\n"
                   "0.018  The end of client has been in FIN_WAIT2 since 0.016: it waits for the FIN of the other end. "
                   "No program owns it any more.\n");
}

static void a_program_outside_the_lab(void **story)
{
    struct story *s = *story;
    struct net_ev_sample nc = story_sample(NET_CLIENT, 22, NET_STATE_SYN_SENT);
    nc.inode = 4711;
    story_see(s, nc);
    story_carried(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 5000, 1001, 0));
    nc.state = NET_STATE_ESTABLISHED;
    story_see(s, nc);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1001, 5001, 0));
    story_state(s, NET_SERVER, 33, NET_STATE_ESTABLISHED, NET_AFTER_SEGMENT);
    fin_of_client(s);
    assert_said(s, "0.000  client (outside the lab) connected from 192.0.2.2:40000 to 192.0.2.1:12345. No program has "
                   "accepted it: it waits at the listening socket, and the kernel of server acts alone.\n"
                   "0.011  client (outside the lab) closed its end, or shut it down. Its kernel sent FIN. The FIN "
                   "arrived at 0.012, and the end of server (not accepted) went from ESTABLISHED to CLOSE_WAIT.\n"
                   "0.016  The end of server (not accepted) has been in CLOSE_WAIT since 0.013: no program of the lab "
                   "has a descriptor for it, and until it is closed it stays.\n"
                   "0.016  The end of client (outside the lab) has been in FIN_WAIT2 since 0.016: it waits for the FIN "
                   "of the other end. No program owns it any more.\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_yet),
        TEST(an_open_connection),
        TEST(a_polite_end),
        TEST(unread_bytes_make_a_reset),
        TEST(linger_makes_a_reset),
        TEST(what_was_not_set_is_not_blamed),
        TEST(a_death_closes_too),
        TEST(main_returns),
        TEST(half_an_end),
        TEST(data_for_a_closed_socket),
        TEST(a_held_fin),
        TEST(a_fin_on_a_cut_cable),
        TEST(keep_alive_gives_up),
        TEST(nobody_listened),
        TEST(a_full_queue),
        TEST(a_listener_that_never_accepted),
        TEST(a_port_that_a_listener_has),
        TEST(a_port_that_time_wait_has),
        TEST(a_port_that_nobody_known_has),
        TEST(a_timeout_may_be_measured_short),
        TEST(a_late_acknowledgement_is_no_news),
        TEST(a_child_of_a_fork_server),
        TEST(closes_that_end_nothing),
        TEST(an_end_that_the_lab_destroyed),
        TEST(linger_set_from_outside),
        TEST(a_program_that_is_stopped),
        TEST(nothing_is_said_of_the_future),
        TEST(without_a_wire),
        TEST(a_program_outside_the_lab),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
