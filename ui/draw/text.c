// SPDX-License-Identifier: GPL-3.0-or-later
// Text on the screen: widths, escapes, cutting, wrapping, times.
//
// Everything goes through take(), which makes one unit out of the next bytes of a text: a character, a character with
// what combines with it left to the next unit, or the escape of something that a terminal must not get. UTF-8 is
// decoded by net_utf8() and not by mbrtowc(), because the lessons are UTF-8 in a C locale too. Widths are wcwidth()'s.
//
// Left out: shaping and direction. A right-to-left letter is shown where it stands in memory.
#include "ui/draw/text.h"

#include "net/base/plain.h"
#include "net/data/event.h"
#include "ui/draw/theme.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { UNIT_CHARS = NET_ESCAPE_BYTES, FORMATTED_BYTES = 2048, NUMBER_MOST = 24 };

struct unit {
    size_t bytes; /* of the text, that it stands for */
    int width;    /* columns */
    int count;    /* of chars */
    wchar_t chars[UNIT_CHARS];
};

/* What stands for a sign of our own texts where the locale has only ASCII. */
static const char *ascii_of(uint32_t point)
{
    static const struct {
        uint32_t point;
        const char *ascii;
    } rows[] = {
        {0xa0, " "},    {0xb5, "u"},     {0xb7, "-"},     {0xd7, "x"},    {0x2010, "-"}, {0x2011, "-"},
        {0x2012, "-"},  {0x2013, "-"},   {0x2014, "-"},   {0x2018, "'"},  {0x2019, "'"}, {0x201c, "\""},
        {0x201d, "\""}, {0x2022, "*"},   {0x2026, "..."}, {0x2190, "<-"}, {0x2191, "^"}, {0x2192, "->"},
        {0x2193, "v"},  {0x2194, "<->"}, {0x21d2, "=>"},  {0x2212, "-"},  {0x2248, "~"}, {0x2260, "!="},
        {0x2264, "<="}, {0x2265, ">="},  {0x25b6, ">"},   {0x25b8, ">"},  {0x25ba, ">"}, {0x25c4, "<"},
        {0x25cb, "o"},  {0x25cf, "*"},   {0x2588, "#"},   {0x2713, "+"},  {0x2717, "x"},
    };
    if (point >= 0x2500 && point < 0x2580)
        return point == 0x2500 || point == 0x2501 ? "-" : point == 0x2502 || point == 0x2503 ? "|" : "+";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].point == point)
            return rows[i].ascii;
    return "?";
}

static void spell(struct unit *unit, const char *ascii)
{
    for (unit->count = 0; ascii[unit->count] && unit->count < UNIT_CHARS; unit->count++)
        unit->chars[unit->count] = (unsigned char)ascii[unit->count];
    unit->width = unit->count;
}

static void escape(struct unit *unit, uint32_t value, bool is_byte)
{
    char text[NET_ESCAPE_BYTES];
    net_escape(value, is_byte, text);
    spell(unit, text);
}

/* One unit of the text; bytes > 0. first: nothing stands before it that it could combine with. */
static void take(const char *text, size_t bytes, bool first, bool utf8, struct unit *unit)
{
    uint32_t point = 0;
    unit->bytes = net_utf8(text, bytes, &point);
    if (unit->bytes == 0) {
        unit->bytes = 1;
        escape(unit, (unsigned char)*text, true);
        return;
    }
    int width = net_is_plain(point) ? 1 : -1;
    if (width > 0 && point >= 0xa0 && utf8)
        width = wcwidth((wchar_t)point);
    if (width < 0 || (width == 0 && first)) {
        escape(unit, point, false);
    } else if (point >= 0x80 && !utf8) {
        spell(unit, ascii_of(point));
    } else {
        unit->chars[0] = (wchar_t)point;
        unit->count = 1;
        unit->width = width;
    }
}

/* Bytes that fit in `columns`, with what combines with the last of them; *width: the columns that they take. */
static size_t fit(const char *text, size_t bytes, int columns, int *width)
{
    bool utf8 = ui_is_utf8();
    struct unit unit;
    size_t at = 0;
    for (*width = 0; at < bytes; at += unit.bytes) {
        take(text + at, bytes - at, *width == 0, utf8, &unit);
        if (*width + unit.width > columns)
            break;
        *width += unit.width;
    }
    return at;
}

void ui_text_write(FILE *out, const char *text, size_t bytes)
{
    bool utf8 = ui_is_utf8();
    struct unit unit;
    for (size_t at = 0; at < bytes; at += unit.bytes) {
        char letter[MB_LEN_MAX];
        mbstate_t state = {0};
        take(text + at, bytes - at, at == 0, utf8, &unit);
        for (int i = 0; i < unit.count; i++) {
            size_t n = wcrtomb(letter, unit.chars[i], &state);
            if (n != (size_t)-1)
                fwrite(letter, 1, n, out);
        }
    }
}

int ui_text_widthn(const char *text, size_t bytes)
{
    int width;
    fit(text, bytes, INT_MAX / 2, &width);
    return width;
}

int ui_text_width(const char *text)
{
    return ui_text_widthn(text, strlen(text));
}

size_t ui_text_cut(const char *text, size_t bytes, int columns)
{
    int width;
    return fit(text, bytes, columns, &width);
}

size_t ui_text_letter(const char *text, size_t bytes)
{
    struct unit unit;
    if (bytes == 0)
        return 0;
    take(text, bytes, true, ui_is_utf8(), &unit);
    return unit.count == 1 && unit.chars[0] != L'\\' && (unit.bytes == 1 || ui_is_utf8()) ? unit.bytes : 0;
}

size_t ui_text_fit(const char *text, size_t bytes, int columns)
{
    int width;
    struct unit unit;
    size_t n = fit(text, bytes, columns, &width);
    if (n == bytes)
        return n;
    if (n == 0) {
        take(text, bytes, true, ui_is_utf8(), &unit);
        return unit.bytes;
    }
    if (text[n] == ' ')
        return n;
    for (size_t i = n; i > 0; i--)
        if (text[i - 1] == ' ')
            return i;
    return n;
}

/* Write bytes that are known to fit. */
static void write_units(WINDOW *window, const char *text, size_t bytes)
{
    bool utf8 = ui_is_utf8();
    wchar_t line[256];
    int count = 0;
    bool first = true;
    struct unit unit;
    for (size_t at = 0; at < bytes; at += unit.bytes) {
        take(text + at, bytes - at, first, utf8, &unit);
        first = false;
        if (count + unit.count > (int)(sizeof line / sizeof line[0])) {
            waddnwstr(window, line, count);
            count = 0;
        }
        wmemcpy(line + count, unit.chars, (size_t)unit.count);
        count += unit.count;
    }
    if (count > 0)
        waddnwstr(window, line, count);
}

/* Columns of the window that may be written from (row, column) on. */
static int room(WINDOW *window, int row, int column, int columns)
{
    if (!window || row < 0 || row >= getmaxy(window) || column < 0)
        return 0;
    int left = getmaxx(window) - column;
    return columns < left ? columns : left;
}

/* A window has one attribute at a time: what it had comes back after. */
struct ink {
    attr_t attr;
    short pair;
};

static struct ink dip(WINDOW *window, attr_t attr)
{
    struct ink before;
    wattr_get(window, &before.attr, &before.pair, NULL);
    wattrset(window, (int)attr);
    return before;
}

static void wipe(WINDOW *window, struct ink before)
{
    wattr_set(window, before.attr, before.pair, NULL);
}

static bool is_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == ':';
}

/* Where text that is cut at `at` may end: a number, or an address, that lost its end would be another one. */
static size_t whole_number(const char *text, size_t at)
{
    size_t begin = at;
    if (!is_of_number(text[at]))
        return at;
    while (begin > 0 && at - begin < NUMBER_MOST && is_of_number(text[begin - 1]))
        begin--;
    return begin > 0 && is_of_number(text[begin - 1]) ? at : begin;
}

int ui_putn(WINDOW *window, int row, int column, int columns, attr_t attr, const char *text, size_t bytes)
{
    columns = room(window, row, column, columns);
    if (columns <= 0 || bytes == 0)
        return 0;
    int width;
    bool cut = fit(text, bytes, columns, &width) < bytes;
    size_t n = fit(text, bytes, cut ? columns - 1 : columns, &width);
    if (cut) {
        n = whole_number(text, n);
        width = ui_text_widthn(text, n);
    }
    struct ink before = dip(window, attr);
    wmove(window, row, column);
    write_units(window, text, n);
    if (cut) {
        write_units(window, ui_glyph(UI_ELLIPSIS), strlen(ui_glyph(UI_ELLIPSIS)));
        width++;
    }
    wipe(window, before);
    return width;
}

int ui_put(WINDOW *window, int row, int column, int columns, attr_t attr, const char *text)
{
    return ui_putn(window, row, column, columns, attr, text, strlen(text));
}

int ui_putf(WINDOW *window, int row, int column, int columns, attr_t attr, const char *format, ...)
{
    char text[FORMATTED_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ui_put(window, row, column, columns, attr, text);
}

int ui_put_right(WINDOW *window, int row, int column, int columns, attr_t attr, const char *text)
{
    int width = ui_text_width(text);
    int blank = width < columns ? columns - width : 0;
    return ui_put(window, row, column + blank, columns - blank, attr, text);
}

void ui_fill(WINDOW *window, int row, int column, int columns, attr_t attr, const char *sign)
{
    columns = room(window, row, column, columns);
    for (int used = 0; used < columns;) {
        int more = ui_put(window, row, column + used, columns - used, attr, sign);
        if (more <= 0)
            return;
        used += more;
    }
}

void ui_mark(WINDOW *window, int row, int column, int columns, attr_t attr)
{
    columns = room(window, row, column, columns);
    if (columns > 0)
        mvwchgat(window, row, column, columns, attr & ~A_COLOR, (short)PAIR_NUMBER((int)attr), NULL);
}

const char *ui_state_brief(unsigned net_state)
{
    static const char *const brief[NET_STATES] = {
        [NET_STATE_ABSENT] = "-",        [NET_STATE_ESTABLISHED] = "ESTAB", [NET_STATE_SYN_SENT] = "SYNSNT",
        [NET_STATE_SYN_RECV] = "SYNRCV", [NET_STATE_FIN_WAIT1] = "FINW1",   [NET_STATE_FIN_WAIT2] = "FINW2",
        [NET_STATE_TIME_WAIT] = "TIMEW", [NET_STATE_CLOSE] = "CLOSE",       [NET_STATE_CLOSE_WAIT] = "CLOSEW",
        [NET_STATE_LAST_ACK] = "LASTAK", [NET_STATE_LISTEN] = "LISTEN",     [NET_STATE_CLOSING] = "CLOSNG",
    };
    return net_state < NET_STATES ? brief[net_state] : net_state_name(net_state);
}
