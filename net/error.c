// SPDX-License-Identifier: GPL-3.0-or-later
// Failures as values.

#include "net/error.h"

#include "net/event.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int net_fail(struct net_error *err, int code, const char *call, const char *format, ...)
{
    va_list args;
    if (!err)
        return -1;
    err->code = code;
    err->call = call;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return -1;
}

int net_fail_errno(struct net_error *err, const char *call)
{
    int code = errno;
    const char *meaning = strerrordesc_np(code); /* not translated, and safe in any thread */
    return net_fail(err, code, call, "%s: %s (%s)", call, meaning ? meaning : "unknown error", net_errno_name(code));
}
