// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/commands/commands.h"

#include "lab/commands/families.h"

/* Within one group of the help, commands stand in the order of their families. */
static const struct lab_family *const families[] = {
    &lab_family_start,  &lab_family_actor,  &lab_family_option,  &lab_family_hand, &lab_family_fork,   &lab_family_wire,
    &lab_family_inject, &lab_family_net,    &lab_family_gate,    &lab_family_wait, &lab_family_versus, &lab_family_show,
    &lab_family_waits,  &lab_family_matrix, &lab_family_compare, &lab_family_lab,  &lab_family_help,
};

const struct lab_language lab_language = {.families = families, .count = sizeof families / sizeof *families};
