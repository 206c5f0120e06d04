// SPDX-License-Identifier: GPL-3.0-or-later
// Where a command came from, and what has become of it.
#ifndef LAB_LANGUAGE_PLACE_H
#define LAB_LANGUAGE_PLACE_H

#include "lab/base/reach.h"
#include "lab/journal/journal.h"

/* Said in errors. */
struct lab_place {
    const char
        *file; /* "LESSONS.md", "-", "prompt"; "": a script that nobody has written, whose errors have no place */
    int line, column; /* from 1 */
    enum lab_note_from from;
    enum lab_reach reach; /* which files it may have */
};

enum lab_outcome { LAB_DONE, LAB_WAITS, LAB_ERROR };

#endif
