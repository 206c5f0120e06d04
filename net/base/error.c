// SPDX-License-Identifier: GPL-3.0-or-later
// Failures as values.

#include "net/base/error.h"

#include "net/base/message.h"
#include "net/base/names.h"
#include "net/base/plain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

int net_fail(struct net_error *err, int code, const char *call, const char *format, ...)
{
    va_list args;
    if (!err)
        return -1;
    err->code = code;
    err->call = call;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, net_message(format), args);
    va_end(args);
    net_plain(err->text, sizeof err->text);
    return -1;
}

bool net_is_used_up(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOMEM;
}

static int fail_used_up(struct net_error *err, int code, const char *call)
{
    struct rlimit limit = {0};
    if (code == ENOMEM)
        return net_fail(err, code, call,
                        "%s: ENOMEM: there is not enough memory: end other programs, or raise ulimit -v", call);
    if (code == ENFILE)
        return net_fail(err, code, call,
                        "%s: ENFILE: the whole system has no descriptor left: end other programs, or raise fs.file-max "
                        "with sysctl",
                        call);
    getrlimit(RLIMIT_NOFILE, &limit);
    return net_fail(err, code, call,
                    "%s: EMFILE: the %llu descriptors that this process may have are used up: raise "
                    "ulimit -n",
                    call, (unsigned long long)limit.rlim_cur);
}

int net_fail_errno(struct net_error *err, const char *call)
{
    int code = errno;
    if (net_is_used_up(code))
        return fail_used_up(err, code, call);
    return net_fail(err, code, call, "%s: %s (%s)", call, net_errno_text(code), net_errno_name(code));
}
