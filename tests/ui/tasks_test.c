// SPDX-License-Identifier: GPL-3.0-or-later
// The pane of processes and threads: few tasks one by one, many counted by what they do, and how many there were.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/screen_fake.h"
#include "ui/view/task_rows.h"

enum { CHILDREN = 20 };

struct story {
    struct fake fake;
    struct fake_screen screen;
    struct ui_pane pane;
    uint32_t server;
    uint32_t child[1000];
};

static int open_story(void **state)
{
    struct story *s = calloc(1, sizeof *s);
    assert_non_null(s);
    fake_screen_open(&s->screen, 24, 80, "C.UTF-8", "xterm");
    fake_open(&s->fake);
    s->pane = (struct ui_pane){.view = &ui_view_tasks, .wants_socket = -1};
    s->server = fake_actor(&s->fake, "server", "tcp_server_fork", NET_SERVER);
    *state = s;
    return 0;
}

static int close_story(void **state)
{
    struct story *s = *state;
    fake_close(&s->fake);
    fake_screen_close(&s->screen);
    free(s);
    return 0;
}

/* Children that come 10 ms apart, each of them in recv(). */
static void fork_children(struct story *s, int count)
{
    for (int i = 0; i < count; i++) {
        fake_after(&s->fake, 10);
        s->child[i] = fake_task(&s->fake, s->server, s->server + 1, NET_TASK_CHILD);
        fake_put(&s->fake, (struct net_event){.kind = NET_EV_CALL_ENTER,
                                              .actor = s->server,
                                              .task = s->child[i],
                                              .u.call = {.call = NET_CALL_RECV, .fd = 4, .args = {4}}});
    }
}

static void end_child(struct story *s, int i, bool reaped)
{
    struct net_event ev = {.kind = NET_EV_TASK_END, .actor = s->server, .task = s->child[i]};
    fake_after(&s->fake, 10);
    ev.u.end = (struct net_ev_end){.how = NET_END_EXIT, .zombie = true, .pid = 4000 + (int32_t)s->child[i]};
    fake_put(&s->fake, ev);
    ev.kind = NET_EV_TASK_REAPED;
    ev.u.end.zombie = false;
    if (reaped)
        fake_put(&s->fake, ev);
}

static void few_are_shown_one_by_one(void **state)
{
    struct story *s = *state;
    fork_children(s, 2);
    end_child(s, 0, false);
    fake_after(&s->fake, 100);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 8, 76),
                  "tcplab\n"
                  "▄▄▄▄▄▄▄▄▄██████████  1 child, at most 2\n"
                  "└ server thread 4002       runs its own code\n"
                  "   ├ child 4003            ended, exit status 0, a zombie until its parent …\n"
                  "   └ child 4004            recv(4) blocked 0.1 s\n");
}

static void many_are_counted_by_what_they_do(void **state)
{
    struct story *s = *state;
    char status[128];
    fork_children(s, CHILDREN);
    for (int i = 0; i < 5; i++)
        end_child(s, i, false);
    for (int i = 5; i < 8; i++)
        end_child(s, i, true);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 8, 76), "tcplab\n"
                                                              "▁▂▂▃▄▄▄▅▆▆▇█████▇▆▆  12 children, at most 20\n"
                                                              "└ server thread 4002       runs its own code\n"
                                                              "   ├ 5 zombies\n"
                                                              "   ├ 3 children ended\n"
                                                              "   └ 12 children in recv\n");
    ui_view_tasks.status(&s->pane, &s->fake.model, status, sizeof status);
    assert_string_equal(status, "children 12/20 zombies 5/6 ");
}

static void a_thousand_children_are_three_rows(void **state)
{
    struct story *s = *state;
    fork_children(s, 1000);
    for (int i = 0; i < 12; i++)
        end_child(s, i, false);
    struct ui_task_rows rows = ui_task_rows_make(&s->fake.model);
    char text[64];
    assert_int_equal(rows.count, 3);
    assert_string_equal(ui_task_group_text(&s->fake.model, &rows.row[1], text, sizeof text), "12 zombies");
    assert_string_equal(ui_task_group_text(&s->fake.model, &rows.row[2], text, sizeof text), "988 children in recv");
    assert_false(rows.row[1].last);
    assert_true(rows.row[2].last);
    ui_task_rows_free(&rows);
}

static void the_history_has_the_most_of_each_span(void **state)
{
    struct story *s = *state;
    int history[4];
    assert_int_equal(ui_task_history(&s->fake.model, 4, history), 0);
    fork_children(s, 4);
    assert_int_equal(ui_task_history(&s->fake.model, 4, history), 4);
    const int grown[] = {1, 2, 3, 4};
    assert_memory_equal(history, grown, sizeof grown);
    fake_after(&s->fake, 1000);
    assert_int_equal(ui_task_history(&s->fake.model, 4, history), 4);
    assert_memory_equal(history, grown, sizeof grown);
}

static void what_was_before_a_clear_is_forgotten(void **state)
{
    struct story *s = *state;
    int history[4];
    fork_children(s, 3);
    for (int i = 0; i < 3; i++)
        end_child(s, i, true);
    fake_after(&s->fake, 10);
    s->fake.model.start_ns = s->fake.now_ns;
    assert_int_equal(ui_task_history(&s->fake.model, 4, history), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(few_are_shown_one_by_one, open_story, close_story),
        cmocka_unit_test_setup_teardown(many_are_counted_by_what_they_do, open_story, close_story),
        cmocka_unit_test_setup_teardown(a_thousand_children_are_three_rows, open_story, close_story),
        cmocka_unit_test_setup_teardown(the_history_has_the_most_of_each_span, open_story, close_story),
        cmocka_unit_test_setup_teardown(what_was_before_a_clear_is_forgotten, open_story, close_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
