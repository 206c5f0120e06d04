// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/compare/trial.h"

#include "lab/base/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lab_measure_row lab_measures[LAB_MEASURES] = {
    [LAB_MEASURE_RATE] = {"rate", "connections per second", true,
                          "from the first connect() entered to the last answer received"},
    [LAB_MEASURE_MEDIAN] = {"median", "median time to the answer", false,
                            "from a client's connect() entered to its answer received; half of the clients waited "
                            "less"},
    [LAB_MEASURE_P99] = {"p99", "99th percentile of it", false, "the same; 99 of 100 clients waited less"},
    [LAB_MEASURE_MEMORY] = {"memory", "memory of its own", false,
                            "pages that its processes wrote and share with nobody, and their page tables, with all "
                            "clients connected"},
    [LAB_MEASURE_SWITCHES] = {"switches", "context switches", false,
                              "of all its processes and threads, while the clients came and were answered"},
    [LAB_MEASURE_TASKS] = {"tasks", "processes and threads", false, "that it consists of, with all clients connected"},
};

const char lab_measures_caveat[] =
    "The lab looks at every call and segment meanwhile, which takes time of the same processors: compare the numbers "
    "with each other, not with those of a server outside.";

const char *lab_trial_number_name(unsigned number)
{
    switch (number) {
    case LAB_COUNT_ANSWERED: return "answered";
    case LAB_COUNT_FAILED: return "failed";
    case LAB_COUNT_PROCESSES: return "processes";
    default: return number < LAB_MEASURES ? lab_measures[number].id : NULL;
    }
}

bool lab_trial_number(const struct lab_trial *t, unsigned number, uint64_t *out)
{
    *out = number == LAB_COUNT_ANSWERED    ? t->answered
           : number == LAB_COUNT_FAILED    ? t->failed
           : number == LAB_COUNT_PROCESSES ? t->processes
           : number < LAB_MEASURES         ? t->value[number]
                                           : 0;
    return number < LAB_MEASURES ? t->known[number] : number < LAB_COUNTS;
}

const struct lab_trial *lab_trial_of(const struct lab_trial *all, size_t count, const char *program)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].program, program) == 0)
            return &all[i];
    return NULL;
}

bool lab_trial_ranks(const struct lab_trial *all, size_t count, const struct lab_trial *t, unsigned number,
                     int direction)
{
    uint64_t own, other;
    if (!lab_trial_number(t, number, &own))
        return false;
    for (size_t i = 0; i < count; i++)
        if (&all[i] != t &&
            (!lab_trial_number(&all[i], number, &other) || (direction > 0 ? other >= own : other <= own)))
            return false;
    return count > 1;
}

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

void lab_trial_finish(struct lab_trial *t, const struct lab_round *rounds, size_t count, uint64_t *waited_ns, size_t n)
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

/* ---- as a note --------------------------------------------------------------------------------------------------- */

static const char *const keys[LAB_MEASURES] = {
    [LAB_MEASURE_RATE] = "per_second",     [LAB_MEASURE_MEDIAN] = "median_ns",  [LAB_MEASURE_P99] = "p99_ns",
    [LAB_MEASURE_MEMORY] = "memory_bytes", [LAB_MEASURE_SWITCHES] = "switches", [LAB_MEASURE_TASKS] = "tasks"};

char *lab_trial_text(const struct lab_trial *t)
{
    json_t *object = json_object();
    json_object_set_new(object, "program", json_string(t->program));
    json_object_set_new(object, "clients", json_integer(t->clients));
    json_object_set_new(object, "rounds", json_integer(t->rounds));
    json_object_set_new(object, "answered", json_integer(t->answered));
    json_object_set_new(object, "failed", json_integer(t->failed));
    for (unsigned i = 0; i < LAB_MEASURES; i++)
        json_object_set_new(object, keys[i], t->known[i] ? json_integer((json_int_t)t->value[i]) : json_null());
    json_object_set_new(object, "voluntary", json_integer((json_int_t)t->voluntary));
    json_object_set_new(object, "forced", json_integer((json_int_t)t->forced));
    json_object_set_new(object, "processes", json_integer(t->processes));
    if (*t->said)
        json_object_set_new(object, "said", json_string(t->said));
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    return text;
}

static uint64_t number_at(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? (uint64_t)number : 0;
}

static unsigned count_at(const json_t *object, const char *key)
{
    uint64_t number = number_at(object, key);
    return number < UINT32_MAX ? (unsigned)number : UINT32_MAX;
}

int lab_trial_parse(const char *text, size_t bytes, struct lab_trial *t)
{
    json_t *object = json_loadb(text, bytes, 0, NULL);
    const char *program = json_string_value(json_object_get(object, "program"));
    const char *said = json_string_value(json_object_get(object, "said"));
    *t = (struct lab_trial){.clients = count_at(object, "clients"),
                            .rounds = count_at(object, "rounds"),
                            .answered = count_at(object, "answered"),
                            .failed = count_at(object, "failed"),
                            .voluntary = number_at(object, "voluntary"),
                            .forced = number_at(object, "forced"),
                            .processes = count_at(object, "processes")};
    snprintf(t->program, sizeof t->program, "%s", program ? program : "");
    snprintf(t->said, sizeof t->said, "%s", said ? said : "");
    for (unsigned i = 0; i < LAB_MEASURES; i++) {
        t->known[i] = json_is_integer(json_object_get(object, keys[i]));
        t->value[i] = number_at(object, keys[i]);
    }
    json_decref(object);
    return program ? 0 : -1;
}

size_t lab_trials_read(const struct lab_state *state, const struct lab_journal *journal,
                       struct lab_trial out[LAB_TRIALS_MAX])
{
    size_t count = 0;
    for (long i = state->measured_first; i != LAB_NONE && i <= state->measured_last && count < LAB_TRIALS_MAX; i++) {
        const struct net_event *ev = lab_journal_at(journal, (size_t)i);
        if (ev && ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_MEASURED &&
            lab_trial_parse((const char *)ev->data, ev->data_bytes, &out[count]) == 0)
            count++;
    }
    return count;
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

const char *lab_trial_value(const struct lab_trial *t, enum lab_measure measure, char *out, size_t out_bytes)
{
    static const char *const times[] = {"us", "ms", "s", NULL}, *const sizes[] = {"KiB", "MiB", "GiB", NULL};
    uint64_t value = t->value[measure];
    if (!t->known[measure]) {
        snprintf(out, out_bytes, "-");
        return out;
    }
    switch (measure) {
    case LAB_MEASURE_MEDIAN:
    case LAB_MEASURE_P99: scaled_text((double)value / 1e3, 1e3, times, out, out_bytes); break;
    case LAB_MEASURE_MEMORY: scaled_text((double)value / 1024, 1024, sizes, out, out_bytes); break;
    case LAB_MEASURE_TASKS:
        snprintf(out, out_bytes, "%" PRIu64 " %s%s", value, t->processes > 1 ? "process" : "thread",
                 value == 1         ? ""
                 : t->processes > 1 ? "es"
                                    : "s");
        break;
    case LAB_MEASURE_RATE:
    case LAB_MEASURE_SWITCHES:
    case LAB_MEASURES: count_text(value, out, out_bytes); break;
    }
    return out;
}

uint64_t lab_trials_most(const struct lab_trial *all, size_t count, enum lab_measure measure)
{
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].known[measure] && all[i].value[measure] > most)
            most = all[i].value[measure];
    return most;
}

bool lab_trial_is_best(const struct lab_trial *all, size_t count, size_t which, enum lab_measure measure)
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

int lab_trial_bar(const struct lab_trial *t, enum lab_measure measure, uint64_t most, int room)
{
    if (!t->known[measure] || !t->value[measure] || !most || room < 1)
        return 0;
    int cells = (int)((double)t->value[measure] / (double)most * room + 0.5);
    return cells < 1 ? 1 : cells > room ? room : cells;
}

const char *lab_trials_head(const struct lab_trial *all, size_t count, char *out, size_t out_bytes)
{
    unsigned failed = 0;
    *out = '\0';
    if (count == 0)
        return out;
    for (size_t i = 0; i < count; i++)
        failed += all[i].failed;
    snprintf(out, out_bytes, "%u client%s at once, %u round%s: ", all[0].clients, all[0].clients == 1 ? "" : "s",
             all[0].rounds, all[0].rounds == 1 ? "" : "s");
    if (failed)
        lab_append(out, out_bytes, "%u had no answer", failed);
    else
        lab_append(out, out_bytes, "all were answered");
    return out;
}
