// SPDX-License-Identifier: GPL-3.0-or-later
// A book and its translation: what is merged, what is told where they differ, and what does not depend on the language.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/base/locale.h"
#include "lab/book/assignments.h"
#include "lab/book/glossary.h"
#include "lab/book/translated.h"
#include "lab/book/way.h"
#include "lab/session/session.h"
#include "tests/fixtures/book.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char book[] = "# A book\n\n"
                           "## 3.1 Ends\n\nAn end.\n\n"
                           "### How\n\n- one\n- two\n\n"
                           "```c frame=x\nint a;\n```\n\n"
                           "### Experiment: Close\n\nLook.\n\n"
                           "```lab\n"
                           "server single\n"
                           "predict \"What comes?\"\n"
                           "choice \"an \\\"end\\\"\" client recv = 0\n"
                           "choice \"nothing\" client recv blocks\n"
                           "because \"The end wakes it.\"\n"
                           "hint \"Look at Calls.\"\n"
                           "# Now it closes.\n"
                           "client\n"
                           "see 1 server accept = 4\n"
                           "predict \"And then?\"\n"
                           "choice \"it waits\" server recv blocks\n"
                           "choice \"0\" server recv = 0\n"
                           "```\n\n"
                           "Why \xE2\x91\xA0.\n\n"
                           "> Note: for teachers.\n\n"
                           "### Task: first\n\nMake it.\n\n```c\nint main(void) { return 0; }\n```\n\n"
                           "#### Hints\n\n1. Look.\n\n"
                           "#### Judged\n\n```lab\nreason \"it does not end\"\nserver $yours $port\n```\n\n"
                           "#### Answer\n\nSo.\n\n```c\nint main(void) { return 1; }\n```\n\n"
                           "## 3.2 More\n\n| a | b |\n|---|---|\n| c | d |\n\n"
                           "### Experiment: Again\n\n```lab\nserver single\n```\n\n"
                           "## Glossary\n\n- **end** what ends\n";

static const char korean[] = "# 책\n\n"
                             "## 3.1 끝\n\n끝입니다.\n\n"
                             "### 어떻게\n\n- 하나\n- 둘\n\n"
                             "```c\n```\n\n"
                             "### Experiment: 닫기\n\n보십시오.\n\n"
                             "```words\n"
                             "predict \"무엇이 옵니까?\"\n"
                             "choice \"\\\"끝\\\"\"\n"
                             "choice \"없다\"\n"
                             "because \"끝이 깨웁니다.\"\n"
                             "hint \"Calls를 보십시오.\"\n"
                             "# 이제 닫습니다.\n"
                             "predict \"그다음은?\"\n"
                             "choice \"기다린다\"\n"
                             "choice \"0이다\"\n"
                             "```\n\n"
                             "왜 \xE2\x91\xA0.\n\n"
                             "> Note: 교사에게.\n\n"
                             "### Task: first\n\n만드십시오.\n\n```c\n```\n\n"
                             "#### Hints\n\n1. 보십시오.\n\n"
                             "#### Judged\n\n```words\nreason \"끝나지 않습니다\"\n```\n\n"
                             "#### Answer\n\n이렇게.\n\n```c\n```\n\n"
                             "## 3.2 더\n\n| 가 | 나 |\n|---|---|\n| 다 | 라 |\n\n"
                             "### Experiment: 다시\n\n```words\n```\n\n"
                             "## Glossary\n\n- **끝** (end): 끝나는 것\n";

/* ---- files ---- */

static char folder[] = "/tmp/translated_test.XXXXXX", path[60], translation[60];

static void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/B.md", folder);
    snprintf(translation, sizeof translation, "%s/B.ko.md", folder);
    put(path, book);
    put(translation, korean);
    return 0;
}

static int end(void **state)
{
    unlink(path);
    unlink(translation);
    rmdir(folder);
    return book_end(state);
}

static void load(void)
{
    if (lab_lessons_load(path, "ko", &lessons, &book_err) < 0)
        fail_msg("%s", book_err.text);
}

/* The text with the n-th place of a word (from 1) replaced; to be freed. */
static char *replaced(const char *text, const char *word, int n, const char *by)
{
    char *out = NULL;
    const char *at = strstr(text, word);
    for (; n > 1 && at; n--)
        at = strstr(at + 1, word);
    assert_non_null(at);
    assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, by, at + strlen(word)) > 0);
    return out;
}

/* ---- what is merged ---- */

static void words_are_the_translations_and_the_rest_is_the_books(void **state)
{
    (void)state;
    load();
    const struct lab_lesson *lesson = &lessons.lessons[0];
    const struct lab_experiment *experiment = &lesson->experiments[0];
    assert_int_equal(lessons.lesson_count, 2);
    assert_string_equal(lesson->title, "끝");
    assert_string_equal(experiment->title, "닫기");
    assert_string_equal(experiment->key, "Close");
    assert_string_equal(experiment->script, "server single\n"
                                            "predict \"무엇이 옵니까?\"\n"
                                            "choice \"\\\"끝\\\"\" client recv = 0\n"
                                            "choice \"없다\" client recv blocks\n"
                                            "because \"끝이 깨웁니다.\"\n"
                                            "hint \"Calls를 보십시오.\"\n"
                                            "# 이제 닫습니다.\n"
                                            "client\n"
                                            "see 1 server accept = 4\n"
                                            "predict \"그다음은?\"\n"
                                            "choice \"기다린다\" server recv blocks\n"
                                            "choice \"0이다\" server recv = 0\n");
    assert_string_equal(experiment->program, "tcp_server_single");
    const struct lab_assignment *task = &lesson->assignments[0];
    assert_string_equal(task->name, "first");
    assert_string_equal(task->summary, "만드십시오.");
    assert_string_equal(task->starter, "int main(void) { return 0; }\n");
    assert_string_equal(task->answer, "int main(void) { return 1; }\n");
    assert_string_equal(task->hints[0], "보십시오.");
    assert_string_equal(task->judges[0].script, "reason \"끝나지 않습니다\"\nserver $yours $port\n");
    assert_int_equal(lessons.term_count, 1);
    assert_string_equal(lessons.terms[0].words[0], "끝");
}

/* By its own word and by the book's; what Korean writes behind a word without a blank is no part of it. */
static void a_term_is_found_in_both_languages(void **state)
{
    (void)state;
    load();
    const struct lab_term *term = lab_glossary_find(&lessons, "끝");
    assert_non_null(term);
    assert_ptr_equal(lab_glossary_find(&lessons, "End"), term);
    assert_string_equal(term->title, "끝");
    assert_true(lab_term_is_in(term, "연결의 끝을 봅니다."));
    assert_true(lab_term_is_in(term, "END는 끊어짐입니다."));
    assert_true(lab_term_is_in(term, "끝."));
    assert_false(lab_term_is_in(term, "손끝과 sending"));
    assert_false(lab_term_is_in(term, "end\xC3\xA9"));
}

/* The line of a text in a file, from 1. */
static int line_of(const char *text, const char *word)
{
    const char *found = strstr(text, word);
    int line = 1;
    assert_non_null(found);
    for (const char *c = text; c < found; c++)
        line += *c == '\n';
    return line;
}

/* Whoever runs a script tells its lines: they are the book's, where the commands stand. */
static void lines_are_the_books(void **state)
{
    (void)state;
    load();
    const struct lab_lesson *lesson = &lessons.lessons[0];
    assert_string_equal(lesson->file, path);
    assert_int_equal(lesson->line, line_of(book, "## 3.1"));
    assert_int_equal(lesson->experiments[0].script_line, line_of(book, "server single"));
    assert_int_equal(lesson->assignments[0].line, line_of(book, "### Task"));
    assert_int_equal(lesson->assignments[0].judges[0].line, line_of(book, "reason"));
    assert_int_equal(lessons.lessons[1].experiments[0].script_line, line_of(book, "### Experiment: Again") + 3);
}

static void a_line_of_the_merged_text_is_found_in_its_file(void **state)
{
    (void)state;
    const struct lab_text texts[] = {{"B.md", book, sizeof book - 1, 1}, {"B.ko.md", korean, sizeof korean - 1, 1}};
    struct lab_pool *pool = lab_pool_new();
    struct lab_merged merged;
    int line;
    assert_int_equal(lab_translated_merge(&texts[0], &texts[1], pool, &merged, NULL, &book_err), 0);
    assert_string_equal(lab_merged_place(&merged, line_of(merged.text, "끝이 깨웁니다"), &line), "B.ko.md");
    assert_int_equal(line, line_of(korean, "끝이 깨웁니다"));
    assert_string_equal(lab_merged_place(&merged, line_of(merged.text, "see 1"), &line), "B.md");
    assert_int_equal(line, line_of(book, "see 1"));
    assert_string_equal(lab_merged_place(&merged, line_of(merged.text, "| 다"), &line), "B.ko.md");
    assert_int_equal(line, line_of(korean, "| 다"));
    assert_int_equal(merged.missing_count, 0);
    lab_merged_fini(&merged);
    lab_pool_free(pool);
}

static void a_section_that_is_missing_is_the_books(void **state)
{
    (void)state;
    char *part = strndup(korean, (size_t)(strstr(korean, "## 3.2") - korean));
    struct lab_pool *pool = lab_pool_new();
    struct lab_merged merged;
    put(translation, part);
    load();
    assert_string_equal(lessons.lessons[0].title, "끝");
    assert_string_equal(lessons.lessons[1].title, "More");
    assert_string_equal(lessons.lessons[1].experiments[0].title, "Again");
    assert_string_equal(lessons.terms[0].words[0], "end");
    const struct lab_text texts[] = {{"B.md", book, sizeof book - 1, 1}, {"B.ko.md", part, strlen(part), 1}};
    assert_int_equal(lab_translated_merge(&texts[0], &texts[1], pool, &merged, NULL, &book_err), 0);
    assert_int_equal(merged.missing_count, 2);
    assert_string_equal(merged.missing[0], "3.2");
    assert_string_equal(merged.missing[1], "Glossary");
    lab_merged_fini(&merged);
    lab_pool_free(pool);
    free(part);
}

/* ---- what is told ---- */

/* Each of these makes the structures differ; the fault is at a line of the translation, and names one of the book. */
static void differences_are_told_with_both_lines(void **state)
{
    static const struct {
        const char *word;
        int nth;
        const char *by, *at, *in_book, *says;
    } bad[] = {
        {"끝입니다.\n\n", 1, "", "### 어떻게", "An end.", "here is a heading, in the book a paragraph"},
        {"끝입니다.\n", 1, "끝입니다.\n\n또.\n", "또.", "### How", "here is a paragraph, in the book a heading"},
        {"- 둘\n", 1, "", "```c", "- two", "here is a block of code, in the book an item"},
        {"### 어떻게", 1, "#### 어떻게", "#### 어떻게", "### How", "a heading of level 4, in the book one of level 3"},
        {"```c\n```\n", 1, "```c\nint a;\n```\n", "```c", "```c frame", "leave it empty"},
        {"```c\n```\n", 1, "```sh\n```\n", "```sh", "```c frame", "`sh` behind its fence, and it should be `c`"},
        {"```words", 1, "```lab", "```lab", "```lab", "`lab` behind its fence, and it should be `words`"},
        {"Experiment: 닫기", 1, "실험: 닫기", "### 실험", "### Experiment: Close", "begin with \"Experiment\""},
        {"### Task: first", 1, "### Task: 처음", "### Task", "### Task", "begin with \"Task: first\""},
        {"#### Hints", 1, "#### 힌트", "#### 힌트", "#### Hints", "begin with \"Hints\""},
        {"### 어떻게", 1, "### Experiment: 어떻게", "### Experiment: 어떻게", "### How", "no \"Experiment\""},
        {"hint \"Calls를 보십시오.\"\n", 1, "", "# 이제", "hint", "here is #, and the script has `hint`"},
        {"# 이제 닫습니다.\n", 1, "", "predict \"그다음", "# Now", "here is predict, and the script has `#`"},
        {"choice \"0이다\"\n", 1, "", "```\n\n왜", "choice \"0\"", "no line of words any more"},
        {"choice \"0이다\"\n", 1, "choice \"0이다\"\n# 끝\n", "# 끝\n", "```\n\nWhy", "no more words"},
        {"choice \"없다\"", 1, "choice \"없다\" client recv blocks", "choice \"없다\"", "choice \"nothing\"",
         "and nothing else"},
        {"왜 \xE2\x91\xA0", 1, "왜", "왜", "Why", "the signs"},
        {"> Note: 교사에게.", 1, "> 교사에게.", "> 교사에게.", "> Note", "here is a paragraph, in the book a note"},
        {"| 다 | 라 |", 1, "| 다 | 라 |\n| 마 | 바 |", "| 마", "### Experiment: Again",
         "a row of a table, in the book"},
        {"## 3.2 더", 1, "## 3.3 더", "## 3.3", "# A book", "no section \"3.3\""},
        {"## 3.2 더", 1, "## 3.1 더", "## 3.1 더", "## 3.1 Ends", "a second section"},
        {"\n- **끝** (end): 끝나는 것\n", 1, "", "## Glossary", "- **end**", "the book it goes on with an item"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *text = replaced(korean, bad[i].word, bad[i].nth, bad[i].by), place[120], in_book[60];
        struct lab_faults faults = {0};
        put(translation, text);
        assert_int_equal(lab_lessons_load(path, "ko", &lessons, &book_err), -1);
        assert_null(lessons.lessons);
        snprintf(place, sizeof place, "%s:", translation);
        if (!strstr(book_err.text, bad[i].says) || strncmp(book_err.text, place, strlen(place)) != 0)
            fail_msg("case %zu: \"%s\", expected \"%s\"", i, book_err.text, bad[i].says);
        assert_int_equal(lab_lessons_check_translation(path, translation, &lessons, &faults, &book_err), 0);
        assert_true(faults.count > 0);
        bool is_told = false;
        snprintf(in_book, sizeof in_book, "B.md:%d)", line_of(book, bad[i].in_book));
        for (size_t k = 0; k < faults.count; k++)
            is_told |= strcmp(faults.items[k].file, translation) == 0 && strstr(faults.items[k].text, bad[i].says) &&
                       strstr(faults.items[k].text, in_book) && faults.items[k].line == line_of(text, bad[i].at);
        if (!is_told)
            fail_msg("case %zu: expected at %d and %s, but %d \"%s\" is", i, line_of(text, bad[i].at), in_book,
                     faults.items[0].line, faults.items[0].text);
        lab_faults_fini(&faults);
        free(text);
    }
}

/* Two differences in different parts are both told. */
static void every_difference_is_told(void **state)
{
    struct lab_faults faults = {0};
    (void)state;
    char *one = replaced(korean, "- 둘\n", 1, ""), *two = replaced(one, "만드십시오.\n", 1, "만드십시오.\n\n또.\n"),
         *three = replaced(two, "| 가 | 나 |\n|---|---|\n| 다 | 라 |", 1, "표입니다.");
    put(translation, three);
    assert_int_equal(lab_lessons_check_translation(path, translation, &lessons, &faults, &book_err), 0);
    assert_int_equal(faults.count, 3);
    lab_faults_fini(&faults);
    free(one);
    free(two);
    free(three);
}

/* What is too long for its place is told in the translation; the book has it right. */
static void a_fault_in_words_is_told_where_they_are(void **state)
{
    char place[120], words[1000] = "choice \"";
    (void)state;
    for (int i = 0; i < 80; i++)
        strcat(words, "글");
    strcat(words, "\"");
    char *text = replaced(korean, "choice \"없다\"", 1, words);
    put(translation, text);
    assert_int_equal(lab_lessons_load(path, "ko", &lessons, &book_err), -1);
    snprintf(place, sizeof place, "%s:%d:", translation, line_of(text, words));
    if (strncmp(book_err.text, place, strlen(place)) != 0 || !strstr(book_err.text, "240 bytes"))
        fail_msg("\"%s\", expected at %s", book_err.text, place);
    free(text);
}

/* ---- what does not depend on the language ---- */

/* Answered in one language, it is answered in the other: rightly or wrongly, and with its own words. */
static void progress_is_the_same_in_both_languages(void **state)
{
    char home[80], shown[LAB_CHOICE_BYTES], file[160];
    struct lab_lessons english = {0};
    struct net_error note;
    (void)state;
    snprintf(home, sizeof home, "%s/state", folder);
    setenv("XDG_STATE_HOME", home, 1);
    load();
    assert_int_equal(lab_lessons_load(path, NULL, &english, &book_err), 0);
    const struct lab_experiment *here = &lessons.lessons[0].experiments[0], *there = &english.lessons[0].experiments[0];
    struct lab_question q;
    assert_true(lab_experiment_question(here, &q));
    q.predicted = 1;
    q.answer = 0;
    struct lab_progress *progress = lab_progress_load_for(NULL, &lessons, &note);
    assert_int_equal(lab_way_put_outcome(progress, &lessons.lessons[0], here, &q, true, &note), 0);
    assert_int_equal(lab_way_put_read(progress, &lessons.lessons[0], 0, &note), 0);
    lab_progress_free(progress);
    progress = lab_progress_load_for(NULL, &english, &note);
    const struct lab_done *done = lab_progress_get(progress, "3.1", there->key);
    assert_non_null(done);
    assert_string_equal(done->predicted, "nothing");
    assert_string_equal(done->answer, "an \"end\"");
    assert_true(lab_done_is_wrong(done));
    assert_string_equal(lab_experiment_shown(here, done->predicted, shown, sizeof shown), "없다");
    assert_string_equal(lab_experiment_shown(here, "it waits", shown, sizeof shown), "기다린다");
    assert_string_equal(lab_experiment_kept(here, "0이다", shown, sizeof shown), "0");
    assert_string_equal(lab_experiment_shown(here, "of an older book", shown, sizeof shown), "of an older book");
    assert_string_equal(lab_experiment_shown(there, done->predicted, shown, sizeof shown), "nothing");
    for (size_t i = 0; i < lab_way_count(&english.lessons[0]); i++)
        assert_int_equal(lab_way_is_done(progress, &english.lessons[0], i),
                         lab_way_is_done(progress, &lessons.lessons[0], i));
    assert_true(lab_way_is_done(progress, &english.lessons[0], 0));
    assert_int_equal(lab_progress_tally(progress, &lessons.lessons[0]).wrong, 1);
    lab_progress_free(progress);
    lab_lessons_fini(&english);
    snprintf(file, sizeof file, "%s/tcplab/progress.json", home);
    unlink(file);
    snprintf(file, sizeof file, "%s/tcplab", home);
    rmdir(file);
    rmdir(home);
}

/* The letter of the right choice is the same for all of a class. */
static void the_order_of_choices_is_the_same_in_both_languages(void **state)
{
    struct lab_lessons english = {0};
    bool moved = false;
    (void)state;
    load();
    assert_int_equal(lab_lessons_load(path, NULL, &english, &book_err), 0);
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct lab_question q, its;
        lab_lessons_shuffle(&lessons, seed);
        lab_lessons_shuffle(&english, seed);
        assert_true(lab_experiment_question(&english.lessons[0].experiments[0], &q));
        assert_true(lab_experiment_question(&lessons.lessons[0].experiments[0], &its));
        for (size_t i = 0; i < q.choice_count; i++)
            assert_string_equal(q.choice[i].condition, its.choice[i].condition);
        moved |= strcmp(q.choice[0].text, "nothing") == 0;
    }
    assert_true(moved);
    lab_lessons_fini(&english);
}

/* A folder's translations are no lessons of their own. */
static void a_folder_has_its_books_alone(void **state)
{
    struct lab_paths files = {0};
    (void)state;
    assert_int_equal(lab_lessons_files(folder, &files, &book_err), 0);
    assert_int_equal(files.count, 1);
    assert_string_equal(files.items[0], path);
    lab_paths_fini(&files);
    assert_int_equal(lab_lessons_gather(folder, true, "ko", &lessons, &book_err), 0);
    assert_string_equal(lessons.lessons[0].title, "끝");
}

/* ---- which language ---- */

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void the_environment_chooses_as_gettext_has_it(void **state)
{
    static const struct {
        const char *all, *messages, *lang, *language, *chosen;
    } rows[] = {
        {NULL, NULL, "ko_KR.UTF-8", NULL, "ko"},
        {NULL, NULL, "ko", NULL, "ko"},
        {NULL, NULL, "en_US.UTF-8", NULL, ""},
        {NULL, NULL, NULL, NULL, ""},
        {NULL, NULL, NULL, "ko", ""},
        {NULL, "ko_KR.UTF-8", "en_US.UTF-8", NULL, "ko"},
        {"en_US.UTF-8", "ko_KR.UTF-8", NULL, NULL, ""},
        {"C", "ko_KR.UTF-8", "ko_KR.UTF-8", "ko", ""},
        {NULL, NULL, "en_US.UTF-8", "ko:en", "ko"},
        {NULL, NULL, "en_US.UTF-8", "de:ko:en", "ko"},
        {NULL, NULL, "ko_KR.UTF-8", "en:ko", ""},
        {NULL, NULL, "ko_KR.UTF-8", "de", ""},
        {"POSIX", NULL, NULL, "ko", ""},
        {NULL, NULL, "ko_KR.UTF-8@x", "", "ko"},
        {"", "", "ko_KR.UTF-8", NULL, "ko"},
        {NULL, NULL, "de_DE.UTF-8", NULL, ""},
    };
    char chosen[LAB_LANGUAGE_BYTES];
    (void)state;
    set("LC_CTYPE", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set("LC_ALL", "C.UTF-8");
        lab_locale_begin(NULL, 0);
        set("LC_ALL", rows[i].all);
        set("LC_MESSAGES", rows[i].messages);
        set("LANG", rows[i].lang);
        set("LANGUAGE", rows[i].language);
        assert_int_equal(lab_lessons_language(NULL, path, chosen, sizeof chosen, &book_err), 0);
        if (strcmp(chosen, rows[i].chosen) != 0)
            fail_msg("row %zu: \"%s\", expected \"%s\"", i, chosen, rows[i].chosen);
        assert_string_equal(book_err.text, "");
    }
}

static void what_is_asked_for_is_there_or_told(void **state)
{
    char chosen[LAB_LANGUAGE_BYTES], missing[60];
    (void)state;
    set("LANGUAGE", NULL);
    set("LC_ALL", "ko_KR.UTF-8");
    lab_locale_begin(missing, sizeof missing);
    assert_true(lab_locale_is_utf8()); /* whether or not it is there */
    assert_true(!*missing || strcmp(missing, "ko_KR.UTF-8") == 0);
    assert_int_equal(lab_lessons_language("en", path, chosen, sizeof chosen, &book_err), 0);
    assert_string_equal(chosen, "");
    assert_int_equal(lab_lessons_language("ko", path, chosen, sizeof chosen, &book_err), 0);
    assert_string_equal(chosen, "ko");
    assert_int_equal(lab_lessons_language("xx", path, chosen, sizeof chosen, &book_err), -1);
    assert_non_null(strstr(book_err.text, "there are: en"));
    set("LC_ALL", "C");
    lab_locale_begin(NULL, 0);
    assert_int_equal(lab_lessons_language("ko", path, chosen, sizeof chosen, &book_err), 0);
    assert_string_equal(chosen, "");
    assert_non_null(strstr(book_err.text, "no UTF-8"));
    set("LC_ALL", "C.UTF-8");
    lab_locale_begin(NULL, 0);
}

/* ---- our own ---- */

/* Each LESSONS.LANGUAGE.md: the structure of LESSONS.md; what is not there yet is named, and no fault. */
static void our_own_translations_have_the_books_structure(void **state)
{
    (void)state;
    for (const struct lab_translation *t = lab_translations; t->language; t++) {
        struct lab_faults faults = {0};
        char file[60];
        snprintf(file, sizeof file, "LESSONS.%s.md", t->language);
        assert_int_equal(lab_lessons_check_translation("LESSONS.md", file, &lessons, &faults, &book_err), 0);
        for (size_t i = 0; i < faults.count; i++)
            print_error("%s:%d:%d: %s\n", faults.items[i].file, faults.items[i].line, faults.items[i].column,
                        faults.items[i].text);
        assert_int_equal(faults.count, 0);
        lab_faults_fini(&faults);
        const struct lab_text texts[] = {{"LESSONS.md", lab_lessons_text, lab_lessons_bytes, 1},
                                         {file, t->text, t->bytes, 1}};
        struct lab_pool *pool = lab_pool_new();
        struct lab_merged merged;
        assert_int_equal(lab_translated_merge(&texts[0], &texts[1], pool, &merged, NULL, &book_err), 0);
        for (size_t i = 0; i < merged.missing_count; i++)
            print_error("%s: section %s is not translated\n", file, merged.missing[i]);
        assert_int_equal(merged.missing_count, 0);
        lab_merged_fini(&merged);
        lab_pool_free(pool);
        lab_lessons_fini(&lessons);
    }
}

/* Lesson by lesson, as the screen reads them: the same as all at once. */
static void our_own_translations_are_read_piece_by_piece(void **state)
{
    (void)state;
    for (const struct lab_translation *t = lab_translations; t->language; t++) {
        struct lab_lessons whole = {0};
        char file[60];
        snprintf(file, sizeof file, "LESSONS.%s.md", t->language);
        assert_int_equal(lab_lessons_load("LESSONS.md", t->language, &whole, &book_err), 0);
        assert_int_equal(lab_lessons_embedded(t->language, &lessons, &book_err), 0);
        assert_int_equal(lessons.lesson_count, whole.lesson_count);
        for (size_t l = 0; l < whole.lesson_count; l++) {
            const struct lab_lesson *a = &lessons.lessons[l], *b = &whole.lessons[l];
            assert_string_equal(a->title, b->title);
            for (size_t i = 0; i < a->experiment_count; i++)
                assert_string_equal(a->experiments[i].title, b->experiments[i].title);
            assert_int_equal(lab_lessons_open(&lessons, l, &book_err), 0);
            assert_int_equal(a->block_count, b->block_count);
            assert_int_equal(a->experiment_count, b->experiment_count);
            assert_int_equal(a->assignment_count, b->assignment_count);
            for (size_t i = 0; i < a->experiment_count; i++) {
                assert_string_equal(a->experiments[i].script, b->experiments[i].script);
                assert_string_equal(a->experiments[i].key, b->experiments[i].key);
                assert_int_equal(a->experiments[i].script_line, b->experiments[i].script_line);
            }
        }
        assert_int_equal(lab_lessons_open_glossary(&lessons, &book_err), 0);
        assert_int_equal(lessons.term_count, whole.term_count);
        lab_lessons_fini(&whole);
        lab_lessons_fini(&lessons);
    }
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILES(words_are_the_translations_and_the_rest_is_the_books),
        WITH_FILES(a_term_is_found_in_both_languages),
        WITH_FILES(lines_are_the_books),
        WITH_FILES(a_line_of_the_merged_text_is_found_in_its_file),
        WITH_FILES(a_section_that_is_missing_is_the_books),
        WITH_FILES(differences_are_told_with_both_lines),
        WITH_FILES(every_difference_is_told),
        WITH_FILES(a_fault_in_words_is_told_where_they_are),
        WITH_FILES(progress_is_the_same_in_both_languages),
        WITH_FILES(the_order_of_choices_is_the_same_in_both_languages),
        WITH_FILES(a_folder_has_its_books_alone),
        WITH_FILES(the_environment_chooses_as_gettext_has_it),
        WITH_FILES(what_is_asked_for_is_there_or_told),
        cmocka_unit_test(our_own_translations_have_the_books_structure),
        cmocka_unit_test(our_own_translations_are_read_piece_by_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
