// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the lists of commands, conditions and causes into README.md and doc/tcplab.1, as their tables have them, and
// that of keys into the latter.
//
//   lists README.md doc/tcplab.1           write them anew; the end of a name says in which form
//   lists --check README.md doc/tcplab.1   only say, by the exit status, whether they are up to date
//   lists --lang ko doc/ko/tcplab.1        in that language; it comes first, and says nothing where it has no catalogue
//
// A list stands between a line with "NAME: begin" and one with "NAME: end".
#include "lab/commands/commands.h"
#include "lab/compare/cause.h"
#include "lab/language/condition.h"
#include "net/base/message.h"
#include "ui/app/action.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How one list is written in one kind of file. */
struct style {
    const char *behind; /* what follows a list */
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

static const struct style markdown = {.behind = "\n", .group = markdown_group, .row = markdown_row},
                          man = {.behind = "", .group = man_group, .row = man_row};

static void write_commands(FILE *out, const struct style *style)
{
    const struct lab_row *row, *before = NULL;
    char form[200];
    for (size_t i = 0; (row = lab_row_in_help(&lab_language, i)); before = row, i++) {
        if (!before || before->group != row->group)
            style->group(out, _(lab_group_title(row->group)));
        style->row(out, lab_row_form(row, form, sizeof form), _(row->help));
    }
}

static void write_conditions(FILE *out, const struct style *style)
{
    const struct lab_condition_form *form;
    style->group(out, _("Conditions"));
    for (size_t i = 0; (form = lab_condition_form_at(i)); i++)
        style->row(out, form->form, _(form->help));
}

static void write_causes(FILE *out, const struct style *style)
{
    style->group(out, _("Causes"));
    for (size_t i = 0; i < lab_cause_count; i++) {
        const struct lab_cause *cause = &lab_causes[i];
        char text[200];
        snprintf(text, sizeof text,
                 !cause->watch       ? _("%s; in the matrix only")
                 : !cause->in_matrix ? _("%s; in the menu only")
                                     : "%s",
                 _(cause->title));
        style->row(out, cause->id, text);
    }
}

/* Those that the focused view has to itself stand in its footer. */
static void write_keys(FILE *out, const struct style *style)
{
    for (unsigned group = 0; group < UI_ACTION_GROUPS; group++) {
        style->group(out, _(ui_action_group_name((enum ui_action_group)group)));
        for (int id = UI_ACT_NONE + 1; id < UI_ACTIONS; id++)
            if (ui_action(id)->group == group)
                style->row(out, ui_action(id)->key, _(ui_action(id)->help));
    }
}

static const struct list {
    const char *begin, *end;
    void (*write)(FILE *, const struct style *);
    const struct style *only; /* NULL: in both kinds of file */
} lists[] = {
    {.begin = "commands: begin", .end = "commands: end", .write = write_commands},
    {.begin = "conditions: begin", .end = "conditions: end", .write = write_conditions},
    {.begin = "causes: begin", .end = "causes: end", .write = write_causes},
    {.begin = "keys: begin", .end = "keys: end", .write = write_keys, .only = &man},
};

/* Copy a file with its lists written anew. How many there were. */
static size_t renew(FILE *in, FILE *out, const struct style *style)
{
    char *line = NULL;
    size_t room = 0, count = 0;
    const struct list *inside = NULL;
    while (getline(&line, &room, in) > 0) {
        if (inside && strstr(line, inside->end))
            inside = NULL;
        if (!inside)
            fputs(line, out);
        for (size_t i = 0; i < sizeof lists / sizeof *lists && !inside; i++)
            if (strstr(line, lists[i].begin))
                inside = &lists[i];
        if (inside && strstr(line, inside->begin)) {
            inside->write(out, style);
            fputs(style->behind, out);
            count++;
        }
    }
    free(line);
    return count;
}

static char *read_all(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "re");
    if (file && getdelim(&text, &room, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

static int write_all(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    int result = file && fputs(text, file) >= 0 ? 0 : -1;
    return file && fclose(file) == 0 ? result : -1;
}

static size_t lists_of(const struct style *style)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        count += !lists[i].only || lists[i].only == style;
    return count;
}

/* 0: it is up to date, or was written. */
static int do_file(const char *path, bool check)
{
    size_t bytes, n = strlen(path), count = 0;
    const struct style *style = n > 3 && strcmp(path + n - 3, ".md") == 0 ? &markdown : &man;
    char *wanted = NULL, *text = read_all(path);
    FILE *in = fopen(path, "re"), *out = open_memstream(&wanted, &bytes);
    if (in && out)
        count = renew(in, out, style);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    int result = text && count == lists_of(style) ? 0 : -1;
    if (result < 0)
        fprintf(stderr, "%s: it cannot be read, or has not the place of each list\n", path);
    else if (strcmp(wanted, text) != 0)
        result = check ? -1 : write_all(path, wanted);
    if (result < 0 && check)
        fprintf(stderr, "%s is not as the tables are: `make lists` writes them\n", path);
    free(wanted);
    free(text);
    return result;
}

int main(int argc, char **argv)
{
    bool check = false;
    int result = 0, first = 1;
    if (argc > 2 && strcmp(argv[1], "--lang") == 0) {
        setlocale(LC_CTYPE, "C.UTF-8");
        if (!net_messages_begin(argv[2]))
            return 0;
        first = 3;
    }
    check = first < argc && strcmp(argv[first], "--check") == 0;
    for (int i = first + check; i < argc; i++)
        if (do_file(argv[i], check) < 0)
            result = 1;
    return result;
}
