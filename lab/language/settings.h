// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of a script, as far as it was read.
#ifndef LAB_LANGUAGE_SETTINGS_H
#define LAB_LANGUAGE_SETTINGS_H

#include "lab/language/command.h"

enum { LAB_SETTINGS_MAX = 6 };

struct lab_settings {
    char name[LAB_SETTINGS_MAX][LAB_SETTING_BYTES];
    size_t count; /* may be more than there is room for */
};
void lab_settings_add(struct lab_settings *, const char *name);
/* Those that a command names; `clear` forgets all. */
void lab_settings_note(struct lab_settings *, const struct lab_command *);
/* Those that the lines from that index of the journal on belong to. Asked with every key: what was read stays read. */
struct lab_settings_read {
    struct lab_settings settings;
    size_t first, end; /* of what was read */
};
const struct lab_settings *lab_settings_of_journal(struct lab_settings_read *, const struct lab_journal *,
                                                   size_t first);
/* Whether they can be compared; the sentence says why not. */
int lab_settings_check(const struct lab_settings *, struct net_error *);

#endif
