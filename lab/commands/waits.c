// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * show waits: every call that has not returned and all that has not left or is not confirmed, with the reasons.
 *
 *     c1  recv(3, buf, 1024, 0)  since 1.204, until 1.704 at most: nothing to read; s1 does nothing
 *         The receive queue of c1.3 is empty.
 *         s1 is a hand and is in no call: it does what you type.
 *         SO_RCVTIMEO 500 ms ends the call at 1.704.
 *
 * Calls come first, in the order in which they began to wait, then what waits in the kernels. The sockets are looked at
 * anew before, so that no number is older than the question.
 */

#include "lab/commands/rows.h"
#include "lab/explain/waits.h"
#include "lab/session/doing.h"

#include "net/data/call.h"

#include <stdlib.h>
#include <string.h>

/* Of one actor, or of all. */
struct waits_asked {
    struct lab_session *session;
    struct lab_evidence e;
    uint32_t actor; /* 0: all */
    unsigned told;
    bool *is_said; /* by socket: a call has said why its queue stays as it is */
};

/* Of a crowd the first are enough: those of one actor are listed whole. */
enum { TOLD_MOST = 60 };

static void tell(struct waits_asked *a, const struct lab_wait *wait)
{
    a->told++;
    if (!a->actor && a->told > TOLD_MOST)
        return;
    const struct net_ev_note note = {.kind = LAB_NOTE_WAIT, .fd = -1};
    char line[800], *json = lab_wait_json(&a->e, wait);
    if (json)
        lab_session_note_about(a->session, &note, json);
    free(json);
    lab_reply(a->session, "%s", lab_wait_line(&a->e, wait, line, sizeof line));
    for (size_t i = 0; i < wait->reasons; i++)
        lab_reply(a->session, "    %s", wait->reason[i].text);
}

static int by_entry(const void *a, const void *b)
{
    const struct lab_task *const *x = a, *const *y = b;
    return (*x)->enter < (*y)->enter ? -1 : (*x)->enter > (*y)->enter;
}

static bool concerns(const struct waits_asked *a, const struct lab_task *task)
{
    return task->alive && (!a->actor || task->actor == a->actor);
}

static void tell_calls(struct waits_asked *a)
{
    const struct lab_state *st = a->e.state;
    const struct lab_task **tasks = calloc(st->task_count + 1, sizeof *tasks);
    struct lab_wait wait;
    size_t count = 0;
    for (size_t i = 0; tasks && i < st->task_count; i++)
        if (concerns(a, &st->tasks[i]))
            tasks[count++] = &st->tasks[i];
    if (tasks)
        qsort(tasks, count, sizeof *tasks, by_entry);
    for (size_t i = 0; i < count; i++) {
        if (!lab_wait_of_task(&a->e, tasks[i], &wait))
            continue;
        tell(a, &wait);
        if (a->is_said && wait.says_queue)
            a->is_said[wait.socket] = true;
    }
    free(tasks);
}

static void tell_sockets(struct waits_asked *a)
{
    struct lab_wait wait;
    for (size_t i = 0; i < a->e.state->socket_count; i++) {
        const struct lab_socket *s = &a->e.state->sockets[i];
        bool is_said = a->is_said && a->is_said[i];
        if (!is_said && (!a->actor || s->owner_actor == a->actor) && lab_wait_of_socket(&a->e, (int)i, &wait))
            tell(a, &wait);
    }
}

static enum lab_outcome run_show_waits(struct lab_doing *d)
{
    struct lab_session *s = d->session;
    const struct lab_value *value = &d->command->value[0];
    struct waits_asked a = {.session = s};
    const struct lab_actor *actor = value->given ? lab_need_actor(d, value->text) : NULL;
    if (value->given && !actor)
        return LAB_ERROR;
    a.actor = actor ? actor->id : 0;
    net_engine_count(&s->engine);
    net_engine_look(&s->engine);
    lab_session_drain(s);
    a.e = (struct lab_evidence){.journal = s->journal, .state = s->state, .start_ns = lab_zero_ns(s)};
    a.is_said = calloc(s->state->socket_count + 1, sizeof *a.is_said);
    tell_calls(&a);
    tell_sockets(&a);
    free(a.is_said);
    if (!a.actor && a.told > TOLD_MOST)
        lab_reply(s, "waiting besides: %u; `show waits ACTOR` lists those of one", a.told - TOLD_MOST);
    if (!a.told)
        lab_reply(s, "nothing waits: every call has returned, and nothing that was sent is still to be confirmed");
    return LAB_DONE;
}

/* ---- the rows ---- */

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "show waits", .group = LAB_GROUP_ASKING, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE, .run = run_show_waits,
     .help = N_("say what every call that has not returned waits for, and why data does not leave or is not confirmed"),
     .slots = {OPTIONAL(ACTOR, "ACTOR")}},
};
/* clang-format on */
const struct lab_family lab_family_waits = LAB_FAMILY(rows);
