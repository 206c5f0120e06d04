// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks on the screen: their box, the learner's file, the judge.
#ifndef UI_APP_TASK_H
#define UI_APP_TASK_H

#include "ui/box/task.h"

#include <sys/types.h>

/*
 * One task at a time. Its hints, and what the judge has said, stay until another one is opened; its file and what was
 * passed stay for ever (lab/book/answers.h, the learner's progress).
 *
 * Owner: struct ui_app. Thread: main. The judge is a process beside the lab; the loop waits for what it prints.
 */
struct ui_task_run {
    bool is_open; /* one was opened: shown is valid */
    struct ui_task shown;
    pid_t judge;  /* 0: none */
    int judge_fd; /* of what it prints, while there is one */
    char *said;
    size_t said_bytes;
};

struct ui_app;

/* Open the box of a task, and choose it in the list. */
void ui_task_open(struct ui_app *, int lesson, int assignment);
/* What the box asks for (UI_TASK). */
void ui_task_do(struct ui_app *);
/* Take what the judge has printed, if there is something. */
void ui_task_look(struct ui_app *);
/* The lessons are about to be these: the same task of them, if there is one, without its hints and its judgement. */
void ui_task_reload(struct ui_app *, struct lab_lessons *fresh);
/* End the judge. */
void ui_task_stop(struct ui_app *);

#endif
