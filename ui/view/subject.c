// SPDX-License-Identifier: GPL-3.0-or-later
// Whom the keys mean: a key names no actor, so the selection and what lives now must say it.
#include "ui/view/subject.h"

#include "lab/explain/because.h"
#include "net/base/message.h"
#include "net/data/call.h"

#include <stdio.h>
#include <string.h>

/* The owner of a socket that a living actor has a descriptor for; NULL. */
static const struct lab_actor *owner_of(const struct ui_model *model, int socket)
{
    if (socket < 0 || (size_t)socket >= model->state->socket_count)
        return NULL;
    const struct lab_socket *s = &model->state->sockets[socket];
    const struct lab_actor *owner = s->fd == LAB_NONE ? NULL : lab_actor_by_id(model->state, s->owner_actor);
    return owner && owner->alive ? owner : NULL;
}

static const struct lab_actor *latest_hand(const struct lab_state *state, bool clients_only)
{
    for (size_t i = state->actor_count; i-- > 0;) {
        const struct lab_actor *actor = &state->actors[i];
        if (actor->alive && actor->is_hand && (!clients_only || actor->host == NET_CLIENT))
            return actor;
    }
    return NULL;
}

const struct lab_actor *ui_subject_hand(const struct ui_model *model)
{
    const struct lab_actor *owner = owner_of(model, model->selected_socket);
    if (owner && owner->is_hand)
        return owner;
    const struct lab_actor *hand = latest_hand(model->state, true);
    return hand ? hand : latest_hand(model->state, false);
}

int ui_subject_socket(const struct ui_model *model)
{
    if (owner_of(model, model->selected_socket))
        return model->selected_socket;
    const struct lab_actor *hand = ui_subject_hand(model);
    if (hand && owner_of(model, hand->latest_socket))
        return hand->latest_socket;
    for (size_t i = model->state->socket_count; i-- > 0;)
        if (owner_of(model, (int)i))
            return (int)i;
    return LAB_NONE;
}

bool ui_socket_name(const struct ui_model *model, int socket, char *out, size_t out_bytes)
{
    const struct lab_actor *owner = owner_of(model, socket);
    if (!owner)
        return false;
    snprintf(out, out_bytes, "%s.%d", owner->name, model->state->sockets[socket].fd);
    return true;
}

void ui_fresh_hand(const struct ui_model *model, char *out, size_t out_bytes)
{
    unsigned n = 0;
    do
        snprintf(out, out_bytes, "c%u", ++n);
    while (lab_actor_by_name(model->state, out));
}

static void join(char *out, size_t out_bytes, const char *command)
{
    size_t used = strlen(out);
    snprintf(out + used, out_bytes - used, "%s%s", used ? " ; " : "", command);
}

bool ui_last_error(const struct ui_model *model, char *out, size_t out_bytes)
{
    char because[800], result[96];
    for (size_t i = model->state->applied; i-- > model->first_event;) {
        const struct net_event *ev = lab_journal_at(model->journal, i);
        if (!ev || ev->kind != NET_EV_CALL_RETURN || !ev->u.call.error)
            continue;
        const struct lab_actor *actor = lab_actor_by_id(model->state, ev->actor);
        net_result_text(ev, result, sizeof result);
        bool known = lab_because(model->journal, model->state, model->start_ns, (long)i, because, sizeof because);
        snprintf(out, out_bytes, known ? _("%s %s = %s, because %s") : "%s %s = %s", actor ? actor->name : "",
                 net_call_row(ev->u.call.call)->name, result, because);
        return true;
    }
    return false;
}

void ui_faults_undo(const struct lab_state *state, char *out, size_t out_bytes)
{
    const struct net_ev_wire *wire = &state->wire;
    *out = '\0';
    bool holds = wire->mode == NET_WIRE_HELD || net_fault_is_on(&wire->faults, NET_FAULT_HOLD);
    if (holds && net_faults_are_on(&wire->faults))
        join(out, out_bytes, "wire open");
    if (wire->mode != NET_WIRE_OPEN || net_faults_are_on(&wire->faults))
        join(out, out_bytes, "wire open");
}
