// SPDX-License-Identifier: GPL-3.0-or-later
// with and versus against the live kernel: what they refuse, what they keep, how they are given up.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/compare/versus.h"
#include "tests/fixtures/live_session.h"

static int fresh(void **state)
{
    (void)state;
    *replies = '\0';
    err = (struct net_error){0};
    lab_session_abandon(session);
    return lab_session_begin_experiment(session, 0, "0", "test", &err);
}

static const char listens[] = "hand s1 on server ; s1 bind 12345 ; s1 listen\n"
                              "hand c1 ; c1 connect ; s1 accept\n";

static char *script_of(const char *lines)
{
    static char text[2000];
    snprintf(text, sizeof text, "%s%s", listens, lines);
    return text;
}

static enum lab_script_state run(const char *text)
{
    if (live_start(text, "T") < 0)
        fail_msg("%s", err.text);
    return live_until_ended();
}

static void refused(const char *text, const char *sentence)
{
    assert_int_equal(live_start(text, "T"), -1);
    assert_string_equal(err.text, sentence);
}

static void mistakes_are_told_before_the_first_line(void **state)
{
    (void)state;
    refused("hand c1\nversus\n", "T:2:1: versus what? no line before it has a setting, as in: with \"linger 0\" c1 set "
                                 "SO_LINGER 1 0");
    refused("with \"a\"\nversus\n",
            "T:2:1: there is only the setting \"a\": a line `with \"default\"` adds one that changes nothing");
    refused("with\n", "T:1:5: with what? the name of a setting is missing, as in: with \"linger 0\"");
    refused("with \"\" hand c1\n",
            "T:1:6: a setting's name is 1 to 39 bytes of text without quotes, as in: with \"linger 0\"");
    refused("hand c1\nhand c2 ; with \"a\"\n",
            "T:2:11: `with` begins a line and covers all of it: give it a line of its own");
    refused("with \"a\" clear\n", "T:1:10: `clear` cannot stand behind `with`: it is about all runs, not about one "
                                  "setting");
    refused("with \"a\"\nwith \"b\"\nwith \"c\"\nwith \"d\"\nwith \"e\"\nwith \"f\"\nwith \"g\"\nversus\n",
            "T:8:1: 7 settings are too many: at most 6");
    assert_int_equal(live_start("with \"a\" c9 close\n", "T"), -1);
    assert_non_null(strstr(err.text, "T:1:10: "));
}

static void a_run_is_under_the_first_setting(void **state)
{
    (void)state;
    assert_int_equal(run("with \"a\" hand c1\nwith \"b\" hand c2\nwith \"a\" hand c3 ; hand c4\n"), LAB_SCRIPT_DONE);
    const struct lab_state *now = lab_session_state(session);
    assert_non_null(lab_actor_by_name(now, "c1"));
    assert_null(lab_actor_by_name(now, "c2"));
    assert_non_null(lab_actor_by_name(now, "c4"));
}

static const struct lab_versus *kept(size_t count)
{
    const struct lab_versus *versus = lab_session_versus(session);
    assert_non_null(versus);
    assert_int_equal(versus->count, count);
    return versus;
}

static size_t differences(const struct lab_versus *versus)
{
    struct lab_side_by_side sides;
    assert_int_equal(lab_side_by_side(versus->ladders[0], versus->ladders[1], &sides), 0);
    size_t different = sides.different;
    lab_side_by_side_fini(&sides);
    return different;
}

static void a_setting_that_changes_nothing_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(run(script_of("with \"a\"\nwith \"b\"\nc1 send \"hello\"\ns1.4 recv\nc1 close\ns1.4 recv\n"
                                   "s1.4 close\nexpect s1 recv #2 = 0\nversus\n")),
                     LAB_SCRIPT_DONE);
    const struct lab_versus *versus = kept(2);
    assert_int_equal(differences(versus), 0);
    assert_true(versus->ladders[0]->count > 20);
    assert_int_equal(lab_session_expect_held(session), 2);
}

static void a_fin_against_a_reset(void **state)
{
    (void)state;
    assert_int_equal(run(script_of("with \"default\"\nwith \"linger 0\" c1 set SO_LINGER 1 0\nc1 close\ns1.4 recv\n"
                                   "with \"default\" expect s1 recv = 0\n"
                                   "with \"linger 0\" expect s1 recv = -1 ECONNRESET\nversus\nversus show\n")),
                     LAB_SCRIPT_DONE);
    assert_true(differences(kept(2)) >= 4);
    assert_non_null(strstr(replies, "rows differ: default against linger 0"));
    assert_non_null(strstr(replies, "!   c1 close(3) = 0, FIN_WAIT1 "));
    assert_non_null(strstr(replies, "| !   c1 close(3) = 0, CLOSE\n"));
    if (lab_session_engine(session)->wire) {
        assert_non_null(strstr(replies, "FIN ACK"));
        assert_non_null(strstr(replies, "RST ACK"));
    } else {
        assert_non_null(strstr(replies, "no wire here: calls and states only"));
    }
}

static void an_error_in_the_second_run_keeps_the_first(void **state)
{
    (void)state;
    assert_int_equal(run(script_of("with \"a\"\nwith \"b\" c1 close\nc1 send \"hello\"\nwith \"c\"\nversus\n")),
                     LAB_SCRIPT_FAILED);
    const struct lab_versus *versus = kept(2);
    assert_string_equal(versus->ladders[0]->error, "");
    assert_non_null(strstr(versus->ladders[1]->error, "line 5: c1 has no socket open"));
    assert_non_null(strstr(lab_session_script_error(session)->text, "T:7:1: under \"b\", line 5: c1 has no socket"));
}

static void an_expectation_that_fails_under_one_setting_fails_the_script(void **state)
{
    (void)state;
    assert_int_equal(run(script_of("with \"a\"\nwith \"b\" expect within 1ms s1 recv returns\nversus\n")),
                     LAB_SCRIPT_FAILED);
    assert_int_equal(lab_session_expect_failed(session), 1);
    kept(2);
}

static void giving_up_says_so_and_keeps_what_was_run(void **state)
{
    (void)state;
    if (live_start(script_of("with \"a\"\nwith \"b\" wait 60s\nversus\n"), "T") < 0)
        fail_msg("%s", err.text);
    struct lab_waiting waiting = {.what = ""};
    while (!lab_session_waiting(session, &waiting) || !strstr(waiting.what, "wait 60s"))
        lab_session_wait(session, -1, 0);
    assert_non_null(strstr(waiting.what, "run 2 of 2 (\"b\")"));
    lab_session_abandon(session);
    lab_session_poll(session);
    assert_int_equal(lab_session_script_state(session), LAB_SCRIPT_FAILED);
    const struct lab_versus *versus = kept(2);
    assert_string_equal(versus->ladders[0]->error, "");
    assert_string_equal(versus->ladders[1]->error, "given up");
}

static enum lab_outcome type_line(const char *line)
{
    const struct lab_place place = {
        .file = "prompt", .line = 1, .column = 1, .from = LAB_FROM_PROMPT, .reach = LAB_REACH_USER};
    struct lab_waiting waiting;
    err = (struct net_error){0};
    enum lab_outcome outcome = lab_session_command(session, line, &place, &err);
    while (lab_session_waiting(session, &waiting))
        lab_session_wait(session, -1, 0);
    return outcome;
}

static void what_was_typed_is_run_again(void **state)
{
    (void)state;
    assert_int_equal(type_line("versus"), LAB_ERROR);
    assert_non_null(strstr(err.text, "no line before it has a setting"));
    assert_int_equal(type_line("versus show"), LAB_ERROR);
    assert_non_null(strstr(err.text, "there are no two runs yet"));
    type_line("hand s1 on server ; s1 bind 12345 ; s1 listen");
    type_line("hand c1 ; c1 connect ; s1 accept");
    type_line("c1 socket ; c1.9 close"); /* fails in the kernel, and is run again as it was */
    type_line("with \"default\"");
    type_line("with \"linger 0\" c1.3 set SO_LINGER 1 0");
    assert_non_null(strstr(replies, "not now: this run is under \"default\""));
    type_line("c1.3 close");
    type_line("s1.4 recv");
    type_line("show calls");
    assert_int_equal(type_line("versus"), LAB_WAITS);
    const struct lab_versus *versus = kept(2);
    assert_true(differences(versus) >= 3);
    for (size_t i = 0; i < versus->ladders[1]->count; i++)
        assert_null(strstr(versus->ladders[1]->rungs[i].what, "show calls"));
    assert_int_equal(type_line("versus show \"linger 9\""), LAB_ERROR);
    assert_string_equal(err.text, "\"linger 9\" is no setting that was run: there are \"default\" and \"linger 0\"");
}

static void json_has_every_run_and_pair(void **state)
{
    (void)state;
    char *text = NULL;
    size_t bytes;
    assert_int_equal(run(script_of("with \"a\"\nwith \"b\"\nwith \"c\"\nc1 close\nversus\n")), LAB_SCRIPT_DONE);
    FILE *out = open_memstream(&text, &bytes);
    assert_int_equal(lab_versus_write_json(kept(3), out), 0);
    fclose(out);
    static const char begins[] = "{\"kind\":\"versus\",\"runs\":[{\"setting\":\"a\",";
    assert_int_equal(strncmp(text, begins, sizeof begins - 1), 0);
    assert_non_null(strstr(text, "{\"left\":1,\"right\":2,\"different\":0,"));
    assert_int_equal(strchr(text, '\n') - text, (long)bytes - 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(mistakes_are_told_before_the_first_line, fresh),
        cmocka_unit_test_setup(a_run_is_under_the_first_setting, fresh),
        cmocka_unit_test_setup(a_setting_that_changes_nothing_changes_nothing, fresh),
        cmocka_unit_test_setup(a_fin_against_a_reset, fresh),
        cmocka_unit_test_setup(an_error_in_the_second_run_keeps_the_first, fresh),
        cmocka_unit_test_setup(an_expectation_that_fails_under_one_setting_fails_the_script, fresh),
        cmocka_unit_test_setup(giving_up_says_so_and_keeps_what_was_run, fresh),
        cmocka_unit_test_setup(what_was_typed_is_run_again, fresh),
        cmocka_unit_test_setup(json_has_every_run_and_pair, fresh),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
