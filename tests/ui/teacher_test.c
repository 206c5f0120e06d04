// SPDX-License-Identifier: GPL-3.0-or-later
// What the screen makes of a teacher's lessons: hints, reasons, narration, notes, words, and a file that is read again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/screen_app.h"
#include "ui/app/present.h"

static const char taught[] =
    "## 7.1 Taught\n\nA **hand** calls.\n\n> Note: ask the class first.\n\n"
    "### Experiment: Asked\n\nLook at the FIN.\n\n```lab\n# A comment above\n# the first line.\nhand c1\n"
    "predict \"What comes?\"\nhint \"weak\"\nhint \"strong\"\n"
    "choice \"one\" c1 recv = 1\nchoice \"two\" c1 recv = 2\nbecause \"two is too many\"\n"
    "choice \"three\" c1 recv = 3\nbecause \"three is worse\"\nc1 connect\n```\n\nIt came.\n\n"
    "## Glossary\n\n- **FIN**: the last one\n- **SYN**: the first one\n";
static char taught_file[] = "/tmp/tcplab-taught.XXXXXX";

static void write_file(const char *text)
{
    FILE *file = fopen(taught_file, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static int open_taught(void **state)
{
    (void)state;
    open_app(24, 80, "C.UTF-8", "xterm-256color");
    write_file(taught);
    app.options.lessons_file = taught_file;
    app.options.lessons_only = true;
    press("l");
    return 0;
}

#define TAUGHT(test) cmocka_unit_test_setup_teardown(test, open_taught, close_it)

static void a_file_is_read_again_and_a_broken_one_is_not(void **state)
{
    (void)state;
    assert_true(shows("The lessons were read again.") && shows("7.1   Taught"));
    write_file("## 7.1 Other\n\n### Experiment: E\n```lab\nhnd c1\n```\n");
    press("l");
    assert_true(shows("`hnd` is neither") && shows("stay as they were") && shows("7.1   Taught"));
    write_file("## 7.1 Other\n\n## 7.2 More\n");
    press("l");
    assert_true(shows("7.1   Other") && shows("7.2   More"));
    assert_int_equal(app.lessons.lesson_count, 2);
}

/* A lesson with these tasks, in this order. */
static void write_tasks(const char *number, const char *first, const char *second)
{
    static const char task[] = "### Task: %s\n\nDo %s.\n\n```c\nint main(void) { return 0; }\n```\n\n"
                               "#### Hints\n\n- think\n\n#### Judged\n\n```lab\nserver $yours $port as yours\n"
                               "expect yours ended exit 0\n```\n\n#### Answer\n\nSo.\n\n"
                               "```c\nint main(void) { return 0; }\n```\n\n";
    char text[4096];
    int n = snprintf(text, sizeof text, "## %s Tasks\n\nText.\n\n", number);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? second : first;
        if (name)
            n += snprintf(text + n, sizeof text - (size_t)n, task, name, name);
    }
    write_file(text);
}

/* What is known of a task is where it stands among the lessons: others may stand there now. */
static void a_task_is_found_again_by_its_name(void **state)
{
    (void)state;
    write_tasks("7.1", "one", "two");
    press("l");
    assert_true(shows("read again"));
    ui_task_open(&app, 0, 1);
    assert_true(shows("Do two."));
    press("h");
    press_key(UI_KEY_ESCAPE);
    assert_int_equal(app.model.task, 2);
    write_tasks("7.1", "two", "one");
    press("l");
    assert_true(shows("read again"));
    assert_int_equal(app.model.task, 0);
    assert_true(app.task.is_open && app.task.shown.assignment == 0 && app.task.shown.hints == 0);
    write_tasks("7.1", "three", NULL);
    press("l");
    assert_true(shows("read again") && !app.task.is_open);
    assert_int_equal(app.task.shown.assignment, 0);
    ui_task_open(&app, 0, 0);
    assert_true(shows("Do three."));
}

static void what_is_presented_is_read_again(void **state)
{
    struct net_error err;
    (void)state;
    assert_int_equal(ui_present_open(&app, "7.1.1", &err), 0);
    assert_true(shows("Look at the FIN.") && shows("l reload"));
    write_file("## 7.1 Other\n\n### Experiment: Asked\n```lab\nhnd c1\n```\n");
    press("l");
    assert_true(shows("`hnd` is neither") && shows("Look at the FIN."));
    write_file("## 7.2 Other\n\n### Experiment: Asked\n```lab\nhand c1\n```\n");
    press("l");
    assert_true(shows("The lesson 7.1 is not there any more.") && shows("Look at the FIN."));
    write_file("## 7.1 Taught\n\nText.\n\n### Experiment: Before\n\nNew.\n\n```lab\nhand c1\n```\n\n"
               "### Experiment: Asked\n\nLook at the ACK.\n\n```lab\nhand c1\n```\n");
    press("l");
    assert_true(shows("read again") && shows("Look at the ACK."));
    write_file("## 7.1 Taught\n\nNo experiment is left.\n");
    press("l");
    assert_true(shows("read again") && shows("No experiment is left."));
}

static void hints_come_one_by_one(void **state)
{
    (void)state;
    enter(0, 0);
    assert_true(hides("weak") && shows("H hint"));
    press("H");
    assert_true(shows("Hint  weak") && hides("strong"));
    press("H");
    assert_true(shows("Hint  weak") && shows("Hint  strong") && hides("H hint"));
    ui_app_enter(&app, 0, 0);
    assert_true(hides("weak"));
}

static char *lesson_pane(enum lab_script_state script)
{
    struct ui_pane pane = {.view = &ui_view_lesson, .top = -1};
    app.model.script = script;
    return fake_draw(&pane, &app.model, 20, 40);
}

/* Only to who has taken it, and not to who was right. */
static void a_wrong_choice_is_told_why(void **state)
{
    (void)state;
    enter(0, 0);
    app.question.answer = 0;
    for (int said = -1; said < 3; said++) {
        app.question.predicted = said;
        ui_app_model(&app);
        char *pane = lesson_pane(LAB_SCRIPT_DONE);
        assert_int_equal(strstr(pane, "two is too many") != NULL, said == 1);
        assert_int_equal(strstr(pane, "three is worse") != NULL, said == 2);
        free(pane);
    }
}

static void comments_tell_what_the_next_line_is_for(void **state)
{
    (void)state;
    enter(0, 0);
    ui_app_model(&app);
    app.model.script_line = app.lessons.lessons[0].experiments[0].script_line + 2;
    char *pane = lesson_pane(LAB_SCRIPT_PAUSED);
    const char *comment = strstr(pane, "A comment above the first line."), *line = strstr(pane, "hand c1");
    assert_true(comment && line && comment < line);
    free(pane);
}

static void notes_are_for_who_asks_for_them(void **state)
{
    (void)state;
    press("r");
    assert_true(shows("A hand calls.") && hides("ask the class"));
    press_key(UI_KEY_ESCAPE);
    app.options.notes = true;
    press("r");
    assert_true(shows("Note: ask the class first."));
}

/* No rule is drawn over what is not shown. */
static void notes_alone_are_no_reason(void **state)
{
    (void)state;
    write_file("## 7.1 Taught\n\n### Experiment: Asked\n\nLook.\n\n```lab\nhand c1\n```\n\n> Note: why it came.\n");
    press("l");
    for (int notes = 0; notes <= 1; notes++) {
        app.options.notes = notes != 0;
        enter(0, 0);
        ui_app_model(&app);
        char *pane = lesson_pane(LAB_SCRIPT_DONE);
        assert_int_equal(strstr(pane, "Why") != NULL, notes);
        assert_int_equal(strstr(pane, "why it came") != NULL, notes);
        free(pane);
    }
}

static void words_of_the_text_come_first(void **state)
{
    (void)state;
    enter(0, 0);
    press("g");
    char *all = picture();
    const char *here = strstr(all, "In this text"), *rest = strstr(all, "All words");
    const char *fin = strstr(all, "the last one"), *syn = strstr(all, "the first one");
    assert_true(here && fin && rest && syn && here < fin && fin < rest && rest < syn);
    free(all);
    press("q");
    assert_true(hides("All words"));
    assert_int_equal(app.choice.screen, UI_SCREEN_LAB);
}

/* The letters move with the seed; the answer that is kept is the text. */
static void an_answer_is_kept_by_its_text(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int first = 0; first == 0 && seed < 100; seed++) {
        lab_lessons_shuffle(&app.lessons, seed);
        enter(0, 0);
        first = strcmp(app.question.choice[0].text, "one") != 0;
    }
    const struct lab_question asked = app.question;
    ui_app_predict_early(&app, 0, 0, 0);
    const struct lab_done *done = lab_progress_get(app.progress, "7.1", "Asked");
    assert_string_equal(done->predicted, asked.choice[0].text);
    lab_lessons_shuffle(&app.lessons, 0);
    enter(0, 0);
    assert_int_equal(app.question.predicted, lab_question_choice(&app.question, asked.choice[0].text));
    assert_true(app.question.predicted > 0);
}

static int make_file(void **state)
{
    int fd = mkstemp(taught_file);
    return fd < 0 || close(fd) < 0 ? -1 : make_home(state);
}

static int remove_file(void **state)
{
    unlink(taught_file);
    return remove_home(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TAUGHT(a_file_is_read_again_and_a_broken_one_is_not),
        TAUGHT(a_task_is_found_again_by_its_name),
        TAUGHT(what_is_presented_is_read_again),
        TAUGHT(hints_come_one_by_one),
        TAUGHT(a_wrong_choice_is_told_why),
        TAUGHT(comments_tell_what_the_next_line_is_for),
        TAUGHT(notes_are_for_who_asks_for_them),
        TAUGHT(notes_alone_are_no_reason),
        TAUGHT(words_of_the_text_come_first),
        TAUGHT(an_answer_is_kept_by_its_text),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
