// SPDX-License-Identifier: GPL-3.0-or-later
// The two ends of the connection that a box is about, and the keys that such boxes share.
#include "ui/view/ends.h"

#include "net/base/message.h"

#include <stdio.h>
#include <string.h>

/* What each state asks of whom: one sentence, in words of RFC 9293. */
static const char *const says[NET_STATES] = {
    [NET_STATE_ABSENT] = N_("The kernel has no such socket any more"),
    [NET_STATE_ESTABLISHED] = N_("Both directions are open"),
    [NET_STATE_SYN_SENT] = N_("connect() has sent a SYN and waits for the answer"),
    [NET_STATE_SYN_RECV] = N_("A SYN came and was answered; the last ACK of the handshake is missing"),
    [NET_STATE_FIN_WAIT1] = N_("This end has sent its FIN, which is not acknowledged yet"),
    [NET_STATE_FIN_WAIT2] = N_("This end's FIN is acknowledged; the peer has not closed yet"),
    [NET_STATE_TIME_WAIT] = N_("Normal: who closed first keeps the ports for 60 s, for late segments"),
    [NET_STATE_CLOSE] = N_("Not connected"),
    [NET_STATE_CLOSE_WAIT] = N_("The peer has closed; this end's program has not called close() yet"),
    [NET_STATE_LAST_ACK] = N_("Both have closed; the peer's last ACK is missing"),
    [NET_STATE_LISTEN] = N_("Waits for connections"),
    [NET_STATE_CLOSING] = N_("Both closed at once; the ACK of this end's FIN is missing"),
};

const char *ui_state_says(unsigned net_state)
{
    return net_state < NET_STATES ? _(says[net_state]) : "";
}

/* ---- which ends -------------------------------------------------------------------------------------------------- */

static bool is_present(const struct ui_model *model, int conversation)
{
    const struct lab_state *state = model->state;
    return conversation >= 0 && (size_t)conversation < state->conversation_count &&
           state->conversations[conversation].start_ns >= model->start_ns;
}

static int of_selected_segment(const struct ui_model *model)
{
    const struct net_event *ev = model->selected_event < 0
                                     ? NULL
                                     : lab_journal_at(model->journal, (size_t)model->selected_event);
    int segment = ev && ev->kind == NET_EV_SEGMENT ? lab_segment_by_id(model->state, ev->u.segment.id) : LAB_NONE;
    return segment == LAB_NONE ? LAB_NONE : model->state->segments[segment].conversation;
}

static int of_selected_socket(const struct ui_model *model)
{
    int socket = model->selected_socket;
    bool known = socket >= 0 && (size_t)socket < model->state->socket_count;
    return known ? model->state->sockets[socket].conversation : LAB_NONE;
}

static int choose(const struct ui_pane *pane, const struct ui_model *model)
{
    const int wishes[] = {(int)pane->cursor - 1, of_selected_socket(model), of_selected_segment(model),
                          (int)model->state->conversation_count - 1};
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++)
        if (is_present(model, wishes[i]))
            return wishes[i];
    return LAB_NONE;
}

struct ui_ends ui_ends_of(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_ends ends = {choose(pane, model), {LAB_NONE, LAB_NONE}};
    const struct lab_state *state = model->state;
    for (unsigned host = 0; host < NET_HOSTS; host++)
        if (ends.conversation != LAB_NONE)
            ends.socket[host] = state->conversations[ends.conversation].socket[host];
    for (size_t i = 0; ends.conversation == LAB_NONE && i < state->socket_count; i++)
        if (state->sockets[i].born_ns >= model->start_ns)
            ends.socket[state->sockets[i].host % NET_HOSTS] = (int)i;
    return ends;
}

static size_t first_present(const struct ui_model *model)
{
    size_t i = 0;
    while (i < model->state->conversation_count && !is_present(model, (int)i))
        i++;
    return i;
}

static unsigned go_on(struct ui_pane *pane, const struct ui_model *model, int by)
{
    int first = (int)first_present(model), count = (int)model->state->conversation_count - first;
    int now = choose(pane, model);
    if (count <= 0 || now == LAB_NONE)
        return UI_NOTHING;
    pane->cursor = (uint64_t)(first + (now - first + count + by) % count) + 1;
    return UI_REDRAW;
}

unsigned ui_ends_key(struct ui_pane *pane, const struct ui_model *model, int key)
{
    switch (key) {
    case '\t': return go_on(pane, model, 1);
    case KEY_BTAB: return go_on(pane, model, -1);
    case KEY_LEFT:
    case KEY_RIGHT:
    case KEY_END:
    case 'n':
    case ' ':
    case 'h': return UI_AS_OUTSIDE;
    default: return UI_PASS;
    }
}

void ui_ends_status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    int first = (int)first_present(model), count = (int)model->state->conversation_count - first;
    int now = choose(pane, model);
    if (now == LAB_NONE)
        snprintf(out, out_bytes, "%s", _("no connection yet"));
    else
        snprintf(out, out_bytes, _("connection %d of %d"), now - first + 1, count);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

void ui_end_name(const struct lab_state *state, const struct lab_socket *s, char *out, size_t out_bytes)
{
    const struct lab_actor *actor = s->owner_actor ? lab_actor_by_id(state, s->owner_actor) : NULL;
    if (actor && s->fd >= 0)
        snprintf(out, out_bytes, "%s.%d", actor->name, s->fd);
    else
        snprintf(out, out_bytes, "%s -", net_host_name(s->host));
}

void ui_end_name_fit(char *name, int columns)
{
    char *fd = strrchr(name, '.'), kept[16];
    int width = ui_text_width(name), sign = ui_text_width(ui_glyph(UI_ELLIPSIS));
    if (width <= columns || !fd)
        return;
    snprintf(kept, sizeof kept, "%s", fd);
    int room = columns - ui_text_width(kept) - sign;
    size_t n = ui_text_cut(name, (size_t)(fd - name), room > 0 ? room : 0);
    if (n + strlen(ui_glyph(UI_ELLIPSIS)) <= (size_t)(fd - name))
        sprintf(name + n, "%s%s", ui_glyph(UI_ELLIPSIS), kept);
}

void ui_end_last_name(const struct ui_model *model, int socket, char *out, size_t out_bytes)
{
    const struct lab_socket *s = socket == LAB_NONE ? NULL : &model->state->sockets[socket];
    if (!s) {
        snprintf(out, out_bytes, "-");
        return;
    }
    ui_end_name(model->state, s, out, out_bytes);
    for (size_t i = s->fd >= 0 ? 0 : s->use_count; i-- > 0;) {
        long index = s->uses[i].ret == LAB_NONE ? s->uses[i].enter : s->uses[i].ret;
        const struct net_event *use = index < 0 ? NULL : lab_journal_at(model->journal, (size_t)index);
        const struct lab_actor *actor = use ? lab_actor_by_id(model->state, use->actor) : NULL;
        if (!actor || use->u.call.fd < 0)
            continue;
        snprintf(out, out_bytes, "%s.%d", actor->name, use->u.call.fd);
        return;
    }
}
