// SPDX-License-Identifier: GPL-3.0-or-later
// Hands that hands have made by fork().
/*
 * The child of a program belongs to its actor. That of a hand is one more hand, to be told what to do: so it is an
 * actor of its own. The lab takes the ring for it and knows its name before the call is made; the child, a copy of its
 * parent, goes on with the box in that ring's room.
 *
 * Bounded, since a line that is repeated would take the machine with it.
 */
#include "net/actor/actor_private.h"
#include "net/actor/own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned forked_alive(const struct net_actors *all)
{
    unsigned count = 0;
    for (const struct net_actor *actor = all->actors; actor; actor = actor->next)
        count += actor->is_forked && !actor->over;
    return count;
}

static struct net_actor *new_child(struct net_actors *all, const struct net_actor *parent, const char *name)
{
    struct net_actor *child = calloc(1, sizeof *child);
    if (!child)
        return NULL;
    *child = (struct net_actor){.hosts = all->hosts,
                                .id = net_arena_next_id(all->arena),
                                .first_task = net_arena_next_id(all->arena),
                                .host = parent->host,
                                .as_process = true,
                                .is_forked = true,
                                .parent_task = parent->first_task,
                                .output = {{-1, -1}, {-1, -1}},
                                .started_ns = net_now_ns()};
    snprintf(child->name, sizeof child->name, "%s", name);
    child->ring = net_ring_claim(all->arena, child->id, parent->first_task, parent->host);
    if (!child->ring) {
        free(child);
        return NULL;
    }
    child->ring->task = child->first_task;
    child->ring->is_process_actor = true;
    child->ring->forking = true;
    net_hand_box_init(net_arena_room(all->arena, child->ring));
    return child;
}

uint32_t net_actor_hand_fork(struct net_actors *all, uint32_t id, const char *name, struct net_error *err)
{
    const struct net_actor *parent = net_actor_by_id(all, id);
    if (!net_watched_live(all, id, 0, err))
        return 0;
    if (forked_alive(all) >= NET_HANDS_FORKED)
        return net_fail(err, EAGAIN, NULL,
                        "%s may not fork: %d hands made by fork() live, and the lab lets there be no more, so that a "
                        "loop does not take the machine with it; end some, with exit, kill or clear",
                        parent->name, NET_HANDS_FORKED),
               0;
    struct net_actor *child = new_child(all, parent, name);
    if (!child)
        return net_fail(err, ENOMEM, NULL, "no room for another actor; end some first, with kill or clear"), 0;
    struct net_hand_request request = {
        .call = NET_CALL_FORK, .fd = -1, .args = {0, (int64_t)net_arena_index(all->arena, child->ring)}};
    if (net_hand_post(all, id, &request, err) < 0) {
        net_ring_unclaim(child->ring);
        net_actor_free(child);
        return 0;
    }
    child->next = all->actors;
    all->actors = child;
    return child->id;
}

void net_forked_begun(struct net_actor *actor, const struct net_event *first, net_sink_fn *sink, void *user)
{
    struct net_event ev = {.time_ns = first->time_ns,
                           .kind = NET_EV_ACTOR_START,
                           .actor = actor->id,
                           .task = actor->first_task,
                           .u.actor = {.host = (uint8_t)actor->host, .as_process = true, .is_hand = true}};
    if (!actor->is_forked || actor->has_begun)
        return;
    actor->has_begun = true;
    memcpy(ev.u.actor.name, actor->name, sizeof actor->name);
    snprintf(ev.u.actor.program, sizeof ev.u.actor.program, "hand");
    sink(user, &ev);
}

bool net_forked_failed(struct net_actor *actor)
{
    bool failed = actor->is_forked && !actor->has_begun;
    actor->over = actor->over || failed;
    return failed;
}
