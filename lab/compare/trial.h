// SPDX-License-Identifier: GPL-3.0-or-later
// What a server was measured to need for a crowd, and several of them side by side.
#ifndef LAB_COMPARE_TRIAL_H
#define LAB_COMPARE_TRIAL_H

#include "lab/compare/crowd.h"
#include "lab/state/state.h"

/*
 * `compare` gives each server the same crowd, in rounds, and puts what came of it into the journal: one note
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
    const char *title; /* "connections per second" */
    bool more_is_better;
    const char *about; /* one sentence: what exactly is counted */
};
extern const struct lab_measure_row lab_measures[LAB_MEASURES];
extern const char lab_measures_caveat[]; /* what all of them have in common */
/* What else a condition may speak of, numbered on from the measures. */
enum lab_trial_count { LAB_COUNT_ANSWERED = LAB_MEASURES, LAB_COUNT_FAILED, LAB_COUNT_PROCESSES, LAB_COUNTS };
/* "rate", "answered"; NULL past the end. */
const char *lab_trial_number_name(unsigned number);

enum { LAB_TRIALS_MAX = 8, LAB_ROUNDS_MAX = 20, LAB_TRIAL_SAID_BYTES = 240 };

struct lab_trial {
    char program[16];         /* "fork" */
    unsigned clients, rounds; /* in each round; rounds that were run */
    unsigned answered, failed;
    bool known[LAB_MEASURES];
    uint64_t value[LAB_MEASURES];
    uint64_t voluntary, forced; /* the switches, apart */
    unsigned processes;
    char said[LAB_TRIAL_SAID_BYTES]; /* what went wrong, one sentence; "" nothing did */
};

/* What one round has measured. */
struct lab_round {
    unsigned answered, failed;
    uint64_t took_ns; /* from the first connect() entered to the last answer received; 0: none was answered */
    bool is_counted;  /* the server lived to be counted */
    bool has_memory;
    uint64_t memory_bytes, voluntary, forced;
    unsigned processes, tasks;
};
/* Fill all but program, clients and said. waited_ns: of all answered clients of all rounds; is sorted. */
void lab_trial_finish(struct lab_trial *, const struct lab_round *, size_t rounds, uint64_t *waited_ns, size_t count);
/* The smallest of n sorted numbers that is not exceeded by percent of 100 of them (nearest rank); 0 of none. */
uint64_t lab_percentile(const uint64_t *sorted, size_t n, unsigned percent);

/* The note's data, and back: -1 when it is no such object. */
char *lab_trial_text(const struct lab_trial *); /* to be freed; NULL without memory */
int lab_trial_parse(const char *text, size_t bytes, struct lab_trial *);
/* Those of the latest comparison, in its order; how many. */
size_t lab_trials_read(const struct lab_state *, const struct lab_journal *, struct lab_trial out[LAB_TRIALS_MAX]);

/* A measure or count by its number; false when it is not known. */
bool lab_trial_number(const struct lab_trial *, unsigned number, uint64_t *out);
/* The one of that program; NULL. */
const struct lab_trial *lab_trial_of(const struct lab_trial *, size_t count, const char *program);
/* Whether its number is larger (direction 1) or smaller (-1) than that of each other one. */
bool lab_trial_ranks(const struct lab_trial *all, size_t count, const struct lab_trial *, unsigned number,
                     int direction);

/* "1,234", "41.2 ms", "15.3 MiB", "201 processes", or "-" when it is not known. Returns out. */
const char *lab_trial_value(const struct lab_trial *, enum lab_measure, char *out, size_t out_bytes);
/* The largest value of a measure; 0 when none is known. Bars are relative to it. */
uint64_t lab_trials_most(const struct lab_trial *, size_t count, enum lab_measure);
/* Whether it is the best of those that answered all their clients, alone or with others; not when there is nothing to
 * be better than. */
bool lab_trial_is_best(const struct lab_trial *all, size_t count, size_t which, enum lab_measure);
/* Cells of a bar `room` wide: at least one for what is not zero. */
int lab_trial_bar(const struct lab_trial *, enum lab_measure, uint64_t most, int room);
/* "200 clients at once, 3 rounds: all were answered", or how many were not. Returns out. */
const char *lab_trials_head(const struct lab_trial *, size_t count, char *out, size_t out_bytes);

#endif
