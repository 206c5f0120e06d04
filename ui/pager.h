// SPDX-License-Identifier: GPL-3.0-or-later
// Long text on a terminal, a page at a time.
#ifndef UI_PAGER_H
#define UI_PAGER_H

#include <stdbool.h>

/*
 * As git does it: where standard output is a terminal, what is written to it from here on goes through $PAGER, or less,
 * which leaves at once when all of it fits (LESS is FRX unless it is set). Nothing happens where PAGER is empty or
 * `cat`, and where it cannot be run. Before there are threads.
 */
void ui_pager_begin(void);
/* Wait until the reader has seen enough. True: he left before the end, so that what could not be written is no error.
 */
bool ui_pager_end(void);

#endif
