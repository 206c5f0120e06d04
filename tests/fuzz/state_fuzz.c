// SPDX-License-Identifier: GPL-3.0-or-later
// Any sequence of events, folded: nothing crashes, every index points into its array, descriptors and references agree.
//
// The input is a string of short instructions, one event each, with small numbers for actors, tasks, descriptors,
// cookies and ports, so that events meet; now and then a field is taken from the input whole. Input that begins with
// '{' or as zstd does is a saved run instead, and input that begins with an array of CBOR the events of a packed one:
// what zstd itself would refuse is not what is sought. What was folded is told in all its forms, and no text of them
// holds a control character.
#include "lab/explain/event_line.h"
#include "lab/explain/explain.h"
#include "lab/explain/ladder.h"
#include "lab/journal/cbor.h"
#include "lab/journal/event_cbor.h"
#include "lab/state/state.h"
#include "net/data/call.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
    const uint8_t *at, *end;
};

static uint8_t byte(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static uint64_t number(struct input *in)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | byte(in);
    return n;
}

/* Mostly below most; sometimes anything. */
static uint64_t some(struct input *in, unsigned most)
{
    uint8_t b = byte(in);
    return b == 0xff ? number(in) : b % most;
}

static void make_call(struct input *in, struct net_ev_call *call)
{
    static const uint8_t likely[] = {NET_CALL_SOCKET, NET_CALL_ACCEPT,   NET_CALL_CONNECT, NET_CALL_CLOSE,
                                     NET_CALL_DUP,    NET_CALL_DUP2,     NET_CALL_FORK,    NET_CALL_RECV,
                                     NET_CALL_SEND,   NET_CALL_SHUTDOWN, NET_CALL_EXIT,    NET_CALL_SETSOCKOPT,
                                     NET_CALL_BIND,   NET_CALL_FCNTL};
    uint8_t which = byte(in);
    call->call = which < sizeof likely ? likely[which] : which;
    call->fd = (int32_t)some(in, 6);
    call->cookie = some(in, 8);
    call->args[0] = call->fd;
    call->args[1] = (int64_t)some(in, 6);
    call->args[2] = (int64_t)some(in, 14);
    call->ret = (int64_t)some(in, 7) - 1;
    call->error = call->ret < 0 ? (int32_t)some(in, 120) : 0;
    call->line = (uint16_t)some(in, 90);
}

/* Of both families, mapped ones among them. */
static struct net_ip some_ip(struct input *in)
{
    struct net_ip ip = {.word = {[3] = (uint32_t)some(in, 3)}, .is_v6 = some(in, 3) == 0};
    if (ip.is_v6 && some(in, 2))
        ip.word[2] = 0xffff;
    return ip;
}

static void make_sample(struct input *in, struct net_ev_sample *s, uint64_t now_ns)
{
    uint64_t before_ns = some(in, 9) * 1000;
    s->begin_ns = now_ns > before_ns ? now_ns - before_ns : 0;
    s->cookie = some(in, 8);
    s->host = (uint8_t)some(in, 2);
    s->state = (uint8_t)some(in, NET_STATES);
    s->timer = (uint8_t)some(in, NET_TIMERS);
    s->timer_ms = (uint32_t)some(in, 100);
    s->origin = (uint8_t)some(in, NET_ORIGINS);
    s->local_ip = some_ip(in);
    s->remote_ip = some_ip(in);
    s->local_port = (uint16_t)some(in, 3);
    s->remote_port = (uint16_t)some(in, 3);
    s->rqueue = (uint32_t)some(in, 3);
    s->wqueue = (uint32_t)some(in, 3);
    s->inode = (uint32_t)some(in, 2);
}

static void make_segment(struct input *in, struct net_ev_segment *s)
{
    s->id = some(in, 32);
    s->from = (uint8_t)some(in, 2);
    s->protocol = byte(in) & 0x80 ? 1 : 6;
    s->flags = byte(in);
    s->payload_bytes = (uint16_t)some(in, 4);
    s->window = (uint16_t)some(in, 2);
    s->src_ip = some_ip(in);
    s->dst_ip = some_ip(in);
    s->src_port = (uint16_t)some(in, 3);
    s->dst_port = (uint16_t)some(in, 3);
    s->seq = (uint32_t)some(in, 8);
    s->ack = (uint32_t)some(in, 8);
}

static void make_body(struct input *in, struct net_event *ev)
{
    switch (ev->kind) {
    case NET_EV_ACTOR_START: ev->u.actor.host = (uint8_t)some(in, 2); break;
    case NET_EV_TASK_START:
        ev->u.task.kind = (uint8_t)some(in, 3);
        ev->u.task.parent = (uint32_t)some(in, 8);
        ev->u.task.pid = ev->u.task.tid = (int32_t)some(in, 8);
        break;
    case NET_EV_ACTOR_END:
    case NET_EV_TASK_END:
    case NET_EV_TASK_REAPED:
        ev->u.end.how = (uint8_t)some(in, 4);
        ev->u.end.zombie = byte(in) & 1;
        ev->u.end.pid = (int32_t)some(in, 8);
        break;
    case NET_EV_CALL_ENTER:
    case NET_EV_CALL_RETURN: make_call(in, &ev->u.call); break;
    case NET_EV_GATE: ev->u.gate.waiting = byte(in) & 1; break;
    case NET_EV_SIGNAL:
        ev->u.signal.signo = (int32_t)some(in, 40);
        ev->u.signal.action = (uint8_t)some(in, 3);
        break;
    case NET_EV_SEGMENT: make_segment(in, &ev->u.segment); break;
    case NET_EV_FATE:
        ev->u.fate.segment = some(in, 32);
        ev->u.fate.fate = (uint8_t)some(in, NET_FATES);
        ev->u.fate.why = (uint8_t)some(in, 5);
        ev->u.fate.repeats = (uint32_t)some(in, 4);
        break;
    case NET_EV_SAMPLE:
    case NET_EV_GONE: make_sample(in, &ev->u.sample, ev->time_ns); break;
    case NET_EV_NOTE: ev->u.note.kind = (uint16_t)some(in, LAB_NOTE_KINDS); break;
    default: break;
    }
}

static struct lab_journal *make_journal(const uint8_t *bytes, size_t size)
{
    struct lab_journal *j = lab_journal_new();
    struct input in = {bytes, bytes + size};
    uint64_t now_ns = 1000000;
    while (j && in.at < in.end) {
        struct net_event ev = {.time_ns = now_ns += some(&in, 8) * 1000, .kind = (uint16_t)some(&in, NET_EV_KINDS + 1)};
        ev.actor = (uint32_t)some(&in, 4);
        ev.task = (uint32_t)some(&in, 8);
        make_body(&in, &ev);
        ev.data = in.at;
        ev.data_bytes = (uint32_t)(in.end - in.at < 16 ? in.end - in.at : 16);
        lab_journal_append(j, &ev);
    }
    return j;
}

static struct lab_journal *load(const uint8_t *bytes, size_t size)
{
    char path[64];
    uint64_t start_ns;
    struct net_error err;
    int fd = memfd_create("run", 0);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct lab_journal *j = lab_journal_load(path, false, &start_ns, &err);
    close(fd);
    return j;
}

enum { HEAD_BYTES = 1 << 16, BLOCK_BYTES_MAX = 1 << 17 };

/* The head of a packed run whose numbers are ours; where it ends. */
static uint8_t *put_head(uint8_t *to)
{
    json_t *head = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "kind", "run", "tcplab", 3, "kernel", "6", "net", "tun",
                             "start", "2026-01-02T03:04:05.000000006Z", "start_ns", "0");
    json_t *words = lab_event_words();
    json_object_update(head, words);
    char *text = json_dumps(head, JSON_COMPACT);
    size_t bytes = strlen(text);
    if (bytes > HEAD_BYTES - LAB_CBOR_HEAD_BYTES)
        abort();
    to = lab_cbor_put(to, LAB_CBOR_TEXT, bytes);
    memcpy(to, text, bytes);
    free(text);
    json_decref(words);
    json_decref(head);
    return to + bytes;
}

/* A frame of one raw block, without a checksum (RFC 8878, 3.1.1). */
static struct lab_journal *load_events(const uint8_t *events, size_t size)
{
    static uint8_t frame[9 + BLOCK_BYTES_MAX] = {0x28, 0xb5, 0x2f, 0xfd, 0, (17 - 10) << 3};
    static uint8_t *end;
    if (!end)
        end = put_head(frame + 9);
    size_t bytes = (size_t)(end - frame - 9) + size;
    if (bytes > BLOCK_BYTES_MAX)
        return NULL;
    memcpy(end, events, size);
    for (unsigned i = 0; i < 3; i++)
        frame[6 + i] = (uint8_t)((bytes << 3 | 1) >> (8 * i));
    return load(frame, 9 + bytes);
}

#define HOLDS(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

static void in_range(int index, size_t count)
{
    HOLDS(index == LAB_NONE || (index >= 0 && (size_t)index < count));
}

static void check_tables(const struct lab_state *st)
{
    long held = 0, referred = 0;
    for (size_t i = 0; i < st->table_count; i++) {
        held += (long)st->tables[i].fd_count;
        for (size_t k = 0; k < st->tables[i].fd_count; k++) {
            HOLDS(st->tables[i].fds[k].socket >= 0 && (size_t)st->tables[i].fds[k].socket < st->socket_count);
            HOLDS(k == 0 || st->tables[i].fds[k - 1].fd < st->tables[i].fds[k].fd);
        }
    }
    for (size_t i = 0; i < st->socket_count; i++)
        referred += st->sockets[i].references;
    HOLDS(held == referred);
}

static void check(const struct lab_state *st, size_t events)
{
    for (size_t i = 0; i < st->socket_count; i++) {
        const struct lab_socket *s = &st->sockets[i];
        HOLDS(s->references >= 0 && (s->references > 0) == (s->fd != LAB_NONE));
        HOLDS(s->step_count == 0 || s->steps[s->step_count - 1].state == s->now.state);
        for (size_t k = 0; k < s->step_count; k++)
            HOLDS(s->steps[k].state < NET_STATES && s->steps[k].event < (long)events &&
                  s->steps[k].cause < (long)events);
        in_range(s->conversation, st->conversation_count);
    }
    for (size_t i = 0; i < st->task_count; i++)
        HOLDS(st->tasks[i].table >= 0 && (size_t)st->tasks[i].table < st->table_count);
    for (size_t i = 0; i < st->conversation_count; i++) {
        in_range(st->conversations[i].socket[0], st->socket_count);
        in_range(st->conversations[i].socket[1], st->socket_count);
        for (size_t k = 0; k < st->conversations[i].segment_count; k++)
            HOLDS(st->conversations[i].segments[k] < st->segment_count);
    }
    for (size_t i = 0; i < st->segment_count; i++)
        in_range(st->segments[i].conversation, st->conversation_count);
    for (size_t i = 0; i < st->actor_count; i++)
        HOLDS(st->actors[i].children >= 0 && st->actors[i].zombies >= 0 && st->actors[i].threads >= 0);
    check_tables(st);
}

static void is_plain(const char *line)
{
    for (; *line; line++)
        HOLDS((unsigned char)*line >= ' ' && *line != 127);
}

static void take_line(void *user, const char *line)
{
    (void)user;
    is_plain(line);
}

static void check_texts(const struct lab_journal *j, const struct lab_state *st)
{
    char line[600];
    for (size_t i = 0; i < st->applied; i++)
        is_plain(lab_event_line(st, j, 0, i, line, sizeof line));
    for (int i = LAB_NONE; i < (int)st->conversation_count; i++)
        lab_explain(j, st, 0, i, take_line, NULL);
    struct lab_ladder *ladder = lab_ladder_read(j, st, 0, "default", true);
    for (size_t i = 0; ladder && i < ladder->count; i++) {
        is_plain(ladder->rungs[i].lane);
        is_plain(ladder->rungs[i].what);
        is_plain(ladder->rungs[i].result);
    }
    lab_ladder_free(ladder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    bool is_run = size > 0 && (bytes[0] == '{' || bytes[0] == 0x28);
    bool is_events = size > 0 && bytes[0] >> 5 == LAB_CBOR_ARRAY;
    struct lab_journal *j = is_run      ? load(bytes, size)
                            : is_events ? load_events(bytes, size)
                                        : make_journal(bytes, size);
    if (!j)
        return 0;
    struct lab_state *st = lab_state_at(j, SIZE_MAX);
    HOLDS(st && st->applied == lab_journal_count(j));
    check(st, lab_journal_count(j));
    check_texts(j, st);
    lab_state_free(st);
    lab_journal_free(j);
    return 0;
}
