// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of reading lines: between what is about lines (read_times.c) and what is about commands (read.c).
#ifndef LAB_LANGUAGE_READ_PRIVATE_H
#define LAB_LANGUAGE_READ_PRIVATE_H

#include "lab/language/command.h"

/* As lab_command_read(), of a line without `repeat` in front and with its variables filled in. */
int lab_plain_read(const struct lab_language *, const char *text, const struct lab_place *, struct lab_scope *,
                   struct lab_command **out, int *column, struct net_error *);

#endif
