// SPDX-License-Identifier: GPL-3.0-or-later
// Each row of the tables of commands, options, sysctls and programs is offered where it may be typed, and has its help.
#include "tests/fixtures/live_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lab/commands/commands.h"
#include "lab/language/command.h"
#include "lab/language/start.h"
#include "net/data/option.h"
#include "net/data/program.h"
#include "net/data/sysctl_table.h"

static int open_all(void **state)
{
    int failed = live_open(state);
    if (!failed)
        live_run("hand c1 as process\nserver fork as process\nwait quiet\n");
    return failed;
}

/* ---- what is offered --------------------------------------------------------------------------------------------- */

struct wanted {
    const char *word;
    bool found;
};

static void compare(void *user, const char *word, const char *meaning)
{
    struct wanted *wanted = user;
    (void)meaning;
    wanted->found |= strcmp(word, wanted->word) == 0;
}

static bool offers(const char *line, const char *word)
{
    struct wanted wanted = {.word = word};
    size_t start;
    lab_session_complete(session, line, strlen(line), &start, compare, &wanted);
    return wanted.found;
}

static void assert_offered(const char *line, const char *word)
{
    if (!offers(line, word))
        fail_msg("`%s` does not offer `%s`", line, word);
}

static void every_command_is_offered(void **state)
{
    const struct lab_row *row;
    (void)state;
    for (size_t i = 0; (row = lab_row_at(&lab_language, i)); i++) {
        char line[80] = "", word[40];
        int at = 0, next;
        if (row->who != LAB_WHO_NOBODY)
            snprintf(line, sizeof line, row->who == LAB_WHO_SOCKET || row->who == LAB_WHO_HAND ? "c1 " : "server ");
        for (; sscanf(row->words + at, " %39s%n", word, &next) == 1; at += next) {
            assert_offered(line, word);
            strcat(strcat(line, word), " ");
        }
    }
}

static void every_option_is_offered(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_option_count; i++) {
        assert_offered("c1 get ", net_options[i].name);
        assert_int_equal(offers("c1 set ", net_options[i].name), net_options[i].can_set);
    }
}

static void every_sysctl_is_offered(void **state)
{
    (void)state;
    if (!lab_session_engine(session)->wire)
        skip();
    for (size_t i = 0; i < net_sysctl_count; i++)
        assert_offered("net client ", net_sysctls[i].name);
}

static void every_program_is_offered_with_its_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_program_count; i++) {
        const char *name = lab_program_short(&net_programs[i]);
        struct net_parameter parameter;
        char line[80], word[80];
        assert_offered("start ", name);
        if (!net_programs[i].is_client)
            assert_offered("server ", name);
        snprintf(line, sizeof line, "start %s ", name);
        for (size_t n = 0; net_program_parameter(&net_programs[i], n, &parameter) == 0; n++) {
            if (strchr(parameter.preset, ' '))
                continue; /* it would be two words */
            snprintf(word, sizeof word, "%s=%s", parameter.name, parameter.preset);
            assert_offered(line, word);
        }
    }
}

/* ---- what the help says ------------------------------------------------------------------------------------------ */

static void assert_helped(const char *about, const char *what)
{
    char line[120];
    snprintf(line, sizeof line, "help %s", about);
    *replies = '\0';
    if (live_type(line) == LAB_ERROR)
        fail_msg("%s: %s", line, err.text);
    while (live_waits())
        lab_session_wait(session, -1, 0);
    if (!strstr(replies, what))
        fail_msg("`%s` does not say: %s\n%s", line, what, replies);
}

static void every_command_has_its_help(void **state)
{
    const struct lab_row *row;
    char form[200];
    (void)state;
    for (size_t i = 0; (row = lab_row_at(&lab_language, i)); i++) {
        assert_helped(row->words, row->help);
        assert_helped(row->words, lab_row_form(row, form, sizeof form));
    }
}

static void every_option_has_its_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_option_count; i++)
        assert_helped(net_options[i].name, net_options[i].effect);
}

static void every_sysctl_has_its_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_sysctl_count; i++)
        assert_helped(net_sysctls[i].name, net_sysctls[i].effect);
}

/* ---- what a note says of its command ----------------------------------------------------------------------------- */

/* Each id is the id of a row, but for the two of none, and has a name of its own. */
static void every_id_has_a_row_and_a_name(void **state)
{
    const struct lab_row *row;
    (void)state;
    for (unsigned id = LAB_COMMAND_OTHER; id < LAB_COMMAND_IDS; id++) {
        bool found = id == LAB_COMMAND_OTHER;
        for (size_t i = 0; (row = lab_row_at(&lab_language, i)); i++)
            if (row->id == id) {
                found = true;
                if (lab_command_id_asks(id) && id != LAB_COMMAND_WAIT)
                    assert_true(row->flags & LAB_ROW_ASKS);
            }
        if (!found)
            fail_msg("no row has the id \"%s\"", lab_command_id_name(id));
        assert_true(*lab_command_id_name(id));
        for (unsigned other = LAB_COMMAND_OTHER; other < id; other++)
            assert_string_not_equal(lab_command_id_name(id), lab_command_id_name(other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_offered),   cmocka_unit_test(every_option_is_offered),
        cmocka_unit_test(every_sysctl_is_offered),    cmocka_unit_test(every_program_is_offered_with_its_parameters),
        cmocka_unit_test(every_command_has_its_help), cmocka_unit_test(every_option_has_its_help),
        cmocka_unit_test(every_sysctl_has_its_help),  cmocka_unit_test(every_id_has_a_row_and_a_name),
    };
    return cmocka_run_group_tests_name("tables", tests, open_all, live_close);
}
