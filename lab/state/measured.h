// SPDX-License-Identifier: GPL-3.0-or-later
// What servers were measured to need, as the journal has it.
#ifndef LAB_STATE_MEASURED_H
#define LAB_STATE_MEASURED_H

#include "lab/state/state.h"

/*
 * `compare` gives each server the same clients, in rounds, and puts what came of it into the journal: one note
 * (LAB_NOTE_MEASURED) per server, its data a JSON object. So a result is part of the run that it was measured in.
 *
 * Of the rounds the middle one counts, for each measure by itself; with an even number the lower of the two in the
 * middle. Only the times of the clients are taken together: the median and the 99th percentile are those of all clients
 * of all rounds, by nearest rank.
 */
enum lab_measure {
    LAB_MEASURE_RATE,     /* answers in a second: from the first connect() entered to the last answer received */
    LAB_MEASURE_MEDIAN,   /* ns: half of the clients had their answer by then, counted from their own connect() */
    LAB_MEASURE_P99,      /* ns: 99 of 100 had */
    LAB_MEASURE_MEMORY,   /* bytes of its own (net/actor/usage.h), with all clients connected */
    LAB_MEASURE_SWITCHES, /* context switches of all its tasks, from before the first client to that moment */
    LAB_MEASURE_TASKS,    /* that it consists of at that moment: each process counts with all its threads */
    LAB_MEASURES
};

struct lab_measure_row {
    const char *id;    /* "rate": in conditions */
    const char *key;   /* "per_second": in the note */
    const char *title; /* "connections per second" */
    const char *about; /* one sentence: what exactly is counted */
    bool more_is_better;
};
extern const struct lab_measure_row lab_measures[LAB_MEASURES];
extern const char lab_measures_caveat[]; /* what all of them have in common */

/* What else a condition may speak of, numbered on from the measures. */
enum lab_measured_count { LAB_COUNT_ANSWERED = LAB_MEASURES, LAB_COUNT_FAILED, LAB_COUNT_PROCESSES, LAB_COUNTS };
/* "rate", "answered"; NULL past the end. */
const char *lab_measure_name(unsigned number);

enum { LAB_COMPARED_MAX = 8, LAB_ROUNDS_MAX = 20, LAB_MEASURED_SAID_BYTES = 480 };

struct lab_measured {
    char program[16];         /* "fork" */
    unsigned clients, rounds; /* in each round; rounds that were run */
    unsigned answered, failed;
    bool known[LAB_MEASURES];
    uint64_t value[LAB_MEASURES];
    uint64_t voluntary, forced; /* the two kinds of switches */
    unsigned processes;
    char said[LAB_MEASURED_SAID_BYTES]; /* what went wrong, one sentence; "" nothing did */
};

/* The note's data, and back: -1 when it is no such object. */
char *lab_measured_json(const struct lab_measured *); /* to be freed; NULL without memory */
int lab_measured_parse(const char *text, size_t bytes, struct lab_measured *);
/* Those of the latest comparison, in its order; how many. */
size_t lab_measured_read(const struct lab_state *, const struct lab_journal *,
                         struct lab_measured out[LAB_COMPARED_MAX]);

/* A measure or count by its number; false when it is not known. */
bool lab_measured_number(const struct lab_measured *, unsigned number, uint64_t *out);
/* The one of that program; NULL. */
const struct lab_measured *lab_measured_of(const struct lab_measured *, size_t count, const char *program);
/* Whether its number is larger (direction 1) or smaller (-1) than that of each other one. */
bool lab_measured_ranks(const struct lab_measured *all, size_t count, const struct lab_measured *, unsigned number,
                        int direction);

#endif
