// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Calls: what every actor asked of the kernel and what it answered, with what it printed, the signals that reached it
 * and how it ended.
 *
 *      0.000 server   socket(AF_INET, SOCK_STREAM, 0)              = 3
 *      0.412 server   send(4, "Message received.\n", 18, 0)        = 18
 *      0.413 server   > Received: hello
 *      4.217 server   recv(4, buf, 1023, 0)      ... blocked 3.2 s: nothing to read; c1 does nothing
 *      7.400 c1       recv(3, buf, 1023, 0)                        = -1 ECONNRESET  after 3.2 s
 *      7.401 c1       killed by SIGPIPE (a shell would say 141)
 *      7.500          : c1 close
 *
 *     because: RST #12 from server at 0.412; it is reported once: the next recv() returns 0
 *
 * One row per call: its return is written into the row of its entry. The chosen row is shared with the Source view.
 * An error has its cause behind it where there is room, and a blocked call what it waits for; those of the chosen row
 * always stand in the last lines.
 * Left out: calls of the lab itself.
 */
#include "lab/base/durations.h"
#include "lab/explain/because.h"
#include "lab/explain/waits.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "ui/view/blocked.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME_COLUMNS = 9, NAME_COLUMNS = 9, LONG_WAIT_NS = 1000000, TASK_IDS_MOST = 1 << 20, DETAIL_BYTES = 4000 };

struct row {
    long event; /* what the row is about */
    long ret;   /* CALL_RETURN of a CALL_ENTER; LAB_NONE */
};

struct rows {
    struct row *row;
    size_t count, room;
    long *open; /* by task id: row of the call it is in, + 1 */
    size_t open_count;
};

/* Commands that do something; those that only ask have their place in the lesson. */
static bool acts(const struct net_event *ev)
{
    return ev->u.note.kind == LAB_NOTE_COMMAND && !lab_command_id_asks(ev->u.note.command);
}

static bool has_row(const struct net_event *ev)
{
    switch ((enum net_event_kind)ev->kind) {
    case NET_EV_CALL_ENTER:
    case NET_EV_OUTPUT:
    case NET_EV_SIGNAL:
    case NET_EV_ACTOR_END:
    case NET_EV_TASK_END: return true;
    case NET_EV_NOTE: return ev->u.note.kind == LAB_NOTE_ERROR || ev->u.note.kind == LAB_NOTE_CLEARED || acts(ev);
    default: return false;
    }
}

static long *open_slot(struct rows *rows, uint32_t task)
{
    if (task >= TASK_IDS_MOST)
        return NULL;
    if (task >= rows->open_count) {
        size_t n = (size_t)task * 2 + 64;
        long *bigger = realloc(rows->open, n * sizeof *bigger);
        if (!bigger)
            return NULL;
        memset(bigger + rows->open_count, 0, (n - rows->open_count) * sizeof *bigger);
        rows->open = bigger;
        rows->open_count = n;
    }
    return &rows->open[task];
}

static void add_row(struct rows *rows, const struct net_event *ev, long index)
{
    if (rows->count == rows->room) {
        size_t n = rows->room ? rows->room * 2 : 256;
        struct row *bigger = realloc(rows->row, n * sizeof *bigger);
        if (!bigger)
            return;
        rows->row = bigger;
        rows->room = n;
    }
    long *open = ev->kind == NET_EV_CALL_ENTER ? open_slot(rows, ev->task) : NULL;
    rows->row[rows->count++] = (struct row){index, LAB_NONE};
    if (open)
        *open = (long)rows->count;
}

static void close_row(struct rows *rows, const struct net_event *ev, long index)
{
    long *open = open_slot(rows, ev->task);
    if (open && *open)
        rows->row[*open - 1].ret = index;
    if (open)
        *open = 0;
}

/* An actor's first task ends with it: one row says so. */
static bool ends_actor(const struct ui_model *model, const struct net_event *ev)
{
    const struct lab_actor *actor = ev->kind == NET_EV_TASK_END ? lab_actor_by_id(model->state, ev->actor) : NULL;
    return actor && actor->first_task == ev->task;
}

static bool begins_row(const struct ui_model *model, const struct net_event *ev)
{
    return has_row(ev) && !ends_actor(model, ev);
}

/* The event from which on there are at least so many rows: all that a pane needs that follows the end. */
static size_t event_of_last(const struct ui_model *model, size_t n, int rows)
{
    while (n > model->first_event && rows > 0)
        rows -= begins_row(model, lab_journal_at(model->journal, --n));
    return n;
}

/* The last so many rows at least; INT_MAX: all of them. */
static struct rows make_rows(const struct ui_model *model, int last)
{
    struct rows rows = {0};
    size_t n = model->rewound ? model->moment : lab_journal_count(model->journal);
    for (size_t i = event_of_last(model, n, last); i < n; i++) {
        const struct net_event *ev = lab_journal_at(model->journal, i);
        if (ev->kind == NET_EV_CALL_RETURN)
            close_row(&rows, ev, (long)i);
        else if (begins_row(model, ev))
            add_row(&rows, ev, (long)i);
    }
    free(rows.open);
    rows.open = NULL;
    return rows;
}

/* "server", "server/4130" for a child or thread. */
static void name_of(const struct lab_state *state, const struct net_event *ev, char *out, size_t room)
{
    const struct lab_actor *actor = lab_actor_by_id(state, ev->actor);
    const struct lab_task *task = lab_task_by_id(state, ev->task);
    if (!actor)
        snprintf(out, room, "%s", "");
    else if (task && !lab_task_is_first(state, task))
        snprintf(out, room, "%s/%d", actor->name, task->kind == NET_TASK_CHILD ? task->pid : task->tid);
    else
        snprintf(out, room, "%s", actor->name);
}

static enum ui_meaning meaning_of_name(const struct lab_state *state, const struct net_event *ev)
{
    const struct lab_actor *actor = lab_actor_by_id(state, ev->actor);
    return !actor ? UI_DIM : actor->host == NET_CLIENT ? UI_CLIENT : UI_SERVER;
}

/* What stands behind a call: its result, and how long it took if that was long; or for how long it has been blocked. */
static enum ui_meaning outcome_text(const struct ui_model *model, const struct net_event *enter,
                                    const struct net_event *ret, char *out, size_t room)
{
    char result[96], time[32];
    const struct lab_task *task = lab_task_by_id(model->state, enter->task);
    if (!ret && task && !task->alive) { /* exit(), or death in the call */
        snprintf(out, room, "%s", _("does not return"));
        return UI_DIM;
    }
    if (!ret)
        return UI_WAITS; /* blocked_text() */
    uint64_t took = ret->time_ns - ret->u.call.enter_ns;
    net_result_text(ret, result, sizeof result);
    if (!*result) /* free(): a function that returns nothing */
        snprintf(out, room, "%s", _("returned"));
    else if (took >= LONG_WAIT_NS)
        snprintf(out, room, _("= %s  after %s"), result, lab_duration_text(took, time, sizeof time));
    else
        snprintf(out, room, "= %s", result);
    return ret->u.call.error ? UI_FAILED : UI_OPEN;
}

/* What a row's call waits for; false: it has returned, or its task has ended, or is in another call meanwhile. */
static bool wait_of(const struct ui_model *model, const struct row *row, struct lab_wait *wait)
{
    const struct lab_evidence e = {.journal = model->journal, .state = model->state, .start_ns = model->start_ns};
    const struct net_event *ev = lab_journal_at(model->journal, (size_t)row->event);
    const struct lab_task *task = ev->kind == NET_EV_CALL_ENTER && row->ret == LAB_NONE
                                      ? lab_task_by_id(model->state, ev->task)
                                      : NULL;
    return task && task->enter == row->event && lab_wait_of_task(&e, task, wait);
}

/* "... blocked 3.2 s: nothing to read; c1 does nothing": with all of the reasons if they fit behind the call, else with
 * one of them, the last first; without the word "blocked" where that makes room, and at last beside a call that is cut.
 */
static void blocked_text(const struct ui_model *model, const struct row *row, int text_columns, int columns, char *out,
                         size_t room)
{
    enum { CALL_LEAST = 10 };
    const struct net_event *enter = lab_journal_at(model->journal, (size_t)row->event);
    uint64_t for_ns = model->now_ns > enter->time_ns ? model->now_ns - enter->time_ns : 0;
    char time[32], briefs[LAB_WAIT_REASONS * LAB_WAIT_BRIEF_BYTES];
    struct lab_wait wait;
    int whole = columns - text_columns - 1, cut = columns - CALL_LEAST - 1;
    ui_blocked_text(for_ns, time, sizeof time);
    if (wait_of(model, row, &wait) && *lab_wait_brief(&wait)) {
        snprintf(out, room, _("%s blocked %s: %s"), ui_glyph(UI_ELLIPSIS), time,
                 lab_wait_briefs(&wait, briefs, sizeof briefs));
        for (size_t form = 0; form < 2; form++)
            for (size_t i = wait.reasons; ui_text_width(out) > whole && i-- > 0;)
                if (*wait.reason[i].brief)
                    snprintf(out, room, form == 0 ? _("%s blocked %s: %s") : "%s %s: %s", ui_glyph(UI_ELLIPSIS), time,
                             wait.reason[i].brief);
        if (ui_text_width(out) <= whole)
            return;
        snprintf(out, room, "%s %s: %s", ui_glyph(UI_ELLIPSIS), time, lab_wait_brief(&wait));
        if (ui_text_width(out) <= cut)
            return;
    }
    snprintf(out, room, _("%s blocked %s"), ui_glyph(UI_ELLIPSIS), time);
}

/* "  because ..." of a result that has a reason; "" when none is known. Returns its columns. */
static int because_text(const struct ui_model *model, const struct row *row, char *out, size_t room)
{
    char because[800];
    *out = '\0';
    if (row->ret != LAB_NONE &&
        lab_because(model->journal, model->state, model->start_ns, row->ret, because, sizeof because))
        snprintf(out, room, _("  because %s"), because);
    return ui_text_width(out);
}

/* Where the outcome begins. Outcomes stand below each other where the calls leave room, and are never pushed out by
 * them; one with a cause behind it moves to the left, if it then fits. */
static int outcome_column(int room, int text, int outcome, int because)
{
    int column = room * 62 / 100;
    if (text + 1 > column)
        column = text + 1;
    if (text + 1 + outcome + because <= room && column > room - outcome - because)
        column = room - outcome - because;
    if (column > room - outcome)
        column = room - outcome;
    return column < room / 3 ? room / 3 : column;
}

static void draw_call(const struct ui_pane *pane, const struct ui_model *model, const struct row *row, int y, int x,
                      attr_t extra)
{
    char text[512], outcome[1600], because[840];
    const struct net_event *enter = lab_journal_at(model->journal, (size_t)row->event);
    const struct net_event *ret = row->ret == LAB_NONE ? NULL : lab_journal_at(model->journal, (size_t)row->ret);
    enum ui_meaning meaning = outcome_text(model, enter, ret, outcome, sizeof outcome);
    int room = pane->columns - x;
    net_call_text(enter, ret, text, sizeof text);
    if (meaning == UI_WAITS)
        blocked_text(model, row, ui_text_width(text), room, outcome, sizeof outcome);
    int because_columns = because_text(model, row, because, sizeof because);
    int column = outcome_column(room, ui_text_width(text), ui_text_width(outcome), because_columns);
    ui_put(pane->window, y, x, column - 1, ui_attr(UI_TEXT) | extra, text);
    int end = column + ui_put(pane->window, y, x + column, room - column, ui_attr(meaning) | extra, outcome);
    if (because_columns <= room - end)
        ui_put(pane->window, y, x + end, room - end, ui_attr(UI_DIM) | extra, because);
}

static void draw_end(const struct ui_pane *pane, const struct net_event *ev, int y, int x, attr_t extra)
{
    const struct net_ev_end *end = &ev->u.end;
    WINDOW *w = pane->window;
    int room = pane->columns - x;
    switch ((enum net_end_how)end->how) {
    case NET_END_RETURNED:
    case NET_END_EXIT:
        ui_putf(w, y, x, room, ui_attr(end->status ? UI_FAILED : UI_DIM) | extra,
                end->zombie ? _("ended, exit status %d, a zombie until its parent waits") : _("ended, exit status %d"),
                end->status);
        return;
    case NET_END_SIGNAL:
        ui_putf(w, y, x, room, ui_attr(UI_FAILED) | extra,
                end->zombie ? _("killed by %s (a shell would say %d), a zombie until its parent waits")
                            : _("killed by %s (a shell would say %d)"),
                net_signal_name(end->signo), 128 + end->signo);
        return;
    case NET_END_LAB: ui_put(w, y, x, room, ui_attr(UI_DIM) | extra, _("ended by clear")); return;
    }
}

static void draw_other(const struct ui_pane *pane, const struct net_event *ev, int y, int x, attr_t extra)
{
    char text[820];
    WINDOW *w = pane->window;
    int room = pane->columns - x;
    size_t n = ev->data_bytes < 800 ? ev->data_bytes : 800;
    switch ((enum net_event_kind)ev->kind) {
    case NET_EV_OUTPUT:
        while (n && ev->data[n - 1] == '\n')
            n--;
        snprintf(text, sizeof text, "> %.*s", (int)n, (const char *)ev->data);
        ui_put(w, y, x, room, ui_attr(ev->u.output.fd == 2 ? UI_FAILED : UI_CODE) | extra, text);
        return;
    case NET_EV_SIGNAL:
        ui_putf(w, y, x, room, ui_attr(UI_WAITS) | extra,
                ev->u.signal.action == NET_SIG_IGNORED   ? _("%s arrives: ignored")
                : ev->u.signal.action == NET_SIG_HANDLED ? _("%s arrives: its handler runs")
                                                         : _("%s arrives: its default action"),
                net_signal_name(ev->u.signal.signo));
        return;
    case NET_EV_NOTE:
        if (ev->u.note.kind == LAB_NOTE_CLEARED)
            snprintf(text, sizeof text, "%s", _("cleared: no actor, no socket"));
        else
            snprintf(text, sizeof text, "%s%.*s", ev->u.note.kind == LAB_NOTE_COMMAND ? ": " : "", (int)n,
                     n ? (const char *)ev->data : "");
        ui_put(w, y, x, room, ui_attr(ev->u.note.kind == LAB_NOTE_ERROR ? UI_FAILED : UI_DIM) | extra, text);
        return;
    default: draw_end(pane, ev, y, x, extra);
    }
}

static bool is_chosen(const struct ui_model *model, const struct row *row)
{
    return model->selected_event == row->event || (row->ret != LAB_NONE && model->selected_event == row->ret);
}

static void draw_row(const struct ui_pane *pane, const struct ui_model *model, const struct row *row, int y)
{
    const struct net_event *ev = lab_journal_at(model->journal, (size_t)row->event);
    bool chosen = is_chosen(model, row);
    attr_t extra = chosen ? ui_attr(UI_SELECTED) : 0;
    char name[40], time[32];
    if (chosen)
        ui_putf(pane->window, y, 0, pane->columns, extra, "%*s", pane->columns, "");
    uint64_t at_ns = ev->time_ns > model->start_ns ? ev->time_ns - model->start_ns : 0;
    ui_put(pane->window, y, 0, TIME_COLUMNS - 1, ui_attr(UI_DIM) | extra,
           lab_seconds_text(at_ns, TIME_COLUMNS - 1, time, sizeof time));
    int sight = row->ret != LAB_NONE ? lab_sight_of(model->sights, (size_t)row->ret) : 0;
    if (sight)
        ui_put(pane->window, y, 0, 1, ui_attr(UI_STRONG) | extra, lab_sight_sign(sight));
    name_of(model->state, ev, name, sizeof name);
    int width = ui_text_width(name) >= NAME_COLUMNS ? ui_text_width(name) + 1 : NAME_COLUMNS;
    ui_put(pane->window, y, TIME_COLUMNS, width - 1, ui_attr(meaning_of_name(model->state, ev)) | extra, name);
    int x = TIME_COLUMNS + width;
    if (ev->kind == NET_EV_CALL_ENTER)
        draw_call(pane, model, row, y, x, extra);
    else
        draw_other(pane, ev, y, x, extra);
}

/* The cause of what the chosen row returned, with what became of the error, or what it waits for; false: none is
 * chosen, or none is known. */
static bool detail_of_row(const struct ui_model *model, const struct row *row, char *out, size_t room)
{
    char because[800], once[480], why[LAB_WAIT_REASONS * LAB_WAIT_TEXT_BYTES];
    struct lab_wait wait;
    if (wait_of(model, row, &wait)) {
        snprintf(out, room, _("waits: %s"), lab_wait_text(&wait, why, sizeof why));
        return true;
    }
    if (row->ret == LAB_NONE ||
        !lab_because(model->journal, model->state, model->start_ns, row->ret, because, sizeof because))
        return false;
    bool is_once = lab_because_once(model->journal, model->state, model->start_ns, row->ret, once, sizeof once);
    snprintf(out, room, is_once ? _("because: %s; %s") : _("because: %s"), because, once);
    return true;
}

static bool detail_text(const struct ui_model *model, const struct rows *rows, char *out, size_t room)
{
    for (size_t i = rows->count; model->selected_event >= 0 && i-- > 0;)
        if (is_chosen(model, &rows->row[i]))
            return detail_of_row(model, &rows->row[i], out, room);
    return false;
}

static int lines_of(const char *detail, int columns)
{
    int lines = 0;
    for (size_t left = strlen(detail); left; lines++) {
        size_t n = ui_text_fit(detail, left, columns);
        while (n < left && detail[n] == ' ')
            n++;
        n = n ? n : left;
        detail += n;
        left -= n;
    }
    return lines;
}

/* Rows of calls: the detail takes the last lines, as long as more than half is left for them. */
static int call_rows(const struct ui_pane *pane, const char *detail)
{
    int lines = lines_of(detail, pane->columns - 1);
    while (lines > 1 && lines * 2 >= pane->rows)
        lines--;
    return pane->rows - lines;
}

static void draw_detail(const struct ui_pane *pane, const char *detail, int from)
{
    size_t left = strlen(detail);
    for (int y = from; y < pane->rows && left; y++) {
        size_t n = y + 1 < pane->rows ? ui_text_fit(detail, left, pane->columns - 1) : left;
        ui_putn(pane->window, y, 1, pane->columns - 1, ui_attr(UI_STRONG), detail, n);
        while (n < left && detail[n] == ' ')
            n++;
        detail += n;
        left -= n;
    }
}

static size_t first_row(const struct ui_pane *pane, size_t count, int shown)
{
    long most = (long)count > shown ? (long)count - shown : 0;
    return (size_t)(pane->top < 0 || pane->top > most ? most : pane->top);
}

/* The first row to draw: the chosen one stays in sight when the detail comes up below it. */
static size_t first_drawn(const struct ui_pane *pane, const struct ui_model *model, const struct rows *rows, int shown)
{
    size_t first = first_row(pane, rows->count, pane->rows);
    for (size_t i = rows->count; i-- > first;)
        if (is_chosen(model, &rows->row[i]) && i >= first + (size_t)shown)
            return i - (size_t)shown + 1;
    return pane->top < 0 ? first_row(pane, rows->count, shown) : first;
}

static void calls_draw(const struct ui_pane *pane, const struct ui_model *model)
{
    bool follows = pane->top < 0 && model->selected_event < 0;
    struct rows rows = make_rows(model, follows ? pane->rows : INT_MAX);
    char detail[DETAIL_BYTES] = "";
    detail_text(model, &rows, detail, sizeof detail);
    int shown = call_rows(pane, detail);
    size_t first = first_drawn(pane, model, &rows, shown);
    werase(pane->window);
    if (!rows.count)
        ui_put(pane->window, 0, 1, pane->columns - 2, ui_attr(UI_DIM), _("No call yet: no program runs."));
    for (int y = 0; y < shown && first + (size_t)y < rows.count; y++)
        draw_row(pane, model, &rows.row[first + (size_t)y], y);
    draw_detail(pane, detail, shown);
    free(rows.row);
}

static unsigned choose(struct ui_pane *pane, const struct ui_model *model, const struct rows *rows, long at)
{
    if (at >= (long)rows->count) { /* past the end: follow again */
        pane->top = -1;
        pane->cursor = 0;
        pane->wants_event = -1;
        pane->wants_socket = model->selected_socket;
        return UI_SELECT | UI_REDRAW;
    }
    if (!rows->count)
        return UI_NOTHING;
    at = at < 0 ? 0 : at;
    pane->cursor = (uint64_t)rows->row[at].event + 1;
    pane->wants_event = rows->row[at].event;
    const struct net_event *ev = lab_journal_at(model->journal, (size_t)rows->row[at].event);
    int socket = ev->kind == NET_EV_CALL_ENTER ? lab_socket_of(model->state, ev->task, ev->u.call.fd) : LAB_NONE;
    pane->wants_socket = socket == LAB_NONE ? model->selected_socket : socket;
    long first = (long)first_row(pane, rows->count, pane->rows);
    pane->top = at < first ? at : at >= first + pane->rows ? at - pane->rows + 1 : first;
    return UI_SELECT | UI_REDRAW;
}

static unsigned move_cursor(struct ui_pane *pane, const struct ui_model *model, long by)
{
    struct rows rows = make_rows(model, INT_MAX);
    long at = (long)rows.count;
    for (size_t i = 0; i < rows.count && pane->cursor; i++)
        if ((uint64_t)rows.row[i].event + 1 == pane->cursor)
            at = (long)i;
    unsigned reaction = at == (long)rows.count && by > 0 ? UI_NOTHING : choose(pane, model, &rows, at + by);
    free(rows.row);
    return reaction;
}

static unsigned calls_key(struct ui_pane *pane, const struct ui_model *model, int key)
{
    switch (key) {
    case KEY_UP: return move_cursor(pane, model, -1);
    case KEY_DOWN: return move_cursor(pane, model, 1);
    case KEY_PPAGE: return move_cursor(pane, model, -pane->rows);
    case KEY_NPAGE: return move_cursor(pane, model, pane->rows);
    default: return UI_PASS;
    }
}

static unsigned calls_mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)column;
    if (buttons & BUTTON4_PRESSED)
        return move_cursor(pane, model, -1);
    if (buttons & BUTTON5_PRESSED)
        return move_cursor(pane, model, 1);
    struct rows rows = make_rows(model, INT_MAX);
    char detail[DETAIL_BYTES] = "";
    detail_text(model, &rows, detail, sizeof detail);
    int shown = call_rows(pane, detail);
    long at = (long)first_drawn(pane, model, &rows, shown) + row;
    unsigned reaction = row < shown && at < (long)rows.count ? choose(pane, model, &rows, at) : UI_NOTHING;
    free(rows.row);
    return reaction;
}

/* What calls wait for is seen in sockets, segments and the wire. */
static bool may_change_reasons(const struct net_event *ev)
{
    return ev->kind == NET_EV_SAMPLE || ev->kind == NET_EV_GONE || ev->kind == NET_EV_FATE || ev->kind == NET_EV_WIRE ||
           ev->kind == NET_EV_TIMERS;
}

static bool is_blocked(const struct ui_model *model)
{
    for (size_t i = 0; i < model->state->task_count; i++)
        if (model->state->tasks[i].alive && model->state->tasks[i].enter != LAB_NONE)
            return true;
    return false;
}

static bool calls_concerns(const struct ui_model *model, const struct net_event *ev)
{
    return has_row(ev) || ev->kind == NET_EV_CALL_RETURN || (may_change_reasons(ev) && is_blocked(model));
}

static const struct ui_key_help calls_keys[] = {
    {.key = "Up Down", .what = N_("choose a call"), .moves = true},
    {.key = NULL},
};

const struct ui_view ui_view_calls = {
    .name = "calls",
    .title = "Calls",
    .rows_least = 2,
    .columns_least = 36,
    .draw = calls_draw,
    .key = calls_key,
    .mouse = calls_mouse,
    .concerns = calls_concerns,
    .stale_ns = ui_blocked_stale_ns,
    .keys = calls_keys,
};
