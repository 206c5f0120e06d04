// SPDX-License-Identifier: GPL-3.0-or-later
// `tcplab present 3.5`: a lesson in front of a class.
#ifndef UI_APP_PRESENT_H
#define UI_APP_PRESENT_H

#include "net/base/error.h"

#include <stdbool.h>

/*
 * The lab's screen with one slide on it (ui/view/present.h says what that is). Enter, and PageDown as a clicker sends
 * it, go on: a text, its next page, the question, its choices with the votes, the run line by line, the result, why,
 * the next station. PageUp goes back by a slide; nothing of a run is undone by that. What the class says is the
 * prediction: the choice with the most votes. The teacher's own progress stays as it is.
 *
 * Owner: struct ui_app. Thread: main.
 */
struct ui_app;
struct ui_present;

/* Where: as lab_lessons_find() takes it. NULL: the lesson at which the list would open. -1 with a sentence. */
int ui_present_open(struct ui_app *, const char *where, struct net_error *);
void ui_present_close(struct ui_app *);
/* Other lessons have taken the place of those that were presented: the experiment of that title, else the same station,
 * from its first slide. */
void ui_present_reload(struct ui_app *, int lesson, const char *title);
bool ui_presents(const struct ui_app *);

/* What Enter does now; NULL: nothing, something runs. */
const char *ui_present_on_label(const struct ui_app *);
bool ui_present_can_go_on(const struct ui_app *);

/* Rows of the table of keys (ui/app/action.c); key: the one that was pressed. */
void ui_present_on(struct ui_app *, int key);
void ui_present_back(struct ui_app *, int key);

bool ui_present_votes(const struct ui_app *); /* votes are counted now */
void ui_present_vote(struct ui_app *, int key);
bool ui_present_can_unvote(const struct ui_app *);
void ui_present_unvote(struct ui_app *, int key); /* the last one */

/* The question stands on the slide, and what it hints at is not shown yet. */
bool ui_present_asks(const struct ui_app *);
/* So that what was added to the slide is seen. */
void ui_present_show_end(struct ui_app *);

/* A view alone over the whole screen; the same again, or the slide's own place: the slide. */
void ui_present_alone(struct ui_app *, int view);
/* Every program stops before its next call, and the wire holds what is on it; then both go on. */
bool ui_present_can_freeze(const struct ui_app *);
void ui_present_freeze(struct ui_app *, int key);

/* After events: lines of the script that a class need not see are gone over. */
void ui_present_follow(struct ui_app *);

#endif
