// SPDX-License-Identifier: GPL-3.0-or-later
// The names of actors that a command may speak of.
#ifndef LAB_LANGUAGE_SCOPE_H
#define LAB_LANGUAGE_SCOPE_H

#include "lab/language/row.h"
#include "lab/state/state.h"

enum { LAB_NAME_BYTES = 16 };

/*
 * Actors that live, and those which commands read earlier will have started. A name is known with what it is, so that
 * `server send` can be told from `c1 send` before anything runs.
 */
struct lab_scope {
    struct lab_name {
        char name[LAB_NAME_BYTES];
        bool is_hand;
        bool alive;
    } * names;
    size_t count;
    /* What `mark` named and `let` set: both are known to the lines behind them. */
    struct lab_named_value {
        char name[LAB_NAME_BYTES];
        char *value; /* of a variable; NULL: a mark */
    } * values;
    size_t value_count;
};
int lab_scope_add(struct lab_scope *, const char *name, bool is_hand);
int lab_scope_copy(struct lab_scope *to, const struct lab_scope *from);
/* Marks and variables alone, in place of those that *to has. -1 without memory, and then nothing is changed. */
int lab_scope_copy_values(struct lab_scope *to, const struct lab_scope *from);
/* value NULL: a mark. What had that name is replaced. -1 without memory. */
int lab_scope_add_value(struct lab_scope *, const char *name, const char *value);
bool lab_scope_has_mark(const struct lab_scope *, const char *name);
int lab_scope_unknown_mark(const struct lab_scope *, const char *name, struct net_error *); /* -1 */
/* NULL: there is no such variable. */
const char *lab_scope_variable(const struct lab_scope *, const char *name, size_t bytes);
int lab_scope_unknown_variable(const struct lab_scope *, const char *name, struct net_error *); /* -1 */
/* The actors of this experiment; those that ended too, for conditions speak of them. */
int lab_scope_add_state(struct lab_scope *, const struct lab_state *, const struct lab_journal *);
const struct lab_name *lab_scope_find(const struct lab_scope *, const char *name);
void lab_scope_fini(struct lab_scope *);
/* A name that no actor has yet: base, then base2, base3 ... */
void lab_scope_fresh(const struct lab_scope *, const char *base, char *out);
/* Whether an actor may be called so; the sentence says why not. */
int lab_name_check(const struct lab_language *, const char *name, struct net_error *);

#endif
