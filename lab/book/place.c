// SPDX-License-Identifier: GPL-3.0-or-later
// Lessons and experiments by number.
#include "lab/base/text.h"
#include "lab/book/parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool lab_is_place(const char *word)
{
    bool has_letter = false;
    for (const char *at = word; *at; at++) {
        bool is_letter = islower((unsigned char)*at) && !has_letter && at > word && isdigit((unsigned char)at[-1]) &&
                         strchr(".:", at[1]);
        has_letter |= is_letter;
        if (!is_letter && !strchr("0123456789.:", *at))
            return false;
    }
    return isdigit((unsigned char)*word) && strpbrk(word, ".:");
}

/* The rest of a word behind a lesson's number: nothing, or the number of an experiment. */
static bool names_experiment(const char *rest)
{
    size_t digits = *rest ? strspn(rest + 1, "0123456789") : 0;
    return !*rest || ((*rest == '.' || *rest == ':') && digits > 0 && digits < 6 && rest[1 + digits] == '\0');
}

/* The first lesson with the longest number that the word begins with, and how long it is; 0: none. The number of a part
 * is taken with its letter, or without. */
static size_t find_longest(const struct lab_lessons *lessons, const char *word, bool without_letter, size_t *lesson)
{
    size_t longest = 0;
    for (size_t i = 0; i < lessons->lesson_count; i++) {
        const char *number = lessons->lessons[i].number;
        size_t n = without_letter ? lab_lesson_whole_bytes(number) : strlen(number);
        if (n <= longest || strncmp(word, number, n) != 0 || !names_experiment(word + n))
            continue;
        longest = n;
        *lesson = i;
    }
    return longest;
}

int lab_lessons_find(const struct lab_lessons *lessons, const char *word, size_t *lesson, int *experiment,
                     struct net_error *err)
{
    size_t longest = find_longest(lessons, word, false, lesson), count = 0, first = *lesson;
    bool is_whole = longest == 0;
    if (is_whole)
        longest = find_longest(lessons, word, true, &first);
    if (longest == 0)
        return net_fail(err, 0, NULL, "there is no lesson %.20s: give a number as the list of lessons shows it", word);
    *lesson = first;
    *experiment = -1;
    if (!word[longest])
        return 0;
    unsigned long nth = strtoul(word + longest + 1, NULL, 10);
    for (size_t i = first; i < lessons->lesson_count; i++) {
        const struct lab_lesson *l = &lessons->lessons[i];
        bool is_in = is_whole ? lab_lesson_whole_bytes(l->number) == longest && strncmp(l->number, word, longest) == 0
                              : i == first;
        if (is_in && nth > count && nth <= count + l->experiment_count) {
            *lesson = i;
            *experiment = (int)(nth - count) - 1;
            return 0;
        }
        count += is_in ? l->experiment_count : 0;
    }
    return net_fail(
        err, 0, NULL,
        LAB_PLURAL(count, "%.20s: lesson %.*s has %zu experiment", "%.20s: lesson %.*s has %zu experiments"), word,
        (int)longest, word, count);
}
