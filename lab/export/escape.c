// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/export/escape.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One character of UTF-8 (RFC 3629) at text: its bytes, 0 when there is none. Overlong forms, surrogates and numbers
 * above U+10FFFF are none. */
static size_t character(const char *text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    size_t n = *at < 0x80 ? 1 : *at >= 0xc2 && *at < 0xe0 ? 2 : *at >= 0xe0 && *at < 0xf0 ? 3 : *at >= 0xf0 ? 4 : 0;
    *code = n == 1 ? *at : n ? *at & (0xffu >> (n + 1)) : 0;
    for (size_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (at[i] & 0x3f);
    }
    bool is_surrogate = *code >= 0xd800 && *code < 0xe000;
    return n > 0 && *code >= least[n] && *code < 0x110000 && !is_surrogate ? n : 0;
}

/* What a reader would not see, or what would show him something else (Unicode Standard Annex 9, section 2; Technical
 * Report 36, section 2.5). */
static bool is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x80, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x180e, 0x180e},
        {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xd800, 0xdfff},
        {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff},
    };
    if ((code & 0xfffe) == 0xfffe)
        return true;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

/* What CommonMark 0.31 or GitHub's tables could take for something within a line. The others would only be harder to
 * read: a hand-out is read as it stands, too. A _ within a word means nothing. */
static bool is_markup(const char *at, bool within_word)
{
    if (*at == '_' && within_word && isalnum((unsigned char)at[1]))
        return false;
    return strchr("\\`*_[<|~&$@", *at) != NULL;
}

static void put_ascii(enum lab_escape as, const char *at, bool within_word, FILE *out)
{
    const char c = *at;
    const char *named = as == LAB_AS_XML ? entity(c) : NULL;
    if (c < ' ' || c == 127)
        fprintf(out, as == LAB_AS_MARKDOWN ? "\\\\x%02x" : "\\x%02x", (unsigned)c);
    else if (named)
        fputs(named, out);
    else if (as == LAB_AS_MARKDOWN && is_markup(at, within_word))
        fprintf(out, "\\%c", c);
    else
        fputc(c, out);
}

/* GitHub makes links of what looks like one, without any markup: of the words that begin them a character is escaped.
 * How many bytes were put. */
static size_t put_link_word(const char *text, FILE *out)
{
    if (strncmp(text, "://", 3) == 0) {
        fputs("\\://", out);
        return 3;
    }
    if (strncasecmp(text, "www.", 4) == 0) {
        fprintf(out, "%.3s\\.", text);
        return 4;
    }
    return 0;
}

/* At the beginning of a list's item it could begin a list, a code block or a heading of its own. How many bytes were
 * put, or left out. */
static size_t put_beginning(const char *text, FILE *out)
{
    size_t blanks = strspn(text, " "), digits = strspn(text + blanks, "0123456789");
    const char *at = text + blanks + digits;
    bool begins = digits ? *at == '.' || *at == ')' : *at != '\0' && strchr("-+=:>#", *at);
    if (!begins || (digits && at[1] != '\0' && at[1] != ' '))
        return blanks;
    fprintf(out, "%.*s\\%c", (int)digits, text + blanks, *at);
    return blanks + digits + 1;
}

void lab_put_escaped(enum lab_escape as, const char *text, FILE *out)
{
    const char *const begin = text, *slash = as == LAB_AS_MARKDOWN ? "\\\\" : "\\";
    text += as == LAB_AS_MARKDOWN ? put_beginning(text, out) : 0;
    while (*text) {
        uint32_t code;
        size_t n = as == LAB_AS_MARKDOWN ? put_link_word(text, out) : 0;
        text += n;
        if (n > 0 || (n = character(text, &code)) == 0) {
            if (n == 0)
                fprintf(out, "%sx%02x", slash, (unsigned char)*text++);
            continue;
        }
        if (n == 1)
            put_ascii(as, text, text > begin && isalnum((unsigned char)text[-1]), out);
        else if (is_hidden(code))
            fprintf(out, "%su%04x", slash, code);
        else
            fwrite(text, 1, n, out);
        text += n;
    }
}
