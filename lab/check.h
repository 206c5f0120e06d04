// SPDX-License-Identifier: GPL-3.0-or-later
// Lessons that somebody has written, checked: their text, and then what they claim.
#ifndef LAB_CHECK_H
#define LAB_CHECK_H

#include "net/engine.h"

#include <stdio.h>

struct lab_check_spec {
    enum net_mode mode;
    struct net_ip bind_ip;
    const char *const *paths; /* files, or folders: their files NAME.md */
    size_t path_count;        /* 0: the built-in lessons */
    uint64_t limit_ns;        /* of each script; 0: 60 s */
    bool quiet;               /* only what is wrong */
    FILE *out, *err;
};

/*
 * Every fault of every file, each as FILE:LINE:COLUMN: SENTENCE on out. Where there is none, every experiment is run,
 * and each of its questions told with the line at which it was judged and what was true; then of every task the
 * starter, which has to fail, and the answer, which has to pass.
 *
 *   returns  the exit status: 0 nothing is wrong; 1 the kernel contradicts the text, or a task; 2 the text has faults,
 *            or something could not be read or run. 128 + N after a signal.
 *   thread   the only one there is.
 */
int lab_check(const struct lab_check_spec *);

#endif
