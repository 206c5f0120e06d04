// SPDX-License-Identifier: GPL-3.0-or-later
// What every sentence is made with: the nearest word, durations, one and many.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <string.h>

#include "lab/base/columns.h"
#include "lab/base/durations.h"
#include "lab/base/nearest.h"
#include "lab/base/text.h"

/* ---- the nearest ---- */

static const char *nearest(const char *wrong)
{
    static struct lab_nearest n;
    static const char *const right[] = {"connect", "close", "recv", "send", "SO_LINGER", "c1"};
    lab_nearest_init(&n, wrong);
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        lab_nearest_offer(&n, right[i]);
    return lab_nearest_hint(&n);
}

static void a_wrong_word_is_told_the_nearest(void **state)
{
    (void)state;
    assert_string_equal(nearest("conect"), "; did you mean `connect`?");
    assert_string_equal(nearest("ocnnect"), "; did you mean `connect`?");
    assert_string_equal(nearest("revc"), "; did you mean `recv`?");
    assert_string_equal(nearest("so_linger"), "; did you mean `SO_LINGER`?");
    assert_string_equal(nearest("connected"), "; did you mean `connect`?");
    assert_string_equal(nearest("c2"), "; did you mean `c1`?");
    assert_string_equal(nearest("xyzzy"), "");
    assert_string_equal(nearest(""), "");
    assert_string_equal(nearest("a very long word that is longer than any bound on what is compared here"), "");
}

static void durations_read_well(void **state)
{
    char text[40];
    (void)state;
    assert_string_equal(lab_duration_text(12000, text, sizeof text), "12 us");
    assert_string_equal(lab_duration_text(15000000, text, sizeof text), "15.0 ms");
    assert_string_equal(lab_duration_text(412900000, text, sizeof text), "412 ms");
    assert_string_equal(lab_duration_text(59990000000, text, sizeof text), "59.9 s");
    assert_string_equal(lab_duration_text(3240000000, text, sizeof text), "3.2 s");
    assert_string_equal(lab_duration_text(125000000000, text, sizeof text), "2 min 5 s");
    assert_string_equal(lab_duration_text(7875000000000, text, sizeof text), "2 h 11 min 15 s");
}

static void no_digit_of_a_time_is_cut(void **state)
{
    char text[40];
    (void)state;
    assert_string_equal(lab_seconds_text(4217999999, 8, text, sizeof text), "   4.217");
    assert_string_equal(lab_seconds_text(0, 8, text, sizeof text), "   0.000");
    assert_string_equal(lab_seconds_text(9999999000000, 8, text, sizeof text), "9999.999");
    assert_string_equal(lab_seconds_text(10000123000000, 8, text, sizeof text), "10000.12");
    assert_string_equal(lab_seconds_text(100000923000000, 8, text, sizeof text), "100000.9");
    assert_string_equal(lab_seconds_text(1000000923000000, 8, text, sizeof text), " 1000000");
    assert_string_equal(lab_seconds_text(UINT64_MAX, 8, text, sizeof text), "18446744073");
}

/* In UTF-8, where this machine has it by that name. */
static void letters_have_their_columns(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        skip();
    assert_int_equal(lab_columns("abc"), 3);
    assert_int_equal(lab_columns("연결"), 4);
    assert_int_equal(lab_columns("e\xcc\x81"), 1);
    assert_int_equal(lab_columns("\xea\xb0"), 2);
    assert_int_equal(lab_columns_cut("a연결", 4), 4);
    assert_int_equal(lab_columns_cut("a연결", 5), 7);
    assert_int_equal(lab_columns_cut("a연결", 0), 0);
    setlocale(LC_CTYPE, "C");
    assert_int_equal(lab_columns("연결"), 6);
}

static void one_and_many_are_two_sentences(void **state)
{
    char text[40] = "";
    (void)state;
    for (unsigned n = 0; n < 3; n++)
        lab_append(text, sizeof text, LAB_PLURAL(n, "%u byte. ", "%u bytes. "), n);
    assert_string_equal(text, "0 bytes. 1 byte. 2 bytes. ");
}

static void what_does_not_fit_is_cut(void **state)
{
    char text[8] = "abc";
    (void)state;
    lab_append(text, sizeof text, "%s", "defghij");
    assert_string_equal(text, "abcdefg");
    lab_append(text, sizeof text, "%s", "more");
    assert_string_equal(text, "abcdefg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_word_is_told_the_nearest), cmocka_unit_test(durations_read_well),
        cmocka_unit_test(no_digit_of_a_time_is_cut),        cmocka_unit_test(letters_have_their_columns),
        cmocka_unit_test(one_and_many_are_two_sentences),   cmocka_unit_test(what_does_not_fit_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
