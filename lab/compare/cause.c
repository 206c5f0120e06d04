// SPDX-License-Identifier: GPL-3.0-or-later
// The table of causes. What to watch is what FIN, RST and silence do to the other end; each line is asserted by the
// lessons' experiments.
#include "lab/compare/cause.h"

#include <stdio.h>
#include <string.h>

#define HAND    LAB_NEEDS_HAND
#define PROCESS LAB_NEEDS_PROCESS
#define WIRE    LAB_NEEDS_WIRE
#define PEER    LAB_NEEDS_PEER_HAND
#define SOCKET  LAB_NEEDS_SOCKET

/* clang-format off */
const struct lab_cause lab_causes[] = {
    {.id = "close", .title = "close()", .watch = "FIN, or RST if it left data unread?",
     .script = "{s} close", .needs = HAND | SOCKET},
    {.id = "shutdown-wr", .title = "shutdown(SHUT_WR)", .watch = "half an end: can this end still receive?",
     .script = "{s} shutdown wr", .needs = HAND | SOCKET},
    {.id = "shutdown-rd", .title = "shutdown(SHUT_RD)", .watch = "does anything go over the wire?",
     .script = "{s} shutdown rd", .needs = HAND | SOCKET},
    {.id = "shutdown-both", .title = "shutdown(SHUT_RDWR)", .watch = "both halves; is the descriptor still there?",
     .script = "{s} shutdown both", .needs = HAND | SOCKET},
    {.id = "close-unread", .title = "close() with unread data", .watch = "FIN or RST? And what did the sender's send() say?",
     .script = "{p} send \"unread\" ; wait quiet ; {s} close", .needs = HAND | SOCKET | PEER},
    {.id = "linger-0", .title = "SO_LINGER {1, 0}, close()", .watch = "RST at once; where do unsent data go?",
     .script = "{s} set SO_LINGER 1 0 ; {s} close", .needs = HAND | SOCKET},
    {.id = "linger-5", .title = "SO_LINGER {1, 5}, close()", .watch = "how long does close() take, and for what?",
     .script = "{s} set SO_LINGER 1 5 ; {s} close", .needs = HAND | SOCKET},
    {.id = "exit", .title = "exit() without close()", .watch = "the kernel closes for it: what is different?",
     .script = "{a} exit", .needs = HAND},
    {.id = "abort", .title = "abort()", .watch = "SIGABRT: what does the other end see of it?",
     .script = "{a} abort", .needs = HAND},
    {.id = "kill", .title = "kill -9", .watch = "no program left: who sends the FIN?",
     .script = "{a} kill", .needs = 0},
    {.id = "kill-unread", .title = "kill -9 with unread data", .watch = "no program left, but data in the queue",
     .script = "{p} send \"unread\" ; wait quiet ; {a} kill", .needs = PEER},
    {.id = "kill-linger-0", .title = "SO_LINGER {1, 0}, kill -9", .watch = "the option outlives the program",
     .script = "{s} set SO_LINGER 1 0 ; {a} kill", .needs = SOCKET},
    {.id = "crash", .title = "crash (SIGSEGV)", .watch = "can the other end tell it from close()?",
     .script = "{a} signal SIGSEGV", .needs = PROCESS},
    {.id = "stop", .title = "stop (SIGSTOP)", .watch = "it hangs: who goes on answering for it?",
     .script = "{a} stop", .undo = "{a} cont", .needs = PROCESS},
    {.id = "cont", .title = "go on (SIGCONT)", .watch = "as if nothing had been?",
     .script = "{a} cont", .needs = PROCESS},
    {.id = "dup", .title = "close() of one of two descriptors", .watch = "is the connection still there?",
     .script = "{s} dup ; {s} close", .needs = HAND | SOCKET},
    {.id = "both", .title = "both close at once", .watch = "whose FIN is first? Look for CLOSING",
     .script = "wire hold ; {s} close ; {p} close ; wire open", .needs = HAND | SOCKET | PEER | WIRE},
    {.id = "unaccepted", .title = "reset before accept()", .watch = "a connection that ends before any program saw it",
     .script = "{a} socket ; {a} connect ; {a} set SO_LINGER 1 0 ; {a} close", .needs = HAND},
    {.id = "rcvtimeo", .title = "SO_RCVTIMEO 500 ms, recv()", .watch = "which errno, and is anything over?",
     .script = "{s} set SO_RCVTIMEO 500 ; {s} recv", .needs = HAND | SOCKET},
    {.id = "sndtimeo", .title = "SO_SNDTIMEO 500 ms, a large send()", .watch = "how much is taken before the time is over?",
     .script = "{s} set SO_SNDTIMEO 500 ; {s} send 10000000 bytes", .needs = HAND | SOCKET},
    {.id = "signal", .title = "a signal during recv()", .watch = "EINTR: must the program try again?",
     .script = "{a} handle SIGUSR1 ; {s} recv ; {a} signal SIGUSR1", .needs = HAND | SOCKET},
    {.id = "signal-restart", .title = "the same with SA_RESTART", .watch = "does the program notice at all?",
     .script = "{a} handle SIGUSR1 restart ; {s} recv ; {a} signal SIGUSR1", .needs = HAND | SOCKET},
    {.id = "silence", .title = "silence, an idle limit of 1 s", .watch = "nobody has failed: what is the silent end told?",
     .script = "{s} set SO_RCVTIMEO 1000 ; {s} recv ; wait 1200ms ; {s} close", .needs = HAND | SOCKET},
    {.id = "destroy", .title = "destroy the socket (ss -K)", .watch = "an administrator's hand: errors at both ends",
     .script = "destroy {s}", .needs = SOCKET},
    {.id = "cut", .title = "pull the cable", .watch = "nobody is told. Who notices, and when?",
     .script = "wire cut", .undo = "wire join", .needs = WIRE},
    {.id = "unreachable", .title = "the way breaks, a router says so", .watch = "whom does it tell, and does that end anything?",
     .script = "wire unreachable", .undo = "wire join", .needs = WIRE},
    {.id = "join", .title = "plug it in again", .watch = "what was lost is sent again, by whom?",
     .script = "wire join", .needs = WIRE},
    {.id = "reboot", .title = "its host restarts", .watch = "it forgets without a word; and the next send()?",
     .script = "reboot {h}", .needs = WIRE},
};
/* clang-format on */

const size_t lab_cause_count = sizeof lab_causes / sizeof lab_causes[0];

const struct lab_cause *lab_cause_find(const char *id)
{
    for (size_t i = 0; i < lab_cause_count; i++)
        if (strcmp(lab_causes[i].id, id) == 0)
            return &lab_causes[i];
    return NULL;
}

/* What stands for {x}; NULL when it is not known. */
static const char *name_for(char which, const struct lab_cause_names *names, char *made, size_t room)
{
    switch (which) {
    case 'a': return names->actor;
    case 'p': return names->peer;
    case 'h': return names->host;
    case 'o': return names->other_host;
    case 's':
        if (!names->actor || names->fd < 0)
            return names->actor;
        snprintf(made, room, "%s.%d", names->actor, names->fd);
        return made;
    default: return NULL;
    }
}

int lab_cause_text(const struct lab_cause *cause, const struct lab_cause_names *names, char *out, size_t out_bytes)
{
    size_t used = 0;
    for (const char *p = cause->script; *p; p++) {
        char made[64], one[2] = {*p, '\0'};
        const char *piece = one;
        if (p[0] == '{' && p[1] && p[2] == '}') {
            piece = name_for(p[1], names, made, sizeof made);
            p += 2;
        }
        size_t n = piece ? strlen(piece) : 0;
        if (!piece || used + n + 1 > out_bytes)
            return -1;
        memcpy(out + used, piece, n);
        used += n;
    }
    out[used] = '\0';
    return 0;
}
