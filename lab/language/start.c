// SPDX-License-Identifier: GPL-3.0-or-later
// The words behind `server`, `client`, `clients`, `start` and `hand`.

#include "lab/language/start.h"

#include "lab/base/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *lab_program_short(const struct net_program *program)
{
    return strncmp(program->name, "tcp_server_", 11) == 0
               ? program->name + 11
               : program->name + 4 * (strncmp(program->name, "tcp_", 4) == 0);
}

bool lab_program_takes(const struct net_program *program, const char *word, size_t n)
{
    struct net_parameter parameter;
    for (size_t i = 0; net_program_parameter(program, i, &parameter) == 0; i++)
        if (strlen(parameter.name) == n && strncmp(parameter.name, word, n) == 0)
            return true;
    return false;
}

/* ---- reading ---- */

struct start_reader {
    const struct lab_start_form *form;
    const struct lab_word *words;
    size_t count, at;
    const struct lab_language *language;
    struct lab_start *start;
    bool message_given;
    struct net_error *err;
};

bool lab_start_may(const struct lab_start_form *form, const struct net_program *program)
{
    return !*form->base || !program->is_client;
}

static int unknown_program(const struct start_reader *r, const char *word)
{
    char known[120] = "";
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; i < net_program_count; i++) {
        const char *name = lab_program_short(&net_programs[i]);
        size_t used = strlen(known);
        if (!lab_start_may(r->form, &net_programs[i]))
            continue;
        lab_nearest_offer(&nearest, name);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", name);
    }
    if (!*word)
        return net_fail(r->err, 0, NULL, "which program? there are: %s; or a file of yours, as in ./server.c", known);
    return net_fail(r->err, 0, NULL,
                    "there is no program `%.40s`: there are %s%s; a file is named with its folder, "
                    "as in ./%.40s",
                    word, known, lab_nearest_hint(&nearest), word);
}

bool lab_start_is_file(const struct lab_start_form *form, const struct lab_word *word)
{
    const char *text = word->text;
    bool begins = *text == '/' || strncmp(text, "./", 2) == 0 || strncmp(text, "../", 3) == 0 ||
                  strncmp(text, "~/", 2) == 0;
    if (form->is_hand || form->is_crowd || net_program_find(text))
        return false;
    if (!form->needs_program)
        return begins;
    size_t n = strlen(text);
    return begins || word->kind == LAB_QUOTED || strpbrk(text, "/ ") || (n > 2 && strcmp(text + n - 2, ".c") == 0);
}

static int read_file(struct start_reader *r)
{
    if (r->words[r->at].bytes != strlen(r->words[r->at].text))
        return net_fail(r->err, 0, NULL, "no file has a zero byte in its name");
    r->start->program = NULL;
    r->start->file = strdup(r->words[r->at].text);
    r->at++;
    return r->start->file ? 0 : net_fail_errno(r->err, "malloc");
}

static int read_program(struct start_reader *r)
{
    if (r->at < r->count && lab_start_is_file(r->form, &r->words[r->at]))
        return read_file(r);
    const char *word = r->at < r->count ? r->words[r->at].text : "";
    const struct net_program *program = net_program_find(word);
    if (!program || !lab_start_may(r->form, program))
        return unknown_program(r, word);
    r->start->program = program;
    if (!*r->form->base)
        r->start->host = program->is_client ? NET_CLIENT : NET_SERVER;
    r->at++;
    return 0;
}

static int unknown_parameter(const struct start_reader *r, const char *word, size_t n)
{
    char wrong[40], known[100] = "";
    struct net_parameter parameter;
    struct lab_nearest nearest;
    snprintf(wrong, sizeof wrong, "%.*s", (int)(n > 39 ? 39 : n), word);
    lab_nearest_init(&nearest, wrong);
    for (size_t i = 0; net_program_parameter(r->start->program, i, &parameter) == 0; i++) {
        size_t used = strlen(known);
        lab_nearest_offer(&nearest, parameter.name);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", parameter.name);
    }
    if (!*known)
        return net_fail(r->err, 0, NULL, "%s has no parameter `%s`: it takes none", r->start->program->name, wrong);
    return net_fail(r->err, 0, NULL, "%s has no parameter `%s`: it takes %s%s", r->start->program->name, wrong, known,
                    lab_nearest_hint(&nearest));
}

static int add_argument(struct start_reader *r, const char *argument)
{
    struct lab_start *start = r->start;
    if (start->argument_count == LAB_ARGUMENTS)
        return net_fail(r->err, 0, NULL, "too many parameters: at most %d", LAB_ARGUMENTS);
    char *copy = strdup(argument);
    if (!copy)
        return net_fail_errno(r->err, "malloc");
    start->argument[start->argument_count++] = copy;
    return 0;
}

static int read_parameter(struct start_reader *r)
{
    const char *word = r->words[r->at].text;
    size_t n = strcspn(word, "=");
    if (!lab_program_takes(r->start->program, word, n))
        return unknown_parameter(r, word, n);
    return add_argument(r, word);
}

/* `client hello`: the message, when the program takes one. */
static int read_message(struct start_reader *r)
{
    char *argument = NULL;
    if (asprintf(&argument, "message=%s", r->words[r->at].text) < 0)
        return net_fail_errno(r->err, "malloc");
    int result = add_argument(r, argument);
    free(argument);
    r->message_given = true;
    return result;
}

/* `clients 200` */
static int read_count(struct start_reader *r)
{
    const char *word = r->at < r->count ? r->words[r->at].text : "";
    char argument[24], *end;
    long count = strtol(word, &end, 10);
    if (!*word || *end || count < 1 || count > LAB_CLIENTS_MAX)
        return *word ? net_fail(r->err, 0, NULL, "how many clients? a number from 1 to %d, not `%.40s`",
                                LAB_CLIENTS_MAX, word)
                     : net_fail(r->err, 0, NULL, "how many clients? a number from 1 to %d", LAB_CLIENTS_MAX);
    snprintf(argument, sizeof argument, "count=%ld", count);
    r->at++;
    return add_argument(r, argument);
}

/* A name that is nearly one of the two ways is a way that was mistyped; "thread1" is a name. */
static int refuse_mistyped(const struct start_reader *r, const char *word)
{
    static const char *const ways[] = {"process", "thread"};
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strncmp(word, ways[i], strlen(ways[i])) != 0)
            lab_nearest_offer(&nearest, ways[i]);
    if (nearest.distance != 1)
        return 0;
    return net_fail(r->err, 0, NULL, "as `%.40s`%s A name so near to that could be mistaken for it.", word,
                    lab_nearest_hint(&nearest));
}

static int read_as(struct start_reader *r)
{
    if (++r->at >= r->count)
        return net_fail(r->err, 0, NULL, "as what? `as process`, `as thread`, or `as NAME`");
    const char *word = r->words[r->at].text;
    bool process = strcmp(word, "process") == 0;
    if (r->start->file && strcmp(word, "thread") == 0)
        return net_fail(r->err, 0, NULL, "a program of yours is a process of its own, never a thread of the lab");
    if (process || strcmp(word, "thread") == 0) {
        r->start->as = process ? NET_AS_PROCESS : NET_AS_THREAD;
        return 0;
    }
    if (refuse_mistyped(r, word) < 0 || lab_name_check(r->language, word, r->err) < 0)
        return -1;
    if (*r->start->name)
        return net_fail(r->err, 0, NULL, "`%.40s` cannot stand here: the name is `%s` already", word, r->start->name);
    snprintf(r->start->name, sizeof r->start->name, "%s", word);
    return 0;
}

static int read_on(struct start_reader *r)
{
    if (++r->at >= r->count)
        return net_fail(r->err, 0, NULL, "on which host? `on server` or `on client`");
    return lab_word_host(r->words[r->at].text, &r->start->host, r->err);
}

static int read_clause(struct start_reader *r)
{
    const struct lab_word *word = &r->words[r->at];
    bool plain = word->kind == LAB_WORD;
    if (plain && strcmp(word->text, "as") == 0)
        return read_as(r);
    if (plain && strcmp(word->text, "on") == 0)
        return read_on(r);
    if (r->start->file) /* as it stands: the program knows what it means */
        return add_argument(r, word->text);
    if (r->form->is_hand) {
        if (*r->start->name)
            return net_fail(r->err, 0, NULL, "`%.40s` cannot stand here: hand [NAME] [on HOST] [as process|thread]",
                            word->text);
        if (lab_name_check(r->language, word->text, r->err) < 0)
            return -1;
        snprintf(r->start->name, sizeof r->start->name, "%s", word->text);
        return 0;
    }
    if (plain && strchr(word->text, '='))
        return read_parameter(r);
    if (!r->message_given && lab_program_takes(r->start->program, "message", 7))
        return read_message(r);
    return unknown_parameter(r, word->text, strlen(word->text));
}

static int read_all(struct start_reader *r)
{
    if (r->form->program) {
        r->start->program = net_program_find(r->form->program);
        if (!r->start->program)
            return net_fail(r->err, 0, NULL, "this build has no program %s", r->form->program);
    }
    if (r->form->program && r->count > 0 && lab_start_is_file(r->form, &r->words[0]) && read_file(r) < 0)
        return -1;
    if ((r->form->needs_program && read_program(r) < 0) || (r->form->is_crowd && read_count(r) < 0))
        return -1;
    for (; r->at < r->count; r->at++)
        if (read_clause(r) < 0)
            return -1;
    return 0;
}

int lab_start_read(const struct lab_language *language, const struct lab_start_form *form, const struct lab_word *words,
                   size_t count, struct lab_start **out, size_t *bad, struct net_error *err)
{
    struct start_reader r = {.form = form,
                             .words = words,
                             .count = count,
                             .language = language,
                             .start = calloc(1, sizeof *r.start),
                             .err = err};
    if (!r.start)
        return net_fail_errno(err, "malloc");
    r.start->host = form->host;
    if (read_all(&r) < 0) {
        *bad = r.at;
        lab_start_free(r.start);
        return -1;
    }
    *out = r.start;
    return 0;
}

void lab_start_free(struct lab_start *start)
{
    if (!start)
        return;
    for (size_t i = 0; i < start->argument_count; i++)
        free(start->argument[i]);
    free(start->file);
    free(start);
}
