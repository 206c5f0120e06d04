// SPDX-License-Identifier: GPL-3.0-or-later
// Words into a condition. One function per form; each reads from `at` on and says at the wrong word what was expected.

#include "lab/base/text.h"
#include "lab/base/nearest.h"
#include "lab/language/condition_reader.h"

#include "lab/language/compare.h"
#include "net/data/call.h"
#include "net/data/counter.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lab_condition_form *lab_condition_form_at(size_t i)
{
    static const struct lab_condition_form forms[] = {
        {"ACTOR[.FD] CALL blocks", N_("it is in that call now, and the kernel says that it sleeps")},
        {"ACTOR[.FD] CALL [#N] returns", N_("the call has returned (for the N-th time); with .FD only calls on that "
                                            "descriptor")},
        {"ACTOR[.FD] CALL [#N] = VALUE [ERRNO]",
         N_("it returned that: 18, 0, >0, -1 ECONNRESET; -1 alone is any error; also != < <= > >=")},
        {"ACTOR[.FD] CALL [#N] got \"BYTES\"", N_("the bytes that a recv or read returned")},
        {"ACTOR[.FD] CALL [#N] took >= TIME", N_("so long it was in the call, from entry to return; also < <= >")},
        {"ACTOR[.FD] poll [#N] has [only] EVENTS",
         N_("poll or epoll_wait answered all of them for one descriptor (and no "
            "other): POLLIN+POLLHUP; `help poll` lists them")},
        {"ACTOR[.FD] state STATE", N_("its socket is in that state now")},
        {"ACTOR[.FD] was STATE", N_("its socket is or was in that state")},
        {"ACTOR[.FD] OPTION = VALUE...", N_("the kernel holds that value now; also != < <= > >= of a number; reading "
                                            "SO_ERROR clears it, as in a program")},
        {"ACTOR[.FD] TCP_INFO FIELD = N",
         N_("a field of struct tcp_info: rtt < 50ms, snd_cwnd >= 10, total_retrans = 0; `help TCP_INFO` lists them")},
        {"ACTOR[.FD] recv-queue|send-queue = N",
         N_("bytes unread, or not confirmed yet; of a listener how many wait for accept, and the backlog")},
        {"ACTOR ended [exit N | signal SIGNAL]", N_("it has ended (so)")},
        {"ACTOR alive", N_("it has not ended")},
        {"ACTOR printed \"TEXT\"", N_("a line of its output contains TEXT")},
        {"ACTOR signal SIGNAL", N_("the signal was delivered to it")},
        {"[ACTOR] children N [zombie M]", N_("so many child processes live, and so many are zombies")},
        {"[ACTOR] threads N", N_("so many threads, the first one counted too")},
        {"segment FORM [xN|at least N|at most N]", N_("such a segment was sent, or exactly, at least, at most N times; "
                                                      "each time that a held one is sent again counts")},
        {"FORM: FLAGS|KIND [without ...]",
         N_("SYN, SYN+ACK, FIN, RST, data, probe, retransmission, ICMP (or "
            "ICMPv6 alone), or what `help segment` lists; `without PSH+ts`: has none")},
        {"FORM: [from HOST] [to HOST]", N_("which way it went")},
        {"FORM: FIELD [= N]", N_("seq=1, len>0, win = 0, mss=1460, wscale, ts: a number of its own, or an option that "
                                 "it has; `help segment`")},
        {"segment FORM then [after TIME] [within TIME] FORM",
         N_("one and later the other, sent at least, at most so long after it; up to 6 in a row")},
        {"sockets HOST STATE N", N_("so many sockets of the host are in that state now")},
        {"wire waiting N", N_("so many segments are held")},
        {"wire open|held|cut|unreachable", N_("how the wire stands")},
        {"quiet", N_("every program waits and nothing is on its way: only a timer of a kernel can do more")},
        {"compared MEASURE most|least PROGRAM",
         N_("it had the most of all that were compared: rate, median, p99, memory, switches, tasks")},
        {"compared COUNT of PROGRAM = N",
         N_("it had so many: answered, failed (clients, over all rounds), tasks, processes")},
        {"counter HOST NAME [N]",
         N_("the host's kernel has counted so many since the experiment began (at least one): ListenOverflows = 2")},
        {"CONDITION since NAME",
         N_("only what came behind `mark NAME` counts: of calls, output, signals, `was`, segments and counters")},
        {"no CONDITION, not CONDITION", N_("the lab has become quiet, and it is not so; `expect within TIME no ...` "
                                           "takes all of TIME, and at its end it "
                                           "must not be so")},
    };
    return i < sizeof forms / sizeof forms[0] ? &forms[i] : NULL;
}

const char *lab_reader_peek(const struct condition_reader *r)
{
    return r->at < r->count && r->words[r->at].kind == LAB_WORD ? r->words[r->at].text : NULL;
}

bool lab_reader_take(struct condition_reader *r, const char *word)
{
    const char *next = lab_reader_peek(r);
    if (!next || strcmp(next, word) != 0)
        return false;
    r->at++;
    return true;
}

int lab_reader_expected(const struct condition_reader *r, const char *what)
{
    if (r->at >= r->count)
        return net_fail(r->err, 0, NULL, "something is missing: expected %s", what);
    return net_fail(r->err, 0, NULL, "`%.40s` cannot stand here: expected %s", r->words[r->at].text, what);
}

/* ---- small parts ---- */

bool lab_reader_compare(const char **word, enum lab_compare *compare)
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

const char *lab_reader_comparison(struct condition_reader *r, enum lab_compare *compare)
{
    const char *word = lab_reader_peek(r);
    while (word && lab_reader_compare(&word, compare) && !*word) {
        r->at++;
        word = lab_reader_peek(r);
    }
    return word;
}

int lab_reader_count(struct condition_reader *r, const char *what)
{
    const char *word = lab_reader_comparison(r, &r->condition->compare);
    if (!word || lab_word_number(word, 0, 1000000, &r->condition->number, NULL) < 0)
        return lab_reader_expected(r, what);
    r->at++;
    return 0;
}

static int read_state(struct condition_reader *r, int *out)
{
    const char *word = (lab_reader_take(r, "="), lab_reader_peek(r));
    if (!word)
        return lab_reader_expected(r, _("a state, such as ESTABLISHED"));
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

int lab_reader_error(struct condition_reader *r, const char *word)
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
    const char *word = lab_reader_peek(r);
    if (!word)
        return lab_reader_expected(r, _("a signal, such as SIGPIPE"));
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

int lab_reader_host(struct condition_reader *r, int *out)
{
    int64_t host;
    const char *word = lab_reader_peek(r);
    if (!word || lab_word_host(word, &host, NULL) < 0)
        return lab_reader_expected(r, _("a host: server or client"));
    *out = (int)host;
    r->at++;
    return 0;
}

static int read_bytes(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    if (r->at >= r->count)
        return lab_reader_expected(r, _("a text in quotes"));
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
    const char *word = lab_reader_comparison(r, &r->condition->compare);
    c->kind = LAB_CALL_VALUE;
    if (!word)
        return lab_reader_expected(r, _("what the call returned, such as 0 or -1 ECONNRESET"));
    if (net_errno_number(word)) {
        c->number = -1;
        return lab_reader_error(r, word);
    }
    if (lab_word_number(word, INT64_MIN, INT64_MAX, &c->number, NULL) < 0)
        return lab_reader_expected(r, _("what the call returned, such as 18, 0, >0 or -1 ECONNRESET"));
    r->at++;
    const char *error = lab_reader_peek(r);
    if (!error)
        return 0;
    if (c->number != -1 || c->compare != LAB_EQUAL)
        return lab_reader_expected(r, _("nothing more: an errno stands only behind -1"));
    return lab_reader_error(r, error);
}

/* took > 1s */
static int read_took(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    uint64_t ns;
    c->kind = LAB_CALL_TOOK;
    const char *word = lab_reader_comparison(r, &c->compare);
    if (!word)
        return lab_reader_expected(r, _("how long the call lasted, such as >= 200ms"));
    if (c->compare == LAB_EQUAL || c->compare == LAB_UNEQUAL)
        return net_fail(r->err, 0, NULL, "no call takes a time to the nanosecond: say took < %.20s or took >= %.20s",
                        word, word);
    if (lab_word_time(word, &ns, r->err) < 0)
        return -1;
    c->number = (int64_t)ns;
    r->at++;
    return 0;
}

/* has POLLIN+POLLHUP, has only POLLIN */
static int read_answer(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    int64_t bits = 0;
    c->kind = LAB_CALL_ANSWERED;
    if (!net_call_answers(c->call))
        return net_fail(r->err, 0, NULL, "`has` speaks of the events that poll or epoll_wait answered; %s answers none",
                        net_call_row(c->call)->name);
    c->only = lab_reader_take(r, "only");
    const char *word = lab_reader_peek(r);
    if (!word)
        return lab_reader_expected(r, _("events, such as POLLIN+POLLHUP"));
    if (lab_flags_read(word, lab_poll_answers, &bits, r->err) < 0)
        return -1;
    c->answers = (unsigned)bits;
    r->at++;
    return 0;
}

static int read_call_form(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    const char *word = lab_reader_peek(r);
    int64_t nth = 0;
    if (word && word[0] == '#') {
        if (lab_word_number(word + 1, 1, 1000000, &nth, r->err) < 0)
            return -1;
        c->nth = (unsigned)nth;
        r->at++;
    }
    if (lab_reader_take(r, "returns")) {
        c->kind = LAB_CALL_RETURNS;
        return 0;
    }
    if (lab_reader_take(r, "blocks")) {
        c->kind = LAB_CALL_BLOCKS;
        return c->nth ? net_fail(r->err, 0, NULL, "blocks speaks of the present call: leave out #%u", c->nth) : 0;
    }
    if (lab_reader_take(r, "got")) {
        c->kind = LAB_CALL_GOT;
        return read_bytes(r);
    }
    if (lab_reader_take(r, "took"))
        return read_took(r);
    if (lab_reader_take(r, "has"))
        return read_answer(r);
    enum lab_compare compare;
    word = lab_reader_peek(r);
    if (word && lab_reader_compare(&word, &compare))
        return read_value(r);
    return lab_reader_expected(r, _("blocks, returns, got \"BYTES\", took >= TIME, has EVENTS (of poll) or = VALUE"));
}

/* ---- an actor ---- */

static int read_ended(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    c->kind = LAB_ACTOR_ENDED;
    if (lab_reader_take(r, "signal"))
        return read_signal(r);
    if (!lab_reader_take(r, "exit"))
        return 0;
    c->has_status = true;
    lab_reader_take(r, "status");
    return lab_reader_count(r, _("an exit status from 0 to 255"));
}

static int read_children(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    int64_t zombies;
    c->kind = LAB_CHILDREN;
    if (lab_reader_count(r, _("how many children")) < 0)
        return -1;
    if (!lab_reader_take(r, "zombie") && !lab_reader_take(r, "zombies"))
        return 0;
    const char *word = lab_reader_peek(r);
    if (!word || lab_word_number(word, 0, 1000000, &zombies, NULL) < 0)
        return lab_reader_expected(r, _("how many zombies"));
    c->zombies = zombies;
    r->at++;
    return 0;
}

static int read_threads(struct condition_reader *r)
{
    r->condition->kind = LAB_THREADS;
    return lab_reader_count(r, _("how many threads"));
}

static int unknown_subject(struct condition_reader *r, const char *word)
{
    static const char *const forms[] = {"state",  "was",      "ended",   "alive",      "printed",
                                        "signal", "children", "threads", "recv-queue", "send-queue"};
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (unsigned i = 1; i < NET_CALL_COUNT; i++)
        lab_nearest_offer(&nearest, net_call_row(i)->name);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        lab_nearest_offer(&nearest, forms[i]);
    for (size_t i = 0; i < net_option_count; i++)
        lab_nearest_offer(&nearest, net_options[i].name);
    return net_fail(
        r->err, 0, NULL,
        "`%.40s` cannot follow %s: expected a call, an option, state, was, recv-queue, send-queue, ended, alive, "
        "printed, signal, children or threads%s",
        word, r->condition->actor, lab_nearest_hint(&nearest));
}

static int read_predicate(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    const char *word = lab_reader_peek(r);
    if (!word)
        return lab_reader_expected(
            r, _("what is said of it: a call, an option, state, was, recv-queue, send-queue, ended, alive, "
                 "printed, signal, children or threads"));
    bool is_call = r->at + 1 < r->count && strpbrk(r->words[r->at + 1].text, "#=<>!") == r->words[r->at + 1].text;
    r->at++;
    if (strcmp(word, "state") == 0) {
        c->kind = lab_reader_take(r, "was") ? LAB_SOCKET_WAS : LAB_SOCKET_STATE;
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
    if (strcmp(word, "recv-queue") == 0 || strcmp(word, "send-queue") == 0)
        return lab_read_queue(r, strcmp(word, "send-queue") == 0);
    c->call = net_call_number(word);
    if (c->call)
        return read_call_form(r);
    const struct net_option *option = net_option_find(word);
    if (option)
        return lab_read_option(r, option);
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
                    *hint ? hint : _("; `help expect` lists them"));
}

static bool is_of_socket(enum lab_condition_kind kind)
{
    switch (kind) {
    case LAB_CALL_BLOCKS:
    case LAB_CALL_RETURNS:
    case LAB_CALL_VALUE:
    case LAB_CALL_GOT:
    case LAB_CALL_TOOK:
    case LAB_CALL_ANSWERED:
    case LAB_SOCKET_STATE:
    case LAB_SOCKET_WAS:
    case LAB_SOCKET_OPTION:
    case LAB_SOCKET_INFO:
    case LAB_SOCKET_QUEUE: return true;
    case LAB_ACTOR_ENDED:
    case LAB_ACTOR_ALIVE:
    case LAB_ACTOR_PRINTED:
    case LAB_ACTOR_SIGNAL:
    case LAB_CHILDREN:
    case LAB_THREADS:
    case LAB_SEGMENTS:
    case LAB_SOCKETS_IN:
    case LAB_WIRE_WAITING:
    case LAB_WIRE_IS:
    case LAB_QUIET:
    case LAB_COMPARED:
    case LAB_COUNTER:
    case LAB_CONDITION_KINDS: break;
    }
    return false;
}

static int read_subject(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    const char *word = r->words[r->at].text, *dot = strrchr(word, '.');
    size_t n = dot ? (size_t)(dot - word) : strlen(word);
    int64_t fd = -1;
    if (n >= LAB_NAME_BYTES || (dot && lab_word_number(dot + 1, 0, 1 << 20, &fd, NULL) < 0))
        return lab_reader_expected(r, _("ACTOR or ACTOR.FD"));
    snprintf(c->actor, sizeof c->actor, "%.*s", (int)n, word);
    c->fd = (int)fd;
    if (r->scope && !lab_scope_find(r->scope, c->actor))
        return unknown_name(r, c->actor);
    r->at++;
    if (read_predicate(r) < 0)
        return -1;
    return c->fd >= 0 && !is_of_socket(c->kind)
               ? net_fail(r->err, 0, NULL, "that is said of an actor, not of a socket: write %s instead of %.30s",
                          c->actor, word)
               : 0;
}

/* ---- segments, sockets, the wire ---- */

static int read_sockets(struct condition_reader *r)
{
    r->condition->kind = LAB_SOCKETS_IN;
    if (lab_reader_host(r, &r->condition->host) < 0 || read_state(r, &r->condition->state) < 0)
        return -1;
    return lab_reader_count(r, _("how many sockets"));
}

static int read_counter(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    struct lab_nearest nearest;
    c->kind = LAB_COUNTER;
    c->compare = LAB_MORE_EQUAL;
    c->number = 1;
    if (lab_reader_host(r, &c->host) < 0)
        return -1;
    const char *name = lab_reader_peek(r);
    if (!name)
        return lab_reader_expected(r, _("the name of a counter, such as ListenOverflows"));
    c->counter = net_counter_find(name);
    if (c->counter < 0) {
        lab_nearest_init(&nearest, name);
        for (unsigned i = 0; i < NET_COUNTERS; i++)
            lab_nearest_offer(&nearest, net_counter_name(i));
        return net_fail(r->err, 0, NULL, "there is no counter %.40s%s; `help show counters` says where they are listed",
                        name, lab_nearest_hint(&nearest));
    }
    r->at++;
    return r->at < r->count ? lab_reader_count(r, _("how many, such as = 2 or >0")) : 0;
}

static int read_wire(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    if (lab_reader_take(r, "waiting")) {
        c->kind = LAB_WIRE_WAITING;
        return lab_reader_count(r, _("how many segments"));
    }
    c->kind = LAB_WIRE_IS;
    for (unsigned mode = 0; mode < NET_WIRE_MODES; mode++) {
        if (lab_reader_take(r, net_wire_mode_name(mode))) {
            c->number = mode;
            return 0;
        }
    }
    return lab_reader_expected(r, _("waiting N, open, held, cut or unreachable"));
}

/* ---- servers that were compared ---- */

static int read_measure(struct condition_reader *r)
{
    const char *word = lab_reader_peek(r), *name;
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
        return lab_reader_expected(r, known);
    return net_fail(r->err, 0, NULL, "`%.40s` is nothing that is compared: there are %s%s", word, known,
                    lab_nearest_hint(&nearest));
}

static int read_comparable(struct condition_reader *r)
{
    const char *word = lab_reader_peek(r);
    const struct lab_comparable *server;
    for (size_t i = 0; word && (server = lab_comparable_at(i)); i++) {
        if (server->refused || strcmp(server->program, word) != 0)
            continue;
        snprintf(r->condition->program, sizeof r->condition->program, "%s", word);
        r->at++;
        return 0;
    }
    return lab_reader_expected(r, _("a server that can be compared, such as fork"));
}

static int read_compared(struct condition_reader *r)
{
    struct lab_condition *c = r->condition;
    c->kind = LAB_COMPARED;
    if (read_measure(r) < 0)
        return -1;
    c->rank = lab_reader_take(r, "most") ? 1 : lab_reader_take(r, "least") ? -1 : 0;
    if (!c->rank && !lab_reader_take(r, "of"))
        return lab_reader_expected(r, _("most, least, or of PROGRAM = N"));
    if (read_comparable(r) < 0)
        return -1;
    return c->rank ? 0 : lab_reader_count(r, _("a number, such as = 0"));
}

/* ---- all of it ---- */

static int read_condition(struct condition_reader *r)
{
    r->condition->negated = lab_reader_take(r, "not") || lab_reader_take(r, "no");
    if (r->at >= r->count)
        return lab_reader_expected(r, _("a condition, such as: server recv = 0"));
    if (r->words[r->at].kind == LAB_QUOTED)
        return lab_reader_expected(r, _("a condition, such as: server recv = 0"));
    if (lab_reader_take(r, "children"))
        return read_children(r);
    if (lab_reader_take(r, "threads"))
        return read_threads(r);
    if (lab_reader_take(r, "segment") || lab_reader_take(r, "segments"))
        return lab_read_segments(r);
    if (lab_reader_take(r, "sockets"))
        return read_sockets(r);
    if (lab_reader_take(r, "wire"))
        return read_wire(r);
    if (lab_reader_take(r, "quiet")) {
        r->condition->kind = LAB_QUIET;
        return 0;
    }
    if (lab_reader_take(r, "compared"))
        return read_compared(r);
    if (lab_reader_take(r, "counter"))
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

/* `since NAME` at the end; the rest is read without it. */
static int take_since(struct condition_reader *r)
{
    if (r->count < 2 || r->words[r->count - 2].kind != LAB_WORD || strcmp(r->words[r->count - 2].text, "since") != 0)
        return 0;
    const char *name = r->words[r->count - 1].text;
    if (r->scope && !lab_scope_has_mark(r->scope, name)) {
        r->at = r->count - 1;
        return lab_scope_unknown_mark(r->scope, name, r->err);
    }
    snprintf(r->condition->since, sizeof r->condition->since, "%s", name);
    r->count -= 2;
    return 0;
}

static bool looks_back(enum lab_condition_kind kind)
{
    return kind == LAB_CALL_RETURNS || kind == LAB_CALL_VALUE || kind == LAB_CALL_GOT || kind == LAB_CALL_TOOK ||
           kind == LAB_CALL_ANSWERED || kind == LAB_SOCKET_WAS || kind == LAB_ACTOR_PRINTED ||
           kind == LAB_ACTOR_SIGNAL || kind == LAB_SEGMENTS || kind == LAB_COUNTER;
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
    int result = take_since(&r);
    if (result == 0)
        result = read_condition(&r);
    if (result == 0 && r.at < r.count)
        result = lab_reader_expected(&r, _("nothing more"));
    if (result == 0 && *c->since && !looks_back(c->kind))
        result = net_fail(err, 0, NULL, "`since` says from when on something is looked for; this is about what is now");
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
    c->error_read = 0;
}

bool lab_condition_bounds(const struct lab_condition *c)
{
    return c->kind == LAB_SEGMENTS && c->compare != LAB_MORE_EQUAL;
}
