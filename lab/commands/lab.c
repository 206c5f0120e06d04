// SPDX-License-Identifier: GPL-3.0-or-later
// Commands about the lab itself: echo, save, export, quit.

#include "lab/commands/rows.h"
#include "lab/session/doing.h"

#include "net/data/call.h"

/* What was typed may hold \x1b: it must not reach the terminal as it is. */
static enum lab_outcome run_echo(struct lab_doing *d)
{
    const struct lab_value *text = &d->command->value[0];
    for (size_t i = 0; i < text->bytes; i++) {
        if ((unsigned char)text->text[i] < ' ' || text->text[i] == 127) {
            char escaped[480];
            net_bytes_text((const uint8_t *)text->text, text->bytes, text->bytes, escaped, sizeof escaped);
            lab_reply(d->session, "%s", escaped);
            return LAB_DONE;
        }
    }
    lab_reply(d->session, "%s", text->text);
    return LAB_DONE;
}

static enum lab_outcome run_save(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    const struct lab_file_wish wish = lab_doing_file(d, value[0].text, value[1].given);
    char path[PATH_MAX];
    if (lab_journal_save(s->journal, s->engine.start_ns, net_mode_name(s->engine.hosts.mode), &wish, path, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "saved %zu events in %s", lab_journal_count(s->journal), path);
    return LAB_DONE;
}

static enum lab_outcome run_export(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    const struct lab_file_wish wish = lab_doing_file(d, value[0].text, value[2].given);
    char path[PATH_MAX];
    if (lab_journal_export(s->journal, s->engine.start_ns, value[1].given, &wish, path, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "the segments are in %s", path);
    return LAB_DONE;
}

static enum lab_outcome run_quit(struct lab_doing *d)
{
    d->session->quit = true;
    return LAB_DONE;
}

/* ---- the rows ---- */

#define ASKS .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "echo", ASKS, .run = run_echo,
     .help = "say a text",
     .slots = {SLOT(TEXT, "\"TEXT\"")}},
    {.words = "save", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_save,
     .help = "save the run; `tcplab open FILE` shows it again",
     .slots = {SLOT(FILE, "FILE"), OPTIONAL_KEYWORD("replace")}},
    {.words = "export", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_export,
     .help = "save the segments as a capture file, pcap or, for NAME.pcapng, pcapng; `all`: also those that were dropped",
     .slots = {SLOT(FILE, "FILE"), OPTIONAL_KEYWORD("all"), OPTIONAL_KEYWORD("replace")}},
    {.words = "quit", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_quit,
     .help = "end everything and leave"},
};
/* clang-format on */
const struct lab_family lab_family_lab = LAB_FAMILY(rows);
