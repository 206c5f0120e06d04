// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What may stand at the cursor. The words before it decide the row, the row's slots what comes next; names,
 * descriptors, options and sysctls are those that there are now. Inside of quotes nothing is offered: what a learner
 * sends is his own.
 */

#include "lab/language/complete.h"

#include "lab/base/text.h"
#include "lab/language/complete_file.h"

#include "lab/language/compare.h"
#include "lab/state/segment_field.h"
#include "lab/language/start.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "net/data/info_field.h"
#include "net/data/segment_kind.h"
#include "net/data/sysctl_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct completion {
    const struct lab_named *named;
    struct lab_line line; /* the words before the one at the cursor, of the command it belongs to */
    size_t first;         /* the command's first word in line */
    char typed[128];      /* the word at the cursor, as far as it goes */
    lab_candidate_fn *out;
    void *user;
};

/* What it means, as it stands in a table, is looked up here. */
static void offer(struct completion *c, const char *word, const char *meaning)
{
    size_t n = strlen(c->typed);
    if (strncasecmp(word, c->typed, n) == 0)
        c->out(c->user, word, meaning ? _(meaning) : "");
}

static size_t count_words(const struct completion *c)
{
    return c->line.count - c->first;
}

static const char *word_at(const struct completion *c, size_t i)
{
    return i < count_words(c) ? c->line.words[c->first + i].text : "";
}

/* ---- things that there are --------------------------------------------------------------------------------------- */

static const char *actor_meaning(const struct lab_actor *actor, char *out, size_t out_bytes)
{
    const char *host = net_host_name(actor->host);
    if (actor->is_hand)
        snprintf(out, out_bytes, actor->alive ? _("hand on %s") : _("hand on %s, ended"), host);
    else
        snprintf(out, out_bytes, actor->alive ? _("%s on %s") : _("%s on %s, ended"), actor->program, host);
    return out;
}

static void offer_sockets_of(struct completion *c, const struct lab_actor *actor)
{
    const struct lab_state *state = c->named->state;
    for (size_t i = 0; i < state->socket_count; i++) {
        const struct lab_socket *socket = &state->sockets[i];
        char word[40];
        if (socket->owner_actor != actor->id || socket->fd < 0 || socket->now.state == NET_STATE_ABSENT)
            continue;
        snprintf(word, sizeof word, "%s.%d", actor->name, socket->fd);
        offer(c, word, net_state_name(socket->now.state));
    }
}

enum offered { ALIVE = 1, ENDED = 2, SOCKETS = 4, PROGRAMS_ONLY = 8 };

static void offer_actors(struct completion *c, unsigned what)
{
    const struct lab_state *state = c->named->state;
    uint64_t begun_ns = lab_experiment_ns(state, c->named->journal);
    char meaning[120];
    for (size_t i = 0; i < state->actor_count; i++) {
        const struct lab_actor *actor = &state->actors[i];
        bool stale = actor->start_ns < begun_ns ||
                     lab_actor_in_experiment(state, c->named->journal, actor->name) != actor;
        if (stale || !(what & (actor->alive ? ALIVE : ENDED)) || ((what & PROGRAMS_ONLY) && actor->is_hand))
            continue;
        offer(c, actor->name, actor_meaning(actor, meaning, sizeof meaning));
        if ((what & SOCKETS) && strchr(c->typed, '.'))
            offer_sockets_of(c, actor);
    }
}

static void offer_options(struct completion *c, bool settable)
{
    for (size_t i = 0; i < net_option_count; i++)
        if (!settable || net_options[i].can_set)
            offer(c, net_options[i].name, _(net_options[i].effect));
}

static void offer_option_values(struct completion *c, const char *name)
{
    const struct net_option *option = net_option_find(name);
    if (!option)
        return;
    if (option->type == NET_OPT_BOOL || option->type == NET_OPT_FILE_FLAG) {
        offer(c, "0", N_("switched off"));
        offer(c, "1", N_("switched on"));
    } else if (option->type == NET_OPT_LINGER) {
        offer(c, "0 0", N_("off: close() returns at once, the kernel goes on sending"));
        offer(c, "1 0", N_("close() throws unsent data away and sends RST"));
        offer(c, "1 5", N_("close() waits up to 5 s until all is confirmed"));
    } else if (*option->preset) {
        offer(c, option->preset, N_("the preset"));
    }
}

static void offer_signals(struct completion *c)
{
    for (size_t i = 0; net_signal_name_at(i); i++)
        offer(c, net_signal_name_at(i), "");
}

static void offer_states(struct completion *c)
{
    for (unsigned state = 1; state < NET_STATES; state++)
        offer(c, net_state_name(state), "");
}

static void offer_hosts(struct completion *c)
{
    for (unsigned host = 0; host < NET_HOSTS; host++)
        offer(c, net_host_name(host), "");
}

static void offer_list(struct completion *c, const char *list)
{
    char word[40];
    for (size_t i = 0; lab_word_at(list, i, word, sizeof word); i++)
        offer(c, word, "");
}

/* The flag behind the last + or | of what was typed. */
static void offer_flags(struct completion *c, const struct lab_flag *flags)
{
    const char *plus = strrchr(c->typed, '+'), *bar = strrchr(c->typed, '|');
    if (!plus || (bar && bar > plus))
        plus = bar;
    int before = plus ? (int)(plus + 1 - c->typed) : 0;
    for (; flags->name; flags++) {
        char word[200];
        snprintf(word, sizeof word, "%.*s%s", before, c->typed, flags->name);
        offer(c, word, flags->help);
    }
}

static void offer_keys(struct completion *c)
{
    for (const struct lab_flag *key = lab_segment_keys; key->name; key++)
        offer(c, key->name, key->help);
}

static void offer_sysctls(struct completion *c)
{
    const char *name;
    for (size_t i = 0; (name = net_sysctl_name_at(c->named->hosts, i)); i++)
        offer(c, name, net_sysctl_find(name) ? _(net_sysctl_find(name)->effect) : "");
    for (size_t i = 0; i < net_sysctl_count; i++)
        if (strncmp(net_sysctls[i].name, "net.", 4) == 0)
            offer(c, net_sysctls[i].name, _(net_sysctls[i].effect));
}

/* Those that are held; or of all the last ones. */
static void offer_segments(struct completion *c, bool held)
{
    enum { LAST = 20 };
    const struct lab_state *state = c->named->state;
    char word[32], meaning[200];
    for (size_t i = 0; i < state->segment_count; i++) {
        bool late = i + LAST >= state->segment_count;
        if (held ? state->segments[i].fate != NET_HELD : !late)
            continue;
        snprintf(word, sizeof word, "#%llu", (unsigned long long)state->segments[i].id);
        net_flags_text(state->segments[i].segment->flags, meaning, sizeof meaning);
        offer(c, word, meaning);
    }
}

static void offer_settings(struct completion *c)
{
    const struct lab_settings *settings = &c->named->settings;
    char word[LAB_SETTING_BYTES + 2];
    for (size_t i = 0; i < settings->count && i < LAB_SETTINGS_MAX; i++) {
        snprintf(word, sizeof word, "\"%s\"", settings->name[i]);
        offer(c, word, strcmp(settings->name[i], c->named->setting) == 0 ? N_("the one of this run") : "");
    }
}

/* ---- commands and verbs ------------------------------------------------------------------------------------------ */

/* The n-th word of commands whose words before it are those typed. */
static void offer_command_words(struct completion *c, size_t n)
{
    const struct lab_row *row;
    char own[40], last[40] = "";
    for (size_t i = 0; (row = lab_row_at(c->named->language, i)); i++) {
        bool fits = row->who == LAB_WHO_NOBODY;
        for (size_t k = 0; k < n && fits; k++)
            fits = lab_word_at(row->words, k, own, sizeof own) && strcmp(own, word_at(c, k)) == 0;
        if (!fits || !lab_word_at(row->words, n, own, sizeof own) || strcmp(own, last) == 0)
            continue;
        bool whole = !lab_word_at(row->words, n + 1, last, sizeof last);
        offer(c, own, whole ? row->help : "");
        snprintf(last, sizeof last, "%s", own);
    }
}

/* "c1.3" or "c1"; NULL when there is no such actor. */
static const struct lab_actor *actor_at(const struct completion *c, size_t i, int *fd)
{
    char name[LAB_NAME_BYTES];
    lab_socket_word(word_at(c, i), name, fd);
    return lab_actor_in_experiment(c->named->state, c->named->journal, name);
}

static void offer_verbs(struct completion *c)
{
    const struct lab_row *row, *before = NULL;
    int fd;
    const struct lab_actor *actor = actor_at(c, 0, &fd);
    if (!actor || !actor->alive)
        return;
    for (size_t i = 0; (row = lab_row_at(c->named->language, i)); before = row, i++) {
        bool fits = row->who == LAB_WHO_SOCKET || (row->who == LAB_WHO_HAND && actor->is_hand) ||
                    (row->who == LAB_WHO_ACTOR && fd < 0);
        bool can = actor->as_process || !(row->flags & LAB_ROW_OF_PROCESSES);
        if (fits && can && !lab_row_repeats(row, before))
            offer(c, row->words, row->help);
    }
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static void offer_programs(struct completion *c, const struct lab_start_form *form)
{
    for (size_t i = 0; i < net_program_count; i++)
        if (lab_start_may(form, &net_programs[i]))
            offer(c, lab_program_short(&net_programs[i]), net_programs[i].name);
}

static void offer_parameters(struct completion *c, const struct net_program *program)
{
    struct net_parameter parameter;
    char word[80];
    for (size_t i = 0; program && net_program_parameter(program, i, &parameter) == 0; i++) {
        snprintf(word, sizeof word, "%s=%s", parameter.name, parameter.preset);
        if (!strchr(parameter.preset, ' '))
            offer(c, word, _(parameter.help));
    }
}

static void offer_files(struct completion *c)
{
    offer(c, "./", N_("a file of yours: a program, or a source to be compiled"));
    lab_complete_file(c->typed, c->out, c->user);
}

static void complete_start(struct completion *c, const struct lab_row *row)
{
    const struct lab_start_form *form = row->start;
    const char *before = word_at(c, count_words(c) - 1);
    if (strcmp(before, "on") == 0) {
        offer_hosts(c);
        return;
    }
    if (strcmp(before, "as") == 0) {
        offer(c, "process", N_("a process of its own: its death is real"));
        offer(c, "thread", N_("a thread of the lab, as most programs are"));
        return;
    }
    if (form->is_crowd && count_words(c) == 1) {
        offer_list(c, "20 200 1000");
        return;
    }
    if (count_words(c) == 1 && !form->is_hand)
        offer_files(c);
    if (form->needs_program && count_words(c) == 1) {
        offer_programs(c, form);
        return;
    }
    if (!form->is_hand)
        offer_parameters(c, net_program_find(form->program ? form->program : word_at(c, 1)));
    offer(c, "as", N_("as process, as thread, or as NAME"));
    if (form->is_hand || !*form->base)
        offer(c, "on", N_("on server or on client"));
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

static void offer_predicates(struct completion *c)
{
    static const char words[] = "state was recv-queue send-queue ended alive printed signal children threads";
    offer_list(c, words);
    for (unsigned i = 1; i < NET_CALL_COUNT; i++)
        offer(c, net_call_row(i)->name, net_call_is(i, NET_BLOCKS) ? N_("may block") : "");
    offer_options(c, false);
}

static void offer_errors(struct completion *c)
{
    for (size_t i = 0; net_errno_name_at(i); i++)
        offer(c, net_errno_name_at(i), "");
}

static void complete_call(struct completion *c, const char *call, const char *before)
{
    bool polls = net_call_answers(net_call_number(call));
    if (strcmp(before, "=") == 0)
        offer_list(c, "0 -1");
    else if (strcmp(before, "-1") == 0)
        offer_errors(c);
    else if (strcmp(before, "took") == 0)
        offer_list(c, "< >=");
    else if (strcmp(before, "has") == 0 || strcmp(before, "only") == 0)
        offer_flags(c, lab_poll_answers);
    else
        offer_list(c, "blocks returns got took = != < > #1 #2");
    if (polls && strcmp(before, "has") == 0)
        offer(c, "only", N_("these and no other"));
    else if (polls && strcmp(before, call) == 0)
        offer(c, "has", N_("the events that it answered"));
}

static void offer_info_fields(struct completion *c)
{
    for (size_t i = 0; i < net_info_field_count; i++)
        offer(c, net_info_fields[i].name, net_info_fields[i].unit);
}

static void offer_values(struct completion *c, bool marks)
{
    for (size_t i = 0; c->named->kept && i < c->named->kept->value_count; i++) {
        const struct lab_named_value *value = &c->named->kept->values[i];
        if (marks && !value->value)
            offer(c, value->name, N_("a mark"));
    }
}

static void complete_segment(struct completion *c, const char *before)
{
    if (strcmp(before, "from") == 0 || strcmp(before, "to") == 0) {
        offer_hosts(c);
        return;
    }
    if (strcmp(before, "at") == 0) {
        offer_list(c, "least most");
        return;
    }
    offer_list(c, "SYN SYN+ACK FIN RST ACK PSH data probe from to without then x1 x2 at since");
    if (strcmp(before, "then") == 0)
        offer_list(c, "after within");
    for (const struct lab_segment_field *field = lab_segment_fields; field->word; field++)
        offer(c, field->word, field->help);
    for (unsigned kind = 0; kind < NET_SEGMENT_KINDS; kind++)
        offer(c, net_segment_kinds[kind].word, _(net_segment_kinds[kind].help));
}

/* compared MEASURE most|least|of PROGRAM */
static void complete_compared(struct completion *c, size_t words)
{
    const char *name;
    const struct lab_comparable *server;
    for (unsigned i = 0; words == 1 && (name = lab_measure_name(i)); i++)
        offer(c, name, i < LAB_MEASURES ? lab_measures[i].title : "");
    if (words == 2)
        offer_list(c, "most least of");
    for (size_t i = 0; words == 3 && (server = lab_comparable_at(i)); i++)
        if (!server->refused)
            offer(c, server->program, "");
    if (words == 4)
        offer_list(c, "=");
}

/* From word `at` of the command on: a condition. */
static void complete_condition(struct completion *c, size_t at)
{
    size_t n = count_words(c);
    if (strcmp(word_at(c, at), "not") == 0 || strcmp(word_at(c, at), "no") == 0)
        at++;
    const char *subject = word_at(c, at), *predicate = word_at(c, at + 1), *before = word_at(c, n - 1);
    if (n > at && strcmp(before, "since") == 0) {
        offer_values(c, true);
    } else if (n <= at) {
        offer_actors(c, ALIVE | ENDED | SOCKETS);
        offer_list(c, "segment sockets children threads wire quiet compared counter no not within");
    } else if (strcmp(subject, "segment") == 0) {
        complete_segment(c, before);
    } else if (strcmp(subject, "sockets") == 0) {
        n == at + 1 ? offer_hosts(c) : offer_states(c);
    } else if (strcmp(subject, "wire") == 0) {
        offer_list(c, "waiting open held cut unreachable");
    } else if (strcmp(subject, "compared") == 0) {
        complete_compared(c, n - at);
    } else if (strcmp(subject, "children") == 0) {
        offer_list(c, "zombie");
    } else if (n == at + 1) {
        offer_predicates(c);
    } else if (strcmp(predicate, "state") == 0 || strcmp(predicate, "was") == 0) {
        offer_states(c);
    } else if (strcmp(predicate, "ended") == 0 && n == at + 2) {
        offer_list(c, "exit signal");
    } else if (strcmp(before, "signal") == 0) {
        offer_signals(c);
    } else if (net_call_number(predicate)) {
        complete_call(c, predicate, before);
    } else if (strcmp(predicate, "TCP_INFO") == 0) {
        offer_info_fields(c);
    } else {
        offer_option_values(c, predicate);
    }
}

/* ---- slots ------------------------------------------------------------------------------------------------------- */

static void offer_calls_that_can_fail(struct completion *c)
{
    for (unsigned call = NET_CALL_NONE + 1; call < NET_CALL_COUNT; call++)
        if (net_call_can_fail(call))
            offer(c, net_call_row(call)->name, "");
}

static void complete_slot(struct completion *c, const struct lab_row *row, size_t i, size_t first)
{
    const struct lab_slot *slot = &row->slots[i];
    switch (slot->kind) {
    case LAB_SLOT_HOST: offer_hosts(c); break;
    case LAB_SLOT_KEYWORD: offer_list(c, slot->words); break;
    case LAB_SLOT_FLAGS: offer_flags(c, lab_message_flags); break;
    case LAB_SLOT_POLL: offer_flags(c, lab_poll_flags); break;
    case LAB_SLOT_NAMES: offer_flags(c, slot->names); break;
    case LAB_SLOT_SIGNAL: offer_signals(c); break;
    case LAB_SLOT_CALL: offer_calls_that_can_fail(c); break;
    case LAB_SLOT_ERRNO: offer_errors(c); break;
    case LAB_SLOT_COUNTS: offer_list(c, "after= times="); break;
    case LAB_SLOT_KEYS: offer_keys(c); break;
    case LAB_SLOT_OPTION: offer_options(c, i + 1 < LAB_SLOTS && slot[1].kind == LAB_SLOT_VALUES); break;
    case LAB_SLOT_VALUES: offer_option_values(c, word_at(c, first + i - 1)); break;
    case LAB_SLOT_SEGMENT: offer_segments(c, !(row->flags & LAB_ROW_ASKS)); break;
    case LAB_SLOT_ACTOR: offer_actors(c, ALIVE | ENDED); break;
    case LAB_SLOT_PROGRAM: offer_actors(c, ALIVE | PROGRAMS_ONLY); break;
    case LAB_SLOT_SOCKET: offer_actors(c, ALIVE | SOCKETS); break;
    case LAB_SLOT_SYSCTL: offer_sysctls(c); break;
    case LAB_SLOT_SETTING: offer_settings(c); break;
    case LAB_SLOT_ADDRESS:
        offer(c, "server:12345", N_("the server host, the chapter's port"));
        offer(c, "12345", N_("the chapter's port"));
        break;
    case LAB_SLOT_NONE:
    case LAB_SLOT_NUMBER:
    case LAB_SLOT_TIME:
    case LAB_SLOT_PERCENT:
    case LAB_SLOT_SHARE:
    case LAB_SLOT_TEXT:
    case LAB_SLOT_REST:
    case LAB_SLOT_FILE:
    case LAB_SLOT_ROW:
    case LAB_SLOT_START:
    case LAB_SLOT_SERVERS:
    case LAB_SLOT_CONDITION:
    case LAB_SLOT_KINDS: break;
    }
}

/* Each server once, and how many clients come. */
static void complete_servers(struct completion *c)
{
    const struct lab_comparable *server;
    for (size_t i = 0; (server = lab_comparable_at(i)); i++) {
        bool again = server->refused != NULL;
        for (size_t k = 1; k < count_words(c) && !again; k++)
            again = strcmp(word_at(c, k), server->program) == 0;
        if (!again)
            offer(c, server->program, "");
    }
    offer(c, "clients=200", N_("how many come at once, to each server"));
    offer(c, "rounds=3", N_("how many times; the middle one counts"));
    offer(c, "message=hello", N_("what each client sends"));
}

static void complete_help(struct completion *c)
{
    const struct lab_row *row, *before = NULL;
    for (size_t i = 0; (row = lab_row_at(c->named->language, i)); before = row, i++)
        if (!lab_row_repeats(row, before))
            offer(c, row->words, row->help);
}

/* The word at the cursor is the n-th behind the row's own words. An optional slot may be skipped, so the one after it
 * is offered too. */
static void complete_row(struct completion *c, const struct lab_row *row, size_t first)
{
    size_t n = count_words(c) - first;
    if (row->slots[0].kind == LAB_SLOT_START) {
        complete_start(c, row);
        return;
    }
    if (row->slots[0].kind == LAB_SLOT_SERVERS) {
        complete_servers(c);
        return;
    }
    if (row->slots[0].kind == LAB_SLOT_ROW) {
        complete_help(c);
        return;
    }
    for (size_t i = 0; i < LAB_SLOTS && row->slots[i].kind; i++) {
        bool within = strcmp(word_at(c, first + i), "within") == 0;
        if (row->slots[i].kind == LAB_SLOT_CONDITION && n >= i && !(within && n == i + 1))
            complete_condition(c, first + i + (within ? 2 : 0));
        else if (i == n || (i > n && row->slots[i - 1].optional && i == n + 1))
            complete_slot(c, row, i, first);
    }
}

static bool is_verb_line(const struct completion *c)
{
    const struct lab_language *language = c->named->language;
    int fd;
    if (!actor_at(c, 0, &fd))
        return false;
    return !lab_row_of_command(language, word_at(c, 0)) || count_words(c) == 1 ||
           lab_row_of_verb(language, word_at(c, 1));
}

static void complete_rows(struct completion *c, bool verb)
{
    const struct lab_row *row, *before = NULL;
    for (size_t i = 0; (row = lab_row_at(c->named->language, i)); i++) {
        char own[40];
        size_t first = verb, own_words = 0;
        bool fits = (row->who != LAB_WHO_NOBODY) == verb;
        for (; fits && lab_word_at(row->words, own_words, own, sizeof own); own_words++)
            fits = strcmp(own, word_at(c, first + own_words)) == 0;
        if (!fits || (lab_row_repeats(row, before) && row->slots[0].kind == LAB_SLOT_START))
            continue;
        before = row;
        complete_row(c, row, first + own_words);
    }
}

static void complete(struct completion *c)
{
    size_t n = count_words(c);
    if (n == 0) {
        offer_actors(c, ALIVE | SOCKETS);
        offer_command_words(c, 0);
        return;
    }
    bool verb = is_verb_line(c), command = lab_row_of_command(c->named->language, word_at(c, 0));
    if (n == 1 && verb)
        offer_verbs(c);
    if (command && !(verb && n > 1))
        offer_command_words(c, n);
    complete_rows(c, verb && n > 1);
    if (n == 1 && verb && command)
        complete_rows(c, false);
}

/* ---- the line ---------------------------------------------------------------------------------------------------- */

/* Where the word at the cursor begins; false inside of quotes. */
static bool find_start(const char *line, size_t at, size_t *start)
{
    bool quoted = false;
    *start = 0;
    for (size_t i = 0; i < at && line[i]; i++) {
        if (line[i] == '\\' && quoted && i + 1 < at)
            i++;
        else if (line[i] == '"')
            quoted = !quoted;
        else if ((line[i] == ' ' || line[i] == '\t') && !quoted)
            *start = i + 1;
    }
    return !quoted;
}

void lab_complete(const struct lab_named *named, const char *line, size_t at, size_t *start, lab_candidate_fn *out,
                  void *user)
{
    struct completion c = {.named = named, .out = out, .user = user};
    bool free_word = find_start(line, at, start);
    if (!free_word || at - *start >= sizeof c.typed)
        return;
    snprintf(c.typed, sizeof c.typed, "%.*s", (int)(at - *start), line + *start);
    char *before = strndup(line, *start);
    if (!before || lab_line_parse(before, &c.line, NULL, NULL) < 0) {
        free(before);
        return;
    }
    c.first = lab_line_last_command(&c.line);
    complete(&c);
    lab_line_fini(&c.line);
    free(before);
}
