// SPDX-License-Identifier: GPL-3.0-or-later
// A saved run, opened again: nothing in it can change.
#ifndef LAB_SAVED_H
#define LAB_SAVED_H

#include "lab/journal/journal.h"
#include "lab/state/past.h"

struct lab_saved {
    const char *path; /* the caller's */
    struct lab_journal *journal;
    struct lab_state *state; /* after its last event */
    struct lab_past *past;   /* at earlier ones */
    uint64_t start_ns;       /* zero of its times */
    bool has_wire;
    char about[200]; /* "recorded 2026-11-24 22:43:09 UTC on Linux 6.18.5 with tun" */
};

/* Read a run that `save` wrote; pipes: from a pipe too (lab_file_open()). -1: one sentence with the file and the line;
 * *saved is all zero then. */
int lab_saved_open(struct lab_saved *, const char *path, bool pipes, struct net_error *);
void lab_saved_close(struct lab_saved *); /* also of one that is all zero */

/* Every event of a saved run that tells a reader something, one line each, as `tcplab run -v` writes them. */
int lab_saved_print(const char *path, FILE *out, struct net_error *);
/* The run as JSON Lines, whatever form its file has. */
int lab_saved_print_json(const char *path, FILE *out, struct net_error *err);

/*
 * A saved run as a file that its name says: lab/export/export.h; a capture file holds what was delivered.
 *
 *   from_ns, to_ns   the part, since the run began; 0 and UINT64_MAX: all of it. Not for a capture
 *   said             what was written: a sentence for a person
 */
struct lab_export;
int lab_saved_export(const char *path, const struct lab_export *, uint64_t from_ns, uint64_t to_ns, char *said,
                     size_t said_bytes, struct net_error *);

#endif
