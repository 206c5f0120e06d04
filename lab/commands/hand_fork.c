// SPDX-License-Identifier: GPL-3.0-or-later
// fork() and exec of a hand: what comes of them is a hand, too.

#include "lab/commands/hand.h"

#include "lab/commands/rows.h"
#include "lab/language/naming.h"

#include "net/data/call.h"

static const uint64_t BEGIN_NS = 10000000000;

enum phase { WAIT_UNTIL_FREE, ASKED };

/* By what lives now; the reading of the line has come to the same. */
static int child_name(struct lab_doing *d, char name[LAB_NAME_BYTES])
{
    struct lab_scope scope = {0};
    int result = lab_scope_add_state(&scope, d->session->state, d->session->journal);
    if (result < 0)
        net_fail_errno(d->err, "malloc");
    else
        lab_fork_name(&scope, d->command, name);
    lab_scope_fini(&scope);
    return result;
}

static enum lab_outcome ask(struct lab_doing *d)
{
    char name[LAB_NAME_BYTES];
    const struct lab_actor *living = NULL;
    if (child_name(d, name) < 0)
        return LAB_ERROR;
    living = lab_find_actor(d->session, name);
    if (living && living->alive)
        return lab_doing_fail(d, "there is an actor %s already: give the child another name", name);
    lab_session_drain(d->session);
    d->mark = lab_journal_count(d->session->journal);
    uint32_t child = net_actor_hand_fork(d->session->engine.actors, d->actor, name, d->err);
    if (!child)
        return LAB_ERROR;
    d->own = (void *)(uintptr_t)child; /* an id, nothing to free */
    d->phase = ASKED;
    /* That the parent is ready for more makes no event. */
    return lab_doing_wait(d, BEGIN_NS, true, "%s", d->command->text);
}

/* Both have come back from it, or there is no child. */
static bool is_over(const struct lab_doing *d)
{
    const struct lab_task *parent = lab_hand_task(d->session, d->actor);
    if (!lab_hand_has_returned(d) || net_actor_hand_busy(d->session->engine.actors, d->actor))
        return false;
    const struct net_event *ret = parent && parent->last_return != LAB_NONE
                                      ? lab_journal_at(d->session->journal, (size_t)parent->last_return)
                                      : NULL;
    bool failed = ret && ret->u.call.call == NET_CALL_FORK && ret->u.call.ret < 0;
    return failed || lab_hand_task(d->session, (uint32_t)(uintptr_t)d->own);
}

static enum lab_outcome run_fork(struct lab_doing *d)
{
    if (d->phase == WAIT_UNTIL_FREE) {
        enum lab_outcome outcome = lab_hand_until_free(d);
        if (outcome != LAB_DONE)
            return outcome;
        lab_doing_next(d);
        return ask(d);
    }
    if (!is_over(d))
        return lab_doing_late(d) ? lab_doing_fail(d, "%s: the child never appeared", d->command->text) : LAB_WAITS;
    lab_session_drain(d->session);
    return LAB_DONE;
}

/* ---- exec -------------------------------------------------------------------------------------------------------- */

/* Its process and all that it comes from are the lab's own children, and not its threads. */
static bool is_of_processes(const struct lab_state *st, const struct lab_actor *actor)
{
    while (actor && actor->as_process) {
        const struct lab_task *first = lab_task_by_id(st, actor->first_task);
        const struct lab_task *parent = first ? lab_task_by_id(st, first->parent) : NULL;
        if (!parent)
            return true;
        actor = lab_actor_by_id(st, parent->actor);
    }
    return false;
}

static enum lab_outcome run_exec(struct lab_doing *d)
{
    if (d->phase != WAIT_UNTIL_FREE)
        return lab_hand_call_is_over(d) ? LAB_DONE : LAB_WAITS;
    enum lab_outcome outcome = lab_hand_until_free(d);
    const struct lab_actor *actor = lab_actor_by_id(d->session->state, d->actor);
    if (outcome != LAB_DONE)
        return outcome;
    if (!is_of_processes(d->session->state, actor))
        return lab_doing_fail(d,
                              "%s is a thread of the lab, or comes from one, and exec would replace the lab: begin "
                              "with `hand %s as process`",
                              actor->name, actor->name);
    lab_doing_next(d);
    const struct net_hand_request request = {.call = NET_CALL_EXECVE, .fd = -1};
    outcome = lab_hand_ask(d, &request, ASKED);
    d->asks_kernel = true;
    return outcome;
}

#define HAND .who = LAB_WHO_HAND, .group = LAB_GROUP_HANDS, .id = LAB_COMMAND_HAND_CALL

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "fork", HAND, .run = run_fork, .number = NET_CALL_FORK,
     .help = N_("fork(): the child is a hand with copies of its descriptors, named as the next one (s2 of s1)")},
    {.words = "fork", HAND, .run = run_fork, .number = NET_CALL_FORK,
     .help = N_("the same; the child is called NAME"),
     .slots = {KEYWORD("as"), SLOT(TEXT, "NAME")}},
    {.words = "exec", HAND, .run = run_exec, .number = NET_CALL_EXECVE,
     .help = N_("execve() of the hand's own program: descriptors stay but those with FD_CLOEXEC, handlers go; a process only (`start \"PROGRAM\" on HOST` runs any, without them)")},
};
/* clang-format on */
const struct lab_family lab_family_fork = LAB_FAMILY(rows);
