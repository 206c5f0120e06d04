// SPDX-License-Identifier: GPL-3.0-or-later
// A sentence from one format with named parts.
#ifndef LAB_EXPLAIN_SENTENCE_H
#define LAB_EXPLAIN_SENTENCE_H

#include "lab/explain/evidence.h"

/*
 * Each sentence of this room is one format that is whole: "{by} called {call} in line {line}." Its parts have names, so
 * that a translation can put them in another order; a part is a name or a number, never a piece of grammar. The two
 * exceptions are {reason}, which is itself a whole message that others show after "because", and {when}, from the table
 * of options. A brace that is not followed by a letter stands for itself.
 *
 *   {by}       name of the task that made an event       {call}     the call as C, from `enter` and `ret`
 *   {result}   what `ret` returned                       {command}  the text of a note
 *   {at} {since} {until}                                 "4.217": seconds since the run began
 */
struct lab_parts {
    const char *format;
    const struct net_event *by, *enter, *ret, *command;
    const char *who, *other, *name, *flags, *address, *peer, *reason, *when;
    int64_t count, limit, number, fd, line, port, id;
    uint64_t at, since, until; /* ns */
    unsigned state, from, to;  /* enum net_state */
    unsigned host;             /* enum net_host */
};

/* Into out, without control characters, cut when it does not fit; returns out. A part that has no such name is written
 * as it stands in the format. */
const char *lab_sentence_text(const struct lab_evidence *, const struct lab_parts *, char *out, size_t out_bytes);
/* The same in English in every language, as far as its parts are: for a file. */
const char *lab_sentence_text_of_files(const struct lab_evidence *, const struct lab_parts *, char *out,
                                       size_t out_bytes);
/* Whether a format may name such a part: {bytes} of that many letters. */
bool lab_is_part(const char *name, size_t bytes);

#endif
