// SPDX-License-Identifier: GPL-3.0-or-later
// The terminal: whether there is one, its modes, its size, going to sleep and coming back.
#ifndef UI_DRAW_TERMINAL_H
#define UI_DRAW_TERMINAL_H

#include "net/base/error.h"

#include <curses.h>

/* Before anything else is opened: -1 with a sentence when there is no terminal that a screen could be drawn on. */
int ui_terminal_check(struct net_error *);
/* Full-screen mode. -1 with a sentence. */
int ui_terminal_open(struct net_error *);
/* As it was before. Again after that: nothing. */
void ui_terminal_close(void);
/* What the terminal sends: the sequences that readline knows and no clicks, or those that ui_keys_next() knows. */
void ui_terminal_raw(bool raw);
/* Ask for the size and tell curses; true when it has changed. */
bool ui_terminal_resized(void);
/* Give the terminal back to the shell and stop, with the whole job; returns when continued, with the screen restored.
 */
void ui_terminal_suspend(void);
/* Stop with the whole job, the screen being another's; returns when continued. */
void ui_terminal_stop(void);
/* Another program has the terminal from here on, until it is taken back: then all is to be drawn anew. */
void ui_terminal_lend(void);
void ui_terminal_take_back(void);

#endif
