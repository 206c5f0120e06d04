// SPDX-License-Identifier: GPL-3.0-or-later
// The clocks: every time in the tree is read here, and is a number of nanoseconds.
#ifndef NET_BASE_CLOCK_H
#define NET_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

uint64_t net_now_ns(void);        /* CLOCK_MONOTONIC: the time of events and of deadlines */
uint64_t net_wall_ns(void);       /* CLOCK_REALTIME */
uint64_t net_thread_cpu_ns(void); /* processor time of the calling thread */

/* What is left from now until a time of net_now_ns(), for ppoll(2) and its like; 0 when it is past. */
struct timespec net_time_until(uint64_t at_ns);

#endif
