// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as lines of the command language: commands or one sentence with a place in the line, never a crash, and
// nothing kept of a wrong line.
#include "lab/commands/commands.h"
#include "lab/language/command.h"
#include "lab/language/hint.h"
#include "lab/session/session.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* The sentence is a sentence: it goes to a terminal. */
static void check_sentence(const struct net_error *err)
{
    require(*err->text && strlen(err->text) < sizeof err->text);
}

static void check_line(const char *line)
{
    struct lab_scope scope = {0};
    struct lab_place place = {.file = "F", .line = 1, .column = 1, .from = LAB_FROM_PROMPT};
    struct lab_command *commands;
    struct net_error err = {0};
    char hint[200];
    int column = 0;
    lab_scope_add(&scope, "server", false);
    lab_scope_add(&scope, "c1", true);
    if (lab_command_read(&lab_language, line, &place, &scope, &commands, &column, &err) < 0) {
        require(!commands && column >= 1 && (size_t)column <= strlen(line) + 1);
        check_sentence(&err);
    }
    for (const struct lab_command *c = commands; c; c = c->next)
        require(c->row && c->text && c->place.column >= 1);
    lab_commands_free(commands);
    lab_scope_fini(&scope);
    lab_hint(&lab_language, line, hint, sizeof hint);
    require(strlen(hint) < sizeof hint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct net_error err = {0};
    char *text = malloc(bytes + 1);
    require(text != NULL);
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    const struct lab_place first = {.file = "F", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT};
    if (lab_script_check(&lab_language, &first, text, NULL, &err) < 0)
        check_sentence(&err);
    text[strcspn(text, "\n")] = '\0';
    check_line(text);
    free(text);
    return 0;
}
