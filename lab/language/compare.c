// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/language/compare.h"

#include "lab/base/text.h"
#include "lab/base/nearest.h"
#include "lab/language/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS_PRESET = 200, ROUNDS_PRESET = 3 };

/* The pool and prefork answer once: who stayed with its client would keep all others waiting. */
const struct lab_comparable *lab_comparable_at(size_t i)
{
    static const struct lab_comparable all[] = {
        {.program = "fork", .given = "repeat=yes"},
        {.program = "pthread", .given = "repeat=yes"},
        {.program = "pool", .given = ""},
        {.program = "select", .given = ""},
        {.program = "poll", .given = ""},
        {.program = "epoll", .given = ""},
        {.program = "edge", .given = ""},
        {.program = "prefork", .given = "repeat=no"},
        {.program = "single", .refused = N_("single cannot be compared: it serves one client and ends")},
        {.program = "single_book", .refused = N_("single_book cannot be compared: it serves one client and ends")},
        {.program = "fork_book", .refused = N_("fork_book cannot be compared: it answers once and leaves")},
        {.program = "pthread_book", .refused = N_("pthread_book cannot be compared: it answers once and leaves")},
        {.program = "log", .refused = N_("log cannot be compared: it serves one client after the other")},
        {.program = "dual", .refused = N_("dual cannot be compared: it serves one client after the other")},
        {.program = "counter",
         .refused = N_("counter cannot be compared: it counts for each message, which would be all that is measured")},
        {.program = "file", .refused = N_("file cannot be compared: it sends a file and answers no message")},
        {.program = "hangup", .refused = N_("hangup cannot be compared: it hangs up on its clients and answers none")},
    };
    return i < sizeof all / sizeof all[0] ? &all[i] : NULL;
}

struct compare_reader {
    struct lab_compare_spec *spec;
    struct net_error *err;
};

static const struct lab_comparable *find(const char *name)
{
    const struct net_program *program = net_program_find(name);
    const struct lab_comparable *known;
    for (size_t i = 0; program && (known = lab_comparable_at(i)); i++)
        if (strcmp(known->program, lab_program_short(program)) == 0)
            return known;
    return NULL;
}

static int unknown_server(const struct compare_reader *r, const char *word)
{
    char known[100] = "";
    struct lab_nearest nearest;
    const struct lab_comparable *server;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; (server = lab_comparable_at(i)); i++) {
        if (server->refused)
            continue;
        lab_nearest_offer(&nearest, server->program);
        lab_append(known, sizeof known, "%s%s", *known ? ", " : "", server->program);
    }
    return net_fail(r->err, 0, NULL, "`%.40s` is no server that can be compared: there are %s%s", word, known,
                    lab_nearest_hint(&nearest));
}

static int read_server(struct compare_reader *r, const char *word)
{
    struct lab_compare_spec *spec = r->spec;
    const struct lab_comparable *server = find(word);
    if (!server)
        return unknown_server(r, word);
    if (server->refused)
        return net_fail(r->err, 0, NULL, "%s", _(server->refused));
    for (size_t i = 0; i < spec->count; i++)
        if (spec->servers[i] == server)
            return net_fail(r->err, 0, NULL, "%s stands there twice: once is enough, rounds=N repeats all of them",
                            server->program);
    if (spec->count == LAB_COMPARED_MAX)
        return net_fail(r->err, 0, NULL, "too many servers: at most %d", LAB_COMPARED_MAX);
    spec->servers[spec->count++] = server;
    return 0;
}

static int read_number(const struct compare_reader *r, const char *name, const char *word, int64_t most, unsigned *out)
{
    int64_t number;
    if (lab_word_number(word, 1, most, &number, NULL) < 0)
        return net_fail(r->err, 0, NULL, "%s=%.40s is of no use: expected a number from 1 to %lld", name, word,
                        (long long)most);
    *out = (unsigned)number;
    return 0;
}

static int read_message(const struct compare_reader *r, const char *word)
{
    size_t bytes = strlen(word);
    if (bytes == 0 || bytes >= LAB_COMPARE_MESSAGE_BYTES || strchr(word, '\n'))
        return net_fail(r->err, 0, NULL, "message= takes one line of 1 to %d bytes", LAB_COMPARE_MESSAGE_BYTES - 1);
    memcpy(r->spec->message, word, bytes + 1);
    return 0;
}

static int unknown_parameter(const struct compare_reader *r, const char *word)
{
    char name[40];
    struct lab_nearest nearest;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    lab_nearest_init(&nearest, name);
    lab_nearest_offer(&nearest, "clients");
    lab_nearest_offer(&nearest, "message");
    lab_nearest_offer(&nearest, "rounds");
    return net_fail(r->err, 0, NULL, "compare has no parameter `%s`: it takes clients, message, rounds%s", name,
                    lab_nearest_hint(&nearest));
}

static int read_word(struct compare_reader *r, const char *word)
{
    if (!strchr(word, '='))
        return read_server(r, word);
    if (strncmp(word, "clients=", 8) == 0)
        return read_number(r, "clients", word + 8, LAB_CLIENTS_MAX, &r->spec->clients);
    if (strncmp(word, "rounds=", 7) == 0)
        return read_number(r, "rounds", word + 7, LAB_ROUNDS_MAX, &r->spec->rounds);
    if (strncmp(word, "message=", 8) == 0)
        return read_message(r, word + 8);
    return unknown_parameter(r, word);
}

int lab_compare_read(const struct lab_word *words, size_t count, struct lab_compare_spec **out, size_t *bad,
                     struct net_error *err)
{
    struct compare_reader r = {.spec = calloc(1, sizeof *r.spec), .err = err};
    int result = 0;
    if (!r.spec)
        return net_fail_errno(err, "malloc");
    r.spec->clients = CLIENTS_PRESET;
    r.spec->rounds = ROUNDS_PRESET;
    for (*bad = 0; result == 0 && *bad < count; *bad += result == 0)
        result = read_word(&r, words[*bad].text);
    if (result == 0 && r.spec->count == 0)
        result = net_fail(err, 0, NULL, "which servers? as in: compare fork pthread pool epoll clients=%d",
                          CLIENTS_PRESET);
    if (result == 0)
        *out = r.spec;
    else
        free(r.spec);
    return result;
}
