// SPDX-License-Identifier: GPL-3.0-or-later
// The question and the result of every experiment of the book, each run once against the kernel and looked at in
// screens of six sizes: nothing that was asked, could be answered, came out, or was its cause is cut or hidden.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/explain/because.h"
#include "tests/fixtures/screen_app.h"

#include <ctype.h>

static const int sizes[][2] = {{16, 60}, {24, 80}, {30, 100}, {40, 120}, {45, 140}, {60, 200}};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static int failures;

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
    snprintf(path, sizeof path, "%s/tcplab/progress.json", state_home);
    unlink(path);
    ui_app_close_screen(&app);
    ui_app_close(&app);
    fake_screen_close(&screen);
    return 0;
}

/* A text without its blanks: where it is wrapped does not matter. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (!isspace((unsigned char)*from))
            *to++ = *from;
    *to = '\0';
}

/* What the terminal shows inside of the lesson's frame, as one text; NULL: it shows no lesson. free() it. */
static char *lesson_shown(void)
{
    const struct ui_rect *rect = &app.layout.rect[UI_LAB_LESSON];
    ui_app_model(&app);
    while (app.dirty)
        ui_app_frame(&app);
    if (!app.layout.visible[UI_LAB_LESSON])
        return NULL;
    WINDOW *part = newwin(rect->rows - 2, rect->columns - 2, 0, 0);
    for (int row = 0; row < rect->rows - 2; row++)
        for (int column = 0; column < rect->columns - 2; column++) {
            cchar_t cell;
            mvwin_wch(curscr, rect->row + 1 + row, rect->column + 1 + column, &cell);
            mvwadd_wch(part, row, column, &cell);
        }
    char *text = fake_text(part);
    delwin(part);
    squeeze(text);
    return text;
}

static void expect_shown(const char *shown, const char *what, const char *sought)
{
    char squeezed[800];
    snprintf(squeezed, sizeof squeezed, "%s", sought);
    squeeze(squeezed);
    if (shown && strstr(shown, squeezed))
        return;
    failures++;
    print_error("%dx%d %s.%d: %s is cut or hidden: %s\n  %s\n", app.layout.columns, app.layout.rows,
                app.lessons.lessons[app.model.lesson].number, app.model.experiment + 1, what, sought,
                shown ? shown : "no lesson");
}

static void look_at_question(void)
{
    for (int i = 0; i < SIZES; i++) {
        resize(sizes[i][0], sizes[i][1]);
        char *shown = lesson_shown();
        expect_shown(shown, "the question", app.model.question->text);
        for (size_t k = 0; k < app.model.question->choice_count; k++) {
            char choice[200];
            snprintf(choice, sizeof choice, "%c %s", 'a' + (int)k, app.model.question->choice[k].text);
            expect_shown(shown, "a choice", choice);
        }
        free(shown);
    }
}

/* The last error, and its cause where one is known. */
static bool last_error(char *out, size_t out_bytes)
{
    char because[300] = "", result[96];
    for (size_t i = app.live->applied; i-- > app.model.first_event;) {
        const struct net_event *ev = lab_journal_at(app.model.journal, i);
        if (!ev || ev->kind != NET_EV_CALL_RETURN || !ev->u.call.error)
            continue;
        net_result_text(ev, result, sizeof result);
        bool known = lab_because(app.model.journal, app.live, app.model.start_ns, (long)i, because, sizeof because);
        snprintf(out, out_bytes, known ? "= %s, because %s" : "= %s", result, because);
        return true;
    }
    return false;
}

/* Every state that a pane of a visible window could name is named whole: panes are as wide as that needs. */
static void states_have_room(void)
{
    static const int views[] = {UI_LAB_WIRE, UI_LAB_SOCKETS};
    for (size_t i = 0; i < 2; i++) {
        const struct ui_rect *rect = &app.layout.rect[views[i]];
        if (!app.layout.visible[views[i]])
            continue;
        assert_true(rect->columns - 2 >= ui_lab_views[views[i]]->columns_least);
        assert_true(rect->rows - 2 >= ui_lab_views[views[i]]->rows_least);
    }
}

static void look_at_result(void)
{
    const struct lab_question *question = app.model.question;
    char line[600];
    bool fails = last_error(line, sizeof line);
    for (int i = 0; i < SIZES; i++) {
        resize(sizes[i][0], sizes[i][1]);
        char *shown = lesson_shown();
        if (question && question->answer >= 0) {
            char answer[200];
            snprintf(answer, sizeof answer, "Kernel %c %s", 'a' + question->answer,
                     question->choice[question->answer].text);
            expect_shown(shown, "what the kernel did", answer);
            expect_shown(shown, "the result",
                         question->predicted == question->answer ? "You were right." : "Not what you said.");
        }
        if (fails)
            expect_shown(shown, "the last error's cause", line);
        states_have_room();
        free(shown);
    }
}

static bool is_over(void)
{
    ui_app_model(&app);
    return app.model.script == LAB_SCRIPT_DONE || app.model.script == LAB_SCRIPT_FAILED;
}

/* Answer its first choice, whenever it asks; its waits have deadlines of their own. */
static void run_it(void)
{
    ui_app_model(&app);
    if (ui_app_asks(&app))
        press("a");
    else
        press("\r");
    while (!is_over()) {
        lab_session_wait(app.session, -1, 0);
        ui_app_events(&app);
        if (app.model.script == LAB_SCRIPT_ASKS) {
            look_at_question();
            press("a");
        }
    }
    ui_app_events(&app);
}

static void try_experiment(int lesson, int experiment)
{
    ui_app_enter(&app, lesson, experiment);
    ui_app_model(&app);
    if (app.model.question)
        look_at_question();
    run_it();
    ui_box_pop_all(&app.boxes); /* runs side by side stand before the result, until Esc */
    look_at_result();
}

static void nothing_is_cut_in_any_size(void **state)
{
    const char *only = getenv("LESSON");
    (void)state;
    for (size_t l = 0; l < app.lessons.lesson_count; l++) {
        if (only && strcmp(only, app.lessons.lessons[l].number) != 0)
            continue;
        ui_app_choose(&app, (int)l, -1);
        for (size_t e = 0; e < app.lessons.lessons[l].experiment_count; e++)
            try_experiment((int)l, (int)e);
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_cut_in_any_size, open_live, close_live),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
