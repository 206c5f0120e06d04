// SPDX-License-Identifier: GPL-3.0-or-later
// A saved run, opened again.
//
// The file is the journal, and the state is its fold, so what is shown of a saved run is shown by the same code as a
// live one. Only the kernel cannot be asked any more: what the journal does not hold is not known.

#include "lab/saved.h"

#include "lab/base/text.h"
#include "lab/book/way.h"
#include "lab/commands/commands.h"
#include "lab/explain/event_line.h"
#include "lab/export/export.h"
#include "lab/journal/journal_file.h"
#include "lab/language/command.h"

#include <stdio.h>
#include <string.h>

static void say_origin(struct lab_saved *saved)
{
    const struct lab_origin *origin = lab_journal_origin(saved->journal);
    lab_export_about(saved->journal, saved->start_ns, origin->net, saved->about, sizeof saved->about);
    saved->has_wire = strcmp(origin->net, "loopback") != 0;
}

/* ---- notes without numbers --------------------------------------------------------------------------------------- */

static bool is_about_command(const struct net_event *ev)
{
    unsigned kind = ev->u.note.kind;
    return ev->kind == NET_EV_NOTE &&
           (kind == LAB_NOTE_COMMAND || kind == LAB_NOTE_SET_ASIDE || kind == LAB_NOTE_REPLY || kind == LAB_NOTE_ERROR);
}

/* tcplab 0.1 wrote notes of commands as text alone. */
static bool lacks_numbers(const struct lab_journal *journal)
{
    for (size_t i = 0; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (is_about_command(ev) && ev->u.note.kind != LAB_NOTE_REPLY)
            return ev->u.note.command == LAB_COMMAND_NONE;
    }
    return false;
}

/* The command of a line, as it was when the state was that one; NULL for a line that is none any more. */
static struct lab_command *read_command(const struct lab_journal *journal, const struct lab_state *st,
                                        const struct net_event *ev)
{
    char text[NET_EVENT_DATA_MAX + 1];
    struct lab_scope scope = {0};
    struct lab_command *command = NULL;
    struct lab_place place = {
        .file = "", .line = (int)ev->u.note.id, .column = 1, .from = (enum lab_note_from)ev->u.note.flags};
    struct net_error err;
    int column;
    snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
    if (lab_scope_add_state(&scope, st, journal) == 0)
        lab_command_read(&lab_language, text, &place, &scope, &command, &column, &err);
    lab_scope_fini(&scope);
    return command;
}

static struct net_ev_note numbers_of(const struct lab_journal *journal, const struct lab_state *st,
                                     const struct net_event *ev)
{
    struct net_ev_note note = {.command = LAB_COMMAND_OTHER, .fd = -1};
    char name[LAB_NAME_BYTES];
    struct lab_command *command = read_command(journal, st, ev);
    if (!command)
        return note;
    note = lab_command_note(command);
    const char *subject = lab_command_subject(command, name);
    const struct lab_actor *actor = subject ? lab_actor_in_experiment(st, journal, subject) : NULL;
    note.subject = actor ? actor->id : 0;
    lab_commands_free(command);
    return note;
}

/*
 * Each line is read by the language once, with the names that there were when it was typed. An answer and an error get
 * the numbers of the command before them. 0, or -1 without memory.
 */
static int fill_numbers(struct lab_journal *journal)
{
    struct lab_state *st = lab_state_new();
    struct net_ev_note last = {.command = LAB_COMMAND_OTHER, .fd = -1};
    int result = st ? 0 : -1;
    for (size_t i = 0; result == 0 && i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (is_about_command(ev)) {
            struct net_ev_note note = ev->u.note;
            if (note.kind == LAB_NOTE_COMMAND || note.kind == LAB_NOTE_SET_ASIDE)
                last = numbers_of(journal, st, ev);
            last.kind = note.kind;
            last.flags = note.flags;
            last.id = note.id;
            lab_journal_set_note(journal, i, &last);
        }
        result = lab_state_apply(st, journal, i);
        lab_journal_passed(journal, i);
    }
    lab_state_free(st);
    return result;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static struct lab_state *fold_all(struct lab_saved *saved)
{
    struct lab_state *st = lab_state_new();
    saved->past = lab_past_new();
    while (st && st->applied < lab_journal_count(saved->journal)) {
        if (lab_state_apply(st, saved->journal, st->applied) < 0) {
            lab_state_free(st);
            return NULL;
        }
        lab_past_keep(saved->past, st);
        lab_journal_passed(saved->journal, st->applied);
    }
    return st;
}

int lab_saved_open(struct lab_saved *saved, const char *path, bool pipes, struct net_error *err)
{
    *saved = (struct lab_saved){.path = path};
    saved->journal = lab_journal_load(path, pipes, &saved->start_ns, err);
    if (saved->journal && (!lacks_numbers(saved->journal) || fill_numbers(saved->journal) == 0))
        saved->state = fold_all(saved);
    if (saved->state) {
        say_origin(saved);
        return 0;
    }
    if (saved->journal)
        net_fail(err, 0, NULL, "no memory to fold the %zu events of %.120s", lab_journal_count(saved->journal), path);
    lab_saved_close(saved);
    return -1;
}

void lab_saved_close(struct lab_saved *saved)
{
    lab_past_free(saved->past);
    lab_state_free(saved->state);
    lab_journal_free(saved->journal);
    *saved = (struct lab_saved){0};
}

/* The state grows with the lines, so that each is said as it was when it happened. */
static int print_all(const struct lab_saved *saved, struct lab_state *st, FILE *out)
{
    char line[900];
    for (size_t i = 0; i < lab_journal_count(saved->journal); i++) {
        const struct net_event *ev = lab_journal_at(saved->journal, i);
        lab_journal_passed(saved->journal, i);
        if (lab_state_apply(st, saved->journal, i) < 0)
            return -1;
        if (ev->kind == NET_EV_NOTE ? lab_event_line_tells_note(ev) : lab_event_line_tells(st, saved->journal, i))
            fprintf(out, "%s\n", lab_event_line(st, saved->journal, saved->start_ns, i, line, sizeof line));
    }
    return 0;
}

int lab_saved_print(const char *path, FILE *out, struct net_error *err)
{
    struct lab_saved saved;
    if (lab_saved_open(&saved, path, true, err) < 0)
        return -1;
    struct lab_state *st = lab_state_new();
    int result = st ? print_all(&saved, st, out) : -1;
    if (result < 0)
        net_fail(err, 0, NULL, "no memory to fold the events of %.120s", path);
    else if (fflush(out) != 0)
        result = net_fail(err, 0, NULL, "standard output cannot be written to any more");
    lab_state_free(st);
    lab_saved_close(&saved);
    return result;
}

int lab_saved_print_json(const char *path, FILE *out, struct net_error *err)
{
    const struct lab_file_wish wish = {.name = "-", .reach = LAB_REACH_USER, .headless = true, .standard = out};
    uint64_t start_ns;
    struct lab_journal *journal = lab_journal_load(path, true, &start_ns, err);
    int result = journal ? lab_journal_save(journal, start_ns, "", &wish, NULL, err) : -1;
    lab_journal_free(journal);
    return result;
}

static uint64_t later(uint64_t start_ns, uint64_t ns)
{
    return ns < UINT64_MAX - start_ns ? start_ns + ns : UINT64_MAX;
}

int lab_saved_export(const char *path, const struct lab_export *export, uint64_t from_ns, uint64_t to_ns, char *said,
                     size_t said_bytes, struct net_error *err)
{
    struct lab_saved saved;
    int result;
    if (lab_saved_open(&saved, path, true, err) < 0)
        return -1;
    struct lab_page_part part = {.journal = saved.journal,
                                 .end = lab_journal_count(saved.journal),
                                 .from_ns = from_ns ? later(saved.start_ns, from_ns) : 0,
                                 .to_ns = later(saved.start_ns, to_ns),
                                 .start_ns = saved.start_ns,
                                 .rows_max = LAB_PAGE_ROWS_MAX,
                                 .has_wire = saved.has_wire,
                                 .about = saved.about,
                                 .read_lesson = lab_way_read_page};
    if (lab_export_kind_of(export->file.name) == LAB_EXPORT_CAPTURE) {
        char where[PATH_MAX] = "";
        result = lab_journal_export(saved.journal, saved.start_ns, false, &export->file, where, err);
        snprintf(said, said_bytes, _("the segments are in %.150s"), where);
    } else {
        result = lab_export_page(export, &part, said, said_bytes, err);
    }
    lab_saved_close(&saved);
    return result;
}
