// SPDX-License-Identifier: GPL-3.0-or-later
// The name by which a task is called wherever it is named.
#ifndef LAB_EXPLAIN_WHO_H
#define LAB_EXPLAIN_WHO_H

#include "lab/state/state.h"

enum { LAB_WHO_BYTES = 56 };

/* "c1", "server (child 4127)", "server (thread 4130)"; "?" for one that the state does not know. Returns out. */
const char *lab_task_text(const struct lab_state *, uint32_t actor, uint32_t task, char *out, size_t out_bytes);
/* The same in English in every language: for a file. */
const char *lab_task_text_of_files(const struct lab_state *, uint32_t actor, uint32_t task, char *out,
                                   size_t out_bytes);
/* The same for a narrow column: "c1", "server/4127". */
const char *lab_task_short(const struct lab_state *, uint32_t actor, uint32_t task, char *out, size_t out_bytes);

#endif
