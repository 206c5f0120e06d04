// SPDX-License-Identifier: GPL-3.0-or-later
// Programs for the tests of actors and traced calls: written as chapter programs are, compiled as they are.
#ifndef TESTS_ACTOR_PROGRAMS_H
#define TESTS_ACTOR_PROGRAMS_H

#include "net/program.h"

extern const struct net_program program_returns;     /* ARGUMENT: its status */
extern const struct net_program program_exits;       /* 3, from a function, with an unfinished line */
extern const struct net_program program_prints;      /* lines in pieces, on both */
extern const struct net_program program_loops;       /* for ever, without a call */
extern const struct net_program program_crashes;     /* ARGUMENT: null, stack, divide, abort, free, handled */
extern const struct net_program program_breaks_pipe; /* ARGUMENT: default, ignore, handle, nosignal */
extern const struct net_program program_waits;       /* in the call that ARGUMENT names */
extern const struct net_program program_handles;     /* SIGUSR1, while it waits in recv; ARGUMENT: restart or break */
extern const struct net_program
    program_forks; /* ARGUMENT: exits, dies, at once, alone, leaves, ignores, orphans, grandchild */
extern const struct net_program program_fork_server; /* serves 5 children with a SIGCHLD handler */
extern const struct net_program
    program_fork_storm; /* 300 children that make calls until they are killed, and waits for all */
extern const struct net_program
    program_threads;                          /* ARGUMENT: join, detach, exit, main_exits, dies, leaves, pool, fork */
extern const struct net_program program_echo; /* ARGUMENT: port; one client, until it closes */
extern const struct net_program program_reconnects,
    program_dissolves;                         /* as often as its argument says, from and to itself */
extern const struct net_program program_calls; /* one of each call on sockets, on descriptors, and of memory */
extern const struct net_program program_bad_pointers;
extern const struct net_program program_keeps_errno;
extern const struct net_program program_kills;  /* ARGUMENT: self, lab, group, all, none */
extern const struct net_program program_steps;  /* four calls */
extern const struct net_program program_limits; /* setrlimit() */
extern const struct net_program program_reads_input;
extern const struct net_program program_talks; /* one short call again and again */
extern const struct net_program program_lines;
extern const int program_lines_at; /* its calls follow that line */

#endif
