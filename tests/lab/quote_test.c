// SPDX-License-Identifier: GPL-3.0-or-later
// An experiment as Markdown again: what a saved run carries is what the book says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/book/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The letters of its blocks, without styles; a block that is a script is left to its own check. */
static char *letters(const struct lab_lesson *lesson, const struct lab_experiment *experiment)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    for (size_t i = 0; i < experiment->block_count; i++) {
        const struct lab_block *block = &lesson->blocks[experiment->first_block + i];
        fprintf(out, "%d%d%d ", (int)block->kind, block->is_header, block->is_note);
        for (size_t k = 0; block->kind != LAB_EXPERIMENT_HERE && k < block->span_count; k++)
            fprintf(out, "%.*s", (int)block->spans[k].bytes, block->spans[k].text);
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

static void assert_same(const struct lab_lesson *lesson, const struct lab_experiment *experiment)
{
    struct lab_lessons again;
    struct net_error err;
    char *text = lab_experiment_markdown(lesson, experiment);
    assert_non_null(text);
    if (lab_lessons_parse("again.md", text, strlen(text), &again, &err) != 0)
        fail_msg("%s\n%s", err.text, text);
    assert_int_equal(again.lesson_count, 1);
    assert_int_equal(again.lessons[0].experiment_count, 1);
    assert_string_equal(again.lessons[0].number, lesson->number);
    assert_string_equal(again.lessons[0].title, lesson->title);
    assert_string_equal(again.lessons[0].experiments[0].title, experiment->title);
    assert_string_equal(again.lessons[0].experiments[0].script, experiment->script);
    char *was = letters(lesson, experiment), *is = letters(&again.lessons[0], &again.lessons[0].experiments[0]);
    assert_string_equal(is, was);
    free(was);
    free(is);
    lab_lessons_fini(&again);
    free(text);
}

static void every_experiment_is_read_back(void **state)
{
    struct lab_lessons book;
    struct net_error err;
    size_t count = 0;
    (void)state;
    assert_int_equal(lab_lessons_embedded(NULL, &book, &err), 0);
    for (size_t i = 0; i < book.lesson_count; i++) {
        assert_int_equal(lab_lessons_open(&book, i, &err), 0);
        for (size_t k = 0; k < book.lessons[i].experiment_count; k++, count++)
            assert_same(&book.lessons[i], &book.lessons[i].experiments[k]);
    }
    assert_true(count > 50);
    lab_lessons_fini(&book);
}

static void signs_are_text(void **state)
{
    static const char text[] =
        "## 3.1 A \\*b\\* `c`\n\n### Experiment: \\<x\\> \\[y\\]\n\n\\- no item, a `` ` `` and \\_no "
        "style\\_, **strong** *soft*.\n\n1. one\n   - two\n\n| a | b\\|c |\n|---|---|\n| `d` | e "
        "|\n\n```\n# no heading\n```\n\n```lab\n# a word\nserver single\n```\n\n> Note: for "
        "teachers.\n>\n> More of it.\n\nFor all.\n";
    struct lab_lessons book;
    struct net_error err;
    (void)state;
    if (lab_lessons_parse("T.md", text, strlen(text), &book, &err) != 0)
        fail_msg("%s", err.text);
    assert_same(&book.lessons[0], &book.lessons[0].experiments[0]);
    lab_lessons_fini(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_experiment_is_read_back),
                                       cmocka_unit_test(signs_are_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
