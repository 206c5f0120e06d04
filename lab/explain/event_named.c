// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/explain/event_named.h"

#include "lab/explain/event_line.h"
#include "lab/explain/segment_text.h"
#include "lab/explain/who.h"
#include "net/data/call.h"
#include "net/data/segment_kind.h"
#include "net/data/tcp_options.h"

#include <jansson.h>
#include <string.h>

enum named {
    ACTOR_NAME,
    WHO,
    SUBJECT_NAME,
    ARGV,
    TEXT,
    RESULT,
    PROTOCOL_NAME,
    SOCKET,
    CA_STATE_NAME,
    TCPI_OPTIONS_NAMES,
    BY,
    OUTCOME,
    PATIENT,
    STEPPED,
    LAST,
    IS,
    SACK,
    NTH,
    ANSWERS,
    WINDOW_BYTES,
    NAMED_FIELDS
};

static const char *const names[NAMED_FIELDS] = {
    [ACTOR_NAME] = "actor_name",
    [WHO] = "who",
    [SUBJECT_NAME] = "subject_name",
    [ARGV] = "argv",
    [TEXT] = "text",
    [RESULT] = "result",
    [PROTOCOL_NAME] = "protocol_name",
    [SOCKET] = "socket",
    [CA_STATE_NAME] = "ca_state_name",
    [TCPI_OPTIONS_NAMES] = "tcpi_options_names",
    [BY] = "by",
    [OUTCOME] = "outcome",
    [PATIENT] = "patient",
    [STEPPED] = "stepped",
    [LAST] = "last",
    [IS] = "is",
    [SACK] = "sack",
    [NTH] = "nth",
    [ANSWERS] = "answers",
    [WINDOW_BYTES] = "window_bytes",
};

const char *lab_named_field(size_t i)
{
    return i < NAMED_FIELDS ? names[i] : NULL;
}

static void put(json_t *object, enum named field, json_t *value)
{
    json_object_set_new(object, names[field], value);
}

static void put_text(json_t *object, enum named field, const char *text)
{
    json_t *string = json_string(text);
    if (string) /* UTF-8 that was cut in the middle of a letter is none */
        put(object, field, string);
}

/* ---- calls and actors -------------------------------------------------------------------------------------------- */

static void put_actor_name(json_t *object, enum named field, const struct lab_state *state, uint32_t id)
{
    const struct lab_actor *actor = lab_actor_by_id(state, id);
    if (actor)
        put_text(object, field, actor->name);
}

/* Its words, which the event has with a zero byte between them. */
static void put_argv(json_t *object, const struct net_event *ev)
{
    json_t *words = json_array();
    const char *data = (const char *)ev->data;
    for (size_t at = 0; at < ev->data_bytes; at++) {
        size_t n = strnlen(data + at, ev->data_bytes - at);
        json_t *word = json_stringn(data + at, n);
        if (word)
            json_array_append_new(words, word);
        at += n;
    }
    put(object, ARGV, words);
}

static void put_call(json_t *object, const struct net_event *enter, const struct net_event *ret)
{
    char text[400], result[96];
    net_call_text(enter ? enter : ret, ret, text, sizeof text);
    put_text(object, TEXT, text);
    if (!ret)
        return;
    net_result_text(ret, result, sizeof result);
    put_text(object, RESULT, result);
}

/* ---- sockets and segments ---------------------------------------------------------------------------------------- */

static void put_socket(json_t *object, const struct lab_state *state, unsigned host, uint64_t cookie)
{
    int i = lab_socket_by_cookie(state, host, cookie);
    const struct lab_socket *socket = i == LAB_NONE ? NULL : &state->sockets[i];
    const struct lab_actor *actor = socket ? lab_actor_by_id(state, socket->owner_actor) : NULL;
    if (actor && socket->fd >= 0)
        put(object, SOCKET, json_sprintf("%s.%d", actor->name, socket->fd));
}

/* linux/tcp.h, enum tcp_ca_state and TCPI_OPT_*. */
static void put_info(json_t *object, const struct net_ev_sample *sample)
{
    static const char *const states[] = {"Open", "Disorder", "CWR", "Recovery", "Loss"};
    static const char *const options[] = {"TIMESTAMPS", "SACK",     "WSCALE",  "ECN",
                                          "ECN_SEEN",   "SYN_DATA", "USEC_TS", "TFO_CHILD"};
    json_t *set = json_array();
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (sample->tcpi_options & 1u << i)
            json_array_append_new(set, json_string(options[i]));
    if (sample->ca_state < sizeof states / sizeof states[0])
        put_text(object, CA_STATE_NAME, states[sample->ca_state]);
    put(object, TCPI_OPTIONS_NAMES, set);
}

/* What a segment is shows when it is sent, and when it has arrived: beside both events. */
static void put_segment_kind(json_t *object, const struct lab_state *state, uint64_t id)
{
    struct net_tcp_options options;
    int i = lab_segment_by_id(state, id);
    if (i == LAB_NONE)
        return;
    const struct lab_segment *segment = &state->segments[i];
    json_t *is = json_array(), *sack = json_array();
    for (unsigned kind = 0; kind < NET_SEGMENT_KINDS; kind++)
        if (segment->is & NET_SEGMENT_IS(kind))
            json_array_append_new(is, json_string(net_segment_kinds[kind].word));
    net_tcp_options_of_packet(segment->packet, segment->packet_bytes, &options);
    for (unsigned block = 0; block < options.sack_blocks && block < NET_SACK_BLOCKS; block++)
        json_array_append_new(
            sack, json_pack("[I,I]", (json_int_t)options.sack[block][0], (json_int_t)options.sack[block][1]));
    put(object, IS, is);
    if (segment->nth)
        put(object, NTH, json_integer(segment->nth));
    if (segment->answers)
        put(object, ANSWERS, json_integer((json_int_t)segment->answers));
    if (segment->segment->protocol == 6 && segment->window_shift >= 0)
        put(object, WINDOW_BYTES, json_integer(segment->window_bytes));
    if (json_array_size(sack) > 0)
        put(object, SACK, sack);
    else
        json_decref(sack);
}

static void put_segment(json_t *object, const struct lab_state *state, const struct net_ev_segment *segment)
{
    char text[240];
    int i = lab_segment_by_id(state, segment->id);
    if (segment->protocol == NET_TCP || net_is_icmp(segment->protocol))
        put_text(object, PROTOCOL_NAME,
                 segment->protocol == NET_TCP    ? "TCP"
                 : segment->protocol == NET_ICMP ? "ICMP"
                                                 : "ICMPv6");
    if (i != LAB_NONE)
        put_text(object, TEXT, lab_segment_text_of_files(&state->segments[i], text, sizeof text));
}

/* ---- notes ------------------------------------------------------------------------------------------------------- */

static void put_note(json_t *object, const struct lab_state *state, const struct net_ev_note *note)
{
    static const char *const by[] = {
        [LAB_FROM_SCRIPT] = "script", [LAB_FROM_PROMPT] = "prompt", [LAB_FROM_KEY] = "key"};
    static const char *const outcomes[] = {"held", "failed", "skipped"};
    put_actor_name(object, SUBJECT_NAME, state, note->subject);
    switch ((enum lab_note_kind)note->kind) {
    case LAB_NOTE_COMMAND:
    case LAB_NOTE_SET_ASIDE:
    case LAB_NOTE_ERROR:
        if (note->flags < sizeof by / sizeof by[0])
            put_text(object, BY, by[note->flags]);
        break;
    case LAB_NOTE_FINISHED:
        if (note->flags < sizeof outcomes / sizeof outcomes[0])
            put_text(object, OUTCOME, outcomes[note->flags]);
        break;
    case LAB_NOTE_TIME:
        put(object, PATIENT, json_boolean(note->flags & LAB_TIME_PATIENT));
        put(object, STEPPED, json_boolean(note->flags & LAB_TIME_STEPPED));
        break;
    case LAB_NOTE_MEASURED: put(object, LAST, json_boolean(note->flags & LAB_MEASURED_LAST)); break;
    default: break;
    }
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static void put_names(json_t *object, const struct lab_state *state, const struct lab_journal *journal, size_t index)
{
    const struct net_event *ev = lab_journal_at(journal, index);
    char who[LAB_WHO_BYTES];
    put_actor_name(object, ACTOR_NAME, state, ev->actor);
    if (lab_actor_by_id(state, ev->actor) && ev->task)
        put_text(object, WHO, lab_task_text_of_files(state, ev->actor, ev->task, who, sizeof who));
    switch ((enum net_event_kind)ev->kind) {
    case NET_EV_ACTOR_START: put_argv(object, ev); break;
    case NET_EV_CALL_ENTER: put_call(object, ev, NULL); break;
    case NET_EV_CALL_RETURN: put_call(object, lab_call_entry(journal, index), ev); break;
    case NET_EV_SEGMENT:
        put_segment(object, state, &ev->u.segment);
        put_segment_kind(object, state, ev->u.segment.id);
        break;
    case NET_EV_FATE: put_segment_kind(object, state, ev->u.fate.segment); break;
    case NET_EV_SAMPLE:
    case NET_EV_GONE:
        put_socket(object, state, ev->u.sample.host, ev->u.sample.cookie);
        if (ev->u.sample.has_info)
            put_info(object, &ev->u.sample);
        break;
    case NET_EV_TIMERS: put_socket(object, state, ev->u.timers.host, ev->u.timers.cookie); break;
    case NET_EV_NOTE: put_note(object, state, &ev->u.note); break;
    default: break;
    }
}

int lab_event_write_named(const struct lab_state *state, const struct lab_journal *journal, uint64_t start_ns,
                          size_t index, FILE *out)
{
    const struct net_event *ev = lab_journal_at(journal, index);
    json_t *object = lab_event_json(ev, start_ns);
    if (!object)
        return -1;
    put_names(object, state, journal, index);
    return lab_event_put_json(ev, start_ns, object, out);
}
