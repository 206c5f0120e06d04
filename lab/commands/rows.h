// SPDX-License-Identifier: GPL-3.0-or-later
// How rows are written.
#ifndef LAB_COMMANDS_ROWS_H
#define LAB_COMMANDS_ROWS_H

#include "lab/commands/families.h"
#include "net/base/message.h"

/* clang-format off */
#define SLOT(k, n)                 {.kind = LAB_SLOT_##k, .name = n}
#define OPTIONAL(k, n)             {.kind = LAB_SLOT_##k, .name = n, .optional = true}
#define NUMBER(n, lo, hi)          {.kind = LAB_SLOT_NUMBER, .name = n, .min = lo, .max = hi}
#define OPTIONAL_NUMBER(n, lo, hi) {.kind = LAB_SLOT_NUMBER, .name = n, .min = lo, .max = hi, .optional = true}
#define OPTIONAL_NAMES(n, table)   {.kind = LAB_SLOT_NAMES, .name = n, .names = table, .optional = true}
#define NAMES(n, table)            {.kind = LAB_SLOT_NAMES, .name = n, .names = table}
#define KEYWORD(list)              {.kind = LAB_SLOT_KEYWORD, .words = list}
#define OPTIONAL_KEYWORD(list)     {.kind = LAB_SLOT_KEYWORD, .words = list, .optional = true}
/* clang-format on */

#endif
