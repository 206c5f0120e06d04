// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The rows of the disconnect matrix, with what was measured on Linux 6.18 (loopback and two hosts gave the same). The
 * difference to a table of the kernel's own tracepoints: a FIN_WAIT2 that lost its owner stays FIN_WAIT2 here (the
 * tracepoint says CLOSE when a small socket takes the place of the full one). The rows from `unreachable` to
 * `user-timeout` were measured by the lab itself, in twenty equal runs; of two ACKs that cross, either may be first.
 */
#include "lab/compare/matrix.h"

/* clang-format off */
const struct lab_matrix_row lab_matrix_rows[] = {
    {.id = "close", .title = "close()", .setup = NULL, .cause = "b.3 close",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "shutdown-wr", .title = "shutdown(SHUT_WR)", .setup = NULL, .cause = "b shutdown wr",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP", "5", "5", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:ACK", NULL}},
    {.id = "shutdown-rd", .title = "shutdown(SHUT_RD)", .setup = NULL, .cause = "b shutdown rd",
     .expected = {"blocks", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ESTABLISHED", "ESTABLISHED", "none", NULL, NULL}},
    {.id = "shutdown-both", .title = "shutdown(SHUT_RDWR)", .setup = NULL, .cause = "b shutdown both",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "close-unread", .title = "close(), unread data", .setup = "a.4 send \"12345\" ; wait quiet", .cause = "b close",
     .expected = {"-1 ECONNRESET", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE", "ESTABLISHED > CLOSE", "B:RST+ACK", "B:RST+ACK", NULL}},
    {.id = "linger-0", .title = "close(), SO_LINGER {1, 0}", .setup = "b set SO_LINGER 1 0", .cause = "b close",
     .expected = {"-1 ECONNRESET", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE", "ESTABLISHED > CLOSE", "B:RST+ACK", "B:RST+ACK", NULL}},
    {.id = "linger-5", .title = "close(), SO_LINGER {1, 5}", .setup = "b set SO_LINGER 1 5", .cause = "b close",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "shutdown-wr-linger-0", .title = "shutdown(SHUT_WR), then close() with {1, 0}", .setup = NULL, .cause = "b shutdown wr ; wait 100ms ; b set SO_LINGER 1 0 ; b close",
     .expected = {"0", "0", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT > CLOSE", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2 > CLOSE", "B:FIN A:ACK B:RST+ACK", "B:FIN A:ACK B:RST+ACK", NULL}},
    {.id = "dup", .title = "close() of one of two descriptors", .setup = "b dup", .cause = "b.4 close",
     .expected = {"blocks", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ESTABLISHED", "ESTABLISHED", "none", NULL, NULL}},
    {.id = "exit", .title = "exit() without close()", .setup = NULL, .cause = "b exit",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "abort", .title = "abort() (SIGABRT)", .setup = NULL, .cause = "b abort",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "crash", .title = "a crash (SIGSEGV)", .setup = NULL, .cause = "b crash",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "kill", .title = "kill -9", .setup = NULL, .cause = "b kill",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "kill-unread", .title = "kill -9, unread data", .setup = "a.4 send \"12345\" ; wait quiet", .cause = "b kill",
     .expected = {"-1 ECONNRESET", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE", "ESTABLISHED > CLOSE", "B:RST+ACK", "B:RST+ACK", NULL}},
    {.id = "kill-linger-0", .title = "kill -9, SO_LINGER {1, 0}", .setup = "b set SO_LINGER 1 0", .cause = "b kill",
     .expected = {"-1 ECONNRESET", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE", "ESTABLISHED > CLOSE", "B:RST+ACK", "B:RST+ACK", NULL}},
    {.id = "kill-linger-5", .title = "kill -9, SO_LINGER {1, 5}", .setup = "b set SO_LINGER 1 5", .cause = "b kill",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "kill-linger-5-unread", .title = "kill -9, SO_LINGER {1, 5}, unread data", .setup = "a.4 send \"12345\" ; b set SO_LINGER 1 5 ; wait quiet", .cause = "b kill",
     .expected = {"-1 ECONNRESET", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE", "ESTABLISHED > CLOSE", "B:RST+ACK", "B:RST+ACK", NULL}},
    {.id = "shutdown-both-unread", .title = "shutdown(SHUT_RDWR), unread data", .setup = "a.4 send \"12345\" ; wait quiet", .cause = "b shutdown both",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", NULL}},
    {.id = "shutdown-rd-unread", .title = "shutdown(SHUT_RD), unread data", .setup = "a.4 send \"12345\" ; wait quiet", .cause = "b shutdown rd",
     .expected = {"blocks", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "ESTABLISHED", "ESTABLISHED", "none", NULL, NULL}},
    {.id = "destroy", .title = "destroyed by an administrator (ss -K)", .setup = NULL, .cause = "destroy b",
     .expected = {"-1 ECONNRESET", "0", NULL, "-1 EPIPE +SIGPIPE", NULL, "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", NULL, "ESTABLISHED > CLOSE", NULL, "B:RST+ACK", "B:RST+ACK", NULL}},
    {.id = "stop", .title = "SIGSTOP: the program hangs", .setup = NULL, .cause = "b stop",
     .expected = {"blocks", NULL, NULL, "5", NULL, "5", "5", NULL, NULL, "ESTABLISHED", "ESTABLISHED", "none", NULL, NULL}},
    {.id = "cut", .title = "the cable is pulled", .setup = NULL, .cause = "wire cut", .needs_wire = true,
     .expected = {"blocks", NULL, NULL, "5", NULL, "5", "5", NULL, NULL, "ESTABLISHED", "ESTABLISHED", "none", NULL, NULL}},
    {.id = "unreachable", .title = "a router says: host unreachable", .setup = NULL, .cause = "wire unreachable", .needs_wire = true,
     .expected = {"blocks", "blocks", "OUT", "5", "OUT", "5", "5", "blocks", "0", "ESTABLISHED", "ESTABLISHED", "none", "none", "nobody"}},
    {.id = "both", .title = "both ends shutdown(SHUT_WR) at once", .setup = NULL, .watcher_acts = true, .cause = "wait quiet ; wire hold ; a.4 shutdown wr ; b shutdown wr ; wire open", .needs_wire = true,
     .expected = {"blocks", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", "0", "ESTABLISHED > FIN_WAIT1 > CLOSING > TIME_WAIT", "ESTABLISHED > FIN_WAIT1 > CLOSING > TIME_WAIT", NULL, NULL, "both"}},
    {.id = "silence", .title = "silence: B's idle limit, then close()", .setup = NULL, .cause = "b set SO_RCVTIMEO 100 ; b recv ; wait 200ms ; b close",
     .expected = {"0", "0", "IN+OUT+RDHUP", "5", "IN+OUT+RDHUP+ERR+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", "0", "ESTABLISHED > CLOSE_WAIT", "ESTABLISHED > FIN_WAIT1 > FIN_WAIT2", "B:FIN A:ACK", "B:FIN A:ACK A:data(5) B:RST", "B"}},
    {.id = "rcvtimeo", .title = "silence: A's own SO_RCVTIMEO, once", .setup = "a.4 set SO_RCVTIMEO 300", .cause = "wait 400ms ; a.4 set SO_RCVTIMEO 0",
     .expected = {"-1 EAGAIN", "blocks", "OUT", "5", "OUT", "5", "5", "blocks", "0", "ESTABLISHED", "ESTABLISHED", "none", "A:data(5) B:ACK", "nobody"}},
    {.id = "signal", .title = "a signal for A, no SA_RESTART", .setup = "a handle SIGUSR1", .cause = "a signal SIGUSR1",
     .expected = {"-1 EINTR", "blocks", "OUT", "5", "OUT", "5", "5", "blocks", "0", "ESTABLISHED", "ESTABLISHED", "none", "A:data(5) B:ACK", "nobody"}},
    {.id = "signal-restart", .title = "a signal for A, SA_RESTART", .setup = "a handle SIGUSR1 restart", .cause = "a signal SIGUSR1",
     .expected = {"blocks", "blocks", "OUT", "5", "OUT", "5", "5", "blocks", "0", "ESTABLISHED", "ESTABLISHED", "none", "A:data(5) B:ACK", "nobody"}},
    {.id = "keepalive", .title = "the cable is pulled, A has SO_KEEPALIVE", .setup = "a.4 set TCP_KEEPIDLE 1 ; a.4 set TCP_KEEPINTVL 1 ; a.4 set TCP_KEEPCNT 1 ; a.4 set SO_KEEPALIVE 1", .cause = "wire cut ; wait 2500ms", .needs_wire = true,
     .expected = {"-1 ETIMEDOUT", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", "ETIMEDOUT", "ESTABLISHED > CLOSE", "ESTABLISHED", "none", "none", "nobody"}},
    {.id = "user-timeout", .title = "the same with data and TCP_USER_TIMEOUT", .setup = "a.4 set TCP_USER_TIMEOUT 500 ; wire cut ; a.4 send \"12345\"", .cause = "wait 1500ms", .needs_wire = true,
     .expected = {"-1 ETIMEDOUT", "0", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "IN+OUT+RDHUP+HUP", "-1 EPIPE +SIGPIPE", "-1 EPIPE +SIGPIPE", "0", "ETIMEDOUT", "ESTABLISHED > CLOSE", "ESTABLISHED", "none", "none", "nobody"}},
    {.id = "reboot", .title = "the host reboots", .setup = NULL, .cause = "reboot client", .needs_wire = true,
     .expected = {"blocks", NULL, NULL, "5", NULL, NULL, NULL, NULL, NULL, "ESTABLISHED", NULL, "none", NULL, NULL}},
};
/* clang-format on */

const size_t lab_matrix_row_count = sizeof lab_matrix_rows / sizeof lab_matrix_rows[0];
