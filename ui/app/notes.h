// SPDX-License-Identifier: GPL-3.0-or-later
// Notes for who presents a lesson, in a file that `tcplab notes` follows.
#ifndef UI_APP_NOTES_H
#define UI_APP_NOTES_H

/*
 * The lab that presents writes one small file, $XDG_STATE_HOME/tcplab/presented-PID, mode 0600, anew at every slide, by
 * rename, and removes it in the end: the title of the experiment, the slide and what comes next, a blank line, and the
 * notes of the lesson (quotations that begin with "Note:"), a paragraph a line. A reader needs no more than a file, and
 * a lab that is killed leaves one that names a process which is gone, until the next one tidies. Where it cannot be
 * written, that is said once.
 *
 * Owner: ui/app/present.c. Thread: main.
 */
#define UI_NOTES_PREFIX "presented-"

struct ui_app;

/* "presented-4127": the lab whose file has that name, and that runs; 0: there is none. */
int ui_notes_lab(const char *name);
/* Files of labs that were killed go. */
void ui_notes_tidy(void);
void ui_notes_write(struct ui_app *);
void ui_notes_remove(struct ui_app *);

#endif
