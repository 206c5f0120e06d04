// SPDX-License-Identifier: GPL-3.0-or-later
// One word, looked up wherever the lab knows words from.
#include "lab/book/glossary.h"

#include "lab/base/nearest.h"
#include "lab/commands/commands.h"

#include "net/base/message.h"
#include "net/base/names.h"
#include "net/data/counter.h"
#include "net/data/option.h"
#include "net/data/segment_kind.h"
#include "net/data/sysctl_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the book's ---- */

const struct lab_term *lab_glossary_find(const struct lab_lessons *lessons, const char *word)
{
    for (size_t i = 0; i < lessons->term_count; i++)
        for (size_t n = 0; n < lessons->terms[i].word_count; n++)
            if (strcasecmp(lessons->terms[i].words[n], word) == 0)
                return &lessons->terms[i];
    return NULL;
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* A Hangul syllable, U+AC00 to U+D7A3: behind a word it is a particle, which Korean writes without a blank. */
static bool is_hangul(const char *at)
{
    return (unsigned char)*at >= 0xEA && (unsigned char)*at <= 0xED;
}

static bool stands_in(const char *word, const char *text)
{
    size_t n = strlen(word);
    for (const char *at = text; n && (at = strcasestr(at, word)); at++)
        if ((at == text || !is_letter(at[-1])) && (!is_letter(at[n]) || is_hangul(at + n)))
            return true;
    return false;
}

bool lab_term_is_in(const struct lab_term *term, const char *text)
{
    for (size_t n = 0; n < term->word_count; n++)
        if (stands_in(term->words[n], text))
            return true;
    return false;
}

/* ---- the tables' ---- */

static bool same(const char *name, const char *word, struct lab_nearest *nearest)
{
    lab_nearest_offer(nearest, name);
    return strcasecmp(name, word) == 0;
}

static void define_option(const char *word, struct lab_nearest *nearest, FILE *out)
{
    for (size_t i = 0; i < net_option_count; i++) {
        const struct net_option *option = &net_options[i];
        if (!same(option->name, word, nearest))
            continue;
        fprintf(out, _("%s  socket option: %s\n"), option->name, _(option->effect));
        if (*option->preset)
            fprintf(out, _("    unless it is set: %s %s\n"), option->preset, _(option->unit));
        if (option->can_set && *option->when)
            fprintf(out, _("    it can be set %s\n"), _(option->when));
    }
}

static void define_name(const char *word, struct lab_nearest *nearest, FILE *out)
{
    const char *name;
    for (size_t i = 0; (name = net_errno_name_at(i)); i++)
        if (same(name, word, nearest))
            fprintf(out, "%s  errno %d: %s\n", name, net_errno_number(name), net_errno_text(net_errno_number(name)));
    for (size_t i = 0; (name = net_signal_name_at(i)); i++)
        if (same(name, word, nearest))
            fprintf(out, "%s  signal %d: %s\n", name, net_signal_number(name),
                    net_signal_text(net_signal_number(name)));
}

static void define_counted(const char *word, struct lab_nearest *nearest, FILE *out)
{
    for (size_t i = 0; i < NET_COUNTERS; i++)
        if (same(net_counters[i].name, word, nearest))
            fprintf(out, _("%s  counter of the kernel: %s\n"), net_counters[i].name, _(net_counters[i].meaning));
    for (size_t i = 0; i < net_sysctl_count; i++)
        if (same(net_sysctls[i].name, word, nearest))
            fprintf(out, _("%s  setting of a host: %s\n"), net_sysctls[i].name, _(net_sysctls[i].effect));
}

static void define_segment(const char *word, struct lab_nearest *nearest, FILE *out)
{
    for (size_t i = 0; i < NET_SEGMENT_KINDS; i++)
        if (same(net_segment_kinds[i].word, word, nearest) || strcasecmp(net_segment_kinds[i].name, word) == 0)
            fprintf(out, _("%s  kind of a segment: %s\n"), _(net_segment_kinds[i].name), _(net_segment_kinds[i].help));
    for (const struct lab_flag *flag = lab_message_flags; flag->name; flag++)
        if (same(flag->name, word, nearest))
            fprintf(out, _("%s  flag of send and recv: %s\n"), flag->name, _(flag->help));
}

static void define_command(const char *word, struct lab_nearest *nearest, FILE *out)
{
    const struct lab_row *row;
    char form[160];
    for (size_t i = 0; (row = lab_row_at(&lab_language, i)); i++)
        if (same(row->words, word, nearest))
            fprintf(out, _("%s  command of the lab: %s\n"), lab_row_form(row, form, sizeof form), _(row->help));
}

char *lab_define(const struct lab_lessons *lessons, const char *word, struct net_error *err)
{
    struct lab_nearest nearest;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out) {
        net_fail_errno(err, "malloc");
        return NULL;
    }
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; i < lessons->term_count; i++)
        for (size_t n = 0; n < lessons->terms[i].word_count; n++)
            lab_nearest_offer(&nearest, lessons->terms[i].words[n]);
    const struct lab_term *term = lab_glossary_find(lessons, word);
    if (term)
        fprintf(out, "%s  %s\n", term->title, term->text);
    define_option(word, &nearest, out);
    define_name(word, &nearest, out);
    define_counted(word, &nearest, out);
    define_segment(word, &nearest, out);
    define_command(word, &nearest, out);
    if (fclose(out) == 0 && bytes > 0)
        return text;
    free(text);
    net_fail(err, 0, NULL, "no word `%.60s` is known here%s", word, lab_nearest_hint(&nearest));
    return NULL;
}
