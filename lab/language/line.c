// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * One line of the command language into words.
 *
 * A word ends at a blank outside of quotes. Quotes may stand anywhere in it (message="good day"); where a word begins
 * with one it is LAB_QUOTED, which keeps `send "recv"` from being read as a verb and "|" from joining commands. A
 * comment begins with a # at the start of a word, unless a digit follows: `recv #2` means the second recv, `release #7`
 * segment 7. Only bytes are looked at, so that UTF-8 passes through as it is.
 */

#include "lab/language/line.h"

#include <stdlib.h>
#include <string.h>

struct splitter {
    const char *text;
    size_t at;
    struct lab_line *line;
    char *bytes; /* of the word being built; never more than the line is long */
    size_t length;
    struct net_error *err;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The character after a backslash; false when the language has no such escape. */
static bool take_escape(struct splitter *s)
{
    static const char letters[] = "ntr\"\\", values[] = "\n\t\r\"\\";
    const char *text = s->text + s->at;
    const char *letter = *text ? strchr(letters, *text) : NULL;
    if (letter) {
        s->bytes[s->length++] = values[letter - letters];
        s->at++;
        return true;
    }
    if (text[0] != 'x' || hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
        return false;
    s->bytes[s->length++] = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
    s->at += 3;
    return true;
}

/* From behind the opening quote to behind the closing one. */
static int take_quoted(struct splitter *s, int opened_column)
{
    for (;;) {
        char c = s->text[s->at++];
        if (c == '"')
            return 0;
        if (c == '\0' || c == '\n') {
            s->at = (size_t)opened_column - 1;
            return net_fail(s->err, 0, NULL, "the quote opened in column %d is never closed: add a \" at its end",
                            opened_column);
        }
        if (c != '\\')
            s->bytes[s->length++] = c;
        else if (!take_escape(s))
            return net_fail(s->err, 0, NULL, "\\%.1s is no escape: there are \\n \\t \\r \\\" \\\\ and \\xNN",
                            s->text + s->at);
    }
}

/* A semicolon outside of quotes is a word by itself, also where no blank stands before it: `c1 connect; c1 close`. */
static int take_word(struct splitter *s)
{
    size_t begin = s->at;
    s->length = 0;
    while (s->text[s->at] && !is_blank(s->text[s->at])) {
        char c = s->text[s->at];
        if (c == ';' && s->at > begin)
            return 0;
        s->at++;
        if (c == ';') {
            s->bytes[s->length++] = c;
            return 0;
        }
        if (c != '"')
            s->bytes[s->length++] = c;
        else if (take_quoted(s, (int)s->at) < 0)
            return -1;
    }
    return 0;
}

static int add_word(struct splitter *s, int column, enum lab_word_kind kind)
{
    struct lab_line *line = s->line;
    struct lab_word *words = reallocarray(line->words, line->count + 1, sizeof *words);
    if (!words)
        return net_fail_errno(s->err, "malloc");
    line->words = words;
    char *text = malloc(s->length + 1);
    if (!text)
        return net_fail_errno(s->err, "malloc");
    memcpy(text, s->bytes, s->length);
    text[s->length] = '\0';
    words[line->count++] = (struct lab_word){
        .kind = kind, .text = text, .bytes = s->length, .column = column, .end = (int)s->at + 1};
    return 0;
}

static int split(struct splitter *s)
{
    for (;;) {
        while (is_blank(s->text[s->at]))
            s->at++;
        const char *start = s->text + s->at;
        if (*start == '\0' || (*start == '#' && !(start[1] >= '0' && start[1] <= '9')))
            return 0;
        int column = (int)s->at + 1;
        if (take_word(s) < 0 || add_word(s, column, *start == '"' ? LAB_QUOTED : LAB_WORD) < 0)
            return -1;
    }
}

int lab_line_parse(const char *text, struct lab_line *out, int *error_column, struct net_error *err)
{
    *out = (struct lab_line){0};
    struct splitter s = {.text = text, .line = out, .bytes = malloc(strlen(text) + 1), .err = err};
    int result = s.bytes ? split(&s) : net_fail_errno(err, "malloc");
    free(s.bytes);
    if (result < 0) {
        if (error_column)
            *error_column = (int)s.at + 1;
        lab_line_fini(out);
    }
    return result;
}

void lab_line_fini(struct lab_line *line)
{
    for (size_t i = 0; i < line->count; i++)
        free(line->words[i].text);
    free(line->words);
    *line = (struct lab_line){0};
}

bool lab_word_joins(const struct lab_word *word)
{
    return word->kind == LAB_WORD && word->text && (strcmp(word->text, "|") == 0 || strcmp(word->text, ";") == 0);
}

bool lab_line_has_setting(const struct lab_line *line)
{
    return line->count > 0 && line->words[0].kind == LAB_WORD && strcmp(line->words[0].text, "with") == 0;
}

size_t lab_line_last_command(const struct lab_line *line)
{
    size_t first = lab_line_has_setting(line) && line->count > 1 ? 2 : 0;
    for (size_t i = first; i < line->count; i++)
        if (lab_word_joins(&line->words[i]))
            first = i + 1;
    return first;
}
