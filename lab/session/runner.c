// SPDX-License-Identifier: GPL-3.0-or-later
// Commands carried out one after the other. One that waits is looked at again after every batch of events.

#include "lab/session/runner.h"
#include "net/base/message.h"
#include "net/base/plain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOON_NS = 1000000 };
static const uint64_t PACE_NS = 100000000;

/* ---- commands being carried out ---- */

enum lab_outcome lab_doing_wait(struct lab_doing *d, uint64_t limit_ns, bool asks_kernel, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(d->what, sizeof d->what, net_message(format), args);
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
    vsnprintf(d->err->text, sizeof d->err->text, net_message(format), args);
    va_end(args);
    net_plain(d->err->text, sizeof d->err->text);
    return LAB_ERROR;
}

bool lab_doing_at_prompt(const struct lab_doing *d)
{
    return d->command->place.from != LAB_FROM_SCRIPT;
}

struct net_ip lab_bound_ip(const struct lab_session *s, bool is_v6)
{
    const bool given = s->spec.binds_all || !net_ip_is_any(s->spec.bind_ip);
    if (given && s->spec.bind_ip.is_v6 == is_v6)
        return s->spec.bind_ip;
    return is_v6 ? NET_LOOPBACK_IP6 : NET_LOOPBACK_IP;
}

int lab_need_ipv6(const struct lab_doing *d, bool is_v6)
{
    if (!is_v6 || d->session->engine.hosts.has_ipv6)
        return 0;
    return net_fail(d->err, 0, NULL,
                    "the hosts have no IPv6, since this machine has it switched off (ipv6.disable=1, or "
                    "net.ipv6.conf.all.disable_ipv6); all else works");
}

int lab_doing_may_reach(const struct lab_doing *d, struct net_ip ip, bool listens)
{
    const struct lab_session *s = d->session;
    struct net_ip bound = s->spec.bind_ip;
    const bool all = s->spec.binds_all, is_open = all || (!net_ip_is_any(bound) && !net_ip_is_loopback(bound));
    if (s->engine.hosts.mode != NET_MODE_LOOPBACK || net_ip_is_loopback(ip) ||
        (!listens && net_ip_is_any(ip) /* here */))
        return 0;
    if (is_open && (!listens || all || net_ip_same(ip, bound)))
        return 0;
    return net_fail(d->err, 0, NULL,
                    listens
                        ? N_("on the machine's own loopback the lab binds to 127.0.0.1 only: start it with --bind to "
                             "open a port to the network")
                        : N_("on the machine's own loopback the lab connects to 127.0.0.1 only: start it with --bind "
                             "and an address of this machine to reach the network"));
}

struct lab_file_wish lab_doing_file(const struct lab_doing *d, const char *name, bool replace)
{
    const struct lab_session_spec *spec = &d->session->spec;
    return (struct lab_file_wish){.name = name,
                                  .reach = d->command->place.reach,
                                  .replace = replace,
                                  .headless = spec->headless,
                                  .standard = spec->out};
}

/* ---- one command ---- */

struct net_ev_note lab_note_of(const struct lab_session *s, enum lab_note_kind kind, const struct lab_command *command)
{
    char name[LAB_NAME_BYTES];
    struct net_ev_note note = lab_command_note(command);
    const char *subject = lab_command_subject(command, name);
    const struct lab_actor *actor = subject ? lab_find_actor(s, subject) : NULL;
    note.kind = (uint16_t)kind;
    note.subject = actor ? actor->id : 0;
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

void lab_doing_begin(struct lab_doing *d, struct lab_session *s, struct lab_command *command, struct net_error *err)
{
    *d = (struct lab_doing){.session = s, .command = command, .begun_ns = net_now_ns(), .err = err};
    snprintf(d->what, sizeof d->what, "%s", command->text);
    note_command(s, LAB_NOTE_COMMAND, command);
}

enum lab_outcome lab_doing_look(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_command *outer = s->carried;
    s->carried = d->command;
    s->depth++;
    enum lab_outcome outcome = d->command->row->run(d);
    s->depth--;
    s->carried = outer;
    return outcome;
}

void lab_doing_end(struct lab_doing *d, bool given_up)
{
    if (d->command->row->drop)
        d->command->row->drop(d, given_up);
    d->own = NULL;
}

/* ---- the queue ---- */

int lab_error_place(const struct lab_place *place, int column, struct net_error *err)
{
    if (place->from != LAB_FROM_SCRIPT || !*place->file || !err)
        return -1;
    struct net_error plain = *err;
    return net_fail(err, plain.code, plain.call, "%.60s:%d:%d: %s", place->file, place->line,
                    place->column + column - 1, plain.text);
}

void lab_runner_add(struct lab_runner *runner, struct lab_command *commands)
{
    struct lab_command **tail = &runner->queue;
    while (*tail)
        tail = &(*tail)->next;
    *tail = commands;
}

static void drop_command(struct lab_runner *runner, bool given_up)
{
    struct lab_command *done = runner->queue;
    if (runner->busy)
        lab_doing_end(&runner->doing, given_up);
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
        drop_command(runner, false);
    }
}

void lab_runner_drop(struct lab_runner *runner, bool given_up)
{
    while (runner->queue)
        drop_command(runner, given_up);
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
    drop_command(runner, false);
    return true;
}

/* What the command before has set in motion comes to rest first, so that two runs of one script can be compared. */
static bool is_too_soon(struct lab_session *s, struct lab_runner *runner)
{
    if (runner->busy || !runner->is_paced || (runner->queue->row->flags & LAB_ROW_ASKS))
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
        lab_doing_begin(&runner->doing, s, runner->queue, &runner->error);
    runner->busy = true;
    int phase = runner->doing.phase;
    switch (lab_doing_look(&runner->doing)) {
    case LAB_WAITS: return begins || phase != runner->doing.phase;
    case LAB_DONE:
        drop_command(runner, false);
        runner->is_over = true;
        return true;
    case LAB_ERROR:
        runner->errors++;
        runner->error_line = runner->queue->place.line;
        if (!runner->is_inside) {
            lab_error_place(&runner->queue->place, 1, &runner->error);
            note_error(s, runner->queue, &runner->error);
        }
        drop_line(runner);
        return true;
    }
    return false;
}

uint64_t lab_runner_deadline(const struct lab_runner *runner, uint64_t now_ns)
{
    if (!runner->queue)
        return 0;
    if (!runner->busy)
        return now_ns + (runner->paced_ns ? SOON_NS : 0);
    uint64_t soon_ns = runner->doing.asks_kernel ? now_ns + SOON_NS : 0, deadline_ns = runner->doing.deadline_ns;
    return soon_ns && (!deadline_ns || soon_ns < deadline_ns) ? soon_ns : deadline_ns;
}
