// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/language/row.h"

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
    if (slot->kind == LAB_SLOT_KEYWORD)
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

const struct lab_flag lab_message_flags[] = {{"MSG_DONTWAIT", NET_MSG_DONTWAIT},
                                             {"MSG_NOSIGNAL", NET_MSG_NOSIGNAL},
                                             {"MSG_PEEK", NET_MSG_PEEK},
                                             {"MSG_WAITALL", NET_MSG_WAITALL},
                                             {"MSG_OOB", NET_MSG_OOB},
                                             {"MSG_MORE", NET_MSG_MORE},
                                             {NULL, 0}};
const struct lab_flag lab_poll_flags[] = {
    {"POLLIN", POLLIN}, {"POLLOUT", POLLOUT}, {"POLLRDHUP", POLLRDHUP}, {"POLLPRI", POLLPRI}, {NULL, 0}};
