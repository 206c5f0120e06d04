// SPDX-License-Identifier: GPL-3.0-or-later
// A saved run opened again: the screen over a file, its past, what it refuses; and the same without a screen.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/written.h"
#include "lab/saved.h"
#include "net/data/call.h"
#include "net/data/option.h"
#include "tests/fixtures/screen_app.h"

static char run_file[64], other_file[64];

static void write_file(const char *path, const char *text, size_t bytes)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    fclose(file);
}

static char *read_file(const char *path)
{
    enum { ROOM = 65536 };
    char *text = calloc(1, ROOM);
    FILE *file = fopen(path, "r");
    assert_true(text && file);
    assert_in_range(fread(text, 1, ROOM - 1, file), 1, ROOM - 2);
    fclose(file);
    return text;
}

/* Two experiments: one that did little, and a first contact. */
static void save_run(void)
{
    struct net_error err;
    struct fake f;
    fake_open(&f);
    fake_note(&f, LAB_NOTE_EXPERIMENT, 0, "3.1\tBefore");
    fake_note(&f, LAB_NOTE_COMMAND, LAB_FROM_SCRIPT, "hand c9");
    fake_after(&f, 1000);
    fake_note(&f, LAB_NOTE_EXPERIMENT, 0, "3.2\tFirst contact");
    fake_note(&f, LAB_NOTE_COMMAND, LAB_FROM_PROMPT, "server single");
    fake_note(&f, LAB_NOTE_ERROR, 0, "an old error");
    fake_first_contact(&f);
    assert_int_equal(lab_journal_save(f.journal, FAKE_START_MS * 1000000ull, "tun", to(run_file), NULL, &err), 0);
    fake_close(&f);
}

static void open_saved(int rows, int columns, const char *locale, const char *term)
{
    struct net_error err;
    struct ui_options options = {.saved_run = run_file};
    fake_screen_open(&screen, rows, columns, locale, term);
    assert_int_equal(ui_app_open(&app, &options, &err), 0);
    assert_int_equal(ui_app_open_screen(&app, &err), 0);
}

/* A run of tcplab 0.1: its notes are without numbers, which are read out of its lines when it is opened. */
static void an_old_run_gets_its_numbers(void **state)
{
    static const struct {
        const char *text;
        enum lab_command_id command;
    } lines[] = {{"server single", LAB_COMMAND_START},
                 {"c1 set SO_LINGER 1 0", LAB_COMMAND_SET},
                 {"c1.3 cancel", LAB_COMMAND_OTHER}, /* no such line can be read */
                 {"c1 cancel", LAB_COMMAND_CANCEL},
                 {"c1 send \"x\"", LAB_COMMAND_HAND_CALL}};
    struct lab_saved saved;
    struct net_error err;
    struct fake f;
    (void)state;
    fake_open(&f);
    fake_first_contact(&f);
    size_t first = lab_journal_count(f.journal);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fake_command_note(&f, LAB_NOTE_COMMAND, LAB_FROM_PROMPT, LAB_COMMAND_NONE, lines[i].text);
    fake_command_note(&f, LAB_NOTE_ERROR, 0, LAB_COMMAND_NONE, "it could not be done");
    assert_int_equal(lab_journal_save(f.journal, FAKE_START_MS * 1000000ull, "tun", to(other_file), NULL, &err), 0);
    fake_close(&f);
    assert_int_equal(lab_saved_open(&saved, other_file, false, &err), 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(lab_journal_at(saved.journal, first + i)->u.note.command, lines[i].command);
    const struct net_ev_note *set = &lab_journal_at(saved.journal, first + 1)->u.note;
    assert_string_equal(net_option_of_note(set->option)->name, "SO_LINGER");
    assert_true(set->value[0] == 1 && set->value[1] == 0);
    assert_string_equal(lab_actor_by_id(saved.state, set->subject)->name, "c1");
    const struct net_ev_note *send = &lab_journal_at(saved.journal, first + 4)->u.note;
    assert_int_equal(send->call, NET_CALL_SEND);
    assert_int_equal(lab_journal_at(saved.journal, first + 5)->u.note.call, NET_CALL_SEND);
    lab_saved_close(&saved);
}

static int open_it(void **state)
{
    (void)state;
    save_run();
    open_saved(40, 120, "C.UTF-8", "xterm-256color");
    return 0;
}

static int open_it_in_ascii(void **state)
{
    (void)state;
    save_run();
    open_saved(24, 80, "C", "vt100");
    return 0;
}

static int close_saved(void **state)
{
    (void)state;
    ui_app_close_screen(&app);
    ui_app_close(&app);
    fake_screen_close(&screen);
    unlink(run_file);
    unlink(other_file);
    return 0;
}

/* ---- the screen -------------------------------------------------------------------------------------------------- */

static void it_opens_at_its_last_event(void **state)
{
    (void)state;
    assert_true(shows(" 3.2 First contact "));
    assert_true(shows("SAVED RUN, event 44 of 44"));
    assert_true(shows("┌ 1 Saved run "));
    assert_true(shows("with tun"));
    assert_true(shows("client -  FIN_WAIT2"));
    assert_true(shows("CLOSE_WAIT"));
    assert_true(shows("server single"));
    assert_true(hides("hand c9"));
    assert_int_equal(app.last.answer[0], 0);
    assert_true(shows("\n Left rewind  Home start  e explain "));
    assert_true(hides("c connect"));
}

static void its_past_is_walked_to_its_first_event(void **state)
{
    (void)state;
    press_key(KEY_LEFT);
    press_key(KEY_LEFT);
    assert_true(shows("SAVED RUN, event 41 of 44"));
    press_key(KEY_HOME);
    assert_true(shows("SAVED RUN, event 3 of 44"));
    assert_true(shows(" 3.2 First contact "));
    assert_true(hides("FIN_WAIT2"));
    press_key(KEY_HOME);
    assert_true(shows("SAVED RUN, event 1 of 44"));
    assert_true(shows(" 3.1 Before "));
    press_key(KEY_RIGHT);
    assert_true(shows("hand c9"));
    press_key(KEY_END);
    assert_true(shows("SAVED RUN, event 44 of 44"));
    assert_true(shows("FIN_WAIT2"));
    press_key(KEY_LEFT);
    press_key(UI_KEY_ESCAPE);
    assert_true(shows("SAVED RUN, event 44 of 44"));
}

static void what_would_act_is_refused_with_a_sentence(void **state)
{
    static const char keys[] = "csvSdoxhn wmrL:";
    (void)state;
    size_t before = lab_journal_count(app.model.journal);
    for (size_t i = 0; keys[i]; i++) {
        char key[2] = {keys[i], '\0'};
        press(key);
        if (!shows("has no effect here: this is a saved run, which can only be looked at."))
            fail_msg("key %s", key);
        assert_int_equal(app.boxes.count, 0);
        assert_false(ui_prompt_is_open(app.prompt));
        press_key(UI_KEY_ESCAPE);
    }
    press("2D");
    assert_true(shows("wire drop 1 has no effect here"));
    assert_int_equal(lab_journal_count(app.model.journal), before);
    assert_false(app.quit);
    press("q");
    assert_true(app.quit);
}

/* The boxes of the two ends pass the keys of time on; those that would act are refused there as well. */
static void a_box_moves_time_and_refuses_the_rest(void **state)
{
    (void)state;
    press("T");
    assert_true(shows("[C]  FIN_WAIT2"));
    press("n");
    assert_true(shows("next has no effect here: this is a saved run"));
    press_key(KEY_LEFT);
    press_key(KEY_LEFT);
    assert_true(shows("[C]  FIN_WAIT1"));
    press_key(UI_KEY_ESCAPE);
    press("B");
    assert_true(shows("│ bytes   hello"));
}

static void the_last_step_out_does_not_leave_by_accident(void **state)
{
    (void)state;
    press_key(UI_KEY_ESCAPE);
    assert_false(app.quit);
    assert_true(shows("SAVED RUN"));
}

static void it_is_explained_as_it_was(void **state)
{
    (void)state;
    press("e");
    assert_true(shows("┌ explain "));
    assert_true(shows("c1 called close(3)"));
    press_key(UI_KEY_ESCAPE);
    press_key(KEY_HOME);
    press("e");
    assert_true(shows("nothing has happened yet that could be explained"));
}

static void it_is_readable_in_ascii(void **state)
{
    (void)state;
    assert_true(shows("< SAVED RUN, event 44 of 44"));
    assert_true(shows("+ 1 Saved run -"));
}

/* ---- without a screen -------------------------------------------------------------------------------------------- */

static void it_is_printed(void **state)
{
    struct net_error err;
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    (void)state;
    assert_int_equal(lab_saved_print(run_file, out, &err), 0);
    fclose(out);
    assert_non_null(strstr(text, "> server single\n"));
    assert_non_null(strstr(text, "experiment 3.2"));
    assert_non_null(strstr(text, "c1        send(3, \"hello\", 5, 0) = 5\n"));
    assert_non_null(strstr(text, "FIN_WAIT1 -> FIN_WAIT2\n"));
    free(text);
}

static void refuse(const char *path, const char *expected)
{
    struct lab_saved saved;
    struct net_error err;
    assert_int_equal(lab_saved_open(&saved, path, false, &err), -1);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" has no \"%s\"", err.text, expected);
    assert_null(strchr(err.text, '\n'));
    assert_null(saved.path);
    lab_saved_close(&saved);
}

static void a_file_that_is_not_whole_is_refused_with_its_place(void **state)
{
    (void)state;
    char *whole = read_file(run_file), *third = strchr(strchr(whole, '\n') + 1, '\n') + 1;
    write_file(other_file, whole, (size_t)(third - whole));
    refuse(other_file, "ends after line 2: 44 events were saved and 1 are there");
    write_file(other_file, whole, (size_t)(third - whole) + 20);
    refuse(other_file, "line 3 is not an event");
    write_file(other_file, "\177ELF\1\2\3\n", 8);
    refuse(other_file, "line 1 is not an event");
    write_file(other_file, "{\"kind\":\"note\"}\n", 16);
    refuse(other_file, "it is not the head of a saved run");
    write_file(other_file, "", 0);
    refuse(other_file, "is empty, expected a run saved by tcplab");
    refuse("/nonexistent/run", "cannot read /nonexistent/run: No such file or directory (ENOENT)");
    free(whole);
}

static int make_files(void **state)
{
    int result = make_home(state);
    snprintf(run_file, sizeof run_file, "%s/run.jsonl", state_home);
    snprintf(other_file, sizeof other_file, "%s/other", state_home);
    return result;
}

#define SAVED(test) cmocka_unit_test_setup_teardown(test, open_it, close_saved)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SAVED(it_opens_at_its_last_event),
        SAVED(its_past_is_walked_to_its_first_event),
        SAVED(what_would_act_is_refused_with_a_sentence),
        SAVED(a_box_moves_time_and_refuses_the_rest),
        SAVED(the_last_step_out_does_not_leave_by_accident),
        SAVED(it_is_explained_as_it_was),
        cmocka_unit_test_setup_teardown(it_is_readable_in_ascii, open_it_in_ascii, close_saved),
        cmocka_unit_test(an_old_run_gets_its_numbers),
        SAVED(it_is_printed),
        SAVED(a_file_that_is_not_whole_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, make_files, remove_home);
}
