// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that one open screen holds: private to the loop and what it calls.
#ifndef UI_APP_APP_H
#define UI_APP_APP_H

#include "ui/app/layout.h"
#include "ui/app/play.h"
#include "ui/app/run.h"
#include "ui/app/task.h"
#include "ui/box/box.h"
#include "ui/box/help.h"
#include "ui/draw/keys.h"

#include <panel.h>

/*
 * One struct, one thread. Who changes what:
 *
 *   app.c      opens and closes it all, reads the terminal, and sleeps
 *   keys.c     focus, selection, boxes, prompt: keys and clicks become reactions, actions, commands
 *   action.c   the table of keys, and what each does
 *   lab.c      the session and what the model says of it: experiments, commands, events
 *   present.c  a lesson in front of a class: slides and votes
 *   try.c      programs that run again when they are saved; editor.c: the learner's editor
 *   task.c     tasks of the book: the learner's file, the judge
 *   draw.c     windows and the terminal, nothing else
 */
struct ui_prompt;
struct ui_try;
struct ui_present;

enum { UI_COMMAND_BYTES = 1024, UI_ANSWER_BYTES = 600, UI_TARGETS = 40 };

/* The command typed last, by a key or at the prompt, and what became of it. */
struct ui_last_command {
    char command[UI_COMMAND_BYTES];
    char answer[UI_ANSWER_BYTES]; /* a reply of one line, or the error; "": nothing to say */
    int column;                   /* of the error, from 1; 0: the whole line, or no error */
    bool is_error;
    unsigned answers; /* enum lab_command_id: which command's reply came last */
    size_t events;    /* of the journal, when the command was carried out: its errors until then are in the answer */
};

/* Where an action's key stands in the footer, or a view's name among the tabs: for the mouse. */
struct ui_target {
    int row, from, to; /* columns, to not included */
    int action, key;   /* enum ui_action_id; the key of it, 0: its first */
};

struct ui_app {
    struct ui_options options;
    struct lab_session *session; /* NULL: a screen without a lab (tests, a saved run) */
    struct lab_saved saved;      /* path NULL: none */
    struct ui_try *tried;        /* NULL: nothing is tried */
    struct ui_present *present;  /* NULL: no lesson is presented */
    struct ui_task_run task;
    int input_fd; /* what the loop waits for: standard input, or an epoll of that and more */
    struct lab_lessons lessons;
    struct lab_progress *progress;
    struct ui_model model;

    struct ui_choice choice;
    struct ui_layout layout;
    struct ui_pane list[2], panes[UI_LAB_VIEWS];
    PANEL *list_panel[2], *pane_panel[UI_LAB_VIEWS];
    WINDOW *base;   /* the lines between panes, status, footer: stdscr, NULL before there is one */
    WINDOW *bottom; /* the prompt, or an answer: NULL when neither is shown */
    PANEL *bottom_panel;
    WINDOW *candidates; /* what may be typed next, above the prompt */
    PANEL *candidates_panel;
    int cursor_row, cursor_column; /* of the prompt */
    struct ui_keys keys;
    struct ui_boxes boxes;
    struct ui_help help; /* what the help box shows */
    struct ui_prompt *prompt;
    struct ui_last_command last;
    struct ui_target targets[UI_TARGETS];
    size_t target_count;

    const struct lab_state *live;
    struct lab_state *past; /* what the screen shows while rewound, NULL live */
    size_t moment;
    struct ui_play play; /* the past goes on by itself */
    size_t seen_events;  /* of the journal: what came after is new to the panes */
    uint64_t frame_ns;   /* when the last frame was drawn */
    uint64_t stale_ns;   /* when what is on the screen stops being true without an event; 0: never */
    uint64_t pane_stale_ns[UI_LAB_VIEWS];

    struct lab_question question; /* of the script, before it asks */
    bool has_question;
    size_t hints;                       /* of the question, that were asked for */
    int early_choice;                   /* predicted before it asked, -1 none */
    enum lab_script_state shown_script; /* as the lesson's pane knows it */
    bool began;                         /* the script of this experiment was started */
    bool repeats;                       /* from one wrong answer to the next, and not along the way */
    bool recorded;                      /* its outcome is in the progress */
    int lab_lesson, lab_experiment;     /* what the lab holds: the list may have another one chosen */
    bool is_typed;                      /* something was typed at the prompt since it was entered */
    bool is_kept;                       /* it was left for the list with something alive in it */
    struct ui_choice kept_choice;       /* as it looked then */
    int asked, asks;                    /* enum ui_action_id: done when it comes once more; the key before, this key */
    bool gathers;                       /* replies of a command go into a box */
    char *reply;                        /* lines gathered; owned */
    size_t reply_bytes;

    bool dirty;  /* something is to be drawn */
    bool relaid; /* the lines between the panes are to be drawn anew */
    int turn;    /* the place that is drawn first in the next frame */
    bool quit;
    int exit_status;
};

/* ---- app.c */

/* Lessons, progress, lab: everything that needs no terminal. -1 with one sentence. */
int ui_app_open(struct ui_app *, const struct ui_options *, struct net_error *);
/* Read the lessons of a file again; when that fails they stay as they were, and the sentence says why. In the list, or
 * while one is presented: what was shown of it begins anew. */
void ui_app_reload(struct ui_app *, int key);
/* The windows, on a screen that curses has opened. */
int ui_app_open_screen(struct ui_app *, struct net_error *);
void ui_app_close(struct ui_app *);
/* A view in a pane, from its beginning; its window, if it has one, stays. */
void ui_app_open_pane(struct ui_app *, struct ui_pane *, const struct ui_view *);
/* Wake up for this descriptor, too, until it is closed. -1: errno. */
int ui_app_also_wait(struct ui_app *, int fd);
/* Say a sentence at the bottom until the next key. */
void ui_app_say(struct ui_app *, bool is_error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- lab.c */

/* Bring the model up to date. */
void ui_app_model(struct ui_app *);
void ui_app_reply(void *app, const char *line); /* a lab_reply_fn */
void ui_app_events(struct ui_app *); /* take in what is new in the journal: which panes it concerns, what it ends */
/* Carry out a command as if it had been typed; what became of it is in app->last. False: an error. */
bool ui_app_command(struct ui_app *, const char *line, enum lab_note_from);
void ui_app_enter(struct ui_app *, int lesson, int experiment); /* to the lab, with a clean slate; -1: the free lab */
/* Back to the list. The free lab stays as it is while something is alive in it, and so does an experiment in which the
 * learner has typed something; any other is cleared. */
void ui_app_leave(struct ui_app *);
void ui_app_return(struct ui_app *); /* to the lab that was kept */
/* Whether what the learner has made would be lost if the lab were cleared now. */
bool ui_app_would_lose(const struct ui_app *);
void ui_app_start(struct ui_app *, bool line_by_line); /* run the experiment's script */
void ui_app_predict(struct ui_app *, int choice);      /* -1: skip */
/* Whether the question on the screen can be answered now. */
bool ui_app_asks(const struct ui_app *);
bool ui_app_has_hint(const struct ui_app *); /* one more, to the question that is open */
void ui_app_hint(struct ui_app *, int key);
void ui_app_words(struct ui_app *, int key);                                    /* the glossary */
void ui_app_choose(struct ui_app *, int lesson, int experiment);                /* in the list */
void ui_app_choose_task(struct ui_app *, int lesson, int experiment, int task); /* from 1; 0: none */
/* An answer given before the experiment was run. */
void ui_app_predict_early(struct ui_app *, int lesson, int experiment, int choice);

/* ---- way.c: text, experiments, what to keep, the next lesson; lab/book/way.h has the order */

/* To a station of the lesson: a text opens above what is shown, an experiment in the lab. */
void ui_app_go_to(struct ui_app *, int lesson, size_t station);
/* To the first one that is not done; to the first one when all are. */
void ui_app_continue(struct ui_app *, int lesson);
void ui_app_was_read(struct ui_app *, size_t station); /* a text, to its end: that is kept, and it goes on */
void ui_app_go_on(struct ui_app *);                    /* from the experiment that is chosen */
const char *ui_app_on_label(const struct ui_app *);    /* what the footer calls that */
/* The questions that are to be asked again today, of the chosen lesson and of those behind it, one after the other. */
void ui_app_repeat(struct ui_app *);
bool ui_app_has_due(const struct ui_app *); /* in any lesson */
void ui_app_forget(struct ui_app *);        /* all that is kept of the chosen lesson */

/* ---- editor.c: $EDITOR, else vi, on a file; it has the terminal until it ends, and the lab goes on meanwhile */

void ui_app_edit(struct ui_app *, const char *path, int line); /* 0: no line */

/* ---- connections.c: keys that type a command about a connection; key: the one that was pressed */

void ui_app_connect(struct ui_app *, int key);
void ui_app_send(struct ui_app *, int key);
void ui_app_receive(struct ui_app *, int key);
void ui_app_server(struct ui_app *, int key);

/* ---- rewind.c */

void ui_app_rewind(struct ui_app *, int moves); /* < 0: back, > 0: on */
void ui_app_back(struct ui_app *, int key);     /* by one, with Shift by ten */
void ui_app_on(struct ui_app *, int key);
void ui_app_rewind_to_start(struct ui_app *);
void ui_app_live(struct ui_app *);
void ui_app_show_moment(struct ui_app *, size_t n); /* after the first n events; live without memory */

/* ---- saved_run.c: a screen that shows a file instead of a lab */

bool ui_app_is_saved(const struct ui_app *);
int ui_app_open_saved(struct ui_app *, struct net_error *); /* of options.saved_run */
void ui_app_close_saved(struct ui_app *);
void ui_app_model_saved(struct ui_app *);   /* the model's part of it */
void ui_app_explain_saved(struct ui_app *); /* what had happened up to the moment shown */
/* One sentence why a key or command has no effect here. */
void ui_app_refuse_saved(struct ui_app *, const char *what);

/* ---- keys.c */

void ui_app_key(struct ui_app *, int key);
void ui_app_mouse(struct ui_app *, const MEVENT *);
void ui_app_focus(struct ui_app *, int place);
/* Type a command, a line at the prompt to be edited, or do an action. */
void ui_app_react(struct ui_app *, struct ui_pane *, unsigned reactions);
void ui_app_prefill(struct ui_app *, const char *line, size_t cursor);
void ui_app_prompt_line(struct ui_app *, const char *line); /* Enter at the prompt */

/* ---- draw.c */

void ui_app_relayout(struct ui_app *); /* after a resize or a change of what is shown */
void ui_app_frame(struct ui_app *);    /* draw what is dirty, and show it */
struct ui_pane *ui_app_focused(struct ui_app *);
void ui_app_close_screen(struct ui_app *);

/* ---- status.c, footer.c: the lines around the panes, on app->base */

void ui_status_draw(struct ui_app *);
/* When the status line stops being true without an event; 0: never. */
uint64_t ui_status_stale_ns(const struct ui_app *);
void ui_tabs_draw(struct ui_app *);
void ui_footer_draw(struct ui_app *);

/* ---- bottom.c: the prompt, or the answer to a command, over the last rows */

void ui_bottom_draw(struct ui_app *);
void ui_bottom_close(struct ui_app *);
/* Where the prompt's cursor stands on the screen; false: no prompt. */
bool ui_bottom_cursor(const struct ui_app *, int *row, int *column);

#endif
