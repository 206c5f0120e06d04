// SPDX-License-Identifier: GPL-3.0-or-later
// Lessons whose letters are two columns wide, in screens of six sizes: no frame is pushed aside, no title, question or
// choice is cut, and a line ends at a blank where one is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/book/translated.h"
#include "tests/fixtures/screen_app.h"

#include <string.h>
#include <wchar.h>

static const int sizes[][2] = {{16, 60}, {24, 80}, {30, 100}, {40, 120}, {45, 140}, {60, 200}};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static const char korean[] =
    "## 3.1 한 번에 클라이언트 하나\n\n서버는 누군가 연결해 오기를 기다리는 프로그램입니다. **서버**가 하는 일을 모두 "
    "보여 "
    "주는 가장 작은 프로그램입니다.\n\n"
    "| 호출 | 하는 일 |\n|---|---|\n| `bind` | 소켓에 주소를 붙입니다. 그래야 클라이언트가 찾아올 수 있습니다. |\n\n"
    "### Experiment: 첫 만남\n\n어느 호출이 먼저 블록됩니까? 서버는 아무것도 받지 못한 채 기다리고 있습니다.\n\n"
    "```lab\nserver single\n"
    "predict \"클라이언트가 보낸 것은 18바이트이고, 서버는 recv()에 1024를 주었습니다. 무엇이 반환됩니까?\"\n"
    "choice \"18: 온 만큼\" server recv = 18\n"
    "choice \"1024: 달라고 한 만큼이 모두 올 때까지 기다린 뒤에 한꺼번에\" server recv = 1024\n"
    "client\nexpect server recv = 18\n```\n\n온 것을 반환했습니다.\n\n"
    "### Experiment: 띄어쓰기없이아주길게이어지는제목도창의너비를넘지않는다\n\n보십시오.\n\n```lab\nserver "
    "single\n```\n\n끝.\n";

static void read_lessons(const struct lab_lessons *lessons)
{
    lab_lessons_fini(&app.lessons);
    app.lessons = *lessons;
    ui_app_choose(&app, 0, -1);
    ui_app_model(&app);
    ui_app_relayout(&app);
}

static void read_korean(void)
{
    struct lab_lessons book;
    struct net_error err;
    if (lab_lessons_parse("T.md", korean, strlen(korean), &book, &err) < 0)
        fail_msg("%s", err.text);
    read_lessons(&book);
}

/* What is drawn, without blanks, ends of lines and frames. */
static char *letters_shown(void)
{
    char *text = picture(), *to = text;
    for (const char *from = text; *from;) {
        if (*from == ' ' || *from == '\n') {
            from++;
        } else if (strncmp(from, "│", 3) == 0) {
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return text;
}

static void expect_shown(const char *sought)
{
    char squeezed[600], *to = squeezed, *shown = letters_shown();
    for (const char *c = sought; *c; c++)
        if (*c != ' ')
            *to++ = *c;
    *to = '\0';
    if (!strstr(shown, squeezed))
        fail_msg("%dx%d: cut or hidden: %s\n%s", app.layout.columns, app.layout.rows, sought, shown);
    free(shown);
}

static bool is_frame(int row, int column)
{
    cchar_t cell;
    mvwin_wch(curscr, row, column, &cell);
    return wcschr(L"│┤├┼", cell.chars[0]) && cell.chars[0];
}

static void frames_stand(void)
{
    ui_app_model(&app);
    while (app.dirty)
        ui_app_frame(&app);
    for (int i = 0; i < UI_PLACES; i++) {
        const struct ui_rect *rect = &app.layout.rect[i];
        for (int row = rect->row + 1; app.layout.visible[i] && row < rect->row + rect->rows - 1; row++)
            if (!is_frame(row, rect->column) || !is_frame(row, rect->column + rect->columns - 1))
                fail_msg("%dx%d: the frame of pane %d is broken in row %d\n%s", app.layout.columns, app.layout.rows, i,
                         row, picture());
    }
}

static void look_at_list(void)
{
    for (int i = 0; i < SIZES; i++) {
        resize(sizes[i][0], sizes[i][1]);
        frames_stand();
    }
}

/* In the first of the sizes: the smallest have the least room. */
static void look_at_experiment(size_t lesson, size_t experiment, int count)
{
    struct lab_question q;
    enter((int)lesson, (int)experiment);
    bool asks = lab_experiment_question(&app.lessons.lessons[lesson].experiments[experiment], &q);
    for (int i = 0; i < count; i++) {
        resize(sizes[i][0], sizes[i][1]);
        frames_stand();
        if (asks)
            expect_shown(q.text);
        for (size_t k = 0; asks && k < q.choice_count; k++)
            expect_shown(q.choice[k].text);
    }
}

static void the_list_has_its_frames(void **state)
{
    (void)state;
    read_korean();
    for (int experiment = -1; experiment < 2; experiment++) {
        ui_app_choose(&app, 0, experiment);
        look_at_list();
    }
    resize(24, 80);
    expect_shown("한 번에 클라이언트 하나");
    expect_shown("첫 만남");
}

static void questions_are_whole(void **state)
{
    (void)state;
    read_korean();
    for (size_t i = 0; i < 2; i++)
        look_at_experiment(0, i, SIZES);
}

/* Stands this in the text as a whole word, or as some of them? */
static bool is_whole(const char *words, size_t bytes)
{
    static const char ends[] = " \n\"*`|";
    for (const char *at = korean; (at = memmem(at, strlen(at), words, bytes)); at++)
        if ((at == korean || strchr(ends, at[-1])) && strchr(ends, at[bytes]))
            return true;
    return false;
}

/* A word is whole where it fits: a row of the lesson begins and ends where the text has a blank. */
static void lines_end_at_blanks(void **state)
{
    (void)state;
    int rows = 0;
    read_korean();
    enter(0, 0);
    for (int columns = 70; columns <= 120; columns++) {
        resize(24, columns);
        char *shown = picture(), *rest = shown;
        for (char *row; (row = strsep(&rest, "\n"));) {
            char *first = strstr(row, "\xE2\x94\x82 "), *end = first ? strstr(first + 3, "\xE2\x94\x82") : NULL;
            first = first ? first + 3 + strspn(first + 3, " ") : NULL;
            while (end && end > first && end[-1] == ' ')
                end--;
            if (!end || end <= first || (unsigned char)*first < 0xEA || (unsigned char)*first > 0xED)
                continue; /* it begins with no letter of Korean */
            rows++;
            if (!is_whole(first, (size_t)(end - first)))
                fail_msg("%d columns: a row begins or ends within a word: %.*s", columns, (int)(end - first), first);
        }
        free(shown);
    }
    assert_true(rows > 100);
}

/* Every lesson of each translation that is built in. */
static void our_own_translations_fit(void **state)
{
    (void)state;
    for (const struct lab_translation *t = lab_translations; t->language; t++) {
        struct lab_lessons book;
        struct net_error err;
        assert_int_equal(lab_lessons_embedded(t->language, &book, &err), 0);
        for (size_t l = 0; l < book.lesson_count; l++)
            assert_int_equal(lab_lessons_open(&book, l, &err), 0);
        read_lessons(&book);
        look_at_list();
        for (size_t l = 0; l < app.lessons.lesson_count; l++)
            for (size_t e = 0; e < app.lessons.lessons[l].experiment_count; e++)
                look_at_experiment(l, e, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_has_its_frames, open_80x24, close_it),
        cmocka_unit_test_setup_teardown(questions_are_whole, open_80x24, close_it),
        cmocka_unit_test_setup_teardown(lines_end_at_blanks, open_80x24, close_it),
        cmocka_unit_test_setup_teardown(our_own_translations_fit, open_80x24, close_it),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
