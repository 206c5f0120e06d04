// SPDX-License-Identifier: GPL-3.0-or-later
// The box of a comparison: what it draws, when it opens, and what its keys type.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/compare/measure.h"
#include "tests/fixtures/screen_app.h"

static struct lab_measured result(const char *program, const uint64_t value[LAB_MEASURES], unsigned processes)
{
    struct lab_measured t = {.clients = 200, .rounds = 3, .answered = 600, .processes = processes};
    snprintf(t.program, sizeof t.program, "%s", program);
    for (unsigned i = 0; i < LAB_MEASURES; i++) {
        t.known[i] = value[i] > 0;
        t.value[i] = value[i];
    }
    return t;
}

static void put_measured(const struct lab_measured *t, unsigned id, unsigned flags)
{
    char *text = lab_measured_json(t);
    fake_put(&fake, (struct net_event){.kind = NET_EV_NOTE,
                                       .data = (const uint8_t *)text,
                                       .data_bytes = (uint32_t)strlen(text),
                                       .u.note = {.kind = LAB_NOTE_MEASURED, .id = id, .flags = (uint16_t)flags}});
    free(text);
}

static const uint64_t of_fork[] = {335, 296000000, 581000000, 35 << 20, 830, 201},
                      of_pool[] = {1518, 92400000, 119000000, 764 << 10, 410, 5},
                      of_epoll[] = {2026, 77600000, 84500000, 796 << 10, 11, 1}, nothing[LAB_MEASURES];

/* A comparison has just ended. */
static void measured(void)
{
    struct lab_measured fork = result("fork", of_fork, 201), pool = result("pool", of_pool, 1),
                        epoll = result("epoll", of_epoll, 1);
    enter(-1, -1);
    put_measured(&fork, 0, 0);
    put_measured(&pool, 1, 0);
    put_measured(&epoll, 2, LAB_MEASURED_LAST);
    ui_app_events(&app);
}

static void the_bars_at_80x24(void **state)
{
    (void)state;
    measured();
    assert_begins(1, "┌ What a server needs ─────── 200 clients at once, 3 rounds: all were answered ┐\n"
                     "│ connections per second                 memory of its own                     │\n"
                     "│ fork              335  █               fork         35.0 MiB  █████████      │\n"
                     "│ pool            1,518  ███████         pool          764 KiB  █ best         │\n"
                     "│ epoll           2,026  █████████ best  epoll         796 KiB  █              │\n"
                     "│                                                                              │\n"
                     "│ median time to the answer              context switches                      │\n"
                     "│ fork           296 ms  █████████       fork              830  █████████      │\n"
                     "│ pool          92.4 ms  ███             pool              410  ████           │\n"
                     "│ epoll         77.6 ms  ██ best         epoll              11  █ best         │\n"
                     "│                                                                              │\n"
                     "│ 99th percentile of it                  processes and threads                 │\n"
                     "│ fork           581 ms  █████████       fork    201 processes  █████████      │\n"
                     "│ pool           119 ms  ██              pool        5 threads  █              │\n"
                     "│ epoll         84.5 ms  █ best          epoll        1 thread  █ best         │\n");
}

static void the_bars_at_120x40(void **state)
{
    (void)state;
    measured();
    assert_true(shows("│ fork              335  █████                               fork         35.0 MiB  "
                      "█████████████████████████████      │"));
    assert_true(shows("│ epoll           2,026  █████████████████████████████ best  epoll         796 KiB  █"));
    assert_true(shows("connections per second: from the first connect() entered to the last answer received."));
    assert_true(shows("compare the numbers"));
}

static void the_bars_in_ascii(void **state)
{
    (void)state;
    measured();
    assert_true(shows("| epoll           2,026  ######### best  epoll         796 KiB  #              |"));
    assert_true(shows("| fork           296 ms  #########       fork              830  #########      |"));
}

/* Where two do not fit beside each other they stand below each other, all of them. */
static void the_bars_in_a_narrow_place(void **state)
{
    struct ui_pane pane = {.view = &ui_box_compare};
    (void)state;
    measured();
    char *text = fake_draw(&pane, &app.model, 60, 50);
    static const char *const titles[] = {"connections per second", "median time to the answer",
                                         "99th percentile of it",  "memory of its own",
                                         "context switches",       "processes and threads"};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        char line[80];
        snprintf(line, sizeof line, "\n %s\n fork ", titles[i]);
        if (!strstr(text, line + (i == 0)))
            fail_msg("%s is not there:\n%s", titles[i], text);
    }
    free(text);
}

static void what_went_wrong_is_said(void **state)
{
    struct lab_measured fork = result("fork", of_fork, 201), pool = result("pool", nothing, 0);
    (void)state;
    enter(-1, -1);
    fork.failed = 3;
    strcpy(fork.said, "3 of 200 clients had no answer: 3 recv ECONNRESET");
    pool.failed = 200;
    strcpy(pool.said, "it ended with exit status 1 before a client came. It said: bind: Address already in use");
    put_measured(&fork, 0, 0);
    put_measured(&pool, 1, LAB_MEASURED_LAST);
    ui_app_events(&app);
    assert_true(shows(" 200 clients at once, 3 rounds: 203 had no answer ┐"));
    assert_true(shows("│ pool                -                  pool                -"));
    assert_true(shows("fork 3 of 200 clients had no answer: 3 recv ECONNRESET"));
    assert_true(shows("pool it ended with exit status 1 before a client came. It said:"));
    assert_true(hides("best"));
}

static void it_opens_by_itself_and_by_its_key(void **state)
{
    (void)state;
    enter(-1, -1);
    press("b");
    assert_true(shows("Nothing was compared yet."));
    assert_true(shows("compare fork pthread pool epoll clients=200"));
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.boxes.count, 0);
    measured();
    assert_int_equal(app.boxes.count, 1);
    assert_ptr_equal(ui_box_top(&app.boxes)->pane.view, &ui_box_compare);
    press("b");
    assert_int_equal(app.boxes.count, 0);
    press("b");
    assert_true(shows("│ fork              335  █ "));
}

static void enter_compares_the_same_again(void **state)
{
    (void)state;
    enter(-1, -1);
    press("b\r");
    assert_string_equal(app.last.command, "compare fork pthread pool epoll clients=200");
    assert_int_equal(app.boxes.count, 0);
    measured();
    press("\r");
    assert_string_equal(app.last.command, "compare fork pool epoll clients=200 rounds=3");
}

static void it_scrolls(void **state)
{
    (void)state;
    measured();
    assert_true(hides("compare the numbers"));
    press_key(KEY_END);
    assert_true(shows("compare the numbers"));
    press_key(KEY_HOME);
    assert_true(shows("│ connections per second                 memory of its own"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_80x24(the_bars_at_80x24),
        AT_120x40(the_bars_at_120x40),
        IN_ASCII(the_bars_in_ascii),
        AT_80x24(the_bars_in_a_narrow_place),
        AT_80x24(what_went_wrong_is_said),
        AT_80x24(it_opens_by_itself_and_by_its_key),
        AT_80x24(enter_compares_the_same_again),
        AT_80x24(it_scrolls),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
