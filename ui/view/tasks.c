// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Processes and threads: who runs, as what, and what each is doing.
 *
 *     tcplab 4120                                  VmSize 310 MB  RSS 11 MB
 *     ..::##++..  3 children, at most 12
 *     |- server  thread 4123  S  recv(4) blocked 3.2 s  192.0.2.2:40122  line 58
 *     |  |- child 4130        Z  exit status 0, a zombie until its parent waits
 *     |  `- thread 4131       S  send(5) blocked 0.1 s
 *     `- c1      process 4124    killed by SIGKILL
 *
 * The letter is the kernel's (/proc): R runs, S sleeps, D sleeps uninterruptibly, T is stopped, Z is a zombie. Who
 * ended stays until `clear`. More than eight children and threads of one actor are counted by what they do
 * ("988 children in recv"); the kernel is asked only about tasks whose line is drawn.
 */
#include "lab/base/text.h"
#include "net/base/message.h"
#include "net/data/call.h"
#include "net/engine.h"
#include "ui/view/blocked.h"
#include "ui/view/task_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_COLUMNS = 22, NARROW = 56, HISTORY_LEAST = 8, HISTORY_MOST = 24, HISTORY_ROWS = 7 };

struct counts {
    int children, zombies, threads, children_most, zombies_most, threads_most;
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* The most is that of one actor, or what there is now of all. */
static struct counts count_tasks(const struct ui_model *model)
{
    struct counts c = {0};
    for (size_t a = 0; a < model->state->actor_count; a++) {
        const struct lab_actor *actor = &model->state->actors[a];
        if (!actor->alive && actor->start_ns < model->start_ns)
            continue;
        c.children += actor->children;
        c.zombies += actor->zombies;
        c.threads += actor->alive && actor->threads > 1 ? actor->threads - 1 : 0;
        c.children_most = larger(c.children_most, actor->children_most);
        c.zombies_most = larger(c.zombies_most, actor->zombies_most);
        c.threads_most = larger(c.threads_most, actor->threads_most - 1);
    }
    c.children_most = larger(c.children_most, c.children);
    c.zombies_most = larger(c.zombies_most, c.zombies);
    c.threads_most = larger(c.threads_most, c.threads);
    return c;
}

/* The lines above the tree: the lab's own, and that of the history where there is one and room for it. */
static int head_rows(const struct ui_pane *pane, const struct ui_model *model)
{
    struct counts c = count_tasks(model);
    return pane->rows >= HISTORY_ROWS && c.children_most + c.threads_most > 0 ? 2 : 1;
}

static void end_text(const struct net_ev_end *end, bool zombie, bool narrow, char *out, size_t room)
{
    switch ((enum net_end_how)end->how) {
    case NET_END_RETURNED:
    case NET_END_EXIT:
        snprintf(out, room,
                 narrow   ? zombie ? _("exit %d, zombie") : _("exit %d")
                   : zombie ? _("ended, exit status %d, a zombie until its parent waits")
                          : _("ended, exit status %d"),
                 end->status);
        return;
    case NET_END_SIGNAL:
        snprintf(out, room,
                 narrow   ? zombie ? _("%s, zombie") : "%s"
                 : zombie ? _("killed by %s, a zombie until its parent waits")
                          : _("killed by %s"),
                 net_signal_name(end->signo));
        return;
    case NET_END_LAB: snprintf(out, room, "%s", _("ended by clear")); return;
    }
    snprintf(out, room, "%s", _("ended"));
}

/* What a living task does now. */
static enum ui_meaning doing_text(const struct ui_model *model, const struct lab_actor *actor,
                                  const struct lab_task *task, bool narrow, char *out, size_t room)
{
    char time[32];
    const struct net_event *enter = task->enter == LAB_NONE ? NULL
                                                            : lab_journal_at(model->journal, (size_t)task->enter);
    if (task->at_gate) {
        snprintf(out, room, _("at its gate, line %d"), task->line);
        return UI_WAITS;
    }
    if (!enter) {
        snprintf(out, room, "%s", actor->is_hand ? _("waits for you") : _("runs its own code"));
        return actor->is_hand ? UI_DIM : UI_RUNNING;
    }
    uint64_t for_ns = model->now_ns > enter->time_ns ? model->now_ns - enter->time_ns : 0;
    const char *name = net_call_row(enter->u.call.call)->name;
    ui_blocked_text(for_ns, time, sizeof time);
    if (enter->u.call.fd >= 0)
        snprintf(out, room, narrow ? "%s(%d) %s" : _("%s(%d) blocked %s"), name, enter->u.call.fd, time);
    else
        snprintf(out, room, narrow ? "%s() %s" : _("%s() blocked %s"), name, time);
    return UI_WAITS;
}

/* Whom the call is about: the peer of its socket, of which a narrow pane shows the port; "" when there is none. */
static void peer_text(const struct ui_model *model, const struct lab_task *task, bool narrow, char *out, size_t room)
{
    const struct net_event *enter = task->enter == LAB_NONE ? NULL
                                                            : lab_journal_at(model->journal, (size_t)task->enter);
    int socket = enter && enter->u.call.fd >= 0 ? lab_socket_of(model->state, task->id, enter->u.call.fd) : LAB_NONE;
    const struct net_ev_sample *now = socket == LAB_NONE ? NULL : &model->state->sockets[socket].now;
    out[0] = '\0';
    if (now && now->remote_port && narrow)
        snprintf(out, room, ":%u", now->remote_port);
    else if (now && now->remote_port)
        net_address_text(now->remote_ip, now->remote_port, out, room);
}

static char letter_of(const struct ui_model *model, const struct lab_task *task)
{
    if (model->rewound || !model->session || !(task->alive || task->zombie))
        return ' ';
    char letter = net_task_state_letter(lab_session_engine(model->session)->actors, task->id);
    return letter ? letter : ' ';
}

static int draw_name(const struct ui_pane *pane, const struct ui_model *model, const struct ui_task_row *row,
                     const struct lab_task *task, int y, attr_t extra)
{
    const struct lab_actor *actor = &model->state->actors[row->actor];
    attr_t dim = ui_attr(UI_DIM) | extra;
    char text[96];
    int x = 0;
    if (!row->first) {
        ui_put(pane->window, y, 0, 2, dim, row->actor_last ? " " : ui_glyph(UI_TRUNK));
        x = 3;
    }
    bool last = row->first ? row->actor_last : row->last;
    ui_put(pane->window, y, x, 2, dim, ui_glyph(last ? UI_LAST_BRANCH : UI_BRANCH));
    const char *kind = !task                           ? ""
                       : task->kind == NET_TASK_CHILD  ? _("child")
                       : task->kind == NET_TASK_THREAD ? _("thread")
                       : actor->as_process             ? _("process")
                                                       : _("thread");
    int id = !task ? 0 : task->kind == NET_TASK_CHILD || (row->first && actor->as_process) ? task->pid : task->tid;
    if (row->first)
        snprintf(text, sizeof text, "%-6s %s %d", actor->name, kind, id);
    else
        snprintf(text, sizeof text, "%s %d", kind, id);
    ui_put(pane->window, y, x + 2, pane->columns - x - 2,
           ui_attr(actor->host == NET_CLIENT ? UI_CLIENT : UI_SERVER) | extra, text);
    int end = x + 2 + ui_text_width(text) + 1;
    if (pane->columns < NARROW)
        return end;
    return end > NAME_COLUMNS + 2 ? end : NAME_COLUMNS + 2;
}

/* "18 MB", "940 kB" */
static const char *memory_text(uint64_t bytes, char *out, size_t room)
{
    if (bytes >= UINT64_C(10) << 20)
        snprintf(out, room, "%d MB", (int)(bytes >> 20));
    else
        snprintf(out, room, "%d kB", (int)(bytes >> 10));
    return out;
}

/* Of the process that a task runs in, in so many columns: of the two numbers RSS tells more. "" when the kernel is not
 * to be asked, or no longer knows it, or there is no room. */
static const char *task_memory_text(const struct ui_model *model, uint32_t task, int columns, char *out, size_t room)
{
    struct net_task_memory memory;
    char vm[24], rss[24];
    out[0] = '\0';
    if (model->rewound || !model->session ||
        net_task_memory(lab_session_engine(model->session)->actors, task, &memory) != 0)
        return out;
    memory_text(memory.vm_bytes, vm, sizeof vm);
    memory_text(memory.rss_bytes, rss, sizeof rss);
    snprintf(out, room, "VmSize %s  RSS %s", vm, rss);
    if (ui_text_width(out) > columns)
        snprintf(out, room, "RSS %s", rss);
    if (ui_text_width(out) > columns)
        out[0] = '\0';
    return out;
}

static void draw_group(const struct ui_pane *pane, const struct ui_model *model, const struct ui_task_row *row, int y)
{
    const struct lab_task *task = &model->state->tasks[row->task];
    attr_t extra = pane->cursor == task->id ? ui_attr(UI_SELECTED) : 0;
    char text[160];
    ui_putf(pane->window, y, 0, pane->columns, extra, "%*s", pane->columns, "");
    ui_put(pane->window, y, 0, 2, ui_attr(UI_DIM) | extra, row->actor_last ? " " : ui_glyph(UI_TRUNK));
    ui_put(pane->window, y, 3, 2, ui_attr(UI_DIM) | extra, ui_glyph(row->last ? UI_LAST_BRANCH : UI_BRANCH));
    enum ui_meaning meaning = task->zombie ? UI_FAILED : task->alive ? UI_WAITS : UI_DIM;
    ui_put(pane->window, y, 5, pane->columns - 5, ui_attr(meaning) | extra,
           ui_task_group_text(model, row, text, sizeof text));
}

static void draw_row(const struct ui_pane *pane, const struct ui_model *model, const struct ui_task_row *row, int y)
{
    const struct lab_actor *actor = &model->state->actors[row->actor];
    const struct lab_task *task = row->task == LAB_NONE ? NULL : &model->state->tasks[row->task];
    bool chosen = task && pane->cursor == task->id;
    attr_t extra = chosen ? ui_attr(UI_SELECTED) : 0;
    bool narrow = pane->columns < NARROW;
    char text[240] = "", memory[64];
    if (row->count) {
        draw_group(pane, model, row, y);
        return;
    }
    if (chosen)
        ui_putf(pane->window, y, 0, pane->columns, extra, "%*s", pane->columns, "");
    int x = draw_name(pane, model, row, task, y, extra);
    if (!task)
        return;
    enum ui_meaning meaning = UI_DIM;
    bool alive = row->first ? actor->alive : task->alive;
    if (alive)
        meaning = doing_text(model, actor, task, narrow, text, sizeof text);
    else
        end_text(row->first ? &actor->end : &task->end, task->zombie, narrow, text, sizeof text);
    if (!alive && (task->end.how == NET_END_SIGNAL || task->zombie))
        meaning = UI_FAILED;
    ui_putf(pane->window, y, x, 1, ui_attr(UI_TEXT) | extra, "%c", letter_of(model, task));
    x += narrow ? 2 : 3;
    ui_put(pane->window, y, x, pane->columns - x, ui_attr(meaning) | extra, text);
    int end = x + ui_text_width(text) + 2;
    peer_text(model, task, narrow, text, sizeof text);
    if (alive && *text && end + ui_text_width(text) <= pane->columns)
        end += ui_put(pane->window, y, end, pane->columns - end, ui_attr(UI_DIM) | extra, text) + 2;
    if (alive && task->line && pane->columns - end >= 8)
        end += ui_putf(pane->window, y, end, pane->columns - end, ui_attr(UI_DIM) | extra, _("line %d"), task->line) +
               2;
    if (!alive || !row->first || !actor->as_process)
        return;
    if (*task_memory_text(model, task->id, pane->columns - end, memory, sizeof memory))
        ui_put_right(pane->window, y, end, pane->columns - end, ui_attr(UI_DIM) | extra, memory);
}

static size_t first_row(const struct ui_pane *pane, const struct ui_model *model, size_t count)
{
    long room = pane->rows - head_rows(pane, model);
    long most = (long)count > room ? (long)count - room : 0;
    return (size_t)(pane->top < 0 ? 0 : pane->top > most ? most : pane->top);
}

/* The lab's own line. Actors that are threads share its memory. */
static void draw_lab(const struct ui_pane *pane, const struct ui_model *model)
{
    char memory[64] = "";
    int end = 0;
    if (model->rewound || !model->session)
        end = ui_put(pane->window, 0, 0, pane->columns, ui_attr(UI_STRONG), "tcplab");
    else
        end = ui_putf(pane->window, 0, 0, pane->columns, ui_attr(UI_STRONG), "tcplab %d", (int)getpid());
    int room = pane->columns - end - 2;
    for (size_t a = 0; a < model->state->actor_count && !*memory; a++)
        if (model->state->actors[a].alive && !model->state->actors[a].as_process)
            task_memory_text(model, model->state->actors[a].first_task, room, memory, sizeof memory);
    if (!*memory)
        task_memory_text(model, 0, room, memory, sizeof memory);
    ui_put_right(pane->window, 0, end + 2, room, ui_attr(UI_DIM), memory);
}

/* Children and threads over time, and how many there are and were at most. */
static void draw_history(const struct ui_pane *pane, const struct ui_model *model, int y)
{
    static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char ascii[] = " .:-=+*#@";
    bool signs = (unsigned char)*ui_glyph(UI_VERTICAL) > 127; /* more than ASCII */
    struct counts c = count_tasks(model);
    int history[HISTORY_MOST], columns = pane->columns / 4;
    columns = columns < HISTORY_LEAST ? HISTORY_LEAST : columns > HISTORY_MOST ? HISTORY_MOST : columns;
    int most = ui_task_history(model, columns, history);
    char text[160], plain[2] = "";
    for (int x = 0; x < columns && most; x++) {
        int level = (history[x] * 8 + most - 1) / most;
        plain[0] = ascii[level];
        ui_put(pane->window, y, x, 1, ui_attr(UI_SERVER), signs ? bars[level] : plain);
    }
    if (c.children_most)
        snprintf(text, sizeof text, LAB_PLURAL(c.children, "%d child, at most %d", "%d children, at most %d"),
                 c.children, c.children_most);
    else
        snprintf(text, sizeof text, LAB_PLURAL(c.threads, "%d thread, at most %d", "%d threads, at most %d"), c.threads,
                 c.threads_most);
    ui_put(pane->window, y, columns + 2, pane->columns - columns - 2, ui_attr(UI_DIM), text);
}

static void tasks_draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_task_rows rows = ui_task_rows_make(model);
    int head = head_rows(pane, model);
    werase(pane->window);
    draw_lab(pane, model);
    if (head > 1)
        draw_history(pane, model, 1);
    if (!rows.count)
        ui_put(pane->window, head, 1, pane->columns - 2, ui_attr(UI_DIM), _("No actor: no program runs."));
    size_t first = first_row(pane, model, rows.count);
    for (int y = head; y < pane->rows && first + (size_t)(y - head) < rows.count; y++)
        draw_row(pane, model, &rows.row[first + (size_t)(y - head)], y);
    ui_task_rows_free(&rows);
}

static unsigned choose(struct ui_pane *pane, const struct ui_model *model, const struct ui_task_rows *rows, long at)
{
    if (!rows->count)
        return UI_NOTHING;
    at = at < 0 ? 0 : at >= (long)rows->count ? (long)rows->count - 1 : at;
    const struct ui_task_row *row = &rows->row[at];
    if (row->task == LAB_NONE)
        return UI_NOTHING;
    const struct lab_task *task = &model->state->tasks[row->task];
    pane->cursor = task->id;
    long first = (long)first_row(pane, model, rows->count), room = pane->rows - head_rows(pane, model);
    pane->top = at < first ? at : at >= first + room ? at - room + 1 : first;
    pane->wants_socket = model->selected_socket;
    pane->wants_event = task->enter != LAB_NONE         ? task->enter
                        : task->last_return != LAB_NONE ? task->last_return
                                                        : model->selected_event;
    return UI_SELECT | UI_REDRAW;
}

static unsigned move_cursor(struct ui_pane *pane, const struct ui_model *model, long by)
{
    struct ui_task_rows rows = ui_task_rows_make(model);
    long at = by > 0 ? -1 : (long)rows.count;
    for (size_t i = 0; i < rows.count && pane->cursor; i++)
        if (rows.row[i].task != LAB_NONE && model->state->tasks[rows.row[i].task].id == pane->cursor)
            at = (long)i;
    unsigned reaction = choose(pane, model, &rows, at + by);
    ui_task_rows_free(&rows);
    return reaction;
}

static unsigned tasks_key(struct ui_pane *pane, const struct ui_model *model, int key)
{
    switch (key) {
    case KEY_UP: return move_cursor(pane, model, -1);
    case KEY_DOWN: return move_cursor(pane, model, 1);
    case KEY_PPAGE: return move_cursor(pane, model, 1 - pane->rows);
    case KEY_NPAGE: return move_cursor(pane, model, pane->rows - 1);
    default: return UI_PASS;
    }
}

static unsigned tasks_mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)column;
    if (buttons & BUTTON4_PRESSED)
        return move_cursor(pane, model, -1);
    if (buttons & BUTTON5_PRESSED)
        return move_cursor(pane, model, 1);
    struct ui_task_rows rows = ui_task_rows_make(model);
    int head = head_rows(pane, model);
    long at = (long)first_row(pane, model, rows.count) + row - head;
    unsigned reaction = row >= head && at < (long)rows.count ? choose(pane, model, &rows, at) : UI_NOTHING;
    ui_task_rows_free(&rows);
    return reaction;
}

static bool tasks_concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind >= NET_EV_ACTOR_START && ev->kind <= NET_EV_SIGNAL;
}

static void tasks_status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t room)
{
    struct counts c = count_tasks(model);
    (void)pane;
    out[0] = '\0';
    if (c.children_most > 0)
        lab_append(out, room, _("children %d/%d "), c.children, c.children_most);
    if (c.zombies_most > 0)
        lab_append(out, room, _("zombies %d/%d "), c.zombies, c.zombies_most);
    if (c.threads_most > 0)
        lab_append(out, room, _("threads %d/%d "), c.threads, c.threads_most);
}

static const struct ui_key_help tasks_keys[] = {
    {.key = "Up Down", .what = N_("choose a task: its call and line are shown"), .moves = true},
    {.key = NULL},
};

const struct ui_view ui_view_tasks = {
    .name = "tasks",
    .title = "Processes and threads",
    .rows_least = 3,
    .columns_least = 36,
    .draw = tasks_draw,
    .key = tasks_key,
    .mouse = tasks_mouse,
    .concerns = tasks_concerns,
    .stale_ns = ui_blocked_stale_ns,
    .status = tasks_status,
    .keys = tasks_keys,
};
