// SPDX-License-Identifier: GPL-3.0-or-later
// What a teacher writes: every fault of a text, notes, words, folders, and the manual of the form.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/base/file.h"
#include "lab/book/format.h"
#include "lab/book/glossary.h"
#include "lab/book/lessons.h"
#include "lab/commands/commands.h"
#include "lab/session/session.h"
#include "tests/fixtures/book.h"

/* ---- every fault ---- */

static struct lab_faults faults;

static void check(const char *text)
{
    lab_faults_fini(&faults);
    lab_lessons_fini(&lessons);
    assert_int_equal(lab_lessons_check("T.md", text, strlen(text), &lessons, &faults, &book_err), 0);
    assert_true(!faults.count || !lessons.lessons);
}

/* Each as "LINE:COLUMN words of its sentence", and no other. */
static void assert_faults(const char *const *expected, size_t count)
{
    char all[4000] = "", place[40];
    for (size_t i = 0; i < faults.count; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%d:%d %s\n", faults.items[i].line,
                 faults.items[i].column, faults.items[i].text);
    if (faults.count != count)
        fail_msg("%zu faults, expected %zu:\n%s", faults.count, count, all);
    for (size_t i = 0; i < count; i++) {
        snprintf(place, sizeof place, "%d:%d ", faults.items[i].line, faults.items[i].column);
        if (strncmp(expected[i], place, strlen(place)) != 0 ||
            !strstr(faults.items[i].text, expected[i] + strlen(place)))
            fail_msg("fault %zu is not \"%s\":\n%s", i, expected[i], all);
    }
    lab_faults_fini(&faults);
}

static const char faulty[] = "# Title\n"
                             "```lab\n"
                             "hand c1\n"
                             "```\n"
                             "## Lesson\n" /* 5 */
                             "## 1 One\n"
                             "### Experiment A\n"
                             "```lab\n"
                             "hnd c1\n"
                             "c1 connect\n" /* 10: told by the line before */
                             "c1 conect\n"
                             "expect c2 recv = 0\n"
                             "predict \"?\"\n"
                             "because \"too early\"\n"
                             "choice \"a\" quite\n" /* 15 */
                             "choice \"b\" other recv = 0\n"
                             "hint \"h\"\n"
                             "hint \"of nothing\n"
                             "wait quiet\n"
                             "choice \"c\" quiet\n" /* 20 */
                             "```\n"
                             "### Experiment: B\n"
                             "### Experiment: C\n"
                             "```lab\n"
                             "wire hld\n" /* 25 */
                             "```\n"
                             "```lab\n"
                             "```\n"
                             "### Experiment: C\n"
                             "- ```lab\n" /* 30 */
                             "  hand c1\n"
                             "  ```\n"
                             "## 1 Again\n"
                             "# Part\n"
                             "### Task: Big\n" /* 35 */
                             "#### Clues\n"
                             "### Task: small\n"
                             "bad \xff byte\n"
                             "## 2 Two\n"
                             "````c\n" /* 40 */
                             "```\n";
static const char *const faults_of_it[] = {
    "2:1 in no lesson",
    "5:1 no lesson",
    "7:1 ### Experiment: TITLE",
    "9:1 hnd",
    "11:4 conect",
    "12:8 c2",
    "14:1 because stands",
    "15:17 missing",
    "16:12 other",
    "18:6 quote",
    "20:1 behind a predict",
    "22:1 has no script",
    "25:6 hld",
    "27:1 second lab block",
    "29:1 two experiments",
    "29:1 has no script",
    "30:3 left margin",
    "33:1 two lessons 1",
    "34:1 level 1",
    "35:1 no name of a task",
    "35:1 is not whole",
    "36:1 no part of a task",
    "37:1 is not whole",
    "38:5 no UTF-8",
    "40:1 has no end",
};

static void test_every_fault(void **state)
{
    (void)state;
    check(faulty);
    assert_faults(faults_of_it, sizeof faults_of_it / sizeof faults_of_it[0]);
}

/* A fence without an end is one fault, and what it would have swallowed is read. */
static void test_faults_behind_an_open_fence(void **state)
{
    static const char *const expected[] = {"3:1 has no end", "10:1 nonsense", "15:1 has no end"};
    (void)state;
    check("## 1 L\n### Experiment: A\n```lab\nhand c1\n\nWhy it is so.\n\n### Experiment: B\n```lab\nnonsense\n```\n\n"
          "text\n\n```c\nint x;\n\nint y;\n\n### Experiment: C\n```lab\nhand c1\n```\n");
    assert_faults(expected, 3);
    check("## 1 L\n\n### Experiment: E\n\n```lab\nhand c1\n```\n\n## 2 M\n");
    assert_int_equal(faults.count, 0);
    assert_int_equal(lessons.lesson_count, 2);
}

/* Of each line that is no text the first byte is told; Korean, a BOM and CR LF are text. */
static void test_faults_of_bytes(void **state)
{
    static const char *const expected[] = {"2:4 0xed", "4:1 U+001B", "5:3 0xff", "6:2 U+202E"};
    (void)state;
    check("\xEF\xBB\xBF## 1 한\r\nab \xed\x95 \xff\n\n\x1b[2J\na \xff\nb\xE2\x80\xAE\n");
    assert_faults(expected, sizeof expected / sizeof expected[0]);
}

/* A text of headings alone, or of quotations, costs time and memory as it is long, and no stack. */
static void test_large(void **state)
{
    enum { BYTES = 1 << 20 };
    char *text = malloc(BYTES + 64), line[64];
    (void)state;
    assert_non_null(text);
    size_t at = (size_t)sprintf(text, "## 1 L\n");
    for (int i = 0; at < BYTES; i++) {
        int bytes = snprintf(line, sizeof line, "### Experiment: %d\n", i);
        memcpy(text + at, line, (size_t)bytes + 1);
        at += (size_t)bytes;
    }
    check(text);
    assert_true(faults.count > 10000);
    lab_faults_fini(&faults);
    memset(text + 7, '>', BYTES);
    strcpy(text + 7 + BYTES, " deep\n");
    check(text);
    assert_int_equal(faults.count, 0);
    free(text);
}

/* A sign in the text has its line, and a line its sign; before the script signs mean nothing. */
static void test_signs(void **state)
{
    static const char *const expected[] = {"7:1 sign of 2", "13:1 see 1"};
    (void)state;
    check("## 1 L\n### Experiment: A\n\xE2\x91\xA2\n```lab\nhand c1\n```\n"
          "### Experiment: B\n```lab\nhand c1\nsee 1 c1 connect = 0\n```\n\xE2\x91\xA0 then \xE2\x91\xA1.\n"
          "### Experiment: C\n```lab\nhand c1\nsee 1 c1 connect = 0\n```\n\nWhy.\n");
    assert_faults(expected, 2);
}

/* ---- questions ---- */

/* Choices move with the seed, each with its condition and its because; the same seed is the same order. */
static void choices_stand_in_the_order_of_a_seed(void **state)
{
    static const char script[] = "hand c1\n"
                                 "predict \"Which?\"\n"
                                 "hint \"weak\"\n"
                                 "choice \"one\" c1 recv = 1\n"
                                 "because \"not one:\"\n"
                                 "because \"it is less\"\n"
                                 "choice \"two\" c1 recv = 2\n"
                                 "hint \"strong\"\n"
                                 "choice \"three\" c1 recv = 3\n"
                                 "because \"not three\"\n";
    struct lab_question q, again;
    unsigned first = 0;
    (void)state;
    assert_true(lab_script_question(&lab_language, script, 0, 0, &q));
    assert_string_equal(q.choice[0].text, "one");
    assert_string_equal(q.choice[0].because, "not one: it is less");
    assert_string_equal(q.choice[1].because, "");
    assert_true(q.hint_count == 2 && strcmp(q.hint[0], "weak") == 0 && strcmp(q.hint[1], "strong") == 0);
    for (uint64_t seed = 1; seed < 40; seed++) {
        assert_true(lab_script_question(&lab_language, script, seed, 0, &q));
        assert_true(lab_script_question(&lab_language, script, seed, 0, &again));
        assert_memory_equal(&q, &again, sizeof q);
        int one = lab_question_choice(&q, "one"), three = lab_question_choice(&q, "three");
        assert_true(one >= 0 && three >= 0 && lab_question_choice(&q, "two") >= 0);
        assert_string_equal(q.choice[one].condition, "c1 recv = 1");
        assert_string_equal(q.choice[one].because, "not one: it is less");
        assert_string_equal(q.choice[three].because, "not three");
        first |= 1u << one;
    }
    assert_int_equal(first, 7);
}

static void parts_of_a_question_belong_behind_it(void **state)
{
    static const char *const bad[][2] = {
        {"because \"x\"\n", "S:1:1: "},
        {"hint \"x\"\n", "S:1:1: "},
        {"predict \"?\"\nbecause \"x\"\nchoice \"a\" quiet\nchoice \"b\" quiet\n", "S:2:1: because"},
        {"predict \"?\"\nhint \"1\"\nhint \"2\"\nhint \"3\"\nhint \"4\"\nhint \"5\"\n", "S:6:1: a question has"},
    };
    const struct lab_place place = {.file = "S", .line = 1, .column = 1, .from = LAB_FROM_SCRIPT};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(lab_script_check(&lab_language, &place, bad[i][0], NULL, &book_err), -1);
        assert_int_equal(strncmp(book_err.text, bad[i][1], strlen(bad[i][1])), 0);
    }
}

/* ---- notes and words ---- */

static void test_notes(void **state)
{
    static const bool expected[] = {false, false, true, true, false, false};
    (void)state;
    assert_int_equal(book_parse("## 1 L\n\ntext\n\n> Note: ask first.\n>\n> > deep\n\n> quoted\n\nafter\n"), 0);
    assert_int_equal(lessons.lessons[0].block_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(lessons.lessons[0].blocks[i].is_note, expected[i]);
}

static void test_glossary(void **state)
{
    static const char *const bad[][2] = {
        {"## 1 L\n\n## Glossary\n\n- no word\n", "T.md:5:3: "},
        {"## 1 L\n\n## Glossary\n\n- **A** x\n- **B**, **a** y\n", "T.md:6:3: "},
        {"## 1 L\n\n## Glossary\n\n- **A**\n", "T.md:5:3: "},
        {"## 1 L\n\n## Glossary\n\n- **A** x\n\n## Glossary\n", "T.md:7:1: "},
    };
    (void)state;
    assert_int_equal(
        book_parse("## 1 L\n\n## Glossary\n\ntext\n\n- **CLOSE_WAIT**: it `waits`\n- **FIN**, **end** of it\n\n"
                   "## 2 M\n"),
        0);
    assert_int_equal(lessons.lesson_count, 2);
    assert_int_equal(lessons.term_count, 2);
    assert_string_equal(lab_glossary_find(&lessons, "close_wait")->text, "it waits");
    assert_ptr_equal(lab_glossary_find(&lessons, "END"), &lessons.terms[1]);
    assert_null(lab_glossary_find(&lessons, "EN"));
    assert_true(lab_term_is_in(&lessons.terms[1], "the FIN came") && lab_term_is_in(&lessons.terms[1], "END."));
    assert_false(lab_term_is_in(&lessons.terms[1], "FIN_WAIT1 and ending"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (book_parse(bad[i][0]) == 0 || strncmp(book_err.text, bad[i][1], strlen(bad[i][1])) != 0)
            fail_msg("glossary %zu: %s", i, book_err.text);
}

/* What is known of a word comes from every table that has it. */
static void test_define(void **state)
{
    static const char *const words[][2] = {{"close_wait", "FIN"},          {"SO_LINGER", "socket option"},
                                           {"econnreset", "errno"},        {"SIGPIPE", "signal"},
                                           {"ListenOverflows", "counter"}, {"tcp_fin_timeout", "setting of a host"},
                                           {"window-probe", "segment"},    {"predict", "command"}};
    (void)state;
    assert_int_equal(lab_lessons_embedded(NULL, &lessons, &book_err), 0);
    assert_int_equal(lessons.term_count, 0);
    assert_int_equal(lab_lessons_open_glossary(&lessons, &book_err), 0);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *text = lab_define(&lessons, words[i][0], &book_err);
        if (!text || !strstr(text, words[i][1]))
            fail_msg("%s: %s", words[i][0], text ? text : book_err.text);
        free(text);
    }
    assert_null(lab_define(&lessons, "ECONRESET", &book_err));
    assert_non_null(strstr(book_err.text, "ECONNRESET"));
}

/* tcplab-lessons(5) has every word of the form, and every command that a question is made of. */
static void test_manual(void **state)
{
    static const char *const commands[] = {"predict", "choice", "because", "hint", "see", "reason", "needs"};
    char *text, *at;
    size_t bytes;
    FILE *file = fopen("doc/tcplab-lessons.5", "r");
    (void)state;
    assert_non_null(file);
    text = lab_file_text(file, "doc/tcplab-lessons.5", 1 << 20, &bytes, &book_err);
    fclose(file);
    assert_non_null(text);
    for (int i = 0; i < LAB_FORMATS; i++)
        if (!(at = strstr(text, lab_format_words[i])))
            fail_msg("tcplab-lessons(5) has not \"%s\"", lab_format_words[i]);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (!strstr(text, commands[i]))
            fail_msg("tcplab-lessons(5) has not `%s`", commands[i]);
    free(text);
}

/* The example is one: its text has no fault, and it shows what can be shown in short. */
static void test_example(void **state)
{
    struct lab_question question;
    (void)state;
    if (lab_lessons_load("doc/example-lessons.md", NULL, &lessons, &book_err) < 0)
        fail_msg("%s", book_err.text);
    assert_true(lab_experiment_question(&lessons.lessons[0].experiments[0], &question));
    assert_true(question.hint_count == 2 && *question.choice[0].because && !*question.choice[1].because);
    assert_int_equal(lessons.term_count, 1);
}

/* A folder's files in their order; a lesson of a file stands in the place of the built-in one of that number. */
static void test_folder(void **state)
{
    char folder[] = "/tmp/lessons_test.XXXXXX", path[80], command[100];
    static const char *const files[][2] = {{"10.md", "## 99.2 Ten\n"},
                                           {"9.md", "## 99.1 Nine\n\n## 3.2 Ours\n\n## Glossary\n\n- **FIN** ours\n"},
                                           {"x.txt", "no lesson\n"}};
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(lab_lessons_gather(folder, true, NULL, &lessons, &book_err), -1);
    assert_non_null(strstr(book_err.text, "no lessons in the folder"));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i][0]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(files[i][1], file);
        fclose(file);
    }
    assert_int_equal(lab_lessons_gather(folder, true, NULL, &lessons, &book_err), 0);
    assert_int_equal(lessons.lesson_count, 3);
    assert_string_equal(lessons.lessons[2].number, "99.2");
    lab_lessons_fini(&lessons);
    assert_int_equal(lab_lessons_gather(folder, false, NULL, &lessons, &book_err), 0);
    assert_string_equal(lessons.lessons[1].title, "Ours");
    assert_false(lessons.lessons[1].is_embedded);
    assert_int_equal(lab_lessons_open(&lessons, 0, &book_err), 0);
    assert_int_equal(lab_lessons_open(&lessons, 1, &book_err), 0);
    assert_int_equal(lab_lessons_open_glossary(&lessons, &book_err), 0);
    assert_string_equal(lab_glossary_find(&lessons, "FIN")->text, "ours");
    assert_non_null(lab_glossary_find(&lessons, "SYN"));
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static int place_of(const char *number)
{
    for (size_t i = 0; i < lessons.lesson_count; i++)
        if (strcmp(lessons.lessons[i].number, number) == 0)
            return (int)i;
    return -1;
}

static void gather(const char *text)
{
    char path[] = "/tmp/lessons_test.XXXXXX.md";
    int fd = mkstemps(path, 3);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    if (lab_lessons_gather(path, false, NULL, &lessons, &book_err) < 0)
        fail_msg("%s", book_err.text);
    unlink(path);
}

/* Of a lesson that has parts the file may have one part, or the whole; of one that has none it may have parts. */
static void test_parts_of_a_file(void **state)
{
    (void)state;
    gather("## 3.5b Ours\n");
    assert_int_equal(place_of("3.5b"), place_of("3.5a") + 1);
    assert_int_equal(place_of("3.5c"), place_of("3.5b") + 1);
    assert_string_equal(lessons.lessons[place_of("3.5b")].title, "Ours");
    assert_true(lessons.lessons[place_of("3.5a")].is_embedded);
    lab_lessons_fini(&lessons);
    gather("## 3.5 Ours\n");
    assert_int_equal(place_of("3.5"), place_of("3.4") + 1);
    assert_int_equal(place_of("3.6"), place_of("3.5") + 1);
    assert_int_equal(place_of("3.5a"), -1);
    lab_lessons_fini(&lessons);
    gather("## 3.1b Second\n\n## 9.1 New\n\n## 3.1c Third\n");
    assert_int_equal(place_of("3.1"), -1);
    assert_int_equal(place_of("3.1b"), 0);
    assert_int_equal(place_of("3.1c"), 1);
    assert_int_equal(place_of("3.2"), 2);
    assert_int_equal(place_of("9.1"), (int)lessons.lesson_count - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_fault, book_end),
        cmocka_unit_test_teardown(test_faults_behind_an_open_fence, book_end),
        cmocka_unit_test_teardown(test_faults_of_bytes, book_end),
        cmocka_unit_test_teardown(test_large, book_end),
        cmocka_unit_test_teardown(test_signs, book_end),
        cmocka_unit_test(choices_stand_in_the_order_of_a_seed),
        cmocka_unit_test(parts_of_a_question_belong_behind_it),
        cmocka_unit_test_teardown(test_notes, book_end),
        cmocka_unit_test_teardown(test_glossary, book_end),
        cmocka_unit_test_teardown(test_define, book_end),
        cmocka_unit_test_teardown(test_manual, book_end),
        cmocka_unit_test_teardown(test_example, book_end),
        cmocka_unit_test_teardown(test_folder, book_end),
        cmocka_unit_test_teardown(test_parts_of_a_file, book_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
