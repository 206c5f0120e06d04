// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/base/clock.h"

static const uint64_t SECOND_NS = 1000000000;

static uint64_t read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

uint64_t net_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t net_wall_ns(void)
{
    return read_ns(CLOCK_REALTIME);
}

uint64_t net_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

struct timespec net_time_until(uint64_t at_ns)
{
    uint64_t now_ns = net_now_ns(), left_ns = at_ns > now_ns ? at_ns - now_ns : 0;
    return (struct timespec){.tv_sec = (time_t)(left_ns / SECOND_NS), .tv_nsec = (long)(left_ns % SECOND_NS)};
}
