// SPDX-License-Identifier: GPL-3.0-or-later
// The box of the disconnect matrix: what it draws, what its keys type, and how it is closed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/compare/matrix.h"
#include "tests/fixtures/screen_app.h"

static void every_key_that_closes_a_box_closes_it(void **state)
{
    static const int keys[] = {UI_KEY_ESCAPE, 'q', '?', 'm'};
    (void)state;
    enter(-1, -1);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        press("m");
        assert_ptr_equal(ui_box_top(&app.boxes)->pane.view, &ui_box_matrix);
        assert_true(shows("How a connection ends"));
        press_key(keys[i]);
        assert_int_equal(app.boxes.count, 0);
    }
}

static void every_cause_has_a_row(void **state)
{
    (void)state;
    enter(-1, -1);
    press("m");
    for (size_t i = 0; i < lab_matrix_cause_count(); i++) {
        char row[64];
        snprintf(row, sizeof row, "│ %.28s", lab_matrix_title(lab_matrix_cause(i)));
        assert_true(shows(row));
        press_key(KEY_DOWN);
    }
}

/* In its row, or where that has no room for it below the list. */
static void the_chosen_cause_is_named_whole(void **state)
{
    (void)state;
    enter(-1, -1);
    press("m");
    for (size_t i = 0; i < lab_matrix_cause_count(); i++) {
        assert_true(shows(lab_matrix_title(lab_matrix_cause(i))));
        press_key(KEY_DOWN);
    }
}

static void only_whole_columns_are_shown(void **state)
{
    (void)state;
    enter(-1, -1);
    press("m");
    assert_true(shows("blocked recv()  next recv()  1st send()") && hides("2nd send()"));
    press_key(KEY_RIGHT);
    assert_true(hides("blocked recv()") && shows("next recv()  1st send()") && hides("2nd send()"));
}

static void enter_runs_one_row_and_a_runs_all(void **state)
{
    (void)state;
    enter(-1, -1);
    press("m");
    press_key(KEY_DOWN);
    press("\r");
    assert_string_equal(app.last.command, "matrix run shutdown-wr");
    assert_int_equal(app.boxes.count, 1);
    press("a");
    assert_string_equal(app.last.command, "matrix run");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_80x24(every_key_that_closes_a_box_closes_it), AT_80x24(every_cause_has_a_row),
        AT_80x24(the_chosen_cause_is_named_whole),       AT_80x24(only_whole_columns_are_shown),
        AT_80x24(enter_runs_one_row_and_a_runs_all),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
