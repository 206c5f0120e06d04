// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Scripts. All lines are read before the first one runs, so that a mistake in line 9 is told before line 1 has started
 * a server; only where somebody writes them while they run, each is read when it comes. A question stays open while the
 * lines after it run: what the kernel made of it is looked at when nothing more can happen before the next question or
 * the end.
 */

#include "lab/base/columns.h"
#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/session/include.h"
#include "lab/session/session_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 200000 };
static const uint64_t ANSWER_NS = 2000000000, AT_ONCE_NS = 100000000, SOON_NS = 1000000;

/* ---- reading ---- */

/* The lines of one file: of the script itself, or of one that it includes. */
struct lines_reader {
    const struct lab_language *language;
    struct lab_script *script;
    struct lab_scope *scope;
    struct lab_including including;
    int number;                /* of the script's own line that includes it; 0: the script itself */
    struct lab_faults *faults; /* NULL: the first one ends it */
};

static int read_lines(struct lines_reader *, const char *text, const struct lab_place *first, struct net_error *);

static int fail_at(const struct lines_reader *r, const struct lab_place *place, int column, const struct net_error *why,
                   struct net_error *err)
{
    if (r->faults)
        return lab_fault(r->faults, err, place->file, place->line, place->column + column - 1, "%s", why->text);
    if (!*place->file)
        return net_fail(err, why->code, why->call, "%s", why->text);
    return net_fail(err, why->code, why->call, "%.60s:%d:%d: %s", place->file, place->line, place->column + column - 1,
                    why->text);
}

static int read_included(struct lines_reader *outer, const struct lab_command *include, const struct lab_place *place,
                         struct net_error *err)
{
    struct lines_reader inner = *outer;
    struct net_error plain = {0};
    char *text, path[PATH_MAX];
    const char *name = include->value[0].text;
    if (place->reach == LAB_REACH_LESSON) /* which reads what is in its own folder alone */
        name = lab_reach_read(place->reach, name, path, &plain) == 0 ? path : NULL;
    if (!name || lab_include_read(&outer->including, name, &inner.including, &text, &plain) < 0)
        return fail_at(outer, place, include->line.words[1].column, &plain, err);
    if (!inner.number)
        inner.number = place->line;
    struct lab_place first = *place;
    first.file = inner.including.file;
    first.line = first.column = 1;
    int result = read_lines(&inner, text, &first, err);
    free(text);
    free((char *)inner.including.file);
    return result;
}

static int add_line(struct lines_reader *r, const struct lab_script_line *line, const struct lab_place *place,
                    struct net_error *err)
{
    struct lab_script *script = r->script;
    struct lab_script_line *lines = script->count < LINES_MAX
                                        ? reallocarray(script->lines, script->count + 1, sizeof *lines)
                                        : NULL;
    if (!lines)
        return net_fail(err, 0, NULL, "%.60s:%d: a script has at most %d lines", place->file, place->line, LINES_MAX);
    script->lines = lines;
    lines[script->count++] = *line;
    return 0;
}

/*
 * A line that cannot be read was told, and others follow it: what it asks or answers stays in its place, and each word
 * of it that may be an actor's name counts as one, for the line may have been to start it.
 */
static int go_on_behind(struct lines_reader *r, const char *text, const struct lab_place *place, struct net_error *err)
{
    char word[80];
    struct lab_script_line line = {.number = r->number ? r->number : place->line};
    for (size_t bytes; *text; text += bytes) {
        text += strspn(text, " \t=\";|");
        bytes = strcspn(text, " \t=\";|.");
        snprintf(word, sizeof word, "%.*s", (int)bytes, text);
        const struct lab_row *row = !line.broken && bytes ? lab_row_of_command(r->language, word) : NULL;
        line.broken = line.broken ? line.broken : row ? row->id : LAB_COMMAND_NONE;
        if (bytes && lab_name_check(r->language, word, NULL) == 0 && !lab_scope_find(r->scope, word) &&
            lab_scope_add(r->scope, word, true) < 0)
            return net_fail_errno(err, "malloc");
        bytes += text[bytes] == '.';
    }
    return add_line(r, &line, place, err);
}

static int read_line(struct lines_reader *r, const char *text, const struct lab_place *place, struct net_error *err)
{
    struct net_error plain = {0};
    struct lab_command *commands;
    int column = 1;
    if (lab_command_read(r->language, text, place, r->scope, &commands, &column, &plain) < 0) {
        int told = fail_at(r, place, column, &plain, err);
        return told < 0 ? told : go_on_behind(r, text, place, err);
    }
    if (!commands)
        return 0;
    const struct lab_script_line line = {.number = r->number ? r->number : place->line, .commands = commands};
    if (add_line(r, &line, place, err) < 0) {
        lab_commands_free(commands);
        return -1;
    }
    return commands->row->id == LAB_COMMAND_INCLUDE ? read_included(r, commands, place, err) : 0;
}

static int read_lines(struct lines_reader *r, const char *text, const struct lab_place *first, struct net_error *err)
{
    struct lab_place place = *first;
    place.from = LAB_FROM_SCRIPT;
    if (place.column < 1)
        place.column = 1;
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = strndup(text, n);
        int result = line ? read_line(r, line, &place, err) : net_fail_errno(err, "malloc");
        free(line);
        if (result < 0)
            return -1;
        text += n + (text[n] == '\n');
        place.line++;
        place.column = 1;
    }
    return 0;
}

static struct lines_reader reader_of(const struct lab_language *language, struct lab_script *script,
                                     struct lab_scope *scope)
{
    struct lines_reader r = {.language = language, .script = script, .scope = scope};
    lab_including_begin(&r.including, script->file);
    return r;
}

/* What the checks of a whole script are given. */
struct checking {
    const struct lab_script *script;
    struct lab_faults *faults; /* NULL: the first one ends it */
    struct net_error *err;
};

static int fault(const struct checking *c, int line, int column, const char *sentence)
{
    return lab_fault(c->faults, c->err, c->script->file, line, column, "%s", sentence);
}

/* The actor that a choice speaks of is one that some line of the script starts, or one that lives. */
static int check_choice(const struct checking *c, const struct lab_script_line *line, const struct lab_scope *ever)
{
    const struct lab_command *choice = line->commands;
    const char *name = choice->condition->actor;
    if (!*name || lab_scope_find(ever, name))
        return 0;
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; i < ever->count; i++)
        lab_nearest_offer(&nearest, ever->names[i].name);
    return lab_fault(c->faults, c->err, c->script->file, line->number, choice->line.words[2].column,
                     "no line starts an actor `%s`%s", name, lab_nearest_hint(&nearest));
}

/* living: before the script; read: what its lines have left, among it what broken ones may have started. */
static int check_choices(const struct checking *c, const struct lab_scope *living, const struct lab_scope *read)
{
    struct lab_scope ever = {0};
    const struct lab_script *script = c->script;
    int result = lab_scope_copy(&ever, c->faults ? read : living);
    for (size_t i = 0; i < script->count && result == 0; i++)
        for (const struct lab_command *each = script->lines[i].commands; each && result == 0; each = each->next)
            result = each->start ? lab_scope_note(&ever, each) : 0;
    if (result < 0)
        net_fail_errno(c->err, "malloc");
    for (size_t i = 0; i < script->count && result == 0; i++)
        if (lab_line_is(&script->lines[i], LAB_COMMAND_CHOICE))
            result = check_choice(c, &script->lines[i], &ever);
    lab_scope_fini(&ever);
    return result;
}

/* What a screen could not show whole is a fault for who asks for all of them. */
static int check_room(const struct checking *c, const struct lab_script_line *line)
{
    static const struct lab_question *room;
    if (!c->faults || !line || !line->commands)
        return 0;
    enum lab_command_id id = line->commands->row->id;
    size_t most = id == LAB_COMMAND_PREDICT  ? sizeof room->text
                  : id == LAB_COMMAND_CHOICE ? sizeof room->choice[0].text
                  : id == LAB_COMMAND_HINT   ? sizeof room->hint[0]
                                             : 0;
    if (!most || line->commands->value[0].bytes < most)
        return 0;
    return lab_fault(c->faults, c->err, c->script->file, line->number, line->commands->line.words[1].column,
                     "this text has %zu bytes, and there is room for %zu", line->commands->value[0].bytes, most - 1);
}

/* One part of a question that has so many choices before it, and so many hints. */
static int check_part(const struct checking *c, const struct lab_script_line *line, bool is_asked, size_t choices,
                      size_t hints)
{
    if (!is_asked)
        return fault(c, line->number, 1,
                     lab_line_is_meant(line, LAB_COMMAND_CHOICE)
                         ? _("a choice belongs behind a predict line")
                         : _("because and hint belong to a question: behind predict"));
    if (lab_line_is_meant(line, LAB_COMMAND_BECAUSE) && choices == 0)
        return fault(c, line->number, 1, _("because stands behind the choice that it is about"));
    if (lab_line_is_meant(line, LAB_COMMAND_CHOICE) && choices == LAB_CHOICES)
        return fault(c, line->number, 1, _("a question has at most 6 choices"));
    if (lab_line_is_meant(line, LAB_COMMAND_HINT) && hints == LAB_HINTS)
        return fault(c, line->number, 1, _("a question has at most 4 hints"));
    return 0;
}

/* choice, because and hint belong right behind predict, or behind each other; predict needs two choices. Lines from
 * `first` on. */
static int check_questions(const struct checking *c, size_t first)
{
    const struct lab_script *script = c->script;
    size_t choices = 0, hints = 0, question = script->count;
    int result = 0;
    for (size_t i = first; i <= script->count && result == 0; i++) {
        const struct lab_script_line *line = i < script->count ? &script->lines[i] : NULL;
        result = check_room(c, line);
        if (line && lab_line_is_part(line) && result == 0) {
            result = check_part(c, line, question < script->count, choices, hints);
            choices += lab_line_is_meant(line, LAB_COMMAND_CHOICE);
            hints += lab_line_is_meant(line, LAB_COMMAND_HINT);
            continue;
        }
        if (question < script->count && choices < 2 && result == 0)
            result = fault(c, script->lines[question].number, 1,
                           _("predict needs at least two choice lines behind it"));
        choices = hints = 0;
        question = line && lab_line_is_meant(line, LAB_COMMAND_PREDICT) ? i : script->count;
    }
    return result;
}

/* versus needs settings to choose from. */
static int check_settings(const struct checking *c, bool *compares)
{
    struct lab_settings settings = {.count = 0};
    struct net_error plain = {0};
    int result = 0;
    for (size_t i = 0; i < c->script->count; i++)
        for (const struct lab_command *each = c->script->lines[i].commands; each && result == 0; each = each->next) {
            lab_settings_note(&settings, each);
            *compares |= each->row->id == LAB_COMMAND_VERSUS;
            if (each->row->id == LAB_COMMAND_VERSUS && lab_settings_check(&settings, &plain) < 0)
                result = fault(c, each->place.line, each->place.column, plain.text);
        }
    return result;
}

struct lab_script *lab_script_new_open(const char *file)
{
    struct lab_script *script = calloc(1, sizeof *script);
    if (script)
        script->file = strdup(file);
    if (!script || !script->file) {
        free(script);
        return NULL;
    }
    script->reach = LAB_REACH_USER; /* the standard input is the user's */
    script->state = LAB_SCRIPT_RUNNING;
    script->question.predicted = script->question.answer = -1;
    script->open = true;
    return script;
}

static struct lab_script *read_script(const struct lab_language *language, const char *text,
                                      const struct lab_place *first_line, struct lab_scope *scope,
                                      struct lab_faults *faults, struct net_error *err)
{
    struct lab_script *script = lab_script_new_open(first_line->file);
    if (!script) {
        net_fail_errno(err, "malloc");
        return NULL;
    }
    script->open = false;
    script->reach = first_line->reach;
    script->line = first_line->line;
    struct lab_scope living = {0};
    struct lines_reader r = reader_of(language, script, scope);
    const struct checking checking = {.script = script, .faults = r.faults = faults, .err = err};
    struct lab_place first = *first_line;
    first.file = script->file;
    int result = lab_scope_copy(&living, scope);
    if (result < 0)
        net_fail_errno(err, "malloc");
    else
        result = read_lines(&r, text, &first, err);
    if (result == 0)
        result = check_questions(&checking, 0);
    if (result == 0)
        result = check_choices(&checking, &living, scope);
    if (result == 0)
        result = check_settings(&checking, &script->compares);
    lab_scope_fini(&living);
    if (result == 0)
        return script;
    lab_script_free(script);
    return NULL;
}

struct lab_script *lab_script_new(const struct lab_language *language, const char *text,
                                  const struct lab_place *first_line, struct lab_scope *scope, struct net_error *err)
{
    return read_script(language, text, first_line, scope, NULL, err);
}

static void forget_conditions(struct lab_script *script)
{
    for (size_t i = 0; i < LAB_CHOICES; i++) {
        lab_condition_free(script->condition[i]);
        script->condition[i] = NULL;
    }
}

void lab_script_free(struct lab_script *script)
{
    if (!script)
        return;
    for (size_t i = 0; i < script->count; i++)
        lab_commands_free(script->lines[i].commands);
    forget_conditions(script);
    free(script->lines);
    free(script->file);
    free(script);
}

int lab_script_check(const struct lab_language *language, const struct lab_place *first_line, const char *text,
                     struct lab_faults *faults, struct net_error *err)
{
    struct lab_scope scope = {0};
    struct lab_script *script = read_script(language, text, first_line, &scope, faults, err);
    lab_scope_fini(&scope);
    lab_script_free(script);
    return script ? 0 : -1;
}

/* ---- the end ---- */

static void finish(struct lab_session *s, enum lab_script_state state)
{
    struct lab_script *script = s->own->script;
    script->state = state;
    script->question_open = false;
    unsigned flags = script->skipped ? 2 : state == LAB_SCRIPT_FAILED;
    lab_session_note(s, LAB_NOTE_FINISHED, flags, script->error.text);
}

void lab_script_fail(struct lab_session *s, const struct net_error *why, bool has_place)
{
    struct lab_script *script = s->own->script;
    if (!script || script->state == LAB_SCRIPT_DONE || script->state == LAB_SCRIPT_FAILED)
        return;
    script->error = *why;
    if (!has_place)
        net_fail(&script->error, why->code, why->call, "%.60s:%d: %s", script->file, script->line, why->text);
    lab_runner_drop(&s->own->scripted, false);
    finish(s, LAB_SCRIPT_FAILED);
}

void lab_script_skip(struct lab_session *s, const char *why)
{
    struct lab_script *script = s->own->script;
    script->skipped = true;
    script->next = script->count;
    net_fail(&script->error, 0, NULL, "%s", why);
}

void lab_script_expected(struct lab_doing *d, bool held)
{
    struct lab_script *script = d->session->own->script;
    if (!lab_doing_at_prompt(d) && script && script->state == LAB_SCRIPT_RUNNING)
        (*(held ? &script->held : &script->failed))++;
}

const char *lab_script_file(const struct lab_session *s)
{
    return s->own->script ? s->own->script->file : "prompt";
}

enum lab_reach lab_script_reach(const struct lab_session *s)
{
    return s->own->script ? s->own->script->reach : LAB_REACH_USER;
}

bool lab_script_ran_through(const struct lab_session *s)
{
    return s->own->script && !s->own->script->halted;
}

/* ---- questions ---- */

int lab_script_ask(struct lab_session *s, const struct lab_command *predict, struct net_error *err)
{
    struct lab_script *script = s->own->script;
    struct lab_command *choices[LAB_CHOICES];
    if (!script || script->state != LAB_SCRIPT_RUNNING)
        return net_fail(err, 0, NULL, "predict asks in a script or a lesson, with its choices behind it");
    forget_conditions(script);
    lab_question_take(script, predict, script->next, s->spec.seed, &script->question, choices);
    for (size_t i = 0; i < script->question.choice_count; i++) {
        script->condition[i] = choices[i]->condition;
        choices[i]->condition = NULL;
    }
    script->question_open = true;
    script->question_deadline_ns = 0;
    script->asked_ns = net_now_ns();
    if (script->ask)
        script->state = LAB_SCRIPT_ASKS;
    return 0;
}

void lab_session_predict(struct lab_session *s, int choice)
{
    struct lab_script *script = s->own->script;
    if (!script || script->state != LAB_SCRIPT_ASKS)
        return;
    if (choice >= 0 && (size_t)choice < script->question.choice_count) {
        script->question.predicted = choice;
        lab_session_note(s, LAB_NOTE_PREDICTED, 0, script->question.choice[choice].text);
    }
    script->state = LAB_SCRIPT_RUNNING;
    script->halted |= net_now_ns() - script->asked_ns > AT_ONCE_NS;
}

/* How many choices are true now; *answer the first of them. */
static int true_choices(struct lab_session *s, int *answer)
{
    struct lab_script *script = s->own->script;
    int count = 0;
    for (size_t i = script->question.choice_count; i-- > 0;) {
        bool holds = lab_condition_look(script->condition[i], s) == LAB_HOLDS;
        script->question.choice[i].is_true = holds;
        if (holds) {
            count++;
            *answer = (int)i;
        }
    }
    return count;
}

static void bad_question(struct lab_session *s, int count)
{
    struct net_error err;
    char text[sizeof s->own->script->question.text + 120];
    snprintf(text, sizeof text,
             count ? _("predict \"%s\"\nmore than one choice came true") : _("predict \"%s\"\nno choice came true"),
             s->own->script->question.text);
    lab_session_note(s, LAB_NOTE_EXPECT_FAILED, 0, text);
    s->own->script->failed++;
    const char *question = s->own->script->question.text;
    int bytes = (int)lab_columns_cut(question, 100);
    net_fail(&err, 0, NULL,
             count ? N_("the question \"%.*s\" has more than one answer that is true")
                   : N_("the question \"%.*s\" has no answer that is true"),
             bytes, question);
    lab_script_fail(s, &err, false);
}

/* Settle the open question. False: not yet. */
static bool settle_question(struct lab_session *s)
{
    struct lab_script *script = s->own->script;
    int answer = -1;
    if (!script->question_open)
        return true;
    if (!script->question_deadline_ns)
        script->question_deadline_ns = net_now_ns() + ANSWER_NS;
    bool late = net_now_ns() >= script->question_deadline_ns;
    if (!late && !net_engine_quiet(&s->engine))
        return false;
    int count = true_choices(s, &answer);
    if (!late && count == 0)
        return false;
    script->question_open = false;
    if (count != 1) {
        bad_question(s, count);
        return true;
    }
    script->question.answer = answer;
    lab_session_note(s, LAB_NOTE_ANSWER, 0, script->question.choice[answer].text);
    return true;
}

/* ---- carrying it out ---- */

/* Whether the next line is there: of a question, with what comes behind its last choice, unless nothing will. */
static bool has_next(const struct lab_script *script)
{
    size_t at = script->next;
    if (!script->open || at >= script->count || !lab_line_is(&script->lines[at], LAB_COMMAND_PREDICT))
        return at < script->count;
    for (at++; at < script->count && lab_line_is_part(&script->lines[at]);)
        at++;
    return at < script->count;
}

bool lab_session_wants_line(const struct lab_session *s)
{
    const struct lab_script *script = s->own->script;
    return script && script->open && script->state == LAB_SCRIPT_RUNNING && !s->own->scripted.queue &&
           !has_next(script);
}

/* What has to be known before the next line, or before the end. */
static bool may_go_on(struct lab_session *s)
{
    struct lab_script *script = s->own->script;
    bool at_end = script->next >= script->count;
    bool asks_next = !at_end && lab_line_is(&script->lines[script->next], LAB_COMMAND_PREDICT);
    bool leaves_run = !at_end && lab_line_is(&script->lines[script->next], LAB_COMMAND_VERSUS);
    if ((at_end || asks_next || leaves_run) && !settle_question(s))
        return false;
    if (script->state == LAB_SCRIPT_FAILED)
        return false;
    if (!at_end && script->stepwise && !script->step_asked && !lab_line_is_part(&script->lines[script->next])) {
        script->line = script->lines[script->next].number;
        script->state = LAB_SCRIPT_PAUSED;
        script->halted = true;
        return false;
    }
    return true;
}

/* Whether what left a host while the line was carried out is on its way still. */
static bool is_on_its_way(struct lab_session *s)
{
    struct lab_script *script = s->own->script;
    const struct lab_state *state = s->state;
    if (!script->over_ns)
        script->over_ns = net_now_ns();
    for (size_t i = state->segment_count; i-- > 0 && state->segments[i].sent_ns >= script->begun_ns;)
        if (state->segments[i].fate == NET_IN_FLIGHT && state->segments[i].sent_ns <= script->over_ns)
            return true;
    return false;
}

bool lab_script_advance(struct lab_session *s)
{
    struct lab_script *script = s->own->script;
    if (!script || script->state != LAB_SCRIPT_RUNNING || lab_session_wants_line(s) || is_on_its_way(s) ||
        !may_go_on(s))
        return false;
    if (script->next < script->count && !lab_line_is_part(&script->lines[script->next]))
        script->step_asked = false;
    if (script->next >= script->count) {
        finish(s, LAB_SCRIPT_DONE);
        return true;
    }
    struct lab_script_line *line = &script->lines[script->next++];
    script->line = line->number;
    script->begun_ns = net_now_ns();
    script->over_ns = 0;
    s->own->scripted.queue = line->commands;
    line->commands = NULL;
    return true;
}

uint64_t lab_script_deadline(const struct lab_session *s, uint64_t now_ns)
{
    const struct lab_script *script = s->own->script;
    if (!script || script->state != LAB_SCRIPT_RUNNING || lab_session_wants_line(s))
        return 0;
    return script->over_ns || (script->question_deadline_ns && script->question_open) ? now_ns + SOON_NS : now_ns;
}

static void resume(struct lab_script *script)
{
    if (script->state == LAB_SCRIPT_PAUSED)
        script->state = LAB_SCRIPT_RUNNING;
    script->step_asked = true;
}

void lab_session_script_next(struct lab_session *s)
{
    if (s->own->script)
        resume(s->own->script);
}

void lab_session_script_go(struct lab_session *s)
{
    if (!s->own->script)
        return;
    s->own->script->stepwise = false;
    resume(s->own->script);
}

/* ---- line by line ---- */

void lab_session_take_line(struct lab_session *s, const char *text, size_t bytes, int number)
{
    struct lab_script *script = s->own->script;
    struct lab_place place = {
        .file = script->file, .line = number, .column = 1, .from = LAB_FROM_SCRIPT, .reach = script->reach};
    struct lab_scope scope = {0};
    struct net_error err = {.code = 0};
    lab_session_drain(s);
    struct lines_reader r = reader_of(s->spec.language, script, &scope);
    const struct checking checking = {.script = script, .err = &err};
    int result = strlen(text) != bytes
                     ? net_fail(&err, 0, NULL, "%.60s:%d: it is no text: it has a zero byte", script->file, number)
                 : lab_scope_copy_values(&scope, &s->own->kept) < 0 ||
                         lab_scope_add_state(&scope, s->state, s->journal) < 0
                     ? net_fail_errno(&err, "malloc")
                     : read_line(&r, text, &place, &err);
    if (result == 0)
        lab_scope_copy_values(&s->own->kept, &scope);
    if (result == 0 && has_next(script))
        result = check_questions(&checking, script->next);
    lab_scope_fini(&scope);
    if (result < 0)
        lab_script_fail(s, &err, true);
}

void lab_session_end_lines(struct lab_session *s)
{
    struct lab_script *script = s->own->script;
    struct net_error err = {.code = 0};
    const struct checking checking = {.script = script, .err = &err};
    script->open = false;
    if (script->state == LAB_SCRIPT_RUNNING && check_questions(&checking, script->next) < 0)
        lab_script_fail(s, &err, true);
}

/* ---- what others ask ---- */

enum lab_script_state lab_session_script_state(const struct lab_session *s)
{
    return s->own->script ? s->own->script->state : LAB_SCRIPT_NONE;
}

int lab_session_script_line(const struct lab_session *s)
{
    return s->own->script ? s->own->script->line : 0;
}

enum lab_command_id lab_session_script_command(const struct lab_session *s)
{
    const struct lab_script *script = s->own->script;
    const struct lab_script_line *line = script && script->next < script->count ? &script->lines[script->next] : NULL;
    return line && line->commands ? line->commands->row->id : LAB_COMMAND_NONE;
}

const struct lab_question *lab_session_question(const struct lab_session *s)
{
    return s->own->script && s->own->script->question.choice_count ? &s->own->script->question : NULL;
}

const struct net_error *lab_session_script_error(const struct lab_session *s)
{
    static const struct net_error none;
    return s->own->script ? &s->own->script->error : &none;
}

bool lab_session_script_skipped(const struct lab_session *s)
{
    return s->own->script && s->own->script->skipped;
}

void lab_script_reason(struct lab_session *s, const char *reason)
{
    if (s->own->script)
        snprintf(s->own->script->reason, sizeof s->own->script->reason, "%s", reason);
}

const char *lab_session_script_reason(const struct lab_session *s)
{
    return s->own->script ? s->own->script->reason : "";
}

unsigned lab_session_expect_held(const struct lab_session *s)
{
    return s->own->script ? s->own->script->held : 0;
}

unsigned lab_session_expect_failed(const struct lab_session *s)
{
    return s->own->script ? s->own->script->failed : 0;
}
