// SPDX-License-Identifier: GPL-3.0-or-later
// What a socket holds now, asked of the kernel: an option, a field of TCP_INFO, the length of a queue.

#include "lab/base/text.h"
#include "lab/session/condition.h"
#include "lab/session/doing.h"

#include <stdio.h>
#include <string.h>

static int ask_option(const struct lab_condition *c, struct lab_session *s, const struct net_option *option,
                      struct net_option_value *now, struct net_error *err)
{
    const struct lab_actor *actor = lab_find_actor(s, c->actor);
    uint32_t task = 0;
    int fd;
    if (!actor || lab_find_socket(s, actor, c->fd, &task, &fd) == LAB_NONE || !task)
        return net_fail(err, 0, NULL, "%s has no such socket open", c->actor);
    return net_actor_option(s->engine.actors, task, fd, option, false, now, err);
}

/* Reading SO_ERROR clears it: what was read once is what the condition speaks of. */
static int ask(struct lab_condition *c, struct lab_session *s, struct net_option_value *now, struct net_error *err)
{
    if (c->error_read) {
        *now = (struct net_option_value){.number = c->error_read};
        return 0;
    }
    if (ask_option(c, s, c->option, now, err) < 0)
        return -1;
    if (c->option->type == NET_OPT_ERRNO)
        c->error_read = now->number;
    return 0;
}

static int ask_info(const struct lab_condition *c, struct lab_session *s, int64_t *now, struct net_error *err)
{
    struct net_option_value value = {0};
    if (ask_option(c, s, net_option_find("TCP_INFO"), &value, err) < 0)
        return -1;
    if (net_info_field_value(c->info, value.raw_info, value.raw_info_bytes, now))
        return 0;
    return net_fail(err, 0, NULL, "this kernel does not tell %s", c->info->name);
}

/* As `ss` has it, open or not: bytes that nobody has read, and those not confirmed yet. */
static int ask_queue(const struct lab_condition *c, struct lab_session *s, int64_t *now, struct net_error *err)
{
    uint32_t task;
    int fd;
    net_engine_look(&s->engine);
    lab_session_drain(s);
    const struct lab_actor *actor = lab_find_actor(s, c->actor);
    int socket = actor ? lab_find_socket(s, actor, c->fd, &task, &fd) : LAB_NONE;
    if (socket == LAB_NONE)
        return net_fail(err, 0, NULL, "%s has never had such a socket", c->actor);
    const struct net_ev_sample *sample = &s->state->sockets[socket].now;
    *now = sample->state == NET_STATE_ABSENT ? 0 : c->send_queue ? sample->wqueue : sample->rqueue;
    return 0;
}

static bool has_single_number(const struct net_option *option)
{
    return option->type != NET_OPT_LINGER && option->type != NET_OPT_NAME;
}

static bool option_is(struct lab_condition *c, struct lab_session *s)
{
    struct net_option_value now = {0};
    char is[NET_OPTION_TEXT_BYTES], wanted[NET_OPTION_TEXT_BYTES];
    if (ask(c, s, &now, NULL) < 0)
        return false;
    if (has_single_number(c->option))
        return lab_compares(c->compare, now.number, c->number);
    net_option_text(c->option, &now, is, sizeof is);
    net_option_text(c->option, &c->option_value, wanted, sizeof wanted);
    return (strcmp(is, wanted) == 0) == (c->compare == LAB_EQUAL);
}

bool lab_condition_value_is(struct lab_condition *c, struct lab_session *s)
{
    int64_t now;
    if (c->kind == LAB_SOCKET_OPTION)
        return option_is(c, s);
    int result = c->kind == LAB_SOCKET_INFO ? ask_info(c, s, &now, NULL) : ask_queue(c, s, &now, NULL);
    return result == 0 && lab_compares(c->compare, now, c->number);
}

void lab_condition_value_text(struct lab_condition *c, struct lab_session *s, char *out, size_t out_bytes)
{
    struct net_option_value value = {0};
    struct net_error err;
    char text[NET_OPTION_TEXT_BYTES];
    int64_t now = 0;
    int result = c->kind == LAB_SOCKET_OPTION ? ask(c, s, &value, &err)
                 : c->kind == LAB_SOCKET_INFO ? ask_info(c, s, &now, &err)
                                              : ask_queue(c, s, &now, &err);
    if (result < 0) {
        snprintf(out, out_bytes, "%s", err.text);
        return;
    }
    const char *unit = c->kind == LAB_SOCKET_INFO ? c->info->unit : "";
    if (c->kind == LAB_SOCKET_OPTION) {
        net_option_text(c->option, &value, text, sizeof text);
        snprintf(out, out_bytes, _("it is %s"), text);
    } else {
        snprintf(out, out_bytes, *unit ? _("it is %lld %s") : _("it is %lld%s"), (long long)now, _(unit));
    }
}
