// SPDX-License-Identifier: GPL-3.0-or-later
// Which views the lab's screen has, in the order of their numbers.
#ifndef UI_APP_VIEWS_H
#define UI_APP_VIEWS_H

#include "ui/view/pane.h"

enum ui_lab_view {
    UI_LAB_LESSON,
    UI_LAB_WIRE,
    UI_LAB_SOCKETS,
    UI_LAB_TASKS,
    UI_LAB_CALLS,
    UI_LAB_SOURCE,
    UI_LAB_VIEWS
};

extern const struct ui_view *const ui_lab_views[UI_LAB_VIEWS];

#endif
