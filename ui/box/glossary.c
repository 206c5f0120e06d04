// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the book.
//
//  ┌ Words ──────────────────────────────────── 1-18 of 214 ┐
//  │ In this text ───────────────────────────────────────── │   those of the lesson or experiment that is shown
//  │ backlog  the second argument of listen: how many ...   │
//  │ CLOSE_WAIT  the other end has said FIN ...             │
//  │                                                        │
//  │ All words ──────────────────────────────────────────── │
//  │ ACK  flag of a segment ...                             │
//  └ a-z to its words  Esc close ───────────────────────────┘
//
// A letter leads to the first word that begins with it, among all of them; q closes, and Q leads to its words.
#include "lab/book/glossary.h"
#include "net/base/message.h"
#include "ui/box/box.h"

#include <ctype.h>
#include <stdio.h>

enum { BOX_COLUMNS = 84 };

static bool is_in_blocks(const struct lab_term *term, const struct lab_block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < blocks[i].span_count; s++)
            if (lab_term_is_in(term, blocks[i].spans[s].text))
                return true;
    return false;
}

/* The text that is shown: of the experiment, or of the lesson. */
static bool is_shown(const struct lab_term *term, const struct ui_model *model)
{
    if (model->lesson < 0)
        return false;
    const struct lab_lesson *lesson = &model->lessons->lessons[model->lesson];
    if (model->experiment < 0 || (size_t)model->experiment >= lesson->experiment_count)
        return is_in_blocks(term, lesson->blocks, lesson->block_count);
    const struct lab_experiment *experiment = &lesson->experiments[model->experiment];
    return is_in_blocks(term, lesson->blocks + experiment->first_block, experiment->block_count);
}

static void put_term(struct ui_page *page, const struct lab_term *term)
{
    ui_page_line(page, ui_attr(UI_STRONG), term->title);
    ui_page_wrap(page, A_NORMAL, "    ", 0, term->text);
}

/* The letter under which it stands: in a translation the book's, by which the entries are in order. */
static int first_letter(const struct lab_term *term)
{
    const char *word = term->word_count > term->own_count ? term->words[term->own_count] : term->title;
    return tolower((unsigned char)*word);
}

/* Up to the first of all words that begins with the letter; 0: to the end. */
static void put_words(struct ui_page *page, const struct ui_model *model, int letter)
{
    const struct lab_lessons *lessons = model->lessons;
    size_t shown = 0;
    for (size_t i = 0; i < lessons->term_count; i++) {
        if (!is_shown(&lessons->terms[i], model))
            continue;
        if (shown++ == 0)
            ui_page_rule(page, _("In this text"));
        put_term(page, &lessons->terms[i]);
    }
    if (shown > 0)
        ui_page_next(page);
    ui_page_rule(page, _("All words"));
    for (size_t i = 0; i < lessons->term_count; i++) {
        if (letter && first_letter(&lessons->terms[i]) == letter)
            return;
        put_term(page, &lessons->terms[i]);
    }
    if (lessons->term_count == 0)
        ui_page_line(page, ui_attr(UI_DIM), _("These lessons have no glossary."));
}

static long measure(const struct ui_pane *pane, const struct ui_model *model, int letter)
{
    struct ui_page page = ui_page_measure(pane);
    put_words(&page, model, letter);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_of(pane, measure(pane, model, 0));
    put_words(&page, model, 0);
}

static bool begins_one(const struct ui_model *model, int letter)
{
    for (size_t i = 0; i < model->lessons->term_count; i++)
        if (first_letter(&model->lessons->terms[i]) == letter)
            return true;
    return false;
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    if (pressed == 'q')
        return UI_CLOSE;
    if (pressed > 0 && pressed < 128 && isalpha(pressed) && begins_one(model, tolower(pressed))) {
        pane->top = measure(pane, model, tolower(pressed));
        return UI_REDRAW;
    }
    return ui_scroll_key(pane, pressed, measure(pane, model, 0), false);
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, measure(pane, model, 0), false);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long total = measure(pane, model, 0);
    ui_scroll_status(pane, ui_scroll_top(pane, total), total, out, out_bytes);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    (void)pane;
    (void)model;
    (void)rows;
    *columns = BOX_COLUMNS;
}

static const struct ui_key_help keys[] = {{.key = "a-z", .what = N_("to its words")},
                                          {.key = "Up Down", .what = N_("scroll"), .moves = true},
                                          {.key = "Esc", .what = N_("close")},
                                          {.key = NULL}};

const struct ui_view ui_box_glossary = {
    .name = "glossary",
    .title = N_("Words"),
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .status = status,
    .wants = wants,
    .keys = keys,
};
