// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The command `compare`: servers side by side, each with the same clients.
 *
 * For each server in turn, and that for each round, so that whatever changes on this machine meanwhile changes for all:
 *
 *   server fork repeat=yes backlog=200 as process      the lab is empty; the server sleeps in accept()
 *   (how many context switches had its tasks so far?)
 *   clients 200 hold=ever patience=20                  all at once; each stays when it was answered
 *   (until each was answered or has failed, and the server sleeps again)
 *   (memory and context switches of each of its tasks, now that all clients are connected)
 *
 * The servers are processes, so that the kernel counts for them alone. Times come from the journal
 * (lab/compare/clients.h): they are taken by the clients' own thread, with every call and segment recorded, which costs
 * all servers the same for each call. Nothing is asked of the kernel while the clients wait. Clients stay connected
 * because a server's need is to be seen at its largest, and does not depend then on how many children happened to live
 * at once; what the end of a child or thread costs is therefore not in the times.
 *
 * It is a command like others: it waits by returning, and asks the kernel for a few tasks at a time.
 */
#include "lab/base/columns.h"
#include "lab/base/text.h"
#include "lab/commands/rows.h"
#include "lab/compare/clients.h"
#include "lab/compare/measure.h"
#include "lab/language/compare.h"
#include "lab/session/inner.h"
#include "net/base/message.h"
#include "net/engine.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t SECOND_NS = 1000000000, SETTLE_NS = 2000000000, SLICE_NS = 2000000;
enum { PATIENCE_S = 20, LINE_BYTES = 4 * LAB_COMPARE_MESSAGE_BYTES + 200, BAR_COLUMNS = 40, VALUE_COLUMNS = 15 };
enum { OWN_DESCRIPTORS = 6, ERROR_COLUMNS = 180, REASONS_COLUMNS = 100 };

enum step { START, STARTING, CLIENTS, SERVE, SETTLE, COUNT, NEXT };

/* One server over all rounds. */
struct entry {
    struct lab_round rounds[LAB_ROUNDS_MAX];
    uint64_t *waited_ns;
    size_t waited_count;
    char said[LAB_MEASURED_SAID_BYTES];
};

struct lab_comparison {
    struct lab_compare_spec spec;
    struct entry entry[LAB_COMPARED_MAX];
    unsigned round;
    size_t at; /* the server whose turn it is */
    enum step step;
    struct lab_runner inner;
    uint32_t server;   /* actor */
    size_t began;      /* journal index: nothing before it is of this server */
    size_t task;       /* index in the state of the next one to be counted */
    uint64_t limit_ns; /* when no more is waited for */
    uint64_t idle_switches[2], idle_private_bytes;
    struct lab_clients clients;
};

static void comparison_free(struct lab_comparison *c)
{
    if (!c)
        return;
    lab_runner_drop(&c->inner, false);
    lab_clients_fini(&c->clients);
    for (size_t i = 0; i < LAB_COMPARED_MAX; i++)
        free(c->entry[i].waited_ns);
    free(c);
}

static struct entry *entry_of(struct lab_comparison *c)
{
    return &c->entry[c->at];
}

static struct lab_round *round_of(struct lab_comparison *c)
{
    return &entry_of(c)->rounds[c->round];
}

/* The first thing that went wrong with a server is what is said of it. */
static void say(struct lab_comparison *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct lab_comparison *c, const char *format, ...)
{
    va_list args;
    char *said = entry_of(c)->said;
    if (*said)
        return;
    va_start(args, format);
    vsnprintf(said, LAB_MEASURED_SAID_BYTES, net_message(format), args);
    va_end(args);
}

/* So much of what went wrong with a command is said. */
static int error_bytes(const struct lab_comparison *c)
{
    return (int)lab_columns_cut(c->inner.error.text, ERROR_COLUMNS);
}

/* ---- the server -------------------------------------------------------------------------------------------------- */

/* The last line that the server printed to stderr, since it began, as one that is safe to show; "" none. */
static const char *last_complaint(const struct lab_comparison *c, const struct lab_session *s, char *out,
                                  size_t out_bytes)
{
    *out = '\0';
    for (size_t i = lab_journal_count(s->journal); i-- > c->began && !*out;) {
        const struct net_event *ev = lab_journal_at(s->journal, i);
        if (ev->kind == NET_EV_OUTPUT && ev->actor == c->server && ev->u.output.fd == 2)
            snprintf(out, out_bytes, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
    }
    out[strcspn(out, "\n")] = '\0';
    for (char *byte = out; *byte; byte++)
        if (*byte < ' ' || *byte > '~')
            *byte = '?';
    return out;
}

/* What it said last stands behind what is said of it. */
static void say_complaint(struct lab_comparison *c, const struct lab_session *s)
{
    char complaint[100];
    if (*last_complaint(c, s, complaint, sizeof complaint))
        lab_append(entry_of(c)->said, LAB_MEASURED_SAID_BYTES, _(". It said: %s"), complaint);
}

static void say_dead(struct lab_comparison *c, const struct lab_session *s, bool is_serving)
{
    const struct lab_actor *server = lab_actor_by_id(s->state, c->server);
    unsigned answered = round_of(c)->answered;
    if (*entry_of(c)->said)
        return;
    if (!server)
        say(c, "it did not appear");
    else if (server->end.how == NET_END_SIGNAL && is_serving)
        say(c, "it was ended by %s when %u of %u clients had their answer", net_signal_name(server->end.signo),
            answered, c->spec.clients);
    else if (server->end.how == NET_END_SIGNAL)
        say(c, "it was ended by %s before a client came", net_signal_name(server->end.signo));
    else if (is_serving)
        say(c, "it ended with exit status %d when %u of %u clients had their answer", server->end.status, answered,
            c->spec.clients);
    else
        say(c, "it ended with exit status %d before a client came", server->end.status);
    say_complaint(c, s);
}

static bool is_alive(const struct lab_comparison *c, const struct lab_session *s)
{
    const struct lab_actor *server = lab_actor_by_id(s->state, c->server);
    return server && server->alive;
}

static enum lab_outcome start_server(struct lab_doing *d, struct lab_comparison *c)
{
    const struct lab_comparable *server = c->spec.servers[c->at];
    char line[120];
    if (lab_session_sweep(d->session))
        return lab_doing_fail(d, "the lab could not be emptied for the next server: `clear` says why");
    if (*server->given)
        snprintf(line, sizeof line, "server %s %s backlog=%u as process", server->program, server->given,
                 c->spec.clients);
    else
        snprintf(line, sizeof line, "server %s backlog=%u as process", server->program, c->spec.clients);
    c->server = 0;
    c->began = lab_journal_count(d->session->journal);
    c->step = lab_inner_begin(&c->inner, d, line) < 0 ? NEXT : STARTING;
    if (c->step == NEXT)
        say(c, "it could not be started: %.*s", error_bytes(c), c->inner.error.text);
    return LAB_DONE;
}

/* Its tasks before the first client comes: what they had then is not what the clients cost. */
static void count_idle(struct lab_comparison *c, struct lab_session *s)
{
    struct net_task_usage usage;
    c->idle_switches[0] = c->idle_switches[1] = c->idle_private_bytes = 0;
    for (size_t i = 0; i < s->state->task_count; i++) {
        const struct lab_task *task = &s->state->tasks[i];
        if (task->actor != c->server || !task->alive || net_task_usage(s->engine.actors, task->id, &usage) < 0)
            continue;
        c->idle_switches[0] += usage.voluntary;
        c->idle_switches[1] += usage.forced;
        c->idle_private_bytes += usage.private_bytes;
    }
}

static enum lab_outcome look_at_start(struct lab_doing *d, struct lab_comparison *c)
{
    switch (lab_inner_advance(&c->inner, d)) {
    case LAB_WAITS: return LAB_WAITS;
    case LAB_ERROR:
        say(c, "it could not be started: %.*s", error_bytes(c), c->inner.error.text);
        c->step = NEXT;
        return LAB_DONE;
    case LAB_DONE: break;
    }
    c->server = c->inner.doing.actor;
    c->step = CLIENTS;
    if (is_alive(c, d->session)) {
        count_idle(c, d->session);
    } else {
        say_dead(c, d->session, false);
        c->step = NEXT;
    }
    return LAB_DONE;
}

/* ---- the clients ------------------------------------------------------------------------------------------------- */

static enum lab_outcome start_clients(struct lab_doing *d, struct lab_comparison *c)
{
    char line[LINE_BYTES + 80], message[LINE_BYTES] = "";
    if (*c->spec.message)
        net_bytes_text((const uint8_t *)c->spec.message, strlen(c->spec.message), strlen(c->spec.message), message,
                       sizeof message);
    snprintf(line, sizeof line,
             *message ? "clients %u hold=ever patience=%d message=%s" : "clients %u hold=ever patience=%d",
             c->spec.clients, PATIENCE_S, message);
    lab_clients_fini(&c->clients);
    lab_clients_init(&c->clients, 0, lab_journal_count(d->session->journal));
    c->limit_ns = net_now_ns() + (PATIENCE_S + 10) * SECOND_NS;
    c->step = lab_inner_begin(&c->inner, d, line) < 0 ? NEXT : SERVE;
    if (c->step == NEXT)
        say(c, "its clients could not be started: %.*s", error_bytes(c), c->inner.error.text);
    return LAB_DONE;
}

/* All clients are answered or have failed, or their program is over. */
static bool is_served(const struct lab_comparison *c, const struct lab_session *s)
{
    const struct lab_actor *clients = lab_actor_by_id(s->state, c->clients.actor);
    return c->clients.answered + c->clients.failed >= c->spec.clients || (clients && !clients->alive);
}

static void say_failures(struct lab_comparison *c, const struct lab_session *s)
{
    char reasons[300];
    unsigned missing = c->spec.clients - round_of(c)->answered;
    if (!missing || *entry_of(c)->said)
        return;
    if (!is_alive(c, s)) {
        say_dead(c, s, true);
        return;
    }
    if (*lab_clients_reasons(&c->clients, reasons, sizeof reasons))
        say(c, "%u of %u clients had no answer: %.*s", missing, c->spec.clients,
            (int)lab_columns_cut(reasons, REASONS_COLUMNS), reasons);
    else
        say(c, "%u of %u clients had no answer", missing, c->spec.clients);
    say_complaint(c, s);
}

static int take_times(struct lab_comparison *c)
{
    struct entry *entry = entry_of(c);
    size_t count = entry->waited_count + c->clients.answered;
    uint64_t *all = reallocarray(entry->waited_ns, count + 1, sizeof *all);
    if (!all)
        return -1;
    if (c->clients.answered)
        memcpy(all + entry->waited_count, c->clients.waited_ns, c->clients.answered * sizeof *all);
    entry->waited_ns = all;
    entry->waited_count = count;
    round_of(c)->answered = c->clients.answered;
    round_of(c)->took_ns = c->clients.last_ns - (c->clients.last_ns ? c->clients.first_ns : 0);
    return 0;
}

static enum lab_outcome look_at_clients(struct lab_doing *d, struct lab_comparison *c)
{
    struct lab_session *s = d->session;
    if (c->inner.queue && lab_inner_advance(&c->inner, d) == LAB_ERROR) {
        say(c, "its clients could not be started: %.*s", error_bytes(c), c->inner.error.text);
        c->step = NEXT;
        return LAB_DONE;
    }
    c->clients.actor = c->inner.doing.actor;
    if (lab_clients_read(&c->clients, s->journal) < 0)
        return lab_doing_fail(d, "there is not enough memory for the times of %u clients", c->spec.clients);
    bool late = net_now_ns() >= c->limit_ns;
    if (!is_served(c, s) && !late) {
        if (!d->deadline_ns || d->deadline_ns > c->limit_ns)
            d->deadline_ns = c->limit_ns;
        return LAB_WAITS;
    }
    lab_runner_drop(&c->inner, false);
    if (take_times(c) < 0)
        return lab_doing_fail(d, "there is not enough memory for the times of %u clients", c->spec.clients);
    c->step = SETTLE;
    c->limit_ns = net_now_ns() + SETTLE_NS;
    return LAB_DONE;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

/* A child that has gone took its numbers with it. */
static unsigned count_ended(const struct lab_comparison *c, const struct lab_session *s)
{
    unsigned ended = 0;
    for (size_t i = 0; i < s->state->task_count; i++)
        ended += s->state->tasks[i].actor == c->server && !s->state->tasks[i].alive;
    return ended;
}

/* Clients may hear that a server fails before its end is known: what became of it is said when it is at rest. */
static enum lab_outcome settle(struct lab_doing *d, struct lab_comparison *c)
{
    d->deadline_ns = c->limit_ns;
    d->asks_kernel = true;
    if (!lab_settled(d, c->server))
        return LAB_WAITS;
    say_failures(c, d->session);
    c->step = is_alive(c, d->session) ? COUNT : NEXT;
    c->task = 0;
    d->asleep_ns = 0;
    return LAB_DONE;
}

static void count_task(struct lab_comparison *c, struct lab_session *s, const struct lab_task *task)
{
    struct lab_round *r = round_of(c);
    struct net_task_usage usage;
    if (net_task_usage(s->engine.actors, task->id, &usage) < 0)
        return;
    r->voluntary += usage.voluntary;
    r->forced += usage.forced;
    r->tasks++;
    if (task->kind == NET_TASK_THREAD)
        return;
    /* What the server had for itself when it was idle it may share with its children now: it is its own all the same.
     */
    bool is_first = task->kind == NET_TASK_MAIN;
    uint64_t own = is_first && usage.private_bytes < c->idle_private_bytes ? c->idle_private_bytes
                                                                           : usage.private_bytes;
    r->has_memory = usage.has_memory && (r->has_memory || is_first);
    r->memory_bytes += own + usage.table_bytes;
    r->processes++;
}

/* Some of them, then the others have their turn. */
static enum lab_outcome count(struct lab_doing *d, struct lab_comparison *c)
{
    struct lab_session *s = d->session;
    struct lab_round *r = round_of(c);
    uint64_t until_ns = net_now_ns() + SLICE_NS;
    for (; c->task < s->state->task_count; c->task++) {
        const struct lab_task *task = &s->state->tasks[c->task];
        if (task->actor != c->server || !task->alive)
            continue;
        if (net_now_ns() >= until_ns) {
            d->asks_kernel = true;
            d->deadline_ns = 0;
            return LAB_WAITS;
        }
        count_task(c, s, task);
    }
    r->is_counted = r->tasks > 0 && is_alive(c, s);
    r->voluntary -= r->voluntary < c->idle_switches[0] ? r->voluntary : c->idle_switches[0];
    r->forced -= r->forced < c->idle_switches[1] ? r->forced : c->idle_switches[1];
    unsigned ended = count_ended(c, s);
    if (ended)
        say(c,
            LAB_PLURAL(ended, "%u of its processes or threads had ended before it could be counted",
                       "%u of its processes or threads had ended before they could be counted"),
            ended);
    c->step = NEXT;
    return LAB_DONE;
}

/* ---- the result -------------------------------------------------------------------------------------------------- */

static void finish(struct lab_comparison *c, size_t i, struct lab_measured *measured)
{
    struct entry *entry = &c->entry[i];
    *measured = (struct lab_measured){.clients = c->spec.clients};
    snprintf(measured->program, sizeof measured->program, "%s", c->spec.servers[i]->program);
    snprintf(measured->said, sizeof measured->said, "%s", entry->said);
    lab_measured_finish(measured, entry->rounds, c->spec.rounds, entry->waited_ns, entry->waited_count);
}

static bool speaks_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool is = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale)
        freelocale(locale);
    return is;
}

static void show_measure(struct lab_session *s, const struct lab_measured *all, size_t count, enum lab_measure measure,
                         const char *cell)
{
    uint64_t most = lab_measure_most(all, count, measure);
    lab_reply(s, "%s", _(lab_measures[measure].title));
    for (size_t i = 0; i < count; i++) {
        char value[40], bar[BAR_COLUMNS * 4 + 1] = "";
        for (int n = lab_measure_bar(&all[i], measure, most, BAR_COLUMNS); n > 0; n--)
            strcat(bar, cell);
        int blanks = VALUE_COLUMNS - lab_columns(lab_measure_text(&all[i], measure, value, sizeof value));
        lab_reply(s, lab_measure_is_best(all, count, i, measure) ? "  %-8s %*s%s  %s best" : "  %-8s %*s%s  %s",
                  all[i].program, blanks > 0 ? blanks : 0, "", value, bar);
    }
}

static void show(struct lab_session *s, const struct lab_measured *all, size_t count)
{
    char head[200];
    const char *cell = speaks_utf8() ? "\xe2\x96\x88" : "#";
    lab_reply(s, "%s", lab_measure_head(all, count, head, sizeof head));
    for (unsigned measure = 0; measure < LAB_MEASURES; measure++)
        show_measure(s, all, count, (enum lab_measure)measure, cell);
    for (size_t i = 0; i < count; i++)
        if (*all[i].said)
            lab_reply(s, "%s: %s", all[i].program, all[i].said);
    for (unsigned measure = 0; measure < LAB_MEASURES; measure++)
        lab_reply(s, "%s: %s", _(lab_measures[measure].title), _(lab_measures[measure].about));
    lab_reply(s, "%s", _(lab_measures_caveat));
}

static void note(struct lab_session *s, const struct lab_measured *measured, size_t i, bool is_last)
{
    struct net_ev_note note = {.kind = LAB_NOTE_MEASURED, .id = (uint32_t)i, .flags = is_last ? LAB_MEASURED_LAST : 0};
    char *text = lab_measured_json(measured);
    if (text)
        net_engine_note(&s->engine, &note, text, strlen(text));
    free(text);
}

static enum lab_outcome conclude(struct lab_doing *d, struct lab_comparison *c)
{
    struct lab_session *s = d->session;
    struct lab_measured all[LAB_COMPARED_MAX];
    lab_session_sweep(s);
    for (size_t i = 0; i < c->spec.count; i++) {
        finish(c, i, &all[i]);
        note(s, &all[i], i, i + 1 == c->spec.count);
    }
    show(s, all, c->spec.count);
    lab_session_drain(s);
    return LAB_DONE;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool go_on(struct lab_comparison *c)
{
    struct lab_round *r = round_of(c);
    r->failed = c->spec.clients - r->answered;
    if (++c->at == c->spec.count) {
        c->at = 0;
        c->round++;
    }
    c->step = START;
    return c->round < c->spec.rounds;
}

/* "waits for ..." */
static void say_what_is_waited_for(struct lab_doing *d, const struct lab_comparison *c)
{
    const char *program = c->spec.servers[c->at]->program;
    if (c->step == START || c->step == STARTING)
        snprintf(d->what, sizeof d->what, _("%s to start, round %u of %u"), program, c->round + 1, c->spec.rounds);
    else if (c->step == CLIENTS || c->step == SERVE)
        snprintf(d->what, sizeof d->what, _("%s to answer all clients: %u of %u, round %u of %u"), program,
                 c->clients.answered, c->spec.clients, c->round + 1, c->spec.rounds);
    else
        snprintf(d->what, sizeof d->what, _("%s to be counted, round %u of %u"), program, c->round + 1, c->spec.rounds);
}

static enum lab_outcome advance(struct lab_doing *d, struct lab_comparison *c)
{
    switch (c->step) {
    case START: return start_server(d, c);
    case STARTING: return look_at_start(d, c);
    case CLIENTS: return start_clients(d, c);
    case SERVE: return look_at_clients(d, c);
    case SETTLE: return settle(d, c);
    case COUNT: return count(d, c);
    case NEXT: break;
    }
    return LAB_DONE;
}

/* As many clients at once as one process may have descriptors for (RLIMIT_NOFILE). */
static int check(const struct lab_compare_spec *spec, struct net_error *err)
{
    long limit = sysconf(_SC_OPEN_MAX), needed = (long)spec->clients + OWN_DESCRIPTORS;
    if (limit < 0 || needed <= limit)
        return 0;
    return net_fail(err, 0, NULL,
                    "%u clients need %ld descriptors, and a process may have %ld here (RLIMIT_NOFILE): ask for at "
                    "most clients=%ld, or start the lab after ulimit -n %ld",
                    spec->clients, needed, limit, limit - OWN_DESCRIPTORS, needed);
}

static int begin(struct lab_doing *d)
{
    if (check(d->command->compare, d->err) < 0)
        return -1;
    struct lab_comparison *c = d->own = calloc(1, sizeof *c);
    if (!c)
        return net_fail_errno(d->err, "malloc");
    c->spec = *d->command->compare;
    return 0;
}

static enum lab_outcome run_compare(struct lab_doing *d)
{
    if (d->phase == 0 && begin(d) < 0)
        return LAB_ERROR;
    if (d->phase == 0)
        lab_doing_next(d);
    struct lab_comparison *c = d->own;
    for (;;) {
        enum lab_outcome outcome = advance(d, c);
        say_what_is_waited_for(d, c);
        if (outcome != LAB_DONE)
            return outcome;
        lab_session_drain(d->session);
        if (c->step == NEXT && !go_on(c))
            return conclude(d, c);
    }
}

static void drop_comparison(struct lab_doing *d, bool given_up)
{
    (void)given_up;
    comparison_free(d->own);
}

/* ---- the rows ---- */

#define ASKS .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "compare", ASKS, .run = run_compare, .drop = drop_comparison,
     .help = N_("measure what servers need for the same crowd, here and now; the lab is emptied first"),
     .slots = {SLOT(SERVERS, "PROGRAM... [clients=N] [message=TEXT] [rounds=N]")}},
};
/* clang-format on */
const struct lab_family lab_family_compare = LAB_FAMILY(rows);
