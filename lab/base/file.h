// SPDX-License-Identifier: GPL-3.0-or-later
// Files that the lab writes and reads, each in one way.
#ifndef LAB_BASE_FILE_H
#define LAB_BASE_FILE_H

#include "lab/base/reach.h"

#include <stdio.h>

/* ---- writing ---- */

/* What is to be written. */
struct lab_file_wish {
    const char *name; /* "-": the standard output */
    enum lab_reach reach;
    bool replace;    /* a file of that name may go */
    bool is_private; /* nobody else may read it */
    bool headless;   /* pipes and devices may be written too: nobody waits for the screen */
    FILE *standard;  /* what "-" is; NULL: it is a terminal, or others write to it, or there is a screen */
};

/*
 * A file being written. It is a new one, without a name where the file system has such (O_TMPFILE), else with one that
 * nobody can know before; it gets its name when it is whole and on the disk. Until then what was there is untouched,
 * and a lab that dies leaves nothing. A file that is replaced hands on its mode; a symbolic link is refused, since what
 * it leads to is not what was named.
 */
struct lab_file;

/* NULL: err is the sentence: it is not in reach, it is there already, errno. */
struct lab_file *lab_file_new(const struct lab_file_wish *, struct net_error *);
FILE *lab_file_stream(struct lab_file *);
/*
 * Over. It is given its name, or dropped.
 *
 *   code     0: it is whole; an errno: it is dropped, and err says so; LAB_FILE_TOLD: it is dropped, and err is said.
 *   returns  0, or -1 (also for a full disk or a limit that shows only now).
 *   path     where it is now, of PATH_MAX bytes; may be NULL.
 */
enum { LAB_FILE_TOLD = -1 };
int lab_file_end(struct lab_file *, int code, char *path, struct net_error *);

/* ---- reading ---- */

/*
 * Open a file to read it, without ever waiting for it: no FIFO, no directory; a device or a pipe only with `pipes`,
 * where somebody waits who can end it (Ctrl-C). NULL: err is the sentence.
 */
FILE *lab_file_open(const char *path, bool pipes, struct net_error *);
/*
 * All that follows, and a NUL behind it; the caller frees it. At most `most` bytes. NULL: err is the sentence, which
 * names the file; so does a NUL inside, for a text.
 */
char *lab_file_text(FILE *, const char *path, size_t most, size_t *bytes, struct net_error *);

#endif
