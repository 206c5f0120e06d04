// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that one lab in lines holds: private to this room.
#ifndef UI_LINES_LINES_H
#define UI_LINES_LINES_H

#include "lab/book/way.h"
#include "lab/session/session.h"
#include "ui/lines/run.h"

#include <stdarg.h>

/*
 * Words.
 *
 *   turn   what happens from a line that was entered until nothing runs or waits any more; then comes the prompt
 *   on     what Enter alone does: it is said before the prompt whenever it has changed
 *   page   so much of a text as the terminal shows at once; without a terminal all of it
 *
 * Owner: ui_lines_run(). Thread: main. Who changes what:
 *
 *   run.c    opens and closes it all, sleeps, takes lines and signals
 *   book.c   lessons, texts, questions, results
 *   tell.c   what happened, as lines
 *   write.c  text into lines: wrapped, paged, harmless for a terminal
 */
enum ui_lines_on {
    UI_ON_NOTHING,
    UI_ON_CONTINUE,   /* to the lesson in which the learner was */
    UI_ON_MORE,       /* the next page of a text */
    UI_ON_RUN,        /* run the experiment */
    UI_ON_RUN_SILENT, /* the same: its question is not answered then */
    UI_ON_SKIP,       /* the question that its script asks */
    UI_ON_LINE,       /* the next line of its script */
    UI_ON_READ,       /* go on: to a text, */
    UI_ON_EXPERIMENT, /* an experiment, */
    UI_ON_LESSON,     /* the next lesson */
    UI_ONS
};

enum { UI_SKIPPED = -2 };

struct ui_lines {
    const struct ui_options *options;
    struct lab_session *session;
    struct lab_lessons lessons;
    struct lab_progress *progress;
    int columns, rows; /* of the terminal; rows 0: there is none */

    int lesson;     /* -1: the free lab */
    size_t station; /* on its way */
    int above;      /* rows that were said before the next page, and stand on it */
    char *text;     /* what is read page by page; owned */
    char *unread;   /* what is left of it; NULL: nothing */
    bool began;     /* the script of this experiment was started */
    bool is_over;   /* its result was told */
    bool has_question;
    struct lab_question question; /* of the script, before it asks */
    size_t hints;                 /* of the question that is open, that were asked for */
    int early_choice;             /* the answer to it; -1 none, UI_SKIPPED: it is not answered */
    uint64_t settle_ns;           /* what was typed has been begun by then, and what it waits for is known */
    bool clears;                  /* what happens is the end of what was before */
    enum lab_script_state asked;  /* as the prompt knows the script */

    size_t shown;         /* journal index up to which events were told */
    size_t blocked_event; /* where this turn began */
    uint64_t turn_ns;     /* and when */
    unsigned told;        /* lines in this turn, */
    size_t untold;        /* and events that had no room in it */
    bool says_waits;      /* it was said for what this turn waits */
    bool is_asked;        /* it is over, and what Enter does was said */
    enum ui_lines_on on;  /* as it was said last */
    bool quit;
    int status;
};

/* ---- write.c */

/* A line, wrapped; the rows below the first one begin under its text, behind the mark ("" none). */
int ui_lines_put(FILE *, int columns, const char *mark, const char *text); /* returns how many rows they are */
int ui_lines_say(const struct ui_lines *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Blocks of a lesson, as LESSONS.md has them; with notes, those for teachers too. */
void ui_lines_blocks(FILE *, int columns, bool notes, const struct lab_block *, size_t count);
/* Begin to read a text (taken, and freed): its first page, and the next one. */
void ui_lines_read(struct ui_lines *, char *text);
void ui_lines_more(struct ui_lines *);
void ui_lines_later(struct ui_lines *, char *text); /* its first page comes when Enter asks for it */

/* ---- tell.c */

void ui_lines_turn(struct ui_lines *); /* one begins */
void ui_lines_news(struct ui_lines *); /* what was not told yet */
void ui_lines_rest(struct ui_lines *); /* the turn is over: what had no room, and what has not returned */
/* Whether something runs or waits: the session's command, or the experiment's script. */
bool ui_lines_is_busy(const struct ui_lines *);
/* For what, once it has taken a moment. */
void ui_lines_waits(struct ui_lines *);
uint64_t ui_lines_waits_ns(const struct ui_lines *); /* when that is to be said; 0: it is not */

/* ---- book.c */

int ui_lines_open(struct ui_lines *, struct net_error *); /* where the command line says */
/* One line that was entered. */
void ui_lines_take(struct ui_lines *, const char *line);
/* After events: an answer that was given early, and the result when the script is over. */
void ui_lines_follow(struct ui_lines *);
/* What Enter does now, said when it is new. */
void ui_lines_say_on(struct ui_lines *);

#endif
