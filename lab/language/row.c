// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/language/row.h"

#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/language/word.h"
#include "net/engine.h"
#include "net/data/linux.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *lab_group_title(enum lab_group group)
{
    static const char *const titles[LAB_GROUPS] = {
        [LAB_GROUP_ACTORS] = N_("Actors"), [LAB_GROUP_HANDS] = N_("Hands"),   [LAB_GROUP_WIRE] = N_("Wire"),
        [LAB_GROUP_TIME] = N_("Time"),     [LAB_GROUP_ASKING] = N_("Asking"), [LAB_GROUP_SAVING] = N_("Saving"),
    };
    return _(titles[group]);
}

const struct lab_row *lab_row_at(const struct lab_language *language, size_t i)
{
    for (size_t family = 0; family < language->count; family++) {
        if (i < language->families[family]->count)
            return &language->families[family]->rows[i];
        i -= language->families[family]->count;
    }
    return NULL;
}

const struct lab_row *lab_row_in_help(const struct lab_language *language, size_t i)
{
    const struct lab_row *row;
    for (unsigned group = 0; group < LAB_GROUPS; group++)
        for (size_t k = 0; (row = lab_row_at(language, k)); k++)
            if (row->group == group && i-- == 0)
                return row;
    return NULL;
}

bool lab_row_repeats(const struct lab_row *row, const struct lab_row *before)
{
    return before && before->who == row->who && strcmp(before->words, row->words) == 0;
}

const char *lab_row_title(const struct lab_row *row, char *out, size_t out_bytes)
{
    static const char *const prefix[] = {[LAB_WHO_NOBODY] = "",
                                         [LAB_WHO_ACTOR] = "ACTOR ",
                                         [LAB_WHO_SOCKET] = "ACTOR[.FD] ",
                                         [LAB_WHO_HAND] = "HAND[.FD] "};
    snprintf(out, out_bytes, "%s%s", prefix[row->who], row->words);
    return out;
}

static void slot_text(const struct lab_slot *slot, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, slot->optional ? "[%s]" : "%s", slot->name ? slot->name : slot->words);
    if (slot->kind == LAB_SLOT_KEYWORD && !slot->name)
        for (char *c = out; *c; c++)
            if (*c == ' ')
                *c = '|';
}

const char *lab_row_takes(const struct lab_row *row, char *out, size_t out_bytes)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < LAB_SLOTS && row->slots[i].kind && used < out_bytes; i++) {
        char text[100];
        if (row->slots[i].name && !*row->slots[i].name)
            continue;
        slot_text(&row->slots[i], text, sizeof text);
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%s", i ? " " : "", text);
    }
    return out;
}

const char *lab_row_form(const struct lab_row *row, char *out, size_t out_bytes)
{
    char title[48], takes[100];
    lab_row_title(row, title, sizeof title);
    lab_row_takes(row, takes, sizeof takes);
    snprintf(out, out_bytes, *takes ? "%s %s" : "%s", title, takes);
    return out;
}

const struct lab_row *lab_row_of_command(const struct lab_language *language, const char *word)
{
    const struct lab_row *row;
    size_t n = strlen(word);
    for (size_t i = 0; (row = lab_row_at(language, i)); i++)
        if (row->who == LAB_WHO_NOBODY && strncmp(row->words, word, n) == 0 &&
            (row->words[n] == '\0' || row->words[n] == ' '))
            return row;
    return NULL;
}

const struct lab_row *lab_row_of_verb(const struct lab_language *language, const char *word)
{
    const struct lab_row *row;
    for (size_t i = 0; (row = lab_row_at(language, i)); i++)
        if (row->who != LAB_WHO_NOBODY && strcmp(row->words, word) == 0)
            return row;
    return NULL;
}

/* clang-format off */
const struct lab_flag lab_message_flags[] = {
    {"MSG_DONTWAIT", NET_MSG_DONTWAIT, N_("this one call does not wait: EAGAIN instead")},
    {"MSG_NOSIGNAL", NET_MSG_NOSIGNAL, N_("no SIGPIPE where send() fails with EPIPE")},
    {"MSG_PEEK", NET_MSG_PEEK, N_("recv() looks at the bytes and leaves them unread")},
    {"MSG_TRUNC", NET_MSG_TRUNC, N_("recv() throws the bytes away and copies none of them (tcp(7))")},
    {"MSG_WAITALL", NET_MSG_WAITALL, N_("recv() waits until it has as many bytes as it asked for")},
    {"MSG_OOB", NET_MSG_OOB, N_("the urgent byte")},
    {"MSG_MORE", NET_MSG_MORE, N_("more will follow: a segment that is not full is held back, up to 200 ms")},
    {"MSG_FASTOPEN", NET_MSG_FASTOPEN, N_("connects, too: the SYN takes the data along when a cookie is known")},
    {"MSG_ZEROCOPY", NET_MSG_ZEROCOPY, N_("sends the program's own memory; needs SO_ZEROCOPY")},
    {"MSG_ERRQUEUE", NET_MSG_ERRQUEUE, N_("recvmsg() reads the error queue: what MSG_ZEROCOPY has let go of")},
    {NULL, 0, NULL}};
#define POLL_ASKED                                                                                                     \
    {"POLLIN", POLLIN, N_("recv() or accept() would not wait: bytes, the end, an error or a connection is there")},    \
    {"POLLOUT", POLLOUT, N_("send() would not wait; of a connect() under way: it is over")},                           \
    {"POLLRDHUP", POLLRDHUP, N_("the other end has sent FIN, or this end has shut down reading")},                     \
    {"POLLPRI", POLLPRI, N_("the urgent byte is there")}
const struct lab_flag lab_poll_flags[] = {POLL_ASKED, {NULL, 0, NULL}};
const struct lab_flag lab_poll_answers[] = {
    POLL_ASKED,
    {"POLLERR", POLLERR, N_("an error waits on the socket (SO_ERROR); never asked for, always told")},
    {"POLLHUP", POLLHUP, N_("both directions are over, or it was never connected; never asked for, always told")},
    {"POLLNVAL", POLLNVAL, N_("the descriptor is not open; never asked for, always told")},
    {NULL, 0, NULL}};
const struct lab_flag lab_epoll_flags[] = {
    {"EPOLLIN", 0x1, N_("recv() or accept() would not wait")},
    {"EPOLLOUT", 0x4, N_("send() would not wait")},
    {"EPOLLRDHUP", 0x2000, N_("the other end has sent FIN, or this end has shut down reading")},
    {"EPOLLPRI", 0x2, N_("the urgent byte is there")},
    {"EPOLLET", 1LL << 31, N_("edge-triggered: told when something new comes, not as long as something is there")},
    {"EPOLLONESHOT", 1LL << 30, N_("told once; then nothing more, until epoll_ctl MOD")},
    {"EPOLLEXCLUSIVE", 1LL << 28,
     N_("of several epoll instances that wait for the same, not all are woken; with ADD only")},
    {NULL, 0, NULL}};
const struct lab_flag lab_socket_families[] = {
    {"AF_INET", 2, "IPv4"}, {"AF_INET6", 10, "IPv6"}, {"AF_UNIX", 1, N_("within the machine")},
    {"AF_UNSPEC", 0, N_("none: not allowed here")}, {NULL, 0, NULL}};
const struct lab_flag lab_socket_types[] = {
    {"SOCK_STREAM", 1, N_("a stream of bytes: TCP")}, {"SOCK_DGRAM", 2, N_("datagrams: UDP")},
    {"SOCK_RAW", 3, N_("packets; needs CAP_NET_RAW")}, {"SOCK_NONBLOCK", NET_O_NONBLOCK, N_("its calls never wait")},
    {"SOCK_CLOEXEC", 02000000, N_("exec closes it")}, {NULL, 0, NULL}};
const struct lab_flag lab_socket_protocols[] = {
    {"IPPROTO_IP", 0, N_("the usual one of that type")}, {"IPPROTO_TCP", 6, "TCP"}, {"IPPROTO_UDP", 17, "UDP"},
    {"IPPROTO_MPTCP", 262, N_("Multipath TCP, where the kernel has it")}, {NULL, 0, NULL}};
const struct lab_flag lab_requests[] = {
    {"FIONREAD", 0x541b, N_("bytes in the receive queue (SIOCINQ)")},
    {"SIOCOUTQ", 0x5411, N_("bytes that are sent or to be sent, and not confirmed")},
    {"SIOCOUTQNSD", 0x894b, N_("bytes that were never sent")},
    {"SIOCATMARK", 0x8905, N_("whether recv() has come to the urgent byte")}, {NULL, 0, NULL}};

const struct lab_flag lab_segment_keys[] = {
    [LAB_KEY_OF] = {"of", LAB_KEY_OF,
                    N_("which connection: `of c1`, `of c1.3`, `of #12` (that of a segment); else that of the latest "
                       "segment")},
    [LAB_KEY_FLAGS] = {"flags=", LAB_KEY_FLAGS,
                       N_("FIN SYN RST PSH ACK URG ECE CWR, ECN (ECE and CWR) or none, joined by commas; else ACK")},
    [LAB_KEY_SEQ] = {"seq=", LAB_KEY_SEQ,
                     N_("+1 counts from the first number, as the ladder does; next, next+1, next-1 from what the host "
                        "sends next; 1 is the number itself; else next")},
    [LAB_KEY_ACK] = {"ack=", LAB_KEY_ACK, N_("the same, of what the other host sends; else next")},
    [LAB_KEY_WIN] = {"win=", LAB_KEY_WIN, N_("the window as it stands in the header, not scaled; else 64240")},
    [LAB_KEY_DATA] = {"data=", LAB_KEY_DATA, N_("\"TEXT\": its bytes")},
    [LAB_KEY_BYTES] = {"bytes=", LAB_KEY_BYTES, N_("so many bytes instead")},
    [LAB_KEY_OPTIONS] = {"options=", LAB_KEY_OPTIONS,
                         N_("mss:1460, wscale:7, sackok, ts (or ts:VALUE:ECHO; ts:-1000 is older than its host's last), "
                            "sack:1001-2001, nop, joined by commas")},
    [LAB_KEY_CHECKSUM] = {"checksum=", LAB_KEY_CHECKSUM, N_("wrong: the receiving kernel throws it away")},
    [LAB_KEY_PORT] = {"port=", LAB_KEY_PORT, N_("of the sender, in a connection of its own; else 40000")},
    [LAB_KEY_TO] = {"to=", LAB_KEY_TO, N_("the port that it is for, or address and port: [2001:db8::1]:12345")},
    {0},
};
/* clang-format on */

static const char *without_prefix(const char *name)
{
    static const char *const prefixes[] = {"MSG_", "POLL", "EPOLL", "AF_", "SOCK_", "IPPROTO_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return name + strlen(prefixes[i]);
    return name;
}

static const struct lab_flag *find_flag(const struct lab_flag *flags, const char *word, size_t n)
{
    if (strncmp(flags->name, "POLL", 4) == 0 && n > 5 && strncmp(word, "EPOLL", 5) == 0) {
        word++; /* of epoll_wait(): the same numbers */
        n--;
    }
    for (; flags->name; flags++) {
        const char *shorter = without_prefix(flags->name);
        if ((strlen(flags->name) == n && strncasecmp(flags->name, word, n) == 0) ||
            (strlen(shorter) == n && strncasecmp(shorter, word, n) == 0))
            return flags;
    }
    return NULL;
}

static int unknown_flag(const char *word, size_t n, const struct lab_flag *flags, struct net_error *err)
{
    char wrong[40], known[240] = "";
    struct lab_nearest nearest;
    snprintf(wrong, sizeof wrong, "%.*s", (int)(n > 39 ? 39 : n), word);
    lab_nearest_init(&nearest, wrong);
    for (; flags->name; flags++) {
        lab_nearest_offer(&nearest, flags->name);
        lab_append(known, sizeof known, *known ? ", %s" : "%s", flags->name);
    }
    return net_fail(err, 0, NULL, "`%s` is no flag here: there are %s%s", wrong, known, lab_nearest_hint(&nearest));
}

int lab_flags_read(const char *word, const struct lab_flag *flags, int64_t *bits, struct net_error *err)
{
    for (const char *part = word;; part++) {
        size_t n = strcspn(part, "+|");
        const struct lab_flag *flag = find_flag(flags, part, n);
        if (!flag)
            return unknown_flag(part, n, flags, err);
        *bits |= flag->bit;
        part += n;
        if (!*part)
            return 0;
    }
}

int lab_names_read(const char *word, const struct lab_flag *names, int64_t *bits, struct net_error *err)
{
    char *end;
    long long number = strtoll(word, &end, 0);
    if (*word == '\0' || isspace((unsigned char)*word) || *end)
        return lab_flags_read(word, names, bits, err);
    if (number < INT32_MIN || number > UINT32_MAX)
        return net_fail(err, 0, NULL, "%.40s is out of range: the kernel takes 32 bits", word);
    *bits = number;
    return 0;
}
