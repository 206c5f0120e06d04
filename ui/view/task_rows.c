// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of the tree of tasks (ui/view/task_rows.h).
/*
 * Tasks are chained by actor in one pass, so that a thousand children of one server cost a thousand steps. What a task
 * does is one small number: its call, or one of the words below; tasks of one kind and one number make a group.
 */
#include "ui/view/task_rows.h"

#include "lab/base/text.h"
#include "net/data/call.h"

#include <stdio.h>
#include <stdlib.h>

enum doing { ENDED = NET_CALL_COUNT, IS_ZOMBIE, AT_GATE, OWN_CODE, DOINGS };

struct chain {
    int head, tail, count;
};

struct maker {
    const struct ui_model *model;
    struct chain *chains; /* by actor */
    int *next;            /* by task */
    struct ui_task_rows rows;
};

static bool is_shown(const struct ui_model *model, bool alive, uint64_t end_ns)
{
    return alive || end_ns >= model->start_ns;
}

static int doing_of(const struct ui_model *model, const struct lab_task *task)
{
    if (!task->alive)
        return task->zombie ? IS_ZOMBIE : ENDED;
    if (task->at_gate)
        return AT_GATE;
    return task->enter == LAB_NONE ? OWN_CODE : lab_journal_at(model->journal, (size_t)task->enter)->u.call.call;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static void chain_tasks(struct maker *m)
{
    const struct lab_state *state = m->model->state;
    for (size_t a = 0; a < state->actor_count; a++)
        m->chains[a] = (struct chain){LAB_NONE, LAB_NONE, 0};
    for (size_t t = 0; t < state->task_count; t++) {
        const struct lab_task *task = &state->tasks[t];
        const struct lab_actor *actor = lab_actor_by_id(state, task->actor);
        if (!actor || task->id == actor->first_task || !is_shown(m->model, task->alive || task->zombie, task->end_ns))
            continue;
        struct chain *chain = &m->chains[actor - state->actors];
        *(chain->count++ ? &m->next[chain->tail] : &chain->head) = (int)t;
        m->next[t] = LAB_NONE;
        chain->tail = (int)t;
    }
}

static struct ui_task_row *add_row(struct maker *m, struct ui_task_row row)
{
    m->rows.row[m->rows.count] = row;
    return &m->rows.row[m->rows.count++];
}

static void add_single(struct maker *m, int actor, bool actor_last)
{
    for (int t = m->chains[actor].head; t != LAB_NONE; t = m->next[t])
        add_row(m, (struct ui_task_row){.actor = actor, .task = t, .actor_last = actor_last});
}

static void add_groups(struct maker *m, int actor, bool actor_last)
{
    int row_of[3][DOINGS] = {{0}}; /* by kind; one more than its index in rows */
    for (int t = m->chains[actor].head; t != LAB_NONE; t = m->next[t]) {
        const struct lab_task *task = &m->model->state->tasks[t];
        int *row = &row_of[task->kind < 3 ? task->kind : 0][doing_of(m->model, task)];
        if (*row == 0) {
            add_row(m, (struct ui_task_row){.actor = actor, .task = t, .actor_last = actor_last});
            *row = (int)m->rows.count;
        }
        m->rows.row[*row - 1].count++;
    }
}

static int index_of_task(const struct lab_state *state, uint32_t id)
{
    const struct lab_task *task = lab_task_by_id(state, id);
    return task ? (int)(task - state->tasks) : LAB_NONE;
}

static void add_actor(struct maker *m, int actor, bool actor_last)
{
    const struct lab_state *state = m->model->state;
    add_row(m, (struct ui_task_row){.actor = actor,
                                    .task = index_of_task(state, state->actors[actor].first_task),
                                    .first = true,
                                    .last = true,
                                    .actor_last = actor_last});
    size_t before = m->rows.count;
    if (m->chains[actor].count > UI_TASKS_SINGLE)
        add_groups(m, actor, actor_last);
    else
        add_single(m, actor, actor_last);
    if (m->rows.count > before)
        m->rows.row[m->rows.count - 1].last = true;
}

static int last_actor(const struct ui_model *model)
{
    int last = LAB_NONE;
    for (size_t a = 0; a < model->state->actor_count; a++)
        if (is_shown(model, model->state->actors[a].alive, model->state->actors[a].end_ns))
            last = (int)a;
    return last;
}

struct ui_task_rows ui_task_rows_make(const struct ui_model *model)
{
    const struct lab_state *state = model->state;
    struct maker m = {.model = model};
    m.rows.row = calloc(state->actor_count + state->task_count + 1, sizeof *m.rows.row);
    m.chains = calloc(state->actor_count + 1, sizeof *m.chains);
    m.next = calloc(state->task_count + 1, sizeof *m.next);
    if (m.rows.row && m.chains && m.next) {
        int last = last_actor(model);
        chain_tasks(&m);
        for (int a = 0; a <= last; a++)
            if (is_shown(model, state->actors[a].alive, state->actors[a].end_ns))
                add_actor(&m, a, a == last);
    }
    free(m.chains);
    free(m.next);
    return m.rows;
}

void ui_task_rows_free(struct ui_task_rows *rows)
{
    free(rows->row);
    *rows = (struct ui_task_rows){0};
}

static void thread_group_text(int doing, int n, char *out, size_t room)
{
    switch (doing) {
    case IS_ZOMBIE:
    case ENDED: snprintf(out, room, LAB_PLURAL(n, "%d thread ended", "%d threads ended"), n); break;
    case AT_GATE: snprintf(out, room, LAB_PLURAL(n, "%d thread at the gate", "%d threads at the gate"), n); break;
    case OWN_CODE:
        snprintf(out, room, LAB_PLURAL(n, "%d thread in its own code", "%d threads in their own code"), n);
        break;
    default:
        snprintf(out, room, LAB_PLURAL(n, "%d thread in %s", "%d threads in %s"), n,
                 net_call_row((unsigned)doing)->name);
    }
}

static void child_group_text(int doing, int n, char *out, size_t room)
{
    switch (doing) {
    case IS_ZOMBIE: snprintf(out, room, LAB_PLURAL(n, "%d zombie", "%d zombies"), n); break;
    case ENDED: snprintf(out, room, LAB_PLURAL(n, "%d child ended", "%d children ended"), n); break;
    case AT_GATE: snprintf(out, room, LAB_PLURAL(n, "%d child at the gate", "%d children at the gate"), n); break;
    case OWN_CODE:
        snprintf(out, room, LAB_PLURAL(n, "%d child in its own code", "%d children in their own code"), n);
        break;
    default:
        snprintf(out, room, LAB_PLURAL(n, "%d child in %s", "%d children in %s"), n,
                 net_call_row((unsigned)doing)->name);
    }
}

const char *ui_task_group_text(const struct ui_model *model, const struct ui_task_row *row, char *out, size_t out_bytes)
{
    const struct lab_task *task = &model->state->tasks[row->task];
    if (task->kind == NET_TASK_THREAD)
        thread_group_text(doing_of(model, task), row->count, out, out_bytes);
    else
        child_group_text(doing_of(model, task), row->count, out, out_bytes);
    return out;
}

/* ---- history ----------------------------------------------------------------------------------------------------- */

struct change {
    uint64_t time_ns;
    int by;
};

static int by_time(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns ? 1 : x->by - y->by;
}

static size_t collect(const struct ui_model *model, struct change *changes)
{
    size_t count = 0;
    for (size_t t = 0; t < model->state->task_count; t++) {
        const struct lab_task *task = &model->state->tasks[t];
        if (task->kind == NET_TASK_MAIN || task->start_ns < model->start_ns)
            continue;
        changes[count++] = (struct change){task->start_ns, 1};
        if (!task->alive)
            changes[count++] = (struct change){task->end_ns, -1};
    }
    qsort(changes, count, sizeof *changes, by_time);
    return count;
}

int ui_task_history(const struct ui_model *model, int columns, int *out)
{
    struct change *changes = calloc(2 * model->state->task_count + 1, sizeof *changes);
    size_t count = changes ? collect(model, changes) : 0;
    uint64_t begin_ns = count ? changes[0].time_ns : 0,
             length_ns = count ? changes[count - 1].time_ns - begin_ns + 1 : 1;
    int now = 0, most = 0, at = 0;
    for (int i = 0; i < columns; i++)
        out[i] = 0;
    for (size_t i = 0; i < count && columns > 0; i++) {
        int column = (int)((double)(changes[i].time_ns - begin_ns) * columns / (double)length_ns);
        for (column = column < columns ? column : columns - 1; at < column;)
            out[++at] = now;
        now += changes[i].by;
        out[at] = now > out[at] ? now : out[at];
        most = now > most ? now : most;
    }
    free(changes);
    return most;
}
