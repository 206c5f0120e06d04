// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * One open lab. Commands come from two runners, the prompt's and the script's, which do not wait for each other: a
 * learner may look around while a script waits. Each carries out one command at a time; a command that waits is looked
 * at again after every batch of events. Events reach the journal, and from it the state, only through
 * lab_session_drain(): between two commands it is called, so that each sees what the one before has done.
 */

#include "lab/session/session_inside.h"

#include "lab/session/command_run.h"
#include "lab/language/compare.h"
#include "lab/compare/versus.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOON_MS = 1, BATCH_MS = 8, PASSES_MAX = 64, PASSES_NS = 4000000 };
static const uint64_t PACE_NS = 100000000, TELLING_NS = 500000000;

/* ---- events ---- */

static void take_in(void *user, const struct net_event *event)
{
    struct lab_session *s = user;
    long index = lab_journal_append(s->journal, event);
    if (index < 0 || lab_state_apply(s->state, s->journal, (size_t)index) < 0)
        s->broken = true;
}

static unsigned take_events(struct lab_session *s, int input_fd, uint64_t deadline_ns, unsigned batch_ms)
{
    return net_engine_wait(&s->engine, input_fd, deadline_ns, batch_ms, take_in, s);
}

bool lab_session_drain(struct lab_session *s)
{
    size_t before = lab_journal_count(s->journal);
    take_events(s, -1, 1, 0); /* a deadline long past: it does not sleep */
    return lab_journal_count(s->journal) != before;
}

void lab_session_note(struct lab_session *s, enum lab_note_kind kind, unsigned flags, const char *text)
{
    lab_session_note_about(s, &(struct net_ev_note){.kind = (uint16_t)kind, .flags = (uint16_t)flags}, text);
}

void lab_session_note_about(struct lab_session *s, const struct net_ev_note *note, const char *text)
{
    size_t bytes = strlen(text);
    net_engine_note(&s->engine, note, text, bytes < NET_EVENT_DATA_MAX ? bytes : NET_EVENT_DATA_MAX);
}

static void say(struct lab_session *s, struct net_ev_note note, const char *format, va_list args)
{
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    note.kind = LAB_NOTE_REPLY;
    note.flags = 0;
    note.id = 0;
    lab_session_note_about(s, &note, line);
    if (s->reply)
        s->reply(s->reply_user, line);
}

void lab_reply(struct lab_session *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(s, s->carried ? lab_note_of(s, LAB_NOTE_REPLY, s->carried) : (struct net_ev_note){0}, format, args);
    va_end(args);
}

void lab_reply_about(struct lab_session *s, struct net_ev_note note, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(s, note, format, args);
    va_end(args);
}

/* ---- commands being carried out ---- */

enum lab_outcome lab_doing_wait(struct lab_doing *d, uint64_t limit_ns, bool asks_kernel, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(d->what, sizeof d->what, format, args);
    va_end(args);
    if (limit_ns && !d->deadline_ns)
        d->deadline_ns = net_now_ns() + limit_ns;
    d->asks_kernel = asks_kernel;
    return LAB_WAITS;
}

void lab_doing_next(struct lab_doing *d)
{
    d->phase++;
    d->deadline_ns = 0;
    d->asleep_ns = 0;
    d->asks_kernel = false;
}

bool lab_doing_late(const struct lab_doing *d)
{
    return d->deadline_ns && net_now_ns() >= d->deadline_ns;
}

enum lab_outcome lab_doing_fail(struct lab_doing *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    d->err->code = 0;
    d->err->call = NULL;
    vsnprintf(d->err->text, sizeof d->err->text, format, args);
    va_end(args);
    net_plain(d->err->text);
    return LAB_ERROR;
}

bool lab_doing_at_prompt(const struct lab_doing *d)
{
    return d->command->place.from != LAB_FROM_SCRIPT;
}

/* ---- runners ---- */

/* An error of a script says where; at the prompt the learner sees it. */
static int prefix_place(const struct lab_place *place, int column, struct net_error *err)
{
    if (place->from != LAB_FROM_SCRIPT || !err)
        return -1;
    struct net_error plain = *err;
    return net_fail(err, plain.code, plain.call, "%.60s:%d:%d: %.170s", place->file, place->line,
                    place->column + column - 1, plain.text);
}

static void drop_command(struct lab_runner *runner)
{
    struct lab_command *done = runner->queue;
    if (runner->busy && done->compare) {
        lab_comparison_free(runner->doing.session->comparison);
        runner->doing.session->comparison = NULL;
    }
    if (runner->busy && done->row->run == lab_run_matrix_run) {
        lab_matrix_run_free(runner->doing.session->matrix_run);
        runner->doing.session->matrix_run = NULL;
    }
    if (runner->busy && runner->doing.session && done->row->run == lab_run_versus)
        lab_comparing_free(runner->doing.session);
    runner->queue = done->next;
    runner->busy = false;
    done->next = NULL;
    lab_commands_free(done);
}

/* After an error, what is joined to the command makes no sense any more. */
static void drop_line(struct lab_runner *runner)
{
    bool last = false;
    while (runner->queue && !last) {
        last = runner->queue->ends_line;
        drop_command(runner);
    }
}

void lab_runner_drop(struct lab_runner *runner)
{
    while (runner->queue)
        drop_command(runner);
}

/* What one slot of a command says in numbers; numbers fill note->value in their order. */
static void note_slot(struct net_ev_note *note, size_t *values, const struct lab_slot *slot, const struct lab_value *v)
{
    int64_t number = 0;
    switch (slot->kind) {
    case LAB_SLOT_CALL: note->call = (uint16_t)v->number; return;
    case LAB_SLOT_ERRNO: note->error = (int32_t)v->number; return;
    case LAB_SLOT_OPTION: note->option = (uint16_t)net_option_for_note(v->option_row); return;
    case LAB_SLOT_VALUES:
        note->value[0] = v->option.number;
        note->value[1] = v->option.second;
        return;
    case LAB_SLOT_SOCKET: note->fd = (int32_t)v->number; return;
    case LAB_SLOT_TIME: number = (int64_t)v->ns; break;
    case LAB_SLOT_ADDRESS: number = v->address.port; break;
    default: number = v->number; break;
    }
    if (*values < sizeof note->value / sizeof *note->value)
        note->value[(*values)++] = number;
}

/* The name of the actor that it is about, or NULL. */
static const char *names_actor(const struct lab_command *command)
{
    if (*command->actor)
        return command->actor;
    for (size_t i = 0; i < LAB_SLOTS; i++)
        if (command->value[i].given &&
            (command->row->slots[i].kind == LAB_SLOT_ACTOR || command->row->slots[i].kind == LAB_SLOT_SOCKET))
            return command->value[i].text;
    return NULL;
}

struct net_ev_note lab_note_of(const struct lab_session *s, enum lab_note_kind kind, const struct lab_command *command)
{
    struct net_ev_note note = {.kind = (uint16_t)kind,
                               .flags = (uint16_t)command->place.from,
                               .id = (uint32_t)command->place.line,
                               .command = (uint16_t)lab_row_id(command->row),
                               .fd = command->fd};
    const char *name = names_actor(command);
    const struct lab_actor *actor = name ? lab_find_actor(s, name) : NULL;
    size_t values = 0;
    note.subject = actor ? actor->id : 0;
    if (note.command == LAB_COMMAND_HAND_CALL)
        note.call = (uint16_t)command->row->number;
    if (note.command == LAB_COMMAND_WIRE || (note.command == LAB_COMMAND_SIGNAL && command->row->number))
        note.value[values++] = command->row->number;
    for (size_t i = 0; i < LAB_SLOTS; i++)
        if (command->value[i].given)
            note_slot(&note, &values, &command->row->slots[i], &command->value[i]);
    return note;
}

static void note_command(struct lab_session *s, enum lab_note_kind kind, const struct lab_command *command)
{
    struct net_ev_note note = lab_note_of(s, kind, command);
    lab_session_note_about(s, &note, command->text);
}

static void note_error(struct lab_session *s, const struct lab_command *command, const struct net_error *error)
{
    struct net_ev_note note = lab_note_of(s, LAB_NOTE_ERROR, command);
    note.error = error->code;
    lab_session_note_about(s, &note, error->text);
}

static void begin_command(struct lab_session *s, struct lab_runner *runner)
{
    struct lab_command *command = runner->queue;
    runner->busy = true;
    runner->doing = (struct lab_doing){
        .session = s, .command = command, .begun_ns = net_now_ns(), .err = &runner->error};
    snprintf(runner->doing.what, sizeof runner->doing.what, "%s", command->text);
    note_command(s, LAB_NOTE_COMMAND, command);
}

bool lab_session_is_under(struct lab_session *s, const char *setting)
{
    if (setting && !*s->setting)
        snprintf(s->setting, sizeof s->setting, "%s", setting);
    return !setting || strcmp(s->setting, setting) == 0;
}

/* The command belongs to a setting that the run is not under: it is noted, and left out. */
static bool set_aside(struct lab_session *s, struct lab_runner *runner)
{
    struct lab_command *command = runner->queue;
    if (runner->busy || lab_session_is_under(s, command->setting))
        return false;
    note_command(s, LAB_NOTE_SET_ASIDE, command);
    if (command->place.from != LAB_FROM_SCRIPT)
        lab_reply(s, "not now: this run is under \"%s\"; `versus` runs both", s->setting);
    drop_command(runner);
    return true;
}

/* What the command before has set in motion comes to rest first, so that two runs of one script can be compared. */
static bool is_too_soon(struct lab_session *s, struct lab_runner *runner)
{
    if (runner->busy || !runner->is_paced || strcmp(runner->queue->row->group, "Asking") == 0)
        return false;
    if (!runner->paced_ns)
        runner->paced_ns = net_now_ns();
    if (net_now_ns() - runner->paced_ns < PACE_NS && !net_engine_quiet(&s->engine))
        return true;
    runner->paced_ns = 0;
    return false;
}

bool lab_runner_advance(struct lab_session *s, struct lab_runner *runner)
{
    if (!runner->queue)
        return false;
    if (set_aside(s, runner))
        return true;
    if (is_too_soon(s, runner))
        return false;
    bool begins = !runner->busy;
    if (begins)
        begin_command(s, runner);
    int phase = runner->doing.phase;
    const struct lab_command *outer = s->carried;
    s->carried = runner->queue;
    enum lab_outcome outcome = runner->queue->row->run(&runner->doing);
    s->carried = outer;
    switch (outcome) {
    case LAB_WAITS: return begins || phase != runner->doing.phase;
    case LAB_DONE: drop_command(runner); return true;
    case LAB_ERROR:
        runner->errors++;
        runner->error_line = runner->queue->place.line;
        if (!runner->is_inside) {
            prefix_place(&runner->queue->place, 1, &runner->error);
            note_error(s, runner->queue, &runner->error);
        }
        drop_line(runner);
        return true;
    }
    return false;
}

static bool script_advance(struct lab_session *s)
{
    unsigned errors = s->scripted.errors;
    if (!s->scripted.queue)
        return lab_script_advance(s);
    bool moved = lab_runner_advance(s, &s->scripted);
    if (s->script && s->script->skipped)
        lab_runner_drop(&s->scripted);
    if (s->scripted.errors != errors)
        lab_script_fail(s, &s->scripted.error);
    return moved;
}

/*
 * All that there is; a slice of it, where somebody types: then what the last command did may be among the rest, and
 * until its time is reached no command is looked at. Whether it is worth looking at them now.
 */
static bool drain_after(struct lab_session *s, bool moved)
{
    size_t before = lab_journal_count(s->journal);
    if (moved)
        s->owed_ns = net_now_ns();
    bool owed = s->owed_ns > 0;
    unsigned woke = take_events(s, s->input_fd, 1, 0);
    size_t count = lab_journal_count(s->journal);
    bool is_slice = s->input_fd >= 0 && (woke & NET_WOKE_SOON);
    bool is_reached = count > 0 && lab_journal_at(s->journal, count - 1)->time_ns >= s->owed_ns;
    /* A process that was stopped in mid-write holds back all that is newer, and only a command lets it go on. */
    if (!is_slice || is_reached || net_now_ns() - s->owed_ns > TELLING_NS)
        s->owed_ns = 0;
    return owed || count != before;
}

/*
 * Until nothing moves any more, so that each command sees what the one before has done. Where events come without a
 * pause, nothing ever stands still: what only they may have changed is left to the next wait, which does not sleep, and
 * keys are seen to in between.
 */
static void advance(struct lab_session *s)
{
    uint64_t end_ns = net_now_ns() + PASSES_NS;
    bool moved = true;
    s->behind = true;
    for (int pass = 0; pass < PASSES_MAX && s->behind && (moved || net_now_ns() < end_ns); pass++) {
        moved = !s->owed_ns && lab_runner_advance(s, &s->prompt);
        moved |= !s->owed_ns && script_advance(s);
        s->behind = drain_after(s, moved);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    if (!a || !b)
        return a ? a : b;
    return a < b ? a : b;
}

static uint64_t runner_deadline(const struct lab_runner *runner, uint64_t now_ns)
{
    if (!runner->queue)
        return 0;
    if (!runner->busy)
        return now_ns + (runner->paced_ns ? SOON_MS * 1000000u : 0);
    uint64_t soon_ns = runner->doing.asks_kernel ? now_ns + SOON_MS * 1000000u : 0;
    return earlier(soon_ns, runner->doing.deadline_ns);
}

static uint64_t own_deadline(const struct lab_session *s)
{
    uint64_t now_ns = net_now_ns();
    if (s->behind)
        return now_ns;
    uint64_t deadline_ns = earlier(runner_deadline(&s->prompt, now_ns), runner_deadline(&s->scripted, now_ns));
    return s->scripted.queue ? deadline_ns : earlier(deadline_ns, lab_script_deadline(s, now_ns));
}

void lab_session_tidy(struct lab_session *s)
{
    if (!s->tidies)
        return;
    s->tidies = false;
    net_engine_tidy(&s->engine);
}

unsigned lab_session_wait(struct lab_session *s, int input_fd, uint64_t deadline_ns)
{
    lab_session_tidy(s);
    s->input_fd = input_fd;
    uint64_t own_ns = own_deadline(s);
    unsigned batch_ms = s->spec.headless || own_ns ? 0 : BATCH_MS;
    unsigned woke = take_events(s, input_fd, earlier(own_ns, deadline_ns), batch_ms);
    advance(s);
    if ((woke & NET_WOKE_DEADLINE) && !(deadline_ns && net_now_ns() >= deadline_ns))
        woke &= ~(unsigned)NET_WOKE_DEADLINE;
    return woke;
}

unsigned lab_session_poll(struct lab_session *s)
{
    uint64_t end_ns = net_now_ns() + TELLING_NS;
    unsigned woke = take_events(s, -1, 1, 0);
    while ((woke & (NET_WOKE_SOON | NET_WOKE_SIGNAL)) == NET_WOKE_SOON && net_now_ns() < end_ns)
        woke = take_events(s, -1, net_now_ns() + SOON_MS * 1000000u, 0) | (woke & ~(unsigned)NET_WOKE_SOON);
    advance(s);
    return woke & ~(unsigned)NET_WOKE_DEADLINE;
}

/* ---- one line ---- */

/* Names that live, and those that commands still in the queue will start. */
static int prompt_scope(struct lab_session *s, struct lab_scope *scope)
{
    if (lab_scope_add_state(scope, s->state, s->journal) < 0)
        return -1;
    for (const struct lab_command *command = s->prompt.queue; command; command = command->next)
        if (lab_scope_note(scope, command) < 0)
            return -1;
    return 0;
}

static void enqueue(struct lab_runner *runner, struct lab_command *commands)
{
    struct lab_command **tail = &runner->queue;
    while (*tail)
        tail = &(*tail)->next;
    *tail = commands;
}

enum lab_outcome lab_session_command(struct lab_session *s, const char *line, const struct lab_place *place,
                                     struct net_error *err)
{
    struct lab_scope scope = {0};
    struct lab_command *commands = NULL;
    int column = 1;
    int result = prompt_scope(s, &scope) < 0 ? net_fail_errno(err, "malloc")
                                             : lab_command_read(line, place, &scope, &commands, &column, err);
    lab_scope_fini(&scope);
    s->error_column = column;
    if (result < 0) {
        prefix_place(place, column, err);
        return LAB_ERROR;
    }
    bool was_busy = s->prompt.queue;
    unsigned errors = s->prompt.errors;
    enqueue(&s->prompt, commands);
    s->owed_ns = net_now_ns(); /* it sees what had happened when it was typed */
    advance(s);
    if (!was_busy && s->prompt.errors != errors) {
        if (err)
            *err = s->prompt.error;
        s->error_column = 0;
        return LAB_ERROR;
    }
    return s->prompt.queue ? LAB_WAITS : LAB_DONE;
}

int lab_session_error_column(const struct lab_session *s)
{
    return s->error_column;
}

bool lab_session_waiting(const struct lab_session *s, struct lab_waiting *out)
{
    bool typed = s->prompt.queue;
    const struct lab_runner *runner = typed ? &s->prompt : &s->scripted;
    if (!runner->busy && !typed)
        return false;
    /* What was typed and has not begun waits for what happened before it. */
    *out = (struct lab_waiting){.since_ns = runner->busy ? runner->doing.begun_ns : s->owed_ns,
                                .deadline_ns = runner->busy ? runner->doing.deadline_ns : 0,
                                .command = lab_row_id(runner->queue->row)};
    snprintf(out->what, sizeof out->what, "%s", runner->busy ? runner->doing.what : runner->queue->text);
    return true;
}

void lab_session_abandon(struct lab_session *s)
{
    struct net_error given_up = {.text = "given up"};
    lab_comparing_give_up(s);
    if (s->prompt.queue) {
        lab_runner_drop(&s->prompt);
        return;
    }
    lab_runner_drop(&s->scripted);
    lab_script_fail(s, &given_up);
}

/* ---- scripts ---- */

int lab_session_start_script(struct lab_session *s, const char *text, const struct lab_place *first_line, bool stepwise,
                             bool ask, struct net_error *err)
{
    struct lab_scope scope = {0};
    struct lab_script *script = NULL;
    lab_session_drain(s);
    if (lab_scope_add_state(&scope, s->state, s->journal) < 0)
        net_fail_errno(err, "malloc");
    else
        script = lab_script_new(text, first_line, &scope, err);
    lab_scope_fini(&scope);
    if (!script)
        return -1;
    lab_runner_drop(&s->scripted);
    lab_script_free(s->script);
    s->script = script;
    s->scripted.is_paced = script->compares;
    s->scripted.paced_ns = 0;
    script->stepwise = stepwise;
    script->ask = ask;
    advance(s);
    return 0;
}

/* ---- a clean slate ---- */

static void restore_sysctls(struct lab_session *s)
{
    while (s->sysctls) {
        struct lab_kept_sysctl *kept = s->sysctls;
        net_sysctl_set(&s->engine.hosts, kept->host, kept->name, kept->value, NULL);
        s->sysctls = kept->next;
        free(kept);
    }
}

unsigned lab_session_sweep(struct lab_session *s)
{
    s->stepping = false;
    net_actor_gate(s->engine.actors, 0, NET_GATE_OPEN, NULL);
    unsigned left = net_engine_clear(&s->engine);
    restore_sysctls(s);
    lab_session_drain(s);
    lab_session_update_time(s, NULL);
    return left;
}

static int not_all_ended(unsigned left, struct net_error *err)
{
    return left ? net_fail(err, 0, NULL,
                           "%u of the actors could not be ended: they block signals, or are in a call that the kernel "
                           "does not interrupt",
                           left)
                : 0;
}

int lab_session_clear(struct lab_session *s, struct net_error *err)
{
    unsigned left = lab_session_sweep(s);
    s->setting[0] = '\0';
    if (s->forget)
        s->forget(s->forget_user);
    lab_session_note(s, LAB_NOTE_CLEARED, 0, "");
    lab_session_drain(s);
    s->tidies = true;
    return not_all_ended(left, err);
}

int lab_session_begin_experiment(struct lab_session *s, unsigned index, const char *lesson, const char *title,
                                 struct net_error *err)
{
    char text[200];
    lab_runner_drop(&s->prompt);
    lab_runner_drop(&s->scripted);
    lab_versus_free(s->versus);
    s->versus = NULL;
    int result = lab_session_clear(s, err);
    snprintf(text, sizeof text, "%s\t%s", lesson, title);
    struct net_ev_note note = {.kind = LAB_NOTE_EXPERIMENT, .id = index};
    net_engine_note(&s->engine, &note, text, strlen(text));
    lab_session_drain(s);
    return result;
}

unsigned lab_session_time(const struct lab_session *s)
{
    return (s->stretched ? LAB_TIME_STRETCHED : 0u) | (s->stepping ? LAB_TIME_STEPPED : 0u);
}

int lab_session_update_time(struct lab_session *s, struct net_error *err)
{
    struct net_wire_settings settings = {0};
    if (s->engine.wire)
        net_wire_get(s->engine.wire, &settings);
    bool stretch = s->engine.wire && (s->stepping || settings.mode == NET_WIRE_HELD);
    int result = stretch == s->stretched ? 0 : net_hosts_stretch_time(&s->engine.hosts, stretch, err);
    if (result == 0)
        s->stretched = stretch;
    if (lab_session_time(s) != s->time_noted) {
        s->time_noted = lab_session_time(s);
        lab_session_note(s, LAB_NOTE_TIME, s->time_noted,
                         s->stretched ? "time stands still: the hosts' retransmission timers are stretched"
                                      : "time runs: the hosts' own timers are back");
    }
    return result;
}

/* ---- the rest ---- */

struct lab_session *lab_session_open(const struct lab_session_spec *spec, struct net_error *err)
{
    struct lab_session *s = calloc(1, sizeof *s);
    struct net_engine_spec engine = {.mode = spec->mode, .bind_ip = spec->bind_ip};
    if (!s || net_engine_open(&s->engine, &engine, err) < 0) {
        if (!s)
            net_fail_errno(err, "malloc");
        free(s);
        return NULL;
    }
    s->spec = *spec;
    s->input_fd = -1;
    s->journal = lab_journal_new();
    s->state = lab_state_new();
    if (s->journal && s->state)
        return s;
    net_fail_errno(err, "malloc");
    lab_session_close(s);
    return NULL;
}

void lab_session_close(struct lab_session *s)
{
    if (!s)
        return;
    lab_runner_drop(&s->prompt);
    lab_runner_drop(&s->scripted);
    lab_script_free(s->script);
    lab_versus_free(s->versus);
    net_engine_clear(&s->engine); /* with somebody to listen, the actors end at once */
    net_engine_close(&s->engine);
    while (s->sysctls) {
        struct lab_kept_sysctl *kept = s->sysctls;
        s->sysctls = kept->next;
        free(kept);
    }
    free(s->matrix);
    lab_state_free(s->state);
    lab_journal_free(s->journal);
    free(s);
}

struct net_engine *lab_session_engine(struct lab_session *s)
{
    return &s->engine;
}

const struct lab_journal *lab_session_journal(const struct lab_session *s)
{
    return s->journal;
}

const struct lab_state *lab_session_state(const struct lab_session *s)
{
    return s->state;
}

uint64_t lab_session_start_ns(const struct lab_session *s)
{
    return s->engine.start_ns;
}

bool lab_session_quit_asked(const struct lab_session *s)
{
    return s->quit;
}

bool lab_session_broken(const struct lab_session *s)
{
    return s->broken;
}

void lab_session_on_reply(struct lab_session *s, lab_reply_fn *reply, void *user)
{
    s->reply = reply;
    s->reply_user = user;
}

void lab_session_on_forget(struct lab_session *s, lab_forget_fn *forget, void *user)
{
    s->forget = forget;
    s->forget_user = user;
}
