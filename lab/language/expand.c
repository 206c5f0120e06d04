// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/language/expand.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXPANDED_MAX = 65536 }; /* let a = $b$b, let b = $c$c ... grows fast */

struct expander {
    const char *line;
    size_t at, length, room;
    struct lab_expanded *out;
    bool quoted;
};

static bool put(struct expander *e, const char *bytes, size_t n, size_t origin)
{
    if (e->length + n + 1 > e->room) {
        size_t room = 2 * (e->length + n + 1);
        char *text = realloc(e->out->text, room);
        if (text)
            e->out->text = text;
        int *origins = text ? reallocarray(e->out->origin, room, sizeof *origins) : NULL;
        if (!origins)
            return false;
        e->out->origin = origins;
        e->room = room;
    }
    for (size_t i = 0; i < n; i++) {
        e->out->text[e->length] = bytes[i];
        e->out->origin[e->length++] = (int)origin + 1;
    }
    e->out->text[e->length] = '\0';
    e->out->origin[e->length] = (int)(origin + 1);
    return true;
}

/* The name behind a $; how many bytes all of it takes, 0: it is none. */
static size_t name_at(const char *dollar, const char **name, size_t *bytes)
{
    bool braced = dollar[1] == '{';
    *name = dollar + 1 + braced;
    *bytes = 0;
    if (!isalpha((unsigned char)**name) && **name != '_')
        return 0;
    while (isalnum((unsigned char)(*name)[*bytes]) || (*name)[*bytes] == '_')
        ++*bytes;
    if (braced && (*name)[*bytes] != '}')
        return 0;
    return 1 + *bytes + 2 * braced;
}

static int no_variable(const struct lab_scope *scope, const char *name, size_t bytes, struct net_error *err)
{
    char wrong[41];
    snprintf(wrong, sizeof wrong, "%.*s", (int)(bytes < sizeof wrong ? bytes : sizeof wrong - 1), name);
    return lab_scope_unknown_variable(scope, wrong, err);
}

/* What stands at e->at, which is moved behind it. */
static int take(struct expander *e, const struct lab_scope *scope, struct net_error *err)
{
    const char *at = e->line + e->at, *name, *value = at;
    size_t bytes, taken = 1, length = 1;
    if (*at == '"')
        e->quoted = !e->quoted;
    if (e->quoted && at[0] == '\\' && at[1])
        taken = length = 2;
    if (!e->quoted && at[0] == '$' && at[1] == '$') {
        taken = 2;
    } else if (!e->quoted && at[0] == '$' && name_at(at, &name, &bytes)) {
        taken = name_at(at, &name, &bytes);
        value = lab_scope_variable(scope, name, bytes);
        if (!value)
            return no_variable(scope, name, bytes, err);
        length = strlen(value);
    }
    if (e->length + length > EXPANDED_MAX)
        return net_fail(err, 0, NULL, "with its variables the line is longer than %d letters", EXPANDED_MAX);
    if (!put(e, value, length, e->at))
        return net_fail_errno(err, "malloc");
    e->at += taken;
    return 0;
}

int lab_expand(const char *line, const struct lab_scope *scope, struct lab_expanded *out, int *column,
               struct net_error *err)
{
    struct expander e = {.line = line, .out = out};
    int result = 0;
    *out = (struct lab_expanded){0};
    if (!strchr(line, '$'))
        return 0;
    while (line[e.at] && result == 0) {
        bool blank_before = e.at == 0 || strchr(" \t", line[e.at - 1]);
        bool comment = !e.quoted && blank_before && line[e.at] == '#' && !isdigit((unsigned char)line[e.at + 1]);
        if (comment)
            break;
        result = take(&e, scope, err);
    }
    if (result == 0 && !put(&e, "", 0, e.at))
        result = net_fail_errno(err, "malloc");
    if (result < 0) {
        *column = (int)e.at + 1;
        lab_expanded_fini(out);
    }
    return result;
}

int lab_expanded_column(const struct lab_expanded *expanded, int column)
{
    if (!expanded->text)
        return column;
    size_t last = strlen(expanded->text), at = column > 0 ? (size_t)column - 1 : 0;
    return expanded->origin[at < last ? at : last];
}

void lab_expanded_fini(struct lab_expanded *expanded)
{
    free(expanded->text);
    free(expanded->origin);
    *expanded = (struct lab_expanded){0};
}
