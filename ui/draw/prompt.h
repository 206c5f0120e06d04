// SPDX-License-Identifier: GPL-3.0-or-later
// The prompt: one line edited by readline.
#ifndef UI_DRAW_PROMPT_H
#define UI_DRAW_PROMPT_H

#include "lab/session/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Tab completes as far as there is no choice. Where there is one it turns the list of candidates a page on, as PageDown
 * does; Shift-Tab and PageUp turn it back.
 *
 * readline edits, recalls and completes; it neither reads from nor writes to the terminal. The loop feeds it bytes, and
 * draws what ui_prompt_picture() says. readline is one per process, so there is one prompt at a time; it is started
 * when the prompt is opened first. Only the main thread.
 */
struct ui_prompt;

enum { UI_CANDIDATES = 1000 };

struct ui_candidate {
    char word[64], meaning[320];
};

/* What is to be drawn. Pointers are good until the next call. */
struct ui_prompt_picture {
    const char *prompt; /* ": ", or what readline shows in its place while it searches */
    const char *text;
    size_t cursor;                          /* byte of text */
    const char *hint;                       /* one line about the command being typed; "" */
    const struct ui_candidate *candidates;  /* what may stand at the cursor */
    size_t candidate_count, candidates_all; /* those kept, and how many there are */
    size_t candidate_at;                    /* byte of text where the word begins that they would replace */
    int turned; /* by how many pages a long list was turned on since this was typed; back: less than 0 */
};

/* There is one, until it is given back. session NULL: nothing is completed. */
struct ui_prompt *ui_prompt_new(struct lab_session *);
void ui_prompt_free(struct ui_prompt *);

/* Open with a line to be edited, the cursor at that byte of it; open already: only its line is replaced. */
void ui_prompt_open(struct ui_prompt *, const char *line, size_t cursor);
void ui_prompt_close(struct ui_prompt *);
bool ui_prompt_is_open(const struct ui_prompt *);
struct ui_prompt_picture ui_prompt_picture(struct ui_prompt *);
/* The terminal's size, for what readline scrolls. */
void ui_prompt_size(int rows, int columns);

/* Bytes from the terminal, to be taken by ui_prompt_run(). */
void ui_prompt_feed(struct ui_prompt *, unsigned char byte);
enum ui_prompt_event {
    UI_PROMPT_EDITED,  /* everything was taken */
    UI_PROMPT_ENTERED, /* a line: *line, good until the next call; there may be more to take */
    UI_PROMPT_LEFT     /* the learner wants out: Esc, Ctrl-C, Ctrl-D on an empty line */
};
enum ui_prompt_event ui_prompt_run(struct ui_prompt *, uint64_t now_ns, const char **line);
/* A bracketed paste goes on from here: its line breaks enter lines, its tabs are spaces. */
void ui_prompt_paste(struct ui_prompt *);
/* More comes after a line was entered (a paste of several lines): the prompt should stay open for it. */
bool ui_prompt_has_more(const struct ui_prompt *);
/* What is still to come of a paste is not wanted. */
void ui_prompt_drop_more(struct ui_prompt *);
/* When an Esc without anything behind it becomes the Esc key; 0: none waits. ui_prompt_run() then says LEFT. */
uint64_t ui_prompt_deadline_ns(const struct ui_prompt *);

/*
 * The same line editor on the terminal itself, for who writes lines and draws nothing (ui/lines): readline reads, draws
 * and sets the terminal's modes, signals apart. Either this or what is above, in one process.
 *
 * A line is typed from on_terminal() until it was entered, or until leave_terminal(), which takes what was typed off
 * the screen and keeps it for the next time. p NULL: there is no terminal, and nothing is done.
 */
void ui_prompt_on_terminal(struct ui_prompt *p, const char *prompt);
void ui_prompt_leave_terminal(struct ui_prompt *p);
bool ui_prompt_is_on_terminal(const struct ui_prompt *p);
/* A byte has come. True: a line was entered, *line is the caller's; NULL: Ctrl-D, or the terminal is gone. */
bool ui_prompt_read_terminal(struct ui_prompt *p, char **line);

/* ---- history.c: kept in $XDG_STATE_HOME/tcplab/history between runs */

void ui_history_load(void);
void ui_history_add(const char *line); /* not when it repeats the last one */

#endif
