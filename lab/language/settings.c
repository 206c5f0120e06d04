// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/language/settings.h"

#include <stdio.h>
#include <string.h>

void lab_settings_add(struct lab_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->count && i < LAB_SETTINGS_MAX; i++)
        if (strcmp(settings->name[i], name) == 0)
            return;
    if (settings->count < LAB_SETTINGS_MAX)
        snprintf(settings->name[settings->count], LAB_SETTING_BYTES, "%s", name);
    settings->count++;
}

void lab_settings_note(struct lab_settings *settings, const struct lab_command *command)
{
    if (command->row->flags & LAB_ROW_CLEARS)
        settings->count = 0;
    if (command->setting)
        lab_settings_add(settings, command->setting);
    if (command->row->id == LAB_COMMAND_WITH)
        lab_settings_add(settings, command->value[0].text);
}

static void add_of_line(struct lab_settings *settings, const struct net_event *ev)
{
    char text[NET_EVENT_DATA_MAX + 1];
    struct lab_line line;
    snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
    if (lab_line_parse(text, &line, NULL, NULL) < 0)
        return;
    if (lab_line_has_setting(&line) && line.count > 1)
        lab_settings_add(settings, line.words[1].text);
    lab_line_fini(&line);
}

const struct lab_settings *lab_settings_of_journal(struct lab_settings_read *read, const struct lab_journal *journal,
                                                   size_t first)
{
    if (read->first != first || read->end < first)
        *read = (struct lab_settings_read){.first = first, .end = first};
    for (; read->end < lab_journal_count(journal); read->end++) {
        const struct net_event *ev = lab_journal_at(journal, read->end);
        if (ev->kind == NET_EV_NOTE && (ev->u.note.kind == LAB_NOTE_COMMAND || ev->u.note.kind == LAB_NOTE_SET_ASIDE))
            add_of_line(&read->settings, ev);
    }
    return &read->settings;
}

int lab_settings_check(const struct lab_settings *settings, struct net_error *err)
{
    if (settings->count == 0)
        return net_fail(err, 0, NULL,
                        "versus what? no line before it has a setting, as in: with \"linger 0\" c1 set SO_LINGER 1 0");
    if (settings->count == 1)
        return net_fail(err, 0, NULL,
                        "there is only the setting \"%s\": a line `with \"default\"` adds one that changes nothing",
                        settings->name[0]);
    if (settings->count > LAB_SETTINGS_MAX)
        return net_fail(err, 0, NULL, "%zu settings are too many: at most %d", settings->count, LAB_SETTINGS_MAX);
    return 0;
}
