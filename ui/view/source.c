// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Source: the text of the program that runs, the line being executed lit.
 *
 *      56
 *      57     // Receive one message.
 *   >  58     ssize_t n = recv(client_fd, buffer, sizeof buffer - 1, 0);     server
 *      59     if (n < 0) {
 *
 * Shown is the program of the chosen call's actor, else of the actor that called last. Of a chapter program it is the
 * text that was compiled into this lab, and that runs, with its comments in the learner's language; of a learner's it
 * is the file on the disk, as it is now. What the compiler says of a line stands below it; what does not compile is
 * shown at its first error. A line is lit while a task is in a call of that line, or waits at its gate before it; after
 * the end, the last line called stays marked. What a narrow pane cuts of that line goes on below.
 */
#include "lab/base/text.h"
#include "lab/explain/event_line.h"
#include "net/base/message.h"
#include "net/data/program.h"
#include "ui/view/source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NUMBER_COLUMNS = 6, REST_LEAST = 20 };

/* What is to be shown: a text, and the task whose line is followed. */
struct subject {
    const char *text; /* NULL: there is none, and why_not says why */
    char name[64], why_not[800];
    const struct net_program *program; /* a chapter program's */
    uint16_t file;                     /* an own program's (net_ev_file) */
    int line;                          /* where it is at; 0: nowhere */
    bool is_c;                         /* its comments are C's */
    const struct lab_actor *actor;
    const struct lab_task *task;
};

/* The file that was read last: pane->own. */
struct file_text {
    char path[1024];
    char *text;
    struct timespec changed;
};

enum { FILE_BYTES_MOST = 4 << 20 };

static int source_open(struct ui_pane *pane, const struct ui_model *model)
{
    (void)model;
    pane->own = calloc(1, sizeof(struct file_text));
    return pane->own ? 0 : -1;
}

static void source_close(struct ui_pane *pane)
{
    struct file_text *kept = pane->own;
    if (kept)
        free(kept->text);
    free(kept);
    pane->own = NULL;
}

/* The whole file as text, as it is on the disk now; NULL: it cannot be read. */
static const char *read_file(struct file_text *kept, const char *path)
{
    struct stat now;
    FILE *file = kept && stat(path, &now) == 0 && S_ISREG(now.st_mode) ? fopen(path, "re") : NULL;
    if (!file)
        return NULL;
    bool is_same = kept->text && strcmp(kept->path, path) == 0 && kept->changed.tv_sec == now.st_mtim.tv_sec &&
                   kept->changed.tv_nsec == now.st_mtim.tv_nsec;
    size_t size = now.st_size < FILE_BYTES_MOST ? (size_t)now.st_size : FILE_BYTES_MOST;
    char *text = is_same ? NULL : malloc(size + 1);
    if (text) {
        size = fread(text, 1, size, file);
        text[size] = '\0';
        free(kept->text);
        kept->text = text;
        kept->changed = now.st_mtim;
        snprintf(kept->path, sizeof kept->path, "%s", path);
    }
    fclose(file);
    return is_same || text ? kept->text : NULL;
}

static bool is_like_c(const char *path)
{
    static const char *const endings[] = {".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".rs", ".go", ".java"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* ---- whose text -------------------------------------------------------------------------------------------------- */

static void take_program(struct subject *s, const struct net_program *program)
{
    s->program = program;
    s->text = program ? net_program_text(program) : NULL;
    s->is_c = true;
    if (program)
        snprintf(s->name, sizeof s->name, "%s.c", program->name);
}

static void take_file(const struct ui_pane *pane, const struct ui_model *model, struct subject *s, unsigned file)
{
    char path[1024];
    s->file = (uint16_t)file;
    if (!lab_file_path(model->state, model->journal, file, path, sizeof path))
        return;
    s->text = read_file(pane->own, path);
    s->is_c = is_like_c(path);
    snprintf(s->name, sizeof s->name, "%s", lab_base_name(path));
    if (!s->text)
        snprintf(s->why_not, sizeof s->why_not, _("%.280s cannot be read here."), path);
}

static const struct net_event *selected(const struct ui_model *model)
{
    return model->selected_event >= 0 ? lab_journal_at(model->journal, (size_t)model->selected_event) : NULL;
}

static bool is_call(const struct net_event *ev)
{
    return ev->kind == NET_EV_CALL_ENTER || ev->kind == NET_EV_CALL_RETURN;
}

/* The place of the chosen event, if it is the task's; else of its present or last call. */
static void place_of(const struct ui_model *model, const struct lab_task *task, int *line, unsigned *file)
{
    const struct net_event *ev = selected(model);
    bool chosen = ev && task && ev->task == task->id;
    *line = task ? task->line : 0;
    *file = task ? task->file : 0;
    if (chosen && is_call(ev)) {
        *line = ev->u.call.line;
        *file = ev->u.call.file;
    } else if (chosen && ev->kind == NET_EV_OUTPUT) {
        *line = ev->u.output.line;
        *file = ev->u.output.file;
    } else if (chosen && ev->kind == NET_EV_SIGNAL && ev->u.signal.file) {
        *line = ev->u.signal.line;
        *file = ev->u.signal.file;
    }
}

/* An own program without lines: what its IMAGE says is all there is. */
static void say_no_lines(const struct ui_model *model, struct subject *s)
{
    const struct net_event *image = s->actor->image == LAB_NONE
                                        ? NULL
                                        : lab_journal_at(model->journal, (size_t)s->actor->image);
    snprintf(s->name, sizeof s->name, "%s", s->actor->program);
    if (image && image->u.image.lines != NET_LINES)
        lab_image_text(image, s->why_not, sizeof s->why_not);
    else
        snprintf(s->why_not, sizeof s->why_not, _("%s has made no call of its own yet: no line is known."),
                 s->actor->program);
}

static struct subject subject_of_task(const struct ui_pane *pane, const struct ui_model *model,
                                      const struct lab_task *task)
{
    const struct lab_actor *actor = task ? lab_actor_by_id(model->state, task->actor) : NULL;
    struct subject s = {.actor = actor, .task = task};
    unsigned file;
    if (!actor || actor->is_hand)
        return s;
    place_of(model, task, &s.line, &file);
    if (!actor->is_own)
        take_program(&s, net_program_find(actor->program));
    else if (file)
        take_file(pane, model, &s, file);
    else
        say_no_lines(model, &s);
    return s;
}

/* What does not compile: where its first error is. */
static bool find_error(const struct ui_pane *pane, const struct ui_model *model, struct subject *s)
{
    const struct lab_state *state = model->state;
    for (long i = state->diagnostic_first; i != LAB_NONE && i <= state->diagnostic_last; i++) {
        const struct net_event *ev = lab_journal_at(model->journal, (size_t)i);
        if (ev->kind != NET_EV_DIAGNOSTIC || ev->u.diagnostic.severity != NET_ERROR || !ev->u.diagnostic.file)
            continue;
        *s = (struct subject){.line = ev->u.diagnostic.line};
        take_file(pane, model, s, ev->u.diagnostic.file);
        return true;
    }
    return false;
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

static struct subject find_subject(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct net_event *ev = selected(model);
    struct subject s;
    if (ev && ev->task) {
        s = subject_of_task(pane, model, lab_task_by_id(model->state, ev->task));
        if (s.text)
            return s;
    }
    if (!ev && find_error(pane, model, &s))
        return s;
    s = subject_of_task(pane, model, latest_task(model->state));
    if (!s.text && !*s.why_not && model->lessons && model->lesson >= 0 && model->experiment >= 0) {
        const struct lab_lesson *lesson = &model->lessons->lessons[model->lesson];
        const char *name = (size_t)model->experiment < lesson->experiment_count
                               ? lesson->experiments[model->experiment].program
                               : NULL;
        if (name)
            take_program(&s, net_program_find(name));
    }
    if (!s.text && !*s.why_not && model->tried_file && (s.text = read_file(pane->own, model->tried_file)) != NULL) {
        s.is_c = is_like_c(model->tried_file);
        snprintf(s.name, sizeof s.name, "%s", lab_base_name(model->tried_file));
    }
    return s;
}

bool ui_source_place(const struct ui_pane *pane, const struct ui_model *model, struct ui_source_place *out)
{
    struct subject s = find_subject(pane, model);
    if (!s.text || !s.file || !lab_file_path(model->state, model->journal, s.file, out->path, sizeof out->path))
        return false;
    out->line = s.line;
    return true;
}

/* Whether the task's line is one of the text that is shown. */
static bool is_of(const struct subject *s, const struct lab_actor *actor, const struct lab_task *task)
{
    return s->program ? !actor->is_own && net_program_find(actor->program) == s->program
                      : actor->is_own && task->file == s->file;
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
            !is_of(s, actor, task))
            continue;
        if (n++ == 0)
            snprintf(out, room, "%s", actor->name);
    }
    if (n > 1)
        snprintf(out, room, _("%d tasks"), n);
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

/* A line of the source, tabs as blanks. */
static void line_text(const char *line, char *text, size_t text_bytes)
{
    size_t n = strcspn(line, "\n"), column = 0, out = 0;
    for (size_t i = 0; i < n && out + 8 < text_bytes; i++) {
        if (line[i] == '\t')
            do
                text[out++] = ' ';
            while (++column % 8 && out + 8 < text_bytes);
        else
            text[out++] = (unsigned char)line[i] < ' ' || line[i] == 127 ? '?' : line[i], column++;
    }
    text[out] = '\0';
}

static void draw_code(const struct ui_pane *pane, const struct subject *s, const char *line, int y, attr_t extra)
{
    char text[320];
    line_text(line, text, sizeof text);
    char *comment = !s->is_c ? NULL : in_block_comment(s->text, line) ? text : strstr(text, "//");
    if (!comment && s->is_c)
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
    char who[64];
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

/* What the pane has cut of the line that is marked goes on below it. Rows taken. */
static int draw_rest(const struct ui_pane *pane, const char *line, int y)
{
    char text[320];
    int room = pane->columns - NUMBER_COLUMNS;
    line_text(line, text, sizeof text);
    if (y >= pane->rows || room < REST_LEAST || ui_text_width(text) <= room)
        return 0;
    size_t at = ui_text_fit(text, strlen(text), room - 1), all = strlen(text), blanks = strspn(text, " ");
    int indent = (int)blanks + 4 < room / 2 ? (int)blanks + 4 : 4, rows = 0;
    for (size_t n; at < all && y + rows < pane->rows; at += n, rows++) {
        n = ui_text_fit(text + at, all - at, room - indent);
        ui_putn(pane->window, y + rows, NUMBER_COLUMNS + indent, room - indent, ui_attr(UI_TEXT), text + at, n);
    }
    return rows;
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
    int lines = count_lines(s->text);
    int at = s->line;
    int first = pane->top >= 0 ? (int)pane->top + 1 : at ? at - pane->rows / 2 : main_line(s->text);
    (void)model;
    if (first > lines - pane->rows + 1)
        first = lines - pane->rows + 1;
    return first < 1 ? 1 : first;
}

/* What the compiler says of this line, below it. Returns how many rows it took. */
static int draw_diagnostics(const struct ui_pane *pane, const struct ui_model *model, const struct subject *s,
                            int number, int y)
{
    const struct lab_state *state = model->state;
    int rows = 0;
    for (long i = state->diagnostic_first; s->file && i != LAB_NONE && i <= state->diagnostic_last; i++) {
        const struct net_event *ev = lab_journal_at(model->journal, (size_t)i);
        const struct net_ev_diagnostic *d = &ev->u.diagnostic;
        if (ev->kind != NET_EV_DIAGNOSTIC || d->file != s->file || d->line != number || d->severity == NET_NOTE ||
            y + rows >= pane->rows)
            continue;
        ui_putf(pane->window, y + rows, NUMBER_COLUMNS, pane->columns - NUMBER_COLUMNS,
                ui_attr(d->severity == NET_ERROR ? UI_FAILED : UI_WAITS), "%s: %.*s", net_severity_name(d->severity),
                (int)ev->data_bytes, ev->data_bytes ? (const char *)ev->data : "");
        rows++;
    }
    return rows;
}

static void draw_why_not(const struct ui_pane *pane, const struct subject *s)
{
    struct ui_page page = ui_page_of(pane, 0);
    if (*s->why_not) {
        ui_page_wrap(&page, ui_attr(UI_DIM), "", 0, s->why_not);
        return;
    }
    ui_put(pane->window, 0, 1, pane->columns - 2, ui_attr(UI_DIM), _("No program yet. A hand has no source:"));
    ui_put(pane->window, 1, 1, pane->columns - 2, ui_attr(UI_DIM), _("its calls are what you type."));
}

static void source_draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct subject s = find_subject(pane, model);
    werase(pane->window);
    if (!s.text) {
        draw_why_not(pane, &s);
        return;
    }
    int number = first_line(pane, model, &s);
    const char *line = find_line(s.text, number);
    for (int y = 0; y < pane->rows && *line; y++, number++) {
        draw_line(pane, model, &s, line, number, s.line, y);
        if (number == s.line)
            y += draw_rest(pane, line, y + 1);
        y += draw_diagnostics(pane, model, &s, number, y + 1);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
}

static unsigned scroll_by(struct ui_pane *pane, const struct ui_model *model, int by)
{
    struct subject s = find_subject(pane, model);
    if (!s.text)
        return UI_NOTHING;
    int first = first_line(pane, model, &s) - 1 + by;
    int most = count_lines(s.text) - pane->rows;
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
           ev->kind == NET_EV_DIAGNOSTIC || ev->kind == NET_EV_IMAGE || ev->kind == NET_EV_TASK_END ||
           ev->kind == NET_EV_ACTOR_END || ev->kind == NET_EV_NOTE;
}

static void source_status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t room)
{
    struct subject s = find_subject(pane, model);
    snprintf(out, room, *s.name ? "%s " : "%s", s.name);
}

static const struct ui_key_help source_keys[] = {
    {.key = "Up Down", .what = N_("scroll"), .moves = true},
    {.key = "Enter", .what = N_("follow the running line again"), .code = '\r', .works = is_scrolled},
    {.key = NULL},
};

const struct ui_view ui_view_source = {
    .name = "source",
    .title = "Source",
    .rows_least = 3,
    .columns_least = 30,
    .open = source_open,
    .close = source_close,
    .draw = source_draw,
    .key = source_key,
    .mouse = source_mouse,
    .concerns = source_concerns,
    .status = source_status,
    .keys = source_keys,
};
