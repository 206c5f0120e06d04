// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The table of causes. What to watch is what FIN, RST and silence do to the other end; each line is asserted by the
 * lessons' experiments.
 *
 * What is expected in the matrix was measured on Linux 6.18; loopback and two hosts gave the same. The difference to a
 * table of the kernel's own tracepoints: a FIN_WAIT2 that lost its owner stays FIN_WAIT2 here (the tracepoint says
 * CLOSE when a small socket takes the place of the full one). The rows from `unreachable` to `user-timeout` were
 * measured by the lab itself, in twenty equal runs; of two ACKs that cross, either may be first.
 */
#include "lab/compare/cause.h"

#include "net/base/message.h"
#include "net/data/call.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define HAND_SOCKET (LAB_NEEDS_HAND | LAB_NEEDS_SOCKET)
#define UNREAD      "{q} send \"unread\" ; wait quiet"

/* ---- cells ---- */

/* clang-format off */
#define BLOCKS {.kind = LAB_CELL_BLOCKS}
#define GIVES(n) {.kind = LAB_CELL_RESULT, .ret = (n)}
#define FAILS(e) {.kind = LAB_CELL_RESULT, .ret = -1, .error = (e)}
#define BROKEN_PIPE {.kind = LAB_CELL_RESULT, .ret = -1, .error = EPIPE, .sigpipe = true}
#define POLLS(b) {.kind = LAB_CELL_POLL, .bits = (b)}
#define ERROR(e) {.kind = LAB_CELL_ERROR, .error = (e)}
#define ENDS(e) {.kind = LAB_CELL_ENDS, .bits = (e)}
#define STATES(n, ...) {.kind = LAB_CELL_STATES, .count = (n), .item = {__VA_ARGS__}}
#define SEGMENTS(n, ...) {.kind = LAB_CELL_SEGMENTS, .count = (n), .item = {__VA_ARGS__}}
#define NO_SEGMENT {.kind = LAB_CELL_SEGMENTS}
#define S(name) {.what = NET_STATE_##name}
#define A(name) {.what = LAB_SENT_##name, .end = LAB_END_A}
#define B(name) {.what = LAB_SENT_##name, .end = LAB_END_B}
#define A_LOST(name) {.what = LAB_SENT_##name, .end = LAB_END_A, .lost = true}
#define A_DATA_LOST {.what = LAB_SENT_DATA, .end = LAB_END_A, .bytes = 5, .lost = true}
#define A_DATA {.what = LAB_SENT_DATA, .end = LAB_END_A, .bytes = 5}

#define READABLE (POLLIN | POLLOUT | POLLRDHUP)
#define NOBODY 0

/* What most rows share, in groups of columns. */
#define SENDS_FAIL \
    [LAB_MATRIX_SEND_1] = BROKEN_PIPE, [LAB_MATRIX_SEND_2] = BROKEN_PIPE, [LAB_MATRIX_SEND_3] = BROKEN_PIPE, \
    [LAB_MATRIX_RECV_LAST] = GIVES(0)
#define SENDS_ARE_TAKEN \
    [LAB_MATRIX_SEND_1] = GIVES(5), [LAB_MATRIX_SEND_2] = GIVES(5), [LAB_MATRIX_SEND_3] = GIVES(5)
#define BOTH_STAY \
    [LAB_MATRIX_STATES] = STATES(1, S(ESTABLISHED)), [LAB_MATRIX_STATES_CAUSE] = STATES(1, S(ESTABLISHED)), \
    [LAB_MATRIX_SEGMENTS] = NO_SEGMENT
#define FIN_IS_CONFIRMED \
    [LAB_MATRIX_STATES] = STATES(2, S(ESTABLISHED), S(CLOSE_WAIT)), \
    [LAB_MATRIX_STATES_CAUSE] = STATES(3, S(ESTABLISHED), S(FIN_WAIT1), S(FIN_WAIT2)), \
    [LAB_MATRIX_SEGMENTS] = SEGMENTS(2, B(FIN), A(ACK))
#define RST_COMES \
    [LAB_MATRIX_STATES] = STATES(2, S(ESTABLISHED), S(CLOSE)), \
    [LAB_MATRIX_SEGMENTS] = SEGMENTS(1, B(RST_ACK)), [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(1, B(RST_ACK))

/* A FIN, and RST to what is sent after it: no program is there to take it. */
#define FIN_THEN_RST \
    [LAB_MATRIX_RECV] = GIVES(0), [LAB_MATRIX_RECV_NEXT] = GIVES(0), [LAB_MATRIX_POLL] = POLLS(READABLE), \
    [LAB_MATRIX_SEND_1] = GIVES(5), [LAB_MATRIX_POLL_LATER] = POLLS(READABLE | POLLERR | POLLHUP), \
    [LAB_MATRIX_SEND_2] = BROKEN_PIPE, [LAB_MATRIX_SEND_3] = BROKEN_PIPE, [LAB_MATRIX_RECV_LAST] = GIVES(0), \
    FIN_IS_CONFIRMED, [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(4, B(FIN), A(ACK), A_DATA, B(RST))
#define RST_AT_ONCE \
    [LAB_MATRIX_RECV] = FAILS(ECONNRESET), [LAB_MATRIX_RECV_NEXT] = GIVES(0), \
    [LAB_MATRIX_POLL] = POLLS(READABLE | POLLHUP), [LAB_MATRIX_POLL_LATER] = POLLS(READABLE | POLLHUP), SENDS_FAIL, \
    RST_COMES, [LAB_MATRIX_STATES_CAUSE] = STATES(2, S(ESTABLISHED), S(CLOSE))
#define NOTHING_HAPPENS [LAB_MATRIX_RECV] = BLOCKS, BOTH_STAY
/* The watcher's connection is alive, whatever its recv() returned. */
#define LIVES_ON \
    [LAB_MATRIX_RECV_NEXT] = BLOCKS, [LAB_MATRIX_POLL] = POLLS(POLLOUT), [LAB_MATRIX_POLL_LATER] = POLLS(POLLOUT), \
    SENDS_ARE_TAKEN, [LAB_MATRIX_RECV_LAST] = BLOCKS, [LAB_MATRIX_SO_ERROR] = ERROR(0), BOTH_STAY, \
    [LAB_MATRIX_TIME_WAIT] = ENDS(NOBODY)
#define IS_CONFIRMED [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(2, A_DATA, B(ACK))
/* The watcher's own timer has ended its connection. */
#define TIMED_OUT \
    [LAB_MATRIX_RECV] = FAILS(ETIMEDOUT), [LAB_MATRIX_RECV_NEXT] = GIVES(0), \
    [LAB_MATRIX_POLL] = POLLS(READABLE | POLLHUP), [LAB_MATRIX_POLL_LATER] = POLLS(READABLE | POLLHUP), SENDS_FAIL, \
    [LAB_MATRIX_SO_ERROR] = ERROR(ETIMEDOUT), [LAB_MATRIX_STATES] = STATES(2, S(ESTABLISHED), S(CLOSE)), \
    [LAB_MATRIX_STATES_CAUSE] = STATES(1, S(ESTABLISHED)), [LAB_MATRIX_TIME_WAIT] = ENDS(NOBODY)

/* ---- rows ---- */

const struct lab_cause lab_causes[] = {
    {.id = "close", .title = "close()", .watch = N_("FIN, or RST if it left data unread?"),
     .script = "{s} close", .needs = HAND_SOCKET, .mark = {.call = NET_CALL_CLOSE},
     .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "shutdown-wr", .title = "shutdown(SHUT_WR)", .watch = N_("half an end: can this end still receive?"),
     .script = "{s} shutdown wr", .needs = HAND_SOCKET, .mark = {.call = NET_CALL_SHUTDOWN, .how = 1},
     .in_matrix = true,
     .expected = {[LAB_MATRIX_RECV] = GIVES(0), [LAB_MATRIX_RECV_NEXT] = GIVES(0), [LAB_MATRIX_POLL] = POLLS(READABLE),
                  SENDS_ARE_TAKEN, [LAB_MATRIX_POLL_LATER] = POLLS(READABLE), [LAB_MATRIX_RECV_LAST] = GIVES(0),
                  FIN_IS_CONFIRMED, [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(4, B(FIN), A(ACK), A_DATA, B(ACK))}},
    {.id = "shutdown-rd", .title = "shutdown(SHUT_RD)", .watch = N_("does anything go over the wire?"),
     .script = "{s} shutdown rd", .needs = HAND_SOCKET,
     .in_matrix = true, .expected = {NOTHING_HAPPENS}},
    {.id = "shutdown-both", .title = "shutdown(SHUT_RDWR)", .watch = N_("both halves; is the descriptor still there?"),
     .script = "{s} shutdown both", .needs = HAND_SOCKET, .mark = {.call = NET_CALL_SHUTDOWN, .how = 2},
     .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "close-unread", .title = N_("close(), unread data"),
     .watch = N_("FIN or RST? And what did the sender's send() say?"),
     .setup = UNREAD, .script = "{s} close", .needs = HAND_SOCKET | LAB_NEEDS_PEER_HAND,
     .mark = {.call = NET_CALL_CLOSE, .unread = true}, .in_matrix = true, .expected = {RST_AT_ONCE}},
    {.id = "linger-0", .title = "close(), SO_LINGER {1, 0}", .watch = N_("RST at once; where do unsent data go?"),
     .setup = "{s} set SO_LINGER 1 0", .script = "{s} close", .needs = HAND_SOCKET,
     .mark = {.call = NET_CALL_CLOSE, .linger = LAB_LINGER_ZERO}, .in_matrix = true, .expected = {RST_AT_ONCE}},
    {.id = "linger-5", .title = "close(), SO_LINGER {1, 5}", .watch = N_("how long does close() take, and for what?"),
     .setup = "{s} set SO_LINGER 1 5", .script = "{s} close", .needs = HAND_SOCKET,
     .mark = {.call = NET_CALL_CLOSE, .linger = LAB_LINGER_TIME}, .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "shutdown-wr-linger-0", .title = N_("shutdown(SHUT_WR), then close() with {1, 0}"),
     .script = "{s} shutdown wr ; wait 100ms ; {s} set SO_LINGER 1 0 ; {s} close", .needs = HAND_SOCKET,
     .in_matrix = true,
     .expected = {[LAB_MATRIX_RECV] = GIVES(0), [LAB_MATRIX_RECV_NEXT] = GIVES(0),
                  [LAB_MATRIX_POLL] = POLLS(READABLE | POLLERR | POLLHUP), SENDS_FAIL,
                  [LAB_MATRIX_POLL_LATER] = POLLS(READABLE | POLLHUP),
                  [LAB_MATRIX_STATES] = STATES(3, S(ESTABLISHED), S(CLOSE_WAIT), S(CLOSE)),
                  [LAB_MATRIX_STATES_CAUSE] = STATES(4, S(ESTABLISHED), S(FIN_WAIT1), S(FIN_WAIT2), S(CLOSE)),
                  [LAB_MATRIX_SEGMENTS] = SEGMENTS(3, B(FIN), A(ACK), B(RST_ACK)),
                  [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(3, B(FIN), A(ACK), B(RST_ACK))}},
    {.id = "dup", .title = N_("close() of one of two descriptors"), .watch = N_("is the connection still there?"),
     .setup = "{s} dup", .script = "{s} close", .needs = HAND_SOCKET,
     .in_matrix = true, .expected = {NOTHING_HAPPENS}},
    {.id = "exit", .title = N_("exit() without close()"), .watch = N_("the kernel closes for it: what is different?"),
     .script = "{a} exit", .needs = LAB_NEEDS_HAND, .mark = {.call = NET_CALL_EXIT},
     .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "abort", .title = "abort() (SIGABRT)", .watch = N_("SIGABRT: what does the other end see of it?"),
     .script = "{a} abort", .needs = LAB_NEEDS_HAND, .mark = {.call = NET_CALL_ABORT},
     .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "crash", .title = N_("a crash (SIGSEGV)"), .watch = N_("can the other end tell it from close()?"),
     .script = "{a} signal SIGSEGV", .needs = LAB_NEEDS_PROCESS, .mark = {.signo = SIGSEGV},
     .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "kill", .title = "kill -9", .watch = N_("no program left: who sends the FIN?"),
     .script = "{a} kill", .needs = LAB_NEEDS_ACTOR, .mark = {.signo = SIGKILL},
     .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "kill-unread", .title = N_("kill -9, unread data"), .watch = N_("no program left, but data in the queue"),
     .setup = UNREAD, .script = "{a} kill", .needs = LAB_NEEDS_PEER_HAND, .mark = {.signo = SIGKILL, .unread = true},
     .in_matrix = true, .expected = {RST_AT_ONCE}},
    {.id = "kill-linger-0", .title = "kill -9, SO_LINGER {1, 0}", .watch = N_("the option outlives the program"),
     .setup = "{s} set SO_LINGER 1 0", .script = "{a} kill", .needs = LAB_NEEDS_SOCKET,
     .mark = {.signo = SIGKILL, .linger = LAB_LINGER_ZERO}, .in_matrix = true, .expected = {RST_AT_ONCE}},
    {.id = "kill-linger-5", .title = "kill -9, SO_LINGER {1, 5}",
     .setup = "{s} set SO_LINGER 1 5", .script = "{a} kill", .needs = LAB_NEEDS_SOCKET,
     .mark = {.signo = SIGKILL, .linger = LAB_LINGER_TIME}, .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "kill-linger-5-unread", .title = N_("kill -9, SO_LINGER {1, 5}, unread data"),
     .setup = "{s} set SO_LINGER 1 5 ; " UNREAD, .script = "{a} kill", .needs = LAB_NEEDS_SOCKET | LAB_NEEDS_PEER_HAND,
     .mark = {.signo = SIGKILL, .linger = LAB_LINGER_TIME, .unread = true},
     .in_matrix = true, .expected = {RST_AT_ONCE}},
    {.id = "shutdown-both-unread", .title = N_("shutdown(SHUT_RDWR), unread data"),
     .setup = UNREAD, .script = "{s} shutdown both", .needs = HAND_SOCKET | LAB_NEEDS_PEER_HAND,
     .mark = {.call = NET_CALL_SHUTDOWN, .how = 2, .unread = true}, .in_matrix = true, .expected = {FIN_THEN_RST}},
    {.id = "shutdown-rd-unread", .title = N_("shutdown(SHUT_RD), unread data"),
     .setup = UNREAD, .script = "{s} shutdown rd", .needs = HAND_SOCKET | LAB_NEEDS_PEER_HAND,
     .in_matrix = true, .expected = {NOTHING_HAPPENS}},
    {.id = "unaccepted", .title = N_("reset before accept()"),
     .watch = N_("a connection that ends before any program saw it"),
     .script = "{a} socket ; {a} connect ; {a} set SO_LINGER 1 0 ; {a} close", .needs = LAB_NEEDS_HAND},
    {.id = "destroy", .title = N_("destroyed by an administrator (ss -K)"), .watch = N_("errors at both ends: which?"),
     .script = "destroy {s}", .needs = LAB_NEEDS_SOCKET, .in_matrix = true,
     .expected = {[LAB_MATRIX_RECV] = FAILS(ECONNRESET), [LAB_MATRIX_RECV_NEXT] = GIVES(0), SENDS_FAIL, RST_COMES}},
    {.id = "stop", .title = N_("SIGSTOP: the program hangs"), .watch = N_("it hangs: who goes on answering for it?"),
     .script = "{a} stop", .undo = "{a} cont", .needs = LAB_NEEDS_PROCESS,
     .in_matrix = true, .expected = {NOTHING_HAPPENS, SENDS_ARE_TAKEN}},
    {.id = "cont", .title = N_("SIGCONT: it goes on"), .watch = N_("as if nothing had been?"),
     .script = "{a} cont", .needs = LAB_NEEDS_PROCESS},
    {.id = "cut", .title = N_("the cable is pulled"), .watch = N_("no end hears of it. Who notices, and when?"),
     .script = "wire cut", .undo = "wire join", .needs = LAB_NEEDS_WIRE,
     .in_matrix = true, .expected = {NOTHING_HAPPENS, SENDS_ARE_TAKEN,
                                     [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(1, A_DATA_LOST)}},
    {.id = "unreachable", .title = N_("a router says: host unreachable"),
     .watch = N_("whom does it tell, and does that end anything?"),
     .script = "wire unreachable", .undo = "wire join", .needs = LAB_NEEDS_WIRE,
     .in_matrix = true,
     .expected = {[LAB_MATRIX_RECV] = BLOCKS, LIVES_ON, [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(1, A_DATA_LOST)}},
    {.id = "forget", .title = N_("a firewall forgets it (idle 300 ms)"),
     .watch = N_("no end hears of it. What becomes of the next send()?"),
     .script = "wire forget after 300ms silently ; wait 500ms", .undo = "wire open", .needs = LAB_NEEDS_WIRE},
    {.id = "forget-rst", .title = N_("a firewall forgets it, and says RST"),
     .watch = N_("who is told, and who is not? Try a send()"),
     .script = "wire forget after 300ms rst ; wait 500ms", .undo = "wire open", .needs = LAB_NEEDS_WIRE},
    {.id = "mtu", .title = N_("large packets vanish (a black hole)"),
     .watch = N_("small ones pass. What does a large send() do?"),
     .script = "wire mtu 1000 silent", .undo = "wire open", .needs = LAB_NEEDS_WIRE},
    {.id = "nat-restart", .title = N_("a NAT restarts, its table is lost"),
     .watch = N_("what becomes of what each end sends now?"),
     .script = "wire nat ; wire nat restart", .undo = "wire nat off", .needs = LAB_NEEDS_WIRE},
    {.id = "cut-one-way", .title = N_("one direction is cut"),
     .watch = N_("what arrives, and what is confirmed?"),
     .script = "wire cut from {h}", .undo = "wire join", .needs = LAB_NEEDS_WIRE},
    {.id = "rst", .title = N_("a RST from the middle"),
     .watch = N_("no end has sent it: what does each believe?"),
     .script = "wire rst", .needs = LAB_NEEDS_WIRE},
    {.id = "join", .title = N_("the cable is plugged in again"), .watch = N_("what was lost is sent again, by whom?"),
     .script = "wire join", .needs = LAB_NEEDS_WIRE},
    {.id = "both", .title = N_("both ends close() at once"), .watch = N_("whose FIN is first? Look for CLOSING"),
     .script = "wire hold ; {s} close ; {q} close ; wire open",
     .needs = HAND_SOCKET | LAB_NEEDS_PEER_HAND | LAB_NEEDS_WIRE,
     .in_matrix = true,
     .matrix = {.title = N_("both ends shutdown(SHUT_WR) at once"), .watcher_acts = true,
                .script = "wait quiet ; wire hold ; {q} shutdown wr ; {s} shutdown wr ; wire open"},
     .expected = {[LAB_MATRIX_RECV] = BLOCKS, [LAB_MATRIX_RECV_NEXT] = GIVES(0),
                  [LAB_MATRIX_POLL] = POLLS(READABLE | POLLHUP), [LAB_MATRIX_POLL_LATER] = POLLS(READABLE | POLLHUP),
                  SENDS_FAIL, [LAB_MATRIX_SO_ERROR] = ERROR(0),
                  [LAB_MATRIX_STATES] = STATES(4, S(ESTABLISHED), S(FIN_WAIT1), S(CLOSING), S(TIME_WAIT)),
                  [LAB_MATRIX_STATES_CAUSE] = STATES(4, S(ESTABLISHED), S(FIN_WAIT1), S(CLOSING), S(TIME_WAIT)),
                  [LAB_MATRIX_TIME_WAIT] = ENDS(LAB_END_A | LAB_END_B)}},
    {.id = "silence", .title = N_("silence: its idle limit, then close()"),
     .watch = N_("nothing has failed: what does the silent end see?"),
     .script = "{s} set SO_RCVTIMEO 1000ms ; {s} recv ; wait 1200ms ; {s} close", .needs = HAND_SOCKET,
     .in_matrix = true,
     .expected = {FIN_THEN_RST, [LAB_MATRIX_SO_ERROR] = ERROR(0), [LAB_MATRIX_TIME_WAIT] = ENDS(LAB_END_B)}},
    {.id = "rcvtimeo", .title = N_("SO_RCVTIMEO 500 ms, recv()"), .watch = N_("which errno, and is anything over?"),
     .script = "{s} set SO_RCVTIMEO 500ms ; {s} recv", .needs = HAND_SOCKET,
     .in_matrix = true,
     .matrix = {.title = N_("silence: A's own SO_RCVTIMEO, once"), .setup = "{q} set SO_RCVTIMEO 300ms",
                .script = "wait 400ms ; {q} set SO_RCVTIMEO 0"},
     .expected = {[LAB_MATRIX_RECV] = FAILS(EAGAIN), LIVES_ON, IS_CONFIRMED}},
    {.id = "sndtimeo", .title = N_("SO_SNDTIMEO 500 ms, a large send()"),
     .watch = N_("how much is taken before the time is over?"),
     .script = "{s} set SO_SNDTIMEO 500ms ; {s} send 10000000 bytes", .needs = HAND_SOCKET},
    {.id = "signal", .title = N_("a signal during recv()"), .watch = N_("EINTR: must the program try again?"),
     .script = "{a} handle SIGUSR1 ; {s} recv ; {a} signal SIGUSR1", .needs = HAND_SOCKET,
     .in_matrix = true,
     .matrix = {.title = N_("a signal for A, no SA_RESTART"), .setup = "{p} handle SIGUSR1",
                .script = "{p} signal SIGUSR1"},
     .expected = {[LAB_MATRIX_RECV] = FAILS(EINTR), LIVES_ON, IS_CONFIRMED}},
    {.id = "signal-restart", .title = N_("a signal during recv(), SA_RESTART"),
     .watch = N_("does the program notice at all?"),
     .script = "{a} handle SIGUSR1 restart ; {s} recv ; {a} signal SIGUSR1", .needs = HAND_SOCKET,
     .in_matrix = true,
     .matrix = {.title = N_("a signal for A, SA_RESTART"), .setup = "{p} handle SIGUSR1 restart",
                .script = "{p} signal SIGUSR1"},
     .expected = {[LAB_MATRIX_RECV] = BLOCKS, LIVES_ON, IS_CONFIRMED}},
    {.id = "keepalive", .title = N_("the cable is pulled, A has SO_KEEPALIVE"),
     .setup = "{q} set TCP_KEEPIDLE 1 ; {q} set TCP_KEEPINTVL 1 ; {q} set TCP_KEEPCNT 1 ; {q} set SO_KEEPALIVE 1",
     .script = "wire cut ; wait 2500ms", .undo = "wire join", .needs = LAB_NEEDS_PEER_HAND | LAB_NEEDS_WIRE,
     .in_matrix = true,
     .expected = {TIMED_OUT, [LAB_MATRIX_SEGMENTS] = SEGMENTS(2, A_LOST(PROBE), A_LOST(RST_ACK)),
                  [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(2, A_LOST(PROBE), A_LOST(RST_ACK))}},
    {.id = "user-timeout", .title = N_("the same with data and TCP_USER_TIMEOUT"),
     .setup = "{q} set TCP_USER_TIMEOUT 500ms ; wire cut ; {q} send \"12345\"",
     .script = "wait 1500ms", .undo = "wire join", .needs = LAB_NEEDS_PEER_HAND | LAB_NEEDS_WIRE,
     .in_matrix = true,
     .expected = {TIMED_OUT, [LAB_MATRIX_SEGMENTS] = SEGMENTS(1, A_DATA_LOST),
                  [LAB_MATRIX_SEGMENTS_SEND] = SEGMENTS(1, A_DATA_LOST)}},
    {.id = "reboot", .title = N_("the host reboots"), .watch = N_("it forgets without a word; and the next send()?"),
     .script = "reboot {h}", .needs = LAB_NEEDS_WIRE,
     .in_matrix = true,
     .expected = {[LAB_MATRIX_RECV] = BLOCKS, [LAB_MATRIX_SEND_1] = GIVES(5),
                  [LAB_MATRIX_STATES] = STATES(1, S(ESTABLISHED)), [LAB_MATRIX_SEGMENTS] = NO_SEGMENT}},
};
/* clang-format on */

const size_t lab_cause_count = sizeof lab_causes / sizeof lab_causes[0];
_Static_assert(sizeof lab_causes / sizeof lab_causes[0] <= LAB_CAUSES_MAX, "a matrix has room for every cause");

const char *lab_matrix_column_name(enum lab_matrix_column column)
{
    static const char *const names[LAB_MATRIX_COLUMNS] = {
        [LAB_MATRIX_RECV] = N_("blocked recv()"),
        [LAB_MATRIX_RECV_NEXT] = N_("next recv()"),
        [LAB_MATRIX_POLL] = "poll()",
        [LAB_MATRIX_SEND_1] = N_("1st send()"),
        [LAB_MATRIX_POLL_LATER] = N_("poll() later"),
        [LAB_MATRIX_SEND_2] = N_("2nd send()"),
        [LAB_MATRIX_SEND_3] = N_("3rd send()"),
        [LAB_MATRIX_RECV_LAST] = N_("last recv()"),
        [LAB_MATRIX_SO_ERROR] = "SO_ERROR",
        [LAB_MATRIX_STATES] = N_("states of A"),
        [LAB_MATRIX_STATES_CAUSE] = N_("states of B"),
        [LAB_MATRIX_SEGMENTS] = N_("segments"),
        [LAB_MATRIX_SEGMENTS_SEND] = N_("segments with the 1st send()"),
        [LAB_MATRIX_TIME_WAIT] = N_("TIME_WAIT after A closes"),
    };
    return (unsigned)column < LAB_MATRIX_COLUMNS ? _(names[column]) : "";
}

/* ---- looking one up ---- */

const struct lab_cause *lab_cause_find(const char *id)
{
    for (size_t i = 0; i < lab_cause_count; i++)
        if (strcmp(lab_causes[i].id, id) == 0)
            return &lab_causes[i];
    return NULL;
}

const struct lab_cause *lab_menu_cause(size_t i)
{
    for (size_t k = 0; k < lab_cause_count; k++)
        if (lab_causes[k].watch && i-- == 0)
            return &lab_causes[k];
    return NULL;
}

const struct lab_cause *lab_matrix_cause(size_t i)
{
    for (size_t k = 0; k < lab_cause_count; k++)
        if (lab_causes[k].in_matrix && i-- == 0)
            return &lab_causes[k];
    return NULL;
}

size_t lab_matrix_cause_count(void)
{
    size_t n = 0;
    for (size_t k = 0; k < lab_cause_count; k++)
        n += lab_causes[k].in_matrix;
    return n;
}

const struct lab_cause *lab_cause_of(const struct lab_cause_mark *mark)
{
    for (size_t i = 0; i < lab_cause_count && (mark->call || mark->signo); i++) {
        const struct lab_cause_mark *m = &lab_causes[i].mark;
        if (m->call == mark->call && m->how == mark->how && m->signo == mark->signo && m->linger == mark->linger &&
            m->unread == mark->unread)
            return &lab_causes[i];
    }
    return NULL;
}

/* ---- as commands ---- */

/* ACTOR.FD, or the actor alone where the descriptor is not known. */
static const char *socket_name(const char *actor, int fd, char *made, size_t room)
{
    if (!actor || fd < 0)
        return actor;
    snprintf(made, room, "%s.%d", actor, fd);
    return made;
}

/* What stands for {x}; NULL when it is not known. */
static const char *name_for(char which, const struct lab_cause_names *names, char *made, size_t room)
{
    switch (which) {
    case 'a': return names->actor;
    case 's': return socket_name(names->actor, names->fd, made, room);
    case 'p': return names->peer;
    case 'q': return socket_name(names->peer, names->peer_fd, made, room);
    case 'h': return names->host;
    default: return NULL;
    }
}

/* Put a line behind what is in out. */
static int write_out(const char *line, const struct lab_cause_names *names, char *out, size_t out_bytes)
{
    size_t used = strlen(out);
    for (const char *p = line; *p; p++) {
        char made[64], one[2] = {*p, '\0'};
        const char *piece = one;
        if (p[0] == '{' && p[1] && p[2] == '}') {
            piece = name_for(p[1], names, made, sizeof made);
            p += 2;
        }
        size_t n = piece ? strlen(piece) : 0;
        if (!piece || used + n + 1 > out_bytes)
            return -1;
        memcpy(out + used, piece, n + 1);
        used += n;
    }
    return 0;
}

int lab_cause_text(const struct lab_cause *cause, const struct lab_cause_names *names, char *out, size_t out_bytes)
{
    *out = '\0';
    if (cause->setup &&
        (write_out(cause->setup, names, out, out_bytes) < 0 || write_out(" ; ", names, out, out_bytes) < 0))
        return -1;
    return write_out(cause->script, names, out, out_bytes);
}

static const struct lab_cause_names in_matrix = {
    .actor = LAB_MATRIX_OTHER, .fd = 3, .peer = LAB_MATRIX_WATCHER, .peer_fd = 4, .host = "client"};

const char *lab_matrix_title(const struct lab_cause *cause)
{
    return cause->matrix.title ? _(cause->matrix.title) : _(cause->title);
}

int lab_matrix_setup(const struct lab_cause *cause, char *out, size_t out_bytes)
{
    const char *setup = cause->matrix.script ? cause->matrix.setup : cause->setup;
    *out = '\0';
    return setup ? write_out(setup, &in_matrix, out, out_bytes) : 0;
}

int lab_matrix_script(const struct lab_cause *cause, char *out, size_t out_bytes)
{
    *out = '\0';
    return write_out(cause->matrix.script ? cause->matrix.script : cause->script, &in_matrix, out, out_bytes);
}
