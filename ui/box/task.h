// SPDX-License-Identifier: GPL-3.0-or-later
// What the box of a task shows: what to do, the learner's own file, and what the judge has said.
#ifndef UI_BOX_TASK_H
#define UI_BOX_TASK_H

#include "ui/box/box.h"

#include <limits.h>

/* What the box asks for by UI_TASK. */
enum ui_task_wish {
    UI_TASK_EDIT,  /* open the learner's file; it begins as the starter */
    UI_TASK_TRY,   /* a lab on it, as `tcplab try` has it */
    UI_TASK_GRADE, /* the judge; of a mystery with a line, whether it goes wrong there */
    UI_TASK_ANSWER /* show the model answer: after a try */
};

enum ui_task_verdict { UI_TASK_PASSED, UI_TASK_FAILED, UI_TASK_NOT_JUDGED }; /* as `tcplab grade` exits */

enum ui_task_part { UI_TASK_TEXT, UI_TASK_JUDGED, UI_TASK_HINTS, UI_TASK_MODEL, UI_TASK_STARTER, UI_TASK_END };

/* Pushed as ui_box_task's own; the app's. What the box itself changes are the hints, the line and the wish. */
struct ui_task {
    int lesson, assignment; /* the lesson is open */
    size_t station;         /* lab/book/way.h */
    size_t hints;           /* so many were asked for */
    int line;               /* of a mystery's starter, as typed; 0: none */
    bool shows_answer;
    char path[PATH_MAX]; /* of the learner's file; "": it can be nowhere */
    bool has_file;
    bool is_judging;
    const char *said; /* by the judge, its lines as they are; NULL: nothing yet */
    enum ui_task_verdict verdict;
    enum ui_task_wish wish;
    int news; /* a part (enum ui_task_part) that is to be seen when it is drawn next; 0: none */
};

#endif
