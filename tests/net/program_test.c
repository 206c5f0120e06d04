// SPDX-License-Identifier: GPL-3.0-or-later
// The chapter programs as the lab has them: by name, with their text, and with the parameters that their text promises.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/data/program.h"

static const struct net_program *program(const char *name)
{
    const struct net_program *p = net_program_find(name);
    if (!p)
        fail_msg("no program %s", name);
    return p;
}

static void programs_are_found_by_long_and_short_name(void **state)
{
    (void)state;
    assert_string_equal(program("tcp_server_single")->name, "tcp_server_single");
    assert_string_equal(program("single")->name, "tcp_server_single");
    assert_string_equal(program("client")->name, "tcp_client");
    assert_string_equal(program("tcp_client")->name, "tcp_client");
    assert_null(net_program_find(""));
    assert_null(net_program_find("tcp_"));
    assert_null(net_program_find("singl"));
    assert_null(net_program_find("tcp_server_"));
}

static void every_program_has_its_file_as_text(void **state)
{
    (void)state;
    assert_true(net_program_count >= 2);
    for (size_t i = 0; i < net_program_count; i++) {
        const struct net_program *p = &net_programs[i];
        char path[100], *text = calloc(1, p->source_bytes + 2);
        snprintf(path, sizeof path, "net/programs/%s.c", p->name);
        FILE *f = fopen(path, "r");
        assert_non_null(text);
        if (!f)
            fail_msg("%s", path);
        assert_int_equal(fread(text, 1, p->source_bytes + 1, f), p->source_bytes);
        assert_string_equal(p->source, text);
        assert_non_null(p->main);
        fclose(f);
        free(text);
    }
}

static void parameters_are_read_from_the_head_comment(void **state)
{
    struct net_parameter p;
    (void)state;
    assert_int_equal(net_program_parameter(program("single"), 0, &p), 0);
    assert_string_equal(p.name, "port");
    assert_string_equal(p.preset, "12345");
    assert_string_equal(p.help, "the port to listen on");
    assert_int_equal(net_program_parameter(program("single"), 3, &p), 0);
    assert_string_equal(p.name, "reuseaddr");
    assert_int_equal(net_program_parameter(program("single"), 4, &p), -1);
    assert_string_equal(p.name, "reuseaddr");
    assert_int_equal(net_program_parameter(program("client"), 2, &p), 0);
    assert_string_equal(p.name, "message");
    assert_string_equal(p.preset, "Hello from client!");
    assert_string_equal(p.help, "what to send; \"-\" is each line of stdin");
    assert_int_equal(net_program_parameter(program("client"), 3, &p), 0);
    assert_string_equal(p.name, "times");
    assert_int_equal(net_program_parameter(program("client"), 4, &p), -1);
}

static int count_parameters(const char *source)
{
    const struct net_program p = {.name = "made_up", .source = source, .source_bytes = strlen(source)};
    struct net_parameter parameter;
    int n = 0;
    while (net_program_parameter(&p, (size_t)n, &parameter) == 0)
        n++;
    return n;
}

static void the_list_ends_where_the_form_ends(void **state)
{
    (void)state;
    assert_int_equal(count_parameters("/*\n * Parameters:\n *   a=1   one\n *   b=2\n *\n *   c=3   not ours\n */\n"),
                     2);
    assert_int_equal(count_parameters("/*\n * Parameters:\n *   no equals here\n *   a=1   one\n */\n"), 0);
    assert_int_equal(count_parameters("/*\n * Parameters:\n *   a b=1   a name has no blank\n */\n"), 0);
    assert_int_equal(count_parameters("/*\n * Nothing.\n */\n/*\n * Parameters:\n *   a=1   late\n */\n"), 0);
    assert_int_equal(count_parameters("int main(void) { return 0; }\n"), 0);
    assert_int_equal(count_parameters("/*\n * Parameters:\n *   a=1"), 0);
    assert_int_equal(count_parameters("/*\n * Parameters:\n *   a=   an empty preset\n */"), 1);
    assert_int_equal(count_parameters(""), 0);
}

static void long_words_are_cut_not_overrun(void **state)
{
    static const char source[] =
        "/*\n * Parameters:\n *   a_name_of_more_than_twenty_three_letters=a preset of far more than forty-seven "
        "letters"
        " that goes on and on   and a help text that is longer than the ninety-five letters that there is room for, by "
        "a good measure\n */\n";
    const struct net_program p = {.name = "made_up", .source = source, .source_bytes = sizeof source - 1};
    struct net_parameter parameter;
    (void)state;
    assert_int_equal(net_program_parameter(&p, 0, &parameter), 0);
    assert_string_equal(parameter.name, "a_name_of_more_than_twe");
    assert_int_equal(strlen(parameter.preset), sizeof parameter.preset - 1);
    assert_int_equal(strlen(parameter.help), sizeof parameter.help - 1);
}

/* The build reads it out of the source (tools/programs.sh). */
static void the_table_knows_what_a_program_makes(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_program_count; i++) {
        const struct net_program *program = &net_programs[i];
        bool makes = strstr(program->source, "= fork()") || strstr(program->source, "pthread_create(");
        assert_int_equal(program->makes_tasks, makes);
        assert_int_equal(program->is_client,
                         strstr(program->source, "connect(") != NULL && !strstr(program->source, "listen("));
        assert_int_equal(program->takes_ipv6, !strstr(program->source, "struct sockaddr_in "));
        assert_int_equal(program->needs_process, strstr(program->source, "setrlimit(") != NULL);
    }
    assert_true(net_program_find("fork")->makes_tasks && net_program_find("pthread")->makes_tasks);
    assert_false(net_program_find("single")->makes_tasks);
    assert_true(net_program_find("client")->is_client && net_program_find("tcp_clients")->is_client);
    assert_false(net_program_find("single")->is_client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_are_found_by_long_and_short_name),
        cmocka_unit_test(every_program_has_its_file_as_text),
        cmocka_unit_test(parameters_are_read_from_the_head_comment),
        cmocka_unit_test(the_list_ends_where_the_form_ends),
        cmocka_unit_test(long_words_are_cut_not_overrun),
        cmocka_unit_test(the_table_knows_what_a_program_makes),
    };
    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
