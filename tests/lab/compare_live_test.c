// SPDX-License-Identifier: GPL-3.0-or-later
// Servers compared on the live kernel: that it goes on when one of them cannot, that it can be given up, and what the
// conditions say of it.
#include "net/base/sanitized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lab/compare/measure.h"
#include "tests/fixtures/live_session.h"

static struct lab_measured results[LAB_COMPARED_MAX];

/* ---- a comparison as a script's, so that the prompt is free meanwhile -------------------------------------------- */

static void begin(const char *script)
{
    if (live_start(script, "test") < 0)
        fail_msg("%s", err.text);
}

static bool is_over(void)
{
    enum lab_script_state state = lab_session_script_state(session);
    return state == LAB_SCRIPT_DONE || state == LAB_SCRIPT_FAILED;
}

/* Each wait of a comparison has its own limit, so this ends. */
static void until_over(void)
{
    while (!is_over())
        lab_session_wait(session, -1, 0);
    lab_session_poll(session);
    if (lab_session_script_state(session) == LAB_SCRIPT_FAILED)
        fail_msg("%s", lab_session_script_error(session)->text);
}

/* Until the n-th server of this test lives. */
static void until_server(size_t since, unsigned n)
{
    for (unsigned seen = 0; !is_over(); lab_session_wait(session, -1, 0)) {
        const struct lab_state *state = lab_session_state(session);
        seen = 0;
        for (size_t i = since; i < state->actor_count; i++)
            seen += strcmp(state->actors[i].name, "server") == 0;
        const struct lab_actor *last = seen ? lab_actor_by_name(state, "server") : NULL;
        if (seen >= n && last->alive && lab_task_by_id(state, last->first_task))
            return;
    }
    fail_msg("the comparison was over before its server %u lived", n);
}

static void type_line(const char *line)
{
    live_type(line);
    if (*err.text)
        fail_msg("%s: %s", line, err.text);
}

static const struct lab_measured *result_of(const char *program)
{
    size_t count = lab_measured_read(lab_session_state(session), lab_session_journal(session), results);
    const struct lab_measured *measured = lab_measured_of(results, count, program);
    if (!measured)
        fail_msg("%s has no result", program);
    return measured;
}

static void assert_says(const struct lab_measured *measured, const char *text)
{
    if (!strstr(measured->said, text))
        fail_msg("%s: `%s` lacks `%s`", measured->program, measured->said, text);
}

static size_t actors_so_far(void)
{
    return lab_session_state(session)->actor_count;
}

static bool anybody_lives(void)
{
    const struct lab_state *state = lab_session_state(session);
    for (size_t i = 0; i < state->task_count; i++)
        if (state->tasks[i].alive || state->tasks[i].zombie)
            return true;
    return false;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

#define COUNTS                                                                                                         \
    "expect compared answered of fork = 40\nexpect compared failed of fork = 0\n"                                      \
    "expect compared tasks of fork = 21\nexpect compared processes of fork = 21\n"                                     \
    "expect compared tasks of select = 1\nexpect compared answered of select = 40\n"                                   \
    "expect compared answered of poll = 40\nexpect not compared tasks least epoll\n"

static void every_server_answers_every_client(void **state)
{
    (void)state;
    /* Threads in a process that was forked from one with threads are more than the thread sanitizer takes. */
    unsigned servers = NET_UNDER_TSAN ? 4 : 6;
    begin(NET_UNDER_TSAN ? "compare fork select poll epoll clients=20 rounds=2\n" COUNTS
                         : "compare fork pthread pool select poll epoll clients=20 rounds=2\n" COUNTS
                           "expect compared tasks of pthread = 21\nexpect compared processes of pthread = 1\n"
                           "expect compared tasks of pool = 5\nexpect not compared tasks most fork\n");
    until_over();
    assert_int_equal(lab_session_expect_held(session), NET_UNDER_TSAN ? 8 : 12);
    assert_false(anybody_lives());
    for (unsigned i = 0; i < servers; i++) {
        const struct lab_measured *t = &results[i];
        (void)result_of("epoll");
        assert_int_equal(t->answered, 40);
        assert_string_equal(t->said, "");
        assert_true(t->known[LAB_MEASURE_RATE] && t->value[LAB_MEASURE_RATE] > 0);
        assert_true(t->value[LAB_MEASURE_MEDIAN] > 0 && t->value[LAB_MEASURE_P99] >= t->value[LAB_MEASURE_MEDIAN]);
        assert_true(t->known[LAB_MEASURE_SWITCHES]);
        assert_int_equal(t->value[LAB_MEASURE_SWITCHES] > 0, t->voluntary + t->forced > 0);
    }
}

/* fork() fails for three clients: they are counted, with the reason, and the others are served. */
static void a_fork_that_fails_is_told_and_the_rest_goes_on(void **state)
{
    size_t since = actors_so_far();
    (void)state;
    begin("compare fork epoll clients=200 rounds=1\n");
    until_server(since, 1);
    type_line("server fail fork EAGAIN times=3");
    until_over();
    const struct lab_measured *fork = result_of("fork");
    assert_int_equal(fork->answered, 197);
    assert_int_equal(fork->failed, 3);
    assert_says(fork, "3 of 200 clients had no answer: ");
    assert_says(fork, "It said: fork: Resource temporarily unavailable");
    assert_int_equal(fork->value[LAB_MEASURE_TASKS], 198);
    assert_int_equal(result_of("epoll")->answered, 200);
    assert_string_equal(result_of("epoll")->said, "");
}

static void a_server_that_dies_is_told_and_the_rest_goes_on(void **state)
{
    size_t since = actors_so_far();
    (void)state;
    begin("compare poll epoll clients=200 rounds=1\n");
    until_server(since, 1);
    type_line("server fail accept EINVAL after=4 times=1");
    until_over();
    const struct lab_measured *poll = result_of("poll");
    assert_true(poll->answered < 200);
    assert_int_equal(poll->answered + poll->failed, 200);
    assert_says(poll, "it ended with exit status 1 when ");
    assert_says(poll, " of 200 clients had their answer");
    assert_false(poll->known[LAB_MEASURE_MEMORY]);
    assert_false(poll->known[LAB_MEASURE_TASKS]);
    assert_int_equal(result_of("epoll")->answered, 200);
}

static void a_server_that_is_killed_is_told(void **state)
{
    size_t since = actors_so_far();
    (void)state;
    begin("compare pool epoll clients=5 rounds=1\n");
    until_server(since, 1);
    type_line("server kill");
    until_over();
    assert_says(result_of("pool"), "it was ended by SIGKILL ");
    assert_int_equal(result_of("pool")->failed, 5);
    assert_int_equal(result_of("epoll")->answered, 5);
}

static void it_can_be_given_up(void **state)
{
    struct lab_waiting waiting;
    size_t since = actors_so_far();
    (void)state;
    size_t before = lab_journal_count(lab_session_journal(session));
    live_type("compare fork clients=20 rounds=20");
    for (bool begun = false; !begun; lab_session_wait(session, -1, 0))
        begun = actors_so_far() > since;
    assert_true(lab_session_waiting(session, &waiting));
    assert_non_null(strstr(waiting.what, "fork"));
    assert_non_null(strstr(waiting.what, "round 1 of 20"));
    lab_session_abandon(session);
    assert_false(lab_session_waiting(session, &waiting));
    assert_int_equal(lab_session_clear(session, &err), 0);
    assert_false(anybody_lives());
    for (size_t i = before; i < lab_journal_count(lab_session_journal(session)); i++) {
        const struct net_event *ev = lab_journal_at(lab_session_journal(session), i);
        assert_false(ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_MEASURED);
    }
    begin("compare epoll clients=5 rounds=1\nexpect compared answered of epoll = 5\n");
    until_over();
}

/* The lab may end at any moment: nothing of a comparison is left. */
static void the_lab_can_be_closed_meanwhile(void **state)
{
    for (unsigned clients = 0; clients < 40; clients += 19) {
        size_t since = actors_so_far();
        live_type("compare fork clients=20 rounds=20");
        while (actors_so_far() == since || lab_session_state(session)->task_count < since + clients)
            lab_session_wait(session, -1, 0);
        live_close(state);
        errno = 0;
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        assert_int_equal(live_open(state), 0);
    }
}

static void what_was_compared_before_counts_no_more(void **state)
{
    (void)state;
    begin("compare epoll clients=5 rounds=1\nexpect compared answered of epoll = 5\n");
    until_over();
    assert_int_equal(lab_session_begin_experiment(session, 0, "3.8", "another one", &err), 0);
    begin("expect no compared answered of epoll = 5\n");
    until_over();
}

static void the_message_is_sent_as_it_was_written(void **state)
{
    bool found = false;
    (void)state;
    size_t before = lab_journal_count(lab_session_journal(session));
    begin("compare epoll clients=2 rounds=1 message=\"say \\\"hi\\\" ; \\\\ \"\n");
    until_over();
    for (size_t i = before; i < lab_journal_count(lab_session_journal(session)); i++) {
        const struct net_event *ev = lab_journal_at(lab_session_journal(session), i);
        found |= ev->kind == NET_EV_CALL_ENTER && ev->data_bytes == 13 && memcmp(ev->data, "say \"hi\" ; \\ ", 13) == 0;
    }
    assert_true(found);
}

static char offered[600];

static void keep(void *user, const char *word, const char *meaning)
{
    (void)user;
    (void)meaning;
    size_t used = strlen(offered);
    snprintf(offered + used, sizeof offered - used, "%s ", word);
}

static void complete(const char *line)
{
    size_t start;
    *offered = '\0';
    lab_session_complete(session, line, strlen(line), &start, keep, NULL);
}

static void completion_offers_each_server_once(void **state)
{
    (void)state;
    complete("compare ");
    assert_string_equal(offered,
                        "fork pthread pool select poll epoll edge prefork clients=200 rounds=3 message=hello ");
    complete("compare fork epoll p");
    assert_string_equal(offered, "pthread pool poll prefork ");
    complete("expect compared ");
    assert_string_equal(offered, "rate median p99 memory switches tasks answered failed processes ");
    complete("expect compared memory ");
    assert_string_equal(offered, "most least of ");
    complete("expect compared memory most e");
    assert_string_equal(offered, "epoll edge ");
}

int main(void)
{
#define LIVE(test) cmocka_unit_test_setup(test, live_clear)
    const struct CMUnitTest tests[] = {
        LIVE(every_server_answers_every_client),
        LIVE(a_fork_that_fails_is_told_and_the_rest_goes_on),
        LIVE(a_server_that_dies_is_told_and_the_rest_goes_on),
        LIVE(a_server_that_is_killed_is_told),
        LIVE(it_can_be_given_up),
        LIVE(the_lab_can_be_closed_meanwhile),
        LIVE(what_was_compared_before_counts_no_more),
        LIVE(the_message_is_sent_as_it_was_written),
        LIVE(completion_offers_each_server_once),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
