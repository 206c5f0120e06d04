// SPDX-License-Identifier: GPL-3.0-or-later
// Keys that curses has no name for.
#ifndef UI_DRAW_KEYS_H
#define UI_DRAW_KEYS_H

enum { UI_KEY_CTRL_C = 3, UI_KEY_CTRL_L = 12, UI_KEY_CTRL_U = 21, UI_KEY_CTRL_Z = 26, UI_KEY_ESCAPE = 27 };

#endif
