// SPDX-License-Identifier: GPL-3.0-or-later
// A failure as a value: plain data.
#ifndef NET_BASE_ERROR_H
#define NET_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * code   errno, or 0 when no call failed (bad input).
 * call   the call that failed, as a learner would write it ("unshare(CLONE_NEWUSER)"), or NULL.
 * text   one sentence for a person: what was wrong, what was expected, what to do. Plain (net/base/plain.h).
 */
struct net_error {
    int code;
    const char *call;
    char text[600];
};

/* Fill err (may be NULL) and return -1, so that a caller can `return net_fail(...)`. The text is made plain
 * (net/base/plain.h). */
int net_fail(struct net_error *err, int code, const char *call, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same for a failed system call: text becomes "CALL: MEANING OF ERRNO (ENAME)", and what to do about it where
 * something is used up. Reads errno. */
int net_fail_errno(struct net_error *err, const char *call);
/* Whether this errno means that something is used up (descriptors, memory), whatever was asked for. */
bool net_is_used_up(int code);

#endif
