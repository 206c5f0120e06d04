// SPDX-License-Identifier: GPL-3.0-or-later
// What the lab with a stopwatch writes down: plain data in a shared file.
#ifndef TESTS_BENCH_TIMED_FRAMES_H
#define TESTS_BENCH_TIMED_FRAMES_H

#include <stdatomic.h>
#include <stdint.h>

enum { FRAMES_MOST = 1 << 16 };

struct frames {
    _Atomic uint32_t count;  /* frames ever drawn; the n-th is at n % FRAMES_MOST */
    _Atomic uint32_t echoes; /* `echo` commands carried out */
    uint32_t us[FRAMES_MOST];
};

#endif
