// SPDX-License-Identifier: GPL-3.0-or-later
// A slide: what a class sees of a lesson, one thing at a time.
//
//  ┌ Votes ────────────────────────────────────────────────── 15 votes ┐
//  │ The client calls close(). What does recv() return at the server?  │
//  │                                                                   │
//  │ a  0                         ████████████ 12                      │   a choice, and how many are for it
//  │ b  -1 ECONNRESET             ███ 3                                │
//  └───────────────────────────────────────────────────────────────────┘
//  ┌ Run ──────────────────────────────────────────────────────────────┐
//  │   hand c1                                                         │   the script so far
//  │   The client says goodbye now.                                    │   what stands as a comment above a line
//  │ ▸ c1 close                                                        │   the line that comes next
//  └───────────────────────────────────────────────────────────────────┘   below it the wire and the calls
//  ┌ Result ───────────────────────────────────────────────── 15 votes ┐
//  │ ✓ a  0                       ████████████ 12                      │   what the kernel made true
//  │   b  -1 ECONNRESET           ███ 3                                │
//  │ ✓ 12 of 15 were right.                                            │
//  │ ✗ b  RST comes when something was left unread.                    │   why a choice is wrong that has votes
//  └───────────────────────────────────────────────────────────────────┘
//
// Expectations are not shown while it runs: they would give the answer away. A text stands in a column no wider than is
// good to read, and turns its pages.
#include "ui/view/present.h"

#include "lab/base/text.h"
#include "lab/book/way.h"
#include "ui/view/subject.h"

#include <stdio.h>
#include <string.h>

enum { READING_COLUMNS = 84, CHOICE_SHARE = 58, COUNT_COLUMNS = 8, BAR_LEAST = 4, LINE_BYTES = 300 };

static const char *const names[UI_SLIDES] = {
    [UI_SLIDE_TEXT] = N_("Text"), [UI_SLIDE_QUESTION] = N_("Question"), [UI_SLIDE_CHOICES] = N_("Votes"),
    [UI_SLIDE_RUN] = N_("Run"),   [UI_SLIDE_RESULT] = N_("Result"),     [UI_SLIDE_WHY] = N_("Why"),
};

const char *ui_slide_name(enum ui_slide slide)
{
    return _(names[slide]);
}

unsigned ui_votes_all(const struct ui_present *p)
{
    unsigned all = 0;
    for (int i = 0; i < UI_VOTE_CHOICES; i++)
        all += p->votes[i];
    return all;
}

int ui_votes_most(const struct ui_present *p)
{
    int most = 0;
    for (int i = 1; i < UI_VOTE_CHOICES; i++)
        if (p->votes[i] > p->votes[most])
            most = i;
    for (int i = 0; i < UI_VOTE_CHOICES; i++)
        if (i != most && p->votes[i] == p->votes[most])
            return -1;
    return most;
}

static const struct lab_lesson *lesson_of(const struct ui_model *model)
{
    return model->lesson >= 0 ? &model->lessons->lessons[model->lesson] : NULL;
}

static const struct lab_experiment *experiment_of(const struct ui_model *model)
{
    return model->experiment >= 0 ? &lesson_of(model)->experiments[model->experiment] : NULL;
}

/* ---- choices and votes ------------------------------------------------------------------------------------------ */

/* One cell for each vote, or all bars shorter in proportion. */
static int bar_cells(const struct ui_present *p, int choice, int room)
{
    unsigned most = 0;
    for (int i = 0; i < UI_VOTE_CHOICES; i++)
        most = p->votes[i] > most ? p->votes[i] : most;
    if (most <= (unsigned)room)
        return (int)p->votes[choice];
    return (int)(((uint64_t)p->votes[choice] * (unsigned)room + most / 2) / most);
}

static void put_bar(struct ui_page *page, const struct ui_present *p, int choice, int column, attr_t attr)
{
    int room = page->columns - column - COUNT_COLUMNS;
    if (room < BAR_LEAST || ui_votes_all(p) == 0)
        return;
    int cells = bar_cells(p, choice, room);
    for (int i = 0; i < cells; i++)
        ui_page_put(page, column + i, attr, ui_glyph(UI_BAR));
    ui_page_putf(page, column + cells + (cells > 0), attr, "%u", p->votes[choice]);
}

/* Revealed: ✓ what the kernel made true. The bar stands beside the first row of its choice. */
static void put_choice(struct ui_page *page, const struct ui_model *model, int i, bool revealed)
{
    const struct lab_question *q = model->question;
    bool is_answer = revealed && q->answer == i;
    attr_t attr = is_answer ? ui_attr(UI_OPEN) : A_NORMAL;
    struct ui_page text = *page;
    char mark[24];
    text.columns = page->columns * CHOICE_SHARE / 100;
    snprintf(mark, sizeof mark, "%s %c  ", is_answer ? ui_glyph(UI_TICK) : " ", 'a' + i);
    put_bar(page, model->present, i, text.columns + 2, is_answer ? ui_attr(UI_OPEN) : ui_attr(UI_STRONG));
    ui_page_wrap(&text, attr, mark, is_answer ? attr : ui_attr(UI_KEY), q->choice[i].text);
    page->row = text.row;
}

static void put_choices(struct ui_page *page, const struct ui_model *model, bool revealed)
{
    const struct lab_question *q = model->question;
    ui_page_wrap(page, ui_attr(UI_STRONG), "", A_NORMAL, q->text);
    ui_page_next(page);
    for (int i = 0; i < (int)q->choice_count; i++)
        put_choice(page, model, i, revealed);
}

static void put_votes_right(struct ui_page *page, const struct ui_model *model)
{
    unsigned all = ui_votes_all(model->present), right = model->present->votes[model->question->answer];
    char text[160];
    if (all == 0)
        return;
    snprintf(text, sizeof text, LAB_PLURAL(right, "%u of %u was right.", "%u of %u were right."), right, all);
    ui_page_next(page);
    ui_page_line(page, ui_attr(UI_STRONG), text);
}

/* Why each choice is wrong that somebody is for: it is about what the class thought, and Why is about what happened. */
static void put_because(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_question *q = model->question;
    for (int i = 0; i < (int)q->choice_count; i++) {
        char mark[24];
        if (i == q->answer || !model->present->votes[i] || !*q->choice[i].because)
            continue;
        snprintf(mark, sizeof mark, "%s %c  ", ui_glyph(UI_BALLOT), 'a' + i);
        ui_page_wrap(page, A_NORMAL, mark, ui_attr(UI_FAILED), q->choice[i].because);
    }
}

/* As many as were asked for. */
static void put_hints(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_question *q = model->question;
    for (size_t i = 0; i < model->hints && i < q->hint_count; i++) {
        ui_page_next(page);
        ui_page_wrap(page, ui_attr(UI_WAITS), _("Hint  "), ui_attr(UI_DIM), q->hint[i]);
    }
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

/* The comment right above a line, as what is said of it. */
static void put_narration(struct ui_page *page, const struct lab_experiment *experiment, int number)
{
    const char *line;
    int bytes, first = number;
    char text[LINE_BYTES];
    while ((line = lab_experiment_line(experiment, first - 1, &bytes)) && line[strspn(line, " \t")] == '#')
        first--;
    for (; first < number && (line = lab_experiment_line(experiment, first, &bytes)); first++) {
        snprintf(text, sizeof text, "%.*s", bytes, line);
        ui_page_wrap(page, ui_attr(UI_TITLE), "  ", A_NORMAL, text + strspn(text, " \t#"));
    }
}

static void put_next_line(struct ui_page *page, const struct ui_model *model)
{
    char text[LINE_BYTES], mark[16];
    int bytes;
    const char *line = lab_experiment_line(experiment_of(model), model->script_line, &bytes);
    if (!line)
        return;
    put_narration(page, experiment_of(model), model->script_line);
    snprintf(text, sizeof text, "%.*s", bytes, line);
    snprintf(mark, sizeof mark, "%s ", ui_glyph(UI_POINTER));
    ui_page_wrap(page, ui_attr(UI_STRONG), mark, ui_attr(UI_WAITS), text);
}

bool ui_present_tells(const struct net_event *ev)
{
    return ev && ev->kind == NET_EV_NOTE && ev->u.note.kind == LAB_NOTE_COMMAND &&
           (!lab_command_id_asks(ev->u.note.command) || ev->u.note.command == LAB_COMMAND_WAIT);
}

/* The command of a saved run that comes next. */
static void put_next_saved(struct ui_page *page, const struct ui_model *model)
{
    char text[LINE_BYTES], mark[16];
    for (size_t i = model->moment; i < model->present->end; i++) {
        const struct net_event *ev = lab_journal_at(model->journal, i);
        if (!ui_present_tells(ev))
            continue;
        snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
        snprintf(mark, sizeof mark, "%s ", ui_glyph(UI_POINTER));
        ui_page_wrap(page, ui_attr(UI_STRONG), mark, ui_attr(UI_WAITS), text);
        return;
    }
}

static void put_run(struct ui_page *page, const struct ui_model *model)
{
    char text[LINE_BYTES];
    bool over = model->saved ? model->moment >= model->present->end
                             : model->script == LAB_SCRIPT_DONE || model->script == LAB_SCRIPT_FAILED;
    for (size_t i = model->first_event; i < model->state->applied; i++) {
        const struct net_event *ev = lab_journal_at(model->journal, i);
        if (!ui_present_tells(ev))
            continue;
        snprintf(text, sizeof text, "%.*s", (int)ev->data_bytes, (const char *)ev->data);
        /* The lines of a saved run have the numbers of another file. */
        if (experiment_of(model) && ev->u.note.flags == LAB_FROM_SCRIPT && !model->saved)
            put_narration(page, experiment_of(model), (int)ev->u.note.id);
        ui_page_wrap(page, ui_attr(UI_CODE), "  ", A_NORMAL, text);
    }
    if (model->script == LAB_SCRIPT_PAUSED && !model->rewound)
        put_next_line(page, model);
    if (model->saved && !over)
        put_next_saved(page, model);
    if (over)
        ui_page_line(page, ui_attr(UI_DIM), _("That was the run."));
}

/* ---- the result ------------------------------------------------------------------------------------------------- */

static void put_last_error(struct ui_page *page, const struct ui_model *model)
{
    char text[1400];
    if (!ui_last_error(model, text, sizeof text))
        return;
    ui_page_next(page);
    ui_page_wrap(page, ui_attr(UI_FAILED), _("Last error  "), ui_attr(UI_DIM), text);
}

static void put_result(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_question *q = model->question;
    if (q) {
        put_choices(page, model, true);
        if (q->answer >= 0) {
            put_votes_right(page, model);
            put_because(page, model);
        }
    }
    put_last_error(page, model);
    ui_page_next(page);
    if (model->script_skipped)
        ui_page_wrap(page, ui_attr(UI_WAITS), "", A_NORMAL,
                     _("Skipped: this experiment needs the wire, and this lab runs on the machine's own loopback."));
    else if (model->script_error && model->script_error->text[0])
        ui_page_wrap(page, ui_attr(UI_FAILED), "", A_NORMAL, model->script_error->text);
    else if (model->expect_held > 0)
        ui_page_putf(page, 0, ui_attr(UI_DIM),
                     LAB_PLURAL(model->expect_held, "%s %u expectation held", "%s %u expectations held"),
                     ui_glyph(UI_TICK), model->expect_held);
    ui_page_next(page);
}

/* ---- slides ----------------------------------------------------------------------------------------------------- */

/* With the notes for teachers only where --notes asks for them: `tcplab notes` has them beside the class. */
static void put_station(struct ui_page *page, const struct lab_lesson *lesson, struct lab_station station)
{
    ui_page_blocks(page, lesson->blocks + station.first_block, station.block_count);
}

static void put_text(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    const struct lab_experiment *experiment = experiment_of(model);
    if (!experiment) {
        put_station(page, lesson, lab_way_station(lesson, model->present->station));
        return;
    }
    ui_page_wrap(page, ui_attr(UI_STRONG), "", A_NORMAL, experiment->title);
    ui_page_next(page);
    put_station(page, lesson, lab_way_before(lesson, experiment));
}

static void put_question(struct ui_page *page, const struct ui_model *model)
{
    ui_page_wrap(page, ui_attr(UI_STRONG), "", A_NORMAL, model->question->text);
    put_hints(page, model);
}

static void put_ballot(struct ui_page *page, const struct ui_model *model)
{
    put_choices(page, model, false);
    put_hints(page, model);
}

static void put_slide(struct ui_page *page, const struct ui_model *model)
{
    switch (model->present->slide) {
    case UI_SLIDE_TEXT: put_text(page, model); break;
    case UI_SLIDE_QUESTION: put_question(page, model); break;
    case UI_SLIDE_CHOICES: put_ballot(page, model); break;
    case UI_SLIDE_RUN: put_run(page, model); break;
    case UI_SLIDE_RESULT: put_result(page, model); break;
    case UI_SLIDE_WHY:
        put_station(page, lesson_of(model), lab_way_behind(lesson_of(model), experiment_of(model)));
        break;
    case UI_SLIDES: break;
    }
}

static struct ui_page page_of(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_measure(pane);
    page.notes = model->notes;
    if (page.columns > READING_COLUMNS && model->present->slide != UI_SLIDE_RUN) {
        page.left += (page.columns - READING_COLUMNS) / 2;
        page.columns = READING_COLUMNS;
    }
    return page;
}

static bool has_slide(const struct ui_model *model)
{
    return model->present && lesson_of(model);
}

long ui_present_rows(const struct ui_pane *pane, const struct ui_model *model)
{
    if (!has_slide(model))
        return 0;
    struct ui_page page = page_of(pane, model);
    put_slide(&page, model);
    return page.row;
}

/* A slide that is short stands a little above the middle of a large screen. */
static long top_of(const struct ui_pane *pane, const struct ui_model *model, long total)
{
    if (total >= pane->rows || model->present->slide == UI_SLIDE_RUN || model->present->slide == UI_SLIDE_TEXT ||
        model->present->slide == UI_SLIDE_WHY)
        return ui_scroll_top(pane, total);
    return -(pane->rows - total) / 3;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    long total = ui_present_rows(pane, model);
    if (!has_slide(model))
        return;
    struct ui_page page = page_of(pane, model);
    page.window = pane->window;
    page.top = top_of(pane, model, total);
    put_slide(&page, model);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    if (pressed != KEY_UP && pressed != KEY_DOWN)
        return UI_PASS;
    return ui_scroll_key(pane, pressed, ui_present_rows(pane, model), false);
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, ui_present_rows(pane, model), false);
}

static bool concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_NOTE;
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long total = ui_present_rows(pane, model);
    if (!has_slide(model))
        return;
    unsigned votes = ui_votes_all(model->present);
    bool counts = model->present->slide == UI_SLIDE_CHOICES || model->present->slide == UI_SLIDE_RESULT;
    if (counts && votes)
        snprintf(out, out_bytes, LAB_PLURAL(votes, "%u vote", "%u votes"), votes);
    else
        ui_scroll_status(pane, ui_scroll_top(pane, total), total, out, out_bytes);
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    (void)pane;
    snprintf(out, out_bytes, "%s", model->present ? _(names[model->present->slide]) : "");
}

const struct ui_view ui_view_present = {
    .name = "present",
    .title = "Present",
    .rows_least = 2,
    .columns_least = 20,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .concerns = concerns,
    .status = status,
    .titled = titled,
};
