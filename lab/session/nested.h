// SPDX-License-Identifier: GPL-3.0-or-later
// A line of the command language, carried out by a command.
#ifndef LAB_SESSION_NESTED_H
#define LAB_SESSION_NESTED_H

#include "lab/session/session_inside.h"

/*
 * For a command that consists of others and has to go on when one of them fails; where it need not, lab_doing_insert()
 * is simpler. The line stands in the journal as every command does. It is a script's: a hand that is busy is waited
 * for.
 */
struct lab_nested {
    struct lab_command *command; /* NULL: there is none, or it is over */
    struct lab_doing doing;
    struct net_error error; /* of one that failed */
};

/* Begin one command. 0, or -1 with n->error; what n held before was given up. */
int lab_nested_begin(struct lab_nested *, struct lab_doing *outer, const char *text);
/*
 * Look at it, as the outer command is looked at. LAB_WAITS: the outer one has taken over what is waited for, but for
 * `what`. LAB_DONE or LAB_ERROR: it is over; n->doing stays as it was left.
 */
enum lab_outcome lab_nested_look(struct lab_nested *, struct lab_doing *outer);
void lab_nested_fini(struct lab_nested *);

#endif
