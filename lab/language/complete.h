// SPDX-License-Identifier: GPL-3.0-or-later
// What may stand at the cursor.
#ifndef LAB_LANGUAGE_COMPLETE_H
#define LAB_LANGUAGE_COMPLETE_H

#include "lab/language/scope.h"
#include "lab/language/settings.h"
#include "lab/state/state.h"
#include "net/engine.h"

/* What there is to be named. */
struct lab_named {
    const struct lab_language *language;
    const struct lab_state *state;
    const struct lab_journal *journal;
    const struct net_hosts *hosts; /* of their sysctls */
    const struct lab_scope *kept;  /* marks and variables; NULL: none */
    struct lab_settings settings;
    const char *setting; /* the run is under this one */
};

/*
 * Only what is valid now. line up to byte `at`.
 *   out     called once per candidate: the whole word, and what it means (may be "").
 *   start   byte where the word being completed begins.
 */
typedef void lab_candidate_fn(void *user, const char *word, const char *meaning);
void lab_complete(const struct lab_named *, const char *line, size_t at, size_t *start, lab_candidate_fn *, void *user);

#endif
