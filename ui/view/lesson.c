// SPDX-License-Identifier: GPL-3.0-or-later
// The experiment: its text, its question, what its script did, and why.
//
//  ┌ 1 Lesson ───────────────┐   before it runs: the text, which scrolls
//  │ The client has unread   │
//  │ data when it dies.      │
//  │ Your prediction ─────── │   below it, never hidden and never scrolled, the question that is open
//  │ What does recv() return?│
//  │   a  0                  │
//  │   b  it blocks          │
//  └─────────────────────────┘
//  ┌ 1 Lesson ───────────────┐
//  │ Script ──────────────── │   as it runs: its lines, and what its expectations found
//  │ server single           │
//  │ ✓ expect c1 connect = 0 │
//  │ Result ──────────────── │   after it: what was said against what the kernel did, the last error with its cause,
//  │ ✗ Not what you said.    │   then why
//  └─────────────────────────┘
//
// What ran is told from the journal, so that it is right in the past as well. The expectations that are still to come
// are not shown: they would give the answer away. Until the learner scrolls, the pane shows the part that matters now:
// the text, then what ran, then the result.
#include "lab/base/text.h"
#include "lab/book/way.h"
#include "lab/explain/sight.h"
#include "net/base/message.h"
#include "ui/view/pane.h"
#include "ui/view/subject.h"

#include <stdio.h>
#include <string.h>

struct places {
    long script, result, total; /* rows; -1: not there */
};

static const struct lab_lesson *lesson_of(const struct ui_model *model)
{
    return model->lesson >= 0 ? &model->lessons->lessons[model->lesson] : NULL;
}

static bool is_over(const struct ui_model *model)
{
    return model->script == LAB_SCRIPT_DONE || model->script == LAB_SCRIPT_FAILED;
}

/* ---- the question ----------------------------------------------------------------------------------------------- */

/* ▸ predicted; once the kernel has answered ✓ what it made true, ✗ what was predicted and did not come. */
static void put_choice(struct ui_page *page, const struct lab_question *question, int i)
{
    char mark[24];
    const char *sign = " ";
    attr_t attr = A_NORMAL;
    if (question->answer == i) {
        sign = ui_glyph(UI_TICK);
        attr = ui_attr(UI_OPEN);
    } else if (question->predicted == i) {
        sign = ui_glyph(question->answer >= 0 ? UI_BALLOT : UI_POINTER);
        attr = ui_attr(question->answer >= 0 ? UI_FAILED : UI_STRONG);
    }
    snprintf(mark, sizeof mark, "%s %c  ", sign, 'a' + i);
    ui_page_wrap(page, attr, mark, attr, question->choice[i].text);
}

/* With as many of its hints as were asked for. */
static void put_question(struct ui_page *page, const struct lab_question *question, size_t hints)
{
    ui_page_wrap(page, ui_attr(UI_STRONG), "", 0, question->text);
    for (int i = 0; i < (int)question->choice_count; i++)
        put_choice(page, question, i);
    for (size_t i = 0; i < hints && i < question->hint_count; i++)
        ui_page_wrap(page, ui_attr(UI_WAITS), _("Hint  "), ui_attr(UI_DIM), question->hint[i]);
}

/* It can be answered now: before the script runs, and while it asks. */
static bool is_open(const struct ui_model *model)
{
    bool can_be = model->script == LAB_SCRIPT_NONE || model->script == LAB_SCRIPT_ASKS;
    return model->question && model->experiment >= 0 && !model->saved && !model->rewound && can_be;
}

/* The rows at the pane's end that the open question stands in, with the line above it; 0: none is open. */
static int question_rows(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_measure(pane);
    if (!is_open(model))
        return 0;
    put_question(&page, model->question, model->hints);
    return page.row + 1 < pane->rows ? (int)page.row + 1 : pane->rows;
}

static void draw_question(const struct ui_pane *pane, const struct ui_model *model, int rows)
{
    struct ui_page page = ui_page_measure(pane);
    if (rows == 0)
        return;
    page.window = pane->window;
    page.top = -(long)(pane->rows - rows);
    ui_page_rule(&page, _("Your prediction"));
    put_question(&page, model->question, model->hints);
}

/* ---- the script, as the journal tells it ------------------------------------------------------------------------ */

/* An expectation is shown with what it found, a question where it stands. */
static bool is_shown_elsewhere(const struct net_event *note)
{
    return lab_command_id_asks(note->u.note.command) && note->u.note.command != LAB_COMMAND_WAIT;
}

static void put_failed(struct ui_page *page, char *text)
{
    char *seen = strchr(text, '\n');
    char mark[16];
    snprintf(mark, sizeof mark, "%s ", ui_glyph(UI_BALLOT));
    if (seen)
        *seen++ = '\0';
    ui_page_wrap(page, ui_attr(UI_FAILED), mark, ui_attr(UI_FAILED), text);
    while (seen && *seen) {
        char *next = strchr(seen, '\n');
        if (next)
            *next++ = '\0';
        ui_page_wrap(page, A_NORMAL, "  ", A_NORMAL, seen);
        seen = next;
    }
}

/* One note of the script, or of all that was typed; false when it has nothing to show. */
static bool put_note(struct ui_page *page, const struct net_event *ev, bool all)
{
    char text[2048], mark[16];
    size_t bytes = ev->data_bytes < sizeof text - 1 ? ev->data_bytes : sizeof text - 1;
    if (bytes > 0)
        memcpy(text, ev->data, bytes);
    text[bytes] = '\0';
    switch ((enum lab_note_kind)ev->u.note.kind) {
    case LAB_NOTE_COMMAND:
        if ((ev->u.note.flags != LAB_FROM_SCRIPT && !all) || is_shown_elsewhere(ev))
            return false;
        ui_page_wrap(page, ui_attr(UI_CODE), "  ", A_NORMAL, text);
        return true;
    case LAB_NOTE_EXPECT_HELD:
        if (lab_is_sight(ev)) /* its sign stands at the call or segment */
            return false;
        snprintf(mark, sizeof mark, "%s ", ui_glyph(UI_TICK));
        ui_page_wrap(page, A_NORMAL, mark, ui_attr(UI_OPEN), text);
        return true;
    case LAB_NOTE_EXPECT_FAILED: put_failed(page, text); return true;
    case LAB_NOTE_REPLY:
    case LAB_NOTE_ERROR:
    case LAB_NOTE_EXPERIMENT:
    case LAB_NOTE_PREDICTED:
    case LAB_NOTE_ANSWER:
    case LAB_NOTE_WAITING:
    case LAB_NOTE_CLEARED:
    case LAB_NOTE_FINISHED:
    case LAB_NOTE_TIME:
    case LAB_NOTE_MEASURED:
    case LAB_NOTE_SET_ASIDE:
    case LAB_NOTE_VERSUS:
    case LAB_NOTE_WAIT:
    case LAB_NOTE_KINDS: return false;
    }
    return false;
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

static const char *comment_of(const char *line)
{
    line += strspn(line, " \t");
    return *line == '#' ? line + 1 + strspn(line + 1, " \t#") : NULL;
}

/* The comments right above a line of the script say what comes: they are told as one stands before it. */
static void put_narration(struct ui_page *page, const char *from, const char *line)
{
    char text[1024] = "";
    for (; from < line; from = next_line(from)) {
        const char *comment = comment_of(from);
        if (comment)
            lab_append(text, sizeof text, *text ? " %.*s" : "%.*s", (int)strcspn(comment, "\n"), comment);
    }
    if (*text)
        ui_page_wrap(page, A_NORMAL, "  ", A_NORMAL, text);
}

/* The line that the script stops before. An expectation would give the answer away. */
static void put_next_line(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_experiment *experiment = &lesson_of(model)->experiments[model->experiment];
    const char *line = experiment->script, *above = line;
    char text[400], mark[16];
    for (int number = experiment->script_line; number < model->script_line && *line; number++) {
        bool is_comment = comment_of(line) != NULL;
        line = next_line(line);
        above = is_comment ? above : line;
    }
    put_narration(page, above, line);
    snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
    snprintf(mark, sizeof mark, "%s ", ui_glyph(UI_POINTER));
    if (model->script_command == LAB_COMMAND_EXPECT || model->script_command == LAB_COMMAND_SEE)
        snprintf(text, sizeof text, "%s", _("an expectation"));
    ui_page_wrap(page, ui_attr(UI_STRONG), mark, ui_attr(UI_WAITS), text);
}

static void put_script(struct ui_page *page, const struct ui_model *model)
{
    bool any = false;
    ui_page_rule(page, model->saved ? _("Commands") : _("Script"));
    for (size_t i = model->first_event; i < model->state->applied; i++) {
        const struct net_event *ev = lab_journal_at(model->journal, i);
        if (ev && ev->kind == NET_EV_NOTE)
            any |= put_note(page, ev, model->saved != NULL);
    }
    if (model->script == LAB_SCRIPT_PAUSED)
        put_next_line(page, model);
    else if (!any)
        ui_page_line(page, ui_attr(UI_DIM), model->saved ? _("none up to here") : _("no line has run yet"));
    ui_page_next(page);
}

/* ---- the result ------------------------------------------------------------------------------------------------- */

/* Who has said it, in so many columns at least. */
static void put_said(struct ui_page *page, const char *who, int columns, attr_t attr,
                     const struct lab_question *question, int i)
{
    char mark[60];
    int blanks = columns - ui_text_width(who);
    snprintf(mark, sizeof mark, "%s%*s  %c  ", who, blanks > 0 ? blanks : 0, "", 'a' + i);
    ui_page_wrap(page, attr, mark, ui_attr(UI_DIM), question->choice[i].text);
}

static void put_verdict(struct ui_page *page, const struct lab_question *question)
{
    bool right = question->predicted == question->answer, said = question->predicted >= 0;
    const char *you = _("You said"), *kernel = _("Kernel");
    char text[160];
    if (said)
        put_said(page, you, ui_text_width(kernel), A_NORMAL, question, question->predicted);
    put_said(page, kernel, said ? ui_text_width(you) : 0, ui_attr(UI_STRONG), question, question->answer);
    if (!said)
        return;
    snprintf(text, sizeof text, right ? _("%s You were right.") : _("%s Not what you said."),
             ui_glyph(right ? UI_TICK : UI_BALLOT));
    ui_page_line(page, ui_attr(right ? UI_OPEN : UI_FAILED), text);
}

/* Why the choice that was taken is wrong: it is about what the learner thought, and Why is about what happened. */
static void put_because(struct ui_page *page, const struct lab_question *question)
{
    int said = question->predicted;
    if (said < 0 || said == question->answer || !*question->choice[said].because)
        return;
    char mark[16];
    snprintf(mark, sizeof mark, "%s %c  ", ui_glyph(UI_BALLOT), 'a' + said);
    ui_page_wrap(page, A_NORMAL, mark, ui_attr(UI_FAILED), question->choice[said].because);
}

/* The effect and its cause, at any width. */
static void put_last_error(struct ui_page *page, const struct ui_model *model)
{
    char text[1400];
    if (ui_last_error(model, text, sizeof text))
        ui_page_wrap(page, ui_attr(UI_FAILED), _("Last error  "), ui_attr(UI_DIM), text);
}

static void put_result(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_question *question = model->question;
    ui_page_rule(page, _("Result"));
    if (model->script_skipped)
        ui_page_wrap(page, ui_attr(UI_WAITS), "", A_NORMAL,
                     _("Skipped: this experiment needs the wire, and this lab runs on the machine's own loopback."));
    if (question && question->answer >= 0)
        put_verdict(page, question);
    put_last_error(page, model);
    if (model->script_error && model->script_error->text[0])
        ui_page_wrap(page, ui_attr(UI_FAILED), "", A_NORMAL, model->script_error->text);
    if (model->expect_failed == 0 && model->expect_held > 0)
        ui_page_putf(page, 0, ui_attr(UI_DIM),
                     LAB_PLURAL(model->expect_held, "%s %u expectation held", "%s %u expectations held"),
                     ui_glyph(UI_TICK), model->expect_held);
    else if (model->expect_failed > 0)
        ui_page_putf(page, 0, ui_attr(UI_FAILED), _("%s %u held, %u did not"), ui_glyph(UI_BALLOT), model->expect_held,
                     model->expect_failed);
    ui_page_next(page);
    if (question && question->answer >= 0)
        put_because(page, question);
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static void put_why(struct ui_page *page, const struct lab_lesson *lesson, struct lab_station why)
{
    if (!lab_way_has_text(lesson, why, page->notes))
        return;
    ui_page_next(page);
    ui_page_rule(page, _("Why"));
    ui_page_blocks(page, lesson->blocks + why.first_block, why.block_count);
}

static struct places put_experiment(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    const struct lab_experiment *experiment = &lesson->experiments[model->experiment];
    const struct lab_station text = lab_way_before(lesson, experiment);
    struct places places = {.script = -1, .result = -1};
    ui_page_wrap(page, ui_attr(UI_STRONG), "", A_NORMAL, experiment->title);
    ui_page_next(page);
    ui_page_blocks(page, lesson->blocks + text.first_block, text.block_count);
    ui_page_next(page);
    if (model->question && !is_open(model) && !is_over(model)) {
        put_question(page, model->question, model->hints);
        ui_page_next(page);
    }
    if (model->script == LAB_SCRIPT_NONE && !model->question)
        ui_page_wrap(page, ui_attr(UI_DIM), "", A_NORMAL, _("Press Enter to run it."));
    if (model->script != LAB_SCRIPT_NONE) {
        places.script = page->row;
        put_script(page, model);
    }
    if (is_over(model)) {
        places.result = page->row;
        put_result(page, model);
        put_why(page, lesson, lab_way_behind(lesson, experiment));
    }
    return places;
}

static void put_free_lab(struct ui_page *page, const struct ui_model *model)
{
    static const char *const rows[][2] = {{"S  ", N_("start a server")},
                                          {"c  ", N_("connect a hand")},
                                          {"s  ", N_("send from the hand")},
                                          {"v  ", N_("let it receive")},
                                          {"d  ", N_("end or break a connection")},
                                          {"o  ", N_("options of a socket")}};
    if (model->tried) {
        ui_page_wrap(
            page, A_NORMAL, "", A_NORMAL,
            _("Your program, and two hosts. Saving it builds it anew and runs it again, with what you have typed "
              "here since."));
        ui_page_next(page);
        ui_page_wrap(page, A_NORMAL, "E  ", ui_attr(UI_KEY), _("open your editor at the line that is lit"));
        ui_page_wrap(page, A_NORMAL, "r  ", ui_attr(UI_KEY), _("run it again now"));
    } else {
        ui_page_wrap(page, A_NORMAL, "", A_NORMAL, _("Two hosts and no script. Nothing here can harm your machine."));
        ui_page_next(page);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ui_page_wrap(page, A_NORMAL, rows[i][0], ui_attr(UI_KEY), _(rows[i][1]));
    if (model->has_wire)
        ui_page_wrap(page, A_NORMAL, "h  ", ui_attr(UI_KEY), _("hold the wire, n lets one segment go"));
    ui_page_wrap(page, A_NORMAL, ":  ", ui_attr(UI_KEY), _("any command, with completion"));
    if (!model->tried)
        ui_page_wrap(page, A_NORMAL, "r  ", ui_attr(UI_KEY), _("a clean slate"));
}

/* Below it come the commands up to the moment shown: the pane follows the last one. */
static void put_saved_run(struct ui_page *page, const struct ui_model *model)
{
    static const char *const rows[][2] = {{"Left   ", N_("back to the event before, with Shift ten")},
                                          {"Right  ", N_("on to the next event")},
                                          {"Home   ", N_("where the experiment began, then the run")},
                                          {"End    ", N_("its last event")},
                                          {"e      ", N_("what had happened up to here, and why")}};
    ui_page_wrap(page, ui_attr(UI_STRONG), "", A_NORMAL,
                 _("A saved run: it can be looked at, nothing in it can change."));
    ui_page_wrap(page, ui_attr(UI_DIM), "", A_NORMAL, model->saved->about);
    ui_page_next(page);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ui_page_wrap(page, A_NORMAL, rows[i][0], ui_attr(UI_KEY), _(rows[i][1]));
    ui_page_next(page);
}

static struct places put_all(struct ui_page *page, const struct ui_model *model)
{
    const struct lab_lesson *lesson = lesson_of(model);
    struct places places = {.script = -1, .result = -1};
    page->notes = model->notes;
    if (model->saved) {
        put_saved_run(page, model);
        put_script(page, model);
    } else if (!lesson) {
        put_free_lab(page, model);
    } else if (model->experiment < 0) {
        ui_page_blocks(page, lesson->blocks, lesson->block_count);
    } else {
        places = put_experiment(page, model);
    }
    places.total = page->row;
    return places;
}

static struct places measure(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_measure(pane);
    return put_all(&page, model);
}

/* What is left of the pane for the text that scrolls. */
static struct ui_pane scrolled_part(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_pane part = *pane;
    part.rows -= question_rows(pane, model);
    return part;
}

/* What matters now, until the learner scrolls. */
static long top_of(const struct ui_pane *part, const struct ui_model *model, const struct places *places)
{
    struct ui_pane scrolled = *part;
    if (part->top < 0 && places->result >= 0)
        scrolled.top = places->result;
    else if (part->top < 0 && model->script == LAB_SCRIPT_NONE && !model->saved)
        scrolled.top = 0;
    return ui_scroll_top(&scrolled, places->total);
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_pane part = scrolled_part(pane, model);
    struct places places = measure(&part, model);
    struct ui_page page = ui_page_of(&part, places.total);
    page.top = top_of(&part, model, &places);
    put_all(&page, model);
    draw_question(pane, model, pane->rows - part.rows);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    struct ui_pane part = scrolled_part(pane, model);
    struct places places = measure(&part, model);
    part.top = top_of(&part, model, &places);
    unsigned reactions = ui_scroll_key(&part, pressed, places.total, false);
    if (!(reactions & UI_PASS))
        pane->top = part.top;
    return reactions;
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    struct ui_pane part = scrolled_part(pane, model);
    struct places places = measure(&part, model);
    (void)row;
    (void)column;
    part.top = top_of(&part, model, &places);
    unsigned reactions = ui_scroll_wheel(&part, buttons, places.total, false);
    pane->top = part.top;
    return reactions;
}

static bool concerns(const struct ui_model *model, const struct net_event *ev)
{
    (void)model;
    return ev->kind == NET_EV_NOTE;
}

/* Says that there is more above or below. */
static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    struct ui_pane part = scrolled_part(pane, model);
    struct places places = measure(&part, model);
    ui_scroll_status(&part, top_of(&part, model, &places), places.total, out, out_bytes);
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    (void)pane;
    snprintf(out, out_bytes, "%s", model->saved ? _("Saved run") : "Lesson");
}

const struct ui_view ui_view_lesson = {
    .name = "lesson",
    .title = "Lesson",
    .rows_least = 3,
    .columns_least = 20,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .concerns = concerns,
    .status = status,
    .titled = titled,
};
