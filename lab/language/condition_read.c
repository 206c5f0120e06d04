// SPDX-License-Identifier: GPL-3.0-or-later
// Words into a condition. One function per form; each reads from `at` on and says at the wrong word what was expected.

#include "lab/base/text.h"
#include "lab/base/nearest.h"
#include "lab/language/condition.h"

#include "lab/language/compare.h"
#include "net/data/call.h"
#include "net/data/counter.h"
#include "net/data/segment_kind.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lab_condition_form *lab_condition_form_at(size_t i)
{
    static const struct lab_condition_form forms[] = {
        {"ACTOR CALL blocks", "it is in that call now, and the kernel says that it sleeps"},
        {"ACTOR CALL [#N] returns", "the call has returned (for the N-th time)"},
        {"ACTOR CALL [#N] = VALUE [ERRNO]", "it returned that: 18, 0, >0, -1 ECONNRESET; -1 alone is any error"},
        {"ACTOR CALL [#N] got \"BYTES\"", "the bytes that a recv or read returned"},
        {"ACTOR[.FD] state STATE", "its socket is in that state now"},
        {"ACTOR[.FD] was STATE", "its socket is or was in that state"},
        {"ACTOR[.FD] OPTION = VALUE...", "the kernel holds that value now"},
        {"ACTOR ended [exit N | signal SIGNAL]", "it has ended (so)"},
        {"ACTOR alive", "it has not ended"},
        {"ACTOR printed \"TEXT\"", "a line of its output contains TEXT"},
        {"ACTOR signal SIGNAL", "the signal was delivered to it"},
        {"[ACTOR] children N [zombie M]", "so many child processes live, and so many are zombies"},
        {"[ACTOR] threads N", "so many threads, the first one counted too"},
        {"segment [FLAGS] [from HOST] [xN]", "such a segment was sent (exactly N times): SYN, SYN+ACK, FIN, RST, data, "
                                             "probe, retransmission, or what `help "
                                             "segment` lists"},
        {"sockets HOST STATE N", "so many sockets of the host are in that state now"},
        {"wire waiting N", "so many segments are held"},
        {"wire open|held|cut|unreachable", "how the wire stands"},
        {"quiet", "every program waits and nothing is on its way: only a timer of a kernel can do more"},
        {"compared MEASURE most|least PROGRAM",
         "it had the most of all that were compared: rate, median, p99, memory, switches, tasks"},
        {"compared COUNT of PROGRAM = N",
         "it had so many: answered, failed (clients, over all rounds), tasks, processes"},
        {"counter HOST NAME [N]",
         "the host's kernel has counted so many since the experiment began (at least one): ListenOverflows = 2"},
        {"no CONDITION, not CONDITION",
         "the lab has become quiet, and it is not so; `expect within TIME no ...` takes all of TIME, and at its end it "
         "must not be so"},
    };
    return i < sizeof forms / sizeof forms[0] ? &forms[i] : NULL;
}

struct condition_reader {
    const struct lab_word *words;
    size_t count, at;
    const struct lab_scope *scope; /* NULL: any name will do */
    struct lab_condition *condition;
    struct net_error *err;
};

/* The next word if it is not in quotes; NULL at the end. */
static const char *peek(const struct condition_reader *r)
{
    return r->at < r->count && r->words[r->at].kind == LAB_WORD ? r->words[r->at].text : NULL;
}

static bool take(struct condition_reader *r, const char *word)
{
    const char *next = peek(r);
    if (!next || strcmp(next, word) != 0)
        return false;
    r->at++;
    return true;
}

static int expected(const struct condition_reader *r, const char *what)
{
    if (r->at >= r->count)
        return net_fail(r->err, 0, NULL, "something is missing: expected %s", what);
    return net_fail(r->err, 0, NULL, "`%.40s` cannot stand here: expected %s", r->words[r->at].text, what);
}

/* ---- small parts ---- */

/* "=", ">", ">=", "!=", "<", "<=" at the beginning of *word, which is moved behind it. */
static bool take_compare(const char **word, enum lab_compare *compare)
{
    static const struct {
        const char *sign;
        enum lab_compare compare;
    } signs[] = {{">=", LAB_MORE_EQUAL}, {"<=", LAB_LESS_EQUAL}, {"!=", LAB_UNEQUAL},
                 {"=", LAB_EQUAL},       {">", LAB_MORE},        {"<", LAB_LESS}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i].sign);
        if (strncmp(*word, signs[i].sign, n) == 0) {
            *compare = signs[i].compare;
            *word += n;
            return true;
        }
    }
    return false;
}

/* A comparison, signs and number in one or more words: "= 0", ">0", "= >= 2", "3". *rest is what stands for the number.
 */
static const char *read_comparison(struct condition_reader *r)
{
    const char *word = peek(r);
    enum lab_compare *compare = &r->condition->compare;
    while (word && take_compare(&word, compare) && !*word) {
        r->at++;
        word = peek(r);
    }
    return word;
}

static int read_count(struct condition_reader *r, const char *what)
{
    const char *word = read_comparison(r);
    if (!word || lab_word_number(word, 0, 1000000, &r->condition->number, NULL) < 0)
        return expected(r, what);
    r->at++;
    return 0;
}

static int read_state(struct condition_reader *r, int *out)
{
    const char *word = (take(r, "="), peek(r));
    if (!word)
        return expected(r, "a state, such as ESTABLISHED");
    *out = net_state_number(word);
    if (*out >= 0) {
        r->at++;
        return 0;
    }
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (unsigned i = 0; i < NET_STATES; i++)
        lab_nearest_offer(&nearest, net_state_name(i));
    return net_fail(r->err, 0, NULL, "`%.40s` is no state such as ESTABLISHED%s", word, lab_nearest_hint(&nearest));
}

static int read_errno(struct condition_reader *r, const char *word)
{
    r->condition->error = net_errno_number(word);
    if (r->condition->error) {
        r->at++;
        return 0;
    }
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; net_errno_name_at(i); i++)
        lab_nearest_offer(&nearest, net_errno_name_at(i));
    return net_fail(r->err, 0, NULL, "`%.40s` is no error such as ECONNRESET%s", word, lab_nearest_hint(&nearest));
}

static int read_signal(struct condition_reader *r)
{
    const char *word = peek(r);
    if (!word)
        return expected(r, "a signal, such as SIGPIPE");
    r->condition->error = net_signal_number(word);
    if (r->condition->error > 0) {
        r->at++;
        return 0;
    }
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; net_signal_name_at(i); i++)
        lab_nearest_offer(&nearest, net_signal_name_at(i));
    return net_fail(r->err, 0, NULL, "`%.40s` is no signal such as SIGPIPE%s", word, lab_nearest_hint(&nearest));
}

static int read_host(struct condition_reader *r, int *out)
{
    int64_t host;
    const char *word = peek(r);
    if (!word || lab_word_host(word, &host, NULL) < 0)
        return expected(r, "a host: server or client");
    *out = (int)host;
    r->at++;
    return 0;
}

static int read_bytes(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    if (r->at >= r->count)
        return expected(r, "a text in quotes");
    const struct lab_word *word = &r->words[r->at];
    c->bytes = malloc(word->bytes + 1);
    if (!c->bytes)
        return net_fail_errno(r->err, "malloc");
    memcpy(c->bytes, word->text, word->bytes + 1);
    c->byte_count = word->bytes;
    r->at++;
    return 0;
}

/* ---- a call of an actor ---- */

static int read_value(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    const char *word = read_comparison(r);
    c->kind = LAB_CALL_VALUE;
    if (!word)
        return expected(r, "what the call returned, such as 0 or -1 ECONNRESET");
    if (net_errno_number(word)) {
        c->number = -1;
        return read_errno(r, word);
    }
    if (lab_word_number(word, INT64_MIN, INT64_MAX, &c->number, NULL) < 0)
        return expected(r, "what the call returned, such as 18, 0, >0 or -1 ECONNRESET");
    r->at++;
    const char *error = peek(r);
    if (!error)
        return 0;
    if (c->number != -1 || c->compare != LAB_EQUAL)
        return expected(r, "nothing more: an errno stands only behind -1");
    return read_errno(r, error);
}

static int read_call_form(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    const char *word = peek(r);
    int64_t nth = 0;
    if (word && word[0] == '#') {
        if (lab_word_number(word + 1, 1, 1000000, &nth, r->err) < 0)
            return -1;
        c->nth = (unsigned)nth;
        r->at++;
    }
    if (take(r, "returns")) {
        c->kind = LAB_CALL_RETURNS;
        return 0;
    }
    if (take(r, "blocks")) {
        c->kind = LAB_CALL_BLOCKS;
        return c->nth ? net_fail(r->err, 0, NULL, "blocks speaks of the present call: leave out #%u", c->nth) : 0;
    }
    if (take(r, "got")) {
        c->kind = LAB_CALL_GOT;
        return read_bytes(r);
    }
    enum lab_compare compare;
    word = peek(r);
    if (word && take_compare(&word, &compare))
        return read_value(r);
    return expected(r, "blocks, returns, got \"BYTES\" or = VALUE");
}

/* ---- an actor ---- */

static int read_ended(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    c->kind = LAB_ACTOR_ENDED;
    if (take(r, "signal"))
        return read_signal(r);
    if (!take(r, "exit"))
        return 0;
    c->has_status = true;
    take(r, "status");
    return read_count(r, "an exit status from 0 to 255");
}

static int read_children(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    int64_t zombies;
    c->kind = LAB_CHILDREN;
    if (read_count(r, "how many children") < 0)
        return -1;
    if (!take(r, "zombie") && !take(r, "zombies"))
        return 0;
    const char *word = peek(r);
    if (!word || lab_word_number(word, 0, 1000000, &zombies, NULL) < 0)
        return expected(r, "how many zombies");
    c->zombies = zombies;
    r->at++;
    return 0;
}

static int read_threads(struct condition_reader *r)
{
    r->condition->kind = LAB_THREADS;
    return read_count(r, "how many threads");
}

static int read_option(struct condition_reader *r, const struct net_option *option)
{
    struct lab_condition *c = r->condition;
    const char *words[4];
    int count = 0;
    c->kind = LAB_SOCKET_OPTION;
    c->option = option;
    take(r, "=");
    for (size_t i = r->at; i < r->count && count < 4; i++)
        words[count++] = r->words[i].text;
    if (net_option_parse(option, count, words, &c->option_value, r->err) < 0)
        return -1;
    r->at = r->count;
    return 0;
}

static int unknown_subject(struct condition_reader *r, const char *word)
{
    static const char *const forms[] = {"state", "was", "ended", "alive", "printed", "signal", "children", "threads"};
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (unsigned i = 1; i < NET_CALL_COUNT; i++)
        lab_nearest_offer(&nearest, net_call_row(i)->name);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        lab_nearest_offer(&nearest, forms[i]);
    for (size_t i = 0; i < net_option_count; i++)
        lab_nearest_offer(&nearest, net_options[i].name);
    return net_fail(r->err, 0, NULL,
                    "`%.40s` cannot follow %s: expected a call, an option, state, ended, alive, printed or signal%s",
                    word, r->condition->actor, lab_nearest_hint(&nearest));
}

static int read_predicate(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    const char *word = peek(r);
    if (!word)
        return expected(r, "what is said of it: a call, an option, state, ended, alive, printed or signal");
    bool is_call = r->at + 1 < r->count && strpbrk(r->words[r->at + 1].text, "#=<>!") == r->words[r->at + 1].text;
    r->at++;
    if (strcmp(word, "state") == 0) {
        c->kind = take(r, "was") ? LAB_SOCKET_WAS : LAB_SOCKET_STATE;
        return read_state(r, &c->state);
    }
    if (strcmp(word, "was") == 0) {
        c->kind = LAB_SOCKET_WAS;
        return read_state(r, &c->state);
    }
    if (strcmp(word, "ended") == 0)
        return read_ended(r);
    if (strcmp(word, "alive") == 0) {
        c->kind = LAB_ACTOR_ALIVE;
        return 0;
    }
    if (strcmp(word, "printed") == 0) {
        c->kind = LAB_ACTOR_PRINTED;
        return read_bytes(r);
    }
    if (strcmp(word, "signal") == 0 && !is_call) {
        c->kind = LAB_ACTOR_SIGNAL;
        return read_signal(r);
    }
    if (strcmp(word, "children") == 0)
        return read_children(r);
    if (strcmp(word, "threads") == 0)
        return read_threads(r);
    c->call = net_call_number(word);
    if (c->call)
        return read_call_form(r);
    const struct net_option *option = net_option_find(word);
    if (option)
        return read_option(r, option);
    r->at--;
    return unknown_subject(r, word);
}

static int unknown_name(struct condition_reader *r, const char *name)
{
    static const char *const keywords[] = {"children", "threads", "segment", "sockets",  "wire",   "quiet",
                                           "not",      "no",      "within",  "compared", "counter"};
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; i < r->scope->count; i++)
        lab_nearest_offer(&nearest, r->scope->names[i].name);
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        lab_nearest_offer(&nearest, keywords[i]);
    const char *hint = lab_nearest_hint(&nearest);
    return net_fail(r->err, 0, NULL, "`%.40s` is no actor, and no condition begins so%s", name,
                    *hint ? hint : "; `help expect` lists them");
}

static int read_subject(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    const char *word = r->words[r->at].text, *dot = strrchr(word, '.');
    size_t n = dot ? (size_t)(dot - word) : strlen(word);
    int64_t fd = -1;
    if (n >= LAB_NAME_BYTES || (dot && lab_word_number(dot + 1, 0, 1 << 20, &fd, NULL) < 0))
        return expected(r, "ACTOR or ACTOR.FD");
    snprintf(c->actor, sizeof c->actor, "%.*s", (int)n, word);
    c->fd = (int)fd;
    if (r->scope && !lab_scope_find(r->scope, c->actor))
        return unknown_name(r, c->actor);
    r->at++;
    if (read_predicate(r) < 0)
        return -1;
    bool of_socket = c->kind == LAB_SOCKET_STATE || c->kind == LAB_SOCKET_WAS || c->kind == LAB_SOCKET_OPTION;
    return c->fd >= 0 && !of_socket
               ? net_fail(r->err, 0, NULL, "that is said of an actor, not of a socket: write %s instead of %.30s",
                          c->actor, word)
               : 0;
}

/* ---- segments, sockets, the wire ---- */

static int add_flag(struct condition_reader *r, const char *name)
{
    static const struct {
        const char *name;
        unsigned flag, trait;
    } known[] = {{"SYN", NET_SYN, 0},
                 {"FIN", NET_FIN, 0},
                 {"RST", NET_RST, 0},
                 {"PSH", NET_PSH, 0},
                 {"ACK", NET_ACK, 0},
                 {"URG", NET_URG, 0},
                 {"ECE", NET_ECE, 0},
                 {"CWR", NET_CWR, 0},
                 {"data", 0, LAB_SEGMENT_DATA},
                 {"probe", 0, LAB_SEGMENT_PROBE},
                 {"retransmission", 0, LAB_SEGMENT_RETRANSMISSION}};
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        lab_nearest_offer(&nearest, known[i].name);
        if (strcmp(known[i].name, name) != 0)
            continue;
        r->condition->flags_set |= known[i].flag;
        r->condition->traits |= known[i].trait;
        return 0;
    }
    for (int kind = 0; kind < NET_SEGMENT_KINDS; kind++)
        lab_nearest_offer(&nearest, net_segment_kinds[kind].word);
    int kind = net_segment_kind_number(name);
    if (kind < 0)
        return net_fail(r->err, 0, NULL,
                        "`%.40s` is no kind of segment: expected SYN, FIN, RST, ACK, PSH, data, probe, "
                        "retransmission, window-probe or another that `help segment` lists, from HOST or xN%s",
                        name, lab_nearest_hint(&nearest));
    r->condition->kinds |= NET_SEGMENT_IS(kind);
    return 0;
}

static int read_flags(struct condition_reader *r, const char *word)
{
    for (;;) {
        char name[24];
        size_t n = strcspn(word, "+");
        snprintf(name, sizeof name, "%.*s", (int)(n < 23 ? n : 23), word);
        if (add_flag(r, name) < 0)
            return -1;
        word += n;
        if (!*word++)
            break;
    }
    r->at++;
    return 0;
}

/* SYN means the first one of a handshake, not SYN+ACK; ACK alone one that does nothing else. */
static void finish_flags(struct lab_condition *c)
{
    if ((c->flags_set & NET_SYN) && !(c->flags_set & NET_ACK))
        c->flags_clear |= NET_ACK;
    if (c->flags_set != NET_ACK)
        return;
    c->flags_clear |= NET_SYN | NET_FIN | NET_RST;
    if (!(c->traits & LAB_SEGMENT_DATA))
        c->traits |= LAB_SEGMENT_EMPTY;
}

static int read_segment(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    c->kind = LAB_SEGMENTS;
    while (r->at < r->count) {
        const char *word = r->words[r->at].text;
        if (take(r, "from")) {
            if (read_host(r, &c->host) < 0)
                return -1;
        } else if (word[0] == 'x' && isdigit((unsigned char)word[1])) {
            if (lab_word_number(word + 1, 1, 1000000, &c->number, r->err) < 0)
                return -1;
            c->exactly = true;
            r->at++;
        } else if (read_flags(r, word) < 0) {
            return -1;
        }
    }
    finish_flags(c);
    return 0;
}

static int read_sockets(struct condition_reader *r)
{
    r->condition->kind = LAB_SOCKETS_IN;
    if (read_host(r, &r->condition->host) < 0 || read_state(r, &r->condition->state) < 0)
        return -1;
    return read_count(r, "how many sockets");
}

static int read_counter(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    struct lab_nearest nearest;
    c->kind = LAB_COUNTER;
    c->compare = LAB_MORE_EQUAL;
    c->number = 1;
    if (read_host(r, &c->host) < 0)
        return -1;
    const char *name = peek(r);
    if (!name)
        return expected(r, "the name of a counter, such as ListenOverflows");
    c->counter = net_counter_find(name);
    if (c->counter < 0) {
        lab_nearest_init(&nearest, name);
        for (unsigned i = 0; i < NET_COUNTERS; i++)
            lab_nearest_offer(&nearest, net_counter_name(i));
        return net_fail(r->err, 0, NULL, "there is no counter %.40s%s; `help show counters` says where they are listed",
                        name, lab_nearest_hint(&nearest));
    }
    r->at++;
    return r->at < r->count ? read_count(r, "how many, such as = 2 or >0") : 0;
}

static int read_wire(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    if (take(r, "waiting")) {
        c->kind = LAB_WIRE_WAITING;
        return read_count(r, "how many segments");
    }
    c->kind = LAB_WIRE_IS;
    for (unsigned mode = 0; mode < NET_WIRE_MODES; mode++) {
        if (take(r, net_wire_mode_name(mode))) {
            c->number = mode;
            return 0;
        }
    }
    return expected(r, "waiting N, open, held, cut or unreachable");
}

/* ---- servers that were compared ---- */

static int read_measure(struct condition_reader *r)
{
    const char *word = peek(r), *name;
    struct lab_nearest nearest;
    char known[120] = "";
    lab_nearest_init(&nearest, word ? word : "");
    for (unsigned i = 0; (name = lab_measure_name(i)); i++) {
        if (word && strcmp(name, word) == 0) {
            r->condition->measure = i;
            r->at++;
            return 0;
        }
        lab_nearest_offer(&nearest, name);
        lab_append(known, sizeof known, "%s%s", i ? ", " : "", name);
    }
    if (!word)
        return expected(r, known);
    return net_fail(r->err, 0, NULL, "`%.40s` is nothing that is compared: there are %s%s", word, known,
                    lab_nearest_hint(&nearest));
}

static int read_comparable(struct condition_reader *r)
{
    const char *word = peek(r);
    const struct lab_comparable *server;
    for (size_t i = 0; word && (server = lab_comparable_at(i)); i++) {
        if (server->refused || strcmp(server->program, word) != 0)
            continue;
        snprintf(r->condition->program, sizeof r->condition->program, "%s", word);
        r->at++;
        return 0;
    }
    return expected(r, "a server that can be compared, such as fork");
}

static int read_compared(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    c->kind = LAB_COMPARED;
    if (read_measure(r) < 0)
        return -1;
    c->rank = take(r, "most") ? 1 : take(r, "least") ? -1 : 0;
    if (!c->rank && !take(r, "of"))
        return expected(r, "most, least, or of PROGRAM = N");
    if (read_comparable(r) < 0)
        return -1;
    return c->rank ? 0 : read_count(r, "a number, such as = 0");
}

/* ---- all of it ---- */

static int read_condition(struct condition_reader *r)
{
    r->condition->negated = take(r, "not") || take(r, "no");
    if (r->at >= r->count)
        return expected(r, "a condition, such as: server recv = 0");
    if (r->words[r->at].kind == LAB_QUOTED)
        return expected(r, "a condition, such as: server recv = 0");
    if (take(r, "children"))
        return read_children(r);
    if (take(r, "threads"))
        return read_threads(r);
    if (take(r, "segment") || take(r, "segments"))
        return read_segment(r);
    if (take(r, "sockets"))
        return read_sockets(r);
    if (take(r, "wire"))
        return read_wire(r);
    if (take(r, "quiet")) {
        r->condition->kind = LAB_QUIET;
        return 0;
    }
    if (take(r, "compared"))
        return read_compared(r);
    if (take(r, "counter"))
        return read_counter(r);
    return read_subject(r);
}

/* As it was written, but for the blanks. */
static char *written(const struct lab_word *words, size_t count)
{
    size_t bytes = 1;
    for (size_t i = 0; i < count; i++)
        bytes += 4 * words[i].bytes + 4;
    char *text = calloc(bytes, 1);
    for (size_t i = 0; text && i < count; i++) {
        size_t used = strlen(text);
        if (i > 0)
            text[used++] = ' ';
        if (words[i].kind == LAB_QUOTED)
            net_bytes_text((const uint8_t *)words[i].text, words[i].bytes, words[i].bytes, text + used, bytes - used);
        else
            strcpy(text + used, words[i].text);
    }
    return text;
}

int lab_condition_read(const struct lab_word *words, size_t count, const struct lab_scope *scope,
                       struct lab_condition **out, size_t *bad, struct net_error *err)
{
    struct lab_condition *c = calloc(1, sizeof *c);
    struct condition_reader r = {.words = words, .count = count, .scope = scope, .condition = c, .err = err};
    if (c)
        c->text = written(words, count);
    if (!c || !c->text) {
        lab_condition_free(c);
        return net_fail_errno(err, "malloc");
    }
    c->fd = c->host = -1;
    c->zombies = -1;
    int result = read_condition(&r);
    if (result == 0 && r.at < count)
        result = expected(&r, "nothing more");
    if (result < 0) {
        *bad = r.at;
        lab_condition_free(c);
        return -1;
    }
    lab_condition_restart(c);
    *out = c;
    return 0;
}

void lab_condition_free(struct lab_condition *c)
{
    if (!c)
        return;
    free(c->bytes);
    free(c->text);
    free(c);
}

void lab_condition_restart(struct lab_condition *c)
{
    c->actor_id = 0;
    c->scanned = 0;
    c->count = 0;
    c->came_true = c->can_never = false;
    c->asleep_enter = LAB_NONE;
    c->line_bytes = 0;
}
