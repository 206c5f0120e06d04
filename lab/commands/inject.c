// SPDX-License-Identifier: GPL-3.0-or-later
// Segments and ICMP messages by hand, and the learner as one of the two hosts.
/*
 * The words behind `segment from HOST` are read in two rounds: first which connection is meant, then the numbers, which
 * count from that connection's. Nothing is put on the wire unless all of them are right.
 */

#include "lab/commands/rows.h"
#include "lab/session/doing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const uint64_t SETTLE_NS = 2000000000;
enum { NEW_PORT = 40000, NEW_NUMBER = 1000, NEW_WINDOW = 64240, SACK_EDGES = 8, NAME_BYTES = 12 };
enum { OPTION_MSS = 2, OPTION_WSCALE, OPTION_SACK_OK, OPTION_SACK, OPTION_TIMES = 8 };

/* ---- what is written ---- */

struct written {
    struct lab_doing *d;
    unsigned from;
    const char *text[LAB_KEYS]; /* NULL: not given */
    size_t bytes[LAB_KEYS];
    int conversation; /* LAB_NONE: a new one */
    struct net_inject out;
    uint8_t data[NET_INJECT_PACKET];
};

static int fail_key(struct written *w, const char *word)
{
    return net_fail(w->d->err, 0, NULL,
                    "`%.40s` cannot stand here: there are of, flags=, seq=, ack=, win=, data=, bytes=, options=, "
                    "checksum=, port= and to=",
                    word);
}

/* "seq=+1", and "of c1" or "of #12" as two words. Returns how many words it took; -1. */
static int read_word(struct written *w, const struct lab_word *word, bool has_next)
{
    const char *equals = memchr(word->text, '=', word->bytes);
    size_t name = equals ? (size_t)(equals + 1 - word->text) : word->bytes;
    unsigned key = 0;
    while (key < LAB_KEYS &&
           (strlen(lab_segment_keys[key].name) != name || memcmp(lab_segment_keys[key].name, word->text, name) != 0))
        key++;
    if (key == LAB_KEYS)
        return fail_key(w, word->text);
    if (w->text[key])
        return net_fail(w->d->err, 0, NULL, "`%s` is given twice", lab_segment_keys[key].name);
    if (!equals && !has_next)
        return net_fail(w->d->err, 0, NULL, "of which? `of c1` is its connection, `of #12` that of a segment");
    w->text[key] = equals ? equals + 1 : word[1].text;
    w->bytes[key] = equals ? word->bytes - name : word[1].bytes;
    return equals ? 1 : 2;
}

static int read_words(struct written *w)
{
    enum { BEFORE = 3 }; /* segment from HOST */
    const struct lab_line *line = &w->d->command->line;
    for (size_t i = BEFORE; i < line->count;) {
        int took = read_word(w, &line->words[i], i + 1 < line->count);
        if (took < 0)
            return -1;
        i += (size_t)took;
    }
    if (w->text[LAB_KEY_DATA] && w->text[LAB_KEY_BYTES])
        return net_fail(w->d->err, 0, NULL, "data= is the bytes, bytes= only how many: one of them");
    return 0;
}

/* ---- which connection ---- */

static const struct lab_segment *segment_of(struct lab_doing *d, const char *word)
{
    const struct lab_state *state = d->session->state;
    int64_t id;
    int at = LAB_NONE;
    if (lab_word_number(word + 1, 1, INT64_MAX, &id, d->err) == 0)
        at = lab_segment_by_id(state, (uint64_t)id);
    if (at == LAB_NONE)
        net_fail(d->err, 0, NULL, "there is no segment %.30s: `show wire` lists the latest", word);
    return at == LAB_NONE ? NULL : &state->segments[at];
}

static int conversation_of_actor(struct written *w, const char *word)
{
    struct lab_session *s = w->d->session;
    char name[LAB_NAME_BYTES];
    uint32_t task;
    int fd, fd_found, socket = LAB_NONE;
    if (lab_socket_word(word, name, &fd) < 0)
        return net_fail(w->d->err, 0, NULL, "`%.40s` is neither an actor nor a segment: `of c1`, `of c1.3` or `of #12`",
                        word);
    const struct lab_actor *actor = lab_find_actor(s, name);
    if (actor)
        socket = lab_find_socket(s, actor, fd, &task, &fd_found);
    w->conversation = socket == LAB_NONE ? LAB_NONE : s->state->sockets[socket].conversation;
    if (w->conversation == LAB_NONE)
        return net_fail(w->d->err, 0, NULL, "%.40s has no connection", word);
    return 0;
}

static int conversation_named(struct written *w)
{
    const char *word = w->text[LAB_KEY_OF];
    if (w->text[LAB_KEY_PORT] || w->text[LAB_KEY_TO])
        return net_fail(w->d->err, 0, NULL, "`of` names a connection already, with its ports: leave port= and to= out");
    if (*word != '#')
        return conversation_of_actor(w, word);
    const struct lab_segment *segment = segment_of(w->d, word);
    if (!segment)
        return -1;
    w->conversation = segment->conversation;
    if (w->conversation == LAB_NONE)
        return net_fail(w->d->err, 0, NULL, "segment %.30s belongs to no connection: it is no TCP", word);
    return 0;
}

static int port_given(struct written *w, uint16_t *out)
{
    const char *word = w->text[LAB_KEY_PORT];
    int64_t port = NEW_PORT;
    if (word && lab_word_number(word, 1, UINT16_MAX, &port, w->d->err) < 0)
        return -1;
    *out = (uint16_t)port;
    return 0;
}

/* Between these ports, and these addresses if any is written: else in either family. */
static bool is_at(const struct written *w, const struct lab_conversation *c, bool has_ip)
{
    const struct net_ev_segment *n = &w->out.numbers;
    unsigned from = w->from, to = !from;
    if (c->port[from] != n->src_port || c->port[to] != n->dst_port)
        return false;
    const struct net_hosts *hosts = &w->d->session->engine.hosts;
    bool is_v6 = !has_ip && !net_ip_is_v4(c->ip[to]);
    return net_ip_same(c->ip[from], is_v6 ? hosts->host[from].ip6 : n->src_ip) &&
           net_ip_same(c->ip[to], is_v6 ? hosts->host[to].ip6 : n->dst_ip);
}

/* The latest at these addresses; none: it is a new one. */
static int conversation_at_ports(struct written *w)
{
    const struct lab_session *s = w->d->session;
    struct net_ev_segment *n = &w->out.numbers;
    struct lab_address to;
    if (port_given(w, &n->src_port) < 0 || lab_word_address(w->text[LAB_KEY_TO], &to, w->d->err) < 0)
        return -1;
    if (!to.port)
        return net_fail(w->d->err, 0, NULL, "a segment to port 0 is for nobody: a port is a number from 1 to 65535");
    bool is_named = to.has_ip && !to.is_host, is_v6 = is_named && !net_ip_is_v4(to.ip);
    if (lab_need_ipv6(w->d, is_v6) < 0)
        return -1;
    n->src_ip = is_v6 ? s->engine.hosts.host[w->from].ip6 : s->engine.hosts.host[w->from].ip;
    n->dst_ip = is_named ? net_ip_plain(to.ip) : s->engine.hosts.host[!w->from].ip;
    n->dst_port = to.port;
    for (size_t i = s->state->conversation_count; i-- > 0 && w->conversation == LAB_NONE;)
        if (is_at(w, &s->state->conversations[i], to.has_ip))
            w->conversation = (int)i;
    return 0;
}

/* That of the latest segment of this experiment. */
static int latest_conversation(struct written *w)
{
    const struct lab_session *s = w->d->session;
    for (size_t i = s->state->segment_count; i-- > 0;) {
        const struct lab_segment *segment = &s->state->segments[i];
        if (segment->event < (long)lab_experiment_index(s))
            break;
        w->conversation = segment->conversation;
        if (w->conversation != LAB_NONE)
            return 0;
    }
    return net_fail(w->d->err, 0, NULL,
                    "there is no connection yet: name its ports, as in `segment from %s port=%d to=12345 flags=SYN`",
                    net_host_name(w->from), NEW_PORT);
}

static int find_conversation(struct written *w)
{
    const struct lab_state *state = w->d->session->state;
    struct net_ev_segment *n = &w->out.numbers;
    bool by_ports = w->text[LAB_KEY_TO] != NULL;
    w->conversation = LAB_NONE;
    if (!by_ports && w->text[LAB_KEY_PORT])
        return net_fail(w->d->err, 0, NULL, "port= is the sender's: to which port? as in port=%d to=12345", NEW_PORT);
    if ((w->text[LAB_KEY_OF] ? conversation_named(w)
         : by_ports          ? conversation_at_ports(w)
                             : latest_conversation(w)) < 0)
        return -1;
    if (w->conversation == LAB_NONE)
        return 0;
    const struct lab_conversation *c = &state->conversations[w->conversation];
    if (net_is_within_host(c->ip[0], c->ip[1]))
        return net_fail(w->d->err, 0, NULL, "that connection is within one host: no wire carries it");
    n->src_ip = net_ip_plain(c->ip[w->from]);
    n->dst_ip = net_ip_plain(c->ip[!w->from]);
    n->src_port = c->port[w->from];
    n->dst_port = c->port[!w->from];
    return 0;
}

/* ---- numbers ---- */

/* The first number of an end, and the one behind all that it has sent; false: it has said nothing yet. */
static bool numbers_of(const struct written *w, unsigned side, uint32_t *first, uint32_t *next)
{
    const struct lab_state *state = w->d->session->state;
    *first = *next = NEW_NUMBER;
    if (w->conversation == LAB_NONE || !lab_conversation_next(state, w->conversation, side, next))
        return false;
    const struct lab_conversation *c = &state->conversations[w->conversation];
    *first = c->initial_seq[side];
    return true;
}

/* "+1" from the first number, "next+1" from the one behind the last, or the number itself. */
static int read_number(struct written *w, enum lab_segment_key key, uint32_t first, uint32_t next, uint32_t *out)
{
    const char *text = w->text[key], *digits = text;
    bool by_next = strncmp(text, "next", 4) == 0;
    if (by_next)
        digits += 4;
    bool minus = *digits == '-', relative = by_next || *digits == '+' || minus;
    int64_t number = 0;
    if (relative && (*digits == '+' || minus))
        digits++;
    else if (by_next && *digits)
        digits = text; /* "nextfoo" */
    if (!(by_next && !*digits) && (!*digits || strspn(digits, "0123456789") != strlen(digits) ||
                                   lab_word_number(digits, 0, UINT32_MAX, &number, NULL) < 0))
        return net_fail(w->d->err, 0, NULL,
                        "%s%.30s is no number: write +1 (from the first one), next, next-1, or 0 to 4294967295",
                        lab_segment_keys[key].name, text);
    uint32_t base = by_next ? next : relative ? first : 0;
    *out = minus ? base - (uint32_t)number : base + (uint32_t)number;
    return 0;
}

static int read_numbers(struct written *w)
{
    struct net_ev_segment *n = &w->out.numbers;
    uint32_t first[2], next[2];
    bool own = numbers_of(w, w->from, &first[0], &next[0]), other = numbers_of(w, !w->from, &first[1], &next[1]);
    bool needs_first = w->conversation != LAB_NONE && own &&
                       !w->d->session->state->conversations[w->conversation].initial_known[w->from];
    if (needs_first && w->text[LAB_KEY_SEQ] && (*w->text[LAB_KEY_SEQ] == '+' || *w->text[LAB_KEY_SEQ] == '-'))
        return net_fail(w->d->err, 0, NULL, "the first number of %s was not seen: write seq=next, or a plain number",
                        net_host_name(w->from));
    n->seq = next[0];
    n->ack = n->flags & NET_ACK ? next[1] : 0;
    if (w->text[LAB_KEY_SEQ] && read_number(w, LAB_KEY_SEQ, first[0], next[0], &n->seq) < 0)
        return -1;
    bool plain = w->text[LAB_KEY_ACK] && *w->text[LAB_KEY_ACK] >= '0' && *w->text[LAB_KEY_ACK] <= '9';
    if (n->flags & NET_ACK && !other && !plain)
        return net_fail(w->d->err, 0, NULL,
                        "%s has sent nothing in this connection that could be confirmed: flags=SYN begins one, and "
                        "ack=N confirms a number all the same",
                        net_host_name(!w->from));
    return w->text[LAB_KEY_ACK] ? read_number(w, LAB_KEY_ACK, first[1], next[1], &n->ack) : 0;
}

/* ---- flags, window, data ---- */

static int read_flags(struct written *w)
{
    static const struct {
        const char *name;
        unsigned bits;
    } flags[] = {{"FIN", NET_FIN}, {"SYN", NET_SYN}, {"RST", NET_RST}, {"PSH", NET_PSH},           {"ACK", NET_ACK},
                 {"URG", NET_URG}, {"ECE", NET_ECE}, {"CWR", NET_CWR}, {"ECN", NET_ECE | NET_CWR}, {"none", 0}};
    struct net_ev_segment *n = &w->out.numbers;
    char name[NAME_BYTES];
    const char *at = w->text[LAB_KEY_FLAGS];
    if (!at)
        n->flags = w->text[LAB_KEY_DATA] || w->text[LAB_KEY_BYTES] ? NET_PSH | NET_ACK : NET_ACK;
    while (at && *at) {
        size_t i = 0, length = strcspn(at, ",+|");
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        while (i < sizeof flags / sizeof *flags && strcmp(flags[i].name, name) != 0)
            i++;
        if (i == sizeof flags / sizeof *flags)
            return net_fail(w->d->err, 0, NULL,
                            "`%.*s` is no flag: there are FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, ECN (ECE and CWR) "
                            "and none",
                            (int)length, at);
        n->flags |= (uint8_t)flags[i].bits;
        at += length + (at[length] != '\0');
    }
    return 0;
}

static int read_data(struct written *w)
{
    int64_t bytes = (int64_t)w->bytes[LAB_KEY_DATA];
    if (w->text[LAB_KEY_BYTES] && lab_word_number(w->text[LAB_KEY_BYTES], 0, UINT16_MAX, &bytes, w->d->err) < 0)
        return -1;
    w->out.data_bytes = (size_t)bytes;
    for (size_t i = 0; w->text[LAB_KEY_BYTES] && i < sizeof w->data; i++)
        w->data[i] = (uint8_t)('a' + i % 26);
    w->out.data = w->text[LAB_KEY_BYTES] ? w->data : (const uint8_t *)w->text[LAB_KEY_DATA];
    return 0;
}

static int read_rest(struct written *w)
{
    const char *sum = w->text[LAB_KEY_CHECKSUM];
    int64_t window = NEW_WINDOW;
    if (w->text[LAB_KEY_WIN] && lab_word_number(w->text[LAB_KEY_WIN], 0, UINT16_MAX, &window, w->d->err) < 0)
        return -1;
    if (sum && strcmp(sum, "wrong") != 0 && strcmp(sum, "right") != 0)
        return net_fail(w->d->err, 0, NULL, "a checksum is right or wrong, not `%.40s`", sum);
    w->out.numbers.window = (uint16_t)window;
    w->out.wrong_checksum = sum && strcmp(sum, "wrong") == 0;
    return 0;
}

/* ---- options ---- */

static int put_option(struct written *w, unsigned kind, const uint8_t *value, size_t bytes)
{
    struct net_inject *out = &w->out;
    if (out->options_bytes + 2 + bytes > sizeof out->options)
        return net_fail(w->d->err, 0, NULL, "these options do not fit: a TCP header has room for %d bytes of them",
                        NET_INJECT_OPTIONS);
    out->options[out->options_bytes++] = (uint8_t)kind;
    out->options[out->options_bytes++] = (uint8_t)(bytes + 2);
    if (bytes)
        memcpy(out->options + out->options_bytes, value, bytes);
    out->options_bytes += bytes;
    return 0;
}

static int put_number(struct written *w, unsigned kind, unsigned bytes, const uint32_t *numbers, size_t count)
{
    uint8_t value[SACK_EDGES * sizeof *numbers];
    for (size_t i = 0; i < count; i++)
        for (unsigned byte = 0; byte < bytes; byte++)
            value[i * bytes + byte] = (uint8_t)(numbers[i] >> 8 * (bytes - 1 - byte));
    return put_option(w, kind, value, count * bytes);
}

/* The newest that the two ends have said, so that the kernel does not take it for an old one (PAWS, RFC 7323). */
static void times_of(const struct written *w, uint32_t out[2])
{
    const struct lab_state *state = w->d->session->state;
    bool known[2] = {false, false};
    out[0] = 1;
    out[1] = 0;
    const struct lab_conversation *c = w->conversation == LAB_NONE ? NULL : &state->conversations[w->conversation];
    for (size_t i = c ? c->segment_count : 0; i-- > 0;) {
        const struct net_ev_segment *s = state->segments[c->segments[i]].segment;
        unsigned of = s->from != w->from;
        if (s->has_timestamp && (!known[of] || (int32_t)(s->ts_value - out[of]) > 0)) {
            out[of] = s->ts_value;
            known[of] = true;
        }
    }
}

/* Numbers behind ":", joined by ':' or '-'; how many there are, at most `most`; -1 with what is wrong. */
static int numbers_behind(struct written *w, const char *option, uint32_t most_value, int most, uint32_t *out)
{
    const char *at = strchr(option, ':');
    int count = 0;
    while (at && *at) {
        char digits[NAME_BYTES];
        size_t length = strcspn(++at, ":-");
        int64_t number;
        snprintf(digits, sizeof digits, "%.*s", (int)length, at);
        if (count == most || length >= sizeof digits || lab_word_number(digits, 0, most_value, &number, NULL) < 0)
            return net_fail(w->d->err, 0, NULL, "option `%.40s`: at most %d numbers, each from 0 to %u", option, most,
                            most_value);
        out[count++] = (uint32_t)number;
        at += length;
    }
    return count;
}

static int put_mss(struct written *w, const char *option)
{
    uint32_t mss = 1460;
    return numbers_behind(w, option, UINT16_MAX, 1, &mss) < 0 ? -1 : put_number(w, OPTION_MSS, 2, &mss, 1);
}

static int put_wscale(struct written *w, const char *option)
{
    uint32_t shift = 7;
    return numbers_behind(w, option, UINT8_MAX, 1, &shift) < 0 ? -1 : put_number(w, OPTION_WSCALE, 1, &shift, 1);
}

static int put_sack_ok(struct written *w, const char *option)
{
    (void)option;
    return put_option(w, OPTION_SACK_OK, NULL, 0);
}

/* One of the two: a number, or with a sign so much more or less than the newest. */
static int put_time(struct written *w, const char *option, const char *text, size_t length, uint32_t *time)
{
    char digits[NAME_BYTES];
    const bool more = *text == '+', less = *text == '-';
    int64_t number = 0;
    snprintf(digits, sizeof digits, "%.*s", (int)(length - (more || less)), text + (more || less));
    if (length >= sizeof digits || lab_word_number(digits, 0, UINT32_MAX, &number, NULL) < 0)
        return net_fail(w->d->err, 0, NULL,
                        "option `%.40s`: at most 2 numbers, each from 0 to %u, or -1000 for one that is so much older "
                        "than the last",
                        option, UINT32_MAX);
    *time = less ? *time - (uint32_t)number : more ? *time + (uint32_t)number : (uint32_t)number;
    return 0;
}

static int put_times(struct written *w, const char *option)
{
    uint32_t times[2];
    const char *at = strchr(option, ':');
    times_of(w, times);
    for (unsigned i = 0; at && *at; i++) {
        size_t length = strcspn(++at, ":");
        if (i == 2 || put_time(w, option, at, length, &times[i]) < 0)
            return i < 2 ? -1 : net_fail(w->d->err, 0, NULL, "option `%.40s`: at most 2 numbers", option);
        at += length;
    }
    return put_number(w, OPTION_TIMES, 4, times, 2);
}

/* Edges as the ladder shows them, from the first number of the other end. */
static int put_sack(struct written *w, const char *option)
{
    uint32_t edge[SACK_EDGES], first, next;
    int count = numbers_behind(w, option, UINT32_MAX, SACK_EDGES, edge);
    if (count < 0)
        return -1;
    if (count == 0 || count % 2)
        return net_fail(w->d->err, 0, NULL, "option `%.40s`: SACK has pairs of edges, as in sack:1001-2001", option);
    bool known = numbers_of(w, !w->from, &first, &next);
    for (int i = 0; known && i < count; i++)
        edge[i] += first;
    return put_number(w, OPTION_SACK, 4, edge, (size_t)count);
}

static int put_nop(struct written *w, const char *option)
{
    (void)option;
    if (w->out.options_bytes == sizeof w->out.options)
        return net_fail(w->d->err, 0, NULL, "these options do not fit: a TCP header has room for %d bytes of them",
                        NET_INJECT_OPTIONS);
    w->out.options[w->out.options_bytes++] = 1;
    return 0;
}

static int put_named_option(struct written *w, const char *option)
{
    static const struct {
        const char *name;
        int (*put)(struct written *, const char *option);
    } options[] = {{"mss", put_mss},  {"wscale", put_wscale}, {"sackok", put_sack_ok},
                   {"ts", put_times}, {"sack", put_sack},     {"nop", put_nop}};
    size_t length = strcspn(option, ":");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, option, length) == 0)
            return options[i].put(w, option);
    return net_fail(w->d->err, 0, NULL,
                    "`%.40s` is no option: there are mss:1460, wscale:7, sackok, ts (or ts:VALUE:ECHO; ts:-1000 is "
                    "older than its host's last), sack:1001-2001 "
                    "and nop",
                    option);
}

static int read_options(struct written *w)
{
    char option[80];
    for (const char *at = w->text[LAB_KEY_OPTIONS]; at && *at;) {
        size_t length = strcspn(at, ",");
        snprintf(option, sizeof option, "%.*s", (int)length, at);
        if (length >= sizeof option)
            return net_fail(w->d->err, 0, NULL, "`%.40s...` is no option", option);
        if (put_named_option(w, option) < 0)
            return -1;
        at += length + (at[length] != '\0');
    }
    return 0;
}

/* ---- carried out ---- */

static int need_wire(struct lab_doing *d)
{
    if (d->session->engine.wire)
        return 0;
    return net_fail(d->err, 0, NULL,
                    "there is no wire to put anything on: this lab runs on the machine's own loopback");
}

static int put_segment(struct lab_doing *d)
{
    struct written w = {.d = d, .from = (unsigned)d->command->value[0].number};
    w.out.numbers.from = (uint8_t)w.from;
    if (read_words(&w) < 0 || find_conversation(&w) < 0 || read_flags(&w) < 0 || read_numbers(&w) < 0 ||
        read_data(&w) < 0 || read_options(&w) < 0 || read_rest(&w) < 0)
        return -1;
    return net_wire_inject(d->session->engine.wire, &w.out, d->err);
}

/* The one that is named, or the latest TCP segment of the host; NULL with the reason. */
static const struct lab_segment *quoted(struct lab_doing *d, unsigned host)
{
    const struct lab_value *of = &d->command->value[3], *id = &d->command->value[4];
    const struct lab_state *state = d->session->state;
    int at = LAB_NONE;
    if (of->given != id->given) {
        net_fail(d->err, 0, NULL, "of which segment? write `of #12`, or neither: then it is about the latest one");
        return NULL;
    }
    if (id->given)
        at = lab_segment_by_id(state, (uint64_t)id->number);
    for (size_t i = state->segment_count; !id->given && at == LAB_NONE && i-- > 0;)
        if (state->segments[i].conversation != LAB_NONE && state->segments[i].segment->from == host)
            at = (int)i;
    if (at == LAB_NONE && id->given)
        net_fail(d->err, 0, NULL, "there is no segment #%lld: `show wire` lists the latest", (long long)id->number);
    else if (at == LAB_NONE)
        net_fail(d->err, 0, NULL, "%s has sent no segment that a message could be about", net_host_name(host));
    if (at == LAB_NONE || state->segments[at].segment->from == host)
        return at == LAB_NONE ? NULL : &state->segments[at];
    net_fail(d->err, 0, NULL, "%s did not send #%llu: a message about a segment goes to who sent it, `icmp to %s`",
             net_host_name(host), (unsigned long long)state->segments[at].id, net_host_name(!host));
    return NULL;
}

static int put_icmp(struct lab_doing *d)
{
    static const uint8_t codes[] = {0, NET_ICMP_HOST, NET_ICMP_PROTOCOL, NET_ICMP_PORT, NET_ICMP_PROHIBITED};
    const struct lab_value *value = d->command->value;
    bool narrow = d->command->row->argument == NET_ICMP_TOO_BIG;
    struct net_inject_icmp icmp = {.to = (enum net_host)value[0].number};
    const struct lab_segment *about = quoted(d, icmp.to);
    if (!about)
        return -1;
    icmp.code = narrow ? NET_ICMP_TOO_BIG : codes[value[2].number];
    icmp.mtu = narrow ? (uint32_t)value[2].number : 0;
    icmp.about = about->packet;
    icmp.about_bytes = about->packet_bytes;
    return net_wire_inject_icmp(d->session->engine.wire, &icmp, d->err);
}

/* What comes for a host is what the other one sends. */
static int be(struct lab_doing *d)
{
    struct net_wire_settings settings;
    unsigned host = (unsigned)d->command->value[0].number;
    net_wire_get(d->session->engine.wire, &settings);
    net_fault_set(&settings.faults, NET_FAULT_BE, 0);
    if (host < NET_HOSTS)
        settings.faults.value[NET_FAULT_BE][!host] = 1;
    return net_wire_set(d->session->engine.wire, &settings, d->err);
}

/* Numbers count from what the hosts have sent until now. */
static int act(struct lab_doing *d)
{
    if (need_wire(d) < 0)
        return -1;
    net_wire_catch_up(d->session->engine.wire);
    lab_session_drain(d->session);
    switch (d->command->row->number) {
    case LAB_WIRE_SEGMENT: return put_segment(d);
    case LAB_WIRE_ICMP: return put_icmp(d);
    default: return be(d);
    }
}

static enum lab_outcome run_inject(struct lab_doing *d)
{
    if (d->phase > 0)
        return lab_settled(d, 0) ? LAB_DONE : LAB_WAITS;
    if (act(d) < 0)
        return LAB_ERROR;
    lab_doing_next(d);
    return lab_doing_wait(d, SETTLE_NS, true, "what it causes");
}

/* ---- the rows ---- */

#define INJECT .group = LAB_GROUP_WIRE, .id = LAB_COMMAND_WIRE, .run = run_inject
#define ABOUT  {.kind = LAB_SLOT_KEYWORD, .words = "of", .name = "of #ID", .optional = true}, OPTIONAL(SEGMENT, "")

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "segment from", INJECT, .number = LAB_WIRE_SEGMENT,
     .help = N_("put a segment on the wire that no kernel sent, in the name of a host: `help segment` has the words"),
     .slots = {SLOT(HOST, "HOST"), OPTIONAL(KEYS, "of ACTOR flags=SYN,ACK seq=+1 ack=next win=N data=\"TEXT\" ...")}},
    {.words = "icmp to", INJECT, .number = LAB_WIRE_ICMP,
     .help = N_("a router tells a host that the latest segment it sent, or that one, could not be delivered"),
     .slots = {SLOT(HOST, "HOST"), KEYWORD("unreachable"), KEYWORD("net host protocol port prohibited"), ABOUT}},
    {.words = "icmp to", INJECT, .number = LAB_WIRE_ICMP, .argument = NET_ICMP_TOO_BIG,
     .help = N_("the same: the way carries packets of N bytes, and no larger ones (fragmentation needed)"),
     .slots = {SLOT(HOST, "HOST"), KEYWORD("narrow"), NUMBER("N", 0, 65535), ABOUT}},
    {.words = "be", INJECT, .number = LAB_WIRE_BE,
     .help = N_("be one of the hosts: what is sent to it waits for you, and only `segment` answers; `be nobody` ends it"),
     .slots = {KEYWORD("server client nobody")}},
};
/* clang-format on */
const struct lab_family lab_family_inject = LAB_FAMILY(rows);
