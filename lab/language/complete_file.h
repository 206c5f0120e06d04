// SPDX-License-Identifier: GPL-3.0-or-later
// Files of the learner's, for completion.
#ifndef LAB_LANGUAGE_COMPLETE_FILE_H
#define LAB_LANGUAGE_COMPLETE_FILE_H

#include "lab/language/complete.h"

/* Programs, sources and folders that begin as was typed: ./se, ~/lab/, /usr/bin/p. Names with blanks are left out: they
 * need quotes. At most 200. */
void lab_complete_file(const char *typed, lab_candidate_fn *, void *user);

#endif
