// SPDX-License-Identifier: GPL-3.0-or-later
// A whole screen, without a terminal and without a lab, that tests press keys on. Include after cmocka.h, once per
// program.
#ifndef TESTS_SCREEN_APP_H
#define TESTS_SCREEN_APP_H

#include "tests/screen_fake.h"
#include "ui/action.h"
#include "ui/prompt.h"
#include "ui/terminal.h"

#include <sys/stat.h>
#include <unistd.h>

/* libpanel keeps a panel for each screen there was, and readline the terminal's description, until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpanelw\nleak:libtinfo\nleak:libreadline\n";
}

static const char lessons_text[] =
    "# Book\n\n"
    "## 3.1 One client at a time\n\nA **server** waits to be called. It is the smallest program that shows everything "
    "a "
    "server does.\n\n"
    "### Experiment: First contact\n\nWhich call blocks first?\n\n"
    "```lab\nserver single\npredict \"What does recv() return?\"\nchoice \"18\" server recv = 18\nchoice \"0\" server "
    "recv "
    "= 0\nclient\nexpect server recv = 18\n```\n\nIt returned what had come.\n\n"
    "### Experiment: No question\n\nJust look.\n\n```lab\nserver single\n```\n\nThat was all.\n\n"
    "## 3.2 The client\n\nA client calls.\n\n"
    "### Experiment: Refused\n\nNobody listens.\n\n```lab\nhand c1\nc1 connect\n```\n\nSo it was refused.\n";

/* ---- a screen --------------------------------------------------------------------------------------------------- */

static struct fake_screen screen;
static struct fake fake;
static struct ui_app app;
static char state_home[] = "/tmp/tcplab-screen.XXXXXX";

static inline void draw_name(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)model;
    ui_put(pane->window, 0, 1, pane->columns, A_NORMAL, pane->view->name);
}

static struct ui_view stand_in[UI_LAB_VIEWS];

static inline void open_app(int rows, int columns, const char *locale, const char *term)
{
    struct net_error err;
    fake_screen_open(&screen, rows, columns, locale, term);
    fake_open(&fake);
    app = (struct ui_app){.early_choice = -1, .model = fake.model, .live = fake.state};
    assert_int_equal(lab_lessons_parse("T.md", lessons_text, strlen(lessons_text), &app.lessons, &err), 0);
    app.progress = lab_progress_load(&err);
    assert_int_equal(ui_app_open_screen(&app, &err), 0);
    for (int i = UI_LAB_WIRE; i < UI_LAB_VIEWS; i++) {
        stand_in[i] = (struct ui_view){
            .name = ui_lab_views[i]->name, .title = ui_lab_views[i]->title, .draw = draw_name};
        ui_app_open_pane(&app, &app.panes[i], &stand_in[i]);
    }
}

/* The lab with its plain views: entering opens the real ones. */
static inline void enter(int lesson, int experiment)
{
    ui_app_enter(&app, lesson, experiment);
    for (int i = UI_LAB_WIRE; i < UI_LAB_VIEWS; i++)
        ui_app_open_pane(&app, &app.panes[i], &stand_in[i]);
}

static inline void close_app(void)
{
    ui_app_close_screen(&app);
    ui_app_close(&app);
    fake_close(&fake);
    fake_screen_close(&screen);
}

static inline int open_80x24(void **state)
{
    (void)state;
    open_app(24, 80, "C.UTF-8", "xterm-256color");
    return 0;
}

static inline int open_120x40(void **state)
{
    (void)state;
    open_app(40, 120, "C.UTF-8", "xterm-256color");
    return 0;
}

static inline int open_ascii(void **state)
{
    (void)state;
    open_app(24, 80, "C", "vt100");
    return 0;
}

static inline int close_it(void **state)
{
    char path[128];
    (void)state;
    close_app();
    snprintf(path, sizeof path, "%s/tcplab/progress.json", state_home);
    unlink(path);
    return 0;
}

/* The terminal's whole picture after a frame. */
static inline char *picture(void)
{
    ui_app_model(&app);
    ui_app_frame(&app);
    return fake_text(curscr);
}

/* The same without its first rows. */
static inline char *picture_from(int row)
{
    char *all = picture(), *at = all;
    for (; row > 0; row--)
        at = strchr(at, '\n') + 1;
    memmove(all, at, strlen(at) + 1);
    return all;
}

/* One line of it. */
static inline char *line(int row)
{
    char *all = picture(), *at = all;
    for (; row > 0 && at; row--)
        at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
    assert_non_null(at);
    char *one = strndup(at, strcspn(at, "\n"));
    free(all);
    return one;
}

/* The picture from that row on begins with these lines. */
#define assert_begins(row, expected)                                                                                   \
    do {                                                                                                               \
        char *begins = picture_from(row);                                                                              \
        if (strlen(begins) > strlen(expected))                                                                         \
            begins[strlen(expected)] = '\0';                                                                           \
        assert_screen(begins, expected);                                                                               \
    } while (0)
#define assert_line(row, expected) assert_screen(line(row), expected)

static inline bool shows(const char *text)
{
    char *all = picture();
    bool found = strstr(all, text) != NULL;
    if (!found)
        print_message("not on the screen: %s\n%s", text, all);
    free(all);
    return found;
}

static inline bool hides(const char *text)
{
    char *all = picture();
    bool found = strstr(all, text) != NULL;
    free(all);
    return !found;
}

static inline void press(const char *keys)
{
    for (; *keys; keys++) {
        ui_app_model(&app);
        ui_app_key(&app, *keys);
    }
}

static inline void press_key(int key)
{
    ui_app_model(&app);
    ui_app_key(&app, key);
}

static inline void put_done(const char *experiment, const char *predicted, const char *answer)
{
    struct lab_done done = {.run = *answer != '\0', .held = *answer != '\0'};
    struct net_error err;
    snprintf(done.predicted, sizeof done.predicted, "%s", predicted);
    snprintf(done.answer, sizeof done.answer, "%s", answer);
    assert_int_equal(lab_progress_put(app.progress, "3.1", experiment, &done, &err), 0);
}

static inline void resize(int rows, int columns)
{
    resizeterm(rows, columns);
    ui_app_relayout(&app);
}

#define AT_80x24(test)  cmocka_unit_test_setup_teardown(test, open_80x24, close_it)
#define AT_120x40(test) cmocka_unit_test_setup_teardown(test, open_120x40, close_it)
#define IN_ASCII(test)  cmocka_unit_test_setup_teardown(test, open_ascii, close_it)

static inline int make_home(void **state)
{
    (void)state;
    unsetenv("INPUTRC");
    return mkdtemp(state_home) ? setenv("XDG_STATE_HOME", state_home, 1) | setenv("INPUTRC", "/dev/null", 1) : -1;
}

static inline int remove_home(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/tcplab/history", state_home);
    unlink(path);
    snprintf(path, sizeof path, "%s/tcplab", state_home);
    rmdir(path);
    return rmdir(state_home);
}

#endif
