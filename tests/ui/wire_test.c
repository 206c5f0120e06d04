// SPDX-License-Identifier: GPL-3.0-or-later
// The Wire pane: what stands on an arrow in little room and in much, the detail of a segment, and why there is none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/screen_fake.h"

struct story {
    struct fake fake;
    struct fake_screen screen;
    struct ui_pane pane;
};

static int open_story(void **state)
{
    struct story *s = calloc(1, sizeof *s);
    assert_non_null(s);
    fake_screen_open(&s->screen, 24, 100, "C.UTF-8", "xterm");
    fake_open(&s->fake);
    s->pane = (struct ui_pane){.view = &ui_view_wire, .top = -1, .wants_socket = -1};
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

static void assert_shown(struct story *s, int rows, int columns, const char *piece)
{
    char *screen = fake_draw(&s->pane, &s->fake.model, rows, columns);
    if (!strstr(screen, piece))
        fail_msg("\"%s\" is not in\n%s", piece, screen);
    free(screen);
}

/* The same 10 bytes three times, without an answer. */
static void sent_again(struct story *s)
{
    fake_handshake(&s->fake, fake_actor(&s->fake, "c1", "hand", NET_CLIENT));
    for (int i = 0; i < 3; i++)
        fake_fate(&s->fake, fake_segment(&s->fake, NET_CLIENT, NET_PSH | NET_ACK, 1001, 7001, 10), NET_DELIVERED);
}

static void the_name_fits_the_arrow(void **state)
{
    struct story *s = *state;
    sent_again(s);
    assert_shown(s, 12, 90, " PSH·ACK 10 B retransmission 2 ");
    assert_shown(s, 12, 56, " PSH·ACK 10 B again 2 ");
    assert_shown(s, 12, 46, " 10 B again 2 ");
}

static void the_detail_says_what_it_is(void **state)
{
    struct story *s = *state;
    sent_again(s);
    s->pane.rows = 20;
    s->pane.columns = 46;
    ui_view_wire.key(&s->pane, &s->fake.model, KEY_UP);
    assert_shown(s, 20, 46, " PSH·ACK  seq 1-11  ack 1  window ");
    assert_shown(s, 20, 46, "retransmission 2: these bytes, or this SYN or");
    assert_shown(s, 20, 46, "\n FIN, were sent before"); /* wrapped, not cut */
}

/* In slow motion the head of what is on its way stands where it is; what was there before is whole. */
static void a_segment_travels(void **state)
{
    struct story *s = *state;
    fake_handshake(&s->fake, fake_actor(&s->fake, "c1", "hand", NET_CLIENT));
    fake_segment(&s->fake, NET_CLIENT, NET_PSH | NET_ACK, 1001, 7001, 10);
    s->fake.model.travel = 0;
    assert_shown(s, 12, 60, "│           ►                           ESTABLISHED");
    s->fake.model.travel = 50;
    assert_shown(s, 12, 60, "│           ────── PSH·AC►              ESTABLISHED");
    assert_shown(s, 12, 60, "ESTABLISHED ────────── ACK ───────────► │");
    s->fake.model.travel = 100;
    assert_shown(s, 12, 60, "─► ESTABLISHED");
    fake_segment(&s->fake, NET_SERVER, NET_ACK, 7001, 1011, 0);
    s->fake.model.travel = 25;
    assert_shown(s, 12, 60, "                    ◄─");
}

static void within_a_host_there_is_none(void **state)
{
    struct story *s = *state;
    assert_shown(s, 8, 46, "No segment yet: nothing was sent.");
    fake_sample(&s->fake, (struct net_ev_sample){.host = NET_SERVER,
                                                 .cookie = 7,
                                                 .state = NET_STATE_ESTABLISHED,
                                                 .local_ip = NET_IP4(0x7f000001),
                                                 .local_port = 40000,
                                                 .remote_ip = NET_IP4(0x7f000001),
                                                 .remote_port = 7});
    assert_shown(s, 8, 46, "the connection is within\n one host.");
    assert_shown(s, 8, 46, "own loopback interface, where no wire is.");
}

/* Of thousands of segments the middle is not there, and that is said. */
static void what_is_left_out_is_said(void **state)
{
    struct story *s = *state;
    fake_handshake(&s->fake, fake_actor(&s->fake, "c1", "hand", NET_CLIENT));
    for (uint32_t i = 0; i < 4200; i++)
        fake_fate(&s->fake, fake_segment(&s->fake, NET_CLIENT, NET_PSH | NET_ACK, 1001 + i, 7001, 1), NET_DELIVERED);
    s->pane.top = 60;
    assert_shown(s, 12, 90, " more between: go back in time for them");
    assert_shown(s, 12, 36, " more between");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_story, close_story)
    const struct CMUnitTest tests[] = {
        TEST(the_name_fits_the_arrow),     TEST(the_detail_says_what_it_is), TEST(a_segment_travels),
        TEST(within_a_host_there_is_none), TEST(what_is_left_out_is_said),
    };
    return cmocka_run_group_tests_name("wire view", tests, NULL, NULL);
}
