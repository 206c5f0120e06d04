// SPDX-License-Identifier: GPL-3.0-or-later
// A net layer under test: events kept, conditions waited for, hands made to call.
#include "tests/net_lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void keep(void *user, const struct net_event *ev)
{
    struct net_lab *lab = user;
    if (lab->count == lab->room) {
        lab->room = lab->room ? 2 * lab->room : 1024;
        lab->all = realloc(lab->all, lab->room * sizeof *lab->all);
        if (!lab->all)
            abort();
    }
    struct net_event *copy = &lab->all[lab->count++];
    *copy = *ev;
    copy->data = NULL;
    if (ev->data_bytes) {
        void *data = malloc(ev->data_bytes);
        if (!data)
            abort();
        copy->data = memcpy(data, ev->data, ev->data_bytes);
    }
}

int net_lab_open(struct net_lab *lab, enum net_mode mode, struct net_error *err)
{
    const struct net_engine_spec spec = {.mode = mode};
    *lab = (struct net_lab){0};
    return net_engine_open(&lab->engine, &spec, err);
}

void net_lab_forget(struct net_lab *lab)
{
    for (size_t i = 0; i < lab->count; i++)
        free((void *)(uintptr_t)lab->all[i].data);
    lab->count = 0;
}

int net_lab_set_up(struct net_lab *lab, enum net_mode mode)
{
    struct net_error err;
    if (net_lab_open(lab, mode, &err) == 0)
        return 0;
    fprintf(stderr, "%s\n", err.text);
    return -1;
}

void net_lab_close(struct net_lab *lab)
{
    net_engine_close(&lab->engine);
    net_lab_forget(lab);
    free(lab->all);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

bool net_lab_until(struct net_lab *lab, net_lab_condition *condition, void *user)
{
    uint64_t deadline_ns = net_now_ns() + NET_LAB_PATIENCE_MS * UINT64_C(1000000);
    while (!condition(lab, user)) {
        unsigned woke = net_engine_wait(&lab->engine, -1, deadline_ns, 0, keep, lab);
        if (woke & NET_WOKE_DEADLINE)
            return condition(lab, user);
    }
    return true;
}

static bool is_past(struct net_lab *lab, void *user)
{
    (void)lab;
    return net_now_ns() >= *(uint64_t *)user;
}

void net_lab_let_pass(struct net_lab *lab, unsigned ms)
{
    uint64_t end_ns = net_now_ns() + ms * UINT64_C(1000000);
    while (!is_past(lab, &end_ns))
        net_engine_wait(&lab->engine, -1, end_ns, 0, keep, lab);
}

const struct net_event *net_lab_find(const struct net_lab *lab, size_t from, uint16_t kind, uint32_t actor)
{
    for (size_t i = from; i < lab->count; i++)
        if (lab->all[i].kind == kind && (actor == 0 || lab->all[i].actor == actor))
            return &lab->all[i];
    return NULL;
}

struct wanted {
    uint32_t actor;
    unsigned call, n;
    const struct net_event *found;
};

static bool has_returned(struct net_lab *lab, void *user)
{
    struct wanted *w = user;
    w->found = net_lab_return(lab, w->actor, w->call, w->n);
    return w->found != NULL;
}

const struct net_event *net_lab_return(struct net_lab *lab, uint32_t actor, unsigned call, unsigned n)
{
    for (size_t i = 0; i < lab->count; i++) {
        const struct net_event *ev = &lab->all[i];
        if (ev->kind == NET_EV_CALL_RETURN && ev->actor == actor && ev->u.call.call == call && n-- == 0)
            return ev;
    }
    return NULL;
}

const struct net_event *net_lab_await_return(struct net_lab *lab, uint32_t actor, unsigned call, unsigned n)
{
    struct wanted w = {actor, call, n, NULL};
    net_lab_until(lab, has_returned, &w);
    return w.found;
}

static bool is_in_call(struct net_lab *lab, void *user)
{
    const struct wanted *w = user;
    bool in = false;
    for (size_t i = 0; i < lab->count; i++) {
        const struct net_event *ev = &lab->all[i];
        if (ev->actor == w->actor && (ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN))
            in = ev->kind == NET_EV_CALL_ENTER && ev->u.call.call == w->call;
    }
    return in;
}

bool net_lab_await_blocked(struct net_lab *lab, uint32_t actor, unsigned call)
{
    struct wanted w = {actor, call, 0, NULL};
    return net_lab_until(lab, is_in_call, &w);
}

static bool has_ended(struct net_lab *lab, void *user)
{
    struct wanted *w = user;
    w->found = net_lab_find(lab, 0, NET_EV_ACTOR_END, w->actor);
    return w->found != NULL;
}

const struct net_event *net_lab_await_end(struct net_lab *lab, uint32_t actor)
{
    struct wanted w = {.actor = actor};
    net_lab_until(lab, has_ended, &w);
    return w.found;
}

struct wanted_state {
    enum net_host host;
    uint16_t local, remote;
    enum net_state state;
};

const struct net_ev_sample *net_lab_socket(const struct net_lab *lab, enum net_host host, uint16_t local,
                                           uint16_t remote)
{
    for (size_t i = lab->count; i-- > 0;) {
        const struct net_event *ev = &lab->all[i];
        const struct net_ev_sample *s = &ev->u.sample;
        if ((ev->kind == NET_EV_SAMPLE || ev->kind == NET_EV_GONE) && s->host == host &&
            (local == 0 || s->local_port == local) && (remote == 0 || s->remote_port == remote))
            return s;
    }
    return NULL;
}

static bool is_in_state(struct net_lab *lab, void *user)
{
    const struct wanted_state *w = user;
    const struct net_ev_sample *s = net_lab_socket(lab, w->host, w->local, w->remote);
    return s && s->state == w->state;
}

bool net_lab_await_state(struct net_lab *lab, enum net_host host, uint16_t local, uint16_t remote, enum net_state state)
{
    struct wanted_state w = {host, local, remote, state};
    return net_lab_until(lab, is_in_state, &w);
}

bool net_lab_await_quiet(struct net_lab *lab)
{
    uint64_t end_ns = net_now_ns() + NET_LAB_PATIENCE_MS * UINT64_C(1000000);
    while (!net_engine_quiet(&lab->engine)) {
        if (net_now_ns() > end_ns)
            return false;
        net_engine_wait(&lab->engine, -1, net_now_ns() + 1000000, 0, keep, lab);
    }
    return true;
}

/* ---- actors ------------------------------------------------------------------------------------------------------ */

static uint32_t start(struct net_lab *lab, const struct net_actor_spec *spec)
{
    struct net_error err;
    uint32_t id = net_actor_start(lab->engine.actors, spec, &err);
    if (id == 0)
        fprintf(stderr, "%s: %s\n", spec->name, err.text);
    return id;
}

uint32_t net_lab_start(struct net_lab *lab, const char *name, enum net_host host, const char *words, bool as_process)
{
    char text[200], *rest = text;
    const char *argv[12] = {NULL};
    int argc = 0;
    snprintf(text, sizeof text, "%s", words);
    for (char *word; argc < 11 && (word = strsep(&rest, " "));)
        argv[argc++] = word;
    struct net_actor_spec spec = {.host = host,
                                  .program = net_program_find(argv[0]),
                                  .argc = argc,
                                  .argv = argv,
                                  .as = as_process ? NET_AS_PROCESS : NET_AS_THREAD};
    snprintf(spec.name, sizeof spec.name, "%s", name);
    return spec.program ? start(lab, &spec) : 0;
}

uint32_t net_lab_hand(struct net_lab *lab, const char *name, enum net_host host, bool as_process)
{
    struct net_actor_spec spec = {.host = host, .as = as_process ? NET_AS_PROCESS : NET_AS_THREAD};
    snprintf(spec.name, sizeof spec.name, "%s", name);
    return start(lab, &spec);
}

bool net_lab_begin(struct net_lab *lab, uint32_t hand, const struct net_hand_request *request)
{
    struct net_error err;
    if (net_actor_hand_call(lab->engine.actors, hand, request, &err) == 0)
        return true;
    fprintf(stderr, "%s\n", err.text);
    return false;
}

const struct net_event *net_lab_ask(struct net_lab *lab, uint32_t hand, const struct net_hand_request *request)
{
    unsigned before = 0;
    while (net_lab_return(lab, hand, request->call, before))
        before++;
    return net_lab_begin(lab, hand, request) ? net_lab_await_return(lab, hand, request->call, before) : NULL;
}

static int result(struct net_lab *lab, uint32_t hand, const struct net_hand_request *request)
{
    const struct net_event *ev = net_lab_ask(lab, hand, request);
    if (!ev)
        return -9999;
    return ev->u.call.ret < 0 ? -ev->u.call.error : (int)ev->u.call.ret;
}

int net_lab_socket_fd(struct net_lab *lab, uint32_t hand)
{
    return result(lab, hand,
                  &(struct net_hand_request){.call = NET_CALL_SOCKET, .fd = -1, .args = {AF_INET, SOCK_STREAM}});
}

int net_lab_bind(struct net_lab *lab, uint32_t hand, int fd, uint32_t ip, uint16_t port)
{
    return result(lab, hand, &(struct net_hand_request){.call = NET_CALL_BIND, .fd = fd, .ip = ip, .port = port});
}

int net_lab_listen(struct net_lab *lab, uint32_t hand, int fd, int backlog)
{
    return result(lab, hand, &(struct net_hand_request){.call = NET_CALL_LISTEN, .fd = fd, .args = {fd, backlog}});
}

int net_lab_accept(struct net_lab *lab, uint32_t hand, int fd)
{
    return result(lab, hand, &(struct net_hand_request){.call = NET_CALL_ACCEPT, .fd = fd});
}

int net_lab_connect(struct net_lab *lab, uint32_t hand, int fd, uint32_t ip, uint16_t port)
{
    return result(lab, hand, &(struct net_hand_request){.call = NET_CALL_CONNECT, .fd = fd, .ip = ip, .port = port});
}

int net_lab_send(struct net_lab *lab, uint32_t hand, int fd, const char *text)
{
    size_t n = strlen(text);
    return result(lab, hand,
                  &(struct net_hand_request){.call = NET_CALL_SEND,
                                             .fd = fd,
                                             .args = {fd, 0, (int64_t)n, MSG_NOSIGNAL},
                                             .data = (const uint8_t *)text,
                                             .data_bytes = (uint32_t)n});
}

int net_lab_recv(struct net_lab *lab, uint32_t hand, int fd, size_t bytes)
{
    return result(lab, hand,
                  &(struct net_hand_request){.call = NET_CALL_RECV, .fd = fd, .args = {fd, 0, (int64_t)bytes, 0}});
}

int net_lab_shutdown(struct net_lab *lab, uint32_t hand, int fd, int how)
{
    return result(lab, hand, &(struct net_hand_request){.call = NET_CALL_SHUTDOWN, .fd = fd, .args = {fd, how}});
}

int net_lab_close_fd(struct net_lab *lab, uint32_t hand, int fd)
{
    return result(lab, hand, &(struct net_hand_request){.call = NET_CALL_CLOSE, .fd = fd, .args = {fd}});
}
