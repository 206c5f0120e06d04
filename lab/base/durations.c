// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/base/durations.h"

#include "net/base/message.h"

#include <inttypes.h>
#include <stdio.h>

const char *lab_duration_text(uint64_t ns, char *out, size_t out_bytes)
{
    unsigned long long us = ns / 1000, ms = us / 1000, s = ms / 1000;
    if (us < 1000)
        snprintf(out, out_bytes, "%llu us", us);
    else if (ms < 100)
        snprintf(out, out_bytes, "%llu.%llu ms", ms, us % 1000 / 100);
    else if (s < 1)
        snprintf(out, out_bytes, "%llu ms", ms);
    else if (s < 60)
        snprintf(out, out_bytes, _("%llu.%llu s"), s, ms % 1000 / 100);
    else if (s < 3600)
        snprintf(out, out_bytes, _("%llu min %llu s"), s / 60, s % 60);
    else
        snprintf(out, out_bytes, _("%llu h %llu min %llu s"), s / 3600, s / 60 % 60, s % 60);
    return out;
}

const char *lab_seconds_text(uint64_t ns, int columns, char *out, size_t out_bytes)
{
    int decimals = 3;
    uint64_t unit = 1000000, scale = 1000;
    for (; decimals > 0; decimals--, unit *= 10, scale /= 10)
        if (snprintf(NULL, 0, "%" PRIu64 ".%0*u", ns / 1000000000, decimals, 0u) <= columns)
            break;
    uint64_t shown = ns / unit; /* cut off, not rounded */
    snprintf(out, out_bytes, "%*.*f", columns, decimals, (double)shown / (double)scale);
    return out;
}
