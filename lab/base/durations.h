// SPDX-License-Identifier: GPL-3.0-or-later
// Durations as a person says them.
#ifndef LAB_BASE_DURATIONS_H
#define LAB_BASE_DURATIONS_H

#include <stddef.h>
#include <stdint.h>

/* "12 us", "15.0 ms", "412 ms", "3.2 s", "2 min 5 s", "2 h 11 min 15 s", cut off, not rounded; returns out. */
const char *lab_duration_text(uint64_t ns, char *out, size_t out_bytes);

/*
 * Seconds as a decimal number in so many columns, flush right: "   4.217". Decimals give way where it is large, from
 * three to none; no digit of the seconds ever does, and the number is longer then.
 */
const char *lab_seconds_text(uint64_t ns, int columns, char *out, size_t out_bytes);

#endif
