// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/durations.h"

#include <inttypes.h>
#include <stdio.h>

const char *lab_duration_text(uint64_t ns, char *out, size_t out_bytes)
{
    double s = (double)ns / 1e9;
    if (s < 0.001)
        snprintf(out, out_bytes, "%" PRIu64 " us", ns / 1000);
    else if (s < 0.1)
        snprintf(out, out_bytes, "%.1f ms", s * 1000);
    else if (s < 60)
        snprintf(out, out_bytes, "%.1f s", s);
    else if (s < 3600)
        snprintf(out, out_bytes, "%" PRIu64 " min %" PRIu64 " s", ns / 60000000000u, ns / 1000000000u % 60);
    else
        snprintf(out, out_bytes, "%" PRIu64 " h %" PRIu64 " min %" PRIu64 " s", ns / 3600000000000u,
                 ns / 60000000000u % 60, ns / 1000000000u % 60);
    return out;
}
