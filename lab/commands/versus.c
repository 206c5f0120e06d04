// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The commands of settings: with, versus, versus show.
 *
 * `versus` carries other commands out itself, by a runner of its own inside of it, so that a run which fails ends where
 * it is, and the runs before it stay. What it runs is what the journal says was carried out since the clean slate,
 * whoever asked for it: the script, the prompt, a key.
 */

#include "lab/base/columns.h"
#include "lab/base/text.h"
#include "lab/commands/rows.h"
#include "lab/session/inner.h"
#include "lab/compare/versus.h"
#include "lab/language/settings.h"
#include "lab/session/runner.h"

#include "net/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t STILL_NS = 150000000, SETTLE_NS = 2000000000, PAUSE_NS = 200000000, PAUSE_MOST_NS = 10000000000;
enum { LINES_MAX = 1000, ERROR_COLUMNS = 180, WHAT_COLUMNS = 80 };

/* A line of what is run: one command as it was written. */
struct source_line {
    char *text;
    int number; /* of the script's line; of the command, when it was typed */
};

struct versus_run {
    struct source_line *lines;
    size_t line_count;
    bool typed; /* at least one of them was */
    struct lab_settings settings;
    struct lab_runner runner;
    struct lab_versus *made;
    size_t at;     /* the setting of the present run */
    bool carrying; /* else the run is over and has to come to rest */
};

/* ---- settings ---- */

static enum lab_outcome run_with(struct lab_doing *d)
{
    if (!lab_session_is_under(d->session, d->command->value[0].text) && lab_doing_at_prompt(d))
        lab_reply(d->session, "this run is under \"%s\"; `versus` runs both", d->session->setting);
    return LAB_DONE;
}

/* ---- what is run ---- */

static void free_lines(struct versus_run *c)
{
    for (size_t i = 0; i < c->line_count; i++)
        free(c->lines[i].text);
    free(c->lines);
}

static int add_line(struct versus_run *c, const char *text, size_t bytes, int number, struct net_error *err)
{
    if (c->line_count == LINES_MAX)
        return net_fail(err, 0, NULL, "more than %d commands since the clean slate: `clear`, and fewer", LINES_MAX);
    struct source_line *lines = reallocarray(c->lines, c->line_count + 1, sizeof *lines);
    if (lines)
        c->lines = lines;
    char *copy = lines ? strndup(text, bytes) : NULL;
    if (!copy)
        return net_fail_errno(err, "malloc");
    lines[c->line_count++] = (struct source_line){.text = copy, .number = number};
    return 0;
}

/* What comes without being asked for. */
static bool is_by_itself(const struct net_event *ev)
{
    return ev->kind == NET_EV_SEGMENT || ev->kind == NET_EV_CALL_RETURN || ev->kind == NET_EV_TASK_END ||
           ev->kind == NET_EV_SIGNAL || ev->kind == NET_EV_GONE;
}

/* A pause in which something happened is a part of what was typed. */
static int add_pause(struct versus_run *c, uint64_t paused_ns, struct net_error *err)
{
    char text[32];
    if (paused_ns < PAUSE_NS)
        return 0;
    if (paused_ns > PAUSE_MOST_NS)
        paused_ns = PAUSE_MOST_NS;
    int n = snprintf(text, sizeof text, "wait %" PRIu64 "ms", (paused_ns * 11 / 10 + 99999999) / 100000000 * 100);
    return add_line(c, text, (size_t)n, (int)c->line_count + 1, err);
}

/* A typed command that failed is no part of it. */
static void take_back(struct versus_run *c)
{
    if (c->line_count > 0)
        free(c->lines[--c->line_count].text);
}

static int gather_lines(struct lab_session *s, struct versus_run *c, struct net_error *err)
{
    uint64_t typed_ns = 0, last_ns = 0;
    for (size_t i = lab_experiment_index(s); i < lab_journal_count(s->journal); i++) {
        const struct net_event *ev = lab_journal_at(s->journal, i);
        if (is_by_itself(ev))
            last_ns = ev->time_ns;
        if (ev->kind != NET_EV_NOTE)
            continue;
        bool is_typed = ev->u.note.flags != LAB_FROM_SCRIPT;
        if (ev->u.note.kind == LAB_NOTE_ERROR && is_typed)
            take_back(c);
        if (ev->u.note.kind != LAB_NOTE_COMMAND && ev->u.note.kind != LAB_NOTE_SET_ASIDE)
            continue;
        if (typed_ns && last_ns > typed_ns && add_pause(c, last_ns - typed_ns, err) < 0)
            return -1;
        typed_ns = is_typed ? ev->time_ns : 0;
        c->typed |= is_typed;
        int number = is_typed ? (int)c->line_count + 1 : (int)ev->u.note.id;
        if (add_line(c, (const char *)ev->data, ev->data_bytes, number, err) < 0)
            return -1;
    }
    return 0;
}

/* Read all lines into commands. With `settings` the lines that make no run are taken out, and settings are gathered. */
static int read_lines(struct lab_session *s, struct versus_run *c, struct lab_settings *settings,
                      struct lab_command **out, struct net_error *err)
{
    struct lab_scope scope = {0};
    struct lab_command **tail = out;
    size_t kept = 0;
    int result = 0, column;
    *out = NULL;
    for (size_t i = 0; i < c->line_count && result == 0; i++) {
        struct lab_place place = {.file = lab_script_file(s),
                                  .line = c->lines[i].number,
                                  .column = 1,
                                  .from = LAB_FROM_SCRIPT,
                                  .reach = lab_script_reach(s)};
        result = lab_command_read(s->spec.language, c->lines[i].text, &place, &scope, tail, &column, err);
        if (result < 0 || !*tail)
            continue;
        if (settings && ((*tail)->row->flags & LAB_ROW_ONCE)) {
            lab_commands_free(*tail);
            *tail = NULL;
            free(c->lines[i].text);
            c->lines[i].text = NULL;
            continue;
        }
        if (settings)
            lab_settings_note(settings, *tail);
        struct source_line line = c->lines[i];
        c->lines[i].text = NULL;
        c->lines[kept++] = line;
        tail = &(*tail)->next;
    }
    lab_scope_fini(&scope);
    if (result == 0)
        c->line_count = kept;
    return result;
}

/* ---- runs ---- */

static void free_run(struct versus_run *c)
{
    if (!c)
        return;
    lab_runner_drop(&c->runner, false);
    lab_versus_free(c->made);
    free_lines(c);
    free(c);
}

/* The run just made, as a ladder. */
static int keep_run(struct lab_session *s, struct versus_run *c, const char *error, struct net_error *err)
{
    net_engine_look(&s->engine); /* without a wire nobody has looked since the last call */
    lab_session_drain(s);
    struct lab_ladder *ladder = lab_ladder_read(s->journal, s->state, lab_experiment_index(s), c->settings.name[c->at],
                                                s->engine.wire != NULL);
    if (!ladder)
        return net_fail_errno(err, "malloc");
    snprintf(ladder->error, sizeof ladder->error, "%s", error);
    c->made->ladders[c->made->count++] = ladder;
    return 0;
}

static void list_settings(const struct lab_versus *v, char *out, size_t out_bytes)
{
    *out = '\0';
    for (size_t i = 0; i < v->count; i++)
        lab_append(out, out_bytes,
                   i == 0              ? "\"%s\""
                   : i + 1 == v->count ? _(" and \"%s\"") /* TRANSLATORS: the last one of a list */
                                       : ", \"%s\"",
                   v->ladders[i]->setting);
}

/* What was made takes the place of what was kept before; said by a note, when there are two to be looked at. */
static void publish(struct lab_session *s, struct versus_run *c)
{
    char names[300], text[400];
    const struct lab_versus *made = c->made;
    if (!made || made->count == 0)
        return;
    c->made->number = ++s->comparisons;
    lab_session_keep_versus(s, c->made);
    c->made = NULL;
    list_settings(made, names, sizeof names);
    snprintf(text, sizeof text, _("one script under %s"), names);
    if (made->count > 1)
        lab_session_note(s, LAB_NOTE_VERSUS, 0, text);
}

static int start_run(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    struct versus_run *c = d->own;
    if (lab_session_clear(s, d->err) < 0)
        return -1;
    snprintf(s->setting, sizeof s->setting, "%s", c->settings.name[c->at]);
    c->carrying = true;
    lab_doing_next(d);
    return read_lines(s, c, NULL, &c->runner.queue, d->err);
}

/* A script that ran without a stop from its clean slate on has made the first run already. */
static bool is_run_already(const struct lab_doing *d, const struct versus_run *c)
{
    const struct lab_session *s = d->session;
    return !lab_doing_at_prompt(d) && !c->typed && lab_script_ran_through(s) &&
           strcmp(s->setting, c->settings.name[0]) == 0;
}

static enum lab_outcome begin(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    struct lab_command *commands = NULL;
    struct versus_run *c = d->own = calloc(1, sizeof *c);
    if (c)
        c->made = calloc(1, sizeof *c->made);
    if (!c || !c->made) {
        net_fail_errno(d->err, "malloc");
        return LAB_ERROR;
    }
    c->runner.is_inside = c->runner.is_paced = true;
    lab_session_drain(s);
    int result = gather_lines(s, c, d->err);
    if (result == 0)
        result = read_lines(s, c, &c->settings, &commands, d->err);
    lab_commands_free(commands);
    if (result == 0)
        result = lab_settings_check(&c->settings, d->err);
    if (result < 0)
        return LAB_ERROR;
    if (is_run_already(d, c))
        return LAB_WAITS;
    return start_run(d) < 0 ? LAB_ERROR : LAB_WAITS;
}

static enum lab_outcome begins(struct lab_doing *d)
{
    const struct versus_run *c = d->own;
    return lab_doing_wait(d, 0, true, "run %zu of %zu (\"%s\") to begin", c->at + 1, c->settings.count,
                          c->settings.name[c->at]);
}

static enum lab_outcome run_failed(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    struct versus_run *c = d->own;
    char why[340];
    int bytes = (int)lab_columns_cut(c->runner.error.text, ERROR_COLUMNS);
    snprintf(why, sizeof why, _("line %d: %.*s"), c->runner.error_line, bytes, c->runner.error.text);
    lab_doing_fail(d, "under \"%s\", line %d: %.*s", c->settings.name[c->at], c->runner.error_line, bytes,
                   c->runner.error.text);
    lab_runner_drop(&c->runner, false);
    if (keep_run(s, c, why, NULL) == 0)
        publish(s, c);
    return LAB_ERROR;
}

/* The commands of the present run; LAB_DONE when all are over. */
static enum lab_outcome carry_out(struct lab_doing *d)
{
    struct versus_run *c = d->own;
    enum lab_outcome outcome = lab_inner_advance(&c->runner, d);
    if (outcome == LAB_WAITS)
        lab_doing_wait(d, 0, d->asks_kernel, "run %zu of %zu (\"%s\"): %.*s", c->at + 1, c->settings.count,
                       c->settings.name[c->at], (int)lab_columns_cut(c->runner.doing.what, WHAT_COLUMNS),
                       c->runner.doing.what);
    return outcome;
}

/* Nothing has come for a while, and nothing is on its way. */
static bool is_at_rest(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    uint64_t last_ns = 0, now_ns = net_now_ns();
    for (size_t i = lab_journal_count(s->journal); i-- > 0 && !last_ns;)
        if (is_by_itself(lab_journal_at(s->journal, i)))
            last_ns = lab_journal_at(s->journal, i)->time_ns;
    return lab_doing_late(d) || (now_ns - last_ns >= STILL_NS && net_engine_quiet(&s->engine));
}

static void line_reply(void *session, const char *line)
{
    lab_reply(session, "%s", line);
}

static enum lab_outcome finish(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    char names[300];
    publish(s, d->own);
    const struct lab_versus *v = lab_session_versus(s);
    list_settings(v, names, sizeof names);
    if (s->spec.headless && lab_versus_text(v->ladders[0], v->ladders[1], line_reply, s) < 0) {
        net_fail_errno(d->err, "malloc");
        return LAB_ERROR;
    }
    if (!s->spec.headless)
        lab_reply(s, "%zu runs, under %s; `versus show` lists two of them", v->count, names);
    return LAB_DONE;
}

/* A run has come to rest: keep it, and make the next one. */
static enum lab_outcome go_on(struct lab_doing *d)
{
    struct versus_run *c = d->own;
    if (keep_run(d->session, c, "", d->err) < 0)
        return LAB_ERROR;
    if (++c->at == c->settings.count)
        return finish(d);
    return start_run(d) < 0 ? LAB_ERROR : begins(d);
}

static enum lab_outcome run_versus(struct lab_doing *d)
{
    struct versus_run *c = d->own;
    if (!c) {
        enum lab_outcome outcome = begin(d);
        return outcome == LAB_WAITS ? begins(d) : outcome;
    }
    if (c->carrying) {
        enum lab_outcome outcome = carry_out(d);
        if (outcome != LAB_DONE)
            return outcome == LAB_ERROR ? run_failed(d) : outcome;
        c->carrying = false;
        lab_doing_next(d);
    }
    if (!is_at_rest(d)) {
        lab_doing_wait(d, SETTLE_NS, true, "%s", d->what);
        return LAB_WAITS;
    }
    return go_on(d);
}

/* What has been run so far is kept also when the learner gives it up. */
static void drop_versus(struct lab_doing *d, bool given_up)
{
    struct lab_session *s = d->session;
    struct versus_run *c = d->own;
    char text[300];
    if (c && given_up) {
        snprintf(text, sizeof text, _("versus was given up under \"%s\", run %zu of %zu; what was run is kept"),
                 c->settings.name[c->at], c->at + 1, c->settings.count);
        if (keep_run(s, c, _("given up"), NULL) == 0)
            publish(s, c);
        struct net_ev_note note = lab_note_of(s, LAB_NOTE_ERROR, d->command);
        note.flags = LAB_FROM_SCRIPT;
        lab_session_note_about(s, &note, text);
    }
    free_run(c);
}

/* ---- looking ---- */

/* The run that a word names; the sentence when there is none. */
static int need_run(struct lab_doing *d, const struct lab_value *name)
{
    const struct lab_versus *v = lab_session_versus(d->session);
    int found = lab_versus_find(v, name->text);
    char names[300];
    if (found != LAB_NONE)
        return found;
    list_settings(v, names, sizeof names);
    lab_doing_fail(d, "\"%.40s\" is no setting that was run: there are %s", name->text, names);
    return LAB_NONE;
}

static enum lab_outcome run_versus_show(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *name = d->command->value;
    const struct lab_versus *v = lab_session_versus(s);
    int left = 0, right = 1;
    if (!v || v->count < 2)
        return lab_doing_fail(d, "there are no two runs yet: `versus` makes them, of lines that begin with a setting");
    if (name[0].given && (right = need_run(d, &name[0])) == LAB_NONE)
        return LAB_ERROR;
    if (name[1].given) {
        left = right;
        if ((right = need_run(d, &name[1])) == LAB_NONE)
            return LAB_ERROR;
    }
    if (right == left)
        right = left == 0;
    if (lab_versus_text(v->ladders[left], v->ladders[right], line_reply, s) == 0)
        return LAB_DONE;
    net_fail_errno(d->err, "malloc");
    return LAB_ERROR;
}

/* ---- the rows ---- */

#define ASKS .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "with", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS, .id = LAB_COMMAND_WITH, .run = run_with,
     .help = N_("the rest of the line belongs to one setting: it is carried out in the run under it alone"),
     .slots = {SLOT(SETTING, "\"NAME\" [COMMANDS]")}},
    {.words = "versus show", ASKS, .run = run_versus_show,
     .help = N_("list two of the runs that `versus` made side by side (the first two)"),
     .slots = {OPTIONAL(SETTING, "\"NAME\""), OPTIONAL(SETTING, "\"NAME\"")}},
    {.words = "versus", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE | LAB_ROW_OF_ALL_RUNS,
     .id = LAB_COMMAND_VERSUS, .run = run_versus, .drop = drop_versus,
     .help = N_("run what was done since the clean slate again under each setting, and compare")},
};
/* clang-format on */
const struct lab_family lab_family_versus = LAB_FAMILY(rows);
