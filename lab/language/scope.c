// SPDX-License-Identifier: GPL-3.0-or-later
// The names of actors that a command may speak of.

#include "lab/language/scope.h"

#include "lab/base/text.h"
#include "lab/language/word.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lab_scope_add(struct lab_scope *scope, const char *name, bool is_hand)
{
    struct lab_name *names = reallocarray(scope->names, scope->count + 1, sizeof *names);
    if (!names)
        return -1;
    scope->names = names;
    names[scope->count] = (struct lab_name){.is_hand = is_hand, .alive = true};
    snprintf(names[scope->count].name, sizeof names->name, "%s", name);
    scope->count++;
    return 0;
}

int lab_scope_copy(struct lab_scope *to, const struct lab_scope *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (lab_scope_add(to, from->names[i].name, from->names[i].is_hand) < 0)
            return -1;
    return from->value_count ? lab_scope_copy_values(to, from) : 0;
}

/* ---- marks and variables ---- */

static void forget_values(struct lab_scope *scope)
{
    for (size_t i = 0; i < scope->value_count; i++)
        free(scope->values[i].value);
    free(scope->values);
    scope->values = NULL;
    scope->value_count = 0;
}

static struct lab_named_value *find_value(const struct lab_scope *scope, const char *name, size_t bytes, bool is_mark)
{
    for (size_t i = scope->value_count; i-- > 0;) {
        struct lab_named_value *value = &scope->values[i];
        if (strlen(value->name) == bytes && memcmp(value->name, name, bytes) == 0 && !value->value == is_mark)
            return value;
    }
    return NULL;
}

int lab_scope_add_value(struct lab_scope *scope, const char *name, const char *value)
{
    struct lab_named_value *known = find_value(scope, name, strlen(name), !value);
    char *copy = value ? strdup(value) : NULL;
    if (value && !copy)
        return -1;
    if (known) {
        free(known->value);
        known->value = copy;
        return 0;
    }
    struct lab_named_value *values = reallocarray(scope->values, scope->value_count + 1, sizeof *values);
    if (!values) {
        free(copy);
        return -1;
    }
    scope->values = values;
    values[scope->value_count] = (struct lab_named_value){.value = copy};
    snprintf(values[scope->value_count++].name, LAB_NAME_BYTES, "%s", name);
    return 0;
}

int lab_scope_copy_values(struct lab_scope *to, const struct lab_scope *from)
{
    struct lab_scope copy = {0};
    for (size_t i = 0; i < from->value_count; i++) {
        if (lab_scope_add_value(&copy, from->values[i].name, from->values[i].value) < 0) {
            forget_values(&copy);
            return -1;
        }
    }
    forget_values(to);
    to->values = copy.values;
    to->value_count = copy.value_count;
    return 0;
}

bool lab_scope_has_mark(const struct lab_scope *scope, const char *name)
{
    return find_value(scope, name, strlen(name), true);
}

const char *lab_scope_variable(const struct lab_scope *scope, const char *name, size_t bytes)
{
    const struct lab_named_value *value = find_value(scope, name, bytes, false);
    return value ? value->value : NULL;
}

/* Those that there are; returns how many. */
static size_t list_values(const struct lab_scope *scope, bool is_mark, char *out, size_t out_bytes)
{
    size_t count = 0;
    *out = '\0';
    for (size_t i = 0; i < scope->value_count; i++)
        if (!scope->values[i].value == is_mark)
            lab_append(out, out_bytes, count++ ? ", %s" : "%s", scope->values[i].name);
    return count;
}

int lab_scope_unknown_mark(const struct lab_scope *scope, const char *name, struct net_error *err)
{
    char known[120];
    if (list_values(scope, true, known, sizeof known))
        return net_fail(err, 0, NULL, "there is no mark `%.40s`: there are %s", name, known);
    return net_fail(err, 0, NULL, "there is no mark `%.40s`, nor any other: `mark %.15s` sets one", name, name);
}

int lab_scope_unknown_variable(const struct lab_scope *scope, const char *name, struct net_error *err)
{
    char known[120];
    if (list_values(scope, false, known, sizeof known))
        return net_fail(err, 0, NULL, "there is no variable `%.40s`: there are %s; a plain $ is $$", name, known);
    return net_fail(err, 0, NULL,
                    "there is no variable `%.40s`: a line `let %.15s = VALUE` before sets it; a plain $ is $$", name,
                    name);
}

int lab_scope_add_state(struct lab_scope *scope, const struct lab_state *state, const struct lab_journal *journal)
{
    uint64_t begun_ns = lab_experiment_ns(state, journal);
    for (size_t i = 0; i < state->actor_count; i++) {
        const struct lab_actor *actor = &state->actors[i];
        if (actor->start_ns < begun_ns)
            continue;
        if (lab_scope_add(scope, actor->name, actor->is_hand) < 0)
            return -1;
        scope->names[scope->count - 1].alive = actor->alive;
    }
    return 0;
}

const struct lab_name *lab_scope_find(const struct lab_scope *scope, const char *name)
{
    for (size_t i = scope->count; i-- > 0;)
        if (strcmp(scope->names[i].name, name) == 0)
            return &scope->names[i];
    return NULL;
}

void lab_scope_fini(struct lab_scope *scope)
{
    forget_values(scope);
    free(scope->names);
    *scope = (struct lab_scope){0};
}

/* A hand's base is one letter, and its number is always said: c1, c2. */
void lab_scope_fresh(const struct lab_scope *scope, const char *base, char *out)
{
    bool numbered = base[1] == '\0';
    for (unsigned n = 1; n < 10000; n++) {
        if (n == 1 && !numbered)
            snprintf(out, LAB_NAME_BYTES, "%.10s", base);
        else
            snprintf(out, LAB_NAME_BYTES, "%.10s%u", base, n);
        const struct lab_name *known = lab_scope_find(scope, out);
        if (!known || !known->alive)
            return;
    }
}

int lab_name_check(const struct lab_language *language, const char *name, struct net_error *err)
{
    static const char reserved[] = "no not was within children threads segment sockets state process on as any";
    size_t n = strlen(name), good = 0;
    while (isalnum((unsigned char)name[good]) || name[good] == '_' || name[good] == '-')
        good++;
    if (n == 0 || good != n || !isalpha((unsigned char)name[0]))
        return net_fail(err, 0, NULL, "`%.40s` cannot be a name: a letter first, then letters, digits, _ and -", name);
    if (n >= LAB_NAME_BYTES)
        return net_fail(err, 0, NULL, "`%.40s` is too long for a name: at most %d letters", name, LAB_NAME_BYTES - 1);
    const struct lab_row *row = lab_row_of_command(language, name);
    if ((row && !(row->flags & LAB_ROW_ALSO_NAME)) || lab_word_index(reserved, name) >= 0)
        return net_fail(err, 0, NULL, "`%s` cannot be a name: it is a word of the language; try %.1s1", name, name);
    return 0;
}
