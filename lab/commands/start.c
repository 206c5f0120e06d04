// SPDX-License-Identifier: GPL-3.0-or-later
// Starting actors: server, client, start, hand.

#include "lab/base/home.h"
#include "lab/commands/rows.h"
#include "lab/language/start.h"
#include "net/data/call.h"
#include "lab/language/word.h"
#include "lab/session/doing.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t SETTLE_NS = 2000000000, BUILD_NS = 120000000000;

static bool has_argument(const struct lab_start *start, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < start->argument_count; i++)
        if (strncmp(start->argument[i], name, n) == 0 && start->argument[i][n] == '=')
            return true;
    return false;
}

/*
 * The address that the program is told when the learner says none: a client's is the server's; a server on the
 * machine's own loopback must not listen to the network, so it is told the one that the lab may bind to.
 */
static bool default_address(const struct lab_session *s, const struct lab_start *start, char *out, size_t out_bytes)
{
    bool loopback = s->engine.hosts.mode == NET_MODE_LOOPBACK;
    char text[NET_IP_TEXT_BYTES];
    struct net_ip ip = s->engine.hosts.host[NET_SERVER].ip;
    if (!start->program || has_argument(start, "address") || !lab_program_takes(start->program, "address", 7))
        return false;
    if (!start->program->is_client) {
        if (!loopback)
            return false;
        ip = lab_bound_ip(s, false);
    }
    snprintf(out, out_bytes, "address=%s", net_ip_text(ip, text, sizeof text));
    return true;
}

/* What an actor is called when nobody says it: as its file, as far as that is a name here. */
static const char *name_of_file(const char *file, char *out, size_t room)
{
    size_t words = strcspn(file, " "), n = 0;
    const char *at = file + words;
    while (at > file && at[-1] != '/')
        at--;
    for (; at < file + words && *at != '.' && n + 4 < room; at++)
        if (isalnum((unsigned char)*at) || (*at == '_' && n > 0))
            out[n++] = (char)tolower((unsigned char)*at);
    out[n] = '\0';
    if (n == 0 || isdigit((unsigned char)*out))
        snprintf(out, room, "app");
    return out;
}

/* ---- files that programs are told ---- */

/* The parameters that name a file. What is not in here is held to it by net_confine() alone. */
static const struct {
    const char *program, *parameter;
    bool writes;
} files[] = {
    {"tcp_server_file", "file=", false}, {"tcp_server_log", "file=", true}, /* at its end */
};

/*
 * Which file an argument names, as it may be had: "file=PATH" in out. 0: it names none, or the standard output; 1: it
 * does; -1: it may not.
 */
static int reach_file(const struct lab_doing *d, const char *argument, char out[PATH_MAX + 16])
{
    enum lab_reach reach = d->command->place.reach;
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t n = strlen(files[i].parameter);
        if (strcmp(files[i].program, d->command->start->program->name) != 0 ||
            strncmp(argument, files[i].parameter, n) != 0 || (files[i].writes && strcmp(argument + n, "-") == 0))
            continue;
        if ((files[i].writes ? lab_reach_write(reach, argument + n, path, d->err)
                             : lab_reach_read(reach, argument + n, path, d->err)) < 0)
            return -1;
        snprintf(out, PATH_MAX + 16, "%s%s", files[i].parameter, path);
        return 1;
    }
    return 0;
}

/* At most one argument of a program names a file; argv is changed to what it may have. */
static int reach_files(const struct lab_doing *d, const char **argv, int argc, char text[PATH_MAX + 16])
{
    for (int i = 1; i < argc && d->command->start->program; i++) {
        int found = reach_file(d, argv[i], text);
        if (found < 0)
            return -1;
        if (found)
            argv[i] = text;
    }
    return 0;
}

/* Addresses that programs are told lead no further than those that hands are. A name other than localhost might. */
static int reach_address(const struct lab_doing *d, const char *argument)
{
    const struct net_program *program = d->command->start->program;
    struct net_ip ip;
    if (!program || strncmp(argument, "address=", 8) != 0)
        return 0;
    if (strcmp(argument + 8, "localhost") == 0)
        return 0;
    bool is_number = net_ip_read(argument + 8, &ip);
    if (is_number && lab_need_ipv6(d, ip.is_v6) < 0)
        return -1;
    if (is_number && ip.is_v6 && !program->takes_ipv6)
        return net_fail(d->err, 0, NULL,
                        "%s speaks IPv4 only: take `dual`, `fork` or another server, the client `client` or `clients`",
                        program->name);
    return lab_doing_may_reach(d, is_number ? ip : NET_IP4(UINT32_MAX), !program->is_client);
}

static int choose_name(struct lab_doing *d, char *name)
{
    const struct lab_start *start = d->command->start;
    const char *base = d->command->row->start->base;
    if (*start->name) {
        const struct lab_actor *actor = lab_find_actor(d->session, start->name);
        snprintf(name, LAB_NAME_BYTES, "%s", start->name);
        if (actor && actor->alive)
            return net_fail(d->err, 0, NULL,
                            "%s lives already, on the %s host: choose another name, or `%s kill` first", name,
                            net_host_name(actor->host), name);
        return 0;
    }
    struct lab_scope scope = {0};
    char file_name[LAB_NAME_BYTES];
    if (start->file && !*base)
        base = name_of_file(start->file, file_name, sizeof file_name);
    if (!*base)
        base = start->program->is_client ? lab_program_short(start->program) : "server";
    if (start->program == NULL && !start->file && start->host == NET_SERVER)
        base = "s";
    int result = lab_scope_add_state(&scope, d->session->state, d->session->journal);
    lab_scope_fresh(&scope, base, name);
    lab_scope_fini(&scope);
    return result < 0 ? net_fail_errno(d->err, "malloc") : 0;
}

/* ---- a program of the learner's ---- */

enum { LAB_OWN_WORDS = 32 };

/* A file to run, and the words that it is started with. */
struct own_program {
    char path[PATH_MAX];
    char text[PATH_MAX];
    const char *words[LAB_OWN_WORDS];
    size_t count;
};

/* `~` as a shell reads it. */
static void expand(const char *file, char *out, size_t room)
{
    const char *home = getenv("HOME");
    if (strncmp(file, "~/", 2) == 0 && home)
        snprintf(out, room, "%s%s", home, file + 1);
    else
        snprintf(out, room, "%s", file);
}

/* One file, blanks and all, if there is one of that name; else a command: "python3 srv.py", or several sources. */
static int read_own(struct lab_doing *d, struct own_program *own)
{
    const char *yours = d->session->spec.yours;
    if (d->command->place.reach == LAB_REACH_LESSON && !(yours && strcmp(d->command->start->file, yours) == 0))
        return net_fail(d->err, 0, NULL, "a lesson starts no program but the lab's: `programs` lists them");
    expand(d->command->start->file, own->text, sizeof own->text);
    own->count = 0;
    if (access(own->text, F_OK) == 0 || !strchr(own->text, ' ')) {
        own->words[own->count++] = own->text;
    } else {
        char *rest = own->text;
        for (char *word; (word = strsep(&rest, " ")) != NULL && own->count < LAB_OWN_WORDS;)
            if (*word)
                own->words[own->count++] = word;
    }
    return own->count ? 0 : net_fail(d->err, 0, NULL, "which program? the name is blank");
}

/* What it is run as: the file itself, or what was made of it; then its words are its own name alone. */
static int find_own(struct lab_doing *d, struct own_program *own)
{
    if (read_own(d, own) < 0)
        return -1;
    if (!d->own)
        return net_image_find(own->words[0], own->path, d->err);
    snprintf(own->path, sizeof own->path, "%s", net_build_program(d->own));
    own->count = 1;
    return 0;
}

/* 1: a compiler runs; 0: none has to; -1. */
static int begin_build(struct lab_doing *d)
{
    struct own_program own;
    if (!d->command->start->file)
        return 0;
    if (read_own(d, &own) < 0)
        return -1;
    if (!net_build_is_source(own.words, own.count))
        return 0;
    d->own = net_build_start(d->session->engine.actors, own.words, own.count, d->err);
    return d->own ? 1 : -1;
}

static void drop_start(struct lab_doing *d, bool given_up)
{
    (void)given_up;
    net_build_free(d->session->engine.actors, d->own);
}

static int start_actor(struct lab_doing *d)
{
    const struct lab_start *start = d->command->start;
    struct net_actor_spec spec = {.host = (enum net_host)start->host, .program = start->program, .as = start->as};
    const char *argv[LAB_ARGUMENTS + LAB_OWN_WORDS + 2];
    char address[40], file[PATH_MAX + 16], folder[PATH_MAX];
    struct own_program own;
    if (choose_name(d, spec.name) < 0)
        return -1;
    if (start->file) {
        if (find_own(d, &own) < 0)
            return -1;
        spec.file = own.path;
        for (size_t i = 0; i < own.count; i++)
            argv[spec.argc++] = own.words[i];
    } else {
        argv[spec.argc++] = start->program ? start->program->name : "hand";
    }
    for (size_t i = 0; i < start->argument_count; i++)
        argv[spec.argc++] = start->argument[i];
    for (size_t i = 0; i < start->argument_count; i++)
        if (reach_address(d, start->argument[i]) < 0)
            return -1;
    if (default_address(d->session, start, address, sizeof address))
        argv[spec.argc++] = address;
    if (reach_files(d, argv, spec.argc, file) < 0)
        return -1;
    if (d->command->place.reach == LAB_REACH_LESSON && start->program)
        spec.folder = lab_home_path("lessons", folder, sizeof folder, NULL) == 0 ? folder : "/nowhere";
    spec.argv = argv;
    spec.stepped = d->session->stepping && (start->program || start->file);
    d->actor = net_actor_start(d->session->engine.actors, &spec, d->err);
    return d->actor ? 0 : -1;
}

/* Both its events, the main thread's and its own first one, have come. */
static bool has_begun(const struct lab_state *state, uint32_t id)
{
    const struct lab_actor *actor = lab_actor_by_id(state, id);
    return actor && (!actor->alive || lab_task_by_id(state, actor->first_task));
}

/* The listener that a program has made; of one whose calls are not seen, the one that its host has got since. */
static const struct lab_socket *listener_of(const struct lab_session *s, const struct lab_actor *actor)
{
    const struct lab_state *state = s->state;
    for (size_t i = state->socket_count; i-- > 0;) {
        const struct lab_socket *socket = &state->sockets[i];
        bool is_its = socket->owner_actor == actor->id ||
                      (socket->owner_actor == 0 && socket->born_ns >= actor->start_ns);
        if (socket->host == actor->host && socket->now.state == NET_STATE_LISTEN && is_its)
            return socket;
    }
    return NULL;
}

/* What a learner asks first of a server of his own: where it can be reached. */
static void say_port(struct lab_doing *d)
{
    const struct lab_actor *actor = lab_actor_by_id(d->session->state, d->actor);
    char address[NET_ADDRESS_TEXT_BYTES], busy[300];
    if (!d->command->start->file || !actor || !actor->alive || strcmp(d->command->row->start->base, "server") != 0)
        return;
    net_engine_look(&d->session->engine);
    lab_session_drain(d->session);
    actor = lab_actor_by_id(d->session->state, d->actor);
    const struct lab_socket *socket = listener_of(d->session, actor);
    const struct lab_task *task = lab_task_by_id(d->session->state, actor->first_task);
    if (socket) {
        net_address_text(socket->now.local_ip, socket->now.local_port, address, sizeof address);
        lab_reply(d->session,
                  d->session->engine.hosts.mode == NET_MODE_LOOPBACK && net_ip_is_any(socket->now.local_ip)
                      ? "%s listens on %s, on this machine itself: others in the network reach it, unless it binds to "
                        "127.0.0.1"
                      : N_("%s listens on %s"),
                  actor->name, address);
    } else if (task && task->enter != LAB_NONE) {
        lab_reply(d->session, "%s does not listen yet: %s", actor->name,
                  lab_busy_text(d->session, task, busy, sizeof busy));
    } else {
        lab_reply(d->session, "%s does not listen yet: it waits in no call that is seen", actor->name);
    }
}

enum { BUILD, BUILDING, START, BEGINNING, SETTLING };

/* Done when the actor is known and nothing more comes by itself: a server then waits in accept, or has failed. */
static enum lab_outcome run_start(struct lab_doing *d)
{
    switch (d->phase) {
    case BUILD:
        switch (begin_build(d)) {
        case -1: return LAB_ERROR;
        case 0: d->phase = START; return run_start(d);
        }
        lab_doing_next(d);
        return lab_doing_wait(d, BUILD_NS, false, "%s to be compiled", d->command->start->file);
    case BUILDING:
        if (net_build_state(d->own) == NET_BUILD_RUNS)
            return lab_doing_late(d) ? lab_doing_fail(d, "the compiler has not ended in 2 min: it was ended")
                                     : LAB_WAITS;
        if (net_build_state(d->own) == NET_BUILD_FAILED) {
            net_build_why(d->own, d->err);
            return LAB_ERROR;
        }
        lab_doing_next(d);
        __attribute__((fallthrough));
    case START:
        if (start_actor(d) < 0)
            return LAB_ERROR;
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, false, "%s to start", d->command->text);
    case BEGINNING:
        if (!has_begun(d->session->state, d->actor))
            return lab_doing_late(d) ? lab_doing_fail(d, "the actor was started but never appeared") : LAB_WAITS;
        if (!d->command->start->program && !d->command->start->file)
            return LAB_DONE;
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, true, "%s to wait or end", d->command->text);
    default:
        if (!lab_settled(d, d->actor))
            return LAB_WAITS;
        say_port(d);
        return LAB_DONE;
    }
}

/* ---- the rows ---- */

static const struct lab_start_form server = {.base = "server", .needs_program = true, .host = NET_SERVER},
                                   client = {.base = "client", .program = "tcp_client", .host = NET_CLIENT},
                                   clients = {.base = "clients",
                                              .program = "tcp_clients",
                                              .is_crowd = true,
                                              .host = NET_CLIENT},
                                   any = {.base = "", .needs_program = true, .host = NET_SERVER},
                                   hand = {.base = "c", .is_hand = true, .host = NET_CLIENT};

#define START .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_START, .run = run_start, .drop = drop_start

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "server", START, .flags = LAB_ROW_ALSO_NAME, .start = &server,
     .help = N_("start a chapter program, or a file of yours, on the server host"),
     .slots = {SLOT(START, "PROGRAM|FILE [PARAMETER=VALUE...] [as process|thread] [as NAME]")}},
    {.words = "client", START, .flags = LAB_ROW_ALSO_NAME, .start = &client,
     .help = N_("start the chapter's client, or a file of yours, on the client host"),
     .slots = {SLOT(START, "[MESSAGE|FILE] [PARAMETER=VALUE...] [as process|thread] [as NAME]")}},
    {.words = "clients", START, .flags = LAB_ROW_ALSO_NAME, .start = &clients,
     .help = N_("start a crowd on the client host: N clients at once, from one program"),
     .slots = {SLOT(START, "N [message=TEXT] [hold=TIME] [rate=PER_SECOND] [PARAMETER=VALUE...] [as process|thread] "
                          "[as NAME]")}},
    {.words = "start", START, .start = &any,
     .help = N_("start any program on either host: one of the chapter, a file of yours, a command"),
     .slots = {SLOT(START, "PROGRAM|FILE|\"COMMAND\" [on HOST] [as NAME] [as process|thread] [PARAMETER=VALUE...]")}},
    {.words = "hand", START, .start = &hand,
     .help = N_("make a hand: an actor that does what you type, one call at a time"),
     .slots = {SLOT(START, "[NAME] [on HOST] [as process|thread]")}},
};
/* clang-format on */
const struct lab_family lab_family_start = LAB_FAMILY(rows);
