// SPDX-License-Identifier: GPL-3.0-or-later
// What the Source pane shows, for who opens it elsewhere.
#ifndef UI_VIEW_SOURCE_H
#define UI_VIEW_SOURCE_H

#include "ui/view/pane.h"

#include <limits.h>

struct ui_source_place {
    char path[PATH_MAX];
    int line; /* that is lit, or that the compiler complains of; 0: none */
};
/* False: it shows no file of the learner's. */
bool ui_source_place(const struct ui_pane *, const struct ui_model *, struct ui_source_place *out);

#endif
