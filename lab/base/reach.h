// SPDX-License-Identifier: GPL-3.0-or-later
// Who asks for a file, and which files he may have: every command that names one asks here.
#ifndef LAB_BASE_REACH_H
#define LAB_BASE_REACH_H

#include "net/base/error.h"

#include <limits.h>
#include <stdbool.h>

/*
 * A lesson may be a stranger's, and is opened to be read. So what its lines write and read has a boundary:
 *
 *            writes                                      reads
 *   LESSON   new files with plain names, in the folder   those, and what is ours (lab_reach_read())
 *            of lessons: nothing that is there
 *   USER     what the user may write; what is there      what the user may read
 *            only where he says `replace`
 *
 * USER is what was typed, a key, and a script that was named (`run FILE`, -c). Zero is LESSON: who forgets to say is
 * given the least. Landlock, where the kernel has it, holds the programs that a lesson starts to the same
 * (lab_reach_rooms()).
 */
enum lab_reach { LAB_REACH_LESSON, LAB_REACH_USER };

/* The folder of lessons, $XDG_STATE_HOME/tcplab/lessons; it is made when it is not there. -1: err says why not. */
int lab_reach_folder(char out[PATH_MAX], struct net_error *);

/*
 * The path that the name stands for: to be written anew, to be read.
 *
 *   name    of a lesson: letters, digits, '.', '-', '_', and no dot first.
 *   errors  -1: it may not; one sentence that says what may be.
 */
int lab_reach_write(enum lab_reach, const char *name, char out[PATH_MAX], struct net_error *);
int lab_reach_read(enum lab_reach, const char *name, char out[PATH_MAX], struct net_error *);

#endif
