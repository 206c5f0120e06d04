// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done to any actor, and to any socket of it: signals, cancel, options, destroy, the gate; and clear.

#include "lab/session/command_run.h"
#include "lab/session/session_inside.h"

#include "net/socket/diag.h"
#include "net/socket/observe.h"

#include <signal.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t SETTLE_NS = 2000000000;

/* ---- signals ---- */

static bool is_alive(const struct lab_session *s, uint32_t id)
{
    const struct lab_actor *actor = lab_actor_by_id(s->state, id);
    return actor && actor->alive;
}

/* kill is over when the actor has ended, another signal when nothing more comes of it. */
enum lab_outcome lab_run_signal(struct lab_doing *d)
{
    int signo = (int)(d->command->row->number ? d->command->row->number : d->command->value[0].number);
    if (d->phase == 0) {
        const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
        if (!actor || net_actor_signal(d->session->engine.actors, actor->id, 0, signo, d->err) < 0)
            return LAB_ERROR;
        d->actor = actor->id;
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, true, "%s to take %s", actor->name, net_signal_name(signo));
    }
    if (signo == SIGKILL && is_alive(d->session, d->actor) && !lab_doing_late(d))
        return LAB_WAITS;
    return signo == SIGSTOP || lab_settled(d, d->actor) ? LAB_DONE : LAB_WAITS;
}

enum lab_outcome lab_run_cancel(struct lab_doing *d)
{
    const struct lab_actor *actor = d->phase == 0 ? lab_need_actor(d, d->command->actor)
                                                  : lab_actor_by_id(d->session->state, d->actor);
    if (!actor)
        return LAB_ERROR;
    const struct lab_task *task = lab_task_by_id(d->session->state, actor->first_task);
    if (d->phase == 0) {
        if (net_actor_cancel(d->session->engine.actors, actor->id, 0, d->err) < 0)
            return LAB_ERROR;
        d->actor = actor->id;
        d->mark = task && task->enter != LAB_NONE ? (size_t)task->enter : 0;
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, false, "the call of %s to return", actor->name);
    }
    bool still = task && task->alive && task->enter != LAB_NONE && (size_t)task->enter == d->mark;
    return still && !lab_doing_late(d) ? LAB_WAITS : LAB_DONE;
}

enum lab_outcome lab_run_fail(struct lab_doing *d)
{
    const struct lab_value *value = d->command->value;
    const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
    uint32_t times = value[2].given ? (uint32_t)value[2].bytes : 1;
    if (!actor || net_actor_fail(d->session->engine.actors, actor->id, (unsigned)value[0].number, (int)value[1].number,
                                 (uint32_t)value[2].number, times, d->err) < 0)
        return LAB_ERROR;
    return LAB_DONE;
}

/* ---- options ---- */

/* The descriptor that ACTOR or ACTOR.FD means; the sentence when there is none. */
static int need_descriptor(struct lab_doing *d, const struct lab_actor *actor, int wanted, uint32_t *task, int *fd)
{
    int socket = lab_find_socket(d->session, actor, wanted, task, fd);
    if (socket != LAB_NONE && *task)
        return socket;
    if (wanted >= 0)
        lab_doing_fail(d, "%s has no socket at descriptor %d", actor->name, wanted);
    else
        lab_doing_fail(d, "%s has no socket open", actor->name);
    return LAB_NONE;
}

/* From outside, whatever the actor is doing meanwhile. */
static enum lab_outcome outside_option(struct lab_doing *d, bool set)
{
    const struct lab_command *command = d->command;
    const struct net_option *option = command->value[0].option_row;
    struct net_option_value value = command->value[1].option;
    uint32_t task;
    int fd;
    char text[NET_OPTION_TEXT_BYTES];
    const struct lab_actor *actor = lab_need_actor(d, command->actor);
    if (!actor || need_descriptor(d, actor, command->fd, &task, &fd) == LAB_NONE)
        return LAB_ERROR;
    if (net_actor_option(d->session->engine.actors, task, fd, option, set, &value, d->err) < 0)
        return LAB_ERROR;
    if (set && option->type == NET_OPT_BACKLOG)
        net_observer_tick(d->session->engine.observer); /* the listener's queue has another limit now */
    net_option_text(option, &value, text, sizeof text);
    struct net_ev_note note = lab_note_of(d->session, LAB_NOTE_REPLY, command);
    note.fd = fd;
    note.value[0] = value.number;
    note.value[1] = value.second;
    lab_reply_about(d->session, note, "%s.%d %s = %s", actor->name, fd, option->name, text);
    return LAB_DONE;
}

/* A free hand makes the call itself, so that it is seen among the calls; for anybody else the lab does it from outside.
 */
static enum lab_outcome run_option(struct lab_doing *d, bool set)
{
    const struct lab_actor *actor = lab_find_actor(d->session, d->command->actor);
    if (d->phase > 0 || (actor && lab_hand_is_free(d->session, actor)))
        return lab_run_hand_option(d, set);
    return outside_option(d, set);
}

enum lab_outcome lab_run_set(struct lab_doing *d)
{
    const struct net_option *option = d->command->value[0].option_row;
    if (!option->can_set)
        return lab_doing_fail(d, "%s can only be read: `get %s`", option->name, option->name);
    return run_option(d, true);
}

enum lab_outcome lab_run_get(struct lab_doing *d)
{
    return run_option(d, false);
}

/* ---- destroy ---- */

enum lab_outcome lab_run_destroy(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = &d->command->value[0];
    char name[LAB_NAME_BYTES];
    uint32_t task;
    int fd;
    if (d->phase > 0)
        return lab_settled(d, 0) ? LAB_DONE : LAB_WAITS;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(value->text, "."), value->text);
    const struct lab_actor *actor = lab_find_actor(s, name);
    int socket = actor ? lab_find_socket(s, actor, (int)value->number, &task, &fd) : LAB_NONE;
    const struct net_ev_sample *now = socket == LAB_NONE ? NULL : &s->state->sockets[socket].now;
    bool is_known = now && now->state != NET_STATE_ABSENT;
    if (is_known && net_diag_destroy(s->engine.hosts.host[now->host].diag_fd, now, d->err) < 0) {
        if (d->err->code != ENOENT)
            return LAB_ERROR;
        is_known = false; /* its end is not told yet */
    }
    if (!is_known)
        return lab_doing_fail(d, "`%.40s` has no socket that the kernel still knows", value->text);
    lab_doing_next(d);
    return lab_doing_wait(d, SETTLE_NS, true, "%s to be destroyed", value->text);
}

/* ---- reboot ---- */

static int end_actors_of(struct lab_doing *d, int64_t host)
{
    struct lab_state *state = d->session->state;
    for (size_t i = 0; i < state->actor_count; i++) {
        const struct lab_actor *actor = &state->actors[i];
        if (actor->alive && actor->host == host &&
            net_actor_signal(d->session->engine.actors, actor->id, 0, SIGKILL, d->err) < 0)
            return -1;
    }
    return 0;
}

static bool any_alive_on(const struct lab_session *s, int64_t host)
{
    for (size_t i = 0; i < s->state->actor_count; i++)
        if (s->state->actors[i].alive && s->state->actors[i].host == host)
            return true;
    return false;
}

static void forget_sample(void *user, const struct net_ev_sample *sample)
{
    struct lab_session *s = user;
    net_diag_destroy(s->engine.hosts.host[sample->host].diag_fd, sample, NULL);
}

static void forget_sockets(struct lab_session *s, enum net_host host)
{
    for (size_t i = 0; i < s->state->socket_count; i++) {
        const struct lab_socket *socket = &s->state->sockets[i];
        if (socket->host == host && socket->now.state != NET_STATE_ABSENT)
            forget_sample(s, &socket->now);
    }
}

static int plug(struct lab_session *s, enum net_wire_mode mode, struct net_error *err)
{
    struct net_wire_settings settings;
    net_wire_get(s->engine.wire, &settings);
    settings.mode = mode;
    return net_wire_set(s->engine.wire, &settings, err);
}

/*
 * What a power failure does to a host, as far as the other can see: with the cable out (nothing that the dying say is
 * heard) its actors are killed and its sockets forgotten; then it is back on the network and knows of no connection.
 */
enum lab_outcome lab_run_reboot(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    int64_t host = d->command->value[0].number;
    if (!s->engine.wire)
        return lab_doing_fail(
            d, "a host can reboot only where there is a wire: this lab runs on the machine's own loopback");
    switch (d->phase) {
    case 0:
        if (plug(s, NET_WIRE_CUT, d->err) < 0 || end_actors_of(d, host) < 0)
            return LAB_ERROR;
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, true, "the actors of the %s to end", net_host_name((unsigned)host));
    case 1: /* their last words come to the wire before their sockets are forgotten */
        if ((any_alive_on(s, host) && !lab_doing_late(d)) || !lab_settled(d, 0))
            return LAB_WAITS;
        forget_sockets(s, (enum net_host)host);
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, true, "the sockets of the %s to be forgotten",
                              net_host_name((unsigned)host));
    default:
        if (!lab_settled(d, 0))
            return LAB_WAITS;
        return plug(s, NET_WIRE_OPEN, d->err) < 0 || lab_session_update_time(s, d->err) < 0 ? LAB_ERROR : LAB_DONE;
    }
}

/* ---- the gate ---- */

/* The program that has waited longest at its gate: one step at a time, in the order in which they came. */
static uint32_t first_at_gate(const struct lab_session *s)
{
    const struct lab_task *first = NULL;
    for (size_t i = 0; i < s->state->task_count; i++) {
        const struct lab_task *task = &s->state->tasks[i];
        if (task->alive && task->at_gate && (!first || task->gate_ns < first->gate_ns))
            first = task;
    }
    return first ? first->actor : 0;
}

static int move_gates(struct lab_doing *d, uint32_t only, enum net_gate_move move)
{
    struct lab_session *s = d->session;
    for (size_t i = 0; i < s->state->actor_count; i++) {
        const struct lab_actor *actor = &s->state->actors[i];
        bool meant = only ? actor->id == only : !actor->is_hand;
        if (actor->alive && meant && net_actor_gate(s->engine.actors, actor->id, move, d->err) < 0)
            return -1;
    }
    return 0;
}

static int change_gates(struct lab_doing *d, uint32_t only)
{
    struct lab_session *s = d->session;
    int64_t act = d->command->row->number;
    if (act == LAB_GATE_RUN) {
        s->stepping = only && s->stepping;
        return move_gates(d, only, NET_GATE_OPEN);
    }
    bool was_stepping = s->stepping;
    s->stepping = true;
    if (act == LAB_GATE_PAUSE || !was_stepping)
        return move_gates(d, only, NET_GATE_CLOSE);
    uint32_t next = only ? only : first_at_gate(s);
    return next ? net_actor_gate(s->engine.actors, next, NET_GATE_ONE, d->err) : 0;
}

/* Hands have no gate: each of their calls is typed. */
enum lab_outcome lab_run_gate(struct lab_doing *d)
{
    const struct lab_value *named = &d->command->value[0];
    if (d->phase > 0)
        return lab_settled(d, d->actor) ? LAB_DONE : LAB_WAITS;
    if (named->given) {
        const struct lab_actor *actor = lab_need_actor(d, named->text);
        if (!actor)
            return LAB_ERROR;
        if (actor->is_hand)
            return lab_doing_fail(d, "%s is a hand: it makes only the calls that you type, so there is nothing to step",
                                  actor->name);
        d->actor = actor->id;
    }
    if (change_gates(d, d->actor) < 0 || lab_session_update_time(d->session, d->err) < 0)
        return LAB_ERROR;
    lab_doing_next(d);
    return lab_doing_wait(d, SETTLE_NS, true, "the programs to reach their next call");
}

/* ---- sysctls and the clean slate ---- */

/* What it was before the first change, for clear. */
static int keep_sysctl(struct lab_session *s, enum net_host host, const char *name, struct net_error *err)
{
    for (struct lab_kept_sysctl *kept = s->sysctls; kept; kept = kept->next)
        if (kept->host == host && strcmp(kept->name, name) == 0)
            return 0;
    struct lab_kept_sysctl *kept = calloc(1, sizeof *kept);
    if (!kept)
        return net_fail_errno(err, "malloc");
    kept->host = host;
    snprintf(kept->name, sizeof kept->name, "%s", name);
    if (net_sysctl_get(&s->engine.hosts, host, name, kept->value, sizeof kept->value, err) < 0) {
        free(kept);
        return -1;
    }
    kept->next = s->sysctls;
    s->sysctls = kept;
    return 0;
}

enum lab_outcome lab_run_net(struct lab_doing *d)
{
    const struct lab_value *value = d->command->value;
    const struct net_hosts *hosts = &d->session->engine.hosts;
    enum net_host host = (enum net_host)value[0].number;
    const char *name = value[1].text;
    char now[128];
    if (value[2].given && (keep_sysctl(d->session, host, name, d->err) < 0 ||
                           net_sysctl_set(hosts, host, name, value[2].text, d->err) < 0))
        return LAB_ERROR;
    if (net_sysctl_get(hosts, host, name, now, sizeof now, d->err) < 0)
        return LAB_ERROR;
    lab_reply(d->session, "%s %s = %s", net_host_name(host), name, now);
    return LAB_DONE;
}

enum lab_outcome lab_run_clear(struct lab_doing *d)
{
    lab_session_learn(d->session);
    return lab_session_clear(d->session, d->err) < 0 ? LAB_ERROR : LAB_DONE;
}
