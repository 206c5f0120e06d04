// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences from formats with named parts.
#include "lab/explain/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

enum { START_NS = 1000000000 };

/* A format in the source of this room names no part that there is not. */
static void check_formats(const char *path)
{
    char line[400];
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        bool is_format = false;
        for (const char *at = line; *at; at++) {
            is_format ^= *at == '"';
            size_t n = is_format && *at == '{' ? strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
            if (n > 0 && (at[n + 1] != '}' || !lab_is_part(at + 1, n)))
                fail_msg("%s: {%.*s} is no part of a sentence: %s", path, (int)n, at + 1, line);
        }
    }
    fclose(in);
}

static void every_part_has_a_name(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob("lab/explain/*.c", 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 8);
    for (size_t i = 0; i < files.gl_pathc; i++)
        check_formats(files.gl_pathv[i]);
    globfree(&files);
}

static void parts_are_put_into_their_sentence(void **state)
{
    (void)state;
    struct lab_state *st = lab_state_new();
    const struct lab_evidence e = {.state = st, .start_ns = START_NS};
    const struct net_event ev = {.kind = NET_EV_NOTE, .data = (const uint8_t *)"a\033b", .data_bytes = 3};
    const struct lab_parts parts = {
        .format = "{who} {count} {at} {state} {host} `{command}` {1, 0} {nothing} {other} {",
        .who = "c1",
        .count = -5,
        .at = START_NS + 4217 * UINT64_C(1000000),
        .state = NET_STATE_FIN_WAIT2,
        .host = NET_CLIENT,
        .command = &ev};
    char out[200];
    assert_string_equal(lab_sentence_text(&e, &parts, out, sizeof out),
                        "c1 -5 4.217 FIN_WAIT2 client `a\\x1bb` {1, 0} {nothing} ? {");
    assert_string_equal(lab_sentence_text(&e, &parts, out, 8), "c1 -5 4");
    lab_state_free(st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_has_a_name),
        cmocka_unit_test(parts_are_put_into_their_sentence),
    };
    return cmocka_run_group_tests_name("sentence", tests, NULL, NULL);
}
