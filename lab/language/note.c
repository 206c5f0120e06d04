// SPDX-License-Identifier: GPL-3.0-or-later
// What a command says in numbers.

#include "lab/language/command.h"

/* Numbers fill value[] in their order. */
static void note_slot(struct net_ev_note *note, size_t *values, const struct lab_slot *slot, const struct lab_value *v)
{
    int64_t number = v->number;
    switch (slot->kind) {
    case LAB_SLOT_CALL: note->call = (uint16_t)v->number; return;
    case LAB_SLOT_ERRNO: note->error = (int32_t)v->number; return;
    case LAB_SLOT_OPTION: note->option = (uint16_t)net_option_for_note(v->option_row); return;
    case LAB_SLOT_SOCKET: note->fd = (int32_t)v->number; return;
    case LAB_SLOT_VALUES:
        note->value[0] = v->option.number;
        note->value[1] = v->option.second;
        return;
    case LAB_SLOT_TIME: number = (int64_t)v->ns; break;
    case LAB_SLOT_ADDRESS: number = v->address.port; break;
    case LAB_SLOT_NUMBER:
    case LAB_SLOT_PERCENT:
    case LAB_SLOT_SHARE:
    case LAB_SLOT_HOST:
    case LAB_SLOT_KEYWORD:
    case LAB_SLOT_FLAGS:
    case LAB_SLOT_POLL:
    case LAB_SLOT_NAMES:
    case LAB_SLOT_SIGNAL:
    case LAB_SLOT_COUNTS:
    case LAB_SLOT_SEGMENT: break;
    default: return; /* no number */
    }
    if (*values < sizeof note->value / sizeof *note->value)
        note->value[(*values)++] = number;
}

struct net_ev_note lab_command_note(const struct lab_command *command)
{
    const struct lab_row *row = command->row;
    struct net_ev_note note = {.flags = (uint16_t)command->place.from,
                               .id = (uint32_t)command->place.line,
                               .command = (uint16_t)(row->id ? row->id : LAB_COMMAND_OTHER),
                               .of_setting = command->setting != NULL || row->id == LAB_COMMAND_WITH,
                               .fd = command->fd};
    size_t values = 0;
    if (row->id == LAB_COMMAND_HAND_CALL)
        note.call = (uint16_t)row->number;
    else if (row->number)
        note.value[values++] = row->number;
    for (size_t i = 0; i < LAB_SLOTS; i++)
        if (command->value[i].given)
            note_slot(&note, &values, &row->slots[i], &command->value[i]);
    return note;
}

const char *lab_command_subject(const struct lab_command *command, char name[LAB_NAME_BYTES])
{
    int fd;
    if (*command->actor)
        return command->actor;
    for (size_t i = 0; i < LAB_SLOTS; i++) {
        enum lab_slot_kind kind = command->row->slots[i].kind;
        bool names = kind == LAB_SLOT_ACTOR || kind == LAB_SLOT_PROGRAM || kind == LAB_SLOT_SOCKET;
        if (names && command->value[i].given && lab_socket_word(command->value[i].text, name, &fd) == 0)
            return name;
    }
    return NULL;
}
