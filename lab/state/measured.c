// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/state/measured.h"
#include "net/base/message.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lab_measure_row lab_measures[LAB_MEASURES] = {
    [LAB_MEASURE_RATE] = {.id = "rate",
                          .key = "per_second",
                          .title = N_("connections per second"),
                          .more_is_better = true,
                          .about = N_("from the first connect() entered to the last answer received")},
    [LAB_MEASURE_MEDIAN] = {.id = "median",
                            .key = "median_ns",
                            .title = N_("median time to the answer"),
                            .about = N_("from a client's connect() entered to its answer received; half of the clients "
                                        "waited less")},
    [LAB_MEASURE_P99] = {.id = "p99",
                         .key = "p99_ns",
                         .title = N_("99th percentile of it"),
                         .about = N_("the same; 99 of 100 clients waited less")},
    [LAB_MEASURE_MEMORY] = {.id = "memory",
                            .key = "memory_bytes",
                            .title = N_("memory of its own"),
                            .about = N_("pages that its processes wrote and share with nobody, and their page tables, "
                                        "with all clients connected")},
    [LAB_MEASURE_SWITCHES] = {.id = "switches",
                              .key = "switches",
                              .title = N_("context switches"),
                              .about = N_(
                                  "of all its processes and threads, while the clients came and were answered")},
    [LAB_MEASURE_TASKS] = {.id = "tasks",
                           .key = "tasks",
                           .title = N_("processes and threads"),
                           .about = N_("that it consists of, with all clients connected")},
};

const char lab_measures_caveat[] = N_(
    "The lab looks at every call and segment meanwhile, which takes time of the same processors: compare the numbers "
    "with each other, not with those of a server outside.");

const char *lab_measure_name(unsigned number)
{
    switch (number) {
    case LAB_COUNT_ANSWERED: return "answered";
    case LAB_COUNT_FAILED: return "failed";
    case LAB_COUNT_PROCESSES: return "processes";
    default: return number < LAB_MEASURES ? lab_measures[number].id : NULL;
    }
}

bool lab_measured_number(const struct lab_measured *t, unsigned number, uint64_t *out)
{
    *out = number == LAB_COUNT_ANSWERED    ? t->answered
           : number == LAB_COUNT_FAILED    ? t->failed
           : number == LAB_COUNT_PROCESSES ? t->processes
           : number < LAB_MEASURES         ? t->value[number]
                                           : 0;
    return number < LAB_MEASURES ? t->known[number] : number < LAB_COUNTS;
}

const struct lab_measured *lab_measured_of(const struct lab_measured *all, size_t count, const char *program)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].program, program) == 0)
            return &all[i];
    return NULL;
}

bool lab_measured_ranks(const struct lab_measured *all, size_t count, const struct lab_measured *t, unsigned number,
                        int direction)
{
    uint64_t own, other;
    if (!lab_measured_number(t, number, &own))
        return false;
    for (size_t i = 0; i < count; i++)
        if (&all[i] != t &&
            (!lab_measured_number(&all[i], number, &other) || (direction > 0 ? other >= own : other <= own)))
            return false;
    return count > 1;
}

/* ---- as a note --------------------------------------------------------------------------------------------------- */

char *lab_measured_json(const struct lab_measured *t)
{
    json_t *object = json_object();
    json_object_set_new(object, "program", json_string(t->program));
    json_object_set_new(object, "clients", json_integer(t->clients));
    json_object_set_new(object, "rounds", json_integer(t->rounds));
    json_object_set_new(object, "answered", json_integer(t->answered));
    json_object_set_new(object, "failed", json_integer(t->failed));
    for (unsigned i = 0; i < LAB_MEASURES; i++)
        json_object_set_new(object, lab_measures[i].key,
                            t->known[i] ? json_integer((json_int_t)t->value[i]) : json_null());
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

int lab_measured_parse(const char *text, size_t bytes, struct lab_measured *t)
{
    json_t *object = json_loadb(text, bytes, 0, NULL);
    const char *program = json_string_value(json_object_get(object, "program"));
    const char *said = json_string_value(json_object_get(object, "said"));
    *t = (struct lab_measured){.clients = count_at(object, "clients"),
                               .rounds = count_at(object, "rounds"),
                               .answered = count_at(object, "answered"),
                               .failed = count_at(object, "failed"),
                               .voluntary = number_at(object, "voluntary"),
                               .forced = number_at(object, "forced"),
                               .processes = count_at(object, "processes")};
    snprintf(t->program, sizeof t->program, "%s", program ? program : "");
    snprintf(t->said, sizeof t->said, "%s", said ? said : "");
    for (unsigned i = 0; i < LAB_MEASURES; i++) {
        t->known[i] = json_is_integer(json_object_get(object, lab_measures[i].key));
        t->value[i] = number_at(object, lab_measures[i].key);
    }
    json_decref(object);
    return program ? 0 : -1;
}

size_t lab_measured_read(const struct lab_state *state, const struct lab_journal *journal,
                         struct lab_measured out[LAB_COMPARED_MAX])
{
    size_t count = 0;
    for (long i = state->measured_first; i != LAB_NONE && i <= state->measured_last && count < LAB_COMPARED_MAX; i++) {
        const struct net_event *ev = lab_journal_at(journal, (size_t)i);
        if (ev && ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_MEASURED &&
            lab_measured_parse((const char *)ev->data, ev->data_bytes, &out[count]) == 0)
            count++;
    }
    return count;
}
