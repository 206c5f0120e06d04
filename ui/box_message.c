// SPDX-License-Identifier: GPL-3.0-or-later
// What a command answered, when it is more than one line.
//
//  ┌ show sockets ──────────────── 1-12 of 30 ┐
//  │ server 3  LISTEN       0.0.0.0:12345     │   lines as they came: their columns are the answer's own
//  └ Up Down scroll  Left Right  Esc close ───┘
#include "ui/box.h"
#include "ui/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct message {
    char *title;
    char *text;   /* lines, with a newline between them */
    size_t shift; /* characters scrolled to the side */
};

void *ui_message_new(const char *title, const char *text)
{
    struct message *message = calloc(1, sizeof *message);
    if (!message)
        return NULL;
    message->title = strdup(title);
    message->text = strdup(text);
    return message;
}

void ui_message_append(struct ui_box *box, const char *line)
{
    struct message *message = box->pane.own;
    char *longer = NULL;
    if (message && message->text && asprintf(&longer, "%s\n%s", message->text, line) >= 0) {
        free(message->text);
        message->text = longer;
    }
    box->pane.top = -1;
    box->pane.dirty = true;
}

static int open_message(struct ui_pane *pane, const struct ui_model *model)
{
    const struct message *message = pane->own;
    (void)model;
    return message && message->title && message->text ? 0 : -1;
}

static void close_message(struct ui_pane *pane)
{
    struct message *message = pane->own;
    if (!message)
        return;
    free(message->title);
    free(message->text);
    free(message);
    pane->own = NULL;
}

/* Lines, and the columns of the longest. */
static long measure(const struct message *message, int *columns)
{
    long rows = 0;
    *columns = 0;
    for (const char *line = message->text;; line++) {
        size_t bytes = strcspn(line, "\n");
        int width = ui_text_widthn(line, bytes);
        *columns = width > *columns ? width : *columns;
        rows++;
        line += bytes;
        if (!*line)
            return rows;
    }
}

static long total_of(const struct ui_pane *pane)
{
    int columns;
    return measure(pane->own, &columns);
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    const struct message *message = pane->own;
    struct ui_page page = ui_page_of(pane, total_of(pane));
    (void)model;
    for (const char *line = message->text;; line++) {
        size_t bytes = strcspn(line, "\n");
        size_t skipped = ui_text_cut(line, bytes, (int)message->shift);
        ui_page_putn(&page, 0, A_NORMAL, line + skipped, bytes - skipped);
        ui_page_next(&page);
        line += bytes;
        if (!*line)
            return;
    }
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    struct message *message = pane->own;
    (void)model;
    if (pressed == KEY_RIGHT)
        message->shift += 8;
    else if (pressed == KEY_LEFT)
        message->shift -= message->shift < 8 ? message->shift : 8;
    else if (pressed == '\r' || pressed == KEY_ENTER)
        return UI_CLOSE;
    else
        return ui_scroll_key(pane, pressed, total_of(pane), false);
    return UI_REDRAW;
}

static unsigned mouse(struct ui_pane *pane, const struct ui_model *model, int row, int column, mmask_t buttons)
{
    (void)model;
    (void)row;
    (void)column;
    return ui_scroll_wheel(pane, buttons, total_of(pane), false);
}

static void titled(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    const struct message *message = pane->own;
    (void)model;
    snprintf(out, out_bytes, "%s", message->title);
}

static void status(const struct ui_pane *pane, const struct ui_model *model, char *out, size_t out_bytes)
{
    long total = total_of(pane), top = ui_scroll_top(pane, total);
    (void)model;
    if (total > pane->rows)
        snprintf(out, out_bytes, "%ld-%ld of %ld", top + 1, top + pane->rows, total);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    int widest, least = 40;
    (void)model;
    *rows = (int)measure(pane->own, &widest);
    *columns = widest + 2 > least ? widest + 2 : least;
}

static const struct ui_key_help keys[] = {
    {"Up Down", "scroll"}, {"Left Right", "shift"}, {"Esc", "close"}, {NULL, NULL}};

const struct ui_view ui_box_message = {
    .name = "message",
    .title = "Answer",
    .open = open_message,
    .close = close_message,
    .draw = draw,
    .key = key,
    .mouse = mouse,
    .titled = titled,
    .status = status,
    .wants = wants,
    .keys = keys,
};
