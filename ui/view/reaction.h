// SPDX-License-Identifier: GPL-3.0-or-later
// What a view asks for when it has taken a key or a click.
#ifndef UI_VIEW_REACTION_H
#define UI_VIEW_REACTION_H

/* A view changes only its own pane. What concerns others it returns as a set of these, and the loop does it. */
enum ui_reaction {
    UI_NOTHING = 0,
    UI_REDRAW = 1,        /* this pane */
    UI_REDRAW_ALL = 2,    /* every pane: something shared has changed */
    UI_COMMAND = 4,       /* pane->command holds a command to type and carry out */
    UI_SELECT = 8,        /* the shared selection was changed: pane->wants_event, pane->wants_socket */
    UI_CLOSE = 16,        /* close this box */
    UI_PASS = 32,         /* not mine: let the key table have it */
    UI_GO_IN = 64,        /* open what is chosen in the list */
    UI_PREFILL = 128,     /* pane->command holds the beginning of a command: open the prompt with it */
    UI_CHOOSE = 256,      /* pane->wants_lesson, ->wants_experiment, ->wants_task are the chosen ones from now on */
    UI_PREDICT = 512,     /* the learner answers the question of pane->wants_experiment with pane->wants_choice */
    UI_AS_OUTSIDE = 1024, /* the box stays open, and the key does what it does without it */
    UI_GO_ON = 2048,      /* what the box shows was read: on to what comes next in the lesson */
    UI_TASK = 4096        /* something is to be done about the task that the box shows (ui/box/task.h) */
};

#endif
