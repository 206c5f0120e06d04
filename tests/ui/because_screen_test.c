// SPDX-License-Identifier: GPL-3.0-or-later
// Where the Calls pane shows the cause of an error: behind it where there is room, below the rows for the chosen one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/fixtures/screen_fake.h"

static struct fake_screen screen;
static struct fake fake;
static struct ui_pane pane;
static long failed; /* the entry of the server's recv() */

/* A connection on which the server waits in recv(), until a RST comes and it is told so. */
static int open_all(void **state)
{
    (void)state;
    fake_screen_open(&screen, 24, 80, "C.UTF-8", "vt100");
    fake_open(&fake);
    fake_first_contact(&fake);
    failed = (long)lab_journal_count(fake.journal) - 1;
    fake_after(&fake, 100);
    fake_fate(&fake, fake_segment(&fake, NET_CLIENT, NET_RST | NET_ACK, 1007, 7001, 0), NET_DELIVERED);
    fake_sample(&fake,
                (struct net_ev_sample){.host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_CLOSE, .inode = 8});
    fake_return(&fake, failed, (struct net_ev_call){.fd = 4, .ret = -1, .error = ECONNRESET}, NULL, 0);
    pane = (struct ui_pane){.view = &ui_view_calls, .top = -1};
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    fake_close(&fake);
    fake_screen_close(&screen);
    return 0;
}

static void assert_shows(int rows, int columns, const char *text, bool shown)
{
    char *all = fake_draw(&pane, &fake.model, rows, columns);
    if ((strstr(all, text) != NULL) != shown)
        fail_msg("\"%s\" is %s:\n%s", text, shown ? "missing" : "there", all);
    free(all);
}

static void behind_the_result_where_there_is_room(void **state)
{
    (void)state;
    assert_shows(6, 120, "= -1 ECONNRESET  after 100 ms  because RST #7 from client at 0.400", true);
    assert_shows(6, 70, "because", false);
}

static void below_the_rows_for_the_chosen_one(void **state)
{
    (void)state;
    fake.model.selected_event = failed;
    assert_shows(6, 86, "\n because: RST #7 from client at 0.400; it is reported once: the next recv() returns 0\n",
                 true);
    assert_shows(6, 86, "recv(4, buf, 1023, 0)", true);
    assert_shows(6, 50, "\n because: RST #7 from client at 0.400; it is\n reported once: the next recv() returns 0\n",
                 true);
}

static void the_chosen_row_stays_in_sight(void **state)
{
    (void)state;
    fake.model.selected_event = failed;
    for (int rows = 2; rows < 8; rows++)
        assert_shows(rows, 60, "= -1 ECONNRESET", true);
}

static void nothing_below_a_call_that_worked(void **state)
{
    (void)state;
    fake.model.selected_event = 2;
    assert_shows(8, 70, "because", false);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(behind_the_result_where_there_is_room),
        TEST(below_the_rows_for_the_chosen_one),
        TEST(the_chosen_row_stays_in_sight),
        TEST(nothing_below_a_call_that_worked),
    };
    return cmocka_run_group_tests_name("because screen", tests, NULL, NULL);
}
