// SPDX-License-Identifier: GPL-3.0-or-later
// What a class sees of a lesson that is presented: one thing at a time.
#ifndef UI_VIEW_PRESENT_H
#define UI_VIEW_PRESENT_H

#include "ui/view/pane.h"

/*
 * Words.
 *
 *   slide    one thing on the screen: a text, a question, its choices, the run, the result, why
 *   station  of the lesson's way (lab/book/way.h): a text, which is one slide, or an experiment, which is up to six
 *   vote     one person of the class for one choice: a key, once for each
 *   reveal   the slide RESULT: before it nothing on a slide says what the kernel has answered
 *
 * The owner is struct ui_app, which changes it (ui/app/present.c); views are given it const, in the model.
 */
enum ui_slide {
    UI_SLIDE_TEXT,
    UI_SLIDE_QUESTION,
    UI_SLIDE_CHOICES,
    UI_SLIDE_RUN,
    UI_SLIDE_RESULT,
    UI_SLIDE_WHY,
    UI_SLIDES
};

enum { UI_VOTE_CHOICES = 6, UI_VOTES_UNDONE = 1024 /* so many can be taken back, the last ones */ };

struct ui_present {
    enum ui_slide slide;
    size_t station;
    unsigned votes[UI_VOTE_CHOICES];
    unsigned char order[UI_VOTES_UNDONE]; /* choices, a ring: the last vote is at order_end - 1 */
    size_t order_end, order_count;
    int alone;         /* a view that has the whole screen; -1: the slide */
    size_t from, end;  /* of a saved run: the events of the experiment, its note the first one */
    bool notes_failed; /* they could not be written, and that was said */
    bool is_frozen;    /* everything was paused, */
    bool held;         /* and the wire held for it */
};

unsigned ui_votes_all(const struct ui_present *);
/* The choice with the most votes; -1: none has more than all others. */
int ui_votes_most(const struct ui_present *);

/* The note of a command that the run slide shows: it does something, or waits. */
bool ui_present_tells(const struct net_event *);

/* What the slide is called: "Votes". */
const char *ui_slide_name(enum ui_slide);
/* How many rows the slide has, for who turns its pages. */
long ui_present_rows(const struct ui_pane *, const struct ui_model *);

extern const struct ui_view ui_view_present;

#endif
