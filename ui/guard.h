// SPDX-License-Identifier: GPL-3.0-or-later
// The parent that cleans up after the lab, whatever ends it.
#ifndef UI_GUARD_H
#define UI_GUARD_H

#include <stdbool.h>

/*
 * Fork. The child is the lab: the call returns in it, and it goes on as if nothing had happened. The parent is the
 * guard and never returns: it keeps the terminal's modes, passes signals on to the lab, follows it when it stops, and
 * waits. Between the two is the warden (ui/warden.h), which ends every process that is left of the lab. The guard then
 * ends in the same way as the lab: with the same status, or by the same signal. If the lab was killed, it first
 * restores the terminal and says in one sentence what happened. If the guard is killed, the lab gets SIGTERM and ends
 * as it does then.
 *
 *   screen   the lab will draw on the terminal: it may have to leave the alternate screen, show the cursor, and turn
 *            the mouse off.
 *   returns  0 in the lab; -1 when it cannot fork (errno): the caller may go on without a guard.
 *   thread   the only one there is; before anything else that matters.
 */
int ui_guard(bool screen);

#endif
