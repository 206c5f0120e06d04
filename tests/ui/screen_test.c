// SPDX-License-Identifier: GPL-3.0-or-later
// The whole screen without a terminal and without a lab: what it draws at 80x24 and 120x40, and what keys do to it.
//
// The views of the wire, the sockets and so on have tests of their own; here a plain one stands in for them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/screen_app.h"

static void click(int row, int column, mmask_t button)
{
    MEVENT event = {.y = row, .x = column, .bstate = button};
    ui_app_model(&app);
    ui_app_mouse(&app, &event);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

static void the_list_at_80x24(void **state)
{
    (void)state;
    put_done("First contact", "0", "18");
    assert_begins(1, "┌ Lessons ───────────────────┬ 3.1 One client at a time ───────────────────────┐\n"
                     "│ 3.1 ▸ One client at a time │ A server waits to be called. It is the smallest │\n"
                     "│ 3.2   The client           │ program that shows everything a server does.    │\n"
                     "│                            │                                                 │\n"
                     "│ Free lab                   │ Experiments                                     │\n"
                     "│                            │   1 First contact                             ✗ │\n"
                     "│                            │     predicted 0 · the kernel 18                 │\n"
                     "│                            │   2 No question                                 │\n"
                     "│                            │                                                 │\n");
    assert_line(23, " Enter open  r read  p predict all  R repeat wrong  Tab pane  ? keys  q quit");
}

/* The lab's own lessons in place of the two short ones. */
static void read_the_book(void)
{
    struct net_error err;
    lab_lessons_fini(&app.lessons);
    assert_int_equal(lab_lessons_embedded(NULL, &app.lessons, &err), 0);
    ui_app_choose(&app, 0, -1);
    ui_app_model(&app);
    ui_app_relayout(&app);
}

/* What the focused pane marks, and everything else on the screen, at every place of the list. */
static void no_title_is_cut(void)
{
    char title[200];
    for (size_t l = 0; l < app.lessons.lesson_count; l++) {
        ui_app_choose(&app, (int)l, -1);
        const struct lab_lesson *lesson = &app.lessons.lessons[l];
        snprintf(title, sizeof title, "│ %-4s   %s ", lesson->number, lesson->title);
        assert_true(shows(title));
        for (size_t e = 0; e < lesson->experiment_count; e++) {
            ui_app_choose(&app, (int)l, (int)e);
            snprintf(title, sizeof title, "│ %3zu %s ", e + 1, lesson->experiments[e].title);
            assert_true(shows(title));
        }
    }
}

static void titles_are_whole_at_every_size(void **state)
{
    static const int sizes[][2] = {{24, 80}, {24, 97}, {30, 100}, {30, 109}, {40, 120}, {60, 200}};
    (void)state;
    read_the_book();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        resize(sizes[i][0], sizes[i][1]);
        no_title_is_cut();
    }
}

/* The pane scrolls by rows, of which an experiment has as many as it needs. */
static void an_experiment_has_the_rows_it_needs(void **state)
{
    (void)state;
    read_the_book();
    ui_app_choose(&app, 0, -1);
    put_done("First contact", "the first byte, and no other, of all that was sent to it", "-1 ECONNRESET");
    press("\t");
    assert_begins(9, "│ 3.6    Keep-alive and linger    │ Experiments                                │\n"
                     "│ 3.7    One thread, many clients │   1 First contact                        ✗ │\n"
                     "│ 3.8    A pool of threads        │     predicted the first byte, and no       │\n"
                     "│ 3.9    Sharing data             │     other, of all that was sent to it ·    │\n"
                     "│ 3.10   Sending a file           │     the kernel -1 ECONNRESET               │\n"
                     "│ 3.11   What stands between      │   2 The client says goodbye                │\n");
    click(12, 40, BUTTON1_PRESSED);
    assert_int_equal(app.model.experiment, 0);
    click(14, 40, BUTTON1_PRESSED);
    assert_int_equal(app.model.experiment, 1);
    click(21, 40, BUTTON1_PRESSED);
    assert_int_equal(app.model.experiment, 1);
    size_t count = app.lessons.lessons[0].experiment_count;
    for (size_t e = 1; e < count; e++)
        put_done(app.lessons.lessons[0].experiments[e].title, "18", e + 1 < count ? "18" : "-1 EPIPE");
    press_key(KEY_END);
    assert_int_equal(app.model.task, app.lessons.lessons[0].assignment_count); /* the tasks stand behind them */
    while (app.model.task > 0)
        press_key(KEY_UP);
    assert_int_equal(app.model.experiment + 1, count);
    char *last = line(21);
    assert_non_null(strstr(last, "│     predicted 18 · the kernel -1 EPIPE "));
    free(last);
}

static void a_finished_lesson_is_ticked(void **state)
{
    (void)state;
    put_done("First contact", "18", "18");
    put_done("No question", "", "-");
    assert_true(shows("3.1 ✓ One client at a time"));
    assert_true(shows("18                   18                  ✓ │"));
}

static void the_list_is_walked(void **state)
{
    (void)state;
    press_key(KEY_DOWN);
    assert_int_equal(app.model.lesson, 1);
    assert_true(shows("┬ 3.2 The client ─"));
    press_key(KEY_DOWN);
    assert_int_equal(app.model.lesson, -1);
    assert_true(shows("┬ Free lab ─"));
    press_key(KEY_DOWN);
    assert_int_equal(app.model.lesson, -1);
    press_key(KEY_UP);
    press_key(KEY_UP);
    press_key(KEY_UP);
    assert_int_equal(app.model.lesson, 0);
    press("\t");
    press_key(KEY_DOWN);
    assert_int_equal(app.model.experiment, 0);
    press_key(KEY_DOWN);
    press_key(KEY_DOWN);
    assert_int_equal(app.model.experiment, 1);
    press("\r");
    assert_true(shows(" 3.1 One client at a time · 2 No question"));
}

static void a_lesson_is_read(void **state)
{
    (void)state;
    press("r");
    assert_true(shows("┌ 3.1 One client at a time ─"));
    assert_true(shows("A server waits to be called."));
    assert_true(shows("It returned what had come."));
    assert_true(shows(" Esc close  Ctrl-C quit"));
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.boxes.count, 0);
}

static void all_is_predicted_beforehand(void **state)
{
    (void)state;
    press("p");
    assert_true(shows("┌ Predict ─"));
    assert_true(shows("? What does recv() return?"));
    press("c");
    assert_int_equal(app.boxes.count, 1);
    press("b");
    assert_int_equal(app.boxes.count, 0);
    const struct lab_done *done = lab_progress_get(app.progress, "3.1", "First contact");
    assert_non_null(done);
    assert_string_equal(done->predicted, "0");
    assert_false(done->run);
    enter(0, 0);
    assert_true(shows("▸ b  0"));
}

/* R asks only what was answered wrong, once more and without the answer of before; X forgets, asked twice. */
static void wrong_answers_come_back(void **state)
{
    (void)state;
    press("R");
    assert_int_equal(app.choice.screen, UI_SCREEN_LIST);
    press_key(UI_KEY_ESCAPE);
    put_done("First contact", "0", "18");
    press("R");
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    assert_int_equal(app.model.experiment, 0);
    assert_int_equal(app.question.predicted, -1);
    assert_string_equal(ui_app_on_label(&app), "lessons");
    put_done("First contact", "18", "18");
    ui_app_go_on(&app);
    assert_int_equal(app.choice.screen, UI_SCREEN_LIST);
    press("X");
    assert_true(shows("X once more forgets every answer of lesson 3.1."));
    press_key(KEY_UP);
    press("X");
    assert_int_equal(lab_progress_tally(app.progress, &app.lessons.lessons[0]).right, 1);
    press("X");
    assert_int_equal(lab_progress_tally(app.progress, &app.lessons.lessons[0]).run, 0);
}

/* ---- the lab ---------------------------------------------------------------------------------------------------- */

static void the_lab_at_80x24(void **state)
{
    (void)state;
    enter(0, 0);
    char *right = line(0);
    assert_int_equal(strncmp(right, " 3.1 One client at a time · 1 First contact", 42), 0);
    assert_non_null(strstr(right, "○ ready"));
    free(right);
    assert_begins(1, "  1 Lesson  2 Wire  3 Sockets  4 Processes and threads  5 Calls  6 Source\n"
                     "┌ 1 Lesson ────────────────────────────────────────────────────────────────────┐\n"
                     "│ First contact                                                                │\n"
                     "│                                                                              │\n"
                     "│ Which call blocks first?                                                     │\n"
                     "│                                                                              │\n");
    assert_begins(18, "│ Your prediction ──────────────────────────────────────────────────────────── │\n"
                      "│ What does recv() return?                                                     │\n"
                      "│   a  18                                                                      │\n"
                      "│   b  0                                                                       │\n");
    assert_line(22, "└──────────────────────────────────────────────────────────────────────────────┘");
    assert_line(23, " a-b predict  Enter run it  Tab pane  : command  ? keys  Esc lessons  q quit");
}

static void the_lab_at_120x40(void **state)
{
    (void)state;
    enter(0, 1);
    assert_true(hides("┬ 2 Wire ─"));
    press("\r");
    assert_true(shows("┌ 1 Lesson ─") && shows("┬ 2 Wire ─") && shows("├ 3 Sockets ─") && shows("├ 5 Calls ─"));
    press("6");
    assert_true(shows("┌ 1 Lesson ─") && shows("├ 6 Source ─") && hides("3 Sockets ─"));
    resize(45, 140);
    assert_true(shows("┬ 2 Wire ─") && shows("┬ 3 Sockets ─") && shows("├ 4 Processes and threads ─"));
    assert_true(shows("├ 6 Source ─") && shows("5 Calls"));
}

/* A question that the script asks in the middle has the room of its choices, whatever stood beside it before. */
static void an_open_question_is_never_hidden(void **state)
{
    static const int sizes[][2] = {{16, 60}, {24, 80}, {24, 100}, {30, 100}, {40, 120}, {45, 140}};
    (void)state;
    enter(0, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        resize(sizes[i][0], sizes[i][1]);
        assert_true(shows("What does recv() return?") && shows("a  18") && shows("b  0"));
    }
}

static void tabs_are_chosen_by_number_and_tab(void **state)
{
    (void)state;
    enter(0, 0);
    press("5");
    assert_int_equal(app.choice.focus, UI_LAB_CALLS);
    assert_true(shows("├ 5 Calls ─"));
    press("\t");
    assert_int_equal(app.choice.focus, UI_LAB_SOURCE);
    assert_true(shows("┌ 5 Calls ─") && shows("├ 6 Source ─"));
    press_key(KEY_BTAB);
    assert_int_equal(app.choice.focus, UI_LAB_CALLS);
    press("z");
    assert_true(hides("6 Source ─"));
    press_key(UI_KEY_ESCAPE);
    assert_true(shows("├ 6 Source ─"));
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.choice.screen, UI_SCREEN_LIST);
}

/* A key types a command, and the screen says which. */
static void keys_type_commands(void **state)
{
    static const struct {
        const char *keys, *command;
    } rows[] = {{"c", "hand c1 ; c1 connect"}, {"x", "wire cut"}, {"h", "wire hold"}, {"r", "clear"}};
    (void)state;
    enter(-1, -1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bottom[80];
        press(rows[i].keys);
        assert_string_equal(app.last.command, rows[i].command);
        snprintf(bottom, sizeof bottom, "└─ : %s ─", rows[i].command);
        assert_true(shows(bottom));
    }
}

/* What is true now: the end of the first line is the clock, and before it stands how the wire is. */
static void the_wire_and_the_clock_stay(void **state)
{
    static const int sizes[][2] = {{16, 60}, {24, 80}, {30, 100}, {40, 120}};
    (void)state;
    enter(0, 0);
    fake_first_contact(&fake);
    fake_wire(&fake,
              (struct net_ev_wire){.mode = NET_WIRE_HELD,
                                   .held_segs = 2,
                                   .faults.value = {[NET_FAULT_DELAY] = {200, 200}, [NET_FAULT_LOSS] = {10, 10}}});
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        resize(sizes[i][0], sizes[i][1]);
        char *shown = picture(), *end = strchr(shown, '\n');
        assert_non_null(end);
        *end = '\0';
        while (end > shown && end[-1] == ' ')
            *--end = '\0';
        unsigned minutes, seconds, ms;
        if (end - shown < 9 || sscanf(end - 9, "%2u:%2u.%3u", &minutes, &seconds, &ms) != 3 ||
            !strstr(shown, " wire: held (2 waiting)") || !strstr(shown, " 3.1 "))
            fail_msg("%dx%d: %s", sizes[i][1], sizes[i][0], shown);
        free(shown);
    }
}

static void keys_mean_who_is_there(void **state)
{
    (void)state;
    enter(-1, -1);
    fake_first_contact(&fake);
    press("c");
    assert_string_equal(app.last.command, "c1 connect");
    press("v");
    assert_string_equal(app.last.command, "c1 recv");
    fake_wire(&fake,
              (struct net_ev_wire){.mode = NET_WIRE_HELD, .held_segs = 2, .faults.value[NET_FAULT_DELAY] = {200, 200}});
    assert_true(shows("wire: held (2 waiting), delay 200 ms"));
    press("n");
    assert_string_equal(app.last.command, "wire release 1");
    press("h");
    assert_string_equal(app.last.command, "wire open");
    press("w");
    assert_string_equal(app.last.command, "wire open ; wire open");
    fake_wire(&fake, (struct net_ev_wire){.mode = NET_WIRE_CUT});
    ui_app_model(&app);
    assert_string_equal(ui_action_label(&app, UI_ACT_CUT), "join cable");
    press("x");
    assert_string_equal(app.last.command, "wire join");
    press("w");
    assert_string_equal(app.last.command, "wire open");
}

static void a_key_with_nothing_to_do_says_so(void **state)
{
    (void)state;
    enter(-1, -1);
    press("d");
    assert_int_equal(app.boxes.count, 0);
    assert_line(22, " d (disconnect) has nothing to do now: ? lists the keys, and dims those.");
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    assert_true(hides("has nothing to do"));
}

static void those_who_have_ended_are_explained(void **state)
{
    (void)state;
    enter(-1, -1);
    press("e");
    assert_line(22, " e (explain) has nothing to do now: ? lists the keys, and dims those.");
    press_key(UI_KEY_ESCAPE);
    fake_first_contact(&fake);
    for (size_t i = 0; i < fake.state->actor_count; i++)
        fake_put(&fake, (struct net_event){.kind = NET_EV_ACTOR_END,
                                           .actor = fake.state->actors[i].id,
                                           .u.end = {.how = NET_END_RETURNED}});
    ui_app_model(&app);
    press("e");
    assert_string_equal(app.last.command, "explain");
}

static void a_key_says_that_a_question_comes_first(void **state)
{
    (void)state;
    enter(0, 0);
    press("x");
    assert_line(22, " x (cut cable) comes after the question: a letter answers it, Enter skips it.");
    press_key(UI_KEY_ESCAPE);
    assert_true(hides("comes after"));
    press("f");
    assert_line(22, " There is no answer f: a-b answers, Enter skips the question.");
}

/* ---- the lesson's pane ------------------------------------------------------------------------------------------ */

static char *lesson_pane(enum lab_script_state script, int columns)
{
    struct ui_pane pane = {.view = &ui_view_lesson, .top = -1};
    app.model.script = script;
    return fake_draw(&pane, &app.model, 14, columns);
}

static void the_result_sets_prediction_against_kernel(void **state)
{
    (void)state;
    enter(0, 0);
    ui_app_model(&app);
    app.question.predicted = 1;
    app.question.answer = 0;
    app.model.expect_held = 1;
    app.model.expect_failed = 1;
    fake_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_SCRIPT, "server single");
    fake_note(&fake, LAB_NOTE_EXPECT_HELD, 0, "expect server recv = 18");
    fake_note(&fake, LAB_NOTE_EXPECT_FAILED, 0, "expect client recv = 0\nit returned 18");
    assert_screen(lesson_pane(LAB_SCRIPT_FAILED, 40), " Script ───────────────────────────────\n"
                                                      "   server single\n"
                                                      " ✓ expect server recv = 18\n"
                                                      " ✗ expect client recv = 0\n"
                                                      "   it returned 18\n"
                                                      "\n"
                                                      " Result ───────────────────────────────\n"
                                                      " You said  b  0\n"
                                                      " Kernel    a  18\n"
                                                      " ✗ Not what you said.\n"
                                                      " ✗ 1 held, 1 did not\n"
                                                      "\n"
                                                      " Why ──────────────────────────────────\n"
                                                      " It returned what had come.\n");
}

static void the_script_is_told_without_what_is_to_come(void **state)
{
    (void)state;
    enter(0, 0);
    ui_app_model(&app);
    fake_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_SCRIPT, "server single");
    fake_command_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_SCRIPT, LAB_COMMAND_EXPECT, "expect server recv = 18");
    fake_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_PROMPT, "show wire");
    fake_note(&fake, LAB_NOTE_EXPECT_HELD, 0, "expect server recv = 18");
    char *seen = lesson_pane(LAB_SCRIPT_RUNNING, 40);
    assert_non_null(strstr(seen, " Script ───────────────────────────────\n"
                                 "   server single\n"
                                 " ✓ expect server recv = 18\n"));
    assert_null(strstr(seen, "show wire"));
    assert_null(strstr(seen, "Why"));
    free(seen);
}

static void the_next_line_is_pointed_at(void **state)
{
    (void)state;
    enter(0, 0);
    ui_app_model(&app);
    fake_note(&fake, LAB_NOTE_COMMAND, LAB_FROM_SCRIPT, "server single");
    app.model.script_line = app.lessons.lessons[0].experiments[0].script_line + 4;
    char *seen = lesson_pane(LAB_SCRIPT_PAUSED, 40);
    assert_non_null(strstr(seen, "   server single\n ▸ client\n"));
    free(seen);
    app.model.script_line++;
    app.model.script_command = LAB_COMMAND_EXPECT;
    seen = lesson_pane(LAB_SCRIPT_PAUSED, 40);
    assert_non_null(strstr(seen, "   server single\n ▸ an expectation\n"));
    free(seen);
}

/* ---- the past --------------------------------------------------------------------------------------------------- */

static void the_past_is_walked(void **state)
{
    (void)state;
    enter(-1, -1);
    fake_first_contact(&fake);
    size_t all = lab_journal_count(fake.journal);
    press_key(KEY_LEFT);
    assert_non_null(app.past);
    assert_true(app.moment < all);
    assert_int_equal(app.past->applied, app.moment);
    char said[64];
    snprintf(said, sizeof said, "◄ REWOUND to event %zu of %zu", app.moment, all);
    assert_true(shows(said));
    size_t moment = app.moment;
    press_key(KEY_LEFT);
    assert_true(app.moment < moment);
    press_key(KEY_RIGHT);
    assert_int_equal(app.moment, moment);
    press_key(KEY_HOME);
    assert_int_equal(app.moment, 1);
    assert_int_equal(app.past->socket_count, 0);
    press_key(KEY_END);
    assert_null(app.past);
    assert_true(hides("REWOUND"));
    press_key(KEY_LEFT);
    press_key(UI_KEY_ESCAPE);
    assert_null(app.past);
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
}

/* ---- size, mouse, ways out -------------------------------------------------------------------------------------- */

static void a_small_terminal_is_told_what_is_needed(void **state)
{
    (void)state;
    enter(0, 0);
    resize(10, 40);
    assert_screen(picture(), "tcplab needs 60 columns and 16 rows;\n"
                             "this terminal has 40 and 10. Make it\n"
                             "larger, or press q to quit.\n");
    press("c");
    assert_string_equal(app.last.command, "");
    resize(24, 80);
    assert_true(shows("┌ 1 Lesson ─"));
    resize(40, 120);
    assert_true(shows("┌ 1 Lesson ─"));
    resize(3, 5);
    press("q");
    assert_true(app.quit);
}

static int open_10x40(void **state)
{
    (void)state;
    open_app(10, 40, "C.UTF-8", "xterm-256color");
    return 0;
}

static void a_terminal_may_be_small_from_the_beginning(void **state)
{
    (void)state;
    assert_line(0, "tcplab needs 60 columns and 16 rows;");
    resize(24, 80);
    assert_true(shows("┌ Lessons ─"));
}

static void the_mouse_works(void **state)
{
    (void)state;
    free(picture());
    click(3, 5, BUTTON1_PRESSED);
    assert_int_equal(app.model.lesson, 1);
    click(2, 5, BUTTON5_PRESSED);
    assert_int_equal(app.model.lesson, -1);
    click(2, 5, BUTTON1_PRESSED);
    click(2, 5, BUTTON1_PRESSED);
    assert_true(shows("A server waits to be called."));
    press("\r");
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    free(picture());
    click(1, 22, BUTTON1_PRESSED);
    assert_int_equal(app.choice.focus, UI_LAB_SOCKETS);
    char *footer = line(23), *help = strstr(footer, "? keys");
    assert_non_null(help);
    click(23, (int)(help - footer), BUTTON1_PRESSED);
    free(footer);
    assert_int_equal(app.boxes.count, 1);
    free(picture());
    click(0, 0, BUTTON1_PRESSED);
    assert_int_equal(app.boxes.count, 0);
}

static void q_and_ctrl_c_leave_at_once(void **state)
{
    (void)state;
    press("q");
    assert_true(app.quit);
    app.quit = false;
    press("?");
    press_key(UI_KEY_CTRL_C);
    assert_true(app.quit);
}

/* ---- what is alive is not lost ----------------------------------------------------------------------------------- */

static void free_lab_with_something_alive(void)
{
    enter(-1, -1);
    fake_first_contact(&fake);
}

static void an_empty_free_lab_begins_with_a_server(void **state)
{
    (void)state;
    enter(-1, -1);
    char *footer = line(23);
    assert_int_equal(strncmp(footer, " S server ", 10), 0);
    free(footer);
    fake_first_contact(&fake);
    footer = line(23);
    assert_int_not_equal(strncmp(footer, " S server ", 10), 0);
    free(footer);
}

static void the_free_lab_goes_on_behind_the_list(void **state)
{
    (void)state;
    free_lab_with_something_alive();
    press("2");
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.choice.screen, UI_SCREEN_LIST);
    assert_true(shows("│ Free lab ● running "));
    assert_true(shows("│ ● It is running: Enter returns to it. "));
    assert_true(shows(" Enter return "));
    press("\r");
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    assert_int_equal(app.choice.focus, UI_LAB_WIRE);
    assert_true(shows(" Free lab "));
}

static void another_experiment_asks_before_it_ends_it(void **state)
{
    (void)state;
    free_lab_with_something_alive();
    press_key(UI_KEY_ESCAPE);
    press_key(KEY_UP);
    press("\r");
    assert_int_equal(app.choice.screen, UI_SCREEN_LIST);
    assert_true(shows("The lab that you left is still running: Enter once more ends it."));
    press_key(KEY_UP);
    assert_true(hides("Enter once more"));
    press("\r");
    assert_int_equal(app.choice.screen, UI_SCREEN_LIST);
    press("\r");
    press("\r");
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    assert_int_equal(app.model.lesson, 0);
    assert_false(app.is_kept);
}

static void q_asks_once_while_something_is_alive(void **state)
{
    (void)state;
    free_lab_with_something_alive();
    press("q");
    assert_false(app.quit);
    assert_true(shows("Something is still alive in the lab: q once more ends it, and leaves."));
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    press("q");
    assert_false(app.quit);
    press("q");
    assert_true(app.quit);
    app.quit = false;
    press_key(UI_KEY_CTRL_C);
    assert_true(app.quit);
}

/* It can be run again as it was, unless the learner has added to it. */
static void an_experiment_is_left_as_it_was(void **state)
{
    (void)state;
    enter(0, 0);
    fake_first_contact(&fake);
    press_key(UI_KEY_ESCAPE);
    assert_false(app.is_kept);
    assert_true(hides("running"));
    enter(0, 1);
    app.is_typed = true;
    press_key(UI_KEY_ESCAPE);
    assert_true(app.is_kept);
    assert_true(shows("│ 3.1 ● One client at a time "));
    assert_true(shows("│ ● Experiment 2 is running: Enter on it returns. "));
    press("\r");
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    assert_int_equal(app.model.experiment, 1);
}

/* ---- boxes close, and the footer is true ---------------------------------------------------------------------------
 */

static void every_box_closes_by_esc_and_q(void **state)
{
    static const int leaves[] = {UI_KEY_ESCAPE, 'q'};
    (void)state;
    enter(0, 0);
    fake_first_contact(&fake);
    for (const char *opens = "?todTBbm"; *opens; opens++)
        for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
            app.began = true;
            ui_app_key(&app, *opens);
            if (app.boxes.count == 0)
                print_message("no box by %c\n", *opens);
            assert_int_equal(app.boxes.count, 1);
            press_key(leaves[i]);
            assert_int_equal(app.boxes.count, 0);
            assert_false(app.quit);
        }
}

static bool free_of_enter(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)model;
    return pane->cursor != 0;
}

static void the_footer_says_whose_enter_is(void **state)
{
    static const struct ui_key_help keys[] = {
        {.key = "Up Down", .what = "move", .moves = true},
        {.key = "Enter", .what = "filter", .code = '\r', .works = free_of_enter},
        {.key = NULL},
    };
    (void)state;
    enter(0, 0);
    stand_in[UI_LAB_WIRE].keys = keys;
    press("2");
    assert_true(shows(" Enter run it"));
    assert_true(hides("filter"));
    app.panes[UI_LAB_WIRE].cursor = 1;
    assert_true(shows("Enter filter"));
    assert_true(hides("Enter run it"));
}

static void a_c_locale_shows_ascii_alone(void **state)
{
    (void)state;
    enter(0, 0);
    press("?");
    char *seen = picture();
    for (const char *c = seen; *c; c++)
        assert_true((unsigned char)*c < 0x80);
    free(seen);
    press_key(UI_KEY_ESCAPE);
    assert_line(2, "+ 1 Lesson --------------------------------------------------------------------+");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_80x24(the_list_at_80x24),
        AT_80x24(titles_are_whole_at_every_size),
        AT_80x24(an_experiment_has_the_rows_it_needs),
        AT_120x40(a_finished_lesson_is_ticked),
        AT_80x24(the_list_is_walked),
        AT_80x24(a_lesson_is_read),
        AT_80x24(all_is_predicted_beforehand),
        AT_80x24(wrong_answers_come_back),
        AT_80x24(the_lab_at_80x24),
        AT_120x40(the_lab_at_120x40),
        AT_80x24(an_open_question_is_never_hidden),
        AT_80x24(tabs_are_chosen_by_number_and_tab),
        AT_120x40(keys_type_commands),
        AT_80x24(the_wire_and_the_clock_stay),
        AT_120x40(keys_mean_who_is_there),
        AT_80x24(a_key_with_nothing_to_do_says_so),
        AT_80x24(those_who_have_ended_are_explained),
        AT_80x24(a_key_says_that_a_question_comes_first),
        AT_80x24(the_result_sets_prediction_against_kernel),
        AT_80x24(the_script_is_told_without_what_is_to_come),
        AT_80x24(the_next_line_is_pointed_at),
        AT_80x24(the_past_is_walked),
        AT_80x24(a_small_terminal_is_told_what_is_needed),
        cmocka_unit_test_setup_teardown(a_terminal_may_be_small_from_the_beginning, open_10x40, close_it),
        AT_80x24(the_mouse_works),
        AT_80x24(q_and_ctrl_c_leave_at_once),
        AT_80x24(an_empty_free_lab_begins_with_a_server),
        AT_80x24(the_free_lab_goes_on_behind_the_list),
        AT_80x24(another_experiment_asks_before_it_ends_it),
        AT_80x24(q_asks_once_while_something_is_alive),
        AT_80x24(an_experiment_is_left_as_it_was),
        AT_80x24(every_box_closes_by_esc_and_q),
        AT_80x24(the_footer_says_whose_enter_is),
        IN_ASCII(a_c_locale_shows_ascii_alone),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
