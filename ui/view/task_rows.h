// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of the tree of tasks: one for each, or one for many that do the same.
#ifndef UI_VIEW_TASK_ROWS_H
#define UI_VIEW_TASK_ROWS_H

#include "ui/view/pane.h"

/* An actor that has more children and threads than this shows them by what they do. */
enum { UI_TASKS_SINGLE = 8 };

struct ui_task_row {
    int actor;
    int task;         /* index in state->tasks, of a group its first one; LAB_NONE: not started yet */
    int count;        /* of a group; 0: one task */
    bool first, last; /* first: the actor's own line; last: no sibling follows */
    bool actor_last;
};

struct ui_task_rows {
    struct ui_task_row *row; /* NULL: no memory */
    size_t count;
};

/* One pass over the tasks, whatever their number; asks the kernel nothing. */
struct ui_task_rows ui_task_rows_make(const struct ui_model *);
void ui_task_rows_free(struct ui_task_rows *);

/* What a group's tasks do: "988 children in recv", "12 zombies"; returns out. */
const char *ui_task_group_text(const struct ui_model *, const struct ui_task_row *, char *out, size_t out_bytes);

/*
 * How many children and threads there were, from the first one's start to the last change: the most of each of
 * `columns` equal spans of time, into out. Returns the most of all; 0: there were none. Without change it stays the
 * same, so that an idle lab draws nothing.
 */
int ui_task_history(const struct ui_model *, int columns, int *out);

#endif
