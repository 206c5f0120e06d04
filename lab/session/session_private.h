// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of a session, for its own files.
#ifndef LAB_SESSION_SESSION_PRIVATE_H
#define LAB_SESSION_SESSION_PRIVATE_H

#include "lab/session/runner.h"
#include "lab/session/script.h"
#include "lab/state/past.h"

struct lab_session_own {
    struct lab_runner prompt, scripted;
    struct lab_script *script;
    struct lab_past *past;             /* NULL: nobody goes back, or no memory */
    struct lab_scope kept;             /* marks and variables that the next line at the prompt knows */
    struct lab_settings_read settings; /* for completion */
    lab_reply_fn *reply;
    void *reply_user;
    lab_forget_fn *forget;
    void *forget_user;
    bool broken;
    bool tidies;         /* a clear is over: memory is to be given back */
    bool behind;         /* there is more to carry out, or to look at, than was in the last turn */
    int input_fd;        /* of the last wait; -1: nobody types */
    uint64_t owed_ns;    /* events until then are to be taken before a command is looked at; 0: none */
    int error_column;    /* of the last line that was refused */
    unsigned time_noted; /* what the last TIME note said */
};

#endif
