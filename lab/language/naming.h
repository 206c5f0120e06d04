// SPDX-License-Identifier: GPL-3.0-or-later
// The name of the hand that a hand makes by fork().
#ifndef LAB_LANGUAGE_NAMING_H
#define LAB_LANGUAGE_NAMING_H

#include "lab/language/command.h"

bool lab_command_forks(const struct lab_command *);
/* The child's name: as the command says, else the parent's with the first number that is free: s1's child is s2. */
void lab_fork_name(const struct lab_scope *, const struct lab_command *, char name[LAB_NAME_BYTES]);

#endif
