// SPDX-License-Identifier: GPL-3.0-or-later
// One program of a learner's, judged by what the kernel does with it.
#ifndef LAB_JUDGE_H
#define LAB_JUDGE_H

#include "lab/book/assignments.h"
#include "net/engine.h"

#include <jansson.h>

/*
 * A judgement is JSON, since it comes from another process and is also what `grade --json` prints:
 *
 *   {"file": PATH, "task": "3.3/reap", "seed": N, "status": 0 | 1 | 2, "passed": BOOL,
 *    "expectations": [{"text": "expect ...", "held": BOOL}, ...],
 *    "error": SENTENCE, "reason": SENTENCE, "notes": [SENTENCE, ...], "run": PATH}
 *
 * status is what `grade` exits with: 0 passed, 1 failed, 2 it could not be judged. error, reason and notes (what else
 * is known of a failure: a crash, another port) are there when it has not passed, run where one was saved.
 *
 * The program is judged in a process of its own with a lab of its own. Where the kernel has Landlock, that process can
 * write only into a folder that is removed afterwards; the programs that it starts have the limits of all programs of a
 * learner's. It is no sandbox for hostile code.
 */
struct lab_judge_spec {
    enum net_mode mode;
    struct net_ip bind_ip;
    const struct lab_lesson *lesson;
    const struct lab_assignment *assignment;
    const char *file; /* the program, its source, or a folder with a Makefile */
    uint64_t seed;
    uint64_t limit_ns; /* of each judge; 0: 60 s */
    const char *saved; /* where the run is to be saved; NULL: nowhere */
};

/* To be given to json_decref(); NULL: no memory. Single-threaded caller. */
json_t *lab_judge_file(const struct lab_judge_spec *);

#endif
