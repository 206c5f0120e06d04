// SPDX-License-Identifier: GPL-3.0-or-later
// The question of a script, read before the script runs.
#ifndef UI_BOX_QUESTION_H
#define UI_BOX_QUESTION_H

#include "lab/session/session.h"

/*
 * The first `predict` of a script with its choices, so that it can be read and answered before anything runs. False
 * when the script asks nothing. What the kernel will make true is not looked at: conditions stay empty, answer and
 * predicted -1.
 */
bool ui_question_of(const char *script, struct lab_question *out);
/* The choice with that text; -1 when there is none. */
int ui_question_choice(const struct lab_question *, const char *text);

#endif
