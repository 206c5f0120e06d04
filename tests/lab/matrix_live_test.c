// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of the matrix against the live kernel: one row, what is said, and how it is given up.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "lab/compare/matrix.h"
#include "tests/fixtures/live_session.h"

static void type(const char *line)
{
    *replies = '\0';
    if (live_type(line) == LAB_ERROR)
        fail_msg("%s: %s", line, err.text);
    while (live_waits())
        lab_session_wait(session, -1, 0);
}

static int forget(void **state)
{
    lab_session_matrix(session)->mark = 0;
    memset(lab_session_matrix(session)->cell, 0, sizeof lab_session_matrix(session)->cell);
    return live_clear(state);
}

static void nothing_is_seen_before_a_run(void **state)
{
    (void)state;
    type("matrix show");
    assert_string_equal(replies, "the matrix is empty: `matrix run` fills it\n");
    assert_int_equal(live_type("matrix export /tmp/tcplab-no-matrix"), LAB_ERROR);
    assert_string_equal(err.text, "the matrix is empty: `matrix run` fills it");
}

static void a_row_that_there_is_not_is_refused(void **state)
{
    (void)state;
    assert_int_equal(live_type("matrix run klose"), LAB_ERROR);
    assert_string_equal(err.text, "`klose` is no row of the matrix; did you mean `close`?");
    assert_int_equal(live_type("matrix run cont"), LAB_ERROR); /* in the menu only */
    assert_int_equal(live_type("matrix run"), LAB_WAITS);
    lab_session_abandon(session);
    assert_false(live_waits());
}

/* What the lines of the experiment say is not the answer to what was typed. */
static void one_row_is_filled_and_answers_in_one_line(void **state)
{
    const struct lab_cause *row = lab_cause_find("close-unread");
    const struct lab_matrix *m = lab_session_matrix(session);
    (void)state;
    type("matrix run close-unread");
    assert_non_null(strstr(replies, "cells seen, 0 of them other than on Linux 6.18\n"));
    assert_ptr_equal(strchr(replies, '\n') + 1, strchr(replies, '\0'));
    assert_true(lab_matrix_has(m, row));
    for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
        assert_false(lab_matrix_differs(m, row, column));
    assert_int_equal(lab_matrix_cell(m, row, LAB_MATRIX_RECV)->ret, -1);
    assert_true(lab_matrix_cell(m, row, LAB_MATRIX_SEND_1)->sigpipe);
    type("matrix show");
    assert_non_null(strstr(replies, "close(), unread data\n  blocked recv()               -1 ECONNRESET\n"));
    for (size_t i = 0; i < lab_session_state(session)->actor_count; i++)
        assert_false(lab_session_state(session)->actors[i].alive);
}

static void a_row_begins_with_a_clean_slate(void **state)
{
    (void)state;
    type("hand a");
    type("hand b");
    type("matrix run close"); /* it begins with a clean slate: names that are taken are no hindrance */
    assert_null(strstr(replies, "could not be tried"));
    assert_non_null(strstr(replies, "cells seen, 0 of them other"));
}

static void what_the_learner_did_is_read_when_it_is_shown(void **state)
{
    (void)state;
    live_run("hand s1 on server; s1 bind 12345; s1 listen\nhand c1; c1 connect; s1 accept\n"
             "s1.4 recv; wait s1 recv blocks\nc1 close; wait 400ms\n");
    type("matrix differences");
    assert_non_null(strstr(replies, "cells seen, 0 of them other than on Linux 6.18\n"));
    assert_true(lab_matrix_has(lab_session_matrix(session), lab_cause_find("close")));
    assert_int_equal(lab_matrix_cell(lab_session_matrix(session), lab_cause_find("kill"), LAB_MATRIX_RECV)->kind,
                     LAB_CELL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_seen_before_a_run, forget),
        cmocka_unit_test_setup(a_row_that_there_is_not_is_refused, forget),
        cmocka_unit_test_setup(one_row_is_filled_and_answers_in_one_line, forget),
        cmocka_unit_test_setup(a_row_begins_with_a_clean_slate, forget),
        cmocka_unit_test_setup(what_the_learner_did_is_read_when_it_is_shown, forget),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
