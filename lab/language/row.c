// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/language/row.h"

#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/language/word.h"
#include "net/engine.h"
#include "net/data/linux.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

const char *lab_group_title(enum lab_group group)
{
    static const char *const titles[LAB_GROUPS] = {
        [LAB_GROUP_ACTORS] = "Actors", [LAB_GROUP_HANDS] = "Hands",   [LAB_GROUP_WIRE] = "Wire",
        [LAB_GROUP_TIME] = "Time",     [LAB_GROUP_ASKING] = "Asking", [LAB_GROUP_SAVING] = "Saving",
    };
    return titles[group];
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
    {"MSG_DONTWAIT", NET_MSG_DONTWAIT, "this one call does not wait: EAGAIN instead"},
    {"MSG_NOSIGNAL", NET_MSG_NOSIGNAL, "no SIGPIPE where send() fails with EPIPE"},
    {"MSG_PEEK", NET_MSG_PEEK, "recv() looks at the bytes and leaves them unread"},
    {"MSG_WAITALL", NET_MSG_WAITALL, "recv() waits until it has as many bytes as it asked for"},
    {"MSG_OOB", NET_MSG_OOB, "the urgent byte"},
    {"MSG_MORE", NET_MSG_MORE, "more will follow: a segment that is not full is held back, up to 200 ms"},
    {NULL, 0, NULL}};
#define POLL_ASKED                                                                                                     \
    {"POLLIN", POLLIN, "recv() or accept() would not wait: bytes, the end, an error or a connection is there"},        \
    {"POLLOUT", POLLOUT, "send() would not wait; of a connect() under way: it is over"},                               \
    {"POLLRDHUP", POLLRDHUP, "the other end has sent FIN, or this end has shut down reading"},                         \
    {"POLLPRI", POLLPRI, "the urgent byte is there"}
const struct lab_flag lab_poll_flags[] = {POLL_ASKED, {NULL, 0, NULL}};
const struct lab_flag lab_poll_answers[] = {
    POLL_ASKED,
    {"POLLERR", POLLERR, "an error waits on the socket (SO_ERROR); never asked for, always told"},
    {"POLLHUP", POLLHUP, "both directions are over, or it was never connected; never asked for, always told"},
    {"POLLNVAL", POLLNVAL, "the descriptor is not open; never asked for, always told"},
    {NULL, 0, NULL}};

const struct lab_flag lab_segment_keys[] = {
    [LAB_KEY_OF] = {"of", LAB_KEY_OF,
                    "which connection: `of c1`, `of c1.3`, `of #12` (that of a segment); else that of the latest segment"},
    [LAB_KEY_FLAGS] = {"flags=", LAB_KEY_FLAGS,
                       "FIN SYN RST PSH ACK URG ECE CWR, ECN (ECE and CWR) or none, joined by commas; else ACK"},
    [LAB_KEY_SEQ] = {"seq=", LAB_KEY_SEQ,
                     "+1 counts from the first number, as the ladder does; next, next+1, next-1 from what the host sends "
                     "next; 1 is the number itself; else next"},
    [LAB_KEY_ACK] = {"ack=", LAB_KEY_ACK, "the same, of what the other host sends; else next"},
    [LAB_KEY_WIN] = {"win=", LAB_KEY_WIN, "the window as it stands in the header, not scaled; else 64240"},
    [LAB_KEY_DATA] = {"data=", LAB_KEY_DATA, "\"TEXT\": its bytes"},
    [LAB_KEY_BYTES] = {"bytes=", LAB_KEY_BYTES, "so many bytes instead"},
    [LAB_KEY_OPTIONS] = {"options=", LAB_KEY_OPTIONS,
                         "mss:1460, wscale:7, sackok, ts (or ts:VALUE:ECHO), sack:1001-2001, nop, joined by commas"},
    [LAB_KEY_CHECKSUM] = {"checksum=", LAB_KEY_CHECKSUM, "wrong: the receiving kernel throws it away"},
    [LAB_KEY_PORT] = {"port=", LAB_KEY_PORT, "of the sender, in a connection of its own; else 40000"},
    [LAB_KEY_TO] = {"to=", LAB_KEY_TO, "the port that it is for"},
    {0},
};
/* clang-format on */

static const struct lab_flag *find_flag(const struct lab_flag *flags, const char *word, size_t n)
{
    for (; flags->name; flags++) {
        const char *shorter = flags->name +
                              (strncmp(flags->name, "MSG_", 4) == 0 ? 4 : 4 * (strncmp(flags->name, "POLL", 4) == 0));
        if ((strlen(flags->name) == n && strncmp(flags->name, word, n) == 0) ||
            (strlen(shorter) == n && strncmp(shorter, word, n) == 0))
            return flags;
    }
    return NULL;
}

static int unknown_flag(const char *word, size_t n, const struct lab_flag *flags, struct net_error *err)
{
    char wrong[40], known[120] = "";
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
