// SPDX-License-Identifier: GPL-3.0-or-later
// Waiting on a word of shared memory: without FUTEX_PRIVATE_FLAG, since who waits and who wakes may be two processes.
#ifndef NET_BASE_FUTEX_H
#define NET_BASE_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* While *word is value; 0 ms: for ever. -1 with errno EAGAIN, EINTR or ETIMEDOUT: look again. */
static inline long net_futex_wait(_Atomic uint32_t *word, uint32_t value, unsigned ms)
{
    const struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    return syscall(SYS_futex, word, FUTEX_WAIT, value, ms ? &limit : NULL, NULL, 0);
}

static inline void net_futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

#endif
