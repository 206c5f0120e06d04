// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of the lab.
#ifndef LAB_COMMANDS_COMMANDS_H
#define LAB_COMMANDS_COMMANDS_H

#include "lab/language/row.h"

/* All of them, for whoever opens a session or checks a script. */
extern const struct lab_language lab_language;

#endif
