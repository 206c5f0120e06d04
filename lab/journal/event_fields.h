// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of each kind of event, as files have them: for event_json.c, which writes them, and event_json_read.c.
#ifndef LAB_JOURNAL_EVENT_FIELDS_H
#define LAB_JOURNAL_EVENT_FIELDS_H

#include "lab/journal/journal_file.h"

enum type {
    UINT,
    INT,
    BOOL,
    TIME,
    IP,
    TEXT,
    ARGS,
    FLAGS,
    CALL,
    ERRNO,
    SIGNAL,
    OPTION,
    FAULT, /* of the wire: a number for both directions, or [from the server, from the client] */
    LISTED /* and above: rows of listed[] */
};
enum {
    STATE = LISTED,
    HOST,
    TIMER,
    FATE,
    MODE,
    ORIGIN,
    WHY,
    HOW,
    TASK_KIND,
    ACTION,
    NOTE,
    COMMAND,
    COUNTER,
    SIGHT,
    LINES,
    SEVERITY,
    TYPES
};

enum { ARGS_MOST = 6 };

/* optional: left out when zero. A table ends with a field without a name. */
struct field {
    const char *name;
    uint16_t offset;
    uint8_t bytes, type;
    bool optional;
};

/* Of a note whose data is JSON itself: the key under which it stands as an object. NULL: it is none. */
const char *lab_event_object_key(const struct net_event *);

extern const struct field *const lab_event_fields[NET_EV_KINDS];

/* The number that a name of that type stands for, or -1. */
int64_t lab_field_number(unsigned type, const char *name);

/* So many numbers of that type have names; the name that stands for one of them and for no other, or NULL. */
unsigned lab_field_names(unsigned type);
const char *lab_field_name(unsigned type, int64_t number);
uint64_t lab_field_load(const struct field *, const void *body);
int64_t lab_field_load_signed(const struct field *, const void *body);
void lab_field_store(const struct field *, void *body, uint64_t value);

/* A double, which is what readers of JSON make of "t", is exact to the nanosecond up to here: 104 days. */
enum { T_EXACT_BITS = 53 };

#endif
