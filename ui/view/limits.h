// SPDX-License-Identifier: GPL-3.0-or-later
// Keep-alive, user timeout and linger of a socket, as lines of text with a gauge.
#ifndef UI_VIEW_LIMITS_H
#define UI_VIEW_LIMITS_H

#include "ui/view/pane.h"

enum { UI_LIMIT_LINES = 6, UI_LIMIT_BYTES = 320 };

struct ui_limit_line {
    char text[UI_LIMIT_BYTES];
    enum ui_meaning meaning;
};

/*
 * What is to be said of a socket's time limits, for a pane of so many columns: how many lines, 0 when it has none.
 *
 *     server.4  keep-alive 3 s + 4 x 2 s = 11 s
 *     |----------*----o----o----o--|  silent 4.1 s
 *     probe 1 of 4 unanswered, next 0.9 s
 *     c1  in close() 1.8 s of SO_LINGER 5 s
 *     FIN, 748672 B not acknowledged, FIN_WAIT1
 *
 * After a death and after close(): how long it took, beside what was predicted, and what is left.
 *
 * Silence is counted from the last segment that came, as the kernel counts it; times run on from its last answer.
 */
int ui_limit_lines(const struct ui_model *, const struct lab_socket *, const char *name, int columns,
                   struct ui_limit_line out[UI_LIMIT_LINES]);

#endif
