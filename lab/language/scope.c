// SPDX-License-Identifier: GPL-3.0-or-later
// The names of actors that a command may speak of.

#include "lab/language/scope.h"

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
    return 0;
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
