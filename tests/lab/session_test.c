// SPDX-License-Identifier: GPL-3.0-or-later
// A session against the live kernel: what commands do, wait for, refuse and answer; scripts, questions, completion.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/explain/sight.h"
#include "net/actor/actor_private.h"
#include "net/data/call.h"
#include "tests/fixtures/live_session.h"

/* As a screen has it. */
static int open_for_screen(void **state)
{
    live_close(state);
    return live_open_with(&(struct lab_session_spec){0});
}

static int back_to_headless(void **state)
{
    live_close(state);
    return live_open(state);
}

/* ---- at the prompt ---- */

/* Until what was typed is over; every wait of a session has its own deadline, so this ends. */
static void until_over(void)
{
    while (live_waits())
        lab_session_wait(session, -1, 0);
}

static enum lab_outcome type_line(const char *line)
{
    enum lab_outcome outcome = live_type(line);
    if (outcome == LAB_WAITS)
        until_over();
    return outcome;
}

static const struct net_event *note_since(size_t first, unsigned kind)
{
    const struct lab_journal *journal = lab_session_journal(session);
    for (size_t i = lab_journal_count(journal); i-- > first;) {
        const struct net_event *event = lab_journal_at(journal, i);
        if (event->kind == NET_EV_NOTE && event->u.note.kind == kind)
            return event;
    }
    return NULL;
}

static const struct net_event *last_note(unsigned kind)
{
    return note_since(0, kind);
}

static bool note_has(unsigned kind, const char *text)
{
    lab_session_poll(session);
    const struct net_event *note = last_note(kind);
    return note && memmem(note->data, note->data_bytes, text, strlen(text));
}

/* A line that must succeed. */
static void typed(const char *line)
{
    size_t before = lab_journal_count(lab_session_journal(session));
    type_line(line);
    lab_session_poll(session);
    const struct net_event *note = note_since(before, LAB_NOTE_ERROR);
    if (*err.text || note)
        fail_msg("%s: %s%.*s", line, err.text, note ? (int)note->data_bytes : 0, note ? (const char *)note->data : "");
}

static void refused(const char *line, const char *sentence)
{
    assert_int_equal(type_line(line), LAB_ERROR);
    if (!strstr(err.text, sentence))
        fail_msg("%s: `%s` lacks `%s`", line, err.text, sentence);
}

static void the_whole_path(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect | c1 send \"hello\" | c1 recv | c1 close | expect server ended exit 0");
    typed("expect server recv got \"hello\"");
    typed("expect c1 recv got \"Message received.\\n\"");
    typed("expect server printed \"Received: hello\"");
    typed("expect server.4 was ESTABLISHED");
    typed("expect c1 close = 0");
    assert_true(note_has(LAB_NOTE_EXPECT_HELD, "expect c1 close = 0"));
}

struct late {
    struct net_ring *ring;
    pid_t reader;
    _Atomic bool is_polled;
};

/* As a task whose processor was taken from it while it told something, until the reader sleeps. */
static void *tell_late(void *user)
{
    struct late *late = user;
    struct net_event event = {.kind = NET_EV_NOTE, .u.note.kind = LAB_NOTE_REPLY};
    uint64_t end_ns = net_now_ns() + 5000000000u;
    while (!(late->is_polled && net_proc_state(getpid(), late->reader) == 'S') && net_now_ns() < end_ns)
        sched_yield();
    net_ring_put(lab_session_engine(session)->arena, late->ring, &event);
    return NULL;
}

static void a_poll_leaves_nothing_behind(void **state)
{
    struct net_engine *engine = lab_session_engine(session);
    struct late late = {.ring = net_ring_claim(engine->arena, 1, 0, NET_CLIENT), .reader = gettid()};
    pthread_t thread;
    (void)state;
    assert_non_null(late.ring);
    net_ring_begin(late.ring);
    assert_int_equal(pthread_create(&thread, NULL, tell_late, &late), 0);
    net_engine_note(engine, &(struct net_ev_note){.kind = LAB_NOTE_ERROR}, "told meanwhile", 14);
    late.is_polled = true;
    lab_session_poll(session);
    bool is_told = last_note(LAB_NOTE_ERROR) && last_note(LAB_NOTE_ERROR)->data_bytes == 14;
    pthread_join(thread, NULL);
    lab_session_poll(session);
    net_ring_release(engine->arena, late.ring);
    assert_true(is_told);
}

static void a_busy_hand_says_what_it_is_in(void **state)
{
    (void)state;
    typed("hand s1 on server | s1 bind 12345 | s1 listen 1 | s1 accept");
    typed("expect s1 accept blocks");
    refused("s1 close", "s1 is in accept(3");
    assert_non_null(strstr(err.text, "`s1 cancel` frees it"));
    typed("s1.3 get SO_ACCEPTCONN"); /* an option of a blocked socket, from outside */
    assert_non_null(strstr(replies, "s1.3 SO_ACCEPTCONN = 1"));
}

static void cancel_frees_a_hand(void **state)
{
    (void)state;
    typed("hand s1 on server | s1 bind 12345 | s1 listen 1 | s1 accept");
    typed("s1 cancel");
    typed("expect s1 accept = -1 EINTR");
    typed("s1 close");
    typed("expect s1 close = 0");
}

static void an_error_changes_nothing(void **state)
{
    size_t count = lab_journal_count(lab_session_journal(session));
    (void)state;
    refused("hand c1 | c1 conect", "did you mean `connect`?");
    assert_int_equal(lab_session_error_column(session), 14);
    lab_session_poll(session);
    assert_int_equal(lab_journal_count(lab_session_journal(session)), count);
    refused("c1 connect", "no actor");
}

static void refusals_at_run_time(void **state)
{
    (void)state;
    typed("hand c1");
    refused("c1 recv", "no socket open");
    refused("hand c1", "lives already");
    refused("c1 stop", "process");
    refused("wire release", "no segment is held");
    refused("net client tcp_keepalive_tme", "tcp_keepalive_time");
    refused("step c1", "is a hand");
    refused("predict \"x\"", "in a script");
    refused("save /nonexistent/file", "ENOENT");
}

static void what_is_typed_ahead_waits_its_turn(void **state)
{
    (void)state;
    assert_int_equal(live_type("wait 20ms | hand c1"), LAB_WAITS);
    assert_int_equal(live_type("c1 connect"), LAB_WAITS);
    until_over();
    typed("expect c1 connect = -1 ECONNREFUSED");
}

static void abandon_gives_up_all_that_was_typed(void **state)
{
    struct lab_waiting waiting;
    (void)state;
    assert_int_equal(live_type("wait 60s | hand c1"), LAB_WAITS);
    assert_true(lab_session_waiting(session, &waiting));
    assert_string_equal(waiting.what, "wait 60s");
    assert_true(waiting.deadline_ns > waiting.since_ns);
    lab_session_abandon(session);
    assert_false(live_waits());
    refused("c1 connect", "no actor");
}

static void a_failed_expectation_tells_what_was_seen(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect | c1 send \"hello\" | c1 recv | c1 recv");
    type_line("expect within 50ms c1 recv #2 = -1 ECONNRESET");
    assert_true(note_has(LAB_NOTE_ERROR, "expected c1 recv #2 = -1 ECONNRESET; c1 recv returned 18, 0"));
    assert_true(note_has(LAB_NOTE_EXPECT_FAILED, "seen: c1 recv returned 18, 0"));
    assert_true(note_has(LAB_NOTE_EXPECT_FAILED, "\n  "));
    assert_true(note_has(LAB_NOTE_EXPECT_FAILED, "recv(3, \"\", 1024, 0) = 0"));
}

static void no_waits_for_quiet(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect");
    typed("expect no segment RST");
    typed("expect not server recv returns");
    type_line("expect no segment SYN");
    assert_true(note_has(LAB_NOTE_EXPECT_FAILED, "no segment SYN"));
}

static void counted_segments(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect");
    typed("expect segment SYN x1");
    typed("expect segment SYN+ACK from server x1");
    type_line("expect within 50ms segment SYN x2");
    assert_true(note_has(LAB_NOTE_EXPECT_FAILED, "there were 1"));
}

/* What no other condition could say; each of these lines has been seen to fail with another number. */
static void conditions_on_answers_and_segments(void **state)
{
    (void)state;
    live_run("let port = 4444\n"
             "hand s1 on server ; hand c1\n"
             "s1 socket ; s1 set SO_REUSEADDR 1 ; s1 bind $port ; s1 listen 5\n"
             "mark begun\n"
             "c1 connect server:$port ; s1 accept\n"
             "expect s1.3 accept = 4\n"
             "expect segment SYN mss=1460 wscale>=0 then within 1s SYN+ACK to client then ACK seq=1 ack=1 len=0\n"
             "expect segment SYN x1 since begun\n"
             "c1 send \"12345678\"\n"
             "expect s1.4 recv-queue = 8\n"
             "expect c1 TCP_INFO bytes_sent = 8\n"
             "c1 set SO_RCVTIMEO 50ms\n"
             "expect c1 SO_RCVTIMEO < 0.06s\n"
             "c1 recv\n"
             "expect c1.3 recv took >= 50ms\n"
             "mark second\n"
             "repeat 3 c1 send 10 bytes\n"
             "expect segment data from client len=10 x3 since second\n"
             "expect segment data from client at least 4\n"
             "expect no segment data from client at least 5\n"
             "s1.4 poll IN 100ms\n"
             "expect s1.4 poll has only POLLIN\n"
             "s1.4 set SO_LINGER 1 0 ; s1.4 close\n"
             "expect segment RST without SYN from server\n"
             "expect c1 SO_ERROR = ECONNRESET\n"
             "expect c1 SO_ERROR = 0\n"
             "expect counter server OutRsts = 1 since second\n");
}

static void held_segments_and_patient_hosts(void **state)
{
    (void)state;
    typed("server single | hand c1 | wire hold");
    assert_int_equal(lab_session_time(session), LAB_TIME_PATIENT);
    assert_int_equal(last_note(LAB_NOTE_TIME)->u.note.flags, LAB_TIME_PATIENT);
    typed("c1 connect");
    typed("expect wire waiting 1");
    typed("expect c1 state SYN_SENT");
    typed("expect c1 connect blocks");
    typed("wire release 1 | wire release 1");
    typed("expect c1 connect = 0");
    typed("wire open");
    assert_int_equal(lab_session_time(session), 0);
    typed("expect server accept = 4");
}

static void a_cut_cable_and_a_reboot(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect | wire cut | c1 send \"lost\"");
    typed("expect within 50ms no server recv returns");
    typed("wire join");
    typed("expect within 5s server recv = 4");
    typed("hand s2 on server | s2 bind 7777 | s2 listen | hand c2 | c2 connect server:7777 | s2 accept");
    typed("reboot server");
    typed("expect s2 ended signal SIGKILL");
    typed("expect sockets server ESTABLISHED 0");
    typed("expect c2 state ESTABLISHED");
    typed("c2 send \"hello?\"");
    typed("c2 recv");
    typed("expect c2 recv = -1 ECONNRESET");
}

static void options_of_any_socket(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect | wait quiet");
    typed("server.4 set TCP_KEEPIDLE 3");
    assert_non_null(strstr(replies, "server.4 TCP_KEEPIDLE = 3"));
    typed("expect server.4 TCP_KEEPIDLE = 3");
    typed("c1 set SO_LINGER 1 0");
    typed("expect c1 setsockopt = 0");
    typed("expect c1 SO_LINGER = 1 0");
    refused("server.9 get SO_LINGER", "no socket at descriptor 9");
}

/* How often a call has returned, since the session began. */
static size_t returns_of(const char *call)
{
    size_t count = 0;
    const struct lab_journal *journal = lab_session_journal(session);
    for (size_t i = 0; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        count += ev->kind == NET_EV_CALL_RETURN && ev->u.call.call == net_call_number(call);
    }
    return count;
}

/* A program, a hand and a process, each asleep in a call: options change under them, and they sleep on. */
static void options_change_under_a_blocked_call(void **state)
{
    static const char *const actors[] = {"server.4", "c1.3", "c2.3"};
    (void)state;
    typed("server single | hand c1 | hand c2 as process | c1 connect | c1 recv | wait c1 recv blocks");
    typed("c2 connect | c2 recv | wait c2 recv blocks | wait server recv blocks");
    size_t before = returns_of("recv");
    for (size_t i = 0; i < sizeof actors / sizeof actors[0]; i++) {
        char line[200];
        snprintf(line, sizeof line,
                 "%s set SO_KEEPALIVE 1 | %s set TCP_KEEPIDLE 33 | %s set SO_LINGER 1 7 | "
                 "expect %s TCP_KEEPIDLE = 33 | expect %s SO_LINGER = 1 7",
                 actors[i], actors[i], actors[i], actors[i], actors[i]);
        typed(line);
    }
    assert_int_equal(returns_of("recv"), before);
    typed("expect server recv blocks | expect c1 recv blocks | expect c2 recv blocks");
}

static void the_backlog_of_any_listener(void **state)
{
    (void)state;
    typed("server single backlog=1 | wait server accept blocks");
    typed("server.3 set backlog 6");
    assert_non_null(strstr(replies, "server.3 backlog = 6"));
    typed("expect server.3 backlog = 6 | expect server accept blocks");
    typed("hand s1 on server | s1 bind 7777 | s1 listen 2 | s1 get backlog");
    assert_non_null(strstr(replies, "s1.3 backlog = 2"));
    typed("s1 set backlog 9 | expect s1 listen #2 = 0 | expect s1 backlog = 9");
    typed("s1 get TCP_INFO");
    assert_non_null(strstr(replies, "s1.3 TCP_INFO = LISTEN, 0 wait for accept, backlog 9"));
    typed("hand c1 | c1 connect | wait server recv blocks");
    refused("c1 set backlog 3", "c1.3 does not listen, so it has no backlog: `c1 listen` first");
    refused("server.4 set backlog 3", "descriptor 4 does not listen");
    refused("s1 set TCP_INFO 1", "TCP_INFO can only be read");
    refused("server.3 set TCP_WINDOW_CLAMP -1", "TCP_WINDOW_CLAMP takes a whole number of bytes from 0 to 2147483647");
    refused("server.4 set TCP_FASTOPEN 5", "in the state that it is in (EINVAL): before or in LISTEN");
    refused("server.4 set TCP_CONGESTION nothing", "this kernel has no such value for TCP_CONGESTION (ENOENT)");
    refused("server.7 set SO_LINGER 1 0", "no socket at descriptor 7");
    typed("server kill");
    refused("server.4 set SO_LINGER 1 0", "server was ended by SIGKILL");
}

/* What is gone, out of range or read-only is said in a sentence, and changes nothing. */
static void causes_on_what_is_gone(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect | wait server recv blocks");
    typed("c1 close | wait quiet");
    refused("c1 close", "c1 has no socket open");
    refused("c1 set SO_LINGER 1 0", "c1 has no socket open");
    typed("hand c2 as process | c2 connect | c2 kill");
    refused("c2 kill", "c2 was ended by SIGKILL");
    refused("c2 stop", "c2 was ended by SIGKILL");
    typed("hand c3 | c3 socket | c3 close");
    refused("destroy c3", "no socket that the kernel still knows");
    typed("hand c4");
    refused("c4 files 3", "c4 is a thread, and the limit would be the lab's own");
    if (!lab_session_engine(session)->wire)
        return;
    refused("net server tcp_keepalive_time many", "does not take the value \"many\" (EINVAL)");
    refused("net server tcp_available_congestion_control reno", "read-only");
    typed("net server tcp_keepalive_time");
    assert_non_null(strstr(replies, "server tcp_keepalive_time = 7200"));
}

/* The cable is pulled and the host restarts, the way breaks while segments are held: each undoes the other's fault. */
static void two_causes_at_once(void **state)
{
    (void)state;
    if (!lab_session_engine(session)->wire)
        skip();
    typed("server fork | hand c1 | c1 connect | wait children 1");
    typed("wire cut | destroy c1");
    typed("reboot client | expect wire cut | wire join");
    typed("hand c2 | wire hold | c2 connect | expect wire waiting 1");
    typed("wire unreachable | expect c2 connect = -1 EHOSTUNREACH | expect wire unreachable");
    typed("wire join | expect wire open | hand c3 | c3 connect | expect c3 connect = 0");
}

static void a_fork_server_has_children(void **state)
{
    (void)state;
    typed("server fork | hand c1 | c1 connect");
    typed("expect children 1 zombie 0");
    typed("destroy c1");
    typed("expect server children 0");
}

static void stepping_lets_one_call_pass(void **state)
{
    (void)state;
    typed("step | server single");
    typed("expect not server socket returns");
    assert_int_equal(lab_session_time(session) & LAB_TIME_STEPPED, LAB_TIME_STEPPED);
    typed("step");
    typed("expect server socket = 3");
    typed("expect not server bind returns");
    typed("run");
    typed("expect server accept blocks");
    assert_int_equal(lab_session_time(session), 0);
}

static void clear_is_a_clean_slate(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect | net client tcp_keepalive_time 60 | wire hold | step");
    typed("clear");
    assert_int_equal(lab_session_time(session), 0);
    refused("c1 connect", "no actor");
    refused("expect c1 connect = 0", "no actor");
    typed("net client tcp_keepalive_time");
    assert_non_null(strstr(replies, "client tcp_keepalive_time = 7200"));
    typed("expect wire open");
    typed("expect sockets client ESTABLISHED 0");
    typed("server single | expect server bind = 0");
}

static void shows_answer(void **state)
{
    static const struct {
        const char *command, *line;
    } all[] = {{"show sockets", "server.4"},      {"show calls", "accept(3"},
               {"show wire", "SYN ACK"},          {"show actors", "tcp_server_single"},
               {"show options c1", "SO_LINGER"},  {"show state", "2 ESTABLISHED"},
               {"explain", "connect("},           {"help", "wire hold"},
               {"help expect", "ACTOR alive"},    {"help server", "backlog"},
               {"help SO_LINGER", "close()"},     {"show sysctls client", "tcp_retries2"},
               {"help tcp_retries2", "net HOST"}, {"show options server.4", "TCP_INFO"},
               {"echo \"a\\x1b[31m\"", "\\x1b"}};
    (void)state;
    typed("server single | hand c1 | c1 connect | hand c2 | c2 connect | wait quiet");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *replies = '\0';
        typed(all[i].command);
        if (!strstr(replies, all[i].line))
            fail_msg("%s: no `%s` in:\n%s", all[i].command, all[i].line, replies);
    }
}

/* A reply tells the connect(), and with the time since zero. */
static void assert_counts_from(uint64_t zero_ns, const char *command, unsigned kind, const char *before,
                               const char *behind)
{
    const struct lab_journal *journal = lab_session_journal(session);
    char time[40];
    size_t i = lab_journal_count(journal);
    while (i > 0 && !(lab_journal_at(journal, i - 1)->kind == kind &&
                      lab_journal_at(journal, i - 1)->u.call.call == NET_CALL_CONNECT))
        i--;
    assert_true(i > 0);
    uint64_t since_ns = lab_journal_at(journal, i - 1)->time_ns - zero_ns;
    snprintf(time, sizeof time, "%s%" PRIu64 ".%03" PRIu64 "%s", before, since_ns / 1000000000,
             since_ns / 1000000 % 1000, behind);
    *replies = '\0';
    typed(command);
    if (!strstr(replies, time))
        fail_msg("%s: no `%s` in:\n%s", command, time, replies);
}

/* The panes count from where the experiment began, and so do the replies beside them. */
static void a_reply_counts_as_the_panes_do(void **state)
{
    (void)state;
    typed("wait 50ms");
    typed("clear");
    const struct net_event *cleared = last_note(LAB_NOTE_CLEARED);
    assert_non_null(cleared);
    uint64_t zero_ns = cleared->time_ns;
    typed("server single | wait server accept blocks | hand c1 | c1 connect | wait quiet");
    assert_counts_from(zero_ns, "explain", NET_EV_CALL_ENTER, "", "  c1 called connect(");
    assert_counts_from(zero_ns, "show calls", NET_EV_CALL_RETURN, "   ", "");
}

static void lines_without_a_screen_count_from_the_start(void **state)
{
    (void)state;
    typed("wait 50ms");
    typed("clear");
    typed("server single | wait server accept blocks | hand c1 | c1 connect | wait quiet");
    assert_counts_from(lab_session_start_ns(session), "explain", NET_EV_CALL_ENTER, "", "  c1 called connect(");
}

static void quit_is_a_wish(void **state)
{
    (void)state;
    assert_false(lab_session_quit_asked(session));
    typed("quit");
    assert_true(lab_session_quit_asked(session));
}

/* ---- scripts ---- */

static void start(const char *text, bool stepwise, bool ask)
{
    struct lab_place place = {.file = "S", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT, .reach = LAB_REACH_USER};
    if (lab_session_start_script(session, text, &place, stepwise, ask, &err) < 0)
        fail_msg("%s", err.text);
}

static void a_script_waits_for_a_busy_hand(void **state)
{
    (void)state;
    start("hand s1 on server\ns1 bind 12345\ns1 listen 1\ns1 accept\nhand c1\nc1 connect\ns1 recv\nc1 send \"x\"\ns1 "
          "close\nexpect s1 recv = 1\n",
          false, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_DONE);
    assert_int_equal(lab_session_expect_held(session), 1);
}

static void a_script_ends_at_what_does_not_hold(void **state)
{
    (void)state;
    start("hand c1\nc1 connect\nexpect within 10ms c1 connect = 0\nhand c2\n", false, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_FAILED);
    assert_int_equal(lab_session_expect_failed(session), 1);
    assert_int_equal(lab_session_script_line(session), 3);
    assert_int_equal(strncmp(lab_session_script_error(session)->text,
                             "S:3:1: expected c1 connect = 0; c1 connect returned -1 ECONNREFUSED", 66),
                     0);
    start("hand again\nhand c9 | again close\n", false, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_FAILED);
    assert_int_equal(lab_session_expect_failed(session), 0);
    assert_int_equal(strncmp(lab_session_script_error(session)->text, "S:2:11: again has no socket", 27), 0);
}

static const char question[] = "server single\n"
                               "hand c1\n"
                               "predict \"What does connect() return?\"\n"
                               "choice \"0\" c1 connect = 0\n"
                               "choice \"an error\" c1 connect = -1\n"
                               "c1 connect\n";

static void a_question_is_answered_by_the_kernel(void **state)
{
    const struct lab_question *q;
    (void)state;
    start(question, false, true);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_ASKS);
    q = lab_session_question(session);
    assert_int_equal(q->choice_count, 2);
    assert_string_equal(q->choice[1].condition, "c1 connect = -1");
    assert_int_equal(q->answer, -1);
    lab_session_predict(session, 1);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_DONE);
    q = lab_session_question(session);
    assert_int_equal(q->predicted, 1);
    assert_int_equal(q->answer, 0);
    assert_true(q->choice[0].is_true && !q->choice[1].is_true);
    assert_true(note_has(LAB_NOTE_PREDICTED, "an error") && note_has(LAB_NOTE_ANSWER, "0"));
}

/* `see` is a claim, and its note knows the call or the segment that it is about. */
static void a_sight_is_the_event_that_it_names(void **state)
{
    size_t sights[LAB_SIGHTS + 1], signs = 0;
    (void)state;
    start("hand s1 on server\ns1 socket\ns1 bind 7100\ns1 listen 1\nhand c1\nc1 connect server:7100\ns1 accept\n"
          "expect s1 accept = 4\nc1 send \"a\"\nc1 send \"bc\"\nsee 1 c1 send #2 = 2\nsee 9 s1 accept = 4\nsee 3 "
          "segment SYN+ACK from server\n",
          false, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_DONE);
    assert_int_equal(lab_session_expect_held(session), 1); /* a sign is none */
    const struct lab_journal *journal = lab_session_journal(session);
    for (size_t i = 0; i < lab_journal_count(journal); i++)
        signs += lab_is_sight(lab_journal_at(journal, i));
    assert_int_equal(signs, 3);
    lab_sights(journal, 0, sights);
    const struct net_event *send = lab_journal_at(journal, sights[1] - 1),
                           *taken = lab_journal_at(journal, sights[9] - 1),
                           *segment = lab_journal_at(journal, sights[3] - 1);
    assert_true(send->kind == NET_EV_CALL_RETURN && send->u.call.call == NET_CALL_SEND && send->u.call.ret == 2);
    assert_true(taken->kind == NET_EV_CALL_RETURN && taken->u.call.ret == 4);
    assert_true(segment->kind == NET_EV_SEGMENT && segment->u.segment.from == NET_SERVER);
    assert_int_equal(lab_sight_of(sights, sights[9] - 1), 9);
    assert_true(sights[2] == 0 && lab_sight_of(sights, sights[1]) == 0);
    start("hand c7\nsee 1 c7 alive\n", false, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_FAILED);
    if (!strstr(lab_session_script_error(session)->text, "is neither"))
        fail_msg("%s", lab_session_script_error(session)->text);
    start("hand c8\nc8 socket\nsee 1 c8 socket = 4\n", false, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_FAILED);
    assert_int_equal(lab_session_expect_failed(session), 1);
}

static void a_question_without_one_answer_fails(void **state)
{
    (void)state;
    start("hand c1\npredict \"?\"\nchoice \"a\" c1 alive\nchoice \"b\" quiet\n", false, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_FAILED);
    assert_non_null(strstr(lab_session_script_error(session)->text, "more than one answer"));
    assert_int_equal(lab_session_expect_failed(session), 1);
}

static void steps_of_a_script(void **state)
{
    (void)state;
    start(question, true, false);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_PAUSED);
    assert_int_equal(lab_session_script_line(session), 1);
    lab_session_script_next(session);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_PAUSED);
    assert_int_equal(lab_session_script_line(session), 2);
    lab_session_script_go(session);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_DONE);
}

static void the_prompt_works_while_a_script_waits(void **state)
{
    (void)state;
    start("hand c1\nwait within 10s c1 connect returns\nexpect c1 connect = -1\n", false, false);
    assert_true(live_type("wait 1ms | c1 connect") != LAB_ERROR);
    assert_int_equal(live_until_ended(), LAB_SCRIPT_DONE);
}

static void experiments_have_their_own_past(void **state)
{
    (void)state;
    typed("server single | hand c1 | c1 connect | wait quiet");
    assert_int_equal(lab_session_begin_experiment(session, 2, "3.1", "A title", &err), 0);
    const struct net_event *note = last_note(LAB_NOTE_EXPERIMENT);
    assert_int_equal(note->u.note.id, 2);
    assert_memory_equal(note->data, "3.1\tA title", 11);
    refused("expect c1 connect = 0", "no actor");
    typed("expect no segment SYN");
}

/* ---- completion ---- */

static char candidates[20000];

static void keep_candidate(void *user, const char *word, const char *meaning)
{
    (void)user;
    (void)meaning;
    size_t used = strlen(candidates);
    snprintf(candidates + used, sizeof candidates - used, "%s\n", word);
}

static bool offers(const char *line, const char *word)
{
    char whole[80];
    size_t start_byte;
    *candidates = '\n';
    candidates[1] = '\0';
    lab_session_complete(session, line, strlen(line), &start_byte, keep_candidate, NULL);
    snprintf(whole, sizeof whole, "\n%s\n", word);
    return strstr(candidates, whole) != NULL;
}

static void only_what_is_valid_now_is_offered(void **state)
{
    (void)state;
    assert_false(offers("", "c1"));
    typed("server single | hand c1 | c1 connect | wait quiet");
    assert_true(offers("", "c1") && offers("", "wire") && offers("c", "c1") && offers("c", "clear"));
    assert_false(offers("c", "wire"));
    assert_true(offers("c1 ", "connect") && offers("c1 con", "connect") && offers("c1 ", "kill"));
    assert_false(offers("c1 ", "stop")); /* a thread cannot be stopped */
    assert_true(offers("server ", "single") && offers("server ", "kill"));
    assert_false(offers("server ", "connect"));
    assert_true(offers("server single ", "port=12345") && offers("server single as ", "process"));
    assert_true(offers("c1.", "c1.3") && offers("server.", "server.4"));
    assert_true(offers("c1.3 ", "close"));
    assert_false(offers("c1.3 ", "kill"));
    assert_true(offers("c1 set ", "SO_LINGER") && offers("c1 get ", "SO_ERROR"));
    assert_false(offers("c1 set ", "SO_ERROR"));
    assert_true(offers("c1 set SO_KEEPALIVE ", "1"));
    assert_true(offers("c1 shutdown ", "wr"));
    assert_true(offers("c1 signal SIGP", "SIGPIPE"));
    assert_true(offers("c1 recv MSG_PEEK+MSG_D", "MSG_PEEK+MSG_DONTWAIT"));
    assert_true(offers("hand c2 | wire re", "release"));
    assert_true(offers("show ", "sockets") && offers("show options ", "c1"));
    assert_true(offers("net ", "client") && offers("net client tcp_keepalive_t", "tcp_keepalive_time"));
    assert_true(offers("expect ", "server") && offers("expect ", "segment"));
    assert_true(offers("expect server ", "recv") && offers("expect server re", "recv"));
    assert_true(offers("expect server recv = -1 ECONN", "ECONNRESET"));
    assert_true(offers("expect within 5s c1 state ", "TIME_WAIT"));
    assert_true(offers("wait c1 state ESTAB", "ESTABLISHED"));
    assert_true(offers("expect segment ", "SYN") && offers("expect segment from ", "client"));
    assert_true(offers("expect sockets server ", "LISTEN"));
    assert_true(offers("help wi", "wire hold"));
    assert_false(offers("c1 send \"c", "c1"));
    assert_true(offers("step ", "server"));
    assert_false(offers("step ", "c1"));
}

static void held_segments_are_offered_by_number(void **state)
{
    (void)state;
    typed("wire hold | hand c1 | c1 connect");
    *candidates = '\0';
    size_t start_byte;
    lab_session_complete(session, "wire release #", 14, &start_byte, keep_candidate, NULL);
    assert_int_equal(start_byte, 13);
    assert_int_equal(candidates[0], '#');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_whole_path, live_clear),
        cmocka_unit_test_setup(a_poll_leaves_nothing_behind, live_clear),
        cmocka_unit_test_setup(a_busy_hand_says_what_it_is_in, live_clear),
        cmocka_unit_test_setup(cancel_frees_a_hand, live_clear),
        cmocka_unit_test_setup(an_error_changes_nothing, live_clear),
        cmocka_unit_test_setup(refusals_at_run_time, live_clear),
        cmocka_unit_test_setup(what_is_typed_ahead_waits_its_turn, live_clear),
        cmocka_unit_test_setup(abandon_gives_up_all_that_was_typed, live_clear),
        cmocka_unit_test_setup(a_failed_expectation_tells_what_was_seen, live_clear),
        cmocka_unit_test_setup(no_waits_for_quiet, live_clear),
        cmocka_unit_test_setup(counted_segments, live_clear),
        cmocka_unit_test_setup(conditions_on_answers_and_segments, live_clear),
        cmocka_unit_test_setup(held_segments_and_patient_hosts, live_clear),
        cmocka_unit_test_setup(a_cut_cable_and_a_reboot, live_clear),
        cmocka_unit_test_setup(options_of_any_socket, live_clear),
        cmocka_unit_test_setup(causes_on_what_is_gone, live_clear),
        cmocka_unit_test_setup(two_causes_at_once, live_clear),
        cmocka_unit_test_setup(options_change_under_a_blocked_call, live_clear),
        cmocka_unit_test_setup(the_backlog_of_any_listener, live_clear),
        cmocka_unit_test_setup(a_fork_server_has_children, live_clear),
        cmocka_unit_test_setup(stepping_lets_one_call_pass, live_clear),
        cmocka_unit_test_setup(clear_is_a_clean_slate, live_clear),
        cmocka_unit_test_setup(shows_answer, live_clear),
        cmocka_unit_test_setup(a_script_waits_for_a_busy_hand, live_clear),
        cmocka_unit_test_setup(a_script_ends_at_what_does_not_hold, live_clear),
        cmocka_unit_test_setup(a_question_is_answered_by_the_kernel, live_clear),
        cmocka_unit_test_setup(a_sight_is_the_event_that_it_names, live_clear),
        cmocka_unit_test_setup(a_question_without_one_answer_fails, live_clear),
        cmocka_unit_test_setup(steps_of_a_script, live_clear),
        cmocka_unit_test_setup(the_prompt_works_while_a_script_waits, live_clear),
        cmocka_unit_test_setup(experiments_have_their_own_past, live_clear),
        cmocka_unit_test_setup(only_what_is_valid_now_is_offered, live_clear),
        cmocka_unit_test_setup(held_segments_are_offered_by_number, live_clear),
        cmocka_unit_test_setup(quit_is_a_wish, live_clear),
        cmocka_unit_test_setup(lines_without_a_screen_count_from_the_start, live_clear),
        cmocka_unit_test_setup_teardown(a_reply_counts_as_the_panes_do, open_for_screen, back_to_headless),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
