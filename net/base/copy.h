// SPDX-License-Identifier: GPL-3.0-or-later
// Copying few bytes on the way of every traced call.
#ifndef NET_BASE_COPY_H
#define NET_BASE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NET_COPY_FEW_BYTES = 128 };

/*
 * Without a call of libc: where a system call costs a processor its address translations, as with page-table isolation,
 * each page more that is touched between two of them is looked for anew. The empty assembler statements keep compilers
 * from making a call of memcpy() out of the loops.
 */
static inline void net_copy_few(void *to, const void *from, size_t bytes)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if (bytes > NET_COPY_FEW_BYTES) {
        memcpy(to, from, bytes);
        return;
    }
    for (; bytes >= sizeof(uint64_t); bytes -= sizeof(uint64_t), t += sizeof(uint64_t), f += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, f, sizeof word);
        memcpy(t, &word, sizeof word);
        __asm__ volatile("");
    }
    for (; bytes > 0; bytes--) {
        *t++ = *f++;
        __asm__ volatile("");
    }
}

#endif
