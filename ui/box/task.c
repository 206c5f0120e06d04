// SPDX-License-Identifier: GPL-3.0-or-later
// One task: what there is to do, and how far the learner is with it.
//
//  ┌ 3.3 Task: reap ─────────────────────────────────────────── 1-20 of 84 ┐
//  │ Collect every child of a server that forks. ...                       │
//  │                                                                       │
//  │ Your file ─────────────────────────────────────────────────────────── │
//  │ /home/me/.local/share/tcplab/answers/3.3-reap/reap.c                  │
//  │                                                                       │
//  │ Judged ────────────────────────────────────────────────────────────── │   what `tcplab grade` has printed
//  │   ok      expect yours children 2                                     │
//  │   FAILED  expect yours children 1 zombie 0                            │
//  │   reason  after the first client, a child is left as a zombie: ...    │
//  │                                                                       │
//  │ Hints 1 of 3 ────────────────────────────────────────────────────────  │
//  │ 1. What does the kernel keep of a child that has ended?               │
//  │                                                                       │
//  │ Starter ────────────────────────────────────────────────────────────  │   of a mystery: the program that is wrong
//  │   1 #include <arpa/inet.h>                                            │
//  └ E edit  t try it  g grade  h hint  a answer  Enter on  Esc close ─────┘
//
// In a mystery digits make the number of a line, and g asks whether it goes wrong there.
#include "net/base/message.h"
#include "ui/box/task.h"

#include "lab/book/assignments.h"
#include "ui/draw/keys.h"

#include <stdio.h>
#include <string.h>

enum { READING_COLUMNS = 100, LINE_MOST = 9999 };

static struct ui_task *task_of(const struct ui_pane *pane)
{
    return pane->own;
}

static const struct lab_assignment *assignment_of(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct ui_task *task = task_of(pane);
    return &model->lessons->lessons[task->lesson].assignments[task->assignment];
}

static const struct lab_done *done_of(const struct ui_pane *pane, const struct ui_model *model)
{
    char key[80];
    return lab_progress_get(model->progress, model->lessons->lessons[task_of(pane)->lesson].number,
                            lab_assignment_key(assignment_of(pane, model), key, sizeof key));
}

static bool is_tried(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_done *done = done_of(pane, model);
    return done && done->run;
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static struct ui_page page_of(const struct ui_pane *pane)
{
    struct ui_page page = ui_page_measure(pane);
    if (page.columns > READING_COLUMNS) {
        page.left += (page.columns - READING_COLUMNS) / 2;
        page.columns = READING_COLUMNS;
    }
    return page;
}

/* Its paragraphs and lists: code of its text is the starter, which has a part of its own. */
static void put_text(struct ui_page *page, const struct lab_assignment *a)
{
    size_t i = 1;
    while (i < a->block_count) {
        size_t n = 0;
        while (i + n < a->block_count && a->blocks[i + n].kind != LAB_CODE)
            n++;
        ui_page_blocks(page, a->blocks + i, n);
        i += n + 1;
    }
}

/* Code, wrapped behind the numbers of its lines; one of them is marked. */
static void put_code(struct ui_page *page, const char *text, int marked)
{
    char line[512], number[16];
    for (int n = 1; *text; n++) {
        size_t bytes = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)bytes, text);
        snprintf(number, sizeof number, "%4d  ", n);
        ui_page_wrap(page, ui_attr(n == marked ? UI_SELECTED : UI_CODE), number, ui_attr(UI_DIM), line);
        text += bytes + (text[bytes] == '\n');
    }
}

/* What the judge has printed: a word in a column, and behind it what is wrapped; or a line by itself. */
static void put_said(struct ui_page *page, const char *text)
{
    enum { COLUMN = 10 };
    char line[2048], word[4 * COLUMN + 1];
    while (*text) {
        size_t bytes = strcspn(text, "\n"), column = ui_text_cut(text, bytes, COLUMN);
        size_t indent = *text == ' ' && bytes > column ? column : 0;
        snprintf(word, sizeof word, "%.*s", (int)indent, text);
        snprintf(line, sizeof line, "%.*s", (int)(bytes - indent), text + indent);
        ui_page_wrap(page, A_NORMAL, word, A_NORMAL, line);
        text += bytes + (text[bytes] == '\n');
    }
}

static void begin_part(struct ui_page *page, const char *title)
{
    ui_page_next(page);
    ui_page_rule(page, title);
}

static void put_file(struct ui_page *page, const struct ui_pane *pane, const struct ui_model *model)
{
    const struct ui_task *task = task_of(pane);
    const struct lab_done *done = done_of(pane, model);
    begin_part(page, !done || !done->run ? _("Your file")
                     : done->held        ? _("Your file: passed")
                                         : _("Your file: tried"));
    if (!*task->path)
        ui_page_wrap(page, A_NORMAL, "", A_NORMAL, _("Neither XDG_DATA_HOME nor HOME names a place for it."));
    else if (!task->has_file)
        ui_page_wrap(page, A_NORMAL, "", A_NORMAL,
                     _("There is none yet. E makes it of the starter below, and opens it:"));
    if (*task->path)
        ui_page_wrap(page, ui_attr(UI_CODE), "", A_NORMAL, task->path);
}

static void put_judged(struct ui_page *page, const struct ui_pane *pane)
{
    static const char *const titles[] = {[UI_TASK_PASSED] = N_("Judged: passed"),
                                         [UI_TASK_FAILED] = N_("Judged: failed"),
                                         [UI_TASK_NOT_JUDGED] = N_("It could not be judged")};
    const struct ui_task *task = task_of(pane);
    if (!task->said && !task->is_judging)
        return;
    begin_part(page, task->is_judging ? _("The judge is at work") : _(titles[task->verdict]));
    if (task->said)
        put_said(page, task->said);
}

static void put_hints(struct ui_page *page, const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_assignment *a = assignment_of(pane, model);
    char title[120], mark[24];
    if (task_of(pane)->hints == 0)
        return;
    snprintf(title, sizeof title, _("Hints %zu of %zu"), task_of(pane)->hints, a->hint_count);
    begin_part(page, title);
    for (size_t i = 0; i < task_of(pane)->hints; i++) {
        snprintf(mark, sizeof mark, "%zu. ", i + 1);
        ui_page_wrap(page, A_NORMAL, mark, ui_attr(UI_DIM), a->hints[i]);
    }
}

static void put_answer(struct ui_page *page, const struct ui_pane *pane, const struct ui_model *model)
{
    const struct lab_assignment *a = assignment_of(pane, model);
    if (!task_of(pane)->shows_answer)
        return;
    begin_part(page, _("A program that passes"));
    if (a->answer_text) {
        ui_page_wrap(page, A_NORMAL, "", A_NORMAL, a->answer_text);
        ui_page_next(page);
    }
    put_code(page, a->answer, 0);
}

/* Up to a part, which is not put itself. */
static void put_until(struct ui_page *page, const struct ui_pane *pane, const struct ui_model *model,
                      enum ui_task_part end)
{
    const struct lab_assignment *a = assignment_of(pane, model);
    char title[200];
    put_text(page, a);
    put_file(page, pane, model);
    if (end > UI_TASK_JUDGED)
        put_judged(page, pane);
    if (end > UI_TASK_HINTS)
        put_hints(page, pane, model);
    if (end > UI_TASK_MODEL)
        put_answer(page, pane, model);
    if (end <= UI_TASK_STARTER)
        return;
    if (task_of(pane)->line > 0)
        snprintf(title, sizeof title, _("The program: it goes wrong in line %d"), task_of(pane)->line);
    else
        snprintf(title, sizeof title, "%s",
                 a->is_mystery ? _("The program: in which line does it go wrong?") : _("Starter"));
    begin_part(page, title);
    put_code(page, a->starter, task_of(pane)->line);
}

static long measure(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = page_of(pane);
    put_until(&page, pane, model, UI_TASK_END);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = page_of(pane);
    page.window = pane->window;
    page.top = ui_scroll_top(pane, measure(pane, model));
    put_until(&page, pane, model, UI_TASK_END);
}

/* Scrolled so that a part is seen from its beginning. */
static void show_part(struct ui_pane *pane, const struct ui_model *model, enum ui_task_part part)
{
    struct ui_page page = page_of(pane);
    put_until(&page, pane, model, part);
    pane->top = page.row + 1;
    pane->top = ui_scroll_top(pane, measure(pane, model));
}

static void renew(struct ui_pane *pane, const struct ui_model *model)
{
    if (task_of(pane)->news > 0)
        show_part(pane, model, (enum ui_task_part)task_of(pane)->news);
    task_of(pane)->news = 0;
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

static bool has_more(const struct ui_pane *pane, const struct ui_model *model)
{
    long total = measure(pane, model);
    return ui_scroll_top(pane, total) + pane->rows < total;
}

static bool leads_on(const struct ui_pane *pane, const struct ui_model *model)
{
    return !has_more(pane, model);
}

static bool has_hint(const struct ui_pane *pane, const struct ui_model *model)
{
    return task_of(pane)->hints < assignment_of(pane, model)->hint_count;
}

static bool has_file(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)model;
    return task_of(pane)->has_file;
}

static bool can_grade(const struct ui_pane *pane, const struct ui_model *model)
{
    (void)model;
    return !task_of(pane)->is_judging && (task_of(pane)->has_file || task_of(pane)->line > 0);
}

static bool is_mystery(const struct ui_pane *pane, const struct ui_model *model)
{
    return assignment_of(pane, model)->is_mystery;
}

static unsigned wish(struct ui_pane *pane, enum ui_task_wish wanted)
{
    task_of(pane)->wish = wanted;
    return UI_TASK | UI_REDRAW;
}

static unsigned type_line(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    struct ui_task *task = task_of(pane);
    int line = pressed == KEY_BACKSPACE || pressed == 127 ? task->line / 10 : task->line * 10 + (pressed - '0');
    if (line <= LINE_MOST)
        task->line = line;
    show_part(pane, model, UI_TASK_STARTER);
    return UI_REDRAW;
}

static unsigned key_of_text(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    if (pressed == '\r' || pressed == KEY_ENTER) {
        if (!has_more(pane, model))
            return UI_CLOSE | UI_GO_ON;
        pressed = KEY_NPAGE;
    }
    if (pressed == ' ')
        pressed = KEY_NPAGE;
    if (pressed == 'b')
        pressed = KEY_PPAGE;
    return ui_scroll_key(pane, pressed, measure(pane, model), false);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    bool is_back = pressed == KEY_BACKSPACE || pressed == 127;
    if (is_mystery(pane, model) && ((pressed >= '0' && pressed <= '9') || (is_back && task_of(pane)->line > 0)))
        return type_line(pane, model, pressed);
    switch (pressed) {
    case 'E': return wish(pane, UI_TASK_EDIT);
    case 't': return wish(pane, UI_TASK_TRY);
    case 'g': return wish(pane, UI_TASK_GRADE);
    case 'a': return wish(pane, UI_TASK_ANSWER);
    case 'h':
        if (!has_hint(pane, model))
            return UI_NOTHING;
        task_of(pane)->hints++;
        show_part(pane, model, UI_TASK_HINTS);
        return UI_REDRAW;
    default: return key_of_text(pane, model, pressed);
    }
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, measure(pane, model), false);
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    const struct lab_assignment *a = assignment_of(pane, model);
    snprintf(out, out_bytes, a->is_mystery ? _("%s Mystery: %s") : _("%s Task: %s"),
             model->lessons->lessons[task_of(pane)->lesson].number, a->name);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long total = measure(pane, model);
    ui_scroll_status(pane, ui_scroll_top(pane, total), total, out, out_bytes);
}

static const struct ui_key_help keys[] = {{.key = "Enter", .what = N_("more"), .works = has_more},
                                          {.key = "Enter", .what = N_("on"), .works = leads_on},
                                          {.key = "E", .what = N_("edit")},
                                          {.key = "t", .what = N_("try in the lab"), .works = has_file},
                                          {.key = "g", .what = N_("grade"), .works = can_grade},
                                          {.key = "0-9", .what = N_("line"), .works = is_mystery},
                                          {.key = "h", .what = N_("hint"), .works = has_hint},
                                          {.key = "a", .what = N_("answer"), .works = is_tried},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_task = {
    .name = "task",
    .title = N_("Task"),
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .titled = titled,
    .status = status,
    .renew = renew,
    .keys = keys,
};
