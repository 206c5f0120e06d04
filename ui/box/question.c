// SPDX-License-Identifier: GPL-3.0-or-later
// The question of a script, read before the script runs.
#include "ui/box/question.h"

#include "lab/language/line.h"

#include <stdio.h>
#include <string.h>

enum {
    LINE_BYTES = 512,
    CHOICES = sizeof((struct lab_question *)0)->choice / sizeof((struct lab_question *)0)->choice[0]
};

/* Take one line in; false when the question is over. */
static bool take(const struct lab_line *line, struct lab_question *question)
{
    bool asks = question->text[0] != '\0';
    const char *word = line->count > 0 ? line->words[0].text : "";
    if (!asks && strcmp(word, "predict") == 0 && line->count > 1) {
        snprintf(question->text, sizeof question->text, "%s", line->words[1].text);
        return true;
    }
    if (!asks || line->count == 0)
        return true;
    if (strcmp(word, "choice") != 0 || line->count < 2 || question->choice_count == CHOICES)
        return false;
    snprintf(question->choice[question->choice_count].text, sizeof question->choice[0].text, "%s", line->words[1].text);
    question->choice_count++;
    return true;
}

static bool take_text(const char *text, size_t bytes, struct lab_question *question)
{
    char copy[LINE_BYTES];
    struct lab_line line;
    int column;
    if (bytes >= sizeof copy)
        return true;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    if (lab_line_parse(copy, &line, &column, NULL) != 0)
        return true;
    bool more = take(&line, question);
    lab_line_fini(&line);
    return more;
}

bool ui_question_of(const char *script, struct lab_question *out)
{
    *out = (struct lab_question){.predicted = -1, .answer = -1};
    for (const char *at = script; *at;) {
        size_t bytes = strcspn(at, "\n");
        if (!take_text(at, bytes, out))
            break;
        at += bytes + (at[bytes] == '\n');
    }
    return out->choice_count > 0;
}

int ui_question_choice(const struct lab_question *question, const char *text)
{
    for (size_t i = 0; i < question->choice_count; i++)
        if (strcmp(question->choice[i].text, text) == 0)
            return (int)i;
    return -1;
}
