// SPDX-License-Identifier: GPL-3.0-or-later
// One line about the command being typed.
#ifndef LAB_LANGUAGE_HINT_H
#define LAB_LANGUAGE_HINT_H

#include "lab/language/row.h"

/* Its form and help; "" when it is no command yet. */
void lab_hint(const struct lab_language *, const char *line, char *out, size_t out_bytes);

#endif
