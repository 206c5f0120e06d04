// SPDX-License-Identifier: GPL-3.0-or-later
// The state machine with the path of each end: what is marked, what caused it, live and in the past.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/explain/path.h"
#include "tests/fixtures/screen_app.h"
#include "ui/view/ends.h"

/* A box of the screen over the hand-made story. */
static char *box_of(int rows, int columns, struct ui_pane *pane)
{
    app.model = fake.model;
    return fake_draw(pane, &fake.model, rows, columns);
}

static struct ui_pane states_pane(void)
{
    return (struct ui_pane){.view = &ui_box_states, .top = -1};
}

static void nobody_has_been_anywhere(void **state)
{
    struct ui_pane pane = states_pane();
    (void)state;
    assert_screen(box_of(20, 78, &pane), "                                           CLOSE\n"
                                         "         ┌── listen() ───────────────────┘       └ connect()/SYN ──┐\n"
                                         "      LISTEN                                                   SYN_SENT\n"
                                         "         │ rcv SYN/SYN,ACK                                         │\n"
                                         "     SYN_RECV      ◄───────────────── rcv SYN/SYN,ACK ─────────────┤\n"
                                         "   │     └── rcv ACK ────────────────────┐       ┌ rcv SYN,ACK ────┘\n"
                                         "   │ close()/FIN                        ESTABLISHED\n"
                                         "   │     ┌── close()/FIN ────────────────┘       └ rcv FIN/ACK ────┐\n"
                                         "     FIN_WAIT1     ─ rcv FIN/ACK ──►      CLOSING             CLOSE_WAIT\n"
                                         "         │ rcv ACK                   rcv ACK │         close()/FIN │\n"
                                         "     FIN_WAIT2     ─ rcv FIN/ACK ──►     TIME_WAIT             LAST_ACK\n"
                                         "                                       2 MSL │             rcv ACK │\n"
                                         "   ─ any other way, as by RST ─────►       CLOSE       ◄───────────┘\n"
                                         "[C] There is no socket at this end\n"
                                         "[S] There is no socket at this end\n");
}

static void both_paths_are_marked_with_their_causes(void **state)
{
    struct ui_pane pane = states_pane();
    char title[120], status[60];
    (void)state;
    fake_first_contact(&fake);
    assert_screen(box_of(20, 78, &pane),
                  "                                     c     CLOSE     s\n"
                  "         ┌── s listen() ─────────────────┘       └ c connect()/SYN ┐\n"
                  "      LISTEN     s                                         c   SYN_SENT\n"
                  "         │ s rcv SYN/SYN,ACK                                       │\n"
                  "     SYN_RECV    s ◄───────────────── rcv SYN/SYN,ACK ─────────────┤\n"
                  "   │     └── s rcv ACK ──────────────────┐       ┌ c rcv SYN,ACK ──┘\n"
                  "   │ close()/FIN                     c  ESTABLISHED  s\n"
                  "   │     ┌── c close()/FIN ──────────────┘       └ s rcv FIN/ACK ──┐\n"
                  " c   FIN_WAIT1     ─ rcv FIN/ACK ──►      CLOSING             CLOSE_WAIT  [S]\n"
                  "         │ c rcv ACK                 rcv ACK │         close()/FIN │\n"
                  "[C]  FIN_WAIT2     ─ rcv FIN/ACK ──►     TIME_WAIT             LAST_ACK\n"
                  "                                       2 MSL │             rcv ACK │\n"
                  "   ─ any other way, as by RST ─────►       CLOSE       ◄───────────┘\n"
                  "[C] This end's FIN is acknowledged; the peer has not closed yet\n"
                  "[S] The peer has closed; this end's program has not called close() yet\n"
                  "  0.100 CLOSE       socket()              0.000 CLOSE       socket()\n"
                  "  0.100 SYN_SENT    connect(3)            0.000 LISTEN      listen(3, 1)\n"
                  "  0.100 ESTABLISHED rcv SYN,ACK #2        0.100 SYN_RECV    rcv SYN #1\n"
                  "  0.300 FIN_WAIT1   close(3)              0.100 ESTABLISHED rcv ACK #3\n"
                  "  0.300 FIN_WAIT2   rcv ACK #6            0.300 CLOSE_WAIT  rcv FIN,ACK #5\n");
    ui_box_states.titled(&pane, &fake.model, title, sizeof title);
    assert_string_equal(title, "TCP states: c client c1.3, s server server.4");
    ui_box_states.status(&pane, &fake.model, status, sizeof status);
    assert_string_equal(status, "connection 1 of 1");
}

static void a_wide_one_has_the_steps_beside(void **state)
{
    struct ui_pane pane = states_pane();
    (void)state;
    fake_first_contact(&fake);
    char *text = box_of(22, 125, &pane);
    assert_non_null(strstr(text, "                         client c1.3\n"));
    assert_non_null(strstr(text, "   │ s rcv SYN/SYN,ACK                                       │             0.100 "
                                 "ESTABLISHED rcv SYN,ACK #2\n"));
    assert_non_null(strstr(text, " server server.4\n"));
    assert_non_null(strstr(text, "  0.000 LISTEN      listen(3, 1), stays so\n"));
    free(text);
}

static void where_an_end_is_does_not_hang_on_colour(void **state)
{
    struct ui_pane pane = states_pane();
    (void)state;
    fake_first_contact(&fake);
    char *text = box_of(20, 78, &pane);
    assert_non_null(strstr(text, "[C]  FIN_WAIT2     - rcv FIN/ACK -->     TIME_WAIT"));
    assert_non_null(strstr(text, " c   FIN_WAIT1"));
    for (const char *c = text; *c; c++)
        assert_in_range((unsigned char)*c, '\n', '~');
    free(text);
}

/* The RST takes the client out of FIN_WAIT2: there is no arrow of its own for that. */
static void a_reset_is_the_arrow_for_all_other_ways(void **state)
{
    struct ui_pane pane = states_pane();
    (void)state;
    fake_first_contact(&fake);
    fake_after(&fake, 100);
    fake_fate(&fake, fake_segment(&fake, NET_SERVER, NET_RST | NET_ACK, 7001, 1007, 0), NET_DELIVERED);
    fake_sample(&fake, (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_ABSENT});
    char *text = box_of(20, 78, &pane);
    assert_non_null(strstr(text, "   ─ c any other way, as by RST ───►[C]    CLOSE       ◄───────────┘\n"));
    assert_non_null(strstr(text, "[C] The kernel has no such socket any more\n"));
    assert_non_null(strstr(text, "  0.400 gone        rcv RST,ACK #7"));
    free(text);
}

/* Both ends close at once: one mark for each, on the same states and arrows. */
static void both_marks_fit_where_both_ends_go(void **state)
{
    struct ui_pane pane = states_pane();
    (void)state;
    uint32_t c1 = fake_actor(&fake, "c1", "hand", NET_CLIENT);
    fake_handshake(&fake, c1);
    for (unsigned host = 0; host < NET_HOSTS; host++)
        fake_sample(&fake, (struct net_ev_sample){
                               .host = (uint8_t)host, .cookie = host ? 0xc1 : 0x52, .state = NET_STATE_FIN_WAIT1});
    for (unsigned host = 0; host < NET_HOSTS; host++) {
        fake_fate(&fake, fake_segment(&fake, host, NET_FIN | NET_ACK, host ? 1001 : 7001, host ? 7001 : 1001, 0),
                  NET_DELIVERED);
        fake_sample(&fake, (struct net_ev_sample){
                               .host = (uint8_t)!host, .cookie = host ? 0x52 : 0xc1, .state = NET_STATE_CLOSING});
    }
    char *text = box_of(20, 78, &pane);
    assert_non_null(strstr(text, "\n c   FIN_WAIT1   s ─ cs rcv FIN/ACK►[C]   CLOSING   [S]       CLOSE_WAIT\n"));
    assert_non_null(strstr(text, "┌── cs close()/FIN ─────────────┘"));
    free(text);
}

static void before_a_connection_the_listener_stands_for_its_end(void **state)
{
    struct ui_pane pane = states_pane();
    (void)state;
    uint32_t server = fake_actor(&fake, "s1", "hand", NET_SERVER);
    long enter = fake_enter(&fake, server, (struct net_ev_call){.call = NET_CALL_LISTEN, .fd = 3, .args = {3, 1}}, NULL,
                            0);
    fake_sample(&fake, (struct net_ev_sample){.host = NET_SERVER, .cookie = 0x51, .state = NET_STATE_LISTEN});
    fake_return(&fake, enter, (struct net_ev_call){.fd = 3, .cookie = 0x51}, NULL, 0);
    char *text = box_of(20, 78, &pane);
    assert_non_null(strstr(text, "      LISTEN    [S]"));
    assert_non_null(strstr(text, "[S] Waits for connections\n"));
    free(text);
}

static void tab_goes_round_the_connections_and_stays(void **state)
{
    struct ui_pane pane = states_pane();
    char status[60];
    (void)state;
    fake_first_contact(&fake);
    fake_sample(&fake, (struct net_ev_sample){
                           .host = NET_CLIENT, .cookie = 0xc2, .state = NET_STATE_SYN_SENT, .local_port = 40001});
    ui_box_states.status(&pane, &fake.model, status, sizeof status);
    assert_string_equal(status, "connection 2 of 2");
    assert_int_equal(ui_box_states.key(&pane, &fake.model, '\t'), UI_REDRAW);
    ui_box_states.status(&pane, &fake.model, status, sizeof status);
    assert_string_equal(status, "connection 1 of 2");
    fake_sample(&fake, (struct net_ev_sample){
                           .host = NET_CLIENT, .cookie = 0xc3, .state = NET_STATE_SYN_SENT, .local_port = 40002});
    ui_box_states.status(&pane, &fake.model, status, sizeof status);
    assert_string_equal(status, "connection 1 of 3");
    ui_box_states.key(&pane, &fake.model, KEY_BTAB);
    ui_box_states.status(&pane, &fake.model, status, sizeof status);
    assert_string_equal(status, "connection 3 of 3");
    fake.model.selected_socket = 1;
    pane.cursor = 0;
    ui_box_states.status(&pane, &fake.model, status, sizeof status);
    assert_string_equal(status, "connection 1 of 3");
}

/* On the whole screen: it opens with its key, and the keys of the past move time while it is open. */
static void time_moves_while_it_is_open(void **state)
{
    (void)state;
    fake_first_contact(&fake);
    enter(-1, -1);
    app.model.journal = fake.journal;
    press("T");
    assert_int_equal(app.boxes.count, 1);
    assert_true(shows("[C]  FIN_WAIT2"));
    assert_true(shows("┌ TCP states: c client c1.3, s server server.4 ─"));
    assert_true(shows("Left Right time  n next  Up Down steps  Tab another connection  Esc close"));
    press_key(KEY_LEFT);
    press_key(KEY_LEFT);
    assert_true(shows("[C]  FIN_WAIT1"));
    press_key(KEY_END);
    assert_true(shows("[C]  FIN_WAIT2"));
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.boxes.count, 0);
}

/* ---- the path without a screen ----------------------------------------------------------------------------------- */

static void causes_are_told_from_the_journal_alone(void **state)
{
    struct lab_path path;
    char text[80];
    (void)state;
    uint32_t c1 = fake_actor(&fake, "c1", "hand", NET_CLIENT);
    long made = fake_enter(&fake, c1, (struct net_ev_call){.call = NET_CALL_SOCKET, .fd = -1, .args = {2, 1}}, NULL, 0);
    fake_return(&fake, made, (struct net_ev_call){.ret = 3, .fd = 3, .cookie = 0xc1}, NULL, 0);
    fake_handshake(&fake, c1);
    fake_put(&fake,
             (struct net_event){
                 .kind = NET_EV_TASK_END, .actor = c1, .task = c1 + 1, .u.end = {.how = NET_END_SIGNAL, .signo = 9}});
    fake_sample(&fake, (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_FIN_WAIT1});
    fake_command_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_PROMPT, LAB_COMMAND_REBOOT, "reboot server");
    fake_sample(&fake, (struct net_ev_sample){.host = NET_SERVER, .cookie = 0x52, .state = NET_STATE_ABSENT});
    assert_true(lab_path_of(fake.state, 0, NET_CLIENT, fake.state->conversations[0].socket[NET_CLIENT], &path));
    assert_int_equal(path.now, NET_STATE_FIN_WAIT1);
    assert_string_equal(lab_path_cause_text(fake.journal, fake.state, &path.step[path.count - 1], text, sizeof text),
                        "c1 died: SIGKILL");
    assert_true(lab_path_of(fake.state, 0, NET_SERVER, fake.state->conversations[0].socket[NET_SERVER], &path));
    assert_string_equal(lab_path_cause_text(fake.journal, fake.state, &path.step[path.count - 1], text, sizeof text),
                        "`reboot server`");
    fake_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_PROMPT, "wait 60s");
    fake_sample(&fake, (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_ABSENT});
    assert_true(lab_path_of(fake.state, 0, NET_CLIENT, fake.state->conversations[0].socket[NET_CLIENT], &path));
    assert_string_equal(lab_path_cause_text(fake.journal, fake.state, &path.step[path.count - 1], text, sizeof text),
                        "no call, no segment");
    assert_false(lab_path_of(fake.state, LAB_NONE, NET_SERVER, LAB_NONE, &path));
}

/* Neither a call nor a segment ended it: the timer of the last sample tells which one of the kernel did. */
static void a_timer_is_a_cause(void **state)
{
    struct lab_path path;
    char text[80];
    (void)state;
    uint32_t c1 = fake_actor(&fake, "c1", "hand", NET_CLIENT);
    long made = fake_enter(&fake, c1, (struct net_ev_call){.call = NET_CALL_SOCKET, .fd = -1, .args = {2, 1}}, NULL, 0);
    fake_return(&fake, made, (struct net_ev_call){.ret = 3, .fd = 3, .cookie = 0xc1}, NULL, 0);
    fake_handshake(&fake, c1);
    fake_sample(&fake, (struct net_ev_sample){.host = NET_CLIENT,
                                              .cookie = 0xc1,
                                              .state = NET_STATE_ESTABLISHED,
                                              .timer = NET_TIMER_KEEPALIVE,
                                              .has_info = true,
                                              .probes = 3});
    fake_sample(&fake, (struct net_ev_sample){.host = NET_CLIENT, .cookie = 0xc1, .state = NET_STATE_CLOSE});
    assert_true(lab_path_of(fake.state, 0, NET_CLIENT, fake.state->conversations[0].socket[NET_CLIENT], &path));
    assert_string_equal(lab_path_cause_text(fake.journal, fake.state, &path.step[path.count - 1], text, sizeof text),
                        "3 probes, no answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_80x24(nobody_has_been_anywhere),
        AT_80x24(both_paths_are_marked_with_their_causes),
        AT_80x24(a_wide_one_has_the_steps_beside),
        IN_ASCII(where_an_end_is_does_not_hang_on_colour),
        AT_80x24(a_reset_is_the_arrow_for_all_other_ways),
        AT_80x24(both_marks_fit_where_both_ends_go),
        AT_80x24(before_a_connection_the_listener_stands_for_its_end),
        AT_80x24(tab_goes_round_the_connections_and_stays),
        AT_80x24(time_moves_while_it_is_open),
        AT_80x24(causes_are_told_from_the_journal_alone),
        AT_80x24(a_timer_is_a_cause),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
