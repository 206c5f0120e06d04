// SPDX-License-Identifier: GPL-3.0-or-later
// README.md and doc/tcplab.1 list every command, condition and cause of an end as the tables have them.
//
// The lists stand between a line with "NAME: begin" and one with "NAME: end". UPDATE=1 in the environment writes them
// anew:
//
//   UPDATE=1 build/release/tests/documents_test
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/commands/commands.h"
#include "lab/compare/cause.h"
#include "lab/language/condition.h"

/* How one list is written in one kind of file. */
struct style {
    void (*group)(FILE *, const char *name);
    void (*row)(FILE *, const char *form, const char *help);
};

static void markdown_text(FILE *out, const char *text)
{
    for (; *text; text++)
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void markdown_group(FILE *out, const char *name)
{
    fprintf(out, "\n| %s | |\n| --- | --- |\n", name);
}

static void markdown_row(FILE *out, const char *form, const char *help)
{
    fputs("| `", out);
    markdown_text(out, form);
    fputs("` | ", out);
    markdown_text(out, help);
    fputs(" |\n", out);
}

static void man_text(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++)
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '"')
            fputs("\\(dq", out);
        else
            fputc(*text, out);
    fputc('\n', out);
}

static void man_group(FILE *out, const char *name)
{
    fprintf(out, ".SS %s\n", name);
}

static void man_row(FILE *out, const char *form, const char *help)
{
    fputs(".TP\n.B ", out);
    man_text(out, form);
    man_text(out, help);
}

static const struct style markdown = {markdown_group, markdown_row}, man = {man_group, man_row};

static void write_commands(FILE *out, const struct style *style)
{
    const struct lab_row *row, *before = NULL;
    char form[200];
    for (size_t i = 0; (row = lab_row_in_help(&lab_language, i)); before = row, i++) {
        if (!before || before->group != row->group)
            style->group(out, lab_group_title(row->group));
        style->row(out, lab_row_form(row, form, sizeof form), row->help);
    }
}

static void write_conditions(FILE *out, const struct style *style)
{
    const struct lab_condition_form *form;
    style->group(out, "Conditions");
    for (size_t i = 0; (form = lab_condition_form_at(i)); i++)
        style->row(out, form->form, form->help);
}

static void write_causes(FILE *out, const struct style *style)
{
    style->group(out, "Causes");
    for (size_t i = 0; i < lab_cause_count; i++) {
        const struct lab_cause *cause = &lab_causes[i];
        char text[120];
        snprintf(text, sizeof text,
                 !cause->watch       ? "%s; in the matrix only"
                 : !cause->in_matrix ? "%s; in the menu only"
                                     : "%s",
                 cause->title);
        style->row(out, cause->id, text);
    }
}

static const struct {
    const char *begin;
    void (*write)(FILE *, const struct style *);
} list[] = {
    {"commands: begin", write_commands}, {"conditions: begin", write_conditions}, {"causes: begin", write_causes}};
enum { LISTS = sizeof list / sizeof list[0] };

/* The file with its lists written anew; the caller frees it. */
static char *renewed(const char *path, const struct style *style)
{
    char *text = NULL, *line = NULL;
    size_t bytes, room = 0, lists = 0;
    bool inside = false;
    FILE *in = fopen(path, "r"), *out = open_memstream(&text, &bytes);
    if (!in || !out)
        fail_msg("cannot read %s", path);
    while (getline(&line, &room, in) > 0) {
        if (strstr(line, ": end"))
            inside = false;
        if (!inside)
            fputs(line, out);
        size_t i = 0;
        while (i < LISTS && !strstr(line, list[i].begin))
            i++;
        if (i == LISTS)
            continue;
        inside = true;
        lists++;
        list[i].write(out, style);
        if (style == &markdown)
            fputc('\n', out);
    }
    free(line);
    fclose(in);
    fclose(out);
    assert_int_equal(lists, LISTS);
    return text;
}

static char *present(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_true(getdelim(&text, &room, '\0', in) > 0);
    fclose(in);
    return text;
}

static void check(const char *path, const struct style *style)
{
    char *wanted = renewed(path, style), *text = present(path);
    bool same = strcmp(wanted, text) == 0;
    if (!same && getenv("UPDATE")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        same = fputs(wanted, out) >= 0;
        fclose(out);
    }
    free(wanted);
    free(text);
    if (!same)
        fail_msg(
            "%s does not list the commands as they are: UPDATE=1 build/release/tests/documents_test writes it anew",
            path);
}

static void test_readme(void **state)
{
    (void)state;
    check("README.md", &markdown);
}

static void test_manual_page(void **state)
{
    (void)state;
    check("doc/tcplab.1", &man);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_readme), cmocka_unit_test(test_manual_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
