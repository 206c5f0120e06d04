// SPDX-License-Identifier: GPL-3.0-or-later
// A sentence from one format with named parts.

#include "lab/explain/sentence.h"

#include "lab/base/text.h"
#include "lab/explain/who.h"
#include "net/base/error.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "net/base/plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum kind { TEXT, NUMBER, TIME, STATE, HOST, TASK, CALL, RESULT, COMMAND };

static const struct part {
    const char *name;
    enum kind kind;
    size_t offset;
} parts[] = {
#define PART(member, type)                                                                                             \
    {                                                                                                                  \
        .name = #member, .kind = type, .offset = offsetof(struct lab_parts, member)                                    \
    }
    PART(who, TEXT),
    PART(other, TEXT),
    PART(name, TEXT),
    PART(flags, TEXT),
    PART(address, TEXT),
    PART(peer, TEXT),
    PART(reason, TEXT),
    PART(when, TEXT),
    PART(count, NUMBER),
    PART(limit, NUMBER),
    PART(number, NUMBER),
    PART(fd, NUMBER),
    PART(line, NUMBER),
    PART(port, NUMBER),
    PART(id, NUMBER),
    PART(at, TIME),
    PART(since, TIME),
    PART(until, TIME),
    PART(state, STATE),
    PART(from, STATE),
    PART(to, STATE),
    PART(host, HOST),
    PART(by, TASK),
    PART(command, COMMAND),
    {.name = "call", .kind = CALL},
    {.name = "result", .kind = RESULT},
#undef PART
};
enum { PARTS = sizeof parts / sizeof *parts };

static const struct part *find(const char *name, size_t bytes)
{
    for (size_t i = 0; i < PARTS; i++)
        if (strlen(parts[i].name) == bytes && memcmp(parts[i].name, name, bytes) == 0)
            return &parts[i];
    return NULL;
}

bool lab_is_part(const char *name, size_t bytes)
{
    return find(name, bytes) != NULL;
}

static void put_event(const struct lab_evidence *e, enum kind kind, const struct net_event *ev, char *out, size_t room)
{
    enum { LONGEST = 80 }; /* of a command */
    char text[LAB_WHO_BYTES];
    if (!ev)
        lab_append(out, room, "?");
    else if (kind == TASK)
        lab_append(out, room, "%s", lab_task_text(e->state, ev->actor, ev->task, text, sizeof text));
    else
        lab_append(out, room, "%.*s", (int)(ev->data_bytes < LONGEST ? ev->data_bytes : LONGEST),
                   ev->data ? (const char *)ev->data : "");
}

static void put_call(const struct lab_parts *p, char *out, size_t room)
{
    char text[160] = "?";
    if (p->enter || p->ret)
        net_call_text(p->enter ? p->enter : p->ret, p->ret, text, sizeof text);
    lab_append(out, room, "%s", text);
}

static void put_result(const struct lab_parts *p, char *out, size_t room)
{
    char text[64] = "?";
    if (p->ret)
        net_result_text(p->ret, text, sizeof text);
    lab_append(out, room, "%s", text);
}

static void put_time(const struct lab_evidence *e, uint64_t time_ns, char *out, size_t room)
{
    uint64_t ms = time_ns > e->start_ns ? (time_ns - e->start_ns) / 1000000 : 0;
    lab_append(out, room, "%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
}

static void put_part(const struct lab_evidence *e, const struct lab_parts *p, const struct part *part, char *out,
                     size_t room)
{
    const void *value = (const char *)p + part->offset;
    switch (part->kind) {
    case TEXT: {
        const char *text = *(const char *const *)value;
        lab_append(out, room, "%s", text ? text : "?");
        break;
    }
    case NUMBER: lab_append(out, room, "%" PRId64, *(const int64_t *)value); break;
    case TIME: put_time(e, *(const uint64_t *)value, out, room); break;
    case STATE: lab_append(out, room, "%s", net_state_name(*(const unsigned *)value)); break;
    case HOST: lab_append(out, room, "%s", net_host_name(*(const unsigned *)value)); break;
    case TASK:
    case COMMAND: put_event(e, part->kind, *(const struct net_event *const *)value, out, room); break;
    case CALL: put_call(p, out, room); break;
    case RESULT: put_result(p, out, room); break;
    }
}

static const char *sentence_text(const struct lab_evidence *e, const struct lab_parts *p, const char *format, char *out,
                                 size_t room)
{
    *out = '\0';
    for (const char *at = format; *at;) {
        size_t plain = strcspn(at, "{"), n = at[plain] ? strcspn(at + plain + 1, "}") : 0;
        const struct part *part = at[plain] ? find(at + plain + 1, n) : NULL;
        size_t literal = part || !at[plain] ? plain : plain + 1;
        lab_append(out, room, "%.*s", (int)literal, at);
        at += literal;
        if (!part)
            continue;
        put_part(e, p, part, out, room);
        at += n + 2;
    }
    net_plain(out, room);
    return out;
}

const char *lab_sentence_text(const struct lab_evidence *e, const struct lab_parts *p, char *out, size_t room)
{
    return sentence_text(e, p, net_message(p->format), out, room);
}

const char *lab_sentence_text_of_files(const struct lab_evidence *e, const struct lab_parts *p, char *out, size_t room)
{
    return sentence_text(e, p, p->format, out, room);
}
