// SPDX-License-Identifier: GPL-3.0-or-later
// Commands about the lab itself: echo, save, export, quit.

#include "lab/commands/rows.h"
#include "lab/session/doing.h"

#include "lab/export/export.h"
#include "net/base/clock.h"
#include "net/data/call.h"

#include <string.h>

/* What was typed may hold \x1b: it must not reach the terminal as it is. */
static enum lab_outcome run_echo(struct lab_doing *d)
{
    const struct lab_value *text = &d->command->value[0];
    for (size_t i = 0; i < text->bytes; i++) {
        if ((unsigned char)text->text[i] < ' ' || text->text[i] == 127) {
            char escaped[800];
            net_bytes_text((const uint8_t *)text->text, text->bytes, text->bytes, escaped, sizeof escaped);
            lab_reply(d->session, "%s", escaped);
            return LAB_DONE;
        }
    }
    lab_reply(d->session, "%s", text->text);
    return LAB_DONE;
}

/* One turn at it: a key that was pressed meanwhile is looked at after so long. */
enum { SAVE_EVENTS = 1024, SAVE_TURN_NS = 8000000 };

/* What is left to write, after a turn. */
static size_t save_more(struct lab_saving *saving)
{
    uint64_t begun_ns = net_now_ns();
    size_t left;
    do
        left = lab_saving_step(saving, SAVE_EVENTS);
    while (left > 0 && net_now_ns() - begun_ns < SAVE_TURN_NS);
    return left;
}

/* The events that there were when it began: what happens meanwhile is not in the file. */
static enum lab_outcome run_save(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    const struct lab_file_wish wish = lab_doing_file(d, value[0].text, value[1].given);
    char path[PATH_MAX];
    if (!d->own) {
        d->mark = lab_journal_count(s->journal);
        d->own = lab_saving_begin(s->journal, s->engine.start_ns, net_mode_name(s->engine.hosts.mode), &wish, d->err);
    }
    if (!d->own)
        return LAB_ERROR;
    size_t left = save_more(d->own);
    if (left > 0)
        return lab_doing_wait(d, 0, true, "save has written %zu of %zu events", d->mark - left, d->mark);
    struct lab_saving *saving = d->own;
    d->own = NULL;
    if (lab_saving_end(saving, path, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "saved %zu events in %s", d->mark, path);
    return LAB_DONE;
}

/* Whoever gives up waiting, or leaves, has asked for the file nevertheless: it is written to its end. */
static void end_save(struct lab_doing *d, bool given_up)
{
    struct net_error unused;
    (void)given_up;
    if (d->own)
        lab_saving_end(d->own, NULL, &unused);
    d->own = NULL;
}

/* The note of this very command: what is exported ends before it. */
static size_t own_note(const struct lab_session *s)
{
    size_t i = lab_journal_count(s->journal);
    while (i-- > 0) {
        const struct net_event *ev = lab_journal_at(s->journal, i);
        if (ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND)
            return i;
    }
    return lab_journal_count(s->journal);
}

static uint64_t after(uint64_t start_ns, uint64_t ns)
{
    return ns < UINT64_MAX - start_ns ? start_ns + ns : UINT64_MAX;
}

/* A page, of the run since the clean slate or of all of it, or between two times as the page itself says them. */
static enum lab_outcome export_page(struct lab_doing *d, const struct lab_export *export, bool all, uint64_t from_ns,
                                    uint64_t to_ns)
{
    struct lab_session *s = d->session;
    char about[160], said[500];
    net_engine_count(&s->engine); /* counters are evidence of why */
    lab_session_drain(s);
    const char *net = net_mode_name(s->engine.hosts.mode);
    uint64_t start_ns = all ? s->engine.start_ns : lab_zero_ns(s);
    struct lab_page_part part = {.journal = s->journal,
                                 .first = all ? 0 : lab_experiment_index(s),
                                 .end = own_note(s),
                                 .from_ns = after(start_ns, from_ns),
                                 .to_ns = after(start_ns, to_ns),
                                 .start_ns = start_ns,
                                 .rows_max = LAB_PAGE_ROWS_MAX,
                                 .has_wire = s->engine.hosts.mode != NET_MODE_LOOPBACK,
                                 .about = lab_export_about(s->journal, s->engine.start_ns, net, about, sizeof about),
                                 .read_lesson = s->read_lesson,
                                 .seed = s->spec.seed};
    if (all)
        part.from_ns = 0;
    if (lab_export_page(export, &part, said, sizeof said, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "%s", said);
    return LAB_DONE;
}

static enum lab_outcome run_export(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = d->command->value;
    const struct lab_file_wish wish = lab_doing_file(d, value[0].text, value[2].given);
    char path[PATH_MAX];
    if (lab_export_kind_of(value[0].text) != LAB_EXPORT_CAPTURE)
        return export_page(d, &(struct lab_export){.file = wish}, value[1].given, 0, UINT64_MAX);
    if (lab_journal_export(s->journal, s->engine.start_ns, value[1].given, &wish, path, d->err) < 0)
        return LAB_ERROR;
    lab_reply(s, "the segments are in %s", path);
    return LAB_DONE;
}

static enum lab_outcome run_export_blanks(struct lab_doing *d)
{
    const struct lab_value *value = d->command->value;
    const struct lab_export export = {.file = lab_doing_file(d, value[0].text, value[2].given), .blanks = true};
    if (lab_export_kind_of(export.file.name) != LAB_EXPORT_MARKDOWN)
        return lab_doing_fail(d, "blanks are for a hand-out, NAME.md: %.80s is none", export.file.name);
    return export_page(d, &export, false, 0, UINT64_MAX);
}

static enum lab_outcome run_export_part(struct lab_doing *d)
{
    const struct lab_value *value = d->command->value;
    const struct lab_export export = {.file = lab_doing_file(d, value[0].text, value[4].given)};
    if (lab_export_kind_of(export.file.name) == LAB_EXPORT_CAPTURE)
        return lab_doing_fail(d, "a part is for a page, NAME.html, NAME.svg or NAME.md: %.80s is a capture file",
                              export.file.name);
    if (value[3].given && value[3].ns < value[2].ns)
        return lab_doing_fail(d, "%.40s comes before %.40s: the times of a part are written in their order",
                              value[3].text, value[2].text);
    return export_page(d, &export, false, value[2].ns, value[3].given ? value[3].ns : UINT64_MAX);
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
     .help = N_("say a text"),
     .slots = {SLOT(TEXT, "\"TEXT\"")}},
    {.words = "save", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_save, .drop = end_save,
     .help = N_("save the run; `tcplab open FILE` shows it again. NAME.jsonl is text, JSON Lines; all else is packed"),
     .slots = {SLOT(FILE, "FILE"), OPTIONAL_KEYWORD("replace")}},
    {.words = "export", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_export,
     .help = N_("take the run away: NAME.html, a page that steps; NAME.svg, the ladder; NAME.md, a hand-out; else a capture "
             "file, pcap or, for NAME.pcapng, pcapng; `all`: from before the clean slate, or segments that were dropped"),
     .slots = {SLOT(FILE, "FILE"), OPTIONAL_KEYWORD("all"), OPTIONAL_KEYWORD("replace")}},
    {.words = "export", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_export_blanks,
     .help = N_("a hand-out, NAME.md, with numbered blanks for states, results and reasons; without `blanks` it answers them"),
     .slots = {SLOT(FILE, "FILE"), KEYWORD("blanks"), OPTIONAL_KEYWORD("replace")}},
    {.words = "export", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_export_part,
     .help = N_("a page of what happened from one time on, up to another one; both as they stand beside the events"),
     .slots = {SLOT(FILE, "FILE"), KEYWORD("from"), SLOT(TIME, "TIME"), OPTIONAL(TIME, "TIME"), OPTIONAL_KEYWORD("replace")}},
    {.words = "quit", .group = LAB_GROUP_SAVING, .flags = LAB_ROW_ONCE, .run = run_quit,
     .help = N_("end everything and leave")},
};
/* clang-format on */
const struct lab_family lab_family_lab = LAB_FAMILY(rows);
