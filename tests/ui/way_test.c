// SPDX-License-Identifier: GPL-3.0-or-later
// A newcomer who presses nothing but the first key of the footer comes through a whole lesson: every text is turned to
// its end, every experiment runs, every question is answered, and the next lesson begins. Against the kernel.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/book/way.h"
#include "tests/fixtures/screen_app.h"

enum { KEYS_MOST = 400 };

static int open_live(void **state)
{
    struct net_error err = {.code = 0};
    (void)state;
    fake_screen_open(&screen, 24, 80, "C.UTF-8", "xterm-256color");
    if (ui_app_open(&app, &(struct ui_options){.plain = false}, &err) != 0 || ui_app_open_screen(&app, &err) != 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    return 0;
}

static int close_live(void **state)
{
    char path[128];
    (void)state;
    ui_app_close_screen(&app);
    ui_app_close(&app);
    fake_screen_close(&screen);
    snprintf(path, sizeof path, "%s/tcplab/progress.json", state_home);
    unlink(path);
    return 0;
}

static char *whole_picture(void)
{
    ui_app_model(&app);
    do
        ui_app_frame(&app);
    while (app.dirty);
    return fake_text(curscr);
}

/* What runs comes to its end, or to its question, by itself. */
static void wait_for_script(void)
{
    ui_app_model(&app);
    if (app.choice.screen == UI_SCREEN_LAB && app.model.script == LAB_SCRIPT_RUNNING) {
        char *all = whole_picture(); /* who presses what the footer names meanwhile changes nothing of it */
        assert_null(strstr(all, "c connect"));
        free(all);
    }
    while (app.choice.screen == UI_SCREEN_LAB && app.model.script == LAB_SCRIPT_RUNNING) {
        lab_session_wait(app.session, -1, 0);
        ui_app_events(&app);
    }
}

/* Press what the footer names first; of "a-c" the a. */
static void press_first_key(void)
{
    char *all = whole_picture(), *footer = strrchr(all, '\n');
    while (footer > all && !footer[1])
        *footer = '\0', footer = strrchr(all, '\n');
    footer += 1 + strspn(footer + 1, " ");
    if (strncmp(footer, "Enter ", 6) == 0)
        press("\r");
    else if (strncmp(footer, "Esc ", 4) == 0)
        press_key(UI_KEY_ESCAPE);
    else if (strncmp(footer, "a-", 2) == 0)
        press("a");
    else
        fail_msg("the footer begins with: %s", footer);
    free(all);
}

static void all_was_seen(const struct lab_lesson *lesson)
{
    struct lab_question question;
    for (size_t i = 0; i < lab_way_count(lesson); i++) /* past tasks it leads too, and leaves them open */
        assert_int_equal(lab_way_is_done(app.progress, lesson, i), lab_way_station(lesson, i).assignment < 0);
    for (size_t i = 0; i < lesson->experiment_count; i++) {
        const struct lab_done *done = lab_progress_get(app.progress, lesson->number, lesson->experiments[i].title);
        assert_true(done && done->held);
        assert_true(!lab_experiment_question(&lesson->experiments[i], &question) || *done->predicted);
    }
}

static void the_first_key_leads_through_a_lesson(void **state)
{
    int keys = 0;
    (void)state;
    assert_int_equal(app.model.lesson, 0);
    for (; app.model.lesson == 0 && keys < KEYS_MOST; keys++) {
        press_first_key();
        wait_for_script();
    }
    assert_int_equal(app.model.lesson, 1);
    all_was_seen(&app.lessons.lessons[0]);
    assert_int_equal(app.boxes.count, 1);
    char *seen = whole_picture();
    assert_non_null(strstr(seen, "3.2 The client"));
    free(seen);
}

/* It continues where the learner was: at what is not done yet, and at no other lesson. */
static void it_continues_where_the_learner_was(void **state)
{
    struct net_error err;
    (void)state;
    ui_app_choose(&app, 1, -1);
    const struct lab_lesson *lesson = &app.lessons.lessons[1];
    assert_int_equal(lab_way_put_read(app.progress, lesson, 0, &err), 0);
    struct lab_done done = {.run = true, .held = true};
    assert_int_equal(lab_progress_put(app.progress, lesson->number, lesson->experiments[0].title, &done, &err), 0);
    press("\r");
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
    assert_int_equal(app.model.experiment, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_key_leads_through_a_lesson, open_live, close_live),
        cmocka_unit_test_setup_teardown(it_continues_where_the_learner_was, open_live, close_live),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
