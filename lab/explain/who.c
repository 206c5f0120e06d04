// SPDX-License-Identifier: GPL-3.0-or-later
// The name by which a task is called wherever it is named.

#include "lab/explain/who.h"

#include "net/base/message.h"

#include <stdio.h>

static const char *name_of(const struct lab_state *state, uint32_t id)
{
    const struct lab_actor *actor = lab_actor_by_id(state, id);
    return actor ? actor->name : "?";
}

/* NULL for an actor's own first task, which has the actor's name. */
static const struct lab_task *further_task(const struct lab_state *state, uint32_t id)
{
    const struct lab_task *task = lab_task_by_id(state, id);
    return task && !lab_task_is_first(state, task) ? task : NULL;
}

static const char *task_text(const struct lab_state *state, uint32_t actor, uint32_t id, bool in_english, char *out,
                             size_t out_bytes)
{
    const char *name = name_of(state, actor);
    const struct lab_task *task = further_task(state, id);
    if (!task)
        snprintf(out, out_bytes, "%s", name);
    else if (task->kind == NET_TASK_CHILD)
        snprintf(out, out_bytes, in_english ? "%s (child %d)" : _("%s (child %d)"), name, task->pid);
    else
        snprintf(out, out_bytes, in_english ? "%s (thread %d)" : _("%s (thread %d)"), name, task->tid);
    return out;
}

const char *lab_task_text(const struct lab_state *state, uint32_t actor, uint32_t id, char *out, size_t out_bytes)
{
    return task_text(state, actor, id, false, out, out_bytes);
}

const char *lab_task_text_of_files(const struct lab_state *state, uint32_t actor, uint32_t id, char *out,
                                   size_t out_bytes)
{
    return task_text(state, actor, id, true, out, out_bytes);
}

const char *lab_task_short(const struct lab_state *state, uint32_t actor, uint32_t id, char *out, size_t out_bytes)
{
    const char *name = name_of(state, actor);
    const struct lab_task *task = further_task(state, id);
    if (!task)
        snprintf(out, out_bytes, "%s", name);
    else
        snprintf(out, out_bytes, "%s/%d", name, task->kind == NET_TASK_CHILD ? task->pid : task->tid);
    return out;
}
