// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine's wait needs of the signals.
#ifndef NET_BASE_SIGNALS_PRIVATE_H
#define NET_BASE_SIGNALS_PRIVATE_H

#include "net/base/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>

bool net_signal_pending(void);                  /* one has come in that net_signal_taken() has not told yet */
const sigset_t *net_signals_asleep(void);       /* what is blocked during a sleep */
struct timespec net_time_until(uint64_t at_ns); /* from now on; 0 when it is over */

#endif
