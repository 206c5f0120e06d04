// SPDX-License-Identifier: GPL-3.0-or-later
// help, from the rows.

#include "lab/base/nearest.h"
#include "lab/commands/rows.h"
#include "lab/language/condition.h"
#include "lab/language/start.h"
#include "lab/session/doing.h"

#include "net/base/message.h"
#include "net/data/info_field.h"
#include "net/data/segment_kind.h"
#include "net/data/sysctl_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORM_COLUMNS = 36 };

/* What it is for stands beside it, and below it where there is no room. */
static void put_row(struct lab_session *s, const char *form, const char *help)
{
    if (strlen(form) <= FORM_COLUMNS) {
        lab_reply(s, "  %-*s  %s", FORM_COLUMNS, form, help);
        return;
    }
    lab_reply(s, "  %s", form);
    lab_reply(s, "  %-*s  %s", FORM_COLUMNS, "", help);
}

static void help_all(struct lab_session *s)
{
    const struct lab_row *row, *before = NULL;
    char form[160];
    for (size_t i = 0; (row = lab_row_in_help(s->spec.language, i)); before = row, i++) {
        if (!before || row->group != before->group)
            lab_reply(s, "%s", _(lab_group_title(row->group)));
        put_row(s, lab_row_form(row, form, sizeof form), _(row->help));
    }
    lab_reply(s,
              "Commands of one line are joined by | or ; and # begins a comment. `help expect` lists the conditions.");
}

static bool is_meant(const struct lab_row *row, const char *words)
{
    size_t n = strlen(words);
    return strncmp(row->words, words, n) == 0 && (row->words[n] == '\0' || row->words[n] == ' ');
}

static bool takes(const struct lab_row *row, enum lab_slot_kind kind)
{
    for (size_t i = 0; i < LAB_SLOTS; i++)
        if (row->slots[i].kind == kind)
            return true;
    return false;
}

static void help_flags(struct lab_session *s, const char *title, const struct lab_flag *flags)
{
    lab_reply(s, "%s", title);
    for (; flags->name; flags++)
        put_row(s, flags->name, _(flags->help));
}

static void help_conditions(struct lab_session *s)
{
    const struct lab_condition_form *form;
    lab_reply(s, "Conditions:");
    for (size_t i = 0; (form = lab_condition_form_at(i)); i++)
        put_row(s, form->form, _(form->help));
}

static void help_programs(struct lab_session *s, const struct lab_start_form *form)
{
    struct net_parameter parameter;
    if (form->is_hand)
        return;
    if (!form->is_crowd) {
        lab_reply(
            s, "  FILE: ./server.c (compiled first: cc -g -O0 -Wall -Wextra -pthread, $CC, $CFLAGS), a folder with a");
        lab_reply(s,
                  "  Makefile, or any executable; what follows it is passed to it as it stands. Its calls are traced.");
    }
    for (size_t i = 0; i < net_program_count; i++) {
        const struct net_program *program = &net_programs[i];
        if (form->program ? strcmp(program->name, form->program) != 0 : !lab_start_may(form, program))
            continue;
        lab_reply(s, "  %s", lab_program_short(program));
        for (size_t n = 0; net_program_parameter(program, n, &parameter) == 0; n++)
            lab_reply(s, "    %s=%s  %s", parameter.name, parameter.preset, _(parameter.help));
    }
}

static void help_option(struct lab_session *s, const struct net_option *option)
{
    const char *preset = *option->preset ? option->preset : _("depends");
    const char *unit = *option->unit ? _(option->unit) : _("no unit");
    lab_reply(s, "%s  %s", option->name, _(option->effect));
    if (!option->can_set)
        lab_reply(
            s, option->inherited ? "  only read; inherited by accept; preset %s; %s" : N_("  only read; preset %s; %s"),
            preset, unit);
    else
        lab_reply(s, option->inherited ? "  set %s; inherited by accept; preset %s; %s" : N_("  set %s; preset %s; %s"),
                  _(option->when), preset, unit);
}

static void help_sysctl(struct lab_session *s, const struct net_sysctl *sysctl)
{
    lab_reply(s, "%s  %s", sysctl->name, _(sysctl->effect));
    lab_reply(s,
              sysctl->option ? "  set with `net HOST %s VALUE`; preset %s; %s; one socket's own is %s"
                             : N_("  set with `net HOST %s VALUE`; preset %s; %s; no socket has its own"),
              sysctl->name, *sysctl->preset ? sysctl->preset : _("depends"),
              *sysctl->unit ? _(sysctl->unit) : _("no unit"), sysctl->option);
}

static void help_segments(struct lab_session *s)
{
    lab_reply(s, "A segment can be, besides its flags:");
    for (unsigned kind = 0; kind < NET_SEGMENT_KINDS; kind++)
        lab_reply(s, "  %-22s %s", net_segment_kinds[kind].word, _(net_segment_kinds[kind].help));
    lab_reply(s, "and it carries numbers, to be compared (len>0, win = 0) or only to be there (ts):");
    for (const struct lab_segment_field *field = lab_segment_fields; field->word; field++)
        lab_reply(s, "  %-22s %s", field->word, _(field->help));
    lab_reply(s, "What is no segment: `expect segment ICMP type=3 code=4`; ICMPv6 alone is meant by that name.");
    lab_reply(s, "`expect segment WORD` asks for one, `show segment #ID` says what one is.");
}

/* What is no command but has a name. */
static bool help_name(struct lab_session *s, const char *words)
{
    int kind = net_segment_kind_number(words);
    if (strcmp(words, "segment") == 0)
        help_segments(s);
    else if (kind >= 0)
        lab_reply(s, "%s  %s", net_segment_kinds[kind].word, _(net_segment_kinds[kind].help));
    else if (net_sysctl_find(
                 words)) /* by its exact name: tcp_fastopen is also an option's, whose case does not matter */
        help_sysctl(s, net_sysctl_find(words));
    else if (net_option_find(words))
        help_option(s, net_option_find(words));
    else
        return false;
    return true;
}

static enum lab_outcome nothing_found(struct lab_doing *d, const char *words)
{
    const struct lab_row *row;
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, words);
    for (size_t i = 0; (row = lab_row_at(d->session->spec.language, i)); i++)
        lab_nearest_offer(&nearest, row->words);
    const char *hint = lab_nearest_hint(&nearest);
    return lab_doing_fail(d, "there is no command `%.40s`%s", words, *hint ? hint : _("; `help` lists them all"));
}

/* The lists of what may stand in its slots. */
static void help_what_it_takes(struct lab_session *s, const struct lab_row *row)
{
    if (takes(row, LAB_SLOT_CONDITION))
        help_conditions(s);
    if (takes(row, LAB_SLOT_FLAGS))
        help_flags(s, _("FLAGS, joined by +; MSG_ may be left out:"), lab_message_flags);
    if (takes(row, LAB_SLOT_POLL))
        help_flags(s, _("EVENTS, joined by +, to ask for or (the last three) only told; POLL may be left out:"),
                   lab_poll_answers);
    if (takes(row, LAB_SLOT_KEYS)) {
        help_flags(s, _("What can be said of it, in any order:"), lab_segment_keys);
        help_segments(s);
    }
    for (size_t i = 0; i < LAB_SLOTS; i++)
        if (row->slots[i].kind == LAB_SLOT_NAMES) {
            char title[120];
            snprintf(title, sizeof title, _("%s, joined by +, or a number:"), row->slots[i].name);
            help_flags(s, title, row->slots[i].names);
        }
    if (row->start)
        help_programs(s, row->start);
}

static enum lab_outcome run_help(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const char *words = d->command->value[0].given ? d->command->value[0].text : "";
    const struct lab_row *row, *found = NULL;
    char form[160];
    if (!*words) {
        help_all(s);
        return LAB_DONE;
    }
    for (size_t i = 0; (row = lab_row_in_help(s->spec.language, i)); i++) {
        if (!is_meant(row, words))
            continue;
        found = row;
        lab_reply(s, "%s", lab_row_form(row, form, sizeof form));
        lab_reply(s, "  %s", _(row->help));
    }
    if (found)
        help_what_it_takes(s, found);
    return found || help_name(s, words) ? LAB_DONE : nothing_found(d, words);
}

/* ---- the rows ---- */

#define ASKS .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "help", ASKS, .run = run_help,
     .help = N_("list the commands, or explain one"),
     .slots = {OPTIONAL(ROW, "COMMAND")}},
};
/* clang-format on */
const struct lab_family lab_family_help = LAB_FAMILY(rows);
