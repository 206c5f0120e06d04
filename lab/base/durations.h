// SPDX-License-Identifier: GPL-3.0-or-later
// Durations as a person says them.
#ifndef LAB_BASE_DURATIONS_H
#define LAB_BASE_DURATIONS_H

#include <stddef.h>
#include <stdint.h>

/* "12 us", "15.0 ms", "412 ms", "3.2 s", "2 min 5 s", "2 h 11 min 15 s", cut off, not rounded; returns out. */
const char *lab_duration_text(uint64_t ns, char *out, size_t out_bytes);

#endif
