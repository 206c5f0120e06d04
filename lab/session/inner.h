// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of the command language, carried out by a command.
#ifndef LAB_SESSION_INNER_H
#define LAB_SESSION_INNER_H

#include "lab/session/runner.h"

/*
 * For a command that consists of others (`compare`, `matrix run`, `versus`). It has a runner of its own, whose commands
 * stand in the journal as every command does. They are a script's: a hand that is busy is waited for. What to do when
 * one of them fails is the outer command's business. Ends with lab_runner_drop().
 */

/* Begin with these lines; what the runner held before is given up. 0, or -1 with runner->error. */
int lab_inner_begin(struct lab_runner *, struct lab_doing *outer, const char *lines);
/*
 * Carry on, whenever the outer command is looked at.
 *
 *   LAB_WAITS  the outer command waits for what the inner one waits for, but for `what`.
 *   LAB_DONE   all of them are over; runner->doing is as the last one left it.
 *   LAB_ERROR  one has failed, see runner->error and runner->error_line; those after it are still queued.
 */
enum lab_outcome lab_inner_advance(struct lab_runner *, struct lab_doing *outer);

#endif
