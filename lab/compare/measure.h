// SPDX-License-Identifier: GPL-3.0-or-later
// From the rounds of a comparison to what each server needs, and that as text and bars.
#ifndef LAB_COMPARE_MEASURE_H
#define LAB_COMPARE_MEASURE_H

#include "lab/state/measured.h"

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
void lab_measured_finish(struct lab_measured *, const struct lab_round *, size_t rounds, uint64_t *waited_ns,
                         size_t count);
/* The smallest of n sorted numbers that is not exceeded by percent of 100 of them (nearest rank); 0 of none. */
uint64_t lab_percentile(const uint64_t *sorted, size_t n, unsigned percent);

/* "1,234", "41.2 ms", "15.3 MiB", "201 processes", or "-" when it is not known. Returns out. */
const char *lab_measure_text(const struct lab_measured *, enum lab_measure, char *out, size_t out_bytes);
/* The largest value of a measure; 0 when none is known. Bars are relative to it. */
uint64_t lab_measure_most(const struct lab_measured *, size_t count, enum lab_measure);
/* Whether it is the best of those that answered all their clients, alone or with others; not when there is nothing to
 * be better than. */
bool lab_measure_is_best(const struct lab_measured *all, size_t count, size_t which, enum lab_measure);
/* Cells of a bar `room` wide: at least one for what is not zero. */
int lab_measure_bar(const struct lab_measured *, enum lab_measure, uint64_t most, int room);
/* "200 clients at once, 3 rounds: all were answered", or how many were not. Returns out. */
const char *lab_measure_head(const struct lab_measured *, size_t count, char *out, size_t out_bytes);

#endif
