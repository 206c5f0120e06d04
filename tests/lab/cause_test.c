// SPDX-License-Identifier: GPL-3.0-or-later
// The table of causes, walked, and what is printed of it; the cells of the matrix as numbers and as text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fixtures/written.h"
#include "lab/compare/matrix.h"
#include "net/data/call.h"

static const struct lab_cause_names all_names = {.actor = "c1", .fd = 3, .peer = "s1", .peer_fd = 4, .host = "client"};

/* ---- the table ---- */

static void every_row_has_what_it_is_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < lab_cause_count; i++) {
        const struct lab_cause *row = &lab_causes[i];
        assert_ptr_equal(lab_cause_find(row->id), row); /* no id stands twice */
        assert_true(row->watch || row->in_matrix);
        assert_true(strlen(row->title) > 0 && strlen(row->script) > 0);
        if (row->watch)
            assert_true(strlen(row->title) <= 38 && strlen(row->watch) <= 54); /* columns of the menu */
        assert_int_equal(row->in_matrix, row->expected[LAB_MATRIX_RECV].kind != LAB_CELL_NONE);
        assert_true(!row->matrix.script || row->in_matrix);
    }
    assert_null(lab_cause_find("clos"));
}

static bool names(const struct lab_cause *row, const char *what)
{
    return strstr(row->script, what) || (row->setup && strstr(row->setup, what));
}

static void a_row_says_what_it_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < lab_cause_count; i++) {
        const struct lab_cause *row = &lab_causes[i];
        if (names(row, "{s}"))
            assert_true(row->needs & LAB_NEEDS_SOCKET);
        if (names(row, "{p}") || names(row, "{q}"))
            assert_true(row->needs & LAB_NEEDS_PEER_HAND);
        if (names(row, "{a}"))
            assert_true(row->needs & ~(unsigned)LAB_NEEDS_WIRE);
        if (names(row, "wire ") || names(row, "reboot "))
            assert_true(row->needs & LAB_NEEDS_WIRE);
    }
}

static void menu_and_matrix_are_parts_of_the_table(void **state)
{
    size_t menu = 0, matrix = 0, in_menu = 0, in_matrix = 0;
    (void)state;
    while (lab_menu_cause(menu))
        assert_non_null(lab_menu_cause(menu++)->watch);
    while (lab_matrix_cause(matrix))
        assert_true(lab_matrix_cause(matrix++)->in_matrix);
    for (size_t i = 0; i < lab_cause_count; i++) {
        in_menu += lab_causes[i].watch != NULL;
        in_matrix += lab_causes[i].in_matrix;
    }
    assert_int_equal(menu, in_menu);
    assert_int_equal(matrix, in_matrix);
    assert_int_equal(matrix, lab_matrix_cause_count());
}

static void a_mark_tells_one_cause(void **state)
{
    size_t marked = 0;
    (void)state;
    for (size_t i = 0; i < lab_cause_count; i++) {
        if (!lab_causes[i].mark.call && !lab_causes[i].mark.signo)
            continue;
        assert_ptr_equal(lab_cause_of(&lab_causes[i].mark), &lab_causes[i]);
        marked++;
    }
    assert_int_equal(marked, 15);
    assert_null(lab_cause_of(&(struct lab_cause_mark){0}));
    assert_null(
        lab_cause_of(&(struct lab_cause_mark){.call = NET_CALL_CLOSE, .linger = LAB_LINGER_ZERO, .unread = true}));
}

/* ---- as commands ---- */

static void a_script_is_written_out_with_names(void **state)
{
    char line[LAB_CAUSE_TEXT_BYTES], setup[LAB_CAUSE_TEXT_BYTES];
    (void)state;
    for (size_t i = 0; i < lab_cause_count; i++) {
        const struct lab_cause *row = &lab_causes[i];
        assert_int_equal(lab_cause_text(row, &all_names, line, sizeof line), 0);
        assert_null(strstr(line, "{"));
        assert_int_equal(lab_matrix_setup(row, setup, sizeof setup), 0);
        assert_int_equal(lab_matrix_script(row, line, sizeof line), 0);
        assert_null(strstr(setup, "{"));
        assert_null(strstr(line, "{"));
    }
    lab_cause_text(lab_cause_find("close-unread"), &all_names, line, sizeof line);
    assert_string_equal(line, "s1.4 send \"unread\" ; wait quiet ; c1.3 close");
    lab_matrix_script(lab_cause_find("both"), line, sizeof line);
    assert_string_equal(line, "wait quiet ; wire hold ; a.4 shutdown wr ; b.3 shutdown wr ; wire open");
    assert_string_equal(lab_matrix_title(lab_cause_find("both")), "both ends shutdown(SHUT_WR) at once");
}

static void what_is_not_known_cannot_be_written(void **state)
{
    struct lab_cause_names some = {.actor = "c1", .fd = -1, .peer_fd = -1, .host = "client"};
    char line[LAB_CAUSE_TEXT_BYTES], small[8];
    (void)state;
    assert_int_equal(lab_cause_text(lab_cause_find("close"), &some, line, sizeof line), 0);
    assert_string_equal(line, "c1 close");
    assert_int_equal(lab_cause_text(lab_cause_find("close-unread"), &some, line, sizeof line), -1);
    assert_int_equal(lab_cause_text(lab_cause_find("close"), &all_names, small, sizeof small), -1);
}

/* ---- cells ---- */

static void cells_become_text_when_they_are_printed(void **state)
{
    static const struct {
        struct lab_cell cell;
        const char *text;
    } cases[] = {
        {{0}, ""},
        {{.kind = LAB_CELL_BLOCKS}, "blocks"},
        {{.kind = LAB_CELL_RESULT, .ret = 5}, "5"},
        {{.kind = LAB_CELL_RESULT, .ret = -1, .error = ECONNRESET}, "-1 ECONNRESET"},
        {{.kind = LAB_CELL_RESULT, .ret = -1, .error = EPIPE, .sigpipe = true}, "-1 EPIPE +SIGPIPE"},
        {{.kind = LAB_CELL_POLL}, "nothing"},
        {{.kind = LAB_CELL_POLL, .bits = POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP}, "IN+OUT+RDHUP+ERR+HUP"},
        {{.kind = LAB_CELL_ERROR}, "0"},
        {{.kind = LAB_CELL_ERROR, .error = ETIMEDOUT}, "ETIMEDOUT"},
        {{.kind = LAB_CELL_STATES,
          .count = 2,
          .item = {{.what = NET_STATE_ESTABLISHED}, {.what = NET_STATE_CLOSE_WAIT}}},
         "ESTABLISHED > CLOSE_WAIT"},
        {{.kind = LAB_CELL_SEGMENTS}, "none"},
        {{.kind = LAB_CELL_SEGMENTS,
          .count = 3,
          .item = {{.what = LAB_SENT_FIN, .end = LAB_END_B},
                   {.what = LAB_SENT_DATA, .end = LAB_END_A, .bytes = 5},
                   {.what = LAB_SENT_RST_ACK, .end = LAB_END_B}}},
         "B:FIN A:data(5) B:RST+ACK"},
        {{.kind = LAB_CELL_ENDS}, "nobody"},
        {{.kind = LAB_CELL_ENDS, .bits = LAB_END_A | LAB_END_B}, "both"},
    };
    char text[LAB_CELL_TEXT_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(lab_cell_text(&cases[i].cell, text), cases[i].text);
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
            assert_int_equal(lab_cell_equal(&cases[i].cell, &cases[k].cell), i == k);
    }
}

static void how_many_bytes_were_taken_makes_no_difference(void **state)
{
    struct lab_cell five = {.kind = LAB_CELL_RESULT, .ret = 5}, seven = {.kind = LAB_CELL_RESULT, .ret = 7},
                    none = {.kind = LAB_CELL_RESULT};
    (void)state;
    assert_true(lab_cell_equal(&five, &seven));
    assert_false(lab_cell_equal(&five, &none));
}

static void a_full_cell_takes_no_more(void **state)
{
    struct lab_cell cell = {.kind = LAB_CELL_STATES};
    char text[LAB_CELL_TEXT_BYTES];
    (void)state;
    for (int i = 0; i < 2 * LAB_CELL_ITEMS; i++)
        lab_cell_add(&cell, (struct lab_cell_item){.what = NET_STATE_ESTABLISHED});
    assert_int_equal(cell.count, LAB_CELL_ITEMS);
    assert_int_equal(strlen(lab_cell_text(&cell, text)), 11 * LAB_CELL_ITEMS + 3 * (LAB_CELL_ITEMS - 1));
}

/* ---- the matrix as Markdown ---- */

static char *exported(const struct lab_matrix *m)
{
    char path[] = "/tmp/tcplab-matrix.XXXXXX";
    char *text = calloc(1, 1 << 16);
    struct net_error err;
    close(mkstemp(path));
    assert_int_equal(lab_matrix_export(m, "Linux 6.18", "tun", to(path), NULL, &err), 0);
    FILE *in = fopen(path, "r");
    assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
    fclose(in);
    unlink(path);
    return text;
}

static void every_row_and_expected_cell_is_exported(void **state)
{
    struct lab_matrix *m = calloc(1, sizeof *m);
    const struct lab_cause *row;
    (void)state;
    for (size_t i = 0; i < lab_cause_count; i++)
        memcpy(m->cell[i], lab_causes[i].expected, sizeof m->cell[i]);
    assert_int_equal(lab_matrix_differences(m), 0);
    char *text = exported(m);
    assert_null(strstr(text, "differs"));
    for (size_t i = 0; (row = lab_matrix_cause(i)); i++) {
        char line[2000], cell[LAB_CELL_TEXT_BYTES];
        int n = snprintf(line, sizeof line, "\n| %s |", lab_matrix_title(row));
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            n += snprintf(line + n, sizeof line - (size_t)n, " %s |", lab_cell_text(&row->expected[column], cell));
        assert_non_null(strstr(text, line));
    }
    free(text);
    m->cell[0][LAB_MATRIX_RECV].ret = -1;
    m->cell[0][LAB_MATRIX_RECV].error = ECONNRESET;
    assert_int_equal(lab_matrix_differences(m), 1);
    text = exported(m);
    assert_non_null(strstr(text, "| close() | -1 ECONNRESET **(differs)** |"));
    free(text);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_what_it_is_made_of),
        cmocka_unit_test(a_row_says_what_it_needs),
        cmocka_unit_test(menu_and_matrix_are_parts_of_the_table),
        cmocka_unit_test(a_mark_tells_one_cause),
        cmocka_unit_test(a_script_is_written_out_with_names),
        cmocka_unit_test(what_is_not_known_cannot_be_written),
        cmocka_unit_test(cells_become_text_when_they_are_printed),
        cmocka_unit_test(how_many_bytes_were_taken_makes_no_difference),
        cmocka_unit_test(a_full_cell_takes_no_more),
        cmocka_unit_test(every_row_and_expected_cell_is_exported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
