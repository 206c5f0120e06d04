// SPDX-License-Identifier: GPL-3.0-or-later
// The screen as one function.
#ifndef UI_APP_RUN_H
#define UI_APP_RUN_H

#include "net/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ui_options {
    enum net_mode mode;
    struct net_ip bind_ip;        /* loopback mode: 0 means 127.0.0.1 */
    bool binds_all;               /* as in struct lab_session_spec */
    const char *lessons_file;     /* a file or folder, with the embedded ones; NULL: those alone */
    bool lessons_only;            /* without the embedded ones */
    const char *language;         /* in which lessons are read; NULL: as the book is written */
    const char *locale_note;      /* what is to be said of the locale, NULL nothing */
    uint64_t seed;                /* of the order in which choices stand; 0: as they are written */
    bool notes;                   /* show what the lessons have for teachers */
    const char *learner;          /* whose progress it is; NULL: the one without a name */
    bool plain;                   /* no colour, ASCII lines */
    const char *open;             /* as lab_lessons_find() takes it, or "free"; NULL: the list */
    bool presents;                /* `open`, or what the list would open at, in front of a class */
    const char *const *try_words; /* of `tcplab try` (ui/app/try.h) */
    size_t try_count;
    const char *try_commands; /* carried out once they run; NULL: none */
    const char *saved_run;    /* a file written by `save`, to be looked at instead of opening a lab; NULL: none */
};

/*
 * Open a lab on the terminal of standard input and output, and stay until the learner leaves.
 *
 *   returns  the exit status of the program: 0; 2 when it could not begin (no terminal, lessons that cannot be read, no
 *            lab to be had), with one sentence on standard error and nothing changed. 128 + N after SIGTERM or SIGHUP.
 *   thread   the only one there is (net_hosts_open).
 */
int ui_run(const struct ui_options *);

#endif
