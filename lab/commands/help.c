// SPDX-License-Identifier: GPL-3.0-or-later
// help, and the hint under the prompt; both read the rows.

#include "lab/base/nearest.h"
#include "lab/session/command_run.h"
#include "lab/session/condition.h"
#include "lab/session/session_inside.h"

#include "net/data/sysctl_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *form_text(const struct lab_row *row, char *out, size_t out_bytes)
{
    char title[48], takes[100];
    lab_row_takes(row, takes, sizeof takes);
    snprintf(out, out_bytes, "%s%s%s", lab_row_title(row, title, sizeof title), *takes ? " " : "", takes);
    return out;
}

static void help_all(struct lab_session *s)
{
    const char *group = "";
    char form[160];
    for (size_t i = 0; i < lab_row_count; i++) {
        const struct lab_row *row = &lab_rows[i];
        if (strcmp(row->group, group) != 0)
            lab_reply(s, "%s", group = row->group);
        lab_reply(s, "  %-38s %s", form_text(row, form, sizeof form), row->help);
    }
    lab_reply(s,
              "Commands of one line are joined by | or ; and # begins a comment. `help expect` lists the conditions.");
}

static bool is_meant(const struct lab_row *row, const char *words)
{
    size_t n = strlen(words);
    return strncmp(row->words, words, n) == 0 && (row->words[n] == '\0' || row->words[n] == ' ');
}

static bool takes_condition(const struct lab_row *row)
{
    for (size_t i = 0; i < LAB_SLOTS; i++)
        if (row->slots[i].kind == LAB_SLOT_CONDITION)
            return true;
    return false;
}

static void help_conditions(struct lab_session *s)
{
    const struct lab_condition_form *form;
    lab_reply(s, "Conditions:");
    for (size_t i = 0; (form = lab_condition_form_at(i)); i++)
        lab_reply(s, "  %-40s %s", form->form, form->help);
}

static void help_programs(struct lab_session *s, const struct lab_row *row)
{
    const struct lab_start_form *form = lab_start_form_of(row);
    struct net_parameter parameter;
    if (form->is_hand)
        return;
    for (size_t i = 0; i < net_program_count; i++) {
        const struct net_program *program = &net_programs[i];
        bool client = lab_program_is_client(program);
        if (form->program ? strcmp(program->name, form->program) != 0 : *form->base && client)
            continue;
        lab_reply(s, "  %s", lab_program_short(program));
        for (size_t n = 0; net_program_parameter(program, n, &parameter) == 0; n++)
            lab_reply(s, "    %s=%s  %s", parameter.name, parameter.preset, parameter.help);
    }
}

static void help_option(struct lab_session *s, const struct net_option *option)
{
    lab_reply(s, "%s  %s", option->name, option->effect);
    lab_reply(s, "  %s%s%s; preset %s; %s", option->can_set ? "set " : "only read", option->can_set ? option->when : "",
              option->inherited ? "; inherited by accept" : "", *option->preset ? option->preset : "depends",
              *option->unit ? option->unit : "no unit");
}

static void help_sysctl(struct lab_session *s, const struct net_sysctl *sysctl)
{
    lab_reply(s, "%s  %s", sysctl->name, sysctl->effect);
    lab_reply(s, "  set with `net HOST %s VALUE`; preset %s; %s; %s%s", sysctl->name,
              *sysctl->preset ? sysctl->preset : "depends", *sysctl->unit ? sysctl->unit : "no unit",
              sysctl->option ? "one socket's own is " : "no socket has its own", sysctl->option ? sysctl->option : "");
}

enum lab_outcome lab_run_help(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const char *words = d->command->value[0].given ? d->command->value[0].text : "";
    const struct lab_row *found = NULL;
    char form[160];
    if (!*words) {
        help_all(s);
        return LAB_DONE;
    }
    for (size_t i = 0; i < lab_row_count; i++) {
        if (!is_meant(&lab_rows[i], words))
            continue;
        found = &lab_rows[i];
        lab_reply(s, "%s", form_text(found, form, sizeof form));
        lab_reply(s, "  %s", found->help);
    }
    if (found && takes_condition(found))
        help_conditions(s);
    if (found && found->slots[0].kind == LAB_SLOT_START)
        help_programs(s, found);
    if (!found && net_option_find(words))
        help_option(s, net_option_find(words));
    else if (!found && net_sysctl_find(words))
        help_sysctl(s, net_sysctl_find(words));
    else if (!found) {
        struct lab_nearest nearest;
        lab_nearest_init(&nearest, words);
        for (size_t i = 0; i < lab_row_count; i++)
            lab_nearest_offer(&nearest, lab_rows[i].words);
        const char *hint = lab_nearest_hint(&nearest);
        return lab_doing_fail(d, "there is no command `%.40s`%s", words, *hint ? hint : "; `help` lists them all");
    }
    return LAB_DONE;
}

/* ---- the hint ---- */

static const struct lab_row *row_of(const char *first, const char *second)
{
    char own_first[40], own_second[40];
    for (size_t i = 0; i < lab_row_count; i++) {
        const struct lab_row *row = &lab_rows[i];
        lab_word_at(row->words, 0, own_first, sizeof own_first);
        bool two = lab_word_at(row->words, 1, own_second, sizeof own_second);
        if (row->who != LAB_WHO_NOBODY
                ? second && strcmp(own_first, second) == 0 && !lab_is_command(first)
                : strcmp(own_first, first) == 0 && (!two || (second && strcmp(own_second, second) == 0)))
            return row;
    }
    return NULL;
}

void lab_command_hint(const char *text, char *out, size_t out_bytes)
{
    struct lab_line line;
    char form[160];
    *out = '\0';
    /* An open quote is no mistake while the line is being typed. */
    if (lab_line_parse(text, &line, NULL, NULL) < 0) {
        char *closed = NULL;
        if (asprintf(&closed, "%s\"", text) < 0)
            return;
        int result = lab_line_parse(closed, &line, NULL, NULL);
        free(closed);
        if (result < 0)
            return;
    }
    size_t first = lab_line_last_command(&line);
    if (first == line.count) /* only the setting so far */
        first = 0;
    if (first < line.count) {
        const struct lab_row *row = row_of(line.words[first].text,
                                           first + 1 < line.count ? line.words[first + 1].text : NULL);
        if (row)
            snprintf(out, out_bytes, "%s: %s", form_text(row, form, sizeof form), row->help);
    }
    lab_line_fini(&line);
}
