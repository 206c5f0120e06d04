// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Source: the text of the program that runs, the line being executed lit.
 *
 *      56
 *      57     // Receive one message.
 *   >  58     ssize_t n = recv(client_fd, buffer, sizeof buffer - 1, 0);     server
 *      59     if (n < 0) {
 *
 * Shown is the program of the chosen call's actor, else of the actor that called last. It is the text that was compiled
 * into this lab, and it is the text that runs. A line is lit while a task is in a call of that line, or waits at its
 * gate before it; after the end, the last line called stays marked.
 */
#include "net/data/program.h"
#include "ui/view/pane.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_COLUMNS = 6 };

/* What is to be shown: a program, and the task whose line is followed. */
struct subject {
    const struct net_program *program;
    const struct lab_actor *actor;
    const struct lab_task *task;
};

static struct subject subject_of_task(const struct lab_state *state, const struct lab_task *task)
{
    const struct lab_actor *actor = task ? lab_actor_by_id(state, task->actor) : NULL;
    return (struct subject){actor && !actor->is_hand ? net_program_find(actor->program) : NULL, actor, task};
}

/* The task of a program that called most lately. */
static const struct lab_task *latest_task(const struct lab_state *state)
{
    const struct lab_task *latest = NULL;
    long latest_event = -1;
    for (size_t i = 0; i < state->task_count; i++) {
        const struct lab_task *task = &state->tasks[i];
        const struct lab_actor *actor = lab_actor_by_id(state, task->actor);
        long event = task->enter > task->last_return ? task->enter : task->last_return;
        if (actor && !actor->is_hand && (event > latest_event || !latest)) {
            latest = task;
            latest_event = event;
        }
    }
    return latest;
}

static struct subject find_subject(const struct ui_model *model)
{
    const struct net_event *ev = model->selected_event >= 0
                                     ? lab_journal_at(model->journal, (size_t)model->selected_event)
                                     : NULL;
    if (ev && ev->task) {
        struct subject chosen = subject_of_task(model->state, lab_task_by_id(model->state, ev->task));
        if (chosen.program)
            return chosen;
    }
    struct subject s = subject_of_task(model->state, latest_task(model->state));
    if (!s.program && model->lessons && model->lesson >= 0 && model->experiment >= 0) {
        const struct lab_lesson *lesson = &model->lessons->lessons[model->lesson];
        const char *name = (size_t)model->experiment < lesson->experiment_count
                               ? lesson->experiments[model->experiment].program
                               : NULL;
        s.program = name ? net_program_find(name) : NULL;
    }
    return s;
}

/* The line that the subject is at: of the chosen call, else of its present or last one. 0 none. */
static int line_of(const struct ui_model *model, const struct subject *s)
{
    const struct net_event *ev = model->selected_event >= 0
                                     ? lab_journal_at(model->journal, (size_t)model->selected_event)
                                     : NULL;
    if (ev && s->task && ev->task == s->task->id && (ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN))
        return ev->u.call.line;
    return s->task ? s->task->line : 0;
}

/* Names of all living tasks that are in a call at this line; false when none is. */
static bool who_is_at(const struct ui_model *model, const struct subject *s, int line, char *out, size_t room)
{
    int n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < model->state->task_count; i++) {
        const struct lab_task *task = &model->state->tasks[i];
        const struct lab_actor *actor = lab_actor_by_id(model->state, task->actor);
        if (!task->alive || task->line != line || !(task->enter != LAB_NONE || task->at_gate) || !actor ||
            net_program_find(actor->program) != s->program)
            continue;
        if (n++ == 0)
            snprintf(out, room, "%s", actor->name);
    }
    if (n > 1)
        snprintf(out, room, "%d tasks", n);
    return n > 0;
}

static int count_lines(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static const char *find_line(const char *text, int line)
{
    while (line > 1 && *text)
        line -= *text++ == '\n';
    return text;
}

/* Whether the byte at p lies in a block comment that began earlier; programs are plain enough for this. */
static bool in_block_comment(const char *text, const char *p)
{
    bool in = false;
    for (; text < p; text++) {
        if (!in && text[0] == '/' && text[1] == '*')
            in = true;
        else if (in && text[0] == '*' && text[1] == '/')
            in = false;
    }
    return in;
}

static void draw_code(const struct ui_pane *pane, const struct subject *s, const char *line, int y, attr_t extra)
{
    char text[320];
    size_t n = strcspn(line, "\n"), column = 0;
    size_t out = 0;
    for (size_t i = 0; i < n && out + 8 < sizeof text; i++) {
        if (line[i] == '\t')
            do
                text[out++] = ' ';
            while (++column % 8 && out + 8 < sizeof text);
        else
            text[out++] = line[i], column++;
    }
    text[out] = '\0';
    char *comment = in_block_comment(s->program->source, line) ? text : strstr(text, "//");
    if (!comment)
        comment = strstr(text, "/*");
    int x = NUMBER_COLUMNS, room = pane->columns - x;
    if (comment) {
        char kept = *comment;
        *comment = '\0';
        x += ui_put(pane->window, y, x, room, ui_attr(UI_TEXT) | extra, text);
        *comment = kept;
        ui_put(pane->window, y, x, pane->columns - x, ui_attr(UI_DIM) | extra, comment);
    } else {
        ui_put(pane->window, y, x, room, ui_attr(UI_TEXT) | extra, text);
    }
}

static void draw_line(const struct ui_pane *pane, const struct ui_model *model, const struct subject *s,
                      const char *line, int number, int at, int y)
{
    char who[32];
    bool runs = who_is_at(model, s, number, who, sizeof who);
    attr_t extra = runs ? ui_attr(UI_RUNNING) : number == at ? ui_attr(UI_SELECTED) : 0;
    if (extra)
        ui_putf(pane->window, y, 0, pane->columns, extra, "%*s", pane->columns, "");
    ui_put(pane->window, y, 0, 1, ui_attr(UI_RUNNING) | extra, runs || number == at ? ui_glyph(UI_POINTER) : " ");
    ui_putf(pane->window, y, 1, NUMBER_COLUMNS - 2, ui_attr(UI_DIM) | extra, "%4d", number);
    draw_code(pane, s, line, y, extra);
    int width = ui_text_width(who);
    if (runs && (int)strcspn(line, "\n") + NUMBER_COLUMNS + width + 2 < pane->columns)
        ui_put(pane->window, y, pane->columns - width, width,
               ui_attr(s->actor && s->actor->host == NET_CLIENT ? UI_CLIENT : UI_SERVER) | extra, who);
}

/* Where main() begins: what a reader wants to see before anything runs. */
static int main_line(const char *text)
{
    const char *found = strstr(text, "\nint main(");
    int line = 2;
    for (const char *p = text; found && p < found; p++)
        line += *p == '\n';
    return found ? line : 1;
}

static int first_line(const struct ui_pane *pane, const struct ui_model *model, const struct subject *s)
{
    int lines = count_lines(s->program->source);
    int at = line_of(model, s);
    int first = pane->top >= 0 ? (int)pane->top + 1 : at ? at - pane->rows / 2 : main_line(s->program->source);
    if (first > lines - pane->rows + 1)
        first = lines - pane->rows + 1;
    return first < 1 ? 1 : first;
}

static void source_draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct subject s = find_subject(model);
    werase(pane->window);
    if (!s.program) {
        ui_put(pane->window, 0, 1, pane->columns - 2, ui_attr(UI_DIM), "No program yet. A hand has no source:");
        ui_put(pane->window, 1, 1, pane->columns - 2, ui_attr(UI_DIM), "its calls are what you type.");
        return;
    }
    int number = first_line(pane, model, &s), at = line_of(model, &s);
    const char *line = find_line(s.program->source, number);
    for (int y = 0; y < pane->rows && *line; y++, number++) {
        draw_line(pane, model, &s, line, number, at, y);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
}

static unsigned scroll_by(struct ui_pane *pane, const struct ui_model *model, int by)
{
    struct subject s = find_subject(model);
    if (!s.program)
        return UI_NOTHING;
    int first = first_line(pane, model, &s) - 1 + by;
    int most = count_lines(s.program->source) - pane->rows;
    pane->top = first < 0 ? 0 : first > most ? (most < 0 ? 0 : most) : first;
    return UI_REDRAW;
}

static bool is_scrolled(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)model;
    return pane->top >= 0;
}

static unsigned follow(struct ui_pane *pane, const struct ui_model *model)
{
    if (!is_scrolled(pane, model))
        return UI_PASS;
    pane->top = -1;
    return UI_REDRAW;
}

static unsigned source_key(struct ui_pane *pane, const struct ui_model *model, int key)
{
    switch (key) {
    case KEY_UP: return scroll_by(pane, model, -1);
    case KEY_DOWN: return scroll_by(pane, model, 1);
    case KEY_PPAGE: return scroll_by(pane, model, -pane->rows);
    case KEY_NPAGE: return scroll_by(pane, model, pane->rows);
    case '\r':
    case KEY_ENTER: return follow(pane, model);
    default: return UI_PASS;
    }
}

static unsigned source_mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)row;
    (void)column;
    if (buttons & BUTTON4_PRESSED)
        return scroll_by(pane, model, -3);
    if (buttons & BUTTON5_PRESSED)
        return scroll_by(pane, model, 3);
    return UI_NOTHING;
}

static bool source_concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN || ev->kind == NET_EV_GATE ||
           ev->kind == NET_EV_TASK_END || ev->kind == NET_EV_ACTOR_END || ev->kind == NET_EV_NOTE;
}

static void source_status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t room)
{
    struct subject s = find_subject(model);
    (void)pane;
    if (s.program)
        snprintf(out, room, "%s.c ", s.program->name);
    else
        out[0] = '\0';
}

static const struct ui_key_help source_keys[] = {
    {.key = "Up Down", .what = "scroll", .moves = true},
    {.key = "Enter", .what = "follow the running line again", .code = '\r', .works = is_scrolled},
    {.key = NULL},
};

const struct ui_view ui_view_source = {
    .name = "source",
    .title = "Source",
    .rows_least = 3,
    .columns_least = 30,
    .draw = source_draw,
    .key = source_key,
    .mouse = source_mouse,
    .concerns = source_concerns,
    .status = source_status,
    .keys = source_keys,
};
