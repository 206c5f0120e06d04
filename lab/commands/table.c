// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Every command and every verb, one row each. The parser, help, hints, completion and the list in the manual are read
 * from here; a row that is missing a help or a run function fails tests/lab/command_test.c. Rows of the same words are
 * tried in order ("send TEXT", "send N bytes").
 */

#include "lab/session/command_run.h"

#include "net/data/call.h"
#include "net/actor/hand.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
#define COMMAND(w, g, h, f, ...) {.words = w, .who = LAB_WHO_NOBODY, .group = g, .help = h, .run = f, .slots = {__VA_ARGS__}}
#define NUMBERED(w, g, h, f, n, ...) {.words = w, .who = LAB_WHO_NOBODY, .group = g, .help = h, .run = f, .number = n, .slots = {__VA_ARGS__}}
#define VERB(w, who_, h, f, n, ...) {.words = w, .who = who_, .group = "Actors", .help = h, .run = f, .number = n, .slots = {__VA_ARGS__}}
#define HAND(w, h, c, ...) {.words = w, .who = LAB_WHO_HAND, .group = "Hands", .help = h, .run = lab_run_hand, .number = NET_CALL_##c, .slots = {__VA_ARGS__}}

#define NUMBER(n, lo, hi) {.kind = LAB_SLOT_NUMBER, .name = n, .min = lo, .max = hi}
#define OPTIONAL_NUMBER(n, lo, hi) {.kind = LAB_SLOT_NUMBER, .name = n, .min = lo, .max = hi, .optional = true}
#define SLOT(k, n) {.kind = LAB_SLOT_##k, .name = n}
#define OPTIONAL(k, n) {.kind = LAB_SLOT_##k, .name = n, .optional = true}
#define KEYWORD(list) {.kind = LAB_SLOT_KEYWORD, .name = NULL, .words = list}
#define OPTIONAL_KEYWORD(list) {.kind = LAB_SLOT_KEYWORD, .name = NULL, .words = list, .optional = true}
#define BYTES_MAX 1000000000

const struct lab_row lab_rows[] = {
    COMMAND("server", "Actors", "start a chapter program on the server host", lab_run_start, {.kind = LAB_SLOT_START, .name = "PROGRAM [PARAMETER=VALUE...] [as process|thread] [as NAME]"}),
    COMMAND("client", "Actors", "start the chapter's client on the client host, towards the server", lab_run_start, {.kind = LAB_SLOT_START, .name = "[MESSAGE] [PARAMETER=VALUE...] [as process|thread] [as NAME]"}),
    COMMAND("clients", "Actors", "start a crowd on the client host: N clients at once, from one program", lab_run_start, {.kind = LAB_SLOT_START, .name = "N [message=TEXT] [hold=TIME] [rate=PER_SECOND] [PARAMETER=VALUE...] [as process|thread] [as NAME]"}),
    COMMAND("start", "Actors", "start any program on either host", lab_run_start, {.kind = LAB_SLOT_START, .name = "PROGRAM [on HOST] [as NAME] [as process|thread] [PARAMETER=VALUE...]"}),
    COMMAND("hand", "Actors", "make a hand: an actor that does what you type, one call at a time", lab_run_start, {.kind = LAB_SLOT_START, .name = "[NAME] [on HOST] [as process|thread]"}),
    VERB("kill", LAB_WHO_ACTOR, "send SIGKILL: it dies at once, and the kernel closes its sockets", lab_run_signal, SIGKILL, {0}),
    VERB("stop", LAB_WHO_ACTOR, "send SIGSTOP: it stands still, its sockets stay open (a process only)", lab_run_signal, SIGSTOP, {0}),
    VERB("cont", LAB_WHO_ACTOR, "send SIGCONT: it goes on after a stop", lab_run_signal, SIGCONT, {0}),
    VERB("signal", LAB_WHO_ACTOR, "send any signal", lab_run_signal, 0, SLOT(SIGNAL, "SIGNAL")),
    VERB("cancel", LAB_WHO_ACTOR, "its blocked call returns -1 EINTR", lab_run_cancel, 0, {0}),
    VERB("fail", LAB_WHO_ACTOR, "its next call of that name fails with that errno and is not made: after N more, M times", lab_run_fail, 0, SLOT(CALL, "CALL"), SLOT(ERRNO, "ERRNO"), OPTIONAL(COUNTS, "after=N] [times=M")),
    VERB("set", LAB_WHO_SOCKET, "set an option of its socket, at any time", lab_run_set, 0, SLOT(OPTION, "OPTION"), SLOT(VALUES, "VALUE...")),
    VERB("get", LAB_WHO_SOCKET, "ask the kernel for an option of its socket", lab_run_get, 0, SLOT(OPTION, "OPTION")),
    COMMAND("destroy", "Actors", "destroy a socket as an administrator would (ss -K)", lab_run_destroy, SLOT(SOCKET, "ACTOR[.FD]")),
    COMMAND("reboot", "Actors", "power failure: the host forgets its sockets without a word, and is back at once", lab_run_reboot, SLOT(HOST, "HOST")),
    COMMAND("clear", "Actors", "end every actor, empty the wire, restore time: a clean slate", lab_run_clear, {0}),

    HAND("socket", "make a TCP socket", SOCKET, {0}),
    HAND("bind", "bind to a port, or to an address and port", BIND, SLOT(ADDRESS, "PORT|IP:PORT")),
    HAND("listen", "listen for connections, N may wait for accept", LISTEN, OPTIONAL_NUMBER("N", -1, INT32_MAX)),
    HAND("accept", "take the next connection", ACCEPT, {0}),
    HAND("connect", "connect, to the server's port 12345 if nothing else is said", CONNECT, OPTIONAL(ADDRESS, "IP:PORT")),
    HAND("send", "send N bytes", SEND, NUMBER("N", 0, BYTES_MAX), KEYWORD("bytes"), OPTIONAL(FLAGS, "FLAGS")),
    HAND("send", "send a text", SEND, SLOT(TEXT, "\"TEXT\""), OPTIONAL(FLAGS, "FLAGS")),
    HAND("recv", "receive up to N bytes (1024)", RECV, OPTIONAL_NUMBER("N", 0, BYTES_MAX), OPTIONAL(FLAGS, "FLAGS")),
    HAND("write", "write a text, as to a file", WRITE, SLOT(TEXT, "\"TEXT\"")),
    HAND("read", "read up to N bytes (1024), as from a file", READ, OPTIONAL_NUMBER("N", 0, BYTES_MAX)),
    HAND("shutdown", "end one direction, or both, and keep the socket", SHUTDOWN, KEYWORD("rd wr both")),
    HAND("close", "close the descriptor", CLOSE, {0}),
    HAND("dup", "make a second descriptor for the same socket", DUP, {0}),
    HAND("poll", "ask what the socket is ready for, waiting at most TIME (0)", POLL, OPTIONAL(POLL, "EVENTS"), OPTIONAL(TIME, "TIME")),
    HAND("nonblock", "calls return EAGAIN instead of waiting", FCNTL, OPTIONAL_KEYWORD("on off")),
    HAND("getsockname", "ask for the address of its own end", GETSOCKNAME, {0}),
    HAND("getpeername", "ask for the address of the other end", GETPEERNAME, {0}),
    HAND("exit", "end as a program does that returns from main", EXIT, OPTIONAL_NUMBER("STATUS", 0, 255)),
    HAND("abort", "end by abort(): SIGABRT", ABORT, {0}),
    HAND("crash", "die by SIGSEGV, as a program does that follows a null pointer", RAISE, {0}),
    HAND("files", "let it have at most N descriptors (RLIMIT_NOFILE); a process only", SETRLIMIT, NUMBER("N", 0, 1024)),
    HAND("raise", "send itself a signal", RAISE, SLOT(SIGNAL, "SIGNAL")),
    HAND("handle", "catch a signal with a function that does nothing; `restart`: calls go on after it (SA_RESTART)", SIGACTION, SLOT(SIGNAL, "SIGNAL"), OPTIONAL_KEYWORD("restart")),
    HAND("ignore", "ignore a signal (SIG_IGN)", SIGACTION, SLOT(SIGNAL, "SIGNAL")),
    HAND("default", "let a signal do again what it does by itself (SIG_DFL)", SIGACTION, SLOT(SIGNAL, "SIGNAL")),

    NUMBERED("wire hold", "Wire", "hold every segment until it is released", lab_run_wire, LAB_WIRE_HOLD, {0}),
    NUMBERED("wire open", "Wire", "let every segment pass, those held first", lab_run_wire, LAB_WIRE_OPEN, {0}),
    NUMBERED("wire release", "Wire", "let held segments go: the first N (all), or one by its number", lab_run_wire, LAB_WIRE_RELEASE, OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)),
    NUMBERED("wire drop", "Wire", "throw held segments away: the first N (all), or one by its number", lab_run_wire, LAB_WIRE_DROP, OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)),
    NUMBERED("wire cut", "Wire", "pull the cable: everything is lost, nobody is told", lab_run_wire, LAB_WIRE_CUT, {0}),
    NUMBERED("wire unreachable", "Wire", "everything is lost, and a router tells the sender so (ICMP host unreachable)", lab_run_wire, LAB_WIRE_UNREACHABLE, {0}),
    NUMBERED("wire join", "Wire", "plug the cable in again, or repair the way", lab_run_wire, LAB_WIRE_JOIN, {0}),
    NUMBERED("wire delay", "Wire", "carry every segment TIME later, each way", lab_run_wire, LAB_WIRE_DELAY, SLOT(TIME, "TIME")),
    NUMBERED("wire loss", "Wire", "lose that share of the segments", lab_run_wire, LAB_WIRE_LOSS, SLOT(PERCENT, "P%")),
    NUMBERED("wire duplicate", "Wire", "deliver that share of the segments twice", lab_run_wire, LAB_WIRE_DUPLICATE_SHARE, SLOT(SHARE, "P%")),
    NUMBERED("wire duplicate", "Wire", "deliver a copy of held segments now: of the first N (1), or of one by its number", lab_run_wire, LAB_WIRE_DUPLICATE, OPTIONAL(SEGMENT, "#ID"), OPTIONAL_NUMBER("N", 1, INT32_MAX)),
    COMMAND("net", "Wire", "show or set a sysctl of one host, inside the lab only", lab_run_net, SLOT(HOST, "HOST"), SLOT(SYSCTL, "SYSCTL"), OPTIONAL(REST, "VALUE")),

    NUMBERED("step", "Time", "stop programs before their next call; then let one call pass", lab_run_gate, LAB_GATE_STEP, OPTIONAL(ACTOR, "ACTOR")),
    NUMBERED("run", "Time", "let programs run on", lab_run_gate, LAB_GATE_RUN, OPTIONAL(ACTOR, "ACTOR")),
    NUMBERED("pause", "Time", "stop every program before its next call", lab_run_gate, LAB_GATE_PAUSE, {0}),
    COMMAND("wait", "Time", "wait for a time", lab_run_wait_time, SLOT(TIME, "TIME")),
    COMMAND("wait", "Time", "wait until it is so, at most 10 s if nothing else is said", lab_run_wait, SLOT(CONDITION, "[within TIME] CONDITION")),

    COMMAND("expect", "Asking", "say what has happened or will within 2 s; the kernel is asked whether it did", lab_run_expect, SLOT(CONDITION, "[within TIME] CONDITION")),
    COMMAND("predict", "Asking", "ask the learner; the lines after it are the choices", lab_run_predict, SLOT(TEXT, "\"QUESTION\"")),
    COMMAND("choice", "Asking", "one answer, and the condition that makes it the right one", lab_run_choice, SLOT(TEXT, "\"ANSWER\""), SLOT(CONDITION, "CONDITION")),
    COMMAND("needs", "Asking", "say that the script makes no sense without a wire", lab_run_needs, KEYWORD("wire")),
    COMMAND("with", "Asking", "the rest of the line belongs to one setting: it is carried out in the run under it alone", lab_run_with, SLOT(SETTING, "\"NAME\" [COMMANDS]")),
    COMMAND("versus show", "Asking", "list two of the runs that `versus` made side by side (the first two)", lab_run_versus_show, OPTIONAL(SETTING, "\"NAME\""), OPTIONAL(SETTING, "\"NAME\"")),
    COMMAND("versus", "Asking", "run what was done since the clean slate again under each setting, and compare", lab_run_versus, {0}),
    COMMAND("show sockets", "Asking", "list the kernel's sockets of both hosts", lab_run_show_sockets, {0}),
    COMMAND("show calls", "Asking", "list the last N calls (20), of all or of one actor", lab_run_show_calls, OPTIONAL_NUMBER("N", 1, 10000), OPTIONAL(ACTOR, "ACTOR")),
    COMMAND("show wire", "Asking", "show how the wire stands, and the last N segments (20)", lab_run_show_wire, OPTIONAL_NUMBER("N", 1, 10000)),
    COMMAND("show actors", "Asking", "list actors, their children and threads, and what they are doing", lab_run_show_actors, {0}),
    COMMAND("show options", "Asking", "list every option of a socket with the value that the kernel holds", lab_run_show_options, SLOT(SOCKET, "ACTOR[.FD]")),
    COMMAND("show sysctls", "Asking", "list the sysctls of a host that matter to TCP, with their values now", lab_run_show_sysctls, SLOT(HOST, "HOST")),
    COMMAND("show state", "Asking", "count sockets by state, and show what is held, stepped, stretched", lab_run_show_state, {0}),
    COMMAND("explain", "Asking", "say what happened last, and why", lab_run_explain, OPTIONAL(SOCKET, "ACTOR[.FD]")),
    COMMAND("matrix run", "Asking", "fill the disconnect matrix: every cause (or ROW), on this kernel, now", lab_run_matrix_run, OPTIONAL(REST, "ROW")),
    COMMAND("matrix show", "Asking", "list the matrix", lab_run_matrix_show, {0}),
    COMMAND("matrix differences", "Asking", "list the cells of the matrix that differ from Linux 6.18", lab_run_matrix_differences, {0}),
    COMMAND("compare", "Asking", "measure what servers need for the same crowd, here and now; the lab is emptied first", lab_run_compare, SLOT(SERVERS, "PROGRAM... [clients=N] [message=TEXT] [rounds=N]")),
    COMMAND("echo", "Asking", "say a text", lab_run_echo, SLOT(TEXT, "\"TEXT\"")),
    COMMAND("help", "Asking", "list the commands, or explain one", lab_run_help, OPTIONAL(ROW, "COMMAND")),

    COMMAND("save", "Saving", "save the run; `tcplab open FILE` shows it again", lab_run_save, SLOT(FILE, "FILE")),
    COMMAND("export", "Saving", "save the segments as a capture file, for Wireshark and tcpdump", lab_run_export, SLOT(FILE, "FILE"), OPTIONAL_KEYWORD("all")),
    COMMAND("matrix export", "Saving", "write the matrix as a Markdown table", lab_run_matrix_export, SLOT(FILE, "FILE")),
    COMMAND("quit", "Saving", "end everything and leave", lab_run_quit, {0}),
};
/* clang-format on */

const size_t lab_row_count = sizeof lab_rows / sizeof lab_rows[0];

const struct lab_flag lab_message_flags[] = {{"MSG_DONTWAIT", NET_MSG_DONTWAIT},
                                             {"MSG_NOSIGNAL", NET_MSG_NOSIGNAL},
                                             {"MSG_PEEK", NET_MSG_PEEK},
                                             {"MSG_WAITALL", NET_MSG_WAITALL},
                                             {"MSG_OOB", NET_MSG_OOB},
                                             {"MSG_MORE", NET_MSG_MORE},
                                             {NULL, 0}};
const struct lab_flag lab_poll_flags[] = {
    {"POLLIN", POLLIN}, {"POLLOUT", POLLOUT}, {"POLLRDHUP", POLLRDHUP}, {"POLLPRI", POLLPRI}, {NULL, 0}};

enum lab_command_id lab_row_id(const struct lab_row *row)
{
    static const struct {
        lab_run_fn *run;
        enum lab_command_id id;
    } ids[] = {
        {lab_run_start, LAB_COMMAND_START},     {lab_run_hand, LAB_COMMAND_HAND_CALL},
        {lab_run_signal, LAB_COMMAND_SIGNAL},   {lab_run_cancel, LAB_COMMAND_CANCEL},
        {lab_run_fail, LAB_COMMAND_FAIL},       {lab_run_set, LAB_COMMAND_SET},
        {lab_run_get, LAB_COMMAND_GET},         {lab_run_destroy, LAB_COMMAND_DESTROY},
        {lab_run_reboot, LAB_COMMAND_REBOOT},   {lab_run_clear, LAB_COMMAND_CLEAR},
        {lab_run_wire, LAB_COMMAND_WIRE},       {lab_run_net, LAB_COMMAND_NET},
        {lab_run_gate, LAB_COMMAND_GATE},       {lab_run_wait, LAB_COMMAND_WAIT},
        {lab_run_wait_time, LAB_COMMAND_WAIT},  {lab_run_expect, LAB_COMMAND_EXPECT},
        {lab_run_predict, LAB_COMMAND_PREDICT}, {lab_run_choice, LAB_COMMAND_CHOICE},
        {lab_run_needs, LAB_COMMAND_NEEDS},     {lab_run_with, LAB_COMMAND_WITH},
        {lab_run_versus, LAB_COMMAND_VERSUS},   {lab_run_explain, LAB_COMMAND_EXPLAIN},
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i].run == row->run)
            return ids[i].id;
    return LAB_COMMAND_OTHER;
}

const char *lab_row_title(const struct lab_row *row, char *out, size_t out_bytes)
{
    static const char *const prefix[] = {[LAB_WHO_NOBODY] = "",
                                         [LAB_WHO_ACTOR] = "ACTOR ",
                                         [LAB_WHO_SOCKET] = "ACTOR[.FD] ",
                                         [LAB_WHO_HAND] = "HAND[.FD] "};
    snprintf(out, out_bytes, "%s%s", prefix[row->who], row->words);
    return out;
}

static void slot_text(const struct lab_slot *slot, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "%s%s%s", slot->optional ? "[" : "", slot->name ? slot->name : slot->words,
             slot->optional ? "]" : "");
    if (slot->kind == LAB_SLOT_KEYWORD)
        for (char *c = out; *c; c++)
            if (*c == ' ')
                *c = '|';
}

const char *lab_row_takes(const struct lab_row *row, char *out, size_t out_bytes)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < LAB_SLOTS && row->slots[i].kind && used < out_bytes; i++) {
        char text[100];
        slot_text(&row->slots[i], text, sizeof text);
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%s", i ? " " : "", text);
    }
    return out;
}

bool lab_is_command(const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i < lab_row_count; i++) {
        const struct lab_row *row = &lab_rows[i];
        if (row->who == LAB_WHO_NOBODY && strncmp(row->words, word, n) == 0 &&
            (row->words[n] == '\0' || row->words[n] == ' '))
            return true;
    }
    return false;
}

bool lab_is_verb(const char *word)
{
    for (size_t i = 0; i < lab_row_count; i++)
        if (lab_rows[i].who != LAB_WHO_NOBODY && strcmp(lab_rows[i].words, word) == 0)
            return true;
    return false;
}

enum { ROWS_MAX = 128 };

const struct lab_command_help *lab_command_help_at(size_t i)
{
    static struct lab_command_help made[ROWS_MAX];
    static char titles[ROWS_MAX][32], takes[ROWS_MAX][100];
    if (i >= lab_row_count || i >= ROWS_MAX)
        return NULL;
    const struct lab_row *row = &lab_rows[i];
    made[i] = (struct lab_command_help){.words = lab_row_title(row, titles[i], sizeof titles[i]),
                                        .takes = lab_row_takes(row, takes[i], sizeof takes[i]),
                                        .help = row->help,
                                        .group = row->group,
                                        .working = row->run != NULL};
    return &made[i];
}
