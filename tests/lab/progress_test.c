// SPDX-License-Identifier: GPL-3.0-or-later
// The learner's progress: what is put comes back, and no file, damage or refusal stops the lab.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/book/lessons.h"

static char home[64]; /* XDG_STATE_HOME of each test, empty at its start */
static char file[128], aside[160];
static struct net_error err;

static int begin(void **state)
{
    (void)state;
    strcpy(home, "/tmp/progress_test.XXXXXX");
    if (!mkdtemp(home))
        return -1;
    snprintf(file, sizeof file, "%s/tcplab/progress.json", home);
    snprintf(aside, sizeof aside, "%s.damaged", file);
    memset(&err, 0, sizeof err);
    return setenv("XDG_STATE_HOME", home, 1);
}

static int end(void **state)
{
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", home, home);
    return system(command);
}

static struct lab_done done(bool held, const char *predicted, const char *answer)
{
    struct lab_done d = {.run = true, .held = held};
    snprintf(d.predicted, sizeof d.predicted, "%s", predicted);
    snprintf(d.answer, sizeof d.answer, "%s", answer);
    return d;
}

static void put(struct lab_progress *progress, const char *experiment, struct lab_done d)
{
    if (lab_progress_put(progress, "3.1", experiment, &d, &err) < 0)
        fail_msg("%s", err.text);
}

static void write_file(const char *text)
{
    char directory[128];
    snprintf(directory, sizeof directory, "%s/tcplab", home);
    assert_true(mkdir(directory, 0700) == 0 || errno == EEXIST);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void read_file(const char *path, char *out, size_t room)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    out[fread(out, 1, room - 1, f)] = '\0';
    fclose(f);
}

static void test_nothing_yet(void **state)
{
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    assert_non_null(progress);
    assert_string_equal(err.text, "");
    assert_null(lab_progress_get(progress, "3.1", "First contact"));
    assert_int_equal(access(file, F_OK), -1); /* looking leaves no file */
    lab_progress_free(progress);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    put(progress, "First \"contact\"", done(true, "0", "-1 ECONNRESET"));
    put(progress, "첫 연결", done(false, "막힌다", ""));
    lab_progress_free(progress);

    progress = lab_progress_load(NULL, &err);
    assert_string_equal(err.text, "");
    const struct lab_done *first = lab_progress_get(progress, "3.1", "First \"contact\"");
    assert_true(first && first->run && first->held);
    assert_string_equal(first->predicted, "0");
    assert_string_equal(first->answer, "-1 ECONNRESET");
    const struct lab_done *second = lab_progress_get(progress, "3.1", "첫 연결");
    assert_true(second && second->run && !second->held);
    assert_string_equal(second->predicted, "막힌다");
    assert_null(lab_progress_get(progress, "3.2", "첫 연결"));
    lab_progress_free(progress);
}

static void test_file_is_private_and_alone(void **state)
{
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    umask(0);
    put(progress, "A", done(true, "", ""));
    put(progress, "A", done(true, "", ""));
    lab_progress_free(progress);
    struct stat status;
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    char command[160];
    snprintf(command, sizeof command, "test $(ls -A %s/tcplab | wc -l) = 1", home); /* no temporary file is left */
    assert_int_equal(system(command), 0);
}

static void test_pointer_follows(void **state)
{
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    put(progress, "A", done(false, "", "x"));
    const struct lab_done *a = lab_progress_get(progress, "3.1", "A");
    for (int i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        put(progress, name, done(true, "", ""));
    }
    put(progress, "A", done(true, "", "y"));
    assert_true(a->held);
    assert_string_equal(a->answer, "y");
    lab_progress_free(progress);
}

static void test_two_labs(void **state)
{
    (void)state;
    struct lab_progress *one = lab_progress_load(NULL, &err), *two = lab_progress_load(NULL, &err);
    put(one, "A", done(true, "", "of one"));
    put(two, "B", done(true, "", "of two"));
    put(two, "A", done(true, "", "later"));
    put(one, "C", done(true, "", "of one"));
    lab_progress_free(one);
    lab_progress_free(two);
    one = lab_progress_load(NULL, &err);
    assert_string_equal(lab_progress_get(one, "3.1", "A")->answer, "later");
    assert_string_equal(lab_progress_get(one, "3.1", "B")->answer, "of two");
    assert_string_equal(lab_progress_get(one, "3.1", "C")->answer, "of one");
    lab_progress_free(one);
}

/* Another file may have the same numbers and titles. */
static void test_each_file_has_its_own(void **state)
{
    (void)state;
    char text[2000], link[128];
    snprintf(link, sizeof link, "%s/again", home);
    assert_int_equal(symlink(home, link), 0);
    struct lab_progress *ours = lab_progress_load(NULL, &err), *theirs = lab_progress_load(home, &err);
    put(ours, "A", done(true, "", "ours"));
    put(theirs, "A", done(true, "", "theirs"));
    lab_progress_free(ours);
    lab_progress_free(theirs);
    ours = lab_progress_load(NULL, &err);
    theirs = lab_progress_load(link, &err);
    struct lab_progress *others = lab_progress_load("nowhere.md", &err);
    assert_string_equal(lab_progress_get(ours, "3.1", "A")->answer, "ours");
    assert_string_equal(lab_progress_get(theirs, "3.1", "A")->answer, "theirs");
    assert_null(lab_progress_get(others, "3.1", "A"));
    lab_progress_free(ours);
    lab_progress_free(theirs);
    lab_progress_free(others);
    read_file(file, text, sizeof text);
    assert_non_null(strstr(text, "\"files\""));
    write_file("{\"experiments\": {}, \"files\": {\"/x\": {\"3.1\": {\"A\": 1}}}}");
    lab_progress_free(lab_progress_load(NULL, &err));
    assert_non_null(strstr(err.text, "was damaged"));
}

static void test_unknown_keys_stay(void **state)
{
    (void)state;
    write_file("{\"tcplab\": 2, \"colour\": \"red\", \"experiments\": {\"9.9\": {}}}");
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    assert_string_equal(err.text, "");
    put(progress, "A", done(true, "", ""));
    lab_progress_free(progress);
    char text[2000];
    read_file(file, text, sizeof text);
    assert_non_null(strstr(text, "\"colour\": \"red\""));
    assert_non_null(strstr(text, "\"9.9\""));
    assert_non_null(strstr(text, "\"A\""));
}

/* What this version cannot read of a newer one is no damage: it stays as it is. */
static void test_newer_stays(void **state)
{
    static const char newer[] = "{\"tcplab\": 9, \"experiments\": [1]}";
    char text[200];
    (void)state;
    write_file(newer);
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    assert_non_null(strstr(err.text, "of a newer tcplab"));
    put(progress, "A", done(true, "", ""));
    lab_progress_free(progress);
    read_file(file, text, sizeof text);
    assert_string_equal(text, newer);
}

static void test_forget(void **state)
{
    char text[400];
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    put(progress, "A", done(true, "x", "y"));
    assert_true(lab_done_is_wrong(lab_progress_get(progress, "3.1", "A")));
    assert_int_equal(lab_progress_forget(progress, "3.1", &err), 0);
    assert_false(lab_progress_get(progress, "3.1", "A")->run);
    read_file(file, text, sizeof text);
    assert_null(strstr(text, "\"A\""));
    put(progress, "B", done(true, "", ""));
    read_file(file, text, sizeof text);
    assert_true(!strstr(text, "\"A\"") && strstr(text, "\"B\""));
    lab_progress_free(progress);
}

/* The same as a file has it, without lessons of that file. */
static struct lab_progress *load_for(const char *text, struct lab_lessons *lessons)
{
    if (lab_lessons_parse("T.md", text, strlen(text), lessons, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < lessons->lesson_count; i++)
        lessons->lessons[i].is_embedded = true;
    return lab_progress_load_for(NULL, lessons, &err);
}

/* What was answered in a lesson is its parts' when it has parts; nothing of it is lost, or comes back when forgotten.
 */
static void test_parts_inherit(void **state)
{
    static const char entry[] = "{\"run\": true, \"held\": true, \"predicted\": \"x\", \"answer\": \"y\"}";
    static const char parts[] =
        "## 3.1a One\n\n### Experiment: A\n\n```lab\nhand c1\n```\n\n## 3.1b Two\n\n"
        "### Experiment: B\n\n```lab\nhand c1\n```\n\n### Experiment: C\n\n```lab\nhand c1\n```\n";
    struct lab_lessons lessons;
    char text[2000];
    (void)state;
    snprintf(text, sizeof text,
             "{\"experiments\": {\"3.1\": {\"A\": %s, \"B\": %s, \"C\": %s, \"gone\": %s, \"text: T\": %s}, \"3.1b\": "
             "{\"C\": "
             "{\"run\": true, \"held\": true, \"predicted\": \"\", \"answer\": \"newer\"}}}}",
             entry, entry, entry, entry, entry);
    write_file(text);
    struct lab_progress *progress = load_for(parts, &lessons);
    assert_string_equal(err.text, "");
    assert_string_equal(lab_progress_get(progress, "3.1a", "A")->predicted, "x");
    assert_string_equal(lab_progress_get(progress, "3.1b", "B")->answer, "y");
    assert_string_equal(lab_progress_get(progress, "3.1b", "C")->answer, "newer");
    assert_null(lab_progress_get(progress, "3.1a", "B"));
    assert_true(lab_progress_get(progress, "3.1a", "text: T")->run &&
                lab_progress_get(progress, "3.1b", "text: T")->run);
    assert_true(lab_done_is_due(progress, lab_progress_get(progress, "3.1b", "B")));
    assert_int_equal(lab_progress_forget(progress, "3.1a", &err), 0);
    lab_progress_free(progress);
    lab_lessons_fini(&lessons);
    progress = load_for(parts, &lessons);
    const struct lab_done *forgotten = lab_progress_get(progress, "3.1a", "A");
    assert_true(!forgotten || !forgotten->run);
    assert_string_equal(lab_progress_get(progress, "3.1b", "B")->answer, "y");
    assert_string_equal(lab_progress_get(progress, "3.1", "gone")->answer, "y");
    lab_progress_free(progress);
    lab_lessons_fini(&lessons);
    /* Beside its parts the whole one keeps what is its own. */
    write_file(text);
    progress = load_for("## 3.1 All\n\n## 3.1a One\n\n### Experiment: A\n\n```lab\nhand c1\n```\n", &lessons);
    assert_null(lab_progress_get(progress, "3.1a", "A"));
    assert_string_equal(lab_progress_get(progress, "3.1", "A")->answer, "y");
    lab_progress_free(progress);
    lab_lessons_fini(&lessons);
}

static void test_learners_have_files_of_their_own(void **state)
{
    char path[300];
    (void)state;
    struct lab_progress *ada = lab_progress_load_of("ada", NULL, &err);
    put(ada, "A", done(true, "", ""));
    struct lab_progress *nobody = lab_progress_load(NULL, &err), *again = lab_progress_load_of("ada", NULL, &err);
    assert_null(lab_progress_get(nobody, "3.1", "A"));
    assert_non_null(lab_progress_get(again, "3.1", "A"));
    lab_progress_free(ada);
    lab_progress_free(nobody);
    lab_progress_free(again);
    snprintf(path, sizeof path, "%.*s-ada.json", (int)(strlen(file) - strlen(".json")), file);
    assert_int_equal(unlink(path), 0);
    assert_true(lab_learner_is_valid("Ada_1-b"));
    assert_false(lab_learner_is_valid("") || lab_learner_is_valid("../x") || lab_learner_is_valid("a b"));
}

/* What was wrong is due at once, and then after more and more days, each counted from the day of the answer. */
static void test_wrong_answers_come_back(void **state)
{
    static const long first = 20000;
    long today = first;
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    struct lab_done wrong = done(true, "0", "18"), right = done(true, "18", "18");
    lab_progress_set_today(progress, today);
    assert_int_equal(lab_progress_put(progress, "3.1", "A", &right, &err), 0);
    assert_false(lab_done_is_due(progress, lab_progress_get(progress, "3.1", "A")));
    assert_int_equal(lab_progress_put(progress, "3.1", "A", &wrong, &err), 0);
    assert_true(lab_done_is_due(progress, lab_progress_get(progress, "3.1", "A")));
    for (size_t step = 0; step < 5; step++) {
        assert_int_equal(lab_progress_put(progress, "3.1", "A", &right, &err), 0);
        assert_int_equal(lab_progress_put(progress, "3.1", "A", &right, &err), 0); /* too early: it changes nothing */
        lab_progress_free(progress);
        progress = lab_progress_load(NULL, &err);
        lab_progress_set_today(progress, today + lab_days_between[step] - 1);
        assert_false(lab_done_is_due(progress, lab_progress_get(progress, "3.1", "A")));
        today += lab_days_between[step];
        lab_progress_set_today(progress, today);
        assert_true(lab_done_is_due(progress, lab_progress_get(progress, "3.1", "A")));
    }
    assert_int_equal(lab_progress_put(progress, "3.1", "A", &right, &err), 0);
    lab_progress_set_today(progress, today + 1000);
    assert_false(lab_done_is_due(progress, lab_progress_get(progress, "3.1", "A")));
    assert_int_equal(lab_progress_put(progress, "3.1", "A", &wrong, &err), 0);
    assert_true(lab_done_is_due(progress, lab_progress_get(progress, "3.1", "A")));
    lab_progress_free(progress);
}

static void test_damage_is_set_aside(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "",
        "{",
        "not JSON at all",
        "[]",
        "{\"experiments\": 5}",
        "{\"experiments\": {\"3.1\": 1}}",
        "{\"experiments\": {\"3.1\": {\"A\": {}}}}",
        "{\"experiments\": {\"3.1\": {\"A\": {\"run\": 1, \"held\": true, \"predicted\": \"\", \"answer\": \"\"}}}}",
        "{\"experiments\": {\"3.1\": {\"A\": {\"run\": true, \"held\": true, \"predicted\": 0, \"answer\": \"\"}}}}",
        "{\"experiments\": {}} trailing",
        "{\"experiments\": {\"\xff\": {}}}",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        char text[200];
        write_file(damaged[i]);
        struct lab_progress *progress = lab_progress_load(NULL, &err);
        if (!strstr(err.text, "damaged"))
            fail_msg("case %zu was not seen as damaged: \"%s\"", i, err.text);
        assert_null(lab_progress_get(progress, "3.1", "A"));
        read_file(aside, text, sizeof text);
        assert_string_equal(text, damaged[i]);
        put(progress, "B", done(true, "", ""));
        lab_progress_free(progress);
        progress = lab_progress_load(NULL, &err);
        assert_non_null(lab_progress_get(progress, "3.1", "B"));
        lab_progress_free(progress);
    }
}

static void test_damage_while_open_loses_nothing(void **state)
{
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    put(progress, "A", done(true, "", ""));
    write_file("{");
    put(progress, "B", done(true, "", ""));
    lab_progress_free(progress);
    progress = lab_progress_load(NULL, &err);
    assert_non_null(lab_progress_get(progress, "3.1", "A"));
    assert_non_null(lab_progress_get(progress, "3.1", "B"));
    lab_progress_free(progress);
}

/* A file in the way of the directory: refused for root, too. */
static void test_unwritable(void **state)
{
    (void)state;
    char in_the_way[128];
    snprintf(in_the_way, sizeof in_the_way, "%s/tcplab", home);
    int fd = open(in_the_way, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    assert_non_null(strstr(err.text, "this session only"));
    struct lab_done d = done(true, "0", "0");
    lab_progress_put(progress, "3.1", "A", &d, &err);
    assert_true(lab_progress_get(progress, "3.1", "A")->held);
    lab_progress_free(progress);
}

static void test_directory_is_a_sentence(void **state)
{
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    char in_the_way[128];
    snprintf(in_the_way, sizeof in_the_way, "%s/tcplab", home);
    assert_int_equal(symlink("/proc/nowhere", in_the_way), 0);
    struct lab_done d = done(true, "0", "0");
    assert_int_equal(lab_progress_put(progress, "3.1", "A", &d, &err), -1);
    assert_non_null(strstr(err.text, "this session only"));
    assert_true(lab_progress_get(progress, "3.1", "A")->held);
    assert_int_equal(unlink(in_the_way), 0);
    put(progress, "B", done(true, "", "")); /* what could not be written before is written now */
    lab_progress_free(progress);
    progress = lab_progress_load(NULL, &err);
    assert_non_null(lab_progress_get(progress, "3.1", "A"));
    assert_non_null(lab_progress_get(progress, "3.1", "B"));
    lab_progress_free(progress);
}

static void test_fifo_does_not_block(void **state)
{
    (void)state;
    write_file("");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0600), 0);
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    assert_non_null(strstr(err.text, "this session only"));
    put(progress, "A", done(true, "", ""));
    lab_progress_free(progress);
    struct stat status;
    assert_int_equal(stat(file, &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
}

static void test_cut_character(void **state)
{
    (void)state;
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    put(progress, "A", done(true, "ab\xed\x95", "\xff"));
    lab_progress_free(progress);
    progress = lab_progress_load(NULL, &err);
    assert_string_equal(err.text, "");
    assert_string_equal(lab_progress_get(progress, "3.1", "A")->predicted, "ab");
    lab_progress_free(progress);
}

static void test_long_text_is_cut_at_a_character(void **state)
{
    (void)state;
    char json[600], text[302] = "a";
    for (int i = 0; i < 100; i++)
        strcat(text, "한");
    snprintf(json, sizeof json,
             "{\"experiments\": {\"3.1\": {\"A\": {\"run\": true, \"held\": true, \"predicted\": \"%s\", \"answer\": "
             "\"\"}}}}",
             text);
    write_file(json);
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(strlen(lab_progress_get(progress, "3.1", "A")->predicted), 1 + 52 * 3);
    lab_progress_free(progress);
}

static void test_where(void **state)
{
    (void)state;
    char old_home[64];
    snprintf(old_home, sizeof old_home, "%s", getenv("HOME") ? getenv("HOME") : "/");
    setenv("XDG_STATE_HOME", "relative/path", 1); /* to be ignored */
    setenv("HOME", home, 1);
    struct lab_progress *progress = lab_progress_load(NULL, &err);
    put(progress, "A", done(true, "", ""));
    lab_progress_free(progress);
    char expected[128];
    snprintf(expected, sizeof expected, "%s/.local/state/tcplab/progress.json", home);
    assert_int_equal(access(expected, F_OK), 0);

    unsetenv("HOME");
    progress = lab_progress_load(NULL, &err);
    assert_non_null(strstr(err.text, "this session only"));
    struct lab_done d = done(true, "", "");
    assert_int_equal(lab_progress_put(progress, "3.1", "A", &d, &err), 0);
    assert_non_null(lab_progress_get(progress, "3.1", "A"));
    lab_progress_free(progress);
    setenv("HOME", old_home, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_yet, begin, end),
        cmocka_unit_test_setup_teardown(test_round_trip, begin, end),
        cmocka_unit_test_setup_teardown(test_file_is_private_and_alone, begin, end),
        cmocka_unit_test_setup_teardown(test_pointer_follows, begin, end),
        cmocka_unit_test_setup_teardown(test_two_labs, begin, end),
        cmocka_unit_test_setup_teardown(test_each_file_has_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_unknown_keys_stay, begin, end),
        cmocka_unit_test_setup_teardown(test_newer_stays, begin, end),
        cmocka_unit_test_setup_teardown(test_forget, begin, end),
        cmocka_unit_test_setup_teardown(test_parts_inherit, begin, end),
        cmocka_unit_test_setup_teardown(test_learners_have_files_of_their_own, begin, end),
        cmocka_unit_test_setup_teardown(test_wrong_answers_come_back, begin, end),
        cmocka_unit_test_setup_teardown(test_damage_is_set_aside, begin, end),
        cmocka_unit_test_setup_teardown(test_damage_while_open_loses_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_unwritable, begin, end),
        cmocka_unit_test_setup_teardown(test_directory_is_a_sentence, begin, end),
        cmocka_unit_test_setup_teardown(test_fifo_does_not_block, begin, end),
        cmocka_unit_test_setup_teardown(test_cut_character, begin, end),
        cmocka_unit_test_setup_teardown(test_long_text_is_cut_at_a_character, begin, end),
        cmocka_unit_test_setup_teardown(test_where, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
