// SPDX-License-Identifier: GPL-3.0-or-later
// Lines into words, words into values.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "lab/base/text.h"
#include "lab/language/line.h"
#include "lab/language/word.h"

/* ---- words ---- */

/* The words of a line, joined by '/', a quoted one in angles. */
static const char *split(const char *text)
{
    static char out[400];
    struct lab_line line;
    struct net_error err;
    int column = 0;
    *out = '\0';
    if (lab_line_parse(text, &line, &column, &err) < 0) {
        lab_append(out, sizeof out, "column %d: %s", column, err.text);
        return out;
    }
    for (size_t i = 0; i < line.count; i++)
        lab_append(out, sizeof out, line.words[i].kind == LAB_QUOTED ? "%s<%s>" : "%s%s", i ? "/" : "",
                   line.words[i].text);
    lab_line_fini(&line);
    return out;
}

static void words_end_at_blanks(void **state)
{
    (void)state;
    assert_string_equal(split(""), "");
    assert_string_equal(split("  \t "), "");
    assert_string_equal(split("c1 connect"), "c1/connect");
    assert_string_equal(split("\tc1   send\t\"a b\"  "), "c1/send/<a b>");
    assert_string_equal(split("a|b a | b ; c"), "a|b/a/|/b/;/c");
    assert_string_equal(split("a;b; c ;d"), "a/;/b/;/c/;/d");
    assert_string_equal(split("a \"\"; \"b\";c"), "a/<>/;/<b>/;/c");
}

static void quotes_keep_what_is_in_them(void **state)
{
    (void)state;
    assert_string_equal(split("send \"a | b # c ; d\""), "send/<a | b # c ; d>");
    assert_string_equal(split("message=\"good day\""), "message=good day");
    assert_string_equal(split("\"\""), "<>");
    assert_string_equal(split("\"\\\"\\\\\\t\""), "<\"\\\t>");
    assert_string_equal(split("send \"한글\""), "send/<한글>");
    assert_string_equal(split("a\\nb"), "a\\nb");
}

static void a_comment_is_no_number(void **state)
{
    (void)state;
    assert_string_equal(split("# nothing"), "");
    assert_string_equal(split("c1 recv # wait"), "c1/recv");
    assert_string_equal(split("expect c1 recv #2 = 0 #then"), "expect/c1/recv/#2/=/0");
    assert_string_equal(split("a#b"), "a#b");
}

static void bytes_may_be_nul(void **state)
{
    struct lab_line line;
    (void)state;
    assert_int_equal(lab_line_parse("send \"a\\x00b\"", &line, NULL, NULL), 0);
    assert_int_equal(line.words[1].bytes, 3);
    assert_memory_equal(line.words[1].text, "a\0b", 4);
    assert_int_equal(line.words[1].column, 6);
    assert_int_equal(line.words[1].end, 14);
    lab_line_fini(&line);
}

static void mistakes_have_a_place(void **state)
{
    (void)state;
    assert_string_equal(split("send \"abc"),
                        "column 6: the quote opened in column 6 is never closed: add a \" at its end");
    assert_string_equal(split("send \"a\\q\""),
                        "column 9: \\q is no escape: there are \\n \\t \\r \\\" \\\\ and \\xNN");
    assert_string_equal(split("send \"a\\x4\""),
                        "column 9: \\x is no escape: there are \\n \\t \\r \\\" \\\\ and \\xNN");
    assert_string_equal(split("send \"a\\"), "column 9: \\ is no escape: there are \\n \\t \\r \\\" \\\\ and \\xNN");
}

/* ---- values ---- */

static void times_have_units(void **state)
{
    static const struct {
        const char *word;
        uint64_t ns;
    } good[] = {{"200ms", 200000000}, {"2s", 2000000000}, {"1.5s", 1500000000}, {"2min", 120000000000},
                {"3", 3000000000},    {"0", 0},           {"5us", 5000}};
    static const char *const bad[] = {"", "s", "2x", "-1s", "2 s", "1e", "nan", "0x", "999999min"};
    struct net_error err;
    uint64_t ns;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(lab_word_time(good[i].word, &ns, &err), 0);
        assert_int_equal(ns, good[i].ns);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(lab_word_time(bad[i], &ns, &err), -1);
    lab_word_time("2x", &ns, &err);
    assert_string_equal(err.text, "`2x` is no time: write it as 200ms, 2s or 1.5min");
}

static void numbers_have_a_range(void **state)
{
    struct net_error err;
    int64_t n;
    (void)state;
    assert_int_equal(lab_word_number("12", 0, 12, &n, &err), 0);
    assert_int_equal(n, 12);
    assert_int_equal(lab_word_number("-1", -1, 12, &n, &err), 0);
    assert_int_equal(lab_word_number("13", 0, 12, &n, &err), -1);
    assert_string_equal(err.text, "13 is out of range: from 0 to 12");
    assert_int_equal(lab_word_number("1x", 0, 12, &n, &err), -1);
    assert_int_equal(lab_word_number("", 0, 12, &n, &err), -1);
    assert_int_equal(lab_word_number(" 1", 0, 12, &n, &err), -1);
    assert_int_equal(lab_word_number("99999999999999999999", INT64_MIN, INT64_MAX, &n, &err), -1);
    assert_int_equal(lab_word_percent("10%", &n, &err), 0);
    assert_int_equal(n, 10);
    assert_int_equal(lab_word_percent("%", &n, &err), -1);
    assert_int_equal(lab_word_percent("101%", &n, &err), -1);
}

static void addresses_are_ports_with_or_without_a_host(void **state)
{
    struct lab_address a;
    struct net_error err;
    (void)state;
    assert_int_equal(lab_word_address("12345", &a, &err), 0);
    assert_true(!a.has_ip && a.port == 12345);
    assert_int_equal(lab_word_address("192.0.2.7:80", &a, &err), 0);
    assert_true(a.has_ip && !a.is_host && net_ip_same(a.ip, NET_IP4(0xC0000207u)) && a.port == 80);
    assert_int_equal(lab_word_address("server:7", &a, &err), 0);
    assert_true(a.has_ip && a.is_host && a.host == NET_SERVER);
    assert_int_equal(lab_word_address("any:7", &a, &err), 0);
    assert_true(a.has_ip && net_ip_is_any(a.ip));
    assert_int_equal(lab_word_address("[2001:db8::7]:80", &a, &err), 0); /* RFC 5952, 6 */
    assert_true(a.has_ip && !a.is_host && net_ip_same(a.ip, NET_IP6(0x20010db8u, 0, 0, 7)) && a.port == 80);
    assert_int_equal(lab_word_address("[::]:7", &a, &err), 0);
    assert_true(a.has_ip && a.ip.is_v6 && net_ip_is_any(a.ip));
    assert_int_equal(lab_word_address("[::ffff:192.0.2.7]:7", &a, &err), 0);
    assert_true(a.ip.is_v6 && net_ip_same(a.ip, NET_IP4(0xC0000207u)));
    static const char *const bad[] = {"",      ":",  "x:7",      "1.2.3:7",  "1.2.3.256:7",     "1.2.3.4.5:7",
                                      "70000", "-1", "1.2.3.4:", "::1:7000", "2001:db8::7:80",  "[1.2.3.4]:7",
                                      "[]:7",  "[:", "[::]7",    "[::]",     "[2001:db8::g]:7", "[::1%lo]:7"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(lab_word_address(bad[i], &a, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_end_at_blanks),    cmocka_unit_test(quotes_keep_what_is_in_them),
        cmocka_unit_test(a_comment_is_no_number), cmocka_unit_test(bytes_may_be_nul),
        cmocka_unit_test(mistakes_have_a_place),  cmocka_unit_test(times_have_units),
        cmocka_unit_test(numbers_have_a_range),   cmocka_unit_test(addresses_are_ports_with_or_without_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
