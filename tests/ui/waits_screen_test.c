// SPDX-License-Identifier: GPL-3.0-or-later
// What a blocked call waits for, in the Calls pane: beside it as far as it fits, in sentences for the chosen one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/fixtures/screen_fake.h"

static struct fake_screen screen;
static struct fake fake;
static struct ui_pane pane;
static long blocked; /* the entry of the server's recv() */

/* A connection on which the server has read all that came, and waits in recv(). */
static int open_all(void **state)
{
    (void)state;
    fake_screen_open(&screen, 24, 120, "C.UTF-8", "vt100");
    fake_open(&fake);
    fake_first_contact(&fake);
    blocked = (long)lab_journal_count(fake.journal) - 1;
    fake_after(&fake, 100);
    fake_sample(&fake,
                (struct net_ev_sample){.host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_ESTABLISHED, .inode = 8});
    fake_after(&fake, 3100);
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

static void assert_shows(int rows, int columns, const char *text)
{
    char *all = fake_draw(&pane, &fake.model, rows, columns);
    if (!strstr(all, text))
        fail_msg("\"%s\" is missing at %d columns:\n%s", text, columns, all);
    free(all);
}

static void all_reasons_where_there_is_room(void **state)
{
    (void)state;
    assert_shows(6, 118, "recv(4, buf, 1023, 0)");
    assert_shows(6, 118, " blocked 3.2 s: nothing to read; ");
}

static void one_reason_where_there_is_less(void **state)
{
    (void)state;
    assert_shows(6, 76, "recv(4, buf, 1023, 0)");
    assert_shows(6, 76, "3.2 s: ");
    assert_shows(6, 60, "3.2 s: ");
}

static void the_time_alone_where_there_is_none(void **state)
{
    (void)state;
    assert_shows(6, 40, "3.2 s");
}

static void sentences_for_the_chosen_one(void **state)
{
    (void)state;
    fake.model.selected_event = blocked;
    assert_shows(8, 110, "\n waits: The receive queue of ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(all_reasons_where_there_is_room),
        TEST(one_reason_where_there_is_less),
        TEST(the_time_alone_where_there_is_none),
        TEST(sentences_for_the_chosen_one),
    };
    return cmocka_run_group_tests_name("waits screen", tests, NULL, NULL);
}
