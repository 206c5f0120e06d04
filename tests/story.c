// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const uint32_t address[NET_HOSTS] = {0xC0000201, 0xC0000202};
static const uint16_t port[NET_HOSTS] = {STORY_PORT, STORY_CLIENT_PORT};

void story_begin(struct story *s)
{
    *s = (struct story){.journal = lab_journal_new(), .state = lab_state_new(), .now_ns = STORY_START_NS};
    assert_non_null(s->journal);
    assert_non_null(s->state);
}

void story_end(struct story *s)
{
    lab_state_free(s->state);
    lab_journal_free(s->journal);
}

int story_setup(void **story)
{
    static struct story s;
    story_begin(&s);
    *story = &s;
    return 0;
}

int story_teardown(void **story)
{
    story_end(*story);
    return 0;
}

long story_put(struct story *s, struct net_event ev)
{
    s->now_ns += STORY_MS;
    ev.time_ns = s->now_ns;
    long index = lab_journal_append(s->journal, &ev);
    assert_true(index >= 0);
    assert_int_equal(lab_state_apply(s->state, s->journal, (size_t)index), 0);
    return index;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------- */

long story_actor(struct story *s, uint32_t actor, const char *name, enum net_host host)
{
    struct net_event ev = {.kind = NET_EV_ACTOR_START, .actor = actor, .u.actor = {.host = (uint8_t)host}};
    strncpy(ev.u.actor.name, name, sizeof ev.u.actor.name - 1);
    return story_put(s, ev);
}

long story_task(struct story *s, uint32_t actor, uint32_t task, enum net_task_kind kind, uint32_t parent, int pid)
{
    return story_put(s,
                     (struct net_event){.kind = NET_EV_TASK_START,
                                        .actor = actor,
                                        .task = task,
                                        .u.task = {.kind = (uint8_t)kind, .parent = parent, .pid = pid, .tid = pid}});
}

long story_task_end(struct story *s, uint32_t actor, uint32_t task, struct net_ev_end end)
{
    return story_put(s, (struct net_event){.kind = NET_EV_TASK_END, .actor = actor, .task = task, .u.end = end});
}

void story_program(struct story *s, uint32_t id, const char *name, enum net_host host)
{
    story_actor(s, id, name, host);
    story_task(s, id, id, NET_TASK_MAIN, 0, 100 + (int)id);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static struct net_event call_event(const struct story *s, uint16_t kind, uint32_t task, struct net_ev_call call)
{
    const struct lab_task *t = lab_task_by_id(s->state, task);
    return (struct net_event){.kind = kind, .actor = t ? t->actor : task, .task = task, .u.call = call};
}

long story_enter(struct story *s, uint32_t task, struct net_ev_call call)
{
    call.ret = 0;
    call.error = 0;
    if (call.call == NET_CALL_SOCKET)
        call.fd = -1;
    return story_put(s, call_event(s, NET_EV_CALL_ENTER, task, call));
}

/* The engine names the descriptor that a call made, and its cookie, at the return alone. */
long story_return(struct story *s, uint32_t task, struct net_ev_call call)
{
    const struct lab_task *t = lab_task_by_id(s->state, task);
    const struct net_event *enter = t && t->enter >= 0 ? lab_journal_at(s->journal, (size_t)t->enter) : NULL;
    if (enter)
        call.enter_ns = enter->time_ns;
    bool makes = call.call == NET_CALL_SOCKET || call.call == NET_CALL_ACCEPT;
    if (makes && call.ret >= 0)
        call.fd = (int32_t)call.ret;
    return story_put(s, call_event(s, NET_EV_CALL_RETURN, task, call));
}

long story_call(struct story *s, uint32_t task, struct net_ev_call call)
{
    struct net_ev_call enter = call;
    enter.cookie = 0;
    long index = story_enter(s, task, enter);
    story_return(s, task, call);
    return index;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

struct net_ev_sample story_sample(enum net_host host, uint64_t cookie, enum net_state state)
{
    struct net_ev_sample sample = {.cookie = cookie,
                                   .host = (uint8_t)host,
                                   .state = (uint8_t)state,
                                   .local_ip = address[host],
                                   .local_port = port[host]};
    if (state != NET_STATE_LISTEN) {
        sample.remote_ip = address[!host];
        sample.remote_port = port[!host];
    }
    return sample;
}

long story_see(struct story *s, struct net_ev_sample sample)
{
    if (sample.begin_ns == 0)
        sample.begin_ns = s->now_ns + STORY_MS - 1000;
    return story_put(s, (struct net_event){.kind = NET_EV_SAMPLE, .u.sample = sample});
}

long story_state(struct story *s, enum net_host host, uint64_t cookie, enum net_state state, enum net_origin origin)
{
    struct net_ev_sample sample = story_sample(host, cookie, state);
    sample.origin = (uint8_t)origin;
    return story_see(s, sample);
}

long story_gone(struct story *s, enum net_host host, uint64_t cookie)
{
    struct net_ev_sample identity = {
        .begin_ns = s->now_ns + STORY_MS - 1000, .cookie = cookie, .host = (uint8_t)host, .origin = NET_AFTER_SEGMENT};
    return story_put(s, (struct net_event){.kind = NET_EV_GONE, .u.sample = identity});
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

struct net_ev_segment story_segment(enum net_host from, unsigned flags, uint32_t seq, uint32_t ack, uint16_t payload)
{
    return (struct net_ev_segment){.from = (uint8_t)from,
                                   .protocol = 6,
                                   .flags = (uint8_t)flags,
                                   .packet_bytes = (uint16_t)(40 + payload),
                                   .payload_bytes = payload,
                                   .window = 1000,
                                   .src_ip = address[from],
                                   .dst_ip = address[!from],
                                   .src_port = port[from],
                                   .dst_port = port[!from],
                                   .seq = seq,
                                   .ack = ack,
                                   .wscale = -1,
                                   .checksum_ok = true};
}

long story_sent(struct story *s, struct net_ev_segment segment)
{
    segment.id = ++s->segments;
    return story_put(s, (struct net_event){.kind = NET_EV_SEGMENT, .u.segment = segment});
}

long story_fate(struct story *s, uint64_t segment, enum net_fate_of fate)
{
    return story_put(s, (struct net_event){.kind = NET_EV_FATE, .u.fate = {.segment = segment, .fate = (uint8_t)fate}});
}

long story_carried(struct story *s, struct net_ev_segment segment)
{
    long index = story_sent(s, segment);
    story_fate(s, s->segments, NET_DELIVERED);
    return index;
}

const struct lab_socket *story_socket(const struct story *s, enum net_host host, uint64_t cookie)
{
    int i = lab_socket_by_cookie(s->state, host, cookie);
    assert_true(i >= 0);
    return &s->state->sockets[i];
}

void story_assert_way(const struct story *s, enum net_host host, uint64_t cookie, const char *expected)
{
    const struct lab_socket *socket = story_socket(s, host, cookie);
    char way[256] = "";
    for (size_t i = 0; i < socket->step_count; i++) {
        size_t n = strlen(way);
        snprintf(way + n, sizeof way - n, "%s%s", n ? " " : "", net_state_name(socket->steps[i].state));
    }
    assert_string_equal(way, expected);
}

long story_cause(const struct story *s, enum net_host host, uint64_t cookie, enum net_state state)
{
    const struct lab_socket *socket = story_socket(s, host, cookie);
    for (size_t i = socket->step_count; i-- > 0;)
        if (socket->steps[i].state == state)
            return socket->steps[i].cause;
    fail_msg("%s is not on the way", net_state_name(state));
    return 0;
}

void story_connect(struct story *s)
{
    story_program(s, 1, "server", NET_SERVER);
    story_call(s, 1, (struct net_ev_call){.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 11});
    story_call(s, 1, (struct net_ev_call){.call = NET_CALL_LISTEN, .fd = 3, .args = {3, 1}});
    story_state(s, NET_SERVER, 11, NET_STATE_LISTEN, NET_AFTER_CALL);
    story_enter(s, 1, (struct net_ev_call){.call = NET_CALL_ACCEPT, .fd = 3, .args = {3}});

    story_program(s, 2, "client", NET_CLIENT);
    story_call(s, 2, (struct net_ev_call){.call = NET_CALL_SOCKET, .args = {2, 1}, .ret = 3, .cookie = 22});
    story_enter(s, 2, (struct net_ev_call){.call = NET_CALL_CONNECT, .fd = 3, .args = {3}, .line = 30});
    story_sent(s, story_segment(NET_CLIENT, NET_SYN, 1000, 0, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_SYN_SENT, NET_BEFORE_SEGMENT);
    story_fate(s, s->segments, NET_DELIVERED);
    story_state(s, NET_SERVER, 33, NET_STATE_SYN_RECV, NET_AFTER_SEGMENT);
    story_carried(s, story_segment(NET_SERVER, NET_SYN | NET_ACK, 5000, 1001, 0));
    story_state(s, NET_CLIENT, 22, NET_STATE_ESTABLISHED, NET_AFTER_SEGMENT);
    story_carried(s, story_segment(NET_CLIENT, NET_ACK, 1001, 5001, 0));
    story_state(s, NET_SERVER, 33, NET_STATE_ESTABLISHED, NET_AFTER_SEGMENT);
    story_return(s, 2, (struct net_ev_call){.call = NET_CALL_CONNECT, .fd = 3, .args = {3}, .line = 30});
    story_return(s, 1, (struct net_ev_call){.call = NET_CALL_ACCEPT, .args = {3}, .ret = 4, .cookie = 33});
}
