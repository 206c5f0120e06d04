// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks without a screen: their list, their texts, and what a program of a learner's is worth.
#ifndef LAB_GRADE_H
#define LAB_GRADE_H

#include "net/engine.h"

#include <stdio.h>

struct lab_grade_spec {
    enum net_mode mode;
    struct net_ip bind_ip;
    const char *lessons_file; /* NULL: the embedded ones */
    const char *language;     /* in which they are read; NULL: as they are written */
    const char *learner;      /* whose progress it is; NULL: the one without a name */
    const char *task;         /* "3.3/reap" */
    const char *path;         /* a program, a source, or a folder of submissions; NULL: line or call is the answer */
    const char *line, *call;  /* what a learner says is wrong with a mystery; NULL each: nothing */
    const char *runs;         /* a folder of submissions: where the runs are kept; NULL: beside the present folder */
    bool json, csv, has_seed;
    uint64_t seed, limit_ns;
    FILE *out, *err;
};

/*
 * A folder without a Makefile is one of submissions: each of its .c files, and each folder in it, is one.
 *
 * Of a single program the source is kept, with its run, in $XDG_DATA_HOME/tcplab/answers/LESSON-TASK (or
 * ~/.local/share) as 1.c, 2.c ...; what is there is never written again. Progress knows of it.
 *
 *   returns  the exit status: 0 passed (all of a folder), 1 failed (one of them), 2 it could not be judged.
 *   thread   the only one there is.
 */
int lab_grade(const struct lab_grade_spec *);

/* One line for each task, with what was done of it. 0, or 2. */
int lab_tasks_list(const struct lab_grade_spec *);

/* What belongs to spec->task: hints up to the n-th; the answer only when something of it was tried (progress); BEGIN
 * makes the learner's own file of the starter, where there is none yet, and says its name. 0, or 2. */
enum lab_task_part { LAB_TASK_TEXT, LAB_TASK_STARTER, LAB_TASK_HINTS, LAB_TASK_ANSWER, LAB_TASK_BEGIN };
int lab_task_print(const struct lab_grade_spec *, enum lab_task_part, size_t hints);

#endif
