// SPDX-License-Identifier: GPL-3.0-or-later
// One event as one line of JSON.
//
// Each kind of event is a table of fields; one pair of functions writes and reads (event_json_read.c) any of them, so
// that what is saved is what is loaded. What somebody wrote is text: "data", where it is UTF-8. Any other bytes, and
// what is no text but a structure of the kernel's or a packet, are "hex". A field stands under its name in
// net/data/event.h, with these exceptions: "note", "task_kind" for the two fields called kind (the event has that key
// already). What has a C name is written by it, and by its number when the number has none; addresses are dotted; times
// are relative to the start of the run: "t" in seconds, "..._ns" in nanoseconds, null for a time that is not set. A
// number above 2^63-1 is a string, since JSON readers hold no more.
//
// jansson writes and parses; only "t" is put in front by hand, because it would round nine decimals.

#include "lab/journal/journal.h"

#include "lab/journal/event_fields.h"
#include "net/data/call.h"
#include "net/data/counter.h"
#include "net/data/option.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct listed {
    const char *const *names;
    const char *(*name)(unsigned);
    unsigned count;
} listed[TYPES] = {
#define NAMES(...) (const char *const[]){__VA_ARGS__}, NULL, sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *)
    [STATE] = {NULL, net_state_name, NET_STATES},
    [HOST] = {NULL, net_host_name, NET_HOSTS},
    [TIMER] = {NULL, net_timer_name, NET_TIMERS},
    [FATE] = {NULL, net_fate_name, NET_FATES},
    [MODE] = {NULL, net_wire_mode_name, NET_WIRE_MODES},
    [ORIGIN] = {NULL, net_origin_name, NET_ORIGINS},
    [WHY] = {NULL, net_drop_name, NET_DROPS},
    [HOW] = {NULL, net_end_name, NET_ENDS},
    [TASK_KIND] = {NULL, net_task_kind_name, NET_TASK_KINDS},
    [ACTION] = {NULL, net_signal_action_name, NET_SIG_ACTIONS},
    [NOTE] = {NAMES("command", "reply", "error", "experiment", "predicted", "answer", "expect_held", "expect_failed",
                    "waiting", "cleared", "finished", "time", "measured", "set_aside", "versus", "wait")},
    [COMMAND] = {NULL, lab_command_id_name, LAB_COMMAND_IDS},
    [COUNTER] = {NULL, net_counter_name, NET_COUNTERS},
    [SIGHT] = {NULL, net_sight_name, NET_SIGHTS},
    [LINES] = {NULL, net_lines_name, NET_LINES_KINDS},
    [SEVERITY] = {NULL, net_severity_name, NET_SEVERITIES},
#undef NAMES
};
_Static_assert(LAB_NOTE_KINDS == 16, "a new kind needs its name above");

#define F(body, field, type)                                                                                           \
    {                                                                                                                  \
#field, offsetof(struct body, field), sizeof(((struct body *)0)->field), type, false                           \
    }
#define OPTIONAL(body, field, type)                                                                                    \
    {                                                                                                                  \
#field, offsetof(struct body, field), sizeof(((struct body *)0)->field), type, true                            \
    }
#define NAMED(body, field, type, as)                                                                                   \
    {                                                                                                                  \
        as, offsetof(struct body, field), sizeof(((struct body *)0)->field), type, false                               \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, 0, 0, 0, false                                                                                           \
    }

static const struct field actor_fields[] = {F(net_ev_actor, name, TEXT),
                                            F(net_ev_actor, host, HOST),
                                            F(net_ev_actor, program, TEXT),
                                            F(net_ev_actor, as_process, BOOL),
                                            F(net_ev_actor, is_hand, BOOL),
                                            OPTIONAL(net_ev_actor, is_own, BOOL),
                                            END};

static const struct field end_fields[] = {F(net_ev_end, how, HOW),      F(net_ev_end, status, INT),
                                          F(net_ev_end, signo, SIGNAL), F(net_ev_end, zombie, BOOL),
                                          F(net_ev_end, pid, INT),      END};

static const struct field task_fields[] = {NAMED(net_ev_task, kind, TASK_KIND, "task_kind"), F(net_ev_task, pid, INT),
                                           F(net_ev_task, tid, INT), F(net_ev_task, parent, UINT), END};

static const struct field enter_fields[] = {F(net_ev_call, call, CALL),
                                            F(net_ev_call, line, UINT),
                                            OPTIONAL(net_ev_call, file, UINT),
                                            OPTIONAL(net_ev_call, site, UINT),
                                            F(net_ev_call, fd, INT),
                                            F(net_ev_call, args, ARGS),
                                            OPTIONAL(net_ev_call, ret, INT),
                                            OPTIONAL(net_ev_call, error, ERRNO),
                                            OPTIONAL(net_ev_call, data_all, UINT),
                                            OPTIONAL(net_ev_call, enter_ns, TIME),
                                            OPTIONAL(net_ev_call, cookie, UINT),
                                            OPTIONAL(net_ev_call, requested, BOOL),
                                            OPTIONAL(net_ev_call, limit, UINT),
                                            OPTIONAL(net_ev_call, to_ip, IP),
                                            OPTIONAL(net_ev_call, to_port, UINT),
                                            END};

static const struct field return_fields[] = {F(net_ev_call, call, CALL),
                                             F(net_ev_call, line, UINT),
                                             OPTIONAL(net_ev_call, file, UINT),
                                             OPTIONAL(net_ev_call, site, UINT),
                                             F(net_ev_call, fd, INT),
                                             F(net_ev_call, args, ARGS),
                                             F(net_ev_call, ret, INT),
                                             OPTIONAL(net_ev_call, error, ERRNO),
                                             OPTIONAL(net_ev_call, data_all, UINT),
                                             F(net_ev_call, enter_ns, TIME),
                                             OPTIONAL(net_ev_call, cookie, UINT),
                                             OPTIONAL(net_ev_call, requested, BOOL),
                                             OPTIONAL(net_ev_call, limit, UINT),
                                             OPTIONAL(net_ev_call, to_ip, IP),
                                             OPTIONAL(net_ev_call, to_port, UINT),
                                             END};

static const struct field gate_fields[] = {F(net_ev_gate, waiting, BOOL),     F(net_ev_gate, call, CALL),
                                           F(net_ev_gate, line, UINT),        OPTIONAL(net_ev_gate, file, UINT),
                                           OPTIONAL(net_ev_gate, site, UINT), END};

static const struct field signal_fields[] = {F(net_ev_signal, signo, SIGNAL),
                                             F(net_ev_signal, from_pid, INT),
                                             F(net_ev_signal, action, ACTION),
                                             OPTIONAL(net_ev_signal, line, UINT),
                                             OPTIONAL(net_ev_signal, file, UINT),
                                             OPTIONAL(net_ev_signal, site, UINT),
                                             END};

static const struct field output_fields[] = {
    F(net_ev_output, fd, INT),           F(net_ev_output, line, UINT),           OPTIONAL(net_ev_output, file, UINT),
    OPTIONAL(net_ev_output, site, UINT), OPTIONAL(net_ev_output, is_last, BOOL), END};

static const struct field site_fields[] = {F(net_ev_site, id, UINT), F(net_ev_site, address, UINT),
                                           OPTIONAL(net_ev_site, callers, ARGS), END};

static const struct field file_fields[] = {F(net_ev_file, id, UINT), END};

static const struct field image_fields[] = {F(net_ev_image, sight, SIGHT), F(net_ev_image, lines, LINES), END};

static const struct field diagnostic_fields[] = {F(net_ev_diagnostic, severity, SEVERITY),
                                                 F(net_ev_diagnostic, file, UINT), F(net_ev_diagnostic, line, UINT),
                                                 F(net_ev_diagnostic, column, UINT), END};

#define SEGMENT(field, type) F(net_ev_segment, field, type)
static const struct field segment_fields[] = {SEGMENT(id, UINT),
                                              SEGMENT(from, HOST),
                                              SEGMENT(protocol, UINT),
                                              SEGMENT(flags, FLAGS),
                                              SEGMENT(ttl, UINT),
                                              SEGMENT(packet_bytes, UINT),
                                              SEGMENT(payload_bytes, UINT),
                                              SEGMENT(payload_at, UINT),
                                              SEGMENT(window, UINT),
                                              SEGMENT(src_ip, IP),
                                              SEGMENT(dst_ip, IP),
                                              SEGMENT(src_port, UINT),
                                              SEGMENT(dst_port, UINT),
                                              SEGMENT(seq, UINT),
                                              SEGMENT(ack, UINT),
                                              SEGMENT(mss, UINT),
                                              SEGMENT(wscale, INT),
                                              SEGMENT(sack_permitted, BOOL),
                                              SEGMENT(has_timestamp, BOOL),
                                              SEGMENT(checksum_ok, BOOL),
                                              SEGMENT(ts_value, UINT),
                                              SEGMENT(ts_echo, UINT),
                                              SEGMENT(sack_blocks, UINT),
                                              OPTIONAL(net_ev_segment, icmp_type, UINT),
                                              OPTIONAL(net_ev_segment, icmp_code, UINT),
                                              OPTIONAL(net_ev_segment, by_box, BOOL),
                                              OPTIONAL(net_ev_segment, injected, BOOL),
                                              OPTIONAL(net_ev_segment, nat_port, UINT),
                                              END};

static const struct field fate_fields[] = {F(net_ev_fate, segment, UINT), F(net_ev_fate, fate, FATE),
                                           F(net_ev_fate, why, WHY), F(net_ev_fate, repeats, UINT), END};

/* What mini-sockets do not have is zero, and left out. */
#define SAMPLE(field, type) F(net_ev_sample, field, type)
#define INFO(field)         OPTIONAL(net_ev_sample, field, UINT)
static const struct field sample_fields[] = {
    SAMPLE(begin_ns, TIME),
    SAMPLE(cookie, UINT),
    SAMPLE(inode, UINT),
    SAMPLE(host, HOST),
    SAMPLE(state, STATE),
    SAMPLE(timer, TIMER),
    SAMPLE(timer_ms, UINT),
    SAMPLE(retransmits, UINT),
    SAMPLE(local_ip, IP),
    SAMPLE(local_port, UINT),
    SAMPLE(remote_ip, IP),
    SAMPLE(remote_port, UINT),
    SAMPLE(rqueue, UINT),
    SAMPLE(wqueue, UINT),
    SAMPLE(origin, ORIGIN),
    OPTIONAL(net_ev_sample, v6only, BOOL),
    SAMPLE(has_info, BOOL),
    INFO(backoff),
    INFO(probes),
    INFO(ca_state),
    INFO(wscale_in),
    INFO(wscale_out),
    INFO(tcpi_options),
    INFO(rto_us),
    INFO(rtt_us),
    INFO(rttvar_us),
    INFO(snd_mss_bytes),
    INFO(rcv_mss_bytes),
    INFO(unacked_segs),
    INFO(lost_segs),
    INFO(retrans_segs),
    INFO(total_retrans_segs),
    INFO(cwnd_segs),
    INFO(ssthresh_segs),
    INFO(pmtu_bytes),
    INFO(last_data_sent_ms),
    INFO(last_data_recv_ms),
    INFO(last_ack_recv_ms),
    INFO(notsent_bytes),
    INFO(snd_wnd_bytes),
    INFO(rcv_wnd_bytes),
    INFO(bytes_sent),
    INFO(bytes_acked),
    INFO(bytes_received),
    INFO(segs_out),
    INFO(segs_in),
    END,
};

#define TIMERS(field, type) F(net_ev_timers, field, type)
static const struct field timers_fields[] = {TIMERS(cookie, UINT),          TIMERS(host, HOST),
                                             TIMERS(keepalive, BOOL),       TIMERS(keep_idle_s, UINT),
                                             TIMERS(keep_interval_s, UINT), TIMERS(keep_count, UINT),
                                             TIMERS(user_timeout_ms, UINT), TIMERS(linger, BOOL),
                                             TIMERS(linger_s, INT),         END};

enum { FAULT_BYTES = sizeof(uint32_t[NET_FAULT_WAYS]) };
static const struct field wire_fields[] = {F(net_ev_wire, mode, MODE), F(net_ev_wire, sparse, BOOL),
                                           F(net_ev_wire, held_segs, UINT),
#define FAULT_FIELD(id, name)                                                                                          \
    {name, offsetof(struct net_ev_wire, faults.value[NET_FAULT_##id]), FAULT_BYTES, FAULT, true},
                                           NET_FAULT_LIST(FAULT_FIELD)
#undef FAULT_FIELD
                                               END};

static const struct field note_fields[] = {
    NAMED(net_ev_note, kind, NOTE, "note"),  OPTIONAL(net_ev_note, flags, UINT),
    OPTIONAL(net_ev_note, id, UINT),         OPTIONAL(net_ev_note, command, COMMAND),
    OPTIONAL(net_ev_note, call, CALL),       OPTIONAL(net_ev_note, option, OPTION),
    OPTIONAL(net_ev_note, of_setting, BOOL), OPTIONAL(net_ev_note, subject, UINT),
    OPTIONAL(net_ev_note, fd, INT),          OPTIONAL(net_ev_note, error, ERRNO),
    OPTIONAL(net_ev_note, value, ARGS),      END};

static const struct field counter_fields[] = {F(net_ev_counter, host, HOST),     F(net_ev_counter, counter, COUNTER),
                                              F(net_ev_counter, by, UINT),       F(net_ev_counter, total, UINT),
                                              F(net_ev_counter, begin_ns, TIME), END};

static const struct field no_fields[] = {END};

const struct field *const lab_event_fields[NET_EV_KINDS] = {
    [NET_EV_NONE] = no_fields,
    [NET_EV_ACTOR_START] = actor_fields,
    [NET_EV_ACTOR_END] = end_fields,
    [NET_EV_TASK_START] = task_fields,
    [NET_EV_TASK_END] = end_fields,
    [NET_EV_TASK_REAPED] = end_fields,
    [NET_EV_CALL_ENTER] = enter_fields,
    [NET_EV_CALL_RETURN] = return_fields,
    [NET_EV_GATE] = gate_fields,
    [NET_EV_SIGNAL] = signal_fields,
    [NET_EV_OUTPUT] = output_fields,
    [NET_EV_SEGMENT] = segment_fields,
    [NET_EV_FATE] = fate_fields,
    [NET_EV_SAMPLE] = sample_fields,
    [NET_EV_GONE] = sample_fields,
    [NET_EV_TIMERS] = timers_fields,
    [NET_EV_WIRE] = wire_fields,
    [NET_EV_NOTE] = note_fields,
    [NET_EV_COUNTER] = counter_fields,
    [NET_EV_SITE] = site_fields,
    [NET_EV_FILE] = file_fields,
    [NET_EV_IMAGE] = image_fields,
    [NET_EV_DIAGNOSTIC] = diagnostic_fields,
};

/* ---- numbers and their names ------------------------------------------------------------------------------------- */

static const char *listed_name(unsigned type, unsigned i)
{
    return listed[type].name ? listed[type].name(i) : listed[type].names[i];
}

int64_t lab_field_number(unsigned type, const char *name)
{
    int64_t number = 0;
    if (type == CALL)
        number = net_call_number(name);
    else if (type == ERRNO)
        number = net_errno_number(name);
    else if (type == SIGNAL)
        number = net_signal_number(name);
    else if (type == OPTION)
        number = net_option_for_note(net_option_find(name));
    for (unsigned i = 0; type >= LISTED && i < listed[type].count; i++)
        if (strcmp(listed_name(type, i), name) == 0)
            return i;
    return number > 0 ? number : -1;
}

unsigned lab_field_names(unsigned type)
{
    return type == CALL ? NET_CALL_COUNT : type == OPTION ? (unsigned)net_option_count + 1 : listed[type].count;
}

const char *lab_field_name(unsigned type, int64_t number)
{
    const char *name = NULL;
    if (number < 0 || number > UINT16_MAX)
        return NULL;
    if (type == CALL)
        name = net_call_row((unsigned)number)->name;
    else if (type == ERRNO)
        name = net_errno_name((int)number);
    else if (type == SIGNAL)
        name = net_signal_name((int)number);
    else if (type == OPTION)
        name = net_option_of_note((unsigned)number) ? net_option_of_note((unsigned)number)->name : NULL;
    else if (number < listed[type].count)
        name = listed_name(type, (unsigned)number);
    return name && lab_field_number(type, name) == number ? name : NULL;
}

const char *lab_event_field(unsigned kind, size_t i)
{
    const struct field *fields = kind < NET_EV_KINDS ? lab_event_fields[kind] : no_fields;
    for (size_t k = 0; k < i && fields->name; k++)
        fields++;
    return fields->name;
}

const char *lab_event_word(size_t i)
{
    for (unsigned type = LISTED; type < COUNTER; type++) {
        if (i < listed[type].count)
            return listed_name(type, (unsigned)i);
        i -= listed[type].count;
    }
    return NULL;
}

uint64_t lab_field_load(const struct field *field, const void *body)
{
    const uint8_t *from = (const uint8_t *)body + field->offset;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (field->bytes) {
    case 1: return *from;
    case sizeof two: memcpy(&two, from, sizeof two); return two;
    case sizeof four: memcpy(&four, from, sizeof four); return four;
    default: memcpy(&eight, from, sizeof eight); return eight;
    }
}

int64_t lab_field_load_signed(const struct field *field, const void *body)
{
    uint64_t raw = lab_field_load(field, body);
    switch (field->bytes) {
    case 1: return (int8_t)raw;
    case 2: return (int16_t)raw;
    case 4: return (int32_t)raw;
    default: return (int64_t)raw;
    }
}

static bool is_set(const struct field *field, const void *body)
{
    const uint8_t *from = (const uint8_t *)body + field->offset;
    for (size_t i = 0; i < field->bytes; i++)
        if (from[i])
            return true;
    return false;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static json_t *json_unsigned(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_sprintf("%" PRIu64, value);
}

static bool printable(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] < ' ' || bytes[i] > '~')
            return false;
    return true;
}

/* A name that somebody chose may hold any byte: those that are not printable become \xNN, a backslash \\. */
static json_t *json_text(const char *text, size_t room)
{
    char out[4 * 64 + 1];
    size_t n = 0;
    for (size_t i = 0; i < room && text[i] && n + 5 <= sizeof out; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte == '\\')
            n += (size_t)sprintf(out + n, "\\\\");
        else if (printable(&byte, 1))
            out[n++] = text[i];
        else
            n += (size_t)sprintf(out + n, "\\x%02x", byte);
    }
    return json_stringn(out, n);
}

/* All of them, without the zeros at the end. */
static json_t *json_args(const struct field *field, const void *body)
{
    int64_t args[ARGS_MOST];
    size_t n = field->bytes / sizeof *args;
    json_t *array = json_array();
    memcpy(args, (const uint8_t *)body + field->offset, field->bytes);
    while (n > 0 && args[n - 1] == 0)
        n--;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_integer(args[i]));
    return array;
}

static json_t *json_fault(const struct field *field, const void *body)
{
    uint32_t value[NET_FAULT_WAYS];
    memcpy(value, (const uint8_t *)body + field->offset, sizeof value);
    if (value[NET_SERVER] == value[NET_CLIENT])
        return json_integer(value[NET_SERVER]);
    json_t *array = json_array();
    for (unsigned way = 0; way < NET_FAULT_WAYS; way++)
        json_array_append_new(array, json_integer(value[way]));
    return array;
}

static json_t *json_ip(const struct field *field, const void *body)
{
    char text[NET_IP_TEXT_BYTES];
    struct net_ip ip;
    memcpy(&ip, (const uint8_t *)body + field->offset, sizeof ip);
    return json_string(net_ip_text(ip, text, sizeof text));
}

static json_t *json_named(unsigned type, int64_t number)
{
    const char *name = lab_field_name(type, number);
    return name ? json_string(name) : json_integer(number);
}

static json_t *json_field(const struct field *field, const void *body, uint64_t start_ns)
{
    char flags[64];
    switch ((enum type)field->type) {
    case BOOL: return json_boolean(lab_field_load(field, body));
    case INT: return json_integer(lab_field_load_signed(field, body));
    case UINT: return json_unsigned(lab_field_load(field, body));
    case TIME:
        return lab_field_load(field, body) ? json_integer((json_int_t)(lab_field_load(field, body) - start_ns))
                                           : json_null();
    case IP: return json_ip(field, body);
    case TEXT: return json_text((const char *)body + field->offset, field->bytes);
    case ARGS: return json_args(field, body);
    case FAULT: return json_fault(field, body);
    case FLAGS: return json_string(net_flags_text((unsigned)lab_field_load(field, body), flags, sizeof flags));
    case ERRNO:
    case SIGNAL: return json_named(field->type, lab_field_load_signed(field, body));
    case CALL:
    case OPTION:
    case LISTED: break;
    }
    return json_named(field->type, (int64_t)lab_field_load(field, body));
}

static json_t *json_hex(const uint8_t *bytes, size_t n)
{
    char hex[2 * NET_EVENT_DATA_MAX];
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    return json_stringn(hex, 2 * n);
}

const char *lab_event_object_key(const struct net_event *ev)
{
    if (ev->kind != NET_EV_NOTE)
        return NULL;
    return ev->u.note.kind == LAB_NOTE_MEASURED ? "measured" : ev->u.note.kind == LAB_NOTE_WAIT ? "wait" : NULL;
}

/* Such data as an object, if that gives the same bytes when it is read. */
static json_t *data_object(const struct net_event *ev, size_t n)
{
    if (!lab_event_object_key(ev))
        return NULL;
    json_t *object = json_loadb((const char *)ev->data, n, 0, NULL);
    char *again = json_is_object(object) ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    bool same = again && strlen(again) == n && memcmp(again, ev->data, n) == 0;
    free(again);
    if (same)
        return object;
    json_decref(object);
    return NULL;
}

/* Of a call the bytes and texts that it takes or gives (net/data/call.h); not addresses, nor values of options. */
static bool is_text(const struct net_event *ev)
{
    switch ((enum net_event_kind)ev->kind) {
    case NET_EV_CALL_ENTER: return strpbrk(net_call_row(ev->u.call.call)->args, "Bs");
    case NET_EV_CALL_RETURN: return strchr(net_call_row(ev->u.call.call)->args, 'b');
    case NET_EV_SEGMENT: return false;
    default: return true;
    }
}

static void put_data(json_t *object, const struct net_event *ev)
{
    size_t n = ev->data ? ev->data_bytes : 0;
    json_t *inner, *text;
    if (n > NET_EVENT_DATA_MAX)
        n = NET_EVENT_DATA_MAX;
    if (n == 0)
        return;
    if ((inner = data_object(ev, n)))
        json_object_set_new(object, lab_event_object_key(ev), inner);
    else if ((text = is_text(ev) ? json_stringn((const char *)ev->data, n) : NULL)) /* NULL: it is no UTF-8 */
        json_object_set_new(object, "data", text);
    else
        json_object_set_new(object, "hex", json_hex(ev->data, n));
}

static bool exact_as_seconds(int64_t t_ns)
{
    return t_ns > -((int64_t)1 << T_EXACT_BITS) && t_ns < (int64_t)1 << T_EXACT_BITS;
}

json_t *lab_event_json(const struct net_event *ev, uint64_t start_ns)
{
    bool known = ev->kind < NET_EV_KINDS;
    int64_t t_ns = (int64_t)(ev->time_ns - start_ns);
    json_t *object = json_object();
    json_object_set_new(object, "kind", known ? json_string(net_event_kind_name(ev->kind)) : json_integer(ev->kind));
    if (!exact_as_seconds(t_ns))
        json_object_set_new(object, "t_ns", json_integer(t_ns));
    json_object_set_new(object, "actor", json_integer(ev->actor));
    json_object_set_new(object, "task", json_integer(ev->task));
    for (const struct field *field = known ? lab_event_fields[ev->kind] : no_fields; field->name; field++)
        if (!field->optional || is_set(field, &ev->u))
            json_object_set_new(object, field->name, json_field(field, &ev->u, start_ns));
    put_data(object, ev);
    return object;
}

int lab_event_put_json(const struct net_event *ev, uint64_t start_ns, json_t *object, FILE *out)
{
    int64_t t_ns = (int64_t)(ev->time_ns - start_ns);
    uint64_t size = t_ns < 0 ? 0 - (uint64_t)t_ns : (uint64_t)t_ns;
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(object);
    if (!text)
        return -1;
    int written = fprintf(out, "{\"t\":%s%" PRIu64 ".%09" PRIu64 ",%s\n", t_ns < 0 ? "-" : "", size / 1000000000,
                          size % 1000000000, text + 1);
    free(text);
    return written < 0 ? -1 : 0;
}

int lab_event_write_json(const struct net_event *ev, uint64_t start_ns, FILE *out)
{
    return lab_event_put_json(ev, start_ns, lab_event_json(ev, start_ns), out);
}
