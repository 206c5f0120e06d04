// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done to any actor: signals, cancel, fail, destroy, reboot; and clear.

#include "lab/commands/rows.h"
#include "lab/compare/matrix.h"
#include "lab/session/doing.h"

#include "net/engine.h"

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
static enum lab_outcome run_signal(struct lab_doing *d)
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

enum { IF_BLOCKED = 1 };

static enum lab_outcome run_cancel(struct lab_doing *d)
{
    const struct lab_actor *actor = d->phase == 0 ? lab_need_actor(d, d->command->actor)
                                                  : lab_actor_by_id(d->session->state, d->actor);
    if (!actor)
        return LAB_ERROR;
    const struct lab_task *task = lab_task_by_id(d->session->state, actor->first_task);
    if (d->phase == 0) {
        if (d->command->row->number == IF_BLOCKED && (!task || task->enter == LAB_NONE))
            return LAB_DONE;
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

static enum lab_outcome run_fail(struct lab_doing *d)
{
    const struct lab_value *value = d->command->value;
    const struct lab_actor *actor = lab_need_actor(d, d->command->actor);
    uint32_t times = value[2].given ? (uint32_t)value[2].bytes : 1;
    if (!actor || net_actor_fail(d->session->engine.actors, actor->id, (unsigned)value[0].number, (int)value[1].number,
                                 (uint32_t)value[2].number, times, d->err) < 0)
        return LAB_ERROR;
    return LAB_DONE;
}

/* ---- destroy ---- */

static enum lab_outcome run_destroy(struct lab_doing *d)
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
    if (is_known && net_engine_destroy(&s->engine, now, d->err) < 0) {
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

static bool is_alive_on(const struct lab_session *s, const struct lab_task *task, int64_t host)
{
    const struct lab_actor *actor = lab_actor_by_id(s->state, task->actor);
    return task->alive && actor && actor->host == host;
}

static bool any_alive_on(const struct lab_session *s, int64_t host)
{
    for (size_t i = 0; i < s->state->task_count; i++)
        if (is_alive_on(s, &s->state->tasks[i], host))
            return true;
    return false;
}

/* What it holds open is closed by its end, which must not be heard of. */
static void hush(struct lab_session *s, const struct lab_task *task)
{
    const struct lab_table *table = task->table >= 0 && (size_t)task->table < s->state->table_count
                                        ? &s->state->tables[task->table]
                                        : NULL;
    for (size_t i = 0; table && i < table->fd_count; i++)
        net_actor_hush(s->engine.actors, task->id, table->fds[i].fd);
}

/* With its children; threads end with whom they belong to. */
static int end_tasks_of(struct lab_doing *d, int64_t host)
{
    struct lab_session *s = d->session;
    for (size_t i = 0; i < s->state->task_count; i++)
        if (is_alive_on(s, &s->state->tasks[i], host))
            hush(s, &s->state->tasks[i]);
    for (size_t i = 0; i < s->state->task_count; i++) {
        const struct lab_task *task = &s->state->tasks[i];
        bool is_thread = task->kind == NET_TASK_THREAD;
        if (!is_thread && is_alive_on(s, task, host) &&
            net_actor_signal(s->engine.actors, task->actor, task->id, SIGKILL, d->err) < 0 && d->err->code != ESRCH)
            return -1;
    }
    return 0;
}

/*
 * What a power failure does: the host says nothing more, its programs end, and its kernel forgets every socket; then it
 * is back and knows of no connection. The cable is as it was, with what is held, and on its way, and broken.
 */
static enum lab_outcome run_reboot(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    int64_t host = d->command->value[0].number;
    if (!s->engine.wire)
        return lab_doing_fail(
            d, "a host can reboot only where there is a wire: this lab runs on the machine's own loopback");
    switch (d->phase) {
    case 0:
        net_engine_power(&s->engine, (enum net_host)host, false);
        if (end_tasks_of(d, host) < 0)
            return LAB_ERROR;
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, true, "the actors of the %s to end", net_host_name((unsigned)host));
    case 1:
        if ((any_alive_on(s, host) && !lab_doing_late(d)) || !lab_settled(d, 0))
            return LAB_WAITS;
        net_engine_forget(&s->engine, (enum net_host)host);
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, true, "the sockets of the %s to be forgotten",
                              net_host_name((unsigned)host));
    case 2:
        if (!lab_settled(d, 0))
            return LAB_WAITS;
        net_engine_power(&s->engine, (enum net_host)host, true);
        lab_doing_next(d);
        return lab_doing_wait(d, SETTLE_NS, true, "what had waited for the %s to arrive",
                              net_host_name((unsigned)host));
    default: return lab_settled(d, 0) ? LAB_DONE : LAB_WAITS;
    }
}

/* However it ended, no host stays without power. */
static void end_reboot(struct lab_doing *d, bool given_up)
{
    (void)given_up;
    if (d->session->engine.wire)
        net_engine_power(&d->session->engine, (enum net_host)d->command->value[0].number, true);
}

static enum lab_outcome run_clear(struct lab_doing *d)
{
    lab_session_learn(d->session);
    return lab_session_clear(d->session, d->err) < 0 ? LAB_ERROR : LAB_DONE;
}

/* ---- the rows ---- */

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "kill", .who = LAB_WHO_ACTOR, .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_SIGNAL, .number = SIGKILL,
     .run = run_signal,
     .help = N_("end it as SIGKILL does: it dies at once, and the kernel closes its sockets")},
    {.words = "stop", .who = LAB_WHO_ACTOR, .group = LAB_GROUP_ACTORS, .flags = LAB_ROW_OF_PROCESSES,
     .id = LAB_COMMAND_SIGNAL, .number = SIGSTOP, .run = run_signal,
     .help = N_("send SIGSTOP: it stands still, its sockets stay open (a process only)")},
    {.words = "cont", .who = LAB_WHO_ACTOR, .group = LAB_GROUP_ACTORS, .flags = LAB_ROW_OF_PROCESSES,
     .id = LAB_COMMAND_SIGNAL, .number = SIGCONT, .run = run_signal,
     .help = N_("send SIGCONT: it goes on after a stop")},
    {.words = "signal", .who = LAB_WHO_ACTOR, .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_SIGNAL, .run = run_signal,
     .help = N_("send any signal"),
     .slots = {SLOT(SIGNAL, "SIGNAL")}},
    {.words = "cancel", .who = LAB_WHO_ACTOR, .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_CANCEL, .run = run_cancel,
     .help = N_("its blocked call returns -1 EINTR")},
    {.words = "unblock", .who = LAB_WHO_ACTOR, .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_CANCEL, .number = IF_BLOCKED,
     .run = run_cancel,
     .help = N_("the same if it is in a call that blocks, else nothing")},
    {.words = "fail", .who = LAB_WHO_ACTOR, .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_FAIL, .run = run_fail,
     .help = N_("its next call of that name fails with that errno and is not made: after N more, M times"),
     .slots = {SLOT(CALL, "CALL"), SLOT(ERRNO, "ERRNO"), OPTIONAL(COUNTS, "after=N] [times=M")}},
    {.words = "destroy", .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_DESTROY, .run = run_destroy,
     .help = N_("destroy a socket as an administrator would (ss -K)"),
     .slots = {SLOT(SOCKET, "ACTOR[.FD]")}},
    {.words = "reboot", .group = LAB_GROUP_ACTORS, .id = LAB_COMMAND_REBOOT, .run = run_reboot,
     .drop = end_reboot,
     .help = N_("power failure: the host forgets its sockets without a word, and is back at once; the wire stays as it is"),
     .slots = {SLOT(HOST, "HOST")}},
    {.words = "clear", .group = LAB_GROUP_ACTORS, .flags = LAB_ROW_OF_ALL_RUNS | LAB_ROW_CLEARS,
     .id = LAB_COMMAND_CLEAR, .run = run_clear,
     .help = N_("end every actor, empty the wire, restore time: a clean slate")},
};
/* clang-format on */
const struct lab_family lab_family_actor = LAB_FAMILY(rows);
