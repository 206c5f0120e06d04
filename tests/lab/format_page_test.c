// SPDX-License-Identifier: GPL-3.0-or-later
// doc/tcplab-run.5 has every field and every name that a run may hold, and no other field.
#include "lab/explain/event_named.h"
#include "lab/journal/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *page;

static int read_page(void **unused)
{
    size_t room = 0;
    (void)unused;
    FILE *file = fopen("doc/tcplab-run.5", "r");
    int result = file && getdelim(&page, &room, '\0', file) > 0 ? 0 : -1;
    if (file)
        fclose(file);
    return result;
}

static int free_page(void **unused)
{
    (void)unused;
    free(page);
    return 0;
}

/* Where the section begins, behind its title; *end: where the next one does. */
static const char *section(const char *title, const char **end)
{
    char line[80];
    snprintf(line, sizeof line, ".SS %s\n", title);
    const char *begin = strstr(page, line);
    if (!begin)
        fail_msg("the page has no section %s", title);
    begin += strlen(line);
    *end = strstr(begin, "\n.S");
    assert_non_null(*end);
    return begin;
}

/* Whether a field stands between, as ".B NAME" or, with a mark behind it, ".BR NAME ...". */
static bool has_field(const char *from, const char *end, const char *name)
{
    char plain[80], marked[80];
    snprintf(plain, sizeof plain, ".TP\n.B %s\n", name);
    snprintf(marked, sizeof marked, ".TP\n.BR %s \" \\(dg\"\n", name);
    const char *found = strstr(from, plain);
    if (!found || found > end)
        found = strstr(from, marked);
    return found && found < end;
}

static void every_field_is_in_the_page(void **unused)
{
    const char *end, *name;
    (void)unused;
    for (unsigned kind = NET_EV_NONE + 1; kind < NET_EV_KINDS; kind++) {
        const char *from = section(net_event_kind_name((uint16_t)kind), &end);
        for (size_t i = 0; (name = lab_event_field(kind, i)); i++)
            if (!has_field(from - 1, end, name))
                fail_msg("the page has no field %s of %s", name, net_event_kind_name((uint16_t)kind));
    }
    for (size_t i = 0; (name = lab_named_field(i)); i++)
        if (!has_field(page, page + strlen(page), name))
            fail_msg("the page has no field %s", name);
}

static bool is_field(unsigned kind, const char *name)
{
    const char *is;
    for (size_t i = 0; (is = lab_event_field(kind, i)); i++)
        if (strcmp(is, name) == 0)
            return true;
    for (size_t i = 0; (is = lab_named_field(i)); i++)
        if (strcmp(is, name) == 0)
            return true;
    return strcmp(name, "data") == 0 || strcmp(name, "measured") == 0 || strcmp(name, "wait") == 0;
}

static void no_other_field_is_in_the_page(void **unused)
{
    const char *end;
    char name[60];
    (void)unused;
    for (unsigned kind = NET_EV_NONE + 1; kind < NET_EV_KINDS; kind++) {
        const char *at = section(net_event_kind_name((uint16_t)kind), &end);
        for (at--; (at = strstr(at, ".TP\n.B")) && at < end; at += 4)
            if (sscanf(at, ".TP\n.%*[BR] %59[a-z0-9_]", name) == 1 && !is_field(kind, name))
                fail_msg("the page has a field %s of %s, which is never written", name,
                         net_event_kind_name((uint16_t)kind));
    }
}

static void every_name_is_in_the_page(void **unused)
{
    const char *names = strstr(page, "\n.SH NAMES\n"), *word;
    (void)unused;
    assert_non_null(names);
    for (size_t i = 0; (word = lab_event_word(i)); i++)
        if (!strstr(names, word))
            fail_msg("the page does not list the name %s", word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_in_the_page),
        cmocka_unit_test(no_other_field_is_in_the_page),
        cmocka_unit_test(every_name_is_in_the_page),
    };
    return cmocka_run_group_tests_name("format_page", tests, read_page, free_page);
}
