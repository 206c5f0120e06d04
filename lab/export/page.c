// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a page: one walk over the journal with a state that grows with it.

#include "lab/export/page.h"
#include "lab/export/write_inside.h"

#include "lab/base/text.h"
#include "lab/explain/explain.h"
#include "lab/explain/ladder.h"
#include "lab/explain/path.h"
#include "lab/explain/segment_text.h"
#include "lab/explain/sight.h"
#include "lab/explain/waits.h"
#include "net/data/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const struct lab_page_part *part;
    struct lab_page *page;
    struct lab_state *state;
    size_t row_room, text_room;
    int latest; /* conversation that something was seen of last, in the present scene; LAB_NONE */
    bool no_memory;
};

/* ---- lists that grow --------------------------------------------------------------------------------------------- */

static struct lab_page_row *add_row(struct reader *r)
{
    struct lab_page *page = r->page;
    if (page->row_count == r->row_room) {
        size_t room = r->row_room ? 2 * r->row_room : 64;
        struct lab_page_row *more = reallocarray(page->rows, room, sizeof *more);
        r->no_memory |= !more;
        if (!more)
            return NULL;
        page->rows = more;
        r->row_room = room;
    }
    struct lab_page_row *row = &page->rows[page->row_count++];
    *row = (struct lab_page_row){.host = NET_HOSTS};
    return row;
}

static struct lab_page_text *add_text(struct reader *r, enum lab_page_text_kind kind, const char *text)
{
    struct lab_page *page = r->page;
    if (page->text_count == r->text_room) {
        size_t room = r->text_room ? 2 * r->text_room : 64;
        struct lab_page_text *more = reallocarray(page->texts, room, sizeof *more);
        r->no_memory |= !more;
        if (!more)
            return NULL;
        page->texts = more;
        r->text_room = room;
    }
    char *copy = strdup(text);
    r->no_memory |= !copy;
    if (!copy)
        return NULL;
    struct lab_page_text *added = &page->texts[page->text_count++];
    *added = (struct lab_page_text){.kind = (uint8_t)kind, .host = NET_HOSTS, .text = copy};
    return added;
}

/* ---- lessons ----------------------------------------------------------------------------------------------------- */

static void drop_lesson(struct lab_page_scene *s)
{
    if (s->lesson.drop)
        s->lesson.drop(&s->lesson);
    s->lesson = (struct lab_page_lesson){.before_count = 0};
}

/* The journal's note names it as its text is named: number, tab, title. */
static void take_lesson(const struct reader *r, const struct net_event *ev, struct lab_page_scene *s)
{
    char name[NET_EVENT_DATA_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
    const char *markdown = lab_journal_text(r->part->journal, name), *title = strchr(name, '\t');
    drop_lesson(s);
    if (!markdown || !title || !r->part->read_lesson)
        return;
    if (!r->part->read_lesson(markdown, title + 1, r->part->seed, &s->lesson))
        drop_lesson(s);
}

/* The first question that has this choice and no answer of that kind yet: notes come in the order of the questions. */
static void take_answer(const struct net_event *ev, struct lab_page_lesson *lesson)
{
    bool is_said = ev->u.note.kind == LAB_NOTE_PREDICTED;
    for (size_t i = 0; i < lesson->question_count; i++) {
        struct lab_page_question *q = &lesson->questions[i];
        int *answer = is_said ? &q->said : &q->answer;
        for (size_t c = 0; *answer < 0 && c < q->choice_count; c++)
            if (strlen(q->choice[c].text) == ev->data_bytes &&
                memcmp(q->choice[c].text, ev->data, ev->data_bytes) == 0) {
                *answer = (int)c;
                return;
            }
    }
}

static void take_note(const struct reader *r, const struct net_event *ev, struct lab_page_scene *s)
{
    if (ev->kind != NET_EV_NOTE)
        return;
    if (ev->u.note.kind == LAB_NOTE_EXPERIMENT)
        take_lesson(r, ev, s);
    else if (ev->u.note.kind == LAB_NOTE_PREDICTED || ev->u.note.kind == LAB_NOTE_ANSWER)
        take_answer(ev, &s->lesson);
}

static void begin_scene(struct reader *r)
{
    struct lab_page *page = r->page;
    struct lab_page_scene *more = reallocarray(page->scenes, page->scene_count + 1, sizeof *more);
    r->no_memory |= !more;
    if (!more)
        return;
    page->scenes = more;
    page->scenes[page->scene_count++] = (struct lab_page_scene){.first_row = page->row_count,
                                                                .first_text = page->text_count};
    r->latest = LAB_NONE;
}

static struct lab_page_scene *scene(const struct reader *r)
{
    return &r->page->scenes[r->page->scene_count - 1];
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static uint16_t port_of(const struct reader *r, int conversation)
{
    return conversation == LAB_NONE ? 0 : r->state->conversations[conversation].port[NET_CLIENT];
}

/* The conversation that an event is of; LAB_NONE: of none, or none that is known. */
static int conversation_of(const struct reader *r, const struct net_event *ev)
{
    int i = LAB_NONE;
    if (ev->kind == NET_EV_SEGMENT || ev->kind == NET_EV_FATE) {
        i = lab_segment_by_id(r->state, ev->kind == NET_EV_FATE ? ev->u.fate.segment : ev->u.segment.id);
        return i == LAB_NONE ? LAB_NONE : r->state->segments[i].conversation;
    }
    if (ev->kind == NET_EV_SAMPLE || ev->kind == NET_EV_GONE)
        i = lab_socket_by_cookie(r->state, ev->u.sample.host, ev->u.sample.cookie);
    return i == LAB_NONE ? LAB_NONE : r->state->sockets[i].conversation;
}

static int end_of(const struct reader *r, int conversation, unsigned host)
{
    return r->state->conversations[conversation].socket[host];
}

/* Both ends now. Before there is a connection: the newest socket of the host, such as one that listens. */
static void tell_states(const struct reader *r, uint8_t out[NET_HOSTS])
{
    struct lab_path path;
    for (unsigned host = 0; host < NET_HOSTS; host++) {
        out[host] = NET_STATE_ABSENT;
        if (r->latest != LAB_NONE && lab_path_of(r->state, r->latest, host, end_of(r, r->latest, host), &path))
            out[host] = path.now;
        for (size_t i = r->state->socket_count; r->latest == LAB_NONE && i-- > 0;) {
            if (r->state->sockets[i].host != host)
                continue;
            out[host] = r->state->sockets[i].now.state;
            break;
        }
    }
}

static void tell_host(const struct reader *r, const struct net_event *ev, struct lab_page_row *row)
{
    const struct lab_actor *actor = ev->actor ? lab_actor_by_id(r->state, ev->actor) : NULL;
    if (ev->kind == NET_EV_SEGMENT)
        row->host = ev->u.segment.from;
    else if (ev->kind == NET_EV_SAMPLE || ev->kind == NET_EV_GONE)
        row->host = ev->u.sample.host;
    else if (actor)
        row->host = actor->host;
}

static enum lab_page_kind kind_of(const struct net_event *ev)
{
    switch (ev->kind) {
    case NET_EV_NOTE: return ev->u.note.kind == LAB_NOTE_COMMAND ? LAB_PAGE_COMMAND : LAB_PAGE_SAID;
    case NET_EV_CALL_RETURN: return LAB_PAGE_CALL;
    case NET_EV_SEGMENT: return LAB_PAGE_SEGMENT;
    case NET_EV_SAMPLE:
    case NET_EV_GONE: return LAB_PAGE_STATE;
    case NET_EV_SIGNAL:
    case NET_EV_ACTOR_END:
    case NET_EV_TASK_END: return LAB_PAGE_END;
    default: return LAB_PAGE_OTHER;
    }
}

static void tell_call(const struct reader *r, const struct net_event *ret, size_t index, struct lab_page_row *row)
{
    const struct net_event *enter = lab_call_entry(r->part->journal, index);
    net_call_text(enter ? enter : ret, enter ? NULL : ret, row->call, sizeof row->call);
    net_result_text(ret, row->result, sizeof row->result);
}

/* The step of its socket that no segment shows and that this very sample does. */
static void tell_silent(const struct reader *r, const struct net_event *ev, size_t index, struct lab_page_row *row)
{
    int i = lab_socket_by_cookie(r->state, ev->u.sample.host, ev->u.sample.cookie);
    const struct lab_socket *socket = i == LAB_NONE ? NULL : &r->state->sockets[i];
    for (size_t n = 1; socket && n < socket->step_count; n++) {
        if (socket->steps[n].event != (long)index || !lab_step_is_silent(r->part->journal, socket, n))
            continue;
        row->is_silent = true;
        row->beside[socket->host % NET_HOSTS] = socket->steps[n].state;
        row->has_moved[socket->host % NET_HOSTS] = true;
        const char *was = net_state_name(socket->steps[n - 1].state);
        if (socket->steps[n].state == NET_STATE_ABSENT)
            snprintf(row->label, sizeof row->label, _("%s is over"), was);
        else
            snprintf(row->label, sizeof row->label, _("%s ended without a segment"), was);
    }
}

static bool asks(const struct net_event *ev)
{
    return ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND && ev->u.note.command != LAB_COMMAND_WAIT &&
           lab_command_id_asks(ev->u.note.command);
}

/* The questions of a lesson stand above its rows, with their answers closed. */
static bool is_told(const struct reader *r, const struct net_event *ev, size_t index)
{
    if (asks(ev) && lab_page_has_lesson(scene(r)))
        return false;
    if (ev->kind == NET_EV_NOTE)
        return lab_event_line_tells_note(ev);
    return lab_event_line_tells(r->state, r->part->journal, index);
}

static void take(struct reader *r, const struct net_event *ev, size_t index)
{
    struct lab_page *page = r->page;
    int conversation = conversation_of(r, ev);
    bool is_title = ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_EXPERIMENT;
    r->latest = conversation == LAB_NONE ? r->latest : conversation;
    if (index < r->part->first || ev->time_ns < r->part->from_ns || !is_told(r, ev, index))
        return;
    if (page->row_count >= r->part->rows_max) {
        page->left_out++;
        return;
    }
    struct lab_page_row *row = add_row(r);
    if (!row)
        return;
    row->kind = (uint8_t)kind_of(ev);
    row->asks = asks(ev);
    row->event = index;
    row->time_ns = ev->time_ns;
    row->of_port = port_of(r, conversation);
    row->port = port_of(r, r->latest);
    lab_event_parts_of(r->state, r->part->journal, r->part->start_ns, index, &row->parts);
    tell_host(r, ev, row);
    tell_states(r, row->state);
    if (row->kind == LAB_PAGE_CALL)
        tell_call(r, ev, index, row);
    if (row->kind == LAB_PAGE_STATE)
        tell_silent(r, ev, index, row);
    if (is_title)
        snprintf(scene(r)->title, sizeof scene(r)->title, "%.199s", row->parts.what);
    page->last_ns = ev->time_ns - r->part->start_ns;
}

static struct lab_page_row *row_of(const struct lab_page *page, const struct lab_page_scene *s, long event)
{
    size_t low = s->first_row, high = page->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((long)page->rows[middle].event < event)
            low = middle + 1;
        else
            high = middle;
    }
    return low < page->row_count && (long)page->rows[low].event == event ? &page->rows[low] : NULL;
}

/* `see` points at what is long there. */
static void take_sight(const struct reader *r, const struct net_event *ev)
{
    struct lab_page_row *row = NULL;
    if (lab_is_sight(ev))
        row = row_of(r->page, scene(r), (long)ev->u.note.value[1]);
    if (row && ev->u.note.value[0] >= 1 && ev->u.note.value[0] <= LAB_SIGHTS)
        row->sight = (uint8_t)ev->u.note.value[0];
}

/* ---- the end of a scene: what became of its segments --------------------------------------------------------------
 */

static void tell_segment(const struct lab_segment *s, struct lab_page_row *row)
{
    const unsigned from = s->segment->from % NET_HOSTS, to = 1 - from, flags = s->segment->flags;
    row->arrived = s->fate == NET_DELIVERED || s->fate == NET_DUPLICATED;
    row->beside[from] = s->state_sender;
    row->beside[to] = row->arrived && s->receiver_after ? s->receiver_after : s->state_receiver;
    row->is_reset = (flags & NET_RST) != 0;
    row->is_opening = (flags & NET_SYN) != 0;
    row->is_closing = (flags & NET_FIN) != 0;
    row->is_data = s->segment->payload_bytes > 0;
    lab_segment_label(s, " ", LAB_IN_FULL, row->label, sizeof row->label);
    row->fate_is = s->fate;
    lab_segment_fate_text(s, row->fate, sizeof row->fate);
}

/* Which states are new, against the row before of the same connection. */
static void tell_moves(struct lab_page *page, const struct lab_page_scene *s)
{
    for (size_t i = s->first_row; i < page->row_count; i++) {
        struct lab_page_row *row = &page->rows[i];
        if (row->kind != LAB_PAGE_SEGMENT)
            continue;
        size_t before = i;
        while (before-- > s->first_row)
            if (page->rows[before].kind == LAB_PAGE_SEGMENT && page->rows[before].of_port == row->of_port)
                break;
        bool is_first = before == s->first_row - 1 || before == (size_t)-1;
        for (unsigned host = 0; host < NET_HOSTS; host++)
            row->has_moved[host] = row->beside[host] != NET_STATE_ABSENT &&
                                   (is_first || page->rows[before].beside[host] != row->beside[host]);
    }
}

/* ---- the end of a scene: its connections --------------------------------------------------------------------------
 */

static void add_why(void *user, const char *line)
{
    add_text(user, LAB_PAGE_WHY, line);
}

static void add_steps(struct reader *r, int conversation, unsigned host)
{
    struct lab_path path;
    char when[40], cause[240];
    if (!lab_path_of(r->state, conversation, host, end_of(r, conversation, host), &path))
        return;
    for (size_t i = 0; i < path.count; i++) {
        const struct lab_path_step *step = &path.step[i];
        struct lab_page_text *text = add_text(r, LAB_PAGE_STEP, lab_page_state_name(step->to));
        if (!text)
            return;
        text->host = (uint8_t)host;
        snprintf(text->when, sizeof text->when, "%s",
                 lab_time_text(step->time_ns, r->part->start_ns, when, sizeof when));
        snprintf(text->cause, sizeof text->cause, "%s",
                 lab_path_cause_text(r->part->journal, r->state, step, cause, sizeof cause));
    }
}

/* Something of it is in the part. */
static bool is_of_part(const struct reader *r, const struct lab_conversation *c)
{
    if (c->start_ns >= r->part->from_ns)
        return true;
    for (size_t i = c->segment_count; i-- > 0;)
        if (r->state->segments[c->segments[i]].sent_ns >= r->part->from_ns)
            return true;
    return false;
}

static void add_connection(struct reader *r, int index)
{
    const struct lab_conversation *c = &r->state->conversations[index];
    char heading[160], client[NET_ADDRESS_TEXT_BYTES], server[NET_ADDRESS_TEXT_BYTES];
    net_address_text(c->ip[NET_CLIENT], c->port[NET_CLIENT], client, sizeof client);
    net_address_text(c->ip[NET_SERVER], c->port[NET_SERVER], server, sizeof server);
    snprintf(heading, sizeof heading, "%s - %s", client, server);
    add_text(r, LAB_PAGE_CONNECTION, heading);
    add_steps(r, index, NET_CLIENT);
    add_steps(r, index, NET_SERVER);
    lab_explain(r->part->journal, r->state, r->part->start_ns, index, add_why, r);
}

static void add_connections(struct reader *r)
{
    size_t count = 0;
    char more[160];
    for (size_t i = 0; i < r->state->conversation_count; i++)
        if (is_of_part(r, &r->state->conversations[i]) && count++ < LAB_PAGE_CONNECTIONS_MAX)
            add_connection(r, (int)i);
    if (count == 0)
        lab_explain(r->part->journal, r->state, r->part->start_ns, LAB_NONE, add_why, r);
    if (count <= LAB_PAGE_CONNECTIONS_MAX)
        return;
    size_t left = count - LAB_PAGE_CONNECTIONS_MAX;
    snprintf(more, sizeof more,
             LAB_PLURAL(left, "%zu more connection is not told.", "%zu more connections are not told."), left);
    add_text(r, LAB_PAGE_MORE, more);
}

static void add_waits(struct reader *r)
{
    const struct lab_evidence e = {.journal = r->part->journal, .state = r->state, .start_ns = r->part->start_ns};
    struct lab_wait wait;
    char line[900];
    for (size_t i = 0; i < r->state->task_count; i++) {
        const struct lab_task *task = &r->state->tasks[i];
        if (task->alive && task->enter != LAB_NONE && lab_wait_of_task(&e, task, &wait))
            add_text(r, LAB_PAGE_WAITS, lab_wait_line(&e, &wait, line, sizeof line));
    }
}

/* A scene of which nothing is in the part goes. */
static void end_scene(struct reader *r)
{
    struct lab_page *page = r->page;
    struct lab_page_scene *s = scene(r);
    if (page->row_count == s->first_row) {
        drop_lesson(s);
        page->scene_count--;
        return;
    }
    for (size_t i = 0; i < r->state->segment_count; i++) {
        struct lab_page_row *row = row_of(page, s, r->state->segments[i].event);
        if (row)
            tell_segment(&r->state->segments[i], row);
    }
    tell_moves(page, s);
    add_connections(r);
    add_waits(r);
    s->row_count = page->row_count - s->first_row;
    s->text_count = page->text_count - s->first_text;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool is_new_scene(const struct net_event *ev)
{
    return ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_CLEARED;
}

static int walk(struct reader *r)
{
    const struct lab_page_part *part = r->part;
    size_t count = lab_journal_count(part->journal), end = part->end < count ? part->end : count;
    begin_scene(r);
    for (size_t i = 0; i < end && !r->no_memory; i++) {
        const struct net_event *ev = lab_journal_at(part->journal, i);
        if (ev->time_ns > part->to_ns)
            break;
        if (is_new_scene(ev) && r->page->row_count > scene(r)->first_row) {
            end_scene(r);
            begin_scene(r);
        }
        if (lab_state_apply(r->state, part->journal, i) < 0)
            return -1;
        if (is_new_scene(ev))
            r->latest = LAB_NONE;
        take_note(r, ev, scene(r));
        take(r, ev, i);
        take_sight(r, ev);
    }
    if (!r->no_memory)
        end_scene(r);
    return r->no_memory ? -1 : 0;
}

struct lab_page *lab_page_read(const struct lab_page_part *part)
{
    struct lab_page *page = calloc(1, sizeof *page);
    struct reader r = {.part = part, .page = page, .state = lab_state_new(), .latest = LAB_NONE};
    int result = page && r.state ? walk(&r) : -1;
    lab_state_free(r.state);
    if (result < 0) {
        lab_page_free(page);
        return NULL;
    }
    page->has_wire = part->has_wire;
    snprintf(page->about, sizeof page->about, "%s", part->about);
    return page;
}

void lab_page_free(struct lab_page *page)
{
    if (!page)
        return;
    for (size_t i = 0; i < page->text_count; i++)
        free(page->texts[i].text);
    for (size_t i = 0; i < page->scene_count; i++)
        drop_lesson(&page->scenes[i]);
    free(page->texts);
    free(page->scenes);
    free(page->rows);
    free(page);
}

const char *lab_page_title(const struct lab_page *page)
{
    const char *title = NULL;
    for (size_t i = 0; i < page->scene_count; i++) {
        if (*page->scenes[i].title && title)
            return _("Experiments of tcplab");
        if (*page->scenes[i].title)
            title = page->scenes[i].title;
    }
    return title ? title : _("A run of tcplab");
}

const char *lab_page_left_out(const struct lab_page *page, char *out, size_t out_bytes)
{
    char time[40];
    if (page->left_out)
        snprintf(out, out_bytes,
                 LAB_PLURAL(page->left_out,
                            "The run is too large for one page: %zu row after %s s is left out. A part of it is chosen "
                            "by its times: export FILE from %s.",
                            "The run is too large for one page: %zu rows after %s s are left out. A part of it is "
                            "chosen by its times: export FILE from %s."),
                 page->left_out, lab_time_text(page->last_ns, 0, time, sizeof time), time);
    else
        *out = '\0';
    return out;
}
