// SPDX-License-Identifier: GPL-3.0-or-later
// Which views the lab's screen has, in the order of their numbers.
#include "ui/app/views.h"

const struct ui_view *const ui_lab_views[UI_LAB_VIEWS] = {
    [UI_LAB_LESSON] = &ui_view_lesson, [UI_LAB_WIRE] = &ui_view_wire,   [UI_LAB_SOCKETS] = &ui_view_sockets,
    [UI_LAB_TASKS] = &ui_view_tasks,   [UI_LAB_CALLS] = &ui_view_calls, [UI_LAB_SOURCE] = &ui_view_source,
};
