// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that a key can do, as one table.
#ifndef UI_APP_ACTION_H
#define UI_APP_ACTION_H

#include "ui/app/app.h"
#include "ui/draw/keys.h"

/*
 * One row per action. The footer, the help box and the keys themselves come from it: there is no other place where a
 * key is bound or described. Of the rows that share a key, the first that is valid now has it.
 */
enum ui_action_id {
    UI_ACT_NONE,
    UI_ACT_OPEN,
    UI_ACT_READ,
    UI_ACT_PREDICT_ALL,
    UI_ACT_RELOAD,
    UI_ACT_REPEAT,
    UI_ACT_FORGET,
    UI_ACT_PRESENT_ON,
    UI_ACT_PRESENT_BACK,
    UI_ACT_VOTE,
    UI_ACT_UNVOTE,
    UI_ACT_FREEZE,
    UI_ACT_SLOW,
    UI_ACT_PREDICT,
    UI_ACT_HINT,
    UI_ACT_START,
    UI_ACT_LIVE,
    UI_ACT_CONNECT,
    UI_ACT_SEND,
    UI_ACT_RECEIVE,
    UI_ACT_SERVER,
    UI_ACT_DISCONNECT,
    UI_ACT_OPTIONS,
    UI_ACT_CUT,
    UI_ACT_HOLD,
    UI_ACT_NEXT,
    UI_ACT_STEP,
    UI_ACT_BACK,
    UI_ACT_ON,
    UI_ACT_TO_START,
    UI_ACT_EXPLAIN,
    UI_ACT_MATRIX,
    UI_ACT_STATES,
    UI_ACT_STREAM,
    UI_ACT_COMPARE,
    UI_ACT_VERSUS,
    UI_ACT_REPAIR,
    UI_ACT_LINES,
    UI_ACT_AGAIN,
    UI_ACT_EDIT,
    UI_ACT_TEXT,
    UI_ACT_WORDS,
    UI_ACT_NEXT_PANE,
    UI_ACT_LAST_PANE,
    UI_ACT_PANE,
    UI_ACT_ZOOM,
    UI_ACT_PROMPT,
    UI_ACT_HELP,
    UI_ACT_ESCAPE,
    UI_ACT_QUIT,
    UI_ACTIONS
};

/* Under which heading the help box has it. */
enum ui_action_group {
    UI_GROUP_LESSONS,
    UI_GROUP_CLASS,
    UI_GROUP_EXPERIMENT,
    UI_GROUP_CONNECTIONS,
    UI_GROUP_TIME,
    UI_GROUP_LOOKING,
    UI_GROUP_ALWAYS,
    UI_ACTION_GROUPS
};

struct ui_action {
    int keys[8];
    const char *key;   /* their name on the screen */
    const char *label; /* one or two words for the footer, to be looked up (net_message) as the help is */
    const char *help;  /* one line for the help box */
    enum ui_action_group group;
    const char *types; /* the command that it types, as the help shows it; NULL: none */
    int rank;          /* when the footer is too narrow, the highest go first; 0 always stays, 9 is never in it */
    bool (*valid)(const struct ui_app *);
    const struct ui_view *opens; /* the box that it opens; NULL: what it does is in run */
    void (*run)(struct ui_app *, int key);
};

/* Its row; NULL for NONE and past the end. */
const struct ui_action *ui_action(int id);
const char *ui_action_group_name(enum ui_action_group);
/* The label now, in the learner's language: it may depend on what the action would do ("hold", "open wire"). */
const char *ui_action_label(const struct ui_app *, int id);
/* The key as it is shown: of the answers, those that the question has. */
const char *ui_action_key(const struct ui_app *, int id);
bool ui_action_valid(const struct ui_app *, int id);
int ui_action_of_key(const struct ui_app *, int key); /* UI_ACT_NONE when no valid row has it */
/* What the key would do on this screen if there were something to do it to; NULL: nothing. */
const struct ui_action *ui_action_bound(const struct ui_app *, int key);
/* When it is valid; key: the one pressed, or 0 for the first of the row. */
void ui_action_do(struct ui_app *, int id, int key);

#endif
