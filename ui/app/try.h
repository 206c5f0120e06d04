// SPDX-License-Identifier: GPL-3.0-or-later
// `tcplab try FILE...`: a lab on programs of the learner's, which run again whenever they are saved.
#ifndef UI_APP_TRY_H
#define UI_APP_TRY_H

#include "net/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Words.
 *
 *   tried      the files of the command line. A word that is the name of a file begins a program; words behind it are
 *              its arguments. It runs on the server host, or on the client host if it calls connect and never listen,
 *              by what its file says; the word `server` or `client` before its name decides otherwise.
 *   experiment what runs again: one line for each program, servers first; the commands of -c; and what the learner has
 *              typed since the last clean slate that does something (questions are not asked again). `clear` forgets
 *              what was typed.
 *   saved      a tried file was closed after writing, or another file was renamed to its name, as editors do. Headers
 *              in its folder count too; of a folder that is made, all sources and the Makefile in it.
 *
 * What stands on the screen when a file is saved is over: a clean slate, then the experiment. A run that went wrong,
 * and what does not compile, stays until then.
 *
 * Owner: struct ui_app. Thread: main. The loop waits for inotify_fd, too.
 */
enum { UI_TRY_FILES = 8, UI_TRY_TEXT_BYTES = 16384 };

struct ui_tried {
    char path[PATH_MAX]; /* real */
    int watch;           /* of its folder; -1: none */
    bool is_folder;
};

struct ui_try {
    struct ui_tried file[UI_TRY_FILES];
    size_t file_count;
    char title[120];               /* "try echo.c" */
    char begin[UI_TRY_TEXT_BYTES]; /* the lines of the command line */
    char typed[UI_TRY_TEXT_BYTES]; /* the learner's, one below the other */
    char script[2 * UI_TRY_TEXT_BYTES];
    int inotify_fd;    /* -1: none */
    bool is_beginning; /* its own clean slate forgets nothing */
    bool is_stale;     /* saved while the list was shown: it runs again on return */
    bool is_of_task;   /* it was begun from a task of the book, and not by the command line */
};

struct ui_app;

/* Read the words; commands are carried out behind them, NULL none. -1 with a sentence. No words: nothing is tried, and
 * all below does nothing. */
int ui_try_open(struct ui_app *, const char *const *words, size_t count, const char *commands, struct net_error *);
void ui_try_close(struct ui_app *);
/* What the command line said is tried again, in the place of a task's file. */
void ui_try_restore(struct ui_app *);
/* Whether the screen is that of what is tried. */
bool ui_try_is_on(const struct ui_app *);
/* A clean slate, and the experiment. */
void ui_try_run(struct ui_app *);
/* Run again if something was saved. */
void ui_try_look(struct ui_app *);
/* The learner has cleared the lab. */
void ui_try_cleared(struct ui_app *);

/* ---- the editor (editor.c), on the file in the Source pane or on the first tried one ---- */

bool ui_try_can_edit(const struct ui_app *);
void ui_try_edit(struct ui_app *);

#endif
