// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The rows of the disconnect matrix, with what was measured on Linux 6.18 (loopback and two hosts gave the same). The
 * difference to a table of the kernel's own tracepoints: a FIN_WAIT2 that lost its owner stays FIN_WAIT2 here (the
 * tracepoint says CLOSE when a small socket takes the place of the full one).
 */
#include "lab/matrix.h"

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
    {.id = "reboot", .title = "the host reboots", .setup = NULL, .cause = "reboot client", .needs_wire = true,
     .expected = {"blocks", NULL, NULL, "5", NULL, NULL, NULL, NULL, NULL, "ESTABLISHED", NULL, "none", NULL, NULL}},
};
/* clang-format on */

const size_t lab_matrix_row_count = sizeof lab_matrix_rows / sizeof lab_matrix_rows[0];
