// SPDX-License-Identifier: GPL-3.0-or-later
// The pane of sockets: few one by one, many counted by host and state, and the way from a count to its sockets and
// back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/screen_fake.h"
#include "ui/view/socket_groups.h"

struct story {
    struct fake fake;
    struct fake_screen screen;
    struct ui_pane pane;
};

static int open_in(void **state, const char *locale, const char *term)
{
    struct story *s = calloc(1, sizeof *s);
    assert_non_null(s);
    fake_screen_open(&s->screen, 24, 80, locale, term);
    fake_open(&s->fake);
    s->pane = (struct ui_pane){.view = &ui_view_sockets, .top = -1, .wants_socket = -1};
    *state = s;
    return 0;
}

static int open_story(void **state)
{
    return open_in(state, "C.UTF-8", "xterm");
}

static int open_in_ascii(void **state)
{
    return open_in(state, "C", "vt100");
}

static int close_story(void **state)
{
    struct story *s = *state;
    fake_close(&s->fake);
    fake_screen_close(&s->screen);
    free(s);
    return 0;
}

static void see(struct story *s, enum net_host host, int number, enum net_state state, unsigned unread)
{
    uint16_t port = (uint16_t)(20000 + number);
    struct net_ev_sample sample = {.host = (uint8_t)host,
                                   .cookie = (host == NET_CLIENT ? 0x10000u : 0x20000u) + (unsigned)number,
                                   .state = (uint8_t)state,
                                   .inode = 9,
                                   .rqueue = unread};
    if (host == NET_CLIENT)
        sample.local_port = port;
    else if (state != NET_STATE_LISTEN)
        sample.remote_port = port;
    fake_sample(&s->fake, sample);
}

/* count connections, of which the first `closed` are half closed by the client; and a listener. */
static void crowd(struct story *s, int count, int closed)
{
    see(s, NET_SERVER, 5000, NET_STATE_LISTEN, 3);
    for (int i = 0; i < count; i++) {
        see(s, NET_CLIENT, i, i < closed ? NET_STATE_FIN_WAIT2 : NET_STATE_ESTABLISHED, 0);
        see(s, NET_SERVER, i, i < closed ? NET_STATE_CLOSE_WAIT : NET_STATE_ESTABLISHED, i < closed ? 5 : 0);
    }
}

static void press(struct story *s, int key)
{
    s->pane.rows = 12;
    s->pane.columns = 60;
    unsigned reactions = ui_view_sockets.key(&s->pane, &s->fake.model, key);
    if (reactions & UI_SELECT)
        s->fake.model.selected_socket = s->pane.wants_socket;
}

static char *status(struct story *s)
{
    static char text[80];
    ui_view_sockets.status(&s->pane, &s->fake.model, text, sizeof text);
    return text;
}

static void few_are_listed(void **state)
{
    struct story *s = *state;
    crowd(s, 2, 1);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 12, 60), "socket    state       recv-q  send-q timer\n"
                                                               "server -  LISTEN         3/0\n"
                                                               "client -  FIN_WAIT2        0       0\n"
                                                               "server -  CLOSE_WAIT       5       0\n"
                                                               "client -  ESTABLISHED      0       0\n"
                                                               "server -  ESTABLISHED      0       0\n");
    assert_int_equal(ui_view_sockets.key(&s->pane, &s->fake.model, '\r'), UI_PASS);
}

/* Where it is wide enough both addresses, else both ports; in the detail always. */
static void addresses_of_both_ends_are_shown(void **state)
{
    const struct net_ev_sample connected = {.host = NET_CLIENT,
                                            .cookie = 0x10001,
                                            .state = NET_STATE_ESTABLISHED,
                                            .inode = 9,
                                            .local_ip = NET_IP4(0x7f000001),
                                            .local_port = 40000,
                                            .remote_ip = NET_IP4(0x7f000002),
                                            .remote_port = 7};
    struct story *s = *state;
    fake_sample(&s->fake, connected);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 4, 100),
                  "socket    state       recv-q  send-q timer              local                 peer\n"
                  "client -  ESTABLISHED      0       0                    127.0.0.1:40000       127.0.0.2:7\n");
    assert_screen(fake_draw(&s->pane, &s->fake.model, 4, 72),
                  "socket    state       recv-q  send-q timer              local  peer\n"
                  "client -  ESTABLISHED      0       0                    :40000 :7\n");
    press(s, KEY_DOWN);
    char *text = fake_draw(&s->pane, &s->fake.model, 10, 40);
    assert_non_null(strstr(text, "local 127.0.0.1:40000  peer 127.0.0.2:7\n"));
    free(text);
}

/* 95657 bytes behind 0 would read as 095657. */
static void numbers_never_touch(void **state)
{
    static const struct net_ev_sample full = {.host = NET_CLIENT,
                                              .cookie = 0x10001,
                                              .state = NET_STATE_ESTABLISHED,
                                              .inode = 9,
                                              .rqueue = 1234567,
                                              .wqueue = 95657};
    struct story *s = *state;
    crowd(s, 1, 0);
    fake_sample(&s->fake, full);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 12, 40), "socket   state            rq    sq timer\n"
                                                               "server - LISTEN          3/0\n"
                                                               "client - ESTABLISHED       0     0\n"
                                                               "server - ESTABLISHED       0     0\n"
                                                               "client - ESTABLISHED 1234567 95657\n");
}

static void many_are_counted(void **state)
{
    struct story *s = *state;
    crowd(s, 1000, 16);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 12, 60),
                  "host    state       sockets\n"
                  "server  LISTEN            1  ▏\n"
                  "        ESTABLISHED     984  ███████████████████████████████\n"
                  "        CLOSE_WAIT       16  ▋\n"
                  "client  ESTABLISHED     984  ███████████████████████████████\n"
                  "        FIN_WAIT2        16  ▋\n");
    assert_string_equal(status(s), "2001, Enter: list");
    assert_int_equal(ui_view_sockets.stale_ns(&s->pane, &s->fake.model), 0);
}

static void a_count_leads_to_its_sockets_and_back(void **state)
{
    struct story *s = *state;
    crowd(s, 100, 2);
    press(s, KEY_DOWN);
    press(s, KEY_DOWN);
    press(s, KEY_DOWN);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 12, 60),
                  "host    state       sockets\n"
                  "server  LISTEN            1  ▍\n"
                  "        ESTABLISHED      98  ███████████████████████████████\n"
                  "server  CLOSE_WAIT        2  ▊\n"
                  "client  ESTABLISHED      98  ███████████████████████████████\n"
                  "        FIN_WAIT2         2  ▊\n"
                  "\n"
                  "\n"
                  "────────────────────────────────────────────────────────────\n"
                  "The peer has closed; this end's program has not called clos…\n"
                  "unread 10 B, not acknowledged 0 B\n"
                  "Enter lists them\n");
    press(s, '\r');
    assert_screen(fake_draw(&s->pane, &s->fake.model, 12, 60), "socket    state       recv-q  send-q timer\n"
                                                               "server -  CLOSE_WAIT       5       0\n"
                                                               "server -  CLOSE_WAIT       5       0\n");
    assert_string_equal(status(s), "2, Enter: counts");
    press(s, KEY_DOWN);
    assert_int_equal(s->fake.state->sockets[s->fake.model.selected_socket].cookie, 0x20000);
    press(s, '\r');
    assert_string_equal(status(s), "201, Enter: list");
    char *text = fake_draw(&s->pane, &s->fake.model, 12, 60);
    assert_non_null(strstr(text, "Enter lists them"));
    free(text);
}

/* The chosen count is the state's, not the row's: it stays on it when others come. */
static void the_choice_stays_when_the_counts_move(void **state)
{
    struct story *s = *state;
    crowd(s, 100, 2);
    press(s, KEY_UP);
    assert_non_null(strstr(status(s), "201"));
    see(s, NET_SERVER, 6000, NET_STATE_SYN_RECV, 0);
    see(s, NET_CLIENT, 6000, NET_STATE_SYN_SENT, 0);
    char *text = fake_draw(&s->pane, &s->fake.model, 14, 60);
    assert_non_null(strstr(text, "client  FIN_WAIT2         2"));
    assert_non_null(strstr(text, "This end's FIN is acknowledged"));
    free(text);
}

static void those_that_are_gone_are_counted_too(void **state)
{
    struct story *s = *state;
    crowd(s, 60, 0);
    for (int i = 0; i < 60; i++)
        see(s, NET_CLIENT, i, NET_STATE_ABSENT, 0);
    struct ui_socket_groups groups = ui_socket_groups_of(&s->fake.model);
    assert_int_equal(groups.count, 3);
    assert_int_equal(groups.group[2].host, NET_CLIENT);
    assert_int_equal(groups.group[2].state, NET_STATE_ABSENT);
    assert_int_equal(groups.group[2].count, 60);
    s->fake.model.start_ns = s->fake.now_ns + 1;
    assert_int_equal(ui_socket_groups_of(&s->fake.model).count, 2);
}

static void a_click_chooses_a_count(void **state)
{
    struct story *s = *state;
    crowd(s, 100, 2);
    free(fake_draw(&s->pane, &s->fake.model, 12, 60));
    assert_int_equal(ui_view_sockets.mouse(&s->pane, &s->fake.model, 2, 5, BUTTON1_PRESSED), UI_REDRAW);
    char *text = fake_draw(&s->pane, &s->fake.model, 12, 60);
    assert_non_null(strstr(text, "Both directions are open"));
    free(text);
    assert_int_equal(ui_view_sockets.mouse(&s->pane, &s->fake.model, 11, 5, BUTTON1_PRESSED), UI_NOTHING);
}

/* Among very many sockets the ladder leaves out what no segment made: it says so. */
static void the_wire_says_what_it_leaves_out(void **state)
{
    struct story *s = *state;
    struct ui_pane wire = {.view = &ui_view_wire, .top = -1};
    char text[80];
    crowd(s, 30, 2);
    ui_view_wire.status(&wire, &s->fake.model, text, sizeof text);
    assert_string_equal(text, "");
    crowd(s, 40, 2);
    ui_view_wire.status(&wire, &s->fake.model, text, sizeof text);
    assert_string_equal(text, "segments only");
}

static void counts_are_readable_in_ascii(void **state)
{
    struct story *s = *state;
    crowd(s, 100, 2);
    assert_screen(fake_draw(&s->pane, &s->fake.model, 12, 40), "host    state       sockets\n"
                                                               "server  LISTEN            1  #\n"
                                                               "        ESTABLISHED      98  ###########\n"
                                                               "        CLOSE_WAIT        2  #\n"
                                                               "client  ESTABLISHED      98  ###########\n"
                                                               "        FIN_WAIT2         2  #\n");
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, open_story, close_story)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(few_are_listed),
        STORY(addresses_of_both_ends_are_shown),
        STORY(numbers_never_touch),
        STORY(many_are_counted),
        STORY(a_count_leads_to_its_sockets_and_back),
        STORY(the_choice_stays_when_the_counts_move),
        STORY(those_that_are_gone_are_counted_too),
        STORY(a_click_chooses_a_count),
        STORY(the_wire_says_what_it_leaves_out),
        cmocka_unit_test_setup_teardown(counts_are_readable_in_ascii, open_in_ascii, close_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
