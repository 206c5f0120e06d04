// SPDX-License-Identifier: GPL-3.0-or-later
// The signals of a program with a screen, and its sleep when it has no engine.
#ifndef NET_BASE_SIGNALS_H
#define NET_BASE_SIGNALS_H

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>

/* What ended a sleep. */
enum net_woke {
    NET_WOKE_EVENTS = 1,
    NET_WOKE_INPUT = 2,
    NET_WOKE_DEADLINE = 4,
    NET_WOKE_SIGNAL = 8, /* see net_signal_taken() */
    NET_WOKE_SOON = 16   /* there are more events, which are not complete yet: wait again */
};

#define NET_BELL_SIGNAL SIGIO /* by which the rings wake the main thread (net/ring/ring.h) */

/*
 * Block every signal but crashes, and let those that net_signal_taken() tells in while the caller sleeps; close()
 * restores what was. An engine does both itself; who shows a saved run has none. Main thread.
 */
void net_signals_open(void);
void net_signals_close(void);
/* Those that came in since the last call, 1u << signo each: SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT. */
uint64_t net_signal_taken(void);
/* One has come in that net_signal_taken() has not told yet. */
bool net_signal_pending(void);
/* What is blocked during a sleep. */
const sigset_t *net_signals_asleep(void);
/* For posix_spawn(): the child has the signals of a program that a shell starts. The caller destroys it. */
void net_signals_for_child(posix_spawnattr_t *);
/* Sleep until a byte on input_fd, a signal, or the deadline (net_now_ns(); 0: none). Returns enum net_woke bits. */
unsigned net_input_wait(int input_fd, uint64_t deadline_ns);

#endif
