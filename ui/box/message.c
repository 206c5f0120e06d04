// SPDX-License-Identifier: GPL-3.0-or-later
// What a command answered, when it is more than one line.
//
//  ┌ show sockets ──────────────── 1-12 of 30 ┐
//  │ server 3  LISTEN       0.0.0.0:12345     │   lines as they came: their columns are the answer's own; one that
//  │           recv-q 0                       │   is too long goes on below its last column
//  └ Up Down scroll  Esc close ───────────────┘
//  ┌ explain ─────────────────────────────────┐
//  │ 2.507  client called close(3) in line    │   sentences, wrapped behind their time
//  │        175. Its kernel sent FIN.         │
//  └ Up Down scroll  Esc close ───────────────┘
#include "net/base/message.h"
#include "ui/box/box.h"
#include "ui/draw/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_BEHIND = 24, TIME_MOST = 20 };

struct message {
    char *title;
    char *text; /* lines, with a newline between them */
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

static bool is_explanation(const struct ui_pane *pane)
{
    return pane->view == &ui_box_explanation;
}

/* Bytes of the time at the beginning of "2.507  client called ..."; 0: it has none. */
static size_t time_of(const char *line)
{
    size_t digits = strspn(line, "0123456789.");
    return line[digits] == ' ' && digits < TIME_MOST ? digits : 0;
}

/* Times end below each other. */
static size_t widest_time(const char *text)
{
    size_t widest = 0;
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        widest = time_of(line) > widest ? time_of(line) : widest;
    return widest;
}

static void put_sentence(struct ui_page *page, const char *line, size_t bytes, size_t widest)
{
    size_t n = time_of(line), blanks = strspn(line + n, " ");
    char *text = strndup(line + (n ? n + blanks : 0), bytes - (n ? n + blanks : 0)), time[TIME_MOST + 8] = "";
    if (n)
        snprintf(time, sizeof time, "%*.*s  ", (int)widest, (int)n, line);
    if (text)
        ui_page_wrap(page, A_NORMAL, time, ui_attr(UI_DIM), text);
    free(text);
}

/* Where the last column of the line begins that leaves room enough behind it: behind two blanks, or behind none. */
static size_t last_column(const char *line, size_t bytes, int columns)
{
    size_t begin = strspn(line, " ");
    for (size_t at = begin; at < bytes; at++) {
        if (line[at] == ' ' || at < 2 || line[at - 1] != ' ' || line[at - 2] != ' ')
            continue;
        if (ui_text_widthn(line, at) > columns - LEAST_BEHIND)
            break;
        begin = at;
    }
    return begin < bytes ? begin : 0;
}

static void put_line(struct ui_page *page, const char *line, size_t bytes)
{
    size_t n = ui_text_widthn(line, bytes) > page->columns ? last_column(line, bytes, page->columns) : 0;
    char *before = strndup(line, n), *rest = strndup(line + n, bytes - n);
    if (before && rest)
        ui_page_wrap(page, A_NORMAL, before, A_NORMAL, rest);
    free(before);
    free(rest);
}

/* All of it; the columns of the longest line into *widest. */
static void write_lines(struct ui_page *page, const struct ui_pane *pane, int *widest)
{
    const struct message *message = pane->own;
    size_t times = widest_time(message->text);
    for (const char *line = message->text;; line++) {
        size_t bytes = strcspn(line, "\n");
        int width = ui_text_widthn(line, bytes);
        *widest = width > *widest ? width : *widest;
        if (is_explanation(pane))
            put_sentence(page, line, bytes, times);
        else
            put_line(page, line, bytes);
        line += bytes;
        if (!*line)
            return;
    }
}

static long total_of(const struct ui_pane *pane)
{
    struct ui_page page = ui_page_measure(pane);
    int widest = 0;
    write_lines(&page, pane, &widest);
    return page.row;
}

static void draw(const struct ui_pane *pane, const struct ui_model *model)
{
    struct ui_page page = ui_page_of(pane, total_of(pane));
    int widest = 0;
    (void)model;
    write_lines(&page, pane, &widest);
}

static unsigned key(struct ui_pane *pane, const struct ui_model *model, int pressed)
{
    (void)model;
    if (pressed == '\r' || pressed == KEY_ENTER)
        return UI_CLOSE;
    return ui_scroll_key(pane, pressed, total_of(pane), false);
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
    long total = total_of(pane);
    (void)model;
    ui_scroll_status(pane, ui_scroll_top(pane, total), total, out, out_bytes);
}

static void wants(const struct ui_pane *pane, const struct ui_model *model, int *rows, int *columns)
{
    struct ui_page page = {.columns = *columns - 4}; /* a frame and a blank at each side */
    int widest = 0, least = 40;
    (void)model;
    write_lines(&page, pane, &widest);
    *rows = (int)page.row;
    *columns = widest + 2 > least ? widest + 2 : least;
}

static const struct ui_key_help keys[] = {
    {.key = "Up Down", .what = N_("scroll"), .moves = true}, {.key = "Esc", .what = N_("close")}, {.key = NULL}};

#define MESSAGE(name_)                                                                                                 \
    {                                                                                                                  \
        .name = (name_), .title = N_("Answer"), .open = open_message, .close = close_message, .draw = draw,            \
        .key = key, .mouse = mouse, .titled = titled, .status = status, .wants = wants, .keys = keys                   \
    }
const struct ui_view ui_box_message = MESSAGE("message"), ui_box_explanation = MESSAGE("explanation");
