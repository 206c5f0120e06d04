// SPDX-License-Identifier: GPL-3.0-or-later
// Servers side by side: what is read from the calls of the clients, what is made of the rounds, and a note's way there
// and back. No kernel is asked here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/language/compare.h"
#include "net/data/program.h"
#include "lab/compare/clients.h"
#include "lab/compare/measure.h"
#include "tests/fixtures/story.h"

enum { CLIENTS = 7, OTHER = 8 };

static struct story story;
static struct lab_clients clients;

static int begin(void **state)
{
    (void)state;
    story_begin(&story);
    story_program(&story, CLIENTS, "clients", NET_CLIENT);
    story_program(&story, OTHER, "server", NET_SERVER);
    lab_clients_init(&clients, CLIENTS, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    lab_clients_fini(&clients);
    story_end(&story);
    return 0;
}

/* ---- the clients ---------------------------------------------------------------------------------------------------
 */

static void a_client_begins(int fd)
{
    story_call(&story, CLIENTS, (struct net_ev_call){.call = NET_CALL_SOCKET, .ret = fd});
    story_call(&story, CLIENTS,
               (struct net_ev_call){.call = NET_CALL_CONNECT, .fd = fd, .ret = -1, .error = EINPROGRESS});
}

static void a_client_is_told(int fd, unsigned call, int64_t ret, int error)
{
    story_call(&story, CLIENTS, (struct net_ev_call){.call = (uint16_t)call, .fd = fd, .ret = ret, .error = error});
}

static void so_error_of(int fd, int error)
{
    struct net_event ev = {.kind = NET_EV_CALL_RETURN,
                           .actor = CLIENTS,
                           .task = CLIENTS,
                           .data = (const uint8_t *)&error,
                           .data_bytes = sizeof error,
                           .u.call = {.call = NET_CALL_GETSOCKOPT, .fd = fd}};
    story_enter(&story, CLIENTS, (struct net_ev_call){.call = NET_CALL_GETSOCKOPT, .fd = fd});
    story_put(&story, ev);
}

static void read_clients(void)
{
    assert_int_equal(lab_clients_read(&clients, story.journal), 0);
}

/* The story's clock: each event is one millisecond after the one before. */
static void a_time_is_from_connect_entered_to_the_answer(void **state)
{
    (void)state;
    a_client_begins(5);                             /* connect() entered as its third event of four */
    uint64_t entered = story.now_ns - STORY_MS;     /* the return is the last */
    a_client_is_told(5, NET_CALL_RECV, -1, EAGAIN); /* not yet */
    a_client_is_told(5, NET_CALL_RECV, 18, 0);
    read_clients();
    assert_int_equal(clients.answered, 1);
    assert_int_equal(clients.failed, 0);
    assert_int_equal(clients.first_ns, entered);
    assert_int_equal(clients.last_ns, story.now_ns);
    assert_int_equal(clients.waited_ns[0], story.now_ns - entered);
    assert_int_equal(clients.waited_ns[0], 5 * STORY_MS);
}

static void clients_are_told_apart_by_descriptor(void **state)
{
    (void)state;
    a_client_begins(5);
    a_client_begins(6);
    a_client_is_told(6, NET_CALL_RECV, 3, 0);
    read_clients();
    assert_int_equal(clients.answered, 1);
    assert_int_equal(clients.waited_ns[0], 3 * STORY_MS);
    a_client_is_told(5, NET_CALL_RECV, 3, 0);
    read_clients();
    assert_int_equal(clients.answered, 2);
    assert_int_equal(clients.waited_ns[1], 9 * STORY_MS);
    a_client_is_told(5, NET_CALL_RECV, 3, 0); /* a second answer of the same client is no other client */
    read_clients();
    assert_int_equal(clients.answered, 2);
}

static void calls_of_others_do_not_count(void **state)
{
    (void)state;
    a_client_begins(5);
    story_call(&story, OTHER, (struct net_ev_call){.call = NET_CALL_RECV, .fd = 5, .ret = 18});
    story_call(&story, OTHER, (struct net_ev_call){.call = NET_CALL_CLOSE, .fd = 5});
    read_clients();
    assert_int_equal(clients.answered + clients.failed, 0);
}

static void a_failure_has_its_reason(void **state)
{
    char text[200];
    (void)state;
    a_client_begins(5);
    a_client_is_told(5, NET_CALL_RECV, -1, ECONNRESET);
    a_client_is_told(5, NET_CALL_CLOSE, 0, 0);
    a_client_begins(5); /* the same number again: another client */
    a_client_is_told(5, NET_CALL_RECV, 0, 0);
    a_client_is_told(5, NET_CALL_CLOSE, 0, 0);
    a_client_begins(5);
    so_error_of(5, ECONNREFUSED);
    a_client_is_told(5, NET_CALL_CLOSE, 0, 0);
    a_client_begins(5);
    a_client_is_told(5, NET_CALL_CLOSE, 0, 0);
    a_client_begins(6);
    so_error_of(6, 0);
    a_client_is_told(6, NET_CALL_RECV, -1, ECONNRESET);
    a_client_is_told(6, NET_CALL_CLOSE, 0, 0);
    a_client_is_told(-1, NET_CALL_SOCKET, -1, EMFILE);
    read_clients();
    assert_int_equal(clients.answered, 0);
    assert_int_equal(clients.failed, 6);
    assert_string_equal(lab_clients_reasons(&clients, text, sizeof text),
                        "2 recv ECONNRESET, 1 closed without an answer, 1 connect ECONNREFUSED, 1 no answer in time, "
                        "1 socket EMFILE");
}

static void who_was_answered_may_close(void **state)
{
    (void)state;
    a_client_begins(5);
    a_client_is_told(5, NET_CALL_RECV, 18, 0);
    a_client_is_told(5, NET_CALL_CLOSE, 0, 0);
    read_clients();
    assert_int_equal(clients.answered, 1);
    assert_int_equal(clients.failed, 0);
}

static void more_reasons_than_places_are_counted_together(void **state)
{
    static const int errors[] = {EPIPE, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENOBUFS, EACCES};
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        a_client_begins(5);
        a_client_is_told(5, NET_CALL_SEND, -1, errors[i]);
        a_client_is_told(5, NET_CALL_CLOSE, 0, 0);
    }
    read_clients();
    assert_int_equal(clients.failed, 7);
    assert_int_equal(clients.reasons[LAB_CLIENTS_REASONS - 1].count, 2);
    assert_true(clients.reasons[LAB_CLIENTS_REASONS - 1].why.is_others);
}

/* ---- what is made of it ------------------------------------------------------------------------------------------ */

static void percentiles_are_by_nearest_rank(void **state)
{
    uint64_t hundred[100], three[] = {10, 20, 30};
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        hundred[i] = i + 1;
    assert_int_equal(lab_percentile(hundred, 100, 50), 50);
    assert_int_equal(lab_percentile(hundred, 100, 99), 99);
    assert_int_equal(lab_percentile(hundred, 100, 100), 100);
    assert_int_equal(lab_percentile(three, 3, 50), 20);
    assert_int_equal(lab_percentile(three, 3, 99), 30);
    assert_int_equal(lab_percentile(three, 1, 50), 10);
    assert_int_equal(lab_percentile(three, 0, 50), 0);
}

static const struct lab_round rounds[] = {
    {.answered = 100,
     .took_ns = 100000000,
     .is_counted = true,
     .has_memory = true,
     .memory_bytes = 4096000,
     .voluntary = 90,
     .forced = 10,
     .processes = 101,
     .tasks = 101},
    {.answered = 100,
     .took_ns = 500000000,
     .is_counted = true,
     .has_memory = true,
     .memory_bytes = 9999999,
     .voluntary = 900,
     .forced = 100,
     .processes = 101,
     .tasks = 101},
    {.answered = 100,
     .took_ns = 125000000,
     .is_counted = true,
     .has_memory = true,
     .memory_bytes = 4100000,
     .voluntary = 110,
     .forced = 30,
     .processes = 101,
     .tasks = 101},
};

static void the_middle_round_counts_and_the_times_are_pooled(void **state)
{
    uint64_t waited[] = {50, 40, 30, 20, 10};
    struct lab_measured t = {.clients = 100};
    (void)state;
    lab_measured_finish(&t, rounds, 3, waited, 5);
    assert_int_equal(t.rounds, 3);
    assert_int_equal(t.answered, 300);
    assert_int_equal(t.failed, 0);
    assert_int_equal(t.value[LAB_MEASURE_RATE], 800); /* of 1000, 200 and 800 */
    assert_int_equal(t.value[LAB_MEASURE_MEDIAN], 30);
    assert_int_equal(t.value[LAB_MEASURE_P99], 50);
    assert_int_equal(t.value[LAB_MEASURE_MEMORY], 4100000);
    assert_int_equal(t.value[LAB_MEASURE_SWITCHES], 140);
    assert_int_equal(t.value[LAB_MEASURE_TASKS], 101);
    for (unsigned i = 0; i < LAB_MEASURES; i++)
        assert_true(t.known[i]);
}

static void what_was_not_measured_is_not_known(void **state)
{
    struct lab_round dead[] = {{.failed = 100}, {.failed = 100}};
    struct lab_round half[] = {{.failed = 100}, rounds[0]};
    uint64_t waited[] = {10};
    struct lab_measured t = {.clients = 100};
    char text[40];
    (void)state;
    lab_measured_finish(&t, dead, 2, NULL, 0);
    assert_int_equal(t.failed, 200);
    for (unsigned i = 0; i < LAB_MEASURES; i++) {
        assert_false(t.known[i]);
        assert_string_equal(lab_measure_text(&t, (enum lab_measure)i, text, sizeof text), "-");
    }
    t = (struct lab_measured){.clients = 100};
    lab_measured_finish(&t, half, 2, waited, 1); /* a round that failed says nothing of what the server needs */
    assert_int_equal(t.value[LAB_MEASURE_RATE], 1000);
    assert_int_equal(t.value[LAB_MEASURE_MEMORY], 4096000);
    half[1].has_memory = false; /* a kernel that does not tell */
    t = (struct lab_measured){.clients = 100};
    lab_measured_finish(&t, half, 2, waited, 1);
    assert_false(t.known[LAB_MEASURE_MEMORY]);
    assert_true(t.known[LAB_MEASURE_SWITCHES]);
}

static struct lab_measured result(const char *program, uint64_t rate, uint64_t memory, uint64_t tasks)
{
    struct lab_measured t = {.clients = 200, .rounds = 3, .answered = 600, .processes = (unsigned)tasks};
    strncpy(t.program, program, sizeof t.program - 1);
    t.known[LAB_MEASURE_RATE] = t.known[LAB_MEASURE_MEMORY] = t.known[LAB_MEASURE_TASKS] = true;
    t.value[LAB_MEASURE_RATE] = rate;
    t.value[LAB_MEASURE_MEMORY] = memory;
    t.value[LAB_MEASURE_TASKS] = tasks;
    return t;
}

static void the_best_is_the_most_or_the_least(void **state)
{
    struct lab_measured all[] = {result("fork", 100, 35 << 20, 201), result("epoll", 900, 500000, 1),
                                 result("poll", 900, 600000, 1)};
    (void)state;
    assert_false(lab_measure_is_best(all, 3, 0, LAB_MEASURE_RATE));
    assert_true(lab_measure_is_best(all, 3, 1, LAB_MEASURE_RATE)); /* both, when they are equal */
    assert_true(lab_measure_is_best(all, 3, 2, LAB_MEASURE_RATE));
    assert_true(lab_measure_is_best(all, 3, 1, LAB_MEASURE_MEMORY));
    assert_false(lab_measure_is_best(all, 3, 2, LAB_MEASURE_MEMORY));
    assert_false(lab_measure_is_best(all, 1, 0, LAB_MEASURE_RATE)); /* alone there is nothing to be better than */
    assert_false(lab_measure_is_best(all, 3, 1, LAB_MEASURE_P99));  /* not known of any */
    all[1].failed = 3;                                              /* who sends clients away has less to do */
    assert_false(lab_measure_is_best(all, 3, 1, LAB_MEASURE_MEMORY));
    assert_true(lab_measure_is_best(all, 3, 2, LAB_MEASURE_MEMORY));
    all[1].failed = 0;
    assert_true(lab_measured_ranks(all, 3, &all[0], LAB_MEASURE_MEMORY, 1));
    assert_true(lab_measured_ranks(all, 3, &all[1], LAB_MEASURE_MEMORY, -1));
    assert_false(lab_measured_ranks(all, 3, &all[1], LAB_MEASURE_RATE, 1)); /* not more than the other one */
    assert_false(lab_measured_ranks(all, 3, &all[0], LAB_MEASURE_P99, 1));
}

static void bars_are_relative_to_the_largest(void **state)
{
    struct lab_measured all[] = {result("fork", 100, 0, 201), result("epoll", 1000, 1, 1)};
    (void)state;
    assert_int_equal(lab_measure_most(all, 2, LAB_MEASURE_RATE), 1000);
    assert_int_equal(lab_measure_bar(&all[1], LAB_MEASURE_RATE, 1000, 40), 40);
    assert_int_equal(lab_measure_bar(&all[0], LAB_MEASURE_RATE, 1000, 40), 4);
    assert_int_equal(lab_measure_bar(&all[1], LAB_MEASURE_TASKS, 201, 40), 1); /* never nothing for something */
    assert_int_equal(lab_measure_bar(&all[0], LAB_MEASURE_MEMORY, 1, 40), 0);
    assert_int_equal(lab_measure_bar(&all[0], LAB_MEASURE_RATE, 1000, 0), 0);
    assert_int_equal(lab_measure_bar(&all[0], LAB_MEASURE_P99, 1000, 40), 0);
}

static void values_have_units(void **state)
{
    struct lab_measured t = result("fork", 1234567, 35 * 1024 * 1024 + 512 * 1024, 201);
    char text[40];
    (void)state;
    t.known[LAB_MEASURE_MEDIAN] = t.known[LAB_MEASURE_SWITCHES] = true;
    t.value[LAB_MEASURE_MEDIAN] = 41234567;
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_RATE, text, sizeof text), "1,234,567");
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_MEDIAN, text, sizeof text), "41.2 ms");
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_MEMORY, text, sizeof text), "35.5 MiB");
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_SWITCHES, text, sizeof text), "0");
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_TASKS, text, sizeof text), "201 processes");
    t = result("pool", 999, 1023 * 1024, 1);
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_RATE, text, sizeof text), "999");
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_MEMORY, text, sizeof text), "1023 KiB");
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_TASKS, text, sizeof text), "1 thread");
    t.value[LAB_MEASURE_TASKS] = 5;
    assert_string_equal(lab_measure_text(&t, LAB_MEASURE_TASKS, text, sizeof text), "5 threads");
}

static void the_head_counts_who_had_no_answer(void **state)
{
    struct lab_measured all[] = {result("fork", 100, 0, 201), result("epoll", 1000, 1, 1)};
    char text[120];
    (void)state;
    assert_string_equal(lab_measure_head(all, 2, text, sizeof text),
                        "200 clients at once, 3 rounds: all were answered");
    all[1].failed = 7;
    all[0].rounds = all[0].clients = 1;
    assert_string_equal(lab_measure_head(all, 2, text, sizeof text), "1 client at once, 1 round: 7 had no answer");
    assert_string_equal(lab_measure_head(all, 0, text, sizeof text), "");
}

/* ---- as notes of the journal ------------------------------------------------------------------------------------- */

static void put_measured(const struct lab_measured *t, unsigned id, unsigned flags)
{
    char *text = lab_measured_json(t);
    assert_non_null(text);
    story_put(&story, (struct net_event){.kind = NET_EV_NOTE,
                                         .data = (const uint8_t *)text,
                                         .data_bytes = (uint32_t)strlen(text),
                                         .u.note = {.kind = LAB_NOTE_MEASURED, .id = id, .flags = (uint16_t)flags}});
    free(text);
}

static void a_result_comes_back(void **state)
{
    struct lab_measured t = result("fork", 100, 4096, 201), back[LAB_COMPARED_MAX];
    (void)state;
    t.failed = 3;
    t.voluntary = 17;
    t.forced = 4;
    strcpy(t.said, "3 of 200 clients had no answer: 3 recv \"ECONNRESET\"");
    put_measured(&t, 0, 0);
    assert_int_equal(lab_measured_read(story.state, story.journal, back), 1);
    assert_string_equal(back[0].program, "fork");
    assert_string_equal(back[0].said, t.said);
    assert_memory_equal(back[0].known, t.known, sizeof t.known);
    assert_memory_equal(back[0].value, t.value, sizeof t.value);
    assert_int_equal(back[0].clients, 200);
    assert_int_equal(back[0].rounds, 3);
    assert_int_equal(back[0].answered, 600);
    assert_int_equal(back[0].failed, 3);
    assert_int_equal(back[0].voluntary, 17);
    assert_int_equal(back[0].forced, 4);
    assert_int_equal(back[0].processes, 201);
}

static void the_latest_comparison_counts(void **state)
{
    struct lab_measured fork = result("fork", 100, 4096, 201), epoll = result("epoll", 900, 4096, 1),
                        back[LAB_COMPARED_MAX];
    (void)state;
    assert_int_equal(lab_measured_read(story.state, story.journal, back), 0);
    put_measured(&fork, 0, 0);
    put_measured(&epoll, 1, LAB_MEASURED_LAST);
    assert_int_equal(lab_measured_read(story.state, story.journal, back), 2);
    put_measured(&epoll, 0, 0);
    a_client_begins(5); /* other events may stand between */
    put_measured(&fork, 1, LAB_MEASURED_LAST);
    assert_int_equal(lab_measured_read(story.state, story.journal, back), 2);
    assert_string_equal(back[0].program, "epoll");
    assert_string_equal(back[1].program, "fork");
    assert_ptr_equal(lab_measured_of(back, 2, "fork"), &back[1]);
    assert_null(lab_measured_of(back, 2, "pool"));
}

static void a_note_that_is_none_is_left_out(void **state)
{
    static const char *const texts[] = {"", "nonsense", "[]", "{}", "{\"program\":7}", "{\"program\":\"fork\""};
    struct lab_measured back[LAB_COMPARED_MAX];
    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        story_put(&story, (struct net_event){.kind = NET_EV_NOTE,
                                             .data = (const uint8_t *)texts[i],
                                             .data_bytes = (uint32_t)strlen(texts[i]),
                                             .u.note = {.kind = LAB_NOTE_MEASURED, .id = i}});
    assert_int_equal(lab_measured_read(story.state, story.journal, back), 0);
}

/* Data, not a text within a text. */
static void json_has_it_as_an_object(void **state)
{
    struct lab_measured t = result("fork", 100, 4096, 201);
    char line[2048] = "";
    FILE *out = fmemopen(line, sizeof line, "w");
    (void)state;
    put_measured(&t, 0, LAB_MEASURED_LAST);
    lab_event_write_json(lab_journal_at(story.journal, lab_journal_count(story.journal) - 1), 0, out);
    fclose(out);
    assert_non_null(strstr(line, "\"note\":\"measured\""));
    assert_non_null(strstr(line, "\"measured\":{\"program\":\"fork\",\"clients\":200,\"rounds\":3,\"answered\":600,"));
    assert_non_null(strstr(line, "\"per_second\":100,\"median_ns\":null,"));
    assert_null(strstr(line, "\"data\""));
}

/* ---- the words of the command ------------------------------------------------------------------------------------ */

static struct lab_compare_spec *spec;
static struct net_error err;
static size_t bad;

static int read_words(const char *text)
{
    struct lab_line line;
    free(spec);
    spec = NULL;
    err = (struct net_error){0};
    assert_int_equal(lab_line_parse(text, &line, NULL, &err), 0);
    int result = lab_compare_read(line.words, line.count, &spec, &bad, &err);
    lab_line_fini(&line);
    return result;
}

static int forget_spec(void **state)
{
    (void)state;
    free(spec);
    spec = NULL;
    return 0;
}

static void words_may_stand_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(read_words("fork rounds=2 epoll message=\"good day\" clients=50 tcp_server_pool"), 0);
    assert_int_equal(spec->count, 3);
    assert_string_equal(spec->servers[0]->program, "fork");
    assert_string_equal(spec->servers[1]->program, "epoll");
    assert_string_equal(spec->servers[2]->program, "pool");
    assert_int_equal(spec->clients, 50);
    assert_int_equal(spec->rounds, 2);
    assert_string_equal(spec->message, "good day");
    assert_int_equal(read_words("fork"), 0);
    assert_int_equal(spec->clients, 200);
    assert_int_equal(spec->rounds, 3);
    assert_string_equal(spec->message, "");
}

static void wrong_words_are_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *words, *sentence;
        size_t bad;
    } cases[] = {
        {"clients=5", "which servers?", 1},
        {"frok epoll", "did you mean `fork`?", 0},
        {"fork client", "`client` is no server that can be compared", 1},
        {"fork single", "single cannot be compared: it serves one client and ends", 1},
        {"log", "log cannot be compared: it serves one client after the other", 0},
        {"fork epoll fork", "fork stands there twice", 2},
        {"fork clients=0", "clients=0 is of no use: expected a number from 1 to 10000", 1},
        {"fork clients=10001", "expected a number from 1 to 10000", 1},
        {"fork clients=many", "clients=many is of no use", 1},
        {"fork rounds=21", "expected a number from 1 to 20", 1},
        {"fork message=", "message= takes one line", 1},
        {"fork message=\"a\\nb\"", "message= takes one line", 1},
        {"fork client=5",
         "compare has no parameter `client`: it takes clients, message, rounds; did you mean "
         "`clients`?",
         1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_words(cases[i].words), -1);
        assert_null(spec);
        if (!strstr(err.text, cases[i].sentence))
            fail_msg("%s: `%s` lacks `%s`", cases[i].words, err.text, cases[i].sentence);
        assert_int_equal(bad, cases[i].bad);
    }
}

/* Every server of the lab can be compared, or there is a reason why not. */
static void no_server_is_forgotten(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_program_count; i++) {
        const struct lab_comparable *known;
        size_t k = 0;
        if (strncmp(net_programs[i].name, "tcp_server_", 11) != 0)
            continue;
        while ((known = lab_comparable_at(k)) && strcmp(known->program, net_programs[i].name + 11) != 0)
            k++;
        if (!known)
            fail_msg("%s is missing in lab_comparable_at()", net_programs[i].name);
    }
}

int main(void)
{
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(a_time_is_from_connect_entered_to_the_answer),
        STORY(clients_are_told_apart_by_descriptor),
        STORY(calls_of_others_do_not_count),
        STORY(a_failure_has_its_reason),
        STORY(who_was_answered_may_close),
        STORY(more_reasons_than_places_are_counted_together),
        cmocka_unit_test(percentiles_are_by_nearest_rank),
        cmocka_unit_test(the_middle_round_counts_and_the_times_are_pooled),
        cmocka_unit_test(what_was_not_measured_is_not_known),
        cmocka_unit_test(the_best_is_the_most_or_the_least),
        cmocka_unit_test(bars_are_relative_to_the_largest),
        cmocka_unit_test(values_have_units),
        cmocka_unit_test(the_head_counts_who_had_no_answer),
        STORY(a_result_comes_back),
        STORY(the_latest_comparison_counts),
        STORY(a_note_that_is_none_is_left_out),
        STORY(json_has_it_as_an_object),
        cmocka_unit_test_teardown(words_may_stand_in_any_order, forget_spec),
        cmocka_unit_test_teardown(wrong_words_are_refused_with_a_sentence, forget_spec),
        cmocka_unit_test(no_server_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
