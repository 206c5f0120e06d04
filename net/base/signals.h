// SPDX-License-Identifier: GPL-3.0-or-later
// The signals of a program with a screen, and its sleep when it has no engine.
#ifndef NET_BASE_SIGNALS_H
#define NET_BASE_SIGNALS_H

#include <stdint.h>

/*
 * Block every signal but crashes, and let those that net_signal_taken() tells (net/engine.h) in while the caller
 * sleeps; close() restores what was. An engine does both itself; who shows a saved run has none. Main thread.
 */
void net_signals_open(void);
void net_signals_close(void);
/* Sleep until a byte on input_fd, a signal, or the deadline (CLOCK_MONOTONIC; 0: none). Returns enum net_woke bits. */
unsigned net_input_wait(int input_fd, uint64_t deadline_ns);

#endif
