// SPDX-License-Identifier: GPL-3.0-or-later
// Asking for a line of memory before it is written.
#ifndef NET_BASE_PREFETCH_H
#define NET_BASE_PREFETCH_H

static inline void net_prefetch_to_write(const void *line)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0"
                     :
                     : "m"(*(const char *)line)); /* what the compiler makes of its own prefetch reads */
#else
    __builtin_prefetch(line, 1);
#endif
}

#endif
