// SPDX-License-Identifier: GPL-3.0-or-later
// Questions of a script: their parts, and the order of their choices.
#include "lab/base/text.h"
#include "lab/session/script.h"

#include <stdio.h>
#include <string.h>

bool lab_line_is(const struct lab_script_line *line, enum lab_command_id id)
{
    return line->commands && line->commands->row->id == id;
}

bool lab_line_is_meant(const struct lab_script_line *line, enum lab_command_id id)
{
    return lab_line_is(line, id) || (!line->commands && line->broken == id && id != LAB_COMMAND_NONE);
}

bool lab_line_is_part(const struct lab_script_line *line)
{
    return lab_line_is_meant(line, LAB_COMMAND_CHOICE) || lab_line_is_meant(line, LAB_COMMAND_BECAUSE) ||
           lab_line_is_meant(line, LAB_COMMAND_HINT);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next_number(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* The order of its choices: of the seed and of the choices' conditions alone (FNV-1a), so that all of a class that have
 * the seed see the same letters, in whatever language they read. */
static void shuffle(struct lab_question *question, struct lab_command **choices, uint64_t seed)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < question->choice_count; i++)
        for (const char *c = choices[i]->condition->text; *c; c++)
            hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001B3);
    hash ^= seed;
    for (size_t i = question->choice_count; seed && i-- > 1;) {
        size_t other = (size_t)(next_number(&hash) % (i + 1));
        struct lab_command *command = choices[i];
        choices[i] = choices[other];
        choices[other] = command;
    }
}

static void take_choice(struct lab_question *out, size_t i, const struct lab_command *choice)
{
    snprintf(out->choice[i].text, sizeof out->choice[i].text, "%s", choice->value[0].text);
    snprintf(out->choice[i].condition, sizeof out->choice[i].condition, "%s", choice->condition->text);
}

/* What stands behind the line of the choice, up to the next choice. */
static void take_because(const struct lab_script *script, const struct lab_command *choice, size_t next, char *out,
                         size_t room)
{
    bool is_its = false;
    for (; next < script->count && lab_line_is_part(&script->lines[next]); next++) {
        const struct lab_script_line *line = &script->lines[next];
        if (lab_line_is(line, LAB_COMMAND_CHOICE))
            is_its = line->commands == choice;
        else if (is_its && lab_line_is(line, LAB_COMMAND_BECAUSE))
            lab_append(out, room, *out ? " %s" : "%s", line->commands->value[0].text);
    }
}

void lab_question_take(const struct lab_script *script, const struct lab_command *predict, size_t next, uint64_t seed,
                       struct lab_question *out, struct lab_command *choices[LAB_CHOICES])
{
    *out = (struct lab_question){.predicted = -1, .answer = -1};
    snprintf(out->text, sizeof out->text, "%s", predict->value[0].text);
    for (size_t at = next; at < script->count && lab_line_is_part(&script->lines[at]); at++) {
        const struct lab_script_line *line = &script->lines[at];
        if (lab_line_is(line, LAB_COMMAND_CHOICE))
            choices[out->choice_count++] = line->commands;
        else if (lab_line_is(line, LAB_COMMAND_HINT))
            snprintf(out->hint[out->hint_count++], sizeof out->hint[0], "%s", line->commands->value[0].text);
    }
    shuffle(out, choices, seed);
    for (size_t i = 0; i < out->choice_count; i++) {
        take_choice(out, i, choices[i]);
        take_because(script, choices[i], next, out->choice[i].because, sizeof out->choice[i].because);
    }
}

bool lab_script_question(const struct lab_language *language, const char *text, uint64_t seed, size_t n,
                         struct lab_question *out)
{
    const struct lab_place place = {.file = "", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT};
    struct lab_command *choices[LAB_CHOICES];
    struct lab_scope scope = {0};
    struct net_error unused = {.code = 0};
    struct lab_script *script = lab_script_new(language, text, &place, &scope, &unused);
    bool asks = false;
    for (size_t i = 0; script && i < script->count && !asks; i++) {
        asks = lab_line_is(&script->lines[i], LAB_COMMAND_PREDICT) && n-- == 0;
        if (asks)
            lab_question_take(script, script->lines[i].commands, i + 1, seed, out, choices);
    }
    lab_script_free(script);
    lab_scope_fini(&scope);
    return asks;
}

int lab_question_choice(const struct lab_question *question, const char *text)
{
    for (size_t i = 0; i < question->choice_count; i++)
        if (strcmp(question->choice[i].text, text) == 0)
            return (int)i;
    return -1;
}
