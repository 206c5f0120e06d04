// SPDX-License-Identifier: GPL-3.0-or-later
// The prompt, or the answer to a command, over the last rows of the screen.
//
//        ┌──────────────────────────────────┐
//        │ send  send a text                │   what may stand at the cursor, a page of it
//        │ set   set an option, at any time │
//        └ 1-2 of 24  Tab more ─────────────┘
//   : c1 se_                                    the line, where the panes' lowest border was
//   ACTOR send "TEXT"  send a text              its hint; or, after an error, a caret under the place and the sentence
//
// An answer without a prompt stands one row higher, so that the footer's keys stay in sight.
#include "net/base/message.h"
#include "ui/app/app.h"
#include "ui/draw/prompt.h"
#include "ui/draw/terminal.h"

#include <stdio.h>
#include <string.h>

enum { CANDIDATE_ROWS = 8, PLACE_COLUMNS = 26, MESSAGE_ROWS = 6 };

struct bottom {
    const char *prompt, *text;
    size_t cursor;
    const char *message;
    int caret; /* byte of text, -1 none */
    attr_t message_attr;
    int message_rows; /* at most: a hint is cut, so that the line above it does not move while it is typed */
};

static void drop(WINDOW **window, PANEL **panel)
{
    if (*panel)
        del_panel(*panel);
    if (*window)
        delwin(*window);
    *panel = NULL;
    *window = NULL;
}

void ui_bottom_close(struct ui_app *app)
{
    drop(&app->bottom, &app->bottom_panel);
    drop(&app->candidates, &app->candidates_panel);
}

static bool open_window(WINDOW **window, PANEL **panel, int rows, int columns, int row, int column)
{
    *window = newwin(rows, columns, row, column);
    *panel = *window ? new_panel(*window) : NULL;
    return *panel != NULL;
}

/* ---- the line --------------------------------------------------------------------------------------------------- */

/* The first byte of the text that is shown, so that the cursor is: half a screen is skipped at a time. */
static size_t scrolled(const struct bottom *b, int room)
{
    size_t from = 0;
    while (room > 4 && ui_text_widthn(b->text + from, b->cursor - from) >= room)
        from += ui_text_cut(b->text + from, b->cursor - from, room / 2);
    return from;
}

/* Columns from the left edge of the screen to a byte of the text. */
static int column_of(const struct bottom *b, size_t from, size_t byte)
{
    return ui_text_width(b->prompt) + (byte > from ? ui_text_widthn(b->text + from, byte - from) : 0);
}

/* ---- the message ------------------------------------------------------------------------------------------------ */

/* Its rows: beside the caret when there is room, else under it and wrapped. Draws them when window is given. */
static int put_message(const struct bottom *b, WINDOW *window, int row, int columns, int caret_column)
{
    int rows = 0, width = ui_text_width(b->message), at = 1;
    if (b->caret >= 0 && caret_column < columns) {
        if (window)
            ui_put(window, row, caret_column, 1, ui_attr(UI_FAILED), "^");
        if (caret_column + 2 + width < columns)
            at = caret_column + 2;
        else
            rows++;
    }
    for (size_t done = 0, all = strlen(b->message); (done < all || rows == 0) && rows < b->message_rows; rows++) {
        bool is_last = rows + 1 == b->message_rows;
        size_t n = done < all && !is_last ? ui_text_fit(b->message + done, all - done, columns - at - 1) : all - done;
        if (window && n > 0)
            ui_putn(window, row + rows, at, columns - at, b->message_attr, b->message + done, n);
        done += n;
        done += strspn(b->message + done, " ");
    }
    return rows;
}

/* ---- candidates ------------------------------------------------------------------------------------------------- */

/* Nothing to choose: no candidate, or the only one stands there already. */
static bool is_settled(const struct ui_prompt_picture *picture)
{
    if (picture->candidate_count != 1)
        return picture->candidate_count == 0;
    size_t typed = picture->cursor - picture->candidate_at;
    return strlen(picture->candidates[0].word) == typed &&
           strncmp(picture->candidates[0].word, picture->text + picture->candidate_at, typed) == 0;
}

/* The page of a list that is turned round and round. */
struct page {
    size_t first, count;
};

static struct page page_of(const struct ui_prompt_picture *picture, size_t rows)
{
    long pages = (long)((picture->candidate_count + rows - 1) / rows);
    size_t first = (size_t)((picture->turned % pages + pages) % pages) * rows;
    size_t left = picture->candidate_count - first;
    return (struct page){first, left < rows ? left : rows};
}

/* Of all pages, so that the list does not move when it is turned. */
static void candidate_widths(const struct ui_prompt_picture *picture, int *word, int *whole)
{
    *word = *whole = 0;
    for (size_t i = 0; i < picture->candidate_count; i++) {
        int width = ui_text_width(picture->candidates[i].word), meaning = ui_text_width(picture->candidates[i].meaning);
        *word = width > *word ? width : *word;
        *whole = meaning > *whole ? meaning : *whole;
    }
    *whole += *word + (*whole ? 2 : 0);
}

/* A third of a high screen, and what is above the line of a low one. */
static size_t candidate_rows(const struct ui_app *app, int above)
{
    int rows = app->layout.rows / 3 > CANDIDATE_ROWS ? app->layout.rows / 3 : CANDIDATE_ROWS;
    rows = rows < above - 2 ? rows : above - 2;
    return rows > 0 ? (size_t)rows : 1;
}

static void put_place(WINDOW *window, const struct ui_prompt_picture *picture, struct page page, int row, int columns)
{
    char place[160];
    if (page.count == picture->candidate_count)
        return;
    snprintf(place, sizeof place, _(" %zu-%zu of %zu  Tab more "), page.first + 1, page.first + page.count,
             picture->candidates_all);
    if (ui_text_width(place) > columns - 2)
        snprintf(place, sizeof place, _(" %zu of %zu "), page.first + page.count, picture->candidates_all);
    ui_put(window, row, 1, columns - 2, ui_attr(UI_DIM), place);
}

static void draw_candidates(struct ui_app *app, const struct ui_prompt_picture *picture, int row, int column)
{
    int word, whole, columns = app->layout.columns;
    if (is_settled(picture))
        return;
    struct page page = page_of(picture, candidate_rows(app, row));
    candidate_widths(picture, &word, &whole);
    bool is_part = page.count < picture->candidate_count;
    if (is_part && whole < PLACE_COLUMNS)
        whole = PLACE_COLUMNS;
    int wide = whole + 4 < columns ? whole + 4 : columns, high = (int)page.count + 2;
    column = column - 2 < columns - wide ? column - 2 : columns - wide;
    if (!open_window(&app->candidates, &app->candidates_panel, high, wide, row - high, column > 0 ? column : 0))
        return;
    struct ui_rect rect = {.rows = high, .columns = wide};
    ui_frame_draw(app->candidates, &rect, 1);
    for (size_t i = 0; i < page.count; i++) {
        const struct ui_candidate *candidate = &picture->candidates[page.first + i];
        ui_put(app->candidates, (int)i + 1, 2, wide - 4, ui_attr(UI_STRONG), candidate->word);
        ui_put(app->candidates, (int)i + 1, 4 + word, wide - 6 - word, ui_attr(UI_DIM), candidate->meaning);
    }
    put_place(app->candidates, picture, page, high - 1, wide);
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static struct bottom of_answer(const struct ui_app *app)
{
    const struct ui_last_command *last = &app->last;
    bool has_caret = last->is_error && last->column > 0 && (size_t)last->column <= strlen(last->command) + 1;
    return (struct bottom){.prompt = last->command[0] ? ": " : "",
                           .text = last->command,
                           .message = last->answer,
                           .caret = has_caret ? last->column - 1 : -1,
                           .message_rows = MESSAGE_ROWS,
                           .message_attr = last->is_error ? ui_attr(UI_FAILED) : A_NORMAL};
}

static struct bottom of_prompt(const struct ui_app *app, const struct ui_prompt_picture *picture)
{
    struct bottom b = of_answer(app);
    b.prompt = picture->prompt;
    b.text = picture->text;
    b.cursor = picture->cursor;
    if (!app->last.answer[0]) {
        b.message = picture->hint;
        b.message_attr = ui_attr(UI_DIM);
        b.message_rows = 1;
        b.caret = -1;
    }
    return b;
}

void ui_bottom_draw(struct ui_app *app)
{
    struct ui_prompt_picture picture = {.text = ""};
    bool is_prompt = ui_prompt_is_open(app->prompt);
    int rows = app->layout.rows, columns = app->layout.columns;
    ui_bottom_close(app);
    if (!is_prompt && !app->last.answer[0])
        return;
    if (is_prompt)
        picture = ui_prompt_picture(app->prompt);
    struct bottom b = is_prompt ? of_prompt(app, &picture) : of_answer(app);
    size_t from = scrolled(&b, columns - ui_text_width(b.prompt) - 1);
    int caret = b.caret >= 0 ? column_of(&b, from, (size_t)b.caret) : 0;
    int message_rows = put_message(&b, NULL, 0, columns, caret), end = is_prompt ? rows : rows - 1;
    bool has_line = is_prompt || b.text[0];
    int line_row = end - message_rows - has_line;
    if (!open_window(&app->bottom, &app->bottom_panel, message_rows + has_line, columns, line_row, 0))
        return;
    if (has_line) {
        int at = ui_put(app->bottom, 0, 0, columns, ui_attr(UI_KEY), b.prompt);
        ui_put(app->bottom, 0, at, columns - at, A_NORMAL, b.text + from);
    }
    put_message(&b, app->bottom, has_line, columns, caret);
    app->cursor_row = line_row;
    app->cursor_column = column_of(&b, from, b.cursor);
    if (is_prompt)
        draw_candidates(app, &picture, line_row, column_of(&b, from, picture.candidate_at));
}

bool ui_bottom_cursor(const struct ui_app *app, int *row, int *column)
{
    *row = app->cursor_row;
    *column = app->cursor_column < app->layout.columns ? app->cursor_column : app->layout.columns - 1;
    return ui_prompt_is_open(app->prompt);
}
