// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * One open lab. Commands come from two runners, the prompt's and the script's, which do not wait for each other: a
 * learner may look around while a script waits. Each carries out one command at a time; a command that waits is looked
 * at again after every batch of events. Events reach the journal, and from it the state, only through
 * lab_session_drain(): between two commands it is called, so that each sees what the one before has done.
 */

#include "lab/session/session_private.h"
#include "net/base/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOON_MS = 1, BATCH_MS = 8, PASSES_MAX = 64, PASSES_NS = 4000000 };
static const uint64_t TELLING_NS = 500000000;

/* ---- events ---- */

static void take_in(void *user, const struct net_event *event)
{
    struct lab_session *s = user;
    long index = lab_journal_append(s->journal, event);
    if (index < 0 || lab_state_apply(s->state, s->journal, (size_t)index) < 0)
        s->own->broken = true;
    lab_past_keep(s->own->past, s->state);
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

__attribute__((format(printf, 3, 0))) static void say(struct lab_session *s, struct net_ev_note note,
                                                      const char *format, va_list args)
{
    char line[1024];
    vsnprintf(line, sizeof line, net_message(format), args);
    note.kind = LAB_NOTE_REPLY;
    note.flags = 0;
    note.id = 0;
    lab_session_note_about(s, &note, line);
    if (s->own->reply && s->depth <= 1) /* what is said inside of another command is no answer to who typed that */
        s->own->reply(s->own->reply_user, line);
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

/* ---- commands ---- */

static bool script_advance(struct lab_session *s)
{
    unsigned errors = s->own->scripted.errors;
    if (!s->own->scripted.queue)
        return lab_script_advance(s);
    bool moved = lab_runner_advance(s, &s->own->scripted);
    if (s->own->script && s->own->script->skipped)
        lab_runner_drop(&s->own->scripted, false);
    if (s->own->scripted.errors != errors)
        lab_script_fail(s, &s->own->scripted.error, true);
    return moved;
}

/*
 * Events until now are owed to the next command. What a call has sent is in no event until the wire has read it: so
 * once a command is over, the wire is asked to.
 */
static void catch_up(struct lab_session *s)
{
    bool is_over = s->own->prompt.is_over || s->own->scripted.is_over;
    if (is_over && s->engine.wire)
        net_wire_catch_up(s->engine.wire);
    s->own->prompt.is_over = s->own->scripted.is_over = false;
    s->own->owed_ns = net_now_ns();
}

/*
 * All that there is; a slice of it, where somebody types: then what the last command did may be among the rest, and
 * until its time is reached no command is looked at. Whether it is worth looking at them now.
 */
static bool drain_after(struct lab_session *s, bool moved)
{
    size_t before = lab_journal_count(s->journal);
    if (moved)
        catch_up(s);
    bool owed = s->own->owed_ns > 0;
    unsigned woke = take_events(s, s->own->input_fd, 1, 0);
    size_t count = lab_journal_count(s->journal);
    bool is_slice = s->own->input_fd >= 0 && (woke & NET_WOKE_SOON);
    bool is_reached = count > 0 && lab_journal_at(s->journal, count - 1)->time_ns >= s->own->owed_ns;
    /* A process that was stopped in mid-write holds back all that is newer, and only a command lets it go on. */
    if (!is_slice || is_reached || net_now_ns() - s->own->owed_ns > TELLING_NS)
        s->own->owed_ns = 0;
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
    s->own->behind = true;
    for (int pass = 0; pass < PASSES_MAX && s->own->behind && (moved || net_now_ns() < end_ns); pass++) {
        moved = !s->own->owed_ns && lab_runner_advance(s, &s->own->prompt);
        moved |= !s->own->owed_ns && script_advance(s);
        s->own->behind = drain_after(s, moved);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    if (!a || !b)
        return a ? a : b;
    return a < b ? a : b;
}

static uint64_t own_deadline(const struct lab_session *s)
{
    uint64_t now_ns = net_now_ns();
    if (s->own->behind)
        return now_ns;
    uint64_t deadline_ns = earlier(lab_runner_deadline(&s->own->prompt, now_ns),
                                   lab_runner_deadline(&s->own->scripted, now_ns));
    return s->own->scripted.queue ? deadline_ns : earlier(deadline_ns, lab_script_deadline(s, now_ns));
}

void lab_session_tidy(struct lab_session *s)
{
    if (!s->own->tidies)
        return;
    s->own->tidies = false;
    net_engine_tidy(&s->engine);
}

unsigned lab_session_wait(struct lab_session *s, int input_fd, uint64_t deadline_ns)
{
    lab_session_tidy(s);
    s->own->input_fd = input_fd;
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
    if (lab_scope_copy_values(scope, &s->own->kept) < 0 || lab_scope_add_state(scope, s->state, s->journal) < 0)
        return -1;
    for (const struct lab_command *command = s->own->prompt.queue; command; command = command->next)
        if (lab_scope_note(scope, command) < 0)
            return -1;
    return 0;
}

enum lab_outcome lab_session_command(struct lab_session *s, const char *line, const struct lab_place *place,
                                     struct net_error *err)
{
    struct lab_scope scope = {0};
    struct lab_command *commands = NULL;
    int column = 1;
    int result = prompt_scope(s, &scope) < 0
                     ? net_fail_errno(err, "malloc")
                     : lab_command_read(s->spec.language, line, place, &scope, &commands, &column, err);
    if (result == 0)
        lab_scope_copy_values(&s->own->kept, &scope);
    lab_scope_fini(&scope);
    s->own->error_column = column;
    if (result < 0) {
        lab_error_place(place, column, err);
        return LAB_ERROR;
    }
    bool was_busy = s->own->prompt.queue;
    unsigned errors = s->own->prompt.errors;
    lab_runner_add(&s->own->prompt, commands);
    s->own->owed_ns = net_now_ns(); /* it sees what had happened when it was typed */
    advance(s);
    if (!was_busy && s->own->prompt.errors != errors) {
        if (err)
            *err = s->own->prompt.error;
        s->own->error_column = 0;
        return LAB_ERROR;
    }
    return s->own->prompt.queue ? LAB_WAITS : LAB_DONE;
}

int lab_session_error_column(const struct lab_session *s)
{
    return s->own->error_column;
}

bool lab_session_waiting(const struct lab_session *s, struct lab_waiting *out)
{
    bool typed = s->own->prompt.queue;
    const struct lab_runner *runner = typed ? &s->own->prompt : &s->own->scripted;
    if (!runner->busy && !typed)
        return false;
    /* What was typed and has not begun waits for what happened before it. */
    *out = (struct lab_waiting){.command = runner->queue->row->id,
                                .since_ns = runner->busy ? runner->doing.begun_ns : s->own->owed_ns,
                                .deadline_ns = runner->busy ? runner->doing.deadline_ns : 0};
    snprintf(out->what, sizeof out->what, "%s", runner->busy ? runner->doing.what : runner->queue->text);
    return true;
}

void lab_session_abandon(struct lab_session *s)
{
    struct net_error given_up;
    if (s->own->prompt.queue) {
        lab_runner_drop(&s->own->prompt, true);
        return;
    }
    lab_runner_drop(&s->own->scripted, true);
    net_fail(&given_up, 0, NULL, "given up");
    lab_script_fail(s, &given_up, false);
}

/* ---- completion ---- */

void lab_session_complete(const struct lab_session *s, const char *line, size_t at, size_t *start,
                          lab_candidate_fn *candidate, void *user)
{
    struct lab_named named = {
        .language = s->spec.language,
        .state = s->state,
        .journal = s->journal,
        .hosts = &s->engine.hosts,
        .kept = &s->own->kept,
        .setting = s->setting,
        .settings = *lab_settings_of_journal(&s->own->settings, s->journal, lab_experiment_index(s))};
    lab_complete(&named, line, at, start, candidate, user);
}

/* ---- scripts ---- */

/* In place of the one before. */
static void take_script(struct lab_session *s, struct lab_script *script)
{
    lab_runner_drop(&s->own->scripted, false);
    lab_script_free(s->own->script);
    s->own->script = script;
    s->own->scripted.is_paced = script->compares;
    s->own->scripted.paced_ns = 0;
}

int lab_session_start_script(struct lab_session *s, const char *text, const struct lab_place *first_line, bool stepwise,
                             bool ask, struct net_error *err)
{
    struct lab_scope scope = {0};
    struct lab_script *script = NULL;
    lab_session_drain(s);
    if (lab_scope_add_state(&scope, s->state, s->journal) < 0)
        net_fail_errno(err, "malloc");
    else
        script = lab_script_new(s->spec.language, text, first_line, &scope, err);
    if (script)
        lab_scope_copy_values(&s->own->kept, &scope);
    lab_scope_fini(&scope);
    if (!script)
        return -1;
    script->stepwise = stepwise;
    script->ask = ask;
    take_script(s, script);
    advance(s);
    return 0;
}

int lab_script_include(struct lab_session *s, const struct lab_command *include, struct net_error *err)
{
    const struct lab_script *now = s->own->script;
    struct lab_place place = {.file = "", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT};
    struct lab_scope scope = {0};
    struct lab_script *script = NULL;
    if (now && now->state != LAB_SCRIPT_DONE && now->state != LAB_SCRIPT_FAILED)
        return net_fail(err, 0, NULL, "a script is being carried out: include the file when it is over");
    if (lab_scope_copy_values(&scope, &s->own->kept) < 0 || lab_scope_add_state(&scope, s->state, s->journal) < 0)
        net_fail_errno(err, "malloc");
    else
        script = lab_script_new(s->spec.language, include->text, &place, &scope, err);
    if (script) {
        lab_scope_copy_values(&s->own->kept, &scope);
        take_script(s, script);
    }
    lab_scope_fini(&scope);
    return script ? 0 : -1;
}

int lab_session_start_lines(struct lab_session *s, const char *file, struct net_error *err)
{
    struct lab_script *script = lab_script_new_open(file);
    if (!script)
        return net_fail_errno(err, "malloc");
    lab_session_drain(s);
    take_script(s, script);
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
    unsigned left = net_engine_clear(&s->engine, take_in, s);
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
    if (s->own->forget)
        s->own->forget(s->own->forget_user);
    net_engine_count(&s->engine); /* what was counted until now is of before */
    lab_session_note(s, LAB_NOTE_CLEARED, 0, "");
    lab_session_drain(s);
    s->own->tidies = true;
    return not_all_ended(left, err);
}

int lab_session_begin_experiment(struct lab_session *s, unsigned index, const char *lesson, const char *title,
                                 struct net_error *err)
{
    char text[200];
    lab_runner_drop(&s->own->prompt, false);
    lab_runner_drop(&s->own->scripted, false);
    lab_session_keep(s, LAB_KEPT_VERSUS, NULL, NULL);
    lab_scope_fini(&s->own->kept);
    int result = lab_session_clear(s, err);
    snprintf(text, sizeof text, "%s\t%s", lesson, title);
    struct net_ev_note note = {.kind = LAB_NOTE_EXPERIMENT, .id = index};
    net_engine_note(&s->engine, &note, text, strlen(text));
    lab_session_drain(s);
    return result;
}

void lab_session_put_text(struct lab_session *s, const char *lesson, const char *title, const char *markdown,
                          lab_page_lesson_fn *read)
{
    s->read_lesson = read;
    char name[200];
    snprintf(name, sizeof name, "%s\t%s", lesson, title);
    lab_journal_put_text(s->journal, name, markdown);
}

double lab_session_speed(const struct lab_session *s)
{
    return s->speed > 0 ? s->speed : 1;
}

unsigned lab_session_time(const struct lab_session *s)
{
    return (s->patient ? LAB_TIME_PATIENT : 0u) | (s->stepping ? LAB_TIME_STEPPED : 0u);
}

static const char *time_text(unsigned before, unsigned now)
{
    if ((before ^ now) & LAB_TIME_PATIENT)
        return now & LAB_TIME_PATIENT
                   ? _("no kernel gives up now: its limits for sending again are raised; every timer runs on")
                   : _("the kernels give up again by their own limits");
    return now & LAB_TIME_STEPPED ? _("programs stop before each call") : _("programs run");
}

int lab_session_update_time(struct lab_session *s, struct net_error *err)
{
    struct net_wire_settings settings = {0};
    if (s->engine.wire)
        net_wire_get(s->engine.wire, &settings);
    bool patient = s->engine.wire &&
                   (s->stepping || settings.mode == NET_WIRE_HELD || net_fault_is_on(&settings.faults, NET_FAULT_HOLD));
    int result = net_hosts_be_patient(&s->engine.hosts, patient, err);
    s->patient = net_hosts_are_patient(&s->engine.hosts);
    unsigned before = s->own->time_noted, now = lab_session_time(s);
    if (now != before) {
        s->own->time_noted = now;
        lab_session_note(s, LAB_NOTE_TIME, now, time_text(before, now));
    }
    return result;
}

/* ---- the rest ---- */

struct lab_session *lab_session_open(const struct lab_session_spec *spec, struct net_error *err)
{
    struct lab_session *s = calloc(1, sizeof *s);
    struct net_engine_spec engine = {.mode = spec->mode, .bind_ip = spec->bind_ip};
    if (s)
        s->own = calloc(1, sizeof *s->own);
    if (!s || !s->own || net_engine_open(&s->engine, &engine, err) < 0) {
        if (!s || !s->own)
            net_fail_errno(err, "malloc");
        free(s ? s->own : NULL);
        free(s);
        return NULL;
    }
    s->spec = *spec;
    s->own->input_fd = -1;
    s->journal = lab_journal_new();
    s->state = lab_state_new();
    s->own->past = spec->headless ? NULL : lab_past_new();
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
    lab_runner_drop(&s->own->prompt, false);
    lab_runner_drop(&s->own->scripted, false);
    lab_script_free(s->own->script);
    for (unsigned kept = 0; kept < LAB_KEPTS; kept++)
        lab_session_keep(s, kept, NULL, NULL);
    net_engine_clear(&s->engine, NULL, NULL); /* with somebody to listen, the actors end at once */
    net_engine_close(&s->engine);
    while (s->sysctls) {
        struct lab_kept_sysctl *kept = s->sysctls;
        s->sysctls = kept->next;
        free(kept);
    }
    lab_past_free(s->own->past);
    lab_state_free(s->state);
    lab_journal_free(s->journal);
    lab_scope_fini(&s->own->kept);
    free(s->marks);
    free(s->own);
    free(s);
}

void lab_session_keep(struct lab_session *s, enum lab_kept kept, void *thing, void (*drop)(void *))
{
    if (s->kept[kept].thing)
        s->kept[kept].drop(s->kept[kept].thing);
    s->kept[kept].thing = thing;
    s->kept[kept].drop = drop;
}

struct net_engine *lab_session_engine(struct lab_session *s)
{
    return &s->engine;
}

const struct lab_journal *lab_session_journal(const struct lab_session *s)
{
    return s->journal;
}

const struct lab_past *lab_session_past(const struct lab_session *s)
{
    return s->own->past;
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
    return s->own->broken || net_engine_lost(&s->engine);
}

void lab_session_on_reply(struct lab_session *s, lab_reply_fn *reply, void *user)
{
    s->own->reply = reply;
    s->own->reply_user = user;
}

void lab_session_on_forget(struct lab_session *s, lab_forget_fn *forget, void *user)
{
    s->own->forget = forget;
    s->own->forget_user = user;
}
