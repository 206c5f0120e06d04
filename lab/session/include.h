// SPDX-License-Identifier: GPL-3.0-or-later
// The file of an `include` line.
#ifndef LAB_SESSION_INCLUDE_H
#define LAB_SESSION_INCLUDE_H

#include "net/base/error.h"

#include <stdint.h>

/* A file whose lines are being read, and the one that includes it; they lie on the stack of the reader. */
struct lab_including {
    const struct lab_including *outer;
    const char *file;
    uint64_t device, inode; /* both 0: it is no file */
    unsigned depth;
};

/* The file that the script itself is, if it is one. */
void lab_including_begin(struct lab_including *, const char *file);
/*
 * Read all of a file that a line of `outer` includes; a name without / in front is looked for beside that.
 *   inner   set; its file and *text are the caller's to free.
 *   errors  -1: cannot be read, no ordinary file, no text, too large, or being read already.
 */
int lab_include_read(const struct lab_including *outer, const char *name, struct lab_including *inner, char **text,
                     struct net_error *);

#endif
