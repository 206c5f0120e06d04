// SPDX-License-Identifier: GPL-3.0-or-later
// What the screen is made of: text that is safe and measured, frames that join, pages that wrap, panes that fit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/screen_fake.h"
#include "ui/draw/frame.h"
#include "ui/app/layout.h"
#include "ui/draw/page.h"
#include "ui/view/ends.h"

static struct fake_screen screen;

static int open_utf8(void **state)
{
    (void)state;
    fake_screen_open(&screen, 24, 80, "C.UTF-8", "xterm-256color");
    return 0;
}

static int open_c(void **state)
{
    (void)state;
    fake_screen_open(&screen, 24, 80, "C", "vt100");
    return 0;
}

static int close_screen(void **state)
{
    (void)state;
    fake_screen_close(&screen);
    return 0;
}

/* What one ui_put() leaves in a window of that width. */
static char *put(int columns, const char *text)
{
    WINDOW *window = newwin(1, columns, 0, 0);
    ui_put(window, 0, 0, columns, A_NORMAL, text);
    char *seen = fake_text(window);
    delwin(window);
    return seen;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void text_is_cut_with_an_ellipsis(void **state)
{
    (void)state;
    assert_screen(put(10, "abcdefghij"), "abcdefghij\n");
    assert_screen(put(10, "abcdefghija"), "abcdefghi…\n");
    assert_screen(put(5, "소켓통신"), "소켓…\n");
    assert_screen(put(4, "소켓통신"), "소…\n");
}

static void text_is_escaped(void **state)
{
    (void)state;
    assert_screen(put(70, "a\033[31mb\tc\nd\x7f"), "a\\x1b[31mb\\tc\\nd\\x7f\n");
    assert_screen(put(70, "\xff\xc3(\xc2\x9b-\xe2\x82"), "\\xff\\xc3(\\u009b-\\xe2\\x82\n");
    assert_screen(put(70, "a\u202eb\u200bc"), "a\\u202eb\\u200bc\n");
    assert_screen(put(70, "\xed\xa0\x80 \xc0\xaf"), "\\xed\\xa0\\x80 \\xc0\\xaf\n");
    assert_screen(put(70, "\u0301e\u0301"), "\\u0301e\u0301\n");
}

static void widths_are_those_of_the_screen(void **state)
{
    (void)state;
    assert_int_equal(ui_text_width("recv"), 4);
    assert_int_equal(ui_text_width("소켓"), 4);
    assert_int_equal(ui_text_width("e\u0301"), 1);
    assert_int_equal(ui_text_width("\033"), 4);
    assert_int_equal(ui_text_width("…·─"), 3);
}

static void text_stays_inside(void **state)
{
    (void)state;
    WINDOW *window = newwin(2, 10, 0, 0);
    assert_int_equal(ui_put(window, 0, 8, 40, A_NORMAL, "abcdef"), 2);
    assert_int_equal(ui_put(window, 1, 10, 5, A_NORMAL, "x"), 0);
    assert_int_equal(ui_put(window, 2, 0, 5, A_NORMAL, "x"), 0);
    assert_int_equal(ui_put(window, -1, 0, 5, A_NORMAL, "x"), 0);
    assert_int_equal(ui_put(window, 1, -1, 5, A_NORMAL, "x"), 0);
    assert_int_equal(ui_put(window, 1, 0, 0, A_NORMAL, "x"), 0);
    assert_int_equal(ui_put_right(window, 1, 0, 10, A_NORMAL, "end"), 3);
    assert_screen(fake_text(window), "        a…\n       end\n");
    delwin(window);
}

/* What is left of one would be another one. */
static void no_number_is_cut(void **state)
{
    (void)state;
    assert_screen(put(12, "send-q 123456"), "send-q …\n");
    assert_screen(put(13, "send-q 123456"), "send-q 123456\n");
    assert_screen(put(18, "peer 192.0.2.1:12345 tw"), "peer …\n");
    assert_screen(put(12, "after 5. Then"), "after 5. Th…\n");
    assert_screen(put(8, "after 5. Then"), "after …\n");
}

static void names_of_sockets_keep_their_descriptor(void **state)
{
    char name[32] = "serverhand.12", shorter[32] = "c1.3", gone[32] = "a long name -";
    (void)state;
    ui_end_name_fit(name, 9);
    assert_string_equal(name, "serve….12");
    ui_end_name_fit(name, 4);
    assert_string_equal(name, "….12");
    ui_end_name_fit(shorter, 4);
    assert_string_equal(shorter, "c1.3");
    ui_end_name_fit(gone, 4);
    assert_string_equal(gone, "a long name -");
}

static void lines_break_at_blanks(void **state)
{
    (void)state;
    const char *text = "one two three";
    assert_int_equal(ui_text_fit(text, strlen(text), 9), 8);
    assert_int_equal(ui_text_fit(text, strlen(text), 7), 7);
    assert_int_equal(ui_text_fit(text, strlen(text), 13), 13);
    assert_int_equal(ui_text_fit("abcdef", 6, 4), 4);
    assert_int_equal(ui_text_fit("소켓", strlen("소켓"), 1), strlen("소"));
    assert_int_equal(ui_text_cut("소켓", strlen("소켓"), 1), 0);
    assert_int_equal(ui_text_cut(text, strlen(text), 6), 6);
}

static void without_utf8_all_is_ascii(void **state)
{
    (void)state;
    assert_screen(put(40, "a → b … “c” — 소켓 ✓"), "a -> b ... \"c\" - ?? +\n");
    assert_screen(put(5, "abcdefg"), "abcd~\n");
    assert_screen(put(5, "0123456"), "~\n");
    for (int i = 0; i < UI_GLYPHS; i++) {
        assert_int_equal(strlen(ui_glyph((enum ui_glyph)i)), 1);
        assert_true((unsigned char)ui_glyph((enum ui_glyph)i)[0] < 0x80);
    }
}

static void every_sign_is_one_column(void **state)
{
    (void)state;
    for (int i = 0; i < UI_GLYPHS; i++)
        assert_int_equal(ui_text_width(ui_glyph((enum ui_glyph)i)), 1);
}

/* ---- looks ------------------------------------------------------------------------------------------------------ */

/* On a terminal without colours what matters must still stand out. */
static void monochrome_keeps_its_meanings(void **state)
{
    static const enum ui_meaning loud[] = {UI_FOCUS, UI_SELECTED, UI_WAITS, UI_FAILED, UI_RUNNING, UI_KEY, UI_STRONG};
    (void)state;
    for (size_t i = 0; i < sizeof loud / sizeof loud[0]; i++)
        assert_true(ui_attr(loud[i]) & (A_BOLD | A_REVERSE | A_UNDERLINE));
    for (int i = 0; i < UI_MEANINGS; i++)
        assert_int_equal(PAIR_NUMBER((int)ui_attr((enum ui_meaning)i)), 0);
}

static void no_color_is_respected(void **state)
{
    (void)state;
    assert_int_not_equal(PAIR_NUMBER((int)ui_attr(UI_FAILED)), 0);
    setenv("NO_COLOR", "1", 1);
    ui_theme_init(false);
    assert_int_equal(PAIR_NUMBER((int)ui_attr(UI_FAILED)), 0);
    setenv("NO_COLOR", "", 1);
    ui_theme_init(false);
    assert_int_not_equal(PAIR_NUMBER((int)ui_attr(UI_FAILED)), 0);
    unsetenv("NO_COLOR");
    ui_theme_init(true);
    assert_int_equal(PAIR_NUMBER((int)ui_attr(UI_FAILED)), 0);
    assert_string_equal(ui_glyph(UI_VERTICAL), "|");
    ui_theme_init(false);
}

/* ---- frames ----------------------------------------------------------------------------------------------------- */

static void frames_join_where_they_meet(void **state)
{
    (void)state;
    const struct ui_rect rects[] = {{0, 0, 3, 5}, {0, 4, 5, 5}, {2, 0, 3, 5}, {0, 8, 3, 4}};
    WINDOW *window = newwin(5, 12, 0, 0);
    ui_frame_draw(window, rects, 4);
    assert_screen(fake_text(window), "┌───┬───┬──┐\n"
                                     "│   │   │  │\n"
                                     "├───┤   ├──┘\n"
                                     "│   │   │\n"
                                     "└───┴───┘\n");
    delwin(window);
}

static void titles_leave_the_corners(void **state)
{
    (void)state;
    const struct ui_rect rect = {0, 0, 2, 24};
    WINDOW *window = newwin(2, 24, 0, 0);
    ui_frame_draw(window, &rect, 1);
    ui_frame_title(window, &rect, "Wire", "2 waiting", false);
    assert_screen(fake_text(window), "┌ Wire ───── 2 waiting ┐\n└──────────────────────┘\n");
    werase(window);
    ui_frame_draw(window, &rect, 1);
    ui_frame_title(window, &rect, "Processes and threads of it", "2 waiting", false);
    assert_screen(fake_text(window), "┌ Processes and threa… ┐\n└──────────────────────┘\n");
    delwin(window);
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

static const char lessons_text[] = "# Book\n\n## 3.1 One\n\n"
                                   "A **bold** word and `recv()`, then plain text to wrap.\n\n"
                                   "- first\n- second one that is long enough to wrap\n\n"
                                   "| flag | meaning |\n| --- | --- |\n| `SYN` | I want to begin the connection |\n"
                                   "| `FIN` | end |\n\n"
                                   "```\nint n = recv(fd);\n```\n";

static char *page_text(int columns, long top, long *total)
{
    struct lab_lessons lessons;
    struct net_error err;
    assert_int_equal(lab_lessons_parse("T.md", lessons_text, strlen(lessons_text), &lessons, &err), 0);
    struct ui_pane pane = {.rows = 40, .columns = columns + 2, .window = newwin(40, columns + 2, 0, 0), .top = top};
    struct ui_page measured = ui_page_measure(&pane);
    ui_page_blocks(&measured, lessons.lessons[0].blocks, lessons.lessons[0].block_count);
    struct ui_page page = ui_page_of(&pane, measured.row);
    page.top = top;
    ui_page_blocks(&page, lessons.lessons[0].blocks, lessons.lessons[0].block_count);
    assert_int_equal(page.row, measured.row);
    if (total)
        *total = page.row;
    char *seen = fake_text(pane.window);
    delwin(pane.window);
    lab_lessons_fini(&lessons);
    return seen;
}

/* What does not fit goes on in the next row, further in. */
static void code_is_not_cut(void **state)
{
    (void)state;
    char *seen = page_text(18, 0, NULL);
    assert_non_null(strstr(seen, "\n   int n =\n       recv(fd);\n"));
    free(seen);
    seen = page_text(14, 0, NULL); /* where there is no room to go further in */
    assert_non_null(strstr(seen, "\n   int n =\n   recv(fd);\n"));
    free(seen);
}

static void lessons_are_wrapped_and_tables_aligned(void **state)
{
    (void)state;
    long total;
    assert_screen(page_text(30, 0, &total), " 3.1 One\n"
                                            "\n"
                                            " A bold word and recv(), then\n"
                                            " plain text to wrap.\n"
                                            "\n"
                                            " • first\n"
                                            " • second one that is long\n"
                                            "   enough to wrap\n"
                                            "\n"
                                            " flag  meaning\n"
                                            " ────  ────────────────────────\n"
                                            " SYN   I want to begin the\n"
                                            "       connection\n"
                                            " FIN   end\n"
                                            "\n"
                                            "   int n = recv(fd);\n");
    assert_int_equal(total, 16);
}

static void pages_draw_only_what_is_seen(void **state)
{
    (void)state;
    assert_screen(page_text(30, 11, NULL), " SYN   I want to begin the\n"
                                           "       connection\n"
                                           " FIN   end\n"
                                           "\n"
                                           "   int n = recv(fd);\n");
}

/* ---- layout ----------------------------------------------------------------------------------------------------- */

static void panes_lie_on_the_screen(const struct ui_layout *layout)
{
    for (int i = 0; i < UI_PLACES; i++) {
        const struct ui_rect *rect = &layout->rect[i];
        if (!layout->visible[i])
            continue;
        assert_true(rect->row >= 1 && rect->row + rect->rows <= layout->rows - 1);
        assert_true(rect->column >= 0 && rect->column + rect->columns <= layout->columns);
        assert_true(rect->rows >= 4 && rect->columns >= 10);
    }
}

/* Every view of the lab has the room that it says it needs, on every screen that is large enough for the layout. */
static void panes_fit_their_views(void **state)
{
    (void)state;
    for (int rows = UI_ROWS_LEAST; rows < 60; rows += 3)
        for (int columns = UI_COLUMNS_LEAST; columns < 240; columns += 7)
            for (int focus = 0; focus < UI_LAB_VIEWS; focus++) {
                struct ui_choice choice = {.screen = UI_SCREEN_LAB, .shown = {0, 1}};
                ui_choice_focus(&choice, focus);
                struct ui_layout layout = ui_layout_compute(&choice, rows, columns);
                panes_lie_on_the_screen(&layout);
                assert_true(layout.visible[focus]);
                for (int i = 0; i < UI_PLACES; i++) {
                    if (!layout.visible[i])
                        continue;
                    assert_true(layout.rect[i].rows - 2 >= ui_lab_views[i]->rows_least);
                    assert_true(layout.rect[i].columns - 2 >= ui_lab_views[i]->columns_least);
                }
            }
}

static void layout_follows_the_size(void **state)
{
    struct ui_choice list = {.screen = UI_SCREEN_LIST}, lab = {.screen = UI_SCREEN_LAB, .shown = {0, 1}};
    (void)state;
    assert_int_equal(ui_layout_compute(&lab, 15, 80).kind, UI_LAYOUT_TOO_SMALL);
    assert_int_equal(ui_layout_compute(&list, 24, 59).kind, UI_LAYOUT_TOO_SMALL);
    assert_int_equal(ui_layout_compute(&list, 16, 60).kind, UI_LAYOUT_LIST);
    assert_int_equal(ui_layout_compute(&lab, 16, 60).kind, UI_LAYOUT_ZOOM);
    assert_int_equal(ui_layout_compute(&lab, 24, 80).kind, UI_LAYOUT_TABS);
    assert_int_equal(ui_layout_compute(&lab, 40, 99).kind, UI_LAYOUT_TABS);
    assert_int_equal(ui_layout_compute(&lab, 24, 100).kind, UI_LAYOUT_BESIDE);
    assert_int_equal(ui_layout_compute(&lab, 40, 139).kind, UI_LAYOUT_BESIDE);
    assert_int_equal(ui_layout_compute(&lab, 36, 140).kind, UI_LAYOUT_WIDE);
    lab.reading = true;
    assert_int_equal(ui_layout_compute(&lab, 40, 120).kind, UI_LAYOUT_ZOOM);
    lab.reading = false;
    lab.zoom = true;
    assert_int_equal(ui_layout_compute(&lab, 40, 120).kind, UI_LAYOUT_ZOOM);
}

/* The tabs are a window that slides over the views: the one out of focus for longer gives way. */
static void tabs_keep_what_was_looked_at_last(void **state)
{
    struct ui_choice choice = {.screen = UI_SCREEN_LAB, .shown = {UI_LAB_LESSON, UI_LAB_WIRE}};
    (void)state;
    ui_choice_focus(&choice, UI_LAB_SOCKETS);
    struct ui_layout layout = ui_layout_compute(&choice, 24, 80);
    assert_true(layout.visible[UI_LAB_LESSON] && layout.visible[UI_LAB_SOCKETS] && !layout.visible[UI_LAB_WIRE]);
    ui_choice_focus(&choice, UI_LAB_CALLS);
    layout = ui_layout_compute(&choice, 24, 80);
    assert_true(layout.visible[UI_LAB_SOCKETS] && layout.visible[UI_LAB_CALLS] && !layout.visible[UI_LAB_LESSON]);
    assert_true(layout.rect[UI_LAB_SOCKETS].row < layout.rect[UI_LAB_CALLS].row);
    ui_choice_focus(&choice, UI_LAB_SOCKETS);
    assert_memory_equal(layout.visible, ui_layout_compute(&choice, 24, 80).visible, sizeof layout.visible);
}

#define IN_UTF8(test) cmocka_unit_test_setup_teardown(test, open_utf8, close_screen)
#define IN_C(test)    cmocka_unit_test_setup_teardown(test, open_c, close_screen)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_UTF8(text_is_cut_with_an_ellipsis),
        IN_UTF8(text_is_escaped),
        IN_UTF8(widths_are_those_of_the_screen),
        IN_UTF8(text_stays_inside),
        IN_UTF8(no_number_is_cut),
        IN_C(without_utf8_all_is_ascii),
        IN_UTF8(names_of_sockets_keep_their_descriptor),
        IN_C(without_utf8_all_is_ascii),
        IN_UTF8(lines_break_at_blanks),
        IN_C(without_utf8_all_is_ascii),
        IN_UTF8(every_sign_is_one_column),
        IN_C(monochrome_keeps_its_meanings),
        IN_UTF8(no_color_is_respected),
        IN_UTF8(frames_join_where_they_meet),
        IN_UTF8(titles_leave_the_corners),
        IN_UTF8(code_is_not_cut),
        IN_UTF8(lessons_are_wrapped_and_tables_aligned),
        IN_UTF8(pages_draw_only_what_is_seen),
        IN_UTF8(panes_fit_their_views),
        IN_UTF8(layout_follows_the_size),
        IN_UTF8(tabs_keep_what_was_looked_at_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
