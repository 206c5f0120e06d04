// SPDX-License-Identifier: GPL-3.0-or-later
// What the help box shows: the keys of one view, then rows that whoever opens the box hands out.
#ifndef UI_BOX_HELP_H
#define UI_BOX_HELP_H

#include "ui/box/box.h"

struct ui_help_row {
    int group; /* rows of one group stand together, under its name */
    const char *group_name, *key, *what;
    const char *types; /* the command that the key types; NULL: none */
    bool works;        /* now; else it is dimmed */
};

/* Pushed as ui_box_help's own; the caller's, and to be kept as long as the box is open. */
struct ui_help {
    const struct ui_view *view; /* whose keys stand first; NULL: none */
    const void *from;
    bool (*row)(const void *from, size_t i, struct ui_help_row *); /* row i, from 0; false: there are no more */
};

#endif
