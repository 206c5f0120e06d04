// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/base/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t net_utf8(const char *text, size_t bytes, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    size_t length = s[0] < 0x80                   ? 1
                    : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                    : (s[0] & 0xf0) == 0xe0       ? 3
                    : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                                  : 0;
    if (length == 0 || length > bytes)
        return 0;
    uint32_t value = length == 1 ? s[0] : s[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3fu);
    }
    if (value < least[length] || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff)
        return 0;
    *point = value;
    return length;
}

/*
 * Controls; characters of the category Cf (Unicode 15, DerivedGeneralCategory.txt: direction, joiners, tags); line and
 * paragraph separators; fillers, which are letters without a shape; and what is no character or private. In order.
 */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x0, 0x1f},        {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},        {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},        {0x8e2, 0x8e2},
    {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},      {0x2028, 0x202e},
    {0x2060, 0x206f},   {0x3164, 0x3164},   {0xd800, 0xdfff},   {0xfdd0, 0xfdef},      {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},    {0x110cd, 0x110cd},
    {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xffffffff},
};

bool net_is_plain(uint32_t point)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0] && hidden[i].first <= point; i++)
        if (point <= hidden[i].last)
            return false;
    return true;
}

void net_escape(uint32_t value, bool is_byte, char out[NET_ESCAPE_BYTES])
{
    if (value == '\n' || value == '\t' || value == '\r')
        snprintf(out, NET_ESCAPE_BYTES, "\\%c", value == '\n' ? 'n' : value == '\t' ? 't' : 'r');
    else
        snprintf(out, NET_ESCAPE_BYTES, is_byte || value < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)value);
}

/* The beginning of a character, of which a limit has cut the rest. */
static bool is_cut(const char *text, size_t bytes)
{
    unsigned char first = (unsigned char)*text;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    if (bytes >= length)
        return false;
    for (size_t i = 1; i < bytes; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return false;
    return true;
}

void net_whole(char *text)
{
    size_t bytes = strlen(text), at = bytes;
    while (at > 0 && bytes - at < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
        at--;
    if (at > 0 && is_cut(text + at - 1, bytes - at + 1))
        text[at - 1] = '\0';
}

/* What is to stand for the next bytes of a text, in `piece`; how many bytes those are. */
static size_t take(const char *text, size_t bytes, char piece[NET_ESCAPE_BYTES])
{
    uint32_t point = 0;
    size_t n = net_utf8(text, bytes, &point);
    if (n == 0 && is_cut(text, bytes)) {
        piece[0] = '\0';
        return bytes;
    }
    if (n == 0) {
        net_escape((unsigned char)*text, true, piece);
        return 1;
    }
    if (point == '\n' || point == '\t') {
        memcpy(piece, " ", 2);
    } else if (net_is_plain(point)) {
        memcpy(piece, text, n);
        piece[n] = '\0';
    } else {
        net_escape(point, false, piece);
    }
    return n;
}

void net_plain(char *text, size_t room)
{
    char piece[NET_ESCAPE_BYTES];
    size_t bytes = strlen(text), at = 0, end = 0;
    const char *c = text;
    while (*c >= ' ' && *c < 127) /* nearly always all of it */
        c++;
    char *copy = *c ? strdup(text) : NULL;
    if (!copy) {
        *(char *)c = '\0'; /* without memory the rest is not shown */
        return;
    }
    while (at < bytes) {
        at += take(copy + at, bytes - at, piece);
        size_t n = strlen(piece);
        if (end + n >= room)
            break;
        memcpy(text + end, piece, n);
        end += n;
    }
    text[end] = '\0';
    free(copy);
}
