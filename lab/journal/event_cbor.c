// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/journal/event_cbor.h"

#include "lab/journal/event_fields.h"
#include "net/base/message.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { COMMON = 4 /* kind, time, actor, task */, DATA = 1, NAMES_MOST = 4096, FIELDS_MOST = 64 };

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* The types whose numbers stand for names of ours; the others' are the kernel's. */
static const char *const type_name[TYPES] = {
    [CALL] = "call",   [OPTION] = "option",     [STATE] = "state",         [HOST] = "host",
    [TIMER] = "timer", [FATE] = "fate",         [MODE] = "mode",           [ORIGIN] = "origin",
    [WHY] = "why",     [HOW] = "how",           [TASK_KIND] = "task_kind", [ACTION] = "action",
    [NOTE] = "note",   [COMMAND] = "command",   [COUNTER] = "counter",     [SIGHT] = "sight",
    [LINES] = "lines", [SEVERITY] = "severity",
};

static json_t *kind_words(unsigned kind)
{
    json_t *words = json_array();
    json_array_append_new(words, json_string(net_event_kind_name((uint16_t)kind)));
    for (const struct field *field = lab_event_fields[kind]; field->name; field++)
        json_array_append_new(words, json_string(field->name));
    return words;
}

/* A number without a name of its own has null. */
static json_t *type_words(unsigned type)
{
    json_t *words = json_array();
    for (unsigned i = 0; i < lab_field_names(type); i++) {
        const char *name = lab_field_name(type, i);
        json_array_append_new(words, name ? json_string(name) : json_null());
    }
    return words;
}

json_t *lab_event_words(void)
{
    json_t *kinds = json_array(), *names = json_object();
    for (unsigned kind = 0; kind < NET_EV_KINDS; kind++)
        json_array_append_new(kinds, kind_words(kind));
    for (unsigned type = 0; type < TYPES; type++)
        if (type_name[type])
            json_object_set_new(names, type_name[type], type_words(type));
    return json_pack("{s:o, s:o}", "kinds", kinds, "names", names);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static uint8_t *put_ip(const void *from, uint8_t *to)
{
    struct net_ip ip;
    uint8_t bytes[16];
    memcpy(&ip, from, sizeof ip);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(ip.word[i / 4] >> (24 - 8 * (i % 4)));
    return ip.is_v6 ? lab_cbor_put_bytes(to, bytes, 16) : lab_cbor_put_bytes(to, bytes + 12, 4);
}

/* Without the zeros at the end. */
static uint8_t *put_args(const struct field *field, const void *from, uint8_t *to)
{
    int64_t args[ARGS_MOST];
    size_t n = field->bytes / sizeof *args;
    memcpy(args, from, field->bytes);
    while (n > 0 && args[n - 1] == 0)
        n--;
    to = lab_cbor_put(to, LAB_CBOR_ARRAY, n);
    for (size_t i = 0; i < n; i++)
        to = lab_cbor_put_signed(to, args[i]);
    return to;
}

static uint8_t *put_fault(const void *from, uint8_t *to)
{
    uint32_t value[NET_FAULT_WAYS];
    memcpy(value, from, sizeof value);
    to = lab_cbor_put(to, LAB_CBOR_ARRAY, NET_FAULT_WAYS);
    for (unsigned way = 0; way < NET_FAULT_WAYS; way++)
        to = lab_cbor_put(to, LAB_CBOR_UNSIGNED, value[way]);
    return to;
}

static uint8_t *put_field(const struct field *field, const void *body, uint64_t start_ns, uint8_t *to)
{
    const char *from = (const char *)body + field->offset;
    uint64_t number = field->type == IP || field->type == TEXT || field->type == ARGS || field->type == FAULT
                          ? 0
                          : lab_field_load(field, body);
    switch ((enum type)field->type) {
    case IP: return put_ip(from, to);
    case TEXT: return lab_cbor_put_bytes(to, from, strnlen(from, field->bytes));
    case ARGS: return put_args(field, from, to);
    case FAULT: return put_fault(from, to);
    case BOOL: return lab_cbor_put(to, LAB_CBOR_SIMPLE, number ? LAB_CBOR_TRUE : LAB_CBOR_FALSE);
    case TIME:
        return number ? lab_cbor_put_signed(to, (int64_t)(number - start_ns))
                      : lab_cbor_put(to, LAB_CBOR_SIMPLE, LAB_CBOR_NULL);
    case INT:
    case ERRNO:
    case SIGNAL: return lab_cbor_put_signed(to, lab_field_load_signed(field, body));
    case UINT:
    case FLAGS:
    case CALL:
    case OPTION:
    case LISTED: break;
    }
    return lab_cbor_put(to, LAB_CBOR_UNSIGNED, number);
}

uint8_t *lab_event_put_cbor(const struct net_event *ev, uint64_t start_ns, uint64_t *last_ns, uint8_t *to)
{
    static const struct field none[] = {{NULL, 0, 0, 0, false}};
    const struct field *fields = ev->kind < NET_EV_KINDS ? lab_event_fields[ev->kind] : none;
    size_t count = 0, data = ev->data ? ev->data_bytes : 0;
    while (fields[count].name)
        count++;
    to = lab_cbor_put(to, LAB_CBOR_ARRAY, COMMON + count + DATA);
    to = lab_cbor_put(to, LAB_CBOR_UNSIGNED, ev->kind);
    to = lab_cbor_put_signed(to, (int64_t)(ev->time_ns - *last_ns));
    to = lab_cbor_put(to, LAB_CBOR_UNSIGNED, ev->actor);
    to = lab_cbor_put(to, LAB_CBOR_UNSIGNED, ev->task);
    for (size_t i = 0; i < count; i++)
        to = put_field(&fields[i], &ev->u, start_ns, to);
    *last_ns = ev->time_ns;
    if (data == 0)
        return lab_cbor_put(to, LAB_CBOR_SIMPLE, LAB_CBOR_NULL);
    return lab_cbor_put_bytes(to, ev->data, data < NET_EVENT_DATA_MAX ? data : NET_EVENT_DATA_MAX);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct lab_event_reader {
    struct read_kind {
        uint16_t kind; /* of ours */
        uint8_t count;
        const struct field *field[FIELDS_MOST]; /* in the file's order; NULL: one that is not known here */
    } kind[NET_EV_KINDS];
    size_t kinds;
    struct {
        int32_t *number; /* ours, by the file's; -1: a name that is not known here */
        size_t count;
    } type[TYPES];
};

void lab_event_reader_free(struct lab_event_reader *r)
{
    for (unsigned type = 0; r && type < TYPES; type++)
        free(r->type[type].number);
    free(r);
}

static int kind_number(const char *name)
{
    for (int kind = 0; name && kind < NET_EV_KINDS; kind++)
        if (strcmp(net_event_kind_name((uint16_t)kind), name) == 0)
            return kind;
    return -1;
}

static int read_kind(struct read_kind *to, const json_t *words, struct net_error *err)
{
    const char *name = json_string_value(json_array_get(words, 0));
    int kind = kind_number(name);
    size_t count = json_array_size(words), found = 0;
    if (kind < 0)
        return net_fail(err, 0, NULL, "its head names a kind of event that this tcplab does not know, %.40s",
                        name ? name : _("without a name"));
    if (count == 0 || count - 1 > FIELDS_MOST)
        return net_fail(err, 0, NULL, "its head gives %s too many fields", name);
    to->kind = (uint16_t)kind;
    to->count = (uint8_t)(count - 1);
    for (size_t i = 1; i < count; i++) {
        const char *given = json_string_value(json_array_get(words, i));
        for (const struct field *field = lab_event_fields[kind]; given && field->name; field++)
            if (strcmp(field->name, given) == 0)
                to->field[i - 1] = field;
    }
    for (const struct field *field = lab_event_fields[kind]; field->name; field++, found = 0) {
        for (size_t i = 0; i < to->count; i++)
            found += to->field[i] == field;
        if (found > 1 || (found == 0 && !field->optional))
            return net_fail(err, 0, NULL, "its head must name the field %s of %s once", field->name, name);
    }
    return 0;
}

static int read_names(struct lab_event_reader *r, unsigned type, const json_t *names, struct net_error *err)
{
    size_t count = json_array_size(names);
    if (!json_is_array(names) || count > NAMES_MOST)
        return net_fail(err, 0, NULL, "its head has no list of the names of %s", type_name[type]);
    r->type[type].number = calloc(count + 1, sizeof *r->type[type].number);
    if (!r->type[type].number)
        return net_fail(err, ENOMEM, "malloc", "no memory");
    r->type[type].count = count;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        r->type[type].number[i] = name ? (int32_t)lab_field_number(type, name) : (int32_t)i;
    }
    return 0;
}

struct lab_event_reader *lab_event_reader_new(const json_t *words, struct net_error *err)
{
    struct lab_event_reader *r = calloc(1, sizeof *r);
    const json_t *kinds = json_object_get(words, "kinds"), *names = json_object_get(words, "names");
    int result = r ? 0 : net_fail(err, ENOMEM, "malloc", "no memory");
    if (r)
        r->kinds = json_array_size(kinds);
    if (r && (r->kinds == 0 || r->kinds > NET_EV_KINDS))
        result = net_fail(err, 0, NULL, "its head must list the kinds of events, %d at most", NET_EV_KINDS);
    for (size_t i = 0; result == 0 && i < r->kinds; i++)
        result = read_kind(&r->kind[i], json_array_get(kinds, i), err);
    for (unsigned type = 0; result == 0 && type < TYPES; type++)
        if (type_name[type])
            result = read_names(r, type, json_object_get(names, type_name[type]), err);
    if (result == 0)
        return r;
    lab_event_reader_free(r);
    return NULL;
}

static int wrong(const struct field *field, struct net_error *err)
{
    return net_fail(err, 0, NULL, "its %s is not what that field holds", field->name);
}

static int read_ip(struct lab_cbor *in, const struct field *field, void *to, struct net_error *err)
{
    size_t n;
    const uint8_t *bytes = lab_cbor_bytes(in, &n);
    struct net_ip ip = {.is_v6 = n == 16};
    if (n != 4 && n != 16)
        return wrong(field, err);
    for (size_t i = 0; i < n; i++)
        ip.word[(16 - n + i) / 4] |= (uint32_t)bytes[i] << (24 - 8 * (i % 4));
    memcpy(to, &ip, offsetof(struct net_ip, is_v6) + sizeof ip.is_v6); /* no padding */
    return 0;
}

static int read_text(struct lab_cbor *in, const struct field *field, void *to, struct net_error *err)
{
    size_t n;
    const uint8_t *bytes = lab_cbor_bytes(in, &n);
    if (n > field->bytes || (n > 0 && memchr(bytes, '\0', n)))
        return wrong(field, err);
    if (n > 0)
        memcpy(to, bytes, n);
    return 0;
}

static int read_args(struct lab_cbor *in, const struct field *field, void *to, struct net_error *err)
{
    int64_t args[ARGS_MOST] = {0};
    uint64_t n = lab_cbor_array(in);
    if (n > field->bytes / sizeof *args)
        return wrong(field, err);
    for (uint64_t i = 0; i < n; i++)
        args[i] = lab_cbor_signed(in);
    memcpy(to, args, field->bytes);
    return 0;
}

static int read_fault(struct lab_cbor *in, const struct field *field, void *to, struct net_error *err)
{
    uint32_t value[NET_FAULT_WAYS] = {0};
    if (lab_cbor_array(in) != NET_FAULT_WAYS)
        return wrong(field, err);
    for (unsigned way = 0; way < NET_FAULT_WAYS; way++) {
        uint64_t number = lab_cbor_unsigned(in);
        if (number > UINT32_MAX)
            return wrong(field, err);
        value[way] = (uint32_t)number;
    }
    memcpy(to, value, sizeof value);
    return 0;
}

static int read_signed(struct lab_cbor *in, const struct field *field, void *body, struct net_error *err)
{
    int64_t number = lab_cbor_signed(in),
            most = field->bytes == 8 ? INT64_MAX : (INT64_C(1) << (8 * field->bytes - 1)) - 1;
    if (number > most || number < -most - 1)
        return wrong(field, err);
    lab_field_store(field, body, (uint64_t)number);
    return 0;
}

static int read_unsigned(const struct lab_event_reader *r, struct lab_cbor *in, const struct field *field, void *body,
                         struct net_error *err)
{
    uint64_t number = lab_cbor_unsigned(in);
    if (type_name[field->type] && number < r->type[field->type].count) {
        if (r->type[field->type].number[number] < 0)
            return net_fail(err, 0, NULL, "its %s is one that this tcplab does not know", field->name);
        number = (uint64_t)r->type[field->type].number[number];
    }
    if (field->bytes < 8 && number >> (8 * field->bytes))
        return wrong(field, err);
    lab_field_store(field, body, field->type == BOOL ? number != 0 : number);
    return 0;
}

static int read_time(struct lab_cbor *in, const struct field *field, uint64_t start_ns, void *body)
{
    bool is_null = in->at < in->end && *in->at == (LAB_CBOR_SIMPLE << 5 | LAB_CBOR_NULL);
    lab_field_store(field, body, is_null ? lab_cbor_unsigned(in) : (uint64_t)lab_cbor_signed(in) + start_ns);
    return 0;
}

static int read_field(const struct lab_event_reader *r, struct lab_cbor *in, const struct field *field,
                      uint64_t start_ns, void *body, struct net_error *err)
{
    uint8_t *to = (uint8_t *)body + field->offset;
    switch ((enum type)field->type) {
    case IP: return read_ip(in, field, to, err);
    case TEXT: return read_text(in, field, to, err);
    case ARGS: return read_args(in, field, to, err);
    case FAULT: return read_fault(in, field, to, err);
    case TIME: return read_time(in, field, start_ns, body);
    case INT:
    case ERRNO:
    case SIGNAL: return read_signed(in, field, body, err);
    case BOOL:
    case UINT:
    case FLAGS:
    case CALL:
    case OPTION:
    case LISTED: break;
    }
    return read_unsigned(r, in, field, body, err);
}

static int read_body(const struct lab_event_reader *r, struct lab_cbor *in, uint64_t start_ns, struct net_event *ev,
                     uint64_t fields, struct net_error *err)
{
    const struct read_kind *kind = ev->kind < r->kinds ? &r->kind[ev->kind] : NULL;
    if (fields != (kind ? kind->count : 0))
        return net_fail(err, 0, NULL, "it has not the fields that the head gives its kind");
    for (uint64_t i = 0; i < fields; i++) {
        if (!kind->field[i])
            lab_cbor_skip(in);
        else if (read_field(r, in, kind->field[i], start_ns, &ev->u, err) < 0)
            return -1;
    }
    if (kind)
        ev->kind = kind->kind;
    return 0;
}

int lab_event_read_cbor(const struct lab_event_reader *r, struct lab_cbor *in, uint64_t start_ns, uint64_t *last_ns,
                        struct net_event *ev, struct net_error *err)
{
    uint64_t items = lab_cbor_array(in), kind = lab_cbor_unsigned(in);
    int64_t since_ns = lab_cbor_signed(in);
    uint64_t actor = lab_cbor_unsigned(in), task = lab_cbor_unsigned(in);
    size_t data;
    memset(ev, 0, sizeof *ev);
    if (in->failed || items < COMMON + DATA || kind > UINT16_MAX || actor > UINT32_MAX || task > UINT32_MAX)
        return net_fail(err, 0, NULL, "it is no array of kind, time, actor, task and fields");
    ev->kind = (uint16_t)kind;
    ev->actor = (uint32_t)actor;
    ev->task = (uint32_t)task;
    ev->time_ns = *last_ns += (uint64_t)since_ns;
    if (read_body(r, in, start_ns, ev, items - COMMON - DATA, err) < 0)
        return -1;
    ev->data = lab_cbor_bytes(in, &data);
    ev->data_bytes = (uint32_t)data;
    if (in->failed || data > NET_EVENT_DATA_MAX)
        return net_fail(err, 0, NULL, "it is damaged");
    return 0;
}
