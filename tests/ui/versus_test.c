// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs side by side, without a kernel: ladders of made journals, their alignment, the text, the box on the screen.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "lab/compare/versus.h"
#include "tests/fixtures/screen_fake.h"
#include "ui/box/box.h"

/* ---- ladders of made rungs ---- */

static struct lab_ladder *ladder_new(const char *setting)
{
    struct lab_ladder *ladder = calloc(1, sizeof *ladder);
    assert_non_null(ladder);
    ladder->rungs = calloc(LAB_RUNGS_MAX, sizeof *ladder->rungs);
    assert_non_null(ladder->rungs);
    ladder->has_wire = true;
    snprintf(ladder->setting, sizeof ladder->setting, "%s", setting);
    return ladder;
}

static struct lab_rung *add(struct lab_ladder *ladder, enum lab_rung_kind kind, const char *lane, const char *what)
{
    struct lab_rung *rung = &ladder->rungs[ladder->count];
    static const uint8_t lane_of[LAB_RUNG_KINDS] = {
        [LAB_RUNG_COMMAND] = LAB_LANE_COMMANDS, [LAB_RUNG_CALL] = LAB_LANE_TASK,   [LAB_RUNG_LIFE] = LAB_LANE_TASK,
        [LAB_RUNG_SEGMENT] = LAB_LANE_WIRE,     [LAB_RUNG_STEP] = LAB_LANE_SOCKET, [LAB_RUNG_END] = LAB_LANE_END,
    };
    rung->kind = (uint8_t)kind;
    rung->lane_kind = lane_of[kind];
    rung->times = 1;
    rung->time_ns = ladder->count++ * 1000000;
    snprintf(rung->lane, sizeof rung->lane, "%s", lane);
    snprintf(rung->what, sizeof rung->what, "%s", what);
    return rung;
}

static void command(struct lab_ladder *ladder, const char *text)
{
    add(ladder, LAB_RUNG_COMMAND, "commands", text);
}

static struct lab_rung *call(struct lab_ladder *ladder, const char *who, unsigned number, const char *text,
                             const char *result)
{
    struct lab_rung *rung = add(ladder, LAB_RUNG_CALL, who, text);
    rung->call = (uint16_t)number;
    rung->host = who[0] == 'c' ? NET_CLIENT : NET_SERVER;
    snprintf(rung->result, sizeof rung->result, "%s", result);
    return rung;
}

static struct lab_rung *segment(struct lab_ladder *ladder, enum net_host from, unsigned flags, const char *label,
                                unsigned client, unsigned server)
{
    struct lab_rung *rung = add(ladder, LAB_RUNG_SEGMENT, "wire 1", label);
    rung->host = (uint8_t)from;
    rung->flags = (uint8_t)flags;
    rung->fate = NET_DELIVERED;
    rung->state[NET_CLIENT] = (uint8_t)client;
    rung->state[NET_SERVER] = (uint8_t)server;
    return rung;
}

static struct lab_ladder *left, *right;
static struct lab_side_by_side sides;

static int two_ladders(void **state)
{
    (void)state;
    left = ladder_new("default");
    right = ladder_new("linger 0");
    return 0;
}

static int free_ladders(void **state)
{
    (void)state;
    lab_ladder_free(left);
    lab_ladder_free(right);
    lab_side_by_side_fini(&sides);
    return 0;
}

/* "00 1- -1 22!": the rungs of each row, and ! or ~ where they differ. */
static void assert_rows(const char *expected)
{
    char text[400] = "";
    lab_side_by_side_fini(&sides);
    assert_int_equal(lab_side_by_side(left, right, &sides), 0);
    for (size_t i = 0; i < sides.count; i++) {
        const struct lab_versus_row *row = &sides.rows[i];
        size_t used = strlen(text);
        for (int side = 0; side < 2; side++)
            used += (size_t)snprintf(text + used, sizeof text - used, row->rung[side] == LAB_NONE ? "-" : "%d",
                                     row->rung[side]);
        snprintf(text + used, sizeof text - used, "%s%s",
                 !row->differs                       ? ""
                 : row->differs & LAB_DIFFERS_CHANCE ? "~"
                                                     : "!",
                 i + 1 < sides.count ? " " : "");
    }
    assert_string_equal(text, expected);
}

static void the_same_is_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct lab_ladder *ladder = i ? right : left;
        command(ladder, "c1 close");
        call(ladder, "c1", NET_CALL_CLOSE, "close(3)", "0");
        segment(ladder, NET_CLIENT, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_FIN_WAIT1, NET_STATE_CLOSE_WAIT);
    }
    right->rungs[1].took_ns = 5000000; /* a few milliseconds are no difference */
    assert_rows("00 11 22");
    assert_int_equal(sides.different, 0);
}

static void a_fin_and_an_rst_share_a_row(void **state)
{
    (void)state;
    command(left, "c1 close");
    segment(left, NET_CLIENT, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_FIN_WAIT1, NET_STATE_CLOSE_WAIT);
    command(right, "with \"linger 0\" c1 set SO_LINGER 1 0");
    command(right, "c1 close");
    segment(right, NET_CLIENT, NET_RST | NET_ACK, "RST ACK", NET_STATE_CLOSE, NET_STATE_CLOSE);
    assert_rows("-0! 01 12!");
    assert_int_equal(sides.rows[2].differs, LAB_DIFFERS_WHAT | LAB_DIFFERS_STATE);
    assert_int_equal(sides.different, 2);
}

static void what_is_missing_stands_alone(void **state)
{
    (void)state;
    command(left, "s1.4 recv");
    call(left, "s1", NET_CALL_RECV, "recv(4, \"a\", 1024, 0)", "1");
    call(left, "s1", NET_CALL_RECV, "recv(4, \"b\", 1024, 0)", "1");
    call(left, "s1", NET_CALL_RECV, "recv(4, \"\", 1024, 0)", "0");
    command(right, "s1.4 recv");
    call(right, "s1", NET_CALL_RECV, "recv(4, \"a\", 1024, 0)", "1");
    call(right, "s1", NET_CALL_RECV, "recv(4, \"\", 1024, 0)", "0");
    assert_rows("00 11 2-! 32");
}

static void one_call_with_two_results_shares_a_row(void **state)
{
    (void)state;
    call(left, "s1", NET_CALL_RECV, "recv(4, \"\", 1024, 0)", "0");
    call(right, "s1", NET_CALL_RECV, "recv(4, \"\", 1024, 0)", "-1 ECONNRESET");
    assert_rows("00!");
    assert_int_equal(sides.rows[0].differs, LAB_DIFFERS_RESULT);
}

static void two_lanes_may_change_places(void **state)
{
    (void)state;
    command(left, "c1 close");
    call(left, "c1", NET_CALL_CLOSE, "close(3)", "0");
    segment(left, NET_CLIENT, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_FIN_WAIT1, NET_STATE_CLOSE_WAIT);
    command(right, "c1 close");
    segment(right, NET_CLIENT, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_FIN_WAIT1, NET_STATE_CLOSE_WAIT);
    call(right, "c1", NET_CALL_CLOSE, "close(3)", "0");
    assert_rows("00 12 21");
}

/* What came of one command is not laid beside what came of another one, and each ladder stays in order. */
static void commands_cut_the_ladders(void **state)
{
    (void)state;
    command(left, "c1 close");
    command(left, "s1.4 recv");
    segment(left, NET_CLIENT, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_FIN_WAIT1, NET_STATE_CLOSE_WAIT);
    command(right, "c1 close");
    segment(right, NET_CLIENT, NET_RST | NET_ACK, "RST ACK", NET_STATE_CLOSE, NET_STATE_CLOSE);
    command(right, "s1.4 recv");
    assert_rows("00 -1! 12 2-!");
}

static void waiting_cuts_nothing(void **state)
{
    (void)state;
    command(left, "c1 send \"hello\"");
    segment(left, NET_CLIENT, NET_PSH | NET_ACK, "PSH ACK 5 B", NET_STATE_ESTABLISHED, NET_STATE_ESTABLISHED)->bytes =
        5;
    command(left, "wait quiet");
    command(right, "c1 send \"hello\"");
    command(right, "wait quiet");
    segment(right, NET_CLIENT, NET_PSH | NET_ACK, "PSH ACK 5 B", NET_STATE_ESTABLISHED, NET_STATE_ESTABLISHED)->bytes =
        5;
    left->rungs[2].waits = right->rungs[1].waits = true;
    lab_side_by_side_fini(&sides);
    assert_int_equal(lab_side_by_side(left, right, &sides), 0);
    assert_int_equal(sides.count, 3);
    assert_int_equal(sides.different, 0);
}

static void an_empty_ack_is_chance(void **state)
{
    (void)state;
    segment(left, NET_SERVER, NET_ACK, "ACK", NET_STATE_FIN_WAIT2, NET_STATE_CLOSE_WAIT);
    segment(left, NET_SERVER, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_TIME_WAIT, NET_STATE_LAST_ACK);
    segment(right, NET_SERVER, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_TIME_WAIT, NET_STATE_LAST_ACK);
    assert_rows("0-~ 10");
    assert_int_equal(sides.different, 0);
}

static unsigned times(uint64_t a_ms, uint64_t b_ms)
{
    struct lab_rung a = {.kind = LAB_RUNG_CALL, .times = 1, .late_ns = a_ms * 1000000, .took_ns = a_ms * 1000000};
    struct lab_rung b = {.kind = LAB_RUNG_CALL, .times = 1, .late_ns = b_ms * 1000000, .took_ns = b_ms * 1000000};
    return lab_rungs_differ(&a, &b);
}

static void only_long_times_differ(void **state)
{
    (void)state;
    assert_int_equal(times(0, 5000), LAB_DIFFERS_TIME);
    assert_int_equal(times(1500, 4100), LAB_DIFFERS_TIME);
    assert_int_equal(times(1, 90), 0);      /* less than 100 ms more */
    assert_int_equal(times(3000, 4100), 0); /* less than twice */
    struct lab_rung a = {.kind = LAB_RUNG_CALL, .times = 1, .took_ns = 20000, .late_ns = 20000};
    struct lab_rung b = {.kind = LAB_RUNG_CALL, .times = 1, .took_ns = 1000000000, .late_ns = 20000};
    assert_int_equal(lab_rungs_differ(&a, &b), 0); /* somebody else's command made it return, in both */
    b.returned_after = 1;
    assert_int_equal(lab_rungs_differ(&a, &b), LAB_DIFFERS_TIME); /* only in one */
}

static void repetitions_are_counted_roughly(void **state)
{
    (void)state;
    struct lab_rung a = {.kind = LAB_RUNG_SEGMENT, .again = true, .times = 4}, b = a;
    b.times = 5;
    assert_int_equal(lab_rungs_differ(&a, &b), 0);
    b.times = 1;
    assert_int_equal(lab_rungs_differ(&a, &b), LAB_DIFFERS_WHAT);
}

static void as_many_as_there_may_be(void **state)
{
    (void)state;
    char text[20];
    for (int i = 0; i < LAB_RUNGS_MAX; i++) {
        snprintf(text, sizeof text, "c%d", i);
        call(left, text, NET_CALL_CLOSE, "close(3)", "0");
        snprintf(text, sizeof text, "d%d", i);
        call(right, text, NET_CALL_CLOSE, "close(3)", "0");
    }
    assert_int_equal(lab_side_by_side(left, right, &sides), 0);
    assert_int_equal(sides.count, 2 * LAB_RUNGS_MAX);
    assert_int_equal(sides.different, 2 * LAB_RUNGS_MAX);
}

/* ---- ladders of made journals ---- */

static struct lab_ladder *contact(unsigned late_ms)
{
    struct fake f;
    fake_open(&f);
    fake_note(&f, LAB_NOTE_CLEARED, 0, "");
    fake_command_note(&f, LAB_NOTE_COMMAND, 0, LAB_COMMAND_START, "server single");
    fake_after(&f, late_ms);
    fake_first_contact(&f);
    struct lab_ladder *ladder = lab_ladder_read(f.journal, f.state, 0, "x", true);
    assert_non_null(ladder);
    fake_close(&f);
    return ladder;
}

static const struct lab_rung *find(const struct lab_ladder *ladder, const char *what)
{
    for (size_t i = 0; i < ladder->count; i++)
        if (strcmp(ladder->rungs[i].what, what) == 0)
            return &ladder->rungs[i];
    fail_msg("no rung %s", what);
    return NULL;
}

static void a_journal_becomes_a_ladder(void **state)
{
    (void)state;
    struct lab_ladder *ladder = contact(0);
    const struct lab_rung *fin = find(ladder, "FIN ACK");
    assert_int_equal(fin->host, NET_CLIENT);
    assert_int_equal(fin->fate, NET_DELIVERED);
    assert_string_equal(find(ladder, "PSH ACK 5 B")->lane, "wire 1");
    assert_string_equal(find(ladder, "server single")->lane, "commands");
    assert_true(find(ladder, "recv(4, buf, 1023, 0)")->blocks);
    assert_string_equal(find(ladder, "close(3)")->lane, "c1");
    assert_string_equal(find(ladder, "TIME_WAIT")->result, "nobody");
    lab_ladder_free(ladder);
}

static void a_journal_twice_is_no_difference(void **state)
{
    (void)state;
    lab_ladder_free(left);
    lab_ladder_free(right);
    left = contact(0);
    right = contact(40);
    assert_int_equal(lab_side_by_side(left, right, &sides), 0);
    assert_int_equal(sides.different, 0);
    assert_true(sides.count > 10);
}

/* ---- the box ---- */

static struct fake_screen screen;

static struct lab_versus versus_of(void)
{
    command(left, "c1 close");
    call(left, "c1", NET_CALL_CLOSE, "close(3)", "0, FIN_WAIT1");
    segment(left, NET_CLIENT, NET_FIN | NET_ACK, "FIN ACK", NET_STATE_FIN_WAIT1, NET_STATE_CLOSE_WAIT);
    command(left, "s1.4 recv");
    call(left, "s1", NET_CALL_RECV, "recv(4, \"\", 1024, 0)", "0");
    command(right, "c1 close");
    call(right, "c1", NET_CALL_CLOSE, "close(3)", "0, CLOSE")->took_ns = 1200000000;
    segment(right, NET_CLIENT, NET_RST | NET_ACK, "RST ACK", NET_STATE_CLOSE, NET_STATE_CLOSE);
    command(right, "s1.4 recv");
    call(right, "s1", NET_CALL_RECV, "recv(4, \"\", 1024, 0)", "-1 ECONNRESET");
    return (struct lab_versus){.ladders = {left, right}, .count = 2, .number = 1};
}

static void assert_box(const char *locale, const char *term, int columns, const char *expected)
{
    struct lab_versus versus = versus_of();
    struct ui_model model = {.versus = &versus};
    struct ui_pane pane = {.view = &ui_box_versus};
    fake_screen_open(&screen, 24, columns + 2, locale, term);
    assert_int_equal(ui_box_versus.open(&pane, &model), 0);
    char *text = fake_draw(&pane, &model, 8, columns);
    ui_box_versus.close(&pane);
    fake_screen_close(&screen);
    assert_screen(text, expected);
}

static void the_box_on_80_columns(void **state)
{
    (void)state;
    assert_box("C.UTF-8", "xterm-256color", 78,
               "  default                             │  linger 0\n"
               "  client                       server │  client                        server\n"
               "  : c1 close                          │  : c1 close\n"
               "! c1 close(3) = 0, FIN_WAIT1          │! c1 close(3) = 0, CLOSE (1.2 s)\n"
               "! FINW1  ───── FIN·ACK ──────► CLOSEW │! CLOSE  ────── RST·ACK ──────► CLOSE\n"
               "  : s1.4 recv                         │  : s1.4 recv\n"
               "! s1 recv(4, \"\", 1024, 0) = 0         │! s1 recv(4, \"\", 102.. = -1 ECONNRESET\n"
               "                                      │\n");
}

static void the_box_in_ascii(void **state)
{
    (void)state;
    assert_box(
        "C", "vt100", 118,
        "  default                                                 |  linger 0\n"
        "  client                                      server      |  client                                       "
        "server\n"
        "  : c1 close                                              |  : c1 close\n"
        "! c1 close(3) = 0, FIN_WAIT1                              |! c1 close(3) = 0, CLOSE (1.2 s)\n"
        "! FIN_WAIT1   ---------- FIN-ACK -----------> CLOSE_WAIT  |! CLOSE       ----------- RST-ACK -----------> "
        "CLOSE\n"
        "  : s1.4 recv                                             |  : s1.4 recv\n"
        "! s1 recv(4, \"\", 1024, 0) = 0                             |! s1 recv(4, \"\", 1024, 0) = -1 ECONNRESET\n"
        "                                                          |\n");
}

static void keys_of_the_box(void **state)
{
    (void)state;
    struct lab_versus versus = versus_of();
    struct lab_ladder *third = ladder_new("linger 5");
    versus.ladders[versus.count++] = third;
    struct ui_model model = {.versus = &versus};
    struct ui_pane pane = {.view = &ui_box_versus, .rows = 8, .columns = 78};
    char title[100];
    assert_int_equal(ui_box_versus.open(&pane, &model), 0);
    static const char *const pairs[] = {"\"default\" against \"linger 0\"", "\"default\" against \"linger 5\"",
                                        "\"linger 0\" against \"linger 5\"", "\"default\" against \"linger 0\""};
    for (size_t i = 0; i < 4; i++) {
        ui_box_versus.titled(&pane, &model, title, sizeof title);
        assert_string_equal(title, pairs[i]);
        ui_box_versus.key(&pane, &model, KEY_RIGHT);
    }
    ui_box_versus.key(&pane, &model, KEY_LEFT);
    assert_int_equal(pane.cursor, 2); /* row + 1 of the first difference */
    ui_box_versus.key(&pane, &model, 'n');
    assert_int_equal(pane.cursor, 3);
    ui_box_versus.key(&pane, &model, 'N');
    ui_box_versus.key(&pane, &model, 'N'); /* there is none before */
    assert_int_equal(pane.cursor, 2);
    assert_int_equal(ui_box_versus.key(&pane, &model, '\r'), UI_CLOSE | UI_COMMAND);
    assert_string_equal(pane.command, "versus");
    ui_box_versus.close(&pane);
    lab_ladder_free(third);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_is_the_same, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(a_fin_and_an_rst_share_a_row, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(what_is_missing_stands_alone, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(one_call_with_two_results_shares_a_row, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(two_lanes_may_change_places, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(commands_cut_the_ladders, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(waiting_cuts_nothing, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(an_empty_ack_is_chance, two_ladders, free_ladders),
        cmocka_unit_test(only_long_times_differ),
        cmocka_unit_test(repetitions_are_counted_roughly),
        cmocka_unit_test_setup_teardown(as_many_as_there_may_be, two_ladders, free_ladders),
        cmocka_unit_test(a_journal_becomes_a_ladder),
        cmocka_unit_test_setup_teardown(a_journal_twice_is_no_difference, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(the_box_on_80_columns, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(the_box_in_ascii, two_ladders, free_ladders),
        cmocka_unit_test_setup_teardown(keys_of_the_box, two_ladders, free_ladders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
