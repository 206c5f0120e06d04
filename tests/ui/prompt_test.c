// SPDX-License-Identifier: GPL-3.0-or-later
// What lies over the screen: boxes, the prompt, the footer; and the table of actions that makes them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/compare/cause.h"
#include "tests/fixtures/screen_app.h"
#include "ui/draw/prompt.h"

/* ---- boxes ------------------------------------------------------------------------------------------------------ */

static void help_lists_every_action(void **state)
{
    (void)state;
    enter(-1, -1);
    press("?");
    char *all = calloc(1, 200000);
    for (int page = 0; page < 6; page++) {
        char *seen = picture();
        strcat(all, seen);
        free(seen);
        press_key(KEY_NPAGE);
    }
    for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS; id++) {
        char start[24];
        snprintf(start, sizeof start, "%.20s", ui_action(id)->help);
        if (!strstr(all, start))
            print_error("not in the help: %s\n", ui_action(id)->help);
        assert_non_null(strstr(all, start));
    }
    free(all);
    press("?");
    assert_int_equal(app.boxes.count, 0);
}

static void every_way_to_disconnect_is_offered(void **state)
{
    (void)state;
    enter(-1, -1);
    fake_first_contact(&fake);
    press("d");
    assert_true(shows("Whose end   server (tcp_server_single on server)   c1 (hand on client)"));
    assert_true(shows("- only a hand makes the calls that you choose"));
    for (size_t i = 0; lab_menu_cause(i); i++) {
        char row[64];
        snprintf(row, sizeof row, "│ %.50s", lab_menu_cause(i)->title);
        assert_true(shows(row));
        press_key(KEY_DOWN);
    }
    press_key(KEY_HOME);
    for (size_t i = 0; lab_menu_cause(i) != lab_cause_find("kill"); i++)
        press_key(KEY_DOWN);
    assert_true(shows(": server kill"));
    press_key(KEY_RIGHT);
    assert_true(shows(": c1 kill"));
    press("\r");
    assert_string_equal(app.last.command, "c1 kill");
    assert_int_equal(app.boxes.count, 0);
}

static void a_cause_that_is_not_to_be_had_does_nothing(void **state)
{
    (void)state;
    enter(-1, -1);
    fake_first_contact(&fake);
    press("d\r");
    assert_int_equal(app.boxes.count, 1);
    assert_string_equal(app.last.command, "");
}

static void long_answers_scroll(void **state)
{
    char text[1200] = "";
    (void)state;
    enter(-1, -1);
    for (int i = 1; i <= 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sline %d \033[2J", i > 1 ? "\n" : "", i);
    ui_box_push(&app.boxes, &ui_box_message, ui_message_new("show wire", text), &app.model);
    assert_true(shows("┌ show wire ─") && shows("│ line 1 \\x1b[2J") && shows("1-20 of 40"));
    press_key(KEY_END);
    assert_true(shows("line 40") && shows("21-40 of 40"));
    press("q");
    assert_int_equal(app.boxes.count, 0);
    assert_false(app.quit);
}

/* What is longer than the box goes on below its own last column, if that leaves it room. */
static void long_lines_of_answers_are_whole(void **state)
{
    (void)state;
    enter(-1, -1);
    ui_box_push(&app.boxes, &ui_box_message,
                ui_message_new("help", "  ACTOR kill                            send SIGKILL: it dies at once, and the "
                                       "kernel closes its sockets\n"
                                       "nothing but one long line of words that are not in columns, and so it goes on "
                                       "at the left side of the box"),
                &app.model);
    assert_true(shows("│   ACTOR kill                            send SIGKILL: it dies at once, and   │"));
    assert_true(shows("│                                         the kernel closes its sockets        │"));
    assert_true(shows("│ nothing but one long line of words that are not in columns, and so it goes   │"));
    assert_true(shows("│ on at the left side of the box"));
}

/* Sentences are whole at every width, each behind its time; there is nothing to shift. */
static void what_is_told_is_wrapped(void **state)
{
    (void)state;
    enter(-1, -1);
    ui_box_push(&app.boxes, &ui_box_explanation,
                ui_message_new("explain",
                               "2.507  client called close(3) in line 175: its kernel sent FIN; it arrived at 2.508, "
                               "and server was told.\nno time \033[2J"),
                &app.model);
    assert_true(shows("│ 2.507  client called close(3) in line 175: its kernel sent FIN; it arrived   │"));
    assert_true(shows("│        at 2.508, and server was told."));
    assert_true(shows("│ no time \\x1b[2J"));
    assert_true(shows("└─ Up Down scroll  Esc close ─"));
    press("q");
    ui_box_push(&app.boxes, &ui_box_explanation, ui_message_new("explain", "9.7  before\n12.507  after"), &app.model);
    assert_true(shows("│    9.7  before "));
    assert_true(shows("│ 12.507  after "));
}

/* Keys that come together, before a frame is drawn, do what they would have done one by one. */
static void a_box_scrolls_before_it_is_drawn(void **state)
{
    char text[1200] = "";
    (void)state;
    for (int i = 1; i <= 100; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sline %d", i > 1 ? "\n" : "", i);
    ui_box_push(&app.boxes, &ui_box_message, ui_message_new("t", text), &app.model);
    press_key(KEY_NPAGE);
    press_key(KEY_NPAGE);
    assert_true(shows("39-58 of 100"));
}

static void boxes_stay_small_in_number(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * UI_BOXES; i++)
        ui_box_push(&app.boxes, &ui_box_message, ui_message_new("t", "x"), &app.model);
    assert_int_equal(app.boxes.count, UI_BOXES);
    assert_true(shows("┌ t ─"));
}

/* ---- the prompt ------------------------------------------------------------------------------------------------- */

static void type_bytes(const char *bytes)
{
    const char *entered;
    for (; *bytes; bytes++)
        ui_prompt_feed(app.prompt, (unsigned char)*bytes);
    while (ui_prompt_run(app.prompt, 1, &entered) == UI_PROMPT_ENTERED)
        ui_app_prompt_line(&app, entered);
}

static void the_prompt_edits_and_remembers(void **state)
{
    (void)state;
    enter(-1, -1);
    press(":");
    assert_true(ui_prompt_is_open(app.prompt));
    type_bytes("wire hold\177\177\177\177cut");
    assert_line(22, ": wire cut");
    type_bytes("\x01# 소켓 \x05");
    assert_line(22, ": # 소켓 wire cut");
    int row, column;
    assert_true(ui_bottom_cursor(&app, &row, &column));
    assert_int_equal(row, 22);
    assert_int_equal(column, 2 + 2 + 5 + 8);
    type_bytes("\r");
    assert_false(ui_prompt_is_open(app.prompt));
    assert_string_equal(app.last.command, "# 소켓 wire cut");
    press(":");
    type_bytes("\x10");
    assert_line(22, ": # 소켓 wire cut");
    type_bytes("\x0e");
    type_bytes("\x12"
               "켓");
    assert_line(22, "(reverse-i-search)`켓': # 소켓 wire cut");
    ui_prompt_close(app.prompt);
}

/* readline has its changes in two places then; each is freed once. */
static void a_changed_entry_can_be_left(void **state)
{
    (void)state;
    enter(-1, -1);
    press(":");
    type_bytes("wire open\r");
    press(":");
    type_bytes("\x10 x\x0e\x10");
    assert_line(22, ": wire open x");
    ui_prompt_close(app.prompt);
    press(":");
    assert_line(22, ":");
    type_bytes("\x10 y\r");
    assert_non_null(strstr(app.last.command, "wire open"));
    press(":");
    type_bytes("\x12wi");
    ui_prompt_close(app.prompt);
    press(":");
    assert_line(22, ":");
    ui_prompt_close(app.prompt);
}

/* A wrong line stays to be corrected: it is the next line, and not its own entry of the history. */
static void a_wrong_line_is_no_entry(void **state)
{
    const char *entered;
    (void)state;
    enter(-1, -1);
    press(":");
    type_bytes("nosuch one\r");
    press(":");
    for (const char *c = "nosuch two\r"; *c; c++)
        ui_prompt_feed(app.prompt, (unsigned char)*c);
    assert_int_equal(ui_prompt_run(app.prompt, 1, &entered), UI_PROMPT_ENTERED);
    ui_history_add(entered);
    ui_prompt_open(app.prompt, "nosuch two", 10);
    type_bytes(" more\x10");
    assert_line(22, ": nosuch two");
    type_bytes("\x10");
    assert_line(22, ": nosuch one");
    type_bytes("\x0e\x0e");
    assert_line(22, ": nosuch two more");
    ui_prompt_close(app.prompt);
}

static void the_history_is_kept(void **state)
{
    char path[128], text[256] = "";
    struct stat st;
    (void)state;
    snprintf(path, sizeof path, "%s/tcplab/history", state_home);
    enter(-1, -1);
    press(":");
    type_bytes("wire open\r");
    press(":");
    type_bytes("wire open\r");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    assert_true(n > 10);
    assert_string_equal(text + n - 10, "wire open\n");
    assert_true(n < 21 || strcmp(text + n - 20, "wire open\nwire open\n") != 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
}

/* Esc alone leads out; with something behind it, it is the beginning of a key. */
static void escape_leads_out_of_the_prompt(void **state)
{
    const char *entered;
    (void)state;
    enter(-1, -1);
    press(":");
    type_bytes("wire cut");
    type_bytes("\033b\033bX");
    assert_line(22, ": Xwire cut");
    ui_prompt_feed(app.prompt, 27);
    assert_int_equal(ui_prompt_run(app.prompt, 1000, &entered), UI_PROMPT_EDITED);
    uint64_t deadline_ns = ui_prompt_deadline_ns(app.prompt);
    assert_true(deadline_ns > 1000);
    assert_int_equal(ui_prompt_run(app.prompt, deadline_ns, &entered), UI_PROMPT_LEFT);
    ui_prompt_close(app.prompt);
    press(":");
    assert_line(22, ":");
    ui_prompt_feed(app.prompt, 3);
    assert_int_equal(ui_prompt_run(app.prompt, 1, &entered), UI_PROMPT_LEFT);
    ui_prompt_close(app.prompt);
}

/* readline takes letters that come together in one go, but never what leads out. */
static void a_way_out_among_letters_is_seen(void **state)
{
    const char *entered, *keys[] = {"abc\003", "abc\033"};
    (void)state;
    enter(-1, -1);
    for (size_t i = 0; i < 2; i++) {
        press(":");
        for (const char *c = keys[i]; *c; c++)
            ui_prompt_feed(app.prompt, (unsigned char)*c);
        if (i == 1)
            assert_int_equal(ui_prompt_run(app.prompt, 1, &entered), UI_PROMPT_EDITED);
        assert_int_equal(ui_prompt_run(app.prompt, 1000000000, &entered), UI_PROMPT_LEFT);
        assert_line(22, ": abc");
        ui_prompt_close(app.prompt);
    }
}

static void long_lines_scroll(void **state)
{
    (void)state;
    enter(-1, -1);
    press(":");
    for (int i = 0; i < 20; i++)
        type_bytes("소켓0123");
    int row, column;
    free(picture());
    assert_true(ui_bottom_cursor(&app, &row, &column));
    assert_true(column > 20 && column < 80);
    assert_true(shows("0123소켓0123"));
    ui_prompt_close(app.prompt);
}

static void an_error_points_at_its_place(void **state)
{
    (void)state;
    enter(-1, -1);
    press(":");
    type_bytes("wire hodl");
    snprintf(app.last.command, sizeof app.last.command, "wire hodl");
    snprintf(app.last.answer, sizeof app.last.answer, "no `wire hodl`");
    app.last.is_error = true;
    app.last.column = 6;
    assert_line(22, ": wire hodl");
    assert_line(23, "       ^ no `wire hodl`");
    ui_prompt_close(app.prompt);
    snprintf(
        app.last.answer, sizeof app.last.answer,
        "a sentence that is so long that it does not fit beside the caret, and so it is put below and wrapped there");
    assert_line(19, ": wire hodl");
    assert_line(20, "       ^");
    assert_line(21, " a sentence that is so long that it does not fit beside the caret, and so it is");
    assert_line(22, " put below and wrapped there");
    assert_true(shows("? keys"));
}

static void a_key_may_begin_a_command(void **state)
{
    (void)state;
    enter(-1, -1);
    fake_first_contact(&fake);
    press("s");
    type_bytes("!");
    assert_line(22, ": c1 send \"hello!\"");
    type_bytes("\r");
    assert_string_equal(app.last.command, "c1 send \"hello!\"");
}

static void a_paste_runs_all_of_its_lines(void **state)
{
    (void)state;
    enter(-1, -1);
    ui_app_key(&app, UI_KEY_PASTE);
    assert_true(ui_prompt_is_open(app.prompt));
    type_bytes("# one\n\n#\ttw");
    assert_string_equal(app.last.command, "# one");
    assert_line(22, ": # tw");
    type_bytes("o\r\n\033[20");
    assert_string_equal(app.last.command, "# two");
    type_bytes("1~");
    assert_true(ui_prompt_is_open(app.prompt));
    ui_prompt_close(app.prompt);
    press(":");
    type_bytes("\033[200~# three\n# four\033[201~");
    assert_string_equal(app.last.command, "# three");
    assert_line(22, ": # four");
    type_bytes("\r");
    assert_string_equal(app.last.command, "# four");
    assert_false(ui_prompt_is_open(app.prompt));
}

static void after_an_error_the_rest_of_a_paste_is_dropped(void **state)
{
    (void)state;
    enter(-1, -1);
    ui_app_key(&app, UI_KEY_PASTE);
    type_bytes("# one\n");
    ui_prompt_drop_more(app.prompt);
    ui_prompt_open(app.prompt, "# bad", 5);
    type_bytes("quit\n");
    type_bytes("x\033[201~");
    assert_line(22, ": # bad");
    type_bytes("!");
    assert_line(22, ": # bad!");
    ui_prompt_close(app.prompt);
}

/* ---- the table of actions --------------------------------------------------------------------------------------- */

static void every_action_is_complete(void **state)
{
    (void)state;
    for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS; id++) {
        const struct ui_action *action = ui_action(id);
        assert_true(action->keys[0] != 0);
        assert_true(action->key && *action->key);
        assert_true(action->help && *action->help);
        assert_true(action->group < UI_ACTION_GROUPS && *ui_action_group_name(action->group));
        assert_true(action->valid && !action->run != !action->opens);
        assert_true(action->label ? action->rank < 9 : action->rank == 9);
    }
}

/* In no state does a valid action hide behind another one's key without being said so: only what may share a key does.
 */
static void keys_do_not_collide(void **state)
{
    (void)state;
    enter(-1, -1);
    fake_first_contact(&fake);
    ui_app_model(&app);
    for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS; id++)
        if (ui_action_valid(&app, id))
            for (size_t k = 0; ui_action(id)->keys[k]; k++)
                assert_int_equal(ui_action_of_key(&app, ui_action(id)->keys[k]), id);
}

static void the_footer_fits_every_width(void **state)
{
    (void)state;
    enter(-1, -1);
    fake_first_contact(&fake);
    for (int columns = 80; columns < 200; columns += 5) {
        resize(30, columns);
        char *footer = line(29);
        assert_true(ui_text_width(footer) <= columns);
        assert_non_null(strstr(footer, ": command  ? keys"));
        assert_non_null(strstr(footer, "q quit"));
        free(footer);
    }
}

/* A view's window is drawn again only when it is dirty. */
static int draws;
static void count_draw(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)pane;
    (void)model;
    draws++;
}

static bool only_samples(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_SAMPLE;
}

static void only_dirty_panes_are_drawn(void **state)
{
    static const struct ui_view counting = {.name = "n", .title = "N", .draw = count_draw, .concerns = only_samples};
    (void)state;
    enter(-1, -1);
    ui_app_open_pane(&app, &app.panes[UI_LAB_CALLS], &counting);
    draws = 0;
    free(picture());
    free(picture());
    assert_int_equal(draws, 1);
    fake_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_KEY, "x");
    ui_app_events(&app);
    free(picture());
    assert_int_equal(draws, 1);
    fake_sample(&fake, (struct net_ev_sample){.host = NET_SERVER, .cookie = 1, .state = NET_STATE_LISTEN});
    ui_app_events(&app);
    free(picture());
    assert_int_equal(draws, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_120x40(help_lists_every_action),
        AT_120x40(every_way_to_disconnect_is_offered),
        AT_80x24(a_cause_that_is_not_to_be_had_does_nothing),
        AT_80x24(long_answers_scroll),
        AT_80x24(long_lines_of_answers_are_whole),
        AT_80x24(what_is_told_is_wrapped),
        AT_80x24(a_box_scrolls_before_it_is_drawn),
        AT_80x24(boxes_stay_small_in_number),
        AT_80x24(the_prompt_edits_and_remembers),
        AT_80x24(a_changed_entry_can_be_left),
        AT_80x24(a_wrong_line_is_no_entry),
        AT_80x24(the_history_is_kept),
        AT_80x24(escape_leads_out_of_the_prompt),
        AT_80x24(a_way_out_among_letters_is_seen),
        AT_80x24(long_lines_scroll),
        AT_80x24(an_error_points_at_its_place),
        AT_80x24(a_key_may_begin_a_command),
        AT_80x24(a_paste_runs_all_of_its_lines),
        AT_80x24(after_an_error_the_rest_of_a_paste_is_dropped),
        AT_80x24(every_action_is_complete),
        AT_80x24(keys_do_not_collide),
        AT_120x40(the_footer_fits_every_width),
        AT_80x24(only_dirty_panes_are_drawn),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
