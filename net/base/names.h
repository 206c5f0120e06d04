// SPDX-License-Identifier: GPL-3.0-or-later
// The names of errno and of signals: plain data.
#ifndef NET_BASE_NAMES_H
#define NET_BASE_NAMES_H

#include <stddef.h>

/* "ECONNRESET"; "errno 999" (static per thread) for one that has no name. */
const char *net_errno_name(int error);
/* What it means, in the learner's language: "Connection refused". */
const char *net_errno_text(int error);
/* errno by name, 0 when unknown. */
int net_errno_number(const char *name);
/* "SIGPIPE"; "SIG 77" (static per thread) for one that has no name. */
const char *net_signal_name(int signo);
/* What it means, in the learner's language: "Broken pipe". */
const char *net_signal_text(int signo);
/* Takes "SIGPIPE", "PIPE" or "13"; 0 when unknown. */
int net_signal_number(const char *name);
/* The i-th name, for completion; NULL past the end. */
const char *net_errno_name_at(size_t i);
const char *net_signal_name_at(size_t i);

#endif
