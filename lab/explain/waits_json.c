// SPDX-License-Identifier: GPL-3.0-or-later
// A wait as a JSON object.

#include "lab/explain/waits_inside.h"

#include "net/data/call.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void set_time(json_t *object, const char *key, const struct lab_evidence *e, uint64_t time_ns)
{
    if (time_ns)
        json_object_set_new(object, key, json_integer((json_int_t)(time_ns - e->start_ns)));
}

static void set_number(json_t *object, const char *key, int64_t number)
{
    if (number)
        json_object_set_new(object, key, json_integer(number));
}

static json_t *reason_object(const struct lab_evidence *e, const struct lab_wait_reason *r, bool has_text)
{
    json_t *object = json_object();
    json_object_set_new(object, "reason", json_string(lab_wait_rows[r->what].id));
    set_number(object, "count", r->count);
    set_number(object, "limit", r->limit);
    set_number(object, "number", r->number);
    set_time(object, "at_ns", e, r->at_ns);
    set_time(object, "until_ns", e, r->until_ns);
    if (has_text)
        json_object_set_new(object, "text", json_string(r->text));
    return object;
}

static char *written(const struct lab_evidence *e, const struct lab_wait *w, bool has_text)
{
    const struct net_event *enter = lab_event_at(e, w->enter);
    json_t *object = json_object(), *reasons = json_array();
    json_object_set_new(object, "who", json_string(w->who));
    json_object_set_new(object, "what", json_string(w->what));
    if (enter)
        json_object_set_new(object, "call", json_string(net_call_row(enter->u.call.call)->name));
    set_number(object, "task", w->task);
    set_time(object, "since_ns", e, w->since_ns);
    set_time(object, "until_ns", e, w->until_ns);
    for (size_t i = 0; i < w->reasons; i++)
        json_array_append_new(reasons, reason_object(e, &w->reason[i], has_text));
    json_object_set_new(object, "reasons", reasons);
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(object);
    return text;
}

/* The same wait in English; false: it is over. */
static bool find_again(const struct lab_evidence *e, const struct lab_wait *w, struct lab_wait *out)
{
    const struct lab_task *task = lab_task_by_id(e->state, w->task);
    if (w->task)
        return task && lab_find_wait_of_task(e, task, true, out);
    return w->socket != LAB_NONE && lab_find_wait_of_socket(e, w->socket, true, out);
}

char *lab_wait_json(const struct lab_evidence *e, const struct lab_wait *w)
{
    struct lab_wait english;
    const struct lab_wait *said = find_again(e, w, &english) ? &english : w;
    char *text = written(e, said, true);
    if (!text || strlen(text) <= NET_EVENT_DATA_MAX)
        return text;
    free(text);
    return written(e, said, false);
}
