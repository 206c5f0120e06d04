// SPDX-License-Identifier: GPL-3.0-or-later
// How the cells of the matrix are read from the journal. Segments that did not arrive are not counted.
#include "lab/compare/matrix.h"

#include "net/base/message.h"
#include "net/data/call.h"
#include "net/data/segment_kind.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct lab_cell *row_of(struct lab_matrix *m, const struct lab_cause *cause)
{
    return m->cell[cause - lab_causes];
}

const struct lab_cell *lab_matrix_cell(const struct lab_matrix *m, const struct lab_cause *cause,
                                       enum lab_matrix_column column)
{
    return &m->cell[cause - lab_causes][column];
}

bool lab_matrix_has(const struct lab_matrix *m, const struct lab_cause *cause)
{
    return lab_matrix_cell(m, cause, LAB_MATRIX_RECV)->kind != LAB_CELL_NONE;
}

/* ---- what the calls returned ---- */

/* What poll() found; the event's data is its array of struct pollfd. */
static struct lab_cell poll_cell(const struct net_event *ret)
{
    int16_t bits = 0;
    if (ret->data_bytes >= 8)
        memcpy(&bits, ret->data + 6, sizeof bits);
    return (struct lab_cell){.kind = LAB_CELL_POLL, .bits = (uint16_t)bits};
}

static enum lab_matrix_column cell_of(unsigned call, unsigned nth)
{
    static const enum lab_matrix_column recvs[] = {LAB_MATRIX_RECV, LAB_MATRIX_RECV_NEXT, LAB_MATRIX_RECV_LAST};
    static const enum lab_matrix_column sends[] = {LAB_MATRIX_SEND_1, LAB_MATRIX_SEND_2, LAB_MATRIX_SEND_3};
    static const enum lab_matrix_column polls[] = {LAB_MATRIX_POLL, LAB_MATRIX_POLL_LATER};
    if (call == NET_CALL_RECV && nth < 3)
        return recvs[nth];
    if (call == NET_CALL_SEND && nth < 3)
        return sends[nth];
    if (call == NET_CALL_POLL && nth < 2)
        return polls[nth];
    return LAB_MATRIX_COLUMNS;
}

struct reading {
    unsigned seen[NET_CALL_COUNT];
    enum lab_matrix_column last_send;
    bool signalled; /* the call that returns next was interrupted by a signal, not freed by the lab */
};

static void read_return(struct lab_cell *row, const struct net_event *ev, struct reading *r)
{
    const struct net_ev_call *call = &ev->u.call;
    enum lab_matrix_column column = cell_of(call->call, r->seen[call->call]++);
    if (column == LAB_MATRIX_COLUMNS)
        return;
    if (call->call == NET_CALL_SEND)
        r->last_send = column;
    if (call->call == NET_CALL_POLL && !call->error)
        row[column] = poll_cell(ev);
    else if (call->call == NET_CALL_RECV && call->error == EINTR && !r->signalled)
        row[column] = (struct lab_cell){.kind = LAB_CELL_BLOCKS}; /* it had to be freed */
    else
        row[column] = (struct lab_cell){.kind = LAB_CELL_RESULT, .ret = (int32_t)call->ret, .error = call->error};
    r->signalled = false;
}

/* The lab ends the watcher's waiting call. */
static bool frees(const struct net_event *ev, const struct lab_actor *watcher)
{
    return ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND && ev->u.note.command == LAB_COMMAND_CANCEL &&
           ev->u.note.subject == watcher->id;
}

/* Returns and signals of one actor since the cause. A call that was blocked when it happened returns after it, too. */
static void read_calls(struct lab_cell *row, const struct lab_journal *journal, const struct lab_actor *watcher,
                       size_t from)
{
    struct reading r = {.last_send = LAB_MATRIX_COLUMNS};
    for (size_t i = from; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (frees(ev, watcher))
            r.signalled = false;
        if (ev->actor != watcher->id)
            continue;
        if (ev->kind == NET_EV_CALL_RETURN && ev->u.call.call < NET_CALL_COUNT)
            read_return(row, ev, &r);
        else if (ev->kind == NET_EV_SIGNAL && ev->u.signal.signo != SIGPIPE)
            r.signalled = true;
        else if (ev->kind == NET_EV_SIGNAL && r.last_send != LAB_MATRIX_COLUMNS)
            row[r.last_send].sigpipe = true;
    }
}

/* ---- states and segments ---- */

/* The way since the cause, the state then first. A socket that is gone is CLOSED in the words of RFC 9293: whether the
 * kernel was caught between the state and the end of the socket makes no difference. */
static struct lab_cell states_cell(const struct lab_socket *socket, uint64_t since_ns, uint64_t until_ns)
{
    struct lab_cell cell = {.kind = LAB_CELL_STATES};
    unsigned last = NET_STATES;
    for (size_t i = 0; i < socket->step_count; i++) {
        unsigned state = socket->steps[i].state == NET_STATE_ABSENT ? NET_STATE_CLOSE : socket->steps[i].state;
        bool before = i + 1 < socket->step_count && socket->steps[i + 1].time_ns < since_ns;
        if (before || socket->steps[i].time_ns >= until_ns || state == last)
            continue;
        lab_cell_add(&cell, (struct lab_cell_item){.what = (uint8_t)state});
        last = state;
    }
    return cell;
}

static struct lab_cell_item segment_item(const struct lab_segment *segment, unsigned watcher_host)
{
    const struct net_ev_segment *s = segment->segment;
    struct lab_cell_item item = {.what = LAB_SENT_ACK,
                                 .end = s->from == watcher_host ? LAB_END_A : LAB_END_B,
                                 .lost = segment->fate == NET_DROPPED};
    if (s->flags & NET_RST) {
        item.what = s->flags & NET_ACK ? LAB_SENT_RST_ACK : LAB_SENT_RST;
    } else if (segment->is & NET_SEGMENT_IS_PROBE) {
        item.what = LAB_SENT_PROBE;
    } else if (s->payload_bytes) {
        item.what = LAB_SENT_DATA;
        item.bytes = (uint16_t)s->payload_bytes;
    } else if (s->flags & NET_FIN) {
        item.what = LAB_SENT_FIN;
    }
    return item;
}

/* How often a kernel tries again what is lost each time is a matter of when one looks: it stands there once. */
static bool is_lost_again(const struct lab_cell *cell, const struct lab_cell_item *item)
{
    const struct lab_cell_item *last = cell->count ? &cell->item[cell->count - 1] : NULL;
    return last && item->lost && last->lost && last->what == item->what && last->end == item->end;
}

static struct lab_cell segments_cell(const struct lab_state *state, const struct lab_conversation *c, uint64_t since_ns,
                                     uint64_t until_ns, unsigned watcher_host)
{
    struct lab_cell cell = {.kind = LAB_CELL_SEGMENTS};
    if (state->segment_count == 0) /* no wire: none can be seen */
        return (struct lab_cell){0};
    for (size_t i = 0; i < c->segment_count; i++) {
        const struct lab_segment *s = &state->segments[c->segments[i]];
        struct lab_cell_item item = segment_item(s, watcher_host);
        if (s->sent_ns >= since_ns && s->sent_ns < until_ns && !is_lost_again(&cell, &item))
            lab_cell_add(&cell, item);
    }
    return cell;
}

static const struct lab_conversation *last_conversation(const struct lab_state *state)
{
    return state->conversation_count ? &state->conversations[state->conversation_count - 1] : NULL;
}

static const struct lab_socket *end_of(const struct lab_state *state, const struct lab_conversation *c, unsigned host)
{
    return c->socket[host] == LAB_NONE ? NULL : &state->sockets[c->socket[host]];
}

static struct lab_cell time_wait_cell(const struct lab_state *state, const struct lab_conversation *c,
                                      unsigned watcher_host)
{
    struct lab_cell cell = {.kind = LAB_CELL_ENDS};
    for (unsigned host = 0; host < NET_HOSTS; host++) {
        const struct lab_socket *socket = end_of(state, c, host);
        if (socket && socket->now.state == NET_STATE_TIME_WAIT)
            cell.bits |= host == watcher_host ? LAB_END_A : LAB_END_B;
    }
    return cell;
}

static void read_so_error(struct lab_cell *cell, const struct lab_journal *journal, const struct lab_actor *watcher,
                          size_t from)
{
    for (size_t i = from; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev->actor != watcher->id || ev->kind != NET_EV_CALL_RETURN || ev->u.call.call != NET_CALL_GETSOCKOPT ||
            ev->data_bytes < sizeof cell->error)
            continue;
        *cell = (struct lab_cell){.kind = LAB_CELL_ERROR};
        memcpy(&cell->error, ev->data, sizeof cell->error);
    }
}

void lab_matrix_note(struct lab_matrix *m, const struct lab_cause *row, enum lab_matrix_part part,
                     const struct lab_journal *journal, const struct lab_state *state)
{
    const struct lab_actor *watcher = lab_actor_by_name(state, LAB_MATRIX_WATCHER),
                           *other = lab_actor_by_name(state, LAB_MATRIX_OTHER);
    const struct lab_conversation *c = last_conversation(state);
    const struct net_event *cause = lab_journal_at(journal, m->mark);
    if (!watcher || !other || !c || !cause)
        return;
    struct lab_cell *cell = row_of(m, row);
    const struct lab_socket *a = end_of(state, c, watcher->host), *b = end_of(state, c, other->host);
    struct lab_cell segments = segments_cell(state, c, cause->time_ns, UINT64_MAX, watcher->host);
    switch (part) {
    case LAB_MATRIX_WATCHED:
        if (a)
            cell[LAB_MATRIX_STATES] = states_cell(a, cause->time_ns, UINT64_MAX);
        if (b)
            cell[LAB_MATRIX_STATES_CAUSE] = states_cell(b, cause->time_ns, UINT64_MAX);
        cell[LAB_MATRIX_SEGMENTS] = segments;
        cell[LAB_MATRIX_SEGMENTS_SEND] = (struct lab_cell){0};
        break;
    case LAB_MATRIX_REACTED:
        read_calls(cell, journal, watcher, m->mark);
        if (cell[LAB_MATRIX_SEGMENTS_SEND].kind == LAB_CELL_NONE)
            cell[LAB_MATRIX_SEGMENTS_SEND] = segments;
        break;
    case LAB_MATRIX_ASKED: read_so_error(&cell[LAB_MATRIX_SO_ERROR], journal, watcher, m->mark); break;
    case LAB_MATRIX_CLOSED: cell[LAB_MATRIX_TIME_WAIT] = time_wait_cell(state, c, watcher->host); break;
    }
}

/* ---- a run of the learner's -------------------------------------------------------------------------------------- */

/* Whether SIGPIPE came with the return at index, before the task's next call. */
static bool came_with_signal(const struct lab_journal *journal, size_t index)
{
    const struct net_event *ret = lab_journal_at(journal, index);
    for (size_t i = index + 1; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev->task == ret->task && ev->kind == NET_EV_SIGNAL)
            return ev->u.signal.signo == SIGPIPE;
        if (ev->task == ret->task && ev->kind == NET_EV_CALL_ENTER)
            return false;
    }
    return false;
}

static bool compares(const struct lab_journal *journal, size_t index)
{
    const struct net_event *ret = lab_journal_at(journal, index);
    if (ret->u.call.call == NET_CALL_RECV)
        return ret->u.call.ret <= 0 && ret->u.call.error != EINTR;
    if (ret->u.call.call == NET_CALL_SEND && ret->u.call.error == EPIPE)
        return came_with_signal(journal, index);
    return true;
}

/* The calls that the watcher's socket saw return after the cause; when the watcher first did something itself. */
static uint64_t read_uses(struct lab_cell *row, const struct lab_journal *journal, const struct lab_socket *watcher,
                          size_t cause)
{
    struct reading r = {.last_send = LAB_MATRIX_COLUMNS};
    uint64_t reaction_ns = UINT64_MAX;
    for (size_t i = 0; i < watcher->use_count; i++) {
        const struct lab_use *use = &watcher->uses[i];
        const struct net_event *enter = use->enter == LAB_NONE ? NULL : lab_journal_at(journal, (size_t)use->enter);
        if (enter && (size_t)use->enter > cause && net_call_is(enter->u.call.call, NET_WRITES | NET_CLOSES) &&
            enter->time_ns < reaction_ns)
            reaction_ns = enter->time_ns;
        if (use->ret == LAB_NONE || (size_t)use->ret < cause || !compares(journal, (size_t)use->ret))
            continue;
        read_return(row, lab_journal_at(journal, (size_t)use->ret), &r);
        if (r.last_send != LAB_MATRIX_COLUMNS && row[r.last_send].error == EPIPE)
            row[r.last_send].sigpipe = true;
    }
    return reaction_ns;
}

/* States and segments are taken when the kernels had so long, undisturbed: longer than any acknowledgement is delayed.
 */
static const uint64_t SETTLED_NS = 300000000;

static bool went_straight(const struct lab_state *state, const struct lab_conversation *c, uint64_t since_ns)
{
    for (size_t i = 0; i < c->segment_count; i++) {
        const struct lab_segment *s = &state->segments[c->segments[i]];
        if (s->sent_ns >= since_ns && (s->fate != NET_DELIVERED || s->fate_ns > s->sent_ns + SETTLED_NS / 10))
            return false;
    }
    return true;
}

void lab_matrix_read(struct lab_matrix *m, const struct lab_cause *row, const struct lab_journal *journal,
                     const struct lab_state *state, const struct lab_conversation *c, unsigned watcher_host,
                     size_t cause_at)
{
    struct lab_cell *cell = row_of(m, row);
    const struct lab_socket *a = end_of(state, c, watcher_host), *b = end_of(state, c, 1 - watcher_host);
    uint64_t since_ns = lab_journal_at(journal, cause_at)->time_ns;
    uint64_t until_ns = read_uses(cell, journal, a, cause_at);
    if (until_ns > since_ns + SETTLED_NS)
        until_ns = since_ns + SETTLED_NS;
    if (state->time_ns < since_ns + SETTLED_NS || until_ns < since_ns + SETTLED_NS ||
        !went_straight(state, c, since_ns))
        return;
    cell[LAB_MATRIX_STATES] = states_cell(a, since_ns, until_ns);
    cell[LAB_MATRIX_STATES_CAUSE] = states_cell(b, since_ns, until_ns);
    cell[LAB_MATRIX_SEGMENTS] = segments_cell(state, c, since_ns, until_ns, watcher_host);
}

/* ---- against what was measured ---- */

bool lab_matrix_differs(const struct lab_matrix *m, const struct lab_cause *row, enum lab_matrix_column column)
{
    const struct lab_cell *expected = &row->expected[column], *cell = lab_matrix_cell(m, row, column);
    return expected->kind != LAB_CELL_NONE && cell->kind != LAB_CELL_NONE && !lab_cell_equal(expected, cell);
}

size_t lab_matrix_differences(const struct lab_matrix *m)
{
    size_t n = 0;
    for (size_t i = 0; i < lab_cause_count; i++)
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            n += lab_matrix_differs(m, &lab_causes[i], column);
    return n;
}

size_t lab_matrix_filled(const struct lab_matrix *m)
{
    size_t n = 0;
    for (size_t i = 0; i < lab_cause_count; i++)
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            n += m->cell[i][column].kind != LAB_CELL_NONE;
    return n;
}

/* ---- Markdown ---- */

static void write_row(const struct lab_matrix *m, const struct lab_cause *row, FILE *out)
{
    char text[LAB_CELL_TEXT_BYTES];
    fprintf(out, "| %s |", lab_matrix_title(row));
    for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
        fprintf(out, lab_matrix_differs(m, row, column) ? _(" %s **(differs)** |") : " %s |",
                lab_cell_text(lab_matrix_cell(m, row, column), text));
    fprintf(out, "\n");
}

static void write_table(const struct lab_matrix *m, FILE *out)
{
    const struct lab_cause *row;
    fprintf(out, "| %s |", _("cause at B"));
    for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
        fprintf(out, " %s |", lab_matrix_column_name(column));
    fprintf(out, "\n|");
    for (unsigned column = 0; column <= LAB_MATRIX_COLUMNS; column++)
        fprintf(out, " --- |");
    fprintf(out, "\n");
    for (size_t i = 0; (row = lab_matrix_cause(i)); i++)
        write_row(m, row, out);
}

int lab_matrix_export(const struct lab_matrix *m, const char *kernel, const char *net, const struct lab_file_wish *wish,
                      char *path, struct net_error *err)
{
    struct lab_file *file = lab_file_new(wish, err);
    if (!file)
        return -1;
    FILE *out = lab_file_stream(file);
    fprintf(
        out,
        _("# How a TCP connection ends\n\nA watches, at B it happens. Seen on %s, %s; %zu cells of %zu, %zu of them "
          "other than on Linux 6.18.\n\n"),
        kernel, net, lab_matrix_filled(m), lab_matrix_cause_count() * LAB_MATRIX_COLUMNS, lab_matrix_differences(m));
    write_table(m, out);
    return lab_file_end(file, 0, path, err);
}
