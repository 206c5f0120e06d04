// SPDX-License-Identifier: GPL-3.0-or-later
// LESSONS.md as data: what the parser makes of good text, what it says of bad text, and what our own text promises.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/book/assignments.h"
#include "lab/session/session.h"
#include "net/data/program.h"
#include "tests/fixtures/book.h"

static void joined(const struct lab_block *block, char *out, size_t room)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < block->span_count; i++)
        at += (size_t)snprintf(out + at, room - at, "%s", block->spans[i].text);
}

static void assert_text(const struct lab_block *block, const char *expected)
{
    char text[2000];
    joined(block, text, sizeof text);
    assert_string_equal(text, expected);
}

/* ---- good text -----------------------------------------------------------------------------------------------------
 */

static const char good[] = "# The book\n"
                           "\n"
                           "For readers of the file.\n"
                           "\n"
                           "## 3.1 One *client* at a time\n"
                           "\n"
                           "Plain, *soft*, **strong** and `code`\n"
                           "on two lines.\n"
                           "\n"
                           "### Experiment: The client closes\n"
                           "\n"
                           "Look at recv.\n"
                           "\n"
                           "```lab\n"
                           "# first a comment\n"
                           "needs wire\n"
                           "server single port=7\n"
                           "hand c1\n"
                           "```\n"
                           "\n"
                           "Why it is 0.\n"
                           "\n"
                           "### What you saw\n"
                           "\n"
                           "```c\n"
                           "int\tx;\n"
                           "\n"
                           "```\n"
                           "\n"
                           "## 3.2 The client\n"
                           "\n"
                           "### Experiment: Hands only\n"
                           "```lab\n"
                           "hand c1\n"
                           "```\n";

static void test_lessons_and_experiments(void **state)
{
    (void)state;
    assert_int_equal(book_parse(good), 0);
    assert_string_equal(lessons.file, "T.md");
    assert_int_equal(lessons.lesson_count, 2);
    const struct lab_lesson *first = &lessons.lessons[0], *second = &lessons.lessons[1];
    assert_string_equal(first->number, "3.1");
    assert_string_equal(first->title, "One client at a time");
    assert_int_equal(first->line, 5);
    assert_int_equal(first->experiment_count, 1);
    assert_string_equal(second->number, "3.2");
    assert_int_equal(second->experiment_count, 1);

    const struct lab_experiment *closes = &first->experiments[0];
    assert_string_equal(closes->title, "The client closes");
    assert_string_equal(closes->script, "# first a comment\nneeds wire\nserver single port=7\nhand c1\n");
    assert_int_equal(closes->script_line, 15);
    assert_true(closes->needs_wire);
    assert_false(second->experiments[0].needs_wire);
    assert_null(second->experiments[0].program);
    if (net_program_find("single"))
        assert_string_equal(closes->program, "tcp_server_single");
}

static void test_blocks(void **state)
{
    (void)state;
    assert_int_equal(book_parse(good), 0);
    const struct lab_lesson *lesson = &lessons.lessons[0];
    static const struct {
        enum lab_block_kind kind;
        int level, experiment, line;
        const char *text;
    } expected[] = {
        {LAB_HEADING, 2, -1, 5, "3.1 One client at a time"},
        {LAB_PARAGRAPH, 0, -1, 7, "Plain, soft, strong and code on two lines."},
        {LAB_HEADING, 3, 0, 10, "Experiment: The client closes"},
        {LAB_PARAGRAPH, 0, 0, 12, "Look at recv."},
        {LAB_EXPERIMENT_HERE, 0, 0, 14, "# first a commentneeds wireserver single port=7hand c1"},
        {LAB_PARAGRAPH, 0, 0, 21, "Why it is 0."},
        {LAB_HEADING, 3, -1, 23, "What you saw"},
        {LAB_CODE, 0, -1, 25, "int     x;"},
    };
    assert_int_equal(lesson->block_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < lesson->block_count; i++) {
        assert_int_equal(lesson->blocks[i].kind, expected[i].kind);
        assert_int_equal(lesson->blocks[i].level, expected[i].level);
        assert_int_equal(lesson->blocks[i].experiment, expected[i].experiment);
        assert_int_equal(lesson->blocks[i].line, expected[i].line);
        assert_text(&lesson->blocks[i], expected[i].text);
    }
    assert_int_equal(lesson->experiments[0].first_block, 2);
    assert_int_equal(lesson->experiments[0].block_count, 4);
    assert_int_equal(lesson->blocks[7].span_count, 2); /* an empty line is a line */
}

static void test_styles(void **state)
{
    (void)state;
    assert_int_equal(book_parse(good), 0);
    const struct lab_block *block = &lessons.lessons[0].blocks[1];
    static const struct {
        enum lab_style style;
        const char *text;
    } expected[] = {{LAB_PLAIN, "Plain, "},       {LAB_EMPHASIS, "soft"}, {LAB_PLAIN, ", "},
                    {LAB_STRONG, "strong"},       {LAB_PLAIN, " and "},   {LAB_CODE_STYLE, "code"},
                    {LAB_PLAIN, " on two lines."}};
    assert_int_equal(block->span_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < block->span_count; i++) {
        assert_int_equal(block->spans[i].style, expected[i].style);
        assert_string_equal(block->spans[i].text, expected[i].text);
        assert_int_equal(block->spans[i].bytes, strlen(expected[i].text));
    }
}

static void test_lists_and_quotes(void **state)
{
    (void)state;
    assert_int_equal(book_parse("## 1 L\n\n- a\n  - b\n\n    more b\n- c\n\n9. x\n10. y\n\n> quoted\n\n-\n"), 0);
    const struct lab_block *block = lessons.lessons[0].blocks + 1;
    static const struct {
        enum lab_block_kind kind;
        int level;
        const char *mark, *text;
    } expected[] = {
        {LAB_ITEM, 0, "-", "a"},
        {LAB_ITEM, 1, "-", "b"},
        {LAB_PARAGRAPH, 2, NULL, "more b"},
        {LAB_ITEM, 0, "-", "c"},
        {LAB_ITEM, 0, "9.", "x"},
        {LAB_ITEM, 0, "10.", "y"},
        {LAB_PARAGRAPH, 1, NULL, "quoted"},
        {LAB_ITEM, 0, "-", ""},
    };
    assert_int_equal(lessons.lessons[0].block_count, 1 + sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++, block++) {
        assert_int_equal(block->kind, expected[i].kind);
        assert_int_equal(block->level, expected[i].level);
        if (expected[i].mark)
            assert_string_equal(block->mark, expected[i].mark);
        assert_text(block, expected[i].text);
    }
}

static void test_table(void **state)
{
    (void)state;
    assert_int_equal(
        book_parse("## 1 L\n\n| call | does |\n| --- | --- |\n| `bind` | takes **a** port |\n| | last |\n"), 0);
    const struct lab_block *rows = lessons.lessons[0].blocks + 1;
    assert_int_equal(lessons.lessons[0].block_count, 4);
    assert_true(rows[0].is_header);
    assert_false(rows[1].is_header);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rows[i].kind, LAB_TABLE_ROW);
        assert_int_equal(rows[i].cell_count, 2);
        assert_int_equal(rows[i].cell_end[1], rows[i].span_count);
    }
    assert_int_equal(rows[1].cell_end[0], 1);
    assert_string_equal(rows[1].spans[0].text, "bind");
    assert_int_equal(rows[1].span_count, 4);
    assert_int_equal(rows[2].cell_end[0], 0);
}

static void test_links(void **state)
{
    (void)state;
    assert_int_equal(
        book_parse(
            "## 1 L\n\nSee [the man page](https://example.org/tcp.7), [below](#below), <https://example.org/>.\n"),
        0);
    assert_text(&lessons.lessons[0].blocks[1],
                "See the man page <https://example.org/tcp.7>, below, https://example.org/.");
}

static void test_korean(void **state)
{
    (void)state;
    assert_int_equal(
        book_parse("## 3.1 한 번에 한 명\n\n서버는 **소켓**을 만든다.\n\n### Experiment: 첫 연결\n```lab\nhand "
                   "c1\nc1 connect\nc1 send \"안녕\"\n```\n"),
        0);
    assert_string_equal(lessons.lessons[0].title, "한 번에 한 명");
    assert_string_equal(lessons.lessons[0].experiments[0].title, "첫 연결");
    assert_text(&lessons.lessons[0].blocks[1], "서버는 소켓을 만든다.");
}

static void test_hostile_bytes(void **state)
{
    (void)state;
    assert_int_equal(book_parse("## 1 L\x1b[2J\n\nbell \x07 c1 \xc2\x9b bad \xff\xfe cut \xed\x95 tab\tend\n"), 0);
    assert_string_equal(lessons.lessons[0].title, "L\xEF\xBF\xBD[2J");
    char text[200];
    joined(&lessons.lessons[0].blocks[1], text, sizeof text);
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7F);
    assert_null(strstr(text, "\xc2\x9b"));
    assert_null(strstr(text, "\xff"));
    assert_non_null(strstr(text, "tab end"));
}

static void test_line_ends(void **state)
{
    (void)state;
    assert_int_equal(book_parse("\xEF\xBB\xBF## 1 L\r\n\r\n### Experiment: E\r\n```lab\r\nhand c1\r\n```\r\n"), 0);
    assert_int_equal(lessons.lessons[0].experiments[0].script_line, 5);
    assert_int_equal(lessons.lessons[0].blocks[2].span_count, 1);
    assert_string_equal(lessons.lessons[0].blocks[2].spans[0].text, "hand c1");
}

/* Deep nesting costs memory, not stack. */
static void test_depth(void **state)
{
    (void)state;
    enum { DEPTH = 20000 };
    char *text = malloc(DEPTH + 64);
    assert_non_null(text);
    strcpy(text, "## 1 L\n\n");
    memset(text + 8, '>', DEPTH);
    strcpy(text + 8 + DEPTH, " deep\n");
    assert_int_equal(book_parse(text), 0);
    free(text);
    assert_int_equal(lessons.lessons[0].blocks[1].level, DEPTH);
}

/* ---- bad text: the sentence has its place --------------------------------------------------------------------------
 */

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *says;
    } bad[] = {
        {"", "T.md:1:1: ", "no lesson"},
        {"# Title only\n", "T.md:1:1: ", "no lesson"},
        {"## 1 L\n\ntext\n\n```c\nint x;\n", "T.md:5:1: ", "has no end"},
        {"## 1 L\n\n````\n```\n", "T.md:3:1: ", "has no end"},
        {"## 1 L\n\n> ```\n> x\n\nout\n", "T.md:3:3: ", "has no end"},
        {"## 1 L\n### Experiment: E\n```lab\nhand c1\n``` x\n", "T.md:3:1: ", "has no end"},
        {"## 1 L\n\n### Experiment: E\n\nno block\n\n### Next\n", "T.md:3:1: ", "has no script"},
        {"## 1 L\n\n### Experiment: E\n\n## 2 M\n", "T.md:3:1: ", "has no script"},
        {"## 1 L\n\n### Experiment: E\n", "T.md:3:1: ", "has no script"},
        {"## 1 L\n\n### Experiment: E\n```lab\n```\n\n```lab\n```\n", "T.md:7:1: ", "second lab block"},
        {"## 1 L\n\n```lab\nhand c1\n```\n", "T.md:3:1: ", "in no experiment"},
        {"## 1 L\n\n### Experiment: E\n```lab\n```\n### After\n```lab\n```\n", "T.md:7:1: ", "in no experiment"},
        {"```lab\nhand c1\n```\n\n## 1 L\n", "T.md:1:1: ", "in no lesson"},
        {"## 1 L\n### Experiment: E\n- a\n\n  ```lab\n  hand c1\n  ```\n", "T.md:5:3: ", "left margin"},
        {"## 1 L\n\n## 2 M\n\n## 1 N\n", "T.md:5:1: ", "two lessons 1: the other one is at line 1"},
        {"## 1 L\n### Experiment: E\n```lab\n```\n### Experiment: E\n```lab\n```\n",
         "T.md:5:1: ", "two experiments \"E\""},
        {"## Lesson\n", "T.md:1:1: ", "no lesson"},
        {"## 3. One\n", "T.md:1:1: ", "no lesson"},
        {"## 3.1\n", "T.md:1:1: ", "no lesson"},
        {"##\n", "T.md:1:1: ", "no lesson"},
        {"## 1 L\n\n# Part 2\n", "T.md:3:1: ", "level 1"},
        {"## 1 L\n\n### Experiment E\n```lab\n```\n", "T.md:3:1: ", "### Experiment: TITLE"},
        {"## 1 L\n\n### Experiment:\n```lab\n```\n", "T.md:3:1: ", "### Experiment: TITLE"},
        {"## 1 L\n\n#### Experiment: E\n```lab\n```\n", "T.md:3:1: ", "### Experiment: TITLE"},
        {"## 1 L\n\n### experiment: E\n```lab\n```\n", "T.md:3:1: ", "### Experiment: TITLE"},
        {"## 1 L\n\n### Experiment: E\n```lab\nhand c1\nc1 send \"open\n```\n", "T.md:6:", "quote"},
        {"## 1 L\n\n### Experiment: E\n```lab\nnonsense here\n```\n", "T.md:5:1: ", "nonsense"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int status = book_parse(bad[i].text);
        if (status == 0 || strncmp(book_err.text, bad[i].place, strlen(bad[i].place)) != 0 ||
            !strstr(book_err.text, bad[i].says))
            fail_msg("case %zu: status %d, \"%s\", expected \"%s...%s\"", i, status, book_err.text, bad[i].place,
                     bad[i].says);
        assert_null(lessons.lessons);
        assert_null(lessons.owner);
    }
}

static void test_error_may_be_null(void **state)
{
    (void)state;
    assert_int_equal(lab_lessons_parse("T.md", "", 0, &lessons, NULL), -1);
}

/* ---- files ---------------------------------------------------------------------------------------------------------
 */

static void test_load(void **state)
{
    (void)state;
    char path[] = "/tmp/lessons_test.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, good, sizeof good - 1), sizeof good - 1);
    close(fd);
    assert_int_equal(lab_lessons_load(path, NULL, &lessons, &book_err), 0);
    assert_string_equal(lessons.file, path);
    assert_int_equal(lessons.lesson_count, 2);
    unlink(path);
    lab_lessons_fini(&lessons);
    assert_int_equal(lab_lessons_load(path, NULL, &lessons, &book_err), -1);
    assert_non_null(strstr(book_err.text, path));
    assert_non_null(strstr(book_err.text, "No such file"));
    assert_int_equal(lab_lessons_load("/tmp", NULL, &lessons, &book_err), -1);
    assert_non_null(strstr(book_err.text, "directory"));
    assert_int_equal(lab_lessons_load("/dev/zero", NULL, &lessons, &book_err), -1);
    assert_non_null(strstr(book_err.text, "a device"));
}

/* ---- our own text ---------------------------------------------------------------------------------------------------
 */

static void test_embedded(void **state)
{
    (void)state;
    /* With every script checked, as lab_lessons_embedded() does not. */
    if (lab_lessons_parse("LESSONS.md", lab_lessons_text, lab_lessons_bytes, &lessons, &book_err) < 0)
        fail_msg("%s", book_err.text);
    assert_true(lessons.lesson_count >= 2);
    assert_string_equal(lessons.lessons[0].number, "3.1");
    for (size_t l = 0; l < lessons.lesson_count; l++) {
        const struct lab_lesson *lesson = &lessons.lessons[l];
        assert_true(l == 0 || strverscmp(lessons.lessons[l - 1].number, lesson->number) < 0);
        /* Of the chapter's own sections three at least; what goes further may be shorter. */
        assert_true(lesson->experiment_count >= (strverscmp(lesson->number, "3.6") <= 0 ? 3 : 2));
    }
}

static void same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

static void same_block(const struct lab_block *a, const struct lab_block *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->level, b->level);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->experiment, b->experiment);
    assert_int_equal(a->is_header, b->is_header);
    same_text(a->mark, b->mark);
    assert_int_equal(a->cell_count, b->cell_count);
    for (size_t i = 0; i < a->cell_count; i++)
        assert_int_equal(a->cell_end[i], b->cell_end[i]);
    assert_int_equal(a->span_count, b->span_count);
    for (size_t i = 0; i < a->span_count; i++) {
        assert_int_equal(a->spans[i].style, b->spans[i].style);
        assert_int_equal(a->spans[i].bytes, b->spans[i].bytes);
        assert_string_equal(a->spans[i].text, b->spans[i].text);
    }
}

static void same_experiment(const struct lab_experiment *a, const struct lab_experiment *b)
{
    assert_string_equal(a->title, b->title);
    assert_string_equal(a->script, b->script);
    assert_int_equal(a->script_line, b->script_line);
    assert_int_equal(a->needs_wire, b->needs_wire);
    assert_int_equal(a->first_block, b->first_block);
    assert_int_equal(a->block_count, b->block_count);
    same_text(a->program, b->program);
}

static void same_titles(const struct lab_lesson *a, const struct lab_lesson *b)
{
    assert_string_equal(a->number, b->number);
    assert_string_equal(a->title, b->title);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->experiment_count, b->experiment_count);
    for (size_t i = 0; i < a->experiment_count; i++)
        assert_string_equal(a->experiments[i].title, b->experiments[i].title);
}

/* Titles alone, then one lesson after another, the last first: what comes of it is what reading all at once gives. */
static void test_embedded_is_the_same_read_piece_by_piece(void **state)
{
    (void)state;
    struct lab_lessons whole;
    assert_int_equal(lab_lessons_parse("LESSONS.md", lab_lessons_text, lab_lessons_bytes, &whole, &book_err), 0);
    assert_int_equal(lab_lessons_embedded(NULL, &lessons, &book_err), 0);
    assert_string_equal(lessons.file, whole.file);
    assert_int_equal(lessons.lesson_count, whole.lesson_count);
    for (size_t l = 0; l < whole.lesson_count; l++) {
        same_titles(&lessons.lessons[l], &whole.lessons[l]);
        assert_null(lessons.lessons[l].blocks);
    }
    for (size_t l = whole.lesson_count; l-- > 0;) {
        const struct lab_lesson *a = &lessons.lessons[l], *b = &whole.lessons[l];
        assert_int_equal(lab_lessons_open(&lessons, l, &book_err), 0);
        same_titles(a, b);
        assert_int_equal(a->block_count, b->block_count);
        for (size_t i = 0; i < a->block_count; i++)
            same_block(&a->blocks[i], &b->blocks[i]);
        for (size_t i = 0; i < a->experiment_count; i++)
            same_experiment(&a->experiments[i], &b->experiments[i]);
        const struct lab_block *blocks = a->blocks;
        assert_int_equal(lab_lessons_open(&lessons, l, &book_err), 0);
        assert_ptr_equal(a->blocks, blocks);
    }
    lab_lessons_fini(&whole);
}

static void open_embedded(void)
{
    assert_int_equal(lab_lessons_embedded(NULL, &lessons, &book_err), 0);
    for (size_t l = 0; l < lessons.lesson_count; l++)
        assert_int_equal(lab_lessons_open(&lessons, l, &book_err), 0);
}

/* Every experiment says what to look for, asks a question with choices, asserts something, and says why. */
static void test_embedded_lessons_help_who_teaches_them(void **state)
{
    (void)state;
    open_embedded();
    for (size_t i = 0; i < lessons.lesson_count; i++) {
        const struct lab_lesson *l = &lessons.lessons[i];
        size_t notes = 0;
        for (size_t k = 0; k < l->block_count; k++)
            notes += l->blocks[k].is_note;
        if (notes == 0)
            fail_msg("%s has no note for teachers", l->number);
    }
}

static void test_embedded_experiments_are_whole(void **state)
{
    (void)state;
    open_embedded();
    for (size_t l = 0; l < lessons.lesson_count; l++) {
        const struct lab_lesson *lesson = &lessons.lessons[l];
        for (size_t e = 0; e < lesson->experiment_count; e++) {
            const struct lab_experiment *experiment = &lesson->experiments[e];
            const struct lab_block *block = &lesson->blocks[experiment->first_block];
            bool before = false, after = false, script = false;
            for (size_t i = 1; i < experiment->block_count; i++) {
                script |= block[i].kind == LAB_EXPERIMENT_HERE;
                before |= !script && block[i].kind == LAB_PARAGRAPH;
                after |= script && block[i].kind == LAB_PARAGRAPH;
            }
            bool asks = strncmp(experiment->script, "predict ", 8) == 0 || strstr(experiment->script, "\npredict ");
            if (!before || !after || !asks || !strstr(experiment->script, "\nexpect "))
                fail_msg("%s %s: text before %d, after %d, or no predict or expect in its script", lesson->number,
                         experiment->title, before, after);
        }
    }
}

/* One question has three choices at least, and every choice but the one that the kernel makes true says why not. */
static void check_question(const char *line)
{
    size_t choices = 0, reasons = 0;
    const char *predict = line;
    bool is_new = false; /* a choice without a reason yet */
    while ((line = strchr(line, '\n')) && *++line) {
        bool is_choice = strncmp(line, "choice ", 7) == 0, is_because = strncmp(line, "because ", 8) == 0;
        if (!is_choice && !is_because && strncmp(line, "hint ", 5) != 0)
            break;
        choices += is_choice;
        reasons += is_because && is_new;
        is_new = is_choice || (is_new && !is_because);
    }
    if (choices < 3 || reasons != choices - 1)
        fail_msg("%.100s...: %zu choices, and %zu that say why not", predict, choices, reasons);
}

static void test_embedded_questions_answer_every_choice(void **state)
{
    (void)state;
    open_embedded();
    for (size_t l = 0; l < lessons.lesson_count; l++)
        for (size_t e = 0; e < lessons.lessons[l].experiment_count; e++)
            for (const char *line = lessons.lessons[l].experiments[e].script; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, "predict ", 8) == 0)
                    check_question(line);
            }
}

static size_t quoted_bytes(const char *line)
{
    const char *from = strchr(line, '"');
    size_t bytes = 0;
    for (from += from != NULL; from && from[bytes] && from[bytes] != '"'; bytes++)
        bytes += from[bytes] == '\\';
    return bytes;
}

/* A question and its answers fit into struct lab_question: the screen shows them whole. */
static void test_embedded_questions_fit(void **state)
{
    (void)state;
    const struct lab_question *room = NULL;
    open_embedded();
    for (size_t l = 0; l < lessons.lesson_count; l++)
        for (size_t e = 0; e < lessons.lessons[l].experiment_count; e++)
            for (const char *line = lessons.lessons[l].experiments[e].script; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                size_t most = strncmp(line, "predict ", 8) == 0  ? sizeof room->text
                              : strncmp(line, "hint ", 5) == 0   ? sizeof room->hint[0]
                              : strncmp(line, "choice ", 7) == 0 ? sizeof room->choice[0].text
                                                                 : 0;
                if (most && quoted_bytes(line) >= most)
                    fail_msg("%.60s... is longer than %zu bytes", line, most - 1);
            }
}

/* The number of a lesson may be the beginning of another's. */
static void test_find(void **state)
{
    static const struct {
        const char *word;
        int lesson, experiment; /* lesson -1: there is none */
    } words[] = {{"3.1", 0, -1},   {"3.1.1", 0, 0},  {"3.1:2", 0, 1}, {"3.10", 1, -1},  {"3.10.1", 1, 0},
                 {"3.1.3", -1, 0}, {"3.1.0", -1, 0}, {"3.1.", -1, 0}, {"3.1.x", -1, 0}, {"3.1.1x", -1, 0},
                 {"3.2", -1, 0},   {"3", -1, 0},     {"", -1, 0}};
    (void)state;
    assert_int_equal(book_parse("## 3.1 One\n\n### Experiment: A\n\n```lab\nhand c1\n```\n\n### Experiment: B\n\n"
                                "```lab\nhand c1\n```\n\n## 3.10 Ten\n\n### Experiment: A\n\n```lab\nhand c1\n```\n"),
                     0);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t lesson = 0;
        int experiment, found = lab_lessons_find(&lessons, words[i].word, &lesson, &experiment, &book_err);
        if (found != (words[i].lesson < 0 ? -1 : 0))
            fail_msg("%s: %s", words[i].word, book_err.text);
        if (found == 0) {
            assert_int_equal(lesson, words[i].lesson);
            assert_int_equal(experiment, words[i].experiment);
        }
    }
    assert_true(lab_is_place("3.1") && lab_is_place("3.1:2") && lab_is_place("10.2.30"));
    assert_true(lab_is_place("3.5a") && lab_is_place("3.5a.2") && lab_is_place("3.5a:2"));
    assert_false(lab_is_place("3.5ab") || lab_is_place("3.5a2") || lab_is_place("3.a5") || lab_is_place("3.5a.b") ||
                 lab_is_place("3a5.1") || lab_is_place("3.5A"));
    assert_false(lab_is_place("run") || lab_is_place(".") || lab_is_place("..") || lab_is_place("3") ||
                 lab_is_place(""));
}

/* The number of a lesson that has parts names the first one, and counts through all. */
static void test_parts(void **state)
{
    static const struct {
        const char *word;
        int lesson, experiment; /* lesson -1: there is none */
    } words[] = {{"3.5", 1, -1},    {"3.5a", 1, -1},  {"3.5b", 2, -1},  {"3.5.1", 1, 0},  {"3.5.3", 2, 0},
                 {"3.5:4", 2, 1},   {"3.5b.2", 2, 1}, {"3.5a:2", 1, 1}, {"3.5.5", -1, 0}, {"3.5a.3", -1, 0},
                 {"3.5b.0", -1, 0}, {"3.5.0", -1, 0}, {"3.5c", -1, 0},  {"3.1a", -1, 0},  {"3.1", 0, -1},
                 {"3.6", 3, -1},    {"3.6a", 4, -1},  {"3.6.2", -1, 0}};
    char text[1000];
    const struct lab_lesson *lesson;
    const struct lab_assignment *task;
    (void)state;
#define EXPERIMENT(title) "\n### Experiment: " title "\n\n```lab\nhand c1\n```\n"
    assert_int_equal(
        book_parse("## 3.1 One\n\n## 3.5a Ends\n" EXPERIMENT("A") EXPERIMENT("B") "\n## 3.5b Errors\n" EXPERIMENT("C")
                       EXPERIMENT("D") "\n### Task: t\n\ntext\n\n```c\nint x;\n```\n\n#### Hints\n\n- one\n\n#### "
                                       "Judged\n\n```lab\nhand c1\n```\n"
                                       "\n#### Answer\n\n```c\nint y;\n```\n"
                                       "\n## 3.6 Whole\n" EXPERIMENT("E") "\n## 3.6a Part\n" EXPERIMENT("F")),
        0);
#undef EXPERIMENT
    assert_string_equal(lessons.lessons[1].number, "3.5a");
    assert_string_equal(lessons.lessons[1].title, "Ends");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t at = 0;
        int experiment, found = lab_lessons_find(&lessons, words[i].word, &at, &experiment, &book_err);
        snprintf(text, sizeof text, "%s: %d %zu.%d", words[i].word, found, at, experiment);
        if (found != (words[i].lesson < 0 ? -1 : 0) ||
            (found == 0 && ((int)at != words[i].lesson || experiment != words[i].experiment)))
            fail_msg("%s", text);
    }
    assert_int_equal(lab_lessons_find(&lessons, "3.5.9", &(size_t){0}, &(int){0}, &book_err), -1);
    assert_non_null(strstr(book_err.text, "lesson 3.5 has 4 experiments"));
    assert_int_equal(lab_assignment_find(&lessons, "3.5/t", &lesson, &task, &book_err), 0);
    assert_string_equal(lesson->number, "3.5b");
    assert_int_equal(lab_assignment_find(&lessons, "3.5b/t", &lesson, &task, &book_err), 0);
    assert_int_equal(lab_assignment_find(&lessons, "3.5a/t", &lesson, &task, &book_err), -1);
    lab_lessons_fini(&lessons);
    assert_int_equal(book_parse("## 3.5A Ends\n"), -1);
    assert_int_equal(book_parse("## 3.5ab Ends\n"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_lessons_and_experiments, book_end),
        cmocka_unit_test_teardown(test_blocks, book_end),
        cmocka_unit_test_teardown(test_styles, book_end),
        cmocka_unit_test_teardown(test_lists_and_quotes, book_end),
        cmocka_unit_test_teardown(test_table, book_end),
        cmocka_unit_test_teardown(test_links, book_end),
        cmocka_unit_test_teardown(test_korean, book_end),
        cmocka_unit_test_teardown(test_hostile_bytes, book_end),
        cmocka_unit_test_teardown(test_line_ends, book_end),
        cmocka_unit_test_teardown(test_depth, book_end),
        cmocka_unit_test_teardown(test_errors, book_end),
        cmocka_unit_test_teardown(test_error_may_be_null, book_end),
        cmocka_unit_test_teardown(test_load, book_end),
        cmocka_unit_test_teardown(test_find, book_end),
        cmocka_unit_test_teardown(test_parts, book_end),
        cmocka_unit_test_teardown(test_embedded, book_end),
        cmocka_unit_test_teardown(test_embedded_is_the_same_read_piece_by_piece, book_end),
        cmocka_unit_test_teardown(test_embedded_lessons_help_who_teaches_them, book_end),
        cmocka_unit_test_teardown(test_embedded_experiments_are_whole, book_end),
        cmocka_unit_test_teardown(test_embedded_questions_answer_every_choice, book_end),
        cmocka_unit_test_teardown(test_embedded_questions_fit, book_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
