// SPDX-License-Identifier: GPL-3.0-or-later
// A file for what is past, so that it takes no memory.
#ifndef LAB_JOURNAL_PAST_FILE_H
#define LAB_JOURNAL_PAST_FILE_H

#include "net/base/error.h"

/*
 * A new, empty file on a disk that this user may write to. It has no name: nobody sees it, nothing of it is left
 * behind, whatever ends the lab. Closing it does not end it while it is mapped.
 *
 *   returns  its descriptor, the caller's.
 *   errors   -1: no directory of the user's is on a disk whose file system can do that.
 */
int lab_past_file(struct net_error *);

#endif
