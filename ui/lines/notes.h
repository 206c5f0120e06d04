// SPDX-License-Identifier: GPL-3.0-or-later
// `tcplab notes`: what a teacher reads in a second terminal.
#ifndef UI_LINES_NOTES_H
#define UI_LINES_NOTES_H

/*
 * Follow the lab of this user that presents a lesson (the one that has turned to a slide last): its slide, what comes
 * next, and the lesson's notes for teachers (ui/app/notes.h), anew whenever it turns to another one. On a terminal each
 * takes the place of the one before; else a line of dashes stands between them.
 *
 *   returns  the exit status: 0 when the lab has ended; 2, with a sentence, when none presents.
 */
int ui_notes_follow(void);

#endif
