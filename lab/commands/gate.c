// SPDX-License-Identifier: GPL-3.0-or-later
// Stepping: programs stop at their gates, before each call.

#include "lab/commands/rows.h"
#include "lab/session/doing.h"

#include <stdlib.h>

static const uint64_t SETTLE_NS = 2000000000;

enum gate_act { STEP, RUN, PAUSE };

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
    if (act == RUN) {
        s->stepping = only && s->stepping;
        return move_gates(d, only, NET_GATE_OPEN);
    }
    bool was_stepping = s->stepping;
    s->stepping = true;
    if (act == PAUSE || !was_stepping)
        return move_gates(d, only, NET_GATE_CLOSE);
    uint32_t next = only ? only : first_at_gate(s);
    return next ? net_actor_gate(s->engine.actors, next, NET_GATE_ONE, d->err) : 0;
}

/* Hands have no gate: each of their calls is typed. */
static enum lab_outcome run_gate(struct lab_doing *d)
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

/* The lab goes on as it does: it is for the screen. */
static enum lab_outcome run_speed(struct lab_doing *d)
{
    const char *text = d->command->value[0].text;
    char *end;
    double speed = strtod(text, &end);
    if (end == text || *end || !(speed >= LAB_SPEED_LEAST && speed <= 1))
        return lab_doing_fail(d, "`%.40s` is no speed: expected a number from %g to 1, as in `speed 0.1`", text,
                              LAB_SPEED_LEAST);
    d->session->speed = speed;
    lab_reply(d->session,
              speed < 1 ? "the screen shows segments at %g of its speed; the lab runs at its own"
                        : N_("the screen shows segments as they come"),
              speed);
    return LAB_DONE;
}

/* ---- the rows ---- */

/* clang-format off */
static const struct lab_row rows[] = {
    {.words = "step", .group = LAB_GROUP_TIME, .id = LAB_COMMAND_GATE, .number = STEP, .run = run_gate,
     .help = N_("stop programs before their next call; then let one call pass"),
     .slots = {OPTIONAL(PROGRAM, "ACTOR")}},
    {.words = "run", .group = LAB_GROUP_TIME, .id = LAB_COMMAND_GATE, .number = RUN, .run = run_gate,
     .help = N_("let programs run on"),
     .slots = {OPTIONAL(PROGRAM, "ACTOR")}},
    {.words = "pause", .group = LAB_GROUP_TIME, .id = LAB_COMMAND_GATE, .number = PAUSE, .run = run_gate,
     .help = N_("stop every program before its next call")},
    {.words = "speed", .group = LAB_GROUP_TIME, .flags = LAB_ROW_ASKS | LAB_ROW_ONCE, .run = run_speed,
     .help = N_("slow motion on the screen: segments travel along the ladder; 1 is as they come. The lab runs at its own speed"),
     .slots = {SLOT(TEXT, "FACTOR")}},
};
/* clang-format on */
const struct lab_family lab_family_gate = LAB_FAMILY(rows);
