// SPDX-License-Identifier: GPL-3.0-or-later
// Where the lab keeps what is its user's: two folders of the XDG Base Directory Specification.
#ifndef LAB_BASE_HOME_H
#define LAB_BASE_HOME_H

#include "net/base/error.h"

#include <stddef.h>

/*
 * $XDG_STATE_HOME/tcplab/NAME, or ~/.local/state/tcplab/NAME. Nothing is made.
 *
 * Who runs the lab with the home of another (`sudo tcplab`) keeps nothing: what he wrote there would be his, in a
 * place where the other may put links. So the directory that is named, or the nearest one above it that is there, has
 * to be his own, or root's.
 *
 *   errors  -1, *out "": neither variable names a directory, or it is another's; err has the clause.
 */
int lab_home_path(const char *name, char *out, size_t room, struct net_error *);
/* The same for what a user has made himself: $XDG_DATA_HOME/tcplab/NAME, or ~/.local/share/tcplab/NAME. */
int lab_home_data_path(const char *name, char *out, size_t room, struct net_error *);
/* Make the directories above that path, 0700, as the specification wants. -1: errno. */
int lab_home_make(const char *path);

#endif
