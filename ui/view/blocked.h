// SPDX-License-Identifier: GPL-3.0-or-later
// How long calls have been blocked.
#ifndef UI_VIEW_BLOCKED_H
#define UI_VIEW_BLOCKED_H

#include "ui/view/pane.h"

/*
 * For views that show it: when the shown times change next, CLOCK_MONOTONIC, 0 never. Tenths of a second for the first
 * ten seconds, seconds for the first minute, then minutes, so that a server that waits for a client does not keep the
 * machine awake.
 */
uint64_t ui_blocked_stale_ns(const struct ui_pane *, const struct ui_model *);
/* "3.2 s" below 10 s, "42 s", "5 min"; returns out. */
const char *ui_blocked_text(uint64_t ns, char *out, size_t out_bytes);

#endif
