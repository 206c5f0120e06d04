// SPDX-License-Identifier: GPL-3.0-or-later
// How the cells of the matrix are read from the journal. Segments that did not arrive are not counted.
#include "lab/compare/matrix.h"

#include "net/data/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const column_names[LAB_MATRIX_COLUMNS] = {
    [LAB_MATRIX_RECV] = "blocked recv()",
    [LAB_MATRIX_RECV_NEXT] = "next recv()",
    [LAB_MATRIX_POLL] = "poll()",
    [LAB_MATRIX_SEND_1] = "1st send()",
    [LAB_MATRIX_POLL_LATER] = "poll() later",
    [LAB_MATRIX_SEND_2] = "2nd send()",
    [LAB_MATRIX_SEND_3] = "3rd send()",
    [LAB_MATRIX_RECV_LAST] = "last recv()",
    [LAB_MATRIX_SO_ERROR] = "SO_ERROR",
    [LAB_MATRIX_STATES] = "states of A",
    [LAB_MATRIX_STATES_CAUSE] = "states of B",
    [LAB_MATRIX_SEGMENTS] = "segments",
    [LAB_MATRIX_SEGMENTS_SEND] = "segments with the 1st send()",
    [LAB_MATRIX_TIME_WAIT] = "TIME_WAIT after A closes",
};

const char *lab_matrix_column_name(enum lab_matrix_column column)
{
    return (unsigned)column < LAB_MATRIX_COLUMNS ? column_names[column] : "";
}

const struct lab_matrix_row *lab_matrix_find(const char *id)
{
    for (size_t i = 0; i < lab_matrix_row_count; i++)
        if (strcmp(lab_matrix_rows[i].id, id) == 0)
            return &lab_matrix_rows[i];
    return NULL;
}

/* ---- what the calls returned ---- */

/* "IN+OUT+RDHUP" of a poll() that returned; data is its struct pollfd array as the call's text shows it. */
static void poll_bits(const struct net_event *ret, char *out, size_t room)
{
    static const struct {
        int bit;
        const char *name;
    } bits[] = {{1, "IN"}, {4, "OUT"}, {0x2000, "RDHUP"}, {8, "ERR"}, {16, "HUP"}};
    size_t used = 0;
    int16_t got = 0;
    if (ret->data_bytes >= 8)
        memcpy(&got, ret->data + 6, sizeof got);
    snprintf(out, room, "%s", ret->u.call.ret == 0 ? "nothing" : "");
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if ((got & bits[i].bit) && used + 8 < room)
            used += (size_t)snprintf(out + used, room - used, "%s%s", used ? "+" : "", bits[i].name);
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

static void read_return(char (*cell)[LAB_MATRIX_CELL_BYTES], const struct net_event *ev, struct reading *r)
{
    unsigned call = ev->u.call.call;
    enum lab_matrix_column column = cell_of(call, r->seen[call]++);
    if (column == LAB_MATRIX_COLUMNS)
        return;
    if (call == NET_CALL_SEND)
        r->last_send = column;
    if (call == NET_CALL_POLL)
        poll_bits(ev, cell[column], LAB_MATRIX_CELL_BYTES);
    else if (call == NET_CALL_RECV && ev->u.call.error == EINTR && !r->signalled)
        snprintf(cell[column], LAB_MATRIX_CELL_BYTES, "blocks"); /* it had to be freed */
    else
        net_result_text(ev, cell[column], LAB_MATRIX_CELL_BYTES);
    r->signalled = false;
}

/* The lab ends the watcher's waiting call. */
static bool frees(const struct net_event *ev, const struct lab_actor *watcher)
{
    return ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND && ev->u.note.command == LAB_COMMAND_CANCEL &&
           ev->u.note.subject == watcher->id;
}

/* Returns and signals of one actor since the cause. A call that was blocked when it happened returns after it, too. */
static void read_calls(char (*cell)[LAB_MATRIX_CELL_BYTES], const struct lab_journal *journal,
                       const struct lab_actor *watcher, size_t from)
{
    struct reading r = {.last_send = LAB_MATRIX_COLUMNS};
    for (size_t i = from; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (frees(ev, watcher))
            r.signalled = false;
        if (ev->actor != watcher->id)
            continue;
        if (ev->kind == NET_EV_CALL_RETURN && ev->u.call.call < NET_CALL_COUNT)
            read_return(cell, ev, &r);
        else if (ev->kind == NET_EV_SIGNAL && net_signal_number("SIGPIPE") != ev->u.signal.signo)
            r.signalled = true;
        else if (ev->kind == NET_EV_SIGNAL && r.last_send != LAB_MATRIX_COLUMNS)
            strncat(cell[r.last_send], " +SIGPIPE", LAB_MATRIX_CELL_BYTES - strlen(cell[r.last_send]) - 1);
    }
}

/* ---- states and segments ---- */

/* The way since the cause, the state then first. A socket that is gone is CLOSED in the words of RFC 9293: whether the
 * kernel was caught between the state and the end of the socket makes no difference. */
static void read_states(const struct lab_socket *socket, uint64_t since_ns, uint64_t until_ns, char *out)
{
    size_t used = 0;
    unsigned last = NET_STATES;
    *out = '\0';
    for (size_t i = 0; i < socket->step_count; i++) {
        unsigned state = socket->steps[i].state == NET_STATE_ABSENT ? NET_STATE_CLOSE : socket->steps[i].state;
        bool before = i + 1 < socket->step_count && socket->steps[i + 1].time_ns < since_ns;
        if (before || socket->steps[i].time_ns >= until_ns || used + 16 > LAB_MATRIX_CELL_BYTES || state == last)
            continue;
        used += (size_t)snprintf(out + used, LAB_MATRIX_CELL_BYTES - used, "%s%s", used ? " > " : "",
                                 net_state_name(state));
        last = state;
    }
}

static void read_segments(const struct lab_state *state, const struct lab_conversation *c, uint64_t since_ns,
                          uint64_t until_ns, unsigned watcher_host, char *out)
{
    size_t used = 0;
    *out = '\0';
    if (state->segment_count == 0) /* no wire: nobody sees any */
        return;
    for (size_t i = 0; i < c->segment_count; i++) {
        const struct lab_segment *s = &state->segments[c->segments[i]];
        char what[24];
        if (s->sent_ns < since_ns || s->sent_ns >= until_ns || s->fate == NET_DROPPED ||
            used + 16 > LAB_MATRIX_CELL_BYTES)
            continue;
        if (s->segment->flags & NET_RST)
            snprintf(what, sizeof what, s->segment->flags & NET_ACK ? "RST+ACK" : "RST");
        else if (s->segment->payload_bytes)
            snprintf(what, sizeof what, "data(%u)", s->segment->payload_bytes);
        else
            snprintf(what, sizeof what, s->segment->flags & NET_FIN ? "FIN" : "ACK");
        used += (size_t)snprintf(out + used, LAB_MATRIX_CELL_BYTES - used, "%s%c:%s", used ? " " : "",
                                 s->segment->from == watcher_host ? 'A' : 'B', what);
    }
    if (used == 0)
        snprintf(out, LAB_MATRIX_CELL_BYTES, "none");
}

static const struct lab_conversation *last_conversation(const struct lab_state *state)
{
    return state->conversation_count ? &state->conversations[state->conversation_count - 1] : NULL;
}

static const struct lab_socket *end_of(const struct lab_state *state, const struct lab_conversation *c, unsigned host)
{
    return c->socket[host] == LAB_NONE ? NULL : &state->sockets[c->socket[host]];
}

static void read_time_wait(const struct lab_state *state, const struct lab_conversation *c, unsigned watcher_host,
                           char *out)
{
    bool holds[NET_HOSTS];
    for (unsigned host = 0; host < NET_HOSTS; host++) {
        const struct lab_socket *socket = end_of(state, c, host);
        holds[host] = socket && socket->now.state == NET_STATE_TIME_WAIT;
    }
    bool a = holds[watcher_host], b = holds[1 - watcher_host];
    snprintf(out, LAB_MATRIX_CELL_BYTES, "%s", a && b ? "both" : a ? "A" : b ? "B" : "nobody");
}

static void read_so_error(const struct lab_journal *journal, const struct lab_actor *watcher, size_t from, char *out)
{
    for (size_t i = from; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        int32_t error;
        if (ev->actor != watcher->id || ev->kind != NET_EV_CALL_RETURN || ev->u.call.call != NET_CALL_GETSOCKOPT ||
            ev->data_bytes < sizeof error)
            continue;
        memcpy(&error, ev->data, sizeof error);
        snprintf(out, LAB_MATRIX_CELL_BYTES, "%s", error ? net_errno_name(error) : "0");
    }
}

void lab_matrix_note(struct lab_matrix *m, const struct lab_matrix_row *row, enum lab_matrix_part part,
                     const struct lab_journal *journal, const struct lab_state *state)
{
    const struct lab_actor *watcher = lab_actor_by_name(state, LAB_MATRIX_WATCHER),
                           *other = lab_actor_by_name(state, LAB_MATRIX_OTHER);
    const struct lab_conversation *c = last_conversation(state);
    const struct net_event *cause = lab_journal_at(journal, m->mark);
    if (!watcher || !other || !c || !cause)
        return;
    char(*cell)[LAB_MATRIX_CELL_BYTES] = m->cell[row - lab_matrix_rows];
    const struct lab_socket *a = end_of(state, c, watcher->host), *b = end_of(state, c, other->host);
    switch (part) {
    case LAB_MATRIX_WATCHED:
        if (a)
            read_states(a, cause->time_ns, UINT64_MAX, cell[LAB_MATRIX_STATES]);
        if (b)
            read_states(b, cause->time_ns, UINT64_MAX, cell[LAB_MATRIX_STATES_CAUSE]);
        read_segments(state, c, cause->time_ns, UINT64_MAX, watcher->host, cell[LAB_MATRIX_SEGMENTS]);
        cell[LAB_MATRIX_SEGMENTS_SEND][0] = '\0';
        return;
    case LAB_MATRIX_REACTED:
        read_calls(cell, journal, watcher, m->mark);
        if (!cell[LAB_MATRIX_SEGMENTS_SEND][0])
            read_segments(state, c, cause->time_ns, UINT64_MAX, watcher->host, cell[LAB_MATRIX_SEGMENTS_SEND]);
        return;
    case LAB_MATRIX_ASKED: read_so_error(journal, watcher, m->mark, cell[LAB_MATRIX_SO_ERROR]); return;
    case LAB_MATRIX_CLOSED: read_time_wait(state, c, watcher->host, cell[LAB_MATRIX_TIME_WAIT]); return;
    case LAB_MATRIX_PARTS: return;
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
            return ev->u.signal.signo == net_signal_number("SIGPIPE");
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

static bool reacts(unsigned call)
{
    return call == NET_CALL_SEND || call == NET_CALL_WRITE || call == NET_CALL_CLOSE || call == NET_CALL_SHUTDOWN;
}

/* The calls that the watcher's socket saw return after the cause; when the watcher first did something itself. */
static uint64_t read_uses(char (*cell)[LAB_MATRIX_CELL_BYTES], const struct lab_journal *journal,
                          const struct lab_socket *watcher, size_t cause)
{
    struct reading r = {.last_send = LAB_MATRIX_COLUMNS};
    uint64_t reaction_ns = UINT64_MAX;
    for (size_t i = 0; i < watcher->use_count; i++) {
        const struct lab_use *use = &watcher->uses[i];
        const struct net_event *enter = use->enter == LAB_NONE ? NULL : lab_journal_at(journal, (size_t)use->enter);
        if (enter && (size_t)use->enter > cause && reacts(enter->u.call.call) && enter->time_ns < reaction_ns)
            reaction_ns = enter->time_ns;
        if (use->ret == LAB_NONE || (size_t)use->ret < cause || !compares(journal, (size_t)use->ret))
            continue;
        read_return(cell, lab_journal_at(journal, (size_t)use->ret), &r);
        if (r.last_send != LAB_MATRIX_COLUMNS && strncmp(cell[r.last_send], "-1 EPIPE", 8) == 0)
            snprintf(cell[r.last_send], LAB_MATRIX_CELL_BYTES, "-1 EPIPE +SIGPIPE");
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

void lab_matrix_read(struct lab_matrix *m, const struct lab_matrix_row *row, const struct lab_journal *journal,
                     const struct lab_state *state, const struct lab_conversation *c, unsigned watcher_host,
                     size_t cause)
{
    char(*cell)[LAB_MATRIX_CELL_BYTES] = m->cell[row - lab_matrix_rows];
    const struct lab_socket *a = end_of(state, c, watcher_host), *b = end_of(state, c, 1 - watcher_host);
    uint64_t since_ns = lab_journal_at(journal, cause)->time_ns;
    uint64_t until_ns = read_uses(cell, journal, a, cause);
    if (until_ns > since_ns + SETTLED_NS)
        until_ns = since_ns + SETTLED_NS;
    if (state->time_ns < since_ns + SETTLED_NS || until_ns < since_ns + SETTLED_NS ||
        !went_straight(state, c, since_ns))
        return;
    read_states(a, since_ns, until_ns, cell[LAB_MATRIX_STATES]);
    read_states(b, since_ns, until_ns, cell[LAB_MATRIX_STATES_CAUSE]);
    read_segments(state, c, since_ns, until_ns, watcher_host, cell[LAB_MATRIX_SEGMENTS]);
}

/* ---- against what was measured ---- */

bool lab_matrix_differs(const struct lab_matrix *m, size_t row, enum lab_matrix_column column)
{
    const char *expected = lab_matrix_rows[row].expected[column], *cell = m->cell[row][column];
    if (!expected || !cell[0])
        return false;
    bool both_counts = atol(expected) > 0 && atol(cell) > 0; /* how many bytes a send() took is the learner's choice */
    return !both_counts && strcmp(expected, cell) != 0;
}

size_t lab_matrix_differences(const struct lab_matrix *m)
{
    size_t n = 0;
    for (size_t row = 0; row < lab_matrix_row_count; row++)
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            n += lab_matrix_differs(m, row, column);
    return n;
}

size_t lab_matrix_filled(const struct lab_matrix *m)
{
    size_t n = 0;
    for (size_t row = 0; row < lab_matrix_row_count; row++)
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            n += m->cell[row][column][0] != '\0';
    return n;
}

/* ---- Markdown ---- */

static void write_table(const struct lab_matrix *m, FILE *out)
{
    fprintf(out, "| cause at B |");
    for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
        fprintf(out, " %s |", column_names[column]);
    fprintf(out, "\n|");
    for (unsigned column = 0; column <= LAB_MATRIX_COLUMNS; column++)
        fprintf(out, " --- |");
    fprintf(out, "\n");
    for (size_t row = 0; row < lab_matrix_row_count; row++) {
        fprintf(out, "| %s |", lab_matrix_rows[row].title);
        for (unsigned column = 0; column < LAB_MATRIX_COLUMNS; column++)
            fprintf(out, " %s%s |", m->cell[row][column], lab_matrix_differs(m, row, column) ? " **(differs)**" : "");
        fprintf(out, "\n");
    }
}

int lab_matrix_export(const struct lab_matrix *m, const char *kernel, const char *net, const char *path,
                      struct net_error *err)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return net_fail_errno(err, path);
    fprintf(out,
            "# How a TCP connection ends\n\nA watches, at B it happens. Seen on %s, %s; %zu cells of %zu, %zu of them "
            "other than on Linux 6.18.\n\n",
            kernel, net, lab_matrix_filled(m), lab_matrix_row_count * LAB_MATRIX_COLUMNS, lab_matrix_differences(m));
    write_table(m, out);
    if (fclose(out) != 0)
        return net_fail_errno(err, path);
    return 0;
}
