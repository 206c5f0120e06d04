// SPDX-License-Identifier: GPL-3.0-or-later
// A line as it is written: its variables are filled in, and what `repeat` says is read so many times.

#include "lab/language/expand.h"
#include "lab/language/read_private.h"

#include <stdio.h>
#include <string.h>

/* How often `repeat N` at the beginning of text says; its length goes to *behind. 1: there is none. -1: no number. */
static int64_t take_repeat(const char *text, size_t *behind, struct net_error *err)
{
    static const char word[] = "repeat";
    const char *at = text + strspn(text, " \t");
    char number[24];
    int64_t times;
    *behind = 0;
    if (strncmp(at, word, sizeof word - 1) != 0 || !strchr(" \t", at[sizeof word - 1]) || !at[sizeof word - 1])
        return 1;
    at += sizeof word - 1;
    at += strspn(at, " \t");
    size_t n = strcspn(at, " \t");
    snprintf(number, sizeof number, "%.*s", (int)(n < sizeof number ? n : sizeof number - 1), at);
    if (lab_word_number(number, 1, LAB_REPEAT_MAX, &times, err) < 0)
        return -1;
    *behind = (size_t)(at + n - text);
    return times;
}

/* `repeat 3 repeat 2 COMMANDS` is six times; all the times are read one after the other, as lines would be. */
static int read_times(const struct lab_language *language, const char *text, const struct lab_place *place,
                      struct lab_scope *scope, struct lab_command **out, int *column, struct net_error *err)
{
    int64_t times = 1, all = 1;
    size_t at = 0, behind;
    do {
        times = take_repeat(text + at, &behind, err);
        *column = (int)at + 1;
        if (times < 0)
            return -1;
        all *= times;
        if (all > LAB_REPEAT_MAX)
            return net_fail(err, 0, NULL, "that is more than %d times", LAB_REPEAT_MAX);
        at += behind;
    } while (behind);
    struct lab_place inner = *place;
    inner.column += (int)at;
    for (int64_t i = 0; i < all; i++) {
        *column = 1;
        int result = lab_plain_read(language, text + at, &inner, scope, out, column, err);
        *column += (int)at;
        if (result == 0 && at && !*out)
            result = net_fail(err, 0, NULL, "repeat what? write: repeat 3 COMMANDS");
        if (result < 0)
            return -1;
        while (*out)
            out = &(*out)->next;
    }
    return 0;
}

int lab_command_read(const struct lab_language *language, const char *text, const struct lab_place *place,
                     struct lab_scope *scope, struct lab_command **out, int *column, struct net_error *err)
{
    struct lab_expanded expanded;
    *out = NULL;
    *column = 1;
    if (lab_expand(text, scope, &expanded, column, err) < 0)
        return -1;
    int result = read_times(language, expanded.text ? expanded.text : text, place, scope, out, column, err);
    if (result < 0) {
        *column = lab_expanded_column(&expanded, *column);
        lab_commands_free(*out);
        *out = NULL;
    }
    lab_expanded_fini(&expanded);
    return result;
}
