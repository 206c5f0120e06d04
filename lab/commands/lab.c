// SPDX-License-Identifier: GPL-3.0-or-later
// Commands about the lab itself: echo, save, export, quit.

#include "lab/session/command_run.h"
#include "lab/session/session_inside.h"

#include "net/data/call.h"

/* What was typed may hold \x1b: it must not reach the terminal as it is. */
enum lab_outcome lab_run_echo(struct lab_doing *d)
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

enum lab_outcome lab_run_save(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const char *path = d->command->value[0].text;
    if (lab_journal_save(s->journal, s->engine.start_ns, net_mode_name(s->engine.hosts.mode), path, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "saved %zu events in %s", lab_journal_count(s->journal), path);
    return LAB_DONE;
}

enum lab_outcome lab_run_export(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    if (lab_journal_export_pcap(s->journal, s->engine.start_ns, value[1].given, value[0].text, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "the segments are in %s", value[0].text);
    return LAB_DONE;
}

enum lab_outcome lab_run_quit(struct lab_doing *d)
{
    d->session->quit = true;
    return LAB_DONE;
}
