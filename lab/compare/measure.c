// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/compare/measure.h"

#include "lab/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

uint64_t lab_percentile(const uint64_t *sorted, size_t n, unsigned percent)
{
    size_t rank = (n * percent + 99) / 100;
    return n == 0 ? 0 : sorted[rank == 0 ? 0 : rank - 1];
}

static uint64_t middle(uint64_t *numbers, size_t n)
{
    qsort(numbers, n, sizeof *numbers, by_size);
    return numbers[(n - 1) / 2];
}

static uint64_t memory_of(const struct lab_round *r)
{
    return r->memory_bytes;
}

static uint64_t voluntary_of(const struct lab_round *r)
{
    return r->voluntary;
}

static uint64_t forced_of(const struct lab_round *r)
{
    return r->forced;
}

static uint64_t switches_of(const struct lab_round *r)
{
    return r->voluntary + r->forced;
}

static uint64_t processes_of(const struct lab_round *r)
{
    return r->processes;
}

static uint64_t tasks_of(const struct lab_round *r)
{
    return r->tasks;
}

static uint64_t rate_of(const struct lab_round *r)
{
    return (uint64_t)((double)r->answered * 1e9 / (double)r->took_ns + 0.5);
}

static bool was_counted(const struct lab_round *r)
{
    return r->is_counted;
}

static bool has_memory(const struct lab_round *r)
{
    return r->is_counted && r->has_memory;
}

static bool was_answered(const struct lab_round *r)
{
    return r->answered > 0 && r->took_ns > 0;
}

/* The middle one of the rounds that tell; false when none does. */
static bool middle_of(const struct lab_round *rounds, size_t count, bool (*tells)(const struct lab_round *),
                      uint64_t (*number)(const struct lab_round *), uint64_t *out)
{
    uint64_t numbers[LAB_ROUNDS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count && n < LAB_ROUNDS_MAX; i++)
        if (tells(&rounds[i]))
            numbers[n++] = number(&rounds[i]);
    if (n > 0)
        *out = middle(numbers, n);
    return n > 0;
}

void lab_measured_finish(struct lab_measured *t, const struct lab_round *rounds, size_t count, uint64_t *waited_ns,
                         size_t n)
{
    uint64_t processes = 0;
    t->rounds = (unsigned)count;
    t->answered = t->failed = 0;
    for (size_t i = 0; i < count; i++) {
        t->answered += rounds[i].answered;
        t->failed += rounds[i].failed;
    }
    if (n > 0)
        qsort(waited_ns, n, sizeof *waited_ns, by_size);
    t->known[LAB_MEASURE_MEDIAN] = t->known[LAB_MEASURE_P99] = n > 0;
    t->value[LAB_MEASURE_MEDIAN] = lab_percentile(waited_ns, n, 50);
    t->value[LAB_MEASURE_P99] = lab_percentile(waited_ns, n, 99);
    t->known[LAB_MEASURE_RATE] = middle_of(rounds, count, was_answered, rate_of, &t->value[LAB_MEASURE_RATE]);
    t->known[LAB_MEASURE_MEMORY] = middle_of(rounds, count, has_memory, memory_of, &t->value[LAB_MEASURE_MEMORY]);
    t->known[LAB_MEASURE_SWITCHES] = middle_of(rounds, count, was_counted, switches_of,
                                               &t->value[LAB_MEASURE_SWITCHES]);
    t->known[LAB_MEASURE_TASKS] = middle_of(rounds, count, was_counted, tasks_of, &t->value[LAB_MEASURE_TASKS]);
    middle_of(rounds, count, was_counted, voluntary_of, &t->voluntary);
    middle_of(rounds, count, was_counted, forced_of, &t->forced);
    middle_of(rounds, count, was_counted, processes_of, &processes);
    t->processes = (unsigned)processes;
}

/* ---- as text ----------------------------------------------------------------------------------------------------- */

/* 1234567 as "1,234,567". */
static void count_text(uint64_t number, char *out, size_t out_bytes)
{
    char digits[24];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number), used = 0;
    for (size_t i = 0; i < n && used + 2 < out_bytes; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

/* Three digits that count, in the unit that fits. */
static void scaled_text(double value, double step, const char *const *units, char *out, size_t out_bytes)
{
    while (value >= step && units[1]) {
        value /= step;
        units++;
    }
    snprintf(out, out_bytes, value < 99.95 ? "%.1f %s" : "%.0f %s", value, *units);
}

const char *lab_measure_text(const struct lab_measured *t, enum lab_measure measure, char *out, size_t out_bytes)
{
    static const char *const times[] = {"us", "ms", "s", NULL}, *const sizes[] = {"KiB", "MiB", "GiB", NULL};
    unsigned long long value = t->value[measure];
    if (!t->known[measure]) {
        snprintf(out, out_bytes, "-");
        return out;
    }
    switch (measure) {
    case LAB_MEASURE_MEDIAN:
    case LAB_MEASURE_P99: scaled_text((double)value / 1e3, 1e3, times, out, out_bytes); break;
    case LAB_MEASURE_MEMORY: scaled_text((double)value / 1024, 1024, sizes, out, out_bytes); break;
    case LAB_MEASURE_TASKS:
        if (t->processes > 1)
            snprintf(out, out_bytes, LAB_PLURAL(value, "%llu process", "%llu processes"), value);
        else
            snprintf(out, out_bytes, LAB_PLURAL(value, "%llu thread", "%llu threads"), value);
        break;
    case LAB_MEASURE_RATE:
    case LAB_MEASURE_SWITCHES:
    case LAB_MEASURES: count_text(value, out, out_bytes); break;
    }
    return out;
}

uint64_t lab_measure_most(const struct lab_measured *all, size_t count, enum lab_measure measure)
{
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].known[measure] && all[i].value[measure] > most)
            most = all[i].value[measure];
    return most;
}

bool lab_measure_is_best(const struct lab_measured *all, size_t count, size_t which, enum lab_measure measure)
{
    bool is_worse = false, others = false;
    uint64_t own = all[which].value[measure];
    for (size_t i = 0; i < count && all[which].known[measure] && !all[which].failed; i++) {
        if (i == which || !all[i].known[measure] || all[i].failed)
            continue;
        uint64_t other = all[i].value[measure];
        is_worse |= lab_measures[measure].more_is_better ? other > own : other < own;
        others |= other != own;
    }
    return others && !is_worse;
}

int lab_measure_bar(const struct lab_measured *t, enum lab_measure measure, uint64_t most, int room)
{
    if (!t->known[measure] || !t->value[measure] || !most || room < 1)
        return 0;
    int cells = (int)((double)t->value[measure] / (double)most * room + 0.5);
    return cells < 1 ? 1 : cells > room ? room : cells;
}

const char *lab_measure_head(const struct lab_measured *all, size_t count, char *out, size_t out_bytes)
{
    char clients[80], rounds[80];
    unsigned failed = 0;
    *out = '\0';
    if (count == 0)
        return out;
    for (size_t i = 0; i < count; i++)
        failed += all[i].failed;
    snprintf(clients, sizeof clients, LAB_PLURAL(all[0].clients, "%u client at once", "%u clients at once"),
             all[0].clients);
    snprintf(rounds, sizeof rounds, LAB_PLURAL(all[0].rounds, "%u round", "%u rounds"), all[0].rounds);
    if (failed)
        snprintf(out, out_bytes, _("%s, %s: %u had no answer"), clients, rounds, failed);
    else
        snprintf(out, out_bytes, _("%s, %s: all were answered"), clients, rounds);
    return out;
}
