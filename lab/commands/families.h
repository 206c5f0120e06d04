// SPDX-License-Identifier: GPL-3.0-or-later
// The families of commands: each is a file with its rows and what they do.
#ifndef LAB_COMMANDS_FAMILIES_H
#define LAB_COMMANDS_FAMILIES_H

#include "lab/language/row.h"

extern const struct lab_family lab_family_start, lab_family_actor, lab_family_option, lab_family_hand, lab_family_fork,
    lab_family_wire, lab_family_inject, lab_family_net, lab_family_gate, lab_family_wait, lab_family_versus,
    lab_family_show, lab_family_matrix, lab_family_compare, lab_family_lab, lab_family_help, lab_family_waits;

#endif
