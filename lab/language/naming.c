// SPDX-License-Identifier: GPL-3.0-or-later
// What a command does to the names of actors, marks and variables.
#include "lab/language/naming.h"

#include "lab/language/start.h"
#include "net/data/call.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool lab_command_forks(const struct lab_command *command)
{
    return command->row->id == LAB_COMMAND_HAND_CALL && command->row->number == NET_CALL_FORK;
}

void lab_fork_name(const struct lab_scope *scope, const struct lab_command *command, char name[LAB_NAME_BYTES])
{
    char base[LAB_NAME_BYTES];
    size_t n = strlen(command->actor);
    if (command->value[1].given) {
        snprintf(name, LAB_NAME_BYTES, "%s", command->value[1].text);
        return;
    }
    while (n > 1 && isdigit((unsigned char)command->actor[n - 1]))
        n--;
    snprintf(base, sizeof base, "%.*s", (int)n, command->actor);
    lab_scope_fresh(scope, base, name);
}

int lab_scope_note(struct lab_scope *scope, const struct lab_command *command)
{
    char name[LAB_NAME_BYTES];
    if (command->row->flags & LAB_ROW_CLEARS)
        scope->count = 0;
    if (command->row->id == LAB_COMMAND_MARK)
        return lab_scope_add_value(scope, command->value[0].text, NULL);
    if (command->row->id == LAB_COMMAND_LET)
        return lab_scope_add_value(scope, command->value[0].text, command->value[1].text);
    if (lab_command_forks(command)) {
        lab_fork_name(scope, command, name);
        return lab_scope_add(scope, name, true);
    }
    if (!command->start)
        return 0;
    if (*command->start->name)
        snprintf(name, sizeof name, "%s", command->start->name);
    else
        lab_scope_fresh(scope, command->row->start->base, name);
    return lab_scope_add(scope, name, command->start->program == NULL && !command->start->file);
}
