// SPDX-License-Identifier: GPL-3.0-or-later
// Scripts and lessons without a screen.
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include "net/engine.h"

#include <stdio.h>

struct lab_export;

struct lab_run_spec {
    enum net_mode mode;
    struct net_ip bind_ip;
    bool binds_all;           /* as in struct lab_session_spec */
    const char *commands;     /* of -c; NULL: the files */
    const char *const *files; /* scripts, "-", lessons (NAME.md), "3.1" or "3.1.2" */
    size_t file_count;
    const char *lessons_file;  /* for "3.1": a file or folder, with the embedded ones; NULL: those alone */
    bool lessons_only;         /* without the embedded ones */
    const char *language;      /* in which they are read; NULL: as they are written */
    bool all_lessons;          /* every experiment of them, before the files */
    bool tells_judged;         /* of each question in a lesson: where it was judged, when, and what was true */
    uint64_t seed;             /* of the order in which choices stand; 0: as they are written */
    uint64_t limit_ns;         /* of each script; 0: 60 s */
    bool json, quiet, verbose; /* the journal as JSON Lines; only failures; events of lessons too */
    bool unexplained; /* for each script, how many sentences and causes end in what cannot be seen (lab_unseen_count()),
                         and for all of them how many scripts have such a one */
    const struct lab_export *export; /* of all that ran, when it is over; its path NULL: none (lab/export/export.h) */
    FILE *out, *err;
};

enum { LAB_RUN_HELD, LAB_RUN_FAILED, LAB_RUN_COULD_NOT };

/*
 * Run them all, each in an empty lab. What happens goes to out as it happens, one line each (or one JSON object each);
 * why something could not run goes to err.
 *
 *   returns  the exit status: 0 every expectation held, 1 one did not (or a script took too long), 2 something could
 *            not run: a file that cannot be read, syntax, a fact of the machine; 128 + N after SIGINT, SIGTERM, SIGHUP,
 * and SIGPIPE: nobody reads what goes to out. thread   the only one there is (net_hosts_open).
 */
int lab_run(const struct lab_run_spec *);

#endif
