// SPDX-License-Identifier: GPL-3.0-or-later
// One event from its line of JSON: the inverse of event_json.c, by the same tables.

#include "lab/journal/event_fields.h"
#include "net/base/message.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint8_t flags_of(const char *text)
{
    unsigned flags = 0;
    for (unsigned flag = 1; flag < 256; flag <<= 1) {
        char name[8];
        if (strstr(text, net_flags_text(flag, name, sizeof name)))
            flags |= flag;
    }
    return (uint8_t)flags;
}

void lab_field_store(const struct field *field, void *body, uint64_t value)
{
    uint8_t *to = (uint8_t *)body + field->offset;
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;
    switch (field->bytes) {
    case 1: *to = (uint8_t)value; break;
    case sizeof two: memcpy(to, &two, sizeof two); break;
    case sizeof four: memcpy(to, &four, sizeof four); break;
    default: memcpy(to, &value, sizeof value); break;
    }
}

static int wrong(const char *key, const json_t *value, const char *expected, struct net_error *err)
{
    char *seen = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_COMPACT) : NULL;
    if (seen)
        net_fail(err, 0, NULL, "\"%s\" is %.60s, expected %s", key, seen, _(expected));
    else
        net_fail(err, 0, NULL, "\"%s\" is missing", key);
    free(seen);
    return -1;
}

static bool read_unsigned(const json_t *value, uint64_t *out)
{
    const char *text = json_string_value(value);
    char *end;
    if (json_is_integer(value)) {
        *out = (uint64_t)json_integer_value(value);
        return json_integer_value(value) >= 0;
    }
    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

static int read_uint(const json_t *value, const struct field *field, uint64_t *out, struct net_error *err)
{
    static const char *const ranges[9] = {
        [1] = N_("0 to 255"), [2] = N_("0 to 65535"), [4] = N_("0 to 4294967295"), [8] = N_("a number from 0")};
    uint64_t most = field->bytes == 8 ? UINT64_MAX : ((uint64_t)1 << (8 * field->bytes)) - 1;
    if (!read_unsigned(value, out) || *out > most)
        return wrong(field->name, value, ranges[field->bytes], err);
    return 0;
}

static int read_int(const json_t *value, const struct field *field, uint64_t *out, struct net_error *err)
{
    int64_t number = json_integer_value(value),
            most = field->bytes == 8 ? INT64_MAX : ((int64_t)1 << (8 * field->bytes - 1)) - 1;
    if (!json_is_integer(value) || number > most || number < -most - 1)
        return wrong(field->name, value, field->bytes == 1 ? N_("-128 to 127") : N_("a whole number that fits"), err);
    *out = (uint64_t)number;
    return 0;
}

static int read_ip(const json_t *value, const struct field *field, void *body, struct net_error *err)
{
    const char *text = json_string_value(value);
    struct net_ip ip;
    if (!text || !net_ip_read(text, &ip))
        return wrong(field->name, value, N_("an address such as \"192.0.2.1\" or \"2001:db8::1\""), err);
    memcpy((uint8_t *)body + field->offset, &ip, offsetof(struct net_ip, is_v6) + sizeof ip.is_v6); /* no padding */
    return 0;
}

static int read_named(const json_t *value, const struct field *field, uint64_t *out, struct net_error *err)
{
    bool is_signed = field->type == ERRNO || field->type == SIGNAL;
    if (!json_is_string(value))
        return is_signed ? read_int(value, field, out, err) : read_uint(value, field, out, err);
    int64_t number = lab_field_number(field->type, json_string_value(value));
    if (number < 0)
        return wrong(field->name, value, N_("one of the names that tcplab writes there, or a number"), err);
    *out = (uint64_t)number;
    return 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte of text written by json_text(), or -1 where it is none. */
static int text_byte(const char **text)
{
    const char *at = *text;
    if (at[0] != '\\') {
        *text += 1;
        return (uint8_t)at[0];
    }
    if (at[1] == '\\') {
        *text += 2;
        return '\\';
    }
    if (at[1] != 'x' || hex_digit(at[2]) < 0 || hex_digit(at[3]) < 0)
        return -1;
    *text += 4;
    return 16 * hex_digit(at[2]) + hex_digit(at[3]);
}

static int read_text(const json_t *value, const struct field *field, void *body, struct net_error *err)
{
    const char *text = json_string_value(value);
    uint8_t *to = (uint8_t *)body + field->offset;
    size_t n = 0;
    while (text && *text) {
        int byte = text_byte(&text);
        if (byte < 0 || n == field->bytes)
            break;
        to[n++] = (uint8_t)byte;
    }
    if (!text || *text)
        return wrong(field->name, value, N_("a short text, with \\\\ and \\xNN for bytes that are not printable"), err);
    return 0;
}

static int read_args(const json_t *value, const struct field *field, void *body, struct net_error *err)
{
    int64_t args[ARGS_MOST] = {0};
    size_t i;
    json_t *arg;
    if (!json_is_array(value) || json_array_size(value) > field->bytes / sizeof *args)
        return wrong(field->name, value,
                     field->bytes == sizeof args ? N_("an array of at most six numbers")
                                                 : N_("an array of at most two numbers"),
                     err);
    json_array_foreach(value, i, arg)
    {
        if (!json_is_integer(arg))
            return wrong(field->name, value, N_("an array of whole numbers"), err);
        args[i] = json_integer_value(arg);
    }
    memcpy((uint8_t *)body + field->offset, args, field->bytes);
    return 0;
}

static int read_fault(const json_t *value, const struct field *field, void *body, struct net_error *err)
{
    uint32_t read[NET_FAULT_WAYS];
    bool is_pair = json_is_array(value) && json_array_size(value) == NET_FAULT_WAYS;
    for (unsigned way = 0; way < NET_FAULT_WAYS; way++) {
        const json_t *number = is_pair ? json_array_get(value, way) : value;
        if (!json_is_integer(number) || json_integer_value(number) < 0 || json_integer_value(number) > UINT32_MAX)
            return wrong(field->name, value, N_("a whole number, or two of them: from the server, from the client"),
                         err);
        read[way] = (uint32_t)json_integer_value(number);
    }
    memcpy((uint8_t *)body + field->offset, read, sizeof read);
    return 0;
}

static int read_time(const json_t *value, const struct field *field, uint64_t start_ns, uint64_t *out,
                     struct net_error *err)
{
    if (!json_is_integer(value) && !json_is_null(value))
        return wrong(field->name, value, N_("nanoseconds since the start, or null"), err);
    *out = json_is_null(value) ? 0 : (uint64_t)json_integer_value(value) + start_ns;
    return 0;
}

static int read_value(const json_t *value, const struct field *field, uint64_t start_ns, uint64_t *out,
                      struct net_error *err)
{
    switch ((enum type)field->type) {
    case UINT: return read_uint(value, field, out, err);
    case INT: return read_int(value, field, out, err);
    case TIME: return read_time(value, field, start_ns, out, err);
    case BOOL:
        *out = json_is_true(value);
        return json_is_boolean(value) ? 0 : wrong(field->name, value, N_("true or false"), err);
    case FLAGS:
        *out = json_is_string(value) ? flags_of(json_string_value(value)) : 0;
        return json_is_string(value) ? 0 : wrong(field->name, value, N_("flags such as \"SYN ACK\""), err);
    case IP:
    case TEXT:
    case ARGS:
    case CALL:
    case ERRNO:
    case SIGNAL:
    case OPTION:
    case FAULT:
    case LISTED: break;
    }
    return read_named(value, field, out, err);
}

static int read_field(const json_t *object, const struct field *field, uint64_t start_ns, void *body,
                      struct net_error *err)
{
    const json_t *value = json_object_get(object, field->name);
    uint64_t number = 0;
    if (!value)
        return field->optional ? 0 : wrong(field->name, NULL, "", err);
    if (field->type == TEXT)
        return read_text(value, field, body, err);
    if (field->type == ARGS)
        return read_args(value, field, body, err);
    if (field->type == FAULT)
        return read_fault(value, field, body, err);
    if (field->type == IP)
        return read_ip(value, field, body, err);
    if (read_value(value, field, start_ns, &number, err) < 0)
        return -1;
    lab_field_store(field, body, number);
    return 0;
}

static int read_kind(const json_t *object, uint16_t *kind, struct net_error *err)
{
    const json_t *value = json_object_get(object, "kind");
    const struct field number = {"kind", 0, sizeof *kind, UINT, false};
    uint64_t given;
    for (*kind = 0; json_is_string(value) && *kind < NET_EV_KINDS; ++*kind)
        if (strcmp(net_event_kind_name(*kind), json_string_value(value)) == 0)
            return 0;
    if (!value || json_is_string(value))
        return wrong("kind", value, N_("a kind of event that this tcplab knows"), err);
    if (read_uint(value, &number, &given, err) < 0)
        return -1;
    *kind = (uint16_t)given;
    return 0;
}

static int read_when(const json_t *object, uint64_t start_ns, uint64_t *time_ns, struct net_error *err)
{
    const json_t *exact = json_object_get(object, "t_ns"), *seconds = json_object_get(object, "t");
    double t_ns = json_number_value(seconds) * 1e9;
    if (exact && !json_is_integer(exact))
        return wrong("t_ns", exact, N_("a whole number"), err);
    if (!exact && (!json_is_number(seconds) || !(fabs(t_ns) <= (double)((int64_t)1 << T_EXACT_BITS))))
        return wrong("t", seconds, N_("seconds since the start"), err);
    *time_ns = (uint64_t)(exact ? json_integer_value(exact) : (int64_t)(t_ns + (t_ns < 0 ? -0.5 : 0.5))) + start_ns;
    return 0;
}

static int read_object(const char *key, const json_t *inner, struct net_event *ev, uint8_t *room, struct net_error *err)
{
    char *text = json_is_object(inner) ? json_dumps(inner, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    size_t n = text ? strlen(text) : 0;
    int result = text && n <= NET_EVENT_DATA_MAX ? 0 : wrong(key, inner, N_("an object of at most 2048 bytes"), err);
    if (result == 0) {
        memcpy(room, text, n);
        ev->data = room;
        ev->data_bytes = (uint32_t)n;
    }
    free(text);
    return result;
}

static int read_data(const json_t *object, struct net_event *ev, uint8_t *room, struct net_error *err)
{
    const char *key = lab_event_object_key(ev);
    if (key && json_object_get(object, key))
        return read_object(key, json_object_get(object, key), ev, room, err);
    const json_t *plain = json_object_get(object, "data"), *hex = json_object_get(object, "hex");
    const json_t *value = plain ? plain : hex;
    const char *text = json_string_value(value);
    size_t n = json_string_length(value) / (plain ? 1 : 2);
    if (!value)
        return 0;
    if (!text || n > NET_EVENT_DATA_MAX)
        return wrong(plain ? "data" : "hex", value, N_("at most 2048 bytes"), err);
    for (size_t i = 0; !plain && i < n; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return wrong("hex", value, N_("pairs of the digits 0-9 and a-f"), err);
        room[i] = (uint8_t)(16 * high + low);
    }
    if (plain)
        memcpy(room, text, n);
    else if (json_string_length(value) % 2)
        return wrong("hex", value, N_("an even number of digits"), err);
    ev->data = room;
    ev->data_bytes = (uint32_t)n;
    return 0;
}

int lab_event_read_json(const struct json_t *object, uint64_t start_ns, struct net_event *ev, uint8_t *room,
                        struct net_error *err)
{
    static const struct field ids[] = {
        {"actor", offsetof(struct net_event, actor), sizeof ev->actor, UINT, false},
        {"task", offsetof(struct net_event, task), sizeof ev->task, UINT, false},
    };
    static const struct field none[] = {{NULL, 0, 0, 0, false}};
    memset(ev, 0, sizeof *ev);
    if (!json_is_object(object))
        return net_fail(err, 0, NULL, "it is no JSON object");
    if (read_kind(object, &ev->kind, err) < 0 || read_when(object, start_ns, &ev->time_ns, err) < 0 ||
        read_field(object, &ids[0], start_ns, ev, err) < 0 || read_field(object, &ids[1], start_ns, ev, err) < 0)
        return -1;
    for (const struct field *field = ev->kind < NET_EV_KINDS ? lab_event_fields[ev->kind] : none; field->name; field++)
        if (read_field(object, field, start_ns, &ev->u, err) < 0)
            return -1;
    return read_data(object, ev, room, err);
}
