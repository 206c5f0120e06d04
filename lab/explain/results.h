// SPDX-License-Identifier: GPL-3.0-or-later
// Why a call that did not fail returned just that.
#ifndef LAB_EXPLAIN_RESULTS_H
#define LAB_EXPLAIN_RESULTS_H

#include "lab/explain/why.h"

/*
 * What needs a reason though it is no error: fewer bytes than MSG_WAITALL or a send asked for, a recv() that stopped at
 * an urgent byte, and each bit of what poll() returned. One clause, as lab_because() gives it for errors; false: it
 * needs none, or none is known.
 */
bool lab_because_of_success(const struct lab_journal *, const struct lab_state *, uint64_t start_ns, long ret,
                            char *out, size_t out_bytes);
/* EINVAL of a recv() with MSG_OOB: where the urgent byte is, or went. */
bool lab_because_no_urgent_byte(struct lab_why *);

#endif
